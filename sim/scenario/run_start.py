"""Parts of the plan that say how a run begins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class AutoWarmUp:
    """The warm-up is chosen from the run itself (see `sim.analysis.warmup`)."""

    at_most_h: float  # simulated beside the length; a whole number of gauge periods
    at_least_h: float = 0.0
    settled: bool = False  # True: `Run.warm_up_h` is the cut that was chosen, else it is `at_most_h`


@dataclass(frozen=True, eq=False)
class SavedStock:
    """Shelves at the end of an earlier run; parallel columns. Replication r begins with state r modulo `states`."""

    states: int
    state: NDArray[np.int32]
    location_ix: NDArray[np.int32]
    part_ix: NDArray[np.int32]
    what: NDArray[np.int8]  # index into `sim.columns.SAVED`
    hours: NDArray[np.float64]  # in_transit: until it arrives; owed, waiting: since it was asked for
    units: NDArray[np.int32]
    priority: NDArray[np.int32]  # of those who wait
    others: str = "theory"  # start of shelves that the state does not name
