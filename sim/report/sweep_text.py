"""Sentences and tables of a sweep, for console and page."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import numpy as np

from sim.analysis.sweep_results import Key, SweepResults
from sim.language import say, say_count, term
from sim.report import format as fmt
from sim.report.console import ConsoleText, TextTable
from sim.report.labels import can_be_negative, full_label, unit_of
from sim.report.read import Measure
from sim.report.text import lower_first

MOST_COLUMNS = 5
COST: Key = ("cost.total.per_year", "all")
MOST_LISTED = 8
MOST_CONSOLE = 6  # measures in a terminal
KINDS = {"gp": term("a Gaussian process"), "quadratic": term("a quadratic regression")}
VERDICT_WORDS = {"met": term("\u2713 met"), "missed": term("\u2717 missed"), "not shown": term("? not shown")}
_PREDICTS = {
    "gp": term("A Gaussian process predicts points left out to {error} (Q\u00b2 {q2})."),
    "quadratic": term("A quadratic regression predicts points left out to {error} (Q\u00b2 {q2})."),
}


class SweepView:
    """A sweep as people read it: measures with labels and scales, points in words."""

    def __init__(self, found: SweepResults) -> None:
        self.found, self.data = found, found.data
        self.axes = found.axes
        self.currency = str(self.data.get("currency") or "")
        self.by: Key = (self.data["by"]["kpi"], self.data["by"]["group"])

    @property
    def title(self) -> str:
        """Of the scenario."""
        return str(self.data["title"] or self.data["name"])

    @cached_property
    def confidence(self) -> str:
        """'95 %'."""
        return fmt.with_unit(f"{100 * self.found.confidence:g}", "%")

    def measure(self, key: Key) -> Measure:
        """A measure without a value, for its names and unit."""
        return Measure(key[0], key[1], self.found.unit_of(key), 0, math.nan, None)

    def label(self, key: Key) -> str:
        """'P90 turnaround, enterprise'."""
        return full_label(self.measure(key))

    def small(self, key: Key) -> str:
        """The label inside a sentence."""
        return lower_first(self.label(key))

    def limits(self, key: Key) -> dict[str, float]:
        """Target of a measure, if all points have the same one."""
        return dict(self.data["measures"][self.found.keys.index(key)]["target"] or {})

    def scale(self, key: Key) -> fmt.Scale:
        """One scale for a measure over the whole sweep: its limit's, else that of its median."""
        limits = self.limits(key)
        means = self.found.means(*key)
        typical = max(limits.values(), default=0.0) or (float(np.nanmedian(means)) if np.isfinite(means).any() else 0.0)
        return fmt.scale_for(unit_of(self.measure(key)), typical, self.currency)

    def change_scale(self, key: Key, size: float) -> fmt.Scale:
        """A scale for differences of a measure."""
        return fmt.scale_for(unit_of(self.measure(key)), size, self.currency)

    def setting(self, point: int) -> str:
        """'agents = 4, rate = 90 /h'."""
        row = self.found.rows[point]
        told = [(a.name, a.label(x)) for a, x in zip(self.axes, row, strict=True) if not math.isnan(x)]
        said = [say("{factor} = {value}", factor=name, value=value) for name, value in told]
        text = said[0] if said else say("the scenario as it is")
        for one in said[1:]:
            text = say("sweep||{first}, {second}", first=text, second=one)
        return text

    @property
    def setting_of_cheapest(self) -> str:
        """The cheapest plan that meets all targets, in words."""
        return self.setting(self.data["cheapest"])

    def result(self, point: int, key: Key) -> dict[str, Any]:
        """Mean, half width and verdict of a measure at a point."""
        result: dict[str, Any] = self.data["points"][point]["results"][self.found.keys.index(key)]
        return result

    def value(self, point: int, key: Key) -> str:
        """The mean with its unit."""
        found = self.result(point, key)
        return fmt.MISSING if found["mean"] is None else fmt.quantity(found["mean"], self.scale(key), found["half_width"])

    def cell(self, point: int, key: Key) -> str:
        """Mean and interval without the unit: '97 (94-100)'."""
        found, scale = self.result(point, key), self.scale(key)
        if found["mean"] is None:
            return fmt.MISSING
        width = found["half_width"]
        shown = scale.value(found["mean"])
        text = fmt.number(shown, fmt.decimals_for(shown, None if width is None else scale.value(width)))
        if width is None:
            return text
        return f"{text} ({fmt.interval(found['mean'], width, scale, floor=None if can_be_negative(key[0]) else 0.0)})"

    def change(self, key: Key, value: float, half_width: float | None) -> str:
        """A difference with its unit and sign."""
        return fmt.quantity(value, self.change_scale(key, max(abs(value), half_width or 0.0)), half_width, signed=True)

    def change_interval(self, key: Key, value: float, half_width: float | None) -> str:
        """The interval of a difference, with the unit."""
        scale = self.change_scale(key, max(abs(value), half_width or 0.0))
        return fmt.with_unit(fmt.interval(value, half_width, scale, signed=True), scale.unit)

    def verdict(self, point: int) -> str | None:
        """Over all targets of a point: met, missed (any), not shown; None without targets."""
        found = [r["verdict"] for r in self.data["points"][point]["results"] if r["verdict"] is not None]
        if not found:
            return None
        return "missed" if "missed" in found else "met" if all(v == "met" for v in found) else "not shown"

    @cached_property
    def analysis(self) -> dict[Key, dict[str, Any]]:
        """What was analysed, by measure."""
        return {(a["kpi"], a["group"]): a for a in self.data["analysis"]}

    @property
    def columns(self) -> tuple[Key, ...]:
        """Measures that tables of points show: the ranking one, those with targets, cost, then the rest in order."""
        judged = [(m["kpi"], m["group"]) for m in self.data["measures"] if m["judged"]]
        cost = [key for key in self.found.keys if key[0] == "cost.total.per_year"]
        found = dict.fromkeys((self.by, *judged, *cost, *self.found.keys))
        return tuple(found)[: max(MOST_COLUMNS, len(judged) + 1)]

    @property
    def listed(self) -> list[int]:
        """Points worth a line: the cheapest that meets all targets, then the best by the ranking measure."""
        cheapest = [self.data["cheapest"]] if self.data["cheapest"] is not None else []
        return list(dict.fromkeys((*cheapest, *self.data["by"]["order"])))[:MOST_LISTED]


def verdict_word(verdict: str | None) -> str:
    """A verdict with its mark; '' for none."""
    return say(VERDICT_WORDS[verdict]) if verdict in VERDICT_WORDS else ""


def is_shown(entry: dict[str, Any], value: str) -> bool:
    """True if the interval of a difference leaves out zero."""
    return entry["half_width"] is not None and abs(entry[value]) > entry["half_width"]


def sentences(view: SweepView) -> list[str]:
    """The result of a sweep: targets, best point, what matters, how well a metamodel predicts."""
    return [text for text, _ in told(view)]


def told(view: SweepView) -> list[tuple[str, bool]]:
    """The same, each with whether it is a doubt."""
    said = [
        *_best(view),
        (_matters(view), False),
        (_model(view), False),
        (no_model(view), True),
        (index_doubt(view, view.by), True),
    ]
    return [(text, doubt) for text, doubt in said if text]


def _best(view: SweepView) -> list[tuple[str, bool]]:
    order = view.data["by"]["order"]
    said = [] if view.data["targets_met"] is None else [_targets(view)]
    if not order:
        return said
    values = {
        "measure": view.label(view.by),
        "value": view.value(order[0], view.by),
        "plan": view.setting(order[0]),
        "confidence": view.confidence,
    }
    lowest = view.data["by"]["better"] == "less"
    open_ = view.data["by"]["not_told_apart"]
    if open_ is None:
        text = (
            say("{measure} is lowest, {value}, at {plan}; with one replication nothing is shown.", **values)
            if lowest
            else say("{measure} is highest, {value}, at {plan}; with one replication nothing is shown.", **values)
        )
    elif open_ == 0:
        text = (
            say("{measure} is lowest, {value}, at {plan}, and no other point comes near it ({confidence}).", **values)
            if lowest
            else say("{measure} is highest, {value}, at {plan}, and no other point comes near it ({confidence}).", **values)
        )
    elif lowest:
        text = say_count(
            "{measure} is lowest, {value}, at {plan}; {n} other point may be as good ({confidence}, paired).",
            "{measure} is lowest, {value}, at {plan}; {n} other points may be as good ({confidence}, paired).",
            open_,
            **values,
        )
    else:
        text = say_count(
            "{measure} is highest, {value}, at {plan}; {n} other point may be as good ({confidence}, paired).",
            "{measure} is highest, {value}, at {plan}; {n} other points may be as good ({confidence}, paired).",
            open_,
            **values,
        )
    return [*said, (text, False)]


def _targets(view: SweepView) -> tuple[str, bool]:
    """How many points meet all targets, and the cheapest of them."""
    data, total = view.data, fmt.number(len(view.data["points"]))
    if data["targets_met"] == 0:
        return say("None of the {total} points is shown to meet all targets.", total=total), True
    met = fmt.number(data["targets_met"])
    if data["cheapest"] is None:
        return say("{met} of {total} points meet all targets.", met=met, total=total), False
    cost = view.value(data["cheapest"], COST)
    text = say(
        "{met} of {total} points meet all targets; the cheapest is {plan} at {cost} a year.",
        met=met,
        total=total,
        plan=view.setting_of_cheapest,
        cost=cost,
    )
    return text, False


def _matters(view: SweepView) -> str:
    swings = view.analysis.get(view.by, {}).get("tornado") or []
    if not swings:
        return ""
    shown = [s for s in swings if is_shown(s, "span")]
    if not shown:
        return say("No factor is shown to move {measure}.", measure=view.small(view.by))
    return say("{sentence}.", sentence=swing_text(view, view.by, shown[0]))


def swing_text(view: SweepView, key: Key, swing: dict[str, Any]) -> str:
    """'agents moves P90 turnaround most: -12 h from 1 to 3 (95 % CI ...)'."""
    return say(
        "{factor} moves {measure} most: {change} from {low} to {high} ({confidence} CI {interval})",
        factor=swing["factor"],
        measure=view.small(key),
        change=view.change(key, swing["span"], swing["half_width"]),
        low=swing["low"],
        high=swing["high"],
        confidence=view.confidence,
        interval=view.change_interval(key, swing["span"], swing["half_width"]),
    )


def _model(view: SweepView) -> str:
    model = view.analysis.get(view.by, {}).get("metamodel")
    if not model:
        return ""
    error = fmt.quantity(model["rmse"], view.change_scale(view.by, model["rmse"]))
    return say(_PREDICTS[model["kind"]], error=error, q2=fmt.number(model["q2"], 2))


def no_model(view: SweepView) -> str:
    """That a sample of points shows nothing without a metamodel; '' where there is one, or the design needs none."""
    if view.found.design not in ("lhs", "sobol") or (view.analysis.get(view.by) or {}).get("metamodel"):
        return ""
    return say_count(
        "No metamodel fits {n} point of this design (too few, no variation, or none was asked for), so effects, indices and "
        "maps are left out: take more points.",
        "No metamodel fits {n} points of this design (too few, no variation, or none was asked for), so effects, indices and "
        "maps are left out: take more points.",
        len(view.data["points"]),
    )


def index_doubt(view: SweepView, key: Key) -> str:
    """That Sobol indices estimated from a small sample cannot be right; '' where they can."""
    found = (view.analysis.get(key) or {}).get("indices") or []
    most = max((max(i["first"], i["total"]) for i in found), default=0.0)
    if most <= 1.0 + 1e-9 and sum(max(0.0, i["first"]) for i in found) <= 1.05:
        return ""
    return say(
        "The Sobol indices of {measure} are sampling error in part: a share or their sum exceeds 100 %, which no variance can; "
        "take more points before you rank factors by them.",
        measure=view.small(key),
    )


def sweep_text(found: SweepResults) -> ConsoleText:
    """What a terminal shows of a sweep."""
    view = SweepView(found)
    return ConsoleText(tuple(sentences(view)), (_points_table(view), *_factor_tables(view)))


def _points_table(view: SweepView) -> TextTable:
    judged = view.data["targets_met"] is not None
    columns = view.columns[:MOST_CONSOLE]
    heads = [say("sweep||Point"), *(a.name for a in view.axes)]
    heads += [f"{view.label(k)} [{u}]" if (u := view.scale(k).unit) else view.label(k) for k in columns]
    rows = []
    for point in view.listed:
        row = view.found.rows[point]
        cells = [str(point), *(a.label(x) for a, x in zip(view.axes, row, strict=True))]
        cells += [view.cell(point, key) for key in columns]
        rows.append(tuple(cells + ([verdict_word(view.verdict(point))] if judged else [])))
    title = say("Best points by {measure} ({confidence} CI)", measure=view.small(view.by), confidence=view.confidence)
    return TextTable(title, tuple(heads + ([say("Targets")] if judged else [])), tuple(rows))


def _factor_tables(view: SweepView) -> tuple[TextTable, ...]:
    found = view.analysis.get(view.by)
    if not found or not found["tornado"]:
        return ()
    indices = {i["factor"]: i for i in found["indices"]}
    heads = [
        say("sweep||Factor"),
        say("sweep||From"),
        say("sweep||To"),
        say("sweep||Change"),
        say("{confidence} CI (paired)", confidence=view.confidence),
    ]
    rows = []
    for swing in found["tornado"]:
        cells = [swing["factor"], swing["low"], swing["high"], view.change(view.by, swing["span"], swing["half_width"])]
        cells.append(view.change_interval(view.by, swing["span"], swing["half_width"]))
        if indices:
            one = indices[swing["factor"]]
            cells += [fmt.percent(max(0.0, one["first"])), fmt.percent(max(0.0, one["total"]))]
        rows.append(tuple(cells))
    heads += [say("Sobol first"), say("Sobol total")] if indices else []
    return (TextTable(say("What moves {measure}", measure=view.small(view.by)), tuple(heads), tuple(rows)),)
