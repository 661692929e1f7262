"""sparesim: how long customers wait for a repair, and what would change that.

``load`` a scenario, ``run`` it, ``compare`` scenarios, ``select`` the best, ``sweep`` over values, ``check`` baselines, write a
``report``. See :mod:`sim.api`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim import native as native  # before any module that may be compiled

if TYPE_CHECKING:
    from sim.api import check, compare, load, recut, replay, replication, report, run, select, stress, sweep
    from sim.store import Study

__all__ = ["Study", "check", "compare", "load", "recut", "replay", "replication", "report", "run", "select", "stress", "sweep"]


def __getattr__(name: str) -> Any:
    """The public functions, imported when first used."""
    if name == "Study":
        from sim import api as api  # says how a study shows itself in a notebook
        from sim.store import Study

        return Study
    if name in __all__:
        from sim import api

        return getattr(api, name)
    raise AttributeError(f"module 'sim' has no attribute '{name}'")


def __dir__() -> list[str]:
    return __all__
