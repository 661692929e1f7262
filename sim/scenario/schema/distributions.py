"""Distributions in scenario files: a constant such as ``2 days``, or one kind by its single key."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema

from sim import distributions
from sim.distributions import Dist
from sim.scenario.schema.quantities import Duration
from sim.scenario.schema.spec import Spec

NonNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
_NUMBER_TEXT = r"^\s*\+?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?\s*$"


class MeanCv(Spec):
    """Mean and coefficient of variation of a duration."""

    mean: Duration = Field(description="Mean (duration).")
    cv: NonNegative = Field(description="Coefficient of variation, standard deviation / mean (number, 0 or more).")


class MeanShape(Spec):
    """Mean and shape of a Weibull duration."""

    mean: Duration = Field(description="Mean (duration).")
    shape: Positive = Field(description="Weibull shape (number above 0); 1 is exponential.")


class LowModeHigh(Spec):
    """Corners of a triangular duration."""

    low: Duration = Field(description="Lowest value (duration).")
    mode: Duration = Field(description="Most likely value (duration).")
    high: Duration = Field(description="Highest value (duration).")

    @model_validator(mode="after")
    def _ordered(self) -> LowModeHigh:
        if not self.low <= self.mode <= self.high:
            raise ValueError("low, mode and high are not in ascending order")
        return self


class LowHigh(Spec):
    """Ends of a uniform duration."""

    low: Duration = Field(description="Lowest value (duration).")
    high: Duration = Field(description="Highest value (duration).")

    @model_validator(mode="after")
    def _ordered(self) -> LowHigh:
        if self.low > self.high:
            raise ValueError("low is above high")
        return self


class NumberMeanCv(Spec):
    """Mean and coefficient of variation of a number."""

    mean: Positive = Field(description="Mean (number).")
    cv: NonNegative = Field(description="Coefficient of variation (number, 0 or more).")


class NumberLowHigh(Spec):
    """Ends of a uniform number."""

    low: NonNegative = Field(description="Lowest value (number).")
    high: NonNegative = Field(description="Highest value (number).")


class _OneKind(Spec):
    """A distribution: a plain value, or a mapping with exactly one key that names the kind."""

    @model_validator(mode="before")
    @classmethod
    def _plain_is_constant(cls, value: Any) -> Any:
        if isinstance(value, cls):
            return value
        if isinstance(value, list):
            raise ValueError("should be a value or a distribution, not a list; expected e.g. {empirical: [..]}")
        if value is None:
            return {}
        return value if isinstance(value, dict) else {"constant": value}

    @model_validator(mode="after")
    def _exactly_one(self) -> _OneKind:
        kinds = sorted(self.model_fields_set)
        if len(kinds) == 1 and getattr(self, kinds[0]) is None:
            kinds = []
        if len(kinds) != 1:
            found = " and ".join(kinds) if kinds else "nothing"
            raise ValueError(f"should name exactly one distribution, found {found}")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        schema = handler.resolve_ref_schema(handler(core_schema))
        kinds = {"type": "object", "properties": schema.get("properties", {}), "additionalProperties": False}
        kinds |= {"minProperties": 1, "maxProperties": 1}
        constant = handler.resolve_ref_schema(kinds["properties"]["constant"])["anyOf"][0]
        alone = constant if "pattern" in constant else {**constant, "type": ["string", "number"], "pattern": _NUMBER_TEXT}
        return {"description": schema.get("description", ""), "anyOf": [alone, kinds]}


class DurationDist(_OneKind):
    """Random duration: a constant such as `2 days`, or one of the kinds below by its single key."""

    constant: Duration | None = Field(default=None, description="Always this duration; the same as writing the duration alone.")
    exponential: Duration | None = Field(default=None, description="Exponential with this mean (duration).")
    gamma: MeanCv | None = Field(default=None, description="Gamma with mean and coefficient of variation.")
    lognormal: MeanCv | None = Field(
        default=None, description="Lognormal with mean and coefficient of variation (of the duration itself)."
    )
    weibull: MeanShape | None = Field(default=None, description="Weibull with mean and shape.")
    triangular: LowModeHigh | None = Field(default=None, description="Triangular with low, mode and high.")
    uniform: LowHigh | None = Field(default=None, description="Uniform between low and high.")
    empirical: list[Duration] | None = Field(
        default=None, min_length=1, description="Observed durations, all equally likely; or {from: csv, column: name, unit: h}."
    )

    @property
    def dist(self) -> Dist:
        """The distribution in hours."""
        for kind in self.model_fields_set:
            value = getattr(self, kind)
            match value:
                case MeanCv():
                    return (distributions.gamma if kind == "gamma" else distributions.lognormal)(value.mean, value.cv)
                case MeanShape():
                    return distributions.weibull(value.mean, value.shape) if value.mean > 0 else distributions.constant(0.0)
                case LowModeHigh():
                    return distributions.triangular(value.low, value.mode, value.high)
                case LowHigh():
                    return distributions.uniform(value.low, value.high)
                case list():
                    return distributions.empirical(value)
            if kind == "exponential" and value > 0:
                return distributions.exponential(value)
            return distributions.constant(value)
        raise ValueError("empty distribution")


class NumberDist(_OneKind):
    """Random number (units per demand): a plain number, or one of the kinds below by its single key."""

    constant: NonNegative | None = Field(default=None, description="Always this number.")
    exponential: Positive | None = Field(default=None, description="Exponential with this mean (number).")
    gamma: NumberMeanCv | None = Field(default=None, description="Gamma with mean and coefficient of variation.")
    lognormal: NumberMeanCv | None = Field(default=None, description="Lognormal with mean and coefficient of variation.")
    uniform: NumberLowHigh | None = Field(default=None, description="Uniform between low and high.")
    empirical: list[NonNegative] | None = Field(default=None, min_length=1, description="Observed numbers, all equally likely.")

    @property
    def dist(self) -> Dist:
        """The distribution of the number, before it is rounded."""
        for kind in self.model_fields_set:
            value = getattr(self, kind)
            match value:
                case NumberMeanCv():
                    return (distributions.gamma if kind == "gamma" else distributions.lognormal)(value.mean, value.cv)
                case NumberLowHigh():
                    return distributions.uniform(value.low, value.high)
                case list():
                    return distributions.empirical(value)
            return distributions.exponential(value) if kind == "exponential" else distributions.constant(value)
        raise ValueError("empty distribution")


def dist_or_none(spec: DurationDist | None) -> Dist | None:
    """The distribution in hours, None where the file gives none."""
    return None if spec is None else spec.dist
