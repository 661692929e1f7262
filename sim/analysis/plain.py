"""A plan as plain data, and how two plans differ."""

from __future__ import annotations

import dataclasses
import hashlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from sim.canonical import AS_IT_IS, values_getter
from sim.sampling import Sampling
from sim.scenario.plan import Plan

Seen = dict[int, tuple[Any, Any]]
LONGEST = 400  # longer columns are given by length and digest


def plain_plan(plan: Plan) -> dict[str, Any]:
    """JSON-ready form of a plan; infinities and NaN as text, long arrays by digest."""
    data: dict[str, Any] = _plain(plan, {})
    if plan.run.goal is None:
        data["run"] = {key: value for key, value in data["run"].items() if key != "goal"}
    if plan.run.sampling == Sampling():
        del data["run"]["sampling"]
    if not plan.translations:
        del data["translations"]
    if plan.uncertain is None:
        del data["uncertain"]
    else:
        data["uncertain"] = {one.path: one.described() for one in plan.uncertain.inputs}
    return data


_fields: dict[type[Any], tuple[tuple[str, ...], Callable[[Any], Any]]] = {}


def _fields_of(kind: type[Any]) -> tuple[tuple[str, ...], Callable[[Any], Any]]:
    """Names of the fields of a type, and how to get their values."""
    if kind not in _fields:
        names = tuple(f.name for f in dataclasses.fields(kind))
        _fields[kind] = names, values_getter(names)
    return _fields[kind]


def _plain(value: Any, seen: Seen) -> Any:
    """The plain form; `seen` holds that of the objects that many places of a plan share, by identity."""
    kind = type(value)
    if kind in AS_IT_IS:
        return value
    if kind is float:
        return value if math.isfinite(value) else repr(value)
    known = seen.get(id(value))
    if known is not None:
        return known[1]
    made: Any = value
    if kind is tuple or kind is list:
        made = _plain_column(value, seen)
    elif isinstance(value, np.ndarray):
        made = _plain_column(value.tolist(), seen)
    elif dataclasses.is_dataclass(value):
        names, values_of = _fields_of(kind)
        made = {n: v if type(v) in AS_IT_IS else _plain(v, seen) for n, v in zip(names, values_of(value), strict=True)}
    seen[id(value)] = value, made  # the value is kept, so that no other gets its identity
    return made


def _plain_column(values: Any, seen: Seen) -> Any:
    plain = [_plain(v, seen) for v in values]
    if len(plain) > LONGEST and not isinstance(plain[0], (dict, list)):
        return {"length": len(plain), "sha256": hashlib.sha256(repr(plain).encode()).hexdigest()}
    return plain


def plan_differences(base: Plan, other: Plan, limit: int = 200) -> list[tuple[str, str, str]]:
    """What differs between the inputs of two plans.

    Parameters
    ----------
    base, other
        The plans; name, title, question and number of replications are not compared.
    limit
        At most so many differences; a last entry says how many more there are.

    Returns
    -------
    (path, value in base, value in other), members of lists by their name where they have one; 'absent' where there is none.
    """
    return plain_differences(plain_plan(base), plain_plan(other), limit)


def plain_differences(base: dict[str, Any], other: dict[str, Any], limit: int = 200) -> list[tuple[str, str, str]]:
    """The same as `plan_differences` for plans in their plain form, as plan.json has it."""
    told = {"name", "title", "question", "warnings", "notes"}
    a, b = ({key: value for key, value in one.items() if key not in told} for one in (base, other))
    for one in (a, b):
        one["run"] = {key: value for key, value in one["run"].items() if key not in ("replications", "goal")}
    found: list[tuple[str, str, str]] = []
    _walk("", a, b, found)
    if len(found) > limit:
        return [*found[:limit], ("...", f"{len(found) - limit} more differences", "")]
    return found


def _walk(path: str, a: Any, b: Any, found: list[tuple[str, str, str]]) -> None:
    if a == b:
        return
    if isinstance(a, list) and isinstance(b, list):
        names = _names(a), _names(b)
        if names[0] is not None and names[1] is not None:
            a, b = dict(zip(names[0], a, strict=True)), dict(zip(names[1], b, strict=True))
            for key in dict.fromkeys((*a, *b)):
                _walk(f"{path}[{key}]", a.get(key, _ABSENT), b.get(key, _ABSENT), found)
            return
        if len(a) == len(b) and any(isinstance(v, (dict, list)) for v in a):
            for i, (x, y) in enumerate(zip(a, b, strict=True)):
                _walk(f"{path}[{i}]", x, y, found)
            return
    if isinstance(a, dict) and isinstance(b, dict) and set(a) != {"kind", "params"}:
        for key in dict.fromkeys((*a, *b)):
            _walk(f"{path}.{key}" if path else key, a.get(key, _ABSENT), b.get(key, _ABSENT), found)
        return
    found.append((path, _text(a), _text(b)))


_ABSENT = object()


def _names(items: list[Any]) -> list[str] | None:
    """Distinct names of the members of a list, None if they have none."""
    names = [item.get("name") if isinstance(item, dict) else None for item in items]
    return [str(n) for n in names] if all(names) and len(set(names)) == len(names) else None


def _text(value: Any) -> str:
    if value is _ABSENT:
        return "absent"
    if isinstance(value, dict) and set(value) == {"kind", "params"}:
        return f"{value['kind']}({', '.join(f'{p:.6g}' for p in value['params'][:6])})"
    text = f"{value:.10g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 80 else text[:77] + "..."
