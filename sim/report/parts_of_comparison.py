"""The parts of a comparison's page in reading order, as `sim.report.parts_of_run` has those of a run.

A new figure is one more name in this table; one that shows a run alone is wrapped in `of_chief`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sim.language import say, say_count, term
from sim.report import comparison_text as words
from sim.report import format as fmt
from sim.report import palette as c
from sim.report import titles
from sim.report.compared import Compared
from sim.report.figures_centre_change import centre_change_panels
from sim.report.figures_change import cost_change_panel, points_change_panel, regions_change_panel, utilisation_change_panel
from sim.report.figures_frontier import PlanPoint, frontier_panel
from sim.report.figures_loops import loops_moved_panel
from sim.report.figures_parts import parts_panel
from sim.report.figures_time import Curve, curve_panel, stage_panel
from sim.report.judged import Rule
from sim.report.map import map_panel
from sim.report.panel import Grid, Panel
from sim.report.read import RunResults
from sim.report.together import pairs_panel, standing_panel

MOST_SCENARIOS = 5  # drawn in one figure; tables have all
_MOST_OPEN = 12  # rows of a table that is shown unfolded

Draw = Callable[[Compared], Sequence[Panel | None]]


@dataclass(frozen=True, slots=True)
class ComparisonPart:
    """A part of the page: fixed name, heading, and what is drawn in it."""

    name: str
    heading: str
    draws: tuple[Draw, ...]
    of_chief: bool = False  # True: about the chief scenario alone, which the heading then names


def of_chief(draw: Callable[[RunResults], Panel | Sequence[Panel | None] | None]) -> Draw:
    """A figure of a run, drawn of the scenario that the page is about."""

    def panels(k: Compared) -> list[Panel | None]:
        found = draw(k.run)
        return [found] if found is None or isinstance(found, Panel) else list(found)

    panels.__doc__ = draw.__doc__
    return panels


def _some(draw: Callable[[Compared], Panel | None]) -> Draw:
    def panels(k: Compared) -> list[Panel | None]:
        return [draw(k)]

    panels.__doc__ = draw.__doc__
    return panels


def inputs_panel(k: Compared) -> Panel | None:
    """What differs in the inputs."""
    rows = [
        (path, before, after, name) for name, own in zip(k.short, k.contrasts, strict=True) for path, before, after in own.inputs
    ]
    if not rows:
        return None
    body = tuple((p, b, a, n) if k.several else (p, b, a) for p, b, a, n in rows)
    head: tuple[str, ...] = (say("Input"), say("Baseline"), say("Changed to"))
    count = len(rows)
    title = say_count(
        "{count} input differs, everything else is equal",
        "{count} inputs differ, everything else is equal",
        count,
        count=fmt.small_count(count),
    )
    grid = Grid((*head, say("Scenario")) if k.several else head, body)
    return Panel("inputs", title, "", title, grid=grid, wide=True, open_grid=count <= _MOST_OPEN)


def stages_panel(k: Compared) -> Panel | None:
    """Mean time in each step of a repair order, before and after."""
    if not sum(titles.stage_sums(k.base.table("stages")).values()) > 0:
        return None
    drawn = list(zip(k.others, k.short, strict=True))[:MOST_SCENARIOS]
    rows = [(say("Baseline"), k.base.table("stages"), "all")]
    rows += [(name if k.several else say("Scenario"), run.table("stages"), "all") for run, name in drawn]
    sums = [titles.stage_sums(table) for _, table, _ in rows]
    found = [own.of("tat.customer.mean") for own in k.contrasts[:MOST_SCENARIOS]]
    shown = [one is None or one.half_width is None or one.is_shown for one in found]
    title = words.stage_change_title(sums[0], sums[1:], list(k.short), shown)
    return stage_panel(rows, title, say("Mean time in each step of a repair order"))


def tat_panel(k: Compared) -> Panel | None:
    """Share of orders finished by turnaround, before and after, with bands and the promise."""
    if not k.base.table("tat").where(group="all"):
        return None
    curves = [Curve.of(k.base.table("tat"), "all", say("baseline"), c.BASE)]
    for i, (run, name) in enumerate(list(zip(k.others, k.short, strict=True))[:MOST_SCENARIOS]):
        label = name if k.several else say("scenario")
        curves.append(Curve.of(run.table("tat"), "all", label, c.SERIES[i], c.DASHES[i]))
    title = words.curve_change_title(k.base, k.others, k.short)
    return curve_panel(curves, k.run.tat_limit_h, title, k.confidence, word=k.run.tat_limit_word)


def loops_panel(k: Compared) -> Panel | None:
    """How each link of the loop of part, delay and call moved."""
    return loops_moved_panel(k.base, k.others, k.short)


def plan_points(k: Compared) -> list[PlanPoint]:
    """Cost a year and P90 turnaround of baseline and scenarios; empty if one of them has no cost or no turnaround."""
    limit = Rule.of(k.run)
    points = []
    for i, (run, name) in enumerate([(k.base, say("Baseline")), *zip(k.others, k.short, strict=True)]):
        cost, p90 = run.measure("cost.total.per_year"), run.measure("tat.customer.p90")
        if cost is None or p90 is None or not cost.mean > 0:
            return []
        width = p90.half_width if p90.half_width is not None else float("nan")
        rule = Rule(limit.limit_h, limit.word, Rule.of(run).growing)
        kind = "base" if i == 0 else "chief" if i - 1 == k.chief else "other"
        points.append(PlanPoint(name, cost.mean, p90.mean, width, kind, rule.judge(p90.mean, width)))
    return points


def money_panel(k: Compared) -> Panel | None:
    """Cost against P90 turnaround, with the plans that no other beats."""
    points = plan_points(k)
    if not points:
        return None
    return frontier_panel(points, k.run.tat_limit_h, k.base.currency, k.confidence, k.run.tat_limit_word)


def _standing(k: Compared) -> Panel | None:
    return standing_panel(k.together, k.contrasts, k.short, k.base.currency)


def _pairs(k: Compared) -> Panel | None:
    return pairs_panel(k.together, k.short, k.base.currency)


COMPARISON_PARTS = (
    ComparisonPart("inputs", term("What was changed"), (_some(inputs_panel),)),
    ComparisonPart("time", term("Where the time goes"), (_some(stages_panel), _some(tat_panel), _some(money_panel))),
    ComparisonPart(
        "places",
        term("Where it hurts"),
        (_some(points_change_panel), _some(regions_change_panel), of_chief(map_panel)),
        of_chief=True,
    ),
    ComparisonPart("contacts", term("Contact centres"), (centre_change_panels,), of_chief=True),
    ComparisonPart(
        "people", term("People and money"), (_some(utilisation_change_panel), _some(cost_change_panel)), of_chief=True
    ),
    ComparisonPart("parts", term("Parts"), (of_chief(parts_panel),), of_chief=True),
    ComparisonPart("loops", term("Loops"), (_some(loops_panel),)),
    ComparisonPart("together", term("Which differences hold together"), (_some(_standing), _some(_pairs))),
)
