"""Warnings of the static check, stored in English, in the language spoken; those that nobody knows stay as they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from sim import cautions
from sim.language import language, say
from sim.report import format as fmt
from sim.report.labels import group_label


def warning_text(text: str) -> str:
    """A stored warning for people.

    Examples
    --------
    >>> warning_text("nothing asks desk for parts")
    'nothing asks desk for parts'
    """
    return text if language() == "en" else _said(text, cautions.WARNINGS)


def _said(text: str, templates: Sequence[str]) -> str:
    for template in templates:
        found = _pattern(template).fullmatch(text)
        if found:
            return say(template, **{name: _value(name, value) for name, value in found.groupdict().items()})
    return text


@cache
def _pattern(template: str) -> re.Pattern[str]:
    """The template as a pattern, its values as named groups."""
    pieces = re.split(r"\{(\w+)\}", template)
    return re.compile("".join(f"(?P<{piece}>.+?)" if i % 2 else re.escape(piece) for i, piece in enumerate(pieces)), re.DOTALL)


def _value(name: str, value: str) -> str:
    """A value of a warning in the language spoken, by what its name says it is."""
    if name == "names":
        return _names(value)
    if name in ("warm_up", "longest"):
        return _duration(value)
    if name == "load":
        return _said(value, cautions.LOADS)
    if name == "workshops":
        return fmt.clauses([_said(one, (cautions.ONE_WORKSHOP, cautions.MORE_WORKSHOPS)) for one in value.split("; ")])
    if name == "mode":
        return group_label(f"mode={value}")
    return say("infinite") if name == "rho" and value == "infinite" else value


def _names(text: str) -> str:
    """'a, b, c and 4 more'."""
    found = re.fullmatch(r"(.+) and (\d+) more", text, re.DOTALL)
    if found:
        return say("{names} and {n} more", names=fmt.listed(found[1].split(", ")), n=found[2])
    return fmt.listed(text.split(", "))


def _duration(text: str) -> str:
    """'90 days' of `sim.units.format_duration`."""
    number, _, unit = text.rpartition(" ")
    return fmt.with_unit(number, unit) if number else text
