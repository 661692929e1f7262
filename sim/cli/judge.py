"""check, report: judge and redraw stored results."""

from __future__ import annotations

from pathlib import Path

import click

from sim.cli.console import print_json


@click.command()
@click.argument("names", nargs=-1)
@click.option(
    "--baselines", type=click.Path(path_type=Path), default=Path("results/baselines"), show_default=True, help="Folder."
)
@click.option("--update", is_flag=True, help="Renew the baselines instead of judging; needs --reason.")
@click.option("--reason", default="", help="Why the results may change; kept beside the baseline.")
@click.option("-j", "--jobs", type=click.IntRange(1), help="Parallel processes.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def check(names: tuple[str, ...], baselines: Path, update: bool, reason: str, jobs: int | None, as_json: bool) -> int:
    """Rerun the committed baselines (all, or NAMES): inputs changed, identical, same within noise, or changed."""
    import datetime

    from sim import api

    if update and not reason.strip():
        raise click.UsageError("--update needs --reason TEXT: say why the results may change")
    today = datetime.date.today().isoformat() if update else ""
    verdicts = api.check(baselines, names, update_reason=reason if update else None, date=today, jobs=jobs)
    if as_json:
        print_json([v.as_dict() for v in verdicts])
    else:
        for verdict in verdicts:
            click.echo(verdict.text())
    return 1 if any(v.failed for v in verdicts) else 0


@click.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="File to write (only with one run).")
def report(runs: tuple[Path, ...], out: Path | None) -> None:
    """Redraw the report of each run folder from its stored results."""
    from sim import api

    if out is not None and len(runs) > 1:
        raise click.UsageError("--out goes with one run")
    for folder in runs:
        click.echo(f"report   {api.report(folder, out)}")
