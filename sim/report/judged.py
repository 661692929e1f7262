"""Verdicts on places: service points and regions against the limit, by the interval of each, as marks that differ in shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.analysis.estimate import MET, MISSED, NOT_SHOWN, Estimate, verdict
from sim.language import say
from sim.report import format as fmt
from sim.report import palette as c
from sim.report.growth import is_growing
from sim.report.panel import Legend
from sim.report.read import RunResults


@dataclass(frozen=True, slots=True)
class Look:
    """How a class of places is drawn."""

    colour: str
    symbol: str  # Plotly's
    size: int
    mark: str  # the legend's


LOOKS = {
    MET: Look(c.BLUE, "circle", 9, "circle"),
    NOT_SHOWN: Look(c.ORANGE, "triangle-up", 10, "triangle"),
    MISSED: Look(c.VERMILLION, "diamond", 11, "diamond"),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """The limit that places are judged by."""

    limit_h: float | None
    word: str = "limit"  # or 'promise'
    growing: bool = False  # then nothing is shown

    @classmethod
    def of(cls, run: RunResults) -> Rule:
        """The rule of a run."""
        return cls(run.tat_limit_h, run.tat_limit_word, is_growing(run))

    @property
    def text(self) -> str:
        """'the limit of 144 h', '' without a limit."""
        if self.limit_h is None:
            return ""
        value = fmt.set_hours(self.limit_h)
        return say("the promise of {value}", value=value) if self.word == "promise" else say("the limit of {value}", value=value)

    def judge(self, value_h: float, half_width_h: float) -> str:
        """The verdict on one place; a half-width of NaN stands for no interval."""
        if self.limit_h is None:
            return NOT_SHOWN
        width = half_width_h if half_width_h == half_width_h else None
        return verdict(Estimate(0, value_h, width), None, self.limit_h, growing=self.growing)


def verdict_legend(verdicts: Sequence[str], word: str, *, counts: bool = False) -> tuple[Legend, ...]:
    """One entry a verdict that occurs, with the number of places if wanted."""
    is_promise = word == "promise"
    labels = {
        MET: say("promise met") if is_promise else say("limit met"),
        NOT_SHOWN: say("not shown"),
        MISSED: say("promise missed") if is_promise else say("limit missed"),
    }
    entries = []
    for name, look in LOOKS.items():
        count = list(verdicts).count(name)
        if count:
            label = say("{label} ({n})", label=labels[name], n=fmt.number(count)) if counts else labels[name]
            entries.append(Legend(label, look.colour, look.mark))
    return tuple(entries)
