"""Regions, markets, segments, products and channels of the plan."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sim.distributions import Dist
from sim.scenario.compile_names import Names
from sim.scenario.compile_time import CalendarTable
from sim.scenario.findings import Findings
from sim.scenario.plan import Markets, Product, Run, Segment
from sim.scenario.schema.market import MarketSpec, ProductSpec, SalesSpec
from sim.scenario.schema.scenario import ScenarioSpec
from sim.units import MONTH

_GONE = 1e-6  # share still in use below which a cohort counts as gone


def compile_markets(spec: ScenarioSpec, names: Names, findings: Findings) -> Markets:
    """The markets; without any, one a region of equal size."""
    specs = spec.markets or {name: MarketSpec(region=region) for name, region in names.implied_markets()}
    rows = list(specs.values())
    weight = np.array([m.weight for m in rows], dtype=np.float64)
    if weight.sum() <= 0:
        findings.fault("E525", ("markets",), "the weights of all markets are 0", "give at least one market a weight above 0")
        weight = np.ones(len(rows))
    regions = [names.region(m.region) for m in rows]
    for name, region in zip(specs, regions, strict=True):
        if region < 0:
            findings.fault("E526", ("markets", name), "needs a `region`, as there are several")
    countries = [m.country or (names.regions[r] if r >= 0 else "") for m, r in zip(rows, regions, strict=True)]
    known = {country: i for i, country in enumerate(dict.fromkeys(countries))}
    return Markets(
        names=tuple(specs),
        region_ix=np.array(regions, dtype=np.int32),
        lat=np.array([math.nan if m.lat is None else m.lat for m in rows]),
        lon=np.array([math.nan if m.lon is None else m.lon for m in rows]),
        weight=weight / weight.sum(),
        time_zone=tuple(m.time_zone for m in rows),
        country_ix=np.array([known[c] for c in countries], dtype=np.int32),
    )


def compile_segments(spec: ScenarioSpec, calendars: CalendarTable) -> tuple[Segment, ...]:
    """The customer segments; without any, one for all."""
    if not spec.segments:
        return (Segment("all"),)
    return tuple(
        Segment(
            name=name,
            priority=s.priority,
            promise_h=math.inf if s.promise is None else s.promise,
            promise_clock=s.clock,
            promise_working_days=s.days == "working",
            promise_calendar_ix=calendars.use(s.calendar)[0] if s.calendar else -1,
            penalty=s.penalty,
        )
        for name, s in spec.segments.items()
    )


def compile_products(spec: ScenarioSpec, names: Names, run: Run) -> tuple[Product, ...]:
    """The product families; without any, one."""
    if not spec.products:
        return (Product(names.products[0]),)
    return tuple(_product(name, p, names, run) for name, p in spec.products.items())


def _product(name: str, spec: ProductSpec, names: Names, run: Run) -> Product:
    cohorts: tuple[float, ...] = ()
    monthly: tuple[float, ...] = ()
    survival: tuple[float, ...] = ()
    if spec.sales is not None:
        survival = _survival(spec.sales, run)
        newest_first = spec.sales.history[::-1]
        cohorts = tuple(units * alive for units, alive in zip(newest_first, survival, strict=False))
        monthly = tuple(spec.sales.monthly if spec.sales.monthly is not None else _recent_mean(spec.sales.history))
    shares = tuple(spec.segments.get(s, 0.0) for s in names.segments) if spec.segments else ()
    return Product(
        name=name,
        warranty_h=math.inf if spec.warranty is None else spec.warranty,
        world_wide=spec.world_wide,
        weight_kg=spec.weight,
        cohorts=cohorts,
        monthly_sales=monthly,
        survival=survival,
        segment_shares=shares,
        market_ix=tuple(sorted(names.market_ix[m] for m in spec.markets or ())),
    )


def _recent_mean(history: list[float]) -> list[float]:
    recent = history[-12:]
    return [sum(recent) / len(recent)] if recent else []


def _survival(sales: SalesSpec, run: Run) -> tuple[float, ...]:
    """Share of a sale still in use at month of age 0, 1 ... (middle of the month), as far as any unit can age in the run."""
    months = len(sales.history) + math.ceil(run.horizon_h / MONTH) + 1
    if sales.life is None:
        return (1.0,) * months
    alive = 1.0 - cumulative(sales.life.dist, (np.arange(months, dtype=np.float64) + 0.5) * MONTH)
    count = int(np.count_nonzero(alive > _GONE))
    return tuple(float(a) for a in alive[:count])


def cumulative(dist: Dist, hours: NDArray[np.float64]) -> NDArray[np.float64]:
    """P(X <= hours) by inverting the quantile function on a fine grid (error below 1e-4)."""
    grid = np.linspace(0.0, 1.0, 20_001)[:-1]
    quantiles = dist.ppf(grid)
    return np.asarray(np.searchsorted(quantiles, hours, side="right") / len(grid))
