"""Structures that cannot work: circles, parts that no vendor supplies, calendars that refer to each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from sim.scenario.compile_names import expanded
from sim.scenario.compile_parts import Place, places_with_parts, source_names
from sim.scenario.findings import Findings
from sim.scenario.hours_text import is_calendar_name
from sim.scenario.places import Keys
from sim.scenario.schema.cases import CaseSpec
from sim.scenario.schema.scenario import ScenarioSpec
from sim.scenario.schema.service import WorkshopSpec


def check_structure(spec: ScenarioSpec, findings: Findings) -> bool:
    """Find what no simulation could resolve.

    Parameters
    ----------
    spec
        A valid scenario whose names are all known.
    findings
        Where faults go: E521 circle, E523 part without a source, E524 place without its own shelf.

    Returns
    -------
    bool
        False if there are circles or names without a place, so that no plan can be made of it to look further.
    """
    calendars = {name: [c.hours] for name, c in spec.calendars.items() if is_calendar_name(c.hours) and c.hours in spec.calendars}
    sound = _check_circles("calendars", calendars, {name: ("calendars", name, "hours") for name in calendars}, findings)
    workshops = {
        name: (section, key, place)
        for section in ("service_points", "depots", "teams")
        for name, key, place in expanded(getattr(spec, section))
    }
    forwards = {name: [w.forward_to] for name, (_, _, w) in workshops.items() if isinstance(w, WorkshopSpec) and w.forward_to}
    forward_paths = {name: (workshops[name][0], workshops[name][1], "forward_to") for name in forwards}
    sound &= _check_circles("repairs forwarded", forwards, forward_paths, findings)

    places = places_with_parts(spec)
    sound &= _check_shelves(spec, {p.name for p in places}, findings)
    sources = {p.name: known_sources(spec, p) for p in places}
    paths: dict[str, Keys] = {p.name: (*p.at, "source") for p in places}
    if not _check_circles("supply", sources, paths, findings):
        return False
    if sound:
        _check_parts(spec, places, sources, findings)
    return sound


def known_sources(spec: ScenarioSpec, place: Place) -> list[str]:
    """Names of a place's sources; the only vendor where it names none."""
    return source_names(place.spec) or (list(spec.vendors) if len(spec.vendors) == 1 else [])


def _check_circles(what: str, graph: Mapping[str, Iterable[str]], paths: Mapping[str, Keys], findings: Findings) -> bool:
    """True if the graph has no circle; else every circle is noted once, at its first place in the file."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError:
        import networkx

        directed = networkx.DiGraph([(a, b) for a, below in graph.items() for b in below])
        for members in networkx.strongly_connected_components(directed):
            first = next(name for name in graph if name in members) if members & graph.keys() else None
            if first is not None and (len(members) > 1 or first in graph[first]):
                circle = [edge[0] for edge in networkx.find_cycle(directed.subgraph(members), first)]
                start = circle.index(first) if first in circle else 0
                chain = " -> ".join([*circle[start:], *circle[:start], circle[start]])
                findings.fault("E521", paths[circle[start]], f"{what} in a circle: {chain}")
        return False
    return True


def _check_shelves(spec: ScenarioSpec, with_shelf: set[str], findings: Findings) -> bool:
    """True if all names used as a source or shelf belong to places that have one."""
    with_shelf = with_shelf | set(spec.vendors)
    before = len(findings.faults)
    hint = "give it `stock` or `source`, or name another place"
    for section in ("locations", "depots", "service_points", "teams"):
        for key, place in getattr(spec, section).items():
            for source in source_names(place):
                if source not in with_shelf:
                    findings.fault("E524", (section, key, "source"), f"'{source}' keeps no parts", hint)
            if place.emergency is not None and place.emergency.from_ not in (None, *with_shelf):
                findings.fault("E524", (section, key, "emergency", "from"), f"'{place.emergency.from_}' keeps no parts", hint)
    for key, team in spec.teams.items():
        if team.stock_at is not None and team.stock_at not in with_shelf:
            findings.fault("E524", ("teams", key, "stock_at"), f"'{team.stock_at}' keeps no parts", hint)
    return len(findings.faults) == before


def _check_parts(spec: ScenarioSpec, places: list[Place], sources: dict[str, list[str]], findings: Findings) -> None:
    """Every part kept or needed at a place must come from a vendor."""
    every = frozenset(spec.parts)
    supplied: dict[str, frozenset[str]] = {
        name: frozenset(vendor.supplies) if vendor.supplies is not None else every for name, vendor in spec.vendors.items()
    }
    for name in TopologicalSorter(sources).static_order():
        if name not in supplied:
            supplied[name] = frozenset().union(*(supplied.get(s, frozenset()) for s in sources.get(name, ())))
    needed = _needed_parts(spec)
    for place in places:
        missing = every - supplied[place.name]
        if not missing or not sources[place.name]:
            continue  # a place without any source is told of by the compiler
        for at, part in _parts_at(spec, place, needed):
            if part in missing:
                message = f"no source of '{place.name}' leads to a vendor that supplies part '{part}'"
                findings.fault("E523", at, message, "add a `source`, or the part to `supplies` of a vendor")


def _parts_at(spec: ScenarioSpec, place: Place, needed: frozenset[str]) -> Iterable[tuple[Keys, str]]:
    """Parts that a place keeps, is asked for or repairs with, each once, with the path that says so."""
    seen: set[str] = set()
    stock = place.spec.stock
    listed = [((*place.at, "stock", part), part) for part in stock] if isinstance(stock, dict) else []
    if isinstance(stock, str):
        listed = [((*place.at, "stock"), part) for part in spec.stock_plans[stock]]
    listed += [((*place.at, "demand", part), part) for part in place.spec.demand]
    if isinstance(place.spec, WorkshopSpec):
        listed += [((*place.at, "source"), part) for part in sorted(needed)]
    for at, part in listed:
        if part not in seen:
            seen.add(part)
            yield at, part


def _needed_parts(spec: ScenarioSpec) -> frozenset[str]:
    """Parts that some repair may need."""
    return frozenset(part for case in spec.cases.values() for part in _parts_of(case))


def _parts_of(case: CaseSpec) -> Iterable[str]:
    yield from case.needs
    for faults in case.faults_of.values():
        for fault in faults.values():
            yield from fault.needs
