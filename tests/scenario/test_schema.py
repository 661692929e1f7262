"""Quantities, distributions, opening hours; the JSON Schema and the reference that are made from the models."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError, WithJsonSchema

from sim.scenario.compile_time import CalendarTable, built_in_profile, compile_profile, weekly_hours
from sim.scenario.describe import format_markdown, models_in
from sim.scenario.document import load_document
from sim.scenario.hours_text import is_calendar_name, parse_hours
from sim.scenario.json_schema import json_schema
from sim.scenario.schema import quantities as quantities_module
from sim.scenario.schema.distributions import DurationDist, NumberDist
from sim.scenario.schema.quantities import measured
from sim.scenario.schema.scenario import ScenarioSpec
from sim.scenario.schema.time import OpeningSpec, ProfileSpec

SCENARIOS = Path(__file__).parent.parent / "scenarios"


@pytest.mark.parametrize(
    ("value", "mean", "cv"),
    [
        ("2 days", 48, 0),
        (0, 0, 0),
        ({"exponential": "6 min"}, 0.1, 1),
        ({"exponential": 0}, 0, 0),
        ({"gamma": {"mean": "14 days", "cv": 0.3}}, 336, 0.3),
        ({"gamma": {"mean": "14 days", "cv": 0}}, 336, 0),
        ({"lognormal": {"mean": "6 min", "cv": 0.9}}, 0.1, 0.9),
        ({"weibull": {"mean": "5 h", "shape": 1}}, 5, 1),
        ({"triangular": {"low": "1 h", "mode": "2 h", "high": "6 h"}}, 3, (14 / 12) ** 0.5 / 3),
        ({"uniform": {"low": "1 h", "high": "3 h"}}, 2, (4 / 12) ** 0.5 / 2),
        ({"empirical": ["1 h", "2 h", "3 h"]}, 2, (2 / 3) ** 0.5 / 2),
    ],
)
def test_distributions_have_the_moments_they_say(value: Any, mean: float, cv: float) -> None:
    dist = DurationDist.model_validate(value).dist
    assert dist.mean == pytest.approx(mean)
    assert dist.cv == pytest.approx(cv)


@pytest.mark.parametrize(("value", "mean"), [(3, 3), ({"uniform": {"low": 1, "high": 4}}, 2.5), ({"empirical": [1, 2]}, 1.5)])
def test_distributions_of_numbers(value: Any, mean: float) -> None:
    assert NumberDist.model_validate(value).dist.mean == pytest.approx(mean)


@pytest.mark.parametrize(
    ("text", "hours", "monday"),
    [
        ("mon-fri 8:00-18:00", 50, ((8, 18),)),
        ("mon-fri 8:00-12:00 13:00-18:00; sat 9:00-13:00", 49, ((8, 12), (13, 18))),
        ("24x7", 168, ((0, 24),)),
        ("daily 22:00-6:00", 56, ((0, 6), (22, 24))),
        ("sun 22:00-6:00", 8, ((0, 6),)),
        ("fri-mon 9-17", 32, ((9, 17),)),
        ("mon,wed , fri 9:30 - 10:00", 1.5, ((9.5, 10),)),
        ("8:00-10:00 9:00-12:00", 28, ((8, 12),)),
        ("mon 0:00-24:00", 24, ((0, 24),)),
    ],
)
def test_opening_hours(text: str, hours: float, monday: tuple[tuple[float, float], ...]) -> None:
    week = parse_hours(text)
    assert weekly_hours(week) == pytest.approx(hours)
    assert week[0] == monday


def test_one_word_is_the_name_of_a_calendar() -> None:
    assert is_calendar_name("cn-shops")
    assert not is_calendar_name("24x7")
    assert not is_calendar_name("mon-fri 8:00-18:00")


def test_a_site_keeps_its_own_closings_beside_the_holidays() -> None:
    specs = {
        "site": OpeningSpec.model_validate({"hours": "mon-fri 8:00-18:00", "closed": ["2024-05-03"]}),
        "state": OpeningSpec.model_validate(
            {"time_zone": "Europe/Oslo", "closed": ["2024-05-01"], "open_as": {"2024-05-03": "mon", "2024-05-04": "tue"}}
        ),
    }
    table = CalendarTable(specs)
    ix, zone = table.use("site", None, "state")
    assert zone == "Europe/Oslo"
    assert table.calendars[ix].closed == ("2024-05-01", "2024-05-03")
    assert table.calendars[ix].open_as == (("2024-05-04", 1),)
    assert table.use("24x7", "Europe/Oslo")[0] == -1
    assert table.use("24x7", "Europe/Oslo", "state")[0] >= 0
    assert table.use("mon-fri 8:00-18:00", "UTC")[0] == table.use("mon-fri 08:00-18:00")[0] == table.use("office")[0]


def test_profiles_are_scaled_to_mean_one_and_silent_days_take_no_demand() -> None:
    office = compile_profile("office", built_in_profile("office"), CalendarTable({}))
    assert office.weekdays == (1.4,) * 5 + (0.0, 0.0)
    assert office.working_day[8] == 2.4
    shape = [0.0] * 24
    spec = ProfileSpec.model_validate({"weekdays": [2, 2, 2, 2, 2, 9, 9], "other_day": shape, "working_day": [3.0] * 48})
    silent = compile_profile("x", spec, CalendarTable({}))
    assert silent.weekdays == (1.4,) * 5 + (0.0, 0.0)  # what weekends are said to have does not count, they have no hours
    assert len(silent.other_day) == len(silent.working_day) == 48
    assert np.mean(silent.working_day) == 1


@pytest.mark.parametrize(
    ("value", "expected"),
    [("4 days", (96, "h")), ("80 %", (0.8, "1")), (3, (3, "1")), ("300/day", (300, "1/day")), ("5 EUR", (5, "EUR"))],
)
def test_measured_values_bring_their_unit(value: Any, expected: tuple[float, str]) -> None:
    assert measured(value, "EUR") == (pytest.approx(expected[0]), expected[1])


def accepts(schema: dict[str, Any], value: Any, root: dict[str, Any]) -> bool:
    """A small JSON Schema validator, enough for what the models publish."""
    if "$ref" in schema:
        return accepts(root["$defs"][schema["$ref"].rsplit("/", 1)[1]], value, root)
    if "anyOf" in schema and not any(accepts(option, value, root) for option in schema["anyOf"]):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if "const" in schema and value != schema["const"]:
        return False
    kinds = {"string": str, "object": dict, "array": list, "boolean": bool, "null": type(None)}
    named = schema.get("type", [])
    wanted = [named] if isinstance(named, str) else named
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    fits = [
        is_number if k == "number" else is_number and value == int(value) if k == "integer" else isinstance(value, kinds[k])
        for k in wanted
    ]
    if fits and not any(fits):
        return False
    if isinstance(value, dict) and ("properties" in schema or "additionalProperties" in schema):
        known, other = schema.get("properties", {}), schema.get("additionalProperties", True)
        if len(value) > schema.get("maxProperties", 10**9) or any(key not in value for key in schema.get("required", [])):
            return False
        members = ((known.get(key, other), below) for key, below in value.items())
        return all(s if isinstance(s, bool) else accepts(s, below, root) for s, below in members)
    if isinstance(value, list) and "items" in schema:
        return all(accepts(schema["items"], item, root) for item in value)
    return True


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return json_schema()


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.yaml")), ids=lambda p: p.stem)
def test_the_json_schema_accepts_what_loads(schema: dict[str, Any], path: Path) -> None:
    data = load_document(path).data
    wrong = [key for key, value in data.items() if not accepts(schema["properties"][key], value, schema)]
    assert wrong == []
    assert accepts(schema, data, schema)


@pytest.mark.parametrize(
    "data",
    [
        {"runn": {}},
        {"run": {"lenght": "1 year"}},
        {"run": {"length": ["1 year"]}},
        {"cases": {"calls": {"rate": True}}},
        {"cases": {"calls": {"kind": "hardwear"}}},
        {"vendors": {"maker": {"lead_time": {"gama": {"mean": "1 day", "cv": 1}}}}},
        {"vendors": {"maker": {"lead_time": {"gamma": {"mean": "1 day"}}}}},
        {"vendors": {"maker": {"lead_time": {"exponential": "1 day", "constant": "1 day"}}}},
    ],
)
def test_the_json_schema_refuses_what_an_editor_should_mark(schema: dict[str, Any], data: dict[str, Any]) -> None:
    assert not accepts(schema, data, schema)


def test_the_json_schema_knows_the_instructions_of_an_overlay(schema: dict[str, Any]) -> None:
    overlay = {"extends": "x.yaml", "change": {"run.length": "1 day"}, "add": {"a": 1}, "remove": ["b"], "title": "T"}
    assert accepts(schema, overlay, schema)
    assert schema["$defs"]["RunSpec"]["properties"]["length"]["type"] == ["string", "number"]


def quantities() -> Iterator[tuple[str, dict[str, Any], TypeAdapter[Any]]]:
    for name, annotation in vars(quantities_module).items():
        for note in getattr(annotation, "__metadata__", ()):
            if isinstance(note, WithJsonSchema) and note.json_schema and "pattern" in note.json_schema:
                yield name, note.json_schema, TypeAdapter(annotation)


WRITTEN = (
    0, 1, 3, 0.5, 250, "0", "0.0", "3", ".5", "x", "", "-3 days", "3 days", "3days", " 3 days ", "1 h 30 min", "1.5e2 h", "3 dys",
    "10:30", "1,5 h", "1/day", "1 / day", "5/2 h", "1/dya", "5 per day", "60 %", "60%", "160 %", "-1 %", "18 %/year", "0.18/year",
    "20 EUR", "20EUR", "+2 h", "20 eur", "-20 EUR", "35 EUR/h", "35/h", "0 EUR", "4 EUR/kg", "4 EUR/8 h", "350 g", "2 kilo",
)  # fmt: skip


@pytest.mark.parametrize(("name", "published", "adapter"), list(quantities()), ids=[name for name, _, _ in quantities()])
def test_editors_accept_the_quantities_that_load(name: str, published: dict[str, Any], adapter: TypeAdapter[Any]) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    check = jsonschema.Draft202012Validator(published)
    assert {repr(v) for v in published["examples"] if not check.is_valid(v)} == set()
    accepted = {repr(v) for v in WRITTEN if check.is_valid(v)}
    assert len(accepted) > 3
    beyond_patterns = {"'160 %'", "'3'"} if name == "Share" else set()  # the size of a number in a text
    assert accepted - beyond_patterns == {repr(v) for v in WRITTEN if loads(adapter, v)}


def loads(adapter: TypeAdapter[Any], value: Any) -> bool:
    try:
        adapter.validate_python(value)
    except ValidationError:
        return False
    return True


ROOT = SCENARIOS.parent.parent
SHIPPED = sorted(path for folder in ("scenarios", "network", "tests/scenarios") for path in (ROOT / folder).glob("*.yaml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_all_shipped_files_are_valid_to_a_complete_validator(schema: dict[str, Any], path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    data = load_document(path).data
    assert data
    assert [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(data)] == []


@pytest.mark.parametrize(
    ("data", "valid"),
    [
        ({"parts": {"fan": None}, "run": None, "quote": None}, True),
        ({"stock_plans": {"large": {"from": "large.csv", "defaults": {"base_stock": 2}, "fan": {"base_stock": 1}}}}, True),
        ({"stock_plans": {"large": {"from": 3}}}, False),
        ({"run": {"length": 3}}, False),
        ({"run": {"length": "x"}}, False),
        ({"run": {"length": "-3 days"}}, False),
        ({"vendors": {"maker": {"lead_time": "3 dys"}}}, False),
        ({"vendors": {"maker": {"lead_time": {"exponential": 3}}}}, False),
        ({"vendors": {"maker": {"lead_time": {}}}}, False),
    ],
)
def test_editors_mark_what_does_not_load(schema: dict[str, Any], data: dict[str, Any], valid: bool) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    assert jsonschema.Draft202012Validator(schema).is_valid(data) == valid


def test_every_key_of_the_json_schema_is_described(schema: dict[str, Any]) -> None:
    bare: list[str] = []

    def visit(node: Any, path: str) -> None:
        for key, below in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
            if key == "properties":
                for name, field in below.items():
                    if "description" not in field:
                        bare.append(f"{path}.{name}")
            visit(below, f"{path}.{key}")

    visit(schema, "")
    assert bare == []


def test_every_field_is_described_and_listed_in_the_reference() -> None:
    text = format_markdown()
    models: list[Any] = [ScenarioSpec]
    seen: list[Any] = []
    while models:
        model = models.pop()
        if model in seen:
            continue
        seen.append(model)
        for name, field in model.model_fields.items():
            assert field.description, f"{model.__name__}.{name}"
            assert f"| `{field.alias or name}` |" in text, f"{model.__name__}.{name}"
            models += models_in(field.annotation)
    assert len(seen) > 40
    assert TypeAdapter(ScenarioSpec).validate_python({}) == ScenarioSpec()
    widths = {line.count(" | ") for line in text.splitlines() if line.startswith("| `rate`")}
    assert widths == {3}
