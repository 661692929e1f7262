"""Quantile functions for one number at a time, for hot paths: one small class a distribution, bound once.

:mod:`sim.distributions` describes distributions and works on arrays; :meth:`sim.distributions.Dist.sampler` makes these.
"""

from __future__ import annotations

import math
import statistics
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final

_LEAST: Final = 1e-300  # stands for a uniform of 0 where the quantile would be infinite
_normal_quantile: Final = statistics._normal_dist_inv_cdf  # type: ignore[attr-defined]  # NormalDist.inv_cdf without its checks


class Sampler(ABC):
    """The quantile function of one distribution."""

    __slots__ = ()

    @abstractmethod
    def draw(self, u: float) -> float:
        """Quantile of a uniform of [0, 1)."""


class Constant(Sampler):
    """Always `value`."""

    __slots__ = ("value",)

    def __init__(self, value: float) -> None:
        self.value = value

    def draw(self, u: float) -> float:
        """The value."""
        return self.value


class Exponential(Sampler):
    """Exponential with the given mean."""

    __slots__ = ("_minus_mean",)

    def __init__(self, mean: float) -> None:
        self._minus_mean = -mean

    def draw(self, u: float) -> float:
        """-mean * ln(1 - u)."""
        return self._minus_mean * math.log1p(-u)


class Lognormal(Sampler):
    """Lognormal with the given mean and deviation of the logarithm."""

    __slots__ = ("_mu", "_sigma")

    def __init__(self, mu: float, sigma: float) -> None:
        self._mu = mu
        self._sigma = sigma

    def draw(self, u: float) -> float:
        """Exp(mu + sigma * normal quantile)."""
        quantile: float = _normal_quantile(u or _LEAST, 0.0, 1.0)
        return math.exp(self._mu + self._sigma * quantile)


class Gamma(Sampler):
    """Gamma with the given shape and scale."""

    __slots__ = ("_inverse", "_scale", "_shape")

    def __init__(self, shape: float, scale: float) -> None:
        from scipy.special.cython_special import gammaincinv  # the ufunc's own scalar function, without its overhead

        self._inverse: Callable[[float, float], float] = gammaincinv
        self._shape = shape
        self._scale = scale

    def draw(self, u: float) -> float:
        """Inverse of the regularised lower incomplete gamma function, scaled."""
        return self._inverse(self._shape, u) * self._scale


class Weibull(Sampler):
    """Weibull with the given shape and scale."""

    __slots__ = ("_inverse_shape", "_scale")

    def __init__(self, shape: float, scale: float) -> None:
        self._inverse_shape = 1 / shape
        self._scale = scale

    def draw(self, u: float) -> float:
        """Scale * (-ln(1 - u)) ** (1 / shape)."""
        return float(self._scale * (-math.log1p(-u)) ** self._inverse_shape)


class Uniform(Sampler):
    """Uniform on [low, high]."""

    __slots__ = ("_low", "_width")

    def __init__(self, low: float, high: float) -> None:
        self._low = low
        self._width = high - low

    def draw(self, u: float) -> float:
        """Low + width * u."""
        return self._low + self._width * u


class ByArray(Sampler):
    """Any distribution, by its quantile function of arrays."""

    __slots__ = ("_quantile",)

    def __init__(self, quantile: Callable[[float], float]) -> None:
        self._quantile = quantile

    def draw(self, u: float) -> float:
        """By the array function, one at a time."""
        return self._quantile(u)
