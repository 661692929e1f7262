"""Our own product on a benchmark scenario: load, simulate, record, reduce, write the study's files; one process."""

from __future__ import annotations

import json
import math
import tempfile
from pathlib import Path

import sim
from sim.native import describe_engine

SCENARIOS = Path(__file__).with_name("scenarios")
UNIT = {"contacts": "cases", "parts": "part_demands", "mixed": "cases"}  # the table that has one row a customer
ANSWERS = {
    "contacts": {"abandon rate": ("contact.abandon_rate", 1.0), "mean wait [s]": ("contact.wait.mean", 3600.0)},
    "parts": {"fill rate": ("parts.fill_rate", 1.0), "mean wait [h]": ("parts.wait.mean", 1.0)},
    "mixed": {
        "abandon rate": ("contact.abandon_rate", 1.0),
        "turnaround [h]": ("tat.customer.mean", 1.0),
        "fill rate": ("parts.fill_rate", 1.0),
    },
}


def engine() -> str:
    """Which engine runs in this process, in the product's own words."""
    return describe_engine()


def run(name: str, days: float, seed: int = 1, warm_up: float = 0.0) -> dict[str, float]:
    """Run one replication with every measure and every table kept, and sum up.

    Returns
    -------
    Number of customers and of events, and what became of the customers.
    """
    sets = [f"run.length={days - warm_up:.6f} days", f"run.warm_up={warm_up:.6f} days"]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        study = sim.run(SCENARIOS / f"{name}.yaml", replications=1, jobs=1, seed=seed, sets=sets, out=folder, keep_tables=True)
        meta = json.loads(next(Path(folder).glob("replications/*/meta.json")).read_text())
        found = {"customers": meta["rows"][UNIT[name]], "events": meta["events"]}
        for answer, (kpi, scale) in ANSWERS[name].items():
            known = (kpi, "all") in study.measures  # a brief run may end before the first order does
            found[answer] = study.mean(kpi) * scale if known else math.nan
    return found
