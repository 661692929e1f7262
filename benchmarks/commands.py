"""(g): how long the commands take that people type all day: help, validation, report."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SCENARIO = "hp-china-2017"
SETS = ("--set", "run.length=14 days", "--set", "run.warm_up=7 days")  # the run that is reported


def command() -> str:
    """The command beside this interpreter, as users start it."""
    return str(Path(sys.executable).with_name("sparesim"))


def seconds(words: list[str]) -> float:
    """Wall time of one start."""
    from benchmarks.child import output

    begin = time.perf_counter()
    output([command(), *words])
    return time.perf_counter() - begin


def run(repeats: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Start every command in turns; the first start of each, which fills the caches of the system, is left out."""
    from benchmarks.child import output

    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        study = str(folder / "hp")
        output([command(), "run", SCENARIO, "-r", "2", *SETS, "--out", study], accepted=(0, 1))
        lines = {"help": ["--help"], "validate": ["validate", SCENARIO], "report": ["report", study]}
        runs: dict[str, list[float]] = {name: [] for name in lines}
        for turn in range(repeats + 1):
            for name, words in lines.items():
                took = seconds(words)
                if turn:
                    runs[name].append(took)
        for name, taken in runs.items():
            say(f"commands {name}: {min(taken):.2f}-{max(taken):.2f} s")
    finally:
        shutil.rmtree(folder)
    return {"repeats": repeats, "runs": runs}
