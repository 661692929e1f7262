"""Figures of a comparison, before and after: places, people, contact centres, costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from sim.analysis.estimate import MET
from sim.language import say
from sim.report import comparison_text as words
from sim.report import format as fmt
from sim.report import palette as c
from sim.report.compared import Compared
from sim.report.figures_places import Dot, dot_legend, dot_plot, rank_points
from sim.report.judged import LOOKS, Rule, verdict_legend
from sim.report.labels import measure_label
from sim.report.panel import Grid, Legend, Panel, plot_text
from sim.report.read import Measure
from sim.report.together import points_unit

MOST_REGIONS = 24
MOST_POOLS = 14
_PERCENT = fmt.Scale(100.0, "%")


def points_change_panel(k: Compared) -> Panel | None:
    """The service points that cost most time in the chief scenario: before hollow, after filled, by verdict."""
    points = k.run.table("points")
    ranking = rank_points(points, k.run.replications) if points else None
    if ranking is None or len(ranking.worst) < 2:
        return None
    table = k.base.table("points")
    before = dict(zip(table.text("site"), table.numbers("tat_p90_h").tolist(), strict=True))
    rows = points.take(ranking.worst)
    p90, width, sites = rows.numbers("tat_p90_h"), rows.numbers("tat_p90_half_width"), rows.text("site")
    dots = [Dot(sites[i], p90[i], width[i], before.get(sites[i], np.nan)) for i in np.argsort(-p90, kind="stable")]
    subtitle = say("P90 turnaround by service point; hollow: baseline \u00b7 filled: {label}", label=k.label)
    alt = say("Dot plot of P90 turnaround by service point: {listed}.", listed=_listed(dots))
    return _places_panel(k, "points", "service point", dots, subtitle, alt, say("Service point"))


def regions_change_panel(k: Compared) -> Panel | None:
    """P90 turnaround by region, before and after."""
    regions = sorted(k.run.grouped("tat.customer.p90", "region"), key=lambda m: -m.mean)[:MOST_REGIONS]
    if len(regions) < 2:
        return None
    before = {m.keys["region"]: m.mean for m in k.base.grouped("tat.customer.p90", "region")}
    dots = [Dot(m.keys["region"], m.mean, _width(m), before.get(m.keys["region"], np.nan)) for m in regions]
    subtitle = say("P90 turnaround by region; hollow: baseline \u00b7 filled: {label}", label=k.label)
    alt = say("Dot plot of P90 turnaround by region: {listed}.", listed=_listed(dots))
    return _places_panel(k, "regions", "region", dots, subtitle, alt, say("Region"))


def _places_panel(k: Compared, name: str, what: str, dots: list[Dot], subtitle: str, alt: str, head: str) -> Panel:
    rule = Rule.of(k.run)
    body = tuple((d.label, _hours(d.other_h), _hours(d.value_h), _signed_hours(d.value_h - d.other_h)) for d in dots)
    return Panel(
        name=name,
        title=words.places_change_title(dots, rule, what),
        subtitle=subtitle,
        alt=alt,
        figure=dot_plot(dots, rule, say("P90 turnaround")),
        legend=dot_legend(dots, rule, baseline=True, confidence=k.confidence),
        grid=Grid((head, say("Baseline"), k.name, say("Difference")), body),
    )


def _listed(dots: list[Dot]) -> str:
    pieces = [
        say("{name} {after}, before {before}", name=d.label, after=_hours(d.value_h), before=_hours(d.other_h)) for d in dots[:6]
    ]
    return "; ".join(pieces)


def _width(measure: Measure) -> float:
    return measure.half_width if measure.half_width is not None else float("nan")


def _hours(value: float) -> str:
    return fmt.hours(value) if np.isfinite(value) else fmt.MISSING


def _signed_hours(value: float) -> str:
    return fmt.quantity(value, fmt.hours_scale(value), signed=True) if np.isfinite(value) else fmt.MISSING


@dataclass(frozen=True, slots=True)
class Pool:
    """People of one pool: how busy they are, before and after."""

    label: str
    after: Measure
    before: float
    change: str  # with its interval, for the table
    is_shown: bool


def pools_of(k: Compared) -> list[Pool]:
    """Technicians of all regions, technicians by region, agents by centre: those that both runs have, the busiest first."""
    found = []
    wanted = [*_pool_measures(k, "work.utilisation", "region"), *_pool_measures(k, "contact.occupancy", "site")]
    for label, after in wanted:
        before, difference = k.base.measure(after.kpi, after.group), k.contrast.of(after.kpi, after.group)
        if before is None or difference is None:
            continue
        points = fmt.Scale(100.0, points_unit(_PERCENT))
        change = fmt.quantity(difference.difference, points, difference.half_width, signed=True)
        if difference.half_width is not None:
            span = fmt.interval(difference.difference, difference.half_width, _PERCENT, signed=True)
            change = say("{value} ({interval})", value=change, interval=span)
        found.append(Pool(label, after, before.mean, change, difference.is_shown))
    return sorted(found, key=lambda pool: -pool.after.mean)


def _pool_measures(k: Compared, kpi: str, key: str) -> list[tuple[str, Measure]]:
    whole, grouped = k.run.measure(kpi), k.run.grouped(kpi, key)
    found = []
    if kpi == "work.utilisation":
        if whole is not None and len(grouped) != 1:
            found.append((say("All technicians"), whole))
        found += [(say("Technicians of {place}", place=fmt.shorten(m.keys[key], 24)), m) for m in grouped]
    else:
        found += [(say("Agents of {place}", place=fmt.shorten(m.keys[key], 24)), m) for m in grouped]
    return found


def utilisation_change_panel(k: Compared) -> Panel | None:
    """How busy technicians and agents are, before and after."""
    pools = pools_of(k)
    if not pools:
        return None
    shown = sorted([p for p in pools if p.is_shown], key=lambda p: -abs(p.after.mean - p.before))
    if shown:
        most = shown[0]
        now, was = _percent(most.after.mean), _percent(most.before)
        if most.after.mean > most.before:
            title = say("{pool}: {now} busy, up from {was}", pool=most.label, now=now, was=was)
        else:
            title = say("{pool}: {now} busy, down from {was}", pool=most.label, now=now, was=was)
    else:
        title = say("Nobody is shown to be busier or less busy than before")
    if len(pools) > MOST_POOLS:  # those that moved are worth a row first
        ranked = sorted(pools, key=lambda p: (not p.is_shown, -abs(p.after.mean - p.before)))[:MOST_POOLS]
        pools = [p for p in pools if p in ranked]
    body = tuple((p.label, _percent(p.before), _percent(p.after.mean), p.change) for p in pools)
    verdicts = [p.after.verdict for p in pools if p.after.verdict]
    legend = [Legend(say("baseline"), c.BASE, "hollow"), *verdict_legend(verdicts, "limit")]
    if not verdicts:
        legend.append(Legend(k.label, c.BLUE, "circle"))
    return Panel(
        name="utilisation",
        title=title,
        subtitle=say("Share of their time at work on something; hollow: baseline \u00b7 filled: {label}", label=k.label),
        alt=say(
            "Dot plot of utilisation: {listed}.",
            listed="; ".join(
                say("{name} {after}, before {before}", name=row[0], after=row[2], before=row[1]) for row in body[:8]
            ),
        ),
        figure=_pool_dots(pools),
        legend=(*legend, Legend(say("{level} CI", level=k.confidence), c.BASE, "line")),
        grid=Grid((say("People"), say("Baseline"), k.name, say("Difference")), body),
    )


def _percent(share: float) -> str:
    return fmt.percent(share)


def _pool_dots(pools: list[Pool]) -> go.Figure:
    labels = [plot_text(fmt.shorten(p.label, 34)) + "\u200b" * i for i, p in enumerate(pools)]
    figure = go.Figure()
    for label, pool in zip(labels, pools, strict=True):
        figure.add_scatter(
            x=[100 * pool.before, 100 * pool.after.mean],
            y=[label, label],
            mode="lines",
            line={"color": c.QUIET, "width": 4},
            hoverinfo="skip",
        )
    figure.add_scatter(
        x=[round(100 * p.before, 3) for p in pools],
        y=labels,
        mode="markers",
        hoverinfo="text",
        hovertext=[say("{name}, baseline: {value}", name=plot_text(p.label), value=_percent(p.before)) for p in pools],
        marker={"symbol": "circle", "size": 9, "color": c.SURFACE, "line": {"color": c.BASE, "width": 1.6}},
    )
    looks = [LOOKS[p.after.verdict or MET] for p in pools]
    widths = [0.0 if p.after.half_width is None else p.after.half_width for p in pools]
    figure.add_scatter(
        x=[round(100 * p.after.mean, 3) for p in pools],
        y=labels,
        mode="markers",
        error_x={
            "type": "data",
            "array": [round(100 * w, 3) for w in widths],
            "color": c.BASE,
            "thickness": 1.4,
            "width": 4,
            "visible": any(w > 0 for w in widths),
        },
        marker={
            "size": [look.size for look in looks],
            "symbol": [look.symbol for look in looks],
            "color": [look.colour for look in looks],
            "opacity": 1,
        },
        hovertext=[say("{name}: {value}", name=plot_text(p.label), value=_percent(p.after.mean)) for p in pools],
        hoverinfo="text",
    )
    figure.update_layout(
        c.layout(
            70 + 24 * max(3, len(pools)),
            xaxis={"title": say("Share of time busy, %"), "nticks": 7, "rangemode": "tozero"},
            yaxis={"autorange": "reversed", "type": "category", "categoryorder": "array", "categoryarray": labels},
        )
    )
    return figure


def cost_change_panel(k: Compared) -> Panel | None:
    """What the difference of the yearly cost is made of; None where no kind of cost is shown to change."""
    rows = [r for r in k.contrast.rows if r.group == "all" and r.kpi.startswith(("cost.", "revenue.")) and "per_year" in r.kpi]
    kinds = [r for r in rows if r.kpi != "cost.total.per_year" and r.difference != 0 and (r.is_shown or r.half_width is None)]
    if not kinds:
        return None
    kinds.sort(key=lambda r: -abs(r.difference))
    scale = fmt.money_scale(abs(kinds[0].difference), k.base.currency)
    first, amount = measure_label(kinds[0].kpi), fmt.money(abs(kinds[0].difference), k.base.currency)
    if kinds[0].difference < 0:
        title = say("{kind}: {amount} less a year", kind=first, amount=amount)
    else:
        title = say("{kind}: {amount} more a year", kind=first, amount=amount)
    body = tuple(
        (
            measure_label(r.kpi),
            fmt.money(r.base, k.base.currency),
            fmt.money(r.other, k.base.currency),
            fmt.money(r.difference, k.base.currency, r.half_width, signed=True),
        )
        for r in sorted(rows, key=lambda r: (r.kpi == "cost.total.per_year", -abs(r.difference)))
        if r.base or r.other
    )
    labels = [plot_text(measure_label(r.kpi)) for r in kinds]
    shown = [scale.value(r.difference) for r in kinds]
    reach = max(map(abs, shown))
    figure = go.Figure()
    figure.add_bar(
        y=labels,
        x=[float(f"{v:.5g}") for v in shown],
        orientation="h",
        marker={"color": [c.ORANGE if v > 0 else c.BLUE for v in shown]},
        text=[fmt.money(r.difference, k.base.currency, signed=True) for r in kinds],
        textposition="outside",
        textfont={"color": c.INK},
        cliponaxis=False,
        hoverinfo="skip",
    )
    low, high = min(0.0, *shown), max(0.0, *shown)
    figure.update_layout(
        c.layout(
            66 + 30 * len(kinds),
            xaxis={
                "title": say("Difference a year, {unit}", unit=scale.unit or say("money")),
                "range": [low - 0.45 * reach if low < 0 else 0.0, high + 0.45 * reach if high > 0 else 0.0],
                "nticks": 6,
                "zeroline": True,
                "zerolinecolor": c.BASE,
            },
            yaxis={"autorange": "reversed", "gridcolor": "rgba(0,0,0,0)"},
        )
    )
    return Panel(
        name="cost-change",
        title=title,
        subtitle=say("Kinds of cost and income that are shown to change, scenario less baseline"),
        alt=say("Bars of differences a year: {listed}.", listed="; ".join(f"{row[0]} {row[3]}" for row in body)),
        figure=figure,
        legend=(Legend(say("more"), c.ORANGE, "square"), Legend(say("less"), c.BLUE, "square")),
        grid=Grid((say("Kind"), say("Baseline"), k.name, say("Difference")), body),
    )
