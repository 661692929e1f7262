"""Pieces of HTML for notebooks: headline, measure table and verdicts of the report, small, escaped, without scripts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sim.analysis.baseline import CheckVerdict, fine_percent
from sim.language import say, say_count
from sim.report import comparison_text as words
from sim.report import format as fmt
from sim.report import text
from sim.report.check_formats import check_headline
from sim.report.contrast import Contrast, contrast_of
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
    count = fmt.number(base.replications)
    context = [
        say("{scenarios} against {baseline}", scenarios=fmt.in_words(list(names)), baseline=base.title),
        say_count("{n} paired replication", "{n} paired replications", base.replications, n=count),
    ]
    return notebook_html(context, said[0], said[1:], tables)


def sweep_html(folder: Path) -> str:
    """A sweep: what it found, and its best points."""
    from sim.report.stored import stored_sweep

    page = stored_sweep(folder).page
    return notebook_html([w.text for w in page.context], page.headline, [w.text for w in page.lede], page.measure_tables)


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
    tables = [MeasureTable((say("Baseline"), say("Result"), say("Remark")), rows, judged=False)]
    for v in verdicts:
        if v.changes:
            head = (say("Measure"), say("Before"), say("After"), say("Change"), say("p (Holm)"), say("Smallest shift"))
            moved = tuple(MeasureRow(c.name, "", _change_cells(c), None) for c in v.changes[:_MOST_ROWS])
            tables.append(MeasureTable(head, moved, say("What moved: {name}", name=v.name), judged=False))
    return notebook_html(
        ["sparesim check"],
        check_headline(verdicts),
        [say("{name}: {sharpness}.", name=v.name, sharpness=v.sharpness) for v in verdicts if v.sharpness],
        tables,
    )


def _change_cells(c: Any) -> tuple[Cell, ...]:
    after = say("gone") if math.isnan(c.after) else f"{c.after:.6g}"
    change = f"{c.relative:+.2%}" if math.isfinite(c.relative) else ""
    smallest = fine_percent(c.smallest_relative) if math.isfinite(c.smallest_relative) else ""
    return Cell(f"{c.before:.6g}"), Cell(after, "value"), Cell(change), Cell(f"{c.p_value:.2g}"), Cell(smallest)


def plan_html(plan: Plan, size: str) -> str:
    """A plan: what it asks, how large it is, how it is run."""
    run = plan.run
    times = {"length": fmt.duration(run.length_h), "start": run.start, "warm_up": fmt.duration(run.warm_up_h)}
    facts = {
        say("Size"): size,
        say("Run"): say("{length} from {start}, after {warm_up} of warm-up", **times),
        say("Replications"): say("{n}, seed {seed}", n=run.replications, seed=run.seed),
        say("Targets"): ", ".join(t.kpi if t.group == "all" else f"{t.kpi} ({t.group})" for t in plan.targets) or say("none"),
        say("Digest"): plan.digest[:8],
    }
    rows = tuple(MeasureRow(name, "", (Cell(said),), None) for name, said in facts.items())
    return notebook_html(
        [plan.name], plan.title or plan.name, [plan.question] if plan.question else [], [MeasureTable((), rows, judged=False)]
    )
