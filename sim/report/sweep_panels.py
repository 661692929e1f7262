"""Panels of a sweep: cost against effect, tornado, Sobol indices, two-factor maps, main effects, metamodel."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.axes import Axis
from sim.analysis.estimate import MET, MISSED, NOT_SHOWN
from sim.analysis.sweep_results import Key
from sim.language import say, term
from sim.report import figures_sweep as draw
from sim.report import format as fmt
from sim.report import palette as c
from sim.report.facts import MOST_APPENDIX_ROWS
from sim.report.judged import LOOKS
from sim.report.panel import Grid, Legend, Panel
from sim.report.sweep_text import COST, SweepView, index_doubt, is_shown, swing_text, verdict_word

Floats = NDArray[np.float64]

_INDICES_OF = {
    "factorial": term("Sobol indices of {measure} over the levels, equally likely; whiskers: {confidence} bootstrap"),
    "saltelli": term("Sobol indices of {measure} over the ranges, uniform; whiskers: {confidence} bootstrap"),
    "": term("Sobol indices of {measure} over the ranges, uniform, on the metamodel; whiskers: {confidence} bootstrap"),
}
_PREDICTED = {
    "gp": term(
        "{measure}: a Gaussian process, each point from all others; sampling error between points {noise}; lines: {confidence} CI"
    ),
    "quadratic": term(
        "{measure}: a quadratic regression, each point from all others; sampling error between points {noise}; "
        "lines: {confidence} CI"
    ),
}


def measure_head(view: SweepView, key: Key) -> str:
    """A measure with its unit, above a column or along an axis."""
    unit = view.scale(key).unit
    return say("sweep||{measure}, {unit}", measure=view.label(key), unit=unit) if unit else view.label(key)


def frontier_panel(view: SweepView) -> Panel | None:
    """Cost against the ranking measure at every point, with the plans that no other beats; None where nothing costs."""
    key = view.by
    if COST not in view.found.keys or key == COST:
        return None
    costs, means, widths = view.found.means(*COST), view.found.means(*key), view.found.half_widths(*key)
    points = [i for i in range(len(costs)) if math.isfinite(costs[i]) and math.isfinite(means[i])]
    if len(points) < 2 or len({round(costs[i], 6) for i in points}) < 2:
        return None
    sign = -1.0 if view.data["by"]["better"] == "more" else 1.0
    edge = efficient(points, costs, sign * means)
    money, scale = view.scale(COST), view.scale(key)
    verdicts = [view.verdict(i) for i in points]
    values = {
        "n": fmt.number(len(edge)),
        "total": fmt.number(len(points)),
        "from": view.value(edge[0], COST),
        "to": view.value(edge[-1], COST),
        "worst": view.value(edge[0], key),
        "best": view.value(edge[-1], key),
        "measure": view.small(key),
    }
    title = say(
        "{measure}: {best} for {to} a year is the best of {total} plans and the cheapest", **values | {"measure": view.label(key)}
    )
    if len(edge) > 1:
        title = say("From {from} to {to} a year {measure} goes from {worst} to {best}", **values)
    told_rows = tuple(
        (view.setting(i), view.value(i, COST), view.value(i, key), *((verdict_word(view.verdict(i)),) if any(verdicts) else ()))
        for i in edge
    )
    words = {MET: say("all targets met"), NOT_SHOWN: say("not shown to meet all"), MISSED: say("a target missed")}
    legend = [Legend(words[v], LOOKS[v].colour, LOOKS[v].mark) for v in (MET, NOT_SHOWN, MISSED) if v in verdicts]
    few = len(points) <= 80
    limits = view.limits(key)
    return Panel(
        name="frontier",
        title=title,
        subtitle=say("Each mark is a simulated point, grey steps join the plans that no other beats in both")
        if not few
        else say(
            "Each mark is a simulated point, bars: {confidence} CI; grey steps join the plans that no other beats in both",
            confidence=view.confidence,
        ),
        alt=say(
            "Cost a year against {measure} for {total} plans; {n} of them are beaten by no other, from {from} with {worst} "
            "to {to} with {best}.",
            **values,
        ),
        figure=draw.cost_scatter(
            [
                (money.value(costs[i]), scale.value(means[i]), scale.value(widths[i]) if few and widths[i] > 0 else 0.0)
                for i in points
            ],
            [points.index(i) for i in edge],
            [LOOKS.get(v or "") for v in verdicts],
            [f"{view.setting(i)}: {view.value(i, COST)}, {view.value(i, key)}" for i in points],
            (measure_head(view, COST), measure_head(view, key)),
            {side: scale.value(limit) for side, limit in limits.items()},
        ),
        legend=tuple(legend),
        grid=Grid(
            (
                say("Plans that no other beats"),
                measure_head(view, COST),
                measure_head(view, key),
                *((say("Targets"),) if any(verdicts) else ()),
            ),
            told_rows,
        ),
        wide=True,
    )


def efficient(points: list[int], costs: Floats, worse: Floats) -> list[int]:
    """The points that no other beats in cost and in `worse`, cheapest first."""
    found: list[int] = []
    for i in sorted(points, key=lambda p: (costs[p], worse[p], p)):
        if not found or worse[i] < worse[found[-1]]:
            found.append(i)
    return found


def measure_panels(view: SweepView, key: Key, entry: dict[str, Any], n: int) -> list[Panel | None]:
    """The first measure in full; of the others the tornado and the map of the two factors that matter most."""
    if not entry["effects"] and not entry["indices"]:
        return []
    panels: list[Panel | None] = [_tornado(view, key, entry, n), _indices(view, key, entry, n)]
    maps = entry["maps"] if n == 0 else entry["maps"][:1]
    panels += [_map(view, key, entry, one, f"map-{n}-{i}") for i, one in enumerate(maps)]
    if n == 0:
        panels += [_effects(view, key, entry, axis, f"effect-{n}-{i}") for i, axis in enumerate(view.axes)]
        panels.append(_model(view, key, entry, n))
    return panels


def _change_axis(unit: str) -> str:
    return say("sweep||Change, {unit}", unit=unit) if unit else say("sweep||Change")


def _listed(pieces: list[str]) -> str:
    """Pieces of a text alternative as one text."""
    text = pieces[0] if pieces else ""
    for piece in pieces[1:]:
        text = say("sweep||{first}; {second}", first=text, second=piece)
    return text


def _tornado(view: SweepView, key: Key, entry: dict[str, Any], n: int) -> Panel | None:
    swings = entry["tornado"]
    if not swings:
        return None
    ends = {(e["factor"], e["level"]): e for e in entry["effects"]}
    largest = max(max(abs(s["at_low"]), abs(s["at_high"]), abs(s["span"])) for s in swings)
    scale = view.change_scale(key, largest)
    widths = [tuple(scale.value(ends[s["factor"], s[side]]["half_width"] or 0.0) for side in ("low", "high")) for s in swings]
    shown = [s for s in swings if is_shown(s, "span")]
    values = {"measure": view.small(key), "confidence": view.confidence}
    if view.found.design == "one-at-a-time":
        subtitle = say("Change of {measure} against the scenario as it is; bars: {confidence} CI", **values)
    elif entry["basis"] == "metamodel":
        subtitle = say("Change of {measure} against the mean over the sweep, on the metamodel; bars: {confidence} CI", **values)
    else:
        subtitle = say("Change of {measure} against the mean over the sweep; bars: {confidence} CI", **values)
    body = tuple(
        (
            s["factor"],
            s["low"],
            s["high"],
            view.change(key, s["span"], s["half_width"]),
            view.change_interval(key, s["span"], s["half_width"]),
            say("yes") if is_shown(s, "span") else say("no"),
        )
        for s in swings
    )
    told = [say("{factor} from {low} to {high} {change}", factor=b[0], low=b[1], high=b[2], change=b[3]) for b in body]
    head = (
        say("sweep||Factor"),
        say("sweep||From"),
        say("sweep||To"),
        say("sweep||Change"),
        say("{confidence} CI (paired)", confidence=view.confidence),
    )
    return Panel(
        name=f"tornado-{n}",
        title=swing_text(view, key, shown[0]) if shown else say("No factor is shown to move {measure}", measure=view.small(key)),
        subtitle=subtitle,
        alt=say("Tornado: {values}.", values=_listed(told)),
        figure=draw.tornado_bars(
            [s["factor"] for s in swings],
            [(s["low"], s["high"]) for s in swings],
            [(scale.value(s["at_low"]), scale.value(s["at_high"])) for s in swings],
            [(w[0], w[1]) for w in widths],
            _change_axis(scale.unit),
        ),
        legend=(Legend(say("lowest value of the factor"), c.SKY, "hatch"), Legend(say("highest value"), c.BLUE)),
        grid=Grid((*head, say("sweep||Shown")), body),
    )


def _indices(view: SweepView, key: Key, entry: dict[str, Any], n: int) -> Panel | None:
    found = sorted(entry["indices"], key=lambda i: -i["total"])
    if not found:
        return None
    lead = found[0]
    alone = sum(max(0.0, i["first"]) for i in found)
    values = {"factor": lead["factor"], "share": fmt.percent(max(0.0, lead["first"])), "rest": fmt.percent(1 - alone)}
    if index_doubt(view, key):
        title = say("The sample is too small for the Sobol indices of {measure}", measure=view.small(key))
    elif 0.01 < 1 - alone < 1:
        title = say("{factor} alone explains {share} of the variance; acting together they explain {rest}", **values)
    else:
        title = say("{factor} alone explains {share} of the variance", **values)
    body = tuple(
        (i["factor"], fmt.percent(max(0.0, i["first"])), _ends(i, "first"), fmt.percent(max(0.0, i["total"])), _ends(i, "total"))
        for i in found
    )
    told = [say("{factor} alone {share}, with interactions {total}", factor=b[0], share=b[1], total=b[3]) for b in body]
    basis = _INDICES_OF.get(view.found.design, _INDICES_OF[""])
    return Panel(
        name=f"indices-{n}",
        title=title,
        subtitle=say(basis, measure=view.small(key), confidence=view.confidence),
        alt=say("Sobol indices: {values}.", values=_listed(told)),
        figure=draw.index_bars(found),
        legend=(Legend(say("alone (first order)"), c.BLUE), Legend(say("with interactions (total)"), c.QUIET)),
        grid=Grid(
            (say("sweep||Factor"), say("sweep||Alone"), say("Interval"), say("sweep||Total"), say("Interval")),
            body,
            index_doubt(view, key),
        ),
    )


def _ends(index: dict[str, Any], which: str) -> str:
    low, high = index[f"{which}_low"], index[f"{which}_high"]
    if low is None or high is None:
        return fmt.MISSING
    return f"{fmt.number(100 * max(0.0, low), 0)}{fmt.EN_DASH}{fmt.percent(max(0.0, high))}"


def _map(view: SweepView, key: Key, entry: dict[str, Any], one: dict[str, Any], name: str) -> Panel:
    axes = {a.name: a for a in view.axes}
    across, up = axes[one["x"]], axes[one["y"]]
    scale = view.scale(key)
    z = [[scale.value(v) for v in line] for line in one["z"]]
    flat = [(v, i, k) for k, line in enumerate(z) for i, v in enumerate(line)]
    less = view.data["measures"][view.found.keys.index(key)]["better"] != "more"
    best = min(flat) if less else max(flat)
    labels = [across.label(v) for v in one["x_values"]], [up.label(v) for v in one["y_values"]]
    decimals = draw.map_decimals(z)
    place = say(
        "sweep||{first}, {second}",
        first=say("{factor} = {value}", factor=across.name, value=labels[0][best[1]]),
        second=say("{factor} = {value}", factor=up.name, value=labels[1][best[2]]),
    )
    values = {
        "plan": place,
        "value": fmt.with_unit(fmt.number(best[0], decimals), scale.unit),
        "measure": view.small(key),
        "x": across.name,
        "y": up.name,
    }
    title = say("Lowest at {plan}: {value}", **values) if less else say("Highest at {plan}: {value}", **values)
    alt = say("Map of {measure} over {x} and {y}; highest at {plan}.", **values)
    if less:
        alt = say("Map of {measure} over {x} and {y}; lowest at {plan}.", **values)
    body = tuple((labels[1][k], *(fmt.number(v, decimals) for v in line)) for k, line in enumerate(z))
    return Panel(
        name=name,
        title=title,
        subtitle=_map_subtitle(view, key),
        alt=alt,
        figure=draw.heat_map(*labels, z, (across.title, up.title), scale.unit),
        grid=Grid((f"{up.name} \\ {across.name}", *labels[0]), body),
    )


def _map_subtitle(view: SweepView, key: Key) -> str:
    """What the values of a map are, with their unit."""
    head, many = measure_head(view, key), len(view.axes) > 2
    if view.found.design != "factorial":
        if many:
            return say("{measure}; predicted by the metamodel, averaged over the other factors", measure=head)
        return say("{measure}; predicted by the metamodel", measure=head)
    if many:
        return say("{measure}; averaged over the other factors", measure=head)
    return say("{measure}; mean of the replications", measure=head)


def _effects(view: SweepView, key: Key, entry: dict[str, Any], axis: Axis, name: str) -> Panel | None:
    own = [e for e in entry["effects"] if e["factor"] == axis.name]
    if not own:
        return None
    reach = max(abs(e["difference"]) + (e["half_width"] or 0.0) for e in entry["effects"])
    scale = view.change_scale(key, reach)
    (swing,) = [s for s in entry["tornado"] if s["factor"] == axis.name]
    values = {"factor": axis.name, "low": swing["low"], "high": swing["high"]}
    title = say("{factor}: no change from {low} to {high} shown", **values)
    if is_shown(swing, "span"):
        change = view.change(key, swing["span"], swing["half_width"])
        title = say("{factor} from {low} to {high}: {change}", change=change, **values)
    body = tuple(
        (e["level"], *(tell(key, e["difference"], e["half_width"]) for tell in (view.change, view.change_interval))) for e in own
    )
    told = [say("sweep||{level} {change}", level=b[0], change=b[1]) for b in body]
    return Panel(
        name=name,
        title=title,
        subtitle=say("Main effect on {measure}, bars: {confidence} CI", measure=view.small(key), confidence=view.confidence),
        alt=say("Main effect of {factor}: {values}.", factor=axis.name, values=_listed(told)),
        figure=draw.effect_line(
            [e["level"] for e in own],
            [scale.value(e["difference"]) for e in own],
            [scale.value(e["half_width"] or 0.0) for e in own],
            axis,
            _change_axis(scale.unit),
            1.08 * scale.value(reach) or 1.0,
        ),
        grid=Grid((axis.title, say("sweep||Change"), say("{confidence} CI", confidence=view.confidence)), body),
    )


def _model(view: SweepView, key: Key, entry: dict[str, Any], n: int) -> Panel | None:
    model = entry["metamodel"]
    if not model:
        return None
    scale = view.scale(key)
    means, widths = view.found.means(*key), view.found.half_widths(*key)
    points = [i for i in range(len(means)) if not math.isnan(means[i])]
    predicted = model["left_out"]
    error = fmt.quantity(model["rmse"], view.change_scale(key, model["rmse"]))
    noise = say("sweep||unknown")
    if model["noise"] is not None:
        noise = fmt.quantity(model["noise"], view.change_scale(key, model["noise"]))
    body = tuple(
        (str(i), view.setting(i), view.value(i, key), fmt.quantity(predicted[i], scale, widths[i] if widths[i] > 0 else None))
        for i in points
    )
    return Panel(
        name=f"metamodel-{n}",
        title=say("Points left out are predicted to {error} (Q\u00b2 {q2})", error=error, q2=fmt.number(model["q2"], 2)),
        subtitle=say(_PREDICTED[model["kind"]], measure=view.label(key), noise=noise, confidence=view.confidence),
        alt=say(
            "Predicted against simulated {measure} for {n} points; cross-validated error {error}.",
            measure=view.small(key),
            n=fmt.number(len(points)),
            error=error,
        ),
        figure=draw.predicted_against_simulated(
            [scale.value(means[i]) for i in points],
            [scale.value(predicted[i]) for i in points],
            [scale.value(widths[i]) if widths[i] > 0 else 0.0 for i in points] if len(points) <= 80 else [0.0] * len(points),
            [view.setting(i) for i in points],
            scale.unit,
        ),
        grid=Grid(
            (say("sweep||Point"), say("Factors"), say("sweep||Simulated"), say("sweep||Predicted")), body[:MOST_APPENDIX_ROWS]
        ),
    )
