"""Several conversations per agent: exact finish times under the slow-down curve, places, shifts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from contact_world import MORNING, NINE_TO_FIVE, ContactWorld, by_case, outcome, team, voice

from sim.distributions import constant, uniform
from sim.scenario.plan import Group, Line, Shift


def chat(**fields: Any) -> Line:
    given = {"behaviour": "chat", "concurrency": 2, "slowdown": (1.0, 1.5), **fields}
    return voice("desk/chat", **given)


def test_two_conversations_slow_each_other_down(tmp_path: Path) -> None:
    """A (4 h) alone for 2 h, then both at 2/3: A ends at 5; B (4 h) has 2 h left, alone again: ends at 7."""
    world = ContactWorld(tmp_path, [chat()], [team(1)])
    world.arrive(0.0, 4.0)
    world.arrive(2.0, 4.0)
    rows = by_case(world.run())
    assert [rows[i]["answered_h"] for i in range(2)] == [0.0, 2.0]
    assert [rows[i]["ended_h"] for i in range(2)] == pytest.approx([5.0, 7.0], rel=1e-14)
    assert world.integral("busy") == pytest.approx(7.0)
    assert world.integral("conversations") == pytest.approx(10.0)


def test_a_third_waits_for_a_place(tmp_path: Path) -> None:
    """From 5 on B (2 h left) and C (6 h) share: B ends at 8, C has 4 h left and ends at 12."""
    world = ContactWorld(tmp_path, [chat()], [team(1)])
    for at, work in ((0.0, 4.0), (2.0, 4.0), (3.0, 6.0)):
        world.arrive(at, work)
    rows = by_case(world.run())
    assert rows[2]["answered_h"] == pytest.approx(5.0, rel=1e-14)
    assert [rows[i]["ended_h"] for i in range(3)] == pytest.approx([5.0, 8.0, 12.0], rel=1e-14)
    assert world.integral("queue") == pytest.approx(2.0)


def test_three_at_once_end_together_if_they_began_together(tmp_path: Path) -> None:
    world = ContactWorld(tmp_path, [chat(concurrency=3, slowdown=(1.0, 1.2, 2.0))], [team(1)])
    for _ in range(3):
        world.arrive(1.0, 3.0)
    rows = by_case(world.run())
    assert [rows[i]["ended_h"] for i in range(3)] == pytest.approx([7.0, 7.0, 7.0], rel=1e-14)


def test_idle_agents_first_then_the_least_loaded(tmp_path: Path) -> None:
    """Three agents: one chat each before anybody gets a second; with factors of 1 no talk is slowed."""
    world = ContactWorld(tmp_path, [chat(concurrency=3, slowdown=(1.0, 10.0, 100.0))], [team(3)])
    for at in (0.0, 0.1, 0.2):
        world.arrive(at, 2.0)
    world.arrive(1.0, 1.0)
    rows = by_case(world.run())
    ends = [rows[i]["ended_h"] for i in range(3)]
    assert sum(end - rows[i]["answered_h"] == pytest.approx(2.0) for i, end in enumerate(ends)) == 2  # one was slowed


def test_after_work_holds_its_place_and_takes_its_own_time(tmp_path: Path) -> None:
    """A ends at 2, its after-work until 3 still slows B: 1 h + 1 h of 1/1.5 done by 3, so 2 h 20 min left."""
    world = ContactWorld(tmp_path, [chat(after_work=constant(1.0))], [team(1)])
    world.arrive(0.0, 1.0)
    world.arrive(0.5, 4.0)
    world.arrive(0.6, 1.0)
    rows = by_case(world.run())
    first_end = 0.5 + 0.5 * 1.5  # 1.25
    assert rows[0]["ended_h"] == pytest.approx(first_end, rel=1e-14)
    assert rows[0]["released_h"] == pytest.approx(first_end + 1.0, rel=1e-14)
    assert rows[2]["answered_h"] == pytest.approx(first_end + 1.0, rel=1e-14)
    third_end = first_end + 1.0 + 1.5
    assert rows[2]["ended_h"] == pytest.approx(third_end, rel=1e-14)
    done = (third_end + 1.0 - 0.5) / 1.5  # B was one of two until C's after-work ended
    assert rows[1]["ended_h"] == pytest.approx(third_end + 1.0 + 4.0 - done, rel=1e-14)


def test_a_chatting_agent_takes_no_call_and_a_calling_agent_no_chat(tmp_path: Path) -> None:
    lines = [voice(), chat(channel_ix=1)]
    world = ContactWorld(tmp_path, lines, [team(1, 0, 1)])
    world.arrive(0.0, 2.0, channel=1)
    world.arrive(1.0, 3.0)  # call: waits until nobody chats
    world.arrive(1.5, 1.0, channel=1)  # chat: second place at once
    world.arrive(4.0, 1.0, channel=1)  # waits for the end of the call
    rows = by_case(world.run())
    assert rows[2]["answered_h"] == 1.5
    both_until = 1.5 + 0.5 * 1.5
    last = both_until + 1.0 - 0.5
    assert rows[0]["ended_h"] == pytest.approx(both_until)
    assert rows[2]["ended_h"] == pytest.approx(last)
    assert rows[1]["answered_h"] == pytest.approx(last)
    assert rows[3]["answered_h"] == pytest.approx(last + 3.0)


def test_abandoning_chats_leave_the_queue(tmp_path: Path) -> None:
    world = ContactWorld(tmp_path, [chat(patience=uniform(0.0, 100.0))], [team(1)])
    world.arrive(0.0, 4.0)
    world.arrive(0.0, 4.0)
    world.arrive(1.0, 4.0, patience=2.0)
    rows = by_case(world.run())
    assert (outcome(rows[2]), rows[2]["ended_h"]) == ("abandoned", 3.0)


def test_a_chatting_agent_whose_shift_ends_takes_no_more(tmp_path: Path) -> None:
    """The line stays open at 12:00: the running chat ends in overtime, the next waits for tomorrow."""
    world = ContactWorld(tmp_path, [chat()], [team(1, calendar=0)], horizon=48.0, calendars=(MORNING,))
    world.arrive(11.0, 3.0)
    world.arrive(13.0, 1.0)
    rows = by_case(world.run())
    assert rows[0]["ended_h"] == 14.0
    assert rows[1]["answered_h"] == 24.0 + 9.0
    assert world.integral("staffed") == 3.0 + 2.0 + 3.0


def test_chats_waiting_at_closing_time_are_served_out(tmp_path: Path) -> None:
    world = ContactWorld(tmp_path, [chat(calendar_ix=0)], [team(1, calendar=0)], horizon=24.0, calendars=(NINE_TO_FIVE,))
    for at in (16.0, 16.0, 16.5, 16.5):
        world.arrive(at, 1.0)
    rows = by_case(world.run())
    assert [rows[i]["answered_h"] for i in range(4)] == pytest.approx([16.0, 16.0, 17.5, 17.5])
    assert [rows[i]["ended_h"] for i in range(4)] == pytest.approx([17.5, 17.5, 19.0, 19.0])
    assert world.integral("staffed") == pytest.approx(8.0 + 2.0)


def test_rising_heads_keep_leaving_agents_and_fill_their_places(tmp_path: Path) -> None:
    """Between 12:00 and 12:30 the agent is on his way out; then he is needed again and takes a second chat."""
    late = type(MORNING)("late", "UTC", (((12.5, 20.0),),) * 7)
    group = Group("team", 0, (Shift(0, 1), Shift(1, 1)), (0,))
    world = ContactWorld(tmp_path, [chat()], [group], horizon=24.0, calendars=(MORNING, late))
    world.arrive(11.0, 3.0)
    world.arrive(12.25, 1.0)
    rows = by_case(world.run())
    assert rows[1]["answered_h"] == 12.5
    assert rows[1]["ended_h"] == pytest.approx(14.0)
    assert rows[0]["ended_h"] == pytest.approx(14.5)
    assert world.integral("staffed") == pytest.approx(3.0 + 0.5 + 7.5)
