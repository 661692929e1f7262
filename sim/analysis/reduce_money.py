"""Money of one replication. A kind of cost is reported where the plan prices it, zeros included."""

from __future__ import annotations

import numpy as np

from sim.analysis.kpis import Rows
from sim.analysis.reduce_gauges import GaugeSums, agents_overtime_h
from sim.analysis.reduce_work import scheduled_by_workshop
from sim.analysis.tables import Table
from sim.analysis.window import Window, scheduled_hours
from sim.scenario.plan import Plan


def priced_kinds(plan: Plan) -> tuple[str, ...]:
    """Kinds of cost (of `kpis.COST_KINDS`) that the plan gives a price."""
    lanes = [lane for place in plan.locations for lane in place.lanes]
    hurried = [place for place in plan.locations if place.emergency is not None]
    priced = {
        "holding": plan.costs.holding_rate > 0 and any(p.price for p in plan.parts),
        "freight": any(lane.cost or lane.cost_per_kg for lane in lanes),
        "emergency": any(p.emergency_premium or (p.emergency and (p.emergency.cost or p.emergency.cost_per_kg)) for p in hurried),
        "agents": any(g.wage for g in plan.groups),
        "technicians": any(w.wage for w in plan.workshops),
        "overtime": any(g.wage for g in plan.groups) or any(w.wage for w in plan.workshops),
        "parts": any(p.price for p in plan.parts),
        "penalties": any(s.penalty for s in plan.segments),
        "contacts": any(line.cost_per_contact for line in plan.lines),
        "parcels": _prices_parcels(plan),
    }
    return tuple(kind for kind, given in priced.items() if given)


def reduce_money(
    plan: Plan, replenishments: Table, gauges: GaugeSums, facts: dict[str, float], window: Window, rows: Rows
) -> None:
    """Costs per year of 365 days, per case, and quotes won.

    Parameters
    ----------
    plan
        Prices, wages and penalties.
    replenishments
        Shipments count by the instant they leave.
    gauges
        Agents' overtime: staffed beyond scheduled.
    facts
        What the other reductions found: answered_cost, technicians_overtime_cost, parts_cost, stock_value, penalties, parcels,
        parcels_kg, revenue, cases_by_contact, walk_ins, customer_attempts.
    window
        The measured window.
    rows
        Receives the measures.
    """
    if window.hours <= 0:
        return
    cases = facts.get("cases_by_contact", 0.0) + facts.get("walk_ins", 0.0)
    if "cases_by_contact" in facts:
        rows.ratio("case.contacts.mean", "all", facts["customer_attempts"], cases)
    kinds = priced_kinds(plan)
    if kinds:
        spent = _spent(plan, replenishments, gauges, facts, window)
        for kind in kinds:
            rows.ratio(f"cost.{kind}.per_year", "all", spent[kind], window.years)
        total = sum(spent[kind] for kind in kinds)
        rows.ratio("cost.total.per_year", "all", total, window.years)
        rows.ratio("cost.per_case", "all", total, cases)
    if plan.workshops and plan.quote.price > 0:
        rows.ratio("revenue.quotes.per_year", "all", facts.get("revenue", 0.0), window.years)


def _spent(plan: Plan, replenishments: Table, gauges: GaugeSums, facts: dict[str, float], window: Window) -> dict[str, float]:
    freight = emergency = 0.0
    for block in replenishments.blocks():
        inside = window.holds(block["shipped_h"])
        urgent = block["emergency"] != 0
        freight += float(block["cost"][inside & ~urgent].sum())
        emergency += float(block["cost"][inside & urgent].sum())
    agents = sum(scheduled_hours(plan, g.shifts, window) * g.wage * g.paid_factor for g in plan.groups)
    wages = np.array([w.wage * w.shrinkage_factor for w in plan.workshops])
    agents_late = float((agents_overtime_h(plan, gauges) * np.array([g.wage for g in plan.groups])).sum())
    return {
        "holding": plan.costs.holding_rate * facts.get("stock_value", 0.0) * window.hours,
        "freight": freight,
        "emergency": emergency,
        "agents": agents,
        "technicians": float((scheduled_by_workshop(plan, window) * wages).sum()),
        "overtime": facts.get("technicians_overtime_cost", 0.0) + agents_late * plan.costs.overtime_factor,
        "parts": facts.get("parts_cost", 0.0),
        "penalties": facts.get("penalties", 0.0),
        "contacts": facts.get("answered_cost", 0.0),
        "parcels": _parcels(plan, facts),
    }


def _prices_parcels(plan: Plan) -> bool:
    parcel = plan.parcel
    if parcel is None:
        return False
    return parcel.cost > 0 or (parcel.cost_per_kg > 0 and any(p.weight_kg for p in plan.products))


def _parcels(plan: Plan, facts: dict[str, float]) -> float:
    if plan.parcel is None:
        return 0.0
    return facts.get("parcels", 0.0) * plan.parcel.cost + facts.get("parcels_kg", 0.0) * plan.parcel.cost_per_kg
