"""Derive the tables of asus-2008.yaml from the source data.

    python derive_asus_2008.py --data ../../shared/data [--out DIR] [--report]

Writes markets, service points, sales, public holidays and all stock plans, byte for byte the same from the same data. The rates,
shares and times come from asus-2008.yaml; what is assumed here is marked so. README.md tells the story.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from derive_common import (
    HERE,
    Row,
    arguments,
    base_stock_for,
    distance_km,
    heads_for_wait,
    mean_hours,
    members,
    read_rows,
    read_yaml,
    reorder_level_for,
    road_hours,
    write_rows,
)
from derive_demand import Volumes, print_volumes, volumes

PREFIX = "asus-2008"
DAY = 1 / 365

# Country -> region, personal computers per head of its cities (assumed), opening hours (assumed; China from the article: Sunday
# too), wage of a technician in USD/h (assumed), hub, and the cities with a service point (assumed; the article: the main cities
# of all five continents). Populations are today's (GeoNames): only their relations count.
DAILY, SIX, FIVE = "mon-sun 9:00-18:00", "mon-sat 9:30-18:30", "mon-fri 9:00-18:00"
COUNTRIES: dict[str, tuple[str, float, str, float, str, str]] = {
    "CN": ("china", 0.30, DAILY, 4, "hub-shanghai", "Beijing Shanghai Guangzhou Shenzhen Chengdu Chongqing Wuhan Xi’an "
           "Shenyang Nanjing Hangzhou Tianjin Jinan Harbin Changsha Kunming Fuzhou Zhengzhou Dalian Qingdao Ürümqi Lanzhou"),
    "HK": ("china", 0.55, DAILY, 8, "hub-shanghai", "Hong_Kong"),
    "TW": ("east-asia", 0.65, DAILY, 8, "world-hub", "Taipei Kaohsiung Taichung"),
    "JP": ("east-asia", 0.35, SIX, 16, "world-hub", "Tokyo Osaka Nagoya Fukuoka"),
    "KR": ("east-asia", 0.40, SIX, 12, "world-hub", "Seoul Busan"),
    "SG": ("south-east-asia", 0.65, SIX, 10, "hub-singapore", "Singapore"),
    "MY": ("south-east-asia", 0.30, SIX, 6, "hub-singapore", "Kuala_Lumpur"),
    "TH": ("south-east-asia", 0.22, SIX, 5, "hub-singapore", "Bangkok"),
    "ID": ("south-east-asia", 0.12, SIX, 4, "hub-singapore", "Jakarta Surabaya"),
    "PH": ("south-east-asia", 0.12, SIX, 4, "hub-singapore", "Quezon_City"),
    "VN": ("south-east-asia", 0.15, SIX, 4, "hub-singapore", "Ho_Chi_Minh_City Hanoi"),
    "IN": ("south-east-asia", 0.06, SIX, 4, "hub-singapore", "Mumbai Delhi Bengaluru Chennai Kolkata"),
    "AU": ("oceania", 0.55, FIVE, 20, "hub-singapore", "Sydney Melbourne Brisbane Perth"),
    "NZ": ("oceania", 0.50, FIVE, 17, "hub-singapore", "Auckland"),
    "DE": ("europe", 0.50, FIVE, 20, "hub-prague", "Berlin Hamburg Munich Frankfurt_am_Main"),
    "FR": ("europe", 0.50, FIVE, 19, "hub-prague", "Paris Lyon Marseille"),
    "GB": ("europe", 0.50, FIVE, 18, "hub-prague", "London Manchester Birmingham"),
    "IT": ("europe", 0.40, FIVE, 17, "hub-prague", "Rome Milan"),
    "ES": ("europe", 0.40, FIVE, 15, "hub-prague", "Madrid Barcelona"),
    "NL": ("europe", 0.60, FIVE, 20, "hub-prague", "Amsterdam"),
    "BE": ("europe", 0.50, FIVE, 20, "hub-prague", "Brussels"),
    "SE": ("europe", 0.60, FIVE, 22, "hub-prague", "Stockholm"),
    "PL": ("europe", 0.40, FIVE, 8, "hub-prague", "Warsaw"),
    "CZ": ("europe", 0.45, FIVE, 9, "hub-prague", "Prague"),
    "RU": ("europe", 0.30, SIX, 8, "hub-prague", "Moscow Saint_Petersburg Novosibirsk Yekaterinburg"),
    "TR": ("europe", 0.20, SIX, 7, "hub-prague", "Istanbul Ankara"),
    "KZ": ("europe", 0.20, SIX, 5, "hub-prague", "Almaty"),
    "AE": ("middle-east-africa", 0.40, SIX, 8, "hub-dubai", "Dubai"),
    "SA": ("middle-east-africa", 0.30, SIX, 8, "hub-dubai", "Riyadh"),
    "EG": ("middle-east-africa", 0.10, SIX, 3, "hub-dubai", "Cairo"),
    "ZA": ("middle-east-africa", 0.16, SIX, 6, "hub-dubai", "Johannesburg Cape_Town"),
    "US": ("north-america", 0.60, FIVE, 19, "hub-los-angeles", "New_York_City Los_Angeles Chicago Houston Phoenix Philadelphia "
           "Dallas Atlanta San_Jose Seattle Boston Miami"),
    "CA": ("north-america", 0.60, FIVE, 19, "hub-los-angeles", "Toronto Montréal Vancouver"),
    "MX": ("north-america", 0.18, SIX, 6, "hub-los-angeles", "Mexico_City Monterrey"),
    "BR": ("south-america", 0.22, FIVE, 7, "hub-sao-paulo", "São_Paulo Rio_de_Janeiro"),
    "AR": ("south-america", 0.22, FIVE, 6, "hub-sao-paulo", "Buenos_Aires"),
    "CL": ("south-america", 0.25, FIVE, 7, "hub-sao-paulo", "Santiago"),
    "CO": ("south-america", 0.16, SIX, 5, "hub-sao-paulo", "Bogotá"),
}  # fmt: skip
HUB_REGIONS = {"world-hub": ("east-asia",), "hub-singapore": ("south-east-asia", "oceania")}

# World sales. Sources (published_figures.csv): notebooks 1.4 M in Q1 2008; Eee PC 0.7 M in Q1, 1.7 M in H1, 4.9 M in 2008, 1.6 M
# in Q4, on sale since October 2007. All else assumed; units by calendar year, for the Eee PC by quarter.
YEARLY = {
    "notebook": {2004: 1.3e6, 2005: 2.0e6, 2006: 3.0e6, 2007: 4.4e6, 2008: 5.8e6, 2009: 6.2e6},
    "mainboard": dict.fromkeys(range(2004, 2010), 20000000.0),
    "graphics-card": dict.fromkeys(range(2004, 2010), 5000000.0),
    "network-product": {2004: 1.0e6, 2005: 1.4e6, 2006: 1.8e6, 2007: 2.2e6, 2008: 2.6e6, 2009: 2.8e6},
}
EEE = {(2007, 4): 0.35e6, (2008, 1): 0.7e6, (2008, 2): 1.0e6, (2008, 3): 1.6e6, (2008, 4): 1.6e6, (2009, 1): 1.4e6}
CITY_SHARE = 0.14  # share of the world's sales whose owners live in the cities of the network, assumed
FIRST_YEAR, RUN_MONTHS = 2004, 15

# Size classes by work (hours a year, assumed thresholds) with the least yearly demand of a part that they keep and whether
# foreign variants are among them; wanted fill rates; lots in days of demand (all assumed).
CLASSES = (("large", 4000.0, 4.0, True), ("medium", 1500.0, 4.0, False), ("small", 0.0, 4.0, False))
POINT_FILL, HUB_FILL, WORLD_FILL = 0.85, 0.86, 0.88
HUB_LOT, WORLD_LOT = 7, 14
FOREIGN = "-foreign"
WAIT_H, HIGHEST = 5.0, 0.82  # mean wait for a technician in open hours, utilisation at most (assumed)


@dataclass
class City:
    """A market and its service point."""

    name: str
    country: str
    lat: float
    lon: float
    time_zone: str
    weight: float
    share: float = 0.0
    size: str = "small"
    technicians: int = 1

    @property
    def region(self) -> str:
        return COUNTRIES[self.country][0]

    @property
    def hub(self) -> str:
        return COUNTRIES[self.country][4]


def ascii_name(text: str) -> str:
    """Lower-case ASCII with hyphens: 'São Paulo' -> 'sao-paulo'."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def cities(rows: list[Row]) -> list[City]:
    """The cities of the network, the largest of each name in its country."""
    best: dict[tuple[str, str], Row] = {}
    for row in rows:
        key = (row["country"], row["name"])
        if key not in best or int(row["population"]) > int(best[key]["population"]):
            best[key] = row
    out = []
    for country, (_, computers, _, _, _, names) in COUNTRIES.items():
        for name in (n.replace("_", " ") for n in names.split()):
            row = best[country, name]
            weight = int(row["population"]) * computers
            out.append(City(ascii_name(name), country, float(row["lat"]), float(row["lon"]), row["timezone"], weight))
    total = sum(c.weight for c in out)
    for city in out:
        city.share = city.weight / total
    return out


def set_sizes(found: list[City], year: Volumes, doc: dict[str, Any]) -> None:
    """Size class and technicians of each city from its expected work (repairs up to level 2 and looks of all)."""
    look = mean_hours(doc["service_points"]["defaults"]["diagnosis_time"])
    done = sum(h for (mode, level), h in year.repair_h.items() if mode == "carry_in" and level <= 2)
    audits = 0.12 * 0.25 * sum(n for (mode, level), n in year.by_level.items() if mode == "carry_in" and level <= 2)
    for city in found:
        work = city.share * (year.looks["carry_in"] * look + year.test_h["carry_in"] + done * 1.008 + audits)
        city.size = next(name for name, least, _, _ in CLASSES if work >= least)
        hours = COUNTRIES[city.country][2]
        open_h = {DAILY: 9 * 352, SIX: 9 * 304, FIVE: 9 * 252}[hours]
        city.technicians = heads_for_wait(work / open_h, 1.4, WAIT_H, HIGHEST)


def sales() -> dict[str, list[float]]:
    """Units sold by month from January 2004 to the end of the run, in the cities of the network."""
    months = [(FIRST_YEAR + i // 12, i % 12 + 1) for i in range(12 * (2008 - FIRST_YEAR) + RUN_MONTHS)]
    out = {p: [round(CITY_SHARE * table[y] / 12) for y, _ in months] for p, table in YEARLY.items()}
    out["eee-pc"] = [round(CITY_SHARE * EEE.get((y, (m + 2) // 3), 0.0) / 3) for y, m in months]
    return {p: [float(n) for n in out[p]] for p in ("notebook", "eee-pc", "mainboard", "graphics-card", "network-product")}


def write_sales(out: Path) -> None:
    table = sales()
    start = 12 * (2008 - FIRST_YEAR)
    for name, first, last in (("sales", 0, start), ("sales-run", start, start + RUN_MONTHS)):
        rows = ([f"{FIRST_YEAR + i // 12}-{i % 12 + 1:02d}", *(int(n[i]) for n in table.values())] for i in range(first, last))
        write_rows(out / f"{PREFIX}-{name}.csv", ["month", *table], rows)


def write_holidays(data: Path, out: Path) -> None:
    """Public holidays of 2008 and the first quarter of 2009 by country; China with its worked weekends."""
    days: dict[str, dict[str, str]] = defaultdict(dict)
    for row in read_rows(data / "holidays_2008_2026.csv"):
        if row["country"] in COUNTRIES and row["country"] != "CN" and "2008-01-01" <= row["date"] <= "2009-04-30":
            days[row["country"]][row["date"]] = "0"
    for row in read_rows(data / "cn_workday_exceptions_2004_2026.csv"):
        if "2008-01-01" <= row["date"] <= "2009-04-30" and (row["is_workday"] == row["is_weekend"] or row["is_workday"] == "0"):
            days["CN"][row["date"]] = row["is_workday"]
    for country in COUNTRIES:
        rows = sorted(days[country].items())
        write_rows(out / f"{PREFIX}-holidays" / f"{country.lower()}.csv", ["date", "is_workday"], rows)


def write_places(out: Path, doc: dict[str, Any], found: list[City]) -> None:
    markets: list[list[object]] = []
    points: list[list[object]] = []
    hubs = members(doc["depots"]) | doc["locations"]
    for c in found:
        at = [f"{c.lat:.4f}", f"{c.lon:.4f}"]
        markets.append([c.name, c.region, c.country, *at, round(c.weight / 1000), c.time_zone])
        km = distance_km(c.lat, c.lon, float(hubs[c.hub]["lat"]), float(hubs[c.hub]["lon"]))
        transit = (
            road_hours(km) if km < 900 else 36 + km / 400
        )  # by air beyond 900 km, with customs where a border is crossed (assumed)
        forward = next((h for h in (c.hub,) if h in doc["depots"]), "hub-shanghai")
        work = [COUNTRIES[c.country][2], c.time_zone, c.country.lower(), c.technicians, f"{COUNTRIES[c.country][3]} USD/h"]
        points.append([c.name, c.region, *at, *work, c.size, c.hub, f"{transit:.1f} h", forward, f"{transit + 12:.1f} h"])
    write_rows(out / f"{PREFIX}-markets.csv", ["name", "region", "country", "lat", "lon", "weight", "time_zone"], markets)
    header = ["name", "region", "lat", "lon", "hours", "time_zone", "holidays", "technicians", "wage", "stock"]
    write_rows(out / f"{PREFIX}-points.csv", [*header, "source", "transit", "forward_to", "forward_transit"], points)


def part_demand(year: Volumes, highest: int = 9, modes: tuple[str, ...] = ("carry_in", "mail_in")) -> dict[str, float]:
    """Parts a year, the whole world, of faults up to a level."""
    out: dict[str, float] = defaultdict(float)
    for (mode, level, part), n in year.parts.items():
        if mode in modes and level <= highest:
            out[part] += n
    return dict(sorted(out.items()))


def write_stock(out: Path, doc: dict[str, Any], found: list[City], year: Volumes) -> None:
    """Stock plan of each size of point (base stock), of the hubs and of the world hub (s,S)."""
    header = ["part", "s", "S", "base_stock"]
    folder = out / f"{PREFIX}-stock"
    at_points, total = part_demand(year, 2, ("carry_in",)), part_demand(year)
    for size, _, keep, foreign in CLASSES:
        own = [c for c in found if c.size == size]
        share = sum(c.share for c in own) / len(own)
        days = 3.0  # transit and waiting at the hub, assumed
        plan = [
            [part, "", "", base_stock_for(n * share * days * DAY, POINT_FILL)]
            for part, n in at_points.items()
            if n * share >= keep and (foreign or FOREIGN not in part)
        ]
        write_rows(folder / f"{size}.csv", header, plan)
    for hub, spec in members(doc["depots"]).items():
        regions = HUB_REGIONS.get(hub, (spec["region"],))
        share = sum(c.share for c in found if c.region in regions)
        lead = mean_hours(spec["transit"]) / 24 + 0.5
        write_rows(folder / f"{hub}.csv", header, _up_to(total, share, dict.fromkeys(total, (lead, 0.0)), HUB_LOT, HUB_FILL))
    vendor = {p: v["lead_time"]["gamma"] for v in doc["vendors"].values() for p in v["supplies"]}
    lead_times = {p: (mean_hours(g["mean"]) / 24 + 1, mean_hours(g["mean"]) / 24 * float(g["cv"])) for p, g in vendor.items()}
    write_rows(folder / "hub-taipei.csv", header, _up_to(total, 1.0, lead_times, WORLD_LOT, WORLD_FILL))


def _up_to(
    demand: dict[str, float], share: float, lead: dict[str, tuple[float, float]], lot_days: float, fill: float
) -> list[list[object]]:
    plan: list[list[object]] = []
    for part, n in demand.items():
        days, spread = lead[part]
        rate = n * share * DAY
        lot = max(1, math.ceil(rate * lot_days))
        s = reorder_level_for(rate * days, lot, fill, (rate * spread) ** 2)
        plan.append([part, s, s + lot, ""])
    return plan


def report(found: list[City], year: Volumes, doc: dict[str, Any]) -> None:
    """Volumes and sizes on standard output, for README.md and for the staff in the YAML."""
    print_volumes(year)
    for size, *_ in CLASSES:
        own = [c for c in found if c.size == size]
        print(size, len(own), "points,", sum(c.technicians for c in own), "technicians,", f"{sum(c.share for c in own):.1%}")
    by_region: dict[str, float] = defaultdict(float)
    for c in found:
        by_region[c.region] += c.share
    print({k: f"{v:.1%}" for k, v in by_region.items()}, "countries", len({c.country for c in found}), "cities", len(found))
    for hub, spec in members(doc["depots"]).items():
        share = sum(by_region[r] for r in HUB_REGIONS.get(hub, (spec["region"],)))
        work = share * (0.5 * year.looks["mail_in"] + year.test_h["mail_in"] + year.repair_h["carry_in", 3])
        work += share * sum(h for (m, _), h in year.repair_h.items() if m == "mail_in")
        print(f"{hub}: {share:.1%}, {work:.0f} h = {work / (9 * 300):.1f} heads busy (mail-in goes to the nearest hub)")


def main() -> None:
    args = arguments(__doc__)
    doc = read_yaml(HERE / f"{PREFIX}.yaml")
    found = cities(read_rows(args.data / "world_cities_100k.csv"))
    table = sales()
    middle = 12 * (2008 - FIRST_YEAR) + 9  # September 2008, the middle of the measured year
    year = volumes(doc, {k: v[:middle] for k, v in table.items()})
    set_sizes(found, year, doc)
    write_places(args.out, doc, found)
    write_sales(args.out)
    write_holidays(args.data, args.out)
    write_stock(args.out, doc, found, year)
    if args.report:
        report(found, year, doc)


if __name__ == "__main__":
    main()
