"""Stocking policies of one part at one location.

A policy decides how many units to order from the inventory position IP = on hand + on order - backorders. Continuous
policies are asked after every change of IP, periodic ones at their reviews.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol


class Policy(Protocol):
    """What the parts wing needs of a stocking policy."""

    @property
    def review_h(self) -> float:
        """Review period in hours; 0 means continuous review."""

    @property
    def positions(self) -> tuple[int, int]:
        """Lowest and highest inventory position right after a decision, for the initial draw (uniform in between)."""

    def order_quantity(self, position: int) -> int:
        """Units to order at this inventory position (0: none)."""


@dataclass(frozen=True, slots=True)
class BaseStock:
    """(S-1, S): every demand is ordered at once."""

    S: int

    @property
    def review_h(self) -> float:
        return 0.0

    @property
    def positions(self) -> tuple[int, int]:
        return self.S, self.S

    def order_quantity(self, position: int) -> int:
        return max(0, self.S - position)


@dataclass(frozen=True, slots=True)
class ReorderPointLot:
    """(s, Q): at IP <= s order the smallest multiple of Q that lifts IP above s."""

    s: int
    Q: int

    @property
    def review_h(self) -> float:
        return 0.0

    @property
    def positions(self) -> tuple[int, int]:
        return self.s + 1, self.s + self.Q

    def order_quantity(self, position: int) -> int:
        return 0 if position > self.s else math.ceil((self.s + 1 - position) / self.Q) * self.Q


@dataclass(frozen=True, slots=True)
class ReorderPointUpTo:
    """(s, S): at IP <= s order up to S."""

    s: int
    S: int

    @property
    def review_h(self) -> float:
        return 0.0

    @property
    def positions(self) -> tuple[int, int]:
        return self.s + 1, self.S

    def order_quantity(self, position: int) -> int:
        return 0 if position > self.s else self.S - position


@dataclass(frozen=True, slots=True)
class PeriodicUpTo:
    """(R, S): every R hours order up to S."""

    R: float
    S: int

    @property
    def review_h(self) -> float:
        return self.R

    @property
    def positions(self) -> tuple[int, int]:
        return self.S, self.S

    def order_quantity(self, position: int) -> int:
        return max(0, self.S - position)
