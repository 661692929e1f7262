"""CSV tables by reference: `{from: sites.csv, defaults: {...}}` becomes a collection like one written in YAML.

A table is UTF-8, with commas and a header. A column name with dots fills nested mappings (`repair_time.gamma.mean`), an empty
cell says nothing, numbers become numbers. Places of cells are worked out only when a fault needs them.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any

from sim.errors import Fault, Mark, did_you_mean
from sim.scenario.document import Document, plain_copy
from sim.scenario.files import decode, nearby_file
from sim.scenario.places import Key, Keys, Place, Source, dotted, shown_path
from sim.scenario.scalars import ScalarError, resolve_cell

MAX_BYTES = 50_000_000
MAX_DOTS = 10
MAX_FAULTS = 20  # of one table; a wrong separator or column would repeat in every row

# Sections whose `from` is no collection but belongs to the section itself.
_NOT_COLLECTIONS = frozenset({"replay", "run", "change", "add", "remove"})
_KEY_COLUMN = "name"
_PLAN_KEY_COLUMN = "part"

_Columns = dict[str, Any]  # column name up to the next dot -> field number, or the columns below it


@dataclass(frozen=True, slots=True)
class Table:
    """The text of a CSV file: `rows` of stripped cells, each as long as `columns`; `lines` where each row begins."""

    source: Source
    columns: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]

    def mark(self, row: int, column: str = "") -> Mark:
        """The place of a cell, or of a whole row."""
        field = self.columns.index(column) if column else 0
        return self.source.mark(self.lines[row], field_column(self.source, self.lines[row], field))

    def column(self, name: str) -> list[Any]:
        """The values of a column, None where a cell is empty."""
        field = self.columns.index(name)
        return [resolve_cell(row[field]) for row in self.rows]


class RowPlace(Place):
    """The place of a table row or of a mapping made of dotted columns; places of cells are found on demand."""

    __slots__ = ("cells", "columns", "defaults")

    def __init__(
        self, source: Source, line: int, column: int, columns: _Columns, cells: list[str], defaults: Place | None
    ) -> None:
        super().__init__(source, line, column)
        self.columns = columns
        self.cells = cells
        self.defaults = defaults

    def child(self, key: Key) -> Place | None:
        """The place of a member: changed since, in the table, or in the defaults."""
        if self.kids and key in self.kids:
            return self.kids[key]
        below = self.defaults.child(key) if self.defaults else None
        inside = self.columns.get(str(key))
        if isinstance(inside, int) and self.cells[inside]:
            return Place(self.source, self.line, field_column(self.source, self.line, inside))
        if isinstance(inside, dict):
            return RowPlace(self.source, self.line, self.column, inside, self.cells, below)
        return below

    def copy(self) -> Place:
        """A place of its own for the same row."""
        twin = RowPlace(self.source, self.line, self.column, self.columns, self.cells, self.defaults)
        twin.kids = dict(self.kids) if self.kids else None
        return twin


def field_column(source: Source, line: int, field: int) -> int:
    """The column (from 1) where a field begins in a line of CSV; 1 if the field is in a later line of the same row."""
    quoted = False
    text = source.lines[line - 1]
    for position, char in enumerate(text):
        if field == 0:
            return position + 1
        if char == '"':
            quoted = not quoted
        elif char == "," and not quoted:
            field -= 1
    return len(text) + 1 if field == 0 else 1


def read_table(document: Document, keys: Keys, name: str, required: tuple[str, ...] = ()) -> Table | None:
    """Read the CSV file that the value at `keys` names; faults go to the document.

    Parameters
    ----------
    document
        Where the reference stands; `name` is relative to the folder of the file it was written in.
    keys
        Path of the reference.
    name
        The file name.
    required
        Columns that must be there.

    Returns
    -------
    Table or None
        None if the table cannot be used at all; rows with faults are left out.
    """
    path = document.folder(keys) / name
    shown = shown_path(path)
    try:
        if not path.is_file():
            raise FileNotFoundError
        if path.stat().st_size > MAX_BYTES:
            document.fault("E301", keys, f"table '{name}' is larger than {MAX_BYTES // 1_000_000} MB")
            return None
        raw = path.read_bytes()
    except FileNotFoundError:
        document.fault("E301", keys, f"table '{name}' not found", nearby_file(path, (".csv",)))
        return None
    except OSError as error:
        document.fault("E301", keys, f"table '{name}' cannot be read: {error.strerror or error}")
        return None
    document.files.append(path)
    text, fault = decode(raw, shown, "E302")
    if text is None:
        document.faults.extend([fault] if fault else [])
        return None
    return _parse(Source(shown, text, path), document, required)


def _parse(source: Source, document: Document, required: tuple[str, ...]) -> Table | None:
    faults: list[Fault] = []
    rows: list[list[str]] = []
    lines: list[int] = []
    header: tuple[str, ...] = ()
    begin = 1
    reader = csv.reader(io.StringIO(source.text, newline=""), strict=True)
    try:
        for cells in reader:
            line, begin = begin, reader.line_num + 1
            cells = [cell.strip() for cell in cells]
            if not any(cells):
                continue
            if not header:
                header = tuple(cells)
                faults += _header_faults(source, line, header, required)
                if faults:
                    break
            elif len(cells) != len(header):
                message = f"row of {len(cells)} fields where the header has {len(header)}"
                faults.append(Fault("E305", source.mark(line, 1), "", message, "put text that contains commas in quotes"))
            else:
                rows.append(cells)
                lines.append(line)
    except csv.Error as error:
        faults.append(Fault("E302", source.mark(begin, 1), "", f"is not CSV: {error}", "check the quotes"))
    if not header and not faults:
        faults.append(Fault("E303", source.mark(0, 0), "", "the table is empty", "it needs a header line"))
    note_some(document, faults)
    return Table(source, header, rows, lines) if header and not any(f.code == "E303" for f in faults) else None


def note_some(document: Document, faults: list[Fault]) -> None:
    """Add the faults of one table to the document, at most `MAX_FAULTS` of them and a remark on the rest."""
    document.faults += faults[:MAX_FAULTS]
    if len(faults) > MAX_FAULTS:
        rest = faults[MAX_FAULTS]
        document.faults.append(
            Fault(rest.code, rest.mark, "", f"and {len(faults) - MAX_FAULTS} more faults in this table from here")
        )


def _header_faults(source: Source, line: int, header: tuple[str, ...], required: tuple[str, ...]) -> list[Fault]:
    def fault(field: int, message: str, suggestion: str = "") -> Fault:
        return Fault("E303", source.mark(line, field_column(source, line, field)), "", message, suggestion)

    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        return [fault(0, "the header has one column only", "separate the columns with commas")]
    faults = []
    for name in required:
        if name not in header:
            hint = did_you_mean(name, header).replace("did you mean", "rename") or f"the columns are {', '.join(header)}"
            faults.append(fault(0, f"column '{name}' is missing", hint))
    for field, name in enumerate(header):
        if not name or "" in name.split("."):
            faults.append(fault(field, f"column {field + 1} has no name" if not name else f"column '{name}' has an empty part"))
        elif name.count(".") > MAX_DOTS:
            faults.append(fault(field, f"column name of more than {MAX_DOTS} dots"))
        elif name in header[:field]:
            faults.append(fault(field, f"column '{name}' is there twice"))
        elif any(other.startswith(name + ".") for other in header):
            faults.append(
                fault(field, f"column '{name}' is there both whole and in parts", f"keep '{name}' or the columns '{name}. ...'")
            )
    return faults


def expand_tables(document: Document) -> None:
    """Turn every `{from: x.csv, defaults: {...}}` of the document into the collection that it stands for.

    Collections are the sections of the file, keyed by the column `name`, and the entries of `stock_plans`, keyed by `part`.
    Members written beside `from` stay; `defaults` hold for them too.
    """
    for section, value in document.data.items():
        if not isinstance(value, dict) or section in _NOT_COLLECTIONS:
            continue
        _expand(document, (section,), value, _KEY_COLUMN)
        if section == "stock_plans":
            for name, plan in value.items():
                if isinstance(plan, dict):
                    _expand(document, (section, name), plan, _PLAN_KEY_COLUMN)


def _expand(document: Document, keys: Keys, members: dict[str, Any], key_column: str) -> None:
    """Replace `from` and `defaults` of one collection by members, in place."""
    names = members.get("from")
    if "from" not in members and not isinstance(members.get("defaults"), dict):
        return
    place = document.root.find(keys)[0]
    defaults = members.pop("defaults", {})
    defaults_place = place.child("defaults")
    if not isinstance(defaults, dict):
        document.fault("E307", (*keys, "defaults"), "should be the fields that all members share, such as {transit: 2 days}")
        defaults = {}
    for name, member in members.items():
        below = place.child(name)
        if isinstance(member, dict) and below is not None:
            _fill(member, below, defaults, defaults_place)
    if names is not None or "from" in members:
        del members["from"]
        listed = names if isinstance(names, list) else [names]
        for position, name in enumerate(listed):
            at: Keys = (*keys, "from", position) if isinstance(names, list) else (*keys, "from")
            if not isinstance(name, str):
                document.fault("E307", at, "should be the name of a CSV file")
                continue
            table = read_table(document, at, name, (key_column,))
            if table:
                _add_rows(document, keys, members, table, key_column, (defaults, defaults_place))
    place.drop("from")
    place.drop("defaults")


def _add_rows(
    document: Document,
    keys: Keys,
    members: dict[str, Any],
    table: Table,
    key_column: str,
    defaults: tuple[dict[str, Any], Place | None],
) -> None:
    place = document.root.find(keys)[0]
    key_field = table.columns.index(key_column)
    layout = [(i, tuple(name.split("."))) for i, name in enumerate(table.columns) if i != key_field]
    columns = _nest(layout)
    known: dict[str, Any] = {}  # text of a cell -> value; most cells repeat
    faults: list[Fault] = []
    for row, cells in enumerate(table.rows):
        name = cells[key_field]
        if not name:
            faults.append(Fault("E306", table.mark(row, key_column), dotted(keys), f"the {key_column} is empty"))
            continue
        if name in members:
            first = place.child(name)
            where = f", first in {first.source.shown}:{first.key_line}" if first else ""
            faults.append(Fault("E304", table.mark(row, key_column), dotted((*keys, name)), f"duplicate {key_column}{where}"))
            continue
        member = plain_copy(defaults[0])
        for field, parts in layout:
            text = cells[field]
            if not text:
                continue
            if text not in known:
                try:
                    known[text] = resolve_cell(text)
                except ScalarError as error:
                    known[text] = text
                    faults.append(Fault("E302", table.mark(row, table.columns[field]), dotted((*keys, name, *parts)), str(error)))
            _set(member, parts, known[text])
        members[name] = member
        place.put(name, RowPlace(table.source, table.lines[row], 1, columns, cells, defaults[1]))
    note_some(document, faults)


def _set(member: dict[str, Any], parts: tuple[str, ...], value: Any) -> None:
    for part in parts[:-1]:
        below = member.get(part)
        if not isinstance(below, dict):
            below = member[part] = {}
        member = below
    member[parts[-1]] = list(value) if isinstance(value, list) else value


def _nest(layout: list[tuple[int, tuple[str, ...]]]) -> _Columns:
    nested: _Columns = {}
    for field, parts in layout:
        _set(nested, parts, field)
    return nested


def _fill(member: dict[str, Any], place: Place, defaults: dict[str, Any], defaults_place: Place | None) -> None:
    """Give a member the defaults that it does not set itself."""
    for key, value in defaults.items():
        origin = defaults_place.child(key) if defaults_place else None
        if key not in member:
            member[key] = plain_copy(value)
            if origin:
                place.put(key, origin)
        elif isinstance(member[key], dict) and isinstance(value, dict):
            below = place.child(key)
            if below:
                _fill(member[key], below, value, origin)
