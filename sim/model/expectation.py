"""Expected part demand by location before anything is simulated, so that shelves and pipelines can start near steady state."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.model.installed_base import InstalledBase
from sim.model.service.dispatch import Dispatch
from sim.rules.service_mode import direct_modes
from sim.scenario.plan import MODES, Fault, Line, Plan, Source


def expected_part_demand(plan: Plan) -> dict[tuple[int, int], float]:
    """Units per hour that repair orders will ask of each (location, part) at the start of the run.

    First-order: abandoned contacts are taken to come back, and the share of answered contacts that becomes a repair is
    applied once. Locations upstream are not included; the parts wing adds what flows down. With recorded cases the rates
    that the scenario still states are taken at their word, so that a run and its replay start alike; a source without a
    rate has that of the record.
    """
    if not plan.parts or not plan.workshops:
        return {}
    demand = np.zeros((len(plan.locations), len(plan.parts)))
    dispatch, base = Dispatch(plan), InstalledBase(plan)
    for source in plan.sources:
        if any(f.parts for f in source.faults):
            _add_source(plan, source, base, dispatch, demand)
    return {(int(i), int(p)): float(demand[i, p]) for i, p in np.argwhere(demand > 0)}


def _add_source(plan: Plan, source: Source, base: InstalledBase, dispatch: Dispatch, demand: NDArray[np.float64]) -> None:
    rate = _paid_rate(plan, source, base) * (1 - plan.needs[source.need_ix].no_fault_found)
    product = plan.products[source.product_ix]
    sold_in = np.array(product.market_ix or range(len(plan.markets.names)))
    weight = plan.markets.weight[sold_in] / plan.markets.weight[sold_in].sum()
    shares = source.segment_shares or product.segment_shares or (1.0,)
    flows = np.zeros(len(MODES))
    for segment_ix, share in enumerate(shares):
        walk_in, by_contact = _order_shares(plan, source, segment_ix)
        modes = source.modes[min(segment_ix, len(source.modes) - 1)] if source.modes else (1.0,)
        total = sum(modes) or 1.0
        direct = direct_modes(modes, bool(plan.lines))
        flows[: len(direct)] += share * walk_in * np.array(direct)
        flows[: len(modes)] += share * by_contact * np.array(modes) / total
    for mode in np.flatnonzero(flows).tolist():
        first = dispatch.select_workshop(0, mode, source.product_ix)
        if first < 0:
            continue
        workshop = np.array([dispatch.select_workshop(int(m), mode, source.product_ix) for m in sold_in])
        at_workshop = np.bincount(workshop, weights=weight * (rate * flows[mode]), minlength=len(plan.workshops)).astype(float)
        for fault in source.faults:
            _add_fault(plan, fault, at_workshop, demand)


def _add_fault(plan: Plan, fault: Fault, at_workshop: NDArray[np.float64], demand: NDArray[np.float64]) -> None:
    location = np.array([_parts_location(plan, w, fault.level) for w in range(len(plan.workshops))])
    known = location >= 0
    for part_ix, probability, quantity in fault.parts:
        np.add.at(demand[:, part_ix], location[known], at_workshop[known] * fault.share * probability * quantity)


def _parts_location(plan: Plan, workshop_ix: int, level: int) -> int:
    workshop = plan.workshops[workshop_ix]
    if level > workshop.level and workshop.forward_ix >= 0:
        workshop = plan.workshops[workshop.forward_ix]
    return workshop.location_ix


def _paid_rate(plan: Plan, source: Source, base: InstalledBase) -> float:
    """Cases per hour that reach the maker and will be repaired: captured, in warranty or with the quote accepted."""
    need, product = plan.needs[source.need_ix], plan.products[source.product_ix]
    rate, ages, weights = base.rate(source)
    if not len(ages):
        if rate == 0 and plan.case_log is not None and plan.run.horizon_h > 0:
            recorded = plan.case_log.source_ix[plan.case_log.at_h < plan.run.horizon_h]
            return float(np.count_nonzero(recorded == plan.sources.index(source))) / plan.run.horizon_h
        return rate * need.captured_in
    inside = ages < product.warranty_h
    return float(weights[inside].sum() * need.captured_in + weights[~inside].sum() * need.captured_out * plan.quote.accept)


def _order_shares(plan: Plan, source: Source, segment_ix: int) -> tuple[float, float]:
    """Shares of a segment's cases that come without a contact, and that become an order after a contact."""
    need = plan.needs[source.need_ix]
    choices = source.channels[min(segment_ix, len(source.channels) - 1)] if source.channels else ()
    if not choices or not plan.lines:
        return 1.0, 0.0
    total = sum(share for _, share in choices)
    walk_in = sum(share for channel, share in choices if channel < 0) / total
    by_contact = 0.0
    for channel, share in choices:
        if channel < 0:
            continue
        lines = _entered(plan, channel)
        followed = [line for own in lines if own.behaviour == "self_service" for line in _entered(plan, own.escalate_channel_ix)]
        to_repair = [line.to_repair for line in (*lines, *followed) if line.behaviour != "self_service"]
        answered = max(to_repair, default=0.0) if need.to_repair is None else need.to_repair
        contained = max((line.contained for line in lines if line.behaviour == "self_service"), default=0.0)
        if need.contained is not None and contained > 0:
            contained = need.contained
        by_contact += share / total * (1 - contained) * answered
    return walk_in, by_contact


def _entered(plan: Plan, channel_ix: int) -> list[Line]:
    """Lines at which customers arrive on a channel; those that no market reaches do not count."""
    if not 0 <= channel_ix < len(plan.entry):
        return []
    regions = plan.markets.region_ix[plan.markets.weight > 0].tolist()
    entered = (plan.entry[channel_ix][region] for region in regions)
    return [plan.lines[ix] for ix in dict.fromkeys(entered) if ix >= 0]
