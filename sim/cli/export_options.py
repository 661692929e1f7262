"""Options of `sparesim report` for other forms than the page; with any of them the page itself is not drawn."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from sim.cli.console import tell

_Command = TypeVar("_Command", bound=Callable[..., Any])
_FILE = click.Path(dir_okay=True, path_type=Path)
_OWN = ("pdf", "pptx", "figure", "table", "form", "width", "height", "scale")
_IN_PLACE = Path("")  # the option without a file


def export_options(command: _Command) -> _Command:
    """Give a verb with `runs` and `out` the options of the other forms."""

    @wraps(command)
    def export_or_call(runs: tuple[Path, ...], out: Path | None, **given: Any) -> Any:
        asked = {name: given.pop(name) for name in _OWN}
        if all(value is None for value in asked.values()):
            return command(runs=runs, out=out, **given)
        if len(runs) > 1:
            raise click.UsageError("other forms than the page go with one run, comparison or sweep")
        return _export(runs[0], out, **asked)

    made: Any = export_or_call
    for option in reversed(_options()):
        made = option(made)
    return made  # type: ignore[no-any-return]


def _options() -> list[Callable[[Any], Any]]:
    whole: dict[str, Any] = {"is_flag": False, "flag_value": _IN_PLACE, "type": _FILE, "metavar": "[FILE]"}
    return [
        click.option(
            "--pdf", **whole, help="Print the page to PDF (default report.pdf in the folder); needs Chromium or Chrome."
        ),
        click.option("--pptx", **whole, help="Make PowerPoint slides with native charts; needs the extra 'export'."),
        click.option("--figure", metavar="NAME", help="Draw one figure as SVG or PNG to --out; 'list' names them."),
        click.option("--table", metavar="NAME", help="Write one table as CSV to --out; 'list' names them."),
        click.option(
            "--format",
            "form",
            type=click.Choice(["html", "md", "svg", "png"]),
            help="md: Markdown for merge requests to --out ('-': the terminal); svg, png: of --figure.",
        ),
        click.option("--width", type=int, help="Of a figure, in pixels.  [default: 900]"),
        click.option("--height", type=int, help="Of a figure, in pixels."),
        click.option("--scale", type=float, help="Pixels of a PNG for one of --width.  [default: 2]"),
    ]


def _export(folder: Path, out: Path | None, **asked: Any) -> None:
    """Make what was asked for, one line each."""
    from sim import api

    pdf, pptx, figure, table, form = (asked[name] for name in ("pdf", "pptx", "figure", "table", "form"))
    size = {name: asked[name] for name in ("width", "height", "scale")}
    if figure is None and (form in ("svg", "png") or any(value is not None for value in size.values())):
        raise click.UsageError("--format svg and png, --width, --height and --scale go with --figure NAME ('list' names them)")
    if figure is not None and form in ("md", "html"):
        raise click.UsageError("a figure is drawn as svg or png")
    if sum((figure is not None, table is not None, form in ("md", "html"))) > 1:
        raise click.UsageError("--figure, --table and --format md each go alone: they share --out")
    for option, file in (("--pdf", pdf), ("--pptx", pptx)):
        if file is not None and file != _IN_PLACE and file.is_dir():
            raise click.UsageError(f"{option} {file} is a folder: name a file, or put {option} behind the folders of results")
    if figure == "list":
        _print_names(api.figure_names(folder))
    elif figure is not None:
        tell("figure", api.export_figure(folder, figure, out, format=form, **size))
    if table == "list":
        _print_names(api.table_names(folder))
    elif table is not None:
        tell("table", api.export_table(folder, table, out))
    if form == "md":
        _markdown(folder, out)
    elif form == "html":
        tell("report", api.report(folder, out))
    if pdf is not None:
        tell("pdf", api.export_pdf(folder, None if pdf == _IN_PLACE else pdf))
    if pptx is not None:
        tell("pptx", api.export_slides(folder, None if pptx == _IN_PLACE else pptx))


def _markdown(folder: Path, out: Path | None) -> None:
    from sim import api

    if out is not None and str(out) != "-":
        tell("markdown", api.export_markdown(folder, out))
    elif out is None:
        tell("markdown", api.export_markdown(folder))
    else:
        click.echo(api.markdown(folder), nl=False)


def _print_names(names: dict[str, str]) -> None:
    wide = max((len(name) for name in names), default=0)
    for name, shows in names.items():
        click.echo(f"{name:<{wide}}  {' '.join(shows.split())}")
