"""A chain of boxes with arrows: from left to right where there is room, else from top to bottom (``layout.meta.narrow``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from sim.report import palette as c
from sim.report.panel import plot_text

NARROW_BELOW = 960  # pixels of width
_PAD, _LINE, _BAR = 10, 15, 12  # pixels: margin in a box, height of a line, height of a bar
_WIDE_LETTERS, _NARROW_LETTERS = 23, 40  # in a line of a box


@dataclass(frozen=True, slots=True)
class Bar:
    """A share from 0 to 1, shown as a bar on a common scale."""

    label: str
    share: float
    shown: str
    colour: str


@dataclass(frozen=True, slots=True)
class Box:
    """One link of the chain."""

    heading: str
    bars: tuple[Bar, ...] = ()
    notes: tuple[str, ...] = ()


def wrapped(text: str, letters: int) -> list[str]:
    """Lines of at most so many letters; between ideographs a line may break anywhere, and each counts for two."""
    lines, line, width = [], "", 0
    for piece in _pieces(text):
        size = sum(2 if ord(x) > 0x2E7F else 1 for x in piece)
        if line and width + size > letters + (1 if piece.endswith(" ") else 0):
            lines.append(line.rstrip())
            line, width = "", 0
        line, width = line + piece, width + size
    return [*lines, line.rstrip()] if line.strip() else lines


def _pieces(text: str) -> list[str]:
    """Words with the space behind them, ideographs one by one."""
    found: list[str] = []
    word = ""
    for x in text:
        if ord(x) > 0x2E7F:
            found += [word, x] if word else [x]
            word = ""
        else:
            word += x
            if x == " ":
                found.append(word)
                word = ""
    return [*found, word] if word else found


@dataclass(slots=True)
class _Drawing:
    """Shapes and annotations in pixels down and shares across."""

    shapes: list[dict[str, Any]]
    annotations: list[dict[str, Any]]

    def text(self, x: float, y: float, text: str, *, size: int = 12, colour: str = c.INK, bold: bool = False) -> None:
        shown = f"<b>{plot_text(text)}</b>" if bold else plot_text(text)
        self.annotations.append({
            "x": round(x, 4), "y": y, "xref": "x", "yref": "y", "text": shown, "showarrow": False, "xanchor": "left",
            "yanchor": "top", "align": "left", "font": {"size": size, "color": colour}, "borderpad": 0,
        })  # fmt: skip

    def rect(self, x0: float, y0: float, x1: float, y1: float, fill: str, line: str = "") -> None:
        self.shapes.append({
            "type": "rect", "x0": round(x0, 4), "x1": round(x1, 4), "y0": y0, "y1": y1, "fillcolor": fill, "layer": "below",
            "line": {"width": 1 if line else 0, "color": line or fill},
        })  # fmt: skip

    def arrow(self, x0: float, y0: float, x1: float, y1: float) -> None:
        self.annotations.append({
            "x": round(x1, 4), "y": y1, "ax": round(x0, 4), "ay": y0, "xref": "x", "yref": "y", "axref": "x", "ayref": "y",
            "text": "", "showarrow": True, "arrowhead": 2, "arrowsize": 1.2, "arrowwidth": 1.6, "arrowcolor": c.BASE,
        })  # fmt: skip

    def line(self, *points: tuple[float, float]) -> None:
        path = " ".join(f"{'M' if i == 0 else 'L'} {x:.4f} {y}" for i, (x, y) in enumerate(points))
        self.shapes.append({"type": "path", "path": path, "line": {"color": c.BASE, "width": 1.6, "dash": "dot"}})


def _box_height(box: Box, letters: int) -> int:
    lines = len(wrapped(box.heading, letters - 2)) + sum(len(wrapped(bar.label, letters)) for bar in box.bars)
    lines += sum(len(wrapped(note, letters)) for note in box.notes)
    return 2 * _PAD + _LINE * lines + 8 + (_BAR + 30) * len(box.bars) + 4 * len(box.notes)


def _draw_box(
    drawing: _Drawing, box: Box, left: float, top: float, width: float, height: float, pad: float, letters: int
) -> None:
    """One box; `pad` is the margin inside it, across."""
    drawing.rect(left, top, left + width, top + height, "rgba(0,0,0,0)", c.QUIET)
    x, y, inner = left + pad, top + _PAD, width - 2 * pad
    for line in wrapped(box.heading, letters - 2):
        drawing.text(x, y, line, bold=True)
        y += _LINE
    y += 8
    for bar in box.bars:
        drawing.text(x, y, bar.shown, size=15, bold=True)
        y += 20
        drawing.rect(x, y, x + inner, y + _BAR, c.GRID)
        drawing.rect(x, y, x + inner * min(max(bar.share, 0.0), 1.0), y + _BAR, bar.colour)
        y += _BAR + 2
        for line in wrapped(bar.label, letters):
            drawing.text(x, y, line)
            y += _LINE
        y += 8
    for note in box.notes:
        for line in wrapped(note, letters):
            drawing.text(x, y, line, colour=c.MUTED)
            y += _LINE
        y += 4


def _wide(boxes: Sequence[Box], back: str) -> dict[str, Any]:
    """From left to right; one slot across for each box."""
    drawing = _Drawing([], [])
    height = max(_box_height(box, _WIDE_LETTERS) for box in boxes)
    for i, box in enumerate(boxes):
        _draw_box(drawing, box, i, 1, 0.86, height, 0.05, _WIDE_LETTERS)
        if i:
            drawing.arrow(i - 0.13, 40, i - 0.01, 40)
    below = height + 1
    if back:
        last, before = len(boxes) - 1 + 0.43, len(boxes) - 2 + 0.43
        drawing.line((last, below), (last, below + 18), (before, below + 18))
        drawing.arrow(before, below + 18, before, below + 1)
        drawing.text(before + 0.1, below + 22, back, colour=c.MUTED)
        below += 40
    return _layout(drawing, below + 4, (-0.01, len(boxes) - 0.12))


def _narrow(boxes: Sequence[Box], back: str) -> dict[str, Any]:
    """From top to bottom."""
    drawing = _Drawing([], [])
    y = 1
    for i, box in enumerate(boxes):
        height = _box_height(box, _NARROW_LETTERS)
        _draw_box(drawing, box, 0, y, 1, height, 0.03, _NARROW_LETTERS)
        y += height
        if i + 1 < len(boxes):
            drawing.arrow(0.5, y + 1, 0.5, y + 21)
            y += 22
    if back:
        drawing.text(0.03, y + 4, f"\u21b0 {back}", colour=c.MUTED)
        y += 24
    return _layout(drawing, y + 4, (-0.005, 1.005))


def _layout(drawing: _Drawing, height: int, across: tuple[float, float]) -> dict[str, Any]:
    axis = {"visible": False, "fixedrange": True}
    return c.layout(
        height,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        xaxis={**axis, "range": list(across)},
        yaxis={**axis, "range": [height, 0]},
        shapes=drawing.shapes,
        annotations=drawing.annotations,
    )


def chain_figure(boxes: Sequence[Box], back: str = "") -> go.Figure:
    """Boxes joined by arrows.

    Parameters
    ----------
    boxes
        The links in their order.
    back
        Words on the way back from the last box to the one before; '' for none.
    """
    figure = go.Figure()
    figure.add_scatter(x=[None], y=[None], hoverinfo="skip")  # a figure of shapes alone has axes, too
    narrow = _narrow(boxes, back)
    figure.update_layout(_wide(boxes, back))
    kept = {name: narrow[name] for name in ("height", "xaxis", "yaxis", "shapes", "annotations")}
    figure.update_layout(meta={"narrow": {"below": NARROW_BELOW, "layout": kept}})
    return figure
