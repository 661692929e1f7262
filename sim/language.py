"""The language that people are spoken to: English in the code, other languages from one catalogue of whole sentences.

Every text of report and console goes through `say`: the English template is the key of the catalogue, its values are filled in
afterwards, so that a translator sees whole sentences and may order the values otherwise. The catalogue of a language is the
folder ``sim/texts/<lang>``: JSON files of English template to translation, split by topic. A text without a translation stays
English; a test lets none through.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

LANGUAGES = {"en": "English", "zh": "简体中文"}
TAGS = {"en": "en", "zh": "zh-Hans"}  # BCP 47, for pages

_TEXTS = Path(__file__).parent / "texts"
_spoken: ContextVar[str] = ContextVar("language", default="en")


def language() -> str:
    """The language spoken now, a key of `LANGUAGES`."""
    return _spoken.get()


@contextmanager
def speaking(lang: str) -> Iterator[None]:
    """Speak a language inside the block.

    Raises
    ------
    UsageError
        If it is not one of `LANGUAGES`.
    """
    if lang not in LANGUAGES:
        from sim.errors import UsageError

        raise UsageError(f"unknown language '{lang}'; languages are {', '.join(LANGUAGES)}")
    token = _spoken.set(lang)
    try:
        yield
    finally:
        _spoken.reset(token)


def say(template: str, /, **values: object) -> str:
    """A text in the language spoken now.

    Parameters
    ----------
    template
        The English text, a literal; values in braces: ``"{share} of orders keep {promise}"``. What stands before ``||`` tells
        apart texts that are alike in English and not elsewhere (``"noun||Wait"``) and is not shown.
    values
        What the braces stand for, already in words of the language; they are not read as templates.
    """
    found = catalogue(_spoken.get()).get(template) or template.rpartition("||")[2]
    return found.format(**values) if values else found


def say_count(one: str, many: str, count: float, /, **values: object) -> str:
    """A text by a number: `one` for exactly 1, else `many`; ``{n}`` is the number for people unless `values` say otherwise.

    Languages without a plural translate both alike.
    """
    values.setdefault("n", f"{count:,}")
    return say(one if count == 1 else many, **values)


def term(text: str) -> str:
    """Mark a literal that is said later, such as a label in a table of labels; ``say(LABELS[name])`` then says it."""
    return text


@cache
def catalogue(lang: str) -> dict[str, str]:
    """English template -> translation; empty for English."""
    found: dict[str, str] = {}
    for path in sorted((_TEXTS / lang).glob("*.json")):
        found |= json.loads(path.read_text(encoding="utf-8"))
    return found
