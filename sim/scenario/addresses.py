"""Dotted addresses of values, such as `service_points.oslo.technicians` or `targets."tat.customer.p90".max`.

An address is matched against plain data: keys that contain dots themselves are found by trying the longest key first, or are
written in quotes; `*` stands for any number of characters of one key, so `service_points.*` is every service point.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from sim.errors import did_you_mean
from sim.scenario.places import Keys, dotted

_FEW = 8
_SEGMENT = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^."']+))\s*(\.|\Z)""")


class AddressError(ValueError):
    """Text that is no address."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One step of an address; a quoted one is taken as it is."""

    text: str
    quoted: bool = False

    @property
    def is_pattern(self) -> bool:
        """True if it may stand for several keys."""
        return not self.quoted and "*" in self.text


Segments = tuple[Segment, ...]


def parse_address(text: str) -> Segments:
    """The segments of an address. Raises `AddressError`."""
    segments: list[Segment] = []
    position = 0
    while position < len(text) or not segments or text.endswith("."):
        match = _SEGMENT.match(text, position)
        if match is None:
            raise AddressError(f"'{text}' is not an address such as service_points.oslo.technicians")
        quoted = match[3] is None
        segments.append(Segment((match[1] or match[2] or "") if quoted else match[3].strip(), quoted))
        position = match.end()
        if not match[4]:
            break
    return tuple(segments)


def split_assignment(text: str) -> tuple[str, str] | None:
    """Address and value of `address=value`; an `=` within brackets or quotes belongs to the address. None if there is none."""
    depth = 0
    quote = ""
    for position, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char in "[]":
            depth += 1 if char == "[" else -1
        elif char == "=" and depth <= 0:
            return text[:position].strip(), text[position + 1 :].strip()
    return None


def matches(value: Any, segments: Segments) -> list[Keys]:
    """The paths below `value` that an address stands for, in the order of the data; none if it does not exist."""
    if not segments:
        return [()]
    head, rest = segments[0], segments[1:]
    found: list[Keys] = []
    if isinstance(value, dict):
        for count in range(len(segments), 0, -1):
            key = joined(segments[:count])
            if key is not None and key in value:
                found = [(key, *below) for below in matches(value[key], segments[count:])]
                if found:
                    return found
        if head.is_pattern:
            for key in value:
                if fnmatchcase(key, head.text):
                    found += [(key, *below) for below in matches(value[key], rest)]
    elif isinstance(value, list):
        if head.text.isdecimal() and int(head.text) < len(value):
            found = [(int(head.text), *below) for below in matches(value[int(head.text)], rest)]
        elif head.is_pattern and head.text == "*":
            for position, item in enumerate(value):
                found += [(position, *below) for below in matches(item, rest)]
    return found


def joined(segments: Segments) -> str | None:
    """Several segments as one key with dots; None if one of several is quoted."""
    if len(segments) == 1:
        return segments[0].text
    return None if any(s.quoted for s in segments) else ".".join(s.text for s in segments)


def explain_missing(data: Any, start: Keys, segments: Segments, otherwise: str = "") -> tuple[str, str]:
    """Why an address below `start` does not exist, and a suggestion.

    The suggestion is the nearest name; else `otherwise` if only the last key is missing; else all names, if there are few.
    """
    depth, parent, value = _deepest(value_at(data, start), segments)
    where = dotted((*start, *parent))
    rest = segments[depth:]
    missing = rest[0].text
    if not isinstance(value, (dict, list)):
        return f"{where} is {'empty' if value is None else 'a single value'} and holds no '{missing}'", ""
    inside = f" in {where}" if where else ""
    if isinstance(value, list):
        return f"no item '{missing}'{inside}, a list of {len(value)}", "count items from 0"
    hint = did_you_mean(missing, value)
    if not hint and len(rest) > 1 and (whole := joined(rest)):
        hint = did_you_mean(whole, value)
        missing = whole if hint else missing
    if not hint and otherwise and len(rest) == 1 and not rest[0].is_pattern:
        hint = otherwise
    if not hint and where and 0 < len(value) <= _FEW:
        hint = f"there {'is' if len(value) == 1 else 'are'} {', '.join(value)}"
    if rest[0].is_pattern:
        return f"'{missing}' fits nothing{inside}", hint
    return f"no {'' if where else 'section '}'{missing}'{inside}", hint


def _deepest(value: Any, segments: Segments) -> tuple[int, Keys, Any]:
    """How many segments can be followed, to which path, and what is there; a pattern follows its first fit."""
    best: tuple[int, Keys, Any] = (0, (), value)
    for count in range(len(segments) - 1, 0, -1):
        found = matches(value, segments[:count])
        if found:
            return count, found[0], value_at(value, found[0])
    return best


def value_at(data: Any, keys: Keys) -> Any:
    """The value at an existing path."""
    for key in keys:
        data = data[key]
    return data
