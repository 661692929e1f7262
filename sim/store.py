"""Run folders on disk, and the Study that reads them.

Text files are UTF-8 with newline ends; every number is written with `repr`, so that it reads back exactly. Names that begin like
a formula are guarded in CSV files (`sim.cells`) and read back as they are. Files appear whole or not at all: written beside
their place, synced, renamed.
"""

from __future__ import annotations

import csv
import errno
import json
import math
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.cells import guarded, unguarded
from sim.display import ShownStudy
from sim.errors import UsageError

if TYPE_CHECKING:
    import pandas

RUNS = Path("results/runs")
FORMAT = 1
REPLICATION_COLUMNS = ("scenario", "replication", "kpi", "group", "unit", "value")


def text_of(value: Any) -> str:
    """A cell of a CSV file: floats by repr, empty for None and NaN, texts guarded against being read as formulas."""
    kind = type(value)
    if kind is str:
        return guarded(value)
    if kind is float:
        return repr(value) if value == value else ""
    if value is None:
        return ""
    if isinstance(value, (float, np.floating)):
        return "" if math.isnan(value) else repr(float(value))
    return str(int(value)) if isinstance(value, (bool, np.integer)) else guarded(str(value))


def write_bytes(path: Path, data: bytes, *, sync: bool = True) -> None:
    """Write a file whole: temporary neighbour, sync (unless the caller syncs later), rename."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            if sync:
                os.fsync(stream.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_output(path: Path, data: bytes) -> Path:
    """Write a file that somebody asked for by name, with its folder.

    Raises
    ------
    UsageError
        If it cannot stand there. A full disk stays the `OSError` it is.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, data)
    except OSError as fault:
        if fault.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise UsageError(f"cannot write {path}: {fault.strerror or fault}") from None
    return path


def write_json(path: Path, value: Any, indent: int | None = 1, *, sync: bool = True) -> None:
    """Write a JSON file; NaN and infinities are refused."""
    separators = (",", ": ") if indent is not None else (",", ":")
    text = json.dumps(value, indent=indent, separators=separators, ensure_ascii=False, allow_nan=False)
    write_bytes(path, (text + "\n").encode(), sync=sync)


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]], *, sync: bool = True) -> None:
    """Write a CSV file row by row, in constant memory."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow([guarded(name) for name in header])
            writer.writerows([text_of(value) for value in row] for row in rows)
            stream.flush()
            if sync:
                os.fsync(stream.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_csv(path: Path) -> Iterator[list[str]]:
    """Rows of a CSV file without its header."""
    rows = read_csv_lines(path)
    next(rows, None)
    yield from rows


def read_csv_lines(path: Path) -> Iterator[list[str]]:
    """Rows of a CSV file that `write_csv` wrote, its header first; texts as they were."""
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.reader(stream):
            yield [unguarded(cell) for cell in row]


def read_json(path: Path) -> Any:
    """A JSON file.

    Raises
    ------
    UsageError
        If there is none or it is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"{path.parent}: not a run folder, {path.name} is missing") from None
    except json.JSONDecodeError as fault:
        raise UsageError(f"{path}: not JSON ({fault.msg} at line {fault.lineno})") from None


def replication_folder(folder: Path, replication: int) -> Path:
    """Where a replication (from 0) of a run is kept."""
    return folder / "replications" / f"{replication:04d}"


class Study(ShownStudy):
    """The stored results of one scenario.

    Parameters
    ----------
    folder
        A run folder.

    Raises
    ------
    UsageError
        If the folder is no run folder.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        self.manifest: dict[str, Any] = read_json(self.folder / "manifest.json")
        self._temporary: tempfile.TemporaryDirectory[str] | None = None

    def keep_with(self, temporary: tempfile.TemporaryDirectory[str]) -> Study:
        """Tie a temporary folder to the life of this object."""
        self._temporary = temporary
        return self

    def __repr__(self) -> str:
        return f"<Study {self.name} of {self.replications} replications in {self.folder}>"

    @property
    def name(self) -> str:
        """Name of the scenario."""
        return str(self.manifest["name"])

    @property
    def digest(self) -> str:
        """Digest of all that determines the tables."""
        return str(self.manifest["digest"])

    @property
    def seed(self) -> int:
        """Master seed."""
        return int(self.manifest["seed"])

    @property
    def replications(self) -> int:
        """Number of replications."""
        return int(self.manifest["replications"])

    @property
    def batches(self) -> int:
        """Number of batches that one long run was cut into, 0 if replications are independent."""
        return int(self.manifest.get("batches") or 0)

    @property
    def samples(self) -> int:
        """Number of values that a measure has: batches, or replications."""
        return self.batches or self.replications

    @property
    def block(self) -> int:
        """Replications in a row that depend on each other; means of such blocks are the independent values."""
        return int(self.manifest.get("block", 1))

    @property
    def confidence(self) -> float:
        """Confidence of the intervals."""
        return float(self.manifest["confidence"])

    @property
    def level(self) -> float:
        """Level of the single intervals: above the confidence where a goal of precision was looked at several times."""
        return float((self.manifest.get("stopping") or {}).get("level") or self.confidence)

    @cached_property
    def plan(self) -> dict[str, Any]:
        """The resolved plan as plain data."""
        plan: dict[str, Any] = read_json(self.folder / "plan.json")
        return plan

    @cached_property
    def summary(self) -> dict[str, Any]:
        """summary.json: mean, half width, target and verdict of every measure."""
        summary: dict[str, Any] = read_json(self.folder / "summary.json")
        return summary

    @cached_property
    def kpis(self) -> NDArray[np.void]:
        """The summary as a structured array (kpi, group, unit, n, mean, half_width, verdict); half_width may be NaN."""
        entries = self.summary["kpis"]
        texts = {key: [str(e[key] or "") for e in entries] for key in ("kpi", "group", "unit", "verdict")}
        width = {key: max((len(t) for t in found), default=1) or 1 for key, found in texts.items()}
        kind = np.dtype(
            [(k, f"U{width[k]}") for k in ("kpi", "group", "unit")]
            + [("n", "i8"), ("mean", "f8"), ("half_width", "f8"), ("verdict", f"U{width['verdict']}")]
        )
        table = np.empty(len(entries), kind)
        for key, found in texts.items():
            table[key] = found
        for key in ("n", "mean", "half_width"):
            table[key] = [np.nan if e[key] is None else e[key] for e in entries]
        return table

    @cached_property
    def intervals(self) -> NDArray[np.void]:
        """intervals.csv as a structured array (kpi, group, unit, kind, estimate, low, high, n); ends may be NaN.

        Raises
        ------
        UsageError
            If the run has none: it was made by an older version.
        """
        path = self.folder / "intervals.csv"
        if not path.is_file():
            raise UsageError(f"{self.folder} has no intervals.csv; run it again")
        rows = list(read_csv(path))
        texts = ("kpi", "group", "unit", "kind")
        width = {name: max((len(row[i]) for row in rows), default=1) or 1 for i, name in enumerate(texts)}
        kind = [(name, f"U{width[name]}") for name in texts] + [(name, "f8") for name in ("estimate", "low", "high")]
        table = np.empty(len(rows), np.dtype([*kind, ("n", "i8")]))
        for i, name in enumerate(table.dtype.names or ()):
            column = [row[i] for row in rows]
            table[name] = column if name in texts else [float(text) if text else math.nan for text in column]
        return table

    @cached_property
    def _values(self) -> dict[tuple[str, str], NDArray[np.float64]]:
        found: dict[tuple[str, str], NDArray[np.float64]] = {}
        n = self.samples
        for _, replication, kpi, group, _, value in read_csv(self.folder / "replications.csv"):
            values = found.get((kpi, group))
            if values is None:
                values = found[kpi, group] = np.full(n, np.nan)
            values[int(replication)] = float(value)
        return found

    @property
    def measures(self) -> list[tuple[str, str]]:
        """All (kpi, group) that any replication has, in order."""
        return list(self._values)

    def values(self, kpi: str, group: str = "all") -> NDArray[np.float64]:
        """One value a replication (or batch of one long run); NaN where it has none.

        Raises
        ------
        KeyError
            If no replication has the measure.
        """
        try:
            return self._values[kpi, group]
        except KeyError:
            near = sorted(g for k, g in self._values if k == kpi)
            hint = f"; its groups are {', '.join(near[:8])}" if near else ""
            raise KeyError(f"no measure '{kpi}' for group '{group}'{hint}") from None

    def mean(self, kpi: str, group: str = "all") -> float:
        """Mean over the replications that have the measure."""
        return float(np.nanmean(self.values(kpi, group)))

    def table(self, name: str) -> NDArray[np.void]:
        """A tidy file such as 'stages' or 'points' as a structured array; columns of numbers are floats, NaN where empty."""
        path = self.folder / f"{name}.csv"
        if not path.is_file():
            raise UsageError(f"{self.folder} has no {name}.csv")
        header, *rows = read_csv_lines(path)
        columns = [_column([row[i] for row in rows]) for i in range(len(header))]
        table = np.empty(len(rows), np.dtype([(n, c.dtype) for n, c in zip(header, columns, strict=True)]))
        for n, c in zip(header, columns, strict=True):
            table[n] = c
        return table

    def frame(self, name: str = "replications") -> pandas.DataFrame:
        """A tidy file as a pandas DataFrame (needs the extra 'frames'); the column `replication` holds whole numbers.

        Raises
        ------
        UsageError
            If pandas is not installed.
        """
        try:
            import pandas
        except ImportError:
            raise UsageError("frame() needs pandas: pip install 'sparesim[frames]'") from None
        table = self.table(name)
        columns = {n: table[n].astype(np.int64) if n == "replication" else table[n] for n in table.dtype.names or ()}
        return pandas.DataFrame(columns)


def _column(texts: list[str]) -> NDArray[Any]:
    try:
        return np.array([float(t) if t else math.nan for t in texts], np.float64)
    except ValueError:
        return np.array(texts, dtype=np.str_)
