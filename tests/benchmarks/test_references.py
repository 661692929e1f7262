"""The programs that ours is measured against compute the same thing, and the page of results is the one of the stored figures."""

from __future__ import annotations

import json
import shutil

import pytest

from benchmarks import ours, pages, simpy_contacts, simpy_mixed, simpy_parts, text
from benchmarks.child import PER_DAY, measure
from sim.theory.erlang import ErlangA

# length of a quick run, days
CONTACTS, PARTS, MIXED = 8, 3000, 12


def test_simpy_contacts_are_erlang_a() -> None:
    expected = ErlangA(11, 100.0, 6 / 60, 4 / 60)
    for short in (False, True):
        found = simpy_contacts.run(CONTACTS, seed=1, short=short)
        assert found["customers"] == pytest.approx(CONTACTS * PER_DAY["contacts"], rel=0.02)
        assert found["abandon rate"] == pytest.approx(expected.abandonment, rel=0.1)


def test_simpy_parts_are_ours() -> None:
    simpy, own = simpy_parts.run(PARTS, seed=1), ours.run("parts", PARTS, seed=1)
    for answer in ("customers", "fill rate", "mean wait [h]"):
        assert simpy[answer] == pytest.approx(own[answer], rel=0.05)


def test_simpy_mixed_is_ours() -> None:
    simpy, own = simpy_mixed.run(MIXED, seed=1), ours.run("mixed", MIXED, seed=1)
    for answer in ("customers", "abandon rate", "turnaround [h]"):
        assert simpy[answer] == pytest.approx(own[answer], rel=0.1)


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
@pytest.mark.parametrize(
    ("case", "days", "answer", "expected"), [("contacts", 200.0, "abandon rate", 0.0937), ("parts", 40000.0, "fill rate", 0.202)]
)
def test_bare_loops(case: str, days: float, answer: str, expected: float) -> None:
    found = measure(case, "c", days)
    assert found["customers"] == pytest.approx(days * PER_DAY[case], rel=0.02)
    assert found[answer] == pytest.approx(expected, rel=0.03)


def test_the_page_is_written_from_the_stored_results() -> None:
    results = json.loads((pages.BEFORE.parent / "latest.json").read_text())
    assert (pages.DOCS / "performance.md").read_text() == text.page(results, pages.before())
