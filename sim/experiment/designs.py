"""Designs of experiments: which points of the factors' space a sweep simulates. All are fixed by the seed.

Sources
-------
Law, A. M. (2015). *Simulation Modeling and Analysis*, 5th ed., chapter 12 (factorial designs).
McKay, M. D., Beckman, R. J., Conover, W. J. (1979). A comparison of three methods for selecting values of input variables in the
analysis of output from a computer code. *Technometrics* 21, 239-245 (Latin hypercube).
Loeppky, J. L., Sacks, J., Welch, W. J. (2009). Choosing the sample size of a computer experiment: a practical guide.
*Technometrics* 51, 366-376 (ten points a factor).
Saltelli, A., Annoni, P., Azzini, I., Campolongo, F., Ratto, M., Tarantola, S. (2010). Variance based sensitivity analysis of
model output. *Computer Physics Communications* 181, 259-270.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.analysis.sensitivity import saltelli_sample
from sim.errors import UsageError
from sim.experiment.vary import Factor

DESIGNS = ("factorial", "lhs", "sobol", "one-at-a-time", "saltelli")
MOST_POINTS = 50_000
_SALTELLI_BASE = 64
_A_FACTOR = 10  # points a factor of a space-filling design

Floats = NDArray[np.float64]


def design_rows(factors: Sequence[Factor], design: str, points: int | None, seed: int) -> Floats:
    """The points of a design, one row each with the values of the factors; NaN leaves a factor as it is in the scenario.

    Parameters
    ----------
    factors
        What varies.
    design
        Of `DESIGNS`. 'factorial': all combinations, the last factor fastest. 'lhs': Latin hypercube. 'sobol': scrambled Sobol
        sequence. 'one-at-a-time': the scenario as it is, then each level of each factor alone. 'saltelli': two independent
        samples A and B and, for each factor, A with that column of B, in this order.
    points
        Number of points of 'lhs' and 'sobol' (a power of 2), rows of A for 'saltelli' (a power of 2); None chooses.
    seed
        Of the scenario; other points come with another seed.

    Raises
    ------
    UsageError
        If the design is unknown, the number of points does not fit it, or there are too many.
    """
    if design not in DESIGNS:
        raise UsageError(f"no design '{design}'; there are {', '.join(DESIGNS)}")
    if points is not None and design in ("factorial", "one-at-a-time"):
        raise UsageError(f"the points of the design {design} follow from the levels; give --points with lhs, sobol or saltelli")
    if points is not None and points < 2:
        raise UsageError(f"the number of points should be 2 or more, not {points}")
    count = len(factors)
    if design == "factorial":
        levels = [factor.grid() for factor in factors]
        _limit(math.prod(len(level) for level in levels))
        return np.array(list(itertools.product(*levels)), np.float64)
    if design == "one-at-a-time":
        return _one_at_a_time(factors)
    if design == "saltelli":
        base = points if points is not None else _SALTELLI_BASE
        _power_of_two(base, design)
        _limit(base * (count + 2))
        return _scaled(factors, np.concatenate(saltelli_sample(base, count, seed)))
    return _scaled(factors, _space_filling(design, points, count, seed))


def _space_filling(design: str, points: int | None, count: int, seed: int) -> Floats:
    from scipy.stats import qmc

    rng = np.random.default_rng(seed)
    if design == "lhs":
        wanted = points if points is not None else _A_FACTOR * count
        _limit(wanted)
        return np.asarray(qmc.LatinHypercube(count, seed=rng).random(wanted))
    wanted = points if points is not None else 2 ** math.ceil(math.log2(_A_FACTOR * count))
    _power_of_two(wanted, design)
    _limit(wanted)
    return np.asarray(qmc.Sobol(count, scramble=True, seed=rng).random_base2(wanted.bit_length() - 1))


def _one_at_a_time(factors: Sequence[Factor]) -> Floats:
    rows = [[math.nan] * len(factors)]
    for i, factor in enumerate(factors):
        for level in factor.grid() if factor.axis.levels or factor.in_ones else (factor.axis.low, factor.axis.high):
            rows.append([level if k == i else math.nan for k in range(len(factors))])
    _limit(len(rows))
    return np.array(rows)


def _scaled(factors: Sequence[Factor], sample: Floats) -> Floats:
    """A sample of the unit cube as values; continuous ones rounded to six digits, which are what is simulated."""
    columns = [factor.axis.from_unit(sample[:, i]) for i, factor in enumerate(factors)]
    for factor, column in zip(factors, columns, strict=True):
        if not factor.axis.levels and not factor.axis.whole:
            column[:] = [float(f"{x:.6g}") for x in column]
    return np.column_stack(columns)


def _power_of_two(points: int, design: str) -> None:
    if points & (points - 1):
        near = 2 ** round(math.log2(points))
        raise UsageError(f"the number of points of the design {design} should be a power of 2, such as {near}, not {points}")


def _limit(points: int) -> None:
    if points > MOST_POINTS:
        raise UsageError(f"{points:,} points are more than {MOST_POINTS:,}; take fewer levels, or --design lhs")
