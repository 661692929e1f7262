"""Tables of a page as CSV: the measures, what stands behind each figure as it is shown, and the tidy files of the folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.errors import UsageError, did_you_mean
from sim.language import say
from sim.report.labels import verdict_text
from sim.report.stored import Stored
from sim.store import read_csv_lines, write_csv


@dataclass(frozen=True, slots=True)
class NamedTable:
    """A table by its fixed name."""

    name: str
    shows: str
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    file: Path | None = None  # numbers as they were written, in the place of head and rows


def tables_of(stored: Stored) -> dict[str, NamedTable]:
    """All tables by name: ``measures``, ``shown-NAME`` behind the figure NAME, ``appendix-N``, and the files by theirs."""
    found: list[NamedTable] = []
    for i, table in enumerate(stored.page.measure_tables):
        name = "measures" if i == 0 else f"measures-{i + 1}"
        rows = tuple(
            (
                f"{row.label}, {row.unit}" if row.unit else row.label,
                *(cell.text for cell in row.cells),
                *((verdict_text(row.verdict),) if table.judged else ()),
            )
            for row in table.rows
        )
        found.append(NamedTable(name, table.caption or say("Measures"), table.head, rows))
    for panel in stored.panels:
        if panel.grid is not None and panel.grid.rows:
            found.append(NamedTable(f"shown-{panel.name}", panel.title, panel.grid.head, panel.grid.rows))
    for i, appendix in enumerate(stored.page.appendices, 1):
        found.append(NamedTable(f"appendix-{i}", appendix.heading, appendix.grid.head, appendix.grid.rows))
    for path in sorted(stored.folder.glob("*.csv")):
        found.append(NamedTable(path.stem, say("{file}, all rows and digits", file=path.name), file=path))
    return {table.name: table for table in found}


def table_named(stored: Stored, name: str) -> NamedTable:
    """One of `tables_of`.

    Raises
    ------
    UsageError
        If there is none of that name; with the nearest.
    """
    known = tables_of(stored)
    if name not in known:
        hint = did_you_mean(name, known) or say("`--table list` names them")
        raise UsageError(say("{folder} has no table '{name}'; {hint}", folder=stored.folder, name=name, hint=hint))
    return known[name]


def write_table(table: NamedTable, out: Path) -> Path:
    """Write a table as CSV, whole or not at all; what a spreadsheet would take for a formula is `write_csv`'s to disarm."""
    head: Sequence[str] = table.head
    rows: Sequence[Sequence[str]] = table.rows
    if table.file is not None:
        head, *rows = list(read_csv_lines(table.file)) or [[]]
    out.parent.mkdir(parents=True, exist_ok=True)
    write_csv(out, head, rows)
    return out
