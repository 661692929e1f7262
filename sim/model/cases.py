"""Installed base -> cases: a table made in monthly blocks ahead of the clock, or a recorded log, fed case by case.

Each source (case type of a product family) is one unit-rate Poisson stream, inverted through its demand profile, so that
demand scaled by a factor stays in step. All else about a case is a keyed draw from its own key; the key depends on the
source's name and the case's place in it only, so no other source, site or policy changes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.columns import TABLES
from sim.engine.clock import ARRIVAL
from sim.model.installed_base import MONTH, InstalledBase
from sim.model.seams import Case, Context, Journey
from sim.profile import DemandClock, demand_clock, flat_clock
from sim.scenario.plan import CaseLog, Plan, Source
from sim.streams import Streams, case_keys, purpose_salt

_CHUNK: Final = 4096  # cases turned into Python numbers at a time
S_MARKET: Final = purpose_salt("market")
S_AWAY: Final = purpose_salt("away")
S_TRAVEL: Final = purpose_salt("travel")
S_SEGMENT: Final = purpose_salt("segment")
S_CHANNEL: Final = purpose_salt("channel")
S_AGE: Final = purpose_salt("age")
S_CAPTURED: Final = purpose_salt("captured")
S_PATIENCE: Final = purpose_salt("patience")
S_HANDLE: Final = purpose_salt("handle")
S_RESULT: Final = purpose_salt("result")

# Columns of a block of cases: those of the cases table without the number, and the example customer, else -1.
_TYPES: Final = {column.name: column.dtype for column in TABLES["cases"] if column.name != "case"} | {"customer": "i4"}
Block = dict[str, NDArray[Any]]


class SourceStream:
    """Arrivals and attributes of one source."""

    def __init__(self, plan: Plan, source: Source, streams: Streams) -> None:
        self.source = source
        self.ix = plan.sources.index(source)
        self._plan = plan
        self._rng = streams.generator(f"arrivals/{source.name}")
        self._salt = streams.salt(f"case/{source.name}")
        self._uniforms = streams.keyed
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
        """The cases born in [begin, end), ascending in time, as columns of the cases table (numbers not yet given)."""
        rate, ages, weights = base.rate(self.source)
        times = self._arrivals(begin, end, rate) if rate > 0 else np.empty(0)
        keys = case_keys(self._salt, self._drawn, len(times))
        self._drawn += len(times)
        age = self._ages(keys, ages, weights)
        if min(self._need.captured_in, self._need.captured_out) < 1:
            captured = np.where(age < self._warranty_h, self._need.captured_in, self._need.captured_out)
            kept = self._uniforms(keys, S_CAPTURED) < captured
            times, keys, age = times[kept], keys[kept], age[kept]
        block = _empty_block(len(times))
        block["at_h"], block["key"], block["age_h"] = times, keys, age
        block["source"][:] = self.ix
        block["customer"][:] = -1
        self._draw_place(block, keys)
        self._draw_segment(block, keys)
        self._draw_channel(block, keys)
        return block

    def expected(self, begin: float, end: float, base: InstalledBase) -> float:
        """Mean number of cases born in [begin, end), a time within the base's present month."""
        rate, ages, weights = base.rate(self.source)
        kept = self._need.captured_in
        if self._need.captured_out != kept:  # unlike shares: by how much of each month of age lies in the warranty
            inside = np.clip((self._warranty_h - ages) / MONTH, 0.0, 1.0) if len(ages) else np.ones(1)
            share = float((inside * weights).sum() / weights.sum()) if len(ages) and weights.sum() > 0 else float(inside[0])
            kept = share * kept + (1.0 - share) * self._need.captured_out
        return rate * (self._clock.at(end) - self._clock.at(begin)) * kept

    def _ages(self, keys: NDArray[np.uint64], ages: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
        if not len(ages):
            return np.zeros(len(keys))
        cum = np.concatenate(([0.0], np.cumsum(weights)))
        u = self._uniforms(keys, S_AGE) * cum[-1]
        month = np.searchsorted(cum, u, side="right").clip(1, len(ages)) - 1
        return np.asarray(ages[month] + MONTH * (u - cum[month]) / np.maximum(weights[month], 1e-300))

    def _draw_place(self, block: Block, keys: NDArray[np.uint64]) -> None:
        home = self._draw_markets(keys, S_MARKET)
        block["home"] = home
        block["market"] = home
        if self.source.travelling > 0:
            away = self._uniforms(keys, S_TRAVEL) < self.source.travelling
            block["market"] = home.copy()
            block["market"][away] = self._draw_markets(keys[away], S_AWAY)

    def _draw_markets(self, keys: NDArray[np.uint64], salt: int) -> NDArray[np.int32]:
        top = len(self._markets) - 1
        if top == 0:
            return np.full(len(keys), self._markets[0], np.int32)
        place = np.searchsorted(self._market_cum, self._uniforms(keys, salt), side="right").clip(0, top)
        return np.asarray(self._markets[place], np.int32)

    def _draw_segment(self, block: Block, keys: NDArray[np.uint64]) -> None:
        top = len(self._segment_cum) - 1
        if top > 0:
            u = self._uniforms(keys, S_SEGMENT)
            block["segment"][:] = np.searchsorted(self._segment_cum, u, side="right").clip(0, top)

    def _draw_channel(self, block: Block, keys: NDArray[np.uint64]) -> None:
        u = self._uniforms(keys, S_CHANNEL) if any(len(choices) > 1 for choices in self.source.channels) else None
        for segment_ix, choices in enumerate(self.source.channels):
            if not choices:
                continue
            own = block["segment"] == segment_ix
            if u is None or len(choices) == 1:
                block["channel"][own] = choices[0][0]
                continue
            cum = np.cumsum([share for _, share in choices])
            pick = np.searchsorted(cum / cum[-1], u[own], side="right").clip(0, len(choices) - 1)
            block["channel"][own] = np.array([channel for channel, _ in choices])[pick]


class CaseFeed:
    """The next-arrival event: hands over one case, then waits for the next."""

    def __init__(self, ctx: Context, journey: Journey) -> None:
        self._ctx = ctx
        self._at = ctx.clock.at
        self._journey = journey
        plan = ctx.plan
        self._regions = plan.markets.region_ix
        self._needs = [s.need_ix for s in plan.sources]
        self._products = [s.product_ix for s in plan.sources]
        self._table = ctx.recorder.tables.get("cases")
        self._chunks = self._stream()
        self._chunk = Chunk({name: np.empty(0, kind) for name, kind in _TYPES.items()}, 0, self._regions, ctx.streams)
        self._place = 0  # in the chunk
        self.born = 0
        self._case = self._next_case()
        if self._case is not None:
            self._at(self._case.at_h, self, ARRIVAL)

    def fire(self) -> None:
        """A case is born."""
        case = self._case
        assert case is not None
        self.born += 1
        self._journey.on_case(case)
        self._case = following = self._next_case()
        if following is not None:
            self._at(following.at_h, self, ARRIVAL)

    def _next_case(self) -> Case | None:
        i = self._place
        chunk = self._chunk
        while i == chunk.size:
            following = next(self._chunks, None)
            if following is None:
                return None
            self._chunk = chunk = following
            i = 0
        self._place = i + 1
        source = chunk.source[i]
        return Case(
            chunk.first + i,
            chunk.key[i],
            chunk.at_h[i],
            source,
            self._needs[source],
            self._products[source],
            chunk.market[i],
            chunk.home[i],
            chunk.region[i],
            chunk.segment[i],
            chunk.channel[i],
            chunk.age_h[i],
            chunk.u_patience[i],
            chunk.u_handle[i],
            chunk.u_result[i],
            chunk.customer[i],
        )

    def _stream(self) -> Iterator[Chunk]:
        number = 0
        for block in self._blocks():
            n = len(block["at_h"])
            if self._table is not None:
                rows = np.empty(n, self._table.dtype)
                for name in self._table.dtype.names or ():
                    rows[name] = np.arange(number, number + n) if name == "case" else block[name]
                self._table.append(rows)
            for i in range(0, n, _CHUNK):
                part = {name: column[i : i + _CHUNK] for name, column in block.items()}
                yield Chunk(part, number + i, self._regions, self._ctx.streams)
            number += n

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
            due = (customers["at_h"] >= begin) & (customers["at_h"] < end)
            yield _merged([*(s.block(begin, end, base) for s in sources), {k: v[due] for k, v in customers.items()}])
            base.age_one_month()
            begin = end


class Chunk:
    """Some thousand cases as lists of Python numbers."""

    __slots__ = (
        "age_h",
        "at_h",
        "channel",
        "customer",
        "first",
        "home",
        "key",
        "market",
        "region",
        "segment",
        "size",
        "source",
        "u_handle",
        "u_patience",
        "u_result",
    )

    def __init__(self, block: Block, first: int, regions: NDArray[np.int32], streams: Streams) -> None:
        keys, uniforms = block["key"], streams.keyed
        self.first = first  # number of the first case
        self.size = len(keys)
        self.key: list[int] = streams.keys(keys)
        self.at_h: list[float] = block["at_h"].tolist()
        self.source = _numbers(block["source"])
        self.market = _numbers(block["market"])
        self.home = _numbers(block["home"])
        self.region = _numbers(regions[block["market"]])
        self.segment = _numbers(block["segment"])
        self.channel = _numbers(block["channel"])
        self.age_h: list[float] = block["age_h"].tolist()
        self.customer = _numbers(block["customer"])
        self.u_patience: list[float] = uniforms(keys, S_PATIENCE).tolist()
        self.u_handle: list[float] = uniforms(keys, S_HANDLE).tolist()
        self.u_result: list[float] = uniforms(keys, S_RESULT).tolist()


def _numbers(column: NDArray[Any]) -> list[int]:
    """A column of integers as Python numbers; often all are the same one."""
    first: int = column[0].item() if len(column) else 0
    return [first] * len(column) if (column == first).all() else column.tolist()


def _empty_block(n: int) -> Block:
    return {name: np.zeros(n, kind) for name, kind in _TYPES.items()}


def _merged(blocks: list[Block]) -> Block:
    """All cases of several blocks in order of time; those of one instant stay in the order of the blocks."""
    filled = [block for block in blocks if len(block["at_h"])]
    if len(filled) == 1 and filled[0] is blocks[0]:  # the blocks of sources are in order already
        return filled[0]
    if not filled:
        return _empty_block(0)
    order = np.argsort(np.concatenate([block["at_h"] for block in filled]), kind="stable")
    return {name: np.concatenate([block[name] for block in filled])[order] for name in _TYPES}


def _log_rows(log: CaseLog) -> Block:
    order = np.argsort(log.at_h, kind="stable")
    block = _empty_block(len(log.at_h))
    for name, column in (
        ("at_h", log.at_h),
        ("key", log.key),
        ("age_h", log.age_h),
        ("source", log.source_ix),
        ("market", log.market_ix),
        ("home", log.home_ix),
        ("segment", log.segment_ix),
        ("channel", log.channel_ix),
    ):
        block[name][:] = column[order]
    block["customer"][:] = -1
    return block


def _customer_rows(plan: Plan, streams: Streams) -> Block:
    known = [(i, c) for i, c in enumerate(plan.customers) if c.at_h < plan.run.horizon_h]
    block = _empty_block(len(known))
    for row, (i, c) in enumerate(known):
        block["key"][row] = int(case_keys(streams.salt(f"customer/{c.name}"), 0, 1)[0])
        block["at_h"][row], block["age_h"][row], block["customer"][row] = c.at_h, c.age_h, i
        block["source"][row], block["segment"][row], block["channel"][row] = c.source_ix, c.segment_ix, c.channel_ix
        block["market"][row] = block["home"][row] = c.market_ix
    return block
