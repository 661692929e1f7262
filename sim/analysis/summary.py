"""Measures of the replications to the summary of a study."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.analysis.batches import METHOD, batch_estimates
from sim.analysis.estimate import NOT_SHOWN, Estimate, grows, t_quantile, verdict
from sim.analysis.kpis import KPIS
from sim.analysis.window import window_of
from sim.sampling import block_size, blocks_of
from sim.scenario.plan import Plan, Target
from sim.store import FORMAT, read_csv, replication_folder

if TYPE_CHECKING:
    from sim.analysis.warmup import WarmUp

Key = tuple[str, str]


class RunningEstimate:
    """Mean and interval of values that come one by one (Welford)."""

    __slots__ = ("_squares", "mean", "n")

    def __init__(self) -> None:
        self.n, self.mean, self._squares = 0, 0.0, 0.0

    def add(self, value: float) -> None:
        """One replication's value."""
        self.n += 1
        change = value - self.mean
        self.mean += change / self.n
        self._squares += change * (value - self.mean)

    def estimate(self, confidence: float) -> Estimate:
        """What is known so far."""
        if self.n < 2:
            return Estimate(self.n, self.mean if self.n else math.nan, None)
        return Estimate(self.n, self.mean, t_quantile(confidence, self.n - 1) * math.sqrt(self._squares / (self.n - 1) / self.n))


def replication_rows(folder: Path, replication: int) -> Iterator[tuple[str, str, str, str]]:
    """(kpi, group, unit, value as text) of one stored replication."""
    yield from ((k, g, u, v) for k, g, u, v in read_csv(replication_folder(folder, replication) / "kpis.csv"))


def block_values(folder: Path, replications: int, block: int) -> Iterator[dict[Key, list[float]]]:
    """Values of the replications of one block after the other, by measure."""
    for numbers in blocks_of(replications, block):
        values: dict[Key, list[float]] = {}
        for r in numbers:
            for kpi, group, _, value in replication_rows(folder, r):
                values.setdefault((kpi, group), []).append(float(value))
        yield values


def estimates(folder: Path, replications: int, confidence: float, block: int = 1) -> dict[Key, Estimate]:
    """Every measure of a run, in the order of the registry (groups in the order in which they first appear).

    The independent values are the means of blocks of `block` replications in a row (`sim.sampling.block_size`).
    """
    found: dict[Key, RunningEstimate] = {}
    for values in block_values(folder, replications, block):
        for key, together in values.items():
            running = found.get(key)
            if running is None:
                running = found[key] = RunningEstimate()
            running.add(sum(together) / len(together))
    rank = {kpi: i for i, kpi in enumerate(KPIS)}
    keys = sorted(found, key=lambda key: (rank.get(key[0], len(rank)), key[1] != "all"))
    return {key: found[key].estimate(confidence) for key in keys}


def backlog_growing(plan: Plan, known: dict[Key, Estimate]) -> bool:
    """True if the orders open or the contacts waiting grow over the window (see `estimate.grows`).

    Contacts count only where somebody waits for ever: impatience and full trunks bound a queue, however busy it gets.
    """
    days = window_of(plan).days
    pairs = [("orders.backlog_growth", "orders.open")]
    if any(line.patience is None and line.trunks < 0 and line.behaviour != "self_service" for line in plan.lines):
        pairs.append(("contact.queue.growth", "contact.queue.mean"))
    for slope, level in pairs:
        if (slope, "all") in known and (level, "all") in known and grows(known[slope, "all"], known[level, "all"].mean, days):
            return True
    return False


def longest_supply_h(plan: Plan) -> float:
    """Mean hours of the slowest way from a vendor's order to a shelf, over all lanes of the network."""
    times = {i: max((d.mean for _, d in place.lead_times), default=0.0) for i, place in enumerate(plan.locations)}
    for i, place in enumerate(plan.locations):
        if place.lead_time is not None:
            times[i] = max(times[i], place.lead_time.mean)
    slowest = max(times.values(), default=0.0)
    lanes = [lane.transit.mean for place in plan.locations for lane in place.lanes]
    return slowest + max(lanes, default=0.0)


def summarise(
    plan: Plan, folder: Path, replications: int, level: float | None = None, warm_up: WarmUp | None = None
) -> dict[str, Any]:
    """The content of summary.json.

    Parameters
    ----------
    plan
        Name, confidence and targets.
    folder
        Run folder with its replications.
    replications
        How many of them count, the first ones.
    level
        Level of the single intervals where it is not the confidence (see `sim.experiment.stopping`).
    warm_up
        What was found of it; while an automatic one is not found no verdict is shown.
    """
    if plan.run.batches:
        return _of_batches(plan, folder, warm_up)
    known = estimates(folder, replications, level or plan.run.confidence, block_size(plan))
    return _summary(plan, known, replications, warm_up)


def _of_batches(plan: Plan, folder: Path, warm_up: WarmUp | None) -> dict[str, Any]:
    """The summary of one long run: batches in the place of replications, no verdict where they are correlated."""
    found = batch_estimates(folder, plan.run.confidence)
    summary = _summary(plan, {key: one.estimate for key, one in found.items()}, 1, warm_up)
    for entry in summary["kpis"]:
        one = found.get((entry["kpi"], entry["group"]))
        entry["lag1"] = one.test.lag1 if one is not None else None
        entry["trusted"] = one is not None and one.test.is_passed
        if entry["verdict"] is not None and not entry["trusted"]:
            entry["verdict"] = NOT_SHOWN
    return summary | {"method": METHOD, "batches": plan.run.batches}


def _summary(plan: Plan, known: dict[Key, Estimate], replications: int, warm_up: WarmUp | None) -> dict[str, Any]:
    growing = backlog_growing(plan, known)
    settled = warm_up is None or warm_up.is_found
    targets = {(t.kpi, t.group): t for t in plan.targets}
    entries = [_entry(key, estimate, targets.get(key), growing or not settled) for key, estimate in known.items()]
    missing = [key for key in targets if key not in known]
    entries += [_entry(key, Estimate(0, math.nan, None), targets[key], growing or not settled) for key in missing]
    return {
        "format": FORMAT,
        "name": plan.name,
        "digest": plan.digest,
        "replications": replications,
        "confidence": plan.run.confidence,
        "steady_state": not growing and settled and plan.run.warm_up_h >= longest_supply_h(plan),
        "backlog_grows": growing,
        "warm_up": None if warm_up is None else warm_up.as_dict(),
        "kpis": entries,
    }


def _entry(key: Key, estimate: Estimate, target: Target | None, growing: bool) -> dict[str, Any]:
    kpi, group = key
    unit = KPIS[kpi].unit if kpi in KPIS else (target.unit if target is not None else "1")
    limits = None
    judged = None
    if target is not None:
        limits = {k: v for k, v in (("min", target.minimum), ("max", target.maximum)) if v is not None}
        judged = verdict(estimate, target.minimum, target.maximum, growing=growing)
    return {
        "kpi": kpi,
        "group": group,
        "unit": unit,
        "n": estimate.n,
        "mean": None if math.isnan(estimate.mean) else estimate.mean,
        "half_width": estimate.half_width,
        "target": limits,
        "verdict": judged,
    }
