"""Heat maps as tables of coloured cells, and how properties of Plotly are read."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from sim.report import palette as c
from sim.report.plain_series import Cells, plain


def list_of(value: Any) -> list[Any]:
    """A property of Plotly as a list; empty for None."""
    if value is None:
        return []
    return list(value.tolist()) if hasattr(value, "tolist") else list(value)


def number_of(value: Any) -> float:
    """A number; NaN for what is none."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def cells_of(trace: dict[str, Any], layout: dict[str, Any]) -> Cells:
    """A heat map with its rows from top to bottom."""
    values = [[number_of(v) for v in list_of(row)] for row in list_of(trace.get("z"))]
    known = [v for row in values for v in row if v == v]
    low = number_of(trace.get("zmin")) if trace.get("zmin") is not None else min(known, default=0.0)
    high = number_of(trace.get("zmax")) if trace.get("zmax") is not None else max(known, default=1.0)
    scale = [(number_of(p), hex_colour(colour)) for p, colour in list_of(trace.get("colorscale"))] or [
        (0.0, c.SURFACE),
        (1.0, c.BLUE),
    ]
    texts = [[plain(t) for t in list_of(row)] for row in list_of(trace.get("text"))]
    is_lower_first = layout.get("yaxis", {}).get("autorange") != "reversed"
    columns = [plain(v) if isinstance(v, str) else f"{v:g}" for v in list_of(trace.get("x"))] or [""] * len(
        values[0] if values else []
    )
    rows = [plain(v) if isinstance(v, str) else f"{v:g}" for v in list_of(trace.get("y"))] or [""] * len(values)
    order = range(len(values) - 1, -1, -1) if is_lower_first else range(len(values))
    x_title, y_title = ((layout.get(a, {}).get("title") or {}).get("text") or "" for a in ("xaxis", "yaxis"))

    def text_at(k: int, i: int) -> str:
        return texts[k][i] if k < len(texts) and i < len(texts[k]) else ""

    def colour_at(v: float) -> str:
        return "" if v != v else _between(scale, (v - low) / (high - low) if high > low else 0.5)

    return Cells(
        tuple(columns),
        tuple(rows[k] for k in order),
        tuple(tuple(text_at(k, i) for i in range(len(columns))) for k in order),
        tuple(tuple(colour_at(v) for v in values[k]) for k in order),
        " \\ ".join(t for t in (plain(y_title), plain(x_title)) if t),
    )


def _between(scale: Sequence[tuple[float, str]], at: float) -> str:
    at = min(max(at, 0.0), 1.0)
    for (p0, c0), (p1, c1) in pairwise(scale):
        if at <= p1:
            return mixed(c0, c1, (at - p0) / (p1 - p0) if p1 > p0 else 1.0)
    return scale[-1][1]


def mixed(one: str, other: str, share: float) -> str:
    """A colour between two."""
    pairs = ((int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def lighter(colour: str) -> str:
    """A colour for what stands back."""
    return mixed(colour, c.SURFACE, 0.55)


def hex_colour(colour: Any) -> str:
    """A colour as '#rrggbb'; transparency is left out."""
    text = str(colour or c.BLUE)
    if re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        return text.lower()
    numbers = re.findall(r"[0-9.]+", text)
    if text.startswith("rgb") and len(numbers) >= 3:
        return "#" + "".join(f"{min(255, round(float(n))):02x}" for n in numbers[:3])
    return {"black": "#000000", "white": "#ffffff"}.get(text, c.BLUE)
