"""Runs the points of a sweep: replications of all points through one pool, each stored at once.

A point is an ordinary plan. Of each replication only the measures are kept, in one small file under `points/<key>/`, where the
key stands for all that determines it; points that are the same plan share it. All points have one seed, so that replication r
meets the same customers at every point (common random numbers).
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import pickle
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sim.analysis.reduce import reduce_replication
from sim.analysis.tables import open_tables
from sim.collector import collector_paused
from sim.errors import SimulationError, SparesimError
from sim.experiment.local_pool import begin_worker, stop_pool, workers_starting
from sim.experiment.placing import GroupSync, is_alive
from sim.experiment.replicate import plan_of, replication_key, simulate
from sim.scenario.plan import Plan
from sim.store import read_json, write_bytes

Progress = Callable[[int, int], None]  # replications done, of how many
Row = tuple[str, str, str, float]

_COLLECT_EVERY = 200_000  # events between two searches for cyclic garbage
_AHEAD = 4  # tasks handed out per worker


@dataclass(frozen=True, slots=True)
class _Task:
    """One replication of one plan."""

    key: str
    replication: int


class PlanShelf:
    """The plans of a sweep's points, each once, in an unnamed temporary file: thousands of large plans do not fit in memory."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the object)
        self._at: dict[str, tuple[int, int]] = {}
        self._facts: dict[str, dict[str, Any]] = {}

    def add(self, plan: Plan) -> str:
        """Keep a plan and give its key."""
        key, facts = self.key_of(plan), replication_key(plan, 0)
        if key not in self._at:
            data = pickle.dumps(plan)
            self._at[key] = (self._file.seek(0, os.SEEK_END), len(data))
            self._file.write(data)
            self._facts[key] = facts
        return key

    @staticmethod
    def key_of(plan: Plan) -> str:
        """What stands for all that determines the measures of a plan's replications, the code apart."""
        facts = replication_key(plan, 0)
        determining = {name: value for name, value in facts.items() if name not in ("code", "replication")}
        return hashlib.sha256(json.dumps(determining, sort_keys=True).encode()).hexdigest()[:12]

    def __iter__(self) -> Iterator[str]:
        return iter(self._at)

    def __len__(self) -> int:
        return len(self._at)

    def data(self, key: str) -> bytes:
        """The pickled plan."""
        start, length = self._at[key]
        self._file.seek(start)
        return self._file.read(length)

    def plan(self, key: str) -> Plan:
        """The plan."""
        plan: Plan = pickle.loads(self.data(key))
        return plan

    def facts(self, key: str, replication: int) -> dict[str, Any]:
        """What a stored replication must agree in to be used again."""
        return self._facts[key] | {"replication": replication}


@dataclass(frozen=True)
class PointStore:
    """Stored replications of a sweep's points.

    Attributes
    ----------
    shelf
        The plans.
    folder
        Folder of the sweep.
    groups
        Measures of groups other than 'all' that are kept, as 'kpi[group]', sorted.
    """

    shelf: PlanShelf
    folder: Path
    groups: tuple[str, ...]

    def file(self, key: str, replication: int) -> Path:
        """Where a replication is kept."""
        return self.folder / "points" / key / f"{replication:04d}.json"

    def read(self, key: str, replication: int) -> list[Row] | None:
        """Measures (kpi, group, unit, value) of a replication; None if nothing is stored that fits plan, code and groups."""
        path = self.file(key, replication)
        if not path.is_file():
            return None
        try:
            found: dict[str, Any] = read_json(path)
        except SparesimError:
            return None
        if any(found.get(name) != value for name, value in self.shelf.facts(key, replication).items()):
            return None
        return [(k, g, u, v) for k, g, u, v in found["rows"]] if set(self.groups) <= set(found["groups"]) else None


def groups_kept(measures: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """The measures of groups other than 'all' as they are named in the files."""
    return tuple(sorted(f"{kpi}[{group}]" for kpi, group in measures if group != "all"))


def run_points(
    store: PointStore,
    replications: int,
    jobs: int,
    progress: Progress | None = None,
    called: Callable[[str], str] = str,
) -> int:
    """Run what is missing of all points.

    Parameters
    ----------
    store
        The plans, and where their replications go. What is there of the same plans, made by the same code, is used again.
    replications
        Of each point.
    jobs
        Processes at once; 1 stays in this process. Files do not depend on it.
    progress
        Called with the numbers of replications done and in all.
    called
        Names a key in messages.

    Returns
    -------
    int
        How many were run here.

    Raises
    ------
    SimulationError
        If a replication fails; those that are finished stay.
    KeyboardInterrupt
        Passed on; workers are stopped, finished replications stay.
    """
    every = [_Task(key, r) for key in store.shelf for r in range(replications)]
    for key in store.shelf:
        _clear_leftovers(store.folder / "points" / key)
    tasks = [t for t in every if store.read(t.key, t.replication) is None]

    def done(count: int) -> None:
        if progress is not None:
            progress(len(every) - len(tasks) + count, len(every))

    done(0)
    try:
        with GroupSync() as disk:
            if jobs <= 1 or len(tasks) <= 1:
                for i, task in enumerate(tasks):
                    disk.add(_measure(store.shelf.data(task.key), task, store.folder, store.groups))
                    done(i + 1)
            else:
                _run_parallel(store, tasks, min(jobs, len(tasks)), disk, done)
    except _PointError as fault:
        raise SimulationError(f"{called(fault.key)}: {fault.text}") from None
    except OSError as fault:
        raise SimulationError(f"cannot write results: {fault.strerror}; finished replications are kept") from None
    return len(tasks)


class _PointError(SimulationError):
    """A replication of a point that failed."""

    def __init__(self, key: str, text: str) -> None:
        super().__init__(key, text)
        self.key, self.text = key, text


def _run_parallel(store: PointStore, tasks: Sequence[_Task], jobs: int, disk: GroupSync, done: Callable[[int], None]) -> None:
    """All tasks in order through one pool; a few ahead of the workers, so that plans do not pile up."""
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=begin_worker)
    waiting: set[Future[Path]] = set()
    finished = 0
    try:
        for i, task in enumerate(tasks):
            with workers_starting():
                waiting.add(pool.submit(_measure, store.shelf.data(task.key), task, store.folder, store.groups))
            if len(waiting) >= jobs * _AHEAD or i + 1 == len(tasks):
                rest = 0 if i + 1 == len(tasks) else jobs * _AHEAD - 1
                while len(waiting) > rest:
                    ready, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    for future in ready:
                        disk.add(future.result())
                    finished += len(ready)
                    done(finished)
        pool.shutdown()
    except BaseException as fault:
        stop_pool(pool)
        for key in {task.key for task in tasks}:
            _clear_leftovers(store.folder / "points" / key)
        if isinstance(fault, BrokenProcessPool):
            text = "a worker process has ended; finished replications are kept, the same command goes on with the rest"
            raise SimulationError(text) from None
        raise


class _Worker:
    """What a process remembers from one replication to the next."""

    key = ""
    plan: Plan | None = None
    events = 0  # since the last search for cyclic garbage


def _measure(data: bytes, task: _Task, folder: Path, groups: tuple[str, ...]) -> Path:
    """Run one replication and store its measures, whole or not at all; gives the file, which the caller makes durable."""
    if _Worker.key != task.key or _Worker.plan is None:
        _Worker.key, _Worker.plan = task.key, pickle.loads(data)
    try:
        return _store(_Worker.plan, task, folder / "points" / task.key, groups)
    except _PointError:
        raise
    except OSError as fault:
        raise _PointError(task.key, f"cannot write results: {fault.strerror}; finished replications are kept") from None
    except Exception as fault:  # some exceptions do not survive the way between processes
        kind = "" if isinstance(fault, SparesimError) else f"{type(fault).__name__}: "
        raise _PointError(task.key, f"replication {task.replication}: {kind}{fault}") from fault


def _store(plan: Plan, task: _Task, place: Path, groups: tuple[str, ...]) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    raw = Path(tempfile.mkdtemp(dir=place, prefix=f".{task.replication:04d}.{os.getpid()}."))
    try:
        with collector_paused():
            own = plan_of(plan, task.replication)
            events, _ = simulate(own, task.replication, raw, False, False, None)
            rows = reduce_replication(own, open_tables(raw)).rows
        kept = [row for row in rows if row[1] == "all" or f"{row[0]}[{row[1]}]" in groups]
        content = replication_key(plan, task.replication) | {"events": events, "groups": list(groups), "rows": kept}
        text = json.dumps(content, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        name = f"{task.replication:04d}.json"
        write_bytes(raw / name, (text + "\n").encode(), sync=False)  # a killed process leaves only its own folder behind
        os.replace(raw / name, place / name)
    finally:
        shutil.rmtree(raw, ignore_errors=True)
    _Worker.events += events
    if _Worker.events >= _COLLECT_EVERY:
        _Worker.events = 0
        gc.collect()
    return place / name


def _clear_leftovers(place: Path) -> None:
    """Remove temporary folders and files of processes that are gone."""
    for path in place.glob(".*"):
        fields = path.name.split(".")
        if path.is_dir() and len(fields) > 3 and fields[2].isdigit() and not is_alive(int(fields[2])):
            shutil.rmtree(path, ignore_errors=True)
