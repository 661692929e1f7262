"""Headline and doubt of a run in sentences, computed from the verdicts that also colour the table. Used by console and report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sim.analysis.estimate import MISSED, Estimate, verdict
from sim.language import say, say_count
from sim.report import format as fmt
from sim.report.growth import growth, is_growing
from sim.report.labels import LEADS, can_be_negative, full_label, group_label, main_rank, measure_label, unit_of
from sim.report.losses import given_up_text, loss_text
from sim.report.precision import precision_sentences
from sim.report.read import Columns, Measure, RunResults
from sim.report.reasons import reason_sentences
from sim.report.warm_up_text import is_lost, is_short, lost_text, short_warm_up_text
from sim.report.warnings_text import warning_text


class Doubt(str):
    """A sentence that takes back the others; the page prints it in warning colour."""

    __slots__ = ()


def headline(summary: dict[str, Any], manifest: dict[str, Any], tables: Mapping[str, Columns] | None = None) -> list[str]:
    """Sentences that say the result of a run.

    Parameters
    ----------
    summary, manifest
        Contents of summary.json and manifest.json.
    tables
        Tidy tables by name ('stages', 'parts'); with them the reasons are told too.

    Returns
    -------
    list of str
        The headline first, then certainty, doubt and reasons. Plain text.
    """
    return sentences(RunResults(Path(), manifest, summary, dict(tables or {})))


def sentences(run: RunResults) -> list[str]:
    """As `headline`, from results already read; a sentence that takes back the others is a `Doubt`."""
    lead = leading_target(run)
    said = [given_up_text(run), _first_sentence(run), _certainty(run), backlog_text(run)]
    said += [*reason_sentences(run, lead), _also(run), *precision_sentences(run)]
    return [sentence for sentence in said if sentence]


def shown(measure: Measure, run: RunResults) -> str:
    """A measure's mean with its unit."""
    scale = fmt.scale_for(unit_of(measure), typical(measure, run), run.currency)
    return fmt.quantity(measure.mean, scale, measure.half_width)


def interval_text(measure: Measure, run: RunResults) -> str:
    """'95 % CI 128-136 h', '' where there is no half-width."""
    if measure.half_width is None:
        return ""
    return say("{level} CI {span}", level=confidence_text(run), span=_span_text(measure, run))


def _span_text(measure: Measure, run: RunResults) -> str:
    scale = fmt.scale_for(unit_of(measure), typical(measure, run), run.currency)
    return fmt.with_unit(interval_cell(measure, scale), scale.unit)


def interval_cell(measure: Measure, scale: fmt.Scale) -> str:
    """The interval without its unit; cut at zero unless the measure can fall below."""
    limits = [limit for limit in (measure.minimum, measure.maximum) if limit is not None]
    floor = None if can_be_negative(measure.kpi) else 0.0
    return fmt.interval(measure.mean, measure.half_width, scale, floor=floor, limits=limits)


def confidence_text(run: RunResults) -> str:
    """'95 %'."""
    return fmt.with_unit(f"{100 * run.confidence:g}", "%")


def limit_text(measure: Measure, run: RunResults) -> str:
    """'limit of 96 h', 'goal of at least 80 %', 'band of 80-90 %'."""
    scale = fmt.scale_for(unit_of(measure), typical(measure, run), run.currency)

    def value(number: float) -> str:
        return fmt.number(scale.value(number), fmt.set_decimals(scale.value(number)))

    if measure.minimum is not None and measure.maximum is not None:
        both = f"{value(measure.minimum)}{fmt.EN_DASH}{value(measure.maximum)}"
        return say("the band of {value}", value=fmt.with_unit(both, scale.unit))
    if measure.maximum is not None:
        return say("the limit of {value}", value=fmt.with_unit(value(measure.maximum), scale.unit))
    return say("the goal of at least {value}", value=fmt.with_unit(value(measure.minimum or 0.0), scale.unit))


def target_cell(measure: Measure, run: RunResults) -> str:
    """A target for a table cell, without its unit: '<= 96' with the proper sign."""
    scale = fmt.scale_for(unit_of(measure), typical(measure, run), run.currency)
    texts = []
    if measure.minimum is not None:
        low = scale.value(measure.minimum)
        texts.append(f"\u2265 {fmt.number(low, fmt.set_decimals(low))}")
    if measure.maximum is not None:
        high = scale.value(measure.maximum)
        texts.append(f"\u2264 {fmt.number(high, fmt.set_decimals(high))}")
    return fmt.listed(texts)


def typical(measure: Measure, run: RunResults) -> float:
    """The value that chooses the unit: the limit, so that it reads as it was set (all turnarounds alike), else the mean."""
    limit = measure.maximum or measure.minimum
    if limit:
        return float(limit)
    if measure.kpi.startswith("tat.customer.") and run.tat_limit_h:
        return run.tat_limit_h
    return measure.mean if np.isfinite(measure.mean) else 0.0


@dataclass(frozen=True, slots=True)
class _Result:
    """The first sentence before it is put together."""

    result: str
    tail: str = ""  # counts of other targets
    is_bad: bool = True  # so that losses go on with 'and', not 'but'


def _first_sentence(run: RunResults) -> str:
    judged = sorted((m for m in run.measures if m.has_target), key=main_rank)
    said, lost = _verdict_result(judged, run) if judged else _main_result(run), loss_text(run)
    if not lost:
        return say("{result}; {tail}.", result=said.result, tail=said.tail) if said.tail else say("{result}.", result=said.result)
    if said.is_bad:
        first = say("{result}, and {lost}", result=said.result, lost=lost)
    else:
        first = say("{result}, but {lost}", result=said.result, lost=lost)
    return say("{result}; {tail}.", result=first, tail=said.tail) if said.tail else say("{result}.", result=first)


def leading_target(run: RunResults) -> Measure | None:
    """The target that the headline speaks of: a missed one, else one that is not shown, else the first; None without targets."""
    judged = sorted((m for m in run.measures if m.has_target), key=main_rank)
    bad = [m for m in judged if m.verdict == "missed"] or [m for m in judged if m.verdict != "met"] or judged
    if is_growing(run):
        bad = [m for m in judged if _is_beyond(m)] or bad
    return bad[0] if bad else None


def _verdict_result(judged: list[Measure], run: RunResults) -> _Result:
    met = [m for m in judged if m.verdict == "met"]
    missed = [m for m in judged if m.verdict == "missed"]
    open_ = [m for m in judged if m not in met and m not in missed]
    total = len(judged)
    if is_growing(run) and (far := next((m for m in judged if _is_beyond(m)), None)) is not None:
        return _endless_result(far, total, run)
    if total > 1 and len(open_) == total:
        return _nothing_shown(open_, run)
    lead = (missed or open_ or met)[0]
    subject, limit = subject_of(lead), limit_text(lead, run)
    if not np.isfinite(lead.mean):
        first = say("{subject} has no value in this run, so {limit} is not shown to be met", subject=subject, limit=limit)
    elif missed:
        first = say("{subject} is {value} and misses {limit}", subject=subject, value=shown(lead, run), limit=limit)
    elif open_:
        first = say("{subject} is {value}: {limit} is not shown to be met", subject=subject, value=shown(lead, run), limit=limit)
    else:
        first = say("{subject} is {value} and meets {limit}", subject=subject, value=shown(lead, run), limit=limit)
    if total == 1:
        return _Result(first, is_bad=not met)
    if len(met) == total:
        return _Result(say("All {total} targets are met: {first}", total=total, first=lower_first(first)), is_bad=False)
    tail = [say_count("{n} of {total} targets is met", "{n} of {total} targets are met", len(met), total=total)]
    if len(missed) > 1:
        tail.append(say("{n} missed", n=len(missed)))
    others_open = len(open_) - (0 if missed else 1)
    if others_open > 0:
        tail.append(say("{n} not shown", n=others_open) if missed else say("{n} more not shown", n=others_open))
    return _Result(first, fmt.listed(tail))


def _is_beyond(measure: Measure) -> bool:
    """True if the interval lies wholly on the missed side; a growing backlog only makes it worse."""
    estimate = Estimate(measure.n, measure.mean, measure.half_width)
    return verdict(estimate, measure.minimum, measure.maximum) == MISSED


def _endless_result(far: Measure, total: int, run: RunResults) -> _Result:
    """What a growing backlog means for a target, in a reader's words; formally no verdict is shown."""
    values = {"subject": lower_first(subject_of(far)), "value": shown(far, run), "limit": limit_text(far, run)}
    is_above = far.maximum is not None and far.mean > far.maximum
    if is_above and far.maximum is not None and far.mean > 2 * far.maximum:
        said = say("No: the backlog grows without end; {subject}, {value} so far, is far beyond {limit}", **values)
    elif is_above:
        said = say("No: the backlog grows without end; {subject}, {value} so far, is beyond {limit}", **values)
    elif far.mean < 0.5 * (far.minimum or 0.0):
        said = say("No: the backlog grows without end; {subject}, {value} so far, is far below {limit}", **values)
    else:
        said = say("No: the backlog grows without end; {subject}, {value} so far, is below {limit}", **values)
    return _Result(say("{said}; no verdict on any of the {n} targets", said=said, n=total) if total > 1 else said)


def _nothing_shown(judged: list[Measure], run: RunResults) -> _Result:
    lead = judged[0]
    head = say("None of the {n} targets is shown to be met or missed", n=len(judged))
    subject = lower_first(subject_of(lead))
    if not np.isfinite(lead.mean):
        return _Result(head, say("{subject} has no value", subject=subject))
    text = say("{head}: {subject} is {value} against {limit}",
               head=head, subject=subject, value=shown(lead, run), limit=limit_text(lead, run))  # fmt: skip
    return _Result(text)


def lower_first(text: str) -> str:
    """A label inside a sentence: small initial, unless it begins with an abbreviation such as P90."""
    return text if text[:2].isupper() or text[1:2].isdigit() else text[:1].lower() + text[1:]


def subject_of(measure: Measure) -> str:
    """A measure as the subject of a sentence: 'Service level (dalian, voice)'."""
    if measure.group == "all":
        return full_label(measure)
    return say("{measure} ({group})", measure=measure_label(measure.kpi), group=group_label(measure.group))


def _in_brackets(measure: Measure, run: RunResults) -> str:
    text = interval_text(measure, run)
    return say("in brackets|| ({text})", text=text) if text else ""


def main_measure(run: RunResults) -> Measure | None:
    """The measure that stands for the run: first of LEADS that it has."""
    for kpi in LEADS:
        found = run.measure(kpi)
        if found is not None:
            return found
    return min(run.measures, key=main_rank, default=None)


def _main_result(run: RunResults) -> _Result:
    main = main_measure(run)
    if main is None:
        return _Result(say("The run gave no measure: nothing happened in the measured time"))
    value, ci = shown(main, run), _in_brackets(main, run)
    tail = ""
    if main.kpi == "tat.customer.p90":
        result = say("Nine of ten customers have their unit back within {value}{ci}", value=value, ci=ci)
    elif main.kpi == "contact.service_level":
        result = say("{value} of contacts are answered in time{ci}", value=value, ci=ci)
        rest = run.measure("contact.abandon_rate")
        if rest is not None and rest.mean > 0:
            tail = say("{share} give up waiting", share=shown(rest, run))
    elif main.kpi == "parts.fill_rate":
        result = say("{value} of parts are there when asked for{ci}", value=value, ci=ci)
        wait = run.measure("parts.wait.mean")
        if wait is not None and wait.mean > 0:
            tail = say("a part takes {wait} on average", wait=shown(wait, run))
    else:
        result = say("{subject} is {value}{ci}", subject=subject_of(main), value=value, ci=ci)
    return _Result(result, tail, is_bad=False)


def _main_sentence(run: RunResults) -> str:
    said = _main_result(run)
    return say("{result}; {tail}.", result=said.result, tail=said.tail) if said.tail else say("{result}.", result=said.result)


def _certainty(run: RunResults) -> str:
    """How sure the headline is."""
    lead = leading_target(run)
    if run.replications <= 1 and not run.batches:
        if lead is not None:
            return say("This is one replication, without confidence intervals: no target can be shown to be met or missed.")
        return say("This is one replication, without confidence intervals: how far chance moves it is unknown.")
    if lead is None or not np.isfinite(lead.mean) or lead.half_width is None:
        return ""
    if run.batches and (lead.kpi, lead.group) in run.correlated:
        return say("Its {n} batches follow from one another, so no interval can be trusted: make them longer.", n=run.batches)
    values = {"level": confidence_text(run), "span": _span_text(lead, run), "source": _source(run)}
    if lead.verdict == "not shown" and not is_growing(run):
        limit = lead.maximum if lead.maximum is not None else lead.minimum
        if limit is not None and lead.low <= limit <= lead.high:
            if run.batches:
                return say(
                    "Its {level} confidence interval is {span}, {source}; the limit lies inside, a longer run would decide.",
                    **values,
                )
            return say(
                "Its {level} confidence interval is {span}, {source}; the limit lies inside, more replications would decide.",
                **values,
            )
    return say("Its {level} confidence interval is {span}, {source}.", **values)


def _source(run: RunResults) -> str:
    """'from 10 replications': what the interval rests on."""
    if run.batches:
        return say("from {n} batches of one run", n=run.batches)
    if run.block > 1:
        blocks = fmt.number(-(-run.replications // run.block))
        return say("from {n} replications in {blocks} blocks", n=fmt.number(run.replications), blocks=blocks)
    return say("from {n} replications", n=fmt.number(run.replications))


def is_doubt(sentence: str) -> bool:
    """True for sentences that take back the others; the page prints them in warning colour."""
    return isinstance(sentence, Doubt)


def backlog_text(run: RunResults, where: str = "") -> str:
    """What must be doubted: a growing backlog, a start that is still felt; '' if nothing. A `Doubt`."""
    place = say("place of a doubt|| in {where}", where=where) if where else ""
    if is_growing(run):
        text = say(
            "The backlog grows{place}{amount}: the longer the run, the worse every time, so no verdict is shown.",
            place=place,
            amount=_growth_text(run),
        )
        return Doubt(fmt.paragraph([text, *_overload(run)]))
    if is_lost(run):
        return Doubt(lost_text(run, place))
    if is_short(run):
        return Doubt(short_warm_up_text(run, place))
    return ""


def _growth_text(run: RunResults) -> str:
    """' by 12 open orders a day (95 % CI 9-15)', '' where it is not known."""
    found = growth(run)
    if found is None:
        return ""
    mean = fmt.number(found.mean, fmt.decimals_for(found.mean, found.half_width))
    span = fmt.interval(found.mean, found.half_width, fmt.Scale(1.0, ""), floor=None)
    ci = say("{level} CI {span}", level=confidence_text(run), span=span)
    if found.kpi.startswith("orders"):
        return say("how it grows|| by {mean} open orders a day ({ci})", mean=mean, ci=ci)
    return say("how it grows|| by {mean} waiting contacts a day ({ci})", mean=mean, ci=ci)


def _overload(run: RunResults) -> list[str]:
    """What the inputs said about it before the run: the first warning that some load is above capacity."""
    told = next((str(w) for w in run.manifest.get("warnings") or [] if "rho = " in str(w)), "")
    return [say("Foreseen: {warning}.", warning=fmt.shorten(warning_text(told), 260))] if told else []


def _also(run: RunResults) -> str:
    """The main measure where the headline spoke of another."""
    lead, main = leading_target(run), main_measure(run)
    if lead is None or main is None or main.kpi not in ("tat.customer.p90", "contact.service_level", "parts.fill_rate"):
        return ""
    return "" if lead.kpi == main.kpi and lead.group == main.group else _main_sentence(run)
