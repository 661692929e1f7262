"""Flows of the map: who sends how much to whom, gathered to what is drawn, and the lines that show it by their width."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sim.language import say, term
from sim.report import format as fmt
from sim.report import palette as c
from sim.report.geography import Frame
from sim.report.panel import Legend, plot_text
from sim.report.read import Columns
from sim.report.sketch import Sketch

FLOW = "flow"  # `meta` of the traces that the switch of the page shows and hides
_MOST_HOVERS = 150
_TRICKLE = 0.05
_WIDTHS = (0.6, 1.2, 2.0, 3.2, 5.0, 8.0)  # pixels; the largest flow of a unit has the last


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind of flow is drawn; `bend` is the height of its arc by its length, to the left of the way."""

    name: str
    label: str
    each: str  # text with what moves in a year
    colour: str
    dash: str
    mark: str
    bend: float


KINDS = {
    kind.name: kind
    for kind in (
        Kind("replenishment", term("parts"), term("{n} units a year"), c.SLATE, "solid", "line", 0.0),
        Kind("emergency", term("emergency shipments"), term("{n} units a year by emergency"), c.PINK, "dash", "dash", 0.14),
        Kind("forward", term("repair orders sent on"), term("{n} repair orders a year"), c.GREEN, "dot", "dot", 0.1),
    )
}


@dataclass(frozen=True, slots=True)
class End:
    """Where a flow begins or ends."""

    name: str
    lon: float
    lat: float

    @property
    def is_placed(self) -> bool:
        """False where the scenario gives no coordinates."""
        return math.isfinite(self.lon) and math.isfinite(self.lat)


@dataclass(frozen=True, slots=True)
class Flow:
    """What moves from one place to another in a year: units, of `forward` repair orders."""

    begin: End
    end: End
    kind: str
    per_year: float


def read_flows(table: Columns) -> list[Flow]:
    """Rows of flows.csv of known kinds; empty for runs that have none."""
    columns = [table.text(n) for n in ("from", "to", "kind")]
    numbers = [table.numbers(n).tolist() for n in ("per_year", "from_lon", "from_lat", "to_lon", "to_lat")]
    return [
        Flow(End(begin, x, y), End(end, u, v), kind, much)
        for begin, end, kind, much, x, y, u, v in zip(*columns, *numbers, strict=True)
        if kind in KINDS and much > 0
    ]


def suppliers(flows: Sequence[Flow]) -> dict[str, tuple[str, float, float]]:
    """By place who sends it most parts by the planned way, with a place: name, longitude, latitude."""
    most: dict[str, Flow] = {}
    for flow in flows:
        known = most.get(flow.end.name)
        if flow.kind == "replenishment" and flow.begin.is_placed and (known is None or flow.per_year > known.per_year):
            most[flow.end.name] = flow
    return {name: (flow.begin.name, flow.begin.lon, flow.begin.lat) for name, flow in most.items()}


def without_trickles(flows: Sequence[Flow]) -> list[Flow]:
    """Without the emergency shipments that are small beside the largest: many suppliers help out now and then."""
    most = max((flow.per_year for flow in flows if flow.kind == "emergency"), default=0.0)
    return [flow for flow in flows if flow.kind != "emergency" or flow.per_year >= _TRICKLE * most]


def gathered(flows: Sequence[Flow], where: Callable[[End], End | None]) -> list[Flow]:
    """Flows between what is drawn, added up: `where` gives the mark that a place is drawn by, None leaves its flows out.

    What begins and ends in one mark is left out as well.
    """
    sums: dict[tuple[End, End, str], float] = {}
    for flow in flows:
        begin, end = where(flow.begin), where(flow.end)
        if begin is not None and end is not None and begin != end:
            key = (begin, end, flow.kind)
            sums[key] = sums.get(key, 0.0) + flow.per_year
    return [Flow(*key, much) for key, much in sums.items()]


@dataclass(frozen=True, slots=True)
class Widths:
    """How wide a flow is drawn: one scale for units, one for repair orders, both for all views of a map."""

    units: float
    orders: float

    @classmethod
    def of(cls, flows: Sequence[Flow]) -> Widths:
        """The largest flow of each has the greatest width."""
        units = max((f.per_year for f in flows if f.kind != "forward"), default=0.0)
        return cls(units, max((f.per_year for f in flows if f.kind == "forward"), default=0.0))

    def rank(self, flow: Flow) -> int:
        """Index into the widths: width grows with the square root, so that small flows are seen beside large ones."""
        whole = self.orders if flow.kind == "forward" else self.units
        wanted = _WIDTHS[-1] * math.sqrt(flow.per_year / whole) if whole > 0 else 0.0
        largest = len(_WIDTHS) - 1 if flow.kind != "forward" else 2  # dots stay dots
        least = 1 if flow.kind == "emergency" else 0  # dashes that can be seen
        return max(least, min(largest, int(np.argmin([abs(width - wanted) for width in _WIDTHS]))))


def draw_flows(sketch: Sketch, flows: Sequence[Flow], widths: Widths, frame: Frame) -> None:
    """Lines by kind and width, thin ones first, each with a spot halfway that tells the number; inside `frame` alone."""
    seen = [(flow, legs) for flow in flows if (legs := _legs(flow, frame))]
    by_look: dict[tuple[str, int], list[list[tuple[float, float]]]] = {}
    for flow, legs in seen:
        by_look.setdefault((flow.kind, widths.rank(flow)), []).extend(legs)
    order, crowded = list(KINDS), len(seen) > _MOST_HOVERS
    for (kind, rank), legs in sorted(by_look.items(), key=lambda item: (order.index(item[0][0]), item[0][1])):
        look = KINDS[kind]
        sketch.path(
            legs,
            "arc" if look.bend else "line",
            line={"color": look.colour, "width": _WIDTHS[rank], "dash": look.dash},
            opacity=0.8 if kind == "emergency" else (0.3 if crowded else 0.55),
            name=FLOW,
        )
    if seen and not crowded:
        sketch.mark(
            [_middle(legs) for _, legs in seen],
            marker={"size": 14, "color": c.SLATE, "opacity": 0.0},
            hovertext=[flow_text(flow) for flow, _ in seen],
            hoverinfo="text",
            meta=FLOW,
        )


def _middle(legs: list[list[tuple[float, float]]]) -> tuple[float, float]:
    """Halfway on the first piece of a line, or of an arc from its control point."""
    (x, y), (u, v) = legs[0][0], legs[0][-1]
    middle = ((x + u) / 2, (y + v) / 2)
    if len(legs[0]) == 2:
        return middle
    return (middle[0] + legs[0][1][0]) / 2, (middle[1] + legs[0][1][1]) / 2


def flow_text(flow: Flow) -> str:
    """What a flow is, for Plotly."""
    moved = say(KINDS[flow.kind].each, n=fmt.count(flow.per_year))
    return say("<b>{begin} to {end}</b><br>{moved}", begin=plot_text(flow.begin.name), end=plot_text(flow.end.name), moved=moved)


def _legs(flow: Flow, frame: Frame) -> list[list[tuple[float, float]]]:
    """The way of a flow on the map, the shorter way round the earth: two pieces where it passes the edge of the world."""
    begin, end = frame.near(flow.begin.lon), frame.near(flow.end.lon)
    there = begin + (flow.end.lon - flow.begin.lon + 180.0) % 360.0 - 180.0
    ways = [(begin, there)] if abs(there - end) < 1.0 else [(begin, there), (begin + end - there, end)]
    legs = [_arc((x, flow.begin.lat), (u, flow.end.lat), KINDS[flow.kind].bend, frame.narrow) for x, u in ways]
    return [leg for leg in legs if _touches(leg, frame)]


def _touches(leg: list[tuple[float, float]], frame: Frame) -> bool:
    xs, ys = [x for x, _ in leg], [y for _, y in leg]
    return min(xs) <= frame.east and max(xs) >= frame.west and min(ys) <= frame.north and max(ys) >= frame.south


def _arc(begin: tuple[float, float], end: tuple[float, float], bend: float, narrow: float) -> list[tuple[float, float]]:
    """A straight line, or an arc to the left of the way: begin, control point, end."""
    if not bend:
        return [begin, end]
    dx, dy = (end[0] - begin[0]) * narrow, end[1] - begin[1]
    return [begin, ((begin[0] + end[0]) / 2 - 2 * bend * dy / narrow, (begin[1] + end[1]) / 2 + 2 * bend * dx), end]


def flow_legend(flows: Sequence[Flow]) -> list[Legend]:
    """One entry for each kind that moves."""
    moving = {flow.kind for flow in flows}
    return [Legend(say(kind.label), kind.colour, kind.mark) for name, kind in KINDS.items() if name in moving]


def outside_notes(flows: Sequence[Flow], frame: Frame) -> list[str]:
    """Who sends from outside the map, and who cannot be drawn for want of coordinates."""
    sums: dict[End, float] = {}
    lost: dict[str, None] = {}
    for flow in flows:
        for end in (flow.begin, flow.end):
            if not end.is_placed:
                lost[end.name] = None
        if flow.begin.is_placed and not frame.holds(frame.near(flow.begin.lon), flow.begin.lat):
            sums[flow.begin] = sums.get(flow.begin, 0.0) + flow.per_year
    notes = []
    if sums:
        largest = sorted(sums, key=lambda end: -sums[end])
        notes.append(say("Outside the map, but sending: {places}.", places=fmt.in_words([end.name for end in largest], 6)))
    if lost:
        notes.append(say("Without coordinates, so not drawn: {places}.", places=fmt.in_words(list(lost), 6)))
    return notes
