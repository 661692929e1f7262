"""The gallery has every figure that there is, with a picture; its calls work."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import plotly.graph_objects as go
import pytest

DOCS = Path(__file__).parents[2] / "docs"
sys.path.insert(0, str(DOCS))
from gallery import entries_of, make_samples  # noqa: E402

from sim.api.exporting import stored_of  # noqa: E402
from sim.report.gallery import Entry, gallery_markdown, joined  # noqa: E402
from sim.report.panel import Panel  # noqa: E402
from sim.report.stored import Stored  # noqa: E402

TEXT = (DOCS / "gallery.md").read_text(encoding="utf-8") if (DOCS / "gallery.md").is_file() else ""


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> list[Stored]:
    return make_samples(tmp_path_factory.mktemp("gallery"), small=True)


def named(text: str) -> set[tuple[str, str]]:
    """Kind and family of each figure that the gallery has."""
    kinds = {"study": "run", "comparison": "comparison", "found": "sweep"}
    calls = re.findall(r'^`(study|comparison|found)\.plot\("([^"]+)"\)`', text, re.MULTILINE)
    return {(kinds[kind], re.sub(r"-\d+(?=-|$)", "-N", name)) for kind, name in calls}


def test_every_figure_is_in_the_gallery(samples: list[Stored]) -> None:
    families = {(stored.kind, re.sub(r"-\d+(?=-|$)", "-N", name)) for stored in samples for name in stored.figures}
    assert len(families) > 20
    assert families - named(TEXT) == set(), "run `python docs/gallery_pictures.py`"


def test_every_entry_says_what_it_shows_and_needs(samples: list[Stored]) -> None:
    entries = entries_of(samples)
    assert all(len(entry.shows) > 15 and entry.needs for entry in entries)
    by_name = {(entry.kind, entry.name): entry for entry in entries}
    assert by_name["run", "stages"].needs == ("stages.csv",)
    assert set(by_name["run", "tat"].needs) >= {"tat.csv"}
    text = gallery_markdown(entries)
    assert text == gallery_markdown(entries)
    assert named(text) == {(kind, re.sub(r"-\d+(?=-|$)", "-N", name)) for kind, name in by_name}


def test_pictures_are_there_small_and_none_is_left_over() -> None:
    wanted = set(re.findall(r"\(img/gallery/([^)]+)\)", TEXT))
    there = {path.name: path.stat().st_size for path in (DOCS / "img" / "gallery").glob("*")}
    assert set(there) == wanted
    assert max(there.values()) < 40_000
    assert sum(there.values()) < 900_000


def test_the_calls_of_the_gallery_draw(samples: list[Stored]) -> None:
    from sim import api
    from sim.analysis.sweep_results import SweepResults

    run, swept = (next(s for s in samples if s.kind == kind) for kind in ("run", "sweep"))
    names = {"study": api.open_study(run.folder), "found": SweepResults(swept.folder)}
    done = 0
    for variable, name in re.findall(r'^`(study|found)\.plot\("([^"]+)"\)`', TEXT, re.MULTILINE):
        if name in names[variable].figures:
            assert isinstance(eval(f'{variable}.plot("{name}")', dict(names)), go.Figure)
            done += 1
    assert done > 15
    html = names["found"]._repr_html_() or ""
    assert "<table" in html
    assert stored_of(names["found"]).page.headline.split(".")[0][:30] in html


def test_figures_of_a_family_are_one_entry() -> None:
    panel = Panel("", "", "", "")
    entries = [Entry("run", (name,), "shows", (), panel) for name in ("a-0", "b", "a-1", "a-0-1")]
    assert [entry.names for entry in joined(entries)] == [("a-0", "a-1"), ("b",), ("a-0-1",)]
