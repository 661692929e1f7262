"""Names that attack: through a real run of a scenario that holds them, none does harm in files, pages and terminals."""

from __future__ import annotations

import base64
import csv
import html
import json
import re
import unicodedata
import zlib
from html.parser import HTMLParser
from pathlib import Path

import pytest

import sim
from sim.cli import main
from sim.report.read import read_run

SITE, PART, LINE, MAKER = '=HYPERLINK("http://x.invalid";"bench")', "@SUM(A1)", "+desk", "-maker"
TITLE = '</script><img src=x onerror="window.hurt=1">{{7*7}} \x1b[2J\x1b]0;owned\x07 \x9b31m \u202egnp.exe 维修 ' + "长" * 500
SCENARIO = {
    "title": TITLE,
    "question": "<svg/onload=alert(1)> [bold]really[/bold]?",
    "run": {"length": "40 days", "warm_up": "20 days", "replications": 2},
    "cases": {"faults": {"rate": "12/day", "channel": "voice", "needs": {PART: "60 %"}}},
    "contact_centres": {LINE: {"agents": 2, "handle_time": {"exponential": "6 min"}, "to_repair": "40 %"}},
    "service_points": {
        SITE: {"technicians": 2, "repair_time": {"exponential": "1.5 h"}, "stock": {PART: {"s": 5, "S": 20}}, "source": MAKER},
    },
    "vendors": {MAKER: {"lead_time": "3 days"}},
    "parts": {PART: {"price": "20 EUR"}},
    "targets": {"tat.customer.p90": {"max": "4 days"}},
}


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hostile") / "hostile.yaml"
    path.write_text(json.dumps(SCENARIO), encoding="utf-8")  # JSON is YAML, and its escapes let every character in
    return path


@pytest.fixture(scope="module")
def folder(scenario: Path) -> Path:
    study = sim.run(scenario, jobs=1, out=scenario.parent / "run")
    sim.report(study)
    return study.folder


def test_no_csv_file_begins_a_text_like_a_formula(folder: Path) -> None:
    found = set()
    for path in sorted(folder.rglob("*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.reader(stream):
                for cell in row:
                    if cell[:1] in tuple("=+-@\t\r"):
                        float(cell)
                    found.add(cell)
    assert {f"'{SITE}", f"'{PART}"} <= found


def test_our_readers_give_the_true_names(folder: Path) -> None:
    run = read_run(folder)
    assert SITE in run.table("points").text("site")
    assert run.table("parts").text("part") == [PART]
    assert sim.Study(folder).table("parts")["part"].tolist() == [PART]
    assert f"location={SITE}" in {group for _, group in sim.Study(folder).measures}


def test_saved_cases_come_back(scenario: Path, tmp_path: Path) -> None:
    cases = {"=calls": {"rate": "12/day", "channel": "voice", "needs": {PART: "60 %"}}}
    first = tmp_path / "first.yaml"
    first.write_text(json.dumps(SCENARIO | {"cases": cases}), encoding="utf-8")
    table = tmp_path / "cases.csv"
    sim.api.save_cases(sim.api.load(first), table)
    rows = table.read_text(encoding="utf-8").splitlines()
    assert len(rows) > 400
    assert rows[1].split(",")[1].startswith("'=calls")
    again = tmp_path / "again.yaml"
    again.write_text(json.dumps(SCENARIO | {"cases": cases, "replay": {"from": "cases.csv"}}), encoding="utf-8")
    assert len(sim.api.load(again).case_log.at_h) == len(rows) - 1


class Elements(HTMLParser):
    """Elements and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.names |= {name for name, _ in attrs}


def test_the_page_has_no_element_from_a_text(folder: Path) -> None:
    page = (folder / "report.html").read_text(encoding="utf-8")
    seen = Elements()
    seen.feed(re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL))
    assert not {"img", "iframe", "object", "embed", "form", "b2"} & set(seen.tags)
    assert not {name for name in seen.names if name.startswith("on")}
    assert "onload=alert" not in re.sub(r"&lt;.*?&gt;", "", page.split("<script>")[0])
    assert html.escape("{{7*7}}") in page  # a template is not run twice


def test_tables_of_the_page_hold_the_true_names(folder: Path) -> None:
    page = (folder / "report.html").read_text(encoding="utf-8")
    packed = dict(re.findall(r'<details data-table="(\w+)".*?<script type="text/plain"[^>]*>([^<]*)</script>', page, re.DOTALL))
    parts = json.loads(zlib.decompress(base64.b64decode(packed["parts"])))
    assert parts[0] == [PART]
    measures = json.loads(zlib.decompress(base64.b64decode(packed["measures"])))
    assert len(set(map(len, measures))) == 1
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert len(measures[0]) == len([k for k in summary["kpis"] if k["mean"] is not None or k["target"]])


def steers(text: str) -> list[str]:
    """Characters of a text that move a terminal or turn its writing."""
    return [hex(ord(c)) for c in text if c not in "\n" and unicodedata.category(c) in ("Cc", "Cf")]


def test_no_name_steers_the_terminal(scenario: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(scenario), "-j", "1", "--out", str(folder), "--no-report"]) in (0, 1)
    assert main(["report", str(folder), "--out", str(folder / "again.html")]) == 0
    assert main(["validate", str(scenario), "--set", f"service_points.{SITE}.technicians=\x1b[2J"]) == 3
    assert main(["run", "no\x1b[2Jsuch.yaml"]) == 3
    other = scenario.with_name("other.yaml")
    other.write_text(json.dumps(SCENARIO | {"title": f"\x1b[2J{TITLE}", "targets": {}}), encoding="utf-8")
    assert main(["compare", str(folder), str(other), "-r", "2", "-j", "1", "--out", str(folder.with_name("both"))]) == 0
    assert main(["no\x1b[2Jsuch"]) == 2
    said = capsys.readouterr()
    assert "\u241b[2J" in said.out + said.err
    assert steers(said.out + said.err) == []


def test_json_in_the_terminal_is_safe_and_the_same(scenario: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", str(scenario), "--json"]) == 0
    text = capsys.readouterr().out
    assert steers(text) == []
    assert json.loads(text)["title"].startswith(TITLE[:60])
