"""recut: another warm-up for a stored run."""

from __future__ import annotations

from pathlib import Path

import click

from sim.cli.console import lang_option


@click.command()
@click.argument("run", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--warm-up", required=True, metavar="DURATION", help="New warm-up, such as '60 days'; the end of the run stays.")
@click.option("-r", "--replications", type=click.IntRange(1), help="Only the first replications (default: all).")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the results (default: RUN-warm-up-<days>d).")
@click.option("--json", "as_json", is_flag=True, help="Print results as JSON.")
@click.option("--no-report", is_flag=True, help="Do not draw report.html.")
@lang_option
def recut(run: Path, warm_up: str, replications: int | None, out: Path | None, as_json: bool, no_report: bool) -> int:
    """Cut the warm-up of RUN (a run folder) anew from its raw tables, without simulating."""
    from sim import api
    from sim.cli.results import end_study

    study = api.recut(run, warm_up, out=out, replications=replications)
    return end_study(study, as_json, no_report)
