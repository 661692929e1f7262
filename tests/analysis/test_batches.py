"""Batch means of one long run, from the scenario to the summary."""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path

import numpy as np
import pytest

import sim
from sim import api
from sim.analysis.batches import batch_windows
from sim.errors import ScenarioError, UsageError
from sim.experiment.replicate import is_stored, replicate
from sim.experiment.study import run_study
from sim.scenario.load import load_plan
from sim.scenario.plan import Plan
from sim.store import Study, replication_folder

SCENARIO = Path(__file__).parent.parent / "scenarios" / "desk-bench-shelf.yaml"
SETS = ["run.length=240 days", "run.warm_up=45 days", "run.replications=1", "service_points.bench.technicians=4"]


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load_plan(SCENARIO, [*SETS, "run.batches=8"])


@pytest.fixture(scope="module")
def study(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Study:
    return run_study(plan, tmp_path_factory.mktemp("batches") / "run", jobs=1)


def whole_run(study: Study) -> dict[tuple[str, str], float]:
    rows = csv.reader((replication_folder(study.folder, 0) / "kpis.csv").read_text().splitlines()[1:])
    return {(kpi, group): float(value) for kpi, group, _, value in rows}


def test_batches_do_not_change_the_run(plan: Plan, study: Study, tmp_path: Path) -> None:
    plain = load_plan(SCENARIO, SETS)
    assert plain.digest == plan.digest
    assert plain.study_digest != plan.study_digest
    place, kept = replicate(plain, 0, tmp_path), replication_folder(study.folder, 0)
    for path in place.rglob("*"):
        if path.is_file() and path.name != "meta.json":
            assert path.read_bytes() == (kept / path.relative_to(place)).read_bytes(), path.name
    assert not (place / "batches.csv").exists()


def test_a_run_with_other_batches_is_reduced_again(plan: Plan, study: Study) -> None:
    other = dataclasses.replace(plan, run=dataclasses.replace(plan.run, batches=4))
    none = dataclasses.replace(plan, run=dataclasses.replace(plan.run, batches=0))
    assert is_stored(plan, 0, study.folder)
    assert not is_stored(other, 0, study.folder)
    assert not is_stored(none, 0, study.folder)


def test_time_averages_of_batches_average_to_that_of_the_run(study: Study) -> None:
    whole = whole_run(study)
    for kpi in (
        "orders.open", "work.queue.mean", "contact.queue.mean", "parts.on_hand.mean", "parts.ebo", "parts.ready_rate",
        "contact.offered", "orders.opened", "orders.closed", "parts.demand", "stock.value.mean",
    ):  # fmt: skip
        assert study.values(kpi).shape == (8,)
        assert study.mean(kpi) == pytest.approx(whole[kpi, "all"], rel=1e-9), kpi
    assert study.values("orders.open.end")[-1] == whole["orders.open.end", "all"]
    # open orders at the end of a batch: those before, plus the opened, less the closed
    change = (study.values("orders.opened") - study.values("orders.closed")) * 30
    assert np.diff(study.values("orders.open.end")) == pytest.approx(change[1:], abs=1e-6)


def test_sums_of_batches_are_those_of_the_run(study: Study) -> None:
    whole = whole_run(study)
    ratios = {(r["kpi"], r["group"]): r["estimate"] for r in study.intervals if r["kind"] == "ratio of sums"}
    for kpi in ("contact.service_level", "contact.asa", "parts.fill_rate", "parts.wait.mean", "work.utilisation",
                "work.wait.mean", "tat.customer.mean", "contact.occupancy"):  # fmt: skip
        assert ratios[kpi, "all"] == pytest.approx(whole[kpi, "all"], rel=1e-9), kpi
    place = replication_folder(study.folder, 0)
    for name in ("distributions", "tat"):
        assert np.load(place / f"batch_{name}.npy").sum(axis=0).tolist() == np.load(place / f"{name}.npy").tolist(), name


def test_the_summary_speaks_of_batches(study: Study) -> None:
    summary = study.summary
    assert (summary["method"], summary["batches"], summary["replications"]) == ("batch means", 8, 1)
    assert study.samples == 8
    assert study.replications == 1
    assert {e["n"] for e in summary["kpis"] if e["kpi"] == "orders.open"} == {8}
    rows = list(csv.reader((study.folder / "replications.csv").read_text().splitlines()[1:]))
    assert sorted({int(row[1]) for row in rows}) == list(range(8))
    assert "probability of meeting the target" not in study.intervals["kind"]
    assert "8 batches" in api.run_text(study).sentences[1]
    assert "8 batches of one run" in api.intervals_text(study).sentences[0]
    assert "cut into 8 batches" in api.report(study).read_text(encoding="utf-8")


def test_no_verdict_from_batches_that_follow_from_one_another(tmp_path: Path) -> None:
    """A queue that is busy 95 % of the time forgets in weeks, not within a day."""
    scenario = tmp_path / "queue.yaml"
    scenario.write_text(
        "title: Busy\nrun: {length: 60 days, warm_up: 30 days, batches: 60, seed: 2}\n"
        "cases: {calls: {rate: 9.5/h, channel: voice}}\n"
        "contact_centres: {desk: {agents: 1, handle_time: {exponential: 6 min}}}\n"
        "targets: {contact.wait.mean: {max: 100 h}, contact.aht: {max: 10 min}}\n",
        encoding="utf-8",
    )
    study = sim.run(scenario, jobs=1)
    found = {e["kpi"]: e for e in study.summary["kpis"] if e["target"] is not None}
    assert found["contact.wait.mean"]["lag1"] > 0.3
    assert found["contact.wait.mean"]["trusted"] is False
    assert found["contact.wait.mean"]["verdict"] == "not shown"
    assert found["contact.aht"]["trusted"] is True
    assert found["contact.aht"]["verdict"] == "met"


def test_batches_are_paired_with_batches(study: Study, tmp_path: Path) -> None:
    more = [*SETS, "run.batches=8", "parts.fan.price=30 EUR"]
    base = load_plan(SCENARIO, [*SETS, "run.batches=8"])
    found = api.compare(base, load_plan(SCENARIO, more), jobs=1, out=tmp_path / "compare")
    row = found.contrasts[0].of("stock.value.mean")
    assert (row.n, row.difference) == (8, pytest.approx(study.mean("stock.value.mean") / 2))
    assert found.contrasts[0].of("orders.open").direction == "same"
    with pytest.raises(UsageError, match="pairing needs as many"):
        api.compare(load_plan(SCENARIO, [*SETS, "run.batches=4"]), load_plan(SCENARIO, more), jobs=1, out=tmp_path / "other")


def test_replications_and_batches_exclude_each_other(plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="replications should be 1, or left out"):
        load_plan(SCENARIO, ["run.replications=5", "run.batches=8"])
    with pytest.raises(UsageError, match="3 replications do not go with it"):
        run_study(plan, tmp_path, jobs=1, replications=3)


def test_batches_left_to_the_default_number_of_replications(tmp_path: Path) -> None:
    text = "title: Queue\nrun: {length: 10 days, batches: 5}\n"
    scenario = tmp_path / "queue.yaml"
    scenario.write_text(text, encoding="utf-8")
    plan = load_plan(scenario)
    assert (plan.run.replications, plan.run.batches) == (1, 5)
    windows = batch_windows(plan)
    assert [(w.begin, w.end) for w in windows] == [(48.0 * i, 48.0 * (i + 1)) for i in range(5)]
    odd = dataclasses.replace(plan, run=dataclasses.replace(plan.run, batches=7))
    with pytest.raises(UsageError, match="7 batches of 10 days"):
        batch_windows(odd)
