"""The plan of one replication: the scenario with its uncertain inputs as drawn for it, compiled like any other."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sim.canonical import canonical, sha256_of
from sim.errors import SimulationError, UsageError
from sim.sampling import Uncertain, UncertainInput, drawn_inputs
from sim.scenario.findings import Finding, Findings
from sim.scenario.places import Keys, dotted
from sim.scenario.plan import PRESENTATION, Plan
from sim.scenario.uncertain import replaced

Compile = Callable[[dict[str, Any], Findings], Plan | None]
QUANTILES = ((0.001, "0.1 %"), (0.999, "99.9 %"))


def with_uncertain(
    plan: Plan, data: dict[str, Any], inputs: tuple[UncertainInput, ...], compiled: Compile, findings: Findings
) -> Plan:
    """The plan at the means with all that is needed to make those of its replications.

    Parameters
    ----------
    plan
        The plan of `data`.
    data
        The document with each input at its mean.
    inputs
        What varies.
    compiled
        Makes a plan of a document; None with faults.
    findings
        Where it goes if the scenario cannot be run with all inputs at their 0.1 % or all at their 99.9 % quantiles.
    """
    corners: list[str] = []
    for u, words in QUANTILES:
        values = {one.keys: one.quantile(u) for one in inputs}
        found = Findings()
        made = compiled(replaced(data, {one.keys: one.written(values[one.keys]) for one in inputs}), found)
        for fault in found.faults:
            _note(fault, inputs, values, words, findings)
        corners.append(_content(made) if made is not None else "")
        if made is not None and (different := _difference(plan, made)):
            findings.fault(
                "E543", inputs[0].keys, f"at the {words} quantiles of the uncertain inputs there are other {different}"
            )
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False, default=str)
    return replace(plan, uncertain=Uncertain(inputs, zlib.compress(text.encode(), 9), sha256_of(corners), _content(plan)))


def _note(fault: Finding, inputs: tuple[UncertainInput, ...], values: dict[Keys, float], words: str, findings: Findings) -> None:
    """A fault at a quantile, at the input that makes it if there is one."""
    for one in inputs:
        if fault.path[: len(one.keys)] == one.keys:
            value = one.shown(values[one.keys])
            bounds = "bound it with `low` or `high`" if one.kind not in ("uniform", "triangular") else ""
            findings.fault(fault.code, one.keys, f"at its {words} quantile {value}: {fault.message}", bounds or fault.suggestion)
            return
    message = f"with the uncertain inputs at their {words} quantiles: {fault.message}"
    findings.fault(fault.code, fault.path, message, fault.suggestion, fault.at_key, fault.mark)


def _content(plan: Plan) -> str:
    """Digest of a plan without its run."""
    data = canonical(plan, leave_out=PRESENTATION)
    del data["run"]
    return sha256_of(data)


def _difference(plan: Plan, made: Plan) -> str:
    """What two plans do not have alike that must be: '' or the name of a section."""
    for section in ("regions", "segments", "products", "needs", "sources", "channels", "centres", "lines", "groups", "workshops"):
        if _names(getattr(plan, section)) != _names(getattr(made, section)):
            return section
    for section in ("parts", "locations", "customers"):
        if _names(getattr(plan, section)) != _names(getattr(made, section)):
            return section
    return "markets" if plan.markets.names != made.markets.names else ""


def _names(items: tuple[Any, ...]) -> list[str]:
    return [getattr(item, "name", item) for item in items]


def replication_plan(plan: Plan, replication: int) -> Plan:
    """The plan of one replication.

    Parameters
    ----------
    plan
        The plan as loaded.
    replication
        From 0.

    Returns
    -------
    Plan
        The plan itself if nothing in it is uncertain; else that of the drawn values, with the run and the texts of `plan`.

    Raises
    ------
    SimulationError
        If the drawn values cannot be run.
    UsageError
        If the plan was changed after it was loaded, which a plan made anew would not know of.
    """
    from sim.scenario.load import compiled_plan

    known = plan.uncertain
    if known is None:
        return plan
    if _content(plan) != known.content:
        raise UsageError(
            f"the plan of {plan.name} has uncertain inputs and was changed after loading; change the scenario instead (sets)"
        )
    values = {one.keys: value for one, value in zip(known.inputs, drawn_inputs(plan, replication), strict=True)}
    data = replaced(json.loads(zlib.decompress(known.document)), {o.keys: o.written(values[o.keys]) for o in known.inputs})
    findings = Findings()
    made = compiled_plan(data, plan.name, findings)
    if made is None or findings.faults:
        raise SimulationError(f"replication {replication}: {_said(findings, known.inputs, values)}")
    if different := _difference(plan, made):
        raise SimulationError(
            f"replication {replication}: the drawn inputs make other {different} ({_drawn(known.inputs, values)})"
        )
    return replace(
        made,
        run=plan.run,
        title=plan.title,
        question=plan.question,
        case_log=plan.case_log,
        targets=plan.targets,
        notes=plan.notes,
        warnings=plan.warnings,
        uncertain=known,
    )


def _said(findings: Findings, inputs: tuple[UncertainInput, ...], values: dict[Keys, float]) -> str:
    for fault in findings.faults:
        for one in inputs:
            if fault.path[: len(one.keys)] == one.keys:
                return f"{one.path} was drawn as {one.shown(values[one.keys])}: {fault.message}; bound it with `low` or `high`"
    first = findings.faults[0]
    return f"{dotted(first.path)}: {first.message} ({_drawn(inputs, values)})"


def _drawn(inputs: tuple[UncertainInput, ...], values: dict[Keys, float]) -> str:
    return ", ".join(f"{one.path} drawn as {one.shown(values[one.keys])}" for one in inputs)
