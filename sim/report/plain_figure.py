"""Reads a Plotly figure as plain series and axes, for programs that draw charts of their own: what is bars, lines, dots, cells.

Whatever a panel draws comes through here, so that a new figure needs nothing for the slides. What has no counterpart is
simplified (a filled band becomes its outline, a shaded area its edge); kinds of traces that are not known give nothing, and the
table behind the figure is shown instead.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sim.report import palette as c
from sim.report.panel import Legend, Panel
from sim.report.plain_cells import cells_of, hex_colour, lighter, list_of, number_of
from sim.report.plain_series import Axis, Cells, Chart, Dots, Series, clean, plain

_NUMBER = re.compile(r"[+\u2212-]?[0-9][0-9,]*(\.[0-9]+)?")


@dataclass
class _Region:
    """Traces that share a place of the figure."""

    x: str
    y: str
    traces: list[dict[str, Any]] = field(default_factory=list)
    over: list[dict[str, Any]] = field(default_factory=list)  # on an axis laid over this one


def read_figure(panel: Panel) -> list[Chart] | Cells | None:
    """The charts of a panel's figure from top to bottom, the cells of a heat map, or None where it has no counterpart."""
    if panel.figure is None:
        return None
    content = panel.figure.to_plotly_json()
    traces = [t for t in content["data"] if t.get("visible") not in (False, "legendonly")]
    layout = content["layout"]
    kinds = {t.get("type", "scatter") for t in traces}
    if kinds == {"heatmap"} and len(traces) == 1:
        return cells_of(traces[0], layout)
    if not traces or not kinds <= {"bar", "scatter", "scattergl"}:
        return None
    charts = [_chart(region, layout, panel.legend) for region in _regions(traces, layout)]
    return sorted((chart for chart in charts if chart.series), key=lambda chart: (chart.top, chart.left)) or None


def _each(value: Any, count: int, default: Any) -> list[Any]:
    """A property that Plotly takes once or for each point."""
    if value is None:
        return [default] * count
    if isinstance(value, str) or not hasattr(value, "__len__"):
        return [value] * count
    found = list_of(value)
    return (found + [default] * count)[:count]


def _axis_of(reference: str) -> str:
    return f"{reference[0]}axis{reference[1:]}"


def _regions(traces: Sequence[dict[str, Any]], layout: dict[str, Any]) -> list[_Region]:
    found: dict[tuple[str, str], _Region] = {}
    for trace in traces:
        x, y = trace.get("xaxis") or "x", trace.get("yaxis") or "y"
        base = layout.get(_axis_of(y), {}).get("overlaying")
        region = found.setdefault((x, base or y), _Region(x, base or y))
        (region.over if base else region.traces).append(trace)
    return [region for region in found.values() if region.traces]


def _is_text(values: Sequence[Any]) -> bool:
    return any(isinstance(v, str) and not _NUMBER.fullmatch(v) for v in values)


def _on_categories(traces: Sequence[dict[str, Any]], side: str, axis: dict[str, Any]) -> bool:
    return axis.get("type") == "category" or any(_is_text(list_of(t.get(side))) for t in traces)


def _chart(region: _Region, layout: dict[str, Any], legend: Sequence[Legend]) -> Chart:
    x_axis, y_axis = layout.get(_axis_of(region.x), {}), layout.get(_axis_of(region.y), {})
    bars = [t for t in region.traces if t.get("type") == "bar"]
    horizontal = bool(bars) and bars[0].get("orientation") == "h"
    across, up = x_axis.get("domain") or (0, 1), y_axis.get("domain") or (0, 1)
    place = {"left": float(across[0]), "right": float(across[1]), "top": 1 - float(up[1]), "bottom": 1 - float(up[0])}
    if bars or _on_categories(region.traces, "x", x_axis):
        found = _category_chart(region, layout, legend, horizontal)
    else:
        found = _xy_chart(region, layout, legend)
    return replace(found, **place)  # type: ignore[arg-type]


def _keys(traces: Sequence[dict[str, Any]], side: str, axis: dict[str, Any]) -> list[Any]:
    """Categories in the order of the axis: texts as they come, numbers ascending."""
    seen = dict.fromkeys(
        [*list_of(axis.get("categoryarray")), *(v for t in traces for v in list_of(t.get(side)) if v is not None)]
    )
    return list(seen) if _is_text(list(seen)) or axis.get("type") == "category" else sorted(seen, key=number_of)


def _named(traces: Sequence[dict[str, Any]], keys: Sequence[Any], side: str, axis: dict[str, Any]) -> list[str]:
    """What categories are called: by the ticks, by what stands before the colon of the hover texts, or as they are."""
    if _is_text(keys) or axis.get("type") == "category":
        return [plain(key) for key in keys]
    ticks = dict(zip(list_of(axis.get("tickvals")), list_of(axis.get("ticktext")), strict=False))
    if all(key in ticks for key in keys):
        return [plain(ticks[key]) for key in keys]
    for trace in traces:
        heads = {
            k: plain(t).split(": ")[0] for k, t in zip(list_of(trace.get(side)), list_of(trace.get("hovertext")), strict=False)
        }
        if len(set(heads.values())) == len(keys) > 1:
            return [heads.get(key, "") for key in keys]
    return [f"{key:g}" if isinstance(key, (int, float)) else plain(key) for key in keys]


def _category_chart(region: _Region, layout: dict[str, Any], legend: Sequence[Legend], horizontal: bool) -> Chart:
    side, value = ("y", "x") if horizontal else ("x", "y")
    axes = {"x": layout.get(_axis_of(region.x), {}), "y": layout.get(_axis_of(region.y), {})}
    keys = _keys([*region.traces, *region.over], side, axes[side])
    names = _named(region.traces, keys, side, axes[side])
    series = [_on_keys(t, keys, side, value, legend) for t in region.traces if not _is_band(t)]
    series += [replace(_on_keys(t, keys, side, value, legend), second=True) for t in region.over if not _is_band(t)]
    bars = [s for s in series if s.kind == "bar"]
    stacked = layout.get("barmode") in ("stack", "relative") and len(bars) > 1
    _place_labels(region, layout, keys, names, series, side, value, stacked)
    if horizontal:  # lines cannot stand upon lying bars
        series = [s if s.kind == "bar" else replace(s, kind="bar") for s in series if s.kind == "bar" or not stacked]
    over = layout.get(_axis_of(region.over[0]["yaxis"]), {}) if region.over else None
    values = [v for s in series if not s.second for v in s.y if v == v]
    return Chart(
        kind="bar" if bars else "line",
        series=tuple(series),
        across=replace(_axis(axes[side], []), names=()),
        up=_axis(axes[value], values),
        categories=tuple(names),
        horizontal=horizontal,
        stacked=stacked,
        second=None if over is None else _axis(over, [v for s in series if s.second for v in s.y if v == v]),
    )


def _on_keys(trace: dict[str, Any], keys: Sequence[Any], side: str, value: str, legend: Sequence[Legend]) -> Series:
    """A trace with one value for each category."""
    found = _series(trace, legend)
    places = {key: i for i, key in enumerate(keys)}
    at = [places.get(key, -1) for key in list_of(trace.get(side))]
    given = found.x if value == "x" else found.y

    def spread(values: Sequence[Any], empty: Any) -> tuple[Any, ...]:
        row = [empty] * len(keys)
        for i, v in zip(at, values, strict=False):
            if i >= 0:
                row[i] = v
        return tuple(row)

    dots = found.dots
    if dots is not None and len(dots.colours) > 1:
        dots = Dots(spread(dots.colours, found.colour), spread(dots.symbols, "circle"), spread(dots.sizes, 6.0))
    return replace(
        found,
        x=tuple(float(i) for i in range(len(keys))),
        y=spread(given, math.nan),
        labels=spread(found.labels, "") if found.labels else (),
        plus=spread(found.plus, 0.0) if found.plus else (),
        minus=spread(found.minus, 0.0) if found.minus else (),
        dots=dots,
    )


def _place_labels(
    region: _Region,
    layout: dict[str, Any],
    keys: Sequence[Any],
    names: list[str],
    series: list[Series],
    side: str,
    value: str,
    stacked: bool,
) -> None:
    """Annotations at a category: of stacked bars they join its name, else they label the nearest value."""
    for note in _notes(region, layout):
        key, text = note.get(side), plain(note.get("text", ""))
        if key not in keys or not text:
            continue
        at = keys.index(key)
        number = number_of(note.get(value))
        near = [(abs(s.y[at] - number), i) for i, s in enumerate(series) if s.y[at] == s.y[at]]
        if stacked or not near:
            names[at] = f"{names[at]}  {text}"
            continue
        found = series[min(near)[1]]
        labels = list(found.labels or [""] * len(keys))
        labels[at] = labels[at] or text
        series[min(near)[1]] = replace(found, labels=tuple(labels), place="outside")


def _notes(region: _Region, layout: dict[str, Any]) -> list[dict[str, Any]]:
    notes = layout.get("annotations") or ()
    return [n for n in notes if n.get("visible") is not False and (n.get("xref") or "x").split()[0] in (region.x, "paper")
            and (n.get("yref") or "y").split()[0] in (region.y, "paper")]  # fmt: skip


def _is_band(trace: dict[str, Any]) -> bool:
    return trace.get("fill") == "toself"


def _series(trace: dict[str, Any], legend: Sequence[Legend]) -> Series:
    """A trace with its own values."""
    x, y = ([number_of(v) for v in list_of(trace.get(side))] for side in ("x", "y"))
    count = max(len(x), len(y))
    marker, line = trace.get("marker") or {}, trace.get("line") or {}
    mode = trace.get("mode") or ("lines" if trace.get("type") != "bar" else "")
    kind = "bar" if trace.get("type") == "bar" else "line" if "lines" in mode else "dots" if "markers" in mode else "labels"
    colours = [str(v) for v in _each(marker.get("color"), count, c.BLUE)]
    colour = hex_colour(line.get("color") or trace.get("fillcolor") if kind == "line" else colours[0] if colours else c.BLUE)
    dots = None
    if kind in ("bar", "dots") or "markers" in mode:
        own = [hex_colour(v) for v in colours] if marker.get("color") is not None else [colour] * count
        symbols = [str(v) for v in _each(marker.get("symbol"), count, "circle")]
        rims = _each((marker.get("line") or {}).get("color"), count, None)
        for i, rim in enumerate(rims if kind != "bar" else ()):
            if own[i] == c.SURFACE and rim is not None:  # hollow
                own[i], symbols[i] = hex_colour(rim), f"{symbols[i].removesuffix('-open')}-open"
        sizes = [number_of(v) for v in _each(marker.get("size"), count, 6.0)]
        alike = len(set(zip(own, symbols, sizes, strict=True))) <= 1
        cut = slice(0, 1) if alike else slice(None)
        dots = Dots(tuple(own[cut]), tuple(symbols[cut]), tuple(sizes[cut]))
    texts = _each(trace.get("text"), count, "") if kind == "bar" or "text" in mode else []
    along, plus, minus = _errors(trace, count)
    shape = (marker.get("pattern") or {}).get("shape")
    name = plain(trace.get("name") or "") or _name_of(colour, str(line.get("dash") or "solid"), bool(shape), legend)
    band = _is_band(trace)
    return Series(
        name=name,
        x=tuple(x),
        y=tuple(y),
        kind=kind,
        colour=lighter(colour) if band else colour,
        dash=str(line.get("dash") or "solid"),
        width=0.75 if band else number_of(line.get("width") if line.get("width") is not None else 2.0),
        dots=dots,
        hatched=bool(shape) and isinstance(shape, str),
        labels=tuple(plain(t) for t in texts) if any(texts) else (),
        place=_place(_each(trace.get("textposition"), 1, "")[0] if count else ""),
        error_along=along,
        plus=plus,
        minus=minus,
    )


def _errors(trace: dict[str, Any], count: int) -> tuple[str, tuple[float, ...], tuple[float, ...]]:
    for along in ("x", "y"):
        bars = trace.get(f"error_{along}") or {}
        if bars.get("visible") is not False and bars.get("array") is not None:
            plus = [0.0 if (v := number_of(w)) != v else v for w in _each(bars["array"], count, 0.0)]
            minus = (
                plus
                if bars.get("arrayminus") is None
                else [0.0 if (v := number_of(w)) != v else v for w in list_of(bars["arrayminus"])]
            )
            if any(plus) or any(minus):
                return along, tuple(plus), tuple(minus)
    return "", (), ()


def _place(position: Any) -> str:
    text = str(position or "")
    for word, place in (("inside", "inside"), ("outside", "outside"), ("left", "left"), ("right", "right"), ("bottom", "below")):
        if word in text:
            return place
    return "above" if "top" in text else "centre" if text.startswith("middle") else "inside" if text == "auto" else "above"


def _name_of(colour: str, dash: str, hatched: bool, legend: Sequence[Legend]) -> str:
    """What the legend calls a colour; by dash or hatching where a colour comes twice."""
    alike = [entry for entry in legend if entry.colour.lower() == colour.lower()]
    wanted = {"dash", "dot"} if dash != "solid" else {"hatch"} if hatched else {"line", "square", "circle"}
    nearest = [entry for entry in alike if entry.mark in wanted] or alike
    return clean(nearest[0].label) if nearest else ""


def _xy_chart(region: _Region, layout: dict[str, Any], legend: Sequence[Legend]) -> Chart:
    x_axis, y_axis = layout.get(_axis_of(region.x), {}), layout.get(_axis_of(region.y), {})
    traces = [*region.traces, *region.over]
    keys: dict[Any, float] = {}
    if _on_categories(traces, "y", y_axis):
        found = _keys(traces, "y", y_axis)
        upside_down = y_axis.get("autorange") == "reversed"
        keys = {key: float(len(found) - 1 - i if upside_down else i) for i, key in enumerate(found)}
        traces = [t | {"y": [keys.get(v, math.nan) for v in list_of(t.get("y"))]} for t in traces]
    series = [_series(t, legend) for t in traces]
    across = _axis(x_axis, _reach(series, "x", region.x, layout), spread=True)
    up = _axis(y_axis, _reach(series, "y", region.y, layout), spread=True)
    if (x_axis.get("anchor") or region.y) != region.y:  # its labels stand below another chart
        across = replace(across, title="", names=(), shown=False)
    if keys:
        names = tuple((place, plain(key)) for key, place in keys.items())
        up = replace(up, low=-0.6, high=len(keys) - 0.4, names=names, reversed=False)
    series = [*_lines(region, layout, across, up, keys), *series, *_labels(region, layout, across, up, keys)]
    aspect = number_of(y_axis.get("scaleratio") or 1.0) if y_axis.get("scaleanchor") else 0.0
    return Chart("xy", tuple(s for s in series if s.x), across, up, aspect=aspect)


def _reach(series: Sequence[Series], side: str, reference: str, layout: dict[str, Any]) -> list[float]:
    """Values that an axis must show: those of the series with their error bars, and of reference lines."""
    found: list[float] = []
    for one in series:
        values = one.x if side == "x" else one.y
        found += values
        if one.error_along == side:
            found += [v + w for v, w in zip(values, one.plus, strict=False)]
            found += [v - w for v, w in zip(values, one.minus, strict=False)]
    for shape in layout.get("shapes") or ():
        if (shape.get(f"{side}ref") or side) == reference:
            found += [number_of(shape.get(f"{side}{end}")) for end in (0, 1)]
    return [v for v in found if math.isfinite(v)]


def _at(value: Any, reference: str, axis: Axis, keys: dict[Any, float]) -> float:
    """A place in the units of an axis; those on paper are shares of its range."""
    if "paper" in reference or "domain" in reference:
        low, high = (math.log10(e) if axis.log and e > 0 else e for e in (axis.low, axis.high))
        found = low + min(max(number_of(value), 0.0), 1.0) * (high - low)
    else:
        found = keys[value] if value in keys else number_of(value)
    return float(10.0**found) if axis.log and found == found else found


def _lines(region: _Region, layout: dict[str, Any], across: Axis, up: Axis, keys: dict[Any, float]) -> list[Series]:
    """Reference lines, and the edges of shaded areas."""
    found: list[Series] = []
    for shape in layout.get("shapes") or ():
        x_ref, y_ref = shape.get("xref") or region.x, shape.get("yref") or region.y
        if x_ref.split()[0] not in (region.x, "paper") or y_ref.split()[0] not in (region.y, "paper"):
            continue
        x = [_at(shape.get(k), x_ref, across, {}) for k in ("x0", "x1")]
        y = [_at(shape.get(k), y_ref, up, keys) for k in ("y0", "y1")]
        line = shape.get("line") or {}
        if shape.get("type") == "rect":
            x = [x[1], x[1]]
            line = {"color": c.SLATE, "width": 1, "dash": "dot"}
        if any(v != v for v in (*x, *y)) or shape.get("type") not in ("line", "rect"):
            continue
        colour, dash = hex_colour(line.get("color") or c.MUTED), str(line.get("dash") or "solid")
        found.append(Series("", tuple(x), tuple(y), "line", colour, dash, number_of(line.get("width") or 1)))
    return found


def _labels(region: _Region, layout: dict[str, Any], across: Axis, up: Axis, keys: dict[Any, float]) -> list[Series]:
    """Annotations as texts at their places."""
    sides: dict[str, list[tuple[float, float, str]]] = {}
    for note in _notes(region, layout):
        x = _at(note.get("x"), note.get("xref") or "x", across, {})
        y = _at(note.get("y"), note.get("yref") or "y", up, keys)
        text = plain(note.get("text", ""))
        if x == x and y == y and text:
            anchor = str(note.get("xanchor") or "")
            side = {"left": "right", "right": "left"}.get(anchor, "centre" if note.get("bgcolor") else "above")
            if side == "above" and y >= up.high:
                side = "below"
            elif side == "right" and note.get("yanchor") == "top":
                y -= 0.03 * (up.high - up.low)
            sides.setdefault(side, []).append((x, y, text))
    found = []
    for side, points in sides.items():
        x_values, y_values, texts = zip(*points, strict=True)
        found.append(Series("", x_values, y_values, "labels", c.INK, labels=texts, place=side))
    return found


def _axis(axis: dict[str, Any], values: Sequence[float], spread: bool = False) -> Axis:
    """Title, range and format of an axis; `spread`: the range is found from the values where none is given."""
    title = axis.get("title")
    text = title.get("text") if isinstance(title, dict) else title
    low, high = ([number_of(v) for v in list_of(axis.get("range"))] + [math.nan, math.nan])[:2]
    upside_down = axis.get("autorange") == "reversed" or low > high
    if low > high:
        low, high = high, low
    log = axis.get("type") == "log"
    if log:
        low, high = (10.0**v if v == v else v for v in (low, high))
    if spread and not low < high and values:
        air = 0.04 * (max(values) - min(values)) or 1.0
        low, high = min(values) - air, max(values) + air
        if axis.get("rangemode") in ("tozero", "nonnegative") or (min(values) >= 0 and low < 0):
            low = 0.0 if axis.get("rangemode") == "tozero" or low < 0 else low
    ticks = [(number_of(v), plain(t)) for v, t in zip(list_of(axis.get("tickvals")), list_of(axis.get("ticktext")), strict=False)]
    names = tuple(t for t in ticks if t[0] == t[0]) if any(not _NUMBER.fullmatch(t) for _, t in ticks) else ()
    shown = axis.get("visible") is not False and axis.get("showticklabels") is not False
    return Axis(plain(text or ""), low, high, _format(axis, values, low, high), upside_down, log, names, shown)


def _format(axis: dict[str, Any], values: Sequence[float], low: float, high: float) -> str:
    """How a spreadsheet writes what Plotly's tick format asks for."""
    wanted = str(axis.get("tickformat") or "")
    suffix = plain(axis.get("ticksuffix") or "")
    size = max((abs(v) for v in (*values, low, high) if math.isfinite(v)), default=0.0)
    if wanted.endswith("%"):
        body = "0%" if ".0" in wanted or ".1~" in wanted else "0.0%"
        return f"+{body};\u2212{body};{body}" if wanted.startswith("+") else body
    if suffix and '"' not in suffix:
        return f'0"{suffix}"'
    return "#,##0;\u2212#,##0" if size >= 10 else "General"
