"""Distributions as small frozen values: mean, spread, quantile transform and block sampling.

Every random quantity of a plan is a :class:`Dist`. Draws are made by transforming uniforms with the quantile
function, so two scenarios that differ only in a distribution still use the same uniforms (common random numbers).

Units: durations are in hours throughout; a `Dist` itself is free of units.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.samplers import ByArray, Constant, Exponential, Gamma, Lognormal, Sampler, Uniform, Weibull

KINDS = ("constant", "exponential", "gamma", "lognormal", "weibull", "triangular", "uniform", "empirical")


@dataclass(frozen=True, slots=True)
class Dist:
    """One non-negative distribution.

    Parameters
    ----------
    kind
        One of `KINDS`.
    params
        constant: (value,); exponential: (mean,); gamma: (shape, scale); lognormal: (mu, sigma) of the logarithm;
        weibull: (shape, scale); triangular: (low, mode, high); uniform: (low, high);
        empirical: the sorted values, then as many cumulative probabilities (last one 1.0).
    """

    kind: str
    params: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Expected value."""
        p = self.params
        match self.kind:
            case "constant" | "exponential":
                return p[0]
            case "gamma":
                return p[0] * p[1]
            case "lognormal":
                return math.exp(p[0] + p[1] * p[1] / 2)
            case "weibull":
                return p[1] * math.gamma(1 + 1 / p[0])
            case "triangular":
                return sum(p) / 3
            case "uniform":
                return (p[0] + p[1]) / 2
            case _:
                values, weights = self._points()
                return float(values @ weights)

    @property
    def variance(self) -> float:
        """Second central moment."""
        p = self.params
        match self.kind:
            case "constant":
                return 0.0
            case "exponential":
                return p[0] * p[0]
            case "gamma":
                return p[0] * p[1] * p[1]
            case "lognormal":
                return math.expm1(p[1] * p[1]) * self.mean**2
            case "weibull":
                return p[1] ** 2 * math.gamma(1 + 2 / p[0]) - self.mean**2
            case "triangular":
                a, c, b = p
                return (a * a + b * b + c * c - a * b - a * c - b * c) / 18
            case "uniform":
                return (p[1] - p[0]) ** 2 / 12
            case _:
                values, weights = self._points()
                return float(((values - self.mean) ** 2) @ weights)

    @property
    def cv(self) -> float:
        """Coefficient of variation; 0 where the mean is 0."""
        return math.sqrt(self.variance) / self.mean if self.mean else 0.0

    def _points(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        half = len(self.params) // 2
        values = np.array(self.params[:half])
        return values, np.diff(np.array(self.params[half:]), prepend=0.0)

    def ppf(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Quantiles of uniforms in [0, 1), elementwise, any shape."""
        p = self.params
        match self.kind:
            case "constant":
                return np.full_like(u, p[0])
            case "exponential":
                return -p[0] * np.log1p(-u)
            case "gamma":
                from scipy.special import gammaincinv

                return np.asarray(gammaincinv(p[0], u)) * p[1]
            case "lognormal":
                from scipy.special import ndtri

                return np.exp(p[0] + p[1] * np.asarray(ndtri(np.maximum(u, 1e-300))))
            case "weibull":
                return np.asarray(p[1] * (-np.log1p(-u)) ** (1 / p[0]))
            case "triangular":
                return _triangular(p, u)
            case "uniform":
                return p[0] + (p[1] - p[0]) * u
            case _:
                half = len(p) // 2
                place = np.searchsorted(np.array(p[half:]), u, side="right").clip(0, half - 1)
                return np.asarray(np.array(p[:half])[place])

    def sampler(self) -> Sampler:
        """The quantile function for one float at a time, as fast as it gets; bind it once."""
        p = self.params
        match self.kind:
            case "constant":
                return Constant(p[0])
            case "exponential":
                return Exponential(p[0])
            case "lognormal":
                return Lognormal(p[0], p[1])
            case "gamma":
                return Gamma(p[0], p[1])
            case "weibull":
                return Weibull(p[0], p[1])
            case "uniform":
                return Uniform(p[0], p[1])
            case _:
                ppf = self.ppf
                return ByArray(lambda u: float(ppf(np.array([u]))[0]))

    def ppf_one(self, u: float) -> float:
        """Quantile of one uniform, for rare use; bind a sampler on hot paths."""
        return self.sampler().draw(u)

    def sample(self, rng: np.random.Generator, n: int) -> NDArray[np.float64]:
        """`n` independent draws."""
        return self.ppf(rng.random(n))

    def scaled(self, factor: float) -> Dist:
        """The distribution of `factor` times the variable (factor > 0, or any factor for a constant)."""
        p = self.params
        match self.kind:
            case "gamma" | "weibull":
                return Dist(self.kind, (p[0], p[1] * factor))
            case "lognormal":
                return Dist("lognormal", (p[0] + math.log(factor), p[1]))
            case "empirical":
                half = len(p) // 2
                return Dist("empirical", tuple(v * factor for v in p[:half]) + p[half:])
            case _:
                return Dist(self.kind, tuple(v * factor for v in p))


def _triangular(p: tuple[float, ...], u: NDArray[np.float64]) -> NDArray[np.float64]:
    low, mode, high = p
    if high == low:
        return np.full_like(u, low)
    cut = (mode - low) / (high - low)
    left = low + np.sqrt(u * (high - low) * (mode - low))
    right = high - np.sqrt((1 - u) * (high - low) * (high - mode))
    return np.where(u < cut, left, right)


def constant(value: float) -> Dist:
    """Always `value`."""
    return Dist("constant", (value,))


def exponential(mean: float) -> Dist:
    """Exponential with the given mean."""
    return Dist("exponential", (mean,))


def gamma(mean: float, cv: float) -> Dist:
    """Gamma with mean and coefficient of variation."""
    return Dist("gamma", (1 / cv**2, mean * cv**2)) if cv > 0 and mean > 0 else constant(mean)


def lognormal(mean: float, cv: float) -> Dist:
    """Lognormal with mean and coefficient of variation (of the variable, not of its logarithm)."""
    if cv <= 0 or mean <= 0:
        return constant(mean)
    s2 = math.log1p(cv * cv)
    return Dist("lognormal", (math.log(mean) - s2 / 2, math.sqrt(s2)))


def weibull(mean: float, shape: float) -> Dist:
    """Weibull with mean and shape."""
    return Dist("weibull", (shape, mean / math.gamma(1 + 1 / shape)))


def triangular(low: float, mode: float, high: float) -> Dist:
    """Triangular on [low, high] with the given mode."""
    return Dist("triangular", (low, mode, high))


def uniform(low: float, high: float) -> Dist:
    """Uniform on [low, high]."""
    return Dist("uniform", (low, high))


def empirical(values: Any, weights: Any = None) -> Dist:
    """Discrete distribution over observed values with optional weights."""
    v = np.asarray(values, dtype=float)
    w = np.ones_like(v) if weights is None else np.asarray(weights, dtype=float)
    order = np.argsort(v, kind="stable")
    cumulative = np.cumsum(w[order]) / w.sum()
    cumulative[-1] = 1.0
    return Dist("empirical", (*v[order].tolist(), *cumulative.tolist()))
