"""Simulate one scenario."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.goals import with_goal
from sim.api.loading import load
from sim.errors import UsageError

if TYPE_CHECKING:
    from sim.experiment.single import Replication
    from sim.scenario.plan import Plan
    from sim.store import Study

ProgressCall = Callable[[int, float, int], None]


def run(
    what: str | Path | Plan,
    /,
    *,
    replications: int | None = None,
    jobs: int | None = None,
    seed: int | None = None,
    sets: Sequence[str] = (),
    out: Path | str | None = None,
    keep_tables: bool | None = None,
    logs: Sequence[str] | str = (),
    progress: ProgressCall | None = None,
    scenario: str | Path | None = None,
    executor: str | Executor | None = None,
    until: Sequence[str] = (),
    max_replications: int | None = None,
    resume: bool = False,
    level: float | None = None,
) -> Study:
    """Simulate a scenario.

    Parameters
    ----------
    what
        A scenario file, the name of a shipped scenario, or a plan.
    replications
        How many; by default the scenario's number, or as many as its goal needs.
    jobs
        Processes at once; all cores by default. Results do not depend on it.
    seed
        Master seed in place of the scenario's.
    sets
        Changes, each ``path=value``.
    out
        Folder for the results; what it holds of this scenario is used again. By default a temporary folder that vanishes with
        the study.
    keep_tables
        Raw tables of the replications: True keeps all, False none, None those that `recut` needs where they are small.
    logs
        Logs to write of every replication, such as ``"orders,contacts"``: Parquet tables, or event logs (docs/logs.md).
    progress
        Called now and then with (replication, clock in hours, events so far in it).
    scenario
        With a plan: where it came from, for the manifest (then `sets` are the changes that were made to it).
    executor
        Where replications are made: 'serial', 'processes', 'dask://host:port', or a `concurrent.futures.Executor` whose workers
        can import sparesim. By default processes of this machine. Results do not depend on it.
    until, max_replications
        Goals such as ``["tat.customer.p90=5 %"]``: replications are added until all half widths are reached, at most so many
        (see `with_goal`); not with `replications`.
    resume
        `out` must hold a run, whole or not, that goes on.
    level
        Level of the single intervals where it is not the confidence, as in a comparison whose baseline had a goal.

    Raises
    ------
    ScenarioError, UsageError, SimulationError
        If the scenario is invalid, the call is wrong, or a replication broke an invariant.
    """
    from sim.analysis.logs import log_names
    from sim.experiment.study import run_study
    from sim.scenario.plan import Plan

    if replications is not None and (until or max_replications is not None):
        raise UsageError("a fixed number of replications (-r) does not go with a goal (--until, --max-replications)")
    if resume and out is None:
        raise UsageError("resume needs the folder of the run")
    plan = with_goal(load(what, () if isinstance(what, Plan) else sets, seed=seed), until, max_replications)
    origin = scenario if isinstance(what, Plan) else what
    temporary = None
    if out is None:
        temporary = tempfile.TemporaryDirectory(prefix="sparesim-", ignore_cleanup_errors=True)
        out = temporary.name
    study = run_study(
        plan,
        Path(out),
        jobs,
        replications,
        progress,
        keep_tables=keep_tables,
        logs=log_names(logs) if logs else (),
        source={"scenario": str(origin), "sets": list(sets)} if origin is not None else None,
        executor=executor,
        resume=resume,
        level=level,
    )
    return study if temporary is None else study.keep_with(temporary)


def replication(
    what: str | Path | Plan,
    number: int,
    /,
    *,
    logs: Sequence[str] | str = "events",
    seed: int | None = None,
    sets: Sequence[str] = (),
    out: Path | str | None = None,
    keep_tables: bool | None = None,
    progress: ProgressCall | None = None,
) -> Replication:
    """Run one replication alone, with its full event log.

    Parameters
    ----------
    what
        A scenario file, the name of a shipped scenario, or a plan.
    number
        Its number, from 0 as in the folders; it may be beyond the number of replications of the scenario.
    logs
        Logs to write, such as ``"events,orders"`` (docs/logs.md).
    seed, sets, keep_tables, progress
        As for `run`.
    out
        Run folder: the replication goes to its place in it, what else is there is not touched. By default a temporary folder that
        vanishes with the result.

    Raises
    ------
    ScenarioError, UsageError, SimulationError
        As for `run`.
    """
    from sim.analysis.logs import log_names
    from sim.experiment.single import run_replication
    from sim.scenario.plan import Plan

    plan = load(what, () if isinstance(what, Plan) else sets, seed=seed)
    names = log_names(logs) if logs else ()
    if out is not None:
        return run_replication(plan, number, Path(out), logs=names, keep_tables=keep_tables, progress=progress)
    temporary = tempfile.TemporaryDirectory(prefix="sparesim-", ignore_cleanup_errors=True)
    found = run_replication(plan, number, Path(temporary.name), logs=names, keep_tables=keep_tables, progress=progress)
    return dataclasses.replace(found, temporary=temporary)


def has_missed(study: Study) -> bool:
    """True if a target is missed."""
    return any(entry["verdict"] == "missed" for entry in study.summary["kpis"])


def save_cases(scenario: str | Path | Plan, path: Path | str, replication: int = 0) -> int:
    """Write the cases of a replication (from 0) as a CSV file for `replay`, and return how many there are.

    A scenario that replays them meets the same customers: ``{extends: base.yaml, add: {replay: {from: cases.csv}}}``.
    """
    from sim.experiment.saved_cases import save_cases as save

    return save(load(scenario), Path(path), replication)


def save_state(study: Study | Path | str, path: Path | str) -> int:
    """Write the stock and the pipeline at the end of every replication as JSON, and return how many states there are.

    A scenario that begins with it: ``{extends: base.yaml, add: {run.initial: {saved: state.json}}}``. Replication r begins
    with the state of replication r, from the first again where there are fewer.

    Parameters
    ----------
    study
        A study or its folder.
    path
        File to write.

    Raises
    ------
    UsageError
        If the run has no stock, or the file cannot be written.
    """
    from sim.experiment.saved_state import save_state as save
    from sim.store import Study

    return save(Study(study) if isinstance(study, (str, Path)) else study, Path(path))
