"""The report in a real headless Chromium: no error, no request, figures drawn, nothing cut off, hostile texts harmless."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))
from fake_run import FakeRun, paired_differences

from sim.report.page import write_comparison_report, write_report

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no chromium (Debian package chromium)")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("pages")
    full = FakeRun().write(root / "full")
    pool = FakeRun(name="pool", title="Pooled stock", speed=0.7, cost=1.03).write(root / "pool")
    return {
        "full": write_report(full),
        "hostile": write_report(FakeRun(hostile=True, points=300).write(root / "hostile")),
        "contact": write_report(FakeRun(wings=("contact",), targets=False).write(root / "contact")),
        "parts": write_report(FakeRun(wings=("parts",), targets=False).write(root / "parts")),
        "comparison": write_comparison_report(
            full, [pool], [(paired_differences(full, pool), [("a.b", "1", "2")])], root / "c.html"
        ),
    }


@dataclass
class Visit:
    """A page opened with every request but its own blocked and counted."""

    page: Any
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def visit(browser: Any, path: Path, width: int = 1240, **context: Any) -> Visit:
    page = browser.new_context(viewport={"width": width, "height": 900}, **context).new_page()
    seen = Visit(page)
    own = path.as_uri()

    def judge(route: Any) -> None:
        if route.request.url == own:
            route.continue_()
        else:
            seen.requests.append(route.request.url)
            route.abort()

    page.route("**/*", judge)
    page.on(
        "console", lambda message: seen.errors.append(message.text) if message.type in ("error", "warning", "trace") else None
    )
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.goto(own)
    page.wait_for_function("document.querySelectorAll('.figure:not([data-drawn])').length === 0", timeout=20_000)
    return seen


@pytest.mark.parametrize("name", ["full", "hostile", "contact", "parts", "comparison"])
@pytest.mark.parametrize("width", [1240, 390])
def test_page_is_drawn_without_error_or_request(browser: Any, pages: dict[str, Path], name: str, width: int) -> None:
    seen = visit(browser, pages[name], width)
    assert seen.errors == []
    assert seen.requests == []
    undrawn = "[...document.querySelectorAll('.figure')].filter(f => !f.querySelector('svg.main-svg')).map(f => f.id)"
    assert seen.page.evaluate(undrawn) == []
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    assert seen.page.evaluate("window.hurt") is None
    assert seen.page.locator("img").count() == 0
    seen.page.context.close()


def test_hostile_names_are_shown_as_they_are_written(browser: Any, pages: dict[str, Path]) -> None:
    seen = visit(browser, pages["hostile"])
    assert seen.page.locator("header b").first.text_content().startswith("</script><img src=x onerror=")
    ticks = seen.page.locator("#figure-parts .ytick text").all_text_contents()
    assert ticks[0] == "</script><img src=x o\u2026"
    assert seen.page.locator("#figure-parts .ytick a").count() == 0
    seen.page.context.close()


def test_figures_follow_dark_mode_and_paper_is_light(browser: Any, pages: dict[str, Path]) -> None:
    seen = visit(browser, pages["parts"], color_scheme="dark")
    colour = "getComputedStyle(document.querySelector('.figure .xtick text')).fill"
    assert seen.page.evaluate(colour) == "rgb(228, 233, 238)"
    seen.page.emulate_media(media="print")
    assert seen.page.evaluate(colour) == "rgb(31, 41, 51)"
    seen.page.context.close()


def test_the_report_prints_on_at_most_eight_pages(browser: Any, pages: dict[str, Path]) -> None:
    import re

    seen = visit(browser, pages["full"])
    assert 2 <= len(re.findall(rb"/Type\s*/Page[^s]", seen.page.pdf(prefer_css_page_size=True))) <= 8
    seen.page.context.close()


def test_tables_open_and_the_map_zooms_by_keyboard(browser: Any, pages: dict[str, Path]) -> None:
    seen = visit(browser, pages["full"])
    summary = seen.page.locator("article:has(#figure-points) summary")
    summary.focus()
    seen.page.keyboard.press("Enter")
    assert seen.page.locator("article:has(#figure-points) tbody tr").count() == 12
    width = "(r => r[1] - r[0])(document.getElementById('figure-map').layout.xaxis.range)"
    before = seen.page.evaluate(width)
    seen.page.get_by_role("button", name="Zoom in").focus()
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_timeout(300)
    assert seen.page.evaluate(width) == pytest.approx(0.6 * before, rel=0.05)
    assert seen.errors == []
    seen.page.context.close()


def test_two_thousand_points_are_drawn_within_two_seconds(browser: Any, pages: dict[str, Path]) -> None:
    seen = visit(browser, pages["full"])
    assert seen.page.locator("#figure-map .point").count() > 2_150
    took = seen.page.evaluate(
        "(async () => { const f = document.getElementById('figure-map'); const t = performance.now();"
        " await Plotly.redraw(f); return performance.now() - t; })()"
    )
    assert took < 4_000  # milliseconds; about 300 on an idle machine
    seen.page.context.close()
