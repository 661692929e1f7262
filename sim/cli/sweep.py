"""sweep: a scenario at many values."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from sim.cli.console import assets_option, echo, lang_option, print_json, print_warnings, stdout, tell
from sim.language import say

_LINE_EVERY_S = 30.0


@click.command()
@click.argument("scenario")
@click.option(
    "--vary",
    multiple=True,
    required=True,
    metavar="PATH=VALUES",
    help="What varies; may be repeated. VALUES: 4..10, '4..10 step 2', 0.1..0.5:5 (five levels), '1 day..5 days:3', {a,b}. "
    "NAME:PATH=VALUES names it, PATH+PATH=VALUES moves two together.",
)
@click.option(
    "--design",
    type=click.Choice(["factorial", "lhs", "sobol", "one-at-a-time", "saltelli"]),
    default="factorial",
    show_default=True,
    help="Which points: all combinations, a space-filling sample, each value alone (tornado), or a sample for Sobol indices.",
)
@click.option("--points", type=click.IntRange(2), help="Points of lhs and sobol; base sample of saltelli (times factors + 2).")
@click.option("-r", "--replications", type=click.IntRange(1), help="Replications of each point (default: the scenario's).")
@click.option("-s", "--seed", type=click.IntRange(0), help="Master seed, the same at all points (default: the scenario's).")
@click.option("-j", "--jobs", type=click.IntRange(1), help="Processes (default: all cores); results do not depend on it.")
@click.option("--set", "sets", multiple=True, metavar="PATH=VALUE", help="Change one value at all points; may be repeated.")
@click.option(
    "--kpi", "kpis", multiple=True, metavar="MEASURE", help="Measure to report (default: the headlines); may be repeated."
)
@click.option("--by", metavar="MEASURE", help="Measure by which points are ranked (default: the first).")
@click.option(
    "--metamodel",
    type=click.Choice(["auto", "gp", "quadratic", "none"]),
    default="auto",
    show_default=True,
    help="Smooth function of the factors: a Gaussian process (needs scikit-learn) or a quadratic regression.",
)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Folder (default: results/runs/sweep-<name>-<digest8>)."
)
@click.option("--no-report", is_flag=True, help="Do not draw sweep.html and explorer.html.")
@click.option("--json", "as_json", is_flag=True, help="Print results as JSON.")
@click.option("--progress/--no-progress", default=None, help="Say how far it is (default: in a terminal).")
@assets_option
@lang_option
def sweep(
    scenario: str,
    vary: tuple[str, ...],
    design: str,
    points: int | None,
    replications: int | None,
    seed: int | None,
    jobs: int | None,
    sets: tuple[str, ...],
    kpis: tuple[str, ...],
    by: str | None,
    metamodel: str,
    out: Path | None,
    no_report: bool,
    as_json: bool,
    progress: bool | None,
) -> int:
    """Run SCENARIO at many values of what --vary names, on the same customers, and show what matters and what is best.

    \b
    sparesim sweep small --vary 'depots.depot.technicians=1..3' \\
        --vary 'depots.depot.stock.board.s=5..15 step 5'
    """
    from sim import api

    planned = api.plan_sweep(scenario, vary, design=design, points=points, seed=seed, sets=sets)
    print_warnings(planned.warnings)
    with _progress_of(progress) as call:
        found = api.sweep(
            planned,
            replications=replications,
            jobs=jobs,
            kpis=kpis,
            by=by,
            metamodel=metamodel,
            out=out or planned.folder(),
            progress=call,
        )
    page = None if no_report else api.sweep_report(found)
    if as_json:
        print_json(found.data)
        return 0
    from sim.cli.results import print_text

    print_text(stdout(), api.sweep_text(found))
    echo("")
    tell("results", found.folder)
    if page is not None:
        tell("report", page)
        tell("what if", api.explorer_path(page))
    return 0


@contextmanager
def _progress_of(wanted: bool | None) -> Iterator[Callable[[int, int], None] | None]:
    """How many replications are done, on stderr: a bar in a terminal, elsewhere with --progress a line now and then."""
    terminal = sys.stderr.isatty()
    if wanted is False or (wanted is None and not terminal):
        yield None
        return
    if not terminal:
        yield _Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(say("progress||replications")), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(compact=True))
    with Progress(*columns, console=Console(file=sys.stderr), transient=True, refresh_per_second=4) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


class _Lines:
    """A line now and then, for logs."""

    def __init__(self) -> None:
        self._next = time.monotonic() + _LINE_EVERY_S

    def __call__(self, done: int, total: int) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _LINE_EVERY_S
            echo(say("sweep: {done} of {total} replications done", done=f"{done:,}", total=f"{total:,}"), err=True)
