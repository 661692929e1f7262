"""Control variates of a replication: what its demand happened to be, less what is known to be its mean.

They are found from the random streams alone, without the simulation, so they can be had for replications that are stored already.
Each has mean 0 exactly, given the plan of the replication.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.analysis.controls import write_adjusted
from sim.distributions import Dist, exponential
from sim.experiment.replicate import plan_of
from sim.model.cases import S_HANDLE, SourceStream
from sim.model.installed_base import MONTH, InstalledBase
from sim.model.parts.demand import demand_streams
from sim.scenario.plan import Plan
from sim.store import read_json, replication_folder, write_json
from sim.streams import Streams

FILE = "controls.json"


def write_controls(plan: Plan, out: Path, count: int) -> None:
    """Write controls.csv of a study: every measure plain and adjusted.

    Parameters
    ----------
    plan
        The scenario.
    out
        Run folder with its replications.
    count
        How many of them count, the first ones.
    """
    rows = []
    for r in range(count):
        place = replication_folder(out, r)
        if not (place / FILE).is_file():
            store_controls(plan_of(plan, r), r, place)
        rows.append(read_json(place / FILE))
    write_adjusted(plan, out, {name: np.array([row[name] for row in rows]) for name in rows[0]})


def store_controls(plan: Plan, r: int, place: Path) -> None:
    """Write the controls of replication `r` (`plan` is that of the replication) into its folder."""
    write_json(place / FILE, controls_of(plan, r))


def controls_of(plan: Plan, r: int) -> dict[str, float]:
    """The controls of replication `r` over the measured time.

    Parameters
    ----------
    plan
        The plan of this replication.
    r
        Its number, from 0.

    Returns
    -------
    dict
        cases: number of cases (example customers apart) over its mean, less 1; handle: mean over the cases with a contact of the
        drawn talk time over its mean, less 1; demands: number of part demands that no case makes over its mean, less 1. Those
        that the plan does not have are left out; recorded cases are no random ones.
    """
    streams = Streams(plan.run.seed, r, plan.run.sampling.antithetic)
    found: dict[str, float] = {}
    if plan.sources and plan.case_log is None:
        found |= _of_cases(plan, streams)
    demands = _of_demands(plan, streams)
    return found if demands is None else found | {"demands": demands}


def _of_cases(plan: Plan, streams: Streams) -> dict[str, float]:
    begin, horizon, warm_up = 0.0, plan.run.horizon_h, plan.run.warm_up_h
    sources = [SourceStream(plan, source, streams) for source in plan.sources]
    base, talk = InstalledBase(plan), _Talk(plan, streams)
    born, expected = 0, 0.0
    while begin < horizon:
        end = min(begin + MONTH, horizon)
        for source in sources:
            block = source.block(begin, end, base)
            inside = block["at_h"] >= warm_up
            born += int(inside.sum())
            if end > warm_up:
                expected += source.expected(max(begin, warm_up), end, base)
                talk.add({name: column[inside] for name, column in block.items()}, source.source.need_ix)
        base.age_one_month()
        begin = end
    found = {"cases": born / expected - 1} if expected > 0 else {}
    return found | ({"handle": talk.total / talk.n - 1 if talk.n else 0.0} if plan.lines else {})


class _Talk:
    """Drawn talk times of first contacts, each over the mean of its distribution."""

    def __init__(self, plan: Plan, streams: Streams) -> None:
        self._plan, self._keyed = plan, streams.keyed
        self._entry = np.array(plan.entry, dtype=np.int64).reshape(len(plan.channels), -1)
        self.n = 0
        self.total = 0.0

    def add(self, block: dict[str, NDArray[np.generic]], need_ix: int) -> None:
        """Cases of one case type."""
        channel = block["channel"].astype(np.int64)
        region = self._plan.markets.region_ix[block["market"]]
        line = np.where(channel >= 0, self._entry[channel, region], -1) if self._entry.size else np.full(len(channel), -1)
        for line_ix in np.unique(line[line >= 0]).tolist():
            own = line == line_ix
            dist = self._dist(line_ix, need_ix)
            if dist.mean > 0:
                u = self._keyed(np.asarray(block["key"][own], np.uint64), S_HANDLE)
                self.n += int(own.sum())
                self.total += float(dist.ppf(u).sum()) / dist.mean

    def _dist(self, line_ix: int, need_ix: int) -> Dist:
        line, need = self._plan.lines[line_ix], self._plan.needs[need_ix]
        own = need.handle_time if line.behaviour != "self_service" else None
        return line.handle_time if own is None else own


def _of_demands(plan: Plan, streams: Streams) -> float | None:
    found, expected = 0, 0.0
    horizon, warm_up = plan.run.horizon_h, plan.run.warm_up_h
    for _, demand, owner in demand_streams(plan):
        rng, gap, now = streams.generator(f"demand/{owner}"), exponential(1 / demand.rate), 0.0
        block = int(demand.rate * horizon + 4 * (demand.rate * horizon) ** 0.5) + 16
        while now < horizon:
            at = now + np.cumsum(gap.ppf(rng.random(block)))
            found += int(((at >= warm_up) & (at < horizon)).sum())
            now = float(at[-1])
        expected += demand.rate * (horizon - warm_up)
    return found / expected - 1 if expected > 0 else None
