"""The verb `replay`: a week of one replication as an animation."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import UsageError

if TYPE_CHECKING:
    from sim.analysis.tables import Table
    from sim.api.running import ProgressCall
    from sim.scenario.plan import Plan
    from sim.store import Study


def replay(
    run: Study | Path | str,
    replication: int = 0,
    *,
    week: int | None = None,
    begin: str | None = None,
    days: int | None = None,
    out: Path | str | None = None,
    lang: str | None = None,
    progress: ProgressCall | None = None,
) -> Path:
    """Rerun one replication of a stored run with its event log, and write a page that plays a window of it.

    Parameters
    ----------
    run
        A study or its folder.
    replication
        Its number, from 0 as in the folders.
    week
        Week of the measured time, from 1: local Monday to Sunday. By default the week in which orders were late (or, without
        promises, open) for most hours.
    begin
        First local date in its place, such as ``"2017-03-20"``.
    days
        How many days, 7 by default.
    out
        File to write; replay.html in the run folder by default.
    lang
        'en' or 'zh'; by default the language that is spoken, see `sim.language.speaking`.
    progress
        Called now and then with (replication, clock in hours, events so far in it).

    Raises
    ------
    UsageError
        If there is no such replication or window, the scenario has changed since, or the rerun gives other measures.
    """
    import numpy as np

    from sim.analysis.replay import choose_span, timeline
    from sim.analysis.tables import open_tables
    from sim.api.loading import open_study
    from sim.experiment.beginning import beginning_of
    from sim.experiment.replicate import plan_of, replicate
    from sim.language import language, speaking
    from sim.report.replay import Source, write_replay

    study = open_study(run) if isinstance(run, (str, Path)) else run
    if not 0 <= replication < study.replications:
        raise UsageError(f"{study.folder} has {study.replications} replications, numbered from 0; there is no {replication}")
    plan = _plan_as_cut(study)
    own = plan_of(plan, replication)
    call = None if progress is None else lambda clock_h, events: progress(replication, clock_h, events)
    with tempfile.TemporaryDirectory(prefix="sparesim-", ignore_cleanup_errors=True) as work:
        folder = replicate(plan, replication, Path(work), log=True, keep_tables=True, progress=call)
        measures = _same_measures(study, Path(work), replication)
        tables = open_tables(folder / "tables")
        state = folder / "state.npy"
        span = choose_span(own, tables["orders"], week=week, begin=begin, days=days)
        found = timeline(own, tables, beginning_of(own, replication), np.load(state) if state.is_file() else None, span)
        place = study.folder / "replay.html" if out is None else Path(out)
        with speaking(lang or language()):
            return write_replay(Source(study.folder, replication, measures, customers_of(own, tables)), own, tables, found, place)


def customers_of(plan: Plan, tables: dict[str, Table]) -> dict[int, str]:
    """Orders of example customers, by number."""
    from sim.explain import order_of

    rows = {name: tables[name].records() for name in ("orders", "cases")} if plan.customers else {}
    found = {}
    for customer in plan.customers:
        with suppress(UsageError):  # made no order
            found[order_of(plan, rows, customer.name)[0]] = customer.name
    return found


def _plan_as_cut(study: Study) -> Plan:
    """The plan behind a study with the warm-up that was found for it."""
    from sim.api.loading import plan_behind
    from sim.experiment.warmup import with_warm_up

    plan = plan_behind(study)
    cut = float(study.manifest["run"]["warm_up_h"])
    return plan if plan.run.auto is None and cut == plan.run.warm_up_h else with_warm_up(plan, cut)


def _same_measures(study: Study, rerun: Path, replication: int) -> int:
    """How many measures the study keeps of the replication; the rerun must give the same bits."""
    from sim.analysis.summary import replication_rows

    stored = {(kpi, group): value for kpi, group, _, value in replication_rows(study.folder, replication)}
    again = {(kpi, group): value for kpi, group, _, value in replication_rows(rerun, replication)}
    other = [key for key, value in stored.items() if again.get(key) != value]
    if other:
        (kpi, group), value = other[0], again.get(other[0])
        raise UsageError(
            f"the rerun of replication {replication} differs in {len(other)} of {len(stored)} measures from what {study.folder} "
            f"keeps ({kpi} {group}: {stored[kpi, group]}, now {value}); another version made it, run it again"
        )
    return len(stored)
