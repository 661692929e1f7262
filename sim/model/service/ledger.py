"""The book of repair orders: which are open, how they ended, and whether the books balance."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sim.columns import G_OPEN_ORDERS, OPEN, ORDER_OUTCOMES
from sim.engine.gauge import Gauge
from sim.model.seams import Case, Context
from sim.model.service.order import Order
from sim.model.service.workshop import Crew
from sim.scenario.plan import DAY

_NAN: Final = float("nan")
_SHOWN: Final = 5  # broken orders named in a message


class Ledger:
    """Open orders by number, gauges of open orders by region, and the rows of the orders table."""

    def __init__(self, ctx: Context) -> None:
        self.open_orders: dict[int, Order] = {}
        self.opened = 0
        self.closed = [0] * len(ORDER_OUTCOMES)
        self._closing: Order | None = None
        self._broken: list[int] = []
        self._order_row = ctx.recorder["orders"].row
        self._gauge_row = ctx.recorder["gauges"].row
        self._visit_row = ctx.recorder["visits"].row if ctx.log else None
        self._gauges: dict[int, Gauge] = {}
        self._horizon = ctx.plan.run.horizon_h
        self._origin = ctx.plan.run.warm_up_h % DAY
        self._open_h = self._area_h = 0.0  # time orders were open in the run; integral of the gauges

    def enter(self, case: Case, mode: int, receiver: Crew | None, stage: int, now: float) -> Order:
        """A new order, numbered in order of opening."""
        order = Order(self.opened, case, mode, receiver, now, stage)
        order.note_visit = self._visit_row
        self.open_orders[order.number] = order
        self.opened += 1
        order.gauge = gauge = self._gauge(order)
        gauge.add(now, 1)
        return order

    def close(self, order: Order, now: float) -> None:
        """The order ended; its row is written."""
        order.enter(order.stage, now)
        if not order.is_consistent(now):
            self._broken.append(order.number)
        self._order_row(order.row(now))
        order.gauge.add(now, -1)
        self._open_h += now - order.opened_h
        self.closed[order.outcome] += 1
        self._closing = order
        del self.open_orders[order.number]

    def case_of(self, number: int) -> Case:
        """The case of an open order, or of the one that closed last (KeyError for others)."""
        if self._closing is not None and self._closing.number == number:
            return self._closing.case
        return self.open_orders[number].case

    def _gauge(self, order: Order) -> Gauge:
        region = order.case.region_ix if order.receiver is None else order.receiver.region_ix
        gauge = self._gauges.get(region)
        if gauge is None:
            gauge = self._gauges[region] = Gauge(self._note_area, (G_OPEN_ORDERS, region, -1), self._origin, DAY)
        return gauge

    def _note_area(self, row: tuple[float, ...]) -> None:
        self._area_h += row[5]
        self._gauge_row(row)

    def finish(self) -> None:
        """End of the run: rows of the orders still open, their hours up to now, and the rest of the gauges."""
        horizon = self._horizon
        for order in self.open_orders.values():
            if self._visit_row is not None:
                self._visit_row((order.number, order.stage, order.since, _NAN))
            order.note_visit = None
            order.outcome = OPEN  # decided, perhaps, but the unit is not back
            order.enter(order.stage, horizon)
            if not order.is_consistent(horizon):
                self._broken.append(order.number)
            self._open_h += horizon - order.opened_h
            self._order_row(order.row(_NAN))
        for gauge in self._gauges.values():
            gauge.finish(horizon)

    def checks(self, crews: Iterable[Crew]) -> list[str]:
        """Broken invariants of orders and workshops, as sentences."""
        broken = []
        ended = sum(self.closed)
        if self.opened != ended + len(self.open_orders):
            broken.append(f"orders: {self.opened} opened, {ended} ended, {len(self.open_orders)} open")
        if self.closed[0]:
            broken.append(f"orders: {self.closed[0]} ended without an outcome")
        if self._broken:
            shown = ", ".join(map(str, self._broken[:_SHOWN]))
            broken.append(f"orders: stages do not add up in {len(self._broken)} orders ({shown})")
        if abs(self._area_h - self._open_h) > 1e-8 * max(1.0, self._open_h):
            broken.append(f"orders: integral of the open orders {self._area_h!r} h, sum of their times {self._open_h!r} h")
        for crew in crews:
            broken += crew.checks(self._horizon)
        return broken
