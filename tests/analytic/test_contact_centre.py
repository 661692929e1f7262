"""Contact centres against exact results, through ordinary scenario files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from assertions import assert_matches
from numpy.typing import NDArray

import sim
from sim.theory.erlang import ErlangA, ErlangC
from sim.theory.queues import mg1_wait

SCENARIOS = Path(__file__).parent / "scenarios"
THRESHOLD = 20 / 3600  # h, of the service level


def run_values(name: str, *kpis: str) -> list[NDArray[np.float64]]:
    """Values by replication of some measures, all contacts together."""
    study = sim.run(SCENARIOS / f"{name}.yaml")
    return [np.asarray(study.values(kpi), dtype=float) for kpi in kpis]


def test_erlang_c_delay_probability() -> None:
    theory = ErlangC(2, 100.0, 0.01)
    delayed, level, occupancy = run_values(
        "erlang_c_delay", "contact.wait_probability", "contact.service_level", "contact.occupancy"
    )
    assert_matches(delayed, theory.delay_probability)
    assert_matches(level, theory.service_level(THRESHOLD))
    assert_matches(occupancy, theory.occupancy)


def test_erlang_c_average_speed_of_answer() -> None:
    theory = ErlangC(1, 30.0, 0.01)
    asa, wait = run_values("erlang_c_wait", "contact.asa", "contact.wait.mean")
    assert_matches(asa, theory.asa)
    assert_matches(wait, theory.asa)  # nobody hangs up


@pytest.mark.slow
def test_erlang_c_three_agents() -> None:
    theory = ErlangC(3, 180.0, 0.01)
    delayed, asa, level, queue = run_values(
        "erlang_c", "contact.wait_probability", "contact.asa", "contact.service_level", "contact.queue.mean"
    )
    assert_matches(delayed, theory.delay_probability)
    assert_matches(asa, theory.asa)
    assert_matches(level, theory.service_level(THRESHOLD))
    assert_matches(queue, theory.queue_mean)


def test_erlang_a_abandonment_and_waits() -> None:
    theory = ErlangA(2, 30.0, 0.1, 4 / 60)
    abandoned, wait, asa, delayed, level, occupancy, queue = run_values(
        "erlang_a",
        "contact.abandon_rate",
        "contact.wait.mean",
        "contact.asa",
        "contact.wait_probability",
        "contact.service_level",
        "contact.occupancy",
        "contact.queue.mean",
    )
    assert_matches(abandoned, theory.abandonment)
    assert_matches(wait, theory.mean_wait)
    assert_matches(asa, theory.asa)
    assert_matches(delayed, theory.delay_probability)
    assert_matches(level, theory.service_level(THRESHOLD))
    assert_matches(occupancy, theory.occupancy)
    assert_matches(queue, theory.queue_mean)


def test_pollaczek_khinchine_wait() -> None:
    (wait,) = run_values("m_g_1", "contact.wait.mean")
    assert_matches(wait, mg1_wait(40.0, 0.01, 0.5))


def test_agreement_needs_both_closeness_and_precision() -> None:
    """The judge itself: right and sharp passes, wrong or blunt does not."""
    spread = np.array([-1.0, 1.0] * 10)
    assert_matches(100 + spread, 100.2)
    with pytest.raises(AssertionError, match=r"allowed error"):
        assert_matches(100 + spread, 101.5)
    with pytest.raises(AssertionError, match=r"interval too wide"):
        assert_matches(100 + 5 * spread, 100.0)
