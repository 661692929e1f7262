"""A whole service made larger or smaller: owners, calls, people and stock by one factor."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TypeVar

from sim.rules.stocking import BaseStock, PeriodicUpTo, Policy, ReorderPointLot, ReorderPointUpTo
from sim.scenario.plan import Group, Line, Location, Plan, Product, Shift, Source, Workshop

_Team = TypeVar("_Team", Group, Workshop)


def scaled(plan: Plan, factor: float) -> Plan:
    """The plan with `factor` times as many units in use, cases, part demands, people, trunks and units of stock.

    Places, times and shares stay as they are. People, trunks and levels of stock are rounded up to whole numbers, so that
    nothing vanishes; recorded cases and example customers are what they are.

    Parameters
    ----------
    plan
        What to scale.
    factor
        Above 0; 1 returns the plan itself.
    """
    if factor == 1.0:
        return plan
    return replace(
        plan,
        products=tuple(_product(p, factor) for p in plan.products),
        sources=tuple(_source(s, factor) for s in plan.sources),
        lines=tuple(_line(line, factor) for line in plan.lines),
        groups=tuple(_people(g, factor) for g in plan.groups),
        workshops=tuple(_people(w, factor) for w in plan.workshops),
        locations=tuple(_location(p, factor) for p in plan.locations),
    )


def _whole(number: int, factor: float) -> int:
    return math.ceil(number * factor - 1e-9)


def _product(product: Product, factor: float) -> Product:
    cohorts, sales = (tuple(n * factor for n in numbers) for numbers in (product.cohorts, product.monthly_sales))
    return replace(product, cohorts=cohorts, monthly_sales=sales)


def _source(source: Source, factor: float) -> Source:
    """A plain rate grows; rates per unit grow with the units."""
    return replace(source, rate=source.rate * factor)


def _line(line: Line, factor: float) -> Line:
    return replace(line, trunks=_whole(line.trunks, factor)) if line.trunks >= 0 else line


def _people(team: _Team, factor: float) -> _Team:
    return replace(team, shifts=tuple(Shift(s.calendar_ix, _whole(s.heads, factor)) for s in team.shifts))


def _location(place: Location, factor: float) -> Location:
    return replace(
        place,
        policies=tuple((part_ix, _policy(policy, factor)) for part_ix, policy in place.policies),
        demands=tuple(replace(demand, rate=demand.rate * factor) for demand in place.demands),
    )


def _policy(policy: Policy, factor: float) -> Policy:
    match policy:
        case BaseStock(top):
            return BaseStock(_whole(top, factor))
        case PeriodicUpTo(review, top):
            return PeriodicUpTo(review, _whole(top, factor))
        case ReorderPointLot(low, lot):
            return ReorderPointLot(_whole(low, factor), _whole(lot, factor))
        case ReorderPointUpTo(low, top):
            reorder = _whole(low, factor)
            return ReorderPointUpTo(reorder, max(reorder + 1, _whole(top, factor)))
    raise TypeError(f"cannot scale {type(policy).__name__}")
