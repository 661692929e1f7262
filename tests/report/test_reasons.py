"""Reasons: what page and console say of where the trouble lies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.report.format import NARROW_SPACE
from sim.report.read import Columns, RunResults
from sim.report.reasons import reason_sentences, shortest_half
from sim.report.text import leading_target, sentences

MANIFEST: dict[str, Any] = {"name": "x", "currency": "EUR", "run": {"length_h": 8760.0, "warm_up_h": 0.0}, "segments": []}


def stages(*rows: tuple[str, str, float]) -> Columns:
    return Columns(("group", "stage", "mean_h"), tuple((group, stage, repr(hours)) for group, stage, hours in rows))


SLOW_BENCH = stages(
    ("all", "bench_wait", 20.0), ("all", "part_wait", 4.0), ("all", "repair", 6.0), ("all", "hand_in", 30.0),
    ("segment=firm", "bench_wait", 30.0), ("segment=firm", "hand_in", 10.0), ("segment=firm", "part_wait", 10.0),
)  # fmt: skip
POINTS = Columns(
    ("site", "orders", "part_wait_h", "bench_wait_h"),
    (("hub", "100", "1", "50"), *((f"p{i}", "100", "1", "2") for i in range(9))),
)
LINES = Columns(
    ("site", "channel", "day_type", "slot", "offered", "abandoned", "within_threshold"),
    tuple(
        ("desk", channel, day, str(slot), "100", str(lost), str(100 - lost))
        for channel, size in (("voice", 20), ("chat", 2))
        for day in ("working", "other")
        for slot in range(48)
        for lost in (size if day == "working" and 18 <= slot < 22 else 1,)
    ),
)


def entry(name: str, mean: float, group: str = "all", verdict: str = "missed", **target: float) -> dict[str, Any]:
    unit = "h" if name.startswith("tat.customer") else "1"
    values = {"kpi": name, "group": group, "unit": unit, "n": 10, "mean": mean, "half_width": 0.001 * mean}
    return values | {"target": target or None, "verdict": verdict if target else None}


def told(*kpis: dict[str, Any], **tables: Columns) -> list[str]:
    run = RunResults(Path(), MANIFEST, {"replications": 10, "confidence": 0.95, "kpis": list(kpis)}, tables)
    return [text.replace(NARROW_SPACE, " ") for text in reason_sentences(run, leading_target(run))]


LATE = entry("tat.customer.p90", 132.0, max=96.0)


def test_the_largest_wait_is_located_and_regions_that_miss_the_limit_are_named() -> None:
    regions = [entry("tat.customer.p90", hours, f"region={name}") for name, hours in (("n", 150.0), ("s", 120.0), ("w", 90.0))]
    assert told(LATE, *regions, stages=SLOW_BENCH, points=POINTS) == [
        "Getting the unit to the workshop is 50 % of the turnaround, waiting for a technician 33 %. "
        "74 % of the wait for technicians arises at hub alone. 2 of 3 regions miss the limit: n and s."
    ]


def test_a_wait_that_is_spread_is_not_located() -> None:
    spread = Columns(POINTS.names, tuple((f"p{i}", "100", "1", "2") for i in range(10)))
    assert "arises" not in told(LATE, stages=SLOW_BENCH, points=spread)[0]


def test_full_hours_are_told_where_technicians_are_busy_in_all() -> None:
    busy = np.where(np.arange(168) % 24 == 10, 0.95, 0.7)
    busy[34] = 0.97
    week = Columns(
        ("kind", "owner", "hour", "utilisation"),
        tuple(("technicians", "technicians", str(h), str(b)) for h, b in enumerate(busy.tolist())),
    )
    full = told(LATE, entry("work.utilisation", 0.8), stages=SLOW_BENCH, weekhour=week)[0]
    assert full.endswith("Technicians are over 90 % busy in 7 hours of the week, most on Tuesday 10:00.")
    assert "Technicians are" not in told(LATE, entry("work.utilisation", 0.5), stages=SLOW_BENCH, weekhour=week)[0]


def test_a_missed_segment_is_explained_by_its_own_stages() -> None:
    assert told(entry("tat.within_promise", 0.7, "segment=firm", min=0.9), stages=SLOW_BENCH)[0].startswith(
        "Waiting for a technician is 60 % of the turnaround of firm, waiting for parts 20 %."
    )


@pytest.mark.parametrize(
    ("kpi", "group", "wanted"),
    [
        ("contact.service_level", "site=desk;channel=voice",
         "On working days half of the late contacts at desk, voice come between 09:00 and 11:00."),
        ("contact.abandon_rate", "all", "67 % of those who give up are at desk, voice. "
         "On working days half of those who give up at desk, voice come between 09:00 and 11:00."),
    ],
)  # fmt: skip
def test_a_missed_contact_target_names_line_and_hours(kpi: str, group: str, wanted: str) -> None:
    late = entry(kpi, 0.7, group, **({"max": 0.05} if "abandon" in kpi else {"min": 0.8}))
    assert told(late, halfhour=LINES) == [wanted]


def test_the_second_reason_is_of_another_kind_and_of_the_worst_target() -> None:
    late = [entry("tat.within_promise", 0.85, min=0.9), entry("tat.within_promise", 0.7, "segment=firm", min=0.9)]
    answered = entry("contact.service_level", 0.7, "site=desk;channel=voice", min=0.8)
    first, second = told(answered, *late, halfhour=LINES, stages=SLOW_BENCH)
    assert first.startswith("On working days half of the late contacts")
    assert "turnaround of firm" in second


def test_nothing_is_explained_that_the_tables_do_not_tell() -> None:
    assert told(LATE) == []
    assert told(entry("contact.fcr", 0.5, min=0.8), halfhour=LINES) == []


def test_reasons_follow_headline_and_certainty() -> None:
    run = RunResults(Path(), MANIFEST, {"replications": 10, "confidence": 0.95, "kpis": [LATE]}, {"stages": SLOW_BENCH})
    assert [text.split()[0] for text in sentences(run)] == ["P90", "Its", "Getting"]


def test_shortest_half() -> None:
    amounts = np.zeros(48)
    amounts[[4, 20, 21, 30]] = [3.0, 4.0, 2.0, 3.0]
    assert shortest_half(amounts) == (20, 22)
    assert shortest_half(np.zeros(48)) is None
    assert shortest_half(np.eye(48)[47]) == (47, 48)
