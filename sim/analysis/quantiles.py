"""Quantiles of many groups at once."""

from __future__ import annotations

import numpy as np

from sim.analysis.window import Floats, Ints


def grouped_quantiles(
    codes: Ints, values: Floats, groups: int, probabilities: tuple[float, ...], ascending: bool = False
) -> Floats:
    """Quantiles of `values` within each group, linear between order statistics (type 7, NumPy's default).

    Parameters
    ----------
    codes
        Group of each value, 0 .. groups - 1.
    values
        Finite values, same length.
    groups
        Number of groups.
    probabilities
        Each in [0, 1].
    ascending
        True if `values` ascend already.

    Returns
    -------
    Array [groups, probabilities]; NaN where a group is empty.
    """
    found = np.full((groups, len(probabilities)), np.nan)
    if len(values) == 0:
        return found
    # a stable sort of small integers is a radix sort, so sorting by value once serves
    kind = np.int16 if groups < 2**15 else np.int64
    if ascending:
        by_code = np.argsort(codes.astype(kind), kind="stable")
    else:
        order = np.argsort(values, kind="stable")
        by_code = order[np.argsort(codes[order].astype(kind), kind="stable")]
    ranked = values[by_code]
    count = np.bincount(codes, minlength=groups)
    start = np.concatenate(([0], np.cumsum(count)[:-1]))
    some = count > 0
    for i, p in enumerate(probabilities):
        position = (count[some] - 1) * p
        low = np.floor(position).astype(np.int64)
        t = position - low
        a = ranked[start[some] + low]
        b = ranked[start[some] + np.minimum(low + 1, count[some] - 1)]
        found[some, i] = np.where(t < 0.5, a + (b - a) * t, b - (b - a) * (1 - t))
    return found


def grouped_sums(codes: Ints, values: Floats, groups: int) -> Floats:
    """Sum of values by group."""
    return np.bincount(codes, values, groups).astype(np.float64)
