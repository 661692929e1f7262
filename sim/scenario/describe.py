"""The file format as Markdown tables, generated from the schema so that it is never out of date."""

from __future__ import annotations

import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, WithJsonSchema
from pydantic.fields import FieldInfo

from sim.scenario.json_schema import INSTRUCTIONS
from sim.scenario.schema.distributions import DurationDist, NumberDist
from sim.scenario.schema.quantities import Name
from sim.scenario.schema.scenario import ScenarioSpec
from sim.scenario.schema.spec import ShortSpec
from sim.units import format_duration

_INTRODUCTION = """\
A scenario is a YAML 1.2 file; every section is optional. Quantities are text with a unit:

| form | examples | notes |
| --- | --- | --- |
| duration | `4 min`, `1.5 h`, `2 days`, `1 year` | s, min, h, day, week, month, year (365 days); only 0 goes without a unit |
| rate | `100/h`, `20/day`, `0.5/year` | events per time |
| share | `60 %`, `0.6` | 0 % to 100 % |
| money | `20 EUR`, `20` | in the `currency` of the file; any other currency is an error |
| weight | `0.2 kg`, `350 g` | |
| date, instant | `2017-01-31`, `2017-01-31 10:20` | local time where a time zone applies |
| hours | `mon-fri 8:00-18:00; sat 9:00-13:00`, `24x7`, `cn-shops` | one word is the name of a calendar |
| distribution | `2 days`, `{exponential: 6 min}` | see [Distributions](#distributions) |

`{from: file.csv}` (relative to the YAML file) stands for the members of a collection: a column `name`, other columns are
fields, dots in a column name go deeper (`repair_time.gamma.mean`), an empty cell says nothing; `defaults` beside it hold for
all members. For a list of numbers `{from: file.csv, column: name}` stands for a column, with `unit: h` for quantities. A span
of hours past midnight goes on to the next morning.
"""
_PLAIN = {int: "whole number", float: "number", str: "text", bool: "true or false", type(None): "empty", Any: "value"}


def format_markdown() -> str:
    """All sections and fields of a scenario file, with form, default and meaning."""
    out = ["# The scenario file", "", _INTRODUCTION, "## Sections", "", *_table(ScenarioSpec), "", *_instructions()]
    seen: list[type[BaseModel]] = []
    for name, field in ScenarioSpec.model_fields.items():
        models = [m for m in models_in(field.annotation) if m not in seen]
        if models:
            out += ["", f"## {name}"]
        for model in models:
            out += _section(model, seen, name)
    for model in (DurationDist, NumberDist):
        out += ["", "## Distributions" if model is DurationDist else "### Distributions of numbers", "", _summary(model), ""]
        out += _table(model, forms_only=True)
        for field in model.model_fields.values():
            for inner in models_in(field.annotation):
                out += _section(inner, seen)
    return "\n".join(out) + "\n"


def _instructions() -> list[str]:
    rows = [f"| `{key}` | {value['description']} |" for key, value in INSTRUCTIONS.items()]
    return [
        "A scenario that changes another one has, beside its own title, run and targets:",
        "",
        "| key | meaning |",
        "| --- | --- |",
        *rows,
    ]


def _section(model: type[BaseModel], seen: list[type[BaseModel]], heading: str = "") -> list[str]:
    """Heading, summary and table of a model, then of the models within it that were not shown yet.

    There is no heading of its own below an equal `heading`.
    """
    if model in seen or issubclass(model, (DurationDist, NumberDist)):
        return []
    seen.append(model)
    out = [] if title_of(model) == heading else ["", f"### {title_of(model)}"]
    out += ["", _summary(model), "", *_table(model)]
    for field in model.model_fields.values():
        for inner in models_in(field.annotation):
            out += _section(inner, seen)
    return out


def title_of(model: type[BaseModel]) -> str:
    """Name of a model for readers: `NextStepSpec` is 'next step'."""
    name = model.__name__.removesuffix("Spec")
    return "".join(f" {c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name))


def _summary(model: type[BaseModel]) -> str:
    text = " ".join((model.__doc__ or "").split())
    if issubclass(model, ShortSpec):
        text += f" Short form: the value of `{model.short}` alone."
    return text


def _table(model: type[BaseModel], forms_only: bool = False) -> list[str]:
    head = (
        ["| key | form | meaning |", "| --- | --- | --- |"]
        if forms_only
        else ["| key | form | default | meaning |", "| --- | --- | --- | --- |"]
    )
    rows = []
    for name, field in model.model_fields.items():
        cells = [f"`{field.alias or name}`", form_text(_whole(field))]
        if not forms_only:
            cells.append(_default(field))
        rows.append("| " + " | ".join([*cells, _escaped(field.description or "")]) + " |")
    return head + rows


def _whole(field: FieldInfo) -> Any:
    return Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.default
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, BaseModel):
        given = value.model_dump(by_alias=True, exclude_unset=True)
        if not given:
            return ""
        kind, inner = next(iter(given.items()))
        shown = format_duration(inner) if isinstance(inner, float) else str(inner)
        return f"`{shown}`" if kind == "constant" else f"`{{{kind}: {shown}}}`"
    form = form_text(_whole(field))
    if isinstance(value, float):
        shown = {"duration": format_duration(value), "share": f"{value:.0%}".replace("%", " %")}.get(form, f"{value:g}")
        return f"`{shown}`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, list):
        return f"`[{', '.join(str(v) for v in value)}]`" if form != "list of weekday" else "`mon` to `fri`"
    return f"`{value}`"


def form_text(annotation: Any) -> str:
    """The form of a value in words: 'duration', 'list of names', 'shares by name' ..."""
    if annotation == Name:
        return "name"
    if get_origin(annotation) is Annotated:
        base, *metadata = get_args(annotation)
        for item in metadata:
            if isinstance(item, WithJsonSchema) and item.json_schema:
                return _published_form(item.json_schema)
        return form_text(base)
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " or ".join(f"`{a}`" for a in args)
    if origin in (Union, types.UnionType):
        forms = dict.fromkeys(form_text(a) for a in args if a is not type(None))
        return " or ".join(forms)
    if origin is list:
        return f"list of {form_text(args[0])}"
    if origin is dict:
        key = form_text(args[0])
        member = form_text(args[1])
        return f"({member}) by {key}" if " or " in member else f"{member} by {key}"
    if isinstance(annotation, type) and issubclass(annotation, (DurationDist, NumberDist)):
        return "[distribution](#distributions)"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        title = title_of(annotation)
        return f"[{title}](#{title.replace(' ', '-')})"
    return "value"


def _published_form(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return "weekday"
    if schema.get("format") == "date":
        return "date"
    examples = schema.get("examples") or [""]
    by_example = {
        "2017-01-31 10:20": "instant",
        "Europe/Berlin": "time zone",
        "mon-fri 8:00-18:00": "hours",
        "from 1 year": "age",
    }
    text = by_example.get(str(examples[0])) or str(schema.get("description", "text"))
    return "money" if text.startswith("money in") else text


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """Models within an annotation, in order."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    found: list[type[BaseModel]] = []
    for inner in get_args(annotation):
        if isinstance(inner, type) or get_origin(inner) is not None:
            found += [m for m in models_in(inner) if m not in found]
    return found
