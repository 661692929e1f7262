"""Scenarios against a baseline on the same customers."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.goals import is_run_folder, with_goal
from sim.api.loading import load, open_study, plan_behind, run_folder
from sim.api.recutting import with_common_warm_up
from sim.api.running import ProgressCall, run
from sim.errors import UsageError

if TYPE_CHECKING:
    from sim.analysis.compare import Comparison
    from sim.scenario.plan import Plan
    from sim.store import Study


def compare(
    base: str | Path | Plan,
    *others: str | Path | Plan,
    replications: int | None = None,
    jobs: int | None = None,
    seed: int | None = None,
    sets: Sequence[str] = (),
    out: Path | str | None = None,
    progress: ProgressCall | None = None,
    by: str | None = None,
    all_pairs: bool = False,
    executor: str | Executor | None = None,
    until: Sequence[str] = (),
    max_replications: int | None = None,
    resume: bool = False,
) -> Comparison:
    """Run scenarios on the same customers and compare them with a baseline, replication by replication.

    Parameters
    ----------
    base
        The baseline: a file, name or plan.
    others
        The scenarios; they are run with the seed and the number of replications of the baseline.
    replications, jobs, seed, sets, progress, executor
        As for `run`; `sets` change every scenario. Replications of all scenarios are numbered through for `progress`.
    until, max_replications
        As for `run`: a goal for the baseline, whose number of replications all others get.
    resume
        At least one of the run folders must exist; what is missing is run.
    out
        Folder for comparison.json, comparison.csv and report.html; the runs go beside it, where `run_folder` puts them. By
        default everything is temporary and vanishes with the first study.
    by
        Measure by which the best is sought, ``"tat.customer.p90"`` or with a group ``"contact.service_level[site=dalian]"``; by
        default the first headline measure that all scenarios have.
    all_pairs
        Compare each with each, too, by the headline measures.

    Raises
    ------
    UsageError
        If there is nothing to compare with, two scenarios are the same, a run folder has another seed than the baseline, or a
        scenario does not have the measure `by`.
    """
    from sim.analysis.compare import compare_studies

    if not others:
        raise UsageError("compare needs a baseline and at least one scenario")
    key = None if by is None else measure_key(by)
    if key is not None and better_of(key[0]) is None:
        raise UsageError(f"neither way of {key[0]} is better: the best scenario cannot be told by it")
    named = [Named.of(what, sets) for what in (base, *others)]
    if seed is None:
        require_one_seed(named)
    first = named[0].plan(seed)
    plans = [first, *(one.plan(first.run.seed) for one in named[1:])]
    if replications is not None and (until or max_replications is not None):
        raise UsageError("a fixed number of replications (-r) does not go with a goal (--until, --max-replications)")
    plans[0] = first = with_goal(first, until, max_replications)
    count, room = replications, room_of(first, replications)
    temporary = None if out is not None else tempfile.TemporaryDirectory(prefix="sparesim-", ignore_cleanup_errors=True)
    runs = Path(out).parent if temporary is None and out is not None else Path(temporary.name if temporary else "")
    folders = [run_folder(plan, runs) for plan in plans]
    if resume and not any(is_run_folder(folder) for folder in folders):
        raise UsageError(
            f"nothing to resume: {' and '.join(map(str, folders))} do not exist; without --resume the runs begin there"
        )
    studies: list[Study] = []
    for i, (one, plan) in enumerate(zip(named, plans, strict=True)):
        call = None if progress is None else _shifted(progress, i * room)
        studies.append(
            run(
                plan,
                replications=count,
                jobs=jobs,
                out=folders[i],
                progress=call,
                scenario=one.scenario,
                sets=one.sets,
                executor=executor,
                level=studies[0].level if studies else None,
            )
        )
        count = count or studies[0].replications  # the baseline decides, the others follow
    for i, plan in enumerate(with_common_warm_up(plans, studies)):
        if plan is not plans[i]:
            one = named[i]
            studies[i] = run(
                plan,
                replications=count,
                jobs=jobs,
                out=folders[i],
                scenario=one.scenario,
                sets=one.sets,
                level=studies[0].level,
            )
    if temporary is not None:
        for study in studies:
            study.keep_with(temporary)
    inputs = [_input_differences(named[0], first, one, plan) for one, plan in zip(named[1:], plans[1:], strict=True)]
    names = distinct_names(plans)
    found = compare_studies(studies[0], studies[1:], inputs, names=names, by=key, all_pairs=all_pairs)
    if out is None:
        return found
    found.write(Path(out))
    from sim.report.page import write_stored_comparison

    page = write_stored_comparison(Path(out))
    return dataclasses.replace(found, folder=Path(out), report=page)


def measure_key(text: str) -> tuple[str, str]:
    """Measure and group of ``"kpi"`` or ``"kpi[key=value]"``.

    Raises
    ------
    UsageError
        If it is no measure; with the nearest one.
    """
    from sim.analysis.kpis import KPIS
    from sim.errors import did_you_mean
    from sim.scenario.schema.run import measure_of
    from sim.units import UnitError

    try:
        kpi, group = measure_of(text.strip())
    except UnitError as fault:
        raise UsageError(str(fault)) from None
    if kpi not in KPIS:
        hint = did_you_mean(kpi, KPIS) or "docs/measures.md has them all"
        raise UsageError(f"unknown measure '{kpi}'; {hint}")
    return kpi, group


def better_of(kpi: str) -> str | None:
    """'less', 'more', or None where neither way is better."""
    from sim.analysis.kpis import KPIS

    return KPIS[kpi].better


def distinct_names(plans: Sequence[Plan]) -> tuple[str, ...]:
    """The names of the scenarios, with eight digits of the digest where names repeat."""
    names = [plan.name for plan in plans]
    return tuple(n if names.count(n) == 1 else f"{n} ({p.digest[:8]})" for n, p in zip(names, plans, strict=True))


@dataclasses.dataclass(frozen=True)
class Named:
    """A side of a comparison: a scenario with its changes, or a ready plan."""

    scenario: str | Path | None
    sets: tuple[str, ...]
    ready: Plan | None
    run: str = ""  # the run folder, if it was named by one

    @classmethod
    def of(cls, what: str | Path | Plan, sets: Sequence[str]) -> Named:
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


def require_one_seed(named: list[Named]) -> None:
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


def _input_differences(base: Named, base_plan: Plan, other: Named, other_plan: Plan) -> list[tuple[str, str, str]]:
    """In the words of the files where both sides have one, else of the plans."""
    from sim.analysis.inputs import mapping_differences
    from sim.analysis.plain import plan_differences
    from sim.scenario.load import load_scenario

    if base.scenario is None or other.scenario is None:
        return plan_differences(base_plan, other_plan)
    return mapping_differences(load_scenario(base.scenario, base.sets)[0], load_scenario(other.scenario, other.sets)[0])


def room_of(plan: Plan, replications: int | None) -> int:
    """Most replications that a plan may come to."""
    return replications or (plan.run.goal.maximum if plan.run.goal is not None else plan.run.replications)


def _shifted(progress: ProgressCall, by: int) -> ProgressCall:
    return lambda replication, clock_h, events: progress(replication + by, clock_h, events)
