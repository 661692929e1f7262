"""Cases: rates, profiles, ages, places; and what must not change when something else is added."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from sim.columns import dtype
from sim.engine.clock import Clock
from sim.engine.recorder import Recorder
from sim.model.cases import CaseFeed
from sim.model.seams import Case, Context
from sim.scenario.plan import YEAR, CaseLog, Channel, Customer, Markets, Need, Plan, Product, Run, Segment, Source
from sim.streams import Streams


class Collector:
    """A journey that only notes who comes."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.cases: list[Case] = []

    def on_case(self, case: Case) -> None:
        assert case.at_h == self.clock.now
        self.cases.append(case)


def plan(**changes: object) -> Plan:
    markets = Markets(
        ("north", "south"),
        np.array([0, 1], np.int32),
        np.full(2, np.nan),
        np.full(2, np.nan),
        np.array([0.75, 0.25]),
        ("UTC",) * 2,
    )
    fields: dict[str, object] = {
        "name": "t",
        "title": "",
        "question": "",
        "currency": "EUR",
        "run": Run("2018-01-01", 2 * YEAR, 0.0, 1, 11),
        "regions": ("north", "south"),
        "segments": (Segment("home"), Segment("firm")),
        "markets": markets,
        "needs": (Need("fault", "hardware"),),
        "channels": (Channel("voice", "voice"), Channel("chat", "chat")),
        "sources": (Source("fault", 0, 0, rate=1.0, channels=(((0, 0.5), (1, 0.5)), ((0, 1.0),)), segment_shares=(0.8, 0.2)),),
    }
    return Plan(**{**fields, **changes})  # type: ignore[arg-type]


def born(p: Plan, folder: Path, replication: int = 0) -> list[Case]:
    clock = Clock()
    recorder = Recorder(folder, {"cases": dtype("cases")})
    journey = Collector(clock)
    CaseFeed(Context(p, clock, Streams(p.run.seed, replication), recorder), journey)  # type: ignore[arg-type]
    clock.run_until(p.run.horizon_h)
    recorder.close()
    return journey.cases


def identity(case: Case) -> tuple[float, int, int, int, float, float]:
    return case.at_h, case.key, case.market_ix, case.channel_ix, case.age_h, case.u_handle


def test_counts_and_shares(tmp_path: Path) -> None:
    cases = born(plan(), tmp_path)
    n = len(cases)
    assert abs(n - 2 * YEAR) < 4 * np.sqrt(2 * YEAR)
    assert [c.number for c in cases] == list(range(n))
    tolerance = 4 * np.sqrt(0.25 / n)
    assert sum(c.market_ix == 0 for c in cases) / n == pytest.approx(0.75, abs=tolerance)
    assert sum(c.segment_ix == 1 for c in cases) / n == pytest.approx(0.2, abs=tolerance)
    home = [c for c in cases if c.segment_ix == 0]
    assert sum(c.channel_ix == 1 for c in home) / len(home) == pytest.approx(0.5, abs=2 * tolerance)
    assert all(c.channel_ix == 0 for c in cases if c.segment_ix == 1)
    gaps = np.diff([c.at_h for c in cases])
    assert gaps.std() / gaps.mean() == pytest.approx(1.0, abs=0.03)  # Poisson


def test_an_added_source_changes_no_case_of_the_others(tmp_path: Path) -> None:
    p = plan()
    more = dataclasses.replace(p, sources=(Source("extra", 0, 0, rate=0.3, channels=(((0, 1.0),),)), *p.sources))
    alone = [identity(c) for c in born(p, tmp_path)]
    among = [identity(c) for c in born(more, tmp_path) if c.source_ix == 1]
    assert alone == among


def test_scaled_demand_stays_in_step(tmp_path: Path) -> None:
    p = plan()
    double = dataclasses.replace(p, sources=(dataclasses.replace(p.sources[0], rate=2.0),))
    base, scaled = born(p, tmp_path), born(double, tmp_path)
    pairs = list(zip(base, scaled, strict=False))
    for slow, fast in pairs[:200]:
        assert fast.key == slow.key
        assert fast.at_h == pytest.approx(slow.at_h / 2, rel=1e-9)


def test_rates_by_age_follow_the_cohorts(tmp_path: Path) -> None:
    year = 1 / YEAR
    product = Product("printer", cohorts=(100.0,) * 24, monthly_sales=(100.0,), survival=(1.0,) * 24)
    source = Source("fault", 0, 0, by_age=((0.0, 1 * year), (YEAR, 3 * year)), channels=(((0, 1.0),),))
    cases = born(plan(products=(product,), sources=(source,), segments=(Segment("all"),)), tmp_path)
    expected = 2 * (1200 * 1 + 1200 * 3)
    assert abs(len(cases) - expected) < 4 * np.sqrt(expected)
    old = sum(c.age_h >= YEAR for c in cases) / len(cases)
    assert old == pytest.approx(0.75, abs=4 * np.sqrt(0.19 / len(cases)))
    assert max(c.age_h for c in cases) < 2 * YEAR


def test_needs_out_of_warranty_may_not_reach_the_maker(tmp_path: Path) -> None:
    product = Product("printer", warranty_h=YEAR, cohorts=(100.0,) * 24, monthly_sales=(100.0,), survival=(1.0,) * 24)
    source = Source("fault", 0, 0, by_age=((0.0, 4 / YEAR),), channels=(((0, 1.0),),))
    need = Need("fault", "hardware", captured_in=1.0, captured_out=0.25)
    cases = born(plan(products=(product,), sources=(source,), needs=(need,), segments=(Segment("all"),)), tmp_path)
    old = sum(c.age_h >= YEAR for c in cases) / len(cases)
    assert old == pytest.approx(0.2, abs=0.02)


def test_a_saved_table_replayed_meets_the_same_customers(tmp_path: Path) -> None:
    p = plan(run=Run("2018-01-01", 1000.0, 0.0, 1, 11))
    first = born(p, tmp_path)
    t = np.load(tmp_path / "cases.npy")
    log = CaseLog(t["at_h"], t["key"], t["source"], t["market"], t["home"], t["segment"], t["channel"], t["age_h"])
    again = born(dataclasses.replace(p, case_log=log, sources=p.sources), tmp_path)
    assert [identity(c) for c in again] == [identity(c) for c in first]
    assert [c.u_patience for c in again] == [c.u_patience for c in first]


def test_an_example_customer_is_mixed_in(tmp_path: Path) -> None:
    p = plan(run=Run("2018-01-01", 1000.0, 0.0, 1, 11))
    wang = Customer("wang", 500.25, 0, 1, 1, 48.0, 0)
    cases = born(dataclasses.replace(p, customers=(wang,)), tmp_path)
    mine = [c for c in cases if c.customer_ix == 0]
    assert [(c.at_h, c.market_ix, c.segment_ix, c.age_h) for c in mine] == [(500.25, 1, 1, 48.0)]
    others = [identity(c) for c in cases if c.customer_ix < 0]
    assert others == [identity(c) for c in born(p, tmp_path)]
