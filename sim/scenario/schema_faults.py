"""Validation errors of the schema as findings: clean paths, plain words, near names."""

from __future__ import annotations

import types
import typing
from collections.abc import Container
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError

from sim.errors import did_you_mean
from sim.scenario.findings import Findings
from sim.scenario.places import Keys
from sim.scenario.schema.quantities import shown
from sim.scenario.schema.scenario import ScenarioSpec
from sim.units import UnitError

_WORDS = {
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "string_type": "text",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping of names",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
_LONG = 12  # more keys than this are not listed


def add_schema_faults(error: ValidationError, data: dict[str, Any], findings: Findings) -> None:
    """Turn every error of a validation into a finding.

    Parameters
    ----------
    error
        What `ScenarioSpec.model_validate` raised.
    data
        The document that was validated; paths end at the deepest value that exists there.
    findings
        Where they go.
    """
    for item in error.errors(include_url=False):
        location = _plain_location(item["loc"])
        kind, value, context = item["type"], item["input"], item.get("ctx", {})
        path = _existing(location, data)
        if kind == "extra_forbidden":
            _unknown_key(location, item["loc"], findings)
        elif kind == "missing":
            findings.fault("E103", location[:-1], f"`{location[-1]}` is missing", at_key=True)
        elif kind in ("value_error", "assertion_error"):
            _own_error(context.get("error"), path, findings, "[key]" in item["loc"])
        elif kind == "literal_error":
            _not_one_of(path, value, str(context.get("expected", "")), findings)
        else:
            findings.fault("E102", path, _wrong_value(kind, value, context, item["msg"]))


def places_of(error: ValidationError, data: dict[str, Any], kinds: Container[str]) -> set[Keys]:
    """The paths in the document of errors of some kinds."""
    return {_existing(_plain_location(i["loc"]), data) for i in error.errors(include_url=False) if i["type"] in kinds}


def _plain_location(location: tuple[str | int, ...]) -> Keys:
    """A location without what the model adds to tell forms apart."""
    return tuple(k for k in location if k != "[key]" and not (isinstance(k, str) and k[:1] == "<" and k[-1:] == ">"))


def _existing(location: Keys, data: Any) -> Keys:
    """The part of a path that is in the data: the model adds names of its own at the end."""
    found: list[str | int] = []
    for key in location:
        if not isinstance(data, (dict, list)):
            break
        try:
            data = data[key]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            break
        found.append(key)
    return tuple(found)


def _own_error(error: Any, path: Keys, findings: Findings, at_key: bool) -> None:
    if isinstance(error, UnitError):
        findings.fault(error.code, path, error.message, error.suggestion, at_key=at_key)
        return
    message, _, suggestion = str(error).partition("; ")
    code = "E106" if "add up to" in message else "E105"
    findings.fault(code, path, message, suggestion, at_key=at_key)


def _not_one_of(path: Keys, value: Any, expected: str, findings: Findings) -> None:
    choices = [word.strip("'") for word in expected.replace(" or ", ", ").split(", ")]
    hint = did_you_mean(value, choices) if isinstance(value, str) else ""
    listed = ", ".join(choices[:-1]) + f" or {choices[-1]}" if len(choices) > 1 else choices[0]
    findings.fault("E104", path, f"{shown(value)} is not {listed}", hint)


def _wrong_value(kind: str, value: Any, context: dict[str, Any], message: str) -> str:
    if kind in _WORDS:
        return f"should be {_WORDS[kind]}, not {shown(value)}"
    limits = {
        "greater_than_equal": ("ge", "or more"),
        "greater_than": ("gt", "above"),
        "less_than_equal": ("le", "or less"),
        "less_than": ("lt", "below"),
    }
    if kind in limits:
        key, words = limits[kind]
        limit = f"{context[key]:g}"
        return (
            f"should be {words} {limit}, not {value}"
            if words in ("above", "below")
            else f"should be {limit} {words}, not {value}"
        )
    if kind == "too_short":
        return f"should have {context['min_length']} or more members, not {context['actual_length']}"
    if kind == "too_long":
        return f"should have {context['max_length']} or fewer members, not {context['actual_length']}"
    if kind == "string_too_short":
        return "should not be empty"
    if kind == "string_pattern_mismatch":
        return f"{shown(value)} is not three capitals such as EUR"
    if kind == "form":
        return f"{message}, not {shown(value)}"
    return f"{message[:1].lower()}{message[1:]}"


def _unknown_key(location: Keys, tagged: tuple[str | int, ...], findings: Findings) -> None:
    keys = _keys_of(_model_at(tagged[:-1]))
    word = str(location[-1])
    hint = did_you_mean(word, keys, fold=True)
    if not hint and 0 < len(keys) <= _LONG:
        hint = f"expected {', '.join(keys)}"
    findings.fault("E101", location, "unknown key", hint, at_key=True)


def _keys_of(model: type[BaseModel] | None) -> list[str]:
    return [f.alias or name for name, f in model.model_fields.items()] if model else []


def _model_at(location: tuple[str | int, ...]) -> type[BaseModel] | None:
    """The model that describes a place: fields, members of collections and tagged alternatives, step by step."""
    current: Any = ScenarioSpec
    for step in location:
        current = _step(current, step)
    current = _bare(current)
    return current if isinstance(current, type) and issubclass(current, BaseModel) else None


def _step(annotation: Any, step: str | int) -> Any:
    annotation = _bare(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            if step == (field.alias or name):
                return Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
        return None
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        for member in get_args(annotation):
            if any(isinstance(m, Tag) and m.tag == step for m in getattr(member, "__metadata__", ())):
                return member
        return None
    if origin is dict:
        return get_args(annotation)[1]
    if origin is list:
        return get_args(annotation)[0]
    return None


def _bare(annotation: Any) -> Any:
    """An annotation without metadata and without None."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif get_origin(annotation) in (Union, types.UnionType):
            rest = [a for a in get_args(annotation) if a is not type(None)]
            if len(rest) != 1:
                return annotation
            annotation = rest[0]
        elif isinstance(annotation, typing.ForwardRef):
            return None
        else:
            return annotation
