"""The steps of cases as CSV: an event log for process mining, and one for animation with vidigi."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.event_log import (
    COMPLETE,
    CONTACT,
    JOB,
    LEVELS,
    ORDER,
    PART,
    SCHEDULE,
    STAGE,
    START,
    TRANSITIONS,
    WITHDRAW,
    StepFeed,
)
from sim.analysis.log_parquet import utc_stamps
from sim.analysis.tables import Table
from sim.analysis.window import window_of
from sim.columns import CONTACT_OUTCOMES, HOW, J_LOOK, JOBS, KINDS, ORDER_OUTCOMES, STAGE_IX, STAGES
from sim.scenario.plan import MODES, Plan

# name, counterpart in XES and PM4Py, meaning
EVENT_COLUMNS = (
    ("case", "case:concept:name", "case number: all that follows from one customer's need"),
    ("activity", "concept:name", "contact by its kind, stage of the order, parts, kind of job, or opening and end of the order"),
    ("timestamp", "time:timestamp", "ISO 8601 in UTC, rounded to a millisecond"),
    (
        "resource",
        "org:resource",
        "agent or technician by group and number, self-service line, or shelf; empty for stages and orders",
    ),
    ("lifecycle", "lifecycle:transition", "schedule (asked for), start, complete, or withdraw (ended without being served)"),
    ("instance", "concept:instance", "the same for the steps of one activity"),
    ("level", "", "contact, order, part, stage or job"),
    ("place", "org:group", "line, workshop or location"),
    ("order", "", "number of the repair order; empty for contacts"),
    ("part", "", "part asked for"),
    ("quantity", "", "units asked for"),
    ("outcome", "", "how a contact, order or part request ended, in its last step"),
    ("need", "case:need", "case type"),
    ("segment", "case:segment", "customer segment"),
    ("region", "", "region"),
    ("in_window", "", "1 inside the measured window, 0 in the warm-up"),
    ("time_h", "", "hours since the start of the run, exactly"),
    ("replication", "", "number of the replication, from 0"),
)
VIDIGI_COLUMNS = (
    ("entity_id", "contact attempt (c and its number) or repair order (o and its number)"),
    ("pathway", "contact or repair"),
    ("event_type", "arrival_departure, queue, resource_use or resource_use_end"),
    ("event", "arrival, depart, the line or stage waited in, or the work done"),
    ("time", "minutes since the start of the run"),
    ("resource_id", "number of the agent or technician in use, from 1 in each group or workshop"),
    ("case", "case number"),
    ("run_number", "number of the replication, from 0"),
)

_BY_TECHNICIANS = [STAGE_IX[name] for name in ("diagnosis", "repair", "audit")]
_INBOUND, _ON_SITE = STAGE_IX["inbound"], MODES.index("on_site")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_text(text: str) -> str:
    """A name as a CSV cell that no spreadsheet takes for a formula and no reader for two lines.

    Line ends and other control characters become blanks; a text that begins like a formula gets an apostrophe in front (as OWASP
    advises against CSV injection).
    """
    plain = "".join(c if c.isprintable() else " " for c in text)
    return f"'{plain}" if text.startswith(_FORMULA) or plain.startswith(_FORMULA) else plain


def _lookup(names: Iterable[str]) -> NDArray[Any]:
    """Safe texts by code; -1 is empty."""
    return np.array([*(csv_text(name) for name in names), ""], dtype=object)


def _words(names: Iterable[str]) -> list[str]:
    return [name.replace("_", " ") for name in names]


class _Names:
    """Texts of a plan by level and code."""

    def __init__(self, plan: Plan) -> None:
        empty = _lookup(())
        self.kinds = [f"{kind} contact" for kind in KINDS]
        self.stages = _words(STAGES)
        self.jobs = [f"{job} job" for job in JOBS]
        self.activity = {CONTACT: _lookup(self.kinds), STAGE: _lookup(self.stages), JOB: _lookup(self.jobs)}
        self.closing = _lookup(f"order {name}" for name in _words(ORDER_OUTCOMES))
        self.lines, self.workshops = _lookup(x.name for x in plan.lines), _lookup(x.name for x in plan.workshops)
        self.locations, self.parts = _lookup(x.name for x in plan.locations), _lookup(x.name for x in plan.parts)
        self.place = {
            CONTACT: self.lines,
            ORDER: self.workshops,
            STAGE: self.workshops,
            JOB: self.workshops,
            PART: self.locations,
        }
        self.outcome = {CONTACT: _lookup(CONTACT_OUTCOMES), ORDER: _lookup(ORDER_OUTCOMES), PART: _lookup(HOW)}
        self.outcome |= {STAGE: empty, JOB: empty}
        self.groups = _lookup(x.name for x in plan.groups)
        self.needs, self.segments = _lookup(x.name for x in plan.needs), _lookup(x.name for x in plan.segments)
        self.regions = _lookup(plan.regions)
        self.self_service = np.array([x.behaviour == "self_service" for x in plan.lines] + [False])

    def column(self, steps: NDArray[np.void], names: dict[int, NDArray[Any]], field: str) -> NDArray[Any]:
        """Texts of a field whose meaning depends on the level."""
        found = np.full(len(steps), "", dtype=object)
        for level, texts in names.items():
            mine = steps["level"] == level
            found[mine] = texts[np.clip(steps[field][mine], -1, len(texts) - 1)]
        return found


def _write(path: Path, header: Sequence[str], blocks: Iterable[Iterable[Sequence[Any]]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        for rows in blocks:
            some = list(rows)
            writer.writerows(some)
            count += len(some)
    return count


def write_event_log(plan: Plan, tables: dict[str, Table], path: Path, replication: int) -> int:
    """Write the event log of a replication as CSV in order of time, columns as in `EVENT_COLUMNS`.

    Parameters
    ----------
    plan
        What was simulated.
    tables
        Its raw tables, visits recorded.
    path
        File to write.
    replication
        Its number.

    Returns
    -------
    Number of steps.
    """
    names, window = _Names(plan), window_of(plan)
    start = np.datetime64(plan.run.start, "ms")

    def rows() -> Iterator[Iterable[Sequence[Any]]]:
        for steps, units in StepFeed(plan, tables).blocks():
            yield _event_rows(names, steps, units, start, window.begin, replication)

    return _write(path, [name for name, _, _ in EVENT_COLUMNS], rows())


def _event_rows(
    names: _Names, steps: NDArray[np.void], units: list[int], start: np.datetime64, begin: float, replication: int
) -> Iterable[Sequence[Any]]:
    level, step = steps["level"], steps["step"]
    activity = names.column(steps, names.activity, "what")
    activity[level == PART] = "parts"
    opened, closed = (level == ORDER) & (step == START), (level == ORDER) & (step == COMPLETE)
    activity[opened] = "order opened"
    activity[closed] = names.closing[steps["outcome"][closed]]
    place = names.column(steps, names.place, "place")
    shown = np.where(level == ORDER, COMPLETE, step)  # opening and closing are instants, each complete
    columns: list[list[Any]] = [
        steps["case"].tolist(),
        activity.tolist(),
        (np.datetime_as_string(utc_stamps(steps["at_h"], start, "ms"), unit="ms").astype(object) + "Z").tolist(),
        _resources(names, steps, units, place),
        np.array(TRANSITIONS, dtype=object)[shown].tolist(),
        (np.array(LEVELS, dtype=object)[level] + "-" + steps["row"].astype(str).astype(object)).tolist(),
        np.array(LEVELS, dtype=object)[level].tolist(),
        place.tolist(),
        _numbers(steps["order"], steps["order"] >= 0),
        names.parts[np.where(level == PART, steps["what"], -1)].tolist(),
        _numbers(steps["quantity"], level == PART),
        names.column(steps, names.outcome, "outcome").tolist(),
        names.needs[steps["need"]].tolist(),
        names.segments[steps["segment"]].tolist(),
        names.regions[steps["region"]].tolist(),
        (steps["at_h"] >= begin).astype(int).tolist(),
        [repr(at) for at in steps["at_h"].tolist()],
        [replication] * len(steps),
    ]
    return zip(*columns, strict=True)


def _numbers(values: NDArray[Any], known: NDArray[np.bool_]) -> list[Any]:
    found = values.astype(object)
    found[~known] = ""
    return list(found.tolist())


def _resources(names: _Names, steps: NDArray[np.void], units: list[int], place: NDArray[Any]) -> list[str]:
    """'group #3', 'workshop #1', a self-service line, or a shelf."""
    level = steps["level"]
    served = (level == CONTACT) & (steps["step"] != SCHEDULE) & (steps["step"] != WITHDRAW)
    whose = np.where(level == PART, place, "").astype(object)
    by_itself = served & names.self_service[np.where(level == CONTACT, steps["place"], -1)]
    whose[by_itself] = place[by_itself]
    by_agents = served & (steps["pool"] >= 0)
    whose[by_agents] = names.groups[steps["pool"][by_agents]]
    whose[level == JOB] = place[level == JOB]
    return [f"{name} #{unit}" if unit else name for name, unit in zip(whose.tolist(), units, strict=True)]


def write_vidigi_log(plan: Plan, tables: dict[str, Table], path: Path, replication: int) -> int:
    """Write the event log of a replication in the form that vidigi animates, columns as in `VIDIGI_COLUMNS`.

    An entity is a contact attempt or a repair order, as each is at one place at a time. Parameters and result as for
    `write_event_log`.
    """
    names = _Names(plan)

    def rows() -> Iterator[Iterable[Sequence[Any]]]:
        for steps, units in StepFeed(plan, tables).blocks():
            yield _vidigi_rows(names, steps, units, replication)

    return _write(path, [name for name, _ in VIDIGI_COLUMNS], rows())


def _vidigi_rows(names: _Names, steps: NDArray[np.void], units: list[int], replication: int) -> Iterator[Sequence[Any]]:
    place = names.column(steps, names.place, "place").tolist()
    columns = [
        steps[name].tolist() for name in ("level", "step", "what", "mode", "pool", "row", "order", "at_h", "case", "instant")
    ]
    groups = names.groups.tolist()
    for where, unit, (level, step, what, mode, pool, row, order, at, case, instant) in zip(
        place, units, zip(*columns, strict=True), strict=True
    ):
        found: list[tuple[str, str, Any]] = []
        if level == CONTACT:
            found = _contact_events(step, where or "no line", groups[pool] if pool >= 0 else "", unit)
        elif level == ORDER:
            found = [("arrival_departure", "arrival" if step == START else "depart", "")]
        elif level == STAGE and step == START:
            by_job = what in _BY_TECHNICIANS or (what == _INBOUND and mode == _ON_SITE)
            found = [] if by_job else [("queue", _at(names.stages[what], where), "")]
        elif level == JOB and what != J_LOOK and not instant:
            event = _at(names.jobs[what], where)
            found = [("resource_use", event, unit) if step == START else ("resource_use_end", f"{event} ends", unit)]
        entity, pathway = (f"c{row}", "contact") if level == CONTACT else (f"o{order}", "repair")
        for kind, event, number in found:
            yield entity, pathway, kind, event, repr(at * 60), number, case, replication


def _at(what: str, where: str) -> str:
    return f"{what} at {where}" if where else what


def _contact_events(step: int, line: str, group: str, unit: int) -> list[tuple[str, str, Any]]:
    if step == SCHEDULE:
        return [("arrival_departure", "arrival", ""), ("queue", f"{line} queue", "")]
    if step == START:
        return [("resource_use", f"served by {group}", unit) if group else ("queue", f"{line} in use", "")]
    depart = ("arrival_departure", "depart", "")
    return [("resource_use_end", f"served by {group} ends", unit), depart] if step == COMPLETE and group else [depart]
