"""Row buffers that spill to growing .npy files, so that long runs need little memory."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

_HEADER = 4096
_ROWS = 16384


class TableWriter:
    """One table. `row` is a bound ``list.extend``: call it with one tuple of plain numbers a row, in column order.

    Call `spill` now and then (the recorder's clock event does) and `close` at the end.
    """

    def __init__(self, path: Path, dtype: np.dtype[np.void]) -> None:
        self.dtype = dtype
        self.path = path
        self.rows = 0
        self._flat: list[float] = []
        self.row = self._flat.extend
        self._file: BinaryIO | None = None

    def spill(self, at_least: int = _ROWS) -> None:
        """Write buffered rows out when there are at least that many."""
        width = len(self.dtype.names or ())
        if len(self._flat) < at_least * width or not self._flat:
            return
        flat = np.array(self._flat, dtype=np.float64).reshape(-1, width)
        self._flat.clear()
        block = np.empty(len(flat), self.dtype)
        for i, name in enumerate(self.dtype.names or ()):
            block[name] = flat[:, i]
        self.append(block)

    def append(self, block: NDArray[np.void]) -> None:
        """Write a ready block of rows."""
        if self._file is None:
            self._file = self.path.open("wb")
            self._file.write(b"\0" * _HEADER)
        self._file.write(block.tobytes())
        self.rows += len(block)

    def close(self) -> None:
        """Write what is left and the header."""
        self.spill(0)
        if self._file is None:
            np.save(self.path, np.empty(0, self.dtype))
            return
        self._file.seek(0)
        self._file.write(_npy_header(self.dtype, self.rows))
        self._file.close()


def _npy_header(dtype: np.dtype[np.void], rows: int) -> bytes:
    """A version 2 .npy header padded to the fixed size reserved for it."""
    text = repr({"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": (rows,)})
    body = text.encode("latin1").ljust(_HEADER - 13) + b"\n"
    return b"\x93NUMPY\x02\x00" + (_HEADER - 12).to_bytes(4, "little") + body


class Recorder:
    """The tables of one replication, written to a folder.

    Parameters
    ----------
    folder
        Existing folder that receives ``<table>.npy``.
    tables
        Names and types of the tables to keep, e.g. from :mod:`sim.columns`.
    """

    def __init__(self, folder: Path, tables: dict[str, np.dtype[np.void]]) -> None:
        self.tables = {name: TableWriter(folder / f"{name}.npy", dt) for name, dt in tables.items()}

    def __getitem__(self, table: str) -> TableWriter:
        return self.tables[table]

    def spill(self) -> None:
        """Spill every long buffer."""
        for table in self.tables.values():
            table.spill()

    def close(self) -> None:
        """Close all files; afterwards they are ordinary .npy files (``np.load(..., mmap_mode='r')``)."""
        for table in self.tables.values():
            table.close()
