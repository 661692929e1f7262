"""Every output column: name, type, unit and meaning. One table a concept; all instants in hours of the run's clock (UTC)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

STAGES = (
    "contact_wait",
    "contact",
    "retry",
    "hand_in",
    "inbound",
    "counter",
    "diagnosis_wait",
    "diagnosis",
    "approval_call",
    "decision",
    "part_wait",
    "bench_wait",
    "repair",
    "audit_wait",
    "audit",
    "forward",
    "return",
    "pick_up",
)
STAGE_IX: Final = {name: i for i, name in enumerate(STAGES)}

# Kinds of contact attempts
KINDS = ("fresh", "redial", "reconnect", "status", "outbound", "transfer")
FRESH: Final = 0
REDIAL: Final = 1
RECONNECT: Final = 2
STATUS: Final = 3
OUTBOUND: Final = 4
TRANSFER: Final = 5

# Outcomes of contact attempts. Answered: resolved..unreached; the two last are still open at the end of the run.
CONTACT_OUTCOMES = (
    "resolved",  # need met
    "repair",  # became a repair order
    "transferred",  # passed to another tier
    "unresolved",  # believed resolved, comes back
    "done",  # status or outbound contact finished
    "unreached",  # outbound: owner did not answer
    "contained",  # self-service was enough
    "escalated",  # self-service was not enough
    "abandoned",
    "blocked",
    "closed",
    "waiting",  # at the end of the run
    "in_service",  # at the end of the run
)
RESOLVED: Final = 0
REPAIR: Final = 1
TRANSFERRED: Final = 2
UNRESOLVED: Final = 3
DONE: Final = 4
UNREACHED: Final = 5
CONTAINED: Final = 6
ESCALATED: Final = 7
ABANDONED: Final = 8
BLOCKED: Final = 9
CLOSED: Final = 10
WAITING: Final = 11
IN_SERVICE: Final = 12

# Outcomes of repair orders
ORDER_OUTCOMES = ("open", "returned", "refused", "no_fault_found", "planned", "given_up")
OPEN: Final = 0
RETURNED: Final = 1
REFUSED: Final = 2
NO_FAULT_FOUND: Final = 3
PLANNED: Final = 4
GIVEN_UP: Final = 5

# How a part demand was met
HOW = ("open", "shelf", "backorder", "emergency", "cancelled")
H_OPEN: Final = 0
H_SHELF: Final = 1
H_BACKORDER: Final = 2
H_EMERGENCY: Final = 3
H_CANCELLED: Final = 4

# Kinds of technicians' jobs
# (look: a technician took the order up, found that a part lacks, and was free again at once)
JOBS = ("diagnosis", "repair", "audit", "visit", "look")
J_DIAGNOSIS: Final = 0
J_REPAIR: Final = 1
J_AUDIT: Final = 2
J_VISIT: Final = 3
J_LOOK: Final = 4

# Gauges: what the owner is, and what is integrated
GAUGES = (
    "queue",  # contacts waiting; owner = line
    "busy",  # agents handling at least one contact; owner = group
    "conversations",  # contacts in service; owner = group
    "staffed",  # agents on shift or finishing; owner = group
    "scheduled",  # agents on shift; owner = group
    "bench_queue",  # jobs waiting for a technician; owner = workshop
    "open_orders",  # owner = region
    "on_hand",  # owner = location, sub = part; likewise below
    "backorders",
    "on_order",
    "in_transit",
    "stocked",  # share of time with stock on hand
)
G_QUEUE: Final = 0
G_BUSY: Final = 1
G_CONVERSATIONS: Final = 2
G_STAFFED: Final = 3
G_SCHEDULED: Final = 4
G_BENCH_QUEUE: Final = 5
G_OPEN_ORDERS: Final = 6
G_ON_HAND: Final = 7
G_BACKORDERS: Final = 8
G_ON_ORDER: Final = 9
G_IN_TRANSIT: Final = 10
G_STOCKED: Final = 11

# What is saved of a shelf at the end of a run
SAVED = ("on_hand", "in_transit", "owed", "waiting")
S_ON_HAND: Final = 0
S_IN_TRANSIT: Final = 1  # shipments on their way to it
S_OWED: Final = 2  # by its source, to it
S_WAITING: Final = 3  # owed by it to customers and repair orders


@dataclass(frozen=True, slots=True)
class Column:
    """One column: NumPy type, unit and meaning."""

    name: str
    dtype: str
    unit: str
    meaning: str


def _table(*rows: tuple[str, str, str, str]) -> tuple[Column, ...]:
    return tuple(Column(*r) for r in rows)


TABLES: dict[str, tuple[Column, ...]] = {
    "contacts": _table(
        ("case", "i8", "", "case number; -1 where none"),
        ("attempt", "i2", "", "1 for the first attempt of the case"),
        ("kind", "i1", "", "index into KINDS"),
        ("line", "i2", "", "line at which it arrived"),
        ("served_line", "i2", "", "line whose agents took it (differs after overflow); -1 if none"),
        ("group", "i2", "", "agent group that took it; -1 if none"),
        ("need", "i2", "", "case type"),
        ("segment", "i1", "", "customer segment"),
        ("region", "i2", "", "region of the market where the case happened"),
        ("arrived_h", "f8", "h", "start of the attempt"),
        ("answered_h", "f8", "h", "agent (or self-service) begins; NaN if never"),
        ("ended_h", "f8", "h", "end of talk, abandonment, block; NaN if open"),
        ("released_h", "f8", "h", "end of after-call work; NaN if never served"),
        ("outcome", "i1", "", "index into CONTACT_OUTCOMES"),
    ),
    "orders": _table(
        ("order", "i4", "", "order number, from 0 in order of opening"),
        ("case", "i8", "", "case number"),
        ("mode", "i1", "", "index into MODES"),
        ("workshop", "i4", "", "service point or team that received it"),
        ("bench", "i4", "", "workshop where it was repaired (the depot when forwarded)"),
        ("need", "i2", "", "case type"),
        ("product", "i2", "", "product family"),
        ("segment", "i1", "", "customer segment"),
        ("region", "i2", "", "region of the receiving workshop"),
        ("market", "i4", "", "market where the case happened"),
        ("in_warranty", "i1", "", "1 if entitled to free repair there"),
        ("forwarded", "i1", "", "1 if the unit went to a depot"),
        ("rework", "i2", "", "returns to the bench after a failed audit or a dead part"),
        ("first_h", "f8", "h", "first contact attempt or walk-in of the case"),
        ("opened_h", "f8", "h", "order opened"),
        ("received_h", "f8", "h", "unit at the workshop (or engineer with the customer); NaN if not yet"),
        ("ready_h", "f8", "h", "ready for return; NaN if not yet"),
        ("closed_h", "f8", "h", "unit back with its owner; NaN if open"),
        ("due_h", "f8", "h", "promise; infinite if none"),
        ("outcome", "i1", "", "index into ORDER_OUTCOMES"),
        ("revenue", "f8", "money", "accepted quote"),
        ("contacts", "i2", "", "contact attempts of the case so far, status contacts included"),
        *((f"{s}_h", "f8", "h", f"time in stage {s}") for s in STAGES),
    ),
    "visits": _table(
        ("order", "i4", "", "order number"),
        ("stage", "i1", "", "index into STAGES"),
        ("begin_h", "f8", "h", ""),
        ("end_h", "f8", "h", "equals the next visit's begin, bit for bit; NaN if open"),
    ),
    "jobs": _table(
        ("workshop", "i4", "", ""),
        ("shift", "i2", "", "index into Workshop.shifts"),
        ("kind", "i1", "", "index into JOBS"),
        ("order", "i4", "", ""),
        ("asked_h", "f8", "h", "joined the queue"),
        ("begin_h", "f8", "h", ""),
        ("end_h", "f8", "h", "planned end if still running at the end of the run"),
        ("work_h", "f8", "h", "technician time"),
        ("overtime_h", "f8", "h", "part of it outside the shift"),
    ),
    "part_demands": _table(
        ("order", "i4", "", "repair order; -1 for a demand stream"),
        ("request", "i4", "", "lines of one request share this number"),
        ("part", "i2", "", ""),
        ("location", "i4", "", ""),
        ("quantity", "i2", "", ""),
        ("requested_h", "f8", "h", ""),
        ("filled_h", "f8", "h", "last unit there; NaN if open"),
        ("filled_at_once", "i2", "", "units served from the shelf at the instant of the request"),
        ("how", "i1", "", "index into HOW"),
    ),
    "replenishments": _table(
        ("part", "i2", "", ""),
        ("location", "i4", "", "who ordered"),
        ("source", "i4", "", "from whom"),
        ("quantity", "i4", "", "units in this shipment"),
        ("emergency", "i1", "", ""),
        ("ordered_h", "f8", "h", "these units were asked of the source"),
        ("shipped_h", "f8", "h", "left the source (vendors: ordered)"),
        ("received_h", "f8", "h", "arrival; may lie after the end of the run"),
        ("cost", "f8", "money", "freight and premium"),
    ),
    "gauges": _table(
        ("gauge", "i1", "", "index into GAUGES"),
        ("owner", "i4", "", ""),
        ("sub", "i4", "", "part; -1 if none"),
        ("begin_h", "f8", "h", "begin of the period"),
        ("elapsed_h", "f8", "h", "length of the period"),
        ("integral", "f8", "h", "time integral of the value over the period"),
    ),
    "cases": _table(
        ("case", "i8", "", "case number"),
        ("key", "u8", "", "key of its draws"),
        ("at_h", "f8", "h", "birth"),
        ("source", "i2", "", ""),
        ("market", "i4", "", "where it happens"),
        ("home", "i4", "", "owner's home market"),
        ("segment", "i1", "", ""),
        ("channel", "i2", "", "first channel; -1 walk-in"),
        ("age_h", "f8", "h", "age of the unit"),
    ),
}


def dtype(table: str) -> np.dtype[np.void]:
    """The structured NumPy type of a table."""
    return np.dtype([(c.name, c.dtype) for c in TABLES[table]])
