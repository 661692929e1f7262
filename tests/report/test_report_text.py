from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.analysis.compare import Difference as Judged
from sim.analysis.compare import ScenarioContrast
from sim.analysis.multiple import Behind, Standing
from sim.columns import CONTACT_OUTCOMES
from sim.report import titles
from sim.report.comparison_text import sentences as comparison_sentences
from sim.report.comparison_text import stage_change_title
from sim.report.contrast import contrast_of
from sim.report.format import NARROW_SPACE
from sim.report.life import Life, _contact_steps
from sim.report.read import Columns, RunResults
from sim.report.reasons import reason_sentences
from sim.report.run_page import measure_table
from sim.report.text import headline, is_doubt
from sim.report.together import Together

TIMES = ("arrived_h", "answered_h", "ended_h")
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


def said(*kpis: dict[str, Any], replications: int = 10, warnings: tuple[str, ...] = (), **summary: Any) -> list[str]:
    content = {"replications": replications, "confidence": 0.95, "kpis": list(kpis)} | summary
    told = headline(content, MANIFEST | {"warnings": list(warnings)})
    return [type(s)(s.replace(NARROW_SPACE, " ")) for s in told]  # a doubt stays a doubt


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


OVERLOAD = "workshops with more work than hands: bench: offered load 0.5 technicians against 0.476 on average (rho = 1.05)"


def test_a_target_beyond_reach_of_a_growing_backlog_is_answered_with_no() -> None:
    far = kpi("tat.customer.p90", 1349.0, 300.0, target={"max": 96.0}, verdict="not shown")
    growth = kpi("orders.backlog_growth", 0.3, 0.1, "1/day")
    told = said(far, growth, warnings=("one lane has no place", OVERLOAD), backlog_grows=True)
    assert told[0] == "No: the backlog grows without end; P90 turnaround, 1,349 h so far, is far beyond the limit of 96 h."
    assert told[1] == "Its 95 % confidence interval is 1,049\u20131,649 h, from 10 replications."
    assert is_doubt(told[2])
    assert told[2].endswith(f"so no verdict is shown. Foreseen: {OVERLOAD}.")
    near = kpi("tat.customer.p90", 97.0, 3.0, target={"max": 96.0}, verdict="not shown")
    assert said(near, growth, backlog_grows=True)[0] == "P90 turnaround is 97 h: the limit of 96 h is not shown to be met."
    low = kpi("tat.within_promise", 0.6, 0.01, "1", target={"min": 0.8}, verdict="not shown")
    assert said(low, growth, backlog_grows=True)[0].endswith("is below the goal of at least 80 %.")
    assert said(low, far, growth, backlog_grows=True)[0].endswith("; no verdict on any of the 2 targets.")


SERVICE = kpi("contact.service_level", 0.9964, 0.0004, "1")


def test_lost_customers_are_told_in_the_headline() -> None:
    calls = (kpi("contact.offered", 140.0, 2.0, "1/day"), kpi("contact.closed", 340.0, 3.0, "1/day"))
    assert said(SERVICE, *calls) == [
        "99.64 % of contacts are answered in time (95 % CI 99.60\u201399.68 %), but 71 % of attempts met a closed line."
    ]
    blocked, patience = kpi("contact.block_rate", 0.214, 0.002, "1"), kpi("contact.abandon_rate", 0.09, 0.001, "1")
    assert said(SERVICE, patience, blocked)[0].endswith(", but 21 % of contacts were blocked; 9.00 % give up waiting.")
    assert "blocked" not in said(SERVICE, kpi("contact.block_rate", 0.02, 0.001, "1"))[0]
    late = kpi("tat.customer.p90", 132.0, 4.0, target={"max": 96.0}, verdict="missed")
    lost = kpi("orders.given_up_share", 0.12, 0.01, "1")
    wanted = "P90 turnaround is 132 h and misses the limit of 96 h, and 12 % of orders were given up."
    assert said(late, lost)[0] == wanted


def test_orders_mostly_given_up_are_the_headline() -> None:
    told = said(kpi("tat.customer.p90", 132.0, 4.0), kpi("orders.given_up_share", 0.98, 0.01, "1"))
    assert told[0] == "98 % of orders were given up: times and verdicts speak of the others alone."
    assert told[1].startswith("Nine of ten customers")


def test_visible_losses_have_their_row_in_the_table() -> None:
    few = [kpi("contact.block_rate", 0.006, 0.001, "1"), kpi("orders.given_up_share", 0.004, 0.001, "1")]
    calls = [kpi("contact.offered", 995.0, 2.0, "1/day"), kpi("contact.closed", 6.0, 8.0, "1/day")]
    table = measure_table(results("X", [SERVICE, *few, *calls]))
    cells = {row.label: [cell.text for cell in row.cells] for row in table.rows}
    assert list(cells) == ["Service level", "Attempts at a closed site", "Block rate"]
    assert cells["Attempts at a closed site"] == ["6", "0\u201314"]


def test_titles_of_places_count_verdicts_and_describe_where_nothing_is_shown() -> None:
    names, p90 = ["north", "east", "south"], np.array([494.0, 160.0, 100.0])

    def title(*verdicts: str, limit: str = "the limit of 144 h", what: str = "region") -> str:
        return titles.judged_title(names, p90, list(verdicts), limit, what).replace(NARROW_SPACE, " ")

    assert title("not shown", "not shown", "not shown") == "north is slowest, 20.6 days, against 100 h in south"
    assert title("not shown", "not shown", "met") == "1 region keeps the limit of 144 h, 2 undecided"
    assert title("missed", "not shown", "met") == "north misses the limit of 144 h, 1 keeps it, 1 undecided"
    assert title("met", "met", "met", what="service point") == "All 3 service points keep the limit of 144 h"
    assert title("missed", "missed", "missed") == "All 3 regions miss the limit of 144 h, north most"
    assert title("met", "met", "met", limit="") == "north is slowest, 20.6 days, against 100 h in south"


def test_the_worst_place_of_a_few_is_named_with_its_time_over_the_mean() -> None:
    title = titles.points_title(["oslo", "bergen"], np.array([840.0, -840.0]), 2, 2, 42.0)
    assert title.replace(NARROW_SPACE, " ") == "oslo costs its customers the most time: 42.0 h an order more than the mean of all"


def test_one_title_has_one_unit() -> None:
    base = titles.stage_sums(STAGES)
    other = base | {"part": base["part"] - 4.3, "technician": base["technician"] - 1.285}
    title = stage_change_title(base, [other], ["x"]).replace(NARROW_SPACE, " ")
    assert title == "Both waits shrink: 1.3 h less for a technician, 4.3 h less for a part"
    other = base | {"part": base["part"] - 4.3, "technician": base["technician"] + 1.285}
    title = stage_change_title(base, [other], ["x"]).replace(NARROW_SPACE, " ")
    assert title == "4.3 h less waiting for parts, 1.3 h more waiting for a technician"


def test_a_life_tells_the_talk_apart_from_the_wait() -> None:
    rows = np.zeros(3, dtype=[("line", "i2"), ("kind", "i1"), ("outcome", "i1"), *((n, "f8") for n in TIMES)])
    rows["outcome"] = [CONTACT_OUTCOMES.index(name) for name in ("repair", "abandoned", "in_service")]
    rows["answered_h"] = [5 / 60, np.nan, 0.0]
    rows["ended_h"] = [16 / 60, 4 / 60, np.nan]
    plan: Any = SimpleNamespace(lines=[SimpleNamespace(name="desk")])
    steps = tuple(_contact_steps(plan, rows))
    life = Life(0, "Order 0", {}, "2024-01-01", "UTC", steps, "returned working", 2.0)
    assert [line.partition("at desk: ")[2] for line in life.text().splitlines() if "desk" in line] == [
        "answered after 5 min, 11 min talk: becomes a repair order",
        "not answered, abandoned (4 min)",
        "answered at once, still talking (not over at the end of the run)",
    ]


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
    wanted = (
        "Waiting for parts is 42 % of the turnaround, waiting for a technician 20 %. "
        "Two of 3 parts cause 73 % of the wait for parts: board and seal."
    )
    assert [s.replace(NARROW_SPACE, " ") for s in reason_sentences(run, None)] == [wanted]


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


def behind(*entries: tuple[str, float, float, float, bool]) -> Together:
    return Together(Standing("tat.customer.p90", "all", "h", "less", 0.95, 30, tuple(Behind(*entry) for entry in entries)))


def several_sentences(together: Together, *rows: Judged) -> list[str]:
    base = results("Baseline", [kpi("tat.customer.p90", 132.0, 4.0)])
    others = [results(f"Plan {i}", [kpi("tat.customer.p90", row.other, 4.0)]) for i, row in enumerate(rows, 1)]
    contrasts = [contrast_of(ScenarioContrast("x", (row,), ())) for row in rows]
    return [s.replace(NARROW_SPACE, " ") for s in comparison_sentences(base, others, contrasts, together)]


def judged(other: float, verdict: str, gain: float | None) -> Judged:
    change = other - 132.0
    return Judged("tat.customer.p90", "all", "h", 30, 132.0, other, change, 3.0, "better", 0.02, 0.04, 3.5, verdict, gain)


def test_a_comparison_of_many_says_who_is_best_and_what_was_adjusted() -> None:
    rows = judged(97.0, "better", 12.3), judged(98.1, "better", 9.0)
    together = behind(("a", 132.0, 33.0, 37.0, False), ("b", 97.0, 0.0, 0.0, True), ("c", 98.1, 0.5, 1.7, False))
    told = several_sentences(together, *rows)
    assert told[2] == "After Holm over 2 comparisons it is still shown."
    assert told[3] == "Independent runs would have needed 12 times as many replications for this interval."
    assert told[4] == (
        "Plan 1 is best by P90 turnaround with 95 % confidence; Plan 2 may be within 30 min of it and is at most 102 min behind."
    )


def test_nobody_is_called_best_who_is_not_shown_to_be() -> None:
    rows = judged(97.0, "not shown", 0.5), judged(98.1, "not shown", None)
    together = behind(("a", 132.0, 33.0, 37.0, False), ("b", 97.0, 0.0, 0.4, True), ("c", 98.1, 0.0, 2.6, True))
    told = several_sentences(together, *rows)
    assert told[2] == "After Holm over 2 comparisons it is not shown."
    assert told[3].startswith("Meeting the same customers did not help here")
    assert told[4] == (
        "No scenario is shown to be best by P90 turnaround with 95 % confidence: Plan 1 is ahead and at most 24.0 min behind the "
        "best, Plan 2 may be better; the baseline is ruled out."
    )


def test_sentences_need_no_plotly() -> None:
    code = "import sys, sim.report.text, sim.report.comparison_text, sim.report.page; sys.exit('plotly' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
