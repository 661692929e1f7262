"""What people see of stored results: pages and terminal text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.analysis.compare import Comparison
    from sim.experiment.single import Replication
    from sim.report.console import ConsoleText
    from sim.store import Study


def report(study: Study | Path | str, out: Path | str | None = None, lang: str | None = None, assets: str | None = None) -> Path:
    """Draw the report of stored results again.

    Parameters
    ----------
    study
        A study or its folder, or the folder of a comparison or of a sweep.
    out
        File to write; report.html in the folder by default (sweep.html of a sweep).
    lang
        'en' or 'zh'; by default the language that is spoken (see `sim.language.speaking`), English unless told otherwise.
    assets
        'inline' or 'shared': the drawing library inside the page, or once in the folder `assets` beside the reports (for a run
        folder beside that folder). By default what is in use (see `sim.assets.using_assets`), inline unless told otherwise.
    """
    from sim.assets import assets as used
    from sim.assets import using_assets
    from sim.language import language, speaking
    from sim.report.page import write_report, write_stored_comparison

    folder = Path(study) if isinstance(study, (str, Path)) else study.folder
    place = None if out is None else Path(out)
    with speaking(lang or language()), using_assets(assets or used()):
        kind = kind_of(folder)
        if kind == "comparison":
            return write_stored_comparison(folder, place)
        if kind == "sweep":
            from sim.api.sweeping import sweep_report

            return sweep_report(folder, place)
        return write_report(folder, place)


def kind_of(folder: Path) -> str:
    """What a folder of results holds: 'run', 'comparison' or 'sweep'.

    Raises
    ------
    UsageError
        If it holds none of these.
    """
    from sim.errors import UsageError

    files = {"run": "manifest.json", "comparison": "comparison.json", "sweep": "sweep.json"}
    for kind, name in files.items():
        if (folder / name).is_file():
            return kind
    if (folder / "selection.json").is_file():
        raise UsageError(f"{folder} holds a selection, which has no page; its runs have: `sparesim report` of their folders")
    raise UsageError(f"{folder} holds no results: none of {', '.join(files.values())} is there")


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


def warning_text(text: str) -> str:
    """A warning of the static check, stored in English, in the language spoken."""
    from sim.report.warnings_text import warning_text as said

    return said(text)


def replication_text(found: Replication) -> ConsoleText:
    """Measures of one replication, as a terminal shows them."""
    from sim.report.replication_text import replication_text as text

    return text(found.name, found.number, found.currency, found.kpis)


def stress(study: Study | Path | str, others: Sequence[Study | Path | str] = ()) -> str:
    """The STRESS-DES checklist of a run as Markdown, filled in from its plan and results.

    Parameters
    ----------
    study
        A study or its folder: the base model.
    others
        Runs of the scenarios that are compared with it.
    """
    from sim.report.stress import stress_markdown

    folders = [Path(one) if isinstance(one, (str, Path)) else one.folder for one in (study, *others)]
    return stress_markdown(folders[0], folders[1:])


def write_text(path: Path | str, text: str) -> None:
    """Write a text whole or not at all.

    Raises
    ------
    UsageError
        If the file cannot be written.
    """
    from sim.store import write_output

    write_output(Path(path), text.encode())
