"""Text of files that users give: UTF-8 or a fault, and names near to one that is not there."""

from __future__ import annotations

import re
from pathlib import Path

from sim.errors import Fault, Mark, did_you_mean
from sim.scenario.places import Source

# What YAML allows in a file: no control characters but tab and line ends, no surrogates.
_UNREADABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def decode(raw: bytes, shown: str, code: str) -> tuple[str | None, Fault | None]:
    """UTF-8 text without a byte order mark; or None and the fault of the first byte or character that is not allowed."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8-sig", "replace")
        message, hint = f"byte 0x{raw[error.start]:02X} is not UTF-8", "save the file as UTF-8"
    else:
        bad = _UNREADABLE.search(text)
        if not bad:
            return text, None
        before = text[: bad.start()]
        message, hint = f"control character U+{ord(bad[0]):04X} is not allowed", "remove it"
    lines = Source("", before).lines
    return None, Fault(code, Mark(shown, len(lines), len(lines[-1]) + 1), "", message, hint)


def nearby_file(path: Path, endings: tuple[str, ...]) -> str:
    """`did you mean ...?` for a file of a similar name in the same folder."""
    try:
        names = sorted(p.name for p in path.parent.iterdir() if p.suffix.lower() in endings)
    except OSError:
        return ""
    return did_you_mean(path.name, names)
