"""Reads the tables of a replication in blocks, so that memory does not grow with their length."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.columns import TABLES, dtype

BLOCK_ROWS = 1 << 18


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

    def blocks(self, rows: int = BLOCK_ROWS) -> Iterator[NDArray[np.void]]:
        """The rows in order, at most `rows` at a time; plain reads, so that the pages do not count as memory of ours."""
        if self._rows is not None:
            for first in range(0, self._length, rows):
                yield self._rows[first : first + rows]
            return
        assert self._path is not None
        with self._path.open("rb") as stream:
            stream.seek(self._offset)
            for first in range(0, self._length, rows):
                yield np.fromfile(stream, self.dtype, min(rows, self._length - first))

    def columns(self, *names: str) -> list[NDArray[Any]]:
        """Whole columns as compact arrays."""
        found: list[NDArray[Any]] = [np.empty(self._length, self.dtype[name]) for name in names]
        first = 0
        for block in self.blocks():
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
