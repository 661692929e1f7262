"""All scenarios in one table, for a reader with a minute: a row a scenario, a column a measure, verdicts as marks."""

from __future__ import annotations

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
    heads = [full_label(m) + (f", {s.unit}" if s.unit else "") for m, s in zip(columns, scales, strict=True)]
    rows = [
        MeasureRow(
            _row_name(k, i),
            "",
            tuple(_cell(run, contrast, m, scale) for m, scale in zip(columns, scales, strict=True)),
            None,
        )
        for i, (run, contrast) in enumerate([(k.base, None), *zip(k.others, k.contrasts, strict=True)])
    ]
    note = say(
        "\u2713 target met, \u2717 missed, ? not shown either way. Small: difference to the baseline; \u2248 one that is not "
        "shown after Holm over {n} comparisons.",
        n=len(k.others),
    )
    return MeasureTable((say("Scenario"), *heads), tuple(rows), judged=False, note=note)


def _row_name(k: Compared, i: int) -> str:
    if i == 0:
        return say("Baseline: {name}", name=k.base.title)
    name = k.names[i - 1]
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


def _cell(run: RunResults, contrast: Contrast | None, column: Measure, scale: fmt.Scale) -> Cell:
    measure = run.measure(column.kpi, column.group)
    if measure is None:
        return Cell(fmt.MISSING)
    width = None if measure.half_width is None else scale.value(measure.half_width)
    value = fmt.number(scale.value(measure.mean), fmt.decimals_for(scale.value(measure.mean), width))
    mark, kind = _MARKS.get(measure.verdict or "", ("", "")) if measure.has_target else ("", "")
    found = None if contrast is None else contrast.of(column.kpi, column.group)
    note = ""
    if found is not None:
        spread = None if found.half_width is None else scale.value(found.half_width)
        change = scale.value(found.difference)
        note = fmt.number(change, fmt.decimals_for(change, spread), signed=True)
        shown = found.verdict in ("better", "worse", "differs") if found.verdict else found.is_shown
        note = note if shown or found.difference == 0 else f"\u2248 {note}"
    return Cell(f"{mark} {value}" if mark else value, kind, note)
