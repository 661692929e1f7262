"""What people see of stored results: pages and terminal text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.analysis.compare import Comparison
    from sim.report.console import ConsoleText
    from sim.store import Study


def report(study: Study | Path | str, out: Path | str | None = None) -> Path:
    """Draw the report of stored results again.

    Parameters
    ----------
    study
        A study or its folder.
    out
        File to write; report.html in the run folder by default.
    """
    from sim.report.page import write_report

    folder = Path(study) if isinstance(study, (str, Path)) else study.folder
    return write_report(folder, None if out is None else Path(out))


def run_text(study: Study) -> ConsoleText:
    """Sentences and measure table of a study, as a terminal shows them."""
    from sim.report.console import run_text as text

    return text(study.folder)


def comparison_text(found: Comparison) -> ConsoleText:
    """Sentences and tables of a comparison, as a terminal shows them."""
    from sim.report.console import comparison_text as text
    from sim.report.together import Together

    together = Together(found.standing, found.pairs)
    return text(found.base.folder, [s.folder for s in found.others], found.contrasts, together)
