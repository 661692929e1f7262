"""What a terminal shows of results: the same sentences, measure tables and verdicts as the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.language import say
from sim.report.labels import VERDICTS as VERDICTS
from sim.report.labels import verdict_text as verdict_text
from sim.report.panel import Grid
from sim.report.read import read_run
from sim.report.render import MeasureTable

if TYPE_CHECKING:
    from sim.report.together import Together


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table of plain text; the first column is left-aligned unless `left` says more."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: int = 1


@dataclass(frozen=True, slots=True)
class ConsoleText:
    """Sentences, then tables."""

    sentences: tuple[str, ...]
    tables: tuple[TextTable, ...]


def run_text(folder: Path) -> ConsoleText:
    """The result of one run, from its folder."""
    from sim.report.run_page import measure_table
    from sim.report.stopping_text import stopping_sentences
    from sim.report.text import sentences
    from sim.report.warm_up_text import warm_up_sentence

    run = read_run(folder)
    said = [*sentences(run), *stopping_sentences(run), *(text for text in (warm_up_sentence(run),) if text)]
    return ConsoleText(tuple(said), (_plain_table(measure_table(run)),))


def comparison_text(
    base_folder: Path, other_folders: Sequence[Path], differences: Sequence[Any], together: Together | None = None
) -> ConsoleText:
    """The result of a comparison: for each scenario what differs in the inputs, then in the results.

    Parameters
    ----------
    base_folder, other_folders
        Run folders.
    differences, together
        Differences for each scenario, see `sim.report.contrast.contrast_of`; who is best, and all pairs.
    """
    from sim.report.comparison_page import comparison_table
    from sim.report.comparison_text import display_names, sentences
    from sim.report.contrast import contrast_of
    from sim.report.text import confidence_text

    base, others = read_run(base_folder), [read_run(folder) for folder in other_folders]
    contrasts = [contrast_of(entry) for entry in differences]
    tables: list[TextTable] = []
    for run, name, contrast in zip(others, display_names(others), contrasts, strict=True):
        inputs = tuple(tuple(row) for row in contrast.inputs)
        heads = (say("Input"), say("Baseline"), say("Scenario"))
        tables.append(TextTable(say("{scenario}: inputs that differ", scenario=name), heads, inputs, left=3))
        tables.append(_plain_table(comparison_table(base, run, contrast, confidence_text(base), ""), name))
    if together is not None:
        tables += _together_tables(together, contrasts, display_names(others), base.currency)
    return ConsoleText(tuple(sentences(base, others, contrasts, together)), tuple(tables))


def _together_tables(together: Together, contrasts: Sequence[Any], names: Sequence[str], currency: str) -> list[TextTable]:
    """All scenarios by the measure that the best is sought by, then all pairs by it."""
    from sim.report.together import measure_name, pairs_grid, standing_grid

    standing = together.standing
    if standing is None:
        return []
    label, count = measure_name(standing.kpi, standing.group), len(contrasts)
    tables = []
    if (grid := standing_grid(together, contrasts, names, currency)) is not None:
        title = say("{measure}: all together, verdicts after Holm over {n} comparisons", measure=label, n=count)
        tables.append(_grid_table(grid, title))
    if (grid := pairs_grid(together, names, currency, (standing.kpi, standing.group))) is not None:
        pairs = len(together.pairs)
        title = say("{measure}: all pairs, verdicts after Holm over {n} comparisons", measure=label, n=pairs)
        tables.append(_grid_table(grid, title, left=2))
    return tables


def _grid_table(grid: Grid, title: str, left: int = 1) -> TextTable:
    return TextTable(title, grid.head, grid.rows, left)


def _plain_table(table: MeasureTable, title: str = "") -> TextTable:
    rows = []
    for row in table.rows:
        verdict = (verdict_text(row.verdict),) if table.judged else ()
        label = say("{label} [{unit}]", label=row.label, unit=row.unit) if row.unit else row.label
        rows.append((label, *(cell.text for cell in row.cells), *verdict))
    return TextTable(title, table.head, tuple(rows))
