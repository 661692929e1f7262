"""A scenario as one explicit document: extends, changes, tables and defaults filled in, in the words of the file format."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.scenario.canonical import sha256_of
from sim.scenario.load import load_document_of, name_of, plan_of
from sim.scenario.places import Keys, dotted
from sim.scenario.schema.quantities import DEFAULT_CURRENCY
from sim.scenario.schema.scenario import ScenarioSpec

_PLAIN = re.compile(r"[A-Za-z_][\w ./%:+-]*(?<![ :])")
_RESERVED = frozenset({"null", "true", "false", "nan", "inf"})


@dataclass(frozen=True)
class ResolvedScenario:
    """Values, and for each leaf where it was written (``default`` where it was not)."""

    name: str
    digest: str
    values: dict[str, Any]
    origins: dict[str, str]

    def text(self, *, origin: bool = False) -> str:
        """As YAML; with `origin` each value carries a comment that says where it was written."""
        lines = [
            f"# {self.name}, plan {self.digest}",
            "# values that were not written are defaults: hours, per hour, shares of 1",
        ]
        lines += self._lines(self.values, (), origin)
        return "\n".join(lines) + "\n"

    def _lines(self, value: dict[str, Any], keys: Keys, origin: bool) -> Iterator[str]:
        indent = "  " * len(keys)
        for key, below in value.items():
            path = (*keys, key)
            if isinstance(below, dict) and below:
                yield f"{indent}{_scalar(str(key))}:"
                yield from self._lines(below, path, origin)
            else:
                comment = f"  # {self.origins.get(dotted(path), 'default')}" if origin else ""
                yield f"{indent}{_scalar(str(key))}: {_scalar(below)}{comment}"


def resolved_scenario(path_or_name: str | Path, sets: Sequence[str] = (), most: int | None = None) -> ResolvedScenario:
    """Resolve a scenario.

    Parameters
    ----------
    path_or_name, sets
        As for `sim.scenario.load.load_plan`.
    most
        Collections with more entries are shown by number and digest only; None shows all.

    Raises
    ------
    ScenarioError
        If the scenario is invalid.
    """
    document = load_document_of(path_or_name, sets)
    plan = plan_of(document, name_of(path_or_name))
    context = {"currency": document.data.get("currency") or DEFAULT_CURRENCY}
    spec = ScenarioSpec.model_validate(document.data, context=context)
    values = _with_defaults(document.data, spec.model_dump(exclude_none=True, warnings=False))
    origins: dict[str, str] = {}

    def visit(value: Any, keys: Keys) -> Any:
        if isinstance(value, dict) and value:
            if most is not None and len(value) > most:
                return {"table": f"{len(value)} entries, sha256 {sha256_of(value)}"}
            return {key: visit(below, (*keys, key)) for key, below in value.items()}
        if _is_written(document.data, keys):
            mark = document.mark(keys)
            origins[dotted(keys)] = f"{mark.file}:{mark.line}" if mark.line else mark.file
        return value

    return ResolvedScenario(plan.name, plan.digest, visit(values, ()), origins)


def _with_defaults(written: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """What was written, completed by defaults that say something."""
    result = dict(written)
    for key, value in defaults.items():
        if key not in result:
            if value not in ({}, [], ""):
                result[key] = value
        elif isinstance(result[key], dict) and isinstance(value, dict):
            result[key] = _with_defaults(result[key], value)
    return result


def _is_written(data: Any, keys: Keys) -> bool:
    for key in keys:
        if not isinstance(data, dict) or key not in data:
            return False
        data = data[key]
    return True


def _scalar(value: Any) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _RESERVED and ": " not in value:
        return value
    return json.dumps(value, ensure_ascii=False, default=str)
