"""When simulation and theory agree."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike


def assert_matches(values: ArrayLike, theory: float, quantile: float = 0.9999, precision: float = 0.02) -> None:
    """The mean over replications is as close to theory as chance allows, and sharp enough for that to mean something.

    Parameters
    ----------
    values
        One value per replication, at least two.
    theory
        The exact value.
    quantile
        The error must lie inside the two-sided t interval of this probability.
    precision
        The half-width of the 99 % interval must be below this share of the exact value.

    Raises
    ------
    AssertionError
        With all numbers.
    """
    from scipy.special import stdtrit

    sample = np.asarray(values, dtype=float)
    n = len(sample)
    error_of_mean = float(sample.std(ddof=1)) / math.sqrt(n)
    mean = float(sample.mean())
    half_width = float(stdtrit(n - 1, 0.995)) * error_of_mean
    allowed = float(stdtrit(n - 1, (1.0 + quantile) / 2.0)) * error_of_mean
    text = f"simulated {mean:.6g} +- {half_width:.2g} (99 %, n={n}), theory {theory:.6g}, allowed error {allowed:.2g}"
    assert half_width < precision * abs(theory), f"interval too wide: {text}"
    assert abs(mean - theory) <= allowed, text
