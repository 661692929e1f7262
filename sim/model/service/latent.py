"""What a case will turn out to need: draws that no policy can change, keyed by the case.

The same case meets the same fault, parts and times in every scenario (common random numbers); a later visit draws anew from
its count.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate

from sim.distributions import Dist
from sim.model.seams import Case
from sim.scenario.plan import Fault, Plan
from sim.streams import keyed_uniform, purpose_salt

FAULT = purpose_salt("order/fault")
PART = purpose_salt("order/part")
NO_FAULT = purpose_salt("order/no fault found")
HAND_IN = purpose_salt("order/hand in")
COUNTER = purpose_salt("order/counter")
DIAGNOSIS = purpose_salt("order/diagnosis")
REPAIR = purpose_salt("order/repair")
AUDITED = purpose_salt("order/audited")
AUDIT = purpose_salt("order/audit")
AUDIT_PASS = purpose_salt("order/audit pass")
DEAD_PART = purpose_salt("order/dead on arrival")
FORWARD = purpose_salt("order/forward")
TRAVEL = purpose_salt("order/travel")
PICK_UP = purpose_salt("order/pick up")
INBOUND = purpose_salt("order/inbound")
OUTBOUND = purpose_salt("order/outbound")

Draw = Callable[[int, int], float]  # (case key, count) -> value
Lines = tuple[tuple[int, int], ...]  # (part_ix, quantity)


def keyed_draw(dist: Dist, salt: int) -> Draw:
    """A function of (case key, count) that draws from a distribution for one purpose."""
    quantile = dist.scalar()
    if dist.kind == "constant":
        value = quantile(0.5)
        return lambda key, count: value
    return lambda key, count: quantile(keyed_uniform(key, salt, count))


class DrawCache:
    """Bound draws by (distribution, purpose): thousands of sites mostly share a few."""

    def __init__(self) -> None:
        self._known: dict[tuple[Dist, int], Draw] = {}

    def bind(self, dist: Dist | None, salt: int) -> Draw | None:
        """The draw of a distribution; None stays None."""
        if dist is None:
            return None
        key = (dist, salt)
        if key not in self._known:
            self._known[key] = keyed_draw(dist, salt)
        return self._known[key]


class FaultKind:
    """One fault of a case type, ready for drawing."""

    __slots__ = ("draw_repair", "level", "name", "parts")

    def __init__(self, fault: Fault, draws: DrawCache) -> None:
        self.name = fault.name
        self.parts = fault.parts
        self.level = fault.level
        self.draw_repair = draws.bind(fault.repair_time, REPAIR)

    def draw_lines(self, key: int) -> Lines:
        """The parts that the repair of this case needs."""
        return tuple(
            (part, quantity)
            for i, (part, probability, quantity) in enumerate(self.parts)
            if probability >= 1.0 or keyed_uniform(key, PART, i) < probability
        )


class Latent:
    """Faults of all sources and the overrides of all case types."""

    def __init__(self, plan: Plan, draws: DrawCache) -> None:
        self._customers = plan.customers
        self._faults = [tuple(FaultKind(f, draws) for f in s.faults) for s in plan.sources]
        self._shares = [list(accumulate(f.share for f in s.faults)) for s in plan.sources]
        self.need_diagnosis = [draws.bind(n.diagnosis_time, DIAGNOSIS) for n in plan.needs]
        self.need_repair = [draws.bind(n.repair_time, REPAIR) for n in plan.needs]
        self._no_fault = [n.no_fault_found for n in plan.needs]

    def draw_fault(self, case: Case) -> FaultKind | None:
        """The fault of a case; None if its source names none."""
        faults = self._faults[case.source_ix]
        if not faults:
            return None
        if case.customer_ix >= 0 and (forced := self._customers[case.customer_ix].fault) >= 0:
            return faults[forced]
        if len(faults) == 1:
            return faults[0]
        shares = self._shares[case.source_ix]
        u = keyed_uniform(case.key, FAULT) * shares[-1]
        return faults[min(bisect_right(shares, u), len(faults) - 1)]

    def draw_no_fault(self, case: Case) -> bool:
        """Whether diagnosis finds nothing; the fault that an example customer was given is always found."""
        share = self._no_fault[case.need_ix]
        if case.customer_ix >= 0 and self._customers[case.customer_ix].fault >= 0:
            return False
        return share > 0.0 and keyed_uniform(case.key, NO_FAULT) < share
