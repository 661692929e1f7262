"""Simulate one scenario."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.loading import load

if TYPE_CHECKING:
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
    progress: ProgressCall | None = None,
    scenario: str | Path | None = None,
) -> Study:
    """Simulate a scenario.

    Parameters
    ----------
    what
        A scenario file, the name of a shipped scenario, or a plan.
    replications
        How many; the scenario's number by default.
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
    progress
        Called now and then with (replication, clock in hours, events so far in it).
    scenario
        With a plan: where it came from, for the manifest (then `sets` are the changes that were made to it).

    Raises
    ------
    ScenarioError, UsageError, SimulationError
        If the scenario is invalid, the call is wrong, or a replication broke an invariant.
    """
    from sim.experiment.study import run_study
    from sim.scenario.plan import Plan

    plan = load(what, () if isinstance(what, Plan) else sets, seed=seed)
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
        source={"scenario": str(origin), "sets": list(sets)} if origin is not None else None,
    )
    return study if temporary is None else study.keep_with(temporary)


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
