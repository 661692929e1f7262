"""Values that come from a CSV file: one column for a list of numbers, or dated exceptions of a calendar.

``{from: profile.csv, column: share}`` stands for the list of the column's values, ``{from: times.csv, column: h, unit: h}`` for
quantities, ``exceptions: {from: days.csv}`` for the rows of a table with the columns date and is_workday.
"""

from __future__ import annotations

from typing import Any

from sim.errors import did_you_mean
from sim.scenario.document import Document
from sim.scenario.places import Keys
from sim.scenario.tables import read_table

_LISTS = frozenset(("empirical", "working_day", "other_day", "months", "weekdays", "history", "monthly"))
_KEYS = ("from", "column", "unit")


def expand_columns(document: Document) -> None:
    """Replace every reference to a column, in place; faults go to the document."""
    for section, value in document.data.items():
        _walk(document, (section,), value)
    calendars = document.data.get("calendars")
    if isinstance(calendars, dict):
        for name, calendar in calendars.items():
            if isinstance(calendar, dict) and isinstance(calendar.get("exceptions"), dict):
                _expand_exceptions(document, ("calendars", name, "exceptions"), calendar)


def _walk(document: Document, keys: Keys, value: Any) -> None:
    if isinstance(value, dict):
        nested = [(key, below) for key, below in value.items() if isinstance(below, (dict, list))]
        for key, below in nested:
            if isinstance(below, dict) and key in _LISTS and "from" in below:
                _put(value, key, _column(document, (*keys, key), below))
            else:
                _walk(document, (*keys, key), below)
    elif isinstance(value, list):
        for position, below in enumerate(value):
            if isinstance(below, (dict, list)):
                _walk(document, (*keys, position), below)


def _put(holder: dict[str, Any], key: str, values: list[Any] | None) -> None:
    """Set the values; after a fault something sound, so that nothing is blamed twice."""
    if values is not None:
        holder[key] = values
    elif key == "empirical":
        holder[key] = [0]
    else:
        del holder[key]


def _column(document: Document, keys: Keys, reference: dict[str, Any]) -> list[Any] | None:
    """The values of the column; None if the reference is faulty, with the faults noted."""
    for key in reference:
        if key not in _KEYS:
            document.fault(
                "E101", (*keys, key), "unknown key", did_you_mean(key, _KEYS) or "expected from, column, unit", key=True
            )
            return None
    name, column = reference["from"], reference.get("column")
    if not isinstance(name, str):
        document.fault("E307", (*keys, "from"), "should be the name of a CSV file")
        return None
    table = read_table(document, (*keys, "from"), name)
    if table is None:
        return None
    if column is None and len(table.columns) == 1:
        column = table.columns[0]
    if column not in table.columns:
        hint = did_you_mean(str(column), table.columns) or f"the columns are {', '.join(table.columns)}"
        what = "needs a `column`" if column is None else f"table '{name}' has no column '{column}'"
        document.fault("E308", (*keys, "column") if column is not None else keys, what, hint)
        return None
    values = [v for v in table.column(column) if v is not None]
    unit = reference.get("unit")
    return [f"{v} {unit}" for v in values] if unit else values


def _expand_exceptions(document: Document, keys: Keys, calendar: dict[str, Any]) -> None:
    reference = calendar["exceptions"]
    name = reference.get("from")
    if name is None:
        return
    calendar["exceptions"] = {}
    if not isinstance(name, str):
        document.fault("E307", (*keys, "from"), "should be the name of a CSV file")
        return
    table = read_table(document, (*keys, "from"), name, ("date", "is_workday"))
    if table is not None:
        days, flags = table.column("date"), table.column("is_workday")
        calendar["exceptions"] = {str(d): {"is_workday": f} for d, f in zip(days, flags, strict=True)}
