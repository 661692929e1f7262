"""Scenarios against a baseline on the same customers."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.loading import load, open_study, plan_behind, run_folder
from sim.api.recutting import with_common_warm_up
from sim.api.running import ProgressCall, run
from sim.errors import UsageError

if TYPE_CHECKING:
    from sim.analysis.compare import Comparison
    from sim.scenario.plan import Plan


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
    for i, plan in enumerate(with_common_warm_up(plans, studies)):
        if plan is not plans[i]:
            one, folder = named[i], studies[i].folder
            studies[i] = run(plan, replications=count, jobs=jobs, out=folder, scenario=one.scenario, sets=one.sets)
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
