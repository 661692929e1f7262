"""Schema of the run itself: length, repetition, money and targets."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Discriminator, Field, Tag, field_validator, model_validator

from sim.scenario.schema.forms import form_of
from sim.scenario.schema.quantities import Day, Duration, Factor, HalfWidth, Measured, Share, ShareRate
from sim.scenario.schema.run_start import Initial, WarmUp
from sim.scenario.schema.spec import Spec
from sim.units import UnitError

_MEASURE = re.compile(r"([a-z0-9_.]+)\s*(?:\[(.*)\])?")


def measure_of(text: str) -> tuple[str, str]:
    """Measure and group of a target's key: 'kpi[site=a;channel=b]' -> ('kpi', 'site=a;channel=b'), the group else 'all'."""
    match = _MEASURE.fullmatch(text)
    if match is None:
        raise UnitError(
            f"'{text}' is not a measure", "write 'tat.customer.p90' or 'contact.service_level[site=dalian;channel=voice]'", "E532"
        )
    return match[1], match[2] or "all"


def _checked_measure(text: str) -> str:
    measure_of(text)
    return text


Measure = Annotated[str, AfterValidator(_checked_measure)]


class PrecisionSpec(Spec):
    """How sure one measure is to be."""

    kpi: Measure = Field(description="The measure, as `kpi` or `kpi[key=value;...]`.")
    half_width: HalfWidth = Field(
        description="Half the width of its interval: `5 %` of the mean, or a value in the measure's unit "
        "(`2 h`, 0.01, `3/day`, money)."
    )


class GoalSpec(Spec):
    """Replications until the intervals of some measures are short enough."""

    min: Annotated[int, Field(ge=2)] = Field(default=10, description="Replications in any case (whole number, 2 or more).")
    max: Annotated[int, Field(ge=2)] = Field(default=100, description="Replications at most (whole number, 2 or more).")
    until: Annotated[list[PrecisionSpec], Field(min_length=1)] = Field(
        description="Measures and the half widths that all of them are to reach."
    )

    @model_validator(mode="after")
    def _min_below_max(self) -> GoalSpec:
        if self.min > self.max:
            raise ValueError(f"min {self.min} is above max {self.max}; write fewer than {self.max} or raise max")
        names = [one.kpi for one in self.until]
        if twice := next((name for name in names if names.count(name) > 1), ""):
            raise ValueError(f"'{twice}' is named twice; keep the smaller half width")
        return self


Replications = Annotated[
    Annotated[int, Field(ge=1), Tag("<text>")] | Annotated[GoalSpec, Tag("<mapping>")],
    Discriminator(form_of, custom_error_type="form", custom_error_message="should be a whole number or {min, max, until}"),
]


class RunSpec(Spec):
    """How long is simulated, from when, and how often."""

    start: Day = Field(
        default="2024-01-01", description="First day of the warm-up (date, midnight UTC); the default is a Monday."
    )
    length: Duration = Field(default=8760.0, description="Measured time, after the warm-up (duration); default 365 days.")
    warm_up: WarmUp = Field(
        default=0.0,
        description="Time simulated before anything is measured (duration), `auto`, or {auto: {at_most: ...}} to find it "
        "from the run itself.",
    )
    replications: Replications = Field(
        default=5,
        description="Number of independent repetitions (whole number, 1 or more), or `min`, `max` and `until`: as many as the "
        "half widths wanted there need.",
    )
    batches: Annotated[int, Field(ge=0)] = Field(
        default=0,
        description="Cuts one long run into so many batches of equal length, whose means take the place of replications' "
        "(whole number, 2 or more; 0: none). A batch is a whole number of days long, with parts a whole number of 30 days.",
    )
    seed: Annotated[int, Field(ge=0)] = Field(default=1, description="Seed of all random streams (whole number, 0 or more).")
    confidence: Share = Field(default=0.95, description="Confidence level of the intervals (share).")
    scale: Factor = Field(
        default=1.0,
        description="The whole service so many times as large (factor above 0): units in use, cases, part demands, agents, "
        "technicians, trunks and levels of stock, whole numbers rounded up; places, times and shares stay.",
    )
    initial: Initial = Field(
        default="theory",
        description="Stock at the start: `theory` draws inventory positions from the steady state and pipelines from the demand "
        "during the lead time, and starts without backorders; `full` is the order-up-to level, `empty` is 0; {saved: FILE} is "
        "how an earlier run ended (`sparesim run --save-state FILE`).",
    )

    draws_per_input: Annotated[int, Field(ge=1)] = Field(
        default=1,
        description="So many replications in a row share one draw of the uncertain inputs (whole number); from 2 on the variance "
        "is split into that of the inputs and that of the sampling.",
    )
    antithetic: bool = Field(
        default=False,
        description="True: replications run in pairs on the same streams, the second of a pair with every uniform u as 1 - u.",
    )
    control_variates: bool = Field(
        default=False,
        description="True: beside the plain estimates those adjusted by the demand that each replication happened to meet.",
    )

    @field_validator("scale")
    @classmethod
    def _scale_above_0(cls, value: float) -> float:
        if value <= 0:
            raise ValueError("scale should be above 0")
        return value

    @model_validator(mode="after")
    def _batches_of_one_run(self) -> RunSpec:
        if self.batches == 1:
            raise ValueError("batches should be 2 or more; about 20 are usual")
        if self.batches and self.said("replications") and self.replications != 1:
            raise ValueError("batches are cut from one long run: replications should be 1, or left out")
        return self

    @model_validator(mode="after")
    def _confidence_inside(self) -> RunSpec:
        if not 0 < self.confidence < 1:
            raise ValueError("confidence should be above 0 % and below 100 %")
        return self

    @model_validator(mode="after")
    def _one_kind_of_block(self) -> RunSpec:
        if self.antithetic and self.draws_per_input > 1:
            raise ValueError("`antithetic` and `draws_per_input` exclude each other")
        return self


class CostsSpec(Spec):
    """Money that is not tied to one site."""

    holding: ShareRate = Field(
        default=0.0, description="Cost of stock on hand (share of its value per time, such as `18 %/year`)."
    )
    overtime_factor: Factor = Field(default=1.5, description="Factor on the wage for hours beyond the shift (number).")


class TargetSpec(Spec):
    """A wanted value of a measure; at least one of min and max."""

    min: Measured | None = Field(
        default=None, description="Lowest value wanted (duration, share, rate, money or number, as the measure has it)."
    )
    max: Measured | None = Field(
        default=None, description="Highest value wanted (duration, share, rate, money or number, as the measure has it)."
    )

    @model_validator(mode="after")
    def _some_bound(self) -> TargetSpec:
        if self.min is None and self.max is None:
            raise ValueError("a target needs `min` or `max`")
        if self.min is not None and self.max is not None:
            if self.min[1] != self.max[1]:
                raise ValueError(f"min is in {self.min[1]}, max is in {self.max[1]}")
            if self.min[0] > self.max[0]:
                raise ValueError("min is above max")
        return self
