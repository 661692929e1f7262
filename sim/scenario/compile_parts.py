"""Spare parts of the plan: part types, stocking places with lanes and policies, vendors.

Every place of the file that keeps or passes on parts becomes a location; so do vendors, at the end of the table.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from sim.distributions import constant
from sim.rules.stocking import Policy
from sim.scenario.compile_names import Names, Shared, expanded
from sim.scenario.findings import Findings
from sim.scenario.places import Keys
from sim.scenario.plan import Demand, Lane, Location, Part
from sim.scenario.schema.parts import PolicySpec, SourceLaneSpec, StockingSpec
from sim.scenario.schema.scenario import ScenarioSpec
from sim.scenario.schema.service import TeamSpec

PLACE_SECTIONS = ("locations", "depots", "service_points", "teams")
_AT_ONCE = constant(0.0)


@dataclass(frozen=True)
class Place:
    """A place of the file that gets a location."""

    name: str
    at: Keys
    section: str
    spec: StockingSpec


def places_with_parts(spec: ScenarioSpec) -> list[Place]:
    """Places that keep or pass on parts, in the order of the plan's locations.

    Stocking places always do; depots, service points and teams do where the file says `stock`, `source` or `demand`, or where
    there is exactly one vendor, from which they are then replenished directly; not teams that draw on another place's stock.
    """
    found = []
    has_one_vendor = len(spec.vendors) == 1 and bool(spec.parts)
    for section in PLACE_SECTIONS:
        for name, key, place in expanded(getattr(spec, section)):
            if isinstance(place, TeamSpec) and place.stock_at is not None:
                continue
            if section == "locations" or has_one_vendor or place.source is not None or place.stock is not None or place.demand:
                found.append(Place(name, (section, key), section, place))
    return found


def compile_parts(spec: ScenarioSpec) -> tuple[Part, ...]:
    """The part types in the order of the file."""
    return tuple(Part(name, p.price, p.weight) for name, p in spec.parts.items())


class PartsCompiler:
    """Makes the locations of a plan.

    Parameters
    ----------
    spec, names, findings
        The scenario, its indices, and where faults go.
    """

    def __init__(self, spec: ScenarioSpec, names: Names, findings: Findings) -> None:
        self._spec = spec
        self._names = names
        self._findings = findings
        self._shared = Shared()
        self.places = places_with_parts(spec)
        all_names = [p.name for p in self.places] + list(spec.vendors)
        self.location_ix = {name: i for i, name in enumerate(all_names)}
        self._only_vendor = next(iter(spec.vendors)) if len(spec.vendors) == 1 else None
        self._plans: dict[str, tuple[tuple[int, Policy], ...]] = {}
        self._is_source = {source for p in self.places for source in source_names(p.spec)}

    def locations(self) -> tuple[Location, ...]:
        """All stocking places, then the vendors."""
        return (*(self._location(p) for p in self.places), *(self._vendor(name) for name in self._spec.vendors))

    def _location(self, place: Place) -> Location:
        spec = place.spec
        supplies_others = place.section == "depots" or place.name in self._is_source
        emergency = spec.emergency
        return Location(
            name=place.name,
            kind="depot" if supplies_others else "point",
            region_ix=self._names.region(spec.region),
            lat=math.nan if spec.lat is None else spec.lat,
            lon=math.nan if spec.lon is None else spec.lon,
            lanes=self._lanes(place),
            policies=self._policies(spec),
            demands=self._demands(spec),
            emergency=None
            if emergency is None
            else Lane(
                source_ix=-1 if emergency.from_ is None else self.location_ix[emergency.from_],
                transit=emergency.transit.dist,
                cost=emergency.freight,
                cost_per_kg=emergency.freight_per_kg,
            ),
            emergency_premium=0.0 if emergency is None else emergency.cost,
        )

    def _lanes(self, place: Place) -> tuple[Lane, ...]:
        spec = place.spec
        usual = spec.transit.dist if spec.transit else _AT_ONCE
        own: dict[str, SourceLaneSpec] = spec.source if isinstance(spec.source, dict) else {}
        sources = source_names(spec) or ([self._only_vendor] if self._only_vendor else [])
        if not sources:
            hint = "name a place or a vendor" if self._spec.vendors else "add a vendor under `vendors`"
            self._findings.fault("E522", place.at, "needs a `source` for its parts", hint, at_key=True)
        lanes = []
        for source in sources:
            lane = own.get(source, SourceLaneSpec())
            lanes.append(
                Lane(
                    source_ix=self.location_ix[source],
                    transit=lane.transit.dist if lane.transit else usual,
                    cost=spec.freight if lane.freight is None else lane.freight,
                    cost_per_kg=spec.freight_per_kg if lane.freight_per_kg is None else lane.freight_per_kg,
                )
            )
        return self._shared(tuple(lanes))

    def _policies(self, spec: StockingSpec) -> tuple[tuple[int, Policy], ...]:
        if spec.stock is None:
            return ()
        if isinstance(spec.stock, str):
            if spec.stock not in self._plans:
                self._plans[spec.stock] = self._in_part_order(self._spec.stock_plans[spec.stock])
            return self._plans[spec.stock]
        return self._shared(self._in_part_order(spec.stock))

    def _in_part_order(self, stock: dict[str, PolicySpec]) -> tuple[tuple[int, Policy], ...]:
        return tuple((ix, stock[part].policy) for ix, part in sorted((self._names.part_ix[part], part) for part in stock))

    def _demands(self, spec: StockingSpec) -> tuple[Demand, ...]:
        found = [Demand(self._names.part_ix[part], d.rate, d.size.dist if d.size else None) for part, d in spec.demand.items()]
        return tuple(sorted(found, key=lambda d: d.part_ix))

    def _vendor(self, name: str) -> Location:
        spec = self._spec.vendors[name]
        part_ix = self._names.part_ix
        return Location(
            name=name,
            kind="vendor",
            region_ix=-1,
            lat=math.nan if spec.lat is None else spec.lat,
            lon=math.nan if spec.lon is None else spec.lon,
            lead_time=spec.lead_time.dist,
            lead_times=tuple(sorted(((part_ix[part], dist.dist) for part, dist in spec.lead_times.items()), key=lambda x: x[0])),
            supplies=tuple(sorted(part_ix[part] for part in spec.supplies or ())),
        )


def source_names(spec: StockingSpec) -> list[str]:
    """Names of the sources that a place gives, in order of preference."""
    if spec.source is None:
        return []
    return [spec.source] if isinstance(spec.source, str) else list(spec.source)
