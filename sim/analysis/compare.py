"""Scenarios against a baseline, or each with each, under common random numbers: paired differences with t intervals."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from sim.analysis.estimate import t_interval, t_quantile, t_test
from sim.analysis.kpis import HEADLINES, KPIS
from sim.analysis.multiple import Floats, Standing, bonferroni, holm, standing, variance_reduction
from sim.display import ShownComparison
from sim.errors import UsageError, did_you_mean
from sim.sampling import block_means
from sim.store import FORMAT, Study, write_csv, write_json

_OF_DIFFERENCE = ("kpi", "group", "unit", "n", "base", "other", "difference", "half_width", "direction", "p_value",
                  "p_holm", "simultaneous_half_width", "verdict", "variance_reduction")  # fmt: skip
COLUMNS = ("scenario", *_OF_DIFFERENCE)
PAIR_COLUMNS = ("base_scenario", "other_scenario", *_OF_DIFFERENCE)


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure in both scenarios: means over the common replications, paired difference other - base, its half width.

    `direction` is 'better', 'worse' or 'differs' (where neither way is better) if the interval leaves out zero, 'same' if all
    replications agree exactly, else 'not shown'. The interval and `p_value` (paired t test of no difference) are of this
    comparison alone. `p_holm` is the p-value after Holm's adjustment over the family: the same measure in every scenario of the
    comparison; `verdict` is the direction if it is at most 1 - confidence, so that the chance of a wrong one is at most that.
    Intervals with `simultaneous_half_width` (Bonferroni) hold together over the family. `variance_reduction` is what pairing
    gained, see `sim.analysis.multiple.variance_reduction`. None where there are fewer than two replications.
    """

    kpi: str
    group: str
    unit: str
    n: int
    base: float
    other: float
    difference: float
    half_width: float | None
    direction: str
    p_value: float | None = None
    p_holm: float | None = None
    simultaneous_half_width: float | None = None
    verdict: str = "not shown"
    variance_reduction: float | None = None


@dataclass(frozen=True)
class PairContrast:
    """Two of the scenarios against each other, by the headline measures of the whole."""

    base: str
    other: str
    rows: tuple[Difference, ...]


@dataclass(frozen=True)
class ScenarioContrast:
    """One scenario against the baseline."""

    name: str
    rows: tuple[Difference, ...]
    inputs: tuple[tuple[str, str, str], ...]  # path, value in the baseline, value in the scenario

    def of(self, kpi: str, group: str = "all") -> Difference:
        """One measure.

        Raises
        ------
        KeyError
            If it was not compared.
        """
        for row in self.rows:
            if row.kpi == kpi and row.group == group:
                return row
        raise KeyError(f"'{kpi}' of group '{group}' is not in both scenarios")


@dataclass(frozen=True)
class Comparison(ShownComparison):
    """Studies of a baseline and of scenarios on the same customers."""

    base: Study
    others: tuple[Study, ...]
    contrasts: tuple[ScenarioContrast, ...]
    confidence: float
    folder: Path | None = None
    report: Path | None = None
    standing: Standing | None = None  # all against the best of them, by one measure
    pairs: tuple[PairContrast, ...] = ()  # if asked for

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready form: for each scenario the differences of the inputs first, then of the results."""
        return {
            "format": FORMAT,
            "base": self.base.name,
            "confidence": self.confidence,
            "replications": min(s.replications for s in (self.base, *self.others)),
            "scenarios": [
                {
                    "name": contrast.name,
                    "inputs": [{"path": p, "base": a, "other": b} for p, a, b in contrast.inputs],
                    "steady_state": study.summary["steady_state"],
                    "targets": [entry for entry in study.summary["kpis"] if entry["target"] is not None],
                    "differences": [asdict(row) for row in contrast.rows],
                }
                for study, contrast in zip(self.others, self.contrasts, strict=True)
            ],
            "comparisons": len(self.contrasts),
            "best": None if self.standing is None else asdict(self.standing),
            "pairs": [asdict(pair) for pair in self.pairs],
        }

    def write(self, folder: Path) -> None:
        """Write comparison.json and comparison.csv, with all pairs comparison_pairs.csv too.

        comparison.json names the run folders, baseline first, as they are seen from `folder`, and the command.
        """
        folder.mkdir(parents=True, exist_ok=True)
        runs = [_run_entry(study, folder) for study in (self.base, *self.others)]
        write_json(folder / "comparison.json", self.as_dict() | {"runs": runs, "command": list(sys.argv)})
        rows = ((c.name, *asdict(row).values()) for c in self.contrasts for row in c.rows)
        write_csv(folder / "comparison.csv", COLUMNS, rows)
        if self.pairs:
            lines = ((pair.base, pair.other, *asdict(row).values()) for pair in self.pairs for row in pair.rows)
            write_csv(folder / "comparison_pairs.csv", PAIR_COLUMNS, lines)


def _run_entry(study: Study, folder: Path) -> dict[str, Any]:
    """Where a run is and how to tell that it is still the one that was compared."""
    try:
        place = Path(os.path.relpath(study.folder.resolve(), folder.resolve())).as_posix()
    except ValueError:  # another drive
        place = study.folder.resolve().as_posix()
    warm_up_h = float((study.manifest.get("run") or {}).get("warm_up_h") or 0.0)
    digest = study.summary.get("digest")
    return {"name": study.name, "folder": place, "digest": digest, "replications": study.replications, "warm_up_h": warm_up_h}


def paired_differences(
    base: Study, other: Study, confidence: float, measures: Sequence[tuple[str, str]] | None = None
) -> tuple[Difference, ...]:
    """Differences of every measure that both studies have, replication by replication.

    Parameters
    ----------
    base, other
        Studies with the same seed; the first replications that both have are paired.
    confidence
        Of the intervals.
    measures
        Only these (kpi, group); None for all.

    Raises
    ------
    UsageError
        If the seeds differ: the replications do not meet the same customers then and cannot be paired; or the batches do.
    """
    if base.seed != other.seed:
        raise UsageError(f"{base.name} has seed {base.seed} and {other.name} {other.seed}: pairing needs the same seed")
    if base.batches != other.batches:
        raise UsageError(f"{base.name} has {base.batches} batches and {other.name} {other.batches}: pairing needs as many")
    n, block = min(base.samples, other.samples), math.lcm(base.block, other.block)
    known = set(base.measures) & set(other.measures)
    rows = []
    for kpi, group in base.measures if measures is None else measures:
        if (kpi, group) not in known:
            continue
        a, b = base.values(kpi, group)[:n], other.values(kpi, group)[:n]
        both = ~(np.isnan(a) | np.isnan(b))
        if not both.any():
            continue
        same = bool((a[both] == b[both]).all())
        if block > 1:
            a, b = (block_means(np.where(both, values, np.nan), block) for values in (a, b))
            both = ~np.isnan(a)
        rows.append(_difference(kpi, group, a[both], b[both], confidence, same))
    return tuple(rows)


def _difference(kpi: str, group: str, a: Floats, b: Floats, confidence: float, same: bool) -> Difference:
    estimate = t_interval(b - a, confidence)
    is_known = len(a) > 1
    return Difference(
        kpi,
        group,
        KPIS[kpi].unit if kpi in KPIS else "1",
        len(a),
        float(a.mean()),
        float(b.mean()),
        estimate.mean,
        estimate.half_width,
        _direction(kpi, same, estimate.mean, estimate.half_width),
        p_value=t_test(estimate.mean, float((b - a).var(ddof=1)), len(a)) if is_known else None,
        variance_reduction=variance_reduction(a, b),
    )


def _direction(kpi: str, same: bool, mean: float, half_width: float | None) -> str:
    if same:
        return "same"
    if half_width is None or math.isnan(mean) or abs(mean) <= half_width:
        return "not shown"
    return _way(kpi, mean)


def _way(kpi: str, difference: float) -> str:
    better = KPIS[kpi].better if kpi in KPIS else None
    if better is None:
        return "differs"
    return "better" if (difference < 0) == (better == "less") else "worse"


def judged_together(families: Sequence[tuple[Difference, ...]], confidence: float) -> list[tuple[Difference, ...]]:
    """Fill in what holds for all scenarios together: adjusted p-values, verdicts and simultaneous intervals, measure by measure.

    Parameters
    ----------
    families
        For each comparison its rows; the rows of one measure and group are a family.
    confidence
        1 less the probability of one or more false verdicts in a family.
    """
    places: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for i, rows in enumerate(families):
        for j, row in enumerate(rows):
            places.setdefault((row.kpi, row.group), []).append((i, j))
    found = [list(rows) for rows in families]
    for family in places.values():
        adjusted = holm([1.0 if (p := found[i][j].p_value) is None else p for i, j in family])
        for (i, j), p in zip(family, adjusted, strict=True):
            found[i][j] = _together(found[i][j], p, len(family), confidence)
    return [tuple(rows) for rows in found]


def _together(row: Difference, adjusted: float, family: int, confidence: float) -> Difference:
    if row.half_width is None:
        return replace(row, verdict="same" if row.direction == "same" else "not shown")
    wider = t_quantile(bonferroni(confidence, family), row.n - 1) / t_quantile(confidence, row.n - 1)
    verdict = "not shown"
    if row.direction == "same":
        verdict = "same"
    elif adjusted <= 1.0 - confidence and row.difference != 0:
        verdict = _way(row.kpi, row.difference)
    return replace(row, p_holm=adjusted, simultaneous_half_width=wider * row.half_width, verdict=verdict)


def compare_studies(
    base: Study,
    others: Sequence[Study],
    inputs: Sequence[Sequence[tuple[str, str, str]]],
    *,
    names: Sequence[str] = (),
    by: tuple[str, str] | None = None,
    all_pairs: bool = False,
) -> Comparison:
    """Compare stored studies.

    Parameters
    ----------
    base
        The baseline.
    others
        The scenarios.
    inputs
        For each scenario what differs in its inputs, see `sim.analysis.plain.plan_differences`.
    names
        Of all studies, where their own do not tell them apart.
    by
        Measure and group by which the best is sought; None takes the first headline measure that all studies have.
    all_pairs
        Compare each with each by the headline measures, too; these are one family for each measure.

    Raises
    ------
    UsageError
        If the seeds differ, or a study has no measure `by`.
    """
    studies = (base, *others)
    called = tuple(names) or tuple(study.name for study in studies)
    judged = judged_together([paired_differences(base, study, base.level) for study in others], base.confidence)
    contrasts = tuple(
        ScenarioContrast(study.name, rows, tuple(changed)) for study, rows, changed in zip(others, judged, inputs, strict=True)
    )
    best = best_of(studies, called, by)
    pairs = _pairs(studies, called, by) if all_pairs else ()
    return Comparison(base, tuple(others), contrasts, base.confidence, standing=best, pairs=pairs)


def best_of(studies: Sequence[Study], names: Sequence[str], by: tuple[str, str] | None) -> Standing | None:
    """All studies against the best of them; None if no measure is given and they share no headline measure with a direction.

    Raises
    ------
    UsageError
        If a study has no measure `by`, or it has no direction.
    """
    key = by if by is not None else next(_shared_headlines(studies), None)
    if key is None:
        return None
    n = min(study.samples for study in studies)
    better = KPIS[key[0]].better if key[0] in KPIS else None
    if better is None:
        raise UsageError(f"neither way of {key[0]} is better: the best scenario cannot be told by it")
    try:
        values = [study.values(*key)[:n] for study in studies]
    except KeyError:
        raise UsageError(_absent(studies, names, key)) from None
    if np.isnan(np.stack(values)).any(axis=0).all():
        raise UsageError(f"no replication has {key[0]} of group '{key[1]}' in every scenario")
    return standing(names, values, (*key, KPIS[key[0]].unit), better, studies[0].confidence)


def _shared_headlines(studies: Sequence[Study]) -> Iterator[tuple[str, str]]:
    known = set.intersection(*(set(study.measures) for study in studies))
    return ((kpi, "all") for kpi in HEADLINES if (kpi, "all") in known and KPIS[kpi].better is not None)


def _absent(studies: Sequence[Study], names: Sequence[str], key: tuple[str, str]) -> str:
    lacking = [(study, name) for study, name in zip(studies, names, strict=True) if key not in study.measures]
    study, name = lacking[0]
    return absent_text(name, key, study.measures)


def absent_text(name: str, key: tuple[str, str], measures: Sequence[tuple[str, str]]) -> str:
    """Why a measure cannot be used: the scenario does not have it, with the nearest group or measure that it has."""
    kpi, group = key
    groups = [g for k, g in measures if k == kpi]
    if groups:
        hint = did_you_mean(group, groups) or f"it has {', '.join(groups[:8])}"
        return f"{name} has no {kpi} for group '{group}'; {hint}"
    hint = did_you_mean(kpi, sorted({k for k, _ in measures}))
    return f"{name} does not give the measure {kpi}" + (f"; {hint}" if hint else "")


def _pairs(studies: Sequence[Study], names: Sequence[str], by: tuple[str, str] | None) -> tuple[PairContrast, ...]:
    """Each with each, by the headline measures of the whole and the one that was asked for."""
    places = [(i, j) for i in range(len(studies)) for j in range(i + 1, len(studies))]
    confidence = studies[0].confidence
    chief = [(kpi, "all") for kpi in HEADLINES]
    wanted = list(dict.fromkeys(chief if by is None else (by, *chief)))
    rows = [paired_differences(studies[i], studies[j], confidence, wanted) for i, j in places]
    judged = judged_together(rows, confidence)
    return tuple(PairContrast(names[i], names[j], found) for (i, j), found in zip(places, judged, strict=True))
