"""Committed baselines of results: what a change of the code did to them, told apart from noise and from changed inputs.

A baseline is a folder with `baseline.json` (scenario, replications, margin, reason, digests of the inputs and of all results) and
`replications.csv` of chosen measures.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from sim.analysis.check_status import CHANGED, IDENTICAL, INPUTS_CHANGED, WITHIN_NOISE, status_text
from sim.analysis.kpis import HEADLINES, KPIS
from sim.analysis.plain import plain_plan
from sim.analysis.shifts import POWER, Floats, find_shifts
from sim.display import Shown
from sim.errors import UsageError, did_you_mean
from sim.language import say
from sim.sampling import block_means
from sim.scenario.plan import Plan
from sim.store import FORMAT, REPLICATION_COLUMNS, Study, read_csv, read_json, write_csv, write_json

SIGNIFICANCE = 0.001  # family-wise, after Holm
MARGIN = 0.005  # of the baseline's mean
_MOST_SHOWN, _MOST_TOLD = 5, 3
_ROUNDING, _SUM_ROUNDING = 1e-12, 1e-9  # relative: values, and sums over many of them, that differ only by the order of additions


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
    results: dict[str, Any] = field(default_factory=dict)  # see `results_digest`; older baselines have none

    @property
    def values(self) -> dict[tuple[str, str], Floats]:
        """Values of the replications by (kpi, group); NaN where there is none."""
        found: dict[tuple[str, str], Floats] = {}
        for _, replication, kpi, group, _, value in read_csv(self.folder / "replications.csv"):
            found.setdefault((kpi, group), np.full(self.replications, np.nan))[int(replication)] = float(value)
        return found


@dataclass(frozen=True, slots=True)
class Change:
    """One measure of a baseline as it was and as it is.

    Means over the replications that have it, the p-value after Holm, the test that gave it, and the smallest shift that would
    have been found with 95 % probability (see `sim.analysis.shifts`), in the measure's unit. NaN where there is none.
    """

    kpi: str
    group: str
    before: float
    after: float
    p_value: float
    test: str = "paired"  # or 'unpaired'
    smallest: float = math.nan

    @property
    def relative(self) -> float:
        """Change in units of the mean before; infinite if that was zero."""
        return self._share(self.after - self.before)

    @property
    def smallest_relative(self) -> float:
        """The smallest shift that would have shown, in units of the mean before."""
        return self._share(self.smallest)

    def _share(self, shift: float) -> float:
        return shift / abs(self.before) if self.before else (0.0 if shift == 0 else math.inf)

    @property
    def name(self) -> str:
        """`contact.asa`, or with its group `contact.asa [site=desk]`."""
        return self.kpi if self.group == "all" else f"{self.kpi} [{self.group}]"

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready form; null where there is no number."""
        numbers = {
            "before": self.before,
            "after": self.after,
            "relative": self.relative,
            "p_value": self.p_value,
            "smallest_shift": self.smallest,
            "smallest_shift_relative": self.smallest_relative,
        }
        finite = {name: value if math.isfinite(value) else None for name, value in numbers.items()}
        return {"kpi": self.kpi, "group": self.group, **finite, "test": self.test}


@dataclass(frozen=True)
class CheckVerdict(Shown):
    """The result of one baseline."""

    name: str
    status: str
    inputs: tuple[str, ...] = ()  # fields of the plan that changed
    changes: tuple[Change, ...] = ()
    note: str = ""
    measures: int = field(default=0)
    tested: tuple[Change, ...] = ()  # every measure, moved or not; empty where results are identical
    margin: float = MARGIN
    replications: int = 0
    file: str = ""  # where someone should look
    line: int = 0

    @property
    def failed(self) -> bool:
        """True where someone must look: inputs or results changed."""
        return self.status in (INPUTS_CHANGED, CHANGED)

    def text(self) -> str:
        """A line or more for the console."""
        said = say("{name}: {status}", name=self.name, status=status_text(self.status))
        if self.inputs:
            said = say("{said} ({inputs})", said=said, inputs=", ".join(self.inputs))
        lines = [say("{said}; {note}", said=said, note=self.note) if self.note else said]
        for c in self.changes[:_MOST_SHOWN]:
            lines.append(f"  {c.name}: {c.before:.6g} -> {c.after:.6g} ({c.relative:+.2%}, p = {c.p_value:.2g})")
        if len(self.changes) > _MOST_SHOWN:
            lines.append("  " + say("and {n} more measures", n=len(self.changes) - _MOST_SHOWN))
        if self.sharpness:
            lines.append(f"  {self.sharpness}")
        return "\n".join(lines)

    @property
    def sharpness(self) -> str:
        """What the check could have seen, in words; '' where results are identical or nothing could be tested."""
        known = {c.kpi: c for c in self.tested if c.group == "all" and math.isfinite(c.smallest_relative)}
        told = [
            say("{share} in {kpi}", share=fine_percent(known[kpi].smallest_relative), kpi=kpi)
            for kpi in HEADLINES
            if kpi in known
        ][:_MOST_TOLD]
        if not told:
            return ""
        listed = told[0]
        if len(told) > 1:
            listed = say("{names} or {last}", names=", ".join(told[:-1]), last=told[-1])
        return say(
            "could have seen a shift of {listed} ({power} power, {replications} replications, {measures} measures)",
            listed=listed,
            power=f"{POWER:.0%}",
            replications=self.replications,
            measures=self.measures,
        )

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "name": self.name,
            "status": self.status,
            "failed": self.failed,
            "inputs": list(self.inputs),
            "note": self.note,
            "file": self.file,
            "line": self.line,
            "replications": self.replications,
            "measures": self.measures,
            "significance": SIGNIFICANCE,
            "margin": self.margin,
            "power": POWER,
            "changes": [c.as_dict() for c in self.changes],
            "tested": [c.as_dict() for c in self.tested],
        }


class Checks(list[CheckVerdict], Shown):
    """The verdicts of several baselines; a list that a notebook shows as a table."""


def fine_percent(share: float) -> str:
    """Two digits: `0.41 %`, `3.2 %`, `47 %`."""
    return f"{100 * share:.0f} %" if share >= 0.0995 else f"{100 * share:.2g} %"


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
            dict(data.get("results") or {}),
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


def results_digest(study: Study) -> dict[str, Any]:
    """A digest of every value of every measure, and a weighted sum by measure that tells last digits from real differences.

    Groups go by name, so that neither depends on the order in which sites are listed or made.
    """
    content = sha256()
    totals: dict[str, list[float]] = {}
    weights = {group: _weights(group, study.replications) for group in {g for _, g in study.measures}}
    for kpi, group in sorted(study.measures):
        values = study.values(kpi, group)
        content.update(f"{kpi}\0{group}\0".encode() + values.astype("<f8").tobytes())
        totals.setdefault(kpi, []).extend((np.abs(values) * weights[group])[~np.isnan(values)].tolist())
    return {"digest": content.hexdigest(), "totals": {kpi: math.fsum(terms) for kpi, terms in totals.items()}}


def _weights(group: str, replications: int) -> Floats:
    """Numbers in [1, 2) that depend on group and replication, so that values that change places change the sum."""
    start = int.from_bytes(sha256(group.encode()).digest()[:4], "big") / 2**32
    weights: Floats = 1.0 + (start + np.arange(replications, dtype=np.float64) * 0.6180339887498949) % 1.0
    return weights


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
        'identical' if every value of every measure is equal (but for last digits of sums); 'changed' if a test
        (`sim.analysis.shifts`), after Holm's correction over all measures, rejects at `SIGNIFICANCE` and the mean moved by more
        than the margin, or a measure is gone; else 'same within noise'. With one replication a move beyond the margin counts.
        Changed inputs go before all that.
    """
    before = baseline.values
    result, note = _same_results(baseline, before, study)
    changes: tuple[Change, ...] = ()
    tested: tuple[Change, ...] = ()
    if result != IDENTICAL:
        tested, changes, gone = _moved(baseline, before, study)
        result = CHANGED if changes else WITHIN_NOISE
        note = say("{n} measures are gone", n=gone) if gone else note
    if inputs:
        told = say("results: {status}", status=status_text(result))
        note = say("{said}; {note}", said=told, note=note) if note else told
        result = INPUTS_CHANGED
    return CheckVerdict(baseline.name, result, inputs, changes, note, len(before), tested, baseline.margin, baseline.replications)


def _same_results(baseline: Baseline, before: dict[tuple[str, str], Floats], study: Study) -> tuple[str, str]:
    """Whether the results are identical, '' if they are not, and a remark."""
    now = set(study.measures)
    there = all(key in now for key in before)
    pairs = [(old, study.values(*key)[: len(old)]) for key, old in before.items() if key in now]
    equal = there and all(np.array_equal(old, new, equal_nan=True) for old, new in pairs)
    if not baseline.results:
        return (IDENTICAL if equal else ""), ""
    found = results_digest(study)
    if found["digest"] == baseline.results["digest"]:
        return IDENTICAL, ""
    close = there and all(np.allclose(old, new, rtol=_ROUNDING, atol=0.0, equal_nan=True) for old, new in pairs)
    was, totals = baseline.results["totals"], found["totals"]
    other = [k for k in sorted({*was, *totals}) if not math.isclose(was.get(k, -1.0), totals.get(k, -1.0), rel_tol=_SUM_ROUNDING)]
    if close and not other:
        return IDENTICAL, say("but for last digits")
    if equal:
        listed = ", ".join(other[:3])
        if len(other) > 3:
            listed = say("{names} and {n} more", names=listed, n=len(other) - 3)
        return "", say("the measures kept are equal, others differ: {names}", names=listed)
    return "", ""


def _moved(
    baseline: Baseline, before: dict[tuple[str, str], Floats], study: Study
) -> tuple[tuple[Change, ...], tuple[Change, ...], int]:
    """Every measure that was tested, those that changed (the surest first), and how many are gone."""
    now = set(study.measures)
    keys = [key for key in before if key in now]
    tested: list[Change] = []
    changed: list[tuple[float, Change]] = []
    if keys:
        old = np.array([before[key] for key in keys])
        new = np.array([study.values(*key)[: old.shape[1]] for key in keys])
        old = old[:, : new.shape[1]]
        was, now_is = (block_means(values.T, study.block).T for values in (old, new))  # blocks are the independent values
        found = find_shifts(was, now_is, SIGNIFICANCE, baseline.margin)
        for i, (kpi, group) in enumerate(keys):
            if math.isnan(found.p[i]):
                continue
            test = "paired" if found.is_paired[i] else "unpaired"
            numbers = (float(found.before[i]), float(found.after[i]), float(found.adjusted[i]))
            one = Change(kpi, group, *numbers, test, float(found.smallest[i]))
            tested.append(one)
            if found.shown[i]:
                changed.append((float(found.p[i]), one))
    gone = [(key, int((~np.isnan(before[key])).sum())) for key in before if key not in now]
    gone = [(key, had) for key, had in gone if is_gone(had, baseline.replications, len(before))]
    changes = [one for _, one in sorted(changed, key=lambda pair: pair[0])]
    changes += [Change(kpi, group, float(np.nanmean(before[kpi, group])), math.nan, 0.0) for (kpi, group), _ in gone]
    return tuple(tested), tuple(changes), len(gone)


def is_kept(kpi: str, group: str) -> bool:
    """Whether a baseline keeps the values of a measure: headline measures in all groups but single sites and shelves."""
    return kpi in HEADLINES and not group.startswith(("location=", "part="))


def is_gone(had: int, replications: int, measures: int, level: float = SIGNIFICANCE) -> bool:
    """Whether a measure that no replication has any more is a change, when `had` of the baseline's had it.

    One that all had is. One that only some had may be missing by chance: Fisher's exact test decides, at the first step of Holm.
    """
    if had == replications:
        return True
    p = math.comb(2 * replications - had, replications) / math.comb(2 * replications, replications)
    return 2 * p <= level / measures


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
    if study.batches:
        raise UsageError("a baseline needs replications; run.batches makes one long run: add --set run.batches=0")
    folder.mkdir(parents=True, exist_ok=True)
    chosen = [(k, g) for k, g in study.measures if is_kept(k, g)]
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
            "results": results_digest(study),
        },
    )
