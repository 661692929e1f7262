"""intervals.csv of a run against its raw tables, and how people get at it."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from sim import api
from sim.cli import main
from sim.columns import CLOSED, RETURNED
from sim.errors import UsageError
from sim.experiment.study import run_study
from sim.scenario.load import load_plan
from sim.scenario.plan import Plan, Target
from sim.store import Study, replication_folder

SCENARIO = Path(__file__).parent.parent / "scenarios" / "desk-bench-shelf.yaml"
N = 4


@pytest.fixture(scope="module")
def plan() -> Plan:
    plan = load_plan(SCENARIO, ["run.length=60 days", "run.warm_up=30 days", "service_points.bench.technicians=4"])
    targets = (Target("contact.service_level", "all", 0.97, None, "1"), Target("tat.customer.p90", "all", None, 1e6, "h"))
    return dataclasses.replace(plan, targets=targets)


@pytest.fixture(scope="module")
def study(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Study:
    return run_study(plan, tmp_path_factory.mktemp("runs") / "desk", jobs=1, replications=N, keep_tables=True)


def one(study: Study, kpi: str, kind: str, group: str = "all") -> np.void:
    found = [r for r in study.intervals if (r["kpi"], r["kind"], r["group"]) == (kpi, kind, group)]
    assert len(found) == 1, (kpi, kind, len(found))
    return found[0]


def tables(study: Study, name: str) -> list[np.ndarray]:
    return [np.load(replication_folder(study.folder, r) / "tables" / f"{name}.npy") for r in range(N)]


def test_means_are_those_of_the_summary(study: Study) -> None:
    means = {(r["kpi"], r["group"]): r for r in study.intervals if r["kind"] == "mean"}
    assert len(means) == len(study.summary["kpis"])
    for entry in study.summary["kpis"]:
        row = means[entry["kpi"], entry["group"]]
        assert (row["estimate"], row["n"], row["unit"]) == (entry["mean"], entry["n"], entry["unit"])
        assert row["high"] - row["low"] == pytest.approx(2 * entry["half_width"], rel=1e-9, abs=1e-12)


def test_ratio_of_sums_counts_every_customer_once(plan: Plan, study: Study) -> None:
    within = offered = 0
    for contacts in tables(study, "contacts"):
        mine = contacts[contacts["arrived_h"] >= plan.run.warm_up_h]
        wait = mine["answered_h"] - mine["arrived_h"]
        within += int((wait <= plan.lines[0].threshold_h).sum())
        offered += int((mine["outcome"] != CLOSED).sum())
    row = one(study, "contact.service_level", "ratio of sums")
    assert row["estimate"] == pytest.approx(within / offered, rel=1e-12)
    assert row["estimate"] != study.mean("contact.service_level")
    assert row["low"] < row["estimate"] < row["high"]
    assert row["n"] == N
    kinds = {r["kind"] for r in study.intervals if r["kpi"] == "contact.offered"}
    assert kinds == {"mean"}  # a rate per day is over the same time in every replication


def test_pooled_quantiles_are_those_of_all_orders(plan: Plan, study: Study) -> None:
    spans: dict[str, list[np.ndarray]] = {"tat.customer": [], "tat.workshop": []}
    for orders in tables(study, "orders"):
        good = orders[(orders["outcome"] == RETURNED) & (orders["closed_h"] >= plan.run.warm_up_h)]
        spans["tat.customer"].append(good["closed_h"] - good["first_h"])
        spans["tat.workshop"].append(good["ready_h"] - good["received_h"])
    for kpi, samples in spans.items():
        pooled = np.concatenate(samples)
        for p in (50, 80, 90, 95):
            row = one(study, f"{kpi}.p{p}", "pooled quantile")
            assert row["estimate"] == pytest.approx(np.quantile(pooled, p / 100), rel=0.02)
            assert row["low"] <= row["estimate"] <= row["high"]


def test_pooled_waits_are_those_of_all_contacts_and_parts(plan: Plan, study: Study) -> None:
    waits = []
    for contacts in tables(study, "contacts"):
        mine = contacts[contacts["arrived_h"] >= plan.run.warm_up_h]
        until = np.where(np.isnan(mine["answered_h"]), mine["ended_h"], mine["answered_h"])
        waits.append(until - mine["arrived_h"])
    counts = sum(np.load(replication_folder(study.folder, r) / "distributions.npy") for r in range(N))
    pooled = np.concatenate(waits)
    assert counts[3].sum() == len(pooled[~np.isnan(pooled)])
    assert counts[3, 0] == (pooled <= 0).sum()
    asked = served = 0.0
    for demands in tables(study, "part_demands"):
        mine = demands[demands["requested_h"] >= plan.run.warm_up_h]
        asked += mine["quantity"].sum()
        served += mine["filled_at_once"].sum()
    assert (counts[2].sum(), counts[2, 0]) == (asked, served)
    assert one(study, "parts.wait.p95", "pooled quantile")["estimate"] > 0


def test_how_many_years_meet_the_target(study: Study) -> None:
    level = one(study, "contact.service_level", "probability of meeting the target")
    assert level["estimate"] == (study.values("contact.service_level") >= 0.97).mean()
    sure = one(study, "tat.customer.p90", "probability of meeting the target")
    assert (sure["estimate"], sure["high"], sure["unit"], sure["n"]) == (1.0, 1.0, "1", N)
    assert sure["low"] == pytest.approx(N / (N + 1.959964**2))  # Wilson's lower end where all succeed


def test_intervals_in_python(study: Study) -> None:
    rows = api.intervals(study, ["tat.customer"], kinds=["pooled"])
    assert [r["kpi"] for r in rows] == [f"tat.customer.p{p}" for p in (50, 80, 90, 95)]
    assert {r["group"] for r in api.intervals(study, groups=["site=desk"])} == {"site=desk"}
    assert any(r["kind"].startswith("probability") for r in api.intervals(study))
    with pytest.raises(UsageError, match=r"no measure 'tat\.custome'; did you mean 'tat\.customer"):
        api.intervals(study, ["tat.custome"])
    with pytest.raises(UsageError, match="no group 'site=dusk'; did you mean 'site=desk'"):
        api.intervals(study, groups=["site=dusk"])


def test_intervals_on_the_console(study: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["estimate", str(study.folder), "--kpi", "contact.service_level"]) == 0
    text = capsys.readouterr().out
    assert "4 replications of 60" in text
    assert all(word in text for word in ("Service level [%]", "ratio of sums", "probability of meeting the target", "95"))
    assert main(["estimate", str(study.folder), "--kind", "pooled", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {r["kind"] for r in rows} == {"pooled quantile"}
    assert main(["estimate", str(study.folder), "--kpi", "nothing"]) == 2
    assert "has no measure 'nothing'" in capsys.readouterr().err
    assert main(["estimate", str(tmp_path)]) == 2
    assert "not a run folder" in capsys.readouterr().err


def test_an_older_run_says_that_it_has_none(study: Study, tmp_path: Path) -> None:
    for name in ("manifest.json", "summary.json"):
        (tmp_path / name).write_bytes((study.folder / name).read_bytes())
    with pytest.raises(UsageError, match=r"has no intervals\.csv; run it again"):
        api.intervals(tmp_path)


def test_a_single_replication_has_estimates_without_ends(plan: Plan, tmp_path: Path) -> None:
    alone = run_study(plan, tmp_path / "run", jobs=1, replications=1)
    table = alone.intervals
    chances = np.char.startswith(table["kind"], "probability")
    assert np.isnan(table["low"][~chances]).all()
    assert np.isfinite(table["estimate"]).all()
    assert "\u2014" in api.intervals_text(alone).tables[0].rows[0][3]


def test_blocks_are_the_independent_values_of_every_kind(tmp_path: Path) -> None:
    plan = load_plan(SCENARIO, ["run.length=20 days", "run.warm_up=10 days", "run.antithetic=true"])
    study = run_study(plan, tmp_path / "pairs", jobs=1, replications=2 * N)
    kinds = {(row["kind"], int(row["n"])) for row in study.intervals}
    assert {n for _, n in kinds} <= set(range(N + 1))
    assert {kind for kind, n in kinds if n == N} >= {"mean", "ratio of sums", "pooled quantile"}
    assert not any(kind.startswith("probability") for kind, _ in kinds)
    rows = [r for r in study.intervals if (r["kpi"], r["group"], r["kind"]) == ("contact.service_level", "all", "ratio of sums")]
    single = run_study(load_plan(SCENARIO, ["run.length=20 days", "run.warm_up=10 days"]), tmp_path / "n", jobs=1, replications=2)
    same = [r for r in single.intervals if (r["kpi"], r["group"], r["kind"]) == ("contact.service_level", "all", "ratio of sums")]
    assert int(rows[0]["n"]) == N
    assert int(same[0]["n"]) == 2


def test_a_goal_raises_the_level_of_every_kind_and_of_a_comparison(tmp_path: Path) -> None:
    sets = ("run.length=20 days", "run.warm_up=10 days")
    goal = api.run(SCENARIO, sets=sets, until=["tat.customer.mean=90 %"], out=tmp_path / "goal", jobs=1)
    fixed = api.run(SCENARIO, sets=sets, replications=goal.replications, out=tmp_path / "fixed", jobs=1)
    assert goal.level > goal.confidence == fixed.level
    wider = 0
    for a, b in zip(goal.intervals, fixed.intervals, strict=True):
        assert (a["kpi"], a["group"], a["kind"], a["n"]) == (b["kpi"], b["group"], b["kind"], b["n"])
        if np.isfinite(a["low"]) and np.isfinite(b["low"]) and a["high"] > a["low"]:
            wider += a["high"] - a["low"] > b["high"] - b["low"]
            assert a["high"] - a["low"] >= b["high"] - b["low"] - 1e-12
    assert wider > 20
    other = tmp_path / "other.yaml"
    other.write_text(f"extends: {SCENARIO}\nchange: {{contact_centres.desk.agents: 3}}\n")
    found = api.compare(SCENARIO, other, sets=sets, until=["tat.customer.mean=90 %"], out=tmp_path / "runs" / "c", jobs=1)
    base, against = found.base.summary["kpis"][0], goal.summary["kpis"][0]
    assert base == against
    assert found.contrasts[0].of("contact.occupancy").half_width is not None
