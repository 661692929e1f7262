"""The gallery: every figure of runs, comparisons and sweeps by name, what it shows and which tables it is drawn from.

Nothing is written down here about a figure: what it shows is the docstring of the function that draws it, what it needs are the
tables that the function asks for while it draws.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sim.report.panel import Panel
from sim.report.parts_of_run import PARTS
from sim.report.read import Columns, Measure, RunResults, read_run
from sim.report.stored import Stored

MEASURES = "summary.json"
_CALLS = {"run": "study", "comparison": "comparison", "sweep": "found"}
_HEADS = {
    "run": ("Runs", "`study = sim.run(...)` or `sim.Study(folder)`; `sparesim report RUN --figure NAME`."),
    "comparison": ("Comparisons", "`comparison = sim.compare(...)`; `sparesim report COMPARISON --figure NAME`."),
    "sweep": ("Sweeps", "`found = sim.api.sweep(...)`; `sparesim report SWEEP --figure NAME`."),
}


@dataclass(frozen=True)
class Entry:
    """A figure, or figures of one kind whose names differ by a number."""

    kind: str  # 'run', 'comparison', 'sweep'
    names: tuple[str, ...]
    shows: str
    needs: tuple[str, ...]
    panel: Panel

    @property
    def name(self) -> str:
        """The name of the first, and of the picture."""
        return self.names[0]

    @property
    def picture(self) -> str:
        """File of the picture."""
        return f"{self.kind}-{self.name}.png"


@dataclass(frozen=True)
class _Recorded(RunResults):
    """Results that note what is asked of them."""

    asked: dict[str, None] = field(default_factory=dict)

    def table(self, name: str) -> Columns:
        found = super().table(name)
        if found:
            self.asked[f"{name}.csv"] = None
        return found

    def measure(self, kpi: str, group: str = "all") -> Measure | None:
        self.asked[MEASURES] = None
        return super().measure(kpi, group)

    def grouped(self, kpi: str, key: str) -> list[Measure]:
        self.asked[MEASURES] = None
        return super().grouped(kpi, key)


def _recorded(run: RunResults) -> _Recorded:
    return _Recorded(run.folder, run.manifest, run.summary, run.tables)


def entries_of(stored: Stored) -> list[Entry]:
    """The figures of results, in the order of their page."""
    drawn = _of_run(stored) if stored.kind == "run" else _of_comparison(stored) if stored.kind == "comparison" else []
    known = {panel.name: entry for entry, panels in drawn for panel in panels}
    found = []
    for name, panel in stored.figures.items():
        entry = known.get(name) or Entry(stored.kind, (name,), panel.subtitle or panel.title, _files(stored.kind), panel)
        found.append(replace(entry, names=(name,), panel=panel))
    return joined(found)


def _files(kind: str) -> tuple[str, ...]:
    return {"sweep": ("sweep.json", "sweep.csv"), "comparison": ("comparison.json",)}.get(kind, ())


def _of_run(stored: Stored) -> list[tuple[Entry, Sequence[Panel]]]:
    from sim.report.warm_up import welch_panel

    run = read_run(stored.folder)
    draws: list[Callable[..., Any]] = [draw for part in PARTS for draw in part.draws]
    return [_drawn("run", draw, recorded := _recorded(run), recorded.asked) for draw in (*draws, welch_panel)]


def _of_comparison(stored: Stored) -> list[tuple[Entry, Sequence[Panel]]]:
    from sim.report.compared import Compared
    from sim.report.parts_of_comparison import COMPARISON_PARTS
    from sim.report.stored_comparison import read_comparison

    found = read_comparison(stored.folder)
    entries = []
    for part in COMPARISON_PARTS:
        for draw in part.draws:
            base, others = _recorded(found.base), [_recorded(run) for run in found.others]
            asked: dict[str, None] = {}
            subject = Compared.of(base, others, found.contrasts, found.together)
            for run in (base, *others):
                run.asked.clear()
            entry, panels = _drawn("comparison", draw, subject, asked)
            needs = tuple(dict.fromkeys((*_files("comparison"), *(n for run in (base, *others) for n in run.asked))))
            entries.append((replace(entry, needs=needs), panels))
    return entries


def _drawn(kind: str, draw: Callable[..., Any], subject: Any, asked: dict[str, None]) -> tuple[Entry, Sequence[Panel]]:
    """What a function draws, with its docstring and what it asked for."""
    found = draw(subject)
    panels = [found] if isinstance(found, Panel) else [panel for panel in found or () if panel is not None]
    text = " ".join((inspect.getdoc(draw) or "").split("\n\n")[0].split())
    text = re.sub(r"[;,]? ?\b(None|empty|none) (if|without|where|unless)\b.*$", "", text, flags=re.IGNORECASE).rstrip("; ")
    empty = Panel("", "", "", "")
    return Entry(kind, (), text, tuple(asked), panels[0] if panels else empty), panels


def joined(entries: Iterable[Entry]) -> list[Entry]:
    """Figures whose names differ by a number alone are one entry."""
    families: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        key = entry.kind, re.sub(r"-\d+(?=-|$)", "-N", entry.name)
        known = families.get(key)
        families[key] = entry if known is None else replace(known, names=tuple(dict.fromkeys((*known.names, *entry.names))))
    return list(families.values())


def gallery_markdown(entries: Sequence[Entry], pictures: str = "img/gallery") -> str:
    """docs/gallery.md."""
    lines = [
        "# Gallery of figures",
        "",
        "Written by `python docs/gallery.py`; pictures by `python docs/gallery_pictures.py`, from small simulated results.",
        "Every figure is a function from stored results to a Plotly figure, to be had by its name: `.plot(name)` gives it with",
        "title and legend drawn in, `.figures` says which there are, each with its message. What a scenario does not use has no",
        "figure. Names that end with a number come once for each site, factor or kind. Any of them as a file:",
        "[exports.md](exports.md).",
    ]
    for kind, (head, calls) in _HEADS.items():
        own = [entry for entry in entries if entry.kind == kind]
        if own:
            lines += ["", f"## {head}", "", calls]
        for entry in own:
            lines += ["", *_entry_lines(entry, pictures)]
    return "\n".join(lines) + "\n"


def _entry_lines(entry: Entry, pictures: str) -> list[str]:
    others = f" (and {', '.join(f'`{name}`' for name in entry.names[1:6])}{', ...' if len(entry.names) > 6 else ''})"
    lines = [f"### {entry.name}", "", f"{entry.shows.rstrip('.')}.{others if len(entry.names) > 1 else ''}", ""]
    needs = f" \u00b7 drawn from {', '.join(f'`{name}`' for name in entry.needs)}" if entry.needs else ""
    lines += [f'`{_CALLS[entry.kind]}.plot("{entry.name}")`{needs}', ""]
    return [*lines, f"![{entry.name}]({pictures}/{entry.picture})"]
