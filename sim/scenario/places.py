"""Where each value of a scenario was written: a tree of places beside the tree of plain values.

A `Place` knows its source, line and column and the places of what it holds. Marks (with the text of the line, for the caret)
are made only when a fault needs one, so that reading a large file costs no more than three numbers a value.
"""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path

from sim.errors import Mark

Key = str | int
Keys = tuple[Key, ...]

_WIDEST = 200  # columns of a line that are shown, at most
_BEFORE = 60  # of them before the place meant, where the line is longer
_LINE_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_BARE_SEGMENT = re.compile(r"[^.\"'*]*\Z")


class Source:
    """One text that values come from.

    Parameters
    ----------
    shown
        The file as messages name it.
    text
        Its content; '' where there is none to show.
    path
        The file itself; None for text that is in no file.
    """

    def __init__(self, shown: str, text: str = "", path: Path | None = None) -> None:
        self.shown = shown
        self.text = text
        self.path = path

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their ends, as YAML counts them."""
        return _LINE_BREAK.split(self.text)

    @property
    def folder(self) -> Path:
        """What file names in this text are relative to."""
        return self.path.parent if self.path else Path()

    def mark(self, line: int, column: int) -> Mark:
        """The mark of a place counted from 1; line 0 is the source as a whole."""
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        if len(text) <= _WIDEST:
            return Mark(self.shown, line, column, text)
        begin = max(0, column - 1 - _BEFORE) if column > _WIDEST // 2 else 0
        return Mark(self.shown, line, column, text[begin : begin + _WIDEST], begin)


class Place:
    """Where one value and its key stand, and the places of its members."""

    __slots__ = ("column", "key_column", "key_line", "kids", "line", "source")

    def __init__(self, source: Source, line: int = 0, column: int = 0, key_line: int = 0, key_column: int = 0) -> None:
        self.source = source
        self.line = line
        self.column = column
        self.key_line = key_line or line
        self.key_column = key_column or column
        self.kids: dict[Key, Place] | None = None

    def child(self, key: Key) -> Place | None:
        """The place of a member, None if it is not known."""
        return self.kids.get(key) if self.kids else None

    def put(self, key: Key, place: Place) -> None:
        """Set the place of a member."""
        if self.kids is None:
            self.kids = {}
        self.kids[key] = place

    def drop(self, key: Key) -> None:
        """Forget the place of a member."""
        if self.kids:
            self.kids.pop(key, None)

    def copy(self) -> Place:
        """A place of its own for the same value; members are shared until `own_child` copies them."""
        twin = Place(self.source, self.line, self.column, self.key_line, self.key_column)
        twin.kids = dict(self.kids) if self.kids else None
        return twin

    def own_child(self, key: Key) -> Place:
        """The place of a member for changing it, made if there is none, copied so that nobody else sees the change."""
        found = self.child(key)
        place = found.copy() if found else Place(self.source, self.line, self.column, self.key_line, self.key_column)
        self.put(key, place)
        return place

    def find(self, keys: Keys) -> tuple[Place, bool]:
        """The place of a path, or of the nearest ancestor that has one; True if it is the path itself."""
        place = self
        for key in keys:
            below = place.child(key)
            if below is None:
                return place, False
            place = below
        return place, True

    def mark(self, key: bool = False) -> Mark:
        """The mark of the value, or of its key."""
        return self.source.mark(self.key_line, self.key_column) if key else self.source.mark(self.line, self.column)


def dotted(keys: Keys) -> str:
    """A path as text: ('targets', 'tat.customer.p90', 'max') -> `targets."tat.customer.p90".max`."""
    return ".".join(str(k) if isinstance(k, int) or (k and _BARE_SEGMENT.match(k)) else f'"{k}"' for k in keys)


def shown_path(path: Path) -> str:
    """The file relative to the working directory where that is shorter than as given."""
    given = str(path)
    try:
        relative = str(path.resolve().relative_to(Path.cwd()))
    except (ValueError, OSError):
        return given
    return relative if len(relative) < len(given) else given
