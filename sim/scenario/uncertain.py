"""Numbers of a scenario that are given as a distribution over replications: ``{uncertain: {normal: {mean: 100/h, sd: 5/h}}}``.

They are taken out of the document before anything else looks at it; what remains is an ordinary document with each of them at
its mean, so every field that takes a number or quantity can be uncertain without knowing of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from sim.errors import did_you_mean
from sim.sampling import UncertainInput
from sim.scenario.document import plain_copy
from sim.scenario.findings import Findings
from sim.scenario.places import Keys, dotted
from sim.scenario.schema.quantities import shown
from sim.units import MASS_UNITS, UnitError, parse_duration, parse_number, parse_rate, parse_share, parse_weight, split_quantity

KEY = "uncertain"
_BOUNDS = ("low", "high")
# Parameters of each kind; those with a mean may be cut to a range by `low` and `high`.
PARAMETERS: dict[str, tuple[str, ...]] = {
    "normal": ("mean", "sd"),
    "lognormal": ("mean", "cv"),
    "gamma": ("mean", "cv"),
    "uniform": _BOUNDS,
    "triangular": ("low", "mode", "high"),
    "empirical": (),
}
_TEXTS = ("title", "question", "not_modelled", "translations")
_FIXED = {"run": ("scale",), "targets": (), **dict.fromkeys(_TEXTS, ()), "format": (), "replay": ()}
_Form = tuple[tuple[float, ...], str]


class _FormError(ValueError):
    """What is wrong, below the distribution: code, keys, message, suggestion, and whether the key is wrong."""

    def __init__(self, code: str, keys: Keys, message: str, suggestion: str = "", at_key: bool = False) -> None:
        super().__init__(message)
        self.fault = (code, keys, message, suggestion, at_key)


def is_uncertain(value: Any) -> bool:
    """Whether a value of a document is an uncertain input."""
    return isinstance(value, dict) and len(value) == 1 and KEY in value


def take_uncertain(
    data: dict[str, Any], findings: Findings, only_whole: Callable[[dict[str, Any]], set[Keys]]
) -> tuple[dict[str, Any], tuple[UncertainInput, ...]]:
    """The document with each uncertain input at its mean, and the inputs.

    Parameters
    ----------
    data
        The resolved document; it is not changed.
    findings
        Where faults go; a faulty input is left out.
    only_whole
        The paths at which a document should have a whole number and has a fraction.

    Returns
    -------
    tuple
        The document itself and () if nothing is uncertain.
    """
    places = [keys for section, value in data.items() for keys in _places((section,), value)]
    if not places:
        return data, ()
    inputs = [one for keys in places if (one := _input_at(data, keys, findings)) is not None]
    means = replaced(data, dict.fromkeys(places, 0))
    probe = {one.keys: _fraction(one.mean) for one in inputs if not one.unit}
    whole = only_whole(replaced(means, {one.keys: one.written(one.mean) for one in inputs} | probe)) if probe else set()
    known = tuple(_whole(one) if one.keys in whole else one for one in inputs)
    return replaced(means, {one.keys: one.written(one.mean) for one in known}), known


def replaced(data: dict[str, Any], values: dict[Keys, Any]) -> dict[str, Any]:
    """A copy of a document with other values at some paths; sections without any are shared."""
    sections = {keys[0] for keys in values}
    copy = {key: plain_copy(value) if key in sections else value for key, value in data.items()}
    for keys, value in values.items():
        holder: Any = copy
        for key in keys[:-1]:
            holder = holder[key]
        holder[keys[-1]] = value
    return copy


def stands_for(path: Keys, faulty: Keys) -> bool:
    """Whether a path is that of the uncertain input in which a fault was found: what stands there now is a makeshift."""
    return path == faulty[: len(path)] and faulty[len(path) : len(path) + 1] == (KEY,)


def _places(keys: Keys, value: Any) -> Iterator[Keys]:
    if isinstance(value, dict):
        if len(keys) > 1 and is_uncertain(value):
            yield keys
            return
        for key, below in value.items():
            if isinstance(below, (dict, list)):
                yield from _places((*keys, key), below)
    elif isinstance(value, list):
        for position, below in enumerate(value):
            if isinstance(below, (dict, list)):
                yield from _places((*keys, position), below)


def _fraction(value: float) -> float:
    """A number near a value that is not whole."""
    return value if value != math.floor(value) else value + 0.5


def _whole(one: UncertainInput) -> UncertainInput:
    return UncertainInput(one.path, one.keys, one.kind, one.params, one.unit, one.low, one.high, True)


def _input_at(data: dict[str, Any], keys: Keys, findings: Findings) -> UncertainInput | None:
    value: Any = data
    for key in keys:
        value = value[key]
    try:
        return _read(keys, value[KEY])
    except _FormError as error:
        code, below, message, suggestion, at_key = error.fault
        findings.fault(code, (*keys, KEY, *below), message, suggestion, at_key=at_key)
        return None


def _read(keys: Keys, value: Any) -> UncertainInput:
    section = str(keys[0])
    if section in _FIXED and not (len(keys) == 2 and keys[1] in _FIXED[section]):
        raise _FormError("E542", (), "cannot vary between replications", "give one value", at_key=True)
    if not isinstance(value, dict) or len(value) != 1:
        found = f"not {shown(value)}" if not isinstance(value, dict) else f"found {' and '.join(value) or 'nothing'}"
        raise _FormError(
            "E105", (), f"should name exactly one distribution, {found}", "write e.g. {uniform: {low: .., high: ..}}"
        )
    ((kind, given),) = value.items()
    if kind not in PARAMETERS:
        hint = did_you_mean(str(kind), PARAMETERS) or f"expected {', '.join(PARAMETERS)}"
        raise _FormError("E101", (kind,), "unknown distribution", hint, at_key=True)
    params, unit, bounds = _empirical(given) if kind == "empirical" else _parameters(kind, given)
    one = UncertainInput(dotted(keys), keys, kind, params, unit, *bounds)
    _check(one)
    return one


def _empirical(given: Any) -> tuple[tuple[float, ...], str, tuple[float, float]]:
    if not isinstance(given, list) or not given:
        raise _FormError("E102", ("empirical",), f"should be a list of values, not {shown(given)}")
    numbers, unit = _in_one_unit({("empirical", i): v for i, v in enumerate(given)})
    return tuple(sorted(numbers)), unit, (-math.inf, math.inf)


def _parameters(kind: str, given: Any) -> tuple[tuple[float, ...], str, tuple[float, float]]:
    names = PARAMETERS[kind]
    if not isinstance(given, dict):
        raise _FormError("E102", (kind,), f"should be a mapping with {', '.join(names)}, not {shown(given)}")
    allowed = names if names[0] == "low" else (*names, *_BOUNDS)
    for key in given:
        if key not in allowed:
            hint = did_you_mean(str(key), allowed, fold=True) or f"expected {', '.join(allowed)}"
            raise _FormError("E101", (kind, key), "unknown key", hint, at_key=True)
    for key in names:
        if given.get(key) is None:
            raise _FormError("E103", (kind,), f"`{key}` is missing", at_key=True)
    quantities: dict[Keys, Any] = {(kind, key): given[key] for key in allowed if key != "cv" and given.get(key) is not None}
    numbers, unit = _in_one_unit(quantities)
    found = dict(zip((key for _, key in quantities), numbers, strict=True))
    if "cv" in names:
        try:
            found["cv"] = parse_number(given["cv"])
        except UnitError as error:
            raise _FormError(error.code, (kind, "cv"), error.message, error.suggestion) from None
    bounds = (-math.inf, math.inf) if allowed == names else (found.get("low", -math.inf), found.get("high", math.inf))
    return tuple(found[name] for name in names), unit, bounds


def _check(one: UncertainInput) -> None:
    """What no distribution can have."""
    at: Keys = (one.kind,)
    if one.kind in ("uniform", "triangular") and list(one.params) != sorted(one.params):
        names = PARAMETERS[one.kind]
        raise _FormError("E105", at, f"{', '.join(names[:-1])} and {names[-1]} are not in ascending order")
    if one.kind in ("normal", "lognormal", "gamma"):
        if one.params[1] < 0:
            raise _FormError("E404", (*at, PARAMETERS[one.kind][1]), "should be 0 or more")
        if one.kind != "normal" and one.params[0] <= 0:
            raise _FormError("E404", (*at, "mean"), "should be above 0")
        if one.low > one.high:
            raise _FormError("E105", at, "low is above high")
        if math.isfinite(one.low) or math.isfinite(one.high):
            inside = one._below(one.high) - one._below(one.low)
            if inside < 1e-6 and one.params[1] > 0:
                raise _FormError("E105", at, "practically nothing lies between low and high")


def _in_one_unit(given: dict[Keys, Any]) -> tuple[tuple[float, ...], str]:
    """Numbers with the unit that they share: the one that all are written in, else h, /h, kg or none."""
    split = {}
    for keys, value in given.items():
        try:
            split[keys] = split_quantity(value)
        except UnitError as error:
            raise _FormError(error.code, keys, error.message, error.suggestion) from None
    named = {keys: unit for keys, (number, unit) in split.items() if unit or number != 0}
    units = list(dict.fromkeys(named.values()))
    if len(units) < 2 and not (units and _has_terms(units[0])):
        return tuple(number for number, _ in split.values()), units[0] if units else ""
    parse, unit = _common(units)
    if parse is None:
        first, other = (next(k for k, u in named.items() if u == unit) for unit in units[:2])
        has, wants = (f"in '{u}'" if u else "without a unit" for u in (units[1], units[0]))
        message = f"is {has}, but `{first[-1]}` is {wants}" if isinstance(first[-1], str) else f"is {has}, others are {wants}"
        raise _FormError("E401", other, message, "write all in one unit")
    numbers = []
    for keys, value in given.items():
        try:
            numbers.append(parse(value))
        except UnitError as error:
            raise _FormError(error.code, keys, error.message, error.suggestion) from None
    return tuple(numbers), unit


def _has_terms(unit: str) -> bool:
    """True for what follows the first number of '1 h 30 min'."""
    return not unit.startswith("/") and any(c.isdigit() for c in unit)


def _common(units: list[str]) -> tuple[Callable[[object], float] | None, str]:
    """How to read quantities of several units, and the unit of what is read."""
    if all(unit in ("%", "") for unit in units):
        return parse_share, ""
    if all(unit.startswith("/") for unit in units):
        return parse_rate, "/h"
    if all(unit in MASS_UNITS for unit in units):
        return parse_weight, "kg"
    try:
        for unit in units:
            parse_duration(f"1 {unit}")
    except UnitError:
        return None, ""
    return parse_duration, "h"
