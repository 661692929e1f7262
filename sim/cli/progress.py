"""How far a run is: a bar in a terminal, now and then a plain line elsewhere; simulated dates, events per second, time left."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

from sim.language import say

ProgressCall = Callable[[int, float, int], None]
_LINE_EVERY_S = 30.0
_LABEL = 24  # characters of a name before the bar


@dataclass(frozen=True, slots=True)
class Share:
    """What the replications of one scenario have in a run."""

    replications: int
    horizon_h: float
    start: str  # ISO date of clock 0
    most: int = 0  # replications that a goal may ask for; 0: no more than `replications`


class RunState:
    """What is known of a run that is under way.

    Parameters
    ----------
    shares
        The scenarios in the order in which their replications are numbered.
    now
        Reads seconds.
    """

    def __init__(self, shares: Sequence[Share], now: Callable[[], float] = time.monotonic) -> None:
        self._of = [share for share in shares for _ in range(max(share.most, share.replications))]
        self._expected = [i < s.replications for s in shares for i in range(max(s.most, s.replications))]
        self._now, self._began = now, now()
        self._clock: dict[int, float] = {}
        self._events: dict[int, int] = {}
        self._stored_h = 0.0  # of replications that an earlier run finished
        self.total_h = sum(share.horizon_h for share, is_expected in zip(self._of, self._expected, strict=True) if is_expected)

    def update(self, replication: int, clock_h: float, events: int) -> None:
        """A replication has come to `clock_h` with so many events; one that was stored already has its end and no events.

        One beyond those expected is told of with clock 0, and the total grows.
        """
        if not self._expected[replication]:
            self._expected[replication] = True
            self.total_h += self._of[replication].horizon_h
        if events == 0 and clock_h >= self._of[replication].horizon_h:
            self._stored_h += clock_h
        self._clock[replication], self._events[replication] = clock_h, events

    @property
    def done_h(self) -> float:
        """Simulated hours of all replications that are behind us."""
        return sum(self._clock.values())

    @property
    def seconds_left(self) -> float | None:
        """Time to go at the pace so far; None before anything is known."""
        made = self.done_h - self._stored_h
        if made <= 0:
            return None
        return (self.total_h - self.done_h) * (self._now() - self._began) / made

    def detail(self) -> str:
        """Time left, simulated date (from the last to the first of those under way), events per second, replications done."""
        running = [r for r, clock in self._clock.items() if 0 < clock < self._of[r].horizon_h]
        done = sum(clock >= self._of[r].horizon_h for r, clock in self._clock.items())
        total = sum(self._expected)
        left, elapsed, events = self.seconds_left, self._now() - self._began, sum(self._events.values())
        texts = [say("{time} left", time=_duration(left))] if left is not None else []
        if running:
            first, last = (f(map(self._date, running)) for f in (min, max))
            texts.append(str(first) if first == last else say("{first} to {last}", first=first, last=last))
        elif done and done == total:
            texts.append(say("summing up"))
        if events and elapsed > 0:
            texts.append(say("{n} events/s", n=f"{events / elapsed:,.0f}"))
        if len(self._of) > 1:
            if total < len(self._of):
                texts.append(say("{done}/{total} done so far", done=done, total=total))
            else:
                texts.append(say("{done}/{total} done", done=done, total=total))
        return " · ".join(texts)

    def _date(self, replication: int) -> date:
        return date.fromisoformat(self._of[replication].start) + timedelta(hours=self._clock[replication])


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


@contextmanager
def progress_of(shares: Sequence[Share], label: str, wanted: bool | None) -> Iterator[ProgressCall | None]:
    """Show on stderr how far a run is.

    Parameters
    ----------
    shares
        What runs.
    label
        Name of it.
    wanted
        True: a bar in a terminal, elsewhere a line every half a minute; False: nothing; None: only the bar.

    Yields
    ------
    The function to call with (replication, clock in hours, events so far in that replication), or None if nothing is shown.
    """
    terminal = sys.stderr.isatty()
    if wanted is False or (wanted is None and not terminal):
        yield None
    elif terminal:
        with _bar(RunState(shares), label) as call:
            yield call
    else:
        yield _Lines(RunState(shares), label)


@contextmanager
def _bar(state: RunState, label: str) -> Iterator[ProgressCall]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn
    from rich.table import Column

    fixed = Column(no_wrap=True, min_width=5)  # where the terminal is narrow the end of the line is cut
    columns = (
        TextColumn("{task.description}", table_column=fixed),
        BarColumn(bar_width=8),
        TextColumn("{task.percentage:>3.0f} %", table_column=fixed),
        TextColumn("{task.fields[detail]}", table_column=Column(no_wrap=True, ratio=1)),
    )
    with Progress(*columns, console=Console(file=sys.stderr), transient=True, refresh_per_second=4) as bar:
        task = bar.add_task(_short(label), total=max(state.total_h, 1e-9), detail="")

        def update(replication: int, clock_h: float, events: int) -> None:
            state.update(replication, clock_h, events)
            bar.update(task, completed=state.done_h, total=max(state.total_h, 1e-9), detail=state.detail())

        yield update


def _short(label: str) -> str:
    from rich.markup import escape

    from sim.cli.console import printable

    return escape(printable(label if len(label) <= _LABEL else label[: _LABEL - 1] + "…"))


class _Lines:
    """A line now and then, for logs."""

    def __init__(self, state: RunState, label: str, now: Callable[[], float] = time.monotonic) -> None:
        self._state, self._label, self._now = state, label, now
        self._next = now() + _LINE_EVERY_S

    def __call__(self, replication: int, clock_h: float, events: int) -> None:
        self._state.update(replication, clock_h, events)
        if self._now() >= self._next:
            self._next = self._now() + _LINE_EVERY_S
            share = 100 * self._state.done_h / max(self._state.total_h, 1e-9)
            from sim.cli.console import echo

            echo(f"{self._label}: {share:.0f} % · {self._state.detail()}", err=True)
