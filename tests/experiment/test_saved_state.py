"""A run that begins as another ended: every unit where it was, and the stationary mean from the start."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim import api
from sim.cli import main
from sim.errors import ScenarioError, UsageError
from sim.scenario.load import load_plan
from sim.store import Study

# a run of no length has no averages
pytestmark = pytest.mark.filterwarnings("ignore:invalid value encountered in divide:RuntimeWarning")
SCENARIOS = Path(__file__).parent.parent / "scenarios"
DEPOT = SCENARIOS / "depot-and-ten-bases.yaml"
SHELF = """
title: One shelf
run: {{length: {length}, warm_up: 0 h, replications: 20, seed: {seed}, initial: {initial}}}
parts: {{unit: {{}}}}
vendors: {{maker: {{lead_time: {{gamma: {{mean: 20 days, cv: 0.3}}}}}}}}
locations: {{store: {{source: maker, stock: {{unit: {{s: 60, S: 120}}}}, demand: {{unit: 2/day}}}}}}
"""


def states(path: Path) -> list[list[dict[str, Any]]]:
    found: list[list[dict[str, Any]]] = json.loads(path.read_text())["states"]
    return found


def study_of(tmp_path: Path, name: str, text: str, **more: Any) -> Study:
    (path := tmp_path / f"{name}.yaml").write_text(text)
    return sim.run(path, jobs=1, out=tmp_path / f"run-{name}", **more)


def begun_with(source: Path, state: str) -> str:
    """The text of a scenario that begins with a saved state and lasts no time."""
    return source.read_text().replace(
        "run: {length: 20 years, warm_up: 1 year,", f"run: {{length: 0 h, initial: {{saved: {state}}},"
    )


@pytest.fixture(scope="module")
def scarce(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A depot that is short most of the time: units are owed to bases and to customers."""
    sets = ["run.length=100 days", "run.warm_up=0 h", "locations.depot.stock.unit.base_stock=15"]
    return sim.run(DEPOT, replications=3, jobs=1, sets=sets, out=tmp_path_factory.mktemp("scarce") / "run")


def test_every_unit_is_where_it_was(scarce: Study, tmp_path: Path) -> None:
    assert api.save_state(scarce, tmp_path / "state.json") == 3
    first = states(tmp_path / "state.json")
    assert {key for state in first for shelf in state for key in shelf} == {
        "location",
        "part",
        "on_hand",
        "in_transit",
        "owed",
        "waiting",
    }
    sets = ["locations.depot.stock.unit.base_stock=15"]
    again = study_of(tmp_path, "again", begun_with(DEPOT, "state.json"), sets=sets, replications=3)
    api.save_state(again, tmp_path / "again.json")
    assert states(tmp_path / "again.json") == first


def test_saved_levels_are_those_of_the_identities(scarce: Study, tmp_path: Path) -> None:
    """On hand + on order - backorders is the base stock; the depot owes what the bases await."""
    api.save_state(scarce, tmp_path / "state.json")
    level = {"depot": 15} | {f"base-{i}": 2 for i in range(1, 11)}
    for state in states(tmp_path / "state.json"):
        sums = {
            s["location"]: {k: sum(x["units"] for x in s.get(k, [])) for k in ("in_transit", "owed", "waiting")} for s in state
        }
        owed_by_depot = sum(sums[base]["owed"] for base in sums if base != "depot")
        for shelf in state:
            mine = sums[shelf["location"]]
            below = owed_by_depot if shelf["location"] == "depot" else 0
            assert shelf["on_hand"] + mine["in_transit"] + mine["owed"] - mine["waiting"] - below == level[shelf["location"]]


def test_a_continued_run_is_stationary_from_the_first_month(tmp_path: Path) -> None:
    """(s, S) under Poisson demand: E on hand by the uniform position and the demand of a lead time; `empty` starts far below."""
    long = study_of(tmp_path, "long", SHELF.format(length="2 years", seed=1, initial="theory"))
    api.save_state(long, tmp_path / "state.json")
    stationary = float(np.mean(np.arange(61, 121))) - 2 * 20  # nobody waits to speak of
    means = {}
    for name, initial in (("saved", "{saved: state.json}"), ("empty", "empty")):
        month = study_of(tmp_path, name, SHELF.format(length="30 days", seed=2, initial=initial))
        means[name] = month.values("parts.on_hand.mean")
    spread = means["saved"].std(ddof=1) / np.sqrt(20)
    assert abs(means["saved"].mean() - stationary) < 4 * spread
    assert spread < 8
    assert means["empty"].mean() < 0.6 * stationary
    assert len(set(means["saved"].tolist())) > 15  # every replication has a state of its own


def test_the_state_is_part_of_the_plan_only_when_used(tmp_path: Path) -> None:
    long = study_of(tmp_path, "long", SHELF.format(length="100 days", seed=1, initial="theory"), replications=2)
    plain = load_plan(tmp_path / "long.yaml").digest
    api.save_state(long, tmp_path / "state.json")
    assert load_plan(tmp_path / "long.yaml").digest == plain == long.digest
    (tmp_path / "next.yaml").write_text(SHELF.format(length="100 days", seed=1, initial="{saved: state.json}"))
    digest = load_plan(tmp_path / "next.yaml").digest
    text = (tmp_path / "state.json").read_text()
    (tmp_path / "state.json").write_text(text.replace('"scenario": "long"', '"scenario": "other"'))
    assert load_plan(tmp_path / "next.yaml").digest == digest  # where it comes from does not count
    data = json.loads(text)
    data["states"][0][0]["on_hand"] += 1
    (tmp_path / "state.json").write_text(json.dumps(data))
    assert load_plan(tmp_path / "next.yaml").digest != digest
    assert digest != plain


def test_shelves_that_the_file_does_not_name(tmp_path: Path) -> None:
    text = SHELF.format(length="0 h", seed=1, initial="{saved: state.json, others: OTHERS}")
    text = text.replace("locations: {", "locations: {other: {source: maker, stock: {unit: {s: 5, S: 9}}}, ")
    shelf = {"location": "store", "part": "unit", "on_hand": 100}
    (tmp_path / "state.json").write_text(json.dumps({"format": 1, "kind": "sparesim stock", "states": [[shelf]]}))
    for others, low, high in (("full", 9, 9), ("empty", 0, 0), ("theory", 6, 9)):
        study = study_of(tmp_path, others, text.replace("OTHERS", others), replications=1)
        api.save_state(study, tmp_path / "end.json")
        found = {s["location"]: s for s in states(tmp_path / "end.json")[0]}
        assert found["store"]["on_hand"] == 100
        assert low <= found["other"]["on_hand"] <= high
        assert ("in_transit" in found["other"]) == (others == "empty")


def test_a_changed_policy_acts_at_once_and_a_lost_source_is_replaced(tmp_path: Path) -> None:
    shelf = {"location": "store", "part": "unit", "on_hand": 50, "owed": [{"since_h": 5.0, "units": 7}],
             "waiting": [{"since_h": 3.0, "units": 2, "priority": 0}]}  # fmt: skip
    (tmp_path / "state.json").write_text(json.dumps({"format": 1, "kind": "sparesim stock", "states": [[shelf]]}))
    study = study_of(tmp_path, "next", SHELF.format(length="1 h", seed=1, initial="{saved: state.json}"), replications=1)
    api.save_state(study, tmp_path / "end.json")
    (found,) = states(tmp_path / "end.json")[0]
    under_way = sorted(x["units"] for x in found["in_transit"])
    assert under_way == [7, 120 - (50 - 2 + 7)]  # a vendor owes nothing: ordered anew; then at 55 <= s up to S
    assert "owed" not in found
    assert "waiting" not in found  # units were on hand for those who waited
    assert 46 <= found["on_hand"] <= 48


def test_units_are_conserved_with_repairs_and_emergencies(tmp_path: Path) -> None:
    """The invariants are checked at the end of every run; here the state has orders' backorders in it."""
    sets = ["run.length=100 days", "run.warm_up=0 h"]
    desk = SCENARIOS / "desk-bench-shelf.yaml"
    study = sim.run(desk, replications=2, jobs=1, sets=sets, out=tmp_path / "first")
    api.save_state(study, tmp_path / "state.json")
    assert any("waiting" in shelf for state in states(tmp_path / "state.json") for shelf in state)
    (tmp_path / "next.yaml").write_text(desk.read_text().replace("run: {", "run: {initial: {saved: state.json}, "))
    sim.run(tmp_path / "next.yaml", replications=3, jobs=1, sets=sets, out=tmp_path / "next")


def test_the_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("long.yaml").write_text(SHELF.format(length="60 days", seed=1, initial="theory"))
    assert main(["run", "long.yaml", "-r", "2", "-j", "1", "--no-report", "--save-state", "ends/state.json"]) == 0
    assert len(states(Path("ends/state.json"))) == 2
    Path("next.yaml").write_text("extends: long.yaml\nchange: {run.initial: {saved: ends/state.json}}\n")
    plan = load_plan("next.yaml")
    assert plan.run.saved is not None
    assert plan.run.saved.states == 2


def test_nothing_to_save(tmp_path: Path) -> None:
    study = sim.run(SCENARIOS / "impatient-callers.yaml", replications=1, jobs=1, sets=["run.length=1 day"], out=tmp_path / "run")
    with pytest.raises(UsageError, match="has no stock"):
        api.save_state(study, tmp_path / "state.json")
    assert not (tmp_path / "state.json").exists()


GOOD = {"location": "store", "part": "unit", "on_hand": 3}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "next.yaml:3:80: error[E301] run.initial.saved: saved state 'state.json' not found; did you mean 'stat.json'?"),
        ("{", "error[E302] run.initial.saved: 'state.json' is not JSON"),
        ("[]", "error[E303] run.initial.saved: 'state.json' is not a saved state; write one with"),
        ({"format": 2, "kind": "sparesim stock", "states": [[]]}, "has format 2, this version reads format 1"),
        ([GOOD | {"location": "stoer"}], "state.json:7:13: error[E501] run.initial.saved: unknown location 'stoer' in the saved "
         "state; did you mean 'store'?"),
        ([GOOD | {"part": "nut"}], "unknown part 'nut' in the saved state; `unknown: drop` leaves out"),
        ([GOOD, GOOD], "'unit' at 'store' stands there twice"),
        ([GOOD | {"on_hand": -1}], "`on_hand` should be a whole number of units, 0 or more, not -1"),
        ([GOOD | {"on_hand": 1.5}], "not 1.5"),
        ([GOOD | {"onhand": 1}], "unknown key 'onhand' in the saved state; did you mean 'on_hand'?"),
        ([GOOD | {"owed": 3}], "`owed` should be a list of {since_h, units}"),
        ([GOOD | {"in_transit": [{"arrives_in_h": -2, "units": 1}]}], "`arrives_in_h` should be a number of hours, 0 or more"),
    ],
)  # fmt: skip
def test_faults_of_the_file(tmp_path: Path, content: Any, told: str) -> None:
    (tmp_path / "next.yaml").write_text(SHELF.format(length="1 day", seed=1, initial="{saved: state.json}"))
    (tmp_path / "stat.json").write_text("{}")
    if isinstance(content, list):
        content = {"format": 1, "kind": "sparesim stock", "states": [content]}
        (tmp_path / "state.json").write_text(json.dumps(content, indent=0))
    elif content is not None:
        (tmp_path / "state.json").write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(ScenarioError) as fault:
        load_plan(tmp_path / "next.yaml")
    assert told in str(fault.value).replace("\n", " "), str(fault.value)


def test_dropping_what_is_not_there(tmp_path: Path) -> None:
    state = {"format": 1, "kind": "sparesim stock", "states": [[GOOD, GOOD | {"location": "gone"}]]}
    (tmp_path / "state.json").write_text(json.dumps(state))
    (tmp_path / "next.yaml").write_text(SHELF.format(length="1 day", seed=1, initial="{saved: state.json, unknown: drop}"))
    plan = load_plan(tmp_path / "next.yaml")
    assert plan.run.saved is not None
    assert plan.run.saved.units.tolist() == [3]


def test_wrong_words_for_the_start() -> None:
    for text, told in (
        ("{saved: }", "run.initial.saved"),
        ("{save: x.json}", "unknown key; did you mean 'saved'?"),
        ("[x]", "should be theory, full, empty or {saved: FILE}"),
        ("{saved: x.json, others: ful}", "did you mean 'full'?"),
    ):
        with pytest.raises(ScenarioError) as fault:
            load_plan(DEPOT, [f"run.initial={text}"])
        assert told in str(fault.value), str(fault.value)
