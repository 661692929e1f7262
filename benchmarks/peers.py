"""(a), (b), (c): customers per second of ours beside other ways to compute the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.child import DAYS, measure, rate


@dataclass(frozen=True)
class Contender:
    """Who computes a case, and how long a stretch of it (share of `DAYS`) is enough for a few seconds of work."""

    name: str
    title: str
    length: float = 1.0
    remark: str = ""


OURS = Contender("ours", "sparesim", remark="sim.run: load, world, all tables kept, all measures, study files")
PURE = Contender("pure", "sparesim, pure Python", 0.5, remark="the same with SPARESIM_PURE=1")
EVENTS = Contender("events", "sparesim, pure event list", 0.5, "compiled model, SPARESIM_PURE=events")
SIMPY = Contender("simpy", "SimPy, idiomatic", 0.4, "a generator a customer, Resource or Container a queue")
LIMIT = Contender("c", "bare C loop", 5.0, "this one case only, every wait recorded, no measures")

CASES = {
    "contacts": (
        OURS,
        EVENTS,
        PURE,
        SIMPY,
        Contender("simpy-short", "SimPy, no timer if served at once", 0.4, "idiomatic, but a granted request needs no condition"),
        Contender("ciw", "Ciw", 0.2, "its own reneging, all records"),
        LIMIT,
    ),
    "parts": (
        OURS,
        EVENTS,
        PURE,
        SIMPY,
        Contender("supplynetpy", "SupplyNetPy", 0.06, "(s, S) with s = S - 1, customers who wait, its own statistics"),
        Contender(
            "stockpyl",
            "stockpyl",
            0.015,
            "another model: periods of a day, constant lead times, backorders served in order of the bases",
        ),
        LIMIT,
    ),
    "mixed": (OURS, EVENTS, PURE, SIMPY),
}
LETTERS = {"contacts": "a", "parts": "b", "mixed": "c"}


def run(case: str, repeats: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Run every contender in fresh processes, in turns, `repeats` times; who fails the first time is left out with the reason."""
    runs: dict[str, list[dict[str, Any]]] = {}
    missing: dict[str, str] = {}
    for turn in range(repeats):
        row = CASES[case] if turn % 2 == 0 else CASES[case][::-1]
        for contender in row:
            if contender.name in missing:
                continue
            try:
                found = measure(case, contender.name, DAYS[case] * contender.length)
            except (RuntimeError, OSError) as error:
                if contender.name in (OURS.name, EVENTS.name, PURE.name, SIMPY.name):
                    raise
                missing[contender.name] = str(error).strip().splitlines()[-1]
                say(f"{case} {contender.name}: not measured, {missing[contender.name]}")
                continue
            runs.setdefault(contender.name, []).append(found)
            say(f"{case} {turn + 1}/{repeats} {contender.name}: {rate(found):,.0f} a second")
    return {"repeats": repeats, "runs": runs, "missing": missing}
