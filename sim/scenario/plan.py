"""The Plan: a scenario made fully explicit, ready to simulate.

Everything is resolved: names to dense indices (`*_ix`), defaults filled in, durations in hours, rates per hour, money in
`Plan.currency`, weights in kg. All parts are frozen; a plan can be pickled and sent to a worker. `digest` identifies what
determines the tables of a replication.

Index conventions: `-1` means none. Tuples over segments, products, case types and parts run in the order of `Plan.segments`,
`Plan.products`, `Plan.needs` and `Plan.parts`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.calendar import CalendarSpec
from sim.canonical import canonical, sha256_of
from sim.display import Shown
from sim.distributions import Dist
from sim.profile import Profile
from sim.rules.stocking import Policy
from sim.sampling import Uncertain, sampling_content
from sim.scenario.plan_run import Run as Run
from sim.scenario.precision import Goal as Goal
from sim.scenario.precision import Precision as Precision

DAY: Final = 24.0
YEAR: Final = 365.0 * DAY
SHELF_PERIOD: Final = 30 * DAY

# Modes of a repair order, kinds of need; positions are the codes used in tables.
MODES = ("carry_in", "mail_in", "on_site")
NEED_KINDS = ("question", "software", "hardware", "cosmetic", "planned", "recall")
BEHAVIOURS = ("voice", "chat", "self_service")


@dataclass(frozen=True, slots=True)
class Segment:
    """A group of customers with its own priority and promise."""

    name: str
    priority: int = 0  # lower goes first
    promise_h: float = float("inf")  # hours of `promise_clock` (working days: hours = days * 24, see promise_days)
    promise_clock: str = "customer"  # 'customer': from first contact; 'workshop': from receipt
    promise_working_days: bool = False  # count only days on which `promise_calendar_ix` opens
    promise_calendar_ix: int = -1
    penalty: float = 0.0  # money per order that breaks the promise


@dataclass(frozen=True, slots=True)
class Product:
    """A product family."""

    name: str
    warranty_h: float = float("inf")  # by age of the unit
    world_wide: bool = True  # entitlement honoured away from home
    weight_kg: float = 0.0
    cohorts: tuple[float, ...] = ()  # units in the field by month of age at the start of the run (0 = sold in the last month)
    monthly_sales: tuple[float, ...] = ()  # units sold per month of the run; the last value goes on
    survival: tuple[float, ...] = ()  # share of a sale still in use at month of age 0..n; 0 beyond
    segment_shares: tuple[float, ...] = ()  # over Plan.segments
    market_ix: tuple[int, ...] = ()  # markets in which it is sold; empty: all, by Markets.weight


@dataclass(frozen=True)
class Markets:
    """Where customers live; parallel columns of length n."""

    names: tuple[str, ...]
    region_ix: NDArray[np.int32]
    lat: NDArray[np.float64]  # degrees; NaN: no place
    lon: NDArray[np.float64]
    weight: NDArray[np.float64]  # share of the installed base, adds up to 1
    time_zone: tuple[str, ...]
    # the home of a warranty that is not world-wide: equal numbers are one country; empty: every region is one
    country_ix: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))

    def __post_init__(self) -> None:
        if len(self.country_ix) != len(self.names):
            object.__setattr__(self, "country_ix", self.region_ix)


@dataclass(frozen=True, slots=True)
class Fault:
    """One of the mutually exclusive faults of a case type."""

    name: str
    share: float  # shares of a case type add up to 1
    parts: tuple[tuple[int, float, int], ...] = ()  # (part_ix, probability, quantity), independent of each other
    level: int = 1  # capability that the repair needs
    repair_time: Dist | None = None  # overrides the service point's


@dataclass(frozen=True, slots=True)
class Need:
    """A case type: what customers want, how often, through which channel, and what it takes."""

    name: str
    kind: str  # of NEED_KINDS
    no_fault_found: float = 0.0  # share of orders where diagnosis finds nothing: returned without repair
    counts_in_tat: bool = True  # False for planned work: a group of its own
    handle_time: Dist | None = None  # overrides the line's
    diagnosis_time: Dist | None = None
    repair_time: Dist | None = None
    captured_in: float = 1.0  # share of the needs that reach the maker, in warranty
    captured_out: float = 1.0
    resolve: float | None = None  # overrides of the line's probabilities
    to_repair: float | None = None
    contained: float | None = None  # share that self-service contains
    result_call: bool = False  # in warranty the owner is called with the result of the diagnosis before the repair goes on


@dataclass(frozen=True, slots=True)
class Source:
    """One stream of cases: a case type of one product family."""

    name: str  # names the random stream
    need_ix: int
    product_ix: int
    rate: float = 0.0  # cases per hour at profile factor 1, all markets together; used when by_age is empty
    by_age: tuple[tuple[float, float], ...] = ()  # (age from in h, rate per unit-hour), ascending; drawn from Product.cohorts
    profile_ix: int = -1  # -1: flat
    channels: tuple[tuple[tuple[int, float], ...], ...] = ()  # per segment: (channel_ix, share); channel -1 walks in
    modes: tuple[tuple[float, ...], ...] = ()  # per segment: shares over MODES
    faults: tuple[Fault, ...] = ()
    segment_shares: tuple[float, ...] = ()  # over segments; empty: Product.segment_shares, else all in segment 0
    travelling: float = 0.0  # share of cases that happen in another market than the owner's home


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to reach the maker."""

    name: str
    behaviour: str  # of BEHAVIOURS


@dataclass(frozen=True, slots=True)
class NextStep:
    """What a customer does after a failed attempt; the rest of the probability gives up."""

    retry: float = 0.0  # same channel again
    retry_delay: Dist = Dist("constant", (0.0,))  # after the attempt ended; when closed: after the next opening
    switch: float = 0.0
    switch_channel_ix: int = -1
    walk_in: float = 0.0
    max_attempts: int = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One channel of one contact centre (or tier 2 of it): a queue with its own manner."""

    name: str  # 'dalian/voice'
    centre_ix: int
    channel_ix: int  # -1 for an internal line that only receives transfers
    behaviour: str
    calendar_ix: int  # opening hours for arrivals; -1 always open
    handle_time: Dist  # talk time, without after-call work
    after_work: Dist | None = None
    patience: Dist | None = None  # None: waits for ever
    redial: NextStep = NextStep()  # after abandoning or being blocked
    when_closed: NextStep = NextStep()
    trunks: int = -1  # contacts in queue and service at most; -1 unlimited
    threshold_h: float = 20 / 3600  # of the service level
    short_h: float = 5 / 3600  # abandons before this count as short
    concurrency: int = 1  # chat: conversations per agent
    slowdown: tuple[float, ...] = (1.0,)  # chat: factor on the handle time when 1..k run at once
    resolve: float = 1.0  # P(resolved | answered, not passed on); else the customer reconnects later
    reconnect_delay: Dist = Dist("exponential", (24.0,))
    to_repair: float = 0.0  # P(repair order | answered)
    transfer: float = 0.0  # P(passed to tier 2 | answered)
    transfer_line_ix: int = -1
    contained: float = 0.0  # self-service: share that ends here; the rest moves to escalate_line
    escalate_channel_ix: int = -1
    overflow_line_ix: int = -1  # another line that takes over after overflow_after_h of waiting
    overflow_after_h: float = float("inf")
    cost_per_contact: float = 0.0


@dataclass(frozen=True, slots=True)
class Shift:
    """Heads that work by one calendar."""

    calendar_ix: int  # -1: always
    heads: int


@dataclass(frozen=True, slots=True)
class Group:
    """Agents with the same skills."""

    name: str  # 'dalian/tier1'
    centre_ix: int
    shifts: tuple[Shift, ...]  # heads after shrinkage
    lines: tuple[int, ...]  # Line indices it serves: by priority, then longest wait, exact ties to the first named
    wage: float = 0.0  # money per paid hour and head
    paid_factor: float = 1.0  # paid heads / heads after shrinkage


@dataclass(frozen=True, slots=True)
class Centre:
    """A contact centre site."""

    name: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class Workshop:
    """A place with technicians: a service point, a depot workshop, or (kind 'team') the field engineers of a region."""

    name: str
    kind: str  # 'point', 'depot' or 'team'
    region_ix: int
    lat: float  # NaN: no place
    lon: float
    time_zone: str
    shifts: tuple[Shift, ...]
    location_ix: int  # where its parts come from
    level: int = 1  # repairs above this are forwarded
    modes: tuple[str, ...] = ("carry_in",)
    product_ix: tuple[int, ...] = ()  # empty: all
    finish_jobs: bool = False  # True: a job started is finished in overtime; False: it pauses at closing time
    hand_in: Dist | None = None  # carry-in: until the owner comes by; None: at once
    counter: Dist | None = None  # reception work without a technician, during opening hours
    diagnosis_time: Dist | None = None  # None: no diagnosis stage
    repair_time: Dist = Dist("constant", (0.0,))
    audit_share: float = 0.0
    audit_time: Dist | None = None
    audit_pass: float = 1.0  # else back to the bench
    pick_up: Dist | None = None  # carry-in: until the owner fetches it; None: at once
    travel: Dist | None = None  # teams: to the customer, elapsed
    inbound: Dist | None = None  # mail-in parcels that do not follow Parcel distances
    outbound: Dist | None = None
    forward_ix: int = -1  # workshop to which higher levels go
    forward_transit: Dist | None = None  # one way
    wage: float = 0.0  # money per paid hour and technician
    shrinkage_factor: float = 1.0  # paid heads / heads
    dead_on_arrival: float = 0.0  # P(a part fitted does not work): one more of it, back to the part wait


@dataclass(frozen=True, slots=True)
class Parcel:
    """Door-to-door parcel time of mail-in: lognormal with a mean that grows with great-circle distance."""

    fixed_h: float
    per_km_h: float
    sigma: float  # of ln(h)
    surcharge_h: float = 0.0  # for markets listed as `surcharge`
    surcharge_market: tuple[bool, ...] = ()
    cost: float = 0.0  # money per parcel
    cost_per_kg: float = 0.0  # of the product, added to each parcel


@dataclass(frozen=True, slots=True)
class Part:
    """A spare part type."""

    name: str
    price: float = 0.0
    weight_kg: float = 0.0


@dataclass(frozen=True, slots=True)
class Lane:
    """How units get from a source to a location."""

    source_ix: int  # Location index (vendors are locations too)
    transit: Dist
    cost: float = 0.0  # money per shipment
    cost_per_kg: float = 0.0


@dataclass(frozen=True, slots=True)
class Demand:
    """Part demand at a location that is not made by repair orders (Poisson, one or more units each)."""

    part_ix: int
    rate: float  # demands per hour
    size: Dist | None = None  # None: one unit; else rounded, at least 1


@dataclass(frozen=True, slots=True)
class Location:
    """A stocking place or a vendor. A vendor has no lanes and an unlimited supply after its lead time."""

    name: str
    kind: str  # 'vendor', 'depot' or 'point'
    region_ix: int
    lat: float
    lon: float
    lanes: tuple[Lane, ...] = ()  # in order of preference; the first whose source can supply the part is its source
    policies: tuple[tuple[int, Policy], ...] = ()  # (part_ix, policy); parts not named pass through (base stock 0)
    demands: tuple[Demand, ...] = ()
    emergency: Lane | None = None  # when the shelf is empty; source_ix -1: nearest upstream location with stock, else a vendor
    emergency_premium: float = 0.0  # money per emergency shipment, beside the lane's cost
    lead_time: Dist | None = None  # vendors: order to shipment arrival, transit included unless the lane adds some
    lead_times: tuple[tuple[int, Dist], ...] = ()  # vendors: overrides by part
    supplies: tuple[int, ...] = ()  # vendors: part indices; empty: all


@dataclass(frozen=True, slots=True)
class Quote:
    """Out of warranty: price by outbound contact, then the owner decides."""

    accept: float = 1.0  # share of owners who accept
    price: float = 0.0  # money per accepted quote, beside the parts
    decision: Dist = Dist("constant", (0.0,))  # time until the owner answers
    line_ix: int = -1  # Line whose agents call; -1: the workshop calls at once
    tries: int = 3
    reached: float = 1.0  # P(owner answers one try)
    retry_delay: Dist = Dist("constant", (4.0,))


@dataclass(frozen=True, slots=True)
class StatusLoop:
    """Late orders make status contacts ('where is it?')."""

    rate: float = 0.0  # contacts per hour while late and open
    channel_ix: int = -1
    proactive: float = 0.0  # share of late orders whose owner was told in time: makes no status contacts


@dataclass(frozen=True, slots=True)
class Costs:
    """Money not tied to one site."""

    holding_rate: float = 0.0  # per unit of stock value and hour
    overtime_factor: float = 1.5  # on the wage


@dataclass(frozen=True, slots=True)
class Target:
    """A wanted value of a measure."""

    kpi: str
    group: str  # 'all' or 'key=value;...'
    minimum: float | None
    maximum: float | None
    unit: str


@dataclass(frozen=True, slots=True)
class Customer:
    """An example customer who is mixed into the stream and followed."""

    name: str
    at_h: float
    source_ix: int
    market_ix: int
    segment_ix: int
    age_h: float
    channel_ix: int  # -1: walks in
    mode: str = ""  # '' as drawn
    fault: int = -1  # index into Source.faults, -1 as drawn; a named fault is always found
    becomes_order: bool = False  # the first answered contact that is not passed on ends in a repair order
    story: str = ""


@dataclass(frozen=True)
class CaseLog:
    """Recorded cases that replace the generator; parallel columns, ascending in time."""

    at_h: NDArray[np.float64]
    key: NDArray[np.uint64]
    source_ix: NDArray[np.int32]
    market_ix: NDArray[np.int32]
    home_ix: NDArray[np.int32]
    segment_ix: NDArray[np.int16]
    channel_ix: NDArray[np.int16]
    age_h: NDArray[np.float64]


@dataclass(frozen=True)
class Plan(Shown):
    """One scenario, fully explicit."""

    name: str
    title: str
    question: str
    currency: str
    run: Run
    calendars: tuple[CalendarSpec, ...] = ()
    profiles: tuple[Profile, ...] = ()
    regions: tuple[str, ...] = ("all",)
    segments: tuple[Segment, ...] = (Segment("all"),)
    products: tuple[Product, ...] = (Product("product"),)
    markets: Markets = field(
        default_factory=lambda: Markets(
            ("everywhere",), np.zeros(1, np.int32), np.full(1, np.nan), np.full(1, np.nan), np.ones(1), ("UTC",)
        )
    )
    needs: tuple[Need, ...] = ()
    sources: tuple[Source, ...] = ()
    customers: tuple[Customer, ...] = ()
    case_log: CaseLog | None = None
    channels: tuple[Channel, ...] = ()
    centres: tuple[Centre, ...] = ()
    lines: tuple[Line, ...] = ()
    groups: tuple[Group, ...] = ()
    entry: tuple[tuple[int, ...], ...] = ()  # [channel_ix][region_ix] -> Line index, -1: no such contact there
    workshops: tuple[Workshop, ...] = ()
    parcel: Parcel | None = None
    parts: tuple[Part, ...] = ()
    locations: tuple[Location, ...] = ()
    quote: Quote = Quote()
    status: StatusLoop = StatusLoop()
    costs: Costs = Costs()
    targets: tuple[Target, ...] = ()
    notes: tuple[str, ...] = ()  # 'not modelled' remarks for the report
    warnings: tuple[str, ...] = ()  # of the static check
    translations: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()  # language -> (text of the scenario, translation)
    uncertain: Uncertain | None = None  # numbers that vary between replications; the plan has each at its mean

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of all that changes a replication's tables; not title, targets, warm-up cut or counts."""
        run = self.run
        data = canonical(self, leave_out=PRESENTATION) | sampling_content(self)
        begins = (0.0 if run.auto else run.warm_up_h % SHELF_PERIOD, *((data["run"]["saved"],) if run.saved else ()))
        data["run"] = [run.start, run.horizon_h, run.seed, run.initial, *begins]
        return sha256_of(data)

    @cached_property
    def study_digest(self) -> str:
        """SHA-256 (hex) of the digest with warm-up, confidence and targets."""
        batches = [self.run.batches] if self.run.batches else []
        return sha256_of([self.digest, self.run.warm_up_h, self.run.confidence, canonical(self.targets), *batches])


# What people read but no replication depends on; what is uncertain counts by `sampling_content`.
PRESENTATION = frozenset({"name", "title", "question", "targets", "notes", "warnings", "story", "uncertain", "translations"})
