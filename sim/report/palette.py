"""Colours, marks and the shared Plotly template. Colours are the Okabe-Ito set, told apart also by shape, dash or pattern.

The neutral colours (`INK` ... `SURFACE`) are sentinels: the style sheet of the page replaces exactly these in dark mode, so a
figure needs no second version. Use them for everything that is not data.
"""

from __future__ import annotations

from typing import Any

INK = "#1f2933"
MUTED = "#52606d"
GRID = "#e9edf1"
SURFACE = "#fefefe"
BASE = "#616d7a"  # reference marks: baseline, depots
QUIET = "#cbd2d9"  # data in the background

BLUE = "#0072b2"
ORANGE = "#e69f00"
SKY = "#56b4e9"
VERMILLION = "#d55e00"
GREEN = "#009e73"
PINK = "#cc79a7"
SLATE = "#7b8794"

SERIES = (BLUE, ORANGE, GREEN, PINK, SKY, VERMILLION)
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
SYMBOLS = ("circle", "square", "triangle-up", "cross", "pentagon", "star")

# Dark-mode counterparts of the sentinels; the template writes them into the style sheet.
DARK = {INK: "#e4e9ee", MUTED: "#a3b0bd", GRID: "#2b3540", SURFACE: "#182028", BASE: "#b3bec9", QUIET: "#4a5764"}

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', 'PingFang SC', 'Noto Sans CJK SC', sans-serif"


def translucent(colour: str, alpha: float) -> str:
    """A hex colour as rgba() text."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha:g})"


def layout(height: int, **extra: Any) -> dict[str, Any]:
    """The layout that all figures share; `extra` is merged one level deep."""
    axis = {
        "gridcolor": GRID,
        "zeroline": False,
        "linecolor": GRID,
        "tickfont": {"color": INK, "size": 12},
        "title": {"font": {"color": MUTED, "size": 12}, "standoff": 8},
        "automargin": True,
        "fixedrange": True,
    }
    base: dict[str, Any] = {
        "template": None,
        "height": height,
        "margin": {"l": 8, "r": 16, "t": 8, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "color": INK, "size": 12},
        "showlegend": False,
        "dragmode": False,
        "hoverlabel": {"bgcolor": SURFACE, "bordercolor": QUIET, "font": {"color": INK, "size": 12}, "align": "left"},
        "bargap": 0.22,
    }
    for name in [n for n in extra if n.startswith(("xaxis", "yaxis"))]:
        given = extra.pop(name)
        merged = {**axis, **given}
        if isinstance(given.get("title"), str):
            merged["title"] = {**axis["title"], "text": given["title"]}  # type: ignore[dict-item]
        base[name] = merged
    for name in ("xaxis", "yaxis"):
        base.setdefault(name, axis)
    for name, value in extra.items():
        base[name] = {**base[name], **value} if isinstance(value, dict) and isinstance(base.get(name), dict) else value
    return base
