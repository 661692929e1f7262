"""One replication alone: the bytes of its study, beside it, with its event log."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import sim
from sim.cli import main
from sim.errors import UsageError
from sim.experiment.study import run_study
from sim.scenario.load import load_plan
from sim.scenario.plan import Plan
from sim.store import Study, replication_folder

SETS = ["run.length=30 days", "run.warm_up=10 days"]
OPTIONS = [x for s in SETS for x in ("--set", s)]


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load_plan("small", SETS)


@pytest.fixture(scope="module")
def study(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Study:
    return run_study(plan, tmp_path_factory.mktemp("runs") / "small", jobs=1, replications=2)


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_it_gets_the_event_log_and_the_study_stays_as_it_is(plan: Plan, study: Study) -> None:
    before = files(study.folder)
    found = sim.replication(plan, 1, out=study.folder)
    after = files(study.folder)
    event_log = "replications/0001/logs/event_log.csv"
    assert set(after) - set(before) == {event_log}
    assert {name for name in before if before[name] != after[name]} == {"replications/0001/meta.json"}
    assert found.folder == replication_folder(study.folder, 1)
    assert found.logs == {"events": study.folder / event_log}
    assert found.value("tat.customer.mean") == study.values("tat.customer.mean")[1]
    assert len(found.kpis) == len([m for m in study.measures if study.values(*m)[1] == study.values(*m)[1]])
    with pytest.raises(KeyError, match="replication 1 has no measure 'x'"):
        found.value("x")
    again = run_study(plan, study.folder, jobs=1, replications=2)
    assert again.manifest["run_here"] == []
    assert (study.folder / event_log).is_file()


def test_one_beyond_the_study_is_added_and_used_later(plan: Plan, tmp_path: Path) -> None:
    out = tmp_path / "small"
    added = sim.replication(plan, 2, out=out)
    assert [p.name for p in (out / "replications").iterdir()] == ["0002"]
    assert not (out / "manifest.json").exists()
    longer = run_study(plan, out, jobs=1, replications=3)
    assert longer.manifest["run_here"] == [0, 1]
    assert longer.values("tat.customer.mean")[2] == added.value("tat.customer.mean")


def test_a_temporary_place_lives_with_the_result(plan: Plan) -> None:
    found = sim.replication(plan, 0, logs=())
    assert found.logs == {}
    folder = found.folder
    assert folder.is_dir()
    del found
    assert not folder.exists()


def test_wrong_calls(plan: Plan, study: Study, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="numbered from 0, -1 is none"):
        sim.replication(plan, -1)
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"cannot make the run folder .*/file: File exists"):
        sim.replication(plan, 0, out=tmp_path / "file")
    with pytest.raises(UsageError, match="holds results of another scenario"):
        sim.replication(plan, 0, out=study.folder, seed=99)


def test_the_command(plan: Plan, study: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("pyarrow")
    out = str(tmp_path / "small")
    assert main(["run", "small", *OPTIONS, "--replication", "1", "--log", "orders", "--out", out]) == 0
    text = capsys.readouterr().out
    assert "small, replication 1 alone (numbered from 0)" in text
    assert "tat.customer.mean" in text
    assert f"events   {out}/replications/0001/logs/event_log.csv" in text
    assert f"log      {out}/replications/0001/logs/orders.parquet" in text
    kpis = (replication_folder(study.folder, 1) / "kpis.csv").read_bytes()
    assert (replication_folder(tmp_path / "small", 1) / "kpis.csv").read_bytes() == kpis
    assert main(["run", "small", *OPTIONS, "--replication", "1", "--json", "--out", out]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["replication"] == 1
    assert set(told["logs"]) == {"orders", "events"}
    assert len(told["kpis"]) == len(kpis.decode().splitlines()) - 1


def test_options_that_do_not_go_together(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "small", "--replication", "1", "-r", "3"]) == 2
    assert "give one of them" in capsys.readouterr().err
    assert main(["run", "small", "--log", "order"]) == 2
    assert "did you mean 'orders'" in capsys.readouterr().err
    assert main(["run", "small", "--replication", "-1"]) == 2


def test_logs_of_a_run_by_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "small"
    assert main(["run", "small", *OPTIONS, "-r", "2", "-j", "1", "--log", "vidigi", "--no-report", "--out", str(out)]) in (0, 1)
    assert [(replication_folder(out, r) / "logs" / "vidigi.csv").is_file() for r in range(2)] == [True, True]
