"""Scenarios against a baseline under common random numbers: paired differences with t intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sim.analysis.estimate import t_interval
from sim.analysis.kpis import KPIS
from sim.errors import UsageError
from sim.sampling import block_means
from sim.store import FORMAT, Study, write_csv, write_json

COLUMNS = ("scenario", "kpi", "group", "unit", "n", "base", "other", "difference", "half_width", "direction")


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure in both scenarios: means over the common replications, paired difference other - base, its half width.

    `direction` is 'better', 'worse' or 'differs' (where neither way is better) if the interval leaves out zero, 'same' if all
    replications agree exactly, else 'not shown'.
    """

    kpi: str
    group: str
    unit: str
    n: int
    base: float
    other: float
    difference: float
    half_width: float | None
    direction: str


@dataclass(frozen=True)
class ScenarioContrast:
    """One scenario against the baseline."""

    name: str
    rows: tuple[Difference, ...]
    inputs: tuple[tuple[str, str, str], ...]  # path, value in the baseline, value in the scenario

    def of(self, kpi: str, group: str = "all") -> Difference:
        """One measure.

        Raises
        ------
        KeyError
            If it was not compared.
        """
        for row in self.rows:
            if row.kpi == kpi and row.group == group:
                return row
        raise KeyError(f"'{kpi}' of group '{group}' is not in both scenarios")


@dataclass(frozen=True)
class Comparison:
    """Studies of a baseline and of scenarios on the same customers."""

    base: Study
    others: tuple[Study, ...]
    contrasts: tuple[ScenarioContrast, ...]
    confidence: float
    folder: Path | None = None
    report: Path | None = None

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready form: for each scenario the differences of the inputs first, then of the results."""
        return {
            "format": FORMAT,
            "base": self.base.name,
            "confidence": self.confidence,
            "replications": min(s.replications for s in (self.base, *self.others)),
            "scenarios": [
                {
                    "name": contrast.name,
                    "inputs": [{"path": p, "base": a, "other": b} for p, a, b in contrast.inputs],
                    "steady_state": study.summary["steady_state"],
                    "targets": [entry for entry in study.summary["kpis"] if entry["target"] is not None],
                    "differences": [asdict(row) for row in contrast.rows],
                }
                for study, contrast in zip(self.others, self.contrasts, strict=True)
            ],
        }

    def write(self, folder: Path) -> None:
        """Write comparison.json and comparison.csv."""
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / "comparison.json", self.as_dict())
        rows = ((c.name, *asdict(row).values()) for c in self.contrasts for row in c.rows)
        write_csv(folder / "comparison.csv", COLUMNS, rows)


def paired_differences(base: Study, other: Study, confidence: float) -> tuple[Difference, ...]:
    """Differences of every measure that both studies have, replication by replication.

    Parameters
    ----------
    base, other
        Studies with the same seed; the first replications that both have are paired.
    confidence
        Of the intervals.

    Raises
    ------
    UsageError
        If the seeds differ: the replications do not meet the same customers then and cannot be paired.
    """
    if base.seed != other.seed:
        raise UsageError(f"{base.name} has seed {base.seed} and {other.name} {other.seed}: pairing needs the same seed")
    n = min(base.replications, other.replications)
    block = math.lcm(base.block, other.block)
    known = set(other.measures)
    rows = []
    for kpi, group in base.measures:
        if (kpi, group) not in known:
            continue
        a, b = base.values(kpi, group)[:n], other.values(kpi, group)[:n]
        both = ~(np.isnan(a) | np.isnan(b))
        if not both.any():
            continue
        same = bool((a[both] == b[both]).all())
        if block > 1:
            a, b = (block_means(np.where(both, values, np.nan), block) for values in (a, b))
            both = ~np.isnan(a)
        a, b = a[both], b[both]
        estimate = t_interval(b - a, confidence)
        rows.append(
            Difference(
                kpi,
                group,
                KPIS[kpi].unit if kpi in KPIS else "1",
                len(a),
                float(a.mean()),
                float(b.mean()),
                estimate.mean,
                estimate.half_width,
                _direction(kpi, same, estimate.mean, estimate.half_width),
            )
        )
    return tuple(rows)


def _direction(kpi: str, same: bool, mean: float, half_width: float | None) -> str:
    if same:
        return "same"
    if half_width is None or math.isnan(mean) or abs(mean) <= half_width:
        return "not shown"
    better = KPIS[kpi].better if kpi in KPIS else None
    if better is None:
        return "differs"
    return "better" if (mean < 0) == (better == "less") else "worse"


def compare_studies(base: Study, others: Sequence[Study], inputs: Sequence[Sequence[tuple[str, str, str]]]) -> Comparison:
    """Compare stored studies.

    Parameters
    ----------
    base
        The baseline.
    others
        The scenarios.
    inputs
        For each scenario what differs in its inputs, see `sim.analysis.plain.plan_differences`.
    """
    contrasts = tuple(
        ScenarioContrast(study.name, paired_differences(base, study, base.confidence), tuple(changed))
        for study, changed in zip(others, inputs, strict=True)
    )
    return Comparison(base, tuple(others), contrasts, base.confidence)
