"""Files of a study that say where its variance comes from and what the ways to reduce it have gained."""

from __future__ import annotations

from pathlib import Path

from sim.analysis.variance import write_variance
from sim.scenario.plan import Plan

FILES = ("variance", "inputs", "input_effects", "antithetic", "controls")


def write_precision(plan: Plan, out: Path, count: int) -> None:
    """Write what the options of the run ask for, and remove such files that it no longer asks for.

    Parameters
    ----------
    plan
        The scenario.
    out
        Run folder with its replications.
    count
        How many of them count, the first ones.
    """
    for name in FILES:
        (out / f"{name}.csv").unlink(missing_ok=True)
    if plan.run.sampling.antithetic or plan.uncertain is not None:
        write_variance(plan, out, count)
    if plan.run.sampling.control_variates:
        from sim.experiment.controls import write_controls

        write_controls(plan, out, count)
