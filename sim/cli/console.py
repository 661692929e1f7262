"""What the terminal shows: results to stdout, progress and faults to stderr; plain text where there is no terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sim.assets import ASSETS, using_assets
from sim.language import LANGUAGES, say, say_count, speaking, term

if TYPE_CHECKING:
    from rich.console import Console

    from sim.errors import Fault


_Command = TypeVar("_Command", bound=Callable[..., Any])


def lang_option(command: _Command) -> _Command:
    """Give a verb `--lang`: everything it says of results, on the terminal and in files, is said in that language."""
    words = "Language of results: English or Simplified Chinese."
    return _setting("--lang", LANGUAGES, speaking, words, envvar="SPARESIM_LANG")(command)


def assets_option(command: _Command) -> _Command:
    """Give a verb `--assets`: pages that it writes hold the drawing library, or share one file."""
    words = "Drawing library (4.8 MB): inside each page, or once in the folder assets/ beside the reports."
    return _setting("--assets", ASSETS, using_assets, words)(command)


def _setting(
    name: str, choices: Iterable[str], use: Callable[[str], AbstractContextManager[None]], words: str, **more: Any
) -> Callable[[_Command], _Command]:
    """An option that holds while the verb runs and is no argument of it; the first choice is the default."""
    values = list(choices)

    def hold(ctx: click.Context, _: click.Parameter, value: str) -> None:
        ctx.with_resource(use(value))

    held: dict[str, Any] = {
        "type": click.Choice(values),
        "default": values[0],
        "show_default": True,
        "expose_value": False,
        "callback": hold,
    }
    return click.option(name, help=words, **held, **more)


# What moves the cursor, colours, rings or turns the direction of writing, as signs that stand for it; tab and line end may stay.
_HIDDEN = {code: 0x2400 + code for code in range(32) if code not in (9, 10)} | {0x7F: 0x2421}
_HIDDEN |= dict.fromkeys(
    (*range(0x80, 0xA0), 0x61C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A), *range(0xD800, 0xE000)), 0xFFFD
)


def printable(text: str) -> str:
    """A text whose names cannot steer the terminal: control characters become signs that stand for them.

    Examples
    --------
    >>> printable("\x1b[2J\u202eevil")
    '␛[2J�evil'
    """
    return text.translate(_HIDDEN)


def echo(text: str, err: bool = False, nl: bool = True) -> None:
    """Print a text that may hold names of the scenario."""
    click.echo(printable(text), err=err, nl=nl)


_LABELS = {
    "results": term("results"),
    "report": term("report"),
    "what if": term("what if"),
    "replay": term("replay"),
    "figure": term("figure"),
    "table": term("table"),
    "log": term("log"),
    "events": term("events"),
    "pdf": "pdf",
    "pptx": "pptx",
    "markdown": "markdown",
}


def tell(label: str, what: object) -> None:
    """One line that says where something was written; the files stand below each other."""
    from rich.cells import cell_len

    said = say(_LABELS[label])
    echo(f"{said}{' ' * max(1, 9 - cell_len(said))}{what}")


def stdout() -> Console:
    """Console for results; never coloured or wrapped by width when it is not a terminal."""
    from rich.console import Console

    return Console(
        file=sys.stdout, width=None if sys.stdout.isatty() else 140, highlight=False, soft_wrap=not sys.stdout.isatty()
    )


def print_json(value: Any) -> None:
    """One JSON document to stdout; what would steer a terminal is escaped, so that the document stays the same."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    click.echo("".join(f"\\u{ord(c):04x}" if ord(c) in _HIDDEN else c for c in text) if not text.isascii() else text)


def print_faults(faults: list[Fault]) -> None:
    """All faults with carets to stderr, then their number."""
    for fault in faults:
        echo(fault.with_caret(), err=True)
    count = len(faults)
    echo(say_count("{n} fault found; nothing was run", "{n} faults found; nothing was run", count), err=True)


def print_warnings(warnings: tuple[str, ...] | list[str], limit: int = 8) -> None:
    """Warnings of the static check to stderr."""
    if not warnings:
        return
    from sim import api

    for text in warnings[:limit]:
        echo(say("warning: {text}", text=api.warning_text(text)), err=True)
    if len(warnings) > limit:
        more = say("and {n} more; see `{command}`", n=len(warnings) - limit, command="sparesim validate")
        echo(say("warning: {text}", text=more), err=True)
