"""Plans of scenarios and of stored runs, and where results are kept."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import UsageError

if TYPE_CHECKING:
    from sim.scenario.plan import Plan
    from sim.store import Study

RUNS = Path("results/runs")


def load(scenario: str | Path | Plan, sets: Iterable[str] = (), *, seed: int | None = None) -> Plan:
    """The plan of a scenario.

    Parameters
    ----------
    scenario
        A file, or the name of a shipped scenario; a plan is passed on.
    sets
        Changes, each ``path=value``, such as ``"run.length=30 days"``.
    seed
        Master seed in place of the scenario's.

    Raises
    ------
    ScenarioError
        With every fault of the scenario.
    """
    from sim.scenario.plan import Plan

    if seed is not None and seed < 0:
        raise UsageError(f"the seed must be 0 or more, not {seed}")
    if isinstance(scenario, Plan):
        if tuple(sets):
            raise UsageError("changes (sets) need a scenario file, not a plan")
        plan = scenario
    else:
        from sim.scenario.load import load_plan

        plan = load_plan(scenario, tuple(sets))
    return plan if seed is None else dataclasses.replace(plan, run=dataclasses.replace(plan.run, seed=seed))


def run_folder(plan: Plan, runs: Path = RUNS) -> Path:
    """Where the command line keeps the results of a plan."""
    return runs / f"{plan.name}-{plan.digest[:8]}"


def compare_folder(plans: Sequence[Plan], runs: Path = RUNS) -> Path:
    """Where the command line keeps a comparison."""
    return runs / f"compare-{_joined(plans)}"


def select_folder(plans: Sequence[Plan], by: str, runs: Path = RUNS) -> Path:
    """Where the command line keeps a selection by a measure."""
    import re

    return runs / f"select-{re.sub(r'[^a-z0-9._-]+', '-', by.lower()).strip('-')[:60]}-{_joined(plans)}"


def _joined(plans: Sequence[Plan], longest: int = 120) -> str:
    """The names of scenarios in one; of many the first, how many more, and eight digits that tell them from others."""
    import hashlib

    joined = "-".join(plan.name for plan in plans)
    if len(joined) <= longest:
        return joined
    digest = hashlib.sha256("-".join(plan.digest for plan in plans).encode()).hexdigest()[:8]
    return f"{plans[0].name[:60]}-and-{len(plans) - 1}-more-{digest}"


def open_study(folder: Path | str) -> Study:
    """The stored results in a run folder."""
    from sim.store import Study

    return Study(folder)


def load_or_open(name: str | Path, sets: Sequence[str] = (), *, seed: int | None = None) -> Plan:
    """The plan of a scenario, or the one that made a run folder (loaded again from where it came).

    Raises
    ------
    UsageError
        If the scenario behind a run folder is not what it was.
    """
    if not (Path(name) / "manifest.json").is_file():
        return load(name, sets, seed=seed)
    if tuple(sets):
        raise UsageError(f"changes (--set) need a scenario, {name} is a run folder")
    return plan_behind(open_study(name))


def plan_behind(study: Study) -> Plan:
    """The plan that made a study, loaded again from the scenario that its manifest names."""
    source = study.manifest.get("source") or {}
    if not source.get("scenario"):
        raise UsageError(f"{study.folder} does not say which scenario file made it")
    plan = load(source["scenario"], source.get("sets", ()), seed=study.seed)
    if plan.digest != study.digest:
        raise UsageError(f"{source['scenario']} has changed since {study.folder} was made; run it again")
    from sim.experiment.resuming import goal_of

    stopping = study.manifest.get("stopping")
    first = study.replications if stopping is None else int(stopping["minimum"])
    return dataclasses.replace(plan, run=dataclasses.replace(plan.run, replications=first, goal=goal_of(stopping)))


def size_of(plan: Plan) -> str:
    """A plan's size in words."""
    counts = (
        (len(plan.workshops), "workshop"),
        (len(plan.centres), "contact centre"),
        (sum(place.kind != "vendor" for place in plan.locations), "stocking location"),
        (len(plan.parts), "part"),
        (len(plan.sources), "case stream"),
    )
    return ", ".join(f"{n:,} {word}{'s' if n != 1 else ''}" for n, word in counts if n) or "empty"
