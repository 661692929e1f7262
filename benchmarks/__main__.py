"""The suite: `python -m benchmarks [--only a,b] [--repeats 5]`, or `make bench [ONLY=a,b] [REPEATS=5]`.

Results are merged into results/latest.json; docs/performance.md and docs/performance.html are written from it.
"""

from __future__ import annotations

import argparse
import datetime
import json
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks import commands, many, peers, sites, year
from benchmarks.machine import machine, versions
from benchmarks.ours import engine

LATEST = Path(__file__).with_name("results") / "latest.json"
REPEATS = {"a": 5, "b": 5, "c": 5, "d": 1, "e": 2, "f": 3, "g": 5}
_CASES = {letter: case for case, letter in peers.LETTERS.items()}
_OTHERS = {"d": year.run, "e": sites.run, "f": many.run, "g": commands.run}


def say(text: str) -> None:
    """One line of progress."""
    print(text, file=sys.stderr, flush=True)


def measure(letter: str, repeats: int) -> dict[str, Any]:
    """Measure one case of the suite."""
    if letter in _CASES:
        return peers.run(_CASES[letter], repeats, say)
    return _OTHERS[letter](repeats, say)


def load(path: Path) -> dict[str, Any]:
    """Stored results; none if they are from another machine, since only figures of one machine go together."""
    here = machine()
    stored: dict[str, Any] = json.loads(path.read_text()) if path.is_file() else {}
    if stored.get("machine") not in (None, here):
        say(f"{path.name} is from another machine: starting anew")
        stored = {}
    return {"format": 1, "cases": {}} | stored | {"machine": here}


def store(path: Path, results: dict[str, Any]) -> None:
    """Write results so that a difference shows by line."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure sparesim and its peers; write docs/performance.md and .html.")
    parser.add_argument("--only", default="".join(REPEATS), help="letters of the cases, such as a,b")
    parser.add_argument("--repeats", type=int, default=0, help="rounds of every case; default: " + str(REPEATS))
    parser.add_argument("--results", type=Path, default=LATEST, help="file to merge the results into")
    parser.add_argument("--pages", action="store_true", help="measure nothing, only write the pages again")
    args = parser.parse_args()
    letters = [letter for letter in args.only if letter not in ", "]
    if unknown := set(letters) - set(REPEATS):
        parser.error(f"unknown case: {', '.join(sorted(unknown))}")
    if not args.pages:
        say(f"engine: {engine()}")
        for letter in letters:
            begin = time.monotonic()
            found = measure(letter, args.repeats or REPEATS[letter])
            found |= {"date": datetime.date.today().isoformat(), "versions": versions()}
            results = load(args.results)
            results["cases"][letter] = found
            store(args.results, results)
            say(f"({letter}) took {time.monotonic() - begin:.0f} s")
    if args.results == LATEST:
        from benchmarks.pages import write_pages

        write_pages(json.loads(LATEST.read_text()))


if __name__ == "__main__":
    main()
