"""Whole random scenarios, from file to tables: what must hold is computed again from the raw tables alone."""

from __future__ import annotations

import csv
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

sys.path.append(str(Path(__file__).parent))

from random_scenarios import Doc, scenarios

import sim
from sim.calendar import OpenHours, expand
from sim.columns import (
    ABANDONED,
    BLOCKED,
    CLOSED,
    CONTAINED,
    ESCALATED,
    FRESH,
    G_BACKORDERS,
    G_BENCH_QUEUE,
    G_BUSY,
    G_IN_TRANSIT,
    G_ON_HAND,
    G_ON_ORDER,
    G_OPEN_ORDERS,
    G_QUEUE,
    G_SCHEDULED,
    G_STAFFED,
    H_OPEN,
    IN_SERVICE,
    J_VISIT,
    OPEN,
    OUTBOUND,
    REPAIR,
    STAGE_IX,
    STAGES,
    WAITING,
)
from sim.experiment.replicate import replicate
from sim.rules.stocking import BaseStock, Policy
from sim.scenario.plan import Plan, Shift

Tables = dict[str, Any]
Kpis = dict[tuple[str, str], float]
EXAMPLES = int(os.environ.get("SPARESIM_EXAMPLES", "60"))  # where a person asks for a number, that many at random
QUEUES = ("diagnosis_wait", "bench_wait", "audit_wait")


def simulated(doc: Doc, folder: Path) -> tuple[Plan, Tables, Kpis]:
    """The plan of a file, and every raw table of one replication of it with the log on."""
    path = folder / "random.yaml"
    path.write_text(json.dumps(doc), encoding="utf-8")  # JSON is YAML
    plan = sim.load(path)
    place = replicate(plan, 0, folder, log=True, keep_tables=True)
    with (place / "kpis.csv").open(encoding="utf-8", newline="") as file:
        kpis = {(row["kpi"], row["group"]): float(row["value"] or "nan") for row in csv.DictReader(file)}
    return plan, {p.stem: np.load(p) for p in sorted((place / "tables").glob("*.npy"))}, kpis


@settings(max_examples=EXAMPLES, deadline=None, derandomize="SPARESIM_EXAMPLES" not in os.environ)
@given(scenarios())
def test_what_always_holds(doc: Doc) -> None:
    with tempfile.TemporaryDirectory() as folder:
        plan, tables, kpis = simulated(doc, Path(folder))
    check_contacts(plan, tables)
    check_agents(plan, tables)
    check_orders(plan, tables)
    check_technicians(plan, tables)
    check_parts(plan, tables)
    check_kpis(kpis)


def total(tables: Tables, gauge: int, owner: int = -1, sub: int = -1) -> float:
    """Integral of a gauge over the run; of all owners by default."""
    rows = tables["gauges"]
    rows = rows[(rows["gauge"] == gauge) & ((rows["owner"] == owner) | (owner < 0)) & ((rows["sub"] == sub) | (sub < 0))]
    return float(rows["integral"].sum())


def by_day(gauges: Any, gauge: int, owner: int, horizon: float) -> Any:
    """Integrals of a gauge over each day; a stretch of several days in which nothing changed is one row."""
    rows = gauges[(gauges["gauge"] == gauge) & (gauges["owner"] == owner)]
    rows = rows[np.argsort(rows["begin_h"], kind="stable")]
    assert np.allclose(rows["begin_h"][1:], (rows["begin_h"] + rows["elapsed_h"])[:-1])
    edges = np.append(rows["begin_h"], horizon)
    so_far = np.concatenate(([0.0], np.cumsum(rows["integral"])))
    days = np.unique(np.concatenate(([0.0], np.arange(edges[1] % 24, horizon, 24.0), [horizon])))
    return np.diff(np.interp(days, edges, so_far))


def until(horizon: float, instants: Any) -> Any:
    """Instants cut at the end of the run; NaN, still open, is the end."""
    return np.minimum(np.where(np.isnan(instants), horizon, instants), horizon)


# -- contacts -----------------------------------------------------------------------------------------------------------------


def check_contacts(plan: Plan, tables: Tables) -> None:
    """Every attempt has one row and one outcome, times agree with it, and attempts of a case follow each other."""
    rows, cases, horizon = tables["contacts"], tables["cases"], plan.run.horizon_h
    outcome, answered, ended = rows["outcome"], ~np.isnan(rows["answered_h"]), ~np.isnan(rows["ended_h"])
    ids = np.stack((rows["case"], rows["attempt"]), axis=1)
    assert len(np.unique(ids, axis=0)) == len(rows)
    assert (answered == ~np.isin(outcome, (ABANDONED, BLOCKED, CLOSED, WAITING))).all()
    assert (ended == ~np.isin(outcome, (WAITING, IN_SERVICE))).all()
    assert (np.isnan(rows["released_h"]) == ~(answered & ended)).all()
    assert (rows["arrived_h"] <= np.where(answered, rows["answered_h"], horizon)).all()
    assert (rows["answered_h"][answered & ended] <= rows["ended_h"][answered & ended]).all()
    assert (rows["ended_h"][answered & ended] <= rows["released_h"][answered & ended]).all()
    at_once = np.isin(outcome, (BLOCKED, CLOSED))
    assert (rows["ended_h"][at_once] == rows["arrived_h"][at_once]).all()
    assert ((rows["group"] >= 0) == (answered & ~np.isin(outcome, (CONTAINED, ESCALATED)) & (agents_serve(plan, rows)))).all()
    owned = rows[rows["case"] >= 0]
    counts = np.bincount(owned["case"], minlength=len(cases))
    last = np.zeros(len(cases), np.int64)
    np.maximum.at(last, owned["case"], owned["attempt"])
    assert (last == counts).all()  # numbered 1, 2, ... without a gap
    first = owned[owned["attempt"] == 1]
    mine = first[first["kind"] == FRESH]
    assert (mine["arrived_h"] == cases["at_h"][mine["case"]]).all()
    assert set(mine["case"]) == set(cases["case"][(cases["channel"] >= 0) & (cases["at_h"] < horizon)])
    chain = owned[~np.isin(owned["kind"], (OUTBOUND, 3))]  # a customer is in one conversation at a time
    chain = chain[np.lexsort((chain["attempt"], chain["case"]))]
    same = chain["case"][1:] == chain["case"][:-1]
    assert (chain["ended_h"][:-1][same] <= chain["arrived_h"][1:][same]).all()
    queues = [ix for ix, line in enumerate(plan.lines) if line.behaviour != "self_service"]
    waits = until(horizon, np.where(answered, rows["answered_h"], rows["ended_h"])) - rows["arrived_h"]
    assert sum(total(tables, G_QUEUE, ix) for ix in queues) == pytest.approx(waits.sum(), rel=1e-9, abs=1e-6)


def agents_serve(plan: Plan, rows: Any) -> Any:
    """True where the line that served has agents."""
    manned = np.array([line.behaviour != "self_service" for line in plan.lines] + [False])
    return manned[rows["served_line"]]


def check_agents(plan: Plan, tables: Tables) -> None:
    """Nobody is busy who is not there: by day and by the calendars."""
    rows, gauges, horizon = tables["contacts"], tables["gauges"], plan.run.horizon_h
    for ix, group in enumerate(plan.groups):
        busy, staffed, scheduled = (by_day(gauges, g, ix, horizon) for g in (G_BUSY, G_STAFFED, G_SCHEDULED))
        assert (busy >= -1e-9).all()
        assert (busy <= staffed + 1e-9).all()
        assert (scheduled <= staffed + 1e-9).all()
        heads = sum(s.heads * hours_of(plan, s).worked(horizon) for s in group.shifts)
        assert scheduled.sum() == pytest.approx(heads, rel=1e-9, abs=1e-6)
        mine = rows[rows["group"] == ix]
        spans = until(horizon, mine["released_h"]) - mine["answered_h"]
        if all(plan.lines[line].behaviour == "voice" for line in group.lines):
            assert busy.sum() == pytest.approx(spans.sum(), rel=1e-9, abs=1e-6)
        else:
            assert busy.sum() <= spans.sum() + 1e-6


def hours_of(plan: Plan, shift: Shift) -> OpenHours:
    """Expanded hours of a shift."""
    from sim.model.service.workshop import ALWAYS

    spec = plan.calendars[shift.calendar_ix] if shift.calendar_ix >= 0 else ALWAYS
    return expand(spec, plan.run.start, plan.run.horizon_h)


# -- repair orders ------------------------------------------------------------------------------------------------------------


def check_orders(plan: Plan, tables: Tables) -> None:
    """Times of orders are monotone, stages add up, visits are contiguous to the bit, open orders obey Little's law."""
    rows, visits, horizon = tables["orders"], tables["visits"], plan.run.horizon_h
    assert sorted(rows["order"].tolist()) == list(range(len(rows)))
    assert len(np.unique(rows["case"])) == len(rows)
    steps = np.stack([rows[f"{name}_h"] for name in ("first", "opened", "received", "ready", "closed")])
    for earlier, later in ((0, 1), (1, 2), (2, 3), (3, 4), (1, 4)):
        known = ~np.isnan(steps[earlier]) & ~np.isnan(steps[later])
        assert (steps[earlier][known] <= steps[later][known]).all()
    assert (np.isnan(rows["closed_h"]) == (rows["outcome"] == OPEN)).all()
    assert (rows["first_h"] == tables["cases"]["at_h"][rows["case"]]).all()
    stages = np.stack([rows[f"{s}_h"] for s in STAGES], axis=1)
    assert (stages >= 0).all()
    spans = until(horizon, rows["closed_h"]) - rows["first_h"]
    np.testing.assert_allclose(stages.sum(axis=1), spans, rtol=1e-9, atol=1e-9)
    check_visits(rows, visits, horizon)
    areas = until(horizon, rows["closed_h"]) - rows["opened_h"]
    assert total(tables, G_OPEN_ORDERS) == pytest.approx(areas.sum(), rel=1e-9, abs=1e-6)
    contacts = tables["contacts"]
    sent = contacts["case"][contacts["outcome"] == REPAIR]
    assert set(sent) <= set(rows["case"])
    assert len(set(sent)) == len(sent)
    counted = np.bincount(contacts["case"], minlength=len(tables["cases"]))
    done = rows[rows["outcome"] == OPEN]
    assert (done["contacts"] == counted[done["case"]]).all()


def check_visits(rows: Any, visits: Any, horizon: float) -> None:
    """The visits of an order run from its opening to its end, and their lengths are the order's stages."""
    visits = visits[np.lexsort((np.arange(len(visits)), visits["order"]))]
    same = visits["order"][1:] == visits["order"][:-1]
    assert (visits["end_h"][:-1][same] == visits["begin_h"][1:][same]).all()
    first = np.concatenate(([True], ~same))[: len(visits)]
    last = np.concatenate((~same, [True]))[-len(visits) :] if len(visits) else first
    by_order = rows[np.argsort(rows["order"])]
    assert (visits["begin_h"][first] == by_order["opened_h"][visits["order"][first]]).all()
    closed = by_order["closed_h"][visits["order"][last]]
    assert (np.isnan(closed) == np.isnan(visits["end_h"][last])).all()
    assert (closed[~np.isnan(closed)] == visits["end_h"][last][~np.isnan(closed)]).all()
    hours = np.zeros((len(rows), len(STAGES)))
    np.add.at(hours, (visits["order"], visits["stage"]), until(horizon, visits["end_h"]) - visits["begin_h"])
    for stage in STAGES[3:]:
        np.testing.assert_allclose(hours[:, STAGE_IX[stage]], by_order[f"{stage}_h"], rtol=1e-9, atol=1e-9)


def check_technicians(plan: Plan, tables: Tables) -> None:
    """No head does two jobs at once, a job's work is done in the hours of its shift, and the benches obey Little's law."""
    jobs, horizon = tables["jobs"], plan.run.horizon_h
    assert (jobs["asked_h"] <= jobs["begin_h"]).all()
    for ix, spec in enumerate(plan.workshops):
        for number, shift in enumerate(spec.shifts):
            mine = jobs[(jobs["workshop"] == ix) & (jobs["shift"] == number)]
            change = np.concatenate((np.ones(len(mine)), -np.ones(len(mine))))
            instant = np.concatenate((mine["begin_h"], mine["end_h"]))
            assert (np.cumsum(change[np.lexsort((change, instant))]) <= shift.heads).all()
            hours = hours_of(plan, shift)
            done = mine[mine["end_h"] <= horizon]
            inside = hours.worked_many(done["end_h"]) - hours.worked_many(done["begin_h"])
            np.testing.assert_allclose(inside + done["overtime_h"], done["work_h"], rtol=1e-9, atol=1e-6)
            assert spec.finish_jobs or (mine["overtime_h"][mine["kind"] != J_VISIT] == 0).all()  # the road home is not paused
    visits = tables["visits"]
    queued = visits[np.isin(visits["stage"], [STAGE_IX[name] for name in QUEUES])]
    waits = until(horizon, queued["end_h"]) - queued["begin_h"]
    assert total(tables, G_BENCH_QUEUE) == pytest.approx(waits.sum(), rel=1e-9, abs=1e-6)


# -- parts --------------------------------------------------------------------------------------------------------------------


def check_parts(plan: Plan, tables: Tables) -> None:
    """What came to a shelf and what left it, event by event: never below zero, and the integral is that of its gauge."""
    horizon = plan.run.horizon_h
    asked, moved = tables["part_demands"], tables["replenishments"]
    assert (asked["filled_at_once"] <= asked["quantity"]).all()
    assert (np.isnan(asked["filled_h"]) == (asked["how"] == H_OPEN)).all()
    assert (asked["filled_h"][asked["how"] != H_OPEN] >= asked["requested_h"][asked["how"] != H_OPEN]).all()
    assert (moved["quantity"] > 0).all()
    assert (moved["received_h"] >= moved["shipped_h"]).all()
    for at, place in enumerate(plan.locations):
        for part in range(len(plan.parts)):
            if place.kind != "vendor":
                check_shelf(plan, tables, at, part, horizon)
            else:
                assert not ((asked["location"] == at) & (asked["part"] == part)).any()


def check_shelf(plan: Plan, tables: Tables, at: int, part: int, horizon: float) -> None:
    """One part at one place."""
    asked, moved = tables["part_demands"], tables["replenishments"]
    mine = asked[(asked["location"] == at) & (asked["part"] == part)]
    into = moved[(moved["location"] == at) & (moved["part"] == part)]
    out = moved[(moved["source"] == at) & (moved["part"] == part)]
    waits = mine["quantity"] * (until(horizon, mine["filled_h"]) - mine["requested_h"])
    sold_down = bool(len(out)) or any(lane.source_ix == at for place in plan.locations for lane in place.lanes)
    if not sold_down and plan.locations[at].emergency is None:
        owed = total(tables, G_BACKORDERS, at, part)
        missing = (mine["quantity"] - mine["filled_at_once"]) / np.maximum(mine["quantity"], 1)
        assert owed <= (waits * missing).sum() * (1 + 1e-9) + 1e-6
        if (mine["quantity"] == 1).all():
            assert owed == pytest.approx(waits.sum(), rel=1e-9, abs=1e-6)
    if plan.run.initial == "theory":
        return  # what is on its way at the start has no rows
    policy = dict(plan.locations[at].policies).get(part)
    usual = into[into["emergency"] == 0]
    spans = np.minimum(usual["received_h"], horizon) - usual["shipped_h"]
    on_order, in_transit = total(tables, G_ON_ORDER, at, part), total(tables, G_IN_TRANSIT, at, part)
    assert in_transit == pytest.approx((usual["quantity"] * spans).sum(), rel=1e-9, abs=1e-6)
    assert in_transit <= on_order * (1 + 1e-9) + 1e-6
    on_hand, owed = total(tables, G_ON_HAND, at, part), total(tables, G_BACKORDERS, at, part)
    if isinstance(policy, BaseStock) and on_order > 0:
        assert on_hand + on_order - owed == pytest.approx(policy.S * horizon, rel=1e-9, abs=1e-6)
    start = initial_stock(plan.run.initial, policy)
    there = mine[mine["how"] != H_OPEN]
    late = there["quantity"] - there["filled_at_once"]
    instant = np.concatenate((into["received_h"], out["shipped_h"], there["requested_h"], there["filled_h"], [0.0]))
    change = np.concatenate((into["quantity"], -out["quantity"], -there["filled_at_once"], -late, [start])).astype(float)
    inside = instant <= horizon
    instant, change = instant[inside], change[inside]
    instants, which = np.unique(instant, return_inverse=True)
    level = np.cumsum(np.bincount(which, change))
    assert (level >= 0).all(), (at, part, level.min())  # lines still open may hold units, so this is the least that must be there
    if (mine["quantity"] == 1).all():
        area = (level * np.diff(np.append(instants, horizon))).sum()
        assert on_hand == pytest.approx(area, rel=1e-9, abs=1e-6), (at, part)


def initial_stock(how: str, policy: Policy | None) -> int:
    """Units on a shelf at time 0, as the documentation has it."""
    if how == "empty" or policy is None:
        return 0
    return max(0, policy.positions[1])


# -- measures -----------------------------------------------------------------------------------------------------------------


def check_kpis(kpis: Kpis) -> None:
    """Measures fit together: flows, stages and shares."""
    assert all(np.isfinite(value) for value in kpis.values()), [key for key, value in kpis.items() if not np.isfinite(value)]
    if ("tat.customer.mean", "all") in kpis:
        stages = [value for (kpi, group), value in kpis.items() if kpi.startswith("stage.") and group == "all"]
        assert sum(stages) == pytest.approx(kpis["tat.customer.mean", "all"], rel=1e-9)
    for (kpi, group), value in kpis.items():
        if kpi.endswith(("_rate", "_share", "occupancy", "utilisation", "first_time_fix", "within_promise", "probability")):
            assert -1e-9 <= value <= 1 + 1e-9, (kpi, group, value)
