"""The STRESS-DES checklist of a run as Markdown, filled in from its plan, manifest and summary.

Monks, Currie, Onggo, Robinson, Kunc and Taylor (2019), Strengthening the reporting of empirical simulation studies: introducing
the STRESS guidelines, Journal of Simulation 13(1), 55-67, doi 10.1080/17477778.2018.1442155. The items are theirs; what each asks
for is told here in our own words. What a tool cannot know is marked for the author and counted at the end.

The checklist stays English in every language: its items are cited, and it goes into papers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.report.stress_facts import TO_DO, StudyFacts, escaped
from sim.report.stress_model import activities, algorithms, diagram, entities, entry_and_exit, logic, queues, resources
from sim.report.stress_study import (
    aims,
    assumptions,
    code_access,
    data_sources,
    estimation,
    execution,
    initialisation,
    inputs,
    outputs,
    preprocessing,
    purpose,
    run_length,
    sampling,
    scenario_logic,
    software,
    system,
)


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the checklist: what it asks for, and who writes the answer (lines of Markdown)."""

    number: str
    title: str
    asks: str
    write: Callable[[StudyFacts], list[str]]


SECTIONS: dict[str, tuple[Item, ...]] = {
    "1. Objectives": (
        Item("1.1", "Purpose of the model", "background and objectives", purpose),
        Item("1.2", "Model outputs", "every measure reported: definition, when it is calculated, how its error is", outputs),
        Item("1.3", "Experimentation aims", "scenarios, design of experiments, or optimisation, with reasons", aims),
    ),
    "2. Logic": (
        Item("2.1", "Base model overview diagram", "the breadth and depth of the model in a diagram", diagram),
        Item("2.2", "Base model logic", "how the base model works", logic),
        Item("2.3", "Scenario logic", "how the scenarios differ from the base model", scenario_logic),
        Item("2.4", "Algorithms", "rules that mimic manual or complex processes, so that they can be reproduced", algorithms),
        Item("2.5.1", "Components: entities", "entities, their role and attributes", entities),
        Item("2.5.2", "Components: activities", "what entities take part in, and their ways in and out", activities),
        Item("2.5.3", "Components: resources", "resources, and which activities use them", resources),
        Item("2.5.4", "Components: queues", "queues, their discipline, capacity, reneging and balking", queues),
        Item("2.5.5", "Components: entry and exit points", "boundaries of the model and the arrival mechanism", entry_and_exit),
    ),
    "3. Data": (
        Item("3.1", "Data sources", "all sources, with sample sizes, dates and references", data_sources),
        Item("3.2", "Pre-processing", "what was done to the data before its use", preprocessing),
        Item("3.3", "Input parameters", "all inputs with values, distributions and their parameters", inputs),
        Item("3.4", "Assumptions", "what is assumed where data or knowledge lack", assumptions),
    ),
    "4. Experimentation": (
        Item("4.1", "Initialisation", "terminating or not, warm-up and how it was chosen, initial conditions", initialisation),
        Item("4.2", "Run length", "run length and time unit", run_length),
        Item("4.3", "Estimation approach", "replications or batches, their number, and why", estimation),
    ),
    "5. Implementation": (
        Item("5.1", "Software or programming language", "operating system, software and libraries with versions", software),
        Item("5.2", "Random sampling", "random number generator and how streams are distributed", sampling),
        Item("5.3", "Model execution", "event processing, priorities, parallel execution", execution),
        Item("5.4", "System specification", "run time and hardware", system),
    ),
    "6. Code access": (Item("6.1", "Computer model sharing statement",
             "how to obtain what reproduces the results", code_access),),
}  # fmt: skip


def stress_markdown(folder: Path, others: Sequence[Path] = ()) -> str:
    """The whole checklist of a run.

    Parameters
    ----------
    folder
        Run folder of the base model.
    others
        Run folders of scenarios that are compared with it.

    Raises
    ------
    UsageError
        If a folder is no run folder.
    """
    facts = StudyFacts.of(folder, others)
    lines = [
        f"# STRESS-DES: {escaped(facts.title)}",
        "",
        "Strengthening the reporting of empirical simulation studies, discrete-event simulation, after Monks, Currie, Onggo,"
        " Robinson, Kunc and Taylor (2019), [doi 10.1080/17477778.2018.1442155](https://doi.org/10.1080/17477778.2018.1442155)."
        " Filled in by sparesim from the plan, the manifest and the summary of the run; what it cannot know is marked"
        f" *{TO_DO}*.",
    ]
    open_items = []
    for section, items in SECTIONS.items():
        lines += ["", f"## {section}"]
        for item in items:
            answer = item.write(facts)
            count = sum(line.count(f"**{TO_DO}:**") for line in answer)
            if count:
                open_items.append((item, count))
            lines += ["", f"### {item.number} {item.title}", "", f"*Asked for: {item.asks}.*", "", *answer]
    total = sum(count for _, count in open_items)
    lines += ["", "## Left to the author", "", f"{total} points are {TO_DO}:", ""]
    lines += [f"- {item.number} {item.title}: {count}" for item, count in open_items]
    return "\n".join(lines) + "\n"
