"""(a) with Ciw: M/M/11 with reneging. Hours are the unit of time."""

from __future__ import annotations

from statistics import fmean

import ciw

from benchmarks.simpy_contacts import AGENTS, PATIENCE, RATE, TALK


def run(days: float, seed: int = 1) -> dict[str, float]:
    """Simulate and sum up: number of customers and what became of them."""
    ciw.seed(seed)
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(rate=RATE)],
        service_distributions=[ciw.dists.Exponential(rate=1 / TALK)],
        reneging_time_distributions=[ciw.dists.Exponential(rate=1 / PATIENCE)],
        number_of_servers=[AGENTS],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(24 * days)
    records = simulation.get_all_records()
    abandoned = sum(r.record_type == "renege" for r in records)
    return {
        "customers": simulation.nodes[0].number_of_individuals,
        "abandon rate": abandoned / len(records),
        "mean wait [s]": 3600 * fmean(r.waiting_time for r in records),
    }
