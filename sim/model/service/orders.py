"""The life of a repair order, told in the order in which things happen.

Each step is a short method: it ends a stage, decides, and begins the next. An order is its own event (`Order.then` is the
step to come). Steps that tell the journey something do so as their last act.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sim.columns import GIVEN_UP, J_AUDIT, J_DIAGNOSIS, J_REPAIR, NO_FAULT_FOUND, PLANNED, REFUSED, RETURNED, STAGE_IX
from sim.engine.clock import COMPLETION
from sim.model.seams import Case, Context, Journey, Parts
from sim.model.service import latent
from sim.model.service.dispatch import CARRY_IN, MAIL_IN, ON_SITE, Dispatch
from sim.model.service.entitlement import Promises, Warranty
from sim.model.service.field import Field
from sim.model.service.forwarding import Forwarding
from sim.model.service.latent import DrawCache, Latent
from sim.model.service.ledger import Ledger
from sim.model.service.order import Order
from sim.model.service.parcels import Parcels
from sim.model.service.workshop import Crew
from sim.scenario.plan import MODES
from sim.streams import keyed_uniform

HAND_IN: Final = STAGE_IX["hand_in"]
INBOUND: Final = STAGE_IX["inbound"]
COUNTER: Final = STAGE_IX["counter"]
DIAGNOSIS_WAIT: Final = STAGE_IX["diagnosis_wait"]
DIAGNOSIS: Final = STAGE_IX["diagnosis"]
APPROVAL_CALL: Final = STAGE_IX["approval_call"]
DECISION: Final = STAGE_IX["decision"]
PART_WAIT: Final = STAGE_IX["part_wait"]
BENCH_WAIT: Final = STAGE_IX["bench_wait"]
REPAIR: Final = STAGE_IX["repair"]
AUDIT_WAIT: Final = STAGE_IX["audit_wait"]
AUDIT: Final = STAGE_IX["audit"]
FORWARD: Final = STAGE_IX["forward"]
RETURN: Final = STAGE_IX["return"]
PICK_UP: Final = STAGE_IX["pick_up"]
PLANNED_PRIORITY: Final = 100  # planned work comes after every repair


class ServiceWing:
    """Repair orders, workshops and field engineers; satisfies :class:`sim.model.seams.Service`.

    Parameters
    ----------
    ctx
        What every wing is given.
    parts
        Spare parts; None: repairs need none.

    Attributes
    ----------
    journey
        Set by the world after both exist; without one every quote is accepted at once.
    """

    journey: Journey | None

    def __init__(self, ctx: Context, parts: Parts | None) -> None:
        plan = ctx.plan
        self.plan = plan
        self.clock = ctx.clock
        self.parts = parts
        self.journey = None
        draws = DrawCache()
        self.dispatch = Dispatch(plan)
        self.latent = Latent(plan, draws)
        self.parcels = Parcels(plan, self.dispatch, draws)
        self.field = Field(ctx.clock, self.on_repaired)
        self.crews = [Crew(i, w, ctx, draws, self.look) for i, w in enumerate(plan.workshops)]
        self.forwarding = Forwarding(self.crews)
        self.ledger = Ledger(ctx)
        self.orders = self.ledger.open_orders
        self.promises = Promises(ctx, self.orders, self.on_promise_passed)
        self.warranty = Warranty(plan)
        self._priorities = [s.priority for s in plan.segments]
        self._result_call = [n.result_call for n in plan.needs]
        self._planned = [n.kind == "planned" or not n.counts_in_tat for n in plan.needs]

    # -- opening ---------------------------------------------------------------------------------------------------------

    def open(self, case: Case, mode: int) -> int:
        """Open a repair order now; returns its number."""
        now = self.clock._now
        if case.customer_ix >= 0 and self.plan.customers[case.customer_ix].mode:
            mode = MODES.index(self.plan.customers[case.customer_ix].mode)
        workshop = self.dispatch.select_workshop(case.market_ix, mode, case.product_ix)
        if workshop < 0 and mode != CARRY_IN:
            mode = CARRY_IN
            workshop = self.dispatch.select_workshop(case.market_ix, mode, case.product_ix)
        receiver = self.crews[workshop] if workshop >= 0 else None
        order = self.ledger.enter(case, mode, receiver, (HAND_IN, INBOUND, PART_WAIT)[mode], now)
        case.order = order.number
        order.priority = self._priorities[case.segment_ix] + (PLANNED_PRIORITY if self._planned[case.need_ix] else 0)
        if receiver is None:
            order.outcome = GIVEN_UP
            self._go_on(order, now, self.close)
            return order.number
        order.entitled = self.warranty.covers(case)
        order.fault = self.latent.draw_fault(case)
        self.promises.at_opening(order)
        if mode == CARRY_IN:
            self._hand_in(order, now)
        elif mode == MAIL_IN:
            self._send_in(order, now)
        else:
            self._triage(order, now)
        return order.number

    def _go_on(self, order: Order, at: float, then: Callable[[Order], None]) -> None:
        order.then = then
        self.clock.at(at, order, COMPLETION)

    def _is_next(self) -> bool:
        """Whether an event scheduled for this instant would come next; then a call as the last act of this one does as well."""
        return self.clock.peek() > self.clock._now

    def on_promise_passed(self, number: int) -> None:
        """The order is late if it is still open."""
        if number in self.orders and self.journey is not None:
            self.journey.on_late(number)

    def _hand_in(self, order: Order, now: float) -> None:
        draw = order.crew.draw_hand_in
        if draw is None:
            self.on_received(order)
        else:
            self._go_on(order, now + draw.draw(order.case.key, 0), self.on_received)

    def _send_in(self, order: Order, now: float) -> None:
        self._go_on(order, now + self.parcels.draw_time(order.case, order.crew.ix, latent.INBOUND), self.on_received)

    def _triage(self, order: Order, now: float) -> None:
        """On site: the phone call told what is needed; a quote, if any, comes before the parts."""
        if order.entitled:
            self._plan_repair(order, now)
        else:
            self._ask_owner(order, now)

    # -- at the workshop -------------------------------------------------------------------------------------------------

    def on_received(self, order: Order) -> None:
        """The unit is at the workshop: reception work, if any, within opening hours."""
        now = self.clock._now
        order.received_h = order.arrival = now
        crew = order.crew
        self.promises.at_receipt(order)
        if crew.draw_counter is None:
            self.on_accepted(order)
            return
        order.enter(COUNTER, now)
        self._go_on(order, crew.opening.finish(now, crew.draw_counter.draw(order.case.key, 0)), self.on_accepted)

    def on_accepted(self, order: Order) -> None:
        """Reception is done: diagnosis where there is one, else the quote or the bench."""
        now = self.clock._now
        draw = self.latent.need_diagnosis[order.case.need_ix]
        if draw is None and not self._planned[order.case.need_ix]:
            draw = order.crew.draw_diagnosis
        if draw is not None:
            order.then = self.on_diagnosed
            order.crew.ask(order, J_DIAGNOSIS, DIAGNOSIS_WAIT, DIAGNOSIS, draw.draw(order.case.key, 0))
        elif order.entitled:
            self._ask_bench_unseen(order)
        else:
            self._ask_owner(order, now)

    def on_diagnosed(self, order: Order) -> None:
        """Nothing found, a call with quote or result, or a repair."""
        now = self.clock._now
        crew = order.crew
        crew.release(order)
        order.diagnosed = True
        if self.latent.draw_no_fault(order.case):
            order.outcome = NO_FAULT_FOUND
            crew.select()
            self._give_back(order, now)
            return
        if order.entitled and not self._result_call[order.case.need_ix]:
            self._plan_repair(order, now)
            crew.select()
            return
        order.enter(APPROVAL_CALL, now)
        at_once = self._is_next()
        if not at_once:
            self._go_on(order, now, self.on_quote_due)
        crew.select()
        if at_once:
            self.on_quote_due(order)

    # -- quote and result ------------------------------------------------------------------------------------------------

    def _ask_owner(self, order: Order, now: float) -> None:
        order.enter(APPROVAL_CALL, now)
        self._go_on(order, now, self.on_quote_due)

    def on_quote_due(self, order: Order) -> None:
        """The owner is to be asked, or told: now it is the journey's turn."""
        if self.journey is None:
            self.answer(order.number, True)
        else:
            self.journey.on_quote(order.number)

    def start_decision(self, order: int) -> None:
        """The owner knows the price and begins to think."""
        live = self.orders.get(order)
        if live is not None and live.stage == APPROVAL_CALL:
            live.enter(DECISION, self.clock._now)

    def answer(self, order: int, accepted: bool, last: bool = False) -> None:
        """The owner's decision; the workshop acts on it at this instant, after the caller (`last`: he has nothing else to do)."""
        live = self.orders.get(order)
        if live is None or live.stage not in (APPROVAL_CALL, DECISION):
            return
        then = self.on_quote_accepted if accepted else self.on_quote_refused
        if last and self._is_next():
            then(live)
        else:
            self._go_on(live, self.clock._now, then)

    def on_quote_refused(self, order: Order) -> None:
        """The owner takes the unit back as it is."""
        order.outcome = REFUSED
        self._give_back(order, self.clock._now)

    def on_quote_accepted(self, order: Order) -> None:
        """The repair is paid for, or is free and the owner knows of it."""
        now = self.clock._now
        if not order.entitled:
            order.revenue = self.plan.quote.price
        if order.diagnosed or order.mode == ON_SITE:
            self._plan_repair(order, now)
        else:
            self._ask_bench_unseen(order)

    # -- level and parts -------------------------------------------------------------------------------------------------

    def _plan_repair(self, order: Order, now: float) -> None:
        """It is known what is wrong: a depot, parts, the bench."""
        if self.forwarding.is_beyond(order):
            self._forward(order, now)
        elif self._ask_parts(order):
            order.enter(PART_WAIT, now)
        else:
            self._ask_bench(order)

    def _ask_bench_unseen(self, order: Order) -> None:
        order.unseen = True
        self._ask_bench(order)

    def look(self, order: Order) -> bool:
        """A technician takes up an undiagnosed order; False if it must go to a depot or wait for parts."""
        order.unseen = False
        if self.forwarding.is_beyond(order):
            self._forward(order, self.clock._now)
            return False
        if self._ask_parts(order):
            order.enter(PART_WAIT, self.clock._now)
            return False
        return True

    def _ask_parts(self, order: Order) -> bool:
        """Ask for the parts of the fault; True if the order must wait for them."""
        if order.fault is None:
            return False
        order.fitted = order.fault.draw_lines(order.case.key)
        return self._request(order)

    def _request(self, order: Order) -> bool:
        location = order.crew.location_ix
        if not order.fitted or self.parts is None or location < 0:
            return False
        order.reserved = True
        order.awaiting = self.parts.request(location, order.fitted, order.priority, self, order.number) > 0
        return order.awaiting

    def on_parts(self, ref: int) -> None:
        """All parts of an order lie ready; it rejoins the queue with its first priority and arrival."""
        order = self.orders[ref]
        order.awaiting = False
        if order.stage == PART_WAIT:  # a unit on its way to the depot goes on when it arrives
            self._ask_bench(order)

    # -- to the depot ----------------------------------------------------------------------------------------------------

    def _forward(self, order: Order, now: float) -> None:
        """Send the unit to the first depot up the line that can repair it; its parts are asked for there at once."""
        transit = self.forwarding.draw_way_out(order)
        self._ask_parts(order)
        order.enter(FORWARD, now)
        self._go_on(order, now + transit, self.on_forwarded)

    def on_forwarded(self, order: Order) -> None:
        """The unit is at the depot."""
        now = self.clock._now
        order.arrival = now
        if order.awaiting:
            order.enter(PART_WAIT, now)
        else:
            self._ask_bench(order)

    # -- at the bench ----------------------------------------------------------------------------------------------------

    def _ask_bench(self, order: Order) -> None:
        fault, crew = order.fault, order.crew
        draw = (
            (fault.draw_repair if fault is not None else None) or self.latent.need_repair[order.case.need_ix] or crew.draw_repair
        )
        work = draw.draw(order.case.key, order.repairs)
        if order.mode == ON_SITE:
            self.field.ask_visit(order, work)
        else:
            order.then = self.on_repaired
            crew.ask(order, J_REPAIR, BENCH_WAIT, REPAIR, work)

    def on_repaired(self, order: Order) -> None:
        """Parts are built in; a dead one sends the order back to the part wait, some repairs are audited."""
        now = self.clock._now
        crew = order.crew
        crew.release(order)
        order.repairs += 1
        if self._build_in(order):
            self._rework(order, now)
        elif order.mode != ON_SITE and self._is_audited(order):
            order.then = self.on_audited
            draw = crew.draw_audit
            crew.ask(order, J_AUDIT, AUDIT_WAIT, AUDIT, draw.draw(order.case.key, order.audits) if draw is not None else 0.0)
        else:
            crew.select()
            self._finish_repair(order, now)
            return
        crew.select()

    def _build_in(self, order: Order) -> bool:
        """The reserved parts leave the shelf; True if some do not work and are wanted once more."""
        fitted, order.fitted = order.fitted, ()
        if not order.reserved or self.parts is None:
            return False
        order.reserved = False
        self.parts.consume(order.number)
        share, key, first = order.crew.dead_share, order.case.key, order.repairs * 64
        if share > 0.0:
            dead = (part for i, (part, _) in enumerate(fitted) if keyed_uniform(key, latent.DEAD_PART, first + i) < share)
            order.fitted = tuple((part, 1) for part in dead)
        return bool(order.fitted)

    def _rework(self, order: Order, now: float) -> None:
        order.rework += 1
        if self._request(order):
            order.enter(PART_WAIT, now)
        else:
            self._ask_bench(order)

    def _is_audited(self, order: Order) -> bool:
        share = order.crew.audit_share
        return share > 0.0 and (share >= 1.0 or keyed_uniform(order.case.key, latent.AUDITED) < share)

    def on_audited(self, order: Order) -> None:
        """Passed, or back to the bench."""
        now = self.clock._now
        crew = order.crew
        crew.release(order)
        passed = crew.audit_pass >= 1.0 or keyed_uniform(order.case.key, latent.AUDIT_PASS, order.audits) < crew.audit_pass
        order.audits += 1
        if not passed:
            self._rework(order, now)
            crew.select()
            return
        crew.select()
        self._finish_repair(order, now)

    # -- back to the owner -----------------------------------------------------------------------------------------------

    def _finish_repair(self, order: Order, now: float) -> None:
        order.outcome = PLANNED if self._planned[order.case.need_ix] else RETURNED
        if not order.forwarded:
            self._give_back(order, now)
            return
        order.enter(FORWARD, now)
        self._go_on(order, now + self.forwarding.draw_way_back(order), self.on_back)

    def on_back(self, order: Order) -> None:
        """A forwarded unit is back at the service point."""
        self._give_back(order, self.clock._now)

    def _give_back(self, order: Order, now: float) -> None:
        """Ready for its owner: fetched, sent, or there already."""
        order.ready_h = now
        receiver = order.receiver
        if order.mode == MAIL_IN and receiver is not None:
            order.enter(RETURN, now)
            self._go_on(order, now + self.parcels.draw_time(order.case, receiver.ix, latent.OUTBOUND), self.close)
        elif order.mode == CARRY_IN and receiver is not None and receiver.draw_pick_up is not None:
            order.enter(PICK_UP, now)
            self._go_on(order, now + receiver.draw_pick_up.draw(order.case.key, 0), self.close)
        else:
            self.close(order)

    def close(self, order: Order) -> None:
        """The unit is back with its owner."""
        if order.reserved and self.parts is not None:
            self.parts.cancel(order.number)
        self.ledger.close(order, self.clock._now)
        order.case.order = -1
        if self.journey is not None:
            self.journey.on_order_closed(order.number, order.outcome)

    # -- questions and the end of the run --------------------------------------------------------------------------------

    def is_open(self, order: int) -> bool:
        """True while the unit is not back with its owner."""
        return order in self.orders

    def is_entitled(self, order: int) -> bool:
        """True if the repair of an open order is free for its owner."""
        live = self.orders.get(order)
        return live is not None and live.entitled

    def case_of(self, order: int) -> Case:
        """The case behind an open order, or behind the one that closed last."""
        return self.ledger.case_of(order)

    def finish(self) -> None:
        """End of the run: rows of open orders and the rest of the gauges."""
        for crew in self.crews:
            crew.finish(self.plan.run.horizon_h)
        self.ledger.finish()

    def checks(self) -> list[str]:
        """Broken invariants, as sentences; empty if none."""
        return self.ledger.checks(self.crews)
