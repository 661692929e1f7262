"""What a notebook shows: escaped, without scripts; figures that are valid; the examples of the documentation run."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import plotly.graph_objects as go
import pytest
import yaml
from fake_run import HOSTILE, FakeRun

import sim
from sim import api
from sim.analysis.baseline import Change, Checks, CheckVerdict
from sim.analysis.check_status import CHANGED
from sim.analysis.compare import Comparison, Difference, ScenarioContrast
from sim.cli.judge import check
from sim.errors import UsageError
from sim.store import Study

DOCS = Path(__file__).parents[2] / "docs"


class Tags(HTMLParser):
    """Tags that occur, and whether they are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.open.append(tag)
        assert {name for name, _ in attrs} <= {"style", "scope"}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def assert_harmless(text: str) -> None:
    tags = Tags(text)
    assert not tags.open
    assert tags.found <= {"div", "table", "thead", "tbody", "tr", "th", "td", "span"}
    assert "http" not in text
    assert len(text) < 40_000


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return Study(FakeRun(points=30, parts=8, hostile=True).write(tmp_path / "run"))


def compared(study: Study) -> Comparison:
    rows = (
        Difference("tat.customer.p90", "all", "h", 10, 100.0, 90.0, -10.0, 2.0, "better"),
        Difference("contact.abandon_rate", "all", "1", 10, 0.01, 0.2, 0.19, 0.02, "worse"),
        Difference("work.utilisation", "all", "1", 10, 0.5, 0.6, 0.1, 0.01, "differs"),
        Difference("orders.open", "all", "1", 10, 5.0, 5.1, 0.1, 0.3, "not shown"),
        Difference("parts.ebo", "all", "1", 10, 0.0, 0.1, 0.1, 0.01, "worse"),
    )
    contrast = ScenarioContrast(HOSTILE, rows, (("a", "1", HOSTILE),))
    return Comparison(study, (study,), (contrast,), 0.95)


def test_hostile_names_are_shown_as_they_are(study: Study) -> None:
    moved = Change("contact.asa", f"site={HOSTILE}", 1.0, 1.1, 0.0001, "paired", 0.02)
    checks = Checks([CheckVerdict(HOSTILE, CHANGED, changes=(moved,), tested=(moved,), measures=1)])
    for shown in (study, compared(study), checks, checks[0]):
        text = shown._repr_html_() or ""
        assert_harmless(text)
        assert "<img" not in text
        assert "&lt;img src=x" in text


def test_a_study_shows_the_verdicts_of_its_report(study: Study) -> None:
    text = study._repr_html_() or ""
    assert re.search("✓ met|✗ missed|[?] not shown", text)
    assert "P90 turnaround" in text


def test_a_plan_shows_what_it_is() -> None:
    text = sim.load("small")._repr_html_() or ""
    assert_harmless(text)
    assert "Small service" in text
    assert "2 case streams" in text


def test_figures_by_name(study: Study) -> None:
    assert study.plots[:2] == ("stages", "tat")
    for name in study.plots:
        figure = study.plot(name)
        assert isinstance(figure, go.Figure)
        content = json.loads(figure.to_json())
        assert content["data"]
        assert "<img" not in content["layout"]["title"]["text"]
    assert study.plot().to_json() == study.plot("stages").to_json()
    with pytest.raises(UsageError, match="has no figure 'stage'; did you mean 'stages'"):
        study.plot("stage")


def test_differences_are_relative_and_coloured_by_direction(study: Study) -> None:
    figure = compared(study).plot()
    traces = {trace.name.partition(":")[0]: trace for trace in figure.data}
    assert list(traces) == ["better", "worse", "differs, neither way is better", "not shown"]
    assert traces["better"].x == pytest.approx([-0.1])
    assert traces["better"].error_x.array == pytest.approx([0.02])
    assert traces["not shown"].x == pytest.approx([0.02])
    assert traces["worse"].x == pytest.approx([1.0])  # 19-fold: at the edge, written beside it
    assert [a.text for a in figure.layout.annotations] == ["+1900% →"]
    assert sum(len(trace.x) for trace in figure.data) == 4  # nothing is relative to a baseline of zero
    assert "<img" not in figure.layout.title.text


def test_a_study_whose_folder_is_gone_falls_back_to_its_repr(tmp_path: Path) -> None:
    study = Study(FakeRun(points=5, parts=2).write(tmp_path / "run"))
    study.folder = tmp_path / "gone"
    assert study._repr_html_() is None


def test_the_examples_of_the_documentation_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / "notebook.md").read_text(encoding="utf-8"), re.S)
    assert len(blocks) == 4
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "notebook.md", "exec"), names)
    study, comparison = names["study"], names["comparison"]
    assert isinstance(study, Study)
    assert isinstance(comparison, Comparison)
    assert_harmless(study._repr_html_() or "")
    assert_harmless(comparison._repr_html_() or "")
    assert isinstance(comparison.plot(), go.Figure)


def test_the_workflow_of_the_documentation_calls_what_there_is() -> None:
    text = (DOCS / "ci.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(.*?)```", text, re.S)
    steps = yaml.safe_load(block)["jobs"]["check"]["steps"]
    lines = [step["run"] for step in steps if "sparesim check" in step.get("run", "")]
    lines += [line.lstrip("$ ") for line in re.findall(r"^\$ sparesim check.*", text, re.M)]
    known = {option for parameter in check.params for option in (*parameter.opts, *parameter.secondary_opts)}
    assert len(lines) >= 6
    for line in lines:
        used = re.findall(r"(?<=\s)--?[a-z]+", line.partition("#")[0])
        assert set(used) <= known, line
    assert api.BASELINES.as_posix() in text
