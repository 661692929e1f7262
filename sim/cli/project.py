"""init, doctor, schema: what surrounds a model."""

from __future__ import annotations

from pathlib import Path

import click

from sim.cli.console import print_json


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Copy a working three-tier model, its network and two scenarios into FOLDER (new or empty)."""
    from sim import api

    for path in api.init(folder):
        click.echo(f"wrote {path}")
    click.echo(f"\nNext:  cd {folder}\n       sparesim run scenarios/three-tier.yaml")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def doctor(as_json: bool) -> None:
    """Say what this installation has and can do."""
    from sim import api

    facts = api.doctor()
    if as_json:
        print_json(facts)
        return
    width = max(len(name) for name in facts)
    for name, value in facts.items():
        click.echo(f"{name.ljust(width)}  {value}")


@click.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from sim import api

    print_json(api.schema())
