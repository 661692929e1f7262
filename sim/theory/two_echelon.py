"""Exact stationary measures of a depot and its bases, all with base stock and Poisson demand of single units.

Why it is exact
---------------
Every demand at a base orders one unit at the depot at once, so the depot sees Poisson demand, and every depot demand orders
one unit at the vendor at once. With independent lead times the depot's units on order N are those in service of an
M/G/infinity queue: Poisson with mean (total rate x mean lead time), whatever the distribution (Palm). The depot owes
``B = (N - S0)+`` units.

The depot serves first come, first served, and a unit that arrives first serves the oldest backorder, whichever order it
came from; lead times may cross. So the B units owed are always the B latest demands at the depot. Which base a demand came
from is an independent mark with probability rate_i / total rate, and N depends on times of demands and lead times only, not
on marks: given B, the marks of the B latest demands are independent, and base i waits for a binomial number B_i of them
(Simon 1971; Graves 1985).

What the depot owes base i at time t, and what base i orders later, are independent. With a constant transit time T_i, all
units shipped by t are at the base by t + T_i and none of those shipped later, so that units on order at base i at t + T_i are
``B_i(t) + D_i(t, t + T_i]``, a sum of independent variables (Graves 1985). With random transit times the last step is
not exact.

References: Simon (1971) Operations Research 19, 763-773; Graves (1985) Management Science 31, 1247-1256.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.theory.inventory import Pmf, Shelf, from_outstanding, outstanding, poisson


@dataclass(frozen=True, slots=True)
class TwoEchelon:
    """Stationary measures of the depot and each base."""

    depot: Shelf
    bases: tuple[Shelf, ...]

    @property
    def ebo(self) -> float:
        """Expected backorders of all bases together."""
        return sum(base.ebo for base in self.bases)


def owed(on_order: Pmf, S: int) -> Pmf:
    """Distribution of backorders ``(N - S)+`` given that of the units on order."""
    S = max(0, S)
    if len(on_order) <= S:
        return np.ones(1)
    pmf = on_order[S:].copy()
    pmf[0] = on_order[: S + 1].sum()
    return pmf


def share(pmf: Pmf, probability: float) -> Pmf:
    """Binomial thinning: the distribution of how many of N units belong to one base (Graves 1985)."""
    if probability >= 1:
        return pmf.copy()
    from scipy.special import gammaln, xlog1py, xlogy

    n = np.arange(len(pmf))
    k = n[:, None]
    rest = np.maximum(n - k, 0)
    log_p = np.asarray(gammaln(n + 1)) - gammaln(k + 1) - gammaln(rest + 1) + xlogy(k, probability) + xlog1py(rest, -probability)
    thinned: Pmf = np.where(k <= n, np.exp(log_p), 0.0) @ pmf
    return thinned


def two_echelon(
    depot_S: int, depot_lead_time: float, rates: Sequence[float], transits: Sequence[float], S: Sequence[int]
) -> TwoEchelon:
    """Exact measures of depot and bases.

    Parameters
    ----------
    depot_S
        Base stock of the depot.
    depot_lead_time
        Mean of the independent lead times of the depot (h), of any distribution.
    rates, transits, S
        Demand rate (units/h), constant transit time from the depot (h) and base stock of each base; equally long.

    Returns
    -------
    TwoEchelon
        Fill rates, expected backorders and the like.
    """
    total = sum(rates)
    on_order = outstanding(total, depot_lead_time)
    backorders = owed(on_order, depot_S)
    bases = []
    for rate, transit, level in zip(rates, transits, S, strict=True):
        waiting = share(backorders, rate / total) if total > 0 else np.ones(1)
        bases.append(from_outstanding(np.convolve(waiting, poisson(rate * transit)), level, rate))
    return TwoEchelon(from_outstanding(on_order, depot_S, total), tuple(bases))
