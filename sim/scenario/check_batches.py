"""Batches of one long run have to end where the records of time averages do."""

from __future__ import annotations

from sim.scenario.findings import Findings
from sim.scenario.plan import DAY, SHELF_PERIOD, Plan
from sim.units import format_duration, format_number


def period_h(plan: Plan) -> float:
    """Time averages are recorded by periods of so many hours from the end of the warm-up; shelves have the longest."""
    return SHELF_PERIOD if plan.parts and plan.locations else DAY


def check_batches(plan: Plan, findings: Findings) -> None:
    """Note if the measured time cannot be cut into that many batches (E541), with the nearest numbers that fit."""
    run, period = plan.run, period_h(plan)
    if not run.batches:
        return
    for field, is_set in (("antithetic", run.sampling.antithetic), ("draws_per_input", run.sampling.draws_per_input > 1)):
        if is_set:
            findings.fault("E544", ("run", field), "couples replications, but `batches` cuts one run", "leave out one of them")
    if run.auto is not None:
        hint = "state the warm-up, such as `warm_up: 60 days`"
        findings.fault("E544", ("run", "warm_up"), "an automatic warm-up changes the length that `batches` cuts", hint)
        return
    periods = run.length_h / run.batches / period
    if round(periods) >= 1 and abs(periods - round(periods)) < 1e-9:
        return
    reason = "shelves are recorded by 30 days" if period > DAY else "time averages are recorded by days"
    each = format_number(run.length_h / run.batches / DAY)
    hints = [f"length: {format_number(run.batches * max(1, round(periods)) * period / DAY)} days"]
    whole = round(run.length_h / period)
    if whole >= 2 and abs(run.length_h / period - whole) < 1e-9:
        fitting = [b for b in range(2, whole + 1) if whole % b == 0]
        hints.append(f"batches: {min(fitting, key=lambda b: abs(b - run.batches))}")
    findings.fault(
        "E541",
        ("run", "batches"),
        f"{format_duration(run.length_h)} in {run.batches} batches are {each} days each, "
        f"no whole number of times {format_number(period / DAY)} ({reason})",
        f"write `{'` or `'.join(hints)}`",
    )
