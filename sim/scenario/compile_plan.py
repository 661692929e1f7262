"""Schema -> Plan: names become indices, defaults are filled in, top to bottom."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sim.profile import Profile
from sim.scenario.compile_cases import SourceCompiler, compile_customers, compile_need
from sim.scenario.compile_contact import ContactCompiler
from sim.scenario.compile_market import compile_markets, compile_products, compile_segments
from sim.scenario.compile_names import Names
from sim.scenario.compile_parts import PartsCompiler, compile_parts
from sim.scenario.compile_replay import ReplayTable, compile_case_log
from sim.scenario.compile_run import compile_costs, compile_goal, compile_run, compile_targets
from sim.scenario.compile_service import ServiceCompiler, compile_parcel
from sim.scenario.compile_time import CalendarTable, built_in_profile, compile_profile
from sim.scenario.findings import Findings
from sim.scenario.plan import Plan
from sim.scenario.saved_stock import SavedFile, compile_saved
from sim.scenario.scale import scaled
from sim.scenario.schema.scenario import ScenarioSpec


@dataclass(frozen=True)
class Compiled:
    """A plan and the names that its faults and warnings are told with."""

    plan: Plan
    names: Names


def compile_plan(
    spec: ScenarioSpec, name: str, findings: Findings, replay: ReplayTable | None = None, saved: SavedFile | None = None
) -> Compiled:
    """Make the plan of a scenario.

    Parameters
    ----------
    spec
        The scenario; its references are right.
    name
        Name of the scenario, for folders and reports.
    findings
        Where faults go that show only here; with any of them the plan is not to be used.
    replay
        Rows of the recorded cases, if the scenario replays some.
    saved
        The state of an earlier run, if the scenario begins with one.
    """
    names = Names(spec)
    run = compile_run(spec.run, bool(spec.parts))
    calendars = CalendarTable(spec.calendars)
    profiles = _profiles(spec, names, calendars)
    markets = compile_markets(spec, names, findings)
    products = compile_products(spec, names, run)
    needs = tuple(compile_need(case, c, bool(spec.contact_centres)) for case, c in spec.cases.items())
    sources = SourceCompiler(spec, names, findings, products).sources()
    contact = ContactCompiler(spec, names, calendars, findings)
    contact_side = contact.compile()
    parts = PartsCompiler(spec, names, findings)
    needs_parts = any(fault.parts for source in sources for fault in source.faults)
    service = ServiceCompiler(spec, names, calendars, findings, parts.location_ix, needs_parts)
    plan = Plan(
        name=name,
        title=spec.title or name,
        question=spec.question,
        currency=spec.currency,
        run=run,
        profiles=profiles,
        regions=names.regions,
        segments=compile_segments(spec, calendars),
        products=products,
        markets=markets,
        needs=needs,
        sources=tuple(sources),
        customers=compile_customers(spec, names, findings, needs, sources, markets, run),
        case_log=compile_case_log(replay, names, sources, findings) if replay is not None else None,
        channels=names.channels,
        centres=contact_side.centres,
        lines=contact_side.lines,
        groups=contact_side.groups,
        entry=contact_side.entry,
        workshops=service.workshops(),
        parcel=compile_parcel(spec, names),
        parts=compile_parts(spec),
        locations=parts.locations(),
        quote=contact.quote(),
        status=contact.status_loop(),
        costs=compile_costs(spec),
        targets=compile_targets(spec),
        notes=tuple(spec.not_modelled),
        translations=tuple((lang, tuple(texts.items())) for lang, texts in spec.translations.items()),
        calendars=tuple(calendars.calendars),
    )
    if saved is not None:
        plan = replace(plan, run=replace(run, saved=compile_saved(saved, spec.run, plan, findings)))
    if replay is not None and spec.run.scale != 1.0:
        findings.fault("E533", ("run", "scale"), "cannot multiply recorded cases", "remove `replay` or `scale`")
    return Compiled(scaled(compile_goal(spec.run, plan, findings), spec.run.scale), names)


def _profiles(spec: ScenarioSpec, names: Names, calendars: CalendarTable) -> tuple[Profile, ...]:
    """Profiles that case types use, each once; their indices go to `names`. A flat one needs none."""
    profiles: list[Profile] = []
    for case in spec.cases.values():
        name = case.profile
        if name is None or name in names.profile_ix:
            continue
        if name == "flat" and name not in spec.profiles:
            names.profile_ix[name] = -1
            continue
        names.profile_ix[name] = len(profiles)
        profile = spec.profiles.get(name) or built_in_profile(name)
        profiles.append(compile_profile(name, profile, calendars))
    return tuple(profiles)
