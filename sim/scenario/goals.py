"""Goals of precision: whether there are such measures and groups, and whether the half widths have the right units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.analysis.kpis import KPIS
from sim.columns import KINDS, ORDER_OUTCOMES
from sim.errors import did_you_mean
from sim.scenario.findings import Findings
from sim.scenario.plan import MODES, Goal, Plan, Precision
from sim.scenario.schema.quantities import DEFAULT_CURRENCY, half_width
from sim.scenario.schema.run import measure_of
from sim.units import UnitError

Complaint = tuple[str, str, str, str]  # code, 'kpi' or 'half_width', message, suggestion
_PAIRS = (("site", "channel"), ("location", "part"))
_LISTED = 8
_EXAMPLES = {"h": "'2 h'", "1": "0.01", "1/day": "'3/day'"}


def complaints(plan: Plan, kpi: str, group: str, width: tuple[float, str]) -> list[Complaint]:
    """What is wrong with one measure of a goal.

    Parameters
    ----------
    plan
        The scenario that it is about.
    kpi, group
        The measure.
    width
        Half width and its unit, '%' for a share of the mean (see `quantities.half_width`).
    """
    known = KPIS.get(kpi)
    if known is None:
        return [("E534", "kpi", f"unknown measure '{kpi}'", did_you_mean(kpi, KPIS) or "docs/measures.md lists all")]
    found = [("E534", "kpi", message, hint) for message, hint in _group_faults(plan, group)]
    unit = width[1]
    wanted = plan.currency if known.unit == "money" else known.unit
    plain_ok = known.unit in ("1", "money") and unit == "1"
    if unit not in ("%", wanted) and not plain_ok:
        example = f"'500 {plan.currency}'" if known.unit == "money" else _EXAMPLES[known.unit]
        given = "a plain number" if unit == "1" else f"in {unit}"
        what = "a plain number" if wanted == "1" else f"in {wanted}"
        hint = f"write for example {example}, or '5 %' of the mean"
        found.append(("E535", "half_width", f"{kpi} is {what}, the half width is {given}", hint))
    return found


def check_targets(data: dict[str, Any], findings: Findings) -> None:
    """Note targets of measures that do not exist (E534)."""
    for key in data.get("targets") or ():
        kpi, _ = measure_of(key)
        if kpi not in KPIS:
            hint = did_you_mean(kpi, KPIS) or "docs/measures.md lists all"
            findings.fault("E534", ("targets", key), f"unknown measure '{kpi}'", hint, at_key=True)


def precision_of(kpi: str, group: str, width: tuple[float, str]) -> Precision:
    """One measure of a goal, which has no fault."""
    return Precision(kpi, group, width[0], width[1] == "%", KPIS[kpi].unit if kpi in KPIS else "1")


def read_precision(text: str, plan: Plan) -> Precision:
    """'tat.customer.p90=5 %' or 'contact.service_level[site=x]=0.01' as the command line gives it.

    Raises
    ------
    UnitError
        If it is wrong, with a suggestion.
    """
    measure, equals, value = text.rpartition("=")
    if not equals or not value.strip() or "[" in value or "]" in value:
        raise UnitError(f"'{text}' is not a goal", "write 'tat.customer.p90=5 %'")
    kpi, group = measure_of(measure.strip())
    number = value.strip()
    width = half_width(number, plan.currency or DEFAULT_CURRENCY)
    for code, _, message, hint in complaints(plan, kpi, group, width):
        raise UnitError(message, hint, code)
    return precision_of(kpi, group, width)


def merged(goal: Goal | None, until: Sequence[Precision], maximum: int | None, minimum: int) -> Goal | None:
    """The goal of a scenario with what a command says in place of it."""
    if goal is None and not until:
        return None
    most = maximum or (goal.maximum if goal is not None else max(100, minimum))
    return Goal(most, tuple(until) or (goal.until if goal is not None else ()))


def _group_faults(plan: Plan, group: str) -> list[tuple[str, str]]:
    if group == "all":
        return []
    pairs = [pair.partition("=") for pair in group.split(";")]
    if any(not equals for _, equals, _ in pairs):
        return [(f"'{group}' is not a group", "write for example [site=dalian] or [site=dalian;channel=voice]")]
    names = _names(plan)
    keys = tuple(key.strip() for key, _, _ in pairs)
    for key, _, value in pairs:
        if key not in names:
            return [(f"unknown group '{key}'", did_you_mean(key, names) or f"groups are by {', '.join(names)}")]
        known = list(names[key])
        if value not in known:
            short = f"known: {', '.join(known)}" if 0 < len(known) <= _LISTED else "" if known else "there is none"
            return [(f"unknown {key} '{value}'", did_you_mean(value, known, fold=True) or short)]
    if len(keys) > 1 and keys not in _PAIRS:
        return [(f"no measure is reported by {' and '.join(keys)}", "pairs are site;channel and location;part, in this order")]
    return []


def _names(plan: Plan) -> Mapping[str, Sequence[str]]:
    """Names that groups may have, by key; whether a measure has the group shows in the first replications."""
    channels = [c.name for c in plan.channels]
    channels += [line.name.rsplit("/", 1)[-1] for line in plan.lines if line.channel_ix < 0]
    return {
        "site": [*(w.name for w in plan.workshops), *(c.name for c in plan.centres)],
        "channel": channels,
        "region": plan.regions,
        "segment": [s.name for s in plan.segments],
        "product": [p.name for p in plan.products],
        "mode": MODES,
        "part": [p.name for p in plan.parts],
        "location": [place.name for place in plan.locations if place.kind != "vendor"],
        "kind": KINDS,
        "outcome": ORDER_OUTCOMES,
    }
