"""The run of a plan: how long, how often, from what start."""

from __future__ import annotations

from dataclasses import dataclass

from sim.sampling import Sampling
from sim.scenario.precision import Goal
from sim.scenario.run_start import AutoWarmUp, SavedStock


@dataclass(frozen=True, slots=True)
class Run:
    """Length and repetition of the experiment; times in hours."""

    start: str  # ISO date, midnight UTC = clock 0 (the begin of the warm-up)
    length_h: float  # measured time, excludes the warm-up
    warm_up_h: float
    replications: int
    seed: int
    confidence: float = 0.95
    initial: str = "theory"  # 'theory': shelves start at a position drawn from steady state; 'full': at order-up-to; 'empty'
    batches: int = 0  # one run is cut into so many after its warm-up, whose means take the place of replications'; 0: none
    goal: Goal | None = None  # None: exactly `replications`
    auto: AutoWarmUp | None = None  # None: the warm-up is stated
    saved: SavedStock | None = None  # shelves start as an earlier run ended; `initial` is 'saved' then
    sampling: Sampling = Sampling()

    @property
    def horizon_h(self) -> float:
        """End of the run on the clock."""
        return self.warm_up_h + self.length_h
