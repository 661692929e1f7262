"""What is random about a contact once it is there: patience, talk time, after-call work, result.

The first attempt of a case uses the uniforms the case was born with, later attempts use keyed draws (case key, purpose,
attempt), so two scenarios under one seed meet the same customers.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final

from sim.columns import OUTBOUND, REPAIR, RESOLVED, STATUS, TRANSFER, TRANSFERRED, UNRESOLVED
from sim.distributions import Dist
from sim.model.seams import Case
from sim.samplers import Sampler
from sim.scenario.plan import Customer, Line, Need, Quote
from sim.streams import keyed_uniform, purpose_salt

if TYPE_CHECKING:
    from sim.model.contact.engagement import Contact

S_PATIENCE: Final = purpose_salt("contact/patience")
S_HANDLE: Final = purpose_salt("contact/handle")
S_RESULT: Final = purpose_salt("contact/result")
S_AFTER: Final = purpose_salt("contact/after")
S_CALL: Final = purpose_salt("contact/call")
S_REACHED: Final = purpose_salt("contact/reached")
S_RETRY: Final = purpose_salt("contact/retry")

Steps = tuple[float, float, float]


class LineDraws:
    """The random manner of one line, with the overrides of each case type looked up once.

    Parameters
    ----------
    line
        The line whose agents (or self-service) handle the contact.
    needs
        Case types of the plan.
    customers
        Example customers of the plan; what they want does not depend on luck.
    """

    __slots__ = (
        "_after",
        "_after_constant",
        "_becomes_order",
        "_contained",
        "_line_handle",
        "_need_handle",
        "_patience",
        "_results",
        "_results_passed",
        "always_resolved",
        "has_after",
    )

    def __init__(self, line: Line, needs: tuple[Need, ...], customers: tuple[Customer, ...] = ()) -> None:
        self._line_handle = line.handle_time.sampler()
        self_service = line.behaviour == "self_service"
        # The last entry serves case type -1. Self-service takes the customer's own time, not the agent's of the case type.
        self._need_handle = [
            n.handle_time.sampler() if n.handle_time is not None and not self_service else self._line_handle for n in needs
        ] + [self._line_handle]
        self._patience = _sampler(line.patience)
        self._after = _sampler(line.after_work)
        self.has_after = line.after_work is not None and line.after_work.mean > 0
        constant = line.after_work is not None and line.after_work.kind == "constant"
        self._after_constant = line.after_work.params[0] if constant and line.after_work is not None else -1.0
        self._results = [_result_steps(line, n, first=True) for n in needs] + [_result_steps(line, None, first=True)]
        self._results_passed = [_result_steps(line, n, first=False) for n in needs] + [_result_steps(line, None, first=False)]
        self._becomes_order = [c.becomes_order for c in customers]
        steps = (*self._results, *self._results_passed)
        self.always_resolved = not any(self._becomes_order) and all(t <= 0 and r >= 1 for _, t, r in steps)
        self._contained = [line.contained if n.contained is None else n.contained for n in needs] + [line.contained]

    def draw_patience(self, case: Case, attempt: int) -> float:
        """Hours the customer is ready to wait; infinite without patience times."""
        if self._patience is None:
            return inf
        return self._patience.draw(case.u_patience if attempt == 1 else keyed_uniform(case.key, S_PATIENCE, attempt))

    def draw_work(self, contact: Contact) -> float:
        """Hours of talk (or self-service); an override of the case type holds for all but status contacts and outbound tries.

        An outbound try takes the line's talk time, a tenth of it if nobody answers.
        """
        case, attempt, call = contact.case, contact.attempt, contact.call
        if call is not None:
            hours = self._line_handle.draw(keyed_uniform(case.key, S_CALL, call.tries))
            return hours if call.reached else hours / 10
        handle = self._line_handle if contact.kind == STATUS else self._need_handle[case.need_ix]
        return handle.draw(case.u_handle if attempt == 1 else keyed_uniform(case.key, S_HANDLE, attempt))

    def draw_after(self, case: Case, attempt: int) -> float:
        """Hours of after-call work."""
        if self._after is None:
            return 0.0
        if self._after_constant >= 0:
            return self._after_constant
        return self._after.draw(keyed_uniform(case.key, S_AFTER, attempt))

    def draw_result(self, case: Case, kind: int, attempt: int) -> int:
        """Outcome of a customer's answered contact that is not a status contact: repair, transferred, resolved, unresolved.

        That of an example customer who becomes an order: a repair, if need be by way of tier 2.
        """
        if self.always_resolved:
            return RESOLVED
        repair, transferred, resolved = (self._results_passed if kind == TRANSFER else self._results)[case.need_ix]
        u = case.u_result if attempt == 1 else keyed_uniform(case.key, S_RESULT, attempt)
        if case.customer_ix >= 0 and self._becomes_order[case.customer_ix]:
            return TRANSFERRED if repair <= u < transferred else REPAIR
        if u >= transferred:
            return RESOLVED if u < resolved else UNRESOLVED
        return REPAIR if u < repair else TRANSFERRED

    def draw_contained(self, case: Case, kind: int, attempt: int) -> bool:
        """Whether self-service is enough; an override of the case type does not hold for status contacts.

        An example customer who becomes an order goes on to somebody to talk to.
        """
        if case.customer_ix >= 0 and kind != STATUS and self._becomes_order[case.customer_ix]:
            return False
        share = self._contained[-1 if kind in (STATUS, OUTBOUND) else case.need_ix]
        return (case.u_result if attempt == 1 else keyed_uniform(case.key, S_RESULT, attempt)) < share


def draw_reached(case: Case, tries: int, reached: float) -> bool:
    """Whether the owner answers this try of an outbound call."""
    return keyed_uniform(case.key, S_REACHED, tries) < reached


def draw_retry(quote: Quote, case: Case, tries: int) -> float:
    """Hours from a try that reached nobody to the next."""
    return quote.retry_delay.ppf_one(keyed_uniform(case.key, S_RETRY, tries))


def _sampler(dist: Dist | None) -> Sampler | None:
    return None if dist is None else dist.sampler()


def _result_steps(line: Line, need: Need | None, first: bool) -> Steps:
    """Upper ends of repair, transferred and resolved on the unit interval.

    Whether a case needs a repair is a matter of the case where its type says so: then tier 1 has found out, and tier 2
    (`first` False) does not draw it again.
    """
    repair, resolve = line.to_repair, line.resolve
    if need is not None:
        if need.to_repair is not None:
            repair = need.to_repair if first else 0.0
        if need.resolve is not None:
            resolve = need.resolve
    passed = min(line.transfer, 1.0 - repair) if line.transfer_line_ix >= 0 else 0.0
    transferred = repair + passed
    return repair, transferred, transferred + resolve * (1.0 - transferred) if resolve < 1.0 else 1.0
