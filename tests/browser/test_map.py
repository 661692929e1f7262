"""The map in a real headless Chromium: areas by select, keyboard and click, their table, flows, narrow screens, speed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))
from fake_flows import write_flows
from fake_run import HOSTILE, FakeRun
from opened import MARKS, chromium

from sim.report.page import write_report

CARD = "article:has(#figure-map)"

pytestmark = MARKS


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(write_flows(FakeRun().write(tmp_path_factory.mktemp("map") / "large")))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small network whose regions have hostile names."""
    folder = write_flows(FakeRun(hostile=True, points=120).write(tmp_path_factory.mktemp("map") / "hostile"))
    points = (folder / "points.csv").read_text(encoding="utf-8")
    quoted = HOSTILE.replace('"', '""')
    (folder / "points.csv").write_text(points.replace(",North,", f',"{quoted}",'), encoding="utf-8")
    return write_report(folder)


def opened(browser: Any, path: Path, width: int = 1240, scheme: str = "light") -> tuple[Any, list[str]]:
    """The page with its map drawn; console errors and requests other than its own."""
    page = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme).new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: wrong.append(request.url) if request.url != path.as_uri() else None)
    page.goto(path.as_uri())
    page.locator("#figure-map").scroll_into_view_if_needed()
    page.locator("#figure-map[data-drawn]").wait_for()
    return page, wrong


def marks(page: Any) -> int:
    return int(page.locator("#figure-map .point").count())


@pytest.fixture(scope="module")
def wide(browser: Any, large: Path) -> tuple[Any, list[str]]:
    return opened(browser, large)


def test_the_whole_network_is_drawn_in_groups_on_land(wide: tuple[Any, list[str]]) -> None:
    page, wrong = wide
    groups = "document.getElementById('figure-map').data.filter(t => t.meta === 'group').reduce((n, t) => n + t.x.length, 0)"
    assert 20 < page.evaluate(groups) < 100
    assert marks(page) < 300  # groups, depots, the named and spots on the flows
    assert page.locator("#figure-map .shapelayer path").count() > 3
    assert page.locator(f"{CARD} tbody tr").count() == 8
    assert page.locator(f"{CARD} [role=status]").text_content().startswith("Whole network: 2,192 service points in ")
    assert wrong == []


def test_an_area_is_chosen_by_keyboard_and_the_table_follows(wide: tuple[Any, list[str]]) -> None:
    page, wrong = wide
    page.locator(f"{CARD} summary").focus()
    page.keyboard.press("Enter")
    select = page.locator(f"{CARD} select")
    page.keyboard.press("Shift+Tab")  # from the table back to the controls
    select.focus()
    page.keyboard.type("Tib")
    page.keyboard.press("Enter")
    assert select.input_value() == str(7)
    members = page.locator(f"{CARD} tbody tr").count()
    assert page.locator(f"{CARD} caption").text_content() == "Service points of Tibet-Xinjiang"
    assert all(name.startswith("Tibet-Xinjiang ") for name in page.locator(f"{CARD} tbody th").all_text_contents())
    drawn = page.evaluate(
        "[...document.getElementById('figure-map').data].filter(t => t.meta === 'point').flatMap(t => t.hovertext)"
    )
    assert 0 < len(drawn) <= members <= len(drawn) + 8  # depots are marked apart
    assert all("Tibet-Xinjiang" in text and "P90" in text and "{" not in text for text in drawn)
    assert page.locator(f"{CARD} [role=status]").text_content().startswith("Tibet-Xinjiang: ")
    page.get_by_role("button", name="whole network").focus()
    page.keyboard.press("Enter")
    assert select.input_value() == "-1"
    assert page.locator(f"{CARD} tbody tr").count() == 8
    assert wrong == []


def test_a_click_on_a_group_zooms_to_its_area(wide: tuple[Any, list[str]]) -> None:
    page, _ = wide
    before = page.evaluate("document.getElementById('figure-map').layout.xaxis.range")
    # the smallest group, which nothing covers
    place = page.evaluate(
        """(() => { const f = document.getElementById('figure-map'), l = f._fullLayout, b = f.getBoundingClientRect();
        const all = f.data.filter(t => t.meta === 'group').flatMap(t => t.x.map((x, i) => [x, t.y[i], t.customdata[i]]));
        all.sort((p, q) => p[0] - q[0]);
        return [b.left + l.xaxis.d2p(all[0][0]) + l._size.l, b.top + l.yaxis.d2p(all[0][1]) + l._size.t, all[0][2]]; })()"""
    )
    page.mouse.move(place[0], place[1])
    page.wait_for_timeout(200)
    page.mouse.click(place[0], place[1])
    page.wait_for_timeout(200)
    assert page.locator(f"{CARD} select").input_value() == str(place[2])
    after = page.evaluate("document.getElementById('figure-map').layout.xaxis.range")
    assert after[1] - after[0] < before[1] - before[0]
    page.locator(f"{CARD} select").select_option("-1")
    assert page.evaluate("document.getElementById('figure-map').layout.xaxis.range") == pytest.approx(before)


def test_a_switch_hides_flows(wide: tuple[Any, list[str]]) -> None:
    page, _ = wide
    with_flows = page.locator("#figure-map .shapelayer path").count()
    page.get_by_label("Flows").uncheck()
    assert page.locator("#figure-map .shapelayer path").count() == 1  # the land
    page.locator(f"{CARD} select").select_option("0")
    assert page.locator("#figure-map .shapelayer path").count() == 1
    page.get_by_label("Flows").check()
    assert page.locator("#figure-map .shapelayer path").count() > 1
    page.locator(f"{CARD} select").select_option("-1")
    assert page.locator("#figure-map .shapelayer path").count() == with_flows


def test_a_drill_takes_less_than_a_fifth_of_a_second_of_script(wide: tuple[Any, list[str]]) -> None:
    page, _ = wide
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})  # time of the processor, whoever else uses it

    def spent() -> float:
        found = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
        return float(found["ScriptDuration"])

    largest = page.evaluate(
        "[...JSON.parse(document.querySelector('script[data-panel=map]').textContent).views.entries()]"
        ".sort((a, b) => b[1].rows.length - a[1].rows.length)[0][0]"
    )
    took = []
    for _ in range(3):
        before = spent()
        page.locator(f"{CARD} select").select_option(str(largest))
        took.append(spent() - before)
        assert marks(page) > 400
        page.locator(f"{CARD} select").select_option("-1")
    assert min(took) < 0.2, took


def test_dark_land_follows_the_page(browser: Any, large: Path) -> None:
    page, wrong = opened(browser, large, scheme="dark")
    land = "getComputedStyle(document.querySelector('#figure-map .shapelayer path')).fill"
    assert page.evaluate(land) == "rgb(43, 53, 64)"
    assert wrong == []


def test_narrow_screens_and_hostile_names(browser: Any, hostile: Path) -> None:
    page, wrong = opened(browser, hostile, 390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    options = page.locator(f"{CARD} option").all_text_contents()
    assert HOSTILE in options
    page.locator(f"{CARD} summary").click()
    page.locator(f"{CARD} select").select_option(label=HOSTILE)
    assert page.locator(f"{CARD} caption").text_content() == f"Service points of {HOSTILE}"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("window.hurt") is None
    assert page.locator("img").count() == 0
    assert wrong == []
