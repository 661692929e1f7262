"""Runs a selection of the best: replication after replication of the scenarios that matter, stored as any other run's."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sim.analysis.compare import absent_text
from sim.analysis.estimate import MET, MISSED, NOT_SHOWN, t_interval
from sim.analysis.selected import Finalist, Question, Selection
from sim.analysis.selection import Ints, Screening, next_replications, probability_of_selection
from sim.analysis.summary import replication_rows, summarise
from sim.errors import UsageError
from sim.experiment.executors import Job, Runner
from sim.experiment.placing import clear_leftovers
from sim.experiment.replicate import is_stored
from sim.experiment.study import default_jobs, run_study
from sim.language import say
from sim.scenario.plan import Plan
from sim.store import read_json

Say = Callable[[str], None]
ProgressCall = Callable[[str, int, float], None]  # scenario, replication, share of it that is done
_POOL_START_S = 1.5  # worker processes are worth their start only above this


@dataclass(frozen=True, slots=True)
class Candidate:
    """A scenario of a selection: what to call it, its plan, its run folder, and where it came from (for the manifest)."""

    name: str
    plan: Plan
    folder: Path
    source: dict[str, Any] | None = None


@dataclass
class _Runs:
    """Values of the candidates' measure, simulated as they are asked for.

    How many replications are made at once depends on the pace and on `jobs`, and no decision depends on that: one that was made
    and turned out not to be needed stays stored, and counts nothing.
    """

    candidates: Sequence[Candidate]
    key: tuple[str, str]
    jobs: int
    progress: ProgressCall | None = None
    values: list[list[float]] = field(default_factory=list)
    used: list[int] = field(default_factory=list)
    _pace_s: float = math.nan  # of the last replication that was made here, NaN before

    def __post_init__(self) -> None:
        self.values = [[] for _ in self.candidates]
        self.used = [0] * len(self.candidates)
        for one in self.candidates:
            _claim(one)

    def need(self, i: int, count: int, ahead: int = 0) -> None:
        """See to it that the first `count` replications of a candidate are there, and up to `ahead` more if any is missing."""
        self.used[i] = max(self.used[i], count)
        if len(self.values[i]) < count:
            self._make(i, count + ahead)

    def array(self, members: Sequence[int], count: int) -> Any:
        """Values [member, replication]."""
        return np.array([self.values[i][:count] for i in members])

    @property
    def ahead(self) -> int:
        """How many replications beyond the next one are worth making with it: as many as fill the workers, if they pay."""
        pays = math.isnan(self._pace_s) or self._pace_s * (self.jobs - 1) > _POOL_START_S
        return self.jobs - 1 if pays else 0

    def _make(self, i: int, count: int) -> None:
        one, known = self.candidates[i], self.values[i]
        span = range(len(known), count)
        wanted = [r for r in span if not is_stored(one.plan, r, one.folder)]
        if wanted:
            began, jobs = time.monotonic(), self._jobs_for(len(wanted))
            with Runner(Job(one.plan, one.folder), None, jobs, self._progress_of(one)) as runner:
                runner.run(wanted)
            self._pace_s = (time.monotonic() - began) * min(jobs, len(wanted)) / len(wanted)
        known.extend(self._value(one, r) for r in span)

    def _jobs_for(self, count: int) -> int:
        if math.isnan(self._pace_s) or count * self._pace_s * (1 - 1 / self.jobs) > _POOL_START_S:
            return self.jobs
        return 1

    def _progress_of(self, one: Candidate) -> Callable[[int, float, int], None] | None:
        call, horizon_h = self.progress, one.plan.run.horizon_h
        return None if call is None else lambda r, clock_h, _: call(one.name, r, clock_h / horizon_h)

    def _value(self, one: Candidate, r: int) -> float:
        found = []
        for kpi, group, _, value in replication_rows(one.folder, r):
            if (kpi, group) == self.key:
                return float(value)
            found.append((kpi, group))
        where = one.name if not r else f"replication {r + 1} of {one.name}"
        raise UsageError(absent_text(where, self.key, found))


def _claim(one: Candidate) -> None:
    manifest = one.folder / "manifest.json"
    if manifest.is_file() and (found := read_json(manifest).get("digest")) != one.plan.digest:
        raise UsageError(f"{one.folder} holds results of another scenario (digest {str(found)[:8]}, not {one.plan.digest[:8]})")
    one.folder.mkdir(parents=True, exist_ok=True)
    clear_leftovers(one.folder)


@dataclass
class _Course:
    """What has become of the candidates: after how many replications each went out, and by whom (an index, -1 for targets)."""

    out_at: dict[int, int] = field(default_factory=dict)
    out_by: dict[int, int] = field(default_factory=dict)
    verdicts: dict[int, str] = field(default_factory=dict)

    def drop(self, i: int, at: int, by: int) -> None:
        self.out_at[i], self.out_by[i] = at, by


def run_selection(
    candidates: Sequence[Candidate],
    question: Question,
    jobs: int | None = None,
    *,
    say: Say | None = None,
    progress: ProgressCall | None = None,
) -> Selection:
    """Select the best of several scenarios.

    Parameters
    ----------
    candidates
        Two or more, with the same seed: replication r of each meets the same customers. What their run folders hold is used
        again, so an interrupted selection goes on and ends as it would have.
    question
        Measure, procedure and its numbers.
    jobs
        Processes at once; None takes all cores. The result does not depend on it.
    say
        Called with a line when something is decided.
    progress
        Called now and then with (scenario, replication, share of it that is done).

    Returns
    -------
    The selection; the run folders hold ordinary studies of all replications that were needed.

    Raises
    ------
    UsageError
        If a scenario does not have the measure in every replication, or a run folder belongs to another scenario.
    SimulationError
        If a replication fails; finished ones stay.
    """
    runs = _Runs(candidates, (question.kpi, question.group), jobs or default_jobs(1 << 30), progress)
    tell = say if say is not None else lambda text: None
    runs.need(0, 1)  # a measure that is not there is found before much is simulated
    for i in range(len(candidates)):
        runs.need(i, question.first)
    tell(_first_stage(question.first, len(candidates)))
    course = _Course()
    if question.subject_to_targets:
        for i, one in enumerate(candidates):
            if _verdict(one, question.first) == MISSED:
                course.drop(i, question.first, -1)
                course.verdicts[i] = MISSED
                tell(_is_out(one.name))
    select = _select_kn if question.method == "kn" else _select_ocba
    leader, is_decided = select(runs, question, course, tell)
    for one, used in zip(candidates, runs.used, strict=True):
        run_study(one.plan, one.folder, 1, max(used, _study_size(one)), source=one.source)
    return _result(runs, question, course, leader, is_decided)


def _first_stage(replications: int, count: int) -> str:
    return say("first stage: {n} replications of each of {count} scenarios", n=replications, count=count)


def _is_out(name: str) -> str:
    return say("{name} misses a target and is out", name=name)


def _select_kn(runs: _Runs, question: Question, course: _Course, tell: Say) -> tuple[int | None, bool]:
    """KN among those that may be feasible; one that wins and then misses a target goes out, and the rest is screened anew."""
    while True:
        members = [i for i in range(len(runs.candidates)) if course.out_by.get(i) != -1]
        if not members:
            return None, False
        leader, is_decided = _screen(runs, question, members, course, tell)
        if not question.subject_to_targets or not is_decided:
            return leader, is_decided
        verdict = _settle(runs, question, leader, course)
        if verdict != MISSED:
            return leader, verdict == MET
        course.drop(leader, runs.used[leader], -1)
        tell(_is_out(runs.candidates[leader].name))


def _screen(runs: _Runs, question: Question, members: Sequence[int], course: _Course, tell: Say) -> tuple[int, bool]:
    """One course of KN; the best of those left, and whether that is decided."""
    for i in members:
        course.out_at.pop(i, None)
        course.out_by.pop(i, None)
    if len(members) == 1:
        return members[0], True
    assert question.delta is not None
    first = runs.array(members, question.first)
    state = Screening(first, question.delta, question.confidence, smaller=question.smaller)
    limit = state.last if question.maximum is None else min(state.last, question.maximum)
    tell(say("the best is known after {n} replications of each that is left, at the latest", n=state.last))
    known: set[int] = set()
    while True:
        for m in [m for m, at in enumerate(state.eliminated) if at and m not in known]:
            known.add(m)
            course.drop(members[m], state.eliminated[m], members[state.eliminated_by[m]])
            name, by = (runs.candidates[members[k]].name for k in (m, state.eliminated_by[m]))
            left = len(members) - len(known)
            tell(
                say(
                    "after {n} replications {name} is out, behind {by}; {left} left",
                    n=state.replications,
                    name=name,
                    by=by,
                    left=left,
                )
            )
        if state.is_decided or state.replications >= limit:
            break
        r = state.replications
        for m in state.survivors:
            runs.need(members[m], r + 1, min(runs.ahead, limit - r - 1))
        state.add([runs.values[members[m]][r] for m in state.survivors])
    leader = state.leader
    if state.is_decided:
        for m in state.survivors:
            if m != leader:
                course.drop(members[m], state.replications, members[leader])
    return members[leader], state.is_decided


def _settle(runs: _Runs, question: Question, i: int, course: _Course) -> str:
    """The verdict on a candidate's targets, with more replications as long as it is open: half as many again each time."""
    limit = question.maximum or max(10 * question.first, runs.used[i])
    while (verdict := _verdict(runs.candidates[i], runs.used[i])) == NOT_SHOWN and runs.used[i] < limit:
        runs.need(i, min(limit, runs.used[i] + max(2, runs.used[i] // 2)))
    course.verdicts[i] = verdict
    return verdict


def _select_ocba(runs: _Runs, question: Question, course: _Course, tell: Say) -> tuple[int | None, bool]:
    """Give the budget out step by step; then the best mean, of those that miss no target if they count."""
    assert question.budget is not None
    assert question.step is not None
    members = [i for i in range(len(runs.candidates)) if i not in course.out_at]
    spent = sum(runs.used)
    while len(members) > 1 and spent < question.budget:
        means, variances, counts = _moments(runs, members)
        more = min(question.step, question.budget - spent)
        extra = next_replications(means, variances, counts, more, question.delta or 0.0, smaller=question.smaller)
        for i, n in zip(members, extra, strict=True):
            runs.need(i, runs.used[i] + n)
        spent += more
    while members:
        means, variances, counts = _moments(runs, members)
        leader = members[int((means if question.smaller else -means).argmin())]
        if not question.subject_to_targets:
            verdict = MET
        else:
            verdict = course.verdicts[leader] = _verdict(runs.candidates[leader], runs.used[leader])
        if verdict != MISSED:
            chance = probability_of_selection(means, variances, counts, question.delta or 0.0, smaller=question.smaller)
            return leader, verdict == MET and chance >= question.confidence
        course.drop(leader, runs.used[leader], -1)
        members.remove(leader)
        tell(_is_out(runs.candidates[leader].name))
    return None, False


def _moments(runs: _Runs, members: Sequence[int]) -> tuple[Any, Any, Ints]:
    values = [np.array(runs.values[i][: runs.used[i]]) for i in members]
    means, variances = np.array([v.mean() for v in values]), np.array([v.var(ddof=1) for v in values])
    return means, variances, np.array([len(v) for v in values], np.int64)


def _verdict(one: Candidate, count: int) -> str:
    """The verdict on all targets together; met where there is none."""
    verdicts = {entry["verdict"] for entry in summarise(one.plan, one.folder, count)["kpis"] if entry["target"] is not None}
    if MISSED in verdicts:
        return MISSED
    return NOT_SHOWN if NOT_SHOWN in verdicts else MET


def _study_size(one: Candidate) -> int:
    """Replications of a study that is there already, which is not to shrink."""
    manifest = one.folder / "manifest.json"
    count = int(read_json(manifest)["replications"]) if manifest.is_file() else 0
    return count if all(is_stored(one.plan, r, one.folder) for r in range(count)) else 0


def _result(runs: _Runs, question: Question, course: _Course, leader: int | None, is_decided: bool) -> Selection:
    finalists = []
    for i, one in enumerate(runs.candidates):
        used = runs.used[i]
        estimate = t_interval(runs.values[i][:used], one.plan.run.confidence)
        by = course.out_by.get(i)
        targets = None
        if question.subject_to_targets and one.plan.targets:
            targets = course.verdicts.get(i) or _verdict(one, used)
        beaten = None if by is None else "targets" if by < 0 else runs.candidates[by].name
        finalists.append(
            Finalist(one.name, one.plan.digest, estimate.mean, estimate.half_width, used, course.out_at.get(i), beaten, targets)
        )
    chance = equal = None
    if question.method == "ocba" and leader is not None:
        members = [i for i in range(len(runs.candidates)) if i not in course.out_at]
        means, variances, counts = _moments(runs, members)
        same = np.full(len(members), counts.sum() / len(members))
        chance, equal = (
            probability_of_selection(means, variances, n, question.delta or 0.0, smaller=question.smaller) for n in (counts, same)
        )
    plan = runs.candidates[0].plan
    return Selection(question, plan.run.seed, tuple(finalists), leader, is_decided, chance, equal, currency=plan.currency)
