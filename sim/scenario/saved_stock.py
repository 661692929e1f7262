"""The stock and pipeline that an earlier run left, from its JSON file: `run: {initial: {saved: state.json}}`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.columns import S_IN_TRANSIT, S_ON_HAND, S_OWED, S_WAITING
from sim.errors import did_you_mean
from sim.scenario.document import Document
from sim.scenario.files import decode, nearby_file
from sim.scenario.findings import Findings
from sim.scenario.places import Source, shown_path
from sim.scenario.plan import Plan
from sim.scenario.run_start import SavedStock
from sim.scenario.schema.run import RunSpec
from sim.scenario.schema.run_start import SavedSpec

AT = ("run", "initial", "saved")
KIND = "sparesim stock"
MAX_BYTES = 500_000_000
_MAX_FAULTS = 10
_LISTS = {"in_transit": (S_IN_TRANSIT, "arrives_in_h"), "owed": (S_OWED, "since_h"), "waiting": (S_WAITING, "since_h")}
_KEYS = ("location", "part", "on_hand", *_LISTS)


@dataclass(frozen=True)
class SavedFile:
    """States of an earlier run, one list of shelves each, and the text that they stand in."""

    states: list[list[dict[str, Any]]]
    source: Source


def read_saved(document: Document) -> SavedFile | None:
    """The file that `run.initial.saved` names; None if there is none or it cannot be used, faults are in the document then."""
    run = document.data.get("run")
    initial = run.get("initial") if isinstance(run, dict) else None
    name = initial.get("saved") if isinstance(initial, dict) else None
    if not isinstance(name, str) or not name:
        return None
    path = document.folder(AT) / name
    if not path.is_file():
        document.fault("E301", AT, f"saved state '{name}' not found", nearby_file(path, (".json",)))
        return None
    try:
        if path.stat().st_size > MAX_BYTES:
            document.fault("E301", AT, f"saved state '{name}' is larger than {MAX_BYTES // 1_000_000} MB")
            return None
        raw = path.read_bytes()
    except OSError as error:
        document.fault("E301", AT, f"saved state '{name}' cannot be read: {error.strerror or error}")
        return None
    document.files.append(path)
    text, fault = decode(raw, shown_path(path), "E302")
    if text is None:
        document.faults.extend([fault] if fault else [])
        return None
    return _parsed(document, name, Source(shown_path(path), text, path))


def _parsed(document: Document, name: str, source: Source) -> SavedFile | None:
    try:
        data = json.loads(source.text)
    except (json.JSONDecodeError, RecursionError) as error:
        where = f" ({error.msg} at line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        document.fault("E302", AT, f"'{name}' is not JSON{where}")
        return None
    states = data.get("states") if isinstance(data, dict) and data.get("kind") == KIND else None
    if not isinstance(states, list) or not states or not all(_is_state(s) for s in states):
        document.fault("E303", AT, f"'{name}' is not a saved state", "write one with `sparesim run SCENARIO --save-state FILE`")
        return None
    if data.get("format") != 1:
        document.fault("E303", AT, f"'{name}' has format {data.get('format')!r}, this version reads format 1")
        return None
    return SavedFile(states, source)


def _is_state(state: Any) -> bool:
    return isinstance(state, list) and all(isinstance(shelf, dict) for shelf in state)


def compile_saved(file: SavedFile, spec: RunSpec, plan: Plan, findings: Findings) -> SavedStock:
    """Names become indices; unknown ones are faults (E501) unless the scenario drops them, wrong values are (E102)."""
    assert isinstance(spec.initial, SavedSpec)
    reader = _Reader(file, plan, spec.initial.unknown == "drop", findings)
    rows = [row for i, state in enumerate(file.states) for row in reader.state(i, state)]
    columns: list[Any] = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(7)]
    kinds = (np.int32, np.int32, np.int32, np.int8, np.float64, np.int32, np.int32)
    arrays = [np.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]
    named = dict(zip(_COLUMNS, arrays, strict=True))
    return SavedStock(states=len(file.states), others=spec.initial.others, **named)


_COLUMNS = ("state", "location_ix", "part_ix", "what", "hours", "units", "priority")
_Row = tuple[int, int, int, int, float, int, int]


class _Reader:
    """Reads shelves and notes the first faults."""

    def __init__(self, file: SavedFile, plan: Plan, drops: bool, findings: Findings) -> None:
        self._file, self._drops, self._findings = file, drops, findings
        self._ix = {
            "location": {x.name: i for i, x in enumerate(plan.locations) if x.kind != "vendor"},
            "part": {x.name: i for i, x in enumerate(plan.parts)},
        }
        self._told: set[tuple[str, str]] = set()

    def state(self, number: int, shelves: list[dict[str, Any]]) -> list[_Row]:
        """Rows of one state."""
        found: list[_Row] = []
        seen: set[tuple[int, int]] = set()
        for shelf in shelves:
            place = self._name(shelf, "location"), self._name(shelf, "part")
            if place[0] is None or place[1] is None:
                continue
            key = place[0], place[1]
            if key in seen:
                self._fault("E304", str(shelf.get("location")), f"'{shelf['part']}' at '{shelf['location']}' stands there twice")
            seen.add(key)
            for word in shelf.keys() - set(_KEYS):
                self._fault("E101", word, f"unknown key '{word}' in the saved state", did_you_mean(word, _KEYS))
            found.append((number, *key, S_ON_HAND, 0.0, self._whole(shelf, shelf, "on_hand"), 0))
            for name, (what, hours) in _LISTS.items():
                entries = shelf.get(name, [])
                if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
                    self._fault("E102", name, f"`{name}` should be a list of {{{hours}, units}}")
                    continue
                for entry in entries:
                    row = (self._hours(shelf, entry, hours), self._whole(shelf, entry, "units"))
                    priority = entry.get("priority", 0)
                    found.append((number, *key, what, *row, priority if isinstance(priority, int) else 0))
        return found

    def _name(self, shelf: dict[str, Any], what: str) -> int | None:
        name, known = shelf.get(what), self._ix[what]
        ix = known.get(name) if isinstance(name, str) else None
        if ix is None and not self._drops:
            hint = did_you_mean(str(name), known) or "`unknown: drop` leaves out what the scenario does not have"
            self._fault("E501", str(name), f"unknown {what} '{name}' in the saved state", hint)
        return ix

    def _whole(self, shelf: dict[str, Any], entry: dict[str, Any], key: str) -> int:
        value = entry.get(key, 0)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
            self._fault("E102", str(shelf["location"]), f"`{key}` should be a whole number of units, 0 or more, not {value!r}")
            return 0
        return value

    def _hours(self, shelf: dict[str, Any], entry: dict[str, Any], key: str) -> float:
        value = entry.get(key, 0.0)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < float("inf"):
            self._fault("E102", str(shelf["location"]), f"`{key}` should be a number of hours, 0 or more, not {value!r}")
            return 0.0
        return float(value)

    def _fault(self, code: str, word: str, message: str, suggestion: str = "") -> None:
        """Note a fault once, at the first line of the file that has the word in quotes."""
        if (word, message) in self._told or len(self._told) >= _MAX_FAULTS:
            return
        self._told.add((word, message))
        quoted = json.dumps(word, ensure_ascii=False)
        lines = self._file.source.lines
        line = next((i for i, text in enumerate(lines, 1) if quoted in text), 0)
        mark = self._file.source.mark(line, lines[line - 1].index(quoted) + 1) if line else None
        self._findings.fault(code, AT, message, suggestion, mark=mark)
