"""Reads a comparison folder: comparison.json and the run folders that it names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from sim.analysis.compare import Difference, PairContrast, ScenarioContrast
from sim.analysis.multiple import Behind, Standing
from sim.errors import UsageError
from sim.report.contrast import Contrast, contrast_of
from sim.report.read import RunResults, read_run
from sim.report.together import Together
from sim.store import read_json

_Record = TypeVar("_Record")


@dataclass(frozen=True)
class StoredComparison:
    """All that a comparison's page is drawn from."""

    base: RunResults
    others: tuple[RunResults, ...]
    contrasts: tuple[Contrast, ...]
    together: Together
    command: tuple[str, ...] = ()  # that made it


def read_comparison(folder: Path) -> StoredComparison:
    """Read a comparison folder and its runs.

    Raises
    ------
    UsageError
        If comparison.json is not there or of an older version, or a run folder is missing or holds other results than compared.
    """
    path = folder / "comparison.json"
    data = read_json(path)
    try:
        runs = [_run(path, entry) for entry in data["runs"]]
        entries = [
            ScenarioContrast(
                str(one["name"]),
                tuple(_record(Difference, row) for row in one["differences"]),
                tuple((str(i["path"]), str(i["base"]), str(i["other"])) for i in one["inputs"]),
            )
            for one in data["scenarios"]
        ]
        best = data["best"]
        standing = None if best is None else _standing(best)
        pairs = tuple(
            PairContrast(str(p["base"]), str(p["other"]), tuple(_record(Difference, row) for row in p["rows"]))
            for p in data["pairs"]
        )
    except (KeyError, TypeError, AttributeError):
        raise UsageError(f"{path} does not say all that its page needs: run `sparesim compare` again") from None
    command = tuple(str(word) for word in data.get("command") or ())
    if len(runs) != len(entries) + 1:
        raise UsageError(f"{path} names {len(runs)} runs for {len(entries)} scenarios and a baseline")
    return StoredComparison(runs[0], tuple(runs[1:]), tuple(map(contrast_of, entries)), Together(standing, pairs), command)


def _run(path: Path, entry: Mapping[str, Any]) -> RunResults:
    """A run of the comparison, as it was when it was compared."""
    folder = path.parent / str(entry["folder"])
    if not (folder / "manifest.json").is_file():
        raise UsageError(
            f"{path.parent}: the run folder {folder} of {entry['name']} is missing; put it there or run `sparesim compare` again"
        )
    run = read_run(folder)
    was = (entry["digest"], entry["replications"], float(entry["warm_up_h"]))
    if was != (run.summary.get("digest"), run.replications, run.warm_up_h):
        raise UsageError(
            f"{path.parent}: the run folder {folder} holds other results than were compared "
            f"({run.replications} replications, then {entry['replications']}); run `sparesim compare` again"
        )
    return run


def _standing(data: Mapping[str, Any]) -> Standing:
    rest = {name: value for name, value in data.items() if name != "entries"}
    return Standing(**rest, entries=tuple(_record(Behind, one) for one in data["entries"]))


def _record(kind: type[_Record], data: Mapping[str, Any]) -> _Record:
    """A record of its fields by name; what a newer version has more is left out."""
    names: Iterable[str] = (f.name for f in fields(kind))  # type: ignore[arg-type]
    return kind(**{name: data[name] for name in names if name in data})
