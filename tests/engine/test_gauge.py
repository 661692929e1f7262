"""A gauge integrates exactly, whatever the periods."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.engine.gauge import Gauge

Row = tuple[int, int, int, float, float, float]


def run(changes: list[tuple[float, float]], origin: float, period: float, horizon: float) -> list[Row]:
    rows: list[Row] = []
    gauge = Gauge(rows.append, (0, 1, -1), origin, period)
    for at, value in changes:
        gauge.set(at, value)
    gauge.finish(horizon)
    return rows


def test_rows_by_period_with_a_long_quiet_stretch_in_one_row() -> None:
    rows = run([(1.0, 2.0), (30.0, 5.0), (100.0, 0.0)], origin=0.0, period=24.0, horizon=120.0)
    assert rows == [
        (0, 1, -1, 0.0, 24.0, 46.0),
        (0, 1, -1, 24.0, 24.0, 2.0 * 6 + 5.0 * 18),
        (0, 1, -1, 48.0, 48.0, 240.0),
        (0, 1, -1, 96.0, 24.0, 20.0),
    ]


def test_a_boundary_falls_on_the_origin() -> None:
    rows = run([(0.0, 1.0)], origin=10.0, period=24.0, horizon=40.0)
    assert [(r[3], r[4]) for r in rows] == [(0.0, 10.0), (10.0, 24.0), (34.0, 6.0)]


@given(
    st.lists(st.tuples(st.floats(0, 500), st.integers(0, 9)), max_size=30),
    st.floats(0, 100),
    st.floats(0.5, 200),
    st.floats(500, 900),
)
def test_rows_tile_the_run_and_add_up(changes: list[tuple[float, float]], origin: float, period: float, horizon: float) -> None:
    changes = sorted(changes)
    rows = run(changes, origin, period, horizon)
    expected, last, value = 0.0, 0.0, 0.0
    for at, new in [*changes, (horizon, 0.0)]:
        expected += value * (at - last)
        last, value = at, new
    assert sum(r[5] for r in rows) == pytest.approx(expected, rel=1e-9, abs=1e-6)
    assert sum(r[4] for r in rows) == pytest.approx(horizon)
    ends = [r[3] + r[4] for r in rows]
    assert [r[3] for r in rows[1:]] == pytest.approx(ends[:-1])
