"""replay: a week of one replication as an animation."""

from __future__ import annotations

from pathlib import Path

import click

from sim.cli.console import lang_option, tell
from sim.cli.progress import Share, progress_of


@click.command()
@click.argument("run", type=click.Path(exists=True, path_type=Path))
@click.option("--replication", default=0, show_default=True, help="Which replication, from 0.")
@click.option("--week", type=int, help="Week of the measured time, from 1 (default: the one with most late orders).")
@click.option("--from", "begin", metavar="DATE", help="First local date instead, such as 2017-03-20.")
@click.option("--days", type=int, help="How many days (default: 7).")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write (default: replay.html in RUN).")
@click.option("--progress/--no-progress", default=None, help="Show how far it is (default: in a terminal).")
@lang_option
def replay(
    run: Path, replication: int, week: int | None, begin: str | None, days: int | None, out: Path | None, progress: bool | None
) -> None:
    """Play a week of one replication: units on their way, queues and stock (reruns it with the log on)."""
    from sim import api

    study = api.open_study(run)
    clock = study.manifest["run"]
    share = Share(1, float(clock["warm_up_h"]) + float(clock["length_h"]), str(clock["start"]))
    with progress_of([share], study.name, progress) as report:
        call: api.ProgressCall | None = None if report is None else lambda _, clock_h, events: report(0, clock_h, events)
        page = api.replay(study, replication, week=week, begin=begin, days=days, out=out, progress=call)
    tell("replay", page)
