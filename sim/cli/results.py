"""Results in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.language import say, term

if TYPE_CHECKING:
    from rich.console import Console

    from sim.api import ConsoleText, Study, TextTable

_STYLES = {term("✓ met"): "green", term("✗ missed"): "red", term("? not shown"): "yellow"}


def end_study(study: Study, as_json: bool, no_report: bool) -> int:
    """Draw the report of a study, print its result, and give the exit code."""
    from sim import api
    from sim.cli.console import echo, print_json, stdout, tell

    page = None if no_report else api.report(study.folder)
    if as_json:
        print_json(study.summary)
    else:
        print_text(stdout(), api.run_text(study))
        echo("")
        tell("results", study.folder)
        if page is not None:
            tell("report", page)
    return 1 if api.has_missed(study) else 0


def print_text(console: Console, text: ConsoleText) -> None:
    """Headline in bold, the other sentences, then the tables."""
    from rich.text import Text

    from sim.cli.console import printable

    for i, sentence in enumerate(text.sentences):
        console.print(Text(printable(sentence), style="bold" if i == 0 else ""))
    for table in text.tables:
        if table.rows:
            _print_table(console, table)


def _print_table(console: Console, table: TextTable) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from sim.cli.console import printable

    title = Text(printable(table.title)) if table.title else None
    drawn = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for i, head in enumerate(table.heads):
        drawn.add_column(Text(printable(head)), justify="left" if i < table.left else "right", overflow="fold")
    styles = {say(verdict): style for verdict, style in _STYLES.items()}
    for row in table.rows:
        drawn.add_row(*(Text(printable(cell), style=styles.get(cell, "")) for cell in row))
    console.print(drawn)
