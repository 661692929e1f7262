"""Figures of a sweep: cost against a measure, tornado, main effects, Sobol indices, maps, metamodel against simulation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from sim.analysis.axes import Axis
from sim.language import say
from sim.report import format as fmt
from sim.report import palette as c
from sim.report.figures_frontier import draw_edge, draw_level
from sim.report.judged import Look
from sim.report.panel import plot_text

_LIGHT, _DARK = "#eef4f9", "#004a75"
MOST_CELLS_WITH_TEXT = 64


def tornado_bars(
    factors: Sequence[str],
    ends: Sequence[tuple[str, str]],
    effects: Sequence[tuple[float, float]],
    widths: Sequence[tuple[float, float]],
    axis: str,
) -> go.Figure:
    """For each factor two bars from zero: the effect of its low and of its high end, with intervals.

    Parameters
    ----------
    factors
        Names, the longest bar first.
    ends
        Labels of the two ends.
    effects, widths
        Differences at the two ends and their half widths (0: none), in shown units.
    axis
        Title of the axis of differences.
    """
    figure = go.Figure()
    names = [plot_text(fmt.shorten(name, 22)) + "\u200b" * i for i, name in enumerate(factors)]
    lowest = float((np.array(effects) - np.array(widths)).min())
    highest = float((np.array(effects) + np.array(widths)).max())
    reach = (max(highest, 0.0) - min(lowest, 0.0)) / 2 or 1.0
    longest = max((len(fmt.shorten(e, 14)) for pair in ends for e in pair), default=0)
    room = reach * (0.3 + 0.07 * max(0, longest - 5))  # for the names of the ends
    for side, (word, colour) in enumerate((("low", c.SKY), ("high", c.BLUE))):
        figure.add_bar(
            y=names,
            x=[float(f"{e[side]:.5g}") for e in effects],
            orientation="h",
            marker={"color": colour, "pattern": {"shape": "/" if side == 0 else "", "fillmode": "overlay", "fgcolor": c.SURFACE}},
            offsetgroup=word,
            error_x={
                "type": "data",
                "array": [float(f"{w[side]:.4g}") for w in widths],
                "color": c.BASE,
                "thickness": 1.4,
                "width": 4,
                "visible": any(w[side] > 0 for w in widths),
            },
            hovertext=[
                f"{plot_text(f)} = {plot_text(e[side])}: {_change(v[side], w[side])}"
                for f, e, v, w in zip(factors, ends, effects, widths, strict=True)
            ],
            hoverinfo="text",
        )
        for name, end, value, width in zip(names, ends, effects, widths, strict=True):
            side_of = 1 if value[side] > 0 or (value[side] == 0 and side == 1) else -1
            figure.add_annotation(
                x=value[side] + side_of * (width[side] + 0.02 * reach),
                y=name,
                yshift=-11 if side == 1 else 11,
                text=plot_text(fmt.shorten(end[side], 14)),
                showarrow=False,
                xanchor="left" if side_of > 0 else "right",
                font={"color": c.INK, "size": 11},
            )
    figure.add_shape(type="line", x0=0, x1=0, y0=0, y1=1, yref="paper", line={"color": c.BASE, "width": 1})
    figure.update_layout(
        c.layout(
            70 + 52 * max(2, len(factors)),
            xaxis={"title": axis, "range": [min(lowest, 0.0) - room, max(highest, 0.0) + room], "nticks": 6},
            yaxis={"autorange": "reversed", "type": "category", "gridcolor": "rgba(0,0,0,0)"},
            barmode="group",
        )
    )
    return figure


def _change(value: float, half_width: float) -> str:
    return fmt.number(value, fmt.decimals_for(value, half_width or None), signed=True)


def effect_line(
    labels: Sequence[str], values: Sequence[float], widths: Sequence[float], axis: Axis, title: str, reach: float
) -> go.Figure:
    """Effect of one factor over its levels with intervals; a line where the levels have an order."""
    figure = go.Figure()
    figure.add_shape(type="line", x0=0, x1=1, xref="paper", y0=0, y1=0, line={"color": c.BASE, "width": 1})
    figure.add_scatter(
        x=[plot_text(label) for label in labels],
        y=[float(f"{v:.5g}") for v in values],
        mode="markers" if axis.categories else "lines+markers",
        marker={"size": 9, "color": c.BLUE},
        line={"color": c.BLUE, "width": 2},
        error_y={
            "type": "data",
            "array": [float(f"{w:.4g}") for w in widths],
            "color": c.BASE,
            "thickness": 1.4,
            "width": 4,
            "visible": any(w > 0 for w in widths),
        },
        hoverinfo="x+y",
    )
    figure.update_layout(
        c.layout(
            230,
            xaxis={"title": plot_text(axis.title), "type": "category", "gridcolor": "rgba(0,0,0,0)"},
            yaxis={"title": title, "range": [-reach, reach], "nticks": 6},
        )
    )
    return figure


def index_bars(indices: Sequence[dict[str, Any]]) -> go.Figure:
    """First-order and total index of each factor with bootstrap intervals."""
    figure = go.Figure()
    names = [plot_text(fmt.shorten(i["factor"], 22)) + "\u200b" * n for n, i in enumerate(indices)]
    for key, word, colour in (("total", say("sweep||total"), c.QUIET), ("first", say("sweep||alone"), c.BLUE)):
        values = [max(0.0, i[key]) for i in indices]
        ends = [(i[f"{key}_low"], i[f"{key}_high"]) for i in indices]
        above = [max(0.0, end - v) if end is not None else 0.0 for (_, end), v in zip(ends, values, strict=True)]
        below = [max(0.0, v - max(0.0, end)) if end is not None else 0.0 for (end, _), v in zip(ends, values, strict=True)]
        figure.add_bar(
            y=names,
            x=[round(100 * v, 2) for v in values],
            orientation="h",
            offsetgroup=key,
            marker={"color": colour},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [round(100 * a, 2) for a in above],
                "arrayminus": [round(100 * b, 2) for b in below],
                "color": c.BASE,
                "thickness": 1.4,
                "width": 4,
                "visible": any(a > 0 or b > 0 for a, b in zip(above, below, strict=True)),
            },
            hovertext=[plot_text(f"{i['factor']}, {word}: {fmt.percent(v)}") for i, v in zip(indices, values, strict=True)],
            hoverinfo="text",
        )
    figure.update_layout(
        c.layout(
            70 + 48 * max(2, len(indices)),
            xaxis={"title": say("Share of the variance, %"), "rangemode": "tozero", "nticks": 6},
            yaxis={"autorange": "reversed", "type": "category", "gridcolor": "rgba(0,0,0,0)"},
            barmode="group",
        )
    )
    return figure


def map_decimals(z: Sequence[Sequence[float]]) -> int:
    """Decimals that tell the cells of a map apart: two digits of their spread."""
    spread = float(np.nanmax(z) - np.nanmin(z))
    return max(0, min(4, 1 - int(np.floor(np.log10(spread))))) if spread > 0 else 1


def heat_map(x: Sequence[str], y: Sequence[str], z: Sequence[Sequence[float]], titles: tuple[str, str], unit: str) -> go.Figure:
    """Two factors and a measure as colour, with its value in each cell where there is room.

    Parameters
    ----------
    x, y
        Labels of the levels, ascending.
    z
        Values in shown units, a row a level of y.
    titles
        Of the two axes.
    unit
        Of the values, for the hover text.
    """
    flat = np.asarray(z, np.float64)
    decimals = map_decimals(z)
    texts = [[fmt.number(v, decimals) for v in line] for line in z]
    few = flat.size <= MOST_CELLS_WITH_TEXT and len(x) <= 9
    figure = go.Figure()
    figure.add_heatmap(
        x=[plot_text(label) for label in x],
        y=[plot_text(label) for label in y],
        z=[[float(f"{v:.5g}") for v in line] for line in z],
        text=texts,
        texttemplate="%{text}" if few else None,
        colorscale=[[0, _LIGHT], [0.5, "#6fa8cf"], [1, _DARK]],
        showscale=not few,
        colorbar={"thickness": 12, "outlinewidth": 0, "tickfont": {"color": c.INK, "size": 11}},
        xgap=1,
        ygap=1,
        hovertemplate=f"%{{x}}, %{{y}}: %{{text}} {plot_text(unit)}<extra></extra>",
    )
    figure.update_layout(
        c.layout(
            max(230, min(420, 110 + 34 * len(y))),
            xaxis={"title": plot_text(titles[0]), "type": "category", "gridcolor": "rgba(0,0,0,0)"},
            yaxis={"title": plot_text(titles[1]), "type": "category", "gridcolor": "rgba(0,0,0,0)"},
        )
    )
    return figure


def predicted_against_simulated(
    simulated: Sequence[float], predicted: Sequence[float], widths: Sequence[float], labels: Sequence[str], unit: str
) -> go.Figure:
    """Each point predicted from all others against its simulated mean; the diagonal is a perfect prediction."""
    figure = go.Figure()
    low, high = min(*simulated, *predicted), max(*simulated, *predicted)
    pad = 0.05 * (high - low) or 1.0
    ends = [low - pad, high + pad]
    figure.add_scatter(x=ends, y=ends, mode="lines", line={"color": c.BASE, "width": 1, "dash": "dash"}, hoverinfo="skip")
    figure.add_scatter(
        x=[float(f"{v:.5g}") for v in simulated],
        y=[float(f"{v:.5g}") for v in predicted],
        mode="markers",
        marker={"size": 7, "color": c.BLUE, "opacity": 0.75},
        error_x={
            "type": "data",
            "array": [float(f"{w:.4g}") for w in widths],
            "color": c.QUIET,
            "thickness": 1,
            "width": 0,
            "visible": any(w > 0 for w in widths),
        },
        hovertext=[plot_text(label) for label in labels],
        hoverinfo="text",
    )
    figure.update_layout(
        c.layout(
            300,
            xaxis={
                "title": say("sweep||Simulated, {unit}", unit=unit) if unit else say("sweep||Simulated"),
                "range": ends,
                "nticks": 6,
            },
            yaxis={
                "title": say("sweep||Predicted, {unit}", unit=unit) if unit else say("sweep||Predicted"),
                "range": ends,
                "nticks": 6,
            },
        )
    )
    return figure


def cost_scatter(
    points: Sequence[tuple[float, float, float]],
    edge: Sequence[int],
    looks: Sequence[Look | None],
    texts: Sequence[str],
    titles: tuple[str, str],
    limits: Mapping[str, float],
) -> go.Figure:
    """Cost against a measure, each point one plan; grey steps join those that no other beats.

    Parameters
    ----------
    points
        Cost, value and half width (0: none), in shown units.
    edge
        Positions of the plans that no other beats, cheapest first.
    looks
        How each is drawn, by its verdict; None without targets.
    texts
        For hovering.
    titles
        Of the two axes.
    limits
        Target of the measure, in shown units: 'max', 'min'.
    """
    figure = go.Figure()
    draw_edge(figure, *([float(f"{points[i][axis]:.6g}") for i in edge] for axis in (0, 1)))
    figure.add_scatter(
        x=[float(f"{p[0]:.6g}") for p in points],
        y=[float(f"{p[1]:.6g}") for p in points],
        mode="markers",
        marker={
            "color": [look.colour if look else c.BLUE for look in looks],
            "symbol": [look.symbol if look else "circle" for look in looks],
            "size": [look.size if look else 9 for look in looks],
            "opacity": 0.85 if len(points) <= 400 else 0.55,
        },
        error_y={
            "type": "data",
            "array": [float(f"{p[2]:.4g}") for p in points],
            "color": c.QUIET,
            "thickness": 1,
            "width": 0,
            "visible": any(p[2] > 0 for p in points),
        },
        hovertext=[plot_text(text) for text in texts],
        hoverinfo="text",
    )
    for side, limit in limits.items():
        value = fmt.number(limit, fmt.set_decimals(limit))
        text = say("sweep||limit {value}", value=value) if side == "max" else say("sweep||at least {value}", value=value)
        draw_level(figure, limit, plot_text(text))
    figure.update_layout(
        c.layout(
            330,
            margin={"t": 20},
            xaxis={"title": plot_text(titles[0]), "nticks": 6},
            yaxis={"title": plot_text(titles[1]), "nticks": 6},
        )
    )
    return figure
