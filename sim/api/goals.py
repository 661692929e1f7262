"""Goals of precision from a command or a call, and runs that go on."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.loading import load
from sim.errors import UsageError

if TYPE_CHECKING:
    from sim.scenario.plan import Plan


def with_goal(plan: Plan, until: Sequence[str] = (), max_replications: int | None = None) -> Plan:
    """A plan that is run until intervals are short enough.

    Parameters
    ----------
    plan
        The plan; its number of replications is the first look (2 at least).
    until
        Measures with half widths such as ``"tat.customer.p90=5 %"``, all of which are to be reached; they take the place of those
        in the scenario.
    max_replications
        Most replications; by default as the scenario has it, or 100.

    Raises
    ------
    UsageError
        If a goal is wrong, or there is none.
    """
    if not until and max_replications is None:
        return plan
    from sim.scenario.goals import merged, read_precision
    from sim.units import UnitError

    found = []
    for text in until:
        try:
            found.append(read_precision(text, plan))
        except UnitError as fault:
            raise UsageError(f"--until {text}: {fault}") from None
    if twice := [one for i, one in enumerate(found) if (one.kpi, one.group) in [(o.kpi, o.group) for o in found[:i]]]:
        raise UsageError(f"--until names {twice[0].kpi} twice; keep the smaller half width")
    goal = merged(plan.run.goal, found, max_replications, plan.run.replications)
    if goal is None:
        raise UsageError("--max-replications goes with a goal: add --until MEASURE=HALF_WIDTH, or `until` in the scenario")
    first = max(2, min(plan.run.replications, goal.maximum))
    return dataclasses.replace(plan, run=dataclasses.replace(plan.run, replications=first, goal=goal))


@dataclass(frozen=True)
class Resumed:
    """A run that goes on from its folder alone."""

    folder: Path
    plan: Plan
    replications: int | None  # None: what the plan says, or its goal
    scenario: str
    sets: tuple[str, ...]
    keep_tables: bool | None


def is_run_folder(folder: Path | str) -> bool:
    """True if a folder holds a run, finished or not."""
    from sim.experiment.resuming import is_begun

    return is_begun(Path(folder))


def resumed(folder: Path | str) -> Resumed:
    """What a run folder was made for, to go on with it.

    Raises
    ------
    UsageError
        If it is no run folder, does not say which scenario it is of, or the scenario has changed.
    """
    from sim.experiment.resuming import read_begun

    folder = Path(folder)
    begun = read_begun(folder)
    if not begun.scenario:
        raise UsageError(f"{folder} does not say which scenario file made it")
    plan = load(begun.scenario, begun.sets, seed=begun.seed)
    if plan.digest != begun.digest:
        raise UsageError(f"{begun.scenario} has changed since {folder} was begun; run it again into another folder")
    plan = dataclasses.replace(plan, run=dataclasses.replace(plan.run, goal=begun.goal, replications=begun.first))
    return Resumed(folder, plan, begun.replications, begun.scenario, begun.sets, begun.keep_tables)
