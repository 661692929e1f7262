"""Technicians and money of tables worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from small_tables import NAN, as_dict, centre_plan, repair_plan, rows_of, tables_of

from sim.analysis.kpis import Rows
from sim.analysis.reduce import reduce_replication
from sim.analysis.reduce_gauges import sum_gauges
from sim.analysis.reduce_money import priced_kinds, reduce_money
from sim.analysis.reduce_work import reduce_work
from sim.analysis.window import window_of
from sim.calendar import CalendarSpec
from sim.columns import G_SCHEDULED, G_STAFFED, RETURNED
from sim.scenario.plan import MODES, Parcel, Plan, Product, Shift

OFFICE = CalendarSpec("office", "UTC", (((9.0, 17.0),),) * 5 + ((),) * 2)


def job(asked: float, begin: float, end: float, **more: Any) -> dict[str, Any]:
    return {"asked_h": asked, "begin_h": begin, "end_h": end, "work_h": end - begin} | more


def office_plan() -> Plan:
    plan = repair_plan(calendars=(OFFICE,))
    return replace(plan, workshops=(replace(plan.workshops[0], shifts=(Shift(0, 2),)), plan.workshops[1]))


def test_utilisation_is_open_time_inside_the_window() -> None:
    plan, rows = office_plan(), Rows()
    jobs = rows_of(
        "jobs",
        job(8.0, 9.0, 16.0),  # Monday, in the warm-up
        job(30.0, 33.0, 58.0),  # Tuesday 9:00 to Wednesday 10:00: pauses overnight, 8 + 1 open hours
        job(33.0, 34.0, 43.0, overtime_h=2.0),  # Tuesday 10:00 to 19:00, two of them overtime
        job(30.0, 260.0, 270.0, workshop=1),  # runs on after the end
    )
    found = reduce_work(plan, tables_of(jobs=jobs)["jobs"], window_of(plan), rows)
    kpis = as_dict(rows)
    # ten days from Tuesday: two weekends' days apart, Tue-Fri and Mon-Thu = 8 working days of 8 hours and 2 heads
    assert kpis["work.utilisation", "site=oslo"] == pytest.approx((9 + 7) / 128)
    assert kpis["work.utilisation", "site=bergen"] == pytest.approx(4 / 480)
    assert kpis["work.utilisation", "all"] == pytest.approx((9 + 7 + 4) / (128 + 480))
    assert kpis["work.wait.mean", "region=north"] == pytest.approx((3 + 1) / 2)
    assert kpis["work.wait.mean", "all"] == pytest.approx((3 + 1 + 230) / 3)
    assert found.facts["technicians_overtime_cost"] == 2.0 * 5.0 * 1.5
    week = found.frames["week_work"]
    assert week[:, 0].sum() == pytest.approx(9 + 7 + 4)
    assert week[33, 0] == pytest.approx(1.0)  # Tuesday 9-10
    assert week[34, 0] == pytest.approx(2.0)
    assert week[:, 1].sum() == pytest.approx(128 + 480)
    assert week[:, 3].sum() == 3


def test_money_per_year_and_case() -> None:
    plan, rows = repair_plan(), Rows()
    window = window_of(plan)
    shipments = rows_of(
        "replenishments",
        {"shipped_h": 10.0, "cost": 99.0},
        {"shipped_h": 30.0, "cost": 3.0},
        {"shipped_h": 40.0, "cost": 50.0, "emergency": 1},
    )
    tables = tables_of(replenishments=shipments)
    gauges = sum_gauges(plan, tables["gauges"], window)
    facts = {"stock_value": 30.0, "parts_cost": 80.0, "penalties": 27.0, "technicians_overtime_cost": 15.0}
    facts |= {"cases_by_contact": 3.0, "walk_ins": 1.0, "customer_attempts": 6.0}
    reduce_money(plan, tables["replenishments"], gauges, facts, window, rows)
    kpis = as_dict(rows)
    year = 365 / 10
    assert priced_kinds(plan) == ("holding", "freight", "technicians", "overtime", "parts", "penalties")
    assert kpis["cost.holding.per_year", "all"] == pytest.approx(30 * 0.001 * 8760)
    assert kpis["cost.freight.per_year", "all"] == pytest.approx(3 * year)
    assert kpis["cost.technicians.per_year", "all"] == pytest.approx(3 * 240 * 5 * year)
    assert kpis["cost.overtime.per_year", "all"] == pytest.approx(15 * year)
    kinds = sum(v for (k, _), v in kpis.items() if k.startswith("cost.") and k.endswith("per_year") and "total" not in k)
    assert kpis["cost.total.per_year", "all"] == pytest.approx(kinds)
    assert kpis["cost.per_case", "all"] == pytest.approx(kpis["cost.total.per_year", "all"] / year / 4)
    assert kpis["case.contacts.mean", "all"] == 1.5


def test_parcels_cost_by_piece_and_by_the_weight_of_the_product() -> None:
    plan = repair_plan(
        products=(Product("phone", weight_kg=0.5), Product("printer", weight_kg=8.0)),
        parcel=Parcel(30.0, 0.0, 0.0, cost=10.0, cost_per_kg=2.0),
    )
    mail, carry = MODES.index("mail_in"), MODES.index("carry_in")
    orders = rows_of(
        "orders",
        {"mode": mail, "product": 0, "opened_h": 30.0, "closed_h": 90.0, "outcome": RETURNED},  # there and back: 2 x 11
        {"mode": mail, "product": 1, "opened_h": 40.0, "closed_h": NAN},  # there: 26
        {"mode": mail, "product": 1, "opened_h": 10.0, "closed_h": 50.0, "outcome": RETURNED},  # back: 26
        {"mode": carry, "product": 1, "opened_h": 40.0, "closed_h": 50.0, "outcome": RETURNED},
    )
    kpis = {kpi: value for kpi, group, _, value in reduce_replication(plan, tables_of(orders=orders)).rows if group == "all"}
    assert "parcels" in priced_kinds(plan)
    assert kpis["cost.parcels.per_year"] == pytest.approx((22 + 26 + 26) * 36.5)
    only_weight = replace(plan, parcel=Parcel(30.0, 0.0, 0.0, cost_per_kg=2.0))
    assert "parcels" in priced_kinds(only_weight)
    assert "parcels" not in priced_kinds(replace(only_weight, products=(Product("phone"),)))


def test_agents_are_paid_for_shrinkage_and_overtime() -> None:
    plan, rows = centre_plan(), Rows()
    window = window_of(plan)
    table = rows_of(
        "gauges",
        {"gauge": G_STAFFED, "owner": 0, "sub": -1, "begin_h": 2, "elapsed_h": 10, "integral": 32},
        {"gauge": G_SCHEDULED, "owner": 0, "sub": -1, "begin_h": 2, "elapsed_h": 10, "integral": 30},
    )
    gauges = sum_gauges(plan, tables_of(gauges=table)["gauges"], window)
    facts = {"answered_cost": 12.0, "cases_by_contact": 0.0, "customer_attempts": 0.0}
    reduce_money(plan, tables_of()["replenishments"], gauges, facts, window, rows)
    kpis = as_dict(rows)
    assert kpis["cost.agents.per_year", "all"] == pytest.approx(3 * 10 * 10.0 * 1.25 * 876)
    assert kpis["cost.overtime.per_year", "all"] == pytest.approx(2 * 10.0 * 1.5 * 876)
    assert ("cost.per_case", "all") not in kpis


def test_everything_at_once_on_empty_tables() -> None:
    for plan in (centre_plan(), repair_plan()):
        found = reduce_replication(plan, tables_of())
        assert all(np.isfinite(value) for _, _, _, value in found.rows)
        assert found.frames["daily"].shape[0] == 6
