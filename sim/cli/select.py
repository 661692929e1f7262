"""select: the best of several scenarios, with replications where they are needed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from sim.cli.console import echo, lang_option, print_json, printable, stdout, tell
from sim.language import say

Say = Callable[[str], None]
Progress = Callable[[str, int, float], None]


@click.command()
@click.argument("scenarios", nargs=-1, required=True)
@click.option("--by", required=True, metavar="KPI", help="Measure, such as tat.customer.p90 or contact.asa[site=desk].")
@click.option("--delta", metavar="VALUE", help="Smallest difference that matters, such as '2 h' or '1 %' (kn needs it).")
@click.option("--confidence", metavar="SHARE", help="Wanted probability of correct selection (default: the first scenario's).")
@click.option("--method", type=click.Choice(["kn", "ocba"]), default="kn", show_default=True, help="Procedure.")
@click.option("--first", type=int, default=10, show_default=True, help="Replications of the first stage, of each scenario.")
@click.option("--max", "maximum", type=int, metavar="N", help="kn: most replications of a scenario (default: no limit).")
@click.option("--budget", type=int, metavar="N", help="ocba: replications of all scenarios together.")
@click.option("--step", type=int, metavar="N", help="ocba: how many are given out at once (default: the number of scenarios).")
@click.option("--smaller", is_flag=True, help="Less is better (for measures without a direction).")
@click.option("--larger", is_flag=True, help="More is better.")
@click.option("--subject-to-targets", is_flag=True, help="Only a scenario whose targets are met may be selected.")
@click.option("-s", "--seed", type=click.IntRange(0), help="Master seed (default: the first scenario's).")
@click.option(
    "-j", "--jobs", type=click.IntRange(1), help="Parallel processes (default: all cores). Results do not depend on it."
)
@click.option("--set", "sets", multiple=True, metavar="PATH=VALUE", help="Change one value in every scenario; may be repeated.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder for the result (default: results/runs/select-<kpi>-<names>)."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--progress/--no-progress", default=None, help="Say what is decided (default: in a terminal).")
@lang_option
def select(
    scenarios: tuple[str, ...],
    by: str,
    delta: str | None,
    confidence: str | None,
    method: str,
    first: int,
    maximum: int | None,
    budget: int | None,
    step: int | None,
    smaller: bool,
    larger: bool,
    subject_to_targets: bool,
    seed: int | None,
    jobs: int | None,
    sets: tuple[str, ...],
    out: Path | None,
    as_json: bool,
    progress: bool | None,
) -> int:
    """Select the best of SCENARIOS by one measure, all on the same customers.

    Exit code 0 if one is selected with the guarantee, 1 if not. The same command goes on with what is stored.
    """
    if smaller and larger:
        raise click.UsageError("--smaller and --larger exclude each other")
    from sim import api

    plans = [api.load_or_open(name, sets, seed=seed) for name in scenarios]
    with _watch(progress) as (watch, report):
        found = api.select(
            *scenarios,
            by=by,
            delta=delta,
            confidence=None if confidence is None else api.share_of(confidence),
            method=method,
            first=first,
            maximum=maximum,
            budget=budget,
            step=step,
            better="less" if smaller else "more" if larger else None,
            subject_to_targets=subject_to_targets,
            jobs=jobs,
            seed=seed,
            sets=sets,
            out=out or api.select_folder(plans, by),
            say=watch,
            progress=report,
        )
    if as_json:
        print_json(found.as_dict())
    else:
        from sim.cli.results import print_text

        print_text(stdout(), api.selection_text(found))
        echo("")
        tell("results", found.folder)
    return 0 if found.is_selected else 1


@contextmanager
def _watch(wanted: bool | None) -> Iterator[tuple[Say | None, Progress | None]]:
    """Decisions as lines on stderr, and in a terminal what is running now."""
    terminal = sys.stderr.isatty()
    if wanted is False or (wanted is None and not terminal):
        yield None, None
    elif not terminal:
        yield lambda line: echo(line, err=True), None
    else:
        from rich.console import Console

        console = Console(file=sys.stderr, highlight=False)
        with console.status(say("select")) as status:
            yield (
                lambda line: console.print(printable(line), markup=False),
                lambda name, r, share: status.update(
                    say("{name}: replication {n} \u00b7 {share} %", name=name, n=r + 1, share=f"{100 * share:.0f}")
                ),
            )
