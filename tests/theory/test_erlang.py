"""Erlang B, C, A and single-station formulas against published numbers, direct sums and each other."""

from __future__ import annotations

import math

import pytest

from sim.theory.erlang import ErlangA, ErlangC, agents_for_service_level, erlang_b, erlang_c
from sim.theory.queues import mg1_wait, mg1_wait_priority, mgc_wait, mmc_wait


def _loss_by_sum(servers: int, load: float) -> float:
    terms = [math.exp(k * math.log(load) - math.lgamma(k + 1)) for k in range(servers + 1)]
    return terms[-1] / math.fsum(terms)


def _erlang_a_by_time(servers: int, rate: float, handle: float, patience: float) -> list[float]:
    """Steady state by uniformised power iteration, an independent way to the same chain."""
    import numpy as np

    n = servers + 80
    births = np.full(n, rate)
    deaths = np.array([min(j, servers) / handle + max(j - servers, 0) / patience for j in range(1, n + 1)])
    generator = np.diag(births, 1) + np.diag(deaths, -1)
    generator -= np.diag(generator.sum(axis=1))
    system = np.vstack([generator.T, np.ones(n + 1)])
    p = np.linalg.lstsq(system, np.append(np.zeros(n + 1), 1.0), rcond=None)[0]
    return [float(v) for v in p]


@pytest.mark.parametrize(("servers", "load"), [(1, 0.5), (5, 3.0), (11, 10.0), (60, 75.0), (200, 180.0)])
def test_erlang_b_equals_the_truncated_poisson_sum(servers: int, load: float) -> None:
    assert erlang_b(servers, load) == pytest.approx(_loss_by_sum(servers, load), rel=1e-11)


def test_erlang_b_at_the_edges() -> None:
    assert erlang_b(0, 3.0) == 1.0
    assert erlang_b(4, 0.0) == 0.0
    assert erlang_b(1, 1.0) == 0.5
    assert erlang_b(2, 1.0) == pytest.approx(0.2, rel=1e-15)


@pytest.mark.parametrize(("servers", "load", "delayed"), [(1, 0.5, 0.5), (2, 1.0, 1 / 3), (3, 2.0, 4 / 9), (10, 8.0, 0.409180)])
def test_erlang_c_known_values(servers: int, load: float, delayed: float) -> None:
    assert erlang_c(servers, load) == pytest.approx(delayed, rel=2e-6)


def test_erlang_c_with_one_server_is_m_m_1() -> None:
    queue = ErlangC(1, 6.0, 0.1)
    assert queue.delay_probability == pytest.approx(0.6, rel=1e-14)
    assert queue.asa == pytest.approx(0.6 * 0.1 / 0.4, rel=1e-14)
    assert queue.service_level(0.25) == pytest.approx(1 - 0.6 * math.exp(-(10 - 6) * 0.25), rel=1e-14)
    assert queue.queue_mean == pytest.approx(0.6**2 / 0.4, rel=1e-14)


def test_erlang_c_overload_has_no_steady_state() -> None:
    queue = ErlangC(2, 30.0, 0.1)
    assert not queue.is_stable
    assert queue.delay_probability == 1.0
    assert queue.asa == math.inf
    assert queue.service_level(10.0) == 0.0


def test_staffing_is_the_smallest_that_does() -> None:
    """240 calls an hour of 4 min (16 Erlang): 20 agents answer 86 % within 20 s, 19 answer 76 %."""
    assert agents_for_service_level(240.0, 4 / 60, 20 / 3600, 0.80) == 20
    assert ErlangC(20, 240.0, 4 / 60).service_level(20 / 3600) > 0.80 > ErlangC(19, 240.0, 4 / 60).service_level(20 / 3600)
    with pytest.raises(ValueError, match=r"^no number of agents answers a share of 1.0 within 0.1 h$"):
        agents_for_service_level(240.0, 4 / 60, 0.1, 1.0)


@pytest.mark.parametrize(
    ("servers", "rate", "handle", "patience"), [(11, 100.0, 0.1, 4 / 60), (3, 50.0, 0.1, 0.5), (20, 100.0, 0.1, 0.02)]
)
def test_erlang_a_against_the_linear_system(servers: int, rate: float, handle: float, patience: float) -> None:
    queue = ErlangA(servers, rate, handle, patience)
    p = _erlang_a_by_time(servers, rate, handle, patience)
    queue_mean = sum((j - servers) * v for j, v in enumerate(p) if j > servers)
    assert queue.delay_probability == pytest.approx(sum(p[servers:]), rel=1e-7)
    assert queue.queue_mean == pytest.approx(queue_mean, rel=1e-6)
    assert queue.abandonment == pytest.approx(queue_mean / patience / rate, rel=1e-6)
    busy = sum(min(j, servers) * v for j, v in enumerate(p))
    assert queue.occupancy == pytest.approx(busy / servers, rel=1e-7)


@pytest.mark.parametrize(("servers", "rate"), [(11, 100.0), (8, 100.0), (14, 100.0), (2, 100.0)])
def test_erlang_a_wait_integrals_agree_with_the_chain(servers: int, rate: float) -> None:
    """The share answered by integrating over the offered wait equals one minus the abandonment of the chain."""
    queue = ErlangA(servers, rate, 0.1, 4 / 60)
    assert queue.service_level(math.inf) == pytest.approx(1 - queue.abandonment, rel=1e-8)
    assert queue.service_level(0.0) == pytest.approx(1 - queue.delay_probability, rel=1e-9)
    waited_by_lost = queue.mean_wait - queue.asa * (1 - queue.abandonment)
    assert 0 < waited_by_lost < queue.mean_wait


def test_erlang_a_tends_to_erlang_c_and_to_erlang_b() -> None:
    patient, hasty = ErlangA(11, 100.0, 0.1, 1e6), ErlangA(11, 100.0, 0.1, 1e-7)
    reference = ErlangC(11, 100.0, 0.1)
    assert patient.delay_probability == pytest.approx(reference.delay_probability, rel=1e-4)
    assert patient.asa == pytest.approx(reference.asa, rel=1e-3)
    assert patient.service_level(0.01) == pytest.approx(reference.service_level(0.01), rel=1e-4)
    assert hasty.abandonment == pytest.approx(erlang_b(11, 10.0), rel=1e-4)


def test_erlang_a_with_equal_rates_is_infinite_server() -> None:
    """If patience and handle time have one mean, the number present is Poisson."""
    queue = ErlangA(5, 40.0, 0.1, 0.1)
    expected = [math.exp(-4.0) * 4.0**j / math.factorial(j) for j in range(12)]
    assert queue.states[:12] == pytest.approx(expected, rel=1e-12)


def test_erlang_a_without_agents_or_customers() -> None:
    assert ErlangA(0, 10.0, 0.1, 0.1).abandonment == pytest.approx(1.0, rel=1e-9)
    assert ErlangA(3, 0.0, 0.1, 0.1).mean_wait == 0.0
    assert ErlangA(3, 0.0, 0.1, 0.1).delay_probability == 0.0


def test_pollaczek_khinchine() -> None:
    assert mg1_wait(0.5, 1.0, 1.0) == pytest.approx(1.0, rel=1e-15)  # M/M/1
    assert mg1_wait(0.5, 1.0, 0.0) == pytest.approx(0.5, rel=1e-15)  # M/D/1 waits half as long
    assert mg1_wait(0.8, 1.0, 2.0) == pytest.approx(0.8 * 5 / 0.4, rel=1e-15)
    assert mg1_wait(1.0, 1.0, 0.5) == math.inf


def test_priorities_keep_the_conserved_sum() -> None:
    """Kleinrock's conservation law: the load-weighted waits add up to the same as first come, first served."""
    rates, means, cvs = (0.2, 0.3, 0.1), (1.0, 1.5, 0.5), (1.0, 0.5, 2.0)
    waits = mg1_wait_priority(rates, means, cvs)
    rho = sum(r * m for r, m in zip(rates, means, strict=True))
    residual = sum(r * m * m * (1 + c * c) for r, m, c in zip(rates, means, cvs, strict=True)) / 2
    weighted = sum(r * m * w for r, m, w in zip(rates, means, waits, strict=True))
    assert weighted == pytest.approx(rho * residual / (1 - rho), rel=1e-13)
    assert waits[0] < waits[1] < waits[2]
    assert mg1_wait_priority((0.9, 0.5), (1.0, 1.0), (1.0, 1.0))[1] == math.inf


def test_m_g_c_reduces_to_the_exact_cases() -> None:
    assert mgc_wait(1, 0.5, 1.0, 0.3) == pytest.approx(mg1_wait(0.5, 1.0, 0.3), rel=1e-12)
    assert mgc_wait(4, 3.0, 1.0, 1.0) == mmc_wait(4, 3.0, 1.0)
