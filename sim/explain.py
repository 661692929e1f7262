"""The verb `explain`: one order's life, from a rerun of its replication with the log on."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sim.report.life import Life
    from sim.scenario.plan import Plan

    Tables = dict[str, NDArray[np.void]]


def explain(folder: Path | str, order: str | int, replication: int = 0) -> Life:
    """The life of one repair order, from a rerun of its replication with the log on.

    Parameters
    ----------
    folder
        Run folder.
    order
        Number of the order, or name of an example customer.
    replication
        Which replication, from 0.

    Raises
    ------
    UsageError
        If there is no such order or replication, or the scenario has changed since.
    """
    import numpy as np

    from sim.api import open_study, plan_behind
    from sim.experiment.replicate import replicate
    from sim.report.life import tell_life

    study = open_study(folder)
    if not 0 <= replication < study.replications:
        raise UsageError(f"{folder} has {study.replications} replications, numbered from 0; there is no {replication}")
    plan = plan_behind(study)
    with tempfile.TemporaryDirectory(prefix="sparesim-", ignore_cleanup_errors=True) as work:
        raw = replicate(plan, replication, Path(work), log=True, keep_tables=True) / "tables"
        tables = {name: np.load(raw / f"{name}.npy") for name in ("orders", "visits", "contacts", "part_demands", "cases")}
    number, customer = order_of(plan, tables, str(order))
    return tell_life(plan, tables, number, customer)


def order_of(plan: Plan, tables: Tables, wanted: str) -> tuple[int, str]:
    """Number of an order given by number or example customer, and the customer's name."""
    orders, cases = tables["orders"], tables["cases"]
    if wanted.isdigit():
        if not (orders["order"] == int(wanted)).any():
            raise UsageError(f"there is no order {wanted}; {len(orders)} orders are numbered from 0")
        return int(wanted), ""
    names = [c.name for c in plan.customers]
    if wanted not in names:
        away = next((text for text in plan.warnings if text.startswith(f"customers.{wanted}: ")), None)
        if away is not None:
            raise UsageError(f"{away}; see customers.{wanted}.at and run.length")
        known = f"example customers are {', '.join(names)}" if names else "the scenario has no example customers"
        raise UsageError(f"'{wanted}' is no order number, and {known}")
    person = plan.customers[names.index(wanted)]
    mine = cases[(cases["at_h"] == person.at_h) & (cases["market"] == person.market_ix) & (cases["age_h"] == person.age_h)][
        "case"
    ]
    found = orders[(orders["case"] >= 0) & (orders["case"] == (mine[0] if len(mine) else -1))]["order"]
    if len(found) == 0:
        raise UsageError(f"{wanted} made no repair order in this replication")
    return int(found.min()), wanted
