"""The page of a comparison: scenarios against a baseline under common random numbers."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sim.analysis.kpis import HEADLINES
from sim.language import say
from sim.report import comparison_text as words
from sim.report import facts, text
from sim.report import format as fmt
from sim.report.compared import Compared
from sim.report.contrast import Contrast, Difference
from sim.report.joint_table import joint_table
from sim.report.labels import full_label, main_rank, unit_of
from sim.report.losses import LOSS_MEASURES, lost_measures
from sim.report.panel import Grid, Panel, Section
from sim.report.parts_of_comparison import COMPARISON_PARTS
from sim.report.read import Measure, RunResults
from sim.report.render import Appendix, Cell, Fact, MeasureRow, MeasureTable, Page, Words, section
from sim.report.together import Together, direction_text, p_text, times_text

MOST_ROWS = 12
_COST = "cost.total.per_year"


def comparison_page(
    base: RunResults,
    others: Sequence[RunResults],
    contrasts: Sequence[Contrast],
    together: Together | None = None,
    command: Sequence[str] = (),
) -> Page:
    """Everything a reader sees of a comparison; `command` is the one that made it.

    Raises
    ------
    UsageError
        If there is no scenario, or runs and contrasts differ in number.
    """
    k = Compared.of(base, others, contrasts, together)
    told = words.tell(base, k.others, k.contrasts, k.together)
    return Page(
        title=say("{names} vs {base} \u2013 sparesim", names=fmt.in_words(list(k.names)), base=base.title),
        context=_context(k),
        headline=told.headline,
        lede=tuple(Words(s, warn=text.is_doubt(s)) for s in told.lede),
        measure_tables=measure_tables(k),
        sections=sections(k),
        facts=_facts(k, told, command),
        appendices=tuple(_appendix(k, name, own) for name, own in zip(k.names, k.contrasts, strict=True)),
        footer=say(
            "Drawn by sparesim from stored results; baseline and scenarios met the same customers (common random numbers)."
        ),
    )


def sections(k: Compared) -> tuple[Section, ...]:
    """Sections in reading order; those without data are absent."""
    found: list[Section] = []
    for part in COMPARISON_PARTS:
        panels: list[Panel | None] = []
        for draw in part.draws:
            panels += draw(k)
        heading = say(part.heading)
        if part.of_chief and k.several:
            heading = say("{heading}: {name}", heading=heading, name=k.name)
        found += section(part.name, heading, panels)
    return tuple(found)


def measure_tables(k: Compared) -> tuple[MeasureTable, ...]:
    """One table for one scenario; for several one for all, and one a scenario folded below."""
    if not k.several:
        return (comparison_table(k.base, k.run, k.contrast, k.confidence, ""),)
    single = [
        replace(comparison_table(k.base, run, own, k.confidence, name), folded=True)
        for run, own, name in zip(k.others, k.contrasts, k.names, strict=True)
    ]
    return (joint_table(k), *single)


def _context(k: Compared) -> tuple[Words, ...]:
    pieces = [Words(fmt.in_words(list(k.names)), strong=True), Words(say("against the baseline"))]
    pieces.append(Words(k.base.title, strong=True))
    pieces.append(
        Words(
            say(
                "{n} paired replications \u00d7 {length}", n=fmt.number(k.base.replications), length=fmt.duration(k.base.length_h)
            )
        )
    )
    if k.base.manifest.get("seed") is not None:
        pieces.append(Words(say("seed {n}", n=k.base.manifest["seed"])))
    return tuple(pieces)


def comparison_table(base: RunResults, run: RunResults, contrast: Contrast, confidence: str, caption: str) -> MeasureTable:
    """Measure, baseline, scenario, difference with its paired interval, target, verdict."""
    judged = [m for m in run.measures if m.has_target]
    lost = {m.kpi for side in (base, run) for m in lost_measures(side)}
    chosen = judged + [m for kpi in LOSS_MEASURES if kpi in lost and (m := run.measure(kpi)) is not None and m not in judged]
    cost = run.measure(_COST)
    if cost is not None and cost not in chosen and contrast.of(_COST) is not None:
        chosen.append(cost)  # the price stands in every table
    main = [m for kpi in HEADLINES if (m := run.measure(kpi)) is not None and m not in chosen and contrast.of(kpi) is not None]
    rows = []
    for measure in sorted(chosen + main[: max(0, MOST_ROWS - len(chosen))], key=main_rank):
        row = _comparison_row(base, run, measure, contrast)
        if row is not None:
            rows.append(row)
    interval = say("{confidence} CI of difference (paired)", confidence=confidence)
    head = (say("Measure"), say("Baseline"), say("Scenario"), say("Difference"), interval)
    if judged:
        return MeasureTable((*head, say("Target"), say("Verdict")), tuple(rows), caption)
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
            low, high = (fmt.number(end, places, signed=True) for end in (difference - spread, difference + spread))
            span = say("{low} to {high}", low=low, high=high)
    cells = (
        Cell(fmt.number(scale.value(before.mean), decimals) if before is not None else fmt.MISSING),
        Cell(fmt.number(shown, decimals), "value"),
        Cell(change),
        Cell(span),
        Cell(text.target_cell(measure, run)),
    )
    return MeasureRow(full_label(measure), scale.unit, cells, measure.verdict if measure.has_target else None)


_TOLD_OTHERWISE = ("Inputs", "Reproduce", "Against theory", "Steady state", "Precision")  # of a run's facts


def _facts(k: Compared, told: words.Told, command: Sequence[str]) -> tuple[Fact, ...]:
    pairing = (
        say("Same customers in every scenario (common random numbers); intervals are of the paired differences."),
        told.pairing,
        told.holm,
    )
    entries = [Fact(say("Pairing"), " ".join(s for s in pairing if s)), *_precision(k)]
    left_out = {say(name) for name in _TOLD_OTHERWISE}
    entries += [fact for fact in facts.run_facts(k.base) if fact.name not in left_out]
    entries += [
        Fact(label, facts.origin(run)) for label, run in [(say("Baseline"), k.base), *zip(k.names, k.others, strict=True)]
    ]
    if command:
        entries.append(Fact(say("Reproduce"), shlex.join([Path(command[0]).name, *command[1:]]), code=True))
    return tuple(entries)


def _precision(k: Compared) -> list[Fact]:
    """How wide the interval of the difference is that the headline is about, against the difference."""
    kpi = words.lead_kpi(k.base, k.contrasts)
    found = k.contrast.of(kpi) if kpi is not None else None
    if found is None or not found.half_width or not found.difference:
        return []
    relative = found.half_width / abs(found.difference)
    measure = text.lower_first(full_label(_measure(found)))
    said = say("Half-width of the difference in {measure} is {share} of it", measure=measure, share=fmt.percent(relative))
    return [Fact(say("Precision"), said)]


def _measure(found: Difference) -> Measure:
    return Measure(found.kpi, found.group, found.unit, 0, found.other, None)


def _appendix(k: Compared, name: str, contrast: Contrast) -> Appendix:
    ranked = sorted(contrast.rows, key=lambda d: (main_rank(_measure(d))[1], main_rank(_measure(d))[0], not d.is_shown))
    listed = ranked[: facts.MOST_APPENDIX_ROWS]
    head: tuple[str, ...] = (
        *(say("Measure"), say("Id"), say("Group"), say("Baseline"), say("Scenario"), say("Difference")),
        *(say("{level} CI", level=k.confidence), say("Shown"), say("Pairing saves")),
    )
    note = say(
        "Shown: the interval leaves out zero. One interval per measure: among twenty such, one leaves out zero by chance alone. "
        "Pairing saves: so many times as many replications would independent runs have needed."
    )
    if k.several:
        head = (*head, say("p (Holm)"), say("Verdict"))
        tail = say("p and verdict: each measure after Holm over {n} comparisons.", n=len(k.contrasts))
        note = say("{text} {sentence}", text=note, sentence=tail)
    if len(listed) < len(ranked):
        rest = say("The first {n} of {total}; all are in comparison.csv.", n=len(listed), total=fmt.number(len(ranked)))
        note = say("{text} {sentence}", text=note, sentence=rest)
    rows = tuple(_difference_row(d, k) for d in listed)
    heading = say("All differences: {name}", name=name)
    return Appendix(heading, say("{n} measures", n=fmt.number(len(rows))), Grid(head, rows, note))


def _difference_row(d: Difference, k: Compared) -> tuple[str, ...]:
    measure = _measure(d)
    scale = fmt.scale_for(unit_of(measure), max(abs(d.base), abs(d.other)), k.base.currency)
    return (
        full_label(measure),
        d.kpi,
        d.group,
        fmt.quantity(d.base, scale),
        fmt.quantity(d.other, scale),
        fmt.quantity(d.difference, scale, d.half_width, signed=True),
        fmt.interval(d.difference, d.half_width, scale, signed=True),
        say("yes") if d.is_shown else say("no"),
        fmt.MISSING if d.variance_reduction is None else times_text(d.variance_reduction),
        *((p_text(d.p_holm), direction_text(d.verdict)) if k.several else ()),
    )
