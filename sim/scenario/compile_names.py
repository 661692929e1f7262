"""Names and their indices: every collection of the plan in the order of the file, with implied members."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from sim.scenario.plan import BEHAVIOURS, Channel
from sim.scenario.schema.cases import CaseSpec
from sim.scenario.schema.contact import CentreSpec, LineSpec
from sim.scenario.schema.parts import StockingSpec
from sim.scenario.schema.scenario import ScenarioSpec

WALK_IN = "walk_in"
S = TypeVar("S", bound=StockingSpec)
T = TypeVar("T")


def expanded(collection: Mapping[str, S]) -> Iterator[tuple[str, str, S]]:
    """(name, key in the file, spec) of every place; `count: 3` makes name-1, name-2, name-3."""
    for key, spec in collection.items():
        if spec.count is None:
            yield key, key, spec
        else:
            for number in range(1, spec.count + 1):
                yield f"{key}-{number}", key, spec


class Shared:
    """One object for all that are equal: thousands of places mostly share a few patterns."""

    def __init__(self) -> None:
        self._known: dict[Any, Any] = {}

    def __call__(self, value: T) -> T:
        """The first value seen that equals this one."""
        found: T = self._known.setdefault(value, value)
        return found


def _index(names: Iterable[str]) -> dict[str, int]:
    return {name: i for i, name in enumerate(names)}


def _channel_names(case: CaseSpec) -> Iterator[str]:
    if case.channel:
        yield case.channel
    for key, value in (case.channels or {}).items():
        if isinstance(value, dict):
            yield from value
        else:
            yield key


def used_channels(spec: ScenarioSpec) -> list[str]:
    """Channels by which cases arrive, in order of appearance."""
    used = [c for case in spec.cases.values() for c in _channel_names(case)]
    used += [c for segment in spec.segments.values() for c in segment.channels or ()]
    used += [customer.channel for customer in spec.customers.values() if customer.channel]
    return [c for c in dict.fromkeys(used) if c != WALK_IN]


def implied_lines(spec: ScenarioSpec, centre: CentreSpec) -> dict[str, LineSpec]:
    """Lines of a centre by name; without any, one for every channel that cases use (voice if none does)."""
    if centre.lines is not None:
        return centre.lines
    return {channel: LineSpec() for channel in used_channels(spec) or ["voice"]}


class Names:
    """Dense indices of a scenario's names.

    Parameters
    ----------
    spec
        The scenario; its references are taken to be right.
    """

    def __init__(self, spec: ScenarioSpec) -> None:
        self.regions = tuple(_regions(spec)) or ("all",)
        self.region_ix = _index(self.regions)
        self.markets = tuple(spec.markets) or tuple(name for name, _ in self.implied_markets())
        self.market_ix = _index(self.markets)
        self.segments = tuple(spec.segments) or ("all",)
        self.segment_ix = _index(self.segments)
        self.products = tuple(spec.products) or ("product",)
        self.product_ix = _index(self.products)
        self.parts = tuple(spec.parts)
        self.part_ix = _index(self.parts)
        self.cases = tuple(spec.cases)
        self.case_ix = _index(self.cases)
        self.channels = _channels(spec)
        self.channel_ix = _index(c.name for c in self.channels)
        self.profile_ix: dict[str, int] = {}

    def region(self, name: str | None) -> int:
        """Index of a region; None is the only region, -1 if there are several."""
        return self.region_ix[name] if name is not None else 0 if len(self.regions) == 1 else -1

    def implied_markets(self) -> list[tuple[str, str]]:
        """(market, region) where the file gives no markets."""
        if len(self.regions) == 1:
            return [("everywhere", self.regions[0])]
        return [(region, region) for region in self.regions]

    def channel(self, name: str) -> int:
        """Index of a channel; `walk_in` is -1."""
        return -1 if name == WALK_IN else self.channel_ix[name]


def _regions(spec: ScenarioSpec) -> Iterator[str]:
    if spec.regions is not None:
        yield from spec.regions
        return
    named: list[str | None] = [market.region for market in spec.markets.values()]
    for places in (spec.service_points, spec.depots, spec.teams, spec.locations):
        named += [place.region for place in places.values()]
    named += [region for centre in spec.contact_centres.values() for region in centre.serves or ()]
    yield from dict.fromkeys(name for name in named if name is not None)


def _channels(spec: ScenarioSpec) -> tuple[Channel, ...]:
    """Declared channels, then those that cases and lines use and whose behaviour follows from their name or line."""
    found: dict[str, str] = {name: channel.behaviour for name, channel in spec.channels.items()}
    arriving = dict.fromkeys(used_channels(spec), "")
    for centre in spec.contact_centres.values():
        for name, line in implied_lines(spec, centre).items():
            if not line.internal:
                arriving[line.channel or name] = arriving.get(line.channel or name) or line.behaviour or ""
    for name, behaviour in arriving.items():
        found.setdefault(name, name if name in BEHAVIOURS else behaviour or "voice")
    return tuple(Channel(name, behaviour) for name, behaviour in found.items())
