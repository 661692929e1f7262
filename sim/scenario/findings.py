"""What the schema, the reference check and the compiler find: faults with paths, and warnings."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.errors import Fault, Mark
from sim.scenario.document import Document
from sim.scenario.places import Keys, dotted

MOST_ALIKE = 3  # a wrong column of a table would repeat in thousands of rows


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, before its place in the file is known."""

    code: str
    path: Keys
    message: str
    suggestion: str = ""
    at_key: bool = False  # the key is wrong rather than its value
    mark: Mark | None = None  # a place that the path does not lead to, such as a cell of a table


@dataclass
class Findings:
    """Faults and warnings in the order of discovery."""

    faults: list[Finding] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def fault(
        self, code: str, path: Keys, message: str, suggestion: str = "", at_key: bool = False, mark: Mark | None = None
    ) -> None:
        """Note that something at a path (or at a mark) is wrong."""
        self.faults.append(Finding(code, path, message, suggestion, at_key, mark))

    def warn(self, message: str) -> None:
        """Note something legal that the reader of results should know."""
        if message not in self.warnings:
            self.warnings.append(message)

    def placed(self, document: Document) -> list[Fault]:
        """The faults with their places in the document; of many alike in the members of one section only the first."""
        alike: dict[tuple[str, ...], list[Finding]] = {}
        for found in self.faults:
            last = str(found.path[-1]) if len(found.path) > 2 else ""
            alike.setdefault((found.code, str(found.path[:1]), last, found.message, found.suggestion), []).append(found)
        faults = []
        for group in alike.values():
            shown = group if len(group) <= MOST_ALIKE else group[:1]
            for f in shown:
                rest = f" (and {len(group) - 1} more like it under {f.path[0]})" if len(shown) < len(group) else ""
                faults.append(
                    Fault(f.code, f.mark or document.mark(f.path, f.at_key), dotted(f.path), f.message + rest, f.suggestion)
                )
        return faults
