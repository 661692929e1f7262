"""Writes the Parquet logs of a replication in blocks, so that memory does not grow with their length."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.log_columns import LOGS, Log, LogColumn, Rows
from sim.analysis.tables import Table
from sim.analysis.window import window_of
from sim.errors import UsageError
from sim.scenario.plan import Plan

ROW_GROUP = 1 << 16
_LAST = np.datetime64("9999-12-31")  # later instants have no timestamp
_TYPES = {"i1": "int8", "i2": "int16", "i4": "int32", "i8": "int64"}


def require_pyarrow() -> Any:
    """pyarrow with its Parquet module.

    Raises
    ------
    UsageError
        If it is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise UsageError("Parquet logs (--log) need pyarrow: pip install 'sparesim[data]'") from None
    return pyarrow


def write_parquet(plan: Plan, tables: dict[str, Table], name: str, path: Path, replication: int) -> int:
    """Write one log.

    Parameters
    ----------
    plan
        What was simulated.
    tables
        The raw tables of the replication, with cases where the log joins them.
    name
        Of `LOGS`.
    path
        File to write. The bytes depend on the rows and the version of pyarrow only: no time of writing is kept.
    replication
        Its number, a column of the log.

    Returns
    -------
    Number of rows.
    """
    pyarrow = require_pyarrow()
    log, window = LOGS[name], window_of(plan)
    encoders = [_Encoder(pyarrow, plan, column, tables[log.table].dtype) for column in log.columns]
    schema = _schema(pyarrow, plan, name, log, encoders)
    cases = _CaseRows(tables["cases"]) if log.joins_cases else None
    count = 0
    with pyarrow.parquet.ParquetWriter(path, schema, compression="zstd", version="2.6") as writer:
        for block in tables[log.table].blocks(ROW_GROUP):
            joined = np.empty(0, np.dtype([])) if cases is None else cases.of(block["case"])
            rows = Rows(plan, window, block, joined)
            number = pyarrow.array(np.full(len(block), replication, np.int32))
            columns = [number, *(encoder.column(rows) for encoder in encoders)]
            writer.write_table(pyarrow.Table.from_arrays(columns, schema=schema), row_group_size=ROW_GROUP)
            count += len(block)
    return count


def _schema(pyarrow: Any, plan: Plan, name: str, log: Log, encoders: list[_Encoder]) -> Any:
    fields = [_field(pyarrow, "replication", pyarrow.int32(), "", "number of the replication, from 0")]
    for column, encoder in zip(log.columns, encoders, strict=True):
        unit = plan.currency if column.unit == "money" else column.unit
        fields.append(_field(pyarrow, column.name, encoder.type, unit, column.meaning))
    facts = {"log": name, "about": log.about, "scenario": plan.name, "plan": plan.digest, "start": f"{plan.run.start}T00:00:00Z"}
    return pyarrow.schema(fields, metadata={f"sparesim.{key}": value for key, value in facts.items()})


def _field(pyarrow: Any, name: str, kind: Any, unit: str, meaning: str) -> Any:
    return pyarrow.field(name, kind, metadata={"unit": unit, "meaning": meaning})


class _Encoder:
    """Turns one column of raw rows into an Arrow array."""

    def __init__(self, pyarrow: Any, plan: Plan, column: LogColumn, raw: np.dtype[np.void]) -> None:
        self._pyarrow, self._column = pyarrow, column
        self._start = np.datetime64(plan.run.start, "us")
        if column.kind == "text":
            assert column.names is not None
            names = column.names(plan)
            known: dict[str, int] = {}
            # names that occur twice are one entry: pandas refuses a dictionary with duplicates
            self._code = np.array([known.setdefault(text, len(known)) for text in names] or [0], np.int32)
            self._size = len(names)
            self._names = pyarrow.array(list(known), pyarrow.string())
        own = raw[column.name].str[1:] if column.kind == "int" and column.name in (raw.names or ()) else "i8"
        self.type = {
            "text": lambda: pyarrow.dictionary(pyarrow.int32(), pyarrow.string()),
            "float": pyarrow.float64,
            "int": lambda: getattr(pyarrow, _TYPES[own])(),
            "flag": pyarrow.bool_,
            "utc": lambda: pyarrow.timestamp("us", tz="UTC"),
            "key": pyarrow.uint64,
        }[column.kind]()

    def column(self, rows: Rows) -> Any:
        """The rows of this column."""
        values = self._column.take(rows)
        kind, array = self._column.kind, self._pyarrow.array
        if kind == "text":
            codes = values.astype(np.int64)
            unknown = (codes < 0) | (codes >= self._size)
            codes = array(self._code[np.where(unknown, 0, codes)], mask=unknown)
            return self._pyarrow.DictionaryArray.from_arrays(codes, self._names)
        if kind == "float":
            return array(values.astype(np.float64), mask=~np.isfinite(values))
        if kind == "utc":
            stamps = utc_stamps(values, self._start, "us")
            return array(stamps.view(np.int64), mask=np.isnat(stamps)).cast(self._pyarrow.int64()).cast(self.type)
        mask = np.ma.getmaskarray(values) if isinstance(values, np.ma.MaskedArray) else None
        return array(np.ascontiguousarray(np.ma.getdata(values)), self.type, mask=mask)


def utc_stamps(hours: NDArray[np.float64], start: np.datetime64, unit: str) -> NDArray[np.datetime64]:
    """Clock hours as UTC timestamps, rounded to the unit ('us', 'ms'); NaT for NaN, infinity and beyond the year 9999."""
    per_hour = {"us": 3.6e9, "ms": 3.6e6}[unit]
    first = start.astype(f"datetime64[{unit}]")
    last = (_LAST.astype(first.dtype) - first).astype(np.int64) / per_hour
    known = np.isfinite(hours) & (hours < last)
    ticks = np.rint(np.where(known, hours, 0.0) * per_hour).astype(np.int64)
    stamps: NDArray[np.datetime64] = first + ticks.astype(f"timedelta64[{unit}]")
    stamps[~known] = np.datetime64("NaT")
    return stamps


class _CaseRows:
    """Records of cases by number; a file is mapped, so that only what is looked at is in memory."""

    def __init__(self, cases: Table) -> None:
        self._rows = cases.records()

    def of(self, numbers: NDArray[Any]) -> NDArray[np.void]:
        """The records of some cases (numbers from 0, each of which has a record)."""
        found: NDArray[np.void] = self._rows[numbers]
        return found
