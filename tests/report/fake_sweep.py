"""A made-up sweep on disk: any factors and names, results from plain formulas, judged and analysed as the real ones are."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sim.analysis.axes import Axis
from sim.analysis.estimate import t_interval, verdict
from sim.analysis.sweep_analysis import analyse, best_points
from sim.store import write_csv, write_json

HOSTILE = '</script><img src=x onerror="window.hurt=1">'
MEASURES = (  # kpi, unit, better, target
    ("tat.customer.p90", "h", "less", {"max": 144.0}),
    ("tat.within_promise", "1", "more", {"min": 0.8}),
    ("cost.total.per_year", "money", "less", None),
    ("contact.asa", "h", "less", None),
)


def three_factors(levels: int = 5, hostile: bool = False) -> tuple[Axis, ...]:
    """Staff, stock and a policy."""
    staff = tuple(float(2 + i) for i in range(levels))
    stock = tuple(0.5 + 0.5 * i for i in range(levels))
    names = ("nearest point", "least loaded point", "nearest point with the part")
    if hostile:
        names = (HOSTILE, '=HYPERLINK("http://x")', "派往最近的网点" * 6)
    return (
        Axis("agents", "", staff[0], staff[-1], staff, (), True),
        Axis(HOSTILE if hostile else "stock", "days", stock[0], stock[-1], stock),
        Axis("policy", "", 0.0, 2.0, (0.0, 1.0, 2.0), names),
    )


@dataclass
class FakeSweep:
    """Results of a sweep; `rows` may be any points on the axes."""

    axes: tuple[Axis, ...] = field(default_factory=three_factors)
    rows: Sequence[Sequence[float]] | None = None
    design: str = "factorial"
    replications: int = 4
    as_it_is: int | None = 4
    limit_h: float = 144.0
    kind: str = "none"
    title: str = "Made-up service"
    targets: bool = True
    noise: float = 2.0

    def write(self, folder: Path) -> Path:
        """Write sweep.json and sweep.csv into a new folder."""
        folder.mkdir(parents=True)
        rows = np.array(list(itertools.product(*(a.levels for a in self.axes))) if self.rows is None else self.rows, np.float64)
        values = self._values(rows)
        measures = [(k, u, b, {"max": self.limit_h} if k == "tat.customer.p90" else t) for k, u, b, t in MEASURES]
        if not self.targets:
            measures = [(k, u, b, None) for k, u, b, _ in measures]
        points = [self._point(rows[i], i, [v[i] for v in values], measures) for i in range(len(rows))]
        met = [p["point"] for p in points if p["all_met"]]
        costs = values[2].mean(axis=1)
        content: dict[str, Any] = {
            "format": 1, "name": "made-up", "title": self.title, "question": "", "currency": "EUR", "digest": "0" * 64,
            "design": self.design, "seed": 1, "replications": self.replications, "confidence": 0.95,
            "run": {"start": "2024-01-01", "length_h": 2400.0, "warm_up_h": 240.0},
            "as_it_is": self.as_it_is,
            "factors": [a.as_dict() | self._told(a) for a in self.axes],
            "measures": [
                {"kpi": k, "group": "all", "unit": u, "better": b, "judged": bool(t), "target": t or {}}
                for k, u, b, t in measures
            ],
            "by": {"kpi": "tat.customer.p90", "group": "all", "better": "less"} | best_points(values[0], "less", 0.95),
            "targets_met": len(met) if self.targets else None,
            "cheapest": min(met, key=lambda i: costs[i]) if met else None,
            "distinct_plans": len(rows),
            "points": points,
            "analysis": [
                {"kpi": MEASURES[k][0], "group": "all"} | analyse(self.axes, rows, values[k], self.design, self.kind, 0.95, 1)
                for k in (0, 2)
            ],
        }  # fmt: skip
        write_json(folder / "sweep.json", json.loads(json.dumps(content)))
        names = [a.name for a in self.axes]
        lines = (
            [i, *rows[i], r, MEASURES[k][0], "all", MEASURES[k][1], values[k][i, r]]
            for i in range(len(rows))
            for r in range(self.replications)
            for k in range(len(MEASURES))
        )
        write_csv(folder / "sweep.csv", ("point", *names, "replication", "kpi", "group", "unit", "value"), lines)
        return folder

    def _told(self, axis: Axis) -> dict[str, Any]:
        return {"paths": [f"service_points.*.{axis.name}"], "texts": list(axis.categories), "in_scenario": None}

    def _values(self, rows: np.ndarray) -> list[np.ndarray]:
        """[points, replications] of each measure: smooth in staff and stock, busy years shared by all points."""
        staff, stock = np.nan_to_num(rows[:, 0], nan=3.0), np.nan_to_num(rows[:, 1], nan=1.0)
        policy = np.nan_to_num(rows[:, 2]) if rows.shape[1] > 2 else np.zeros(len(rows))
        rng = np.random.default_rng(7)
        year = rng.normal(size=self.replications)
        own = rng.normal(size=(len(rows), self.replications))
        hours = 205 - 16 * staff + 1.1 * (staff - 4) ** 2 - 9 * stock + 6 * policy
        tat = hours[:, None] + self.noise * (year + 0.3 * own)
        promise = np.clip(0.55 + 0.06 * staff + 0.04 * stock - 0.02 * policy, 0, 0.99)[:, None] + 0.003 * own
        cost = (1_000_000 + 65_000 * staff + 40_000 * stock - 30_000 * policy)[:, None] + 2_000 * year
        asa = (0.2 / staff)[:, None] * (1 + 0.05 * own)
        return [tat, promise, np.broadcast_to(cost, tat.shape).copy(), asa]

    def _point(self, row: np.ndarray, i: int, values: list[np.ndarray], measures: list[Any]) -> dict[str, Any]:
        results = []
        for own, (_, _, _, target) in zip(values, measures, strict=True):
            found = t_interval(own, 0.95)
            judged = verdict(found, target.get("min"), target.get("max")) if target else None
            results.append({"n": found.n, "mean": found.mean, "half_width": found.half_width, "verdict": judged})
        verdicts = [r["verdict"] for r in results if r["verdict"]]
        return {
            "point": i,
            "values": {a.name: x for a, x in zip(self.axes, row.tolist(), strict=True) if not math.isnan(x)},
            "coordinates": [None if math.isnan(x) else x for x in row.tolist()],
            "sets": [],
            "folder": f"points/{i}",
            "backlog_grows": False,
            "all_met": bool(verdicts) and all(v == "met" for v in verdicts),
            "results": results,
            "stages": {"contact": 1.0, "part_wait": 30.0 - 5 * np.nan_to_num(row[1]), "repair": 4.0},
        }
