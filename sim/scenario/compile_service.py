"""Workshops and parcels of the plan: service points, then repair depots, then field teams."""

from __future__ import annotations

import math

from sim.distributions import Dist, constant
from sim.scenario.compile_contact import shifts_after_shrinkage
from sim.scenario.compile_names import Names, Shared, expanded
from sim.scenario.compile_time import CalendarTable
from sim.scenario.findings import Findings
from sim.scenario.places import Keys
from sim.scenario.plan import Parcel, Shift, Workshop
from sim.scenario.schema.distributions import DurationDist
from sim.scenario.schema.scenario import ScenarioSpec
from sim.scenario.schema.service import DepotSpec, PointSpec, TeamSpec, WorkshopSpec

WORKSHOP_SECTIONS = {"service_points": "point", "depots": "depot", "teams": "team"}


class ServiceCompiler:
    """Makes the workshops of a plan.

    Parameters
    ----------
    spec, names, calendars, findings
        The scenario, its indices, where calendars are kept and where faults go.
    location_ix
        Indices of the locations by name.
    needs_parts
        True if some repair may need a part.
    """

    def __init__(
        self,
        spec: ScenarioSpec,
        names: Names,
        calendars: CalendarTable,
        findings: Findings,
        location_ix: dict[str, int],
        needs_parts: bool,
    ) -> None:
        self._spec = spec
        self._names = names
        self._calendars = calendars
        self._findings = findings
        self._location_ix = location_ix
        self._needs_parts = needs_parts
        self._shared = Shared()
        self._workshop_ix = {
            name: i
            for i, name in enumerate(name for section in WORKSHOP_SECTIONS for name, _, _ in expanded(getattr(spec, section)))
        }

    def workshops(self) -> tuple[Workshop, ...]:
        """All places with technicians."""
        return tuple(
            self._workshop(name, (section, key), kind, place)
            for section, kind in WORKSHOP_SECTIONS.items()
            for name, key, place in expanded(getattr(self._spec, section))
        )

    def _workshop(self, name: str, at: Keys, kind: str, spec: WorkshopSpec) -> Workshop:
        region = self._names.region(spec.region)
        if region < 0:
            self._findings.fault("E526", at, "needs a `region`, as there are several", at_key=True)
        shifts, zone, factor = self._crew(spec)
        audit, shared = spec.audit, self._shared
        return Workshop(
            name=name,
            kind=kind,
            region_ix=region,
            lat=math.nan if spec.lat is None else spec.lat,
            lon=math.nan if spec.lon is None else spec.lon,
            time_zone=zone,
            shifts=shared(shifts),
            location_ix=self._location(name, at, spec),
            level=spec.level,
            modes=shared(tuple(spec.modes) if isinstance(spec, (PointSpec, DepotSpec, TeamSpec)) else ("carry_in",)),
            product_ix=tuple(sorted(self._names.product_ix[p] for p in spec.products or ())),
            finish_jobs=spec.at_closing == "finish",
            hand_in=self._dist(spec.hand_in),
            counter=self._dist(spec.counter_time),
            diagnosis_time=self._dist(spec.diagnosis_time),
            repair_time=shared(spec.repair_time.dist),
            audit_share=audit.share if audit else 0.0,
            audit_time=shared(audit.time.dist) if audit else None,
            audit_pass=audit.pass_ if audit else 1.0,
            pick_up=self._dist(spec.pick_up),
            travel=self._dist(spec.travel) if isinstance(spec, TeamSpec) else None,
            inbound=self._dist(spec.inbound),
            outbound=self._dist(spec.outbound),
            forward_ix=self._workshop_ix[spec.forward_to] if spec.forward_to else -1,
            forward_transit=self._dist(spec.forward_transit) or (constant(0.0) if spec.forward_to else None),
            wage=spec.wage,
            shrinkage_factor=factor,
            dead_on_arrival=spec.dead_on_arrival,
        )

    def _dist(self, spec: DurationDist | None) -> Dist | None:
        return None if spec is None else self._shared(spec.dist)

    def _crew(self, spec: WorkshopSpec) -> tuple[tuple[Shift, ...], str, float]:
        """Shifts, time zone, and paid heads per head at work."""
        calendar, zone = self._calendars.use(spec.hours, spec.time_zone, spec.holidays)
        if spec.shifts is None:
            heads = spec.engineers if isinstance(spec, TeamSpec) else getattr(spec, "technicians", 0)
            paid = [(calendar, heads)]
        else:
            paid = [
                (self._calendars.use(s.hours or spec.hours, spec.time_zone or zone, spec.holidays)[0], s.technicians)
                for s in spec.shifts.values()
            ]
        shifts, factor = shifts_after_shrinkage(paid, spec.shrinkage)
        return shifts, zone, factor

    def _location(self, name: str, at: Keys, spec: WorkshopSpec) -> int:
        if isinstance(spec, TeamSpec) and spec.stock_at is not None:
            return self._location_ix[spec.stock_at]
        found = self._location_ix.get(name, -1)
        if found < 0 and self._needs_parts:
            hint = "add `source: <vendor or place>`" if self._spec.vendors else "add a vendor under `vendors`"
            if isinstance(spec, TeamSpec):
                hint += " or `stock_at: <place>`"
            self._findings.fault("E522", at, "needs a `source` for the parts of its repairs", hint, at_key=True)
        return found


def compile_parcel(spec: ScenarioSpec, names: Names) -> Parcel | None:
    """The parcel service, None where the file gives none."""
    if spec.parcel is None:
        return None
    return Parcel(
        fixed_h=spec.parcel.fixed,
        per_km_h=spec.parcel.per_km,
        sigma=spec.parcel.sigma,
        surcharge_h=spec.parcel.surcharge,
        surcharge_market=tuple(name in spec.markets and spec.markets[name].surcharge for name in names.markets),
        cost=spec.parcel.cost,
        cost_per_kg=spec.parcel.cost_per_kg,
    )
