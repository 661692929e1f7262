"""The page of a sweep where people try what if: every simulated point as data, and what the page says of them as templates.

Values, intervals and verdicts of simulated points are those of sweep.json. Between simulated points a grid is interpolated
linearly in each factor, a sample of points by its metamodel; such values carry the error of leaving points out, and no verdict.
"""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.axes import Axis
from sim.analysis.estimate import MET, MISSED, NOT_SHOWN, t_quantile
from sim.analysis.sensitivity import whole_replications
from sim.analysis.sweep_results import Key, SweepResults
from sim.language import say
from sim.report import format as fmt
from sim.report import palette as c
from sim.report.explorer_text import page_texts
from sim.report.figures_time import DARK_FILLS, STAGE_LOOK
from sim.report.judged import LOOKS
from sim.report.labels import STAGE_GROUPS, better, can_be_negative
from sim.report.render import page_html, plotly_source, template_text
from sim.report.sweep_page import context
from sim.report.sweep_text import SweepView
from sim.store import write_output

MOST_VALUES = 60_000  # values of single replications in the page; with more, differences have no intervals
STEPS_BETWEEN = 10  # stops of a slider between two simulated values
STEPS_OF_RANGE = 50  # stops of a slider over a range without levels
LONGEST_NAME = 34
MOST_MAIN = 7  # rows of the table that are not folded
COST: Key = ("cost.total.per_year", "all")
_SCRIPTS = ("explorer-model", "explorer-words", "explorer-charts", "explorer")
_VERDICTS = {None: 0, MET: 1, NOT_SHOWN: 2, MISSED: 3}

Floats = NDArray[np.float64]


def write_explorer(found: SweepResults, out: Path, report: str = "sweep.html") -> Path:
    """Write the page, whole or not at all; same results give the same bytes. `report` is the page beside it."""
    return write_output(out, explorer_html(found, report).encode("utf-8"))


def explorer_html(found: SweepResults, report: str = "sweep.html") -> str:
    """The page as HTML text."""
    view = SweepView(found)
    data = explorer_data(view)
    return page_html(
        "explorer.html.j2",
        say("{title}: what if \u2013 sparesim", title=view.title),
        (plotly_source(), *(template_text(f"{name}.js") for name in _SCRIPTS)),
        context=context(view),
        factors=data["factors"],
        measures=data["measures"],
        by=data["by"],
        judged=data["judged"],
        priced=data["cost"] is not None,
        between=data["between"],
        main=data["main"],
        more=say("All {n} measures", n=fmt.number(len(data["measures"]))),
        columns=3 if len(view.axes) in (3, 5, 6) or len(view.axes) > 8 else min(2, len(view.axes)),
        has_stages=bool(data["stages"]["groups"]),
        report=report,
        about=_about(view, data),
        data=json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False),
    )


def explorer_data(view: SweepView) -> dict[str, Any]:
    """What the scripts of the page work with."""
    keys = _keys(view)
    judged = view.data["targets_met"] is not None
    values = _replications(view, keys)
    is_grid = view.found.design == "factorial"
    errors = {key: _grid_errors(view, key) for key in keys} if is_grid else {}
    models = {} if is_grid else _models(view)
    counts = range(2, int(view.data["replications"]) + 1)
    return {
        "design": view.found.design,
        "grid": is_grid,
        "between": "linear" if is_grid and _has_between(view) else "model" if models else "",
        "confidence": view.confidence,
        "quantiles": {str(n): t_quantile(view.found.confidence, n - 1) for n in counts},
        "normal": t_quantile(view.found.confidence, 10**6),
        "factors": [_factor(view, i) for i in range(len(view.axes))],
        "measures": [_measure(view, key, errors.get(key), models.get(key)) for key in keys],
        "main": _main_rows(view, keys),
        "by": keys.index(view.by),
        "cost": keys.index(COST) if COST in keys and _varies(view.found.means(*COST)) else None,
        "judged": judged,
        "best": view.data["by"]["order"][0] if view.data["by"]["order"] else 0,
        "cheapest": view.data["cheapest"],
        "as_it_is": as_it_is(view),
        "coordinates": [p["coordinates"] for p in view.found.points],
        "mean": [[p["results"][k]["mean"] for p in view.found.points] for k in _places(view, keys)],
        "half": [[p["results"][k]["half_width"] for p in view.found.points] for k in _places(view, keys)],
        "verdict": [[_VERDICTS[p["results"][k]["verdict"]] for p in view.found.points] for k in _places(view, keys)],
        "growing": [bool(p["backlog_grows"]) for p in view.found.points],
        "values": values,
        "stages": _stages(view),
        "looks": [
            {"colour": k.colour, "symbol": k.symbol, "size": k.size} for k in (LOOKS[MET], LOOKS[NOT_SHOWN], LOOKS[MISSED])
        ],
        "colours": {name.lower(): getattr(c, name) for name in ("INK", "MUTED", "GRID", "SURFACE", "BASE", "QUIET", "BLUE")},
        "layout": c.layout(300),
        "texts": page_texts(),
    }


def as_it_is(view: SweepView) -> int | None:
    """The point that is the scenario without what varies, if there is one."""
    found = view.data.get("as_it_is")
    if found is None and len(view.found.rows):
        bare = np.flatnonzero(np.isnan(view.found.rows).all(axis=1))
        found = int(bare[0]) if bare.size else None
    return found


def _keys(view: SweepView) -> list[Key]:
    """Measures that some point has, those of the report's columns first."""
    order = dict.fromkeys((*view.columns, *view.found.keys))
    return [key for key in order if np.isfinite(view.found.means(*key)).any()]


def _main_rows(view: SweepView, keys: list[Key]) -> int:
    """How many rows of the table stand first: the measures that were asked for or have targets, and the cost."""
    return max(min(len(keys), MOST_MAIN), sum(key in view.columns for key in keys)) if len(keys) > MOST_MAIN + 2 else len(keys)


def _places(view: SweepView, keys: list[Key]) -> list[int]:
    return [view.found.keys.index(key) for key in keys]


def _varies(values: Floats) -> bool:
    known = values[np.isfinite(values)]
    return bool(known.size > 1 and np.ptp(known) > 1e-12 * np.abs(known).max())


def _has_between(view: SweepView) -> bool:
    return any(len(_stops(view, i)) < len(_fine_stops(view.axes[i], _stops(view, i))) for i in range(len(view.axes)))


def _stops(view: SweepView, i: int) -> list[float | None]:
    """Simulated values of a factor in order; None stands for the scenario as it is."""
    column = view.found.rows[:, i]
    known = sorted({float(x) for x in column[~np.isnan(column)]})
    return [None, *known] if np.isnan(column).any() else [*known]


def _fine_stops(axis: Axis, stops: list[float | None]) -> list[float | None]:
    """The same with values between; whole numbers where only such are meant, none for choices."""
    if axis.categories or None in stops:
        return stops
    known = [x for x in stops if x is not None]
    if axis.whole:
        return [float(x) for x in range(round(known[0]), round(known[-1]) + 1)] if known[-1] - known[0] <= 1000 else stops
    found: list[float | None] = []
    for a, b in itertools.pairwise(known):
        found += [float(f"{a + (b - a) * k / STEPS_BETWEEN:.10g}") if k else a for k in range(STEPS_BETWEEN)]
    return [*found, known[-1]]


def _range_stops(axis: Axis) -> list[float | None]:
    """Values of a factor that was sampled over a range."""
    if axis.levels:
        return [float(x) for x in sorted(axis.levels)]
    if axis.whole and axis.high - axis.low <= 1000:
        return [float(x) for x in range(round(axis.low), round(axis.high) + 1)]
    return [float(f"{axis.low + (axis.high - axis.low) * k / STEPS_OF_RANGE:.6g}") for k in range(STEPS_OF_RANGE + 1)]


def _factor(view: SweepView, i: int) -> dict[str, Any]:
    axis, told = view.axes[i], view.data["factors"][i]
    stops = _stops(view, i)
    fine = _fine_stops(axis, stops)
    if view.found.design in ("lhs", "sobol", "saltelli"):
        stops = fine = _range_stops(axis)

    def label(value: float | None) -> str:
        return say("as in the scenario") if value is None else axis.label(value)

    return {
        "name": axis.name,
        "short": fmt.shorten(axis.name, LONGEST_NAME),
        "unit": axis.unit,
        "paths": [str(path) for path in told["paths"]],
        "in_scenario": str(told["in_scenario"] or ""),
        "choice": bool(axis.categories),
        "categories": len(axis.categories),
        "low": axis.low,
        "high": axis.high,
        "stops": stops,
        "labels": [label(x) for x in stops],
        "fine": fine if fine != stops else None,
        "fine_labels": [label(x) for x in fine] if fine != stops else None,
    }


def _measure(view: SweepView, key: Key, errors: list[float | None] | None, model: dict[str, Any] | None) -> dict[str, Any]:
    scale, limits = view.scale(key), view.limits(key)
    entry = view.data["measures"][view.found.keys.index(key)]
    return {
        "key": key[0] if key[1] == "all" else f"{key[0]}[{key[1]}]",
        "label": view.label(key),
        "small": view.small(key),
        "unit": scale.unit,
        "factor": scale.factor,
        "pattern": fmt.with_unit("0", scale.unit).replace("0", "{}", 1) if scale.unit else "{}",
        "share": scale.unit == "%",
        "negative": can_be_negative(key[0]),
        "better": entry["better"] or better(key[0]) or "less",
        "judged": bool(entry["judged"]),
        "min": limits.get("min"),
        "max": limits.get("max"),
        "target": _target_text(limits, scale),
        "errors": errors,
        "model": model,
    }


def _target_text(limits: dict[str, float], scale: fmt.Scale) -> str:
    """'\u2264 96', without the unit, which stands beside the measure."""

    def text(name: str) -> str:
        shown = scale.value(limits[name])
        return fmt.number(shown, fmt.set_decimals(shown))

    if len(limits) == 2:
        return f"{text('min')}{fmt.EN_DASH}{text('max')}"
    return "".join(f"{sign} {text(name)}" for name, sign in (("max", "\u2264"), ("min", "\u2265")) if name in limits)


def _replications(view: SweepView, keys: list[Key]) -> list[list[list[float | None]]] | None:
    """[measures][points][replications], None if they are too many for a page or one alone."""
    count = int(view.data["replications"])
    if count < 2 or len(keys) * len(view.found.points) * count > MOST_VALUES:
        return None
    return [[[_short(x) for x in row] for row in view.found.values(*key).tolist()] for key in keys]


def _short(value: float) -> float | None:
    return float(f"{value:.10g}") if math.isfinite(value) else None


def _grid_errors(view: SweepView, key: Key) -> list[float | None]:
    """The error of linear interpolation along each factor: root mean square of its misses of inner levels from their neighbours.

    The neighbours are two levels apart, so this is more than the error between two levels of a smooth measure. None where there
    are fewer than three levels.
    """
    means, rows = view.found.means(*key), view.found.rows
    found: list[float | None] = []
    for i, axis in enumerate(view.axes):
        levels = sorted(set(rows[:, i].tolist()))
        if axis.categories or len(levels) < 3:
            found.append(None)
            continue
        at = {tuple(row): n for n, row in enumerate(rows.tolist())}
        missed = []
        for row, n in at.items():
            place = levels.index(row[i])
            if 0 < place < len(levels) - 1:
                low, high = levels[place - 1], levels[place + 1]
                share = (row[i] - low) / (high - low)
                ends = [means[at[(*row[:i], end, *row[i + 1 :])]] for end in (low, high)]
                missed.append(means[n] - (1 - share) * ends[0] - share * ends[1])
        found.append(_short(float(np.sqrt(np.nanmean(np.square(missed))))) if np.isfinite(missed).any() else None)
    return found


def _models(view: SweepView) -> dict[Key, dict[str, Any]]:
    """The stored metamodels, with the error of predicting a point from the others (sampling error of the run included)."""
    found = {}
    for key, entry in view.analysis.items():
        model = entry["metamodel"]
        if model and "function" in model:
            known = whole_replications(view.found.values(*key))
            n = known.shape[1]
            common = float(known.mean(axis=0).var(ddof=1)) / n if n > 1 else 0.0
            found[key] = {**model["function"], "error": math.sqrt(model["rmse"] ** 2 + common)}
    return found


def _stages(view: SweepView) -> dict[str, Any]:
    """Mean hours an order by group of stages at each point; groups that are never seen are left out."""
    points = [p.get("stages") or {} for p in view.found.points]
    sums = [[sum(p.get(stage, 0.0) for stage in group.stages) for p in points] for group in STAGE_GROUPS]
    longest = max((sum(column) for column in zip(*sums, strict=True)), default=0.0)
    used = [i for i, row in enumerate(sums) if longest > 0 and max(row) > 0.002 * longest]
    scale = fmt.hours_scale(longest)
    groups = []
    for i in used:
        colour, pattern, mark = STAGE_LOOK[STAGE_GROUPS[i].name]
        look = {"colour": colour, "pattern": pattern, "mark": mark, "dark": colour in DARK_FILLS}
        groups.append({"label": say(STAGE_GROUPS[i].label)} | look)
    hours = [[float(f"{scale.value(x):.5g}") for x in sums[i]] for i in used]
    pattern = fmt.with_unit("0", scale.unit).replace("0", "{}", 1)
    return {"groups": groups, "hours": hours, "unit": scale.unit, "pattern": pattern}


def _about(view: SweepView, data: dict[str, Any]) -> list[str]:
    """What the numbers are, and what they are not."""
    count = int(view.data["replications"])
    said = [
        say(
            "Points were simulated {n} times each with the same customers at every point (common random numbers), so differences "
            "are paired; every interval stands for itself.",
            n=fmt.number(count),
        )
        if count > 1
        else say("Every point was simulated once: there are no intervals, and every verdict is \u201cnot shown\u201d."),
        say(
            "Meets a target: the whole interval lies within it. The best of many plans looks better than it is; confirm a choice."
        ),
    ]
    if data["between"] == "linear":
        said.append(
            say(
                "Between simulated points values are interpolated linearly in each number. Their intervals add the error with "
                "which inner levels are found from their neighbours; nothing about them is shown before they are simulated."
            )
        )
    if data["between"] == "model":
        said.append(
            say(
                "Away from simulated points values are those of the metamodel. Their intervals come from its error in predicting "
                "points left out; nothing about them is shown before they are simulated."
            )
        )
    if not data["grid"] and not data["between"]:
        said.append(say("This design has no metamodel: only simulated points have values."))
    if count > 1 and data["values"] is None:
        said.append(say("The sweep is too large for single replications in this page: differences have no intervals."))
    return said
