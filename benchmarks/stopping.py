"""How often intervals cover when replications are added until they are short: the rule of `sim.experiment.stopping`, simulated.

    python -m benchmarks.stopping [studies]

prints a table for docs/running.md. Each study draws values of replications from a known distribution and applies the rule.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sim.analysis.estimate import t_interval
from sim.experiment.stopping import interval_level, next_look, shortfall
from sim.scenario.plan import Precision

Floats = np.ndarray
CONFIDENCE = 0.95
MAXIMUM = 100
NEEDED = (3, 6, 10, 16, 25, 40, 60, 130)  # replications that a known variance would need; 130 is beyond the maximum


@dataclass(frozen=True)
class Values:
    """A distribution of the value of one replication."""

    name: str
    draw: Callable[[np.random.Generator, int], Floats]
    mean: float
    deviation: float


NORMAL = Values("normal", lambda rng, n: rng.normal(10.0, 1.0, n), 10.0, 1.0)
SKEWED = Values("gamma, skewness 1", lambda rng, n: rng.gamma(4.0, 1.0, n), 4.0, 2.0)
VERY_SKEWED = Values("exponential, skewness 2", lambda rng, n: rng.exponential(1.0, n), 1.0, 1.0)


@dataclass(frozen=True)
class Covered:
    """What many studies came to."""

    shares: tuple[float, ...]  # of the studies whose final interval holds the mean, by measure
    replications: float  # on average
    looks: float


def width_for(values: Values, needed: int, relative: bool = False) -> Precision:
    """The half width that takes so many replications where the variance is known."""
    width = 1.96 * values.deviation / math.sqrt(needed)
    return Precision(values.name, "all", width / values.mean if relative else width, relative)


def coverage(
    values: Sequence[Values],
    goals: Sequence[Precision],
    minimum: int,
    studies: int,
    *,
    maximum: int = MAXIMUM,
    level: float | None = None,
    alike: float = 0.0,
    seed: int = 1,
) -> Covered:
    """Apply the rule to many studies.

    Parameters
    ----------
    values, goals
        Measures, drawn independently or (`alike`, for two normal ones) with that correlation.
    minimum, maximum
        Replications at the first look and at most.
    studies
        How many.
    level
        Level of the single intervals; the rule's by default.
    """
    rng = np.random.default_rng(seed)
    level = interval_level(CONFIDENCE) if level is None else level
    hits, made, looked = np.zeros(len(values)), 0, 0
    for _ in range(studies):
        drawn = [one.draw(rng, maximum) for one in values]
        if alike:
            own = math.sqrt(1 - alike**2) * (drawn[1] - values[1].mean)
            drawn[1] = values[1].mean + alike * (drawn[0] - values[0].mean) + own
        count, look = minimum, 1
        while True:
            found = [t_interval(d[:count], level) for d in drawn]
            worst = max(shortfall(goal, estimate) for goal, estimate in zip(goals, found, strict=True))
            if worst <= 1 or count >= maximum:
                break
            count, look = next_look(count, look, worst, maximum), look + 1
        hits += [estimate.low <= one.mean <= estimate.high for one, estimate in zip(values, found, strict=True)]
        made, looked = made + count, looked + look
    return Covered(tuple((hits / studies).tolist()), made / studies, looked / studies)


def main() -> None:
    """Print the table."""
    studies = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print(f"Coverage of the final 95 % interval in % (mean replications), {studies:,} studies a cell, at most {MAXIMUM}\n")
    print("| values | first look | rule | " + " | ".join(f"needs {n}" for n in NEEDED) + " |")
    print("| --- | --- | --- | " + " | ".join("---" for _ in NEEDED) + " |")
    for values in (NORMAL, SKEWED, VERY_SKEWED):
        for minimum in (5, 10):
            for name, level in (("ours", None), ("95 % at every look", CONFIDENCE)):
                cells = []
                for needed in NEEDED:
                    found = coverage([values], [width_for(values, needed)], minimum, studies, level=level)
                    cells.append(f"{100 * found.shares[0]:.1f} ({found.replications:.0f})")
                print(f"| {values.name} | {minimum} | {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
