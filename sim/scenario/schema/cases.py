"""Schema of case types, faults, recorded cases and example customers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, PlainValidator, Tag, WithJsonSchema, model_validator

from sim.scenario.schema.distributions import DurationDist
from sim.scenario.schema.forms import Shares, SharesOrBySegment, form_of, normalised
from sim.scenario.schema.quantities import Count, Duration, Instant, Name, Rate, Share, Zone
from sim.scenario.schema.service import Mode
from sim.scenario.schema.spec import ShortSpec, Spec
from sim.units import UnitError, parse_duration


def _age_from(value: Any) -> float:
    if not isinstance(value, str) or not value.startswith("from "):
        raise UnitError(f"'{value}' is not an age band", "write for example 'from 1 year'")
    return parse_duration(value.removeprefix("from ").strip())


AgeFrom = Annotated[float, PlainValidator(_age_from), WithJsonSchema({"type": "string", "examples": ["from 1 year"]})]
RatesByAge = Annotated[dict[AgeFrom, Rate], Field(min_length=1)]
UnitRate = Annotated[
    Annotated[Rate, Tag("<text>")] | Annotated[RatesByAge, Tag("<mapping>")],
    Discriminator(form_of, custom_error_type="form", custom_error_message="should be a rate such as '0.5/year' or rates by age"),
]


class PartNeedSpec(ShortSpec):
    """A part that a fault may need."""

    short = "probability"

    probability: Share = Field(default=1.0, description="Share of these faults that need the part.")
    quantity: Annotated[int, Field(ge=1)] = Field(default=1, description="Units needed then (whole number).")


class FaultSpec(Spec):
    """One of the mutually exclusive faults of a case type."""

    share: Share | None = Field(default=None, description="Share of the cases of this type (shares add up to 100 %).")
    needs: dict[Name, PartNeedSpec] = Field(
        default={}, description="Parts it may need: share, or {probability, quantity}, by part."
    )
    level: Count = Field(default=1, description="Capability that the repair needs (whole number).")
    repair_time: DurationDist | None = Field(
        default=None, description="Work of the repair (duration or distribution); default that of the workshop."
    )


def _add_up(faults: dict[str, FaultSpec]) -> dict[str, FaultSpec]:
    """Faults whose shares are given and add up to 100 %; a single fault needs no share."""
    if len(faults) == 1 and next(iter(faults.values())).share is None:
        return faults
    for name, fault in faults.items():
        if fault.share is None:
            raise UnitError(f"`share` of '{name}' is missing", code="E103")
    normalised({name: fault.share or 0.0 for name, fault in faults.items()})
    return faults


Faults = Annotated[dict[Name, FaultSpec], Field(min_length=1), AfterValidator(_add_up)]
_FAULT_KEYS = frozenset(FaultSpec.model_fields)


def _faults_form(value: Any) -> str:
    """Tag of faults: of all products alike, or by product."""
    if not isinstance(value, dict):
        return "<all>"
    inner = [v for v in value.values() if isinstance(v, dict)]
    is_direct = any(_FAULT_KEYS & v.keys() for v in inner) or not any(
        isinstance(w, dict) or w is None for v in inner for w in v.values()
    )
    return "<all>" if is_direct else "<by product>"


class CapturedSpec(Spec):
    """Share of the needs that reach the maker at all."""

    in_warranty: Share = Field(default=1.0, description="Share in warranty.")
    out_of_warranty: Share = Field(default=1.0, description="Share out of warranty.")


class CaseSpec(Spec):
    """A case type: what customers want, how often, by which channel, and what it takes."""

    kind: Literal["question", "software", "hardware", "cosmetic", "planned", "recall"] | None = Field(
        default=None,
        description="Kind of need; default `hardware` where faults or parts are given or there is no contact centre, "
        "else `question`.",
    )
    rate: Rate | None = Field(default=None, description="Cases of all markets together (rate, mean over the week and year).")
    product: Name | None = Field(default=None, description="Product family of a `rate`; default the only one.")
    per_unit: (
        Annotated[
            Annotated[Rate, Tag("<text>")] | Annotated[dict[Name, UnitRate], Tag("<mapping>")],
            Discriminator(form_of, custom_error_type="form", custom_error_message="should be a rate or a mapping by product"),
        ]
        | None
    ) = Field(
        default=None,
        description="Cases per unit in use: one rate for all products such as `0.1/year`, or by product such as "
        "`{pc: 0.1/year}`, or by product and age such as `{pc: {from 0 years: 0.1/year, from 3 years: 0.2/year}}`.",
    )
    profile: Name | None = Field(default=None, description="Profile of the demand over time (name); default flat.")
    channel: Name | None = Field(default=None, description="Channel of the first contact (name), or `walk_in`.")
    channels: SharesOrBySegment | None = Field(
        default=None,
        description="First contacts by channel (shares), or by segment and channel; default those of the segment, else voice.",
    )
    walk_in: Share = Field(default=0.0, description="Share that goes to a service point without a contact.")
    modes: SharesOrBySegment | None = Field(
        default=None,
        description="Repair orders by service mode (shares), or by segment and mode; default the segment's, else carry_in.",
    )
    segments: Shares | None = Field(default=None, description="Cases by segment (shares); default as the owners of the product.")
    travelling: Share = Field(default=0.0, description="Share of the cases that happen in another market than the owner's home.")
    captured: CapturedSpec = Field(default=CapturedSpec(), description="Share of the needs that reach the maker.")
    handle_time: DurationDist | None = Field(
        default=None, description="Talk time of a contact (duration or distribution); default the line's."
    )
    resolve: Share | None = Field(default=None, description="Share of answered contacts that is resolved; default the line's.")
    to_repair: Share | None = Field(
        default=None, description="Share of answered contacts that becomes a repair order; default the line's."
    )
    contained: Share | None = Field(default=None, description="Share that self-service is enough for; default the line's.")
    no_fault_found: Share = Field(default=0.0, description="Share of orders where the diagnosis finds nothing.")
    result_call: bool = Field(
        default=False,
        description="True: in warranty too the owner is called after the diagnosis, with the result, by the line of `quote`.",
    )
    counts_in_tat: bool | None = Field(
        default=None, description="Orders count in the turnaround; default true but for planned work."
    )
    diagnosis_time: DurationDist | None = Field(
        default=None, description="Work of the diagnosis (duration or distribution); default the workshop's."
    )
    repair_time: DurationDist | None = Field(
        default=None, description="Work of the repair (duration or distribution); default the workshop's."
    )
    needs: dict[Name, PartNeedSpec] = Field(
        default={}, description="Parts that a repair may need, for a case type without separate faults."
    )
    level: Count = Field(
        default=1, description="Capability that the repair needs, for a case type without separate faults (whole number)."
    )
    faults: (
        Annotated[
            Annotated[Faults, Tag("<all>")] | Annotated[dict[Name, Faults], Tag("<by product>")], Discriminator(_faults_form)
        ]
        | None
    ) = Field(
        default=None, description="Mutually exclusive faults by name, or by product and name; their shares add up to 100 %."
    )

    @model_validator(mode="after")
    def _one_of_each(self) -> CaseSpec:
        for one, other in (("rate", "per_unit"), ("channel", "channels"), ("needs", "faults")):
            if self.said(one) and self.said(other):
                raise ValueError(f"`{one}` and `{other}` exclude each other")
        return self

    @property
    def faults_of(self) -> dict[str | None, dict[str, FaultSpec]]:
        """Faults by product; under None where they hold for every product; empty without any."""
        found: dict[str | None, dict[str, FaultSpec]] = {}
        for name, value in (self.faults or {}).items():
            if isinstance(value, FaultSpec):
                found.setdefault(None, {})[name] = value
            else:
                found[name] = value
        return found


class ReplaySpec(Spec):
    """Recorded cases instead of random ones."""

    from_: Name = Field(
        alias="from",
        description="CSV file with the columns at_h (hours since the start), source or need and product, market, segment, "
        "channel, age_h, and optionally home and key.",
    )


class CustomerSpec(Spec):
    """An example customer who is mixed into the stream and followed."""

    at: Instant = Field(description="When the need arises (local date and time).")
    time_zone: Zone | None = Field(default=None, description="IANA time zone of `at`; default that of the market.")
    case: Name = Field(description="Case type (name).")
    product: Name | None = Field(default=None, description="Product family (name); default the only one with this case type.")
    market: Name | None = Field(default=None, description="Market (name); default the first.")
    segment: Name | None = Field(default=None, description="Segment (name); default the first.")
    age: Duration = Field(default=0.0, description="Age of the unit (duration).")
    channel: Name | None = Field(
        default=None, description="First channel (name), or `walk_in`; default the first of the case type."
    )
    fault: Name | None = Field(default=None, description="Fault of the unit (name), which the diagnosis finds; default drawn.")
    mode: Mode | None = Field(default=None, description="Service mode; default drawn.")
    becomes_order: bool | None = Field(
        default=None,
        description="True: an answered contact ends in a repair order, whatever would be drawn; default true for case types "
        "that can be repaired.",
    )
    story: str = Field(default="", description="What it stands for (text).")
