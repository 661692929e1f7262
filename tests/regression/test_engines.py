"""The compiled engine and the pure one give the same tables, bit for bit, and the same order of events."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from sim import native
from sim.engine.events import PureEventList
from sim.engine.recorder import PureRowBuffer
from sim.streams import pure_keyed_uniform

SCENARIOS = Path(__file__).parent.parent / "scenarios"
RUNS = {
    "small": ["run.length=40 days", "run.warm_up=10 days"],
    "three-tier": ["run.length=120 days"],
    "asus-2008": ["run.length=8 days", "run.warm_up=4 days"],
    "hp-china-2017": ["run.length=2 days", "run.warm_up=1 day"],
    str(SCENARIOS / "every-feature.yaml"): [],
}
needs_compiler = pytest.mark.skipif(not native.is_compiled(), reason=f"no compiled engine: {native.describe_engine()}")

PROGRAM = """
import hashlib, json, sys
from pathlib import Path
from sim import native
from sim.api import load
from sim.experiment.replicate import replicate
name, sets, folder = sys.argv[1], json.loads(sys.argv[2]), Path(sys.argv[3])
place = replicate(load(name, sets), 0, folder, log=True, keep_tables=True)
files = {str(p.relative_to(place)): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(place.rglob("*")) if p.is_file()}
print(json.dumps([native.is_compiled(), files]))
"""


def run(name: str, folder: Path, pure: str) -> dict[str, str]:
    env = {k: v for k, v in os.environ.items() if k != "SPARESIM_PURE"} | ({"SPARESIM_PURE": pure} if pure else {})
    command = [sys.executable, "-c", PROGRAM, name, json.dumps(RUNS[name]), str(folder)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    compiled, files = json.loads(done.stdout.splitlines()[-1])
    assert compiled is (pure != "1")
    return files


@needs_compiler
@pytest.mark.parametrize("name", RUNS, ids=lambda name: Path(name).stem)
def test_both_engines_write_the_same_bytes(tmp_path: Path, name: str) -> None:
    compiled = run(name, tmp_path / "compiled", pure="")
    assert compiled == run(name, tmp_path / "pure", pure="1")
    assert {"meta.json", "kpis.csv", "tables/gauges.npy"} <= set(compiled)


@needs_compiler
def test_the_compiled_model_on_the_pure_event_list_writes_them_too(tmp_path: Path) -> None:
    assert run("small", tmp_path / "events", pure="events") == run("small", tmp_path / "compiled", pure="")


class Mark:
    """An event that notes itself and plans more at random, some at its own instant."""

    def __init__(self, clock: PureEventList, log: list[tuple[float, int]], luck: random.Random, number: int) -> None:
        self.clock, self.log, self.luck, self.number = clock, log, luck, number

    def fire(self) -> None:
        self.log.append((self.clock._now, self.number))
        for _ in range(self.luck.choice((0, 1, 1, 2))):
            number = len(self.log) * 10 + self.luck.randrange(10)
            later = self.clock._now + self.luck.choice((0.0, 0.0, 0.25, 0.5, self.luck.random()))
            self.clock.at(later, Mark(self.clock, self.log, self.luck, number), self.luck.randrange(6))


def order_of_events(clock: PureEventList, seed: int) -> tuple[list[tuple[float, int]], int, int]:
    log: list[tuple[float, int]] = []
    luck = random.Random(seed)
    for i in range(50):
        clock.at(luck.choice((0.0, 1.0, luck.random())), Mark(clock, log, luck, -i))
    for end in (0.5, 0.5, 1.0, 3.0):
        clock.run_until(end)
        assert clock._now == end
        if clock.pending and len(log) < 20_000:
            clock.take().fire()
    return log, clock.events, clock.pending


@needs_compiler
@pytest.mark.parametrize("seed", range(20))
def test_both_event_lists_keep_one_order(seed: int) -> None:
    compiled = order_of_events(native.fast.EventList(), seed)
    assert compiled == order_of_events(PureEventList(), seed)
    assert compiled[1] == len(compiled[0]) > 50


@needs_compiler
def test_rows_and_keyed_draws_are_the_same() -> None:
    luck = random.Random(3)
    buffers = PureRowBuffer("qdd"), native.fast.RowBuffer("qdd")
    for _ in range(1000):
        row = (luck.randrange(-5, 2**40), luck.random(), float("nan") if luck.random() < 0.1 else luck.gauss(0, 1e9))
        for buffer in buffers:
            buffer.row(row)
        key, salt, count = luck.getrandbits(64), luck.getrandbits(64) | 1, luck.randrange(100)
        assert native.fast.keyed_uniform(key, salt, count) == pure_keyed_uniform(key, salt, count)
    assert len(buffers[0]) == len(buffers[1]) == 1000
    assert buffers[0].take() == buffers[1].take()
    assert len(buffers[1]) == 0


@needs_compiler
def test_wrong_use_is_an_error() -> None:
    clock, rows = native.fast.EventList(), native.fast.RowBuffer("bd")
    for call in (
        lambda: clock.at(1.0),
        lambda: clock.at("soon", None),
        lambda: clock.at(float("nan"), None),
        lambda: rows.row((1.0,)),
        lambda: rows.row((200, 1.0)),
    ):
        with pytest.raises((TypeError, ValueError, OverflowError)):
            call()
    with pytest.raises(IndexError):
        clock.take()
    for codes in ("", "dx"):
        with pytest.raises(ValueError, match="column"):
            native.fast.RowBuffer(codes)


def test_a_changed_source_is_not_shadowed_by_its_compiled_form(tmp_path: Path) -> None:
    (tmp_path / "sim" / "_compiled").mkdir(parents=True)
    root = Path(native.__file__).parent
    for name in ("__init__.py", "native.py"):
        (tmp_path / "sim" / name).write_bytes((root / name).read_bytes())
    (tmp_path / "sim" / "samplers.py").write_text("x = 1\n")
    digest = hashlib.sha256(b"x = 2\n").hexdigest()
    manifest = {
        "python": sys.implementation.cache_tag,
        "sources": {"samplers.py": digest},
        "modules": {"sim.samplers": "gone.so"},
    }
    (tmp_path / "sim" / "_compiled" / "manifest.json").write_text(json.dumps(manifest))
    command = [sys.executable, "-c", "import sim.samplers as s, sim.native as n; print(s.x, n.describe_engine())"]
    env = {k: v for k, v in os.environ.items() if k != "SPARESIM_PURE"} | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("1 pure Python (sim/samplers.py has changed since it was compiled")
