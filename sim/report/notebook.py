"""Pieces of HTML for notebooks: headline, measure table and verdicts of the report, small, escaped, without scripts."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from sim.analysis.baseline import CheckVerdict, fine_percent
from sim.language import language
from sim.report import comparison_text as words
from sim.report import format as fmt
from sim.report import text
from sim.report.check_formats import check_headline
from sim.report.contrast import Contrast, contrast_of
from sim.report.panel import Panel
from sim.report.read import RunResults, read_run
from sim.report.render import Cell, MeasureRow, MeasureTable, notebook_html
from sim.scenario.plan import Plan

_MOST_ROWS = 20


def study_html(folder: Path) -> str:
    """A run: context, headline, measure table."""
    from sim.report.run_page import context, measure_table

    run = read_run(folder)
    said = text.sentences(run)
    return notebook_html([piece.text for piece in context(run)], said[0], said[1:], [measure_table(run)])


def comparison_html(base_folder: Path, other_folders: Sequence[Path], differences: Sequence[Any]) -> str:
    """A comparison: its sentences and a table for each scenario."""
    from sim.report.comparison_page import comparison_table

    base, others = read_run(base_folder), [read_run(folder) for folder in other_folders]
    contrasts = [contrast_of(entry) for entry in differences]
    names = words.display_names(others)
    said = words.sentences(base, others, contrasts)
    tables = [
        comparison_table(base, run, contrast, text.confidence_text(base), name)
        for run, contrast, name in zip(others, contrasts, names, strict=True)
    ]
    context = [f"{fmt.in_words(list(names))} against {base.title}", f"{fmt.number(base.replications)} paired replications"]
    return notebook_html(context, said[0], said[1:], tables)


def named_contrasts(
    base_folder: Path, other_folders: Sequence[Path], differences: Sequence[Any]
) -> tuple[RunResults, list[tuple[str, Contrast]]]:
    """The baseline, and of each scenario its name for people and its differences."""
    others = [read_run(folder) for folder in other_folders]
    contrasts = [contrast_of(entry) for entry in differences]
    return read_run(base_folder), list(zip(words.display_names(others), contrasts, strict=True))


def checks_html(verdicts: Sequence[CheckVerdict]) -> str:
    """Baselines with their results, and what moved."""
    rows = tuple(
        MeasureRow(
            v.name, "", (Cell(v.status, "value" if v.failed else ""), Cell("; ".join((*v.inputs, v.note)).strip("; "))), None
        )
        for v in verdicts
    )
    tables = [MeasureTable(("Baseline", "Result", "Remark"), rows, judged=False)]
    for v in verdicts:
        if v.changes:
            head = ("Measure", "Before", "After", "Change", "p (Holm)", "Smallest shift")
            moved = tuple(MeasureRow(c.name, "", _change_cells(c), None) for c in v.changes[:_MOST_ROWS])
            tables.append(MeasureTable(head, moved, f"What moved: {v.name}", judged=False))
    return notebook_html(
        ["sparesim check"], check_headline(verdicts), [f"{v.name}: {v.sharpness}." for v in verdicts if v.sharpness], tables
    )


def _change_cells(c: Any) -> tuple[Cell, ...]:
    after = "gone" if math.isnan(c.after) else f"{c.after:.6g}"
    change = f"{c.relative:+.2%}" if math.isfinite(c.relative) else ""
    smallest = fine_percent(c.smallest_relative) if math.isfinite(c.smallest_relative) else ""
    return Cell(f"{c.before:.6g}"), Cell(after, "value"), Cell(change), Cell(f"{c.p_value:.2g}"), Cell(smallest)


def plan_html(plan: Plan, size: str) -> str:
    """A plan: what it asks, how large it is, how it is run."""
    run = plan.run
    facts = {
        "Size": size,
        "Run": f"{fmt.duration(run.length_h)} from {run.start}, after {fmt.duration(run.warm_up_h)} of warm-up",
        "Replications": f"{run.replications}, seed {run.seed}",
        "Targets": ", ".join(t.kpi if t.group == "all" else f"{t.kpi} ({t.group})" for t in plan.targets) or "none",
        "Digest": plan.digest[:8],
    }
    rows = tuple(MeasureRow(name, "", (Cell(said),), None) for name, said in facts.items())
    return notebook_html(
        [plan.name], plan.title or plan.name, [plan.question] if plan.question else [], [MeasureTable((), rows, judged=False)]
    )


def study_figures(folder: Path) -> dict[str, Callable[[], Any]]:
    """Figures of a run's report by name, in its order; each is made when called."""
    from sim.report.figures_notebook import standing_alone

    panels = _panels(folder, (folder / "manifest.json").stat().st_mtime_ns, language())
    return {panel.name: partial(standing_alone, panel) for panel in panels if panel.figure is not None}


@lru_cache(maxsize=2)
def _panels(folder: Path, written: int, lang: str) -> tuple[Panel, ...]:
    """Panels of a run's report; kept, as a notebook asks for one after the other."""
    from sim.report.run_page import sections

    run = read_run(folder)
    return tuple(panel for part in sections(run) for panel in part.panels)
