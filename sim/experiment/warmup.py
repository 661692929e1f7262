"""The warm-up of a study: chosen when its replications are there, and cut anew from their raw tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sim.analysis.warmup import WarmUp, gauge_period_h, judge_warm_up
from sim.errors import UsageError
from sim.experiment.executors import Job, Runner
from sim.experiment.placing import clear_leftovers
from sim.experiment.replicate import KEPT_BYTES, drop_tables, is_stored, reduce_again
from sim.scenario.plan import DAY, Plan
from sim.store import replication_folder


def settle_warm_up(
    plan: Plan, out: Path, count: int, jobs: int, *, keep_tables: bool | None = None, logs: Sequence[str] = ()
) -> tuple[Plan, WarmUp]:
    """Look at the warm-up of the first `count` replications, and cut them alike if it is automatic.

    Parameters
    ----------
    plan
        What was simulated; the replications are stored in `out`.
    out, count, jobs, keep_tables, logs
        As for `run_study`.

    Returns
    -------
    The plan with the warm-up that holds, and what was found of it. The same plan and number of replications give the same cut.
    Replications that were reduced with another cut are reduced again; where their raw tables are gone they are run again.
    """
    found = judge_warm_up(plan, out, count)
    if plan.run.auto is None:
        return plan, found
    run = plan.run
    settled = replace(run.auto, settled=True) if run.auto is not None else None
    plan = replace(plan, run=replace(run, warm_up_h=found.cut_h, length_h=run.horizon_h - found.cut_h, auto=settled))
    wanted = [r for r in range(count) if not is_stored(plan, r, out)]
    gone = [r for r in wanted if not reduce_again(plan, r, out, keep_tables=keep_tables, logs=logs)]
    with Runner(Job(plan, out, {"keep_tables": keep_tables, "logs": tuple(logs)}), None, jobs, None) as runner:
        runner.run(gone)
    for r in range(count):
        drop_tables(out, r, keep_tables)
    return plan, found


def with_warm_up(plan: Plan, warm_up_h: float) -> Plan:
    """The plan with another stated warm-up and the same end.

    Raises
    ------
    UsageError
        If the tables of the plan cannot be cut there exactly, with the cuts that they allow.
    """
    run, period = plan.run, gauge_period_h(plan)
    origin = 0.0 if run.auto is not None else run.warm_up_h % period
    if not 0 <= warm_up_h < run.horizon_h:
        raise UsageError(f"the run lasts {_days(run.horizon_h)}: a warm-up of {_days(warm_up_h)} leaves nothing to measure")
    offset = (warm_up_h - origin) % period
    if min(offset, period - offset) > 1e-9:
        cuts = [origin + k * period for k in range(math.ceil((run.horizon_h - origin) / period - 1e-9))]
        near = sorted(cuts, key=lambda c: abs(c - warm_up_h))[:2]
        what = "levels of stock are" if plan.locations else "queues are"
        every = f"{_days(origin)} and every {_days(period)} after it" if origin else f"multiples of {_days(period)}"
        raise UsageError(
            f"cannot cut at {_days(warm_up_h)}: {what} kept in periods of {_days(period)}, so cuts are {every}; "
            f"the nearest {'are' if len(near) > 1 else 'is'} {' and '.join(_days(c) for c in sorted(near))}"
        )
    return replace(plan, run=replace(run, warm_up_h=warm_up_h, length_h=run.horizon_h - warm_up_h, auto=None))


def _days(hours: float) -> str:
    days = hours / DAY
    return f"{days:g} day{'' if days == 1 else 's'}"


def recut_replications(plan: Plan, origin: Path, out: Path, count: int) -> None:
    """Reduce the raw tables of a run again, with the warm-up of `plan`, into another run folder.

    Parameters
    ----------
    plan
        As `with_warm_up` gives it.
    origin, out
        Run folder with the raw tables, and the new one; its replications appear one by one, each whole.
    count
        How many of the first replications.

    Raises
    ------
    UsageError
        If raw tables are missing or made by other code.
    """
    clear_leftovers(out)
    wanted = [r for r in range(count) if not is_stored(plan, r, out)]
    gone = [r for r in wanted if not (replication_folder(origin, r) / "tables").is_dir()]
    if gone:
        raise UsageError(
            f"{origin} has no raw tables of replication{'s' if len(gone) > 1 else ''} {_list(gone)} "
            f"(kept are {KEPT_BYTES >> 20} MB a study); run it again with --tables, which keeps all"
        )
    for r in wanted:
        if not reduce_again(plan, r, out, origin=origin):
            raise UsageError(f"the raw tables of replication {r} in {origin} were made by other code; run it again")


def _list(numbers: list[int]) -> str:
    shown = ", ".join(str(n) for n in numbers[:5])
    return shown if len(numbers) <= 5 else f"{shown} and {len(numbers) - 5} more"
