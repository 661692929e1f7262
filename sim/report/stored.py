"""Whatever is stored, as the page that tells it: the one source of slides, paper, Markdown, pictures and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import UsageError
from sim.language import say
from sim.report.panel import Panel
from sim.report.render import Page

if TYPE_CHECKING:
    from sim.report.together import Together

KINDS = {"run": "manifest.json", "comparison": "comparison.json", "sweep": "sweep.json"}


@dataclass(frozen=True)
class Stored:
    """A page, what it is of, and where its results lie."""

    kind: str  # a key of `KINDS`
    folder: Path
    page: Page

    @property
    def panels(self) -> tuple[Panel, ...]:
        """All panels in reading order."""
        return (*(panel for section in self.page.sections for panel in section.panels), *self.page.sure_panels)

    @property
    def figures(self) -> dict[str, Panel]:
        """Those that draw something, by name."""
        return {panel.name: panel for panel in self.panels if panel.figure is not None}


def stored_in(folder: Path) -> Stored:
    """What a folder of results holds.

    Raises
    ------
    UsageError
        If it holds no run, comparison or sweep.
    """
    for kind, name in KINDS.items():
        if (folder / name).is_file():
            return {"run": stored_run, "comparison": _stored_comparison, "sweep": stored_sweep}[kind](folder)
    raise UsageError(say("{folder} holds no results: none of {files} is there", folder=folder, files=", ".join(KINDS.values())))


def stored_run(folder: Path) -> Stored:
    """A run."""
    from sim.report.read import read_run
    from sim.report.run_page import run_page

    return Stored("run", folder, run_page(read_run(folder)))


def stored_sweep(folder: Path) -> Stored:
    """A sweep."""
    from sim.analysis.sweep_results import SweepResults
    from sim.report.sweep_page import sweep_page

    return Stored("sweep", folder, sweep_page(SweepResults(folder)))


def stored_comparison(
    base: Path, others: Sequence[Path], differences: Sequence[Any], together: Together | None, folder: Path
) -> Stored:
    """A comparison of run folders, with the differences that were found."""
    from sim.report.comparison_page import comparison_page
    from sim.report.contrast import contrast_of
    from sim.report.read import read_run

    contrasts = [contrast_of(entry) for entry in differences]
    page = comparison_page(read_run(base), [read_run(other) for other in others], contrasts, together)
    return Stored("comparison", folder, page)


def _stored_comparison(folder: Path) -> Stored:
    """A comparison from its own folder."""
    from sim.report.comparison_page import comparison_page
    from sim.report.stored_comparison import read_comparison

    found = read_comparison(folder)
    return Stored("comparison", folder, comparison_page(found.base, found.others, found.contrasts, found.together, found.command))
