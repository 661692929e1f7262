"""Random streams by name, and keyed draws for what belongs to one case.

A stream is named ``purpose/owner``. Its seed is built from the master seed, the replication and the SHA-256 of the name,
so adding a stream or a site changes no other stream. What belongs to a case comes from a counter-based hash of
(case key, purpose, count): the value does not depend on when, where or in which block it is asked for.

In antithetic pairs the second replication has the streams of the first with every uniform u replaced by 1 - u (exactly
1 - 2**-53 - u, so that it stays within [0, 1)): generators are mirrored, and so are the draws of keys that carry one bit more
(`MIRRORED`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.native import fast

_MASK = 0xFFFFFFFFFFFFFFFF
_GAMMA = 0x9E3779B97F4A7C15
_M1, _M2 = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_TO_UNIT = 2.0**-53
_TOP = 2**53 - 1
_LARGEST = _TOP * _TO_UNIT
MIRRORED = 1 << 64  # a key with this bit gives the mirrored uniforms of the key without it


def name_words(name: str) -> tuple[int, int, int, int]:
    """Four 32-bit words of the SHA-256 of a name."""
    d = hashlib.sha256(name.encode()).digest()
    return tuple(int.from_bytes(d[i : i + 4], "big") for i in (0, 4, 8, 12))  # type: ignore[return-value]


class Streams:
    """All named streams of one replication.

    Parameters
    ----------
    seed
        Master seed of the study.
    replication
        Replication number, from 0.
    antithetic
        Replications 2k and 2k + 1 share their streams, those of the second mirrored.
    """

    def __init__(self, seed: int, replication: int, antithetic: bool = False) -> None:
        self.seed = seed
        self.mirrored = antithetic and replication % 2 == 1
        self.replication = replication - self.mirrored
        self.keyed = mirrored_uniforms if self.mirrored else keyed_uniforms
        self._names: set[str] = set()

    def generator(self, name: str) -> np.random.Generator:
        """A new generator for this name; asking twice for one name is an error (ValueError)."""
        if name in self._names:
            raise ValueError(f"random stream '{name}' was asked for twice")
        self._names.add(name)
        key = (self.replication, *name_words(name))
        bits = np.random.PCG64(np.random.SeedSequence(self.seed, spawn_key=key))
        return MirroredGenerator(bits) if self.mirrored else np.random.Generator(bits)

    def key(self, key: int) -> int:
        """A key for `keyed_uniform` in this replication."""
        return key | MIRRORED if self.mirrored else key

    def keys(self, keys: NDArray[np.uint64]) -> list[int]:
        """The same for many."""
        plain: list[int] = keys.tolist()
        return [key | MIRRORED for key in plain] if self.mirrored else plain

    def uniforms(self, name: str, block: int = 8192) -> Callable[[], float]:
        """A function that returns the next uniform of [0, 1); blocks double from 16 to `block` (values never change)."""
        rng = self.generator(name)
        size = 8

        def draw() -> list[float]:
            nonlocal size
            size = min(size * 2, block)
            values: list[float] = rng.random(size).tolist()
            return values

        return chain.from_iterable(iter(draw, None)).__next__

    def salt(self, name: str) -> int:
        """A 64-bit key for keyed draws of one owner, from seed, replication and name."""
        a, b, c, d = name_words(f"{self.seed}/{self.replication}/{name}")
        return (a << 32 | b) ^ (c << 32 | d)


class MirroredGenerator(np.random.Generator):
    """A generator whose draws are those of the ordinary one at 1 - u in place of u.

    An exponential is mirrored by way of its own probability. A Poisson number is drawn by inversion at a uniform of the atom that
    the ordinary number stands for (the randomised probability transform), so its distribution is exact. Only these methods are
    mirrored, and the model uses no others.
    """

    def random(self, size: Any = None) -> Any:  # type: ignore[override]
        """Mirrored uniforms."""
        return _LARGEST - super().random(size)

    def standard_exponential(self, size: Any = None) -> Any:  # type: ignore[override]
        """Mirrored exponentials: -ln(1 - exp(-x))."""
        mirrored = -np.log(-np.expm1(-np.maximum(super().standard_exponential(size), 1e-300)))
        return float(mirrored) if size is None else mirrored

    def poisson(self, lam: Any = 1.0, size: Any = None) -> Any:
        """Mirrored Poisson numbers."""
        from scipy.special import pdtr, pdtrik

        number = np.asarray(super().poisson(lam, size), dtype=np.float64)
        below = np.where(number > 0, pdtr(np.maximum(number - 1, 0), lam), 0.0)
        u = 1 - (below + super().random(size) * (pdtr(number, lam) - below))
        found = np.ceil(np.maximum(pdtrik(np.clip(u, 1e-300, _LARGEST), lam), 0.0))
        found = np.where((found > 0) & (pdtr(np.maximum(found - 1, 0), lam) >= u), found - 1, found)  # rounding of the inverse
        whole = np.where(np.asarray(lam) > 0, found, 0.0).astype(np.int64)
        return int(whole) if whole.ndim == 0 else whole


def purpose_salt(purpose: str) -> int:
    """A 64-bit constant for a purpose such as ``patience`` (odd, so that counts spread)."""
    a, b, _, _ = name_words("purpose/" + purpose)
    return (a << 32 | b) | 1


def pure_keyed_uniform(key: int, salt: int, count: int = 0) -> float:
    """Uniform of [0, 1) for (key, purpose salt, count): splitmix64 applied twice, mirrored for keys with `MIRRORED`."""
    z = (key ^ salt) + _GAMMA * (count + 1) & _MASK
    z = (z ^ z >> 30) * _M1 & _MASK
    z = (z ^ z >> 27) * _M2 & _MASK
    z = (z ^ z >> 31) + salt & _MASK
    z = (z ^ z >> 30) * _M1 & _MASK
    z = (z ^ z >> 27) * _M2 & _MASK
    bits = (z ^ z >> 31) >> 11
    return (bits if key <= _MASK else _TOP - bits) * _TO_UNIT


KeyedUniform = Callable[..., float]
keyed_uniform: KeyedUniform = pure_keyed_uniform if fast is None else fast.keyed_uniform


def keyed_uniforms(keys: NDArray[np.uint64], salt: int, count: int = 0) -> NDArray[np.float64]:
    """The same for an array of keys; equal to :func:`keyed_uniform` bit for bit."""
    s = np.uint64(salt)
    with np.errstate(over="ignore"):
        z = (keys ^ s) + np.uint64(_GAMMA * (count + 1) & _MASK)
        z = (z ^ z >> np.uint64(30)) * np.uint64(_M1)
        z = (z ^ z >> np.uint64(27)) * np.uint64(_M2)
        z = (z ^ z >> np.uint64(31)) + s
        z = (z ^ z >> np.uint64(30)) * np.uint64(_M1)
        z = (z ^ z >> np.uint64(27)) * np.uint64(_M2)
        return ((z ^ z >> np.uint64(31)) >> np.uint64(11)).astype(np.float64) * _TO_UNIT


def mirrored_uniforms(keys: NDArray[np.uint64], salt: int, count: int = 0) -> NDArray[np.float64]:
    """The mirrored draws of an array of keys; equal to :func:`keyed_uniform` of the keys with the bit `MIRRORED`."""
    mirrored: NDArray[np.float64] = _LARGEST - keyed_uniforms(keys, salt, count)
    return mirrored


def case_keys(salt: int, first: int, n: int) -> NDArray[np.uint64]:
    """Keys of the cases `first` .. `first + n - 1` of a source with this salt."""
    with np.errstate(over="ignore"):
        z = np.uint64(salt) + (np.arange(first + 1, first + n + 1, dtype=np.uint64)) * np.uint64(_GAMMA)
        z = (z ^ z >> np.uint64(30)) * np.uint64(_M1)
        z = (z ^ z >> np.uint64(27)) * np.uint64(_M2)
        return z ^ z >> np.uint64(31)
