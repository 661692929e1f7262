"""Contact centres alone on a clock, with a stub in the place of the journey.

Talk times and patience are uniform on (0, 100) h, so a case's uniforms set them exactly: u_handle 0.03 talks for 3 h.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sim.calendar import CalendarSpec
from sim.columns import CONTACT_OUTCOMES, FRESH, GAUGES, KINDS, dtype
from sim.distributions import uniform
from sim.engine.clock import ARRIVAL, Clock
from sim.engine.recorder import Recorder
from sim.model.contact.centre import ContactWing
from sim.model.seams import Case, Context
from sim.scenario.plan import Centre, Channel, Group, Line, Need, Plan, Run, Segment, Shift
from sim.streams import Streams

SCALE = 100.0
HOURS = uniform(0.0, SCALE)
NINE_TO_FIVE = CalendarSpec("day", "UTC", (((9.0, 17.0),),) * 7)
MORNING = CalendarSpec("morning", "UTC", (((9.0, 12.0),),) * 7)
NEVER = CalendarSpec("never", "UTC", ((),) * 7)


class Call:
    """An event made of a function."""

    def __init__(self, function: Callable[[], object]) -> None:
        self.fire = function


class StubJourney:
    """Writes down what it is told."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.ends: list[tuple[int, str, str, int, float]] = []  # case, kind, outcome, line, when
        self.called: list[tuple[int, int, bool, float]] = []
        self.react: Callable[[Case, int], object] | None = None
        self.inside = False  # an offer is under way

    def on_contact_end(self, case: Case, kind: int, outcome: int, line_ix: int, order: int) -> None:
        assert not self.inside
        self.ends.append((case.number, KINDS[kind], CONTACT_OUTCOMES[outcome], line_ix, self.clock.now))
        if self.react is not None:
            self.react(case, outcome)

    def on_called(self, case: Case, order: int, reached: bool) -> None:
        assert not self.inside
        self.called.append((case.number, order, reached, self.clock.now))


def voice(name: str = "desk/voice", **fields: Any) -> Line:
    """A voice line of centre 0, always open, talk time HOURS, unless said otherwise."""
    given = {"centre_ix": 0, "channel_ix": 0, "behaviour": "voice", "calendar_ix": -1, "handle_time": HOURS, **fields}
    return Line(name, **given)


def team(heads: int, *lines: int, calendar: int = -1) -> Group:
    """Agents of one shift on these lines."""
    return Group("team", 0, (Shift(calendar, heads),), lines or (0,))


class ContactWorld:
    """A contact wing, a script of attempts, and the tables afterwards."""

    def __init__(
        self, folder: Path, lines: Sequence[Line], groups: Sequence[Group], horizon: float = 1000.0, **plan: Any
    ) -> None:
        given: dict[str, Any] = {
            "channels": (Channel("voice", "voice"), Channel("chat", "chat"), Channel("web", "self_service")),
            "centres": (Centre("desk", "UTC"),),
            "needs": (Need("usage", "question"),),
            "segments": (Segment("first", priority=0), Segment("second", priority=1)),
            "entry": tuple((next((i for i, line in enumerate(lines) if line.channel_ix == c), -1),) for c in range(3)),
            **plan,
        }
        run = Run("2024-01-01", horizon, 0.0, 1, 1)
        self.plan = Plan("test", "", "", "EUR", run, lines=tuple(lines), groups=tuple(groups), **given)
        self.clock = Clock()
        self.folder = folder
        self.recorder = Recorder(folder, {t: dtype(t) for t in ("contacts", "gauges")})
        self.wing = ContactWing(Context(self.plan, self.clock, Streams(1, 0), self.recorder))
        self.journey = StubJourney(self.clock)
        self.wing.journey = self.journey
        self.cases: list[Case] = []

    def case(
        self, talk: float = 1.0, patience: float = 99.0, result: float = 0.0, segment: int = 0, need: int = 0, customer: int = -1
    ) -> Case:
        """A case whose first attempt has these times (h) and this uniform for its result."""
        n = len(self.cases)
        u = (patience / SCALE, talk / SCALE, result)
        self.cases.append(Case(n, 7919 * n + 1, 0.0, 0, need, 0, 0, 0, 0, segment, 0, 0.0, *u, customer))
        return self.cases[-1]

    def offer(self, at: float, case: Case, kind: int = FRESH, channel: int = 0, order: int = -1) -> Case:
        """An attempt at an instant."""
        self.clock.at(at, Call(lambda: self._offer(case, kind, channel, order)), ARRIVAL)
        return case

    def _offer(self, case: Case, kind: int, channel: int, order: int) -> None:
        self.journey.inside = True
        self.wing.offer(case, kind, channel, order)
        self.journey.inside = False

    def arrive(self, at: float, talk: float = 1.0, channel: int = 0, **fields: Any) -> Case:
        """A new case that makes its first attempt at an instant."""
        return self.offer(at, self.case(talk, **fields), channel=channel)

    def run(self) -> list[dict[str, float]]:
        """Run to the end; rows of the contacts table in order of their end, all invariants checked."""
        self.clock.run_until(self.plan.run.horizon_h)
        self.wing.finish()
        self.recorder.close()
        assert self.wing.checks() == []
        table = np.load(self.folder / "contacts.npy")
        return [dict(zip(table.dtype.names or (), row.tolist(), strict=True)) for row in table]

    def integral(self, gauge: str, owner: int = 0) -> float:
        """Whole time integral of a gauge, after `run`."""
        table = np.load(self.folder / "gauges.npy")
        chosen = (table["gauge"] == GAUGES.index(gauge)) & (table["owner"] == owner)
        return float(table["integral"][chosen].sum())


def outcome(row: dict[str, float]) -> str:
    """The outcome of a row in words."""
    return CONTACT_OUTCOMES[int(row["outcome"])]


def by_case(rows: list[dict[str, float]]) -> dict[int, dict[str, float]]:
    """The last row of each case."""
    return {int(row["case"]): row for row in rows}
