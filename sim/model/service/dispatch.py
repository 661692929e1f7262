"""Who receives an order: nearest capable service point, prepared for all markets at once."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.rules.dispatch import great_circle_km, select_nearest, share_by_region
from sim.scenario.plan import MODES, Plan

CARRY_IN: Final = MODES.index("carry_in")
MAIL_IN: Final = MODES.index("mail_in")
ON_SITE: Final = MODES.index("on_site")


class Dispatch:
    """Receiving workshop by market, mode and product.

    Carry-in and mail-in go to the nearest workshop that takes the mode and the product; on-site to the nearest team of the
    market's own region, if it has one. Without coordinates all are equally near: the workshops of the same region, else all,
    are shared by the markets in turn.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._lat = np.array([w.lat for w in plan.workshops], dtype=np.float64)
        self._lon = np.array([w.lon for w in plan.workshops], dtype=np.float64)
        self._region = np.array([w.region_ix for w in plan.workshops], dtype=np.int64)
        self._by_mode: dict[tuple[int, int], list[int]] = {}  # (mode, product) -> workshop of each market; empty: none
        self._by_candidates: dict[tuple[int, bytes], list[int]] = {}
        self._km: dict[tuple[int, int], float] = {}

    def select_workshop(self, market_ix: int, mode: int, product_ix: int) -> int:
        """Index of the receiving workshop; -1 if none takes the mode and the product."""
        key = (mode, product_ix)
        column = self._by_mode.get(key)
        if column is None:
            column = self._by_mode[key] = self._assign(mode, product_ix)
        return column[market_ix] if column else -1

    def km(self, market_ix: int, workshop_ix: int) -> float:
        """Great-circle distance; 0 where a place is not known."""
        key = (market_ix, workshop_ix)
        if key not in self._km:
            markets, workshop = self._plan.markets, self._plan.workshops[workshop_ix]
            km = great_circle_km(float(markets.lat[market_ix]), float(markets.lon[market_ix]), workshop.lat, workshop.lon)
            self._km[key] = km if km == km else 0.0
        return self._km[key]

    def _assign(self, mode: int, product_ix: int) -> list[int]:
        name = MODES[mode]
        able = [
            i for i, w in enumerate(self._plan.workshops) if name in w.modes and (not w.product_ix or product_ix in w.product_ix)
        ]
        if not able:
            return []
        candidates = np.array(able, dtype=np.int64)
        shared = (mode, candidates.tobytes())
        if shared not in self._by_candidates:
            market_region = np.asarray(self._plan.markets.region_ix, dtype=np.int64)
            result = self._nearest(np.arange(len(market_region)), candidates)
            if mode == ON_SITE:
                for region in np.unique(self._region[candidates]).tolist():
                    there = np.flatnonzero(market_region == region)
                    result[there] = self._nearest(there, candidates[self._region[candidates] == region])
            self._by_candidates[shared] = result.tolist()
        return self._by_candidates[shared]

    def _nearest(self, market: NDArray[np.int64], candidates: NDArray[np.int64]) -> NDArray[np.int64]:
        markets = self._plan.markets
        lat, lon = np.asarray(markets.lat, np.float64)[market], np.asarray(markets.lon, np.float64)[market]
        k = select_nearest(lat, lon, self._lat[candidates], self._lon[candidates])
        result = np.where(k >= 0, candidates[k], -1)
        region_of = self._region[candidates]
        far = np.flatnonzero(k < 0)
        if len(far):
            result[far] = candidates[share_by_region(market[far], np.asarray(markets.region_ix, np.int64), region_of)]
        return result
