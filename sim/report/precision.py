"""Where the variance of a run comes from and what the ways to reduce it gained; absent without these options."""

from __future__ import annotations

import math

from sim.analysis.kpis import HEADLINES
from sim.report import format as fmt
from sim.report.labels import full_label, main_rank, unit_of
from sim.report.read import Columns, Measure, RunResults

LEAST_GAIN = 1.05  # less is none


def precision_sentences(run: RunResults) -> list[str]:
    """What console and report say of uncertain inputs, antithetic pairs and control variates, each of its leading measure."""
    said = [_input_sentence(run), _pair_sentence(run), _control_sentence(run)]
    return [sentence for sentence in said if sentence]


def leading(run: RunResults, table: Columns, column: str) -> list[tuple[Measure, Columns]]:
    """Headline measures of the whole run and those with a target that have a value in a column, the leading one first."""
    found = []
    for i, (kpi, group) in enumerate(zip(table.text("kpi"), table.text("group"), strict=True)):
        measure = run.measure(kpi, group)
        if measure is not None and (measure.has_target or (kpi in HEADLINES and group == "all")):
            row = table.take([i])
            if math.isfinite(row.numbers(column)[0]):
                found.append((measure, row))
    return sorted(found, key=lambda pair: (not pair[0].has_target, *main_rank(pair[0])))


def lower(measure: Measure) -> str:
    """The measure's label within a sentence."""
    label = full_label(measure)
    return label if label[:2].isupper() or label[1:2].isdigit() else label[0].lower() + label[1:]


def value_in(row: Columns, column: str) -> float:
    """A number of a table of one row."""
    return float(row.numbers(column)[0])


def _input_sentence(run: RunResults) -> str:
    inputs = run.table("inputs")
    if not inputs:
        return ""
    many = f"the {len(inputs)} uncertain inputs" if len(inputs) > 1 else "the uncertain input"
    first = leading(run, run.table("variance"), "input_share")
    if not first:
        how = "" if run.table("antithetic") else "; with draws_per_input of 2 or more the run would tell its share"
        return f"The intervals contain what is not known of {many}{how}."
    measure, row = first[0]
    share, low, high = (value_in(row, name) for name in ("input_share", "share_low", "share_high"))
    span = f" ({fmt.number(100 * low)}{fmt.EN_DASH}{fmt.with_unit(fmt.number(100 * high), '%')})" if math.isfinite(low) else ""
    return (
        f"{fmt.percent(share)}{span} of the variance of {lower(measure)} between replications comes from {many}, which longer "
        "runs do not lessen."
    )


def _pair_sentence(run: RunResults) -> str:
    first = leading(run, run.table("antithetic"), "gain")
    if not first:
        return ""
    measure, row = first[0]
    gain = value_in(row, "gain")
    if gain < LEAST_GAIN:
        return f"Antithetic pairs gain nothing for {lower(measure)} ({times(gain)} the precision)."
    return f"Antithetic pairs make {lower(measure)} as precise as {times(gain)} as many independent replications would."


def _control_sentence(run: RunResults) -> str:
    first = leading(run, run.table("controls"), "gain")
    if not first:
        return ""
    measure, row = first[0]
    value, width = adjusted(run, measure, row)
    gain = value_in(row, "gain")
    if gain < LEAST_GAIN:
        return f"Control variates gain nothing for {lower(measure)} ({times(gain)} the precision)."
    return f"Adjusted by control variates {lower(measure)} is {value} ({width}), as with {times(gain)} as many replications."


def times(gain: float) -> str:
    """'2.1 times'."""
    return f"{fmt.number(gain, 1 if gain < 10 else 0)} times"


def adjusted(run: RunResults, measure: Measure, row: Columns) -> tuple[str, str]:
    """The adjusted mean and its interval."""
    from sim.report.text import interval_cell, typical  # which imports this module

    scale = fmt.scale_for(unit_of(measure), typical(measure, run), run.currency)
    twin = Measure(
        measure.kpi, measure.group, measure.unit, measure.n, value_in(row, "adjusted"), value_in(row, "adjusted_half_width")
    )
    return fmt.quantity(twin.mean, scale, twin.half_width), f"{fmt.with_unit(interval_cell(twin, scale), scale.unit)}"
