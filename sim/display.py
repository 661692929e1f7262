"""How results show themselves in a notebook, without the classes of results knowing the report.

The classes (`Study`, `Comparison`, `CheckVerdict`, `Plan`) inherit from here; the package of the verbs, `sim.api`, which may
import everything, says who draws them (`show_with`). Nothing heavy is imported before something is shown.
"""

from __future__ import annotations

from typing import Any, Protocol

from sim.errors import UsageError


class Display(Protocol):
    """Who draws results."""

    def html(self, what: Any) -> str | None:
        """A short, self-contained piece of HTML without scripts; None where there is nothing to show."""
        ...

    def figures(self, what: Any) -> dict[str, str]:
        """Names of the figures in the order of the report, each with what it says."""
        ...

    def plot(self, what: Any, name: str) -> Any:
        """One of them as a Plotly figure."""
        ...

    def differences(self, comparison: Any) -> Any:
        """The differences of a comparison as a Plotly figure."""
        ...


_displays: list[Display] = []


def show_with(display: Display) -> None:
    """Say who draws results, in the place of whoever did so before."""
    _displays[:] = [display]


def _display() -> Display:
    if not _displays:
        raise UsageError("nothing draws results yet: import sim.api first")
    return _displays[0]


class Shown:
    """Something that a notebook shows as a table instead of its `repr`."""

    __slots__ = ()

    def _repr_html_(self) -> str | None:
        """What Jupyter shows; None, which stands for the plain `repr`, where nobody draws."""
        return _displays[0].html(self) if _displays else None


class ShownFigures(Shown):
    """Results with the figures of their report."""

    __slots__ = ()

    @property
    def figures(self) -> dict[str, str]:
        """Names of the figures, in the order of the report, each with what it says (docs/gallery.md shows them all)."""
        return _display().figures(self)

    @property
    def plots(self) -> tuple[str, ...]:
        """Names of the figures: `stages`, `tat`, `points`, `money` and more, where there is data."""
        return tuple(self.figures)

    def plot(self, name: str = "") -> Any:
        """One figure of the report as a Plotly figure, with title and legend drawn in.

        Parameters
        ----------
        name
            One of `figures`, the first by default.

        Raises
        ------
        UsageError
            If there is no figure of that name.
        """
        return _display().plot(self, name)


class ShownStudy(ShownFigures):
    """A study with the figures of its report."""

    __slots__ = ()


class ShownSweep(ShownFigures):
    """A sweep with the figures of its page."""

    __slots__ = ()


class ShownComparison(ShownFigures):
    """A comparison with the figures of its page, and one of its differences."""

    __slots__ = ()

    def plot(self, name: str = "differences") -> Any:
        """A figure of the comparison as a Plotly figure.

        Parameters
        ----------
        name
            One of `figures`. By default `differences`: paired differences of the headline measures in percent of the baseline,
            with their intervals.

        Raises
        ------
        UsageError
            If there is no figure of that name.
        """
        return _display().differences(self) if name in ("", "differences") else _display().plot(self, name)
