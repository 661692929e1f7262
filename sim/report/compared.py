"""A comparison as figures take it: baseline, scenarios, differences, and which scenario the page is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.errors import UsageError
from sim.language import say
from sim.report import comparison_text as words
from sim.report import text
from sim.report.contrast import Contrast
from sim.report.read import RunResults
from sim.report.together import Together


@dataclass(frozen=True)
class Compared:
    """Scenarios against a baseline; `chief` is the index of the one that does best by the lead measure."""

    base: RunResults
    others: tuple[RunResults, ...]
    contrasts: tuple[Contrast, ...]
    names: tuple[str, ...]
    short: tuple[str, ...]  # for labels: without the words that all have in common
    chief: int
    together: Together

    @classmethod
    def of(
        cls,
        base: RunResults,
        others: Sequence[RunResults],
        contrasts: Sequence[Contrast],
        together: Together | None = None,
    ) -> Compared:
        """Put together what was read.

        Raises
        ------
        UsageError
            If there is no scenario, or runs and contrasts differ in number.
        """
        if not others or len(others) != len(contrasts):
            raise UsageError(f"a comparison needs one set of differences per scenario, got {len(contrasts)} for {len(others)}")
        chief = words.chief_scenario(base, others, contrasts)
        names = words.display_names(others)
        short, known = words.short_names(base, names), together if together is not None else Together(None)
        return cls(base, tuple(others), tuple(contrasts), names, short, chief, known)

    @property
    def several(self) -> bool:
        """True with two scenarios or more."""
        return len(self.others) > 1

    @property
    def run(self) -> RunResults:
        """The run of the chief scenario."""
        return self.others[self.chief]

    @property
    def contrast(self) -> Contrast:
        """The differences of the chief scenario."""
        return self.contrasts[self.chief]

    @property
    def name(self) -> str:
        """The chief scenario's name for people, shortened where there are several."""
        return self.short[self.chief]

    @property
    def label(self) -> str:
        """What legends call the chief scenario: its name only where there are several."""
        return self.name if self.several else say("scenario")

    @property
    def confidence(self) -> str:
        """'95 %'."""
        return text.confidence_text(self.base)
