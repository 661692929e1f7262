"""Map of the network: service points by P90 turnaround on the outline of the land, with flows, as a whole and area by area.

A large network is drawn in groups of neighbouring points; the page's script (templates/map.js) swaps in the view of an area,
which is drawn by the same functions as the whole.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.language import say
from sim.report.figures_places import MIN_ORDERS
from sim.report.judged import Rule
from sim.report.map_draw import network_map, sketch_of
from sim.report.map_flows import outside_notes
from sim.report.map_network import Network
from sim.report.map_points import Classes, MapPoints
from sim.report.map_text import (
    alt_text,
    area_head,
    area_row,
    area_status,
    depots_note,
    map_legend,
    map_title,
    point_head,
    point_row,
    subtitle,
    unplaced_note,
    whole_status,
)
from sim.report.panel import Grid, Panel
from sim.report.read import RunResults

__all__ = ["Classes", "MapPoints", "Network", "map_panel", "network_map"]


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
    notes = (
        depots_note(network.points, classes) + outside_notes(network.flows, network.frame) + unplaced_note(run.table("points"))
    )
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
        views.append(
            {
                "name": name,
                "sketch": sketch_of(network, name, hover=False).packed(),
                "head": point_head(network.classes),
                "rows": [point_row(network.points, network.classes, i, network.depots) for i in members],
                "members": members,
                "status": area_status(network.points, name, network.classes, members),
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
