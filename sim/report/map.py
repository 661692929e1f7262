"""Map of the network on an equirectangular grid: service points by P90 turnaround, told apart by colour, size and shape."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from sim.analysis.estimate import MET, MISSED, NOT_SHOWN
from sim.report import format as fmt
from sim.report import palette as c
from sim.report import titles
from sim.report.figures_places import MIN_ORDERS
from sim.report.judged import LOOKS, Rule, verdict_legend
from sim.report.panel import Grid, Legend, Panel, plot_text
from sim.report.read import Columns, Floats, RunResults

# Class limits as multiples of the reference (limit, promise or P90 of the network): colour, shape, size, drawn later when worse.
_CLASSES = (
    (0.75, c.SKY, "circle", 5),
    (1.0, c.BLUE, "circle", 6),
    (1.25, c.ORANGE, "triangle-up", 8),
    (math.inf, c.VERMILLION, "diamond", 10),
)
_SIZES, _SMALL_SIZES, _MANY = (6, 9, 10), (5, 6, 7), 300  # of the verdicts on the map, in the order of LOOKS
_LEGEND_MARKS = {"circle": "circle", "triangle-up": "triangle", "diamond": "diamond"}


@dataclass(frozen=True)
class MapPoints:
    """Points with a place; parallel arrays."""

    names: list[str]
    regions: list[str]
    kinds: list[str]
    lat: Floats
    lon: Floats
    orders: Floats
    p90_h: Floats
    half_width_h: Floats

    @classmethod
    def of(cls, points: Columns) -> MapPoints:
        """Rows of points.csv that have coordinates."""
        lat, lon = points.numbers("lat"), points.numbers("lon")
        placed = [int(i) for i in np.flatnonzero(np.isfinite(lat) & np.isfinite(lon))]
        rows = points.take(placed)
        return cls(
            rows.text("site"),
            rows.text("region"),
            rows.text("kind"),
            rows.numbers("lat"),
            rows.numbers("lon"),
            np.nan_to_num(rows.numbers("orders")),
            rows.numbers("tat_p90_h"),
            rows.numbers("tat_p90_half_width"),
        )

    def classes(self, reference_h: float, minimum: float) -> list[int]:
        """Index into _CLASSES by point; -1 where too few orders tell."""
        found = []
        for orders, p90 in zip(self.orders, self.p90_h, strict=True):
            if orders < minimum or not np.isfinite(p90):
                found.append(-1)
            else:
                found.append(next(i for i, (top, *_) in enumerate(_CLASSES) if p90 <= top * reference_h))
        return found

    def verdicts(self, rule: Rule, minimum: float) -> list[int]:
        """Index into LOOKS by point; -1 where too few orders tell."""
        triples = zip(self.orders, self.p90_h, self.half_width_h, strict=True)
        names = list(LOOKS)
        return [
            -1 if orders < minimum or not np.isfinite(p90) else names.index(rule.judge(float(p90), float(width)))
            for orders, p90, width in triples
        ]


@dataclass(frozen=True)
class Classes:
    """What the colours of the map say: verdicts where some are shown, else values relative to the reference."""

    of_point: list[int]  # -1: too few orders
    looks: tuple[tuple[str, str, int], ...]  # colour, symbol, size by class
    named_from: int  # points of this class and above are named
    are_verdicts: bool

    @classmethod
    def choose(cls, points: MapPoints, rule: Rule, reference_h: float, minimum: float) -> Classes:
        """Verdicts if at least one point is shown to keep or miss the limit: one colour for all would tell nothing."""
        verdicts = points.verdicts(rule, minimum)
        open_ = list(LOOKS).index(NOT_SHOWN)
        if any(v not in (-1, open_) for v in verdicts):
            sizes = _SMALL_SIZES if len(points.names) > _MANY else _SIZES
            looks = tuple((look.colour, look.symbol, size) for look, size in zip(LOOKS.values(), sizes, strict=True))
            return cls(verdicts, looks, len(looks) - 1, True)
        looks = tuple((colour, symbol, size) for _, colour, symbol, size in _CLASSES)
        return cls(points.classes(reference_h, minimum), looks, len(_CLASSES) - 2, False)

    def count(self, index: int) -> int:
        """Number of points in a class."""
        return self.of_point.count(index)


def network_map(points: MapPoints, classes: Classes, scale: fmt.Scale, label_worst: int = 5) -> go.Figure:
    """Draw the points; depots as squares, the worst named, regions named at their centre."""
    figure = go.Figure()
    middle = float(np.mean([points.lat.min(), points.lat.max()]))
    by_class = np.array(classes.of_point)
    depot = np.array([kind == "depot" for kind in points.kinds])
    hover = [
        f"<b>{plot_text(name)}</b>, {plot_text(region)}<br>"
        + (f"P90 {fmt.hours(p90)}, " if np.isfinite(p90) else "")
        + f"{fmt.count(orders)} orders"
        for name, region, p90, orders in zip(points.names, points.regions, points.p90_h, points.orders, strict=True)
    ]

    def draw(mask: np.ndarray[tuple[int], np.dtype[np.bool_]], marker: dict[str, object]) -> None:
        ix = [int(i) for i in np.flatnonzero(mask)]
        if ix:
            figure.add_scatter(
                x=np.round(points.lon[ix], 3).tolist(),
                y=np.round(points.lat[ix], 3).tolist(),
                mode="markers",
                marker=marker,
                hovertext=[hover[i] for i in ix],
                hoverinfo="text",
            )

    draw((by_class == -1) & ~depot, {"size": 4, "color": c.QUIET, "symbol": "circle"})
    for i, (colour, symbol, size) in enumerate(classes.looks):
        draw((by_class == i) & ~depot, {"size": size, "color": colour, "symbol": symbol, "opacity": 0.85, "line": {"width": 0}})
    draw(depot, {"size": 10, "color": c.INK, "symbol": "square", "line": {"color": c.SURFACE, "width": 1}})
    nameable = by_class >= classes.named_from
    _name_worst(figure, points, nameable, _name_regions(figure, points), scale, label_worst)
    pad_x, pad_y = 0.06 * max(1.0, np.ptp(points.lon)), 0.06 * max(1.0, np.ptp(points.lat))
    degrees = {
        "ticksuffix": "\u00b0",
        "nticks": 6,
        "showgrid": True,
        "fixedrange": False,
        "tickfont": {"color": c.MUTED, "size": 11},
    }
    figure.update_layout(
        c.layout(
            520,
            meta={"narrowHeight": 340},
            xaxis={**degrees, "range": [float(points.lon.min() - pad_x), float(points.lon.max() + pad_x)], "constrain": "domain"},
            yaxis={
                **degrees,
                "range": [float(points.lat.min() - pad_y), float(points.lat.max() + pad_y)],
                "scaleanchor": "x",
                "scaleratio": round(1.0 / max(0.2, math.cos(math.radians(middle))), 3),
                "constrain": "domain",
            },
        )
    )
    return figure


def _name_regions(figure: go.Figure, points: MapPoints) -> list[tuple[float, float]]:
    """Region names at the centre of their points: the only outline that a map without borders has. Returns their places."""
    names = sorted(set(points.regions) - {""})
    if not 2 <= len(names) <= 16:
        return []
    regions = np.array(points.regions)
    places = []
    for name in names:
        inside = regions == name
        places.append((round(float(np.median(points.lon[inside])), 3), round(float(np.median(points.lat[inside])), 3)))
        figure.add_annotation(
            x=places[-1][0],
            y=places[-1][1],
            text=f"<b>{plot_text(fmt.shorten(name, 16))}</b>",
            showarrow=False,
            font={"size": 11, "color": c.INK},
            bgcolor="rgba(254,254,254,0.72)",
            borderpad=1,
        )
    return places


def _name_worst(
    figure: go.Figure,
    points: MapPoints,
    nameable: np.ndarray[tuple[int], np.dtype[np.bool_]],
    taken: list[tuple[float, float]],
    scale: fmt.Scale,
    most: int,
) -> None:
    """Name the worst points whose labels hide no other label; narrow screens leave these names out."""
    reach_x, reach_y = 0.2 * max(float(np.ptp(points.lon)), 1.0), 0.05 * max(float(np.ptp(points.lat)), 1.0)
    order = np.argsort(-np.where(nameable, np.nan_to_num(points.p90_h), -1.0), kind="stable")
    named = 0
    for i in order[:200]:
        if named == most or not nameable[i]:
            break
        x, y = float(points.lon[i]), float(points.lat[i]) + 0.6 * reach_y
        if any(abs(x - other_x) < reach_x and abs(y - other_y) < reach_y for other_x, other_y in taken):
            continue
        named += 1
        taken.append((x, y))
        figure.add_annotation(
            name="worst",
            x=round(x, 3),
            y=round(float(points.lat[i]), 3),
            yshift=14,
            showarrow=False,
            text=f"{plot_text(fmt.shorten(points.names[i], 18))} {fmt.quantity(float(points.p90_h[i]), scale)}",
            font={"size": 11, "color": c.INK},
            bgcolor="rgba(254,254,254,0.72)",
        )


def map_panel(run: RunResults) -> Panel | None:
    """Where on the map turnaround is long; None without at least three placed points that had orders."""
    points = MapPoints.of(run.table("points"))
    network = run.measure("tat.customer.p90")
    served = points.orders > 0
    reference = run.tat_limit_h or (network.mean if network is not None else 0.0)
    if served.sum() < 3 or not reference > 0:
        return None
    minimum = MIN_ORDERS if (points.orders >= MIN_ORDERS).sum() >= 3 else MIN_ORDERS / max(1, run.replications)
    rule = Rule.of(run)
    classes = Classes.choose(points, rule, reference, minimum)
    what = run.tat_limit_word if run.tat_limit_h else "P90 of the network"
    against = fmt.set_hours(reference) if run.tat_limit_h else fmt.hours(reference)
    grid_rows = _region_rows(points, classes)
    legend = _legend(reference, classes, rule.word, "depot" in points.kinds, minimum)
    title = _title(points, classes, rule, what)
    counted = ("Missed", "Met", "Not shown") if classes.are_verdicts else ("Above", "Share above")
    note = "One interval per point: of many that lie at the limit, some are shown to miss it by chance alone."
    note = note if classes.are_verdicts else ""
    told = "are shown to miss it" if classes.are_verdicts else "are above"
    return Panel(
        name="map",
        title=title,
        subtitle=f"P90 turnaround by service point against the {what}, {against}; longitude and latitude in degrees",
        alt=f"Map of {len(points.names)} places. {title}. "
        + " ".join(f"{r[0]}: {r[2]} of {r[1]} points with enough orders {told}." for r in grid_rows[:8]),
        figure=network_map(points, classes, fmt.hours_scale(reference)),
        legend=legend,
        grid=Grid(("Region", "Points rated", *counted, "Longest P90"), tuple(grid_rows), note),
        wide=True,
        zoom=True,
    )


def _title(points: MapPoints, classes: Classes, rule: Rule, what: str) -> str:
    rated = [i for i, k in enumerate(classes.of_point) if k >= 0]
    if not rated:
        return "No service point has enough orders to be rated"
    if classes.are_verdicts:
        verdicts = [list(LOOKS)[classes.of_point[i]] for i in rated]
        said = titles.judged_title([points.names[i] for i in rated], points.p90_h[rated], verdicts, rule.text, "service point")
        bad = [i for i, v in zip(rated, verdicts, strict=True) if v == MISSED]
        return said + _mostly(points, bad, "missed most in")
    if rule.limit_h is not None:
        worst = max(rated, key=lambda i: points.p90_h[i])
        return f"{points.names[worst]} is slowest, {fmt.hours(float(points.p90_h[worst]))}"
    above = [i for i in rated if classes.of_point[i] >= 2]
    if not above:
        return "No service point stands out"
    verb = "is" if len(above) == 1 else "are"
    share = fmt.percent(len(above) / len(rated))
    head = f"{fmt.number(len(above))} of {fmt.number(len(rated))} service points ({share}) {verb} above the {what}"
    return head + _mostly(points, above, "most of them in")


def _mostly(points: MapPoints, bad: list[int], words: str) -> str:
    """', most of them in North' if one region has more than two fifths of some points of several regions."""
    regions = sorted({points.regions[i] for i in bad})
    by_region = {r: sum(points.regions[i] == r for i in bad) for r in regions}
    worst = max(regions, key=lambda r: (by_region[r], r), default="")
    return f", {words} {worst}" if len(regions) > 1 and len(bad) > 3 and by_region[worst] > 0.4 * len(bad) else ""


def _legend(reference: float, classes: Classes, word: str, depots: bool, minimum: float) -> tuple[Legend, ...]:
    entries: list[Legend] = []
    if classes.are_verdicts:
        entries += verdict_legend([list(LOOKS)[k] for k in classes.of_point if k >= 0], word, counts=True)
    else:
        edges = [0.0, *(top * reference for top, *_ in _CLASSES)]
        scale = fmt.hours_scale(reference)
        for i, (_, colour, symbol, _size) in enumerate(_CLASSES):
            low, high = (fmt.number(scale.value(e), 0 if scale.factor == 1.0 else 1) for e in (edges[i], edges[i + 1]))
            span = f"to {high}" if i == 0 else (f"over {low}" if i == len(_CLASSES) - 1 else f"{low}{fmt.EN_DASH}{high}")
            label = f"{fmt.with_unit(span, scale.unit)} ({fmt.number(classes.count(i))})"
            entries.append(Legend(label, colour, _LEGEND_MARKS[symbol]))
    few = classes.count(-1)
    if few:
        entries.append(Legend(f"under {fmt.number(max(1.0, minimum))} orders ({fmt.number(few)})", c.QUIET, "circle"))
    if depots:
        entries.append(Legend("depot", c.INK, "square"))
    return tuple(entries)


def _region_rows(points: MapPoints, classes: Classes) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for region in sorted(set(points.regions)):
        ix = [i for i, r in enumerate(points.regions) if r == region and classes.of_point[i] >= 0]
        if not ix:
            continue
        own = [classes.of_point[i] for i in ix]
        if classes.are_verdicts:
            names = list(LOOKS)
            cells = tuple(fmt.number(own.count(names.index(v))) for v in (MISSED, MET, NOT_SHOWN))
        else:
            above = sum(k >= 2 for k in own)
            cells = (fmt.number(above), fmt.percent(above / len(ix)))
        longest = max(ix, key=lambda i: points.p90_h[i])
        rows.append((region, fmt.number(len(ix)), *cells, f"{points.names[longest]}, {fmt.hours(float(points.p90_h[longest]))}"))
    return rows
