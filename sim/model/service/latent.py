"""What a case will turn out to need: draws that no policy can change, keyed by the case.

The same case meets the same fault, parts and times in every scenario (common random numbers); a later visit draws anew from
its count.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import Final

from sim.distributions import Dist
from sim.model.seams import Case
from sim.scenario.plan import Fault, Plan
from sim.streams import keyed_uniform, purpose_salt

FAULT: Final = purpose_salt("order/fault")
PART: Final = purpose_salt("order/part")
NO_FAULT: Final = purpose_salt("order/no fault found")
HAND_IN: Final = purpose_salt("order/hand in")
COUNTER: Final = purpose_salt("order/counter")
DIAGNOSIS: Final = purpose_salt("order/diagnosis")
REPAIR: Final = purpose_salt("order/repair")
AUDITED: Final = purpose_salt("order/audited")
AUDIT: Final = purpose_salt("order/audit")
AUDIT_PASS: Final = purpose_salt("order/audit pass")
DEAD_PART: Final = purpose_salt("order/dead on arrival")
FORWARD: Final = purpose_salt("order/forward")
TRAVEL: Final = purpose_salt("order/travel")
PICK_UP: Final = purpose_salt("order/pick up")
INBOUND: Final = purpose_salt("order/inbound")
OUTBOUND: Final = purpose_salt("order/outbound")

Lines = tuple[tuple[int, int], ...]  # (part_ix, quantity)


class Draw:
    """Draws of one distribution for one purpose."""

    __slots__ = ("_salt", "_sampler")

    def __init__(self, dist: Dist, salt: int) -> None:
        self._sampler = dist.sampler()
        self._salt = salt

    def draw(self, key: int, count: int) -> float:
        """The value of the case with this key; each count draws anew."""
        return self._sampler.draw(keyed_uniform(key, self._salt, count))


class ConstantDraw(Draw):
    """Always the same value; draws nothing."""

    __slots__ = ("_value",)

    def __init__(self, dist: Dist, salt: int) -> None:
        super().__init__(dist, salt)
        self._value = self._sampler.draw(0.5)

    def draw(self, key: int, count: int) -> float:
        """The value."""
        return self._value


def keyed_draw(dist: Dist, salt: int) -> Draw:
    """Draws from a distribution for one purpose."""
    return ConstantDraw(dist, salt) if dist.kind == "constant" else Draw(dist, salt)


class DrawCache:
    """Bound draws by (distribution, purpose): thousands of sites mostly share a few."""

    def __init__(self) -> None:
        self._known: dict[tuple[Dist, int], Draw] = {}

    def bind(self, dist: Dist | None, salt: int) -> Draw | None:
        """The draw of a distribution; None stays None."""
        return None if dist is None else self.of(dist, salt)

    def of(self, dist: Dist, salt: int) -> Draw:
        """The draw of a distribution."""
        key = (dist, salt)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = keyed_draw(dist, salt)
        return known


class FaultKind:
    """One fault of a case type, ready for drawing."""

    __slots__ = ("_all", "_sure", "draw_repair", "level", "name", "parts")

    def __init__(self, fault: Fault, draws: DrawCache) -> None:
        self.name = fault.name
        self.parts = fault.parts
        self.level = fault.level
        self.draw_repair = draws.bind(fault.repair_time, REPAIR)
        self._all: Lines = tuple((part, quantity) for part, _, quantity in fault.parts)
        self._sure = all(probability >= 1.0 for _, probability, _ in fault.parts)

    def draw_lines(self, key: int) -> Lines:
        """The parts that the repair of this case needs."""
        if self._sure:
            return self._all
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
        if share <= 0.0:
            return False
        if case.customer_ix >= 0 and self._customers[case.customer_ix].fault >= 0:
            return False
        return keyed_uniform(case.key, NO_FAULT) < share
