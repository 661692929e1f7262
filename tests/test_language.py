"""One catalogue: every text that is said has its translation, with the same values, and no translation is left over."""

from __future__ import annotations

import ast
import json
import re
import string
from pathlib import Path

import pytest

from sim.errors import UsageError
from sim.language import LANGUAGES, catalogue, language, say, say_count, speaking

ROOT = Path(__file__).parent.parent / "sim"
SAID = {"say": 1, "say_count": 2, "term": 1}  # leading arguments that are texts
FOREIGN = [lang for lang in LANGUAGES if lang != "en"]


def said_in(path: Path) -> tuple[set[str], list[str]]:
    """Literals that a file says, and calls whose text is no literal (allowed for what `term` marked: names and subscripts)."""
    texts: set[str] = set()
    odd: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
        if name not in SAID:
            continue
        for argument in node.args[: SAID[name]]:  # type: ignore[attr-defined]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                texts.add(argument.value)
            elif isinstance(argument, (ast.JoinedStr, ast.BinOp)):
                odd.append(f"{path.relative_to(ROOT)}:{node.lineno}: a text must be a literal, values go into braces")
    return texts, odd


def all_said() -> tuple[set[str], list[str]]:
    texts: set[str] = set()
    odd: list[str] = []
    for path in sorted(ROOT.rglob("*.py")):
        if path.name != "language.py":
            own, wrong = said_in(path)
            texts |= own
            odd += wrong
    for path in sorted(ROOT.rglob("*.j2")):
        texts |= set(re.findall(r'\bsay\(\s*"([^"]*)"', path.read_text(encoding="utf-8")))
    return texts, odd


def fields(template: str) -> list[str]:
    return sorted({name for _, name, _, _ in string.Formatter().parse(template) if name is not None})


def test_texts_are_literals() -> None:
    assert all_said()[1] == []


@pytest.mark.parametrize("lang", FOREIGN)
def test_every_text_is_translated_and_no_translation_is_left_over(lang: str) -> None:
    texts = {t for t in all_said()[0] if t.strip()}
    known = set(catalogue(lang))
    assert sorted(texts - known) == []
    assert sorted(known - texts) == []


@pytest.mark.parametrize("lang", FOREIGN)
def test_translations_have_the_values_of_the_text(lang: str) -> None:
    wrong = [text for text, other in catalogue(lang).items() if fields(text) != fields(other) or not other.strip()]
    assert wrong == []


@pytest.mark.parametrize("lang", FOREIGN)
def test_a_text_has_one_translation(lang: str) -> None:
    seen: dict[str, tuple[str, str]] = {}
    twice = []
    for path in sorted((ROOT / "texts" / lang).glob("*.json")):
        pairs = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=list)
        for text, other in pairs:
            if text in seen and seen[text][1] != other:
                twice.append((text, seen[text], (path.name, other)))
            seen[text] = (path.name, other)
    assert twice == []


def test_values_are_not_read_as_templates() -> None:
    assert say("{name} is late", name="{0.__class__}") == "{0.__class__} is late"
    assert say_count("{n} order", "{n} orders", 1) == "1 order"
    assert say_count("{n} order", "{n} orders", 2000) == "2,000 orders"
    assert say("noun||Wait") == "Wait"


def test_language_ends_with_its_block_and_unknown_ones_are_refused() -> None:
    with speaking("zh"):
        assert language() == "zh"
    assert language() == "en"
    with pytest.raises(UsageError, match="unknown language 'xx'"), speaking("xx"):
        pass
