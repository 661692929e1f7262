"""Every shipped scenario is valid, says what it asks, what it wants and what it leaves out."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.scenario.load import load_plan

SCENARIOS = sorted((Path(__file__).resolve().parents[2] / "scenarios").glob("*.yaml"))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda p: p.stem)
def test_scenario_is_valid_without_warnings(path: Path) -> None:
    plan = load_plan(path)
    assert plan.warnings == ()
    assert plan.title
    assert plan.question.endswith("?")
    assert plan.targets


def test_china_has_its_wings() -> None:
    plan = load_plan(next(p for p in SCENARIOS if p.stem == "hp-china-2017"))
    kinds = [w.kind for w in plan.workshops]
    assert kinds.count("point") >= 2000
    assert kinds.count("depot") == kinds.count("team") == len(plan.regions) == 7
    assert len(plan.parts) >= 40
    assert len(plan.products) >= 5
    assert {"wechat", "qq", "web", "voice"} <= {c.name for c in plan.channels}
    assert sum(loc.kind == "vendor" for loc in plan.locations) >= 4
    assert plan.notes


def test_the_customer_of_beijing_calls_on_a_sunday() -> None:
    plan = load_plan(next(p for p in SCENARIOS if p.stem == "asus-2-plus-3-2008"))
    striker = plan.customers[0]
    assert striker.name == "striker"
    assert plan.markets.names[striker.market_ix] == "beijing"
    # 2008-01-01 is clock 0: day 243 is Sunday 31 August; Beijing is 8 hours ahead
    assert striker.at_h == pytest.approx(243 * 24 + 10 + 20 / 60 - 8)
    assert striker.becomes_order
    source = plan.sources[striker.source_ix]
    assert source.faults[striker.fault].name == "board-swap"
    assert plan.needs[source.need_ix].result_call
    assert plan.lines[plan.quote.line_ix].name == "hotline-800-820-6655/engineers"


def test_a_shorter_run_leaves_the_customer_of_beijing_out() -> None:
    path = next(p for p in SCENARIOS if p.stem == "asus-2-plus-3-2008")
    plan = load_plan(path, sets=["run.length=60 days"])
    assert plan.customers == ()
    assert "customers.striker: comes after the end of the run and is left out" in plan.warnings


def test_a_warranty_at_home_holds_in_the_whole_country() -> None:
    plan = load_plan(next(p for p in SCENARIOS if p.stem == "asus-2008-no-world-wide-warranty"))
    assert [p.name for p in plan.products if not p.world_wide] == ["notebook", "eee-pc"]
    country = dict(zip(plan.markets.names, plan.markets.country_ix.tolist(), strict=True))
    assert country["beijing"] == country["shanghai"] != country["hong-kong"]
    assert len(set(country.values())) == 38
