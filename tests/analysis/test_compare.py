"""Paired differences and baselines on stored studies made by hand."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
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
from sim.analysis.compare import compare_studies, judged_together, paired_differences
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


SPREAD: Values = {
    ("tat.customer.mean", "all"): [10.0, 12.0, 11.0, 13.0, 9.0],
    ("contact.offered", "all"): [1.0, 2.0, 3.0, 4.0, 5.0],
    ("parts.fill_rate", "all"): [0.9, 0.8, 0.85, 0.9, 0.8],
}
SHIFTS = {"b": [0.1, -0.1, 0.2, 0.0, -0.1], "c": [-1.0, -1.2, -0.6, -0.9, -1.1], "d": [-0.2, -0.5, 0.1, -0.6, -0.4]}


def several(folder: Path) -> list[Study]:
    """A baseline and three scenarios whose differences are SHIFTS in every measure but the contacts offered."""
    studies = [stored(folder / "a", SPREAD)]
    for name, shifts in SHIFTS.items():
        values = {
            key: own if key[0] == "contact.offered" else [v + s for v, s in zip(own, shifts, strict=True)]
            for key, own in SPREAD.items()
        }
        studies.append(stored(folder / name, values))
    return studies


def test_verdicts_are_adjusted_over_the_scenarios(tmp_path: Path) -> None:
    base, *others = several(tmp_path)
    found = compare_studies(base, others, [[]] * 3)
    rows = [contrast.of("tat.customer.mean") for contrast in found.contrasts]
    alone = [stats.ttest_1samp(SHIFTS[name], 0.0).pvalue for name in "bcd"]
    assert [row.p_value for row in rows] == pytest.approx(alone)
    # Holm over three: c times 3, d times 2, b as it is
    assert [row.p_holm for row in rows] == pytest.approx([alone[0], 3 * alone[1], 2 * alone[2]])
    assert [row.direction for row in rows] == ["not shown", "better", "not shown"]
    assert [row.verdict for row in rows] == ["not shown", "better", "not shown"]
    spread = np.std(SHIFTS["c"], ddof=1) / np.sqrt(5)
    assert rows[1].half_width == pytest.approx(stats.t.ppf(0.975, 4) * spread)
    assert rows[1].simultaneous_half_width == pytest.approx(stats.t.ppf(1 - 0.025 / 3, 4) * spread)
    gain = (np.var(SPREAD["tat.customer.mean", "all"], ddof=1) + np.var(others[1].values("tat.customer.mean"), ddof=1)) / np.var(
        SHIFTS["c"], ddof=1
    )
    assert rows[1].variance_reduction == pytest.approx(gain)
    assert gain > 50
    same = found.contrasts[0].of("contact.offered")
    assert (same.verdict, same.p_holm, same.variance_reduction) == ("same", 1.0, None)
    assert found.contrasts[1].of("parts.fill_rate").verdict == "worse"


def test_what_is_shown_alone_may_not_be_among_many(tmp_path: Path) -> None:
    base, *others = several(tmp_path)
    d = others[2]
    alone = compare_studies(base, [d], [[]]).contrasts[0].of("tat.customer.mean")
    assert (alone.p_holm, alone.simultaneous_half_width) == pytest.approx((alone.p_value, alone.half_width))
    p = [0.03, 0.04, 0.02]
    rows = [(dataclasses.replace(alone, p_value=value, direction="better"),) for value in p]
    assert [family[0].verdict for family in judged_together(rows, 0.95)] == ["not shown"] * 3  # 3 x 0.02 > 0.05
    assert [family[0].verdict for family in judged_together(rows[2:], 0.95)] == ["better"]


def test_the_best_is_sought_by_the_first_headline_or_what_is_asked(tmp_path: Path) -> None:
    base, *others = several(tmp_path)
    found = compare_studies(base, others, [[]] * 3).standing
    assert found is not None
    assert (found.kpi, found.better, found.n) == ("tat.customer.mean", "less", 5)
    assert found.best is not None
    assert found.best.name == "c"
    near = found.entries[3]
    paired = np.array(SHIFTS["d"]) - np.array(SHIFTS["c"])
    width = stats.t.ppf(1 - 0.05 / 3 / 2, 4) * paired.std(ddof=1) / np.sqrt(5)
    assert (near.low, near.high) == pytest.approx((paired.mean() - width, paired.mean() + width))
    by = compare_studies(base, others, [[]] * 3, by=("parts.fill_rate", "all")).standing
    assert by is not None
    assert (by.better, by.leader.name) == ("more", "b")
    assert by.best is None
    with pytest.raises(UsageError, match=r"neither way of contact.offered is better"):
        compare_studies(base, others, [[]] * 3, by=("contact.offered", "all"))
    with pytest.raises(UsageError, match=r"a has no parts.fill_rate for group 'location=x'; it has all"):
        compare_studies(base, others, [[]] * 3, by=("parts.fill_rate", "location=x"))


def test_all_pairs_are_a_family(tmp_path: Path) -> None:
    base, *others = several(tmp_path)
    found = compare_studies(base, others, [[]] * 3, all_pairs=True)
    assert [(pair.base, pair.other) for pair in found.pairs] == [
        ("a", "b"),
        ("a", "c"),
        ("a", "d"),
        ("b", "c"),
        ("b", "d"),
        ("c", "d"),
    ]
    rows = [next(row for row in pair.rows if row.kpi == "tat.customer.mean") for pair in found.pairs]
    assert min(row.p_holm or 0 for row in rows) == pytest.approx(6 * min(row.p_value or 0 for row in rows))
    assert {row.kpi for pair in found.pairs for row in pair.rows} == {"tat.customer.mean", "parts.fill_rate"}
    found.write(tmp_path / "out")
    header, first = (tmp_path / "out" / "comparison_pairs.csv").read_text().splitlines()[:2]
    assert header.startswith(
        "base_scenario,other_scenario,kpi,group,unit,n,base,other,difference,half_width,direction,p_value,p_holm"
    )
    assert first.startswith("a,b,tat.customer.mean,all,h,5,11.0,")
    assert found.as_dict()["best"]["entries"][2]["may_be_best"] is True
    header = (tmp_path / "out" / "comparison.csv").read_text().splitlines()[0]
    assert header.startswith("scenario,kpi,group,unit,n,base,other,difference,half_width,direction,")  # as it was
    compare_studies(base, others, [[]] * 3).write(tmp_path / "less")
    assert not (tmp_path / "less" / "comparison_pairs.csv").exists()


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
