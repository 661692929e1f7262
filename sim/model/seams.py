"""What the wings see of each other.

Rule: a call never calls back before it returns; immediate success is the return value. Wings import this module, never
each other; `journey` and `world` join them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sim.engine.clock import Clock
from sim.engine.recorder import Recorder
from sim.scenario.plan import Plan
from sim.streams import Streams


class Case:
    """Something that goes wrong with a product in the field, or that its owner wants to know.

    Made by the case source at `at_h`; what is given at birth never changes. Further latent draws come from
    ``keyed_uniform(case.key, purpose_salt(...), count)``.

    Parameters
    ----------
    number, key
        Its number in the run, and the key of its draws.
    at_h, age_h
        Birth, and age of the unit then, h.
    source_ix, need_ix, product_ix, segment_ix
        Where it comes from and whose it is.
    market_ix, home_ix, region_ix
        Market where it happens, home market of the owner, region of the first.
    channel_ix
        First channel; -1: walk-in.
    u_patience, u_handle, u_result
        Uniforms of the first attempt, drawn in blocks; later attempts are keyed.
    customer_ix
        Example customer, else -1.
    """

    __slots__ = (
        "age_h",
        "at_h",
        "attempts",
        "channel_ix",
        "customer_ix",
        "home_ix",
        "key",
        "market_ix",
        "need_ix",
        "number",
        "order",
        "product_ix",
        "region_ix",
        "segment_ix",
        "source_ix",
        "talk_h",
        "u_handle",
        "u_patience",
        "u_result",
        "wait_h",
    )

    def __init__(
        self,
        number: int,
        key: int,
        at_h: float,
        source_ix: int,
        need_ix: int,
        product_ix: int,
        market_ix: int,
        home_ix: int,
        region_ix: int,
        segment_ix: int,
        channel_ix: int,
        age_h: float,
        u_patience: float,
        u_handle: float,
        u_result: float,
        customer_ix: int = -1,
    ) -> None:
        self.number = number
        self.key = key
        self.at_h = at_h
        self.source_ix = source_ix
        self.need_ix = need_ix
        self.product_ix = product_ix
        self.market_ix = market_ix
        self.home_ix = home_ix
        self.region_ix = region_ix
        self.segment_ix = segment_ix
        self.channel_ix = channel_ix
        self.age_h = age_h
        self.u_patience = u_patience
        self.u_handle = u_handle
        self.u_result = u_result
        self.customer_ix = customer_ix
        self.attempts = 0  # contact attempts so far, all kinds
        self.wait_h = 0.0  # accumulated over the attempts before a repair order: waiting ...
        self.talk_h = 0.0  # ... and talking; the rest of the time before the order is 'retry'
        self.order = -1  # open repair order


@dataclass(slots=True)
class Context:
    """What every wing is given at birth."""

    plan: Plan
    clock: Clock
    streams: Streams
    recorder: Recorder
    log: bool = False  # keep the visits table


class Contacts(Protocol):
    """The contact centres."""

    def offer(self, case: Case, kind: int, channel_ix: int, order: int = -1) -> None:
        """A customer tries to reach the maker now (kind of columns.KINDS; `order` for status contacts)."""

    def call_out(self, case: Case, order: int) -> None:
        """Agents of plan.quote.line_ix are to call the owner with a quote or a result; ends in Journey.on_called."""

    def finish(self) -> None:
        """End of the run: write rows of open contacts and the rest of the gauges."""

    def checks(self) -> list[str]:
        """Broken invariants, as sentences; empty if none."""


class Service(Protocol):
    """Repair orders, workshops, field engineers."""

    def open(self, case: Case, mode: int) -> int:
        """Open a repair order now (mode of plan.MODES); returns its number."""

    def answer(self, order: int, accepted: bool, last: bool = False) -> None:
        """The owner's decision on a quote (called at the instant of the decision). `last`: the call is the last act of the
        caller's event, so that the workshop may act before the call returns."""

    def start_decision(self, order: int) -> None:
        """The owner knows the quote and begins to think: stage approval_call ends, decision begins."""

    def is_open(self, order: int) -> bool:
        """True while the unit is not back with its owner."""

    def is_entitled(self, order: int) -> bool:
        """True if the repair of an open order is free for its owner."""

    def case_of(self, order: int) -> Case:
        """The case behind an order."""

    def finish(self) -> None: ...

    def checks(self) -> list[str]: ...


class PartsWaiter(Protocol):
    """Who is told when a request that could not be filled at once is complete."""

    def on_parts(self, ref: int) -> None: ...


class Parts(Protocol):
    """Stock, supply and sharing of spare parts."""

    def request(self, location_ix: int, lines: tuple[tuple[int, int], ...], priority: int, waiter: PartsWaiter, ref: int) -> int:
        """Ask for (part_ix, quantity) lines at a location. Returns 0 if all units were on the shelf (they are reserved now),
        else a positive request number; then waiter.on_parts(ref) is called once when all units are reserved."""

    def consume(self, ref: int) -> None:
        """The reserved units of order `ref` are built in and leave the system."""

    def cancel(self, ref: int) -> None:
        """The order needs no parts any more: reservations go back to the shelf, backorders are withdrawn."""

    def available(self, location_ix: int, part_ix: int) -> int:
        """Units on hand (not reserved)."""

    def finish(self) -> None: ...

    def checks(self) -> list[str]: ...


class Journey(Protocol):
    """What follows from what in the life of a case; the wings tell it, it decides."""

    def on_case(self, case: Case) -> None:
        """A case is born (called by the case source)."""

    def on_contact_end(self, case: Case, kind: int, outcome: int, line_ix: int, order: int) -> None:
        """An attempt ended at this instant with a final outcome (columns.CONTACT_OUTCOMES). For ABANDONED, BLOCKED and CLOSED
        the journey decides on redial; for REPAIR it opens an order; for UNRESOLVED it reconnects later; for ESCALATED it moves
        on; TRANSFERRED is handled inside the contact wing and not reported."""

    def on_called(self, case: Case, order: int, reached: bool) -> None:
        """An outbound call with a quote or a result was made (after all its tries)."""

    def on_quote(self, order: int) -> None:
        """A unit was diagnosed: its owner is to be asked, in warranty to be told (order is in stage approval_call)."""

    def on_late(self, order: int) -> None:
        """The promise passed and the order is still open."""

    def on_order_closed(self, order: int, outcome: int) -> None:
        """The unit is back with its owner, repaired or not."""
