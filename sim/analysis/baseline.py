"""Committed baselines of results: what a change of the code did to them, told apart from noise and from changed inputs.

A baseline is a folder with `baseline.json` (scenario, replications, margin, reason, digests of the inputs) and
`replications.csv` of chosen measures.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from sim.analysis.estimate import t_test
from sim.analysis.kpis import HEADLINES, KPIS
from sim.analysis.plain import plain_plan
from sim.errors import UsageError, did_you_mean
from sim.scenario.plan import Plan
from sim.store import FORMAT, REPLICATION_COLUMNS, Study, read_csv, read_json, write_csv, write_json

INPUTS_CHANGED, IDENTICAL, WITHIN_NOISE, CHANGED = "inputs changed", "identical", "same within noise", "changed"
SIGNIFICANCE = 0.01  # family-wise, after Holm
MARGIN = 0.005  # of the baseline's mean
_MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is committed of one baseline."""

    name: str
    folder: Path
    scenario: str
    sets: tuple[str, ...]
    replications: int
    seed: int
    margin: float  # smallest change of a mean that matters, relative to the baseline's mean
    reason: str
    date: str
    plan_digest: str
    inputs: dict[str, str]  # digest by field of the plan

    @property
    def values(self) -> dict[tuple[str, str], np.ndarray[Any, np.dtype[np.float64]]]:
        """Values of the replications by (kpi, group); NaN where there is none."""
        found: dict[tuple[str, str], np.ndarray[Any, np.dtype[np.float64]]] = {}
        for _, replication, kpi, group, _, value in read_csv(self.folder / "replications.csv"):
            found.setdefault((kpi, group), np.full(self.replications, np.nan))[int(replication)] = float(value)
        return found


@dataclass(frozen=True, slots=True)
class Change:
    """One measure that moved: means over the common replications and the Holm-adjusted p-value of the paired test."""

    kpi: str
    group: str
    before: float
    after: float
    p_value: float

    @property
    def relative(self) -> float:
        """Change in units of the mean before; infinite if that was zero."""
        return (self.after - self.before) / abs(self.before) if self.before else float("inf")


@dataclass(frozen=True)
class CheckVerdict:
    """The result of one baseline."""

    name: str
    status: str
    inputs: tuple[str, ...] = ()  # fields of the plan that changed
    changes: tuple[Change, ...] = ()
    note: str = ""
    measures: int = field(default=0)

    @property
    def failed(self) -> bool:
        """True where someone must look: inputs or results changed."""
        return self.status in (INPUTS_CHANGED, CHANGED)

    def text(self) -> str:
        """A line or more for the console."""
        lines = [f"{self.name}: {self.status}" + (f" ({', '.join(self.inputs)})" if self.inputs else "")]
        if self.note:
            lines[0] += f"; {self.note}"
        for c in self.changes[:_MOST_SHOWN]:
            where = "" if c.group == "all" else f" [{c.group}]"
            lines.append(f"  {c.kpi}{where}: {c.before:.6g} -> {c.after:.6g} ({c.relative:+.2%}, p = {c.p_value:.2g})")
        if len(self.changes) > _MOST_SHOWN:
            lines.append(f"  and {len(self.changes) - _MOST_SHOWN} more measures")
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "name": self.name,
            "status": self.status,
            "failed": self.failed,
            "inputs": list(self.inputs),
            "note": self.note,
            "measures": self.measures,
            "changes": [
                {"kpi": c.kpi, "group": c.group, "before": c.before, "after": c.after, "p_value": c.p_value} for c in self.changes
            ],
        }


def read_baseline(folder: Path) -> Baseline:
    """Read `baseline.json` of a baseline folder.

    Raises
    ------
    UsageError
        If there is none, or it lacks an entry.
    """
    path = folder / "baseline.json"
    if not path.is_file():
        raise UsageError(f"{folder}: no baseline there (baseline.json is missing)")
    data = read_json(path)
    try:
        return Baseline(
            folder.name,
            folder,
            data["scenario"],
            tuple(data.get("sets", ())),
            int(data["replications"]),
            int(data["seed"]),
            float(data.get("margin", MARGIN)),
            data["reason"],
            data.get("date", ""),
            data["plan_digest"],
            dict(data["inputs"]),
        )
    except KeyError as missing:
        raise UsageError(f"{path}: {missing} is missing") from None


def baselines_in(folder: Path, names: Sequence[str] = ()) -> list[Baseline]:
    """All baselines of a folder by name, or those named.

    Raises
    ------
    UsageError
        If there is none at all, or a name has no baseline.
    """
    known = [path.parent.name for path in sorted(folder.glob("*/baseline.json"))]
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known) or (f"there are {', '.join(known)}" if known else "it has none at all")
            raise UsageError(f"{folder} has no baseline '{name}'; {hint}")
    if not known:
        raise UsageError(f"no baselines in {folder}; `sparesim check SCENARIO --update --reason TEXT` makes one")
    return [read_baseline(folder / name) for name in names or known]


def input_digests(plan: Plan) -> dict[str, str]:
    """Eight digits of a digest of every part of the plan that can change results, by its name."""
    left_out = ("name", "title", "question", "notes", "warnings", "targets")
    data = {name: value for name, value in plain_plan(plan).items() if name not in left_out}
    left_out_of_run = ("replications", "confidence", "batches", "goal")
    data["run"] = {k: v for k, v in data["run"].items() if k not in left_out_of_run}
    return {name: sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:8] for name, value in data.items()}


def changed_inputs(baseline: Baseline, plan: Plan) -> tuple[str, ...]:
    """Names of the parts of the plan that are not what they were; empty if nothing that counts changed."""
    if plan.digest == baseline.plan_digest:
        return ()
    now = input_digests(plan)
    return tuple(n for n in dict.fromkeys((*baseline.inputs, *now)) if baseline.inputs.get(n) != now.get(n)) or ("plan",)


def judge(baseline: Baseline, study: Study, inputs: tuple[str, ...] = ()) -> CheckVerdict:
    """Compare a new study with a baseline, replication by replication on the same seeds.

    Parameters
    ----------
    baseline
        What is committed.
    study
        The scenario rerun with the baseline's seed and number of replications.
    inputs
        What `changed_inputs` found.

    Returns
    -------
    CheckVerdict
        'identical' if every value is equal; 'changed' if a paired t test, after Holm's correction over all measures, rejects at
        1 % and the mean moved by more than the margin, or a measure is gone; else 'same within noise'. With one replication a
        move beyond the margin counts. Changed inputs go before all that.
    """
    before = baseline.values
    now = set(study.measures)
    gone = [key for key in before if key not in now]
    tests: list[tuple[float, tuple[str, str], float, float]] = []
    identical = not gone
    for key, old in before.items():
        if key not in now:
            continue
        new = study.values(*key)[: len(old)]
        identical &= bool(np.array_equal(old[: len(new)], new, equal_nan=True))
        both = ~(np.isnan(old[: len(new)]) | np.isnan(new))
        a, b = old[: len(new)][both], new[both]
        if len(a) == 0:
            continue
        moved = b - a
        p = t_test(float(moved.mean()), float(moved.var(ddof=1)), len(a)) if len(a) > 1 else float(moved[0] == 0)
        tests.append((p, key, float(a.mean()), float(b.mean())))
    changes = _significant(tests, baseline.margin)
    changes += [Change(kpi, group, float(np.nanmean(before[kpi, group])), float("nan"), 0.0) for kpi, group in gone]
    note = f"{len(gone)} measures are gone" if gone else ""
    if inputs:
        result = IDENTICAL if identical else CHANGED if changes else WITHIN_NOISE
        return CheckVerdict(baseline.name, INPUTS_CHANGED, inputs, tuple(changes), f"results: {result}", len(before))
    if identical:
        return CheckVerdict(baseline.name, IDENTICAL, measures=len(before))
    return CheckVerdict(baseline.name, CHANGED if changes else WITHIN_NOISE, (), tuple(changes), note, len(before))


def _significant(tests: list[tuple[float, tuple[str, str], float, float]], margin: float) -> list[Change]:
    """Measures rejected by Holm's step-down procedure that moved by more than the margin, the surest first."""
    found: list[Change] = []
    adjusted = 0.0
    for i, (p, (kpi, group), before, after) in enumerate(sorted(tests)):
        adjusted = min(1.0, max(adjusted, p * (len(tests) - i)))
        if adjusted <= SIGNIFICANCE and abs(after - before) > margin * abs(before):
            found.append(Change(kpi, group, before, after, adjusted))
    return found


def write_baseline(
    folder: Path,
    plan: Plan,
    study: Study,
    *,
    scenario: str,
    reason: str,
    sets: Sequence[str] = (),
    date: str = "",
    margin: float = MARGIN,
) -> None:
    """Commit the results of a study as a baseline: the headline measures in all groups but single sites and shelves.

    Parameters
    ----------
    folder
        `results/baselines/<name>`.
    plan, study
        What was run, and its results.
    scenario, sets
        How `sim.load` finds the scenario again.
    reason
        Why the results are what they are now; required.
    date
        Date of the change, as its author gives it.
    margin
        Smallest relative change of a mean that matters.
    """
    if not reason.strip():
        raise UsageError("a baseline needs a reason")
    folder.mkdir(parents=True, exist_ok=True)
    chosen = [(k, g) for k, g in study.measures if k in HEADLINES and not g.startswith(("location=", "part="))]
    rows = (
        (study.name, r, kpi, group, KPIS[kpi].unit, float(values[r]))
        for kpi, group in chosen
        for values in (study.values(kpi, group),)
        for r in range(study.replications)
        if not np.isnan(values[r])
    )
    write_csv(folder / "replications.csv", REPLICATION_COLUMNS, rows)
    write_json(
        folder / "baseline.json",
        {
            "format": FORMAT,
            "scenario": scenario,
            "sets": list(sets),
            "replications": study.replications,
            "seed": study.seed,
            "margin": margin,
            "reason": reason.strip(),
            "date": date,
            "plan_digest": plan.digest,
            "inputs": input_digests(plan),
        },
    )
