"""The arithmetic behind staff and stock: queues and shelves against theory, the plain YAML reader against the library."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import pytest
import yaml

NETWORK = Path(__file__).resolve().parents[2] / "network"
sys.path.insert(0, str(NETWORK))

from derive_common import (  # noqa: E402
    base_stock_for,
    distance_km,
    erlang_c,
    heads_for_wait,
    number,
    poisson_cdf,
    read_yaml,
    reorder_level_for,
    service_level,
)
from derive_demand import rates_by_month, survival  # noqa: E402


def test_erlang_c() -> None:
    assert erlang_c(1, 0.8) == pytest.approx(0.8)
    assert erlang_c(2, 1.0) == pytest.approx(1 / 3)
    assert erlang_c(5, 6.0) == 1.0
    assert service_level(2, 1.0, 1.0, 0.0) == pytest.approx(2 / 3)


def test_heads_for_wait_is_the_smallest_crew() -> None:
    assert heads_for_wait(0.5, 1.0, 1.0, 0.9) == 1  # M/M/1: wait = rho / (1 - rho) = 1 service time
    assert heads_for_wait(0.51, 1.0, 1.0, 0.9) == 2


def test_base_stock_by_palm() -> None:
    assert poisson_cdf(0, 1.0) == pytest.approx(math.exp(-1))
    assert base_stock_for(1.0, 0.91) == 3  # P(N <= 2) = 0.9197
    assert base_stock_for(1.0, 0.93) == 4


def test_reorder_level_reaches_its_ready_rate() -> None:
    s = reorder_level_for(10.0, 1, 0.95)
    assert poisson_cdf(s, 10.0) >= 0.95 > poisson_cdf(s - 1, 10.0)


def test_distance() -> None:
    assert distance_km(0, 0, 0, 180) == pytest.approx(math.pi * 6371)
    assert distance_km(39.9, 116.4, 31.2, 121.5) == pytest.approx(1068, abs=5)  # Beijing to Shanghai


def test_quantities() -> None:
    assert number("62 %") == pytest.approx(0.62)
    assert number("95 min") == pytest.approx(95 / 60)
    assert number("0.365/year") * 8760 == pytest.approx(0.365)


def test_rates_follow_age() -> None:
    rates = rates_by_month({"from 0 years": "0.1/year", "from 1 year": "0.2/year"}, 14)
    assert rates == pytest.approx([0.1] * 12 + [0.2] * 2)


def test_survival_has_its_mean() -> None:
    alive = survival({"weibull": {"mean": "5 years", "shape": "3"}}, 240)
    assert sum(alive) / 12 == pytest.approx(5.0, rel=1e-3)


@pytest.mark.parametrize("name", ["hp-china-2017.yaml", "asus-2008.yaml", "three-tier.yaml"])
def test_plain_reader_agrees_with_the_library(name: str) -> None:
    path = NETWORK / name
    assert read_yaml(path) == yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
