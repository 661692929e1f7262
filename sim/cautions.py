"""Warnings of the static check as whole sentences, each written once.

A plan and a manifest hold warnings as English text. `sim.report.warnings_text` finds the sentence again by these templates and
says it in another language, so that a warning has one form wherever it is stored.
"""

from __future__ import annotations

from sim.language import term

SHORT_WARM_UP = term(
    "run.warm_up: {warm_up} is shorter than the longest lead time ({longest}, vendor {vendor}); the run is not in a steady state"
)

OFFERED_AGENTS = term("offered load {offered} agents against {capacity} on average (rho = {rho})")
OFFERED_TECHNICIANS = term("offered load {offered} technicians against {capacity} on average (rho = {rho})")
QUEUE_GROWS = term("contact_centres: {names}: {load}; the queue grows without limit")
LINES_BUSY = term("contact_centres: {names}: {load}; many customers will find all lines busy")
GIVE_UP = term("contact_centres: {names}: {load}; many customers will give up")
WORKSHOPS_FULL = term("workshops with more work than hands, whose backlog grows: {workshops}")
ONE_WORKSHOP = term("{name}: {load}")
MORE_WORKSHOPS = term("and {n} more")

NO_LINE_IN_REGION = term("cases: contacts by {channel} in region {region} reach no line and are lost")
NO_LINE = term("cases: contacts by {channel} reach no line and are lost")
NO_WORKSHOP = term("cases: no workshop takes {mode} orders; they are carried in where possible, else given up")
NO_AGENTS = term("contact_centres: no agents serve {names}")
NO_ORDERS = term("no repair order reaches {n} of {total} workshops: {names}")
NO_LEVEL = term("repairs of level {level} are beyond {names} and are not forwarded to a workshop that can do them")
NO_DEMAND = term("nothing asks {names} for parts")
NO_REVIEW = term("the review period of {names} is longer than the run: the shelf is never reordered")
BEFORE_START = term("customers.{name}: comes before the start of the run and is left out")
AFTER_END = term("customers.{name}: comes after the end of the run and is left out")

NO_UNCERTAIN = term("run.draws_per_input: nothing is uncertain, so it has no effect")
NO_WHOLE_BLOCKS = term("run.replications: {n} are not whole blocks of {block}; the last, smaller one counts like the others")

# In this order they are looked for: a sentence that is part of another comes after it.
WARNINGS = (
    SHORT_WARM_UP,
    QUEUE_GROWS,
    LINES_BUSY,
    GIVE_UP,
    WORKSHOPS_FULL,
    NO_LINE_IN_REGION,
    NO_LINE,
    NO_WORKSHOP,
    NO_AGENTS,
    NO_ORDERS,
    NO_LEVEL,
    NO_DEMAND,
    NO_REVIEW,
    BEFORE_START,
    AFTER_END,
    NO_UNCERTAIN,
    NO_WHOLE_BLOCKS,
)
LOADS = (OFFERED_AGENTS, OFFERED_TECHNICIANS)
