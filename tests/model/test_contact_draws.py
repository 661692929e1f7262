"""What is drawn for whom: status contacts and example customers."""

from __future__ import annotations

from pathlib import Path

from contact_world import ContactWorld, by_case, outcome, team, voice

from sim.columns import STATUS
from sim.distributions import constant
from sim.scenario.plan import Customer, Need


def test_a_status_contact_is_by_the_line_also_as_first_attempt(tmp_path: Path) -> None:
    """The owner walked in: his first contact of all asks where his unit is."""
    needs = (Need("usage", "question", handle_time=constant(7.0)),)
    world = ContactWorld(tmp_path, [voice()], [team(2)], needs=needs)
    asking = world.case(talk=3.0)
    asking.order = 5
    world.offer(0.0, asking, kind=STATUS, order=5)
    world.arrive(0.0, 3.0)
    rows = by_case(world.run())
    assert (outcome(rows[0]), rows[0]["attempt"], rows[0]["ended_h"]) == ("done", 1, 3.0)
    assert rows[1]["ended_h"] == 7.0


def test_an_example_customer_becomes_an_order_whatever_is_drawn(tmp_path: Path) -> None:
    lines = [
        voice("tier1", to_repair=0.2, transfer=0.3, transfer_line_ix=1, resolve=0.5),
        voice("tier2", channel_ix=-1),
        voice("web", behaviour="self_service", channel_ix=2, contained=1.0),
    ]
    customers = (Customer("ann", 0.0, 0, 0, 0, 0.0, 0, becomes_order=True), Customer("bo", 0.0, 0, 0, 0, 0.0, 0))
    world = ContactWorld(tmp_path, lines, [team(9, 0, 1)], customers=customers)
    for result in (0.1, 0.4, 0.7, 0.9):  # would be: repair, transferred, resolved, unresolved
        world.arrive(0.0, 1.0, result=result, customer=0)
    world.arrive(0.0, 1.0, result=0.7, customer=1)
    for customer in (0, 1):
        world.arrive(0.0, 1.0, channel=2, customer=customer)
    asking = world.case(customer=0)
    world.offer(0.0, asking, kind=STATUS, order=5)
    rows = by_case(world.run())
    assert [outcome(rows[i]) for i in range(5)] == ["repair", "repair", "repair", "repair", "resolved"]
    assert [rows[i]["line"] for i in range(4)] == [0, 1, 0, 0]  # the second by way of tier 2
    assert [outcome(rows[i]) for i in range(5, 8)] == ["escalated", "contained", "done"]
