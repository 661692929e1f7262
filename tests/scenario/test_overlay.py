"""Extending: what each kind of change does, which file a value is blamed on, and the exact words of every fault."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.scenario.changes import Changes
from sim.scenario.document import Document, load_text, plain_copy
from sim.scenario.overlay import apply_sets, resolve

NETWORK = """\
title: Network
run: {length: 1 year, replications: 5}
service_points:
  oslo: {technicians: 2, repair_time: {gamma: {mean: 90 min, cv: 0.5}}, stock: {fan: {s: 5, S: 20}}}
  bergen: {technicians: 4, repair_time: 2 h, stock: small}
vendors: {maker: {lead_time: {gamma: {mean: 14 days, cv: 0.3}}}}
parts: {fan: {price: 20 EUR}}
notes: [one, two, three]
cases: {calls: {rate: 100/h, channels: {voice: 60 %, chat: 40 %}, months: [1, 2, 3]}}
targets: {tat.customer.p90: {max: 4 days}, "contact.service_level[site=a.b;channel=voice]": {min: 80 %}}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "net.yaml").write_text(NETWORK)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def extend(text: str) -> Document:
    Path("x.yaml").write_text(f"extends: net.yaml\n{text}\n")
    return resolve("x.yaml")


def changed(text: str) -> Document:
    document = extend(text)
    assert messages(document) == []
    return document


def messages(document: Document) -> list[str]:
    return [str(f) for f in document.faults]


def test_direct_sections_override_and_run_is_merged() -> None:
    document = changed("title: Mine\nrun: {length: 30 days, seed: 7}\ntargets: {orders.open: {max: 5}}")
    assert document.data["title"] == "Mine"
    assert document.data["run"] == {"length": "30 days", "replications": 5, "seed": 7}
    assert document.data["targets"] == {"orders.open": {"max": 5}}
    assert str(document.mark(("run", "length"))) == "x.yaml:3:15"
    assert str(document.mark(("run", "replications"))) == "net.yaml:2:37"
    assert document.shown == "x.yaml"
    assert [p.name for p in document.files] == ["x.yaml", "net.yaml"]


@pytest.mark.parametrize(
    "text",
    [
        "change: {service_points.oslo.technicians: 3}",
        "change: {service_points: {oslo: {technicians: 3}}}",
        "change: {service_points.oslo: {technicians: 3}}",
        "change:\n  service_points:\n    oslo.technicians: 3",
        "change: {'service_points.\"oslo\".technicians': 3}",
        "change: {service_points.oslo.technicians: {plus: 1}}",
        "change: {service_points.oslo.technicians: {scale: 1.5}}",
        "change: {service_points.oslo.technicians: {scale: 150 %}}",
        "change: {service_points.oslo.technicians: {scale: 1.2, round: up}}",
        "change: {service_points.oslo.technicians: {scale: 1.9, round: down}}",
        "change: {service_points.oslo.technicians: {scale: 1.25, round: nearest}}",
        "change: {service_points.oslo.technicians: {scale: 2, plus: -1}}",
    ],
)
def test_ways_to_say_three_technicians(text: str) -> None:
    document = changed(text)
    oslo = document.data["service_points"]["oslo"]
    assert oslo["technicians"] == 3
    assert type(oslo["technicians"]) is int
    assert oslo["repair_time"] == {"gamma": {"mean": "90 min", "cv": 0.5}}
    assert document.data["service_points"]["bergen"]["technicians"] == 4
    assert document.mark(("service_points", "oslo", "technicians")).file == "x.yaml"
    assert document.mark(("service_points", "oslo", "stock")).file == "net.yaml"


def test_wildcards_change_every_member() -> None:
    points = changed("change: {service_points.*.technicians: {plus: 1}}").data["service_points"]
    assert [p["technicians"] for p in points.values()] == [3, 5]
    points = changed("change: {service_points.*: {repair_time.gamma.mean: 1 h}}").data["service_points"]
    assert [p["repair_time"] for p in points.values()] == [{"gamma": {"mean": "1 h", "cv": 0.5}}, "2 h"]
    points = changed("change: {service_points.b*.technicians: 9}").data["service_points"]
    assert [p["technicians"] for p in points.values()] == [2, 9]
    assert changed("change: {cases.calls.months.*: {scale: 2}}").data["cases"]["calls"]["months"] == [2, 4, 6]


@pytest.mark.parametrize(
    ("change", "path", "value"),
    [
        ("vendors.maker.lead_time: {exponential: 5 days}", "vendors.maker.lead_time", {"exponential": "5 days"}),
        ("vendors.maker.lead_time: 5 days", "vendors.maker.lead_time", "5 days"),
        ("vendors.maker.lead_time: {gamma: {cv: 1}}", "vendors.maker.lead_time", {"gamma": {"mean": "14 days", "cv": 1}}),
        ("vendors.maker.lead_time.gamma.mean: {scale: 0.5}", "vendors.maker.lead_time.gamma.mean", "7 days"),
        ("vendors.maker.lead_time.gamma.mean: {plus: 12 h}", "vendors.maker.lead_time.gamma.mean", "14.5 days"),
        ("service_points.oslo.stock.fan: {base_stock: 2}", "service_points.oslo.stock.fan", {"base_stock": 2}),
        ("service_points.oslo.stock.fan: {S: 30}", "service_points.oslo.stock.fan", {"s": 5, "S": 30}),
        ("service_points.oslo.stock.fan: {review: 7 days, S: 9}", "service_points.oslo.stock.fan", {"review": "7 days", "S": 9}),
        ("service_points.oslo.stock: {replace: {nut: {S: 1}}}", "service_points.oslo.stock", {"nut": {"S": 1}}),
        ("service_points.oslo.stock: {replace: {}}", "service_points.oslo.stock", {}),
        ("service_points.bergen.stock: {fan: {S: 1}}", "service_points.bergen.stock", {"fan": {"S": 1}}),
        ("cases.calls.rate: {scale: 1.1}", "cases.calls.rate", "110/h"),
        ("cases.calls.months: {scale: 10}", "cases.calls.months", [10, 20, 30]),
        ("cases.calls.months: [9]", "cases.calls.months", [9]),
        ("cases.calls.months.2: 7", "cases.calls.months", [1, 2, 7]),
        ("cases.calls.channels: {voice: 50 %, chat: 50 %}", "cases.calls.channels", {"voice": "50 %", "chat": "50 %"}),
        ("parts.fan.price: {scale: 1.5}", "parts.fan.price", "30 EUR"),
    ],
)
def test_changes_of_values(change: str, path: str, value: object) -> None:
    found = changed(f"change: {{{change}}}").data
    for key in path.split("."):
        found = found[key]
    assert found == value


@pytest.mark.parametrize(
    "address",
    ["targets.tat.customer.p90.max", "'targets.\"tat.customer.p90\".max'", "targets: {tat.customer.p90.max", "targets.tat.*.max"],
)
def test_keys_with_dots(address: str) -> None:
    text = f"change: {{{address}: 5 days}}" + "}" * address.count("{")
    if "*" in address:
        assert [f.code for f in extend(text).faults] == ["E211"]  # a pattern is one key; this one has two dots more
        return
    assert changed(text).data["targets"]["tat.customer.p90"] == {"max": "5 days"}


def test_keys_with_dots_and_brackets() -> None:
    key = "contact.service_level[site=a.b;channel=voice]"
    assert changed(f'change: {{"targets.{key}.min": 90 %}}').data["targets"][key] == {"min": "90 %"}
    assert key not in changed(f'remove: ["targets.{key}"]').data["targets"]


@pytest.mark.parametrize(
    ("add", "path", "value"),
    [
        ("parts.nut: {price: 1 EUR}", ("parts", "nut"), {"price": "1 EUR"}),
        ("parts: {nut: {}}", ("parts", "nut"), {}),
        ("depots: {main: {level: 3}}", ("depots",), {"main": {"level": 3}}),
        ("service_points.oslo.level: 2", ("service_points", "oslo", "level"), 2),
        ("service_points: {oslo: {level: 2}}", ("service_points", "oslo", "level"), 2),
        ("service_points.*.level: 2", ("service_points", "bergen", "level"), 2),
        ("targets.tat.case.p50: {max: 1 day}", ("targets", "tat.case.p50"), {"max": "1 day"}),
        ("targets: {tat.case.p50: {max: 1 day}}", ("targets", "tat.case.p50"), {"max": "1 day"}),
        ("targets.tat.customer.p90.min: 1 h", ("targets", "tat.customer.p90", "min"), "1 h"),
        ("targets.orders: {max: 9}", ("targets", "orders"), {"max": 9}),
    ],
)
def test_additions(add: str, path: tuple[str, ...], value: object) -> None:
    document = changed(f"add: {{{add}}}")
    found = document.data
    for key in path:
        found = found[key]
    assert found == value
    assert document.mark(path, key=True).file == "x.yaml"


def test_removals_in_any_order() -> None:
    data = changed("remove: [notes.0, service_points.oslo, notes.2, 'targets.tat.customer.p90', cases]").data
    assert data["notes"] == ["two"]
    assert list(data["service_points"]) == ["bergen"]
    assert list(data["targets"]) == ["contact.service_level[site=a.b;channel=voice]"]
    assert "cases" not in data
    assert list(changed("remove: parts.fan").data["parts"]) == []
    assert changed("remove: service_points.*.stock").data["service_points"]["bergen"] == {"technicians": 4, "repair_time": "2 h"}


def test_three_levels_each_seen_from_the_one_above(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "mid.yaml").write_text("extends: ../net.yaml\nchange: {service_points.oslo.technicians: {plus: 1}}\n")
    Path("top.yaml").write_text("extends: sub/mid\nchange: {service_points.oslo.technicians: {plus: 10}}\nremove: [parts]\n")
    document = resolve("top.yaml")
    assert messages(document) == []
    assert document.data["service_points"]["oslo"]["technicians"] == 13
    assert [p.name for p in document.files] == ["top.yaml", "mid.yaml", "net.yaml"]
    assert resolve("net.yaml").data["service_points"]["oslo"]["technicians"] == 2


def test_shipped_names_are_found(folder: Path) -> None:
    (folder / "shipped").mkdir()
    (folder / "shipped" / "a.yaml").write_text("title: A\n")

    def find(name: str) -> Path:
        if name != "great":
            raise LookupError(name)
        return folder / "shipped" / "a.yaml"

    Path("x.yaml").write_text("extends: great\nquestion: why\n")
    assert resolve("x.yaml", find).data == {"title": "A", "question": "why"}
    assert resolve("great", find).data == {"title": "A"}
    assert messages(resolve("grate", find)) == ["grate: error[E001] file not found"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "change: {service_points.olso.technicians: 3}",
            "x.yaml:2:10: error[E205] service_points.olso.technicians: no 'olso' in service_points; did you mean 'oslo'?",
        ),
        (
            "change: {service_points.oslo: {techicians: 3}}",
            "x.yaml:2:32: error[E205] service_points.oslo.techicians: no 'techicians' in service_points.oslo; did you "
            "mean 'technicians'?",
        ),
        (
            "change: {service_points: {olso: {technicians: 3}}}",
            "x.yaml:2:27: error[E205] service_points.olso: no 'olso' in service_points; did you mean 'oslo'?",
        ),
        (
            "change: {service_point.oslo: 3}",
            "x.yaml:2:10: error[E205] service_point.oslo: no section 'service_point'; did you mean 'service_points'?",
        ),
        (
            "change: {service_points.oslo.hours: 24x7}",
            "x.yaml:2:10: error[E205] service_points.oslo.hours: no 'hours' in service_points.oslo; to give it anew put it "
            "under 'add'",
        ),
        (
            "change: {service_points.bergen.repair_time.gamma: 3}",
            "x.yaml:2:10: error[E205] service_points.bergen.repair_time.gamma: service_points.bergen.repair_time is a "
            "single value "
            "and holds no 'gamma'",
        ),
        (
            "change: {targets.tat.costumer.p90.max: 3}",
            "x.yaml:2:10: error[E205] targets.tat.costumer.p90.max: no 'tat.costumer.p90.max' in targets; "
            "did you mean 'tat.customer.p90'?",
        ),
        ("change: {notes.7: x}", "x.yaml:2:10: error[E205] notes.7: no item '7' in notes, a list of 3; count items from 0"),
        ("change: {service_points.z*.level: 3}", "x.yaml:2:10: error[E211] service_points.z*.level: 'z*' fits nothing in "
         "service_points; there are oslo, bergen"),
        (
            "change: {service_points.*: {levl: 3}}",
            "x.yaml:2:29: error[E205] service_points.oslo.levl: no 'levl' in service_points.oslo; to give it anew put it "
            "under 'add'",
        ),
        (
            "change: {vendors.maker.lead_time: {scale: 2}}",
            "x.yaml:2:10: error[E209] vendors.maker.lead_time: is a mapping, not a number; name the number itself, such as "
            "vendors.maker.lead_time.gamma.mean",
        ),
        (
            "change: {service_points.bergen.stock: {scale: 2}}",
            "x.yaml:2:10: error[E209] service_points.bergen.stock: 'small' does not begin with a number; write a number "
            "and a unit, "
            "such as '4 min'",
        ),
        (
            "change: {service_points.bergen.repair_time: {scale: 2, round: up}}",
            "x.yaml:2:10: error[E209] service_points.bergen.repair_time: '4 h' has a unit and cannot be rounded",
        ),
        (
            "change: {service_points.bergen.repair_time: {plus: 1}}",
            "x.yaml:2:10: error[E209] service_points.bergen.repair_time: 1 cannot be added to '2 h'; write '1 h'",
        ),
        (
            "change: {service_points.oslo.technicians: {plus: 1, round: upp}}",
            "x.yaml:2:53: error[E209] service_points.oslo.technicians: 'upp' is not up, down or nearest",
        ),
        (
            "change: {service_points.oslo: {}}",
            "x.yaml:2:10: error[E208] service_points.oslo: an empty mapping changes nothing; write {replace: {}} to empty it",
        ),
        ("change: [a]", "x.yaml:2:1: error[E208] change: should be addresses and values, such as "
         "'service_points.oslo.technicians: 3'"),
        ("change: {a..b: 1}", "x.yaml:2:10: error[E208] 'a..b' is not an address such as service_points.oslo.technicians"),
        ("remove: [3]", "x.yaml:2:10: error[E208] remove.0: should be an address, or a list of them"),
        ("remove: [parts.fun]", "x.yaml:2:10: error[E205] parts.fun: no 'fun' in parts; did you mean 'fan'?"),
        ("add: {parts.fan: {}}", "x.yaml:2:7: error[E206] parts.fan: exists already; put it under 'change'"),
        ("add: {parts: {fan: {price: 1}}}", "x.yaml:2:21: error[E206] parts.fan.price: exists already; put it under 'change'"),
        (
            "add: {vendors.maker.lead_time: {exponential: 1 h}}",
            "x.yaml:2:7: error[E206] vendors.maker.lead_time: exists already; put it under 'change'",
        ),
        (
            "add: {service_points.olso.level: 3}",
            "x.yaml:2:7: error[E205] service_points.olso: no 'olso' in service_points; did you mean 'oslo'?",
        ),
        (
            "add: {service_points.oslo.emergency.cost: 3}",
            "x.yaml:2:7: error[E205] service_points.oslo.emergency: no 'emergency' in service_points.oslo; add the whole "
            "of it, nested",
        ),
        ("parts: {nut: {}}", "x.yaml:2:1: error[E204] parts: cannot be given here in a file that extends another; "
         "put it under 'change' or 'add'"),
        ("chnage: {a: 1}", "x.yaml:2:1: error[E204] chnage: cannot be given here in a file that extends another; "
         "did you mean 'change'?"),
        (
            "change: {service_points.oslo.technicians: 3}\nremove: [service_points.oslo]",
            "x.yaml:3:10: error[E207] service_points.oslo: service_points.oslo.technicians is changed already in line 2; "
            "say it once",
        ),
        (
            "change:\n  service_points.oslo.technicians: 3\n  service_points: {oslo: {technicians: 4}}",
            "x.yaml:4:27: error[E207] service_points.oslo.technicians: changed already in line 3; say it once",
        ),
        (
            "change:\n  service_points.*.technicians: 3\n  service_points.oslo.technicians: 4",
            "x.yaml:4:3: error[E207] service_points.oslo.technicians: changed already in line 3; say it once",
        ),
        ("remove: [parts, parts]", "x.yaml:2:17: error[E207] parts: removed already in line 2; say it once"),
        (
            "run: {length: 1 day}\nchange: {run.length: 2 days}",
            "x.yaml:3:10: error[E207] run.length: given already in line 2; say it once",
        ),
        (
            "remove: [parts.fan]\nadd: {parts: {fan: {price: 3 EUR}}}",
            "x.yaml:3:21: error[E206] parts.fan.price: exists already; put it under 'change'",
        ),
    ],
)  # fmt: skip
def test_faults(text: str, message: str) -> None:
    assert messages(extend(text)) == [message]


def test_all_faults_at_once_and_the_rest_is_applied() -> None:
    document = extend(
        "change:\n  parts.fun.price: 1 EUR\n  service_points.oslo.technicians: 3\n  cases.cals.rate: 3/h\nremove: [x]"
    )
    assert [(f.code, f.mark.line) for f in document.faults] == [("E205", 3), ("E205", 5), ("E205", 6)]
    assert document.data["service_points"]["oslo"]["technicians"] == 3


def test_a_change_of_a_pattern_is_applied_to_copies() -> None:
    document = changed("change: {service_points.*.stock: {replace: {fan: {S: 1}}}}")
    points = document.data["service_points"]
    points["oslo"]["stock"]["fan"]["S"] = 2
    assert points["bergen"]["stock"]["fan"]["S"] == 1


def test_sets_of_the_command_line() -> None:
    document = resolve("net.yaml")
    apply_sets(
        document,
        [
            "run.length=30 days",
            "run.seed = 5",
            "service_points.oslo.technicians={plus: 1}",
            "vendors.maker.lead_time={exponential: 5 days}",
            "targets.contact.service_level[site=a.b;channel=voice].min=90 %",
            "targets.tat.case.p50={max: 1 day}",
            "service_points.*.level=2",
            "run.length=40 days",
        ],
    )
    assert messages(document) == []
    assert document.data["run"] == {"length": "40 days", "replications": 5, "seed": 5}
    assert document.data["service_points"]["oslo"]["technicians"] == 3
    assert document.data["service_points"]["bergen"]["level"] == 2
    assert document.data["vendors"]["maker"]["lead_time"] == {"exponential": "5 days"}
    assert document.data["targets"]["contact.service_level[site=a.b;channel=voice]"] == {"min": "90 %"}
    assert document.data["targets"]["tat.case.p50"] == {"max": "1 day"}
    assert str(document.mark(("run", "length"))) == "--set"


def test_faults_of_sets() -> None:
    document = resolve("net.yaml")
    apply_sets(document, ["run.length", "=3", "run.seed=", "service_points.olso.technicians=3", "run.length={a", "a..b=1"])
    assert messages(document) == [
        "--set: error[E210] 'run.length' is not address=value; write for example --set 'run.length=30 days'",
        "--set: error[E210] '=3' is not address=value; write for example --set 'run.length=30 days'",
        "--set: error[E210] run.seed: no value in 'run.seed='",
        "--set: error[E205] service_points.olso.technicians: no 'olso' in service_points; did you mean 'oslo'?",
        "--set: error[E210] run.length: the '{' of line 1 is not closed, or a ',' is missing here in 'run.length={a'",
        "--set: error[E208] 'a..b' is not an address such as service_points.oslo.technicians",
    ]


def test_run_can_be_set_where_no_file_gives_it() -> None:
    Path("bare.yaml").write_text("title: x\n")
    assert apply_sets(resolve("bare.yaml"), ["run.seed=3"]).data["run"] == {"seed": 3}


steps = st.sampled_from(
    ["service_points", "oslo", "*", "b*", "stock", "fan", "S", "repair_time", "gamma", "mean", "notes", "0", "targets",
     "tat.customer.p90",
     '"tat.customer.p90"', "max", "run", "cases", "calls", "months", "new", "from", "scale", "", "replace"]
)  # fmt: skip
addresses = st.lists(steps, min_size=1, max_size=4).map(".".join)
leaves = st.sampled_from([None, 3, "2 h", "x", [1, "2 h"], {}, {"scale": 2}, {"plus": "1 h"}, {"replace": {"a": 1}}, {"S": 1}])
trees = st.recursive(leaves, lambda inner: st.dictionaries(addresses, inner, max_size=3), max_leaves=4)
instructions = st.fixed_dictionaries(
    {},
    optional={
        "change": st.dictionaries(addresses, trees, max_size=3),
        "add": st.dictionaries(addresses, trees, max_size=3),
        "remove": st.lists(addresses, max_size=3),
        "run": trees,
        "targets": trees,
    },
)


def loaded(text: str) -> Document:
    document = load_text(text, "text")
    below = document.root.child("")
    assert below is not None
    return Document(document.data[""], below)


@given(instructions)
def test_any_instructions_are_carried_out_or_faults(given_data: dict[str, object]) -> None:
    base = loaded(NETWORK)
    before = plain_copy(base.data)
    target = Document(base.data, base.root)
    Changes(target, loaded(json.dumps(given_data))).apply()
    # What is said takes effect, or there is a fault that says why not; equal values and empty lists say nothing.
    if target.data == before and not target.faults:
        removed = given_data.get("remove")
        assert not removed
    for fault in target.faults:
        assert fault.code[:2] == "E2"
        assert fault.mark.file == "text"


@given(st.lists(st.tuples(addresses, trees), max_size=3))
def test_any_sets_are_carried_out_or_faults(sets: list[tuple[str, object]]) -> None:
    document = loaded(NETWORK)
    apply_sets(document, [f"{address}={json.dumps(value)}" for address, value in sets])
    assert all(f.code[:2] in ("E2", "E3") for f in document.faults)
