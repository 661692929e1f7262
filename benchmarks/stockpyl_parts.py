"""(b) as far as stockpyl goes: periods of one day, constant lead times, Poisson demand per period."""

from __future__ import annotations

from stockpyl.sim import simulation
from stockpyl.supply_chain_network import SupplyChainNetwork, network_from_edges

from benchmarks.simpy_parts import AT_BASE, AT_DEPOT, BASES, LEAD, RATE, TRANSIT


def build() -> SupplyChainNetwork:
    """The network: node 0 is the depot."""
    bases = range(1, BASES + 1)
    return network_from_edges(
        edges=[(0, b) for b in bases],
        node_order_in_lists=[0, *bases],
        shipment_lead_time=[int(LEAD), *[int(TRANSIT)] * BASES],
        local_holding_cost=1.0,
        stockout_cost=[0.0, *[1.0] * BASES],
        demand_type=[None, *["P"] * BASES],
        mean=[None, *[RATE] * BASES],
        policy_type="BS",
        base_stock_level=[AT_DEPOT, *[AT_BASE] * BASES],
        supply_type=["U", *[None] * BASES],
    )


def run(days: float, seed: int = 1) -> dict[str, float]:
    """Simulate and sum up: number of demands and the share met from stock."""
    network = build()
    periods = int(days)
    simulation(network, periods, rand_seed=seed, progress_bar=False, consistency_checks="N")
    last = [node.state_vars[periods - 1] for node in network.nodes if node.index]
    asked = sum(_only(state.demand_cumul) for state in last)
    met = sum(_only(state.demand_met_from_stock_cumul) for state in last)
    return {"customers": asked, "fill rate": met / asked}


def _only(by_product: dict[int, float]) -> float:
    (value,) = by_product.values()
    return float(value)
