"""Figures about places: service points and regions that hurt most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from sim.analysis.estimate import MET
from sim.report import format as fmt
from sim.report import palette as c
from sim.report import titles
from sim.report.judged import LOOKS, Rule, verdict_legend
from sim.report.panel import Grid, Legend, Panel, plot_text
from sim.report.read import Columns, Floats, RunResults

MIN_ORDERS = 20
MOST_POINTS = 12


@dataclass(frozen=True)
class Dot:
    """One row of a dot plot."""

    label: str
    value_h: float
    half_width_h: float = float("nan")
    other_h: float = float("nan")  # baseline, drawn hollow
    note: str = ""


def dot_plot(dots: Sequence[Dot], rule: Rule, axis: str) -> go.Figure:
    """Rows with a value and its interval, marked by verdict; a hollow circle for the baseline."""
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
            hovertext=[f"{plot_text(d.label)}, baseline: {fmt.hours(d.other_h)}" for d in dots],
            marker={"symbol": "circle", "size": 9, "color": c.SURFACE, "line": {"color": c.BASE, "width": 1.6}},
        )
    looks = [LOOKS[rule.judge(d.value_h, d.half_width_h) if limit_h is not None else MET] for d in dots]
    widths = [d.half_width_h if np.isfinite(d.half_width_h) else 0.0 for d in dots]
    figure.add_scatter(
        x=[round(scale.value(d.value_h), 3) for d in dots],
        y=labels,
        mode="markers",
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [round(scale.value(w), 3) for w in widths],
            "arrayminus": [round(scale.value(min(w, d.value_h)), 3) for w, d in zip(widths, dots, strict=True)],
            "color": c.BASE,
            "thickness": 1.4,
            "visible": any(w > 0 for w in widths),
            "width": 4,
        },
        marker={
            "size": [look.size for look in looks],
            "symbol": [look.symbol for look in looks],
            "color": [look.colour for look in looks],
            "opacity": 1,
        },
        hovertext=[f"{plot_text(d.label)}: {fmt.hours(d.value_h)}{', ' + plot_text(d.note) if d.note else ''}" for d in dots],
        hoverinfo="text",
    )
    if limit_h is not None:
        _draw_limit(figure, scale.value(limit_h), f"{rule.word} {fmt.set_hours(limit_h)}")
    unit = {"h": "hours"}.get(scale.unit, scale.unit)
    figure.update_layout(
        c.layout(
            70 + 24 * max(3, len(dots)),
            margin={"t": 24},
            xaxis={"title": f"{axis}, {unit}", "nticks": 7, "rangemode": "nonnegative"},
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
    entries = [Legend("baseline", c.BASE, "hollow")] if baseline else []
    if rule.limit_h is None:
        entries.append(Legend("P90", c.BLUE, "circle"))
    else:
        entries += verdict_legend([rule.judge(d.value_h, d.half_width_h) for d in dots], rule.word)
    if any(np.isfinite(d.half_width_h) for d in dots):
        entries.append(Legend(f"{confidence} CI", c.BASE, "line"))
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
    """The service points that hurt most."""
    points = run.table("points")
    if not points:
        return None
    ranking = rank_points(points, run.replications)
    if len(ranking.worst) < 2:
        return None
    rows = points.take(ranking.worst)
    names = rows.text("site")
    p90, width, orders = rows.numbers("tat_p90_h"), rows.numbers("tat_p90_half_width"), rows.numbers("orders")
    active = int((np.nan_to_num(points.numbers("orders")) > 0).sum())
    order = np.argsort(-p90, kind="stable")
    dots = [Dot(names[i], p90[i], width[i], note=f"{fmt.count(orders[i])} orders, {rows.text('region')[i]}") for i in order]
    body = tuple(
        (
            names[i],
            rows.text("region")[i],
            fmt.count(orders[i]),
            fmt.hours(rows.numbers("tat_mean_h")[i]),
            fmt.hours(p90[i], width[i] if np.isfinite(width[i]) else None),
            _hours_or_dash(rows.numbers("part_wait_h")[i]),
            _hours_or_dash(rows.numbers("bench_wait_h")[i]),
            _percent_or_dash(rows.numbers("utilisation")[i]),
            f"{fmt.number(ranking.extra_h[ranking.worst[i]] / 24, 0)} days",
        )
        for i in range(len(names))
    )
    rule = Rule.of(run)
    over_h = float(ranking.extra_h[ranking.worst[0]] / orders[0])
    return Panel(
        name="points",
        title=titles.points_title([fmt.shorten(n, 28) for n in names], ranking.extra_h, len(names), active, over_h),
        subtitle=f"Largest orders \u00d7 time over the mean of the network, sorted by P90; at least {ranking.minimum} orders",
        alt=f"Dot plot of P90 turnaround of the {len(names)} worst service points: "
        + ", ".join(f"{d.label} {fmt.hours(d.value_h)}" for d in dots[:6])
        + ".",
        figure=dot_plot(dots, rule, "P90 turnaround"),
        legend=dot_legend(dots, rule, confidence=confidence),
        grid=Grid(
            (
                "Service point",
                "Region",
                "Orders",
                "Mean",
                "P90",
                "Wait for part",
                "Wait for bench",
                "Utilisation",
                "Over the mean",
            ),
            body,
            "Over the mean: orders \u00d7 (mean turnaround \u2212 mean of the network), in order-days per replication.",
        ),
    )


def _hours_or_dash(value: float) -> str:
    return fmt.hours(value) if np.isfinite(value) else fmt.MISSING


def _percent_or_dash(value: float) -> str:
    return fmt.percent(value) if np.isfinite(value) else fmt.MISSING


def regions_panel(run: RunResults, confidence: str) -> Panel | None:
    """P90 turnaround by region."""
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
            *((verdict,) if rule.limit_h is not None else ()),
            fmt.percent(kept[n].mean) if n in kept else fmt.MISSING,
        )
        for n, m, verdict in zip(names, regions, verdicts, strict=True)
    )
    judged = (rule.word.capitalize(),) if rule.limit_h is not None else ()
    return Panel(
        name="regions",
        title=titles.judged_title(names, np.array([d.value_h for d in dots]), verdicts, rule.text),
        subtitle="P90 turnaround by region of the service point",
        alt="Dot plot of P90 turnaround by region: " + ", ".join(f"{d.label} {fmt.hours(d.value_h)}" for d in dots[:10]) + ".",
        figure=dot_plot(dots[:24], rule, "P90 turnaround"),
        legend=dot_legend(dots[:24], rule, confidence=confidence),
        grid=Grid(("Region", "Mean", "P90", f"{confidence} CI of P90", *judged, "Within promise"), body),
    )
