"""The owner is called with the result of a diagnosis: the wing and the journey of a run together, with a stub for the calls."""

from __future__ import annotations

from pathlib import Path

import pytest
from repair_world import BOARD, CARRY_IN, MAIL_IN, Call, RepairWorld, outcome_of, plan_of, point, stage_hours

from sim.distributions import constant
from sim.engine.clock import Clock
from sim.model.journey import Journey
from sim.model.seams import Case, Context
from sim.scenario.plan import Customer, Need, Plan, Product, Quote
from sim.streams import Streams

TOLD = Need("fault", "hardware", result_call=True)


class StubContacts:
    """Reaches every owner after a set time."""

    journey: Journey

    def __init__(self, clock: Clock, call_h: float) -> None:
        self.clock = clock
        self.call_h = call_h
        self.called: list[int] = []

    def call_out(self, case: Case, order: int) -> None:
        self.called.append(order)
        self.clock.at(self.clock.now + self.call_h, Call(lambda: self.journey.on_called(case, order, True)))

    def offer(self, case: Case, kind: int, channel_ix: int, order: int = -1) -> None: ...

    def finish(self) -> None: ...

    def checks(self) -> list[str]:
        return []


def world_of(plan: Plan, folder: Path, call_h: float = 2.0, part_h: float = 0.0) -> tuple[RepairWorld, StubContacts]:
    """A service wing with a real journey."""
    world = RepairWorld(plan, folder, delays=(part_h,))
    contacts = StubContacts(world.clock, call_h)
    ctx = Context(plan, world.clock, Streams(1, 0), world.recorder)
    contacts.journey = world.service.journey = Journey(ctx, contacts, world.service)
    return world, contacts


@pytest.mark.parametrize("accepted", [True, False])
def test_owners_are_told_in_warranty_and_asked_out_of_it(tmp_path: Path, accepted: bool) -> None:
    quote = Quote(accept=float(accepted), price=400.0, decision=constant(5.0), line_ix=0)
    products = (Product("p", warranty_h=100.0),)
    plan = plan_of([point(diagnosis_time=1.0)], [BOARD], needs=(TOLD,), products=products, quote=quote)
    world, contacts = world_of(plan, tmp_path, part_h=3.0)
    world.open_at(0.0, age_h=99.0)
    world.open_at(50.0, age_h=101.0)
    told, asked = world.run()["orders"]
    assert stage_hours(told) == {"diagnosis": 1.0, "approval_call": 2.0, "part_wait": 3.0, "repair": 2.0}
    assert (outcome_of(told), told["revenue"], told["in_warranty"]) == ("returned", 0.0, 1)
    assert (asked["approval_call_h"], asked["decision_h"]) == (2.0, 5.0)
    assert (outcome_of(asked), asked["revenue"]) == (("returned", 400.0) if accepted else ("refused", 0.0))
    assert contacts.called == [0, 1]
    # the part is asked for after the owner knows: at 3 h
    assert world.parts.log[0][:2] == ("request", 3.0)


def test_other_case_types_go_on_without_a_call(tmp_path: Path) -> None:
    plan = plan_of([point(diagnosis_time=1.0)], needs=(Need("fault", "hardware"), TOLD), quote=Quote(line_ix=0))
    world, contacts = world_of(plan, tmp_path)
    world.open_at(0.0)
    world.open_at(10.0, need_ix=1)
    a, b = world.run()["orders"]
    assert stage_hours(a) == {"diagnosis": 1.0, "repair": 2.0}
    assert stage_hours(b) == {"diagnosis": 1.0, "approval_call": 2.0, "repair": 2.0}
    assert contacts.called == [1]


def test_where_nobody_calls_owners_hear_at_once(tmp_path: Path) -> None:
    world, contacts = world_of(plan_of([point(diagnosis_time=1.0)], needs=(TOLD,)), tmp_path)
    world.open_at(0.0)
    (a,) = world.run()["orders"]
    assert stage_hours(a) == {"diagnosis": 1.0, "repair": 2.0}
    assert contacts.called == []


def test_without_a_diagnosis_there_is_no_result(tmp_path: Path) -> None:
    plan = plan_of([point(modes=("carry_in", "mail_in"), inbound=1.0, outbound=1.0)], needs=(TOLD,), quote=Quote(line_ix=0))
    world, contacts = world_of(plan, tmp_path)
    world.open_at(0.0, CARRY_IN)
    world.open_at(10.0, MAIL_IN)
    a, b = world.run()["orders"]
    assert stage_hours(a) == {"repair": 2.0}
    assert stage_hours(b) == {"inbound": 1.0, "repair": 2.0, "return": 1.0}
    assert contacts.called == []


def test_the_fault_of_an_example_customer_is_always_found(tmp_path: Path) -> None:
    customers = (Customer("ann", 0.0, 0, 0, 0, 0.0, -1, fault=0), Customer("bo", 0.0, 0, 0, 0, 0.0, -1))
    needs = (Need("fault", "hardware", no_fault_found=1.0),)
    plan = plan_of([point(diagnosis_time=1.0)], [BOARD], needs=needs, customers=customers)
    world, _ = world_of(plan, tmp_path)
    world.open_at(0.0, customer_ix=0)
    world.open_at(10.0, customer_ix=1)
    assert [outcome_of(o) for o in world.run()["orders"]] == ["returned", "no_fault_found"]
