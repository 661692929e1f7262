"""What a run is to be sure of: parts of the plan that change no replication, only how many there are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Precision:
    """How sure a measure is to be: the half width of its interval over replications."""

    kpi: str
    group: str  # 'all' or 'key=value;...'
    half_width: float  # in the measure's unit (h, 1, 1/day, money), or as a share of the mean
    relative: bool = False
    unit: str = "1"


@dataclass(frozen=True, slots=True)
class Goal:
    """Replications until every measure named is sure enough, at most `maximum`; `Run.replications` are made in any case."""

    maximum: int
    until: tuple[Precision, ...]
