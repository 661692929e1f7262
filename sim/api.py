"""The verbs of sparesim as functions. The command line only calls these.

Example
-------
>>> import sim
>>> study = sim.run("scenario.yaml", replications=10, sets=["run.length=30 days"])  # doctest: +SKIP
>>> study.values("contact.abandon_rate")  # doctest: +SKIP
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import UsageError
from sim.explain import explain
from sim.project import doctor, init, resolved, resolved_text, schema

if TYPE_CHECKING:
    from sim.analysis.baseline import Baseline, CheckVerdict
    from sim.analysis.compare import Comparison
    from sim.report.console import ConsoleText, TextTable
    from sim.scenario.plan import Plan
    from sim.store import Study

__all__ = [
    "ConsoleText",
    "TextTable",
    "check",
    "compare",
    "compare_folder",
    "comparison_text",
    "doctor",
    "explain",
    "has_missed",
    "init",
    "load",
    "load_or_open",
    "open_study",
    "plan_behind",
    "report",
    "resolved",
    "resolved_text",
    "run",
    "run_folder",
    "run_text",
    "save_cases",
    "schema",
    "size_of",
]

ProgressCall = Callable[[int, float, int], None]
RUNS = Path("results/runs")
BASELINES = Path("results/baselines")


def load(scenario: str | Path | Plan, sets: Iterable[str] = (), *, seed: int | None = None) -> Plan:
    """The plan of a scenario.

    Parameters
    ----------
    scenario
        A file, or the name of a shipped scenario; a plan is passed on.
    sets
        Changes, each ``path=value``, such as ``"run.length=30 days"``.
    seed
        Master seed in place of the scenario's.

    Raises
    ------
    ScenarioError
        With every fault of the scenario.
    """
    from sim.scenario.plan import Plan

    if isinstance(scenario, Plan):
        if tuple(sets):
            raise UsageError("changes (sets) need a scenario file, not a plan")
        plan = scenario
    else:
        from sim.scenario.load import load_plan

        plan = load_plan(scenario, tuple(sets))
    return plan if seed is None else dataclasses.replace(plan, run=dataclasses.replace(plan.run, seed=seed))


def run_folder(plan: Plan, runs: Path = RUNS) -> Path:
    """Where the command line keeps the results of a plan."""
    return runs / f"{plan.name}-{plan.digest[:8]}"


def compare_folder(plans: Sequence[Plan], runs: Path = RUNS) -> Path:
    """Where the command line keeps a comparison."""
    return runs / f"compare-{'-'.join(plan.name for plan in plans)}"


def run(
    what: str | Path | Plan,
    /,
    *,
    replications: int | None = None,
    jobs: int | None = None,
    seed: int | None = None,
    sets: Sequence[str] = (),
    out: Path | str | None = None,
    keep_tables: bool = False,
    progress: ProgressCall | None = None,
    scenario: str | Path | None = None,
) -> Study:
    """Simulate a scenario.

    Parameters
    ----------
    what
        A scenario file, the name of a shipped scenario, or a plan.
    replications
        How many; the scenario's number by default.
    jobs
        Processes at once; all cores by default. Results do not depend on it.
    seed
        Master seed in place of the scenario's.
    sets
        Changes, each ``path=value``.
    out
        Folder for the results; what it holds of this scenario is used again. By default a temporary folder that vanishes with
        the study.
    keep_tables
        Keep the raw tables of every replication.
    progress
        Called now and then with (replication, clock in hours, events so far in it).
    scenario
        With a plan: where it came from, for the manifest (then `sets` are the changes that were made to it).

    Raises
    ------
    ScenarioError, UsageError, SimulationError
        If the scenario is invalid, the call is wrong, or a replication broke an invariant.
    """
    from sim.experiment.study import run_study
    from sim.scenario.plan import Plan

    plan = load(what, () if isinstance(what, Plan) else sets, seed=seed)
    origin = scenario if isinstance(what, Plan) else what
    temporary = None
    if out is None:
        temporary = tempfile.TemporaryDirectory(prefix="sparesim-", ignore_cleanup_errors=True)
        out = temporary.name
    study = run_study(
        plan,
        Path(out),
        jobs,
        replications,
        progress,
        keep_tables=keep_tables,
        source={"scenario": str(origin), "sets": list(sets)} if origin is not None else None,
    )
    return study if temporary is None else study.keep_with(temporary)


def open_study(folder: Path | str) -> Study:
    """The stored results in a run folder."""
    from sim.store import Study

    return Study(folder)


def load_or_open(name: str | Path, sets: Sequence[str] = (), *, seed: int | None = None) -> Plan:
    """The plan of a scenario, or the one that made a run folder (loaded again from where it came).

    Raises
    ------
    UsageError
        If the scenario behind a run folder is not what it was.
    """
    if not (Path(name) / "manifest.json").is_file():
        return load(name, sets, seed=seed)
    if tuple(sets):
        raise UsageError(f"changes (--set) need a scenario, {name} is a run folder")
    return plan_behind(open_study(name))


def plan_behind(study: Study) -> Plan:
    """The plan that made a study, loaded again from the scenario that its manifest names."""
    source = study.manifest.get("source") or {}
    if not source.get("scenario"):
        raise UsageError(f"{study.folder} does not say which scenario file made it")
    plan = load(source["scenario"], source.get("sets", ()), seed=study.seed)
    if plan.digest != study.digest:
        raise UsageError(f"{source['scenario']} has changed since {study.folder} was made; run it again")
    return dataclasses.replace(plan, run=dataclasses.replace(plan.run, replications=study.replications))


def compare(
    base: str | Path | Plan,
    *others: str | Path | Plan,
    replications: int | None = None,
    jobs: int | None = None,
    seed: int | None = None,
    sets: Sequence[str] = (),
    out: Path | str | None = None,
    progress: ProgressCall | None = None,
) -> Comparison:
    """Run scenarios on the same customers and compare them with a baseline, replication by replication.

    Parameters
    ----------
    base
        The baseline: a file, name or plan.
    others
        The scenarios; they are run with the seed and the number of replications of the baseline.
    replications, jobs, seed, sets, progress
        As for `run`; `sets` change every scenario. Replications of all scenarios are numbered through for `progress`.
    out
        Folder for comparison.json, comparison.csv and report.html; the runs go beside it, where `run_folder` puts them. By
        default everything is temporary and vanishes with the first study.

    Raises
    ------
    UsageError
        If there is nothing to compare with, two scenarios are the same, or a run folder has another seed than the baseline.
    """
    from sim.analysis.compare import compare_studies

    if not others:
        raise UsageError("compare needs a baseline and at least one scenario")
    named = [_Named.of(what, sets) for what in (base, *others)]
    if seed is None:
        _require_one_seed(named)
    first = named[0].plan(seed)
    plans = [first, *(one.plan(first.run.seed) for one in named[1:])]
    count = replications or first.run.replications
    temporary = None if out is not None else tempfile.TemporaryDirectory(prefix="sparesim-", ignore_cleanup_errors=True)
    runs = Path(out).parent if temporary is None and out is not None else Path(temporary.name if temporary else "")
    studies = []
    for i, (one, plan) in enumerate(zip(named, plans, strict=True)):
        call = None if progress is None else _shifted(progress, i * count)
        folder = run_folder(plan, runs)
        studies.append(run(plan, replications=count, jobs=jobs, out=folder, progress=call, scenario=one.scenario, sets=one.sets))
    if temporary is not None:
        for study in studies:
            study.keep_with(temporary)
    inputs = [_input_differences(named[0], first, one, plan) for one, plan in zip(named[1:], plans[1:], strict=True)]
    found = compare_studies(studies[0], studies[1:], inputs)
    if out is None:
        return found
    found.write(Path(out))
    from sim.report.page import write_comparison_report

    page = write_comparison_report(
        found.base.folder, [s.folder for s in found.others], found.contrasts, Path(out) / "report.html"
    )
    return dataclasses.replace(found, folder=Path(out), report=page)


@dataclasses.dataclass(frozen=True)
class _Named:
    """A side of a comparison: a scenario with its changes, or a ready plan."""

    scenario: str | Path | None
    sets: tuple[str, ...]
    ready: Plan | None
    run: str = ""  # the run folder, if it was named by one

    @classmethod
    def of(cls, what: str | Path | Plan, sets: Sequence[str]) -> _Named:
        if not isinstance(what, (str, Path)):
            return cls(None, (), load(what))
        if (Path(what) / "manifest.json").is_file():
            if tuple(sets):
                raise UsageError(f"changes (--set) need a scenario, {what} is a run folder")
            study = open_study(what)
            source = study.manifest.get("source") or {}
            return cls(source.get("scenario"), tuple(source.get("sets", ())), plan_behind(study), str(what))
        return cls(what, tuple(sets), None)

    def plan(self, seed: int | None) -> Plan:
        plan = self.ready if self.ready is not None else load(self.scenario or "", self.sets)
        return plan if seed is None else dataclasses.replace(plan, run=dataclasses.replace(plan.run, seed=seed))


def _require_one_seed(named: list[_Named]) -> None:
    """A stored run is not silently done again with another seed."""
    base = named[0]
    seed = base.plan(None).run.seed
    for one in named[1:]:
        if one.run and one.plan(None).run.seed != seed:
            first = f"{base.run} with seed {seed}" if base.run else f"{base.scenario or 'the baseline'} has seed {seed}"
            hint = "give the scenarios instead, or run one again with"
            raise UsageError(
                f"{one.run} was run with seed {one.plan(None).run.seed}, {first}; compare needs the same seed: {hint} -s {seed}"
            )


def _input_differences(base: _Named, base_plan: Plan, other: _Named, other_plan: Plan) -> list[tuple[str, str, str]]:
    """In the words of the files where both sides have one, else of the plans."""
    from sim.analysis.inputs import mapping_differences
    from sim.analysis.plain import plan_differences
    from sim.scenario.load import load_scenario

    if base.scenario is None or other.scenario is None:
        return plan_differences(base_plan, other_plan)
    return mapping_differences(load_scenario(base.scenario, base.sets)[0], load_scenario(other.scenario, other.sets)[0])


def _shifted(progress: ProgressCall, by: int) -> ProgressCall:
    return lambda replication, clock_h, events: progress(replication + by, clock_h, events)


def has_missed(study: Study) -> bool:
    """True if a target is missed."""
    return any(entry["verdict"] == "missed" for entry in study.summary["kpis"])


def check(
    baselines: Path | str = BASELINES,
    names: Sequence[str] = (),
    *,
    update_reason: str | None = None,
    date: str = "",
    jobs: int | None = None,
) -> list[CheckVerdict]:
    """Rerun committed baselines and say for each: inputs changed, identical, same within noise, or changed.

    Parameters
    ----------
    baselines
        Folder of baselines.
    names
        Only these; all by default.
    update_reason
        Renew the baselines and keep this reason with them; a name without a baseline is a scenario that becomes one.
    date
        Date of the renewal, as its author gives it.
    jobs
        Processes at once.

    Returns
    -------
    One verdict a baseline, as it was before a renewal; `failed` is True where inputs or results changed.
    """
    from sim.analysis.baseline import baselines_in, read_baseline

    folder = Path(baselines)
    if update_reason is None:
        return [_checked(baseline, jobs) for baseline in baselines_in(folder, names)]
    if not update_reason.strip():
        raise UsageError("renewing a baseline needs a reason")
    verdicts = []
    for name in names or [b.name for b in baselines_in(folder)]:
        place = folder / Path(name).stem
        known = read_baseline(place) if (place / "baseline.json").is_file() else None
        verdicts.append(_renewed(place, name, known, update_reason, date, jobs))
    return verdicts


def _checked(baseline: Baseline, jobs: int | None) -> CheckVerdict:
    from sim.analysis.baseline import changed_inputs, judge

    plan = load(baseline.scenario, baseline.sets, seed=baseline.seed)
    study = run(plan, replications=baseline.replications, jobs=jobs)
    return judge(baseline, study, changed_inputs(baseline, plan))


def _renewed(place: Path, name: str, known: Baseline | None, reason: str, date: str, jobs: int | None) -> CheckVerdict:
    from sim.analysis.baseline import CheckVerdict, changed_inputs, judge, write_baseline

    scenario, sets = (known.scenario, known.sets) if known is not None else (name, ())
    plan = load(scenario, sets, seed=known.seed if known is not None else None)
    study = run(plan, replications=known.replications if known is not None else None, jobs=jobs)
    before = None if known is None else judge(known, study, changed_inputs(known, plan))
    margin = {} if known is None else {"margin": known.margin}
    write_baseline(place, plan, study, scenario=scenario, sets=sets, reason=reason, date=date, **margin)
    note = f"was: {before.status}" if before is not None else "new"
    return CheckVerdict(place.name, "renewed", (), before.changes if before is not None else (), note, len(study.measures))


def report(study: Study | Path | str, out: Path | str | None = None) -> Path:
    """Draw the report of stored results again.

    Parameters
    ----------
    study
        A study or its folder.
    out
        File to write; report.html in the run folder by default.
    """
    from sim.report.page import write_report

    folder = Path(study) if isinstance(study, (str, Path)) else study.folder
    return write_report(folder, None if out is None else Path(out))


def save_cases(scenario: str | Path | Plan, path: Path | str, replication: int = 0) -> int:
    """Write the cases of a replication (from 0) as a CSV file for `replay`, and return how many there are.

    A scenario that replays them meets the same customers: ``{extends: base.yaml, add: {replay: {from: cases.csv}}}``.
    """
    from sim.experiment.saved_cases import save_cases as save

    return save(load(scenario), Path(path), replication)


def size_of(plan: Plan) -> str:
    """A plan's size in words."""
    counts = (
        (len(plan.workshops), "workshop"),
        (len(plan.centres), "contact centre"),
        (sum(place.kind != "vendor" for place in plan.locations), "stocking location"),
        (len(plan.parts), "part"),
        (len(plan.sources), "case stream"),
    )
    return ", ".join(f"{n:,} {word}{'s' if n != 1 else ''}" for n, word in counts if n) or "empty"


def run_text(study: Study) -> ConsoleText:
    """Sentences and measure table of a study, as a terminal shows them."""
    from sim.report.console import run_text as text

    return text(study.folder)


def comparison_text(found: Comparison) -> ConsoleText:
    """Sentences and tables of a comparison, as a terminal shows them."""
    from sim.report.console import comparison_text as text

    return text(found.base.folder, [s.folder for s in found.others], found.contrasts)
