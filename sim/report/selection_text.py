"""What a terminal shows of a selection: who is selected, with what guarantee, at what cost."""

from __future__ import annotations

from sim.analysis.selected import Finalist, Selection
from sim.report import format as fmt
from sim.report import text
from sim.report.console import VERDICTS, ConsoleText, TextTable
from sim.report.together import measure_name, scale_of


def selection_text(found: Selection) -> ConsoleText:
    """Sentences and table of a selection."""
    return ConsoleText(tuple(sentences(found)), (_table(found),))


def sentences(found: Selection) -> list[str]:
    """Who is selected and what that means, then the cost, then what is assumed."""
    said = [_first(found), _second(found), _targets(found), _cost(found)]
    return [s for s in said if s]


def _first(found: Selection) -> str:
    ask = found.question
    about = text.lower_first(measure_name(ask.kpi, ask.group))
    sure = fmt.with_unit(f"{100 * ask.confidence:g}", "%")
    if found.leader is None:
        return "Nothing is selected: every scenario misses a target."
    name = found.scenarios[found.leader].name
    if ask.method == "ocba":
        chance = _chance_text(found.probability or 0.0)
        what = f"is less than {_delta(found)} behind the best" if ask.delta is not None else "is the best"
        if found.is_selected:
            return f"{name} is selected by {about}: the probability that it {what} is {chance}, wanted {sure}."
        if (found.probability or 0.0) >= ask.confidence:
            return f"{name} leads by {about} with a probability of {chance}, but a target of it is not shown to be met."
        return f"{name} leads by {about}, but the probability that it {what} is {chance}, less than the {sure} wanted."
    if found.is_selected:
        among = " of those that meet their targets" if ask.subject_to_targets else ""
        provided = f"provided the best is ahead by {_delta(found)} or more"
        return f"{name} is the best by {about}{among} with {sure} confidence, {provided}."
    if found.scenarios[found.leader].targets == "not shown":
        return f"{name} leads by {about}, but a target of it is not shown to be met."
    rivals = [one.name for one in found.survivors if one is not found.scenarios[found.leader]]
    most = found.question.maximum
    return f"Not decided after {most} replications: {name} leads by {about}, {fmt.in_words(rivals)} cannot be ruled out."


def _second(found: Selection) -> str:
    if found.question.method == "ocba" or not found.is_selected:
        return ""
    return "Of scenarios nearer to the best than that, any may have been selected."


def _targets(found: Selection) -> str:
    """Those that targets ruled out."""
    out = [one.name for one in found.scenarios if one.eliminated_by == "targets"]
    return f"{fmt.in_words(out)} {'is' if len(out) == 1 else 'are'} out for missing a target." if out else ""


def _cost(found: Selection) -> str:
    spent = fmt.number(found.spent)
    if found.question.method == "kn":
        saved = 1.0 - found.spent / found.equal_cost
        if saved <= 0:
            return f"It took {spent} replications."
        equal = f"the {fmt.number(found.equal_cost)} of running all as often as the last one left"
        return f"It took {spent} replications, {fmt.percent(saved)} less than {equal}."
    equal_chance = _chance_text(found.probability_equal or 0.0)
    return f"It took {spent} replications; given out equally the probability would have been {equal_chance}."


def _chance_text(chance: float) -> str:
    """'about 97.3 %'; never a full hundred."""
    if chance > 0.999:
        return f"above {fmt.with_unit('99.9', '%')}"
    return f"about {fmt.with_unit(fmt.number(100 * chance, 1), '%')}"


def _delta(found: Selection) -> str:
    ask = found.question
    assert ask.delta is not None
    scale = scale_of(ask.kpi, ask.unit, ask.delta, found.currency)
    if ask.unit == "h" and 1.0 <= ask.delta < 240.0:  # '1 h' as it was set, not '60 min'
        scale = fmt.Scale(1.0, "h")
    shown = scale.value(ask.delta)
    return fmt.with_unit(fmt.number(shown, fmt.set_decimals(shown)), "points" if scale.unit == "%" else scale.unit)


def _table(found: Selection) -> TextTable:
    ask = found.question
    ranking = found.ranking()
    scale = scale_of(ask.kpi, ask.unit, ranking[0].mean, found.currency)
    with_targets = ask.subject_to_targets
    heads = ("Scenario", f"Mean [{scale.unit}]" if scale.unit else "Mean", "Half width", "Replications", "Out after", "Behind")
    rows = [(*_row(one, scale), *((VERDICTS.get(one.targets or "", fmt.MISSING),) if with_targets else ())) for one in ranking]
    return TextTable("", (*heads, "Targets") if with_targets else heads, tuple(rows))


def _row(one: Finalist, scale: fmt.Scale) -> tuple[str, ...]:
    mean = scale.value(one.mean)
    width = None if one.half_width is None else scale.value(one.half_width)
    places = fmt.decimals_for(mean, width)
    return (
        one.name,
        fmt.number(mean, places),
        fmt.MISSING if width is None else fmt.number(width, places),
        fmt.number(one.replications),
        "" if one.eliminated_at is None else fmt.number(one.eliminated_at),
        one.eliminated_by or "",
    )
