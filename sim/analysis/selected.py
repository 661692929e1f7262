"""What a selection of the best scenario found, and its files."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sim.store import FORMAT, write_csv, write_json

COLUMNS = ("scenario", "digest", "mean", "half_width", "replications", "eliminated_at", "eliminated_by", "targets", "selected")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a selection.

    `delta` is in the measure's unit, None where none is given; `first` the replications of the first stage; `maximum` the most
    of one scenario (KN); `budget` those of all scenarios together and `step` how many of them are given out at once (OCBA).
    """

    method: str  # 'kn' or 'ocba'
    kpi: str
    group: str
    unit: str
    better: str  # 'less' or 'more'
    confidence: float
    delta: float | None
    first: int
    maximum: int | None = None
    budget: int | None = None
    step: int | None = None
    subject_to_targets: bool = False

    @property
    def smaller(self) -> bool:
        """True if less is better."""
        return self.better == "less"


@dataclass(frozen=True, slots=True)
class Finalist:
    """One scenario of a selection.

    Mean and half width (of this scenario alone) are over the replications that the procedure used. `eliminated_at` is the number
    of replications after which it went out, None if it did not; `eliminated_by` the scenario that beat it, or 'targets'.
    `targets` is the verdict on all of its targets, None where it has none or they were not asked for.
    """

    name: str
    digest: str
    mean: float
    half_width: float | None
    replications: int
    eliminated_at: int | None = None
    eliminated_by: str | None = None
    targets: str | None = None


@dataclass(frozen=True)
class Selection:
    """The result of a selection.

    Attributes
    ----------
    question
        What was asked.
    seed
        Of all scenarios.
    scenarios
        In the order in which they were given.
    leader
        Index of the best of those that are left, None if targets ruled all out.
    is_selected
        True if the leader is selected with the guarantee: KN has come to its end, or OCBA's probability reaches the confidence
        (and the leader's targets are shown to be met, if they count).
    probability
        OCBA: approximate probability of correct selection (of being less than delta behind the best, with a delta); else None.
    probability_equal
        The same had the budget been given out equally.
    folder
        Where the files are, None if they were not kept.
    """

    question: Question
    seed: int
    scenarios: tuple[Finalist, ...]
    leader: int | None
    is_selected: bool
    probability: float | None = None
    probability_equal: float | None = None
    folder: Path | None = None
    currency: str = ""

    @property
    def selected(self) -> str | None:
        """Name of the selected scenario, None if none is selected with the guarantee."""
        return self.scenarios[self.leader].name if self.is_selected and self.leader is not None else None

    @property
    def spent(self) -> int:
        """Replications of all scenarios together that the procedure used."""
        return sum(one.replications for one in self.scenarios)

    @property
    def equal_cost(self) -> int:
        """What it would have cost to run every scenario as often as the one that was run most."""
        return len(self.scenarios) * max(one.replications for one in self.scenarios)

    @property
    def survivors(self) -> tuple[Finalist, ...]:
        """Those that are left."""
        return tuple(one for one in self.scenarios if one.eliminated_at is None)

    def ranking(self) -> list[Finalist]:
        """The leader, then those that are left by their means, then the eliminated, the last first."""
        sign = 1.0 if self.question.smaller else -1.0
        lead = None if self.leader is None else self.scenarios[self.leader]

        def place(one: Finalist) -> tuple[bool, bool, int, float]:
            return one is not lead, one.eliminated_at is not None, -(one.eliminated_at or 0), sign * one.mean

        return sorted(self.scenarios, key=place)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "format": FORMAT,
            **asdict(self.question),
            "seed": self.seed,
            "selected": self.selected,
            "leader": None if self.leader is None else self.scenarios[self.leader].name,
            "probability": self.probability,
            "probability_equal": self.probability_equal,
            "spent": self.spent,
            "equal_cost": self.equal_cost,
            "scenarios": [asdict(one) for one in self.scenarios],
        }

    def write(self, folder: Path) -> None:
        """Write selection.json and selection.csv, the same bytes for the same result."""
        folder.mkdir(parents=True, exist_ok=True)
        rows = ((*asdict(one).values(), one.name == self.selected) for one in self.scenarios)
        write_csv(folder / "selection.csv", COLUMNS, rows)
        write_json(folder / "selection.json", self.as_dict())
