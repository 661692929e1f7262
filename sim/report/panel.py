"""A panel of the report: message title, figure, legend, text alternative, and the table behind it."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Legend:
    """One legend entry, drawn in HTML so that it wraps on narrow screens."""

    label: str
    colour: str
    mark: str = "square"  # square, circle, hollow, diamond, line, dash, dot, hatch


@dataclass(frozen=True, slots=True)
class Grid:
    """The table behind a figure, already formatted; the first column heads its row."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class DataTable:
    """A table of the appendix as data: the page builds it when it is opened, and gives it as CSV."""

    name: str  # unique on the page, part of the name of downloads
    title: str
    head: tuple[str, ...]
    columns: tuple[tuple[str | float | None, ...], ...]
    file: str = ""  # where the exact values lie

    def __len__(self) -> int:
        return len(self.columns[0]) if self.columns else 0


@dataclass(frozen=True)
class Panel:
    """What a figure function gives: all texts are plain, escaping is the page's and `plot_text`'s."""

    name: str  # fixed, unique on the page: id of the figure
    title: str
    subtitle: str
    alt: str
    figure: Any = None  # plotly Figure, None for a panel of a table alone
    legend: tuple[Legend, ...] = ()
    grid: Grid | None = None
    wide: bool = False
    zoom: bool = False  # show zoom buttons (maps)
    open_grid: bool = False  # the table is the content: shown opened
    data: Mapping[str, Any] | None = None  # what the scripts of the panel read beside the figure, as JSON
    scripts: tuple[str, ...] = ()  # files of the templates that the page carries once where such a panel is drawn


@dataclass(frozen=True, slots=True)
class Section:
    """Panels under one heading."""

    name: str
    heading: str
    panels: tuple[Panel, ...]


def plot_text(text: str) -> str:
    """Escape for Plotly, whose labels read a subset of HTML and its entities."""
    return html.escape(text, quote=False)
