"""One replication: simulate, reduce, and put the result in its place whole or not at all."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sim.analysis.batches import BATCH_COLUMNS, reduce_batches
from sim.analysis.logs import log_names, needs_cases, needs_visits, write_logs
from sim.analysis.reduce import Reduction, reduce_replication
from sim.analysis.tables import Table, open_tables
from sim.collector import collector_paused
from sim.columns import TABLES, dtype
from sim.engine.recorder import Recorder, TableWriter
from sim.errors import SparesimError
from sim.experiment.placing import link, put_in_place, work_folder
from sim.experiment.saved_state import end_state
from sim.experiment.versions import code_version
from sim.sampling import drawn_inputs
from sim.scenario.plan import Plan
from sim.store import FORMAT, read_json, replication_folder, write_bytes, write_csv, write_json
from sim.streams import Streams

Progress = Callable[[float, int], None]
State = list[tuple[int, int, int, float, int, int]]

# Unless they are asked for, raw tables of replication r are kept if r + 1 times their size is at most this: equal replications
# take no more of the disk together. It depends on nothing but the plan and r, so that extending a study changes no file.
KEPT_BYTES = 128 * 2**20


def replicate(
    plan: Plan,
    r: int,
    folder: Path,
    *,
    log: bool = False,
    keep_tables: bool | None = None,
    logs: Sequence[str] = (),
    progress: Progress | None = None,
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
        `tables/` if they are kept, logs in `logs/`. All files are the same bytes wherever and however they are made. If the raw
        tables are there from a run with another warm-up, they are reduced again instead of simulating.
    log
        Keep the visits of orders to stages (in the raw tables).
    keep_tables
        True keeps all raw tables, False none; None keeps those that the measures are made of if they are small
        (`KEPT_BYTES`).
    logs
        Names of logs to write (`sim.analysis.logs`). A replication that is stored without one of them is run again and gets it
        beside what it had.
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
    if is_stored(plan, r, folder, log=log, keep_tables=keep_tables, logs=logs):
        return place
    if is_stored(plan, r, folder):  # what it has beside its measures is made again with what is asked for
        meta = read_json(place / "meta.json")
        log, keep_tables, logs = log or meta["log"], keep_tables or meta["tables"] or None, (*logs, *meta.get("logs", ()))
    place.parent.mkdir(parents=True, exist_ok=True)
    with collector_paused(then_collect=True):
        if not reduce_again(plan, r, folder, log=log, keep_tables=keep_tables, logs=logs):
            _store(plan, r, place, log, keep_tables, log_names(logs), progress)
    return place


def reduce_again(
    plan: Plan,
    r: int,
    folder: Path,
    *,
    origin: Path | None = None,
    log: bool = False,
    keep_tables: bool | None = None,
    logs: Sequence[str] = (),
) -> bool:
    """Reduce the stored raw tables of a replication with the warm-up that the plan has now.

    Parameters
    ----------
    plan, r, folder, log, keep_tables, logs
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
    left_out = ("warm_up_h", "batches") if origin is None else ("warm_up_h", "batches", "plan")
    wanted = {k: v for k, v in replication_key(plan, r).items() if k not in left_out}
    if meta is None or not meta.get("raw") or any(meta.get(k) != v for k, v in wanted.items()):
        return False
    names = log_names((*logs, *meta.get("logs", ())))
    is_whole = meta["tables"] and (meta["log"] or not needs_visits(names))
    if ((keep_tables or needs_cases(names)) and not meta["tables"]) or (log and not meta["log"]) or (names and not is_whole):
        return False
    place = replication_folder(folder, r)
    place.parent.mkdir(parents=True, exist_ok=True)
    with work_folder(place) as work:
        raw = work / "tables"
        raw.mkdir()
        for path in sorted((found / "tables").glob("*.npy")):
            link(path, raw / path.name)
        state = np.load(found / "state.npy") if (found / "state.npy").is_file() else None
        kept = {name: meta[name] for name in ("events", "rows", "tables", "log")}
        _finish(plan, r, work, replication_key(plan, r) | kept, open_tables(raw), names, state, keep_tables)
    return True


def _store(
    plan: Plan,
    r: int,
    place: Path,
    log: bool,
    keep_tables: bool | None,
    logs: Sequence[str],
    progress: Progress | None,
) -> None:
    """Simulate and reduce in a folder of its own, which takes its place when it is whole."""
    with work_folder(place) as work:
        raw = work / "tables"
        raw.mkdir()
        own = plan_of(plan, r)
        events, state = simulate(own, r, raw, log or needs_visits(logs), bool(keep_tables) or needs_cases(logs), progress)
        tables = open_tables(raw)
        rows = {name: len(table) for name, table in tables.items()}
        if logs:
            rows |= {} if keep_tables else {"cases": 0}  # as without logs
            rows |= {} if log else {"visits": 0}
        meta = replication_key(plan, r) | {"events": events, "rows": rows, "tables": bool(keep_tables), "log": log}
        there = end_state(state, tables["replenishments"], plan.run.horizon_h)
        _finish(plan, r, work, meta, tables, logs, there, keep_tables)


def _finish(
    plan: Plan,
    r: int,
    work: Path,
    meta: dict[str, Any],
    tables: dict[str, Table],
    logs: Sequence[str],
    state: Any,
    keep_tables: bool | None,
) -> None:
    """Write what a replication gives and put its folder in its place, without the raw tables if they are not to be kept."""
    raw, own = work / "tables", plan_of(plan, r)
    reduction = reduce_replication(own, tables)
    if state is not None:
        reduction.frames["state"] = state
    if plan.run.batches:
        batches = reduce_batches(own, tables)
        write_csv(work / "batches.csv", BATCH_COLUMNS, batches.rows)
        reduction.frames.update(batches.frames)
    if logs:
        meta["logs"] = write_logs(own, tables, logs, work, r)
        if not meta["tables"]:  # written for the logs alone
            (raw / "cases.npy").unlink(missing_ok=True)
        if not meta["log"]:
            TableWriter(raw / "visits.npy", dtype("visits")).close()
    if plan.uncertain is not None:
        meta["inputs"] = {i.path: i.written(v) for i, v in zip(plan.uncertain.inputs, drawn_inputs(plan, r), strict=True)}
    if plan.run.sampling.control_variates:
        from sim.experiment.controls import store_controls

        store_controls(own, r, work)
    keeps = _keeps(raw, r, keep_tables) or (plan.run.auto is not None and not plan.run.auto.settled)
    if not keeps:
        shutil.rmtree(raw)
    _write(work, reduction, meta | {"raw": keeps})
    put_in_place(work, work.parent / f"{r:04d}")


def plan_of(plan: Plan, r: int) -> Plan:
    """The plan of one replication: with uncertain inputs that of the values drawn for it, else the plan itself."""
    if plan.uncertain is None:
        return plan
    from sim.scenario.replication import replication_plan

    return replication_plan(plan, r)


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
    if not (place / "meta.json").is_file():
        return None
    try:
        meta: dict[str, Any] = read_json(place / "meta.json")
    except SparesimError:
        return None
    return meta


def is_stored(
    plan: Plan, r: int, folder: Path, *, log: bool = False, keep_tables: bool | None = None, logs: Sequence[str] = ()
) -> bool:
    """True if the replication is stored whole, for this plan and window, by this code, with the tables and logs asked for.

    While an automatic warm-up is not settled yet, any window will do.
    """
    meta = _meta_of(replication_folder(folder, r))
    if meta is None:
        return False
    key = replication_key(plan, r)
    if plan.run.auto is not None and not plan.run.auto.settled:
        del key["warm_up_h"]
    same = meta.get("batches", 0) == plan.run.batches and all(meta.get(name) == value for name, value in key.items())
    return same and (meta["tables"] or not keep_tables) and (meta["log"] or not log) and {*logs} <= {*meta.get("logs", ())}


def replication_key(plan: Plan, r: int) -> dict[str, Any]:
    """What a stored replication must agree in to be used again; the warm-up is cut when it is reduced."""
    return {
        "format": FORMAT,
        "plan": plan.digest,
        "warm_up_h": plan.run.warm_up_h,
        "seed": plan.run.seed,
        "replication": r,
        "code": code_version(),
    } | ({"batches": plan.run.batches} if plan.run.batches else {})


def simulate(plan: Plan, r: int, raw: Path, log: bool, every: bool, progress: Progress | None) -> tuple[int, State]:
    """Run the world into raw tables and give the number of events and the stock at the end.

    The table of cases is large and only written when every table is to be kept.
    """
    from sim.model.world import build_world

    recorder = Recorder(raw, {name: dtype(name) for name in TABLES if every or name != "cases"})
    world = build_world(plan, Streams(plan.run.seed, r, plan.run.sampling.antithetic), recorder, log)
    world.run(progress)
    return int(world.clock.events), world.parts.end_state()


def _write(work: Path, reduction: Reduction, meta: dict[str, Any]) -> None:
    write_csv(work / "kpis.csv", ("kpi", "group", "unit", "value"), reduction.rows, sync=False)
    for name, values in reduction.frames.items():
        buffer = io.BytesIO()
        np.save(buffer, np.ascontiguousarray(values, dtype="<f8"), allow_pickle=False)
        write_bytes(work / f"{name}.npy", buffer.getvalue(), sync=False)
    write_json(work / "meta.json", meta, sync=False)
