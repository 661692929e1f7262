"""Errors that users see: each fault is one clear message with place, expectation and suggestion."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file; line and column count from 1, 0 means unknown."""

    file: str
    line: int = 0
    column: int = 0
    text: str = ""  # the offending line, for the caret; of a long one the part around the column
    cut: int = 0  # characters of the line before `text`

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with the input."""

    code: str  # 'E101'
    mark: Mark
    path: str  # 'service_points.oslo.technicians', '' for the whole file
    message: str
    suggestion: str = ""

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        tail = f"; {self.suggestion}" if self.suggestion else ""
        line = f"{self.mark}: error[{self.code}] {where}{self.message}{tail}"
        # Text of the file may hold line breaks; a fault stays one line.
        return line if line.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in line)

    def with_caret(self) -> str:
        """The message, and below it the offending line with a caret."""
        if not self.mark.text:
            return str(self)
        column = max(0, self.mark.column - 1 - self.mark.cut)
        before = "".join("\t" if c == "\t" else " " for c in self.mark.text[:column])
        dots = "..." if self.mark.cut else ""
        return f"{self}\n    {dots}{self.mark.text}\n    {' ' * len(dots)}{before:{column}}^"


class SparesimError(Exception):
    """Base of all errors that are shown without a traceback."""

    exit_code = 4


class UsageError(SparesimError):
    """The command or call itself is wrong."""

    exit_code = 2


class SimulationError(SparesimError):
    """A run broke an invariant or could not go on."""

    exit_code = 4


@dataclass
class ScenarioError(SparesimError):
    """The scenario is invalid; carries every fault found, sorted by place."""

    faults: list[Fault] = field(default_factory=list)
    exit_code = 3

    def __str__(self) -> str:
        return "\n".join(str(f) for f in self.faults)


def in_order(faults: Iterable[Fault]) -> list[Fault]:
    """The faults sorted by file, line and column, each once.

    Where the document itself is wrong (E0xx), what later stages say about the same place follows from it and is left out.
    """
    every = list(dict.fromkeys(faults))
    unread = {(f.mark.file, f.mark.line, f.mark.column) for f in every if f.code.startswith("E0") and f.mark.line}
    own = (f for f in every if f.code.startswith("E0") or (f.mark.file, f.mark.line, f.mark.column) not in unread)
    return sorted(own, key=lambda f: (f.mark.file, f.mark.line, f.mark.column, f.code, f.path, f.message))


def did_you_mean(word: str, candidates: Iterable[str], fold: bool = False, nearness: float = 0.6) -> str:
    """`did you mean 'x'?` for the candidate nearest to `word`, '' if none is as near as `nearness`; `fold` ignores case."""
    from difflib import get_close_matches

    by_shape = {(c.lower() if fold else c): c for c in candidates}
    near = get_close_matches(word.lower() if fold else word, by_shape, n=1, cutoff=nearness)
    if not near and not fold:
        near = [c for c in by_shape if c.lower() == word.lower()][:1]
    return f"did you mean '{by_shape[near[0]]}'?" if near else ""
