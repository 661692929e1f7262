"""The size of the blocks in which tables are read changes last digits of a few sums, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import sim
from sim.analysis import stretches
from sim.analysis.reduce import Reduction, reduce_replication
from sim.analysis.tables import Table, open_tables
from sim.store import replication_folder

SCENARIO = "small"


def test_blocks_of_any_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = sim.load(SCENARIO, ("run.length=40 days", "run.warm_up=10 days"))
    study = sim.run(plan, replications=1, jobs=1, out=tmp_path / "run", keep_tables=True)
    tables = open_tables(replication_folder(study.folder, 0) / "tables")
    whole = reduce_replication(plan, tables)
    read = Table.blocks

    def small_blocks(self: Table, rows: int = 0) -> Iterator[NDArray[np.void]]:
        return read(self, 97)

    monkeypatch.setattr(Table, "blocks", small_blocks)
    monkeypatch.setattr(stretches, "STRETCH", 20)
    assert len(tables["contacts"]) > 5 * 97
    assert_same(reduce_replication(plan, tables), whole)


def assert_same(found: Reduction, wanted: Reduction) -> None:
    assert [row[:3] for row in found.rows] == [row[:3] for row in wanted.rows]
    np.testing.assert_allclose([row[3] for row in found.rows], [row[3] for row in wanted.rows], rtol=1e-12, atol=1e-12)
    assert found.frames.keys() == wanted.frames.keys()
    for name, values in found.frames.items():
        np.testing.assert_allclose(values, wanted.frames[name], rtol=1e-11, atol=1e-9, err_msg=name)
