"""Contact centres, lines and agent groups of the plan, and which line a customer reaches."""

from __future__ import annotations

from dataclasses import dataclass

from sim.distributions import constant
from sim.scenario.compile_cases import usual_channel
from sim.scenario.compile_names import Names, implied_lines
from sim.scenario.compile_time import CalendarTable
from sim.scenario.findings import Findings
from sim.scenario.places import Keys
from sim.scenario.plan import Centre, Group, Line, NextStep, Quote, Shift, StatusLoop
from sim.scenario.schema.contact import CentreSpec, GroupSpec, LineFields, LineSpec, NextStepSpec
from sim.scenario.schema.distributions import dist_or_none
from sim.scenario.schema.scenario import ScenarioSpec


@dataclass(frozen=True)
class ContactSide:
    """The contact centres of a plan."""

    centres: tuple[Centre, ...]
    lines: tuple[Line, ...]
    groups: tuple[Group, ...]
    entry: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class _Site:
    """What the lines and groups of one centre share."""

    key: str
    ix: int
    spec: CentreSpec
    time_zone: str
    lines: dict[str, LineSpec]  # with the centre's defaults


def line_table(spec: ScenarioSpec) -> dict[str, tuple[str, str]]:
    """(centre, line) by full name 'centre/line', in the order of the plan."""
    return {f"{centre}/{line}": (centre, line) for centre, c in spec.contact_centres.items() for line in implied_lines(spec, c)}


class ContactCompiler:
    """Makes the contact side of a plan.

    Parameters
    ----------
    spec, names, calendars, findings
        The scenario, its indices, where calendars are kept and where faults go.
    """

    def __init__(self, spec: ScenarioSpec, names: Names, calendars: CalendarTable, findings: Findings) -> None:
        self._spec = spec
        self._names = names
        self._calendars = calendars
        self._findings = findings
        self._line_ix = {name: i for i, name in enumerate(line_table(spec))}

    def compile(self) -> ContactSide:
        """All centres with their lines and groups, and the entry table."""
        sites = [self._site(i, key, c) for i, (key, c) in enumerate(self._spec.contact_centres.items())]
        lines = [self._line(site, name, line) for site in sites for name, line in site.lines.items()]
        groups = [group for site in sites for group in self._groups(site, lines)]
        return ContactSide(
            centres=tuple(Centre(site.key, site.time_zone) for site in sites),
            lines=tuple(lines),
            groups=tuple(groups),
            entry=self._entry(sites, lines),
        )

    def _site(self, ix: int, key: str, spec: CentreSpec) -> _Site:
        _, zone = self._calendars.use(spec.hours, spec.time_zone, spec.holidays)
        shared = {name: getattr(spec, name) for name in LineFields.model_fields if spec.said(name)}
        lines = {}
        for name, line in implied_lines(self._spec, spec).items():
            own = {field: getattr(line, field) for field in line.model_fields_set}
            lines[name] = LineSpec.model_construct(**{**shared, **own})
        return _Site(key, ix, spec, zone, lines)

    def _calendar(self, site: _Site, hours: str | None) -> int:
        spec = site.spec
        own_zone = spec.time_zone or (site.time_zone if hours and hours not in self._spec.calendars else None)
        return self._calendars.use(hours or spec.hours, own_zone, spec.holidays)[0]

    def _line(self, site: _Site, name: str, line: LineSpec) -> Line:
        at: Keys = ("contact_centres", site.key, *(("lines", name) if site.spec.lines is not None else ()))
        channel = -1 if line.internal else self._names.channel_ix[line.channel or name]
        behaviour = line.behaviour or (self._names.channels[channel].behaviour if channel >= 0 else "voice")
        if line.handle_time is None and behaviour != "self_service" and self._needs_handle_time():
            self._findings.fault("E103", at, "`handle_time` is missing", at_key=True)
        slowdown = tuple(line.slowdown or (1.0,) * line.concurrency)
        if len(slowdown) < line.concurrency:
            message = f"has {len(slowdown)} factors for {line.concurrency} conversations at once"
            self._findings.fault("E531", (*at, "slowdown"), message, "give one factor for each number of conversations")
        return Line(
            name=f"{site.key}/{name}",
            centre_ix=site.ix,
            channel_ix=channel,
            behaviour=behaviour,
            calendar_ix=self._calendar(site, line.hours),
            handle_time=line.handle_time.dist if line.handle_time else constant(0.0),
            after_work=dist_or_none(line.after_work),
            patience=dist_or_none(line.patience),
            redial=self._next_step(line.redial),
            when_closed=self._next_step(line.when_closed),
            trunks=-1 if line.trunks is None else line.trunks,
            threshold_h=line.threshold,
            short_h=line.short,
            concurrency=line.concurrency,
            slowdown=slowdown[: line.concurrency],
            resolve=line.resolve,
            reconnect_delay=line.reconnect.dist,
            to_repair=line.to_repair,
            transfer=line.transfer,
            transfer_line_ix=self.line_ix(line.transfer_to, site.key),
            contained=line.contained,
            escalate_channel_ix=self._names.channel(line.escalate_to) if line.escalate_to else -1,
            overflow_line_ix=self.line_ix(line.overflow_to, site.key),
            overflow_after_h=float("inf") if line.overflow_after is None else line.overflow_after,
            cost_per_contact=line.cost,
        )

    def _needs_handle_time(self) -> bool:
        """True if some case type leaves the talk time to the line (or there is none but outbound work)."""
        cases = self._spec.cases.values()
        return not cases or any(case.handle_time is None for case in cases)

    def line_ix(self, reference: str | None, centre: str = "") -> int:
        """Index of a line by 'centre/line', or by its name within a centre; -1 for None."""
        if reference is None:
            return -1
        return self._line_ix[reference] if "/" in reference else self._line_ix[f"{centre}/{reference}"]

    def _next_step(self, spec: NextStepSpec | None) -> NextStep:
        if spec is None:
            return NextStep()
        return NextStep(
            retry=spec.again,
            retry_delay=spec.delay.dist,
            switch=spec.switch,
            switch_channel_ix=self._names.channel(spec.channel) if spec.channel else -1,
            walk_in=spec.walk_in,
            max_attempts=spec.attempts,
        )

    def _groups(self, site: _Site, lines: list[Line]) -> list[Group]:
        spec = site.spec
        first = self._line_ix[f"{site.key}/{next(iter(site.lines))}"] if site.lines else 0
        staffed = [i for i in range(first, first + len(site.lines)) if lines[i].behaviour != "self_service"]
        if spec.groups is not None:
            return [self._group(site, name, group, staffed) for name, group in spec.groups.items()]
        if not staffed:
            return []
        if spec.agents is None:
            self._findings.fault("E103", ("contact_centres", site.key), "`agents` or `groups` is missing", at_key=True)
            return []
        only = GroupSpec.model_construct(agents=spec.agents, shrinkage=spec.shrinkage, wage=spec.wage)
        return [self._group(site, "agents", only, staffed)]

    def _group(self, site: _Site, name: str, spec: GroupSpec, staffed: list[int]) -> Group:
        if spec.shifts is not None:
            paid = [(self._calendar(site, shift.hours), shift.agents) for shift in spec.shifts.values()]
        else:
            paid = [(self._calendar(site, None), spec.agents or 0)]
        shifts, factor = shifts_after_shrinkage(paid, spec.shrinkage)
        return Group(
            name=f"{site.key}/{name}",
            centre_ix=site.ix,
            shifts=shifts,
            lines=tuple(self.line_ix(line, site.key) for line in spec.lines) if spec.lines is not None else tuple(staffed),
            wage=spec.wage,
            paid_factor=factor,
        )

    def _entry(self, sites: list[_Site], lines: list[Line]) -> tuple[tuple[int, ...], ...]:
        entry = [[-1] * len(self._names.regions) for _ in self._names.channels]
        for ix, line in enumerate(lines):
            if line.channel_ix < 0:
                continue
            serves = sites[line.centre_ix].spec.serves
            regions = range(len(self._names.regions)) if serves is None else [self._names.region_ix[r] for r in serves]
            for region in regions:
                if entry[line.channel_ix][region] < 0:
                    entry[line.channel_ix][region] = ix
        return tuple(tuple(row) for row in entry)

    def quote(self) -> Quote:
        """Offers for repairs out of warranty."""
        spec = self._spec.quote
        return Quote(
            accept=spec.accept,
            price=spec.price,
            decision=spec.decision.dist,
            line_ix=self.line_ix(spec.line),
            tries=spec.tries,
            reached=spec.reached,
            retry_delay=spec.retry_delay.dist,
        )

    def status_loop(self) -> StatusLoop:
        """Contacts about late repairs; on the first channel with agents if none is said."""
        spec = self._spec.status_contacts
        channel = self._names.channel(spec.channel) if spec.channel else usual_channel(self._names)
        return StatusLoop(spec.rate, channel, spec.proactive)


def shifts_after_shrinkage(paid: list[tuple[int, int]], shrinkage: float) -> tuple[tuple[Shift, ...], float]:
    """Shifts with the heads that are at work, and paid heads per head at work (1 where nobody is).

    Parameters
    ----------
    paid
        (calendar_ix, paid heads) of each shift.
    shrinkage
        Share of the paid time that is not available.
    """
    shifts = tuple(Shift(calendar, round(heads * (1 - shrinkage))) for calendar, heads in paid)
    at_work = sum(shift.heads for shift in shifts)
    return shifts, sum(heads for _, heads in paid) / at_work if at_work else 1.0
