"""Opening hours as people write them: ``mon-fri 8:00-12:00 13:00-18:00; sat 9:00-13:00``."""

from __future__ import annotations

import re
from functools import lru_cache

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Week = tuple[tuple[tuple[float, float], ...], ...]

_NAME = re.compile(r"[A-Za-z_][\w.-]*")
_SPAN = re.compile(r"(\d{1,2})(?::(\d\d))?-(\d{1,2})(?::(\d\d))?")
_EXPECTED = "expected e.g. 'mon-fri 8:00-12:00 13:00-18:00; sat 9:00-13:00' or '24x7'"


def is_calendar_name(text: str) -> bool:
    """True if the text can only be the name of a calendar (one word that does not start with a digit)."""
    return _NAME.fullmatch(text.strip()) is not None


def _days(text: str) -> list[int]:
    days: list[int] = []
    for piece in text.lower().split(","):
        first, dash, last = piece.strip().partition("-")
        names = [first.strip(), last.strip()] if dash else [first.strip()]
        for name in names:
            if name not in WEEKDAYS:
                raise ValueError(f"{name!r} is not a weekday (mon, tue, wed, thu, fri, sat, sun); {_EXPECTED}")
        begin, end = WEEKDAYS.index(names[0]), WEEKDAYS.index(names[-1])
        days += range(begin, end + 1) if begin <= end else [*range(begin, 7), *range(end + 1)]
    return days


def _hour(hour: str, minute: str | None, text: str) -> float:
    value = int(hour) + int(minute or 0) / 60
    if int(minute or 0) > 59 or value > 24:
        raise ValueError(f"{text!r} is not a time span within 0:00-24:00; {_EXPECTED}")
    return value


def _span(text: str) -> tuple[float, float]:
    match = _SPAN.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a time span; {_EXPECTED}")
    begin, end = _hour(match[1], match[2], text), _hour(match[3], match[4], text)
    if begin == end:
        raise ValueError(f"{text!r} is an empty time span; {_EXPECTED}")
    return begin, end


def _merged(spans: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    merged: list[tuple[float, float]] = []
    for begin, end in sorted(spans):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return tuple(merged)


@lru_cache(maxsize=4096)
def parse_hours(text: str) -> Week:
    """Weekly pattern of an opening-hours text.

    Parameters
    ----------
    text
        Parts separated by ``;``, each days (``mon-fri``, ``mon,wed``, ``daily``) and one or more spans of local time; a span
        past midnight (``22:00-6:00``) goes on to the next morning. ``24x7`` and ``7x24`` are always.

    Returns
    -------
    tuple
        Monday to Sunday, each a tuple of (from, to) in hours of the day, ascending and without overlap.

    Raises
    ------
    ValueError
        The text is not understood; the message says which piece.
    """
    if text.strip().lower() in ("24x7", "7x24", "24/7"):
        return (((0.0, 24.0),),) * 7
    week: list[list[tuple[float, float]]] = [[] for _ in WEEKDAYS]
    for part in filter(None, (p.strip() for p in text.replace("–", "-").split(";"))):
        words = re.sub(r"\s*-\s*", "-", re.sub(r"\s*,\s*", ",", part)).split()
        spans = [_span(w) for w in words if w[0].isdigit()]
        named = [w for w in words if not w[0].isdigit()]
        if len(named) > 1 or not spans:
            raise ValueError(f"{part!r} is not days and time spans; {_EXPECTED}")
        for day in _days(named[0]) if named and named[0] != "daily" else range(7):
            for begin, end in spans:
                if begin < end:
                    week[day].append((begin, end))
                else:
                    week[day].append((begin, 24.0))
                    if end > 0:
                        week[(day + 1) % 7].append((0.0, end))
    if not any(week):
        raise ValueError(f"no opening hours given; {_EXPECTED}")
    return tuple(_merged(day) for day in week)
