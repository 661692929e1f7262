"""Runs replications one after the other or in several processes; the results are the same bytes either way."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from sim.errors import SimulationError
from sim.experiment.replicate import clear_leftovers, replicate
from sim.scenario.plan import Plan

ProgressCall = Callable[[int, float, int], None]  # replication, clock in hours, events so far in it
_INTERVAL_S = 0.2


def run_replications(
    plan: Plan,
    folder: Path,
    wanted: Sequence[int],
    jobs: int,
    *,
    keep_tables: bool | None = None,
    progress: ProgressCall | None = None,
) -> None:
    """Run replications into a folder.

    Parameters
    ----------
    plan
        What to simulate.
    folder
        Run folder.
    wanted
        Numbers of the replications.
    jobs
        Processes at once; 1 stays in this process.
    keep_tables
        Keep the raw tables, see `replicate`.
    progress
        Called now and then, in this process.

    Raises
    ------
    SimulationError
        If one fails; those that are finished stay.
    KeyboardInterrupt
        Passed on; workers are stopped, finished replications stay.
    """
    if jobs <= 1 or len(wanted) <= 1:
        for r in wanted:
            replicate(plan, r, folder, keep_tables=keep_tables, progress=_of(progress, r, plan.run.horizon_h))
        return
    _run_parallel(plan, folder, wanted, min(jobs, len(wanted)), keep_tables, progress)


def _of(progress: ProgressCall | None, r: int, horizon_h: float) -> Callable[[float, int], None] | None:
    if progress is None:
        return None
    return _Throttle(lambda clock, events: progress(r, clock, events), horizon_h)


class _Throttle:
    """Passes on a few calls a second, and the last one."""

    def __init__(self, call: Callable[[float, int], None], horizon_h: float) -> None:
        self._call, self._horizon_h, self._next = call, horizon_h, 0.0

    def __call__(self, clock_h: float, events: int) -> None:
        now = time.monotonic()
        if now >= self._next or clock_h >= self._horizon_h:
            self._next = now + _INTERVAL_S
            self._call(clock_h, events)


def _run_parallel(
    plan: Plan, folder: Path, wanted: Sequence[int], jobs: int, keep_tables: bool | None, progress: ProgressCall | None
) -> None:
    context = get_context("spawn")
    queue = context.Queue() if progress is not None else None
    listener = None
    if queue is not None:
        listener = threading.Thread(target=_listen, args=(queue, progress), daemon=True)
        listener.start()
    arguments = (pickle.dumps(plan), str(folder), keep_tables, queue)
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=arguments)
    try:
        with _hidden_main(), _interrupts_held(), _one_thread_each():
            futures: list[Future[str]] = [pool.submit(_work, r) for r in wanted]
        for future in as_completed(futures):
            future.result()
        pool.shutdown()
    except BaseException:
        processes = list((pool._processes or {}).values())  # no public way to stop a pool's running work
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()
        for process in processes:
            process.join(timeout=5.0)
        clear_leftovers(folder)
        raise
    finally:
        if queue is not None and listener is not None:
            queue.put(None)
            listener.join(timeout=2.0)


def _listen(queue: Any, progress: ProgressCall) -> None:
    while (message := queue.get()) is not None:
        progress(*message)


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

    plan: Plan
    folder: Path
    keep_tables: bool | None
    queue: Any


def _begin(plan: bytes, folder: str, keep_tables: bool | None, queue: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _Worker.plan, _Worker.folder, _Worker.keep_tables, _Worker.queue = pickle.loads(plan), Path(folder), keep_tables, queue


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _work(r: int) -> str:
    report = None
    if _Worker.queue is not None:
        report = _of(lambda *call: _Worker.queue.put(call), r, _Worker.plan.run.horizon_h)
    try:
        return str(replicate(_Worker.plan, r, _Worker.folder, keep_tables=_Worker.keep_tables, progress=report))
    except SimulationError:
        raise
    except Exception as fault:  # some exceptions do not survive the way between processes
        raise SimulationError(f"replication {r}: {type(fault).__name__}: {fault}") from fault
