"""How the replications of a study are sampled: uncertain inputs, antithetic pairs, and which values are independent.

An uncertain input is a number of the scenario that is given as a distribution over replications. Its draw is a hash of
(seed, number of the draw, path in the scenario), so one more uncertain input changes no other draw, and all scenarios of a
comparison see the same uniform for the same path.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sim import distributions
from sim.distributions import Dist
from sim.errors import UsageError

Keys = tuple[str | int, ...]
_TO_UNIT = 2.0**-53
_LEAST, _MOST = 1e-300, 1.0 - 2.0**-53


@dataclass(frozen=True, slots=True)
class Sampling:
    """How replications are sampled.

    Parameters
    ----------
    draws_per_input
        So many replications in a row share one draw of the uncertain inputs.
    antithetic
        Replications 2k and 2k + 1 are a pair on the same streams, the second with every uniform u replaced by 1 - u.
    control_variates
        Adjust estimates by what is known exactly of each replication's demand; changes no replication.
    """

    draws_per_input: int = 1
    antithetic: bool = False
    control_variates: bool = False


@dataclass(frozen=True, slots=True)
class UncertainInput:
    """One number of the scenario that varies between replications.

    Parameters
    ----------
    path
        Where it stands, as people write it.
    keys
        The same, key by key.
    kind
        normal, lognormal, gamma, uniform, triangular or empirical.
    params
        normal: (mean, sd); lognormal, gamma: (mean, cv); uniform: (low, high); triangular: (low, mode, high); empirical: values.
    unit
        Text behind the number in the scenario, '' for none.
    low, high
        The distribution is cut to this range (conditional on lying in it).
    whole
        The scenario takes only whole numbers here: draws are rounded to the nearest.
    """

    path: str
    keys: Keys
    kind: str
    params: tuple[float, ...]
    unit: str = ""
    low: float = -math.inf
    high: float = math.inf
    whole: bool = False

    def quantile(self, u: float) -> float:
        """The value at a uniform of [0, 1), rounded where only whole numbers are allowed."""
        if math.isfinite(self.low) or math.isfinite(self.high):
            first, last = self._below(self.low), self._below(self.high)
            value = min(max(self._ppf(first + u * (last - first)), self.low), self.high)
        else:
            value = self._ppf(u)
        return self._allowed(value)

    @property
    def mean(self) -> float:
        """Expected value within the bounds, rounded where only whole numbers are allowed."""
        return self._allowed(self._mean())

    def draw(self, seed: int, number: int, mirrored: bool = False) -> float:
        """The value of draw `number` (from 0) under a seed; `mirrored` takes 1 - u in place of u."""
        digest = hashlib.sha256(f"uncertain/{seed}/{number}/{self.path}".encode()).digest()
        u = (int.from_bytes(digest[:8], "big") >> 11) * _TO_UNIT
        return self.quantile(_MOST - u if mirrored else u)

    def written(self, value: float) -> str | int | float:
        """A value as it stands in a scenario."""
        if self.whole:
            return int(value)
        if not self.unit:
            return value
        number = repr(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
        return f"{number}{'' if self.unit.startswith('/') else ' '}{self.unit}"

    def described(self) -> str:
        """The distribution in words: 'normal, mean 100/h, sd 5/h'."""
        names = _NAMES.get(self.kind)
        if names is None:
            return f"{self.kind}, {len(self.params)} values"
        texts = [f"{n} {v:g}" if n == "cv" else f"{n} {self.shown(v)}" for n, v in zip(names, self.params, strict=True)]
        bounds = (("low", self.low), ("high", self.high))
        return ", ".join([self.kind, *texts, *(f"{n} {self.shown(v)}" for n, v in bounds if math.isfinite(v))])

    def shown(self, value: float) -> str:
        """A value for people, to six digits."""
        return f"{value:.6g}{'' if not self.unit or self.unit.startswith('/') else ' '}{self.unit}"

    def _allowed(self, value: float) -> float:
        return float(math.floor(value + 0.5)) if self.whole else value

    def _ppf(self, u: float) -> float:
        if self.kind == "normal":
            from scipy.special import ndtri

            return self.params[0] + self.params[1] * float(ndtri(max(u, _LEAST)))
        return float(_dist(self.kind, self.params).ppf(np.array([min(u, _MOST)]))[0])

    def _below(self, value: float) -> float:
        """P(the unbounded variable <= value)."""
        return _cumulative(self.kind, self.params, value, 0)

    def _mean(self) -> float:
        whole = self.params[0] if self.kind == "normal" else _dist(self.kind, self.params).mean
        if not (math.isfinite(self.low) or math.isfinite(self.high)) or self.params[1] == 0:
            return min(max(whole, self.low), self.high)
        inside = self._below(self.high) - self._below(self.low)
        if inside > 1 - 1e-12:
            return whole
        if self.kind == "normal":
            density = [math.exp(-(((x - whole) / self.params[1]) ** 2) / 2) for x in (self.low, self.high)]
            return whole + self.params[1] * (density[0] - density[1]) / math.sqrt(2 * math.pi) / inside
        weighted = _cumulative(self.kind, self.params, self.high, 1) - _cumulative(self.kind, self.params, self.low, 1)
        return whole * weighted / inside


_NAMES = {
    "normal": ("mean", "sd"),
    "lognormal": ("mean", "cv"),
    "gamma": ("mean", "cv"),
    "uniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
}


@lru_cache(maxsize=256)
def _dist(kind: str, params: tuple[float, ...]) -> Dist:
    if kind == "empirical":
        return distributions.empirical(params)
    make: Any = getattr(distributions, kind)
    made: Dist = make(*params)
    return made


def _cumulative(kind: str, params: tuple[float, ...], x: float, order: int) -> float:
    """Distribution function of the length-biased variable of an order (0: the variable itself), of a kind that may be bounded.

    The mean of a positive variable between bounds is its mean times the probability of order 1 over that of order 0.
    """
    from scipy.special import gammainc, ndtr

    if kind == "normal":
        return float(ndtr((x - params[0]) / params[1])) if params[1] > 0 else float(x >= params[0])
    if x <= 0:
        return 0.0
    dist = _dist(kind, params)
    if dist.kind == "constant":
        return float(x >= params[0])
    a, b = dist.params
    if kind == "lognormal":
        return float(ndtr((math.log(x) - a) / b - order * b)) if math.isfinite(x) else 1.0
    return float(gammainc(a + order, x / b))


@dataclass(frozen=True, slots=True)
class Uncertain:
    """What is needed to make the plan of one replication.

    Parameters
    ----------
    inputs
        The numbers that vary.
    document
        The resolved scenario with each of them at its mean, compressed.
    source
        Digest of the plans with all inputs at low and all at high quantiles: with that of the means, what the inputs do.
    content
        Digest of the plan at the means.
    """

    inputs: tuple[UncertainInput, ...]
    document: bytes
    source: str
    content: str


class _Run(Protocol):
    @property
    def seed(self) -> int: ...
    @property
    def sampling(self) -> Sampling: ...


class Sampled(Protocol):
    """What is asked of a plan here."""

    @property
    def run(self) -> _Run:
        """Seed and options."""

    @property
    def uncertain(self) -> Uncertain | None:
        """What varies."""


def block_size(plan: Sampled) -> int:
    """Replications in a row that depend on each other; the means of such blocks are the independent values of a study."""
    if plan.run.sampling.antithetic:
        return 2
    return plan.run.sampling.draws_per_input if plan.uncertain is not None else 1


def require_independent(plan: Sampled, what: str) -> None:
    """Raise UsageError if replications come in blocks, for what takes each of them as an independent value."""
    if block_size(plan) > 1:
        option = "run.antithetic" if plan.run.sampling.antithetic else "run.draws_per_input"
        off = "false" if plan.run.sampling.antithetic else "1"
        raise UsageError(f"{what} takes every replication as independent; {option} couples them: add --set {option}={off}")


def drawn_inputs(plan: Sampled, replication: int) -> tuple[float, ...]:
    """The values of the plan's uncertain inputs in a replication (from 0), in the order of `Uncertain.inputs`."""
    if plan.uncertain is None:
        return ()
    number, place = divmod(replication, block_size(plan))
    mirrored = plan.run.sampling.antithetic and place == 1
    return tuple(one.draw(plan.run.seed, number, mirrored) for one in plan.uncertain.inputs)


def sampling_content(plan: Sampled) -> dict[str, Any]:
    """What of the sampling determines the tables of a replication, for the plan's digest; empty without options."""
    found: dict[str, Any] = {}
    if plan.run.sampling.antithetic:
        found["antithetic"] = True
    if plan.uncertain is not None:
        inputs = [[i.path, i.kind, [repr(p) for p in i.params], i.unit, repr(i.low), repr(i.high)] for i in plan.uncertain.inputs]
        found["uncertain"] = [inputs, plan.run.sampling.draws_per_input, plan.uncertain.source]
    return found


def blocks_of(replications: int, size: int) -> list[range]:
    """The replications 0, 1, ... in blocks of a size; the last one may be smaller."""
    return [range(first, min(first + size, replications)) for first in range(0, replications, size)]


def block_means(values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Means of blocks of replications (along the first axis) over the values that are known, NaN where none is."""
    if size == 1:
        return values
    blocks = -(-len(values) // size)
    padded = np.full((blocks * size, *values.shape[1:]), np.nan)
    padded[: len(values)] = values
    grouped = padded.reshape(blocks, size, *values.shape[1:])
    known = (~np.isnan(grouped)).sum(axis=1)
    sums = np.where(np.isnan(grouped), 0.0, grouped).sum(axis=1)
    return np.where(known > 0, sums / np.maximum(known, 1), np.nan)
