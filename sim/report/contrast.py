"""Paired differences of a comparison in the form that the report needs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sim.errors import UsageError


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure in both scenarios and its paired difference, in the measure's unit."""

    kpi: str
    group: str
    unit: str
    base: float
    other: float
    difference: float
    half_width: float | None
    p_holm: float | None = None  # these as in `sim.analysis.compare.Difference`
    simultaneous_half_width: float | None = None
    verdict: str = ""
    variance_reduction: float | None = None

    @property
    def low(self) -> float:
        """Lower end of the interval; the difference where there is none."""
        return self.difference - (self.half_width or 0.0)

    @property
    def high(self) -> float:
        """Upper end of the interval; the difference where there is none."""
        return self.difference + (self.half_width or 0.0)

    @property
    def is_shown(self) -> bool:
        """True if the interval leaves out zero."""
        return self.half_width is not None and (self.low > 0 or self.high < 0)


@dataclass(frozen=True)
class Contrast:
    """One scenario against the baseline."""

    rows: tuple[Difference, ...]
    inputs: tuple[tuple[str, str, str], ...] = ()  # path, value in the baseline, value in the scenario

    @cached_property
    def _by_key(self) -> dict[tuple[str, str], Difference]:
        return {(row.kpi, row.group): row for row in self.rows}

    def of(self, kpi: str, group: str = "all") -> Difference | None:
        """One measure's difference, None if it was not compared."""
        return self._by_key.get((kpi, group))


_ROW_NAMES = (
    ("kpi",),
    ("group",),
    ("unit",),
    ("base", "base_mean"),
    ("other", "other_mean"),
    ("difference", "mean_difference"),
    ("half_width",),
)
_MORE_NAMES = ("p_holm", "simultaneous_half_width", "verdict", "variance_reduction")


def contrast_of(entry: Any) -> Contrast:
    """Read a comparison of one scenario.

    Parameters
    ----------
    entry
        An object with `rows` and `inputs`, or the pair (rows, inputs). A row is an object with kpi, group, unit, base, other,
        difference and half_width (and what `Difference` has more, if it is there), or the seven in a tuple; an input is
        (path, base, other).

    Raises
    ------
    UsageError
        If a row has another shape.
    """
    if isinstance(entry, Contrast):
        return entry
    if hasattr(entry, "rows"):
        rows, inputs = entry.rows, getattr(entry, "inputs", ())
    else:
        rows, inputs = entry
    return Contrast(tuple(_difference(row) for row in rows), tuple(_input(item) for item in inputs))


def _difference(row: Any) -> Difference:
    more: dict[str, Any] = {}
    if isinstance(row, (tuple, list)):
        values: list[Any] = list(row)
    else:
        values = [_attribute(row, names) for names in _ROW_NAMES]
        more = {name: getattr(row, name) for name in _MORE_NAMES if hasattr(row, name)}
    if len(values) != len(_ROW_NAMES):
        raise UsageError(f"a difference has {len(_ROW_NAMES)} values: kpi, group, unit, base, other, difference, half_width")
    kpi, group, unit, base, other, difference, half_width = values
    width = None if half_width is None or not math.isfinite(half_width) else float(half_width)
    return Difference(str(kpi), str(group), str(unit), float(base), float(other), float(difference), width, **more)


def _attribute(row: Any, names: Iterable[str]) -> Any:
    for name in names:
        if hasattr(row, name):
            return getattr(row, name)
    raise UsageError(f"a difference has no {'/'.join(names)}")


def _input(item: Any) -> tuple[str, str, str]:
    if isinstance(item, (tuple, list)):
        path, base, other = item
    else:
        path, base, other = item.path, item.base, item.other
    return str(path), _value(base), _value(other)


def _value(value: Any) -> str:
    return "\u2014" if value is None else str(value)
