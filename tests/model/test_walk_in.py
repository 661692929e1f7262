"""The smallest service: no contact centre, owners walk in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.columns import ORDER_OUTCOMES, TABLES, dtype
from sim.engine.recorder import Recorder
from sim.model.world import build_world
from sim.scenario.load import load_plan
from sim.scenario.plan import MODES
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
