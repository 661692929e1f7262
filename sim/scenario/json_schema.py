"""JSON Schema of scenario files, for editors: quantities are text such as ``4 min`` or numbers."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from sim.scenario.schema.scenario import ScenarioSpec
from sim.scenario.sections import COLLECTIONS
from sim.scenario.uncertain import KEY, PARAMETERS

_ADDRESS_VALUE = {"description": "New value; or {scale: 1.1}, {plus: 2 h}, {replace: ...}."}
INSTRUCTIONS: dict[str, dict[str, Any]] = {
    "extends": {
        "type": "string",
        "description": "File (relative to this one) or shipped scenario or network that this scenario changes.",
    },
    "change": {
        "type": "object",
        "description": "New values by address such as `service_points.oslo.technicians`; the address must exist.",
        "additionalProperties": _ADDRESS_VALUE,
    },
    "add": {
        "type": "object",
        "description": "Values by address that must not exist yet.",
        "additionalProperties": {"description": "The value."},
    },
    "remove": {
        "description": "Addresses to remove.",
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
    },
}


class _Schema(GenerateJsonSchema):
    """Leaves out titles, which only repeat the names, and default values that are models."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """No titles of fields."""
        return False

    def encode_default(self, dft: Any) -> Any:
        """Defaults in the form of the file."""
        if hasattr(dft, "model_dump"):
            return dft.model_dump(by_alias=True, exclude_unset=True)
        return super().encode_default(dft)

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """A default of None or of an internal unit says nothing to a reader."""
        generated = dict(super().default_schema(schema))
        if not isinstance(generated.get("default"), (str, bool, int)) or isinstance(generated.get("default"), float):
            generated.pop("default", None)
        return generated


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a scenario file."""
    schema = ScenarioSpec.model_json_schema(by_alias=True, schema_generator=_Schema)
    properties: dict[str, Any] = schema["properties"]
    definitions: dict[str, Any] = schema["$defs"]
    for definition in list(definitions.values()):
        _allow_empty(definition)
    for section in COLLECTIONS:
        _allow_table(properties[section], "name")
    _allow_table(properties["stock_plans"]["additionalProperties"], "part")
    definitions["Column"] = _COLUMN
    _allow_columns(schema)
    scale = {"scale": definitions["RunSpec"]["properties"]["scale"]}
    _allow_uncertain(scale)
    definitions["RunSpec"]["properties"] |= scale
    for name, definition in definitions.items():
        if name not in _FIXED_DEFINITIONS:
            _allow_uncertain(definition)
    _allow_uncertain({key: value for key, value in properties.items() if key not in ("format", "targets", "replay")})
    definitions["Uncertain"] = _UNCERTAIN
    schema["properties"] = {**INSTRUCTIONS, **properties}
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "sparesim scenario"
    return schema


_COLUMN_FIELDS = frozenset(("empirical", "working_day", "other_day", "months", "weekdays", "history", "monthly"))
_COLUMN = {
    "type": "object",
    "description": "A column of a CSV file, in place of a list.",
    "properties": {
        "from": {"type": "string", "description": "CSV file, relative to this file."},
        "column": {"type": "string", "description": "Name of the column; needed unless the file has only one."},
        "unit": {"type": "string", "description": "Unit of its numbers, such as h, where quantities are wanted."},
    },
    "required": ["from"],
    "additionalProperties": False,
}


_FIXED_DEFINITIONS = frozenset(("RunSpec", "TargetSpec", "ReplaySpec"))
_QUANTITY = {"type": ["number", "string"], "description": "Number or quantity, in the unit of the field."}
_PLAIN_NUMBER = {"type": ["number", "string"], "description": "Coefficient of variation (number, 0 or more)."}
_UNCERTAIN_KINDS = {
    kind: {
        "type": "object",
        "description": f"{kind.capitalize()} over the replications.",
        "properties": {
            **{name: _PLAIN_NUMBER if name == "cv" else _QUANTITY for name in names},
            **({"low": _QUANTITY, "high": _QUANTITY} if names[0] == "mean" else {}),
        },
        "required": list(names),
        "additionalProperties": False,
    }
    for kind, names in PARAMETERS.items()
    if names
}
_UNCERTAIN = {
    "type": "object",
    "description": "A number that is not known for sure: its distribution over the replications.",
    "properties": {
        KEY: {
            "type": "object",
            "description": "One distribution by its single key.",
            "properties": {
                **_UNCERTAIN_KINDS,
                "empirical": {
                    "description": "Values that are all equally likely.",
                    "anyOf": [{"type": "array", "items": _QUANTITY, "minItems": 1}, {"$ref": "#/$defs/Column"}],
                },
            },
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": False,
        }
    },
    "required": [KEY],
    "additionalProperties": False,
}


def _is_number(schema: Any) -> bool:
    kinds = schema.get("type") if isinstance(schema, dict) else None
    return bool({"number", "integer"} & set(kinds if isinstance(kinds, list) else [kinds]))


def _allow_uncertain(node: Any) -> None:
    """Wherever a number or quantity may stand, an uncertain one may stand too."""
    reference = {"$ref": "#/$defs/Uncertain"}
    if isinstance(node, list):
        for item in node:
            _allow_uncertain(item)
        return
    if not isinstance(node, dict):
        return
    for key, value in list(node.items()):
        if key == "anyOf" and any(_is_number(option) for option in value) and reference not in value:
            value.append(reference)
        if key == "anyOf" or not _is_number(value):
            for below in value if key == "anyOf" else [value]:
                if not _is_number(below):
                    _allow_uncertain(below)
        else:
            told = {name: value.pop(name) for name in ("description", "default") if name in value}
            node[key] = told | {"anyOf": [value, reference]}


def _allow_table(collection: dict[str, Any], key_column: str) -> None:
    """A collection may also come from CSV files."""
    files = f"CSV file (or list of files), relative to this file: a row a member, its name in the column `{key_column}`."
    collection["properties"] = {
        "from": {"description": files, "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
        "defaults": {"type": "object", "description": "Fields that hold for every member that does not say otherwise."},
    }


def _allow_empty(definition: dict[str, Any]) -> None:
    """A mapping without required keys may be left empty, as in ``fan:``."""
    for form in (definition, *definition.get("anyOf", ())):
        if form.get("type") == "object" and not form.get("required") and "minProperties" not in form:
            form["type"] = ["object", "null"]


def _allow_columns(node: Any) -> None:
    """Lists of numbers may also be a column of a table; the dated exceptions of a calendar may be a table."""
    if isinstance(node, list):
        for item in node:
            _allow_columns(item)
    if not isinstance(node, dict):
        return
    for name, field in (node.get("properties") or {}).items():
        if not isinstance(field, dict):
            continue
        if name in _COLUMN_FIELDS:
            kept = {key: field.pop(key) for key in ("description",) if key in field}
            options = field.pop("anyOf", None) or [dict(field)]
            field.clear()
            field.update(kept, anyOf=[*options, {"$ref": "#/$defs/Column"}])
        elif name == "exceptions":
            table = "CSV file with the columns `date` and `is_workday`, relative to this file."
            field["properties"] = {"from": {"type": "string", "description": table}}
    if "oneOf" in node:
        node["anyOf"] = node.pop("oneOf")  # an empty mapping fits several forms
    for value in list(node.values()):
        _allow_columns(value)
