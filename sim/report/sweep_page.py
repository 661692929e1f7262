"""The page of a sweep: best points, what matters, how factors act together, how well a metamodel predicts."""

from __future__ import annotations

import math
import shlex
from pathlib import Path
from typing import Any

from sim.analysis.axes import Axis
from sim.analysis.sweep_results import Key, SweepResults
from sim.language import say
from sim.report import figures_sweep as draw
from sim.report import format as fmt
from sim.report import palette as c
from sim.report.appendix import folder_tables
from sim.report.console import VERDICTS
from sim.report.facts import MOST_APPENDIX_ROWS
from sim.report.panel import Grid, Legend, Panel, Section
from sim.report.render import Appendix, Cell, Fact, MeasureRow, MeasureTable, Page, Words, section
from sim.report.sweep_text import KINDS, SweepView, is_shown, sentences, swing_text
from sim.store import read_json

_DESIGNS = {
    "factorial": "full factorial: every combination of the levels",
    "lhs": "Latin hypercube: points spread evenly over the ranges",
    "sobol": "scrambled Sobol sequence: points spread evenly over the ranges",
    "one-at-a-time": "one at a time: the scenario as it is, then each level of each factor alone",
    "saltelli": "Saltelli sample: two samples and their mixtures, for Sobol indices",
}


def sweep_page(found: SweepResults) -> Page:
    """Everything a reader sees of a sweep."""
    view = SweepView(found)
    said = sentences(view)
    sections: list[Section] = []
    for n, (key, entry) in enumerate(view.analysis.items()):
        panels = _panels(view, key, entry, n)
        sections += section(f"measure-{n}", f"What moves {view.small(key)}", panels)
    return Page(
        title=f"{view.data['title'] or view.data['name']}: {fmt.in_words([a.name for a in view.axes])} \u2013 sparesim",
        context=_context(view),
        headline=said[0],
        lede=tuple(Words(s, warn=s.startswith("None of")) for s in said[1:]),
        measure_tables=(_best_table(view),),
        sections=tuple(sections),
        facts=_facts(view),
        appendices=(_all_points(view),),
        name=f"{view.data['name']}-sweep",
        tables=folder_tables(found.folder, titles={"points": say("Points of the sweep")}),
        footer="Drawn by sparesim from stored results; all points met the same customers (common random numbers).",
    )


def _context(view: SweepView) -> tuple[Words, ...]:
    data = view.data
    return (
        Words(str(data["title"] or data["name"]), strong=True),
        Words(f"sweep of {fmt.in_words([a.name for a in view.axes])}"),
        Words(f"{fmt.number(len(data['points']))} points \u00d7 {fmt.number(data['replications'])} replications"),
        Words(f"{fmt.duration(data['run']['length_h'])} each"),
        Words(f"seed {data['seed']}"),
    )


def _best_table(view: SweepView) -> MeasureTable:
    judged = view.data["targets_met"] is not None
    columns = view.columns
    heads = [f"{view.label(k)}, {u}" if (u := view.scale(k).unit) else view.label(k) for k in columns]
    rows = []
    for point in view.listed:
        cells = tuple(Cell(view.cell(point, key), "value" if key == view.by else "") for key in columns)
        name = f"{view.setting(point)}"
        if point == view.data["cheapest"]:
            name += " \u2013 cheapest that meets all targets"
        rows.append(MeasureRow(name, "", cells, view.verdict(point)))
    caption = f"Best points by {view.small(view.by)}, with {view.confidence} CI"
    return MeasureTable(("Point", *heads, *(("Targets",) if judged else ())), tuple(rows), caption, judged=judged)


def _panels(view: SweepView, key: Key, entry: dict[str, Any], n: int) -> list[Panel | None]:
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


def _tornado(view: SweepView, key: Key, entry: dict[str, Any], n: int) -> Panel | None:
    swings = entry["tornado"]
    if not swings:
        return None
    ends = {(e["factor"], e["level"]): e for e in entry["effects"]}
    largest = max(max(abs(s["at_low"]), abs(s["at_high"]), abs(s["span"])) for s in swings)
    scale = view.change_scale(key, largest)
    widths = [tuple(scale.value(ends[s["factor"], s[side]]["half_width"] or 0.0) for side in ("low", "high")) for s in swings]
    shown = [s for s in swings if is_shown(s, "span")]
    title = swing_text(view, key, shown[0]) if shown else f"No factor is shown to move {view.small(key)}"
    body = tuple(
        (
            s["factor"],
            s["low"],
            s["high"],
            view.change(key, s["span"], s["half_width"]),
            view.change_interval(key, s["span"], s["half_width"]),
            "yes" if is_shown(s, "span") else "no",
        )
        for s in swings
    )
    about = "the scenario as it is" if view.found.design == "one-at-a-time" else "the mean over the sweep"
    basis = ", on the metamodel" if entry["basis"] == "metamodel" else ""
    return Panel(
        name=f"tornado-{n}",
        title=title,
        subtitle=f"Change of {view.small(key)} against {about}{basis}; bars: {view.confidence} CI",
        alt="Tornado: " + "; ".join(f"{b[0]} from {b[1]} to {b[2]} {b[3]}" for b in body) + ".",
        figure=draw.tornado_bars(
            [s["factor"] for s in swings],
            [(s["low"], s["high"]) for s in swings],
            [(scale.value(s["at_low"]), scale.value(s["at_high"])) for s in swings],
            [(w[0], w[1]) for w in widths],
            f"Change, {scale.unit}" if scale.unit else "Change",
        ),
        legend=(Legend("lowest value of the factor", c.SKY, "hatch"), Legend("highest value", c.BLUE)),
        grid=Grid(("Factor", "From", "To", "Change", f"{view.confidence} CI (paired)", "Shown"), body),
    )


def _indices(view: SweepView, key: Key, entry: dict[str, Any], n: int) -> Panel | None:
    found = sorted(entry["indices"], key=lambda i: -i["total"])
    if not found:
        return None
    lead = found[0]
    alone = sum(max(0.0, i["first"]) for i in found)
    together = f"; acting together they explain {fmt.percent(1 - alone)}" if 0.01 < 1 - alone < 1 else ""
    on = {"factorial": "over the levels, equally likely", "saltelli": "over the ranges, uniform"}.get(
        view.found.design, "over the ranges, uniform, on the metamodel"
    )
    body = tuple(
        (i["factor"], fmt.percent(max(0.0, i["first"])), _ends(i, "first"), fmt.percent(max(0.0, i["total"])), _ends(i, "total"))
        for i in found
    )
    return Panel(
        name=f"indices-{n}",
        title=f"{lead['factor']} alone explains {fmt.percent(max(0.0, lead['first']))} of the variance{together}",
        subtitle=f"Sobol indices of {view.small(key)} {on}; whiskers: {view.confidence} bootstrap",
        alt="Sobol indices: " + "; ".join(f"{b[0]} alone {b[1]}, with interactions {b[3]}" for b in body) + ".",
        figure=draw.index_bars(found),
        legend=(Legend("alone (first order)", c.BLUE), Legend("with interactions (total)", c.QUIET)),
        grid=Grid(("Factor", "Alone", "Interval", "Total", "Interval"), body),
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
    others = "averaged over the other factors" if len(view.axes) > 2 else "mean of the replications"
    if view.found.design != "factorial":
        others = "predicted by the metamodel" + (", averaged over the other factors" if len(view.axes) > 2 else "")
    place = f"{across.name} = {labels[0][best[1]]}, {up.name} = {labels[1][best[2]]}"
    body = tuple((labels[1][k], *(fmt.number(v, decimals) for v in line)) for k, line in enumerate(z))
    return Panel(
        name=name,
        title=f"{'Lowest' if less else 'Highest'} at {place}: {fmt.with_unit(fmt.number(best[0], decimals), scale.unit)}",
        subtitle=f"{view.label(key)}{', ' + scale.unit if scale.unit else ''}; {others}",
        alt=f"Map of {view.small(key)} over {across.name} and {up.name}; {'lowest' if less else 'highest'} at {place}.",
        figure=draw.heat_map(*labels, z, (across.title, up.title), scale.unit),
        grid=Grid((f"{up.name} \\ {across.name}", *labels[0]), body),
    )


def _effects(view: SweepView, key: Key, entry: dict[str, Any], axis: Axis, name: str) -> Panel | None:
    own = [e for e in entry["effects"] if e["factor"] == axis.name]
    if not own:
        return None
    reach = max(abs(e["difference"]) + (e["half_width"] or 0.0) for e in entry["effects"])
    scale = view.change_scale(key, reach)
    (swing,) = [s for s in entry["tornado"] if s["factor"] == axis.name]
    change = view.change(key, swing["span"], swing["half_width"])
    title = f"{axis.name} from {swing['low']} to {swing['high']}: {change}"
    if not is_shown(swing, "span"):
        title = f"{axis.name}: no change from {swing['low']} to {swing['high']} shown"
    body = tuple(
        (e["level"], *(tell(key, e["difference"], e["half_width"]) for tell in (view.change, view.change_interval))) for e in own
    )
    return Panel(
        name=name,
        title=title,
        subtitle=f"Main effect on {view.small(key)}, bars: {view.confidence} CI",
        alt=f"Main effect of {axis.name}: " + ", ".join(f"{b[0]} {b[1]}" for b in body) + ".",
        figure=draw.effect_line(
            [e["level"] for e in own],
            [scale.value(e["difference"]) for e in own],
            [scale.value(e["half_width"] or 0.0) for e in own],
            axis,
            f"Change, {scale.unit}" if scale.unit else "Change",
            1.08 * scale.value(reach) or 1.0,
        ),
        grid=Grid((axis.title, "Change", f"{view.confidence} CI"), body),
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
    noise = fmt.quantity(model["noise"], view.change_scale(key, model["noise"])) if model["noise"] is not None else "unknown"
    body = tuple(
        (str(i), view.setting(i), view.value(i, key), fmt.quantity(predicted[i], scale, widths[i] if widths[i] > 0 else None))
        for i in points
    )
    return Panel(
        name=f"metamodel-{n}",
        title=f"Points left out are predicted to {error} (Q\u00b2 {model['q2']:.2f})",
        subtitle=f"{view.label(key)}: {KINDS[model['kind']]}, each point from all others; sampling error between points {noise}; "
        f"lines: {view.confidence} CI",
        alt=f"Predicted against simulated {view.small(key)} for {len(points)} points; cross-validated error {error}.",
        figure=draw.predicted_against_simulated(
            [scale.value(means[i]) for i in points],
            [scale.value(predicted[i]) for i in points],
            [scale.value(widths[i]) if widths[i] > 0 else 0.0 for i in points] if len(points) <= 80 else [0.0] * len(points),
            [view.setting(i) for i in points],
            scale.unit,
        ),
        grid=Grid(("Point", "Factors", "Simulated", "Predicted"), body[:MOST_APPENDIX_ROWS]),
    )


def _facts(view: SweepView) -> tuple[Fact, ...]:
    data = view.data
    count = data["replications"]
    entries = [
        Fact("Design", f"{_DESIGNS[data['design']]}; {fmt.number(data['distinct_plans'])} different plans were simulated"),
        Fact("Factors", entries=tuple(_factor_text(view, i) for i in range(len(view.axes)))),
        Fact(
            "Replications",
            f"{fmt.number(count)} of {fmt.duration(data['run']['length_h'])} at each point, warm-up "
            f"{fmt.duration(data['run']['warm_up_h'])}; {view.confidence} t intervals over the replications"
            if count > 1
            else "1: no interval can be given, so every verdict is \u201cnot shown\u201d",
        ),
        Fact(
            "Pairing",
            "Same customers at every point in each replication (common random numbers): effects and differences are computed "
            "within a replication, their intervals are over replications",
        ),
        Fact(
            "Many comparisons",
            "\u201cMay be as good\u201d compares all points with the best one at once (Bonferroni). All other intervals and "
            "verdicts stand for themselves: the best of many points looks better than it is, so confirm a choice",
        ),
    ]
    model = view.analysis.get(view.by, {}).get("metamodel")
    if model:
        entries.append(
            Fact(
                "Metamodel",
                f"{KINDS[model['kind']]} of the points' means; its error is that of predicting each point from all others; it is "
                "not used outside the swept ranges",
            )
        )
    made = view.found.folder / "made.json"
    if made.is_file():
        command = [str(word) for word in read_json(made)["command"]]
        entries.append(Fact("Reproduce", shlex.join([Path(command[0]).name, *command[1:]]) if command else "", code=True))
        versions = read_json(made)["versions"]
        listed = ", ".join(f"{name} {versions[name]}" for name in sorted(versions, key=lambda v: (v != "sparesim", v)))
        entries.append(Fact("Inputs", f"sha256 {str(data['digest'])[:12]}\u2026, seed {data['seed']}, {listed}"))
    return tuple(entry for entry in entries if entry.text or entry.entries)


def _factor_text(view: SweepView, i: int) -> str:
    axis, data = view.axes[i], view.data["factors"][i]
    values = f"{axis.label(axis.low)} to {axis.label(axis.high)}"
    if axis.levels:
        values = fmt.in_words([axis.label(x) for x in axis.ladder()], 9)
    inside = f"; in the scenario {data['in_scenario']}" if data["in_scenario"] else ""
    return f"{axis.name} ({', '.join(data['paths'])}): {values}{inside}"


def _all_points(view: SweepView) -> Appendix:
    judged = view.data["targets_met"] is not None
    columns = view.columns
    points = range(min(len(view.data["points"]), MOST_APPENDIX_ROWS))
    rows = []
    for i in points:
        cells = [str(i), *(a.label(x) for a, x in zip(view.axes, view.found.rows[i], strict=True))]
        cells += [view.cell(i, key) for key in columns]
        rows.append(tuple(cells + ([VERDICTS.get(view.verdict(i) or "", "")] if judged else [])))
    heads = [f"{view.label(k)}, {u}" if (u := view.scale(k).unit) else view.label(k) for k in columns]
    total = len(view.data["points"])
    note = "" if len(rows) == total else f"The first {len(rows)} of {fmt.number(total)}; all are in points.csv."
    head = ("Point", *(a.name for a in view.axes), *heads, *(("Targets",) if judged else ()))
    summary = f"{fmt.number(len(rows))} points, {view.confidence} CI in brackets"
    return Appendix("All points", summary, Grid(head, tuple(rows), note))
