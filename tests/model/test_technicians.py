"""Technicians: calendars, pauses, overtime, shifts, priorities; what the checks find."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from repair_world import (
    BOARD,
    RepairWorld,
    outcome_of,
    plan_of,
    point,
    stage_hours,
)

from sim.calendar import CalendarSpec
from sim.distributions import exponential
from sim.scenario.plan import (
    Customer,
    Fault,
    Run,
    Segment,
    Shift,
    Source,
)


def test_jobs_pause_at_closing_time_and_go_on_with_the_same_technician(tmp_path: Path) -> None:
    world = RepairWorld(plan_of([point(calendar_ix=0, repair=3.0)]), tmp_path)
    world.open_at(15.0)  # Monday 15:00-17:00, Tuesday 9:00-10:00
    world.open_at(16.0)  # Tuesday 10:00-13:00
    world.open_at(112.0)  # Friday 16:00-17:00, Monday 9:00-11:00
    tables = world.run()
    assert tables["orders"]["closed_h"].tolist() == [34.0, 37.0, 179.0]
    assert tables["orders"]["bench_wait_h"].tolist() == [0.0, 18.0, 0.0]
    assert tables["jobs"]["overtime_h"].tolist() == [0.0, 0.0, 0.0]


def test_finishing_in_overtime(tmp_path: Path) -> None:
    world = RepairWorld(plan_of([point(calendar_ix=0, repair=3.0, finish_jobs=True)]), tmp_path)
    world.open_at(15.0)  # done at 18:00
    world.open_at(15.5)  # begins at 9:00 the next day: nobody is free on duty before
    tables = world.run()
    assert tables["orders"]["closed_h"].tolist() == [18.0, 36.0]
    assert tables["jobs"]["overtime_h"].tolist() == [1.0, 0.0]
    assert world.service.crews[0].overtime_h == 1.0


def test_orders_that_come_at_night_wait_for_the_opening(tmp_path: Path) -> None:
    world = RepairWorld(plan_of([point(calendar_ix=0, heads=2)]), tmp_path)
    for t in (1.0, 2.0, 9.0):  # the third comes at the very instant of opening
        world.open_at(t)
    orders = world.run()["orders"]
    assert orders["bench_wait_h"].tolist() == [8.0, 7.0, 2.0]
    assert orders["closed_h"].tolist() == [11.0, 11.0, 13.0]


def test_a_job_that_ends_at_closing_time_leaves_the_next_for_the_morning(tmp_path: Path) -> None:
    world = RepairWorld(plan_of([point(calendar_ix=0)]), tmp_path)
    world.open_at(15.0)
    world.open_at(16.0)
    orders = world.run()["orders"]
    assert orders["closed_h"].tolist() == [17.0, 35.0]


def test_two_shifts(tmp_path: Path) -> None:
    bench = point(shifts=(Shift(0, 1), Shift(1, 1)))  # 9-17 and 20-24
    world = RepairWorld(plan_of([bench]), tmp_path)
    for t in (16.0, 16.5, 18.0):  # by day till Tuesday 10:00; at night 20-22 and 22-24
        world.open_at(t)
    tables = world.run()
    assert tables["orders"]["closed_h"].tolist() == [34.0, 22.0, 24.0]
    assert tables["jobs"]["shift"].tolist() == [0, 1, 1]


def test_the_queue_is_by_priority_then_arrival(tmp_path: Path) -> None:
    segments = (Segment("consumer", priority=2), Segment("business", priority=1))
    world = RepairWorld(plan_of([point()], segments=segments), tmp_path)
    for t, segment in ((0.0, 0), (0.5, 0), (1.0, 1), (1.5, 1)):
        world.open_at(t, segment_ix=segment)
    orders = world.run()["orders"]
    assert orders["closed_h"].tolist() == [2.0, 8.0, 4.0, 6.0]


def test_an_order_that_waited_for_parts_rejoins_with_its_first_arrival(tmp_path: Path) -> None:
    faults = [Fault("part", 0.5, ((0, 1.0, 1),)), Fault("none", 0.5)]
    customers = (Customer("a", 0.0, 0, 0, 0, 0.0, -1, fault=0), Customer("b", 0.0, 0, 0, 0, 0.0, -1, fault=1))
    world = RepairWorld(plan_of([point()], faults, customers=customers), tmp_path, delays=(3.0,))
    world.open_at(0.0, customer_ix=0)  # looked at at 0, parts at 3, the bench is busy till 4
    for t in (1.0, 1.5, 1.75):
        world.open_at(t, customer_ix=1)
    a, b, c, _ = world.run()["orders"]
    # b 1-3; at 3 the parts come as b ends: completions by creation, the parts were scheduled first and a waits before c
    assert stage_hours(a) == {"part_wait": 3.0, "repair": 2.0}
    assert b["closed_h"] == 3.0
    assert c["closed_h"] == 7.0


def test_diagnosed_orders_go_on_with_the_same_technician_before_later_ones(tmp_path: Path) -> None:
    world = RepairWorld(plan_of([point(diagnosis_time=1.0)]), tmp_path)
    world.open_at(0.0)
    world.open_at(0.5)
    orders = world.run()["orders"]
    assert orders["closed_h"].tolist() == [3.0, 6.0]


def test_no_technician_no_repair(tmp_path: Path) -> None:
    world = RepairWorld(plan_of([point(heads=0), point(shifts=())]), tmp_path)
    world.open_at(0.0)
    (a,) = world.run()["orders"]
    assert outcome_of(a) == "open"
    assert stage_hours(a) == {"bench_wait": 1000.0}


def test_counter_within_opening_hours_of_all_shifts(tmp_path: Path) -> None:
    world = RepairWorld(plan_of([point(shifts=(Shift(0, 1), Shift(1, 1)), counter=2.0)]), tmp_path)
    world.open_at(16.0)  # reception 16-17 and 20-21
    (a,) = world.run()["orders"]
    assert stage_hours(a) == {"counter": 5.0, "repair": 2.0}


def test_a_longer_queue_changes_no_draw(tmp_path: Path) -> None:
    bench = point(repair=exponential(2.0))
    hours = []
    for others in (0, 5):
        folder = tmp_path / str(others)
        folder.mkdir()
        world = RepairWorld(plan_of([bench]), folder)
        for i in range(10):
            world.open_at(10.0 * i)
        for i in range(others):
            world.open_at(0.5 + 10.0 * i)
        orders = world.run()["orders"]
        hours.append(orders["repair_h"][np.argsort(orders["case"])][:10].tolist())
    assert hours[0] == pytest.approx(hours[1], rel=1e-9)


def test_checks_name_what_is_broken(tmp_path: Path) -> None:
    world = RepairWorld(plan_of([point(calendar_ix=0)]), tmp_path)
    world.open_at(1.0)
    world.run()
    crew = world.service.crews[0]
    crew.busy_h = 1e5
    crew.wait_h += 1.0
    world.service.ledger.opened += 1
    broken = world.service.checks()
    assert [text.split(":")[0] for text in broken] == ["orders", "workshop 0", "workshop 0"]


def test_an_unused_workshop_changes_nothing(tmp_path: Path) -> None:
    rows = []
    for extra in (0, 1):
        folder = tmp_path / str(extra)
        folder.mkdir()
        far = point("far", calendar_ix=1, region_ix=3)
        source = Source("fault", 0, 0, faults=(BOARD,))
        plan = replace(plan_of([point(repair=exponential(2.0)), *([far] * extra)]), sources=(source,))
        world = RepairWorld(plan, folder)
        for i in range(20):
            world.open_at(1.5 * i)
        rows.append(world.run()["orders"].tobytes())
    assert rows[0] == rows[1]


def test_oslo_hours_over_the_change_to_summer_time(tmp_path: Path) -> None:
    oslo = CalendarSpec("oslo", "Europe/Oslo", (((9.0, 17.0),),) * 7)
    plan = plan_of([point(calendar_ix=0, repair=3.0)], calendars=(oslo,), run=Run("2024-03-30", 100.0, 0.0, 1, 7))
    world = RepairWorld(plan, tmp_path)
    world.open_at(14.0)  # Saturday 15:00 local: two hours, then Sunday 9:00-10:00 local, 7:00-8:00 UTC
    assert world.run()["orders"]["closed_h"].tolist() == [32.0]
