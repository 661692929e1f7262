"""The smallest service: no contact centre, owners walk in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.columns import ORDER_OUTCOMES, TABLES, dtype
from sim.engine.recorder import Recorder
from sim.model.expectation import expected_part_demand
from sim.model.world import build_world
from sim.scenario.load import load_plan
from sim.scenario.offered_load import Offered
from sim.scenario.plan import MODES, Plan
from sim.streams import Streams

JOBS = """
run: {length: 10 days, warm_up: 0 days}
cases: {jobs: {rate: 0.8/h}}
service_points: {bench: {technicians: 1, hours: 24x7, repair_time: 30 min}}
"""


def test_jobs_without_a_contact_centre_are_carried_in(tmp_path: Path) -> None:
    (tmp_path / "jobs.yaml").write_text(JOBS)
    plan = load_plan(tmp_path / "jobs.yaml")
    assert plan.sources[0].channels == (((-1, 1.0),),)
    (tmp_path / "tables").mkdir()
    world = build_world(plan, Streams(1, 0), Recorder(tmp_path / "tables", {name: dtype(name) for name in TABLES}))
    world.run()
    orders = np.load(tmp_path / "tables" / "orders.npy")
    assert len(orders) == pytest.approx(192, abs=4 * 192**0.5)  # Poisson: four standard deviations
    assert set(orders["mode"].tolist()) == {MODES.index("carry_in")}
    returned = orders[orders["outcome"] == ORDER_OUTCOMES.index("returned")]
    assert len(returned) >= len(orders) - 10
    assert returned["repair_h"] == pytest.approx(0.5)


def orders_of(text: str, tmp_path: Path) -> tuple[Plan, Any]:
    """A scenario given as text, and the orders of one run."""
    (tmp_path / "jobs.yaml").write_text(text)
    plan = load_plan(tmp_path / "jobs.yaml")
    (tmp_path / "tables").mkdir()
    world = build_world(plan, Streams(1, 0), Recorder(tmp_path / "tables", {name: dtype(name) for name in TABLES}))
    world.run()
    return plan, np.load(tmp_path / "tables" / "orders.npy")


DEPOT = """
run: {{length: 20 days, warm_up: 0 days}}
cases: {{jobs: {{kind: hardware, rate: 0.8/h, channel: walk_in, modes: {modes}, needs: {{fan: 50 %}}}}}}
depots:
  works: {{technicians: 2, hours: 24x7, repair_time: 30 min, modes: {takes}, stock: {{fan: {{base_stock: 9}}}}, source: maker}}
vendors: {{maker: {{lead_time: 1 day}}}}
parts: {{fan: {{}}}}
"""
DESK = "contact_centres: {desk: {agents: 2, hours: 24x7, handle_time: 5 min}}\n"


@pytest.mark.parametrize("centre", ["", DESK])
def test_cases_without_a_contact_are_mailed_in_where_nothing_else_is_named(tmp_path: Path, centre: str) -> None:
    plan, orders = orders_of(DEPOT.format(modes="{mail_in: 100 %}", takes="[mail_in]") + centre, tmp_path)
    assert set(orders["mode"].tolist()) == {MODES.index("mail_in")}
    returned = orders["outcome"] == ORDER_OUTCOMES.index("returned")
    assert returned.sum() >= 0.9 * len(orders) > 300
    assert list(expected_part_demand(plan).values()) == pytest.approx([0.4])
    assert Offered(plan).workshops.tolist() == pytest.approx([0.4])


@pytest.mark.parametrize(("centre", "carried"), [("", 0.25), (DESK, 1.0)])
def test_mixed_modes_without_a_contact(tmp_path: Path, centre: str, carried: float) -> None:
    text = DEPOT.format(modes="{carry_in: 25 %, mail_in: 75 %}", takes="[carry_in, mail_in]") + centre
    plan, orders = orders_of(text, tmp_path)
    share = float(np.mean(orders["mode"] == MODES.index("carry_in")))
    assert share == pytest.approx(carried, abs=4 * (carried * (1 - carried) / len(orders)) ** 0.5)
    assert list(expected_part_demand(plan).values()) == pytest.approx([0.4])
