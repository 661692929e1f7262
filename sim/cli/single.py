"""run --replication: one replication alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli.console import echo, print_json, stdout, tell
from sim.cli.progress import Share, progress_of

if TYPE_CHECKING:
    from sim.api import ProgressCall


def run_single(
    plan: Any, number: int, out: Path, logs: str | None, tables: bool | None, progress: bool | None, as_json: bool
) -> int:
    """Run one replication into a run folder and print its measures; the event log is written too unless logs are named."""
    from sim import api

    with progress_of([Share(1, plan.run.horizon_h, plan.run.start)], f"{plan.name} {number}", progress) as report:
        call: ProgressCall | None = None if report is None else lambda _, clock_h, events: report(0, clock_h, events)
        found = api.replication(
            plan, number, logs=f"events,{logs}" if logs else "events", out=out, keep_tables=tables, progress=call
        )
    if as_json:
        kpis = [dict(zip(("kpi", "group", "unit", "value"), row, strict=True)) for row in found.kpis]
        files = {name: str(path) for name, path in found.logs.items()}
        print_json({"replication": number, "folder": str(found.folder), "logs": files, "kpis": kpis})
        return 0
    from sim.cli.results import print_text

    print_text(stdout(), api.replication_text(found))
    echo("")
    tell("results", found.folder)
    for name, path in found.logs.items():
        tell("log" if name != "events" else "events", path)
    return 0
