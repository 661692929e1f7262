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
