"""Tables by reference: what a row becomes, where its cells are, and the exact words of every fault."""

from pathlib import Path

import pytest

from sim.scenario.document import Document, load_document
from sim.scenario.overlay import apply_sets, resolve
from sim.scenario.tables import MAX_FAULTS, expand_tables, read_table

SITES = """\
name,region,technicians,repair_time.gamma.mean,repair_time.gamma.cv,modes,code
oslo,north,2,90 min,0.5,,0571
"bergen, west",west,1,2 h,1,"[carry_in, mail_in]",7

molde,"no
rth",3,,,[],1e3
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def load(csv: str | bytes, text: str = "service_points: {from: sites.csv}\n") -> Document:
    Path("sites.csv").write_bytes(csv.encode() if isinstance(csv, str) else csv)
    Path("x.yaml").write_text(text)
    document = load_document(Path("x.yaml"))
    expand_tables(document)
    return document


def messages(document: Document) -> list[str]:
    return [str(f) for f in document.faults]


def test_rows_become_members() -> None:
    document = load(SITES)
    assert messages(document) == []
    assert document.data["service_points"] == {
        "oslo": {"region": "north", "technicians": 2, "repair_time": {"gamma": {"mean": "90 min", "cv": 0.5}}, "code": "0571"},
        "bergen, west": {
            "region": "west", "technicians": 1, "repair_time": {"gamma": {"mean": "2 h", "cv": 1}},
            "modes": ["carry_in", "mail_in"], "code": 7,
        },
        "molde": {"region": "no\nrth", "technicians": 3, "modes": [], "code": 1000.0},
    }  # fmt: skip
    assert [p.name for p in document.files] == ["x.yaml", "sites.csv"]


def test_places_of_cells() -> None:
    document = load(SITES)
    assert str(document.mark(("service_points", "oslo", "technicians"))) == "sites.csv:2:12"
    assert str(document.mark(("service_points", "oslo", "repair_time", "gamma", "cv"))) == "sites.csv:2:21"
    assert str(document.mark(("service_points", "bergen, west", "technicians"))) == "sites.csv:3:21"
    assert str(document.mark(("service_points", "bergen, west"), key=True)) == "sites.csv:3:1"
    assert str(document.mark(("service_points", "molde"), key=True)) == "sites.csv:5:1"
    assert document.mark(("service_points", "oslo", "region")).text == "oslo,north,2,90 min,0.5,,0571"
    # A cell that says nothing has no place of its own.
    assert str(document.mark(("service_points", "molde", "repair_time", "gamma", "mean"))) == "sites.csv:5:1"


def test_defaults_are_below_the_cells_and_beside_members_in_yaml() -> None:
    text = """\
service_points:
  from: sites.csv
  defaults: {level: 1, repair_time: {gamma: {mean: 1 h, cv: 2}}}
  tromso: {level: 2, repair_time: {gamma: {mean: 3 h}}}
"""
    document = load(SITES, text)
    points = document.data["service_points"]
    assert list(points) == ["tromso", "oslo", "bergen, west", "molde"]
    assert points["tromso"] == {"level": 2, "repair_time": {"gamma": {"mean": "3 h", "cv": 2}}}
    assert points["oslo"]["repair_time"] == {"gamma": {"mean": "90 min", "cv": 0.5}}
    assert points["molde"]["repair_time"] == {"gamma": {"mean": "1 h", "cv": 2}}
    assert points["molde"]["repair_time"] is not points["oslo"]["repair_time"]
    assert str(document.mark(("service_points", "molde", "repair_time", "gamma", "cv"))) == "x.yaml:3:61"
    assert str(document.mark(("service_points", "oslo", "repair_time", "gamma", "cv"))) == "sites.csv:2:21"
    assert str(document.mark(("service_points", "tromso", "repair_time", "gamma", "cv"))) == "x.yaml:3:61"


def test_several_tables_and_stock_plans() -> None:
    Path("more.csv").write_text("name\nnarvik\n")
    Path("plan.csv").write_text("part,s,S\nfan,1,5\nnut,,9\n")
    text = "service_points: {from: [sites.csv, more.csv]}\nstock_plans: {small: {from: plan.csv}, own: {fan: {S: 3}}}\n"
    document = load(SITES, text)
    assert messages(document) == []
    assert document.data["service_points"]["narvik"] == {}
    assert document.data["stock_plans"] == {"small": {"fan": {"s": 1, "S": 5}, "nut": {"S": 9}}, "own": {"fan": {"S": 3}}}


def test_rows_can_be_changed_added_and_set(folder: Path) -> None:
    load(SITES)
    (folder / "sub").mkdir()
    Path("sub/new.csv").write_text("name,technicians\nbodo,8\n")
    Path("sub/y.yaml").write_text(
        "extends: ../x.yaml\nchange: {service_points.oslo.technicians: 9,\n"
        "  service_points.oslo.repair_time.gamma.mean: {scale: 2}}\n"
        "add: {service_points: {from: new.csv}, service_points.molde.level: 3}\n"
    )
    document = apply_sets(resolve("sub/y.yaml"), ["service_points.molde.technicians=4"])
    assert messages(document) == []
    points = document.data["service_points"]
    assert points["oslo"]["technicians"] == 9
    assert points["oslo"]["repair_time"] == {"gamma": {"mean": "180 min", "cv": 0.5}}
    assert points["molde"]["technicians"] == 4
    assert points["molde"]["level"] == 3
    assert points["bodo"] == {"technicians": 8}
    assert str(document.mark(("service_points", "oslo", "technicians"))) == "sub/y.yaml:2:43"
    assert str(document.mark(("service_points", "oslo", "region"))) == "sites.csv:2:6"
    assert str(document.mark(("service_points", "oslo", "repair_time", "gamma", "cv"))) == "sites.csv:2:21"
    assert str(document.mark(("service_points", "bodo", "technicians"))) == "sub/new.csv:2:6"


@pytest.mark.parametrize(
    ("csv", "message"),
    [
        ("", "sites.csv: error[E303] the table is empty; it needs a header line"),
        (
            "nmae,x\na,1\n",
            "sites.csv:1:1: error[E303] column 'name' is missing; rename 'nmae'?",
        ),
        ("site,x\na,1\n", "sites.csv:1:1: error[E303] column 'name' is missing; the columns are site, x"),
        ("name;x\na;1\n", "sites.csv:1:1: error[E303] the header has one column only; separate the columns with commas"),
        ("name,x,x\na,1,2\n", "sites.csv:1:8: error[E303] column 'x' is there twice"),
        ("name,,x\na,1,2\n", "sites.csv:1:6: error[E303] column 2 has no name"),
        ("name,a..b\na,1\n", "sites.csv:1:6: error[E303] column 'a..b' has an empty part"),
        (
            "name,a,a.b\nx,1,2\n",
            "sites.csv:1:6: error[E303] column 'a' is there both whole and in parts; keep 'a' or the columns 'a. ...'",
        ),
        (
            "name,x\na,1\nb\nc,3\n",
            "sites.csv:3:1: error[E305] row of 1 fields where the header has 2; put text that contains commas in quotes",
        ),
        ("name,x\na,1\n,2\n", "sites.csv:3:1: error[E306] service_points: the name is empty"),
        (
            "name,x\na,1\nb,2\na,3\n",
            "sites.csv:4:1: error[E304] service_points.a: duplicate name, first in sites.csv:2",
        ),
        ("name,x\na,1e999\n", "sites.csv:2:3: error[E302] service_points.a.x: number 1e999 is too large"),
        ('name,x\na,"1\nb,2\n', "sites.csv:2:1: error[E302] is not CSV: unexpected end of data; check the quotes"),
        (b"name,x\na,\xff\n", "sites.csv:2:3: error[E302] byte 0xFF is not UTF-8; save the file as UTF-8"),
        ("name,x\na,\x00\n", "sites.csv:2:3: error[E302] control character U+0000 is not allowed; remove it"),
    ],
)
def test_faults_in_tables(csv: str | bytes, message: str) -> None:
    assert messages(load(csv)) == [message]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "service_points: {from: site.csv}\n",
            "x.yaml:1:24: error[E301] service_points.from: table 'site.csv' not found; did you mean 'sites.csv'?",
        ),
        ("service_points: {from: 3}\n", "x.yaml:1:24: error[E307] service_points.from: should be the name of a CSV file"),
        ("service_points: {from: [3]}\n", "x.yaml:1:25: error[E307] service_points.from.0: should be the name of a CSV file"),
        ("service_points: {from: }\n", "x.yaml:1:24: error[E307] service_points.from: should be the name of a CSV file"),
        (
            "service_points: {from: sites.csv, defaults: 3}\n",
            "x.yaml:1:45: error[E307] service_points.defaults: should be the fields that all members share, "
            "such as {transit: 2 days}",
        ),
        (
            "service_points: {oslo: {}, from: sites.csv}\n",
            "sites.csv:2:1: error[E304] service_points.oslo: duplicate name, first in x.yaml:1",
        ),
    ],
)
def test_faults_of_references(text: str, message: str) -> None:
    assert messages(load(SITES, text)) == [message]


def test_a_column_that_is_wrong_in_every_row_is_not_reported_thousands_of_times() -> None:
    document = load("name,x\n" + "".join(f"a{i}\n" for i in range(1000)))
    assert len(document.faults) == MAX_FAULTS + 1
    assert str(document.faults[-1]) == "sites.csv:22:1: error[E305] and 980 more faults in this table from here"


def test_tables_that_are_no_collections_stay() -> None:
    document = load("at_h,source\n1,x\n2,\n", "replay: {from: sites.csv}\n")
    assert document.data == {"replay": {"from": "sites.csv"}}
    table = read_table(document, ("replay", "from"), "sites.csv", ("at_h",))
    assert table is not None
    assert table.columns == ("at_h", "source")
    assert table.column("at_h") == [1, 2]
    assert table.column("source") == ["x", None]
    assert str(table.mark(1, "source")) == "sites.csv:3:3"


def test_three_thousand_rows() -> None:
    header = "name,region,lat,lon,technicians,repair_time.gamma.mean,repair_time.gamma.cv,level,hours,time_zone,transit,freight\n"
    rows = "".join(f"p{i},r{i % 30},{i / 100},{i / 50},{i % 7},{i % 90} min,0.5,1,24x7,UTC,2 days,12 CNY\n" for i in range(3000))
    document = load(header + rows, "service_points: {from: sites.csv, defaults: {source: maker, stock: {fan: {S: 1}}}}\n")
    assert len(document.data["service_points"]) == 3000
    assert document.data["service_points"]["p2999"]["repair_time"] == {"gamma": {"mean": "29 min", "cv": 0.5}}
