"""The command line: exit codes, streams, JSON, quick help."""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sim.cli import main

SCENARIOS = Path(__file__).parent / "scenarios"
SHORT = ["--set", "run.length=10 days", "--set", "run.warm_up=1 day"]


def call(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    code = main(list(args))
    out, err = capsys.readouterr()
    return code, out, err


def test_help_imports_no_heavy_package() -> None:
    program = "import sys\nfrom sim.cli import main\nmain(['--help'])\nprint(*sorted(sys.modules), sep='\\n')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "How long customers wait" in done.stdout
    assert loaded.isdisjoint({"numpy", "pydantic", "plotly", "networkx", "yaml", "scipy", "simpy", "jinja2", "rich"})


def test_run_writes_results_and_prints_json_to_stdout_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    code, stdout, stderr = call(
        capsys, "run", str(SCENARIOS / "impatient-callers.yaml"), "-r", "2", "-j", "1", *SHORT, "--out", str(out), "--json"
    )
    summary = json.loads(stdout)
    assert code == 0
    assert summary["replications"] == 2
    assert {k["kpi"] for k in summary["kpis"]} >= {"contact.abandon_rate", "contact.asa", "contact.service_level"}
    assert "\x1b" not in stderr
    names = {p.name for p in out.iterdir()}
    assert names >= {"manifest.json", "replications.csv", "summary.json", "report.html", "stages.csv", "halfhour.csv"}
    for name in ("replications.csv", "summary.json"):
        text = (out / name).read_bytes()
        assert text.endswith(b"\n")
        assert b"\r" not in text


def test_a_missed_target_is_exit_code_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = tmp_path / "strict.yaml"
    scenario.write_text(
        f"extends: {SCENARIOS / 'impatient-callers.yaml'}\ntargets: {{contact.abandon_rate: {{max: 0.1 %}}}}\n", encoding="utf-8"
    )
    code, stdout, _ = call(
        capsys, "run", str(scenario), "-r", "3", "-j", "1", *SHORT, "--out", str(tmp_path / "o"), "--no-report"
    )
    assert code == 1
    assert "missed" in stdout


def test_faults_are_exit_code_three_with_carets_and_nothing_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = tmp_path / "wrong.yaml"
    scenario.write_text("contact_centres: {desk: {agnets: 2}}\ncases: {calls: {rate: 1/mins}}\n", encoding="utf-8")
    code, stdout, stderr = call(capsys, "run", str(scenario), "--out", str(tmp_path / "o"))
    assert code == 3
    assert stdout == ""
    assert "did you mean 'agents'?" in stderr
    assert "wrong.yaml:1:" in stderr
    assert "wrong.yaml:2:" in stderr
    assert "^" in stderr
    assert "Traceback" not in stderr
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["rum", "x"], 2, "did you mean 'run'?"),
        (["run"], 2, "Missing argument"),
        (["run", "no-such-scenario"], 3, "no-such-scenario"),
        (["run", "hp-chnia-2017"], 3, "did you mean 'hp-china-2017'?"),
        (["check", "--update"], 2, "needs --reason"),
        (["check", "--baselines", "nowhere"], 2, "no baselines in nowhere"),
        (["check", "--baselines", "nowhere", "small"], 2, "nowhere has no baseline 'small'; it has none at all"),
        (["report", "nowhere"], 2, "nowhere"),
    ],
)
def test_wrong_calls(args: list[str], code: int, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    found, stdout, stderr = call(capsys, *args)
    assert (found, stdout) == (code, "")
    assert words in stderr
    assert "Traceback" not in stderr


def test_init_gives_a_model_that_validates_and_compares(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call(capsys, "init", "model")[0] == 0
    assert call(capsys, "init", "model")[0] == 2  # not empty any more
    monkeypatch.chdir(tmp_path / "model")
    code, stdout, stderr = call(capsys, "validate", "scenarios/three-tier.yaml", "scenarios/three-tier-more-stock.yaml")
    assert (code, stderr) == (0, "")
    assert stdout.count(": valid") == 2
    code, stdout, _ = call(
        capsys, "compare", "scenarios/three-tier.yaml", "scenarios/three-tier-more-stock.yaml", "-r", "2", "-j", "2",
        "--set", "run.length=40 days", "--set", "run.warm_up=20 days",
    )  # fmt: skip
    assert code == 0
    assert "stock_plans.point.*.base_stock" in stdout
    assert "CI of difference (paired)" in stdout
    assert (tmp_path / "model/results/runs/compare-three-tier-three-tier-more-stock/report.html").is_file()


def test_show_says_where_each_value_was_written(capsys: pytest.CaptureFixture[str]) -> None:
    code, stdout, _ = call(capsys, "show", str(SCENARIOS / "desk-bench-shelf.yaml"), "--origin", "--set", "run.seed=7")
    assert code == 0
    assert "  seed: 7  # --set" in stdout
    assert "    technicians: 2  # " in stdout
    assert "desk-bench-shelf.yaml:6" in stdout
    assert "    at_closing: pause  # default" in stdout


def test_show_resolved_can_be_loaded_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from sim.api import load

    _, stdout, _ = call(capsys, "show", "three-tier-more-stock", "--full")
    written = tmp_path / "three-tier-more-stock.yaml"
    written.write_text(stdout, encoding="utf-8")
    assert load(written).digest == load("three-tier-more-stock").digest


def test_show_says_that_large_tables_are_cut(capsys: pytest.CaptureFixture[str]) -> None:
    remark = "# large tables are shown by digest; --full prints all, and then the text is a scenario again\n"
    assert remark in call(capsys, "show", "network/hp-china-2017")[1]
    assert remark not in call(capsys, "show", "network/hp-china-2017", "--full")[1]
    assert remark not in call(capsys, "show", "three-tier")[1]


def test_show_names_recorded_cases_so_that_the_text_can_be_saved_elsewhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from sim.api import load

    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "log.csv").write_text("at_h,need\n1,calls\n", encoding="utf-8")
    scenario = tmp_path / "in" / "replay.yaml"
    text = f"extends: {SCENARIOS / 'impatient-callers.yaml'}\nadd: {{replay: {{from: log.csv}}}}\n"
    scenario.write_text(text, encoding="utf-8")
    code, stdout, stderr = call(capsys, "show", str(scenario), "--full")
    assert code == 0, stderr
    written = tmp_path / "saved.yaml"
    written.write_text(stdout, encoding="utf-8")
    assert load(written).digest == load(scenario).digest


def test_a_renewed_baseline_says_when(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = tmp_path / "calls.yaml"
    text = (SCENARIOS / "impatient-callers.yaml").read_text(encoding="utf-8")
    scenario.write_text(text.replace("400 days", "3 days").replace("replications: 10", "replications: 1"), encoding="utf-8")
    folder = tmp_path / "baselines"
    before = datetime.date.today().isoformat()
    assert call(capsys, "check", str(scenario), "--baselines", str(folder), "--update", "--reason", "first", "-j", "1")[0] == 0
    written = json.loads((folder / "calls" / "baseline.json").read_text(encoding="utf-8"))
    assert before <= written["date"] <= datetime.date.today().isoformat()


def test_explain_says_why_an_example_customer_has_no_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = tmp_path / "late.yaml"
    scenario.write_text(
        "run: {start: 2024-01-01, length: 5 days, replications: 1}\ncases: {r: {rate: 1/day, walk_in: 100 %}}\n"
        "service_points: {bench: {repair_time: 1 h}}\ncustomers: {striker: {at: 2024-02-01 10:00, case: r}}\n",
        encoding="utf-8",
    )
    out = tmp_path / "run"
    assert call(capsys, "run", str(scenario), "-j", "1", "--out", str(out), "--no-report")[0] == 0
    code, _, stderr = call(capsys, "explain", str(out), "--order", "striker")
    assert code == 2
    assert "customers.striker: comes after the end of the run and is left out" in stderr


def test_explain_tells_an_orders_life(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    call(capsys, "run", "small", "-r", "1", "-j", "1", *SHORT, "--out", str(out), "--no-report")
    code, stdout, _ = call(capsys, "explain", str(out), "--order", "0")
    assert code == 0
    assert stdout.startswith("Order 0")
    assert "Outcome:" in stdout
    code, _, stderr = call(capsys, "explain", str(out), "--order", "nobody")
    assert code == 2
    assert "'nobody' is no order number" in stderr


def test_schema_and_doctor(capsys: pytest.CaptureFixture[str]) -> None:
    code, stdout, _ = call(capsys, "schema")
    assert code == 0
    assert json.loads(stdout)["properties"]["cases"]
    code, stdout, _ = call(capsys, "doctor", "--json")
    assert code == 0
    assert "hp-china-2017" in json.loads(stdout)["shipped scenarios"]


def test_output_without_a_terminal_has_no_colour() -> None:
    environment = {**os.environ, "TERM": "xterm-256color"}
    done = subprocess.run(
        [sys.executable, "-c", "from sim.cli import main; main(['doctor'])"],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    assert "\x1b" not in done.stdout + done.stderr
