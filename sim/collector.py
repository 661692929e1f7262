"""Python's collector of cyclic garbage, paused while much is built that all stays alive."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused(then_collect: bool = False) -> Iterator[None]:
    """No search for cyclic garbage meanwhile; it would scan what grows again and again.

    Parameters
    ----------
    then_collect
        Search once at the end, among what was made meanwhile only.
    """
    collecting = gc.isenabled()
    gc.disable()
    if then_collect:
        gc.freeze()
    try:
        yield
    finally:
        if then_collect:
            gc.collect()
            gc.unfreeze()
        if collecting:
            gc.enable()
