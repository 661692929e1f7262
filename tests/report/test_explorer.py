"""The page where people try what if: its data are those of the sweep, its answers those of the analysis."""

from __future__ import annotations

import itertools
import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from fake_sweep import HOSTILE, FakeSweep, three_factors

import sim
from sim.analysis.axes import Axis
from sim.analysis.metamodel import fit_metamodel, predict_plain
from sim.analysis.sweep_results import SweepResults
from sim.api.sweeping import explorer_path, sweep_report, sweep_text
from sim.language import speaking
from sim.report.explorer import explorer_data, explorer_html
from sim.report.figures_sweep import cost_scatter
from sim.report.sweep_page import sweep_page
from sim.report.sweep_panels import efficient
from sim.report.sweep_text import SweepView, index_doubt, sentences


def data_of(html: str) -> dict[str, Any]:
    """The data that a page carries."""
    found = re.search(r'<script type="application/json" id="explorer-data">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> SweepResults:
    return SweepResults(FakeSweep().write(tmp_path_factory.mktemp("sweeps") / "grid"))


def test_data_of_the_page_are_those_of_the_sweep(grid: SweepResults) -> None:
    data = data_of(explorer_html(grid))
    stored = json.loads((grid.folder / "sweep.json").read_text())
    assert [m["key"] for m in data["measures"]] == [
        "tat.customer.p90", "tat.within_promise", "cost.total.per_year", "contact.asa",
    ]  # fmt: skip
    assert data["coordinates"] == [p["coordinates"] for p in stored["points"]]
    words = ["met", "not shown", "missed"]
    for k in range(4):
        for p, point in enumerate(stored["points"]):
            found = point["results"][k]
            assert (data["mean"][k][p], data["half"][k][p]) == (found["mean"], found["half_width"])
            assert (words[data["verdict"][k][p] - 1] if data["verdict"][k][p] else None) == found["verdict"]
    assert np.allclose(data["values"][0], grid.values("tat.customer.p90"), rtol=1e-9)
    assert (data["cheapest"], data["as_it_is"]) == (stored["cheapest"], 4)
    assert stored["cheapest"] is not None
    assert data["cost"] == 2
    assert data["stages"]["groups"][0]["label"] == "Contact"


def test_three_sliders_of_five_levels_stay_small(tmp_path: Path) -> None:
    five = Axis("vans", "", 1.0, 5.0, (1.0, 2.0, 3.0, 4.0, 5.0), (), True)
    found = SweepResults(FakeSweep(axes=(*three_factors()[:2], five), replications=10).write(tmp_path / "a"))
    html = explorer_html(found)
    assert len(found.points) == 125
    assert data_of(html)["values"] is not None
    assert 4_000_000 < len(html.encode()) < 6_000_000
    assert explorer_html(SweepResults(tmp_path / "a")) == html


def test_the_error_of_interpolation_is_that_of_inner_levels(tmp_path: Path, grid: SweepResults) -> None:
    view = SweepView(grid)
    errors = explorer_data(view)["measures"][0]["errors"]
    cube = grid.means("tat.customer.p90").reshape(5, 5, 3)
    assert errors[0] == pytest.approx(np.sqrt(((cube[1:-1] - (cube[:-2] + cube[2:]) / 2) ** 2).mean()))
    assert errors[1] == pytest.approx(np.sqrt(((cube[:, 1:-1] - (cube[:, :-2] + cube[:, 2:]) / 2) ** 2).mean()))
    assert errors[2] is None
    assert errors[0] > 1.0  # the curve in the staff
    two = SweepResults(FakeSweep(axes=three_factors(2)).write(tmp_path / "two"))
    assert explorer_data(SweepView(two))["measures"][0]["errors"] == [None, None, None]


@pytest.mark.parametrize("kind", ["gp", "quadratic"])
def test_plain_numbers_predict_as_the_metamodel_does(kind: str) -> None:
    if kind == "gp":
        pytest.importorskip("sklearn")
    axes = three_factors()
    rng = np.random.default_rng(1)
    rows = np.column_stack([rng.uniform(2, 6, 40), rng.uniform(0.5, 2.5, 40), rng.integers(0, 3, 40)])
    values = (rows[:, 0] ** 2 - 3 * rows[:, 0] * rows[:, 1] + 5 * rows[:, 2])[:, None] + rng.normal(size=(40, 3))
    model = fit_metamodel(axes, rows, values, kind)
    assert model is not None
    new = np.column_stack([rng.uniform(2, 6, 9), rng.uniform(0.5, 2.5, 9), rng.integers(0, 3, 9)])
    function = json.loads(json.dumps(model.function))
    assert predict_plain(function, axes, new) == pytest.approx(model.predict(new, 0.95)[0], rel=1e-7, abs=1e-7)


def test_hostile_names_are_data_alone(tmp_path: Path) -> None:
    html = explorer_html(SweepResults(FakeSweep(axes=three_factors(2, hostile=True), title=HOSTILE).write(tmp_path / "a")))
    assert "<img" not in html
    assert data_of(html)["factors"][1]["name"] == HOSTILE


def test_every_design_has_its_page(tmp_path: Path) -> None:
    axes = three_factors()
    nan = float("nan")
    single = [[nan] * 3, *([x, nan, nan] for x in axes[0].levels), *([nan, x, nan] for x in axes[1].levels)]
    single += [[nan, nan, float(k)] for k in range(3)]
    alone = explorer_data(SweepView(SweepResults(
        FakeSweep(axes=axes, rows=single, design="one-at-a-time", as_it_is=None).write(tmp_path / "o"))))  # fmt: skip
    assert alone["as_it_is"] == 0
    assert alone["between"] == ""
    assert alone["factors"][0]["labels"] == ["as in the scenario", "2", "3", "4", "5", "6"]
    smooth = tuple(Axis(a.name, a.unit, a.low, a.high) for a in axes[:2])
    rng = np.random.default_rng(2)
    spread = rng.uniform([2, 0.5], [6, 2.5], (12, 2)).tolist()
    made = FakeSweep(axes=smooth, rows=spread, design="lhs", as_it_is=None, kind="quadratic").write(tmp_path / "l")
    sample = explorer_data(SweepView(SweepResults(made)))
    assert sample["between"] == "model"
    assert sample["as_it_is"] is None
    assert sample["measures"][0]["model"]["kind"] == "quadratic"
    assert sample["measures"][1]["model"] is None
    assert sample["factors"][1]["stops"][0] == 0.5
    few = SweepResults(FakeSweep(axes=smooth, rows=spread[:3], design="lhs", as_it_is=None, kind="none").write(tmp_path / "f"))
    assert explorer_data(SweepView(few))["between"] == ""
    assert any(s.startswith("No metamodel fits 3 points of this design") for s in sentences(SweepView(few)))
    assert not any("No metamodel" in s for s in sentences(SweepView(SweepResults(made))))


def test_indices_above_one_are_doubted(grid: SweepResults) -> None:
    view = SweepView(SweepResults(grid.folder))
    assert index_doubt(view, view.by) == ""
    view.analysis[view.by]["indices"][0]["total"] = 1.4
    assert index_doubt(view, view.by).startswith("The Sobol indices of P90 turnaround are sampling error in part")
    assert any("exceeds 100 %" in text for text in sentences(view))
    view.analysis[view.by]["indices"] = [{"first": 0.6, "total": 0.7}, {"first": 0.6, "total": 0.8}]
    assert index_doubt(view, view.by)


def test_efficient_plans_are_beaten_by_no_other() -> None:
    rng = np.random.default_rng(3)
    costs, worse = rng.integers(0, 12, 60).astype(float), rng.integers(0, 12, 60).astype(float)
    found = efficient(list(range(60)), costs, worse)
    for i, j in itertools.product(found, range(60)):
        assert not (costs[j] <= costs[i] and worse[j] <= worse[i] and (costs[j], worse[j]) != (costs[i], worse[i]))
    places = {(costs[i], worse[i]) for i in found}
    for j in range(60):
        assert any(c <= costs[j] and w <= worse[j] for c, w in places)
    assert [costs[i] for i in found] == sorted(costs[i] for i in found)
    figure = cost_scatter([(1.0, 2.0, 0.5), (2.0, 1.0, 0.5)], [0, 1], [None, None], ["a", "b"], ("x", "y"), {"max": 1.5})
    assert list(figure.data[0].x) == [1.0, 2.0]


def test_report_and_explorer_stand_side_by_side(tmp_path: Path) -> None:
    path = tmp_path / "callers.yaml"
    path.write_text(
        "run: {length: 3 days, warm_up: 0, replications: 2}\ncases: {calls: {rate: 40/h, channel: voice}}\n"
        "contact_centres: {desk: {agents: 7, handle_time: {exponential: 6 min}, wage: 20 EUR/h}}\n"
    )
    found = sim.sweep(path, ["contact_centres.desk.agents=6..8"], jobs=1, metamodel="none", out=tmp_path / "s", report=True)
    assert found.data["as_it_is"] == 1
    page = (tmp_path / "s" / "sweep.html").read_text()
    assert 'href="explorer.html"' in page
    assert data_of((tmp_path / "s" / "explorer.html").read_text())["as_it_is"] == 1
    other = sweep_report(found, tmp_path / "x.html")
    assert explorer_path(other) == tmp_path / "x-explorer.html"
    assert explorer_path(other).is_file()
    assert 'href="x-explorer.html"' in other.read_text()
    assert 'href="x.html"' in explorer_path(other).read_text()
    assert sweep_text(found).sentences


def test_the_pages_speak_chinese(grid: SweepResults) -> None:
    with speaking("zh"):
        html, page = explorer_html(grid), sweep_page(grid)
    assert '<html lang="zh-Hans">' in html
    assert data_of(html)["texts"]["other"]["meets_all"] == "此方案点能判定{n}个目标全部达标"
    assert page.headline.startswith("75个方案点中有")
