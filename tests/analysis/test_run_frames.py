"""Frames of kinds, loops, stock and the week add up to the measures of the same run, and to rows worked out by hand."""

from __future__ import annotations

import csv
import dataclasses
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from small_tables import centre_plan, contact, repair_plan, rows_of, served, tables_of

import sim
from sim.analysis.kpis import Rows
from sim.analysis.reduce_contacts import reduce_contacts
from sim.analysis.reduce_orders import reduce_orders
from sim.analysis.reduce_stock import StockOverTime, period_edges, tier_of
from sim.analysis.reduce_work import reduce_work
from sim.analysis.tables import Block
from sim.analysis.window import window_of
from sim.calendar import CalendarSpec
from sim.columns import (
    CLOSED,
    CONTAINED,
    G_BACKORDERS,
    G_ON_HAND,
    G_STOCKED,
    GIVEN_UP,
    KINDS,
    OUTBOUND,
    REDIAL,
    RETURNED,
    STATUS,
    TRANSFER,
)
from sim.scenario.plan import Centre, Run, Shift

CUSTOMERS = ("fresh", "redial", "reconnect", "status")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> sim.Study:
    plan = sim.load("small", ("run.length=70 days", "run.warm_up=40 days"))
    return sim.run(plan, replications=2, jobs=1, out=tmp_path_factory.mktemp("run") / "small")


def rows(study: sim.Study, name: str) -> list[dict[str, str]]:
    with (Path(study.folder) / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def means(study: sim.Study) -> dict[tuple[str, str], float]:
    values: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in rows(study, "replications"):
        values[row["kpi"], row["group"]].append(float(row["value"]))
    return {key: sum(v) / len(v) for key, v in values.items() if len(v) == 2}


def test_kinds_add_up_to_the_contacts_offered(run: sim.Study) -> None:
    # ten weeks: 50 working days, 20 others
    days = {"working": 50 / 70, "other": 20 / 70}
    sums: dict[str, float] = defaultdict(float)
    slots: dict[tuple[str, str, str, str], float] = defaultdict(float)
    for row in rows(run, "kinds"):
        sums[row["kind"]] += float(row["offered"]) * days[row["day_type"]]
        if row["kind"] in CUSTOMERS:
            slots[row["site"], row["channel"], row["day_type"], row["slot"]] += float(row["offered"])
    known = means(run)
    told = {kind: known["contact.offered", f"kind={kind}"] for kind in KINDS if ("contact.offered", f"kind={kind}") in known}
    assert set(told) >= {"fresh", "redial", "transfer"}
    assert {kind: sums[kind] for kind in told} == pytest.approx(told)
    halves = {
        (r["site"], r["channel"], r["day_type"], r["slot"]): float(r["offered"])
        for r in rows(run, "halfhour")
        if r["channel"] in ("voice", "chat")
    }
    assert sum(halves.values()) > 0
    assert {key: slots.get(key, 0.0) for key in halves} == pytest.approx(halves)


def test_orders_with_and_without_a_wait_make_all_orders(run: sim.Study) -> None:
    known = means(run)
    told = {(r["measure"], r["orders"]): float(r["value"]) for r in rows(run, "loops")}
    assert told["late_share", "all"] == pytest.approx(1 - known["tat.within_promise", "all"])
    frames = [np.load(Path(run.folder) / "replications" / f"{r:04d}" / "loops.npy") for r in range(2)]
    turnaround = [frame[..., 2].sum() / frame[..., 1].sum() for frame in frames]
    assert np.mean(turnaround) == pytest.approx(known["tat.customer.mean", "all"])
    waited = [frame[1, :, 1].sum() / frame[..., 1].sum() for frame in frames]
    assert 0 < told["share", "part wait"] == pytest.approx(np.mean(waited))


def test_stock_over_time_averages_to_the_measures_of_the_run(run: sim.Study) -> None:
    known = means(run)
    sums: dict[tuple[str, str], float] = defaultdict(float)
    for row in rows(run, "stock"):
        begin, end = float(row["begin_h"]), float(row["end_h"])
        assert end - begin <= 720 + 1e-9
        if begin >= 40 * 24 - 1e-9:
            for name in ("on_hand", "backorders", "in_transit", "value"):
                if row[name]:
                    sums[row["kind"], name] += float(row[name]) * (end - begin) / (70 * 24)
    assert sums["tier", "on_hand"] == pytest.approx(known["parts.on_hand.mean", "all"])
    assert sums["tier", "backorders"] == pytest.approx(known["parts.ebo", "all"])
    assert sums["tier", "in_transit"] == pytest.approx(known["parts.in_transit.mean", "all"])
    assert sums["tier", "value"] == pytest.approx(known["stock.value.mean", "all"])
    assert sums["part", "on_hand"] == pytest.approx(sums["tier", "on_hand"])
    assert sums["part", "backorders"] == pytest.approx(sums["tier", "backorders"])


def test_the_week_adds_up_to_utilisation_and_waits(run: sim.Study) -> None:
    known = means(run)
    mine = [r for r in rows(run, "weekhour") if r["kind"] == "technicians"]
    staffed = np.array([float(r["staffed"]) for r in mine])
    busy = np.array([float(r["utilisation"]) if r["utilisation"] else 0.0 for r in mine])
    assert (busy * staffed).sum() / staffed.sum() == pytest.approx(known["work.utilisation", "all"])
    joined = np.array([float(r["joined"]) for r in mine])
    wait = np.array([float(r["wait_h"]) if r["wait_h"] else 0.0 for r in mine])
    assert (joined * wait).sum() / joined.sum() == pytest.approx(known["work.wait.mean", "all"], rel=0.05)  # ratio of means
    # the queue holds those too who are still waiting at the end
    waiting = np.array([float(r["waiting"]) for r in mine])
    assert waiting.mean() <= known["work.queue.mean", "all"] * (1 + 1e-9)
    assert waiting.mean() == pytest.approx(known["work.queue.mean", "all"], rel=0.05)


def test_kinds_by_hand() -> None:
    plan = centre_plan(run=Run("2024-01-01", 96.0, 48.0, 2, 1), centres=(Centre("desk", "Asia/Tokyo"),))  # Wednesday on
    table = rows_of(
        "contacts",
        served(47.0, 0.0, 0.1),  # in the warm-up
        served(50.25, 0.0, 0.1),  # Wednesday 2:15 UTC, 11:15 in Tokyo
        served(50.75, 0.0, 0.1, kind=STATUS),
        served(112.0, 0.0, 0.1, kind=REDIAL),  # Friday 16:00 UTC: Saturday 1:00
        served(60.0, 0.0, 0.1, kind=OUTBOUND),
        served(60.0, 0.0, 0.1, kind=TRANSFER),
        contact(61.0, CLOSED),
        contact(61.0, CLOSED, line=-1),
        served(61.0, 0.0, 0.1, CONTAINED, line=1, group=-1, served_line=-1),
    )
    kinds = reduce_contacts(plan, tables_of(contacts=table)["contacts"], window_of(plan), Rows()).frames["kinds"]
    assert kinds.shape == (2, 6, 2, 48)
    assert kinds.sum() == 5
    assert kinds[0, 0, 0, 22] == kinds[0, STATUS, 0, 23] == kinds[0, REDIAL, 1, 2] == 1
    assert kinds[0, OUTBOUND, 0, 42] == kinds[0, TRANSFER, 0, 42] == 1


def test_orders_by_what_befell_them() -> None:
    plan = repair_plan()

    def order(closed: float, due: float, **more: float) -> dict[str, float]:
        return {"first_h": 30.0, "opened_h": 30.0, "closed_h": closed, "due_h": due, "outcome": RETURNED, "contacts": 1} | more

    table = rows_of(
        "orders",
        order(50.0, 60.0),
        order(70.0, 60.0, part_wait_h=30.0, contacts=3),
        order(90.0, np.inf, part_wait_h=5.0),  # no promise: counts among the returned ones only
        order(np.nan, 100.0, outcome=0),  # still open, due in the window
        order(50.0, 60.0, outcome=GIVEN_UP),
        order(50.0, 60.0, need=1, part_wait_h=1.0),  # planned work
        order(20.0, 60.0, first_h=1.0, opened_h=1.0),  # returned in the warm-up
    )
    loops = reduce_orders(plan, tables_of(orders=table)["orders"], window_of(plan), Rows()).frames["loops"]
    assert loops[0, 0].tolist() == [2, 1, 20, 1]
    assert loops[0, 1].tolist() == [2, 0, 0, 0]
    assert loops[1, 0].tolist() == [0, 2, 60 + 20, 2]
    assert loops[1, 1].tolist() == [1, 1, 40, 3]


def test_rows_of_several_periods_count_in_each() -> None:
    plan = repair_plan(run=Run("2024-01-01", 2000.0, 1000.0, 2, 1))
    assert tier_of(plan) == [1, 2]
    edges = period_edges(plan)
    assert edges.tolist() == [0.0, 280.0, 1000.0, 1720.0, 2440.0, 3000.0]

    def gauge(kind: int, begin: float, elapsed: float, level: float, owner: int = 1) -> dict[str, float]:
        return {"gauge": kind, "owner": owner, "sub": 0, "begin_h": begin, "elapsed_h": elapsed, "integral": level * elapsed}

    stock = StockOverTime(plan)
    stock.add(Block(rows_of("gauges", gauge(G_ON_HAND, 0.0, 280.0, 3.0), gauge(G_ON_HAND, 280.0, 2160.0, 2.0))))
    stock.add(Block(rows_of("gauges", gauge(G_BACKORDERS, 2440.0, 560.0, 0.5), gauge(G_STOCKED, 0.0, 280.0, 1.0))))
    stock.add(Block(rows_of("gauges", gauge(2, 0.0, 10.0, 9.0))))  # of a contact centre
    found = stock.frames()
    assert found["stock_tiers"][2, 0] / np.diff(edges) == pytest.approx([3, 2, 2, 2, 0])
    assert found["stock_tiers"][2, 1] / np.diff(edges) == pytest.approx([0, 0, 0, 0, 0.5])
    assert found["stock_tiers"][2, 3] / np.diff(edges) == pytest.approx([60, 40, 40, 40, 0])  # price 20
    assert found["stock_parts"][0, 0] == pytest.approx(found["stock_tiers"][2, 0])


def test_jobs_waiting_by_hour() -> None:
    office = CalendarSpec("office", "UTC", (((9.0, 17.0),),) * 5 + ((),) * 2)
    plan = repair_plan(calendars=(office,))
    plan = dataclasses.replace(plan, workshops=(dataclasses.replace(plan.workshops[0], shifts=(Shift(0, 2),)), plan.workshops[1]))
    table = rows_of(
        "jobs",
        {"asked_h": 20.0, "begin_h": 33.5, "end_h": 40.0},  # the window begins at 24:00 of Monday
        {"asked_h": 32.5, "begin_h": 34.0, "end_h": 40.0},
    )
    week = reduce_work(plan, tables_of(jobs=table)["jobs"], window_of(plan), Rows()).frames["week_work"]
    assert week[:, 4].sum() == pytest.approx(9.5 + 1.5)
    assert week[32:35, 4].tolist() == pytest.approx([1.5, 1.5, 0.0])
    assert week[20, 5] + week[32, 5] == pytest.approx(13.0 + 0.5)  # until 9:00 on Tuesday
