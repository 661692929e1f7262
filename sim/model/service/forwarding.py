"""Units that a service point cannot repair go to a depot and come back."""

from __future__ import annotations

from sim.model.service.dispatch import ON_SITE
from sim.model.service.order import Order
from sim.model.service.workshop import Crew


class Forwarding:
    """Which depot, and how long the unit travels. Times are keyed by the case: the k-th leg always takes the same."""

    __slots__ = ("_crews",)

    def __init__(self, crews: list[Crew]) -> None:
        self._crews = crews

    def is_beyond(self, order: Order) -> bool:
        """Whether the fault needs a higher level and there is somewhere to send the unit."""
        fault, crew = order.fault, order.crew
        return fault is not None and fault.level > crew.level and crew.forward_ix >= 0 and order.mode != ON_SITE

    def draw_way_out(self, order: Order) -> float:
        """Hand the order to the first depot up the line that can repair it; hours of travel."""
        transit = 0.0
        while self.is_beyond(order) and order.forwarded < len(self._crews):
            transit += _leg(order.crew, order)
            order.crew = self._crews[order.crew.forward_ix]
        return transit

    def draw_way_back(self, order: Order) -> float:
        """Hours of travel from the depot to the service point, by the same lanes."""
        transit, hops = 0.0, order.forwarded
        crew = order.receiver
        for _ in range(hops):
            if crew is not None:
                transit += _leg(crew, order)
                crew = self._crews[crew.forward_ix]
        order.forwarded = hops
        return transit


def _leg(crew: Crew, order: Order) -> float:
    draw = crew.draw_forward
    leg = draw.draw(order.case.key, order.forwarded) if draw is not None else 0.0
    order.forwarded += 1
    return leg
