"""Legal extremes: zero of everything, empty wings, horizons shorter than a lead time. All load, run and give sensible values."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.store import Study

Doc = dict[str, Any]

WHOLE: Doc = {
    "run": {"length": "60 days", "warm_up": "10 days", "replications": 2, "initial": "full"},
    "cases": {"faults": {"rate": "10/day", "channel": "voice", "needs": {"fan": "60 %"}}},
    "contact_centres": {
        "desk": {"agents": 2, "handle_time": "6 min", "patience": {"exponential": "5 min"}, "to_repair": "100 %"}
    },
    "service_points": {
        "bench": {
            "technicians": 3,
            "repair_time": {"exponential": "1.5 h"},
            "stock": {"fan": {"base_stock": 9}},
            "source": "maker",
        }
    },
    "vendors": {"maker": {"lead_time": "3 days"}},
    "parts": {"fan": {"price": "20 EUR"}},
}


def run(folder: Path, *changes: tuple[str, Any], without: tuple[str, ...] = ()) -> Study:
    """Run the scenario with changed values (dotted paths) and without some sections; every value of it is a number."""
    doc = copy.deepcopy(WHOLE)
    for name in without:
        del doc[name]
    for path, value in changes:
        *way, last = path.split(".")
        section = doc
        for key in way:
            section = section[key]
        section[last] = value
    scenario = folder / "edge.yaml"
    scenario.write_text(json.dumps(doc), encoding="utf-8")  # JSON is YAML
    study = sim.run(scenario, jobs=1, out=folder / "run")
    assert all(entry["mean"] is not None and np.isfinite(entry["mean"]) for entry in study.summary["kpis"])
    sim.report(study)
    return study


def test_nothing_unusual(tmp_path: Path) -> None:
    study = run(tmp_path)
    assert study.mean("contact.offered") == pytest.approx(10, rel=0.15)
    assert study.mean("parts.fill_rate") < 1


def test_lead_time_zero(tmp_path: Path) -> None:
    study = run(tmp_path, ("vendors.maker.lead_time", 0))
    assert study.mean("parts.fill_rate") == 1
    assert study.mean("parts.wait.mean") == 0
    assert study.mean("parts.on_order.mean") == 0
    assert study.mean("stage.part_wait.mean") == 0


def test_stock_zero_and_lead_time_zero(tmp_path: Path) -> None:
    study = run(tmp_path, ("vendors.maker.lead_time", 0), ("service_points.bench.stock.fan", {"base_stock": 0}))
    assert study.mean("parts.wait.mean") == 0  # ordered and there at the same instant
    assert study.mean("parts.on_hand.mean") == 0


def test_stock_zero_waits_a_lead_time_for_every_part(tmp_path: Path) -> None:
    study = run(tmp_path, ("service_points.bench.stock.fan", {"base_stock": 0}))
    assert study.mean("parts.fill_rate") == 0
    assert study.mean("parts.wait.mean") == pytest.approx(72, rel=0.04)  # the last three days' demands still wait at the end
    assert study.mean("parts.wait.p95") == pytest.approx(72, rel=1e-9)
    assert study.mean("parts.on_hand.mean") == 0


@pytest.mark.parametrize("policy", [{"s": -1, "S": 0}, {"review": "1 day", "S": 0}])
def test_order_up_to_zero(tmp_path: Path, policy: Doc) -> None:
    study = run(tmp_path, ("service_points.bench.stock.fan", policy))
    assert study.mean("parts.fill_rate") == 0
    assert study.mean("parts.wait.p95") >= 72 - 1e-9
    assert study.mean("parts.on_hand.mean") == 0


def test_transit_zero(tmp_path: Path) -> None:
    study = run(tmp_path, ("service_points.bench.transit", 0), ("service_points.bench.emergency", {"transit": 0}))
    short = 1 - study.mean("parts.fill_rate")  # the vendor has a lead time for emergencies, too
    assert study.mean("parts.emergency_rate") == pytest.approx(short, rel=0.05)
    assert study.mean("parts.wait.mean") == pytest.approx(72 * short, rel=0.05)


def test_agents_zero(tmp_path: Path) -> None:
    study = run(tmp_path, ("contact_centres.desk.agents", 0))
    assert study.mean("contact.abandon_rate") == pytest.approx(1, abs=0.01)
    assert study.mean("contact.answered") == 0
    assert study.mean("contact.wait.mean") == pytest.approx(5 / 60, rel=0.15)
    assert ("tat.customer.mean", "all") not in study.measures


def test_technicians_zero(tmp_path: Path) -> None:
    study = run(tmp_path, ("service_points.bench.technicians", 0))
    assert ("tat.customer.mean", "all") not in study.measures
    assert study.mean("orders.open") == pytest.approx(10 * 40, rel=0.15)  # all that come, after 40 days in the mean


def test_rate_zero(tmp_path: Path) -> None:
    study = run(tmp_path, ("cases.faults.rate", "0/day"))
    assert study.mean("contact.offered") == 0
    assert study.mean("parts.on_hand.mean") == 9
    assert study.mean("stock.value.mean") == pytest.approx(180)


def test_patience_zero(tmp_path: Path) -> None:
    study = run(
        tmp_path, ("contact_centres.desk.patience", 0), ("contact_centres.desk.agents", 1), ("cases.faults.rate", "240/day")
    )
    assert study.mean("contact.wait.mean") == 0
    # Erlang loss with one server and one erlang: B = a / (1 + a)
    assert study.mean("contact.abandon_rate") == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(
    "without",
    [
        ("contact_centres",),
        ("service_points", "parts", "vendors"),
        ("cases",),
        ("cases", "contact_centres"),
        ("cases", "contact_centres", "service_points"),
        ("cases", "contact_centres", "service_points", "parts", "vendors"),
    ],
)
def test_empty_wings(tmp_path: Path, without: tuple[str, ...]) -> None:
    changes: tuple[tuple[str, Any], ...] = ()
    if "parts" in without and "cases" not in without:
        changes = (("cases.faults", {"rate": "10/day", "channel": "voice"}),)
    if without == ("contact_centres",):
        changes = (("cases.faults.channel", "walk_in"),)
    study = run(tmp_path, *changes, without=without)
    if without == ("contact_centres",):
        assert study.mean("tat.customer.mean") > 1.5
        assert study.mean("stage.contact_wait.mean") == 0
    if "cases" not in without and "contact_centres" not in without:
        assert study.mean("contact.answered") > 5


def test_parts_without_orders_of_their_own(tmp_path: Path) -> None:
    needless = {"rate": "10/day", "channel": "voice"}
    changes = (
        ("service_points.bench", {"technicians": 3, "repair_time": "1 h"}),
        ("cases.faults", needless | {"kind": "hardware"}),
    )
    study = run(tmp_path, *changes, without=("parts", "vendors"))
    assert study.mean("stage.part_wait.mean") == 0
    assert study.mean("tat.customer.mean") > 1


def test_a_horizon_shorter_than_the_lead_time(tmp_path: Path) -> None:
    changes = (("run.length", "2 days"), ("run.warm_up", 0), ("vendors.maker.lead_time", "300 days"))
    study = run(tmp_path, *changes, ("service_points.bench.stock.fan", {"base_stock": 0}))
    assert study.mean("parts.fill_rate") == 0
    assert ("parts.wait.mean", "all") not in study.measures or study.mean("parts.wait.mean") >= 0
    assert study.mean("parts.ebo") > 0


def test_no_warm_up_and_one_replication(tmp_path: Path) -> None:
    study = run(tmp_path, ("run.warm_up", 0), ("run.replications", 1), ("targets", {"tat.customer.p90": {"max": "99 days"}}))
    assert study.replications == 1
    assert all(entry["half_width"] is None for entry in study.summary["kpis"])
    (entry,) = [e for e in study.summary["kpis"] if e["target"] is not None]
    assert entry["verdict"] == "not shown"


def test_no_time_in_any_stage(tmp_path: Path) -> None:
    site = "service_points.bench"
    changes = ((f"{site}.repair_time", 0), (f"{site}.stock.fan", {"base_stock": 500}), ("contact_centres.desk.handle_time", 0))
    study = run(tmp_path, *changes)
    assert study.mean("tat.customer.mean") == 0
    assert study.mean("work.utilisation") == 0
    assert study.mean("contact.occupancy") == 0
