"""The page of a comparison: scenarios against a baseline under common random numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sim.analysis.kpis import HEADLINES
from sim.errors import UsageError
from sim.language import say
from sim.report import comparison_text as words
from sim.report import facts, text, titles
from sim.report import format as fmt
from sim.report import palette as c
from sim.report.contrast import Contrast
from sim.report.figures_loops import loops_moved_panel
from sim.report.figures_money import PlanPoint, frontier_panel
from sim.report.figures_parts import parts_panel
from sim.report.figures_places import Dot, dot_legend, dot_plot, rank_points
from sim.report.figures_time import Curve, curve_panel, stage_panel
from sim.report.judged import Rule
from sim.report.labels import full_label, main_rank, unit_of
from sim.report.losses import LOSS_MEASURES, lost_measures
from sim.report.panel import Grid, Panel
from sim.report.read import Measure, RunResults
from sim.report.render import Appendix, Cell, Fact, MeasureRow, MeasureTable, Page, Words, section
from sim.report.together import Together, p_text, pairs_panel, standing_panel, times_text

MOST_ROWS = 12
MOST_SCENARIOS = 5  # drawn in one figure; tables have all


def comparison_page(
    base: RunResults, others: Sequence[RunResults], contrasts: Sequence[Contrast], together: Together | None = None
) -> Page:
    """Everything a reader sees of a comparison.

    Raises
    ------
    UsageError
        If there is no scenario, or runs and contrasts differ in number.
    """
    if not others or len(others) != len(contrasts):
        raise UsageError(f"a comparison needs one set of differences per scenario, got {len(contrasts)} for {len(others)}")
    chief = words.chief_scenario(base, others, contrasts)
    together = together if together is not None else Together(None)
    said = words.sentences(base, others, contrasts, together)
    confidence = text.confidence_text(base)
    names = words.display_names(others)
    return Page(
        title=f"{fmt.in_words(list(names))} vs {base.title} \u2013 sparesim",
        context=_context(base, names),
        headline=said[0],
        lede=tuple(Words(s, warn=text.is_doubt(s)) for s in said[1:]),
        measure_tables=tuple(
            comparison_table(base, run, contrast, confidence, name if len(others) > 1 else "")
            for run, contrast, name in zip(others, contrasts, names, strict=True)
        ),
        sections=(
            *section(
                "together",
                "Which differences hold together",
                [
                    standing_panel(together, contrasts, names, base.currency),
                    pairs_panel(together, names, base.currency),
                ],
            ),
            *section("inputs", "What was changed", [_inputs_panel(names, contrasts)]),
            *section("time", "Where the time goes", _time_panels(base, others, names, confidence)),
            *section("loops", say("Loops"), [loops_moved_panel(base, others, names)]),
            *section("money", "Money against time", [_frontier(base, others, names, confidence)]),
            *section("places", "Where it hurts", _place_panels(base, others[chief], names[chief], confidence, len(others) > 1)),
            *section("parts", f"Parts: {names[chief]}" if len(others) > 1 else "Parts", [parts_panel(others[chief])]),
        ),
        facts=_facts(base, others, names),
        appendices=tuple(_appendix(base, n, k, confidence, len(contrasts)) for n, k in zip(names, contrasts, strict=True)),
        footer="Drawn by sparesim from stored results; baseline and scenarios met the same customers (common random numbers).",
    )


def _context(base: RunResults, names: Sequence[str]) -> tuple[Words, ...]:
    pieces = [Words(fmt.in_words(list(names)), strong=True), Words("against the baseline"), Words(base.title, strong=True)]
    pieces.append(Words(f"{fmt.number(base.replications)} paired replications \u00d7 {fmt.duration(base.length_h)}"))
    if base.manifest.get("seed") is not None:
        pieces.append(Words(f"seed {base.manifest['seed']}"))
    return tuple(pieces)


def comparison_table(base: RunResults, run: RunResults, contrast: Contrast, confidence: str, caption: str) -> MeasureTable:
    """Measure, baseline, scenario, difference with its paired interval, target, verdict."""
    judged = [m for m in run.measures if m.has_target]
    lost = {m.kpi for side in (base, run) for m in lost_measures(side)}
    chosen = judged + [m for kpi in LOSS_MEASURES if kpi in lost and (m := run.measure(kpi)) is not None and m not in judged]
    main = [m for kpi in HEADLINES if (m := run.measure(kpi)) is not None and m not in chosen and contrast.of(kpi) is not None]
    rows = []
    for measure in sorted(chosen + main[: max(0, MOST_ROWS - len(chosen))], key=main_rank):
        row = _comparison_row(base, run, measure, contrast)
        if row is not None:
            rows.append(row)
    head = ("Measure", "Baseline", "Scenario", "Difference", f"{confidence} CI of difference (paired)")
    if judged:
        return MeasureTable((*head, "Target", "Verdict"), tuple(rows), caption)
    return MeasureTable(head, tuple(replace(row, cells=row.cells[:-1]) for row in rows), caption, judged=False)


def _comparison_row(base: RunResults, run: RunResults, measure: Measure, contrast: Contrast) -> MeasureRow | None:
    before = base.measure(measure.kpi, measure.group)
    found = contrast.of(measure.kpi, measure.group)
    scale = fmt.scale_for(unit_of(measure), text.typical(measure, run), run.currency)
    shown = scale.value(measure.mean)
    width = None if measure.half_width is None else scale.value(measure.half_width)
    decimals = fmt.decimals_for(shown, width)
    change, span = fmt.MISSING, fmt.MISSING
    if found is not None:
        difference = scale.value(found.difference)
        spread = None if found.half_width is None else scale.value(found.half_width)
        places = min(fmt.decimals_for(difference, spread), max(decimals, 1) + 1)
        change = fmt.number(difference, places, signed=True)
        if spread is not None:
            ends = (fmt.number(end, places, signed=True) for end in (difference - spread, difference + spread))
            span = " to ".join(ends)
    cells = (
        Cell(fmt.number(scale.value(before.mean), decimals) if before is not None else fmt.MISSING),
        Cell(fmt.number(shown, decimals), "value"),
        Cell(change),
        Cell(span),
        Cell(text.target_cell(measure, run)),
    )
    return MeasureRow(full_label(measure), scale.unit, cells, measure.verdict if measure.has_target else None)


def _inputs_panel(names: Sequence[str], contrasts: Sequence[Contrast]) -> Panel | None:
    rows = [(path, before, after, name) for name, k in zip(names, contrasts, strict=True) for path, before, after in k.inputs]
    if not rows:
        return None
    several = len(names) > 1
    body = tuple((p, b, a, n) if several else (p, b, a) for p, b, a, n in rows)
    head = ("Input", "Baseline", "Changed to", "Scenario") if several else ("Input", "Baseline", "Scenario")
    count = len(rows)
    title = f"{fmt.small_count(count)} input{'s differ' if count != 1 else ' differs'}, everything else is equal"
    return Panel("inputs", title, "", title, grid=Grid(head, body), wide=True, open_grid=count <= 20)


def _time_panels(base: RunResults, others: Sequence[RunResults], names: Sequence[str], confidence: str) -> list[Panel | None]:
    drawn = list(zip(others, names, strict=True))[:MOST_SCENARIOS]
    panels: list[Panel | None] = []
    if sum(titles.stage_sums(base.table("stages")).values()) > 0:
        rows = [("Baseline", base.table("stages"), "all")]
        rows += [("Scenario" if len(others) == 1 else name, run.table("stages"), "all") for run, name in drawn]
        sums = [titles.stage_sums(table) for _, table, _ in rows]
        panels.append(
            stage_panel(
                rows, words.stage_change_title(sums[0], sums[1:], list(names)), "Mean time in each step of a repair order"
            )
        )
    if base.table("tat").where(group="all"):
        curves = [Curve.of(base.table("tat"), "all", "baseline", c.BASE)]
        for i, (run, name) in enumerate(drawn):
            label = "scenario" if len(others) == 1 else name
            curves.append(Curve.of(run.table("tat"), "all", label, c.SERIES[i], c.DASHES[i]))
        panels.append(
            curve_panel(
                curves,
                others[0].tat_limit_h,
                words.curve_change_title(base, others, names),
                confidence,
                word=others[0].tat_limit_word,
            )
        )
    return panels


def _frontier(base: RunResults, others: Sequence[RunResults], names: Sequence[str], confidence: str) -> Panel | None:
    if len(others) < 2:
        return None  # one scenario's price and gain stand in the headline
    points = []
    for run, name, kind in [(base, "Baseline", "base"), *((r, n, "other") for r, n in zip(others, names, strict=True))]:
        cost, p90 = run.measure("cost.total.per_year"), run.measure("tat.customer.p90")
        if cost is None or p90 is None or not cost.mean > 0:
            return None
        points.append(PlanPoint(name, cost.mean, p90.mean, p90.half_width if p90.half_width is not None else math.nan, kind))
    return frontier_panel(points, others[0].tat_limit_h, base.currency, confidence)


def _place_panels(base: RunResults, run: RunResults, name: str, confidence: str, several: bool) -> list[Panel | None]:
    return [
        _points_change(base, run, name if several else "scenario", confidence),
        _regions_change(base, run, name if several else "scenario", confidence),
    ]


def _change_panel(panel_name: str, what: str, dots: list[Dot], run: RunResults, label: str, confidence: str) -> Panel:
    rule = Rule.of(run)
    body = tuple(
        (
            d.label,
            fmt.hours(d.other_h) if np.isfinite(d.other_h) else fmt.MISSING,
            fmt.hours(d.value_h),
            _signed_hours(d.value_h - d.other_h),
        )
        for d in dots
    )
    return Panel(
        name=panel_name,
        title=words.places_change_title(dots, rule, what),
        subtitle=f"P90 turnaround by {what}; hollow: baseline \u00b7 filled: {label}",
        alt=f"Dot plot of P90 turnaround by {what}: "
        + ", ".join(f"{d.label} {fmt.hours(d.value_h)}, before {fmt.hours(d.other_h)}" for d in dots[:6])
        + ".",
        figure=dot_plot(dots, rule, "P90 turnaround"),
        legend=dot_legend(dots, rule, baseline=True, confidence=confidence),
        grid=Grid((what[:1].upper() + what[1:], "Baseline", label[:1].upper() + label[1:], "Difference"), body),
    )


def _signed_hours(value: float) -> str:
    return fmt.quantity(value, fmt.hours_scale(value), signed=True) if np.isfinite(value) else fmt.MISSING


def _points_change(base: RunResults, run: RunResults, label: str, confidence: str) -> Panel | None:
    points = run.table("points")
    ranking = rank_points(points, run.replications) if points else None
    if ranking is None or len(ranking.worst) < 2:
        return None
    before = dict(zip(base.table("points").text("site"), base.table("points").numbers("tat_p90_h").tolist(), strict=True))
    rows = points.take(ranking.worst)
    p90, width = rows.numbers("tat_p90_h"), rows.numbers("tat_p90_half_width")
    sites = rows.text("site")
    dots = [Dot(sites[i], p90[i], width[i], before.get(sites[i], math.nan)) for i in np.argsort(-p90, kind="stable")]
    return _change_panel("points", "service point", dots, run, label, confidence)


def _regions_change(base: RunResults, run: RunResults, label: str, confidence: str) -> Panel | None:
    regions = sorted(run.grouped("tat.customer.p90", "region"), key=lambda m: -m.mean)[:24]
    if len(regions) < 2:
        return None
    before = {m.keys["region"]: m.mean for m in base.grouped("tat.customer.p90", "region")}
    dots = [
        Dot(
            m.keys["region"],
            m.mean,
            m.half_width if m.half_width is not None else math.nan,
            before.get(m.keys["region"], math.nan),
        )
        for m in regions
    ]
    return _change_panel("regions", "region", dots, run, label, confidence)


def _facts(base: RunResults, others: Sequence[RunResults], names: Sequence[str]) -> tuple[Fact, ...]:
    shared = [
        Fact("Pairing", "Same customers in every scenario (common random numbers); intervals are of the paired differences")
    ]
    shared += [
        fact for fact in facts.run_facts(base) if fact.name not in ("Inputs", "Reproduce", "Against theory", "Steady state")
    ]
    entries = list(shared)
    for label, run in [("Baseline", base), *zip(names, others, strict=True)]:
        entries.append(Fact(label, facts.origin(run)))
        if run.manifest.get("command"):
            entries.append(Fact(f"Reproduce {label}" if label != "Baseline" else "Reproduce", facts.command_text(run), code=True))
    return tuple(entries)


def _appendix(base: RunResults, name: str, contrast: Contrast, confidence: str, comparisons: int) -> Appendix:
    rows = []
    for d in contrast.rows[: facts.MOST_APPENDIX_ROWS]:
        measure = Measure(d.kpi, d.group, d.unit, 0, d.other, None)
        scale = fmt.scale_for(unit_of(measure), max(abs(d.base), abs(d.other)), base.currency)
        rows.append(
            (
                full_label(measure),
                d.kpi,
                d.group,
                fmt.quantity(d.base, scale),
                fmt.quantity(d.other, scale),
                fmt.quantity(d.difference, scale, d.half_width, signed=True),
                fmt.interval(d.difference, d.half_width, scale, signed=True),
                "yes" if d.is_shown else "no",
                fmt.MISSING if d.variance_reduction is None else times_text(d.variance_reduction),
                *((p_text(d.p_holm), d.verdict) if comparisons > 1 else ()),
            )
        )
    head: tuple[str, ...] = (
        "Measure",
        "Id",
        "Group",
        "Baseline",
        "Scenario",
        "Difference",
        f"{confidence} CI",
        "Shown",
        "Pairing saves",
    )
    note = (
        "Shown: the interval leaves out zero. One interval per measure: among twenty such, one leaves out zero by chance alone. "
        "Pairing saves: so many times as many replications would independent runs have needed."
    )
    if comparisons > 1:
        head = (*head, "p (Holm)", "Verdict")
        note += f" p and verdict: each measure after Holm over {comparisons} comparisons."
    return Appendix(f"All differences: {name}", f"{fmt.number(len(rows))} measures", Grid(head, tuple(rows), note))
