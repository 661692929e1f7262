"""Makes run folders as the simulator writes them, from formulas and a seeded generator: large, hostile or partial on demand."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from fake_frames import write_kinds, write_loops, write_stock

from sim.columns import STAGES
from sim.report.appendix import folder_tables
from sim.report.render import write_page
from sim.report.stored import stored_comparison

SEGMENTS = (("consumer", 168.0), ("gaming", 120.0), ("enterprise", 72.0))
REGIONS = ("North-East", "North", "East", "Central", "South", "South-West", "North-West", "Tibet-Xinjiang")
HOSTILE = '</script><img src=x onerror="window.hurt=1">{{7*7}}<b>bold</b>'

_STAGE_H = {
    "contact_wait": 0.2,
    "contact": 0.3,
    "retry": 0.6,
    "hand_in": 9.0,
    "inbound": 5.0,
    "counter": 0.4,
    "diagnosis_wait": 6.0,
    "diagnosis": 1.1,
    "approval_call": 1.4,
    "decision": 2.0,
    "part_wait": 34.0,
    "bench_wait": 11.0,
    "repair": 2.6,
    "audit_wait": 0.4,
    "audit": 0.2,
    "forward": 4.0,
    "return": 6.0,
    "pick_up": 8.0,
}


@dataclass
class FakeRun:
    """What to make."""

    name: str = "hp-china-2017"
    title: str = "HP China 2017"
    points: int = 2200
    parts: int = 40
    replications: int = 10
    targets: bool = True
    wings: tuple[str, ...] = ("service", "contact", "parts")
    speed: float = 1.0  # factor on times
    cost: float = 1.0
    steady: bool = True
    growth: float = 0.0  # open orders a day
    hostile: bool = False
    currency: str = "CNY"

    def write(self, folder: Path) -> Path:
        """Write all files of the run folder."""
        folder.mkdir(parents=True, exist_ok=True)
        kpis: list[dict[str, Any]] = []
        if "service" in self.wings:
            self._service(folder, kpis)
        if "contact" in self.wings:
            self._contact(folder, kpis)
        if "parts" in self.wings:
            self._parts(folder, kpis)
        if "service" in self.wings:
            self._money(folder, kpis)
        self._daily(folder)
        _write_json(folder / "manifest.json", self._manifest())
        summary = {
            "format": 1,
            "name": self.name,
            "digest": "4f1c" * 16,
            "replications": self.replications,
            "confidence": 0.95,
            "steady_state": self.steady,
            "kpis": kpis,
        }
        _write_json(folder / "summary.json", summary)
        return folder

    def width(self, relative: float, mean: float) -> float | None:
        return abs(mean) * relative if self.replications > 1 else None

    def _manifest(self) -> dict[str, Any]:
        text = HOSTILE if self.hostile else ""
        return {
            "name": self.name,
            "title": (text or self.title),
            "question": text or "How long do customers wait, and for what?",
            "currency": self.currency,
            "digest": "4f1c" * 16,
            "seed": 20170101,
            "replications": self.replications,
            "confidence": 0.95,
            "run": {"start": "2016-10-03", "length_h": 8760.0, "warm_up_h": 2160.0},
            "versions": {"sparesim": "0.1.0", "numpy": "2.1.0", "python": "3.11.9"},
            "command": f"sparesim run scenarios/{self.name}.yaml -r {self.replications} -s 20170101",
            "events": 31_000_000,
            "wall_s": 512.4,
            "not_modelled": [text or "forum answers", "satisfaction call-backs"],
            "warnings": ["technicians of Lhasa are offered 96 % of their time"],
            "segments": [{"name": n, "promise_h": p} for n, p in SEGMENTS] if "service" in self.wings else [],
        }

    def entry(
        self, kpi: str, unit: str, mean: float, relative: float = 0.02, group: str = "all", target: dict[str, float] | None = None
    ) -> dict[str, Any]:
        width = self.width(relative, mean)
        verdict = None
        if target is not None and self.targets:
            verdict = _verdict(mean, width, target, self.growth > 0 or not self.steady)
        return {
            "kpi": kpi,
            "group": group,
            "unit": unit,
            "n": self.replications,
            "mean": mean,
            "half_width": width,
            "target": target if self.targets else None,
            "verdict": verdict,
        }

    def _service(self, folder: Path, kpis: list[dict[str, Any]]) -> None:
        rng = np.random.default_rng(1)
        groups = [("all", 1.0), *((f"segment={n}", f) for (n, _), f in zip(SEGMENTS, (1.05, 0.8, 0.6), strict=True))]
        total = sum(_STAGE_H.values()) * self.speed
        kpis += [
            self.entry("tat.customer.p90", "h", 1.85 * total, 0.03, target={"max": 168.0}),
            self.entry("tat.customer.mean", "h", total, 0.015),
            self.entry("tat.within_promise", "1", min(0.99, 0.81 / self.speed**0.5), 0.012, target={"min": 0.8}),
            self.entry("orders.open", "1", 5120.0 * self.speed, 0.02),
            self.entry("orders.backlog_growth", "1/day", self.growth, 0.3)
            if self.growth
            else self.entry("orders.backlog_growth", "1/day", 0.02, 20),
            self.entry("work.utilisation", "1", 0.78, 0.01, target={"max": 0.85}),
            self.entry("work.first_time_fix", "1", 0.91, 0.01),
        ]
        stages = []
        for group, factor in groups:
            for stage in STAGES:
                hours = _STAGE_H[stage] * factor * (self.speed if stage in ("part_wait", "bench_wait") else 1.0)
                width = self.width(0.03, hours)
                stages.append((group, stage, hours, "" if width is None else width))
        _write_csv(folder / "stages.csv", ("group", "stage", "mean_h", "half_width"), stages)
        curve = []
        for group, factor in groups:
            mean = total * factor
            for hours in np.linspace(0, 480, 121):
                share = 1 - math.exp(-((float(hours) / mean) ** 1.5)) if hours else 0.0
                spread = 0.02 * 4 * share * (1 - share) if self.replications > 1 else math.nan
                curve.append((group, hours, share, _blank(share - spread), _blank(share + spread)))
        _write_csv(folder / "tat.csv", ("group", "hours", "share", "low", "high"), curve)
        for i, region in enumerate(REGIONS):
            kpis.append(self.entry("tat.customer.p90", "h", total * (1.4 + 0.11 * i * i**0.3), 0.05, f"region={region}"))
            kpis.append(self.entry("tat.within_promise", "1", 0.9 - 0.04 * i, 0.02, f"region={region}"))
        for name, share in zip(("consumer", "gaming", "enterprise"), (0.84, 0.79, 0.64), strict=True):
            kpis.append(self.entry("tat.within_promise", "1", share, 0.02, f"segment={name}"))
        self._points(folder, rng, total)
        self._weekhour(folder)
        write_loops(folder)

    def _points(self, folder: Path, rng: np.random.Generator, total: float) -> None:
        centres = [
            (44.0, 126.0),
            (39.5, 115.5),
            (31.5, 119.5),
            (30.0, 113.5),
            (23.5, 113.0),
            (25.5, 102.5),
            (36.0, 104.0),
            (36.0, 88.0),
        ]
        rows = []
        for i in range(self.points):
            region = int(rng.choice(8, p=[0.12, 0.16, 0.22, 0.15, 0.16, 0.1, 0.07, 0.02]))
            lat = centres[region][0] + rng.normal() * (1.8 if region < 7 else 3.5)
            lon = centres[region][1] + rng.normal() * (2.2 if region < 7 else 4.5)
            orders = float(np.round(rng.lognormal(4.4, 1.0), 1))
            mean = total * (0.72 + 0.09 * region) * rng.lognormal(0, 0.12)
            p90 = 1.8 * mean * rng.lognormal(0, 0.05)
            width = self.width(0.08, p90)
            name = f"{REGIONS[region]} {i:04d}"
            if self.hostile and i % 50 == 0:
                name = f"{HOSTILE} {i}"
            kind = "depot" if i < 8 else "point"
            rows.append(
                (
                    name,
                    kind,
                    REGIONS[region],
                    round(lat, 4),
                    round(lon, 4),
                    orders,
                    mean,
                    _blank(self.width(0.04, mean)),
                    p90,
                    _blank(width),
                    0.4 * mean,
                    0.15 * mean,
                    float(np.clip(rng.normal(0.7, 0.12), 0, 1)),
                )
            )
        head = (
            "site",
            "kind",
            "region",
            "lat",
            "lon",
            "orders",
            "tat_mean_h",
            "tat_mean_half_width",
            "tat_p90_h",
            "tat_p90_half_width",
            "part_wait_h",
            "bench_wait_h",
            "utilisation",
        )
        _write_csv(folder / "points.csv", head, rows)

    def _weekhour(self, folder: Path) -> None:
        rows = []
        for kind, owner in (("workshop", "technicians"), *((("centre", "dalian"),) if "contact" in self.wings else ())):
            for hour in range(168):
                day, clock = divmod(hour, 24)
                is_open = (9 <= clock < 18 and day < 6) if owner == "technicians" else True
                busy = 0.55 + 0.42 * math.exp(-((clock - 11) ** 2) / 12) - 0.06 * (day > 4) if is_open else math.nan
                rows.append((kind, owner, hour, _blank(busy), _blank(0.3 * busy**6)))
        _write_csv(folder / "weekhour.csv", ("kind", "owner", "hour", "utilisation", "wait_h"), rows)

    def _contact(self, folder: Path, kpis: list[dict[str, Any]]) -> None:
        site = HOSTILE if self.hostile else "dalian"
        kpis += [
            self.entry("contact.offered", "1/day", 13_800.0, 0.01),
            self.entry("contact.service_level", "1", 0.823, 0.01),
            self.entry("contact.abandon_rate", "1", 0.041, 0.05, target={"max": 0.05}),
            self.entry("contact.asa", "h", 31 / 3600, 0.04),
            self.entry("contact.occupancy", "1", 0.84, 0.01),
            self.entry("contact.fcr", "1", 0.78, 0.01),
            self.entry("contact.service_level", "1", 0.79, 0.01, f"site={site};channel=voice", {"min": 0.8}),
        ]
        rows = []
        for channel, size in (("voice", 300.0), ("wechat", 140.0), ("web", 60.0)):
            for day_type, factor in (("working", 1.0), ("other", 0.35)):
                for slot in range(48):
                    shape = math.exp(-((slot - 21) ** 2) / 40) + 0.7 * math.exp(-((slot - 30) ** 2) / 60) + 0.02
                    offered = size * factor * shape
                    lost = offered * (0.02 + 0.09 * math.exp(-((slot - 22) ** 2) / 10)) if channel != "web" else 0.0
                    agents = 0.55 * size * factor * (0.12 + (16 <= slot < 38)) if channel == "voice" else math.nan
                    within = offered * (0.93 - 0.4 * math.exp(-((slot - 22) ** 2) / 12))
                    rows.append((site, channel, day_type, slot, offered, offered - lost, lost, within, _blank(agents)))
        head = ("site", "channel", "day_type", "slot", "offered", "answered", "abandoned", "within_threshold", "agents")
        _write_csv(folder / "halfhour.csv", head, rows)
        kpis += [self.entry("contact.share", "1", share, 0.02, f"kind={kind}") for kind, share in write_kinds(folder, site)]

    def _parts(self, folder: Path, kpis: list[dict[str, Any]]) -> None:
        rng = np.random.default_rng(2)
        names = ["Notebook screen 15.6", "Mainboard G4", "Battery 3-cell", "Keyboard CN", "Hard disk 1 TB", "Fan unit"]
        names += [f"Part {i:02d}" for i in range(len(names), self.parts)]
        if self.hostile:
            names[0] = HOSTILE
        waits = np.sort(rng.pareto(0.9, self.parts))[::-1] * 900 * self.speed
        rows = []
        for i, name in enumerate(names[: self.parts]):
            demands = float(np.round(rng.lognormal(7, 1.0)))
            fill = float(np.clip(0.97 - 0.3 * (waits[i] / waits[0]) - rng.random() * 0.08, 0.3, 1))
            rows.append(
                (
                    name,
                    demands,
                    fill,
                    waits[i],
                    waits[i] / waits.sum(),
                    0.3 * (1 - fill),
                    float(rng.lognormal(12.5, 0.8)) * self.cost,
                    demands / 9,
                    waits[i] / 8760,
                )
            )
        head = (
            "part",
            "demands_per_year",
            "fill_rate",
            "wait_hours_per_year",
            "share_of_wait",
            "emergency_rate",
            "stock_value",
            "on_hand",
            "backorders",
        )
        _write_csv(folder / "parts.csv", head, rows)
        write_stock(folder, names[:8])
        kpis += [
            self.entry("parts.fill_rate", "1", 0.872, 0.006, target={"min": 0.85}),
            self.entry("parts.ebo", "1", float(waits.sum()) / 8760, 0.05),
            self.entry("parts.wait.mean", "h", 21.4 * self.speed, 0.04),
            self.entry("parts.emergency_rate", "1", 0.034, 0.05),
            self.entry("stock.value.mean", "money", 18.4e6 * self.cost, 0.01),
        ]
        if "service" not in self.wings:
            kpis += [self.entry("parts.ebo", "1", 4.0 / (i + 1), 0.06, f"location=base-{i}") for i in range(10)]
            kpis += [self.entry("parts.fill_rate", "1", 0.8 + 0.015 * i, 0.01, f"location=base-{i}") for i in range(10)]

    def _money(self, folder: Path, kpis: list[dict[str, Any]]) -> None:
        kinds = {"technicians": 61e6, "agents": 24e6, "parts": 39e6, "freight": 7.1e6, "holding": 3.3e6, "emergency": 1.2e6}
        rows = [(kind, value * self.cost, _blank(self.width(0.01, value))) for kind, value in kinds.items()]
        total = sum(kinds.values()) * self.cost
        _write_csv(
            folder / "money.csv", ("kind", "per_year", "half_width"), [*rows, ("total", total, _blank(self.width(0.01, total)))]
        )
        kpis += [
            self.entry("cost.total.per_year", "money", total, 0.008, target={"max": 140e6}),
            self.entry("cost.per_case", "money", total / 5.1e6, 0.01),
        ]

    def _daily(self, folder: Path) -> None:
        rows = []
        for day in range(455):
            if "service" in self.wings:
                level = 5100 * (1 - math.exp(-(day + 3) / 12)) * (1 + 0.05 * math.sin(day / 9)) + max(0, day - 90) * self.growth
                rows.append((day, "orders.open", level, _blank(self.width(0.03, level))))
            if "parts" in self.wings:
                owed = 640 * (1 + 0.1 * math.sin(day / 23))
                rows.append((day, "parts.backorders", owed, _blank(self.width(0.06, owed))))
            if "contact" in self.wings:
                rows.append((day, "contact.offered", 13_800 * (0.6 if day % 7 > 4 else 1.15), _blank(self.width(0.01, 13_800))))
        _write_csv(folder / "daily.csv", ("day", "measure", "mean", "half_width"), rows)


def _verdict(mean: float, width: float | None, target: dict[str, float], growing: bool) -> str:
    if width is None or growing:
        return "not shown"
    low, high = target.get("min", -math.inf), target.get("max", math.inf)
    if mean - width >= low and mean + width <= high:
        return "met"
    return "missed" if mean + width < low or mean - width > high else "not shown"


def _blank(value: float | None) -> float | str:
    return "" if value is None or math.isnan(value) else value


def _write_csv(path: Path, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(head)
        writer.writerows([[float(v) if isinstance(v, np.floating) else v for v in row] for row in rows])


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def paired_differences(base: Path, other: Path, relative: float = 0.15) -> list[tuple[Any, ...]]:
    """Rows (kpi, group, unit, base, other, difference, half_width) of two fake runs; half-width relative to the difference."""
    read = [{(k["kpi"], k["group"]): k for k in json.loads((f / "summary.json").read_text())["kpis"]} for f in (base, other)]
    rows = []
    for key, before in read[0].items():
        after = read[1].get(key)
        if after is not None:
            change = after["mean"] - before["mean"]
            width = max(abs(change) * relative, 1e-3 * abs(before["mean"])) if before["half_width"] is not None else None
            rows.append((*key, before["unit"], before["mean"], after["mean"], change, width))
    return rows


def write_comparison_report(base: Path, others: list[Path], differences: list[Any], out: Path) -> Path:
    """The page of a comparison whose differences are made up; with the tables of its folder if it has a comparison.json."""
    page = stored_comparison(base, others, differences, None, out.parent).page
    if (out.parent / "comparison.json").is_file():
        page = replace(page, tables=folder_tables(out.parent), name=out.parent.resolve().name)
    return write_page(page, out)
