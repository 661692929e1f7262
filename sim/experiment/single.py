"""One replication alone: the same bytes as in its study, with logs beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sim.analysis.logs import FILES, FOLDER
from sim.analysis.summary import replication_rows
from sim.errors import UsageError
from sim.experiment.placing import clear_leftovers
from sim.experiment.replicate import replicate
from sim.scenario.plan import Plan
from sim.store import read_json, replication_folder


@dataclass(frozen=True)
class Replication:
    """A stored replication.

    `number` counts from 0, as in the folders and in replications.csv; `folder` is its own, in a run folder.
    """

    name: str
    currency: str
    number: int
    folder: Path
    temporary: TemporaryDirectory[str] | None = None  # lives as long as this object

    @property
    def kpis(self) -> list[tuple[str, str, str, float]]:
        """Its measures: (kpi, group, unit, value)."""
        return [(kpi, group, unit, float(value)) for kpi, group, unit, value in replication_rows(self._run, self.number)]

    def value(self, kpi: str, group: str = "all") -> float:
        """One measure.

        Raises
        ------
        KeyError
            If it has no such measure.
        """
        for name, whose, _, value in self.kpis:
            if (name, whose) == (kpi, group):
                return value
        raise KeyError(f"replication {self.number} has no measure '{kpi}' for group '{group}'")

    @property
    def logs(self) -> dict[str, Path]:
        """Files of its logs by name."""
        found = {name: self.folder / FOLDER / file for name, file in FILES.items()}
        return {name: path for name, path in found.items() if path.is_file()}

    @property
    def _run(self) -> Path:
        return self.folder.parent.parent


def run_replication(
    plan: Plan,
    number: int,
    out: Path,
    *,
    logs: Sequence[str] = (),
    keep_tables: bool | None = None,
    progress: Callable[[int, float, int], None] | None = None,
) -> Replication:
    """Run replication `number` (from 0) of a plan into a run folder, unless it is stored there with these logs.

    The other files of the folder stay as they are: a replication that the study has is replaced by the same bytes with the logs
    beside them, another one is added and used by a later, longer run.

    Raises
    ------
    UsageError
        If the number is negative, or the folder cannot be made or holds the results of another scenario.
    SimulationError
        If the replication fails.
    """
    if number < 0:
        raise UsageError(f"replications are numbered from 0, {number} is none")
    manifest = out / "manifest.json"
    if manifest.is_file() and (found := read_json(manifest).get("digest")) != plan.digest:
        raise UsageError(f"{out} holds results of another scenario (digest {str(found)[:8]}, this one is {plan.digest[:8]})")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise UsageError(f"cannot make the run folder {out}: {fault.strerror}") from None
    clear_leftovers(out)
    call = None if progress is None else lambda clock_h, events: progress(number, clock_h, events)
    replicate(plan, number, out, logs=logs, keep_tables=keep_tables, progress=call)
    return Replication(plan.name, plan.currency, number, replication_folder(out, number))
