"""Writes docs/performance.md and docs/performance.html from stored results."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from benchmarks import figures, text
from benchmarks.peers import LETTERS
from benchmarks.summary import TARGETS, engines, is_compiled
from sim.report.palette import FONT

DOCS = Path(__file__).parent.parent / "docs"
BEFORE = Path(__file__).with_name("results") / "before.json"
LIMIT = 6_000_000  # bytes

_STYLE = f"""
body {{ font-family: {FONT}; color: #1f2933; background: #fefefe; margin: 0 auto; max-width: 1000px; padding: 1rem 1.5rem 3rem; }}
h1 {{ font-size: 1.6rem; margin: .5rem 0; }} h2 {{ font-size: 1.1rem; margin: 2rem 0 .2rem; }}
p {{ color: #52606d; margin: .2rem 0 .4rem; line-height: 1.45; max-width: 46rem; }}
table {{ border-collapse: collapse; font-size: .9rem; margin: .8rem 0; }}
td, th {{ text-align: left; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid #e9edf1; vertical-align: top; }}
.missed {{ font-weight: 700; }}
"""


def write_pages(results: dict[str, Any]) -> None:
    """Write both pages.

    Raises
    ------
    ValueError
        If the page of figures would be larger than 6 MB.
    """
    (DOCS / "performance.md").write_text(text.page(results, before()))
    page = figures_page(results)
    if len(page.encode()) > LIMIT:
        raise ValueError(f"performance.html has {len(page.encode()):,} bytes, more than {LIMIT:,}")
    (DOCS / "performance.html").write_text(page)


def before() -> dict[str, Any]:
    """Earlier results of the same machine; empty if none are kept."""
    results = json.loads(BEFORE.read_text()) if BEFORE.is_file() else {}
    for case in results.get("cases", {}).values():  # there was no compiled engine then
        runs = case.get("runs", {})
        if "ours" in runs:
            runs.setdefault("pure", runs["ours"])
    return results


def figures_page(results: dict[str, Any]) -> str:
    """One self-contained page."""
    machine, cases = results["machine"], results["cases"]
    ours, pure = engines(results)
    body = [
        "<h1>How fast is sparesim?</h1>",
        f"<p>Medians of repeated runs in fresh processes, least and greatest as whiskers. {html.escape(text.where(machine))}. "
        f"sparesim: {html.escape(ours)}; in pure Python: {html.escape(pure)}. "
        'Tables, versions and the commands are in <a href="performance.md">performance.md</a>.</p>',
        _targets(cases, is_compiled(results)),
    ]
    config = {"displayModeBar": False, "responsive": True}
    for letter, figure in _figures(cases):
        drawn = figure.to_html(full_html=False, include_plotlyjs=False, div_id=f"figure-{letter}", config=config)
        body.append(f"<h2>{html.escape(text.TITLES[letter])}</h2><p>{html.escape(_CAPTIONS[letter])}</p>{drawn}")
    library = str(get_plotlyjs()).replace("</script", "<\\/script")
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>How fast is sparesim?</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style><script>{library}</script></head>\n<body>\n" + "\n".join(body) + "\n</body></html>\n"
    )


_CAPTIONS = {
    "a": "A million callers meet eleven agents; customers per second of processor time.",
    "b": "Poisson demand at ten bases, one-for-one replenishment from a depot; stockpyl does a coarser model.",
    "c": "A busy desk, and repair orders of twelve steps: parcel, reception, diagnosis, quote, parts, bench, audit, parcel.",
    "d": "One replication on one core: 90 days of warm-up and a year, from the scenario file to the report.",
    "e": "The same customers and orders at more service points, which open and close every day.",
    "f": "A small scenario on two workers; memory must not grow with the number of replications.",
    "g": "What people type all day, beside the longest that they should have to wait (dotted).",
}
_OTHERS = {"d": figures.year, "e": figures.sites, "f": figures.many, "g": figures.commands}


def _figures(cases: dict[str, Any]) -> list[tuple[str, go.Figure]]:
    found = [(letter, figures.peers(cases[letter], case, 6.0)) for case, letter in LETTERS.items() if letter in cases]
    return found + [(letter, draw(cases[letter])) for letter, draw in _OTHERS.items() if letter in cases]


def _targets(cases: dict[str, Any], compiled: bool) -> str:
    rows = []
    for target in TARGETS:
        if target.letter in cases:
            found = target.value(cases[target.letter])
            word = target.verdict(found, compiled)
            cells = (f"({target.letter})", target.what, target.wanted(), target.form(found.median))
            rows.append("<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in cells) + f'<td class="{word}">{word}</td></tr>')
    return "<table><tr><th></th><th>target</th><th>wanted</th><th>median</th><th></th></tr>" + "".join(rows) + "</table>"
