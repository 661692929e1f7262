"""The run itself, money and targets of the plan."""

from __future__ import annotations

import math
from dataclasses import replace

from sim.sampling import Sampling
from sim.scenario.findings import Findings
from sim.scenario.goals import complaints, precision_of
from sim.scenario.plan import DAY, SHELF_PERIOD, Costs, Goal, Plan, Run, Target
from sim.scenario.run_start import AutoWarmUp
from sim.scenario.schema.run import GoalSpec, RunSpec, measure_of
from sim.scenario.schema.scenario import ScenarioSpec


def compile_run(spec: RunSpec, with_parts: bool = True) -> Run:
    """Length and repetition, times in hours; an automatic warm-up is a whole number of gauge periods."""
    auto = compile_auto(spec, SHELF_PERIOD if with_parts else DAY)
    return Run(
        start=spec.start,
        length_h=spec.length,
        warm_up_h=spec.warm_up if isinstance(spec.warm_up, float) else 0.0 if auto is None else auto.at_most_h,
        replications=_replications(spec),
        seed=spec.seed,
        confidence=spec.confidence,
        initial=spec.initial if isinstance(spec.initial, str) else "saved",
        batches=spec.batches,
        auto=auto,
        sampling=Sampling(spec.draws_per_input, spec.antithetic, spec.control_variates),
    )


def compile_auto(spec: RunSpec, period_h: float) -> AutoWarmUp | None:
    """How long an automatic warm-up may be: what the file says, else half the length, in whole gauge periods."""
    if isinstance(spec.warm_up, float):
        return None
    said = None if isinstance(spec.warm_up, str) else spec.warm_up.auto.at_most
    at_most = spec.length / 2 if said is None else said
    return AutoWarmUp(math.ceil(at_most / period_h - 1e-9) * period_h)


def _replications(spec: RunSpec) -> int:
    if spec.batches:
        return 1
    return spec.replications.min if isinstance(spec.replications, GoalSpec) else spec.replications


def compile_goal(spec: RunSpec, plan: Plan, findings: Findings) -> Plan:
    """The plan with its goal of precision, whose measures and units are checked against the plan's names."""
    wanted = spec.replications
    if not isinstance(wanted, GoalSpec):
        return plan
    until = []
    for i, one in enumerate(wanted.until):
        kpi, group = measure_of(one.kpi)
        for code, field, message, hint in complaints(plan, kpi, group, one.half_width):
            findings.fault(code, ("run", "replications", "until", i, field), message, hint)
        until.append(precision_of(kpi, group, one.half_width))
    return replace(plan, run=replace(plan.run, goal=Goal(wanted.max, tuple(until))))


def compile_costs(spec: ScenarioSpec) -> Costs:
    """Money that is not tied to one site."""
    return Costs(spec.costs.holding, spec.costs.overtime_factor)


def compile_targets(spec: ScenarioSpec) -> tuple[Target, ...]:
    """The targets in the order of the file; a value brings its unit along (h, 1, 1/day, money)."""
    found = []
    for key, target in spec.targets.items():
        kpi, group = measure_of(key)
        low, high = target.min or (None, ""), target.max or (None, "")
        found.append(Target(kpi, group, low[0], high[0], low[1] or high[1]))
    return tuple(found)
