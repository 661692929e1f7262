"""Panels of the run page: what their titles claim, what they leave out, and that old or partial runs still draw."""

from __future__ import annotations

import dataclasses
import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from fake_run import HOSTILE, FakeRun

import sim
from sim.language import speaking
from sim.report.chain import Bar, Box, chain_figure, wrapped
from sim.report.figures_contact import halfhour_panels
from sim.report.figures_kinds import kinds_panels, kinds_title, one_in
from sim.report.figures_loops import loop_of, loops_moved_panel, loops_panel
from sim.report.figures_parts import parts_panel
from sim.report.figures_stock import Levels, stock_panels
from sim.report.figures_theory import checks_of, theory_panel
from sim.report.figures_week import nice_edges, weekhour_panels
from sim.report.panel import Panel
from sim.report.read import Columns, RunResults, read_run
from sim.report.run_page import sections


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return FakeRun(points=40).write(tmp_path_factory.mktemp("fake") / "run")


@pytest.fixture
def run(folder: Path) -> RunResults:
    return read_run(folder)


def table(names: str, *rows: tuple[object, ...]) -> Columns:
    return Columns(tuple(names.split()), tuple(tuple("" if x is None else str(x) for x in row) for row in rows))


def with_tables(run: RunResults, **tables: Columns) -> RunResults:
    return dataclasses.replace(run, tables=run.tables | tables)


def with_shares(run: RunResults, **shares: float) -> RunResults:
    kept = [k for k in run.summary["kpis"] if k["kpi"] != "contact.share"]
    new = [{"kpi": "contact.share", "group": f"kind={k}", "unit": "1", "n": 4, "mean": v} for k, v in shares.items()]
    return dataclasses.replace(run, summary=run.summary | {"kpis": kept + new})


def named(panels: list[Panel], name: str) -> Panel:
    return next(panel for panel in panels if panel.name == name)


def test_old_runs_draw_without_the_new_panels(folder: Path) -> None:
    run = read_run(folder)
    old = {name: columns for name, columns in run.tables.items() if name not in ("kinds", "loops", "stock")}
    found = {panel.name for section in sections(dataclasses.replace(run, tables=old)) for panel in section.panels}
    assert not found & {"loops", "stock", "stock-parts", "kinds-halfhour", "theory"}
    assert {"week-0", "week-wait-0", "halfhour-0", "parts", "kinds"} <= found  # shares of kinds stand in the summary
    now = {panel.name for section in sections(run) for panel in section.panels}
    assert {"loops", "stock", "stock-parts", "kinds-halfhour"} <= now


def test_every_panel_has_words_for_those_who_do_not_see_it(run: RunResults) -> None:
    for lang in ("en", "zh"):
        with speaking(lang):
            for section in sections(run):
                for panel in section.panels:
                    assert panel.title
                    assert panel.grid is not None
                    assert {len(row) for row in panel.grid.rows} == {len(panel.grid.head)}, panel.name
                    if panel.figure is not None:
                        assert panel.alt, panel.name


# Week


def week(**columns: np.ndarray) -> RunResults:  # type: ignore[type-arg]
    names = ("utilisation", "wait_h", "staffed", "joined", "waiting", "closed_h")
    rows = [("technicians", "technicians", h, *(columns[n][h] if n in columns else None for n in names)) for h in range(168)]
    return RunResults(Path(), {}, {}, {"weekhour": table(f"kind owner hour {' '.join(names)}", *rows)})


def test_a_few_people_at_work_early_head_no_title() -> None:
    staffed, busy = np.zeros(168), np.full(168, 0.5)
    staffed[9:17], staffed[8] = 100.0, 2.0
    busy[8], busy[11] = 1.0, 0.8
    assert weekhour_panels(week(utilisation=busy, staffed=staffed))[0].title.startswith(
        "Technicians: fullest on Monday 11:00, 80"
    )
    assert "Monday 8:00" in weekhour_panels(week(utilisation=busy))[0].title  # an older run does not tell heads


def test_waits_name_the_worst_busy_hour_and_the_closed_share() -> None:
    joined, wait, closed = np.full(168, 0.1), np.full(168, 2.0), np.zeros(168)
    joined[24 + 9 : 24 + 17] = 50.0
    wait[24 + 15], wait[3] = 30.0, 90.0  # hardly any job comes at three
    closed[24 + 15] = 22.0
    panel = weekhour_panels(week(utilisation=np.full(168, 0.5), joined=joined, wait_h=wait, closed_h=closed))[0]
    share = 50 * 22 / (50 * (30 + 7 * 2) + 0.1 * (90 + 159 * 2))
    assert panel.title.replace("\u202f", " ") == (
        "Jobs of Tuesday 15:00 wait longest for a technician, 30.0 h; "
        f"{100 * share:.0f} % of all waiting is while shops are closed"
    )
    cells = panel.figure.data[0].z
    assert cells[0][3] is None  # blank
    assert cells[1][15] == max(cell for row in cells for cell in row if cell is not None)
    assert panel.figure.data[0].text[1][15] == "\u25cf"
    assert len(panel.legend) == 1 + len(nice_edges(wait[joined >= 50]))


def test_weeks_without_a_pattern_are_not_drawn() -> None:
    jitter = 1 + 0.02 * np.sin(np.arange(168))
    flat = week(utilisation=0.8 * jitter, wait_h=20 * jitter, joined=np.full(168, 9.0), staffed=np.full(168, 5.0))
    assert weekhour_panels(flat) == []


def test_edges_are_round_and_the_last_class_is_reached() -> None:
    waits = np.linspace(0.0, 50.0, 168)
    edges = nice_edges(waits)
    assert list(edges) == sorted(set(edges))
    assert 1 <= len(edges) <= 4
    assert edges[-1] < 50
    assert nice_edges(np.full(168, 3.0))[-1] < 3.0


# Kinds


def test_title_tells_the_kind_that_comes_back_most() -> None:
    assert one_in(1 / 9) == "nine"
    assert one_in(0.02) == "50"
    assert kinds_title({"fresh": 0.88, "status": 0.11, "redial": 0.01}).startswith("One contact in nine asks where the unit is")
    assert kinds_title({"fresh": 0.75, "status": 0.05, "redial": 0.1, "reconnect": 0.1}).replace("\u202f", " ") == (
        "One contact in ten dials again after giving up or finding the line closed; 25 % in all follow from earlier failures"
    )
    assert (
        kinds_title({"fresh": 0.995, "redial": 0.005}).replace("\u202f", " ") == "99.5 % of contacts are there for the first time"
    )


def test_kinds_by_line_and_half_hour(run: RunResults) -> None:
    panels = kinds_panels(run)
    shares = named(panels, "kinds")
    assert shares.grid is not None
    assert [row[0] for row in shares.grid.rows] == ["All lines", "voice", "wechat"]
    for bars in zip(*(trace.x for trace in shares.figure.data), strict=True):
        assert sum(bars) == pytest.approx(100, abs=0.5)
    by_slot = named(panels, "kinds-halfhour")
    assert "at 08:00" in by_slot.title  # redials wait for the opening
    assert kinds_panels(dataclasses.replace(run, summary=run.summary | {"kpis": []})) == []


# Loops


def test_chain_says_what_goes_together(run: RunResults) -> None:
    panel = loops_panel(run)
    assert panel is not None
    assert (
        panel.title.replace("\u202f", " ")
        == "Orders that wait for a part are late 4 times as often; contacts about late orders are 5 % of the load"
    )
    assert "do not prove causes" in panel.subtitle
    assert "52" in panel.alt
    assert "12" in panel.alt


def test_a_growing_backlog_heads_the_chain(run: RunResults) -> None:
    grown = dataclasses.replace(run, summary=run.summary | {"backlog_grows": True})
    panel = loops_panel(grown)
    assert panel is not None
    assert panel.title.startswith("The backlog grows: 19")


def test_differences_within_their_intervals_are_not_claimed(run: RunResults) -> None:
    rows = [("share", "part wait", 0.1, 0.01), ("late_share", "part wait", 0.3, 0.2), ("late_share", "no part wait", 0.2, 0.1)]
    loops = table("measure orders value half_width", *rows)
    panel = loops_panel(with_shares(with_tables(run, loops=loops), fresh=1.0))
    assert panel is not None
    assert "are not shown to be late more often" in panel.title
    assert panel.title.endswith("hardly any contact asks about it")
    alone = table("measure orders value half_width", *[(a, b, v, None) for a, b, v, _ in rows])  # one replication
    single = loops_panel(with_tables(run, loops=alone))
    assert single is not None
    assert "not shown" in single.title


def test_chain_needs_orders_that_waited_and_promises(run: RunResults) -> None:
    assert loops_panel(with_tables(run, loops=Columns())) is None
    only = table("measure orders value half_width", ("share", "part wait", 0.0, 0.0), ("late_share", "no part wait", 0.2, 0.1))
    assert loops_panel(with_tables(run, loops=only)) is None


def test_repeats_are_of_contacts_of_customers(run: RunResults) -> None:
    loop = loop_of(with_shares(run, fresh=0.6, redial=0.1, status=0.1, outbound=0.2))
    assert loop.repeats == pytest.approx(0.2 / 0.8)
    assert math.isnan(loop_of(with_shares(run)).repeats)


def test_moves_of_the_loop_stand_side_by_side(run: RunResults) -> None:
    panel = loops_moved_panel(run, [with_shares(run, fresh=0.9, status=0.1)], ["pool"])
    assert panel is not None
    assert panel.grid is not None
    assert panel.grid.head[1:] == ("Baseline", "pool")
    assert "to 10" in panel.title


def test_lines_break_between_words_and_between_ideographs() -> None:
    assert wrapped("a contact waits two seconds", 12) == ["a contact", "waits two", "seconds"]
    assert wrapped("\u7ef4\u4fee\u5355\u7b49\u5f85", 6) == ["\u7ef4\u4fee\u5355", "\u7b49\u5f85"]
    assert wrapped("", 5) == []
    assert "".join(wrapped("abcdefgh ijkl", 3)).replace(" ", "") == "abcdefghijkl"


def test_chain_has_an_arrangement_for_narrow_screens() -> None:
    boxes = [Box(f"{HOSTILE} {i}", (Bar("of all", 1.5 if i else -0.2, "150 %", "#e69f00"),), ("a note",)) for i in range(3)]
    layout = json.loads(chain_figure(boxes, "back").to_json())["layout"]
    narrow = layout["meta"]["narrow"]["layout"]
    assert narrow["height"] > 1.8 * layout["height"]
    for found in (layout, narrow):
        assert not [a for a in found["annotations"] if "<img" in a["text"]]
        top = found["yaxis"]["range"][0]
        for shape in found["shapes"]:
            if shape["type"] == "rect":
                assert 0 <= shape["y0"] < shape["y1"] <= top
                assert shape["x0"] <= shape["x1"]


# Stock


def test_stock_by_tier_and_episode_of_the_worst_part(run: RunResults) -> None:
    tiers, parts = stock_panels(run)
    assert tiers.title.startswith("Stock stays at about CNY")
    assert "central depots hold 58" in tiers.title
    worst = parts.title.replace("\u202f", " ")
    assert worst.startswith("Notebook screen 15.6 ran short in an episode around days 155\u2013185: ")
    assert len(parts.figure.data) == 6
    assert stock_panels(with_tables(run, stock=Columns())) == []
    contact = read_run(FakeRun(wings=("contact",)).write(run.folder.parent / "contact"))
    assert stock_panels(contact) == []


def test_time_weighs_periods() -> None:
    rows = table(
        "begin_h end_h on_hand backorders in_transit value", (0, 240, 9, 0, 0, 0), (240, 480, 2, 0, 0, 0), (480, 1200, 4, 0, 0, 0)
    )
    levels = Levels.of(rows)
    assert levels.mean(levels.on_hand, 10.0) == pytest.approx((2 * 10 + 4 * 30) / 40)


# Theory


def test_theory_of_a_minimal_scenario(tmp_path: Path) -> None:
    path = tmp_path / "callers.yaml"
    path.write_text(
        "title: Impatient callers\n"
        "run: {length: 20 days, warm_up: 1 day, replications: 4, seed: 7}\n"
        "cases: {calls: {rate: 20/h, channel: voice}}\n"
        "contact_centres:\n  desk: {agents: 3, handle_time: {exponential: 6 min}, patience: {exponential: 4 min}}\n",
        encoding="utf-8",
    )
    study = sim.run(sim.load(path), jobs=1, out=tmp_path / "run")
    run = read_run(Path(study.folder))
    checks = checks_of(run)
    panel = theory_panel(run)
    assert panel is not None
    assert len(checks) >= 4
    inside = sum(check.is_inside for check in checks)
    assert (f"{inside} of {len(checks)}" in panel.title) or (inside == len(checks) and panel.title.startswith("All"))
    drawn = {trace.marker.symbol: len(trace.x) for trace in panel.figure.data}
    assert drawn.get("circle", 0) == inside
    assert sum(drawn.values()) == len(checks)


def test_theory_outside_is_another_shape() -> None:
    rows = table(
        "measure owner theory simulation half_width",
        ("parts.ebo", "location=a;part=b", 2.0, 2.2, 0.05),
        ("parts.fill_rate", "location=a;part=b", 0.9, 0.91, 0.02),
        ("parts.on_hand.mean", "location=a;part=b", 3.0, 3.0, None),  # one replication
        ("parts.wait.mean", "location=a;part=b", 0.0, 0.0, 0.0),
    )
    panel = theory_panel(RunResults(Path(), {}, {}, {"theory": rows}))
    assert panel is not None
    assert panel.title == "2 of 3 exact values lie within the simulated intervals"
    assert [(trace.marker.symbol, list(trace.x)) for trace in panel.figure.data] == [  # the far one stands at the edge
        ("circle", [pytest.approx(100 / 90, rel=1e-3)]),
        ("diamond", [pytest.approx(1.5 * (100 / 90 + 200 / 90), rel=1e-3)]),
    ]
    assert [text.strip().replace("\u202f", " ") for text in panel.figure.data[1].text] == ["+10.0 %"]
    assert theory_panel(RunResults(Path(), {}, {}, {})) is None


# Polish


def test_the_many_other_parts_are_words_not_the_longest_bar(run: RunResults) -> None:
    panel = parts_panel(run)
    assert panel is not None
    assert len(panel.figure.data[0].y) == 8
    assert "32 other parts together" in panel.subtitle
    assert "32 other parts together" in panel.alt


def test_smooth_lines_are_one_table(run: RunResults) -> None:
    def slots(site: str, channel: str, size: float, within: float) -> list[tuple[object, ...]]:
        return [
            (site, channel, day, s, size, size * 0.999, size * 0.001, size * within, 5.0)
            for day in ("working", "other")
            for s in range(16, 40)
        ]

    head = "site channel day_type slot offered answered abandoned within_threshold agents"
    rows = [*slots("a", "voice", 50, 1.0), *slots("a", "chat", 9, 0.7), *slots("a", "mail", 5, 1.0), *slots("a", "qq", 3, 0.999)]
    panels = halfhour_panels(with_tables(run, halfhour=table(head, *rows)))
    assert [panel.name for panel in panels] == ["halfhour-0", "halfhour-1", "halfhour-rest"]
    assert panels[1].title.startswith("a, chat")
    assert panels[2].title == "Two more lines answer in time at all hours"
    assert panels[2].grid is not None
    assert [row[0] for row in panels[2].grid.rows] == ["a, mail", "a, qq"]
    assert "abandoned" not in [entry.label for entry in panels[0].legend]  # one in a thousand cannot be seen


def test_hostile_names_are_escaped_in_figures(tmp_path: Path) -> None:
    run = read_run(FakeRun(hostile=True, points=10).write(tmp_path / "run"))
    found = [*kinds_panels(run), *stock_panels(run), *weekhour_panels(run), *halfhour_panels(run)]
    bad = [panel.name for panel in found if panel.figure is not None and "<img" in panel.figure.to_json()]
    assert bad == []
