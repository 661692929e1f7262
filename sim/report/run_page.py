"""The page of one run: which sections it has and what they say."""

from __future__ import annotations

from sim.analysis.kpis import HEADLINES
from sim.report import facts, text, titles
from sim.report import format as fmt
from sim.report import palette as c
from sim.report.figures_contact import halfhour_panels, weekhour_panels
from sim.report.figures_money import money_panel
from sim.report.figures_parts import fill_panel, owed_panel, parts_panel
from sim.report.figures_places import points_panel, regions_panel
from sim.report.figures_precision import precision_panels
from sim.report.figures_time import Curve, curve_panel, daily_panels, stage_panel
from sim.report.labels import full_label, main_rank, unit_of
from sim.report.losses import lost_measures
from sim.report.map import map_panel
from sim.report.panel import Panel, Section
from sim.report.read import Measure, RunResults
from sim.report.render import Cell, MeasureRow, MeasureTable, Page, Words, section
from sim.report.stopping_text import stopping_sentences
from sim.report.warm_up import welch_panel

MOST_ROWS = 12
MOST_CURVES = 4


def run_page(run: RunResults) -> Page:
    """Everything a reader sees of one run."""
    said = [*text.sentences(run), *stopping_sentences(run)]
    confidence = text.confidence_text(run)
    return Page(
        title=f"{run.title} \u2013 sparesim",
        context=context(run),
        headline=said[0],
        lede=tuple(Words(s, warn=text.is_doubt(s)) for s in said[1:]),
        measure_tables=(measure_table(run),),
        sections=sections(run, confidence),
        facts=facts.run_facts(run),
        appendices=facts.appendices(run),
        sure_panels=tuple(panel for panel in (welch_panel(run),) if panel is not None),
        footer=f"Drawn by sparesim from stored results of {run.name}; the numbers of every figure are in the run folder as CSV.",
    )


def context(run: RunResults) -> tuple[Words, ...]:
    """The line above the headline."""
    pieces = [Words(run.title, strong=True)]
    question = str(run.manifest.get("question") or "").strip()
    if question:
        pieces.append(Words(question))
    times = f"{fmt.number(run.replications)} replication{'' if run.replications == 1 else 's'}"
    pieces.append(Words(f"{times} \u00d7 {fmt.duration(run.length_h)}"))
    if run.manifest.get("seed") is not None:
        pieces.append(Words(f"seed {run.manifest['seed']}"))
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
    head = ("Measure", "Mean", f"{text.confidence_text(run)} CI", *(("Target", "Verdict") if judged else ()))
    return MeasureTable(head, tuple(rows), judged=judged)


def sections(run: RunResults, confidence: str) -> tuple[Section, ...]:
    """Sections in reading order; those without data are absent."""
    return (
        *section("time", "Where the time goes", _time_panels(run, confidence)),
        *section("places", "Where it hurts", [points_panel(run, confidence), regions_panel(run, confidence), map_panel(run)]),
        *section("parts", "Parts", [parts_panel(run), fill_panel(run), owed_panel(run)]),
        *section("contacts", "Contact centres", halfhour_panels(run)),
        *section("week", "People by hour of the week", weekhour_panels(run)),
        *section("money", "Money", [money_panel(run)]),
        *section("precision", "Uncertainty and variance", precision_panels(run)),
        *section("course", "Course of the run", daily_panels(run)),
    )


def _time_panels(run: RunResults, confidence: str) -> list[Panel | None]:
    stages = run.table("stages")
    panels: list[Panel | None] = []
    if sum(titles.stage_sums(stages).values()) > 0:
        groups = [g for g in dict.fromkeys(stages.text("group")) if g.startswith("segment=")]
        rows = [("All orders", stages, "all")]
        if len(groups) > 1:
            rows += [(g.split("=", 1)[1], stages, g) for g in groups[:5]]
        panels.append(stage_panel(rows, titles.time_title(stages), "Mean time in each step of a repair order"))
    tat = run.table("tat")
    if tat.where(group="all"):
        panels.append(curve_panel(_curves(run), run.tat_limit_h, titles.curve_title(run), confidence, word=run.tat_limit_word))
    return panels


def _curves(run: RunResults) -> list[Curve]:
    tat = run.table("tat")
    groups = [g for g in dict.fromkeys(tat.text("group")) if g.startswith("segment=")]
    curves = []
    shared = set(run.promises.values())
    only = shared.pop() if len(shared) == 1 else float("nan")
    if len(groups) < 2:
        return [Curve.of(tat, "all", "all orders", c.BLUE, promise_h=only)]
    curves.append(Curve.of(tat, "all", "all orders", c.BASE))
    for i, group in enumerate(groups[:MOST_CURVES]):
        name = group.split("=", 1)[1]
        promise = run.promises.get(name, float("nan"))
        curves.append(Curve.of(tat, group, name, c.SERIES[i], c.DASHES[i], promise))
    return curves
