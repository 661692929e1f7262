"""The cases of a replication as a CSV file that `replay` reads back: the same customers, with whatever else is changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sim.engine.clock import Clock
from sim.engine.recorder import Recorder
from sim.errors import UsageError
from sim.experiment.replicate import plan_of
from sim.model.cases import CaseFeed
from sim.model.seams import Case, Context
from sim.scenario.plan import Plan
from sim.store import write_csv
from sim.streams import MIRRORED, Streams

COLUMNS = ("at_h", "source", "market", "home", "segment", "channel", "age_h", "key")


class _Notebook:
    """A journey on which nothing follows from a case."""

    def __init__(self) -> None:
        self.cases: list[Case] = []

    def on_case(self, case: Case) -> None:
        self.cases.append(case)


def save_cases(plan: Plan, path: Path, replication: int = 0) -> int:
    """Write the cases of a replication, which no policy changes, without simulating what becomes of them.

    Parameters
    ----------
    plan
        The scenario.
    path
        CSV file to write: `at_h` and `age_h` in hours, names of source, market, home, segment and channel ('walk_in' for
        none), and the key of the case's draws. Example customers are left out, as the scenario adds them again.
    replication
        Whose cases, from 0.

    Returns
    -------
    int
        Number of cases.

    Raises
    ------
    UsageError
        If the file cannot be written.
    """
    plan = plan_of(plan, replication)
    cases = _cases_of(plan, replication)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_csv(path, COLUMNS, _rows(plan, cases))
    except OSError as fault:
        raise UsageError(f"cannot write the cases to {path}: {fault.strerror}") from None
    return len(cases)


def _cases_of(plan: Plan, replication: int) -> list[Case]:
    clock, notebook = Clock(), _Notebook()
    ctx = Context(plan, clock, Streams(plan.run.seed, replication, plan.run.sampling.antithetic), Recorder(Path(), {}))
    CaseFeed(ctx, notebook)  # type: ignore[arg-type]  # only `on_case` is called
    clock.run_until(plan.run.horizon_h)
    return [case for case in notebook.cases if case.customer_ix < 0]


def _rows(plan: Plan, cases: list[Case]) -> Iterator[tuple[float | int | str, ...]]:
    markets, segments = plan.markets.names, [s.name for s in plan.segments]
    channels = [*(c.name for c in plan.channels), "walk_in"]  # -1 is the last
    for case in cases:
        yield (
            case.at_h,
            plan.sources[case.source_ix].name,
            markets[case.market_ix],
            markets[case.home_ix],
            segments[case.segment_ix],
            channels[case.channel_ix],
            case.age_h,
            case.key & ~MIRRORED,
        )
