"""Parquet logs: names, units, joins and windows; readable by pandas, polars and DuckDB; the same bytes however they are made."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.analysis import log_parquet
from sim.analysis.log_columns import LOGS, logs_markdown
from sim.analysis.log_parquet import utc_stamps
from sim.analysis.logs import FILES, log_names, log_path
from sim.columns import CONTACT_OUTCOMES, ORDER_OUTCOMES, STAGES, TABLES
from sim.errors import UsageError
from sim.experiment.replicate import is_stored, replicate
from sim.experiment.study import run_study
from sim.scenario.load import load_plan
from sim.scenario.plan import Plan
from sim.store import replication_folder

pandas = pytest.importorskip("pandas")
pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

START = np.datetime64("2024-01-01", "us")


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load_plan("small", ["run.length=40 days", "run.warm_up=15 days"])


@pytest.fixture(scope="module")
def place(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return replicate(plan, 3, tmp_path_factory.mktemp("run"), logs=tuple(LOGS), keep_tables=True, log=True)


def frame(place: Path, name: str) -> Any:
    return pandas.read_parquet(log_path(place, name))


def raw(place: Path, name: str) -> Any:
    return np.load(place / "tables" / f"{LOGS[name].table}.npy")


def kpis(place: Path) -> dict[tuple[str, str], float]:
    return {(k, g): float(v) for k, g, _, v in csv.reader((place / "kpis.csv").read_text().splitlines()[1:])}


def test_three_readers_agree(place: Path) -> None:
    polars, duckdb = pytest.importorskip("polars"), pytest.importorskip("duckdb")
    for name, log in LOGS.items():
        path = log_path(place, name)
        by_pandas, by_polars = pandas.read_parquet(path), polars.read_parquet(path)
        by_duckdb = duckdb.connect().sql(f"describe select * from '{path}'").fetchall()
        columns = ["replication", *(c.name for c in log.columns)]
        assert list(by_pandas.columns) == by_polars.columns == [row[0] for row in by_duckdb] == columns
        count = duckdb.connect().sql(f"select count(*), sum(in_window::int) from '{path}'").fetchall()[0]
        assert count == (len(by_pandas), int(by_pandas["in_window"].sum()))
        assert len(by_pandas) == by_polars.height == len(raw(place, name)) > 0
        assert set(by_pandas["replication"]) == {3}
        kinds = {row[0]: row[1] for row in by_duckdb}
        for column in log.columns:
            if column.kind == "utc":
                assert str(by_pandas[column.name].dtype) == "datetime64[us, UTC]"
                assert str(by_polars[column.name].dtype) == "Datetime(time_unit='us', time_zone='UTC')"
                assert kinds[column.name] == "TIMESTAMP WITH TIME ZONE"
            if column.kind == "text":
                assert by_pandas[column.name].dtype == "category"
                assert kinds[column.name] == "VARCHAR"
                texts = by_polars[column.name].cast(polars.String).to_list()
                assert texts == [None if x != x else x for x in by_pandas[column.name].astype(object)]


def test_names_stand_for_codes(plan: Plan, place: Path) -> None:
    contacts, rows = frame(place, "contacts"), raw(place, "contacts")
    assert [*contacts["outcome"]] == [CONTACT_OUTCOMES[i] for i in rows["outcome"]]
    lines = [line.name for line in plan.lines]
    assert [*contacts["line"]] == [lines[i] for i in rows["line"]]
    served = contacts["served_line"].astype(object)
    assert [x if x == x else None for x in served] == [lines[i] if i >= 0 else None for i in rows["served_line"]]
    assert contacts["group"].isna().sum() == (rows["group"] < 0).sum() > 0
    orders, rows = frame(place, "orders"), raw(place, "orders")
    assert [*orders["outcome"]] == [ORDER_OUTCOMES[i] for i in rows["outcome"]]
    assert [*orders["bench"]] == [plan.workshops[i].name for i in rows["bench"]]
    assert orders["in_warranty"].dtype == bool
    assert (orders["in_warranty"] == (rows["in_warranty"] == 1)).all()
    gauges, rows = frame(place, "gauges"), raw(place, "gauges")
    owners = dict(zip(gauges["gauge"], gauges["owner"], strict=True))
    assert owners["open_orders"] in plan.regions
    assert owners["busy"] in {g.name for g in plan.groups}
    assert owners["bench_queue"] in {w.name for w in plan.workshops}
    assert owners["on_hand"] in {x.name for x in plan.locations}
    shelf = gauges[gauges["gauge"] == "on_hand"]
    assert [*shelf["part"]] == [plan.parts[i].name for i in rows["sub"][rows["gauge"] == 7]]


def test_case_columns_are_those_of_the_case(plan: Plan, place: Path) -> None:
    cases = np.load(place / "tables" / "cases.npy")
    channels = [*(c.name for c in plan.channels), "walk_in"]
    for name in ("contacts", "orders"):
        log = frame(place, name)
        mine = cases[log["case"].to_numpy()]
        assert (mine["case"] == log["case"]).all()
        assert (mine["at_h"] == log["case_born_h"]).all()
        assert (mine["age_h"] == log["unit_age_h"]).all()
        assert [*log["home_market"]] == [plan.markets.names[i] for i in mine["home"]]
        assert [*log["first_channel"]] == [channels[i] for i in mine["channel"]]
        assert [*log["case_stream"]] == [plan.sources[i].name for i in mine["source"]]
    assert (frame(place, "orders")["first_channel"] == "walk_in").any()


def test_measures_follow_from_the_logs(plan: Plan, place: Path) -> None:
    found = kpis(place)
    orders = frame(place, "orders")
    measured = orders[orders["measured"]]
    assert measured["turnaround_h"].mean() == pytest.approx(found["tat.customer.mean", "all"], rel=1e-12)
    stages = measured[[f"stage_{s}_h" for s in STAGES]]
    assert stages.sum(axis=1).to_numpy() == pytest.approx(measured["turnaround_h"].to_numpy(), rel=1e-9)
    assert stages["stage_part_wait_h"].mean() == pytest.approx(found["stage.part_wait.mean", "all"], rel=1e-12)
    days = plan.run.length_h / 24
    assert orders["in_window"].sum() / days == pytest.approx(found["orders.closed", "all"])
    contacts = frame(place, "contacts")
    voice = contacts[contacts["in_window"] & (contacts["line"] == "desk/voice") & (contacts["kind"] != "outbound")]
    offered = voice[voice["outcome"] != "closed"]
    group = "site=desk;channel=voice"
    assert len(offered) / days == pytest.approx(found["contact.offered", group])
    assert (offered["outcome"] == "abandoned").mean() == pytest.approx(found["contact.abandon_rate", group])
    parts = frame(place, "parts")
    inside = parts[parts["in_window"]]
    assert inside["filled_at_once"].sum() / inside["quantity"].sum() == pytest.approx(found["parts.fill_rate", "all"])
    jobs = frame(place, "jobs")
    begun = jobs[jobs["in_window"]]
    assert (begun["begin_h"] - begun["asked_h"]).mean() == pytest.approx(found["work.wait.mean", "all"], rel=1e-9)
    gauges = frame(place, "gauges")
    queue = gauges[gauges["in_window"] & (gauges["gauge"] == "open_orders")]
    assert queue["integral_h"].sum() / plan.run.length_h == pytest.approx(found["orders.open", "all"], rel=1e-9)


def test_instants_are_told_twice(place: Path) -> None:
    orders, rows = frame(place, "orders"), raw(place, "orders")
    assert np.array_equal(orders["closed_h"], rows["closed_h"], equal_nan=True)
    shown = orders["closed_utc"].dt.tz_localize(None).to_numpy().astype("datetime64[us]")
    known = ~np.isnan(rows["closed_h"])
    assert not known.all()
    assert (np.isnat(shown) == ~known).all()
    off = (shown[known] - START) / np.timedelta64(1, "us") - rows["closed_h"][known] * 3.6e9
    assert np.abs(off).max() <= 0.51


def test_timestamps_of_odd_instants() -> None:
    hours = np.array([0.0, 24.0, 1 / 3.6e9, np.nan, np.inf, -np.inf, 1e300, 8766 * 8000.0])
    stamps = utc_stamps(hours, START, "us")
    assert [str(x) for x in stamps[:3]] == [
        "2024-01-01T00:00:00.000000",
        "2024-01-02T00:00:00.000000",
        "2024-01-01T00:00:00.000001",
    ]
    assert np.isnat(stamps[3:]).all()
    assert str(utc_stamps(np.array([0.5 + 0.4 / 3.6e6]), START, "ms")[0]) == "2024-01-01T00:30:00.000"


def test_units_and_meanings_ride_along(plan: Plan, place: Path) -> None:
    text = logs_markdown()
    for name, log in LOGS.items():
        schema = parquet.read_schema(log_path(place, name))
        assert schema.metadata[b"sparesim.plan"].decode() == plan.digest
        for column in log.columns:
            facts = schema.field(column.name).metadata
            assert facts[b"meaning"].decode() == column.meaning
            assert len(column.meaning) > 3
            assert facts[b"unit"].decode() == ("EUR" if column.unit == "money" else column.unit)
            assert column.name.endswith("_h") == (column.unit == "h")
            assert column.name.endswith("_utc") == (column.kind == "utc")
            assert f"| `{column.name}` |" in text.split(f"### {name}\n")[1].split("###")[0]
    assert {log.table for log in LOGS.values()} == set(TABLES)


def bytes_of(place: Path) -> dict[str, bytes]:
    return {str(p.relative_to(place)): p.read_bytes() for p in sorted(place.rglob("*")) if p.is_file()}


def test_logs_change_no_other_file_and_are_the_same_bytes_by_any_process(plan: Plan, tmp_path: Path) -> None:
    logs = ("orders", "contacts", "stages", "events")
    plain = run_study(plan, tmp_path / "plain", jobs=1, replications=2)
    one = run_study(plan, tmp_path / "one", jobs=1, replications=2, logs=logs)
    two = run_study(plan, tmp_path / "two", jobs=2, replications=2, logs=logs)
    for r in range(2):
        without, first, second = (bytes_of(replication_folder(s.folder, r)) for s in (plain, one, two))
        assert first == second
        meta = json.loads(first["meta.json"])
        assert set(meta.pop("logs")) == set(logs)
        assert meta == json.loads(without["meta.json"])
        others = {name: data for name, data in first.items() if not name.startswith("logs/") and name != "meta.json"}
        assert others == {name: data for name, data in without.items() if name != "meta.json"}
        assert {name for name in first if name.startswith("logs/")} == {f"logs/{FILES[name]}" for name in logs}
    for name in ("summary.json", "replications.csv"):
        assert (plain.folder / name).read_bytes() == (two.folder / name).read_bytes()


def test_a_stored_replication_gets_its_logs_and_keeps_what_it_had(plan: Plan, tmp_path: Path) -> None:
    place = replicate(plan, 0, tmp_path)
    measures = (place / "kpis.csv").read_bytes()
    assert not is_stored(plan, 0, tmp_path, logs=("orders",))
    replicate(plan, 0, tmp_path, logs=("orders",), keep_tables=True)
    assert is_stored(plan, 0, tmp_path, logs=("orders",))
    first = log_path(place, "orders").read_bytes()
    stamp = log_path(place, "orders").stat().st_mtime_ns
    replicate(plan, 0, tmp_path, logs=("orders",))
    assert log_path(place, "orders").stat().st_mtime_ns == stamp
    replicate(plan, 0, tmp_path, logs=("parts",))
    assert log_path(place, "orders").read_bytes() == first
    assert log_path(place, "parts").is_file()
    assert (place / "tables" / "orders.npy").is_file()
    replicate(plan, 0, tmp_path, log=True, keep_tables=True)
    assert log_path(place, "orders").read_bytes() == first
    assert (place / "kpis.csv").read_bytes() == measures


def test_rows_are_written_in_groups(plan: Plan, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_parquet, "ROW_GROUP", 100)
    again = replicate(plan, 3, tmp_path, logs=("orders", "contacts"))
    for name in ("orders", "contacts"):
        whole, pieces = (parquet.ParquetFile(log_path(x, name)) for x in (place, again))
        assert pieces.num_row_groups == -(-whole.metadata.num_rows // 100) > 1
        assert pieces.read().equals(whole.read())


def test_a_wing_that_is_absent_gives_empty_logs(tmp_path: Path) -> None:
    source = tmp_path / "parts.yaml"
    source.write_text(
        "run: {start: 2024-01-01, length: 30 days}\nparts: {unit: {}}\nvendors: {maker: {lead_time: 3 days}}\n"
        "locations: {base: {source: maker, stock: {unit: {base_stock: 2}}, demand: {unit: 2/day}}}\n"
    )
    place = replicate(load_plan(source), 0, tmp_path, logs=log_names(FILES))
    assert len(frame(place, "orders")) == len(frame(place, "contacts")) == len(frame(place, "cases")) == 0
    parts = frame(place, "parts")
    assert len(parts) > 20
    assert parts["order"].isna().all()
    assert len(log_path(place, "events").read_text().splitlines()) == 1
    assert len(log_path(place, "vidigi").read_text().splitlines()) == 1


def test_hostile_names_come_back_exactly(hostile: Plan, tmp_path: Path) -> None:
    place = replicate(hostile, 0, tmp_path, logs=log_names("orders,contacts,parts"))
    orders = frame(place, "orders")
    assert set(orders["workshop"]) <= {w.name for w in hostile.workshops}
    assert '=HYPERLINK("http://x","y")' in set(orders["workshop"])
    assert set(frame(place, "parts")["part"]) == {"@fan, 'big'\n2"}
    assert set(frame(place, "contacts")["line"]) == {"-desk; 日本/voice"}


def test_log_names() -> None:
    assert log_names("parts, orders,orders") == ("orders", "parts")
    assert log_names(["visits", "events"]) == ("stages", "events")
    with pytest.raises(UsageError, match=r"no log 'order'; did you mean 'orders'\? .logs are orders, contacts, parts"):
        log_names("order")


def test_without_pyarrow_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match=r"pip install 'sparesim\[data\]'"):
        log_names("orders")
    assert log_names("events,vidigi") == ("events", "vidigi")
