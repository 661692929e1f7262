"""One replication: simulate, reduce, and put the result in its place whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from sim.analysis.reduce import Reduction, reduce_replication
from sim.analysis.tables import open_tables
from sim.collector import collector_paused
from sim.columns import TABLES, dtype
from sim.engine.recorder import Recorder
from sim.errors import SparesimError
from sim.experiment.saved_state import end_state
from sim.experiment.versions import code_version
from sim.scenario.plan import Plan
from sim.store import FORMAT, read_json, replication_folder, write_bytes, write_csv, write_json
from sim.streams import Streams

Progress = Callable[[float, int], None]
# Unless they are asked for, raw tables of replication r are kept if r + 1 times their size is at most this: equal replications
# take no more of the disk together. It depends on nothing but the plan and r, so that extending a study changes no file.
KEPT_BYTES = 128 * 2**20


def replicate(
    plan: Plan, r: int, folder: Path, *, log: bool = False, keep_tables: bool | None = None, progress: Progress | None = None
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
        `tables/` if they are kept. All files are the same bytes wherever and however they are made. If the raw tables are
        there from a run with another warm-up, they are reduced again instead of simulating.
    log
        Keep the visits of orders to stages (in the raw tables).
    keep_tables
        True keeps all raw tables, False none; None keeps those that the measures are made of if they are small
        (`KEPT_BYTES`).
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
        if not reduce_again(plan, r, folder, log=log, keep_tables=keep_tables):
            _store(plan, r, place, key, log, keep_tables, progress)
    return place


def reduce_again(
    plan: Plan, r: int, folder: Path, *, origin: Path | None = None, log: bool = False, keep_tables: bool | None = None
) -> bool:
    """Reduce the stored raw tables of a replication with the warm-up that the plan has now.

    Parameters
    ----------
    plan, r, folder, log, keep_tables
        As for `replicate`.
    origin
        Run folder that has the tables, by the same code; by default `folder`, and then the plan must be the same, too.

    Returns
    -------
    bool
        False if there are no raw tables that fit; nothing is changed then.
    """
    found = replication_folder(origin or folder, r)
    meta = _meta_of(found)
    left_out = ("warm_up_h",) if origin is None else ("warm_up_h", "plan")
    if meta is None or not meta.get("raw") or any(meta.get(k) != v for k, v in _key(plan, r).items() if k not in left_out):
        return False
    if (keep_tables and not meta["tables"]) or (log and not meta["log"]):
        return False
    place = replication_folder(folder, r)
    place.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}.{os.getpid()}."))
    try:
        raw = work / "tables"
        raw.mkdir()
        for path in sorted((found / "tables").glob("*.npy")):
            _link(path, raw / path.name)
        reduction = reduce_replication(plan, open_tables(raw))
        if (found / "state.npy").is_file():
            reduction.frames["state"] = np.load(found / "state.npy")
        _finish(plan, r, work, reduction, _key(plan, r) | {k: meta[k] for k in ("events", "rows", "tables", "log")}, keep_tables)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return True


def _link(path: Path, to: Path) -> None:
    """The same file under another name; a copy where the file system has no links."""
    try:
        os.link(path, to)
    except OSError:
        shutil.copyfile(path, to)


def _store(
    plan: Plan, r: int, place: Path, key: dict[str, Any], log: bool, keep_tables: bool | None, progress: Progress | None
) -> None:
    """Simulate and reduce in a folder of its own, which takes its place when it is whole."""
    work = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}.{os.getpid()}."))
    try:
        raw = work / "tables"
        raw.mkdir()
        events, state = _simulate(plan, r, raw, log, bool(keep_tables), progress)
        tables = open_tables(raw)
        reduction = reduce_replication(plan, tables)
        reduction.frames["state"] = end_state(state, tables["replenishments"], plan.run.horizon_h)
        meta = key | {
            "events": events,
            "rows": {name: len(table) for name, table in tables.items()},
            "tables": bool(keep_tables),
            "log": log,
        }
        _finish(plan, r, work, reduction, meta, keep_tables)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise


def _finish(plan: Plan, r: int, work: Path, reduction: Reduction, meta: dict[str, Any], keep_tables: bool | None) -> None:
    """Write what a replication gives and put its folder in its place, without the raw tables if they are not to be kept."""
    place, raw = work.parent / f"{r:04d}", work / "tables"
    keeps = _keeps(raw, r, keep_tables) or (plan.run.auto is not None and not plan.run.auto.settled)
    if not keeps:
        shutil.rmtree(raw)
    _write(work, reduction, meta | {"raw": keeps})
    work.chmod(0o755)
    if place.exists():
        shutil.rmtree(place)
    work.rename(place)
    _sync(place.parent)


def _keeps(raw: Path, r: int, keep_tables: bool | None) -> bool:
    """Whether the raw tables of a replication stay."""
    if keep_tables is not None:
        return keep_tables
    return (r + 1) * sum(path.stat().st_size for path in raw.glob("*.npy")) <= KEPT_BYTES


def drop_tables(folder: Path, r: int, keep_tables: bool | None) -> None:
    """Remove the raw tables of a stored replication that were kept only until its warm-up was chosen."""
    place = replication_folder(folder, r)
    meta = _meta_of(place)
    if meta is not None and meta.get("raw") and not _keeps(place / "tables", r, keep_tables):
        write_json(place / "meta.json", meta | {"raw": False, "tables": False})
        shutil.rmtree(place / "tables")


def _meta_of(place: Path) -> dict[str, Any] | None:
    """meta.json of a replication's folder; None if there is none that can be read."""
    try:
        meta: dict[str, Any] = read_json(place / "meta.json")
    except SparesimError:
        return None
    return meta


def is_stored(plan: Plan, r: int, folder: Path, *, log: bool = False, keep_tables: bool | None = None) -> bool:
    """True if the replication is stored whole, for this plan and window, by this code, with the tables that are asked for.

    While an automatic warm-up is not settled yet, any window will do.
    """
    meta = _meta_of(replication_folder(folder, r))
    if meta is None:
        return False
    key = _key(plan, r)
    if plan.run.auto is not None and not plan.run.auto.settled:
        del key["warm_up_h"]
    same = all(meta.get(name) == value for name, value in key.items())
    return same and (meta["tables"] or not keep_tables) and (meta["log"] or not log)


def clear_leftovers(folder: Path) -> None:
    """Remove temporary folders of processes that are gone."""
    for path in (folder / "replications").glob(".*.*"):
        fields = path.name.split(".")
        if len(fields) > 3 and fields[2].isdigit() and not _is_alive(int(fields[2])):
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


def _simulate(
    plan: Plan, r: int, raw: Path, log: bool, every: bool, progress: Progress | None
) -> tuple[int, list[tuple[int, int, int, float, int, int]]]:
    """Run the world and give the number of events and the stock at the end.

    The table of cases is large and only written when every table is to be kept.
    """
    from sim.model.world import build_world

    recorder = Recorder(raw, {name: dtype(name) for name in TABLES if every or name != "cases"})
    world = build_world(plan, Streams(plan.run.seed, r), recorder, log)
    world.run(progress)
    return int(world.clock.events), world.parts.end_state()


def _write(work: Path, reduction: Reduction, meta: dict[str, Any]) -> None:
    import io

    write_csv(work / "kpis.csv", ("kpi", "group", "unit", "value"), reduction.rows)
    for name, values in reduction.frames.items():
        buffer = io.BytesIO()
        np.save(buffer, np.ascontiguousarray(values, dtype="<f8"), allow_pickle=False)
        write_bytes(work / f"{name}.npy", buffer.getvalue())
    write_json(work / "meta.json", meta)
    _sync(work)


def _sync(folder: Path) -> None:
    """Make renames inside a folder durable, where the system can."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)
