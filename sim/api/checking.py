"""Committed baselines: judge and renew."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.loading import load
from sim.api.running import run
from sim.errors import Fault, UsageError
from sim.language import say

if TYPE_CHECKING:
    from sim.analysis.baseline import Baseline, Checks, CheckVerdict

BASELINES = Path("results/baselines")

# fields of the plan -> sections of a scenario that make them, the likeliest first
_SECTIONS = {
    "segments": ("segments",),
    "products": ("products",),
    "markets": ("markets",),
    "regions": ("regions",),
    "needs": ("cases",),
    "sources": ("cases",),
    "channels": ("channels",),
    "case_log": ("replay",),
    "centres": ("contact_centres",),
    "lines": ("contact_centres",),
    "groups": ("contact_centres",),
    "workshops": ("service_points", "depots", "teams"),
    "locations": ("locations", "service_points", "depots", "stock_plans", "vendors"),
    "parts": ("parts",),
    "status": ("status_contacts",),
}


def check(
    baselines: Path | str = BASELINES,
    names: Sequence[str] = (),
    *,
    update_reason: str | None = None,
    date: str = "",
    jobs: int | None = None,
    replications: int | None = None,
) -> Checks:
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
    replications
        With `update_reason`: how many the baselines keep from now on; as many as before by default.

    Returns
    -------
    One verdict a baseline, as it was before a renewal; `failed` is True where inputs or results changed.
    """
    from sim.analysis.baseline import Checks, baselines_in, read_baseline

    folder = Path(baselines)
    if update_reason is None:
        if replications is not None:
            raise UsageError("a check takes as many replications as the baseline has; only a renewal can change their number")
        return Checks(_checked(baseline, jobs) for baseline in baselines_in(folder, names))
    if not update_reason.strip():
        raise UsageError("renewing a baseline needs a reason")
    verdicts = []
    for name in names or [b.name for b in baselines_in(folder)]:
        place = folder / Path(name).stem
        known = read_baseline(place) if (place / "baseline.json").is_file() else None
        verdicts.append(_renewed(place, name, known, update_reason, date, jobs, replications))
    return Checks(verdicts)


def _checked(baseline: Baseline, jobs: int | None) -> CheckVerdict:
    from sim.analysis.baseline import changed_inputs, judge

    plan = load(baseline.scenario, baseline.sets, seed=baseline.seed)
    study = run(plan, replications=baseline.replications, jobs=jobs)
    verdict = judge(baseline, study, changed_inputs(baseline, plan))
    file, line = _where(baseline, verdict)
    return dataclasses.replace(verdict, file=file, line=line)


def _where(baseline: Baseline, verdict: CheckVerdict) -> tuple[str, int]:
    """File and line to look at: the section of the scenario that changed, else the first value kept of the measure that moved."""
    if verdict.inputs:
        return _section(baseline, verdict.inputs)
    if verdict.changes:
        first = verdict.changes[0]
        path = baseline.folder / "replications.csv"
        start = f",{first.kpi},{first.group},"
        with path.open(encoding="utf-8") as lines:
            found = next((number for number, text in enumerate(lines, 1) if start in text), 1)
        return str(path), found
    return str(baseline.folder / "baseline.json"), 1


def _section(baseline: Baseline, inputs: Sequence[str]) -> tuple[str, int]:
    from sim.scenario.load import load_document_of

    document = load_document_of(baseline.scenario, baseline.sets)
    for name in inputs:
        for section in _SECTIONS.get(name, (name,)):
            if section in document.data:
                mark = document.mark((section,), key=True)
                if mark.line:
                    return mark.file, mark.line
    return document.mark(()).file, 1


def _renewed(
    place: Path, name: str, known: Baseline | None, reason: str, date: str, jobs: int | None, replications: int | None
) -> CheckVerdict:
    from sim.analysis.baseline import CheckVerdict, changed_inputs, judge, write_baseline
    from sim.analysis.check_status import RENEWED, status_text

    scenario, sets = (known.scenario, known.sets) if known is not None else (name, ())
    plan = load(scenario, sets, seed=known.seed if known is not None else None)
    count = replications or (known.replications if known is not None else None)
    study = run(plan, replications=count, jobs=jobs)
    before = None if known is None else judge(known, study, changed_inputs(known, plan))
    margin = {} if known is None else {"margin": known.margin}
    write_baseline(place, plan, study, scenario=scenario, sets=sets, reason=reason, date=date, **margin)
    note = say("was: {status}", status=status_text(before.status)) if before is not None else say("new")
    changes = before.changes if before is not None else ()
    return CheckVerdict(
        place.name,
        RENEWED,
        (),
        changes,
        note,
        len(study.measures),
        replications=study.replications,
        file=str(place / "baseline.json"),
    )


def write_check(
    verdicts: Sequence[CheckVerdict], *, junit: Path | None = None, markdown: Path | None = None, summary: Path | None = None
) -> None:
    """Write what `check` found as JUnit XML and as Markdown, each file whole or not at all.

    `summary` is a file of Markdown to append to, such as `$GITHUB_STEP_SUMMARY`.

    Raises
    ------
    UsageError
        If a file cannot be written.
    """
    from sim.report import check_formats
    from sim.store import write_bytes

    for path, form in ((junit, check_formats.junit_xml), (markdown, check_formats.markdown)):
        if path is not None:
            with _told(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                write_bytes(path, form(verdicts).encode("utf-8", "replace"))
    if summary is not None:
        with _told(summary), summary.open("a", encoding="utf-8", errors="replace") as stream:
            stream.write(check_formats.markdown(verdicts))


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say which file cannot be written."""
    try:
        yield
    except OSError as fault:
        raise UsageError(f"cannot write {path}: {fault.strerror or fault}") from None


def check_annotations(found: Sequence[CheckVerdict] | Sequence[Fault], root: Path | None = None) -> list[str]:
    """GitHub's annotations of what `check` found, or of the faults of a scenario; files are named from `root` on."""
    from sim.report.check_formats import check_annotations as annotations
    from sim.report.check_formats import fault_annotations

    faults = [f for f in found if isinstance(f, Fault)]
    if faults:
        marks = [dataclasses.replace(f.mark, file=_from(f.mark.file, root)) for f in faults]
        return fault_annotations([dataclasses.replace(f, mark=mark) for f, mark in zip(faults, marks, strict=True)])
    return annotations([dataclasses.replace(v, file=_from(v.file, root)) for v in found if not isinstance(v, Fault)])


def _from(file: str, root: Path | None) -> str:
    """A path below the root of the checkout as GitHub wants it, any other as it is."""
    if root is None or not file:
        return file
    path = Path(file).resolve()
    return path.relative_to(root.resolve()).as_posix() if path.is_relative_to(root.resolve()) else file
