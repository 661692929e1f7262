"""The replay page: a window of one replication that plays on the map and as queues, from its event log."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.analysis.replay import Timeline
from sim.analysis.replay_orders import Orders
from sim.analysis.replay_pick import pick_orders, rows_of
from sim.analysis.tables import Table
from sim.language import say, term
from sim.report import format as fmt
from sim.report import replay_text as text
from sim.report.dates import local_time
from sim.report.life import tell_life
from sim.report.render import Fact, Words, page_html, safe_json, template_text
from sim.report.replay_data import Story, page_data
from sim.scenario.plan import Plan
from sim.store import write_output

_WHY = {
    "customer": term("story||example customer"),
    "late": term("story||late"),
    "forwarded": term("story||went to a depot"),
    "part": term("story||waited for a part"),
    "on_site": term("story||engineer on site"),
    "ordinary": term("story||ordinary"),
}


@dataclass(frozen=True)
class Source:
    """Where a replay comes from: run folder, replication from 0, how many measures were found equal, customers by order."""

    folder: Path
    replication: int
    measures: int
    customers: dict[int, str]


def write_replay(source: Source, plan: Plan, tables: dict[str, Table], found: Timeline, out: Path) -> Path:
    """Draw the page and write it, whole or not at all.

    Parameters
    ----------
    source
        Where it comes from.
    plan
        What was simulated.
    tables
        Raw tables of the replication, for the lives of some orders.
    found
        The window.
    out
        File to write.
    """
    html = replay_html(source, plan, tables, found)
    return write_output(out, html.encode("utf-8"))


def replay_html(source: Source, plan: Plan, tables: dict[str, Table], found: Timeline) -> str:
    """The page as HTML text; equal content gives equal text."""
    data = page_data(plan, found, stories_of(source, plan, tables, found))
    data["looks"] = {"waits": text.WAIT_LOOKS, "ways": text.WAY_LOOKS}
    data["perDot"] = [found.units_per_dot, found.shipments_per_dot]
    data["texts"] = text.script_texts()
    data["neutral"] = text.NEUTRAL
    data["csv"] = text.hourly_numbers(plan, found)
    encoded = json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    at_place, on_way = text.legends(found)
    title = say("Replay of {name}", name=plan.title or plan.name)
    return page_html(
        "replay.html.j2",
        title,
        (template_text("replay.js"),),
        context=_context(source, plan),
        headline=text.headline(found),
        lede=(
            Words(say("{span}, replication {number}.", span=text.span_text(plan, found), number=source.replication)),
            Words(text.why_text(plan, found)),
        ),
        data=safe_json(encoded),
        counters=text.counter_labels(found),
        speeds=[(hours, say(label)) for hours, label in text.SPEEDS],
        at_place=at_place,
        on_way=on_way,
        notes=text.notes(found),
        has_orders=bool(plan.workshops),
        has_contacts=found.contacts is not None,
        has_stock=found.stock is not None,
        has_stories=bool(data["stories"]),
        grid=text.hourly(plan, found),
        facts=_facts(source, plan, found),
        alt=_alt(plan, found),
    )


def stories_of(source: Source, plan: Plan, tables: dict[str, Table], found: Timeline) -> list[tuple[Story, int]]:
    """Lives of some orders, each with the workshop that received it."""
    if not len(tables["orders"]):
        return []
    orders = Orders(tables["orders"])
    numbers, waited = tables["orders"].columns("order", "part_wait_h")
    waited = waited[np.argsort(numbers, kind="stable")]
    picked = pick_orders(orders, waited, found.orders.moves, found.ticks, source.customers)
    rows = rows_of(tables, [number for number, _ in picked])
    stories = []
    for number, why in picked:
        customer = source.customers.get(number, "")
        life = tell_life(plan, rows, number, customer)
        label = say(
            "{title}: {product}, {place} ({why})",
            title=life.title, product=life.facts["product"], place=life.facts["service point"], why=say(_WHY[why]),
        )  # fmt: skip
        stories.append((Story(label, life), int(orders["workshop"][number])))
    return stories


def _context(source: Source, plan: Plan) -> tuple[Words, ...]:
    return (
        Words(plan.title or plan.name, strong=True),
        Words(say("replay of replication {number}", number=source.replication)),
        Words(say("replay||seed {seed}", seed=plan.run.seed)),
    )


def _facts(source: Source, plan: Plan, found: Timeline) -> tuple[Fact, ...]:
    """Why the page can be trusted, and how it is made again."""
    window = f"--week {found.week}" if found.week and not _is_odd(found) else f"--from {_first_day(plan, found)}"
    days = round((found.ticks.end - found.ticks.begin) / 24)
    command = f"sparesim replay {source.folder.name} --replication {source.replication} {window}"
    return (
        Fact(
            say("Same as in the results"),
            say(
                "The replication was run again with its event log; all its {n} measures equal the stored ones, bit for bit.",
                n=fmt.number(source.measures),
            ),
        ),
        Fact(
            say("replay||One of many"),
            say("A replay shows one possible course. Decide by the intervals over all replications, in the report."),
        ),
        Fact(say("replay||How to read it"), entries=tuple(text.notes(found))),
        Fact(say("replay||Make it again"), command if days == 7 else f"{command} --days {days}", code=True),
    )


def _is_odd(found: Timeline) -> bool:
    return found.chosen == "first"


def _first_day(plan: Plan, found: Timeline) -> str:
    return f"{local_time(plan.run.start, found.zone, found.ticks.begin):%Y-%m-%d}"


def _alt(plan: Plan, found: Timeline) -> str:
    """The map in words."""
    return say(
        "Map of {places} places. Units travel between owners, workshops and depots, parts from vendors and depots to "
        "workshops. The size of a place is the number of units there, its colour and shape what most of them wait for. The table "
        "has the numbers of every hour.",
        places=fmt.number(len(plan.workshops) + sum(place.kind == "vendor" for place in plan.locations)),
    )
