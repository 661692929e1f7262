"""Figures about money: what the year costs, and cost against turnaround."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from sim.language import say, term
from sim.report import format as fmt
from sim.report import palette as c
from sim.report import titles
from sim.report.panel import Grid, Legend, Panel, plot_text
from sim.report.read import RunResults

_KINDS = {
    "holding": term("holding"),
    "freight": term("freight"),
    "emergency": term("emergency"),
    "agents": term("agents"),
    "technicians": term("technicians"),
    "overtime": term("overtime"),
    "parts": term("parts"),
    "penalties": term("penalties"),
    "contacts": term("contacts"),
    "parcels": term("parcels"),
}


def kind_words(kind: str) -> str:
    """A kind of cost for people."""
    return say(_KINDS[kind]) if kind in _KINDS else kind.replace("_", " ")


def cost_bars(kinds: list[str], amounts: list[float], half_widths: list[float], currency: str) -> go.Figure:
    """Cost a year by kind, dearest first; income is negative."""
    scale = fmt.money_scale(max((abs(a) for a in amounts), default=1.0), currency)
    figure = go.Figure()
    figure.add_bar(
        y=[plot_text(k) for k in kinds],
        x=[float(f"{scale.value(a):.5g}") for a in amounts],
        orientation="h",
        marker={"color": [c.BLUE if a >= 0 else c.GREEN for a in amounts]},
        text=[fmt.money(a, currency) for a in amounts],
        textposition="outside",
        textfont={"color": c.INK},
        cliponaxis=False,
        hovertext=[
            f"{plot_text(k)}: {fmt.money(a, currency, w if np.isfinite(w) else None)}"
            for k, a, w in zip(kinds, amounts, half_widths, strict=True)
        ],
        hoverinfo="text",
    )
    low, high = min(0.0, *amounts), max(0.0, *amounts)
    figure.update_layout(
        c.layout(
            60 + 30 * len(kinds),
            xaxis={
                "title": say("{unit} a year", unit=scale.unit or say("money")),
                "range": [scale.value(low) * 1.35, scale.value(high) * 1.3],
                "nticks": 6,
            },
            yaxis={"autorange": "reversed", "gridcolor": "rgba(0,0,0,0)"},
        )
    )
    return figure


def money_panel(run: RunResults) -> Panel | None:
    """What the year costs; None if nothing costs."""
    table = run.table("money")
    kinds = table.text("kind")
    amounts, widths = table.numbers("per_year"), table.numbers("half_width")
    order = [
        int(i)
        for i in np.argsort(-np.nan_to_num(amounts), kind="stable")
        if kinds[i] != "total" and np.nan_to_num(amounts[i]) != 0
    ]
    if not order:
        return None
    names = [kind_words(kinds[i]) for i in order]
    values, spread = amounts[order], widths[order]
    body = [
        (
            n,
            fmt.money(v, run.currency, w if np.isfinite(w) else None),
            fmt.interval(v, w if np.isfinite(w) else None, fmt.money_scale(v, run.currency)),
        )
        for n, v, w in zip(names, values.tolist(), spread.tolist(), strict=True)
    ]
    body.append((say("together"), fmt.money(float(values.sum()), run.currency), fmt.MISSING))
    return Panel(
        name="money",
        title=titles.money_title(names, values, run.currency),
        subtitle=say("Cost a year by kind"),
        alt=say("Bars of cost a year: {list}.", list=", ".join(f"{b[0]} {b[1]}" for b in body)),
        figure=cost_bars(names, values.tolist(), spread.tolist(), run.currency),
        grid=Grid((say("Kind"), say("A year"), say("Interval")), tuple(body)),
    )


@dataclass(frozen=True, slots=True)
class PlanPoint:
    """One scenario in the plane of cost and turnaround."""

    label: str
    cost: float  # money a year
    p90_h: float
    half_width_h: float = float("nan")
    kind: str = "other"  # 'base' or 'other'


def frontier(points: Sequence[PlanPoint]) -> list[PlanPoint]:
    """The plans that no other plan beats in both cost and turnaround, cheapest first."""
    best: list[PlanPoint] = []
    for point in sorted(points, key=lambda p: (p.cost, p.p90_h)):
        if not best or point.p90_h < best[-1].p90_h:
            best.append(point)
    return best


def cost_against_p90(points: Sequence[PlanPoint], limit_h: float | None, currency: str) -> go.Figure:
    """Each point one scenario; grey steps join those that no other beats."""
    figure = go.Figure()
    money = fmt.money_scale(max((p.cost for p in points), default=1.0), currency)
    scale = fmt.hours_scale(max((p.p90_h for p in points), default=1.0))
    edge = frontier(points)
    widths = [p.half_width_h if np.isfinite(p.half_width_h) else 0.0 for p in points]
    middle = (min(p.cost for p in points) + max(p.cost for p in points)) / 2
    figure.add_scatter(
        x=[money.value(p.cost) for p in edge],
        y=[scale.value(p.p90_h) for p in edge],
        mode="lines",
        line={"color": c.QUIET, "width": 1.5, "shape": "hv"},
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=[money.value(p.cost) for p in points],
        y=[scale.value(p.p90_h) for p in points],
        mode="markers+text",
        text=[f"  {plot_text(fmt.shorten(p.label, 24))}  " for p in points],
        textposition=["middle right" if p.cost <= middle else "middle left" for p in points],
        textfont={"color": c.INK, "size": 12},
        cliponaxis=False,
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [scale.value(w) for w in widths],
            "arrayminus": [scale.value(min(w, p.p90_h)) for w, p in zip(widths, points, strict=True)],
            "color": c.BASE,
            "thickness": 1.2,
            "width": 4,
        },
        marker={
            "size": 10,
            "color": [c.BASE if p.kind == "base" else c.BLUE for p in points],
            "symbol": ["circle" if p.kind == "base" else "square" for p in points],
        },
        hovertext=[
            say(
                "{label}: {cost} a year, P90 {time}",
                label=plot_text(p.label),
                cost=fmt.money(p.cost, currency),
                time=fmt.hours(p.p90_h),
            )
            for p in points
        ],
        hoverinfo="text",
    )
    spread = max((p.cost for p in points), default=1.0) - min((p.cost for p in points), default=0.0)
    pad = money.value(0.3 * spread if spread > 0 else 0.05 * max(p.cost for p in points) + 1e-9)
    xs = [money.value(p.cost) for p in points]
    if limit_h is not None:
        at = scale.value(limit_h)
        figure.add_shape(type="line", x0=0, x1=1, xref="paper", y0=at, y1=at, line={"color": c.INK, "width": 1, "dash": "dash"})
        figure.add_annotation(
            x=1,
            xref="paper",
            xanchor="right",
            y=at,
            yanchor="bottom",
            text=say("limit {time}", time=fmt.set_hours(limit_h)),
            showarrow=False,
            font={"color": c.INK, "size": 12},
        )
    unit = {"h": say("hours"), "days": say("days")}.get(scale.unit, scale.unit)
    figure.update_layout(
        c.layout(
            310,
            margin={"t": 20},
            xaxis={
                "title": say("Cost a year, {unit}", unit=money.unit or say("money")),
                "range": [min(xs) - pad, max(xs) + pad],
                "nticks": 6,
            },
            yaxis={"title": say("P90 turnaround, {unit}", unit=unit), "nticks": 7, "rangemode": "nonnegative"},
        )
    )
    return figure


def frontier_panel(points: Sequence[PlanPoint], limit_h: float | None, currency: str, confidence: str) -> Panel:
    """Cost against P90, base first in `points`."""
    base, others = points[0], list(points[1:])
    beaten = [p for p in others if p.p90_h < base.p90_h and p.cost <= base.cost]
    faster = [p for p in others if p.p90_h < base.p90_h]
    if beaten:
        best = min(beaten, key=lambda p: p.p90_h)
        title = say("{name} is faster and cheaper than the baseline", name=fmt.shorten(best.label, 40))
    elif faster:
        best = min(faster, key=lambda p: p.p90_h)
        gain, price = fmt.hours(base.p90_h - best.p90_h), fmt.money(best.cost - base.cost, currency)
        title = say("{name} buys {gain} for {price} a year", name=fmt.shorten(best.label, 40), gain=gain, price=price)
    else:
        title = say("No scenario is faster than the baseline")
    body = tuple(
        (p.label, fmt.money(p.cost, currency), fmt.hours(p.p90_h), say("yes") if p in frontier(points) else say("no"))
        for p in points
    )
    return Panel(
        name="frontier",
        title=title,
        subtitle=say(
            "Each point one scenario, bars: {confidence} CI; grey steps: plans that no other beats", confidence=confidence
        ),
        alt=say("Scatter of cost a year against P90 turnaround. {list}", list=" ".join(f"{b[0]}: {b[1]}, {b[2]}." for b in body)),
        figure=cost_against_p90(points, limit_h, currency),
        legend=(Legend(say("baseline"), c.BASE, "circle"), Legend(say("scenario"), c.BLUE, "square")),
        grid=Grid((say("Scenario"), say("Cost a year"), say("P90 turnaround"), say("Efficient")), body),
    )
