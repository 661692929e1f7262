"""Many points of one scenario: what varies, by which design, and what follows."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.api.loading import RUNS, load
from sim.errors import Fault, ScenarioError, UsageError
from sim.sampling import require_independent

if TYPE_CHECKING:
    from sim.analysis.sweep_results import SweepResults
    from sim.experiment.sweep import PlanShelf
    from sim.experiment.sweep_files import SweepSpec
    from sim.experiment.vary import Factor
    from sim.report.console import ConsoleText
    from sim.scenario.plan import Plan, Target

Vary = Mapping[str, "str | Iterable[Any]"] | Sequence[str]
SweepProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class PlannedSweep:
    """A sweep whose points are all valid, ready to run."""

    spec: SweepSpec
    shelf: PlanShelf
    seed: int

    @property
    def points(self) -> int:
        """Number of points."""
        return len(self.spec.keys)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Of the static check, for the first point."""
        return self.spec.plan.warnings

    def folder(self, runs: Path = RUNS) -> Path:
        """Where the command line keeps the sweep."""
        return runs / f"sweep-{self.spec.plan.name}-{self.spec.digest[:8]}"


def plan_sweep(
    scenario: str | Path,
    vary: Vary,
    *,
    design: str = "factorial",
    points: int | None = None,
    seed: int | None = None,
    sets: Sequence[str] = (),
) -> PlannedSweep:
    """Load every point of a sweep.

    Raises
    ------
    ScenarioError
        With the faults of all points, each with the values at which it comes.
    UsageError
        If the call is wrong.
    """
    from sim.experiment.designs import design_rows
    from sim.experiment.sweep import PlanShelf
    from sim.experiment.sweep_files import SweepSpec
    from sim.experiment.vary import factors_of
    from sim.scenario.plan import Plan

    if isinstance(scenario, Plan):
        raise UsageError("a sweep needs a scenario file, not a plan")
    factors = factors_of(_pairs(vary))
    base_seed = load(scenario, sets, seed=seed).run.seed if design not in ("factorial", "one-at-a-time") else 0
    rows = design_rows(factors, design, points, base_seed)
    shelf = PlanShelf()
    keys: list[str] = []
    targets: list[tuple[Target, ...]] = []
    changes = [tuple(text for f, x in zip(factors, row, strict=True) for text in f.sets(float(x))) for row in rows]
    faults = _Faults(factors)
    first: Plan | None = None
    for row, own in zip(rows, changes, strict=True):
        try:
            plan = load(scenario, (*sets, *own), seed=seed)
        except ScenarioError as error:
            faults.add(error, row)
            continue
        first = plan if first is None else first
        keys.append(shelf.add(plan))
        targets.append(plan.targets)
    faults.raise_if_any(len(rows))
    assert first is not None
    head = {"source": {"scenario": str(scenario), "sets": list(sets)}, "as_it_is": _as_it_is(scenario, sets, seed, shelf, keys)}
    content = [keys, [f.axis.as_dict() | {"paths": f.paths} for f in factors], design, [repr(t) for t in targets]]
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    spec = SweepSpec(
        first,
        design,
        factors,
        rows,
        tuple(keys),
        tuple(targets),
        tuple((*sets, *own) for own in changes),
        _in_scenario(scenario, sets, factors),
        digest,
        head,
    )
    return PlannedSweep(spec, shelf, first.run.seed)


def sweep(
    scenario: str | Path | PlannedSweep,
    vary: Vary = (),
    *,
    design: str = "factorial",
    points: int | None = None,
    replications: int | None = None,
    jobs: int | None = None,
    seed: int | None = None,
    sets: Sequence[str] = (),
    kpis: Sequence[str] = (),
    by: str | None = None,
    metamodel: str = "auto",
    out: Path | str | None = None,
    report: bool = False,
    progress: SweepProgress | None = None,
) -> SweepResults:
    """Simulate a scenario at many points of some of its values, all on the same customers.

    Parameters
    ----------
    scenario
        A scenario file or the name of a shipped scenario (or what `plan_sweep` gives).
    vary
        What varies: texts as for ``--vary``, such as ``"contact_centres.desk.agents=8..14"``, or a mapping of addresses to such
        values or to lists of values.
    design
        'factorial', 'lhs', 'sobol', 'one-at-a-time' or 'saltelli'.
    points
        Number of points of 'lhs' and 'sobol', rows of the base sample of 'saltelli'.
    replications
        Of each point; the scenario's number by default.
    jobs
        Processes at once; all cores by default. Results do not depend on it.
    seed, sets
        As for `run`.
    kpis
        Measures to report, such as ``"tat.customer.p90"`` or ``"contact.asa[site=desk]"``; by default the headline measures.
        Those with targets always are.
    by
        The measure by which points are ranked; the first one by default.
    metamodel
        'gp', 'quadratic', 'none' or 'auto' (a Gaussian process where scikit-learn is installed).
    out
        Folder of the sweep; what it holds of the same points is used again. By default a temporary folder.
    report
        Write sweep.html and explorer.html too.
    progress
        Called with the numbers of replications done and in all.

    Raises
    ------
    ScenarioError, UsageError, SimulationError
        If a point is invalid, the call is wrong, or a replication broke an invariant.
    """
    from sim.analysis.metamodel import chosen_kind
    from sim.analysis.sweep_results import SweepResults
    from sim.experiment.sweep import PointStore, groups_kept, run_points
    from sim.experiment.sweep_files import Wanted, write_sweep

    planned = scenario
    if not isinstance(planned, PlannedSweep):
        planned = plan_sweep(planned, vary, design=design, points=points, seed=seed, sets=sets)
    spec = planned.spec
    require_independent(spec.plan, "a sweep")
    if spec.plan.run.batches:
        raise UsageError("a sweep needs replications; run.batches makes one long run: add --set run.batches=0")
    if spec.plan.run.goal is not None and replications is None:
        raise UsageError("a sweep takes a fixed number of replications, the scenario has a goal: add -r N")
    count = spec.plan.run.replications if replications is None else replications
    if count < 1:
        raise UsageError(f"the number of replications must be at least 1, not {count}")
    kind = chosen_kind(metamodel, planned.points)
    wanted = Wanted.of([_measure_of(k) for k in kpis], _measure_of(by) if by else None, spec.targets)
    temporary = None
    if out is None:
        temporary = tempfile.TemporaryDirectory(prefix="sparesim-", ignore_cleanup_errors=True)
        out = temporary.name
    folder = Path(out)
    began = time.monotonic()
    store = PointStore(planned.shelf, folder, groups_kept(wanted.measures))
    folder.mkdir(parents=True, exist_ok=True)
    ran = run_points(store, count, jobs or os.cpu_count() or 1, progress, spec.called)
    simulated = time.monotonic() - began
    write_sweep(spec, store, wanted, count, kind)
    _write_made(folder, ran, simulated, time.monotonic() - began)
    found = SweepResults(folder)
    if report:
        sweep_report(found)
    return found if temporary is None else found.keep_with(temporary)


def sweep_report(found: SweepResults | Path | str, out: Path | str | None = None) -> Path:
    """Draw the pages of a sweep from its stored results: its report, and beside it the page where people try what if.

    Parameters
    ----------
    found
        A sweep, or its folder.
    out
        Where to write the report; sweep.html in the folder by default. The other page is `explorer_path` of it.

    Returns
    -------
    Path
        The report. Same results give the same bytes.
    """
    from sim.analysis.sweep_results import SweepResults
    from sim.report.explorer import write_explorer
    from sim.report.render import write_page
    from sim.report.sweep_page import sweep_page

    results = SweepResults(found) if isinstance(found, (str, Path)) else found
    page = Path(out) if out is not None else results.folder / "sweep.html"
    other = write_explorer(results, explorer_path(page), page.name)
    return write_page(sweep_page(results, explorer=other.name), page)


def explorer_path(report: Path) -> Path:
    """The page where people try what if, beside the report of a sweep: explorer.html beside sweep.html."""
    name = "explorer.html" if report.name == "sweep.html" else f"{report.stem}-explorer.html"
    return report.with_name(name)


def sweep_text(found: SweepResults) -> ConsoleText:
    """Sentences and tables of a sweep, as a terminal shows them."""
    from sim.report.sweep_text import sweep_text as text

    return text(found)


def _write_made(folder: Path, ran: int, simulated_s: float, wall_s: float) -> None:
    """What differs from one making of the same results to the next."""
    from sim.experiment.versions import versions
    from sim.store import write_json

    content = {"command": list(sys.argv), "run_here": ran, "simulated_s": simulated_s, "wall_time_s": wall_s}
    write_json(folder / "made.json", content | {"versions": versions()})


def _pairs(vary: Vary) -> list[tuple[str, str]]:
    from sim.scenario.addresses import split_assignment

    if isinstance(vary, str):
        vary = [vary]
    if isinstance(vary, Mapping):
        return [(address, values if isinstance(values, str) else _choices(values)) for address, values in vary.items()]
    pairs = []
    for text in vary:
        pair = split_assignment(text)
        if pair is None or not pair[0] or not pair[1]:
            raise UsageError(f"--vary '{text}' is not PATH=VALUES, such as contact_centres.desk.agents=8..14")
        pairs.append(pair)
    return pairs


def _choices(values: Iterable[Any]) -> str:
    return "{" + ", ".join(v if isinstance(v, str) else json.dumps(_plain(v)) for v in values) + "}"


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _measure_of(text: str) -> tuple[str, str]:
    from sim.scenario.schema.run import measure_of
    from sim.units import UnitError

    try:
        return measure_of(text.strip())
    except UnitError as error:
        raise UsageError(str(error)) from None


def _as_it_is(scenario: str | Path, sets: Sequence[str], seed: int | None, shelf: PlanShelf, keys: Sequence[str]) -> int | None:
    """The point that is the scenario without what varies; None if there is none, or if the scenario alone is invalid."""
    try:
        key = shelf.key_of(load(scenario, sets, seed=seed))
    except ScenarioError:
        return None
    return keys.index(key) if key in keys else None


def _in_scenario(scenario: str | Path, sets: Sequence[str], factors: Sequence[Factor]) -> tuple[str, ...]:
    """What the factors are in the scenario as it is, in the words of the file; '' where that is nothing or several things."""
    from sim.scenario.addresses import matches, parse_address, value_at
    from sim.scenario.load import load_scenario

    try:
        data = load_scenario(scenario, tuple(sets))[0]
    except ScenarioError:
        return tuple("" for _ in factors)
    found = []
    for factor in factors:
        values = {json.dumps(value_at(data, k)) for path in factor.paths for k in matches(data, parse_address(path))}
        text = values.pop() if len(values) == 1 else ""
        found.append(text.strip('"') if len(text) < 60 else "")
    return tuple(found)


class _Faults:
    """Faults of the points, each told once with where it comes."""

    def __init__(self, factors: Sequence[Factor]) -> None:
        self._factors = factors
        self._found: dict[tuple[str, ...], tuple[Fault, str, int]] = {}

    def add(self, error: ScenarioError, row: Any) -> None:
        from sim.experiment.sweep_files import setting_text

        for fault in error.faults:
            key = (fault.code, str(fault.mark), fault.path, fault.message, fault.suggestion)
            known = self._found.get(key)
            self._found[key] = (fault, known[1] if known else setting_text(self._factors, row), known[2] + 1 if known else 1)

    def raise_if_any(self, points: int) -> None:
        """Raise `ScenarioError` with all of them."""
        if not self._found:
            return
        told = []
        for fault, where, count in self._found.values():
            if count == points:
                tail = f" (at all {points:,} points)" if points > 1 else ""
            else:
                rest = f", and {count - 1:,} more point{'s' if count > 2 else ''}" if count > 1 else ""
                tail = f" (at {where}{rest})"
            told.append(replace(fault, message=fault.message + tail))
        raise ScenarioError(told)
