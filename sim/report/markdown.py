"""A page as Markdown for merge requests: what a reviewer reads first, the rest folded; for GitHub and GitLab alike.

Texts of scenarios are data: whatever could be a link, a mention, a heading, a cell's end, a formula or HTML is written as a
character reference, which no reader of Markdown takes for structure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sim.language import say
from sim.report import format as fmt
from sim.report.labels import verdict_text
from sim.report.panel import Grid, Panel
from sim.report.plain_series import clean
from sim.report.render import MeasureTable, Page
from sim.report.stored import Stored

MOST_ROWS = 6  # of a table that shows the worst
MOST_FOLDED = 60
_ALL = 24  # of a table that is the content
MOST_LETTERS = 60_000  # GitHub takes 65,536 in a comment
_LONGEST = 160  # letters of a cell
_BREAK = "\u200b"  # an invisible space: what stands behind is no name of a person, an issue, a label or a site

_SPACES = re.compile(r"[ \t\r\n]+")  # not the narrow ones before units
_SPECIAL = {character: f"&#{ord(character)};" for character in "\\`*_{}[]|~$^" + _BREAK} | {
    "<": "&lt;",
    ">": "&gt;",
    "&": "&amp;",
}
_TABLE = str.maketrans(_SPECIAL)
_BREAKS = (
    (re.compile(r"([@#!%~&$^])(?=[\w\"'])"), rf"\1{_BREAK}"),  # of GitHub and GitLab
    (re.compile(r"(?i)\b(https?|ftp|file|mailto|javascript|data)(?=:)"), rf"\1{_BREAK}"),
    (re.compile(r"(?i)\bwww(?=\.)"), rf"www{_BREAK}"),
    (re.compile(r":(?=[a-z][\w+-]*:)"), f":{_BREAK}"),
)
_LEADING = re.compile(r"^(?:[-+](?=\s|$)|[-=+]{2,}|#+|\d+(?=[.)](?:\s|$)))")
_FIRST = ("stages", "tat", "points", "regions", "parts", "owed", "money")  # panels whose tables say where it hurts


def text(value: str, longest: int = 4 * _LONGEST) -> str:
    """A text of any origin on one line, read by nobody as markup."""
    found = fmt.shorten(_SPACES.sub(" ", clean(_SPACES.sub(" ", value))), longest)
    for pattern, by in _BREAKS:
        found = pattern.sub(by, found)
    lead = _LEADING.match(found)  # of a list, a heading or a rule
    ahead = "".join(f"&#{ord(letter)};" for letter in lead.group(0)) if lead else ""
    return ahead + found[lead.end() if lead else 0 :].translate(_TABLE)


def code(value: str) -> str:
    """A command as a block, fenced by more backticks than it has itself."""
    line = _SPACES.sub(" ", clean(_SPACES.sub(" ", value)))
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", line)), default=0))
    return f"{fence}sh\n{line}\n{fence}"


def markdown_of(stored: Stored) -> str:
    """The page as Markdown."""
    page = stored.page
    pieces = [f"### {text(page.headline)}", _context(page)]
    lede = [f"- **{text(w.text)}**" if w.warn else f"- {text(w.text)}" for w in page.lede]
    pieces.append("\n".join(lede))
    pieces += [_measures(table) for table in page.measure_tables]
    grids = [p for p in stored.panels if p.grid is not None and p.grid.rows]
    chosen = [p for name in _FIRST for p in grids if p.name == name] or grids[:3]
    inputs = [p for p in grids if p.open_grid and p not in chosen]
    pieces += [_worst(panel) for panel in (*inputs, *chosen)]
    pieces.append(_facts(page))
    rest = [p for p in grids if p not in chosen and p not in inputs]
    pieces += [folded(panel.title, _grid(panel.grid, MOST_FOLDED)) for panel in rest if panel.grid is not None]
    pieces += [folded(a.heading, _grid(a.grid, MOST_FOLDED)) for a in page.appendices if a.grid.rows]
    closing = f"<sub>{text(page.footer)}</sub>"
    kept = _within(pieces, MOST_LETTERS - len(closing) - 400)
    if len(kept) < len([p for p in pieces if p]):
        kept.append(text(say("Shortened: all tables are in the report.")))
    return "\n\n".join((*kept, closing)) + "\n"


def _within(pieces: Sequence[str], most: int) -> list[str]:
    """The pieces that a comment holds, in order; tables that are too long fall out."""
    kept, length = [], 0
    for piece in pieces:
        if piece and length + len(piece) <= most:
            kept.append(piece)
            length += len(piece) + 2
    return kept


def _context(page: Page) -> str:
    return " \u00b7 ".join(f"**{text(w.text)}**" if w.strong else text(w.text) for w in page.context)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _head(cells: Sequence[str]) -> list[str]:
    return [_row([text(cell, _LONGEST) or " " for cell in cells]), _row([":--" if i == 0 else "--:" for i in range(len(cells))])]


def _measures(table: MeasureTable) -> str:
    """The measure table with verdict marks."""
    lines = [f"#### {text(table.caption)}", ""] if table.caption else []
    count = len(table.head)
    lines += _head(table.head)
    for row in table.rows:
        label = text(f"{row.label} ({row.unit})" if row.unit else row.label, _LONGEST)
        cells = [f"**{text(c.text, _LONGEST)}**" if c.kind == "value" else text(c.text, _LONGEST) for c in row.cells]
        cells += [_verdict(row.verdict)] if table.judged else []
        lines.append(_row([label, *cells][:count]))
    return "\n".join(lines)


def _verdict(verdict: str | None) -> str:
    said = verdict_text(verdict)
    return f"**{said}**" if verdict == "missed" else said


def _grid(grid: Grid, most: int) -> str:
    count = max(len(grid.head), *(len(row) for row in grid.rows))
    lines = _head([*grid.head, *[""] * (count - len(grid.head))])
    for row in grid.rows[:most]:
        lines.append(_row([text(cell, _LONGEST) for cell in row] + [""] * (count - len(row))))
    notes = [grid.note] if grid.note else []
    if len(grid.rows) > most:
        notes.append(say("The first {n} of {total} rows", n=fmt.number(most), total=fmt.number(len(grid.rows))))
    return "\n".join(lines) + "".join(f"\n\n<sub>{text(note)}</sub>" for note in notes)


def _worst(panel: Panel) -> str:
    assert panel.grid is not None
    return f"#### {text(panel.title)}\n\n{_grid(panel.grid, _ALL if panel.open_grid or panel.name == 'stages' else MOST_ROWS)}"


def folded(summary: str, body: str) -> str:
    """A part that opens when asked for."""
    return f"<details><summary>{text(summary)}</summary>\n\n{body}\n\n</details>"


def _facts(page: Page) -> str:
    """How sure we are; commands as blocks that can be copied."""
    lines = []
    for fact in page.facts:
        if fact.code:
            lines.append(f"**{text(fact.name)}**\n\n{code(fact.text)}")
        elif fact.entries:
            lines.append(f"**{text(fact.name)}**\n\n" + "\n".join(f"- {text(entry)}" for entry in fact.entries))
        else:
            lines.append(f"**{text(fact.name)}** \u2013 {text(fact.text)}")
    return folded(say("How sure are we?"), "\n\n".join(lines)) if lines else ""
