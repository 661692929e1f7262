"""Voice lines, staffing, closing hours, self-service, transfers and outbound calls on hand-made timelines."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from contact_world import MORNING, NEVER, NINE_TO_FIVE, ContactWorld, by_case, outcome, team, voice

from sim.columns import ABANDONED, OUTBOUND, REPAIR, STATUS, TRANSFER
from sim.distributions import constant, exponential, uniform
from sim.scenario.plan import Need, Quote, Shift


def test_first_come_first_served_on_two_agents(tmp_path: Path) -> None:
    world = ContactWorld(tmp_path, [voice()], [team(2)])
    for at, talk in ((0.0, 4.0), (1.0, 6.0), (2.0, 1.0), (3.0, 1.0)):
        world.arrive(at, talk)
    rows = by_case(world.run())
    assert [rows[i]["answered_h"] for i in range(4)] == [0.0, 1.0, 4.0, 5.0]
    assert [rows[i]["ended_h"] for i in range(4)] == [4.0, 7.0, 5.0, 6.0]
    assert world.integral("queue") == 4.0
    assert world.integral("busy") == world.integral("conversations") == 12.0
    assert world.integral("staffed") == world.integral("scheduled") == 2000.0


def test_waits_and_talks_go_with_a_case_that_becomes_an_order(tmp_path: Path) -> None:
    world = ContactWorld(tmp_path, [voice(to_repair=1.0)], [team(1)])
    world.arrive(0.0, 4.0)
    second = world.arrive(1.0, 6.0)
    assert [row["outcome"] for row in world.run()] == [REPAIR, REPAIR]
    assert (second.wait_h, second.talk_h) == (3.0, 6.0)


def test_segment_priority_goes_before_arrival(tmp_path: Path) -> None:
    world = ContactWorld(tmp_path, [voice()], [team(1)])
    world.arrive(0.0, 5.0)
    world.arrive(1.0, 1.0, segment=1)
    world.arrive(2.0, 1.0, segment=0)
    world.arrive(3.0, 1.0, segment=0)
    rows = by_case(world.run())
    assert [rows[i]["answered_h"] for i in range(4)] == [0.0, 7.0, 5.0, 6.0]


def test_abandonment_happens_at_its_instant_and_is_skipped_later(tmp_path: Path) -> None:
    world = ContactWorld(tmp_path, [voice(patience=uniform(0.0, 100.0))], [team(1)])
    world.arrive(0.0, 10.0)
    lost = world.arrive(1.0, 1.0, patience=3.0)
    world.arrive(2.0, 1.0, patience=50.0)
    rows = by_case(world.run())
    assert (outcome(rows[1]), rows[1]["ended_h"]) == ("abandoned", 4.0)
    assert math.isnan(rows[1]["answered_h"])
    assert math.isnan(rows[1]["released_h"])
    assert rows[2]["answered_h"] == 10.0
    assert world.journey.ends[0] == (1, "fresh", "abandoned", 0, 4.0)
    assert (lost.wait_h, lost.talk_h) == (3.0, 0.0)


def test_an_agent_who_frees_at_the_end_of_patience_still_answers(tmp_path: Path) -> None:
    world = ContactWorld(tmp_path, [voice(patience=uniform(0.0, 100.0))], [team(1)])
    world.arrive(0.0, 4.0)
    world.arrive(1.0, 1.0, patience=3.0)
    rows = by_case(world.run())
    assert (outcome(rows[1]), rows[1]["answered_h"]) == ("resolved", 4.0)


def test_after_call_work_keeps_the_agent_but_not_the_customer(tmp_path: Path) -> None:
    world = ContactWorld(tmp_path, [voice(after_work=constant(0.5))], [team(1)])
    world.arrive(0.0, 2.0)
    world.arrive(1.0, 1.0)
    rows = by_case(world.run())
    assert (rows[0]["ended_h"], rows[0]["released_h"]) == (2.0, 2.5)
    assert rows[1]["answered_h"] == 2.5
    assert world.journey.ends[0][4] == 2.0
    assert (world.integral("busy"), world.integral("conversations")) == (4.0, 3.0)


def test_trunks_block_and_are_freed(tmp_path: Path) -> None:
    world = ContactWorld(tmp_path, [voice(trunks=2)], [team(1)])
    for at in (0.0, 1.0, 2.0, 3.5):
        world.arrive(at, 3.0)
    rows = by_case(world.run())
    assert [outcome(rows[i]) for i in range(4)] == ["resolved", "resolved", "blocked", "resolved"]
    assert rows[2]["ended_h"] == 2.0
    assert (2, "fresh", "blocked", 0, 2.0) in world.journey.ends


def test_closed_line_and_missing_channel_are_told_after_the_offer_returns(tmp_path: Path) -> None:
    world = ContactWorld(tmp_path, [voice(calendar_ix=0)], [team(1, calendar=0)], calendars=(NINE_TO_FIVE,))
    world.arrive(8.0)
    world.arrive(9.0)
    world.arrive(17.0)
    world.arrive(18.0, channel=2)
    rows = by_case(world.run())
    assert [outcome(rows[i]) for i in range(4)] == ["closed", "resolved", "closed", "closed"]
    assert [rows[i]["line"] for i in range(4)] == [0, 0, 0, -1]
    assert world.journey.ends[-1] == (3, "fresh", "closed", -1, 18.0)


def test_falling_capacity_throws_nobody_out(tmp_path: Path) -> None:
    """At 12:00 one of two agents goes: both finish, then only one takes the waiting."""
    group = team(1)
    group = type(group)("team", 0, (Shift(-1, 1), Shift(0, 1)), (0,))
    world = ContactWorld(tmp_path, [voice()], [group], horizon=24.0, calendars=(MORNING,))
    world.arrive(9.5, 4.0)  # until 13:30
    world.arrive(10.0, 3.0)  # until 13:00
    world.arrive(11.0, 1.0)
    rows = by_case(world.run())
    assert [rows[i]["ended_h"] for i in (0, 1)] == [13.5, 13.0]
    assert rows[2]["answered_h"] == 13.5  # the agent who ended at 13:00 went home
    assert world.integral("scheduled") == 24.0 + 3.0
    assert world.integral("staffed") == 24.0 + 4.0  # one hour of overtime


def test_rising_capacity_takes_the_waiting_at_that_instant(tmp_path: Path) -> None:
    group = type(team(1))("team", 0, (Shift(0, 2),), (0,))
    world = ContactWorld(tmp_path, [voice()], [group], calendars=(NINE_TO_FIVE,))
    for at in (6.0, 7.0, 8.0):
        world.arrive(at, 1.0)
    rows = by_case(world.run())
    assert [rows[i]["answered_h"] for i in range(3)] == [9.0, 9.0, 10.0]


def test_a_leaving_agent_stays_when_the_next_shift_comes(tmp_path: Path) -> None:
    """Morning ends at 12:00 with two talking; one head comes back at 12:30 and is one of them."""
    late = type(MORNING)("late", "UTC", (((12.5, 20.0),),) * 7)
    group = type(team(1))("team", 0, (Shift(0, 2), Shift(1, 1)), (0,))
    world = ContactWorld(tmp_path, [voice()], [group], horizon=24.0, calendars=(MORNING, late))
    world.arrive(11.0, 3.0)
    world.arrive(11.0, 2.0)
    world.arrive(11.5, 1.0)
    rows = by_case(world.run())
    assert rows[2]["answered_h"] == 14.0  # the first to be done (13:00) is the one who goes
    assert world.integral("staffed") == 3.0 * 2 + 1.0 * 2 + 7.0


def test_those_queued_at_closing_time_are_served_out(tmp_path: Path) -> None:
    world = ContactWorld(tmp_path, [voice(calendar_ix=0)], [team(1, calendar=0)], horizon=24.0, calendars=(NINE_TO_FIVE,))
    for at in (16.0, 16.5, 16.9):
        world.arrive(at, 2.0)
    rows = by_case(world.run())
    assert [rows[i]["ended_h"] for i in range(3)] == [18.0, 20.0, 22.0]
    assert world.integral("staffed") == 8.0 + 5.0


def test_an_open_line_is_not_served_out_by_a_shift_that_ends(tmp_path: Path) -> None:
    world = ContactWorld(tmp_path, [voice()], [team(1, calendar=0)], horizon=48.0, calendars=(NINE_TO_FIVE,))
    world.arrive(16.0, 2.0)
    world.arrive(16.5, 2.0)
    rows = by_case(world.run())
    assert rows[0]["ended_h"] == 18.0
    assert rows[1]["answered_h"] == 24.0 + 9.0


def test_agents_take_lines_by_priority_then_longest_wait(tmp_path: Path) -> None:
    lines = [voice("desk/a"), voice("desk/b", channel_ix=1)]
    world = ContactWorld(tmp_path, lines, [team(1, 0, 1)])
    world.arrive(0.0, 5.0)
    world.arrive(1.0, 1.0, channel=1)
    world.arrive(2.0, 1.0)
    world.arrive(3.0, 1.0, channel=1)
    world.arrive(3.5, 1.0, segment=1)
    rows = by_case(world.run())
    assert [rows[i]["answered_h"] for i in range(5)] == [0.0, 5.0, 6.0, 7.0, 8.0]


def test_specialists_are_tried_first(tmp_path: Path) -> None:
    lines = [voice("desk/a"), voice("desk/b", channel_ix=1)]
    world = ContactWorld(tmp_path, lines, [team(1, 1, 0), team(1, 0)])
    world.arrive(0.0, 5.0)
    world.arrive(1.0, 5.0)
    rows = by_case(world.run())
    assert [rows[i]["group"] for i in range(2)] == [1, 0]


def test_overflow_moves_with_its_arrival_time(tmp_path: Path) -> None:
    lines = [voice("a", overflow_line_ix=1, overflow_after_h=2.0), voice("b", channel_ix=1)]
    world = ContactWorld(tmp_path, lines, [team(1, 0), team(1, 1)])
    world.arrive(0.0, 20.0)  # keeps a busy
    world.arrive(0.0, 10.0, channel=1)  # keeps b busy
    world.arrive(2.0, 1.0)  # moves at 4, before the next by arrival
    world.arrive(3.0, 1.0, channel=1)
    world.arrive(11.5, 1.0)  # at 13.5 finds b idle
    rows = by_case(world.run())
    assert [(rows[2]["line"], rows[2]["served_line"], rows[2]["group"])] == [(0, 1, 1)]
    assert (rows[2]["answered_h"], rows[3]["answered_h"]) == (10.0, 11.0)
    assert (rows[4]["answered_h"], rows[4]["served_line"]) == (13.5, 1)
    assert (world.integral("queue", 0), world.integral("queue", 1)) == (2.0 + 2.0, 6.0 + 8.0)


def test_overflow_to_itself_is_no_move(tmp_path: Path) -> None:
    world = ContactWorld(tmp_path, [voice(overflow_line_ix=0, overflow_after_h=1.0)], [team(1)])
    world.arrive(0.0, 5.0)
    world.arrive(1.0, 1.0)
    rows = world.run()
    assert [(r["answered_h"], r["ended_h"]) for r in rows] == [(0.0, 5.0), (5.0, 6.0)]


def test_transfer_begins_a_new_attempt_at_tier_2(tmp_path: Path) -> None:
    lines = [voice("tier1", transfer=0.4, to_repair=0.2, transfer_line_ix=1), voice("tier2", channel_ix=-1, to_repair=1.0)]
    world = ContactWorld(tmp_path, lines, [team(3, 0), team(1, 1)])
    world.arrive(0.0, 1.0, result=0.19)
    passed = world.arrive(0.0, 2.0, result=0.59)
    world.arrive(0.0, 3.0, result=0.61)
    rows = world.run()
    assert [(r["case"], outcome(r), r["line"]) for r in rows] == [
        (0, "repair", 0),
        (1, "transferred", 0),
        (2, "resolved", 0),
        (1, "repair", 1),
    ]
    assert (rows[3]["attempt"], rows[3]["kind"], rows[3]["arrived_h"]) == (2, TRANSFER, 2.0)
    ends = [end[:3] for end in world.journey.ends]
    assert ends == [(0, "fresh", "repair"), (2, "fresh", "resolved"), (1, "transfer", "repair")]
    assert passed.attempts == 2
    assert passed.talk_h == pytest.approx(2.0 + rows[3]["ended_h"] - 2.0)


def test_a_case_type_that_says_its_repair_share_is_not_drawn_again_at_tier_2(tmp_path: Path) -> None:
    lines = [voice("tier1", transfer=1.0, transfer_line_ix=1), voice("tier2", channel_ix=-1, to_repair=1.0)]
    needs = (Need("fault", "hardware", to_repair=0.6),)
    world = ContactWorld(tmp_path, lines, [team(1, 0, 1)], needs=needs)
    world.arrive(0.0, 1.0, result=0.59)
    world.arrive(0.0, 1.0, result=0.61)
    rows = by_case(world.run())
    assert [(outcome(rows[i]), rows[i]["line"]) for i in range(2)] == [("repair", 0), ("resolved", 1)]


def test_transfer_after_hours_is_taken_only_while_somebody_is_there(tmp_path: Path) -> None:
    tier_2 = voice("tier2", channel_ix=-1, calendar_ix=0, handle_time=constant(2.0))
    lines = [voice("tier1", transfer=1.0, transfer_line_ix=1), tier_2]
    world = ContactWorld(tmp_path, lines, [team(3, 0), team(1, 1, calendar=0)], horizon=48.0, calendars=(NINE_TO_FIVE,))
    for at, talk in ((16.0, 0.5), (16.0, 1.5), (20.0, 1.0)):
        world.arrive(at, talk)
    rows = by_case(world.run())
    assert [outcome(rows[i]) for i in range(3)] == ["resolved", "resolved", "closed"]
    assert [rows[i]["answered_h"] for i in range(2)] == [16.5, 18.5]
    assert rows[2]["ended_h"] == 21.0
    assert world.journey.ends[-1] == (2, "transfer", "closed", 1, 21.0)


def test_unresolved_and_status_contacts(tmp_path: Path) -> None:
    needs = (Need("usage", "question", handle_time=constant(7.0)),)
    world = ContactWorld(tmp_path, [voice(resolve=0.25, to_repair=0.2)], [team(9)], needs=needs)
    world.arrive(0.0, 1.0, result=0.39)
    world.arrive(0.0, 1.0, result=0.41)
    asking = world.case()
    asking.attempts, asking.order = 1, 5
    world.offer(0.0, asking, kind=STATUS, order=5)
    rows = by_case(world.run())
    assert [outcome(rows[i]) for i in range(3)] == ["resolved", "unresolved", "done"]
    assert rows[0]["ended_h"] == rows[1]["ended_h"] == 7.0  # by the case type
    assert rows[2]["ended_h"] != 7.0  # by the line
    assert (asking.attempts, asking.talk_h) == (2, 0.0)


def test_self_service_contains_or_escalates_without_agents(tmp_path: Path) -> None:
    lines = [voice(), voice("web", behaviour="self_service", channel_ix=2, contained=0.5)]
    needs = (Need("usage", "question", handle_time=constant(7.0)), Need("fault", "hardware", contained=0.1))
    world = ContactWorld(tmp_path, lines, [team(0)], needs=needs)
    world.arrive(0.0, 2.0, channel=2, result=0.4)
    escalated = world.arrive(0.0, 3.0, channel=2, result=0.4, need=1)
    world.journey.react = lambda case, end: world.wing.offer(case, 0, 0) if case is escalated else None
    rows = world.run()
    assert [(outcome(r), r["answered_h"], r["ended_h"], r["group"]) for r in rows[:2]] == [
        ("contained", 0.0, 2.0, -1),
        ("escalated", 0.0, 3.0, -1),
    ]
    assert (outcome(rows[2]), rows[2]["attempt"], rows[2]["arrived_h"]) == ("waiting", 2, 3.0)


def test_open_contacts_are_written_at_the_end(tmp_path: Path) -> None:
    lines = [voice(), voice("web", behaviour="self_service", channel_ix=2)]
    world = ContactWorld(tmp_path, lines, [team(1)], horizon=10.0)
    world.arrive(1.0, 20.0)
    world.arrive(2.0, 20.0)
    world.arrive(3.0, 20.0, channel=2)
    rows = by_case(world.run())
    assert [outcome(rows[i]) for i in range(3)] == ["in_service", "waiting", "in_service"]
    assert all(math.isnan(rows[i]["ended_h"]) and math.isnan(rows[i]["released_h"]) for i in range(3))
    assert world.integral("queue") == 8.0
    assert world.integral("busy") == 9.0


def test_outbound_tries_until_the_owner_answers(tmp_path: Path) -> None:
    """Each try takes an agent, a tenth of the talk time when nobody answers; tries are apart by the retry delay."""
    quote = Quote(line_ix=0, tries=3, reached=0.0, retry_delay=constant(4.0))
    world = ContactWorld(tmp_path, [voice(handle_time=constant(1.0), after_work=constant(0.5))], [team(1)], quote=quote)
    case = world.case()
    world.clock.at(2.0, type("Go", (), {"fire": lambda self: world.wing.call_out(case, 7)})())
    rows = world.run()
    assert [(r["kind"], outcome(r), r["answered_h"]) for r in rows] == [
        (OUTBOUND, "unreached", 2.0),
        (OUTBOUND, "unreached", pytest.approx(6.1)),
        (OUTBOUND, "unreached", pytest.approx(10.2)),
    ]
    assert world.journey.called == [(0, 7, False, pytest.approx(10.3))]
    assert (case.attempts, case.talk_h, world.journey.ends) == (3, 0.0, [])
    assert world.integral("busy") == pytest.approx(0.3)


def test_outbound_waits_for_opening_and_behind_customers(tmp_path: Path) -> None:
    quote = Quote(line_ix=0, reached=1.0)
    world = ContactWorld(tmp_path, [voice(calendar_ix=0)], [team(1, calendar=0)], calendars=(NINE_TO_FIVE,), quote=quote)
    case = world.case(segment=1)
    world.clock.at(2.0, type("Go", (), {"fire": lambda self: world.wing.call_out(case, 7)})())
    busy = world.arrive(9.0, 2.0)
    urgent = world.arrive(10.0, 1.0, segment=1)
    first, *rest = world.run()
    assert (first["case"], first["arrived_h"], outcome(first)) == (0, 9.0, "done")
    assert [r["case"] for r in rest] == [busy.number, urgent.number]

    (tmp_path / "b").mkdir()
    world = ContactWorld(tmp_path / "b", [voice()], [team(1)], quote=quote)
    world.arrive(0.0, 5.0)
    case = world.case()
    world.clock.at(1.0, type("Go", (), {"fire": lambda self: world.wing.call_out(case, 7)})())
    world.arrive(3.0, 1.0)
    assert [r["case"] for r in world.run()] == [0, 2, 1]


def test_outbound_on_a_line_that_never_opens_is_told_at_once(tmp_path: Path) -> None:
    quote = Quote(line_ix=0)
    world = ContactWorld(tmp_path, [voice(calendar_ix=0)], [team(1)], calendars=(NEVER,), quote=quote)
    case = world.case()
    world.clock.at(1.0, type("Go", (), {"fire": lambda self: world.wing.call_out(case, 3)})())
    assert world.run() == []
    assert world.journey.called == [(0, 3, False, 1.0)]


def test_nothing_at_all_is_legal(tmp_path: Path) -> None:
    world = ContactWorld(tmp_path, [], [], entry=())
    assert world.run() == []


def test_zero_agents_only_collect_a_queue(tmp_path: Path) -> None:
    world = ContactWorld(tmp_path, [voice(patience=uniform(0.0, 100.0))], [team(0)], horizon=50.0)
    world.arrive(0.0, 1.0, patience=10.0)
    world.arrive(0.0, 1.0, patience=90.0)
    rows = by_case(world.run())
    assert [outcome(rows[i]) for i in range(2)] == ["abandoned", "waiting"]
    assert world.integral("queue") == 60.0
    assert world.integral("staffed") == 0.0


def test_random_traffic_keeps_every_invariant(tmp_path: Path) -> None:
    """Everything at once for 40 days; each attempt has one row, and the checks of the wing hold."""
    lines = [
        voice("a", handle_time=exponential(0.3), patience=exponential(0.2), after_work=exponential(0.05), calendar_ix=0, trunks=4,
              transfer=0.2, transfer_line_ix=2, overflow_line_ix=1, overflow_after_h=0.1),
        voice("b", behaviour="chat", channel_ix=1, handle_time=exponential(0.4), patience=exponential(0.5), concurrency=3,
              slowdown=(1.0, 1.3, 1.7), after_work=constant(0.1)),
        voice("c", channel_ix=-1, handle_time=exponential(0.5), calendar_ix=0, resolve=0.7),
    ]  # fmt: skip
    kind = type(team(1))
    groups = [
        kind("ab", 0, (Shift(0, 3), Shift(1, 2)), (0, 1)),
        kind("bc", 0, (Shift(-1, 1), Shift(1, 1)), (1, 2)),
    ]
    calendars = (NINE_TO_FIVE, MORNING)
    quote = Quote(line_ix=0, reached=0.5, tries=2, retry_delay=constant(0.5))
    world = ContactWorld(tmp_path, lines, groups, horizon=40 * 24.0, calendars=calendars, quote=quote)
    rng = np.random.default_rng(7)
    for at in np.sort(rng.uniform(0.0, 40 * 24.0, 6000)).tolist():
        u = rng.random(4).tolist()
        case = world.case(100 * u[0], 100 * u[1], u[2], segment=int(u[3] < 0.3))
        world.offer(at, case, channel=int(u[3] * 1000) % 2)
        if u[3] > 0.95:
            world.clock.at(at, type("Go", (), {"fire": lambda self, case=case: world.wing.call_out(case, case.number)})())
    rows = world.run()
    assert len(rows) == sum(case.attempts for case in world.cases)
    seen = {outcome(row) for row in rows}
    assert {"resolved", "transferred", "unresolved", "done", "unreached", "abandoned", "blocked", "closed"} <= seen
    served = [row for row in rows if row["answered_h"] == row["answered_h"]]
    assert all(row["arrived_h"] <= row["answered_h"] for row in served)
    assert {(row["line"], row["served_line"]) for row in served} == {(0, 0), (0, 1), (1, 1), (2, 2)}


def test_an_unused_line_and_group_change_nothing(tmp_path: Path) -> None:
    """A minimally different world: the same rows, number by number."""
    tables = []
    for extra in (False, True):
        folder = tmp_path / str(extra)
        folder.mkdir()
        first = voice(handle_time=exponential(1.0), patience=exponential(0.5), after_work=exponential(0.1), resolve=0.6)
        lines = [first, voice("unused", channel_ix=-1)] if extra else [first]
        groups = [team(2), team(3, 1)] if extra else [team(2)]
        world = ContactWorld(folder, lines, groups)
        world.journey.react = lambda case, end, w=world: w.wing.offer(case, 1, 0) if end == ABANDONED else None
        rng = np.random.default_rng(3)
        for at in np.cumsum(rng.exponential(0.4, 500)).tolist():
            u = rng.random(3).tolist()
            world.arrive(at, 100 * u[0], patience=100 * u[1], result=u[2])
        tables.append([tuple(row.values()) for row in world.run()])
    assert np.array_equal(tables[0], tables[1], equal_nan=True)
    assert max(row[1] for row in tables[0]) > 2


def test_checks_name_what_is_broken(tmp_path: Path) -> None:
    world = ContactWorld(tmp_path, [voice()], [team(1)], horizon=10.0)
    world.arrive(0.0, 3.0)
    world.arrive(1.0, 1.0)
    world.run()
    line, group = world.wing.lines[0], world.wing.groups[0]
    line.offered += 1
    line.waited_h += 1.0  # type: ignore[attr-defined]
    group.staffed += 1
    assert world.wing.checks() == [
        "line desk/voice: 3 attempts but 2 outcomes and open contacts",
        "line desk/voice: queue integral 2.0 h but waits of 3.0 h",
        "group team: 2 agents staffed but 1 idle and 0 busy",
        "group team: 2 agents staffed but 1 on shift and 0 leaving",
    ]
