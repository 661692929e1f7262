"""What pages have around their figures, in a headless Chromium: tables, downloads, colours, keyboard, paper, screen readers."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))
from fake_run import FakeRun, paired_differences, write_comparison_report
from opened import MARKS, Visit, chromium, open_page

import sim
from sim.assets import using_assets
from sim.language import speaking
from sim.report.page import write_report
from sim.store import write_csv, write_json

pytestmark = MARKS

NAMES = ["=1+2", "@SUM(A1)", "-", '山西, "太原"', "'=x", "fan"]
CALLERS = """
title: Patient callers
run: {length: 6 days, warm_up: 1 day, replications: 3}
cases: {calls: {rate: 20/h, channel: voice}}
contact_centres: {desk: {agents: 3, handle_time: {exponential: 6 min}}}
targets: {contact.wait.mean: {max: 1 min}}
"""
FIRST_FIGURE_S = 2.0
SLACK = 8.0  # a machine that is busy with other tests


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("pages")
    run = FakeRun(points=450).write(root / "run")
    write_csv(run / "extra.csv", ("name", "value", "empty"), [(n, 1234567.5 - 10 * i, None) for i, n in enumerate(NAMES)])
    pool = FakeRun(name="pool", title="Pooled stock", speed=0.7, cost=1.03, points=60).write(root / "pool")
    both = root / "both"
    both.mkdir()
    differences = paired_differences(run, pool)
    write_json(both / "comparison.json", {})
    write_csv(both / "comparison.csv", ("kpi", "group", "unit", "base", "other", "difference", "half_width"), differences)
    (root / "callers.yaml").write_text(CALLERS)
    vary = ["contact_centres.desk.agents=3..5", "cases.calls.rate={18/h, 20/h}"]
    swept = sim.sweep(root / "callers.yaml", vary, jobs=1, metamodel="none", out=root / "swept", report=True)
    found = {
        "run": write_report(run),
        "comparison": write_comparison_report(run, [pool], [(differences, [("a.b", "1", "2")])], both / "report.html"),
        "sweep": swept.folder / "sweep.html",
        "hostile": write_report(FakeRun(hostile=True, points=60, wings=("service", "contact")).write(root / "hostile")),
    }
    with speaking("zh"):
        found["chinese"] = write_report(FakeRun(title="惠普中国 2017", points=60).write(root / "chinese"))
    with using_assets("shared"):
        found["shared"] = write_report(pool)
    return found


Visitor = Callable[..., Visit]


@pytest.fixture(scope="module")
def visit(browser: Any, pages: dict[str, Path]) -> Visitor:
    """Opens a page once for all tests that look at it."""
    opened: dict[str, Visit] = {}

    def opener(name: str) -> Visit:
        if name not in opened:
            also = sorted((pages[name].parents[1] / "assets").glob("*")) if name == "shared" else []
            opened[name] = open_page(browser, pages[name], also=also, accept_downloads=True)
        return opened[name]

    return opener


def table(page: Any, name: str) -> Any:
    """A table of the appendix, opened."""
    details = page.locator(f"details[data-table='{name}']")
    if details.get_attribute("open") is None:
        details.locator("summary").click()
    details.locator(".built table").wait_for()
    return details


def downloaded(page: Any, button: Any) -> tuple[str, list[list[str]]]:
    """Name and rows of what a button gives."""
    with page.expect_download() as waited:
        button.click()
    data = Path(waited.value.path()).read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")  # spreadsheets know UTF-8 by it
    return waited.value.suggested_filename, list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def settled(page: Any, text: str, details: Any) -> None:
    details.get_by_role("status").filter(has_text=text).wait_for(timeout=5000)


def test_tables_show_their_rows_in_steps_filtered_and_ordered(visit: Visitor) -> None:
    page = visit("run").page
    points = table(page, "points")
    rows = points.locator("tbody tr")
    assert rows.count() == 200
    settled(page, "200 of 450 rows shown", points)
    points.get_by_role("button", name="Show 200 more rows").click()
    assert rows.count() == 400
    assert page.evaluate("document.activeElement.closest('tr').rowIndex") == 201
    points.get_by_label("Filter").fill("tibet 01")
    settled(page, "of 450 rows found", points)
    names = points.locator("tbody th").all_text_contents()
    assert names
    assert all("tibet" in name.lower() and "01" in name for name in names)
    points.get_by_label("Filter").fill("")
    settled(page, "200 of 450 rows shown", points)
    points.get_by_role("button", name="orders", exact=True).click()
    head = points.locator("thead th").nth(5)
    assert head.get_attribute("aria-sort") == "ascending"
    values = [float(t.replace(",", "")) for t in points.locator("tbody td:nth-child(6)").all_text_contents()]
    assert values == sorted(values)
    points.get_by_role("button", name="orders", exact=True).click()
    assert head.get_attribute("aria-sort") == "descending"


def test_a_new_file_is_a_table_and_its_download_is_no_formula(visit: Visitor) -> None:
    page = visit("run").page
    extra = table(page, "extra")
    assert extra.locator("summary").inner_text().startswith("Table extra")
    assert extra.locator("tbody th").all_text_contents() == NAMES
    assert extra.locator("tbody td").first.text_content() == "1,234,568"
    name, rows = downloaded(page, extra.get_by_role("button", name="Download CSV"))
    assert name == "hp-china-2017_extra.csv"
    assert rows[0] == ["name", "value", "empty"]
    assert [row[0] for row in rows[1:]] == ["'=1+2", "'@SUM(A1)", "'-", NAMES[3], "''=x", "fan"]
    assert [float(row[1]) for row in rows[1:]] == [1234568, 1234558, 1234548, 1234538, 1234528, 1234518]


def test_the_download_of_filtered_rows_has_these_alone(visit: Visitor) -> None:
    page = visit("run").page
    daily = table(page, "daily")
    daily.get_by_label("Filter").fill("parts.backorders")
    button = daily.get_by_role("button", name="Download these 455 rows as CSV")
    button.wait_for()
    _, rows = downloaded(page, button)
    assert {row[1] for row in rows[1:]} == {"parts.backorders"}
    assert len(rows) == 456


def test_the_table_behind_a_figure_can_be_downloaded(visit: Visitor) -> None:
    page = visit("run").page
    details = page.locator("#grid-points")
    details.locator("summary").click()
    name, rows = downloaded(page, details.get_by_role("button", name="Download CSV"))
    assert name == "hp-china-2017_points.csv"
    assert len(rows) == 1 + details.locator("tbody tr").count()
    assert not any("\u2212" in cell or "\u202f" in cell for row in rows[1:] for cell in row)


def test_every_table_of_every_kind_of_page_opens(visit: Visitor) -> None:
    for name, wanted in (("run", "measures"), ("comparison", "comparison"), ("sweep", "points"), ("chinese", "stages")):
        page = visit(name).page
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        table(page, wanted)
        waiting = "details[data-table]:not([data-built=yes])"
        for _ in range(100):
            if page.locator(waiting).count() == 0:
                break
            page.wait_for_timeout(50)
        assert page.locator(waiting).count() == 0, name
        assert page.locator("details[data-table] tbody tr").count() > 20
        assert visit(name).errors == []
        assert visit(name).requests == []
        page.set_viewport_size({"width": 390, "height": 900})
        for _ in range(50):  # figures are drawn anew
            if page.evaluate("document.documentElement.scrollWidth") <= 390:
                break
            page.wait_for_timeout(100)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name
        page.set_viewport_size({"width": 1240, "height": 900})


@pytest.mark.parametrize("name", ["run", "comparison", "sweep", "hostile", "chinese"])
def test_axe_finds_nothing_serious(visit: Visitor, name: str) -> None:
    package = pytest.importorskip("axe_playwright_python")
    source = next(Path(package.__file__).parent.rglob("axe.min.js")).read_text(encoding="utf-8")
    page = visit(name).page
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = !d.dataset.table; })")
    table(page, page.locator("details[data-table]").last.get_attribute("data-table"))
    page.evaluate("document.querySelectorAll('details[open] tbody tr:nth-child(n + 12)').forEach(r => { r.remove(); })")
    page.evaluate(source)
    for width, scheme in ((1240, "light"), (390, "dark")):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(300)
        found = page.evaluate("axe.run({exclude: ['.figure svg']}, {iframes: false, resultTypes: ['violations']})")
        assert len(found["passes"]) > 20
        serious = [(v["id"], v["nodes"][0]["html"][:200]) for v in found["violations"] if v["impact"] in ("serious", "critical")]
        assert serious == [], (name, width, scheme)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1240, "height": 900})


FOCUSED = """(() => {
  var e = document.activeElement, s = getComputedStyle(e);
  return [e.id || e.className || e.tagName, e.tagName, e.textContent.slice(0, 40),
    s.outlineStyle !== 'none' && s.outlineWidth !== '0px'];
})()"""


def test_everything_is_reached_by_keyboard(browser: Any, pages: dict[str, Path]) -> None:
    page = open_page(browser, pages["run"]).page
    seen = []
    for _ in range(200):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(FOCUSED))
        if "Table extra" in seen[-1][2]:
            break
    names = [entry[0] for entry in seen]
    assert names[:2] == ["skip", "colours"]
    assert [entry[2] for entry in seen[2:4]] == ["Measures", "Where the time goes"]
    assert all(entry[3] for entry in seen), [entry for entry in seen if not entry[3]]
    assert {"Zoom in", "whole network"} <= set(
        page.locator("button").evaluate_all("b => b.map(x => x.ariaLabel || x.textContent)")
    )
    assert sum(entry[2] == "Table" for entry in seen) == page.locator("article summary").count()
    page.keyboard.press("Enter")
    page.locator("details[data-table=extra] table").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.type("fan")
    settled(page, "1 of 6 rows found", page.locator("details[data-table=extra]"))
    for _ in range(3):  # download, the rows that scroll, the first heading
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator("details[data-table=extra] th").first.get_attribute("aria-sort") == "ascending"
    page.context.close()


def test_colours_follow_the_system_until_they_are_chosen(browser: Any, pages: dict[str, Path]) -> None:
    page = open_page(browser, pages["hostile"], scheme="dark").page
    back = "getComputedStyle(document.body).backgroundColor"
    tick = "getComputedStyle(document.querySelector('.figure .xtick text')).fill"
    assert page.evaluate(back) == "rgb(16, 22, 28)"
    page.get_by_role("button", name="Light colours").press("Enter")
    assert (page.evaluate(back), page.evaluate(tick)) == ("rgb(245, 247, 249)", "rgb(31, 41, 51)")
    page.get_by_role("button", name="Dark colours").press("Enter")
    assert (page.evaluate(back), page.evaluate(tick)) == ("rgb(16, 22, 28)", "rgb(228, 233, 238)")
    page.emulate_media(media="print")
    assert page.evaluate(tick) == "rgb(31, 41, 51)"
    assert page.locator(".appendix").is_hidden()
    assert page.locator(".toc").is_hidden()
    page.context.close()


def test_the_first_figure_comes_soon(visit: Visitor) -> None:
    first_s = visit("run").page.evaluate("performance.getEntriesByName('first-figure')[0].startTime") / 1000
    load = os.getloadavg()[0]
    print(f"\nfirst figure after {first_s:.2f} s at load {load:.1f}")  # pytest -s shows it
    assert first_s < FIRST_FIGURE_S * SLACK


@pytest.mark.parametrize("name", ["run", "comparison", "sweep", "chinese"])
def test_pages_print_on_at_most_eight_sheets(visit: Visitor, name: str) -> None:
    page = visit(name).page
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = false; })")
    assert 1 <= len(re.findall(rb"/Type\s*/Page[^s]", page.pdf(prefer_css_page_size=True))) <= 8


def test_pages_share_one_library(visit: Visitor, pages: dict[str, Path], browser: Any, tmp_path: Path) -> None:
    seen = visit("shared")
    assert pages["shared"].stat().st_size < 1_000_000
    assert len(list((pages["shared"].parents[1] / "assets").iterdir())) == 1
    assert (seen.errors, seen.requests) == ([], [])
    assert seen.page.locator(".figure svg.main-svg").count() > 0
    alone = tmp_path / "alone.html"
    alone.write_bytes(pages["shared"].read_bytes())
    lost = open_page(browser, alone)
    assert lost.page.locator("#no-library").is_visible()
    assert len(lost.requests) == 1
    assert table(lost.page, "stages").locator("tbody tr").count() > 20
    lost.page.context.close()


def test_without_scripts_the_files_are_named(browser: Any, pages: dict[str, Path]) -> None:
    page = open_page(browser, pages["run"], java_script_enabled=False).page
    text = page.locator(".appendix noscript").inner_text()
    folder = pages["run"].parent
    assert folder.name in text
    for path in folder.glob("*.csv"):
        if path.name != "theory.csv":
            assert path.name in text
    page.context.close()


def test_the_chinese_page_says_so(visit: Visitor) -> None:
    page = visit("chinese").page
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"
    assert page.get_by_role("button", name="深色").is_visible()
    texts = json.loads(page.locator("#table-texts").text_content())
    assert texts["download"] == "下载CSV"
