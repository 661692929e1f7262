"""Sentences and tables of a sweep, for console and page."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import numpy as np

from sim.analysis.sweep_results import Key, SweepResults
from sim.report import format as fmt
from sim.report.console import VERDICTS, ConsoleText, TextTable
from sim.report.labels import can_be_negative, full_label, unit_of
from sim.report.read import Measure
from sim.report.text import lower_first

MOST_COLUMNS = 5
MOST_LISTED = 8
KINDS = {"gp": "a Gaussian process", "quadratic": "a quadratic regression"}


class SweepView:
    """A sweep as people read it: measures with labels and scales, points in words."""

    def __init__(self, found: SweepResults) -> None:
        self.found, self.data = found, found.data
        self.axes = found.axes
        self.currency = str(self.data.get("currency") or "")
        self.by: Key = (self.data["by"]["kpi"], self.data["by"]["group"])
        self.word = "lowest" if self.data["by"]["better"] == "less" else "highest"

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
        said = [f"{a.name} = {a.label(x)}" for a, x in zip(self.axes, row, strict=True) if not math.isnan(x)]
        return ", ".join(said) or "the scenario as it is"

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


def is_shown(entry: dict[str, Any], value: str) -> bool:
    """True if the interval of a difference leaves out zero."""
    return entry["half_width"] is not None and abs(entry[value]) > entry["half_width"]


def sentences(view: SweepView) -> list[str]:
    """The result of a sweep: targets, best point, what matters, how well a metamodel predicts."""
    return [s for s in (*_best(view), _matters(view), _model(view)) if s]


def _best(view: SweepView) -> list[str]:
    data = view.data
    order = data["by"]["order"]
    said = []
    total = len(data["points"])
    if data["targets_met"] is not None:
        if data["targets_met"] == 0:
            said.append(f"None of the {total:,} points is shown to meet all targets.")
        else:
            first = f"{data['targets_met']:,} of {total:,} points meet all targets"
            if data["cheapest"] is not None:
                cost = view.value(data["cheapest"], ("cost.total.per_year", "all"))
                first += f"; the cheapest is {view.setting(data['cheapest'])} at {cost} a year"
            said.append(f"{first}.")
    if not order:
        return said
    best = f"{view.label(view.by)} is {view.word}, {view.value(order[0], view.by)}, at {view.setting(order[0])}"
    open_ = data["by"]["not_told_apart"]
    if open_ is None:
        best += "; with one replication nothing is shown"
    elif open_ == 0:
        best += f", and no other point comes near it ({view.confidence})"
    else:
        best += f"; {open_:,} other point{'s' if open_ != 1 else ''} may be as good ({view.confidence}, paired)"
    return [*said, f"{best}."]


def _matters(view: SweepView) -> str:
    swings = view.analysis.get(view.by, {}).get("tornado") or []
    if not swings:
        return ""
    shown = [s for s in swings if is_shown(s, "span")]
    if not shown:
        return f"No factor is shown to move {view.small(view.by)}."
    return f"{swing_text(view, view.by, shown[0])}."


def swing_text(view: SweepView, key: Key, swing: dict[str, Any]) -> str:
    """'agents moves P90 turnaround most: -12 h from 1 to 3 (95 % CI ...)'."""
    change = view.change(key, swing["span"], swing["half_width"])
    span = view.change_interval(key, swing["span"], swing["half_width"])
    ends = f"from {swing['low']} to {swing['high']}"
    return f"{swing['factor']} moves {view.small(key)} most: {change} {ends} ({view.confidence} CI {span})"


def _model(view: SweepView) -> str:
    model = view.analysis.get(view.by, {}).get("metamodel")
    if not model:
        return ""
    error = fmt.quantity(model["rmse"], view.change_scale(view.by, model["rmse"]))
    kind = KINDS[model["kind"]]
    return f"{kind[:1].upper()}{kind[1:]} predicts points left out to {error} (Q\u00b2 {model['q2']:.2f})."


def sweep_text(found: SweepResults) -> ConsoleText:
    """What a terminal shows of a sweep."""
    view = SweepView(found)
    return ConsoleText(tuple(sentences(view)), (_points_table(view), *_factor_tables(view)))


def _points_table(view: SweepView) -> TextTable:
    judged = view.data["targets_met"] is not None
    columns = view.columns
    heads = ["Point", *(a.name for a in view.axes)]
    heads += [f"{view.label(k)} [{u}]" if (u := view.scale(k).unit) else view.label(k) for k in columns]
    rows = []
    for point in view.listed:
        row = view.found.rows[point]
        cells = [str(point), *(a.label(x) for a, x in zip(view.axes, row, strict=True))]
        cells += [view.cell(point, key) for key in columns]
        rows.append(tuple(cells + ([VERDICTS.get(view.verdict(point) or "", "")] if judged else [])))
    title = f"Best points by {view.small(view.by)} ({view.confidence} CI)"
    return TextTable(title, tuple(heads + (["Targets"] if judged else [])), tuple(rows))


def _factor_tables(view: SweepView) -> tuple[TextTable, ...]:
    found = view.analysis.get(view.by)
    if not found or not found["tornado"]:
        return ()
    indices = {i["factor"]: i for i in found["indices"]}
    heads = ["Factor", "From", "To", "Change", f"{view.confidence} CI (paired)"]
    rows = []
    for swing in found["tornado"]:
        cells = [swing["factor"], swing["low"], swing["high"], view.change(view.by, swing["span"], swing["half_width"])]
        cells.append(view.change_interval(view.by, swing["span"], swing["half_width"]))
        if indices:
            one = indices[swing["factor"]]
            cells += [fmt.percent(max(0.0, one["first"])), fmt.percent(max(0.0, one["total"]))]
        rows.append(tuple(cells))
    heads += ["Sobol first", "Sobol total"] if indices else []
    return (TextTable(f"What moves {view.small(view.by)}", tuple(heads), tuple(rows)),)
