"""(e): the same customers and the same work spread over 10, 100, 1,000 or 10,000 service points.

`python -m benchmarks.sites N` measures once in this process and prints JSON. Customers live in 10,000 towns on a grid and bring
their units to the nearest service point; every point opens and closes each day and keeps one kind of part, refilled by a hub.
"""

from __future__ import annotations

import json
import math
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

COUNTS = (10, 100, 1000, 10000)
TOWNS = 10000
DAYS, WARM_UP = 365, 30
PER_HOUR, TO_REPAIR, WORK_H = 1000.0, 0.1, 1.0
WEEK_SHARE = 45 / 168  # of the time is a point open


def scenario(points: int) -> dict[str, Any]:
    """The scenario as a document: same towns, same volume, `points` service points."""
    per_point = PER_HOUR * TO_REPAIR / points  # orders per hour
    heads = max(1, math.ceil(per_point * WORK_H / WEEK_SHARE / 0.8))
    lead = per_point * 24  # expected demand of a day's transit
    site = {
        "region": "land",
        "technicians": heads,
        "hours": "mon-fri 9:00-18:00",
        "counter_time": "5 min",
        "repair_time": {"gamma": {"mean": f"{WORK_H} h", "cv": 0.5}},
        "source": "hub",
        "transit": "1 day",
        "stock": {"fan": {"base_stock": math.ceil(lead + 2 * math.sqrt(lead)) + 1}},
    }
    return {
        "title": f"{points} service points",
        "run": {"length": f"{DAYS} days", "warm_up": f"{WARM_UP} days", "replications": 1, "seed": 10000},
        "regions": ["land"],
        "markets": {"from": "towns.csv", "defaults": {"region": "land"}},
        "cases": {"faults": {"kind": "hardware", "rate": f"{PER_HOUR}/h", "channel": "voice", "needs": {"fan": "70 %"}}},
        "contact_centres": {
            "desk": {
                "agents": 110,
                "handle_time": {"exponential": "6 min"},
                "patience": {"exponential": "4 min"},
                "to_repair": f"{100 * TO_REPAIR} %",
            }
        },
        "service_points": {"from": "points.csv", "defaults": site},
        "locations": {"hub": {"source": "maker", "stock": {"fan": {"s": 9200, "Q": 3300}}}},
        "vendors": {"maker": {"lead_time": {"gamma": {"mean": "5 days", "cv": 0.3}}}},
        "parts": {"fan": {"price": "20 EUR"}},
    }


def write(points: int, folder: Path) -> Path:
    """Write the scenario with its tables of towns and points; returns the YAML file."""
    for name, n in (("town", TOWNS), ("point", points)):
        across = math.ceil(math.sqrt(n))  # evenly over a square of about 1,100 km
        rows = [
            f"{name}{i},{45 + 10 * (i // across + 0.5) / across:.5f},{5 + 15 * (i % across + 0.5) / across:.5f}\n"
            for i in range(n)
        ]
        (folder / f"{name}s.csv").write_text("name,lat,lon\n" + "".join(rows))
    path = folder / "sites.yaml"
    path.write_text(yaml.safe_dump(scenario(points), sort_keys=False))
    return path


def measure(points: int, sets: tuple[str, ...] = ()) -> dict[str, Any]:
    """Run the scenario once in this process: seconds of simulation, of each other phase and of all, events, memory."""
    from benchmarks.ours import engine
    from benchmarks.year import Stamps, peak_mib

    stamps = Stamps()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        path = write(points, Path(folder))
        import sim

        stamps.around("sim.model.world", "build_world")
        stamps.around("sim.experiment.replicate", "open_tables")
        stamps.note("start")
        plan = sim.load(path, sets)
        stamps.note("loaded")
        sim.run(plan, replications=1, jobs=1, out=Path(folder) / "run")
        stamps.note("stored")
        meta = json.loads(next(Path(folder).glob("run/replications/*/meta.json")).read_text())
    return {
        "engine": engine(),
        "load": stamps.between("start", "loaded"),
        "build": stamps.between("loaded", "build_world end"),
        "simulate": stamps.between("build_world end", "open_tables begin"),
        "all": stamps.between("start", "stored"),
        "rss_mib": peak_mib(),
        "events": meta["events"],
        "contacts": meta["rows"]["contacts"],
        "orders": meta["rows"]["orders"],
    }


def run(repeats: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Measure all sizes in turns, in fresh processes."""
    from benchmarks.child import python

    runs: dict[str, list[dict[str, Any]]] = {str(n): [] for n in COUNTS}
    for turn in range(repeats):
        for n in COUNTS if turn % 2 == 0 else COUNTS[::-1]:
            found = python("benchmarks.sites", str(n))
            runs[str(n)].append(found)
            simulation, whole = found["simulate"]["cpu_s"], found["all"]["cpu_s"]
            say(f"sites {turn + 1}/{repeats} {n}: simulation {simulation:.1f} s, all {whole:.1f} s")
    return {"repeats": repeats, "runs": runs}


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), tuple(sys.argv[2:]))))
