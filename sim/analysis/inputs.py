"""How the inputs of two scenarios differ, in the words of their files; the same change in many places is told once."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

Path = tuple[str, ...]
Row = tuple[Path, str, str]

_NOT_INPUTS = frozenset({"title", "question", "not_modelled", "translations", "format"})
_FEW = 3  # the same change in fewer places is listed place by place


def mapping_differences(base: dict[str, Any], other: dict[str, Any], limit: int = 60) -> list[tuple[str, str, str]]:
    """What differs between two resolved scenario documents.

    Parameters
    ----------
    base, other
        Nested mappings of written values, as from `sim.scenario.load.load_scenario`.
    limit
        At most so many rows; a last one says how many more there are.

    Returns
    -------
    (path, value in base, value in other); ``*`` stands for several names, their number follows the path. 'absent' where there is
    no value.
    """
    found: list[Row] = []
    for key in dict.fromkeys((*base, *other)):
        if key not in _NOT_INPUTS:
            _walk((key,), base.get(key), other.get(key), found)
    rows = collapsed(found)
    if len(rows) > limit:
        rows = [*rows[:limit], ("...", f"{len(rows) - limit} more differences", "")]
    return rows


def _walk(path: Path, a: Any, b: Any, found: list[Row]) -> None:
    if a == b:
        return
    if isinstance(a, dict) and isinstance(b, dict):
        for key in dict.fromkeys((*a, *b)):
            _walk((*path, str(key)), a.get(key), b.get(key), found)
        return
    found.append((path, _text(a), _text(b)))


def collapsed(rows: list[Row]) -> list[tuple[str, str, str]]:
    """Rows that agree in all but one name of their path as one row, name by name from the left."""
    groups: dict[Path, list[Row]] = {}
    shown: list[tuple[Row, int]] = [(row, 1) for row in rows]
    for place in range(max((len(path) for path, _, _ in rows), default=0)):
        groups = defaultdict(list)
        counts: dict[Path, int] = defaultdict(int)
        for (path, a, b), count in shown:
            alike = (*path[:place], "*", *path[place + 1 :], a, b) if 0 < place < len(path) else (*path, a, b)
            groups[alike].append((path, a, b))
            counts[alike] += count
        shown = []
        for alike, members in groups.items():
            if len(members) >= _FEW:
                shown.append(((alike[:-2], alike[-2], alike[-1]), counts[alike]))
            else:
                share = counts[alike] // len(members)
                shown += [(member, share) for member in members]
    return [(".".join(path) + (f" ({count} places)" if count > 1 else ""), a, b) for (path, a, b), count in shown]


def _text(value: Any) -> str:
    if value is None:
        return "absent"
    if isinstance(value, dict):
        text = ", ".join(f"{key}: {_text(below)}" for key, below in value.items())
        text = f"{{{text}}}"
    else:
        text = str(value)
    return text if len(text) <= 80 else text[:77] + "..."
