"""Row buffers that spill to growing .npy files, so that long runs need little memory."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from sim.native import fast

_HEADER = 4096
_ROWS = 16384
_CODES = {"|i1": "b", "<i2": "h", "<i4": "i", "<i8": "q", "<u8": "Q", "<f8": "d"}


class PureRowBuffer:
    """Rows of numbers in a flat list; the compiled one (`sim/_fast.c`) packs each row at once.

    Parameters
    ----------
    codes
        Type of each column as a letter of the struct module: b, h, i, q, Q or d.
    """

    def __init__(self, codes: str) -> None:
        self._codes = codes
        self._flat: list[float] = []
        self.row = self._flat.extend

    def take(self) -> bytes:
        """All rows as packed bytes; the buffer is empty then."""
        values = struct.pack("<" + self._codes * len(self), *self._flat)
        self._flat.clear()
        return values

    def __len__(self) -> int:
        return len(self._flat) // len(self._codes)


RowBuffer: Any = PureRowBuffer if fast is None else fast.RowBuffer


class TableWriter:
    """One table. Call `row` with one tuple of plain numbers a row, in column order.

    Call `spill` now and then (the recorder's clock event does) and `close` at the end.
    """

    def __init__(self, path: Path, dtype: np.dtype[np.void]) -> None:
        self.dtype = dtype
        self.path = path
        self.rows = 0
        self._buffer = RowBuffer("".join(_CODES[dtype[name].str] for name in dtype.names or ()))
        self.row: Callable[[tuple[float, ...]], None] = self._buffer.row
        self._file: BinaryIO | None = None

    def spill(self, at_least: int = _ROWS) -> None:
        """Write buffered rows out when there are at least that many."""
        if len(self._buffer) < at_least or not len(self._buffer):
            return
        rows = len(self._buffer)
        self._write(self._buffer.take(), rows)

    def append(self, block: NDArray[np.void]) -> None:
        """Write a ready block of rows."""
        self._write(block.tobytes(), len(block))

    def _write(self, content: bytes, rows: int) -> None:
        if self._file is None:
            self._file = self.path.open("wb")
            self._file.write(b"\0" * _HEADER)
        self._file.write(content)
        self.rows += rows

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
