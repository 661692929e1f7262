"""Stock plans of hp-china-2017.yaml: what each size of point, each depot and the hubs keep."""

from __future__ import annotations

import math
from collections import defaultdict
from pathlib import Path
from typing import Any

from derive_common import base_stock_for, mean_hours, members, number, reorder_level_for, write_rows
from derive_demand import Volumes

PREFIX = "hp-china-2017"
DAY = 1 / 365
# All assumed: wanted fill rates; least demand of a part that a point keeps (a year); lots in days of demand.
POINT_FILL, DEPOT_FILL, HUB_FILL = 0.94, 0.90, 0.92
KEEP = {"large": 1.5, "medium": 1.5, "small": 1.5}
DEPOT_LOT, HUB_LOT, WORLD_LOT = 4, 10, 14
POINT_LEAD = 2.0  # days from the depot to a point, its waiting there included

Plan = list[tuple[str, str, str, str]]  # part, s, S, base_stock
HEADER = ["part", "s", "S", "base_stock"]


def point_demand(year: Volumes, level: int) -> dict[str, float]:
    """Parts a year for carry-in orders that a point of this level repairs itself, the whole country."""
    out: dict[str, float] = defaultdict(float)
    for (mode, fault_level, part), n in year.parts.items():
        if mode == "carry_in" and fault_level <= level:
            out[part] += n
    return out


def all_demand(year: Volumes) -> dict[str, float]:
    """Parts a year of all orders."""
    out: dict[str, float] = defaultdict(float)
    for (_, _, part), n in year.parts.items():
        out[part] += n
    return out


def point_plan(year: Volumes, size: str, level: int, share: float) -> Plan:
    """Base stock of a point with this share of the country's demand: only parts it needs often enough."""
    demand = {part: n * share for part, n in sorted(point_demand(year, level).items())}
    return [(p, "", "", str(base_stock_for(n * POINT_LEAD * DAY, POINT_FILL))) for p, n in demand.items() if n >= KEEP[size]]


def up_to_plan(
    demand: dict[str, float], lead: dict[str, tuple[float, float]], lot_days: float, fill: float, lumpy: float
) -> Plan:
    """(s,S) for yearly demand by part; `lead` gives mean and standard deviation in days, `lumpy` the mean size of a demand."""
    plan: Plan = []
    for part, n in sorted(demand.items()):
        days, spread = lead[part]
        lot = max(1, math.ceil(n * DAY * lot_days))
        mean = n * DAY * days
        extra = (n * DAY * spread) ** 2 + max(0.0, lumpy - 1) * mean
        s = reorder_level_for(mean, lot, fill, extra)
        plan.append((part, str(s), str(s + lot), ""))
    return plan


def vendor_leads(doc: dict[str, Any]) -> dict[str, tuple[str, float, float]]:
    """Vendor, mean and standard deviation of its lead time in days, by part."""
    out = {}
    for vendor, spec in doc["vendors"].items():
        gamma = spec["lead_time"]["gamma"]
        days = number(gamma["mean"]) / 24
        for part in spec["supplies"]:
            out[part] = (vendor, days, days * float(gamma["cv"]))
    return out


def write_stock_plans(out: Path, doc: dict[str, Any], points: list[Any], year: Volumes) -> None:
    """Write the CSV of every stock plan."""
    plans: dict[str, Plan] = {}
    for size in ("small", "medium", "large"):
        own = [p for p in points if p.size == size]
        plans[size] = point_plan(year, size, own[0].level, sum(p.weight for p in own) / len(own))
    total = all_demand(year)
    vendors = vendor_leads(doc)
    for depot, spec in members(doc["depots"]).items():
        share = sum(p.weight for p in points if p.region == spec["region"])
        days = mean_hours(spec["transit"]) / 24 + 0.4
        lead = dict.fromkeys(total, (days, 0.0))
        region = {p: n * share for p, n in total.items()}
        plans[f"depot-{depot}"] = up_to_plan(region, lead, DEPOT_LOT, DEPOT_FILL, 1.0)
    local = set(doc["locations"]["hub-shanghai"]["source"])
    transit = {v: mean_hours(lane["transit"]) / 24 for v, lane in doc["locations"]["hub-shanghai"]["source"].items()}
    world_days = transit["hub-singapore"] + 1.0  # a day of waiting there
    lead = {p: (days + transit[v], sd) if v in local else (world_days, 0.5) for p, (v, days, sd) in vendors.items()}
    lumpy = 4.0
    plans["hub-shanghai"] = up_to_plan(total, lead, HUB_LOT, HUB_FILL, lumpy)
    world = {p: n for p, n in total.items() if vendors[p][0] not in local}
    lead = {p: (days + 1.0, sd) for p, (_, days, sd) in vendors.items()}
    plans["hub-singapore"] = up_to_plan(world, lead, WORLD_LOT, HUB_FILL, 8.0)
    for name, plan in plans.items():
        write_rows(out / f"{PREFIX}-stock" / f"{name}.csv", HEADER, plan)
