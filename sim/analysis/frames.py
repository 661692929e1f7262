"""Arrays of the replications to the tidy CSV files of a study: means over replications, half widths beside them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.estimate import Moments
from sim.analysis.groups import line_parts
from sim.analysis.reduce import DAILY
from sim.analysis.reduce_contacts import WAIT_EDGES_H
from sim.analysis.reduce_flows import KINDS as FLOW_KINDS
from sim.analysis.reduce_flows import flow_pairs
from sim.analysis.reduce_orders import TAT_EDGES_H, distribution_labels, stage_labels
from sim.analysis.reduce_parts import PART_EDGES_H
from sim.analysis.reduce_stock import TIERS, period_edges
from sim.analysis.reduce_work import WORK_EDGES_H, technicians_zone
from sim.analysis.window import Floats, Window, local_hours, window_of, worked
from sim.columns import KINDS, STAGES
from sim.sampling import block_means, block_size, blocks_of
from sim.scenario.plan import Plan
from sim.store import replication_folder, write_csv

GRID_POINTS = 120
Rows = Iterator[tuple[Any, ...]]


def write_frames(plan: Plan, folder: Path, replications: int, level: float | None = None) -> None:
    """Write every tidy CSV file of a study from its replications' arrays; `level` of the intervals as for `summarise`."""
    source = _Source(plan, folder, replications, level or plan.run.confidence)
    for name, (header, rows) in _FILES.items():
        write_csv(folder / f"{name}.csv", header, rows(source))


class _Source:
    """Arrays of the replications, one at a time."""

    def __init__(self, plan: Plan, folder: Path, replications: int, level: float) -> None:
        self.plan, self.folder, self.replications, self.level = plan, folder, replications, level
        self.window: Window = window_of(plan)
        self.block = block_size(plan)

    def moments(self, name: str, change: Callable[[Floats], Floats] | None = None) -> Moments | None:
        """Moments over replications (blocks of them) of an array after `change`; None if the run has no such array."""
        found: Moments | None = None
        for numbers in blocks_of(self.replications, self.block):
            together = []
            for r in numbers:
                path = replication_folder(self.folder, r) / f"{name}.npy"
                if not path.is_file():
                    return None
                values = np.load(path)
                together.append(values if change is None else change(values))
            mean = together[0] if self.block == 1 else block_means(np.stack(together), self.block)[0]
            if found is None:
                found = Moments(mean.shape)
            found.add(mean)
        return found

    def half_widths(self, moments: Moments) -> Floats:
        widths: Floats = moments.half_widths(self.level)
        return widths


def _ratio(a: NDArray[Any], b: NDArray[Any]) -> Floats:
    whole = np.full(np.broadcast_shapes(a.shape, b.shape), np.nan)
    np.divide(a, b, out=whole, where=b > 0)
    return whole


def _stages(source: _Source) -> Rows:
    found = source.moments("stages", lambda x: _ratio(x[:, :-1], x[:, -1:]))
    if found is None:
        return
    means, widths = found.means(), source.half_widths(found)
    for i, label in enumerate(stage_labels(source.plan)):
        for j, stage in enumerate(STAGES):
            if not np.isnan(means[i, j]):
                yield label, stage, means[i, j], widths[i, j]


def _tat(source: _Source) -> Rows:
    found = source.moments("tat", lambda x: _ratio(np.cumsum(x, axis=1)[:, :-1], x.sum(axis=1, keepdims=True)))
    if found is None or np.isnan(found.means()[0]).all():
        return
    means, widths = found.means(), source.half_widths(found)
    top = min(int(np.searchsorted(means[0], 0.995)), len(TAT_EDGES_H) - 1)
    grid = np.unique(np.searchsorted(TAT_EDGES_H, np.linspace(0.0, TAT_EDGES_H[top], GRID_POINTS)).clip(0, top))
    for i, label in enumerate(distribution_labels(source.plan)):
        if np.isnan(means[i]).all():
            continue
        for j in grid:
            low, high = np.clip(means[i, j] + np.array([-1, 1]) * widths[i, j], 0.0, 1.0)
            yield label, float(TAT_EDGES_H[j]), means[i, j], low, high


def _daily(source: _Source) -> Rows:
    found = source.moments("daily")
    if found is None:
        return
    for measure, means, widths in zip(DAILY, found.means().tolist(), source.half_widths(found).tolist(), strict=True):
        for day, (mean, width) in enumerate(zip(means, widths, strict=True)):
            if mean == mean:
                yield day, measure, mean, width


def _halfhour(source: _Source) -> Rows:
    plan, window = source.plan, source.window
    found = source.moments("halfhour")
    if found is None:
        return
    means = found.means()
    parts = line_parts(plan)
    for key in dict.fromkeys(parts):
        lines = [i for i, part in enumerate(parts) if part == key]
        zone = plan.centres[plan.lines[lines[0]].centre_ix].time_zone
        edges = np.arange(window.begin, window.end + 1e-9, 0.5)
        local = local_hours(plan, zone, edges[:-1] + 0.25) % 168
        cell = (local >= 120).astype(np.int64) * 48 + (local % 24 * 2).astype(np.int64) % 48
        days = np.bincount(cell, minlength=96)
        heads = _heads(plan, lines, edges)
        agents = _ratio(np.bincount(cell, heads, 96), days).reshape(2, 48)
        flows = _ratio(means[lines].sum(axis=0).reshape(96, 4), days[:, None]).reshape(2, 48, 4)
        for kind, name in enumerate(("working", "other")):
            for slot in range(48):
                if days[kind * 48 + slot]:
                    yield (*key, name, slot, *flows[kind, slot].tolist(), agents[kind, slot])


def _heads(plan: Plan, lines: Sequence[int], edges: Floats) -> Floats:
    """Scheduled heads of all groups that serve any of the lines, mean of each stretch between edges."""
    heads = np.zeros(len(edges) - 1)
    for group in plan.groups:
        if set(group.lines) & set(lines):
            for shift in group.shifts:
                heads += shift.heads * np.diff(worked(plan, shift.calendar_ix, edges)) / np.diff(edges)
    return heads


def _weekhour(source: _Source) -> Rows:
    plan, window = source.plan, source.window
    contacts = source.moments("week_contacts", lambda x: np.stack([x[..., 0], _ratio(x[..., 1], x[..., 2]), x[..., 2]], axis=-1))
    if contacts is not None:
        means = contacts.means()
        edges = np.arange(window.begin, window.end + 1e-9, 1.0)
        for i, centre in enumerate(plan.centres):
            lines = [j for j, line in enumerate(plan.lines) if line.centre_ix == i]
            hour = (local_hours(plan, centre.time_zone, edges[:-1] + 0.5) % 168).astype(np.int64) % 168
            scheduled, hours = np.bincount(hour, _heads(plan, lines, edges), 168), np.bincount(hour, minlength=168)
            utilisation = _ratio(means[i, :, 0], scheduled)
            staffed, joined = _ratio(scheduled, hours), _ratio(means[i, :, 2], hours)
            for h in range(168):
                yield "centre", centre.name, h, utilisation[h], means[i, h, 1], staffed[h], joined[h], math.nan, math.nan
    work = source.moments("week_work", _work_by_hour)
    if work is not None:
        often = _hours_of_week(plan, window, technicians_zone(plan))
        for h, (busy, wait, closed, *sums) in enumerate(work.means().tolist()):
            rates = (s / often[h] if often[h] else math.nan for s in sums)
            yield "technicians", "technicians", h, busy, wait, *rates, closed


def _work_by_hour(x: Floats) -> Floats:
    """Utilisation, mean wait and its closed part; head hours on shift, jobs joining and job hours waited, as sums."""
    ratios = [_ratio(x[:, 0], x[:, 1]), _ratio(x[:, 2], x[:, 3]), _ratio(x[:, 5], x[:, 3])]
    return np.stack([*ratios, x[:, 1], x[:, 3], x[:, 4]], axis=-1)


def _hours_of_week(plan: Plan, window: Window, time_zone: str) -> Floats:
    """How often each of the 168 local hours of the week lies in the window."""
    middle = np.arange(window.begin, window.end - 1e-9, 0.5) + 0.25
    hour = (local_hours(plan, time_zone, middle) % 168).astype(np.int64) % 168
    return np.bincount(hour, minlength=168) / 2


def _kinds(source: _Source) -> Rows:
    """Contacts offered per working day or weekend day, by line, kind and half-hour; half-hours without any are left out."""
    plan = source.plan
    found = source.moments("kinds")
    if found is None:
        return
    means, parts = found.means(), line_parts(plan)
    for key in dict.fromkeys(parts):
        lines = [i for i, part in enumerate(parts) if part == key]
        zone = plan.centres[plan.lines[lines[0]].centre_ix].time_zone
        days = _days_of_slots(plan, source.window, zone)
        offered = _ratio(means[lines].sum(axis=0), np.broadcast_to(days, means.shape[1:]))
        for kind, by_day in zip(KINDS, offered, strict=True):
            for day_type, by_slot in zip(("working", "other"), by_day, strict=True):
                for slot in np.flatnonzero(np.nan_to_num(by_slot) > 0).tolist():
                    yield (*key, kind, day_type, slot, float(by_slot[slot]))


def _days_of_slots(plan: Plan, window: Window, time_zone: str) -> Floats:
    """How often each half-hour [working days and weekends, 48] lies in the window."""
    local = local_hours(plan, time_zone, np.arange(window.begin, window.end - 1e-9, 0.5) + 0.25) % 168
    cell = (local >= 120).astype(np.int64) * 48 + (local % 24 * 2).astype(np.int64) % 48
    return np.bincount(cell, minlength=96).reshape(2, 48).astype(np.float64)


_LOOPS = (
    ("share", "part wait"), ("late_share", "all"), ("late_share", "part wait"), ("late_share", "no part wait"),
    ("tat_mean_h", "part wait"), ("tat_mean_h", "no part wait"), ("contacts", "late"), ("contacts", "in time"),
    ("late_per_day", "all"), ("late_from_part_wait", "late"),
)  # fmt: skip


def _loops(source: _Source) -> Rows:
    """Orders that waited for a part and those that did not, late orders and those in time."""
    days = source.window.days

    def change(x: Floats) -> Floats:
        due, back, hours, contacts = (x[..., i] for i in range(4))
        all_back, late = back.sum(), due[:, 1]
        pairs = (
            (back[1].sum(), all_back), (late.sum(), due.sum()), (late[1], due[1].sum()), (late[0], due[0].sum()),
            (hours[1].sum(), back[1].sum()), (hours[0].sum(), back[0].sum()),
            (contacts[:, 1].sum(), back[:, 1].sum()), (contacts[:, 0].sum(), back[:, 0].sum()),
            (late.sum(), days), (late[1], late.sum()),
        )  # fmt: skip
        return _ratio(*(np.array(column, np.float64) for column in zip(*pairs, strict=True)))

    found = source.moments("loops", change)
    if found is not None:
        rows = zip(_LOOPS, found.means().tolist(), source.half_widths(found).tolist(), strict=True)
        yield from ((*name, mean, width) for name, mean, width in rows if mean == mean)


def _stock(source: _Source) -> Rows:
    """Mean units on hand, owed and under way and value on hand by period, by tier and by part; warm-up included."""
    edges = period_edges(source.plan)
    length = np.diff(edges)
    for kind, name, labels in (
        ("tier", "stock_tiers", TIERS),
        ("part", "stock_parts", tuple(part.name for part in source.plan.parts)),
    ):
        found = source.moments(name)
        if found is None:
            continue
        for label, sums in zip(labels, found.means(), strict=True):
            if not sums.any():
                continue
            levels = np.full((4, len(length)), np.nan)
            levels[: len(sums)] = sums / length
            for k, column in enumerate(levels.T.tolist()):
                yield kind, label, float(edges[k]), float(edges[k + 1]), *column


def _points(source: _Source) -> Rows:
    plan = source.plan
    found, busy = source.moments("points"), source.moments("utilisation")
    if found is None:
        return
    means, widths = found.means(), source.half_widths(found)
    utilisation = busy.means() if busy is not None else np.full(len(means), np.nan)
    for i, shop in enumerate(plan.workshops):
        orders, tat, p90, part, bench = means[i].tolist()
        yield (
            shop.name, shop.kind, plan.regions[shop.region_ix], shop.lat, shop.lon, orders, tat, widths[i, 1], p90, widths[i, 2],
            part, bench, utilisation[i],
        )  # fmt: skip


def _flows(source: _Source) -> Rows:
    plan, years = source.plan, source.window.years
    found = source.moments("flows")
    if found is None or years <= 0:
        return
    for flow, moved in zip(flow_pairs(plan), found.means().tolist(), strict=True):
        if moved > 0:
            places = plan.workshops if FLOW_KINDS[flow.kind] == "forward" else plan.locations
            begin, end = places[flow.source], places[flow.target]
            yield begin.name, end.name, FLOW_KINDS[flow.kind], moved / years, begin.lat, begin.lon, end.lat, end.lon


def _parts(source: _Source) -> Rows:
    hours, years = source.window.hours, source.window.years

    def change(x: Floats) -> Floats:
        asked, at_once, waited, urgent, value, on_hand, owed = x.T
        columns = [
            asked / years, _ratio(at_once, asked), waited / years, _ratio(waited, np.full(len(x), waited.sum())),
            _ratio(urgent, asked), value / hours, on_hand / hours, owed / hours,
        ]  # fmt: skip
        return np.column_stack(columns)

    found = source.moments("parts", change)
    if found is not None:
        for part, values in zip(source.plan.parts, found.means().tolist(), strict=True):
            yield part.name, *values


def _histograms(source: _Source) -> Rows:
    edges = (
        ("contact.wait", "wait_histogram", WAIT_EDGES_H),
        ("work.wait", "work_histogram", WORK_EDGES_H),
        ("parts.wait", "part_histogram", PART_EDGES_H),
    )
    found = source.moments("tat", lambda x: x[0])
    if found is not None:
        counts = found.means()
        days = np.concatenate(([0.0], np.geomspace(1.0, 4096.0, 49)))
        at = np.searchsorted(days, TAT_EDGES_H[1:], side="left")
        sums = np.bincount(np.minimum(at, len(days)), counts[1 : len(TAT_EDGES_H)], len(days) + 1)
        sums[1] += counts[0]
        sums[-1] += counts[-1]
        for j in range(1, len(days) + 1):
            yield "tat.customer", float(days[j - 1]), float(days[j]) if j < len(days) else float("inf"), sums[j]
    for measure, name, bins in edges:
        moments = source.moments(name)
        if moments is not None:
            for j, count in enumerate(moments.means().tolist()):
                yield measure, float(bins[j]), float(bins[j + 1]) if j + 1 < len(bins) else float("inf"), count


_FILES: dict[str, tuple[tuple[str, ...], Callable[[_Source], Rows]]] = {
    "stages": (("group", "stage", "mean_h", "half_width"), _stages),
    "tat": (("group", "hours", "share", "low", "high"), _tat),
    "daily": (("day", "measure", "mean", "half_width"), _daily),
    "halfhour": (
        ("site", "channel", "day_type", "slot", "offered", "answered", "abandoned", "within_threshold", "agents"), _halfhour,
    ),
    "weekhour": (("kind", "owner", "hour", "utilisation", "wait_h", "staffed", "joined", "waiting", "closed_h"), _weekhour),
    "kinds": (("site", "channel", "kind", "day_type", "slot", "offered"), _kinds),
    "loops": (("measure", "orders", "value", "half_width"), _loops),
    "stock": (("kind", "name", "begin_h", "end_h", "on_hand", "backorders", "in_transit", "value"), _stock),
    "points": (
        (
            "site", "kind", "region", "lat", "lon", "orders", "tat_mean_h", "tat_mean_half_width", "tat_p90_h",
            "tat_p90_half_width", "part_wait_h", "bench_wait_h", "utilisation",
        ),
        _points,
    ),
    "flows": (("from", "to", "kind", "per_year", "from_lat", "from_lon", "to_lat", "to_lon"), _flows),
    "parts": (
        (
            "part", "demands_per_year", "fill_rate", "wait_hours_per_year", "share_of_wait", "emergency_rate", "stock_value",
            "on_hand", "backorders",
        ),
        _parts,
    ),
    "histograms": (("measure", "bin_low_h", "bin_high_h", "count_mean"), _histograms),
}  # fmt: skip
