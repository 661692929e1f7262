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
        from sim.report import notebook
        from sim.scenario.plan import Plan
        from sim.store import Study

        if isinstance(what, Study):
            return notebook.study_html(what.folder) if what.folder.is_dir() else None
        if isinstance(what, Comparison):
            folders = [study.folder for study in what.others]
            return notebook.comparison_html(what.base.folder, folders, what.contrasts) if what.base.folder.is_dir() else None
        if isinstance(what, Checks):
            return notebook.checks_html(what)
        if isinstance(what, CheckVerdict):
            return notebook.checks_html([what])
        if isinstance(what, Plan):
            from sim.api.loading import size_of

            return notebook.plan_html(what, size_of(what))
        return None

    def plots(self, study: Any) -> tuple[str, ...]:
        """Names of a study's figures."""
        from sim.report.notebook import study_figures

        return tuple(study_figures(study.folder))

    def plot(self, study: Any, name: str) -> Any:
        """A figure of a study."""
        from sim.report.notebook import study_figures

        known = study_figures(study.folder)
        if not known:
            raise UsageError(f"{study.name} has nothing to draw")
        if name and name not in known:
            hint = did_you_mean(name, known) or f"there are {', '.join(known)}"
            raise UsageError(f"{study.name} has no figure '{name}'; {hint}")
        return known[name or next(iter(known))]()

    def differences(self, comparison: Any) -> Any:
        """The figure of a comparison."""
        from sim.report.figures_notebook import differences_figure
        from sim.report.notebook import named_contrasts

        base, named = named_contrasts(comparison.base.folder, [s.folder for s in comparison.others], comparison.contrasts)
        return differences_figure(base, named)
