"""Axes of PowerPoint's charts, and lines over bars with a second axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_TICK_LABEL_POSITION, XL_TICK_MARK
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.util import Inches

from sim.report import palette as c
from sim.report.plain_series import Axis, Chart

LABEL_PT = 10


def shortened(name: str, most: int = 60) -> str:
    """A name that fits beside an axis."""
    return name if len(name) <= most else name[: most - 1] + "\u2026"


def element_of(text: str) -> Any:
    """A piece of a chart's XML."""
    return parse_xml(f"<c:chart {nsdecls('c', 'a')}>{text}</c:chart>")[0]


def insert_before(parent: Any, child: Any, names: Sequence[str]) -> None:
    """Insert where the schema wants it: before the first of the elements that follow."""
    following = {qn(f"c:{name}") for name in names}
    for i, sibling in enumerate(parent):
        if sibling.tag in following:
            parent.insert(i, child)
            return
    parent.append(child)


def dress_axes(drawn: Any, chart: Chart) -> None:
    """Titles, ranges, formats and lines of a chart's axes."""
    _axis(drawn.category_axis, chart.across, values=chart.kind == "xy", grid=chart.kind == "xy")
    _axis(drawn.value_axis, chart.up, values=True, grid=not chart.up.names)
    if chart.kind != "xy":
        axis = drawn.category_axis._element
        if len(chart.categories) > 14 and not chart.horizontal:
            skip = element_of(f'<c:tickLblSkip val="{max(1, len(chart.categories) // 12)}"/>')
            insert_before(axis, skip, ("tickMarkSkip", "noMultiLvlLbl", "extLst"))
        if chart.horizontal and chart.across.reversed:
            drawn.value_axis._element.find(qn("c:crosses")).set("val", "max")  # the scale stays below
    for axis in drawn._chartSpace.iter(qn("c:valAx"), qn("c:catAx")):
        crossing = axis.find(qn("c:crosses"))
        if crossing is not None and crossing.get("val") == "autoZero":
            crossing.set("val", "min")


def _axis(axis: Any, look: Axis, values: bool, grid: bool) -> None:
    """Title, range, format and lines of one axis."""
    axis.has_major_gridlines = grid
    axis.major_tick_mark = XL_TICK_MARK.NONE
    axis.minor_tick_mark = XL_TICK_MARK.NONE
    axis.format.line.color.rgb = RGBColor.from_string(c.QUIET[1:].upper())
    if grid:
        axis.major_gridlines.format.line.color.rgb = RGBColor.from_string(c.GRID[1:].upper())
    axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW if look.shown and not look.names else XL_TICK_LABEL_POSITION.NONE
    axis.tick_labels.font.size = Inches(LABEL_PT / 72)
    axis.tick_labels.font.color.rgb = RGBColor.from_string(c.INK[1:].upper())
    if look.title:
        axis.has_title = True
        run = axis.axis_title.text_frame
        run.text = shortened(look.title, 80)
        font = run.paragraphs[0].runs[0].font
        font.size, font.bold, font.color.rgb = Inches(LABEL_PT / 72), False, RGBColor.from_string(c.MUTED[1:].upper())
    else:
        axis.has_title = False
    axis.reverse_order = look.reversed
    if values:
        if look.low < look.high:
            axis.minimum_scale, axis.maximum_scale = float(f"{look.low:.6g}"), float(f"{look.high:.6g}")
            step = _step(look.high - look.low)
            if not look.log and not look.names:
                axis.major_unit = step
                axis.minimum_scale = _first_tick(look.low, look.high, step)
        axis.tick_labels.number_format = look.format or "General"
        axis.tick_labels.number_format_is_linked = False
        if look.log:
            scaling = axis._element.find(qn("c:scaling"))
            scaling.insert(0, element_of('<c:logBase val="10"/>'))


def _first_tick(low: float, high: float, step: float) -> float:
    """Where a scale begins so that its ticks are round: at zero instead of a little below, else at the round number before."""
    span = high - low
    if -0.06 * span < low < 0:
        return 0.0
    tick = math.floor(low / step + 1e-9) * step
    return float(f"{tick if low - tick < 0.12 * span else low:.6g}")


def _step(span: float) -> float:
    """A round distance of five to ten ticks."""
    rough = span / 6
    power = 10.0 ** math.floor(math.log10(rough)) if rough > 0 else 1.0
    return min((1.0, 2.0, 2.5, 5.0, 10.0), key=lambda m: abs(m * power - rough)) * power


def lines_over_bars(space: Any, chart: Chart) -> None:
    """Move series that are lines out of a bar chart into a line chart over it, on the same axes or on second ones."""
    area = space.find(f".//{qn('c:plotArea')}")
    host = next((found for tag in ("barChart", "lineChart") if (found := area.find(qn(f"c:{tag}"))) is not None), None)
    if host is None:
        return
    gap = host.find(qn("c:gapWidth"))
    if gap is not None:
        gap.set("val", "30" if len(chart.categories) > 3 else "60")
    pairs = list(zip(host.findall(qn("c:ser")), chart.series, strict=True))
    own_axes = [axis.get("val") for axis in host.findall(qn("c:axId"))]
    for second in (False, True):
        moved = [e for e, s in pairs if s.second == second and (second or (s.kind != "bar" and chart.kind == "bar"))]
        if not moved or len(moved) == len(pairs) or chart.horizontal:
            continue
        axes = ["50010", "50020"] if second else own_axes
        lines = element_of('<c:lineChart><c:grouping val="standard"/><c:varyColors val="0"/></c:lineChart>')
        for element in moved:
            lines.append(element)
        lines.append(element_of('<c:marker val="1"/>'))
        for axis in axes:
            lines.append(element_of(f'<c:axId val="{axis}"/>'))
        last = [e for e in area if e.tag in (qn("c:barChart"), qn("c:lineChart"))][-1]
        last.addnext(lines)
        if second:
            _second_axes(area, own_axes, axes, chart.second or Axis())


def _second_axes(area: Any, own: Sequence[str], axes: Sequence[str], look: Axis) -> None:
    """A hidden copy of the axis of categories and an axis of values at the right."""
    found = {axis.find(qn("c:axId")).get("val"): axis for axis in area if axis.tag in (qn("c:catAx"), qn("c:valAx"))}
    for old, new, other in ((own[0], axes[0], axes[1]), (own[1], axes[1], axes[0])):
        axis = deepcopy(found[old])
        axis.find(qn("c:axId")).set("val", new)
        axis.find(qn("c:crossAx")).set("val", other)
        for name in ("majorGridlines", "title"):
            for child in axis.findall(qn(f"c:{name}")):
                axis.remove(child)
        is_values = axis.tag == qn("c:valAx")
        axis.find(qn("c:delete")).set("val", "0" if is_values else "1")
        if is_values:
            axis.find(qn("c:crosses")).set("val", "max")
            axis.find(qn("c:axPos")).set("val", "r")
            axis.find(qn("c:tickLblPos")).set("val", "nextTo")
            axis.find(qn("c:numFmt")).set("formatCode", look.format or "General")
            scaling = axis.find(qn("c:scaling"))
            for name, value in (("max", look.high), ("min", look.low)):
                for child in scaling.findall(qn(f"c:{name}")):
                    scaling.remove(child)
                if value == value:
                    scaling.append(element_of(f'<c:{name} val="{value:.6g}"/>'))
        [e for e in area if e.tag in (qn("c:catAx"), qn("c:valAx"))][-1].addnext(axis)
