"""Differences of inputs are told in the words of the files, the same change once."""

from __future__ import annotations

from sim.analysis.inputs import mapping_differences


def test_a_change_in_one_place() -> None:
    base = {"title": "a", "run": {"length": "1 year"}, "parts": {"fan": {"price": "20 EUR"}}}
    other = {"title": "b", "run": {"length": "1 year"}, "parts": {"fan": {"price": "25 EUR"}, "belt": {"price": "2 EUR"}}}
    assert mapping_differences(base, base) == []
    assert mapping_differences(base, other) == [
        ("parts.fan.price", "20 EUR", "25 EUR"),
        ("parts.belt", "absent", "{price: 2 EUR}"),
    ]


def test_the_same_change_in_many_places_is_one_row() -> None:
    base = {"service_points": {f"p{i}": {"technicians": 1, "stock": {f"part{k}": {"S": 1} for k in range(4)}} for i in range(5)}}
    other = {"service_points": {f"p{i}": {"technicians": 2, "stock": {f"part{k}": {"S": 3} for k in range(4)}} for i in range(5)}}
    assert sorted(mapping_differences(base, other)) == [
        ("service_points.*.stock.*.S (20 places)", "1", "3"),
        ("service_points.*.technicians (5 places)", "1", "2"),
    ]


def test_many_rows_are_cut() -> None:
    base = {"a": {f"x{i}": i for i in range(100)}}
    other = {"a": {f"x{i}": i * i + 1000 for i in range(100)}}
    rows = mapping_differences(base, other, limit=10)
    assert len(rows) == 11
    assert rows[-1] == ("...", "90 more differences", "")
