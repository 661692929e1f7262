"""The verbs of sparesim as functions. The command line only calls these.

Example
-------
>>> import sim
>>> study = sim.run("scenario.yaml", replications=10, sets=["run.length=30 days"])  # doctest: +SKIP
>>> study.values("contact.abandon_rate")  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.api.checking import BASELINES, check, check_annotations, write_check
from sim.api.comparing import compare, room_of
from sim.api.estimating import intervals, intervals_text
from sim.api.exporting import (
    export,
    export_figure,
    export_markdown,
    export_pdf,
    export_slides,
    export_table,
    figure_names,
    markdown,
    table_names,
)
from sim.api.goals import Resumed, is_run_folder, resumed, with_goal
from sim.api.loading import RUNS, compare_folder, load, load_or_open, open_study, plan_behind, run_folder, select_folder, size_of
from sim.api.notebook import Notebook
from sim.api.recutting import recut
from sim.api.replaying import replay
from sim.api.running import ProgressCall, has_missed, replication, run, save_cases, save_state
from sim.api.selecting import select, selection_text, share_of
from sim.api.showing import comparison_text, replication_text, report, run_text, stress, warning_text, write_text
from sim.api.sweeping import explorer_path, plan_sweep, sweep, sweep_report, sweep_text
from sim.display import show_with
from sim.explain import explain
from sim.project import doctor, init, resolved, resolved_text, schema

if TYPE_CHECKING:
    from sim.report.console import ConsoleText, TextTable
    from sim.store import Study

show_with(Notebook())

__all__ = [
    "BASELINES",
    "RUNS",
    "ConsoleText",
    "ProgressCall",
    "Resumed",
    "Study",
    "TextTable",
    "check",
    "check_annotations",
    "compare",
    "compare_folder",
    "comparison_text",
    "doctor",
    "explain",
    "explorer_path",
    "export",
    "export_figure",
    "export_markdown",
    "export_pdf",
    "export_slides",
    "export_table",
    "figure_names",
    "has_missed",
    "init",
    "intervals",
    "intervals_text",
    "is_run_folder",
    "load",
    "load_or_open",
    "markdown",
    "open_study",
    "plan_behind",
    "plan_sweep",
    "recut",
    "replay",
    "replication",
    "replication_text",
    "report",
    "resolved",
    "resolved_text",
    "resumed",
    "room_of",
    "run",
    "run_folder",
    "run_text",
    "save_cases",
    "save_state",
    "schema",
    "select",
    "select_folder",
    "selection_text",
    "share_of",
    "size_of",
    "stress",
    "sweep",
    "sweep_report",
    "sweep_text",
    "table_names",
    "warning_text",
    "with_goal",
    "write_check",
    "write_text",
]
