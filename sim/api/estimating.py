"""Every kind of interval of a stored run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.api.loading import open_study

if TYPE_CHECKING:
    from sim.report.console import ConsoleText
    from sim.store import Study


def intervals(
    study: Study | Path | str, kpis: Sequence[str] = (), groups: Sequence[str] = (), kinds: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Intervals of a run as plain data: means, ratios of sums, pooled quantiles, probabilities of meeting a target.

    Parameters
    ----------
    study
        A study or its folder.
    kpis
        Measures by id or beginning; by default the headline measures, the quantiles and what has a target.
    groups
        Groups such as 'segment=enterprise'; by default the whole run and the groups of targets.
    kinds
        'mean', 'ratio', 'pooled' or 'probability'; all by default.

    Raises
    ------
    UsageError
        If the run has no intervals, or not what is asked for.
    """
    from sim.report.intervals_text import chosen_intervals

    rows = chosen_intervals(_opened(study), kpis, groups, kinds)
    return [{name: _plain(row[name].item()) for name in rows.dtype.names} for row in rows]


def intervals_text(
    study: Study | Path | str, kpis: Sequence[str] = (), groups: Sequence[str] = (), kinds: Sequence[str] = ()
) -> ConsoleText:
    """The same as a terminal shows it."""
    from sim.report.intervals_text import intervals_text as text

    return text(_opened(study), kpis, groups, kinds)


def _opened(study: Study | Path | str) -> Study:
    return open_study(study) if isinstance(study, (str, Path)) else study


def _plain(value: Any) -> Any:
    return None if value != value else value
