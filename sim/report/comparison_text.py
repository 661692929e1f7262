"""Headline, certainty and titles of a comparison in sentences, computed from paired differences and verdicts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.analysis.estimate import NOT_SHOWN
from sim.language import language, say, say_count
from sim.report import format as fmt
from sim.report import text, titles
from sim.report.contrast import Contrast, Difference
from sim.report.decomposition import decompose, decomposition_sentence
from sim.report.labels import LEADS, STAGE_GROUPS, better, full_label, main_rank, unit_of
from sim.report.losses import given_up_text, loss_text
from sim.report.read import Measure, RunResults
from sim.report.together import Together, best_sentence, gain_sentence, holm_sentence, points_unit

if TYPE_CHECKING:
    from sim.report.figures_places import Dot
    from sim.report.judged import Rule

VISIBLE_VOLUME = 0.02  # change of the number of orders that is told


def display_names(others: Sequence[RunResults]) -> tuple[str, ...]:
    """A title for each scenario, the name where titles repeat."""
    all_titles = [run.title for run in others]
    return tuple(run.title if all_titles.count(run.title) == 1 else run.name for run in others)


def short_names(base: RunResults, names: Sequence[str]) -> tuple[str, ...]:
    """The names without the words that all of them and the baseline begin with, where something is left of each."""
    if len(names) < 2 or language() == "zh":  # whose titles are not cut at spaces
        return tuple(names)
    split = [name.split() for name in (base.title, *names)]
    same = 0
    while all(len(words) > same for words in split) and len({words[same].rstrip(",.;:") for words in split}) == 1:
        same += 1
    rest = [" ".join(words[same:]) for words in split[1:]]
    rest = [name[:1].upper() + name[1:] for name in rest] if same else rest  # it may begin a title
    return tuple(rest) if all(rest) and len(set(rest)) == len(rest) else tuple(names)


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


@dataclass(frozen=True, slots=True)
class Told:
    """What a comparison says of itself; '' where there is nothing to say."""

    headline: str
    certainty: str = ""
    holm: str = ""
    pairing: str = ""
    best: str = ""
    verdicts: str = ""
    losses: str = ""
    reason: str = ""
    doubts: tuple[str, ...] = ()

    @property
    def lede(self) -> tuple[str, ...]:
        """The sentences below the headline of a page: what is still missed, how sure, why; methods are told at its end."""
        said = (self.verdicts, self.certainty, self.best, self.reason, self.losses, *self.doubts)
        return tuple(s for s in said if s)

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of them for a terminal, the headline first."""
        said = (self.headline, self.certainty, self.holm, self.pairing, self.best, self.verdicts, self.losses, self.reason)
        return tuple(s for s in (*said, *self.doubts) if s)


def sentences(
    base: RunResults, others: Sequence[RunResults], contrasts: Sequence[Contrast], together: Together | None = None
) -> list[str]:
    """Headline first, then certainty, who is best of several, doubt and reason."""
    return list(tell(base, others, contrasts, together).sentences)


def tell(base: RunResults, others: Sequence[RunResults], contrasts: Sequence[Contrast], together: Together | None = None) -> Told:
    """All that the comparison says of itself, about the scenario that does best."""
    kpi = lead_kpi(base, contrasts)
    if kpi is None:
        return Told(say("Nothing could be compared: the runs share no measure."))
    chief = chief_scenario(base, others, contrasts)
    run, contrast, names = others[chief], contrasts[chief], display_names(others)
    name, short = names[chief], short_names(base, names)
    found = contrast.of(kpi)
    assert found is not None
    return Told(
        headline=_headline(base, run, name, found, contrast, len(others)),
        certainty=_certainty(base, run, found),
        holm=holm_sentence(found, len(contrasts)),
        pairing=gain_sentence(found),
        best=_best(base, short, kpi, together),
        verdicts=_verdicts(run),
        losses=_joined(_losses(base, run, short[chief] if len(others) > 1 else ""), _volume(contrast)),
        reason=_reason(base, run, contrast),
        doubts=tuple(_doubts(base, others)),
    )


def _best(base: RunResults, names: Sequence[str], lead: str, together: Together | None) -> str:
    """Who is best, unless one scenario's difference has said so already."""
    standing = together.standing if together is not None else None
    if standing is None or (len(names) < 2 and (standing.kpi, standing.group) == (lead, "all")):
        return ""
    return best_sentence(standing, base.currency, (say("the baseline"), *names))


def _as_measure(found: Difference, value: float) -> Measure:
    return Measure(found.kpi, found.group, found.unit, 0, value, None)


def _scale(run: RunResults, found: Difference) -> fmt.Scale:
    """The scale that the measure table uses too."""
    measure = run.measure(found.kpi, found.group)
    size = text.typical(measure, run) if measure is not None else max(abs(found.base), abs(found.other))
    return fmt.scale_for(unit_of(_as_measure(found, found.other)), size, run.currency)


def _headline(base: RunResults, run: RunResults, name: str, found: Difference, contrast: Contrast, count: int) -> str:
    said = _with_missed(_with_cost(_change(base, run, name, found), base, contrast), base, run, found)
    return say("Best of {n}: {said}.", n=fmt.number(count), said=said) if count > 1 else say("{said}.", said=said)


def _change(base: RunResults, run: RunResults, name: str, found: Difference) -> str:
    """What the scenario does to the lead measure, without full stop."""
    measure = _as_measure(found, found.other)
    scale = _scale(run, found)
    known = [m for m in (base.measure(found.kpi, found.group), run.measure(found.kpi, found.group)) if m is not None]
    widths = [scale.value(m.half_width) for m in known if m.half_width is not None]
    decimals = min(1, fmt.decimals_for(scale.value(found.other), max(widths, default=None)))
    before, after = (fmt.with_unit(fmt.number(scale.value(v), decimals), scale.unit) for v in (found.base, found.other))
    values = {"name": name, "measure": text.lower_first(full_label(measure)), "before": before, "after": after}
    if found.half_width is not None and not found.is_shown:
        return say("{name} does not move {measure} by more than chance: {before} and {after}", **values)
    if found.difference == 0:
        return say("{name} leaves {measure} at {before}", name=name, measure=values["measure"], before=before)
    if found.difference < 0:
        return say("{name} cuts {measure} from {before} to {after}", **values)
    return say("{name} raises {measure} from {before} to {after}", **values)


def _with_cost(said: str, base: RunResults, contrast: Contrast) -> str:
    cost = contrast.of("cost.total.per_year")
    if cost is None or cost.difference == 0 or not (cost.is_shown or cost.half_width is None):
        return said
    amount = fmt.money(abs(cost.difference), base.currency)
    if cost.difference > 0:
        return say("{said} for {amount} more a year", said=said, amount=amount)
    return say("{said} and saves {amount} a year", said=said, amount=amount)


def _with_missed(said: str, base: RunResults, run: RunResults, found: Difference) -> str:
    """The headline with the first target that is missed, if any: one that the baseline does not miss before all others."""
    missed = sorted((m for m in run.measures if m.verdict == "missed"), key=main_rank)
    if not missed:
        return said
    before = {(m.kpi, m.group) for m in base.measures if m.verdict == "missed"}
    first = next((m for m in missed if (m.kpi, m.group) not in before), missed[0])
    is_new, limit = (first.kpi, first.group) not in before, text.limit_text(first, run)
    if (first.kpi, first.group) == (found.kpi, found.group):
        if is_new:
            return say("{said}, but it misses {limit}", said=said, limit=limit)
        return say("{said}, but it still misses {limit}", said=said, limit=limit)
    subject = text.lower_first(text.subject_of(first))
    if is_new:
        values = {"said": said, "subject": subject, "limit": limit, "value": text.shown(first, run)}
        more = sum((m.kpi, m.group) not in before for m in missed) - 1
        if more:
            return say_count(
                "{said}, but {subject} now misses {limit} ({value}) and {n} more target is newly missed",
                "{said}, but {subject} now misses {limit} ({value}) and {n} more targets are newly missed",
                more,
                **values,
            )
        return say("{said}, but {subject} now misses {limit} ({value})", **values)
    return say("{said}, but {subject} still misses {limit}", said=said, subject=subject, limit=limit)


def _certainty(base: RunResults, run: RunResults, found: Difference) -> str:
    if found.half_width is None:
        return say("One replication of each gives no interval: whether the difference is real is not shown.")
    scale = _scale(run, found)
    span = fmt.with_unit(fmt.interval(found.difference, found.half_width, scale, signed=True), points_unit(scale))
    return say(
        "The difference is {span} ({confidence} CI) over {n} paired replications.",
        span=span,
        confidence=text.confidence_text(base),
        n=fmt.number(run.replications),
    )


def _verdicts(run: RunResults) -> str:
    """How far the first target that is not met is away, and how the others fare."""
    judged = sorted((m for m in run.measures if m.has_target), key=main_rank)
    left = [m for m in judged if m.verdict == "missed"] or [m for m in judged if m.verdict == "not shown"]
    if not judged:
        return ""
    if not left:
        return say("All {n} targets are met.", n=len(judged)) if len(judged) > 1 else ""
    said = _distance(left[0], run)
    if len(judged) == 1:
        return said
    met, missed = (sum(m.verdict == v for m in judged) for v in ("met", "missed"))
    counts = {"met": met, "n": len(judged), "missed": missed, "open": len(judged) - met - missed}
    if not counts["open"]:
        tally = say("Targets met: {met} of {n}; missed: {missed}.", met=met, n=len(judged), missed=missed)
    elif not missed:
        tally = say("Targets met: {met} of {n}; not shown: {open}.", met=met, n=len(judged), open=counts["open"])
    else:
        tally = say("Targets met: {met} of {n}; missed: {missed}; not shown: {open}.", **counts)
    return say("{text} {sentence}", text=said, sentence=tally).strip()


def _distance(measure: Measure, run: RunResults) -> str:
    """'P90 turnaround is 1 h above the limit of 96 h (95 % CI 94-100 h), so it is not yet shown to be met.'"""
    ci, limit, subject = text.interval_text(measure, run), text.limit_text(measure, run), text.subject_of(measure)
    value = text.shown(measure, run)
    shown = say("{value} ({interval})", value=value, interval=ci) if ci else value
    if measure.verdict != "missed":
        return say("{subject} is {value}, so {limit} is not yet shown to be met.", subject=subject, value=shown, limit=limit)
    over = measure.maximum is not None and measure.mean > measure.maximum
    bound = measure.maximum if over else measure.minimum
    scale = fmt.scale_for(unit_of(measure), text.typical(measure, run), run.currency)
    gap = fmt.quantity(abs(measure.mean - (bound or 0.0)), fmt.Scale(scale.factor, points_unit(scale)), measure.half_width)
    if over:
        return say("{subject} is {value}, {gap} above {limit}.", subject=subject, value=shown, gap=gap, limit=limit)
    return say("{subject} is {value}, {gap} below {limit}.", subject=subject, value=shown, gap=gap, limit=limit)


def _losses(base: RunResults, run: RunResults, name: str) -> str:
    """Customers lost in the scenario, in the baseline, or in both alike; `name` of the scenario where there are several."""
    before, after = (fmt.in_words([t for t in (re.split("[:：]", given_up_text(r))[0], loss_text(r)) if t]) for r in (base, run))
    if before == after:
        return say("In both {lost}.", lost=after) if after else ""
    if not after:
        return say("In the baseline {lost}, in the scenario hardly any.", lost=before)
    if name:
        return say("{name}: {lost}.", name=name, lost=after)
    return say("In the scenario {lost}.", lost=after)


def _volume(contrast: Contrast) -> str:
    """That fewer or more repair orders arise, where it is shown and large: a gain may be work that no longer comes."""
    found = contrast.of("orders.opened")
    if found is None or not found.is_shown or not found.base > 0 or abs(found.difference) < VISIBLE_VOLUME * found.base:
        return ""
    share = fmt.percent(abs(found.difference) / found.base)
    if found.difference < 0:
        return say("{share} fewer repair orders arise: part of the change is work that no longer comes.", share=share)
    return say("{share} more repair orders arise.", share=share)


def _joined(*said: str) -> str:
    return fmt.paragraph([sentence for sentence in said if sentence])


def _reason(base: RunResults, run: RunResults, contrast: Contrast) -> str:
    """What the change of the mean turnaround is made of, and which parts cause what is left of the waiting."""
    split = decomposition_sentence(decompose(base, run, contrast))
    worst = titles.worst_parts(run.table("parts"))
    if worst is None or len(worst.order) < 2 or not sum(titles.stage_sums(run.table("stages")).values()) > 0:
        return split
    tail = say("{said}.", said=worst.sentence)
    return say("{text} {sentence}", text=split, sentence=tail).strip() if split else tail


def _doubts(base: RunResults, others: Sequence[RunResults]) -> list[str]:
    said = []
    for label, run in [(say("the baseline"), base), *zip(display_names(others), others, strict=True)]:
        said.append(text.backlog_text(run, label))
    return said


def stage_change_title(
    base: dict[str, float], others: Sequence[dict[str, float]], names: Sequence[str], shown: Sequence[bool] = ()
) -> str:
    """'Both waits shrink: 10 h less for a technician, 11 h less for a part' for one scenario; the shortest total for several."""
    total = sum(base.values())
    if len(others) > 1:
        sums = [sum(o.values()) for o in others]
        best = int(np.argmin(sums))
        if sums[best] >= total:
            return say("No scenario shortens the mean turnaround")
        if shown and not shown[best]:
            return say("No scenario is shown to shorten the mean turnaround")
        amount = fmt.hours(total - sums[best])
        return say("{name} takes {amount} off the mean turnaround", name=fmt.shorten(names[best], 40), amount=amount)
    changes = {g.name: others[0][g.name] - base[g.name] for g in STAGE_GROUPS}
    largest = sorted(STAGE_GROUPS, key=lambda g: -abs(changes[g.name]))[:2]
    scale = fmt.hours_scale(changes[largest[0].name])  # one unit in one title
    big = [g for g in largest if abs(changes[g.name]) > 0.01 * max(total, 1e-12)]
    if {g.name for g in big} == {"technician", "part"} and all(changes[g.name] < 0 for g in big):
        technician, part = (fmt.quantity(-changes[name], scale) for name in ("technician", "part"))
        return say(
            "Both waits shrink: {technician} less for a technician, {part} less for a part", technician=technician, part=part
        )
    told = []
    for group in big:
        change, phrase = changes[group.name], text.lower_first(say(group.phrase))
        amount = fmt.quantity(abs(change), scale)
        if change < 0:
            told.append(say("{amount} less {phrase}", amount=amount, phrase=phrase))
        else:
            told.append(say("{amount} more {phrase}", amount=amount, phrase=phrase))
    if not told:
        return say("No step of the repair takes noticeably longer or shorter")
    return say("{first}, {second}", first=told[0], second=told[1]) if len(told) > 1 else told[0]


def curve_change_title(base: RunResults, others: Sequence[RunResults], names: Sequence[str]) -> str:
    """'84 % of orders keep the 72 h promise, up from 64 %'."""
    before = base.measure("tat.within_promise")
    after = [run.measure("tat.within_promise") for run in others]
    known = [(m.mean, n) for m, n in zip(after, names, strict=True) if m is not None]
    if before is None or not known:
        return titles.curve_title(others[0])
    value, name = max(known)
    shown, was = fmt.percent(value), fmt.percent(before.mean)
    shared = set(base.promises.values())
    if len(shared) == 1:
        said = say("{share} of orders keep the {promise} promise", share=shown, promise=fmt.set_hours(shared.pop()))
    else:
        said = say("{share} of orders keep their promise", share=shown)
    if len(others) > 1:
        said = say("{name}: {said}", said=said, name=fmt.shorten(name, 36))
    if shown == was:
        return say("{said}, unchanged from {was}", said=said, was=was)
    if value > before.mean:
        return say("{said}, up from {was}", said=said, was=was)
    return say("{said}, down from {was}", said=said, was=was)


def places_change_title(dots: Sequence[Dot], rule: Rule, what: str) -> str:
    """Who gains most, and how many places are shown to miss the limit (or all to keep it); `what` as for `judged_title`."""
    names = [fmt.shorten(d.label, 24) for d in dots]
    verdicts = [rule.judge(d.value_h, d.half_width_h) for d in dots]
    if any(v != NOT_SHOWN for v in verdicts):
        said = titles.judged_title(names, np.array([d.value_h for d in dots]), verdicts, rule.text, what)
        return said if what == "region" else say("Of the slowest by hours lost: {said}", said=text.lower_first(said))
    gains = [(d.other_h - d.value_h, d) for d in dots if np.isfinite(d.other_h)]
    if not gains:
        return say("{name} waits longest, {hours}", name=names[0], hours=fmt.hours(dots[0].value_h))
    gain, best = max(gains, key=lambda pair: pair[0])
    if gain <= 0:
        return say("No region shown gets faster") if what == "region" else say("No service point shown gets faster")
    return say("{name} gains most, {hours}", name=fmt.shorten(best.label, 24), hours=fmt.hours(gain))
