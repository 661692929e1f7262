"""Texts as cells of CSV files that no spreadsheet takes for a formula, and back.

A text that begins like a formula gets an apostrophe in front, as OWASP advises against CSV injection; so does one that already
begins with apostrophes before such a sign, which makes the way back exact. Numbers stay numbers.
"""

from __future__ import annotations

import re

_SIGNS = "=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20"  # the last four are full-width: = + - @
_FORMULA = re.compile(f"'*[{_SIGNS}]")
_GUARDED = re.compile(f"'+[{_SIGNS}]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z|[+-]?(inf|nan)\Z")
_FIRST = frozenset("'=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def guarded(text: str) -> str:
    """A text as a cell.

    Examples
    --------
    >>> guarded("=1+2"), guarded("-5.0"), guarded("'t Hof")
    ("'=1+2", '-5.0', "'t Hof")
    """
    if text[:1] not in _FIRST or not _FORMULA.match(text) or _NUMBER.match(text):
        return text
    return "'" + text


def unguarded(cell: str) -> str:
    """The text of a cell that `guarded` made."""
    return cell[1:] if cell[:1] == "'" and _GUARDED.match(cell) else cell
