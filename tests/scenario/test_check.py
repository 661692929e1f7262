"""Warnings about legal scenarios, and what the structure check lets pass."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from sim.errors import ScenarioError
from sim.scenario.load import load_document_of, load_plan, plan_of
from sim.scenario.offered_load import SLOTS, Offered, WeekClock, contact_loads, pools, workshop_loads
from sim.scenario.places import Keys

DESK = (
    "contact_centres: {{desk: {{agents: {agents}, handle_time: 6 min{more}}}}}\n"
    "cases: {{calls: {{rate: 100/h, channel: voice}}}}\n"
)


def warnings_of(tmp_path: Path, text: str) -> tuple[str, ...]:
    file = tmp_path / "x.yaml"
    file.write_text(text)
    return load_plan(file).warnings


def test_overload_of_patient_callers_is_told_with_numbers(tmp_path: Path) -> None:
    assert warnings_of(tmp_path, DESK.format(agents=11, more="")) == ()
    assert warnings_of(tmp_path, DESK.format(agents=10, more="")) == (
        "contact_centres: desk/agents: offered load 10 agents against 10 on average (rho = 1); the queue grows without limit",
    )
    assert warnings_of(tmp_path, DESK.format(agents=8, more=", patience: 4 min")) == (
        "contact_centres: desk/agents: offered load 10 agents against 8 on average (rho = 1.25); many customers will give up",
    )
    assert "rho = infinite" in warnings_of(tmp_path, DESK.format(agents=0, more=""))[0]


def test_a_line_with_few_trunks_blocks_instead_of_growing(tmp_path: Path) -> None:
    (warning,) = warnings_of(tmp_path, DESK.format(agents=8, more=", trunks: 12"))
    assert warning.endswith("(rho = 1.25); many customers will find all lines busy")
    (warning,) = warnings_of(tmp_path, DESK.format(agents=8, more=", trunks: 12, patience: 4 min"))
    assert warning.endswith("(rho = 1.25); many customers will give up")


def test_a_line_that_overflows_has_the_help_of_the_other(tmp_path: Path) -> None:
    text = (
        "cases: {{calls: {{rate: 100/h, channels: {{voice: 90 %, chat: 10 %}}}}}}\n"
        "contact_centres:\n  c:\n    handle_time: 6 min\n    lines:\n"
        "      voice: {{overflow_to: chat, overflow_after: 5 min}}\n      chat: {{patience: 4 min}}\n"
        "    groups: {{a: {{lines: [voice], agents: 8}}, b: {{lines: [chat], agents: {agents}}}}}\n"
    )
    assert warnings_of(tmp_path, text.format(agents=3)) == ()
    assert warnings_of(tmp_path, text.format(agents=2)) == (
        "contact_centres: c/a, c/b: offered load 10 agents against 10 on average (rho = 1); the queue grows without limit",
    )
    assert len(warnings_of(tmp_path, text.format(agents=1))) == 2  # the other cannot even serve its own


def test_contacts_outside_the_hours_are_not_offered(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(DESK.format(agents=10, more=", hours: mon-fri 8:00-18:00"))
    plan = load_plan(file)
    (load,) = contact_loads(plan, Offered(plan))
    assert load.offered == pytest.approx(10 * 50 / 168)
    assert load.capacity == pytest.approx(10 * 50 / 168)


def test_a_profile_in_another_time_zone_is_shifted(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(
        "profiles: {p: {time_zone: Asia/Shanghai, weekdays: [1, 0, 0, 0, 0, 0, 0]}}\n"
        "cases: {calls: {rate: 10/h, channel: voice, profile: p}}\ncontact_centres: {desk: {agents: 9, handle_time: 6 min}}\n"
    )
    plan = load_plan(file)
    week = WeekClock(plan).demand(0)
    assert week.sum() == pytest.approx(SLOTS)
    assert week[32:].max() == 7 * (week[-16:].max() > 0)  # Monday in China ends at 16:00 UTC and begins on Sunday at 16:00
    assert week[:32].min() == 7
    assert week[32:-16].max() == 0


def test_transfers_chat_and_self_service_load_the_lines_they_reach(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(
        "cases: {calls: {rate: 100/h, channels: {voice: 50 %, chat: 30 %, self_service: 20 %}}}\n"
        "contact_centres:\n  c:\n    lines:\n"
        "      voice: {handle_time: 6 min, after_work: 3 min, transfer: 20 %, transfer_to: tier2}\n"
        "      chat: {handle_time: 12 min, concurrency: 2, slowdown: [1, 1.2]}\n"
        "      self_service: {contained: 75 %, escalate_to: voice}\n"
        "      tier2: {internal: true, handle_time: 30 min}\n"
        "    groups: {a: {lines: [voice, chat], agents: 20}, b: {lines: [tier2], agents: 7}, c: {lines: [tier2], agents: 1}}\n"
    )
    plan = load_plan(file)
    assert pools(plan) == [[0], [1, 2]]
    first, second = contact_loads(plan, Offered(plan))
    assert first.offered == pytest.approx(55 * 0.15 + 30 * 0.12)
    assert second.offered == pytest.approx(55 * 0.2 * 0.5)
    assert second.capacity == 8


def test_workshops_get_the_orders_of_the_markets_nearest_to_them(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(
        "markets: {a: {lat: 0, lon: 0, weight: 3}, b: {lat: 0, lon: 10, weight: 1}}\n"
        "service_points:\n  near-b: {lat: 0, lon: 9, repair_time: 1 h}\n  near-a: {lat: 0, lon: 1, repair_time: 1 h}\n"
        "cases: {repairs: {rate: 2/h, walk_in: 100 %}}\n"
    )
    plan = load_plan(file)
    loads = {load.names[0]: load.rho for load in workshop_loads(plan, Offered(plan))}
    assert loads == {"near-b": pytest.approx(0.5), "near-a": pytest.approx(1.5)}
    assert plan.warnings == (
        "workshops with more work than hands, whose backlog grows: near-a: offered load 1.5 technicians "
        "against 1 on average (rho = 1.5)",
    )


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        (
            "run: {warm_up: 10 days}\nparts: {fan: {}}\nvendors: {maker: {lead_time: 14 days, lead_times: {fan: 30 days}}}\n"
            "locations: {l: {stock: {fan: {base_stock: 1}}, demand: {fan: 1/day}}}\n",
            "run.warm_up: 10 days is shorter than the longest lead time (30 days, vendor maker); the run is not "
            "in a steady state",
        ),
        (
            "parts: {fan: {}}\nvendors: {maker: {}}\nlocations: {l: {stock: {fan: {base_stock: 1}}}}\n",
            "nothing asks l for parts",
        ),
        (
            "run: {length: 10 days}\nparts: {fan: {}}\nvendors: {maker: {}}\n"
            "locations: {l: {stock: {fan: {review: 30 days, S: 3}}, demand: {fan: 1/day}}}\n",
            "the review period of l is longer than the run: the shelf is never reordered",
        ),
        (
            "cases: {calls: {rate: 1/day, channel: chat}}\ncontact_centres: {d: {agents: 1, handle_time: 1 min, "
            "lines: {voice: {}}}}\n",
            "cases: contacts by chat reach no line and are lost",
        ),
        (
            "cases:\n  r: {rate: 1/day, walk_in: 100 %}\n"
            "  s: {rate: 1/day, channel: voice, to_repair: 50 %, modes: {mail_in: 100 %}}\n"
            "service_points: {bench: {}}\ncontact_centres: {d: {agents: 1, handle_time: 1 min}}\n",
            "cases: no workshop takes mail_in orders; they are carried in where possible, else given up",
        ),
        (
            "cases: {r: {rate: 1/day, walk_in: 100 %, level: 3}}\nservice_points: {bench: {repair_time: 1 h}}\n",
            "repairs of level 3 are beyond bench and are not forwarded to a workshop that can do them",
        ),
        (
            "cases: {calls: {rate: 1/h, channel: voice}}\n"
            "contact_centres: {d: {handle_time: 1 s, lines: {voice: {}, chat: {}}, groups: {g: {agents: 1, lines: [voice]}}}}\n",
            "contact_centres: no agents serve d/chat",
        ),
        (
            "cases: {r: {rate: 1/day, walk_in: 100 %}}\n"
            "service_points:\n  one: {repair_time: 1 h, lat: 0, lon: 0}\n  two: {repair_time: 1 h, lat: 1, lon: 1}\n"
            "markets: {m: {lat: 0, lon: 0}}\n",
            "no repair order reaches 1 of 2 workshops: two",
        ),
    ],
)
def test_each_warning(tmp_path: Path, text: str, warning: str) -> None:
    assert warnings_of(tmp_path, text) == (warning,)


def test_a_part_may_come_through_a_place_that_keeps_none_of_it(tmp_path: Path) -> None:
    text = (
        "parts: {fan: {}}\nvendors: {a: {supplies: []}, b: {supplies: [fan]}}\n"
        "locations: {hub: {source: [a, b]}, l: {source: hub, stock: {fan: {base_stock: 1}}, demand: {fan: 1/day}}}\n"
    )
    assert warnings_of(tmp_path, text) == ()


JUNK: tuple[Any, ...] = (None, 5, -1, 0, "x", "voice", [], {}, True, 1.5, "5 days", "20 %", ["a"], {"a": 1}, {"a": {"b": 2}})


def paths_in(value: Any, path: Keys = ()) -> Iterator[Keys]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in members:
        yield (*path, key)
        yield from paths_in(below, (*path, key))


def test_any_value_in_the_place_of_another_gives_a_plan_or_faults() -> None:
    every = load_document_of(Path(__file__).parent.parent / "scenarios" / "every-feature.yaml")
    choices = [(path, junk) for path in paths_in(every.data) for junk in JUNK]
    plans = faulty = 0
    for path, junk in Random(20240101).sample(choices, 250):
        data = deepcopy(every.data)
        holder: Any = data
        for key in path[:-1]:
            holder = holder[key]
        holder[path[-1]] = deepcopy(junk)
        try:
            plan_of(replace(every, data=data, faults=[]), "x")
            plans += 1
        except ScenarioError as error:
            faulty += len(error.faults) > 0
    assert plans > 0
    assert faulty == 250 - plans > 0
