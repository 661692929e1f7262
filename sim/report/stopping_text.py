"""How a run to a goal ended, and how many replications more an open verdict needs, in sentences for console and page."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.analysis.settle import more_to_settle, more_to_shorten
from sim.language import say, say_count
from sim.report import format as fmt
from sim.report.growth import is_growing
from sim.report.labels import main_rank, measure_label, unit_of
from sim.report.read import Measure, RunResults
from sim.report.text import lower_first, subject_of, typical

_MOST = 4  # so many measures are told of one by one


def stopping_sentences(run: RunResults) -> list[str]:
    """What the stored results say about the number of replications; nothing if that is settled."""
    return [*_goal(run), *_open_verdicts(run)]


def _level(run: RunResults) -> float:
    """Level of the intervals, which is above the confidence where a goal stopped the run."""
    stopping = run.summary.get("stopping")
    return float(stopping["level"]) if stopping else run.confidence


def _goal(run: RunResults) -> list[str]:
    stopping: dict[str, Any] | None = run.summary.get("stopping")
    if not stopping:
        return []
    count = fmt.number(run.replications)
    if stopping["reached"]:
        looks, widths = len(stopping["looks"]), _widths(stopping["until"], run)
        if looks > 1:
            return [
                say(
                    "The goal is reached after {n} replications, seen at look {look}: {widths}.",
                    n=count,
                    look=looks,
                    widths=widths,
                )
            ]
        return [say("The goal is reached after {n} replications already: {widths}.", n=count, widths=widths)]
    missing = [one for one in stopping["until"] if not one["reached"]]
    needs = [_more_for(one, run) for one in missing]
    values = {"n": count, "widths": _widths(missing, run)}
    if any(need is None for need in needs):
        return [
            say(
                "The goal is not reached at the maximum of {n} replications: {widths}; "
                "no number of replications that can be made would do.",
                **values,
            )
        ]
    more = fmt.number(_round(max(n for n in needs if n is not None)))
    return [
        say(
            "The goal is not reached at the maximum of {n} replications: {widths}; about {more} more would do.",
            **values,
            more=more,
        )
    ]


def _widths(until: list[dict[str, Any]], run: RunResults) -> str:
    texts = [_width(one, run) for one in until[:_MOST]]
    if len(until) > _MOST:
        texts.append(say("and {n} more", n=len(until) - _MOST))
    return fmt.clauses(texts)


def _width(one: dict[str, Any], run: RunResults) -> str:
    """One measure's half-width against the wanted one."""
    measure = _measure(one, run)
    if measure is None or one["found"] is None:
        return say("{measure} has no interval", measure=measure_label(one["kpi"]))
    subject = lower_first(subject_of(measure))
    if one["relative"]:
        found = 100 * one["found"] / abs(measure.mean) if measure.mean else float("inf")
        return say(
            "{measure} \u00b1{found} of its mean, wanted \u00b1{wanted}",
            measure=subject,
            found=fmt.percent_text(fmt.number(found, 1)),
            wanted=fmt.percent_text(f"{100 * one['half_width']:g}"),
        )
    scale = fmt.scale_for(unit_of(measure), typical(measure, run), run.currency)
    found_text, wanted = (
        fmt.with_unit(fmt.number(scale.value(v), _decimals(scale.value(v))), scale.difference_unit)
        for v in (one["found"], one["half_width"])
    )
    return say("{measure} \u00b1{found}, wanted \u00b1{wanted}", measure=subject, found=found_text, wanted=wanted)


def _decimals(value: float) -> int:
    """Two digits that count."""
    return max(0, 1 - int(np.floor(np.log10(abs(value))))) if value else 0


def _measure(one: dict[str, Any], run: RunResults) -> Measure | None:
    return run.measure(one["kpi"], one["group"])


def _more_for(one: dict[str, Any], run: RunResults) -> int | None:
    measure = _measure(one, run)
    if measure is None or measure.half_width is None or measure.n < 2:
        return None
    wanted = one["half_width"] * (abs(measure.mean) if one["relative"] else 1.0)
    return more_to_shorten(measure.n, measure.half_width, wanted, _level(run))


def _open_verdicts(run: RunResults) -> list[str]:
    """About how many more replications would settle each target that is neither shown to be met nor missed."""
    if is_growing(run) or run.batches:
        return []
    judged = sorted((m for m in run.measures if m.has_target and m.verdict == "not shown"), key=main_rank)
    settled: list[tuple[int, str]] = []
    close: list[str] = []
    for measure in judged:
        if measure.half_width is None or measure.n < 2 or not np.isfinite(measure.mean):
            continue
        need = more_to_settle(measure.n, measure.mean, measure.half_width, measure.minimum, measure.maximum, _level(run))
        subject = lower_first(subject_of(measure))
        if need is None:
            close.append(subject)
        else:
            settled.append((_round(max(need, 1)), subject))
    return [*_to_settle(settled), *_too_close(close)]


def _to_settle(settled: list[tuple[int, str]]) -> list[str]:
    if not settled:
        return []
    count, subject = settled[0]
    first = say_count(
        "{n} more replication would settle {measure}",
        "{n} more replications would settle {measure}",
        count,
        n=fmt.number(count),
        measure=subject,
    )
    others = [say("{n} more {measure}", n=fmt.number(n), measure=one) for n, one in settled[1:_MOST]]
    needs = fmt.commas([first, *others])
    if len(settled) <= _MOST:
        return [say("If the means stay where they are, about {needs}.", needs=needs)]
    return [
        say_count(
            "If the means stay where they are, about {needs} and {n} other needs more, too.",
            "If the means stay where they are, about {needs} and {n} others need more, too.",
            len(settled) - _MOST,
            needs=needs,
        )
    ]


def _too_close(close: list[str]) -> list[str]:
    if not close:
        return []
    measures = fmt.listed(close[:_MOST])
    if len(close) <= _MOST:
        return [say("Too close to the limit to call, however many replications are made: {measures}.", measures=measures)]
    return [
        say_count(
            "Too close to the limit to call, however many replications are made: {measures} and {n} other.",
            "Too close to the limit to call, however many replications are made: {measures} and {n} others.",
            len(close) - _MOST,
            measures=measures,
        )
    ]


def _round(count: int) -> int:
    """Up to two digits that count: it is a guess."""
    step: int = 10 ** max(0, len(str(count)) - 2)
    return -(-count // step) * step
