"""The words of the replay page: what its script shows, and its tables."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from sim.analysis.replay import Timeline
from sim.analysis.replay_orders import WAITS
from sim.analysis.window import Ints
from sim.language import say, say_count, term
from sim.report import format as fmt
from sim.report import palette as c
from sim.report.dates import DAY, INSTANT, MONTHS, WEEKDAYS, day_text, instant_text, local_time
from sim.report.panel import Grid, Legend
from sim.scenario.plan import Plan

# Colour and mark of what units at a place wait for, in the order of `replay_orders.WAITS`
WAIT_LOOKS = ((c.BLUE, "square"), (c.ORANGE, "triangle"), (c.PINK, "diamond"), (c.SKY, "circle"))
WAIT_WORDS = (
    term("waits||for a technician"),
    term("waits||for a part"),
    term("waits||for the owner's answer"),
    term("waits||for nothing: in work"),
)
# Colour and mark of what travels, in the order of `replay_orders.WAYS`
WAY_LOOKS = (
    (c.MUTED, "circle"),
    (c.BASE, "diamond-hollow"),
    (c.PINK, "diamond"),
    (c.PINK, "diamond-hollow"),
    (c.MUTED, "hollow"),
    (c.GREEN, "square"),
    (c.VERMILLION, "triangle"),
)
WAY_WORDS = (
    term("way||unit to the workshop"),
    term("way||engineer to the customer"),
    term("way||unit to a depot"),
    term("way||unit back from a depot"),
    term("way||unit back to its owner"),
    term("way||parts"),
    term("way||emergency shipment of parts"),
)
KIND_WORDS = {
    "point": term("kind||service point"),
    "depot": term("kind||depot"),
    "team": term("kind||team"),
    "vendor": term("kind||vendor"),
}
# Neutral colours and the style sheet's names for them
NEUTRAL = {c.INK: "ink", c.MUTED: "muted", c.GRID: "grid", c.SURFACE: "surface", c.BASE: "base", c.QUIET: "quiet"}
SPEEDS = ((1, term("1 h/s")), (3, term("3 h/s")), (12, term("12 h/s")), (24, term("replay||1 day/s")))


def script_texts() -> dict[str, object]:
    """Texts of the script, with braces that it fills in."""
    return {
        "instant": say(INSTANT),
        "day": say(DAY),
        "weekdays": [say(text) for text in WEEKDAYS],
        "months": [say(text) for text in MONTHS],
        "play": say("replay||Play"),
        "pause": say("replay||Pause"),
        "waits": [say(text) for text in WAIT_WORDS],
        "ways": [say(text) for text in WAY_WORDS],
        "kinds": {kind: say(text) for kind, text in KIND_WORDS.items()},
        "agents": say("{busy} handled, {staff} on shift"),
        "waiting": say("replay||{n} waiting"),
        "dots": say("1 dot: {n} waiting."),
        "queue": say("queue||{technician} + {part}"),
        "noQueue": say("Nobody waits at any workshop."),
        "stock": say("replay||{hand} on hand"),
        "stockOwed": say("{hand} on hand, {owed} owed"),
        "partOwed": say("{owed} owed, {hand} on hand"),
        "noneOwed": say("No part is owed to anybody."),
        "summary": say("replay||{instant}: {numbers}."),
        "join": say("summary||{a}, {b}"),
        "namedNumber": say("summary||{name} {n}"),
        "choosePlace": say("Choose a place"),
        "chooseOrder": say("Choose an order"),
        "now": say("column||Now"),
        "mean": say("column||Mean"),
        "most": say("column||Highest"),
        "placeRows": {
            "technician": say("Units that wait for a technician"),
            "part": say("Units that wait for a part"),
            "owner": say("Units that wait for the owner's answer"),
            "work": say("replay||Units in work"),
            "busy": say("replay||Technicians at work"),
            "shift": say("replay||Technicians on shift"),
            "hand": say("replay||Parts on hand"),
            "owed": say("replay||Parts owed"),
        },
        "placeTitle": say("replay||{name}: {kind}"),
        "placeTitleRegion": say("{name}: {kind}, {region}"),
        "curves": {
            "open": say("replay||Open orders"),
            "late": say("replay||of these late"),
            "waiting": say("replay||Contacts that wait"),
            "owed": say("replay||Parts owed"),
        },
        "curve": say("replay||{name}: {n} (up to {most})"),
        "curveOfTwo": say("replay||{name}: {n}, {part} {m} (up to {most})"),
        "csvName": "replay.csv",
    }


def counter_labels(found: Timeline) -> list[tuple[str, str]]:
    """Names of the numbers that change, with their keys for the script."""
    rows = [
        ("open", say("replay||Open orders")),
        ("late", say("replay||of these late")),
        ("today", say("Back with owners today")),
        ("way", say("replay||Units on their way")),
    ]
    if found.orders.late.total(found.ticks.count).max() == 0:
        del rows[1]
    if found.orders.open.total(found.ticks.count).max() == 0 and found.orders.closed.total(found.ticks.count).max() == 0:
        rows = []
    if found.contacts is not None:
        rows += [("calls", say("replay||Contacts that wait")), ("came", say("replay||Contacts today"))]
    if found.stock is not None:
        rows += [
            ("owedNow", say("replay||Parts owed")),
            ("handNow", say("replay||Parts on hand")),
            ("parcels", say("replay||Part shipments on their way")),
        ]
    return rows


def legends(found: Timeline) -> tuple[tuple[Legend, ...], tuple[Legend, ...]]:
    """What colours and shapes mean: at places, and on the way; only what the window has."""
    at_place = tuple(
        Legend(say(text), *look)
        for steps, text, look in zip(found.orders.at_place, WAIT_WORDS, WAIT_LOOKS, strict=True)
        if len(steps.at)
    )
    used = np.union1d(found.unit_moves.kind, found.shipment_moves.kind)
    return at_place, tuple(Legend(say(WAY_WORDS[kind]), *WAY_LOOKS[kind]) for kind in used.tolist())


def headline(found: Timeline) -> str:
    """What the window is about, in one sentence."""
    count = found.ticks.count
    open_, late = int(found.orders.open.total(count).max()), int(found.orders.late.total(count).max())
    waiting = int(found.contacts.waiting.total(count).max()) if found.contacts is not None else 0
    owed = int(found.stock.owed.total(count).max()) if found.stock is not None else 0
    if open_ and waiting and late:
        text = term("Late orders peak at {late} (of up to {open} open) and waiting contacts at {waiting}")
    elif open_ and late:
        text = term("Late orders peak at {late} of up to {open} open")
    elif open_ and waiting:
        text = term("Open orders peak at {open} and waiting contacts at {waiting}")
    elif open_:
        text = term("Open orders peak at {open}")
    elif waiting:
        text = term("Waiting contacts peak at {waiting}")
    elif owed:
        text = term("Parts owed peak at {owed}")
    else:
        return say("Nobody waits in this window")
    return say(text, late=fmt.number(late), open=fmt.number(open_), waiting=fmt.number(waiting), owed=fmt.number(owed))


def span_text(plan: Plan, found: Timeline) -> str:
    """First and last local day of the window."""
    first = local_time(plan.run.start, found.zone, found.ticks.begin)
    last = local_time(plan.run.start, found.zone, found.ticks.end) - timedelta(minutes=1)
    if first.date() == last.date():
        return day_text(first)
    return say("replay||{first} to {last}", first=day_text(first), last=day_text(last))


def why_text(plan: Plan, found: Timeline) -> str:
    """Why this window is shown."""
    week = fmt.number(found.week)
    text = {
        "late": term("It is week {week} of the measured time, in which orders were late for most hours."),
        "open": term("It is week {week} of the measured time, in which orders were open for most hours."),
        "first": term("It is the begin of the measured time."),
        "asked": term("It is week {week} of the measured time."),
    }[found.chosen]
    if found.chosen == "asked" and not found.week:
        if found.ticks.begin < plan.run.warm_up_h:
            return say("It begins in the warm-up, which no measure counts.")
        return say("It was chosen by its date.")
    return say(text, week=week)


def notes(found: Timeline) -> list[str]:
    """How the drawing is to be read."""
    shown = found.unit_moves.kind, found.shipment_moves.kind
    lines = []
    if len(shown[0]):
        lines.append(
            say("On the map 1 dot is 1 unit on its way.")
            if found.units_per_dot == 1
            else say("On the map 1 dot is {n} units on their way.", n=fmt.number(found.units_per_dot))
        )
    if len(shown[1]):
        lines.append(
            say("1 square is 1 shipment of parts.")
            if found.shipments_per_dot == 1
            else say("1 square is {n} shipments of parts.", n=fmt.number(found.shipments_per_dot))
        )
    lines += [
        say("Numbers and curves count every unit, contact and part; only what moves on the map is thinned out, evenly."),
        say(
            "Ways are drawn straight and at even speed. The way of an owner who brings or fetches a unit lasts from the order "
            "to the counter, or from ready to fetched, days at home included."
        ),
    ]
    if found.contacts is not None:
        lines.append(
            say("Agents in chat may handle several contacts at once; contacts count as handled until their after-call work ends.")
        )
    lines.append(say_count("Values are kept for every minute.", "Values are kept for every {n} minutes.", found.ticks.minutes))
    return lines


def hourly(plan: Plan, found: Timeline) -> Grid:
    """Values at every hour (in longer windows at every second, third ... hour), for people."""
    columns = _columns(plan, found)
    rows = tuple(
        (instant_text(_local(plan, found, tick)), *(fmt.number(float(values[tick])) for _, values in columns))
        for tick in _hours(found)
    )
    return Grid((say("replay||Local time"), *(name for name, _ in columns)), rows)


def hourly_numbers(plan: Plan, found: Timeline) -> list[list[str | int]]:
    """The same as plain numbers with ISO times, names first."""
    columns = _columns(plan, found)
    rows: list[list[str | int]] = [[say("replay||Local time"), *(name for name, _ in columns)]]
    for tick in _hours(found):
        rows.append([f"{_local(plan, found, tick):%Y-%m-%dT%H:%M%z}", *(int(values[tick]) for _, values in columns)])
    return rows


def _local(plan: Plan, found: Timeline, tick: int) -> datetime:
    return local_time(plan.run.start, found.zone, found.ticks.begin + tick * found.ticks.minutes / 60)


def _hours(found: Timeline) -> range:
    hours = max(1, round((found.ticks.end - found.ticks.begin) / 168))
    return range(0, found.ticks.count + 1, max(1, round(60 * hours / found.ticks.minutes)))


def _columns(plan: Plan, found: Timeline) -> list[tuple[str, Ints]]:
    """Names and values at every tick."""
    count, orders = found.ticks.count, found.orders
    columns: list[tuple[str, Ints]] = []
    if len(plan.workshops):
        columns += [
            (say("replay||Open orders"), orders.open.total(count)),
            (say("replay||Late orders"), orders.late.total(count)),
            (say("replay||Closed so far"), orders.closed.total(count)),
            (say("replay||Wait for a technician"), orders.at_place[WAITS.index("technician")].total(count)),
            (say("replay||Wait for a part"), orders.at_place[WAITS.index("part")].total(count)),
            (say("replay||Units on their way"), orders.on_the_way.total(count)),
            (say("replay||Technicians at work"), found.busy.total(count)),
        ]
    if found.contacts is not None:
        columns += [
            (say("replay||Contacts that wait"), found.contacts.waiting.total(count)),
            (say("replay||Contacts handled"), found.contacts.handled.total(count)),
            (say("replay||Agents on shift"), found.contacts.on_shift.total(count)),
        ]
    if found.stock is not None:
        columns += [
            (say("replay||Parts on hand"), found.stock.on_hand.total(count)),
            (say("replay||Parts owed"), found.stock.owed.total(count)),
            (say("replay||Part shipments on their way"), found.shipments.total(count)),
        ]
    return columns
