"""JUnit XML, annotations and Markdown of a check: what they say, and that names of a user's own cannot break out."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

from sim.analysis.baseline import Change, CheckVerdict
from sim.analysis.check_status import CHANGED, IDENTICAL, INPUTS_CHANGED
from sim.errors import Fault, Mark
from sim.report.check_formats import check_annotations, fault_annotations, junit_xml, markdown

HOSTILE = "site=a|b,<img src=x>`x`[l](http://e.vil)\n::error::x @all %0A \x00\x1b ]]> www.e.vil"
MOVED = Change("contact.asa", HOSTILE, 1.0, 1.1, 0.0004, "paired", 0.02)
GONE = Change("orders.open", "all", 3.0, math.nan, 0.0)
VERDICTS = [
    CheckVerdict("a", IDENTICAL, measures=3, replications=20),
    CheckVerdict("b", CHANGED, (), (MOVED, GONE), "1 measures are gone", 3, (MOVED,), 0.005, 20, "results/b,1:x.csv", 7),
    CheckVerdict("c", INPUTS_CHANGED, ("groups",), note="results: identical", measures=3, file="c.yaml", line=2),
]


def test_junit_keeps_to_the_schema() -> None:
    root = ElementTree.fromstring(junit_xml(VERDICTS))
    allowed = {  # of junit-10.xsd, what is used
        "testsuites": {"name", "tests", "failures", "errors"},
        "testsuite": {"name", "tests", "failures", "errors", "skipped"},
        "testcase": {"name", "classname"},
        "failure": {"message", "type"},
        "system-out": set(),
    }
    for element in root.iter():
        assert set(element.attrib) <= allowed[element.tag]
    assert [child.tag for child in root] == ["testsuite"]
    (suite,) = root
    assert {k: suite.get(k) for k in ("tests", "failures", "errors")} == {"tests": "3", "failures": "2", "errors": "0"}
    assert [case.get("name") for case in suite] == ["a", "b", "c"]
    assert [case.find("failure") is not None for case in suite] == [False, True, True]
    text = suite[1].find("failure").text or ""  # type: ignore[union-attr]
    assert "contact.asa [site=a|b,<img src=x>" in text
    assert "\ufffd" in text
    assert "\x00" not in text


def test_annotations_are_one_line_each_with_file_and_line() -> None:
    changed, inputs = check_annotations(VERDICTS)
    assert changed.startswith("::error file=results/b%2C1%3Ax.csv,line=7,title=b%3A changed::b: changed; 1 measures are gone%0A")
    assert "\n" not in changed
    assert "%250A" in changed
    assert "orders.open: 3 -> gone" in changed
    assert inputs == "::error file=c.yaml,line=2,title=c%3A inputs changed::c: inputs changed (groups); results: identical"
    (fault,) = fault_annotations([Fault("E101", Mark("s.yaml", 3, 5), "a.b", "unknown key", "did you mean 'c'?")])
    assert fault == "::error file=s.yaml,line=3,col=5,title=E101::a.b: unknown key; did you mean 'c'?"


def test_markdown_has_a_row_for_each_measure_and_no_markup_of_others() -> None:
    text = markdown(VERDICTS)
    assert text.startswith("## sparesim check: 2 of 3 changed\n")
    (row,) = [line for line in text.splitlines() if line.startswith("| contact.asa")]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert len(cells) == 8
    assert cells[2:] == ["1", "1.1", "+10.00%", "0.0004", "0.5 %", "2 %"]
    assert re.search(r"[<>`\[\]@|:&*]", re.sub(r"&#\d+;", "", cells[1])) is None
    assert "www." not in text
    assert "| gone |" in text
