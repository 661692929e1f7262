"""A study: the replications of one scenario, and the files that sum them up."""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sim.analysis.frames import write_frames
from sim.analysis.kpis import COST_KINDS
from sim.analysis.plain import plain_plan
from sim.analysis.summary import replication_rows, summarise
from sim.analysis.theory_rows import theory_rows
from sim.errors import UsageError
from sim.experiment.executors import ProgressCall, run_replications
from sim.experiment.precision import write_precision
from sim.experiment.replicate import clear_leftovers, is_stored
from sim.experiment.versions import versions
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
    keep_tables: bool = False,
    command: Sequence[str] | None = None,
    source: dict[str, Any] | None = None,
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
        Number of replications; None takes the plan's.
    progress
        Called now and then with (replication, clock in hours, events in it), at its end always; one that is used again has no
        events.
    keep_tables
        Keep the raw tables of every replication.
    command
        Command line for the manifest.
    source
        Where the scenario came from, for the manifest: ``{"scenario": ..., "sets": [...]}``.

    Raises
    ------
    UsageError
        If the folder holds the results of another scenario, or the number of replications is not positive.
    SimulationError
        If a replication fails.
    """
    count = plan.run.replications if replications is None else replications
    if count < 1:
        raise UsageError(f"the number of replications must be at least 1, not {count}")
    began = time.monotonic()
    _claim(plan, out)
    clear_leftovers(out)
    wanted = [r for r in range(count) if not is_stored(plan, r, out, keep_tables=keep_tables)]
    if progress is not None:
        for r in sorted({*range(count)} - {*wanted}):
            progress(r, plan.run.horizon_h, 0)
    run_replications(plan, out, wanted, jobs or default_jobs(count), keep_tables=keep_tables, progress=progress)
    _write_files(plan, out, count)
    manifest = _manifest(plan, out, count)
    manifest |= {
        "source": source or {},
        "command": list(sys.argv if command is None else command),
        "run_here": wanted,
        "wall_time_s": time.monotonic() - began,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    write_json(out / "manifest.json", manifest)
    return Study(out)


def _claim(plan: Plan, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    manifest = out / "manifest.json"
    if manifest.is_file() and (found := read_json(manifest).get("digest")) != plan.digest:
        raise UsageError(f"{out} holds results of another scenario (digest {str(found)[:8]}, this one is {plan.digest[:8]})")


def _write_files(plan: Plan, out: Path, count: int) -> None:
    write_csv(out / "replications.csv", REPLICATION_COLUMNS, _replication_lines(plan, out, count))
    summary = summarise(plan, out, count)
    write_frames(plan, out, count)
    known = {(e["kpi"], e["group"]): e for e in summary["kpis"] if e["mean"] is not None}
    write_csv(out / "money.csv", ("kind", "per_year", "half_width"), _money(known))
    rows = theory_rows(plan, {key: (e["mean"], e["half_width"]) for key, e in known.items()})
    write_csv(out / "theory.csv", ("measure", "owner", "theory", "simulation", "half_width"), rows)
    write_precision(plan, out, count)
    write_json(out / "plan.json", plain_plan(plan), indent=None)
    write_json(out / "summary.json", summary)


def _replication_lines(plan: Plan, out: Path, count: int) -> Iterator[tuple[str, int, str, str, str, str]]:
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
    metas = [read_json(replication_folder(out, r) / "meta.json") for r in range(count)]
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
        "events": [meta["events"] for meta in metas],
        "rows": {name: sum(meta["rows"][name] for meta in metas) for name in metas[0]["rows"]},
        "versions": versions(),
    }
