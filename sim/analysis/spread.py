"""Means and percentiles of many values by group, exact, in memory that hardly grows with their number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.analysis.stretches import Stretches
from sim.analysis.window import Floats, Ints

# Values between two of these (a tenth apart) are sorted together
_EDGES = np.concatenate(([0.0], np.geomspace(0.01, 1e6, 200)))
_TOGETHER = 1 << 16  # rows of neighbouring stretches that are sorted at once


@dataclass(frozen=True, slots=True)
class Spread:
    """By group: number, sum, and quantiles [groups, probabilities], NaN where a group is empty."""

    count: Ints
    total: Floats
    quantiles: Floats


class Spreads:
    """Collects values with their group in each of several dimensions.

    Values are set aside by size, so that one part after the other can be sorted; sums run through the values in ascending
    order, as if all were sorted at once.

    Parameters
    ----------
    sizes
        Number of groups of each dimension.
    probabilities
        Of the quantiles; linear between order statistics (type 7, NumPy's default).
    folder
        Where values that do not fit in memory wait.
    """

    def __init__(self, sizes: Sequence[int], probabilities: Sequence[float], folder: Path | None) -> None:
        self._sizes, self._p = tuple(sizes), tuple(probabilities)
        self._dtype = np.dtype([("value", "f8"), *((f"code{i}", "i4") for i in range(len(self._sizes)))])
        self._stretches = Stretches(self._dtype, folder)
        self._counts = [np.zeros(size, np.int64) for size in self._sizes]
        self._zeros = [np.zeros(size, np.int64) for size in self._sizes]

    def __len__(self) -> int:
        return int(self._counts[0].sum())

    def add(self, values: Floats, codes: Sequence[Ints]) -> None:
        """Add finite values with their group in every dimension."""
        rows = np.empty(len(values), self._dtype)
        rows["value"] = values
        for i, code in enumerate(codes):
            rows[f"code{i}"] = code
            self._counts[i] += np.bincount(code, minlength=self._sizes[i])
        self._stretches.put(np.searchsorted(_EDGES, values, side="right"), rows)

    def add_zeros(self, counts: Sequence[Ints]) -> None:
        """Add values 0, so many by group of every dimension; others must not be negative."""
        for zeros, total, count in zip(self._zeros, self._counts, counts, strict=True):
            zeros += count
            total += count

    def found(self) -> list[Spread]:
        """What there is by dimension; call once, nothing can be added after."""
        collected = [_Collected(count, zeros, self._p) for count, zeros in zip(self._counts, self._zeros, strict=True)]
        for part in self._parts():
            rows = part[np.argsort(part["value"], kind="stable")]
            for i, one in enumerate(collected):
                one.add(rows[f"code{i}"].astype(np.int64), np.ascontiguousarray(rows["value"]))
        self._stretches.close()
        return [one.spread() for one in collected]

    def _parts(self) -> Iterator[NDArray[np.void]]:
        """Neighbouring stretches together up to some number of rows; the number of parts changes no bit of the result."""
        waiting: list[NDArray[np.void]] = []
        for stretch in self._stretches.numbers():
            rows = self._stretches.rows(stretch)
            if waiting and sum(map(len, waiting)) + len(rows) > _TOGETHER:
                yield np.concatenate(waiting)
                waiting = []
            waiting.append(rows)
        if waiting:
            yield np.concatenate(waiting)


class _Collected:
    """Sums and order statistics of one dimension, fed in ascending order."""

    def __init__(self, count: Ints, zeros: Ints, probabilities: tuple[float, ...]) -> None:
        self._count = count
        self._seen = zeros.copy()
        self._total = np.zeros(len(count))
        self._position = np.maximum(count - 1, 0)[:, None] * np.array(probabilities)
        low = np.floor(self._position).astype(np.int64)
        # ranks of the two order statistics that a quantile lies between
        self._ranks = np.stack([low, np.minimum(low + 1, np.maximum(count - 1, 0)[:, None])])
        self._values = np.where(self._ranks < zeros[:, None], 0.0, np.nan)

    def add(self, codes: Ints, values: Floats) -> None:
        """The next values, ascending and not below those before."""
        groups = len(self._count)
        # the sums so far come first, so that the order of additions is that of one long sum
        self._total = np.bincount(
            np.concatenate((np.arange(groups), codes)), np.concatenate((self._total, values)), groups
        ).astype(np.float64)
        here = np.bincount(codes, minlength=groups)
        ranked = values[np.argsort(codes.astype(np.int16 if groups < 2**15 else np.int64), kind="stable")]
        start = np.cumsum(here) - here
        rank = self._ranks - self._seen[:, None]
        inside = (rank >= 0) & (rank < here[:, None])
        self._values[inside] = ranked[(start[:, None] + rank)[inside]]
        self._seen += here

    def spread(self) -> Spread:
        """The result."""
        low, high = self._values
        t = self._position - np.floor(self._position)
        between = np.where(t < 0.5, low + (high - low) * t, high - (high - low) * (1 - t))
        return Spread(self._count, self._total, between)
