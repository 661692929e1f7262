"""Figures about what is not known: shares of the variance, effects of uncertain inputs, gains of variance reduction."""

from __future__ import annotations

import math

import numpy as np
import plotly.graph_objects as go

from sim.language import say
from sim.report import format as fmt
from sim.report import palette as c
from sim.report.labels import full_label
from sim.report.panel import Grid, Legend, Panel, plot_text
from sim.report.precision import LEAST_GAIN, adjusted, leading, lower, times, value_in
from sim.report.read import Columns, Measure, RunResults

MOST_INPUTS = 12
_SURE = 0.05  # an effect with a larger p-value is drawn as background


def precision_panels(run: RunResults) -> list[Panel | None]:
    """The panels of the section on precision; None for those without data."""
    return [variance_panel(run), inputs_panel(run), gain_panel(run)]


def variance_panel(run: RunResults) -> Panel | None:
    """Input and sampling variance of the headline measures; None unless draws of the inputs are repeated."""
    rows = leading(run, run.table("variance"), "input_share")
    if not rows:
        return None
    labels = [full_label(measure) for measure, _ in rows]
    shares = np.array([value_in(row, "input_share") for _, row in rows])
    low, high = (np.array([value_in(row, name) for _, row in rows]) for name in ("share_low", "share_high"))
    first = rows[0][1]
    blocks, per_block = (int(value_in(first, name)) for name in ("blocks", "per_block"))
    body = tuple(
        (label, fmt.percent(float(s)), _span(float(a), float(b)), fmt.percent(float(1 - s)), str(int(value_in(row, "blocks"))))
        for label, s, a, b, (_, row) in zip(labels, shares, low, high, rows, strict=True)
    )
    return Panel(
        name="variance",
        title=_variance_title([measure for measure, _ in rows], shares, low, high),
        subtitle=say(
            "Shares of the variance between replications, from {blocks} draws of the inputs, {n} replications each",
            blocks=blocks,
            n=per_block,
        ),
        alt=say("Bars of the share of input variance: {list}.", list=", ".join(f"{row[0]} {row[1]}" for row in body)),
        figure=_share_bars(labels, shares, low, high),
        legend=(Legend(say("inputs (line: interval)"), c.BLUE), Legend(say("sampling"), c.QUIET)),
        grid=Grid((say("Measure"), say("Input share"), say("Interval"), say("Sampling share"), say("Draws")), body),
    )


def _variance_title(measures: list[Measure], shares: np.ndarray, low: np.ndarray, high: np.ndarray) -> str:
    """The first measure whose share of input variance is surely above 0; that none is, where none is."""
    for measure, share, a, b in zip(measures, shares, low, high, strict=True):
        if a > 0:
            return say(
                "Uncertain inputs make {share} ({span}) of the variance of {measure}",
                share=fmt.percent(float(share)),
                span=_span(float(a), float(b)),
                measure=lower(measure),
            )
    return say("For no measure is it shown yet that uncertain inputs add to its variance")


def _span(low: float, high: float) -> str:
    if not (math.isfinite(low) and math.isfinite(high)):
        return fmt.MISSING
    return f"{fmt.number(100 * low)}{fmt.EN_DASH}{fmt.with_unit(fmt.number(100 * high), '%')}"


def _share_bars(labels: list[str], shares: np.ndarray, low: np.ndarray, high: np.ndarray) -> go.Figure:
    figure = go.Figure()
    names = [plot_text(fmt.shorten(label, 30)) for label in labels]
    figure.add_bar(
        y=names,
        x=[float(f"{100 * s:.5g}") for s in shares],
        orientation="h",
        marker={"color": c.BLUE},
        hovertext=[
            say("{name}: {share} by inputs", name=plot_text(n), share=fmt.percent(float(s)))
            for n, s in zip(labels, shares, strict=True)
        ],
        hoverinfo="text",
    )
    figure.add_bar(
        y=names,
        x=[float(f"{100 * (1 - s):.5g}") for s in shares],
        orientation="h",
        marker={"color": c.QUIET},
        hoverinfo="skip",
    )
    figure.add_scatter(  # over both bars
        y=names,
        x=[float(f"{100 * s:.5g}") for s in shares],
        mode="markers",
        marker={"size": 1, "color": c.INK},
        error_x={
            "type": "data",
            "array": [float(f"{100 * v:.5g}") for v in np.nan_to_num(high - shares)],
            "arrayminus": [float(f"{100 * v:.5g}") for v in np.nan_to_num(shares - low)],
            "color": c.INK,
            "thickness": 1.5,
        },
        hoverinfo="skip",
    )
    figure.update_layout(
        c.layout(
            60 + 30 * len(labels),
            barmode="stack",
            xaxis={"title": say("share of the variance [%]"), "range": [0, 101], "nticks": 6},
            yaxis={"autorange": "reversed", "gridcolor": "rgba(0,0,0,0)"},
        )
    )
    return figure


def inputs_panel(run: RunResults) -> Panel | None:
    """The uncertain inputs and how each goes with the leading measure; None without any."""
    inputs = run.table("inputs")
    if not inputs:
        return None
    names, told, units = inputs.text("input"), inputs.text("distribution"), inputs.text("unit")
    spread = [[f"{v:.4g}" for v in inputs.numbers(column)] for column in ("mean", "p05", "p95")]
    first = leading(run, run.table("input_effects"), "spearman")
    measure = first[0][0] if first else None
    rows = run.table("input_effects").where(kpi=measure.kpi, group=measure.group) if measure is not None else Columns()
    effect = dict(zip(rows.text("input"), zip(*(rows.numbers(x) for x in _EFFECT), strict=True), strict=True))
    empty = (math.nan,) * 3
    body = []
    for i, name in enumerate(names):
        rho, p, slope = effect.get(name, empty)
        mean, least, most = (column[i] for column in spread)
        span = fmt.with_unit(say("{a} to {b}", a=least, b=most), units[i])
        body.append((name, told[i], fmt.with_unit(mean, units[i]), span, _two(rho), _p(p), _two(slope)))
    head = (
        say("Input"), say("Distribution"), say("Mean"), say("5 % to 95 %"), say("Rank correlation"), say("p-value"),
        say("Standardised regression"),
    )  # fmt: skip
    grid = Grid(head, tuple(body), say("Correlation and regression are with the means over the replications of each draw."))
    if measure is None:
        return Panel("inputs", say("Uncertain inputs"), "", "", grid=grid, open_grid=True, wide=True)
    order = sorted((n for n in names if math.isfinite(effect.get(n, empty)[0])), key=lambda n: -abs(effect[n][0]))[:MOST_INPUTS]
    values = [(n, float(effect[n][0]), float(effect[n][1])) for n in order]
    told_measure = lower(measure)
    if len(order) > 1:
        title = say("{input} goes most with {measure}", input=order[0], measure=told_measure)
    elif order:
        title = say("{input} and {measure}", input=order[0], measure=told_measure)
    else:
        title = say("Uncertain inputs")
    return Panel(
        name="inputs",
        title=title,
        subtitle=say("Rank correlation of each uncertain input with {measure}", measure=told_measure),
        alt=say("Bars of rank correlation: {list}.", list=", ".join(f"{n} {_two(v)}" for n, v, _ in values)),
        figure=_effect_bars(values),
        legend=(Legend(say("p-value up to {p}", p=f"{_SURE:g}"), c.BLUE), Legend(say("not told from none"), c.QUIET)),
        grid=grid,
    )


_EFFECT = ("spearman", "p_value", "coefficient")


def _two(value: float) -> str:
    return fmt.number(float(value), 2) if math.isfinite(value) else fmt.MISSING


def _p(value: float) -> str:
    if not math.isfinite(value):
        return fmt.MISSING
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _effect_bars(values: list[tuple[str, float, float]]) -> go.Figure:
    figure = go.Figure()
    figure.add_bar(
        y=[plot_text(fmt.shorten(name, 34)) for name, _, _ in values],
        x=[float(f"{v:.4g}") for _, v, _ in values],
        orientation="h",
        marker={"color": [c.BLUE if p <= _SURE else c.QUIET for _, _, p in values]},
        text=[_two(v) for _, v, _ in values],
        textposition="outside",
        textfont={"color": c.INK},
        cliponaxis=False,
        hovertext=[f"{plot_text(n)}: {_two(v)}" for n, v, _ in values],
        hoverinfo="text",
    )
    figure.update_layout(
        c.layout(
            60 + 30 * len(values),
            xaxis={"title": say("rank correlation"), "range": [-1.2, 1.2], "nticks": 6},
            yaxis={"autorange": "reversed", "gridcolor": "rgba(0,0,0,0)"},
        )
    )
    return figure


def gain_panel(run: RunResults) -> Panel | None:
    """What antithetic pairs and control variates gained, as a table; None without either."""
    pairs = {(m.kpi, m.group): row for m, row in leading(run, run.table("antithetic"), "gain")}
    controls = {(m.kpi, m.group): row for m, row in leading(run, run.table("controls"), "gain")}
    measures = [m for key in dict.fromkeys((*pairs, *controls)) if (m := run.measure(*key)) is not None]
    if not measures:
        return None
    head: tuple[str, ...] = (say("Measure"),)
    head += (say("Correlation within pairs"), say("Gain of pairs")) if pairs else ()
    head += (say("Adjusted mean"), say("Interval"), say("Controls"), say("Gain of controls")) if controls else ()
    body = []
    for measure in measures:
        pair, control = pairs.get((measure.kpi, measure.group)), controls.get((measure.kpi, measure.group))
        cells = [full_label(measure)]
        if pairs:
            cells += [_two(value_in(pair, "correlation")), times(value_in(pair, "gain"))] if pair else [fmt.MISSING] * 2
        if controls:
            cells += (
                [*adjusted(run, measure, control), control.text("controls")[0], times(value_in(control, "gain"))]
                if control
                else [fmt.MISSING] * 4
            )
        body.append(tuple(cells))
    lead = measures[0]
    own = [value_in(found[lead.kpi, lead.group], "gain") for found in (pairs, controls) if (lead.kpi, lead.group) in found]
    if max(own) >= LEAST_GAIN:
        title = say("{measure}: {times} less variance", measure=full_label(lead), times=times(max(own)))
    else:
        title = say("{measure}: no variance reduction reached", measure=full_label(lead))
    return Panel(
        name="gains",
        title=title,
        subtitle=say("Gain: variance with as many independent replications over that reached"),
        alt="",
        grid=Grid(head, tuple(body), say("The plain estimates stay in all other tables.")),
        open_grid=True,
        wide=True,
    )
