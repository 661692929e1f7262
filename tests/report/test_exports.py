"""Other forms of a report: slides whose charts have the figures' values, Markdown and CSV that hostile texts do not break."""

from __future__ import annotations

import io
import json
import re
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import pytest
from fake_run import HOSTILE, FakeRun, paired_differences
from markdown_it import MarkdownIt

from sim import api
from sim.analysis.compare import Comparison, Difference, ScenarioContrast
from sim.cli import main
from sim.cli.judge import report
from sim.errors import UsageError
from sim.language import speaking
from sim.report import chromium
from sim.report.exports import write_picture
from sim.report.markdown import markdown_of, text
from sim.report.native_chart import add_chart
from sim.report.panel import Panel
from sim.report.plain_figure import read_figure
from sim.report.plain_series import Cells, clean
from sim.report.plain_tables import table_named, tables_of, write_table
from sim.report.slides import fitted, slides_of
from sim.report.stored import Stored, stored_in, stored_run
from sim.store import Study

pptx = pytest.importorskip("pptx")
from pptx.enum.chart import XL_CHART_TYPE  # noqa: E402
from pptx.oxml.ns import qn  # noqa: E402
from pptx.util import Inches  # noqa: E402

WILD = (
    "=1+1\t@everyone \x00\x1b[31m#12 !3 http://a.example |`x`|\n# head\n- $y$ ~~z~~ :smile: "
    "</script><img src=x onerror=1> 备件中心 " + "长" * 500
)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    return stored_run(FakeRun(points=40, parts=8).write(tmp_path_factory.mktemp("runs") / "run"))


@pytest.fixture(scope="module")
def light(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    run = FakeRun(points=12, parts=4, wings=("service",))
    return stored_run(run.write(tmp_path_factory.mktemp("runs") / "light"))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    folder = FakeRun(points=30, parts=8, hostile=True, title=WILD).write(tmp_path_factory.mktemp("runs") / "hostile")
    for name in ("manifest.json", "parts.csv", "points.csv", "halfhour.csv"):
        path = folder / name
        written = path.read_text(encoding="utf-8")
        if name == "manifest.json":
            content = json.loads(written) | {
                "title": WILD,
                "question": WILD,
                "not_modelled": [WILD, "1. one", "- two", "# three"],
            }
            path.write_text(json.dumps(content), encoding="utf-8")
        else:
            wild = WILD.replace("\n", " ").replace("\x00", "").replace('"', "'")
            path.write_text(written.replace("Mainboard G4", f'"{wild}"').replace("Battery 3-cell", "=2+3"), encoding="utf-8")
    return stored_run(folder)


def deck(content: bytes) -> Any:
    return pptx.Presentation(io.BytesIO(content))


@pytest.fixture(scope="module")
def slides(stored: Stored) -> Any:
    return deck(slides_of(stored.page))


def slide_of(slides: Any, title: str) -> Any:
    (found,) = [s for s in slides.slides if s.shapes.title.text_frame.text == clean(title)]
    return found


def charts_on(slide: Any) -> list[Any]:
    return [shape.chart for shape in slide.shapes if shape.has_chart]


def test_every_figure_has_its_slide_with_native_charts_or_cells(stored: Stored, slides: Any) -> None:
    titles = [slide.shapes.title.text_frame.text for slide in slides.slides]
    assert titles[0] == clean(stored.page.headline)
    for panel in stored.figures.values():
        slide = slide_of(slides, panel.title)
        drawn = read_figure(panel)
        assert drawn is not None, panel.name
        if isinstance(drawn, Cells):
            (table,) = [shape.table for shape in slide.shapes if shape.has_table]
            assert [table.cell(r, 0).text for r in range(1, len(drawn.rows) + 1)] == list(drawn.rows)
            assert len(table.columns) == len(drawn.columns) + 1
        else:
            assert len(charts_on(slide)) == len(drawn), panel.name
        assert clean(panel.alt) in slide.notes_slide.notes_text_frame.text


def test_stacked_bars_have_the_values_and_colours_of_the_figure(stored: Stored, slides: Any) -> None:
    panel = stored.figures["stages"]
    (chart,) = charts_on(slide_of(slides, panel.title))
    assert chart.chart_type == XL_CHART_TYPE.BAR_STACKED
    traces = panel.figure.data
    assert [plot.name for plot in chart.plots[0].series] == [trace.name for trace in traces]
    for series, trace in zip(chart.plots[0].series, traces, strict=True):
        assert list(series.values) == pytest.approx(list(trace.x))
    names = list(chart.plots[0].categories)
    assert [name.split("  ")[0] for name in names] == list(traces[0].y)
    assert all(name.endswith(" h") or name.endswith("\u202fh") for name in names)  # totals stand with the names
    assert "D55E00" not in chart._chartSpace.xml
    for trace in traces:
        assert trace.marker.color[1:].upper() in chart._chartSpace.xml
    assert "pattFill" in chart._chartSpace.xml  # the second cue


def test_curves_and_dots_are_scatter_charts_with_lines_bars_and_names(stored: Stored, slides: Any) -> None:
    (chart,) = charts_on(slide_of(slides, stored.figures["tat"].title))
    assert chart.chart_type in (XL_CHART_TYPE.XY_SCATTER, XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS)
    line = next(t for t in stored.figures["tat"].figure.data if t.fill is None and t.mode == "lines")
    drawn = [list(series.values) for series in chart.plots[0].series]
    assert any(values == pytest.approx(list(line.y)) for values in drawn)
    limit = stored.figures["tat"].figure.layout.shapes[0].x0
    edges = [[float(v.text) for v in e.find(qn("c:xVal")).iter(qn("c:v"))] for e in chart._chartSpace.iter(qn("c:ser"))]
    assert [limit, limit] in edges  # the limit as a line of its own

    panel = stored.figures["regions"]
    (chart,) = charts_on(slide_of(slides, panel.title))
    trace = next(t for t in panel.figure.data if t.error_x.array is not None)
    series = next(s for s in chart._chartSpace.iter(qn("c:ser")) if s.find(qn("c:errBars")) is not None)
    assert [float(v.text) for v in series.find(qn("c:xVal")).iter(qn("c:v"))] == pytest.approx(list(trace.x))
    widths = [float(v.text) for v in series.find(qn("c:errBars")).find(qn("c:plus")).iter(qn("c:v"))]
    assert widths == pytest.approx(list(trace.error_x.array), rel=1e-4)
    labels = [t.text for t in chart._chartSpace.iter(qn("a:t"))]
    assert set(trace.y) <= set(labels)
    assert "diamond" in chart._chartSpace.xml  # missed places differ in shape, too


def test_bars_under_lines_are_one_chart(stored: Stored, slides: Any) -> None:
    panel = stored.figures["halfhour-0"]
    service, contacts = charts_on(slide_of(slides, panel.title))
    assert [type(plot).__name__ for plot in contacts.plots] == ["BarPlot", "LinePlot"]
    bars = [trace for trace in panel.figure.data if trace.type == "bar"]
    assert [list(series.values) for series in contacts.plots[0].series] == [pytest.approx(list(bar.y)) for bar in bars]
    assert next(iter(contacts.plots[0].categories)) == "00:00"
    assert len(service.plots) == 1


def test_axes_hold_their_points() -> None:
    figure = go.Figure(go.Scatter(x=[1.7252, 1.7097], y=[138.0, 131.0], mode="markers"))
    figure.update_layout(xaxis={"range": [1.70506, 1.72988]}, yaxis={"range": [0, 280]})
    drawn = read_figure(Panel("f", "", "", "", figure))
    assert isinstance(drawn, list)
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[6])
    axis = add_chart(slide, drawn[0], Inches(0), Inches(0), Inches(8), Inches(5), "").chart.category_axis
    assert axis.minimum_scale < 1.7097 < 1.7252 < axis.maximum_scale


ORDERS = {
    "barSer": "idx order tx spPr invertIfNegative pictureOptions dPt dLbls trendline errBars cat val shape extLst",
    "lineSer": "idx order tx spPr marker dPt dLbls trendline errBars cat val smooth extLst",
    "scatterSer": "idx order tx spPr marker dPt dLbls trendline errBars xVal yVal smooth extLst",
    "catAx": "axId scaling delete axPos majorGridlines minorGridlines title numFmt majorTickMark minorTickMark tickLblPos spPr "
    "txPr crossAx crosses crossesAt auto lblAlgn lblOffset tickLblSkip tickMarkSkip noMultiLvlLbl extLst",
    "valAx": "axId scaling delete axPos majorGridlines minorGridlines title numFmt majorTickMark minorTickMark tickLblPos spPr "
    "txPr crossAx crosses crossesAt crossBetween majorUnit minorUnit dispUnits extLst",
    "scaling": "logBase orientation max min extLst",
    "barChart": "barDir grouping varyColors ser dLbls gapWidth overlap serLines axId extLst",
    "lineChart": "grouping varyColors ser dLbls dropLines hiLowLines upDownBars marker smooth axId extLst",
    "scatterChart": "scatterStyle varyColors ser dLbls axId extLst",
    "plotArea": "layout barChart lineChart scatterChart catAx valAx dTable spPr extLst",
    "dLbl": "idx delete layout tx numFmt spPr txPr dLblPos showLegendKey showVal showCatName showSerName showPercent "
    "showBubbleSize",
    "dPt": "idx invertIfNegative marker bubble3D explosion spPr",
    "errBars": "errDir errBarType errValType noEndCap plus minus val spPr",
}


def local(element: Any) -> str:
    return str(element.tag).partition("}")[2]


def test_the_xml_of_charts_is_in_the_order_of_its_schema(slides: Any) -> None:
    """ECMA-376, part 1, annex A (dml-chart.xsd): PowerPoint repairs or refuses charts whose elements stand otherwise."""
    seen = set()
    for slide in slides.slides:
        for chart in charts_on(slide):
            for element in chart._chartSpace.iter():
                if not isinstance(element.tag, str):
                    continue
                name = local(element)
                name = f"{local(element.getparent()).removesuffix('Chart')}Ser" if name == "ser" else name
                if name not in ORDERS:
                    continue
                seen.add(name)
                order = ORDERS[name].split()
                places = [order.index(local(child)) for child in element]
                if name == "plotArea":  # any order among charts, then among axes
                    assert sorted(p // 4 for p in places) == [p // 4 for p in places]
                else:
                    assert places == sorted(places), (name, [local(child) for child in element])
                if name == "dLbl" and local(element.getparent().getparent().getparent()) == "barChart":
                    grouping = element.getparent().getparent().getparent().find(qn("c:grouping")).get("val")
                    assert element.find(qn("c:dLblPos")).get("val") in (("ctr",) if grouping == "stacked" else ("ctr", "outEnd"))
    assert seen == set(ORDERS)


def test_equal_results_give_equal_slides(light: Stored) -> None:
    assert slides_of(light.page) == slides_of(light.page)


def workbooks(content: bytes) -> list[zipfile.ZipFile]:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return [zipfile.ZipFile(io.BytesIO(file.read(n))) for n in file.namelist() if n.endswith(".xlsx")]


def test_hostile_texts_are_texts_in_slides_and_their_workbooks(hostile: Stored) -> None:
    content = slides_of(hostile.page)
    shown = deck(content)
    assert shown.slides[0].shapes.title.text_frame.text
    books = workbooks(content)
    assert len(books) > 8
    texts = ""
    for book in books:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert "hyperlink" not in sheet
        texts += book.read("xl/sharedStrings.xml").decode() if "xl/sharedStrings.xml" in book.namelist() else ""
    assert ">=2+3<" in texts  # as it was written, in a cell of text
    for slide in shown.slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                assert len(shape.text_frame.text) < 1500
                assert not re.search(r"[\x00-\x08\x1b]", shape.text_frame.text)


def test_texts_fit_their_boxes() -> None:
    for words in (WILD, "short", "word " * 200, "长" * 400):
        shown, size = fitted(words, 12.2, 0.9, 24, 15)
        wide = sum(1.92 if ord(letter) > 0x2E7F else 1.0 for letter in shown)
        assert 15 <= size <= 24
        assert wide * size * 0.52 / 72 <= 12.2 * (0.9 * 72 / (size * 1.22) + 1)
    assert fitted("short", 12.2, 0.9, 24, 15) == ("short", 24)


def test_chinese_slides_name_a_font_for_chinese(light: Stored) -> None:
    with speaking("zh"):
        shown = deck(slides_of(stored_in(light.folder).page))
    xml = shown.slides[1].shapes.title._element.xml
    assert 'lang="zh-CN"' in xml
    assert 'a:ea typeface="Microsoft YaHei"' in xml
    assert shown.slides[1].shapes.title.text_frame.text == "指标"
    theme = next(rel.target_part for rel in shown.slide_master.part.rels.values() if rel.reltype.endswith("/theme"))
    assert theme.blob.count(b'<a:ea typeface="Microsoft YaHei"/>') == 2


class Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.text = ""
        self.rows: list[int] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        assert {name for name, _ in attrs} <= {"style", "class"}
        if tag == "tr":
            self.rows.append(0)
        elif tag in ("td", "th"):
            self.rows[-1] += 1

    def handle_data(self, data: str) -> None:
        self.text += data.replace("\u200b", "")


HARMLESS = {
    "h3",
    "h4",
    "p",
    "strong",
    "ul",
    "li",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "details",
    "summary",
    "sub",
    "pre",
    "code",
}


def rendered(source: str) -> Tags:
    return Tags(MarkdownIt("commonmark", {"html": True, "linkify": False}).enable(["table", "strikethrough"]).render(source))


def test_markdown_says_headline_measures_verdicts_reasons_and_the_command(stored: Stored) -> None:
    source = markdown_of(stored)
    page = rendered(source)
    assert page.found <= HARMLESS
    assert source.startswith("### ")
    for words in (stored.page.headline, *(w.text for w in stored.page.lede)):
        assert words in page.text
    assert "✗ missed" in page.text
    assert "Wait for part" in page.text  # where the time goes
    assert stored.figures["parts"].title in page.text
    assert "\nsparesim run scenarios/hp-china-2017.yaml -r 10 -s 20170101\n" in page.text
    assert len(source) < 65_536


def test_hostile_texts_are_texts_in_markdown(hostile: Stored) -> None:
    source = markdown_of(hostile)
    page = rendered(source)
    assert page.found <= HARMLESS
    assert "</script><img src=x onerror=1> 备件中心" in page.text
    assert "=2+3" in page.text
    assert len(source) < 65_536
    visible = MarkdownIt("commonmark", {"html": True}).enable("table").render(source)
    assert not re.search(
        r"[@#!~$][0-9A-Za-z]", re.sub(r"&#?\w+;|<[^>]*>|```.*?```", "", visible, flags=re.S).replace("href=", "")
    )
    assert "http:" not in visible
    widths = {count for count in page.rows if count}
    assert 0 not in page.rows
    assert max(widths) < 12  # no text made cells of its own


KINDS = ("1. one", "- two", "# three", "=== four", "+ five", "--- six", "```", "> seven", "\\| eight", "1) nine", "    ten",
         "[a](b)", "![a](b)", "**a**", "<b>", "&amp;", "a_b_c", "| a | b |", "~~a~~", "![x]", "10 %")  # fmt: skip


@pytest.mark.parametrize("words", KINDS)
def test_a_text_of_any_kind_reads_as_it_is_written(words: str) -> None:
    for source in (f"- {text(words)}", f"### {text(words)}", f"| h |\n| -- |\n| {text(words)} |"):
        page = rendered(source)
        assert words.strip() in page.text
        assert page.found <= {"ul", "li", "h3", "table", "thead", "tbody", "tr", "th", "td"}


def compared(base: Path, other: Path) -> Comparison:
    rows = tuple(
        Difference(kpi, group, unit, 10, a, b, d, w, "differs")
        for kpi, group, unit, a, b, d, w in paired_differences(base, other)
    )
    contrast = ScenarioContrast("pool", rows, (("stock", "1", HOSTILE),))
    return Comparison(Study(base), (Study(other),), (contrast,), 0.95)


def test_a_comparison_in_all_forms(stored: Stored, tmp_path: Path) -> None:
    pool = FakeRun(name="pool", title="Pooled stock", speed=0.7, points=40, parts=8).write(tmp_path / "pool")
    found = compared(stored.folder, pool)
    source = api.markdown(found)
    head = next(line for line in source.splitlines() if line.startswith("| ") and "CI" in line)
    assert [cell.split(" ")[-1] if i == 4 else cell for i, cell in enumerate(head.strip("| ").split(" | "))][:4] == [
        "Measure", "Baseline", "Scenario", "Difference"
    ]  # fmt: skip
    assert head.strip("| ").split(" | ")[-2:] == ["Target", "Verdict"]
    assert rendered(source).found <= HARMLESS
    assert HOSTILE in rendered(source).text
    shown = deck(api.export_slides(found, tmp_path / "c.pptx").read_bytes())
    assert len(shown.slides) > 5
    assert next(iter(found.figures)) == "differences"
    assert len(found.plot("stages").data) > 4
    assert found.plot().data
    with pytest.raises(UsageError, match="no figure 'stage'; did you mean 'stages'"):
        found.plot("stage")


def test_tables_as_csv(stored: Stored, hostile: Stored, tmp_path: Path) -> None:
    names = tables_of(stored)
    assert {"measures", "shown-parts", "stages", "points"} <= set(names)
    exact = api.export_table(stored.folder, "stages", tmp_path / "a.csv")
    assert exact.read_bytes() == (stored.folder / "stages.csv").read_bytes()
    shown = write_table(names["measures"], tmp_path / "m.csv").read_text(encoding="utf-8")
    assert shown.startswith("Measure,Mean,95\u202f% CI,Target,Verdict\n")
    assert "✗ missed" in shown
    wild = write_table(tables_of(hostile)["shown-parts"], tmp_path / "w.csv").read_text(encoding="utf-8")
    assert "2+3" in wild
    with pytest.raises(UsageError, match="no table 'stage'; did you mean 'stages'"):
        table_named(stored, "stage")


def run_cli(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str]:
    code = main(["report", *args])
    shown = capsys.readouterr()
    return code, shown.out + shown.err


def test_calls_of_the_command(light: Stored, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(light.folder)
    code, said = run_cli(capsys, folder, "--figure", "list")
    assert code == 0
    assert said.split("\n")[0].split()[0] == "stages"
    assert run_cli(capsys, folder, "--format", "md", "--out", str(tmp_path / "r.md")) == (0, f"markdown {tmp_path / 'r.md'}\n")
    assert (tmp_path / "r.md").read_text(encoding="utf-8") == run_cli(capsys, folder, "--format", "md", "--out", "-")[1]
    assert run_cli(capsys, folder, "--pptx", str(tmp_path / "r.pptx"), "--lang", "zh")[0] == 0
    wrong = {
        ("--format", "svg"): "go with --figure NAME",
        ("--figure", "stages", "--table", "points"): "each go alone",
        ("--figure", "stages", "--format", "md"): "svg or png",
        ("--pdf", str(tmp_path)): "is a folder",
        ("--figure", "stage"): "did you mean 'stages'",
        ("--figure", "stages", "--width", "9"): "100 to",
        ("--table", "nothing-like-it"): "--table list",
        (str(tmp_path), "--pptx"): "one run",
    }
    for options, words in wrong.items():
        code, said = run_cli(capsys, folder, *options)
        assert (code, words in said) == (2, True), (options, said)
    code, said = run_cli(capsys, str(tmp_path), "--format", "md")
    assert (code, "holds no results" in said) == (2, True)


def test_without_browser_or_extra_there_is_one_clear_message(
    light: Stored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(chromium.VARIABLE, str(tmp_path / "no-browser"))
    with pytest.raises(UsageError, match=r"SPARESIM_CHROMIUM names '.*', which is not a program"):
        api.export_pdf(light.folder, tmp_path / "r.pdf")
    monkeypatch.delenv(chromium.VARIABLE)
    monkeypatch.setattr(chromium, "_NAMES", ())
    with pytest.raises(UsageError, match="needs Chromium or Chrome, and none was found"):
        write_picture(light, "stages", tmp_path / "s.svg")
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho 'cannot open display' >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv(chromium.VARIABLE, str(broken))
    with pytest.raises(UsageError, match="broken drew nothing: cannot open display"):
        api.export_pdf(light.folder, tmp_path / "r.pdf")
    for name in [
        n
        for n in sys.modules
        if n.split(".")[0] == "pptx" or n in ("sim.report.slides", "sim.report.native_chart", "sim.report.native_axes")
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pptx", None)
    with pytest.raises(UsageError, match=r"pip install 'sparesim\[export\]'"):
        api.export_slides(light.folder, tmp_path / "r.pptx")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken"]


def test_the_examples_of_the_documentation_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    documented = (Path(__file__).parents[2] / "docs" / "exports.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (block,) = re.findall(r"```python\n(.*?)```", documented, re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(block, "exports.md", "exec"), names)
    assert {path.name for path in tmp_path.iterdir()} >= {"meeting.pptx", "stages.csv"}
    assert names["text"].startswith("### ")
    assert "stages" in names["names"]
    known = {option for parameter in report.params for option in (*parameter.opts, *parameter.secondary_opts)}
    calls = re.findall(r"sparesim report [^`\n#]*", documented)
    assert len(calls) >= 8
    for call in calls:
        assert set(re.findall(r"(?<=\s)--?[a-z]+", call)) <= known, call
