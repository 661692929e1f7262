"""stress: the reporting checklist of a run."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("run", type=click.Path(exists=True, path_type=Path))
@click.argument("scenarios", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write (default: print).")
def stress(run: Path, scenarios: tuple[Path, ...], out: Path | None) -> None:
    """Fill in the STRESS-DES checklist (Monks et al. 2019) from the run folder RUN, as Markdown.

    SCENARIOS are run folders of what was compared with it.
    """
    from sim import api

    text = api.stress(run, scenarios)
    if out is None:
        click.echo(text, nl=False)
        return
    api.write_text(out, text)
    click.echo(f"wrote {out}")
