"""Numbers as people read them: sensible digits, a true minus sign, hours or days, money in thousands and millions.

All of it in the language spoken now (`sim.language`). In Chinese units follow without a space, money is in 万 and 亿, and rates
stand behind their unit (每天 120).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sim.language import language, say, say_count, term

MINUS = "\u2212"
EN_DASH = "\u2013"
NARROW_SPACE = "\u202f"  # between a number and its unit: narrow, and no line break
MISSING = "\u2014"

_SYMBOLS = {"EUR": "\u20ac", "USD": "$", "GBP": "\u00a3"}
_CURRENCIES = {
    "CNY": term("currency||CNY"),
    "EUR": term("currency||EUR"),
    "USD": term("currency||USD"),
    "GBP": term("currency||GBP"),
    "JPY": term("currency||JPY"),
    "HKD": term("currency||HKD"),
}
_UNITS = {
    "s": term("unit||s"),
    "min": term("unit||min"),
    "h": term("unit||h"),
    "day": term("unit||day"),
    "days": term("unit||days"),
    "year": term("unit||year"),
    "years": term("unit||years"),
    "points": term("unit||points"),
    "per day": term("unit||per day"),
    "per year": term("unit||per year"),
    "per hour": term("unit||per hour"),
    "per month": term("unit||per month"),
    "money": term("unit||money"),
}
_WEEKDAYS = (
    term("Monday"),
    term("Tuesday"),
    term("Wednesday"),
    term("Thursday"),
    term("Friday"),
    term("Saturday"),
    term("Sunday"),
)
_WEEKDAYS_SHORT = (term("Mon"), term("Tue"), term("Wed"), term("Thu"), term("Fri"), term("Sat"), term("Sun"))


@dataclass(frozen=True, slots=True)
class Scale:
    """How values of one unit are shown: shown = value * factor, followed by `unit`, which is in the language spoken."""

    factor: float
    unit: str  # 'h', 'days', '%', 'M CNY'; '' for plain numbers

    @property
    def difference_unit(self) -> str:
        """The unit of a difference of two values: points where they are percentages."""
        return unit_name("points") if self.unit == "%" else self.unit

    def value(self, value: float) -> float:
        """The number in the shown unit."""
        return value * self.factor


def unit_name(unit: str) -> str:
    """A unit such as 'h', 'days', 'points' or 'per day' in the language spoken; others as they are."""
    return say(_UNITS[unit]) if unit in _UNITS else unit


def hours_scale(magnitude_h: float) -> Scale:
    """Seconds below 3 min, minutes below 2 h, hours below 10 days, days above; of zero hours."""
    size = abs(magnitude_h)
    if not math.isfinite(size) or size == 0.0:
        return Scale(1.0, unit_name("h"))
    if size < 0.05:
        return Scale(3600.0, unit_name("s"))
    if size < 2.0:
        return Scale(60.0, unit_name("min"))
    if size < 240.0:
        return Scale(1.0, unit_name("h"))
    return Scale(1 / 24, unit_name("days"))


def money_scale(magnitude: float, currency: str) -> Scale:
    """Millions from one million on, thousands from ten thousand on; in Chinese 亿 from 1e8 on, 万 from ten thousand on."""
    size = abs(magnitude)
    if language() == "zh":
        name = say(_CURRENCIES[currency]) if currency in _CURRENCIES else currency
        for limit, prefix in ((1e8, "亿"), (1e4, "万")):
            if size >= limit:
                return Scale(1 / limit, f"{prefix}{NARROW_SPACE if name.isascii() and name else ''}{name}")
        return Scale(1.0, name)
    symbol = _SYMBOLS.get(currency, currency)
    for limit, prefix in ((1e9, "bn"), (1e6, "M"), (1e4, "k")):
        if size >= limit:
            factor = {"bn": 1e-9, "M": 1e-6, "k": 1e-3}[prefix]
            return Scale(factor, f"{prefix} {symbol}" if len(symbol) > 1 else f"{prefix}{symbol}")
    return Scale(1.0, symbol)


def scale_for(unit: str, magnitude: float, currency: str = "") -> Scale:
    """The scale for a measure's unit.

    Parameters
    ----------
    unit
        As in summary.json: 'h', '1' (a share or plain number, see `is_share`), '1/day', 'share', 'money' or a currency.
    magnitude
        A typical value in that unit, to choose between hours and days, thousands and millions.
    """
    if unit == "h":
        return hours_scale(magnitude)
    if unit == "share":
        return Scale(100.0, "%")
    if unit in ("money", currency) and unit:
        return money_scale(magnitude, currency)
    if unit in ("1", ""):
        return Scale(1.0, "")
    if unit.startswith("1/"):
        return Scale(1.0, unit_name(f"per {unit[2:]}"))
    return Scale(1.0, unit_name(unit))


def decimals_for(value: float, half_width: float | None = None) -> int:
    """Decimals that the precision supports.

    With a half-width: its first digit (two if that is a 1), but at most four digits of the value. Without: whole numbers from 100
    on, one decimal from 1 on, two significant digits below.
    """
    if not math.isfinite(value):
        return 0
    size = abs(value)
    most = max(0, 3 - math.floor(math.log10(size))) if size > 0 else 2
    if half_width is not None and math.isfinite(half_width) and half_width > 0:
        exponent = math.floor(math.log10(half_width))
        leading = half_width / 10.0**exponent
        wanted = -exponent + (1 if leading < 2.0 else 0)
        return max(0, min(wanted, most, 6))
    if size == 0.0:
        return 0
    if size >= 1.0:
        return 0 if size >= 99.95 else 1
    return min(1 - math.floor(math.log10(size)), 6)


def number(value: float, decimals: int = 0, *, signed: bool = False) -> str:
    """A number with thousands separators and a true minus sign; an em dash for NaN.

    Examples
    --------
    >>> number(-1234.5, 1)
    '\u22121,234.5'
    """
    if not math.isfinite(value):
        return MISSING if math.isnan(value) else ("\u221e" if value > 0 else f"{MINUS}\u221e")
    text = f"{abs(value):,.{decimals}f}"
    if float(text.replace(",", "")) == 0.0:
        return text
    sign = MINUS if value < 0 else ("+" if signed else "")
    return f"{sign}{text}"


def with_unit(text: str, unit: str) -> str:
    """Number and unit; money symbols go in front. The unit may be canonical ('h') or already in the language spoken."""
    if not unit or text == MISSING:
        return text
    if language() == "zh":
        return _with_chinese_unit(text, unit_name(unit))
    prefix, _, symbol = _split_money(unit)
    if symbol:
        sign = text[0] if text[:1] in (MINUS, "+") else ""
        tail = f"{NARROW_SPACE}{prefix}" if prefix else ""
        gap = "" if len(symbol) == 1 else NARROW_SPACE
        return f"{sign}{symbol}{gap}{text[len(sign) :]}{tail}"
    return f"{text}{NARROW_SPACE}{unit}"


def _with_chinese_unit(text: str, unit: str) -> str:
    """Chinese units and % follow without a space, '每天' and its like go in front, Latin ones keep the space."""
    if unit.startswith("每"):
        return f"{unit}{NARROW_SPACE}{text}"
    return f"{text}{NARROW_SPACE if unit[0].isalnum() and unit[0].isascii() else ''}{unit}"


def _split_money(unit: str) -> tuple[str, str, str]:
    """('M', ' ', 'CNY') of 'M CNY', ('M', '', EUR sign) of a joined symbol, empty texts for other units."""
    symbols = set(_SYMBOLS.values())
    if unit in symbols or (len(unit) == 3 and unit.isupper()):
        return "", "", unit
    for prefix in ("bn", "M", "k"):
        if unit.startswith(prefix):
            rest = unit[len(prefix) :]
            if rest in symbols:
                return prefix, "", rest
            if rest.startswith(" ") and rest.strip():
                return prefix, " ", rest.strip()
    return "", "", ""


def quantity(value: float, scale: Scale, half_width: float | None = None, *, signed: bool = False) -> str:
    """A value in the shown unit, digits by its half-width, with the unit."""
    shown = scale.value(value)
    width = None if half_width is None else scale.value(half_width)
    return with_unit(number(shown, decimals_for(shown, width), signed=signed), scale.unit)


def interval(
    mean: float,
    half_width: float | None,
    scale: Scale,
    *,
    signed: bool = False,
    floor: float | None = 0.0,
    limits: Sequence[float] = (),
) -> str:
    """'128-136' with an en dash, cut at `floor` and shares at 100 %; signed or negative intervals '-38 to -32'.

    The t interval is symmetric and knows nothing of such bounds. A dash if there is no half-width. An end that rounding would
    put on one of the `limits`, in the measure's unit, has up to two more decimals, so that it agrees with the verdict.
    """
    if half_width is None or not math.isfinite(half_width):
        return MISSING
    middle, width = scale.value(mean), scale.value(half_width)
    decimals = decimals_for(middle, width)
    start, end = middle - width, middle + width
    if not signed:
        start = max(start, floor) if floor is not None and middle >= floor else start
        end = min(end, 100.0) if scale.unit == "%" and middle <= 100.0 else end
    decimals = next((d for d in range(decimals, decimals + 3) if not _touches((start, end), limits, scale, d)), decimals)
    low, high = number(start, decimals, signed=signed), number(end, decimals, signed=signed)
    return span(low, high, words=signed or start < 0)


def _touches(ends: tuple[float, float], limits: Sequence[float], scale: Scale, decimals: int) -> bool:
    """True if rounding moves an end onto a limit."""
    edges = [scale.value(limit) for limit in limits]
    return any(abs(end - edge) > 1e-12 and abs(round(end, decimals) - edge) < 1e-9 for end in ends for edge in edges)


def span(low: str, high: str, *, words: bool = False) -> str:
    """'128\u2013136'; in words '\u221238 to \u221232', where a dash would be read as a sign."""
    return say("{low} to {high}", low=low, high=high) if words else f"{low}{EN_DASH}{high}"


def hours(value_h: float, half_width_h: float | None = None) -> str:
    """A duration in the unit that suits its size.

    Examples
    --------
    >>> hours(132.4, 4.0).replace(NARROW_SPACE, " ")
    '132 h'
    """
    return quantity(value_h, hours_scale(value_h), half_width_h)


def set_decimals(value: float) -> int:
    """As many decimals as a limit was written with, three at most."""
    for decimals in range(3):
        if abs(value - round(value, decimals)) < 1e-9 * max(1.0, abs(value)):
            return decimals
    return 3


def set_hours(value_h: float) -> str:
    """A limit or promise as it was set: '96 h', not '96.0 h'."""
    scale = hours_scale(value_h)
    shown = scale.value(value_h)
    return with_unit(number(shown, set_decimals(shown)), scale.unit)


def percent(share: float, half_width: float | None = None) -> str:
    """A share between 0 and 1 as a percentage; whole percents unless the half-width or the edge asks for more."""
    shown = 100.0 * share
    if half_width is not None:
        decimals = min(decimals_for(shown, 100.0 * half_width), 1)
    else:
        decimals = 1 if (0.05 <= shown < 1 or 99 < shown < 99.95) else 0
    return with_unit(number(shown, decimals), "%")


def percent_text(number_text: str) -> str:
    """A number of percent that is text already: '5 %', with a plain space in English."""
    return say("{n} %", n=number_text)


def count(value: float) -> str:
    """A count: whole, or with one decimal below ten."""
    return number(value, 0 if abs(value) >= 10 or float(value).is_integer() else 1)


def duration(hours_: float) -> str:
    """A planned length in the largest whole unit: '2 years', '90 days', '36 h'."""
    days = hours_ / 24.0
    years = days / 365.0
    if years >= 1 and abs(years - round(years)) < 1e-9:
        whole = round(years)
        return with_unit(str(whole), "years" if whole > 1 else "year")
    if days >= 1 and abs(days - round(days)) < 1e-9:
        whole = round(days)
        return with_unit(number(whole), "days" if whole > 1 else "day")
    return hours(hours_) if days < 1 else with_unit(number(days, 1), "days")


def money(value: float, currency: str, half_width: float | None = None, *, signed: bool = False) -> str:
    """An amount: 'CNY 4.31 M'."""
    return quantity(value, money_scale(value, currency), half_width, signed=signed)


def in_words(names: list[str], most: int = 3) -> str:
    """'a', 'a and b', 'a, b and c', 'a, b and 4 more'."""
    if len(names) > most:
        rest = len(names) - most + 1
        return say("{names} and {n} more", names=listed(names[: most - 1]), n=number(rest))
    if len(names) <= 1:
        return "".join(names)
    return say("{names} and {last}", names=listed(names[:-1]), last=names[-1])


def listed(names: list[str]) -> str:
    """'a, b, c' without an 'and'."""
    return say("between names||, ").join(names)


def commas(texts: list[str]) -> str:
    """Short clauses of one sentence: 'a misses it, 2 keep it'."""
    return say("between short clauses||, ").join(texts)


def clauses(texts: list[str]) -> str:
    """Clauses of one sentence: 'a is big; b is small'."""
    return say("between clauses||; ").join(texts)


def paragraph(sentences: list[str]) -> str:
    """Whole sentences one after the other; Chinese puts no space between them."""
    text = sentences[0] if sentences else ""
    for sentence in sentences[1:]:
        text = say("{text} {sentence}", text=text, sentence=sentence)
    return text


def small_count(value: int) -> str:
    """Counts up to ten in words, for the start of a title; in Chinese in figures."""
    words = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")
    return words[value] if language() == "en" and 0 <= value < len(words) else number(value)


def times(factor: float) -> str:
    """'2.1 times'."""
    return say("{n} times", n=number(factor, 1 if factor < 10 else 0))


def replications(count_: int) -> str:
    """'1 replication', '4 replications'."""
    return say_count("{n} replication", "{n} replications", count_)


def weekday(day: int, *, short: bool = False) -> str:
    """'Monday' of 0."""
    return say((_WEEKDAYS_SHORT if short else _WEEKDAYS)[day])


def clock_text(slot: int, slots: int = 48) -> str:
    """'10:30' of half-hour 21."""
    minutes = slot * 24 * 60 // slots
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def date_text(day: date) -> str:
    """'2016-10-03', in Chinese with the characters of year, month and day."""
    return say("{year}-{month:02d}-{day:02d}", year=day.year, month=day.month, day=day.day)


def shorten(text: str, most: int = 24) -> str:
    """A name that fits a label."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}\u2026"
