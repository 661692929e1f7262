"""Paired differences and baselines on stored studies made by hand."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from small_tables import repair_plan

from sim.analysis.baseline import (
    CHANGED,
    IDENTICAL,
    INPUTS_CHANGED,
    WITHIN_NOISE,
    baselines_in,
    changed_inputs,
    judge,
    write_baseline,
)
from sim.analysis.compare import compare_studies, paired_differences
from sim.analysis.kpis import KPIS
from sim.analysis.plain import plan_differences
from sim.errors import UsageError
from sim.scenario.plan import Plan, Shift, Target
from sim.store import REPLICATION_COLUMNS, Study, write_csv, write_json

Values = dict[tuple[str, str], list[float]]


def stored(folder: Path, values: Values, seed: int = 1) -> Study:
    """A run folder with the given values."""
    folder.mkdir(parents=True)
    n = len(next(iter(values.values())))
    rows = ((folder.name, r, k, g, KPIS[k].unit, v[r]) for r in range(n) for (k, g), v in values.items() if v[r] == v[r])
    write_csv(folder / "replications.csv", REPLICATION_COLUMNS, rows)
    facts = {"name": folder.name, "digest": "d", "seed": seed, "replications": n, "confidence": 0.95}
    write_json(folder / "manifest.json", facts)
    write_json(folder / "summary.json", {"steady_state": True, "kpis": []})
    return Study(folder)


BASE: Values = {
    ("tat.customer.mean", "all"): [100.0, 120.0, 90.0, 110.0],
    ("tat.customer.mean", "region=north"): [50.0, 60.0, float("nan"), 40.0],
    ("parts.fill_rate", "all"): [0.9, 0.91, 0.92, 0.93],
    ("orders.open", "all"): [1 / 3, 2 / 3, 0.1, 1e-17],
}


def moved(by: float, noise: float = 0.0) -> Values:
    signs = [1, -1, 1, -1]
    return {key: [v + by + noise * s for v, s in zip(values, signs, strict=True)] for key, values in BASE.items()}


def test_values_read_back_exactly(tmp_path: Path) -> None:
    study = stored(tmp_path / "a", BASE)
    assert study.values("orders.open").tolist() == BASE["orders.open", "all"]
    assert np.isnan(study.values("tat.customer.mean", "region=north")[2])
    with pytest.raises(KeyError, match=r"no measure 'orders.open' for group 'region=x'; its groups are all"):
        study.values("orders.open", "region=x")


def test_pairing_takes_out_what_replications_share(tmp_path: Path) -> None:
    base, other = stored(tmp_path / "a", BASE), stored(tmp_path / "b", moved(-2.0, 0.5))
    rows = {(r.kpi, r.group): r for r in paired_differences(base, other, 0.95)}
    found = rows["tat.customer.mean", "all"]
    # differences -1.5, -2.5, -1.5, -2.5: s = sqrt(1/3), t(3) = 3.1824463
    assert found.difference == -2.0
    assert found.half_width == pytest.approx(3.182446305 * np.sqrt(1 / 3) / 2, abs=1e-8)
    assert found.direction == "better"
    assert rows["parts.fill_rate", "all"].direction == "worse"
    assert rows["tat.customer.mean", "region=north"].n == 3


def test_same_studies_are_the_same(tmp_path: Path) -> None:
    rows = paired_differences(stored(tmp_path / "a", BASE), stored(tmp_path / "b", BASE), 0.95)
    assert {r.direction for r in rows} == {"same"}


def test_other_seeds_cannot_be_paired(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a has seed 1 and b 2: pairing needs the same seed"):
        paired_differences(stored(tmp_path / "a", BASE), stored(tmp_path / "b", BASE, seed=2), 0.95)


def test_comparison_is_written_whole(tmp_path: Path) -> None:
    base, other = stored(tmp_path / "a", BASE), stored(tmp_path / "b", moved(-2.0, 0.5))
    found = compare_studies(base, [other], [[("workshops[oslo].shifts[0].heads", "1", "2")]])
    found.write(tmp_path / "out")
    first = (tmp_path / "out" / "comparison.csv").read_text().splitlines()[1].split(",")
    assert first[:8] == ["b", "tat.customer.mean", "all", "h", "4", "105.0", "103.0", "-2.0"]
    assert found.as_dict()["scenarios"][0]["inputs"][0]["path"] == "workshops[oslo].shifts[0].heads"
    assert found.contrasts[0].of("orders.open").base == pytest.approx(0.275)


def two_heads(plan: Plan) -> Plan:
    shop = dataclasses.replace(plan.workshops[0], shifts=(Shift(-1, 2),))
    return dataclasses.replace(plan, title="other", workshops=(shop, *plan.workshops[1:]))


def test_plan_differences_name_the_place() -> None:
    plan = repair_plan()
    assert plan_differences(plan, plan) == []
    assert plan_differences(plan, two_heads(plan)) == [("workshops[oslo].shifts[0].heads", "1", "2")]
    fewer = dataclasses.replace(plan, workshops=plan.workshops[:1], targets=(Target("orders.open", "all", None, 3.0, "1"),))
    assert [d[0] for d in plan_differences(plan, fewer)] == ["workshops[bergen]", "targets"]


def test_check_tells_noise_from_change_from_inputs(tmp_path: Path) -> None:
    plan = repair_plan()
    study = stored(tmp_path / "a", BASE)
    write_baseline(tmp_path / "baselines" / "x", plan, study, scenario="x.yaml", reason="first", date="2026-01-01")
    (baseline,) = baselines_in(tmp_path / "baselines")
    assert judge(baseline, study).status == IDENTICAL
    noisy = judge(baseline, stored(tmp_path / "n", moved(0.3, 4.0)))
    assert (noisy.status, noisy.failed) == (WITHIN_NOISE, False)
    shifted = judge(baseline, stored(tmp_path / "s", moved(3.0, 0.01)))
    assert (shifted.status, shifted.failed) == (CHANGED, True)
    assert shifted.changes[0].p_value < 0.01
    tiny = judge(baseline, stored(tmp_path / "t", {k: [v * 1.001 for v in vs] for k, vs in BASE.items()}))
    assert tiny.status == WITHIN_NOISE  # real, but below the margin of 0.5 %
    other = two_heads(plan)
    assert changed_inputs(baseline, plan) == ()
    assert changed_inputs(baseline, other) == ("workshops",)
    verdict = judge(baseline, study, changed_inputs(baseline, other))
    assert (verdict.status, verdict.failed) == (INPUTS_CHANGED, True)
    assert verdict.text() == "x: inputs changed (workshops); results: identical"


def test_a_measure_that_is_gone_is_a_change(tmp_path: Path) -> None:
    write_baseline(tmp_path / "b" / "x", repair_plan(), stored(tmp_path / "a", BASE), scenario="x", reason="first")
    (baseline,) = baselines_in(tmp_path / "b", ["x"])
    less = {key: v for key, v in BASE.items() if key[0] != "orders.open"}
    verdict = judge(baseline, stored(tmp_path / "l", less))
    assert (verdict.status, verdict.note) == (CHANGED, "1 measures are gone")


def test_a_baseline_needs_a_reason(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a baseline needs a reason"):
        write_baseline(tmp_path / "x", repair_plan(), stored(tmp_path / "a", BASE), scenario="x", reason=" ")
