"""Map of the network: service points by P90 turnaround on the outline of the land, with flows, as a whole and area by area.

A large network is drawn in groups of neighbouring points; the page's script (templates/map.js) swaps in the view of an area, which
is drawn by the same functions as the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import plotly.graph_objects as go

from sim.language import say, say_count
from sim.report import format as fmt
from sim.report import palette as c
from sim.report.figures_places import MIN_ORDERS
from sim.report.geography import Frame, land_in
from sim.report.judged import LOOKS, Rule
from sim.report.map_flows import (
    End,
    Flow,
    Widths,
    draw_flows,
    gathered,
    outside_notes,
    read_flows,
    suppliers,
)
from sim.report.map_points import (
    MANY_POINTS,
    Classes,
    Group,
    MapPoints,
    areas_of,
    depot_distances,
    groups_of,
)
from sim.report.map_text import (
    alt_text,
    area_head,
    area_row,
    area_status,
    map_legend,
    map_title,
    point_head,
    point_row,
    subtitle,
    unplaced_note,
    whole_status,
)
from sim.report.panel import Grid, Panel, plot_text
from sim.report.read import Floats, RunResults

_HEIGHT, _NARROW_HEIGHT = 540, 330
_LAND_WHOLE, _LAND_AREAS, _LAND_AREA = 1800, 3200, 650  # vertices of the shores: whole view, all areas together, one area
_LARGEST = 34.0  # pixels across of the mark of the group with most orders
_LABEL = {"bgcolor": "rgba(254,254,254,0.72)", "showarrow": False}

__all__ = ["Classes", "MapPoints", "Network", "map_panel", "network_map"]


@dataclass(frozen=True)
class Network:
    """All that the map shows of a run."""

    points: MapPoints  # longitude as `frame` counts it
    classes: Classes
    flows: list[Flow]
    reference_h: float

    @classmethod
    def of(cls, run: RunResults, reference_h: float, minimum: float) -> Network:
        """Placed points of a run, rated, and its flows."""
        points = MapPoints.of(run.table("points"))
        frame = Frame.around(points.lon, points.lat)
        points = replace(points, lon=np.array([frame.near(x) for x in points.lon.tolist()]))
        return cls(points, Classes.choose(points, Rule.of(run), reference_h, minimum), read_flows(run.table("flows")), reference_h)

    @cached_property
    def frame(self) -> Frame:
        """The frame of the whole network."""
        return Frame.around(self.points.lon, self.points.lat)

    @cached_property
    def areas(self) -> list[str]:
        """By point the area that the map zooms to."""
        return areas_of(self.points)

    @cached_property
    def area_names(self) -> list[str]:
        """Areas to choose from, none where there is but one."""
        names = sorted(set(self.areas))
        return names if len(names) > 1 else []

    @cached_property
    def groups(self) -> list[Group]:
        """Groups of the whole view; none where all points are drawn at once."""
        return groups_of(self.points, self.classes, self.areas) if len(self.points) >= MANY_POINTS else []

    @cached_property
    def widths(self) -> Widths:
        """Widths of flows, the same in all views."""
        return Widths.of(self.flows)

    @cached_property
    def depots(self) -> tuple[list[str], Floats]:
        """By point its depot and the kilometres to it."""
        return depot_distances(self.points, suppliers(self.flows))

    def members(self, area: str) -> list[int]:
        """Points of an area."""
        return [i for i, other in enumerate(self.areas) if other == area]


def network_map(network: Network, area: str | None = None, *, hover: bool = True) -> go.Figure:
    """Draw the network, or one area of it.

    Parameters
    ----------
    network
        What to draw.
    area
        One of its `area_names`; None for the whole.
    hover
        False leaves out the texts over the marks of points: the page's script writes them from the rows of its table.
    """
    points = network.points
    members = list(range(len(points))) if area is None else network.members(area)
    frame = network.frame if area is None else Frame.around(points.lon[members], points.lat[members])
    frame = frame if area is None else _within(frame, network.frame)
    ground = frame.ground()
    figure = go.Figure()
    _draw_land(figure, ground, _LAND_WHOLE if area is None else min(_LAND_AREA, _LAND_AREAS // len(network.area_names)))
    grouped = network.groups if area is None else []
    draw_flows(figure, _flows_seen(network, members, grouped), network.widths, ground)
    _draw_hubs(figure, network, ground)
    depots = [i for i in points.depots() if area is None or ground.holds(points.lon[i], points.lat[i])]
    if grouped:
        _draw_groups(figure, network, grouped)
    else:
        _draw_points(figure, network, [i for i in members if points.kinds[i] != "depot"], frame.digits, hover)
    _draw_depots(figure, network, depots, frame.digits)
    worst = [i for i in members if network.classes.is_bad(i)]
    taken = _name_areas(figure, network, frame) if area is None else _name_depots(figure, network, depots)
    named = _name_worst(figure, network, worst, taken, frame, 5 if area is None else 8)
    if grouped:
        _draw_points(figure, network, named, frame.digits, hover=True)
    height = int(min(_HEIGHT, max(300.0, 1090 / network.frame.aspect)))
    axis = {"visible": False, "fixedrange": False, "automargin": False}
    figure.update_layout(
        c.layout(
            height,
            margin={"l": 0, "r": 0, "t": 0, "b": 0},
            meta={"narrowHeight": int(min(_NARROW_HEIGHT, max(210.0, 350 / network.frame.aspect)))},
            xaxis={**axis, "range": [round(frame.west, 3), round(frame.east, 3)]},
            yaxis={
                **axis,
                "range": [round(frame.south, 3), round(frame.north, 3)],
                "scaleanchor": "x",
                "scaleratio": round(1.0 / frame.narrow, 3),
            },
        )
    )
    return figure


def _within(frame: Frame, whole: Frame) -> Frame:
    """The frame of an area, counted as the whole network's and not drawn at more than forty times its scale."""
    shift = whole.near((frame.west + frame.east) / 2) - (frame.west + frame.east) / 2
    moved = Frame(frame.west + shift, frame.east + shift, frame.south, frame.north)
    return moved.at_least(min(whole.east - whole.west, whole.north - whole.south) / 40)


def _draw_land(figure: go.Figure, ground: Frame, most: int) -> None:
    digits = ground.digits
    rings = land_in(ground, most)
    x = [v for ring in rings for v in (*(round(p[0], digits) for p in ring), None)][:-1]
    y = [v for ring in rings for v in (*(round(p[1], digits) for p in ring), None)][:-1]
    if x:
        figure.add_scatter(x=x, y=y, mode="lines", fill="toself", fillcolor=c.GRID, line={"width": 0}, hoverinfo="skip", meta="land")


def _flows_seen(network: Network, members: Sequence[int], grouped: Sequence[Group]) -> list[Flow]:
    """Flows between the marks of a view; of an area all that begin or end at its points."""
    points = network.points
    spots = {
        points.names[group.members[i]]: _end_of(group) for group in grouped for i in range(len(group.members))
    }

    def where(end: End) -> End | None:
        return spots.get(end.name, end) if end.is_placed else None

    own = {points.names[i] for i in members}
    whole = len(own) == len(points)
    flows = network.flows if whole else [f for f in network.flows if f.begin.name in own or f.end.name in own]
    return gathered(flows, where)


def _end_of(group: Group) -> End:
    name = say_count("{n} service point of {area}", "{n} service points of {area}", len(group.members), area=group.area)
    return End(name, group.lon, group.lat)


def _draw_hubs(figure: go.Figure, network: Network, ground: Frame) -> None:
    """Places that send parts and repair nothing: hubs and suppliers."""
    known = set(network.points.names)
    hubs = {f.begin: None for f in network.flows if f.kind != "forward" and f.begin.is_placed and f.begin.name not in known}
    seen = [hub for hub in hubs if ground.holds(ground.near(hub.lon), hub.lat)]
    if seen:
        figure.add_scatter(
            x=[round(ground.near(hub.lon), ground.digits) for hub in seen],
            y=[round(hub.lat, ground.digits) for hub in seen],
            mode="markers",
            marker={"symbol": "square", "size": 8, "color": c.SURFACE, "line": {"color": c.INK, "width": 1.6}},
            hovertext=[plot_text(hub.name) for hub in seen],
            hoverinfo="text",
            meta="flow",
        )


def _draw_groups(figure: go.Figure, network: Network, groups: Sequence[Group]) -> None:
    """One trace a look; area by orders, largest first so that small ones are seen."""
    most = max(group.orders for group in groups)
    for look in (None, *LOOKS.values()):
        mine = [group for group in groups if group.look is look]
        if not mine:
            continue
        figure.add_scatter(
            x=[round(group.lon, network.frame.digits) for group in mine],
            y=[round(group.lat, network.frame.digits) for group in mine],
            mode="markers",
            marker={
                "size": [round(max(6.0, _LARGEST * float(np.sqrt(group.orders / most))), 1) if most > 0 else 6.0 for group in mine],
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
    head = plot_text(_end_of(group).name)
    if not group.bad >= 0:
        return say("<b>{group}</b><br>{orders} orders: too few to rate a point", group=head, orders=fmt.count(group.orders))
    values = {"group": head, "orders": fmt.count(group.orders), "bad": fmt.percent(group.bad), "good": fmt.percent(group.good)}
    if judged:
        return say("<b>{group}</b><br>{orders} orders: {bad} at points that miss, {good} at points that keep", **values)
    return say("<b>{group}</b><br>{orders} orders: {bad} at points above the reference", **{k: values[k] for k in ("group", "orders", "bad")})


def _draw_points(figure: go.Figure, network: Network, members: Sequence[int], digits: int, hover: bool) -> None:
    points, classes = network.points, network.classes
    looks = [(-1, c.QUIET, "circle", 4), *((i, *look) for i, look in enumerate(classes.looks))]
    for number, colour, symbol, size in looks:
        mine = [i for i in members if classes.of_point[i] == number]
        if mine:
            figure.add_scatter(
                x=[round(float(points.lon[i]), digits) for i in mine],
                y=[round(float(points.lat[i]), digits) for i in mine],
                mode="markers",
                marker={
                    "size": size + (3 if len(members) < MANY_POINTS and number >= 0 else 0),
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


def _draw_depots(figure: go.Figure, network: Network, depots: Sequence[int], digits: int) -> None:
    """Squares; the mark inside rates the orders that the depot repairs itself."""
    if not depots:
        return
    points, classes = network.points, network.classes
    place = {
        "x": [round(float(points.lon[i]), digits) for i in depots],
        "y": [round(float(points.lat[i]), digits) for i in depots],
        "mode": "markers",
    }
    square = {"size": 15, "color": c.INK, "symbol": "square", "line": {"color": c.SURFACE, "width": 1}}
    figure.add_scatter(**place, marker=square, hoverinfo="skip", meta="depot")
    looks = [classes.looks[k] if k >= 0 else (c.QUIET, "circle", 4) for k in (classes.of_point[i] for i in depots)]
    inside = {"size": 8, "color": [look[0] for look in looks], "symbol": [look[1] for look in looks], "line": {"width": 0}}
    figure.add_scatter(**place, marker=inside, hovertext=[point_text(network, i) for i in depots], hoverinfo="text", meta="depot")


def point_text(network: Network, i: int) -> str:
    """What a point is, for Plotly."""
    points = network.points
    values = {"name": plot_text(points.names[i]), "orders": fmt.count(points.orders[i])}
    if not np.isfinite(points.p90_h[i]):
        return say("<b>{name}</b><br>{orders} orders", **values)
    return say("<b>{name}</b><br>P90 {p90}, {orders} orders", p90=fmt.hours(points.p90_h[i]), **values)


def _name_areas(figure: go.Figure, network: Network, frame: Frame) -> list[tuple[float, float]]:
    """Names of the areas at the middle of their points; the script zooms to one that is clicked. Returns their places."""
    names = network.area_names if len(network.area_names) <= 16 else []
    areas, points = np.array(network.areas), network.points
    places = []
    for name in names:
        inside = areas == name
        place = (float(np.median(points.lon[inside])), float(np.median(points.lat[inside])))
        places.append(place)
        figure.add_annotation(
            name=f"area {network.area_names.index(name)}",
            captureevents=True,
            x=round(place[0], frame.digits),
            y=round(place[1], frame.digits),
            text=f"<b>{plot_text(fmt.shorten(name, 16))}</b>",
            font={"size": 11, "color": c.INK},
            borderpad=1,
            **_LABEL,
        )
    return places


def _name_depots(figure: go.Figure, network: Network, depots: Sequence[int]) -> list[tuple[float, float]]:
    points = network.points
    for i in depots:
        figure.add_annotation(
            x=round(float(points.lon[i]), 3),
            y=round(float(points.lat[i]), 3),
            yshift=17,
            text=f"<b>{plot_text(fmt.shorten(points.names[i], 20))}</b>",
            font={"size": 11, "color": c.INK},
            **_LABEL,
        )
    return [(float(points.lon[i]), float(points.lat[i])) for i in depots]


def _name_worst(
    figure: go.Figure, network: Network, worst: Sequence[int], taken: list[tuple[float, float]], frame: Frame, most: int
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
        figure.add_annotation(
            name="worst",
            x=round(x, 3),
            y=round(float(points.lat[i]), 3),
            yshift=14,
            text=f"{plot_text(fmt.shorten(points.names[i], 18))} {fmt.quantity(float(points.p90_h[i]), scale)}",
            font={"size": 11, "color": c.INK},
            **_LABEL,
        )
    return named


def map_panel(run: RunResults) -> Panel | None:
    """Where on the map turnaround is long, and what moves there; None without at least three placed points that had orders."""
    points = MapPoints.of(run.table("points"))
    whole = run.measure("tat.customer.p90")
    reference = run.tat_limit_h or (whole.mean if whole is not None else 0.0)
    if (points.orders > 0).sum() < 3 or not reference > 0:
        return None
    minimum = MIN_ORDERS if (points.orders >= MIN_ORDERS).sum() >= 3 else MIN_ORDERS / max(1, run.replications)
    network = Network.of(run, reference, minimum)
    rule, classes = Rule.of(run), network.classes
    title = map_title(network.points, classes, rule, network.depots, known_ways=bool(network.flows))
    rows = tuple(area_row(network.points, classes, name, network.members(name)) for name in network.area_names or [""])
    notes = outside_notes(network.flows, network.frame.ground()) + unplaced_note(run.table("points"))
    if classes.are_verdicts:
        notes.insert(0, say("One interval per point: of many that lie at the limit, some are shown to miss it by chance alone."))
    return Panel(
        name="map",
        title=title,
        subtitle=subtitle(rule, reference, grouped=bool(network.groups)),
        alt=alt_text(title, network.points, rows),
        figure=network_map(network),
        legend=map_legend(network.points, classes, reference, rule.word, network.flows, minimum),
        grid=Grid(area_head(classes), rows, " ".join(notes)),
        wide=True,
        zoom=True,
        data=_views(network),
        scripts=("map.js",),
    )


def _views(network: Network) -> dict[str, Any]:
    """What the script needs: its texts, and for each area a figure and a table."""
    views = []
    for name in network.area_names:
        members = sorted(network.members(name), key=lambda i: -float(np.nan_to_num(network.points.p90_h[i])))
        figure = network_map(network, name, hover=False).to_plotly_json()
        layout = {key: figure["layout"].get(key) for key in ("xaxis", "yaxis", "annotations")}
        views.append(
            {
                "name": name,
                "data": figure["data"],
                "layout": layout,
                "head": point_head(network.classes),
                "rows": [point_row(network.points, network.classes, i, network.depots) for i in members],
                "members": members,
                "status": area_status(name, network.classes, members),
            }
        )
    return {
        "views": views,
        "whole": say("whole network"),
        "choose": say("Show"),
        "flows": say("Flows") if network.flows else "",
        "status": whole_status(network.points, network.groups),
        "hover": say("<b>{name}</b><br>P90 {p90}, {orders} orders", name="{name}", p90="{p90}", orders="{orders}"),
        "areas": [network.area_names.index(area) for area in network.areas] if network.area_names and not network.groups else [],
        "caption": say("Service points of {area}", area="{area}"),
    }
