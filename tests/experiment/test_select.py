"""Selections through scenarios: a known order, the same result however it is made, and files that other verbs use."""

from __future__ import annotations

import csv
import dataclasses
import json
import shutil
from pathlib import Path

import pytest

import sim
from sim import api
from sim.analysis.selected import Selection
from sim.errors import UsageError
from sim.experiment import select as running
from sim.report.format import NARROW_SPACE
from sim.scenario.plan import Target
from sim.store import Study, replication_folder
from sim.theory.erlang import ErlangC

DESK = """
title: {agents} agents
run: {{length: 4 h, warm_up: 2 h, replications: 10}}
cases: {{calls: {{rate: 100/h, channel: voice}}}}
contact_centres:
  desk: {{agents: {agents}, handle_time: {{exponential: 6 min}}, wage: 20 EUR/h}}
"""
AGENTS = (14, 12, 13)
NAMES = tuple(f"desk-{n}" for n in AGENTS)


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """M/M/c with three staffing levels."""
    folder = tmp_path_factory.mktemp("scenarios")
    paths = [folder / f"{name}.yaml" for name in NAMES]
    for path, agents in zip(paths, AGENTS, strict=True):
        path.write_text(DESK.format(agents=agents), encoding="utf-8")
    return paths


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def told(found: Selection) -> list[str]:
    return [s.replace(NARROW_SPACE, " ") for s in api.selection_text(found).sentences]


def test_kn_finds_the_order_that_erlang_knows(desks: list[Path], tmp_path: Path) -> None:
    waits = dict(zip(NAMES, (ErlangC(n, 100.0, 0.1).asa for n in AGENTS), strict=True))
    out = tmp_path / "runs" / "select"
    lines: list[str] = []
    found = sim.select(*desks, by="contact.asa", delta="15 s", first=5, jobs=1, out=out, say=lines.append)
    assert found.selected == min(waits, key=lambda name: waits[name]) == "desk-14"
    assert [one.name for one in found.ranking()] == sorted(waits, key=lambda name: waits[name])
    assert lines[0] == "first stage: 5 replications of each of 3 scenarios"
    out_lines = [line for line in lines if " is out, behind " in line]
    assert len(out_lines) == 2
    assert told(found)[0] == (
        "desk-14 is the best by speed of answer with 95 % confidence, provided the best is ahead by 15 s or more."
    )
    # runs are ordinary studies with as many replications as were needed
    for one in found.scenarios:
        study = Study(tmp_path / "runs" / f"{one.name}-{one.digest[:8]}")
        assert study.replications == one.replications
        assert study.mean("contact.asa") == pytest.approx(one.mean)
    stored = json.loads((out / "selection.json").read_text())
    assert (stored["selected"], stored["delta"]) == ("desk-14", pytest.approx(15 / 3600))
    rows = list(csv.DictReader((out / "selection.csv").open(encoding="utf-8")))
    assert [row["scenario"] for row in rows] == list(NAMES)
    assert sum(int(row["replications"]) for row in rows) == stored["spent"] == found.spent


def test_the_result_depends_on_nothing_but_the_question(
    desks: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One by one, in batches of three with two workers, and going on from a broken run: the same bytes."""
    ask = {"by": "contact.asa", "delta": "2 s", "first": 4, "confidence": 0.9, "maximum": 14}
    one = sim.select(*desks[::2], jobs=1, out=tmp_path / "one" / "select", **ask)
    assert max(s.replications for s in one.scenarios) > 4
    monkeypatch.setattr(running._Runs, "ahead", property(lambda self: 2))
    monkeypatch.setattr(running._Runs, "_jobs_for", lambda self, count: 2)
    sim.select(*desks[::2], jobs=2, out=tmp_path / "two" / "select", **ask)
    assert files(tmp_path / "one" / "select") == files(tmp_path / "two" / "select")
    monkeypatch.undo()
    shutil.copytree(tmp_path / "one", tmp_path / "three")
    shutil.rmtree(tmp_path / "three" / "select")
    (first, second) = sorted(path for path in (tmp_path / "three").iterdir())
    shutil.rmtree(replication_folder(first, 3))
    shutil.rmtree(replication_folder(second, 0))
    calls: list[tuple[str, int]] = []
    sim.select(*desks[::2], jobs=1, out=tmp_path / "three" / "select", progress=lambda n, r, _: calls.append((n, r)), **ask)
    assert {(n, r) for n, r in calls} == {(first.name[:7], 3), (second.name[:7], 0)}
    assert files(tmp_path / "one" / "select") == files(tmp_path / "three" / "select")


def test_a_selection_does_not_shrink_a_study(desks: list[Path], tmp_path: Path) -> None:
    plan = sim.load(desks[1])
    before = sim.run(plan, replications=12, jobs=1, out=api.run_folder(plan, tmp_path))
    found = sim.select(*desks, by="contact.asa", delta="15 s", first=5, jobs=1, out=tmp_path / "select")
    assert found.scenarios[1].replications < 12
    assert Study(before.folder).replications == 12


def test_a_maximum_leaves_it_open(desks: list[Path]) -> None:
    found = sim.select(*desks[::2], by="contact.asa", delta="0.1 s", first=3, maximum=4, jobs=1)
    assert (found.selected, found.is_selected, found.leader) == (None, False, 0)
    assert told(found)[0] == "Not decided after 4 replications: desk-14 leads by speed of answer, desk-13 cannot be ruled out."


def test_ocba_spends_its_budget_where_it_is_close(desks: list[Path]) -> None:
    found = sim.select(*desks, by="contact.asa", method="ocba", budget=40, first=5, jobs=1)
    assert found.spent == 40
    spent = {one.name: one.replications for one in found.scenarios}
    assert spent["desk-14"] + spent["desk-13"] > 2 * spent["desk-12"]
    assert found.selected == "desk-14"
    assert found.probability is not None
    assert found.probability > 0.95
    assert told(found)[0].startswith("desk-14 is selected by speed of answer: the probability that it is the best is ")


def test_only_what_meets_its_targets_is_selected(desks: list[Path], tmp_path: Path) -> None:
    """The cheapest is 12 agents; a wait of at most 50 s rules it out (81 s by Erlang C, 34 s with 13 agents)."""
    target = (Target("contact.asa", "all", None, 50 / 3600, "h"),)
    plans = [dataclasses.replace(sim.load(path, ["run.length=4 days"]), targets=target) for path in desks]
    ask = {"by": "cost.total.per_year", "delta": "1000 EUR", "first": 6, "jobs": 1, "maximum": 30}
    assert sim.select(*plans, **ask).selected == "desk-12"
    found = sim.select(*plans, subject_to_targets=True, out=tmp_path / "select", **ask)
    verdicts = {one.name: (one.targets, one.eliminated_by) for one in found.scenarios}
    assert verdicts["desk-12"] == ("missed", "targets")
    assert found.selected == "desk-13"
    assert verdicts["desk-13"] == ("met", None)
    # nobody can keep 0.1 s
    never = (Target("contact.asa", "all", None, 0.1 / 3600, "h"),)
    none = sim.select(*(dataclasses.replace(p, targets=never) for p in plans), subject_to_targets=True, **ask)
    assert (none.leader, none.is_selected) == (None, False)
    assert told(none)[0] == "Nothing is selected: every scenario misses a target."
    with pytest.raises(UsageError, match="has no targets"):
        sim.select(*desks, subject_to_targets=True, **ask)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        ({"by": "contact.asaa", "delta": "2 s"}, "unknown measure 'contact.asaa'; did you mean 'contact.asa'"),
        ({"by": "contact.asa", "delta": "2 %"}, r"delta '2 %' does not fit: contact.asa is a time, write for example '2 h'"),
        ({"by": "contact.service_level", "delta": "2 h"}, "contact.service_level is a number or share"),
        ({"by": "contact.asa", "delta": "2"}, "contact.asa is a time"),
        ({"by": "contact.asa", "delta": "0 s"}, "delta should be above 0"),
        ({"by": "contact.asa", "delta": "soon"}, "does not begin with a number"),
        ({"by": "contact.asa"}, "KN needs a delta"),
        ({"by": "contact.occupancy", "delta": "1 %"}, "say --smaller or --larger"),
        ({"by": "contact.asa", "delta": "2 s", "first": 2}, "at least 3 replications"),
        ({"by": "contact.asa", "delta": "2 s", "maximum": 5}, "less than the first stage of 10"),
        ({"by": "contact.asa", "delta": "2 s", "budget": 50}, "a budget goes with the method ocba"),
        ({"by": "contact.asa", "method": "ocba"}, "OCBA needs a budget"),
        ({"by": "contact.asa", "method": "ocba", "budget": 29}, "less than the first stage, 10 replications of 3 scenarios"),
        ({"by": "contact.asa", "method": "ocba", "budget": 50, "maximum": 9}, "a maximum of each scenario goes with"),
        ({"by": "contact.asa", "method": "ocba", "budget": 50, "step": 0}, "step should be at least 1"),
        ({"by": "contact.asa", "delta": "2 s", "confidence": 0.5}, "above 50 % and below 100 %"),
        ({"by": "contact.asa", "delta": "2 s", "method": "best"}, "method is kn or ocba, not 'best'"),
        ({"by": "contact.asa", "delta": "2 s", "better": "most"}, "better is 'less' or 'more'"),
    ],
)
def test_wrong_questions(desks: list[Path], ask: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        sim.select(*desks, **ask)  # type: ignore[arg-type]


def test_wrong_scenarios(desks: list[Path], tmp_path: Path) -> None:
    ask = {"by": "contact.asa", "delta": "2 s", "first": 3, "jobs": 1}
    with pytest.raises(UsageError, match="two scenarios or more"):
        sim.select(desks[0], **ask)
    with pytest.raises(UsageError, match="desk-14 and desk-14 are alike"):
        sim.select(desks[0], desks[1], desks[0], **ask)
    with pytest.raises(UsageError, match=r"desk-14 does not give the measure tat.customer.p90"):
        sim.select(*desks, **ask | {"by": "tat.customer.p90", "delta": "2 h"}, out=tmp_path / "select")
    with pytest.raises(UsageError, match=r"desk-14 has no contact.asa for group 'site=desks'; did you mean 'site=desk'\?"):
        sim.select(*desks, **ask | {"by": "contact.asa[site=desks]"})
    assert not (tmp_path / "select").exists()


def test_a_measure_without_direction_takes_one(desks: list[Path]) -> None:
    low, high = (
        sim.select(*desks, by="contact.occupancy", delta="2 %", first=4, jobs=1, better=way).selected for way in ("less", "more")
    )
    assert (low, high) == ("desk-14", "desk-12")


def test_names_that_repeat_are_told_apart() -> None:
    from sim.api.comparing import distinct_names

    base = sim.load(Path(__file__).parent.parent / "scenarios" / "impatient-callers.yaml")
    other = dataclasses.replace(base, run=dataclasses.replace(base.run, length_h=24.0))
    assert distinct_names([base, other]) == tuple(f"{base.name} ({p.digest[:8]})" for p in (base, other))


def test_many_names_make_a_short_folder(desks: list[Path]) -> None:
    plans = [dataclasses.replace(sim.load(desks[0]), name=f"scenario-with-a-name-{i}") for i in range(12)]
    name = api.select_folder(plans, "contact.asa[site=desk]").name
    assert name.startswith("select-contact.asa-site-desk-scenario-with-a-name-0-and-11-more-")
    assert len(name) < 160
    assert api.compare_folder(plans[:2]).name == "compare-scenario-with-a-name-0-scenario-with-a-name-1"
