"""Why a run is as it is and where to act: stages, parts, places and hours behind the targets that are not met.

Only what the stored tables say: shares, names and hours. What to do about it is left to the reader.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.analysis.estimate import MET, MISSED
from sim.language import say, say_count
from sim.report import format as fmt
from sim.report import titles
from sim.report.judged import Rule
from sim.report.labels import cost_kind_label, full_label, main_rank
from sim.report.read import Columns, Floats, Measure, RunResults

MOST_ASPECTS = 2  # so many kinds of measures are explained
LEAST_WAIT = 0.1  # share of the turnaround from which a wait is located
LEAST_TOGETHER = 0.25  # share of the wait that the worst parts must cause to be named
_FEW_PLACES = 0.25  # half of a wait is concentrated if no larger share of the places causes it
_WINDOW = 12  # half-hours; half of the late contacts are concentrated if they come within fewer
_FULL = 0.9  # utilisation from which an hour is named
_BUSY = 0.75  # utilisation in all from which full hours speak for most technicians, not for a few that work at odd hours
_DAYS = {"working": 5, "other": 2}  # about so many a week, to choose the kind of day


def reason_sentences(run: RunResults, lead: Measure | None) -> list[str]:
    """The reason of the headline, and of the worst target of another kind; where the time goes if all is met."""
    if lead is None or lead.verdict == MET:
        return _told([titles.time_text(run.table("stages")), *_part_clauses(run)]) if _has_orders(run) else _parts_alone(run)
    found, aspects = _told(_clauses(run, lead)), {_aspect(lead)}
    others = [m for m in run.measures if m.has_target and m.verdict != MET]
    for other in sorted(others, key=lambda m: (m.verdict != MISSED, main_rank(m)[0], -_gap(m))):
        clauses = [] if _aspect(other) in aspects or len(found) >= MOST_ASPECTS else _clauses(run, other)
        if clauses:
            aspects.add(_aspect(other))
            if not _names_its_group(other):
                clauses[0] = say("{measure}: {reason}", measure=full_label(other), reason=_lower_first(clauses[0]))
            found += _told(clauses)
    return found or ([] if _has_orders(run) else _parts_alone(run))


def _names_its_group(measure: Measure) -> bool:
    """True if the clauses say by themselves what they speak of: the turnaround, a line."""
    return _aspect(measure) == "orders" or (_aspect(measure) == "contact" and measure.group != "all")


def _gap(measure: Measure) -> float:
    """How far a missed target is away, relative to it."""
    limit = measure.maximum if measure.maximum is not None and measure.mean > measure.maximum else measure.minimum
    return abs(measure.mean - limit) / abs(limit) if limit else 0.0


def _told(clauses: list[str]) -> list[str]:
    """Each clause as a sentence, in one text. They begin with words of ours, never with a name: a capital does no harm."""
    sentences = [say("{clause}.", clause=clause[:1].upper() + clause[1:]) for clause in clauses if clause]
    return [fmt.paragraph(sentences)] if sentences else []


def _has_orders(run: RunResults) -> bool:
    return titles.largest_stage(run.table("stages"))[0] is not None


def _aspect(measure: Measure) -> str:
    head = measure.kpi.split(".")[0]
    return "orders" if head in ("tat", "orders", "stage") else head


def _clauses(run: RunResults, lead: Measure) -> list[str]:
    aspect = _aspect(lead)
    if aspect == "contact":
        return _contact_clauses(run, lead)
    if aspect == "parts":
        return [*_part_clauses(run), _location_clause(run)]
    if aspect == "work":
        return [_hours_clause(run)]
    if aspect == "cost":
        return [_cost_clause(run)]
    return _order_clauses(run, lead)


def _order_clauses(run: RunResults, lead: Measure) -> list[str]:
    """Where the time goes, for the group of the target if it has its own stages; then where the largest wait arises."""
    stages = run.table("stages")
    group = lead.group if stages.where(group=lead.group) else "all"
    where_time_goes = titles.time_text(stages, group)
    if not where_time_goes:
        return []
    wait, share = titles.largest_wait(stages, group)
    clauses = [where_time_goes]
    if wait is not None and share >= LEAST_WAIT:
        is_parts = wait.name == "part"
        clauses += _part_clauses(run) if is_parts else []
        clauses.append(
            _point_clause(run, "part_wait_h", say("the wait for parts"))
            if is_parts
            else _point_clause(run, "bench_wait_h", say("the wait for technicians"))
        )
        clauses.append("" if is_parts else _hours_clause(run))
    clauses.append(_region_clause(run, lead))
    return [clause for clause in clauses if clause][:3]


def _part_clauses(run: RunResults) -> list[str]:
    """The few parts that cause most of the wait, by name."""
    parts = run.table("parts")
    worst = titles.worst_parts(parts)
    if worst is None or len(worst.order) == 1:  # the only part explains nothing
        return []
    if _has_orders(run) and not titles.stage_sums(run.table("stages"))["part"] > 0:
        return []
    head, names = worst.order[: worst.head], parts.text("part")
    together = float(worst.shares[head].sum())
    if together < LEAST_TOGETHER:
        return []
    return [
        say_count(
            "{n} of {total} parts causes {share} of the wait for parts: {names}",
            "{n} of {total} parts cause {share} of the wait for parts: {names}",
            worst.head,
            n=fmt.small_count(worst.head).lower(),
            total=len(worst.order),
            share=fmt.percent(together),
            names=fmt.in_words([names[i] for i in head]),
        )
    ]


def _parts_alone(run: RunResults) -> list[str]:
    return _told([*_part_clauses(run), _location_clause(run)])


def _location_clause(run: RunResults) -> str:
    """The location that owes most, if it stands out."""
    owed = [m for m in run.grouped("parts.ebo", "location") if m.mean > 0]
    total = sum(m.mean for m in owed)
    if len(owed) < 3:
        return ""
    worst = max(owed, key=lambda m: m.mean)
    if worst.mean / total < 2 / len(owed):
        return ""
    return say(
        "of the units that are owed {share} are at {place}", place=worst.keys["location"], share=fmt.percent(worst.mean / total)
    )


def _point_clause(run: RunResults, column: str, wait: str) -> str:
    """The few places at which half of a wait arises; '' if it is spread."""
    points = run.table("points")
    hours = np.nan_to_num(points.numbers(column) * points.numbers("orders"))
    total = float(hours.sum())
    if hours.size < 4 or not total > 0:
        return ""
    order = np.argsort(-hours, kind="stable")
    head = int(np.searchsorted(np.cumsum(hours[order]), total / 2)) + 1
    first = points.text("site")[int(order[0])]
    if head > max(1, _FEW_PLACES * hours.size):
        return ""
    if head == 1:
        share = fmt.percent(float(hours[order[0]]) / total)
        return say("{share} of {wait} arises at {place} alone", share=share, wait=wait, place=first)
    return say(
        "half of {wait} arises at {n} of {total} sites, {place} first",
        wait=wait,
        n=fmt.number(head),
        total=fmt.number(hours.size),
        place=first,
    )


def _region_clause(run: RunResults, lead: Measure) -> str:
    """The regions that miss the limit where not all do; else the worst."""
    rule, regions = Rule.of(run), run.grouped("tat.customer.p90", "region")
    if lead.kpi != "tat.customer.p90" or lead.group != "all" or rule.limit_h is None or len(regions) < 2 or rule.growing:
        return ""
    regions.sort(key=lambda m: -m.mean)
    missed = [m for m in regions if rule.judge(m.mean, np.nan if m.half_width is None else m.half_width) == MISSED]
    if not missed:
        return ""
    if len(missed) == len(regions):
        return say("every region misses the limit, {region} most", region=missed[0].keys["region"])
    names = fmt.in_words([m.keys["region"] for m in missed])
    return say_count(
        "{n} of {total} regions misses the limit: {names}",
        "{n} of {total} regions miss the limit: {names}",
        len(missed),
        total=len(regions),
        names=names,
    )


def _hours_clause(run: RunResults) -> str:
    """The hours of the week in which technicians are full."""
    rows = run.table("weekhour").where(kind="technicians") or run.table("weekhour").where(kind="workshop")
    busy = rows.numbers("utilisation")
    whole = run.measure("work.utilisation")
    if whole is None or whole.mean < _BUSY:
        return ""
    if busy.size != 168 or not np.isfinite(busy).any():
        return ""
    high = int((busy >= _FULL).sum())
    if not high:
        return ""
    return say_count(
        "technicians are over {share} busy in {n} hour of the week, most on {hour}",
        "technicians are over {share} busy in {n} hours of the week, most on {hour}",
        high,
        share=fmt.percent(_FULL),
        hour=titles.week_clock(int(np.nanargmax(busy))),
    )


def _cost_clause(run: RunResults) -> str:
    """The two dearest kinds of cost."""
    rows = run.table("money")
    amounts = {k: a for k, a in zip(rows.text("kind"), rows.numbers("per_year").tolist(), strict=True) if k != "total" and a > 0}
    if len(amounts) < 2:
        return ""
    dearest = sorted(amounts, key=lambda kind: -amounts[kind])[:2]
    shares = [fmt.percent(amounts[kind] / sum(amounts.values())) for kind in dearest]
    return say(
        "{share} of the cost goes to {kind}, {second_share} to {second}",
        share=shares[0],
        kind=cost_kind_label(dearest[0]),
        second_share=shares[1],
        second=cost_kind_label(dearest[1]),
    )


@dataclass(frozen=True, slots=True)
class _Line:
    """Contacts by half-hour at one site and channel."""

    site: str
    channel: str
    offered: dict[str, Floats]  # by kind of day
    lost: dict[str, Floats]  # not answered in time, or given up

    @property
    def weekly(self) -> float:
        """About how many are lost a week."""
        return sum(_DAYS.get(day, 1) * float(lost.sum()) for day, lost in self.lost.items())


def _contact_clauses(run: RunResults, lead: Measure) -> list[str]:
    """The line at which most contacts are lost, and the hours in which half of them are."""
    gives_up = lead.kpi.startswith("contact.abandon")
    if not gives_up and not lead.kpi.startswith(("contact.service_level", "contact.wait", "contact.asa")):
        return []
    rows = run.table("halfhour")
    lines = [line for line in _lines(rows, gives_up) if all(lead.keys.get(k, v) == v for k, v in _keys(line).items())]
    lines = [line for line in lines if line.weekly > 0]
    if not lines:
        return []
    worst = max(lines, key=lambda line: line.weekly)
    place = fmt.listed([worst.site, worst.channel])
    share = worst.weekly / sum(line.weekly for line in lines)
    clauses = []
    if len(lines) > 1 and share >= 0.4:
        values = {"place": place, "share": fmt.percent(share)}
        if gives_up:
            clauses.append(say("{share} of those who give up are at {place}", **values))
        else:
            clauses.append(say("{share} of the contacts that are not answered in time are at {place}", **values))
    clauses.append(_window_clause(worst, place, gives_up))
    return [clause for clause in clauses if clause]


def _keys(line: _Line) -> dict[str, str]:
    return {"site": line.site, "channel": line.channel}


def _lines(rows: Columns, gives_up: bool) -> list[_Line]:
    found: dict[tuple[str, str], _Line] = {}
    offered = np.nan_to_num(rows.numbers("offered"))
    lost = np.nan_to_num(rows.numbers("abandoned"))
    if not gives_up:
        lost = np.clip(offered - np.nan_to_num(rows.numbers("within_threshold")), 0.0, None)
    slots = rows.numbers("slot")
    for i, (site, channel, day) in enumerate(zip(rows.text("site"), rows.text("channel"), rows.text("day_type"), strict=True)):
        line = found.setdefault((site, channel), _Line(site, channel, {}, {}))
        if 0 <= slots[i] < 48:
            line.offered.setdefault(day, np.zeros(48))[int(slots[i])] += offered[i]
            line.lost.setdefault(day, np.zeros(48))[int(slots[i])] += lost[i]
    return list(found.values())


def _window_clause(line: _Line, place: str, gives_up: bool) -> str:
    day = max(line.lost, key=lambda d: _DAYS.get(d, 1) * float(line.lost[d].sum()))
    window = shortest_half(line.lost[day])
    if window is None or window[1] - window[0] > _WINDOW:
        return ""
    values = {"place": place, "start": fmt.clock_text(window[0]), "end": fmt.clock_text(window[1])}
    if gives_up:
        if day == "working":
            return say("on working days half of those who give up at {place} come between {start} and {end}", **values)
        return say("on days off half of those who give up at {place} come between {start} and {end}", **values)
    if day == "working":
        return say("on working days half of the late contacts at {place} come between {start} and {end}", **values)
    return say("on days off half of the late contacts at {place} come between {start} and {end}", **values)


def shortest_half(amounts: Floats) -> tuple[int, int] | None:
    """Start and end (exclusive) of the shortest run of slots that holds half of all; None if there is nothing."""
    sums = np.concatenate([[0.0], np.cumsum(amounts)])
    half = sums[-1] / 2
    if not half > 0:
        return None
    best: tuple[int, int] | None = None
    for start in range(amounts.size):
        end = int(np.searchsorted(sums, sums[start] + half - 1e-9 * half))
        if end <= amounts.size and (best is None or end - start < best[1] - best[0]):
            best = (start, end)
    return best


def _lower_first(text: str) -> str:
    return text if text[:2].isupper() or text[1:2].isdigit() else text[:1].lower() + text[1:]
