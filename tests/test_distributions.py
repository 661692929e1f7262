"""Moments, quantiles and scaling of every distribution."""

from __future__ import annotations

import numpy as np
import pytest

from sim import distributions as d

ALL = [
    d.constant(3.0),
    d.exponential(2.0),
    d.gamma(4.0, 0.5),
    d.gamma(1.0, 2.0),
    d.lognormal(6.0, 0.9),
    d.weibull(5.0, 3.0),
    d.triangular(1.0, 2.0, 6.0),
    d.uniform(1.0, 5.0),
    d.empirical([1.0, 2.0, 10.0], [5, 3, 2]),
]


@pytest.mark.parametrize("dist", ALL, ids=lambda x: x.kind)
def test_quantile_function_reproduces_mean_and_variance(dist: d.Dist) -> None:
    u = (np.arange(400_000) + 0.5) / 400_000
    x = dist.ppf(u)
    assert x.mean() == pytest.approx(dist.mean, rel=2e-3)
    assert x.var() == pytest.approx(dist.variance, rel=2e-2, abs=1e-12)
    assert np.all(np.diff(x) >= 0)


@pytest.mark.parametrize("dist", ALL, ids=lambda x: x.kind)
def test_scalar_form_and_scaling_agree_with_the_vector_form(dist: d.Dist) -> None:
    u = np.array([0.0, 0.001, 0.3, 0.5, 0.77, 0.999999])
    one = dist.sampler().draw
    assert [one(v) for v in u] == pytest.approx(dist.ppf(u).tolist(), rel=1e-9, abs=1e-12)
    assert dist.scaled(2.5).ppf(u) == pytest.approx(2.5 * dist.ppf(u), rel=1e-9, abs=1e-12)


def test_named_parameters_are_mean_and_cv() -> None:
    assert (d.gamma(4.0, 0.5).mean, d.gamma(4.0, 0.5).cv) == pytest.approx((4.0, 0.5))
    assert (d.lognormal(6.0, 0.9).mean, d.lognormal(6.0, 0.9).cv) == pytest.approx((6.0, 0.9))
    assert d.weibull(5.0, 3.0).mean == pytest.approx(5.0)
    assert d.gamma(3.0, 0.0) == d.constant(3.0)
