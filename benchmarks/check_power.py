"""How often `check` cries wolf, and what it finds: `python -m benchmarks.check_power [--pool FOLDER] [--replications 4,10,20]`.

A pool of replications of `scenarios/small.yaml` is simulated once, as it is and under changes; thousands of decisions are then
put together from it, each with a baseline and a new study drawn without replacement. The share of alarms is then an incomplete
U-statistic of the pool (Blom 1976, Biometrika 63, 573-580). Decisions are made by the very function that `check` uses.

Null cases: another seed (the random numbers fully out of step), one stream renamed, the streams of the repairs renamed (both on
common seeds: partly in step). Changes: one input of the scenario moved by 5 %, as if a fault in the code had done it, once in
step with the baseline and once out of step.

Writes results/check_power.json and the table between the marks in docs/ci.md.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import machine
from sim.analysis.baseline import MARGIN, SIGNIFICANCE, is_gone, is_kept
from sim.analysis.shifts import find_shifts

ROOT = Path(__file__).resolve().parents[1]
SCENARIO = ROOT / "scenarios" / "small.yaml"
RESULTS = Path(__file__).with_name("results") / "check_power.json"
PAGE = ROOT / "docs" / "ci.md"
BASE, CHANGED = 2000, 400  # replications simulated
NULLS, SHIFTS = 10_000, 1_000  # decisions

# words of the table: changes of the scenario, and the streams that a case renames
CHANGES: dict[str, tuple[str, ...]] = {
    "number of devices in the field": (f"products.device.sales.history={[315] * 12 + [336] * 12 + [357] * 12}",),
    "handle time of calls": ("contact_centres.desk.lines.voice.handle_time.lognormal.mean=6.3 min",),
    "repair time": ("service_points.*.repair_time.gamma.mean=73.5 min", "depots.depot.repair_time.gamma.mean=63 min",
                    "teams.field.repair_time.gamma.mean=63 min", "cases.hardware.faults.board.repair_time.gamma.mean=2.1 h"),
    "wages of agents": ("contact_centres.desk.groups.agents.wage=25.2 EUR/h",
                        "contact_centres.desk.groups.experts.wage=35.7 EUR/h"),
    "patience of callers": ("contact_centres.desk.lines.voice.patience.exponential=5.25 min",),
    "transit and parcels": ("service_points.*.transit=25.2 h", "service_points.*.forward_transit=25.2 h",
                            "parcel.fixed=31.5 h", "parcel.per_km=0.021 h"),
    "lead time of the maker": ("vendors.maker.lead_time.gamma.mean=9.45 days",),
}  # fmt: skip
RENAMED = {
    "one stream renamed": ("lead/maker",),
    "streams of the repairs renamed": ("arrivals/hardware", "case/hardware", "lead/"),
}

Floats = NDArray[np.float64]
Pool = dict[str, dict[tuple[str, str], Floats]]


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def simulated(job: tuple[tuple[str, ...], tuple[str, ...], int, int]) -> list[tuple[int, list[tuple[str, str, float]]]]:
    """The kept measures of some replications; streams whose names begin with one of `renamed` get another name."""
    import sim
    import sim.experiment.replicate as experiment
    from sim.streams import Streams

    sets, renamed, first, last = job

    class Renamed(Streams):
        def generator(self, name: str) -> np.random.Generator:
            return super().generator(f"{name} renamed" if name.startswith(renamed) else name)

        def salt(self, name: str) -> int:
            return super().salt(f"{name} renamed" if name.startswith(renamed) else name)

    before = experiment.Streams
    if renamed:
        experiment.Streams = Renamed  # type: ignore[misc]
    plan = sim.load(SCENARIO, sets)
    found = []
    try:
        for r in range(first, last):
            with tempfile.TemporaryDirectory() as folder:
                place = experiment.replicate(plan, r, Path(folder))
                with (place / "kpis.csv").open(encoding="utf-8", newline="") as stream:
                    rows = [(k, g, float(v)) for k, g, _, v in list(csv.reader(stream))[1:] if is_kept(k, g)]
            found.append((r, rows))
    finally:
        experiment.Streams = before  # type: ignore[misc]
    return found


def pool_of(folder: Path, base: int, changed: int, jobs: int) -> Pool:
    """Measures [replication] by case; '' is the scenario as it is. Cases that the folder has are read from there."""
    cases: dict[str, tuple[tuple[str, ...], tuple[str, ...], int]] = {"": ((), (), base)}
    cases |= {name: ((), renamed, changed) for name, renamed in RENAMED.items()}
    cases |= {name: (sets, (), changed) for name, sets in CHANGES.items()}
    folder.mkdir(parents=True, exist_ok=True)
    pool: Pool = {}
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as workers:
        for name, (sets, renamed, count) in cases.items():
            path = folder / f"{name.replace(' ', '-') or 'base'}-{count}.npz"
            if not path.is_file():
                values: dict[tuple[str, str], Floats] = {}
                parts = [(sets, renamed, at, min(at + 50, count)) for at in range(0, count, 50)]
                for part in workers.map(simulated, parts):
                    for r, rows in part:
                        for kpi, group, value in rows:
                            values.setdefault((kpi, group), np.full(count, np.nan))[r] = value
                np.savez_compressed(path, **{f"{kpi}\n{group}": found for (kpi, group), found in values.items()})
                say(f"{name or 'as it is'}: {count} replications")
            with np.load(path) as stored:
                pool[name] = {(kpi, group): stored[key] for key in stored.files for kpi, group in [key.split("\n")]}
    return pool


def alarm(old: Floats, new: Floats, level: float) -> bool:
    """What `check` decides."""
    there = ~np.isnan(old).all(axis=1)
    old, new = old[there], new[there]
    gone = np.isnan(new).all(axis=1)
    if any(is_gone(int(k), old.shape[1], len(old), level) for k in (~np.isnan(old[gone])).sum(axis=1)):
        return True
    return bool(find_shifts(old[~gone], new[~gone], level, MARGIN, with_smallest=False).shown.any())


class Decisions:
    """Puts studies together from a pool."""

    def __init__(self, pool: Pool, level: float, seed: int) -> None:
        keys = list(pool[""])
        self._pool = {
            case: np.array([values.get(key, np.full(len(next(iter(values.values()))), np.nan)) for key in keys])
            for case, values in pool.items()
        }
        self.measures = len(keys)
        self._level, self._random = level, np.random.default_rng(seed)

    def alarms(self, case: str, n: int, count: int, *, in_step: bool) -> int:
        """How many of `count` decisions between the scenario as it is and the case are alarms."""
        base, other = self._pool[""], self._pool[case]
        found = 0
        for _ in range(count):
            chosen = self._random.choice(
                other.shape[1] if in_step or case else base.shape[1], n if in_step else 2 * n, replace=False
            )
            old, new = (chosen, chosen) if in_step else (chosen[:n], chosen[n:])
            found += alarm(base[:, old], other[:, new], self._level)
        return found


def measure(pool: Pool, sizes: Sequence[int], level: float, nulls: int, shifts: int) -> dict[str, Any]:
    """Shares of alarms by number of replications."""
    decisions = Decisions(pool, level, seed=20240101)
    false: dict[str, dict[str, Any]] = {}
    power: dict[str, dict[str, Any]] = {}
    for n in sizes:
        begin = time.monotonic()
        cases = {"another seed": ("", False), **{name: (name, True) for name in RENAMED}}
        false[str(n)] = {name: share(decisions.alarms(c, n, nulls, in_step=s), nulls) for name, (c, s) in cases.items()}
        power[str(n)] = {
            name: {
                "in_step": share(decisions.alarms(name, n, shifts, in_step=True), shifts),
                "out_of_step": share(decisions.alarms(name, n, shifts, in_step=False), shifts),
            }
            for name in CHANGES
        }
        say(f"{n} replications, level {level}: {time.monotonic() - begin:.0f} s; {false[str(n)]} {power[str(n)]}")
    return {"measures": decisions.measures, "false_alarms": false, "power": power}


def share(alarms: int, decisions: int) -> dict[str, Any]:
    """A share with its exact 95 % interval (Clopper and Pearson), given the pool."""
    from scipy.special import betaincinv

    low = 0.0 if alarms == 0 else float(betaincinv(alarms, decisions - alarms + 1, 0.025))
    high = 1.0 if alarms == decisions else float(betaincinv(alarms + 1, decisions - alarms, 0.975))
    return {"alarms": alarms, "decisions": decisions, "share": alarms / decisions, "low": round(low, 6), "high": round(high, 6)}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pool", type=Path, help="folder for the simulated replications, used again if it has them")
    parser.add_argument("--replications", default="4,10,20,40", help="sizes of the studies")
    parser.add_argument("--level", type=float, default=SIGNIFICANCE, help="family-wise level")
    parser.add_argument("--decisions", type=int, nargs=2, default=(NULLS, SHIFTS), help="null and changed, a case")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--page", action="store_true", help="measure nothing, only write the table again")
    args = parser.parse_args()
    if not args.page:
        with tempfile.TemporaryDirectory() as temporary:
            pool = pool_of(args.pool or Path(temporary), BASE, CHANGED, args.jobs)
        found = measure(pool, [int(n) for n in args.replications.split(",")], args.level, *args.decisions)
        facts = {
            "format": 1,
            "scenario": SCENARIO.name,
            "level": args.level,
            "margin": MARGIN,
            "pool": {"base": BASE, "changed": CHANGED},
        }
        args.results.write_text(json.dumps(facts | {"machine": machine()} | found, indent=1) + "\n", encoding="utf-8")
    if args.results == RESULTS:
        write_table(json.loads(RESULTS.read_text(encoding="utf-8")))


def write_table(results: dict[str, Any]) -> None:
    """The tables of docs/ci.md."""
    marks = ("<!-- check_power: written by python -m benchmarks.check_power -->", "<!-- /check_power -->")
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(marks[0])
    _, _, after = rest.partition(marks[1])
    PAGE.write_text(f"{before}{marks[0]}\n{table(results)}\n{marks[1]}{after}", encoding="utf-8")


def table(results: dict[str, Any]) -> str:
    """Markdown."""
    sizes = list(results["false_alarms"])
    lines = [
        "| False alarms of a check, by replications of the baseline | " + " | ".join(sizes) + " |",
        "| --- |" + " ---: |" * len(sizes),
    ]
    for name in results["false_alarms"][sizes[0]]:
        cells = [results["false_alarms"][n][name] for n in sizes]
        lines.append(f"| {name} | " + " | ".join(f"{c['share']:.3%} (at most {c['high']:.3%})" for c in cells) + " |")
    lines += [
        "",
        "| Found, of shifts by 5 % (in step / out of step) | " + " | ".join(sizes) + " |",
        "| --- |" + " ---: |" * len(sizes),
    ]
    for name in results["power"][sizes[0]]:
        cells = [results["power"][n][name] for n in sizes]
        lines.append(
            f"| {name} | " + " | ".join(f"{c['in_step']['share']:.1%} / {c['out_of_step']['share']:.1%}" for c in cells) + " |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
