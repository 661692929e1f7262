"""Reports as files: one self-contained HTML page per run or comparison, drawn from stored results alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sim.report.read import read_run

if TYPE_CHECKING:
    pass


def write_report(run_folder: Path, out: Path | None = None) -> Path:
    """Draw the report of one run.

    Parameters
    ----------
    run_folder
        Folder with manifest.json, summary.json and the tidy CSVs.
    out
        Where to write; report.html in the run folder by default.

    Returns
    -------
    Path
        The file written. Same results give the same bytes.

    Raises
    ------
    UsageError
        If the folder is not a run folder.
    """
    from sim.report.render import write_page
    from sim.report.run_page import run_page

    return write_page(run_page(read_run(run_folder)), out if out is not None else run_folder / "report.html")


def write_stored_comparison(folder: Path, out: Path | None = None) -> Path:
    """Draw the report of a comparison from its folder.

    Parameters
    ----------
    folder
        Folder with comparison.json, which names the run folders.
    out
        Where to write; report.html in that folder by default.

    Raises
    ------
    UsageError
        If the folder holds no comparison, or one of its runs is missing or has changed.
    """
    from sim.report.appendix import folder_tables
    from sim.report.comparison_page import comparison_page
    from sim.report.render import write_page
    from sim.report.stored_comparison import read_comparison

    found = read_comparison(folder)
    page = comparison_page(found.base, found.others, found.contrasts, found.together, found.command)
    page = replace(page, tables=folder_tables(folder), name=folder.resolve().name)
    return write_page(page, out if out is not None else folder / "report.html")
