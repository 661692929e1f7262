"""The clock runs lean events and SimPy processes in one documented order."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
import simpy

from sim.engine.clock import ARRIVAL, CAPACITY, COMPLETION, RECEIPT, REVIEW, Clock


class Note:
    def __init__(self, log: list[str], name: str) -> None:
        self.log = log
        self.name = name

    def fire(self) -> None:
        self.log.append(self.name)


def test_ties_are_ordered_by_class_then_by_creation() -> None:
    clock, log = Clock(), []
    for order, name in ((REVIEW, "review"), (ARRIVAL, "arrival"), (RECEIPT, "receipt"), (COMPLETION, "end"), (CAPACITY, "shift")):
        clock.at(1.0, Note(log, name), order)
        clock.at(1.0, Note(log, name + "2"), order)
    clock.run_until(2.0)
    assert log == ["shift", "shift2", "end", "end2", "receipt", "receipt2", "arrival", "arrival2", "review", "review2"]
    assert clock.events == 10
    assert clock.now == 2.0


def test_the_horizon_is_exclusive() -> None:
    clock, log = Clock(), []
    clock.at(5.0, Note(log, "on it"))
    clock.run_until(5.0)
    assert log == []
    clock.run_until(5.1)
    assert log == ["on it"]


def test_simpy_processes_share_the_clock_with_lean_events() -> None:
    clock, log = Clock(), []

    def process() -> Generator[Any, Any, None]:
        yield clock.timeout(1.0)
        log.append(f"timeout at {clock.now}")
        clock.at(2.5, Note(log, "lean from process"))
        store = simpy.Store(clock)
        clock.process(producer(store))
        item = yield store.get()
        log.append(f"{item} at {clock.now}")

    def producer(store: simpy.Store) -> Generator[Any, Any, None]:
        yield clock.timeout(2.0)
        yield store.put("item")

    clock.process(process())
    clock.run_until(10.0)
    assert log == ["timeout at 1.0", "lean from process", "item at 3.0"]


def test_interrupts_and_failures_work_as_in_simpy() -> None:
    clock, log = Clock(), []

    def sleeper() -> Generator[Any, Any, None]:
        try:
            yield clock.timeout(10.0)
        except simpy.Interrupt as stop:
            log.append(f"{stop.cause} at {clock.now}")
        raise KeyError("broken")

    def waker(target: simpy.Process) -> Generator[Any, Any, None]:
        yield clock.timeout(4.0)
        target.interrupt("woken")

    clock.process(waker(clock.process(sleeper())))
    with pytest.raises(KeyError, match="broken"):
        clock.run_until(20.0)
    assert log == ["woken at 4.0"]
