"""Rows of intervals.csv: every kind of interval that a study supports, from its stored replications or batches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.batches import batch_rows
from sim.analysis.distributions import EDGES_H, distribution_names
from sim.analysis.intervals import MEAN, CountMoments, Interval, PairMoments, share_interval
from sim.analysis.kpis import KPIS
from sim.analysis.reduce_orders import TAT_EDGES_H, distribution_labels
from sim.analysis.summary import replication_rows
from sim.sampling import block_size, blocks_of
from sim.scenario.plan import Plan
from sim.store import replication_folder

INTERVAL_COLUMNS = ("kpi", "group", "unit", "kind", "estimate", "low", "high", "n")
_PERCENTS = {"parts.wait": (95,)}  # of pooled quantiles, else these:
_ALL_PERCENTS = (50, 80, 90, 95)
Key = tuple[str, str]
Sample = tuple[list[tuple[str, str, float]], NDArray[np.float64]]  # (kpi, group, value) and [rows, 2] of their sums


def interval_rows(
    plan: Plan, folder: Path, replications: int, summary: dict[str, Any], level: float | None = None
) -> list[tuple[Any, ...]]:
    """Rows of intervals.csv, in the order of the registry, the whole run before its groups.

    Parameters
    ----------
    plan
        Confidence, targets and names.
    folder
        Run folder with its replications.
    replications
        How many of them count, the first ones.
    summary
        The content of summary.json, whose means are repeated.
    level
        Level of the single intervals where it is not the confidence.

    Notes
    -----
    Where replications come in blocks, sums and counts of blocks are the independent values; chances, which are about single
    replications, are left out then.
    """
    confidence = level or plan.run.confidence
    found: dict[Key, list[Interval]] = {}
    for entry in summary["kpis"]:
        if entry["mean"] is not None:
            mean, width = entry["mean"], entry["half_width"]
            low, high = (None, None) if width is None else (mean - width, mean + width)
            found[entry["kpi"], entry["group"]] = [Interval(MEAN, mean, low, high, entry["n"])]
    for key, moments in _ratios(plan, folder, replications).items():
        if not moments.is_constant:
            found.setdefault(key, []).append(moments.interval(confidence))
    for name, edges, labels in (
        ("tat", TAT_EDGES_H, [("tat.customer", label) for label in distribution_labels(plan)]),
        ("distributions", EDGES_H, distribution_names(plan)),
    ):
        for key, interval in _quantiles(plan, folder, replications, name, edges, labels, confidence):
            found.setdefault(key, []).append(interval)
    if not plan.run.batches and block_size(plan) == 1:
        for key, interval in _chances(plan, folder, replications, confidence):
            found.setdefault(key, []).append(interval)
    rank = {kpi: i for i, kpi in enumerate(KPIS)}
    keys = sorted(found, key=lambda key: (rank.get(key[0], len(rank)), key[1] != "all"))
    return [
        (kpi, group, _unit(kpi, one.kind), one.kind, one.estimate, one.low, one.high, one.n)
        for kpi, group in keys
        for one in found[kpi, group]
    ]


def _unit(kpi: str, kind: str) -> str:
    if kind.startswith("probability"):
        return "1"
    return KPIS[kpi].unit if kpi in KPIS else "h"  # quantiles of waits that no replication reports


def _samples(plan: Plan, folder: Path, replications: int) -> Iterator[Sample]:
    """Measures with their sums of one replication (or batch) after the other."""
    place = replication_folder(folder, 0)
    if plan.run.batches:
        sums = np.load(place / "batch_sums.npy")
        batches: list[list[int]] = [[] for _ in range(plan.run.batches)]
        rows = list(batch_rows(folder))
        for i, row in enumerate(rows):
            batches[row[0]].append(i)
        for members in batches:
            yield [(rows[i][1], rows[i][2], float(rows[i][4])) for i in members], sums[members]
        return
    for r in range(replications):
        listed = [(kpi, group, float(value)) for kpi, group, _, value in replication_rows(folder, r)]
        yield listed, np.load(replication_folder(folder, r) / "sums.npy")


def _ratios(plan: Plan, folder: Path, replications: int) -> dict[Key, PairMoments]:
    """Moments of numerator and denominator of every ratio; a replication without the measure counts as 0 and 0."""
    found: dict[Key, PairMoments] = {}
    count, block = 0, block_size(plan)
    sums_of_block: dict[Key, tuple[float, float]] = {}
    for i, (rows, sums) in enumerate(_samples(plan, folder, replications)):
        for (kpi, group, _), (numerator, denominator) in zip(rows, sums.tolist(), strict=True):
            if denominator == denominator:
                above, below = sums_of_block.get((kpi, group), (0.0, 0.0))
                sums_of_block[kpi, group] = above + numerator, below + denominator
        if (i + 1) % block == 0:
            count += 1
            for key, (above, below) in sums_of_block.items():
                found.setdefault(key, PairMoments()).add(above, below)
            sums_of_block.clear()
    for key, (above, below) in sums_of_block.items():  # a last, smaller block
        found.setdefault(key, PairMoments()).add(above, below)
    count += bool(sums_of_block)
    for moments in found.values():
        moments.add_zeros(count - moments.n)
    return found


def _frames(plan: Plan, folder: Path, replications: int, name: str) -> Iterator[NDArray[np.float64]]:
    """An array of one replication (or batch) after the other; nothing if the run has none."""
    if plan.run.batches:
        path = replication_folder(folder, 0) / f"batch_{name}.npy"
        if path.is_file():
            yield from np.load(path)
        return
    for members in blocks_of(replications, block_size(plan)):
        paths = [replication_folder(folder, r) / f"{name}.npy" for r in members]
        if not all(path.is_file() for path in paths):
            return
        yield sum((np.load(path) for path in paths[1:]), np.load(paths[0]))


def _quantiles(
    plan: Plan, folder: Path, replications: int, name: str, edges: NDArray[np.float64], labels: list[Key], confidence: float
) -> Iterator[tuple[Key, Interval]]:
    """Pooled quantiles of every row of a frame, and of all lines of contacts together."""
    moments = [CountMoments(edges) for _ in labels]
    people = [i for i, (kpi, _) in enumerate(labels) if kpi == "contact.wait"]
    whole = CountMoments(edges)
    for counts in _frames(plan, folder, replications, name):
        for one, row in zip(moments, counts, strict=True):
            one.add(row)
        if people:
            whole.add(counts[people].sum(axis=0))
    pairs = [(("contact.wait", "all"), whole)] if people else []
    for (kpi, group), one in (*pairs, *zip(labels, moments, strict=True)):
        for percent in _PERCENTS.get(kpi, _ALL_PERCENTS):
            interval = one.interval(percent / 100, confidence)
            if interval is not None:
                yield (f"{kpi}.p{percent}", group), interval


def _chances(plan: Plan, folder: Path, replications: int, confidence: float) -> Iterator[tuple[Key, Interval]]:
    """For every target the share of replications that meet it, over those that have the measure."""
    targets = {(t.kpi, t.group): t for t in plan.targets}
    if not targets:
        return
    met, known = dict.fromkeys(targets, 0), dict.fromkeys(targets, 0)
    for r in range(replications):
        for kpi, group, _, text in replication_rows(folder, r):
            target = targets.get((kpi, group))
            if target is not None:
                value = float(text)
                known[kpi, group] += 1
                met[kpi, group] += (target.minimum is None or value >= target.minimum) and (
                    target.maximum is None or value <= target.maximum
                )
    for key, n in known.items():
        if n:
            yield key, share_interval(met[key], n, confidence)
