"""Message titles: each says what its figure shows, computed from the data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.analysis.estimate import MET, MISSED
from sim.language import say, say_count, term
from sim.report import format as fmt
from sim.report.labels import STAGE_GROUPS, StageGroup
from sim.report.read import Columns, Floats, RunResults


def stage_sums(stages: Columns, group: str = "all") -> dict[str, float]:
    """Mean hours per order by stage group, in the order of STAGE_GROUPS, zeros included."""
    rows = stages.where(group=group)
    hours = dict(zip(rows.text("stage"), rows.numbers("mean_h").tolist(), strict=True))
    return {g.name: float(sum(hours.get(s, 0.0) for s in g.stages)) for g in STAGE_GROUPS}


def _largest(stages: Columns) -> tuple[StageGroup | None, float]:
    sums = stage_sums(stages)
    total = sum(sums.values())
    if not total > 0:
        return None, 0.0
    top = max(STAGE_GROUPS, key=lambda g: sums[g.name])
    return top, sums[top.name] / total


def time_title(stages: Columns) -> str:
    """'Waiting for parts is 42 % of the turnaround'."""
    top, share = _largest(stages)
    if top is None:
        return "No order was finished in the measured time"
    sums = stage_sums(stages)
    total = sum(sums.values())
    waits = sorted((g for g in STAGE_GROUPS if g.waiting and g is not top), key=lambda g: -sums[g.name])
    second = sums[waits[0].name] / total if waits else 0.0
    tail = f", {waits[0].phrase.lower()} {fmt.percent(second)}" if second >= 0.05 else ""
    return f"{top.phrase} is {fmt.percent(share)} of the turnaround{tail}"


def reasons(run: RunResults) -> str:
    """Where the time goes and which parts cause the wait, in one sentence; '' where nothing is known."""
    top, share = _largest(run.table("stages"))
    worst = worst_parts(run.table("parts"))
    if worst is not None and len(worst.order) == 1:
        worst = None  # the only part explains nothing
    if top is None:
        return f"{worst.sentence}." if worst is not None else ""
    text = f"{top.phrase} is {fmt.percent(share)} of the turnaround"
    if worst is not None and stage_sums(run.table("stages"))["part"] > 0:
        text += f"; {worst.sentence[:1].lower()}{worst.sentence[1:]}"
    return f"{text}."


@dataclass(frozen=True)
class WorstParts:
    """The few parts that cause most of the waiting."""

    order: list[int]  # row indices, worst first
    shares: Floats  # of the waiting, by row
    head: int  # how many of `order` are named as the cause
    sentence: str  # without full stop


def worst_parts(parts: Columns) -> WorstParts | None:
    """Parts by hours of waiting caused, None if nobody waits."""
    waits = np.nan_to_num(parts.numbers("wait_hours_per_year"))
    total = float(waits.sum())
    if not total > 0:
        return None
    shares = waits / total
    order = [int(i) for i in np.argsort(-shares, kind="stable")]
    head = few(shares[order])
    together = float(shares[order[:head]].sum())
    if len(order) == 1:
        sentence = f"{parts.text('part')[0]} is waited for {fmt.number(total, 0)} hours a year"
    elif head == 1:
        sentence = f"{parts.text('part')[order[0]]} alone causes {fmt.percent(together)} of the wait for parts"
    else:
        sentence = f"{fmt.small_count(head)} of {len(order)} parts cause {fmt.percent(together)} of the wait"
    return WorstParts(order, shares, head, sentence)


def few(descending: Floats) -> int:
    """How many stand out: the fewest that cause half, five at most."""
    enough = int(np.searchsorted(np.cumsum(descending), 0.5)) + 1
    return min(5, enough, len(descending))


def share_within(tat: Columns, hours: float, group: str = "all") -> float:
    """Share of finished orders within some hours, read off the curve; NaN if there is none."""
    rows = tat.where(group=group)
    if not rows:
        return float("nan")
    return float(np.interp(hours, rows.numbers("hours"), rows.numbers("share")))


def curve_title(run: RunResults) -> str:
    """'84 % of orders keep the 72 h promise'."""
    within = run.measure("tat.within_promise")
    promises = set(run.promises.values())
    if within is not None and promises:
        which = f"the {fmt.set_hours(promises.pop())} promise" if len(promises) == 1 else "their promise"
        text = f"{fmt.percent(within.mean)} of orders keep {which}"
        by_segment = run.grouped("tat.within_promise", "segment")
        if len(by_segment) > 1:
            worst = min(by_segment, key=lambda m: m.mean)
            if worst.mean < within.mean - 0.02:
                text += f"; {worst.keys['segment']} fares worst, {fmt.percent(worst.mean)}"
        return text
    rows = run.table("tat").where(group="all")
    shares, hours = rows.numbers("share"), rows.numbers("hours")
    if not len(rows) or not shares[-1] >= 0.5:
        return "Turnaround of finished orders"
    median = float(np.interp(0.5, shares, hours))
    if shares[-1] < 0.9:
        return f"Half of the orders are back within {fmt.hours(median)}"
    ninety = float(np.interp(0.9, shares, hours))
    return f"Half of the orders are back within {fmt.hours(median)}, nine of ten within {fmt.hours(ninety)}"


def points_title(names: list[str], extra: Floats, shown: int, total: int, first_over_h: float = float("nan")) -> str:
    """'12 of 2,200 service points cause 18 % of the order-days over the mean, Lhasa first'.

    `extra` is order-hours over the mean, by point; `first_over_h` the hours per order that the first has over the mean. Where few
    points lie above the mean at all they are counted: that these cause all of it says nothing.
    """
    worse = np.clip(np.nan_to_num(extra), 0.0, None)
    whole = float(worse.sum())
    if not names or not whole > 0:
        return say("Service points differ little")
    top = float(np.sort(worse)[::-1][:shown].sum()) / whole
    if shown >= total:
        if not first_over_h > 0:
            return say("{first} costs its customers the most time", first=names[0])
        over = fmt.hours(first_over_h)
        return say(
            "{first} costs its customers the most time: {over} an order more than the mean of all", first=names[0], over=over
        )
    values = {"total": fmt.number(total), "first": names[0]}
    if top > 0.95:
        return say_count(
            "{first} alone of {total} service points takes longer than the mean of the network",
            "{n} of {total} service points take longer than the mean of the network, {first} costs most time",
            int((worse > 0).sum()),
            **values,
        )
    return say(
        "{shown} of {total} service points cause {share} of the order-days over the mean, {first} first",
        shown=fmt.number(shown),
        share=fmt.percent(top),
        **values,
    )


def judged_title(names: list[str], p90: Floats, verdicts: list[str], limit: str, what: str = "region") -> str:
    """How many places keep the limit, miss it, or are not shown to do either; where none is shown, who is slowest.

    Parameters
    ----------
    names, p90, verdicts
        By place: name, hours, verdict of `sim.analysis.estimate.verdict`.
    limit
        The limit in words, 'the limit of 144 h'; '' if there is none.
    what
        'region' or 'service point'.
    """
    order = np.argsort(-p90, kind="stable")
    worst, best = int(order[0]), int(order[-1])
    missed = [names[i] for i in order if verdicts[i] == MISSED]
    met = verdicts.count(MET)
    open_ = len(names) - met - len(missed)
    if not limit or open_ == len(names):
        values = {"first": names[worst], "slow": fmt.hours(float(p90[worst]))}
        if len(names) == 1:
            return say("{first} is slowest, {slow}", **values)
        return say(
            "{first} is slowest, {slow}, against {quick} in {last}", quick=fmt.hours(float(p90[best])), last=names[best], **values
        )
    if met == len(names):
        return say(_ALL_MEET[min(met, 3), what], n=fmt.number(met), limit=limit)
    if len(missed) == len(names):
        return say(_ALL_MISS[min(len(missed), 3), what], n=fmt.number(len(missed)), limit=limit, first=names[worst])
    told = []
    if missed:
        places = fmt.in_words(missed) if len(missed) <= 3 else _counted(len(missed), what)
        told.append(say_count("{places} misses {limit}", "{places} miss {limit}", len(missed), places=places, limit=limit))
    if met and missed:
        told.append(say_count("{n} keeps it", "{n} keep it", met))
    elif met:
        told.append(say_count("{places} keeps {limit}", "{places} keep {limit}", met, places=_counted(met, what), limit=limit))
    if open_:
        told.append(say_count("{n} is not shown", "{n} are not shown", open_))
    if len(told) == 3:
        return say("{first}, {second}, {third}", first=told[0], second=told[1], third=told[2])
    return say("{first}, {second}", first=told[0], second=told[1])


_ALL_MEET = {
    (1, "region"): term("The only region keeps {limit}"),
    (2, "region"): term("Both regions keep {limit}"),
    (3, "region"): term("All {n} regions keep {limit}"),
    (1, "service point"): term("The only service point keeps {limit}"),
    (2, "service point"): term("Both service points keep {limit}"),
    (3, "service point"): term("All {n} service points keep {limit}"),
}
_ALL_MISS = {
    (1, "region"): term("The only region misses {limit}"),
    (2, "region"): term("Both regions miss {limit}, {first} most"),
    (3, "region"): term("All {n} regions miss {limit}, {first} most"),
    (1, "service point"): term("The only service point misses {limit}"),
    (2, "service point"): term("Both service points miss {limit}, {first} most"),
    (3, "service point"): term("All {n} service points miss {limit}, {first} most"),
}


def _counted(count: int, what: str) -> str:
    if what == "region":
        return say_count("{n} region", "{n} regions", count)
    return say_count("{n} service point", "{n} service points", count)


def clock_text(slot: int, slots: int = 48) -> str:
    """'10:30' of half-hour 21."""
    minutes = slot * 24 * 60 // slots
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def halfhour_title(place: str, offered: Floats, within: Floats) -> str:
    """Where the day is worst at one site and channel; `within` are shares of contacts answered in time."""
    busiest = int(np.argmax(np.nan_to_num(offered)))
    heavy = np.nan_to_num(offered) >= 0.2 * float(np.nan_to_num(offered).max())
    rated = np.where(heavy & np.isfinite(within), within, np.inf)
    worst = int(np.argmin(rated))
    text = f"{place}: busiest at {clock_text(busiest)} with {fmt.count(float(offered[busiest]))} contacts"
    if np.isfinite(rated[worst]) and rated[worst] < 0.995:
        share = fmt.percent(float(within[worst]))
        text += f", {share} in time" if worst == busiest else f"; fewest in time at {clock_text(worst)}, {share}"
    return text


_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def weekhour_title(owner: str, busy: Floats) -> str:
    """When in the week the people of one owner are busiest; `busy` 168 utilisations from Monday 0:00."""
    if not np.isfinite(busy).any():
        return f"{owner} by hour of the week"
    worst = int(np.nanargmax(busy))
    at_work = busy[np.isfinite(busy)]
    high = int((at_work >= 0.9).sum())
    tail = f"; {high} hours a week above {fmt.percent(0.9)}" if high else ""
    place = f"{_WEEKDAYS[worst // 24]} {worst % 24}:00"
    return f"{owner}: fullest on {place}, {fmt.percent(float(busy[worst]))} busy{tail}"


def money_title(kinds: list[str], amounts: Floats, currency: str) -> str:
    """Kinds are given dearest first."""
    total = float(amounts[amounts > 0].sum())
    if not total > 0:
        return "No cost was recorded"
    share = fmt.percent(float(amounts[0]) / total)
    return f"{share} of {fmt.money(float(amounts.sum()), currency)} a year goes to {kinds[0]}"
