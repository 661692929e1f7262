"""Worker processes of this machine, with care for signals: interrupts are for the parent alone, and no worker outlives it."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from typing import Any

from sim.errors import SimulationError
from sim.experiment.executors import Events, Job, ProgressCall
from sim.experiment.placing import clear_leftovers
from sim.experiment.replicate import replicate


class ProcessCrew:
    """A pool of spawned processes that store their replications themselves.

    How far each is stands in memory that all share: a number is written without a lock, so that a worker may be killed at any
    instant without harm to the others.

    Parameters
    ----------
    job
        What to run; each worker gets the plan once.
    jobs
        Number of processes.
    """

    def __init__(self, job: Job, jobs: int) -> None:
        self._job, self._jobs = job, max(1, jobs)
        self.window = 2 * self._jobs
        self._packed = pickle.dumps(job)
        self._start()

    def _start(self) -> None:
        context = get_context("spawn")
        self._clocks = context.RawArray("d", 2 * self.window)
        self._slots: dict[int, int] = {}  # of replications under way
        self._told: dict[int, float] = {}
        self._pool = ProcessPoolExecutor(
            self._jobs, mp_context=context, initializer=_begin, initargs=(self._packed, self._clocks)
        )

    def submit(self, r: int) -> Future[Any]:
        """Hand out a replication."""
        slot = min(set(range(self.window)) - set(self._slots.values()))
        self._clocks[2 * slot] = self._clocks[2 * slot + 1] = 0.0
        with workers_starting():
            future: Future[Any] = self._pool.submit(_work, r, slot)
        self._slots[r] = slot
        return future

    def collect(self, r: int, future: Future[Any]) -> int:
        """The worker has stored it."""
        events = int(future.result())
        self._slots.pop(r, None)
        self._told.pop(r, None)
        return events

    def tell(self, progress: ProgressCall) -> None:
        """Pass on what has changed since the last time."""
        for r, slot in self._slots.items():
            clock_h, events = self._clocks[2 * slot], self._clocks[2 * slot + 1]
            if clock_h > self._told.get(r, 0.0):
                self._told[r] = clock_h
                progress(r, clock_h, int(events))

    def renew(self) -> None:
        """A new pool; what the old one left half done is removed."""
        self.close(at_once=True)
        self._start()

    def close(self, at_once: bool) -> None:
        """End the workers."""
        if not at_once:
            self._pool.shutdown()
            return
        stop_pool(self._pool)
        clear_leftovers(self._job.folder)


def stop_pool(pool: ProcessPoolExecutor) -> None:
    """End the workers of a pool in the middle of their work."""
    processes = list((pool._processes or {}).values())  # no public way to stop a pool's running work
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()
    for process in processes:
        process.join(timeout=5.0)


@contextmanager
def workers_starting() -> Iterator[None]:
    """Around calls that may start a worker process: what it inherits and what it must not see."""
    with _hidden_main(), _interrupts_held(), _one_thread_each():
        yield


def begin_worker() -> None:
    """First call of a worker process: the parent decides when to stop, and no worker outlives it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


@contextmanager
def _hidden_main() -> Iterator[None]:
    """Keep workers from importing the caller's script, so that scripts need no `if __name__ == '__main__'`."""
    main = sys.modules.get("__main__")
    kept = {name: getattr(main, name) for name in ("__file__", "__spec__") if hasattr(main, name)}
    try:
        for name in kept:
            setattr(main, name, None)
        yield
    finally:
        for name, value in kept.items():
            setattr(main, name, value)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Start workers with interrupts blocked, which they inherit: one that comes while they start is for this process alone."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Start workers whose NumPy keeps to one thread, unless the environment says otherwise."""
    if "OPENBLAS_NUM_THREADS" in os.environ:
        yield
        return
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    try:
        yield
    finally:
        del os.environ["OPENBLAS_NUM_THREADS"]


class _Worker:
    """What a worker process was given at its start."""

    job: Job
    clocks: Any


def _begin(job: bytes, clocks: Any) -> None:
    begin_worker()
    _Worker.job, _Worker.clocks = pickle.loads(job), clocks


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _work(r: int, slot: int) -> int:
    job = _Worker.job

    def note(clock_h: float, events: int) -> None:
        _Worker.clocks[2 * slot + 1] = events
        _Worker.clocks[2 * slot] = clock_h

    events = Events(note, job.plan.run.horizon_h)
    try:
        replicate(job.plan, r, job.folder, progress=events, **job.options)
    except (SimulationError, OSError):
        raise
    except Exception as fault:  # some exceptions do not survive the way between processes
        raise SimulationError(f"replication {r}: {type(fault).__name__}: {fault}") from fault
    return events.last
