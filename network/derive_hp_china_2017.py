"""Derive the tables of hp-china-2017.yaml from the source data.

    python derive_hp_china_2017.py --data ../../shared/data [--out DIR] [--report]

Writes markets, service points, sales, working days, the call profile and all stock plans, byte for byte the same from the same
data. The rates, shares and times come from hp-china-2017.yaml; what is assumed here is marked so. README.md tells the story.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
from derive_common import (
    HERE,
    Row,
    arguments,
    distance_km,
    heads_for_wait,
    members,
    number,
    read_rows,
    read_yaml,
    road_hours,
    write_rows,
)
from derive_demand import Volumes, print_volumes, volumes
from derive_hp_stock import write_stock_plans

PREFIX = "hp-china-2017"
REGIONS = {
    "north-east": ("Heilongjiang", "Jilin", "Liaoning"),
    "north": ("Beijing", "Tianjin", "Hebei", "Shanxi", "Inner Mongolia"),
    "east": ("Shanghai", "Jiangsu", "Zhejiang", "Anhui", "Shandong"),
    "central": ("Henan", "Hubei", "Hunan", "Jiangxi"),
    "south": ("Guangdong", "Guangxi", "Hainan", "Fujian"),
    "south-west": ("Chongqing", "Sichuan", "Guizhou", "Yunnan", "Tibet"),
    "north-west": ("Shaanxi", "Gansu", "Qinghai", "Ningxia", "Xinjiang"),
}
REGION_OF = {province: region for region, provinces in REGIONS.items() for province in provinces}
POINTS = 2104  # the article: more than 2,000 points in more than 1,200 cities and counties
FIXED_POINTS = {"Heilongjiang": 62, "Xinjiang": 28, "Tibet": 14, "Yunnan": 94}  # the article: 60+, 40+ together, 90+
COVERED = 0.68  # counties with a point / points of a province, assumed
SPREAD = 0.1  # exponent of the weight in D'Hondt: big districts have big points rather than many, assumed
RING_KM = 3.5  # distance of a county's points from each other, assumed

# Sales in China: world shipments (IDC) x assumed share; the first quarter of each year x assumed factor is the year.
Q1_2016, Q1_2017 = 11_621_000, 13_143_000
YEAR_BY_Q1, CHINA_SHARE = 4.45, 0.09
PRINTERS, PRINTER_GROWTH = 2_600_000, 1.06  # a year, assumed; growth from the article
PC_MIX = {"notebook": 0.42, "gaming-notebook": 0.035, "business-notebook": 0.215, "desktop": 0.33}  # assumed
PRINTER_MIX = {"inkjet-printer": 0.55, "laser-printer": 0.45}  # assumed
SEASON = (0.9, 0.7, 1.0, 0.95, 1.0, 1.1, 1.0, 1.05, 1.15, 1.0, 1.2, 0.95)  # January first, assumed
HISTORY_MONTHS, RUN_MONTHS = 84, 18  # history to September 2016, run from October 2016

# Size classes: (name, level, least work in hours a year, open hours a year); thresholds assumed.
CLASSES = (("large", 2, 900.0, 9.0 * 362), ("medium", 2, 400.0, 5.5 * 6 * 52), ("small", 1, 0.0, 3.0 * 6 * 52))
WAIT_H, HIGHEST = 2.5, 0.86  # mean wait for a technician in open hours, utilisation at most (assumed)


@dataclass
class Place:
    """A market, or a service point with its share of the country's demand."""

    name: str
    adcode: str
    region: str
    lat: float
    lon: float
    weight: float
    surcharge: bool = False
    size: str = "small"
    level: int = 1
    technicians: int = 1


def county_weight(row: Row) -> float:
    """Urban population x share with college education (persons)."""
    return float(row["urban_population_2020"]) * float(row["college_plus_2020"]) / float(row["population_2020"])


def largest_remainder(weights: dict[str, float], total: int) -> dict[str, int]:
    """Whole numbers in proportion to the weights that add up to `total`; ties by name."""
    scale = total / sum(weights.values())
    whole = {k: math.floor(w * scale) for k, w in weights.items()}
    order = sorted(weights, key=lambda k: (whole[k] - weights[k] * scale, k))
    for k in order[: total - sum(whole.values())]:
        whole[k] += 1
    return whole


def points_by_province(counties: list[Row]) -> dict[str, int]:
    """Service points of each province: the published ones, the rest by urban population."""
    urban: dict[str, float] = defaultdict(float)
    for row in counties:
        urban[row["province"]] += float(row["urban_population_2020"])
    rest = {p: u for p, u in urban.items() if p not in FIXED_POINTS}
    return FIXED_POINTS | largest_remainder(rest, POINTS - sum(FIXED_POINTS.values()))


def points_by_county(counties: list[Row]) -> dict[str, int]:
    """Service points by adcode: one in each of the heaviest counties of a province, then D'Hondt by a power of the weight."""
    result: dict[str, int] = {}
    for province, n in sorted(points_by_province(counties).items()):
        own = [r for r in counties if r["province"] == province and r["unit_type"] != "development_zone"]
        own.sort(key=lambda r: (-county_weight(r), r["adcode"]))
        chosen = own[: min(len(own), max(1, round(COVERED * n)))]
        count = {r["adcode"]: 1 for r in chosen}
        weight = {r["adcode"]: county_weight(r) for r in chosen}
        for _ in range(n - len(chosen)):
            best = max(count, key=lambda a: (weight[a] ** SPREAD / (count[a] + 1), a))
            count[best] += 1
        result |= count
    return result


def places(counties: list[Row]) -> tuple[list[Place], list[Place]]:
    """Markets and service points. A county with n points is cut into n markets, each around one of them."""
    count = points_by_county(counties)
    markets, points = [], []
    taken: set[tuple[str, str]] = set()
    for row in sorted(counties, key=lambda r: r["adcode"]):
        n = count.get(row["adcode"], 0)
        lat, lon = float(row["lat"]), float(row["lon"])
        while (f"{lat:.2f}", f"{lon:.2f}") in taken:  # two districts at the centre of one prefecture
            lon += 0.05
        taken.add((f"{lat:.2f}", f"{lon:.2f}"))
        surcharge = row["unit_type"] not in ("district", "county_city", "prefecture_city_without_counties")
        for i in range(max(n, 1)):
            angle = 2 * math.pi * i / max(n, 1)
            away = RING_KM * (n > 1) / 111.2
            at = (round(lat + away * math.cos(angle), 4), round(lon + away * math.sin(angle) / math.cos(math.radians(lat)), 4))
            name = f"cn-{row['adcode']}" + (f"-{i + 1}" if i else "")
            place = Place(name, row["adcode"], REGION_OF[row["province"]], *at, county_weight(row) / max(n, 1), surcharge)
            markets.append(place)
            if i < n:
                points.append(Place(name, row["adcode"], place.region, *at, 0.0))
    return markets, points


def set_catchment(markets: list[Place], points: list[Place]) -> None:
    """Share of the country's demand that is nearest to each point (great circle)."""
    p_lat, p_lon = (np.radians([getattr(p, k) for p in points]) for k in ("lat", "lon"))
    total = sum(m.weight for m in markets)
    for m in markets:
        lat, lon = math.radians(m.lat), math.radians(m.lon)
        h = np.sin((p_lat - lat) / 2) ** 2 + math.cos(lat) * np.cos(p_lat) * np.sin((p_lon - lon) / 2) ** 2
        points[int(np.argmin(h))].weight += m.weight / total


def set_sizes(points: list[Place], doc: dict[str, Any], year: Volumes) -> None:
    """Size class and technicians of each point from its expected work."""
    look = number(doc["service_points"]["defaults"]["diagnosis_time"]["gamma"]["mean"])
    looks = year.looks["carry_in"] * look
    again = 1 + 0.08 * 0.04
    for p in points:
        for size, level, least, open_h in CLASSES:
            fixed = sum(h for (mode, lv), h in year.repair_h.items() if mode == "carry_in" and lv <= level)
            audits = 0.08 * 0.25 * sum(n for (mode, lv), n in year.by_level.items() if mode == "carry_in" and lv <= level)
            work = p.weight * (looks + fixed * again + audits)
            if work >= least:
                p.size, p.level = size, level
                p.technicians = heads_for_wait(work / open_h, 1.6, WAIT_H, HIGHEST)
                break


def sales(run: bool = False) -> dict[str, list[float]]:
    """Units sold in China by month: the history before the run, or the months of the run."""
    months = range(-HISTORY_MONTHS, 0) if not run else range(RUN_MONTHS)
    out: dict[str, list[float]] = {k: [] for k in (*PC_MIX, *PRINTER_MIX)}
    for m in months:
        year, month = 2016 + (9 + m) // 12, (9 + m) % 12
        season = SEASON[month] / sum(SEASON)
        pcs = (Q1_2017 if year >= 2017 else Q1_2016) * YEAR_BY_Q1 * CHINA_SHARE * season
        printers = PRINTERS * (PRINTER_GROWTH if year >= 2017 else 1.0) * season
        for k, share in PC_MIX.items():
            out[k].append(float(round(pcs * share)))
        for k, share in PRINTER_MIX.items():
            out[k].append(float(round(printers * share)))
    return out


def write_sales(out: Any) -> None:
    for name, run in (("sales", False), ("sales-run", True)):
        table = sales(run)
        first = 9 if run else 9 - HISTORY_MONTHS
        months = (f"{2016 + (first + i) // 12}-{(first + i) % 12 + 1:02d}" for i in range(len(table["notebook"])))
        rows = ([month, *(int(table[k][i]) for k in table)] for i, month in enumerate(months))
        write_rows(out / f"{PREFIX}-{name}.csv", ["month", *table], rows)


def write_calendar(data: Any, out: Any) -> None:
    """Days of the run that differ from Monday to Friday: holidays, and weekends that are worked."""
    rows = [r for r in read_rows(data / "cn_workday_exceptions_2004_2026.csv") if "2016-10-01" <= r["date"] <= "2018-04-30"]
    keep = [[r["date"], r["is_workday"]] for r in rows if r["is_workday"] == r["is_weekend"] or r["is_workday"] == "0"]
    write_rows(out / f"{PREFIX}-workdays.csv", ["date", "is_workday"], keep)


def write_profile(data: Any, out: Any) -> None:
    """Half-hours of the bank's week: Sunday to Thursday as working days, Friday and Saturday as other days (GPL-3)."""
    groups: dict[str, list[float]] = defaultdict(list)
    for r in read_rows(data / "contact_intraday_profiles_30min.csv"):
        if r["source"] == "anonymous_bank_1999_il":
            groups[r["day_group"]].append(float(r["mean_calls"]))
    other = [f + s for f, s in zip(groups["Friday"], groups["Saturday"], strict=True)]
    rows = []
    for i, (w, o) in enumerate(zip(groups["Sun-Thu"], other, strict=True)):
        slot = f"{i // 2:02d}:{i % 2 * 30:02d}"
        rows.append([slot, f"{48 * w / sum(groups['Sun-Thu']):.4f}", f"{48 * o / sum(other):.4f}"])
    write_rows(out / "data-gpl-3" / "contact-profile-bank-1999.csv", ["slot_start", "working_day", "other_day"], rows)


def write_places(out: Any, doc: dict[str, Any], markets: list[Place], points: list[Place]) -> None:
    depot_of = {d["region"]: (name, float(d["lat"]), float(d["lon"])) for name, d in members(doc["depots"]).items()}
    rows: list[list[object]] = []
    for m in markets:
        at = [f"{m.lat:.4f}", f"{m.lon:.4f}"]
        rows.append([m.name, m.region, *at, round(m.weight), "Asia/Shanghai", str(m.surcharge).lower()])
    write_rows(out / f"{PREFIX}-markets.csv", ["name", "region", "lat", "lon", "weight", "time_zone", "surcharge"], rows)
    rows = []
    for p in points:
        depot, lat, lon = depot_of[p.region]
        hours = f"{road_hours(distance_km(p.lat, p.lon, lat, lon)):.1f} h"
        size = [f"shop-{p.size}", p.level, p.technicians, p.size]
        rows.append([p.name, p.region, f"{p.lat:.4f}", f"{p.lon:.4f}", *size, depot, hours, depot, hours])
    header = ["name", "region", "lat", "lon", "hours", "level", "technicians", "stock", "source", "transit"]
    write_rows(out / f"{PREFIX}-points.csv", [*header, "forward_to", "forward_transit"], rows)


def report(doc: dict[str, Any], points: list[Place], year: Volumes) -> None:
    """Volumes and sizes on standard output, for README.md and for the staff in the YAML."""
    print_volumes(year)
    for size, *_ in CLASSES:
        own = [p for p in points if p.size == size]
        heads, share = sum(p.technicians for p in own), sum(p.weight for p in own)
        each = share * year.orders["carry_in"] / len(own)
        print(f"{size}: {len(own)} points, {heads} technicians, {share:.1%} of carry-in, {each:.0f} orders a year each")
    mailed, visited = (sum(h for (m, _), h in year.repair_h.items() if m == mode) for mode in ("mail_in", "on_site"))
    for name, depot in members(doc["depots"]).items():
        own = [p for p in points if p.region == depot["region"]]
        small, share = sum(p.weight for p in own if p.size == "small"), sum(p.weight for p in own)
        work = (
            share * (year.looks["mail_in"] * 0.47 + mailed + year.repair_h["carry_in", 3]) + small * year.repair_h["carry_in", 2]
        )
        visits = share * year.orders["on_site"]
        heads_busy = (visits * 1.3 + share * visited) / (9.5 * 250)
        print(f"{name}: depot {work / (9 * 6 * 52):.1f} heads busy, team {visits:.0f} visits a year, {heads_busy:.1f} heads busy")


def main() -> None:
    args = arguments(__doc__)
    doc = read_yaml(HERE / f"{PREFIX}.yaml")
    counties = [r for r in read_rows(args.data / "cn_counties.csv") if float(r["urban_population_2020"] or 0) > 0]
    markets, points = places(counties)
    before, during = sales(), sales(run=True)
    year = volumes(doc, {k: before[k] + during[k][:9] for k in before})
    set_catchment(markets, points)
    set_sizes(points, doc, year)
    write_places(args.out, doc, markets, points)
    write_sales(args.out)
    write_calendar(args.data, args.out)
    write_profile(args.data, args.out)
    write_stock_plans(args.out, doc, points, year)
    if args.report:
        report(doc, points, year)


if __name__ == "__main__":
    main()
