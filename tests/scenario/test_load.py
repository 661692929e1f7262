"""From files to plans: the minimal scenarios say little and mean much; every field of the format arrives in the plan."""

import math
from pathlib import Path

import numpy as np
import pytest

from sim.distributions import Dist
from sim.errors import ScenarioError
from sim.resources import find_shipped, shipped
from sim.rules.stocking import BaseStock, PeriodicUpTo, ReorderPointLot, ReorderPointUpTo
from sim.scenario.load import load_plan, load_scenario
from sim.scenario.plan import MODES, Demand, Lane, Plan, Shift
from sim.units import MONTH

SCENARIOS = Path(__file__).parent.parent / "scenarios"


@pytest.fixture(scope="module")
def every() -> Plan:
    return load_plan(SCENARIOS / "every-feature.yaml")


def plan_of(tmp_path: Path, text: str) -> Plan:
    file = tmp_path / "x.yaml"
    file.write_text(text)
    return load_plan(file)


def test_impatient_callers_is_an_erlang_a_queue() -> None:
    plan = load_plan(SCENARIOS / "impatient-callers.yaml")
    assert (plan.name, plan.title) == ("impatient-callers", "Impatient callers")
    assert (plan.run.length_h, plan.run.warm_up_h, plan.run.replications) == (9600.0, 120.0, 10)
    (source,), (line,), (group,) = plan.sources, plan.lines, plan.groups
    assert (source.name, source.rate, source.channels) == ("calls/product", 100.0, (((0, 1.0),),))
    assert (line.name, line.behaviour, line.calendar_ix) == ("desk/voice", "voice", -1)
    assert line.handle_time == Dist("exponential", (0.1,))
    assert line.patience is not None
    assert line.patience.mean == pytest.approx(4 / 60)
    assert group.shifts == (Shift(-1, 11),)
    assert group.lines == (0,)
    assert plan.entry == ((0,),)
    assert plan.regions == ("all",)
    assert plan.workshops == plan.locations == plan.warnings == ()


def test_depot_and_ten_bases_is_a_two_echelon_network() -> None:
    plan = load_plan(SCENARIOS / "depot-and-ten-bases.yaml")
    assert [loc.name for loc in plan.locations] == ["depot", *(f"base-{i}" for i in range(1, 11)), "maker"]
    depot, base, maker = plan.locations[0], plan.locations[1], plan.locations[-1]
    assert (depot.kind, base.kind, maker.kind) == ("depot", "point", "vendor")
    assert depot.lanes == (Lane(11, Dist("constant", (0.0,))),)
    assert base.lanes == (Lane(0, Dist("constant", (48.0,))),)
    assert (depot.policies, base.policies) == (((0, BaseStock(5)),), ((0, BaseStock(2)),))
    assert base.demands == (Demand(0, 0.5 / 24),)
    assert maker.lead_time == Dist("exponential", (120.0,))
    assert plan.warnings == ()


def test_desk_bench_and_shelf_joins_the_three_wings() -> None:
    plan = load_plan(SCENARIOS / "desk-bench-shelf.yaml")
    (source,), (workshop,) = plan.sources, plan.workshops
    assert source.rate == pytest.approx(20 / 24)
    assert plan.needs[0].kind == "hardware"
    assert source.faults[0].parts == ((0, 0.6, 1),)
    assert plan.profiles[source.profile_ix].weekdays == (1.4, 1.4, 1.4, 1.4, 1.4, 0.0, 0.0)
    assert plan.lines[0].to_repair == 0.4
    assert plan.calendars[plan.lines[0].calendar_ix].weekly[0] == ((8.0, 18.0),)
    assert plan.calendars[workshop.shifts[0].calendar_ix].weekly[4:] == (((9.0, 17.0),), (), ())
    shelf = plan.locations[workshop.location_ix]
    assert shelf.policies == ((0, ReorderPointUpTo(5, 20)),)
    assert plan.locations[shelf.lanes[0].source_ix].name == "maker"
    assert (workshop.repair_time.mean, workshop.repair_time.cv) == (pytest.approx(1.5), pytest.approx(0.5))
    target = plan.targets[0]
    assert (target.kpi, target.group, target.maximum, target.unit) == ("tat.customer.p90", "all", 96.0, "h")
    # 20 a day on 7 days, 40 % of them 1.5 h of work: 84 h a week for 2 technicians who work 80
    assert plan.warnings == (
        "workshops with more work than hands, whose backlog grows: bench: offered load 0.5 technicians against 0.476 on average "
        "(rho = 1.05)",
    )


def test_the_minimal_scenarios_load_always_the_same() -> None:
    for path in sorted(SCENARIOS.glob("*.yaml")):
        first = load_plan(path)
        assert load_plan(path).digest == first.digest


def test_times_and_calendars_arrive(every: Plan) -> None:
    calendars = {c.name: c for c in every.calendars}
    work = calendars["work"]  # office hours of China with the table of exceptions
    assert work.time_zone == "Asia/Shanghai"
    assert work.weekly[0] == ((8.0, 18.0),)
    assert work.closed == ("2017-01-02", "2017-04-03")
    assert work.open_as == (("2017-04-01", 0),)
    points = [w for w in every.workshops if w.kind == "point"]
    assert len({w.shifts[0].calendar_ix for w in points}) == 1  # equal calendars are shared
    shop = every.calendars[points[0].shifts[0].calendar_ix]
    assert (shop.closed, shop.open_as) == (("2017-01-28",), (("2017-01-22", 0),))
    night = every.calendars[every.groups[0].shifts[1].calendar_ix]
    assert night.weekly == (((0.0, 6.0), (22.0, 24.0)),) * 7
    (profile,) = every.profiles
    assert np.mean(profile.weekdays) == pytest.approx(1)
    assert np.mean(profile.working_day) == pytest.approx(1)
    assert profile.weekdays[0] / profile.weekdays[6] == pytest.approx(5)
    assert np.dot(profile.months, [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) / 365 == pytest.approx(1)
    assert (profile.holidays, profile.make_up, profile.holiday_factor) == (work.closed, ("2017-04-01",), 0.4)


def test_the_market_arrives(every: Plan) -> None:
    assert every.regions == ("north-east", "south")
    assert every.markets.weight.tolist() == [0.75, 0.25]
    assert every.markets.region_ix.tolist() == [0, 1]
    assert every.markets.country_ix.tolist() == [0, 1]
    consumer, enterprise = every.segments
    assert (consumer.promise_h, consumer.promise_working_days, consumer.penalty) == (168.0, True, 50.0)
    assert every.calendars[consumer.promise_calendar_ix].name == "work"
    assert (enterprise.promise_clock, enterprise.priority) == ("workshop", 1)
    notebook, desktop = every.products
    assert (notebook.warranty_h, notebook.world_wide, notebook.weight_kg) == (17520.0, False, 2.2)
    assert notebook.segment_shares == (0.7, 0.3)
    assert notebook.market_ix == (0,)
    assert notebook.monthly_sales == (150.0,)
    assert desktop.monthly_sales == (50.0,)
    scale = 5 * 8760 / math.gamma(4 / 3)
    alive = [math.exp(-(((k + 0.5) * MONTH / scale) ** 3)) for k in range(3)]
    assert notebook.survival[:3] == pytest.approx(alive, abs=1e-4)
    assert notebook.cohorts == pytest.approx([300 * alive[0], 200 * alive[1], 100 * alive[2]], rel=1e-4)
    assert desktop.survival == (1.0,) * len(desktop.survival)


def test_cases_arrive(every: Plan) -> None:
    sources = {s.name: s for s in every.sources}
    assert list(sources) == ["usage/notebook", "usage/desktop", "hardware/notebook", "hardware/desktop", "cleaning/desktop"]
    channels = [c.name for c in every.channels]
    assert channels == ["wechat", "web", "voice"]
    usage = sources["usage/desktop"]
    assert usage.by_age == ((0.0, 0.3 / 8760), (8760.0, pytest.approx(0.2 / 8760)))
    assert usage.channels == (((1, 0.5), (2, 0.5)), ((2, 1.0),))
    hardware = sources["hardware/notebook"]
    # the segment's own habits, 20 % of all walk in; enterprises say nothing: voice
    assert hardware.channels[0] == ((0, pytest.approx(0.32)), (2, pytest.approx(0.48)), (-1, 0.2))
    assert hardware.channels[1] == ((2, 0.8), (-1, 0.2))
    assert hardware.modes == ((0.5, 0.5, 0.0), (0.0, 0.0, 1.0))
    screen, board = hardware.faults
    assert (screen.name, screen.share, screen.level) == ("screen", 0.4, 2)
    assert screen.parts == ((0, 0.95, 1), (2, 0.2, 2))
    assert board.repair_time == Dist("uniform", (1.0, 2.0))
    assert sources["hardware/desktop"].faults[0].share == 1.0
    cleaning = sources["cleaning/desktop"]
    assert (cleaning.rate, cleaning.channels[0], cleaning.segment_shares) == (pytest.approx(2 / 24), ((-1, 1.0),), (1.0, 0.0))
    assert [n.counts_in_tat for n in every.needs] == [True, True, False]
    assert [n.result_call for n in every.needs] == [False, True, False]
    assert (every.needs[0].captured_in, every.needs[0].captured_out) == (1.0, 0.3)
    wang = every.customers[0]
    assert every.sources[wang.source_ix].name == "hardware/notebook"
    assert wang.at_h == 91 * 24 + 10 + 20 / 60 - 8
    assert wang.becomes_order
    assert (wang.fault, wang.mode, wang.age_h, channels[wang.channel_ix]) == (1, "carry_in", 480.0, "voice")


def test_contact_centres_arrive(every: Plan) -> None:
    lines = {line.name: line for line in every.lines}
    index = list(lines)
    assert index == ["dalian/voice", "dalian/wechat", "dalian/tier2", "dalian/web", "singapore/voice"]
    voice, wechat, tier2 = lines["dalian/voice"], lines["dalian/wechat"], lines["dalian/tier2"]
    assert index[voice.transfer_line_ix] == "dalian/tier2"
    assert index[voice.overflow_line_ix] == "singapore/voice"
    assert voice.overflow_after_h == pytest.approx(2 / 60)
    assert voice.patience == tier2.patience == Dist("exponential", (pytest.approx(4 / 60),))  # given once at the centre
    assert (voice.redial.retry, voice.redial.switch, voice.redial.walk_in, voice.redial.max_attempts) == (0.6, 0.1, 0.05, 4)
    assert voice.redial.switch_channel_ix == 0
    assert (voice.when_closed.retry, voice.when_closed.retry_delay.mean) == (0.5, 1.0)
    assert (wechat.concurrency, wechat.slowdown, wechat.behaviour) == (3, (1.0, 1.2, 1.5), "chat")
    assert tier2.channel_ix == -1
    assert lines["dalian/web"].escalate_channel_ix == 2
    tier1 = every.groups[0]
    assert [s.heads for s in tier1.shifts] == [84, 14]
    assert tier1.paid_factor == pytest.approx(140 / 98)
    assert [index[i] for i in tier1.lines] == ["dalian/voice", "dalian/wechat"]
    assert every.entry[2] == (0, 0)  # the first centre in the file that serves the region
    assert every.quote.line_ix == 0
    assert (every.status.channel_ix, every.status.rate) == (2, pytest.approx(0.3 / 24))


def test_service_and_parts_arrive(every: Plan) -> None:
    workshops = {w.name: w for w in every.workshops}
    assert list(workshops) == ["shenyang-1", "shenyang-2", "lhasa", "north", "field"]
    lhasa, north, field = workshops["lhasa"], workshops["north"], workshops["field"]
    assert (lhasa.kind, north.kind, field.kind) == ("point", "depot", "team")
    assert lhasa.finish_jobs
    assert not north.finish_jobs
    assert every.workshops[lhasa.forward_ix].name == "north"
    assert (lhasa.audit_share, lhasa.audit_pass, lhasa.dead_on_arrival, lhasa.wage) == (0.1, 0.95, 0.01, 40.0)
    assert (north.shifts[0].heads, north.shrinkage_factor) == (5, 1.2)
    assert north.modes == ("mail_in",)
    assert north.product_ix == (0, 1)
    locations = {loc.name: loc for loc in every.locations}
    assert every.locations[field.location_ix].name == "north"
    shelf = locations["lhasa"]
    assert [every.locations[lane.source_ix].name for lane in shelf.lanes] == ["north", "maker"]
    assert (shelf.lanes[0].transit.mean, shelf.lanes[0].cost, shelf.lanes[0].cost_per_kg) == (48.0, 12.0, 3.0)
    assert shelf.emergency is not None
    assert (every.locations[shelf.emergency.source_ix].name, shelf.emergency_premium) == ("north", 80.0)
    assert shelf.policies is locations["shenyang-1"].policies  # one stock plan for all of them
    assert locations["north"].policies == ((0, ReorderPointLot(5, 10)), (1, PeriodicUpTo(168.0, 20)), (2, ReorderPointUpTo(1, 4)))
    assert (locations["north"].lanes[0].transit.mean, locations["north"].lanes[0].cost) == (72.0, 100.0)
    assert locations["hub"].demands == (Demand(1, 0.1 / 24), Demand(2, 1 / 168, Dist("uniform", (1.0, 3.0))))
    assert locations["maker"].lead_times[0][1].mean == 360.0
    assert locations["trader"].supplies == (2,)
    assert every.parts[1].weight_kg == 0.6
    assert every.parcel is not None
    assert every.parcel.surcharge_market == (False, True)
    assert every.costs.holding_rate == pytest.approx(0.18 / 8760)
    assert every.targets[1].group == "site=dalian;channel=voice"
    assert (every.targets[1].minimum, every.targets[1].unit) == (0.8, "1")
    assert every.notes == ("the weather",)
    assert MODES == ("carry_in", "mail_in", "on_site")


def test_sets_change_the_plan_and_its_digest() -> None:
    plan = load_plan(SCENARIOS / "impatient-callers.yaml", sets=["contact_centres.desk.agents=12", "run.seed=7"])
    assert plan.groups[0].shifts[0].heads == 12
    assert plan.run.seed == 7
    assert plan.digest != load_plan(SCENARIOS / "impatient-callers.yaml").digest


def test_titles_targets_and_the_order_of_fields_do_not_change_the_digest(tmp_path: Path) -> None:
    one = plan_of(
        tmp_path, "title: A\ncases: {calls: {rate: 1/h, channel: voice}}\ncontact_centres: {d: {agents: 1, handle_time: 6 min}}\n"
    )
    two = plan_of(
        tmp_path,
        "contact_centres: {d: {handle_time: 0.1 h, agents: 1}}\ncases: {calls: {channel: voice, rate: 24/day}}\ntitle: B\n"
        "targets: {contact.asa: {max: 1 min}}\n",
    )
    assert one.digest == two.digest


@pytest.mark.parametrize(
    "text",
    [
        "title: nothing at all\n",
        "run: {length: 0}\n",
        "cases: {calls: {rate: 0, channel: voice}}\ncontact_centres: {d: {agents: 0, handle_time: 0}}\n",
        "parts: {fan: }\nvendors: {maker: {lead_time: 0}}\nlocations: {l: {source: maker, stock: {fan: {base_stock: 0}}}}\n",
        "run: {length: 1 day}\nparts: {fan: {}}\nvendors: {m: {lead_time: 1 year}}\n"
        "locations: {l: {stock: {fan: {base_stock: 1}}}}\n",
        "cases: {repairs: {rate: 1/day, walk_in: 100 %}}\nservice_points: {bench: {technicians: 0}}\n",
        "contact_centres: {}\nservice_points: {}\nparts: {}\n",
    ],
)
def test_limiting_cases_are_legal(tmp_path: Path, text: str) -> None:
    assert plan_of(tmp_path, text).digest


@pytest.mark.parametrize(
    ("case", "rest", "kind"),
    [
        ("{rate: 0.8/h}", "service_points: {bench: {}}", "hardware"),
        ("{rate: 0.8/h}", "contact_centres: {d: {agents: 1, handle_time: 6 min}}", "question"),
        ("{rate: 0.8/h, faults: {board: {}}}", "contact_centres: {d: {agents: 1, handle_time: 6 min}}", "hardware"),
        ("{rate: 0.8/h, kind: question}", "service_points: {bench: {}}", "question"),
    ],
)
def test_kind_of_a_case_type_of_which_nothing_is_said(tmp_path: Path, case: str, rest: str, kind: str) -> None:
    plan = plan_of(tmp_path, f"cases: {{jobs: {case}}}\n{rest}\n")
    assert plan.needs[0].kind == kind


def test_countries_of_markets_default_to_regions(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path,
        "regions: [north, south]\nmarkets: {oslo: {region: north}, bergen: {region: north, country: NO}, rome: {region: south},\n"
        "  tromso: {region: north, country: NO}, malmo: {region: north}}\n",
    )
    oslo, bergen, rome, tromso, malmo = plan.markets.country_ix.tolist()
    assert bergen == tromso
    assert oslo == malmo
    assert len({oslo, bergen, rome}) == 3


CUSTOMERS = """
run: {start: 2024-01-01, warm_up: 1 day, length: 9 days}
contact_centres: {d: {agents: 1, handle_time: 6 min}}
service_points: {bench: {}}
cases: {ask: {rate: 1/h}, fix: {kind: hardware}, maybe: {kind: hardware, to_repair: 0 %}, wipe: {kind: software, to_repair: 10 %}}
customers:
  early: {at: 2023-12-31 23:59, case: fix}
  in-time: {at: 2024-01-10 23:59, case: fix}
  late: {at: 2024-01-11 00:00, case: fix}
  asks: {at: 2024-01-05 10:00, case: ask}
  never: {at: 2024-01-05 10:00, case: maybe}
  wipes: {at: 2024-01-05 10:00, case: wipe}
  free: {at: 2024-01-05 10:00, case: fix, becomes_order: false}
"""


def test_example_customers_outside_the_run_are_left_out_with_a_warning(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, CUSTOMERS)
    assert [c.name for c in plan.customers] == ["in-time", "asks", "never", "wipes", "free"]
    assert plan.warnings[:2] == (
        "customers.early: comes before the start of the run and is left out",
        "customers.late: comes after the end of the run and is left out",
    )


def test_example_customers_become_orders_if_their_case_type_can(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, CUSTOMERS)
    assert {c.name: c.becomes_order for c in plan.customers} == {
        "in-time": True,
        "asks": False,
        "never": False,
        "wipes": True,
        "free": False,
    }


def test_recorded_cases_are_sorted_and_keyed(tmp_path: Path) -> None:
    (tmp_path / "cases.csv").write_text(
        "at_h,need,market,channel,age_h\n5,repair,b,walk_in,10\n2,call,,voice,\n5,call,b,voice,1\n"
    )
    plan = plan_of(
        tmp_path,
        "regions: [r]\nmarkets: {a: {}, b: {}}\nreplay: {from: cases.csv}\ncases: {call: {}, repair: {kind: hardware}}\n"
        "contact_centres: {d: {agents: 1, handle_time: 6 min}}\n",
    )
    log = plan.case_log
    assert log is not None
    assert log.at_h.tolist() == [2, 5, 5]
    assert [plan.sources[i].name for i in log.source_ix] == ["call/product", "repair/product", "call/product"]
    assert (log.market_ix.tolist(), log.home_ix.tolist()) == ([0, 1, 1], [0, 1, 1])
    assert (log.channel_ix.tolist(), log.age_h.tolist()) == ([0, -1, 0], [0, 10, 1])
    assert len(set(log.key.tolist())) == 3
    assert log.key.dtype == np.uint64


def test_thousands_of_sites_load_in_a_few_seconds(tmp_path: Path) -> None:
    rows = "".join(f"p{i},{20 + i % 30},{80 + i % 50},{1 + i % 4},{40 + i % 50} min,0.5,s{i % 3}\n" for i in range(2200))
    (tmp_path / "sites.csv").write_text("name,lat,lon,technicians,repair_time.gamma.mean,repair_time.gamma.cv,stock\n" + rows)
    markets = "".join(f"m{i},{20 + i % 31},{80 + i % 47},{1 + i % 5}\n" for i in range(1200))
    (tmp_path / "markets.csv").write_text("name,lat,lon,weight\n" + markets)
    parts = ", ".join(f"part{i}: {{base_stock: 1}}" for i in range(40))
    text = (
        "service_points: {from: sites.csv, defaults: {hours: mon-sat 9:00-18:00, time_zone: Asia/Shanghai, transit: 2 days}}\n"
        f"markets: {{from: markets.csv}}\nstock_plans: {{s0: {{{parts}}}, s1: {{{parts}}}, s2: {{{parts}}}}}\n"
        f"parts: {{{', '.join(f'part{i}: {{}}' for i in range(40))}}}\nvendors: {{maker: {{lead_time: 14 days}}}}\n"
        "cases: {repair: {rate: 100/h, walk_in: 100 %, needs: {part1: 50 %}}}\n"
    )
    plan = plan_of(tmp_path, text)
    assert len(plan.workshops) == 2200
    assert len(plan.locations) == 2201
    assert len(plan.calendars) == 1


def test_a_resolved_scenario_says_where_each_value_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.yaml").write_text("title: One\nrun: {length: 1 day}\nparts: {fan: {}}\n")
    (tmp_path / "two.yaml").write_text("extends: one.yaml\ntitle: Two\n\nchange: {run.length: 2 days}\n")
    data, origins = load_scenario("two.yaml", sets=["run.seed=3"])
    assert data == {"title": "Two", "run": {"length": "2 days", "seed": 3}, "parts": {"fan": {}}}
    assert origins == {"title": "two.yaml:2", "run.length": "two.yaml:4", "run.seed": "--set", "parts.fan": "one.yaml:3"}


def test_a_missing_file_is_one_fault() -> None:
    with pytest.raises(ScenarioError) as caught:
        load_plan("no-such-scenario")
    assert [f.code for f in caught.value.faults] == ["E001"]


def test_shipped_files_are_found_by_name_only() -> None:
    assert find_shipped("no-such-scenario") is None
    assert find_shipped("../pyproject.toml") is None
    assert find_shipped("") is None
    for kind in ("scenarios", "network"):
        for name, path in shipped(kind):
            assert find_shipped(f"{kind}/{name}") == path
