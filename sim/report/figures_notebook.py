"""Figures for notebooks: those of the report with title and legend drawn into them, and the differences of a comparison."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

import plotly.graph_objects as go

from sim.analysis.kpis import HEADLINES
from sim.errors import UsageError
from sim.language import say, term
from sim.report import format as fmt
from sim.report import palette as c
from sim.report import text
from sim.report.contrast import Contrast, Difference
from sim.report.labels import better, full_label
from sim.report.panel import Legend, Panel, plot_text
from sim.report.read import Measure, RunResults

_WIDTH = 100  # characters of a title's line
_LINE_PX, _ROW_PX = 19, 26
_MOST = 1.0  # relative differences beyond are written at the edge, so that they do not squeeze the others
_MARKS = {
    "square": "■",
    "hatch": "▨",
    "circle": "●",
    "hollow": "○",
    "diamond": "◆",
    "diamond-hollow": "◇",
    "triangle": "▲",
    "dash": "╌",
    "dot": "┈",
    "line": "━",
}
# what a difference is -> colour, Plotly's symbol, mark and words of the legend
_LOOKS = {
    "better": (c.BLUE, "circle", "circle", term("figure||better")),
    "worse": (c.VERMILLION, "diamond", "diamond", term("figure||worse")),
    "differs": (c.ORANGE, "square", "square", term("differs, neither way is better")),
    "not shown": (c.SLATE, "circle-open", "hollow", term("not shown: the interval holds zero")),
}


def standing_alone(panel: Panel, width_px: int = 900) -> go.Figure:
    """A panel's figure with what the page writes around it, for a width."""
    figure = go.Figure(panel.figure.to_dict())  # a copy: the panel's own stays as it is
    return headed(figure, panel.title, panel.subtitle, panel.legend, max(30, width_px * _WIDTH // 900))


def wrapped(text: str, width: int, most: int = 3) -> list[str]:
    """A text in lines of a width in letters, Chinese ones counting twice; at most so many lines."""
    lines, line, used = [], "", 0
    for word in re.findall(r"[\u2e80-\uffff]|[^ \n\t\u2e80-\uffff]+[ \n\t]*|[ \n\t]+", text):
        for piece in textwrap.wrap(word, width, drop_whitespace=False) or [word]:
            long = sum(2 if letter >= "\u2e80" else 1 for letter in piece)
            if line.strip() and used + len(piece.rstrip()) > width:
                lines.append(line.rstrip())
                line, used = "", 0
            line, used = line + piece, used + long
    lines += [line.rstrip()] if line.strip() else []
    return lines if len(lines) <= most else [*lines[: most - 1], lines[most - 1][: width - 1].rstrip() + "\u2026"]


def headed(figure: go.Figure, title: str, subtitle: str, legend: Sequence[Legend], width: int = _WIDTH) -> go.Figure:
    """Write title, subtitle and legend above a figure, and give it a ground of its own, whatever the notebook's."""
    lines = [f"<b>{plot_text(line)}</b>" for line in wrapped(title, width)]
    lines += [plot_text(line) for line in wrapped(subtitle, width + width // 7)]
    length = 0
    row: list[str] = []
    for entry in legend:
        long = sum(2 if letter >= "\u2e80" else 1 for letter in entry.label) + 4
        length += long
        if row and length > width:
            lines.append("   ".join(row))
            row, length = [], long
        row.append(f'<span style="color:{entry.colour}">{_MARKS.get(entry.mark, "■")}</span> {plot_text(entry.label)}')
    lines += ["   ".join(row)] if row else []
    above = len(lines) * _LINE_PX + 20
    layout = figure.layout
    top = layout.margin.t or 8
    figure.update_layout(
        title={
            "text": "<br>".join(lines),
            "font": {"size": 13, "color": c.INK, "family": c.FONT},
            "x": 0.01,
            "xanchor": "left",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "pad": {"t": 14},
        },
        margin={"t": top + above},
        height=(layout.height or 300) + above,
        paper_bgcolor=c.SURFACE,
    )
    return figure


def differences_figure(base: RunResults, named: Sequence[tuple[str, Contrast]]) -> go.Figure:
    """Relative paired differences of the headline measures, one row each.

    Parameters
    ----------
    base
        The baseline's results.
    named
        Display name and differences of each scenario.

    Raises
    ------
    UsageError
        If no headline measure has a baseline other than zero.
    """
    rows: list[tuple[str, Difference]] = []
    for kpi in HEADLINES:
        for name, contrast in named:
            found = contrast.of(kpi)
            if found is not None and found.base != 0:
                label = full_label(Measure(kpi, "all", found.unit, 0, found.base, None))
                rows.append((f"{label} · {name}" if len(named) > 1 else label, found))
    if not rows:
        raise UsageError(say("no headline measure can be compared: every one is zero in the baseline"))
    figure = go.Figure()
    seen = []
    kinds = [_kind(found) for _, found in rows]
    for kind, (colour, symbol, mark, words) in _LOOKS.items():
        chosen = [i for i, k in enumerate(kinds) if k == kind]
        if not chosen:
            continue
        words = say(words)
        seen.append(Legend(words, colour, mark))
        parts = [rows[i][1] for i in chosen]
        shares = [p.difference / abs(p.base) for p in parts]
        widths = [(p.half_width or 0.0) / abs(p.base) if abs(s) < _MOST else 0.0 for p, s in zip(parts, shares, strict=True)]
        for i, share in zip(chosen, shares, strict=True):
            if abs(share) >= _MOST:
                _beyond(figure, len(rows) - 1 - i, share)
        figure.add_trace(
            go.Scatter(
                x=[min(max(share, -_MOST), _MOST) for share in shares],
                y=[len(rows) - 1 - i for i in chosen],
                error_x={"type": "data", "array": widths, "color": colour, "thickness": 1.4, "width": 3},
                mode="markers",
                marker={"color": colour, "symbol": symbol, "size": 9, "line": {"color": colour, "width": 1.5}},
                name=words,
                text=[plot_text(f"{rows[i][0]}: {s:+.2%}") for i, s in zip(chosen, shares, strict=True)],
                hovertemplate="%{text}<extra></extra>",
            )
        )
    figure.add_shape(type="line", x0=0, x1=0, y0=0, y1=1, yref="paper", line={"color": c.MUTED, "width": 1, "dash": "dash"})
    figure.update_layout(
        c.layout(
            60 + _ROW_PX * len(rows),
            xaxis={"title": say("Difference from the baseline"), "tickformat": "+.1~%", "range": _reach(rows)},
            yaxis={
                "tickvals": list(range(len(rows))),
                "ticktext": [plot_text(label) for label, _ in reversed(rows)],
                "range": [-0.7, len(rows) - 0.3],
            },
        )
    )
    names = fmt.in_words([name for name, _ in named])
    title = say("{scenarios} against {baseline}", scenarios=names, baseline=base.title)
    subtitle = say("Paired differences in percent of the baseline, {confidence} CI", confidence=text.confidence_text(base))
    return headed(figure, title, subtitle, seen)


def _reach(rows: Sequence[tuple[str, Difference]]) -> list[float]:
    """Range of the axis: every interval, with some air, up to `_MOST`."""
    ends = [0.0]
    for _, found in rows:
        share, width = found.difference / abs(found.base), (found.half_width or 0.0) / abs(found.base)
        ends += [share] if abs(share) >= _MOST else [share - width, share + width]
    low, high = max(min(ends), -_MOST), min(max(ends), _MOST)
    air = 0.05 * (high - low) or 0.01
    return [low - air, high + air]


def _beyond(figure: go.Figure, row: int, share: float) -> None:
    """Write a difference that lies outside the figure beside its mark at the edge."""
    up = share > 0
    text = f"{share:+.0%} →" if up else f"← {share:+.0%}"
    place = {"x": _MOST if up else -_MOST, "y": row, "xanchor": "right" if up else "left", "xshift": -8 if up else 8}
    figure.add_annotation(**place, text=text, showarrow=False, font={"size": 11, "color": c.INK})


def _kind(found: Difference) -> str:
    """The look of a difference."""
    if not found.is_shown:
        return "not shown"
    wanted = better(found.kpi)
    if not wanted:
        return "differs"
    return "better" if (found.difference < 0) == (wanted == "less") else "worse"
