"""Nested frozen dataclasses as canonical JSON values, and their digest."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

import numpy as np

AS_IT_IS = frozenset((str, int, bool, type(None)))


def values_getter(names: Sequence[str]) -> Callable[[Any], Any]:
    """A quick function from an object to the values of these attributes, in order."""
    if len(names) == 1:
        return lambda value: (getattr(value, names[0]),)
    return attrgetter(*names) if names else lambda value: ()


def canonical(value: Any, leave_out: frozenset[str] = frozenset()) -> Any:
    """Plain JSON value of nested dataclasses, tuples and arrays.

    Fields named in `leave_out` are skipped at every level; a dataclass carries its type as ``_``; non-finite floats become text;
    an array becomes its type, length and SHA-256.
    """
    return _Canonical(leave_out).of(value)


class _Canonical:
    """One conversion; remembers what was made of objects that many places share, by identity, and the fields of each type."""

    def __init__(self, leave_out: frozenset[str]) -> None:
        self._leave_out = leave_out
        self._seen: dict[int, Any] = {}
        self._fields: dict[type, tuple[tuple[str, ...], Callable[[Any], Any]]] = {}

    def of(self, value: Any) -> Any:
        """The plain value."""
        kind = type(value)
        if kind in AS_IT_IS:
            return value
        if kind is float:
            return value if math.isfinite(value) else repr(value)
        known = self._seen.get(id(value))
        if known is not None:
            return known
        made: Any = value
        if kind is tuple or isinstance(value, (tuple, list)):
            made = [self.of(v) for v in value]
        elif dataclasses.is_dataclass(value):
            made = {"_": kind.__name__}
            names, values_of = self._fields.get(kind) or self._fields_of(kind)
            for name, below in zip(names, values_of(value), strict=True):
                made[name] = below if type(below) in AS_IT_IS else self.of(below)
        elif isinstance(value, np.ndarray):
            made = [str(value.dtype), len(value), hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()]
        self._seen[id(value)] = made
        return made

    def _fields_of(self, kind: type[Any]) -> tuple[tuple[str, ...], Callable[[Any], Any]]:
        """Names of parts of the plan count (streams are named after them); the plan's own does not."""
        is_part = kind.__name__ != "Plan"
        names = tuple(f.name for f in dataclasses.fields(kind) if f.name not in self._leave_out or (f.name == "name" and is_part))
        self._fields[kind] = names, values_getter(names)
        return self._fields[kind]


def sha256_of(value: Any) -> str:
    """Hex digest of a JSON value with sorted keys and no spaces."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
