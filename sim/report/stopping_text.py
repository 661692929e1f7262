"""How a run to a goal ended, and how many replications more an open verdict needs, in sentences for console and page."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.analysis.settle import more_to_settle, more_to_shorten
from sim.report import format as fmt
from sim.report.labels import main_rank, unit_of
from sim.report.read import Measure, RunResults
from sim.report.text import is_growing, lower_first, subject_of, typical

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
        looks = stopping["looks"]
        seen = f", seen at look {len(looks)}" if len(looks) > 1 else " already"
        return [f"The goal is reached after {count} replications{seen}: {_widths(stopping['until'], run)}."]
    missing = [one for one in stopping["until"] if not one["reached"]]
    text = f"The goal is not reached at the maximum of {count} replications: {_widths(missing, run)}"
    needs = [_more_for(one, run) for one in missing]
    if any(need is None for need in needs):
        return [f"{text}; no number of replications that can be made would do."]
    return [f"{text}; about {fmt.number(_round(max(n for n in needs if n is not None)))} more would do."]


def _widths(until: list[dict[str, Any]], run: RunResults) -> str:
    texts: list[str] = []
    for one in until[:_MOST]:
        measure = _measure(one, run)
        if measure is None or one["found"] is None:
            texts.append(f"{one['kpi']} has no interval")
            continue
        if one["relative"]:
            found = 100 * one["found"] / abs(measure.mean) if measure.mean else float("inf")
            told = f"±{fmt.number(found, 1)} % of its mean, wanted ±{100 * one['half_width']:g} %"
        else:
            scale = fmt.scale_for(unit_of(measure), typical(measure, run), run.currency)
            values = [fmt.number(scale.value(v), _decimals(scale.value(v))) for v in (one["found"], one["half_width"])]
            unit = "points" if scale.unit == "%" else scale.unit
            told = f"±{fmt.with_unit(values[0], unit)}, wanted ±{fmt.with_unit(values[1], unit)}"
        texts.append(f"{lower_first(subject_of(measure))} {told}")
    if len(until) > _MOST:
        texts.append(f"and {len(until) - _MOST} more")
    return "; ".join(texts)


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
    settled: list[str] = []
    close: list[str] = []
    for measure in judged:
        if measure.half_width is None or measure.n < 2 or not np.isfinite(measure.mean):
            continue
        need = more_to_settle(measure.n, measure.mean, measure.half_width, measure.minimum, measure.maximum, _level(run))
        subject = lower_first(subject_of(measure))
        if need is None:
            close.append(subject)
        else:
            more = _round(max(need, 1))
            what = "more" if settled else f"more replication{'' if more == 1 else 's'} would settle"
            settled.append(f"{fmt.number(more)} {what} {subject}")
    said = []
    if settled:
        rest = f" and {len(settled) - _MOST} others need more, too" if len(settled) > _MOST else ""
        said.append(f"If the means stay where they are, about {', '.join(settled[:_MOST])}{rest}.")
    if close:
        rest = f" and {len(close) - _MOST} others" if len(close) > _MOST else ""
        said.append(f"Too close to the limit to call, however many replications are made: {', '.join(close[:_MOST])}{rest}.")
    return said


def _round(count: int) -> int:
    """Up to two digits that count: it is a guess."""
    step: int = 10 ** max(0, len(str(count)) - 2)
    return -(-count // step) * step
