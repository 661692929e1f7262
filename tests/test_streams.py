"""Streams depend on their name only; keyed draws on key, purpose and count only."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from sim.streams import (
    MirroredGenerator,
    Streams,
    case_keys,
    keyed_uniform,
    keyed_uniforms,
    pure_keyed_uniform,
    purpose_salt,
)


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


def test_the_second_of_an_antithetic_pair_has_mirrored_streams() -> None:
    plain, first, second = Streams(5, 6), Streams(5, 6, True), Streams(5, 7, True)
    assert np.array_equal(first.generator("a").random(100), plain.generator("a").random(100))
    u, v = Streams(5, 6).generator("b").random(1000), second.generator("b").random(1000)
    assert np.array_equal(v, (1 - 2.0**-53) - u)
    assert ((v >= 0) & (v < 1)).all()
    x, y = Streams(5, 6).generator("c").standard_exponential(1000), second.generator("c").standard_exponential(1000)
    assert np.exp(-x) + np.exp(-y) == pytest.approx(np.ones(1000))
    assert not second.mirrored or second.replication == 6


def test_mirrored_poisson_numbers_have_their_distribution() -> None:
    from scipy.stats import chisquare, poisson

    plain = np.array([Streams(1, 2 * r, True).generator("p").poisson(2.5) for r in range(800)])
    mirrored = np.array([Streams(1, 2 * r + 1, True).generator("p").poisson(2.5) for r in range(800)])
    counts = np.bincount(mirrored.clip(0, 8), minlength=9)
    shares = [*poisson.pmf(range(8), 2.5), poisson.sf(7, 2.5)]
    assert chisquare(counts, 800 * np.array(shares)).pvalue > 1e-4
    assert np.corrcoef(plain, mirrored)[0, 1] < -0.85
    assert Streams(1, 3, True).generator("q").poisson(0.0, 3).tolist() == [0, 0, 0]


def test_keys_of_mirrored_replications_give_mirrored_draws() -> None:
    streams, salt = Streams(3, 1, True), purpose_salt("patience")
    keys = case_keys(streams.salt("case/calls"), 0, 300)
    plain = [keyed_uniform(int(k), salt, 2) for k in keys]
    mirrored = [keyed_uniform(k, salt, 2) for k in streams.keys(keys)]
    assert mirrored == [(1 - 2.0**-53) - u for u in plain]
    assert mirrored == streams.keyed(keys, salt, 2).tolist()
    assert mirrored == [pure_keyed_uniform(k, salt, 2) for k in streams.keys(keys)]
    assert keyed_uniform(2**64 - 1, salt) == pure_keyed_uniform(2**64 - 1, salt)
    assert Streams(3, 1).keys(keys) == keys.tolist()


def test_the_model_uses_only_generators_that_can_be_mirrored() -> None:
    own = {"random", "standard_exponential", "poisson"}
    used = set()
    for path in (Path(__file__).parent.parent / "sim" / "model").rglob("*.py"):
        used |= set(re.findall(r"rng\.(\w+)\(", path.read_text()))
    assert used == own
    assert own <= set(vars(MirroredGenerator))
