"""Estimates adjusted by control variates, beside the plain ones and never in their place.

S. S. Lavenberg and P. D. Welch, A perspective on the use of control variables to increase the efficiency of Monte Carlo
simulations, Management Science 27 (1981) 322-335: the mean of the measure less its regression on controls whose means are known,
with a t interval of n - 1 - q degrees of freedom that counts the scatter of the controls' own means. It is exact for measures and
controls that are jointly normal, which means of long replications nearly are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.analysis.estimate import t_interval, t_quantile
from sim.analysis.kpis import KPIS
from sim.analysis.summary import Key, replication_rows
from sim.sampling import block_means, block_size
from sim.scenario.plan import Plan
from sim.store import write_csv

Floats = NDArray[np.float64]
COLUMNS = ("kpi", "group", "unit", "n", "controls", "mean", "half_width", "adjusted", "adjusted_half_width", "gain")

# Which controls a measure takes is settled beforehand by its wing: a choice by the data would make intervals too short.
_BY_WING = {
    "contact": ("cases", "handle"),
    "case": ("cases", "handle"),
    "parts": ("demands", "cases"),
    "stock": ("demands", "cases"),
}
_EXACT = 1e-20
_ALL = ("cases", "handle", "demands")


@dataclass(frozen=True, slots=True)
class Adjusted:
    """Adjusted mean, its half width, and the variance of the plain mean over that of the adjusted one."""

    mean: float
    half_width: float
    gain: float


def adjusted(values: Floats, controls: Floats, confidence: float) -> Adjusted | None:
    """The mean of independent values, adjusted by controls of mean 0.

    Parameters
    ----------
    values
        n values.
    controls
        n rows of q controls.
    confidence
        Of the interval.

    Returns
    -------
    Adjusted or None
        None if there are fewer than q + 3 values, the controls are linearly dependent or the values all the same.
    """
    n, q = controls.shape
    if q == 0 or n < q + 3 or np.ptp(values) <= 0:
        return None
    centred = controls - controls.mean(axis=0)
    if np.linalg.matrix_rank(centred) < q:
        return None
    y = values - values.mean()
    slopes, *_ = np.linalg.lstsq(centred, y, rcond=None)
    mean = controls.mean(axis=0)
    left = float(((y - centred @ slopes) ** 2).sum())
    residual = left / (n - q - 1) if left > _EXACT * float(y @ y) else 0.0  # a measure that is a control itself
    distance = float(mean @ np.linalg.solve(centred.T @ centred, mean))
    variance = residual * (1 / n + distance)
    width = t_quantile(confidence, n - 1 - q) * math.sqrt(variance)
    plain = float(y @ y) / (n - 1) / n
    return Adjusted(float(values.mean() - slopes @ mean), width, plain / variance if variance > 0 else math.inf)


def controls_for(kpi: str, known: Mapping[str, Floats]) -> list[str]:
    """Names of the controls that a measure takes, of those that the study has and that vary."""
    wanted = _BY_WING.get(kpi.partition(".")[0], _ALL)
    return [name for name in wanted if name in known and np.ptp(known[name]) > 0]


def write_adjusted(plan: Plan, folder: Path, controls: Mapping[str, Floats]) -> None:
    """Write controls.csv: every measure that varies, plain and adjusted.

    Parameters
    ----------
    plan
        The scenario.
    folder
        Run folder.
    controls
        By name one value a replication, less its mean.
    """
    write_csv(folder / "controls.csv", COLUMNS, _rows(plan, folder, controls))


def _rows(plan: Plan, folder: Path, controls: Mapping[str, Floats]) -> Iterator[tuple[object, ...]]:
    count = len(next(iter(controls.values()))) if controls else 0
    block, confidence = block_size(plan), plan.run.confidence
    means = {name: block_means(values, block) for name, values in controls.items()}
    for key, values in _measured(folder, count).items():
        y = block_means(values, block)
        has = ~np.isnan(y)
        names = controls_for(key[0], means)
        found = adjusted(y[has], np.column_stack([means[n][has] for n in names]), confidence) if names else None
        if found is None:
            continue
        plain = t_interval(y, confidence)
        unit = KPIS[key[0]].unit if key[0] in KPIS else "1"
        gain = found.gain if math.isfinite(found.gain) else None
        yield *key, unit, plain.n, " ".join(names), plain.mean, plain.half_width, found.mean, found.half_width, gain


def _measured(folder: Path, count: int) -> dict[Key, Floats]:
    """Values of every measure by replication, NaN where it has none."""
    found: dict[Key, Floats] = {}
    for r in range(count):
        for kpi, group, _, value in replication_rows(folder, r):
            if (kpi, group) not in found:
                found[kpi, group] = np.full(count, np.nan)
            found[kpi, group][r] = float(value)
    return found
