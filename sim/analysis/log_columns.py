"""Columns of the Parquet logs, declared once: the files, their metadata and the documentation come from here.

A log is a raw table with its indices turned into names, its instants written as UTC timestamps too, and what the case brings
joined to it. Rows keep the order in which the simulation recorded them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.tables import Block
from sim.analysis.window import Window
from sim.columns import (
    CONTACT_OUTCOMES,
    G_BENCH_QUEUE,
    G_OPEN_ORDERS,
    G_QUEUE,
    GAUGES,
    HOW,
    JOBS,
    KINDS,
    ORDER_OUTCOMES,
    RETURNED,
    STAGES,
)
from sim.scenario.plan import MODES, Plan

WALK_IN = "walk_in"


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of a raw table, with the cases they belong to."""

    plan: Plan
    window: Window
    block: Block
    cases: NDArray[np.void]  # one record a row, where the log joins cases; else empty

    def column(self, name: str) -> NDArray[Any]:
        """A raw column; `case.<name>` is a column of the joined case."""
        return self.cases[name[5:]] if name.startswith("case.") else self.block[name]


@dataclass(frozen=True, slots=True)
class LogColumn:
    """One column of a log.

    `kind` is text (names, dictionary encoded), float, int, flag or utc; `names` gives the names of a text column by code, -1 and
    what lies beyond them is null; `take` gives codes, numbers, booleans, or hours of the clock where `kind` is utc.
    """

    name: str
    kind: str
    unit: str
    meaning: str
    take: Callable[[Rows], NDArray[Any]]
    names: Callable[[Plan], Sequence[str]] | None = None


@dataclass(frozen=True, slots=True)
class Log:
    """A log: the raw table it comes from, whether cases are joined, and its columns."""

    table: str
    about: str
    columns: tuple[LogColumn, ...]
    joins_cases: bool = False


def _named(attribute: str) -> Callable[[Plan], Sequence[str]]:
    return lambda plan: [one.name for one in getattr(plan, attribute)]


_NAMES: dict[str, Callable[[Plan], Sequence[str]]] = {
    **{
        key: _named(f"{key}s")
        for key in ("line", "group", "need", "segment", "product", "workshop", "location", "part", "source")
    },
    "region": lambda plan: plan.regions,
    "market": lambda plan: plan.markets.names,
    "channel": lambda plan: [*(c.name for c in plan.channels), WALK_IN],
    "kind": lambda plan: KINDS,
    "contact_outcome": lambda plan: CONTACT_OUTCOMES,
    "order_outcome": lambda plan: ORDER_OUTCOMES,
    "how": lambda plan: HOW,
    "job": lambda plan: JOBS,
    "stage": lambda plan: STAGES,
    "mode": lambda plan: MODES,
    "gauge": lambda plan: GAUGES,
    "owner": lambda plan: [name for names in _owners(plan) for name in names],
}


def _of(column: str) -> Callable[[Rows], NDArray[Any]]:
    return lambda rows: rows.column(column)


def _text(name: str, of: str, meaning: str, column: str = "") -> LogColumn:
    return LogColumn(name, "text", "", meaning, _of(column or name), _NAMES[of])


def _int(name: str, meaning: str, column: str = "", unit: str = "") -> LogColumn:
    return LogColumn(name, "int", unit, meaning, _of(column or name))


def _flag(name: str, meaning: str, column: str = "") -> LogColumn:
    return LogColumn(name, "flag", "", meaning, lambda rows: rows.column(column or name) != 0)


def _float(name: str, unit: str, meaning: str, take: Callable[[Rows], NDArray[Any]] | None = None) -> LogColumn:
    return LogColumn(name, "float", unit, meaning, take or _of(name))


def _instant(stem: str, meaning: str, column: str = "") -> tuple[LogColumn, LogColumn]:
    """An instant twice: hours of the run's clock, exactly, and the UTC timestamp, rounded to a microsecond."""
    take = _of(column or f"{stem}_h")
    return (
        LogColumn(f"{stem}_h", "float", "h", f"{meaning}; hours since the start of the run", take),
        LogColumn(f"{stem}_utc", "utc", "UTC", f"{meaning}; timestamp", take),
    )


def _span(name: str, meaning: str, begin: str, end: str) -> LogColumn:
    return _float(name, "h", meaning, lambda rows: rows.column(end) - rows.column(begin))


def _in_window(column: str, meaning: str) -> LogColumn:
    return LogColumn("in_window", "flag", "", meaning, lambda rows: rows.window.holds(rows.column(column)))


def _take_channel(rows: Rows) -> NDArray[Any]:
    """Walk-ins (-1) are the last of the names."""
    codes = rows.column("case.channel").astype(np.int64)
    return np.where(codes < 0, len(rows.plan.channels), codes)


_CASE = (
    *_instant("case_born", "when the need arose", "case.at_h"),
    _text("case_stream", "source", "stream of cases that it comes from", "case.source"),
    _text("case_market", "market", "market where the case happened", "case.market"),
    _text("home_market", "market", "owner's home market", "case.home"),
    LogColumn("first_channel", "text", "", "channel that the owner tried first; walk_in: none", _take_channel, _NAMES["channel"]),
    _float("unit_age_h", "h", "age of the unit", _of("case.age_h")),
)

_CONTACTS = (
    _int("case", "case number; rows of one customer's need share it"),
    _int("attempt", "1 for the first attempt of the case"),
    _text("kind", "kind", "why there is a contact"),
    _text("line", "line", "line at which it arrived; null: no line takes the channel there"),
    _text("served_line", "line", "line whose agents took it (differs after overflow); null if none"),
    _text("group", "group", "agent group that took it; null if none"),
    _text("need", "need", "case type"),
    _text("segment", "segment", "customer segment"),
    _text("region", "region", "region of the market where the case happened"),
    *_instant("arrived", "start of the attempt"),
    *_instant("answered", "agent (or self-service) begins; null if never"),
    *_instant("ended", "end of talk, abandonment or refusal; null if open at the end of the run"),
    *_instant("released", "end of after-call work; null if never served"),
    _float(
        "wait_h",
        "h",
        "from arrival to answer, or to the end where nobody answered; null if it still waits",
        lambda rows: (
            np.where(np.isnan(rows.block["answered_h"]), rows.block["ended_h"], rows.block["answered_h"])
            - rows.block["arrived_h"]
        ),
    ),
    _text("outcome", "contact_outcome", "how it ended"),
    _in_window("arrived_h", "arrived inside the measured window: contact measures are over these"),
    *_CASE,
)

_ORDERS = (
    _int("order", "order number, from 0 in order of opening"),
    _int("case", "case number"),
    _text("mode", "mode", "how the unit comes to the workshop"),
    _text("workshop", "workshop", "service point or team that received it; null if none"),
    _text("bench", "workshop", "workshop where it was repaired (the depot when forwarded)"),
    _text("need", "need", "case type"),
    _text("product", "product", "product family"),
    _text("segment", "segment", "customer segment"),
    _text("region", "region", "region of the receiving workshop"),
    _text("market", "market", "market where the case happened"),
    _flag("in_warranty", "entitled to free repair there"),
    _flag("forwarded", "the unit went to a depot"),
    _int("rework", "returns to the bench after a failed audit or a dead part"),
    *_instant("first", "first contact attempt or walk-in of the case"),
    *_instant("opened", "order opened"),
    *_instant("received", "unit at the workshop, or engineer with the customer; null if not yet"),
    *_instant("ready", "ready for return; null if not yet"),
    *_instant("closed", "unit back with its owner; null if open at the end of the run"),
    *_instant("due", "promise; null if none"),
    _text("outcome", "order_outcome", "how it ended"),
    _float("revenue_money", "money", "accepted quote", _of("revenue")),
    _int("contacts", "contact attempts of the case so far, status contacts included"),
    _span("turnaround_h", "from first contact to the return; null if open", "first_h", "closed_h"),
    *(_float(f"stage_{s}_h", "h", f"time in stage {s}; the stages add up to the turnaround", _of(f"{s}_h")) for s in STAGES),
    _in_window("closed_h", "closed inside the measured window"),
    LogColumn(
        "measured",
        "flag",
        "",
        "closed inside the measured window and returned: tat.customer and stage measures are over these",
        lambda rows: rows.window.holds(rows.block["closed_h"]) & (rows.block["outcome"] == RETURNED),
    ),
    *(column for column in _CASE if column.name != "case_market"),
)

_PARTS = (
    LogColumn(
        "order",
        "int",
        "",
        "repair order; null for a demand stream",
        lambda rows: np.ma.masked_less(rows.block["order"], 0),
    ),
    _int("request", "lines of one request share this number"),
    _text("part", "part", "part that is asked for"),
    _text("location", "location", "shelf that is asked"),
    _int("quantity", "units asked for", unit="units"),
    *_instant("requested", "instant of the request"),
    *_instant("filled", "last unit there; null if open"),
    _int("filled_at_once", "units served from the shelf at the instant of the request", unit="units"),
    _text("how", "how", "how it was met"),
    _span("wait_h", "from request to the last unit; null if open", "requested_h", "filled_h"),
    _in_window("requested_h", "requested inside the measured window: parts measures are over these"),
)

_REPLENISHMENTS = (
    _text("part", "part", "part"),
    _text("location", "location", "who ordered"),
    _text("source", "location", "from whom"),
    _int("quantity", "units in this shipment", unit="units"),
    _flag("emergency", "emergency shipment"),
    *_instant("ordered", "these units were asked of the source"),
    *_instant("shipped", "left the source (vendors: ordered)"),
    *_instant("received", "arrival; may lie after the end of the run"),
    _float("cost_money", "money", "freight and premium", _of("cost")),
    _in_window("ordered_h", "ordered inside the measured window"),
)

_STAGES = (
    _int("order", "order number"),
    _text("stage", "stage", "stage of the order"),
    *_instant("begin", "the stage begins"),
    *_instant("end", "it ends, which is the begin of the next; null if open"),
    _span("duration_h", "length; null if open", "begin_h", "end_h"),
    _in_window("begin_h", "begins inside the measured window"),
)

_JOBS = (
    _text("workshop", "workshop", "where"),
    _int("shift", "shift of the workshop, from 0"),
    _text("kind", "job", "kind of work (look: a part lacks, so nothing is done)"),
    _int("order", "order number"),
    *_instant("asked", "joined the queue for a technician"),
    *_instant("begin", "a technician begins"),
    *_instant("end", "the job ends; the planned end if it runs on at the end of the run"),
    _float("work_h", "h", "technician time, travel included"),
    _float("overtime_h", "h", "part of it outside the shift"),
    _in_window("begin_h", "begins inside the measured window: work.wait measures are over these"),
)

_CASES = (
    _int("case", "case number, from 0 in order of time"),
    LogColumn("key", "key", "", "key of the case's draws", _of("key")),
    *_instant("born", "when the need arose", "at_h"),
    _text("stream", "source", "stream of cases that it comes from", "source"),
    _text("market", "market", "market where it happens"),
    _text("home_market", "market", "owner's home market", "home"),
    _text("segment", "segment", "customer segment"),
    LogColumn(
        "first_channel",
        "text",
        "",
        "channel that the owner tries first; walk_in: none",
        lambda rows: np.where(rows.block["channel"] < 0, len(rows.plan.channels), rows.block["channel"].astype(np.int64)),
        _NAMES["channel"],
    ),
    _float("unit_age_h", "h", "age of the unit", _of("age_h")),
    _in_window("at_h", "arose inside the measured window"),
)


def _owners(plan: Plan) -> list[list[str]]:
    """Names of the owners of gauges: lines, groups, workshops, regions, locations."""
    return [[*_NAMES[key](plan)] for key in ("line", "group", "workshop", "region", "location")]


def _take_owner(rows: Rows) -> NDArray[Any]:
    first = np.cumsum([0, *(len(names) for names in _owners(rows.plan))])
    kind = np.full(len(GAUGES), 4)
    kind[[G_QUEUE, G_BENCH_QUEUE, G_OPEN_ORDERS]] = 0, 2, 3
    kind[G_QUEUE + 1 : G_BENCH_QUEUE] = 1
    found: NDArray[np.int64] = first[kind[rows.block["gauge"]]] + rows.block["owner"].astype(np.int64)
    return found


def _take_mean(rows: Rows) -> NDArray[Any]:
    whole, hours = rows.block["integral"], rows.block["elapsed_h"]
    mean: NDArray[np.float64] = np.divide(whole, hours, out=np.full(len(whole), np.nan), where=hours > 0)
    return mean


_GAUGES = (
    _text("gauge", "gauge", "what is measured: queue (of a line), busy, conversations, staffed, scheduled (of an agent group), "
          "bench_queue (of a workshop), open_orders (of a region), the others of a location and part"),
    LogColumn("owner", "text", "", "whose it is", _take_owner, _NAMES["owner"]),
    _text("part", "part", "part on the shelf; null if none", "sub"),
    *_instant("begin", "begin of the period"),
    _float("elapsed_h", "h", "length of the period"),
    _float("integral_h", "h", "time integral of the value over the period (value x hours)", _of("integral")),
    _float("mean", "", "time average of the value over the period", _take_mean),
    _in_window("begin_h", "begins inside the measured window"),
)  # fmt: skip


LOGS: dict[str, Log] = {
    "orders": Log("orders", "Repair orders, in the order in which they closed; those open at the end come last.", _ORDERS, True),
    "contacts": Log("contacts", "Contact attempts, in the order in which they ended.", _CONTACTS, True),
    "parts": Log("part_demands", "Lines of part requests, of repair orders and of demand streams.", _PARTS),
    "replenishments": Log("replenishments", "Shipments between locations, emergency shipments included.", _REPLENISHMENTS),
    "stages": Log("visits", "Visits of repair orders to stages, from opening to return; none without length.", _STAGES),
    "jobs": Log("jobs", "Technicians' jobs.", _JOBS),
    "cases": Log("cases", "Needs of customers, whether or not they lead to anything.", _CASES),
    "gauges": Log("gauges", "Time integrals of queues, staff and stock, a row a period (a day; shelves: 30 days).", _GAUGES),
}  # fmt: skip


def logs_markdown() -> str:
    """Every Parquet log with its columns, for the documentation."""
    kinds = {
        "text": "string (dictionary)",
        "float": "double",
        "int": "int",
        "flag": "bool",
        "utc": "timestamp[us, UTC]",
        "key": "uint64",
    }
    lines = [
        "## Parquet logs",
        "",
        "Written with `sparesim run --log NAME,...`, see [logs.md](logs.md). Each has a column `replication` too.",
    ]
    for name, log in LOGS.items():
        lines += ["", f"### {name}", "", log.about, "", "| column | type | unit | meaning |", "| --- | --- | --- | --- |"]
        lines += [f"| `{c.name}` | {kinds[c.kind]} | {c.unit} | {c.meaning} |" for c in log.columns]
    return "\n".join(lines) + "\n"
