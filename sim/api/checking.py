"""Committed baselines: judge and renew."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.loading import load
from sim.api.running import run
from sim.errors import UsageError

if TYPE_CHECKING:
    from sim.analysis.baseline import Baseline, CheckVerdict

BASELINES = Path("results/baselines")


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
