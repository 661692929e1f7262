"""Uncertain inputs, antithetic pairs and control variates through the front door, against theory."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chi2

import sim
from sim import api
from sim.analysis.compare import paired_differences
from sim.analysis.controls import adjusted
from sim.analysis.estimate import t_interval
from sim.experiment.controls import controls_of
from sim.experiment.replicate import replicate
from sim.sampling import block_means, drawn_inputs
from sim.scenario.load import load_plan
from sim.store import Study, read_json, replication_folder
from sim.theory.erlang import ErlangC

SCENARIO = Path(__file__).parent.parent / "scenarios" / "doubtful-demand.yaml"
DRAWS = 60
SURE = ("cases.calls.rate=15/h", "locations.depot.demand.fan=4/day", "run.draws_per_input=1")
COUNTS = (*SURE, "run.length=4 days", "run.warm_up=0 days")


def row(study: Study, name: str, kpi: str, group: str = "all") -> dict[str, float]:
    table = study.table(name)
    (found,) = table[(table["kpi"] == kpi) & (table["group"] == group)]
    return {key: found[key] for key in table.dtype.names or ()}


@pytest.fixture(scope="module")
def doubtful(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """60 draws of the inputs, two replications each, of short runs."""
    out = tmp_path_factory.mktemp("runs") / "doubt"
    return sim.run(SCENARIO, replications=DRAWS * 2, sets=["run.length=4 days", "run.warm_up=0 days"], out=out, jobs=1)


def test_the_variance_of_a_count_is_that_of_inputs_and_that_of_sampling(doubtful: Study) -> None:
    """Poisson with a random rate: Var(N) = E[rate] t + Var(rate) t^2, in calls a day over 4 days."""
    counts = doubtful.values("contact.offered")
    of_input, of_sampling = (0.02 * 15 * 24) ** 2, 15 * 24 / 4
    found = row(doubtful, "variance", "contact.offered")
    assert found["mean"] == pytest.approx(counts.mean(), rel=1e-12)
    within = ((counts[::2] - counts[1::2]) ** 2 / 2).mean()
    assert found["sampling_sd"] ** 2 == pytest.approx(within, rel=1e-9)
    low, high = chi2.ppf([1e-4, 1 - 1e-4], DRAWS) / DRAWS
    assert low <= within / of_sampling <= high
    between = block_means(counts, 2).var(ddof=1) * 2
    low, high = chi2.ppf([1e-4, 1 - 1e-4], DRAWS - 1) / (DRAWS - 1)
    assert low <= between / (of_sampling + 2 * of_input) <= high
    assert found["input_sd"] ** 2 == pytest.approx((between - within) / 2, rel=1e-9)
    share = of_input / (of_input + of_sampling)
    assert found["share_low"] <= share <= found["share_high"]
    demand = row(doubtful, "variance", "parts.demand")
    assert demand["share_low"] <= (4 / 12) / (4 / 12 + 4 / 4) <= demand["share_high"]


def test_intervals_take_the_draws_as_independent_values(doubtful: Study) -> None:
    want = t_interval(block_means(doubtful.values("contact.offered"), 2), 0.95)
    (entry,) = [e for e in doubtful.summary["kpis"] if (e["kpi"], e["group"]) == ("contact.offered", "all")]
    assert entry["n"] == DRAWS
    assert (entry["mean"], entry["half_width"]) == pytest.approx((want.mean, want.half_width))
    assert abs(want.mean - 360) < 2 * (want.half_width or 0)
    naive = t_interval(doubtful.values("contact.offered"), 0.95)
    assert (want.half_width or 0) > 1.1 * (naive.half_width or 0)
    assert doubtful.block == 2
    assert len(doubtful.table("theory")) == 0  # theory at the mean input is not the mean over inputs
    daily = doubtful.table("daily")
    first = daily[(daily["measure"] == "contact.offered") & (daily["day"] == 0)]
    frames = [np.load(replication_folder(doubtful.folder, r) / "daily.npy")[:, 0] for r in range(2 * DRAWS)]
    column = next(i for i in range(len(frames[0])) if np.isclose(np.mean([f[i] for f in frames]), first["mean"][0]))
    by_block = t_interval(block_means(np.array([f[column] for f in frames]), 2), 0.95)
    assert (first["mean"][0], first["half_width"][0]) == pytest.approx((by_block.mean, by_block.half_width))


def test_inputs_are_listed_with_their_effects(doubtful: Study) -> None:
    inputs = doubtful.table("inputs")
    assert inputs["input"].tolist() == ["cases.calls.rate", "locations.depot.demand.fan"]
    assert inputs["mean"] == pytest.approx([15.0, 4.0])
    assert inputs["p95"][1] == pytest.approx(4.9)
    effects = doubtful.table("input_effects")
    wait = effects[effects["kpi"] == "contact.wait.mean"]
    assert wait["spearman"][0] > 0.2
    assert wait["p_value"][0] < 0.05
    fill = effects[effects["kpi"] == "parts.ebo"]
    assert fill["spearman"][1] > 0.3
    assert fill["coefficient"][1] > 0.3
    plan = load_plan(SCENARIO)
    meta = read_json(replication_folder(doubtful.folder, 5) / "meta.json")
    assert meta["inputs"]["cases.calls.rate"] == f"{drawn_inputs(plan, 5)[0]!r}/h"


def test_all_scenarios_meet_the_same_draws(tmp_path: Path) -> None:
    """More agents and a wider rate: the rates of both are the same quantiles, and calls that are not scaled are the same."""
    short = ["run.length=10 days", "run.draws_per_input=1"]
    one = sim.run(SCENARIO, replications=4, sets=short, out=tmp_path / "a", jobs=1)
    two = sim.run(SCENARIO, replications=4, sets=[*short, "contact_centres.desk.agents=3"], out=tmp_path / "b", jobs=1)
    assert np.array_equal(one.values("contact.offered"), two.values("contact.offered"))
    assert np.ptp(one.values("contact.offered")) > 0
    assert (one.values("contact.wait.mean") > two.values("contact.wait.mean")).all()
    assert np.array_equal(one.values("parts.ebo"), two.values("parts.ebo"))


def test_a_study_with_uncertain_inputs_is_the_same_with_processes(tmp_path: Path) -> None:
    short = ["run.length=3 days", "run.control_variates=true"]
    one = sim.run(SCENARIO, replications=4, sets=short, out=tmp_path / "a", jobs=1)
    two = sim.run(SCENARIO, replications=4, sets=short, out=tmp_path / "b", jobs=2)
    for name in ("replications", "variance", "inputs", "input_effects", "controls", "daily"):
        assert (one.folder / f"{name}.csv").read_bytes() == (two.folder / f"{name}.csv").read_bytes()
    place = replicate(load_plan(SCENARIO, short), 3, tmp_path / "c")
    assert (place / "kpis.csv").read_bytes() == (replication_folder(one.folder, 3) / "kpis.csv").read_bytes()


@pytest.fixture(scope="module")
def paired(tmp_path_factory: pytest.TempPathFactory) -> Study:
    out = tmp_path_factory.mktemp("runs") / "pairs"
    return sim.run(SCENARIO, replications=80, sets=[*COUNTS, "run.antithetic=true"], out=out, jobs=1)


def test_antithetic_pairs_are_negatively_correlated_and_unbiased(paired: Study) -> None:
    counts = paired.values("contact.offered")
    correlation = np.corrcoef(counts[::2], counts[1::2])[0, 1]
    assert correlation < -0.35
    found = row(paired, "antithetic", "contact.offered")
    assert found["pairs"] == 40
    assert found["gain"] == pytest.approx(1 / (1 + found["correlation"]))
    assert found["correlation"] == pytest.approx(correlation, abs=0.1)
    assert found["gain"] > 1.5
    assert row(paired, "antithetic", "parts.demand")["gain"] > 1.4
    assert row(paired, "antithetic", "contact.aht")["gain"] > 1.2
    assert row(paired, "antithetic", "contact.wait.mean")["gain"] > 1.0
    for kpi, want in (("contact.offered", 360.0), ("parts.demand", 4.0), ("contact.aht", 0.1)):
        interval = t_interval(block_means(paired.values(kpi), 2), 0.999)
        assert interval.low <= want <= interval.high
    second = counts[1::2]
    assert second.var(ddof=1) == pytest.approx(15 * 24 / 4, rel=0.5)


def test_the_first_of_a_pair_is_an_ordinary_replication(paired: Study, tmp_path: Path) -> None:
    plain = sim.run(SCENARIO, replications=3, sets=list(COUNTS), out=tmp_path, jobs=1)
    for r in (0, 2):
        file = replication_folder(paired.folder, r) / "kpis.csv"
        assert file.read_bytes() == (replication_folder(plain.folder, r) / "kpis.csv").read_bytes()
    assert not (plain.folder / "antithetic.csv").exists()
    assert plain.block == 1


def test_paired_differences_of_antithetic_studies_are_by_pairs(paired: Study, tmp_path: Path) -> None:
    more = [*COUNTS, "run.antithetic=true", "contact_centres.desk.agents=3"]
    other = sim.run(SCENARIO, replications=12, sets=more, out=tmp_path, jobs=1)
    (found,) = [d for d in paired_differences(paired, other, 0.95) if (d.kpi, d.group) == ("contact.wait.mean", "all")]
    difference = other.values("contact.wait.mean") - paired.values("contact.wait.mean")[:12]
    want = t_interval(block_means(difference, 2), 0.95)
    assert found.n == 6
    assert (found.difference, found.half_width) == pytest.approx((want.mean, want.half_width))
    assert found.base + found.difference == pytest.approx(found.other)


def test_uncertain_inputs_of_a_pair_are_mirrored() -> None:
    plan = load_plan(SCENARIO, ["run.draws_per_input=1", "run.antithetic=true"])
    a, b = drawn_inputs(plan, 6), drawn_inputs(plan, 7)
    assert a[1] + b[1] == pytest.approx(8.0)


def test_controls_have_mean_zero() -> None:
    plan = load_plan(SCENARIO, COUNTS)
    found = [controls_of(plan, r) for r in range(150)]
    for name, sd in (("cases", 1 / math.sqrt(1440)), ("handle", 1 / math.sqrt(1440)), ("demands", 1 / 4)):
        values = np.array([one[name] for one in found])
        assert abs(values.mean()) < 4 * sd / math.sqrt(150)
        assert values.std(ddof=1) == pytest.approx(sd, rel=0.25)


def test_controls_of_an_installed_base_have_mean_zero() -> None:
    """Case types by age, profiles and captured shares: the mean number of cases is that of the generator."""
    plan = load_plan("small")
    born = np.array([controls_of(plan, r)["cases"] for r in range(12)])
    assert abs(born.mean()) < 4 * born.std(ddof=1) / math.sqrt(12) + 1e-12
    assert 0 < born.std(ddof=1) < 0.05


LONG = (*SURE, "run.length=10 days", "run.warm_up=1 day", "run.control_variates=true")


def test_control_variates_gain(tmp_path: Path) -> None:
    """Wait probability of M/M/2: the controls explain most of its variance, and the adjusted interval holds theory's value."""
    study = sim.run(SCENARIO, replications=24, sets=list(LONG), out=tmp_path, jobs=1)
    whole = row(study, "controls", "contact.wait_probability")
    assert whole["gain"] > 2.5
    assert whole["n"] == 24
    assert whole["mean"] == pytest.approx(study.mean("contact.wait_probability"))
    (entry,) = [e for e in study.summary["kpis"] if (e["kpi"], e["group"]) == ("contact.wait_probability", "all")]
    assert entry["mean"] == pytest.approx(whole["mean"])  # nothing is silently replaced
    assert abs(whole["adjusted"] - ErlangC(2, 15.0, 0.1).delay_probability) < 1.5 * whole["adjusted_half_width"]
    assert whole["adjusted_half_width"] < 0.7 * whole["half_width"]


@pytest.mark.slow
def test_adjusted_intervals_cover(tmp_path: Path) -> None:
    """Wait probability of M/M/2 with 10 replications in each of 60 studies, which are stretches of one study."""
    study = sim.run(SCENARIO, replications=600, sets=list(LONG), out=tmp_path)
    theory = ErlangC(2, 15.0, 0.1).delay_probability
    values = study.values("contact.wait_probability")
    stored = [read_json(replication_folder(study.folder, r) / "controls.json") for r in range(600)]
    controls = np.array([[one["cases"], one["handle"]] for one in stored])
    found = [adjusted(values[i : i + 10], controls[i : i + 10], 0.95) for i in range(0, 600, 10)]
    known = [one for one in found if one is not None]
    assert len(known) == 60
    assert sum(abs(one.mean - theory) <= one.half_width for one in known) >= 52  # 57 expected, 52 has probability 0.98
    assert np.median([one.gain for one in known]) > 2


def test_switching_control_variates_on_later_simulates_nothing(tmp_path: Path) -> None:
    short = [*COUNTS[:3], "run.length=2 days", "run.warm_up=0 days"]
    sim.run(SCENARIO, replications=8, sets=short, out=tmp_path, jobs=1)
    again = sim.run(SCENARIO, replications=8, sets=[*short, "run.control_variates=true"], out=tmp_path, jobs=1)
    assert again.manifest["run_here"] == []
    assert row(again, "controls", "contact.offered")["adjusted"] == pytest.approx(360.0)
    off = sim.run(SCENARIO, replications=8, sets=short, out=tmp_path, jobs=1)
    assert not (off.folder / "controls.csv").exists()


def test_console_and_page_tell_what_is_uncertain(doubtful: Study, paired: Study) -> None:
    sentences = " ".join(api.run_text(doubtful).sentences)
    assert "between replications comes from the 2 uncertain inputs" in sentences
    assert "Antithetic pairs make" in " ".join(api.run_text(paired).sentences)
    page = api.report(doubtful.folder).read_text(encoding="utf-8")
    assert "Uncertainty and variance" in page
    assert "cases.calls.rate" in page
    assert "gamma, mean 15/h, cv 0.02" in page
