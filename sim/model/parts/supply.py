"""Who supplies which part to which location, how long it takes and what it costs; found once and kept."""

from __future__ import annotations

from dataclasses import dataclass

from sim.distributions import Dist, constant
from sim.model.parts.draws import Draw, sampler, total
from sim.scenario.plan import Lane, Plan
from sim.streams import Streams

_AT_ONCE = constant(0.0)


@dataclass(frozen=True, slots=True)
class Link:
    """The way of one part from its source to a location."""

    source_ix: int
    is_vendor: bool
    delay: Draw  # shipment to arrival (h); from a vendor: order to arrival
    cost_shipment: float
    cost_each: float  # money per unit, by weight


class Supply:
    """The supply graph of a plan.

    The source of a part is the first lane whose source can supply it: a vendor that has it on its list, or a location
    that itself has a way to such a vendor. Streams: ``transit/<location>`` (further lanes: ``transit/<location>/<source>``),
    ``lead/<vendor>`` (parts with a lead time of their own: ``lead/<vendor>/<part>``), ``emergency/<location>``; each is
    made at its first use.
    """

    def __init__(self, plan: Plan, streams: Streams) -> None:
        self._plan = plan
        self._streams = streams
        self._able: dict[tuple[int, int], bool] = {}
        self._lane: dict[tuple[int, int], int] = {}
        self._lane_draws: dict[tuple[int, int], Draw] = {}
        self._lead_draws: dict[tuple[int, int], Draw] = {}
        self._delays: dict[tuple[int, int, int], Draw] = {}
        self._emergency_draws: dict[int, Draw] = {}
        self._overrides = tuple(dict(loc.lead_times) for loc in plan.locations)
        self._lists = tuple(frozenset(loc.supplies) for loc in plan.locations)

    def is_vendor(self, location_ix: int) -> bool:
        """True for an unlimited source."""
        return self._plan.locations[location_ix].kind == "vendor"

    def can_supply(self, location_ix: int, part_ix: int) -> bool:
        """True if the part can come from there, at once or in time."""
        if self.is_vendor(location_ix):
            listed = self._lists[location_ix]
            return not listed or part_ix in listed
        key = location_ix, part_ix
        known = self._able.get(key)
        if known is None:
            self._able[key] = False  # a cycle supplies nothing
            known = self._able[key] = self.lane_ix(location_ix, part_ix) >= 0
        return known

    def lane_ix(self, location_ix: int, part_ix: int) -> int:
        """Position in ``Location.lanes`` of the lane by which the part comes; -1: nobody supplies it."""
        key = location_ix, part_ix
        found = self._lane.get(key)
        if found is None:
            lanes = self._plan.locations[location_ix].lanes
            found = next((i for i, lane in enumerate(lanes) if self.can_supply(lane.source_ix, part_ix)), -1)
            self._lane[key] = found
        return found

    def source_ix(self, location_ix: int, part_ix: int) -> int:
        """Location that supplies the part; -1: none."""
        lane_ix = self.lane_ix(location_ix, part_ix)
        return -1 if lane_ix < 0 else self._plan.locations[location_ix].lanes[lane_ix].source_ix

    def route(self, location_ix: int, part_ix: int) -> list[int]:
        """Sources upstream of a location, nearest first, the vendor last; empty if nobody supplies the part."""
        route: list[int] = []
        at = location_ix
        while not self.is_vendor(at):
            at = self.source_ix(at, part_ix)
            if at < 0:
                return []
            route.append(at)
        return route

    def link(self, location_ix: int, part_ix: int) -> Link | None:
        """The way of the part to the location; None: nobody supplies it."""
        lane_ix = self.lane_ix(location_ix, part_ix)
        if lane_ix < 0:
            return None
        lane = self._plan.locations[location_ix].lanes[lane_ix]
        weight = self._plan.parts[part_ix].weight_kg
        delay = self._delay(location_ix, lane_ix, part_ix)
        return Link(lane.source_ix, self.is_vendor(lane.source_ix), delay, lane.cost, lane.cost_per_kg * weight)

    def times(self, location_ix: int, part_ix: int) -> tuple[Dist, ...]:
        """Distributions whose sum is the time from a full source to the location; empty: nobody supplies the part."""
        lane_ix = self.lane_ix(location_ix, part_ix)
        if lane_ix < 0:
            return ()
        lane = self._plan.locations[location_ix].lanes[lane_ix]
        return (lane.transit, self._lead_time(lane.source_ix, part_ix)) if self.is_vendor(lane.source_ix) else (lane.transit,)

    def draw_emergency(self, location_ix: int, lane: Lane) -> float:
        """Transit time (h) of one emergency shipment to a location."""
        draw = self._emergency_draws.get(location_ix)
        if draw is None:
            name = f"emergency/{self._plan.locations[location_ix].name}"
            draw = self._emergency_draws[location_ix] = sampler(self._streams, name, lane.transit)
        return draw()

    def draw_lead(self, vendor_ix: int, part_ix: int) -> float:
        """Lead time (h) of one order at a vendor."""
        return self._lead(vendor_ix, part_ix)()

    def _lead_time(self, vendor_ix: int, part_ix: int) -> Dist:
        vendor = self._plan.locations[vendor_ix]
        return self._overrides[vendor_ix].get(part_ix, vendor.lead_time or _AT_ONCE)

    def _lead(self, vendor_ix: int, part_ix: int) -> Draw:
        own = part_ix in self._overrides[vendor_ix]
        key = vendor_ix, part_ix if own else -1
        draw = self._lead_draws.get(key)
        if draw is None:
            name = f"lead/{self._plan.locations[vendor_ix].name}"
            if own:
                name += f"/{self._plan.parts[part_ix].name}"
            draw = self._lead_draws[key] = sampler(self._streams, name, self._lead_time(vendor_ix, part_ix))
        return draw

    def _transit(self, location_ix: int, lane_ix: int) -> Draw:
        key = location_ix, lane_ix
        draw = self._lane_draws.get(key)
        if draw is None:
            location = self._plan.locations[location_ix]
            lane = location.lanes[lane_ix]
            name = f"transit/{location.name}"
            if lane_ix:
                name += f"/{self._plan.locations[lane.source_ix].name}"
            draw = self._lane_draws[key] = sampler(self._streams, name, lane.transit)
        return draw

    def _delay(self, location_ix: int, lane_ix: int, part_ix: int) -> Draw:
        lane = self._plan.locations[location_ix].lanes[lane_ix]
        if not self.is_vendor(lane.source_ix):
            return self._transit(location_ix, lane_ix)
        if lane.transit == _AT_ONCE:
            return self._lead(lane.source_ix, part_ix)
        key = location_ix, lane_ix, part_ix if part_ix in self._overrides[lane.source_ix] else -1
        delay = self._delays.get(key)
        if delay is None:
            delay = self._delays[key] = total(self._lead(lane.source_ix, part_ix), self._transit(location_ix, lane_ix))
        return delay
