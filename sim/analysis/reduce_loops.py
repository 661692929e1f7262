"""Repair orders by what befell them, a wait for a part and a broken promise: the first links of the loops that close."""

from __future__ import annotations

import numpy as np

from sim.analysis.tables import Block
from sim.analysis.window import Floats, Window
from sim.columns import GIVEN_UP, RETURNED
from sim.scenario.plan import Plan


class OrderLoops:
    """Sums [2, 2, 4] by wait for a part (no, yes) and promise (kept or none, broken).

    The four: corrective orders whose due time falls in the window (those of ``tat.within_promise``); corrective orders returned
    working inside it (those of ``tat.customer.mean``), their hours of turnaround, and the contact attempts of their cases so far.
    """

    def __init__(self, plan: Plan, window: Window) -> None:
        self._window = window
        self._counted = np.array([need.counts_in_tat for need in plan.needs] or [True])
        self._sums = np.zeros((4, 4))

    def add(self, block: Block) -> None:
        """One block of the orders table."""
        closed, due, outcome = block["closed_h"], block["due_h"], block["outcome"]
        late = ~(closed <= due) | (outcome == GIVEN_UP)
        cell = 2 * (block["part_wait_h"] > 0) + late
        promised = self._window.holds(due) & self._counted[block["need"]]
        self._sums[:, 0] += np.bincount(cell[promised], minlength=4)
        back = (outcome == RETURNED) & self._window.holds(closed)
        ended = block[back]
        mine = cell[back]
        for i, weight in ((1, None), (2, ended["closed_h"] - ended["first_h"]), (3, ended["contacts"])):
            self._sums[:, i] += np.bincount(mine, weight, 4)

    def frame(self) -> Floats:
        """The sums."""
        return self._sums.reshape(2, 2, 4)
