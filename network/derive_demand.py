"""Yearly volumes that follow from a network file: cases, repair orders, work and part demand.

The same arithmetic as in README.md, from the numbers of the YAML itself, so that staff and stock never rest on other rates than
the simulation. Rough on purpose where the simulation is exact (redials, reconnects).
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from derive_common import mean_hours, number

MODES = ("carry_in", "mail_in", "on_site")
ANSWERED = 0.93  # share of customers who get through in the end, assumed
MONTHS = 12


@dataclass
class Volumes:
    """What happens in a year; keys of `work` and `parts` are (mode, level of the fault)."""

    units: dict[str, float] = field(default_factory=dict)
    in_warranty: dict[str, float] = field(default_factory=dict)
    cases: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    contacts_first: dict[str, float] = field(default_factory=lambda: defaultdict(float))  # by channel
    orders: dict[str, float] = field(default_factory=lambda: defaultdict(float))  # by mode
    orders_out: float = 0.0
    looks: dict[str, float] = field(default_factory=lambda: defaultdict(float))  # orders diagnosed in the time of the site
    test_h: dict[str, float] = field(default_factory=lambda: defaultdict(float))  # of diagnoses in the time of the case type
    by_level: dict[tuple[str, int], float] = field(default_factory=lambda: defaultdict(float))  # orders that are repaired
    repair_h: dict[tuple[str, int], float] = field(default_factory=lambda: defaultdict(float))
    parts: dict[tuple[str, int, str], float] = field(default_factory=lambda: defaultdict(float))


def survival(life: dict[str, Any], months: int) -> list[float]:
    """Share of a sale still in use in the middle of each month of age (Weibull by mean and shape)."""
    spec = life["weibull"]
    shape = float(spec["shape"])
    scale = number(spec["mean"]) / 8760 * MONTHS / math.gamma(1 + 1 / shape)
    return [math.exp(-(((m + 0.5) / scale) ** shape)) for m in range(months)]


def units_by_age(product: dict[str, Any], sold: list[float]) -> list[float]:
    """Units in the field by month of age (0 first) after the sales `sold` (oldest first)."""
    alive = survival(product["sales"]["life"], len(sold))
    return [s * a for s, a in zip(reversed(sold), alive, strict=True)]


def rates_by_month(spec: Any, months: int) -> list[float]:
    """Cases per unit-year by month of age, from `0.3/year` or `{from 0 years: .., from 1 year: ..}`."""
    if isinstance(spec, str):
        return [number(spec) * 8760] * months
    steps = sorted((number(key.removeprefix("from ")) / 8760 * MONTHS, number(rate) * 8760) for key, rate in spec.items())
    return [next((rate for start, rate in reversed(steps) if m + 0.5 > start), 0.0) for m in range(months)]


def volumes(doc: dict[str, Any], sold: dict[str, list[float]]) -> Volumes:
    """Volumes of a year.

    Parameters
    ----------
    doc
        The network file.
    sold
        Monthly sales by product up to the middle of the year, oldest first.
    """
    out = Volumes()
    for product, spec in doc["products"].items():
        field_units = units_by_age(spec, sold[product])
        terms = number(spec["warranty"]) / 8760 * MONTHS
        out.units[product] = sum(field_units)
        out.in_warranty[product] = sum(u for m, u in enumerate(field_units) if m + 0.5 < terms)
        for need, case in doc["cases"].items():
            if product in case["per_unit"]:
                _add_case(out, doc, need, product, field_units, terms)
    return out


def _add_case(out: Volumes, doc: dict[str, Any], need: str, product: str, field_units: list[float], terms: float) -> None:
    case = doc["cases"][need]
    captured = case.get("captured", {})
    kept = [number(captured.get(k, "100 %")) for k in ("in_warranty", "out_of_warranty")]
    rates = rates_by_month(case["per_unit"][product], len(field_units))
    inside = kept[0] * sum(u * r for m, (u, r) in enumerate(zip(field_units, rates, strict=True)) if m + 0.5 < terms)
    outside = kept[1] * sum(u * r for m, (u, r) in enumerate(zip(field_units, rates, strict=True)) if m + 0.5 >= terms)
    out.cases[need] += inside + outside
    for segment, share in doc["products"][product]["segments"].items():
        n_in, n_out = inside * number(share), outside * number(share)
        walk = number(case.get("walk_in", "0 %"))
        channels = doc["segments"][segment]["channels"]
        for channel, part in channels.items():
            out.contacts_first[channel] += (n_in + n_out) * (1 - walk) * number(part)
        called = (1 - walk) * _yield(doc, case, channels)
        modes = case.get("modes", doc["segments"][segment].get("modes", {"carry_in": "100 %"}))
        for mode in MODES:
            chance = walk * (mode == "carry_in") + called * number(modes.get(mode, "0 %"))
            if chance > 0:
                _add_orders(out, doc, case, product, mode, n_in * chance, n_out * chance)


def _yield(doc: dict[str, Any], case: dict[str, Any], channels: dict[str, str]) -> float:
    """Share of contacts that end in an order: first answer, transfer or reconnect counted once more."""
    to_repair = number(case.get("to_repair", "0 %"))
    web = sum(number(s) for c, s in channels.items() if doc["channels"][c]["behaviour"] == "self_service")
    return (1 - web * number(case.get("contained", "0 %"))) * ANSWERED * to_repair * (1 + (1 - to_repair) * 0.2)


def _add_orders(
    out: Volumes, doc: dict[str, Any], case: dict[str, Any], product: str, mode: str, n_in: float, n_out: float
) -> None:
    found = 1 - number(case.get("no_fault_found", "0 %"))
    fixed = (n_in + n_out * number(doc["quote"]["accept"])) * found
    faults = case.get("faults", {})
    first: Any = next(iter(faults.values()), {})
    own = faults if isinstance(first, dict) and "share" in first else faults.get(product, {})
    out.orders[mode] += n_in + n_out
    out.orders_out += n_out
    if "diagnosis_time" in case:
        out.test_h[mode] += (n_in + n_out) * mean_hours(case["diagnosis_time"])
    else:
        out.looks[mode] += (n_in + n_out) * (case["kind"] != "planned")
    for fault in own.values():
        level = int(fault.get("level", 1))
        n = fixed * number(fault["share"])
        out.by_level[mode, level] += n
        out.repair_h[mode, level] += n * mean_hours(fault.get("repair_time", case.get("repair_time", "1 h")))
        for part, need in fault.get("needs", {}).items():
            probability = number(need if isinstance(need, str) else need["probability"])
            out.parts[mode, level, part] += n * probability * (1 if isinstance(need, str) else int(need.get("quantity", 1)))


def print_volumes(year: Volumes) -> None:
    """The volumes on standard output, for README.md."""
    for what, numbers in (
        ("units in the field", year.units),
        ("of these in warranty", year.in_warranty),
        ("cases a year", year.cases),
        ("first contacts a year", year.contacts_first),
        ("orders a year", year.orders),
    ):
        print(f"{what}: {round(sum(numbers.values()))}", {k: round(v) for k, v in numbers.items()})
    print(f"orders out of warranty a year: {round(year.orders_out)}")
    print(f"parts a year: {round(sum(year.parts.values()))}")
