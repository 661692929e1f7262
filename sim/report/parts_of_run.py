"""The parts of a run's report in reading order: each figure is drawn by a function from results to panels.

A new figure is one more name in this table; report, notebook, gallery and exports all draw from it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sim.language import say, term
from sim.report import palette as c
from sim.report import text, titles
from sim.report.figures_contact import halfhour_panels
from sim.report.figures_kinds import kinds_panels
from sim.report.figures_loops import loops_panel
from sim.report.figures_money import money_panel
from sim.report.figures_parts import fill_panel, owed_panel, parts_panel
from sim.report.figures_places import points_panel, regions_panel
from sim.report.figures_precision import precision_panels
from sim.report.figures_stock import stock_panels
from sim.report.figures_theory import theory_panel
from sim.report.figures_time import Curve, curve_panel, daily_panels, stage_panel
from sim.report.figures_week import weekhour_panels
from sim.report.map import map_panel
from sim.report.panel import Panel
from sim.report.read import RunResults

MOST_CURVES = 4
_OTHER_CLOCK = 0.03  # a share within the promise that differs by more from the curve is of another clock

Draw = Callable[[RunResults], Sequence[Panel | None]]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the page: fixed name, heading, and what is drawn in it."""

    name: str
    heading: str
    draws: tuple[Draw, ...]


def stage_panels(run: RunResults) -> list[Panel]:
    """Mean time in each step of a repair order, also by segment."""
    stages = run.table("stages")
    if not sum(titles.stage_sums(stages).values()) > 0:
        return []
    groups = [g for g in dict.fromkeys(stages.text("group")) if g.startswith("segment=")]
    rows = [(say("All orders"), stages, "all")]
    if len(groups) > 1:
        rows += [(g.split("=", 1)[1], stages, g) for g in groups[:5]]
    return [stage_panel(rows, titles.time_title(stages), say("Mean time in each step of a repair order"))]


def curve_panels(run: RunResults) -> list[Panel]:
    """Share of orders finished by turnaround, with the promise."""
    if not run.table("tat").where(group="all"):
        return []
    title, confidence = titles.curve_title(run), text.confidence_text(run)
    return [curve_panel(_curves(run), run.tat_limit_h, title, confidence, word=run.tat_limit_word)]


def _curves(run: RunResults) -> list[Curve]:
    tat = run.table("tat")
    groups = [g for g in dict.fromkeys(tat.text("group")) if g.startswith("segment=")]
    curves = []
    shared = set(run.promises.values())
    only = shared.pop() if len(shared) == 1 else float("nan")
    if len(groups) < 2:
        return [Curve.of(tat, "all", say("all orders"), c.BLUE, promise_h=only)]
    curves.append(Curve.of(tat, "all", say("all orders"), c.BASE))
    for i, group in enumerate(groups[:MOST_CURVES]):
        name = group.split("=", 1)[1]
        promise = run.promises.get(name, float("nan"))
        kept = run.measure("tat.within_promise", group)
        if kept is not None and abs(titles.share_within(tat, promise, group) - kept.mean) > _OTHER_CLOCK:
            promise = float("nan")  # it is counted on another clock, such as working days
        curves.append(Curve.of(tat, group, name, c.SERIES[i], c.DASHES[i], promise))
    return curves


def _some(draw: Callable[[RunResults], Panel | None]) -> Draw:
    """A function of one panel or none as one of several."""

    def panels(run: RunResults) -> list[Panel]:
        found = draw(run)
        return [] if found is None else [found]

    panels.__doc__ = draw.__doc__
    return panels


def _sure(draw: Callable[[RunResults, str], Panel | None]) -> Draw:
    """The same for functions that name the confidence of their intervals."""

    def panels(run: RunResults) -> list[Panel]:
        found = draw(run, text.confidence_text(run))
        return [] if found is None else [found]

    panels.__doc__ = draw.__doc__
    return panels


PARTS = (
    Part("time", term("Where the time goes"), (stage_panels, curve_panels)),
    Part("places", term("Where it hurts"), (_sure(points_panel), _sure(regions_panel), _some(map_panel))),
    Part("parts", term("Parts"), (_some(parts_panel), _some(fill_panel), _some(owed_panel), stock_panels)),
    Part("contacts", term("Contact centres"), (halfhour_panels, kinds_panels)),
    Part("week", term("People by hour of the week"), (weekhour_panels,)),
    Part("loops", term("Loops"), (_some(loops_panel),)),
    Part("money", term("Money"), (_some(money_panel),)),
    Part("precision", term("Uncertainty and variance"), (precision_panels,)),
    Part("theory", term("Theory against simulation"), (_some(theory_panel),)),
    Part("course", term("Course of the run"), (daily_panels,)),
)
