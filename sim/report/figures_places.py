"""Figures about places: service points and regions that hurt most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from sim.analysis.estimate import MET, MISSED, NOT_SHOWN
from sim.language import say, term
from sim.report import format as fmt
from sim.report import palette as c
from sim.report import titles
from sim.report.judged import LOOKS, Look, Rule, verdict_legend
from sim.report.panel import Grid, Legend, Panel, plot_text
from sim.report.read import Columns, Floats, RunResults

MIN_ORDERS = 20
MOST_POINTS = 12
_DAYS = fmt.Scale(1 / 24, "days")
_VERDICTS = {MET: term("met"), MISSED: term("missed"), NOT_SHOWN: term("not shown")}


@dataclass(frozen=True)
class Dot:
    """One row of a dot plot."""

    label: str
    value_h: float
    half_width_h: float = float("nan")
    other_h: float = float("nan")  # baseline, drawn hollow
    note: str = ""


def dot_plot(dots: Sequence[Dot], rule: Rule, axis: str, side: Sequence[str] = ()) -> go.Figure:
    """Rows with a value and its interval, marked by verdict; a hollow circle for the baseline.

    `side` is a column of texts at the right, one a row.
    """
    limit_h = rule.limit_h
    figure = go.Figure()
    labels = _distinct([fmt.shorten(d.label, 22) for d in dots])
    largest = max((max(d.value_h, np.nan_to_num(d.other_h)) for d in dots), default=1.0)
    scale = fmt.hours_scale(limit_h if limit_h is not None else largest)
    for label, dot in zip(labels, dots, strict=True):
        if np.isfinite(dot.other_h):
            figure.add_scatter(
                x=[scale.value(dot.other_h), scale.value(dot.value_h)],
                y=[label, label],
                mode="lines",
                line={"color": c.QUIET, "width": 4},
                hoverinfo="skip",
            )
    if any(np.isfinite(d.other_h) for d in dots):
        figure.add_scatter(
            x=[round(scale.value(d.other_h), 3) if np.isfinite(d.other_h) else None for d in dots],
            y=labels,
            mode="markers",
            hoverinfo="text",
            hovertext=[say("{place}, baseline: {value}", place=plot_text(d.label), value=fmt.hours(d.other_h)) for d in dots],
            marker={"symbol": "circle", "size": 9, "color": c.SURFACE, "line": {"color": c.BASE, "width": 1.6}},
        )
    looks = [LOOKS[rule.judge(d.value_h, d.half_width_h) if limit_h is not None else MET] for d in dots]
    widths = [d.half_width_h if np.isfinite(d.half_width_h) else 0.0 for d in dots]
    up = [round(scale.value(w), 3) for w in widths]
    down = [round(scale.value(min(w, d.value_h)), 3) for w, d in zip(widths, dots, strict=True)]
    hover = [_hover(d.label, fmt.hours(d.value_h), d.note) for d in dots]
    _add_marks(figure, [round(scale.value(d.value_h), 3) for d in dots], labels, looks, (up, down), hover)
    if limit_h is not None:
        at = fmt.set_hours(limit_h)
        _draw_limit(
            figure,
            scale.value(limit_h),
            say("promise {hours}", hours=at) if rule.word == "promise" else say("limit {hours}", hours=at),
        )
    if side:
        _draw_side(figure, labels, side)
    unit = {"h": say("hours"), "days": say("days")}.get(scale.unit, scale.unit)
    figure.update_layout(
        c.layout(
            70 + 24 * max(3, len(dots)),
            margin={"t": 24, **({"r": 48} if side else {})},
            xaxis={"title": say("{measure}, {unit}", measure=axis, unit=unit), "nticks": 7, "rangemode": "nonnegative"},
            yaxis={
                "autorange": "reversed",
                "type": "category",
                "categoryorder": "array",
                "categoryarray": labels,
                "showgrid": True,
            },
        )
    )
    return figure


def _add_marks(
    figure: go.Figure,
    x: list[float],
    labels: list[str],
    looks: Sequence[Look],
    reach: tuple[list[float], list[float]],
    hover: list[str],
) -> None:
    """Marks by verdict, one a row, with intervals that reach so far up and down."""
    figure.add_scatter(
        x=x,
        y=labels,
        mode="markers",
        error_x={
            "type": "data",
            "symmetric": False,
            "array": reach[0],
            "arrayminus": reach[1],
            "color": c.BASE,
            "thickness": 1.4,
            "visible": any(w > 0 for w in reach[0]),
            "width": 4,
        },
        marker={
            "size": [look.size for look in looks],
            "symbol": [look.symbol for look in looks],
            "color": [look.colour for look in looks],
            "opacity": 1,
            "line": {"width": 0},
        },
        hovertext=hover,
        hoverinfo="text",
    )


def _hover(place: str, value: str, note: str) -> str:
    if not note:
        return say("{place}: {value}", place=plot_text(place), value=value)
    return say("{place}: {value}, {note}", place=plot_text(place), value=value, note=plot_text(note))


def _draw_side(figure: go.Figure, labels: Sequence[str], side: Sequence[str]) -> None:
    """A column of texts right of the axis."""
    place: dict[str, object] = {"x": 1, "xref": "paper", "xanchor": "right", "xshift": 44, "showarrow": False}
    for label, text in zip(labels, side, strict=True):
        figure.add_annotation(**place, y=label, text=text, font={"color": c.INK, "size": 12})


def _draw_limit(figure: go.Figure, at: float, text: str) -> None:
    figure.add_shape(type="line", x0=at, x1=at, y0=0, y1=1, yref="paper", line={"color": c.INK, "width": 1, "dash": "dash"})
    figure.add_annotation(
        x=at, y=1, yref="paper", yanchor="bottom", text=text, showarrow=False, font={"color": c.INK, "size": 12}
    )


def _distinct(labels: list[str]) -> list[str]:
    """Escaped labels, each once: a category axis would draw equal names on one row."""
    seen: dict[str, int] = {}
    result = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        result.append(plot_text(label) + "\u200b" * (seen[label] - 1))
    return result


def dot_legend(dots: Sequence[Dot], rule: Rule, *, baseline: bool = False, confidence: str = "") -> tuple[Legend, ...]:
    """Legend of a dot plot: the verdicts that occur, by interval."""
    entries = [Legend(say("baseline"), c.BASE, "hollow")] if baseline else []
    if rule.limit_h is None:
        entries.append(Legend(say("P90"), c.BLUE, "circle"))
    else:
        entries += verdict_legend([rule.judge(d.value_h, d.half_width_h) for d in dots], rule.word)
    if any(np.isfinite(d.half_width_h) for d in dots):
        entries.append(Legend(say("{confidence} CI", confidence=confidence), c.BASE, "line"))
    return tuple(entries)


@dataclass(frozen=True)
class Ranking:
    """Service points by the time they cost beyond the network's mean."""

    worst: list[int]  # rows of points.csv, worst first
    extra_h: Floats  # order-hours over the mean, by row
    minimum: int  # orders that a point needs to be listed


def rank_points(points: Columns, replications: int) -> Ranking:
    """Rank by orders x (mean turnaround - mean of the network); points with few orders are left out of the list."""
    orders = np.nan_to_num(points.numbers("orders"))
    mean = points.numbers("tat_mean_h")
    known = (orders > 0) & np.isfinite(mean)
    reference = float(np.average(mean[known], weights=orders[known])) if known.any() else 0.0
    extra = np.where(known, orders * (np.nan_to_num(mean) - reference), 0.0)
    listed = known & (orders >= MIN_ORDERS)
    if listed.sum() < 3:  # a short run: count over all replications
        listed = known & (orders * max(1, replications) >= MIN_ORDERS)
    if listed.sum() < 3:
        listed = known
    p90 = points.numbers("tat_p90_h")
    listed &= np.isfinite(p90)
    order = [int(i) for i in np.argsort(-extra, kind="stable") if listed[i]]
    return Ranking(order[:MOST_POINTS], extra, MIN_ORDERS)


def points_panel(run: RunResults, confidence: str) -> Panel | None:
    """The service points that cost their customers most time over the mean of the network, in order-days a year."""
    points = run.table("points")
    if not points:
        return None
    ranking = rank_points(points, run.replications)
    if len(ranking.worst) < 2:
        return None
    costly = [i for i in ranking.worst if ranking.extra_h[i] > 0] or ranking.worst[:1]
    rows, rule = points.take(costly), Rule.of(run)
    names, regions, orders = rows.text("site"), rows.text("region"), rows.numbers("orders")
    p90, width, means = rows.numbers("tat_p90_h"), rows.numbers("tat_p90_half_width"), rows.numbers("tat_mean_h")
    years = run.length_h / 8760.0 or 1.0
    active = int((np.nan_to_num(points.numbers("orders")) > 0).sum())
    extra = ranking.extra_h[costly] / years
    half = np.nan_to_num(orders * rows.numbers("tat_mean_half_width")) / years
    body = tuple(
        (
            names[i],
            regions[i],
            fmt.count(orders[i]),
            _hours_or_dash(means[i]),
            fmt.hours(p90[i], width[i] if np.isfinite(width[i]) else None),
            _hours_or_dash(rows.numbers("part_wait_h")[i]),
            _hours_or_dash(rows.numbers("bench_wait_h")[i]),
            _percent_or_dash(rows.numbers("utilisation")[i]),
            fmt.quantity(extra[i], _DAYS),
        )
        for i in range(len(names))
    )
    lost = [
        Lost(names[i], float(extra[i]), float(half[i]), float(p90[i]), rule.judge(p90[i], width[i]), regions[i])
        for i in range(len(names))
    ]
    minimum = fmt.number(ranking.minimum)
    told = ", ".join(say("{place} {value}", place=one.label, value=fmt.quantity(one.extra_h, _DAYS)) for one in lost[:6])
    head = (
        say("Service point"), say("Region"), say("Orders"), say("Mean"), say("P90"), say("Wait for part"), say("Wait for bench"),
        say("Utilisation"), say("Over the mean"),
    )  # fmt: skip
    over_h = float(ranking.extra_h[ranking.worst[0]] / orders[0])
    return Panel(
        name="points",
        title=titles.points_title([fmt.shorten(n, 28) for n in names], ranking.extra_h, len(ranking.worst), active, over_h),
        subtitle=say(
            "Order-days a year over the mean turnaround of the network, with P90; points of at least {orders} orders",
            orders=minimum,
        ),
        alt=say("Bars of order-days a year over the mean at the {n} worst service points: {places}.", n=len(names), places=told),
        figure=lost_plot(lost, rule),
        legend=_lost_legend(lost, rule, confidence),
        grid=Grid(
            head,
            body,
            say("Over the mean: orders \u00d7 (mean turnaround \u2212 mean of the network), in order-days a year."),
        ),
    )


@dataclass(frozen=True)
class Lost:
    """One row of the plot of lost time."""

    label: str
    extra_h: float  # order-hours a year over the mean of the network
    half_width_h: float
    p90_h: float
    verdict: str
    note: str = ""


def lost_plot(rows: Sequence[Lost], rule: Rule) -> go.Figure:
    """Stems of order-days with their interval, the end marked by the verdict on P90, which is written beside it."""
    labels = _distinct([fmt.shorten(row.label, 22) for row in rows])
    days = [_DAYS.value(row.extra_h) for row in rows]
    half = [_DAYS.value(row.half_width_h) for row in rows]
    figure = go.Figure()
    figure.add_bar(
        x=[round(d, 2) for d in days], y=labels, orientation="h", width=0.16, marker={"color": c.QUIET}, hoverinfo="skip"
    )
    scale = fmt.hours_scale(rule.limit_h or max((row.p90_h for row in rows), default=1.0))
    looks = [LOOKS[row.verdict if rule.limit_h is not None else MET] for row in rows]
    reach = [round(w, 2) for w in half]
    hover = [_hover(row.label, fmt.quantity(row.extra_h, _DAYS, row.half_width_h or None), row.note) for row in rows]
    _add_marks(figure, [round(d, 2) for d in days], labels, looks, (reach, reach), hover)
    for label, day, wide, row in zip(labels, days, half, rows, strict=True):
        figure.add_annotation(
            x=round(day + wide, 2),
            y=label,
            xanchor="left",
            xshift=8,
            text=say("P90 {hours}", hours=fmt.quantity(row.p90_h, scale)),
            showarrow=False,
            font={"color": c.INK, "size": 12},
        )
    most = max((d + w for d, w in zip(days, half, strict=True)), default=1.0)
    least = min((d - w for d, w in zip(days, half, strict=True)), default=0.0)
    figure.update_layout(
        c.layout(
            70 + 24 * max(3, len(rows)),
            xaxis={
                "title": say("Order-days a year over the mean"),
                "nticks": 5,
                "tickformat": ",d",
                "range": [max(-0.4 * most, min(-0.03 * most, 1.1 * least)), 1.4 * most or 1.0],
            },
            yaxis={"autorange": "reversed", "type": "category", "categoryorder": "array", "categoryarray": labels},
        )
    )
    return figure


def _lost_legend(rows: Sequence[Lost], rule: Rule, confidence: str) -> tuple[Legend, ...]:
    entries = [] if rule.limit_h is None else list(verdict_legend([row.verdict for row in rows], rule.word))
    if any(row.half_width_h > 0 for row in rows):
        entries.append(Legend(say("{confidence} CI", confidence=confidence), c.BASE, "line"))
    return tuple(entries)


def _hours_or_dash(value: float) -> str:
    return fmt.hours(value) if np.isfinite(value) else fmt.MISSING


def _percent_or_dash(value: float) -> str:
    return fmt.percent(value) if np.isfinite(value) else fmt.MISSING


def regions_panel(run: RunResults, confidence: str) -> Panel | None:
    """P90 turnaround by region, slowest first, with its interval and the orders within promise."""
    regions = sorted(run.grouped("tat.customer.p90", "region"), key=lambda m: -m.mean)
    if len(regions) < 2:
        return None
    names = [m.keys["region"] for m in regions]
    rule = Rule.of(run)
    kept = {m.keys["region"]: m for m in run.grouped("tat.within_promise", "region")}
    mean = {m.keys["region"]: m for m in run.grouped("tat.customer.mean", "region")}
    dots = [
        Dot(n, m.mean, m.half_width if m.half_width is not None else float("nan")) for n, m in zip(names, regions, strict=True)
    ]
    verdicts = [rule.judge(d.value_h, d.half_width_h) for d in dots]
    body = tuple(
        (
            n,
            fmt.hours(mean[n].mean, mean[n].half_width) if n in mean else fmt.MISSING,
            fmt.hours(m.mean, m.half_width),
            fmt.interval(m.mean, m.half_width, fmt.hours_scale(m.mean)),
            *((say(_VERDICTS[verdict]),) if rule.limit_h is not None else ()),
            fmt.percent(kept[n].mean, kept[n].half_width) if n in kept else fmt.MISSING,
        )
        for n, m, verdict in zip(names, regions, verdicts, strict=True)
    )
    judged = ((say("Promise") if rule.word == "promise" else say("Limit")),) if rule.limit_h is not None else ()
    shown = dots[:24]
    side = [fmt.percent(kept[d.label].mean) if d.label in kept else "" for d in shown] if kept else []
    told = ", ".join(say("{place} {value}", place=d.label, value=fmt.hours(d.value_h)) for d in dots[:10])
    columns = (say("Mean"), say("P90"), say("{confidence} CI of P90", confidence=confidence), *judged, say("Within promise"))
    return Panel(
        name="regions",
        title=titles.judged_title(names, np.array([d.value_h for d in dots]), verdicts, rule.text),
        subtitle=say("P90 turnaround by region of the service point; at the right: orders within promise")
        if kept
        else say("P90 turnaround by region of the service point"),
        alt=say("Dot plot of P90 turnaround by region: {places}.", places=told),
        figure=dot_plot(shown, rule, say("P90 turnaround"), side),
        legend=dot_legend(shown, rule, confidence=confidence),
        grid=Grid((say("Region"), *columns), body),
    )
