"""`sparesim replay` and `sparesim explain` from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

import sim
from sim.cli import main


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("replay") / "run"
    return sim.run("small", sets=("run.length=20 days", "run.warm_up=10 days"), replications=2, jobs=1, out=out).folder


def call(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    code = main(list(args))
    said = capsys.readouterr()
    return code, said.out, said.err


def test_replay_writes_a_page_and_says_where(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "week.html"
    code, stdout, stderr = call(
        capsys, "replay", str(run), "--replication", "1", "--from", "2024-01-16", "--days", "2", "--out", str(out), "--lang", "zh"
    )
    assert (code, stdout, stderr) == (0, f"回放     {out}\n", "")
    assert "2024年1月16日 周二至2024年1月17日 周三" in out.read_text(encoding="utf-8")
    assert call(capsys, "replay", str(run))[1] == f"replay   {run / 'replay.html'}\n"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--week", "9"), "there is no week 9: the measured time has 2 full weeks"),
        (("--week", "1", "--from", "2024-01-15"), "(--week, --from), not both"),
        (("--from", "15.1.2024"), "'15.1.2024' is no date such as 2017-03-20"),
        (("--replication", "2"), "2 replications, numbered from 0; there is no 2"),
        (("--days", "0"), "1 to 31 days, not 0"),
    ],
)
def test_what_cannot_be_replayed_is_said(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], args: tuple[str, ...], said: str
) -> None:
    out = tmp_path / "none.html"
    code, stdout, stderr = call(capsys, "replay", str(run), "--out", str(out), *args)
    assert (code, stdout, out.exists()) == (2, "", False)
    assert said in stderr


def test_explain_counts_replications_from_0_and_speaks_chinese(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = (call(capsys, "explain", str(run), "--order", "5", "--replication", str(r))[1] for r in (0, 1))
    assert first == call(capsys, "explain", str(run), "--order", "5")[1] != second
    code, _, stderr = call(capsys, "explain", str(run), "--order", "5", "--replication", "2")
    assert code == 2
    assert "numbered from 0; there is no 2" in stderr
    code, stdout, _ = call(capsys, "explain", str(run), "--order", "5", "--lang", "zh")
    assert code == 0
    assert stdout.startswith("维修单5\n  产品：device\n")
    assert "2024年1月1日 周一 " in stdout or "2024年1月2日 周二 " in stdout
    assert len(stdout.splitlines()) == len(first.splitlines())
