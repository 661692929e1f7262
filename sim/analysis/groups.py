"""Groups that measures are reported by, from the names of a plan."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.scenario.plan import MODES, Plan

SITE_LIMIT = 50  # up to so many sites each has rows of its own in replications.csv; points.csv always has all
SHELF_LIMIT = 200  # the same for location;part


@dataclass(frozen=True, slots=True)
class Dimension:
    """One way to split rows: labels by index; a dimension that is not reported has no labels."""

    column: str  # of the table
    labels: tuple[str, ...]

    @property
    def size(self) -> int:
        """Number of groups."""
        return len(self.labels)


def _named(key: str, names: tuple[str, ...], unnamed: str) -> tuple[str, ...]:
    """Labels, none where there is only the default member that nobody named."""
    return () if names == (unnamed,) else tuple(f"{key}={name}" for name in names)


def segment_labels(plan: Plan) -> tuple[str, ...]:
    """'segment=...' by segment index."""
    return _named("segment", tuple(s.name for s in plan.segments), "all")


def region_labels(plan: Plan) -> tuple[str, ...]:
    """'region=...' by region index."""
    return _named("region", plan.regions, "all")


def product_labels(plan: Plan) -> tuple[str, ...]:
    """'product=...' by product index."""
    return _named("product", tuple(p.name for p in plan.products), "product")


def workshop_labels(plan: Plan) -> tuple[str, ...]:
    """'site=...' by workshop index; none if there are more than `SITE_LIMIT`."""
    return tuple(f"site={w.name}" for w in plan.workshops) if len(plan.workshops) <= SITE_LIMIT else ()


def order_dimensions(plan: Plan) -> tuple[Dimension, ...]:
    """How repair orders are split, `all` first."""
    found = (
        Dimension("", ("all",)),
        Dimension("region", region_labels(plan)),
        Dimension("segment", segment_labels(plan)),
        Dimension("product", product_labels(plan)),
        Dimension("workshop", workshop_labels(plan)),
        Dimension("mode", tuple(f"mode={m}" for m in MODES)),
    )
    return tuple(d for d in found if d.labels)


def line_parts(plan: Plan) -> list[tuple[str, str]]:
    """Centre and channel name of each line; internal lines go by their own name behind the slash."""
    return [
        (
            plan.centres[line.centre_ix].name,
            plan.channels[line.channel_ix].name if line.channel_ix >= 0 else line.name.rsplit("/", 1)[-1],
        )
        for line in plan.lines
    ]


@dataclass
class Reduced:
    """What the reduction of one replication gives: daily curves and arrays by name, beside the rows."""

    daily: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    frames: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    facts: dict[str, float] = field(default_factory=dict)  # numbers that other reductions need
    distributions: dict[str, NDArray[np.float64]] = field(default_factory=dict)  # see `analysis.distributions`
