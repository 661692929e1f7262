"""The files of a sweep: sweep.csv (every replication), points.csv (a line a point), sweep.json (all that pages draw from)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.estimate import Estimate, t_interval, verdict
from sim.analysis.kpis import HEADLINES, KPIS
from sim.analysis.summary import RunningEstimate, backlog_growing
from sim.analysis.sweep_analysis import analyse, best_points
from sim.analysis.sweep_results import key_text
from sim.errors import SimulationError, UsageError, did_you_mean
from sim.experiment.sweep import PointStore
from sim.experiment.vary import Factor
from sim.scenario.plan import Plan, Target
from sim.store import FORMAT, write_csv, write_json

Key = tuple[str, str]
Floats = NDArray[np.float64]
COST = "cost.total.per_year"
MOST_ANALYSED = 4  # measures, unless they were asked for
MOST_ASKED = 12


@dataclass(frozen=True)
class SweepSpec:
    """What is swept.

    Attributes
    ----------
    name, title, question, currency
        Of the scenario.
    design
        How the points were chosen.
    factors
        What varies.
    rows
        [points, factors].
    keys
        For each point its plan on the shelf.
    sets
        For each point the changes that make it of the scenario, the sweep's own included.
    base
        What the factors are in the scenario as it is ('' where that is not one value).
    head
        More facts for sweep.json.
    """

    plan: Plan  # of the first point, for names and the confidence
    design: str
    factors: tuple[Factor, ...]
    rows: Floats
    keys: tuple[str, ...]
    targets: tuple[tuple[Target, ...], ...]
    sets: tuple[tuple[str, ...], ...]
    base: tuple[str, ...]
    digest: str
    head: dict[str, Any] = field(default_factory=dict)

    def called(self, key: str) -> str:
        """The first point of a plan, with its values: 'point 12 (agents = 4)'."""
        at = self.keys.index(key)
        return f"point {at} ({self.setting_text(at)})"

    def setting_text(self, point: int) -> str:
        """The values of a point in words."""
        return setting_text(self.factors, self.rows[point])


def setting_text(factors: Sequence[Factor], row: Floats) -> str:
    """Values of the factors in words: 'agents = 4, rate = 90 /h'; those as in the scenario are left out."""
    said = [f"{f.name} = {f.axis.label(x)}" for f, x in zip(factors, row, strict=True) if not math.isnan(x)]
    return ", ".join(said) or "the scenario as it is"


@dataclass(frozen=True)
class Wanted:
    """Which measures a sweep reports: those that were asked for, those with targets, and others if none was asked for."""

    asked: tuple[Key, ...]
    by: Key | None
    judged: tuple[Key, ...]

    @classmethod
    def of(cls, asked: Sequence[Key], by: Key | None, targets: Sequence[Sequence[Target]]) -> Wanted:
        """Raises `UsageError` for an unknown measure."""
        for kpi, _ in (*asked, *((by,) if by else ())):
            if kpi not in KPIS:
                hint = did_you_mean(kpi, KPIS) or "see docs/measures.md"
                raise UsageError(f"no measure '{kpi}'; {hint}")
        judged = dict.fromkeys((t.kpi, t.group) for listed in targets for t in listed)
        return cls(tuple(dict.fromkeys(asked)), by, tuple(judged))

    @property
    def measures(self) -> tuple[Key, ...]:
        """All of them, the first ones first."""
        first = ((self.by,) if self.by else ()) + self.asked + self.judged
        rest = [(kpi, "all") for kpi in HEADLINES] if not self.asked else [(COST, "all")] if self.judged else []
        return tuple(dict.fromkeys((*first, *rest)))


def write_sweep(spec: SweepSpec, store: PointStore, wanted: Wanted, replications: int, kind: str) -> dict[str, Any]:
    """Write the files of a sweep from stored replications.

    Parameters
    ----------
    spec, store
        What was swept, and where its replications are.
    wanted
        The measures.
    replications
        Of each point.
    kind
        Of the metamodels: 'gp', 'quadratic' or 'none'.

    Returns
    -------
    dict
        The content of sweep.json.
    """
    gathered = _Gathered(spec, store, wanted.measures, replications)
    names = [f.name for f in spec.factors]
    write_csv(store.folder / "sweep.csv", ("point", *names, "replication", "kpi", "group", "unit", "value"), gathered.lines())
    named = {*wanted.asked, *wanted.judged, wanted.by}
    measures = [key for key in wanted.measures if key in named or gathered.has(key)]
    if not any(gathered.has(key) for key in measures):
        raise SimulationError("no point has a value of any measure; is the run longer than its warm-up?")
    content = _content(spec, gathered, wanted, measures, replications, kind)
    write_csv(store.folder / "points.csv", _point_columns(names, measures), _point_lines(spec, content))
    write_json(store.folder / "sweep.json", content)
    return content


class _Gathered:
    """Values of the measures, read from the stored replications in the order of the points."""

    def __init__(self, spec: SweepSpec, store: PointStore, measures: Sequence[Key], replications: int) -> None:
        self.spec, self.store, self.count = spec, store, replications
        shape = (len(spec.keys), replications)
        self.values = {key: np.full(shape, np.nan) for key in measures}
        self.units = {kpi: KPIS[kpi].unit for kpi, _ in measures if kpi in KPIS}
        self.growing: list[bool] = []
        self.stages: list[dict[str, float]] = []  # mean hours an order in each stage, at each point

    def has(self, key: Key) -> bool:
        return bool((~np.isnan(self.values[key])).any())

    def lines(self) -> Iterator[tuple[Any, ...]]:
        """Rows of sweep.csv; what they hold is kept by the way."""
        factors = self.spec.factors
        for point, key in enumerate(self.spec.keys):
            labels = [_cell(f, x) for f, x in zip(factors, self.spec.rows[point], strict=True)]
            known: dict[Key, RunningEstimate] = {}
            for r in range(self.count):
                rows = self.store.read(key, r)
                if rows is None:
                    raise SimulationError(f"{self.spec.called(key)}: replication {r} is not stored; did files change meanwhile?")
                for kpi, group, unit, value in rows:
                    if group == "all":
                        known.setdefault((kpi, group), RunningEstimate()).add(value)
                    if (kpi, group) in self.values:
                        self.values[kpi, group][point, r] = value
                        yield point, *labels, r, kpi, group, unit, value
            means = {kpi.split(".")[1]: e.mean for (kpi, _), e in known.items() if kpi.startswith("stage.")}
            self.stages.append({stage: mean for stage, mean in means.items() if mean > 0})
            plan = self.store.shelf.plan(key)
            self.growing.append(backlog_growing(plan, {k: e.estimate(plan.run.confidence) for k, e in known.items()}))


def _cell(factor: Factor, value: float) -> str | float | int | None:
    """A factor's value in a CSV file: a number in its unit, the name of a choice, nothing where it is as in the scenario."""
    if math.isnan(value):
        return None
    if factor.axis.categories:
        return factor.axis.categories[int(value)]
    return int(value) if value == round(value) and abs(value) < 1e15 else value


def _content(
    spec: SweepSpec, gathered: _Gathered, wanted: Wanted, measures: list[Key], replications: int, kind: str
) -> dict[str, Any]:
    plan = spec.plan
    confidence = plan.run.confidence
    by = wanted.by or next(key for key in measures if gathered.has(key))
    better = (KPIS[by[0]].better if by[0] in KPIS else None) or "less"
    points = [_point(spec, gathered, measures, i, confidence) for i in range(len(spec.keys))]
    met = [p["point"] for p in points if p["all_met"]]
    costs = gathered.values.get((COST, "all"))
    cheapest = None
    if costs is not None and met:
        priced = [(mean, i) for i in met if (mean := t_interval(costs[i], confidence).mean) > 0]
        cheapest = min(priced)[1] if priced else None
    chosen = wanted.asked[:MOST_ASKED] if wanted.asked else tuple(k for k in measures if gathered.has(k))[:MOST_ANALYSED]
    priced_too = () if wanted.asked else ((COST, "all"),)
    analysed = [k for k in dict.fromkeys((by, *chosen, *priced_too)) if k in measures and gathered.has(k)]
    axes = [f.axis for f in spec.factors]
    return {
        "format": FORMAT,
        "name": plan.name,
        "title": plan.title,
        "question": plan.question,
        "currency": plan.currency,
        "digest": spec.digest,
        "design": spec.design,
        "seed": plan.run.seed,
        "replications": replications,
        "confidence": confidence,
        "run": {"start": plan.run.start, "length_h": plan.run.length_h, "warm_up_h": plan.run.warm_up_h},
        **spec.head,
        "factors": [
            f.axis.as_dict() | {"paths": list(f.paths), "texts": list(f.texts), "in_scenario": b or None}
            for f, b in zip(spec.factors, spec.base, strict=True)
        ],
        "measures": [_measure(key, wanted, spec) for key in measures],
        "by": {"kpi": by[0], "group": by[1], "better": better} | best_points(gathered.values[by], better, confidence),
        "targets_met": len(met) if wanted.judged else None,
        "cheapest": cheapest,
        "distinct_plans": len(set(spec.keys)),
        "points": points,
        "analysis": [
            {"kpi": kpi, "group": group}
            | analyse(axes, spec.rows, gathered.values[kpi, group], spec.design, kind, confidence, plan.run.seed)
            for kpi, group in analysed
        ],
    }


def _measure(key: Key, wanted: Wanted, spec: SweepSpec) -> dict[str, Any]:
    found = {(t.minimum, t.maximum, t.unit) for listed in spec.targets for t in listed if (t.kpi, t.group) == key}
    unit = KPIS[key[0]].unit if key[0] in KPIS else next(iter(sorted(t[2] for t in found)), "1")
    limits = None
    if len(found) == 1:
        ((low, high, _),) = found
        limits = {k: v for k, v in (("min", low), ("max", high)) if v is not None}
    return {
        "kpi": key[0],
        "group": key[1],
        "unit": unit,
        "better": KPIS[key[0]].better if key[0] in KPIS else None,
        "judged": key in wanted.judged,
        "target": limits,
    }


def _point(spec: SweepSpec, gathered: _Gathered, measures: list[Key], i: int, confidence: float) -> dict[str, Any]:
    targets = {(t.kpi, t.group): t for t in spec.targets[i]}
    results = []
    for key in measures:
        estimate = t_interval(gathered.values[key][i], confidence)
        target = targets.get(key)
        judged = verdict(estimate, target.minimum, target.maximum, growing=gathered.growing[i]) if target else None
        results.append(_result(estimate, judged))
    verdicts = [r["verdict"] for r in results if r["verdict"] is not None]
    row = spec.rows[i]
    return {
        "point": i,
        "values": {f.name: _cell(f, x) for f, x in zip(spec.factors, row, strict=True)},
        "coordinates": [None if math.isnan(x) else float(x) for x in row],
        "sets": list(spec.sets[i]),
        "folder": f"points/{spec.keys[i]}",
        "backlog_grows": gathered.growing[i],
        "all_met": bool(verdicts) and all(v == "met" for v in verdicts),
        "results": results,
        "stages": gathered.stages[i],
    }


def _result(estimate: Estimate, judged: str | None) -> dict[str, Any]:
    mean = None if math.isnan(estimate.mean) else estimate.mean
    return {"n": estimate.n, "mean": mean, "half_width": estimate.half_width, "verdict": judged}


def _point_columns(names: Sequence[str], measures: Sequence[Key]) -> list[str]:
    columns = ["point", *names]
    for key in measures:
        columns += [key_text(*key), f"{key_text(*key)} half_width", f"{key_text(*key)} verdict"]
    return [*columns, "all_met", "folder"]


def _point_lines(spec: SweepSpec, content: dict[str, Any]) -> Iterator[list[Any]]:
    judged = bool(content["targets_met"] is not None)
    for point in content["points"]:
        cells = [cell for r in point["results"] for cell in (r["mean"], r["half_width"], r["verdict"])]
        met = ("yes" if point["all_met"] else "no") if judged else None
        yield [point["point"], *point["values"].values(), *cells, met, point["folder"]]
