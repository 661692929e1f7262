"""(a) in plain SimPy: one generator a caller, one Resource for the agents. Hours are the unit of time.

`caller` is the way SimPy's own documentation shows impatient customers ("Bank Renege"). `caller_in_short` knows that a
request which was granted at once needs neither a patience timer nor a condition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from statistics import fmean
from typing import Any

import simpy

RATE, AGENTS, TALK, PATIENCE = 100.0, 11, 0.1, 4 / 60


class Desk:
    def __init__(self, env: simpy.Environment, seed: int) -> None:
        self.env = env
        self.agents = simpy.Resource(env, AGENTS)
        self.draw = Random(seed).expovariate
        self.callers = 0
        self.answered: list[float] = []  # waits
        self.abandoned: list[float] = []

    def arrivals(self, caller: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        while True:
            yield self.env.timeout(self.draw(RATE))
            self.callers += 1
            self.env.process(caller())

    def caller(self) -> Iterator[Any]:
        env = self.env
        arrived = env.now
        with self.agents.request() as turn:
            result = yield turn | env.timeout(self.draw(1 / PATIENCE))
            if turn not in result:
                self.abandoned.append(env.now - arrived)
                return
            self.answered.append(env.now - arrived)
            yield env.timeout(self.draw(1 / TALK))

    def caller_in_short(self) -> Iterator[Any]:
        env = self.env
        arrived = env.now
        with self.agents.request() as turn:
            if not turn.triggered:
                yield turn | env.timeout(self.draw(1 / PATIENCE))
                if not turn.triggered:
                    self.abandoned.append(env.now - arrived)
                    return
            self.answered.append(env.now - arrived)
            yield env.timeout(self.draw(1 / TALK))


def run(days: float, seed: int = 1, short: bool = False) -> dict[str, float]:
    """Simulate and sum up: number of customers and what became of them."""
    env = simpy.Environment()
    desk = Desk(env, seed)
    env.process(desk.arrivals(desk.caller_in_short if short else desk.caller))
    env.run(until=24 * days)
    waits = desk.answered + desk.abandoned
    return {
        "customers": desk.callers,
        "abandon rate": len(desk.abandoned) / len(waits),
        "mean wait [s]": 3600 * fmean(waits),
    }
