"""The replay in a real headless Chromium: it plays, scrubs and stops; nothing is blank, cut off, requested or hurt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from opened import MARKS, chromium

import sim
from sim import api
from sim.scenario.plan import Plan
from sim.store import Study

WIDE, NARROW = 1240, 390

pytestmark = MARKS

# A network whose every name is Chinese, so that English on its Chinese page is the page's own.
CHINESE = """
title: 维修服务
currency: CNY
products: {电脑: {}}
run: {start: 2024-01-01, length: 16 days, warm_up: 2 days, replications: 1, seed: 5}
regions: [北方]
markets: {北京: {region: 北方, lat: 39.9, lon: 116.4, weight: 1, time_zone: Asia/Shanghai}}
segments: {消费者: {promise: 2 days}}
cases: {"+故障": {kind: hardware, rate: 12/day, profile: office, channel: 电话, needs: {风扇: 60 %}}}
channels: {电话: {behaviour: voice}}
contact_centres: {大连: {hours: mon-fri 8:00-18:00, handle_time: 12 min, to_repair: 70 %, lines: {电话: {}},
  groups: {坐席: {agents: 1, lines: [电话]}}}}
service_points:
  网点:
    {region: 北方, lat: 39.9, lon: 116.4, technicians: 1, hours: mon-fri 9:00-17:00, repair_time: 1 h, hand_in: 8 h,
     stock: {风扇: {base_stock: 2}}, source: 工厂}
vendors: {工厂: {lead_time: 2 days, lat: 31.2, lon: 121.5}}
parts: {风扇: {price: 20 CNY}}
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, hostile_run: Study, hostile: Plan) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("replays")
    sets = ("run.length=30 days", "run.warm_up=20 days")
    tiers = sim.run("three-tier", sets=sets, replications=1, jobs=1, out=root / "tiers")
    scenario = root / "chinese.yaml"
    scenario.write_text(CHINESE, encoding="utf-8")
    chinese = sim.run(scenario, jobs=1, out=root / "chinese")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sim.api.loading.plan_behind", lambda study: hostile)
        bad = api.replay(hostile_run, out=root / "hostile.html")
    return {"tiers": api.replay(tiers, week=2), "hostile": bad, "chinese": api.replay(chinese, lang="zh")}


@dataclass
class Visit:
    """A page opened with every request but its own blocked and counted."""

    page: Any
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def visit(browser: Any, path: Path, width: int = WIDE, scheme: str = "light", motion: str = "reduce") -> Visit:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion=motion, accept_downloads=True
    )
    seen = Visit(context.new_page())

    def judge(route: Any) -> None:
        if route.request.url == path.as_uri():
            route.continue_()
        else:
            seen.requests.append(route.request.url)
            route.abort()

    seen.page.route("**/*", judge)
    seen.page.on("console", lambda said: seen.errors.append(said.text) if said.type in ("error", "warning", "trace") else None)
    seen.page.on("pageerror", lambda error: seen.errors.append(str(error)))
    seen.page.goto(path.as_uri())
    assert seen.page.locator("body[data-drawn]").count() == 1
    return seen


def clock(page: Any) -> str:
    return str(page.locator("#clock").text_content())


COLOURS = """id => {
  const canvas = document.getElementById(id), seen = new Set();
  const p = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  for (let i = 0; i < p.length; i += 4) { if (p[i + 3] > 200) { seen.add(p[i] << 16 | p[i + 1] << 8 | p[i + 2]); } }
  return seen.size;
}"""
LIGHTEST = """() => {
  const c = document.getElementById('course'), p = c.getContext('2d').getImageData(0, 0, c.width, 20).data;
  let most = 0;
  for (let i = 0; i < p.length; i += 4) { if (p[i + 3] === 255) { most = Math.max(most, Math.min(p[i], p[i + 1], p[i + 2])); } }
  return most;
}"""


@pytest.mark.parametrize(("name", "width"), [("tiers", WIDE), ("tiers", NARROW), ("hostile", NARROW), ("chinese", NARROW)])
def test_page_is_drawn_without_error_request_or_scroll(browser: Any, pages: dict[str, Path], name: str, width: int) -> None:
    seen = visit(browser, pages[name], width)
    page = seen.page
    page.locator("#busiest").click()
    assert page.evaluate(COLOURS, "map") > 20
    assert page.evaluate(COLOURS, "course") > 20
    page.locator("#place").select_option(index=1)
    page.locator("#order").select_option(index=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert (seen.errors, seen.requests) == ([], [])
    assert page.evaluate("window.hurt") is None
    assert page.locator("img").count() == 0


def test_it_plays_at_the_chosen_speed_and_pauses(browser: Any, pages: dict[str, Path]) -> None:
    page = visit(browser, pages["tiers"], motion="no-preference").page
    assert page.locator("#play").text_content() == "Pause"  # it plays by itself
    begun = int(page.locator("#scrub").input_value())
    page.wait_for_timeout(700)
    slow = int(page.locator("#scrub").input_value())
    assert slow > begun
    page.locator("input[name=speed][value='24']").check()
    page.wait_for_timeout(700)
    fast = int(page.locator("#scrub").input_value())
    assert fast - slow > 2 * (slow - begun)
    page.locator("#play").click()
    still = clock(page)
    page.wait_for_timeout(400)
    assert clock(page) == still
    assert page.locator("#play").text_content() == "Play"
    assert page.locator("#live").text_content().startswith(f"{still}: Open orders ")


def test_reduced_motion_begins_paused(browser: Any, pages: dict[str, Path]) -> None:
    page = visit(browser, pages["tiers"]).page
    before = clock(page)
    page.wait_for_timeout(400)
    assert clock(page) == before
    assert page.locator("#play").text_content() == "Play"


def test_keys_scrubber_and_curve_go_to_an_instant(browser: Any, pages: dict[str, Path]) -> None:
    page = visit(browser, pages["tiers"]).page
    assert clock(page).startswith("Mon 29 Jan 2024 00:00")
    page.keyboard.press("ArrowRight")
    assert clock(page) == "Mon 29 Jan 2024 01:00"
    page.keyboard.press("Shift+ArrowRight")
    assert clock(page) == "Tue 30 Jan 2024 01:00"
    page.locator("#scrub").focus()
    page.keyboard.press("ArrowLeft")
    assert clock(page) == "Tue 30 Jan 2024 00:00"
    page.locator("#scrub").fill("4330")
    assert clock(page) == "Thu 1 Feb 2024 00:10"
    assert page.locator("#scrub").get_attribute("aria-valuetext") == "Thu 1 Feb 2024 00:10"
    page.locator("#clock").click()
    page.keyboard.press("Space")
    page.wait_for_timeout(300)
    assert page.locator("#play").text_content() == "Pause"
    page.keyboard.press("Space")
    assert page.locator("#play").text_content() == "Play"
    page.locator("#course").click(position={"x": 2, "y": 40})
    assert clock(page).startswith("Mon 29 Jan 2024 00:")


def test_numbers_beside_the_map_are_those_of_the_table(browser: Any, pages: dict[str, Path], tmp_path: Path) -> None:
    page = visit(browser, pages["tiers"]).page
    page.locator("#scrub").fill(str(60 * 60))
    page.locator("details summary").click()
    row = page.locator("table tbody tr").nth(60)
    assert row.locator("th").text_content() == clock(page)
    heads = page.locator(".hourly thead th").all_text_contents()
    cells = [row.locator("th").text_content(), *row.locator("td").all_text_contents()]
    shown = dict(zip(heads, cells, strict=True))
    for key, name in (
        ("open", "Open orders"),
        ("way", "Units on their way"),
        ("owedNow", "Parts owed"),
        ("handNow", "Parts on hand"),
    ):
        assert page.locator(f"#now-{key}").text_content() == shown[name]
    with page.expect_download() as waiting:
        page.locator("#csv").click()
    waiting.value.save_as(tmp_path / "replay.csv")
    lines = (tmp_path / "replay.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].split(",") == heads
    assert lines[61].split(",")[1:] == [cell.replace(",", "") for cell in cells[1:]]


def test_a_place_is_chosen_on_the_map_and_an_order_followed(browser: Any, pages: dict[str, Path]) -> None:
    page = visit(browser, pages["tiers"]).page
    page.locator("#place").select_option(label="capital")
    assert page.locator("#place-name").text_content().startswith("capital: service point")
    assert page.locator("#place-table tbody tr").count() == 8
    assert page.evaluate(COLOURS, "place-course") > 10
    page.locator("#place").select_option(index=0)
    assert page.locator("#place-shown").is_hidden()
    box = page.locator("#map").bounding_box()
    for x in range(20, int(box["width"]), 12):  # somewhere across the middle there is a place
        for y in range(20, int(box["height"]), 24):
            page.locator("#map").click(position={"x": x, "y": y})
            if page.locator("#place-shown").is_visible():
                break
        if page.locator("#place-shown").is_visible():
            break
    assert page.locator("#place-name").text_content() != ""
    page.locator("#order").select_option(index=3)
    assert page.locator("#order-life li").count() >= 3
    page.locator("#scrub").fill("10000")
    current = page.locator("#order-life li[aria-current=step]")
    assert current.count() == 1
    assert page.locator("#order-life li.past").count() >= 1
    page.locator("button[data-zoom=in]").click()
    assert page.evaluate(COLOURS, "map") > 20


def test_page_follows_the_dark_scheme(browser: Any, pages: dict[str, Path]) -> None:
    assert visit(browser, pages["tiers"], scheme="dark").page.evaluate(LIGHTEST) > 200  # light words


def test_accessibility_has_no_serious_finding(browser: Any, pages: dict[str, Path]) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    for name, scheme in (("tiers", "light"), ("tiers", "dark"), ("chinese", "light")):
        page = visit(browser, pages[name], scheme=scheme).page
        page.locator("#busiest").click()
        page.locator("#place").select_option(index=1)
        page.locator("#order").select_option(index=1)
        page.locator("details summary").click()
        found = axe.run(page).response["violations"]
        assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found if v["impact"] in ("serious", "critical")] == []


def test_hostile_names_are_shown_as_they_are_written(browser: Any, pages: dict[str, Path]) -> None:
    page = visit(browser, pages["hostile"], NARROW).page
    page.locator("#place").select_option(index=1)
    assert page.locator("#place-name").text_content().startswith('=HYPERLINK("http://x","y")')
    assert "<script>alert(1)</script>" in page.locator("header b").text_content()


def test_chinese_page_has_no_stray_english(browser: Any, pages: dict[str, Path]) -> None:
    page = visit(browser, pages["chinese"]).page
    page.locator("#busiest").click()
    page.locator("#place").select_option(index=1)
    page.locator("#order").select_option(index=1)
    page.locator("details summary").click()
    text = page.locator("main").inner_text()
    text = re.sub(r"sparesim replay \S+ .*|Shift|CSV|P90| x\d", "", text)
    assert re.findall(r"[A-Za-z]{2,}", text) == []
    labels = page.evaluate("[...document.querySelectorAll('[aria-label]')].map(e => e.getAttribute('aria-label')).join(' ')")
    assert re.findall(r"[A-Za-z]{2,}", labels) == []
    assert re.search(r"2024年1月\d+日 周[一二三四五六日] \d\d:\d\d", clock(page))


def test_paper_has_one_still(browser: Any, pages: dict[str, Path]) -> None:
    page = visit(browser, pages["tiers"], scheme="dark").page
    page.locator("#busiest").click()
    paper = page.pdf(format="A4", print_background=True)
    assert len(re.findall(rb"/Type\s*/Page[^s]", paper)) == 1
