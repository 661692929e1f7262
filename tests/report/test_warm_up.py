"""What page and console say of the warm-up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.report.format import NARROW_SPACE
from sim.report.read import Columns, RunResults
from sim.report.run_page import run_page
from sim.report.text import is_doubt, sentences
from sim.report.warm_up import welch_panel
from sim.report.warm_up_text import cut_text, title, warm_up_sentence


def entry(hours: float | None, status: str = "found") -> dict[str, Any]:
    return {"mser5_h": hours, "status": status, "batch_h": 168.0}


def run_of(**warm_up: Any) -> RunResults:
    """A run of 200 days with a curve that settles at day 40."""
    days = np.arange(0.5, 200)
    level = 4 - 3 * np.exp(-days / 10)
    rows = [("orders.open", repr(float(d)), repr(float(v)), repr(float(v)), "35", "60") for d, v in zip(days, level, strict=True)]
    found = {
        "kind": "stated", "cut_h": 1440.0, "found": True, "wanted_h": 840.0, "by": "orders.open", "at_most_h": None,
        "measures": {"orders.open": entry(840.0), "parts.backorders": entry(None, "too short")},
    } | warm_up  # fmt: skip
    table = Columns(("measure", "day", "mean", "welch", "mser5_day", "warm_up_day"), tuple(rows))
    manifest = {"name": "x", "run": {"length_h": 3360.0, "warm_up_h": 1440.0}, "replications": 3}
    return RunResults(Path(), manifest, {"replications": 3, "kpis": [], "warm_up": found}, {"warmup": table})


@pytest.mark.parametrize(
    ("warm_up", "told"),
    [
        ({}, "Warm-up: 60 days as stated; MSER-5 would cut 35 days (open orders): enough."),
        ({"wanted_h": 2400.0}, "Warm-up: 60 days as stated; MSER-5 would cut 100 days (open orders): longer than that."),
        ({"cut_h": 0.0}, "Warm-up: none, the start of the run counts; MSER-5 would cut 35 days (open orders): longer than that."),
        ({"wanted_h": 0.0}, "Warm-up: 60 days as stated; MSER-5 would cut nothing: enough."),
        ({"wanted_h": None},
         "Warm-up: 60 days as stated; MSER-5 finds no steady part of open orders: look at its curve, or run longer."),
        ({"measures": {"orders.open": entry(None, "too short")}},
         "Warm-up: 60 days as stated; the run is too short for MSER-5 to judge it."),
        ({"kind": "auto", "wanted_h": 1440.0, "at_most_h": 2880.0},
         "Warm-up: 60 days, chosen from the run by MSER-5; last to settle: open orders (35 days, in whole gauge periods)."),
        ({"kind": "auto", "wanted_h": 1440.0, "at_most_h": 2880.0, "by": "supply"},
         "Warm-up: 60 days, chosen from the run: the longest supply time, in whole gauge periods; MSER-5 would cut less."),
        ({"kind": "auto", "wanted_h": None, "found": False, "at_most_h": 1440.0},
         "Warm-up: not found; the first 60 days are left out."),
    ],
)  # fmt: skip
def test_sentences(warm_up: dict[str, Any], told: str) -> None:
    assert warm_up_sentence(run_of(**warm_up)).replace(NARROW_SPACE, " ") == told


def test_a_warm_up_shorter_than_the_longest_supply_time_is_never_called_enough() -> None:
    for change in ({}, {"wanted_h": 0.0}):
        run = run_of(**change)
        run.summary["steady_state"] = False
        (doubt,) = [s for s in sentences(run) if is_doubt(s)]
        assert doubt == "The run may not be in a steady state: its warm-up is shorter than the longest supply time."
        assert warm_up_sentence(run).endswith(", but the longest supply time is longer.")
        assert next(f.text for f in run_page(run).facts if f.name == "Warm-up").endswith("but the longest supply time is longer")
        run.summary["backlog_grows"] = True  # then the growth is the doubt, and the warm-up is judged by MSER-5 alone
        assert warm_up_sentence(run).endswith(": enough.")


def test_not_found_is_loud() -> None:
    run = run_of(kind="auto", wanted_h=None, found=False, at_most_h=1440.0)
    (doubt,) = [s for s in sentences(run) if is_doubt(s)]
    told = "No steady state was found: not settled in the first half of the run: open orders, so no verdict is shown;"
    assert doubt.replace(NARROW_SPACE, " ").startswith(told)
    run = run_of(kind="auto", wanted_h=2880.0, found=False, at_most_h=1440.0)
    (doubt,) = [s for s in sentences(run) if is_doubt(s)]
    assert "120 days are to be cut (open orders), at most 60 days are allowed" in doubt.replace(NARROW_SPACE, " ")


def test_welch_panel() -> None:
    run = run_of()
    panel = welch_panel(run)
    assert panel is not None
    assert (
        panel.title.replace(NARROW_SPACE, " ")
        == "Last to settle: open orders; MSER-5 would cut 35 days"
        == title(run).replace(NARROW_SPACE, " ")
    )
    curve = panel.figure.data[0]
    assert curve.y[-1] == pytest.approx(1.0, abs=0.01)
    assert curve.y[0] == pytest.approx(0.287, abs=0.01)
    shaded, line = panel.figure.layout.shapes
    assert (shaded.x0, shaded.x1) == (0, 60.0)
    assert (line.x0, line.x1) == (35.0, 35.0)
    assert panel.grid is not None
    assert [row[1].replace(NARROW_SPACE, " ") for row in panel.grid.rows] == ["35 days", "too few values"]
    page = run_page(run)
    assert [p.name for p in page.sure_panels] == ["warm-up"]
    assert next(f.text for f in page.facts if f.name == "Warm-up").startswith("60")


def test_runs_that_know_nothing_of_it() -> None:
    run = RunResults(Path(), {"run": {}}, {"kpis": []})
    assert warm_up_sentence(run) == ""
    assert welch_panel(run) is None
    assert cut_text(entry(0.0)) == "nothing"
