"""run.scale: the whole service larger or smaller."""

from __future__ import annotations

from pathlib import Path

import pytest

import sim
from sim import api
from sim.errors import ScenarioError
from sim.rules.stocking import ReorderPointUpTo
from sim.scenario.plan import Plan
from sim.scenario.scale import scaled

EVERY = Path(__file__).parents[1] / "scenarios" / "every-feature.yaml"


def heads(plan: Plan) -> list[int]:
    return [shift.heads for team in (*plan.groups, *plan.workshops) for shift in team.shifts]


def test_everything_grows() -> None:
    plan, five = sim.load(EVERY), sim.load(EVERY, ("run.scale=5",))
    assert heads(five) == [5 * n for n in heads(plan)]
    assert [s.rate for s in five.sources] == [5 * s.rate for s in plan.sources]
    assert [p.cohorts for p in five.products] == [tuple(5 * n for n in p.cohorts) for p in plan.products]
    assert [line.trunks for line in five.lines] == [line.trunks if line.trunks < 0 else 5 * line.trunks for line in plan.lines]
    for place, larger in zip(plan.locations, five.locations, strict=True):
        assert [d.rate for d in larger.demands] == [5 * d.rate for d in place.demands]
        for (_, policy), (_, more) in zip(place.policies, larger.policies, strict=True):
            assert more.positions[1] == 5 * policy.positions[1]
            assert more.review_h == policy.review_h
    assert five.digest != plan.digest
    assert sim.load(EVERY, ("run.scale=1",)).digest == plan.digest


def test_nothing_vanishes_from_a_smaller_service() -> None:
    plan = sim.load(EVERY)
    small = scaled(plan, 0.01)
    assert [n > 0 for n in heads(small)] == [n > 0 for n in heads(plan)]
    for place in small.locations:
        for _, policy in place.policies:
            if isinstance(policy, ReorderPointUpTo):
                assert policy.s < policy.S


def test_contacts_follow(tmp_path: Path) -> None:
    sets = ("run.length=60 days", "run.warm_up=0 days", "run.replications=1")
    one, three = (sim.run("small", sets=(*sets, f"run.scale={scale}"), jobs=1, out=tmp_path / str(scale)) for scale in (1, 3))
    assert three.mean("orders.opened") == pytest.approx(3 * one.mean("orders.opened"), rel=0.2)


@pytest.mark.parametrize(("value", "text"), [("0", "above 0"), ("-1", "negative"), ("much", "scale")])
def test_faults(value: str, text: str) -> None:
    with pytest.raises(ScenarioError, match=text):
        sim.load(EVERY, (f"run.scale={value}",))


def test_recorded_cases_cannot_be_multiplied(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    api.save_cases(sim.load("small", ("run.length=5 days", "run.warm_up=0 days")), path)
    with pytest.raises(ScenarioError, match="cannot multiply recorded cases"):
        sim.load("small", (f"replay={{from: {path}}}", "run.scale=2"))
