"""Whether the backlog of a run grows, which takes all verdicts back."""

from __future__ import annotations

from sim.report.read import Measure, RunResults


def is_growing(run: RunResults) -> bool:
    """True if the backlog grows: as the summary says, else by the interval of the growth."""
    told = run.summary.get("backlog_grows")
    return bool(told) if told is not None else growth(run) is not None


def growth(run: RunResults) -> Measure | None:
    """The growth of open orders, else of the contact queue, if its interval lies above zero."""
    for kpi in ("orders.backlog_growth", "contact.queue.growth"):
        found = run.measure(kpi)
        if found is not None and found.half_width is not None and found.low > 0:
            return found
    return None
