"""Charts of PowerPoint's own from plain series: editable, with their data in an embedded workbook.

python-pptx writes the chart and the workbook; what it has no words for (error bars, labels one by one, hatching, lines over bars,
a second axis) is added to the chart's XML in the order that its schema asks for. Texts stay texts in the workbook, whatever they
begin with, and its dates are fixed, so that the same results give the same bytes.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from pptx.chart.data import CategoryChartData, XyChartData
from pptx.chart.xlsx import CategoryWorkbookWriter, XyWorkbookWriter
from pptx.enum.chart import XL_CHART_TYPE
from pptx.oxml.ns import qn
from pptx.util import Emu, Inches

from sim.report import palette as c
from sim.report.native_axes import LABEL_PT, dress_axes, element_of, insert_before, lines_over_bars, shortened
from sim.report.plain_series import Chart, Series

MADE = datetime(2000, 1, 1)  # of every file, in the place of the clock
_DASHES = {"dash": "dash", "dot": "sysDot", "dashdot": "dashDot", "longdash": "lgDash", "longdashdot": "lgDashDot"}
_SYMBOLS = {"circle": "circle", "square": "square", "diamond": "diamond", "triangle": "triangle", "cross": "plus", "x": "x",
            "star": "star",
                        "line": "dash"}  # fmt: skip
_PLACES = {"above": "t", "below": "b", "left": "l", "right": "r", "centre": "ctr", "inside": "ctr", "outside": "t"}
_AFTER_LABELS = ("trendline", "errBars", "cat", "xVal", "val", "yVal", "smooth", "shape", "extLst")
_AFTER_BARS = ("cat", "xVal", "val", "yVal", "smooth", "shape", "extLst")


class _Workbook:
    """A workbook whose texts are never formulas or links, with a fixed date."""

    @contextmanager
    def _open_worksheet(self, stream: io.BytesIO) -> Iterator[tuple[Any, Any]]:
        from xlsxwriter import Workbook

        book = Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
        book.set_properties({"created": MADE})
        yield book, book.add_worksheet()
        book.close()


class _CategoryWriter(_Workbook, CategoryWorkbookWriter):  # type: ignore[misc]
    pass


class _XyWriter(_Workbook, XyWorkbookWriter):  # type: ignore[misc]
    pass


class _CategoryData(CategoryChartData):  # type: ignore[misc]
    @property
    def _workbook_writer(self) -> _CategoryWriter:
        return _CategoryWriter(self)


class _XyData(XyChartData):  # type: ignore[misc]
    @property
    def _workbook_writer(self) -> _XyWriter:
        return _XyWriter(self)


def add_chart(slide: Any, chart: Chart, left: Emu, top: Emu, width: Emu, height: Emu, alt: str) -> Any:
    """Draw a chart into a rectangle of a slide; the frame of the chart is returned."""
    if chart.kind == "xy":
        chart = _with_names(_in_proportion(chart, width, height))
        data: Any = _XyData()
        for series in chart.series:
            own = data.add_series(series.name)
            for x, y in zip(series.x, series.y, strict=True):
                own.add_data_point(_known(x), _known(y))
        kind = XL_CHART_TYPE.XY_SCATTER
    else:
        data = _CategoryData()
        data.categories = [shortened(name) for name in chart.categories]
        for series in chart.series:
            data.add_series(series.name, [_known(v) for v in series.y])
        kind = _kind(chart)
    frame = slide.shapes.add_chart(kind, left, top, width, height, data)
    frame._element.nvGraphicFramePr.cNvPr.set("descr", alt)
    drawn = frame.chart
    drawn.has_legend = False
    drawn.has_title = False
    drawn.font.size = Inches(LABEL_PT / 72)
    space = drawn._chartSpace
    _drop_gaps(space)
    for element, series in zip(space.iter(qn("c:ser")), chart.series, strict=True):
        _dress(element, series, chart)
    dress_axes(drawn, chart)
    if chart.kind != "xy":
        lines_over_bars(space, chart)
    _plot_area(space, chart, width, height)
    return frame


def _known(value: float) -> float | None:
    return float(f"{value:.10g}") if math.isfinite(value) else None


def _kind(chart: Chart) -> Any:
    if chart.kind == "line":
        return XL_CHART_TYPE.LINE_MARKERS
    return {
        (True, True): XL_CHART_TYPE.BAR_STACKED,
        (True, False): XL_CHART_TYPE.BAR_CLUSTERED,
        (False, True): XL_CHART_TYPE.COLUMN_STACKED,
        (False, False): XL_CHART_TYPE.COLUMN_CLUSTERED,
    }[chart.horizontal, chart.stacked]


def _with_names(chart: Chart) -> Chart:
    """Names along an axis of numbers: texts at its foot, as such charts know numbers only."""
    more = []
    for axis, other, side, is_up in ((chart.up, chart.across, "left", True), (chart.across, chart.up, "below", False)):
        if axis.names:
            places = tuple(p for p, _ in axis.names)
            foot = tuple(other.low for _ in places)
            texts = tuple(shortened(t, 34) for _, t in axis.names)
            x, y = (foot, places) if is_up else (places, foot)
            more.append(Series("", x, y, "labels", c.INK, labels=texts, place=side))
    return replace(chart, series=(*chart.series, *more))


def _in_proportion(chart: Chart, width: Emu, height: Emu) -> Chart:
    """A map's axes widened so that its proportions hold in the box."""
    if not chart.aspect or not (chart.across.low < chart.across.high and chart.up.low < chart.up.high):
        return chart
    wide, high = chart.across.high - chart.across.low, (chart.up.high - chart.up.low) * chart.aspect
    room = (width - Inches(0.8)) / (height - Inches(0.6))
    if wide / high < room:
        more = (high * room - wide) / 2
        return replace(chart, across=replace(chart.across, low=chart.across.low - more, high=chart.across.high + more))
    more = (wide / room - high) / 2 / chart.aspect
    return replace(chart, up=replace(chart.up, low=chart.up.low - more, high=chart.up.high + more))


def _drop_gaps(space: Any) -> None:
    """Points without a value are gaps; python-pptx writes them as the text None."""
    for point in list(space.iter(qn("c:pt"))):
        value = point.find(qn("c:v"))
        if value is not None and value.text in ("None", "") and point.getparent().tag == qn("c:numCache"):
            point.getparent().remove(point)
    for old in list(space.iter(qn("c:dispBlanksAs"))):
        old.set("val", "gap")


def _fill(colour: str, hatched: bool = False) -> str:
    solid = f'<a:srgbClr val="{colour[1:].upper()}"/>'
    if not hatched:
        return f"<a:solidFill>{solid}</a:solidFill>"
    ground = f'<a:srgbClr val="{c.SURFACE[1:].upper()}"/>'
    return f'<a:pattFill prst="wdUpDiag"><a:fgClr>{ground}</a:fgClr><a:bgClr>{solid}</a:bgClr></a:pattFill>'


def _stroke(colour: str, width_px: float, dash: str = "solid") -> str:
    kind = f'<a:prstDash val="{_DASHES[dash]}"/>' if dash in _DASHES else ""
    return f'<a:ln w="{round(max(width_px, 0.5) * 9525)}" cap="rnd">{_fill(colour)}{kind}<a:round/></a:ln>'


def _marker(symbol: str, size_px: float, colour: str) -> str:
    base = symbol.split("-")[0]
    inside = "<a:noFill/>" if symbol.endswith("-open") else _fill(colour)
    size = min(40, max(3, round(size_px * 0.8)))
    look = f'{inside}<a:ln w="12700">{_fill(colour)}</a:ln>'
    return f'<c:marker><c:symbol val="{_SYMBOLS.get(base, "circle")}"/><c:size val="{size}"/><c:spPr>{look}</c:spPr></c:marker>'


def _dress(element: Any, series: Series, chart: Chart) -> None:
    """Colours, marks, labels and error bars of a series."""
    for name in ("spPr", "marker", "dPt", "dLbls", "errBars", "smooth"):
        for old in element.findall(qn(f"c:{name}")):
            element.remove(old)
    is_bar = series.kind == "bar"
    rest = ("invertIfNegative", "marker", "pictureOptions", "dPt", "dLbls", *_AFTER_LABELS)
    if is_bar:
        line = f'<a:ln w="9525">{_fill(c.SURFACE)}</a:ln>'
        colour = series.dots.colours[0] if series.dots is not None else series.colour
        insert_before(element, element_of(f"<c:spPr>{_fill(colour, series.hatched)}{line}</c:spPr>"), rest)
    else:
        stroke = (
            _stroke(series.colour, series.width, series.dash) if series.kind == "line" else '<a:ln w="19050"><a:noFill/></a:ln>'
        )
        insert_before(element, element_of(f"<c:spPr>{stroke}</c:spPr>"), rest)
        dots = series.dots if series.kind != "labels" else None
        marker = '<c:marker><c:symbol val="none"/></c:marker>' if dots is None or not dots.symbols else _marker(
            dots.symbols[0], dots.sizes[0], dots.colours[0]
        )  # fmt: skip
        for old in element.findall(qn("c:invertIfNegative")):
            element.remove(old)
        insert_before(element, element_of(marker), rest[2:])
    _points(element, series, is_bar)
    _labels(element, series, chart)
    _error_bars(element, series, chart)
    if chart.kind == "xy" or series.kind == "line":
        element.append(element_of('<c:smooth val="0"/>'))


def _points(element: Any, series: Series, is_bar: bool) -> None:
    """Looks of single points that differ from the first."""
    dots = series.dots
    if dots is None or len(dots.colours) < 2:
        return
    first = (dots.colours[0], dots.symbols[0], dots.sizes[0])
    for i, look in enumerate(zip(dots.colours, dots.symbols, dots.sizes, strict=True)):
        if look == first or (is_bar and look[0] == first[0]):
            continue
        colour, symbol, size = look
        body = (
            f'<c:invertIfNegative val="0"/><c:spPr>{_fill(colour, series.hatched)}</c:spPr>'
            if is_bar
            else _marker(symbol, size, colour)
        )
        insert_before(element, element_of(f'<c:dPt><c:idx val="{i}"/>{body}</c:dPt>'), ("dLbls", *_AFTER_LABELS))


_SHOWS = ("showLegendKey", "showVal", "showCatName", "showSerName", "showPercent", "showBubbleSize")


def _shows(value: bool) -> str:
    return "".join(f'<c:{name} val="{int(value and name == "showVal")}"/>' for name in _SHOWS)


def _labels(element: Any, series: Series, chart: Chart) -> None:
    """Labels one by one: values where the text is the value, texts elsewhere."""
    if not any(series.labels):
        return
    place = _PLACES[series.place]
    if series.kind == "bar":
        place = "ctr" if chart.stacked or series.place == "inside" else "outEnd"
    ink = ink_on(series.dots.colours[0] if series.dots else series.colour) if series.kind == "bar" and place == "ctr" else c.INK
    font = f'sz="{LABEL_PT * 100}"'
    bare = "<c:spPr><a:noFill/><a:ln><a:noFill/></a:ln></c:spPr>"
    look = (
        f'{bare}<c:txPr><a:bodyPr wrap="none"/><a:p><a:pPr><a:defRPr {font}>{_fill(ink)}</a:defRPr></a:pPr>'
        '<a:endParaRPr lang="en-US"/></a:p></c:txPr>'
    )
    found = []
    for i, text in enumerate(series.labels):
        if not text or series.y[i] != series.y[i]:
            continue
        digits = _digits(text, series.y[i])
        if digits is None:
            run = f'<a:r><a:rPr lang="en-US" {font}>{_fill(ink)}</a:rPr><a:t>{_escaped(shortened(text, 44))}</a:t></a:r>'
            own = f"<c:tx><c:rich><a:bodyPr/><a:p>{run}</a:p></c:rich></c:tx>{bare}"
        else:
            own = f'<c:numFmt formatCode="{digits}" sourceLinked="0"/>{look}'
        found.append(f'<c:dLbl><c:idx val="{i}"/>{own}<c:dLblPos val="{place}"/>{_shows(True)}</c:dLbl>')
    insert_before(element, element_of(f"<c:dLbls>{''.join(found)}{_shows(False)}</c:dLbls>"), _AFTER_LABELS)


def _digits(text: str, value: float) -> str | None:
    """The number format by which a value reads as the text; None if the text says something else."""
    try:
        read = float(text.replace(",", "").replace("\u2212", "-"))
    except ValueError:
        return None
    decimals = len(text.partition(".")[2])
    if abs(read - value) > 0.51 * 10.0**-decimals:
        return None
    return "#,##0" + ("." + "0" * decimals if decimals else "")


def ink_on(colour: str) -> str:
    """Black or white, whichever reads better on a colour."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return c.INK if 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2 > 0.22 else c.SURFACE


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _error_bars(element: Any, series: Series, chart: Chart) -> None:
    if not series.error_along:
        return
    count = len(series.y)

    def numbers(values: Sequence[float]) -> str:
        points = "".join(f'<c:pt idx="{i}"><c:v>{v:.6g}</c:v></c:pt>' for i, v in enumerate(values))
        return f'<c:numLit><c:formatCode>General</c:formatCode><c:ptCount val="{count}"/>{points}</c:numLit>'

    along = f'<c:errDir val="{series.error_along}"/>' if chart.kind == "xy" else ""
    kind = '<c:errBarType val="both"/><c:errValType val="cust"/><c:noEndCap val="0"/>'
    ends = f"<c:plus>{numbers(series.plus)}</c:plus><c:minus>{numbers(series.minus)}</c:minus>"
    bars = f"<c:errBars>{along}{kind}{ends}<c:spPr>{_stroke(c.BASE, 1.2)}</c:spPr></c:errBars>"
    insert_before(element, element_of(bars), _AFTER_BARS)


def _plot_area(space: Any, chart: Chart, width: Emu, height: Emu) -> None:
    """Room at the left for names that stand as texts at the foot of an axis."""
    if chart.kind != "xy" or not (chart.up.names or chart.across.names):
        return
    longest = max((_width_of(shortened(t, 34)) for _, t in chart.up.names), default=6.0)
    inches = min(4.0, 0.3 + 0.078 * longest)
    left = min(0.45, inches / (width / 914400))
    foot = 0.62 / (height / 914400)
    layout = (
        '<c:layout><c:manualLayout><c:layoutTarget val="inner"/><c:xMode val="edge"/><c:yMode val="edge"/>'
        f'<c:x val="{left:.4f}"/><c:y val="0.05"/><c:w val="{0.97 - left:.4f}"/><c:h val="{0.95 - foot:.4f}"/>'
        "</c:manualLayout></c:layout>"
    )
    area = space.find(f".//{qn('c:plotArea')}")
    for old in area.findall(qn("c:layout")):
        area.remove(old)
    area.insert(0, element_of(layout))


def _width_of(text: str) -> float:
    """Length of a text in letters; Chinese characters are two wide."""
    return sum(2.0 if ord(letter) > 0x2E7F else 1.0 for letter in text)
