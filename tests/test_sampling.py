"""Uncertain inputs as distributions, and blocks of replications."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.sampling import UncertainInput, block_means, blocks_of

U = (np.arange(200_000) + 0.5) / 200_000


def one(kind: str, *params: float, **rest: object) -> UncertainInput:
    return UncertainInput("cases.calls.rate", ("cases", "calls", "rate"), kind, params, **rest)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "mean"),
    [
        (one("normal", 100.0, 5.0), 100.0),
        (one("lognormal", 10.0, 0.8), 10.0),
        (one("gamma", 10.0, 0.5), 10.0),
        (one("uniform", 2.0, 5.0), 3.5),
        (one("triangular", 1.0, 2.0, 6.0), 3.0),
        (one("empirical", 1.0, 2.0, 6.0), 3.0),
        (one("normal", 7.0, 0.0), 7.0),
    ],
)
def test_means_of_the_kinds(given: UncertainInput, mean: float) -> None:
    assert given.mean == pytest.approx(mean, rel=1e-12)
    assert np.mean([given.quantile(u) for u in U[::20]]) == pytest.approx(mean, rel=2e-3)


@pytest.mark.parametrize(
    "given",
    [
        one("normal", 1.0, 2.0, low=0.0),
        one("normal", 1.0, 2.0, low=0.0, high=1.5),
        one("lognormal", 10.0, 0.8, high=9.0),
        one("gamma", 10.0, 0.5, low=8.0, high=30.0),
    ],
)
def test_bounds_cut_the_distribution_and_its_mean(given: UncertainInput) -> None:
    values = np.array([given.quantile(u) for u in U[::10]])
    assert values.min() >= given.low
    assert values.max() <= given.high
    assert (np.diff(values) >= 0).all()
    assert given.mean == pytest.approx(values.mean(), rel=1e-3)
    whole = one(given.kind, *given.params)
    inside = np.array([v for u in U[::10] if given.low <= (v := whole.quantile(u)) <= given.high])
    assert np.quantile(values, [0.1, 0.5, 0.9]) == pytest.approx(np.quantile(inside, [0.1, 0.5, 0.9]), rel=1e-2)


def test_whole_numbers_are_rounded_to_the_nearest() -> None:
    given = one("uniform", 4.6, 6.4, whole=True)
    assert {given.quantile(u) for u in U[::100]} == {5.0, 6.0}
    assert np.mean([given.quantile(u) == 5.0 for u in U[::10]]) == pytest.approx(0.5, abs=1e-3)
    assert given.written(given.mean) == 6
    assert isinstance(given.written(5.0), int)


def test_values_are_written_as_in_the_file() -> None:
    assert one("uniform", 1, 2, unit="/h").written(1.5) == "1.5/h"
    assert one("uniform", 1, 2, unit="/h").written(2.0) == "2/h"
    assert one("uniform", 1, 2, unit="%").written(0.1 + 0.2) == "0.30000000000000004 %"
    assert one("uniform", 1, 2).written(1.5) == 1.5
    assert one("normal", 100.0, 5.0, unit="/h", low=0.0).described() == "normal, mean 100/h, sd 5/h, low 0/h"
    assert one("gamma", 2.0, 0.5, unit="days").described() == "gamma, mean 2 days, cv 0.5"


def test_draws_depend_on_seed_number_and_path_alone() -> None:
    given = one("normal", 100.0, 5.0)
    wider = one("normal", 100.0, 10.0)
    other = UncertainInput("cases.b.rate", ("cases", "b", "rate"), "normal", (100.0, 5.0))
    values = [given.draw(7, k) for k in range(400)]
    assert values == [given.draw(7, k) for k in range(400)]
    assert [wider.draw(7, k) - 100 for k in range(5)] == pytest.approx([2 * (v - 100) for v in values[:5]])
    assert abs(np.corrcoef(values, [other.draw(7, k) for k in range(400)])[0, 1]) < 0.15
    assert abs(np.corrcoef(values, [given.draw(8, k) for k in range(400)])[0, 1]) < 0.15
    assert np.mean(values) == pytest.approx(100, abs=4 * 5 / 20)
    assert np.std(values) == pytest.approx(5, rel=0.12)
    mirrored = [given.draw(7, k, mirrored=True) for k in range(400)]
    assert [a + b for a, b in zip(values, mirrored, strict=True)] == pytest.approx([200.0] * 400)


def test_block_means_leave_out_what_is_not_known() -> None:
    values = np.array([1.0, 3.0, math.nan, 5.0, math.nan, math.nan, 8.0])
    assert block_means(values, 1) is values
    assert block_means(values, 2) == pytest.approx([2.0, 5.0, math.nan, 8.0], nan_ok=True)
    rows = np.arange(8.0).reshape(4, 2)
    assert block_means(rows, 2) == pytest.approx(np.array([[1.0, 2.0], [5.0, 6.0]]))
    assert [list(b) for b in blocks_of(5, 2)] == [[0, 1], [2, 3], [4]]
