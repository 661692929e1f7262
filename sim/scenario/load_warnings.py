"""Warnings about legal scenarios whose results need care: overload, unreached sites, idle policies, short warm-up."""

from __future__ import annotations

from collections.abc import Iterable

from sim import cautions
from sim.rules.stocking import PeriodicUpTo
from sim.scenario.findings import Findings
from sim.scenario.offered_load import Load, Offered, contact_loads, workshop_loads
from sim.scenario.plan import Location, Plan
from sim.units import format_duration, format_number

_NAMED = 3  # so many examples are named where many sites have the same trouble


def add_warnings(plan: Plan, findings: Findings) -> None:
    """Add the warnings of a plan to the findings, in a fixed order."""
    _warn_short_warm_up(plan, findings)
    if plan.case_log is None:
        offered = Offered(plan)
        _warn_overload(plan, offered, findings)
        _warn_unreached(plan, offered, findings)
    _warn_levels(plan, findings)
    _warn_shelves(plan, findings)


def _warn_short_warm_up(plan: Plan, findings: Findings) -> None:
    vendors = [loc for loc in plan.locations if loc.kind == "vendor"]
    times = [(_longest_mean(v), v.name) for v in vendors]
    supplied = any(loc.lanes for loc in plan.locations)
    if not times or not supplied or plan.run.length_h == 0:
        return
    longest, name = max(times)
    if plan.run.warm_up_h < longest:
        times_said = {"warm_up": format_duration(plan.run.warm_up_h), "longest": format_duration(longest)}
        findings.warn(cautions.SHORT_WARM_UP.format(**times_said, vendor=name))


def _longest_mean(vendor: Location) -> float:
    times = [dist.mean for _, dist in vendor.lead_times]
    return max([*times, vendor.lead_time.mean if vendor.lead_time else 0.0])


def _warn_overload(plan: Plan, offered: Offered, findings: Findings) -> None:
    for load in contact_loads(plan, offered):
        if load.rho >= 1:
            grows = cautions.LINES_BUSY if load.limited else cautions.QUEUE_GROWS
            template = grows if load.patient else cautions.GIVE_UP
            findings.warn(template.format(names=_names(load.names), load=_offered(load, cautions.OFFERED_AGENTS)))
    full = [load for load in workshop_loads(plan, offered) if load.rho >= 1]
    full.sort(key=lambda load: -load.rho)
    if full:
        loads = [(load.names[0], _offered(load, cautions.OFFERED_TECHNICIANS)) for load in full[:_NAMED]]
        listed = [cautions.ONE_WORKSHOP.format(name=name, load=load) for name, load in loads]
        if len(full) > _NAMED:
            listed.append(cautions.MORE_WORKSHOPS.format(n=len(full) - _NAMED))
        findings.warn(cautions.WORKSHOPS_FULL.format(workshops="; ".join(listed)))


def _offered(load: Load, template: str) -> str:
    rho = "infinite" if load.rho == float("inf") else format_number(load.rho)
    return template.format(offered=format_number(load.offered), capacity=format_number(load.capacity), rho=rho)


def _warn_unreached(plan: Plan, offered: Offered, findings: Findings) -> None:
    for channel, region in offered.unreached:
        template = cautions.NO_LINE_IN_REGION if len(plan.regions) > 1 else cautions.NO_LINE
        findings.warn(template.format(channel=plan.channels[channel].name, region=plan.regions[region]))
    for mode in offered.modes_without_workshop:
        findings.warn(cautions.NO_WORKSHOP.format(mode=mode))
    served = [line for line in plan.lines if line.behaviour != "self_service"]
    staffed = {ix for group in plan.groups for ix in group.lines}
    alone = [line.name for line in served if plan.lines.index(line) not in staffed]
    if alone:
        findings.warn(cautions.NO_AGENTS.format(names=_names(alone)))
    if plan.sources and plan.workshops:
        idle = [w.name for w, work in zip(plan.workshops, offered.workshops.tolist(), strict=True) if work == 0]
        if idle and not _is_free(plan):
            findings.warn(cautions.NO_ORDERS.format(n=len(idle), total=len(plan.workshops), names=_names(idle)))


def _is_free(plan: Plan) -> bool:
    """True if repairs take no work at all, so that the load says nothing about who is reached."""
    work = [w.repair_time.mean for w in plan.workshops]
    work += [n.repair_time.mean for n in plan.needs if n.repair_time]
    work += [f.repair_time.mean for s in plan.sources for f in s.faults if f.repair_time]
    return not any(work)


def _warn_levels(plan: Plan, findings: Findings) -> None:
    highest = max((fault.level for source in plan.sources for fault in source.faults), default=0)
    stuck = [w.name for w in plan.workshops if w.level < highest and _best_level(plan, w.forward_ix) < highest]
    if stuck:
        findings.warn(cautions.NO_LEVEL.format(level=highest, names=_names(stuck)))


def _best_level(plan: Plan, workshop_ix: int) -> int:
    return plan.workshops[workshop_ix].level if workshop_ix >= 0 else -1


def _warn_shelves(plan: Plan, findings: Findings) -> None:
    has_upstream = {lane.source_ix for loc in plan.locations for lane in loc.lanes}
    has_upstream |= {loc.emergency.source_ix for loc in plan.locations if loc.emergency}
    used = {w.location_ix for w in plan.workshops} | has_upstream
    idle = [loc.name for i, loc in enumerate(plan.locations) if loc.policies and i not in used and not loc.demands]
    if idle:
        findings.warn(cautions.NO_DEMAND.format(names=_names(idle)))
    late = [loc.name for loc in plan.locations if _longest_review(loc) >= max(plan.run.horizon_h, 1e-9)]
    if late:
        findings.warn(cautions.NO_REVIEW.format(names=_names(late)))


def _longest_review(location: Location) -> float:
    return max((p.R for _, p in location.policies if isinstance(p, PeriodicUpTo)), default=0.0)


def _names(names: Iterable[str]) -> str:
    listed = list(names)
    shown = ", ".join(listed[:_NAMED])
    return f"{shown} and {len(listed) - _NAMED} more" if len(listed) > _NAMED else shown
