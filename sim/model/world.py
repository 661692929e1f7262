"""The whole world of one replication: plain composition, top to bottom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sim.engine.clock import Clock
from sim.engine.recorder import Recorder
from sim.errors import SimulationError
from sim.model.cases import CaseFeed
from sim.model.contact.centre import ContactWing
from sim.model.expectation import expected_part_demand
from sim.model.journey import Journey
from sim.model.parts.stock import PartsWing
from sim.model.seams import Context
from sim.model.service.orders import ServiceWing
from sim.scenario.plan import DAY, Plan
from sim.streams import Streams

Progress = Callable[[float, int], None]
_STRETCHES: Final = 1000


class World:
    """Wings, journey and case feed on one clock."""

    def __init__(self, ctx: Context, parts: PartsWing, service: ServiceWing, contacts: ContactWing, feed: CaseFeed) -> None:
        self.ctx = ctx
        self.clock = ctx.clock
        self.parts = parts
        self.service = service
        self.contacts = contacts
        self.feed = feed

    def run(self, progress: Progress | None = None) -> None:
        """Run to the horizon, close all tables and check the invariants.

        Parameters
        ----------
        progress
            Called after every simulated day, in long runs about a thousand times, with the clock (hours) and the events so far.

        Raises
        ------
        SimulationError
            If an invariant of the model is broken; the message lists each.
        """
        clock, recorder, horizon = self.clock, self.ctx.recorder, self.ctx.plan.run.horizon_h
        now, stretch = 0.0, DAY * max(1, horizon // (_STRETCHES * DAY))
        while now < horizon:
            now = min(now + stretch, horizon)
            clock.run_until(now)
            recorder.spill()
            if progress is not None:
                progress(now, clock.events)
        wings = (self.contacts, self.service, self.parts)
        for wing in wings:
            wing.finish()
        recorder.close()
        broken = [text for wing in wings for text in wing.checks()]
        if broken:
            raise SimulationError("broken invariants: " + "; ".join(broken))


def build_world(plan: Plan, streams: Streams, recorder: Recorder, log: bool = False) -> World:
    """Build everything a replication needs; each wing schedules its own first events.

    Parameters
    ----------
    plan
        What to simulate.
    streams
        Random streams of this replication.
    recorder
        Open tables.
    log
        Keep the visits table.
    """
    ctx = Context(plan, Clock(), streams, recorder, log)
    parts = PartsWing(ctx, expected_part_demand(plan))
    service = ServiceWing(ctx, parts)
    contacts = ContactWing(ctx)
    journey = Journey(ctx, contacts, service)
    service.journey = journey
    contacts.journey = journey
    feed = CaseFeed(ctx, journey)
    return World(ctx, parts, service, contacts, feed)
