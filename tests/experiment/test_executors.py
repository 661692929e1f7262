"""One loop over any executor: the same bytes from all of them, and what happens when workers die or are not as they should."""

from __future__ import annotations

import dataclasses
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from sim.errors import SimulationError, UsageError
from sim.experiment import local_pool, remote
from sim.experiment.executors import Job, Runner, SerialExecutor
from sim.experiment.placing import clear_leftovers
from sim.experiment.remote import pack, replicate_away, unpack
from sim.experiment.replicate import is_stored, replicate
from sim.experiment.study import run_study
from sim.experiment.versions import versions
from sim.scenario.load import load_plan
from sim.scenario.plan import Plan
from sim.store import Study, replication_folder

SCENARIO = Path(__file__).parent.parent / "scenarios" / "desk-bench-shelf.yaml"
COUNT = 5


def files(folder: Path) -> dict[str, bytes]:
    """Content of every file but the manifest."""
    return {
        str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file() and p.name != "manifest.json"
    }


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load_plan(SCENARIO, ["run.length=30 days", "run.warm_up=0 days"])


@pytest.fixture(scope="module")
def study(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Study:
    return run_study(plan, tmp_path_factory.mktemp("runs") / "serial", replications=COUNT, executor="serial")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as made:
        yield made


def test_processes_when_asked_for(plan: Plan, study: Study, tmp_path: Path) -> None:
    other = run_study(plan, tmp_path / "run", jobs=1, replications=COUNT, executor="processes")
    assert files(other.folder) == files(study.folder)


def test_any_executor(plan: Plan, study: Study, tmp_path: Path) -> None:
    calls: list[tuple[int, float, int]] = []
    with ThreadPoolExecutor(2) as threads:
        other = run_study(plan, tmp_path / "run", replications=COUNT, executor=threads, progress=lambda *call: calls.append(call))
        assert threads.submit(int, "3").result() == 3  # it is left running
    assert files(other.folder) == files(study.folder)
    assert {r for r, clock, events in calls if clock == plan.run.horizon_h and events} == set(range(COUNT))


def test_dask_gives_the_same_bytes(plan: Plan, study: Study, tmp_path: Path, cluster: Any) -> None:
    address = cluster.scheduler_address.replace("tcp://", "dask://")
    other = run_study(plan, tmp_path / "run", replications=COUNT, executor=address)
    assert files(other.folder) == files(study.folder)
    assert not list((tmp_path / "run" / "replications").glob(".*"))
    again = run_study(plan, tmp_path / "run", replications=COUNT, executor="dask://nobody.invalid:1")
    assert again.manifest["run_here"] == []  # nothing to run, nobody is asked


def test_raw_tables_come_back_from_a_cluster(plan: Plan, tmp_path: Path, cluster: Any) -> None:
    address = cluster.scheduler_address.replace("tcp://", "dask://")
    other = run_study(plan, tmp_path / "run", replications=1, keep_tables=True, executor=address)
    here = replicate(plan, 0, tmp_path / "here", keep_tables=True)
    there = replication_folder(other.folder, 0)
    assert files(there) == files(here)
    assert (there / "tables" / "cases.npy").is_file()


def test_a_worker_with_other_code_is_refused(plan: Plan, tmp_path: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "versions", lambda: versions() | {"code": "9.9+12345678"})
    address = cluster.scheduler_address.replace("tcp://", "dask://")
    with pytest.raises(SimulationError, match=r"has sparesim 0\S* \(here 9.9\+12345678\); install the same versions"):
        run_study(plan, tmp_path / "run", replications=2, executor=address)


def test_no_scheduler(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "_CONNECT_S", 0.5)
    with pytest.raises(UsageError, match=r"no Dask scheduler answers at 127.0.0.1:1"):
        run_study(plan, tmp_path / "run", replications=2, executor="dask://127.0.0.1:1")
    with pytest.raises(UsageError, match="needs the address of a scheduler"):
        run_study(plan, tmp_path / "run", replications=2, executor="dask://")
    with pytest.raises(UsageError, match="unknown executor 'threads'; there are serial, processes and dask"):
        run_study(plan, tmp_path / "other", replications=2, executor="threads")
    assert not (tmp_path / "other").exists()


def test_a_damaged_replication_is_not_stored(plan: Plan, tmp_path: Path) -> None:
    packed = replicate_away(remote.pickle.dumps(plan), 0, {}, versions())
    broken = dataclasses.replace(packed, files=dict(packed.files) | {"kpis.csv": packed.files["kpis.csv"][:-9]})
    place = replication_folder(tmp_path, 0)
    with pytest.raises(SimulationError, match="damaged on its way"):
        unpack(broken, place)
    outside = {"../outside": b"x"}
    with pytest.raises(SimulationError, match="no file of a replication"):
        unpack(remote.Packed(outside, remote._checksum(outside), 0), place)
    assert [p.name for p in tmp_path.rglob("*")] == ["replications"]
    unpack(packed, place)
    assert is_stored(plan, 0, tmp_path)
    assert pack(place, packed.events).files == packed.files


class Cancelled(Executor):
    """An executor whose cluster goes away."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.cancel()
        future.set_running_or_notify_cancel()
        return future


def test_a_lost_cluster_is_told(plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(
        SimulationError, match=r"the cluster is gone: replication \d was cancelled; finished replications are kept"
    ):
        run_study(plan, tmp_path / "run", replications=2, executor=Cancelled())


class Foreign(Executor):
    """An executor whose workers have no sparesim."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_exception(ModuleNotFoundError("No module named 'sim'"))
        return future


def test_workers_without_sparesim_are_told(plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match=r"a worker cannot load sparesim .*install the same version on all workers"):
        run_study(plan, tmp_path / "run", replications=2, executor=Foreign())


def test_serial_executor_keeps_faults_and_passes_interrupts_on() -> None:
    assert isinstance(SerialExecutor().submit(int, "x").exception(), ValueError)

    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        SerialExecutor().submit(interrupted)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_killed_worker_is_replaced(plan: Plan, study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crews: list[local_pool.ProcessCrew] = []
    renewals: list[int] = []
    renew = local_pool.ProcessCrew.renew
    start = local_pool.ProcessCrew._start

    def started(self: local_pool.ProcessCrew) -> None:
        start(self)
        crews.append(self)

    monkeypatch.setattr(local_pool.ProcessCrew, "_start", started)
    monkeypatch.setattr(local_pool.ProcessCrew, "renew", lambda self: (renewals.append(1), renew(self)))
    killer = threading.Thread(target=_kill_first_worker, args=(crews, tmp_path / "run"))
    killer.start()
    other = run_study(plan, tmp_path / "run", jobs=2, replications=COUNT)
    killer.join()
    assert renewals == [1]
    assert files(other.folder) == files(study.folder)


def _kill_first_worker(crews: list[local_pool.ProcessCrew], out: Path) -> None:
    """Kill a worker as soon as one works."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if any((out / "replications").glob(".0*")):
            process = next(iter(crews[0]._pool._processes.values()))
            os.kill(process.pid or 0, signal.SIGKILL)
            return
        time.sleep(0.001)


def test_workers_that_always_die_end_the_run(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_pool, "_begin", os._exit)  # the initializer's first argument is no number: the worker fails
    with pytest.raises(SimulationError, match=r"worker processes died 4 times in a row, last at replication 0.*try fewer --jobs"):
        run_study(plan, tmp_path / "run", jobs=2, replications=2)


def test_the_runner_keeps_its_workers_between_batches(plan: Plan, tmp_path: Path) -> None:
    with Runner(Job(plan, tmp_path), "processes", 1, None) as runner:
        runner.run([0])
        first = runner._crew
        runner.run([1])
        assert runner._crew is first
    assert is_stored(plan, 1, tmp_path)


def test_what_was_put_aside_comes_back(plan: Plan, tmp_path: Path) -> None:
    """Killed between the two renames that replace a replication, nothing is lost."""
    place = replicate(plan, 0, tmp_path)
    place.rename(place.with_name(".0000.4194301.abc.old"))
    half = place.with_name(".0000.4194301.abc")
    half.mkdir()
    clear_leftovers(tmp_path)
    assert is_stored(plan, 0, tmp_path)
    assert [p.name for p in place.parent.iterdir()] == ["0000"]
