"""What a terminal shows of a selection: who is selected, with what guarantee, at what cost."""

from __future__ import annotations

from sim.analysis.selected import Finalist, Selection
from sim.language import say, say_count
from sim.report import format as fmt
from sim.report import text
from sim.report.console import ConsoleText, TextTable
from sim.report.labels import verdict_text
from sim.report.together import measure_name, points_unit, scale_of


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
        return say("Nothing is selected: every scenario misses a target.")
    name = found.scenarios[found.leader].name
    if ask.method == "ocba":
        return _first_ocba(found, name, about, sure)
    if found.is_selected:
        delta = _delta(found)
        if ask.subject_to_targets:
            return say(
                "{name} is the best by {measure} of those that meet their targets with {sure} confidence, provided the best is "
                "ahead by {delta} or more.",
                name=name,
                measure=about,
                sure=sure,
                delta=delta,
            )
        return say(
            "{name} is the best by {measure} with {sure} confidence, provided the best is ahead by {delta} or more.",
            name=name,
            measure=about,
            sure=sure,
            delta=delta,
        )
    if found.scenarios[found.leader].targets == "not shown":
        return say("{name} leads by {measure}, but a target of it is not shown to be met.", name=name, measure=about)
    rivals = [one.name for one in found.survivors if one is not found.scenarios[found.leader]]
    return say(
        "Not decided after {n} replications: {name} leads by {measure}, {rivals} cannot be ruled out.",
        n=ask.maximum,
        name=name,
        measure=about,
        rivals=fmt.in_words(rivals),
    )


def _first_ocba(found: Selection, name: str, about: str, sure: str) -> str:
    """Who leads, with the probability that this is right."""
    ask = found.question
    chance = _chance_text(found.probability or 0.0)
    values = {"name": name, "measure": about, "chance": chance, "sure": sure}
    if found.is_selected:
        if ask.delta is None:
            return say(
                "{name} is selected by {measure}: the probability that it is the best is {chance}, wanted {sure}.", **values
            )
        return say(
            "{name} is selected by {measure}: the probability that it is less than {delta} behind the best is {chance}, wanted "
            "{sure}.",
            delta=_delta(found),
            **values,
        )
    if (found.probability or 0.0) >= ask.confidence:
        return say(
            "{name} leads by {measure} with a probability of {chance}, but a target of it is not shown to be met.",
            name=name,
            measure=about,
            chance=chance,
        )
    if ask.delta is None:
        return say(
            "{name} leads by {measure}, but the probability that it is the best is {chance}, less than the {sure} wanted.",
            **values,
        )
    return say(
        "{name} leads by {measure}, but the probability that it is less than {delta} behind the best is {chance}, less than the "
        "{sure} wanted.",
        delta=_delta(found),
        **values,
    )


def _second(found: Selection) -> str:
    if found.question.method == "ocba" or not found.is_selected:
        return ""
    return say("Of scenarios nearer to the best than that, any may have been selected.")


def _targets(found: Selection) -> str:
    """Those that targets ruled out."""
    out = [one.name for one in found.scenarios if one.eliminated_by == "targets"]
    if not out:
        return ""
    return say_count(
        "{names} is out for missing a target.", "{names} are out for missing a target.", len(out), names=fmt.in_words(out)
    )


def _cost(found: Selection) -> str:
    spent = fmt.number(found.spent)
    if found.question.method == "kn":
        saved = 1.0 - found.spent / found.equal_cost
        if saved <= 0:
            return say("It took {spent} replications.", spent=spent)
        return say(
            "It took {spent} replications, {saved} less than the {equal} of running all as often as the last one left.",
            spent=spent,
            saved=fmt.percent(saved),
            equal=fmt.number(found.equal_cost),
        )
    return say(
        "It took {spent} replications; given out equally the probability would have been {chance}.",
        spent=spent,
        chance=_chance_text(found.probability_equal or 0.0),
    )


def _chance_text(chance: float) -> str:
    """'about 97.3 %'; never a full hundred."""
    if chance > 0.999:
        return say("above {share}", share=fmt.with_unit("99.9", "%"))
    return say("about {share}", share=fmt.with_unit(fmt.number(100 * chance, 1), "%"))


def _delta(found: Selection) -> str:
    ask = found.question
    assert ask.delta is not None
    scale = scale_of(ask.kpi, ask.unit, ask.delta, found.currency)
    if ask.unit == "h" and 1.0 <= ask.delta < 240.0:  # '1 h' as it was set, not '60 min'
        scale = fmt.Scale(1.0, "h")
    shown = scale.value(ask.delta)
    return fmt.with_unit(fmt.number(shown, fmt.set_decimals(shown)), points_unit(scale))


def _table(found: Selection) -> TextTable:
    ask = found.question
    ranking = found.ranking()
    scale = scale_of(ask.kpi, ask.unit, ranking[0].mean, found.currency)
    with_targets = ask.subject_to_targets
    mean = say("Mean [{unit}]", unit=scale.unit) if scale.unit else say("Mean")
    heads = (say("Scenario"), mean, say("Half width"), say("Replications"), say("Out after"), say("Behind"))
    rows = [(*_row(one, scale), *((_verdict(one.targets),) if with_targets else ())) for one in ranking]
    return TextTable("", (*heads, say("Targets")) if with_targets else heads, tuple(rows))


def _verdict(verdict: str | None) -> str:
    return verdict_text(verdict) or fmt.MISSING


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
        say("targets") if one.eliminated_by == "targets" else one.eliminated_by or "",
    )
