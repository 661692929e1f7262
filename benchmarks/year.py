"""(d): HP China, a full year after 90 days of warm-up, one replication on one core, phase by phase.

`python -m benchmarks.year` measures once in this process and prints JSON. The phases are those of the ordinary product: the
functions between which it passes are only stamped with the time.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SCENARIO = "hp-china-2017"
PHASES = ("load", "build", "simulate", "reduce", "write", "report")
CLOCKS = {"wall_s": time.perf_counter, "cpu_s": time.process_time}


class Stamps:
    """Wall and CPU time at which named things began and ended."""

    def __init__(self) -> None:
        self.at: dict[str, dict[str, float]] = {}

    def note(self, name: str) -> None:
        """Now."""
        self.at[name] = {clock: read() for clock, read in CLOCKS.items()}

    def around(self, module: str, name: str) -> None:
        """Note the begin and end of a function of a module, whoever calls it there."""
        place = importlib.import_module(module)
        function = getattr(place, name)

        def stamped(*args: Any, **options: Any) -> Any:
            self.note(f"{name} begin")
            try:
                return function(*args, **options)
            finally:
                self.note(f"{name} end")

        setattr(place, name, stamped)

    def between(self, begin: str, end: str) -> dict[str, float]:
        """Wall and CPU seconds from one note to the other."""
        return {clock: self.at[end][clock] - self.at[begin][clock] for clock in CLOCKS}


def peak_mib() -> float:
    """Largest resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(sets: tuple[str, ...] = ()) -> dict[str, Any]:
    """Run the scenario once in this process.

    Returns
    -------
    Seconds by phase, peak memory (MiB) after simulation and at the end, events, contacts and orders.
    """
    stamps = Stamps()
    stamps.note("start")
    import sim
    from benchmarks.ours import engine

    stamps.around("sim.model.world", "build_world")
    stamps.around("sim.experiment.replicate", "open_tables")
    stamps.around("sim.experiment.replicate", "reduce_replication")
    plan = sim.load(SCENARIO, sets)
    stamps.note("loaded")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        study = sim.run(plan, replications=1, jobs=1, out=folder, scenario=SCENARIO)
        stamps.note("stored")
        memory = peak_mib()
        sim.report(study)
        stamps.note("reported")
        meta = json.loads(next(Path(folder).glob("replications/*/meta.json")).read_text())
        days = (plan.run.horizon_h) / 24
    phases = {
        "load": stamps.between("start", "loaded"),
        "build": stamps.between("loaded", "build_world end"),
        "simulate": stamps.between("build_world end", "open_tables begin"),
        "reduce": stamps.between("open_tables begin", "reduce_replication end"),
        "write": stamps.between("reduce_replication end", "stored"),
        "report": stamps.between("stored", "reported"),
    }
    return {
        "engine": engine(),
        "days": days,
        "phases": phases,
        "run": stamps.between("start", "stored"),
        "all": stamps.between("start", "reported"),
        "rss_run_mib": memory,
        "rss_mib": peak_mib(),
        "events": meta["events"],
        "contacts": meta["rows"]["contacts"],
        "orders": meta["rows"]["orders"],
        "part_demands": meta["rows"]["part_demands"],
    }


def run(repeats: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Measure in fresh processes, compiled and pure in turns."""
    from benchmarks.child import ENGINES, python

    runs: dict[str, list[dict[str, Any]]] = {"ours": [], "pure": []}
    for turn in range(repeats):
        for name in runs:
            found = python("benchmarks.year", pure=ENGINES[name])
            runs[name].append(found)
            say(f"year {turn + 1}/{repeats} {name}: {found['run']['wall_s']:.1f} s, {found['rss_mib']:.0f} MiB")
    return {"repeats": repeats, "runs": runs}


if __name__ == "__main__":
    print(json.dumps(measure(tuple(sys.argv[1:]))))
