"""Logs of a replication: which there are, what they need, and writing them beside its measures."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from sim.analysis.log_columns import LOGS
from sim.analysis.tables import Table
from sim.errors import UsageError
from sim.scenario.plan import Plan

FOLDER = "logs"  # in the folder of a replication
EVENTS, VIDIGI = "events", "vidigi"
FILES = {name: f"{name}.parquet" for name in LOGS} | {EVENTS: "event_log.csv", VIDIGI: "vidigi.csv"}
_ALIASES = {"part_demands": "parts", "visits": "stages", "event_log": EVENTS}


def log_names(text: str | Iterable[str]) -> tuple[str, ...]:
    """The logs that a text such as ``orders,contacts,parts`` names, in a fixed order and each once.

    Raises
    ------
    UsageError
        If there is no such log, or pyarrow is missing for a Parquet log.
    """
    words = text.split(",") if isinstance(text, str) else list(text)
    found = set()
    for word in (w.strip() for w in words):
        name = _ALIASES.get(word, word)
        if name not in FILES:
            from difflib import get_close_matches

            near = get_close_matches(word, FILES, 1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            raise UsageError(f"there is no log '{word}'{hint} (logs are {', '.join(FILES)})")
        found.add(name)
    if found - {EVENTS, VIDIGI}:
        from sim.analysis.log_parquet import require_pyarrow

        require_pyarrow()
    return tuple(name for name in FILES if name in found)


def needs_visits(logs: Iterable[str]) -> bool:
    """True if the visits of orders to stages must be recorded."""
    return not {"stages", EVENTS, VIDIGI}.isdisjoint(logs)


def needs_cases(logs: Iterable[str]) -> bool:
    """True if the table of cases must be recorded."""
    return any(name in LOGS and (LOGS[name].joins_cases or LOGS[name].table == "cases") for name in logs)


def write_logs(plan: Plan, tables: dict[str, Table], logs: Iterable[str], folder: Path, replication: int) -> dict[str, int]:
    """Write logs of a replication into `folder`, in blocks and synced.

    Parameters
    ----------
    plan
        What was simulated.
    tables
        Its raw tables, see `tables.open_tables`.
    logs
        Names as from `log_names`.
    folder
        Existing folder of the replication; the files go to `logs/` in it.
    replication
        Its number.

    Returns
    -------
    Rows by log.
    """
    place = folder / FOLDER
    place.mkdir()
    rows = {}
    for name in logs:
        path = place / FILES[name]
        if name in LOGS:
            from sim.analysis.log_parquet import write_parquet

            rows[name] = write_parquet(plan, tables, name, path, replication)
        else:
            from sim.analysis.event_csv import write_event_log, write_vidigi_log

            write = write_event_log if name == EVENTS else write_vidigi_log
            rows[name] = write(plan, tables, path, replication)
        with path.open("rb+") as stream:
            os.fsync(stream.fileno())
    return rows


def log_path(replication_folder: Path, name: str) -> Path:
    """Where a log of a replication is."""
    return replication_folder / FOLDER / FILES[name]
