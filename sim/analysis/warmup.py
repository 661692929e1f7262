"""Where the start of a run ends: MSER-5 and Welch curves of the series that replications keep.

MSER (White 1997, "An effective truncation heuristic for bias reduction in simulation output", Simulation 69) drops the first d
values where the sum of squares of the rest about its mean, divided by the square of its number, is smallest: the width of a
confidence interval for the mean if values were independent. MSER-5 does so on means of five (White, Cobb and Spratt 2000, "A
comparison of five steady-state truncation heuristics for simulation", WSC; Franklin and White 2008, "Stationarity tests and
MSER-5", WSC). As Hoad, Robinson and Davies (2008, "Automating warm-up length estimation", WSC) advise, the end of the series is
not looked at, since a few alike values there look like a steady state (they leave out five batches, here it is a quarter of the
series, at least five), and a cut in the second half is none: the run is too short. The series is the mean of the replications
(ratio of sums where the measure is a ratio), which lowers the noise and leaves the transient.

One thing is added. Rare events, such as the few weeks in years in which a shelf is empty, lead MSER past the last of them
although the start is long over. A transient and a drift are in every replication, rare events are not: so from three
replications on, MSER-5 of their median is looked at, too. Where it would cut less, the longer cut of the mean stands only if what
lies between the two differs from the rest beyond chance (paired t test over the replications, level `LEVEL`).

Welch (1983, in Lavenberg, "The Computer Performance Modeling Handbook", chapter 6): the same mean, smoothed by a moving average,
for the eye.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from sim.analysis.estimate import t_test
from sim.analysis.series import BATCH, SERIES, Series, bin_width_h
from sim.analysis.summary import longest_supply_h
from sim.analysis.window import Floats
from sim.scenario.plan import DAY, SHELF_PERIOD, Plan
from sim.store import replication_folder, write_csv

LEAST_BATCHES: Final = 40  # with a value, or nothing is said of a measure
LAST_BATCHES: Final = 5  # where no cut is looked for, beside
LAST_SHARE: Final = 4  # the last quarter of the series
WELCH_BINS: Final = (
    7  # to either side, at least: with the bin itself three batches; a twentieth of a long series, at most a quarter
)
COLUMNS: Final = ("measure", "day", "mean", "welch", "mser5_day", "warm_up_day")
LEVEL: Final = 0.01
FOUND, NOT_FOUND, TOO_SHORT = "found", "not found", "too short"


def mser(values: Floats) -> int | None:
    """Number of values to drop by MSER.

    Parameters
    ----------
    values
        The series, here batch means.

    Returns
    -------
    The smallest d that minimises the statistic over all d that leave the last quarter (five values at least); None if it lies in
    the second half, where no truncation point is taken to be found.
    """
    n = len(values)
    x = values - values.mean()
    left = np.arange(n, 0, -1)
    sums, squares = np.cumsum(x[::-1])[::-1], np.cumsum((x**2)[::-1])[::-1]
    rest = squares - sums**2 / left
    rest[rest < 1e-12 * max(float(squares[0]), np.finfo(float).tiny)] = 0.0  # rounding, not variance
    if np.ptp(values) <= 1e-12 * float(np.abs(values).max(initial=0.0)):
        return 0
    most = n - max(LAST_BATCHES, n // LAST_SHARE)
    cut = int(np.argmin((rest / left.astype(np.float64) ** 2)[: most + 1]))
    return cut if cut <= n // 2 else None


def welch(above: Floats, below: Floats, reach: int) -> Floats:
    """Moving average of a ratio series: over `reach` bins to either side, near the start over as many as there are before.

    The last `reach` bins have none (NaN).
    """
    n = len(above)
    at = np.arange(n - reach)
    w = np.minimum(reach, at)
    sums = [np.concatenate(([0.0], np.cumsum(x))) for x in (above, below)]
    top, bottom = (s[at + w + 1] - s[at - w] for s in sums)
    return np.concatenate((_ratio(top, bottom), np.full(reach, np.nan)))


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.asarray(np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0))


@dataclass(frozen=True)
class SeriesCut:
    """What MSER-5 says of one measure."""

    measure: str
    status: str  # found, not found (in the second half), too short (fewer than LEAST_BATCHES batches with a value)
    cut_h: float | None
    batch_h: float
    mean: Floats  # by bin
    smooth: Floats


@dataclass(frozen=True)
class WarmUp:
    """The warm-up of a study: what is cut, and what MSER-5 says of it.

    `reason` is the measure (or 'supply', the longest mean supply time) that asks for the longest cut.
    """

    is_auto: bool
    cut_h: float  # of the study
    wanted_h: float | None  # MSER-5's over all measures, with the supply time if automatic; None: not found
    reason: str
    cuts: tuple[SeriesCut, ...]
    bin_h: float
    at_most_h: float = math.inf

    @property
    def is_found(self) -> bool:
        """True unless an automatic warm-up was looked for in vain: then no verdict is shown."""
        return not self.is_auto or (self.wanted_h is not None and self.wanted_h <= self.at_most_h)

    def as_dict(self) -> dict[str, Any]:
        """For summary.json."""
        return {
            "kind": "auto" if self.is_auto else "stated",
            "cut_h": self.cut_h,
            "found": self.is_found,
            "wanted_h": self.wanted_h,
            "by": self.reason,
            "at_most_h": self.at_most_h if self.is_auto else None,
            "measures": {c.measure: {"mser5_h": c.cut_h, "status": c.status, "batch_h": c.batch_h} for c in self.cuts},
        }


def differs(batches: Floats, one: slice, other: slice) -> bool:
    """Whether two stretches of a series differ beyond chance.

    Parameters
    ----------
    batches
        Numerators and denominators [replications, 2, batches].
    one, other
        The stretches; a replication without a value in either tells nothing.
    """
    above, below = batches[:, 0], batches[:, 1]
    change = _ratio(above[:, one].sum(axis=1), below[:, one].sum(axis=1))
    change = change - _ratio(above[:, other].sum(axis=1), below[:, other].sum(axis=1))
    change = change[~np.isnan(change)]
    return len(change) >= 2 and t_test(float(change.mean()), float(change.var(ddof=1)), len(change)) < LEVEL


def cut_batches(batches: Floats) -> int | None:
    """Batches to drop: MSER of the mean of the replications, unless their median says that it was led by rare events.

    Parameters
    ----------
    batches
        Numerators and denominators [replications, 2, batches].
    """
    mean = _ratio(*batches.sum(axis=0))
    known = np.flatnonzero(~np.isnan(mean))
    cut = mser(mean[known])
    longer = None if cut is None else int(known[cut]) if cut else 0
    if len(batches) < 3 or longer == 0:
        return longer
    singles = _ratio(batches[:, 0, known], batches[:, 1, known])
    cut = mser(np.nanmedian(singles, axis=0))
    shorter = None if cut is None else int(known[cut]) if cut else 0
    if shorter is None or (longer is not None and shorter >= longer):
        return longer
    end = batches.shape[2]
    between = (shorter + end) // 2 if longer is None else longer
    return longer if differs(batches, slice(shorter, between), slice(between, end)) else shorter


def cut_of(series: Series, values: Floats, batches: Floats, bin_h: float) -> SeriesCut | None:
    """MSER-5 and the Welch curve of one series; None if it has no values.

    Parameters
    ----------
    series, values
        The measure, and its numerators and denominators [2, bins] summed over replications.
    batches
        As `batched` makes them of each replication.
    bin_h
        Width of a bin, h.
    """
    above, below = values
    if not np.nansum(below) > 0:
        return None
    curves = _batch_bins(series, bin_h) * bin_h, _ratio(above, below), welch(above, below, _reach(len(above)))
    if np.count_nonzero(batches[:, 1].sum(axis=0) > 0) < LEAST_BATCHES:
        return SeriesCut(series.id, TOO_SHORT, None, *curves)
    cut = cut_batches(batches)
    if cut is None:
        return SeriesCut(series.id, NOT_FOUND, None, *curves)
    return SeriesCut(series.id, FOUND, cut * curves[0], *curves)


def _reach(bins: int) -> int:
    """How many bins to either side a Welch curve takes: enough for a long run's curve to be read."""
    return min(max(WELCH_BINS, bins // 20), bins // 4)


def _batch_bins(series: Series, bin_h: float) -> int:
    """Bins of a batch: five, or as many as the measure's rows tell apart."""
    return max(BATCH, math.ceil(series.period_h / bin_h - 1e-9))


def batched(series: Series, values: Floats, bin_h: float) -> Floats:
    """Numerators and denominators [2, batches] of whole batches."""
    size = _batch_bins(series, bin_h)
    return np.asarray(values[:, : values.shape[1] // size * size].reshape(2, -1, size).sum(axis=2))


def gauge_period_h(plan: Plan) -> float:
    """Cuts that give exact time averages are this far apart: a month where there are shelves, else a day."""
    return SHELF_PERIOD if plan.locations else DAY


def judge_warm_up(plan: Plan, folder: Path, replications: int) -> WarmUp:
    """Look at the series of the stored replications.

    Parameters
    ----------
    plan
        What was simulated; its warm-up is judged if it is stated, else the cut is chosen.
    folder, replications
        The run folder, and how many of its replications count.

    Returns
    -------
    WarmUp
        For an automatic warm-up `cut_h` is the largest MSER-5 cut of the measures, not shorter than the longest mean supply
        time, rounded up to whole gauge periods; the longest warm-up allowed if none was found.
    """
    total, bin_h, run = np.zeros(()), bin_width_h(plan.run.horizon_h), plan.run
    batches: list[list[Floats]] = [[] for _ in SERIES]
    for r in range(replications):
        values = np.load(replication_folder(folder, r) / "series.npy")
        total = total + values
        for one, series, mine in zip(batches, SERIES, values, strict=True):
            one.append(batched(series, mine, bin_h))
    looked = [cut_of(series, total[i], np.array(batches[i]), bin_h) for i, series in enumerate(SERIES)]
    found = tuple(c for c in looked if c is not None)
    judged = [c for c in found if c.status != TOO_SHORT]
    lost = next((c for c in judged if c.cut_h is None), None)
    best = max((c for c in judged if c.cut_h is not None), key=lambda c: c.cut_h or 0.0, default=None)
    if run.auto is None:
        wanted = None if lost is not None or best is None else best.cut_h
        return WarmUp(False, run.warm_up_h, wanted, (lost or best).measure if lost or best else "", found, bin_h)  # type: ignore[union-attr]
    if lost is not None or best is None:
        return WarmUp(True, run.auto.at_most_h, None, lost.measure if lost else "", found, bin_h, run.auto.at_most_h)
    supply, period = longest_supply_h(plan), gauge_period_h(plan)
    longest, reason = max((best.cut_h or 0.0, best.measure), (supply, "supply"), key=lambda x: x[0])
    wanted = math.ceil(max(longest, run.auto.at_least_h) / period - 1e-9) * period
    return WarmUp(True, min(wanted, run.auto.at_most_h), wanted, reason, found, bin_h, run.auto.at_most_h)


def write_warm_up(warm_up: WarmUp, folder: Path) -> None:
    """warmup.csv: the series of every measure, its Welch curve, and the cuts."""
    write_csv(folder / "warmup.csv", COLUMNS, _rows(warm_up))


def _rows(warm_up: WarmUp) -> Iterator[tuple[Any, ...]]:
    for c in warm_up.cuts:
        cut = None if c.cut_h is None else c.cut_h / DAY
        for i, (mean, smooth) in enumerate(zip(c.mean.tolist(), c.smooth.tolist(), strict=True)):
            yield c.measure, (i + 0.5) * warm_up.bin_h / DAY, mean, smooth, cut, warm_up.cut_h / DAY
