"""What a terminal shows of one replication alone."""

from __future__ import annotations

from collections.abc import Iterable

from sim.language import say
from sim.report import format as fmt
from sim.report.console import ConsoleText, TextTable
from sim.report.labels import measure_label, unit_of
from sim.report.read import Measure


def replication_text(name: str, number: int, currency: str, kpis: Iterable[tuple[str, str, str, float]]) -> ConsoleText:
    """The measures of one replication that are over everything; those of groups are in its kpis.csv."""
    rows = []
    for kpi, group, unit, value in kpis:
        if group != "all":
            continue
        scale = fmt.scale_for(unit_of(Measure(kpi, group, unit, 1, value, None)), value, currency)
        shown = scale.value(value)
        rows.append((measure_label(kpi), kpi, fmt.number(shown, fmt.decimals_for(shown)), scale.unit))
    sentence = say(
        "{name}, replication {number} alone (numbered from 0); one replication has no interval", name=name, number=number
    )
    heads = (say("Measure"), say("Id"), say("Value"), say("Unit"))
    return ConsoleText((sentence,), (TextTable("", heads, tuple(rows), left=2),))
