"""How much work the model does per contact, demand and order: exact numbers of events, rows and objects, never a time.

Every count is a sum over what happened in the run, so a changed random number changes nothing here, and one more event, row or
object per customer does.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from counted_run import LENGTH, build, tables

from sim.columns import ABANDONED, CONTACT_OUTCOMES, OUTBOUND, RETURNED, WAITING

# parcel in, reception, diagnosis, call to the owner, his decision, the workshop's turn after it, repair, audit, parcel back, and
# the shipments to the depot and to the bench
EVENTS_PER_ORDER = 10
DAYS = {case: int(length.split()[0]) for case, length in LENGTH.items()}


class Counted:
    """A shortened benchmark scenario after its run: events, events still to come, and its tables."""

    def __init__(self, case: str, folder: Path) -> None:
        world = build(case, folder)
        self.begun_with = world.clock.pending
        world.run()
        self.events = world.clock.events
        self.pending = world.clock.pending
        self.tables = tables(folder)
        self.rows = {name: len(table) for name, table in self.tables.items()}


@pytest.fixture(scope="module")
def contacts(tmp_path_factory: pytest.TempPathFactory) -> Counted:
    return Counted("contacts", tmp_path_factory.mktemp("contacts"))


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Counted:
    return Counted("parts", tmp_path_factory.mktemp("parts"))


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Counted:
    return Counted("mixed", tmp_path_factory.mktemp("mixed"))


def talks_and_timers(table: np.ndarray) -> tuple[int, int]:
    """Talks begun, and customers who had to wait: each of these sets one timer."""
    answered = ~np.isnan(table["answered_h"])
    waited = answered & (table["answered_h"] > table["arrived_h"]) | np.isin(table["outcome"], (ABANDONED, WAITING))
    return int(answered.sum()), int((waited & (table["kind"] != OUTBOUND)).sum())


# -- contacts ------------------------------------------------------------------------------------------------------------


def test_a_contact_is_two_events_and_a_timer_if_it_waits(contacts: Counted) -> None:
    talks, timers = talks_and_timers(contacts.tables["contacts"])
    assert contacts.rows["cases"] == contacts.rows["contacts"] > 15_000
    assert contacts.events + contacts.pending == contacts.rows["cases"] + talks + timers


def test_pending_is_only_who_talks_and_who_waited(contacts: Counted) -> None:
    table = contacts.tables["contacts"]
    talking = int((table["outcome"] == CONTACT_OUTCOMES.index("in_service")).sum())
    recent = table[table["arrived_h"] > 24 * DAYS["contacts"] - 1]  # a patience of more than an hour has probability e^-15
    assert talking <= contacts.pending <= talking + talks_and_timers(recent)[1]


def test_a_contact_is_one_row(contacts: Counted) -> None:
    per_day = 3  # gauges: queue, busy, staffed
    idle = dict.fromkeys(("orders", "visits", "jobs", "part_demands", "replenishments"), 0)
    n = contacts.rows["contacts"]
    assert contacts.rows | {"gauges": 0} == idle | {"contacts": n, "cases": n, "gauges": 0}
    assert contacts.rows["gauges"] <= per_day * (DAYS["contacts"] + 2)


# -- parts ---------------------------------------------------------------------------------------------------------------


def test_a_demand_is_an_arrival_and_two_shipments(parts: Counted) -> None:
    demands, shipments = parts.rows["part_demands"], parts.rows["replenishments"]
    assert demands > 9_000
    assert parts.events + parts.pending == parts.begun_with + demands + shipments
    owed = 2 * demands - shipments  # a shipment of the depot leaves when it has a unit
    assert 0 <= owed < 100


def test_pending_is_ten_demands_and_what_is_on_the_way(parts: Counted) -> None:
    under_way = parts.tables["replenishments"]["received_h"] >= 24 * DAYS["parts"]
    assert parts.pending == 10 + int(under_way.sum())


def test_a_shelf_writes_five_gauges_a_month(parts: Counted) -> None:
    assert parts.rows["gauges"] <= 5 * 11 * (DAYS["parts"] / 30 + 2)


# -- contacts and orders -------------------------------------------------------------------------------------------------


def test_events_of_an_order(mixed: Counted) -> None:
    orders = mixed.tables["orders"]
    fresh = mixed.tables["contacts"][mixed.tables["contacts"]["kind"] != OUTBOUND]
    talks, timers = talks_and_timers(fresh)
    assert len(orders) > 800
    assert (orders["outcome"] == RETURNED).all()
    begun = mixed.begun_with - 1  # shipments under way at the start; the one more is the first case
    assert mixed.events == mixed.rows["cases"] + talks + timers + begun + EVENTS_PER_ORDER * len(orders)


def test_nothing_is_pending_when_all_is_done(mixed: Counted) -> None:
    assert mixed.pending == 0


def test_rows_of_an_order(mixed: Counted) -> None:
    n = mixed.rows["orders"]
    expected = {
        "contacts": mixed.rows["cases"] + n,  # one call to the owner
        "orders": n,
        "visits": 0,
        "jobs": 3 * n,
        "part_demands": n,
        "replenishments": 2 * n,
    }
    assert {name: mixed.rows[name] for name in expected} == expected
    assert mixed.rows["gauges"] <= 6 * (DAYS["mixed"] + 2)


# -- objects -------------------------------------------------------------------------------------------------------------


@cache
def counted_in_pure_python(case: str) -> dict[str, Any]:
    script = Path(__file__).with_name("counted_run.py")
    env = os.environ | {"SPARESIM_PURE": "1", "PYTHONHASHSEED": "0", "PYTHONPATH": str(script.parents[2])}
    done = subprocess.run([sys.executable, str(script), case], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def expected_births(case: str, found: dict[str, Any]) -> dict[str, int]:
    """Objects made in a run; the first case is there before it begins."""
    n, orders = found["customers"], found["orders"]
    if case == "contacts":
        return {"Case": n - 1, "Contact": n}
    if case == "parts":
        return {"Line": found["waited"]}
    each = ("Order", "OutboundCall", "Answer", "Request", "OrderLine", "Line")  # an order's line is a line, too
    return {"Case": n - 1, "Contact": n + orders, **dict.fromkeys(each, orders)}


@pytest.mark.parametrize("case", sorted(LENGTH))
def test_objects_per_customer(case: str) -> None:
    found = counted_in_pure_python(case)
    often = {name: n for name, n in found["born"].items() if 100 * n >= found["customers"]}
    assert often == expected_births(case, found)


@pytest.mark.parametrize("case", sorted(LENGTH))
def test_nothing_outlives_its_customer(case: str) -> None:
    """Without the cyclic collector, as in a run: only who is in the system is left, and of orders the one that closed last."""
    left = counted_in_pure_python(case)["left"]
    most = {"contacts": {"Case": 60, "Contact": 60}, "parts": {"Line": 60, "Receipt": 60}, "mixed": {"Order": 1}}[case]
    assert {name: number for name, number in left.items() if number > most.get(name, 0)} == {}


@pytest.mark.parametrize(("case", "per_customer"), [("contacts", 0.25), ("parts", 0.5), ("mixed", 0.05)])
def test_memory_does_not_grow(case: str, per_customer: float) -> None:
    """Blocks of memory in use; cases and draws are made ahead in chunks, so some come and go."""
    found = counted_in_pure_python(case)
    assert found["grown"] < per_customer * found["customers"]
