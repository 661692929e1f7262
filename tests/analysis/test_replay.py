"""The replay's timeline holds what the tables hold: nothing is lost on the way, and queues are arrivals less departures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.analysis.replay import MAX_DOTS, Span, Timeline, choose_span, thinned, timeline, weeks_of
from sim.analysis.replay_orders import BACK, BRING, EMERGENCY, ENGINEER, FORWARD, HOME, PARTS, Moves, Orders
from sim.analysis.replay_pick import MOST, pick_orders, rows_of
from sim.analysis.replay_steps import StepFeed, Ticks
from sim.analysis.replay_stock import Beginning
from sim.analysis.tables import Table, open_tables
from sim.analysis.window import worked
from sim.calendar import zone_offsets
from sim.columns import G_BACKORDERS, G_ON_HAND, S_ON_HAND, S_OWED, S_WAITING, STAGE_IX, STAGES
from sim.errors import UsageError
from sim.experiment.beginning import beginning_of
from sim.experiment.replicate import replicate
from sim.scenario.load import load_plan
from sim.scenario.plan import Plan

SETS = ("run.length=90 days", "run.warm_up=30 days")


@dataclass
class Run:
    plan: Plan
    tables: dict[str, Table]
    beginning: Beginning
    end: NDArray[np.float64]

    def timeline(self, **window: Any) -> Timeline:
        span = choose_span(self.plan, self.tables["orders"], **window)
        return timeline(self.plan, self.tables, self.beginning, self.end, span)

    def whole(self, begin: float, end: float) -> Timeline:
        span = Span(Ticks(begin, end), "UTC", 0, "asked")
        return timeline(self.plan, self.tables, self.beginning, self.end, span)

    def rows(self, name: str) -> NDArray[np.void]:
        return np.array(self.tables[name].records())


def make(root: Path, scenario: str, *sets: str) -> Run:
    plan = load_plan(scenario, sets)
    folder = replicate(plan, 0, root / f"run-{len(list(root.iterdir()))}", log=True, keep_tables=True)
    return Run(plan, open_tables(folder / "tables"), beginning_of(plan, 0), np.load(folder / "state.npy"))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("replay")


@pytest.fixture(scope="module")
def small(root: Path) -> Run:
    return make(root, "small", *SETS)


@pytest.fixture(scope="module")
def tiers(root: Path) -> Run:
    return make(root, "three-tier", *SETS)


@pytest.fixture(scope="module", params=["small", "tiers"])
def run(request: pytest.FixtureRequest) -> Run:
    return request.getfixturevalue(request.param)


def there(begin: NDArray[np.float64], end: NDArray[np.float64], ticks: Ticks) -> NDArray[np.int64]:
    """How many of the intervals hold each tick, counted one tick after the other."""
    until = np.where(np.isnan(end), np.inf, end)
    return np.array([np.count_nonzero((begin <= t + 1e-9) & (until > t + 1e-9)) for t in ticks.instants()])


def test_contact_queue_is_arrivals_less_departures(run: Run) -> None:
    found = run.timeline(week=2)
    assert found.contacts is not None
    contacts = run.rows("contacts")
    left = np.where(np.isnan(contacts["answered_h"]), contacts["ended_h"], contacts["answered_h"])
    for line in range(len(run.plan.lines)):
        mine = contacts["line"] == line
        expected = there(contacts["arrived_h"][mine], left[mine], found.ticks)
        np.testing.assert_array_equal(found.contacts.waiting.of(line, found.ticks.count), expected)
    for group in range(len(run.plan.groups)):
        mine = contacts["group"] == group
        expected = there(contacts["answered_h"][mine], contacts["released_h"][mine], found.ticks)
        np.testing.assert_array_equal(found.contacts.handled.of(group, found.ticks.count), expected)
    arrived = (contacts["arrived_h"] > found.ticks.begin) & (contacts["arrived_h"] <= found.ticks.end) & (contacts["line"] >= 0)
    assert found.contacts.arrived.total(found.ticks.count)[-1] == np.count_nonzero(arrived) > 50


def test_every_open_order_is_at_one_place_or_on_one_way(run: Run) -> None:
    found = run.timeline(week=3)
    count, orders = found.ticks.count, run.rows("orders")
    open_ = found.orders.open.total(count)
    np.testing.assert_array_equal(open_, there(orders["opened_h"], orders["closed_h"], found.ticks))
    there_now = sum(steps.total(count) for steps in found.orders.at_place)
    np.testing.assert_array_equal(there_now + found.orders.on_the_way.total(count), open_)
    assert open_[-1] == open_[0] + found.orders.opened.total(count)[-1] - found.orders.closed.total(count)[-1]
    late = np.where(np.isfinite(orders["due_h"]) & ~(orders["closed_h"] <= orders["due_h"]), orders["due_h"], np.inf)
    np.testing.assert_array_equal(
        found.orders.late.total(count), there(np.maximum(late, orders["opened_h"]), orders["closed_h"], found.ticks)
    )


def test_orders_wait_and_are_worked_on_where_they_are(run: Run) -> None:
    """A forwarded unit is at its depot between its two ways, else at the workshop that received it."""
    found = run.timeline(week=3)
    orders, visits = run.rows("orders"), run.rows("visits")
    repairs = visits[visits["stage"] == STAGE_IX["repair"]]
    row = orders[np.argsort(orders["order"])][repairs["order"]]
    expected = np.zeros((len(run.plan.workshops), found.ticks.count + 1), np.int64)
    for shop in range(len(run.plan.workshops)):
        mine = row["bench"] == shop
        expected[shop] = there(repairs["begin_h"][mine], repairs["end_h"][mine], found.ticks)
    stages = [STAGE_IX[name] for name in ("counter", "diagnosis", "audit")]
    others = visits[np.isin(visits["stage"], stages)]
    row = orders[np.argsort(orders["order"])][others["order"]]
    at = np.where(others["stage"] == STAGE_IX["audit"], row["bench"], row["workshop"])
    for shop in range(len(run.plan.workshops)):
        expected[shop] += there(others["begin_h"][at == shop], others["end_h"][at == shop], found.ticks)
    work = found.orders.at_place[3]
    np.testing.assert_array_equal([work.of(i, found.ticks.count) for i in range(work.owners)], expected)
    assert (orders["forwarded"] > 0).any()


def test_there_are_as_many_moves_as_rows(run: Run) -> None:
    found = run.timeline(week=2)
    begin, end = found.ticks.begin, found.ticks.end
    visits, shipments = run.rows("visits"), run.rows("replenishments")
    modes = run.rows("orders")[np.argsort(run.rows("orders")["order"])]["mode"][visits["order"]]
    seen = (visits["begin_h"] <= end) & ~(visits["end_h"] < begin)

    def rows(*stages: str) -> NDArray[np.bool_]:
        return seen & np.isin(visits["stage"], [STAGE_IX[s] for s in stages])

    moves = found.orders.moves
    assert np.count_nonzero(moves.kind == BRING) == np.count_nonzero(rows("hand_in", "inbound") & (modes != 2)) > 0
    assert np.count_nonzero(moves.kind == ENGINEER) == np.count_nonzero(rows("inbound") & (modes == 2))
    assert np.count_nonzero(np.isin(moves.kind, (FORWARD, BACK))) == np.count_nonzero(rows("forward"))
    assert np.count_nonzero(moves.kind == HOME) == np.count_nonzero(rows("return", "pick_up")) > 0
    shipped = (shipments["shipped_h"] <= end) & (shipments["received_h"] >= begin)
    for kind, emergency in ((PARTS, 0), (EMERGENCY, 1)):
        expected = np.count_nonzero(shipped & (shipments["emergency"] == emergency))
        assert np.count_nonzero(found.shipment_moves.kind == kind) == expected
    workshops, markets = len(run.plan.workshops), len(run.plan.markets.names)
    assert moves.target[moves.kind == BRING].max() < workshops
    assert moves.source[moves.kind == BRING].max() < markets


def test_a_unit_goes_to_its_depot_and_back(tiers: Run) -> None:
    moves = tiers.whole(0.0, 120 * 24.0).orders.moves
    out, back = (moves.take(np.flatnonzero(moves.kind == kind)) for kind in (FORWARD, BACK))
    ways = {int(order): (int(a), int(b)) for order, a, b in zip(out.number, out.source, out.target, strict=True)}
    assert len(back) > 5
    for order, a, b, begin in zip(back.number, back.source, back.target, back.begin, strict=True):
        assert ways[int(order)] == (b, a)
        assert begin >= out.end[out.number == order][0]


def test_stock_begins_and_ends_as_the_model_says(run: Run) -> None:
    """The shelves of a shorter run end as those of the longer run are then: on hand and owed, location by location."""
    scenario = run.plan.name
    for days in (0, 32, 90):  # no review falls on an end
        horizon = 24.0 * (30 + days) if days else 0.0
        if days == 90:
            state = run.end
        elif days == 0:
            state = run.beginning.state
        else:
            root = run.tables["orders"].folder
            assert root is not None
            state = make(root.parents[3], scenario, f"run.length={days} days", SETS[1]).end
        begin = max(0.0, horizon - 24.0)
        found = run.whole(begin, begin + 24.0)
        assert found.stock is not None
        tick = found.ticks.count if days else 0
        hand = np.zeros(len(run.plan.locations))
        rows = state[state[:, 2] == S_ON_HAND]
        np.add.at(hand, rows[:, 0].astype(int), rows[:, 4])
        np.testing.assert_array_equal([found.stock.on_hand.of(i, found.ticks.count)[tick] for i in range(len(hand))], hand)
        owed = state[np.isin(state[:, 2], (S_OWED, S_WAITING))][:, 4].sum()
        assert found.stock.owed.total(found.ticks.count)[tick] == owed


def test_stock_has_the_gauges_integrals(run: Run) -> None:
    """Mean of units on hand and owed over each gauge period: the ticks' mean, but for less than a minute a change."""
    gauges = run.rows("gauges")
    period = (720.0, 1440.0)
    found = run.whole(*period)
    assert found.stock is not None
    inside = (gauges["begin_h"] < period[1]) & (gauges["begin_h"] + gauges["elapsed_h"] > period[0])
    rows = gauges[inside]
    for gauge, steps in ((G_ON_HAND, found.stock.on_hand), (G_BACKORDERS, found.stock.owed)):
        own = rows[rows["gauge"] == gauge]
        share = np.minimum(own["begin_h"] + own["elapsed_h"], period[1]) - np.maximum(own["begin_h"], period[0])
        level = np.bincount(own["owner"], own["integral"] * share / own["elapsed_h"], len(run.plan.locations)) / 720.0
        vendor = np.array([place.kind == "vendor" for place in run.plan.locations])
        np.testing.assert_allclose(steps.means(found.ticks.count)[~vendor], level[~vendor], atol=0.02)
    whole = found.stock.on_hand.total(found.ticks.count)
    np.testing.assert_array_equal(found.stock.on_hand_of_part.total(found.ticks.count), whole)
    np.testing.assert_array_equal(found.stock.owed_of_part.total(found.ticks.count), found.stock.owed.total(found.ticks.count))


def test_technicians_work_in_their_hours(run: Run) -> None:
    found = run.timeline(week=2)
    jobs = run.rows("jobs")
    hours = np.zeros(len(run.plan.workshops))
    for job in jobs[(jobs["begin_h"] < found.ticks.end) & (jobs["end_h"] > found.ticks.begin)]:
        shift = run.plan.workshops[job["workshop"]].shifts[job["shift"]]
        edges = np.clip([job["begin_h"], job["end_h"]], found.ticks.begin, found.ticks.end)
        hours[job["workshop"]] += np.diff(worked(run.plan, shift.calendar_ix, edges))[0]
    span = found.ticks.end - found.ticks.begin
    np.testing.assert_allclose(found.busy.means(found.ticks.count) * span, hours, atol=0.4)
    assert (found.busy.highest() <= found.on_shift.highest()).all()
    for shop, spec in enumerate(run.plan.workshops):
        on_shift = found.on_shift.of(shop, found.ticks.count)
        assert on_shift.max() == sum(shift.heads for shift in spec.shifts)


def test_steps_fold_what_came_before() -> None:
    ticks = Ticks(10.0, 11.0)
    feed = StepFeed(ticks, 3)
    owner = np.array([0, 0, 2, 2])
    begin, end = np.array([1.0, 9.0, 10.5, 12.0]), np.array([2.0, np.nan, 10.75, 13.0])
    feed.stay(owner, begin, end, np.array([1.0, 2.0, 5.0, 7.0]))
    steps = feed.steps()
    assert steps.of(0, 60).tolist() == [2] * 61
    assert steps.of(1, 60).tolist() == [0] * 61
    assert steps.of(2, 60).tolist() == [0] * 30 + [5] * 15 + [0] * 16
    assert steps.total(60).tolist() == [2] * 30 + [7] * 15 + [2] * 16
    assert steps.total(60, np.array([2])).max() == 5
    assert steps.highest().tolist() == [2, 0, 5]
    assert steps.means(60).tolist() == pytest.approx([2.0, 0.0, 5 * 15 / 60])


def test_ticks_are_whole_minutes_and_longer_in_longer_windows() -> None:
    assert (Ticks(0, 168).minutes, Ticks(0, 168).count) == (1, 10080)
    assert (Ticks(0, 169).minutes, Ticks(0, 169).count) == (2, 5070)
    assert Ticks(0, 31 * 24).minutes == 5
    assert Ticks(5.0, 6.0).after(np.array([4.0, 5.0, 5.01, 5.5])).tolist() == [-60, 0, 1, 30]


def test_thinning_is_even_in_every_kind_and_always_the_same() -> None:
    n = 30_000
    kind = np.sort(np.arange(n) % 3)
    moves = Moves(kind, np.arange(n) * 1.0, np.arange(n) + 5.0, kind, kind, np.arange(n))
    kept, every = thinned(moves)
    assert every == 10
    assert len(kept) == 3_000 <= MAX_DOTS
    assert np.bincount(kept.kind).tolist() == [1000, 1000, 1000]
    np.testing.assert_array_equal(kept.number, thinned(moves)[0].number)
    assert thinned(moves.take(np.arange(MAX_DOTS)))[1] == 1


def test_weeks_are_local_and_know_the_change_of_clocks(small: Run) -> None:
    plan = replace(small.plan, run=replace(small.plan.run, length_h=90 * 24.0))
    weeks = weeks_of(plan, zone_offsets("Europe/Berlin", plan.run.start, plan.run.horizon_h))
    assert weeks[0].begin == 35 * 24 - 1  # Monday 5 February 2024, midnight in Berlin
    assert [round(week.end - week.begin) for week in weeks].count(167) == 1  # 31 March
    assert [round(b.begin - a.end, 9) for a, b in pairwise(weeks)] == [0.0] * (len(weeks) - 1)


def test_the_window_is_what_was_asked_for(small: Run) -> None:
    orders = small.tables["orders"]
    first = choose_span(small.plan, orders, week=1)
    assert choose_span(small.plan, orders, begin="2024-02-05").ticks == first.ticks
    assert choose_span(small.plan, orders, begin="2024-02-05", days=2).ticks.end == first.ticks.begin + 48
    best = choose_span(small.plan, orders)
    late = [small.timeline(week=i + 1).orders.late.total(10_000).sum() for i in range(best.week + 2)]
    assert best.chosen == "late"
    assert int(np.argmax(late)) + 1 == best.week
    for wrong, text in (
        ({"week": 99}, "there is no week 99: the measured time has 12 full weeks"),
        ({"week": 0}, "there is no week 0"),
        ({"begin": "soon"}, "'soon' is no date"),
        ({"begin": "2030-01-01"}, "the replay would begin outside"),
        ({"begin": "2024-02-05", "week": 1}, "not both"),
        ({"days": 32}, "1 to 31 days"),
    ):
        with pytest.raises(UsageError, match=text):
            choose_span(small.plan, orders, **wrong)  # type: ignore[arg-type]


def test_orders_are_picked_evenly_and_their_rows_are_theirs(tiers: Run) -> None:
    found = tiers.timeline(week=4)
    orders = Orders(tiers.tables["orders"])
    waited = tiers.rows("orders")[np.argsort(tiers.rows("orders")["order"])]["part_wait_h"]
    picked = pick_orders(orders, waited, found.orders.moves, found.ticks, [])
    numbers = [number for number, _ in picked]
    assert len(numbers) == len(set(numbers)) == MOST
    assert {why for _, why in picked} >= {"late", "forwarded", "on_site", "ordinary"}
    assert picked == pick_orders(orders, waited, found.orders.moves, found.ticks, [])
    opened, closed = orders["opened_h"][numbers], orders["closed_h"][numbers]
    assert ((opened < found.ticks.end) & ~(closed < found.ticks.begin)).all()
    rows = rows_of(tiers.tables, numbers)
    assert sorted(rows["orders"]["order"].tolist()) == sorted(numbers)
    visits = tiers.rows("visits")
    assert len(rows["visits"]) == np.count_nonzero(np.isin(visits["order"], numbers)) > len(STAGES)
    assert set(rows["contacts"]["case"].tolist()) <= set(rows["orders"]["case"].tolist())
