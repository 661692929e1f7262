"""A scenario as one explicit document: extends, changes, tables and defaults filled in, in the words of the file format."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, WithJsonSchema
from pydantic.fields import FieldInfo

from sim.canonical import sha256_of
from sim.scenario.document import Document
from sim.scenario.findings import Findings
from sim.scenario.load import fractions_in, load_document_of, name_of, plan_of
from sim.scenario.places import Keys, dotted
from sim.scenario.schema.quantities import DEFAULT_CURRENCY
from sim.scenario.schema.scenario import ScenarioSpec
from sim.scenario.uncertain import is_uncertain, take_uncertain

_PLAIN = re.compile(r"[A-Za-z_][\w ./%:+-]*(?<![ :])")
# How a default is written, by what its type publishes.
_UNITS = {"duration": "{!r} h", "rate": "{!r}/h", "weight": "{!r} kg", "share per time": "{!r}/h"}
_RESERVED = frozenset({"null", "true", "false", "nan", "inf"})


@dataclass(frozen=True)
class ResolvedScenario:
    """Values, and for each leaf where it was written (``default`` where it was not); `cut` if tables are shown by digest."""

    name: str
    digest: str
    values: dict[str, Any]
    origins: dict[str, str]
    cut: bool = False

    def text(self, *, origin: bool = False) -> str:
        """As YAML; with `origin` each value carries a comment that says where it was written."""
        lines = [
            f"# {self.name}, plan {self.digest}",
            "# values that were not written are defaults: hours, per hour, shares of 1",
        ]
        if self.cut:
            lines.append("# large tables are shown by digest; --full prints all, and then the text is a scenario again")
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
    means, _ = take_uncertain(document.data, Findings(), fractions_in)
    spec = ScenarioSpec.model_validate(means, context=context)
    values = _completed(document.data, spec)
    _make_absolute(values, document)
    origins: dict[str, str] = {}
    cut = False

    def visit(value: Any, keys: Keys) -> Any:
        if isinstance(value, dict) and value:
            if most is not None and len(value) > most:
                nonlocal cut
                cut = True
                return {"table": f"{len(value)} entries, sha256 {sha256_of(value)}"}
            return {key: visit(below, (*keys, key)) for key, below in value.items()}
        if _is_written(document.data, keys):
            mark = document.mark(keys)
            origins[dotted(keys)] = f"{mark.file}:{mark.line}" if mark.line else mark.file
        return value

    shown = visit(values, ())
    return ResolvedScenario(plan.name, plan.digest, shown, origins, cut)


def _make_absolute(values: dict[str, Any], document: Document) -> None:
    """Recorded cases and a saved state stay in their file: name it so that the text can be saved anywhere."""
    replay = values.get("replay")
    if isinstance(replay, dict) and isinstance(replay.get("from"), str):
        values["replay"] = {**replay, "from": str((document.folder(("replay", "from")) / replay["from"]).resolve())}
    run = values.get("run")
    initial = run.get("initial") if isinstance(run, dict) else None
    if isinstance(run, dict) and isinstance(initial, dict) and isinstance(initial.get("saved"), str):
        path = document.folder(("run", "initial", "saved")) / initial["saved"]
        values["run"] = {**run, "initial": {**initial, "saved": str(path.resolve())}}


def _completed(written: Any, spec: Any) -> Any:
    """What was written, completed by the defaults of the schema that say something."""
    if is_uncertain(written):
        return written
    if isinstance(spec, BaseModel) and isinstance(written, dict):
        result = dict(written)
        for name, field in type(spec).model_fields.items():
            key, value = field.alias or name, getattr(spec, name)
            if key in written:
                result[key] = _completed(written[key], value)
            elif name not in spec.model_fields_set and not _says_nothing(value):
                result[key] = _default(value, field)
        return result
    if isinstance(spec, dict) and isinstance(written, dict) and set(spec) == set(written):
        return {key: _completed(written[key], spec[key]) for key in written}
    return written


def _default(value: Any, field: FieldInfo) -> Any:
    """A default as it would be written: with its unit, or by the name that stands for a number."""
    if isinstance(value, BaseModel):
        return _written_out(value)
    published = next(_published(field), {})
    names = published.get("enum")
    if isinstance(value, list) and names and all(isinstance(v, int) for v in value):
        return [names[v] for v in value]
    if isinstance(value, float) and value != 0:
        return _UNITS.get(str(published.get("description")), "{}").format(value)
    return value


def _published(*places: Any) -> Iterator[dict[str, Any]]:
    """JSON Schemas that a field's type publishes, also inside unions and lists."""
    for place in places:
        for note in getattr(place, "metadata", getattr(place, "__metadata__", ())):
            if isinstance(note, WithJsonSchema):
                yield note.json_schema or {}
        yield from _published(*get_args(getattr(place, "annotation", place)))


def _written_out(spec: BaseModel) -> dict[str, Any]:
    values = ((field.alias or name, getattr(spec, name), field) for name, field in type(spec).model_fields.items())
    return {key: _default(value, field) for key, value, field in values if not _says_nothing(value)}


def _says_nothing(value: Any) -> bool:
    return value is None or (isinstance(value, (dict, list, tuple, str)) and not value)


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
