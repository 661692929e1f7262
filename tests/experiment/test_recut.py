"""The warm-up chosen from the run, and cut anew without simulating: the same bytes as a fresh run."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import pytest

import sim
from sim.cli import main
from sim.errors import UsageError
from sim.experiment import replicate as replicate_module
from sim.experiment.replicate import is_stored, replicate
from sim.experiment.study import run_study
from sim.experiment.warmup import with_warm_up
from sim.scenario.load import load_plan
from sim.scenario.plan import DAY, Plan
from sim.store import Study, replication_folder

SCENARIOS = Path(__file__).parent.parent / "scenarios"
DESK = SCENARIOS / "desk-bench-shelf.yaml"
CALLERS = SCENARIOS / "impatient-callers.yaml"
ENOUGH = ["service_points.bench.technicians=4", "service_points.bench.stock.fan.s=110", "service_points.bench.stock.fan.S=140"]


def files(folder: Path) -> dict[str, bytes]:
    """Content of every file but the manifest."""
    return {
        str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file() and p.name != "manifest.json"
    }


@pytest.fixture
def no_simulation(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("simulated")

    monkeypatch.setattr(replicate_module, "simulate", refused)


@pytest.fixture(scope="module")
def stated(tmp_path_factory: pytest.TempPathFactory) -> Study:
    sets = [*ENOUGH, "run.length=120 days", "run.warm_up=30 days"]
    return sim.run(DESK, replications=2, jobs=1, sets=sets, out=tmp_path_factory.mktemp("runs") / "desk")


def test_a_recut_equals_a_fresh_run(stated: Study, tmp_path: Path, no_simulation: None) -> None:
    before = files(stated.folder)
    cut = sim.recut(stated, "60 days", out=tmp_path / "cut")
    assert cut.manifest["run_here"] == []
    assert cut.manifest["run"]["length_h"] == 90 * DAY
    assert files(stated.folder) == before
    assert cut.mean("tat.customer.mean") != stated.mean("tat.customer.mean")
    again = sim.recut(cut, "30 days", out=tmp_path / "back")
    assert files(again.folder) == before


def test_the_fresh_run(stated: Study, tmp_path: Path) -> None:
    cut = sim.recut(stated, "60 days", out=tmp_path / "cut")
    sets = [*ENOUGH, "run.length=90 days", "run.warm_up=60 days"]
    fresh = sim.run(DESK, replications=2, jobs=1, sets=sets, out=tmp_path / "fresh")
    assert files(cut.folder) == files(fresh.folder)


def test_without_shelves_every_day_is_a_cut(tmp_path: Path) -> None:
    run = sim.run(CALLERS, replications=1, jobs=1, sets=["run.length=10 days", "run.warm_up=0 h"], out=tmp_path / "run")
    cut = sim.recut(run, "3 days")
    assert cut.folder == tmp_path / "run-warm-up-3d"
    sets = ["run.length=7 days", "run.warm_up=3 days"]
    fresh = sim.run(CALLERS, replications=1, jobs=1, sets=sets, out=tmp_path / "fresh")
    assert files(cut.folder) == files(fresh.folder)
    with pytest.raises(UsageError, match=r"cannot cut at 2\.5 days: queues are kept in periods of 1 day.*are 2 days and 3 days"):
        sim.recut(run, "60 h")


@pytest.mark.parametrize(
    ("warm_up", "message"),
    [
        ("61 days", "cannot cut at 61 days: levels of stock are kept in periods of 30 days, so cuts are multiples of 30 days; "
         "the nearest are 60 days and 90 days"),
        ("150 days", "the run lasts 150 days: a warm-up of 150 days leaves nothing to measure"),
        ("60", "warm-up: '60' needs a unit"),
        (-24.0, "leaves nothing to measure"),
    ],
)  # fmt: skip
def test_cuts_that_cannot_be(stated: Study, warm_up: str | float, message: str) -> None:
    with pytest.raises(UsageError) as fault:
        sim.recut(stated, warm_up)
    assert message in str(fault.value)
    assert not list(stated.folder.parent.glob("desk-warm-up-*"))


def test_an_offset_start_of_the_gauges_is_kept() -> None:
    plan = load_plan(DESK, ["run.warm_up=10 days"])
    assert with_warm_up(plan, 70 * DAY).digest == plan.digest
    with pytest.raises(UsageError, match="cuts are 10 days and every 30 days after it"):
        with_warm_up(plan, 60 * DAY)


def test_a_changed_warm_up_of_a_run_is_not_simulated(stated: Study, tmp_path: Path, no_simulation: None) -> None:
    shutil.copytree(stated.folder, tmp_path / "desk")
    sets = [*ENOUGH, "run.length=90 days", "run.warm_up=60 days"]
    again = sim.run(DESK, replications=2, jobs=1, sets=sets, out=tmp_path / "desk")
    assert again.manifest["run"]["warm_up_h"] == 60 * DAY
    assert files(again.folder) == files(sim.recut(stated, "60 days", out=tmp_path / "cut").folder)


def test_without_tables_it_says_how(tmp_path: Path) -> None:
    sets = ["run.length=10 days", "run.warm_up=0 h"]
    run = sim.run(CALLERS, replications=2, jobs=1, sets=sets, out=tmp_path / "run", keep_tables=False)
    assert not list(run.folder.rglob("tables"))
    with pytest.raises(UsageError, match=r"no raw tables of replications 0, 1 .*; run it again with --tables"):
        sim.recut(run, "3 days")
    again = sim.run(CALLERS, replications=2, jobs=1, sets=sets, out=tmp_path / "run", keep_tables=True)
    assert (replication_folder(again.folder, 1) / "tables" / "cases.npy").is_file()
    assert sim.recut(again, "3 days", replications=1).replications == 1


def test_small_tables_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = load_plan(CALLERS, ["run.length=10 days", "run.warm_up=0 h"])
    place = replicate(plan, 0, tmp_path / "a")
    size = sum(p.stat().st_size for p in (place / "tables").iterdir())
    assert size < 128 * 2**20
    monkeypatch.setattr(replicate_module, "KEPT_BYTES", int(1.5 * size))  # of equal replications the first alone fits
    kept = [(replicate(plan, r, tmp_path / "b") / "tables").is_dir() for r in range(3)]
    assert kept == [True, False, False]
    assert is_stored(plan, 2, tmp_path / "b")


def test_other_plans_and_folders(stated: Study, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is the run itself"):
        sim.recut(stated, "60 days", out=stated.folder)
    with pytest.raises(UsageError, match="made by another plan"):
        sim.recut(stated, "60 days", plan=load_plan(CALLERS))
    with pytest.raises(UsageError, match="has 2 replications, not 3"):
        sim.recut(stated, "60 days", replications=3)
    other = sim.run(CALLERS, replications=1, jobs=1, sets=["run.length=1 day"], out=tmp_path / "other")
    with pytest.raises(UsageError, match="holds results of another scenario"):
        sim.recut(stated, "60 days", out=other.folder)


def test_the_verb(stated: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recut", str(stated.folder), "--warm-up", "90 days", "--out", str(tmp_path / "cut")]) == 0
    assert "Warm-up: 90 days as stated" in capsys.readouterr().out.replace("\u202f", " ").replace("\n", " ")
    assert (tmp_path / "cut" / "report.html").is_file()
    assert main(["recut", str(stated.folder), "--warm-up", "61 days"]) == 2


# --- automatic -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def auto(tmp_path_factory: pytest.TempPathFactory) -> Study:
    sets = [*ENOUGH, "run.length=600 days", "run.warm_up={auto: {at_most: 200 days}}", "run.initial=empty"]
    return sim.run(DESK, replications=3, jobs=1, sets=sets, out=tmp_path_factory.mktemp("runs") / "auto")


def test_an_automatic_warm_up_is_that_of_its_longest_measure(auto: Study) -> None:
    found, run = auto.summary["warm_up"], auto.manifest["run"]
    assert (found["kind"], found["found"]) == ("auto", True)
    assert run["warm_up_h"] == found["cut_h"]
    assert run["warm_up_h"] + run["length_h"] == 810 * DAY  # at_most in whole months, and the length
    cuts = [m["mser5_h"] for m in found["measures"].values() if m["status"] == "found"]
    assert found["cut_h"] == -(-max(cuts) // (30 * DAY)) * 30 * DAY
    assert max(cuts) == found["measures"][found["by"]]["mser5_h"] > 0
    curve = auto.table("warmup")
    assert set(curve["measure"]) == set(found["measures"])
    assert set(curve["warm_up_day"]) == {found["cut_h"] / DAY}


def test_an_automatic_warm_up_gives_what_the_stated_one_gives(auto: Study, tmp_path: Path) -> None:
    run = auto.manifest["run"]
    sets = [*ENOUGH, f"run.length={run['length_h']} h", f"run.warm_up={run['warm_up_h']} h", "run.initial=empty"]
    fresh = sim.run(DESK, replications=3, jobs=1, sets=sets, out=tmp_path / "fresh")
    mine, theirs = files(auto.folder), files(fresh.folder)
    assert {k for k in mine if mine[k] != theirs.get(k)} == {"plan.json", "summary.json"}
    assert auto.summary["kpis"] == fresh.summary["kpis"]
    assert auto.digest == fresh.digest


def test_more_replications_may_move_the_cut_and_files_do_not_depend_on_the_way(auto: Study, tmp_path: Path) -> None:
    source = auto.manifest["source"]
    plan = load_plan(source["scenario"], source["sets"])
    first = run_study(plan, tmp_path / "auto", jobs=1, replications=1)
    assert first.summary["warm_up"]["kind"] == "auto"
    assert files(run_study(plan, tmp_path / "auto", jobs=1, replications=3).folder) == files(auto.folder)


def test_recut_of_an_automatic_one(auto: Study, tmp_path: Path, no_simulation: None) -> None:
    cut = sim.recut(auto, "210 days", out=tmp_path / "cut")
    assert cut.summary["warm_up"]["kind"] == "stated"
    assert cut.manifest["run"]["length_h"] == 600 * DAY


def growing(tmp_path: Path) -> Plan:
    """More work than hands: no steady state to find."""
    text = DESK.read_text().replace("3 years, warm_up: 90 days", "200 days, warm_up: auto")
    (path := tmp_path / "growing.yaml").write_text(text)
    return load_plan(path, ["service_points.bench.technicians=1"])


def test_a_warm_up_that_is_not_found_is_told_and_shows_no_verdict(tmp_path: Path) -> None:
    from sim.report.console import run_text

    study = run_study(growing(tmp_path), tmp_path / "run", jobs=1, replications=3)
    found = study.summary["warm_up"]
    assert found["found"] is False
    assert found["cut_h"] == found["at_most_h"] == study.manifest["run"]["warm_up_h"]
    assert study.summary["steady_state"] is False
    judged = [e["verdict"] for e in study.summary["kpis"] if e["target"] is not None]
    assert judged
    assert set(judged) == {"not shown"}
    assert "Warm-up: not found" in " ".join(run_text(study.folder).sentences)


def test_too_short_an_allowance_is_not_found(auto: Study) -> None:
    from sim.analysis.warmup import judge_warm_up

    source = auto.manifest["source"]
    plan = load_plan(source["scenario"], source["sets"])
    assert plan.run.auto is not None
    want = judge_warm_up(plan, auto.folder, 3).wanted_h
    assert want is not None
    short = dataclasses.replace(plan.run, auto=dataclasses.replace(plan.run.auto, at_most_h=want - 30 * DAY))
    found = judge_warm_up(dataclasses.replace(plan, run=short), auto.folder, 3)
    assert (found.is_found, found.cut_h, found.wanted_h) == (False, want - 30 * DAY, want)


def test_the_supply_time_bounds_the_cut_from_below(tmp_path: Path) -> None:
    sets = ["run.length=300 days", "run.warm_up=auto", "vendors.maker.lead_time={exponential: 45 days}", "run.replications=3"]
    study = sim.run(SCENARIOS / "depot-and-ten-bases.yaml", jobs=1, sets=sets, out=tmp_path / "run")
    assert study.manifest["run"]["warm_up_h"] >= 60 * DAY


def test_scenarios_compared_share_the_longest_cut(tmp_path: Path) -> None:
    for initial in ("empty", "theory"):
        text = DESK.read_text().replace("3 years, warm_up: 90 days", f"400 days, warm_up: auto, initial: {initial}")
        (tmp_path / f"{initial}.yaml").write_text(text)
    pair = tmp_path / "theory.yaml", tmp_path / "empty.yaml"
    found = sim.compare(*pair, replications=3, jobs=1, sets=ENOUGH, out=tmp_path / "c" / "x")
    cuts = [s.manifest["run"]["warm_up_h"] for s in (found.base, *found.others)]
    assert cuts[0] == cuts[1] > 0


def test_defaults_change_no_digest() -> None:
    """The digest of the run's part is what it was before there were automatic warm-ups and saved states."""
    plan = load_plan(DESK)
    auto = load_plan(DESK, ["run.warm_up={auto: {at_most: 90 days}}"])
    assert auto.digest == plan.digest  # the same tables
    assert auto.run.horizon_h == plan.run.horizon_h


def test_faults_of_the_warm_up() -> None:
    for text, told in (
        ("auot", "'auot' does not begin with a number"),
        ("{auto: {atmost: 3 days}}", "unknown key; did you mean 'at_most'"),
        ("{auto: {at_most: 3}}", "needs a unit"),
    ):
        with pytest.raises(sim.errors.ScenarioError) as fault:
            load_plan(DESK, [f"run.warm_up={text}"])
        assert told in str(fault.value), str(fault.value)


def test_summary_is_json_that_reads_back(auto: Study) -> None:
    assert json.loads((auto.folder / "summary.json").read_text())["warm_up"]["cut_h"] == auto.summary["warm_up"]["cut_h"]


def test_an_automatic_warm_up_keeps_the_logs_asked_for(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    sets = ("run.length=90 days", "run.warm_up={auto: {at_most: 120 days}}", *ENOUGH)
    study = sim.run(DESK, sets=sets, replications=2, jobs=1, out=tmp_path / "run", logs="orders,contacts")
    assert study.manifest["run"]["warm_up_h"] < 120 * DAY  # so that it was cut anew
    for r in range(2):
        names = {path.name for path in (replication_folder(study.folder, r) / "logs").iterdir()}
        assert names == {"orders.parquet", "contacts.parquet"}
