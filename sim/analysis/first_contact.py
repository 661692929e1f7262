"""First-contact resolution: answered first contacts without another of the same case within seven days."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.analysis.groups import line_parts, segment_labels
from sim.analysis.kpis import Rows, group
from sim.analysis.stretches import Stretches
from sim.analysis.tables import Block, Table
from sim.analysis.window import Window
from sim.columns import ESCALATED, FRESH, OUTBOUND, REPAIR, RESOLVED, TRANSFER
from sim.scenario.plan import DAY, Plan

FOLLOW_UP_H = 7 * DAY
_COLUMNS = ("case", "attempt", "kind", "line", "segment", "arrived_h", "ended_h", "outcome")


class FirstContacts:
    """Sets customers' contacts aside by case, then looks at what followed the first one of each, a stretch of cases at a time.

    Parameters
    ----------
    plan, window
        Lines and segments; where contacts count.
    contacts
        The table whose blocks will be added: its types, and the folder where rows that do not fit in memory wait.
    """

    def __init__(self, plan: Plan, window: Window, contacts: Table) -> None:
        self._plan, self._window = plan, window
        self._dtype = np.dtype([(name, contacts.dtype[name]) for name in _COLUMNS])
        self._stretches = Stretches(self._dtype, contacts.folder)
        self._people = np.array([line.behaviour != "self_service" for line in plan.lines])
        # first contacts by line and segment, then those that were enough
        self._counts = np.zeros((2, len(plan.lines), len(plan.segments)), np.int64)

    def add(self, block: Block) -> None:
        """One block of rows; outbound calls are no contacts of the customer."""
        block = block[(block["kind"] != OUTBOUND) & (block["case"] >= 0)]
        rows = np.empty(len(block), self._dtype)
        for name in _COLUMNS:
            rows[name] = block[name]
        self._stretches.put_by_number(rows["case"], rows)

    def report(self, rows: Rows) -> None:
        """contact.fcr for all, segments, sites and channels."""
        stretches = self._stretches.numbers()
        for stretch in stretches:
            self._count(self._stretches.rows(stretch))
        self._stretches.close()
        if stretches:
            self._rows(rows)

    def _count(self, found: NDArray[np.void]) -> None:
        """Count the first contacts of some cases, all of whose contacts are here."""
        col = Block(found)
        order = np.argsort(col["case"] * (1 << 16) + col["attempt"], kind="stable")  # mostly in order already
        col = col[order]
        n = len(col)
        at = np.arange(n)
        # index of the next row that is no transfer: the rows in between are the tiers that the first contact was passed to
        following = np.where(col["kind"] != TRANSFER, at, n)
        following = np.append(np.minimum.accumulate(following[::-1])[::-1], n)
        latest = self._window.end - FOLLOW_UP_H
        counted = (
            (col["kind"] == FRESH)
            & (col["outcome"] <= ESCALATED)
            & self._people[col["line"]]
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
        cell = col["line"][first].astype(np.int64) * self._counts.shape[2] + col["segment"][first]
        for counts, cells in zip(self._counts, (cell, cell[good]), strict=True):
            counts += np.bincount(cells, minlength=counts.size).reshape(counts.shape)

    def _rows(self, rows: Rows) -> None:
        plan = self._plan
        counted, enough = self._counts
        rows.ratio("contact.fcr", "all", float(enough.sum()), float(counted.sum()))
        if labels := segment_labels(plan):
            rows.ratios("contact.fcr", labels, enough.sum(axis=0), counted.sum(axis=0))
        all_, won = counted.sum(axis=1), enough.sum(axis=1)
        sums: dict[str, list[float]] = {}
        for i, (centre, channel) in enumerate(line_parts(plan)):
            for label in (group(site=centre), group(site=centre, channel=channel), group(channel=channel)):
                total = sums.setdefault(label, [0.0, 0.0])
                total[0] += won[i]
                total[1] += all_[i]
        for label, (a, b) in sums.items():
            rows.ratio("contact.fcr", label, a, b)
