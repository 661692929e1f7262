"""Where the variance of a run comes from and what the ways to reduce it gained; absent without these options."""

from __future__ import annotations

import math

from sim.analysis.kpis import HEADLINES
from sim.language import say
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
    many = say("the {n} uncertain inputs", n=len(inputs)) if len(inputs) > 1 else say("the uncertain input")
    first = leading(run, run.table("variance"), "input_share")
    if not first:
        if run.table("antithetic"):
            return say("The intervals contain what is not known of {inputs}.", inputs=many)
        return say(
            "The intervals contain what is not known of {inputs}; "
            "with draws_per_input of 2 or more the run would tell its share.",
            inputs=many,
        )
    measure, row = first[0]
    share, low, high = (value_in(row, name) for name in ("input_share", "share_low", "share_high"))
    told = fmt.percent(share)
    if math.isfinite(low):
        span = fmt.with_unit(fmt.span(fmt.number(100 * low), fmt.number(100 * high)), "%")
        told = say("{value} ({interval})", value=told, interval=span)
    return say(
        "{share} of the variance of {measure} between replications comes from {inputs}, which longer runs do not lessen.",
        share=told,
        measure=lower(measure),
        inputs=many,
    )


def _pair_sentence(run: RunResults) -> str:
    first = leading(run, run.table("antithetic"), "gain")
    if not first:
        return ""
    measure, row = first[0]
    gain = value_in(row, "gain")
    if gain < LEAST_GAIN:
        return say(
            "Antithetic pairs gain nothing for {measure} ({times} the precision).", measure=lower(measure), times=times(gain)
        )
    return say(
        "Antithetic pairs make {measure} as precise as {times} as many independent replications would.",
        measure=lower(measure),
        times=times(gain),
    )


def _control_sentence(run: RunResults) -> str:
    first = leading(run, run.table("controls"), "gain")
    if not first:
        return ""
    measure, row = first[0]
    value, width = adjusted(run, measure, row)
    gain = value_in(row, "gain")
    if gain < LEAST_GAIN:
        return say(
            "Control variates gain nothing for {measure} ({times} the precision).", measure=lower(measure), times=times(gain)
        )
    return say(
        "Adjusted by control variates {measure} is {value} ({interval}), as with {times} as many replications.",
        measure=lower(measure),
        value=value,
        interval=width,
        times=times(gain),
    )


times = fmt.times


def adjusted(run: RunResults, measure: Measure, row: Columns) -> tuple[str, str]:
    """The adjusted mean and its interval."""
    from sim.report.text import interval_cell, typical  # which imports this module

    scale = fmt.scale_for(unit_of(measure), typical(measure, run), run.currency)
    twin = Measure(
        measure.kpi, measure.group, measure.unit, measure.n, value_in(row, "adjusted"), value_in(row, "adjusted_half_width")
    )
    return fmt.quantity(twin.mean, scale, twin.half_width), fmt.with_unit(interval_cell(twin, scale), scale.unit)
