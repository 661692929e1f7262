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
from sim.experiment.versions import code_version
from sim.sampling import drawn_inputs
from sim.scenario.plan import Plan
from sim.store import FORMAT, read_json, replication_folder, write_bytes, write_csv, write_json
from sim.streams import Streams

Progress = Callable[[float, int], None]


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
        _store(plan_of(plan, r), r, place, key, log, keep_tables, progress)
    return place


def _store(plan: Plan, r: int, place: Path, key: dict[str, Any], log: bool, keep_tables: bool, progress: Progress | None) -> None:
    """Simulate and reduce in a folder of its own, which takes its place when it is whole."""
    work = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}.{os.getpid()}."))
    try:
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
        if plan.uncertain is not None:
            meta["inputs"] = {i.path: i.written(v) for i, v in zip(plan.uncertain.inputs, drawn_inputs(plan, r), strict=True)}
        if not keep_tables:
            shutil.rmtree(raw)
        if plan.run.sampling.control_variates:
            from sim.experiment.controls import store_controls

            store_controls(plan, r, work)
        _write(work, reduction, meta)
        work.chmod(0o755)
        if place.exists():
            shutil.rmtree(place)
        work.rename(place)
        _sync(place.parent)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise


def plan_of(plan: Plan, r: int) -> Plan:
    """The plan of one replication: with uncertain inputs that of the values drawn for it, else the plan itself."""
    if plan.uncertain is None:
        return plan
    from sim.scenario.replication import replication_plan

    return replication_plan(plan, r)


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
    world = build_world(plan, Streams(plan.run.seed, r, plan.run.sampling.antithetic), recorder, log)
    world.run(progress)
    return int(world.clock.events)


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
