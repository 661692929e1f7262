"""Plain charts: series, axes and cells that any program can draw, without Plotly and without PowerPoint."""

from __future__ import annotations

import html
import math
import re
from dataclasses import dataclass

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Dots:
    """Marks of the points of a series, alike or one by one."""

    colours: tuple[str, ...]
    symbols: tuple[str, ...]  # Plotly's
    sizes: tuple[float, ...]  # diameter in CSS pixels


@dataclass(frozen=True, slots=True)
class Series:
    """One series; in a chart of categories `x` is the place of each value among them."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]  # NaN: a gap
    kind: str  # 'bar', 'line' (with or without dots), 'dots', 'labels' (texts alone)
    colour: str
    dash: str = "solid"
    width: float = 2.0
    dots: Dots | None = None
    hatched: bool = False
    labels: tuple[str, ...] = ()  # one a point, '' for none
    place: str = "above"  # of labels: 'inside', 'outside', 'above', 'left', 'right', 'below', 'centre'
    error_along: str = ""  # 'x' or 'y'
    plus: tuple[float, ...] = ()
    minus: tuple[float, ...] = ()
    second: bool = False  # on the second axis of values


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis; `low` and `high` are NaN where the program that draws shall choose."""

    title: str = ""
    low: float = math.nan
    high: float = math.nan
    format: str = ""  # as spreadsheets write it
    reversed: bool = False
    log: bool = False
    names: tuple[tuple[float, str], ...] = ()  # labels in the place of numbers
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart and its place in the figure; 'bar' and 'line' stand on categories, 'xy' on numbers."""

    kind: str
    series: tuple[Series, ...]
    across: Axis  # of the categories, or of x
    up: Axis  # of the values, or of y
    categories: tuple[str, ...] = ()
    horizontal: bool = False
    stacked: bool = False
    second: Axis | None = None
    left: float = 0.0  # place in the figure, 0 to 1 from left and top
    right: float = 1.0
    top: float = 0.0
    bottom: float = 1.0
    aspect: float = 0.0  # length of a unit upwards in units across, 0 where they are free (maps are not)


@dataclass(frozen=True, slots=True)
class Cells:
    """A heat map as a table."""

    columns: tuple[str, ...]
    rows: tuple[str, ...]
    texts: tuple[tuple[str, ...], ...]
    colours: tuple[tuple[str, ...], ...]  # '' for an empty cell
    corner: str = ""


def clean(text: object) -> str:
    """A text that any file can hold: no control characters, no marks of Plotly."""
    return _CONTROL.sub("", str(text)).strip()


def plain(label: object) -> str:
    """A label of Plotly as text: tags away, entities read."""
    return clean(html.unescape(_TAG.sub(" ", str(label)))).replace("  ", " ")
