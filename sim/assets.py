"""Where pages find the drawing library: each in itself, or all in one file beside them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

ASSETS = ("inline", "shared")

_used: ContextVar[str] = ContextVar("assets", default="inline")


def assets() -> str:
    """What is used now, one of `ASSETS`."""
    return _used.get()


@contextmanager
def using_assets(kind: str) -> Iterator[None]:
    """Write pages inside the block with the library in themselves ('inline') or in a file that they share ('shared').

    Raises
    ------
    UsageError
        If it is neither.
    """
    if kind not in ASSETS:
        from sim.errors import UsageError

        raise UsageError(f"unknown assets '{kind}'; there are {' and '.join(ASSETS)}")
    token = _used.set(kind)
    try:
        yield
    finally:
        _used.reset(token)
