"""Random streams by name, and keyed draws for what belongs to one case.

A stream is named ``purpose/owner``. Its seed is built from the master seed, the replication and the SHA-256 of the name,
so adding a stream or a site changes no other stream. What belongs to a case comes from a counter-based hash of
(case key, purpose, count): the value does not depend on when, where or in which block it is asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from sim.native import fast

_MASK = 0xFFFFFFFFFFFFFFFF
_GAMMA = 0x9E3779B97F4A7C15
_M1, _M2 = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_TO_UNIT = 2.0**-53


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
    """

    def __init__(self, seed: int, replication: int) -> None:
        self.seed = seed
        self.replication = replication
        self._names: set[str] = set()

    def generator(self, name: str) -> np.random.Generator:
        """A new generator for this name; asking twice for one name is an error (ValueError)."""
        if name in self._names:
            raise ValueError(f"random stream '{name}' was asked for twice")
        self._names.add(name)
        key = (self.replication, *name_words(name))
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(self.seed, spawn_key=key)))

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


def purpose_salt(purpose: str) -> int:
    """A 64-bit constant for a purpose such as ``patience`` (odd, so that counts spread)."""
    a, b, _, _ = name_words("purpose/" + purpose)
    return (a << 32 | b) | 1


def pure_keyed_uniform(key: int, salt: int, count: int = 0) -> float:
    """Uniform of [0, 1) for (case key, purpose salt, count); a splitmix64 finaliser applied twice."""
    z = (key ^ salt) + _GAMMA * (count + 1) & _MASK
    z = (z ^ z >> 30) * _M1 & _MASK
    z = (z ^ z >> 27) * _M2 & _MASK
    z = (z ^ z >> 31) + salt & _MASK
    z = (z ^ z >> 30) * _M1 & _MASK
    z = (z ^ z >> 27) * _M2 & _MASK
    return ((z ^ z >> 31) >> 11) * _TO_UNIT


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


def case_keys(salt: int, first: int, n: int) -> NDArray[np.uint64]:
    """Keys of the cases `first` .. `first + n - 1` of a source with this salt."""
    with np.errstate(over="ignore"):
        z = np.uint64(salt) + (np.arange(first + 1, first + n + 1, dtype=np.uint64)) * np.uint64(_GAMMA)
        z = (z ^ z >> np.uint64(30)) * np.uint64(_M1)
        z = (z ^ z >> np.uint64(27)) * np.uint64(_M2)
        return z ^ z >> np.uint64(31)
