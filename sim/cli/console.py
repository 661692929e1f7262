"""What the terminal shows: results to stdout, progress and faults to stderr; plain text where there is no terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sim.language import LANGUAGES, say, say_count, speaking

if TYPE_CHECKING:
    from rich.console import Console

    from sim.errors import Fault


_Command = TypeVar("_Command", bound=Callable[..., Any])


def lang_option(command: _Command) -> _Command:
    """Give a verb `--lang`: everything it says of results, on the terminal and in files, is said in that language."""

    def speak(ctx: click.Context, _: click.Parameter, lang: str) -> None:
        ctx.with_resource(speaking(lang))

    return click.option(
        "--lang",
        type=click.Choice(list(LANGUAGES)),
        default="en",
        show_default=True,
        envvar="SPARESIM_LANG",
        expose_value=False,
        callback=speak,
        help="Language of results: English or Simplified Chinese.",
    )(command)


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
    click.echo(say_count("{n} fault found; nothing was run", "{n} faults found; nothing was run", count), err=True)


def print_warnings(warnings: tuple[str, ...] | list[str], limit: int = 8) -> None:
    """Warnings of the static check to stderr."""
    if not warnings:
        return
    from sim import api

    for text in warnings[:limit]:
        click.echo(say("warning: {text}", text=api.warning_text(text)), err=True)
    if len(warnings) > limit:
        more = say("and {n} more; see `{command}`", n=len(warnings) - limit, command="sparesim validate")
        click.echo(say("warning: {text}", text=more), err=True)
