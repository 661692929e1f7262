"""The life of one repair order in words, with local dates."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.columns import CONTACT_OUTCOMES, HOW, KINDS, ORDER_OUTCOMES, STAGES
from sim.language import say, term
from sim.report.dates import instant_text, local_time
from sim.scenario.plan import MODES, Plan

# What happens in each stage, told after the date and before the duration.
_WORDS = {
    "hand_in": term("the owner sets out to bring the unit"),
    "inbound": term("on its way in"),
    "counter": term("at the counter of {place}"),
    "diagnosis_wait": term("waits for a technician to look at it"),
    "diagnosis": term("is tested and diagnosed"),
    "approval_call": term("the owner is to be called with the result"),
    "decision": term("the owner thinks about the quote"),
    "part_wait": term("waits for parts"),
    "bench_wait": term("waits for a technician"),
    "repair": term("is repaired"),
    "audit_wait": term("waits for the audit"),
    "audit": term("the repair is audited"),
    "forward": term("travels between service point and depot"),
    "return": term("travels back to its owner"),
    "pick_up": term("is ready; the owner comes to fetch it"),
}
_ON_SITE_WORDS = {
    "inbound": term("the engineer drives to the customer"),
    "repair": term("the engineer works at the customer's"),
}
_CONTACT_WORDS = {
    "fresh": term("fresh contact"),
    "redial": term("redial contact"),
    "reconnect": term("reconnect contact"),
    "status": term("status contact"),
    "outbound": term("outbound contact"),
    "transfer": term("transfer contact"),
}
_ENDINGS = {
    "resolved": term("contact||resolved"),
    "repair": term("becomes a repair order"),
    "transferred": term("contact||transferred"),
    "unresolved": term("contact||unresolved"),
    "done": term("contact||done"),
    "unreached": term("contact||unreached"),
    "contained": term("contact||contained"),
    "escalated": term("contact||escalated"),
    "abandoned": term("contact||abandoned"),
    "blocked": term("contact||blocked"),
    "closed": term("contact||closed"),
    "waiting": term("still waiting"),
    "in_service": term("still talking"),
}
_OUTCOMES = {
    "open": term("still open"),
    "returned": term("returned working"),
    "refused": term("order||refused"),
    "no_fault_found": term("order||no fault found"),
    "planned": term("planned work done"),
    "given_up": term("order||given up"),
}
_MODES = {"carry_in": term("mode||carry-in"), "mail_in": term("mode||mail-in"), "on_site": term("mode||on-site")}
FACTS = (
    term("fact||product"),
    term("fact||need"),
    term("fact||segment"),
    term("fact||place"),
    term("fact||mode"),
    term("fact||service point"),
    term("fact||entitlement"),
    term("fact||promise"),
    term("fact||story"),
)


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
        return say("still open") if at_h != at_h else instant_text(local_time(self.start, self.time_zone, at_h))

    def telling(self, step: Step) -> str:
        """What happened in a step, and how long it took."""
        hours = step.end_h - step.begin_h
        if step.tells_time:
            return step.detail
        if hours != hours:
            return say("{what} (not over at the end of the run)", what=step.detail)
        return say("{what} ({duration})", what=step.detail, duration=spoken(hours))

    @property
    def told_facts(self) -> list[tuple[str, str]]:
        """The facts with their names in the language spoken now."""
        return [(say(name), self.facts[key]) for name in FACTS if (key := name.partition("||")[2]) in self.facts]

    @property
    def closing(self) -> str:
        """How it ended, and after how long."""
        if self.turnaround_h != self.turnaround_h:
            return say("Outcome: {outcome} at the end of the run.", outcome=self.outcome)
        return say("Outcome: {outcome} after {duration}.", outcome=self.outcome, duration=spoken(self.turnaround_h))

    def text(self) -> str:
        """The story, one line a step."""
        facts = (say("fact||{name}: {value}", name=name, value=value) for name, value in self.told_facts)
        lines = [self.title, *(f"  {fact}" for fact in facts), ""]
        lines += [f"  {self.local(step.begin_h)}  {self.telling(step)}" for step in self.steps]
        lines += ["  " + say("part {part}", part=part) for part in self.parts]
        return "\n".join([*lines, "", self.closing])

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
        return say("lasted||at once")
    if minutes < 60:
        return say("lasted||{minutes} min", minutes=minutes)
    if minutes < 2880:
        whole, rest = divmod(minutes, 60)
        return (
            say("lasted||{hours} h {minutes} min", hours=whole, minutes=rest) if rest else say("lasted||{hours} h", hours=whole)
        )
    days, rest = divmod(round(hours), 24)
    return say("lasted||{days} days {hours} h", days=days, hours=rest) if rest else say("lasted||{days} days", days=days)


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
        "mode": say(_MODES[mode]),
        "service point": workshop.name
        if bench.name == workshop.name
        else say("{point}, repaired at {depot}", point=workshop.name, depot=bench.name),
        "entitlement": say("in warranty") if row["in_warranty"] else say("not in warranty: quote"),
    }
    if row["due_h"] < float("inf"):
        kept = row["closed_h"] <= row["due_h"]
        facts["promise"] = say("promise||kept") if kept else say("promise||broken")
    if story:
        facts["story"] = story
    return Life(
        order=order,
        title=say("Order {number} of {customer}", number=order, customer=customer)
        if customer
        else say("Order {number}", number=order),
        facts=facts,
        start=plan.run.start,
        time_zone=zone,
        steps=tuple(sorted(steps, key=lambda s: s.begin_h)),
        outcome=say(_OUTCOMES[outcome]),
        turnaround_h=float(row["closed_h"] - row["first_h"]),
        parts=tuple(_part_lines(plan, tables["part_demands"][tables["part_demands"]["order"] == order])),
    )


def _contact_steps(plan: Plan, contacts: NDArray[np.void]) -> list[Step]:
    steps = []
    for c in contacts:
        line = plan.lines[int(c["line"])].name if c["line"] >= 0 else say("no line")
        kind, ending = say(_CONTACT_WORDS[KINDS[int(c["kind"])]]), say(_ENDINGS[CONTACT_OUTCOMES[int(c["outcome"])]])
        arrived, answered, ended = (float(c[name]) for name in ("arrived_h", "answered_h", "ended_h"))
        is_told = answered == answered and ended == ended
        answer = _answer_text(answered - arrived, ended - answered)
        if is_told:
            detail = say("{kind} at {line}: {answer}: {ending}", kind=kind, line=line, answer=answer, ending=ending)
        else:
            detail = say("{kind} at {line}: {answer}, {ending}", kind=kind, line=line, answer=answer, ending=ending)
        steps.append(Step(arrived, ended, "contact", detail, is_told))
    return steps


def _answer_text(waited_h: float, talked_h: float) -> str:
    """'answered after 5 min, 11 min talk', 'answered at once', 'not answered'."""
    if waited_h != waited_h:
        return say("not answered")
    at_once, wait = waited_h < 0.5 / 60, spoken(waited_h)
    if talked_h != talked_h:
        return say("answered at once") if at_once else say("answered after {wait}", wait=wait)
    talk = say("lasted||under 1 min") if talked_h < 0.5 / 60 else spoken(talked_h)
    if at_once:
        return say("answered at once, {talk} talk", talk=talk)
    return say("answered after {wait}, {talk} talk", wait=wait, talk=talk)


def _visit_steps(visits: NDArray[np.void], mode: str, place: str) -> list[Step]:
    steps = []
    for v in visits:
        stage = STAGES[int(v["stage"])]
        if stage not in _WORDS or v["end_h"] == v["begin_h"]:
            continue
        words = (_ON_SITE_WORDS.get(stage) if mode == "on_site" else None) or _WORDS[stage]
        steps.append(Step(float(v["begin_h"]), float(v["end_h"]), stage, say(words, place=place)))
    return steps


def _part_lines(plan: Plan, demands: NDArray[np.void]) -> list[str]:
    lines = []
    for d in demands:
        place = plan.locations[int(d["location"])].name
        waited = float(d["filled_h"] - d["requested_h"])
        how = _how_text(HOW[int(d["how"])], spoken(waited) if waited > 0 else "")
        part, quantity = plan.parts[int(d["part"])].name, int(d["quantity"])
        lines.append(say("{part} x{quantity} at {place}: {how}", part=part, quantity=quantity, place=place, how=how))
    return lines


def _how_text(how: str, wait: str) -> str:
    """How a part came, and after how long ('' for at once)."""
    if how == "shelf":
        return say("from the shelf")
    if how == "backorder":
        return say("by replenishment after {wait}", wait=wait) if wait else say("by replenishment")
    if how == "emergency":
        return say("by emergency shipment after {wait}", wait=wait) if wait else say("by emergency shipment")
    return say("part||open") if how == "open" else say("part||cancelled")
