"""Batch means: one long run, cut after its warm-up into batches of equal length whose values take the place of replications'.

The method: Law (2015), *Simulation Modeling and Analysis*, 5th ed., ch. 9; Alexopoulos and Seila (1998) in *Handbook of
Simulation*, ch. 7. Batch means are dependent, the less the longer the batches: see `intervals.batch_test`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.analysis.estimate import Estimate, t_interval
from sim.analysis.intervals import BatchTest, batch_test
from sim.analysis.kpis import KPIS, Row
from sim.analysis.reduce import reduce_replication
from sim.analysis.tables import Table
from sim.analysis.window import Window, window_of
from sim.errors import UsageError
from sim.scenario.plan import DAY, SHELF_PERIOD, Plan
from sim.store import read_csv, replication_folder

BATCH_COLUMNS = ("batch", "kpi", "group", "unit", "value")
METHOD = "batch means"
_FRAMES = ("sums", "tat", "distributions")  # what is kept of every batch, stacked, as batch_<name>.npy
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Batches:
    """Measures (batch, kpi, group, unit, value) and arrays by name of all batches of a run."""

    rows: list[tuple[int, *Row]]
    frames: dict[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class BatchEstimate:
    """Mean of the batches with its t interval, and whether the batches look independent."""

    estimate: Estimate
    test: BatchTest


def batch_windows(plan: Plan) -> list[Window]:
    """The measured time, cut into `run.batches` windows of equal length.

    Raises
    ------
    UsageError
        If they do not end where the records of time averages do.
    """
    whole, batches = window_of(plan), plan.run.batches
    period = SHELF_PERIOD if plan.parts and plan.locations else DAY  # by which time averages are recorded
    length = whole.hours / batches
    if abs(length / period - round(length / period)) > 1e-9 or round(length / period) < 1:
        raise UsageError(
            f"{batches} batches of {whole.days:g} days are {length / 24:g} days each; a batch has to be a whole number of times "
            f"{period / 24:g} days long"
        )
    edges = whole.begin + period * np.arange(batches + 1) * round(length / period)
    return [Window(a, b) for a, b in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)]


def reduce_batches(plan: Plan, tables: dict[str, Table]) -> Batches:
    """Reduce every batch of one run: a pass over the tables each.

    Contacts, orders and demands belong to the batch in which they are counted (arrival, end, request), with what became of them
    later; waits that are still open are cut at the end of the run, not of the batch.
    """
    rows: list[tuple[int, *Row]] = []
    frames: dict[str, list[NDArray[np.float64]]] = {}
    for i, window in enumerate(batch_windows(plan)):
        found = reduce_replication(plan, tables, window)
        rows += [(i, *row) for row in found.rows]
        for name in _FRAMES:
            if name in found.frames:
                frames.setdefault(name, []).append(found.frames[name])
    join = {name: np.concatenate if name == "sums" else np.stack for name in frames}
    return Batches(rows, {f"batch_{name}": join[name](arrays) for name, arrays in frames.items()})


def batch_rows(folder: Path) -> Iterator[tuple[int, str, str, str, str]]:
    """(batch, kpi, group, unit, value as text) of a stored run of batches."""
    yield from ((int(i), k, g, u, v) for i, k, g, u, v in read_csv(replication_folder(folder, 0) / "batches.csv"))


def batch_estimates(folder: Path, confidence: float) -> dict[Key, BatchEstimate]:
    """Every measure, in the order of the registry (groups in the order in which they first appear)."""
    found: dict[Key, list[float]] = {}
    for _, kpi, group, _, value in batch_rows(folder):
        found.setdefault((kpi, group), []).append(float(value))
    rank = {kpi: i for i, kpi in enumerate(KPIS)}
    keys = sorted(found, key=lambda key: (rank.get(key[0], len(rank)), key[1] != "all"))
    return {key: BatchEstimate(t_interval(found[key], confidence), batch_test(found[key])) for key in keys}
