"""The replay page: what is in it, that it is always the same, that hostile names do no harm, and that it refuses what differs."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim import api
from sim.errors import UsageError
from sim.report.replay_data import Nodes, land_of, packed, places_of
from sim.scenario.load import load_plan
from sim.scenario.plan import Plan
from sim.store import Study

SETS = ("run.length=50 days", "run.warm_up=10 days")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sim.run("small", sets=SETS, replications=2, jobs=1, out=tmp_path_factory.mktemp("replay") / "run").folder


@pytest.fixture(scope="module")
def page(run: Path) -> str:
    return api.replay(run, 1, week=2).read_text(encoding="utf-8")


def data_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="replay-data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    content: dict[str, Any] = json.loads(found[1])
    return content


def unpacked(value: dict[str, str]) -> np.ndarray[Any, Any]:
    return np.frombuffer(base64.b64decode(value["d"]), f"<{value['t']}")


def test_page_says_what_it_shows_and_why_it_can_be_trusted(run: Path, page: str) -> None:
    text = html.unescape(page)
    assert "Mon 22 Jan 2024 to Sun 28 Jan 2024, replication 1." in text
    assert "It is week 2 of the measured time." in text
    measures = sum(1 for _ in (run / "replications/0001/kpis.csv").open()) - 1
    assert f"all its {measures:,} measures equal the stored ones, bit for bit" in text
    assert "sparesim replay run --replication 1 --week 2</code>" in text
    assert len(re.findall(r'<tr><th scope="row">', page)) == 169
    assert len(page.encode()) < 400_000


def test_numbers_of_the_page_are_those_of_the_table(page: str) -> None:
    data = data_of(page)
    names, *rows = data["csv"]
    assert len(rows) == 169
    assert rows[0][0] == "2024-01-22T00:00+0100"
    steps = data["steps"]["open"]
    first, at, value = (unpacked(steps[key]) for key in ("first", "at", "value"))

    def value_at(tick: int) -> int:
        total = 0
        for a, b in pairwise(first):
            before = np.flatnonzero(at[a:b] <= tick)
            total += int(value[a:b][before[-1]]) if len(before) else 0
        return total

    assert [value_at(60 * hour) for hour in range(169)] == [row[names.index("Open orders")] for row in rows]
    moves = data["units"]
    columns = [unpacked(moves[key]) for key in ("kind", "begin", "end", "from", "to")]
    assert len({len(column) for column in columns}) == 1
    assert (columns[1] <= columns[2]).all()
    assert max(columns[3].max(), columns[4].max()) < len(unpacked(data["places"]["x"]))


def test_lives_are_those_that_explain_tells(run: Path, page: str) -> None:
    stories = data_of(page)["stories"]
    assert 10 <= len(stories) <= 50
    story = stories[3]
    number = story["title"].removeprefix("Order ")
    life = api.explain(run, number, 1)
    assert [f"  {local}  {text}" for _, local, text in story["lines"]] == life.text().splitlines()[len(life.facts) + 2 :][
        : len(life.steps)
    ]
    assert story["end"] == life.text().splitlines()[-1]


def test_same_results_give_the_same_bytes_and_no_request_can_leave(run: Path, page: str, tmp_path: Path) -> None:
    assert sim.replay(run, 1, week=2, out=tmp_path / "again.html").read_text(encoding="utf-8") == page
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    allowed = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    assert len(scripts) == 2  # its own and that of all pages
    assert "script-src 'sha256-{}' 'sha256-{}';".format(*allowed) in page
    assert "default-src 'none'" in page
    assert not re.search(r"(?:src|href)=[\"'](?!data:|#)", page)


def test_page_is_drawn_in_chinese(run: Path, tmp_path: Path) -> None:
    page = api.replay(run, 0, week=1, out=tmp_path / "zh.html", lang="zh").read_text(encoding="utf-8")
    assert '<html lang="zh-Hans">' in page
    assert "2024年1月15日 周一" in page
    data = data_of(page)
    assert data["texts"]["instant"] == "{year}年{month}{day}日 {weekday} {time}"
    assert data["stories"][0]["title"].startswith("维修单")
    life = api.explain(run, data["stories"][0]["title"].removeprefix("维修单"))
    assert life.text().startswith("Order ")  # the language ended with the page


def test_hostile_names_do_no_harm(hostile_run: Study, hostile: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.api.loading.plan_behind", lambda study: hostile)
    page = api.replay(hostile_run, 0, out=tmp_path / "hostile.html").read_text(encoding="utf-8")
    assert "<script>alert(1)" not in page
    assert page.count("<script>") == 2
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    data = data_of(page)
    assert data["places"]["name"][0].startswith("=HYPERLINK(")
    assert data["schematic"] is True
    assert all(not isinstance(cell, str) or not cell.startswith(("=", "+", "-", "@")) for row in data["csv"] for cell in row)


def test_results_of_another_version_are_refused(run: Path, tmp_path: Path) -> None:
    other = tmp_path / "run"
    shutil.copytree(run, other, ignore=shutil.ignore_patterns("replay.html"))
    kpis = other / "replications/0000/kpis.csv"
    lines = kpis.read_text().splitlines(keepends=True)
    kpi, group, unit, value = lines[1].strip().split(",")
    lines[1] = f"{kpi},{group},{unit},{float(value) + 1e-9!r}\n"
    kpis.write_text("".join(lines))
    with pytest.raises(UsageError, match=r"differs in 1 of \d+ measures"):
        api.replay(other)
    assert not (other / "replay.html").exists()
    with pytest.raises(UsageError, match="2 replications, numbered from 0; there is no 2"):
        api.replay(run, 2)


def test_a_recut_run_is_replayed_with_its_own_warm_up(run: Path, tmp_path: Path) -> None:
    cut = sim.recut(run, "40 days", out=tmp_path / "cut")
    page = api.replay(cut, 0, week=1).read_text(encoding="utf-8")
    assert "Mon 12 Feb 2024 to Sun 18 Feb 2024" in page


def test_places_of_a_network() -> None:
    plan = load_plan("small", SETS)
    places = places_of(plan)
    assert places.names == ["town", "village", "depot", "field", "maker"]
    assert places.of_location == [2, 0, 1, 4]
    assert np.isnan(places.x[4])  # at the edge
    assert places.x[3] == places.x[2]  # the team stands at its stock
    assert not places.schematic
    nodes = Nodes(plan, places)
    assert (nodes.of(1, 0), nodes.of(1, 1), nodes.of(1, 0)) == (5, 6, 5)
    assert land_of(places) == [] or all(len(line) % 2 == 0 for line in land_of(places))
    bare = places_of(load_plan(Path(__file__).parents[1] / "scenarios" / "desk-bench-shelf.yaml"))
    assert bare.schematic
    assert bare.x.tolist() == [1.0, 0.0]  # the vendor left of the point


def test_land_lies_around_the_places() -> None:
    places = places_of(load_plan("small", SETS))
    rings = land_of(places)
    assert rings
    lon, lat = [x for ring in rings for x in ring[::2]], [y for ring in rings for y in ring[1::2]]
    known = places.x[np.isfinite(places.x)]
    assert min(lon) <= known.min()
    assert known.max() <= max(lon)
    assert max(abs(x) for x in lon) <= 180
    assert max(abs(y) for y in lat) <= 90


def test_numbers_are_packed_small() -> None:
    for values, kind in (([], "u1"), ([0, 255], "u1"), ([0, 256], "u2"), ([-1, 5], "i1"), ([70_000], "u4"), ([-300], "i2")):
        assert packed(values)["t"] == kind
        assert unpacked(packed(values)).tolist() == values
