"""What `--vary path=...` says: ranges `4..10`, `0.1..0.5:5`, `1 day..5 days step 2 days`, choices `{a,b}`."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sim.analysis.axes import Axis
from sim.errors import UsageError
from sim.units import UnitError, split_quantity

RESERVED = ("point", "folder", "n", "replication", "kpi", "group", "unit", "value", "mean", "half_width", "verdict")
MOST_LEVELS = 1000

_NUMBER = r"[-+]?(?:\d+(?:\.(?!\.)\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_UNIT = r"(?!step\b)[A-Za-z%/]*"
_RANGE = re.compile(
    rf"(?<![\w.])(?P<a>{_NUMBER})\s*(?P<ua>{_UNIT})\s*\.\.\s*(?P<b>{_NUMBER})\s*(?P<ub>{_UNIT})"
    rf"(?:\s*:\s*(?P<n>\d+)|\s+step\s+(?P<s>{_NUMBER})\s*(?P<us>{_UNIT}))?"
)
_MAPPING = re.compile(r"""\s*(?:"[^"]*"|'[^']*'|[\w.-]+)\s*:(?:\s|$)""")
_ARITHMETIC = re.compile(r"\{\s*(?:scale|plus)\s*:\s*([^{},]+?)\s*\}")
_NAME = re.compile(r"([A-Za-z_][\w-]*):(?=[^\s])")
_HOW = "write for example 4..10, 4..10 step 2, 0.1..0.5:5, '1 day..5 days:3' or {a,b}"


@dataclass(frozen=True, slots=True)
class Factor:
    """What a sweep varies: one or several addresses that move together, and the values they take.

    Attributes
    ----------
    axis
        Its values as numbers.
    paths
        Addresses as for `--set`.
    texts
        What is written for each level, for a choice; else the value is put into `template`.
    template
        Text before and after the number of a range.
    in_ones
        True if both ends of a range without step are whole numbers: a grid takes every one.
    """

    axis: Axis
    paths: tuple[str, ...]
    texts: tuple[str, ...] = ()
    template: tuple[str, str] = ("", "")
    in_ones: bool = False

    @property
    def name(self) -> str:
        """Name of the factor."""
        return self.axis.name

    def text_of(self, value: float) -> str:
        """What a value is in the scenario."""
        if self.texts:
            return self.texts[self.axis.levels.index(value)]
        return f"{self.template[0]}{_number(value)}{_gap(self.axis.unit)}{self.axis.unit}{self.template[1]}"

    def sets(self, value: float) -> tuple[str, ...]:
        """The changes that give the factor a value; none for NaN, which leaves it as it is in the scenario."""
        return () if math.isnan(value) else tuple(f"{path}={self.text_of(value)}" for path in self.paths)

    def grid(self) -> tuple[float, ...]:
        """The levels of a factorial design.

        Raises
        ------
        UsageError
            If it is a range without a step or a number of levels.
        """
        if self.axis.levels:
            return self.axis.levels
        if self.in_ones:
            return tuple(float(x) for x in range(round(self.axis.low), round(self.axis.high) + 1))
        text = f"{self.axis.label(self.axis.low)}..{self.axis.label(self.axis.high)}"
        raise UsageError(f"{self.name}: {text} has no levels; say how many ({text}:5) or how far apart ({text} step 0.5)")

    @property
    def is_wide(self) -> bool:
        """True if a grid would have too many levels to be meant."""
        return not self.axis.levels and self.in_ones and self.axis.high - self.axis.low >= MOST_LEVELS


def factor_of(address: str, text: str) -> Factor:
    """One factor.

    Parameters
    ----------
    address
        `path`, `name:path`, or several paths that move together joined by `+`.
    text
        A range or a choice.

    Raises
    ------
    UsageError
        If the text is neither.
    """
    name, paths = _named(address)
    shown = f"--vary '{address}={text}'"
    text = text.strip()
    ranges = list(_RANGE.finditer(text))
    is_choice = text.startswith("{") and text.endswith("}") and not _MAPPING.match(text[1:])
    if is_choice:
        factor = _choice(name, paths, text[1:-1], shown)
    elif len(ranges) == 1:
        factor = _range(name, paths, text, ranges[0], shown)
    else:
        what = "has several ranges; vary each in a --vary of its own" if ranges else f"says one value only; {_HOW}"
        raise UsageError(f"{shown}: {what}")
    if factor.is_wide:
        raise UsageError(f"{shown}: more than {MOST_LEVELS} levels; say how many ({text}:5)")
    return factor


def factors_of(pairs: Sequence[tuple[str, str]]) -> tuple[Factor, ...]:
    """All factors of a sweep, with names that tell them apart.

    Raises
    ------
    UsageError
        If there is none, an address is varied twice, or a name is given twice or taken by a column of the results.
    """
    if not pairs:
        raise UsageError(f"a sweep needs something to vary: --vary PATH=VALUES; {_HOW}")
    factors = [factor_of(address, text) for address, text in pairs]
    seen: set[str] = set()
    for path in (p for f in factors for p in f.paths):
        if path in seen:
            raise UsageError(f"{path} is varied twice")
        seen.add(path)
    given = [bool(_NAME.match(address)) for address, _ in pairs]
    names = _distinct(factors, given)
    for name, own in zip(names, given, strict=True):
        if own and names.count(name) > 1:
            raise UsageError(f"two factors are called '{name}'")
        if name in RESERVED:
            raise UsageError(f"'{name}' is a column of the results; name the factor otherwise: --vary 'my_name:PATH=...'")
    return tuple(replace(f, axis=replace(f.axis, name=n)) for f, n in zip(factors, names, strict=True))


def _named(address: str) -> tuple[str, tuple[str, ...]]:
    match = _NAME.match(address)
    paths = _split(address[match.end() :] if match else address, "+")
    if not all(paths):
        raise UsageError(f"--vary '{address}=...': there is no address such as contact_centres.desk.agents")
    return (match[1] if match else ""), tuple(paths)


def _distinct(factors: Sequence[Factor], given: Sequence[bool]) -> list[str]:
    """Last keys of the addresses, with as many keys before them as tell them apart."""
    keys = [_split(f.paths[0], ".") for f in factors]
    depth = [1] * len(factors)
    while True:
        names = [
            f.name if own else ".".join(k[-d:]).replace('"', "").replace("'", "")
            for f, own, k, d in zip(factors, given, keys, depth, strict=True)
        ]
        again = [
            i
            for i, n in enumerate(names)
            if not given[i] and depth[i] < len(keys[i]) and (names.count(n) > 1 or n in RESERVED or n.isdecimal() or n == "*")
        ]
        if not again:
            return names
        for i in again:
            depth[i] += 1


def _split(text: str, at: str) -> list[str]:
    """Pieces of a text between separators that are in no bracket or quote."""
    pieces, depth, quote = [""], 0, ""
    for char in text:
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == at and depth == 0:
            pieces.append("")
            continue
        pieces[-1] += char
    return [piece.strip() for piece in pieces]


def _choice(name: str, paths: tuple[str, ...], inside: str, shown: str) -> Factor:
    texts = _split(inside, ",")
    if not all(texts):
        raise UsageError(f"{shown}: one of the choices is empty")
    if len(set(texts)) < len(texts):
        raise UsageError(f"{shown}: a choice is named twice")
    if len(texts) < 2:
        raise UsageError(f"{shown}: one choice is nothing to vary")
    ranged = [t for t in texts if _RANGE.search(t)]
    if ranged:
        raise UsageError(f"{shown}: '{ranged[0]}' is a range among choices; write out its values")
    numbers = _numbers(texts)
    if numbers is None:
        axis = Axis(name, "", 0.0, len(texts) - 1.0, tuple(float(i) for i in range(len(texts))), tuple(_plain(t) for t in texts))
    else:
        values, unit = numbers
        axis = Axis(name, unit, min(values), max(values), values)
    return Factor(axis, paths, tuple(texts))


def _numbers(texts: Sequence[str]) -> tuple[tuple[float, ...], str] | None:
    """The choices as numbers of one unit; None if they are something else."""
    plain = [m[1] if (m := _ARITHMETIC.fullmatch(t)) else t for t in texts]
    if len({t.split(":")[0] if t.startswith("{") else "" for t in texts}) > 1:
        return None
    try:
        found = [split_quantity(_unquoted(t)) for t in plain]
    except UnitError:
        return None
    units = {re.sub(r"\s", "", unit) for value, unit in found if unit or value != 0}
    if len(units) > 1 or len({value for value, _ in found}) < len(found):
        return None
    return tuple(value for value, _ in found), units.pop() if units else ""


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


def _plain(text: str) -> str:
    """A choice as a label: without the braces or quotes around it."""
    text = _unquoted(text)
    return text[1:-1].strip() if text[:1] == "{" and text[-1:] == "}" else text


def _range(name: str, paths: tuple[str, ...], text: str, found: re.Match[str], shown: str) -> Factor:
    rest = text[found.end() :]
    if rest and re.match(r"\s*[\w./:]", rest):
        hint = "a step is written '4..10 step 2', a number of levels '4..10:4'"
        raise UsageError(f"{shown}: '{rest.strip()}' after the range is not understood; {hint}")
    units = {u for u in (found["ua"], found["ub"], found["us"]) if u}
    if len(units) > 1:
        raise UsageError(f"{shown}: {' and '.join(sorted(units))} in one range; write both ends in one unit")
    if found["ua"] and not found["ub"]:
        raise UsageError(f"{shown}: the end of the range needs its unit, {found['ua']}")
    a, b = float(found["a"]), float(found["b"])
    if not a < b:
        raise UsageError(f"{shown}: the range should rise, from the smaller value to the larger")
    unit = units.pop() if units else ""
    integers = all(re.fullmatch(r"[-+]?\d+", found[key]) for key in "ab")
    levels = _levels(a, b, found["n"], found["s"], shown)
    whole = integers and not unit and all(x == round(x) for x in levels)
    axis = Axis(name, unit, a, b if not levels else levels[-1], levels, (), whole)
    return Factor(axis, paths, (), (text[: found.start()], rest), integers and not levels)


def _levels(a: float, b: float, count: str | None, step: str | None, shown: str) -> tuple[float, ...]:
    if count is not None:
        n = int(count)
        if not 2 <= n <= MOST_LEVELS:
            raise UsageError(f"{shown}: the number of levels should be from 2 to {MOST_LEVELS}, not {n}")
        return tuple(float(f"{a + (b - a) * i / (n - 1):.12g}") for i in range(n))
    if step is None:
        return ()
    width = float(step)
    if not width > 0:
        raise UsageError(f"{shown}: the step should be above 0")
    n = math.floor((b - a) / width + 1e-9) + 1
    if n < 2:
        raise UsageError(f"{shown}: the step is longer than the range")
    if n > MOST_LEVELS:
        raise UsageError(f"{shown}: {n} levels, more than {MOST_LEVELS}")
    return tuple(float(f"{a + width * i:.12g}") for i in range(n))


def _number(value: float) -> str:
    return str(round(value)) if value == round(value) and abs(value) < 1e15 else f"{value:.12g}"


def _gap(unit: str) -> str:
    return "" if unit[:1] in ("", "/") else " "
