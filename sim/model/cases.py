"""Installed base -> cases: a table made in monthly blocks ahead of the clock, or a recorded log, fed case by case.

Each source (case type of a product family) is one unit-rate Poisson stream, inverted through its demand profile, so that
demand scaled by a factor stays in step. All else about a case is a keyed draw from its own key; the key depends on the
source's name and the case's place in it only, so no other source, site or policy changes it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sim.columns import dtype
from sim.engine.clock import ARRIVAL
from sim.model.installed_base import MONTH, InstalledBase
from sim.model.seams import Case, Context, Journey
from sim.profile import DemandClock, demand_clock, flat_clock
from sim.scenario.plan import CaseLog, Plan, Source
from sim.streams import Streams, case_keys, keyed_uniforms, purpose_salt

_CHUNK = 4096
S_MARKET, S_AWAY, S_TRAVEL = purpose_salt("market"), purpose_salt("away"), purpose_salt("travel")
S_SEGMENT, S_CHANNEL, S_AGE = purpose_salt("segment"), purpose_salt("channel"), purpose_salt("age")
S_CAPTURED = purpose_salt("captured")
S_PATIENCE, S_HANDLE, S_RESULT = purpose_salt("patience"), purpose_salt("handle"), purpose_salt("result")

_BLOCK = np.dtype([*dtype("cases").descr, ("customer", "i4")])
Block = NDArray[np.void]


class SourceStream:
    """Arrivals and attributes of one source."""

    def __init__(self, plan: Plan, source: Source, streams: Streams) -> None:
        self.source = source
        self.ix = plan.sources.index(source)
        self._plan = plan
        self._rng = streams.generator(f"arrivals/{source.name}")
        self._salt = streams.salt(f"case/{source.name}")
        self._clock = self._demand_clock()
        self._next_tau = float(self._rng.standard_exponential())  # unit-rate time of the next arrival
        self._tau = 0.0  # unit-rate time at the begin of the next block
        self._drawn = 0
        self._pending = np.empty(0)
        self._need = plan.needs[source.need_ix]
        product = plan.products[source.product_ix]
        self._warranty_h = product.warranty_h
        self._markets = np.array(product.market_ix or range(len(plan.markets.names)), dtype=np.int32)
        weight = plan.markets.weight[self._markets]
        self._market_cum = np.cumsum(weight) / weight.sum()
        shares = np.array(source.segment_shares or product.segment_shares or (1.0,))
        self._segment_cum = np.cumsum(shares) / shares.sum()

    def _demand_clock(self) -> DemandClock:
        run = self._plan.run
        if self.source.profile_ix < 0:
            return flat_clock(run.horizon_h)
        return demand_clock(self._plan.profiles[self.source.profile_ix], run.start, run.horizon_h)

    def _arrivals(self, begin: float, end: float, rate: float) -> NDArray[np.float64]:
        """Instants in [begin, end) at `rate` cases per hour of average demand."""
        f0, f1 = self._clock.at(begin), self._clock.at(end)
        tau_end = self._tau + rate * (f1 - f0)
        taus = []
        while self._next_tau < tau_end:
            gaps = self._draw_gaps(tau_end - self._next_tau)
            points = self._next_tau + np.concatenate(([0.0], np.cumsum(gaps)))
            inside = int(np.searchsorted(points, tau_end))
            taus.append(points[:inside])
            if inside < len(points):
                self._next_tau = float(points[inside])
                self._pending = gaps[inside:]
            else:
                self._next_tau = float(points[-1] + self._one_gap())
        tau0, self._tau = self._tau, tau_end
        if not taus:
            return np.empty(0)
        return np.clip(self._clock.invert(f0 + (np.concatenate(taus) - tau0) / rate), begin, np.nextafter(end, 0))

    def _draw_gaps(self, span: float) -> NDArray[np.float64]:
        need = int(span + 4 * span**0.5) + 8
        if len(self._pending) < need:
            more = self._rng.standard_exponential(need - len(self._pending))
            self._pending = np.concatenate((self._pending, more))
        gaps, self._pending = self._pending, np.empty(0)
        return gaps

    def _one_gap(self) -> float:
        return float(self._rng.standard_exponential())

    def block(self, begin: float, end: float, base: InstalledBase) -> Block:
        """The cases born in [begin, end), ascending in time, as rows of the cases table (number not yet set)."""
        rate, ages, weights = base.rate(self.source)
        times = self._arrivals(begin, end, rate) if rate > 0 else np.empty(0)
        keys = case_keys(self._salt, self._drawn, len(times))
        self._drawn += len(times)
        age = self._ages(keys, ages, weights)
        captured = np.where(age < self._warranty_h, self._need.captured_in, self._need.captured_out)
        kept = keyed_uniforms(keys, S_CAPTURED) < captured
        times, keys, age = times[kept], keys[kept], age[kept]
        rows = np.zeros(len(times), _BLOCK)
        rows["at_h"], rows["key"], rows["age_h"], rows["source"], rows["customer"] = times, keys, age, self.ix, -1
        self._draw_place(rows, keys)
        self._draw_channel(rows, keys)
        return rows

    @staticmethod
    def _ages(keys: NDArray[np.uint64], ages: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
        if not len(ages):
            return np.zeros(len(keys))
        cum = np.concatenate(([0.0], np.cumsum(weights)))
        u = keyed_uniforms(keys, S_AGE) * cum[-1]
        month = np.searchsorted(cum, u, side="right").clip(1, len(ages)) - 1
        return np.asarray(ages[month] + MONTH * (u - cum[month]) / np.maximum(weights[month], 1e-300))

    def _draw_place(self, rows: Block, keys: NDArray[np.uint64]) -> None:
        top = len(self._markets) - 1
        home = self._markets[np.searchsorted(self._market_cum, keyed_uniforms(keys, S_MARKET), side="right").clip(0, top)]
        rows["home"] = rows["market"] = home
        if self.source.travelling > 0:
            away = keyed_uniforms(keys, S_TRAVEL) < self.source.travelling
            u = keyed_uniforms(keys[away], S_AWAY)
            rows["market"][away] = self._markets[np.searchsorted(self._market_cum, u, side="right").clip(0, top)]
        cum = self._segment_cum
        rows["segment"] = np.searchsorted(cum, keyed_uniforms(keys, S_SEGMENT), side="right").clip(0, len(cum) - 1)

    def _draw_channel(self, rows: Block, keys: NDArray[np.uint64]) -> None:
        u = keyed_uniforms(keys, S_CHANNEL)
        for segment_ix, choices in enumerate(self.source.channels):
            if not choices:
                continue
            own = rows["segment"] == segment_ix
            cum = np.cumsum([share for _, share in choices])
            pick = np.searchsorted(cum / cum[-1], u[own], side="right").clip(0, len(choices) - 1)
            rows["channel"][own] = np.array([channel for channel, _ in choices])[pick]


class CaseFeed:
    """The next-arrival event: hands over one case, then waits for the next."""

    def __init__(self, ctx: Context, journey: Journey) -> None:
        self._ctx = ctx
        self._clock = ctx.clock
        self._on_case = journey.on_case
        plan = ctx.plan
        self._regions = plan.markets.region_ix
        self._needs = np.array([s.need_ix for s in plan.sources] or [0])
        self._products = np.array([s.product_ix for s in plan.sources] or [0])
        self._table = ctx.recorder.tables.get("cases")
        self._cases = self._stream()
        self._case = next(self._cases, None)
        self.born = 0
        if self._case is not None:
            self._clock.at(self._case.at_h, self, ARRIVAL)

    def fire(self) -> None:
        """A case is born."""
        case = self._case
        assert case is not None
        self.born += 1
        self._on_case(case)
        self._case = following = next(self._cases, None)
        if following is not None:
            self._clock.at(following.at_h, self, ARRIVAL)

    def _stream(self) -> Iterator[Case]:
        number = 0
        for block in self._blocks():
            block["case"] = np.arange(number, number + len(block))
            number += len(block)
            if self._table is not None:
                self._table.append(block[list(self._table.dtype.names or ())].astype(self._table.dtype))
            for i in range(0, len(block), _CHUNK):
                yield from self._chunk(block[i : i + _CHUNK])

    def _chunk(self, rows: Block) -> Iterator[Case]:
        keys = np.ascontiguousarray(rows["key"])
        source, market = rows["source"], rows["market"]
        columns = (
            rows["case"],
            keys,
            rows["at_h"],
            source,
            self._needs[source],
            self._products[source],
            market,
            rows["home"],
            self._regions[market],
            rows["segment"],
            rows["channel"],
            rows["age_h"],
            keyed_uniforms(keys, S_PATIENCE),
            keyed_uniforms(keys, S_HANDLE),
            keyed_uniforms(keys, S_RESULT),
            rows["customer"],
        )
        return map(Case, *(c.tolist() for c in columns))

    def _blocks(self) -> Iterator[Block]:
        plan = self._ctx.plan
        horizon = plan.run.horizon_h
        customers = _customer_rows(plan, self._ctx.streams)
        if plan.case_log is not None:
            yield _merged([_log_rows(plan.case_log), customers])
            return
        sources = [SourceStream(plan, s, self._ctx.streams) for s in plan.sources]
        base = InstalledBase(plan)
        begin = 0.0
        while begin < horizon:
            end = min(begin + MONTH, horizon)
            due = customers[(customers["at_h"] >= begin) & (customers["at_h"] < end)]
            yield _merged([*(s.block(begin, end, base) for s in sources), due])
            base.age_one_month()
            begin = end


def _merged(blocks: list[Block]) -> Block:
    rows = np.concatenate(blocks) if blocks else np.empty(0, _BLOCK)
    return rows[np.argsort(rows["at_h"], kind="stable")]


def _log_rows(log: CaseLog) -> Block:
    rows = np.zeros(len(log.at_h), _BLOCK)
    rows["at_h"], rows["key"], rows["age_h"], rows["customer"] = log.at_h, log.key, log.age_h, -1
    rows["source"], rows["market"], rows["home"] = log.source_ix, log.market_ix, log.home_ix
    rows["segment"], rows["channel"] = log.segment_ix, log.channel_ix
    return rows


def _customer_rows(plan: Plan, streams: Streams) -> Block:
    rows = np.zeros(len(plan.customers), _BLOCK)
    for i, c in enumerate(plan.customers):
        key = int(case_keys(streams.salt(f"customer/{c.name}"), 0, 1)[0])
        rows[i] = (0, key, c.at_h, c.source_ix, c.market_ix, c.market_ix, c.segment_ix, c.channel_ix, c.age_h, i)
    return rows[rows["at_h"] < plan.run.horizon_h]
