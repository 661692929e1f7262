"""A page as PowerPoint slides: headline and doubt, measures with verdicts, one figure a slide with its message as the title.

Everything that the page draws is taken from the same `Page`, so slides say what the report says. Charts are native (see
`native_chart`), heat maps are tables of coloured cells; each slide has the text alternative and the table's note as notes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml import parse_xml
from pptx.util import Inches, Pt

from sim.language import language, say
from sim.report import format as fmt
from sim.report import palette as c
from sim.report.labels import verdict_text
from sim.report.native_chart import MADE, add_chart, ink_on
from sim.report.panel import Legend, Panel
from sim.report.plain_figure import read_figure
from sim.report.plain_series import Cells, clean
from sim.report.render import MeasureTable, Page

WIDTH, HEIGHT, MARGIN = 13.333, 7.5, 0.55  # inches
MOST_ROWS, MOST_COLUMNS = 13, 9
MOST_CELLS = 40 * 30
EAST_ASIAN = "Microsoft YaHei"
_INNER = WIDTH - 2 * MARGIN
_VERDICT = {"met": "#00684a", "missed": "#b03a00", "not shown": "#7a4f00"}
_MARKS = {"square": "\u25a0", "hatch": "\u25a8", "circle": "\u25cf", "hollow": "\u25cb", "diamond": "\u25c6",
          "diamond-hollow": "\u25c7",
          "triangle": "\u25b2", "dash": "\u254c\u254c", "dot": "\u2508\u2508", "line": "\u2501"}  # fmt: skip


@dataclass
class Deck:
    """Slides being made."""

    made: Any = field(default_factory=Presentation)

    def __post_init__(self) -> None:
        self.made.slide_width, self.made.slide_height = Inches(WIDTH), Inches(HEIGHT)
        properties = self.made.core_properties
        properties.created = properties.modified = MADE
        properties.author = properties.last_modified_by = "sparesim"
        _theme(self.made)

    def slide(self, title: str, notes: Sequence[str], kicker: str = "", size: float = 24) -> Any:
        """A slide with its message as the title, a line above it, and notes."""
        slide = self.made.slides.add_slide(self.made.slide_layouts[5])
        box = slide.shapes.title
        box.left, box.top, box.width, box.height = Inches(MARGIN), Inches(0.52), Inches(_INNER), Inches(0.9)
        frame = box.text_frame
        frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.TOP
        _margins(frame)
        _write(frame.paragraphs[0], *fitted(title, _INNER, 0.9, size, 15), c.INK, bold=True)
        if kicker:
            _text(slide, kicker.upper(), MARGIN, 0.24, _INNER, 0.28, 11, c.MUTED, bold=True)
        slide.notes_slide.notes_text_frame.text = "\n\n".join(clean(n) for n in notes if n)
        return slide

    def bytes(self) -> bytes:
        """The file; equal slides give equal bytes."""
        stream = io.BytesIO()
        self.made.save(stream)
        out = io.BytesIO()
        with zipfile.ZipFile(stream) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
            for entry in old.infolist():
                info = zipfile.ZipInfo(entry.filename, date_time=(2000, 1, 1, 0, 0, 0))
                info.compress_type = zipfile.ZIP_DEFLATED
                new.writestr(info, old.read(entry))
        return out.getvalue()


def slides_of(page: Page) -> bytes:
    """All of a page as a .pptx file."""
    deck = Deck()
    properties = deck.made.core_properties
    properties.title, properties.language = clean(page.title)[:255], "zh-CN" if language() == "zh" else "en"
    _title_slide(deck, page)
    for table in page.measure_tables:
        _measure_slides(deck, table)
    for section in page.sections:
        for panel in section.panels:
            _panel_slide(deck, panel, section.heading)
    for panel in page.sure_panels:
        _panel_slide(deck, panel, say("How sure are we?"))
    _fact_slides(deck, page)
    return deck.bytes()


def _theme(made: Any) -> None:
    """Colours of the palette and a font for Chinese, also for what is added by hand."""
    from pptx.opc.constants import RELATIONSHIP_TYPE as RT

    part = made.slide_master.part.part_related_by(RT.THEME)
    theme = parse_xml(part.blob)
    space = {"a": "http://schemas.openxmlformats.org/drawingml/2006/main"}
    for i, colour in enumerate(c.SERIES, 1):
        for accent in theme.iterfind(f".//a:clrScheme/a:accent{i}", space):
            for child in list(accent):
                accent.remove(child)
            accent.append(parse_xml(f'<a:srgbClr xmlns:a="{space["a"]}" val="{colour[1:].upper()}"/>'))
    for font in theme.iterfind(".//a:fontScheme/*/a:ea", space):
        font.set("typeface", EAST_ASIAN)
    for font in theme.iterfind(".//a:fontScheme/*/a:font[@script='Hans']", space):
        font.set("typeface", EAST_ASIAN)
    from lxml import etree

    part._blob = etree.tostring(theme, xml_declaration=True, encoding="UTF-8", standalone=True)


def _lines(text: str, width: float, size: float) -> int:
    """Lines that a text takes at a size in points, by the usual width of letters."""
    per_line = max(4.0, width * 72 / (size * 0.52))
    return sum(max(1, -(-int(_letters(piece)) // int(per_line))) for piece in text.split("\n"))


def _letters(text: str) -> float:
    return sum(1.92 if ord(letter) > 0x2E7F else 1.0 for letter in text)


def fitted(text: str, width: float, height: float, largest: float, smallest: float) -> tuple[str, float]:
    """A text and the largest size in points at which it fits a box in inches; shortened where even the smallest is too large."""
    text = clean(text)
    size = largest
    while size > smallest and _lines(text, width, size) * size * 1.22 / 72 > height:
        size -= 1
    while _lines(text, width, size) * size * 1.22 / 72 > height and len(text) > 8:
        text = text[: int(len(text) * 0.85)].rstrip(" \u2026") + "\u2026"
    return text, size


def _margins(frame: Any) -> None:
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0


def _write(paragraph: Any, text: str, size: float, colour: str, *, bold: bool = False, align: Any = PP_ALIGN.LEFT) -> None:
    run = paragraph.add_run()
    run.text = text
    run.font.size, run.font.bold, run.font.color.rgb = Pt(size), bold, RGBColor.from_string(colour[1:].upper())
    paragraph.alignment = align
    _language(run)


def _language(run: Any) -> None:
    """Say which language it is, and with which font Chinese is written."""
    properties = run._r.get_or_add_rPr()
    properties.set("lang", "zh-CN" if language() == "zh" else "en-GB")
    if language() == "zh":
        properties.append(
            parse_xml(f'<a:ea xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" typeface="{EAST_ASIAN}"/>')
        )


def _text(
    slide: Any, text: str, left: float, top: float, width: float, height: float, size: float, colour: str, *, bold: bool = False
) -> Any:
    box = slide.shapes.add_textbox(Inches(left), Inches(top), Inches(width), Inches(height))
    frame = box.text_frame
    frame.word_wrap = True
    _margins(frame)
    _write(frame.paragraphs[0], *fitted(text, width, height, size, 8), colour, bold=bold)
    return frame


def _title_slide(deck: Deck, page: Page) -> None:
    """Scenario, headline, then certainty and doubt."""
    headline = clean(page.headline)
    slide = deck.slide(headline, [headline, *(words.text for words in page.lede)])
    box = slide.shapes.title
    box.top, box.height = Inches(1.55), Inches(1.9)
    box.text_frame.paragraphs[0].clear()
    for run in list(box.text_frame.paragraphs[0].runs):
        run._r.getparent().remove(run._r)
    _write(box.text_frame.paragraphs[0], *fitted(headline, _INNER, 1.9, 34, 18), c.INK, bold=True)
    _text(slide, " \u00b7 ".join(clean(w.text) for w in page.context), MARGIN, 0.75, _INNER, 0.6, 14, c.MUTED)
    room = 3.2
    whole = "\n".join(clean(w.text) for w in page.lede)
    size = fitted(whole, _INNER, room, 18, 11)[1]
    frame = _text(slide, "", MARGIN, 3.7, _INNER, room, size, c.INK)
    used = 0
    for words in page.lede:
        text = clean(words.text)
        used += _lines(text, _INNER, size)
        if used * size * 1.4 / 72 > room:
            break
        paragraph = frame.paragraphs[0] if not frame.paragraphs[0].runs or not frame.text else frame.add_paragraph()
        for run in list(paragraph.runs):
            run._r.getparent().remove(run._r)
        _write(paragraph, text, size, _VERDICT["missed"] if words.warn else c.INK, bold=words.warn)
        paragraph.space_after = Pt(6)
    _text(slide, page.footer, MARGIN, 7.05, _INNER, 0.25, 9, c.MUTED)


def _pieces(rows: Sequence[Any], most: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), most):
        yield rows[start : start + most]


def _measure_slides(deck: Deck, table: MeasureTable) -> None:
    """The measure table, as many slides as it takes."""
    for part, rows in enumerate(_pieces(table.rows, MOST_ROWS)):
        title = table.caption or say("Measures")
        if part:
            title = say("{title} (continued)", title=title)
        body = [
            [f"{row.label}{', ' + row.unit if row.unit else ''}", *(cell.text for cell in row.cells)]
            + ([verdict_text(row.verdict)] if table.judged else [])
            for row in rows
        ]
        notes = ["; ".join(" ".join(clean(cell) for cell in line if cell) for line in body) + "."]
        slide = deck.slide(title, notes)
        bold = frozenset(i for row in rows[:1] for i, cell in enumerate(row.cells, 1) if cell.kind == "value")
        drawn = _table(slide, table.head, body, 1.3, WIDTH - 2 * MARGIN, bold)
        if table.judged:
            for r, row in enumerate(rows, 1):
                run = drawn.cell(r, len(table.head) - 1).text_frame.paragraphs[0].runs
                if run and row.verdict in _VERDICT:
                    run[0].font.color.rgb = RGBColor.from_string(_VERDICT[row.verdict][1:].upper())
                    run[0].font.bold = True


def _table(
    slide: Any,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    top: float,
    width: float,
    bold: frozenset[int] = frozenset(),
    lines: int = MOST_ROWS,
) -> Any:
    """A plain table whose first column takes the room that is left."""
    count = min(max(len(head), max((len(row) for row in rows), default=1)), MOST_COLUMNS)
    high = min(0.42, (HEIGHT - top - 0.45) / (len(rows) + 1))
    size = min(14.0, high * 72 / 2.1)
    cells = [[clean(cell) for cell in row][:count] for row in (head, *rows)]
    need = [
        min(3.2, max(0.7, 0.25 + max(_letters(row[i]) for row in cells if i < len(row)) * size * 0.55 / 72)) for i in range(count)
    ]
    scale = min(1.0, (width - 2.2) / (sum(need[1:]) or 1.0)) if count > 1 else 1.0
    widths = [0.0, *(w * scale for w in need[1:])]
    widths[0] = max(min(width - sum(widths), max(need[0] * 1.1, 3.0)), 1.0)
    spare = (width - sum(widths)) / count
    widths = [w + min(spare, 0.9) for w in widths]
    frame = slide.shapes.add_table(len(cells), count, Inches(MARGIN), Inches(top), Inches(sum(widths)), Inches(high * len(cells)))
    table = frame.table
    _no_style(frame)
    for i, w in enumerate(widths):
        table.columns[i].width = Inches(w)
    for r, row in enumerate(cells):
        table.rows[r].height = Inches(high)
        for i in range(count):
            cell = table.cell(r, i)
            text = row[i] if i < len(row) else ""
            cell.margin_left = cell.margin_right = Inches(0.08)
            cell.margin_top = cell.margin_bottom = Inches(0.01)
            cell.vertical_anchor = MSO_ANCHOR.MIDDLE
            room = max(high, size * 1.3 / 72)
            fit, own = fitted(text, widths[i] - 0.16, room, size, min(size, 8))
            align = PP_ALIGN.LEFT if i == 0 else PP_ALIGN.RIGHT
            _write(cell.text_frame.paragraphs[0], fit, own, c.MUTED if r == 0 else c.INK, bold=r == 0 or i in bold, align=align)
            _rule(cell, c.QUIET if r == 0 else c.GRID)
    return table


_NO_STYLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"  # PowerPoint's name of a table without style


def _no_style(frame: Any) -> None:
    properties = frame._element.graphic.graphicData.tbl.tblPr
    properties.set("bandRow", "0")
    for child in properties:
        child.text = _NO_STYLE


def _rule(cell: Any, colour: str) -> None:
    """A line below a cell."""
    space = "http://schemas.openxmlformats.org/drawingml/2006/main"
    line = f'<a:lnB xmlns:a="{space}" w="9525"><a:solidFill><a:srgbClr val="{colour[1:].upper()}"/></a:solidFill></a:lnB>'
    cell._tc.get_or_add_tcPr().insert(0, parse_xml(line))


def _panel_slide(deck: Deck, panel: Panel, kicker: str) -> None:
    """A figure with its message as the title; its table where the figure has no counterpart."""
    note = panel.grid.note if panel.grid is not None else ""
    notes = [panel.alt, note]
    found = read_figure(panel)
    if found is None and (panel.grid is None or not panel.grid.rows):
        return
    slide = deck.slide(panel.title, notes, kicker)
    title, size = fitted(panel.title, _INNER, 0.9, 24, 15)
    top = 0.62 + _lines(title, _INNER, size) * size * 1.2 / 72
    if panel.subtitle:
        _text(slide, panel.subtitle, MARGIN, top, _INNER, 0.28, 13, c.MUTED)
        top += 0.34
    if found is None:
        assert panel.grid is not None
        shown = panel.grid.rows[: MOST_ROWS - 1]
        _table(slide, panel.grid.head, shown, top + 0.05, _INNER)
        if len(shown) < len(panel.grid.rows):
            said = say("The first {n} of {total} rows", n=fmt.number(len(shown)), total=fmt.number(len(panel.grid.rows)))
            _text(slide, said, MARGIN, 7.08, _INNER, 0.25, 10, c.MUTED)
        return
    if panel.legend:
        top += _legend(slide, panel.legend, top)
    if isinstance(found, Cells):
        _heat_table(slide, found, top + 0.1)
        return
    room = HEIGHT - top - 0.3
    for chart in found:
        left, right = MARGIN + chart.left * _INNER, MARGIN + chart.right * _INNER
        high, low = top + chart.top * room, top + chart.bottom * room
        box = [Inches(v) for v in (left, high, right - left, low - high)]
        add_chart(slide, chart, box[0], box[1], box[2], box[3], clean(panel.alt))


def _legend(slide: Any, legend: Sequence[Legend], top: float) -> float:
    """The page's legend as one line of marks and words; its height."""
    letters = sum(_letters(clean(entry.label)) + 6 for entry in legend)
    size = 12.0
    high = 0.27 * max(1, -(-int(letters * size * 0.55 / 72 * 100) // int(_INNER * 100)))
    frame = _text(slide, "", MARGIN, top, _INNER, high, size, c.MUTED)
    paragraph = frame.paragraphs[0]
    for run in list(paragraph.runs):
        run._r.getparent().remove(run._r)
    for entry in legend:
        _write(paragraph, _MARKS.get(entry.mark, "\u25a0") + "\u00a0", size, entry.colour)
        _write(paragraph, fmt.shorten(clean(entry.label), 60) + "    ", size, c.MUTED)
    return high + 0.06


def _heat_table(slide: Any, cells: Cells, top: float) -> None:
    """A heat map as a table of coloured cells."""
    rows, columns = len(cells.rows) + 1, len(cells.columns) + 1
    first = 1.2
    wide = (_INNER - first) / max(1, columns - 1)
    high = min(0.55, (HEIGHT - top - 0.5) / rows)
    frame = slide.shapes.add_table(rows, columns, Inches(MARGIN), Inches(top), Inches(_INNER), Inches(high * rows))
    table = frame.table
    _no_style(frame)
    for i in range(columns):
        table.columns[i].width = Inches(first if i == 0 else wide)
    for r in range(rows):
        table.rows[r].height = Inches(high)
        for i in range(columns):
            cell = table.cell(r, i)
            cell.margin_left = cell.margin_right = Inches(0.02)
            cell.margin_top = cell.margin_bottom = 0
            cell.vertical_anchor = MSO_ANCHOR.MIDDLE
            colour = cells.colours[r - 1][i - 1] if r and i else ""
            text = (
                cells.texts[r - 1][i - 1] if r and i else cells.rows[r - 1] if r else cells.columns[i - 1] if i else cells.corner
            )
            if colour:
                cell.fill.solid()
                cell.fill.fore_color.rgb = RGBColor.from_string(colour[1:].upper())
            align = PP_ALIGN.CENTER if i else PP_ALIGN.LEFT
            width = (wide if i else first) - 0.04
            fit, size = fitted(text, width, high, 11 if wide > 0.5 or not i else 9, 7)
            _write(cell.text_frame.paragraphs[0], fit, size, ink_on(colour) if colour else c.MUTED, align=align)


def _fact_slides(deck: Deck, page: Page) -> None:
    """How sure we are, and how to make it again."""
    rows = []
    for fact in page.facts:
        text = "; ".join(clean(e) for e in fact.entries) if fact.entries else clean(fact.text)
        rows.append((clean(fact.name), text))
    groups: list[list[tuple[str, str]]] = [[]]
    used = 0.0
    for name, text in rows:
        text = fitted(text, _INNER - 2.6, 1.6, 12, 12)[0]
        high = _lines(text, _INNER - 2.6, 12) * 12 * 1.25 / 72 + 0.12
        if used + high > 5.4 and groups[-1]:
            groups.append([])
            used = 0.0
        groups[-1].append((name, text))
        used += high
    for part, group in enumerate(groups):
        if not group:
            continue
        title = say("How sure are we?")
        if part:
            title = say("{title} (continued)", title=title)
        slide = deck.slide(title, [f"{name}: {text}" for name, text in group])
        top = 1.35
        for name, text in group:
            high = _lines(text, _INNER - 2.6, 12) * 12 * 1.25 / 72 + 0.12
            _text(slide, name, MARGIN, top, 2.4, high, 12, c.MUTED)
            _text(slide, text, MARGIN + 2.5, top, _INNER - 2.5, high, 12, c.INK)
            top += high
