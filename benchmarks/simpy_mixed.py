"""(c) in plain SimPy: one generator a customer through desk, bench and shelves. Hours are the unit of time."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from statistics import fmean
from typing import Any

import simpy

RATE, AGENTS, TALK, PATIENCE, TO_REPAIR = 100.0, 12, 0.1, 4 / 60, 0.1
TECHNICIANS, COUNTER, DIAGNOSIS, REPAIR, AUDIT = 20, 10 / 60, 0.5, 1.0, 0.25
PARCEL, DECISION = 36.0, 8.0
AT_BENCH, TRANSIT, AT_DEPOT, LEAD = 235, 24.0, 1200, 120.0


class Service:
    def __init__(self, env: simpy.Environment, seed: int) -> None:
        self.env = env
        self.random = Random(seed)
        self.agents = simpy.PriorityResource(env, AGENTS)  # customers go before calls to owners
        self.technicians = simpy.PriorityResource(env, TECHNICIANS)  # by arrival of the unit
        self.bench = simpy.Container(env, init=AT_BENCH)
        self.depot = simpy.Container(env, init=AT_DEPOT)
        self.callers = 0
        self.answered: list[float] = []  # waits at the desk
        self.abandoned: list[float] = []
        self.call_waits: list[float] = []
        self.bench_waits: list[float] = []
        self.part_waits: list[float] = []
        self.depot_waits: list[float] = []
        self.turnarounds: list[float] = []

    def gamma(self, mean: float) -> float:
        """Coefficient of variation 0.5."""
        return self.random.gammavariate(4.0, mean / 4)

    def arrivals(self) -> Iterator[Any]:
        while True:
            yield self.env.timeout(self.random.expovariate(RATE))
            self.callers += 1
            self.env.process(self.customer())

    def customer(self) -> Iterator[Any]:
        env = self.env
        arrived = env.now
        with self.agents.request(priority=0) as turn:
            result = yield turn | env.timeout(self.random.expovariate(1 / PATIENCE))
            if turn not in result:
                self.abandoned.append(env.now - arrived)
                return
            self.answered.append(env.now - arrived)
            yield env.timeout(self.random.expovariate(1 / TALK))
        if self.random.random() < TO_REPAIR:
            yield from self.repair()
            self.turnarounds.append(env.now - arrived)

    def repair(self) -> Iterator[Any]:
        env = self.env
        yield env.timeout(self.gamma(PARCEL))
        received = env.now
        yield env.timeout(COUNTER)
        yield from self.work(received, self.gamma(DIAGNOSIS))
        yield from self.call_owner()
        yield env.timeout(self.random.expovariate(1 / DECISION))
        yield from self.take_board()
        yield from self.work(received, self.gamma(REPAIR))
        yield from self.work(received, AUDIT)
        yield env.timeout(self.gamma(PARCEL))

    def work(self, received: float, hours: float) -> Iterator[Any]:
        asked = self.env.now
        with self.technicians.request(priority=received) as turn:
            yield turn
            self.bench_waits.append(self.env.now - asked)
            yield self.env.timeout(hours)

    def call_owner(self) -> Iterator[Any]:
        asked = self.env.now
        with self.agents.request(priority=1) as turn:
            yield turn
            self.call_waits.append(self.env.now - asked)
            yield self.env.timeout(self.random.expovariate(1 / TALK))

    def take_board(self) -> Iterator[Any]:
        asked = self.env.now
        self.env.process(self.replenish())
        yield self.bench.get(1)
        self.part_waits.append(self.env.now - asked)

    def replenish(self) -> Iterator[Any]:
        asked = self.env.now
        self.env.process(self.restock_depot())
        yield self.depot.get(1)
        self.depot_waits.append(self.env.now - asked)
        yield self.env.timeout(TRANSIT)
        yield self.bench.put(1)

    def restock_depot(self) -> Iterator[Any]:
        yield self.env.timeout(self.gamma(LEAD))
        yield self.depot.put(1)


def run(days: float, seed: int = 1) -> dict[str, float]:
    """Simulate and sum up: number of contacts, what became of them and of the orders."""
    env = simpy.Environment()
    service = Service(env, seed)
    env.process(service.arrivals())
    env.run(until=24 * days)
    attempts = service.answered + service.abandoned
    return {
        "customers": service.callers,
        "abandon rate": len(service.abandoned) / len(attempts),
        "turnaround [h]": fmean(service.turnarounds) if service.turnarounds else float("nan"),
        "fill rate": sum(wait == 0 for wait in service.part_waits) / max(1, len(service.part_waits)),
    }
