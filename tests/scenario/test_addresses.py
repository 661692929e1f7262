"""Addresses of values, as changes and the command line write them."""

import pytest

from sim.scenario.addresses import AddressError, Segment, parse_address, split_assignment


def test_addresses() -> None:
    assert parse_address("a.b") == (Segment("a"), Segment("b"))
    assert parse_address("a.\"b.c\".'d'") == (Segment("a"), Segment("b.c", True), Segment("d", True))
    assert parse_address(" a . b ") == (Segment("a"), Segment("b"))
    for text in ("", ".", "a.", ".a", "a..b", 'a"b', '"a"b', '"a'):
        with pytest.raises(AddressError):
            parse_address(text)
    assert split_assignment("a[b=c].d = e=f") == ("a[b=c].d", "e=f")
    assert split_assignment('a."x=y"=1') == ('a."x=y"', "1")
    assert split_assignment("a") is None
