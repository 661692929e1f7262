"""Reading YAML: values by YAML 1.2, places of values, limits, and the exact words of every fault."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import Mark
from sim.scenario import document as module
from sim.scenario.document import MAX_DEPTH, Document, load_document, load_text, plain_copy
from sim.scenario.places import dotted


def read(folder: Path, text: str | bytes) -> Document:
    path = folder / "x.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_document(path, "x.yaml")


def messages(document: Document) -> list[str]:
    return [str(f) for f in document.faults]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("10:30", "10:30"),
        ("1:30:00", "1:30:00"),
        ("2017-01-22", "2017-01-22"),
        ("2008-08-31 10:20", "2008-08-31 10:20"),
        ("1_000", "1_000"),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b11", "0b11"),
        ("-3", -3),
        ("1e3", 1000.0),
        ("1.", 1.0),
        (".5", 0.5),
        ("+1.5E-1", 0.15),
        (".", "."),
        ("-", None),
        ("1e", "1e"),
        ("true", True),
        ("False", False),
        ("tRue", "tRue"),
        ("null", None),
        ("~", None),
        ("", None),
        ("'12'", "12"),
        ('"true"', "true"),
        ("!!str 12", "12"),
        ("!!float 3", 3.0),
        ("! 12", "12"),
        ("4 min", "4 min"),
        ("5 %", "5 %"),
        ("2.2 kg", "2.2 kg"),
        ("='x'", "='x'"),
    ],
)
def test_scalars_follow_yaml_1_2(tmp_path: Path, text: str, value: object) -> None:
    if text == "-":
        assert read(tmp_path, "a:\n  -\n").data == {"a": [None]}
        return
    document = read(tmp_path, f"a: {text}\n")
    assert document.faults == []
    assert document.data == {"a": value}
    assert type(document.data["a"]) is type(value)


def test_keys_that_look_like_booleans_are_text(tmp_path: Path) -> None:
    assert read(tmp_path, "on: 1\nno: 2\nNO: 3\ny: 4\n2017-01-22: mon\n'12': x\n").data == {
        "on": 1, "no": 2, "NO": 3, "y": 4, "2017-01-22": "mon", "12": "x",
    }  # fmt: skip


def test_marks_point_to_values_and_keys(tmp_path: Path) -> None:
    text = "title: x\nservice_points:\n  oslo: {technicians: 2, modes: [carry_in,  mail_in]}\n  bergen:\n    level: 3\n"
    document = read(tmp_path, text)
    line = "  oslo: {technicians: 2, modes: [carry_in,  mail_in]}"
    assert document.mark(("service_points", "oslo", "technicians")) == Mark("x.yaml", 3, 23, line)
    assert document.mark(("service_points", "oslo", "technicians"), key=True) == Mark("x.yaml", 3, 10, line)
    assert document.mark(("service_points", "oslo", "modes", 1)) == Mark("x.yaml", 3, 45, line)
    assert str(document.mark(("service_points", "bergen"), key=True)) == "x.yaml:4:3"
    assert str(document.mark(("service_points", "bergen"))) == "x.yaml:5:5"
    # What does not exist is shown at the key of its nearest ancestor.
    assert str(document.mark(("service_points", "bergen", "hours", 3))) == "x.yaml:4:3"
    assert str(document.mark(("parts",))) == "x.yaml:1:1"


def test_caret_below_the_value(tmp_path: Path) -> None:
    document = read(tmp_path, "a: 1\nb:  four\n")
    document.fault("E101", ("b",), "should be a number")
    assert document.faults[0].with_caret() == "x.yaml:2:5: error[E101] b: should be a number\n    b:  four\n        ^"


def test_caret_at_the_begin_after_tabs_and_in_very_long_lines(tmp_path: Path) -> None:
    document = read(tmp_path, "a: [1,\t2]\nb: [" + "1, " * 100 + "2]\n")
    document.fault("E101", ("a",), "x", key=True)
    document.fault("E101", ("a", 1), "x")
    document.fault("E101", ("b", 100), "x")
    assert [f.with_caret() for f in document.faults] == [
        "x.yaml:1:1: error[E101] a: x\n    a: [1,\t2]\n    ^",
        "x.yaml:1:8: error[E101] a.1: x\n    a: [1,\t2]\n          \t^",
        "x.yaml:2:305: error[E101] b.100: x\n    ..." + " ".join(["1,"] * 20) + " 2]\n" + " " * 67 + "^",
    ]


def test_all_faults_of_one_pass(tmp_path: Path) -> None:
    text = """\
a: &a {x: 1}
a: 2
1: foo
~: x
m: {<<: *a, z: 1, z: 2}
q: !!python/object:os.system x
r: !!int abc
u: *zz
v: .inf
{a: b}: {c: 1, c: 2}
w: &w [*w]
l: [0, {2: 3}]
*a : x
f: 1e999
"""
    document = read(tmp_path, text)
    assert messages(document) == [
        "x.yaml:2:1: error[E006] a: duplicate key, first given in line 1; remove one of the two",
        "x.yaml:3:1: error[E007] 1: a key must be text; write '1' in quotes",
        "x.yaml:4:1: error[E007] ~: a key must be text; write '~' in quotes",
        "x.yaml:5:5: error[E011] m.<<: merge keys are not supported; repeat the keys, or extend another file with "
        "'extends: other.yaml'",
        "x.yaml:5:19: error[E006] m.z: duplicate key, first given in line 5; remove one of the two",
        "x.yaml:6:4: error[E008] q: unknown tag '!!python/object:os.system'; remove it, or put text that begins with '!' "
        "in quotes",
        "x.yaml:7:4: error[E015] r: 'abc' is not of type int",
        "x.yaml:8:4: error[E009] u: alias '*zz' has no anchor before it; put text that begins with '*' in quotes",
        "x.yaml:9:4: error[E015] v: .inf is not a finite number",
        "x.yaml:10:1: error[E007] a key must be text, not a mapping or list; put text with brackets in quotes",
        "x.yaml:10:16: error[E006] ?.c: duplicate key, first given in line 10; remove one of the two",
        "x.yaml:11:8: error[E009] w.0: alias '*w' contains itself",
        "x.yaml:12:9: error[E007] l.1.2: a key must be text; write '2' in quotes",
        "x.yaml:13:1: error[E007] a key must be text, not an alias; write the name itself",
        "x.yaml:14:4: error[E015] f: number 1e999 is too large",
    ]
    assert document.data["a"] == {"x": 1}
    assert document.data["m"] == {"z": 1}
    assert document.data["l"] == [0, {}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a:\n\tb: 1\n\tc: 2\n", "x.yaml:2:1: error[E005] a tab cannot indent; use spaces, also in 1 other line"),
        ('a: "x\nb: 1\n', "x.yaml:1:4: error[E004] a quote is not closed; close it on the same line"),
        (
            "a: {x: 1\nb: 1\n",
            "x.yaml:2:2: error[E004] the '{' of line 1 is not closed, or a ',' is missing here; close it with '}'",
        ),
        (
            "a: [x y\nb: 1\n",
            "x.yaml:2:2: error[E004] the '[' of line 1 is not closed, or a ',' is missing here; close it with ']'",
        ),
        (
            "a: x: y\n",
            "x.yaml:1:5: error[E004] unexpected ':'; put text that contains ': ' in quotes, and check the indentation",
        ),
        (
            "a:\n  b: 1\n c: 2\n",
            "x.yaml:3:2: error[E004] the indentation does not fit the lines above; align it with the other keys of its section",
        ),
        ("a: 1\nfoo\nb: 1\n", "x.yaml:2:1: error[E004] a key without ':'; write 'key: value', with a space after the ':'"),
        ("a: @x\n", "x.yaml:1:4: error[E004] a value cannot begin with this character; put the text in quotes"),
        ("a: *\n", "x.yaml:1:5: error[E004] a '&' or '*' needs a name; put text that begins with '&' or '*' in quotes"),
        ('a: "\\q"\n', "x.yaml:1:5: error[E004] unknown escape after '\\'; use single quotes for text with backslashes"),
        ("a: - 1\n", "x.yaml:1:4: error[E004] a list item does not belong here; begin the list on a line of its own"),
        ("a: !h!x y\n", "x.yaml:1:4: error[E004] unknown tag; put text that begins with '!' in quotes"),
        ("a: 1\n---\nb: 2\n", "x.yaml:2:1: error[E012] a second document begins here; keep one scenario in a file"),
        ("", "x.yaml: error[E013] the file is empty; a scenario needs at least a title, or extends: another.yaml"),
        (
            "# nothing\n---\n",
            "x.yaml: error[E013] the file is empty; a scenario needs at least a title, or extends: another.yaml",
        ),
        ("- a\n", "x.yaml:1:1: error[E014] the file is a list, not sections with keys; write 'key: value'"),
        ("text\n", "x.yaml:1:1: error[E014] the file is a single value, not sections with keys; write 'key: value'"),
        (b"title: x\na: caf\xe9\n", "x.yaml:2:7: error[E003] byte 0xE9 is not UTF-8; save the file as UTF-8"),
        ("title: x\na: b\x01\n", "x.yaml:2:5: error[E003] control character U+0001 is not allowed; remove it"),
        ("a: " + "[" * 99, f"x.yaml:1:43: error[E010] a: nested deeper than {MAX_DEPTH} levels"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_read(tmp_path: Path, text: str | bytes, message: str) -> None:
    assert messages(read(tmp_path, text)) == [message]


def test_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "network.yaml").write_text("a: 1\n")
    missing = load_document(tmp_path / "netwrok.yaml", "netwrok.yaml")
    assert messages(missing) == ["netwrok.yaml: error[E001] file not found; did you mean 'network.yaml'?"]
    assert messages(load_document(tmp_path, "folder")) == ["folder: error[E001] is a folder, not a file"]
    assert messages(load_document(Path("/dev/zero"))) == ["/dev/zero: error[E001] is not a regular file"]


def test_windows_line_ends_and_byte_order_mark(tmp_path: Path) -> None:
    document = read(tmp_path, b"\xef\xbb\xbfa: 1\r\nb: {c: 2}\r\n")
    assert document.data == {"a": 1, "b": {"c": 2}}
    assert document.mark(("b", "c")) == Mark("x.yaml", 2, 8, "b: {c: 2}")


def test_too_large_a_file_is_not_read(tmp_path: Path) -> None:
    document = read(tmp_path, b"#" * (module.MAX_BYTES + 1))
    assert messages(document) == [
        "x.yaml: error[E002] is larger than 5 MB; keep large tables in CSV files and refer to them with {from: file.csv}"
    ]


def test_nesting_of_millions_stops_at_the_limit(tmp_path: Path) -> None:
    document = read(tmp_path, "a: " + "[" * 2_000_000)
    assert [f.code for f in document.faults] == ["E010"]


def test_alias_bomb_stops_before_it_is_built(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    document = read(tmp_path, "\n".join(lines))
    assert [(f.code, f.message) for f in document.faults] == [("E009", "more than 500000 values, aliases expanded")]
    assert document.data == {}


def test_number_of_aliases_is_limited(tmp_path: Path) -> None:
    text = "a: &a 1\nb: [" + "*a, " * (module.MAX_ALIASES + 1) + "]\n"
    assert [f.message for f in read(tmp_path, text).faults] == [f"more than {module.MAX_ALIASES} aliases"]


def test_aliases_cannot_nest_deeper_than_the_limit(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x]"] + [f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 60)]
    document = read(tmp_path, "\n".join(lines))
    assert [(f.code, f.mark.line) for f in document.faults] == [("E010", MAX_DEPTH)]


def test_alias_is_a_copy(tmp_path: Path) -> None:
    document = read(tmp_path, "a: &a {x: [1]}\nb: *a\n")
    document.data["b"]["x"].append(2)
    assert document.data == {"a": {"x": [1]}, "b": {"x": [1, 2]}}
    assert str(document.mark(("b",))) == "x.yaml:2:4"
    assert str(document.mark(("b", "x", 0))) == "x.yaml:1:12"


def test_both_parsers_read_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: &a {x: [1, two, 3.0]}\nb:\n  - *a\n  - |\n    text\n  - d: 'x'\nc: NO\nc: again\n"
    fast = read(tmp_path, text)
    monkeypatch.setattr(module, "_Loader", yaml.SafeLoader)
    slow = read(tmp_path, text)
    assert slow.data == fast.data
    assert slow.faults == fast.faults
    for path in [("a", "x", 1), ("b", 1), ("b", 2, "d"), ("c",)]:
        assert slow.mark(path) == fast.mark(path)


def test_five_thousand_lines(tmp_path: Path) -> None:
    text = "\n".join(
        f"p{i}:\n  technicians: {i}\n  repair_time: {{gamma: {{mean: 1.5 h, cv: 0.5}}}}\n  hours: 24x7\n  st: {{fan: {{s: 5}}}}"
        for i in range(1000)
    )
    document = read(tmp_path, text)
    assert len(document.data) == 1000
    assert document.data["p999"]["technicians"] == 999


words = st.text(st.characters(max_codepoint=0xD7FF), max_size=8)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False) | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(words, plain, min_size=1, max_size=5))
def test_what_json_writes_is_read_back(data: dict[str, object]) -> None:
    # JSON is a subset of YAML 1.2, with all text in quotes.
    document = load_text(json.dumps(data), "json")
    assert document.faults == []
    assert document.data[""] == data
    assert plain_copy(data) == data


@given(st.text(max_size=40))
def test_any_text_gives_a_value_or_faults(text: str) -> None:
    path = ("",)
    document = load_text(text, "x")
    assert document.faults or path[0] in document.data


def test_a_fault_is_one_line_whatever_the_file_says(tmp_path: Path) -> None:
    document = read(tmp_path, '"a\\nb": {2: 1}\n')
    assert messages(document) == ["x.yaml:1:10: error[E007] a\\nb.2: a key must be text; write '2' in quotes"]


def test_dotted_paths_quote_what_has_dots() -> None:
    assert dotted(("targets", "tat.customer.p90", "max")) == 'targets."tat.customer.p90".max'
    assert dotted(("not_modelled", 2)) == "not_modelled.2"
    assert dotted(("a", "", "b*")) == 'a."".' + '"b*"'
