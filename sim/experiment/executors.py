"""Runs replications through a `concurrent.futures.Executor`; the results are the same bytes whatever it is.

There is one loop (`Runner.run`). Where the work is done is the matter of a crew: this process (`SerialCrew`), processes of this
machine (`local_pool.ProcessCrew`), or an executor whose workers may be anywhere (`remote.RemoteCrew`, which Dask uses).
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from sim.errors import SimulationError, UsageError
from sim.experiment.replicate import replicate
from sim.scenario.plan import Plan

ProgressCall = Callable[[int, float, int], None]  # replication, clock in hours, events so far in it
MOST_BREAKDOWNS = 3  # of the workers, without a finished replication between them
_INTERVAL_S = 0.2


@dataclass(frozen=True)
class Job:
    """What is to be run: a plan into a run folder; `options` are keyword arguments of `replicate`, such as `keep_tables`."""

    plan: Plan
    folder: Path
    options: Mapping[str, Any] = field(default_factory=dict)


class Crew(Protocol):
    """Workers that make replications."""

    window: int  # so many replications are handed out at once

    def submit(self, r: int) -> Future[Any]:
        """Hand out a replication."""

    def collect(self, r: int, future: Future[Any]) -> int:
        """Take a finished replication, see that it is in its place, and return the number of its events."""

    def tell(self, progress: ProgressCall) -> None:
        """Pass on how far the replications under way are."""

    def renew(self) -> None:
        """Take new workers after a breakdown; a crew that cannot raises SimulationError."""

    def close(self, at_once: bool) -> None:
        """Let the workers go; `at_once` stops them in the middle of their work."""


class SerialExecutor(Executor):
    """An executor that calls in this process, at once. Interrupts are passed on, other faults are kept in the future."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """The finished future of a call."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as fault:
            future.set_exception(fault)
        return future


class SerialCrew:
    """Works in this process, one replication after the other."""

    window = 1

    def __init__(self, job: Job, progress: ProgressCall | None) -> None:
        self._job, self._progress, self._executor = job, progress, SerialExecutor()

    def submit(self, r: int) -> Future[Any]:
        """Run a replication."""
        return self._executor.submit(self._work, r)

    def _work(self, r: int) -> int:
        progress, job = self._progress, self._job
        events = Events(None if progress is None else lambda clock, n: progress(r, clock, n), job.plan.run.horizon_h)
        replicate(job.plan, r, job.folder, progress=events, **job.options)
        return events.last

    def collect(self, r: int, future: Future[Any]) -> int:
        """It is stored already."""
        return int(future.result())

    def tell(self, progress: ProgressCall) -> None:
        """Progress is told while a replication runs."""

    def renew(self) -> None:
        """Never needed."""

    def close(self, at_once: bool) -> None:
        """Nothing to close."""


class Events:
    """Counts the events of a replication, and passes on a few calls a second.

    Parameters
    ----------
    call
        Called with clock and events; not at the end, which the parent tells.
    horizon_h
        End of the run.
    """

    def __init__(self, call: Callable[[float, int], None] | None, horizon_h: float) -> None:
        self._call, self._horizon_h, self._next = call, horizon_h, 0.0
        self.last = 0

    def __call__(self, clock_h: float, events: int) -> None:
        self.last = events
        if self._call is None or clock_h >= self._horizon_h:
            return
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _INTERVAL_S
            self._call(clock_h, events)


class Runner:
    """Runs replications of one job, batch after batch, with the same workers. Use it as a context manager.

    Parameters
    ----------
    job
        What to run.
    executor
        'serial', 'processes', 'dask://host:port', an Executor, or None: processes where there is more than one to run.
    jobs
        Local processes at once; 1 stays in this process unless processes are asked for.
    progress
        Called now and then, in this process; at the end of a replication always.

    Raises
    ------
    UsageError
        If there is no such executor.
    """

    def __init__(self, job: Job, executor: str | Executor | None, jobs: int, progress: ProgressCall | None) -> None:
        require_executor(executor)
        self._job, self._executor, self._jobs, self._progress = job, executor, jobs, progress
        self._crew: Crew | None = None

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None) -> None:
        if self._crew is not None:
            self._crew.close(at_once=kind is not None)

    def run(self, wanted: Sequence[int]) -> None:
        """Run replications.

        Parameters
        ----------
        wanted
            Their numbers.

        Raises
        ------
        SimulationError
            If one fails or the workers die again and again; those that are finished stay.
        KeyboardInterrupt
            Passed on; finished replications stay.
        """
        if not wanted:
            return
        if self._executor is None and len(wanted) <= 1:  # not worth the start of a process
            self._run(SerialCrew(self._job, self._progress), wanted)
            return
        if self._crew is None:
            self._crew = self._new_crew()
        self._run(self._crew, wanted)

    def _new_crew(self) -> Crew:
        if self._executor == "serial" or (self._executor is None and self._jobs <= 1):
            return SerialCrew(self._job, self._progress)
        if self._executor in (None, "processes"):
            from sim.experiment.local_pool import ProcessCrew

            return ProcessCrew(self._job, self._jobs)
        from sim.experiment.remote import RemoteCrew, dask_crew

        return dask_crew(self._job, self._executor) if isinstance(self._executor, str) else RemoteCrew(self._job, self._executor)

    def _run(self, crew: Crew, wanted: Sequence[int]) -> None:
        waiting, running = deque(wanted), dict[Future[Any], int]()
        breakdowns = 0
        while waiting or running:
            try:
                while waiting and len(running) < crew.window:
                    running[crew.submit(waiting[0])] = waiting[0]
                    waiting.popleft()
                done = wait(running, _INTERVAL_S, FIRST_COMPLETED).done
                if self._progress is not None:
                    crew.tell(self._progress)
                for future in done:
                    self._finish(crew, running[future], future)
                    del running[future]
                    breakdowns = 0
            except BrokenExecutor as fault:
                breakdowns += 1
                waiting.extendleft(sorted(running.values(), reverse=True))
                running.clear()
                if breakdowns > MOST_BREAKDOWNS:
                    raise SimulationError(_broken(waiting[0], breakdowns)) from fault
                crew.renew()

    def _finish(self, crew: Crew, r: int, future: Future[Any]) -> None:
        try:
            events = crew.collect(r, future)
        except OSError as fault:
            raise SimulationError(cannot_store(self._job.folder, fault)) from fault
        if self._progress is not None:
            self._progress(r, self._job.plan.run.horizon_h, events)


def require_executor(executor: str | Executor | None) -> None:
    """Raise UsageError unless `Runner` knows the executor."""
    if isinstance(executor, str) and executor not in ("serial", "processes") and not executor.startswith("dask://"):
        raise UsageError(f"unknown executor '{executor}'; there are serial, processes and dask://HOST:PORT")


def _broken(r: int, times: int) -> str:
    return (
        f"worker processes died {times} times in a row, last at replication {r} or one beside it (killed, or out of memory: "
        "try fewer --jobs); finished replications are kept"
    )


def cannot_store(folder: Path, fault: OSError) -> str:
    """What to say where a disk is full or a folder cannot be written."""
    why = fault.strerror or str(fault)
    return f"cannot store results in {folder}: {why}; finished replications are kept, `sparesim run --resume {folder}` goes on"
