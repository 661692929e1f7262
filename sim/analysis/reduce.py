"""The tables of one replication to its measures and frames: every reduction, in order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.analysis.distributions import frame_of
from sim.analysis.groups import Reduced
from sim.analysis.kpis import Row, Rows
from sim.analysis.reduce_contacts import reduce_contacts
from sim.analysis.reduce_flows import reduce_flows
from sim.analysis.reduce_gauges import reduce_gauges, sum_gauges
from sim.analysis.reduce_money import reduce_money
from sim.analysis.reduce_orders import reduce_orders
from sim.analysis.reduce_parts import reduce_parts
from sim.analysis.reduce_stock import StockOverTime
from sim.analysis.reduce_work import reduce_work
from sim.analysis.series import SeriesPass
from sim.analysis.tables import Table
from sim.analysis.window import Window, window_of
from sim.scenario.plan import DAY, Plan

DAILY = ("orders.open", "contact.offered", "contact.abandoned", "orders.opened", "orders.closed", "parts.backorders")


@dataclass(frozen=True, slots=True)
class Reduction:
    """Measures (kpi, group, unit, value) and arrays by name of one replication."""

    rows: list[Row]
    frames: dict[str, NDArray[np.float64]]


def reduce_replication(plan: Plan, tables: dict[str, Table], window: Window | None = None) -> Reduction:
    """Reduce one replication.

    Parameters
    ----------
    plan
        What was simulated.
    tables
        All tables of `sim.columns`, see `tables.open_tables`.
    window
        What is measured; by default the run after its warm-up.

    Returns
    -------
    Reduction
        `frames['daily']` is [measures of `DAILY`, days]; NaN where a wing is absent. `frames['sums']` is [rows, 2], numerator and
        denominator of every measure; NaN where it is no ratio. `frames['distributions']`: see `analysis.distributions`.
        `frames['series']` is that of `series.SeriesPass`, which does not depend on the warm-up; a part of the run has none.
    """
    series = SeriesPass(plan) if window is None else None
    stock = StockOverTime(plan) if window is None and plan.parts else None
    window = window_of(plan) if window is None else window
    tables = tables if series is None else series.listen(tables)
    rows = Rows()
    gauges = sum_gauges(plan, tables["gauges"], window, stock)
    found = [
        reduce_contacts(plan, tables["contacts"], window, rows),
        reduce_orders(plan, tables["orders"], window, rows),
        reduce_work(plan, tables["jobs"], window, rows),
        reduce_parts(plan, tables["part_demands"], tables["replenishments"], gauges, window, rows),
    ]
    merged = Reduced()
    for one in found:
        merged.daily |= one.daily
        merged.frames |= one.frames
        merged.facts |= one.facts
        merged.distributions |= one.distributions
    reduce_gauges(plan, gauges, window, rows)
    reduce_money(plan, tables["replenishments"], gauges, merged.facts, window, rows)
    days = max(1, int(np.ceil(plan.run.horizon_h / DAY - 1e-9)))
    absent = np.full(days, np.nan)
    merged.frames["daily"] = np.array([merged.daily.get(name, absent) for name in DAILY])
    merged.frames["flows"] = reduce_flows(plan, tables["replenishments"], tables["orders"], window)
    merged.frames["sums"] = np.array(rows.sums()).reshape(-1, 2)
    merged.frames["distributions"] = frame_of(plan, merged.distributions)
    if stock is not None:
        merged.frames |= stock.frames()
    if series is not None:
        merged.frames["series"] = series.array()
    return Reduction(rows.sorted(), merged.frames)
