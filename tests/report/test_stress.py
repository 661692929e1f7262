"""The STRESS-DES checklist: every item answered from facts or left to the author, and no text of a scenario is markup."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import sim
from sim.cli import main
from sim.experiment.study import run_study
from sim.report.stress import SECTIONS, stress_markdown
from sim.report.stress_facts import TO_DO, dist, escaped
from sim.scenario.load import load_plan
from sim.store import Study

# Sections and items of the checklist as published
PUBLISHED = [
    *("1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "2.4", "2.5.1", "2.5.2", "2.5.3", "2.5.4", "2.5.5"),
    *("3.1", "3.2", "3.3", "3.4", "4.1", "4.2", "4.3", "5.1", "5.2", "5.3", "5.4", "6.1"),
]
BRIEF = ["run.length=20 days", "run.warm_up=5 days"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Study]:
    folder = tmp_path_factory.mktemp("runs")
    parts = folder / "parts.yaml"
    parts.write_text(
        "run: {start: 2024-01-01, length: 30 days}\nparts: {unit: {}}\nvendors: {maker: {lead_time: 3 days}}\n"
        "locations: {base: {source: maker, stock: {unit: {base_stock: 2}}, demand: {unit: 2/day}}}\n"
    )
    calls = Path(__file__).parent.parent / "scenarios" / "impatient-callers.yaml"
    plans = {
        "small": load_plan("small", BRIEF),
        "more": load_plan("small", [*BRIEF, "service_points.town.technicians=2", "quote.accept=60 %"]),
        "three-tier": load_plan("three-tier", BRIEF),
        "parts": load_plan(parts),
        "calls": load_plan(calls, ["run.length=2 days"]),
    }
    return {name: run_study(plan, folder / name, jobs=1, replications=2) for name, plan in plans.items()}


def answers(text: str) -> dict[str, str]:
    """Answer by item."""
    found = re.split(r"^### (\S+) .*$", text.split("\n## Left to the author")[0], flags=re.M)
    pairs = zip(found[1::2], found[2::2], strict=True)
    return {number: re.sub(r"^## .*$", "", body, flags=re.M).split(".*\n", 1)[1].strip() for number, body in pairs}


@pytest.mark.parametrize("name", ["small", "three-tier", "parts", "calls"])
def test_every_item_is_answered(runs: dict[str, Study], name: str) -> None:
    text = stress_markdown(runs[name].folder)
    found = answers(text)
    assert list(found) == PUBLISHED == [item.number for items in SECTIONS.values() for item in items]
    assert all(len(answer) > 20 for answer in found.values())
    marks = {number: answer.count(f"**{TO_DO}:**") for number, answer in found.items()}
    assert f"{sum(marks.values())} points are {TO_DO}:" in text
    listed = {m[1]: int(m[2]) for m in re.finditer(r"^- (\S+) .*: (\d+)$", text.split("## Left to the author")[1], flags=re.M)}
    assert listed == {number: count for number, count in marks.items() if count}
    for number, answer in found.items():  # tables are whole
        for block in re.findall(r"(?:^\|.*\|$\n?)+", answer, flags=re.M):
            assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.strip().splitlines()}) == 1, (number, block)


def test_facts_are_those_of_the_run(runs: dict[str, Study]) -> None:
    study = runs["small"]
    found = answers(sim.stress(study))
    mean, width = (
        study.mean("tat.customer.mean"),
        next(e for e in study.summary["kpis"] if e["kpi"] == "tat.customer.mean")["half_width"],
    )
    assert re.search(rf"`tat.customer.mean` \| h \| .* \| {mean:.6g} ± {width:.6g} \|", found["1.2"])
    assert all(f"`{kpi}`" in found["1.2"] for kpi, group in study.measures if group == "all")
    assert "Target: `tat.customer.p90` at most 144 h" in found["1.3"]
    assert (
        "| contact at desk/voice | handle time: lognormal, mean 6 min, CV 0.9; after-call work: constant 60 s |" in found["2.5.2"]
    )
    assert "| agents desk/agents | 2 heads in 1 shift | desk/voice, desk/chat |" in found["2.5.3"]
    assert "patience exponential, mean 5 min, CV 1; tries again 60 %" in found["2.5.4"]
    assert "from 365 days of age 0.16 a year" in found["2.5.5"]
    assert "| maker | gamma, mean 9 days, CV 0.3 | 0 |" in found["3.3"].replace("216 h", "9 days")
    assert "| owners of late orders told in time | 20 % |" in found["3.3"]
    assert "| status contacts of a late order | 0.3 a day |" in found["3.3"]
    assert "20 % of the stock value a year" in found["3.3"]
    assert "5 days" in found["4.1"].replace("120 h", "5 days")
    assert "2 independent replications" in found["4.3"]
    assert "95 %" in found["4.3"]
    for name, version in study.manifest["versions"].items():
        if name != "processors":
            assert escaped(version) in found["5.1"]
    assert f"seed {study.seed}" in found["5.2"]
    assert study.digest in found["6.1"]


def test_the_diagram_has_the_wings_of_the_plan(runs: dict[str, Study]) -> None:
    wings = {
        "small": {"cases", "left", "lines", "agents", "orders", "technicians", "shelves", "vendors"},
        "parts": {"shelves", "vendors", "demand"},
        "calls": {"cases", "left", "lines", "agents"},
    }
    for name, nodes in wings.items():
        drawn = answers(stress_markdown(runs[name].folder))["2.1"].splitlines()
        assert drawn[:2] == ["```mermaid", "flowchart LR"]
        assert drawn[-1] == "```"
        assert {m[1] for line in drawn if (m := re.match(r"  (\w+)[(\[]", line))} == nodes
        ends = {x for line in drawn if (m := re.match(r'  (\w+) -\.?->\|"[^"|]+"\| (\w+)$', line)) for x in m.groups()}
        assert ends == nodes


def test_scenarios_are_told_by_their_differences(runs: dict[str, Study]) -> None:
    alone = answers(stress_markdown(runs["small"].folder))
    assert "No scenario is compared" in alone["2.3"]
    found = answers(sim.stress(runs["small"], [runs["more"]]))
    assert "| quote.accept | 0.55 | 0.6 |" in found["2.3"]
    assert re.search(r"\| workshops\\\[town\\\]\.shifts.*\| 1 \| 2 \|", found["2.3"])
    assert "all on the same customers" in found["1.3"]
    assert "paired by replication" in found["4.3"]


def test_texts_of_a_scenario_are_no_markup(hostile_run: Study) -> None:
    text = stress_markdown(hostile_run.folder)
    assert "<script" not in text
    assert "<b>" not in text
    assert text.count("```") == 2
    assert "javascript:y" in text
    assert not re.search(r"(?<!\\)\]\(javascript", text)
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert len(headings) == 1 + len(SECTIONS) + len(PUBLISHED) + 1
    question = next(line for line in text.splitlines() if line.startswith("Question: "))
    assert question == r"Question: &#8203;- item \# head \| a \| b \|"
    assert f"{TO_DO}" in text.splitlines()[2]


def test_escaping() -> None:
    assert escaped("a\nb\tc") == "a b c"
    assert escaped("*x* _y_ `z` [l](u) <i> & |") == r"\*x\* \_y\_ \`z\` \[l\]\(u\) &lt;i&gt; &amp; \|"
    assert escaped("1. x") == "&#8203;1. x"
    assert escaped("- x") == "&#8203;- x"
    assert escaped("0.25") == "0.25"
    assert "://" not in escaped("see http://x.y")
    assert dist({"kind": "exponential", "params": [0.1]}) == "exponential, mean 6 min, CV 1"
    assert (
        dist({"kind": "empirical", "params": {"length": 900, "sha256": "x"}})
        == "empirical, 900 numbers (in the scenario's files)"
    )


def test_the_command(runs: dict[str, Study], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(runs["small"].folder)
    assert main(["stress", folder]) == 0
    printed = capsys.readouterr().out
    assert main(["stress", folder, "--out", str(tmp_path / "deep" / "stress.md")]) == 0
    assert (tmp_path / "deep" / "stress.md").read_text(encoding="utf-8") == printed
    capsys.readouterr()
    assert main(["stress", str(tmp_path)]) == 2
    assert "not a run folder" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert main(["stress", folder, "--out", str(tmp_path / "file" / "x.md")]) == 2
    assert "cannot write" in capsys.readouterr().err
