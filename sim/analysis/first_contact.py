"""First-contact resolution: answered first contacts without another of the same case within seven days."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.groups import line_parts, segment_labels
from sim.analysis.kpis import Rows, group
from sim.analysis.window import Window
from sim.columns import ESCALATED, FRESH, OUTBOUND, REPAIR, RESOLVED, TRANSFER
from sim.scenario.plan import DAY, Plan

FOLLOW_UP_H = 7 * DAY
_COLUMNS = ("case", "attempt", "kind", "line", "segment", "arrived_h", "ended_h", "outcome")


class FirstContacts:
    """Collects compact columns of all customers' contacts, then looks at what followed the first one of each case."""

    def __init__(self, plan: Plan, window: Window) -> None:
        self._plan, self._window = plan, window
        self._parts: dict[str, list[NDArray[Any]]] = {name: [] for name in _COLUMNS}

    def add(self, block: NDArray[np.void]) -> None:
        """One block of rows; outbound calls are no contacts of the customer."""
        keep = (block["kind"] != OUTBOUND) & (block["case"] >= 0)
        for name, parts in self._parts.items():
            parts.append(block[name][keep])

    def report(self, rows: Rows) -> None:
        """contact.fcr for all, segments, sites and channels."""
        columns = {}
        for name in _COLUMNS:
            parts = self._parts.pop(name)
            columns[name] = np.concatenate(parts) if parts else np.empty(0)
        n = len(columns["case"])
        if n == 0:
            return
        order = np.lexsort((columns["attempt"], columns["case"]))
        col = {name: values[order] for name, values in columns.items()}
        del columns, order
        at = np.arange(n)
        # index of the next row that is no transfer: the rows in between are the tiers that the first contact was passed to
        following = np.where(col["kind"] != TRANSFER, at, n)
        following = np.append(np.minimum.accumulate(following[::-1])[::-1], n)
        latest = self._window.end - FOLLOW_UP_H
        people = np.array([line.behaviour != "self_service" for line in self._plan.lines])
        counted = (
            (col["kind"] == FRESH)
            & (col["outcome"] <= ESCALATED)
            & people[col["line"]]
            & self._window.holds(col["arrived_h"])
            & (col["arrived_h"] <= latest)
        )
        first = np.flatnonzero(counted)
        after = following[first + 1]
        last = after - 1
        next_row = np.minimum(after, n - 1)
        again = (
            (after < n)
            & (col["case"][next_row] == col["case"][first])
            & (col["arrived_h"][next_row] <= col["ended_h"][last] + FOLLOW_UP_H)
        )
        good = np.isin(col["outcome"][last], (RESOLVED, REPAIR)) & ~again
        self._rows(rows, good, col["line"][first].astype(np.int64), col["segment"][first].astype(np.int64))

    def _rows(self, rows: Rows, good: NDArray[np.bool_], line: NDArray[np.int64], segment: NDArray[np.int64]) -> None:
        plan = self._plan
        rows.ratio("contact.fcr", "all", float(good.sum()), float(len(good)))
        if labels := segment_labels(plan):
            size = len(labels)
            rows.ratios("contact.fcr", labels, np.bincount(segment[good], minlength=size), np.bincount(segment, minlength=size))
        all_, won = (np.bincount(x, minlength=len(plan.lines)) for x in (line, line[good]))
        sums: dict[str, list[float]] = {}
        for i, (centre, channel) in enumerate(line_parts(plan)):
            for label in (group(site=centre), group(site=centre, channel=channel), group(channel=channel)):
                total = sums.setdefault(label, [0.0, 0.0])
                total[0] += won[i]
                total[1] += all_[i]
        for label, (a, b) in sums.items():
            rows.ratio("contact.fcr", label, a, b)
