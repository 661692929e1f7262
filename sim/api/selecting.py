"""The best of several scenarios, with a guarantee."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.comparing import Named, better_of, distinct_names, measure_key, require_one_seed
from sim.api.loading import run_folder
from sim.errors import UsageError
from sim.sampling import require_independent

if TYPE_CHECKING:
    from sim.analysis.selected import Question, Selection
    from sim.report.console import ConsoleText
    from sim.scenario.plan import Plan

METHODS = ("kn", "ocba")
_KINDS = {
    "h": ("a time", "'2 h'"),
    "1": ("a number or share", "'0.02' or '2 %'"),
    "1/day": ("a rate", "'5/day'"),
    "money": ("an amount of money", "'10000 {}'"),
}


def select(
    *scenarios: str | Path | Plan,
    by: str,
    delta: str | float | None = None,
    confidence: float | None = None,
    method: str = "kn",
    first: int = 10,
    maximum: int | None = None,
    budget: int | None = None,
    step: int | None = None,
    better: str | None = None,
    subject_to_targets: bool = False,
    jobs: int | None = None,
    seed: int | None = None,
    sets: Sequence[str] = (),
    out: Path | str | None = None,
    say: Callable[[str], None] | None = None,
    progress: Callable[[str, int, float], None] | None = None,
) -> Selection:
    """Select the best of several scenarios on the same customers, with replications where they are needed.

    Parameters
    ----------
    scenarios
        Two or more: files, names of shipped scenarios, run folders or plans. All are run with the seed of the first.
    by
        Measure, ``"tat.customer.p90"`` or with a group ``"contact.service_level[site=dalian]"``.
    delta
        The smallest difference that matters, with its unit such as ``"2 h"``; a bare number for shares and plain numbers.
        KN needs it.
    confidence
        Wanted probability of correct selection; the first scenario's confidence by default.
    method
        'kn': go on with those that are not behind until one is left. 'ocba': give out `budget` where it tells most.
    first
        Replications of the first stage, of each scenario.
    maximum
        KN: most replications of a scenario; none by default.
    budget, step
        OCBA: replications of all scenarios together; how many are given out at once, by default as many as there are scenarios.
    better
        'less' or 'more', for a measure that has no direction of its own (or against it).
    subject_to_targets
        Only a scenario whose targets are met may be selected.
    jobs, seed, sets
        As for `compare`.
    out
        Folder for selection.json and selection.csv; the runs go beside it. By default everything is temporary.
    say, progress
        Called with a line when something is decided, and with (scenario, replication, share done) now and then.

    Raises
    ------
    UsageError
        If there are fewer than two scenarios or two are alike, the measure is unknown, has no direction or is not there, the
        unit of `delta` is not the measure's, or numbers do not fit the method.
    """
    from sim.experiment.select import Candidate, run_selection

    key = measure_key(by)
    if len(scenarios) < 2:
        raise UsageError("select needs two scenarios or more")
    named = [Named.of(what, sets) for what in scenarios]
    if seed is None:
        require_one_seed(named)
    start = named[0].plan(seed)
    plans = [start, *(one.plan(start.run.seed) for one in named[1:])]
    for plan in plans:
        require_independent(plan, "select")
    question = _question(
        key, method, confidence if confidence is not None else start.run.confidence, first, maximum, budget, step, better
    )
    question = dataclasses.replace(question, delta=_delta(delta, question, start.currency), subject_to_targets=subject_to_targets)
    if method == "ocba" and step is None:
        question = dataclasses.replace(question, step=len(plans))
    _check(plans, question)
    temporary = None if out is not None else tempfile.TemporaryDirectory(prefix="sparesim-", ignore_cleanup_errors=True)
    runs = Path(out).parent if out is not None else Path(temporary.name if temporary is not None else "")
    candidates = [
        Candidate(
            name,
            plan,
            run_folder(plan, runs),
            {"scenario": str(one.scenario), "sets": list(one.sets)} if one.scenario is not None else None,
        )
        for name, plan, one in zip(distinct_names(plans), plans, named, strict=True)
    ]
    try:
        found = run_selection(candidates, question, jobs, say=say, progress=progress)
    finally:
        if temporary is not None:
            temporary.cleanup()
    if out is None:
        return found
    found.write(Path(out))
    return dataclasses.replace(found, folder=Path(out))


def share_of(text: str) -> float:
    """A share of '95 %' or '0.95'.

    Raises
    ------
    UsageError
        If it is none.
    """
    from sim.units import UnitError, parse_share

    try:
        return parse_share(text)
    except UnitError as fault:
        raise UsageError(str(fault)) from None


def selection_text(found: Selection) -> ConsoleText:
    """Sentences and table of a selection, as a terminal shows them."""
    from sim.report.selection_text import selection_text as text

    return text(found)


def _question(
    key: tuple[str, str],
    method: str,
    confidence: float,
    first: int,
    maximum: int | None,
    budget: int | None,
    step: int | None,
    better: str | None,
) -> Question:
    """The question without its delta, after a check of each number by itself."""
    from sim.analysis.kpis import KPIS
    from sim.analysis.selected import Question

    way = better or better_of(key[0])
    if way is None:
        raise UsageError(f"neither way of {key[0]} is better by itself: say --smaller or --larger (better='less' or 'more')")
    if way not in ("less", "more"):
        raise UsageError(f"better is 'less' or 'more', not '{way}'")
    if method not in METHODS:
        raise UsageError(f"method is {' or '.join(METHODS)}, not '{method}'")
    if not 0.5 < confidence < 1:
        raise UsageError(f"the confidence should be above 50 % and below 100 %, not {100 * confidence:g} %")
    if first < 3:
        raise UsageError(f"the first stage needs at least 3 replications to judge the variance, not {first}")
    return Question(method, *key, KPIS[key[0]].unit, way, confidence, None, first, maximum, budget, step)


def _delta(value: str | float | None, question: Question, currency: str) -> float | None:
    """The indifference zone in the measure's unit."""
    from sim.scenario.schema.quantities import measured
    from sim.units import UnitError

    if value is None:
        return None
    kind, example = _KINDS[question.unit]
    hint = f"{question.kpi} is {kind}, write for example {example.format(currency)}"
    try:
        number, unit = measured(value, currency)
    except UnitError as fault:
        raise UsageError(f"delta: {fault.message}; {hint}") from None
    is_money = question.unit == "money" and unit in (currency, "1")
    if unit != question.unit and not is_money:
        raise UsageError(f"delta '{value}' does not fit: {hint}")
    if isinstance(value, str) and "%" in value and question.unit != "1":
        raise UsageError(f"delta '{value}' is a share, but it has to be in the measure's unit: {hint}")
    if not number > 0:
        raise UsageError(f"delta should be above 0, not '{value}': it is the smallest difference that matters")
    return number


def _check(plans: Sequence[Plan], question: Question) -> None:
    """What scenarios and numbers must be together."""
    seen: dict[str, Plan] = {}
    for plan in plans:
        if plan.digest in seen:
            raise UsageError(f"{seen[plan.digest].name} and {plan.name} are alike: nothing in them that changes a result differs")
        seen[plan.digest] = plan
    if question.subject_to_targets and (lacking := [plan.name for plan in plans if not plan.targets]):
        raise UsageError(f"{lacking[0]} has no targets, so none can be met")
    if question.method == "kn":
        if question.delta is None:
            raise UsageError("KN needs a delta, the smallest difference that matters: --delta '2 h' (delta='2 h')")
        if question.budget is not None or question.step is not None:
            raise UsageError("a budget goes with the method ocba; kn goes on until one scenario is left, or to a maximum of each")
        if question.maximum is not None and question.maximum < question.first:
            raise UsageError(f"a maximum of {question.maximum} is less than the first stage of {question.first}")
        return
    if question.maximum is not None:
        raise UsageError("a maximum of each scenario goes with the method kn; ocba has a budget of all together")
    if question.budget is None:
        raise UsageError("OCBA needs a budget: replications of all scenarios together")
    if question.budget < question.first * len(plans):
        raise UsageError(
            f"a budget of {question.budget} is less than the first stage, {question.first} replications of {len(plans)} scenarios"
        )
    if question.step is not None and question.step < 1:
        raise UsageError(f"the step should be at least 1, not {question.step}")
