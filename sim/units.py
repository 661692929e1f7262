"""Quantities as people write them: `4 min`, `20/day`, `5 %`, `410 CNY`, `2.2 kg`, `18 %/year`, to and from plain numbers.

Inside the simulator durations are hours, rates are per hour, shares run from 0 to 1, weights are kilograms and money is in the
scenario's currency. A year has 365 days and a month is a twelfth of it.
"""

from __future__ import annotations

import math
import re

from sim.errors import did_you_mean

HOUR = 1.0
MINUTE = HOUR / 60
SECOND = HOUR / 3600
DAY = 24 * HOUR
WEEK = 7 * DAY
YEAR = 365 * DAY
MONTH = YEAR / 12

TIME_UNITS: dict[str, float] = {
    **dict.fromkeys(("s", "second", "seconds"), SECOND),
    **dict.fromkeys(("min", "minute", "minutes"), MINUTE),
    **dict.fromkeys(("h", "hour", "hours"), HOUR),
    **dict.fromkeys(("day", "days"), DAY),
    **dict.fromkeys(("week", "weeks"), WEEK),
    **dict.fromkeys(("month", "months"), MONTH),
    **dict.fromkeys(("year", "years"), YEAR),
}
MASS_UNITS: dict[str, float] = {"g": 1e-3, "kg": 1.0, "t": 1e3}

# What people write by habit and difflib would not find.
_HABITS = {
    "m": "min", "mn": "min", "hr": "h", "hrs": "h", "sec": "s", "secs": "s", "d": "day", "w": "week", "wk": "week", "y": "year",
    "yr": "year", "yrs": "year", "a": "year", "mo": "month", "mon": "month", "mth": "month", "gram": "g", "grams": "g", "gr": "g",
    "kilo": "kg", "kilos": "kg", "ton": "t", "tons": "t", "tonne": "t",
}  # fmt: skip

_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_QUANTITY = re.compile(rf"\s*({_NUMBER})\s*(\S.*?)?\s*$")
_TERM = re.compile(rf"\s*({_NUMBER})\s*([^\W\d_]+)\s*")
_CURRENCY = re.compile(r"[A-Z]{3}$")
_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2})?$")
_GROUPED = re.compile(r"[-+]?\d{1,3}([,_' ]\d{3})+(?!\d)|[-+]?\d+,\d+")


class UnitError(ValueError):
    """A quantity that cannot be read.

    Attributes
    ----------
    code
        E401 unknown unit, E402 unit missing, E403 not a quantity, E404 out of range, E405 another currency.
    message, suggestion
        What is wrong, and what to write instead ('' if there is nothing to suggest).
    """

    def __init__(self, message: str, suggestion: str = "", code: str = "E403") -> None:
        super().__init__(f"{message}; {suggestion}" if suggestion else message)
        self.code = code
        self.message = message
        self.suggestion = suggestion


def split_quantity(value: object) -> tuple[float, str]:
    """Number and unit text of a quantity: `'4.5 min'` -> (4.5, 'min'); the unit is '' for a bare number.

    Raises
    ------
    UnitError
        If `value` is neither a finite number nor text that begins with one.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise UnitError(f"{_shown(value)} is not a quantity", "write a number and a unit")
    if isinstance(value, str):
        match = _QUANTITY.match(value)
        if match is None or _GROUPED.match(value.strip()):
            raise _not_a_quantity(value)
        number, unit = float(match[1]), match[2] or ""
    else:
        number, unit = float(value) if abs(value) < 1e300 else math.inf, ""
    if not math.isfinite(number):
        raise UnitError(f"{_shown(value)} is not a finite number", code="E404")
    return number, unit


def parse_number(value: object) -> float:
    """A number without a unit; numeric text counts. Raises `UnitError`."""
    number, unit = split_quantity(value)
    if unit:
        raise UnitError(f"{_shown(value)} has a unit where a plain number is expected", f"write {_plain(number)}", code="E401")
    return number


def parse_duration(value: object) -> float:
    """Hours of `'4 min'`, `'1.5 h'`, `'1 h 30 min'` or 0. Raises `UnitError`; a bare number other than 0 needs a unit."""
    if isinstance(value, str) and _CLOCK.match(value.strip()):
        raise UnitError(f"'{value}' is a time of day, not a duration", f"write '{_clock_hours(value)} h'")
    number, unit = split_quantity(value)
    if not unit:
        if number == 0:
            return 0.0
        raise UnitError(
            f"{_shown(value)} needs a unit", f"write for example '{_plain(number)} min' or '{_plain(number)} days'", code="E402"
        )
    if number < 0:
        raise UnitError(f"{_shown(value)} is negative", "a duration is 0 or more", code="E404")
    if unit in TIME_UNITS:
        return number * TIME_UNITS[unit]
    if not unit[0].isalpha():
        raise UnitError(f"{_shown(value)} is not a duration", "write a number and a unit, such as '4 min'")
    terms = _TERM.findall(str(value))
    if len(terms) > 1 and not _TERM.sub("", str(value)):
        return sum(_times(float(n), u, TIME_UNITS, "time") for n, u in terms)
    return _times(number, unit, TIME_UNITS, "time")


def parse_rate(value: object) -> float:
    """Events per hour of `'100/h'`, `'20 / day'`, `'0.5 /year'` or 0. Raises `UnitError`."""
    number, unit = split_quantity(value)
    if number < 0:
        raise UnitError(f"{_shown(value)} is negative", "a rate is 0 or more", code="E404")
    if not unit:
        if number == 0:
            return 0.0
        raise UnitError(f"{_shown(value)} needs a unit", f"write for example '{_plain(number)}/day'", code="E402")
    if not unit.startswith("/"):
        base = unit.removeprefix("per ").strip()
        hint = f"write '{_plain(number)}/{base}'" if base in TIME_UNITS else "write a number per time, such as '20/day'"
        raise UnitError(f"{_shown(value)} is not a rate", hint, code="E401")
    return number / _time_unit(unit[1:])


def parse_share(value: object) -> float:
    """A share from 0 to 1 of `'5 %'` or 0.05. Values outside of 0..1 are returned as they are (a schema may allow them)."""
    number, unit = split_quantity(value)
    if unit == "%":
        return number / 100
    if unit:
        raise UnitError(
            f"{_shown(value)} is not a share", "write a percentage such as '5 %' or a number such as 0.05", code="E401"
        )
    return number


def parse_share_rate(value: object) -> float:
    """Share per hour of `'18 %/year'` or `'0.18/year'` (holding cost), or 0. Raises `UnitError`."""
    number, unit = split_quantity(value)
    factor = 1.0
    if unit.startswith("%"):
        factor, unit = 0.01, unit[1:].strip()
    if not unit and number == 0:
        return 0.0
    if not unit.startswith("/"):
        percent = " %" if factor < 1 else ""
        raise UnitError(
            f"{_shown(value)} needs a unit of time", f"write for example '{_plain(number)}{percent}/year'", code="E402"
        )
    return number * factor / _time_unit(unit[1:])


def currency_of(value: object) -> str:
    """The currency that a money text names ('CNY' of `'35 CNY/h'`), '' if it names none or is no money."""
    match = _QUANTITY.match(value) if isinstance(value, str) else None
    unit = (match[2] or "").partition("/")[0].strip() if match else ""
    return unit if _CURRENCY.match(unit) else ""


def parse_money(value: object, currency: str = "") -> float:
    """Amount of `'410 CNY'` or of a bare number, which is in the scenario's currency.

    Parameters
    ----------
    value
        Text or number.
    currency
        The scenario's currency, three capitals; '' accepts any.
    """
    number, unit = split_quantity(value)
    _require_currency(value, unit, currency)
    return number


def parse_money_rate(value: object, currency: str = "") -> float:
    """Money per hour of `'35 CNY/h'`, `'35/h'` or 0. Raises `UnitError`."""
    number, unit = split_quantity(value)
    money, slash, per = unit.partition("/")
    _require_currency(value, money.strip(), currency)
    if not slash:
        if number == 0:
            return 0.0
        sample = " ".join(filter(None, (_plain(number), money.strip() or currency)))
        raise UnitError(f"{_shown(value)} needs a unit of time", f"write for example '{sample}/h'", code="E402")
    return number / _time_unit(per)


def parse_money_per_kg(value: object, currency: str = "") -> float:
    """Money per kilogram of `'2 CNY/kg'` or a bare number. Raises `UnitError`."""
    number, unit = split_quantity(value)
    money, slash, per = unit.partition("/")
    _require_currency(value, money.strip(), currency)
    return number / _times(1.0, per.strip(), MASS_UNITS, "weight") if slash else number


def parse_weight(value: object) -> float:
    """Kilograms of `'2.2 kg'`, `'300 g'` or 0. Raises `UnitError`."""
    number, unit = split_quantity(value)
    if number < 0:
        raise UnitError(f"{_shown(value)} is negative", "a weight is 0 or more", code="E404")
    if not unit:
        if number == 0:
            return 0.0
        raise UnitError(f"{_shown(value)} needs a unit", f"write '{_plain(number)} kg' or '{_plain(number)} g'", code="E402")
    return _times(number, unit, MASS_UNITS, "weight")


def scale_quantity(value: object, factor: float) -> str | int | float:
    """`factor` times a number or quantity, in the same unit: ('4 min', 1.5) -> '6 min'; whole numbers stay whole if they can."""
    number, unit = split_quantity(value)
    return _rejoin(value, number * factor, unit)


def add_quantity(value: object, addend: object) -> str | int | float:
    """The sum in the unit of `value`: ('2 days', '12 h') -> '2.5 days', (3, 1) -> 4. Raises `UnitError` for unlike units."""
    number, unit = split_quantity(value)
    more, more_unit = split_quantity(addend)
    if unit in TIME_UNITS and more_unit in TIME_UNITS:
        more *= TIME_UNITS[more_unit] / TIME_UNITS[unit]
    elif unit != more_unit:
        hint = f"write '{_plain(more)} {unit}'" if unit and not more_unit else ""
        raise UnitError(f"{_shown(addend)} cannot be added to {_shown(value)}", hint, code="E401")
    return _rejoin(value, number + more, unit)


def format_duration(hours: float, digits: int = 3) -> str:
    """Hours as people say them: 96 -> '4 days', 0.1 -> '6 min', 1.5 -> '1.5 h', 36 -> '36 h'.

    `digits` are the significant digits kept; digits before the point are never lost.
    """
    if math.isnan(hours):
        return "-"
    if math.isinf(hours):
        return "never" if hours > 0 else "-never"
    if hours == 0:
        return "0 min"
    name, count = _best_unit(abs(hours))
    text = format_number(math.copysign(count, hours), digits)
    plural = "s" if name in ("year", "day") and text not in ("1", "-1") else ""
    return f"{text} {name}{plural}"


def _best_unit(hours: float) -> tuple[str, float]:
    """The unit that reads best, and how many of it: large enough to be short, or one that comes out whole."""
    scale = (("year", YEAR, 2.0), ("day", DAY, 2.0), ("h", HOUR, 1.0), ("min", MINUTE, 2.0))
    for name, unit, least in scale:
        count = hours / unit
        if count >= least - 1e-9 or (count >= 1 - 1e-9 and abs(count - round(count)) < 1e-9):
            return name, count
    return "s", hours / SECOND


def format_number(value: float, digits: int = 3) -> str:
    """`digits` significant digits without an exponent or trailing zeros; digits before the point are never lost."""
    if not math.isfinite(value):
        return str(value)
    whole = len(str(int(abs(value)))) if abs(value) >= 1 else 1 + math.floor(math.log10(abs(value))) if value else 1
    text = f"{value:.{max(0, digits - whole)}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def _time_unit(text: str) -> float:
    """Hours of what follows the slash of a rate: 'h', 'day', also '30 days'."""
    match = _QUANTITY.match(text)
    count, unit = (float(match[1]), match[2] or "") if match else (1.0, text.strip())
    if count <= 0:
        raise UnitError(f"'/{text}' is not a period of time", code="E404")
    return _times(count, unit, TIME_UNITS, "time")


def _times(number: float, unit: str, units: dict[str, float], what: str) -> float:
    if unit in units:
        return number * units[unit]
    if not unit:
        raise UnitError(f"a unit of {what} is missing", f"the units of {what} are {', '.join(_canonical(units))}", code="E402")
    habit = _HABITS.get(unit.lower(), "")
    if habit in units:
        hint = f"did you mean '{habit}'?"
    elif unit.lower() in units:
        hint = f"did you mean '{unit.lower()}'?"
    else:
        hint = did_you_mean(unit, units, fold=True) or f"the units of {what} are {', '.join(_canonical(units))}"
    raise UnitError(f"unknown unit of {what} '{unit}'", hint, code="E401")


def _canonical(units: dict[str, float]) -> list[str]:
    """One name a unit, shortest scale first."""
    first: dict[float, str] = {}
    for name, size in units.items():
        first.setdefault(size, name)
    return list(first.values())


def _require_currency(value: object, unit: str, currency: str) -> None:
    if not unit:
        return
    if not _CURRENCY.match(unit):
        folded = unit.upper()
        hint = f"did you mean '{folded}'?" if _CURRENCY.match(folded) else f"write an amount such as '20 {currency or 'EUR'}'"
        raise UnitError(f"unknown currency '{unit}' in {_shown(value)}", hint, code="E401")
    if currency and unit != currency:
        raise UnitError(f"{_shown(value)} is not in the scenario's currency {currency}", f"convert it to {currency}", code="E405")


def _rejoin(original: object, number: float, unit: str) -> str | int | float:
    """A result in the form of its origin, rounded to 12 digits so that 3 * 1.1 reads 3.3."""
    number = float(f"{number:.12g}")
    if isinstance(original, str):
        return f"{_plain(number)} {unit}" if unit and not unit.startswith("/") else f"{_plain(number)}{unit}"
    return int(number) if isinstance(original, int) and number.is_integer() else number


def _not_a_quantity(value: str) -> UnitError:
    text = value.strip()
    if _GROUPED.match(text):
        return UnitError(
            f"'{value}' groups digits or has a decimal comma", "write digits alone and a decimal point, such as 1234.5"
        )
    if not text:
        return UnitError("empty text is not a quantity", "write a number and a unit")
    return UnitError(f"'{value}' does not begin with a number", "write a number and a unit, such as '4 min'")


def _clock_hours(text: str) -> str:
    parts = [float(p) for p in text.strip().split(":")]
    return format_number(sum(p / 60**i for i, p in enumerate(parts)), 4)


def _plain(number: float) -> str:
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def _shown(value: object) -> str:
    if isinstance(value, str):
        return f"'{value}'"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    return str(value).lower() if isinstance(value, bool) else str(value)
