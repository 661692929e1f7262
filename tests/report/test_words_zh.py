"""The Chinese words of page and console: nothing English is left, and the numbers are those of the English ones."""

from __future__ import annotations

import ast
import html
import json
import re
import shutil
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from fake_run import HOSTILE, REGIONS, SEGMENTS, FakeRun

from sim import cautions
from sim.analysis.kpis import KPIS
from sim.language import catalogue, speaking
from sim.report.console import run_text
from sim.report.labels import group_label, measure_label
from sim.report.panel import Panel
from sim.report.read import read_run
from sim.report.render import Page, html_of
from sim.report.run_page import run_page
from sim.report.warnings_text import warning_text

DIGEST = "4f1c4f1c4f1c"
# What may stay in Latin letters: acronyms and names of methods, the program, its settings and files.
ALLOWED = {
    "sparesim",
    "numpy",
    "scipy",
    "python",
    "CSV",
    "MSER-5",
    "Welch",
    "Holm",
    "sha256",
    "draws_per_input",
    "summary.json",
    "rho",
}
ALLOWED |= {"run.warm_up.auto.at_most", "run.length", "warmup.csv", "run", "scenarios", "yaml"}
_NAMES = [
    HOSTILE,
    *REGIONS,
    *(name for name, _ in SEGMENTS),
    "Notebook screen\u2026",
    "dalian",
    "voice",
    "wechat",
    "web",
    "technicians",
    "hp-china-2017",
]
_NAMES += ["Notebook screen 15.6", "Mainboard G4", "Battery 3-cell", "Keyboard CN", "Hard disk 1 TB", "Fan unit", "HP China 2017"]
_NAMES += ["How long do customers wait, and for what?", "forum answers", "satisfaction call-backs"]
_NAMES += ["technicians of Lhasa are offered 96 % of their time", "all", "Dalian hotline"]
_NAMES.sort(key=len, reverse=True)

CASES: dict[str, dict[str, Any]] = {
    "all": {},
    "slow": {"speed": 1.6},
    "fast": {"speed": 0.7},
    "dear": {"cost": 1.3},
    "hostile": {"hostile": True},
    "contact": {"wings": ("contact",)},
    "parts": {"wings": ("parts",)},
    "service": {"wings": ("service",)},
    "growing": {"growth": 6.0},
    "growing without contacts": {"growth": 6.0, "wings": ("service",), "speed": 2.0},
    "single": {"replications": 1},
    "unsteady": {"steady": False},
    "without targets": {"targets": False},
    "euro": {"currency": "EUR"},
}


def english_in(text: str) -> list[str]:
    """Latin words that no scenario, acronym, id or command explains."""
    text = re.sub(r"</?(?:b|br|i|span)\b[^>]*>", " ", text) if HOSTILE[:9] not in text else text.replace("<br>", " ")
    text = html.unescape(html.unescape(text))  # labels of figures are escaped for Plotly and have marks of their own
    text = re.sub(r"\b[a-z_]+\.csv\b", "", text)
    for length in range(len(HOSTILE), 8, -1):
        text = text.replace(f"{HOSTILE[:length].rstrip()}\u2026", "\u25a1")
    for name in _NAMES:
        text = text.replace(name, "\u25a1")
    text = text.replace(DIGEST, "\u25a1")
    text = re.sub(r"(?<![A-Za-z])(Part |base-|P(?=\d\d))\d+", "\u25a1", text)
    found = re.findall(r"[A-Za-z][A-Za-z0-9_.\-]*[A-Za-z0-9]", text)
    return [word for word in found if word not in ALLOWED and word not in KPIS]


def pieces_of(page: Page) -> Iterator[str]:
    """All texts of what this page says beside its figures and its tables of everything."""
    yield page.title
    yield page.headline
    yield page.footer
    for words in (*page.context, *page.lede):
        yield words.text
    for table in page.measure_tables:
        yield from table.head
        for row in table.rows:
            yield " | ".join((row.label, row.unit, *(cell.text for cell in row.cells)))
    for fact in page.facts:
        yield fact.name
        if not fact.code:
            yield from (fact.text, *fact.entries)
    for panel in page.sure_panels:
        yield from texts_of(panel)


def texts_of(panel: Panel) -> Iterator[str]:
    yield from (panel.title, panel.subtitle, panel.alt, *(entry.label for entry in panel.legend))
    if panel.grid is not None:
        yield from (*panel.grid.head, *(cell for row in panel.grid.rows for cell in row), panel.grid.note)
    drawn = json.loads(panel.figure.to_json()) if panel.figure is not None else {}
    yield from _strings(drawn, "")


def _strings(value: Any, key: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name != "template":
                yield from _strings(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner, key)
    elif isinstance(value, str) and key in ("text", "hovertext", "title"):
        yield value


def added(folder: Path, **summary: Any) -> Path:
    """The run with more in its summary."""
    found = json.loads((folder / "summary.json").read_text())
    (folder / "summary.json").write_text(json.dumps(found | summary))
    return folder


def warm_up(**more: Any) -> dict[str, Any]:
    entry = {"mser5_h": 840.0, "status": "found", "batch_h": 168.0}
    measures = {"orders.open": entry, "parts.backorders": entry | {"mser5_h": None, "status": "too short"}}
    return {
        "kind": "stated", "cut_h": 1440.0, "found": True, "wanted_h": 840.0, "by": "orders.open", "at_most_h": None,
        "measures": measures,
    } | more  # fmt: skip


_SHORT = {"mser5_h": None, "status": "too short", "batch_h": 168.0}
_UNTIL = {"kpi": "tat.customer.p90", "group": "all", "half_width": 0.05, "relative": True, "found": 9.0, "reached": True}
_FIXED = {"kpi": "tat.within_promise", "group": "all", "half_width": 0.01, "relative": False, "found": 0.02, "reached": False}
_WARM_UPS: tuple[dict[str, Any], ...] = (
    {},
    {"wanted_h": 2400.0},
    {"cut_h": 0.0},
    {"wanted_h": 0.0},
    {"wanted_h": 0.0, "cut_h": 0.0},
    {"wanted_h": None},
    {"measures": {"orders.open": _SHORT}},
    {"kind": "auto", "wanted_h": 1440.0, "at_most_h": 2880.0},
    {"kind": "auto", "wanted_h": 0.0, "cut_h": 0.0, "at_most_h": 2880.0},
    {"kind": "auto", "wanted_h": 1440.0, "at_most_h": 2880.0, "by": "supply"},
    {"kind": "auto", "wanted_h": None, "found": False, "at_most_h": 1440.0},
    {"kind": "auto", "wanted_h": 2880.0, "found": False, "at_most_h": 1440.0},
    {"kind": "auto", "wanted_h": None, "by": None, "found": False, "at_most_h": 1440.0},
)
_STOPPINGS: tuple[dict[str, Any], ...] = (
    {"reached": True, "looks": [5], "until": [_UNTIL]},
    {"reached": True, "looks": [5, 10], "until": [_UNTIL] * 6},
    {"reached": False, "looks": [5], "until": [_FIXED]},
    {"reached": False, "looks": [5], "until": [_UNTIL | {"reached": False, "found": None}]},
)
SUMMARIES: list[dict[str, Any]] = [
    *({"warm_up": warm_up(**change), "steady_state": steady} for change in _WARM_UPS for steady in (True, False)),
    *({"stopping": change | {"level": 0.97}} for change in _STOPPINGS),
    {"batches": 12},
]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("zh")
    found = {name: FakeRun(points=60, **change).write(root / name) for name, change in CASES.items()}
    for i, summary in enumerate(SUMMARIES):
        (root / f"summary-{i}").mkdir()
        for name in ("summary.json", "manifest.json", "stages.csv", "parts.csv", "points.csv", "halfhour.csv"):
            shutil.copy(found["all"] / name, root / f"summary-{i}" / name)
        found[f"summary {i}"] = added(root / f"summary-{i}", **summary)
    return found


@cache
def said(run: Path, lang: str) -> list[str]:
    """Texts of console and page in a language."""
    with speaking(lang):
        console, page = run_text(run), page_of(run)
        rows = [" | ".join(row) for table in console.tables for row in (table.heads, *table.rows)]
        return [*console.sentences, *rows, *pieces_of(page)]


def page_of(run: Path) -> Page:
    """The page without its figures, which are no part of this test."""
    with mock.patch("sim.report.run_page.sections", return_value=()):
        return run_page(read_run(run))


def test_no_english_is_left_in_chinese(runs: dict[str, Path]) -> None:
    left = {(name, text): words for name, run in runs.items() for text in said(run, "zh") if (words := english_in(text))}
    assert left == {}


def test_english_is_found_where_it_is() -> None:
    assert english_in("P90周转时间 is 96 h") == ["is"]
    assert english_in("Notebook screen 15.6、dalian，P95，tat.customer.p90，MSER-5") == []


def test_numbers_are_the_same_in_both_languages(runs: dict[str, Path]) -> None:
    words = {"Nine of ten": "", "one of": "1", "two of": "2", "three of": "3", "four of": "4", "five of": "5"}

    def numbers(text: str) -> list[str]:
        for word, digit in words.items():
            text = re.sub(rf"\b{word}\b", digit, text, flags=re.IGNORECASE)
        return sorted(re.findall(r"\d[\d,.:]*\d|\d", text))

    compared = 0
    for run in runs.values():
        english, chinese = said(run, "en"), said(run, "zh")
        assert len(english) == len(chinese)
        for before, after in zip(english, chinese, strict=True):
            if not re.search("[万亿]|CNY|€", before + after):  # money: test_format_zh
                assert numbers(before) == numbers(after), (before, after)
                compared += 1
    assert compared > 500


def test_chinese_sentences_end_and_join_as_chinese(runs: dict[str, Path]) -> None:
    for run in runs.values():
        with speaking("zh"):
            for sentence in run_text(run).sentences:
                assert sentence.endswith("。"), sentence
                plain = sentence
                for name in _NAMES:
                    plain = plain.replace(name, "")
                assert not re.search(r"[,;:!?] |\. |\d %|  ", plain), sentence


def test_every_measure_and_model_word_has_a_chinese_name() -> None:
    with speaking("zh"):
        for kpi in KPIS:
            assert english_in(measure_label(kpi)) == []
        for group in ("mode=mail_in", "kind=reconnect", "outcome=given_up"):
            assert english_in(group_label(group)) == []
        assert group_label("site=mail_in;channel=voice") == "mail_in、voice"  # names of the scenario stay


def test_scenario_texts_are_shown_in_the_language_of_the_report(tmp_path: Path) -> None:
    folder = FakeRun().write(tmp_path)
    manifest = json.loads((folder / "manifest.json").read_text())
    own = {"HP China 2017": "惠普中国 2017", "forum answers": "论坛解答", "How long do customers wait, and for what?": "等多久？"}
    (folder / "manifest.json").write_text(
        json.dumps(manifest | {"translations": {"zh": own}}, ensure_ascii=False), encoding="utf-8"
    )
    with speaking("zh"):
        page = page_of(folder)
        assert page.title.startswith("惠普中国 2017")
        assert [words.text for words in page.context][:2] == ["惠普中国 2017", "等多久？"]
        left_out = next(fact.entries for fact in page.facts if fact.name == "未建模内容")
        assert left_out == ("论坛解答", "satisfaction call-backs")
    assert page_of(folder).title.startswith("HP China 2017")


_VALUES = {
    "warm_up": "30 days", "longest": "1.5 years", "vendor": "acme", "names": "a, b, c and 4 more", "workshops": "",
    "load": cautions.OFFERED_AGENTS.format(offered="3.2", capacity="2", rho="1.6"), "channel": "voice", "region": "north",
    "mode": "mail_in", "n": "3", "total": "9", "level": "2", "name": "ann", "block": "2",
}  # fmt: skip
_VALUES["workshops"] = "; ".join(
    [
        cautions.ONE_WORKSHOP.format(
            name="x", load=cautions.OFFERED_TECHNICIANS.format(offered="1", capacity="0", rho="infinite")
        ),
        cautions.MORE_WORKSHOPS.format(n=7),
    ]
)


@pytest.mark.parametrize("template", cautions.WARNINGS)
def test_every_warning_is_found_again_and_said(template: str) -> None:
    text = template.format(**_VALUES)
    assert warning_text(text) == text
    with speaking("zh"):
        told = warning_text(text)
    start = catalogue("zh")[template].partition("{")[0]
    assert told.startswith(start)
    kept = {"acme", "voice", "north", "ann", "contact_centres", "cases", "customers", "customers.ann", "run.warm_up"}
    assert [word for word in english_in(told) if word not in kept | {"run.draws_per_input", "run.replications"}] == []


def test_warnings_are_whole_templates() -> None:
    """What the static check warns of is said by the templates of `cautions`, or no report could say it in another language."""
    odd = []
    for path in sorted((Path(cautions.__file__).parent / "scenario").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "warn":
                (text,) = node.args
                is_template = isinstance(text, ast.Attribute) or (
                    isinstance(text, ast.Call) and isinstance(text.func, ast.Attribute) and text.func.attr == "format"
                )
                if not is_template:
                    odd.append(f"{path.name}:{node.lineno}")
    assert odd == []


class _Visible(HTMLParser):
    """Text that a reader sees or hears, without code."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("script", "style", "code")
        self.found += [value for name, value in attrs if name in ("aria-label", "title", "alt") and value]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style", "code")

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self.found.append(data.strip())


def page_words(run: Path, lang: str) -> list[str]:
    """Texts of the whole page as a browser shows them, figures included."""
    with speaking(lang):
        page = run_page(read_run(run))
        reader = _Visible()
        reader.feed(html_of(page))
        figures = [text for section in page.sections for panel in section.panels for text in texts_of(panel)]
        return [*reader.found, *figures]


@pytest.mark.parametrize("name", ["all", "hostile"])
def test_no_english_is_left_on_the_whole_page(runs: dict[str, Path], name: str) -> None:
    words = {word for text in page_words(runs[name], "zh") for word in english_in(text)}
    assert sorted(words - {runs[name].name}) == []  # the folder is named where scripts are off
