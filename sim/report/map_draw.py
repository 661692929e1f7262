"""Draws the map of the network, as a whole and area by area."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from sim.language import say
from sim.report import format as fmt
from sim.report import palette as c
from sim.report.geography import Frame, land_in
from sim.report.judged import LOOKS
from sim.report.map_flows import Flow, draw_flows
from sim.report.map_network import NARROW_WIDTH, WIDTH, Network, end_of, flows_seen
from sim.report.map_points import MANY_POINTS, Group
from sim.report.panel import plot_text
from sim.report.sketch import Sketch

_LAND_WHOLE, _LAND_AREAS, _LAND_AREA = 1600, 4500, 900  # vertices of the shores: whole view, all areas together, one area
_LARGEST = 34.0  # pixels across of the mark of the group with most orders
_LABEL = {"bgcolor": "rgba(254,254,254,0.72)", "showarrow": False}


def network_map(network: Network, area: str | None = None) -> go.Figure:
    """Draw the network, or one area of it.

    Parameters
    ----------
    network
        What to draw.
    area
        One of its `area_names`; None for the whole.
    """
    return sketch_of(network, area).figure()


def sketch_of(network: Network, area: str | None = None, *, hover: bool = True) -> Sketch:
    """The drawing of `network_map`; without `hover` the page's script writes the texts over points from the rows of its table."""
    points = network.points
    members = list(range(len(points))) if area is None else network.members(area)
    frame = network.frame if area is None else _within(Frame.around(points.lon[members], points.lat[members]), network.frame)
    height, narrow_height = network.heights
    ground = frame.ground(1.1 * WIDTH / height, 0.9 * NARROW_WIDTH / narrow_height)
    sketch = Sketch(frame.digits)
    _draw_land(sketch, ground, _LAND_WHOLE if area is None else min(_LAND_AREA, _LAND_AREAS // len(network.area_names)))
    grouped = network.groups if area is None else []
    flows = flows_seen(network, members, grouped)
    draw_flows(sketch, flows, network.widths, ground)
    _draw_hubs(sketch, network, flows, ground)
    busy = {end.name for flow in flows for end in (flow.begin, flow.end)}
    depots = [i for i in points.depots() if i in set(members) or points.names[i] in busy]
    if grouped:
        _draw_groups(sketch, network, grouped)
    else:
        _draw_points(sketch, network, [i for i in members if points.kinds[i] != "depot"], hover)
    _draw_depots(sketch, network, depots)
    worst = [i for i in members if network.classes.is_bad(i) and points.kinds[i] != "depot"]
    taken = _name_areas(sketch, network, frame) if area is None else _name_depots(sketch, network, depots)
    named = _name_worst(sketch, network, worst, taken, frame, 5 if area is None else 8)
    if grouped:
        _draw_points(sketch, network, named, hover=True)
    axis = {"visible": False, "fixedrange": False, "automargin": False}
    sketch.layout = c.layout(
        height,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        meta={"narrowHeight": narrow_height},
        xaxis={**axis, "range": [round(frame.west, 3), round(frame.east, 3)]},
        yaxis={
            **axis,
            "range": [round(frame.south, 3), round(frame.north, 3)],
            "scaleanchor": "x",
            "scaleratio": round(1.0 / frame.narrow, 3),
        },
    )
    return sketch


def _within(frame: Frame, whole: Frame) -> Frame:
    """The frame of an area, counted as the whole network's and not drawn at more than forty times its scale."""
    shift = whole.near((frame.west + frame.east) / 2) - (frame.west + frame.east) / 2
    moved = Frame(frame.west + shift, frame.east + shift, frame.south, frame.north)
    return moved.at_least(min(whole.east - whole.west, whole.north - whole.south) / 40)


def _draw_land(sketch: Sketch, ground: Frame, most: int) -> None:
    rings = land_in(ground, most)
    if rings:
        sketch.path(rings, "area", fillcolor=c.GRID, line={"width": 0}, name="land")


def _draw_hubs(sketch: Sketch, network: Network, flows: Sequence[Flow], ground: Frame) -> None:
    """Places that send parts and repair nothing: hubs and suppliers."""
    known = set(network.points.names)
    hubs = {f.begin: None for f in flows if f.kind != "forward" and f.begin.is_placed and f.begin.name not in known}
    seen = [hub for hub in hubs if ground.holds(ground.near(hub.lon), hub.lat)]
    if seen:
        sketch.mark(
            [(ground.near(hub.lon), hub.lat) for hub in seen],
            marker={"symbol": "square", "size": 8, "color": c.SURFACE, "line": {"color": c.INK, "width": 1.6}},
            hovertext=[plot_text(hub.name) for hub in seen],
            hoverinfo="text",
            meta="flow",
        )


def _draw_groups(sketch: Sketch, network: Network, groups: Sequence[Group]) -> None:
    """One trace a look; area by orders, largest first so that small ones are seen."""
    most = max(group.orders for group in groups)
    for look in (None, *LOOKS.values()):
        mine = [group for group in groups if group.look is look]
        if not mine:
            continue
        sketch.mark(
            [(group.lon, group.lat) for group in mine],
            marker={
                "size": [
                    round(max(6.0, _LARGEST * float(np.sqrt(group.orders / most))), 1) if most > 0 else 6.0 for group in mine
                ],
                "symbol": look.symbol if look is not None else "circle",
                "color": look.colour if look is not None else c.QUIET,
                "opacity": 0.8,
                "line": {"width": 1, "color": c.SURFACE},
            },
            hovertext=[group_text(group, network.classes.are_verdicts) for group in mine],
            hoverinfo="text",
            customdata=[network.area_names.index(group.area) if network.area_names else 0 for group in mine],
            meta="group",
        )


def group_text(group: Group, judged: bool) -> str:
    """What a group is, for Plotly."""
    head = plot_text(end_of(group).name)
    if not group.bad >= 0:
        return say("<b>{group}</b><br>{orders} orders: too few to rate a point", group=head, orders=fmt.count(group.orders))
    values = {"group": head, "orders": fmt.count(group.orders), "bad": fmt.percent(group.bad), "good": fmt.percent(group.good)}
    if judged:
        return say("<b>{group}</b><br>{orders} orders: {bad} at points that miss, {good} at points that keep", **values)
    return say(
        "<b>{group}</b><br>{orders} orders: {bad} at points above the reference",
        **{k: values[k] for k in ("group", "orders", "bad")},
    )


def _draw_points(sketch: Sketch, network: Network, members: Sequence[int], hover: bool) -> None:
    points, classes = network.points, network.classes
    looks = [(-1, c.QUIET, "circle", 4), *((i, *look) for i, look in enumerate(classes.looks))]
    for number, colour, symbol, size in looks:
        mine = [i for i in members if classes.of_point[i] == number]
        if mine:
            sketch.mark(
                [(points.lon[i], points.lat[i]) for i in mine],
                marker={
                    "size": size + (2 if len(members) < MANY_POINTS < len(points) and number >= 0 else 0),
                    "color": colour,
                    "symbol": symbol,
                    "opacity": 0.88,
                    "line": {"width": 0.6, "color": c.SURFACE},
                },
                **({"hovertext": [point_text(network, i) for i in mine]} if hover else {}),
                hoverinfo="text",
                customdata=mine,
                meta="point",
            )


def _draw_depots(sketch: Sketch, network: Network, depots: Sequence[int]) -> None:
    """Squares; the mark inside rates the orders that the depot repairs itself."""
    if not depots:
        return
    points, classes = network.points, network.classes
    places = [(points.lon[i], points.lat[i]) for i in depots]
    square = {"size": 15, "color": c.INK, "symbol": "square", "line": {"color": c.SURFACE, "width": 1}}
    sketch.mark(places, marker=square, hoverinfo="skip", meta="depot")
    looks = [classes.looks[k] if k >= 0 else (c.QUIET, "circle", 4) for k in (classes.of_point[i] for i in depots)]
    inside = {"size": 8, "color": [look[0] for look in looks], "symbol": [look[1] for look in looks], "line": {"width": 0}}
    hover = [point_text(network, i) for i in depots]
    sketch.mark(places, marker=inside, hovertext=hover, hoverinfo="text", meta="depot")


def point_text(network: Network, i: int) -> str:
    """What a point is, for Plotly."""
    points = network.points
    values = {"name": plot_text(points.names[i]), "orders": fmt.count(points.orders[i])}
    if not np.isfinite(points.p90_h[i]):
        return say("<b>{name}</b><br>{orders} orders", **values)
    return say("<b>{name}</b><br>P90 {p90}, {orders} orders", p90=fmt.hours(points.p90_h[i]), **values)


def _name_areas(sketch: Sketch, network: Network, frame: Frame) -> list[tuple[float, float]]:
    """Names of the areas below their depot, else at the middle of their points; the script zooms to one that is clicked.

    Names that hide another on a narrow screen are left out there. Returns their places.
    """
    names = network.area_names if len(network.area_names) <= 16 else []
    areas, points = np.array(network.areas), network.points
    pixel = (frame.east - frame.west) / (NARROW_WIDTH * min(1.0, frame.aspect * network.heights[1] / NARROW_WIDTH))  # degrees
    places: list[tuple[float, float]] = []
    shown: list[tuple[float, float, float]] = []  # on narrow screens: place and half the width of a name in degrees
    for name in names:
        inside = areas == name
        own = [i for i in points.depots() if areas[i] == name]
        x, y = (points.lon[own[:1]], points.lat[own[:1]]) if own else (points.lon[inside], points.lat[inside])
        place = (float(np.median(x)), float(np.median(y)))
        places.append(place)
        half = pixel * 3.6 * min(20, len(name))
        hides = any(abs(place[0] - u) < half + w and abs(place[1] - v) < 15 * pixel * frame.narrow for u, v, w in shown)
        if not hides:
            shown.append((*place, half))
        side = "left" if place[0] - half < frame.west else ("right" if place[0] + half > frame.east else "center")
        sketch.note(
            name=f"area {network.area_names.index(name)}{' worst' if hides else ''}",
            captureevents=True,
            x=round(place[0], frame.digits),
            y=round(place[1], frame.digits),
            xanchor=side,
            yshift=-17 if own else 0,
            text=f"<b>{plot_text(fmt.shorten(name, 20))}</b>",
            font={"size": 11, "color": c.INK},
            borderpad=1,
            **_LABEL,
        )
    return places


def _name_depots(sketch: Sketch, network: Network, depots: Sequence[int]) -> list[tuple[float, float]]:
    points = network.points
    for i in depots:
        sketch.note(
            x=round(float(points.lon[i]), 3),
            y=round(float(points.lat[i]), 3),
            yshift=17,
            text=f"<b>{plot_text(fmt.shorten(points.names[i], 20))}</b>",
            font={"size": 11, "color": c.INK},
            **_LABEL,
        )
    return [(float(points.lon[i]), float(points.lat[i])) for i in depots]


def _name_worst(
    sketch: Sketch, network: Network, worst: Sequence[int], taken: list[tuple[float, float]], frame: Frame, most: int
) -> list[int]:
    """Name the worst points whose labels hide no other label, and return them; narrow screens leave these names out."""
    points, scale = network.points, fmt.hours_scale(network.reference_h)
    reach_x = 0.17 * (frame.east - frame.west) * max(1.0, 2.1 / frame.aspect) / 2
    reach_y = 0.055 * (frame.north - frame.south) * max(1.0, frame.aspect / 2.1)
    order = sorted(worst, key=lambda i: -float(np.nan_to_num(points.p90_h[i])))
    named: list[int] = []
    for i in order[:200]:
        if len(named) == most:
            break
        x, y = float(points.lon[i]), float(points.lat[i]) + 0.6 * reach_y
        if any(abs(x - other_x) < reach_x and abs(y - other_y) < reach_y for other_x, other_y in taken):
            continue
        named.append(i)
        taken.append((x, y))
        sketch.note(
            name="worst",
            x=round(x, 3),
            y=round(float(points.lat[i]), 3),
            yshift=14,
            text=f"{plot_text(fmt.shorten(points.names[i], 18))} {fmt.quantity(float(points.p90_h[i]), scale)}",
            font={"size": 11, "color": c.INK},
            **_LABEL,
        )
    return named
