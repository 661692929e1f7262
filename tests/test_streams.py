"""Streams depend on their name only; keyed draws on key, purpose and count only."""

from __future__ import annotations

import numpy as np
import pytest

from sim.streams import Streams, case_keys, keyed_uniform, keyed_uniforms, purpose_salt


def test_another_stream_changes_nothing() -> None:
    alone = Streams(7, 3).generator("transit/oslo").random(5)
    among = Streams(7, 3)
    among.generator("transit/bergen").random(100)
    assert np.array_equal(among.generator("transit/oslo").random(5), alone)
    assert not np.array_equal(Streams(7, 4).generator("transit/oslo").random(5), alone)


def test_a_name_is_used_once() -> None:
    streams = Streams(1, 0)
    streams.generator("a")
    with pytest.raises(ValueError, match="'a' was asked for twice"):
        streams.generator("a")


def test_block_size_never_changes_a_value() -> None:
    small, large = Streams(1, 0).uniforms("x", block=16), Streams(1, 0).uniforms("x", block=8192)
    assert [small() for _ in range(5000)] == [large() for _ in range(5000)]


def test_keyed_draws_are_the_same_one_by_one_and_in_bulk() -> None:
    keys = case_keys(Streams(1, 0).salt("case/calls"), 10, 500)
    salt = purpose_salt("patience")
    assert [keyed_uniform(int(k), salt, 3) for k in keys] == keyed_uniforms(keys, salt, 3).tolist()
    assert np.array_equal(case_keys(Streams(1, 0).salt("case/calls"), 200, 10), keys[190:200])


def test_keyed_draws_are_uniform_and_uncorrelated() -> None:
    keys = case_keys(12345, 0, 200_000)
    a, b = (keyed_uniforms(keys, purpose_salt(p)) for p in ("one", "two"))
    later = keyed_uniforms(keys, purpose_salt("one"), 1)
    histogram = np.histogram(a, bins=100, range=(0, 1))[0]
    chi2 = float(((histogram - 2000.0) ** 2 / 2000.0).sum())
    assert 50 < chi2 < 160  # 99 degrees of freedom, far beyond the 99.9 % band on either side
    for x, y in ((a, b), (a, later), (a[:-1], a[1:])):
        assert abs(np.corrcoef(x, y)[0, 1]) < 4 / np.sqrt(len(x))
