"""Another warm-up for a stored run, without simulating."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.loading import open_study, plan_behind
from sim.errors import UsageError

if TYPE_CHECKING:
    from sim.scenario.plan import Plan
    from sim.store import Study


def recut(
    run: Study | Path | str,
    warm_up: str | float,
    *,
    out: Path | str | None = None,
    replications: int | None = None,
    plan: Plan | None = None,
) -> Study:
    """Reduce the raw tables of a stored run again with another warm-up; the end of the run stays.

    Parameters
    ----------
    run
        A study or its folder.
    warm_up
        The new warm-up: a duration such as ``"60 days"``, or hours.
    out
        New run folder; by default beside the run, its name followed by ``-warm-up-60d``. The run itself stays as it is.
    replications
        How many of the first replications; all by default.
    plan
        What was simulated; by default loaded again from where the run says that it came from.

    Returns
    -------
    The new study: bit for bit what a run with this warm-up and the remaining length gives.

    Raises
    ------
    UsageError
        If the cut does not fall between two gauge periods, raw tables are missing, or the scenario has changed since.
    """
    from sim.experiment.study import run_study
    from sim.experiment.warmup import recut_replications, with_warm_up

    study = open_study(run) if isinstance(run, (str, Path)) else run
    hours = _hours(warm_up)
    was = plan_behind(study) if plan is None else plan
    if was.digest != study.digest:
        raise UsageError(f"{study.folder} was made by another plan (digest {study.digest[:8]}, this one is {was.digest[:8]})")
    count = replications or study.replications
    if count > study.replications:
        raise UsageError(f"{study.folder} has {study.replications} replications, not {count}")
    cut = with_warm_up(was, hours)
    if plan is None:  # the number that the scenario names, as in a run of it
        cut = replace(cut, run=replace(cut.run, replications=int(study.plan["run"]["replications"])))
    place = Path(out) if out is not None else _beside(study.folder, hours)
    if place.resolve() == study.folder.resolve():
        raise UsageError(f"{place} is the run itself; name another folder")
    if (place / "manifest.json").is_file() and (other := open_study(place)).digest != cut.digest:
        raise UsageError(f"{place} holds results of another scenario (digest {other.digest[:8]}, this one is {cut.digest[:8]})")
    recut_replications(cut, study.folder, place, count)
    return run_study(cut, place, 1, count, source=_source(study, cut))


def with_common_warm_up(plans: Sequence[Plan], studies: Sequence[Study]) -> list[Plan]:
    """Plans whose automatic warm-ups agree: where one was found shorter than the longest, it is to be that long, too.

    A difference of two scenarios is over the same measured time then. Plans that need no change are given back as they are.
    """
    cuts = [s.manifest["run"]["warm_up_h"] for s in studies]
    longest = max((cut for p, cut in zip(plans, cuts, strict=True) if p.run.auto is not None), default=0.0)
    found = []
    for plan, cut in zip(plans, cuts, strict=True):
        if plan.run.auto is not None and cut < min(longest, plan.run.auto.at_most_h):
            plan = replace(plan, run=replace(plan.run, auto=replace(plan.run.auto, at_least_h=longest)))
        found.append(plan)
    return found


def _beside(folder: Path, hours: float) -> Path:
    """Where a recut goes by default."""
    name = re.sub(r"-warm-up-[\d.]+d$", "", folder.resolve().name)
    return folder.with_name(f"{name}-warm-up-{hours / 24:g}d")


def _hours(warm_up: str | float) -> float:
    from sim.units import UnitError, parse_duration

    try:
        return float(warm_up) if isinstance(warm_up, (int, float)) else parse_duration(warm_up)
    except UnitError as fault:
        raise UsageError(f"warm-up: {fault.message}" + (f"; {fault.suggestion}" if fault.suggestion else "")) from None


def _source(study: Study, cut: Plan) -> dict[str, object] | None:
    """Where the new run comes from: the same scenario with two more changes."""
    source = study.manifest.get("source") or {}
    if not source.get("scenario"):
        return None
    kept = [s for s in source.get("sets", ()) if not s.strip().startswith(("run.warm_up", "run.length"))]
    changes = [f"run.warm_up={cut.run.warm_up_h!r} h", f"run.length={cut.run.length_h!r} h"]
    return {"scenario": source["scenario"], "sets": [*kept, *changes]}
