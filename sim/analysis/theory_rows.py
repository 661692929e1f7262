"""Where a plan is a textbook system: the exact value beside the simulated one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from sim.analysis.groups import line_parts
from sim.analysis.kpis import group
from sim.rules.stocking import BaseStock
from sim.scenario.plan import Plan

if TYPE_CHECKING:
    from sim.theory.inventory import Shelf
    from sim.theory.two_echelon import TwoEchelon

Known = dict[tuple[str, str], tuple[float, float | None]]  # (kpi, group) -> mean, half width
Row = tuple[str, str, float, float, float | None]


def theory_rows(plan: Plan, known: Known) -> list[Row]:
    """Rows (measure, owner, theory, simulation, half width) of theory.csv; none where no theory applies.

    Parameters
    ----------
    plan
        What was simulated. Voice lines with constant Poisson arrivals, exponential handle times, one agent group and no way back
        are Erlang C or A; shelves with base stock, Poisson demand of single units and an uncapacitated supply are Palm's or,
        behind a depot with base stock, the exact two-echelon system.
    known
        Simulated means and half widths.
    """
    if plan.uncertain is not None:  # a formula at the mean of an input is not the mean of the formula
        return []
    rows: list[Row] = []
    for measure, owner, value in (*_queues(plan), *_shelves(plan)):
        if (measure, owner) in known and np.isfinite(value):
            rows.append((measure, owner, float(value), *known[measure, owner]))
    return rows


def _queues(plan: Plan) -> Iterator[tuple[str, str, float]]:
    rate = _constant_rates(plan)
    if rate is None:
        return
    for i, line in enumerate(plan.lines):
        servers = _single_group(plan, i)
        if servers is None or rate[i] <= 0 or not _is_plain_queue(plan, i):
            continue
        from sim.theory.erlang import ErlangA, ErlangC

        centre, channel = line_parts(plan)[i]
        owner = group(site=centre, channel=channel)
        handle = line.handle_time.mean
        if line.patience is None:
            patient = ErlangC(servers, rate[i], handle)
            if not patient.is_stable:
                continue
            yield "contact.wait_probability", owner, patient.delay_probability
            yield "contact.asa", owner, patient.asa
            yield "contact.service_level", owner, patient.service_level(line.threshold_h)
            yield "contact.queue.mean", owner, patient.queue_mean
            yield "contact.occupancy", group(site=centre), patient.occupancy
        else:
            model = ErlangA(servers, rate[i], handle, line.patience.mean)
            yield "contact.wait_probability", owner, model.delay_probability
            yield "contact.abandon_rate", owner, model.abandonment
            yield "contact.wait.mean", owner, model.mean_wait
            yield "contact.asa", owner, model.asa
            yield "contact.service_level", owner, model.service_level(line.threshold_h)
            yield "contact.queue.mean", owner, model.queue_mean
            yield "contact.occupancy", group(site=centre), model.occupancy


def _constant_rates(plan: Plan) -> list[float] | None:
    """Poisson rate of first contacts of each line (1/h); None if arrivals are not constant Poisson."""
    if plan.case_log is not None or plan.customers or (plan.status.rate > 0 and plan.status.channel_ix >= 0):
        return None
    rates = [0.0] * len(plan.lines)
    regions = np.bincount(plan.markets.region_ix, plan.markets.weight, len(plan.regions))
    for source in plan.sources:
        need = plan.needs[source.need_ix]
        flat = source.profile_ix < 0 or _is_flat(plan, source.profile_ix)
        if source.by_age or not flat or source.travelling or need.captured_in < 1 or need.captured_out < 1:
            return None
        shares = source.segment_shares or plan.products[source.product_ix].segment_shares or (1.0,)
        for share, channels in zip(shares, source.channels, strict=False):
            for channel, part in channels:
                if channel < 0:
                    continue
                for region, weight in enumerate(regions):
                    line = plan.entry[channel][region]
                    if line >= 0:
                        rates[line] += source.rate * share * part * float(weight)
    return rates


def _is_flat(plan: Plan, profile_ix: int) -> bool:
    p = plan.profiles[profile_ix]
    values = (*p.months, *p.weekdays, *p.working_day, *p.other_day)
    return len(set(values)) == 1 and (not p.holidays or p.holiday_factor == 1.0)


def _single_group(plan: Plan, line_ix: int) -> int | None:
    """Heads of the one group that serves this line alone around the clock, else None."""
    serving = [g for g in plan.groups if line_ix in g.lines]
    if len(serving) != 1 or serving[0].lines != (line_ix,):
        return None
    if sum(g.centre_ix == serving[0].centre_ix for g in plan.groups) > 1:
        return None  # occupancy is known by centre
    shifts = serving[0].shifts
    if any(s.calendar_ix >= 0 and not plan.calendars[s.calendar_ix].is_always for s in shifts):
        return None
    return sum(s.heads for s in shifts)


def _is_plain_queue(plan: Plan, line_ix: int) -> bool:
    """True if nothing but fresh contacts comes to the line, and its times are exponential."""
    line = plan.lines[line_ix]
    calls = any(n.handle_time is not None or (n.resolve is not None and n.resolve < 1) for n in plan.needs)
    silent = line.redial.retry == 0 and line.redial.switch == 0
    return (
        line.behaviour == "voice"
        and (line.calendar_ix < 0 or plan.calendars[line.calendar_ix].is_always)
        and line.handle_time.kind == "exponential"
        and line.after_work is None
        and (line.patience is None or line.patience.kind == "exponential")
        and line.trunks < 0
        and line.resolve >= 1
        and line.transfer == 0
        and line.overflow_line_ix < 0
        and silent
        and not calls
        and plan.quote.line_ix != line_ix
        and not any(other.overflow_line_ix == line_ix or other.transfer_line_ix == line_ix for other in plan.lines)
        and len({s.priority for s in plan.segments}) == 1
    )


def _shelves(plan: Plan) -> Iterator[tuple[str, str, float]]:
    if plan.sources and plan.workshops:
        return  # repair orders ask for parts too
    for part in range(len(plan.parts)):
        demand = _demand_rates(plan, part)
        if demand is None:
            continue
        for i, place in enumerate(plan.locations):
            level = _base_stock(plan, i, part)
            if place.kind == "vendor" or level is None or place.emergency is not None or len(place.lanes) != 1:
                continue
            supply = place.lanes[0]
            time = _vendor_time(plan, supply.source_ix, part)
            owner = group(location=place.name, part=plan.parts[part].name)
            below = _customers(plan, i, part)
            shelf: Shelf | None = None
            if time is not None and not below and demand[i] > 0:
                from sim.theory.inventory import base_stock

                shelf = base_stock(demand[i], time + supply.transit.mean, level)
            elif time is not None and below and (system := _system(plan, i, part, demand)) is not None:
                yield "parts.ready_rate", owner, system.depot.ready_rate
                yield "parts.ebo", owner, system.depot.ebo
                yield "parts.on_hand.mean", owner, system.depot.on_hand
            elif time is None and not below and demand[i] > 0:
                depot = supply.source_ix
                if (system := _system(plan, depot, part, demand)) is not None:
                    shelf = system.bases[_customers(plan, depot, part).index(i)]
            if shelf is not None:
                yield "parts.fill_rate", owner, shelf.fill_rate
                yield "parts.ready_rate", owner, shelf.ready_rate
                yield "parts.ebo", owner, shelf.ebo
                yield "parts.on_hand.mean", owner, shelf.on_hand
                yield "parts.wait.mean", owner, shelf.wait


def _system(plan: Plan, depot: int, part: int, demand: list[float]) -> TwoEchelon | None:
    """A depot that buys from a vendor and its bases, all base stock, constant transit to the bases; else None."""
    level = _base_stock(plan, depot, part)
    lanes = plan.locations[depot].lanes
    bases = _customers(plan, depot, part)
    time = _vendor_time(plan, lanes[0].source_ix, part) if len(lanes) == 1 else None
    levels = [s for b in bases if (s := _base_stock(plan, b, part)) is not None]
    plain = all(
        len(plan.locations[b].lanes) == 1
        and plan.locations[b].lanes[0].transit.kind == "constant"
        and plan.locations[b].emergency is None
        and not _customers(plan, b, part)
        for b in bases
    )
    if level is None or time is None or demand[depot] > 0 or not plain or len(levels) < len(bases):
        return None
    from sim.theory.two_echelon import two_echelon

    rates, transits = [demand[b] for b in bases], [plan.locations[b].lanes[0].transit.mean for b in bases]
    return two_echelon(level, time + lanes[0].transit.mean, rates, transits, levels)


def _demand_rates(plan: Plan, part: int) -> list[float] | None:
    """Poisson demand of single units by location (1/h); None if some demand is of another kind."""
    rates = []
    for place in plan.locations:
        mine = [d for d in place.demands if d.part_ix == part]
        if any(d.size is not None for d in mine):
            return None
        rates.append(sum(d.rate for d in mine))
    return rates


def _base_stock(plan: Plan, location: int, part: int) -> int | None:
    for part_ix, policy in plan.locations[location].policies:
        if part_ix == part:
            return policy.S if isinstance(policy, BaseStock) else None
    return None


def _vendor_time(plan: Plan, location: int, part: int) -> float | None:
    """Mean lead time if the location is a vendor, else None."""
    place = plan.locations[location]
    if place.kind != "vendor":
        return None
    times = dict(place.lead_times)
    if part in times:
        return times[part].mean
    return place.lead_time.mean if place.lead_time is not None else 0.0


def _customers(plan: Plan, location: int, part: int) -> list[int]:
    """Locations that buy this part here."""
    return [
        i
        for i, place in enumerate(plan.locations)
        if any(lane.source_ix == location for lane in place.lanes) and any(p == part for p, _ in place.policies)
    ]
