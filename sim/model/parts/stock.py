"""The parts wing: shelves, replenishments, requests of repair orders and demand streams."""

from __future__ import annotations

from collections.abc import Mapping

from sim.columns import G_ON_HAND, G_STOCKED, S_IN_TRANSIT, S_ON_HAND
from sim.model.parts.books import open_books
from sim.model.parts.demand import start_streams
from sim.model.parts.emergency import Emergency
from sim.model.parts.initial import InitialStock
from sim.model.parts.requests import Line, OrderLine, Request
from sim.model.parts.saved import State, begin_as_saved, state_of
from sim.model.parts.shelf import Shelf
from sim.model.parts.supply import Supply
from sim.model.seams import Context, PartsWaiter
from sim.rules.stocking import BaseStock, Policy

_PASS_THROUGH = BaseStock(0)  # a location without a policy for a part hands every order on


class PartsWing:
    """Stock and supply of spare parts; satisfies :class:`sim.model.seams.Parts`.

    Shelves are made at the first movement of a part at a location, so that the many that never move cost nothing.

    Parameters
    ----------
    ctx
        Plan, clock, streams and recorder of the replication.
    expected_rate
        Units per hour that repair orders are expected to ask for, by (location_ix, part_ix), beside the plan's demand
        streams; used only for the replenishments that are outstanding at the start of the run.
    """

    def __init__(self, ctx: Context, expected_rate: Mapping[tuple[int, int], float] | None = None) -> None:
        self._plan = ctx.plan
        self._clock = ctx.clock
        self._books = open_books(ctx)
        self._supply = Supply(ctx.plan, ctx.streams)
        self._policies = tuple(dict(location.policies) for location in ctx.plan.locations)
        self._initial = InitialStock(ctx.plan, ctx.streams, self._supply, expected_rate or {})
        self._n_parts = len(ctx.plan.parts)
        self._shelves: dict[int, Shelf] = {}  # by location_ix * parts + part_ix: a plain number is found sooner than a pair
        self._requests: dict[int, list[Request]] = {}  # by repair order
        self._emergency = Emergency(ctx.plan, self._supply, self._books, self.shelf)
        self._begun: list[tuple[int, int, list[tuple[float, int]]]] = []  # pipelines at the start, which no table has
        for location_ix, part_ix, shipments in self._initial.pipelines():
            self.shelf(location_ix, part_ix).start_pipeline(shipments)
            self._begun.append((location_ix, part_ix, shipments))
        self._begun += [(*key, saved.in_transit) for key, saved in self._initial.saved.items()]
        begin_as_saved(self._initial.saved, self.shelf, self._books)
        start_streams(ctx.plan, ctx.streams, self.shelf, self._emergency)
        if self._initial.how == "empty":
            self._order_at_once()

    def _order_at_once(self) -> None:
        """Policies of empty shelves place their first orders."""
        for location_ix, policies in enumerate(self._policies):
            for part_ix, policy in policies.items():
                if policy.order_quantity(0) > 0 and (location_ix, part_ix) not in self._initial.saved:
                    self.shelf(location_ix, part_ix).decide(self._clock.now)

    def shelf(self, location_ix: int, part_ix: int) -> Shelf:
        """The shelf of a part at a location, made at its first use."""
        key = location_ix * self._n_parts + part_ix
        shelf = self._shelves.get(key)
        if shelf is None:
            policy = self._policy(location_ix, part_ix)
            link = self._supply.link(location_ix, part_ix)
            source = None if link is None or link.is_vendor else self.shelf(link.source_ix, part_ix)
            on_hand = self._initial.on_hand(location_ix, part_ix, policy)
            expedites = self._plan.locations[location_ix].emergency is not None
            shelf = Shelf(self._books, location_ix, part_ix, policy, link, source, on_hand, expedites)
            self._shelves[key] = shelf
        return shelf

    def _policy(self, location_ix: int, part_ix: int) -> Policy:
        return self._policies[location_ix].get(part_ix, _PASS_THROUGH)

    def request(self, location_ix: int, lines: tuple[tuple[int, int], ...], priority: int, waiter: PartsWaiter, ref: int) -> int:
        """Ask for (part_ix, quantity) lines at a location for order `ref`.

        Returns
        -------
        int
            0 if all units were on the shelf (they are reserved now), else a positive request number; then
            ``waiter.on_parts(ref)`` is called once, never before this call has returned, when all units are reserved.

        Notes
        -----
        A location of -1 stands for a supply outside the model: every unit is there and nothing is recorded.
        """
        if location_ix < 0:
            return 0
        now = self._clock._now
        request = Request(next(self._books.numbers), waiter, ref)
        earlier = self._requests.get(ref)
        if earlier is None:
            self._requests[ref] = [request]
        else:
            earlier.append(request)
        for part_ix, quantity in lines:
            if quantity > 0:
                shelf = self._shelves.get(location_ix * self._n_parts + part_ix)
                line = OrderLine(shelf or self.shelf(location_ix, part_ix), quantity, now, request)
                request.lines.append(line)
                request.open_lines += 1
                line.ask(now, priority, self._emergency)
        if not request.open_lines:
            return 0
        request.waits = True
        return request.number

    def consume(self, ref: int) -> None:
        """The reserved units of order `ref` are built in and leave the system; requests still open stay open."""
        still_open: list[Request] = []
        for request in self._requests.pop(ref, ()):
            for line in request.lines:
                line.consume()
            if request.open_lines:
                still_open.append(request)
            else:
                request.lines.clear()  # line and request hold each other: let both go without the cycle collector
        if still_open:
            self._requests[ref] = still_open

    def cancel(self, ref: int) -> None:
        """Order `ref` needs no parts any more: backorders are withdrawn, reserved units go back to the shelf."""
        requests = self._requests.pop(ref, ())
        now = self._clock._now
        for request in requests:
            request.alive = False
            for line in request.lines:
                line.withdraw_claim(now)
        for request in requests:  # only now, or a unit could go to another line of the same order
            for line in request.lines:
                line.release(now)
            request.lines.clear()
        self._books.announce_later()

    def available(self, location_ix: int, part_ix: int) -> int:
        """Units on hand (not reserved)."""
        if location_ix < 0:
            return 0
        shelf = self._shelves.get(location_ix * self._n_parts + part_ix)
        return self._initial.on_hand(location_ix, part_ix, self._policy(location_ix, part_ix)) if shelf is None else shelf.on_hand

    def finish(self) -> None:
        """End of the run: rows of open lines and what is left of the gauges; one row for a shelf that never moved."""
        horizon = self._plan.run.horizon_h
        for line in sorted(self._open_lines(), key=lambda line: (line.number, line.shelf.part_ix)):
            line.finish()
        for key in sorted(self._shelves):
            self._shelves[key].finish(horizon)
        if horizon <= 0:
            return
        row = self._books.gauge_row
        for location_ix, policies in enumerate(self._policies):
            for part_ix, policy in policies.items():
                if location_ix * self._n_parts + part_ix not in self._shelves:
                    level = self._initial.on_hand(location_ix, part_ix, policy)
                    if level > 0:
                        row((G_ON_HAND, location_ix, part_ix, 0.0, horizon, level * horizon))
                        row((G_STOCKED, location_ix, part_ix, 0.0, horizon, horizon))

    def end_state(self) -> list[State]:
        """What a later run may begin with, but for shipments that left during this one (they are in `replenishments`)."""
        now = self._clock.now
        stocked = {(i, part_ix) for i, policies in enumerate(self._policies) for part_ix in policies}
        moved = {(shelf.location_ix, shelf.part_ix): shelf for shelf in self._shelves.values()}
        rows: list[State] = []
        for key in sorted(stocked | moved.keys()):
            shelf = moved.get(key)
            if shelf is not None:
                rows += state_of(key, shelf, now)
            else:
                rows.append((*key, S_ON_HAND, 0.0, self._initial.on_hand(*key, self._policy(*key)), 0))
        for location_ix, part_ix, shipments in self._begun:
            rows += [(location_ix, part_ix, S_IN_TRANSIT, there - now, units, 0) for there, units in shipments if there >= now]
        return rows

    def _open_lines(self) -> list[Line]:
        """Lines that wait for units."""
        found = dict(self._books.expedited)
        for shelf in self._shelves.values():
            found.update((who, None) for _, _, who in shelf.backlog if isinstance(who, Line))
        return list(found)

    def checks(self) -> list[str]:
        """Broken invariants, as sentences: conservation of parts, position identity, stock never negative."""
        found: list[str] = []
        owed: dict[tuple[int, int], int] = {}  # to shelves, by (source, part)
        for shelf in self._shelves.values():
            found += [f"{self._name(shelf)}: {fault}." for fault in _faults(shelf)]
            if shelf.source is not None:
                key = shelf.source_ix, shelf.part_ix
                owed[key] = owed.get(key, 0) + shelf.awaited
        for shelf in self._shelves.values():
            to_shelves = sum(units for _, units, who in shelf.backlog if isinstance(who, Shelf))
            awaited = owed.get((shelf.location_ix, shelf.part_ix), 0)
            if to_shelves != awaited:
                found.append(f"{self._name(shelf)}: owes {to_shelves} units downstream, where {awaited} are awaited.")
        for part_ix in sorted({shelf.part_ix for shelf in self._shelves.values()}):
            found += self._conservation(part_ix)
        return found

    def _conservation(self, part_ix: int) -> list[str]:
        shelves = [shelf for shelf in self._shelves.values() if shelf.part_ix == part_ix]
        came = sum(shelf.initial + shelf.bought for shelf in shelves)
        are = sum(s.on_hand + s.reserved + s.in_transit + s.pegged + s.consumed for s in shelves)
        if came == are:
            return []
        return [f"Part '{self._plan.parts[part_ix].name}' is not conserved: {came} units came in, {are} are accounted for."]

    def _name(self, shelf: Shelf) -> str:
        return f"Part '{self._plan.parts[shelf.part_ix].name}' at '{self._plan.locations[shelf.location_ix].name}'"


def _faults(shelf: Shelf) -> list[str]:
    """What is wrong with the levels of one shelf."""
    found: list[str] = []
    levels = {
        "on hand": shelf.on_hand,
        "backorders": shelf.backorders,
        "on order": shelf.on_order,
        "awaited": shelf.awaited,
        "in transit": shelf.in_transit,
        "reserved": shelf.reserved,
        "pegged": shelf.pegged,
    }
    found += [f"{what} is negative ({value})" for what, value in levels.items() if value < 0]
    position = shelf.on_hand + shelf.on_order - shelf.backorders
    if position != shelf.position:
        found.append(f"inventory position is {shelf.position}, but on hand + on order - backorders is {position}")
    if shelf.on_hand and shelf.backorders:
        found.append(f"{shelf.on_hand} units are on hand while {shelf.backorders} are owed")
    listed = sum(units for _, units, _ in shelf.backlog)
    if listed != shelf.backorders:
        found.append(f"backorders are {shelf.backorders}, but {listed} units stand in the queue")
    return found
