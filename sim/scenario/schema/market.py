"""Schema of the market: regions, markets, customer segments, products and channels."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from sim.scenario.schema.distributions import DurationDist
from sim.scenario.schema.forms import Shares, form_of
from sim.scenario.schema.quantities import Duration, Latitude, Longitude, Money, Name, Weight, Zone
from sim.scenario.schema.spec import ShortSpec, Spec

NonNegative = Annotated[float, Field(ge=0)]


class RegionSpec(Spec):
    """A region of the service network."""

    title: str | None = Field(default=None, description="Name for people (text).")


Regions = Annotated[
    Annotated[list[Name], Tag("<list>")] | Annotated[dict[Name, RegionSpec], Tag("<mapping>")],
    Discriminator(form_of, custom_error_type="form", custom_error_message="should be a mapping or a list of names"),
]


class MarketSpec(Spec):
    """A place where customers live: a town, county or country."""

    region: Name | None = Field(default=None, description="Region that serves it (name); default the only region.")
    country: str | None = Field(
        default=None, description="Where a warranty that is not world-wide holds: the owner's country (text); default the region."
    )
    lat: Latitude | None = Field(default=None, description="Latitude (degrees north).")
    lon: Longitude | None = Field(default=None, description="Longitude (degrees east).")
    weight: NonNegative = Field(default=1.0, description="Size of its installed base relative to the others (number).")
    time_zone: Zone = Field(default="UTC", description="IANA time zone of its customers.")
    surcharge: bool = Field(default=False, description="True: parcels take the surcharge time (remote area).")


class SegmentSpec(Spec):
    """A group of customers with its own priority, promise and habits."""

    priority: int = Field(default=0, description="Rank in queues (whole number); lower goes first.")
    promise: Duration | None = Field(default=None, description="Turnaround promised (duration); default none.")
    clock: Literal["customer", "workshop"] = Field(
        default="customer",
        description="Promise counted from the first contact (`customer`) or from receipt of the unit (`workshop`).",
    )
    days: Literal["calendar", "working"] = Field(
        default="calendar", description="Promise counted in calendar days or working days."
    )
    calendar: Name | None = Field(default=None, description="Calendar that says which days are working days (name).")
    penalty: Money = Field(default=0.0, description="Paid per order that breaks the promise (money).")
    channels: Shares | None = Field(
        default=None, description="First contacts by channel (shares); `walk_in` goes to a service point directly."
    )
    modes: Shares | None = Field(
        default=None, description="Repair orders by service mode (shares of carry_in, mail_in, on_site)."
    )

    @model_validator(mode="after")
    def _working_days_need_a_calendar(self) -> SegmentSpec:
        if self.days == "working" and self.calendar is None:
            raise ValueError("a promise in working days needs a `calendar`")
        return self


class SalesSpec(Spec):
    """Units sold, from which the installed base follows."""

    history: list[NonNegative] = Field(
        default=[], description="Units sold per month before the run, oldest first; or {from: csv, column: name}."
    )
    monthly: list[NonNegative] | None = Field(
        default=None,
        description="Units sold per month of the run, the last value goes on; default the mean of the last 12 months of history.",
    )
    life: DurationDist | None = Field(default=None, description="Time in use (duration or distribution); default for ever.")


class ProductSpec(Spec):
    """A product family."""

    warranty: Duration | None = Field(default=None, description="Age up to which repairs are free (duration); default for ever.")
    world_wide: bool = Field(default=True, description="True: the warranty holds away from the home country too.")
    weight: Weight = Field(default=0.0, description="Weight of a unit (kg or g).")
    segments: Shares | None = Field(default=None, description="Owners by segment (shares); default all in the first segment.")
    sales: SalesSpec | None = Field(default=None, description="Sales and life, for cases that are given per unit in use.")
    markets: list[Name] | None = Field(default=None, description="Markets in which it is sold; default all.")


class ChannelSpec(ShortSpec):
    """A way to reach the maker."""

    short = "behaviour"

    behaviour: Literal["voice", "chat", "self_service"] = Field(description="How contacts on it behave.")
