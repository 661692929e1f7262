"""Customers whom the main measures leave out: those who met a closed or full line, orders that were given up."""

from __future__ import annotations

from sim.language import say, term
from sim.report import format as fmt
from sim.report.read import Measure, RunResults

VISIBLE = 0.005  # share from which a loss has its row in the measure table
TOLD = 0.02  # share from which a loss is told in the headline
MOST_GIVEN_UP = 0.5  # share from which giving up is the headline

_LOSSES = {
    "contact.closed": term("{share} of attempts met a closed line"),
    "contact.block_rate": term("{share} of contacts were blocked"),
    "orders.given_up_share": term("{share} of orders were given up"),
}
LOSS_MEASURES = tuple(_LOSSES)


def closed_share(run: RunResults) -> float:
    """Attempts that met a closed line among all attempts (offered ones leave them out); 0 if none are recorded."""
    closed, offered = run.measure("contact.closed"), run.measure("contact.offered")
    if closed is None or not closed.mean > 0:
        return 0.0
    return closed.mean / (closed.mean + (offered.mean if offered is not None else 0.0))


def lost_share(run: RunResults, kpi: str) -> float:
    """Share of attempts, offered contacts or orders that one of `LOSS_MEASURES` loses."""
    if kpi == "contact.closed":
        return closed_share(run)
    found = run.measure(kpi)
    return found.mean if found is not None else 0.0


def lost_measures(run: RunResults) -> list[Measure]:
    """The losses large enough to be seen in the measure table."""
    visible = [run.measure(kpi) for kpi in LOSS_MEASURES if lost_share(run, kpi) > VISIBLE]
    return [measure for measure in visible if measure is not None]


def loss_text(run: RunResults) -> str:
    """'70 % of attempts met a closed line and 21 % of contacts were blocked', '' where little is lost."""
    phrases = []
    for kpi, template in _LOSSES.items():
        share = lost_share(run, kpi)
        if share > TOLD and not (kpi == "orders.given_up_share" and is_given_up(run)):
            phrases.append(say(template, share=fmt.percent(share)))
    if len(phrases) < 2:
        return "".join(phrases)
    return say("{clauses} and {last}", clauses=fmt.commas(phrases[:-1]), last=phrases[-1])


def is_given_up(run: RunResults) -> bool:
    """True if more orders are given up than not."""
    return lost_share(run, "orders.given_up_share") > MOST_GIVEN_UP


def given_up_text(run: RunResults) -> str:
    """The headline of a run in which most orders are given up, else ''."""
    if not is_given_up(run):
        return ""
    share = fmt.percent(lost_share(run, "orders.given_up_share"))
    return say("{share} of orders were given up: times and verdicts speak of the others alone.", share=share)
