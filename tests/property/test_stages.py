"""In any scenario stages are contiguous and add up, technicians work within their hours, queues obey Little's law."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parents[1] / "model"))

from repair_world import RepairWorld, plan_of, point

from sim.columns import GIVEN_UP, STAGE_IX, STAGES
from sim.distributions import Dist, constant, exponential
from sim.scenario.plan import Fault, Need, Parcel, Plan, Product, Run, Segment, Shift

times = st.one_of(
    st.none(),
    st.floats(0.0, 30.0).map(constant),
    st.floats(0.1, 10.0).map(exponential),
)
shares = st.sampled_from([0.0, 0.3, 1.0])
shifts = st.lists(st.builds(Shift, st.integers(-1, 1), st.integers(0, 2)), max_size=2).map(tuple)


@st.composite
def workshops(draw: st.DrawFn, name: str, forward_ix: int, level: int) -> Any:
    times_of: dict[str, Dist | None] = {
        key: draw(times)
        for key in (
            "hand_in",
            "counter",
            "diagnosis_time",
            "pick_up",
            "travel",
            "inbound",
            "outbound",
            "audit_time",
            "forward_transit",
        )
    }
    return point(
        name,
        shifts=draw(shifts),
        repair=draw(times) or constant(1.0),
        modes=draw(st.sampled_from([("carry_in",), ("mail_in", "on_site"), ("carry_in", "mail_in", "on_site")])),
        forward_ix=forward_ix,
        level=level,
        finish_jobs=draw(st.booleans()),
        audit_share=draw(shares),
        audit_pass=draw(st.sampled_from([0.5, 1.0])),
        dead_on_arrival=draw(st.sampled_from([0.0, 0.3])),
        **times_of,
    )


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    faults = (Fault("easy", 0.5, ((0, 0.5, 1), (1, 0.7, 2))), Fault("hard", 0.5, ((0, 1.0, 1),), level=2))
    return plan_of(
        [draw(workshops("shop", 1, 1)), draw(workshops("depot", -1, 2))],
        faults,
        needs=(
            Need("fault", "hardware", no_fault_found=draw(shares)),
            Need("cleaning", "planned", counts_in_tat=False),
        ),
        products=(Product("p", warranty_h=50.0),),
        segments=(Segment("a", 1, 20.0), Segment("b", 0, 48.0, "workshop", promise_working_days=True)),
        parcel=draw(st.sampled_from([None, Parcel(20.0, 0.0, 0.4)])),
        run=Run("2024-01-01", draw(st.floats(20.0, 400.0)), 0.0, 1, 7),
    )


orders = st.lists(
    st.tuples(st.floats(0.0, 250.0), st.integers(0, 2), st.integers(0, 1), st.integers(0, 1), st.sampled_from([0.0, 60.0])),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(plans(), orders, st.booleans(), st.sampled_from([0.0, 7.5]))
def test_stages_are_contiguous_and_add_up(plan: Plan, cases: list[Any], accepted: bool, delay: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = RepairWorld(plan, Path(folder), delays=(delay, 0.0), accepted=accepted, call_h=delay, decision_h=1.25)
        for at, mode, need, segment, age in cases:
            world.open_at(at, mode, need_ix=need, segment_ix=segment, age_h=age)
        tables = world.run()  # asserts that the wing's own checks hold
    horizon = plan.run.horizon_h
    rows = tables["orders"]
    assert len(rows) == sum(at < horizon for at, *_ in cases)
    hours = np.column_stack([rows[f"{s}_h"] for s in STAGES]) if len(rows) else np.zeros((0, len(STAGES)))
    end = np.where(np.isnan(rows["closed_h"]), horizon, rows["closed_h"])
    np.testing.assert_allclose(hours.sum(axis=1), end - rows["first_h"], rtol=1e-9, atol=1e-9)
    assert (hours >= 0).all()
    visits = tables["visits"]
    for row in rows:
        mine = visits[visits["order"] == row["order"]]
        assert mine["end_h"][:-1].tolist() == mine["begin_h"][1:].tolist()
        if len(mine):
            assert mine["begin_h"][0] == row["opened_h"]
        if not np.isnan(row["closed_h"]) and len(mine):
            assert mine["end_h"][-1] == row["closed_h"]
        assert row["outcome"] == GIVEN_UP or row["workshop"] >= 0
    check_parts(world, rows)
    check_jobs(plan, tables)


def check_parts(world: RepairWorld, rows: Any) -> None:
    """Every request is consumed, or still under way when the run ends; nothing is cancelled after a refusal."""
    log = world.parts.log
    for row in rows:
        asked = sum(1 for line in log if line[0] == "request" and line[-1] == row["order"])
        built_in = sum(1 for line in log if line[0] == "consume" and line[-1] == row["order"])
        assert asked - built_in in ((0,) if not np.isnan(row["closed_h"]) else (0, 1))
    assert not any(line[0] == "cancel" for line in log)


def check_jobs(plan: Plan, tables: Any) -> None:
    """No head does two jobs at once, and bench time in the orders is the time of the jobs."""
    jobs = tables["jobs"]
    for workshop, spec in enumerate(plan.workshops):
        for shift, heads in enumerate(s.heads for s in spec.shifts):
            mine = jobs[(jobs["workshop"] == workshop) & (jobs["shift"] == shift)]
            change = np.concatenate((np.ones(len(mine)), -np.ones(len(mine))))
            instant = np.concatenate((mine["begin_h"], mine["end_h"]))
            running = np.cumsum(change[np.lexsort((change, instant))])
            assert (running <= heads).all()
    assert (jobs["end_h"] >= jobs["begin_h"] + jobs["work_h"] - 1e-9).all()
    assert (jobs["begin_h"] >= jobs["asked_h"]).all()
    audited = tables["visits"]["stage"] == STAGE_IX["audit"]
    assert not audited.any() or any(w.audit_share > 0 for w in plan.workshops)
