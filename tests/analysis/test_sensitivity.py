"""Effects, indices and metamodels against known answers."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.analysis.axes import Axis, setting_of
from sim.analysis.metamodel import chosen_kind, fit_metamodel
from sim.analysis.sensitivity import (
    effects_of,
    grid_indices,
    indices_of,
    level_weights,
    resampled_saltelli,
    saltelli_indices,
    saltelli_sample,
    standardised_coefficients,
    swing_of,
    tornado,
)
from sim.analysis.sweep_analysis import analyse, best_points
from sim.errors import UsageError

Floats = NDArray[np.float64]
X = Axis("x", "", 0.0, 4.0, (0.0, 1.0, 2.0, 3.0, 4.0))
Y = Axis("y", "days", 10.0, 30.0, (10.0, 20.0, 30.0))
Z = Axis("z", "", 0.0, 1.0, (0.0, 1.0), ("first", "second"))


def grid(*axes: Axis) -> Floats:
    return np.array(list(itertools.product(*(a.levels for a in axes))))


def noisy(values: Floats, own: float, shared: float, replications: int = 10) -> Floats:
    """Replications with noise that all points share, and noise of their own."""
    rng = np.random.default_rng(1)
    common = shared * rng.standard_normal(replications)
    return values[:, None] + common + own * rng.standard_normal((len(values), replications))


def ishigami(rows: Floats) -> Floats:
    """Ishigami and Homma (1990), on [-pi, pi] cubed, a = 7 and b = 0.1."""
    a, b, c = rows.T
    return np.sin(a) + 7 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a)


def ishigami_indices() -> tuple[list[float], list[float]]:
    """First-order and total indices in closed form."""
    v1 = 0.5 * (1 + 0.1 * math.pi**4 / 5) ** 2
    v2 = 7**2 / 8
    v13 = 0.1**2 * math.pi**8 * (1 / 18 - 1 / 50)
    total = v1 + v2 + v13
    return [v1 / total, v2 / total, 0.0], [(v1 + v13) / total, v2 / total, v13 / total]


ANGLES = tuple(Axis(name, "", -math.pi, math.pi) for name in "abc")


def angles(sample: Floats) -> Floats:
    return np.column_stack([axis.from_unit(sample[:, i]) for i, axis in enumerate(ANGLES)])


def test_main_effects_and_swings_of_a_linear_function_are_exact_whatever_the_points_share() -> None:
    rows = grid(X, Y, Z)
    values = noisy(3 * rows[:, 0] - 0.5 * rows[:, 1] + 7 * rows[:, 2], own=0.0, shared=100.0)
    ladder, weights = level_weights(X, rows[:, 0], None)
    effects = effects_of(X, ladder, weights, values, 0.95)
    assert [e.level for e in effects] == ["0", "1", "2", "3", "4"]
    assert [e.difference for e in effects] == pytest.approx([-6, -3, 0, 3, 6])
    assert all(e.half_width is not None and e.half_width < 1e-9 for e in effects)
    swings = [swing_of(a, *level_weights(a, rows[:, i], None), values, 0.95) for i, a in enumerate((X, Y, Z))]
    assert [(s.factor, s.low, s.high) for s in tornado(swings)] == [
        ("x", "0", "4"), ("y", "10 days", "30 days"), ("z", "first", "second"),
    ]  # fmt: skip
    assert [s.span for s in tornado(swings)] == pytest.approx([12, -10, 7])


def test_effects_against_the_scenario_as_it_is() -> None:
    rows = np.array([[np.nan, np.nan], [0, np.nan], [4, np.nan], [np.nan, 10], [np.nan, 30]])
    values = noisy(np.array([50.0, 44.0, 56.0, 55.0, 45.0]), own=0.0, shared=20.0)
    swing = swing_of(X, *level_weights(X, rows[:, 0], 0), values, 0.95)
    assert (swing.at_low, swing.at_high, swing.span) == pytest.approx((-6, 6, 12))
    found = analyse((X, Y), rows, values, "one-at-a-time", "quadratic", 0.95, 1)
    assert [(s["factor"], round(s["span"], 9)) for s in found["tornado"]] == [("x", 12.0), ("y", -10.0)]
    assert found["indices"] == []
    assert found["metamodel"] is None


def test_an_interval_of_an_effect_covers_as_often_as_it_says() -> None:
    rows = grid(X, Y)
    rng = np.random.default_rng(3)
    ladder, weights = level_weights(X, rows[:, 0], None)
    hits = 0
    for _ in range(400):
        shared = 50 * rng.standard_normal(5)
        values = 2 * rows[:, [0]] + shared + rng.standard_normal((len(rows), 5))
        swing = swing_of(X, ladder, weights, values, 0.9)
        hits += abs(swing.span - 8) <= (swing.half_width or 0)
    assert 0.86 < hits / 400 < 0.94  # 90 %, two and a half standard errors either way


def test_standardised_coefficients_of_a_linear_function_square_to_one() -> None:
    rows = grid(X, Y)
    truth = 3 * rows[:, 0] - 0.5 * rows[:, 1]
    found = standardised_coefficients((X, Y), rows, noisy(truth, 0.0, 5.0), 0.95)
    assert [c.factor for c in found] == ["x", "y"]
    assert sum(c.value**2 for c in found) == pytest.approx(1.0)
    assert found[0].value == pytest.approx(3 * rows[:, 0].std() / truth.std())
    assert found[1].value < 0
    alike = np.column_stack([rows[:, 0], rows[:, 0]])
    assert standardised_coefficients((X, X), alike, noisy(truth, 0.0, 0.0), 0.95) == []


def test_indices_of_a_grid_are_the_analysis_of_variance() -> None:
    rows = grid(X, Y, Z)
    x, y, z = rows[:, 0] - 2, (rows[:, 1] - 20) / 10, rows[:, 2] - 0.5
    first, total = grid_indices(rows, 2 * x + 3 * y + 4 * x * z)
    parts = {"x": 4 * x.var(), "y": 9 * y.var(), "xz": 16 * (x * z).var()}
    every = sum(parts.values())
    assert first == pytest.approx([parts["x"] / every, parts["y"] / every, 0.0], abs=1e-12)
    assert total == pytest.approx([(parts["x"] + parts["xz"]) / every, parts["y"] / every, parts["xz"] / every])


def test_saltelli_finds_the_indices_of_ishigami() -> None:
    sample = np.concatenate(saltelli_sample(4096, 3, 1))
    first, total = saltelli_indices(ishigami(angles(sample)), 3)
    want = ishigami_indices()
    assert first == pytest.approx(want[0], abs=0.02)
    assert total == pytest.approx(want[1], abs=0.02)


def test_bootstrap_intervals_hold_the_indices_of_ishigami() -> None:
    sample = np.concatenate(saltelli_sample(512, 3, 5))
    values = ishigami(angles(sample))[:, None]
    found = indices_of(ANGLES, lambda v, taken: resampled_saltelli(v, 3, taken), values, 0.99, 512, 1)
    for index, first, total in zip(found, *ishigami_indices(), strict=True):
        assert index.first_low <= first <= index.first_high
        assert index.total_low <= total <= index.total_high
        assert index.first_high - index.first_low < 0.4
    assert found == indices_of(ANGLES, lambda v, taken: resampled_saltelli(v, 3, taken), values, 0.99, 512, 1)


def test_indices_on_a_gaussian_process_come_near_those_of_ishigami() -> None:
    pytest.importorskip("sklearn")
    rows = angles(saltelli_sample(128, 3, 2)[0])
    found = analyse(ANGLES, rows, noisy(ishigami(rows), 0.01, 3.0, 3), "sobol", "gp", 0.95, 1)
    assert found["metamodel"]["q2"] > 0.85
    assert found["basis"] == "metamodel"
    assert [i["first"] for i in found["indices"]] == pytest.approx(ishigami_indices()[0], abs=0.06)
    assert [i["total"] for i in found["indices"]] == pytest.approx(ishigami_indices()[1], abs=0.06)


@pytest.mark.parametrize("kind", ["gp", "quadratic"])
def test_a_metamodel_of_a_quadratic_predicts_what_was_left_out(kind: str) -> None:
    if kind == "gp":
        pytest.importorskip("sklearn")
    rows = grid(X, Y, Z)
    truth = 5 + rows[:, 0] ** 2 - 0.1 * rows[:, 0] * rows[:, 1] + 2 * rows[:, 2]
    model = fit_metamodel((X, Y, Z), rows, noisy(truth, 0.0, 4.0), kind)
    assert model is not None
    assert model.q2 > 0.999
    assert model.rmse < (1e-9 if kind == "quadratic" else 0.15)
    assert model.weights(rows[:3]).sum(axis=1) == pytest.approx(1.0)
    shift = float(noisy(truth, 0.0, 4.0).mean() - truth.mean())
    at = setting_of((X, Y, Z), {"x": 2.5, "y": "25 days", "z": "second"})
    mean, half_width = model.predict(at, 0.95)
    want = 5 + 2.5**2 - 0.1 * 2.5 * 25 + 2 + shift
    assert mean[0] == pytest.approx(want, abs=0.1)
    assert abs(shift) < half_width[0] < 10  # what the points share is in the interval


def test_left_out_points_are_predicted_as_by_a_fit_without_them() -> None:
    rows = grid(X, Y)
    values = noisy(np.exp(rows[:, 0] / 3) + rows[:, 1], 0.5, 0.0)
    model = fit_metamodel((X, Y), rows, values, "quadratic")
    assert model is not None
    for i in (0, 7):
        rest = np.arange(len(rows)) != i
        without = fit_metamodel((X, Y), rows[rest], values[rest], "quadratic")
        assert without is not None
        assert model.left_out[i] == pytest.approx(without.predict(rows[[i]], 0.95)[0][0])


def test_a_metamodel_of_noise_says_so() -> None:
    rows = grid(X, Y, Z)
    model = fit_metamodel((X, Y, Z), rows, noisy(np.zeros(len(rows)), 1.0, 0.0, 4), "quadratic")
    assert model is not None
    assert model.q2 < 0.3
    assert model.noise == pytest.approx(0.5, abs=0.1)  # 1 / sqrt(4)
    assert fit_metamodel((X,), grid(X), np.ones((5, 3)), "quadratic") is None
    assert fit_metamodel((X, Y, Z), rows[:4], rows[:4, :1], "gp") is None


def test_prediction_intervals_hold_the_truth() -> None:
    pytest.importorskip("sklearn")
    axes = (Axis("u", "", 0.0, 1.0), Axis("v", "", 0.0, 1.0))
    rows = saltelli_sample(32, 2, 4)[0]
    new = saltelli_sample(64, 2, 9)[0]

    def smooth(r: Floats) -> Floats:
        return np.asarray(np.sin(3 * r[:, 0]) + r[:, 1] ** 2)

    model = fit_metamodel(axes, rows, noisy(smooth(rows), 0.1, 0.0, 8), "gp")
    assert model is not None
    mean, half_width = model.predict(new, 0.95)
    assert (np.abs(mean - smooth(new)) <= half_width).mean() > 0.85
    assert half_width.max() < 0.4


def test_kinds_of_metamodels() -> None:
    assert chosen_kind("quadratic", 10_000) == "quadratic"
    assert chosen_kind("auto", 10_000) == "quadratic"
    assert chosen_kind("auto", 4) == "quadratic"
    with pytest.raises(UsageError, match="no metamodel 'spline'; there are auto, gp, quadratic, none"):
        chosen_kind("spline", 10)


def test_gp_without_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.analysis.metamodel.find_spec", lambda name: None)
    assert chosen_kind("auto", 20) == "quadratic"
    with pytest.raises(UsageError, match=r"pip install 'sparesim\[metamodel\]'"):
        chosen_kind("gp", 20)


def test_settings_are_checked() -> None:
    axes = (X, Y, Z)
    assert setting_of(axes, {"x": 1, "y": 12.5, "z": "first"}).tolist() == [[1.0, 12.5, 0.0]]
    for wrong, message in (
        ({"x": 1, "y": 20}, "a value is missing for z"),
        ({"x": 1, "y": 20, "z": "first", "w": 1}, "no factor 'w'"),
        ({"x": 9, "y": 20, "z": "first"}, "outside the swept range 0 to 4; a metamodel does not extrapolate"),
        ({"x": 1, "y": "20 h", "z": "first"}, "'20 h' is not in days"),
        ({"x": 1, "y": 20, "z": "frist"}, "did you mean 'first'"),
        ({"x": "many", "y": 20, "z": "first"}, "x: "),
    ):
        with pytest.raises(UsageError, match=message):
            setting_of(axes, wrong)


def test_best_points_and_those_that_cannot_be_told_apart() -> None:
    truth = np.array([5.0, 1.0, 1.05, 9.0])
    found = best_points(noisy(truth, 0.1, 3.0), "less", 0.95)
    assert sorted(found["order"][:2]) == [1, 2]
    assert found["order"][2:] == [0, 3]
    assert found["not_told_apart"] == 1
    assert best_points(noisy(truth, 0.1, 3.0), "more", 0.95)["order"][0] == 3
    assert best_points(noisy(truth, 0.001, 30.0), "less", 0.95) == {"order": [1, 2, 0, 3], "not_told_apart": 0}
    assert best_points(noisy(truth, 0.1, 3.0, 1), "less", 0.95)["not_told_apart"] is None


def test_maps_average_over_the_other_factors() -> None:
    rows = grid(X, Y, Z)
    found = analyse((X, Y, Z), rows, noisy(10 * rows[:, 0] + rows[:, 1] + rows[:, 2], 0.0, 0.0, 3), "factorial", "none", 0.95, 1)
    first = found["maps"][0]
    assert (first["x"], first["y"]) == ("x", "y")  # the two largest effects
    assert first["z"][1][3] == pytest.approx(30 + 20 + 0.5)
    assert len(found["maps"]) == 3
