"""Replications on workers that may share no disk with this machine: each comes back as the bytes of its files and a checksum."""

from __future__ import annotations

import hashlib
import pickle
import tempfile
import threading
from collections.abc import Mapping
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from sim.errors import SimulationError, SparesimError, UsageError
from sim.experiment.executors import Events, Job, ProgressCall
from sim.experiment.placing import put_in_place, work_folder
from sim.experiment.replicate import replicate
from sim.experiment.versions import versions
from sim.scenario.plan import Plan
from sim.store import replication_folder, write_bytes

_MUST_AGREE = ("code", "numpy", "scipy", "simpy")
_WINDOW = 256  # enough for a cluster that grows with its queue to see the need
_CONNECT_S = 30


@dataclass(frozen=True)
class Packed:
    """The files of a finished replication by their path in its folder, the SHA-256 of all, and the number of events."""

    files: Mapping[str, bytes]
    sha256: str
    events: int


def pack(place: Path, events: int) -> Packed:
    """The files of a replication's folder."""
    paths = sorted(path for path in place.rglob("*") if path.is_file())
    files = {path.relative_to(place).as_posix(): path.read_bytes() for path in paths}
    return Packed(files, _checksum(files), events)


def unpack(packed: Packed, place: Path) -> None:
    """Put a packed replication in its place, whole or not at all.

    Raises
    ------
    SimulationError
        If it did not arrive as it was sent.
    """
    if _checksum(packed.files) != packed.sha256:
        raise SimulationError(f"replication {place.name} was damaged on its way from the worker (checksums differ); run it again")
    place.parent.mkdir(parents=True, exist_ok=True)
    with work_folder(place) as work:
        for name, content in packed.files.items():
            path = work / name
            if not path.resolve().is_relative_to(work.resolve()):
                raise SimulationError(f"replication {place.name}: '{name}' is no file of a replication")
            path.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(path, content, sync=False)
        put_in_place(work, place)


def _checksum(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\0{len(files[name])}\0".encode() + files[name])
    return digest.hexdigest()


_ALONE = threading.Lock()  # a worker with several threads still makes one replication at a time


def replicate_away(plan: bytes, r: int, options: Mapping[str, Any], here: Mapping[str, str]) -> Packed:
    """Make a replication on a worker, in a temporary folder of its own.

    Parameters
    ----------
    plan
        The pickled plan.
    r
        Number of the replication.
    options
        Keyword arguments of `replicate`.
    here
        Versions where the run was started; with others the bytes could differ.

    Raises
    ------
    SimulationError
        If the versions differ, or the replication fails.
    """
    found = versions()
    wrong = [name for name in _MUST_AGREE if found.get(name) != here.get(name)]
    if wrong:
        import socket

        there = ", ".join(f"{_of(name)} {found.get(name)} (here {here.get(name)})" for name in wrong)
        raise SimulationError(f"worker {socket.gethostname()} has {there}; install the same versions on all workers")
    try:
        with _ALONE, tempfile.TemporaryDirectory(prefix="sparesim-", ignore_cleanup_errors=True) as folder:
            made = _plan_of(plan)
            events = Events(None, made.run.horizon_h)
            return pack(replicate(made, r, Path(folder), progress=events, **options), events.last)
    except SparesimError:
        raise
    except OSError as fault:
        raise SimulationError(f"replication {r}: a worker cannot write its temporary files: {fault.strerror or fault}") from fault
    except Exception as fault:
        raise SimulationError(f"replication {r}: {type(fault).__name__}: {fault}") from fault


def _of(name: str) -> str:
    return "sparesim" if name == "code" else name


@lru_cache(maxsize=1)
def _plan_of(plan: bytes) -> Plan:
    found: Plan = pickle.loads(plan)
    return found


class RemoteCrew:
    """Any executor whose workers can import sparesim; replications come back packed and are stored here.

    Parameters
    ----------
    job
        What to run.
    executor
        Its workers need not share a disk with this machine. It is not shut down.
    plan
        What is sent as the plan: its pickled bytes, or what the executor turns into them.
    """

    def __init__(self, job: Job, executor: Executor, plan: Any = None) -> None:
        self._job, self._executor = job, executor
        self._plan = pickle.dumps(job.plan) if plan is None else plan
        self._here = versions()
        self._under_way: dict[int, Future[Any]] = {}
        self.window = _WINDOW

    def submit(self, r: int) -> Future[Any]:
        """Send a replication out."""
        future = self._executor.submit(replicate_away, self._plan, r, dict(self._job.options), self._here)
        self._under_way[r] = future
        return future

    def collect(self, r: int, future: Future[Any]) -> int:
        """Put a replication in its place."""
        self._under_way.pop(r, None)
        try:
            packed: Packed = future.result()
        except (SparesimError, BrokenExecutor):
            raise
        except CancelledError:
            raise SimulationError(f"the cluster is gone: replication {r} was cancelled; finished replications are kept") from None
        except (ImportError, AttributeError) as fault:
            raise SimulationError(f"a worker cannot load sparesim ({fault}); install the same version on all workers") from fault
        except Exception as fault:
            raise SimulationError(f"replication {r} failed on the cluster: {type(fault).__name__}: {fault}") from fault
        unpack(packed, replication_folder(self._job.folder, r))
        return packed.events

    def tell(self, progress: ProgressCall) -> None:
        """Only ends are known of remote work."""

    def renew(self) -> None:
        """A foreign executor cannot be restarted from here."""
        raise SimulationError("the executor is broken: its workers died; finished replications are kept")

    def close(self, at_once: bool) -> None:
        """Cancel what has not begun."""
        for future in self._under_way.values():
            future.cancel()


class DaskCrew(RemoteCrew):
    """Workers of a Dask cluster. A worker that dies costs nothing but time: the scheduler gives its work to another."""

    def __init__(self, job: Job, client: Any) -> None:
        # The plan is a task and no scattered value, as the scheduler makes a lost task again; each worker fetches it once.
        blob = pickle.dumps(job.plan)
        plan = client.submit(bytes, blob, key=f"sparesim-plan-{hashlib.sha256(blob).hexdigest()[:16]}")
        self._client = client
        super().__init__(job, client.get_executor(pure=False), plan)

    def close(self, at_once: bool) -> None:
        """Cancel what is left and leave the cluster as it was."""
        super().close(at_once)
        self._client.close()


def dask_crew(job: Job, address: str) -> DaskCrew:
    """The workers behind a scheduler.

    Parameters
    ----------
    job
        What to run.
    address
        'dask://host:port'.

    Raises
    ------
    UsageError
        If Dask is not installed or nobody answers.
    """
    try:
        from distributed import Client
    except ImportError:
        raise UsageError("--executor dask:// needs Dask: pip install 'sparesim[cluster]'") from None
    place = address.removeprefix("dask://").rstrip("/")
    if not place:
        raise UsageError("--executor dask:// needs the address of a scheduler, such as dask://host:8786")
    try:
        client = Client(f"tcp://{place}" if "://" not in place else place, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as fault:
        raise UsageError(f"no Dask scheduler answers at {place}: {fault}") from None
    return DaskCrew(job, client)
