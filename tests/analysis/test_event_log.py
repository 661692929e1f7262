"""Event logs: every step once, in order of time, by people of whom there are enough."""

from __future__ import annotations

import csv
import tracemalloc
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest

from sim.analysis import event_log, stretches
from sim.analysis.event_csv import EVENT_COLUMNS, VIDIGI_COLUMNS, csv_text, write_event_log
from sim.analysis.logs import log_path
from sim.analysis.tables import open_tables, tables_of
from sim.columns import J_REPAIR, OUTBOUND, RETURNED, STAGE_IX, STAGES, dtype
from sim.experiment.replicate import replicate
from sim.scenario.load import load_plan
from sim.scenario.plan import Plan

Row = dict[str, str]


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load_plan("small", ["run.length=40 days", "run.warm_up=15 days"])


@pytest.fixture(scope="module")
def place(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return replicate(plan, 1, tmp_path_factory.mktemp("run"), logs=("events", "vidigi"), keep_tables=True, log=True)


@pytest.fixture(scope="module")
def events(place: Path) -> list[Row]:
    return read(log_path(place, "events"))


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def table(place: Path, name: str) -> np.ndarray:
    return np.load(place / "tables" / f"{name}.npy")


def test_columns_and_order_of_time(events: list[Row]) -> None:
    assert list(events[0]) == [name for name, _, _ in EVENT_COLUMNS]
    assert list(events[0])[:4] == ["case", "activity", "timestamp", "resource"]
    at = np.array([float(e["time_h"]) for e in events])
    assert (np.diff(at) >= 0).all()
    stamps = np.array([e["timestamp"].removesuffix("Z") for e in events], "datetime64[ms]")
    assert all(e["timestamp"].endswith("Z") for e in events)
    assert np.abs((stamps - np.datetime64("2024-01-01", "ms")) / np.timedelta64(1, "ms") - at * 3.6e6).max() <= 0.51
    assert {e["replication"] for e in events} == {"1"}
    begin = 15 * 24.0
    assert all((float(e["time_h"]) >= begin) == (e["in_window"] == "1") for e in events)


def test_every_row_of_the_tables_is_told_once(plan: Plan, place: Path, events: list[Row]) -> None:
    counts = Counter((e["level"], e["lifecycle"]) for e in events)
    contacts, orders, visits, jobs, parts = (table(place, n) for n in ("contacts", "orders", "visits", "jobs", "part_demands"))
    end = plan.run.horizon_h
    served = ~np.isnan(contacts["answered_h"])
    assert counts["contact", "schedule"] == len(contacts)
    assert counts["contact", "start"] == served.sum()
    assert counts["contact", "complete"] == (served & ~np.isnan(contacts["ended_h"])).sum()
    assert counts["contact", "withdraw"] == (~served & ~np.isnan(contacts["ended_h"])).sum() > 0
    assert counts["order", "complete"] == len(orders) + (~np.isnan(orders["closed_h"])).sum()
    assert counts["stage", "start"] == len(visits)
    assert counts["stage", "complete"] == (~np.isnan(visits["end_h"])).sum()
    assert counts["job", "start"] == len(jobs)
    assert counts["job", "complete"] + counts["job", "withdraw"] == (jobs["end_h"] <= end).sum() < len(jobs)
    assert counts["part", "schedule"] == len(parts)
    assert counts["part", "complete"] + counts["part", "withdraw"] == (~np.isnan(parts["filled_h"])).sum()
    assert sum(counts.values()) == len(events)


def test_an_order_goes_through_its_stages_without_gaps(place: Path, events: list[Row]) -> None:
    told: dict[str, list[Row]] = defaultdict(list)
    for e in events:
        if e["level"] in ("order", "stage"):
            told[e["order"]].append(e)
    orders = {int(o["order"]): o for o in table(place, "orders")}
    assert len(told) == len(orders)
    for number, steps in told.items():
        order = orders[int(number)]
        assert steps[0]["activity"] == "order opened"
        assert {e["case"] for e in steps} == {str(order["case"])}
        if np.isnan(order["closed_h"]):
            continue
        assert steps[-1]["activity"].startswith("order ")
        assert float(steps[-1]["time_h"]) == order["closed_h"]
        inside = steps[1:-1]
        assert [e["lifecycle"] for e in inside] == ["start", "complete"] * (len(inside) // 2)
        assert all(a["time_h"] == b["time_h"] for a, b in zip(inside[1:-1:2], inside[2::2], strict=True))
        assert all(
            a["activity"] == b["activity"] and a["instance"] == b["instance"]
            for a, b in zip(inside[::2], inside[1::2], strict=True)
        )
        hours = dict.fromkeys(STAGES, 0.0)
        for a, b in zip(inside[::2], inside[1::2], strict=True):
            hours[a["activity"].replace(" ", "_")] += float(b["time_h"]) - float(a["time_h"])
        for stage in STAGES[3:]:
            assert hours[stage] == pytest.approx(order[f"{stage}_h"], abs=1e-9)


def test_work_is_where_the_order_is(events: list[Row]) -> None:
    at = {}
    forwarded = 0
    for e in events:
        if e["level"] == "stage" and e["activity"] in ("diagnosis", "repair", "audit") and e["lifecycle"] == "start":
            at[e["order"], e["time_h"], e["activity"]] = e["place"]
        if e["level"] == "job" and e["lifecycle"] == "start" and e["activity"] in ("diagnosis job", "repair job", "audit job"):
            assert at[e["order"], e["time_h"], e["activity"].removesuffix(" job")] == e["place"]
            forwarded += e["place"] == "depot"
    assert forwarded > 3


def test_no_number_works_twice_and_none_is_too_high(plan: Plan, place: Path, events: list[Row]) -> None:
    heads = {w.name: sum(s.heads for s in w.shifts) for w in plan.workshops}
    busy: dict[str, str] = {}
    seen = 0
    for e in events:
        if e["level"] != "job" or e["activity"] == "look job":
            continue
        name, number = e["resource"].rsplit(" #", 1)
        assert name == e["place"]
        assert 1 <= int(number) <= heads[name]
        if e["lifecycle"] == "start":
            assert e["resource"] not in busy
            busy[e["resource"]] = e["instance"]
            seen += 1
        else:
            assert busy.pop(e["resource"]) == e["instance"]
    assert seen > 50
    contacts = table(place, "contacts")
    for ix, group in enumerate(plan.groups):
        mine = contacts[(contacts["group"] == ix) & ~np.isnan(contacts["answered_h"])]
        ends = np.where(np.isnan(mine["released_h"]), np.inf, mine["released_h"])
        most = max((mine["answered_h"] <= t).sum() - (ends <= t).sum() for t in mine["answered_h"])
        numbers = {int(e["resource"].rsplit(" #", 1)[1]) for e in events if e["resource"].startswith(f"{group.name} #")}
        assert numbers == set(range(1, most + 1))


def test_small_stretches_give_the_same_bytes(plan: Plan, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_log, "STRETCH_ROWS", 97)
    again = replicate(plan, 1, tmp_path, logs=("events", "vidigi"))
    for name in ("events", "vidigi"):
        assert log_path(again, name).read_bytes() == log_path(place, name).read_bytes()


def test_vidigi_entities_arrive_once_and_are_at_one_place(place: Path, plan: Plan) -> None:
    rows = read(log_path(place, "vidigi"))
    assert list(rows[0]) == [name for name, _ in VIDIGI_COLUMNS]
    kinds = {"arrival_departure", "queue", "resource_use", "resource_use_end"}
    assert {r["event_type"] for r in rows} == kinds
    by_entity: dict[str, list[Row]] = defaultdict(list)
    for r in rows:
        by_entity[r["entity_id"]].append(r)
    assert len(by_entity) == len(table(place, "contacts")) + len(table(place, "orders"))
    for steps in by_entity.values():
        assert steps[0]["event"] == "arrival"
        assert [r["event"] for r in steps].count("arrival") == 1
        gone = [r["event"] for r in steps].count("depart")
        assert gone <= 1
        assert not gone or steps[-1]["event"] == "depart"
        at = [float(r["time"]) for r in steps]
        assert at == sorted(at)
        using: list[Row] = []
        for r in steps:
            assert (r["resource_id"] != "") == r["event_type"].startswith("resource_use")
            if r["event_type"] == "resource_use":
                assert not using
                using = [r]
            elif r["event_type"] == "resource_use_end":
                assert using[0]["resource_id"] == r["resource_id"]
                assert r["event"] == f"{using[0]['event']} ends"
                using = []
            else:
                assert not using
    last = max(float(r["time"]) for r in rows)
    assert last <= plan.run.horizon_h * 60


def rows_of(name: str, *rows: dict[str, float]) -> np.ndarray:
    made = np.zeros(len(rows), dtype(name))
    for i, row in enumerate(rows):
        for column in made.dtype.names:
            made[column][i] = row.get(column, np.nan if made.dtype[column].kind == "f" else 0)
    return made


def test_steps_of_one_instant_come_in_the_order_in_which_they_follow(plan: Plan, tmp_path: Path) -> None:
    """A contact without length opens an order; parts at once; a job without length; the order closes; all at 5 h."""
    at = 5.0
    times = {f"{name}_h": at for name in ("arrived", "answered", "ended", "released")}
    called = {"case": 7, "kind": OUTBOUND, "group": -1, "arrived_h": at, "ended_h": at, "outcome": 8}
    tables = tables_of(
        contacts=rows_of("contacts", called, {"case": 7, "outcome": 1, **times}),
        orders=rows_of("orders", {"order": 0, "case": 7, "outcome": RETURNED, "opened_h": at, "closed_h": at}),
        visits=rows_of("visits", {"order": 0, "stage": STAGE_IX["repair"], "begin_h": 2.0, "end_h": at}),
        jobs=rows_of("jobs", {"order": 0, "kind": J_REPAIR, "asked_h": at, "begin_h": at, "end_h": at}),
        part_demands=rows_of("part_demands", {"order": 0, "quantity": 1, "requested_h": at, "filled_h": at, "how": 1}),
    )
    path = tmp_path / "log.csv"
    assert write_event_log(plan, tables, path, 0) == 13
    assert [(e["activity"], e["lifecycle"]) for e in read(path)] == [
        ("repair", "start"),
        ("repair", "complete"),
        ("fresh contact", "schedule"),
        ("fresh contact", "start"),
        ("fresh contact", "complete"),
        ("order opened", "complete"),
        ("parts", "schedule"),
        ("parts", "complete"),
        ("outbound contact", "schedule"),
        ("outbound contact", "withdraw"),
        ("repair job", "start"),
        ("repair job", "complete"),
        ("order returned", "complete"),
    ]


def test_cells_are_no_formulas_and_no_lines() -> None:
    assert csv_text('plain, "quoted" 日本') == 'plain, "quoted" 日本'
    assert csv_text("=1+1") == "'=1+1"
    assert [csv_text(f"{c}x")[0] for c in "=+-@\t\r"] == ["'"] * 6
    assert csv_text("a\nb\r\nc") == "a b  c"
    assert csv_text("\n=1") == " =1"


def test_hostile_names_break_nothing(hostile: Plan, tmp_path: Path) -> None:
    place = replicate(hostile, 0, tmp_path, logs=("events", "vidigi"))
    for name in ("events", "vidigi"):
        text = log_path(place, name).read_text(encoding="utf-8")
        with log_path(place, name).open(encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream))
        assert len(rows) == len(text.splitlines()) > 100
        assert {len(row) for row in rows} == {len(rows[0])}
        assert not [cell for row in rows for cell in row if cell[:1] in {"=", "+", "-", "@", "\t", "\r"}]
    events = read(log_path(place, "events"))
    assert '\'=HYPERLINK("http://x","y") #1' in {e["resource"] for e in events}
    assert {e["part"] for e in events} == {"", "'@fan, 'big' 2"}


def test_the_lowest_free_number_is_given(plan: Plan, tmp_path: Path) -> None:
    spans = [(1.0, 9.0), (2.0, 5.0), (3.0, 6.0), (4.0, 4.5), (5.5, 9.0), (6.5, 9.0), (6.6, 9.0), (6.7, np.nan)]
    rows = [{"case": i, "arrived_h": a, "answered_h": a, "ended_h": b, "released_h": b} for i, (a, b) in enumerate(spans)]
    path = tmp_path / "log.csv"
    write_event_log(plan, tables_of(contacts=rows_of("contacts", *rows)), path, 0)
    told = [(e["case"], e["resource"].rsplit("#", 1)[1]) for e in read(path) if e["lifecycle"] == "start"]
    assert told == [("0", "1"), ("1", "2"), ("2", "3"), ("3", "4"), ("4", "2"), ("5", "3"), ("6", "4"), ("7", "5")]


def test_memory_does_not_grow_with_the_length_of_a_log(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_log, "STRETCH_ROWS", 1000)
    monkeypatch.setattr(event_log, "_BLOCK_ROWS", 500)
    monkeypatch.setattr(stretches, "_IN_MEMORY", 1 << 12)
    peaks = []
    for count in (1_000, 1_000, 6_000):  # the first warms up
        rows = np.zeros(count, dtype("contacts"))
        rows["case"] = np.arange(count)
        rows["arrived_h"] = rows["answered_h"] = np.linspace(0, plan.run.horizon_h - 1, count)
        rows["ended_h"] = rows["released_h"] = rows["arrived_h"] + 0.1
        raw = tmp_path / f"tables-{len(peaks)}"
        raw.mkdir()
        np.save(raw / "contacts.npy", rows)
        del rows
        tables = open_tables(raw)
        tracemalloc.start()
        assert write_event_log(plan, tables, tmp_path / "log.csv", 0) == 3 * count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < 1.3 * peaks[1]
