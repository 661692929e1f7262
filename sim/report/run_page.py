"""The page of one run: which sections it has and what they say."""

from __future__ import annotations

from sim.analysis.kpis import HEADLINES
from sim.language import say
from sim.report import facts, text
from sim.report import format as fmt
from sim.report.appendix import run_tables
from sim.report.labels import full_label, main_rank, unit_of
from sim.report.losses import lost_measures
from sim.report.panel import Panel, Section
from sim.report.parts_of_run import PARTS
from sim.report.read import Measure, RunResults
from sim.report.render import Cell, MeasureRow, MeasureTable, Page, Words, section
from sim.report.stopping_text import stopping_sentences
from sim.report.warm_up import welch_panel

MOST_ROWS = 12


def run_page(run: RunResults) -> Page:
    """Everything a reader sees of one run."""
    said = [*text.sentences(run), *stopping_sentences(run)]
    return Page(
        title=f"{run.title} \u2013 sparesim",
        context=context(run),
        headline=said[0],
        lede=tuple(Words(s, warn=text.is_doubt(s)) for s in said[1:]),
        measure_tables=(measure_table(run),),
        sections=sections(run),
        facts=facts.run_facts(run),
        appendices=(),
        name=run.name,
        tables=run_tables(run),
        sure_panels=tuple(panel for panel in (welch_panel(run),) if panel is not None),
        footer=say(
            "Drawn by sparesim from stored results of {name}; the numbers of every figure are in the run folder as CSV.",
            name=run.name,
        ),
    )


def context(run: RunResults) -> tuple[Words, ...]:
    """The line above the headline."""
    pieces = [Words(run.title, strong=True)]
    question = str(run.manifest.get("question") or "").strip()
    if question:
        pieces.append(Words(run.told(question)))
    pieces.append(Words(f"{fmt.replications(run.replications)} \u00d7 {fmt.duration(run.length_h)}"))
    if run.manifest.get("seed") is not None:
        pieces.append(Words(say("seed {n}", n=run.manifest["seed"])))
    return tuple(pieces)


def table_measures(run: RunResults) -> list[Measure]:
    """Rows of the measure table: headline measures, everything with a target and visible losses, whole run before groups."""
    judged = [m for m in run.measures if m.has_target]
    judged += [m for m in lost_measures(run) if m not in judged]
    main = [m for kpi in HEADLINES if (m := run.measure(kpi)) is not None and m not in judged]
    chosen = judged + main[: max(0, MOST_ROWS - len(judged))]
    return sorted(chosen, key=main_rank)


def measure_table(run: RunResults) -> MeasureTable:
    """Measure, mean, interval, target, verdict."""
    chosen = table_measures(run)
    judged = any(m.has_target for m in chosen)
    rows = []
    for measure in chosen:
        scale = fmt.scale_for(unit_of(measure), text.typical(measure, run), run.currency)
        shown = scale.value(measure.mean)
        width = None if measure.half_width is None else scale.value(measure.half_width)
        cells = (
            Cell(fmt.number(shown, fmt.decimals_for(shown, width)), "value"),
            Cell(text.interval_cell(measure, scale)),
            *((Cell(text.target_cell(measure, run)),) if judged else ()),
        )
        rows.append(MeasureRow(full_label(measure), scale.unit, cells, measure.verdict if measure.has_target else None))
    ends = (say("Target"), say("Verdict")) if judged else ()
    head = (say("Measure"), say("Mean"), say("{level} CI", level=text.confidence_text(run)), *ends)
    return MeasureTable(head, tuple(rows), judged=judged)


def sections(run: RunResults) -> tuple[Section, ...]:
    """Sections in reading order; those without data are absent."""
    found: list[Section] = []
    for part in PARTS:
        panels: list[Panel | None] = []
        for draw in part.draws:
            panels += draw(run)
        found += section(part.name, say(part.heading), panels)
    return tuple(found)
