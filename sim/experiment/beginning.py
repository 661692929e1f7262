"""The stock of a replication when its clock starts, which no table has."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from sim.analysis.replay_stock import Beginning
from sim.columns import TABLES, dtype
from sim.engine.recorder import Recorder
from sim.experiment.saved_state import COLUMNS
from sim.scenario.plan import Plan
from sim.streams import Streams


def beginning_of(plan: Plan, r: int) -> Beginning:
    """Build the world of replication `r` without running it, and read its shelves.

    Parameters
    ----------
    plan
        The plan of this replication, see `replicate.plan_of`.
    r
        Its number, from 0.
    """
    from sim.model.world import build_world

    with tempfile.TemporaryDirectory(prefix="sparesim-", ignore_cleanup_errors=True) as work:
        recorder = Recorder(Path(work), {name: dtype(name) for name in TABLES if name != "cases"})
        world = build_world(plan, Streams(plan.run.seed, r, plan.run.sampling.antithetic), recorder)
        state = np.array(world.parts.end_state(), np.float64).reshape(-1, COLUMNS)
        recorder.close()
        return Beginning(state, recorder["replenishments"].rows)
