"""The stored results of a sweep, and what is computed from them."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.axes import Axis, setting_of
from sim.analysis.metamodel import Metamodel, Prediction, chosen_kind, fit_metamodel
from sim.analysis.sensitivity import whole_replications
from sim.display import ShownSweep
from sim.errors import UsageError, did_you_mean
from sim.store import read_csv, read_csv_lines, read_json

if TYPE_CHECKING:
    import pandas

Floats = NDArray[np.float64]
Key = tuple[str, str]


def key_text(kpi: str, group: str) -> str:
    """A measure as it is written in targets: 'kpi' or 'kpi[site=a]'."""
    return kpi if group == "all" else f"{kpi}[{group}]"


class SweepResults(ShownSweep):
    """A sweep on disk.

    Parameters
    ----------
    folder
        Folder with sweep.json, sweep.csv and points.csv.

    Raises
    ------
    UsageError
        If it is none.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        if not (self.folder / "sweep.json").is_file():
            raise UsageError(f"{self.folder}: not a sweep, sweep.json is missing")
        self.data: dict[str, Any] = read_json(self.folder / "sweep.json")
        self._models: dict[tuple[Key, str], Metamodel | None] = {}
        self._temporary: tempfile.TemporaryDirectory[str] | None = None

    def keep_with(self, temporary: tempfile.TemporaryDirectory[str]) -> SweepResults:
        """Tie a temporary folder to the life of this object."""
        self._temporary = temporary
        return self

    def __repr__(self) -> str:
        names = ", ".join(axis.name for axis in self.axes)
        return f"<Sweep of {self.data['name']}: {len(self.points)} points of {names} in {self.folder}>"

    @property
    def design(self) -> str:
        """Name of the design."""
        return str(self.data["design"])

    @property
    def confidence(self) -> float:
        """Confidence of the intervals."""
        return float(self.data["confidence"])

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        """The factors."""
        return tuple(Axis.of(factor) for factor in self.data["factors"])

    @property
    def points(self) -> list[dict[str, Any]]:
        """The points as sweep.json has them: number, values, sets, results, verdicts."""
        points: list[dict[str, Any]] = self.data["points"]
        return points

    @cached_property
    def rows(self) -> Floats:
        """[points, factors] on the axes; NaN where a factor is as in the scenario."""
        return np.array([[math.nan if v is None else v for v in p["coordinates"]] for p in self.points], np.float64)

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        """The measures, (kpi, group)."""
        return tuple((m["kpi"], m["group"]) for m in self.data["measures"])

    def key_of(self, kpi: str | None = None, group: str = "all") -> Key:
        """A measure of the sweep; None stands for the first.

        Raises
        ------
        UsageError
            If the sweep does not have it.
        """
        if kpi is None:
            return self.keys[0]
        if (kpi, group) in self.keys:
            return kpi, group
        texts = [key_text(*key) for key in self.keys]
        hint = did_you_mean(key_text(kpi, group), texts) or f"it has {', '.join(texts)}"
        raise UsageError(f"the sweep has no measure '{key_text(kpi, group)}'; {hint}")

    def unit_of(self, key: Key) -> str:
        """Unit of a measure."""
        return str(self.data["measures"][self.keys.index(key)]["unit"])

    @cached_property
    def _values(self) -> dict[Key, Floats]:
        shape = (len(self.points), int(self.data["replications"]))
        found = {key: np.full(shape, np.nan) for key in self.keys}
        ahead = 1 + len(self.axes)
        for row in read_csv(self.folder / "sweep.csv"):
            kpi, group, _, value = row[ahead + 1 :]
            found[kpi, group][int(row[0]), int(row[ahead])] = float(value)
        return found

    def values(self, kpi: str | None = None, group: str = "all") -> Floats:
        """[points, replications] of a measure; NaN where a replication has none."""
        return self._values[self.key_of(kpi, group)]

    def means(self, kpi: str | None = None, group: str = "all") -> Floats:
        """Mean of a measure at each point; NaN where there is none."""
        return self._column(self.key_of(kpi, group), "mean")

    def half_widths(self, kpi: str | None = None, group: str = "all") -> Floats:
        """Half width of the interval at each point; NaN where there is none."""
        return self._column(self.key_of(kpi, group), "half_width")

    def _column(self, key: Key, name: str) -> Floats:
        at = self.keys.index(key)
        found = [p["results"][at][name] for p in self.points]
        return np.array([math.nan if x is None else x for x in found], np.float64)

    def metamodel(self, kpi: str | None = None, group: str = "all", kind: str = "auto") -> Metamodel:
        """A metamodel of a measure, fitted when first asked for.

        Raises
        ------
        UsageError
            If there can be none: a design without values for all factors, too few points, a measure that does not vary.
        """
        key = self.key_of(kpi, group)
        found = self.metamodel_or_none(key, chosen_kind(kind, len(self.points)))
        if found is None:
            why = "the points are too few, or it does not vary over them"
            if self.design == "one-at-a-time":
                why = "a design that changes one factor at a time does not show how factors act together"
            raise UsageError(f"no metamodel of {key_text(*key)}: {why}")
        return found

    def metamodel_or_none(self, key: Key, kind: str) -> Metamodel | None:
        """As `metamodel`, None where there can be none; `kind` is 'gp' or 'quadratic'."""
        if (key, kind) not in self._models:
            values = whole_replications(self._values[key])
            usable = not np.isnan(self.rows).any() and not np.isnan(values).any()
            self._models[key, kind] = fit_metamodel(self.axes, self.rows, values, kind) if usable else None
        return self._models[key, kind]

    def predict(self, setting: Mapping[str, Any], kpi: str | None = None, group: str = "all", kind: str = "auto") -> Prediction:
        """A measure at any point inside the swept ranges.

        Parameters
        ----------
        setting
            A value for each factor: a number in the factor's unit, a text such as '3 days', or a choice.
        kpi, group
            The measure; the first of the sweep by default.
        kind
            'gp', 'quadratic', or 'auto': a Gaussian process where scikit-learn is installed.

        Raises
        ------
        UsageError
            If a value is missing or outside its range, or there can be no metamodel.
        """
        row = setting_of(self.axes, setting)
        mean, half_width = self.metamodel(kpi, group, kind).predict(row, self.confidence)
        unit = self.unit_of(self.key_of(kpi, group))
        return Prediction(float(mean[0]), float(half_width[0]), unit, self.confidence)

    def frame(self, name: str = "points") -> pandas.DataFrame:
        """points.csv ('points') or sweep.csv ('sweep', every replication) as a pandas DataFrame (extra 'frames')."""
        if name not in ("points", "sweep"):
            raise UsageError(f"no table '{name}'; there are points and sweep")
        try:
            import pandas
        except ImportError:
            raise UsageError("frame() needs pandas: pip install 'sparesim[frames]'") from None
        frame: pandas.DataFrame = pandas.read_csv(self.folder / f"{name}.csv", keep_default_na=False, na_values=[""])
        return frame

    def header(self, name: str = "points") -> list[str]:
        """Names of the columns of a table."""
        return next(read_csv_lines(self.folder / f"{name}.csv"))
