"""Means and percentiles of values that come in blocks are those of all values at once, bit for bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.analysis import stretches
from sim.analysis.quantiles import grouped_quantiles
from sim.analysis.spread import Spreads
from sim.analysis.stretches import Stretches

P = (0.0, 0.5, 0.8, 0.95, 1.0)


@pytest.mark.parametrize("count", [1, 2, 7, 5000])
def test_same_as_all_at_once(count: int) -> None:
    rng = np.random.default_rng(count)
    values = np.where(rng.random(count) < 0.2, 7.0, rng.lognormal(2.0, 2.0, count))
    codes = [rng.integers(0, 5, count), np.zeros(count, np.int64)]
    spreads = Spreads([6, 1], P, None)
    for block in np.array_split(np.arange(count), 4):
        spreads.add(values[block], [code[block] for code in codes])
    assert len(spreads) == count
    ascending = np.argsort(values, kind="stable")
    for spread, code, size in zip(spreads.found(), codes, (6, 1), strict=True):
        np.testing.assert_array_equal(spread.count, np.bincount(code, minlength=size))
        np.testing.assert_array_equal(spread.total, np.bincount(code[ascending], values[ascending], size))
        np.testing.assert_array_equal(spread.quantiles, grouped_quantiles(code, values, size, P))


def test_zeros_are_only_counted() -> None:
    waits, codes, zeros = np.array([3.0, 1.0, 8.0]), np.array([0, 0, 1]), np.array([5, 0, 2])
    spreads = Spreads([3], P, None)
    spreads.add(waits, [codes])
    spreads.add_zeros([zeros])
    (found,) = spreads.found()
    every = grouped_quantiles(np.array([0] * 7 + [1, 2, 2]), np.array([0.0] * 5 + [3.0, 1.0, 8.0, 0.0, 0.0]), 3, P)
    np.testing.assert_array_equal(found.quantiles, every)
    assert found.count.tolist() == [7, 1, 2]
    assert found.total.tolist() == [4.0, 8.0, 0.0]


@pytest.mark.parametrize("in_memory", [1, 1 << 20])
def test_rows_by_stretch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_memory: int) -> None:
    monkeypatch.setattr(stretches, "_IN_MEMORY", in_memory)
    kind = np.dtype([("number", "i8"), ("value", "f8")])
    rows = np.empty(1000, kind)
    rows["number"], rows["value"] = np.random.default_rng(1).integers(-3, 50, 1000), np.arange(1000)
    store = Stretches(kind, tmp_path)
    for block in np.array_split(rows, 7):
        store.put(block["number"] // 8, block)
    store.put(np.empty(0, np.int64), rows[:0])
    assert store.numbers() == [-1, *range(7)]
    for stretch in store.numbers():
        np.testing.assert_array_equal(store.rows(stretch), rows[rows["number"] // 8 == stretch])
    assert len(store.rows(99)) == 0
    store.close()
    assert list(tmp_path.iterdir()) == []
