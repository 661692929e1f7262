"""Contact attempts of one replication to measures and frames.

Contacts count by their arrival: those that arrive inside the window. `all`, `region=`, `segment=` and `kind=` are over lines
with people; self-service has its own channel's groups. Outbound calls and transfers appear in `kind=` groups only, but for lines
that nobody can call (tier 2): what is passed to them counts in their own `site=;channel=` group. `contact.served` is by the line
whose agents did the work, everything else by the line that the contact came to. Attempts where no line takes the channel in that
region count as contacts of a case, and nowhere else.
"""

from __future__ import annotations

import numpy as np

from sim.analysis.distributions import BINS, binned
from sim.analysis.first_contact import FirstContacts
from sim.analysis.groups import Reduced, line_parts, region_labels, segment_labels
from sim.analysis.kpis import Rows, group
from sim.analysis.reduce_kinds import ContactKinds
from sim.analysis.tables import Block, Table
from sim.analysis.window import Bools, Floats, Ints, Occupancy, Window, local_hours
from sim.columns import (
    ABANDONED,
    BLOCKED,
    CLOSED,
    CONTAINED,
    ESCALATED,
    FRESH,
    IN_SERVICE,
    KINDS,
    OUTBOUND,
    TRANSFER,
    WAITING,
)
from sim.scenario.plan import DAY, Plan

SLOT_H = 0.5
WAIT_EDGES_H = (
    np.array([0, 5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 450, 600, 900, 1200, 1800, 2700, 3600, 7200, 14400, 86400]) / 3600
)
_CUSTOMER = [i for i in range(len(KINDS)) if i not in (OUTBOUND, TRANSFER)]
_COUNTS = (
    "attempts", "answered", "within", "abandoned", "blocked", "closed", "short", "waited", "handled", "contained", "first",
    "first_within", "cases", "overflowed",
)  # fmt: skip
_SUMS = ("answered_wait", "abandoned_wait", "handle")
Sums = dict[str, float]


def reduce_contacts(plan: Plan, contacts: Table, window: Window, rows: Rows) -> Reduced:
    """Reduce the contacts table.

    Parameters
    ----------
    plan
        Its lines, segments and regions name the groups.
    contacts
        The table of `sim.columns`.
    window
        The measured window.
    rows
        Receives the measures.

    Returns
    -------
    Reduced
        daily: contact.offered, contact.abandoned; frames: halfhour [lines, 2, 48, 4], week_contacts [centres, 168, 3] (busy
        hours, hours waited, contacts), wait_histogram, kinds (see `reduce_kinds`); facts: cases_by_contact,
        customer_attempts, answered_cost.
    """
    if not plan.lines:
        return Reduced()
    pass_ = _Pass(plan, window)
    first, kinds = FirstContacts(plan, window, contacts), ContactKinds(plan, window)
    for block in contacts.blocks():
        pass_.add(block)
        first.add(block)
        kinds.add(block)
    pass_.report(rows)
    first.report(rows)
    found = pass_.reduced()
    found.frames["kinds"] = kinds.frame()
    return found


class _Pass:
    """Counts and sums by kind, line, segment and region, in one pass over the blocks."""

    def __init__(self, plan: Plan, window: Window) -> None:
        self.plan, self.window = plan, window
        lines = plan.lines
        self.shape = (len(KINDS), len(lines), len(plan.segments), len(plan.regions))
        self.cells = int(np.prod(self.shape))
        self.cube = {name: np.zeros(self.cells) for name in (*_COUNTS, *_SUMS)}
        self.threshold = np.array([line.threshold_h for line in lines])
        self.short = np.array([line.short_h for line in lines])
        self.people = np.array([line.behaviour != "self_service" for line in lines])
        self.weight = np.array([1.0 / max(1, line.concurrency) for line in lines])
        self.group_centre = np.array([g.centre_ix for g in plan.groups] or [0])
        self.line_zone = [plan.centres[line.centre_ix].time_zone for line in lines]
        self.days = max(1, int(np.ceil(plan.run.horizon_h / DAY - 1e-9)))
        self.daily_offered, self.daily_abandoned = np.zeros(self.days), np.zeros(self.days)
        self.halfhour = np.zeros((len(lines), 2, 48, 4))
        self.busy = Occupancy(len(plan.centres), 1.0, plan.run.horizon_h)
        self.week_waits = np.zeros((len(plan.centres), 168, 2))
        self.histogram = np.zeros(len(WAIT_EDGES_H))
        self.waits = np.zeros((len(lines), BINS))
        self.served = np.zeros(len(lines))
        self.unreached = {"attempts": 0, "cases": 0}
        self.called = _called(plan)

    def add(self, block: Block) -> None:
        """One block of rows."""
        reached = block["line"] >= 0
        if not reached.all():
            lost = block[~reached & self.window.holds(block["arrived_h"])]
            self.unreached["attempts"] += len(lost)
            self.unreached["cases"] += int(((lost["kind"] == FRESH) & (lost["attempt"] == 1)).sum())
            block = block[reached]
        arrived, outcome, kind = block["arrived_h"], block["outcome"], block["kind"].astype(np.int64)
        line = block["line"].astype(np.int64)
        answered = (outcome <= ESCALATED) | (outcome == IN_SERVICE)
        customer = self.people[line] & (kind != OUTBOUND) & (kind != TRANSFER)
        self._occupy(block, answered)
        day = np.minimum((arrived / DAY).astype(np.int64), self.days - 1)
        self.daily_offered += np.bincount(day[customer & (outcome != CLOSED)], minlength=self.days)
        self.daily_abandoned += np.bincount(day[customer & (outcome == ABANDONED)], minlength=self.days)

        inside = self.window.holds(arrived)
        if not inside.all():
            block = block[inside]
            kind, line, answered, customer = (x[inside] for x in (kind, line, answered, customer))
            arrived, outcome = block["arrived_h"], block["outcome"]
        answered_at, ended = block["answered_h"], block["ended_h"]
        abandoned = outcome == ABANDONED
        wait = np.where(answered, answered_at, ended) - arrived
        within = answered & (wait <= self.threshold[line])
        cell = np.ravel_multi_index((kind, line, block["segment"], block["region"]), self.shape)
        fresh = kind == FRESH
        first = fresh & (outcome != CLOSED)
        handle = block["released_h"] - answered_at
        handled = answered & ~np.isnan(handle)
        by_agents = answered & (block["group"] >= 0)
        server = np.where(block["served_line"] >= 0, block["served_line"], line)
        self.served += np.bincount(server[by_agents], minlength=len(self.served))
        masks = {
            "attempts": None,
            "answered": answered,
            "within": within,
            "abandoned": abandoned,
            "blocked": outcome == BLOCKED,
            "closed": outcome == CLOSED,
            "short": abandoned & (wait < self.short[line]),
            "waited": (answered & (wait > 0)) | abandoned | (outcome == WAITING),
            "handled": handled,
            "contained": outcome == CONTAINED,
            "first": first,
            "first_within": first & within,
            "cases": fresh & (block["attempt"] == 1),
            "overflowed": by_agents & (server != line),
        }
        for name, mask in masks.items():
            self.cube[name] += np.bincount(cell if mask is None else cell[mask], minlength=self.cells)
        for name, mask, value in (
            ("answered_wait", answered, wait),
            ("abandoned_wait", abandoned, wait),
            ("handle", handled, handle),
        ):
            self.cube[name] += np.bincount(cell[mask], value[mask], self.cells)
        self._frames(arrived[customer], line[customer], outcome[customer], answered[customer], within[customer], wait[customer])

    def _occupy(self, block: Block, answered: Bools) -> None:
        served = answered & (block["group"] >= 0)
        block = block[served]
        begin, released = block["answered_h"], block["released_h"]
        end = np.where(np.isnan(released), self.plan.run.horizon_h, released)
        begin, end = (np.clip(t, self.window.begin, self.window.end) for t in (begin, end))
        line = np.where(block["served_line"] >= 0, block["served_line"], block["line"])
        self.busy.add(self.group_centre[block["group"]].astype(np.int64), begin, end, self.weight[line])

    def _frames(self, arrived: Floats, line: Ints, outcome: Ints, answered: Bools,
                within: Bools, wait: Floats) -> None:  # fmt: skip
        """Half hours of the day, hours of the week and the histogram of waits; only contacts of customers with people."""
        centre_of = np.array([ln.centre_ix for ln in self.plan.lines])
        known = answered | (outcome == ABANDONED)
        ranks = np.searchsorted(WAIT_EDGES_H, wait[known], side="right") - 1
        self.histogram += np.bincount(np.maximum(ranks, 0), minlength=len(WAIT_EDGES_H))
        for i in np.unique(line[known]).tolist():
            self.waits[i] += binned(wait[known & (line == i)])
        for zone in dict.fromkeys(self.line_zone):
            mine = np.array([z == zone for z in self.line_zone])[line]
            if not mine.any():
                continue
            local = local_hours(self.plan, zone, arrived[mine]) % 168
            ln, out, ans, wit = line[mine], outcome[mine], answered[mine], within[mine]
            slot = (local % 24 / SLOT_H).astype(np.int64) % 48
            cell = (ln * 2 + (local >= 120)) * 48 + slot
            size = len(self.plan.lines) * 96
            for i, mask in enumerate((out != CLOSED, ans, out == ABANDONED, wit)):
                self.halfhour[..., i] += np.bincount(cell[mask], minlength=size).reshape(-1, 2, 48)
            seen = known[mine]
            hour = centre_of[ln[seen]] * 168 + local[seen].astype(np.int64) % 168
            size = len(self.plan.centres) * 168
            self.week_waits[..., 0] += np.bincount(hour, wait[mine][seen], size).reshape(-1, 168)
            self.week_waits[..., 1] += np.bincount(hour, minlength=size).reshape(-1, 168)

    def report(self, rows: Rows) -> None:
        """The measures of every group."""
        full = {name: values.reshape(self.shape) for name, values in self.cube.items()}
        people = np.flatnonzero(self.people)
        mine = {name: values[_CUSTOMER][:, people] for name, values in full.items()}
        self._group(rows, "all", {name: float(v.sum()) for name, v in mine.items()})
        for axis, labels in ((2, segment_labels(self.plan)), (3, region_labels(self.plan))):
            axes = tuple(i for i in range(4) if i != axis)
            sums = {name: v.sum(axis=axes) for name, v in mine.items()}
            for i, label in enumerate(labels):
                self._group(rows, label, {name: float(v[i]) for name, v in sums.items()})
        self._lines(rows, {name: v[_CUSTOMER].sum(axis=(0, 2, 3)) for name, v in full.items()})
        self._passed_on(rows, {name: v[TRANSFER].sum(axis=(1, 2)) for name, v in full.items()})
        self._served(rows)
        if any(line.overflow_line_ix >= 0 for line in self.plan.lines):
            rows.ratio("contact.overflow_rate", "all", float(mine["overflowed"].sum()), float(mine["answered"].sum()))
        self._kinds(rows, {name: v[:, people].sum(axis=(1, 2, 3)) for name, v in full.items()})

    def _lines(self, rows: Rows, by_line: dict[str, Floats]) -> None:
        parts = line_parts(self.plan)
        members: dict[str, list[int]] = {}
        called = [(i, *names) for i, names in enumerate(parts) if self.called[i]]
        for i, centre, _ in called:
            if self.people[i]:
                members.setdefault(group(site=centre), []).append(i)
        for i, centre, channel in called:
            label = group(site=centre, channel=channel)
            members.setdefault(label, []).append(i)
            if self.plan.lines[i].overflow_line_ix >= 0:
                rows.ratio("contact.overflow_rate", label, float(by_line["overflowed"][i]), float(by_line["answered"][i]))
        for i, _, channel in called:
            members.setdefault(group(channel=channel), []).append(i)
        for label, lines in members.items():
            sums = {name: float(v[lines].sum()) for name, v in by_line.items()}
            self._group(rows, label, sums)
            if not self.people[lines].any():
                rows.ratio("contact.contained_share", label, sums["contained"], sums["attempts"] - sums["closed"])
        own = np.flatnonzero(~self.people)
        if len(own):
            tried = float((by_line["attempts"] - by_line["closed"])[own].sum())
            rows.ratio("contact.self_service", "all", tried, self.window.days)
            rows.ratio("contact.contained_share", "all", float(by_line["contained"][own].sum()), tried)

    def _passed_on(self, rows: Rows, by_line: dict[str, Floats]) -> None:
        """Lines that nobody can call: contacts that other lines pass on to them."""
        targets = {line.transfer_line_ix for line in self.plan.lines}
        for i, (centre, channel) in enumerate(line_parts(self.plan)):
            if i in targets and not self.called[i]:
                label = group(site=centre, channel=channel)
                self._group(rows, label, {name: float(v[i]) for name, v in by_line.items()})
                if self.plan.lines[i].overflow_line_ix >= 0:
                    rows.ratio("contact.overflow_rate", label, float(by_line["overflowed"][i]), float(by_line["answered"][i]))

    def _served(self, rows: Rows) -> None:
        """Contacts of every kind by the line whose agents handled them."""
        sums = {"all": 0.0}
        for i, (centre, channel) in enumerate(line_parts(self.plan)):
            if self.people[i]:
                for label in ("all", group(site=centre), group(site=centre, channel=channel)):
                    sums[label] = sums.get(label, 0.0) + float(self.served[i])
        for label, value in sums.items():
            rows.ratio("contact.served", label, value, self.window.days)

    def _kinds(self, rows: Rows, by_kind: dict[str, Floats]) -> None:
        made = by_kind["attempts"] - by_kind["closed"]
        for i, kind in enumerate(KINDS):
            if by_kind["attempts"][i]:
                label = group(kind=kind)
                self._group(rows, label, {name: float(v[i]) for name, v in by_kind.items()})
                rows.ratio("contact.share", label, float(made[i]), float(made.sum()))

    def _group(self, rows: Rows, label: str, s: Sums) -> None:
        days = self.window.days
        offered = s["attempts"] - s["closed"]
        rows.ratio("contact.offered", label, offered, days)
        for name in ("answered", "abandoned", "blocked", "closed"):
            rows.ratio(f"contact.{name}", label, s[name], days)
        rows.ratio("contact.abandon_rate", label, s["abandoned"], offered)
        rows.ratio("contact.block_rate", label, s["blocked"], offered)
        rows.ratio("contact.wait.mean", label, s["answered_wait"] + s["abandoned_wait"], s["answered"] + s["abandoned"])
        rows.ratio("contact.asa", label, s["answered_wait"], s["answered"])
        rows.ratio("contact.aht", label, s["handle"], s["handled"])
        rows.ratio("contact.wait_probability", label, s["waited"], offered - s["blocked"])
        rows.ratio("contact.service_level", label, s["within"], offered)
        rows.ratio("contact.service_level.answered", label, s["within"], s["answered"])
        rows.ratio("contact.service_level.excluding_short", label, s["within"], offered - s["short"])
        rows.ratio("contact.service_level.short_as_success", label, s["within"] + s["short"], offered)
        rows.ratio("contact.service_level.by_customer", label, s["first_within"], s["first"])

    def reduced(self) -> Reduced:
        """Frames, daily curves and facts."""
        full = {name: values.reshape(self.shape) for name, values in self.cube.items()}
        cost = np.array([line.cost_per_contact for line in self.plan.lines])
        folded = _by_week(self.plan, self.busy.hours(), [c.time_zone for c in self.plan.centres], 1.0)
        return Reduced(
            daily={"contact.offered": self.daily_offered, "contact.abandoned": self.daily_abandoned},
            frames={
                "halfhour": self.halfhour,
                "week_contacts": np.concatenate((folded[..., None], self.week_waits), axis=2),
                "wait_histogram": self.histogram,
            },
            facts={
                "cases_by_contact": float(full["cases"].sum()) + self.unreached["cases"],
                "customer_attempts": float(full["attempts"][_CUSTOMER].sum()) + self.unreached["attempts"],
                "answered_cost": float((full["answered"].sum(axis=(0, 2, 3)) * cost).sum()),
            },
            distributions={"contact.wait": self.waits},
        )


def _called(plan: Plan) -> Bools:
    """Which lines customers can come to; the others (tier 2, or there to take overflow) only receive what is passed on."""
    entered = {ix for lines in plan.entry for ix in lines}
    return np.array([line.channel_ix >= 0 and (not entered or i in entered) for i, line in enumerate(plan.lines)])


def _by_week(plan: Plan, hours: Floats, zones: list[str], width_h: float) -> Floats:
    """Sum bins of the clock into the 168 local hours of the week, by owner with its own time zone."""
    middle = np.asarray((np.arange(hours.shape[1]) + 0.5) * width_h, np.float64)
    folded = np.zeros((len(zones), 168))
    for i, zone in enumerate(zones):
        hour = (local_hours(plan, zone, middle) % 168).astype(np.int64) % 168
        folded[i] = np.bincount(hour, hours[i], 168)
    return folded
