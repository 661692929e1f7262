from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from pathlib import Path

import markupsafe
import numpy as np
import pytest
from fake_run import HOSTILE, FakeRun, paired_differences, write_comparison_report

from sim.errors import UsageError
from sim.report.figures_frontier import PlanPoint, frontier
from sim.report.figures_parts import fine_percent, label_places
from sim.report.figures_places import Dot, dot_legend, dot_plot, rank_points
from sim.report.figures_time import stage_bars
from sim.report.judged import Rule
from sim.report.labels import STAGE_GROUPS
from sim.report.map import Classes, MapPoints
from sim.report.page import write_report
from sim.report.read import Columns, read_run
from sim.report.titles import stage_sums


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = FakeRun().write(tmp_path_factory.mktemp("runs") / "full")
    write_report(folder)
    return folder


def page_of(folder: Path) -> str:
    return write_report(folder).read_text(encoding="utf-8")


def headings(page: str) -> list[str]:
    return [html.unescape(h) for h in re.findall(r"<h2 [^>]*>(.*?)</h2>", page)]


def figures(page: str) -> dict[str, dict[str, object]]:
    found = re.findall(r'<script type="application/json" data-figure="([^"]+)">(.*?)</script>', page, re.DOTALL)
    return {name: json.loads(text) for name, text in found}


def test_full_size_stays_under_six_megabytes_and_has_every_section(full: Path) -> None:
    page = (full / "report.html").read_text(encoding="utf-8")
    assert len(page.encode()) < 6_000_000
    assert headings(page) == [
        "Where the time goes", "Where it hurts", "Parts", "Contact centres", "People by hour of the week", "Loops", "Money",
        "Course of the run", "How sure are we?", "All tables",
    ]  # fmt: skip
    for name in ("stages", "tat", "points", "regions", "map", "parts", "halfhour-0", "week-0", "money", "daily-orders-open"):
        assert name in figures(page)


def test_same_results_give_the_same_bytes(full: Path, tmp_path: Path) -> None:
    assert write_report(full, tmp_path / "again.html").read_bytes() == (full / "report.html").read_bytes()


def test_policy_forbids_the_network_and_names_the_scripts_by_hash(full: Path) -> None:
    page = (full / "report.html").read_text(encoding="utf-8")
    found = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert found is not None
    policy = dict(part.split(" ", 1) for part in found[1].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["img-src"] == "data: blob:"
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts]
    assert policy["script-src"].split() == hashes
    assert not re.search(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="(?!data:)', page)


def test_every_figure_has_a_text_alternative_and_a_table(full: Path) -> None:
    page = (full / "report.html").read_text(encoding="utf-8")
    articles = re.findall(r"<article.*?</article>", page, re.DOTALL)
    assert len(articles) == len(figures(page))
    for article in articles:
        label = re.search(r'role="img" aria-label="([^"]{20,})"', article)
        assert label is not None
        assert "<table>" in article


def test_hostile_texts_stay_texts(tmp_path: Path) -> None:
    page = page_of(FakeRun(hostile=True, points=200).write(tmp_path / "run"))
    assert HOSTILE not in page
    assert "<img" not in page.split("<script>")[0]
    assert str(markupsafe.escape(HOSTILE)) in page  # with its braces: a template is not run twice
    for name, figure in figures(page).items():
        assert HOSTILE not in json.dumps(figure, ensure_ascii=False), name


@pytest.mark.parametrize(
    ("wing", "wanted"),
    [
        ("contact", ["Contact centres", "Course of the run", "How sure are we?", "All tables"]),
        ("parts", ["Parts", "Course of the run", "How sure are we?", "All tables"]),
    ],
)
def test_sections_without_data_are_absent(tmp_path: Path, wing: str, wanted: list[str]) -> None:
    page = page_of(FakeRun(wings=(wing,), targets=False).write(tmp_path / "run"))
    assert headings(page) == wanted
    assert ">Verdict<" not in page


def test_one_replication_has_no_intervals(tmp_path: Path) -> None:
    page = page_of(FakeRun(replications=1, points=30).write(tmp_path / "run"))
    assert "? not shown" in page
    assert "\u2713 met" not in page
    assert "\u2717 missed" not in page
    assert "1 replication of" in page


def test_a_folder_without_results_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"not a run folder, manifest\.json is missing"):
        write_report(tmp_path)


def test_stage_bars_add_up_to_the_turnaround(full: Path) -> None:
    stages = read_run(full).table("stages")
    sums = stage_sums(stages)
    total = float(stages.where(group="all").numbers("mean_h").sum())
    assert sum(sums.values()) == pytest.approx(total, rel=1e-12)
    bars = stage_bars([("all", sums)]).data
    assert sum(bar.x[0] for bar in bars) == pytest.approx(total, rel=0.01)
    assert [bar.name for bar in bars] == [g.label for g in STAGE_GROUPS if sums[g.name] > 0.002 * total]


def test_points_are_ranked_by_order_hours_over_the_mean() -> None:
    names = ("site", "orders", "tat_mean_h", "tat_p90_h")
    rows = (
        ("slow and rare", "19", "400", "800"),
        ("slow", "30", "200", "400"),
        ("busy", "1000", "110", "220"),
        ("good", "950", "80", "160"),
    )
    ranking = rank_points(Columns(names, rows), replications=1)
    reference = (19 * 400 + 30 * 200 + 1000 * 110 + 950 * 80) / 1999
    assert ranking.worst == [2, 1, 3]
    assert ranking.extra_h[1] == pytest.approx(30 * (200 - reference))
    assert ranking.extra_h.sum() == pytest.approx(0.0, abs=1e-6)


def test_map_classes_are_relative_to_the_limit() -> None:
    p90 = np.array([70.0, 96.0, 97.0, 121.0, 500.0])
    blank = np.zeros(5)
    orders = np.array([20.0, 20.0, 20.0, 20.0, 19.0])
    points = MapPoints(["a"] * 5, ["r"] * 5, ["point"] * 5, blank, blank, orders, p90, np.array([10.0, 1.0, np.nan, 10.0, 1.0]))
    assert points.classes(96.0, 20) == [0, 1, 2, 3, -1]
    assert points.verdicts(Rule(96.0), 20) == [0, 1, 1, 2, -1]  # met, interval over the limit, no interval, missed, few orders
    assert points.verdicts(Rule(96.0, growing=True), 20) == [1, 1, 1, 1, -1]
    chosen = Classes.choose(points, Rule(96.0), 96.0, 20)
    assert chosen.are_verdicts
    assert len({look[:2] for look in chosen.looks}) == 3
    assert not Classes.choose(points, Rule(96.0, growing=True), 96.0, 20).are_verdicts


def test_dots_are_marked_by_the_verdict_of_their_interval_and_bars_end_at_zero() -> None:
    dots = [Dot("slow", 494.0, 197.0), Dot("sure", 494.0, 20.0), Dot("quick", 10.0, 15.0), Dot("alone", 10.0)]
    marks = dot_plot(dots, Rule(144.0), "P90").data[-1]
    assert list(marks.marker.symbol) == ["diamond", "diamond", "circle", "triangle-up"]
    assert len(set(marks.marker.color)) == 3
    assert list(marks.error_x.arrayminus) == [197.0, 20.0, 10.0, 0.0]
    assert list(marks.error_x.array) == [197.0, 20.0, 15.0, 0.0]
    assert [entry.label for entry in dot_legend(dots, Rule(144.0), confidence="95 %")] == [
        "limit met", "not shown", "limit missed", "95 % CI",
    ]  # fmt: skip


def test_labels_of_a_scatter_do_not_hide_each_other() -> None:
    places = label_places(["mainboard", "screen", "keyboard", "", "fan"], [(0.5, 0.5)] * 5)
    assert places[3] == ""
    drawn = [place for place in places if place]
    assert len(drawn) == len(set(drawn)) >= 3


def test_shares_in_the_bars_add_up_to_the_title() -> None:
    shares = [0.144, 0.109, 0.043, 0.034, 0.031]
    shown = [fine_percent(s).replace("\u202f", " ") for s in shares]
    assert shown == ["14 %", "11 %", "4.3 %", "3.4 %", "3.1 %"]
    assert round(sum(float(s.split()[0]) for s in shown)) == round(100 * sum(shares)) == 36


def test_frontier_keeps_what_nothing_else_beats() -> None:
    plans = [
        PlanPoint(n, c, t) for n, c, t in (("a", 1.0, 9.0), ("b", 2.0, 9.0), ("c", 2.0, 5.0), ("d", 3.0, 5.0), ("e", 4.0, 1.0))
    ]
    assert [p.label for p in frontier(plans)] == ["a", "c", "e"]


def test_comparison_page(full: Path, tmp_path: Path) -> None:
    pool = FakeRun(name="pool", title="Pooled stock", speed=0.7, cost=1.03).write(tmp_path / "pool")
    out = tmp_path / "compare.html"
    entry = (paired_differences(full, pool), [("stock_plans.depot.screen.S", "40", HOSTILE)])
    page = write_comparison_report(full, [pool], [entry], out).read_text(encoding="utf-8")
    title = re.search(r"<h1>(.*?)</h1>", page)
    assert title is not None
    assert (
        title[1]
        .replace("\u202f", " ")
        .startswith("Pooled stock cuts P90 turnaround from 171 h to 119 h for CNY 4.1 M more a year")
    )
    assert "One input differs, everything else is equal" in page
    assert HOSTILE not in page
    again = write_comparison_report(full, [pool], [entry], tmp_path / "again.html")
    assert again.read_bytes() == out.read_bytes()
    with pytest.raises(UsageError, match="one set of differences per scenario"):
        write_comparison_report(full, [pool], [], out)
