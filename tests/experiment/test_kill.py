"""Runs that are killed at random instants, or meet a full disk: nothing finished is lost, and the final bytes are those of a run
that nobody disturbed."""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim import api
from sim.errors import SimulationError
from sim.experiment import replicate as module
from sim.experiment.resuming import is_begun
from sim.experiment.study import run_study
from sim.scenario.load import load_plan
from sim.store import replication_folder

SCENARIO = Path(__file__).parent.parent / "scenarios" / "desk-bench-shelf.yaml"
COUNT = 10
SETS = ["run.length=200 days", "run.warm_up=0 days"]
MAIN = [sys.executable, "-c", "from sim.cli import main; main()", "run"]
SLOW = pytest.param(10, marks=pytest.mark.slow)

pytestmark = pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs process groups")


def command(out: Path, *more: str, count: int = COUNT, sets: list[str] = SETS) -> list[str]:
    changes = [word for one in sets for word in ("--set", one)]
    return [*MAIN, str(SCENARIO), "-r", str(count), "-j", "2", "--no-report", *changes, "--out", str(out), *more]


def files(folder: Path) -> dict[str, bytes]:
    """Content of every file of a run but the manifest."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.name != "manifest.json"}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Files of a run that nobody disturbed."""
    made = run_study(
        load_plan(SCENARIO, SETS), tmp_path_factory.mktemp("undisturbed") / "run", replications=COUNT, executor="serial"
    )
    return files(made.folder)


def finished(out: Path) -> dict[Path, int]:
    """Finished replications with the time of their meta.json; each must be whole, and what is not must have a temporary name."""
    found = {}
    for place in (out / "replications").glob("*"):
        if place.name.startswith("."):
            continue
        meta = json.loads((place / "meta.json").read_text())
        assert meta["replication"] == int(place.name)
        assert (place / "kpis.csv").read_bytes().endswith(b"\n")
        for path in place.glob("*.npy"):
            np.load(path)
        found[place] = (place / "meta.json").stat().st_mtime_ns
    for path in out.glob("*"):  # files of the study are whole or have a temporary name
        if path.suffix == ".json" and not path.name.startswith("."):
            json.loads(path.read_text())
    return found


@pytest.mark.parametrize("times", [3, SLOW])
def test_runs_killed_at_random_instants(tmp_path: Path, undisturbed: dict[str, bytes], times: int) -> None:
    rng = random.Random(times)
    in_the_middle = 0
    for i in range(times):
        out = tmp_path / f"run-{i}"
        process = subprocess.Popen(command(out), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
        _wait_for(process, out, rng.randrange(-1, COUNT - 3))
        time.sleep(rng.uniform(0.0, 0.3))
        whom = rng.choice((os.kill, os.killpg))  # the parent alone, or its workers too
        whom(process.pid, signal.SIGKILL)
        process.communicate(timeout=60)
        kept = finished(out)
        in_the_middle += 0 < len(kept) < COUNT
        again = [*MAIN, "--resume", str(out), "--no-report", "-j", "1"] if is_begun(out) else command(out)
        subprocess.run(again, check=True, capture_output=True, timeout=300, cwd=tmp_path)
        assert {place: (place / "meta.json").stat().st_mtime_ns for place in kept} == kept  # none is made twice
        assert files(out) == undisturbed
        assert not (out / "run.json").exists()
    assert in_the_middle


def _wait_for(process: subprocess.Popen[bytes], out: Path, count: int) -> None:
    """Until so many replications are stored; -1: until the process may have begun to write."""
    end = time.monotonic() + 120
    while len(list(out.glob("replications/[0-9]*"))) < count or (count >= 0 and not is_begun(out)):
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.mark.parametrize("times", [1, SLOW])
def test_dask_workers_killed_at_random_instants(tmp_path: Path, undisturbed: dict[str, bytes], times: int) -> None:
    distributed = pytest.importorskip("distributed")
    plan = load_plan(SCENARIO, SETS)
    rng = random.Random(times)
    for i in range(times):
        out = tmp_path / f"run-{i}"
        killed: list[int] = []
        victim, after = rng.randrange(2), rng.randrange(0, COUNT - 3)
        with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster:
            process = list(cluster.workers.values())[victim].pid
            delay_s = rng.uniform(0.0, 0.3)
            killer = threading.Thread(target=_kill_worker, args=(process, out, after, delay_s, killed))
            killer.start()
            study = run_study(plan, out, replications=COUNT, executor=cluster.scheduler_address.replace("tcp://", "dask://"))
            killer.join()
        assert killed
        assert study.manifest["run_here"] == list(range(COUNT))
        assert files(out) == undisturbed
        assert not list((out / "replications").glob(".*"))
        finished(out)


def _kill_worker(process: int, out: Path, after: int, delay_s: float, killed: list[int]) -> None:
    """Kill a worker process when so many replications are stored, some instant later."""
    end = time.monotonic() + 120
    while len(list(out.glob("replications/[0-9]*"))) < after or not is_begun(out):
        assert time.monotonic() < end
        time.sleep(0.005)
    time.sleep(delay_s)
    os.kill(process, signal.SIGKILL)
    killed.append(process)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1.2 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1200k", "tmpfs", str(place)], capture_output=True)
    if made.returncode != 0:
        pytest.skip("may not mount a small disk")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk(small_disk: Path, tmp_path: Path) -> None:
    out, count, sets = small_disk / "run", 30, ["run.length=20 days", "run.warm_up=0 days"]
    whole = run_study(load_plan(SCENARIO, sets), tmp_path / "whole", replications=count, executor="serial")
    found = subprocess.run(command(out, count=count, sets=sets), capture_output=True, text=True, timeout=300)
    assert found.returncode == 4
    assert found.stdout == ""
    (line,) = [line for line in found.stderr.splitlines() if not line.startswith("warning")]
    assert line.startswith(f"error: cannot store results in {out}: No space left on device; finished replications are kept")
    assert line.endswith(f"`sparesim run --resume {out}` goes on")
    kept = finished(out)
    assert 0 < len(kept) < count
    assert not list((out / "replications").glob(".*"))
    subprocess.run(["mount", "-o", "remount,size=16m", str(small_disk)], check=True)
    subprocess.run([*MAIN, "--resume", str(out), "--no-report", "-j", "1"], check=True, capture_output=True, timeout=300)
    assert {place: (place / "meta.json").stat().st_mtime_ns for place in kept} == kept
    assert files(out) == files(whole.folder)


@pytest.mark.parametrize("where", ["write_csv", "write_bytes", "write_json"])
def test_a_full_disk_at_any_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    plan = load_plan(SCENARIO, ["run.length=30 days", "run.warm_up=0 days"])
    whole = run_study(plan, tmp_path / "whole", replications=3, executor="serial")
    write, out = getattr(module, where), tmp_path / "run"

    def full(path: Path, *rest: Any, **more: Any) -> None:
        if ".0002." in str(path):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        write(path, *rest, **more)

    with monkeypatch.context() as patch:
        patch.setattr(module, where, full)
        with pytest.raises(SimulationError, match=r"cannot store results in .*: No space left on device; finished") as raised:
            run_study(plan, out, replications=3, executor="serial")
    assert raised.value.exit_code == 4
    assert sorted(p.name for p in (out / "replications").iterdir()) == ["0000", "0001"]
    again = run_study(plan, out, replications=3, executor="serial", resume=True)
    assert again.manifest["run_here"] == [2]
    assert files(out) == files(whole.folder)


def test_a_goal_goes_on_from_its_folder(tmp_path: Path) -> None:
    """The half widths wanted, given with the command only, are those of the run that goes on, wherever it is called from."""
    goal = [
        "--until",
        "contact.wait.mean=12 %",
        "--max-replications",
        "9",
        "-j",
        "2",
        "--no-report",
        "--set",
        "run.length=30 days",
    ]
    home = tmp_path / "home"
    home.mkdir()
    (home / "x.yaml").write_text(SCENARIO.read_text())
    until = ["contact.wait.mean=12 %"]
    whole = api.run(home / "x.yaml", until=until, max_replications=9, sets=["run.length=30 days"], executor="serial")
    out = tmp_path / "run"
    process = subprocess.Popen(
        [*MAIN, "x.yaml", *goal, "--out", str(out)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=home
    )
    while not any(out.glob("replications/[0-9]*")):
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.wait()
    asked = json.loads((out / "run.json").read_text())
    assert (asked["goal"]["maximum"], asked["goal"]["until"][0]["half_width"]) == (9, 0.12)
    subprocess.run(
        [*MAIN, "--resume", str(out), "--no-report", "-j", "1"], check=True, capture_output=True, timeout=300, cwd=tmp_path
    )
    assert files(out) == files(whole.folder)
    assert "stopping" in json.loads((out / "summary.json").read_text())
    assert replication_folder(out, 0).is_dir()


def test_nothing_to_resume(tmp_path: Path) -> None:
    found = subprocess.run(command(tmp_path / "none", "--resume"), capture_output=True, text=True, timeout=60)
    assert found.returncode == 2
    assert f"nothing to resume: {tmp_path / 'none'} is no run folder" in found.stderr
    assert not (tmp_path / "none").exists()
