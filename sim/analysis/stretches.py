"""Rows set aside by number, to be looked at a stretch of numbers at a time: large tables wait in a file."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.analysis.window import Ints

STRETCH = 1 << 18  # cases or requests looked at together
_IN_MEMORY = 1 << 25  # bytes that wait in memory before a file is used


class Stretches:
    """Rows by stretch; memory is needed for one stretch only.

    Parameters
    ----------
    dtype
        Type of the rows, structured.
    folder
        Where the file goes; None: the system's place for temporary files.
    """

    def __init__(self, dtype: np.dtype[np.void], folder: Path | None = None) -> None:
        self._dtype = dtype
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=None if folder is None else str(folder))  # noqa: SIM115  # `close` removes it
        self._pieces: dict[int, list[tuple[int, int]]] = {}  # stretch -> (place in the file, bytes)

    def put_by_number(self, numbers: Ints, rows: NDArray[np.void]) -> None:
        """Set rows aside by number: rows with the same one are in the same stretch."""
        self.put(numbers // STRETCH, rows)

    def put(self, stretch: Ints, rows: NDArray[np.void]) -> None:
        """Set rows aside, each for its stretch; those of one stretch keep their order."""
        if len(rows) == 0:
            return
        ascending, sorted_rows = stretch, rows
        if (stretch[1:] < stretch[:-1]).any():
            order = np.argsort(stretch, kind="stable")
            whole = rows.view(np.dtype((np.void, rows.dtype.itemsize)))  # records are moved whole, not column by column
            ascending, sorted_rows = stretch[order], whole[order]
        heads = np.flatnonzero(np.concatenate(([True], ascending[1:] != ascending[:-1])))
        at = self._file.seek(0, 2)
        for first, last in zip(heads.tolist(), [*heads[1:].tolist(), len(rows)], strict=True):
            size = (last - first) * self._dtype.itemsize
            self._pieces.setdefault(int(ascending[first]), []).append((at, size))
            at += size
        self._file.write(sorted_rows.tobytes())

    def numbers(self) -> list[int]:
        """The stretches that have rows, ascending."""
        return sorted(self._pieces)

    def rows(self, stretch: int) -> NDArray[np.void]:
        """The rows of a stretch, in the order in which they came."""
        found = []
        for at, size in self._pieces.get(stretch, ()):
            self._file.seek(at)
            found.append(self._file.read(size))
        return np.frombuffer(b"".join(found), self._dtype)

    def close(self) -> None:
        """Remove the file."""
        self._file.close()
