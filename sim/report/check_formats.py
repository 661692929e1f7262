"""What `check` found, in the forms that build servers read: JUnit XML, GitHub annotations, a Markdown summary.

JUnit XML keeps to the elements and attributes of the schema that Jenkins publishes (junit-10.xsd); annotations follow GitHub's
workflow commands, with their escapes. Names of a user's own pass through all three, so each escapes all that has a meaning there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from xml.etree import ElementTree

from sim.analysis.baseline import Change, CheckVerdict, fine_percent
from sim.analysis.check_status import INPUTS_CHANGED, RENEWED, status_text
from sim.errors import Fault
from sim.language import say

MOST_ROWS = 40  # of the Markdown table, a baseline
_MOST_IN_MESSAGE = 10
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PLAIN = re.compile(r"[^\w .,/%'=;\u0080-\U0010ffff-]|_", re.ASCII)


def junit_xml(verdicts: Sequence[CheckVerdict]) -> str:
    """One test suite with a test case for each baseline; a change is a failure with the text of the console."""
    failures = str(sum(v.failed for v in verdicts))
    counts = {"tests": str(len(verdicts)), "failures": failures, "errors": "0"}
    suites = ElementTree.Element("testsuites", {"name": "sparesim check", **counts})
    suite = ElementTree.SubElement(suites, "testsuite", {"name": "sparesim check", **counts, "skipped": "0"})
    for verdict in verdicts:
        case = ElementTree.SubElement(suite, "testcase", {"name": _xml(verdict.name), "classname": "sparesim.check"})
        if verdict.failed:
            about = {"message": _xml(verdict.text().partition("\n")[0]), "type": verdict.status}
            ElementTree.SubElement(case, "failure", about).text = _xml(verdict.text())
        else:
            ElementTree.SubElement(case, "system-out").text = _xml(verdict.text())
    ElementTree.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suites, encoding="unicode") + "\n"


def check_headline(verdicts: Sequence[CheckVerdict]) -> str:
    """All in a few words."""
    failed = sum(v.failed for v in verdicts)
    if not failed and any(v.status == RENEWED for v in verdicts):
        return say("baselines renewed")
    return say("{failed} of {n} changed", failed=failed, n=len(verdicts)) if failed else say("nothing changed")


def _xml(text: str) -> str:
    """Text without the characters that XML cannot hold at all."""
    return _NOT_XML.sub("\ufffd", text)


def check_annotations(verdicts: Sequence[CheckVerdict]) -> list[str]:
    """A line for each baseline that failed, at the file and line where someone should look."""
    found = []
    for verdict in verdicts:
        if verdict.failed:
            title = say("{name}: {status}", name=verdict.name, status=status_text(verdict.status))
            lines = verdict.text().split("\n")
            more = [f"{c.name}: {_change(c)}" for c in verdict.changes[:_MOST_IN_MESSAGE]]
            text = "\n".join([lines[0], *more, *([verdict.sharpness] if verdict.sharpness else [])])
            found.append(_command(verdict.file, verdict.line, 0, title, text))
    return found


def fault_annotations(faults: Sequence[Fault]) -> list[str]:
    """A line for each fault of a scenario."""
    return [
        _command(
            f.mark.file,
            f.mark.line,
            f.mark.column,
            f.code,
            f"{f.path}: {f.message}" + (f"; {f.suggestion}" if f.suggestion else ""),
        )
        for f in faults
    ]


def _command(file: str, line: int, column: int, title: str, message: str) -> str:
    places = {"file": file, "line": str(line) if line else "", "col": str(column) if column else "", "title": title}
    properties = ",".join(f"{name}={_property(value)}" for name, value in places.items() if value)
    return f"::error {properties}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def markdown(verdicts: Sequence[CheckVerdict]) -> str:
    """A table of the baselines, and for each that is not identical a table of what moved."""
    lines = [f"## sparesim check: {check_headline(verdicts)}", ""]
    heads = (say("Baseline"), say("Result"), say("Measures"), say("Replications"), say("Remark"))
    lines += [f"| {' | '.join(heads)} |", "| --- | --- | ---: | ---: | --- |"]
    for v in verdicts:
        remark = "; ".join(text for text in (", ".join(v.inputs), v.note) if text)
        result = f"**{status_text(v.status)}**" if v.failed else status_text(v.status)
        lines.append(f"| {_md(v.name)} | {result} | {v.measures} | {v.replications or ''} | {_md(remark)} |")
    for v in verdicts:
        if v.changes:
            lines += ["", *_moved_table(v)]
        if v.sharpness:
            lines += ["", say("{name} {sharpness}.", name=_md(v.name), sharpness=_md(v.sharpness))]
    return "\n".join(lines) + "\n"


def _moved_table(verdict: CheckVerdict) -> list[str]:
    name = _md(verdict.name)
    if verdict.status == INPUTS_CHANGED:
        what = say("What moved with the inputs: {name}", name=name)
    else:
        what = say("What moved: {name}", name=name)
    heads = (
        *(say("Measure"), say("Group"), say("Before"), say("After")),
        *(say("Change"), say("p (Holm)"), say("Margin"), say("Smallest shift")),
    )
    lines = [
        f"### {what}",
        "",
        f"| {' | '.join(heads)} |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for c in verdict.changes[:MOST_ROWS]:
        cells = (_md(c.kpi), _md(c.group), _number(c.before), _number(c.after), _relative(c.relative), f"{c.p_value:.2g}")
        smallest = fine_percent(c.smallest_relative) if math.isfinite(c.smallest_relative) else ""
        lines.append(f"| {' | '.join((*cells, fine_percent(verdict.margin), smallest))} |")
    if len(verdict.changes) > MOST_ROWS:
        lines += ["", say("and {n} more measures", n=len(verdict.changes) - MOST_ROWS)]
    return lines


def _change(change: Change) -> str:
    if math.isnan(change.after):
        return f"{_number(change.before)} -> {say('gone')}"
    return f"{_number(change.before)} -> {_number(change.after)} ({_relative(change.relative)}, p = {change.p_value:.2g})"


def _number(value: float) -> str:
    return say("gone") if math.isnan(value) else f"{value:.6g}"


def _relative(share: float) -> str:
    return f"{share:+.2%}" if math.isfinite(share) else ""


def _md(text: str) -> str:
    """Text that Markdown shows as it is: what could be markup, a link, a mention or an end of a cell becomes an entity."""
    one_line = " ".join(text.split())
    safe = _PLAIN.sub(lambda found: f"&#{ord(found.group())};", one_line)
    return re.sub(r"(?i)(www)\.", r"\1&#46;", safe)
