"""What `change`, `add` and `remove` of one file do to the document that it extends.

All addresses refer to what is extended, so their order does not matter; an address that does not exist, or is named twice, is a
fault. What a change does depends on its value:

* a number, text or list replaces the value;
* `{scale: 1.1}`, `{plus: 2 h}` (also both, and `round: up`, `down` or `nearest`) work on the number or quantity there, or on each
  of a list; `{replace: ...}` replaces a whole mapping;
* a distribution or stock policy of another kind replaces the one there;
* any other mapping goes deeper: its keys are addresses below.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sim.errors import Fault, did_you_mean
from sim.scenario.addresses import AddressError, Segments, explain_missing, joined, matches, parse_address, value_at
from sim.scenario.document import Document, plain_copy
from sim.scenario.places import Keys, dotted
from sim.units import UnitError, add_quantity, parse_share, scale_quantity

INSTRUCTIONS = ("extends", "change", "add", "remove")
DIRECT = ("format", "title", "question", "not_modelled", "translations", "targets", "customers", "run")

# Mappings of these keys are one value with a kind, not a set of things: giving another kind replaces the value.
_DISTRIBUTION = frozenset(
    ("constant", "exponential", "gamma", "lognormal", "weibull", "triangular", "uniform", "empirical", "mean", "cv", "shape")
) | {"normal", "uncertain"}
_POLICY = frozenset(("base_stock", "s", "S", "Q", "review"))
_ARITHMETIC = frozenset(("scale", "plus", "round"))
_ROUNDING: dict[str, Callable[[float], int]] = {
    "up": lambda x: math.ceil(x - 1e-9),
    "down": lambda x: math.floor(x + 1e-9),
    "nearest": lambda x: math.floor(x + 0.5),
}


def note_misplaced(document: Document) -> None:
    """Fault the sections that a file which extends another cannot give directly, and leave them out."""
    for key in [k for k in document.data if k not in INSTRUCTIONS and k not in DIRECT]:
        hint = did_you_mean(key, (*INSTRUCTIONS, *DIRECT), nearness=0.75) or "put it under 'change' or 'add'"
        document.fault("E204", (key,), "cannot be given here in a file that extends another", hint, key=True)
        del document.data[key]


@dataclass(frozen=True, slots=True)
class _Operation:
    """One value to put or remove."""

    verb: str  # 'changed', 'added', 'removed' or 'given'
    path: Keys
    value: Any
    origin: Keys  # where the overlay says so


class Changes:
    """The instructions of one file (`overlay`) for what it extends (`target`).

    With `may_create` a changed address need not exist in its last key.
    """

    def __init__(self, target: Document, overlay: Document, may_create: bool = False) -> None:
        self.target = target
        self.overlay = overlay
        self.may_create = may_create
        self.operations: list[_Operation] = []
        self.matched: set[Keys] = set()
        self.unmatched: dict[Keys, Fault] = {}

    def apply(self) -> None:
        """Collect all operations, check them against each other and carry them out on the target."""
        data = self.overlay.data
        for key in data:
            if key in DIRECT:
                self._on_direct(key, data[key])
        for key, collect in (("change", self._on_changes), ("add", self._on_additions)):
            if isinstance(data.get(key), dict):
                collect((), data[key], (key,))
            elif data.get(key) is not None:
                self._fault("E208", (key,), "should be addresses and values, such as 'service_points.oslo.technicians: 3'")
        self._on_removals(data.get("remove"))
        self.target.faults += [fault for origin, fault in self.unmatched.items() if origin not in self.matched]
        self._drop_conflicts()
        for operation in self.operations:
            if operation.verb != "removed":
                self._put(operation)
        removed = [o.path for o in self.operations if o.verb == "removed"]
        for path in sorted(removed, key=lambda p: [(isinstance(k, str), k) for k in p], reverse=True):
            self._drop(path)

    def _fault(self, code: str, origin: Keys, message: str, suggestion: str = "", path: str | None = None) -> None:
        shown = dotted(origin) if path is None else path
        self.target.faults.append(Fault(code, self.overlay.mark(origin, key=True), shown, message, suggestion))

    def _missing(self, at: Keys, segments: Segments, origin: Keys, otherwise: str) -> None:
        """Note that nothing exists at an address; a fault unless it fits another member of a pattern above."""
        message, hint = explain_missing(self.target.data, at, segments, otherwise)
        code = "E211" if any(s.is_pattern for s in segments) else "E205"
        path = ".".join(filter(None, (dotted(at), *(f'"{s.text}"' if s.quoted else s.text for s in segments))))
        fault = Fault(code, self.overlay.mark(origin, key=True), path, message, hint)
        self.unmatched.setdefault(origin, fault)

    def _segments(self, origin: Keys, text: str) -> Segments | None:
        try:
            return parse_address(text)
        except AddressError as error:
            self._fault("E208", origin, str(error), path="")
            return None

    def _on_direct(self, key: str, value: Any) -> None:
        if key == "run" and isinstance(value, dict) and isinstance(self.target.data.get("run"), dict):
            self.operations += [_Operation("given", ("run", k), v, ("run", k)) for k, v in value.items()]
        elif key == "translations" and isinstance(value, dict) and isinstance(self.target.data.get(key), dict):
            self._on_translations(value)
        else:
            self.operations.append(_Operation("given", (key,), value, (key,)))

    def _on_translations(self, value: dict[str, Any]) -> None:
        """Translations come on top of those of the base, text by text, since most of its texts are kept."""
        for lang, texts in value.items():
            if isinstance(texts, dict) and isinstance(self.target.data["translations"].get(lang), dict):
                keys = [("translations", lang, text) for text in texts]
                self.operations += [_Operation("given", at, texts[at[-1]], at) for at in keys]
            else:
                self.operations.append(_Operation("given", ("translations", lang), texts, ("translations", lang)))

    def _on_changes(self, at: Keys, tree: dict[str, Any], origin: Keys) -> None:
        for key, value in tree.items():
            here = (*origin, key)
            segments = self._segments(here, key)
            if segments is None:
                continue
            if self.may_create and not at and segments[0].text == "run":
                self.target.data.setdefault("run", {})
            found = matches(value_at(self.target.data, at), segments)
            if not found and self.may_create:
                found = self._new_paths(at, segments)
            if found:
                self.matched.add(here)
            else:
                self._missing(at, segments, here, "" if self.may_create else "to give it anew put it under 'add'")
            for keys in found:
                self._on_change((*at, *keys), value, here)

    def _on_change(self, path: Keys, value: Any, origin: Keys) -> None:
        holder: Any = value_at(self.target.data, path[:-1])
        last: Any = path[-1]
        old = holder[last] if isinstance(holder, list) or (holder and last in holder) else None
        if isinstance(value, dict):
            names_members = isinstance(old, dict) and bool(value.keys() & old.keys())
            if set(value) == {"replace"} and not names_members:
                self.operations.append(_Operation("changed", path, value["replace"], (*origin, "replace")))
                return
            if value and value.keys() <= _ARITHMETIC and not names_members:
                self._on_arithmetic(path, old, value, origin)
                return
            if isinstance(old, dict) and not value:
                self._fault(
                    "E208", origin, "an empty mapping changes nothing", "write {replace: {}} to empty it", path=dotted(path)
                )
                return
            if isinstance(old, dict) and (not _is_one_value(value) or value.keys() <= old.keys()):
                self._on_changes(path, value, origin)
                return
        self.operations.append(_Operation("changed", path, value, origin))

    def _on_arithmetic(self, path: Keys, old: Any, value: dict[str, Any], origin: Keys) -> None:
        shown = dotted(path)
        rounding = value.get("round", "nearest")
        if isinstance(old, dict):
            leaf = _first_number(old, path)
            hint = f"name the number itself, such as {dotted(leaf)}" if leaf else ""
            self._fault("E209", origin, "is a mapping, not a number", hint, path=shown)
        elif rounding not in _ROUNDING:
            self._fault("E209", (*origin, "round"), f"'{rounding}' is not up, down or nearest", path=shown)
        else:
            try:
                new = [_compute(item, value) for item in old] if isinstance(old, list) else _compute(old, value)
            except UnitError as error:
                self._fault("E209", origin, error.message, error.suggestion, path=shown)
                return
            self.operations.append(_Operation("changed", path, new, origin))

    def _on_additions(self, at: Keys, tree: dict[str, Any], origin: Keys) -> None:
        for key, value in tree.items():
            here = (*origin, key)
            segments = self._segments(here, key)
            if segments is None:
                continue
            found = matches(value_at(self.target.data, at), segments)
            for keys in found:
                self._on_existing((*at, *keys), value, here)
            new = [] if found else self._new_paths(at, segments)
            self.operations += [_Operation("added", (*at, *keys), value, here) for keys in new]
            if not found and not new:
                self._on_no_parent(at, segments, here)

    def _on_no_parent(self, at: Keys, segments: Segments, origin: Keys) -> None:
        """An addition to what does not exist, or holds no names."""
        holders = matches(value_at(self.target.data, at), segments[:-1]) if len(segments) > 1 else []
        if holders:
            holder = (*at, *holders[0])
            kind = "a list" if isinstance(value_at(self.target.data, holder), list) else "a single value"
            self._fault(
                "E206", origin, f"is {kind}, to which no key can be added", "put the whole under 'change'", dotted(holder)
            )
        else:
            self._missing(at, segments[:-1] or segments, origin, "add the whole of it, nested")

    def _on_existing(self, path: Keys, value: Any, origin: Keys) -> None:
        """An addition to what exists: its members, if it has some."""
        old = value_at(self.target.data, path)
        if isinstance(old, dict) and isinstance(value, dict) and value and not _is_one_value(value):
            self._on_additions(path, value, origin)
        else:
            self._fault("E206", origin, "exists already", "put it under 'change'", path=dotted(path))

    def _new_paths(self, at: Keys, segments: Segments) -> list[Keys]:
        """Paths below `at` that exist but for their last key. A name of a target is one key, whatever its dots."""
        below = value_at(self.target.data, at)
        if segments[-1].is_pattern:
            return []
        parents = [p for p in matches(below, segments[:-1]) if isinstance(value_at(below, p), (dict, type(None)))]
        if parents:
            return [(*p, segments[-1].text) for p in parents]
        inside = 1 - len(at)  # segments before the name of the target
        if (*at, segments[0].text)[0] == "targets" and "targets" in self.target.data and 0 <= inside < len(segments):
            name = joined(segments[inside:])
            return [("targets", name)[len(at) :]] if name else []
        return []

    def _on_removals(self, listed: Any) -> None:
        items = listed if isinstance(listed, list) else [] if listed is None else [listed]
        for position, text in enumerate(items):
            origin: Keys = ("remove", position) if isinstance(listed, list) else ("remove",)
            if not isinstance(text, str):
                self._fault("E208", origin, "should be an address, or a list of them")
                continue
            segments = self._segments(origin, text)
            if segments is None:
                continue
            found = matches(self.target.data, segments)
            if not found:
                self._missing((), segments, origin, "")
            self.operations += [_Operation("removed", keys, None, origin) for keys in found]

    def _drop_conflicts(self) -> None:
        """Fault every operation on a path that an earlier one touches, whole or in part, and leave it out."""
        first: dict[Keys, int] = {}
        for index, operation in enumerate(self.operations):
            first.setdefault(operation.path, index)
        clashing: set[int] = set()
        for index, operation in enumerate(self.operations):
            for length in range(1, len(operation.path) + 1):
                other = first.get(operation.path[:length], index)
                early, late = min(index, other), max(index, other)
                if early != late and late not in clashing:
                    clashing.add(late)
                    self._note_conflict(self.operations[late], self.operations[early])
        self.operations = [o for i, o in enumerate(self.operations) if i not in clashing]

    def _note_conflict(self, late: _Operation, early: _Operation) -> None:
        line = self.overlay.mark(early.origin, key=True).line
        what = "" if late.path == early.path else f"{dotted(early.path)} "
        message = f"{what}is {early.verb} already in line {line}" if what else f"{early.verb} already in line {line}"
        self._fault("E207", late.origin, message, "say it once", path=dotted(late.path))

    def _put(self, operation: _Operation) -> None:
        value: Any = self.target.data
        place = self.target.root
        for key in operation.path[:-1]:
            if value[key] is None:
                value[key] = {}
            value = value[key]
            place = place.own_child(key)
        value[operation.path[-1]] = plain_copy(operation.value)
        place.put(operation.path[-1], self.overlay.root.find(operation.origin)[0])

    def _drop(self, path: Keys) -> None:
        value: Any = self.target.data
        place = self.target.root
        for key in path[:-1]:
            value = value[key]
            place = place.own_child(key)
        last = path[-1]
        del value[last]
        place.drop(last)
        for position in range(int(last), len(value)) if isinstance(value, list) else ():
            moved = place.child(position + 1)
            if moved:
                place.put(position, moved)


def _is_one_value(value: dict[str, Any]) -> bool:
    """True for a distribution or a stock policy."""
    return bool(value) and (value.keys() <= _DISTRIBUTION or value.keys() <= _POLICY)


def _compute(old: Any, value: dict[str, Any]) -> Any:
    new = old
    if "scale" in value:
        try:
            factor = parse_share(value["scale"])
        except UnitError as error:
            raise UnitError(f"{error.message.split(' ')[0]} is not a factor", "write a number such as 1.1, or 110 %") from None
        new = scale_quantity(old, factor)
    new = add_quantity(new, value["plus"]) if "plus" in value else new
    if "round" in value:
        if isinstance(new, str):
            raise UnitError(f"'{new}' has a unit and cannot be rounded")
        return _ROUNDING[value["round"]](new)
    return new


def _first_number(value: dict[str, Any], path: Keys) -> Keys | None:
    """The path of the first leaf that is a number or quantity."""
    for key, below in value.items():
        if isinstance(below, dict):
            found = _first_number(below, (*path, key))
            if found:
                return found
            continue
        try:
            scale_quantity(below, 1.0)
        except UnitError:
            continue
        return (*path, key)
    return None
