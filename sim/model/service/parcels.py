"""Parcels of mail-in orders: door-to-door times that grow with distance."""

from __future__ import annotations

from math import exp, log
from statistics import NormalDist
from typing import Final

from sim.model.seams import Case
from sim.model.service.dispatch import Dispatch
from sim.model.service.latent import INBOUND, OUTBOUND, Draw, DrawCache
from sim.scenario.plan import Plan
from sim.streams import keyed_uniform

_normal_quantile: Final = NormalDist().inv_cdf


class Parcels:
    """Parcel times; a workshop's own `inbound` and `outbound` go before the plan's distances, without either they are 0."""

    def __init__(self, plan: Plan, dispatch: Dispatch, draws: DrawCache) -> None:
        self._parcel = plan.parcel
        self._dispatch = dispatch
        self._inbound: list[Draw | None] = [draws.bind(w.inbound, INBOUND) for w in plan.workshops]
        self._outbound: list[Draw | None] = [draws.bind(w.outbound, OUTBOUND) for w in plan.workshops]

    def draw_time(self, case: Case, workshop_ix: int, direction: int) -> float:
        """Hours between the owner and a workshop; `direction` is INBOUND or OUTBOUND."""
        own = (self._inbound if direction == INBOUND else self._outbound)[workshop_ix]
        if own is not None:
            return own.draw(case.key, 0)
        if self._parcel is None:
            return 0.0
        mean = self.mean_time(case.market_ix, workshop_ix)
        if mean <= 0.0:
            return 0.0
        sigma = self._parcel.sigma
        if sigma <= 0.0:
            return mean
        u = keyed_uniform(case.key, direction) or 1e-300
        return exp(log(mean) - sigma * sigma / 2 + sigma * _normal_quantile(u))

    def mean_time(self, market_ix: int, workshop_ix: int) -> float:
        """Expected hours by the plan's distances."""
        parcel = self._parcel
        if parcel is None:
            return 0.0
        mean = parcel.fixed_h + parcel.per_km_h * self._dispatch.km(market_ix, workshop_ix)
        if parcel.surcharge_market and parcel.surcharge_market[market_ix]:
            mean += parcel.surcharge_h
        return mean
