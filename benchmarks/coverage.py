"""How often 95 % intervals hold the true value: `python -m benchmarks.coverage [--only queue,parts] [--jobs 2]`.

Models with a known answer, each as an ordinary scenario: M/M/1, and a depot with three bases. Replications 0, 1, 2, ... of one
seed are independent, so ten at a time make a study. Results go to results/coverage.json and the table of docs/statistics.md.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from scipy.stats import binomtest, poisson

from sim import api
from sim.analysis.distributions import EDGES_H, distribution_names
from sim.analysis.estimate import variance_reduction
from sim.analysis.intervals import (
    CountMoments,
    Interval,
    batch_test,
    mean_interval,
    ratio_interval,
    share_interval,
    welch_interval,
)
from sim.experiment.replicate import replicate
from sim.scenario.plan import Plan
from sim.store import replication_folder
from sim.theory.two_echelon import two_echelon

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "coverage.json"
PAGE = HERE.parent / "docs" / "statistics.md"
CONFIDENCE = 0.95
REPLICATIONS = 10
PIECE = 500  # replications that a process runs at a time
BATCHES = 20
LEVELS = tuple(np.arange(0.1, 0.95, 0.1))  # chances of the targets
Floats = np.ndarray[Any, np.dtype[np.float64]]
T = TypeVar("T")


@dataclass(frozen=True)
class Model:
    """A scenario, its true values, and a changed scenario whose difference is known too."""

    name: str
    title: str
    scenario: str
    means: dict[str, float]
    ratios: dict[str, float]
    quantiles: dict[tuple[str, float], float | None]  # None: from all replications together
    count: tuple[str, float]  # a measure that counts Poisson events per day, and their rate a day
    change: tuple[str, ...]
    differences: dict[str, float]
    batch_days: int

    @property
    def measures(self) -> list[str]:
        """All that is read of a replication."""
        return list(dict.fromkeys([*self.means, *self.ratios, self.count[0], *self.differences]))


def queue_model() -> Model:
    """M/M/1 with 5 arrivals an hour and 6 (or 5) minutes of handling."""

    def answers(rate: float, mean: float) -> dict[str, float]:
        rho = rate * mean
        return {
            "contact.wait.mean": rho * mean / (1 - rho),
            "contact.wait_probability": rho,
            "contact.queue.mean": rho * rho / (1 - rho),
        }

    now, faster = answers(5.0, 0.1), answers(5.0, 5 / 60)
    return Model(
        name="queue",
        title="M/M/1",
        scenario="coverage-queue.yaml",
        means=now,
        ratios={kpi: now[kpi] for kpi in ("contact.wait.mean", "contact.wait_probability")},
        quantiles={("contact.wait", p): math.log(0.5 / (1 - p)) / 5.0 for p in (0.8, 0.9, 0.95)},
        count=("contact.offered", 120.0),
        change=("contact_centres.desk.handle_time.exponential=5 min",),
        differences={kpi: faster[kpi] - now[kpi] for kpi in now},
        batch_days=10,
    )


def parts_model() -> Model:
    """A depot and three bases; the other one keeps three units at each base instead of two."""

    def answers(level: int) -> dict[str, float]:
        exact = two_echelon(7, 120.0, [0.5 / 24] * 3, [48.0] * 3, [level] * 3)
        base = exact.bases[0]
        return {
            "parts.fill_rate": base.fill_rate,
            "parts.wait.mean": base.wait,
            "parts.ebo": exact.depot.ebo + exact.ebo,
            "parts.on_hand.mean": exact.depot.on_hand + 3 * base.on_hand,
        }

    now, more = answers(2), answers(3)
    return Model(
        name="parts",
        title="Two echelons",
        scenario="coverage-parts.yaml",
        means=now,
        ratios={kpi: now[kpi] for kpi in ("parts.fill_rate", "parts.wait.mean")},
        quantiles={("parts.wait", 0.95): None},
        count=("parts.demand", 1.5),
        change=("locations.base.stock.unit.base_stock=3",),
        differences={kpi: more[kpi] - now[kpi] for kpi in now},
        batch_days=240,
    )


MODELS: dict[str, Callable[[], Model]] = {"queue": queue_model, "parts": parts_model}


@dataclass
class Sample:
    """What is kept of many replications: values and sums [replications], counts by bin."""

    values: dict[str, Floats]
    numerators: dict[str, Floats] = field(default_factory=dict)
    denominators: dict[str, Floats] = field(default_factory=dict)
    counts: dict[str, list[Floats]] = field(default_factory=dict)


def simulate(plan: Plan, count: int, measures: Sequence[str], jobs: int, say: Callable[[str], None]) -> Sample:
    """Replications 0 .. count - 1, in order however many processes there are."""
    pieces = [range(first, min(first + PIECE, count)) for first in range(0, count, PIECE)]
    if jobs == 1:
        found = [simulate_piece(plan, piece, measures) for piece in _told(pieces, say)]
    else:
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            found = list(_told(pool.map(simulate_piece, *zip(*((plan, p, measures) for p in pieces), strict=True)), say))
    values, numerators, denominators = (
        {kpi: np.concatenate([getattr(one, name)[kpi] for one in found]) for kpi in measures}
        for name in ("values", "numerators", "denominators")
    )
    return Sample(
        values, numerators, denominators, {kpi: [c for one in found for c in one.counts[kpi]] for kpi in found[0].counts}
    )


def _told(pieces: Iterable[T], say: Callable[[str], None]) -> Iterator[T]:
    begin = time.monotonic()
    for i, piece in enumerate(pieces):
        yield piece
        say(f"  {(i + 1) * PIECE}, {time.monotonic() - begin:.0f} s")


def simulate_piece(plan: Plan, wanted: Sequence[int], measures: Sequence[str]) -> Sample:
    """Run replications as `sparesim run` does, and keep the measures of the whole run."""
    found = {kind: {kpi: np.full(len(wanted), math.nan) for kpi in measures} for kind in ("value", "numerator", "denominator")}
    names = [kpi for kpi, _ in distribution_names(plan)]
    counts: dict[str, list[Floats]] = {kpi: [] for kpi in names}
    with tempfile.TemporaryDirectory() as scratch:
        for i, r in enumerate(wanted):
            place = replicate(plan, r, Path(scratch))
            sums = np.load(place / "sums.npy")
            with (place / "kpis.csv").open(encoding="utf-8", newline="") as stream:
                for row, (kpi, group, _, value) in enumerate(list(csv.reader(stream))[1:]):
                    if group == "all" and kpi in found["value"]:
                        found["value"][kpi][i] = float(value)
                        found["numerator"][kpi][i], found["denominator"][kpi][i] = sums[row]
            for kpi, row_counts in zip(names, np.load(place / "distributions.npy"), strict=True):
                counts[kpi].append(row_counts.astype(np.int32))
            shutil.rmtree(place)
    return Sample(found["value"], found["numerator"], found["denominator"], counts)


@dataclass
class Tally:
    """Rows of the result."""

    model: str
    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, kind: str, measure: str, truth: float | None, found: Iterator[tuple[Interval, float]], note: str = "") -> None:
        """Count the intervals that hold their true value."""
        held, widths, estimates = 0, [], []
        intervals = list(found)
        for interval, value in intervals:
            held += interval.covers(value)
            estimates.append(interval.estimate)
            if interval.low is not None and interval.high is not None:
                widths.append((interval.high - interval.low) / 2)
        n = len(intervals)
        ends = binomtest(held, n).proportion_ci(CONFIDENCE)
        row = {
            "model": self.model,
            "kind": kind,
            "measure": measure,
            "truth": truth,
            "mean_estimate": float(np.mean(estimates)),
            "mean_half_width": float(np.mean(widths)),
            "covered": held,
            "intervals": n,
            "coverage": held / n,
            "low": float(ends.low),
            "high": float(ends.high),
        }
        self.rows.append(row | ({"note": note} if note else {}))


def grouped(values: Floats, studies: int) -> Iterator[Floats]:
    """The values of one study after the other."""
    yield from values[: studies * REPLICATIONS].reshape(studies, REPLICATIONS)


def judge_replications(model: Model, tally: Tally, sample: Sample, studies: int, days: float) -> None:
    """Means, ratios of sums, quantiles and probabilities from independent replications."""
    for kpi, truth in model.means.items():
        tally.add("mean", kpi, truth, ((mean_interval(x, CONFIDENCE), truth) for x in grouped(sample.values[kpi], studies)))
    for kpi, truth in model.ratios.items():
        pairs = zip(grouped(sample.numerators[kpi], studies), grouped(sample.denominators[kpi], studies), strict=True)
        tally.add("ratio of sums", kpi, truth, ((ratio_interval(y, x, CONFIDENCE), truth) for y, x in pairs))
    for (kpi, p), known in model.quantiles.items():
        truth = known if known is not None else quantile_of(sample.counts[kpi], p)
        note = "" if known is not None else "true value: all replications together"
        tally.add("pooled quantile", f"{kpi}.p{round(100 * p)}", truth, quantiles(sample.counts[kpi], p, truth, studies), note)
    kpi, per_day = model.count
    tally.add("probability", f"{kpi} at most a limit", None, chances(sample.values[kpi], per_day, days, studies),
              f"{len(LEVELS)} limits a study, met with a chance of about 10 to 90 %")  # fmt: skip


def quantile_of(counts: Sequence[Floats], p: float) -> float:
    """The quantile of all observations."""
    moments = CountMoments(EDGES_H)
    moments.add(np.sum(counts, axis=0, dtype=np.float64))
    found = moments.interval(p, CONFIDENCE)
    assert found is not None
    return found.estimate


def quantiles(counts: Sequence[Floats], p: float, truth: float, studies: int) -> Iterator[tuple[Interval, float]]:
    """Pooled quantiles of the studies."""
    for first in range(0, studies * REPLICATIONS, REPLICATIONS):
        moments = CountMoments(EDGES_H)
        for one in counts[first : first + REPLICATIONS]:
            moments.add(one.astype(np.float64))
        found = moments.interval(p, CONFIDENCE)
        assert found is not None
        yield found, truth


def chances(values: Floats, per_day: float, days: float, studies: int) -> Iterator[tuple[Interval, float]]:
    """Share of replications with at most so many events; the number of a replication is a Poisson variable."""
    for limit in poisson.ppf(LEVELS, per_day * days):
        truth = float(poisson.cdf(limit, per_day * days))
        for study in grouped(values, studies):
            yield share_interval(int((np.round(study * days) <= limit).sum()), REPLICATIONS, CONFIDENCE), truth


def judge_differences(model: Model, tally: Tally, base: Sample, other: Sample, studies: int) -> dict[str, float]:
    """Differences on common seeds and on different ones; returns the variance reduction by measure."""
    gains = {}
    for kpi, truth in model.differences.items():
        a, b = (list(grouped(s.values[kpi], studies)) for s in (base, other))
        tally.add("paired difference", kpi, truth, ((mean_interval(y - x, CONFIDENCE), truth) for x, y in zip(a, b, strict=True)))
        apart = zip(a, [*b[1:], b[0]], strict=True)  # the replications of another study: independent
        tally.add("independent difference", kpi, truth, ((welch_interval(x, y, CONFIDENCE), truth) for x, y in apart))
        gains[kpi] = variance_reduction(base.values[kpi], other.values[kpi])
    return gains


def judge_batches(model: Model, tally: Tally, studies: int, say: Callable[[str], None]) -> dict[str, float]:
    """One long run a study, cut into batches; returns how often the test of the batches rejects, by measure."""
    length = f"run.length={BATCHES * model.batch_days} days"
    plan = api.load(HERE / "scenarios" / model.scenario, [length, "run.replications=1", f"run.batches={BATCHES}", "run.seed=2"])
    found: dict[str, list[Floats]] = {kpi: [] for kpi in model.means}
    sums: dict[str, list[Floats]] = {kpi: [] for kpi in model.ratios}
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        for r in range(studies):
            place = replicate(plan, r, Path(scratch))
            with (place / "batches.csv").open(encoding="utf-8", newline="") as stream:
                rows = list(csv.reader(stream))[1:]
            values = np.load(place / "batch_sums.npy")
            for kpi, kept in found.items():
                mine = [i for i, row in enumerate(rows) if row[1] == kpi and row[2] == "all"]
                kept.append(np.array([float(rows[i][4]) for i in mine]))
                if kpi in sums:
                    sums[kpi].append(values[mine])
            shutil.rmtree(replication_folder(Path(scratch), r))
            if (r + 1) % 200 == 0:
                say(f"  {r + 1} long runs, {time.monotonic() - begin:.0f} s")
    for kpi, truth in model.means.items():
        tally.add("batch means", kpi, truth, ((mean_interval(x, CONFIDENCE), truth) for x in found[kpi]))
    for kpi, truth in model.ratios.items():
        intervals = ((ratio_interval(x[:, 0], x[:, 1], CONFIDENCE), truth) for x in sums[kpi])
        tally.add("batch means, ratio of sums", kpi, truth, intervals)
    return {kpi: sum(not batch_test(x).is_passed for x in kept) / studies for kpi, kept in found.items()}


def study_model(
    model: Model, studies: int, say: Callable[[str], None], jobs: int = 1, batches_of: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Everything about one model; what is stored of its batches is kept if it is given."""
    plan = api.load(HERE / "scenarios" / model.scenario)
    changed = api.load(HERE / "scenarios" / model.scenario, model.change)
    wanted = studies * REPLICATIONS
    tally = Tally(model.title)
    say(f"{model.title}: {wanted} replications")
    base = simulate(plan, wanted, model.measures, jobs, say)
    judge_replications(model, tally, base, studies, plan.run.length_h / 24)
    base.counts.clear()
    say(f"{model.title}: {wanted} replications of the changed scenario")
    gains = judge_differences(model, tally, base, simulate(changed, wanted, model.measures, jobs, say), studies)
    if batches_of is not None:
        tally.rows += [row for row in batches_of["rows"] if row["kind"].startswith("batch means")]
        rejected = batches_of["batch_test_rejects"]
    else:
        say(f"{model.title}: {studies} long runs of {BATCHES} batches")
        rejected = judge_batches(model, tally, studies, say)
    return {
        "studies": studies,
        "replications": REPLICATIONS,
        "batches": BATCHES,
        "days": plan.run.length_h / 24,
        "batch_days": model.batch_days,
        "rows": tally.rows,
        "variance_reduction": gains,
        "batch_test_rejects": rejected,
    }


BEGIN, END = "<!-- coverage: written by python -m benchmarks.coverage -->", "<!-- end of coverage -->"


def page_table(results: dict[str, Any]) -> str:
    """The table of docs/statistics.md."""
    lines = ["| Model | Interval | Measure | Covers | 95 % CI of that | Intervals |", "| --- | --- | --- | ---: | --- | ---: |"]
    for found in results["models"].values():
        for row in found["rows"]:
            star = "*" if row.get("note", "").startswith("true value") else ""
            lines.append(
                f"| {row['model']} | {row['kind']} | `{row['measure']}`{star} | {100 * row['coverage']:.1f} % | "
                f"{100 * row['low']:.1f} to {100 * row['high']:.1f} % | {row['intervals']:,} |"
            )
    lines += ["", "\\* judged by the quantile of all replications together, where no closed form is known.", ""]
    for found in results["models"].values():
        title = found["rows"][0]["model"]
        gains = ", ".join(f"{gain:.1f} for `{kpi}`" for kpi, gain in found["variance_reduction"].items())
        rejects = ", ".join(f"{100 * share:.1f} % for `{kpi}`" for kpi, share in found["batch_test_rejects"].items())
        lines.append(f"{title}: common seeds cut the variance of the difference by a factor of {gains}. The test of the batches")
        lines.append(f"rejected {rejects} (5 % if they were independent).")
        lines.append("")
    return "\n".join(lines).rstrip()


def write_page(results: dict[str, Any], page: Path = PAGE) -> None:
    """Put the table into the page, between its marks."""
    text = page.read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    page.write_text(f"{head}{BEGIN}\n{page_table(results)}\n{END}{tail}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the coverage of intervals; write results/coverage.json and the docs.")
    parser.add_argument("--studies", type=int, default=1000, help="studies a model")
    parser.add_argument("--only", default=",".join(MODELS), help="models: queue, parts")
    parser.add_argument("--jobs", type=int, default=1, help="processes for the replications")
    parser.add_argument("--keep-batches", action="store_true", help="do not simulate the long runs again, keep what is stored")
    parser.add_argument("--results", type=Path, default=RESULTS, help="file to merge the results into")
    parser.add_argument("--page", action="store_true", help="simulate nothing, only write the table again")
    args = parser.parse_args()
    names = [name.strip() for name in args.only.split(",")]
    if unknown := set(names) - set(MODELS):
        parser.error(f"unknown model: {', '.join(sorted(unknown))}")
    for name in () if args.page else names:
        stored = json.loads(args.results.read_text()) if args.results.is_file() else {}
        kept = stored.get("models", {}).get(name) if args.keep_batches else None
        found = study_model(MODELS[name](), args.studies, lambda text: print(text, file=sys.stderr, flush=True), args.jobs, kept)
        stored = json.loads(args.results.read_text()) if args.results.is_file() else {}
        models = stored.get("models", {}) | {name: found}
        results = {"format": 1, "confidence": CONFIDENCE, "models": {key: models[key] for key in MODELS if key in models}}
        args.results.write_text(json.dumps(results, indent=1) + "\n")
        for row in found["rows"]:
            print(f"{row['coverage']:7.1%}  {row['model']}, {row['kind']}, {row['measure']}")
    if args.results == RESULTS and PAGE.is_file():
        write_page(json.loads(RESULTS.read_text()))


if __name__ == "__main__":
    main()
