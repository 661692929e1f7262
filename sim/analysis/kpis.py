"""Every measure, declared once: id, unit, which way is better, name and meaning. Reductions may only report what stands here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from sim.columns import STAGES
from sim.language import term

Row = tuple[str, str, str, float]  # kpi, group, unit, value


@dataclass(frozen=True, slots=True)
class Kpi:
    """One measure. Units: h, 1, 1/day, money (the plan's currency); `better` says which way is good, None if neither."""

    id: str
    unit: str
    better: Literal["less", "more"] | None
    label: str  # marked by `term`; turnarounds and stages are named by the report itself
    meaning: str


_COSTS = {
    "holding": (term("Cost of holding"), "holding rate times the value of stock on hand"),
    "freight": (term("Cost of freight"), "shipments and their weight, emergency shipments apart"),
    "emergency": (term("Cost of emergency"), "emergency shipments, premium included"),
    "agents": (term("Cost of agents"), "paid hours of agents on shift"),
    "technicians": (term("Cost of technicians"), "paid hours of technicians on shift"),
    "overtime": (term("Cost of overtime"), "hours beyond the shift, agents and technicians, with the overtime factor"),
    "parts": (term("Cost of parts"), "price of the units handed out"),
    "penalties": (term("Cost of penalties"), "orders whose promise fell due in the window and was broken"),
    "contacts": (term("Cost of contacts"), "cost per answered contact of each line"),
    "parcels": (term("Cost of parcels"), "parcels of mail-in orders, by weight too"),
}
COST_KINDS = tuple(_COSTS)


def _turnarounds() -> Iterable[Kpi]:
    scopes = {
        "customer": ("Turnaround", "first contact attempt or walk-in to unit back with its owner"),
        "workshop": ("Workshop turnaround", "receipt to ready for return"),
        "case": ("Case turnaround", "first contact to last return, repeats within 30 days chained"),
    }
    for scope, (label, meaning) in scopes.items():
        base = f"{meaning}; corrective orders returned working inside the window, other outcomes in groups of their own"
        yield Kpi(f"tat.{scope}.mean", "h", "less", f"{label}, mean", base)
        for percent in (50, 80, 90, 95):
            yield Kpi(f"tat.{scope}.p{percent}", "h", "less", f"{label}, P{percent}", f"{percent} % take at most this; {base}")


def _all_kpis() -> Iterable[Kpi]:
    k = Kpi
    yield from _turnarounds()
    yield k(
        "tat.within_promise",
        "1",
        "more",
        term("Within promise"),
        "returned by their due time / orders whose due time is in the window",
    )
    yield k("orders.open", "1", "less", term("Open orders"), "time average of orders not yet back with their owner")
    yield k("orders.open.end", "1", "less", term("Open orders at the end"), "orders open when the run ends")
    yield k("orders.open_age.p50", "h", "less", term("Median age of open orders"), "since opening, at the end of the run")
    yield k(
        "orders.backlog_growth",
        "1/day",
        "less",
        term("Growth of open orders"),
        "per day, last tenth of the window less the first, each scaled to the mean intake",
    )
    yield k("orders.opened", "1/day", None, term("Orders opened"), "per day")
    yield k("orders.closed", "1/day", None, term("Orders closed"), "per day, every outcome")
    yield k("orders.given_up_share", "1", "less", term("Given up"), "orders given up / orders ended in the window")
    yield k("orders.share", "1", None, term("Share of orders"), "orders that ended this way / orders ended in the window")
    for stage in STAGES:
        words = stage.replace("_", " ")
        yield k(
            f"stage.{stage}.mean", "h", "less", f"Stage {words}", "mean hours per order of tat.customer.mean; stages add up to it"
        )
    yield from _contact_kpis()
    yield from _work_and_part_kpis()
    yield k("stock.value.mean", "money", "less", term("Stock value"), "time average of units on hand times price")
    for kind, (label, meaning) in _COSTS.items():
        yield k(f"cost.{kind}.per_year", "money", "less", label, f"{meaning}; per year of 365 days")
    yield k("cost.total.per_year", "money", "less", term("Cost in all"), "sum of all kinds of cost")
    yield k(
        "cost.per_case", "money", "less", term("Cost per case"), "cost in all / cases that made their first contact or walked in"
    )
    yield k("revenue.quotes.per_year", "money", "more", term("Quotes won"), "accepted quotes of orders closed in the window")
    yield k(
        "case.contacts.mean",
        "1",
        "less",
        term("Contacts per case"),
        "attempts of customers / cases that made their first attempt",
    )


def _contact_kpis() -> Iterable[Kpi]:
    k = Kpi
    people = (
        "attempts of customers that are meant for people (self-service, outbound and transfers are groups of their own; "
        "at a line that nobody can call, those that are passed to it)"
    )
    yield k("contact.offered", "1/day", None, term("Contacts offered"), f"{people}, closed ones apart")
    yield k("contact.answered", "1/day", None, term("Contacts answered"), "offered and taken by an agent")
    yield k("contact.served", "1/day", None, term("Contacts handled"),
            "of every kind, by agents of that site and line: overflow, transfers, status and outbound included")  # fmt: skip
    yield k("contact.abandoned", "1/day", "less", term("Contacts abandoned"), "offered and left while waiting")
    yield k("contact.blocked", "1/day", "less", term("Contacts blocked"), "offered and met full trunks")
    yield k("contact.closed", "1/day", "less", term("Attempts at a closed site"), "not offered")
    yield k(
        "contact.share", "1", None, term("Share of the load"), "attempts of this kind / attempts of all kinds, closed ones apart"
    )
    yield k("contact.abandon_rate", "1", "less", term("Abandon rate"), "abandoned / offered")
    yield k("contact.block_rate", "1", "less", term("Block rate"), "blocked / offered")
    yield k("contact.overflow_rate", "1", "less", term("Overflow rate"),
            "answered at another line than the one they came to / answered")  # fmt: skip
    yield k("contact.wait.mean", "h", "less", term("Wait"), "mean wait of answered and abandoned contacts")
    yield k("contact.asa", "h", "less", term("Speed of answer"), "mean wait of answered contacts")
    yield k(
        "contact.aht", "h", "less", term("Handle time"), "mean talk and after-call work of contacts whose agent is free again"
    )
    yield k(
        "contact.wait_probability", "1", "less", term("Wait probability"), "contacts that had to wait / offered and not blocked"
    )
    yield k("contact.service_level", "1", "more", term("Service level"), "answered within the threshold / offered")
    yield k(
        "contact.service_level.answered",
        "1",
        "more",
        term("Service level of answered"),
        "answered within the threshold / answered",
    )
    yield k("contact.service_level.excluding_short", "1", "more", term("Service level without short abandons"),
            "answered within the threshold / offered that did not abandon within the short time")  # fmt: skip
    yield k("contact.service_level.short_as_success", "1", "more", term("Service level, short abandons as success"),
            "answered within the threshold or abandoned within the short time / offered")  # fmt: skip
    yield k("contact.service_level.by_customer", "1", "more", term("Service level by customer"),
            "first attempts answered within the threshold / first attempts offered")  # fmt: skip
    yield k(
        "contact.contained_share",
        "1",
        "more",
        term("Contained by self-service"),
        "self-service attempts that were enough / all of them",
    )
    yield k("contact.self_service", "1/day", None, term("Self-service attempts"), "per day")
    yield k("contact.queue.mean", "1", "less", term("Contacts waiting"), "time average")
    yield k(
        "contact.queue.growth", "1/day", "less", term("Growth of the queue"), "last tenth of the window less the first, per day"
    )
    yield k("contact.occupancy", "1", None, term("Occupancy"), "agents' hours busy / agents' hours staffed")
    yield k("contact.concurrency", "1", None, term("Concurrency"), "conversations per busy agent")
    yield k("contact.fcr", "1", "more", term("First-contact resolution"),
            "answered first contacts that ended resolved or as a repair without another contact of the case within 7 days / "
            "answered first contacts; over those that began at least 7 days before the end of the run")  # fmt: skip


def _work_and_part_kpis() -> Iterable[Kpi]:
    k = Kpi
    yield k("work.utilisation", "1", None, term("Technicians' utilisation"), "working time inside the shift / scheduled time")
    yield k("work.queue.mean", "1", "less", term("Jobs waiting"), "time average of jobs that wait for a technician")
    yield k("work.wait.mean", "h", "less", term("Wait for a technician"), "elapsed hours per pass through the queue, "
            "from joining to taking up; an order that is looked at and lacks a part passes again when the part is "
            "there")  # fmt: skip
    yield k(
        "work.first_time_fix",
        "1",
        "more",
        term("First-time fix"),
        "orders returned working without rework / orders returned working",
    )
    below = "a location's own groups count what locations downstream ordered from it in the window and got shipped, too"
    yield k("parts.demand", "1/day", None, term("Part demand"), f"units asked for per day; {below}")
    yield k("parts.fill_rate", "1", "more", term("Fill rate"),
            f"units served (shipped) at the instant they were asked for / units asked for; {below}")  # fmt: skip
    yield k("parts.order_fill_rate", "1", "more", term("Order fill rate"), "requests served whole at once / requests")
    yield k("parts.ready_rate", "1", "more", term("Ready rate"), "share of time with stock on hand, over stocked shelves")
    yield k("parts.ebo", "1", "less", term("Expected backorders"), "time average of units owed, summed over shelves")
    yield k("parts.on_hand.mean", "1", None, term("On hand"), "time average in units, summed over shelves")
    yield k("parts.on_order.mean", "1", None, term("On order"), "time average in units, summed over shelves")
    yield k("parts.in_transit.mean", "1", None, term("In transit"), "time average in units, summed over shelves")
    yield k(
        "parts.wait.mean",
        "h",
        "less",
        term("Wait for a part"),
        f"per unit asked for, zeros included; open ones with their wait so far; {below} (until shipped)",
    )
    yield k("parts.wait.p95", "h", "less", term("Wait for a part, P95"), "95 % of units wait at most this")
    yield k("parts.emergency_rate", "1", "less", term("Emergency share"), "units met by an emergency shipment / units asked for")


KPIS: dict[str, Kpi] = {kpi.id: kpi for kpi in _all_kpis()}

# What a console or a page shows first, in this order.
HEADLINES = (
    "tat.customer.p90",
    "tat.customer.mean",
    "tat.within_promise",
    "orders.open",
    "contact.service_level",
    "contact.abandon_rate",
    "work.utilisation",
    "parts.fill_rate",
    "cost.total.per_year",
    "cost.per_case",
    "contact.asa",
    "contact.wait.mean",
    "contact.occupancy",
    "contact.fcr",
    "work.first_time_fix",
    "parts.ebo",
    "parts.wait.mean",
    "stock.value.mean",
)


class Rows:
    """Measures of one replication as they are found."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._sums: list[tuple[float, float]] = []  # numerator and denominator, NaN where the measure is no ratio

    def add(self, kpi: str, group: str, value: float, sums: tuple[float, float] = (math.nan, math.nan)) -> None:
        """Report a value; not finite means there is none (an empty denominator), so no row."""
        if math.isfinite(value):
            self._rows.append((kpi, group, KPIS[kpi].unit, float(value)))
            self._sums.append(sums)

    def ratio(self, kpi: str, group: str, numerator: float, denominator: float) -> None:
        """Report numerator / denominator; no row if the denominator is not positive."""
        if denominator > 0:
            self.add(kpi, group, numerator / denominator, (float(numerator), float(denominator)))

    def ratios(self, kpi: str, groups: Sequence[str], numerators: Iterable[float], denominators: Iterable[float]) -> None:
        """The same for parallel groups."""
        for group, a, b in zip(groups, numerators, denominators, strict=True):
            self.ratio(kpi, group, float(a), float(b))

    def sorted(self) -> list[Row]:
        """All rows in the order of the registry, `all` before groups, groups as they were added."""
        return [self._rows[i] for i in self._order()]

    def sums(self) -> list[tuple[float, float]]:
        """Numerator and denominator of each row of `sorted`; NaN where the measure is no ratio."""
        return [self._sums[i] for i in self._order()]

    def _order(self) -> list[int]:
        rank = {name: i for i, name in enumerate(KPIS)}
        rows = self._rows
        return sorted(range(len(rows)), key=lambda i: (rank[rows[i][0]], rows[i][1] != "all"))


def group(**pairs: str) -> str:
    """Group text from keys and values in the given order; 'all' without any."""
    return ";".join(f"{key}={value}" for key, value in pairs.items()) or "all"
