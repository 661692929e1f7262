"""`check` on the small baseline scenario: what it finds, what it lets pass, and its files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import sim
import sim.experiment.replicate as experiment
from sim import api
from sim.analysis.baseline import Baseline, judge, read_baseline
from sim.analysis.check_status import CHANGED, IDENTICAL, WITHIN_NOISE
from sim.cli import main
from sim.store import Study
from sim.streams import Streams

SMALL = Path(__file__).parents[2] / "scenarios" / "small.yaml"
CALLS = Path(__file__).parents[1] / "scenarios" / "impatient-callers.yaml"
REPLICATIONS = 20


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Baseline:
    """A baseline of the same scenario with two replications: enough for what must be equal."""
    folder = tmp_path_factory.mktemp("few")
    api.check(folder, [str(SMALL)], update_reason="for the tests", jobs=1, replications=2)
    return read_baseline(folder / "small")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Baseline:
    """A baseline of the small scenario with the recommended number of replications."""
    folder = tmp_path_factory.mktemp("baselines")
    api.check(folder, [str(SMALL)], update_reason="for the tests", jobs=1, replications=REPLICATIONS)
    return read_baseline(folder / "small")


def small_study(*sets: str, scenario: Path = SMALL, replications: int = REPLICATIONS) -> Study:
    return sim.run(scenario, sets=sets, replications=replications, jobs=1)


@pytest.mark.parametrize(
    "change",
    ["contact_centres.desk.lines.voice.handle_time.lognormal.mean=6.3 min", "contact_centres.desk.groups.agents.wage=25.2 EUR/h"],
)
def test_a_parameter_moved_by_five_percent_is_found_in_the_results_alone(small: Baseline, change: str) -> None:
    verdict = judge(small, small_study(change))  # as if the code had done it: the inputs are said to be the same
    assert verdict.status == CHANGED
    assert verdict.failed
    assert "could have seen a shift of" in verdict.text()


def test_another_seed_is_noise(small: Baseline) -> None:
    verdict = judge(small, sim.run(SMALL, seed=99, replications=REPLICATIONS, jobs=1))
    assert (verdict.status, verdict.failed) == (WITHIN_NOISE, False)
    assert len(verdict.tested) > 150
    smallest = {c.kpi: c.smallest_relative for c in verdict.tested if c.group == "all"}
    assert 0.05 < smallest["tat.customer.p90"] < 0.5
    assert smallest["cost.total.per_year"] < smallest["tat.customer.p90"]


def test_sites_in_another_order_give_identical_results(few: Baseline, tmp_path: Path) -> None:
    doc = dict(api.resolved(SMALL, full=True))
    for kind in ("service_points", "depots", "teams", "contact_centres", "vendors", "locations"):
        if kind in doc:
            doc[kind] = dict(reversed(doc[kind].items()))
    turned = tmp_path / "small.yaml"
    turned.write_text(json.dumps(doc), encoding="utf-8")
    assert [w.name for w in sim.load(turned).workshops] != [w.name for w in sim.load(SMALL).workshops]
    verdict = judge(few, small_study(scenario=turned, replications=2))
    assert verdict.status == IDENTICAL
    assert verdict.note in ("", "but for last digits")  # sums over sites are added in another order


@pytest.fixture
def streams() -> Iterator[list[type[Streams]]]:
    """Put a class of streams in the place of the model's: the item appended here."""
    before = experiment.Streams
    chosen: list[type[Streams]] = []
    experiment.Streams = lambda *a: (chosen[0] if chosen else before)(*a)  # type: ignore[assignment, misc]
    yield chosen
    experiment.Streams = before  # type: ignore[misc]


def test_streams_made_in_another_order_and_new_ones_change_nothing(few: Baseline, streams: list[type[Streams]]) -> None:
    names: list[str] = []

    class Noting(Streams):
        def generator(self, name: str) -> np.random.Generator:
            names.append(name)
            return super().generator(name)

    class Reversed(Streams):
        def __init__(self, seed: int, replication: int, antithetic: bool = False) -> None:
            super().__init__(seed, replication, antithetic)
            made = ["a new stream/elsewhere", *reversed(dict.fromkeys(names))]
            self.ready = {name: super(Reversed, self).generator(name) for name in made}
            self.ready["a new stream/elsewhere"].random(100)

        def generator(self, name: str) -> np.random.Generator:
            return self.ready.pop(name)

    streams[:] = [Noting]
    small_study(replications=1)
    assert len(names) > 3
    streams[:] = [Reversed]
    verdict = judge(few, small_study(replications=2))
    assert (verdict.status, verdict.note) == (IDENTICAL, "")


def test_the_digest_covers_measures_whose_values_are_not_kept(few: Baseline) -> None:
    study = small_study(replications=2)
    assert judge(few, study).text() == "small: identical"
    study._values["stage.repair.mean", "all"][0] *= 1.001
    verdict = judge(few, study)
    assert (verdict.status, verdict.note) == (WITHIN_NOISE, "the measures kept are equal, others differ: stage.repair.mean")
    study._values["stage.repair.mean", "all"][0] *= (1 + 1e-14) / 1.001
    assert judge(few, study).text() == "small: identical; but for last digits"


def test_a_baseline_without_a_digest_still_reads(few: Baseline, tmp_path: Path) -> None:
    shutil.copytree(few.folder, tmp_path / "small")
    path = tmp_path / "small" / "baseline.json"
    data = json.loads(path.read_text())
    del data["results"]
    path.write_text(json.dumps(data))
    assert judge(read_baseline(path.parent), small_study(replications=2)).status == IDENTICAL


# -- the command --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a scenario and its baseline, as a build server has it."""
    text = CALLS.read_text(encoding="utf-8").replace("400 days", "5 days")
    (tmp_path / "calls.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
    assert main(["check", "calls.yaml", "--update", "--reason", "first", "-r", "5", "-j", "1"]) == 0
    return tmp_path


def test_files_of_a_build_server(checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    files = ["--junit", "out/check.xml", "--markdown", "out/check.md"]
    assert main(["check", "-j", "1", *files]) == 0
    assert capsys.readouterr().out == "calls: identical\n"
    assert ElementTree.parse("out/check.xml").getroot().get("failures") == "0"
    assert "nothing changed" in Path("out/check.md").read_text(encoding="utf-8")
    scenario = checkout / "calls.yaml"
    scenario.write_text(scenario.read_text().replace("agents: 11", "agents: 12"), encoding="utf-8")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(checkout))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(checkout / "summary.md"))
    (checkout / "summary.md").write_text("before\n")
    assert main(["check", "-j", "1", *files]) == 1
    out = capsys.readouterr().out
    line = scenario.read_text().splitlines().index("contact_centres:") + 1
    assert f"\n::error file=calls.yaml,line={line},title=calls%3A inputs changed::calls: inputs changed (groups)" in out
    assert ElementTree.parse("out/check.xml").getroot().get("failures") == "1"
    summary = (checkout / "summary.md").read_text(encoding="utf-8")
    assert summary == "before\n" + Path("out/check.md").read_text(encoding="utf-8")
    assert "| contact.occupancy | all |" in summary
    assert main(["check", "-j", "1", "--no-github", "--json"]) == 1
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    assert found[0]["tested"][0].keys() >= {"kpi", "before", "after", "p_value", "smallest_shift", "test"}
    assert not [path.name for path in (checkout / "out").iterdir() if path.name.startswith(".")]


def test_a_change_of_results_points_at_the_baseline(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = checkout / "results" / "baselines" / "calls" / "replications.csv"
    rows = path.read_text().splitlines()
    moved = [r.rpartition(",")[0] + f",{float(r.rpartition(',')[2]) * 1.2!r}" if ",contact.occupancy," in r else r for r in rows]
    path.write_text("\n".join(moved) + "\n")
    shutil.copy(path, path.with_suffix(".kept"))
    data = json.loads((path.parent / "baseline.json").read_text())
    del data["results"]
    (path.parent / "baseline.json").write_text(json.dumps(data))
    capsys.readouterr()
    assert main(["check", "-j", "1", "--github"]) == 1
    line = next(i for i, row in enumerate(moved, 1) if ",contact.occupancy,all," in row)
    place = f"file=results/baselines/calls/replications.csv,line={line}"
    assert f"::error {place},title=calls%3A changed::" in capsys.readouterr().out
    assert path.read_bytes() == path.with_suffix(".kept").read_bytes()


def test_faults_of_a_scenario_are_annotated(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = checkout / "calls.yaml"
    scenario.write_text(scenario.read_text().replace("agents: 11", "agnets: 11"), encoding="utf-8")
    assert main(["check", "-j", "1", "--github"]) == 3
    assert "::error file=calls.yaml,line=" in capsys.readouterr().out


@pytest.mark.parametrize("args", [["-r", "3"], ["--junit", "."], ["--junit", "calls.yaml/check.xml", "-j", "1"], ["nobody"]])
def test_wrong_calls_are_exit_code_two(checkout: Path, args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", *args]) == 2
    assert "Traceback" not in capsys.readouterr().err
