"""Stock and pipeline at the end of a run as a file that another run begins with (`run: {initial: {saved: FILE}}`)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.tables import Table
from sim.columns import S_IN_TRANSIT, S_ON_HAND, S_OWED
from sim.errors import UsageError
from sim.store import Study, replication_folder, write_bytes

FORMAT = 1
COLUMNS = 6  # of state.npy: location, part, what of `columns.SAVED`, hours, units, priority
Shelf = dict[str, Any]


def end_state(rows: Sequence[tuple[float, ...]], replenishments: Table, horizon_h: float) -> NDArray[np.float64]:
    """The array [rows, 6] that a replication keeps: what the shelves say, and the shipments that arrive after the end."""
    found = [np.array(rows, np.float64).reshape(-1, COLUMNS)]
    for block in replenishments.blocks():
        late = block[(block["received_h"] >= horizon_h) & (block["emergency"] == 0)]
        left = (late["location"], late["part"], np.full(len(late), S_IN_TRANSIT), late["received_h"] - horizon_h)
        found.append(np.column_stack([*left, late["quantity"], np.zeros(len(late))]).astype(np.float64))
    state = np.concatenate(found)
    return np.asarray(state[np.lexsort([state[:, 3], state[:, 2], state[:, 1], state[:, 0]])])


def save_state(study: Study, path: Path) -> int:
    """Write the states of all replications of a run; see `sim.api.save_state`."""
    plan = study.plan
    locations, parts = [x["name"] for x in plan["locations"]], [x["name"] for x in plan["parts"]]
    states = [
        _shelves(np.load(replication_folder(study.folder, r) / "state.npy"), locations, parts) for r in range(study.replications)
    ]
    if not any(states):
        raise UsageError(f"{study.folder}: the scenario has no stock, so there is no state to save")
    head = {"format": FORMAT, "kind": "sparesim stock", "scenario": study.name, "plan": study.digest}
    text = json.dumps(head, ensure_ascii=False)[:-1] + ',\n"states": [\n'
    text += ",\n".join(
        "[\n" + ",\n".join(json.dumps(shelf, ensure_ascii=False, allow_nan=False) for shelf in shelves) + "\n]"
        for shelves in states
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, (text + "\n]}\n").encode())
    except OSError as fault:
        raise UsageError(f"cannot write the state to {path}: {fault.strerror}") from None
    return len(states)


def _shelves(state: NDArray[np.float64], locations: Sequence[str], parts: Sequence[str]) -> list[Shelf]:
    """One mapping a shelf; what it has none of is left out, but for the units on hand."""
    found: dict[tuple[int, int], Shelf] = {}
    for location, part, what, hours, units, priority in state.tolist():
        shelf = found.setdefault(
            (int(location), int(part)), {"location": locations[int(location)], "part": parts[int(part)], "on_hand": 0}
        )
        if what == S_ON_HAND:
            shelf["on_hand"] += int(units)
        elif what == S_IN_TRANSIT:
            shelf.setdefault("in_transit", []).append({"arrives_in_h": hours, "units": int(units)})
        elif what == S_OWED:
            shelf.setdefault("owed", []).append({"since_h": hours, "units": int(units)})
        else:
            shelf.setdefault("waiting", []).append({"since_h": hours, "units": int(units), "priority": int(priority)})
    return list(found.values())
