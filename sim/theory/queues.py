"""Single-station queues: M/G/1 exactly, M/M/c, and an approximation for M/G/c.

Sources
-------
Gross, D., Shortle, J. F., Thompson, J. M., Harris, C. M. (2008). *Fundamentals of Queueing Theory*, 4th ed.
Kimura, T. (1994). Approximations for multi-server queues: system interpolations. *Queueing Systems* 17, 347-382.
"""

from __future__ import annotations

import math

from sim.theory.erlang import ErlangC


def mg1_wait(rate: float, mean: float, cv: float) -> float:
    """Mean wait in queue of M/G/1, first come, first served.

    Parameters
    ----------
    rate
        Arrivals per hour.
    mean
        Mean service time, h.
    cv
        Coefficient of variation of the service time.

    Returns
    -------
    float
        Wq = lambda E[S^2] / (2 (1 - rho)), h: the Pollaczek-Khinchine formula (Gross et al. 2008, ch. 5); infinite if rho >= 1.
    """
    rho = rate * mean
    if rho >= 1.0:
        return math.inf
    return rate * mean * mean * (1.0 + cv * cv) / (2.0 * (1.0 - rho))


def mg1_wait_priority(rates: tuple[float, ...], means: tuple[float, ...], cvs: tuple[float, ...]) -> tuple[float, ...]:
    """Mean waits by class in M/G/1 with non-preemptive priorities, highest first.

    Returns
    -------
    tuple of float
        W_k = (sum lambda_i E[S_i^2] / 2) / ((1 - sigma_{k-1}) (1 - sigma_k)), h (Cobham's formula; Gross et al. 2008,
        ch. 3); infinite from the class on that overloads the server.
    """
    residual = sum(r * m * m * (1.0 + c * c) for r, m, c in zip(rates, means, cvs, strict=True)) / 2.0
    waits: list[float] = []
    before = 0.0
    for rate, mean in zip(rates, means, strict=True):
        after = before + rate * mean
        waits.append(residual / ((1.0 - before) * (1.0 - after)) if after < 1.0 else math.inf)
        before = after
    return tuple(waits)


def mmc_wait(servers: int, rate: float, mean: float) -> float:
    """Mean wait in queue of M/M/c, h: C(c, a) / (c mu - lambda) (Gross et al. 2008, sec. 2.3)."""
    return ErlangC(servers, rate, mean).asa


def mgc_wait(servers: int, rate: float, mean: float, cv: float) -> float:
    """Approximate mean wait of M/G/c, h: (1 + cv^2) / 2 times that of M/M/c (Lee and Longton 1959; reviewed in Kimura 1994).

    Exact for one server and for exponential service.
    """
    return (1.0 + cv * cv) / 2.0 * mmc_wait(servers, rate, mean)
