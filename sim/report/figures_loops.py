"""Figures about the loop that closes: a part is missing, the repair is late, the owner asks, agents are busier, others wait."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from sim.language import say
from sim.report import format as fmt
from sim.report import palette as c
from sim.report.chain import Bar, Box, chain_figure
from sim.report.figures_kinds import REPEATS, kind_shares
from sim.report.growth import is_growing
from sim.report.panel import Grid, Legend, Panel
from sim.report.read import RunResults


@dataclass(frozen=True)
class Loop:
    """The numbers of the loop in one run; NaN where the run does not have them."""

    waited: float  # share of orders returned that waited for a part
    part_wait_h: float  # mean wait of those
    late: float  # share of orders that broke their promise
    late_waited: float
    late_others: float
    surely_later: bool  # the intervals of the two do not meet
    late_from_parts: float  # share of late orders that waited for a part
    asks: float  # status contacts per late order
    contacts_late: float  # attempts of cases whose order was late
    contacts_in_time: float
    status: float  # share of contacts
    repeats: float  # share of customers' contacts that follow from a failure: status, redial, reconnect
    redials: float
    repeat_work: float  # share of agents' handling time
    occupancy: float
    wait_h: float
    abandoned: float
    closed: float  # share of customers' attempts that met a closed line

    @property
    def has_orders(self) -> bool:
        """True if orders with and without a wait for a part can be told apart."""
        return self.waited > 0 and math.isfinite(self.late_waited) and math.isfinite(self.late_others)


def loop_of(run: RunResults) -> Loop:
    """The loop from loops.csv and the summary."""
    rows = run.table("loops")
    told: dict[tuple[str, str], float] = dict(
        zip(zip(rows.text("measure"), rows.text("orders"), strict=True), rows.numbers("value").tolist(), strict=True)
    )
    wide = dict(zip(told, rows.numbers("half_width").tolist(), strict=True))

    def orders(measure: str, which: str) -> float:
        return told.get((measure, which), math.nan)

    def kpi(name: str, group: str = "all") -> float:
        found = run.measure(name, group)
        return found.mean if found is not None else math.nan

    waited, wait = orders("share", "part wait"), kpi("stage.part_wait.mean")
    with_part, others = ("late_share", "part wait"), ("late_share", "no part wait")
    gap = told.get(with_part, math.nan) - told.get(others, math.nan)
    shares = kind_shares(run)
    closed, offered = kpi("contact.closed"), kpi("contact.offered")
    customers = sum(share for kind, share in shares.items() if kind in ("fresh", *REPEATS))
    asked, late = kpi("contact.offered", "kind=status"), orders("late_per_day", "all")
    if shares and math.isnan(asked):
        asked = 0.0
    return Loop(
        waited=waited,
        part_wait_h=wait / waited if waited > 0 else math.nan,
        late=orders("late_share", "all"),
        late_waited=told.get(with_part, math.nan),
        late_others=told.get(others, math.nan),
        surely_later=gap > wide.get(with_part, math.nan) + wide.get(others, math.nan),
        late_from_parts=orders("late_from_part_wait", "late"),
        asks=asked / late if late > 0 else math.nan,
        contacts_late=orders("contacts", "late"),
        contacts_in_time=orders("contacts", "in time"),
        status=shares.get("status", 0.0) if shares else math.nan,
        repeats=sum(shares.get(kind, 0.0) for kind in REPEATS) / customers if customers > 0 else math.nan,
        redials=shares.get("redial", 0.0) if shares else math.nan,
        repeat_work=_repeat_work(run, shares),
        occupancy=kpi("contact.occupancy"),
        wait_h=kpi("contact.wait.mean"),
        abandoned=kpi("contact.abandon_rate"),
        closed=closed / (closed + offered) if closed + offered > 0 else math.nan,
    )


def _repeat_work(run: RunResults, shares: dict[str, float]) -> float:
    """Share of agents' handling time that goes to contacts which follow from a failure."""
    work = {}
    for kind in shares:
        answered, handle = (run.measure(name, f"kind={kind}") for name in ("contact.answered", "contact.aht"))
        if answered is not None and handle is not None:
            work[kind] = answered.mean * handle.mean
    total = sum(work.values())
    return sum(work.get(kind, 0.0) for kind in REPEATS) / total if total > 0 else math.nan


def loops_panel(run: RunResults) -> Panel | None:
    """Missing parts, late repairs, status contacts and busy agents as a chain with this run's numbers; None without promises."""
    loop = loop_of(run)
    if not loop.has_orders:
        return None
    boxes = _boxes(loop)
    title = loop_title(run, loop)
    return Panel(
        name="loops",
        title=title,
        subtitle=say(
            "Along the arrows, what goes together in this run: associations, which do not prove causes; bars from 0 to 100 %"
        ),
        alt=say("A chain of boxes. {list}.", list="; ".join(_box_words(box) for box in boxes)),
        figure=loops_figure(boxes),
        grid=_grid([("", loop)]),
        wide=True,
        legend=(
            Legend(say("the link of the chain"), c.ORANGE),
            Legend(say("for comparison"), c.BASE),
        ),
    )


def loop_title(run: RunResults, loop: Loop) -> str:
    """What the loop does in this run; a growing backlog first."""
    if is_growing(run):
        if loop.status >= 0.005:
            return say("The backlog grows: {late} of orders are late, and contacts about them are already {status} of the load",
                       late=fmt.percent(loop.late), status=fmt.percent(loop.status))  # fmt: skip
        return say("The backlog grows; {late} of orders are late", late=fmt.percent(loop.late))
    if loop.surely_later and loop.late_others > 0 and loop.late_waited >= 1.5 * loop.late_others:
        times = fmt.number(loop.late_waited / loop.late_others, 0 if loop.late_waited >= 3 * loop.late_others else 1)
        text = say("Orders that wait for a part are late {times} times as often", times=times)
    elif loop.surely_later:
        text = say("Orders that wait for a part are late more often, {a} against {b}", a=fmt.percent(loop.late_waited),
                   b=fmt.percent(loop.late_others))  # fmt: skip
    else:
        text = say("Orders that wait for a part are not shown to be late more often, {a} against {b}",
                   a=fmt.percent(loop.late_waited), b=fmt.percent(loop.late_others))  # fmt: skip
    if loop.status >= 0.005:
        return say("{text}; contacts about late orders are {status} of the load", text=text, status=fmt.percent(loop.status))
    if loop.status >= 0:
        return say("{text}; hardly any contact asks about it", text=text)
    return text


def _boxes(loop: Loop) -> list[Box]:
    boxes = [
        Box(
            say("A part is missing"),
            (Bar(say("of orders wait for a part"), loop.waited, fmt.percent(loop.waited), c.ORANGE),),
            (say("they wait {wait} for it", wait=fmt.hours(loop.part_wait_h)),) if loop.part_wait_h > 0 else (),
        ),
        Box(
            say("The repair is late"),
            (
                Bar(say("of those are late"), loop.late_waited, fmt.percent(loop.late_waited), c.ORANGE),
                Bar(say("of the others are late"), loop.late_others, fmt.percent(loop.late_others), c.BASE),
            ),
            (say("{share} of late orders waited for a part", share=fmt.percent(loop.late_from_parts)),)
            if loop.late_from_parts == loop.late_from_parts
            else (),
        ),
    ]
    if loop.status == loop.status:
        asks = fmt.number(loop.asks, 1 if loop.asks < 10 else 0) if loop.asks == loop.asks else ""
        boxes.append(
            Box(
                say("The owner asks"),
                (Bar(say("of contacts ask where the unit is"), loop.status, fmt.percent(loop.status), c.ORANGE),),
                (say("{n} for each late order", n=asks),) if asks else (),
            )
        )
    if loop.occupancy == loop.occupancy:
        bars = [Bar(say("of agents' time is in use"), loop.occupancy, fmt.percent(loop.occupancy), c.BASE)]
        if loop.repeat_work == loop.repeat_work:
            share = loop.repeat_work * loop.occupancy
            bars.append(Bar(say("goes to contacts after a failure"), share, fmt.percent(share), c.ORANGE))
        boxes.append(Box(say("Agents are busier"), tuple(bars)))
    if loop.abandoned == loop.abandoned:
        bars = [Bar(say("of contacts are given up"), loop.abandoned, fmt.percent(loop.abandoned), c.BASE)]
        if loop.redials == loop.redials:
            bars.append(Bar(say("of contacts dial again"), loop.redials, fmt.percent(loop.redials), c.ORANGE))
        told = [say("a contact waits {wait} on average", wait=fmt.hours(loop.wait_h))] if loop.wait_h == loop.wait_h else []
        if loop.closed > 0:
            told.append(say("{share} of attempts met a closed line", share=fmt.percent(loop.closed)))
        if loop.repeats == loop.repeats:
            told.append(say("{share} of customers' contacts follow from a failure", share=fmt.percent(loop.repeats)))
        boxes.append(Box(say("Others wait and dial again"), tuple(bars), tuple(told)))
    return boxes


def _box_words(box: Box) -> str:
    pieces = [f"{bar.shown} {bar.label}" for bar in box.bars] + list(box.notes)
    return say("{heading}: {list}", heading=box.heading, list=", ".join(pieces))


def loops_figure(boxes: Sequence[Box]) -> go.Figure:
    """The chain of boxes, from top to bottom on narrow screens; redials go back from the last to the one before."""
    back = say("and the agents are busier still") if len(boxes) >= 4 else ""
    return chain_figure(boxes, back)


_ROWS = (
    "waited", "part_wait_h", "late", "late_waited", "late_others", "late_from_parts", "asks", "contacts_late", "contacts_in_time",
    "status", "redials", "repeats", "repeat_work", "occupancy", "wait_h", "abandoned", "closed",
)  # fmt: skip


def _words(name: str) -> str:
    return {
        "waited": say("Orders that waited for a part"),
        "part_wait_h": say("Wait of those for it"),
        "late": say("Late orders, of those with a promise"),
        "late_waited": say("Late, of those that waited for a part"),
        "late_others": say("Late, of the others"),
        "late_from_parts": say("Late orders that waited for a part"),
        "asks": say("Status contacts per late order"),
        "contacts_late": say("Attempts of a case whose order was late"),
        "contacts_in_time": say("Attempts of a case whose order was in time"),
        "status": say("Status contacts, of all"),
        "redials": say("Redials, of all"),
        "repeats": say("Contacts after a failure, of those of customers"),
        "repeat_work": say("Handling time for contacts after a failure"),
        "occupancy": say("Occupancy of agents"),
        "wait_h": say("Wait of a contact"),
        "abandoned": say("Contacts given up"),
        "closed": say("Attempts that met a closed line"),
    }[name]


def _cell(name: str, value: float) -> str:
    if math.isnan(value):
        return fmt.MISSING
    if name.endswith("_h"):
        return fmt.hours(value)
    if name in ("asks", "contacts_late", "contacts_in_time"):
        return fmt.number(value, 2)
    return fmt.percent(value)


def _grid(loops: Sequence[tuple[str, Loop]]) -> Grid:
    rows = []
    for name in _ROWS:
        values = [float(getattr(loop, name)) for _, loop in loops]
        if any(value == value for value in values):
            rows.append((_words(name), *(_cell(name, value) for value in values)))
    head = tuple(label or say("Value") for label, _ in loops)
    return Grid(
        (say("Link"), *head), tuple(rows), say("Waits of orders that did not end inside the measured time are not in it.")
    )


def loops_moved_panel(base: RunResults, others: Sequence[RunResults], names: Sequence[str]) -> Panel | None:
    """How each link of the loop moved from the baseline to the scenarios, as a table; None where a run cannot tell."""
    first = loop_of(base)
    loops = [loop_of(run) for run in others]
    if not first.has_orders or not loops or not all(loop.has_orders for loop in loops):
        return None
    moved = loops[0]
    change = {"name": fmt.shorten(names[0], 30), "a": fmt.percent(first.late), "b": fmt.percent(moved.late)}
    if moved.status == moved.status and first.status == first.status:
        title = say("{name}: late orders {a} to {b}, contacts about them {c} to {d} of the load", **change,
                    c=fmt.percent(first.status), d=fmt.percent(moved.status))  # fmt: skip
    else:
        title = say("{name}: late orders {a} to {b}", **change)
    columns = [(say("Baseline"), first), *zip(names, loops, strict=True)]
    return Panel("loops", title, say("Links of the loop in each run: associations, which do not prove causes"), "",
                 grid=_grid(columns), open_grid=True, wide=True)  # fmt: skip
