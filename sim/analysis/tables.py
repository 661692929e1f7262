"""Reads the tables of a replication in blocks, so that memory does not grow with their length."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from sim.columns import TABLES, dtype

BLOCK_ROWS = 1 << 18
_UNPACKED = 1 << 12  # records unpacked together


class Block:
    """Rows of a table as compact columns: ``block["kind"]`` is a column, ``block[mask]`` a block of the chosen rows.

    Records are unpacked a few thousand at a time, while they are in the processor's cache; a chosen column is made when it is
    first asked for.
    """

    __slots__ = ("_all", "_chosen", "_columns", "_length")

    def __init__(self, rows: NDArray[np.void]) -> None:
        self._length = len(rows)
        self._all: Block | None = None
        self._chosen: NDArray[Any] | None = None
        self._columns: dict[str, NDArray[Any]] = {n: np.empty(len(rows), rows.dtype[n]) for n in rows.dtype.names or ()}
        for first in range(0, len(rows), _UNPACKED):
            piece = rows[first : first + _UNPACKED]
            for name, column in self._columns.items():
                column[first : first + _UNPACKED] = piece[name]

    @overload
    def __getitem__(self, key: str) -> NDArray[Any]: ...
    @overload
    def __getitem__(self, key: NDArray[Any]) -> Block: ...
    def __getitem__(self, key: str | NDArray[Any]) -> NDArray[Any] | Block:
        """A column by name, or the rows of a mask or of indices."""
        if isinstance(key, str):
            column = self._columns.get(key)
            if column is None:
                if self._all is None or self._chosen is None:
                    raise KeyError(key)
                column = self._columns[key] = self._all[key][self._chosen]
            return column
        if key.dtype == bool and key.all():
            return self
        block = Block.__new__(Block)
        block._all, block._chosen, block._columns = self, key, {}
        block._length = int(np.count_nonzero(key)) if key.dtype == bool else len(key)
        return block

    def __len__(self) -> int:
        return self._length


class Table:
    """Rows of one table, from a .npy file or from memory.

    Parameters
    ----------
    source
        Path of a one-dimensional structured .npy file, or such an array.
    """

    def __init__(self, source: Path | NDArray[np.void]) -> None:
        self._path: Path | None = None
        self._rows: NDArray[np.void] | None = None
        if isinstance(source, Path):
            self._path = source
            self.dtype, self._length, self._offset = _npy_shape(source)
        else:
            self._rows = source
            self.dtype, self._length, self._offset = source.dtype, len(source), 0

    @property
    def folder(self) -> Path | None:
        """Folder of the file; None for rows in memory."""
        return None if self._path is None else self._path.parent

    def __len__(self) -> int:
        return self._length

    def blocks(self, rows: int = BLOCK_ROWS) -> Iterator[Block]:
        """The rows in order, at most `rows` at a time."""
        return map(Block, self._records(rows))

    def _records(self, rows: int) -> Iterator[NDArray[np.void]]:
        """Plain reads, so that the pages do not count as memory of ours."""
        if self._rows is not None:
            for first in range(0, self._length, rows):
                yield self._rows[first : first + rows]
            return
        assert self._path is not None
        with self._path.open("rb") as stream:
            stream.seek(self._offset)
            for first in range(0, self._length, rows):
                yield np.fromfile(stream, self.dtype, min(rows, self._length - first))

    def records(self) -> NDArray[np.void]:
        """All rows for random access; those of a file are mapped, not read."""
        if self._rows is not None:
            return self._rows
        assert self._path is not None
        if self._length == 0:
            return np.empty(0, self.dtype)
        rows: NDArray[np.void] = np.load(self._path, mmap_mode="r")
        return rows

    def columns(self, *names: str) -> list[NDArray[Any]]:
        """Whole columns as compact arrays."""
        found: list[NDArray[Any]] = [np.empty(self._length, self.dtype[name]) for name in names]
        first = 0
        for block in self._records(BLOCK_ROWS):
            for array, name in zip(found, names, strict=True):
                array[first : first + len(block)] = block[name]
            first += len(block)
        return found


def _npy_shape(path: Path) -> tuple[np.dtype[np.void], int, int]:
    with path.open("rb") as stream:
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, kind = read(stream)
        return kind, int(shape[0]), stream.tell()


def open_tables(folder: Path) -> dict[str, Table]:
    """All tables of `sim.columns` in a folder; a missing file is an empty table."""
    return {
        name: Table(path) if (path := folder / f"{name}.npy").is_file() else Table(np.empty(0, dtype(name))) for name in TABLES
    }


def tables_of(**rows: NDArray[np.void]) -> dict[str, Table]:
    """Tables from arrays; those not given are empty."""
    return {name: Table(rows[name] if name in rows else np.empty(0, dtype(name))) for name in TABLES}
