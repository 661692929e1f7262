"""The figures of docs/performance.html. Ours is blue, everybody else grey; every mark carries its number."""

from __future__ import annotations

import math
from typing import Any

import plotly.graph_objects as go

from benchmarks.peers import CASES
from benchmarks.summary import Case, Spread, of_runs, rates
from benchmarks.year import PHASES
from sim.report.palette import BASE, BLUE, GREEN, INK, MUTED, ORANGE, PINK, QUIET, SKY, SURFACE, VERMILLION, layout

_PHASE_COLOURS = dict(zip(PHASES, (SKY, GREEN, BLUE, ORANGE, PINK, VERMILLION), strict=True))
_OURS = {"ours": BLUE, "events": SKY, "pure": SKY}
_LOW_SHARE = 0.06  # of the width: a shorter piece of a bar has no room for its number


def peers(case: Case, name: str, bound: float) -> go.Figure:
    """Customers per second of all contenders on a logarithmic axis, with the target as a line."""
    shown = [c for c in CASES[name] if c.name in case["runs"]][::-1]
    found = [rates(case, c.name) for c in shown]
    simpy = rates(case, "simpy").median
    figure = go.Figure()
    figure.add_scatter(
        x=[f.median for f in found],
        y=[c.title for c in shown],
        mode="markers",
        marker={"size": 13, "color": [_OURS.get(c.name, BASE) for c in shown], "symbol": [_symbol(c.name) for c in shown]},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [f.high - f.median for f in found],
            "arrayminus": [f.median - f.low for f in found],
            "color": MUTED,
            "thickness": 1.5,
            "width": 4,
        },
        hovertemplate="%{y}: %{x:,.0f} a second<extra></extra>",
    )
    for factor, words in ((bound, f"target {bound:g} ×"), (1.0, "SimPy")):
        figure.add_vline(x=simpy * factor, line={"color": MUTED, "dash": "dot", "width": 1})
        figure.add_annotation(
            x=_log10(simpy * factor), y=1, yref="paper", yanchor="bottom",
            text=words, showarrow=False, font={"color": MUTED, "size": 11},
        )  # fmt: skip
    for contender, rate in zip(shown, found, strict=True):
        figure.add_annotation(
            x=_log10(rate.high), y=contender.title, text=f"{_short(rate.median)} a second, {_times(rate.median / simpy)}",
            xanchor="left", xshift=11, showarrow=False, bgcolor=SURFACE, font={"color": INK, "size": 12},
        )  # fmt: skip
    low, high = _log10(min(f.low for f in found)), _log10(max(f.high for f in found))
    span = max(high, _log10(simpy * bound)) - low
    reach = [low - span / 20, low + 1.4 * span]
    figure.update_layout(
        layout(
            70 + 38 * len(shown),
            margin={"t": 26},
            xaxis={
                "type": "log",
                "range": reach,
                **_ticks(reach, (1,) if span > 1.5 else (1, 2, 5)),
                "title": "customers per second",
            },
            yaxis={"range": [-0.6, len(shown) - 0.4], "showgrid": False},
        )
    )
    return figure


def _ticks(reach: list[float], leads: tuple[int, ...]) -> dict[str, Any]:
    """Ticks of a logarithmic axis at 1, 2, 5 ... times powers of ten, written out."""
    powers = range(math.floor(reach[0]), math.ceil(reach[1]) + 1)
    values = [lead * 10.0**power for power in powers for lead in leads if reach[0] <= _log10(lead * 10.0**power) <= reach[1]]
    return {"tickvals": values, "ticktext": [f"{v / 1e6:g} million" if v >= 1e6 else f"{v:,.0f}" for v in values]}


def _symbol(name: str) -> str:
    return "circle" if name == "ours" else "diamond" if name in ("events", "pure") else "square" if name == "c" else "circle-open"


def _short(value: float) -> str:
    if value >= 1e6:
        return f"{value / 1e6:.3g} million"
    return f"{value / 1e3:.3g} thousand" if value >= 1e4 else f"{value:,.0f}"


def _times(ratio: float) -> str:
    return f"{ratio:,.0f} ×" if ratio >= 10 else f"{ratio:.2g} ×"


def _log10(value: float) -> float:
    return math.log10(value)


def year(case: Case) -> go.Figure:
    """Wall time of HP China's year by phase."""
    names = [n for n in ("pure", "ours") if case["runs"].get(n)]
    titles = {"ours": "compiled", "pure": "pure Python"}
    bounds = {"ours": 90, "pure": 200}
    figure = go.Figure()
    whole = max(of_runs(case, n, "all", "wall_s").median for n in names)
    top = max(whole, *(bounds[n] for n in names)) * 1.12
    for phase in PHASES:
        seconds = [of_runs(case, n, "phases", phase, "wall_s").median for n in names]
        figure.add_bar(
            x=seconds,
            y=[titles[n] for n in names],
            orientation="h",
            name=phase,
            marker={"color": _PHASE_COLOURS[phase], "line": {"color": "#fefefe", "width": 1}},
            text=[f"{phase} {s:.0f} s" if s > _LOW_SHARE * top else "" for s in seconds],
            textposition="inside",
            insidetextanchor="middle",
            insidetextfont={"color": "#fefefe" if phase == "simulate" else "#1f2933", "size": 12},
            hovertemplate=f"{phase}: %{{x:.1f}} s<extra></extra>",
        )
    for i, n in enumerate(names):
        phases = {p: of_runs(case, n, "phases", p, "wall_s").median for p in PHASES}
        small = ", ".join(f"{p} {s:.1f} s" for p, s in phases.items() if s <= _LOW_SHARE * top)
        words = f"{titles[n]}: {of_runs(case, n, 'all', 'wall_s').median:.0f} s in all, target {bounds[n]} s without the report"
        figure.add_annotation(
            x=0, y=i - 0.42, xanchor="left", yanchor="top", showarrow=False, font={"color": MUTED, "size": 12},
            text=words + (f"; {small}" if small else ""),
        )  # fmt: skip
        line = {"color": INK, "dash": "dot", "width": 2}
        figure.add_shape(type="line", x0=bounds[n], x1=bounds[n], y0=i - 0.42, y1=i + 0.42, line=line)
    figure.update_layout(
        layout(
            70 + 95 * len(names),
            barmode="stack",
            bargap=0.5,
            xaxis={"range": [0, top], "title": "seconds of wall time"},
            yaxis={"range": [-0.85, len(names) - 0.5], "showgrid": False},
        )
    )
    return figure


def sites(case: Case) -> go.Figure:
    """Processor time against the number of sites."""
    counts = sorted(case["runs"], key=int)
    figure = go.Figure()
    series = (("all", "all", BASE, "square"), ("simulate", "simulation", BLUE, "circle"), ("load", "load", ORANGE, "triangle-up"))
    for phase, words, colour, symbol in series:
        found = [of_runs(case, n, phase, "cpu_s") for n in counts]
        _line(figure, [int(n) for n in counts], found, words, colour, symbol, "s")
    figure.update_layout(
        layout(
            330,
            xaxis={"type": "log", "range": [0.8, 4.9], "title": "sites", **_ticks([1, 4], (1,))},
            yaxis={"rangemode": "tozero", "title": "seconds of processor time"},
        )
    )
    return figure


def many(case: Case) -> go.Figure:
    """Peak memory against the number of replications."""
    counts = sorted(case["memory"], key=int)
    figure = go.Figure()
    series = (("parent_mib", "parent", BLUE, "circle"), ("worker_mib", "largest worker", BASE, "square"))
    for who, words, colour, symbol in series:
        found = [Spread.of([case["memory"][n][who]]) for n in counts]
        _line(figure, [int(n) for n in counts], found, words, colour, symbol, "MiB")
    figure.update_layout(
        layout(
            280,
            xaxis={"type": "log", "range": [0.8, 3.6], "title": "replications", **_ticks([1, 3], (1,))},
            yaxis={"rangemode": "tozero", "title": "peak memory, MiB"},
        )
    )
    return figure


def _line(figure: go.Figure, x: list[int], found: list[Spread], words: str, colour: str, symbol: str, unit: str) -> None:
    figure.add_scatter(
        x=x,
        y=[f.median for f in found],
        mode="lines+markers+text",
        line={"color": colour, "width": 2},
        marker={"size": 9, "symbol": symbol},
        text=[f"{f.median:.3g}" for f in found[:-1]] + [""],
        textposition="top center",
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [f.high - f.median for f in found],
            "arrayminus": [f.median - f.low for f in found],
            "color": QUIET,
            "width": 4,
        },
        hovertemplate=f"{words}, %{{x:,}}: %{{y:.3g}} {unit}<extra></extra>",
    )
    figure.add_annotation(
        x=_log10(x[-1]), y=found[-1].median, text=f"{words} {found[-1].median:.3g} {unit}", xanchor="left", xshift=10,
        showarrow=False, font={"color": colour if colour != ORANGE else "#8a5f00", "size": 13},
    )  # fmt: skip


def commands(case: Case) -> go.Figure:
    """Wall time of the commands in terms of their targets."""
    bounds = {"report": 10.0, "validate": 3.0, "help": 0.3}
    titles = {"help": "--help", "validate": "validate HP China", "report": "report of HP China"}
    found = {name: Spread.of(case["runs"][name]) for name in bounds}
    figure: Any = go.Figure()
    figure.add_bar(
        x=[100 * found[n].median / bounds[n] for n in bounds],
        y=[titles[n] for n in bounds],
        orientation="h",
        marker={"color": BLUE},
        text=[f"{found[n].median:.2f} s of {bounds[n]:g} s" for n in bounds],
        textposition="outside",
        textfont={"color": INK, "size": 12},
        cliponaxis=False,
        hovertemplate="%{y}: %{x:.0f} % of the target<extra></extra>",
    )
    figure.add_vline(x=100, line={"color": INK, "dash": "dot", "width": 2})
    top = max(125.0, *(130 * found[n].median / bounds[n] for n in bounds))
    axis = {"range": [0, top], "title": "% of the target"}
    figure.update_layout(layout(190, bargap=0.45, xaxis=axis, yaxis={"showgrid": False}))
    return figure
