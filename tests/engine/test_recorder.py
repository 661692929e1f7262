"""Tables spill to ordinary .npy files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sim.engine.recorder import Recorder

DTYPE = np.dtype([("number", "i8"), ("at_h", "f8"), ("kind", "i1")])


def test_rows_come_back_in_order_over_many_spills(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, {"things": DTYPE, "nothing": DTYPE})
    for i in range(40_000):
        recorder["things"].row((i, i / 7, i % 3))
        if i % 1000 == 0:
            recorder.spill()
    recorder.close()
    table = np.load(tmp_path / "things.npy", mmap_mode="r")
    assert table.dtype == DTYPE
    assert np.array_equal(table["number"], np.arange(40_000))
    assert np.array_equal(table["at_h"], np.arange(40_000) / 7)
    assert table["kind"].max() == 2
    assert len(np.load(tmp_path / "nothing.npy")) == 0
