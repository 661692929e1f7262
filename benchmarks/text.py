"""docs/performance.md from stored results; what people write by hand is in notes.md and goes in as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.peers import CASES, LETTERS
from benchmarks.summary import (
    TARGETS,
    Case,
    Spread,
    engines,
    growth,
    in_mib,
    in_seconds,
    is_compiled,
    of_runs,
    rates,
    ratios,
    speed_up,
    times,
    written,
)
from benchmarks.year import PHASES

NOTES = Path(__file__).with_name("notes.md")
TITLES = {
    "a": "(a) Contacts: M/M/11 with impatience",
    "b": "(b) Parts: a depot and ten bases",
    "c": "(c) Mixed: one contact in ten becomes a repair order",
    "d": "(d) HP China, a full year",
    "e": "(e) The same volume at more sites",
    "f": "(f) Many replications, two workers",
    "g": "(g) Commands",
}
UNITS = {"contacts": "contacts", "parts": "demands", "mixed": "contacts"}
NOT_ANSWERS = ("customers", "events", "engine", "wall_s", "cpu_s", "rss_mib")


def page(results: dict[str, Any], before: dict[str, Any]) -> str:
    """The whole page; `before` holds earlier results of the same machine, or no cases."""
    cases = results["cases"]
    parts = [_head(results), _targets(results, before)]
    tables = {"d": _year, "e": _sites, "f": _many, "g": _commands}
    for letter, title in TITLES.items():
        if letter not in cases:
            continue
        body = tables[letter](cases[letter]) if letter in tables else _peers(cases[letter], _case_of(letter))
        parts.append(f"## {title}\n\n{body}\n`make bench ONLY={letter}` on {cases[letter]['date']}, {_rounds(cases[letter])}.\n")
    return "\n".join([*parts, NOTES.read_text()])


def _case_of(letter: str) -> str:
    return next(case for case, own in LETTERS.items() if own == letter)


def _rounds(case: Case) -> str:
    return "one round" if case["repeats"] == 1 else f"{case['repeats']} rounds"


def where(machine: dict[str, str]) -> str:
    """The machine in a line."""
    return f"{machine['processor']}, {machine['cores']} cores, {machine['memory']}, {machine['system']}, {machine['python']}"


def _head(results: dict[str, Any]) -> str:
    machine = results["machine"]
    versions: dict[str, str] = {}
    for case in results["cases"].values():
        versions |= case["versions"]
    ours, pure = engines(results)
    same = "" if is_compiled(results) else " **No compiled engine was there: both are pure Python.**"
    return f"""# Performance

Written by `make bench` from `benchmarks/results/latest.json`; the same as figures: [performance.html](performance.html).

Every contender runs in fresh processes, in turns with the others; a figure is the median of the rounds, with the least and
the greatest in brackets, and a ratio is taken within a round. Rates are customers per second of processor time, from the call to
the result, imports left out. Ours keeps all tables, reduces them to all measures and writes the files of the study; the others
record every wait and sum up.

- Machine: {where(machine)}; C by {machine["c compiler"]}.
- Versions: {", ".join(f"{name} {version}" for name, version in sorted(versions.items()))}.
- sparesim: {ours or "not measured"}; in pure Python: {pure or "not measured"}.{same}
"""


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)]) + "\n"


def _targets(results: dict[str, Any], before: dict[str, Any]) -> str:
    cases, compiled = results["cases"], is_compiled(results)
    rows = []
    for target in TARGETS:
        if target.letter not in cases:
            rows.append((f"({target.letter})", target.what, target.wanted(), "not measured", "", ""))
            continue
        found = target.value(cases[target.letter])
        try:
            earlier = target.form(target.value(before["cases"][target.letter]).median)
        except (KeyError, IndexError, ValueError):
            earlier = ""
        verdict = target.verdict(found, compiled).replace("missed", "**missed**")
        rows.append((f"({target.letter})", target.what, target.wanted(), written(found, target.form), verdict, earlier))
    header = ("case", "what", "wanted", "measured", "verdict", "before")
    if not before:
        header, rows = header[:-1], [row[:-1] for row in rows]
    earlier = f"\nBefore: commit {before['commit']}, pure Python, on the same machine.\n" if before else ""
    return "## Targets\n\n" + _table(header, rows) + earlier


def _peers(case: Case, name: str) -> str:
    rows = []
    for contender in CASES[name]:
        if contender.name in case["missing"]:
            rows.append((contender.title, "not measured", "", "", case["missing"][contender.name]))
        elif contender.name in case["runs"]:
            last = case["runs"][contender.name][-1]
            answers = ", ".join(f"{key} {value:.3g}" for key, value in last.items() if key not in NOT_ANSWERS)
            rows.append(
                (
                    contender.title,
                    written(rates(case, contender.name), lambda v: f"{v:,.0f}"),
                    written(ratios(case, contender.name, "simpy"), lambda v: times(v).removesuffix(" times")),
                    answers,
                    contender.remark,
                )
            )
    ours = case["runs"]["ours"][-1]
    facts = f"{ours['events'] / ours['customers']:.2f} events of ours per customer, peak memory {in_mib(ours['rss_mib'])}"
    return _table(("contender", f"{UNITS[name]} a second", "times SimPy", "answers", "remark"), rows) + f"\n{facts}.\n"


def _year(case: Case) -> str:
    names = [name for name in ("ours", "pure") if case["runs"].get(name)]
    rows = []
    for phase in PHASES:
        rows.append((phase, *(written(of_runs(case, n, "phases", phase, "wall_s"), in_seconds) for n in names)))
    rows.append(("**to the study's files**", *(written(of_runs(case, n, "run", "wall_s"), in_seconds) for n in names)))
    rows.append(("**with report**", *(written(of_runs(case, n, "all", "wall_s"), in_seconds) for n in names)))
    rows.append(("processor time", *(written(of_runs(case, n, "all", "cpu_s"), in_seconds) for n in names)))
    rows.append(("peak memory", *(written(of_runs(case, n, "rss_mib"), in_mib) for n in names)))
    speeds = [[r["events"] / r["phases"]["simulate"]["cpu_s"] for r in case["runs"][n]] for n in names]
    rows.append(("events per second of simulation", *(written(Spread.of(s), lambda v: f"{v:,.0f}") for s in speeds)))
    last = case["runs"][names[0]][-1]
    facts = (
        f"{last['days']:.0f} days, {last['events']:,} events, {last['contacts']:,} contacts, {last['orders']:,} repair orders, "
        f"{last['part_demands']:,} part demands; one replication on one core, seconds of wall time."
    )
    titles = {"ours": "compiled", "pure": "pure Python"}
    return _table(("phase", *(titles[n] for n in names)), rows) + f"\n{facts}\n"


def _sites(case: Case) -> str:
    rows = []
    for count in sorted(case["runs"], key=int):
        last = case["runs"][count][-1]
        phases = (written(of_runs(case, count, phase, "cpu_s"), in_seconds) for phase in ("load", "build", "simulate", "all"))
        rows.append((f"{int(count):,}", *phases, f"{last['events']:,}", f"{last['orders']:,}", in_mib(last["rss_mib"])))
    header = ("sites", "load", "build", "simulation", "all", "events", "orders", "peak memory")
    more = ", ".join(f"{words} {100 * growth(case, phase).median:+.0f} %" for phase, words in _PHASES)
    return _table(header, rows) + f"\nFrom 100 to 10,000 sites: {more}. Processor time, reduction and files in `all`.\n"


_PHASES = (("simulate", "simulation"), ("all", "all"))


def _many(case: Case) -> str:
    rows = []
    for count in sorted(case["memory"], key=int):
        found = case["memory"][count]
        each = f"{1000 * found['wall_s'] / int(count):.0f} ms"
        memory = (in_mib(found["parent_mib"]), in_mib(found["worker_mib"]))
        rows.append((f"{int(count):,}", in_seconds(found["wall_s"]), each, *memory))
    table = _table(("replications, two workers", "wall time", "each", "parent", "largest worker"), rows)
    one, two = (Spread.of([r["wall_s"] for r in case["speed"][jobs]]) for jobs in ("1", "2"))
    return (
        f"{table}\n{case['replications']} replications of some seconds each: one worker {written(one, in_seconds)}, "
        f"two {written(two, in_seconds)}, start of the pool included: {written(speed_up(case), times)}.\n"
    )


def _commands(case: Case) -> str:
    words = {
        "help": "`sparesim --help`",
        "validate": "`sparesim validate hp-china-2017`",
        "report": "`sparesim report` of a run of HP China",
    }
    rows = [(title, written(Spread.of(case["runs"][name]), in_seconds)) for name, title in words.items()]
    return _table(("command", "wall time"), rows)
