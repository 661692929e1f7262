"""Service points and regions: order, title and axis tell the same; intervals and promises stand beside."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from fake_run import FakeRun

from sim.language import speaking
from sim.report.figures_places import Lost, lost_plot, points_panel, regions_panel
from sim.report.format import NARROW_SPACE
from sim.report.judged import Rule
from sim.report.read import Columns, RunResults, read_run
from sim.report.titles import judged_title, points_title


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunResults:
    return read_run(FakeRun(points=300).write(tmp_path_factory.mktemp("places") / "run"))


def test_points_are_sorted_by_what_title_and_axis_say(run: RunResults) -> None:
    panel = points_panel(run, "95 %")
    assert panel is not None
    assert panel.grid is not None
    points = run.table("points")
    orders, mean = points.numbers("orders"), points.numbers("tat_mean_h")
    days = dict(zip(points.text("site"), orders * (mean - np.average(mean, weights=orders)) / 24, strict=True))
    shown = [row[0] for row in panel.grid.rows]
    assert shown == sorted(shown, key=lambda name: -days[name])
    marks = panel.figure.data[-1]
    assert list(marks.x) == pytest.approx([days[name] for name in shown], abs=0.01)
    worse = sorted((d for d in days.values() if d > 0), reverse=True)
    share = round(100 * sum(days[name] for name in shown) / sum(worse))
    title = panel.title.replace(NARROW_SPACE, " ")
    assert title == f"12 of 300 sites, depots included, cause {share} % of the order-days over the mean, {shown[0]} first"


def test_an_order_day_is_counted_by_the_year(run: RunResults) -> None:
    half = dataclasses.replace(run, manifest={**run.manifest, "run": {**run.manifest["run"], "length_h": 4380.0}})
    one, two = (points_panel(r, "95 %") for r in (run, half))
    assert one is not None
    assert two is not None
    assert list(two.figure.data[0].x) == pytest.approx([2 * x for x in one.figure.data[0].x], abs=0.02)


def test_few_points_over_the_mean_are_counted_and_those_below_are_left_out() -> None:
    extra = np.array([700.0, 100.0, -300.0, -500.0] + [0.0] * 20)
    said = points_title(["oslo", "bergen"], extra, 12, 24)
    assert said == "2 of 24 sites take longer than the mean of the network, oslo costs most time"
    assert points_title(["oslo"], extra[[0, 2]], 1, 24) == "oslo alone of 24 sites takes longer than the mean of the network"
    assert points_title([], extra, 12, 24) == "Service points differ little"
    names = ("site", "region", "orders", "tat_mean_h", "tat_mean_half_width", "tat_p90_h", "tat_p90_half_width")
    rows = tuple((n, "r", "100", str(m), "5", "90", "9") for n, m in (("a", 60.0), ("b", 50.0), ("c", 20.0), ("d", 10.0)))
    found = points_panel(RunResults(Path(), {}, {}, {"points": Columns(names, rows)}), "95 %")
    assert found is not None
    assert found.grid is not None
    assert [row[0] for row in found.grid.rows] == ["a", "b"]


def test_stems_carry_the_verdict_and_the_interval() -> None:
    rows = [Lost("a", 2400.0, 240.0, 200.0, "missed"), Lost("b", 240.0, 480.0, 90.0, "met")]
    bars, marks = lost_plot(rows, Rule(144.0)).data
    assert list(bars.x) == [100.0, 10.0]
    assert list(marks.error_x.array) == [10.0, 20.0]
    assert list(marks.marker.symbol) == ["diamond", "circle"]


def test_regions_have_their_promise_beside_them(run: RunResults) -> None:
    panel = regions_panel(run, "95 %")
    assert panel is not None
    assert panel.grid is not None
    beside = [a.text.replace(NARROW_SPACE, " ") for a in panel.figure.layout.annotations if a.text.endswith("%")]
    kept = {m.keys["region"]: m.mean for m in run.grouped("tat.within_promise", "region")}
    assert beside == [f"{100 * kept[row[0]]:.0f} %" for row in panel.grid.rows]
    slowest = [m.mean for m in sorted(run.grouped("tat.customer.p90", "region"), key=lambda m: -m.mean)]
    assert list(panel.figure.data[-1].x) == pytest.approx(slowest, abs=0.01)


def test_titles_are_whole_in_chinese() -> None:
    with speaking("zh"):
        verdicts = ["missed", "met", "not shown"]
        assert (
            judged_title(["甲", "乙", "丙"], np.array([9.0, 5.0, 4.0]), verdicts, "144小时上限")
            == "甲未达到144小时上限，1个达到，1个未能判定"
        )
        assert points_title(["甲"], np.array([1.0, 9.0, -4.0]), 1, 3).startswith("3个服务网点中的1个造成")
