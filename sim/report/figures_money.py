"""Figures about money: what the year costs."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from sim.language import say
from sim.report import format as fmt
from sim.report import palette as c
from sim.report import titles
from sim.report.labels import cost_kind_label
from sim.report.panel import Grid, Panel, plot_text
from sim.report.read import RunResults


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
    names = [cost_kind_label(kinds[i]) for i in order]
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
