"""Replications to a goal: the rule's coverage by simulation, its decisions, and how a run to a goal ends."""

from __future__ import annotations

import dataclasses
import json
import math
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks.stopping import NORMAL, SKEWED, coverage, width_for
from sim import api
from sim.analysis.estimate import Estimate, t_interval, t_quantile
from sim.analysis.settle import TOO_MANY, more_to_settle, more_to_shorten
from sim.errors import UsageError
from sim.experiment.stopping import interval_level, next_look, shortfall
from sim.experiment.study import run_study
from sim.scenario.load import load_plan
from sim.scenario.plan import Goal, Plan, Precision
from sim.store import Study

SCENARIO = """
title: Goal
run:
  length: 10 days
  replications:
    min: 5
    max: 60
    until: [{kpi: contact.wait.mean, half_width: 10 %}, {kpi: "contact.service_level[site=desk]", half_width: 0.01}]
cases: {calls: {rate: 10/h, channel: voice}}
contact_centres: {desk: {agents: 2, handle_time: 6 min}}
targets: {contact.service_level: {min: 70.5 %}, contact.occupancy: {min: 49.4 %}}
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("goal") / "goal.yaml"
    path.write_text(SCENARIO)
    return path


@pytest.fixture(scope="module")
def plan(file: Path) -> Plan:
    return load_plan(file)


@pytest.fixture(scope="module")
def study(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Study:
    return run_study(plan, tmp_path_factory.mktemp("runs") / "serial", executor="serial")


@pytest.mark.parametrize(("minimum", "needed"), [(5, 6), (5, 10), (5, 25), (5, 130), (10, 3), (10, 16), (10, 40)])
def test_coverage_of_normal_values(minimum: int, needed: int) -> None:
    """95 % intervals, wherever the rule stops: at the first look, in the middle or at the maximum."""
    found = coverage([NORMAL], [width_for(NORMAL, needed)], minimum, 3000)
    assert 0.937 < found.shares[0] < 0.98  # three standard errors around 94.5 to 97.2 %


@pytest.mark.parametrize("needed", [6, 16, 40])
@pytest.mark.parametrize("relative", [False, True])
def test_coverage_of_skewed_values(needed: int, relative: bool) -> None:
    found = coverage([SKEWED], [width_for(SKEWED, needed, relative)], 10, 3000)
    assert 0.925 < found.shares[0] < 0.98


@pytest.mark.parametrize("alike", [0.0, 0.8])
def test_coverage_of_two_measures_at_once(alike: float) -> None:
    found = coverage([NORMAL, NORMAL], [width_for(NORMAL, 16), width_for(NORMAL, 20)], 5, 3000, alike=alike)
    assert min(found.shares) > 0.937
    assert max(found.shares) < 0.985


def test_looking_with_ordinary_intervals_would_cover_too_seldom() -> None:
    """What the level of the intervals is for; a rule without it fails the tests above."""
    assert coverage([NORMAL], [width_for(NORMAL, 10)], 5, 3000, level=0.95).shares[0] < 0.935


def test_looks_are_few() -> None:
    for worst in (1.001, 1.2, 1.5, 5.0, math.inf):
        count, looks = 5, [5]
        while count < 100:
            count = next_look(count, len(looks), worst, 100)
            looks.append(count)
        assert len(looks) <= 7
        assert looks[-1] == 100
        assert all(b <= 3 * a for a, b in pairwise(looks))
    assert next_look(10, 1, 1.4, 100) == 20  # as many as the variance says
    assert next_look(10, 1, 1.01, 100) == 15
    assert next_look(10, 1, 9.0, 100) == 30
    assert next_look(90, 2, 2.0, 100) == 100


def test_shortfall_of_relative_and_absolute_widths() -> None:
    found = Estimate(10, -50.0, 2.0)
    assert shortfall(Precision("k", "all", 4.0), found) == 0.5
    assert shortfall(Precision("k", "all", 0.02, relative=True), found) == 2.0
    assert shortfall(Precision("k", "all", 1.0), Estimate(1, 3.0, None)) == math.inf
    assert shortfall(Precision("k", "all", 0.1, relative=True), Estimate(9, 0.0, 0.0)) == 0.0
    assert shortfall(Precision("k", "all", 0.1, relative=True), Estimate(9, 0.0, 0.1)) == math.inf


def test_the_goal_is_reached_and_told(plan: Plan, study: Study) -> None:
    stopping = study.summary["stopping"]
    assert stopping == study.manifest["stopping"]
    assert stopping["reached"]
    assert stopping["looks"][0] == 5
    assert 5 < study.replications == stopping["looks"][-1] < 60
    level = interval_level(0.95)
    assert stopping["level"] == pytest.approx(0.97)
    for entry in study.summary["kpis"]:
        want = t_interval(study.values(entry["kpi"], entry["group"]), level)
        assert entry["half_width"] == pytest.approx(want.half_width, rel=1e-9, abs=1e-12)
    wait, answered = stopping["until"]
    assert wait["found"] <= 0.1 * study.mean("contact.wait.mean")
    assert answered["found"] <= 0.01
    before = t_interval(study.values("contact.wait.mean")[: stopping["looks"][-2]], level)
    other = t_interval(study.values("contact.service_level", "site=desk")[: stopping["looks"][-2]], level)
    assert (before.half_width or 0) > 0.1 * before.mean or (other.half_width or 0) > 0.01


def test_tidy_files_have_the_level_too(study: Study) -> None:
    daily = study.table("daily")
    row = daily[(daily["measure"] == "contact.offered") & (daily["day"] == 3)][0]
    values = [float(_daily(study, r)[1, 3]) for r in range(study.replications)]
    assert row["half_width"] == pytest.approx(t_interval(values, 0.97).half_width, rel=1e-9)


def _daily(study: Study, r: int):  # type: ignore[no-untyped-def]
    import numpy as np

    return np.load(study.folder / "replications" / f"{r:04d}" / "daily.npy")


def test_processes_stop_at_the_same_number(plan: Plan, study: Study, tmp_path: Path) -> None:
    calls: list[tuple[int, float, int]] = []
    other = run_study(plan, tmp_path / "two", jobs=2, progress=lambda *call: calls.append(call))
    assert other.manifest["stopping"] == study.manifest["stopping"]
    for name in ("summary.json", "replications.csv", "daily.csv", "plan.json"):
        assert (other.folder / name).read_bytes() == (study.folder / name).read_bytes()
    told = [r for r, clock, _ in calls if clock == 0.0]
    assert told == list(range(study.replications))  # every replication is announced once, look by look


def test_the_maximum_is_hit(plan: Plan, tmp_path: Path) -> None:
    goal = Goal(7, (Precision("contact.wait.mean", "all", 0.001, relative=True, unit="h"),))
    tight = dataclasses.replace(plan, run=dataclasses.replace(plan.run, goal=goal))
    ended = run_study(tight, tmp_path / "run", executor="serial")
    assert ended.replications == 7
    assert not ended.manifest["stopping"]["reached"]
    text = " ".join(api.run_text(ended).sentences)
    assert "The goal is not reached at the maximum of 7 replications: wait ±" in text
    assert "wanted ±0.1 %" in text


def test_a_fixed_number_takes_the_place_of_the_goal(file: Path, tmp_path: Path) -> None:
    fixed = api.run(file, replications=6, out=tmp_path / "run", executor="serial")
    assert fixed.replications == 6
    assert "stopping" not in fixed.summary
    want = t_interval(fixed.values("contact.wait.mean"), 0.95)
    (entry,) = [e for e in fixed.summary["kpis"] if (e["kpi"], e["group"]) == ("contact.wait.mean", "all")]
    assert entry["half_width"] == pytest.approx(want.half_width)
    longer = api.run(file, out=tmp_path / "run", executor="serial")
    assert longer.manifest["run_here"] == list(range(6, longer.replications))
    with pytest.raises(UsageError, match="does not go with a goal"):
        api.run(file, replications=6, until=["contact.wait.mean=5 %"])


def test_goals_of_the_command(plan: Plan) -> None:
    made = api.with_goal(plan, ["contact.service_level[site=desk]=0.02", "contact.wait.mean=30 s"], 20)
    assert made.run.goal == Goal(
        20,
        (
            Precision("contact.service_level", "site=desk", 0.02, False, "1"),
            Precision("contact.wait.mean", "all", 30 / 3600, False, "h"),
        ),
    )
    assert api.with_goal(plan, (), 30).run.goal == Goal(30, plan.run.goal.until if plan.run.goal else ())
    assert made.digest == plan.digest
    plain = dataclasses.replace(plan, run=dataclasses.replace(plan.run, goal=None, replications=1))
    assert api.with_goal(plain, ["contact.wait.mean=5 %"]).run.replications == 2
    with pytest.raises(UsageError, match="goes with a goal"):
        api.with_goal(plain, (), 30)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("contact.wait.men=5 %", "unknown measure 'contact.wait.men'; did you mean 'contact.wait.mean'"),
        ("contact.wait.mean[site=dsk]=5 %", "unknown site 'dsk'; did you mean 'desk'"),
        ("contact.wait.mean[sit=desk]=5 %", "unknown group 'sit'; did you mean 'site'"),
        ("contact.wait.mean=3", "contact.wait.mean is in h, the half width is a plain number; write for example '2 h'"),
        ("contact.service_level=2 h", "contact.service_level is a plain number, the half width is in h"),
        ("cost.total.per_year=5 h", "cost.total.per_year is in EUR, the half width is in h; write for example '500 EUR'"),
        ("contact.wait.mean=0 %", "'0 %' is not above 0"),
        ("contact.wait.mean", "'contact.wait.mean' is not a goal; write 'tat.customer.p90=5 %'"),
        ("contact.wait.mean[site=desk]", "is not a goal"),
    ],
)
def test_wrong_goals_of_the_command(plan: Plan, text: str, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        api.with_goal(plan, [text])
    assert message in str(raised.value)


def test_a_measure_without_values_is_told_after_the_first_look(plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"tat.customer.p90 has no value in any of the first 5 replications; it has none at all"):
        run_study(api.with_goal(plan, ["tat.customer.p90=5 %"]), tmp_path / "run", executor="serial")


def test_the_baseline_decides_for_all(file: Path, study: Study, tmp_path: Path) -> None:
    other = tmp_path / "more.yaml"
    other.write_text(SCENARIO.replace("agents: 2", "agents: 3"))
    found = api.compare(file, other, executor="serial")
    assert [s.replications for s in (found.base, *found.others)] == [study.replications] * 2
    assert "stopping" not in found.others[0].summary


def test_how_many_more_settle_a_verdict() -> None:
    n, deviation, level = 10, 4.0, 0.95

    def half_width(count: int) -> float:
        return t_quantile(level, count - 1) * deviation / math.sqrt(count)

    need = more_to_settle(n, 100.0, half_width(n), None, 101.0, level)
    assert need is not None
    assert half_width(n + need) <= 1.0 < half_width(n + need - 1)
    assert more_to_settle(n, 101.0, half_width(n), None, 100.0, level) == need  # beyond the limit as far
    assert more_to_settle(n, 100.0, half_width(n), 99.0, 105.0, level) == need  # the nearer limit counts
    assert more_to_settle(n, 100.0, half_width(n), None, 100.0 + 1e-6, level) is None
    assert more_to_settle(n, 100.0, half_width(n), 100.0, None, level) is None
    assert more_to_shorten(n, 1.0, 1.0, level) == 0
    assert more_to_shorten(2, 1e9, 1.0, level) is None
    assert half_width(TOO_MANY) > 0.05


def test_console_says_how_many_more(study: Study) -> None:
    text = " ".join(api.run_text(study).sentences)
    assert f"The goal is reached after {study.replications} replications, seen at look " in text
    assert "If the means stay where they are, about " in text
    assert "more replications would settle service level" in text


def test_old_results_do_not_change(plan: Plan, tmp_path: Path) -> None:
    """A plan without a goal leaves no trace of goals in its files."""
    plain = dataclasses.replace(plan, run=dataclasses.replace(plan.run, goal=None))
    assert plain.digest == plan.digest
    ended = run_study(plain, tmp_path / "run", executor="serial", replications=2)
    assert "goal" not in json.loads((ended.folder / "plan.json").read_text())["run"]
    assert not (ended.folder / "run.json").exists()
