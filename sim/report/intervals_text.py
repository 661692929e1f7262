"""The intervals of a study as a terminal shows them."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np

from sim.analysis.batches import METHOD
from sim.analysis.intervals import MEAN, PROBABILITY, QUANTILE, RATIO
from sim.analysis.kpis import HEADLINES
from sim.errors import UsageError
from sim.language import say, say_count, term
from sim.report import format as fmt
from sim.report.console import ConsoleText, TextTable
from sim.report.labels import full_label, unit_of
from sim.report.read import Measure
from sim.store import Study


def chosen_intervals(study: Study, kpis: Sequence[str] = (), groups: Sequence[str] = (), kinds: Sequence[str] = ()) -> Any:
    """Rows of `study.intervals`.

    Parameters
    ----------
    study
        A stored study.
    kpis
        Measures, each by its id or by its beginning, such as 'tat.customer'; by default the headline measures, the quantiles and
        what has a target.
    groups
        Groups such as 'segment=enterprise'; by default the whole run, and the groups of targets.
    kinds
        First words of kinds of intervals: mean, ratio, pooled, probability; all by default.

    Raises
    ------
    UsageError
        If a measure, group or kind is not there.
    """
    table = study.intervals
    known = list(dict.fromkeys(table["kpi"].tolist()))
    for kpi in kpis:
        if not any(k == kpi or k.startswith(f"{kpi}.") for k in known):
            near = get_close_matches(kpi, known, 1)
            raise UsageError(f"the run has no measure '{kpi}'" + (f"; did you mean '{near[0]}'?" if near else ""))
    for group in groups:
        if group not in table["group"]:
            near = get_close_matches(group, list(dict.fromkeys(table["group"].tolist())), 1)
            raise UsageError(f"the run has no group '{group}'" + (f"; did you mean '{near[0]}'?" if near else ""))
    targets = {(e["kpi"], e["group"]) for e in study.summary["kpis"] if e["target"] is not None}
    keep = np.zeros(len(table), bool)
    for i, row in enumerate(table):
        kpi, group, kind = (str(row[name]) for name in ("kpi", "group", "kind"))
        judged = (kpi, group) in targets
        asked = any(kpi == k or kpi.startswith(f"{k}.") for k in kpis) if kpis else _is_shown(kpi, kind) or judged
        here = group in groups if groups else group == "all" or judged
        keep[i] = asked and here and (not kinds or kind.split()[0] in kinds)
    return table[keep]


def _is_shown(kpi: str, kind: str) -> bool:
    return kpi in HEADLINES or kind == QUANTILE


def intervals_text(study: Study, kpis: Sequence[str] = (), groups: Sequence[str] = (), kinds: Sequence[str] = ()) -> ConsoleText:
    """Every chosen interval as a row; see `chosen_intervals`."""
    rows = chosen_intervals(study, kpis, groups, kinds)
    currency = str(study.manifest.get("currency") or "")
    level = fmt.with_unit(f"{100 * study.confidence:g}", "%")
    cells = tuple(_cells(row, currency) for row in rows)
    heads = (say("Measure"), say("Interval"), say("Estimate"), say("{level} CI", level=level), "n")
    table = TextTable("", heads, cells, left=2)
    return ConsoleText((_sentence(study),), (table,))


def _sentence(study: Study) -> str:
    length = fmt.duration(float(study.manifest["run"]["length_h"]))
    if study.summary.get("method") == METHOD:
        return say("{name}: {n} batches of one run of {length}.", name=study.name, n=study.samples, length=length)
    return say_count(
        "{name}: {n} replication of {length}.",
        "{name}: {n} replications of {length}.",
        study.replications,
        name=study.name,
        length=length,
    )


_KINDS = {  # as `sim.analysis.intervals` calls them
    MEAN: term("mean"),
    RATIO: term("ratio of sums"),
    QUANTILE: term("pooled quantile"),
    PROBABILITY: term("probability of meeting the target"),
}


def _cells(row: Any, currency: str) -> tuple[str, ...]:
    kpi, group, unit, kind = (str(row[name]) for name in ("kpi", "group", "unit", "kind"))
    value, low, high = (float(row[name]) for name in ("estimate", "low", "high"))
    measure = Measure(kpi, group, unit, int(row["n"]), value, None)
    scale = fmt.Scale(100.0, "%") if kind == PROBABILITY else fmt.scale_for(unit_of(measure), value, currency)
    width = (high - low) / 2 if high > low else None
    decimals = fmt.decimals_for(scale.value(value), None if width is None else scale.value(width))
    if kind == MEAN:
        ends = fmt.interval(value, None if low != low else (high - low) / 2, scale, floor=None if low >= 0 or value < 0 else 0.0)
    elif low != low and high != high:
        ends = fmt.MISSING
    else:
        ends = fmt.EN_DASH.join(fmt.number(scale.value(x), decimals) if x == x else "" for x in (low, high))
    label = full_label(measure)
    return (
        f"{label} [{scale.unit}]" if scale.unit else label,
        say(_KINDS[kind]) if kind in _KINDS else kind,
        fmt.number(scale.value(value), decimals),
        ends,
        str(row["n"]),
    )
