"""Schema of spare parts: part types, stocking places, their policies and vendors."""

from __future__ import annotations

from typing import Annotated

from pydantic import Discriminator, Field, Tag, model_validator

from sim.rules.stocking import BaseStock, PeriodicUpTo, Policy, ReorderPointLot, ReorderPointUpTo
from sim.scenario.schema.distributions import DurationDist, NumberDist
from sim.scenario.schema.forms import form_of
from sim.scenario.schema.quantities import Count, Duration, Latitude, Longitude, Money, MoneyPerKg, Name, Rate, Weight
from sim.scenario.schema.spec import ShortSpec, Spec


class PartSpec(Spec):
    """A spare part type."""

    price: Money = Field(default=0.0, description="Value of a unit (money).")
    weight: Weight = Field(default=0.0, description="Weight of a unit (kg or g), for freight by weight.")


class PolicySpec(Spec):
    """Stocking policy of a part: {base_stock}, {s, S}, {s, Q} or {review, S}."""

    base_stock: Count | None = Field(default=None, description="Base stock S: every demand is ordered at once (units).")
    s: Annotated[int, Field(ge=-1)] | None = Field(
        default=None, description="Reorder point: order when the position is at or below (units)."
    )
    S: Count | None = Field(default=None, description="Order-up-to level (units).")
    Q: int | None = Field(default=None, description="Lot: orders are multiples of it (units, 1 or more).")
    review: Duration | None = Field(default=None, description="Time between two reviews (duration); orders up to S at each.")

    @model_validator(mode="after")
    def _one_policy(self) -> PolicySpec:
        if self.Q is not None and self.Q < 1:
            raise ValueError(f"Q = {self.Q} should be 1 or more")
        given = {name for name in self.model_fields_set if getattr(self, name) is not None}
        if given not in ({"base_stock"}, {"s", "S"}, {"s", "Q"}, {"review", "S"}):
            found = ", ".join(f for f in type(self).model_fields if f in given) or "nothing"
            raise ValueError(f"not a stocking policy: found {found}; expected base_stock, s and S, s and Q, or review and S")
        if self.s is not None and self.S is not None and self.s >= self.S:
            raise ValueError(f"s = {self.s} should be below S = {self.S}")
        if self.review == 0:
            raise ValueError("review should be longer than 0; base_stock reviews continuously")
        return self

    @property
    def policy(self) -> Policy:
        """The decision rule."""
        if self.base_stock is not None:
            return BaseStock(self.base_stock)
        if self.review is not None and self.S is not None:
            return PeriodicUpTo(self.review, self.S)
        if self.s is not None and self.Q is not None:
            return ReorderPointLot(self.s, self.Q)
        assert self.s is not None
        assert self.S is not None
        return ReorderPointUpTo(self.s, self.S)


class SourceLaneSpec(Spec):
    """One source of a place with its own lane."""

    transit: DurationDist | None = Field(default=None, description="Transit time from this source (duration or distribution).")
    freight: Money | None = Field(default=None, description="Freight per shipment from this source (money).")
    freight_per_kg: MoneyPerKg | None = Field(default=None, description="Freight by weight from this source (money per kg).")


class EmergencySpec(Spec):
    """Emergency shipment when the shelf is empty."""

    transit: DurationDist = Field(default=DurationDist.model_validate(0), description="Transit time (duration or distribution).")
    cost: Money = Field(default=0.0, description="Premium per emergency shipment (money).")
    from_: Name | None = Field(
        default=None, alias="from", description="Place that ships; default the nearest one upstream with stock, else a vendor."
    )
    freight: Money = Field(default=0.0, description="Freight per emergency shipment, beside the premium (money).")
    freight_per_kg: MoneyPerKg = Field(default=0.0, description="Freight by weight (money per kg).")


class DemandSpec(ShortSpec):
    """Part demand that is not made by repair orders."""

    short = "rate"

    rate: Rate = Field(description="Demands (Poisson rate).")
    size: NumberDist | None = Field(
        default=None, description="Units per demand (number or distribution, rounded, at least 1); default 1."
    )


Stock = Annotated[
    Annotated[str, Tag("<text>")] | Annotated[dict[Name, PolicySpec], Tag("<mapping>")],
    Discriminator(
        form_of, custom_error_type="form", custom_error_message="should be a mapping of parts or the name of a stock plan"
    ),
]
Sources = Annotated[
    Annotated[str, Tag("<text>")]
    | Annotated[list[Name], Tag("<list>")]
    | Annotated[dict[Name, SourceLaneSpec], Tag("<mapping>")],
    Discriminator(form_of),
]


class StockingSpec(Spec):
    """Fields of every place that can keep stock."""

    region: Name | None = Field(default=None, description="Region it belongs to (name); default the only region.")
    lat: Latitude | None = Field(default=None, description="Latitude (degrees north).")
    lon: Longitude | None = Field(default=None, description="Longitude (degrees east).")
    source: Sources | None = Field(
        default=None,
        description="Where it is replenished from: a place or vendor, a list in order of preference, or "
        "{name: {transit, freight}}; default the only vendor.",
    )
    transit: DurationDist | None = Field(
        default=None, description="Transit time from its sources (duration or distribution); default 0."
    )
    freight: Money = Field(default=0.0, description="Freight per shipment received (money).")
    freight_per_kg: MoneyPerKg = Field(default=0.0, description="Freight by weight of shipments received (money per kg).")
    stock: Stock | None = Field(
        default=None,
        description="Policy by part, or the name of an entry of `stock_plans`; parts not named pass through from the source.",
    )
    emergency: EmergencySpec | None = Field(
        default=None, description="Emergency shipments when the shelf is empty; default none."
    )
    demand: dict[Name, DemandSpec] = Field(
        default={}, description="Part demand beside that of repair orders: rate, or {rate, size}, by part."
    )
    count: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Makes this many equal places, named with -1, -2 ... (whole number)."
    )


class LocationSpec(StockingSpec):
    """A stocking place without a workshop."""


class VendorSpec(Spec):
    """A maker or dealer of parts with unlimited supply."""

    lead_time: DurationDist = Field(
        default=DurationDist.model_validate(0),
        description="Time from order to arrival, or to the start of the lane's transit (duration or distribution).",
    )
    lead_times: dict[Name, DurationDist] = Field(default={}, description="Lead times of single parts that differ.")
    supplies: list[Name] | None = Field(default=None, description="Parts it supplies; default all.")
    lat: Latitude | None = Field(default=None, description="Latitude (degrees north).")
    lon: Longitude | None = Field(default=None, description="Longitude (degrees east).")
