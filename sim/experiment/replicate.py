"""One replication: simulate, reduce, and put the result in its place whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from sim.analysis.reduce import Reduction, reduce_replication
from sim.analysis.tables import open_tables
from sim.collector import collector_paused
from sim.columns import TABLES, dtype
from sim.engine.recorder import Recorder
from sim.errors import SparesimError
from sim.experiment.versions import code_version
from sim.scenario.plan import Plan
from sim.store import FORMAT, read_json, replication_folder, write_bytes, write_csv, write_json
from sim.streams import Streams

Progress = Callable[[float, int], None]
_ASIDE = ".old"
_SYNCS = 8  # at once


def replicate(
    plan: Plan, r: int, folder: Path, *, log: bool = False, keep_tables: bool = False, progress: Progress | None = None
) -> Path:
    """Run replication `r` of a plan, unless it is stored already.

    Parameters
    ----------
    plan
        What to simulate.
    r
        Replication number, from 0; with the plan's seed it determines every value.
    folder
        Run folder; the result goes to `replications/<r>/` in it: kpis.csv, arrays as .npy, meta.json, and the raw tables in
        `tables/` if they are kept. All files are the same bytes wherever and however they are made.
    log
        Keep the visits of orders to stages (in the raw tables).
    keep_tables
        Keep the raw tables.
    progress
        Called now and then with the clock (hours) and the number of events.

    Returns
    -------
    The folder of the replication.

    Raises
    ------
    SimulationError
        If the run breaks an invariant; nothing is stored then.
    """
    place = replication_folder(folder, r)
    key = _key(plan, r)
    if is_stored(plan, r, folder, log=log, keep_tables=keep_tables):
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    with collector_paused(then_collect=True):
        _store(plan, r, place, key, log, keep_tables, progress)
    return place


def _store(plan: Plan, r: int, place: Path, key: dict[str, Any], log: bool, keep_tables: bool, progress: Progress | None) -> None:
    """Simulate and reduce in a folder of its own, which takes its place when it is whole."""
    with work_folder(place) as work:
        raw = work / "tables"
        raw.mkdir()
        events = _simulate(plan, r, raw, log, keep_tables, progress)
        tables = open_tables(raw)
        reduction = reduce_replication(plan, tables)
        meta = key | {
            "events": events,
            "rows": {name: len(table) for name, table in tables.items()},
            "tables": keep_tables,
            "log": log,
        }
        if not keep_tables:
            shutil.rmtree(raw)
        _write(work, reduction, meta)
        put_in_place(work, place)


@contextmanager
def work_folder(place: Path) -> Iterator[Path]:
    """A temporary folder beside a replication's place, marked with this process; it is removed if the block fails."""
    work = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}.{os.getpid()}."))
    try:
        yield work
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise


def put_in_place(work: Path, place: Path) -> None:
    """Make a whole work folder the replication, at one instant and durably.

    What stands there, of other code or with fewer tables, is first put aside by a rename, so that no half of it is ever seen.
    """
    list(_syncers().map(_sync, [work, *work.rglob("*")]))  # at once, which the system writes as one
    work.chmod(0o755)
    aside = place.with_name(f"{work.name}{_ASIDE}")
    if place.exists():
        place.rename(aside)
    work.rename(place)
    sync_folder(place.parent)
    shutil.rmtree(aside, ignore_errors=True)


def is_stored(plan: Plan, r: int, folder: Path, *, log: bool = False, keep_tables: bool = False) -> bool:
    """True if the replication is stored whole, for this plan and window, by this code, with the tables that are asked for."""
    path = replication_folder(folder, r) / "meta.json"
    if not path.is_file():
        return False
    try:
        meta = read_json(path)
    except SparesimError:
        return False
    same = all(meta.get(name) == value for name, value in _key(plan, r).items())
    return same and (meta["tables"] or not keep_tables) and (meta["log"] or not log)


def clear_leftovers(folder: Path) -> None:
    """Remove temporary folders of processes that are gone."""
    for path in (folder / "replications").glob(".*.*"):
        fields = path.name.split(".")
        if len(fields) > 3 and fields[2].isdigit() and not _is_alive(int(fields[2])):
            place = path.with_name(fields[1])
            if path.suffix == _ASIDE and not place.exists():  # killed between two renames
                path.rename(place)
                continue
            shutil.rmtree(path, ignore_errors=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:  # a killed process whose parent has not asked for its end still has a number
        return ") Z" not in Path(f"/proc/{process}/stat").read_text(errors="replace")
    except OSError:
        return True


def _key(plan: Plan, r: int) -> dict[str, Any]:
    """What a stored replication must agree in to be used again; the warm-up is cut when it is reduced."""
    return {
        "format": FORMAT,
        "plan": plan.digest,
        "warm_up_h": plan.run.warm_up_h,
        "seed": plan.run.seed,
        "replication": r,
        "code": code_version(),
    }


def _simulate(plan: Plan, r: int, raw: Path, log: bool, every: bool, progress: Progress | None) -> int:
    """Run the world; the table of cases is large and only written when every table is to be kept."""
    from sim.model.world import build_world

    recorder = Recorder(raw, {name: dtype(name) for name in TABLES if every or name != "cases"})
    world = build_world(plan, Streams(plan.run.seed, r), recorder, log)
    world.run(progress)
    return int(world.clock.events)


def _write(work: Path, reduction: Reduction, meta: dict[str, Any]) -> None:
    import io

    write_csv(work / "kpis.csv", ("kpi", "group", "unit", "value"), reduction.rows, sync=False)
    for name, values in reduction.frames.items():
        buffer = io.BytesIO()
        np.save(buffer, np.ascontiguousarray(values, dtype="<f8"), allow_pickle=False)
        write_bytes(work / f"{name}.npy", buffer.getvalue(), sync=False)
    write_json(work / "meta.json", meta, sync=False)


@cache
def _syncers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_SYNCS, thread_name_prefix="sync")


def _sync(path: Path) -> None:
    if path.is_dir():
        sync_folder(path)
        return
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable, where the system can."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)
