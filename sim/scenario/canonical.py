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
    return _canonical(value, leave_out, {})


def _canonical(value: Any, leave_out: frozenset[str], seen: dict[int, Any]) -> Any:
    """`seen` holds what was made of objects that many places share, by identity."""
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    if kind is float:
        return value if math.isfinite(value) else repr(value)
    known = seen.get(id(value))
    if known is not None:
        return known
    made: Any = value
    if dataclasses.is_dataclass(value):
        fields = (f.name for f in dataclasses.fields(value) if f.name not in leave_out or _names_things(value, f.name))
        made = {"_": kind.__name__, **{name: _canonical(getattr(value, name), leave_out, seen) for name in fields}}
    elif isinstance(value, (tuple, list)):
        made = [_canonical(v, leave_out, seen) for v in value]
    elif isinstance(value, np.ndarray):
        made = [str(value.dtype), len(value), hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()]
    seen[id(value)] = made
    return made


def _names_things(owner: object, field: str) -> bool:
    """Names of parts of the plan count (streams are named after them); the plan's own does not."""
    return field == "name" and type(owner).__name__ != "Plan"


def sha256_of(value: Any) -> str:
    """Hex digest of a JSON value with sorted keys and no spaces."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
