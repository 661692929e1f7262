"""The appendix: every table behind a page as data, made from the CSV files of its folder and packed to be small.

A new CSV file of a folder appears by itself; a title for it goes into `TITLES`.
"""

from __future__ import annotations

import base64
import json
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sim.language import say, term
from sim.report import format as fmt
from sim.report import text
from sim.report.labels import full_label, main_rank, unit_of, verdict_text
from sim.report.panel import DataTable
from sim.report.read import Measure, RunResults
from sim.store import read_csv_lines

TITLES = {
    "stages": term("Time in each step"),
    "tat": term("Turnaround curves"),
    "points": term("Service points and depots"),
    "flows": term("Flows of parts and repair orders"),
    "parts": term("Parts"),
    "stock": term("Stock over time"),
    "money": term("Costs by kind"),
    "halfhour": term("Contacts by half-hour"),
    "kinds": term("Contacts by kind and half-hour"),
    "loops": term("Orders by wait for a part and promise"),
    "weekhour": term("People by hour of the week"),
    "daily": term("Course of the run, day by day"),
    "histograms": term("Distributions"),
    "theory": term("Theory against simulation"),
    "warmup": term("Warm-up: means over the replications"),
    "variance": term("Variance from uncertain inputs"),
    "inputs": term("Uncertain inputs"),
    "input_effects": term("Effects of uncertain inputs"),
    "antithetic": term("Antithetic pairs"),
    "controls": term("Control variates"),
    "intervals": term("Intervals of every kind"),
    "comparison": term("All differences"),
    "comparison_pairs": term("All pairs"),
    "selection": term("Steps of the selection"),
    "sweep": term("Every replication of every point"),
    "batches": term("Batches"),
    "replications": term("Every measure of every replication"),
}
DIGITS = 7  # of numbers in the page; the file has all
MOST_READ_BYTES = 12_000_000  # a larger file is not even tried
_NAMES = frozenset(
    ("site", "part", "region", "segment", "location", "owner", "group", "kpi", "measure", "scenario", "base", "other")
)  # columns of names, even where all of them look like numbers


@dataclass(frozen=True, slots=True)
class PackedTable:
    """A table as the page holds it: its columns as JSON, deflated, in base64; `data` is empty if there is no room for it."""

    table: DataTable
    data: str

    @property
    def rows(self) -> str:
        """Number of rows for people."""
        return fmt.number(len(self.table))


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables of a page, those that are left out for their size, and the folder of their files."""

    tables: tuple[DataTable, ...] = ()
    too_large: tuple[str, ...] = ()  # files
    folder: str = ""

    @property
    def files(self) -> tuple[str, ...]:
        """The files of the tables, by which they are found without scripts."""
        return (*(table.file for table in self.tables if table.file), *self.too_large)


def folder_tables(folder: Path, first: Sequence[DataTable] = (), titles: Mapping[str, str] | None = None) -> Tables:
    """The tables of a results folder: some that are made, then its CSV files in the order of `TITLES`.

    `titles` are those of files that mean something else in this kind of folder.
    """
    order = list(TITLES)
    paths = sorted(folder.glob("*.csv"), key=lambda p: (order.index(p.stem) if p.stem in order else len(order), p.stem))
    large = [path.name for path in paths if path.stat().st_size > MOST_READ_BYTES]
    made = [table_of(path) for path in paths if path.name not in large]
    made = [replace(table, title=titles[table.name]) if titles and table.name in titles else table for table in made]
    return Tables((*first, *(table for table in made if len(table))), tuple(large), folder.resolve().name)


def run_tables(run: RunResults) -> Tables:
    """All measures in words, then the tables of a run's folder."""
    return folder_tables(run.folder, [table for table in (measures_table(run),) if len(table)])


def table_of(path: Path) -> DataTable:
    """A CSV file as a table; columns of numbers are numbers, rounded to `DIGITS`."""
    lines = read_csv_lines(path)
    head = tuple(next(lines, []))
    rows = [row for row in lines if len(row) == len(head)]
    columns = tuple(_column(name, [row[i] for row in rows]) for i, name in enumerate(head))
    return DataTable(path.stem, title_of(path.stem), head, columns, path.name)


def title_of(stem: str) -> str:
    """A table's title in words; a file that is not known is named."""
    known = TITLES.get(stem)
    return say(known) if known else say("Table {name}", name=stem)


def measures_table(run: RunResults) -> DataTable:
    """Every measure in words and in numbers, main ones first."""
    ranked = sorted(run.measures, key=lambda m: (main_rank(m)[1], m.kpi, m.group))
    head = (
        say("Measure"),
        say("Mean"),
        say("{confidence} CI", confidence=text.confidence_text(run)),
        say("Target"),
        say("Verdict"),
        "kpi", "group", "unit", "n", "mean", "half_width", "target_min", "target_max",
    )  # fmt: skip
    rows = [_measure_row(measure, run) for measure in ranked]
    return DataTable("measures", say("All measures"), head, tuple(zip(*rows, strict=True)), "summary.json")


def _measure_row(measure: Measure, run: RunResults) -> tuple[str | float | None, ...]:
    scale = fmt.scale_for(unit_of(measure), text.typical(measure, run), run.currency)
    span = fmt.with_unit(text.interval_cell(measure, scale), scale.unit)
    words = (full_label(measure), text.shown(measure, run), span, text.target_cell(measure, run), verdict_text(measure.verdict))
    numbers = (measure.n, measure.mean, measure.half_width, measure.minimum, measure.maximum)
    return (*words, measure.kpi, measure.group, measure.unit, *(_rounded(value) for value in numbers))


def _column(name: str, cells: Sequence[str]) -> tuple[str | float | None, ...]:
    values = [None if name in _NAMES else _number(cell) for cell in cells]
    if all(value is not None or not cell for value, cell in zip(values, cells, strict=True)):
        return tuple(_rounded(value) for value in values)
    return tuple(cells)


def _number(cell: str) -> float | None:
    """The number that a cell was written for: a name such as '007' is none."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) and cell in (repr(value), str(int(value))) else None


def _rounded(value: float | None) -> float | None:
    if value is None or not math.isfinite(value):
        return None
    return int(value) if value == int(value) and abs(value) < 2**53 else float(f"{value:.{DIGITS}g}")


def packed(table: DataTable) -> str:
    """Columns as JSON, deflated, in base64: about a sixth of the CSV."""
    content = json.dumps(table.columns, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return base64.b64encode(zlib.compress(content.encode("utf-8", "replace"), 9)).decode("ascii")


def fitting(tables: Sequence[PackedTable], room: int) -> tuple[PackedTable, ...]:
    """The same tables, without the data of those for which `room` bytes do not suffice: the last in the order of `TITLES`."""
    kept: set[str] = set()
    order = list(TITLES)
    for one in sorted(tables, key=lambda p: order.index(p.table.name) if p.table.name in order else -1):
        if len(one.data) <= room:
            kept.add(one.table.name)
            room -= len(one.data)
    return tuple(one if one.table.name in kept else PackedTable(one.table, "") for one in tables)
