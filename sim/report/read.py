"""Reads a run folder: manifest, summary and tidy CSVs, as small columns. Files that a run does not have are empty tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.language import language
from sim.store import read_csv_lines, read_json

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Columns:
    """A CSV table by column, kept as text until asked for."""

    names: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def __bool__(self) -> bool:
        return bool(self.rows)

    def text(self, name: str) -> list[str]:
        """A column as texts; empty texts if the file has no such column."""
        if name not in self.names:
            return [""] * len(self.rows)
        ix = self.names.index(name)
        return [row[ix] for row in self.rows]

    def numbers(self, name: str) -> Floats:
        """A column as floats; NaN where empty or not a number."""
        return np.array([_float(value) for value in self.text(name)], dtype=np.float64)

    def where(self, **wanted: str) -> Columns:
        """The rows in which each named column has the given text."""
        tests = [(self.names.index(name), value) for name, value in wanted.items() if name in self.names]
        if len(tests) < len(wanted):
            return Columns(self.names)
        return Columns(self.names, tuple(row for row in self.rows if all(row[ix] == value for ix, value in tests)))

    def take(self, indices: Sequence[int]) -> Columns:
        """Some rows, in the given order."""
        return Columns(self.names, tuple(self.rows[i] for i in indices))


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


@dataclass(frozen=True, slots=True)
class Measure:
    """One entry of summary.json."""

    kpi: str
    group: str
    unit: str
    n: int
    mean: float
    half_width: float | None
    minimum: float | None = None
    maximum: float | None = None
    verdict: str | None = None

    @property
    def low(self) -> float:
        """Lower end of the interval; the mean where there is none."""
        return self.mean - (self.half_width or 0.0)

    @property
    def high(self) -> float:
        """Upper end of the interval; the mean where there is none."""
        return self.mean + (self.half_width or 0.0)

    @property
    def has_target(self) -> bool:
        """True if a limit is set."""
        return self.minimum is not None or self.maximum is not None

    @property
    def keys(self) -> dict[str, str]:
        """The group as key and value; empty for 'all'."""
        return dict(pair.split("=", 1) for pair in self.group.split(";") if "=" in pair)


def measures_of(summary: dict[str, Any]) -> tuple[Measure, ...]:
    """The entries of a summary; those without a finite mean are left out unless they carry a target."""
    found = []
    for entry in summary.get("kpis", []):
        target = entry.get("target") or {}
        mean = entry.get("mean")
        half_width = entry.get("half_width")
        measure = Measure(
            kpi=str(entry["kpi"]),
            group=str(entry.get("group") or "all"),
            unit=str(entry.get("unit") or "1"),
            n=int(entry.get("n") or 0),
            mean=math.nan if mean is None else float(mean),
            half_width=None if half_width is None or not math.isfinite(half_width) else float(half_width),
            minimum=target.get("min"),
            maximum=target.get("max"),
            verdict=entry.get("verdict"),
        )
        if math.isfinite(measure.mean) or measure.has_target:
            found.append(measure)
    return tuple(found)


@dataclass(frozen=True)
class RunResults:
    """What a report draws from: one run folder."""

    folder: Path
    manifest: dict[str, Any]
    summary: dict[str, Any]
    tables: dict[str, Columns] = field(default_factory=dict)

    def table(self, name: str) -> Columns:
        """A tidy CSV by its name without ending; empty if the run has none."""
        return self.tables.get(name, Columns())

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        """All entries of the summary."""
        return measures_of(self.summary)

    @cached_property
    def _by_key(self) -> dict[tuple[str, str], Measure]:
        return {(m.kpi, m.group): m for m in self.measures}

    def measure(self, kpi: str, group: str = "all") -> Measure | None:
        """One measure, None if the run does not have it."""
        found = self._by_key.get((kpi, group))
        return found if found is not None and math.isfinite(found.mean) else None

    def grouped(self, kpi: str, key: str) -> list[Measure]:
        """The measure by one group key alone, such as 'region'."""
        return [m for m in self.measures if m.kpi == kpi and list(m.keys) == [key] and math.isfinite(m.mean)]

    @property
    def title(self) -> str:
        """The scenario's title in the language spoken, its name where there is none."""
        return self.told(self.manifest.get("title") or self.name)

    def told(self, text: object) -> str:
        """A text of the scenario in the language spoken, as it is where the scenario has no translation of it."""
        own: dict[str, str] = (self.manifest.get("translations") or {}).get(language()) or {}
        return str(own.get(str(text).strip()) or text)

    @property
    def name(self) -> str:
        """The scenario's name."""
        return str(self.manifest.get("name") or self.summary.get("name") or self.folder.name)

    @property
    def currency(self) -> str:
        """Currency code, '' if none."""
        return str(self.manifest.get("currency") or "")

    @property
    def replications(self) -> int:
        """Number of replications."""
        return int(self.summary.get("replications") or self.manifest.get("replications") or 0)

    @property
    def batches(self) -> int:
        """Number of batches that one long run was cut into, 0 if replications are independent."""
        return int(self.summary.get("batches") or 0)

    @property
    def correlated(self) -> frozenset[tuple[str, str]]:
        """Measures (kpi, group) whose batches are correlated, so that their intervals are too narrow."""
        return frozenset((e["kpi"], e["group"]) for e in self.summary.get("kpis", []) if e.get("trusted") is False)

    @property
    def block(self) -> int:
        """Replications in a row that depend on each other."""
        return int(self.manifest.get("block") or 1)

    @property
    def confidence(self) -> float:
        """Confidence of the intervals, 0 to 1."""
        return float(self.summary.get("confidence") or self.manifest.get("confidence") or 0.95)

    @property
    def length_h(self) -> float:
        """Measured time in hours."""
        return float((self.manifest.get("run") or {}).get("length_h") or 0.0)

    @property
    def warm_up_h(self) -> float:
        """Warm-up in hours."""
        return float((self.manifest.get("run") or {}).get("warm_up_h") or 0.0)

    @cached_property
    def promises(self) -> dict[str, float]:
        """Promised hours by segment; those without a promise are left out."""
        found: dict[str, float] = {}
        for segment in self.manifest.get("segments") or []:
            promise = segment.get("promise_h")
            if promise is not None and 0 < _float(str(promise)) < math.inf:
                found[str(segment["name"])] = float(promise)
        return found

    @property
    def tat_limit_h(self) -> float | None:
        """The limit that turnaround is judged by: the P90 target, else the one promise that all segments share."""
        target = self._by_key.get(("tat.customer.p90", "all"))
        if target is not None and target.maximum is not None:
            return float(target.maximum)
        distinct = set(self.promises.values())
        return distinct.pop() if len(distinct) == 1 else None

    @property
    def tat_limit_word(self) -> str:
        """What `tat_limit_h` is: 'limit' if a target says so, else 'promise'."""
        target = self._by_key.get(("tat.customer.p90", "all"))
        return "limit" if target is not None and target.maximum is not None else "promise"


TABLE_FILES = (
    "stages",
    "tat",
    "daily",
    "halfhour",
    "weekhour",
    "points",
    "flows",
    "parts",
    "money",
    "theory",
    "warmup",
    "kinds",
    "loops",
    "stock",
)
OPTIONAL_FILES = ("variance", "inputs", "input_effects", "antithetic", "controls")  # by options of the run


def read_run(folder: Path) -> RunResults:
    """Read a run folder.

    Raises
    ------
    UsageError
        If the folder has no manifest.json or summary.json, or they are not JSON.
    """
    manifest, summary = read_json(folder / "manifest.json"), read_json(folder / "summary.json")
    names = (*TABLE_FILES, *OPTIONAL_FILES)
    tables = {name: _read_csv(folder / f"{name}.csv") for name in names if (folder / f"{name}.csv").is_file()}
    return RunResults(folder, manifest, summary, tables)


def _read_csv(path: Path) -> Columns:
    rows = list(read_csv_lines(path))
    if not rows:
        return Columns()
    names = tuple(rows[0])
    width = len(names)
    return Columns(names, tuple(tuple(row) for row in rows[1:] if len(row) == width))
