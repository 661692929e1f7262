"""Runs a shortened benchmark scenario and counts what it makes: `python counted_run.py CASE` prints JSON (pure Python only)."""

from __future__ import annotations

import gc
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from sim.api import load
from sim.columns import TABLES, dtype
from sim.engine.recorder import Recorder
from sim.model.world import World, build_world
from sim.streams import Streams

SCENARIOS = Path(__file__).parents[2] / "benchmarks" / "scenarios"
LENGTH = {"contacts": "8 days", "parts": "2000 days", "mixed": "60 days"}
FROM = {"contacts": 0.5, "parts": 0.5, "mixed": 0.0}  # share of the run after which memory must not grow any more
TABLE = {"contacts": "cases", "parts": "part_demands", "mixed": "cases"}  # one row a customer


def scenario(case: str, folder: Path) -> Path:
    """The scenario with another length; the mixed one has demand in January only, so that every order is closed at its end."""
    document = yaml.safe_load((SCENARIOS / f"{case}.yaml").read_text())
    document["run"] |= {"length": LENGTH[case], "warm_up": 0}
    if case == "mixed":
        document["profiles"] = {"january": {"months": [1] + [0] * 11}}
        document["cases"]["faults"] |= {"profile": "january", "rate": "1/h"}
    path = folder / f"{case}.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return path


def build(case: str, folder: Path) -> World:
    """The world of the shortened scenario, with every table kept."""
    plan = load(scenario(case, folder))
    (folder / "tables").mkdir()
    recorder = Recorder(folder / "tables", {name: dtype(name) for name in TABLES})
    return build_world(plan, Streams(plan.run.seed, 0), recorder)


def tables(folder: Path) -> dict[str, np.ndarray]:
    """The tables that a world has written."""
    return {name: np.load(folder / "tables" / f"{name}.npy") for name in TABLES}


class Births:
    """Counts constructor calls of the model, by class, as the interpreter enters them."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()
        self._names: dict[Any, str] = {}

    def __call__(self, frame: Any, event: str, argument: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_name == "__init__" and "sim/model/" in code.co_filename.replace("\\", "/"):
            name = self._names.get(code)
            if name is None:
                name = self._names[code] = code.co_qualname.partition(".")[0]
            self.count[name] += 1


def living() -> Counter[str]:
    """Objects of the model that are alive, by class; garbage in cycles counts, since a run does not collect it."""
    kinds = [type(o) for o in gc.get_objects()]
    return Counter(kind.__name__ for kind in kinds if str(kind.__module__).startswith("sim.model."))


def blocks(world: World) -> int:
    """Memory blocks in use, with all row buffers written out."""
    for table in world.ctx.recorder.tables.values():
        table.spill(0)
    return sys.getallocatedblocks()


def count(case: str) -> dict[str, Any]:
    """Objects made during the run, objects left at its end, and the growth of memory since `FROM` (blocks)."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        world = build(case, folder)
        horizon = world.ctx.plan.run.horizon_h
        gc.collect()
        gc.disable()  # as in a run
        before = living()
        births = Births()
        sys.setprofile(births)
        world.clock.run_until(horizon * FROM[case])
        sys.setprofile(None)
        begin = blocks(world)
        sys.setprofile(births)
        world.clock.run_until(horizon)
        sys.setprofile(None)
        grown, left = blocks(world) - begin, living()
        left.subtract(before)
        world.run()
        found = tables(folder)
    return {
        "customers": len(found[TABLE[case]]),
        "orders": len(found["orders"]),
        "waited": int(np.count_nonzero(found["part_demands"]["filled_at_once"] < found["part_demands"]["quantity"])),
        "born": dict(births.count),
        "left": {name: number for name, number in left.items() if number},
        "grown": grown,
    }


if __name__ == "__main__":
    print(json.dumps(count(sys.argv[1])))
