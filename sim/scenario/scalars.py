"""Plain scalars by the YAML 1.2 core schema, shared by YAML values, CSV cells and the command line."""

from __future__ import annotations

import math
import re

Scalar = str | int | float | bool | None

_CONSTANTS: dict[str, Scalar] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}
_NUMBER_START = frozenset("+-.0123456789")
_INT = re.compile(r"[-+]?[0-9]+\Z")
_RADIX = re.compile(r"0(?:o[0-7]+|x[0-9a-fA-F]+)\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_NOT_FINITE = re.compile(r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z")
_MOST_DIGITS = 300


class ScalarError(ValueError):
    """Text that looks like a value that cannot be."""


def resolve_scalar(text: str) -> Scalar:
    """The value of unquoted text: `true`, `null`, numbers, else the text itself.

    `yes`, `no`, `on`, `off`, `10:30` and dates stay text; `010` is ten.

    Raises
    ------
    ScalarError
        For `.inf`, `.nan` and numbers too large for a float.
    """
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in _NUMBER_START:
        return text
    if len(text) > _MOST_DIGITS and (_INT.match(text) or _RADIX.match(text)):
        raise ScalarError(f"number of {len(text)} digits is too large")
    if _INT.match(text):
        return int(text)
    if _FLOAT.match(text):
        value = float(text)
        if not math.isfinite(value):
            raise ScalarError(f"number {text} is too large")
        return value
    if _RADIX.match(text):
        return int(text[2:], 8 if text[1] == "o" else 16)
    if _NOT_FINITE.match(text):
        raise ScalarError(f"{text} is not a finite number")
    return text


def resolve_tagged(tag: str, text: str) -> Scalar:
    """The value of text with an explicit core tag ('str', 'int', 'float', 'bool' or 'null').

    Raises
    ------
    ScalarError
        If the text is no such value.
    KeyError
        If the tag is none of these.
    """
    wanted = {"str": str, "int": int, "float": float, "bool": bool, "null": type(None)}[tag]
    if wanted is str:
        return text
    value = resolve_scalar(text)
    if wanted is float and type(value) is int:
        return float(value)
    if type(value) is not wanted:
        raise ScalarError(f"'{text}' is not {'empty' if tag == 'null' else f'of type {tag}'}")
    return value


def resolve_cell(text: str) -> Scalar | list[Scalar]:
    """The value of a CSV cell; numbers with leading zeros (codes) stay text, `[a, b]` is a list, an empty cell is None.

    Raises
    ------
    ScalarError
        As `resolve_scalar`.
    """
    text = text.strip()
    if text[:1] == "[" and text[-1:] == "]":
        return [resolve_scalar(item.strip()) for item in text[1:-1].split(",") if item.strip()]
    digits = text.lstrip("+-")
    if len(digits) > 1 and digits[0] == "0" and digits[1].isdigit():
        return text
    return text if text in ("~", "null", "Null", "NULL") else resolve_scalar(text)
