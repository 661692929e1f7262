"""A study: the replications of one scenario, and the files that sum them up."""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sim.analysis.batches import batch_rows
from sim.analysis.frames import write_frames
from sim.analysis.interval_rows import INTERVAL_COLUMNS, interval_rows
from sim.analysis.kpis import COST_KINDS
from sim.analysis.plain import plain_plan
from sim.analysis.summary import replication_rows, summarise
from sim.analysis.theory_rows import theory_rows
from sim.analysis.warmup import WarmUp, write_warm_up
from sim.errors import SimulationError, UsageError
from sim.experiment.executors import Job, ProgressCall, Runner, cannot_store, require_executor
from sim.experiment.placing import clear_leftovers
from sim.experiment.precision import write_precision
from sim.experiment.replicate import is_stored
from sim.experiment.resuming import begin_run, claim, end_run
from sim.experiment.stopping import Ending, run_to_goal
from sim.experiment.versions import versions
from sim.experiment.warmup import settle_warm_up
from sim.sampling import block_size
from sim.scenario.plan import Plan
from sim.store import FORMAT, REPLICATION_COLUMNS, Study, read_json, replication_folder, write_csv, write_json


def default_jobs(replications: int) -> int:
    """All cores, but not more than there are replications."""
    return max(1, min(os.cpu_count() or 1, replications))


def run_study(
    plan: Plan,
    out: Path,
    jobs: int | None = None,
    replications: int | None = None,
    progress: ProgressCall | None = None,
    *,
    keep_tables: bool | None = None,
    logs: Sequence[str] = (),
    command: Sequence[str] | None = None,
    source: dict[str, Any] | None = None,
    executor: str | Executor | None = None,
    resume: bool = False,
    level: float | None = None,
) -> Study:
    """Run what is missing of a study and write its files.

    Parameters
    ----------
    plan
        What to simulate.
    out
        Run folder, made if needed. Replications of the same plan, window and code that it holds are used again, so more
        replications extend a study and an interrupted one goes on.
    jobs
        Processes; None takes all cores, at most one a replication. Files do not depend on it.
    replications
        Number of replications; None takes the plan's, which may be as many as its goal needs (see `sim.experiment.stopping`).
    progress
        Called now and then with (replication, clock in hours, events in it), at its end always; one that is used again has no
        events. On the way to a goal the replications of the next look are told with clock 0.
    keep_tables
        Keep the raw tables of every replication: True all, False none, None those needed to cut the warm-up anew where they
        are small (see `replicate`).
    logs
        Names of logs to write of every replication (`sim.analysis.logs`).
    command
        Command line for the manifest.
    source
        Where the scenario came from, for the manifest: ``{"scenario": ..., "sets": [...]}``.
    executor
        'serial', 'processes', 'dask://host:port' or an Executor (see `sim.experiment.executors.Runner`).
    resume
        The folder must hold a run, whole or not, that goes on.
    level
        Level of the single intervals where it is not the confidence and no goal says it.

    Raises
    ------
    UsageError
        If the folder holds the results of another scenario or none that could be resumed, the number of replications is not
        positive, or there is no such executor.
    SimulationError
        If a replication fails, or results cannot be stored.
    """
    goal = plan.run.goal if replications is None else None
    count = plan.run.replications if replications is None else replications
    if count < 1:
        raise UsageError(f"the number of replications must be at least 1, not {count}")
    if plan.run.batches and count != 1:
        raise UsageError(f"run.batches cuts one long run into {plan.run.batches} batches; {count} replications do not go with it")
    require_executor(executor)
    began = time.monotonic()
    claim(plan, out, resume)
    options: dict[str, Any] = {"keep_tables": keep_tables, "logs": tuple(logs)}
    try:
        begin_run(plan, out, replications, options, source)
        clear_leftovers(out)
        job = Job(plan, out, options)
        with Runner(job, executor, jobs or default_jobs(goal.maximum if goal else count), progress) as runner:
            work = Missing(job, runner, progress)
            ending = None if goal is None else run_to_goal(plan, goal, out, work)
            if ending is None:
                work.run_to(count)
        count = count if ending is None else ending.replications
        plan, warm_up = settle_warm_up(plan, out, count, jobs or default_jobs(count), keep_tables=keep_tables, logs=logs)
        _write_files(plan, out, count, ending, warm_up, level)
        manifest = _manifest(plan, out, count) | ({} if ending is None else {"stopping": ending.as_dict()})
        manifest |= {
            "source": source or {},
            "command": list(sys.argv if command is None else command),
            "run_here": work.made,
            "wall_time_s": time.monotonic() - began,
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        write_json(out / "manifest.json", manifest)
        end_run(out)
    except OSError as fault:
        clear_leftovers(out)
        raise SimulationError(cannot_store(out, fault)) from fault
    return Study(out)


class Missing:
    """Makes the replications of a run that are not stored yet, and remembers which."""

    def __init__(self, job: Job, runner: Runner, progress: ProgressCall | None) -> None:
        self._job, self._runner, self._progress, self._known = job, runner, progress, 0
        self.made: list[int] = []

    def run_to(self, count: int, announce: bool = False) -> None:
        """See that replications 0..count-1 are stored."""
        job, progress = self._job, self._progress
        fresh = range(self._known, count)
        wanted = [r for r in fresh if not is_stored(job.plan, r, job.folder, **job.options)]
        if progress is not None:
            for r in sorted({*fresh} - {*wanted}):
                progress(r, job.plan.run.horizon_h, 0)
            for r in wanted if announce else ():
                progress(r, 0.0, 0)
        self._runner.run(wanted)
        self.made += wanted
        self._known = max(self._known, count)


def _write_files(plan: Plan, out: Path, count: int, ending: Ending | None, warm_up: WarmUp, level: float | None) -> None:
    level = ending.level if ending is not None else level or plan.run.confidence
    write_csv(out / "replications.csv", REPLICATION_COLUMNS, _replication_lines(plan, out, count))
    write_warm_up(warm_up, out)
    summary = summarise(plan, out, count, level, warm_up) | ({} if ending is None else {"stopping": ending.as_dict()})
    write_frames(plan, out, count, level)
    known = {(e["kpi"], e["group"]): e for e in summary["kpis"] if e["mean"] is not None}
    write_csv(out / "intervals.csv", INTERVAL_COLUMNS, interval_rows(plan, out, count, summary, level))
    write_csv(out / "money.csv", ("kind", "per_year", "half_width"), _money(known))
    rows = theory_rows(plan, {key: (e["mean"], e["half_width"]) for key, e in known.items()})
    write_csv(out / "theory.csv", ("measure", "owner", "theory", "simulation", "half_width"), rows)
    write_precision(plan, out, count)
    write_json(out / "plan.json", plain_plan(plan), indent=None)
    write_json(out / "summary.json", summary)


def _replication_lines(plan: Plan, out: Path, count: int) -> Iterator[tuple[str, int, str, str, str, str]]:
    if plan.run.batches:
        yield from ((plan.name, *row) for row in batch_rows(out))
        return
    for r in range(count):
        for kpi, group, unit, value in replication_rows(out, r):
            yield plan.name, r, kpi, group, unit, value


def _money(known: dict[tuple[str, str], dict[str, Any]]) -> Iterator[tuple[str, float, float | None]]:
    for kind in (*COST_KINDS, "total"):
        entry = known.get((f"cost.{kind}.per_year", "all"))
        if entry is not None:
            yield kind, entry["mean"], entry["half_width"]


def _manifest(plan: Plan, out: Path, count: int) -> dict[str, Any]:
    """Facts about the run; those that differ from run to run come after."""
    run = plan.run
    events: list[int] = []
    rows: dict[str, int] = {}
    for r in range(count):
        meta = read_json(replication_folder(out, r) / "meta.json")
        events.append(meta["events"])
        rows = {name: rows.get(name, 0) + n for name, n in meta["rows"].items()}
    return {
        "format": FORMAT,
        "name": plan.name,
        "title": plan.title,
        "question": plan.question,
        "currency": plan.currency,
        "digest": plan.digest,
        "study_digest": plan.study_digest,
        "seed": run.seed,
        "replications": count,
        "block": block_size(plan),
        "confidence": run.confidence,
        **({"batches": run.batches} if run.batches else {}),
        "run": {"start": run.start, "length_h": run.length_h, "warm_up_h": run.warm_up_h, "initial": run.initial},
        "segments": [{"name": s.name, "promise_h": s.promise_h if math.isfinite(s.promise_h) else None} for s in plan.segments],
        "size": {
            "markets": len(plan.markets.names),
            "centres": len(plan.centres),
            "workshops": len(plan.workshops),
            "locations": len(plan.locations),
            "parts": len(plan.parts),
        },
        "notes": list(plan.notes),
        "warnings": list(plan.warnings),
        **({"translations": {lang: dict(texts) for lang, texts in plan.translations}} if plan.translations else {}),
        "events": events,
        "rows": rows,
        "versions": versions(),
    }
