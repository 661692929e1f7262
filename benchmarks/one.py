"""One contender on one case in a fresh process: prints a line of JSON. Started by `child.measure`."""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time
from collections.abc import Callable

from benchmarks.child import ENGINES, SEED

Run = Callable[[float], dict[str, float]]


def contender(case: str, name: str) -> Run:
    """The function of a contender that simulates so many days of a case."""
    if name in ENGINES:
        ours = importlib.import_module("benchmarks.ours")
        warm_up = 10.0 if case == "mixed" else 0.0
        return lambda days: ours.run(case, days, SEED, warm_up if days > 2 * warm_up else 0.0)
    if name == "simpy-short":
        module = importlib.import_module(f"benchmarks.simpy_{case}")
        return lambda days: module.run(days, SEED, short=True)
    module = importlib.import_module(f"benchmarks.{name}_{case}")
    return lambda days: module.run(days, SEED)


def main(case: str, name: str, days: float) -> None:
    """Run once briefly, so that imports and caches are no part of the measured run, then measure."""
    run = contender(case, name)
    run(max(days / 100, 0.5))
    wall, cpu = time.perf_counter(), time.process_time()
    found = run(days)
    found["wall_s"] = time.perf_counter() - wall
    found["cpu_s"] = time.process_time() - cpu
    found["rss_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if name in ENGINES:
        from benchmarks.ours import engine

        found["engine"] = engine()  # type: ignore[assignment]
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
