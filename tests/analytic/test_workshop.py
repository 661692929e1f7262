"""One workshop without parts against queueing theory: Pollaczek-Khinchine, Erlang C, Cobham's priorities, utilisation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.analysis.reduce import reduce_replication
from sim.analysis.tables import open_tables
from sim.columns import J_LOOK, TABLES, dtype
from sim.engine.recorder import Recorder
from sim.model.world import build_world
from sim.streams import Streams
from sim.theory.queues import mg1_wait, mg1_wait_priority, mmc_wait

RUN = "run: {length: 500 days, warm_up: 20 days, replications: 8, seed: 11}"


def kpis_of(text: str, folder: Path) -> dict[tuple[str, str], Any]:
    """Run a scenario given as text; its summary by (kpi, group)."""
    path = folder / "scenario.yaml"
    path.write_text(text, encoding="utf-8")
    study = sim.run(sim.load(path), jobs=1, out=folder / "run")
    return {(entry["kpi"], entry["group"]): entry for entry in study.summary["kpis"]}


def assert_agrees(entry: Any, expected: float, within: float = 0.15) -> None:
    """Theory lies in twice the 95 % interval (chance of a false alarm 0.2 %), and the interval is narrow enough to tell."""
    assert entry["half_width"] < within * expected, (entry["mean"], entry["half_width"], expected)
    assert abs(entry["mean"] - expected) <= 2 * entry["half_width"], (entry["mean"], entry["half_width"], expected)


@pytest.mark.parametrize(
    ("time", "cv", "within"),
    [
        ("{exponential: 1 h}", 1.0, 0.15),
        ("{gamma: {mean: 1 h, cv: 0.5}}", 0.5, 0.15),
        ("1 h", 0.0, 0.1),
        ("{lognormal: {mean: 1 h, cv: 1.5}}", 1.5, 0.3),
    ],
)
def test_one_technician_is_an_mg1_queue(tmp_path: Path, time: str, cv: float, within: float) -> None:
    text = f"""
title: M/G/1
{RUN}
cases: {{faults: {{kind: hardware, rate: 0.6/h}}}}
service_points: {{bench: {{technicians: 1, repair_time: {time}}}}}
"""
    kpis = kpis_of(text, tmp_path)
    wait = mg1_wait(0.6, 1.0, cv)
    assert_agrees(kpis["stage.bench_wait.mean", "all"], wait, within)
    assert_agrees(kpis["work.wait.mean", "all"], wait, within)
    assert_agrees(kpis["work.queue.mean", "all"], 0.6 * wait, within)  # Little
    assert_agrees(kpis["work.utilisation", "all"], 0.6)
    assert_agrees(kpis["tat.customer.mean", "all"], wait + 1.0)
    assert_agrees(kpis["orders.open", "all"], 0.6 * (wait + 1.0))


def test_three_technicians_are_an_mmc_queue(tmp_path: Path) -> None:
    text = f"""
title: M/M/3
{RUN}
cases: {{faults: {{kind: hardware, rate: 1.2/h}}}}
service_points: {{bench: {{technicians: 3, repair_time: {{exponential: 2 h}}}}}}
"""
    kpis = kpis_of(text, tmp_path)
    assert_agrees(kpis["work.wait.mean", "all"], mmc_wait(3, 1.2, 2.0))
    assert_agrees(kpis["work.utilisation", "all"], 0.8)


def test_priorities_by_segment_follow_cobham(tmp_path: Path) -> None:
    text = f"""
title: priorities
{RUN}
segments: {{gold: {{priority: 0}}, plain: {{priority: 1}}}}
products: {{thing: {{segments: {{gold: 40 %, plain: 60 %}}}}}}
cases: {{faults: {{kind: hardware, rate: 0.7/h}}}}
service_points: {{bench: {{technicians: 1, repair_time: {{gamma: {{mean: 1 h, cv: 0.5}}}}}}}}
"""
    kpis = kpis_of(text, tmp_path)
    gold, plain = mg1_wait_priority((0.28, 0.42), (1.0, 1.0), (0.5, 0.5))
    assert_agrees(kpis["tat.customer.mean", "segment=gold"], gold + 1.0)
    assert_agrees(kpis["tat.customer.mean", "segment=plain"], plain + 1.0)


def test_work_is_conserved_within_opening_hours(tmp_path: Path) -> None:
    text = f"""
title: office hours
{RUN}
cases: {{faults: {{kind: hardware, rate: 0.25/h}}}}
service_points: {{bench: {{technicians: 2, hours: "mon-fri 9:00-17:00", repair_time: {{gamma: {{mean: 1.2 h, cv: 0.5}}}}}}}}
"""
    kpis = kpis_of(text, tmp_path)
    assert_agrees(kpis["work.utilisation", "all"], 0.25 * 168 * 1.2 / 80)  # work of a week over 2 x 40 hours


def test_waits_of_all_passes_are_the_integral_of_the_queue(tmp_path: Path) -> None:
    scenario = Path(__file__).parents[1] / "scenarios" / "desk-bench-shelf.yaml"
    plan = sim.load(scenario, ["run.length=1 year", "run.warm_up=0 days", "service_points.bench.technicians=3"])
    world = build_world(plan, Streams(1, 0), Recorder(tmp_path, {name: dtype(name) for name in TABLES}))
    world.run()
    tables = open_tables(tmp_path)
    jobs = np.load(tmp_path / "jobs.npy")
    looks = jobs[jobs["kind"] == J_LOOK]
    assert len(looks) > 100
    assert (looks["begin_h"] == looks["end_h"]).all()
    assert (looks["work_h"] == 0).all()
    kpis = {(kpi, group): value for kpi, group, _, value in reduce_replication(plan, tables).rows}
    queue, wait = kpis["work.queue.mean", "all"], kpis["work.wait.mean", "all"]
    assert queue == pytest.approx(len(jobs) / 8760.0 * wait, rel=0.01)  # Little; only those waiting at the end are missing
    begun = jobs[jobs["kind"] != J_LOOK]
    assert (begun["begin_h"] - begun["asked_h"]).sum() < 0.95 * queue * 8760.0  # the looks are no small matter
