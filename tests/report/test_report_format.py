from __future__ import annotations

import math

import pytest

from sim.report import format as fmt


def plain(text: str) -> str:
    return text.replace(fmt.NARROW_SPACE, " ")


@pytest.mark.parametrize(
    ("value", "decimals", "signed", "wanted"),
    [
        (-1234.56, 1, False, "\u22121,234.6"),
        (0.4, 0, True, "0"),
        (-0.04, 1, False, "0.0"),
        (3.0, 0, True, "+3"),
        (math.nan, 2, False, "\u2014"),
        (-math.inf, 0, False, "\u2212\u221e"),
    ],
)
def test_numbers_have_true_minus_and_separators(value: float, decimals: int, signed: bool, wanted: str) -> None:
    assert fmt.number(value, decimals, signed=signed) == wanted


@pytest.mark.parametrize(
    ("value", "half_width", "decimals"),
    [
        (132.4, 4.0, 0),
        (132.4, 0.4, 1),
        (132.4, 0.012, 1),
        (0.8312, 0.012, 3),
        (0.5, 0.3, 1),
        (5120.0, 150.0, 0),
        (7.1, None, 1),
        (0.034, None, 3),
    ],
)
def test_digits_follow_the_half_width(value: float, half_width: float | None, decimals: int) -> None:
    assert fmt.decimals_for(value, half_width) == decimals


@pytest.mark.parametrize(
    ("hours", "wanted"),
    [(20 / 3600, "20.0 s"), (0.75, "45.0 min"), (132.4, "132 h"), (24.04, "24.0 h"), (480.0, "20.0 days"), (0.0, "0 h")],
)
def test_durations_take_the_unit_of_their_size(hours: float, wanted: str) -> None:
    assert plain(fmt.hours(hours)) == wanted


def test_intervals() -> None:
    scale = fmt.hours_scale(132.0)
    assert fmt.interval(132.0, 4.0, scale) == "128\u2013136"
    assert fmt.interval(-35.0, 3.0, scale, signed=True) == "\u221238 to \u221232"
    assert fmt.interval(1.0, 3.0, scale, floor=None) == "\u22122 to 4"
    assert fmt.interval(132.0, None, scale) == "\u2014"


def test_intervals_of_what_cannot_be_negative_are_cut_at_zero_and_shares_at_100_percent() -> None:
    assert fmt.interval(1.0, 3.0, fmt.hours_scale(10.0)) == "0\u20134"
    assert fmt.interval(0.01, 0.03, fmt.scale_for("share", 0.01)) == "0\u20134"
    assert fmt.interval(0.97, 0.05, fmt.scale_for("share", 0.97)) == "92\u2013100"
    assert fmt.interval(-1.0, 3.0, fmt.hours_scale(10.0)) == "\u22124 to 2"  # a value below zero has no such bound


def test_money_is_in_millions_or_thousands_with_the_currency_in_front() -> None:
    assert plain(fmt.money(4_310_000.0, "CNY", 20_000.0)) == "CNY 4.31 M"
    assert plain(fmt.money(-210_000.0, "EUR", 1_500.0)) == "\u2212\u20ac210.0 k"
    assert plain(fmt.money(26.6, "EUR")) == "\u20ac26.6"


def test_shares_are_percentages() -> None:
    assert plain(fmt.percent(0.8123)) == "81 %"
    assert plain(fmt.percent(0.8123, 0.004)) == "81.2 %"
    assert plain(fmt.percent(0.004)) == "0.4 %"
    assert plain(fmt.percent(0.99999)) == "100 %"


def test_lengths_and_lists_in_words() -> None:
    assert plain(fmt.duration(2 * 8760.0)) == "2 years"
    assert plain(fmt.duration(2160.0)) == "90 days"
    assert fmt.in_words(["a"]) == "a"
    assert fmt.in_words(["a", "b", "c"]) == "a, b and c"
    assert fmt.in_words(["a", "b", "c", "d"]) == "a, b and 2 more"
    assert fmt.shorten("abcdefgh", 5) == "abcd\u2026"


def test_an_interval_never_rounds_onto_its_limit() -> None:
    share = fmt.scale_for("share", 0.85)
    assert fmt.interval(0.7736, 0.0728, share) == "70\u201385"
    assert fmt.interval(0.7736, 0.0728, share, limits=[0.85]) == "70.1\u201384.6"  # missed, and seen to be
    assert fmt.interval(0.775, 0.075, share, limits=[0.85]) == "70\u201385"  # it does end there
    assert fmt.interval(0.7, 0.05, share, limits=[0.85]) == fmt.interval(0.7, 0.05, share)
