"""The report in a real headless Chromium: no error, no request, figures drawn, nothing cut off, hostile texts harmless."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))
from fake_run import FakeRun, paired_differences, write_comparison_report
from opened import MARKS, Visit, chromium, open_page

from sim.report.page import write_report

pytestmark = MARKS


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


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


Visitor = Callable[..., Visit]


@pytest.fixture(scope="module")
def visit(browser: Any, pages: dict[str, Path]) -> Visitor:
    """Opens a page once for all tests that look at it."""
    opened: dict[tuple[str, int, str], Visit] = {}

    def opener(name: str, width: int = 1240, scheme: str = "light") -> Visit:
        key = (name, width, scheme)
        if key not in opened:
            opened[key] = open_page(browser, pages[name], width, scheme)
        return opened[key]

    return opener


WIDE, NARROW = 1240, 390


@pytest.mark.parametrize(
    ("name", "width"),
    [
        ("full", WIDE),
        ("comparison", WIDE),
        ("full", NARROW),
        ("hostile", NARROW),
        ("contact", NARROW),
        ("parts", NARROW),
        ("comparison", NARROW),
    ],
)
def test_page_is_drawn_without_error_or_request(visit: Visitor, name: str, width: int) -> None:
    seen = visit(name, width)
    assert seen.errors == []
    assert seen.requests == []
    undrawn = "[...document.querySelectorAll('.figure')].filter(f => !f.querySelector('svg.main-svg')).map(f => f.id)"
    assert seen.page.evaluate(undrawn) == []
    assert seen.page.locator(".figure").count() > 0
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    assert seen.page.evaluate("window.hurt") is None
    assert seen.page.locator("img").count() == 0


def test_hostile_names_are_shown_as_they_are_written(visit: Visitor) -> None:
    page = visit("hostile", NARROW).page
    assert page.locator("header b").first.text_content().startswith("</script><img src=x onerror=")
    assert "</script><img src=x o\u2026" in page.locator("#figure-parts .ytick text").all_text_contents()


def test_figures_follow_dark_mode_and_paper_is_light(visit: Visitor) -> None:
    page = visit("parts", WIDE, "dark").page
    colour = "getComputedStyle(document.querySelector('.figure .xtick text')).fill"
    assert page.evaluate(colour) == "rgb(228, 233, 238)"
    page.emulate_media(media="print")
    assert page.evaluate(colour) == "rgb(31, 41, 51)"


def test_tables_open_and_the_map_zooms_by_keyboard(visit: Visitor) -> None:
    page = visit("full").page
    page.locator("article:has(#figure-points) summary").focus()
    page.keyboard.press("Enter")
    assert page.locator("article:has(#figure-points) tbody tr").count() == 12
    assert page.locator("article:has(#figure-points) table").is_visible()
    width = "(r => r[1] - r[0])(document.getElementById('figure-map').layout.xaxis.range)"
    before = page.evaluate(width)
    page.get_by_role("button", name="Zoom in").focus()
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    assert page.evaluate(width) == pytest.approx(0.6 * before, rel=0.05)
    page.get_by_role("button", name="whole network").click()


def test_the_report_prints_on_at_most_eight_pages(visit: Visitor) -> None:
    pdf = visit("full").page.pdf(prefer_css_page_size=True)
    assert 2 <= len(re.findall(rb"/Type\s*/Page[^s]", pdf)) <= 8
