"""Quantities of scenario files: text with a unit becomes a float in the unit of the plan (hours, per hour, kg, share 0..1).

Every type publishes its own JSON Schema, so that an editor accepts ``4 min`` where a duration is wanted.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field, PlainValidator, ValidationInfo, WithJsonSchema

from sim import units
from sim.units import UnitError

DEFAULT_CURRENCY = "EUR"
CURRENCY = re.compile("[A-Z]{3}")


# Texts of quantities as editors check them; what a pattern lets through is still read by `sim.units`.
_NUMBER = r"\+?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_TIME = f"(?:{'|'.join(sorted(units.TIME_UNITS, key=len, reverse=True))})"
_MASS = f"(?:{'|'.join(sorted(units.MASS_UNITS, key=len, reverse=True))})"
_PER_TIME = rf"/\s*(?:{_NUMBER}\s*)?{_TIME}"
_ZERO = r"\+?(?:0+(?:\.0*)?|\.0+)"
_CODE = "[A-Z]{3}"


def _published(description: str, pattern: str, *examples: str, plain: tuple[float, float] = (0, 0)) -> WithJsonSchema:
    """Text of a pattern, or a number within the range `plain` (by default only 0 goes without a unit)."""
    schema: dict[str, Any] = {"type": ["string", "number"], "description": description, "pattern": rf"^\s*(?:{pattern})\s*$"}
    limits = {"minimum": plain[0], "maximum": plain[1]}
    schema |= {key: limit for key, limit in limits.items() if abs(limit) != float("inf")}
    return WithJsonSchema({**schema, "examples": list(examples)})


def _parsed(parse: Callable[[object], float], what: str, highest: float = float("inf")) -> PlainValidator:
    """A validator that parses each distinct text once and keeps the result within 0..highest."""

    @lru_cache(maxsize=4096)
    def cached(value: str | int | float) -> float:
        number = parse(value)
        if number < 0:
            raise UnitError(f"{shown(value)} is negative", f"a {what} is 0 or more", code="E404")
        if number > highest:
            raise UnitError(f"{shown(value)} is above 100 %", f"a {what} is 0 % to 100 %", code="E404")
        return number

    def validate(value: Any) -> float:
        is_plain = isinstance(value, (str, int, float)) and not isinstance(value, bool)
        return cached(value) if is_plain else parse(value)

    return PlainValidator(validate)


def _money(parse: Callable[[object, str], float]) -> PlainValidator:
    def validate(value: Any, info: ValidationInfo) -> float:
        amount = parse(value, (info.context or {}).get("currency", DEFAULT_CURRENCY))
        if amount < 0:
            raise UnitError(f"{shown(value)} is negative", "an amount here is 0 or more", code="E404")
        return amount

    return PlainValidator(validate)


def measured(value: Any, currency: str) -> tuple[float, str]:
    """Value and unit of a measure as people write it.

    ``4 days`` is (96, 'h'), ``80 %`` is (0.8, '1'), ``300/day`` is (300, '1/day'), ``5 EUR`` is (5, 'EUR'), a bare number is a
    plain '1'. Raises `UnitError`.
    """
    number, unit = units.split_quantity(value)
    if not unit:
        return number, "1"
    if unit == "%":
        return units.parse_share(value), "1"
    if unit.startswith("/"):
        return units.parse_rate(value) * units.DAY, "1/day"
    if len(unit) == 3 and unit.isupper():
        return units.parse_money(value, currency), unit
    return units.parse_duration(value), "h"


def _measured(value: Any, info: ValidationInfo) -> tuple[float, str]:
    return measured(value, (info.context or {}).get("currency", DEFAULT_CURRENCY))


def half_width(value: Any, currency: str) -> tuple[float, str]:
    """Half of an interval's width as people write it: `5 %` of the mean is (0.05, '%'), all else as for `measured`.

    Raises `UnitError`, also where it is not above 0.
    """
    number, unit = (units.parse_share(value), "%") if units.split_quantity(value)[1] == "%" else measured(value, currency)
    if number <= 0:
        raise UnitError(f"{shown(value)} is not above 0", "an interval has some width: write for example '5 %'", code="E404")
    return number, unit


def _half_width(value: Any, info: ValidationInfo) -> tuple[float, str]:
    return half_width(value, (info.context or {}).get("currency", DEFAULT_CURRENCY))


def shown(value: Any) -> str:
    """A value of a file as messages name it."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}'" if isinstance(value, str) else str(value)


def _day(value: Any) -> str:
    if isinstance(value, datetime):
        value = value.date()
    text = value.isoformat() if isinstance(value, date) else value
    try:
        return date.fromisoformat(text).isoformat()
    except (TypeError, ValueError):
        raise UnitError(f"{shown(value)} is not a date", "write a date such as 2017-01-31") from None


def _instant(value: Any) -> str:
    text = value.isoformat() if isinstance(value, date) else value
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None).isoformat(" ")
    except (TypeError, ValueError):
        raise UnitError(f"{shown(value)} is not a date and time", "write local time such as 2017-01-31 10:20") from None


@lru_cache(maxsize=512)
def _known_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise UnitError(f"unknown time zone '{value}'", _near_zone(value)) from None
    return value


def _near_zone(value: str) -> str:
    from zoneinfo import available_timezones

    from sim.errors import did_you_mean

    return did_you_mean(value, sorted(available_timezones()), fold=True) or "write an IANA name such as Europe/Berlin"


def _zone(value: Any) -> str:
    if not isinstance(value, str):
        raise UnitError(f"{shown(value)} is not a time zone", "write an IANA name such as Europe/Berlin")
    return _known_zone(value)


_INFINITY = float("inf")
_AMOUNT = rf"{_NUMBER}\s*(?:{_CODE})?"
_SPAN = rf"(?:{_NUMBER}\s*{_TIME}\s*)+"

Duration = Annotated[
    float,
    _parsed(units.parse_duration, "duration"),
    _published("duration", f"{_SPAN}|{_ZERO}", "4 min", "1.5 h", "2 days", "1 year"),
]
Rate = Annotated[
    float,
    _parsed(units.parse_rate, "rate"),
    _published("rate", rf"{_NUMBER}\s*{_PER_TIME}|{_ZERO}", "100/h", "20/day", "0.5/year"),
]
Share = Annotated[
    float, _parsed(units.parse_share, "share", 1.0), _published("share", rf"{_NUMBER}\s*%?", "60 %", "0.6", plain=(0, 1))
]
Factor = Annotated[
    float, _parsed(units.parse_share, "factor"), _published("factor", rf"{_NUMBER}\s*%?", "40 %", "1.2", plain=(0, _INFINITY))
]
Weight = Annotated[
    float, _parsed(units.parse_weight, "weight"), _published("weight", rf"{_NUMBER}\s*{_MASS}|{_ZERO}", "0.2 kg", "350 g")
]
ShareRate = Annotated[
    float,
    _parsed(units.parse_share_rate, "share per time"),
    _published("share per time", rf"{_NUMBER}\s*%?\s*{_PER_TIME}|{_ZERO}", "18 %/year"),
]
Money = Annotated[
    float,
    _money(units.parse_money),
    _published("money in the scenario's currency", _AMOUNT, "20 EUR", "20", plain=(0, _INFINITY)),
]
MoneyPerHour = Annotated[
    float,
    _money(units.parse_money_rate),
    _published("money per time", rf"{_AMOUNT}\s*{_PER_TIME}|{_ZERO}\s*(?:{_CODE})?", "35 EUR/h"),
]
MoneyPerKg = Annotated[
    float,
    _money(units.parse_money_per_kg),
    _published("money per weight", rf"{_AMOUNT}\s*(?:/\s*{_MASS})?", "4 EUR/kg", plain=(0, _INFINITY)),
]
Day = Annotated[str, PlainValidator(_day), WithJsonSchema({"type": "string", "format": "date", "examples": ["2017-01-31"]})]
Instant = Annotated[str, PlainValidator(_instant), WithJsonSchema({"type": "string", "examples": ["2017-01-31 10:20"]})]
Zone = Annotated[str, PlainValidator(_zone), WithJsonSchema({"type": "string", "examples": ["Europe/Berlin"]})]
Measured = Annotated[
    tuple[float, str],
    PlainValidator(_measured),
    _published(
        "measured value",
        rf"{_SPAN}|-?{_NUMBER}\s*(?:%|{_PER_TIME}|{_CODE})?",
        "4 days",
        "80 %",
        "300/day",
        plain=(-_INFINITY, _INFINITY),
    ),
]
HalfWidth = Annotated[
    tuple[float, str],
    PlainValidator(_half_width),
    _published(
        "half width",
        rf"(?=.*[1-9])(?:{_SPAN}|{_NUMBER}\s*(?:%|{_PER_TIME}|{_CODE})?)",  # above 0
        "5 %",
        "2 h",
        "0.01",
        plain=(1e-12, _INFINITY),
    ),
]
Count = Annotated[int, Field(ge=0)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Name = Annotated[str, Field(min_length=1)]
