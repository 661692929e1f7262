"""run, compare: simulate and show."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from sim.cli.console import print_json, print_warnings, stdout
from sim.cli.progress import Share, progress_of

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _run_options(command: _Command) -> _Command:
    for option in reversed(
        (
            click.option(
                "-r", "--replications", type=click.IntRange(1), help="Number of replications (default: the scenario's)."
            ),
            click.option("-s", "--seed", type=click.IntRange(0), help="Master seed (default: the scenario's)."),
            click.option(
                "-j",
                "--jobs",
                type=click.IntRange(1),
                help="Parallel processes (default: all cores). Results do not depend on it.",
            ),
            click.option("--set", "sets", multiple=True, metavar="PATH=VALUE", help="Change one value; may be repeated."),
            click.option("--json", "as_json", is_flag=True, help="Print results as JSON."),
            click.option(
                "--progress/--no-progress",
                default=None,
                help="Say how far it is: a bar in a terminal (default), with --progress elsewhere a line every half a minute.",
            ),
        )
    ):
        command = option(command)
    return command


@click.command()
@click.argument("scenario")
@_run_options
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the results (default: results/runs/<name>-<digest8>).")
@click.option(
    "--tables/--no-tables",
    default=None,
    help="Keep all raw tables of every replication (large), or none; by default those that `recut` needs, where they are small.",
)
@click.option(
    "--save-cases",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also write the cases of the first replication as CSV, for `replay: {from: FILE}`.",
)
@click.option(
    "--save-state",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also write stock and pipeline at the end of each replication as JSON, for `run: {initial: {saved: FILE}}`.",
)
@click.option("--no-report", is_flag=True, help="Do not draw report.html.")
def run(
    scenario: str,
    replications: int | None,
    seed: int | None,
    jobs: int | None,
    sets: tuple[str, ...],
    as_json: bool,
    progress: bool | None,
    out: Path | None,
    tables: bool | None,
    save_cases: Path | None,
    save_state: Path | None,
    no_report: bool,
) -> int:
    """Simulate SCENARIO (a file, or the name of a shipped one) and write results and a report."""
    from sim import api

    plan = api.load(scenario, sets, seed=seed)
    print_warnings(plan.warnings)
    count = replications or plan.run.replications
    with progress_of([Share(count, plan.run.horizon_h, plan.run.start)], plan.name, progress) as report:
        study = api.run(
            plan,
            replications=count,
            jobs=jobs,
            out=out or api.run_folder(plan),
            keep_tables=tables,
            progress=report,
            scenario=scenario,
            sets=sets,
        )
    if save_cases is not None:
        api.save_cases(plan, save_cases)
    if save_state is not None:
        api.save_state(study, save_state)
    page = None if no_report else api.report(study.folder)
    if as_json:
        print_json(study.summary)
    else:
        from sim.cli.results import print_text

        print_text(stdout(), api.run_text(study))
        click.echo(f"\nresults  {study.folder}")
        if page is not None:
            click.echo(f"report   {page}")
    return 1 if api.has_missed(study) else 0


@click.command()
@click.argument("base")
@click.argument("others", nargs=-1, required=True)
@_run_options
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the comparison (default: results/runs/compare-<names>).")
def compare(
    base: str,
    others: tuple[str, ...],
    replications: int | None,
    seed: int | None,
    jobs: int | None,
    sets: tuple[str, ...],
    as_json: bool,
    progress: bool | None,
    out: Path | None,
) -> int:
    """Run BASE and OTHERS on the same customers (what is missing) and show paired differences.

    Each argument is a scenario file, the name of a shipped scenario, or the folder of a run.
    """
    from sim import api

    plans = [api.load_or_open(name, sets, seed=seed) for name in (base, *others)]
    count = replications or plans[0].run.replications
    shares = [Share(count, p.run.horizon_h, p.run.start) for p in plans]
    with progress_of(shares, "compare", progress) as report:
        comparison = api.compare(
            base,
            *others,
            replications=count,
            jobs=jobs,
            seed=seed,
            sets=sets,
            out=out or api.compare_folder(plans),
            progress=report,
        )
    if as_json:
        print_json(comparison.as_dict())
    else:
        from sim.cli.results import print_text

        print_text(stdout(), api.comparison_text(comparison))
        if comparison.report is not None:
            click.echo(f"\nreport   {comparison.report}")
    return 0
