"""Measurements in fresh child processes."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
DAYS = {"contacts": 420.0, "parts": 120000.0, "mixed": 250.0}  # length of a full measurement
PER_DAY = {"contacts": 2400.0, "parts": 5.0, "mixed": 2400.0}  # customers
SEED = 2003
ENGINES = {"ours": "", "events": "events", "pure": "1"}  # what of ours is pure
PEERS = ("ciw", "stockpyl", "supplynetpy")  # installed in an environment of their own
PEERS_PYTHON = ROOT / ".venv-peers" / "bin" / "python"
FLAGS = ("-O2", "-std=c11")


def environment(pure: str) -> dict[str, str]:
    """Environment of a child: hashing fixed, what of the engine is to be pure: nothing, `events` or all (1)."""
    env = {k: v for k, v in os.environ.items() if k != "SPARESIM_PURE"}
    return env | {"PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT)} | ({"SPARESIM_PURE": pure} if pure else {})


def output(command: list[str], pure: str = "", accepted: tuple[int, ...] = (0,)) -> str:
    """Run a command to its end and return what it prints.

    Raises
    ------
    RuntimeError
        If its exit code is not an accepted one, with its last words.
    """
    done = subprocess.run(command, cwd=ROOT, env=environment(pure), capture_output=True, text=True, check=False)
    if done.returncode not in accepted:
        raise RuntimeError(f"{Path(command[0]).name} {' '.join(command[1:])}:\n{done.stderr.strip()[-2000:]}")
    return done.stdout


def python(*args: str, pure: str = "", program: str = sys.executable) -> dict[str, Any]:
    """Run a module of this package and read the JSON in the last line that it prints."""
    found: dict[str, Any] = json.loads(output([program, "-m", *args], pure).strip().splitlines()[-1])
    return found


def measure(case: str, name: str, days: float) -> dict[str, Any]:
    """One contender on one case: customers, wall_s, cpu_s, and its answers."""
    if name == "c":
        found: dict[str, Any] = json.loads(output([str(c_program()), case, repr(days), str(SEED)]))
        return found
    program = str(PEERS_PYTHON) if name in PEERS else sys.executable
    return python("benchmarks.one", case, name, repr(days), pure=ENGINES.get(name, ""), program=program)


def rate(found: dict[str, Any], clock: str = "cpu_s") -> float:
    """Customers per second."""
    return float(found["customers"]) / float(found[clock])


@functools.cache
def c_program() -> Path:
    """The bare loops, compiled by the system's C compiler into a temporary folder that lives as long as this process."""
    program = Path(_folder().name) / "limit"
    output([os.environ.get("CC", "cc"), *FLAGS, "-o", str(program), str(Path(__file__).with_name("limit.c")), "-lm"])
    return program


@functools.cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="bench-c-")
