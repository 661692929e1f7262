"""Analysis of variance over blocks, gains of pairs and control variates, against direct formulas and by simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.analysis.controls import adjusted
from sim.analysis.estimate import t_interval
from sim.analysis.variance import BlockVariance, effects, pair_gain, split


def blocks(values: np.ndarray) -> BlockVariance:
    found = BlockVariance()
    for row in values:
        found.add(row.tolist())
    return found


def test_mean_squares_of_unequal_blocks() -> None:
    rows = [[1.0, 2.0, 6.0], [4.0], [2.0, 2.5]]
    found = BlockVariance()
    for row in rows:
        found.add(row)
    every = np.concatenate(rows)
    between = sum(len(r) * (np.mean(r) - every.mean()) ** 2 for r in rows) / 2
    within = sum(((np.array(r) - np.mean(r)) ** 2).sum() for r in rows) / 3
    assert found.mean_squares == pytest.approx((between, within))
    assert found.size == pytest.approx((6 - (9 + 1 + 4) / 6) / 2)
    want = t_interval([float(np.mean(r)) for r in rows], 0.9)
    assert found.mean == pytest.approx(want.mean)
    assert found.half_width(0.9) == pytest.approx(want.half_width)


def test_components_and_interval_of_the_share() -> None:
    rng = np.random.default_rng(5)
    shares, inside = [], 0
    for _ in range(600):
        values = rng.normal(0, 2, (12, 1)) + rng.normal(0, 1, (12, 3))
        found = split(blocks(values), 0.9)
        shares.append(found.input_sd**2)
        inside += found.low <= 0.8 <= found.high
        assert found.low <= found.share <= found.high
    assert np.mean(shares) == pytest.approx(4.0, rel=0.06)
    assert inside / 600 == pytest.approx(0.9, abs=0.04)


def test_without_repeated_draws_there_is_no_split() -> None:
    found = split(blocks(np.arange(5.0)[:, None]), 0.95)
    assert math.isnan(found.share)
    assert math.isnan(split(blocks(np.ones((1, 4))), 0.95).share)


def test_gain_of_pairs() -> None:
    rng = np.random.default_rng(6)
    a = rng.normal(size=4000)
    pairs = np.column_stack([a, -0.6 * a + 0.8 * rng.normal(size=4000)])
    correlation, gain = pair_gain(blocks(pairs))
    assert correlation == pytest.approx(-0.6, abs=0.03)
    assert gain == pytest.approx(1 / (1 + correlation))
    assert pair_gain(blocks(rng.normal(size=(4000, 2))))[1] == pytest.approx(1.0, abs=0.1)


def test_effects_of_inputs() -> None:
    rng = np.random.default_rng(7)
    x = rng.normal(size=(200, 3)) * [1.0, 10.0, 0.0]
    y = 3 * x[:, 0] + 0.4 * x[:, 1]
    first, second, still = effects(x, y)
    assert first[2] == pytest.approx(3 * x[:, 0].std() / y.std())
    assert second[2] == pytest.approx(0.4 * x[:, 1].std() / y.std())
    assert first[0] > 0.5
    assert first[1] < 1e-6
    assert all(math.isnan(v) for v in still)


def test_adjusted_mean_is_the_intercept_of_the_regression() -> None:
    rng = np.random.default_rng(8)
    c = rng.normal(size=(15, 2))
    y = 5 + c @ [2.0, -1.0] + rng.normal(size=15)
    found = adjusted(y, c, 0.95)
    assert found is not None
    design = np.column_stack([np.ones(15), c])
    coefficients, residual, *_ = np.linalg.lstsq(design, y, rcond=None)
    variance = residual[0] / 12 * np.linalg.inv(design.T @ design)[0, 0]
    assert found.mean == pytest.approx(coefficients[0])
    assert found.half_width == pytest.approx(2.178812829663418 * math.sqrt(variance))  # t of 12 degrees of freedom
    assert found.gain == pytest.approx(y.var(ddof=1) / 15 / variance)


def test_adjusted_interval_covers_and_gains() -> None:
    rng = np.random.default_rng(9)
    inside, gains = 0, []
    for _ in range(1500):
        c = rng.normal(size=(10, 2))
        y = 3 * c[:, 0] + rng.normal(size=10)
        found = adjusted(y, c, 0.95)
        assert found is not None
        inside += abs(found.mean) <= found.half_width
        gains.append(found.gain)
    assert inside / 1500 == pytest.approx(0.95, abs=0.018)
    assert np.median(gains) > 4


def test_what_cannot_be_adjusted() -> None:
    c = np.arange(8.0)[:, None]
    assert adjusted(np.ones(8), c, 0.95) is None
    assert adjusted(np.arange(3.0), np.eye(3)[:, :1], 0.95) is None
    assert adjusted(np.arange(8.0) ** 2, np.column_stack([c, 2 * c]), 0.95) is None
    exact = adjusted(2 * c[:, 0] + 1, c, 0.95)
    assert exact is not None
    assert (exact.mean, exact.half_width) == pytest.approx((1.0, 0.0))
