"""Bound functions that return the next draw of a distribution from a named stream, as cheap as a call can be."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, repeat

from sim.distributions import Dist
from sim.streams import Streams

Draw = Callable[[], float]
_BLOCK = 2048


def sampler(streams: Streams, name: str, dist: Dist) -> Draw:
    """The next draw of `dist` from stream `name`; a constant takes no stream.

    Draws are made in blocks that double from 16; the block size never changes a value.
    """
    if dist.kind == "constant":
        return repeat(dist.params[0]).__next__
    rng = streams.generator(name)
    size = 8

    def block() -> list[float]:
        nonlocal size
        size = min(2 * size, _BLOCK)
        values: list[float] = dist.ppf(rng.random(size)).tolist()
        return values

    return chain.from_iterable(iter(block, None)).__next__


def total(first: Draw, second: Draw) -> Draw:
    """The sum of two draws."""
    return lambda: first() + second()
