"""Stored results in other forms than a page: PDF, PowerPoint, pictures of figures, tables, Markdown.

Each function takes a study, a comparison or a sweep, or the folder of one, and speaks the language of `lang`, else the one spoken
(`sim.language.speaking`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from sim.analysis.compare import Comparison
    from sim.analysis.sweep_results import SweepResults
    from sim.report.stored import Stored
    from sim.store import Study

    Results: TypeAlias = Study | Comparison | SweepResults | Path | str

FORMATS = ("html", "pdf", "pptx", "md")


@contextmanager
def _stored(what: Results, lang: str | None) -> Iterator[Stored]:
    """The page of results, in a language."""
    from sim.language import language, speaking

    with speaking(lang or language()):
        yield stored_of(what)


def stored_of(what: Results) -> Stored:
    """Results as the page that tells them."""
    from sim.analysis.compare import Comparison
    from sim.report.stored import stored_comparison, stored_in
    from sim.report.together import Together

    if isinstance(what, (str, Path)):
        return stored_in(Path(what))
    if isinstance(what, Comparison):
        folders = [study.folder for study in what.others]
        together = Together(what.standing, what.pairs)
        return stored_comparison(what.base.folder, folders, what.contrasts, together, what.folder or Path("."))
    return stored_in(what.folder)


def export_pdf(what: Results, out: Path | str | None = None, lang: str | None = None) -> Path:
    """The report on paper (A4, at most eight sheets); report.pdf in the folder by default. Needs Chromium or Chrome.

    Raises
    ------
    UsageError
        If there is no browser (`SPARESIM_CHROMIUM` may name its program).
    """
    from sim.report.exports import write_pdf

    with _stored(what, lang) as stored:
        return write_pdf(stored, _path(out))


def export_slides(what: Results, out: Path | str | None = None, lang: str | None = None) -> Path:
    """PowerPoint slides with charts that can be edited; report.pptx in the folder by default. Needs the extra 'export'.

    Raises
    ------
    UsageError
        If python-pptx is not installed.
    """
    from sim.report.exports import write_slides

    with _stored(what, lang) as stored:
        return write_slides(stored, _path(out))


def export_markdown(what: Results, out: Path | str | None = None, lang: str | None = None) -> Path:
    """Markdown for a merge request; report.md in the folder by default."""
    from sim.report.exports import write_markdown

    with _stored(what, lang) as stored:
        return write_markdown(stored, _path(out))


def markdown(what: Results, lang: str | None = None) -> str:
    """The Markdown itself."""
    from sim.report.markdown import markdown_of

    with _stored(what, lang) as stored:
        return markdown_of(stored)


def export_figure(
    what: Results,
    name: str,
    out: Path | str | None = None,
    *,
    format: str | None = None,
    width: int | None = None,
    height: int | None = None,
    scale: float | None = None,
    lang: str | None = None,
) -> Path:
    """One figure as SVG or PNG, title and legend drawn in; NAME.svg here by default. Needs Chromium or Chrome.

    Parameters
    ----------
    what, name
        Results, and one of `figure_names`.
    out
        File.
    format
        'svg' or 'png'; by default as the file ends.
    width, height
        In CSS pixels.
    scale
        Pixels of a PNG for one CSS pixel, 2 by default.
    lang
        'en' or 'zh'.
    """
    from sim.report.exports import write_picture

    with _stored(what, lang) as stored:
        return write_picture(stored, name, _path(out), kind=format, width=width, height=height, scale=scale)


def figure_names(what: Results, lang: str | None = None) -> dict[str, str]:
    """Names of the figures in the order of the report, each with its message."""
    with _stored(what, lang) as stored:
        return {name: panel.title for name, panel in stored.figures.items()}


def export_table(what: Results, name: str, out: Path | str | None = None, lang: str | None = None) -> Path:
    """One table as CSV; NAME.csv of the working folder by default.

    Parameters
    ----------
    what, name
        Results, and one of `table_names`.
    out
        File.
    lang
        'en' or 'zh'.
    """
    from sim.report.plain_tables import table_named, write_table

    with _stored(what, lang) as stored:
        return write_table(table_named(stored, name), _path(out) or Path(f"{name}.csv"))


def table_names(what: Results, lang: str | None = None) -> dict[str, str]:
    """Names of the tables: measures, those behind figures (shown-NAME), appendices, tidy files; each with what it holds."""
    from sim.report.plain_tables import tables_of

    with _stored(what, lang) as stored:
        return {name: table.shows for name, table in tables_of(stored).items()}


def export(what: Any, format: str, out: Path | str | None = None, lang: str | None = None) -> Path:
    """Results as 'pdf', 'pptx' or 'md'.

    Raises
    ------
    UsageError
        If the format is none of these.
    """
    from sim.errors import UsageError

    makers = {"pdf": export_pdf, "pptx": export_slides, "md": export_markdown}
    if format not in makers:
        raise UsageError(f"unknown format '{format}'; formats are {', '.join(FORMATS)}")
    return makers[format](what, out, lang)


def _path(out: Path | str | None) -> Path | None:
    return None if out is None else Path(out)
