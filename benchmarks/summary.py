"""Medians, ratios and verdicts from stored results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.child import rate
from benchmarks.peers import LETTERS

Case = dict[str, Any]


@dataclass(frozen=True)
class Spread:
    """Median of repeated measurements, with the least and the greatest."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Of at least one value."""
        return cls(median(values), min(values), max(values))


def rates(case: Case, name: str) -> Spread:
    """Customers per CPU second of a contender."""
    return Spread.of([rate(found) for found in case["runs"][name]])


def ratios(case: Case, name: str, to: str) -> Spread:
    """Speed of one contender in terms of another, round by round."""
    pairs = zip(case["runs"][name], case["runs"][to], strict=False)
    return Spread.of([rate(one) / rate(other) for one, other in pairs])


def of_runs(case: Case, name: str, *path: str) -> Spread:
    """A measured number of every run, by its path in the results."""
    values = []
    for found in case["runs"][name]:
        for key in path:
            found = found[key]
        values.append(found)
    return Spread.of(values)


def growth(case: Case, phase: str, small: str = "100", large: str = "10000") -> Spread:
    """CPU time with many sites in terms of that with few, less one, round by round."""
    pairs = zip(case["runs"][small], case["runs"][large], strict=False)
    return Spread.of([two[phase]["cpu_s"] / one[phase]["cpu_s"] - 1 for one, two in pairs])


def speed_up(case: Case) -> Spread:
    """Wall time with one worker in terms of that with two."""
    pairs = zip(case["speed"]["1"], case["speed"]["2"], strict=False)
    return Spread.of([one["wall_s"] / two["wall_s"] for one, two in pairs])


def memory_growth(case: Case, who: str) -> Spread:
    """Memory at the most replications in terms of that at the fewest, less one."""
    counts = sorted(case["memory"], key=int)
    return Spread.of([case["memory"][counts[-1]][who] / case["memory"][counts[0]][who] - 1])


@dataclass(frozen=True)
class Target:
    """A wanted figure: what, the bound, how it is taken from the results of its case, and how it is written."""

    letter: str
    what: str
    bound: float
    at_least: bool
    value: Callable[[Case], Spread]
    form: Callable[[float], str]
    needs_compiled: bool = False

    def wanted(self) -> str:
        """The bound in words."""
        number, _, unit = self.form(self.bound).rpartition(" ")
        if "." in number:
            number = number.rstrip("0").rstrip(".")
        return f"at {'least' if self.at_least else 'most'} {number} {unit}"

    def verdict(self, found: Spread, compiled: bool) -> str:
        """Judged by the median; a target of the compiled engine only where that ran."""
        if self.needs_compiled and not compiled:
            return "not compiled"
        met = found.median >= self.bound if self.at_least else found.median <= self.bound
        return "met" if met else "missed"


def times(value: float) -> str:
    """A ratio."""
    return f"{value:.3g} times" if value < 100 else f"{value:,.0f} times"


def written(found: Spread, form: Callable[[float], str]) -> str:
    """Median with least and greatest; the unit once."""
    middle, low, high = form(found.median), form(found.low), form(found.high)
    if low == middle == high:
        return middle
    unit = middle.rpartition(" ")[1:]
    if unit[0] and low.endswith(" " + unit[1]) and high.endswith(" " + unit[1]):
        low = low.removesuffix(" " + unit[1])
    return f"{middle} ({low} to {high})"


def in_seconds(value: float) -> str:
    """A time."""
    return f"{value:.2f} s" if value < 10 else f"{value:.1f} s"


def in_percent(value: float) -> str:
    """A share."""
    return f"{100 * value:.0f} %"


def in_mib(value: float) -> str:
    """Memory."""
    return f"{value:,.0f} MiB"


_ENGINES = (("ours", "compiled", 6.0), ("events", "compiled model, pure event list", 3.0), ("pure", "pure Python", 3.0))


def _targets() -> tuple[Target, ...]:
    found = []
    for case, letter in LETTERS.items():
        for name, words, bound in _ENGINES:
            what = f"{case}: speed over idiomatic SimPy, {words}"
            found.append(Target(letter, what, bound, True, lambda c, n=name: ratios(c, n, "simpy"), times, name == "ours"))
    for name, words, bound in (("ours", "compiled", 90.0), ("pure", "pure Python", 200.0)):
        what = f"HP China, full year and warm-up, {words}: load to tables and study files"
        found.append(
            Target("d", what, bound, False, lambda c, n=name: of_runs(c, n, "run", "wall_s"), in_seconds, name == "ours")
        )
    found.append(Target("d", "HP China, peak memory", 2048.0, False, lambda c: of_runs(c, "ours", "rss_mib"), in_mib))
    for phase, words in (("simulate", "simulation"), ("all", "load, build, simulation, measures")):
        what = f"10,000 sites over 100 at equal volume: more time, {words}"
        found.append(Target("e", what, 0.15, False, lambda c, p=phase: growth(c, p), in_percent))
    for who, words in (("parent_mib", "parent"), ("worker_mib", "worker")):
        what = f"1,000 replications over 10: more memory, {words}"
        found.append(Target("f", what, 0.1, False, lambda c, w=who: memory_growth(c, w), in_percent))
    found.append(Target("f", "two workers over one", 1.7, True, speed_up, times))
    starts = (
        ("help", "sparesim --help", 0.3),
        ("validate", "validate hp-china-2017", 3.0),
        ("report", "report of HP China", 10.0),
    )
    for name, words, bound in starts:
        found.append(Target("g", words, bound, False, lambda c, n=name: Spread.of(c["runs"][n]), in_seconds))
    return tuple(found)


TARGETS = _targets()


def engines(results: dict[str, Any]) -> tuple[str, str]:
    """What ran as the compiled and as the pure engine, in the product's own words; empty where nothing says it."""
    found = {"ours": "", "pure": ""}
    for letter in ("a", "b", "c", "d"):
        runs = results["cases"].get(letter, {}).get("runs", {})
        for name in found:
            found[name] = next((str(r["engine"]) for r in runs.get(name, ()) if r.get("engine")), found[name])
    return found["ours"], found["pure"]


def is_compiled(results: dict[str, Any]) -> bool:
    """Whether the compiled engine ran."""
    return engines(results)[0].startswith("compiled")
