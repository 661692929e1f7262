"""Every output column: name, type, unit and meaning. One table a concept; all instants in hours of the run's clock (UTC)."""

from __future__ import annotations

from dataclasses import dataclass

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
STAGE_IX = {name: i for i, name in enumerate(STAGES)}

# Kinds of contact attempts
KINDS = ("fresh", "redial", "reconnect", "status", "outbound", "transfer")
FRESH, REDIAL, RECONNECT, STATUS, OUTBOUND, TRANSFER = range(6)

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
(
    RESOLVED,
    REPAIR,
    TRANSFERRED,
    UNRESOLVED,
    DONE,
    UNREACHED,
    CONTAINED,
    ESCALATED,
    ABANDONED,
    BLOCKED,
    CLOSED,
    WAITING,
    IN_SERVICE,
) = range(13)

# Outcomes of repair orders
ORDER_OUTCOMES = ("open", "returned", "refused", "no_fault_found", "planned", "given_up")
OPEN, RETURNED, REFUSED, NO_FAULT_FOUND, PLANNED, GIVEN_UP = range(6)

# How a part demand was met
HOW = ("open", "shelf", "backorder", "emergency", "cancelled")
H_OPEN, H_SHELF, H_BACKORDER, H_EMERGENCY, H_CANCELLED = range(5)

# Kinds of technicians' jobs
# (look: a technician took the order up, found that a part lacks, and was free again at once)
JOBS = ("diagnosis", "repair", "audit", "visit", "look")
J_DIAGNOSIS, J_REPAIR, J_AUDIT, J_VISIT, J_LOOK = range(5)

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
(
    G_QUEUE,
    G_BUSY,
    G_CONVERSATIONS,
    G_STAFFED,
    G_SCHEDULED,
    G_BENCH_QUEUE,
    G_OPEN_ORDERS,
    G_ON_HAND,
    G_BACKORDERS,
    G_ON_ORDER,
    G_IN_TRANSIT,
    G_STOCKED,
) = range(12)


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
