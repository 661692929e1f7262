"""What a replication costs beside its events, and whether memory stays flat with their number.

    python -m benchmarks.overhead [replications]

runs an almost empty scenario in this process: world, tables, reduction, files with their syncs, and the share of the summary.
Then it runs ten times as many and compares the highest memory.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SCENARIO = """
run: {length: 1 day}
cases: {calls: {rate: 10/day, channel: voice}}
contact_centres: {desk: {agents: 1, handle_time: 6 min}}
"""


def child(count: int) -> None:
    """Run so many replications and print milliseconds a replication and the highest memory in MB."""
    import resource

    from sim.experiment.study import run_study
    from sim.scenario.load import load_plan

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tiny.yaml"
        file.write_text(SCENARIO)
        plan = load_plan(file)
        run_study(plan, Path(folder) / "first", replications=2, executor="serial")  # imports
        began, used = time.perf_counter(), time.process_time()
        run_study(plan, Path(folder) / "run", replications=count, executor="serial")
        seconds, cpu = time.perf_counter() - began, time.process_time() - used
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"count": count, "ms": 1000 * seconds / count, "cpu_ms": 1000 * cpu / count, "mb": memory}))


def measure(count: int) -> dict[str, float]:
    """The same in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.overhead", "child", str(count)]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, float] = json.loads(out)
    return found


def main() -> None:
    if sys.argv[1:2] == ["child"]:
        child(int(sys.argv[2]))
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    for found in (measure(count), measure(10 * count)):
        print(
            f"{found['count']:5.0f} replications: {found['ms']:.1f} ms each ({found['cpu_ms']:.1f} ms of processor), "
            f"at most {found['mb']:.1f} MB"
        )


if __name__ == "__main__":
    main()
