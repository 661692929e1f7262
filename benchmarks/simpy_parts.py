"""(b) in plain SimPy: a Container a shelf, a generator a demand and one a replenishment. Days are the unit of time."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from statistics import fmean
from typing import Any

import simpy

BASES, RATE, TRANSIT, LEAD, AT_DEPOT, AT_BASE = 10, 0.5, 2.0, 5.0, 5, 2


class Supply:
    def __init__(self, env: simpy.Environment, seed: int) -> None:
        self.env = env
        self.draw = Random(seed).expovariate
        self.depot = simpy.Container(env, init=AT_DEPOT)
        self.bases = [simpy.Container(env, init=AT_BASE) for _ in range(BASES)]
        self.demands = 0
        self.waits: list[float] = []  # of demands
        self.depot_waits: list[float] = []  # of replenishments, for the depot

    def demand_at(self, base: simpy.Container) -> Iterator[Any]:
        while True:
            yield self.env.timeout(self.draw(RATE))
            self.demands += 1
            self.env.process(self.customer(base))
            self.env.process(self.replenish(base))

    def customer(self, base: simpy.Container) -> Iterator[Any]:
        asked = self.env.now
        yield base.get(1)
        self.waits.append(self.env.now - asked)

    def replenish(self, base: simpy.Container) -> Iterator[Any]:
        asked = self.env.now
        self.env.process(self.restock_depot())
        yield self.depot.get(1)
        self.depot_waits.append(self.env.now - asked)
        yield self.env.timeout(TRANSIT)
        yield base.put(1)

    def restock_depot(self) -> Iterator[Any]:
        yield self.env.timeout(self.draw(1 / LEAD))
        yield self.depot.put(1)


def run(days: float, seed: int = 1) -> dict[str, float]:
    """Simulate and sum up: number of demands and how they fared."""
    env = simpy.Environment()
    supply = Supply(env, seed)
    for base in supply.bases:
        env.process(supply.demand_at(base))
    env.run(until=days)
    return {
        "customers": supply.demands,
        "fill rate": sum(wait == 0 for wait in supply.waits) / len(supply.waits),
        "mean wait [h]": 24 * fmean(supply.waits),
    }
