"""Runs that are not finished: what they were asked for stands in run.json until manifest.json takes its place."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.errors import UsageError
from sim.experiment.placing import sync_folder
from sim.scenario.plan import Goal, Plan, Precision
from sim.store import FORMAT, read_json, write_json

RUN_FILE = "run.json"


@dataclass(frozen=True, slots=True)
class Begun:
    """A run that was begun: enough to go on with it from its folder alone."""

    digest: str
    seed: int
    scenario: str  # '' if it was no file
    sets: tuple[str, ...]
    replications: int | None  # None: what the plan says, or its goal
    goal: Goal | None
    first: int  # replications of the plan; to a goal those of the first look
    keep_tables: bool | None


def claim(plan: Plan, out: Path, resume: bool = False) -> None:
    """Make the run folder, unless it holds another scenario's results.

    Raises
    ------
    UsageError
        If it does, it cannot be made, or there is nothing to resume.
    """
    if resume and not is_begun(out):
        raise UsageError(f"nothing to resume: {out} is no run folder; without --resume the run begins there")
    try:
        (out / "replications").mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise UsageError(f"cannot make the run folder {out}: {fault.strerror}") from None
    sync_folder(out)
    sync_folder(out.parent)
    for name in ("manifest.json", RUN_FILE):
        path = out / name
        if path.is_file() and (found := read_json(path).get("digest")) != plan.digest:
            raise UsageError(f"{out} holds results of another scenario (digest {str(found)[:8]}, this one is {plan.digest[:8]})")


def is_begun(out: Path) -> bool:
    """True if a folder holds a run, finished or not."""
    return any((out / name).is_file() for name in ("manifest.json", RUN_FILE))


def begin_run(
    plan: Plan, out: Path, replications: int | None, options: Mapping[str, Any], source: Mapping[str, Any] | None
) -> None:
    """Note what is asked for, so that a killed run can go on from its folder."""
    run = plan.run
    asked = {
        "format": FORMAT,
        "name": plan.name,
        "digest": plan.digest,
        "seed": run.seed,
        "replications": replications,
        "first": run.replications,
        "goal": None if run.goal is None else dataclasses.asdict(run.goal),
        "options": dict(options),
        "source": dict(source or {}),
        "folder": os.getcwd(),
    }
    write_json(out / RUN_FILE, asked)
    sync_folder(out)


def end_run(out: Path) -> None:
    """The manifest is written: nothing is left to resume."""
    (out / RUN_FILE).unlink(missing_ok=True)
    sync_folder(out)


def read_begun(out: Path) -> Begun:
    """What a run folder was made for.

    Raises
    ------
    UsageError
        If it is no run folder.
    """
    if not is_begun(out):
        raise UsageError(f"nothing to resume: {out} is no run folder")
    if (out / RUN_FILE).is_file():
        return _unfinished(read_json(out / RUN_FILE), out)
    data = read_json(out / "manifest.json")
    source = data.get("source") or {}
    scenario, sets = str(source.get("scenario") or ""), tuple(source.get("sets", ()))
    goal = goal_of(data.get("stopping"))
    made = int(data["replications"])
    first = made if goal is None else int(data["stopping"]["minimum"])
    return Begun(data["digest"], int(data["seed"]), scenario, sets, made if goal is None else None, goal, first, False)


def goal_of(data: dict[str, Any] | None) -> Goal | None:
    """The goal in run.json, or in `stopping` of a manifest."""
    if data is None:
        return None
    names = [field.name for field in dataclasses.fields(Precision)]
    return Goal(data["maximum"], tuple(Precision(**{name: one[name] for name in names}) for one in data["until"]))


def _unfinished(data: dict[str, Any], out: Path) -> Begun:
    try:
        source = data["source"]
        scenario, goal = str(source.get("scenario") or ""), data["goal"]
        if scenario and not Path(scenario).exists() and (beside := Path(data["folder"]) / scenario).exists():
            scenario = str(beside)
        return Begun(
            str(data["digest"]),
            int(data["seed"]),
            scenario,
            tuple(source.get("sets", ())),
            data["replications"],
            goal_of(goal),
            int(data["first"]),
            data["options"].get("keep_tables"),
        )
    except (KeyError, TypeError) as missing:
        raise UsageError(
            f"{out / RUN_FILE}: {missing} is missing or wrong; start again with the scenario and --out {out}"
        ) from None
