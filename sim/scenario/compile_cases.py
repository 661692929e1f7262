"""Case types, their sources and faults, example customers and recorded cases of the plan."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sim import cautions
from sim.scenario.compile_names import Names
from sim.scenario.findings import Findings
from sim.scenario.plan import BEHAVIOURS, MODES, Customer, Fault, Markets, Need, Product, Run, Source
from sim.scenario.schema.cases import CaseSpec, CustomerSpec, PartNeedSpec
from sim.scenario.schema.distributions import dist_or_none
from sim.scenario.schema.forms import by_segment, normalised
from sim.scenario.schema.scenario import ScenarioSpec


def compile_need(name: str, spec: CaseSpec, has_centres: bool) -> Need:
    """What a case type takes, whatever the product; without a contact centre people walk in with something to repair."""
    has_parts = bool(spec.needs or spec.faults)
    kind = spec.kind or ("hardware" if has_parts or not has_centres else "question")
    return Need(
        name=name,
        kind=kind,
        no_fault_found=spec.no_fault_found,
        counts_in_tat=kind != "planned" if spec.counts_in_tat is None else spec.counts_in_tat,
        handle_time=dist_or_none(spec.handle_time),
        diagnosis_time=dist_or_none(spec.diagnosis_time),
        repair_time=dist_or_none(spec.repair_time),
        captured_in=spec.captured.in_warranty,
        captured_out=spec.captured.out_of_warranty,
        resolve=spec.resolve,
        to_repair=spec.to_repair,
        contained=spec.contained,
        result_call=spec.result_call,
    )


def usual_channel(names: Names) -> int:
    """Channel of customers of whom nothing is said: the first with voice, else with chat, else the first; -1 without any."""
    rank = {behaviour: i for i, behaviour in enumerate(BEHAVIOURS)}
    order = sorted(range(len(names.channels)), key=lambda i: (rank[names.channels[i].behaviour], i))
    return order[0] if order else -1


class SourceCompiler:
    """Makes the sources of all case types.

    Parameters
    ----------
    spec, names, findings
        The scenario, its indices, and where faults go.
    products
        Products of the plan, to see which have an installed base.
    """

    def __init__(self, spec: ScenarioSpec, names: Names, findings: Findings, products: tuple[Product, ...]) -> None:
        self._spec = spec
        self._names = names
        self._findings = findings
        self._products = products
        self._segments = spec.segments
        self._first_channel = usual_channel(names)

    def sources(self) -> list[Source]:
        """One source per case type and product that has a rate."""
        return [s for name, case in self._spec.cases.items() for s in self._of_case(name, case)]

    def _of_case(self, name: str, case: CaseSpec) -> Iterable[Source]:
        channels = tuple(self._channel_shares(case, segment) for segment in self._names.segments)
        modes = tuple(self._mode_shares(case, segment) for segment in self._names.segments)
        shares = tuple(case.segments.get(s, 0.0) for s in self._names.segments) if case.segments else ()
        for product, rate, by_age in self._rates(name, case):
            yield Source(
                name=f"{name}/{product}",
                need_ix=self._names.case_ix[name],
                product_ix=self._names.product_ix[product],
                rate=rate,
                by_age=by_age,
                profile_ix=self._names.profile_ix[case.profile] if case.profile else -1,
                channels=channels,
                modes=modes,
                faults=self._faults(name, case, product),
                segment_shares=shares,
                travelling=case.travelling,
            )

    def _rates(self, name: str, case: CaseSpec) -> Iterable[tuple[str, float, tuple[tuple[float, float], ...]]]:
        products = self._names.products
        if case.per_unit is not None:
            wanted = case.per_unit if isinstance(case.per_unit, dict) else dict.fromkeys(products, case.per_unit)
            for product, rates in wanted.items():
                if not self._products[self._names.product_ix[product]].survival:
                    at = ("cases", name, "per_unit", *([product] if isinstance(case.per_unit, dict) else []))
                    self._findings.fault("E527", at, f"cases per unit need the `sales` of product '{product}'")
                bands = rates if isinstance(rates, dict) else {0.0: rates}
                yield product, 0.0, tuple(sorted(bands.items()))
            return
        if case.product is not None:
            products = (case.product,)
        elif case.rate is not None and len(products) > 1:
            self._findings.fault("E528", ("cases", name, "rate"), "needs a `product`, as there are several")
        elif case.rate is None and case.faults_of and None not in case.faults_of:
            products = tuple(p for p in products if p in case.faults_of)
        for product in products:
            yield product, case.rate or 0.0, ()

    def _channel_shares(self, case: CaseSpec, segment: str) -> tuple[tuple[int, float], ...]:
        shares: dict[str, float] | None = None
        if case.channel is not None:
            shares = {case.channel: 1.0}
        elif case.channels is not None:
            shares = by_segment(case.channels, segment)
        if shares is None and segment in self._segments:
            shares = self._segments[segment].channels
        if shares is None:
            found = {self._first_channel: 1.0}
        else:
            found = {self._names.channel(c): share for c, share in shares.items() if share > 0}
        if case.walk_in > 0:
            found = {c: share * (1 - case.walk_in) for c, share in found.items() if case.walk_in < 1}
            found[-1] = found.get(-1, 0.0) + case.walk_in
        return tuple(sorted(found.items(), key=lambda item: (item[0] < 0, item[0])))

    def _mode_shares(self, case: CaseSpec, segment: str) -> tuple[float, ...]:
        shares = by_segment(case.modes, segment) if case.modes is not None else None
        if shares is None and segment in self._segments:
            shares = self._segments[segment].modes
        return tuple((shares or {"carry_in": 1.0}).get(mode, 0.0) for mode in MODES)

    def _faults(self, name: str, case: CaseSpec, product: str) -> tuple[Fault, ...]:
        if case.faults is None:
            if not case.needs and case.level == 1:
                return ()
            return (Fault(name, 1.0, self._parts(case.needs), case.level, dist_or_none(case.repair_time)),)
        by_product = case.faults_of
        faults = by_product.get(None) or by_product.get(product)
        if not faults:
            return ()
        shares = normalised({fault: 1.0 if f.share is None else f.share for fault, f in faults.items()})
        return tuple(
            Fault(fault, shares[fault], self._parts(f.needs), f.level, dist_or_none(f.repair_time)) for fault, f in faults.items()
        )

    def _parts(self, needs: dict[str, PartNeedSpec]) -> tuple[tuple[int, float, int], ...]:
        found = ((self._names.part_ix[part], n.probability, n.quantity) for part, n in needs.items() if n.probability > 0)
        return tuple(sorted(found))


def hours_since_start(local: str, zone: str, run: Run) -> float:
    """Clock of a local date and time, in hours."""
    moment = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return (moment - datetime.fromisoformat(run.start).replace(tzinfo=UTC)).total_seconds() / 3600


def compile_customers(
    spec: ScenarioSpec,
    names: Names,
    findings: Findings,
    needs: tuple[Need, ...],
    sources: list[Source],
    markets: Markets,
    run: Run,
) -> tuple[Customer, ...]:
    """The example customers of the time of the run, in the order of the file."""
    found = [_customer(key, c, names, findings, needs, sources, markets, run) for key, c in spec.customers.items()]
    return tuple(c for c in found if c is not None)


def _customer(
    key: str,
    spec: CustomerSpec,
    names: Names,
    findings: Findings,
    needs: tuple[Need, ...],
    sources: list[Source],
    markets: Markets,
    run: Run,
) -> Customer | None:
    at = ("customers", key)
    fitting = [
        i
        for i, s in enumerate(sources)
        if s.need_ix == names.case_ix[spec.case] and spec.product in (None, names.products[s.product_ix])
    ]
    if not fitting:
        findings.fault("E529", at, f"case type '{spec.case}' does not occur with product '{spec.product}'")
        return None
    if len(fitting) > 1:
        findings.fault("E529", at, f"needs a `product`, as case type '{spec.case}' occurs with several")
        return None
    source = sources[fitting[0]]
    need = needs[source.need_ix]
    market = names.market_ix[spec.market] if spec.market else 0
    segment = names.segment_ix[spec.segment] if spec.segment else 0
    at_h = hours_since_start(spec.at, spec.time_zone or markets.time_zone[market], run)
    fault_names = [f.name for f in source.faults]
    if spec.fault is not None and spec.fault not in fault_names:
        from sim.errors import did_you_mean

        hint = did_you_mean(spec.fault, fault_names) or (f"the faults are {', '.join(fault_names)}" if fault_names else "")
        findings.fault("E501", (*at, "fault"), f"unknown fault '{spec.fault}' of case type '{spec.case}'", hint)
        return None
    if not 0 <= at_h < run.horizon_h:
        template = cautions.BEFORE_START if at_h < 0 else cautions.AFTER_END
        findings.warn(template.format(name=key))
        return None
    return Customer(
        name=key,
        at_h=at_h,
        source_ix=fitting[0],
        market_ix=market,
        segment_ix=segment,
        age_h=spec.age,
        channel_ix=names.channel(spec.channel) if spec.channel else _usual_channel(source, segment),
        mode=spec.mode or "",
        fault=fault_names.index(spec.fault) if spec.fault is not None else -1,
        becomes_order=_is_repairable(need, source) if spec.becomes_order is None else spec.becomes_order,
        story=spec.story,
    )


def _is_repairable(need: Need, source: Source) -> bool:
    """Whether contacts of this source can end in a repair order: its type says a share, or has something to repair."""
    if need.to_repair is not None:
        return need.to_repair > 0
    return bool(source.faults) or need.kind in ("hardware", "cosmetic", "planned", "recall")


def _usual_channel(source: Source, segment: int) -> int:
    """The most frequent first channel; the first of those that are equal."""
    shares = source.channels[segment]
    return max(shares, key=lambda item: item[1])[0]
