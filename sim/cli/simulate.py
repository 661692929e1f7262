"""run, compare: simulate and show."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from sim.cli.console import assets_option, echo, lang_option, print_json, print_warnings, stdout, tell
from sim.cli.progress import Share, progress_of
from sim.language import say

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
            click.option(
                "--until",
                multiple=True,
                metavar="KPI=HALF_WIDTH",
                help="Add replications until this half width is reached, such as 'tat.customer.p90=5 %'; may be repeated.",
            ),
            click.option("--max-replications", type=click.IntRange(2), help="Most replications for --until (default 100)."),
            click.option(
                "--executor",
                metavar="WHERE",
                help="serial, processes (default) or dask://HOST:PORT. Results do not depend on it.",
            ),
            click.option("--resume", is_flag=True, help="Go on with a run that was stopped; it must exist."),
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
@click.option("--log", "logs", metavar="NAME,...", help="Write logs of every replication: orders, contacts, parts, ..., events.")
@click.option(
    "--replication",
    type=click.IntRange(0),
    metavar="N",
    help="Run only replication N (numbered from 0) into the run folder, with its event log, and print its measures.",
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
@assets_option
@lang_option
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
    logs: str | None,
    replication: int | None,
    save_cases: Path | None,
    save_state: Path | None,
    no_report: bool,
    until: tuple[str, ...],
    max_replications: int | None,
    executor: str | None,
    resume: bool,
) -> int:
    """Simulate SCENARIO (a file, or the name of a shipped one) and write results and a report.

    With --resume SCENARIO may also be the folder of a run that was stopped.
    """
    from sim import api

    _require_one_number(replications, until, max_replications)
    _require_jobs(jobs, executor)
    if resume and api.is_run_folder(scenario):
        if sets or seed is not None or out is not None:
            raise click.UsageError("--resume FOLDER goes on as the run was begun, without --set, --seed and --out")
        begun = api.resumed(scenario)
        plan, scenario, sets, out, tables = (
            begun.plan,
            begun.scenario,
            begun.sets,
            begun.folder,
            begun.keep_tables if tables is None else tables,
        )
        replications = replications or (None if until or max_replications else begun.replications)
    else:
        plan = api.load(scenario, sets, seed=seed)
    plan = api.with_goal(plan, until, max_replications)
    print_warnings(plan.warnings)
    if replication is not None:
        from sim.cli.single import run_single

        if replications is not None or until or max_replications is not None:
            raise click.UsageError("--replication runs one replication, --replications and --until several; give one of them")
        if resume or save_state is not None:
            raise click.UsageError("--replication does not go with --resume or --save-state")
        if save_cases is not None:
            api.save_cases(plan, save_cases, replication)
        return run_single(plan, replication, out or api.run_folder(plan), logs, tables, progress, as_json)
    count, most = replications or plan.run.replications, api.room_of(plan, replications)
    with progress_of([Share(count, plan.run.horizon_h, plan.run.start, most)], plan.name, progress) as report:
        study = api.run(
            plan,
            replications=replications,
            jobs=jobs,
            out=out or api.run_folder(plan),
            keep_tables=tables,
            logs=logs or (),
            progress=report,
            scenario=scenario,
            sets=sets,
            executor=executor,
            resume=resume,
        )
    if save_cases is not None:
        api.save_cases(plan, save_cases)
    if save_state is not None:
        api.save_state(study, save_state)
    from sim.cli.results import end_study

    return end_study(study, as_json, no_report)


@click.command()
@click.argument("base")
@click.argument("others", nargs=-1, required=True)
@_run_options
@click.option(
    "--by", metavar="KPI", help="Measure that says which is best, such as tat.customer.p90 (default: the first headline)."
)
@click.option("--all-pairs", is_flag=True, help="Compare each with each, too.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the comparison (default: results/runs/compare-<names>).")
@assets_option
@lang_option
def compare(
    base: str,
    others: tuple[str, ...],
    replications: int | None,
    seed: int | None,
    jobs: int | None,
    sets: tuple[str, ...],
    as_json: bool,
    progress: bool | None,
    by: str | None,
    all_pairs: bool,
    out: Path | None,
    until: tuple[str, ...],
    max_replications: int | None,
    executor: str | None,
    resume: bool,
) -> int:
    """Run BASE and OTHERS on the same customers (what is missing) and show paired differences.

    Each argument is a scenario file, the name of a shipped scenario, or the folder of a run.
    """
    from sim import api

    _require_one_number(replications, until, max_replications)
    _require_jobs(jobs, executor)
    plans = [api.load_or_open(name, sets, seed=seed) for name in (base, *others)]
    first = api.with_goal(plans[0], until, max_replications)
    count, most = replications or first.run.replications, api.room_of(first, replications)
    shares = [Share(count, p.run.horizon_h, p.run.start, most) for p in plans]
    with progress_of(shares, say("compare"), progress) as report:
        comparison = api.compare(
            base,
            *others,
            replications=replications,
            jobs=jobs,
            seed=seed,
            sets=sets,
            out=out or api.compare_folder(plans),
            progress=report,
            by=by,
            all_pairs=all_pairs,
            until=until,
            max_replications=max_replications,
            executor=executor,
            resume=resume,
        )
    if as_json:
        print_json(comparison.as_dict())
    else:
        from sim.cli.results import print_text

        print_text(stdout(), api.comparison_text(comparison))
        if comparison.report is not None:
            echo("")
            tell("report", comparison.report)
    return 0


def _require_one_number(replications: int | None, until: tuple[str, ...], max_replications: int | None) -> None:
    if replications is not None and (until or max_replications is not None):
        raise click.UsageError("-r makes a fixed number of replications; it does not go with --until or --max-replications")


def _require_jobs(jobs: int | None, executor: str | None) -> None:
    if jobs is not None and executor is not None and executor != "processes":
        raise click.UsageError(f"--jobs is the number of local processes; it does not go with --executor {executor}")
