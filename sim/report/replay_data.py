"""What the replay page's script draws: places, ways and step functions as compact numbers, and some orders' lives as texts."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.replay import Timeline
from sim.analysis.replay_orders import BACK, BRING, EMERGENCY, ENGINEER, FORWARD, HOME, PARTS, WAITS, Moves
from sim.analysis.replay_steps import Steps, Ticks
from sim.calendar import zone_offsets
from sim.report.geography import Frame, land_in
from sim.report.life import Life
from sim.scenario.plan import Plan

Floats = NDArray[np.float64]
MOST_SHORE = 2_500  # vertices of the land around the places
_WORKSHOP, _MARKET, _LOCATION = range(3)
# Which numbers a way has: from what, to what
_ENDS = {
    BRING: (_MARKET, _WORKSHOP),
    ENGINEER: (_WORKSHOP, _MARKET),
    FORWARD: (_WORKSHOP, _WORKSHOP),
    BACK: (_WORKSHOP, _WORKSHOP),
    HOME: (_WORKSHOP, _MARKET),
    PARTS: (_LOCATION, _LOCATION),
    EMERGENCY: (_LOCATION, _LOCATION),
}


@dataclass(frozen=True)
class Places:
    """Workshops and locations as places of the map, a workshop and the shelf of its name as one.

    Parallel lists; `x` and `y` are degrees, or units of the schematic layout; NaN: no place, drawn at the edge.
    """

    names: list[str]
    kinds: list[str]  # 'point', 'depot', 'team', 'vendor'
    regions: list[int]
    workshop: list[int]
    location: list[int]
    x: Floats
    y: Floats
    of_workshop: list[int]
    of_location: list[int]
    schematic: bool


def places_of(plan: Plan) -> Places:
    """All places of a plan; where fewer than two have coordinates, in tiers from left to right."""
    names: list[str] = []
    kinds: list[str] = []
    regions: list[int] = []
    workshop: list[int] = []
    location: list[int] = []
    at: list[tuple[float, float]] = []
    of_location = [-1] * len(plan.locations)
    of_workshop = []
    for i, shop in enumerate(plan.workshops):
        own = shop.location_ix
        shares = own >= 0 and plan.locations[own].name == shop.name and of_location[own] < 0
        if shares:
            of_location[own] = len(names)
        of_workshop.append(len(names))
        names.append(shop.name)
        kinds.append(shop.kind)
        regions.append(shop.region_ix)
        workshop.append(i)
        location.append(own if shares else -1)
        home = plan.locations[own] if own >= 0 else None
        placed = np.isfinite(shop.lat) and np.isfinite(shop.lon)
        at.append((shop.lon, shop.lat) if placed or home is None else (home.lon, home.lat))
    for i, place in enumerate(plan.locations):
        if of_location[i] < 0:
            of_location[i] = len(names)
            names.append(place.name)
            kinds.append(place.kind)
            regions.append(place.region_ix)
            workshop.append(-1)
            location.append(i)
            at.append((place.lon, place.lat))
    x, y = np.array(at, np.float64).reshape(-1, 2).T
    known = np.isfinite(x) & np.isfinite(y)
    schematic = bool(known.sum() < 2)
    if schematic:
        x, y = _tiers(kinds)
    else:
        x, y = np.where(known, x, np.nan), np.where(known, y, np.nan)
    return Places(names, kinds, regions, workshop, location, x, y, of_workshop, of_location, schematic)


def _tiers(kinds: list[str]) -> tuple[Floats, Floats]:
    """Vendors, depots, points and teams in columns, each spread over its column."""
    tier = np.array([{"vendor": 0, "depot": 1, "point": 2, "team": 2}[kind] for kind in kinds] or [0])[: len(kinds)]
    used = sorted(set(tier.tolist()))
    x, y = np.zeros(len(kinds)), np.zeros(len(kinds))
    for column, own in enumerate(used):
        mine = np.flatnonzero(tier == own)
        x[mine] = column
        y[mine] = -(np.arange(len(mine)) + 1) / (len(mine) + 1)
    return x, y


class Nodes:
    """Ends of ways: the places, then the markets that are used; a market without coordinates is beside its workshop (-1)."""

    def __init__(self, plan: Plan, places: Places) -> None:
        self._plan, self._places = plan, places
        self._market: dict[int, int] = {}
        self.x: list[float] = []
        self.y: list[float] = []

    def of(self, kind: int, number: int) -> int:
        """The node of a workshop, market or location."""
        if kind == _WORKSHOP:
            return self._places.of_workshop[number]
        if kind == _LOCATION:
            return self._places.of_location[number]
        if number not in self._market:
            lon, lat = float(self._plan.markets.lon[number]), float(self._plan.markets.lat[number])
            placed = np.isfinite(lon) and np.isfinite(lat) and not self._places.schematic
            self._market[number] = len(self._places.names) + len(self.x) if placed else -1
            if placed:
                self.x.append(lon)
                self.y.append(lat)
        return self._market[number]

    def ends(self, moves: Moves) -> list[tuple[int, int]]:
        """Nodes from and to of every move."""
        rows = zip(moves.kind.tolist(), moves.source.tolist(), moves.target.tolist(), strict=True)
        return [(self.of(_ENDS[kind][0], source), self.of(_ENDS[kind][1], target)) for kind, source, target in rows]


def packed(values: Any) -> dict[str, str]:
    """Whole numbers as the smallest unsigned (or signed) type that holds them, base64."""
    array = np.asarray(values, np.int64)
    low, high = (int(array.min()), int(array.max())) if len(array) else (0, 0)
    kinds = ("u1", "u2", "u4") if low >= 0 else ("i1", "i2", "i4")
    kind = next((k for k in kinds if np.iinfo(k).min <= low and high <= np.iinfo(k).max), kinds[-1])
    return {"t": kind, "d": base64.b64encode(array.astype(f"<{kind}").tobytes()).decode("ascii")}


def packed_floats(values: Any) -> dict[str, str]:
    """Numbers as single-precision floats, base64; NaN stays."""
    return {"t": "f4", "d": base64.b64encode(np.asarray(values, "<f4").tobytes()).decode("ascii")}


def steps_data(steps: Steps) -> dict[str, Any]:
    """Step functions by owner."""
    return {"first": packed(steps.first), "at": packed(steps.at), "value": packed(steps.value)}


def moves_data(moves: Moves, nodes: Nodes) -> dict[str, Any]:
    """Ways: kind, begin and end in ticks, nodes from and to."""
    ends = nodes.ends(moves)
    return {
        "kind": packed(moves.kind),
        "begin": packed_floats(moves.begin),
        "end": packed_floats(moves.end),
        "from": packed([a for a, _ in ends]),
        "to": packed([b for _, b in ends]),
    }


@dataclass(frozen=True)
class Story:
    """An order whose life is told."""

    label: str
    life: Life


def story_data(
    story: Story, moves: Moves, places: Places, nodes: Nodes, plan: Plan, workshop: int, ticks: Ticks
) -> dict[str, Any]:
    """One order's life as lines with the tick at which each begins, and its ways in the window."""
    life = story.life
    mine = moves.take(np.flatnonzero((moves.number == life.order) & (moves.kind <= HOME)))
    mine = mine.take(np.argsort(mine.begin, kind="stable"))
    begins = ticks.exact(np.array([step.begin_h for step in life.steps], np.float64))
    return {
        "label": story.label,
        "title": life.title,
        "facts": life.told_facts,
        "lines": [
            [round(begin, 2), life.local(step.begin_h), life.telling(step)]
            for begin, step in zip(begins.tolist(), life.steps, strict=True)
        ],
        "parts": list(life.parts),
        "end": life.closing,
        "home": places.of_workshop[workshop] if workshop >= 0 else -1,
        "ways": [
            [kind, round(begin, 2), round(end, 2), a, b]
            for kind, begin, end, (a, b) in zip(
                mine.kind.tolist(), mine.begin.tolist(), mine.end.tolist(), nodes.ends(mine), strict=True
            )
        ],
    }


def land_of(places: Places) -> list[list[float]]:
    """Land around the places: closed rings, each as longitude, latitude, longitude, ..."""
    known = np.isfinite(places.x)
    if places.schematic or not known.any():
        return []
    x, y = places.x[known], places.y[known]
    reach_x, reach_y = 0.6 * max(4.0, float(np.ptp(x))), 0.6 * max(4.0, float(np.ptp(y)))
    frame = Frame(
        west=max(-180.0, float(x.min()) - reach_x),
        east=min(180.0, float(x.max()) + reach_x),
        south=max(-90.0, float(y.min()) - reach_y),
        north=min(90.0, float(y.max()) + reach_y),
    )
    return [[round(value, 2) for point in ring for value in point] for ring in land_in(frame, MOST_SHORE)]


def page_data(plan: Plan, found: Timeline, stories: list[tuple[Story, int]]) -> dict[str, Any]:
    """Everything that the script draws, but for its words.

    Parameters
    ----------
    plan
        What was simulated.
    found
        The window.
    stories
        Lives that can be followed, each with the workshop that received the order.
    """
    places = places_of(plan)
    nodes = Nodes(plan, places)
    ticks, orders = found.ticks, found.orders
    units, shipments = moves_data(found.unit_moves, nodes), moves_data(found.shipment_moves, nodes)
    lives = [story_data(story, orders.moves, places, nodes, plan, shop, ticks) for story, shop in stories]
    steps = {
        "open": orders.open,
        "late": orders.late,
        "closed": orders.closed,
        **dict(zip(WAITS, orders.at_place, strict=True)),
        "units": orders.on_the_way,
        "shipments": found.shipments,
        "busy": found.busy,
        "shift": found.on_shift,
    }
    if found.contacts is not None:
        own = found.contacts
        steps |= {"waiting": own.waiting, "handled": own.handled, "agents": own.on_shift, "arrived": own.arrived}
    if found.stock is not None:
        stock = found.stock
        steps |= {"hand": stock.on_hand, "owed": stock.owed, "partHand": stock.on_hand_of_part, "partOwed": stock.owed_of_part}
    named = plan.regions != ("all",)
    return {
        "start": plan.run.start,
        "beginMinutes": ticks.begin * 60.0,
        "tickMinutes": ticks.minutes,
        "ticks": ticks.count,
        "offsets": _offsets(plan, found.zone, ticks),
        "places": {
            "name": places.names,
            "kind": places.kinds,
            "region": [plan.regions[ix] if 0 <= ix < len(plan.regions) and named else "" for ix in places.regions],
            "workshop": places.workshop,
            "location": places.location,
            "x": packed_floats([*places.x.tolist(), *nodes.x]),
            "y": packed_floats([*places.y.tolist(), *nodes.y]),
        },
        "schematic": places.schematic,
        "land": land_of(places),
        "lines": [
            {"name": _short(plan, one.name, one.centre_ix), "centre": one.centre_ix, "people": one.behaviour != "self_service"}
            for one in plan.lines
        ],
        "groups": [{"name": _short(plan, one.name, one.centre_ix), "centre": one.centre_ix} for one in plan.groups],
        "centres": [centre.name for centre in plan.centres],
        "parts": [part.name for part in plan.parts],
        "units": units,
        "shipments": shipments,
        "steps": {name: steps_data(value) for name, value in steps.items()},
        "stories": lives,
    }


def _short(plan: Plan, name: str, centre: int) -> str:
    """A line or group without the name of its centre."""
    return name.removeprefix(f"{plan.centres[centre].name}/")


def _offsets(plan: Plan, zone: str, ticks: Ticks) -> list[list[float]]:
    """From which tick on local time is so many minutes ahead of UTC."""
    offsets = zone_offsets(zone, plan.run.start, plan.run.horizon_h)
    rows = [[0.0, (offsets.local(ticks.begin) - ticks.begin) * 60.0]]
    for instant, hours in zip(offsets.instants, offsets.offsets, strict=True):
        if ticks.begin < instant <= ticks.end:
            rows.append([float(ticks.exact(np.array([instant]))[0]), hours * 60.0])
    return [[round(a, 4), round(b, 4)] for a, b in rows]
