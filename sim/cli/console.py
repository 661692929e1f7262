"""What the terminal shows: results to stdout, progress and faults to stderr; plain text where there is no terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

    from sim.errors import Fault


def stdout() -> Console:
    """Console for results; never coloured or wrapped by width when it is not a terminal."""
    from rich.console import Console

    return Console(
        file=sys.stdout, width=None if sys.stdout.isatty() else 140, highlight=False, soft_wrap=not sys.stdout.isatty()
    )


def print_json(value: Any) -> None:
    """One JSON document to stdout."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def print_faults(faults: list[Fault]) -> None:
    """All faults with carets to stderr, then their number."""
    for fault in faults:
        click.echo(fault.with_caret(), err=True)
    count = len(faults)
    click.echo(f"{count} fault{'s' if count != 1 else ''} found; nothing was run", err=True)


def print_warnings(warnings: tuple[str, ...] | list[str], limit: int = 8) -> None:
    """Warnings of the static check to stderr."""
    for text in warnings[:limit]:
        click.echo(f"warning: {text}", err=True)
    if len(warnings) > limit:
        click.echo(f"warning: and {len(warnings) - limit} more; see `sparesim validate`", err=True)


ProgressCall = Callable[[int, float, int], None]


@contextmanager
def progress_bar(total: int, horizon_h: float, label: str) -> Iterator[ProgressCall | None]:
    """A bar over all replications on stderr; None is yielded where stderr is no terminal.

    The yielded function takes (replication, clock in hours, events so far in that replication).
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[detail]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task(label, total=total * horizon_h, detail="")
        hours: dict[int, float] = {}
        events: dict[int, int] = {}

        def update(replication: int, clock_h: float, done: int) -> None:
            hours[replication], events[replication] = clock_h, done
            elapsed = bar.tasks[0].elapsed or 0.0
            rate = sum(events.values()) / elapsed if elapsed > 0 else 0.0
            detail = f"day {clock_h / 24:,.0f} of replication {replication + 1}/{total} · {rate:,.0f} events/s"
            bar.update(task, completed=sum(hours.values()), detail=detail)

        yield update
