"""select and compare of many scenarios on the command line: tables, exit codes, messages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sim.cli import main

DESK = """
title: Desk of {agents}
run: {{length: 4 h, warm_up: 2 h, replications: 6}}
cases: {{calls: {{rate: 100/h, channel: voice}}}}
contact_centres:
  desk: {{agents: {agents}, handle_time: {{exponential: 6 min}}}}
"""


@pytest.fixture
def desks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(tmp_path)
    for agents in (12, 13, 16):
        Path(f"d{agents}.yaml").write_text(DESK.format(agents=agents), encoding="utf-8")
    return ["d12.yaml", "d13.yaml", "d16.yaml"]


def call(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    code = main(list(args))
    out, err = capsys.readouterr()
    return code, out, err


def test_select_says_who_and_why(desks: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    ask = ["select", *desks, "--by", "contact.asa", "--delta", "8 s", "--first", "5", "-j", "1"]
    code, stdout, stderr = call(capsys, *ask, "--progress")
    assert code == 0
    assert stdout.startswith(
        "d16 is the best by speed of answer with 95\u202f% confidence, provided the best is ahead by 8\u202fs"
    )
    assert "Out after" in stdout
    assert "first stage: 5 replications of each of 3 scenarios" in stderr
    folder = Path("results/runs/select-contact.asa-d12-d13-d16")
    assert {path.name for path in folder.iterdir()} == {"selection.json", "selection.csv"}
    before = (folder / "selection.json").read_bytes()
    code, stdout, stderr = call(capsys, *ask, "--json")
    assert (code, stderr) == (0, "")
    assert json.loads(stdout) == json.loads(before)
    assert (folder / "selection.json").read_bytes() == before
    # the stored runs serve a comparison
    code, stdout, _ = call(capsys, "compare", *desks, "-r", "5", "-j", "1", "--by", "contact.asa", "--all-pairs")
    assert code == 0
    assert "Speed of answer: all together, verdicts after Holm over 2 comparisons" in stdout
    assert "Speed of answer: all pairs, verdicts after Holm over 3 comparisons" in stdout
    assert "by speed of answer with 95\u202f% confidence" in stdout
    page = Path("results/runs/compare-d12-d13-d16/report.html").read_text(encoding="utf-8")
    assert "Which differences hold together" in page
    assert "All 3 pairs" in page


def test_an_open_selection_is_exit_code_one(desks: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code, stdout, _ = call(
        capsys, "select", "d12.yaml", "d13.yaml", "--by", "contact.asa", "--delta", "0.1 s", "--first", "3", "--max", "3",
        "--confidence", "99 %", "-j", "1",
    )  # fmt: skip
    assert code == 1
    assert stdout.startswith("Not decided after 3 replications: d13 leads by speed of answer, d12 cannot be ruled out.")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["select", "d12.yaml", "--by", "contact.asa", "--delta", "2 s"], "two scenarios or more"),
        (["select", "d12.yaml", "d13.yaml", "--by", "contact.asa", "--delta", "2 h", "--confidence", "95 x"], "'95 x'"),
        (["select", "d12.yaml", "d13.yaml", "--delta", "2 h"], "Missing option '--by'"),
        (["select", "d12.yaml", "d12.yaml", "--by", "contact.asa", "--delta", "2 s"], "d12 and d12 are alike"),
        (["compare", "d12.yaml", "d13.yaml", "--by", "contact.occupancy"], "neither way of contact.occupancy is better"),
        (["compare", "d12.yaml", "d13.yaml", "--by", "contact.as"], "did you mean 'contact.asa'?"),
    ],
)
def test_wrong_calls(args: list[str], words: str, desks: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code, stdout, stderr = call(capsys, *args)
    assert (code, stdout) == (2, "")
    assert words in stderr
    assert "Traceback" not in stderr
    assert not Path("results").exists()
