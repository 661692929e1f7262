"""A service wing alone on a clock, with stubs in the places of parts and journey."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sim.calendar import CalendarSpec
from sim.columns import ORDER_OUTCOMES, STAGES, TABLES, dtype
from sim.distributions import Dist, constant
from sim.engine.clock import ARRIVAL, Clock
from sim.engine.recorder import Recorder
from sim.model.seams import Case, Context, PartsWaiter
from sim.model.service.orders import ServiceWing
from sim.scenario.plan import MODES, Fault, Markets, Need, Plan, Run, Shift, Source, Workshop
from sim.streams import Streams

CARRY_IN, MAIL_IN, ON_SITE = range(len(MODES))
NAN = float("nan")
OFFICE = CalendarSpec("office", "UTC", (((9.0, 17.0),),) * 5 + ((), ()))
NIGHT = CalendarSpec("night", "UTC", (((20.0, 24.0),),) * 7)
BOARD = Fault("board", 1.0, ((0, 1.0, 1),))


class Call:
    """An event made of a function."""

    def __init__(self, function: Callable[[], object]) -> None:
        self.fire = function


class StubParts:
    """Every request is filled after a set delay; 0: at once."""

    def __init__(self, clock: Clock, delays: Sequence[float]) -> None:
        self.clock = clock
        self.delays = delays
        self.log: list[tuple[Any, ...]] = []

    def request(self, location_ix: int, lines: tuple[tuple[int, int], ...], priority: int, waiter: PartsWaiter, ref: int) -> int:
        self.log.append(("request", self.clock.now, location_ix, lines, priority, ref))
        delay = max(self.delays[part] for part, _ in lines)
        if delay == 0:
            return 0
        self.clock.at(self.clock.now + delay, Call(lambda: waiter.on_parts(ref)))
        return len(self.log)

    def consume(self, ref: int) -> None:
        self.log.append(("consume", self.clock.now, ref))

    def cancel(self, ref: int) -> None:
        self.log.append(("cancel", self.clock.now, ref))

    def available(self, location_ix: int, part_ix: int) -> int:
        return 0

    def finish(self) -> None: ...

    def checks(self) -> list[str]:
        return []


class StubJourney:
    """Tells owners after a set call time; they decide after a set time."""

    def __init__(self, clock: Clock, service: ServiceWing, accepted: bool, call_h: float, decision_h: float) -> None:
        self.clock = clock
        self.service = service
        self.accepted = accepted
        self.call_h = call_h
        self.decision_h = decision_h
        self.late: list[tuple[float, int]] = []
        self.closed: list[tuple[float, int, int]] = []

    def on_quote(self, order: int) -> None:
        assert self.service.is_open(order)
        self.clock.at(self.clock.now + self.call_h, Call(lambda: self.on_told(order)))

    def on_told(self, order: int) -> None:
        self.service.start_decision(order)
        self.clock.at(self.clock.now + self.decision_h, Call(lambda: self.service.answer(order, self.accepted)))

    def on_late(self, order: int) -> None:
        self.late.append((self.clock.now, order))

    def on_order_closed(self, order: int, outcome: int) -> None:
        assert not self.service.is_open(order)
        assert self.service.case_of(order).number >= 0
        self.closed.append((self.clock.now, order, outcome))

    def on_case(self, case: Case) -> None: ...

    def on_contact_end(self, case: Case, kind: int, outcome: int, line_ix: int, order: int) -> None: ...

    def on_called(self, case: Case, order: int, reached: bool) -> None: ...


def point(name: str = "bench", heads: int = 1, calendar_ix: int = -1, repair: float | Dist = 2.0, **more: Any) -> Workshop:
    """A service point in region 0 with parts of location 0; numbers are constant times."""
    fields: dict[str, Any] = {
        "kind": "point", "region_ix": 0, "lat": NAN, "lon": NAN, "time_zone": "UTC", "location_ix": 0,
        "shifts": (Shift(calendar_ix, heads),), "repair_time": repair,
    }  # fmt: skip
    fields.update(more)
    for key, value in fields.items():
        if key.endswith(("_time", "hand_in", "counter", "pick_up", "travel", "inbound", "outbound", "transit")):
            fields[key] = constant(float(value)) if isinstance(value, (int, float)) else value
    return Workshop(name=name, **fields)


def markets_at(*places: tuple[float, float, int]) -> Markets:
    """Markets of equal weight at (lat, lon, region)."""
    lat, lon, region = (np.array(c) for c in zip(*places, strict=True))
    n = len(places)
    return Markets(
        tuple(f"m{i}" for i in range(n)), region.astype(np.int32), lat * 1.0, lon * 1.0, np.full(n, 1 / n), ("UTC",) * n
    )


def plan_of(workshops: Sequence[Workshop], faults: Sequence[Fault] = (), **more: Any) -> Plan:
    """A plan whose only source has these faults; 2024-01-01 is a Monday."""
    fields: dict[str, Any] = {
        "run": Run("2024-01-01", 1000.0, 0.0, 1, 7), "calendars": (OFFICE, NIGHT), "needs": (Need("fault", "hardware"),),
        "sources": (Source("fault", 0, 0, faults=tuple(faults)),), "workshops": tuple(workshops),
    }  # fmt: skip
    return Plan("test", "", "", "EUR", **(fields | more))


class RepairWorld:
    """Orders are opened at set times; `run` returns what the tables say."""

    def __init__(
        self,
        plan: Plan,
        folder: Path,
        delays: Sequence[float] = (0.0,) * 4,
        accepted: bool = True,
        call_h: float = 0.0,
        decision_h: float = 0.0,
        with_journey: bool = True,
    ) -> None:
        self.plan = plan
        self.folder = folder
        self.clock = Clock()
        self.recorder = Recorder(folder, {name: dtype(name) for name in TABLES})
        ctx = Context(plan, self.clock, Streams(plan.run.seed, 0), self.recorder, log=True)
        self.parts = StubParts(self.clock, delays)
        self.service = ServiceWing(ctx, self.parts)
        self.journey = StubJourney(self.clock, self.service, accepted, call_h, decision_h)
        if with_journey:
            self.service.journey = self.journey
        self.cases = 0

    def case(self, at: float, wait_h: float = 0.0, talk_h: float = 0.0, **more: Any) -> Case:
        """A case born at `at`."""
        self.cases += 1
        fields: dict[str, Any] = {"source_ix": 0, "need_ix": 0, "product_ix": 0, "market_ix": 0, "home_ix": 0, "region_ix": 0}
        fields |= {"segment_ix": 0, "channel_ix": -1, "age_h": 0.0, "u_patience": 0.5, "u_handle": 0.5, "u_result": 0.5}
        key = self.cases * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF
        case = Case(number=self.cases - 1, key=key, at_h=at, **(fields | more))
        case.wait_h, case.talk_h = wait_h, talk_h
        return case

    def open_at(self, at: float, mode: int = CARRY_IN, **more: Any) -> None:
        """A walk-in at `at`."""
        case = self.case(at, **more)
        self.clock.at(at, Call(lambda: self.service.open(case, mode)), ARRIVAL)

    def run(self) -> dict[str, np.ndarray[Any, Any]]:
        """Run to the horizon; all tables, orders by number."""
        self.clock.run_until(self.plan.run.horizon_h)
        self.service.finish()
        self.recorder.close()
        tables = {name: np.load(self.folder / f"{name}.npy") for name in TABLES}
        tables["orders"] = np.sort(tables["orders"], order="order")
        assert self.service.checks() == []
        return tables


def stage_hours(order: Any) -> dict[str, float]:
    """The stages of an order row that took time."""
    return {s: float(order[f"{s}_h"]) for s in STAGES if order[f"{s}_h"] != 0.0}


def outcome_of(order: Any) -> str:
    """Name of the outcome of an order row."""
    return ORDER_OUTCOMES[int(order["outcome"])]
