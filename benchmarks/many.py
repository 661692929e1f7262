"""(f): 10, 100 and 1,000 replications of a small scenario, and two workers against one.

`python -m benchmarks.many REPLICATIONS JOBS [SCENARIO [--set ...]]` measures once in this process and prints JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

COUNTS = (10, 100, 1000)
SMALL = ("small", "run.length=20 days", "run.warm_up=5 days")
SECONDS = (str(Path(__file__).with_name("scenarios") / "mixed.yaml"), "run.length=480 days")  # some seconds a replication
PAIRS = 4  # replications in the comparison of one and two workers


def measure(replications: int, jobs: int, scenario: str, sets: tuple[str, ...]) -> dict[str, Any]:
    """Run a study once: wall and CPU seconds, and the largest memory of this process and of any worker."""
    import sim

    plan = sim.load(scenario, sets)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        wall = time.perf_counter()
        sim.run(plan, replications=replications, jobs=jobs, out=folder)
        wall = time.perf_counter() - wall
    own, workers = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {
        "wall_s": wall,
        "cpu_s": own.ru_utime + own.ru_stime + workers.ru_utime + workers.ru_stime,
        "parent_mib": own.ru_maxrss / 1024,
        "worker_mib": workers.ru_maxrss / 1024,
    }


def run(repeats: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Memory once for each number of replications; one and two workers in turns."""
    from benchmarks.child import python

    memory = {}
    for n in COUNTS:
        memory[str(n)] = found = python("benchmarks.many", str(n), "2", *SMALL)
        say(f"many {n}: {found['wall_s']:.1f} s, parent {found['parent_mib']:.0f} MiB, worker {found['worker_mib']:.0f} MiB")
    speed: dict[str, list[dict[str, Any]]] = {"1": [], "2": []}
    for turn in range(repeats):
        for jobs in ("1", "2") if turn % 2 == 0 else ("2", "1"):
            speed[jobs].append(python("benchmarks.many", str(PAIRS), jobs, *SECONDS))
        say(f"workers {turn + 1}/{repeats}: 1 {speed['1'][-1]['wall_s']:.1f} s, 2 {speed['2'][-1]['wall_s']:.1f} s")
    return {"repeats": repeats, "memory": memory, "speed": speed, "replications": PAIRS}


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], tuple(sys.argv[4:]))))
