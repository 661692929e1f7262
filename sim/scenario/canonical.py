"""Nested frozen dataclasses as canonical JSON values, and their digest."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from typing import Any

import numpy as np


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
        self._fields: dict[type, tuple[str, ...]] = {}

    def of(self, value: Any) -> Any:
        """The plain value."""
        kind = type(value)
        if kind is str or kind is int or kind is bool or value is None:
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
            for name in self._fields.get(kind) or self._fields_of(kind):
                made[name] = self.of(getattr(value, name))
        elif isinstance(value, np.ndarray):
            made = [str(value.dtype), len(value), hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()]
        self._seen[id(value)] = made
        return made

    def _fields_of(self, kind: type[Any]) -> tuple[str, ...]:
        """Names of parts of the plan count (streams are named after them); the plan's own does not."""
        is_part = kind.__name__ != "Plan"
        names = tuple(f.name for f in dataclasses.fields(kind) if f.name not in self._leave_out or (f.name == "name" and is_part))
        self._fields[kind] = names
        return names


def sha256_of(value: Any) -> str:
    """Hex digest of a JSON value with sorted keys and no spaces."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
