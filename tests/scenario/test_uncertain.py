"""Numbers of a scenario that are given as distributions over replications."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import pytest

from sim.errors import ScenarioError, SimulationError, UsageError
from sim.sampling import block_size, drawn_inputs
from sim.scenario.json_schema import json_schema
from sim.scenario.load import load_plan
from sim.scenario.plan import Plan, Run
from sim.scenario.replication import replication_plan
from sim.scenario.resolved import resolved_scenario

TEXT = """
run: {length: 20 days, warm_up: 2 days, replications: 4, draws_per_input: 2}
cases: {calls: {rate: {uncertain: {normal: {mean: 15/h, sd: 1/h}}}, channel: voice, to_repair: 20 %}}
contact_centres:
  desk:
    agents: {uncertain: {triangular: {low: 2, mode: 3, high: 5}}}
    handle_time: {exponential: {uncertain: {uniform: {low: 5 min, high: 0.1 h}}}}
service_points: {oslo: {technicians: 4, repair_time: {uncertain: {lognormal: {mean: 2 h, cv: 0.2}}}}}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "doubt.yaml"
    file.write_text(TEXT)
    return file


def inputs_of(plan: Plan) -> dict[str, Any]:
    assert plan.uncertain is not None
    return {one.path: one for one in plan.uncertain.inputs}


def test_the_plan_has_each_input_at_its_mean(path: Path) -> None:
    plan = load_plan(path)
    assert plan.sources[0].rate == 15.0
    assert plan.groups[0].shifts[0].heads == 3  # of 3.33
    assert plan.lines[0].handle_time.mean == pytest.approx(5.5 / 60)
    assert plan.workshops[0].repair_time.mean == pytest.approx(2.0)
    inputs = inputs_of(plan)
    assert [one.whole for one in inputs.values()] == [False, True, False, False]
    assert inputs["contact_centres.desk.handle_time.exponential"].unit == "h"
    assert block_size(plan) == 2


def test_plans_of_replications_have_what_was_drawn(path: Path) -> None:
    plan = load_plan(path)
    plans = [replication_plan(plan, r) for r in range(4)]
    assert plans[0].sources == plans[1].sources != plans[2].sources
    for r, one in enumerate(plans):
        rate, heads, handle, repair = drawn_inputs(plan, r)
        assert one.sources[0].rate == rate
        assert one.groups[0].shifts[0].heads == heads
        assert one.lines[0].handle_time.params == (handle,)
        assert one.workshops[0].repair_time.params == (repair,)
        assert (one.run, one.targets, one.uncertain) == (plan.run, plan.targets, plan.uncertain)
    seeded = dataclasses.replace(plan, run=dataclasses.replace(plan.run, seed=9))
    assert replication_plan(seeded, 0).sources[0].rate == drawn_inputs(seeded, 0)[0] != plans[0].sources[0].rate


def test_one_more_uncertain_input_changes_no_other_draw(path: Path) -> None:
    plan = load_plan(path)
    more = load_plan(path, ["cases.calls.to_repair={uncertain: {uniform: {low: 10 %, high: 30 %}}}"])
    before = {one: [v[i] for v in map(plan_draw(plan), range(6))] for i, one in enumerate(inputs_of(plan))}
    after = {one: [v[i] for v in map(plan_draw(more), range(6))] for i, one in enumerate(inputs_of(more))}
    assert {one: after[one] for one in before} == before
    assert len(after) == 5


def plan_draw(plan: Plan) -> Any:
    return lambda r: drawn_inputs(plan, r)


def test_the_digest_tells_only_what_is_uncertain(path: Path) -> None:
    plain = ["cases.calls.rate=15/h", "contact_centres.desk.agents=3", "contact_centres.desk.handle_time.exponential=5.5 min"]
    plain.append("service_points.oslo.repair_time=2 h")
    plan, sure = load_plan(path), load_plan(path, plain)
    assert sure.uncertain is None
    assert load_plan(path, [*plain, "run.draws_per_input=5", "run.control_variates=true"]).digest == sure.digest
    assert sure.digest != plan.digest
    assert load_plan(path, ["run.draws_per_input=4"]).digest != plan.digest
    wider = load_plan(path, ["cases.calls.rate={uncertain: {normal: {mean: 15/h, sd: 2/h}}}"])
    assert wider.digest != plan.digest
    assert wider.sources == plan.sources
    assert load_plan(path, [*plain, "run.antithetic=true", "run.draws_per_input=1"]).digest != sure.digest
    assert Run("2024-01-01", 1.0, 0.0, 1, 1).sampling.draws_per_input == 1


def test_warnings_about_blocks(path: Path) -> None:
    assert "whole blocks" not in " ".join(load_plan(path).warnings)
    assert "3 are not whole blocks of 2" in " ".join(load_plan(path, ["run.replications=3"]).warnings)
    sure = load_plan("small", ["run.draws_per_input=3"])
    assert "run.draws_per_input: nothing is uncertain, so it has no effect" in sure.warnings


def test_a_resolved_scenario_keeps_what_is_uncertain(path: Path, tmp_path: Path) -> None:
    shown = resolved_scenario(path)
    assert shown.values["cases"]["calls"]["rate"] == {"uncertain": {"normal": {"mean": "15/h", "sd": "1/h"}}}
    assert shown.values["contact_centres"]["desk"]["agents"] == {"uncertain": {"triangular": {"low": 2, "mode": 3, "high": 5}}}
    again = tmp_path / "again.yaml"
    again.write_text(shown.text())
    assert load_plan(again).digest == load_plan(path).digest == shown.digest


def test_changes_of_another_file(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(
        "extends: doubt.yaml\nchange:\n"
        "  cases.calls.to_repair: {uncertain: {empirical: [15 %, 25 %]}}\n"
        "  contact_centres.desk.agents: {uncertain: {normal: {mean: 4, sd: 0.5, low: 2}}}\n"
        "  contact_centres.desk.handle_time: {exponential: 4 min}\n"
        "  cases.calls.rate.uncertain.normal.sd: 2/h\n"
    )
    inputs = inputs_of(load_plan(other))
    assert inputs["cases.calls.to_repair"].params == (15.0, 25.0)
    assert inputs["contact_centres.desk.agents"].kind == "normal"
    assert inputs["cases.calls.rate"].params == (15.0, 2.0)
    assert "contact_centres.desk.handle_time.exponential" not in inputs


def test_members_of_lists_and_the_scale_may_be_uncertain(path: Path) -> None:
    sets = [
        "run.scale={uncertain: {uniform: {low: 0.9, high: 1.1}}}",
        "service_points.oslo.repair_time={empirical: [1 h, {uncertain: {uniform: {low: 2 h, high: 4 h}}}]}",
    ]
    plan = load_plan(path, sets)
    one = replication_plan(plan, 0)
    known = dict(zip(inputs_of(plan), drawn_inputs(plan, 0), strict=True))
    assert one.workshops[0].repair_time.params[:2] == (1.0, known["service_points.oslo.repair_time.empirical.1"])
    assert one.sources[0].rate == pytest.approx(known["cases.calls.rate"] * known["run.scale"])


def test_a_name_may_be_uncertain(path: Path) -> None:
    text = TEXT.replace("cases: {calls: {rate: {uncertain: {normal: {mean: 15/h, sd: 1/h}}}", "cases: {uncertain: {rate: 15/h")
    path.write_text(text)
    plan = load_plan(path)
    assert plan.sources[0].name.startswith("uncertain")
    assert len(inputs_of(plan)) == 3


def test_a_draw_that_cannot_be_run_names_path_and_value(path: Path) -> None:
    plan = load_plan(path, ["cases.calls.rate={uncertain: {normal: {mean: 15/h, sd: 4.8/h}}}"])
    assert plan.uncertain is not None
    wild = dataclasses.replace(inputs_of(plan)["cases.calls.rate"], params=(-1000.0, 1.0))
    forced = dataclasses.replace(plan, uncertain=dataclasses.replace(plan.uncertain, inputs=(wild,)))
    with pytest.raises(SimulationError, match=r"replication 3: cases.calls.rate was drawn as -\d+\.\d+/h: '-.*' is negative"):
        replication_plan(forced, 3)


def test_a_plan_changed_by_hand_is_refused(path: Path) -> None:
    plan = load_plan(path)
    other = dataclasses.replace(plan, sources=(dataclasses.replace(plan.sources[0], rate=1.0),))
    with pytest.raises(UsageError, match="was changed after loading; change the scenario instead"):
        replication_plan(other, 0)


def test_quantiles_that_cannot_be_run_are_faults(path: Path) -> None:
    with pytest.raises(
        ScenarioError, match=r"at its 0.1 % quantile -0.45\d*/h: '-.*' is negative; bound it with `low` or `high`"
    ):
        load_plan(path, ["cases.calls.rate={uncertain: {normal: {mean: 15/h, sd: 5/h}}}"])
    bounded = load_plan(path, ["cases.calls.rate={uncertain: {normal: {mean: 15/h, sd: 5/h, low: 1/h}}}"])
    assert inputs_of(bounded)["cases.calls.rate"].low == 1.0
    assert math.isinf(inputs_of(bounded)["cases.calls.rate"].high)


@pytest.mark.parametrize(
    ("value", "valid"),
    [
        ({"uncertain": {"normal": {"mean": "15/h", "sd": "1/h"}}}, True),
        ({"uncertain": {"empirical": ["15/h", "16/h"]}}, True),
        ({"uncertain": {"normal": {"mean": "15/h"}}}, False),
        ({"uncertain": {"unifrm": {"low": "15/h", "high": "16/h"}}}, False),
        ({"uncertain": "15/h"}, False),
        ({"certain": "15/h"}, False),
    ],
)
def test_editors_know_the_form(value: Any, valid: bool) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    check = jsonschema.Draft202012Validator(json_schema())
    assert check.is_valid({"cases": {"calls": {"rate": value}}}) == valid
    assert check.is_valid({"contact_centres": {"desk": {"agents": value}}}) == valid
    assert check.is_valid({"vendors": {"v": {"lead_time": value}}}) == valid
    assert not check.is_valid({"run": {"replications": value}})
    assert check.is_valid({"run": {"scale": value}}) == valid
