"""Recorded cases of the plan, from the rows of a CSV file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.cells import unguarded
from sim.errors import Mark, did_you_mean
from sim.scenario.compile_names import Names
from sim.scenario.findings import Findings
from sim.scenario.plan import CaseLog, Source
from sim.scenario.schema.quantities import shown


@dataclass(frozen=True)
class ReplayTable:
    """Recorded cases: cell values by column, and the place of a cell by row and column."""

    columns: dict[str, list[Any]]
    mark: Callable[[int, str], Mark]


COLUMNS = ("at_h", "source", "need", "product", "market", "home", "segment", "channel", "age_h", "key")
_MAX_FAULTS = 20


def compile_case_log(table: ReplayTable, names: Names, sources: list[Source], findings: Findings) -> CaseLog:
    """The recorded cases in ascending order of time; equal times keep the order of the file.

    A source is named by its `source` column ('usage/notebook'), or by `need` and `product`. Missing columns take the first
    market, segment and channel, age 0; the home is the market; the key is the row number, spread over 64 bits.
    """
    read = _Reader(table, findings)
    n = len(table.columns["at_h"])
    channels = {c.name: i for i, c in enumerate(names.channels)} | {"walk_in": -1}
    at_h = read.numbers("at_h", n)
    market = read.names("market", names.market_ix, 0, n)
    home = read.names("home", names.market_ix, -1, n)
    order = np.argsort(at_h, kind="stable")
    return CaseLog(
        at_h=at_h[order],
        key=np.array(_keys(table.columns.get("key"), n), np.uint64)[order],
        source_ix=read.sources(names, sources, n)[order],
        market_ix=market[order],
        home_ix=np.where(home < 0, market, home).astype(np.int32)[order],
        segment_ix=read.names("segment", names.segment_ix, 0, n).astype(np.int16)[order],
        channel_ix=read.names("channel", channels, 0 if names.channels else -1, n).astype(np.int16)[order],
        age_h=read.numbers("age_h", n)[order],
    )


def _keys(column: list[Any] | None, n: int) -> list[int]:
    mask = (1 << 64) - 1
    if column is not None:
        return [int(k) & mask for k in column]
    return [(k * 0x9E3779B97F4A7C15) & mask for k in range(1, n + 1)]


class _Reader:
    """Reads columns and notes the first faults of the table; a wrong column would repeat in every row."""

    def __init__(self, table: ReplayTable, findings: Findings) -> None:
        self._table = table
        self._findings = findings
        self._count = 0

    def _fault(self, code: str, row: int, column: str, message: str, suggestion: str = "") -> None:
        self._count += 1
        if self._count <= _MAX_FAULTS:
            mark = self._table.mark(row, column)
            self._findings.fault(code, ("replay", "from"), message, suggestion, mark=mark)

    def numbers(self, column: str, n: int) -> NDArray[np.float64]:
        """Hours of 0 or more; an empty cell of any column but at_h is 0."""
        found = np.zeros(n)
        for row, value in enumerate(self._table.columns.get(column, ())):
            if value is None and column != "at_h":
                continue
            if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
                self._fault("E102", row, column, f"{column} should be a number of hours, 0 or more, not {shown(value)}")
            else:
                found[row] = value
        return found

    def names(self, column: str, index: dict[str, int], default: int, n: int) -> NDArray[np.int32]:
        """Indices of the names in a column; an empty cell is the default."""
        return self._lookup(self._table.columns.get(column), column, column, index, default, n)

    def sources(self, names: Names, sources: list[Source], n: int) -> NDArray[np.int32]:
        """Indices of the sources, named whole or by need and product."""
        index = {s.name: i for i, s in enumerate(sources)}
        columns = self._table.columns
        if "source" in columns:
            return self._lookup(columns["source"], "source", "source of cases", index, 0, n)
        products = columns.get("product") or [None] * n
        whole = [f"{need}/{product or names.products[0]}" for need, product in zip(columns["need"], products, strict=True)]
        return self._lookup(whole, "need", "case type and product", index, 0, n)

    def _lookup(
        self, values: list[Any] | None, column: str, what: str, index: dict[str, int], default: int, n: int
    ) -> NDArray[np.int32]:
        found = np.full(n, default, np.int32)
        for row, value in enumerate(values or ()):
            if value is None:
                continue
            ix = index.get(str(value), index.get(unguarded(str(value))))
            if ix is None:
                self._fault("E501", row, column, f"unknown {what} '{value}'", did_you_mean(str(value), index))
            else:
                found[row] = ix
        return found
