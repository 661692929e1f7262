"""Schema of service points, repair depots, field teams and parcels."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.schema.distributions import DurationDist
from sim.scenario.schema.parts import StockingSpec
from sim.scenario.schema.quantities import Count, Duration, Money, MoneyPerHour, MoneyPerKg, Name, Share, Zone
from sim.scenario.schema.spec import Spec
from sim.scenario.schema.time import Hours

Mode = Literal["carry_in", "mail_in", "on_site"]


class AuditSpec(Spec):
    """Inspection of finished jobs."""

    share: Share = Field(default=1.0, description="Share of the jobs that is audited.")
    time: DurationDist = Field(default=DurationDist.model_validate(0), description="Work of an audit (duration or distribution).")
    pass_: Share = Field(default=1.0, alias="pass", description="Share of audits that pass; the others go back to the bench.")


class CrewShiftSpec(Spec):
    """Technicians who work by one calendar."""

    hours: Hours | None = Field(default=None, description="When they work; default the hours of the site.")
    technicians: Count = Field(description="Heads on this shift (whole number).")


class WorkshopSpec(StockingSpec):
    """Fields of every place with technicians."""

    hours: Hours = Field(default="24x7", description="Opening hours, such as `mon-fri 9:00-17:00`, or a calendar's name.")
    time_zone: Zone | None = Field(
        default=None, description="IANA time zone of the hours; default that of the calendar, else UTC."
    )
    holidays: Name | None = Field(default=None, description="Calendar whose closed and extra dates apply here too.")
    shifts: dict[Name, CrewShiftSpec] | None = Field(
        default=None, description="Technicians by shift, instead of one crew during the opening hours."
    )
    shrinkage: Share = Field(
        default=0.0, description="Paid time not available; the heads given are paid heads, fewer are at work (share)."
    )
    level: Count = Field(default=1, description="Highest fault level repaired here (whole number).")
    products: list[Name] | None = Field(default=None, description="Product families repaired here; default all.")
    repair_time: DurationDist = Field(
        default=DurationDist.model_validate(0), description="Work of a repair (duration or distribution)."
    )
    diagnosis_time: DurationDist | None = Field(
        default=None, description="Work of a diagnosis (duration or distribution); default no diagnosis."
    )
    counter_time: DurationDist | None = Field(
        default=None, description="Reception while open, without a technician (duration or distribution)."
    )
    hand_in: DurationDist | None = Field(
        default=None, description="Carry-in: until the owner comes by (duration or distribution); default at once."
    )
    pick_up: DurationDist | None = Field(
        default=None, description="Carry-in: until the owner fetches it (duration or distribution); default at once."
    )
    inbound: DurationDist | None = Field(
        default=None, description="Mail-in: parcel to the workshop (duration or distribution); default by `parcel`."
    )
    outbound: DurationDist | None = Field(
        default=None, description="Mail-in: parcel back (duration or distribution); default by `parcel`."
    )
    audit: AuditSpec | None = Field(default=None, description="Inspection of finished jobs; default none.")
    forward_to: Name | None = Field(default=None, description="Depot to which repairs above the level go; default none.")
    forward_transit: DurationDist | None = Field(
        default=None, description="Transit to and from that depot, one way (duration or distribution)."
    )
    dead_on_arrival: Share = Field(default=0.0, description="Share of fitted parts that do not work (share).")
    wage: MoneyPerHour = Field(default=0.0, description="Wage of a technician per paid hour, such as `20 EUR/h`.")
    at_closing: Literal["pause", "finish"] = Field(
        default="pause", description="Jobs running at closing time: `pause` until the next opening, or `finish` in overtime."
    )


class PointSpec(WorkshopSpec):
    """A service point to which owners carry their units."""

    technicians: Count = Field(default=1, description="Technicians (whole number).")
    modes: Annotated[list[Mode], Field(min_length=1)] = Field(default=["carry_in"], description="Service modes taken.")


class DepotSpec(WorkshopSpec):
    """A repair depot with stock."""

    technicians: Count = Field(default=1, description="Technicians (whole number).")
    modes: list[Mode] = Field(default=["mail_in"], description="Service modes taken from owners; forwarded units always.")


class TeamSpec(WorkshopSpec):
    """Field engineers of a region, who repair at the customer's."""

    engineers: Count = Field(default=1, description="Field engineers (whole number).")
    modes: Annotated[list[Mode], Field(min_length=1)] = Field(default=["on_site"], description="Service modes taken.")
    travel: DurationDist | None = Field(default=None, description="Travel to the customer (duration or distribution); default 0.")
    stock_at: Name | None = Field(
        default=None, description="Place whose shelves the team uses; default its own, passed through from the source."
    )


class ParcelSpec(Spec):
    """Door-to-door time of mail-in parcels: lognormal, with a mean that grows with the great-circle distance."""

    fixed: Duration = Field(default=0.0, description="Mean time at distance 0 (duration).")
    per_km: Duration = Field(default=0.0, description="Mean time added per km (duration).")
    sigma: Annotated[float, Field(ge=0)] = Field(default=0.0, description="Standard deviation of the logarithm (number).")
    surcharge: Duration = Field(default=0.0, description="Time added for markets with `surcharge: true` (duration).")
    cost: Money = Field(default=0.0, description="Cost per parcel (money).")
    cost_per_kg: MoneyPerKg = Field(
        default=0.0, description="Cost added to each parcel, by the weight of its product (money per kg)."
    )
