"""Stock against inventory theory, from the scenario file to the measures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from assertions import assert_matches

import sim
from sim.distributions import constant
from sim.store import Study
from sim.theory.inventory import Shelf, base_stock, periodic_up_to, reorder_point_lot, reorder_point_up_to
from sim.theory.two_echelon import two_echelon

SCENARIOS = Path(__file__).parent / "scenarios"
PER_DAY = 1 / 24


def run(name: str, folder: Path) -> Study:
    """Run a scenario of this folder."""
    return sim.run(SCENARIOS / f"{name}.yaml", jobs=1, out=folder / "run")


def assert_shelf(study: Study, location: str, theory: Shelf, precision: float = 0.2) -> None:
    """All measures of one shelf; backorders are rare events, so their intervals are wide."""
    expected = {
        "parts.fill_rate": theory.fill_rate,
        "parts.ready_rate": theory.ready_rate,
        "parts.ebo": theory.ebo,
        "parts.on_hand.mean": theory.on_hand,
        "parts.on_order.mean": theory.on_order,
        "parts.wait.mean": theory.wait,
    }
    for kpi, value in expected.items():
        assert_matches(study.values(kpi, f"location={location};part=unit"), value, precision=precision)


def test_palm_whatever_the_distribution_of_the_lead_time(tmp_path: Path) -> None:
    study = run("palm", tmp_path)
    theory = base_stock(PER_DAY, 96.0, 5)
    assert_shelf(study, "constant", theory)
    assert_shelf(study, "lognormal", theory)
    on_order = study.values("parts.on_order.mean", "location=constant;part=unit")
    assert study.values("parts.in_transit.mean", "location=constant;part=unit").tolist() == on_order.tolist()


def test_palm_to_two_percent(tmp_path: Path) -> None:
    study = run("palm_sharp", tmp_path)
    theory = base_stock(0.25 * PER_DAY, 96.0, 1)
    assert_shelf(study, "constant", theory, precision=0.02)
    assert_shelf(study, "lognormal", theory, precision=0.02)


def test_up_to_level_to_two_percent(tmp_path: Path) -> None:
    study = run("up_to_sharp", tmp_path)
    assert_shelf(study, "up-to", reorder_point_up_to(0.3 * PER_DAY, constant(96.0), 0, 3), precision=0.02)


def test_depot_and_ten_bases(tmp_path: Path) -> None:
    study = run("two_echelons", tmp_path)
    exact = two_echelon(5, 120.0, [0.5 * PER_DAY] * 10, [48.0] * 10, [2] * 10)
    base, depot = exact.bases[0], "location=depot;part=unit"
    assert_matches(study.values("parts.fill_rate"), base.fill_rate, precision=0.03)
    assert_matches(study.values("parts.wait.mean"), base.wait)
    assert_matches(study.values("parts.ebo", depot), exact.depot.ebo)
    # the bases ask a depot with Poisson(25) units on order and 5 in all: next to nothing leaves at once
    assert_matches(study.values("parts.wait.mean", depot), exact.depot.wait)
    assert_matches(study.values("parts.demand", depot), 5.0)
    assert study.values("parts.fill_rate", depot).max() < 0.001
    for i in range(1, 11):
        assert_shelf(study, f"base-{i}", base, precision=0.5)
    total = sum(study.values("parts.ebo", f"location=base-{i};part=unit") for i in range(1, 11))
    assert_matches(total, exact.ebo)


def test_stocked_depot_and_unequal_bases(tmp_path: Path) -> None:
    study = run("two_echelons_stocked", tmp_path)
    exact = two_echelon(12, 120.0, [1.5 * PER_DAY, 0.5 * PER_DAY], [24.0, 72.0], [4, 1])
    assert_shelf(study, "busy", exact.bases[0], precision=0.4)
    assert_shelf(study, "quiet", exact.bases[1], precision=0.15)
    depot = "location=depot;part=unit"
    assert_matches(study.values("parts.ready_rate", depot), exact.depot.ready_rate, precision=0.05)
    assert_matches(study.values("parts.fill_rate", depot), exact.depot.fill_rate, precision=0.05)
    assert_matches(study.values("parts.wait.mean", depot), exact.depot.wait, precision=0.3)
    assert_matches(study.values("parts.on_hand.mean", depot), exact.depot.on_hand, precision=0.15)
    assert_matches(study.values("parts.ebo", depot), exact.depot.ebo, precision=0.3)


def test_lots_and_reviews(tmp_path: Path) -> None:
    study = run("lots", tmp_path)
    rate = 0.8 * PER_DAY
    assert_shelf(study, "up-to", reorder_point_up_to(rate, constant(120.0), 3, 10))
    assert_shelf(study, "lot", reorder_point_lot(rate, constant(120.0), 2, 4))
    assert_shelf(study, "weekly", periodic_up_to(rate, 120.0, 168.0, 9), precision=0.25)
    assert np.all(study.values("parts.emergency_rate") == 0)
