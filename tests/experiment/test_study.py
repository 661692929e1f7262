"""Replications and studies on disk: the same bytes however they are made."""

from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from sim.analysis.estimate import t_interval
from sim.analysis.tables import open_tables
from sim.columns import STAGES
from sim.errors import UsageError
from sim.experiment import executors
from sim.experiment.placing import clear_leftovers
from sim.experiment.replicate import is_stored, replicate
from sim.experiment.study import default_jobs, run_study
from sim.scenario.load import load_plan
from sim.scenario.plan import Plan, Target
from sim.store import Study, replication_folder

SCENARIO = Path(__file__).parent.parent / "scenarios" / "desk-bench-shelf.yaml"


@pytest.fixture(scope="module")
def plan() -> Plan:
    plan = load_plan(SCENARIO, ["run.length=60 days", "run.warm_up=30 days"])
    return dataclasses.replace(plan, targets=(Target("contact.abandon_rate", "all", None, 0.9, "1"),))


@pytest.fixture(scope="module")
def study(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Study:
    return run_study(plan, tmp_path_factory.mktemp("runs") / "desk", jobs=1, replications=3)


def files(folder: Path) -> dict[str, bytes]:
    """Content of every file but the manifest."""
    return {
        str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file() and p.name != "manifest.json"
    }


def test_processes_give_the_same_bytes(plan: Plan, study: Study, tmp_path: Path) -> None:
    calls: list[tuple[int, float, int]] = []
    other = run_study(plan, tmp_path / "desk", jobs=2, replications=3, progress=lambda *call: calls.append(call))
    assert files(other.folder) == files(study.folder)
    assert {r for r, clock, events in calls if clock == plan.run.horizon_h and events} == {0, 1, 2}
    assert not list((tmp_path / "desk" / "replications").glob(".*"))


def test_more_replications_extend_a_study(plan: Plan, study: Study, tmp_path: Path) -> None:
    first = run_study(plan, tmp_path / "desk", jobs=1, replications=1)
    stamp = (replication_folder(first.folder, 0) / "kpis.csv").stat().st_mtime_ns
    assert first.summary["kpis"][0]["half_width"] is None
    calls: list[tuple[int, float, int]] = []
    longer = run_study(plan, tmp_path / "desk", jobs=1, replications=3, progress=lambda *call: calls.append(call))
    assert calls[0] == (0, plan.run.horizon_h, 0)
    assert {r for r, _, events in calls if events} == {1, 2}
    assert longer.manifest["run_here"] == [1, 2]
    assert (replication_folder(first.folder, 0) / "kpis.csv").stat().st_mtime_ns == stamp
    assert files(longer.folder) == files(study.folder)


def test_a_changed_target_costs_no_simulation(plan: Plan, tmp_path: Path) -> None:
    run_study(plan, tmp_path / "desk", jobs=1, replications=2)
    stricter = dataclasses.replace(plan, targets=(Target("contact.abandon_rate", "all", None, 0.0, "1"),))
    again = run_study(stricter, tmp_path / "desk", jobs=1, replications=2)
    assert again.manifest["run_here"] == []
    (entry,) = [e for e in again.summary["kpis"] if e["target"] is not None]
    assert entry["target"] == {"max": 0.0}


def test_another_scenario_does_not_fit_into_the_folder(plan: Plan, study: Study) -> None:
    other = dataclasses.replace(plan, run=dataclasses.replace(plan.run, seed=plan.run.seed + 1))
    with pytest.raises(UsageError, match=f"holds results of another scenario .digest {plan.digest[:8]}"):
        run_study(other, study.folder, jobs=1)


def test_summary_is_the_interval_of_the_replications(study: Study) -> None:
    for entry in study.summary["kpis"]:
        want = t_interval(study.values(entry["kpi"], entry["group"]), 0.95)
        assert entry["mean"] == pytest.approx(want.mean, rel=1e-12, abs=1e-15)
        assert entry["n"] == want.n
        if want.half_width is not None:
            assert entry["half_width"] == pytest.approx(want.half_width, rel=1e-9, abs=1e-12)
    assert study.summary["format"] == 1
    assert set(study.summary) >= {"format", "name", "digest", "replications", "confidence", "steady_state", "kpis"}
    keys = ["kpi", "group", "unit", "n", "mean", "half_width", "target", "verdict"]
    assert all(list(entry) == keys for entry in study.summary["kpis"])


def test_stages_add_up_in_every_replication(study: Study) -> None:
    total = sum(study.values(f"stage.{stage}.mean") for stage in STAGES)
    assert total == pytest.approx(study.values("tat.customer.mean"), rel=1e-9)


def test_littles_law_holds_for_open_orders(plan: Plan, tmp_path: Path) -> None:
    place = replicate(plan, 0, tmp_path, keep_tables=True)
    orders = np.load(place / "tables" / "orders.npy")
    begin, end = plan.run.warm_up_h, plan.run.horizon_h
    closed = np.where(np.isnan(orders["closed_h"]), end, orders["closed_h"])
    inside = np.clip(closed, begin, end) - np.clip(orders["opened_h"], begin, end)
    kpis = {(k, g): float(v) for k, g, _, v in csv.reader((place / "kpis.csv").read_text().splitlines()[1:])}
    assert kpis["orders.open", "all"] == pytest.approx(inside.sum() / (end - begin), rel=1e-12)
    gauges = open_tables(place / "tables")["gauges"].columns("gauge", "begin_h", "integral")
    measured = gauges[2][(gauges[0] == 6) & (gauges[1] >= begin)].sum()
    assert kpis["orders.open", "all"] == pytest.approx(measured / (end - begin), rel=1e-9)


def test_contacts_queue_equals_the_waits_in_the_window(plan: Plan, tmp_path: Path) -> None:
    place = replicate(plan, 1, tmp_path, keep_tables=True)
    contacts = np.load(place / "tables" / "contacts.npy")
    begin, end = plan.run.warm_up_h, plan.run.horizon_h
    left = np.where(np.isnan(contacts["answered_h"]), contacts["ended_h"], contacts["answered_h"])
    left = np.where(np.isnan(left), end, left)
    waited = (np.clip(left, begin, end) - np.clip(contacts["arrived_h"], begin, end)).sum()
    kpis = {(k, g): float(v) for k, g, _, v in csv.reader((place / "kpis.csv").read_text().splitlines()[1:])}
    assert kpis["contact.queue.mean", "all"] == pytest.approx(waited / (end - begin), rel=1e-9)


def test_all_raw_tables_only_when_asked(plan: Plan, tmp_path: Path) -> None:
    place = replicate(plan, 0, tmp_path, keep_tables=False)
    assert not (place / "tables").exists()
    assert is_stored(plan, 0, tmp_path)
    assert not is_stored(plan, 0, tmp_path, keep_tables=True)
    replicate(plan, 0, tmp_path, keep_tables=True, log=True)
    assert len(np.load(place / "tables" / "cases.npy")) > 0
    assert is_stored(plan, 0, tmp_path)
    assert is_stored(plan, 0, tmp_path, keep_tables=True, log=True)


def test_a_failure_leaves_nothing_behind(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replicate(plan, 0, tmp_path)

    def interrupted(plan: Plan, r: int, folder: Path, **rest: object) -> Path:
        if r == 1:
            raise KeyboardInterrupt
        return replicate(plan, r, folder)

    monkeypatch.setattr(executors, "replicate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_study(plan, tmp_path, jobs=1, replications=3)
    assert [p.name for p in sorted((tmp_path / "replications").iterdir())] == ["0000"]


def test_leftovers_of_dead_processes_are_cleared(tmp_path: Path) -> None:
    dead = tmp_path / "replications" / ".0003.4194301.abc"
    dead.mkdir(parents=True)
    clear_leftovers(tmp_path)
    assert not dead.exists()


def test_tidy_files_have_their_columns(study: Study) -> None:
    heads = {
        "replications": "scenario,replication,kpi,group,unit,value",
        "stages": "group,stage,mean_h,half_width",
        "tat": "group,hours,share,low,high",
        "daily": "day,measure,mean,half_width",
        "halfhour": "site,channel,day_type,slot,offered,answered,abandoned,within_threshold,agents",
        "weekhour": "kind,owner,hour,utilisation,wait_h,staffed,joined,waiting,closed_h",
        "points": "site,kind,region,lat,lon,orders,tat_mean_h,tat_mean_half_width,tat_p90_h,tat_p90_half_width,part_wait_h,"
        "bench_wait_h,utilisation",
        "flows": "from,to,kind,per_year,from_lat,from_lon,to_lat,to_lon",
        "parts": "part,demands_per_year,fill_rate,wait_hours_per_year,share_of_wait,emergency_rate,stock_value,on_hand,"
        "backorders",
        "histograms": "measure,bin_low_h,bin_high_h,count_mean",
        "money": "kind,per_year,half_width",
        "theory": "measure,owner,theory,simulation,half_width",
    }
    for name, head in heads.items():
        text = (study.folder / f"{name}.csv").read_text()
        assert text.splitlines()[0] == head
        assert text.endswith("\n")


def test_tidy_files_agree_with_the_measures(study: Study) -> None:
    stages = study.table("stages")
    assert stages["mean_h"][stages["group"] == "all"].sum() == pytest.approx(study.mean("tat.customer.mean"), rel=1e-9)
    tat = study.table("tat")
    assert tat["share"][0] == 0.0
    assert 0.99 < tat["share"].max() <= 1.0
    assert (np.diff(tat["share"]) >= 0).all()
    daily = study.table("daily")
    offered = daily["mean"][(daily["measure"] == "contact.offered") & (daily["day"] >= 30)]
    assert offered.mean() == pytest.approx(study.mean("contact.offered"))
    half = study.table("halfhour")
    working = half["day_type"] == "working"
    assert (half["offered"][working].sum() * 5 + half["offered"][~working].sum() * 2) / 7 == pytest.approx(
        study.mean("contact.offered"), rel=0.05
    )
    assert half["agents"][working & (half["slot"] == 20)] == 2.0
    assert half["agents"][working & (half["slot"] == 40)] == 0.0
    assert study.table("points")["tat_p90_h"][0] == pytest.approx(study.mean("tat.customer.p90", "site=bench"))
    assert study.table("points")["orders"][0] > 0
    assert study.table("parts")["fill_rate"][0] == pytest.approx(study.mean("parts.fill_rate", "part=fan"))


def test_manifest_says_what_was_run(plan: Plan, study: Study) -> None:
    manifest = json.loads((study.folder / "manifest.json").read_text())
    assert manifest["digest"] == plan.digest
    assert manifest["run"]["length_h"] == 1440.0
    assert len(manifest["events"]) == 3
    assert manifest["wall_time_s"] > 0


def test_jobs_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    assert (default_jobs(3), default_jobs(20)) == (3, 8)
