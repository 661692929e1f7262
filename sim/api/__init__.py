"""The verbs of sparesim as functions. The command line only calls these.

Example
-------
>>> import sim
>>> study = sim.run("scenario.yaml", replications=10, sets=["run.length=30 days"])  # doctest: +SKIP
>>> study.values("contact.abandon_rate")  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.api.checking import BASELINES, check
from sim.api.comparing import compare
from sim.api.loading import RUNS, compare_folder, load, load_or_open, open_study, plan_behind, run_folder, size_of
from sim.api.recutting import recut
from sim.api.running import ProgressCall, has_missed, run, save_cases, save_state
from sim.api.showing import comparison_text, report, run_text
from sim.explain import explain
from sim.project import doctor, init, resolved, resolved_text, schema

if TYPE_CHECKING:
    from sim.report.console import ConsoleText, TextTable

__all__ = [
    "BASELINES",
    "RUNS",
    "ConsoleText",
    "ProgressCall",
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
    "recut",
    "report",
    "resolved",
    "resolved_text",
    "run",
    "run_folder",
    "run_text",
    "save_cases",
    "save_state",
    "schema",
    "size_of",
]
