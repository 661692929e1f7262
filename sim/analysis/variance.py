"""Where the variance of a study comes from: uncertain inputs or sampling, and what antithetic pairs gain.

Replications come in blocks: those of one draw of the inputs, or the two of an antithetic pair. One-way analysis of variance with
random effects takes the variance apart (method of moments; S. R. Searle, G. Casella and C. E. McCulloch, Variance Components,
Wiley 1992, chapter 3): the mean square between blocks has expectation sampling + n0 * input, the one within blocks sampling.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.analysis.estimate import t_quantile
from sim.analysis.kpis import HEADLINES, KPIS
from sim.analysis.summary import Key, block_values
from sim.sampling import UncertainInput, block_size, drawn_inputs
from sim.scenario.plan import Plan
from sim.store import write_csv

VARIANCE_COLUMNS = (
    "kpi", "group", "unit", "blocks", "per_block", "mean", "half_width", "input_sd", "sampling_sd", "input_share", "share_low",
    "share_high",
)  # fmt: skip
ANTITHETIC_COLUMNS = ("kpi", "group", "unit", "pairs", "mean", "half_width", "correlation", "gain")
INPUT_COLUMNS = ("input", "distribution", "mean", "p05", "p50", "p95", "unit")
EFFECT_COLUMNS = ("kpi", "group", "unit", "input", "blocks", "spearman", "p_value", "coefficient")


class BlockVariance:
    """One-way analysis of variance of values that come block by block, in constant memory."""

    __slots__ = ("_between", "_block_squares", "_mean", "_n_squared", "_within", "blocks", "mean", "n")

    def __init__(self) -> None:
        self.blocks = self.n = self._n_squared = 0
        self.mean = 0.0  # of the block means
        self._mean = 0.0  # of all values
        self._between = self._within = self._block_squares = 0.0

    def add(self, values: Sequence[float]) -> None:
        """The values of one block."""
        n = len(values)
        if n == 0:
            return
        mean = sum(values) / n
        self.blocks += 1
        self.n += n
        self._n_squared += n * n
        change = mean - self._mean
        self._between += change * change * (self.n - n) * n / self.n
        self._mean += change * n / self.n
        self._within += sum((v - mean) ** 2 for v in values)
        change = mean - self.mean
        self.mean += change / self.blocks
        self._block_squares += change * (mean - self.mean)

    @property
    def size(self) -> float:
        """Values in a block, on average in the sense of the moments (n0)."""
        return (self.n - self._n_squared / self.n) / (self.blocks - 1) if self.blocks > 1 else float(self.n)

    @property
    def mean_squares(self) -> tuple[float, float]:
        """Between and within blocks; NaN where there are too few values."""
        between = self._between / (self.blocks - 1) if self.blocks > 1 else math.nan
        within = self._within / (self.n - self.blocks) if self.n > self.blocks else math.nan
        return between, within

    def half_width(self, confidence: float) -> float:
        """Half width of the t interval of the block means; NaN for fewer than two."""
        if self.blocks < 2:
            return math.nan
        return t_quantile(confidence, self.blocks - 1) * math.sqrt(self._block_squares / (self.blocks - 1) / self.blocks)


@dataclass(frozen=True, slots=True)
class Split:
    """Variance of one replication's value by where it comes from, and the input's share with its interval."""

    input_sd: float
    sampling_sd: float
    share: float
    low: float
    high: float


def split(values: BlockVariance, confidence: float) -> Split:
    """Input and sampling variance of a measure.

    Parameters
    ----------
    values
        Blocks of replications that share one draw of the inputs.
    confidence
        Of the interval of the share: exact for equal blocks of normal values, by the F distribution (the intraclass correlation;
        Searle, Casella and McCulloch, chapter 3).

    Returns
    -------
    Split
        NaN where there are fewer than two blocks or no block of two. A negative estimate of the input's variance is 0.
    """
    from scipy.special import fdtri

    between, within = values.mean_squares
    if math.isnan(between) or math.isnan(within):
        return Split(math.nan, math.nan, math.nan, math.nan, math.nan)
    size, a, b = values.size, values.blocks - 1, values.n - values.blocks
    of_input = max(0.0, (between - within) / size)
    total = of_input + within
    if total <= 0:
        return Split(0.0, 0.0, math.nan, math.nan, math.nan)
    ends = [math.nan, math.nan]
    if within > 0:
        tail = (1 - confidence) / 2
        for i, probability in enumerate((1 - tail, tail)):
            ratio = between / within / float(fdtri(a, b, probability))
            ends[i] = min(1.0, max(0.0, (ratio - 1) / (ratio + size - 1)))
    return Split(math.sqrt(of_input), math.sqrt(within), of_input / total, ends[0], ends[1])


def pair_gain(values: BlockVariance) -> tuple[float, float]:
    """Correlation within antithetic pairs, and the variance of as many independent replications over that of the pairs."""
    between, within = values.mean_squares
    if math.isnan(between) or math.isnan(within) or between + within <= 0:
        return math.nan, math.nan
    correlation = (between - within) / (between + within)
    return correlation, (between + within) / 2 / between if between > 0 else math.inf


def headline_keys(plan: Plan, known: Sequence[Key]) -> list[Key]:
    """Headline measures and those with a target, of those that the run has."""
    wanted = [*((kpi, "all") for kpi in HEADLINES), *((t.kpi, t.group) for t in plan.targets)]
    return [key for key in dict.fromkeys(wanted) if key in known]


def block_variances(plan: Plan, folder: Path, replications: int) -> dict[Key, BlockVariance]:
    """The analysis of variance of every measure over the blocks of a study."""
    found: dict[Key, BlockVariance] = {}
    for values in block_values(folder, replications, block_size(plan)):
        for key, together in values.items():
            found.setdefault(key, BlockVariance()).add(together)
    return found


def write_variance(plan: Plan, folder: Path, replications: int) -> None:
    """Write antithetic.csv; with uncertain inputs inputs.csv, input_effects.csv and, if not mirrored, variance.csv."""
    found = block_variances(plan, folder, replications)
    confidence = plan.run.confidence
    if plan.run.sampling.antithetic:
        rows = (
            (*key, _unit(key), v.blocks, v.mean, v.half_width(confidence), *(_finite(x) for x in pair_gain(v)))
            for key, v in found.items()
        )
        write_csv(folder / "antithetic.csv", ANTITHETIC_COLUMNS, rows)
    if plan.uncertain is None:
        return
    per_block = plan.run.sampling.draws_per_input
    if not plan.run.sampling.antithetic:  # the two of a pair have inputs of their own: nothing to split by
        write_csv(folder / "variance.csv", VARIANCE_COLUMNS, _variance_rows(found, per_block, confidence))
    write_csv(folder / "inputs.csv", INPUT_COLUMNS, _input_rows(plan.uncertain.inputs))
    write_csv(folder / "input_effects.csv", EFFECT_COLUMNS, _effect_rows(plan, folder, replications, list(found)))


def _variance_rows(found: dict[Key, BlockVariance], per_block: int, confidence: float) -> Iterator[tuple[object, ...]]:
    for key, values in found.items():
        parts = split(values, confidence)
        yield (
            *key, _unit(key), values.blocks, per_block, values.mean, values.half_width(confidence), parts.input_sd,
            parts.sampling_sd, parts.share, parts.low, parts.high,
        )  # fmt: skip


def _input_rows(inputs: Sequence[UncertainInput]) -> Iterator[tuple[object, ...]]:
    for one in inputs:
        yield one.path, one.described(), one.mean, *(one.quantile(u) for u in (0.05, 0.5, 0.95)), one.unit


def _effect_rows(plan: Plan, folder: Path, replications: int, known: list[Key]) -> Iterator[tuple[object, ...]]:
    """Rank correlation of each input with each headline measure, and standardised regression on all inputs at once.

    The values are means over the replications of one draw (for antithetic pairs each replication, as its inputs are its own).
    """
    assert plan.uncertain is not None
    block = plan.run.sampling.draws_per_input
    keys = headline_keys(plan, known)
    measured: dict[Key, list[float]] = {key: [] for key in keys}
    drawn = []
    for number, values in enumerate(block_values(folder, replications, block)):
        drawn.append(drawn_inputs(plan, number * block))
        for key in keys:
            together = values.get(key)
            measured[key].append(sum(together) / len(together) if together else math.nan)
    x = np.array(drawn, dtype=np.float64)
    for key in keys:
        y = np.array(measured[key])
        has = ~np.isnan(y)
        for i, (one, effect) in enumerate(zip(plan.uncertain.inputs, effects(x[has], y[has]), strict=True)):
            del i
            yield *key, _unit(key), one.path, int(has.sum()), *effect


def effects(x: np.ndarray, y: np.ndarray) -> list[tuple[float, float, float]]:
    """For each column of `x` its rank correlation with `y`, the p-value of none, and its standardised regression coefficient.

    The coefficient is that of least squares on all columns that vary, each scaled to deviation 1 like `y`; NaN where the rows
    are fewer than two more than the columns.
    """
    n, columns = x.shape
    found = [[math.nan] * 3 for _ in range(columns)]
    varying = [i for i in range(columns) if n > 2 and np.ptp(x[:, i]) > 0]
    if not varying or np.ptp(y) <= 0:
        return [(math.nan, math.nan, math.nan) for _ in range(columns)]
    from scipy.stats import spearmanr

    for i in varying:
        result = spearmanr(x[:, i], y)
        found[i][0], found[i][1] = float(result.statistic), float(result.pvalue)
    if n >= len(varying) + 2:
        scaled = (x[:, varying] - x[:, varying].mean(axis=0)) / x[:, varying].std(axis=0, ddof=1)
        coefficients, _, rank, _ = np.linalg.lstsq(scaled, (y - y.mean()) / y.std(ddof=1), rcond=None)
        if rank == len(varying):
            for i, value in zip(varying, coefficients, strict=True):
                found[i][2] = float(value)
    return [(a, b, c) for a, b, c in found]


def _unit(key: Key) -> str:
    return KPIS[key[0]].unit if key[0] in KPIS else "1"


def _finite(value: float) -> float:
    return value if math.isfinite(value) else math.nan
