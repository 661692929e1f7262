"""What a notebook shows of plans, studies, comparisons and checks; see `sim.display` for how they get here."""

from __future__ import annotations

from typing import Any

from sim.errors import UsageError, did_you_mean


class Notebook:
    """Draws results with the report's own words, tables and figures."""

    def html(self, what: Any) -> str | None:
        """A short piece of HTML: the headline and the measure table of the report."""
        from sim.analysis.baseline import Checks, CheckVerdict
        from sim.analysis.compare import Comparison
        from sim.analysis.sweep_results import SweepResults
        from sim.report import notebook
        from sim.scenario.plan import Plan
        from sim.store import Study

        if isinstance(what, Study):
            return notebook.study_html(what.folder) if what.folder.is_dir() else None
        if isinstance(what, Comparison):
            folders = [study.folder for study in what.others]
            return notebook.comparison_html(what.base.folder, folders, what.contrasts) if what.base.folder.is_dir() else None
        if isinstance(what, SweepResults):
            return notebook.sweep_html(what.folder) if (what.folder / "sweep.json").is_file() else None
        if isinstance(what, Checks):
            return notebook.checks_html(what)
        if isinstance(what, CheckVerdict):
            return notebook.checks_html([what])
        if isinstance(what, Plan):
            from sim.api.loading import size_of

            return notebook.plan_html(what, size_of(what))
        return None

    def figures(self, what: Any) -> dict[str, str]:
        """Names of the figures, each with its message."""
        from sim.analysis.compare import Comparison
        from sim.language import say

        named = {name: panel.title for name, panel in _stored(what).figures.items()}
        own = {"differences": say("Paired differences of the headline measures")} if isinstance(what, Comparison) else {}
        return own | named

    def plot(self, what: Any, name: str) -> Any:
        """A figure of a study, a comparison or a sweep."""
        from sim.language import say
        from sim.report.figures_notebook import standing_alone

        stored = _stored(what)
        known, called = stored.figures, getattr(what, "name", "") or stored.folder.name
        if not known:
            raise UsageError(say("{name} has nothing to draw", name=called))
        if name and name not in known:
            hint = did_you_mean(name, known) or say("there are {names}", names=", ".join(known))
            raise UsageError(say("{name} has no figure '{figure}'; {hint}", name=called, figure=name, hint=hint))
        return standing_alone(known[name or next(iter(known))])

    def differences(self, comparison: Any) -> Any:
        """The differences of a comparison."""
        from sim.report.figures_notebook import differences_figure
        from sim.report.notebook import named_contrasts

        base, named = named_contrasts(comparison.base.folder, [s.folder for s in comparison.others], comparison.contrasts)
        return differences_figure(base, named)


_kept: dict[tuple[Any, ...], Any] = {}  # the last pages, as a notebook asks for one figure after the other


def _stored(what: Any) -> Any:
    """The page of results, kept until its files change or other results are asked for."""
    from sim.api.exporting import stored_of
    from sim.language import language

    sides = [what.base, *what.others] if hasattr(what, "contrasts") else [what]
    files = [side.folder / name for side in sides for name in ("manifest.json", "sweep.json")]
    times = tuple((str(file), file.stat().st_mtime_ns) for file in files if file.is_file())
    key = (language(), times, id(what) if hasattr(what, "contrasts") else 0)
    if key not in _kept:
        while len(_kept) > 1:
            del _kept[next(iter(_kept))]
        _kept[key] = (stored_of(what), what)  # with what it is of, so that its id stays its own
    return _kept[key][0]
