"""The chain of the loop in a real browser: its texts fit, wide and narrow, in both languages."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))
from fake_run import FakeRun
from opened import MARKS, chromium

from sim.language import speaking
from sim.report.page import write_report

pytestmark = MARKS

# What of the figure's texts meets another text or leaves the drawing, and where its boxes stand
MEASURE = """() => {
  const target = document.getElementById("figure-loops");
  const whole = target.getBoundingClientRect();
  const texts = [...target.querySelectorAll(".annotation text")].map(e => [e.textContent, e.getBoundingClientRect()])
    .filter(([words]) => words.trim());
  const bad = [];
  texts.forEach(([words, a], i) => {
    if (a.left < whole.left - 1 || a.right > whole.right + 1 || a.bottom > whole.bottom + 1) bad.push(words);
    texts.slice(i + 1).forEach(([other, b]) => {
      const across = a.left < b.right - 1 && b.left < a.right - 1;
      if (across && a.top < b.bottom - 2 && b.top < a.bottom - 2) bad.push(words + " / " + other);
    });
  });
  const boxes = [...target.querySelectorAll(".shapelayer path")].map(e => e.getBoundingClientRect()).filter(b => b.height > 60);
  const cut = texts.filter(([, a]) => boxes.some(b => a.left > b.left && a.left < b.right && a.top > b.top && a.bottom < b.bottom
    && a.right > b.right + 1)).map(([words]) => words);
  const tops = new Set(boxes.map(b => Math.round(b.top)));
  return {bad: bad.concat(cut), texts: texts.length, boxes: boxes.length, rows: tops.size,
    page: document.documentElement.scrollWidth};
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_chain_fits_wide_and_narrow(browser: Any, tmp_path: Path, lang: str) -> None:
    with speaking(lang):
        path = write_report(FakeRun(points=20, parts=10).write(tmp_path / "run"), tmp_path / "page.html")
    for width in (1240, 1040, 390):
        page = browser.new_page(viewport={"width": width, "height": 800})
        page.goto(path.as_uri())
        page.wait_for_selector("#figure-loops[data-drawn]")
        page.wait_for_timeout(150)
        found = page.evaluate(MEASURE)
        page.close()
        assert found["bad"] == [], width
        assert found["boxes"] == 5
        assert found["rows"] == (5 if width == 390 else 1)
        assert found["texts"] > 15
        assert found["page"] <= width
