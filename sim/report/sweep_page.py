"""The page of a sweep: best points, what matters, how factors act together, how well a metamodel predicts."""

from __future__ import annotations

import shlex
from pathlib import Path

from sim.analysis.sweep_results import SweepResults
from sim.language import say, say_count, term
from sim.report import format as fmt
from sim.report.appendix import folder_tables
from sim.report.facts import MOST_APPENDIX_ROWS
from sim.report.panel import Grid, Section
from sim.report.render import Appendix, Cell, Fact, Link, MeasureRow, MeasureTable, Page, Words, section
from sim.report.sweep_panels import frontier_panel, measure_head, measure_panels
from sim.report.sweep_text import KINDS, SweepView, index_doubt, told, verdict_word
from sim.store import read_json

_DESIGNS = {
    "factorial": term("full factorial: every combination of the levels"),
    "lhs": term("Latin hypercube: points spread evenly over the ranges"),
    "sobol": term("scrambled Sobol sequence: points spread evenly over the ranges"),
    "one-at-a-time": term("one at a time: the scenario as it is, then each level of each factor alone"),
    "saltelli": term("Saltelli sample: two samples and their mixtures, for Sobol indices"),
}


def sweep_page(found: SweepResults, explorer: str = "") -> Page:
    """Everything a reader sees of a sweep; `explorer` is the page beside it where people try what if."""
    view = SweepView(found)
    said = told(view)
    sections: list[Section] = list(section("frontier", say("Cost and effect"), [frontier_panel(view)]))
    for n, (key, entry) in enumerate(view.analysis.items()):
        panels = measure_panels(view, key, entry, n)
        sections += section(f"measure-{n}", say("What moves {measure}", measure=view.small(key)), panels)
    return Page(
        title=say("{title}: {factors} \u2013 sparesim", title=view.title, factors=fmt.in_words([a.name for a in view.axes])),
        context=context(view),
        headline=said[0][0],
        lede=tuple(Words(text, warn=doubt) for text, doubt in said[1:]),
        measure_tables=(_best_table(view),),
        sections=tuple(sections),
        facts=_facts(view),
        appendices=(_all_points(view),),
        footer=say("Drawn by sparesim from stored results; all points met the same customers (common random numbers)."),
        links=(Link(say("Try what if: sliders over the simulated points"), explorer),) if explorer else (),
        name=f"{view.data['name']}-sweep",
        tables=folder_tables(found.folder, titles={"points": say("Points of the sweep")}),
    )


def context(view: SweepView) -> tuple[Words, ...]:
    """The line above the headline."""
    data = view.data
    points, count = fmt.number(len(data["points"])), fmt.number(data["replications"])
    return (
        Words(view.title, strong=True),
        Words(say("sweep of {factors}", factors=fmt.in_words([a.name for a in view.axes]))),
        Words(
            say_count(
                "{points} points \u00d7 {n} replication",
                "{points} points \u00d7 {n} replications",
                data["replications"],
                points=points,
            )
            if len(data["points"]) != 1
            else say("1 point \u00d7 {count}", count=count)
        ),
        Words(say("{length} each", length=fmt.duration(data["run"]["length_h"]))),
        Words(say("seed {seed}", seed=data["seed"])),
    )


def _best_table(view: SweepView) -> MeasureTable:
    judged = view.data["targets_met"] is not None
    columns = view.columns
    rows = []
    for point in view.listed:
        cells = tuple(Cell(view.cell(point, key), "value" if key == view.by else "") for key in columns)
        name = view.setting(point)
        if point == view.data["cheapest"]:
            name = say("{plan} \u2013 cheapest that meets all targets", plan=name)
        rows.append(MeasureRow(name, "", cells, view.verdict(point)))
    caption = say("Best points by {measure}, with {confidence} CI", measure=view.small(view.by), confidence=view.confidence)
    head = (say("sweep||Point"), *(measure_head(view, key) for key in columns), *((say("Targets"),) if judged else ()))
    return MeasureTable(head, tuple(rows), caption, judged=judged)


def _facts(view: SweepView) -> tuple[Fact, ...]:
    data = view.data
    entries = [
        Fact(
            say("Design"),
            say(
                "{design}; {n} different plans were simulated",
                design=say(_DESIGNS[data["design"]]),
                n=fmt.number(data["distinct_plans"]),
            ),
        ),
        Fact(say("Factors"), entries=tuple(_factor_text(view, i) for i in range(len(view.axes)))),
        Fact(say("Replications"), _replications_text(view)),
        Fact(
            say("Pairing"),
            say(
                "Same customers at every point in each replication (common random numbers): effects and differences are computed "
                "within a replication, their intervals are over replications"
            ),
        ),
        Fact(
            say("Many comparisons"),
            say(
                "\u201cMay be as good\u201d compares all points with the best one at once (Bonferroni). All other intervals and "
                "verdicts stand for themselves: the best of many points looks better than it is, so confirm a choice"
            ),
        ),
    ]
    model = view.analysis.get(view.by, {}).get("metamodel")
    if model:
        text = say(
            "{kind} of the points' means; its error is that of predicting each point from all others; it is "
            "not used outside the swept ranges",
            kind=say(KINDS[model["kind"]]),
        )
        entries.append(Fact(say("Metamodel"), text))
    doubts = [index_doubt(view, key) for key in view.analysis if key != view.by]
    if any(doubts):
        entries.append(Fact(say("Sobol indices"), entries=tuple(doubt for doubt in doubts if doubt)))
    made = view.found.folder / "made.json"
    if made.is_file():
        command = [str(word) for word in read_json(made)["command"]]
        entries.append(Fact(say("Reproduce"), shlex.join([Path(command[0]).name, *command[1:]]) if command else "", code=True))
        versions = read_json(made)["versions"]
        listed = ", ".join(f"{name} {versions[name]}" for name in sorted(versions, key=lambda v: (v != "sparesim", v)))
        text = say(
            "sha256 {digest}\u2026, seed {seed}, {versions}", digest=str(data["digest"])[:12], seed=data["seed"], versions=listed
        )
        entries.append(Fact(say("Inputs"), text))
    return tuple(entry for entry in entries if entry.text or entry.entries)


def _replications_text(view: SweepView) -> str:
    data = view.data
    if data["replications"] == 1:
        return say("1: no interval can be given, so every verdict is \u201cnot shown\u201d")
    return say(
        "{n} of {length} at each point, warm-up {warm_up}; {confidence} t intervals over the replications",
        n=fmt.number(data["replications"]),
        length=fmt.duration(data["run"]["length_h"]),
        warm_up=fmt.duration(data["run"]["warm_up_h"]),
        confidence=view.confidence,
    )


def _factor_text(view: SweepView, i: int) -> str:
    axis, data = view.axes[i], view.data["factors"][i]
    values = say("sweep||{low} to {high}", low=axis.label(axis.low), high=axis.label(axis.high))
    if axis.levels:
        values = fmt.in_words([axis.label(x) for x in axis.ladder()], 9)
    told_values = {"factor": axis.name, "paths": ", ".join(data["paths"]), "values": values}
    if data["in_scenario"]:
        return say("{factor} ({paths}): {values}; in the scenario {value}", value=data["in_scenario"], **told_values)
    return say("{factor} ({paths}): {values}", **told_values)


def _all_points(view: SweepView) -> Appendix:
    judged = view.data["targets_met"] is not None
    columns = view.columns
    points = range(min(len(view.data["points"]), MOST_APPENDIX_ROWS))
    rows = []
    for i in points:
        cells = [str(i), *(a.label(x) for a, x in zip(view.axes, view.found.rows[i], strict=True))]
        cells += [view.cell(i, key) for key in columns]
        rows.append(tuple(cells + ([verdict_word(view.verdict(i))] if judged else [])))
    total = len(view.data["points"])
    note = ""
    if len(rows) < total:
        note = say("The first {n} of {total}; all are in points.csv.", n=fmt.number(len(rows)), total=fmt.number(total))
    heads = (measure_head(view, key) for key in columns)
    head = (say("sweep||Point"), *(a.name for a in view.axes), *heads, *((say("Targets"),) if judged else ()))
    summary = say("{n} points, {confidence} CI in brackets", n=fmt.number(len(rows)), confidence=view.confidence)
    return Appendix(say("sweep||All points"), summary, Grid(head, tuple(rows), note))
