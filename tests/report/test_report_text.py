from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.report import titles
from sim.report.comparison_text import sentences as comparison_sentences
from sim.report.contrast import contrast_of
from sim.report.format import NARROW_SPACE
from sim.report.read import Columns, RunResults
from sim.report.text import headline, is_doubt

MANIFEST: dict[str, Any] = {
    "name": "x",
    "title": "X",
    "currency": "EUR",
    "run": {"length_h": 8760.0, "warm_up_h": 0.0},
    "segments": [],
}


def kpi(name: str, mean: float | None, half_width: float | None = None, unit: str = "h", **more: Any) -> dict[str, Any]:
    return {
        "kpi": name,
        "group": "all",
        "unit": unit,
        "n": 10,
        "mean": mean,
        "half_width": half_width,
        "target": None,
        "verdict": None,
    } | more


def said(*kpis: dict[str, Any], replications: int = 10, **summary: Any) -> list[str]:
    content = {"replications": replications, "confidence": 0.95, "kpis": list(kpis)} | summary
    return [s.replace(NARROW_SPACE, " ") for s in headline(content, MANIFEST)]


def test_without_targets_the_main_measure_is_stated_with_its_interval() -> None:
    assert said(kpi("tat.customer.p90", 132.0, 4.0)) == [
        "Nine of ten customers have their unit back within 132 h (95 % CI 128\u2013136 h)."
    ]


def test_a_contact_centre_alone_speaks_of_its_service_level() -> None:
    service = kpi("contact.service_level", 0.823, 0.006, "1")
    assert said(service, kpi("contact.abandon_rate", 0.041, 0.002, "1")) == [
        "82.3 % of contacts are answered in time (95 % CI 81.7\u201382.9 %); 4.1 % give up waiting."
    ]


def test_parts_alone_speak_of_their_fill_rate() -> None:
    assert said(kpi("parts.fill_rate", 0.9, 0.02, "1"), kpi("parts.wait.mean", 12.0, 3.0)) == [
        "90 % of parts are there when asked for (95 % CI 88\u201392 %); a part takes 12 h on average."
    ]


@pytest.mark.parametrize(
    ("verdict", "mean", "wanted"),
    [
        ("met", 90.0, "P90 turnaround is 90 h and meets the limit of 96 h."),
        ("missed", 132.0, "P90 turnaround is 132 h and misses the limit of 96 h."),
        ("not shown", 97.0, "P90 turnaround is 97 h: the limit of 96 h is not shown to be met."),
    ],
)
def test_the_headline_follows_the_verdict(verdict: str, mean: float, wanted: str) -> None:
    assert said(kpi("tat.customer.p90", mean, 3.0, target={"max": 96.0}, verdict=verdict))[0] == wanted


def test_several_targets_are_counted_and_the_worst_leads() -> None:
    first = said(
        kpi("tat.customer.p90", 90.0, 3.0, target={"max": 96.0}, verdict="met"),
        kpi("parts.fill_rate", 0.7, 0.01, "1", target={"min": 0.8}, verdict="missed"),
        kpi("cost.per_case", 30.0, 4.0, "money", target={"max": 31.0}, verdict="not shown"),
    )[0]
    assert first == "Fill rate is 70.0 % and misses the goal of at least 80 %; 1 of 3 targets is met, 1 not shown."


def test_one_replication_shows_nothing() -> None:
    sentences = said(kpi("tat.customer.p90", 97.0, None, target={"max": 96.0}, verdict="not shown"), replications=1)
    assert sentences[0] == "P90 turnaround is 97.0 h: the limit of 96 h is not shown to be met."
    assert sentences[1] == "This is one replication, without confidence intervals: no target can be shown to be met or missed."


def test_a_target_without_value_is_said() -> None:
    sentences = said(kpi("tat.customer.p90", None, None, target={"max": 96.0}, verdict="not shown"))
    assert sentences[0] == "P90 turnaround has no value in this run, so the limit of 96 h is not shown to be met."


def test_an_undecided_interval_asks_for_more_replications() -> None:
    sentences = said(kpi("tat.customer.p90", 97.0, 3.0, target={"max": 96.0}, verdict="not shown"))
    assert sentences[1].startswith("Its 95 % confidence interval is 94\u2013100 h, from 10 replications; ")
    assert sentences[1].endswith("the limit lies inside, more replications would decide.")


def test_a_growing_backlog_is_told_as_doubt() -> None:
    sentences = said(kpi("tat.customer.p90", 132.0, 4.0), kpi("orders.backlog_growth", 12.0, 3.0, "1/day"))
    doubts = [s for s in sentences if is_doubt(s)]
    assert doubts == [
        "The backlog grows by 12 open orders a day (95 % CI 9\u201315): "
        "the longer the run, the worse every time, so no verdict is shown."
    ]
    assert not any(map(is_doubt, said(kpi("tat.customer.p90", 132.0, 4.0), kpi("orders.backlog_growth", 2.0, 3.0, "1/day"))))
    unsteady = said(kpi("tat.customer.p90", 132.0, 4.0), steady_state=False, backlog_grows=False)
    assert unsteady[1] == "The run may not be in a steady state: its warm-up is shorter than the longest supply time."


def test_nothing_measured() -> None:
    assert said() == ["The run gave no measure: nothing happened in the measured time."]


STAGES = Columns(
    ("group", "stage", "mean_h", "half_width"),
    (
        ("all", "part_wait", "42.0", "1"),
        ("all", "bench_wait", "18.0", ""),
        ("all", "diagnosis_wait", "2.0", ""),
        ("all", "repair", "38.0", ""),
    ),
)
PARTS = Columns(("part", "wait_hours_per_year"), (("fan", "270"), ("board", "380"), ("seal", "350")))


def test_titles_name_the_largest_share() -> None:
    assert (
        titles.time_title(STAGES).replace(NARROW_SPACE, " ")
        == "Waiting for parts is 42 % of the turnaround, waiting for a technician 20 %"
    )
    worst = titles.worst_parts(PARTS)
    assert worst is not None
    assert worst.order == [1, 2, 0]
    assert worst.sentence.replace(NARROW_SPACE, " ") == "Two of 3 parts cause 73 % of the wait"
    assert titles.worst_parts(Columns(("part", "wait_hours_per_year"), (("fan", "0"),))) is None


def test_reasons_join_stages_and_parts() -> None:
    run = RunResults(Path(), MANIFEST, {"kpis": []}, {"stages": STAGES, "parts": PARTS})
    wanted = "Waiting for parts is 42 % of the turnaround; two of 3 parts cause 73 % of the wait."
    assert titles.reasons(run).replace(NARROW_SPACE, " ") == wanted


def test_halfhour_title_finds_the_busiest_and_the_worst_slot() -> None:
    offered, within = np.zeros(48), np.full(48, np.nan)
    offered[20:24], within[20:24] = [50.0, 100.0, 80.0, 5.0], [0.9, 0.8, 0.6, 0.1]  # the last is too small to be judged
    wanted = "desk, voice: busiest at 10:30 with 100 contacts; fewest in time at 11:00, 60 %"
    assert titles.halfhour_title("desk, voice", offered, within).replace(NARROW_SPACE, " ") == wanted


def results(title: str, kpis: list[dict[str, Any]]) -> RunResults:
    return RunResults(Path(), MANIFEST | {"title": title}, {"replications": 30, "confidence": 0.95, "kpis": kpis}, {})


def test_a_comparison_leads_with_gain_price_and_what_is_still_missed() -> None:
    missed = kpi("parts.fill_rate", 0.7, 0.01, "1", target={"min": 0.8}, verdict="missed")
    base = results("Baseline", [kpi("tat.customer.p90", 132.0, 4.0), missed])
    pool = results("Pooling", [kpi("tat.customer.p90", 97.0, 3.0), missed])
    rows = [
        ("tat.customer.p90", "all", "h", 132.0, 97.0, -35.0, 3.0),
        ("cost.total.per_year", "all", "money", 4.1e6, 4.31e6, 0.21e6, 0.01e6),
    ]
    told = [s.replace(NARROW_SPACE, " ") for s in comparison_sentences(base, [pool], [contrast_of((rows, []))])]
    wanted = "Pooling cuts P90 turnaround from 132 h to 97 h for \u20ac210 k more a year, "
    assert told[0] == wanted + "but fill rate still misses the goal of at least 80 %."
    assert told[1] == "The difference is \u221238 to \u221232 h (95 % CI) over 30 paired replications."


def test_a_difference_within_chance_is_not_sold_as_an_effect() -> None:
    base, other = (results(t, [kpi("tat.customer.p90", v, 4.0)]) for t, v in (("Baseline", 132.0), ("Twin", 131.0)))
    told = comparison_sentences(base, [other], [contrast_of(([("tat.customer.p90", "all", "h", 132.0, 131.0, -1.0, 3.0)], []))])
    assert told[0].replace(NARROW_SPACE, " ") == "Twin does not move P90 turnaround by more than chance: 132 h and 131 h."


def test_sentences_need_no_plotly() -> None:
    code = "import sys, sim.report.text, sim.report.comparison_text, sim.report.page; sys.exit('plotly' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
