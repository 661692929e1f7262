"""Message titles: each says what its figure shows, computed from the data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.analysis.estimate import MET, MISSED
from sim.language import say, say_count, term
from sim.report import format as fmt
from sim.report.labels import STAGE_GROUPS, StageGroup, cost_kind_label, group_label
from sim.report.read import Columns, Floats, RunResults


def stage_sums(stages: Columns, group: str = "all") -> dict[str, float]:
    """Mean hours per order by stage group, in the order of STAGE_GROUPS, zeros included."""
    rows = stages.where(group=group)
    hours = dict(zip(rows.text("stage"), rows.numbers("mean_h").tolist(), strict=True))
    return {g.name: float(sum(hours.get(s, 0.0) for s in g.stages)) for g in STAGE_GROUPS}


def largest_stage(stages: Columns, group: str = "all") -> tuple[StageGroup | None, float]:
    """The stage group with the largest share of the turnaround, and that share; None where no order was finished."""
    sums = stage_sums(stages, group)
    total = sum(sums.values())
    if not total > 0:
        return None, 0.0
    top = max(STAGE_GROUPS, key=lambda g: sums[g.name])
    return top, sums[top.name] / total


def largest_wait(stages: Columns, group: str = "all", besides: StageGroup | None = None) -> tuple[StageGroup | None, float]:
    """The wait with the largest share of the turnaround, one of them left out, and its share."""
    sums = stage_sums(stages, group)
    total = sum(sums.values())
    waits = sorted((g for g in STAGE_GROUPS if g.waiting and g is not besides), key=lambda g: -sums[g.name])
    return (waits[0], sums[waits[0].name] / total) if waits and total > 0 else (None, 0.0)


def time_title(stages: Columns) -> str:
    """'Waiting for parts is 42 % of the turnaround'."""
    return time_text(stages) or say("No order was finished in the measured time")


def time_text(stages: Columns, group: str = "all") -> str:
    """The largest stage and the largest wait besides; '' where no order was finished."""
    top, share = largest_stage(stages, group)
    if top is None:
        return ""
    wait, second = largest_wait(stages, group, top)
    values = {"stage": top.phrase, "share": fmt.percent(share)}
    if wait is None or second < 0.05:
        if group == "all":
            return say("{stage} is {share} of the turnaround", **values)
        return say("{stage} is {share} of the turnaround of {group}", **values, group=group_label(group))
    values |= {"wait": wait.phrase.lower(), "second": fmt.percent(second)}
    if group == "all":
        return say("{stage} is {share} of the turnaround, {wait} {second}", **values)
    return say("{stage} is {share} of the turnaround of {group}, {wait} {second}", **values, group=group_label(group))


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
        sentence = say("{part} is waited for {n} hours a year", part=parts.text("part")[0], n=fmt.number(total, 0))
    elif head == 1:
        part = parts.text("part")[order[0]]
        sentence = say("{part} alone causes {share} of the wait for parts", part=part, share=fmt.percent(together))
    else:
        sentence = say(
            "{n} of {total} parts cause {share} of the wait",
            n=fmt.small_count(head),
            total=len(order),
            share=fmt.percent(together),
        )
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
        kept = fmt.percent(within.mean)
        if len(promises) == 1:
            text = say("{share} of orders keep the {promise} promise", share=kept, promise=fmt.set_hours(promises.pop()))
        else:
            text = say("{share} of orders keep their promise", share=kept)
        by_segment = run.grouped("tat.within_promise", "segment")
        worst = min(by_segment, key=lambda m: m.mean, default=within)
        if len(by_segment) > 1 and worst.mean < within.mean - 0.02:
            segment, share = worst.keys["segment"], fmt.percent(worst.mean)
            text = say("{said}; {segment} fares worst, {share}", said=text, segment=segment, share=share)
        return text
    rows = run.table("tat").where(group="all")
    shares, hours = rows.numbers("share"), rows.numbers("hours")
    if not len(rows) or not shares[-1] >= 0.5:
        return say("Turnaround of finished orders")
    median = fmt.hours(float(np.interp(0.5, shares, hours)))
    if shares[-1] < 0.9:
        return say("Half of the orders are back within {median}", median=median)
    ninety = fmt.hours(float(np.interp(0.9, shares, hours)))
    return say("Half of the orders are back within {median}, nine of ten within {ninety}", median=median, ninety=ninety)


def points_title(names: list[str], extra: Floats, shown: int, total: int, first_over_h: float = float("nan")) -> str:
    """'12 of 2,200 sites, depots included, cause 18 % of the order-days over the mean, Lhasa first'.

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
            "{first} alone of {total} sites takes longer than the mean of the network",
            "{n} of {total} sites take longer than the mean of the network, {first} costs most time",
            int((worse > 0).sum()),
            **values,
        )
    return say(
        "{shown} of {total} sites, depots included, cause {share} of the order-days over the mean, {first} first",
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
        told.append(say_count("title||{n} undecided", "title||{n} undecided", open_))
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


clock_text = fmt.clock_text


def halfhour_title(place: str, offered: Floats, within: Floats) -> str:
    """Where the day is worst at one site and channel; `within` are shares of contacts answered in time."""
    busiest = int(np.argmax(np.nan_to_num(offered)))
    heavy = np.nan_to_num(offered) >= 0.2 * float(np.nan_to_num(offered).max())
    rated = np.where(heavy & np.isfinite(within), within, np.inf)
    worst = int(np.argmin(rated))
    busy = {"place": place, "time": clock_text(busiest), "contacts": fmt.count(float(offered[busiest]))}
    if not (np.isfinite(rated[worst]) and rated[worst] < 0.995):
        return say("{place}: busiest at {time} with {contacts} contacts", **busy)
    share = fmt.percent(float(within[worst]))
    if worst == busiest:
        return say("{place}: busiest at {time} with {contacts} contacts, {share} in time", **busy, share=share)
    return say(
        "{place}: busiest at {time} with {contacts} contacts; fewest in time at {worst}, {share}",
        **busy,
        worst=clock_text(worst),
        share=share,
    )


def week_clock(hour: int) -> str:
    """'Monday 10:00' of an hour of the week, from 0."""
    return say("{weekday} {hour}:00", weekday=fmt.weekday(hour // 24), hour=hour % 24)


def weekhour_title(owner: str, busy: Floats) -> str:
    """When in the week the people of one owner are busiest; `busy` 168 utilisations from Monday 0:00."""
    if not np.isfinite(busy).any():
        return say("{owner} by hour of the week", owner=owner)
    worst = int(np.nanargmax(busy))
    at_work = busy[np.isfinite(busy)]
    high = int((at_work >= 0.9).sum())
    values = {"owner": owner, "hour": week_clock(worst), "share": fmt.percent(float(busy[worst]))}
    if not high:
        return say("{owner}: fullest on {hour}, {share} busy", **values)
    return say_count(
        "{owner}: fullest on {hour}, {share} busy; {n} hour a week above {high}",
        "{owner}: fullest on {hour}, {share} busy; {n} hours a week above {high}",
        high,
        **values,
        high=fmt.percent(0.9),
    )


def money_title(kinds: list[str], amounts: Floats, currency: str) -> str:
    """Kinds are given dearest first."""
    total = float(amounts[amounts > 0].sum())
    if not total > 0:
        return say("No cost was recorded")
    return say(
        "{share} of {amount} a year goes to {kind}",
        share=fmt.percent(float(amounts[0]) / total),
        amount=fmt.money(float(amounts.sum()), currency),
        kind=cost_kind_label(kinds[0]),
    )
