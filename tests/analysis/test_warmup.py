"""MSER-5 against transients whose length is known, and on series that have none."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import lfilter

import sim
from sim.analysis.series import SERIES, bin_width_h
from sim.analysis.warmup import FOUND, NOT_FOUND, TOO_SHORT, batched, cut_batches, cut_of, mser, welch
from sim.analysis.window import Floats
from sim.store import Study, replication_folder

OPEN = next(s for s in SERIES if s.id == "orders.open")


def ar1(rng: np.random.Generator, n: int, phi: float) -> Floats:
    """A stationary AR(1) series of unit variance."""
    noise = rng.normal(size=n + 500) * math.sqrt(1 - phi**2)
    return np.asarray(lfilter([1.0], [1.0, -phi], noise)[500:])


def batches(values: Floats) -> Floats:
    return values.reshape(-1, 5).mean(axis=1)


def brute_force(x: Floats) -> int:
    """The definition, term by term."""
    n = len(x)
    return min(range(n - max(5, n // 4) + 1), key=lambda d: float(((x[d:] - x[d:].mean()) ** 2).sum()) / (n - d) ** 2)


def test_the_statistic_is_the_one_defined() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        x = 7 + batches(ar1(rng, 400, 0.5)) + 3 * np.exp(-np.arange(80) / 6)
        best = brute_force(x)
        assert mser(x) == (best if best <= 40 else None)


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.9])
def test_stationary_series_are_hardly_cut(phi: float) -> None:
    """Nothing is cut in most cases, a tenth of the series in a few in a hundred."""
    rng = np.random.default_rng(1)
    cuts = [mser(batches(ar1(rng, 1000, phi))) for _ in range(400)]
    assert sum(cut == 0 for cut in cuts) > 0.6 * len(cuts)
    assert sum(cut is None or cut > 20 for cut in cuts) < 0.06 * len(cuts)


@pytest.mark.parametrize(("phi", "relaxation"), [(0.0, 10.0), (0.0, 30.0), (0.5, 30.0)])
def test_an_exponential_transient_is_cut_where_it_drowns(phi: float, relaxation: float) -> None:
    """A bias of 5 standard deviations that decays as exp(-t / relaxation), batches of five.

    What remains at the cut is about a batch's standard deviation, as MSER weighs bias against noise: from there on the bias is
    smaller than the noise of one batch.
    """
    rng = np.random.default_rng(2)
    noise = math.sqrt((1 + phi) / (1 - phi) / 5)  # of a batch mean, about
    expected = relaxation * math.log(5 / noise) / 5  # batches until the bias is that small
    cuts = [mser(batches(ar1(rng, 2000, phi) + 5 * np.exp(-np.arange(2000) / relaxation))) for _ in range(100)]
    found = np.array([cut for cut in cuts if cut is not None])
    assert len(found) > 95
    assert np.median(found) == pytest.approx(expected, rel=0.35)
    assert np.quantile(found, 0.9) < 2.0 * expected


def test_constant_series_and_steps() -> None:
    assert mser(np.full(100, 3.3)) == 0
    assert mser(np.concatenate([np.zeros(20), np.full(80, 1.1)])) == 20
    assert mser(np.concatenate([np.zeros(60), np.full(40, 1.1)])) is None  # in the second half: not found
    assert mser(np.arange(100.0)) is None


def test_a_few_alike_values_at_the_end_are_no_steady_state() -> None:
    x = np.random.default_rng(5).normal(size=100)
    x[-4:] = 0.25  # alone they would have no variance at all
    assert (cut := mser(x)) is not None
    assert cut < 10


def test_welch_curve_of_a_line_is_the_line() -> None:
    line = np.arange(40.0)
    smooth = welch(line, np.ones(40), 5)
    assert smooth[:35] == pytest.approx(line[:35])
    assert np.isnan(smooth[35:]).all()
    assert welch(np.array([1.0, 0.0, 5.0, 2.0]), np.array([1.0, 0.0, 1.0, 1.0]), 1)[:3].tolist() == [1.0, 3.0, 3.5]  # of sums


def test_bins_go_with_the_length() -> None:
    assert bin_width_h(20 * 24) * 5 == 6
    assert bin_width_h(60 * 24) * 5 == 24
    assert bin_width_h(365 * 24) * 5 == 7 * 24
    assert bin_width_h(20 * 8760) * 5 == 28 * 24


def series_of(*runs: Floats) -> tuple[Floats, Floats]:
    """Sums over replications, and the batches of each."""
    each = [np.array([values, np.ones(len(values))]) for values in runs]
    return np.sum(each, axis=0), np.array([batched(OPEN, one, 24.0) for one in each])


def test_status_of_a_series() -> None:
    rng = np.random.default_rng(4)
    values = 10 + rng.normal(size=500)
    assert (found := cut_of(OPEN, *series_of(values), 24.0)) is not None
    assert (found.status, found.batch_h) == (FOUND, 120.0)
    rising = cut_of(OPEN, *series_of(np.arange(500.0)), 24.0)
    assert rising is not None
    assert (rising.status, rising.cut_h) == (NOT_FOUND, None)
    short = cut_of(OPEN, *series_of(values[:195]), 24.0)
    assert short is not None
    assert short.status == TOO_SHORT
    assert cut_of(OPEN, np.full((2, 500), np.nan), np.full((1, 2, 100), np.nan), 24.0) is None
    total, batches = series_of(values)
    total[:, :100], batches[:, :, :20] = 0.0, 0.0  # nothing known there
    assert (found := cut_of(OPEN, total, batches, 24.0)) is not None
    assert found.cut_h is not None
    assert found.cut_h == 0.0 or found.cut_h >= 100 * 24


def test_rare_events_are_no_transient() -> None:
    """Five series, two with a burst each: MSER of the mean runs past the bursts, the median knows better."""
    rng = np.random.default_rng(6)
    runs = [10 + rng.normal(size=500) for _ in range(5)]
    for values, begin in ((runs[1], 60), (runs[3], 190)):
        values[begin : begin + 15] += 100
    _, batches = series_of(*runs)
    alone = mser(batches[:, 0].mean(axis=0))
    assert alone is not None
    assert alone > 30
    assert (cut := cut_batches(batches)) is not None
    assert cut < 10
    assert cut_batches(batches[:2]) == mser(batches[:2, 0].mean(axis=0))  # two replications have no median


def test_a_transient_of_rare_events_is_one_with_enough_replications() -> None:
    """Nothing is owed at the start: the median stays 0, the mean tells, and the replications say that it is no accident."""
    rng = np.random.default_rng(7)
    at = np.arange(500)
    runs = [np.where((rng.random(500) < 0.1) & (at >= 100), 1.0, 0.0) for _ in range(60)]
    _, batches = series_of(*runs)
    assert mser(np.median(batches[:, 0], axis=0)) == 0
    assert cut_batches(batches) == pytest.approx(20, abs=1)


def test_a_drift_is_not_found() -> None:
    rng = np.random.default_rng(8)
    _, batches = series_of(*(at / 100 + rng.normal(size=500) for at in [np.arange(500.0)] * 4))
    assert cut_batches(batches) is None


MM1 = """
title: A queue that begins empty
run: {{length: {length} h, warm_up: auto, replications: 40, seed: 5}}
cases: {{calls: {{rate: {rate}/h, channel: voice}}}}
contact_centres: {{desk: {{agents: 1, handle_time: {{exponential: 6 min}}}}}}
"""


def mm1_mean(rate: float, service: float, hours: Floats, most: int = 400) -> Floats:
    """Mean number waiting in M/M/1 that begins empty, by uniformisation of the chain cut at `most` (exact up to the cut)."""
    from scipy.sparse import diags
    from scipy.sparse.linalg import expm_multiply

    up, down = np.full(most, rate), np.full(most, service)
    out = np.concatenate((up, [0.0])) + np.concatenate(([0.0], down))
    generator = diags([down, -out, up], [1, 0, -1], format="csc")
    start = np.zeros(most + 1)
    start[0] = 1.0
    waiting = np.maximum(np.arange(most + 1) - 1, 0)
    shares = expm_multiply(generator, start, start=hours[0], stop=hours[-1], num=len(hours), endpoint=True)
    return np.asarray(shares @ waiting)


def test_a_queue_that_begins_empty_is_cut_near_its_relaxation(tmp_path: Path) -> None:
    """M/M/1 with rho 0.8: relaxation time 1 / (mu (1 - sqrt rho)^2) = 9 h, with the exact mean over time from the chain."""
    rate, service = 8.0, 10.0
    (path := tmp_path / "mm1.yaml").write_text(MM1.format(length=400, rate=rate))
    study = sim.run(path, jobs=1, out=tmp_path / "run")
    found = study.summary["warm_up"]
    assert found["found"]
    relaxation = 1 / (service * (1 - math.sqrt(rate / service)) ** 2)
    queue = found["measures"]["contact.queue.mean"]
    assert 0.5 * relaxation < queue["mser5_h"] < 4 * relaxation
    hours = np.linspace(0.0, 6 * relaxation, 60)
    exact = mm1_mean(rate, service, hours)
    assert exact[-1] == pytest.approx(0.8**2 / (1 - 0.8), rel=0.02)
    at_cut = np.interp(found["cut_h"], hours, exact)
    assert at_cut > 0.85 * 0.8**2 / (1 - 0.8)  # less than 15 % of the bias is left
    assert found["cut_h"] % 24 == 0
    curve = study.table("warmup")
    mine = curve["measure"] == "contact.queue.mean"
    first = curve["mean"][mine & (curve["day"] < 0.05)]
    assert first.mean() < 0.5 * study.mean("contact.queue.mean")  # it begins empty, and the curve shows it


def test_series_agree_with_the_measures(tmp_path: Path) -> None:
    """Over the whole run, ratios of the sums of a series are the measures themselves."""
    scenario = Path(__file__).parent.parent / "scenarios" / "desk-bench-shelf.yaml"
    sets = ["run.length=60 days", "run.warm_up=0 h", "service_points.bench.technicians=4"]
    study: Study = sim.run(scenario, replications=1, jobs=1, sets=sets, out=tmp_path / "run")
    series = np.load(replication_folder(study.folder, 0) / "series.npy")
    for i, s in enumerate(SERIES):
        above, below = series[i].sum(axis=1)
        if s.id != "parts.backorders" and not (np.isnan(above) and study.mean(s.id) == 0):
            assert above / below == pytest.approx(study.mean(s.id), rel=1e-9, abs=1e-12), s.id
    assert series.shape[2] == 300  # batches of a day
