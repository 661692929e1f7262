"""Stationary measures of one stocking place with Poisson demand: base stock, (s, Q), (s, S), (R, S), and METRIC.

Rates are units per hour, times hours. Demand is Poisson, one unit each, and backordered. All results are exact unless a
docstring says otherwise.

Sources: Palm (1938); Sherbrooke (1968) "METRIC"; Hadley and Whitin (1963) chapter 4; Zipkin (2000) "Foundations of
Inventory Management", chapters 6 to 8; Axsater (2015) "Inventory Control", chapters 5 and 10.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.distributions import Dist

Pmf = NDArray[np.float64]
_TAIL = 1e-14


@dataclass(frozen=True, slots=True)
class Shelf:
    """Stationary measures of a stocking place."""

    fill_rate: float  # share of units served at once
    ready_rate: float  # share of time with stock on hand
    ebo: float  # expected backorders
    on_hand: float  # mean stock on hand
    on_order: float  # mean units ordered and not received
    wait: float  # mean time a demanded unit waits, zeros included (h); 0 where there is no demand


def poisson(mean: float) -> Pmf:
    """Probabilities of 0, 1, 2 ... of a Poisson variable, cut where less than 1e-14 is left."""
    if mean < 0:
        raise ValueError(f"a Poisson mean is not negative, got {mean}")
    n = np.arange(int(mean + 10 * math.sqrt(mean) + 30))
    from scipy.special import gammaln, xlogy

    pmf: Pmf = np.exp(xlogy(n, mean) - mean - np.asarray(gammaln(n + 1)))
    return pmf


def lead_time_demand(rate: float, lead_time: Dist, points: int = 4000) -> Pmf:
    """Demand during a random lead time: a mixture of Poisson variables.

    The lead time is replaced by the midpoints of `points` equal shares of its probability (exact for a constant).
    """
    if lead_time.kind == "constant":
        return poisson(rate * lead_time.params[0])
    from scipy.special import gammaln, xlogy

    lengths = lead_time.ppf((np.arange(points) + 0.5) / points)
    longest = float(lengths.max()) * rate
    n = np.arange(int(longest + 10 * math.sqrt(longest) + 30))
    mean = (rate * lengths)[:, None]
    pmf: Pmf = np.zeros(len(n))
    for part in np.array_split(mean, max(1, len(n) * points // 2_000_000)):
        pmf += np.exp(xlogy(n, part) - part - np.asarray(gammaln(n + 1))).sum(axis=0)
    pmf /= points
    return pmf


def outstanding(rate: float, lead_time: float) -> Pmf:
    """Units on order of a one-for-one policy: Poisson with mean rate x mean lead time, whatever its distribution.

    Palm's theorem, for independent lead times that may cross (Palm 1938; Sherbrooke 1968, section 2).
    """
    return poisson(rate * lead_time)


def from_outstanding(pmf: Pmf, S: int, rate: float) -> Shelf:
    """Measures of base stock `S` given the distribution of units on order, demand Poisson with `rate`.

    A demand is served at once if fewer than S units are on order (PASTA); backorders are ``(N - S)+`` and stock on hand is
    ``(S - N)+`` (Zipkin 2000, section 6.2).
    """
    n = np.arange(len(pmf))
    served = float(pmf[: max(0, S)].sum())
    ebo = float(pmf @ np.maximum(n - S, 0))
    on_hand = float(pmf @ np.maximum(S - n, 0))
    return Shelf(served, served, ebo, on_hand, float(pmf @ n), ebo / rate if rate > 0 else 0.0)


def base_stock(rate: float, lead_time: float, S: int) -> Shelf:
    """(S-1, S): independent lead times with mean `lead_time`, of any distribution (Palm)."""
    return from_outstanding(outstanding(rate, lead_time), S, rate)


def _over_positions(pmf: Pmf, low: int, high: int, rate: float, on_order: float) -> Shelf:
    shelves = [from_outstanding(pmf, y, rate) for y in range(low, high + 1)]

    def mean(name: str) -> float:
        return float(np.mean([getattr(shelf, name) for shelf in shelves]))

    return Shelf(mean("fill_rate"), mean("ready_rate"), mean("ebo"), mean("on_hand"), on_order, mean("wait"))


def reorder_point_lot(rate: float, lead_time: Dist, s: int, Q: int) -> Shelf:
    """(s, Q), continuous review, one unit a demand.

    The inventory position is uniform on {s+1 .. s+Q} and independent of the later demand, so the net inventory is
    ``IL(t + L) = IP(t) - D(t, t + L]`` (Hadley and Whitin 1963, section 4-7; Axsater 2015, chapter 5). Exact for a constant
    lead time, and for random ones where orders do not cross; an approximation where they may.
    """
    return _over_positions(lead_time_demand(rate, lead_time), s + 1, s + Q, rate, rate * lead_time.mean)


def reorder_point_up_to(rate: float, lead_time: Dist, s: int, S: int) -> Shelf:
    """(s, S): with one unit a demand the same as (s, Q = S - s)."""
    return reorder_point_lot(rate, lead_time, s, S - s)


def periodic_up_to(rate: float, lead_time: float, R: float, S: int, points: int = 64) -> Shelf:
    """(R, S) with a constant lead time.

    The order at a review arrives L later and no other until L + R, so at age u of that cycle the net inventory is
    ``S - D(L + u)``, 0 <= u < R: means are averages over u (Gauss-Legendre), and the units that join the backorders in a
    cycle are ``B(L + R) - B(L)`` (Hadley and Whitin 1963, section 5-2).
    """
    nodes, weights = np.polynomial.legendre.leggauss(points)
    ages = lead_time + R * (nodes + 1) / 2
    shelves = [base_stock(rate, float(age), S) for age in ages]

    def mean(name: str) -> float:
        return float(weights @ np.array([getattr(shelf, name) for shelf in shelves])) / 2

    ebo = mean("ebo")
    joined = base_stock(rate, lead_time + R, S).ebo - base_stock(rate, lead_time, S).ebo
    fill = 1 - joined / (rate * R) if rate > 0 else 1.0
    return Shelf(fill, mean("ready_rate"), ebo, mean("on_hand"), rate * lead_time, ebo / rate if rate > 0 else 0.0)


def metric(
    depot_S: int, depot_lead_time: float, rates: Sequence[float], transits: Sequence[float], S: Sequence[int]
) -> tuple[Shelf, tuple[Shelf, ...]]:
    """METRIC approximation of two echelons with base stock: depot, then the bases.

    Each base sees Poisson units on order with mean ``rate (transit + depot delay)``, where the depot delay is the depot's
    expected backorders over its demand rate (Sherbrooke 1968). Exact at the depot; it understates the variance
    at the bases (see :mod:`sim.theory.two_echelon` for exact values).
    """
    depot = base_stock(sum(rates), depot_lead_time, depot_S)
    bases = tuple(base_stock(rate, transit + depot.wait, level) for rate, transit, level in zip(rates, transits, S, strict=True))
    return depot, bases
