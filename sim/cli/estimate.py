"""estimate: every kind of interval of a stored run."""

from __future__ import annotations

from pathlib import Path

import click

from sim.cli.console import lang_option, print_json, stdout


@click.command()
@click.argument("run", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--kpi", "kpis", multiple=True, metavar="ID", help="Only this measure, or those that begin so; may be repeated.")
@click.option("--group", "groups", multiple=True, metavar="KEY=NAME", help="Only this group; may be repeated.")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice(("mean", "ratio", "pooled", "probability")),
    help="Only this kind of interval; may be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@lang_option
def estimate(run: Path, kpis: tuple[str, ...], groups: tuple[str, ...], kinds: tuple[str, ...], as_json: bool) -> None:
    """Show the intervals of a run folder: means, ratios of sums, pooled quantiles, chances to meet the targets."""
    from sim import api

    if as_json:
        print_json(api.intervals(run, kpis, groups, kinds))
        return
    from sim.cli.results import print_text

    print_text(stdout(), api.intervals_text(run, kpis, groups, kinds))
