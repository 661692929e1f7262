"""Contacts offered to people by kind, line and half-hour of the day: how much of the load is there for the first time."""

from __future__ import annotations

import numpy as np

from sim.analysis.tables import Block
from sim.analysis.window import Window, local_hours
from sim.columns import CLOSED, KINDS
from sim.scenario.plan import Plan

SLOTS = 48


class ContactKinds:
    """Counts of offered contacts [lines, kinds, 2, 48]: working days and weekends, half-hours in the time of the line's centre.

    Lines with people only, of every kind, outbound calls and transfers too; so that kinds add up to the whole of which
    ``contact.share`` says the shares.
    """

    def __init__(self, plan: Plan, window: Window) -> None:
        self._plan, self._window = plan, window
        self._people = np.array([line.behaviour != "self_service" for line in plan.lines])
        zones = [plan.centres[line.centre_ix].time_zone for line in plan.lines]
        self._zones = tuple(dict.fromkeys(zones))
        self._zone_of = np.array([self._zones.index(zone) for zone in zones], np.int64)
        self._counts = np.zeros(len(plan.lines) * len(KINDS) * 2 * SLOTS)

    def add(self, block: Block) -> None:
        """One block of the contacts table."""
        inside = self._window.holds(block["arrived_h"]) & (block["outcome"] != CLOSED) & (block["line"] >= 0)
        line = block["line"][inside].astype(np.int64)
        people = self._people[line]
        line, arrived = line[people], block["arrived_h"][inside][people]
        kind = block["kind"][inside][people].astype(np.int64)
        zone = self._zone_of[line]
        for i, name in enumerate(self._zones):
            mine = slice(None) if len(self._zones) == 1 else zone == i
            local = local_hours(self._plan, name, arrived[mine]) % 168
            slot = (local % 24 * 2).astype(np.int64) % SLOTS
            cell = ((line[mine] * len(KINDS) + kind[mine]) * 2 + (local >= 120)) * SLOTS + slot
            self._counts += np.bincount(cell, minlength=len(self._counts))

    def frame(self) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        """The counts inside the window."""
        return self._counts.reshape(len(self._plan.lines), len(KINDS), 2, SLOTS)
