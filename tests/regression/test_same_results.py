"""What must not change a single bit: unused sites, the order of sites, the number of processes, a replay of saved cases."""

from __future__ import annotations

import copy
import csv
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parents[1] / "property"))

from random_scenarios import Doc, scenarios

import sim
from sim.cli import main
from sim.experiment.replicate import replicate
from sim.scenario.plan import Plan

SCENARIOS = Path(__file__).parents[1] / "scenarios"
DESK = SCENARIOS / "desk-bench-shelf.yaml"
Tables = dict[str, Any]
Kpis = dict[tuple[str, str], float]


def shop(lat: float, **more: Any) -> Doc:
    """A service point of the fixed scenario."""
    return {
        "lat": lat,
        "lon": 110.0,
        "technicians": 1,
        "hours": "mon-sat 9:00-18:00",
        "repair_time": {"exponential": "2 h"},
        "diagnosis_time": {"exponential": "20 min"},
        "source": "hub",
        "transit": {"exponential": "1 day"},
        "stock": {"fan": {"base_stock": 1}, "board": {"s": 0, "S": 2}},
        **more,
    }


WHOLE: Doc = {
    "run": {"length": "50 days", "warm_up": "10 days", "replications": 2, "seed": 5},
    "markets": {
        "harbin": {"lat": 45.0, "lon": 126.0},
        "wuhan": {"lat": 30.0, "lon": 114.0},
        "hainan": {"lat": 20.0, "lon": 110.0},
    },
    "channels": {"voice": "voice"},
    "segments": {"home": {"promise": "2 days", "priority": 1}, "firm": {"promise": "1 day"}},
    "products": {
        "notebook": {"warranty": "1 year", "segments": {"home": "70 %", "firm": "30 %"}, "sales": {"history": [900] * 24}}
    },
    "cases": {
        "faults": {
            "per_unit": "0.5/year",
            "channels": {"voice": "80 %", "walk_in": "20 %"},
            "faults": {
                "easy": {"share": "60 %", "needs": {"fan": "90 %"}},
                "hard": {"share": "40 %", "needs": {"board": "80 %", "fan": "20 %"}, "level": 2},
            },
        }
    },
    "contact_centres": {
        "desk": {
            "agents": 2,
            "hours": "daily 8:00-20:00",
            "handle_time": {"lognormal": {"mean": "12 min", "cv": 0.9}},
            "patience": {"exponential": "5 min"},
            "to_repair": "70 %",
            "resolve": "80 %",
            "redial": {"again": "50 %", "delay": {"exponential": "30 min"}},
            "when_closed": {"again": "60 %", "delay": {"exponential": "1 h"}},
        }
    },
    "service_points": {
        "north": shop(44.0, emergency={"transit": {"exponential": "8 h"}, "cost": "50 EUR"}),
        "middle": shop(31.0, forward_to="works", forward_transit={"exponential": "1 day"}),
        "south": shop(21.0, technicians=2),
    },
    "depots": {"works": shop(32.0, level=3, technicians=2)},
    "locations": {
        "hub": {"lat": 33.0, "lon": 113.0, "source": "maker", "stock": {"fan": {"s": 3, "Q": 5}, "board": {"s": 2, "S": 9}}}
    },
    "vendors": {"maker": {"lead_time": {"gamma": {"mean": "6 days", "cv": 0.4}}}},
    "parts": {"fan": {"price": "20 EUR"}, "board": {"price": "300 EUR"}},
    "quote": {"accept": "70 %", "price": "90 EUR", "line": "desk/voice", "reached": "60 %"},
    "status_contacts": {"rate": "0.5/day"},
}


def simulated(doc: Doc | Path, folder: Path, *sets: str) -> tuple[Plan, Tables, Kpis]:
    """Plan, raw tables and measures of the first replication of a scenario."""
    folder.mkdir(parents=True, exist_ok=True)
    path = doc if isinstance(doc, Path) else folder / "scenario.yaml"
    if not isinstance(doc, Path):
        path.write_text(json.dumps(doc), encoding="utf-8")  # JSON is YAML
    plan = sim.load(path, sets)
    place = replicate(plan, 0, folder, log=True, keep_tables=True)
    with (place / "kpis.csv").open(encoding="utf-8", newline="") as file:
        kpis = {(row["kpi"], row["group"]): float(row["value"]) for row in csv.DictReader(file)}
    return plan, {p.stem: np.load(p) for p in sorted((place / "tables").glob("*.npy"))}, kpis


def assert_same_tables(one: Tables, other: Tables) -> None:
    assert one.keys() == other.keys()
    for name, table in one.items():
        assert len(other[name]) == len(table), name
        assert other[name].tobytes() == table.tobytes(), (name, different(table, other[name]))


def different(one: Any, other: Any) -> list[str]:
    return [c for c in one.dtype.names if one[c].tobytes() != other[c].tobytes()]


# -- unused things ------------------------------------------------------------------------------------------------------------


def with_ghosts(doc: Doc, heads: int, units: int) -> Doc:
    """The scenario with a site, a part, a product and a market of every kind that nobody needs, each last of its kind."""
    doc = copy.deepcopy(doc)
    stock = {"ghost_part": {"base_stock": units}, "fan": {"s": 0, "S": units + 1}} if units else {}
    site = {"technicians": heads, "products": ["ghost"], "region": "ghostland", "stock": stock, "source": "ghost_hub"}
    handling = {"handle_time": "5 min", "patience": "1 h", "agents": heads, "to_repair": "50 %"}
    if "regions" not in doc:
        doc["regions"] = ["all"]
        for kind in ("markets", "service_points", "depots", "locations"):
            for member in doc[kind].values():
                member["region"] = "all"
    doc["regions"].append("ghostland")
    doc["markets"]["ghost_town"] = {"region": "ghostland", "weight": 0, "lat": 10.0, "lon": 10.0}
    doc["products"]["ghost"] = {"warranty": "1 day", "sales": {"history": [0], "monthly": [0]}}
    doc["cases"]["ghosts"] = {"rate": "0/day", "product": "ghost", "channel": "voice", "needs": {"ghost_part": "100 %"}}
    doc["parts"]["ghost_part"] = {"price": "1 EUR"}
    doc["vendors"]["ghost_maker"] = {"lead_time": "3 days"}
    doc["locations"]["ghost_hub"] = {"region": "ghostland", "source": "ghost_maker", "stock": stock}
    doc["service_points"]["ghost_shop"] = {**site, "modes": ["carry_in", "mail_in", "on_site"]}
    doc["depots"]["ghost_works"] = site
    if '"chat"' not in json.dumps(doc["contact_centres"]):
        doc.setdefault("channels", {})["chat"] = "chat"
    doc["contact_centres"]["ghost_desk"] = {"lines": {"voice": {}, "chat": {"concurrency": 2}}, **handling}
    return doc


def without_ghosts(plan: Plan, tables: Tables) -> Tables:
    """The tables with the indices of the plan without ghosts; its new places come after the others of their kind."""
    names = [place.name for place in plan.locations]
    kept = [i for i, name in enumerate(names) if not name.startswith("ghost")]
    places = {old: new for new, old in enumerate(kept)} | {-1: -1}
    sources = {old: new for new, old in enumerate(i for i, x in enumerate(plan.sources) if "ghost" not in x.name)}
    shops = [i for i, w in enumerate(plan.workshops) if not w.name.startswith("ghost")]
    crews = {old: new for new, old in enumerate(shops)} | {-1: -1}
    tables = {name: table.copy() for name, table in tables.items()}
    gauges = tables["gauges"]
    by_owner = {5: crews} | dict.fromkeys(range(7, 12), places)
    lines, groups = (sum(not x.name.startswith("ghost") for x in of) for of in (plan.lines, plan.groups))
    by_owner |= {0: {i: i for i in range(lines)}} | {g: {i: i for i in range(groups)} for g in range(1, 5)}
    owners = zip(gauges["gauge"].tolist(), gauges["owner"].tolist(), strict=True)
    gauges["owner"] = new = np.array([by_owner[g].get(owner, -9) if g in by_owner else owner for g, owner in owners], int)
    tables["gauges"] = gauges[new != -9]
    moved = tables["replenishments"]  # an empty shelf of a ghost is filled, too
    tables["replenishments"] = moved[[int(at) in places for at in moved["location"]]]
    for table, column, renamed in (
        ("cases", "source", sources),
        ("orders", "workshop", crews),
        ("orders", "bench", crews),
        ("jobs", "workshop", crews),
        ("part_demands", "location", places),
        ("replenishments", "location", places),
        ("replenishments", "source", places),
    ):
        tables[table][column] = [renamed[int(i)] for i in tables[table][column]]
    return tables


@settings(max_examples=6, deadline=None, derandomize=True, phases=(Phase.generate,))
@given(scenarios(), st.sampled_from([(0, 0), (2, 3)]))
def test_unused_things_change_nothing(doc: Doc, size: tuple[int, int]) -> None:
    assert_ghosts_change_nothing(doc, *size)


@pytest.mark.parametrize("size", [(0, 0), (2, 3)])
def test_unused_things_change_nothing_in_a_whole_scenario(size: tuple[int, int]) -> None:
    doc = copy.deepcopy(WHOLE) | {"regions": ["all"]}
    for kind in ("markets", "service_points", "depots", "locations"):
        for member in doc[kind].values():
            member["region"] = "all"
    assert_ghosts_change_nothing(doc, *size)


def assert_ghosts_change_nothing(doc: Doc, heads: int, units: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _, tables, kpis = simulated(doc, Path(folder) / "plain")
        plan, more_tables, more_kpis = simulated(with_ghosts(doc, heads, units), Path(folder) / "ghosts")
    assert_same_tables(tables, without_ghosts(plan, more_tables))
    if not heads:
        same = {key: more_kpis.get(key, -1.0) for key in kpis}
        assert same == pytest.approx(kpis, rel=1e-12, abs=1e-12)  # sums over more sites are added in another order


# -- order --------------------------------------------------------------------------------------------------------------------


def by_name(plan: Plan, tables: Tables) -> list[tuple[Any, ...]]:
    """Every order with the names of its workshops, and every part demand with that of its place."""
    shops, places = [w.name for w in plan.workshops], [place.name for place in plan.locations]
    orders = tables["orders"]
    fields = [f for f in orders.dtype.names if f not in ("workshop", "bench")]
    found: list[tuple[Any, ...]] = [
        (*(row[f].tobytes() for f in fields), shops[row["workshop"]], shops[row["bench"]]) for row in orders
    ]
    asked = tables["part_demands"]
    fields = [f for f in asked.dtype.names if f != "location"]
    return found + [(*(row[f].tobytes() for f in fields), places[row["location"]]) for row in asked]


def test_the_order_of_sites_in_the_file_does_not_matter(tmp_path: Path) -> None:
    doc = copy.deepcopy(WHOLE)
    for kind in ("service_points", "locations", "vendors", "contact_centres", "depots"):
        doc[kind] = dict(reversed(doc[kind].items()))
    doc = dict(reversed(doc.items()))
    plan, tables, kpis = simulated(WHOLE, tmp_path / "one")
    turned, turned_tables, turned_kpis = simulated(doc, tmp_path / "two")
    assert [w.name for w in plan.workshops if w.kind == "point"] == ["north", "middle", "south"]
    assert [w.name for w in turned.workshops if w.kind == "point"] == ["south", "middle", "north"]
    assert len(tables["orders"]) > 500
    assert by_name(turned, turned_tables) == by_name(plan, tables)
    assert turned_tables["contacts"].tobytes() == tables["contacts"].tobytes()
    assert turned_kpis == pytest.approx(kpis, rel=1e-12)  # sums over sites are added in another order


# -- processes, replay, changes -----------------------------------------------------------------------------------------------


def files(folder: Path) -> dict[str, bytes]:
    """Content of every file of a run but the manifest."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.name != "manifest.json"}


def test_one_process_or_two_write_the_same_bytes(tmp_path: Path) -> None:
    scenario = tmp_path / "whole.yaml"
    scenario.write_text(json.dumps(WHOLE), encoding="utf-8")
    for jobs in ("1", "2"):
        out = str(tmp_path / jobs)
        assert main(["run", str(scenario), "-r", "3", "-j", jobs, "--tables", "--no-report", "--out", out]) == 0
    one, two = files(tmp_path / "1"), files(tmp_path / "2")
    assert len(one) > 40
    assert sorted(one) == sorted(two)
    assert [name for name in one if one[name] != two[name]] == []


@pytest.mark.parametrize("initial", ["full", "theory"])
def test_saved_cases_replayed_give_the_same_tables(tmp_path: Path, initial: str) -> None:
    doc = copy.deepcopy(WHOLE)
    doc["run"] |= {"initial": initial, "replications": 1}
    doc["customers"] = {"wang": {"at": "2024-01-20 10:20", "case": "faults", "age": "20 days", "mode": "carry_in"}}
    scenario = tmp_path / "whole.yaml"
    scenario.write_text(json.dumps(doc), encoding="utf-8")
    log = str(tmp_path / "log" / "c.csv")
    assert main(["run", str(scenario), "--out", str(tmp_path / "run"), "--no-report", "--save-cases", log]) == 0
    with (tmp_path / "log" / "c.csv").open(newline="") as file:
        assert next(csv.reader(file)) == ["at_h", "source", "market", "home", "segment", "channel", "age_h", "key"]
    replay = tmp_path / "replay.yaml"
    replay.write_text("extends: whole.yaml\nadd: {replay: {from: log/c.csv}}\n")
    plan, tables, kpis = simulated(scenario, tmp_path / "one")
    again, repeated, same = simulated(replay, tmp_path / "two")
    assert plan.case_log is None
    assert again.case_log is not None
    assert len(again.case_log.at_h) == len(tables["cases"]) - 1 == sim.api.save_cases(plan, tmp_path / "d.csv")
    assert (tmp_path / "d.csv").read_bytes() == (tmp_path / "log" / "c.csv").read_bytes()
    assert_same_tables(tables, repeated)
    assert same == kpis


def test_scaled_demand_stays_in_step(tmp_path: Path) -> None:
    sets = ("run.length=40 days", "run.warm_up=0 h", "cases.faults.profile=flat")
    _, base, _ = simulated(DESK, tmp_path / "one", *sets)
    _, twice, _ = simulated(DESK, tmp_path / "two", *sets, "cases.faults.rate=40/day")
    few, many = base["cases"], twice["cases"][: len(base["cases"])]
    assert len(few) > 700
    for column in ("key", "market", "segment", "channel"):
        assert (few[column] == many[column]).all()
    np.testing.assert_allclose(many["at_h"], few["at_h"] / 2, rtol=1e-12)


def test_a_change_is_the_same_from_the_command_line_and_in_a_file(tmp_path: Path) -> None:
    changed = tmp_path / "changed.yaml"
    text = DESK.read_text().replace("agents: 2", "agents: 3").replace("3 years", "30 days").replace("S: 20", "S: 8")
    changed.write_text(text)
    overlay = tmp_path / "overlay.yaml"
    change = {"contact_centres.desk.agents": 3, "run.length": "30 days", "service_points.bench.stock.fan.S": 8}
    overlay.write_text(json.dumps({"extends": "base.yaml", "change": change}))
    (tmp_path / "base.yaml").write_text(DESK.read_text())
    sets = ("contact_centres.desk.agents=3", "run.length=30 days", "service_points.bench.stock.fan.S=8")
    found = [simulated(changed, tmp_path / "a"), simulated(overlay, tmp_path / "b"), simulated(DESK, tmp_path / "c", *sets)]
    for plan, tables, kpis in found[1:]:
        assert plan.digest == found[0][0].digest
        assert_same_tables(tables, found[0][1])
        assert kpis == found[0][2]
