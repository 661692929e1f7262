"""The run itself, money and targets of the plan."""

from __future__ import annotations

from sim.sampling import Sampling
from sim.scenario.plan import Costs, Run, Target
from sim.scenario.schema.run import RunSpec, measure_of
from sim.scenario.schema.scenario import ScenarioSpec


def compile_run(spec: RunSpec) -> Run:
    """Length and repetition, times in hours."""
    return Run(
        start=spec.start,
        length_h=spec.length,
        warm_up_h=spec.warm_up,
        replications=spec.replications,
        seed=spec.seed,
        confidence=spec.confidence,
        initial=spec.initial,
        sampling=Sampling(spec.draws_per_input, spec.antithetic, spec.control_variates),
    )


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
