"""The page where people try what if, in a real headless Chromium: controls, answers, interpolation, address, paper, Chinese."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))
from fake_sweep import HOSTILE, FakeSweep, three_factors
from opened import MARKS, chromium

from sim.analysis.axes import Axis
from sim.analysis.metamodel import predict_plain
from sim.analysis.sweep_results import SweepResults
from sim.language import speaking
from sim.report import format as fmt
from sim.report.explorer import write_explorer

WIDE, NARROW = 1280, 390

pytestmark = MARKS


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def sweeps(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SweepResults]:
    root = tmp_path_factory.mktemp("sweeps")
    smooth = tuple(Axis(a.name, a.unit, a.low, a.high) for a in three_factors()[:2])
    spread = np.random.default_rng(2).uniform([2, 0.5], [6, 2.5], (12, 2)).tolist()
    made = {
        "grid": FakeSweep(),
        "hostile": FakeSweep(axes=three_factors(2, hostile=True), title=HOSTILE, as_it_is=None),
        "none": FakeSweep(axes=three_factors(3), limit_h=20.0, as_it_is=None),
        "open": FakeSweep(axes=three_factors(3), limit_h=126.0, noise=30.0, as_it_is=0),
        "sample": FakeSweep(axes=smooth, rows=spread, design="lhs", as_it_is=None, kind="quadratic"),
    }
    return {name: SweepResults(one.write(root / name)) for name, one in made.items()}


@pytest.fixture(scope="module")
def pages(sweeps: dict[str, SweepResults]) -> dict[str, Path]:
    found = {name: write_explorer(one, one.folder / "explorer.html") for name, one in sweeps.items()}
    with speaking("zh"):
        found["zh"] = write_explorer(sweeps["grid"], sweeps["grid"].folder / "zh.html")
    return found


@dataclass
class Visit:
    """A page opened with every request but its own blocked and counted."""

    page: Any
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def settle(self) -> None:
        """Wait for the charts that follow a change."""
        self.page.wait_for_timeout(60)
        self.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def at(self) -> list[float]:
        """Where the sliders stand."""
        found: list[float] = self.page.evaluate("explorer.state.at")
        return found

    def cell(self, row: int, column: int) -> str:
        """A cell of the measure table; column 0 is the value."""
        return str(self.page.locator("#table tbody tr").nth(row).locator("td").nth(column).text_content())


def open_page(browser: Any, path: Path, fragment: str = "", width: int = WIDE, scheme: str = "light") -> Visit:
    page = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, accept_downloads=True).new_page()
    seen = Visit(page)

    def judge(route: Any) -> None:
        if route.request.url.split("#")[0] == path.as_uri():
            route.continue_()
        else:
            seen.requests.append(route.request.url)
            route.abort()

    page.route("**/*", judge)
    page.on("console", lambda m: seen.errors.append(m.text) if m.type in ("error", "warning", "trace") else None)
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.goto(path.as_uri() + fragment)
    for _ in range(200):
        if page.evaluate("document.querySelectorAll('.figure:not([data-drawn])').length") == 0:
            break
        page.wait_for_timeout(50)
    return seen


@pytest.fixture(scope="module")
def wide(browser: Any, pages: dict[str, Path]) -> Visit:
    return open_page(browser, pages["grid"])


@pytest.fixture(autouse=True)
def from_the_start(request: pytest.FixtureRequest) -> None:
    if "wide" in request.fixturenames:
        request.getfixturevalue("wide").page.locator("#reset").click()


def test_sliders_move_table_and_charts_by_keyboard(wide: Visit, sweeps: dict[str, SweepResults]) -> None:
    page, found = wide.page, sweeps["grid"]
    assert wide.at() == found.points[4]["coordinates"]
    assert page.locator("#headline").text_content().startswith("The scenario as it is")
    before = page.evaluate("document.getElementById('figure-effect-1').data[0].y.join()")
    slider = page.locator('.control[data-factor="0"] input')
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    wide.settle()
    assert wide.at()[0] == 4.0
    assert slider.get_attribute("aria-valuetext") == "4"
    assert page.locator('.control[data-factor="0"] output').text_content() == "4"
    point = next(p for p in found.points if p["coordinates"] == wide.at())
    shown = point["results"][0]
    assert wide.cell(0, 0) == fmt.number(shown["mean"], fmt.decimals_for(shown["mean"], shown["half_width"]))
    here = found.values("tat.customer.p90")
    apart = here[point["point"]] - here[4]
    assert float(wide.cell(0, 2).replace("\u2212", "-")) == pytest.approx(apart.mean(), abs=0.06)
    assert page.evaluate("document.getElementById('figure-effect-1').data[0].y.join()") != before
    page.wait_for_timeout(600)
    assert page.locator("#live").text_content().startswith("This plan ")


def test_sliders_and_switches_by_mouse(wide: Visit) -> None:
    page = wide.page
    box = page.locator('.control[data-factor="1"] input').bounding_box()
    page.mouse.click(box["x"] + box["width"] - 4, box["y"] + box["height"] / 2)
    page.locator(".choice", has_text="least loaded point").click()
    wide.settle()
    assert wide.at()[1:] == [2.5, 1.0]
    assert "stock = 2.5 days" in page.locator("#setting").text_content()
    page.locator("#figure-cost").scroll_into_view_if_needed()
    point, x, y = page.evaluate(
        "(() => { const f = document.getElementById('figure-cost'), a = f._fullLayout, r = f.getBoundingClientRect(); "
        "const all = f.data.filter(t => t.customdata).flatMap(t => t.customdata.map((p, i) => [t.x[i], t.y[i], p])); "
        "const [x, y, p] = all.sort((a, b) => b[0] - a[0])[0]; "  # the dearest plan stands alone
        "return [p, r.x + a.xaxis._offset + a.xaxis.d2p(x), r.y + a.yaxis._offset + a.yaxis.d2p(y)]; })()"
    )
    page.mouse.move(x, y)
    page.wait_for_timeout(100)
    page.mouse.click(x, y)
    wide.settle()
    assert wide.at() == page.evaluate(f"explorer.data.coordinates[{point}]")


def test_the_cheapest_plan_is_that_of_the_sweep(wide: Visit, sweeps: dict[str, SweepResults]) -> None:
    page, found = wide.page, sweeps["grid"]
    page.locator("#cheapest").click()
    wide.settle()
    cheapest = found.data["cheapest"]
    assert wide.at() == found.points[cheapest]["coordinates"]
    met = [p["point"] for p in found.points if p["all_met"]]
    assert cheapest == min(met, key=lambda i: found.means("cost.total.per_year")[i])
    assert page.locator("#answer").text_content().startswith(f"The cheapest of {len(met)} simulated plans that are shown to meet")
    assert page.locator("#headline").text_content() == "This plan is shown to meet all 2 targets"
    assert page.locator("#table .met").count() == 2
    demands = page.locator("#demands tbody tr")
    assert demands.count() == 2
    alone = min((p["point"] for p in found.points if p["results"][1]["verdict"] == "met"),
                key=lambda i: found.means("cost.total.per_year")[i])  # fmt: skip
    demands.nth(1).locator("button").click()
    assert wide.at() == found.points[alone]["coordinates"]


def test_next_cheaper_walks_down_the_frontier(wide: Visit, sweeps: dict[str, SweepResults]) -> None:
    page, found = wide.page, sweeps["grid"]
    page.locator("#cheapest").click()
    cost = found.means("cost.total.per_year")
    edge = page.evaluate("explorer.model.frontier(0)")
    at = found.data["cheapest"]
    for _ in range(40):
        if page.locator("#cheaper").is_enabled():
            page.locator("#cheaper").click()
        now = page.evaluate("explorer.model.place(explorer.state.at).point")
        if now == at:
            break
        assert cost[now] < cost[at]
        assert now in edge
        at = now
    assert at == edge[0]
    assert page.locator("#cheaper").is_disabled()


@pytest.mark.parametrize(("name", "word"), [("none", "None: every simulated plan misses a target"), ("open", "Not shown: no")])
def test_no_plan_is_called_good_that_is_not_shown(
    browser: Any, pages: dict[str, Path], sweeps: Any, name: str, word: str
) -> None:
    seen = open_page(browser, pages[name])
    assert sweeps[name].data["cheapest"] is None
    seen.page.locator("#cheapest").click()
    assert seen.page.locator("#answer").text_content().startswith(word)
    assert "shown to meet all" not in seen.page.locator("#headline").text_content().replace("not shown to meet", "")


def test_a_pinned_plan_is_compared_with(wide: Visit) -> None:
    page = wide.page
    page.locator("#cheapest").click()
    page.locator("#pin").click()
    assert page.locator("#pin").get_attribute("aria-pressed") == "true"
    pinned = page.evaluate("explorer.state.pin")
    page.locator('.control[data-factor="0"] input').press("ArrowLeft")
    wide.settle()
    assert "Against the pinned plan" in page.locator("#table thead").text_content()
    assert f"~pin={pinned}" in page.url
    marks = page.evaluate(
        "document.getElementById('figure-cost').data.filter(t => t.marker && t.marker.symbol === 'square-open').length"
    )
    assert marks == 1
    assert page.locator("#figure-stages").evaluate("f => f.data[0].y.length") == 2
    page.locator("#pin").click()
    assert "pin" not in page.url


def test_the_address_holds_the_plan(browser: Any, pages: dict[str, Path]) -> None:
    fragment = "#agents=6&stock=2&policy=least%20loaded%20point&~pin=3&~measure=tat.within_promise"
    seen = open_page(browser, pages["grid"], fragment)
    assert seen.at() == [6, 2, 1]
    assert seen.page.evaluate("explorer.state.pin") == 3
    assert seen.page.locator("#measure").input_value() == "1"
    assert seen.page.url.endswith(fragment)
    seen.page.evaluate("location.hash = '#agents=2&stock=1.25'")
    seen.settle()
    assert seen.at() == [2, 1.25, 1]
    assert seen.page.evaluate("explorer.state.between")
    assert seen.errors == []


def test_unknown_addresses_do_no_harm(browser: Any, pages: dict[str, Path]) -> None:
    seen = open_page(browser, pages["grid"], "#x=1&agents=99&stock=abc&policy=none&=&%&~pin=1e9&~measure=y")
    assert seen.at() == [2, 1, 1]
    for fragment in ("#", "#<img src=x onerror=window.hurt=1>", "#agents=<b>&~pin=-1&~pin=1.5&~between=yes"):
        seen.page.evaluate("fragment => { location.hash = fragment; }", fragment)
        seen.settle()
        assert seen.at() == [2, 1, 1]
    assert seen.errors == []
    assert seen.page.evaluate("window.hurt") is None
    assert seen.page.evaluate("[explorer.state.pin, explorer.state.between, explorer.state.measure]") == [None, False, 0]


def test_interpolation_is_marked_and_equals_an_independent_one(wide: Visit, sweeps: dict[str, SweepResults]) -> None:
    from scipy.interpolate import RegularGridInterpolator

    page, found = wide.page, sweeps["grid"]
    axes = three_factors()
    page.locator("#between").check()
    rng = np.random.default_rng(5)
    for k, kpi in enumerate(("tat.customer.p90", "tat.within_promise", "cost.total.per_year")):
        cube = RegularGridInterpolator([np.array(a.levels) for a in axes], found.means(kpi).reshape(5, 5, 3))
        for _ in range(6):
            at = [float(rng.uniform(2, 6)), float(rng.uniform(0.5, 2.5)), float(rng.integers(3))]
            got = page.evaluate("([k, at]) => explorer.model.read(k, explorer.model.place(at))", [k, at])
            assert got["mean"] == pytest.approx(float(cube(at)[0]), rel=1e-9)
            assert got["verdict"] in (0, 2)  # never better than 'not shown'
    slider = page.locator('.control[data-factor="1"] input')
    slider.focus()
    page.keyboard.press("ArrowRight")
    wide.settle()
    assert wide.at()[1] == pytest.approx(1.05)
    assert "interpolated, not simulated" in page.locator("#headline").text_content()
    assert page.locator("#table .verdict span").all_text_contents() == ["? not shown", "? not shown"]
    assert page.locator("#table td.guess").count() > 0
    assert page.locator("#near").is_visible()
    assert page.locator("#near li").count() == 4
    assert page.locator("#pin").is_disabled()
    dashes = page.evaluate("document.getElementById('figure-effect-0').data.map(t => t.line && t.line.dash)")
    assert "dash" in dashes
    symbols = page.evaluate("document.getElementById('figure-effect-0').data.map(t => t.marker && t.marker.symbol)")
    assert "circle-open" in symbols
    errors = page.evaluate("explorer.data.measures[0].errors")
    both = page.evaluate("explorer.model.read(0, explorer.model.place([3, 1.05, 1]))")
    corners = found.values("tat.customer.p90").reshape(5, 5, 3, 4)
    sums = 0.9 * corners[1, 1, 1] + 0.1 * corners[1, 2, 1]
    assert both["half"] == pytest.approx(np.hypot(3.182446 * sums.std(ddof=1) / 2, 1.959964 * errors[1]), rel=1e-5)
    page.locator("#between").uncheck()
    assert wide.at()[1] == 1.0


def test_a_sample_of_points_is_read_by_its_metamodel(
    browser: Any, pages: dict[str, Path], sweeps: dict[str, SweepResults]
) -> None:
    seen, found = open_page(browser, pages["sample"]), sweeps["sample"]
    model = found.data["analysis"][0]["metamodel"]
    want = predict_plain(model["function"], found.axes, np.array([[3.3, 1.7]]))[0]
    got = seen.page.evaluate("explorer.model.read(0, explorer.model.place([3.3, 1.7]))")
    assert got["mean"] == pytest.approx(want, rel=1e-9)
    assert got["half"] >= 1.9 * model["rmse"]
    seen.page.locator('.control[data-factor="0"] input').press("ArrowRight")
    seen.settle()
    assert "interpolated, not simulated" in seen.page.locator("#headline").text_content()
    seen.page.locator("#near button").first.click()
    assert seen.page.locator("#near").is_hidden()
    assert seen.errors == []


def test_numbers_are_written_as_in_the_reports(wide: Visit) -> None:
    values = [0.0, 0.5, 1.5, 2.5, -0.04, 12.25, 99.95, 1234.5, -1234567.891, 0.00123, 3.14159, 0.125, 1e7, 999.5]
    widths = [None, 0.0, 0.011, 0.2, 3.0, 150.0]
    for value in values:
        for width in widths:
            want = fmt.decimals_for(value, width)
            assert wide.page.evaluate("([v, w]) => explorer.model.decimalsFor(v, w)", [value, width]) == want, (value, width)
            for signed in (False, True):
                got = wide.page.evaluate("([v, d, s]) => explorer.model.number(v, d, s)", [value, want, signed])
                assert got == fmt.number(value, want, signed=signed), (value, want)


def test_points_are_downloaded_without_formulas(browser: Any, pages: dict[str, Path], sweeps: dict[str, SweepResults]) -> None:
    import csv

    seen = open_page(browser, pages["hostile"])
    with seen.page.expect_download() as waiting:
        seen.page.locator("#download").click()
    text = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
    rows = list(csv.reader(text.splitlines()))
    assert len(rows) == 1 + len(sweeps["hostile"].points)
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@"))]
    assert float(rows[3][4]) == sweeps["hostile"].means("tat.customer.p90")[2]
    assert [r for r in seen.requests if not r.startswith("blob:")] == []


@pytest.mark.parametrize(
    ("name", "width", "scheme"), [("grid", WIDE, "light"), ("hostile", NARROW, "dark"), ("grid", NARROW, "light")]
)
def test_pages_are_clean_and_fit(browser: Any, pages: dict[str, Path], name: str, width: int, scheme: str) -> None:
    seen = open_page(browser, pages[name], width=width, scheme=scheme)
    assert (seen.errors, seen.requests) == ([], [])
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    assert seen.page.evaluate("window.hurt") is None
    assert seen.page.locator("img").count() == 0
    assert (
        seen.page.evaluate("[...document.querySelectorAll('.figure')].filter(f => !f.querySelector('svg.main-svg')).length") == 0
    )
    if name == "hostile":
        assert HOSTILE in seen.page.locator("header b").text_content()
        assert HOSTILE in seen.page.locator('.control[data-factor="1"] legend').get_attribute("title")
    audit = pytest.importorskip("axe_playwright_python.sync_playwright")
    found = audit.Axe().run(seen.page).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found if v["impact"] in ("serious", "critical")] == []


def test_the_page_prints_on_few_sheets(wide: Visit) -> None:
    pdf = wide.page.pdf(prefer_css_page_size=True)
    assert 1 <= len(re.findall(rb"/Type\s*/Page[^s]", pdf)) <= 8


def test_the_chinese_page_has_no_stray_english(browser: Any, pages: dict[str, Path], sweeps: dict[str, SweepResults]) -> None:
    seen = open_page(browser, pages["zh"])
    seen.page.locator("#cheapest").click()
    seen.settle()
    seen.page.locator("#between").check()
    seen.page.locator('.control[data-factor="1"] input').press("ArrowRight")
    seen.settle()
    seen.page.evaluate("document.querySelectorAll('.xtick, .ytick').forEach(n => n.remove())")  # cut names of choices
    text = seen.page.evaluate(
        "document.body.innerText + [...document.querySelectorAll('[aria-label]')].map(n => n.ariaLabel).join(' ')"
    )
    measures = seen.page.evaluate("explorer.data.measures")
    own = [m[name] for m in measures for name in ("label", "small")]
    own += [g["label"] for g in seen.page.evaluate("explorer.data.stages.groups")]
    own += ["Made-up service", "agents", "stock", "policy", "least loaded point", "nearest point with the part", "nearest point"]
    own += ["sparesim", "CSV", "service_points", "days", "and"]  # names, a format, an address; units and joined names are others'
    for name in sorted(own, key=len, reverse=True):
        text = text.replace(name, "")
    assert re.findall(r"[A-Za-z]{3,}", text) == []
