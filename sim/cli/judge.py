"""check, report: judge and redraw stored results."""

from __future__ import annotations

import os
from pathlib import Path

import click

from sim.cli.console import assets_option, echo, lang_option, print_json, tell
from sim.cli.export_options import export_options


@click.command()
@click.argument("names", nargs=-1)
@click.option(
    "--baselines", type=click.Path(path_type=Path), default=Path("results/baselines"), show_default=True, help="Folder."
)
@click.option("--update", is_flag=True, help="Renew the baselines instead of judging; needs --reason.")
@click.option("--reason", default="", help="Why the results may change; kept beside the baseline.")
@click.option("-r", "--replications", type=click.IntRange(1), help="With --update: replications that the baselines keep.")
@click.option("-j", "--jobs", type=click.IntRange(1), help="Parallel processes.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), help="Write the result as JUnit XML.")
@click.option("--markdown", type=click.Path(dir_okay=False, path_type=Path), help="Write the result as Markdown.")
@click.option("--github/--no-github", default=None, help="Annotations and job summary; by default where GITHUB_ACTIONS is true.")
@lang_option
def check(
    names: tuple[str, ...],
    baselines: Path,
    update: bool,
    reason: str,
    replications: int | None,
    jobs: int | None,
    as_json: bool,
    junit: Path | None,
    markdown: Path | None,
    github: bool | None,
) -> int:
    """Rerun the committed baselines (all, or NAMES): inputs changed, identical, same within noise, or changed."""
    import datetime

    from sim import api
    from sim.errors import ScenarioError

    if update and not reason.strip():
        raise click.UsageError("--update needs --reason TEXT: say why the results may change")
    if replications is not None and not update:
        raise click.UsageError("-r goes with --update: a check takes as many replications as the baseline has")
    if github is None:
        github = os.environ.get("GITHUB_ACTIONS") == "true"
    root = Path(os.environ.get("GITHUB_WORKSPACE") or ".")
    today = datetime.date.today().isoformat() if update else ""
    try:
        verdicts = api.check(
            baselines, names, update_reason=reason if update else None, date=today, jobs=jobs, replications=replications
        )
    except ScenarioError as invalid:
        if github:
            _print_annotations(api.check_annotations(invalid.faults, root), err=as_json)
        raise
    if as_json:
        print_json([v.as_dict() for v in verdicts])
    else:
        for verdict in verdicts:
            echo(verdict.text())
    if github:
        _print_annotations(api.check_annotations(verdicts, root), err=as_json)
    summary = os.environ.get("GITHUB_STEP_SUMMARY") if github else None
    api.write_check(verdicts, junit=junit, markdown=markdown, summary=Path(summary) if summary else None)
    return 1 if any(v.failed for v in verdicts) else 0


def _print_annotations(lines: list[str], err: bool) -> None:
    """One line each; beside JSON on the other stream, which GitHub reads, too."""
    for line in lines:
        echo(line, err=err)


@click.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="File to write (only with one run).")
@export_options
@assets_option
@lang_option
def report(runs: tuple[Path, ...], out: Path | None) -> None:
    """Redraw the report of each folder of a run, a comparison or a sweep from its stored results."""
    from sim import api

    if out is not None and len(runs) > 1:
        raise click.UsageError("--out goes with one run")
    for folder in runs:
        tell("report", api.report(folder, out))
