"""Schema of a whole scenario file, after `extends` and changes are applied."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.schema.cases import CaseSpec, CustomerSpec, ReplaySpec
from sim.scenario.schema.contact import CentreSpec, QuoteSpec, StatusSpec
from sim.scenario.schema.market import ChannelSpec, MarketSpec, ProductSpec, Regions, SegmentSpec
from sim.scenario.schema.parts import LocationSpec, PartSpec, PolicySpec, VendorSpec
from sim.scenario.schema.quantities import DEFAULT_CURRENCY, Name
from sim.scenario.schema.run import CostsSpec, Measure, RunSpec, TargetSpec
from sim.scenario.schema.service import DepotSpec, ParcelSpec, PointSpec, TeamSpec
from sim.scenario.schema.spec import Spec
from sim.scenario.schema.time import OpeningSpec, ProfileSpec


class ScenarioSpec(Spec):
    """A scenario: every section is optional and takes defaults."""

    format: Literal[1] = Field(default=1, description="Version of this file format.")
    title: str = Field(default="", description="Title for reports (text); default the name of the file.")
    question: str = Field(default="", description="What the scenario answers (text).")
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = Field(
        default=DEFAULT_CURRENCY, description="Currency of all money in the file (three capitals)."
    )
    not_modelled: list[str] = Field(default=[], description="What is left out, for the report (texts).")
    translations: dict[Literal["zh"], dict[str, str]] = Field(
        default={},
        description="By language the texts of `title`, `question` and `not_modelled`, each with its translation for reports in "
        "that language; a text without one is shown as it is.",
    )
    run: RunSpec = Field(default=RunSpec(), description="Length, warm-up and repetition of the run.")
    calendars: dict[Name, OpeningSpec] = Field(
        default={}, description="Opening hours by name; `always` and `office` exist already."
    )
    profiles: dict[Name, ProfileSpec] = Field(
        default={}, description="Demand profiles by name; `flat` and `office` exist already."
    )
    regions: Regions | None = Field(
        default=None, description="Regions by name, or a list of names; default those that markets and sites name."
    )
    markets: dict[Name, MarketSpec] = Field(default={}, description="Where customers live; default one market a region.")
    segments: dict[Name, SegmentSpec] = Field(default={}, description="Customer segments by name; default one for all.")
    products: dict[Name, ProductSpec] = Field(default={}, description="Product families by name; default one.")
    channels: dict[Name, ChannelSpec] = Field(
        default={}, description="Channels by name; implied where a name is a behaviour (voice, chat, self_service)."
    )
    cases: dict[Name, CaseSpec] = Field(default={}, description="Case types by name.")
    replay: ReplaySpec | None = Field(default=None, description="Recorded cases that take the place of random ones.")
    contact_centres: dict[Name, CentreSpec] = Field(default={}, description="Contact centres by name.")
    service_points: dict[Name, PointSpec] = Field(
        default={}, description="Service points by name; or {from: csv, defaults: {...}}."
    )
    depots: dict[Name, DepotSpec] = Field(default={}, description="Repair depots with stock, by name.")
    teams: dict[Name, TeamSpec] = Field(default={}, description="Field engineers by name.")
    locations: dict[Name, LocationSpec] = Field(default={}, description="Stocking places without a workshop, by name.")
    stock_plans: dict[Name, dict[Name, PolicySpec]] = Field(
        default={}, description="Stocking policies by part under a name that sites refer to."
    )
    vendors: dict[Name, VendorSpec] = Field(default={}, description="Vendors of parts by name.")
    parts: dict[Name, PartSpec] = Field(default={}, description="Spare part types by name; or {from: csv}.")
    parcel: ParcelSpec | None = Field(default=None, description="Time and cost of mail-in parcels.")
    quote: QuoteSpec = Field(default=QuoteSpec(), description="Offers for repairs out of warranty.")
    status_contacts: StatusSpec = Field(default=StatusSpec(), description="Contacts about late repairs.")
    costs: CostsSpec = Field(default=CostsSpec(), description="Holding and overtime.")
    targets: dict[Measure, TargetSpec] = Field(
        default={}, description="Wanted values by measure, as `kpi` or `kpi[key=value;...]`."
    )
    customers: dict[Name, CustomerSpec] = Field(default={}, description="Example customers by name.")
