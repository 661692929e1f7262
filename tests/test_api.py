"""The public face: verbs as functions."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import sim
from sim import api
from sim.errors import UsageError
from sim.scenario.plan import Plan

SCENARIOS = Path(__file__).parent / "scenarios"
CALLS = SCENARIOS / "impatient-callers.yaml"
DEPOT = SCENARIOS / "depot-and-ten-bases.yaml"
SHORT = ["run.length=10 days", "run.warm_up=1 day"]


def test_run_gives_values_and_arrays() -> None:
    study = sim.run(CALLS, replications=3, jobs=1, sets=SHORT, seed=7)
    rates = study.values("contact.abandon_rate", "all")
    assert rates.shape == (3,)
    assert 0.05 < rates.mean() < 0.15
    assert study.seed == 7
    row = study.kpis[(study.kpis["kpi"] == "contact.abandon_rate") & (study.kpis["group"] == "all")]
    assert row["mean"][0] == pytest.approx(rates.mean())
    frame = study.frame()
    assert list(frame.columns) == ["scenario", "replication", "kpi", "group", "unit", "value"]
    assert frame.replication.dtype == np.int64
    assert frame.replication.unique().tolist() == [0, 1, 2]
    assert frame[(frame.kpi == "contact.abandon_rate") & (frame.group == "all")].value.to_numpy() == pytest.approx(rates)
    again = sim.run(CALLS, replications=3, jobs=1, sets=SHORT, seed=7)
    assert np.array_equal(again.values("contact.abandon_rate"), rates)
    folder = study.folder
    del study
    assert not folder.exists()


def test_load_gives_a_plan() -> None:
    plan = sim.load(CALLS, ["run.seed=5"])
    assert isinstance(plan, Plan)
    assert plan.run.seed == 5
    assert api.load(plan, seed=6).run.seed == 6
    with pytest.raises(UsageError, match="need a scenario file, not a plan"):
        api.load(plan, ["run.seed=5"])


def test_theory_stands_beside_a_textbook_queue() -> None:
    study = sim.run(CALLS, replications=4, jobs=2, sets=["run.length=20 days", "run.warm_up=1 day"])
    theory = study.table("theory")
    assert set(theory["measure"]) >= {"contact.abandon_rate", "contact.asa", "contact.service_level", "contact.occupancy"}
    miss = np.abs(theory["theory"] - theory["simulation"]) / theory["half_width"]
    assert (miss < 3).all()


def test_theory_stands_beside_two_echelons() -> None:
    study = sim.run(DEPOT, replications=2, jobs=1, sets=["run.length=3 years"])
    theory = study.table("theory")
    assert len(set(theory["owner"])) == 11
    ebo = (theory["measure"] == "parts.ebo") & (theory["owner"] != "location=depot;part=unit")
    assert theory["simulation"][ebo].sum() == pytest.approx(theory["theory"][ebo].sum(), rel=0.05)


def test_compare_pairs_the_same_customers(tmp_path: Path) -> None:
    base = sim.load(CALLS, SHORT)
    more = sim.load(CALLS, [*SHORT, "contact_centres.desk.agents=13"])
    found = sim.compare(base, more, replications=3, jobs=1, out=tmp_path / "runs" / "compare")
    (contrast,) = found.contrasts
    assert [(a, b) for path, a, b in contrast.inputs if path.endswith("heads")] == [("11", "13")]
    assert contrast.of("contact.offered").direction == "same"  # both meet the same callers
    assert contrast.of("contact.abandon_rate").direction == "better"
    names = {path.name for path in (tmp_path / "runs" / "compare").iterdir()}
    assert names == {"comparison.json", "comparison.csv", "report.html"}
    with pytest.raises(UsageError, match="at least one scenario"):
        sim.compare(base)


def test_compare_does_not_silently_redo_a_run_with_another_seed(tmp_path: Path) -> None:
    runs = [
        sim.run(CALLS, replications=2, jobs=1, sets=SHORT, seed=seed, out=tmp_path / name).folder
        for name, seed in (("a", 5), ("b", 6))
    ]
    with pytest.raises(UsageError) as refused:
        sim.compare(*runs)
    assert str(refused.value) == (
        f"{tmp_path / 'b'} was run with seed 6, {tmp_path / 'a'} with seed 5; compare needs the same seed: "
        "give the scenarios instead, or run one again with -s 5"
    )
    with pytest.raises(UsageError, match=r"b was run with seed 6, .*impatient-callers.yaml has seed 1; compare"):
        sim.compare(CALLS, runs[1])
    found = sim.compare(*runs, seed=5, jobs=1)  # asked for
    assert [study.seed for study in (found.base, *found.others)] == [5, 5]


def test_check_and_renew(tmp_path: Path) -> None:
    scenario = tmp_path / "calls.yaml"
    scenario.write_text(CALLS.read_text().replace("400 days", "5 days").replace("replications: 10", "replications: 2"))
    (made,) = api.check(tmp_path / "baselines", [str(scenario)], update_reason="first", date="2026-01-01", jobs=1)
    assert (made.status, made.note, made.failed) == ("renewed", "new", False)
    (verdict,) = sim.check(tmp_path / "baselines", jobs=1)
    assert verdict.text() == "calls: identical"
    scenario.write_text(scenario.read_text().replace("agents: 11", "agents: 12"))
    (verdict,) = sim.check(tmp_path / "baselines", jobs=1)
    assert (verdict.status, verdict.inputs, verdict.failed) == ("inputs changed", ("groups",), True)
    with pytest.raises(UsageError, match="has no baseline 'call'; did you mean 'calls'"):
        sim.check(tmp_path / "baselines", ["call"])


def test_report_is_function_and_package(tmp_path: Path) -> None:
    study = sim.run(CALLS, replications=2, jobs=1, sets=SHORT, out=tmp_path / "run")
    first = sim.report(study)
    importlib.import_module("sim.report")  # puts the package in the place of the function
    assert sim.report(study.folder, tmp_path / "page.html") == tmp_path / "page.html"
    assert first == study.folder / "report.html"
    assert (tmp_path / "page.html").read_bytes() == first.read_bytes()


def test_explain_reruns_with_the_log(tmp_path: Path) -> None:
    study = sim.run(
        SCENARIOS / "desk-bench-shelf.yaml",
        replications=1,
        jobs=1,
        sets=["run.length=20 days", "run.warm_up=0 days"],
        out=tmp_path,
    )
    life = api.explain(study.folder, 3)
    assert life.order == 3
    assert "Outcome" in life.text()
    with pytest.raises(UsageError, match="has no example customers"):
        api.explain(study.folder, "wang")
    with pytest.raises(UsageError, match="has 1 replications, numbered from 0; there is no 1"):
        api.explain(study.folder, 3, 1)


def test_scripts_need_no_main_guard(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(f"import sim\nprint(sim.run({str(CALLS)!r}, replications=2, jobs=2, sets={SHORT!r}).replications)\n")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=120, check=False)
    assert (done.stdout, done.returncode) == ("2\n", 0), done.stderr


def test_import_is_light() -> None:
    code = "import sim, sys; print([m for m in ('numpy', 'scipy', 'pydantic', 'plotly', 'simpy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"
