"""The page of a comparison: what it says and marks, drawn again from its folder to the same bytes, in both languages."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from fake_run import HOSTILE, FakeRun, paired_differences, write_comparison_report

import sim
from sim import api
from sim.cli import cli
from sim.errors import UsageError
from sim.language import catalogue, speaking
from sim.report import comparison_text as words
from sim.report import titles
from sim.report.compared import Compared
from sim.report.comparison_page import comparison_page, comparison_table, measure_tables
from sim.report.contrast import contrast_of
from sim.report.decomposition import decompose, decomposition_sentence
from sim.report.figures_change import cost_change_panel, pools_of
from sim.report.figures_frontier import PlanPoint, frontier, frontier_panel
from sim.report.format import NARROW_SPACE
from sim.report.joint_table import joint_table
from sim.report.judged import LOOKS
from sim.report.parts_of_comparison import plan_points
from sim.report.read import Columns, RunResults, read_run
from sim.report.render import html_of
from sim.report.stored_comparison import read_comparison

SHORT = ("run.length=40 days", "run.warm_up=10 days")


def plain(text: str) -> str:
    return text.replace(NARROW_SPACE, " ")


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A comparison of three real runs."""
    folder = tmp_path_factory.mktemp("runs") / "compare-stock"
    plans = [
        api.load("three-tier", SHORT),
        api.load("three-tier-more-stock", SHORT),
        replace(api.load("three-tier", (*SHORT, "stock_plans.point.*.base_stock=3")), name="three-tier-flat"),
    ]
    sim.compare(*plans, replications=2, jobs=1, out=folder, all_pairs=True)
    return folder


@pytest.fixture(scope="module")
def fakes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("fakes")
    return {
        "base": FakeRun(name="base", title="Network as it is", points=30).write(folder / "base"),
        "pool": FakeRun(name="pool", title="Network with pooled stock", points=30, speed=0.7, cost=1.02).write(folder / "pool"),
        "cheap": FakeRun(name="cheap", title="Network cut", points=30, speed=1.2, cost=0.8).write(folder / "cheap"),
        "hostile": FakeRun(name="hostile", title=HOSTILE, points=30, hostile=True, speed=0.9).write(folder / "hostile"),
    }


def compared(fakes: dict[str, Path], *names: str) -> Compared:
    base, others = fakes["base"], [fakes[name] for name in names]
    contrasts = [contrast_of((paired_differences(base, other), [("a.b", "1", "2")])) for other in others]
    return Compared.of(read_run(base), [read_run(other) for other in others], contrasts)


def visible_text(page: str) -> str:
    """What a reader sees of a page, figures too."""
    figures = " ".join(re.findall(r'<script type="application/json" data-figure=[^>]*>(.*?)</script>', page, re.S))
    rest = re.sub(r"<(style|script)\b.*?</\1>", " ", page, flags=re.S)
    labels = " ".join(re.findall(r'(?:aria-label|data-label)="([^"]*)"', rest))
    return " ".join((re.sub(r"<[^>]+>", " ", rest), labels, figures))


# --- words


def test_headline_says_what_the_scenario_does_its_price_and_what_it_newly_misses(fakes: dict[str, Path]) -> None:
    k = compared(fakes, "cheap")
    told = words.tell(k.base, k.others, k.contrasts)
    wanted = (
        "Network cut raises P90 turnaround from 171 h to 205 h and saves CNY 27.1 M a year, but it misses the limit of 168 h."
    )
    assert plain(told.headline) == wanted
    for entry in k.base.summary["kpis"]:
        if entry["kpi"] == "tat.customer.p90":
            entry["verdict"] = "missed"  # then the one that is new matters more
    again = Compared.of(RunResults(k.base.folder, k.base.manifest, k.base.summary, k.base.tables), k.others, k.contrasts)
    told = words.tell(again.base, again.others, again.contrasts)
    assert plain(told.headline).endswith(", but within promise now misses the goal of at least 80 % (73.9 %).")


def test_headline_of_a_gain_and_lede_in_the_order_of_a_manager(fakes: dict[str, Path]) -> None:
    k = compared(fakes, "pool", "cheap")
    told = words.tell(k.base, k.others, k.contrasts)
    wanted = "Best of 2: Network with pooled stock cuts P90 turnaround from 171 h to 119 h for CNY 2.7 M more a year, but "
    assert plain(told.headline) == wanted + "service level (dalian, voice) still misses the goal of at least 80 %."
    assert plain(told.lede[0]) == (
        "Service level (dalian, voice) is 79.0 % (95 % CI 78.2\u201379.8 %), 1.0 points below the goal of at least 80 %. "
        "Targets met: 6 of 7; missed: 1."
    )
    assert told.lede[1].startswith("The difference is ")
    assert told.pairing not in told.lede


def test_short_names_leave_out_what_all_begin_with(fakes: dict[str, Path]) -> None:
    assert compared(fakes, "pool", "cheap").short == ("With pooled stock", "Cut")
    base = read_run(fakes["base"])
    assert words.short_names(base, ["Network as it is", "Network b"]) == ("As it is", "B")
    assert words.short_names(base, ["Network", "Network b"]) == ("Network", "Network b")  # nothing would be left of the first
    assert words.short_names(base, ["Network a"]) == ("Network a",)


# --- decomposition


def staged(part_h: float, bench_h: float, repair_h: float) -> RunResults:
    rows = (("part_wait", part_h), ("bench_wait", bench_h), ("repair", repair_h))
    stages = Columns(("group", "stage", "mean_h", "half_width"), tuple(("all", s, repr(h), "") for s, h in rows))
    mean = {
        "kpi": "tat.customer.mean",
        "group": "all",
        "unit": "h",
        "n": 9,
        "mean": part_h + bench_h + repair_h,
        "half_width": 1.0,
    }
    return RunResults(Path(), {"title": "x"}, {"replications": 9, "confidence": 0.95, "kpis": [mean]}, {"stages": stages})


def split(before: RunResults, after: RunResults, half_width: float = 1.0) -> Any:
    a, b = (run.measures[0].mean for run in (before, after))
    row = ("tat.customer.mean", "all", "h", a, b, b - a, half_width)
    return decompose(before, after, contrast_of(([row], [])))


def test_a_change_of_the_mean_is_split_by_stage_and_adds_up() -> None:
    found = split(staged(30.0, 20.0, 10.0), staged(18.0, 12.0, 9.6))
    assert found is not None
    assert sum(hours for _, hours in found.parts) == pytest.approx(found.total_h) == pytest.approx(-20.4)
    assert found.parts[:2] == (("Waiting for parts", -12.0), ("Waiting for a technician", -8.0))
    said = "Waiting for parts and waiting for a technician explain 98 % of the gain in mean turnaround, 20.4 h."
    assert plain(decomposition_sentence(found)) == said


def test_what_works_against_the_change_is_told() -> None:
    said = decomposition_sentence(split(staged(30.0, 20.0, 10.0), staged(18.0, 22.0, 10.0)))
    assert plain(said) == "The mean turnaround falls by 10.0 h. Waiting for parts: 12.0 h less; other steps take 2.0 h longer."
    said = decomposition_sentence(split(staged(18.0, 20.0, 10.0), staged(30.0, 20.0, 10.0)))
    assert plain(said) == "Waiting for parts explains all of the rise of the mean turnaround, 12.0 h."


def test_nothing_is_split_that_is_not_sound(fakes: dict[str, Path]) -> None:
    before, after = staged(30.0, 20.0, 10.0), staged(29.5, 20.0, 10.0)
    assert split(before, after, half_width=0.6) is None  # the change is within chance
    longer = staged(20.0, 20.0, 10.0)
    longer.summary["kpis"][0]["mean"] = 51.0  # some time is in no stage
    assert split(before, longer) is None
    k = compared(fakes, "pool")  # its stages are made up and do not add up to its mean
    assert decompose(k.base, k.run, k.contrast) is None
    assert decomposition_sentence(None) == ""


def test_stages_of_real_runs_add_up_to_the_change_of_the_mean(stored: Path) -> None:
    k = read_comparison(stored)
    before, after = (sum(titles.stage_sums(run.table("stages")).values()) for run in (k.base, k.others[1]))
    found = k.contrasts[1].of("tat.customer.mean")
    assert found is not None
    assert after - before == pytest.approx(found.difference, abs=1e-9)
    sure = contrast_of(([("tat.customer.mean", "all", "h", found.base, found.other, found.difference, 1e-6)], []))
    split_up = decompose(k.base, k.others[1], sure)
    assert split_up is not None
    assert sum(hours for _, hours in split_up.parts) == pytest.approx(found.difference, abs=1e-9)


# --- money


def plan(label: str, cost: float, p90: float, verdict: str, kind: str = "other") -> PlanPoint:
    return PlanPoint(label, cost, p90, 2.0, kind, verdict)


@pytest.mark.parametrize(
    ("points", "title"),
    [
        (
            [
                plan("Baseline", 4.10e6, 132.0, "missed", "base"),
                plan("pool", 4.31e6, 97.0, "not shown", "chief"),
                plan("pool +2", 4.52e6, 91.0, "met"),
                plan("all", 4.85e6, 84.0, "met"),
            ],
            "No cheaper plan reaches the limit; pool +2 would, for \u20ac210 k more a year",
        ),
        (
            [plan("Baseline", 4.1e6, 132.0, "missed", "base"), plan("pool", 4.31e6, 90.0, "met", "chief")],
            "pool reaches the limit for \u20ac210 k more a year; no cheaper plan does",
        ),
        (
            [plan("Baseline", 4.1e6, 132.0, "missed", "base"), plan("pool", 4.0e6, 90.0, "met", "chief")],
            "pool reaches the limit and saves \u20ac100 k a year",
        ),
        (
            [plan("Baseline", 4.1e6, 90.0, "met", "base"), plan("pool", 4.3e6, 80.0, "met", "chief")],
            "The baseline reaches the limit; no cheaper plan does",
        ),
        (
            [plan("Baseline", 4.1e6, 132.0, "missed", "base"), plan("pool", 4.3e6, 100.0, "not shown", "chief")],
            "pool buys 32.0 h for \u20ac200 k a year; no plan is shown to reach the limit",
        ),
    ],
)
def test_the_title_of_cost_against_time_names_the_cheapest_plan_that_does(points: list[PlanPoint], title: str) -> None:
    panel = frontier_panel(points, 96.0, "EUR", "95 %")
    assert plain(panel.title) == title
    assert panel.grid is not None
    edge = {p.label for p in frontier(points)}
    assert [row[3] == "yes" for row in panel.grid.rows] == [p.label in edge for p in points]
    marks = panel.figure.data[1]
    assert list(marks.marker.symbol) == [LOOKS[p.verdict].symbol for p in points]
    assert list(marks.error_y.array) == [2.0] * len(points)
    names = [a.text.replace("<b>", "").replace("</b>", "") for a in panel.figure.layout.annotations]
    assert sorted(names) == sorted(["limit 96" + NARROW_SPACE + "h", *(p.label for p in points)])


def test_points_have_the_verdicts_of_the_table(fakes: dict[str, Path], stored: Path) -> None:
    found = read_comparison(stored)
    for k in (compared(fakes, "pool", "cheap"), Compared.of(found.base, found.others, found.contrasts, found.together)):
        points = plan_points(k)
        assert [p.kind for p in points].count("chief") == 1
        for point, run in zip(points, (k.base, *k.others), strict=True):
            measure = run.measure("tat.customer.p90")
            assert measure is not None
            assert point.verdict == (measure.verdict or "not shown")


# --- tables and sections


def test_one_scenario_has_one_table_with_its_price_and_several_have_one_together(fakes: dict[str, Path]) -> None:
    one = compared(fakes, "pool")
    (table,) = measure_tables(one)
    cost = next(row for row in table.rows if row.label == "Cost per year")
    assert [plain(cell.text) for cell in cost.cells] == ["135.6", "138.3", "+2.7", "+2.3 to +3.1", "\u2264 140"]
    several = compared(fakes, "pool", "cheap")
    joint, *single = measure_tables(several)
    assert [row.label for row in joint.rows] == ["Baseline: Network as it is", "With pooled stock (best)", "Cut"]
    assert [t.folded for t in single] == [True, True]
    p90 = [(row.cells[0].text, row.cells[0].kind, row.cells[0].note) for row in joint.rows]
    assert p90 == [("? 171", "open", ""), ("\u2713 119", "met", "\u221251"), ("\u2717 205", "missed", "+34")]


def test_marks_of_the_joint_table_are_the_verdicts_of_the_single_ones(fakes: dict[str, Path]) -> None:
    k = compared(fakes, "pool", "cheap")
    kinds = {"met": "met", "missed": "missed", "open": "not shown"}
    joint = joint_table(k)
    for row, run, contrast in zip(joint.rows[1:], k.others, k.contrasts, strict=True):
        single = comparison_table(k.base, run, contrast, "95 %", "")
        known = {f"{r.label}, {r.unit}" if r.unit else r.label: r.verdict for r in single.rows}
        told = {head: kinds[cell.kind] for head, cell in zip(joint.head[1:], row.cells, strict=True) if cell.kind}
        assert told == {head: known[head] for head in told}
        assert len(told) >= 4


def test_sections_show_before_and_after_where_something_changed(fakes: dict[str, Path]) -> None:
    k = compared(fakes, "pool")
    page = comparison_page(k.base, k.others, k.contrasts)
    panels = {panel.name: panel for section in page.sections for panel in section.panels}
    assert {"inputs", "stages", "frontier", "points", "regions", "map", "parts", "utilisation"} <= set(panels)
    assert not any(name.startswith("centre") for name in panels)  # its contacts did not change
    grid = panels["regions"].grid
    assert grid is not None
    worst = max(k.run.grouped("tat.customer.p90", "region"), key=lambda m: m.mean)
    assert grid.rows[0][0] == worst.keys["region"]


def test_a_centre_that_changed_is_drawn_before_and_after(fakes: dict[str, Path]) -> None:
    base, other = read_run(fakes["base"]), read_run(fakes["pool"])
    table = other.table("halfhour")
    at = table.names.index("within_threshold")
    halved = tuple((*row[:at], repr(float(row[at]) / 2), *row[at + 1 :]) for row in table.rows)
    other.tables["halfhour"] = Columns(table.names, halved)
    row = ("contact.service_level", "site=dalian;channel=voice", "1", 0.79, 0.40, -0.39, 0.01)
    page = comparison_page(base, [other], [contrast_of(([row], []))])
    (section,) = [s for s in page.sections if s.name == "contacts"]
    (panel,) = section.panels
    assert plain(panel.title) == "dalian, voice: 40 % answered in time, down from 79 %"
    before, after = (line.y for line in panel.figure.data)
    pairs = [(a, b) for a, b in zip(before, after, strict=True) if a]
    assert len(pairs) > 40
    assert all(b == pytest.approx(a / 2, abs=1e-4) for a, b in pairs)


def test_kinds_of_cost_that_changed_add_up_to_the_price(stored: Path) -> None:
    found = read_comparison(stored)
    contrast = found.contrasts[0]
    kinds = [r for r in contrast.rows if r.group == "all" and r.kpi.startswith("cost.") and r.kpi.endswith(".per_year")]
    total = next(r.difference for r in kinds if r.kpi == "cost.total.per_year")
    assert sum(r.difference for r in kinds if r.kpi != "cost.total.per_year") == pytest.approx(total)
    sure = replace(contrast, rows=tuple(replace(r, half_width=abs(r.difference) / 9) for r in contrast.rows))
    panel = cost_change_panel(Compared.of(found.base, found.others[:1], [sure]))
    assert panel is not None
    income = [r for r in contrast.rows if r.kpi == "revenue.quotes.per_year"]
    shown = [r for r in (*kinds, *income) if r.kpi != "cost.total.per_year" and r.difference != 0]
    assert len(panel.figure.data[0].x) == len(shown) >= 2
    assert panel.grid is not None
    assert panel.grid.rows[-1][0] == "Cost per year"


def test_pools_are_technicians_and_agents_with_their_paired_differences(stored: Path) -> None:
    found = read_comparison(stored)
    k = Compared.of(found.base, found.others, found.contrasts, found.together)
    pools = pools_of(k)
    assert {pool.after.kpi for pool in pools} == {"work.utilisation", "contact.occupancy"}
    for pool in pools:
        before = k.base.measure(pool.after.kpi, pool.after.group)
        assert before is not None
        assert pool.before == before.mean


# --- drawn again


def test_redrawing_gives_the_same_bytes_also_where_the_folders_were_moved(stored: Path, tmp_path: Path) -> None:
    first = (stored / "report.html").read_bytes()
    moved = tmp_path / "elsewhere"
    shutil.copytree(stored.parent, moved)
    place = moved / stored.name
    (place / "report.html").unlink()
    told = CliRunner().invoke(cli, ["report", str(place)])
    assert told.output == f"report   {place / 'report.html'}\n"
    assert (place / "report.html").read_bytes() == first


def test_a_missing_or_changed_run_is_one_clear_message(stored: Path, tmp_path: Path) -> None:
    copy = tmp_path / "runs"
    shutil.copytree(stored.parent, copy)
    place = copy / stored.name
    data = json.loads((place / "comparison.json").read_text())
    run = place / data["runs"][1]["folder"]
    summary = json.loads((run / "summary.json").read_text())
    (run / "summary.json").write_text(json.dumps(summary | {"replications": 7}))
    with pytest.raises(UsageError, match=r"holds other results than were compared \(7 replications, then 2\)"):
        api.report(place)
    shutil.rmtree(run)
    with pytest.raises(UsageError, match="three-tier-more-stock is missing; put it there or run `sparesim compare` again"):
        api.report(place)
    del data["runs"]
    (place / "comparison.json").write_text(json.dumps(data))
    with pytest.raises(UsageError, match="does not say all that its page needs"):
        api.report(place)


def test_report_takes_sweeps_too_and_refuses_what_has_no_page(tmp_path: Path) -> None:
    found = api.sweep("small", ["depots.depot.technicians=1..2"], replications=2, jobs=1, sets=SHORT, out=tmp_path / "sweep")
    drawn = api.sweep_report(found).read_bytes()
    (tmp_path / "sweep" / "sweep.html").unlink()
    told = CliRunner().invoke(cli, ["report", str(tmp_path / "sweep")])
    assert told.output.startswith("report   ")
    assert (tmp_path / "sweep" / "sweep.html").read_bytes() == drawn
    (tmp_path / "selection.json").write_text("{}")
    with pytest.raises(UsageError, match="holds a selection, which has no page"):
        api.report(tmp_path)
    with pytest.raises(UsageError, match=r"holds no results: none of manifest.json, comparison.json, sweep.json is there"):
        api.report(tmp_path / "nothing")


# --- languages and hostile names


def test_chinese_page_has_none_of_the_english_texts(stored: Path, tmp_path: Path) -> None:
    page = api.report(stored, tmp_path / "zh.html", "zh").read_text(encoding="utf-8")
    text = visible_text(page)
    own = json.loads((Path(sim.__file__).parent / "texts/zh/comparison.json").read_text(encoding="utf-8"))
    pieces = {piece.strip(" .,;:()") for english in own for piece in re.split(r"\{\w+\}", english)}
    names = " ".join((*(r.title for r in read_comparison(stored).others), "three-tier", "Reproduce"))
    english = sorted(p for p in pieces if len(p) > 7 and " " in p and p not in names)
    assert len(english) > 80
    others = {"? not shown", "not shown", "P90 turnaround", "\u2013 sparesim"}  # also said by labels and templates, held there
    assert [p for p in english if p in text and p not in others] == []
    assert "P90周转时间" in text
    assert '<html lang="zh-Hans"' in page
    with speaking("zh"):
        assert catalogue("zh")["What was changed"] in text


def test_hostile_names_do_no_harm(fakes: dict[str, Path], tmp_path: Path) -> None:
    entries = [(paired_differences(fakes["base"], fakes[n]), [(HOSTILE, HOSTILE, "2")]) for n in ("hostile", "pool")]
    out = write_comparison_report(fakes["base"], [fakes["hostile"], fakes["pool"]], entries, tmp_path / "page.html")
    page = out.read_text(encoding="utf-8")
    assert "<img" not in page
    assert HOSTILE not in page
    k = compared(fakes, "hostile", "pool")
    panel = frontier_panel(plan_points(k), k.run.tat_limit_h, "CNY", "95 %")
    assert not any("<img" in a.text for a in panel.figure.layout.annotations)
    assert html_of(comparison_page(k.base, k.others, k.contrasts)).count("<img") == 0
