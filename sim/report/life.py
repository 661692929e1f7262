"""The life of one repair order in words, with local dates."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from sim.columns import CONTACT_OUTCOMES, HOW, KINDS, ORDER_OUTCOMES, STAGES
from sim.scenario.plan import MODES, Plan

# What happens in each stage, told after the date and before the duration.
_WORDS = {
    "hand_in": "the owner sets out to bring the unit",
    "inbound": "on its way in",
    "counter": "at the counter of {place}",
    "diagnosis_wait": "waits for a technician to look at it",
    "diagnosis": "is tested and diagnosed",
    "approval_call": "the owner is to be called with the result",
    "decision": "the owner thinks about the quote",
    "part_wait": "waits for parts",
    "bench_wait": "waits for a technician",
    "repair": "is repaired",
    "audit_wait": "waits for the audit",
    "audit": "the repair is audited",
    "forward": "travels between service point and depot",
    "return": "travels back to its owner",
    "pick_up": "is ready; the owner comes to fetch it",
}
_ON_SITE_WORDS = {"inbound": "the engineer drives to the customer", "repair": "the engineer works at the customer's"}
_CONTACT_WORDS = {"repair": "becomes a repair order", "in_service": "still talking", "waiting": "still waiting"}
_OUTCOME_WORDS = {"returned": "returned working", "planned": "planned work done", "open": "still open"}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened; instants in hours of the clock."""

    begin_h: float
    end_h: float
    what: str
    detail: str
    tells_time: bool = False  # then the duration is not told again


@dataclass(frozen=True)
class Life:
    """Everything that happened to one order, in order of time."""

    order: int
    title: str
    facts: dict[str, str]
    start: str
    time_zone: str
    steps: tuple[Step, ...]
    outcome: str
    turnaround_h: float
    parts: tuple[str, ...] = field(default=())

    def local(self, at_h: float) -> str:
        """A clock instant as local date and time, e.g. ``Sun 31 Aug 2008 10:20``."""
        if at_h != at_h:
            return "still open"
        origin = datetime.combine(date.fromisoformat(self.start), datetime.min.time(), tzinfo=UTC)
        local = (origin + timedelta(hours=at_h)).astimezone(ZoneInfo(self.time_zone))
        return f"{local:%a} {local.day} {local:%b %Y %H:%M}"

    def text(self) -> str:
        """The story, one line a step."""
        lines = [self.title, *(f"  {name}: {value}" for name, value in self.facts.items()), ""]
        for step in self.steps:
            hours = step.end_h - step.begin_h
            lasted = f" ({spoken(hours)})" if hours == hours else " (not over at the end of the run)"
            lasted = "" if step.tells_time else lasted
            lines.append(f"  {self.local(step.begin_h)}  {step.detail}{lasted}")
        lines += [f"  part {p}" for p in self.parts]
        closing = f"after {spoken(self.turnaround_h)}" if self.turnaround_h == self.turnaround_h else "at the end of the run"
        lines += ["", f"Outcome: {self.outcome} {closing}."]
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        return {
            "order": self.order,
            "title": self.title,
            "facts": self.facts,
            "outcome": self.outcome,
            "turnaround_h": self.turnaround_h if self.turnaround_h == self.turnaround_h else None,
            "steps": [
                {
                    "stage": s.what,
                    "begin": self.local(s.begin_h),
                    "end": self.local(s.end_h),
                    "begin_h": s.begin_h,
                    "end_h": s.end_h if s.end_h == s.end_h else None,
                    "text": s.detail,
                }
                for s in self.steps
            ],
            "parts": list(self.parts),
        }


def spoken(hours: float) -> str:
    """A duration in words: ``45 min``, ``3 h 20 min``, ``2 days 4 h``."""
    minutes = round(hours * 60)
    if minutes < 1:
        return "at once"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 2880:
        rest = minutes % 60
        return f"{minutes // 60} h" + (f" {rest} min" if rest else "")
    whole = round(hours)
    rest = whole % 24
    return f"{whole // 24} days" + (f" {rest} h" if rest else "")


def tell_life(plan: Plan, tables: dict[str, NDArray[np.void]], order: int, customer: str = "") -> Life:
    """Put together one order's life from the tables of its replication (visits logged).

    Parameters
    ----------
    plan
        What was simulated.
    tables
        ``orders``, ``visits``, ``contacts`` and ``part_demands`` of :mod:`sim.columns`.
    order
        Number of the order.
    customer
        Name of the example customer, if it is one.
    """
    row = tables["orders"][tables["orders"]["order"] == order][0]
    workshop, bench = plan.workshops[int(row["workshop"])], plan.workshops[int(row["bench"])]
    market = plan.markets.names[int(row["market"])]
    zone = plan.markets.time_zone[int(row["market"])] or workshop.time_zone
    mode, outcome = MODES[int(row["mode"])], ORDER_OUTCOMES[int(row["outcome"])]
    contacts = tables["contacts"][tables["contacts"]["case"] == row["case"]]
    visits = tables["visits"][tables["visits"]["order"] == order]
    steps = [*_contact_steps(plan, contacts), *_visit_steps(visits, mode, workshop.name)]
    story = next((c.story for c in plan.customers if c.name == customer), "")
    facts = {
        "product": plan.products[int(row["product"])].name,
        "need": plan.needs[int(row["need"])].name,
        "segment": plan.segments[int(row["segment"])].name,
        "place": market,
        "mode": mode.replace("_", "-"),
        "service point": workshop.name + (f", repaired at {bench.name}" if bench.name != workshop.name else ""),
        "entitlement": "in warranty" if row["in_warranty"] else "not in warranty: quote",
    }
    if row["due_h"] < float("inf"):
        kept = row["closed_h"] <= row["due_h"]
        facts["promise"] = "kept" if kept else "broken"
    if story:
        facts["story"] = story
    return Life(
        order=order,
        title=f"Order {order}" + (f" of {customer}" if customer else ""),
        facts=facts,
        start=plan.run.start,
        time_zone=zone,
        steps=tuple(sorted(steps, key=lambda s: s.begin_h)),
        outcome=_OUTCOME_WORDS.get(outcome, outcome).replace("_", " "),
        turnaround_h=float(row["closed_h"] - row["first_h"]),
        parts=tuple(_part_lines(plan, tables["part_demands"][tables["part_demands"]["order"] == order])),
    )


def _contact_steps(plan: Plan, contacts: NDArray[np.void]) -> list[Step]:
    steps = []
    for c in contacts:
        line = plan.lines[int(c["line"])].name if c["line"] >= 0 else "no line"
        kind, outcome = KINDS[int(c["kind"])], CONTACT_OUTCOMES[int(c["outcome"])]
        arrived, answered, ended = (float(c[name]) for name in ("arrived_h", "answered_h", "ended_h"))
        is_told = answered == answered and ended == ended
        wait = _answer_text(answered - arrived, ended - answered)
        detail = (
            f"{kind} contact at {line}: {wait}{':' if is_told else ','} {_CONTACT_WORDS.get(outcome, outcome).replace('_', ' ')}"
        )
        steps.append(Step(arrived, ended, "contact", detail, is_told))
    return steps


def _answer_text(waited_h: float, talked_h: float) -> str:
    """'answered after 5 min, 11 min talk', 'answered at once', 'not answered'."""
    if waited_h != waited_h:
        return "not answered"
    wait = f"answered {'' if waited_h < 0.5 / 60 else 'after '}{spoken(waited_h)}"
    if talked_h != talked_h:
        return wait
    return f"{wait}, {'under 1 min' if talked_h < 0.5 / 60 else spoken(talked_h)} talk"


def _visit_steps(visits: NDArray[np.void], mode: str, place: str) -> list[Step]:
    steps = []
    for v in visits:
        stage = STAGES[int(v["stage"])]
        if stage not in _WORDS or v["end_h"] == v["begin_h"]:
            continue
        words = (_ON_SITE_WORDS.get(stage) if mode == "on_site" else None) or _WORDS[stage]
        steps.append(Step(float(v["begin_h"]), float(v["end_h"]), stage, words.format(place=place)))
    return steps


def _part_lines(plan: Plan, demands: NDArray[np.void]) -> list[str]:
    lines = []
    for d in demands:
        how = HOW[int(d["how"])]
        waited = d["filled_h"] - d["requested_h"]
        wait = f" after {spoken(float(waited))}" if waited > 0 else ""
        source = {"shelf": "from the shelf", "backorder": f"by replenishment{wait}", "emergency": f"by emergency shipment{wait}"}
        place = plan.locations[int(d["location"])].name
        lines.append(f"{plan.parts[int(d['part'])].name} x{int(d['quantity'])} at {place}: {source.get(how, how)}")
    return lines
