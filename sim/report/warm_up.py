"""What page and console say of the warm-up, and the Welch curves behind it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import plotly.graph_objects as go

from sim.language import say
from sim.report import format as fmt
from sim.report import palette as c
from sim.report.panel import Grid, Legend, Panel, plot_text
from sim.report.read import Columns, Floats, RunResults
from sim.report.warm_up_text import cut_text, label, title, warm_up_sentence

MOST_CURVES = 4
TOP = 2.5  # of the level after the warm-up
_MARKS = {"solid": "line", "dash": "dash", "dot": "dot", "dashdot": "dash", "longdash": "dash", "longdashdot": "dash"}


def welch_panel(run: RunResults) -> Panel | None:
    """Welch curves of the run's measures, each relative to its level after the warm-up, with the cut; None without series."""
    found: dict[str, Any] = run.summary.get("warm_up") or {}
    table = run.table("warmup")
    if not found or not table:
        return None
    cut = float(found["cut_h"]) / 24
    curves = [curve for m in _chosen(found) if (curve := _Curve.of(table, m, cut)) is not None]
    if not curves:
        return None
    rows = tuple((label(m), cut_text(entry), _level(table, m, cut)) for m, entry in found["measures"].items())
    wanted = found.get("wanted_h")
    figure = _figure(curves, cut, None if wanted is None else float(wanted) / 24)
    legend = [Legend(curve.name, c.SERIES[i], _MARKS[c.DASHES[i]]) for i, curve in enumerate(curves)]
    if wanted is not None and wanted != found["cut_h"]:
        legend.append(Legend(say("MSER-5 cuts here"), c.INK, "dash"))
    return Panel(
        name="warm-up",
        title=title(run),
        subtitle=say("Welch curves: moving averages of the mean of the replications, relative to the level after the warm-up"),
        alt=say("Moving averages from the start of the run. {warm_up}", warm_up=warm_up_sentence(run)),
        figure=figure,
        legend=tuple(legend),
        grid=Grid(
            (say("Measure"), say("MSER-5 cuts"), say("Level after the warm-up")),
            rows,
            say("The series are in {file}.", file="warmup.csv"),
        ),
        wide=True,
    )


def _chosen(found: dict[str, Any]) -> list[str]:
    """The measure that asks for the longest cut, then the others in their order."""
    names = list(found["measures"])
    first = [found["by"]] if found.get("by") in names else []
    return [*first, *(n for n in names if n not in first)][:MOST_CURVES]


class _Curve:
    """One measure, relative to its level after the warm-up."""

    def __init__(self, measure: str, days: Floats, share: Floats) -> None:
        self.name, self.days, self.share = label(measure), days, share

    @classmethod
    def of(cls, table: Columns, measure: str, cut_days: float) -> _Curve | None:
        rows = table.where(measure=measure)
        days, smooth = rows.numbers("day"), rows.numbers("welch")
        level = _mean(rows, cut_days, "welch")
        if not days.size or not level > 0:
            return None
        return cls(measure, days, smooth / level)


def _mean(rows: Columns, cut_days: float, column: str = "mean") -> float:
    values = rows.numbers(column)[rows.numbers("day") > cut_days]
    values = values[np.isfinite(values)]
    return float(values.mean()) if values.size else math.nan


def _level(table: Columns, measure: str, cut_days: float) -> str:
    level = _mean(table.where(measure=measure), cut_days)
    return fmt.number(level, fmt.decimals_for(level)) if math.isfinite(level) else fmt.MISSING


def _figure(curves: list[_Curve], cut_days: float, wanted_days: float | None) -> go.Figure:
    figure = go.Figure()
    for i, curve in enumerate(curves):
        known = np.isfinite(curve.share)
        days, share = curve.days[known], curve.share[known]
        figure.add_scatter(
            x=[float(f"{d:.5g}") for d in days],
            y=[float(f"{s:.4g}") for s in share],
            mode="lines",
            line={"color": c.SERIES[i], "width": 2, "dash": c.DASHES[i]},
            hovertext=[
                say("{measure}, day {day}: {share}", measure=plot_text(curve.name), day=f"{d:.0f}", share=fmt.percent(s))
                for d, s in zip(days, share, strict=True)
            ],
            hoverinfo="text",
        )
    if cut_days > 0:
        figure.add_shape(
            type="rect", x0=0, x1=cut_days, y0=0, y1=1, yref="paper", fillcolor=c.translucent(c.SLATE, 0.14), line={"width": 0},
            layer="below",
        )  # fmt: skip
        figure.add_annotation(
            x=0, y=1, yref="paper", xanchor="left", yanchor="top", text=f" {say('warm-up, not counted')}", showarrow=False,
            font={"color": c.MUTED, "size": 11},
        )  # fmt: skip
    if wanted_days is not None and wanted_days != cut_days:
        figure.add_shape(
            type="line", x0=wanted_days, x1=wanted_days, y0=0, y1=1, yref="paper",
            line={"color": c.INK, "width": 1.5, "dash": "dash"},
        )  # fmt: skip
    top = max(float(np.nanmax(curve.share)) for curve in curves)
    figure.update_layout(
        c.layout(
            320,
            xaxis={"title": say("Day of the run"), "rangemode": "tozero"},
            yaxis={
                "title": say("Relative to the level after the warm-up"),
                "range": [0, min(TOP, top * 1.08)],
                "tickformat": ".0%",
            },
        )
    )
    return figure
