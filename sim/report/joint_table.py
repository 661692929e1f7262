"""All scenarios in one table, for a reader with a minute: a row a scenario, a column a measure, verdicts as marks."""

from __future__ import annotations

from collections.abc import Sequence

from sim.analysis.kpis import HEADLINES
from sim.language import say
from sim.report import format as fmt
from sim.report import text
from sim.report.compared import Compared
from sim.report.contrast import Contrast
from sim.report.labels import LEADS, full_label, main_rank, unit_of
from sim.report.read import Measure, RunResults
from sim.report.render import Cell, MeasureRow, MeasureTable

MOST_COLUMNS = 6
_COST = "cost.total.per_year"
_MARKS = {"met": ("\u2713", "met"), "missed": ("\u2717", "missed"), "not shown": ("?", "open")}


def joint_table(k: Compared) -> MeasureTable:
    """Scenarios as rows, the baseline first and the best marked; below each value its difference to the baseline."""
    columns = joint_measures(k)
    scales = [fmt.scale_for(unit_of(m), text.typical(m, k.run), k.run.currency) for m in columns]
    heads = [_head(m, s) for m, s in zip(columns, scales, strict=True)]
    sides: list[tuple[RunResults, Contrast | None]] = [(k.base, None), *zip(k.others, k.contrasts, strict=True)]
    places = [_decimals(m, scale, [run for run, _ in sides]) for m, scale in zip(columns, scales, strict=True)]
    shown = list(zip(columns, scales, places, strict=True))
    is_judged = any(m.has_target for run, _ in sides for m in run.measures)
    rows = [
        MeasureRow(
            _row_name(k, i),
            "",
            (*(_cell(run, contrast, *column) for column in shown), *((_targets(run),) if is_judged else ())),
            None,
        )
        for i, (run, contrast) in enumerate(sides)
    ]
    if is_judged:
        heads.append(say("Targets met"))
    note = say(
        "\u2713 target met, \u2717 missed, ? not shown either way. Small: difference to the baseline; \u2248 one that is not "
        "shown after Holm over {n} comparisons.",
        n=len(k.others),
    )
    return MeasureTable((say("Scenario"), *heads), tuple(rows), judged=False, note=note)


def _head(measure: Measure, scale: fmt.Scale) -> str:
    label = full_label(measure)
    return say("{measure}, {unit}", measure=label, unit=scale.unit) if scale.unit else label


def _row_name(k: Compared, i: int) -> str:
    if i == 0:
        return say("Baseline: {name}", name=k.base.title)
    name = k.short[i - 1]
    return say("{name} (best)", name=name) if i - 1 == k.chief else name


def joint_measures(k: Compared) -> list[Measure]:
    """What the columns are: the leading measures and those with targets of the whole run by rank, the cost last."""
    found = [m for m in k.run.measures if m.group == "all" and all(_has(k, m.kpi, run) for run in (k.base, *k.others))]
    told = [m for m in found if m.kpi in LEADS[:1] or m.has_target or m.kpi in HEADLINES]
    cost = [m for m in found if m.kpi == _COST]
    judged = sorted((m for m in told if m.kpi != _COST), key=lambda m: (m.kpi not in LEADS[:1], not m.has_target, main_rank(m)))
    chosen = judged[: MOST_COLUMNS - len(cost)]
    return [*sorted(chosen, key=main_rank), *cost]


def _has(k: Compared, kpi: str, run: RunResults) -> bool:
    return run.measure(kpi) is not None


def _targets(run: RunResults) -> Cell:
    judged = [m for m in run.measures if m.has_target]
    if not judged:
        return Cell(fmt.MISSING)
    return Cell(say("{met} of {n}", met=sum(m.verdict == "met" for m in judged), n=len(judged)))


def _decimals(column: Measure, scale: fmt.Scale, runs: Sequence[RunResults]) -> int:
    """As many in all rows as the least precise one supports."""
    found = []
    for run in runs:
        measure = run.measure(column.kpi, column.group)
        if measure is not None:
            width = None if measure.half_width is None else scale.value(measure.half_width)
            found.append(fmt.decimals_for(scale.value(measure.mean), width))
    return min(found, default=0)


def _cell(run: RunResults, contrast: Contrast | None, column: Measure, scale: fmt.Scale, places: int) -> Cell:
    measure = run.measure(column.kpi, column.group)
    if measure is None:
        return Cell(fmt.MISSING)
    value = fmt.number(scale.value(measure.mean), places)
    mark, kind = _MARKS.get(measure.verdict or "", ("", "")) if measure.has_target else ("", "")
    found = None if contrast is None else contrast.of(column.kpi, column.group)
    note = ""
    if found is not None:
        change = scale.value(found.difference)
        note = fmt.number(change, places if abs(change) * 10**places >= 9.5 else places + 1, signed=True)
        shown = found.verdict in ("better", "worse", "differs") if found.verdict else found.is_shown
        note = note if shown or found.difference == 0 else f"\u2248 {note}"
    return Cell(f"{mark} {value}" if mark else value, kind, note)
