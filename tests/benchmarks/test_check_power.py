"""The figures on false alarms and power: the page shows the stored results, and decisions are those of `check`."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks.check_power import BASE, NULLS, PAGE, RESULTS, SHIFTS, Decisions, share, table
from sim.analysis.baseline import MARGIN, SIGNIFICANCE


def test_the_page_shows_the_stored_results() -> None:
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    page = PAGE.read_text(encoding="utf-8")
    assert table(results) in page
    assert (results["level"], results["margin"], results["pool"]["base"]) == (SIGNIFICANCE, MARGIN, BASE)
    assert f"{NULLS:,} (false alarms) or {SHIFTS:,} (power)" in page


def test_goals_that_the_page_calls_met() -> None:
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    for size in ("10", "20", "40"):
        assert all(case["high"] < 0.002 for case in results["false_alarms"][size].values())
    found = results["power"]["20"]
    for change in (
        "number of devices in the field",
        "handle time of calls",
        "repair time",
        "wages of agents",
        "transit and parcels",
    ):
        assert found[change]["in_step"]["low"] > 0.95


def test_decisions_find_a_shift_in_step_and_pass_noise() -> None:
    values = np.random.default_rng(3).normal(10.0, 1.0, (5, 300))
    base = {("contact.asa", f"site={i}"): row for i, row in enumerate(values)}
    moved = {key: row[:200] * 1.05 + (0.01 * np.arange(200) % 0.1) for key, row in base.items()}
    decisions = Decisions({"": base, "moved": moved}, SIGNIFICANCE, seed=1)
    assert decisions.alarms("moved", 20, 50, in_step=True) == 50
    assert decisions.alarms("", 20, 200, in_step=False) <= 2


def test_a_share_has_its_exact_interval() -> None:
    assert share(0, 1000)["high"] == pytest.approx(1 - 0.025 ** (1 / 1000), rel=1e-3)
    assert share(5, 10)["low"] == pytest.approx(0.187086, abs=1e-6)  # Clopper and Pearson
