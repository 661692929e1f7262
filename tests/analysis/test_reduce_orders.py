"""Turnaround, stages, backlog and promises of tables worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_tables import NAN, as_dict, repair_plan, rows_of, tables_of

from sim.analysis.groups import Reduced
from sim.analysis.kpis import Rows
from sim.analysis.reduce_orders import TAT_EDGES_H, reduce_orders
from sim.analysis.window import window_of
from sim.columns import NO_FAULT_FOUND, OPEN, PLANNED, REFUSED, RETURNED, STAGES
from sim.scenario.plan import Run


def order(first: float, closed: float, outcome: int = RETURNED, **more: Any) -> dict[str, Any]:
    """An order opened an hour after the first contact whose time is all repair but that hour."""
    row: dict[str, Any] = {"first_h": first, "opened_h": first + 1.0, "received_h": first + 2.0, "ready_h": closed - 1.0}
    row |= {
        "closed_h": closed,
        "due_h": np.inf,
        "outcome": outcome,
        "contact_h": 1.0,
        "repair_h": closed - first - 1.0,
        "case": -1,
    }
    return row | more


ORDERS = rows_of(
    "orders",
    order(0.0, 20.0),  # closed before the window
    order(10.0, 34.0, due_h=40.0),
    order(30.0, 42.0, segment=1, workshop=1, region=1, due_h=40.0),  # late
    order(40.0, 88.0, rework=1, due_h=500.0),  # due after the window
    order(50.0, 60.0, REFUSED),
    order(60.0, 62.0, PLANNED, need=1, due_h=61.0),
    order(70.0, 76.0, NO_FAULT_FOUND),
    order(200.0, NAN, OPEN, ready_h=NAN, repair_h=0.0, due_h=250.0, workshop=1, region=1),
    order(253.0, NAN, OPEN, ready_h=NAN, repair_h=0.0, contact_h=0.0, opened_h=253.0),
)


def reduced(table: np.ndarray = ORDERS, **changes: Any) -> tuple[dict[tuple[str, str], float], Reduced]:  # type: ignore[type-arg]
    plan, rows = repair_plan(**changes), Rows()
    found = reduce_orders(plan, tables_of(orders=table)["orders"], window_of(plan), rows)
    return as_dict(rows), found


def test_turnaround_is_over_orders_closed_in_the_window() -> None:
    kpis, _ = reduced()
    assert kpis["tat.customer.mean", "all"] == pytest.approx((24 + 12 + 48) / 3)
    assert kpis["tat.customer.p50", "all"] == 24.0
    assert kpis["tat.customer.p90", "all"] == pytest.approx(np.quantile([12, 24, 48], 0.9))
    assert kpis["tat.workshop.mean", "all"] == pytest.approx((21 + 9 + 45) / 3)
    assert kpis["tat.customer.mean", "segment=firm"] == 12.0
    assert kpis["tat.customer.mean", "site=bergen"] == 12.0
    assert kpis["tat.customer.mean", "mode=carry_in"] == kpis["tat.customer.mean", "all"]
    assert kpis["tat.customer.mean", "outcome=refused"] == 10.0
    assert kpis["tat.customer.mean", "outcome=planned"] == 2.0
    assert kpis["orders.share", "outcome=no_fault_found"] == pytest.approx(1 / 6)
    assert kpis["orders.given_up_share", "all"] == 0.0
    assert kpis["work.first_time_fix", "all"] == pytest.approx(2 / 3)


def test_stages_add_up_to_the_turnaround() -> None:
    kpis, _ = reduced()
    for group in ("all", "segment=home", "region=south", "mode=carry_in"):
        total = sum(kpis[f"stage.{stage}.mean", group] for stage in STAGES)
        assert total == pytest.approx(kpis["tat.customer.mean", group], rel=1e-9)
    assert kpis["stage.contact.mean", "all"] == pytest.approx(1.0)


def test_promises_fall_due_in_the_window() -> None:
    kpis, found = reduced()
    # 34 <= 40 kept, 42 > 40 late, open at 250 late; the planned one does not count, 500 is later
    assert kpis["tat.within_promise", "all"] == pytest.approx(1 / 3)
    assert kpis["tat.within_promise", "segment=firm"] == 0.0
    assert found.facts["penalties"] == 20.0 + 7.0 + 7.0  # firm's late order, the open one, and the late cleaning


def test_backlog() -> None:
    kpis, found = reduced()
    hours = [11, 34 - 24, 42 - 31, 88 - 41, 60 - 51, 62 - 61, 76 - 71, 264 - 201, 11]  # inside [24, 264]
    hours[0] = 0
    assert kpis["orders.open", "all"] == pytest.approx(sum(hours) / 240)
    assert kpis["orders.open", "region=south"] == pytest.approx((11 + 63) / 240)
    assert kpis["orders.open.end", "all"] == 2
    assert kpis["orders.open_age.p50", "all"] == pytest.approx((63 + 11) / 2)
    assert kpis["orders.opened", "all"] == pytest.approx(7 / 10)
    assert kpis["orders.closed", "all"] == pytest.approx(6 / 10)
    daily = found.daily["orders.open"]
    assert daily[0] == pytest.approx((19 + 13) / 24)
    assert daily.sum() * 24 == pytest.approx(19 + 24 - 1 + 11 + 47 + 9 + 1 + 5 + 63 + 11)
    assert found.daily["orders.closed"].sum() == 7
    assert found.facts["walk_ins"] == 1


def test_growth_compares_the_tails_of_the_window() -> None:
    table = rows_of("orders", *(order(24.0 * k - 1, NAN, OPEN, ready_h=NAN) for k in range(1, 11)))
    kpis, _ = reduced(table)
    assert kpis["orders.backlog_growth", "all"] == pytest.approx(1.0, rel=0.02)


def test_a_growing_business_is_no_growing_backlog() -> None:
    """Twice the intake at the end with the same turnaround: twice the open orders, and no growth."""
    hours = 240.0
    early = [order(at, at + 2.0, RETURNED) for at in np.arange(0.0, hours / 2, 2.0)]
    late = [order(at, at + 2.0, RETURNED) for at in np.arange(hours / 2, hours, 1.0)]
    kpis, _ = reduced(rows_of("orders", *early, *late))
    assert kpis["orders.backlog_growth", "all"] == pytest.approx(0.0, abs=0.03)


def test_case_turnaround_chains_repeats_within_thirty_days() -> None:
    month = 720.0
    table = rows_of(
        "orders",
        order(30.0, 50.0, case=1),
        order(59.0, 80.0, case=1),  # opened at 60: ten hours after the last return
        order(30.0, 40.0, case=2),
        order(40.0 + month, 60.0 + month, case=2),  # opened an hour too late: a chain of its own
        order(30.0, 36.0, case=-1),
        order(30.0, 36.0, case=-1),  # orders without a case are never chained
    )
    kpis, _ = reduced(table, run=Run("2024-01-01", 900.0, 24.0, 1, 1))
    assert kpis["tat.case.mean", "all"] == pytest.approx((50 + 10 + 20 + 6 + 6) / 5)
    assert kpis["tat.customer.mean", "all"] == pytest.approx((20 + 21 + 10 + 20 + 6 + 6) / 6)


def test_frames() -> None:
    _, found = reduced()
    tat = found.frames["tat"]
    assert tat.shape == (3, len(TAT_EDGES_H) + 1)
    at_24 = int(np.searchsorted(TAT_EDGES_H, 24.5))
    assert np.cumsum(tat, axis=1)[0, at_24] == 2  # 12 and 24 hours
    assert tat.sum(axis=1).tolist() == [3, 2, 1]
    assert found.frames["points"][:, 0].tolist() == [2, 1]
    assert found.frames["points"][1, 1:3].tolist() == [12.0, 12.0]
    assert found.frames["stages"].shape == (1 + 2 + 2, len(STAGES) + 1)


def test_no_orders() -> None:
    kpis, found = reduced(rows_of("orders"))
    assert ("tat.customer.mean", "all") not in kpis
    assert kpis["orders.open", "all"] == 0.0
    assert found.frames["points"][:, 0].tolist() == [0, 0]
