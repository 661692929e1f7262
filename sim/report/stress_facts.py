"""What the checklist is filled in from, and how its texts are made safe."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.distributions import Dist
from sim.report import format as fmt
from sim.store import read_json

TO_DO = "to be filled in by the author"
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#|~!$])")
LONGEST_LIST = 40


def escaped(text: object) -> str:
    """A text from a scenario as one line of plain Markdown: no markup, no HTML, no link, no table cell of its own."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    plain = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    plain = _SPECIAL.sub(r"\\\1", plain)
    plain = plain.replace("://", ":&#8203;//").replace("www.", "www&#8203;.").replace("@", "&#64;")  # no link by itself
    return re.sub(r"^(?=[-+]\s|[-=]{2}|\d+[.)]\s)", "&#8203;", plain)  # no list, no underline of a heading


def author(what: str) -> str:
    """A point that the author must fill in."""
    return f"**{TO_DO}:** {what}"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table of texts that are safe already."""
    body = [f"| {' | '.join(row)} |" for row in rows]
    return [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}", *body]


def names(values: Iterable[Any]) -> str:
    """Names in a row, the first ones of many."""
    some = [escaped(v["name"] if isinstance(v, dict) else v) for v in values]
    more = len(some) - LONGEST_LIST
    return ", ".join(some[:LONGEST_LIST]) + (f" and {more} more" if more > 0 else "")


def hours(value: Any) -> str:
    """A duration given in hours, with the unit that suits it; 'none' for infinity."""
    number = float(value)
    if not math.isfinite(number):
        return "none"
    scale = fmt.hours_scale(number)
    return f"{scale.value(number):.6g} {scale.unit}"


def counted(count: int, noun: str) -> str:
    """'1 head', '2 heads'."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def share(value: Any) -> str:
    """A share in per cent."""
    return f"{float(value) * 100:.6g} %"


def number(value: Any) -> str:
    """A plain number."""
    return f"{float(value):.6g}"


def dist(value: dict[str, Any] | None, absent: str = "none") -> str:
    """A distribution of durations: kind, mean and coefficient of variation."""
    if value is None:
        return absent
    params = value["params"]
    if isinstance(params, dict):
        return f"{value['kind']}, {params['length']} numbers (in the scenario's files)"
    made = Dist(value["kind"], tuple(float(p) for p in params))
    if made.kind == "constant":
        return f"constant {hours(made.mean)}"
    return f"{made.kind}, mean {hours(made.mean)}, CV {made.cv:.4g}"


@dataclass(frozen=True)
class StudyFacts:
    """Plan, manifest and summary of the base model's run, and of the scenarios beside it."""

    folder: Path
    plan: dict[str, Any]
    manifest: dict[str, Any]
    summary: dict[str, Any]
    others: tuple[StudyFacts, ...] = ()

    @classmethod
    def of(cls, folder: Path, others: Sequence[Path] = ()) -> StudyFacts:
        """Read run folders."""
        plan, manifest, summary = (read_json(folder / f"{name}.json") for name in ("plan", "manifest", "summary"))
        return cls(folder, plan, manifest, summary, tuple(cls.of(other) for other in others))

    @property
    def title(self) -> str:
        """Title, else name."""
        return str(self.plan["title"] or self.plan["name"])

    @property
    def run(self) -> dict[str, Any]:
        """Settings of the run."""
        found: dict[str, Any] = self.plan["run"]
        return found

    @property
    def has_contacts(self) -> bool:
        """True if there are contact lines."""
        return bool(self.plan["lines"])

    @property
    def has_service(self) -> bool:
        """True if there are workshops."""
        return bool(self.plan["workshops"])

    @property
    def has_parts(self) -> bool:
        """True if parts are stocked or demanded."""
        return bool(self.plan["parts"])

    @property
    def has_cases(self) -> bool:
        """True if customers have needs."""
        return bool(self.plan["sources"]) or self.plan["case_log"] is not None

    def count(self, name: str) -> int:
        """Number of members of a list of the plan, long columns too."""
        value = self.plan[name]
        return int(value["length"]) if isinstance(value, dict) else len(value)

    @property
    def markets(self) -> int:
        """Number of markets."""
        value = self.plan["markets"]["names"]
        return int(value["length"]) if isinstance(value, dict) else len(value)
