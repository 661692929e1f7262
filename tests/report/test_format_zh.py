"""Numbers in Chinese: same values and digits of the same weight as in English, with units and signs of the language."""

from __future__ import annotations

import math
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.language import speaking
from sim.report import format as fmt

_FACTORS = {"k": 1e3, "M": 1e6, "bn": 1e9, "万": 1e4, "亿": 1e8, "%": 0.01, "": 1.0}
_HOURS = {"s": 1 / 3600, "秒": 1 / 3600, "min": 1 / 60, "分钟": 1 / 60, "h": 1.0, "小时": 1.0, "days": 24.0, "天": 24.0}
_PLAIN = ("欧元", "元", "EUR", "SEK", "CNY", "€")


def read(text: str) -> tuple[float, float]:
    """The value that a shown quantity says, and the weight of its last digit; units of time in hours."""
    kept = "".join(ch for ch in text if ch.isdigit() or ch == ".")
    sign = -1.0 if fmt.MINUS in text else 1.0
    unit = "".join(ch for ch in text if not (ch.isdigit() or ch in f".,+{fmt.MINUS}{fmt.NARROW_SPACE}"))
    for name in _PLAIN:
        unit = unit.replace(name, "")
    factor = _HOURS[unit] if unit in _HOURS else _FACTORS[unit]
    decimals = len(kept.partition(".")[2])
    return sign * float(kept) * factor, 10.0**-decimals * factor


def both(show: object, *args: object, **more: object) -> tuple[str, str]:
    with speaking("en"):
        english = show(*args, **more)  # type: ignore[operator]
    with speaking("zh"):
        return english, show(*args, **more)  # type: ignore[operator]


VALUES = st.floats(1e-4, 9e11).flatmap(lambda x: st.sampled_from([x, -x]))
WIDTHS = st.none() | st.floats(1e-4, 0.9)


@settings(max_examples=200, deadline=None)
@given(VALUES, WIDTHS, st.sampled_from(["CNY", "EUR", "SEK"]))
def test_money_says_the_same_in_both_languages(value: float, relative: float | None, currency: str) -> None:
    width = None if relative is None else abs(value) * relative
    english, chinese = (read(text) for text in both(fmt.money, value, currency, width))
    for said, digit in (english, chinese):
        assert abs(said - value) <= 0.5001 * digit + 1e-12
    assert abs(english[0] - chinese[0]) <= 0.5001 * (english[1] + chinese[1]) + 1e-12


@settings(max_examples=200, deadline=None)
@given(st.floats(1e-4, 1e5), WIDTHS)
def test_durations_and_shares_differ_in_the_unit_alone(value: float, relative: float | None) -> None:
    for show, values in ((fmt.hours, (value,)), (fmt.percent, (min(value, 1.0),)), (fmt.set_hours, (value,))):
        width = () if relative is None or show is fmt.set_hours else (values[0] * relative,)
        english, chinese = both(show, *values, *width)
        assert read(english) == read(chinese)
        assert abs(read(chinese)[0] - values[0]) <= 0.5001 * read(chinese)[1] + 1e-9
        assert fmt.NARROW_SPACE not in chinese


@pytest.mark.parametrize(
    ("value", "currency", "wanted"),
    [
        (431_000_000.0, "CNY", "4.3亿元"),
        (4_310_000.0, "EUR", "431万欧元"),
        (-210_000.0, "USD", f"{fmt.MINUS}21.0万美元"),
        (26.6, "GBP", "26.6英镑"),
        (2e6, "SEK", f"200万{fmt.NARROW_SPACE}SEK"),
        (5.0, "", "5.0"),
    ],
)
def test_money_is_in_wan_and_yi_with_the_currency_behind(value: float, currency: str, wanted: str) -> None:
    with speaking("zh"):
        assert fmt.money(value, currency) == wanted


def test_units_lists_and_intervals_in_chinese() -> None:
    with speaking("zh"):
        assert fmt.hours(20 / 3600) == "20.0秒"
        assert fmt.hours(0.75) == "45.0分钟"
        assert fmt.hours(132.4) == "132小时"
        assert fmt.hours(480.0) == "20.0天"
        assert fmt.percent(0.8123, 0.004) == "81.2%"
        assert [fmt.duration(h) for h in (2160.0, 2 * 8760.0, 24.0, 36.0, 12.0)] == ["90天", "2年", "1天", "1.5天", "12.0小时"]
        assert fmt.with_unit("13,800", "per day") == f"每天{fmt.NARROW_SPACE}13,800"
        assert fmt.with_unit("128\u2013136", "h") == "128\u2013136小时"
        assert fmt.with_unit("3", "points") == "3个百分点"
        assert fmt.scale_for("share", 0.5).difference_unit == "个百分点"
        assert fmt.scale_for("1/day", 3.0).unit == "每天"
        assert fmt.interval(-35.0, 3.0, fmt.hours_scale(132.0), signed=True) == f"{fmt.MINUS}38 至 {fmt.MINUS}32"
        assert fmt.in_words(["a", "b"]) == "a和b"
        assert fmt.in_words(["a", "b", "c", "d"]) == "a、b和另外2项"
        assert fmt.small_count(2) == "2"
        assert fmt.weekday(0) == "星期一"
        assert fmt.date_text(date(2016, 10, 3)) == "2016年10月3日"
        assert fmt.paragraph(["甲。", "乙。"]) == "甲。乙。"
        assert fmt.money(math.nan, "CNY") == fmt.MISSING
