"""Where the start of a run ends: MSER-5 and Welch curves of the series that replications keep.

MSER (White 1997, "An effective truncation heuristic for bias reduction in simulation output", Simulation 69) drops the first d
values where the sum of squares of the rest about its mean, divided by the square of its number, is smallest: the width of a
confidence interval for the mean if values were independent. MSER-5 does so on means of five (White, Cobb and Spratt 2000, "A
comparison of five steady-state truncation heuristics for simulation", WSC; Franklin and White 2008, "Stationarity tests and
MSER-5", WSC). As Hoad, Robinson and Davies (2008, "Automating warm-up length estimation", WSC) advise, the end of the series is
not looked at, since a few alike values there look like a steady state (they leave out five batches, here it is a quarter of the
series, at least five), and a cut in the second half is none: the run is too short. The series is the mean of the replications (ratio of sums where the measure is a ratio), which
lowers the noise and leaves the transient.

One thing is added: rare events, such as the few days of a year without stock, can lead MSER into the second half although the
start is long over. So from three replications on, a cut there says "not found" only if what is left after the best cut of the
first half still changes beyond chance, from its own first half to its second (paired t test over the replications, level
`DRIFT`); else that cut is taken. A transient and a drift are in every replication, rare events are not.

Welch (1983, in Lavenberg, "The Computer Performance Modeling Handbook", chapter 6): the same mean, smoothed by a moving average,
for the eye.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from sim.analysis.estimate import t_test
from sim.analysis.series import BATCH, SERIES, Series, bin_width_h
from sim.analysis.summary import longest_supply_h
from sim.analysis.window import Floats
from sim.scenario.plan import DAY, SHELF_PERIOD, Plan
from sim.store import replication_folder, write_csv

LEAST_BATCHES: Final = 20  # with a value, or nothing is said of a measure
LAST_BATCHES: Final = 5  # where no cut is looked for, beside
LAST_SHARE: Final = 4  # the last quarter of the series
WELCH_BINS: Final = 12  # to either side: with the bin itself five batches; at most a quarter of the series
COLUMNS: Final = ("measure", "day", "mean", "welch", "mser5_day", "warm_up_day")
DRIFT: Final = 0.01
FOUND, NOT_FOUND, TOO_SHORT = "found", "not found", "too short"


def mser(values: Floats, *, first_half: bool = False) -> int | None:
    """Number of values to drop by MSER.

    Parameters
    ----------
    values
        The series, here batch means.
    first_half
        Look at the first half only, so that there is always an answer.

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
    most = n // 2 if first_half else n - max(LAST_BATCHES, n // LAST_SHARE)
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
    return np.asarray(np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0))


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


def drifts(folder: Path, replications: int, measure: int, first: int) -> bool:
    """Whether a measure changes beyond chance from bin `first` on, between the two halves of the rest.

    Parameters
    ----------
    folder, replications
        The run folder, and how many of its replications count; fewer than three tell nothing, and then it may.
    measure
        Index into `SERIES`.
    first
        First bin that is not cut.
    """
    changes = []
    for r in range(replications):
        above, below = np.load(replication_folder(folder, r) / "series.npy", mmap_mode="r")[measure, :, first:]
        middle = len(above) // 2
        with np.errstate(invalid="ignore"):
            early, late = (np.sum(above[part]) / np.sum(below[part]) for part in (slice(middle), slice(middle, None)))
        if not np.isnan(late - early):
            changes.append(float(late - early))
    if len(changes) < 3:
        return True
    return t_test(float(np.mean(changes)), float(np.var(changes, ddof=1)), len(changes)) < DRIFT


def cut_of(series: Series, values: Floats, bin_h: float, may_drift: Callable[[int], bool] | None = None) -> SeriesCut | None:
    """MSER-5 and the Welch curve of one series; None if it has no values.

    Parameters
    ----------
    series, values
        The measure, and its numerators and denominators [2, bins] summed over replications.
    bin_h
        Width of a bin, h.
    may_drift
        Tells whether the series still changes after a bin, see `drifts`; by default it is taken to.
    """
    above, below = values
    if not np.nansum(below) > 0:
        return None
    reach = min(WELCH_BINS, len(above) // 4)
    size = max(BATCH, math.ceil(series.period_h / bin_h - 1e-9))
    whole = len(above) // size * size
    batches = _ratio(*(x[:whole].reshape(-1, size).sum(axis=1) for x in (above, below)))
    known = np.flatnonzero(~np.isnan(batches))
    curves = size * bin_h, _ratio(above, below), welch(above, below, reach)
    if len(known) < LEAST_BATCHES:
        return SeriesCut(series.id, TOO_SHORT, None, *curves)
    cut = mser(batches[known])
    if cut is None and may_drift is not None:
        cut = mser(batches[known], first_half=True) or 0
        if may_drift(int(known[cut]) * size):
            cut = None
    if cut is None:
        return SeriesCut(series.id, NOT_FOUND, None, *curves)
    return SeriesCut(series.id, FOUND, float(known[cut] * size * bin_h) if cut else 0.0, *curves)


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
    total = np.zeros(())
    for r in range(replications):
        total = total + np.load(replication_folder(folder, r) / "series.npy")
    bin_h, run = bin_width_h(plan.run.horizon_h), plan.run
    looked = [cut_of(s, total[i], bin_h, partial(drifts, folder, replications, i)) for i, s in enumerate(SERIES)]
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
