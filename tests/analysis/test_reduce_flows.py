"""Flows between places: nothing that moves is lost, and what leaves a depot is what was asked of it."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from small_tables import repair_plan, rows_of, tables_of

from sim.analysis.reduce_flows import KINDS, Flow, flow_pairs, reduce_flows
from sim.analysis.tables import open_tables
from sim.analysis.window import window_of
from sim.distributions import constant
from sim.experiment.study import run_study
from sim.scenario.load import load_plan
from sim.scenario.plan import Lane, Location, Plan
from sim.store import Study, replication_folder

ROOT = Path(__file__).parents[2]


def chain_plan() -> Plan:
    """A maker, a depot and a point that may be helped out from anywhere upstream."""
    maker = Location("maker", "vendor", 0, 0.0, 0.0, lead_time=constant(24.0))
    depot = Location("depot", "depot", 0, 1.0, 1.0, (Lane(0, constant(1.0)),))
    point = Location("oslo", "point", 0, 2.0, 2.0, (Lane(1, constant(1.0)),), emergency=Lane(-1, constant(0.5)))
    return repair_plan(locations=(maker, depot, point))


def test_pairs_are_what_the_plan_allows() -> None:
    assert flow_pairs(chain_plan()) == [Flow(0, 1, 0), Flow(1, 2, 0), Flow(0, 2, 1), Flow(1, 2, 1)]


def test_flows_count_what_is_asked_and_opened_inside_the_window() -> None:
    moved = rows_of(
        "replenishments",
        {"location": 2, "source": 1, "quantity": 5, "ordered_h": 23.0},  # before the window
        {"location": 2, "source": 1, "quantity": 3, "ordered_h": 24.0},
        {"location": 2, "source": 1, "quantity": 4, "ordered_h": 100.0, "shipped_h": 300.0},
        {"location": 2, "source": 1, "quantity": 1, "ordered_h": 100.0, "emergency": 1},
        {"location": 2, "source": 0, "quantity": 2, "ordered_h": 100.0, "emergency": 1},
        {"location": 1, "source": 0, "quantity": 9, "ordered_h": 100.0},
    )
    plan = chain_plan()
    tables = tables_of(replenishments=moved)
    assert reduce_flows(plan, tables["replenishments"], tables["orders"], window_of(plan)).tolist() == [9.0, 7.0, 2.0, 1.0]


@pytest.fixture(scope="module", params=["network/three-tier.yaml", "tests/scenarios/every-feature.yaml"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, Study]:
    plan = load_plan(ROOT / request.param, ["run.length=60 days", "run.warm_up=20 days"])
    return plan, run_study(plan, tmp_path_factory.mktemp("flows") / "run", jobs=1, replications=1, keep_tables=True)


def test_all_that_moves_is_in_the_file_and_depots_send_what_is_asked_of_them(made: tuple[Plan, Study]) -> None:
    plan, study = made
    window = window_of(plan)
    tables = open_tables(replication_folder(study.folder, 0) / "tables")
    (moved,), (asked,), (orders,) = (list(tables[n].blocks()) for n in ("replenishments", "part_demands", "orders"))
    with (study.folder / "flows.csv").open(encoding="utf-8", newline="") as file:
        flows = list(csv.DictReader(file))

    def total(**wanted: str) -> float:
        return sum(float(f["per_year"]) * window.years for f in flows if all(f[k] == v for k, v in wanted.items()))

    inside = window.holds(moved["ordered_h"])
    for urgent, kind in enumerate(KINDS[:2]):
        units = moved["quantity"][inside & (moved["emergency"] == urgent)].sum()
        assert total(kind=kind) == pytest.approx(float(units))
    sent = window.holds(orders["opened_h"]) & (orders["forwarded"] != 0)
    assert total(kind="forward") == pytest.approx(float(sent.sum()))
    demand = {k["group"]: k["mean"] * window.days for k in study.summary["kpis"] if k["kpi"] == "parts.demand"}
    own = np.bincount(asked["location"], asked["quantity"] * window.holds(asked["requested_h"]), len(plan.locations))
    checked = 0
    for i, place in enumerate(plan.locations):
        given = demand.get(f"location={place.name}")
        if given is not None:
            checked += 1
            assert total(**{"from": place.name, "kind": "replenishment"}) + own[i] == pytest.approx(given)
    assert checked > 2
