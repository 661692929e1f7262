"""Headline and doubt of a run in sentences, computed from the verdicts that also colour the table. Used by console and report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sim.analysis.estimate import MISSED, Estimate, verdict
from sim.report import format as fmt
from sim.report import titles
from sim.report.labels import LEADS, can_be_negative, full_label, main_rank, measure_label, unit_of
from sim.report.losses import given_up_text, loss_text
from sim.report.precision import precision_sentences
from sim.report.read import Columns, Measure, RunResults
from sim.report.warm_up_text import is_lost, lost_text


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
    """As `headline`, from results already read."""
    first, lost = _first_sentence(run), loss_text(run)
    if lost:
        first = _with_loss(first, lost)
    said = [given_up_text(run), first, _certainty(run)]
    said += [backlog_text(run), _also(run), titles.reasons(run)]
    return [sentence for sentence in [*said, *precision_sentences(run)] if sentence]


def _with_loss(first: str, lost: str) -> str:
    """The first sentence with what it leaves out, told before its counts of other targets."""
    if first.startswith(_ENDLESS):
        return f"{first.removesuffix('.')}, and {lost}."
    result, mark, rest = first.removesuffix(".").partition("; ")
    is_bad = "misses" in result or "not shown" in result or result.startswith("None of")
    return f"{result}, {'and' if is_bad else 'but'} {lost}{mark}{rest}."


def shown(measure: Measure, run: RunResults) -> str:
    """A measure's mean with its unit."""
    scale = fmt.scale_for(unit_of(measure), typical(measure, run), run.currency)
    return fmt.quantity(measure.mean, scale, measure.half_width)


def interval_text(measure: Measure, run: RunResults) -> str:
    """'95 % CI 128-136 h', '' where there is no half-width."""
    if measure.half_width is None:
        return ""
    scale = fmt.scale_for(unit_of(measure), typical(measure, run), run.currency)
    span = interval_cell(measure, scale)
    return f"{confidence_text(run)} CI {fmt.with_unit(span, scale.unit)}"


def interval_cell(measure: Measure, scale: fmt.Scale) -> str:
    """The interval without its unit; cut at zero unless the measure can fall below."""
    return fmt.interval(measure.mean, measure.half_width, scale, floor=None if can_be_negative(measure.kpi) else 0.0)


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
        return f"the band of {fmt.with_unit(both, scale.unit)}"
    if measure.maximum is not None:
        return f"the limit of {fmt.with_unit(value(measure.maximum), scale.unit)}"
    return f"the goal of at least {fmt.with_unit(value(measure.minimum or 0.0), scale.unit)}"


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
    return ", ".join(texts) if texts else ""


def typical(measure: Measure, run: RunResults) -> float:
    """The value that chooses the unit: the limit, so that it reads as it was set (all turnarounds alike), else the mean."""
    limit = measure.maximum or measure.minimum
    if limit:
        return float(limit)
    if measure.kpi.startswith("tat.customer.") and run.tat_limit_h:
        return run.tat_limit_h
    return measure.mean if np.isfinite(measure.mean) else 0.0


def _first_sentence(run: RunResults) -> str:
    judged = sorted((m for m in run.measures if m.has_target), key=main_rank)
    if judged:
        return _verdict_sentence(judged, run)
    return _main_sentence(run)


def _verdict_sentence(judged: list[Measure], run: RunResults) -> str:
    met = [m for m in judged if m.verdict == "met"]
    missed = [m for m in judged if m.verdict == "missed"]
    open_ = [m for m in judged if m not in met and m not in missed]
    total = len(judged)
    if is_growing(run) and (far := next((m for m in judged if _is_beyond(m)), None)) is not None:
        return _endless_sentence(far, total, run)
    if total > 1 and len(open_) == total:
        return _nothing_shown(open_, run)
    lead = (missed or open_ or met)[0]
    subject = subject_of(lead)
    if not np.isfinite(lead.mean):
        first = f"{subject} has no value in this run, so {limit_text(lead, run)} is not shown to be met"
    elif missed:
        first = f"{subject} is {shown(lead, run)} and misses {limit_text(lead, run)}"
    elif open_:
        first = f"{subject} is {shown(lead, run)}: {limit_text(lead, run)} is not shown to be met"
    else:
        first = f"{subject} is {shown(lead, run)} and meets {limit_text(lead, run)}"
    if total == 1:
        return f"{first}."
    if len(met) == total:
        return f"All {total} targets are met: {lower_first(first)}."
    tail = f"{len(met)} of {total} targets {'is' if len(met) == 1 else 'are'} met"
    if len(missed) > 1:
        tail += f", {len(missed)} missed"
    others_open = len(open_) - (0 if missed else 1)
    if others_open > 0:
        tail += f", {others_open}{'' if missed else ' more'} not shown"
    return f"{first}; {tail}."


_ENDLESS = "No: the backlog grows without end"


def _is_beyond(measure: Measure) -> bool:
    """True if the interval lies wholly on the missed side; a growing backlog only makes it worse."""
    estimate = Estimate(measure.n, measure.mean, measure.half_width)
    return verdict(estimate, measure.minimum, measure.maximum) == MISSED


def _endless_sentence(far: Measure, total: int, run: RunResults) -> str:
    """What a growing backlog means for a target, in a reader's words; formally no verdict is shown."""
    above = far.maximum is not None and far.mean > far.maximum
    if above and far.maximum is not None:
        side = "far beyond" if far.mean > 2 * far.maximum else "beyond"
    else:
        side = "far below" if far.mean < 0.5 * (far.minimum or 0.0) else "below"
    said = f"{_ENDLESS}; {lower_first(subject_of(far))}, {shown(far, run)} so far, is {side} {limit_text(far, run)}"
    return f"{said}; no verdict on any of the {total} targets." if total > 1 else f"{said}."


def _nothing_shown(judged: list[Measure], run: RunResults) -> str:
    lead = judged[0]
    head = f"None of the {len(judged)} targets is shown to be met or missed"
    if not np.isfinite(lead.mean):
        return f"{head}; {lower_first(subject_of(lead))} has no value."
    return f"{head}: {lower_first(subject_of(lead))} is {shown(lead, run)} against {limit_text(lead, run)}."


def lower_first(text: str) -> str:
    """A label inside a sentence: small initial, unless it begins with an abbreviation such as P90."""
    return text if text[:2].isupper() or text[1:2].isdigit() else text[:1].lower() + text[1:]


def subject_of(measure: Measure) -> str:
    """A measure as the subject of a sentence: 'Service level (dalian, voice)'."""
    return full_label(measure) if measure.group == "all" else f"{measure_label(measure.kpi)} ({_group(measure)})"


def _group(measure: Measure) -> str:
    return full_label(measure).removeprefix(f"{measure_label(measure.kpi)}, ")


def _in_brackets(measure: Measure, run: RunResults) -> str:
    text = interval_text(measure, run)
    return f" ({text})" if text else ""


def main_measure(run: RunResults) -> Measure | None:
    """The measure that stands for the run: first of LEADS that it has."""
    for kpi in LEADS:
        found = run.measure(kpi)
        if found is not None:
            return found
    return min(run.measures, key=main_rank, default=None)


def _main_sentence(run: RunResults) -> str:
    main = main_measure(run)
    if main is None:
        return "The run gave no measure: nothing happened in the measured time."
    value, ci = shown(main, run), _in_brackets(main, run)
    if main.kpi == "tat.customer.p90":
        return f"Nine of ten customers have their unit back within {value}{ci}."
    if main.kpi == "contact.service_level":
        rest = run.measure("contact.abandon_rate")
        tail = f"; {shown(rest, run)} give up waiting" if rest is not None and rest.mean > 0 else ""
        return f"{value} of contacts are answered in time{ci}{tail}."
    if main.kpi == "parts.fill_rate":
        wait = run.measure("parts.wait.mean")
        tail = f"; a part takes {shown(wait, run)} on average" if wait is not None and wait.mean > 0 else ""
        return f"{value} of parts are there when asked for{ci}{tail}."
    return f"{subject_of(main)} is {value}{ci}."


def _certainty(run: RunResults) -> str:
    """How sure the headline is."""
    judged = sorted((m for m in run.measures if m.has_target), key=main_rank)
    if run.replications <= 1 and not run.batches:
        tail = "no target can be shown to be met or missed" if judged else "how far chance moves it is unknown"
        return f"This is one replication, without confidence intervals: {tail}."
    bad = [m for m in judged if m.verdict == "missed"] or [m for m in judged if m.verdict != "met"] or judged
    if is_growing(run):
        bad = [m for m in judged if _is_beyond(m)] or bad
    if not bad or not np.isfinite(bad[0].mean) or bad[0].half_width is None:
        return ""
    lead = bad[0]
    text = interval_text(lead, run).removeprefix(f"{confidence_text(run)} CI ")
    count = f"from {fmt.number(run.replications)} replications"
    count += f" in {fmt.number(-(-run.replications // run.block))} blocks" if run.block > 1 else ""
    if run.batches:
        count = f"from {run.batches} batches of one run"
        if (lead.kpi, lead.group) in run.correlated:
            return f"Its {run.batches} batches follow from one another, so no interval can be trusted: make them longer."
    if lead.verdict == "not shown" and not is_growing(run):
        limit = lead.maximum if lead.maximum is not None else lead.minimum
        inside = limit is not None and lead.low <= limit <= lead.high
        longer = "a longer run" if run.batches else "more replications"
        more = f"; the limit lies inside, {longer} would decide" if inside else ""
        return f"Its {confidence_text(run)} confidence interval is {text}, {count}{more}."
    return f"Its {confidence_text(run)} confidence interval is {text}, {count}."


_DOUBTS = ("The backlog grows", "The run may not", "No steady state")


def is_doubt(sentence: str) -> bool:
    """True for sentences that take back the others; the page prints them in warning colour."""
    return sentence.startswith(_DOUBTS)


def is_growing(run: RunResults) -> bool:
    """True if the backlog grows: as the summary says, else by the interval of the growth."""
    told = run.summary.get("backlog_grows")
    return bool(told) if told is not None else growth(run) is not None


def growth(run: RunResults) -> Measure | None:
    """The growth of open orders, else of the contact queue, if its interval lies above zero."""
    for kpi in ("orders.backlog_growth", "contact.queue.growth"):
        found = run.measure(kpi)
        if found is not None and found.half_width is not None and found.low > 0:
            return found
    return None


def backlog_text(run: RunResults, where: str = "") -> str:
    """What must be doubted: a growing backlog, a start that is still felt; '' if nothing."""
    place = f" in {where}" if where else ""
    if is_growing(run):
        found = growth(run)
        amount = ""
        if found is not None:
            what = "open orders" if found.kpi.startswith("orders") else "waiting contacts"
            mean = fmt.number(found.mean, fmt.decimals_for(found.mean, found.half_width))
            ci = fmt.interval(found.mean, found.half_width, fmt.Scale(1.0, ""), floor=None)
            amount = f" by {mean} {what} a day ({confidence_text(run)} CI {ci})"
        return (
            f"The backlog grows{place}{amount}: the longer the run, the worse every time, so no verdict is shown.{_overload(run)}"
        )
    if is_lost(run):
        return lost_text(run, place)
    if run.summary.get("steady_state") is False:
        return f"The run may not be in a steady state{place}: its warm-up is shorter than the longest supply time."
    return ""


def _overload(run: RunResults) -> str:
    """What the inputs said about it before the run: the first warning that some load is above capacity."""
    told = next((str(w) for w in run.manifest.get("warnings") or [] if "rho = " in str(w)), "")
    return f" Foreseen: {fmt.shorten(told, 260)}." if told else ""


def _also(run: RunResults) -> str:
    """The main measure where the headline spoke of another."""
    judged = sorted((m for m in run.measures if m.has_target), key=main_rank)
    main = main_measure(run)
    if not judged or main is None or main.kpi not in ("tat.customer.p90", "contact.service_level", "parts.fill_rate"):
        return ""
    bad = [m for m in judged if m.verdict == "missed"] or [m for m in judged if m.verdict != "met"] or judged
    if is_growing(run):
        bad = [m for m in judged if _is_beyond(m)] or bad
    return "" if bad[0].kpi == main.kpi and bad[0].group == main.group else _main_sentence(run)
