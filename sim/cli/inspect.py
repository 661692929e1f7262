"""validate, show, explain: look at a scenario or at one order, run nothing new that is stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sim.cli.console import echo, lang_option, print_faults, print_json, print_warnings
from sim.errors import Fault, ScenarioError


def _fault_row(fault: Fault) -> dict[str, Any]:
    mark = fault.mark
    return {
        "code": fault.code,
        "file": mark.file,
        "line": mark.line,
        "column": mark.column,
        "path": fault.path,
        "message": fault.message,
        "suggestion": fault.suggestion,
    }


@click.command()
@click.argument("scenarios", nargs=-1, required=True)
@click.option("--set", "sets", multiple=True, metavar="PATH=VALUE", help="Change one value; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_context
def validate(ctx: click.Context, scenarios: tuple[str, ...], sets: tuple[str, ...], as_json: bool) -> int:
    """Check scenario files; every fault of all files in one pass."""
    from sim import api

    faults: list[Fault] = []
    rows: list[dict[str, Any]] = []
    for name in scenarios:
        try:
            plan = api.load(name, sets)
        except ScenarioError as found:
            faults.extend(found.faults)
            rows.append({"scenario": name, "valid": False, "faults": [_fault_row(f) for f in found.faults], "warnings": []})
            continue
        rows.append({"scenario": name, "valid": True, "digest": plan.digest, "faults": [], "warnings": list(plan.warnings)})
        if not as_json:
            echo(f"{name}: valid ({api.size_of(plan)}), digest {plan.digest[:8]}")
            print_warnings(plan.warnings, limit=50)
    if as_json:
        print_json(rows)
    elif faults:
        print_faults(faults)
    return 3 if faults else 0


@click.command()
@click.argument("scenario")
@click.option("--resolved", is_flag=True, default=True, help="With extends, changes and defaults applied (always on).")
@click.option("--origin", is_flag=True, help="Say for each value which file and line it comes from.")
@click.option("--full", is_flag=True, help="Print large tables in full.")
@click.option("--set", "sets", multiple=True, metavar="PATH=VALUE", help="Change one value; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def show(scenario: str, resolved: bool, origin: bool, full: bool, sets: tuple[str, ...], as_json: bool) -> None:
    """Print SCENARIO with everything resolved."""
    from sim import api

    if as_json:
        print_json(api.resolved(scenario, sets, full=full))
    else:
        echo(api.resolved_text(scenario, sets, origin=origin, full=full), nl=False)


@click.command()
@click.argument("run", type=click.Path(exists=True, path_type=Path))
@click.option("--order", required=True, help="Number of the order, or name of an example customer.")
@click.option("--replication", default=0, show_default=True, help="Which replication, from 0.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@lang_option
def explain(run: Path, order: str, replication: int, as_json: bool) -> None:
    """Tell one repair order's life, stage by stage, with local dates (reruns its replication with the log on)."""
    from sim import api

    life = api.explain(run, order, replication)
    if as_json:
        print_json(life.as_dict())
    else:
        echo(life.text())
