"""Work offered against capacity before anything is simulated: first-order, without retries, for warnings only.

All loads are means over a plain week at the start of the run, in busy heads; contacts outside the opening hours are not offered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from sim.calendar import CalendarSpec
from sim.rules.dispatch import select_nearest, share_by_region
from sim.rules.service_mode import direct_modes
from sim.scenario.plan import MODES, Line, Plan, Shift, Source
from sim.units import MONTH

SLOTS = 336  # half hours of a week, Monday first
_PER_DAY = 48
Week = NDArray[np.float64]


@dataclass(frozen=True)
class Load:
    """Offered work of a pool and what it can do, in heads averaged over the week."""

    names: tuple[str, ...]
    offered: float
    capacity: float
    patient: bool  # nobody gives up
    limited: bool = False  # who nevertheless waits is limited by trunks: others find the line busy

    @property
    def rho(self) -> float:
        """Offered work per capacity; infinite where work meets nobody."""
        if self.capacity > 0:
            return self.offered / self.capacity
        return float("inf") if self.offered > 0 else 0.0


class WeekClock:
    """Weekly patterns of calendars and profiles in half-hour slots of UTC."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._start = datetime.fromisoformat(plan.run.start)
        self._open: dict[int, Week] = {}

    def _shift(self, time_zone: str) -> int:
        offset = ZoneInfo(time_zone).utcoffset(self._start)
        return round(offset.total_seconds() / 1800) if offset else 0

    def open_share(self, calendar_ix: int) -> Week:
        """Share of each slot that a calendar is open; index -1 is always."""
        if calendar_ix not in self._open:
            pattern = np.ones(SLOTS) if calendar_ix < 0 else self._weekly(self._plan.calendars[calendar_ix])
            self._open[calendar_ix] = pattern
        return self._open[calendar_ix]

    def _weekly(self, spec: CalendarSpec) -> Week:
        pattern = np.zeros(SLOTS)
        edges = np.arange(_PER_DAY + 1) / 2
        for day, spans in enumerate(spec.weekly):
            for begin, end in spans:
                share = np.clip(np.minimum(edges[1:], end) - np.maximum(edges[:-1], begin), 0, 0.5) * 2
                pattern[day * _PER_DAY : (day + 1) * _PER_DAY] += share
        return np.roll(pattern, -self._shift(spec.time_zone))

    def demand(self, profile_ix: int) -> Week:
        """Relative demand of each slot, mean 1."""
        if profile_ix < 0:
            return np.ones(SLOTS)
        profile = self._plan.profiles[profile_ix]
        days = []
        for weekday, works in zip(profile.weekdays, profile.working, strict=True):
            slots = np.array(profile.working_day if works else profile.other_day)
            days.append(np.repeat(slots, _PER_DAY // len(slots)) * weekday)
        week = np.roll(np.concatenate(days), -self._shift(profile.time_zone))
        return week / week.mean() if week.any() else week

    def heads(self, shifts: tuple[Shift, ...]) -> Week:
        """Heads at work in each slot."""
        total = np.zeros(SLOTS)
        for shift in shifts:
            total = total + shift.heads * self.open_share(shift.calendar_ix)
        return total


def cases_per_hour(plan: Plan, source: Source) -> float:
    """Cases of a source that reach the maker at the start of the run."""
    need, product = plan.needs[source.need_ix], plan.products[source.product_ix]
    if not source.by_age:
        return source.rate * need.captured_in
    ages = (np.arange(len(product.cohorts)) + 0.5) * MONTH
    bands = np.array([age for age, _ in source.by_age])
    rates = np.array([0.0, *(rate for _, rate in source.by_age)])[np.searchsorted(bands, ages, side="right")]
    captured = np.where(ages < product.warranty_h, need.captured_in, need.captured_out)
    return float(np.sum(np.array(product.cohorts) * rates * captured))


def _market_weights(plan: Plan, source: Source) -> Week:
    chosen = plan.products[source.product_ix].market_ix
    weights = np.zeros(len(plan.markets.names))
    index = list(chosen) if chosen else slice(None)
    weights[index] = plan.markets.weight[index]
    return weights / weights.sum() if weights.sum() > 0 else weights


def _segment_shares(plan: Plan, source: Source) -> tuple[float, ...]:
    shares = source.segment_shares or plan.products[source.product_ix].segment_shares
    return shares or (1.0, *(0.0 for _ in plan.segments[1:]))


class Offered:
    """Contacts and repair orders that a plan's sources make, spread over lines and workshops.

    Attributes
    ----------
    lines
        Busy agents that each line needs in each slot of the week, shape (lines, `SLOTS`).
    workshops
        Busy technicians that each workshop needs, mean over the week.
    unreached
        (channel, region) pairs by which cases arrive where no line takes them.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.clock = WeekClock(plan)
        self.lines = np.zeros((len(plan.lines), SLOTS))
        self.workshops = np.zeros(len(plan.workshops))
        self.unreached: dict[tuple[int, int], None] = {}
        self.modes_without_workshop: dict[str, None] = {}
        self._nearest: dict[tuple[int, bytes], NDArray[np.int64]] = {}
        for source in plan.sources:
            self._add_source(source)

    def _add_source(self, source: Source) -> None:
        rate = cases_per_hour(self._plan, source)
        if rate <= 0:
            return
        demand = self.clock.demand(source.profile_ix)
        weights = _market_weights(self._plan, source)
        by_region = np.bincount(self._plan.markets.region_ix, weights=weights, minlength=len(self._plan.regions))
        orders = np.zeros(len(MODES))
        for segment, share in enumerate(_segment_shares(self._plan, source)):
            for channel, part in source.channels[segment] if source.channels else ((-1, 1.0),):
                modes = source.modes[segment] if source.modes else (1.0, 0.0, 0.0)
                if channel < 0 or not self._plan.lines:
                    orders += rate * share * part * np.array(direct_modes(modes, bool(self._plan.lines)))
                    continue
                repairs = sum(
                    self._add_contacts(source, channel, region, rate * share * part * float(weight) * demand, 3)
                    for region, weight in enumerate(by_region)
                    if share * part * weight > 0
                )
                orders += repairs * np.array(modes)
        for mode in np.flatnonzero(orders).tolist():
            self._add_orders(source, mode, float(orders[mode]), weights)

    def _add_contacts(self, source: Source, channel: int, region: int, flow: Week, depth: int) -> float:
        """Load the line that these contacts reach; returns the repair orders per hour that follow."""
        plan, need = self._plan, self._plan.needs[source.need_ix]
        line_ix = plan.entry[channel][region]
        if line_ix < 0 or depth == 0:
            if depth:
                self.unreached[(channel, region)] = None
            return 0.0
        line = plan.lines[line_ix]
        flow = flow * self.clock.open_share(line.calendar_ix)
        if line.behaviour == "self_service":
            rest = 1 - (line.contained if need.contained is None else need.contained)
            follows = rest > 0 and line.escalate_channel_ix >= 0
            return self._add_contacts(source, line.escalate_channel_ix, region, flow * rest, depth - 1) if follows else 0.0
        self._add_work(line_ix, line, source, flow)
        to_repair = line.to_repair if need.to_repair is None else need.to_repair
        if line.transfer > 0 and line.transfer_line_ix >= 0:
            passed = flow * (1 - to_repair) * line.transfer
            other = plan.lines[line.transfer_line_ix]
            self._add_work(line.transfer_line_ix, other, source, passed)
            beyond = other.to_repair if need.to_repair is None else need.to_repair
            return float(np.mean(flow) * to_repair + np.mean(passed) * beyond)
        return float(np.mean(flow) * to_repair)

    def _add_work(self, line_ix: int, line: Line, source: Source, flow: Week) -> None:
        talk = (self._plan.needs[source.need_ix].handle_time or line.handle_time).mean
        if line.behaviour == "chat":
            talk = min(talk * factor / (k + 1) for k, factor in enumerate(line.slowdown))
        self.lines[line_ix] += flow * (talk + (line.after_work.mean if line.after_work else 0.0))

    def _add_orders(self, source: Source, mode: int, rate: float, weights: Week) -> None:
        plan, need = self._plan, self._plan.needs[source.need_ix]
        able = self._able(mode, source.product_ix)
        if not len(able) and plan.workshops:
            self.modes_without_workshop[MODES[mode]] = None
            able = self._able(0, source.product_ix)
        if not len(able):
            return
        chosen = self._receivers(mode, able)
        orders = np.bincount(chosen, weights=rate * weights, minlength=len(plan.workshops))
        for ix in np.flatnonzero(orders).tolist():
            workshop = plan.workshops[ix]
            diagnosis = need.diagnosis_time or workshop.diagnosis_time
            self.workshops[ix] += orders[ix] * (diagnosis.mean if diagnosis and mode != 2 else 0.0)
            faults = [(f.share, f.level, f.repair_time) for f in source.faults] or [(1.0, 1, None)]
            for share, level, time in faults:
                beyond = level > workshop.level and workshop.forward_ix >= 0
                bench = plan.workshops[workshop.forward_ix] if beyond else workshop
                work = (time or need.repair_time or bench.repair_time).mean
                work += bench.audit_share * (bench.audit_time.mean if bench.audit_time else 0.0)
                self.workshops[workshop.forward_ix if beyond else ix] += orders[ix] * share * (1 - need.no_fault_found) * work

    def _able(self, mode: int, product: int) -> NDArray[np.int64]:
        name = MODES[mode]
        shops = enumerate(self._plan.workshops)
        return np.array([i for i, w in shops if name in w.modes and (not w.product_ix or product in w.product_ix)], np.int64)

    def _receivers(self, mode: int, able: NDArray[np.int64]) -> NDArray[np.int64]:
        """Workshop that receives the orders of each market: nearest, teams within their region; see `rules.dispatch`."""
        key = (mode, able.tobytes())
        if key not in self._nearest:
            markets, shops = self._plan.markets, self._plan.workshops
            region = np.array([shops[i].region_ix for i in able])
            chosen = np.empty(len(markets.names), np.int64)
            groups = np.unique(markets.region_ix) if mode == 2 else np.array([-1])
            for group in groups.tolist():
                of_markets = np.flatnonzero(markets.region_ix == group) if group >= 0 else np.arange(len(chosen))
                local = able[region == group] if group >= 0 and (region == group).any() else able
                lat, lon = (np.array([getattr(shops[i], side) for i in local]) for side in ("lat", "lon"))
                nearest = select_nearest(markets.lat[of_markets], markets.lon[of_markets], lat, lon)
                region_of = np.array([shops[i].region_ix for i in local])
                unplaced = share_by_region(of_markets, np.asarray(markets.region_ix, np.int64), region_of)
                chosen[of_markets] = local[np.where(nearest >= 0, nearest, unplaced)]
            self._nearest[key] = chosen
        return self._nearest[key]


def pools(plan: Plan) -> list[list[int]]:
    """Groups of agents that share lines, directly or through others, as lists of group indices."""
    found: list[tuple[set[int], list[int]]] = []
    for ix, group in enumerate(plan.groups):
        lines, members = set(group.lines), [ix]
        rest = []
        for other_lines, other_members in found:
            if lines & other_lines:
                lines |= other_lines
                members = other_members + members
            else:
                rest.append((other_lines, other_members))
        found = [*rest, (lines, members)]
    return [sorted(members) for _, members in found]


def contact_loads(plan: Plan, offered: Offered) -> list[Load]:
    """Load of every pool of agent groups; one that cannot cope alone is taken together with those that its lines overflow to."""
    every = pools(plan)
    loads = []
    for members in every:
        load = _pool_load(plan, offered, members, members)
        if load.rho >= 1:
            load = _pool_load(plan, offered, members, _with_overflow(plan, every, members))
        loads.append(load)
    return loads


def _lines_of(plan: Plan, members: list[int]) -> list[int]:
    return sorted({line for ix in members for line in plan.groups[ix].lines})


def _with_overflow(plan: Plan, every: list[list[int]], members: list[int]) -> list[int]:
    """The groups of a pool and of all pools that its lines overflow to, directly or through others."""
    found = list(members)
    for ix in found:  # grows while it is read
        for line in plan.groups[ix].lines:
            target = plan.lines[line].overflow_line_ix
            if target >= 0 and plan.lines[line].overflow_after_h < float("inf"):
                pool = next((p for p in every if target in _lines_of(plan, p)), [])
                found += [group for group in pool if group not in found]
    return found


def _pool_load(plan: Plan, offered: Offered, members: list[int], helped: list[int]) -> Load:
    """Load of groups; who waits at the lines of `members`, which are part of them, decides what an overload leads to."""
    lines = _lines_of(plan, helped)
    heads = sum(float(np.mean(offered.clock.heads(plan.groups[ix].shifts))) for ix in helped)
    work = float(np.mean(offered.lines[lines].sum(axis=0))) if lines else 0.0
    waiting = [plan.lines[i] for i in _lines_of(plan, members) if plan.lines[i].patience is None]
    names = tuple(plan.groups[ix].name for ix in helped)
    return Load(names, work, heads, bool(waiting), all(line.trunks >= 0 for line in waiting))


def workshop_loads(plan: Plan, offered: Offered) -> list[Load]:
    """Load of every workshop."""
    by_shifts: dict[tuple[Shift, ...], float] = {}
    loads = []
    for workshop, work in zip(plan.workshops, offered.workshops.tolist(), strict=True):
        if workshop.shifts not in by_shifts:
            by_shifts[workshop.shifts] = float(np.mean(offered.clock.heads(workshop.shifts)))
        loads.append(Load((workshop.name,), work, by_shifts[workshop.shifts], True))
    return loads
