"""A run that is killed or interrupted keeps what is finished, leaves nothing half done, and ends with the same bytes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

SCENARIO = Path(__file__).parents[1] / "scenarios" / "desk-bench-shelf.yaml"
REPLICATIONS = 6

pytestmark = pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs process groups")


def command(out: Path, replications: int = REPLICATIONS) -> list[str]:
    code = "from sim.cli import main; main()"
    options = ["-r", str(replications), "-j", "2", "--no-report", "--set", "run.length=600 days", "--out", str(out)]
    return [sys.executable, "-c", code, "run", str(SCENARIO), *options]


def files(folder: Path) -> dict[str, bytes]:
    """Content of every file of a run but the manifest."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.name != "manifest.json"}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Files of a run that nobody disturbed."""
    out = tmp_path_factory.mktemp("undisturbed") / "run"
    subprocess.run(command(out), check=True, capture_output=True, timeout=300)
    return files(out)


def start(out: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(command(out), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def wait_for_first(process: subprocess.Popen[str], out: Path) -> None:
    """Until one replication is finished and others are under way."""
    end = time.monotonic() + 120
    while not any(p.name.isdigit() for p in out.glob("replications/*")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.01)


def finished(out: Path) -> list[Path]:
    """Finished replications; each must be whole."""
    places = sorted(p for p in (out / "replications").iterdir() if not p.name.startswith("."))
    for place in places:
        assert place.name.isdigit()
        assert (place / "meta.json").is_file()
        assert (place / "kpis.csv").read_bytes().endswith(b"\n")
        for path in place.glob("*.npy"):
            np.load(path)
    return places


def go_on(out: Path, kept: list[Path], undisturbed: dict[str, bytes]) -> None:
    """Run again: what was finished is not made again, and the result is that of the undisturbed run."""
    stamps = {p: (p / "meta.json").stat().st_mtime_ns for p in kept}
    subprocess.run(command(out), check=True, capture_output=True, timeout=300)
    assert {p: (p / "meta.json").stat().st_mtime_ns for p in kept} == stamps
    found = files(out)
    assert sorted(found) == sorted(undisturbed)
    assert [name for name in found if found[name] != undisturbed[name]] == []


@pytest.mark.parametrize("whom", ["all", "parent"])
def test_killed(tmp_path: Path, undisturbed: dict[str, bytes], whom: str) -> None:
    out = tmp_path / "run"
    process = start(out)
    wait_for_first(process, out)
    if whom == "all":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.communicate(timeout=60)  # ends when the last worker has closed the pipes: none outlives its parent
    assert process.returncode == -signal.SIGKILL
    assert not (out / "summary.json").exists()
    kept = finished(out)
    assert 1 <= len(kept) < REPLICATIONS
    go_on(out, kept, undisturbed)


@pytest.mark.parametrize("early", [False, True])
def test_interrupted(tmp_path: Path, undisturbed: dict[str, bytes], early: bool) -> None:
    out = tmp_path / "run"
    process = start(out)
    if early:  # while workers start
        while not (out / "replications").exists() and not out.exists():
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(0.1)
    else:
        wait_for_first(process, out)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert stdout == ""
    assert "Traceback" not in stderr
    assert "interrupted; finished replications are kept, the same command goes on with the rest:\n  sparesim run " in stderr
    assert stderr.rstrip().endswith(f"--out {out}")
    if not early:
        kept = finished(out)
        assert not list((out / "replications").glob(".*"))
        assert 1 <= len(kept) < REPLICATIONS
        go_on(out, kept, undisturbed)
