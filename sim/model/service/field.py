"""On-site repairs: engineers of a team travel to the customer.

The order was triaged by phone, so its parts are asked for when it opens; an engineer sets out when all are there. Travel is
elapsed time; the repair pauses at closing time like a job at the bench.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sim.columns import J_VISIT, STAGE_IX
from sim.engine.clock import COMPLETION, Clock
from sim.model.service.order import Order

_BENCH_WAIT: Final = STAGE_IX["bench_wait"]
_INBOUND: Final = STAGE_IX["inbound"]
_REPAIR: Final = STAGE_IX["repair"]


class Field:
    """Visits of field engineers.

    Parameters
    ----------
    clock
        The run's clock.
    on_repaired
        Goes on with an order whose repair ended.
    """

    __slots__ = ("_clock", "_on_arrived", "_on_repaired")

    def __init__(self, clock: Clock, on_repaired: Callable[[Order], None]) -> None:
        self._clock = clock
        self._on_repaired = on_repaired
        self._on_arrived = self.on_arrived

    def ask_visit(self, order: Order, work: float) -> None:
        """An engineer is wanted: travel, then `work` hours at the customer's."""
        crew = order.crew
        draw = crew.draw_travel
        travel = draw.draw(order.case.key, order.repairs) if draw is not None else 0.0
        order.then = self._on_arrived
        crew.ask(order, J_VISIT, _BENCH_WAIT, _INBOUND, work, travel)

    def on_arrived(self, order: Order) -> None:
        """The engineer is with the customer."""
        now = self._clock._now
        if order.received_h != order.received_h:  # the first visit
            order.received_h = now
        order.enter(_REPAIR, now)
        order.then = self._on_repaired
        self._clock.at(order.job_end, order, COMPLETION)
