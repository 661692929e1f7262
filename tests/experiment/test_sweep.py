"""Sweeps through the front door: what varies, which points, how they are run and stored, what comes out against theory."""

from __future__ import annotations

import csv
import json
import math
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.analysis.sweep_results import SweepResults
from sim.api.sweeping import plan_sweep, sweep_report, sweep_text
from sim.cli import main
from sim.errors import ScenarioError, SimulationError, UsageError
from sim.experiment import sweep as sweep_module
from sim.experiment.designs import design_rows
from sim.experiment.vary import Factor, factor_of, factors_of
from sim.theory.erlang import ErlangA, ErlangC

ERLANG_C = """
title: Patient callers
run: {length: 12 days, warm_up: 2 days, replications: 6}
cases: {calls: {rate: 40/h, channel: voice}}
contact_centres: {desk: {agents: 6, handle_time: {exponential: 6 min}}}
targets: {contact.wait.mean: {max: 1 min}}
"""
AGENTS, RATE = "contact_centres.desk.agents", "cases.calls.rate"


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scenario") / "callers.yaml"
    path.write_text(ERLANG_C)
    return path


@pytest.fixture(scope="module")
def swept(scenario: Path, tmp_path_factory: pytest.TempPathFactory) -> SweepResults:
    out = tmp_path_factory.mktemp("sweep") / "callers"
    return sim.sweep(scenario, [f"{AGENTS}=6..8", f"{RATE}={{30/h, 40/h}}"], jobs=1, metamodel="quadratic", out=out, report=True)


def files(folder: Path) -> dict[str, bytes]:
    found = (p for p in sorted(folder.rglob("*")) if p.is_file() and p.name != "made.json")
    return {str(p.relative_to(folder)): p.read_bytes() for p in found}


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("4..7", ["4", "5", "6", "7"]),
        ("4..10 step 3", ["4", "7", "10"]),
        ("4..9 step 2", ["4", "6", "8"]),
        ("0.1..0.5:5", ["0.1", "0.2", "0.3", "0.4", "0.5"]),
        ("1 day..5 days:3", None),
        ("1..5 days:3", ["1 days", "3 days", "5 days"]),
        ("10/h..20/h step 5/h", ["10/h", "15/h", "20/h"]),
        ("5..15 %:2", ["5 %", "15 %"]),
        ("-1..1:3", ["-1", "0", "1"]),
        ("{scale: 0.8..1.2:3}", ["{scale: 0.8}", "{scale: 1}", "{scale: 1.2}"]),
        ("{exponential: 4..8 min:2}", ["{exponential: 4 min}", "{exponential: 8 min}"]),
        ("{a, b}", ["a", "b"]),
        ("{none, {exponential: 5 min}}", ["none", "{exponential: 5 min}"]),
        ("{{s: 5, S: 20}, {s: 3, S: 10}}", ["{s: 5, S: 20}", "{s: 3, S: 10}"]),
        ("{[1, 2], 'a, b'}", ["[1, 2]", "'a, b'"]),
    ],
)
def test_what_may_be_varied(text: str, texts: list[str] | None) -> None:
    if texts is None:
        with pytest.raises(UsageError, match="day and days in one range"):
            factor_of("a.b", text)
        return
    factor = factor_of("a.b", text)
    assert [factor.text_of(x) for x in factor.grid()] == texts
    assert [factor.sets(x) for x in factor.grid()] == [(f"a.b={t}",) for t in texts]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("4", "says one value only"),
        ("10..4", "should rise"),
        ("4..10/2", "a step is written '4..10 step 2'"),
        ("1 h..2 days:3", "days and h in one range"),
        ("1 h..2:3", "the end of the range needs its unit, h"),
        ("4..10:1", "from 2 to 1000"),
        ("4..10 step 0", "step should be above 0"),
        ("4..5 step 3", "longer than the range"),
        ("0..100000", "more than 1000 levels"),
        ("{a}", "one choice is nothing to vary"),
        ("{a,}", "one of the choices is empty"),
        ("{a, a}", "named twice"),
        ("{1..3, 7}", "a range among choices"),
        ("{s: 1..2, S: 3..4}", "several ranges"),
    ],
)
def test_what_cannot_be_varied(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        factor_of("a.b", text)
    with pytest.raises(UsageError, match=r"0\.1\.\.0\.5 has no levels; say how many"):
        factor_of("a.b", "0.1..0.5").grid()


def test_factors_have_names_that_tell_them_apart() -> None:
    pairs = [("a.x.agents", "1..2"), ("a.y.agents", "1..2"), ("people:b.z", "1..2"), ("c.p+c.q", "1..2"), ("d.value", "1..2")]
    factors = factors_of(pairs)
    assert [f.name for f in factors] == ["x.agents", "y.agents", "people", "p", "d.value"]
    assert factors[3].sets(1.0) == ("c.p=1", "c.q=1")
    for wrong, message in (
        ([("a.b", "1..2"), ("a.b", "3..4")], "a.b is varied twice"),
        ([("n:a.b", "1..2"), ("n:a.c", "3..4")], "two factors are called 'n'"),
        ([("kpi:a.b", "1..2")], "'kpi' is a column of the results"),
        ([], "needs something to vary"),
    ):
        with pytest.raises(UsageError, match=message):
            factors_of(wrong)


def test_designs() -> None:
    factors = factors_of([("a", "4..6"), ("b", "0.5..1.5"), ("c", "{x, y}")])
    with pytest.raises(UsageError, match=r"b: 0\.5\.\.1\.5 has no levels"):
        design_rows(factors, "factorial", None, 1)
    grid = design_rows([factors[0], factors[2]], "factorial", None, 1)
    assert grid.tolist() == [[4, 0], [4, 1], [5, 0], [5, 1], [6, 0], [6, 1]]
    one = design_rows(factors, "one-at-a-time", None, 1)
    assert one.shape == (1 + 3 + 2 + 2, 3)
    assert (np.isnan(one).sum(axis=1) == [3] + [2] * 7).all()
    for design, points in (("lhs", 24), ("sobol", 32)):
        rows = design_rows(factors, design, points, 7)
        assert rows.shape == (points, 3)
        assert np.array_equal(rows, design_rows(factors, design, points, 7))
        assert not np.array_equal(rows, design_rows(factors, design, points, 8))
        assert set(rows[:, 0]) == {4, 5, 6}
        assert set(rows[:, 2]) == {0, 1}
        strata = np.floor((rows[:, 1] - 0.5) * points).astype(int)
        assert len(set(strata.tolist())) >= points - 1  # one in each slice, but for rounding to six digits
    mixed = design_rows(factors, "saltelli", 8, 7)
    a, b, *ab = mixed.reshape(5, 8, 3)
    for i in range(3):
        assert np.array_equal(ab[i][:, i], b[:, i])
        assert np.array_equal(np.delete(ab[i], i, 1), np.delete(a, i, 1))


@pytest.mark.parametrize(
    ("design", "points", "message"),
    [
        ("factorial", 10, "follow from the levels"),
        ("sobol", 10, "power of 2, such as 8, not 10"),
        ("saltelli", 12, "power of 2"),
        ("lhs", 1, "2 or more"),
        ("grid", None, "no design 'grid'; there are factorial"),
        ("lhs", 60_000, "60,000 points are more than 50,000"),
    ],
)
def test_designs_that_cannot_be(design: str, points: int | None, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        design_rows([factor_of("a", "1..4")], design, points, 1)


def test_waits_agree_with_erlang_c_and_fall_with_agents(swept: SweepResults) -> None:
    means, widths = swept.means("contact.wait.mean"), swept.half_widths("contact.wait.mean")
    assert swept.rows.tolist() == [[c, r] for c in (6, 7, 8) for r in (30, 40)]
    inside = 0
    for (agents, rate), mean, width in zip(swept.rows, means, widths, strict=True):
        want = ErlangC(int(agents), float(rate), 0.1).asa
        assert abs(mean - want) < 2 * width
        inside += abs(mean - want) <= width
    assert inside >= 5  # of six at 95 %
    by_agents = means.reshape(3, 2)
    assert (np.diff(by_agents, axis=0) < 0).all()
    assert (np.diff(by_agents, axis=1) > 0).all()
    verdicts = [p["all_met"] for p in swept.points]
    assert verdicts == [bool(m + w <= 1 / 60) for m, w in zip(means, widths, strict=True)]


def test_effects_of_a_sweep_are_those_of_erlang_c(swept: SweepResults) -> None:
    found = next(a for a in swept.data["analysis"] if a["kpi"] == "contact.wait.mean")
    theory = {(c, r): ErlangC(c, r, 0.1).asa for c in (6, 7, 8) for r in (30, 40)}
    swing = next(s for s in found["tornado"] if s["factor"] == "agents")
    want = (theory[8, 30] + theory[8, 40] - theory[6, 30] - theory[6, 40]) / 2
    assert abs(swing["span"] - want) <= 1.5 * swing["half_width"]
    assert swing["half_width"] < abs(want) / 4
    values = np.array(list(theory.values()))
    groups = values.reshape(3, 2)
    first = [groups.mean(axis=1).var() / values.var(), groups.mean(axis=0).var() / values.var()]
    assert [i["first"] for i in found["indices"]] == pytest.approx(first, abs=0.06)


def test_a_metamodel_of_erlang_a_predicts_a_point_that_was_not_run(tmp_path: Path) -> None:
    scenario = Path(__file__).parent.parent / "scenarios" / "impatient-callers.yaml"
    found = sim.sweep(
        scenario,
        [f"{AGENTS}=9..13", f"rate:{RATE}=80/h..120/h"],
        design="lhs", points=16, replications=3, jobs=1, sets=["run.length=4 days", "run.warm_up=1 day"],
        kpis=["contact.abandon_rate"], out=tmp_path,
    )  # fmt: skip
    assert found.data["analysis"][0]["metamodel"]["q2"] > 0.95
    for kind in ("gp", "quadratic"):
        predicted = found.predict({"agents": 11, "rate": "100/h"}, kind=kind)
        want = ErlangA(11, 100.0, 0.1, 4 / 60).abandonment
        assert predicted.mean == pytest.approx(want, abs=0.02)
        assert abs(predicted.mean - want) < 1.5 * predicted.half_width
        assert predicted.unit == "1"
    with pytest.raises(UsageError, match=r"the sweep has no measure 'contact\.asa'"):
        found.predict({"agents": 11, "rate": 100}, "contact.asa")


def test_files_of_a_sweep(swept: SweepResults) -> None:
    rows = list(csv.DictReader((swept.folder / "points.csv").open()))
    assert [(r["agents"], r["rate"]) for r in rows] == [(c, r) for c in "678" for r in ("30", "40")]
    assert rows[0]["contact.wait.mean verdict"] in ("met", "missed", "not shown")
    lines = list(csv.DictReader((swept.folder / "sweep.csv").open()))
    assert list(lines[0]) == ["point", "agents", "rate", "replication", "kpi", "group", "unit", "value"]
    waits = [float(x["value"]) for x in lines if x["point"] == "3" and x["kpi"] == "contact.wait.mean"]
    assert len(waits) == 6
    assert float(rows[3]["contact.wait.mean"]) == pytest.approx(np.mean(waits))
    assert swept.values("contact.wait.mean")[3].tolist() == waits
    assert swept.data["points"][3]["sets"] == [f"{AGENTS}=7", f"{RATE}=40/h"]
    assert [f["in_scenario"] for f in swept.data["factors"]] == ["6", "40/h"]
    assert swept.frame().shape[0] == 6
    json.dumps(swept.data, allow_nan=False)


def test_a_point_is_what_run_gives(swept: SweepResults, scenario: Path) -> None:
    study = sim.run(scenario, replications=2, jobs=1, sets=swept.data["points"][3]["sets"])
    assert swept.values("contact.wait.mean")[3][:2].tolist() == study.values("contact.wait.mean").tolist()


def test_processes_and_order_change_no_byte(swept: SweepResults, scenario: Path, tmp_path: Path) -> None:
    vary = {AGENTS: "6..8", RATE: ["30/h", "40/h"]}
    other = sim.sweep(scenario, vary, jobs=2, metamodel="quadratic", out=tmp_path, report=True)
    mine, theirs = files(swept.folder), files(other.folder)
    for name in ("sweep.html",):  # holds the command line
        del mine[name], theirs[name]
    assert mine == theirs


def test_an_interrupted_sweep_goes_on(
    swept: SweepResults, scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vary = [f"{AGENTS}=6..8", f"{RATE}={{30/h, 40/h}}"]
    real, calls = sweep_module.simulate, []

    def interrupted(*args: object) -> int:
        calls.append(args[1])
        if len(calls) == 8:
            raise KeyboardInterrupt
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(sweep_module, "simulate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        sim.sweep(scenario, vary, jobs=1, metamodel="quadratic", out=tmp_path)
    stored = list(tmp_path.rglob("*.json"))
    assert len(stored) == 7
    assert not list((tmp_path / "points").rglob(".*"))
    stored[0].write_text("{")  # a file that is not whole is made again
    again = sim.sweep(scenario, vary, jobs=1, metamodel="quadratic", out=tmp_path)
    assert len(calls) == 8 + 36 - 6
    assert json.loads((tmp_path / "made.json").read_text())["run_here"] == 30
    assert (tmp_path / "sweep.csv").read_bytes() == (swept.folder / "sweep.csv").read_bytes()
    sim.sweep(scenario, vary, replications=7, jobs=1, metamodel="none", out=tmp_path)
    assert json.loads((tmp_path / "made.json").read_text())["run_here"] == 6
    assert again.data["replications"] == 6


def test_interrupt_of_the_command_says_how_to_go_on(scenario: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-c", "from sim.cli import main; main()", "sweep", str(scenario), "--vary", f"{AGENTS}=6..9"]
    command += ["--out", str(out), "-r", "50", "-j", "2"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    while time.monotonic() < until and len(list(out.rglob("*.json"))) < 3:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "finished replications are kept, the same command goes on with the rest" in told
    assert f"sparesim sweep {scenario}" in told
    assert len(list(out.rglob("*.json"))) >= 3
    assert not list((out / "points").rglob(".*"))


def test_equal_plans_are_run_once(scenario: Path, tmp_path: Path) -> None:
    target = 'targets."contact.wait.mean".max'
    found = sim.sweep(scenario, [f"{AGENTS}={{6, 7}}", f"limit:{target}={{1 s, 10 h}}"], replications=2, jobs=1, out=tmp_path)
    assert found.data["distinct_plans"] == 2
    assert len(list((tmp_path / "points").iterdir())) == 2
    assert [p["all_met"] for p in found.points] == [False, True, False, True]


def test_every_fault_is_told_before_anything_runs(scenario: Path, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        sim.sweep(scenario, [f"{AGENTS}={{6, many, -2}}", f"{RATE}=30/h..40/h step 10/h"], out=tmp_path / "none", jobs=1)
    told = [str(f) for f in caught.value.faults]
    assert len(told) == 2
    assert "(at agents = many, rate = 30/h, and 1 more point)" in told[0]
    assert "(at agents = -2, rate = 30/h, and 1 more point)" in told[1]
    assert not (tmp_path / "none").exists()
    with pytest.raises(ScenarioError, match=r"at all 2 points\).*did you mean 'desk'"):
        sim.sweep(scenario, ["contact_centres.dask.agents=6..7"], jobs=1)


def test_wrong_calls_are_told_in_words(scenario: Path) -> None:
    for arguments, message in (
        ({"vary": ["agents"]}, "is not PATH=VALUES"),
        ({"vary": [f"{AGENTS}=6..7"], "kpis": ["contact.wait.men"]}, "did you mean 'contact.wait.mean'"),
        ({"vary": [f"{AGENTS}=6..7"], "replications": 0}, "at least 1"),
        ({"vary": [f"{AGENTS}=6..7"], "metamodel": "x"}, "no metamodel 'x'"),
    ):
        with pytest.raises(UsageError, match=message):
            sim.sweep(scenario, jobs=1, **arguments)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="not a sweep"):
        SweepResults(scenario.parent)


def test_a_failure_names_the_point(scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*args: object) -> int:
        raise SimulationError("a shelf holds less than nothing")

    monkeypatch.setattr(sweep_module, "simulate", fails)
    with pytest.raises(SimulationError, match=r"point 0 \(agents = 6\): replication 0: a shelf holds less than nothing"):
        sim.sweep(scenario, [f"{AGENTS}=6..7"], jobs=1, out=tmp_path)

    def is_full(*args: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sweep_module, "simulate", is_full)
    with pytest.raises(SimulationError, match="cannot write results: No space left on device; finished replications are kept"):
        sim.sweep(scenario, [f"{AGENTS}=6..7"], jobs=1, out=tmp_path)


def test_the_command_prints_points_and_what_matters(scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["sweep", str(scenario), "--vary", f"{AGENTS}=6..8", "-r", "3", "-j", "1", "--out", str(tmp_path), "--metamodel"]
    assert main([*arguments, "quadratic"]) == 0
    told = capsys.readouterr().out
    assert "points meet all targets" in told
    assert "agents moves wait most" in told
    assert (tmp_path / "sweep.html").is_file()
    assert main([*arguments, "none", "--json", "--no-report", "--by", "contact.occupancy"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["by"]["kpi"] == "contact.occupancy"
    assert data["analysis"][0]["metamodel"] is None


def test_the_page_of_every_design(scenario: Path, tmp_path: Path) -> None:
    vary = [f"{AGENTS}=6..8", "patience:contact_centres.desk.patience={3 min, {exponential: 5 min}}"]
    for design, points in (("one-at-a-time", None), ("sobol", 16), ("saltelli", 4)):
        folder = tmp_path / design
        found = sim.sweep(scenario, vary, design=design, points=points, replications=2, jobs=1, metamodel="quadratic",
                          sets=["run.length=2 days"], kpis=["contact.abandon_rate", "contact.asa"], out=folder)  # fmt: skip
        text = sweep_report(found).read_text()
        assert "How sure are we?" in text
        assert 'id="figure-tornado-0"' in text
        assert ('id="figure-map-0-0"' in text) == (design != "one-at-a-time")
        assert sweep_text(found).sentences
        first = found.data["analysis"][0]
        assert bool(first["indices"]) == (design != "one-at-a-time")
        assert all(math.isfinite(e["difference"]) for e in first["effects"])


def test_the_key_of_a_sweep_is_its_points(scenario: Path) -> None:
    one = plan_sweep(scenario, [f"{AGENTS}=6..8"])
    assert one.points == 3
    assert one.spec.digest != plan_sweep(scenario, [f"{AGENTS}=6..7"]).spec.digest
    assert one.folder().name == f"sweep-callers-{one.spec.digest[:8]}"
    assert isinstance(one.spec.factors[0], Factor)
