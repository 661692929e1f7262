"""(b) with SupplyNetPy: an unlimited supplier, a depot, ten bases with (S-1, S), customers who wait. Days are the unit."""

from __future__ import annotations

import logging
from random import Random

import simpy
from SupplyNetPy import Components

from benchmarks.simpy_parts import AT_BASE, AT_DEPOT, BASES, LEAD, RATE, TRANSIT


def build(env: simpy.Environment, seed: int) -> dict[str, object]:
    """The network."""
    draw = Random(seed).expovariate
    maker = {"ID": "maker", "name": "maker", "node_type": "infinite_supplier"}
    nodes = [maker, _shelf("depot", AT_DEPOT)]
    links = [_link("L0", "maker", "depot", lambda: draw(1 / LEAD))]
    demands = []
    for i in range(BASES):
        nodes.append(_shelf(f"base{i}", AT_BASE))
        links.append(_link(f"L{i + 1}", "depot", f"base{i}", lambda: TRANSIT))
        demands.append(
            {
                "ID": f"D{i}",
                "name": f"D{i}",
                "order_arrival_model": lambda: draw(RATE),
                "order_quantity_model": lambda: 1,
                "demand_node": f"base{i}",
                "tolerance": float("inf"),
            }
        )
    return Components.create_sc_net(nodes, links, demands, env)


def _shelf(name: str, stock: int) -> dict[str, object]:
    return {
        "ID": name,
        "name": name,
        "node_type": "warehouse",
        "capacity": 1000,
        "initial_level": stock,
        "inventory_holding_cost": 0.1,
        "replenishment_policy": Components.SSReplenishment,
        "policy_param": {"s": stock - 1, "S": stock},
        "product_sell_price": 2.0,
        "product_buy_price": 1.0,
    }


def _link(name: str, source: str, sink: str, lead_time: object) -> dict[str, object]:
    return {"ID": name, "source": source, "sink": sink, "cost": 0.1, "lead_time": lead_time}


def run(days: float, seed: int = 1) -> dict[str, float]:
    """Simulate and sum up: number of demands and how they fared."""
    logging.disable(logging.CRITICAL)
    env = simpy.Environment()
    net = Components.simulate_sc_net(build(env, seed), sim_time=days, logging=False)
    demands = sum(d.stats.demand_placed[0] for d in net["demands"].values())
    bases = [n for name, n in net["nodes"].items() if name.startswith("base")]
    short = sum(n.stats.orders_shortage[0] for n in bases)
    return {"customers": demands, "fill rate": 1 - short / demands}
