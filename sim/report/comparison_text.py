"""Headline, certainty and titles of a comparison in sentences, computed from paired differences and verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.analysis.estimate import NOT_SHOWN
from sim.report import format as fmt
from sim.report import text, titles
from sim.report.contrast import Contrast, Difference
from sim.report.labels import LEADS, STAGE_GROUPS, better, full_label, main_rank, unit_of
from sim.report.losses import given_up_text, loss_text
from sim.report.read import Measure, RunResults
from sim.report.together import Together, best_sentence, gain_sentence, holm_sentence

if TYPE_CHECKING:
    from sim.report.figures_places import Dot
    from sim.report.judged import Rule


def display_names(others: Sequence[RunResults]) -> tuple[str, ...]:
    """A title for each scenario, the name where titles repeat."""
    all_titles = [run.title for run in others]
    return tuple(run.title if all_titles.count(run.title) == 1 else run.name for run in others)


def lead_kpi(base: RunResults, contrasts: Sequence[Contrast]) -> str | None:
    """The measure that the comparison is about: the first of LEADS that all have, else the first compared."""
    for kpi in LEADS:
        if base.measure(kpi) is not None and all(k.of(kpi) is not None for k in contrasts):
            return kpi
    rows = [row for row in contrasts[0].rows if row.group == "all"]
    return rows[0].kpi if rows else None


def chief_scenario(base: RunResults, others: Sequence[RunResults], contrasts: Sequence[Contrast]) -> int:
    """Index of the scenario that does best by the lead measure."""
    kpi = lead_kpi(base, contrasts)
    if kpi is None:
        return 0
    sign = -1.0 if better(kpi) == "more" else 1.0
    changes = [sign * found.difference if (found := k.of(kpi)) is not None else np.inf for k in contrasts]
    return int(np.argmin(changes))


def sentences(
    base: RunResults, others: Sequence[RunResults], contrasts: Sequence[Contrast], together: Together | None = None
) -> list[str]:
    """Headline first, then certainty, who is best of several, doubt and reason."""
    kpi = lead_kpi(base, contrasts)
    if kpi is None:
        return ["Nothing could be compared: the runs share no measure."]
    chief = chief_scenario(base, others, contrasts)
    run, contrast, name = others[chief], contrasts[chief], display_names(others)[chief]
    found = contrast.of(kpi)
    assert found is not None
    said = [_headline(base, run, name, found, contrast, len(others)), _certainty(base, run, found)]
    said += [holm_sentence(found, len(contrasts)), gain_sentence(found), _best(base, others, kpi, together)]
    said += [_verdicts(run), _losses(base, run), _reason(base, run), *_doubts(base, others)]
    return [s for s in said if s]


def _best(base: RunResults, others: Sequence[RunResults], lead: str, together: Together | None) -> str:
    """Who is best, unless one scenario's difference has said so already."""
    standing = together.standing if together is not None else None
    if standing is None or (len(others) < 2 and (standing.kpi, standing.group) == (lead, "all")):
        return ""
    return best_sentence(standing, base.currency, ("the baseline", *display_names(others)))


def _as_measure(found: Difference, value: float) -> Measure:
    return Measure(found.kpi, found.group, found.unit, 0, value, None)


def _scale(run: RunResults, found: Difference) -> fmt.Scale:
    """The scale that the measure table uses too."""
    measure = run.measure(found.kpi, found.group)
    size = text.typical(measure, run) if measure is not None else max(abs(found.base), abs(found.other))
    return fmt.scale_for(unit_of(_as_measure(found, found.other)), size, run.currency)


def _headline(base: RunResults, run: RunResults, name: str, found: Difference, contrast: Contrast, count: int) -> str:
    measure = _as_measure(found, found.other)
    scale = _scale(run, found)
    known = [m for m in (base.measure(found.kpi, found.group), run.measure(found.kpi, found.group)) if m is not None]
    widths = [scale.value(m.half_width) for m in known if m.half_width is not None]
    decimals = min(1, fmt.decimals_for(scale.value(found.other), max(widths, default=None)))
    before, after = (fmt.with_unit(fmt.number(scale.value(v), decimals), scale.unit) for v in (found.base, found.other))
    subject = text.lower_first(full_label(measure))
    if found.half_width is not None and not found.is_shown:
        said = f"{name} does not move {subject} by more than chance: {before} and {after}"
    elif found.difference == 0:
        said = f"{name} leaves {subject} at {before}"
    else:
        verb = "cuts" if found.difference < 0 else "raises"
        said = f"{name} {verb} {subject} from {before} to {after}"
    cost = contrast.of("cost.total.per_year")
    if cost is not None and cost.difference != 0 and (cost.is_shown or cost.half_width is None):
        amount = fmt.money(abs(cost.difference), base.currency, cost.half_width)
        said += f" for {amount} more a year" if cost.difference > 0 else f" and saves {amount} a year"
    missed = sorted((m for m in run.measures if m.verdict == "missed"), key=main_rank)
    if missed:
        before_too = any(m.kpi == missed[0].kpi and m.group == missed[0].group and m.verdict == "missed" for m in base.measures)
        verb = "still misses" if before_too else "misses"
        same = (missed[0].kpi, missed[0].group) == (found.kpi, found.group)
        subject = "it" if same else text.lower_first(text.subject_of(missed[0]))
        said += f", but {subject} {verb} {text.limit_text(missed[0], run)}"
    prefix = f"Best of {count}: " if count > 1 else ""
    return f"{prefix}{said}."


def _certainty(base: RunResults, run: RunResults, found: Difference) -> str:
    if found.half_width is None:
        return "One replication of each gives no interval: whether the difference is real is not shown."
    scale = _scale(run, found)
    span = fmt.with_unit(
        fmt.interval(found.difference, found.half_width, scale, signed=True), "points" if scale.unit == "%" else scale.unit
    )
    pairs = f"over {fmt.number(run.replications)} paired replications"
    return f"The difference is {span} ({text.confidence_text(base)} CI) {pairs}."


def _verdicts(run: RunResults) -> str:
    judged = sorted((m for m in run.measures if m.has_target), key=main_rank)
    open_ = [m for m in judged if m.verdict == "not shown"]
    if not judged:
        return ""
    if not open_:
        met = sum(m.verdict == "met" for m in judged)
        return f"{met} of {len(judged)} targets {'is' if met == 1 else 'are'} met." if len(judged) > 1 else ""
    lead = open_[0]
    ci = text.interval_text(lead, run)
    where = f" ({ci})" if ci else ""
    value, limit = text.shown(lead, run), text.limit_text(lead, run)
    said = f"{text.subject_of(lead)} is {value}{where}, so {limit} is not yet shown to be met"
    return f"{said}; {len(open_) - 1} more targets are open." if len(open_) > 1 else f"{said}."


def _losses(base: RunResults, run: RunResults) -> str:
    """Customers lost in the scenario, in the baseline, or in both alike."""
    before, after = (fmt.in_words([t for t in (given_up_text(r).partition(":")[0], loss_text(r)) if t]) for r in (base, run))
    if before == after:
        return f"In both {after}." if after else ""
    return f"In the scenario {after}." if after else f"In the baseline {before}, in the scenario hardly any."


def _reason(base: RunResults, run: RunResults) -> str:
    before, after = titles.stage_sums(base.table("stages")), titles.stage_sums(run.table("stages"))
    gain = {g.name: before[g.name] - after[g.name] for g in STAGE_GROUPS}
    total = sum(gain.values())
    whole = sum(before.values())
    worst = titles.worst_parts(run.table("parts"))
    tail = f" {worst.sentence}." if worst is not None and len(worst.order) > 1 and sum(after.values()) > 0 else ""
    if not whole > 0 or abs(total) < 0.01 * whole:
        return tail.strip()
    sign = 1.0 if total > 0 else -1.0
    order = sorted(STAGE_GROUPS, key=lambda g: -sign * gain[g.name])
    top = [g for g in order[:2] if sign * gain[g.name] > 0.1 * abs(total)]
    share = sum(gain[g.name] for g in top) / total
    what = "gain" if total > 0 else "loss"
    phrases = " and ".join(g.phrase.lower() if i else g.phrase for i, g in enumerate(top))
    explains = "explain" if len(top) > 1 else "explains"
    if share >= 0.995:
        return f"{phrases} {explains} all of the {what} in mean time, {fmt.hours(abs(total))}.{tail}"
    return f"{phrases} {explains} {fmt.percent(share)} of the {what} in mean time, {fmt.hours(abs(total))}.{tail}"


def _doubts(base: RunResults, others: Sequence[RunResults]) -> list[str]:
    said = []
    for label, run in [("the baseline", base), *zip(display_names(others), others, strict=True)]:
        said.append(text.backlog_text(run, label))
    return said


def stage_change_title(base: dict[str, float], others: Sequence[dict[str, float]], names: Sequence[str]) -> str:
    """'10 h less waiting for a technician, 11 h less waiting for parts' for one scenario; the shortest total for several."""
    total = sum(base.values())
    if len(others) > 1:
        sums = [sum(o.values()) for o in others]
        best = int(np.argmin(sums))
        if sums[best] >= total:
            return "No scenario shortens the mean turnaround"
        return f"{fmt.shorten(names[best], 40)} takes {fmt.hours(total - sums[best])} off the mean turnaround"
    changes = {g.name: others[0][g.name] - base[g.name] for g in STAGE_GROUPS}
    largest = sorted(STAGE_GROUPS, key=lambda g: -abs(changes[g.name]))[:2]
    scale = fmt.hours_scale(changes[largest[0].name])  # one unit in one title
    told = []
    for group in largest:
        change = changes[group.name]
        if abs(change) > 0.01 * max(total, 1e-12):
            phrase = f"{group.phrase[:1].lower()}{group.phrase[1:]}"
            told.append(f"{fmt.quantity(abs(change), scale)} {'less' if change < 0 else 'more'} {phrase}")
    if not told:
        return "No step of the repair takes noticeably longer or shorter"
    sentence = ", ".join(told)
    return sentence[:1].upper() + sentence[1:]


def curve_change_title(base: RunResults, others: Sequence[RunResults], names: Sequence[str]) -> str:
    """'84 % of orders keep the promise, up from 64 %'."""
    before = base.measure("tat.within_promise")
    after = [run.measure("tat.within_promise") for run in others]
    known = [(m.mean, n) for m, n in zip(after, names, strict=True) if m is not None]
    if before is None or not known:
        return titles.curve_title(others[0])
    value, name = max(known)
    shown, was = fmt.percent(value), fmt.percent(before.mean)
    move = f"unchanged from {was}" if shown == was else f"{'up' if value > before.mean else 'down'} from {was}"
    where = f" in {fmt.shorten(name, 36)}" if len(others) > 1 else ""
    return f"{shown} of orders keep their promise{where}, {move}"


def places_change_title(dots: Sequence[Dot], rule: Rule, what: str) -> str:
    """Who gains most, and how many places are shown to miss the limit (or all to keep it)."""
    names = [fmt.shorten(d.label, 24) for d in dots]
    verdicts = [rule.judge(d.value_h, d.half_width_h) for d in dots]
    if any(v != NOT_SHOWN for v in verdicts):
        return titles.judged_title(names, np.array([d.value_h for d in dots]), verdicts, rule.text, what)
    gains = [(d.other_h - d.value_h, d) for d in dots if np.isfinite(d.other_h)]
    if not gains:
        return f"{names[0]} waits longest, {fmt.hours(dots[0].value_h)}"
    gain, best = max(gains, key=lambda pair: pair[0])
    if gain <= 0:
        return f"No {what} shown gets faster"
    return f"{fmt.shorten(best.label, 24)} gains most, {fmt.hours(gain)}"
