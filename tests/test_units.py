"""Quantities: every unit, the way back to text, and the exact words for what cannot be read."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import units
from sim.units import UnitError


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("90 s", 0.025),
        ("4 min", 4 / 60),
        ("4min", 4 / 60),
        ("1.5 h", 1.5),
        (" 2 days ", 48.0),
        ("1 day", 24.0),
        (".5 day", 12.0),
        ("3 weeks", 504.0),
        ("2 months", 1460.0),
        ("1 year", 8760.0),
        ("20 years", 175_200.0),
        ("1 h 30 min", 1.5),
        ("1e2 h", 100.0),
        (0, 0.0),
        ("0", 0.0),
    ],
)
def test_duration_in_hours(text: object, hours: float) -> None:
    assert units.parse_duration(text) == pytest.approx(hours, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "per_hour"),
    [
        ("100/h", 100.0),
        ("20/day", 20 / 24),
        ("0.5 /year", 0.5 / 8760),
        ("3 / 30 days", 3 / 720),
        ("20/days", 20 / 24),
        ("2/min", 120.0),
        (0, 0.0),
    ],
)
def test_rate_per_hour(text: object, per_hour: float) -> None:
    assert units.parse_rate(text) == pytest.approx(per_hour, rel=1e-15)


def test_shares_money_and_weights() -> None:
    assert units.parse_share("5 %") == 0.05
    assert units.parse_share("5%") == 0.05
    assert units.parse_share(0.05) == 0.05
    assert units.parse_share("120 %") == 1.2
    assert units.parse_share_rate("18 %/year") == pytest.approx(0.18 / 8760, rel=1e-15)
    assert units.parse_share_rate("0.18/year") == pytest.approx(0.18 / 8760, rel=1e-15)
    assert units.parse_money("410 CNY", "CNY") == 410.0
    assert units.parse_money(410, "CNY") == 410.0
    assert units.parse_money("410 CNY") == 410.0
    assert units.parse_money_rate("35 CNY/h", "CNY") == 35.0
    assert units.parse_money_rate("240 EUR/day", "EUR") == 10.0
    assert units.parse_money_per_kg("2 EUR/kg", "EUR") == 2.0
    assert units.parse_money_per_kg("1 EUR/g", "EUR") == pytest.approx(1000.0)
    assert units.parse_weight("2.2 kg") == 2.2
    assert units.parse_weight("300 g") == pytest.approx(0.3, rel=1e-15)
    assert units.parse_number("12") == 12.0
    assert units.currency_of("35 CNY/h") == "CNY"
    assert units.currency_of("35 min") == ""


@pytest.mark.parametrize(
    ("parse", "value", "code", "message"),
    [
        (units.parse_duration, "4 mins", "E401", "unknown unit of time 'mins'; did you mean 'min'?"),
        (units.parse_duration, "4 hrs", "E401", "unknown unit of time 'hrs'; did you mean 'h'?"),
        (units.parse_duration, "4 H", "E401", "unknown unit of time 'H'; did you mean 'h'?"),
        (units.parse_duration, "4 dayz", "E401", "unknown unit of time 'dayz'; did you mean 'day'?"),
        (
            units.parse_duration,
            "4 Q",
            "E401",
            "unknown unit of time 'Q'; the units of time are s, min, h, day, week, month, year",
        ),
        (units.parse_duration, 5, "E402", "5 needs a unit; write for example '5 min' or '5 days'"),
        (units.parse_duration, "0.5", "E402", "'0.5' needs a unit; write for example '0.5 min' or '0.5 days'"),
        (units.parse_duration, "-4 min", "E404", "'-4 min' is negative; a duration is 0 or more"),
        (units.parse_duration, "10:30", "E403", "'10:30' is a time of day, not a duration; write '10.5 h'"),
        (
            units.parse_duration,
            "1,5 h",
            "E403",
            "'1,5 h' groups digits or has a decimal comma; write digits alone and a decimal point, such as 1234.5",
        ),
        (units.parse_duration, "soon", "E403", "'soon' does not begin with a number; write a number and a unit, such as '4 min'"),
        (units.parse_duration, True, "E403", "true is not a quantity; write a number and a unit"),
        (units.parse_duration, None, "E403", "nothing is not a quantity; write a number and a unit"),
        (units.parse_duration, ["4 min"], "E403", "a list is not a quantity; write a number and a unit"),
        (units.parse_duration, "1e999 h", "E404", "'1e999 h' is not a finite number"),
        (units.parse_duration, 10**400, "E404", f"{10**400} is not a finite number"),
        (units.parse_rate, 20, "E402", "20 needs a unit; write for example '20/day'"),
        (units.parse_rate, "20 per day", "E401", "'20 per day' is not a rate; write '20/day'"),
        (units.parse_rate, "20/d", "E401", "unknown unit of time 'd'; did you mean 'day'?"),
        (units.parse_rate, "20/", "E402", "a unit of time is missing; the units of time are s, min, h, day, week, month, year"),
        (units.parse_rate, "20/0 days", "E404", "'/0 days' is not a period of time"),
        (
            units.parse_share,
            "5 percent",
            "E401",
            "'5 percent' is not a share; write a percentage such as '5 %' or a number such as 0.05",
        ),
        (units.parse_share_rate, "18 %", "E402", "'18 %' needs a unit of time; write for example '18 %/year'"),
        (units.parse_weight, 2, "E402", "2 needs a unit; write '2 kg' or '2 g'"),
        (units.parse_weight, "2 lb", "E401", "unknown unit of weight 'lb'; the units of weight are g, kg, t"),
        (units.parse_number, "2 kg", "E401", "'2 kg' has a unit where a plain number is expected; write 2"),
    ],
)
def test_messages(parse: Callable[[object], float], value: object, code: str, message: str) -> None:
    with pytest.raises(UnitError) as caught:
        parse(value)
    assert (caught.value.code, str(caught.value)) == (code, message)


@pytest.mark.parametrize(
    ("value", "code", "message"),
    [
        ("20 EUR", "E405", "'20 EUR' is not in the scenario's currency CNY; convert it to CNY"),
        ("20 cny", "E401", "unknown currency 'cny' in '20 cny'; did you mean 'CNY'?"),
        ("20 yuan", "E401", "unknown currency 'yuan' in '20 yuan'; write an amount such as '20 CNY'"),
    ],
)
def test_money_messages(value: str, code: str, message: str) -> None:
    with pytest.raises(UnitError) as caught:
        units.parse_money(value, "CNY")
    assert (caught.value.code, str(caught.value)) == (code, message)


@pytest.mark.parametrize(
    ("hours", "text"),
    [
        (0.0, "0 min"),
        (96.0, "4 days"),
        (24.0, "1 day"),
        (36.0, "36 h"),
        (1.5, "1.5 h"),
        (0.1, "6 min"),
        (1 / 60, "1 min"),
        (90 / 3600, "90 s"),
        (8760.0, "1 year"),
        (720 * 24.0, "720 days"),
        (20 * 8760.0, "20 years"),
        (2407.2, "100 days"),
        (2.345678, "2.35 h"),
        (-96.0, "-4 days"),
        (math.inf, "never"),
        (math.nan, "-"),
    ],
)
def test_format_duration(hours: float, text: str) -> None:
    assert units.format_duration(hours) == text


@given(st.floats(min_value=1e-3, max_value=1e6))
def test_formatted_durations_read_back_within_their_digits(hours: float) -> None:
    assert units.parse_duration(units.format_duration(hours)) == pytest.approx(hours, rel=5.1e-3)
    assert units.parse_duration(units.format_duration(hours, digits=12)) == pytest.approx(hours, rel=1e-11)


def test_arithmetic_keeps_the_unit_and_whole_numbers() -> None:
    assert units.scale_quantity("4 min", 1.1) == "4.4 min"
    assert units.scale_quantity("20/day", 1.1) == "22/day"
    assert units.scale_quantity("60 %", 0.5) == "30 %"
    assert units.scale_quantity(3, 1.1) == 3.3
    assert units.scale_quantity(120, 1.1) == 132
    assert isinstance(units.scale_quantity(120, 1.1), int)
    assert units.add_quantity("2 days", "12 h") == "2.5 days"
    assert units.add_quantity(3, 1) == 4
    assert units.add_quantity("60 %", "-5 %") == "55 %"
    with pytest.raises(UnitError, match=r"^1 cannot be added to '2 days'; write '1 days'$"):
        units.add_quantity("2 days", 1)
    with pytest.raises(UnitError, match=r"^'1 kg' cannot be added to '2 days'$"):
        units.add_quantity("2 days", "1 kg")


@pytest.mark.parametrize(
    "parse",
    [
        units.parse_duration,
        units.parse_rate,
        units.parse_share,
        units.parse_share_rate,
        units.parse_money,
        units.parse_money_rate,
        units.parse_money_per_kg,
        units.parse_weight,
    ],
)
@given(text=st.text(max_size=12))
def test_any_text_is_read_or_refused(parse: Callable[[object], float], text: str) -> None:
    try:
        number = parse(text)
    except UnitError:
        return
    assert not math.isnan(number)
