"""The factors of a sweep as axes of numbers: what a design draws from and what a metamodel is a function of."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import UsageError, did_you_mean
from sim.units import UnitError, split_quantity

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Axis:
    """One factor. A point of the sweep has one number on each axis.

    A number is the value in `unit`, or the position in `categories` where a factor is a choice without an order.

    Attributes
    ----------
    name
        Of the factor, unique in the sweep.
    unit
        As people write it ('days', '%', '/h'); '' for plain numbers and categories.
    low, high
        Ends of the range.
    levels
        The values that it can take, in the given order; empty if it is continuous, or whole (every whole number of the range).
    categories
        Labels of a choice without an order; its levels are then 0, 1, ...
    whole
        True if only whole numbers are meant.
    """

    name: str
    unit: str
    low: float
    high: float
    levels: tuple[float, ...] = ()
    categories: tuple[str, ...] = ()
    whole: bool = False

    def from_unit(self, u: Floats) -> Floats:
        """Values for numbers spread evenly over [0, 1): each level equally likely, or uniform over the range."""
        if self.levels:
            at = np.minimum((u * len(self.levels)).astype(np.int64), len(self.levels) - 1)
            return np.asarray(self.levels)[at]
        if self.whole:
            return np.asarray(np.minimum(self.low + np.floor(u * (self.high - self.low + 1)), self.high))
        return np.asarray(self.low + u * (self.high - self.low))

    def ladder(self, most: int = 9) -> tuple[float, ...]:
        """Values at which the effect of the factor is looked at: its levels (in order), else evenly spaced ones."""
        if self.categories:
            return self.levels
        found = sorted(self.levels) if self.levels else list(np.arange(self.low, self.high + 1)) if self.whole else []
        if found and len(found) <= most:
            return tuple(float(x) for x in found)
        if found:
            picked = np.unique(np.round(np.linspace(0, len(found) - 1, most)).astype(int))
            return tuple(float(found[i]) for i in picked)
        return tuple(float(x) for x in np.linspace(self.low, self.high, min(most, 5)))

    def label(self, value: float) -> str:
        """A value as text with its unit; a category by its name; a dash for 'as in the scenario' (NaN)."""
        if np.isnan(value):
            return "\u2014"
        if self.categories:
            return self.categories[int(value)]
        text = f"{value:.6g}"
        return f"{text}{'' if self.unit[:1] in ('', '/') else ' '}{self.unit}"

    @property
    def title(self) -> str:
        """Name and unit, for the title of an axis."""
        return f"{self.name}, {self.unit}" if self.unit else self.name

    def value_of(self, given: Any) -> float:
        """The number that a user means: a number in the unit of the axis, text with that unit, or the label of a category.

        Raises
        ------
        UsageError
            If it is none of these, or lies outside the range that was swept.
        """
        if self.categories:
            if str(given) in self.categories:
                return float(self.categories.index(str(given)))
            hint = did_you_mean(str(given), self.categories)
            raise UsageError(f"{self.name}: '{given}' is not among {', '.join(self.categories)}{'; ' + hint if hint else ''}")
        try:
            number, unit = split_quantity(given)
        except UnitError as error:
            raise UsageError(f"{self.name}: {error}") from None
        if unit and re.sub(r"\s", "", unit) != self.unit:
            raise UsageError(f"{self.name}: '{given}' is not in {self.unit or 'plain numbers'}, as it was swept")
        slack = 1e-9 * max(abs(self.low), abs(self.high))
        if not self.low - slack <= number <= self.high + slack:
            raise UsageError(
                f"{self.name}: {given} is outside the swept range {self.label(self.low)} to {self.label(self.high)}; "
                "a metamodel does not extrapolate"
            )
        return number

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "name": self.name,
            "unit": self.unit,
            "low": self.low,
            "high": self.high,
            "levels": list(self.levels),
            "categories": list(self.categories),
            "whole": self.whole,
        }

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Axis:
        """The axis behind `as_dict`."""
        return cls(
            str(data["name"]),
            str(data["unit"]),
            float(data["low"]),
            float(data["high"]),
            tuple(float(x) for x in data["levels"]),
            tuple(str(x) for x in data["categories"]),
            bool(data["whole"]),
        )


def encode(axes: Sequence[Axis], rows: Floats) -> Floats:
    """Inputs of a metamodel: numbers scaled to [-1, 1], a choice as 0/1 columns, one fewer than it has categories."""
    columns = []
    for i, axis in enumerate(axes):
        if axis.categories:
            columns += [(rows[:, i] == k).astype(np.float64) for k in range(1, len(axis.categories))]
        else:
            columns.append((2 * rows[:, i] - axis.low - axis.high) / (axis.high - axis.low or 1.0))
    return np.column_stack(columns) if columns else np.empty((len(rows), 0))


def setting_of(axes: Sequence[Axis], setting: Mapping[str, Any]) -> Floats:
    """One row of axis values from values by name.

    Raises
    ------
    UsageError
        If a name is unknown or missing, or a value does not fit.
    """
    names = [axis.name for axis in axes]
    for name in setting:
        if name not in names:
            hint = did_you_mean(str(name), names) or f"factors are {', '.join(names)}"
            raise UsageError(f"no factor '{name}' in this sweep; {hint}")
    missing = [name for name in names if name not in setting]
    if missing:
        raise UsageError(f"a value is missing for {', '.join(missing)}")
    return np.array([[axis.value_of(setting[axis.name]) for axis in axes]])
