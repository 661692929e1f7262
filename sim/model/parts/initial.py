"""What lies on the shelves and is on its way when the run begins.

``theory``
    The inventory position is uniform over the positions of the policy (Hadley and Whitin 1963, section 4-7), and the
    replenishments of the last lead time are outstanding: the demand of a window before time 0 as long as the longest lead
    time is drawn, the policy's orders in it are placed, and those that arrive after time 0 are on their way. For constant
    and i.i.d. lead times this is the stationary state, except that nobody waits at time 0: where more is outstanding than
    the position, the earliest units are taken to have gone to those who waited. Delays by shortage at a source are not
    foreseen.
    Where no demand rate is known, nothing is outstanding.
``full``
    The highest position of the policy is on hand, nothing is outstanding.
``empty``
    Nothing on hand; policies order at once.
``saved``
    As an earlier run ended (see `saved`); shelves that it does not name begin in one of the other ways.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from sim.distributions import Dist
from sim.model.parts.saved import saved_shelves
from sim.model.parts.supply import Supply
from sim.rules.stocking import Policy
from sim.scenario.plan import Plan
from sim.streams import Streams, keyed_uniform, purpose_salt

_POSITION = purpose_salt("initial position")
_LONGEST = np.array([0.9999])  # quantile taken for the longest lead time
Shipments = list[tuple[float, int]]  # (arrival h, units)


def demand_rates(plan: Plan, supply: Supply, expected: Mapping[tuple[int, int], float]) -> dict[tuple[int, int], float]:
    """Units per hour that pass (location, part): demand streams and `expected` there and everywhere downstream."""
    own: dict[tuple[int, int], float] = dict(expected)
    for location_ix, location in enumerate(plan.locations):
        for demand in location.demands:
            key = location_ix, demand.part_ix
            own[key] = own.get(key, 0.0) + demand.rate * (1.0 if demand.size is None else max(1.0, demand.size.mean))
    rates: dict[tuple[int, int], float] = {}
    for (location_ix, part_ix), rate in own.items():
        for at in (location_ix, *supply.route(location_ix, part_ix)):
            rates[at, part_ix] = rates.get((at, part_ix), 0.0) + rate
    return rates


class InitialStock:
    """Initial stock of every (location, part) of a plan; draws nothing before it is asked."""

    def __init__(self, plan: Plan, streams: Streams, supply: Supply, expected: Mapping[tuple[int, int], float]) -> None:
        self._plan = plan
        self._streams = streams
        self._supply = supply
        self._expected = expected
        self.saved = saved_shelves(plan, streams.replication)
        self.how = plan.run.initial if plan.run.saved is None else plan.run.saved.others  # of shelves that are not saved
        self._drawn: dict[tuple[int, int], int] = {}  # on hand after the demand before time 0
        self._part_salts = tuple(streams.salt(f"initial-part/{part.name}") for part in plan.parts)
        self._location_salts: dict[int, int] = {}
        self._windows: dict[tuple[Dist, ...], float] = {}

    def on_hand(self, location_ix: int, part_ix: int, policy: Policy) -> int:
        """Units on hand at time 0."""
        saved = self.saved.get((location_ix, part_ix))
        if saved is not None:
            return saved.on_hand
        drawn = self._drawn.get((location_ix, part_ix))
        return self._position(location_ix, part_ix, policy) if drawn is None else drawn

    def _position(self, location_ix: int, part_ix: int, policy: Policy) -> int:
        """Inventory position with nothing outstanding; never negative, so nobody waits."""
        if self.how == "empty":
            return 0
        low, high = policy.positions
        if self.how == "full" or low == high:
            return max(0, high)
        salt = self._location_salts.get(location_ix)
        if salt is None:
            salt = self._location_salts[location_ix] = self._streams.salt(f"initial/{self._plan.locations[location_ix].name}")
        u = keyed_uniform(self._streams.key(salt ^ self._part_salts[part_ix]), _POSITION)
        return max(0, low + int(u * (high - low + 1)))

    def pipelines(self) -> Iterator[tuple[int, int, Shipments]]:
        """(location, part, shipments on their way) for every shelf that begins with some; only for ``theory``.

        Every location draws from its own stream ``initial/<location>``, part by part.
        """
        if self.how != "theory":
            return
        rates = demand_rates(self._plan, self._supply, self._expected)
        by_location: dict[int, list[tuple[int, float]]] = {}
        for (location_ix, part_ix), rate in sorted(rates.items()):
            if rate > 0 and self._supply.lane_ix(location_ix, part_ix) >= 0:
                by_location.setdefault(location_ix, []).append((part_ix, rate))
        for location_ix, parts in by_location.items():
            location = self._plan.locations[location_ix]
            policies = dict(location.policies)
            if not policies:
                continue
            rng = self._streams.generator(f"initial/{location.name}")
            for part_ix, rate in parts:
                policy = policies.get(part_ix)
                if policy is None or (location_ix, part_ix) in self.saved:
                    continue
                times = self._supply.times(location_ix, part_ix)
                start = self._position(location_ix, part_ix, policy)
                if policy.review_h > 0:
                    orders = _periodic(rng, policy, rate, times, self._window(times))
                else:
                    window = self._window(times)
                    demands = int(rng.poisson(rate * window))
                    if not demands or policy.positions[1] <= 0:
                        continue
                    start, orders = _continuous(rng, policy, start, demands, times, window)
                on_hand, shipments = _settle(start, *orders)
                self._drawn[location_ix, part_ix] = on_hand
                if shipments:
                    yield location_ix, part_ix, shipments

    def _window(self, times: tuple[Dist, ...]) -> float:
        """Longest time (h) that matters for what is on its way."""
        window = self._windows.get(times)
        if window is None:
            window = self._windows[times] = float(sum(dist.ppf(_LONGEST)[0] for dist in times))
        return window


Orders = tuple[NDArray[np.float64], NDArray[np.int64]]  # arrival (h), units


def _delays(rng: np.random.Generator, times: tuple[Dist, ...], n: int) -> NDArray[np.float64]:
    return np.asarray(sum((dist.sample(rng, n) for dist in times), np.zeros(n)))


def _continuous(
    rng: np.random.Generator, policy: Policy, start: int, demands: int, times: tuple[Dist, ...], window: float
) -> tuple[int, Orders]:
    """The position that `demands` in the window before time 0 leave, and the policy's orders there."""
    low, high = policy.positions
    lot = high - low + 1
    at = np.sort(rng.random(demands)) * window - window
    start = max(start, low)
    placed = at[start - low :: lot]  # the demand that takes the position below the lowest one orders a lot
    position = low + (start - low - demands) % lot
    return position, (placed + _delays(rng, times, len(placed)), np.full(len(placed), lot))


def _periodic(rng: np.random.Generator, policy: Policy, rate: float, times: tuple[Dist, ...], window: float) -> Orders:
    """Orders of a periodic policy at its reviews 0, -R, -2R, ... in the window."""
    reviews = int(window // policy.review_h) + 1
    placed = -policy.review_h * np.arange(reviews)[::-1]
    units = rng.poisson(rate * policy.review_h, reviews)
    return placed + _delays(rng, times, reviews), units


def _settle(position: int, arrival: NDArray[np.float64], units: NDArray[np.int64]) -> tuple[int, Shipments]:
    """On hand and shipments on their way at time 0, given the orders before it; without backorders."""
    due = np.flatnonzero((arrival > 0) & (units > 0))
    due = due[np.argsort(arrival[due], kind="stable")]
    shipments = [(float(arrival[i]), int(units[i])) for i in due]
    waiting = sum(quantity for _, quantity in shipments) - max(0, position)
    if waiting <= 0:
        return -waiting, shipments
    kept: Shipments = []
    for there, quantity in shipments:
        gone = min(quantity, waiting)
        waiting -= gone
        if quantity > gone:
            kept.append((there, quantity - gone))
    return 0, kept
