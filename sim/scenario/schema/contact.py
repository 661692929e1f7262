"""Schema of contact centres: lines, agent groups, and what customers do after a failed attempt."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.scenario.schema.distributions import DurationDist
from sim.scenario.schema.quantities import Count, Duration, Factor, Money, MoneyPerHour, Name, Rate, Share, Zone
from sim.scenario.schema.spec import Spec
from sim.scenario.schema.time import Hours


class NextStepSpec(Spec):
    """What a customer does after a failed attempt; the rest of the shares gives up."""

    again: Share = Field(default=0.0, description="Share that tries the same channel again.")
    delay: DurationDist = Field(
        default=DurationDist.model_validate(0),
        description="Time until then (duration or distribution); when closed, after the next opening.",
    )
    switch: Share = Field(default=0.0, description="Share that changes to another channel.")
    channel: Name | None = Field(default=None, description="That channel (name).")
    walk_in: Share = Field(default=0.0, description="Share that goes to a service point.")
    attempts: Annotated[int, Field(ge=1)] = Field(default=5, description="Attempts at most (whole number).")

    @model_validator(mode="after")
    def _shares(self) -> NextStepSpec:
        total = self.again + self.switch + self.walk_in
        if total > 1 + 1e-9:
            raise ValueError(f"again, switch and walk_in add up to {total * 100:.6g} %, more than 100 %")
        if self.switch > 0 and self.channel is None:
            raise ValueError("`switch` needs the `channel` to which customers change")
        return self


class LineFields(Spec):
    """Fields of a line; given at the centre they hold for all its lines."""

    handle_time: DurationDist | None = Field(
        default=None, description="Talk time, without after-call work (duration or distribution)."
    )
    after_work: DurationDist | None = Field(default=None, description="After-call work (duration or distribution); default none.")
    patience: DurationDist | None = Field(
        default=None, description="Time a customer waits at most (duration or distribution); default for ever."
    )
    threshold: Duration = Field(default=20 / 3600, description="Wait that still counts as good service (duration); default 20 s.")
    short: Duration = Field(default=5 / 3600, description="Abandons before this count as short (duration); default 5 s.")
    trunks: Count | None = Field(default=None, description="Contacts waiting or served at most (whole number); default no limit.")
    redial: NextStepSpec | None = Field(default=None, description="After abandoning or a busy tone; default gives up.")
    when_closed: NextStepSpec | None = Field(default=None, description="After an attempt outside the hours; default gives up.")
    resolve: Share = Field(
        default=1.0, description="Share of answered contacts, not passed on, that is resolved; the others come back later."
    )
    reconnect: DurationDist = Field(
        default=DurationDist.model_validate({"exponential": "1 day"}),
        description="Time until those come back (duration or distribution); default exponential, 1 day.",
    )
    to_repair: Share = Field(default=0.0, description="Share of answered contacts that becomes a repair order.")
    transfer: Share = Field(default=0.0, description="Share of answered contacts that is passed to another line.")
    transfer_to: Name | None = Field(default=None, description="That line: a name of this centre, or centre/line.")
    overflow_to: Name | None = Field(
        default=None, description="Line that may also serve those who wait long: name, or centre/line."
    )
    overflow_after: Duration | None = Field(default=None, description="Wait after which it may (duration).")
    concurrency: Annotated[int, Field(ge=1)] = Field(
        default=1, description="Chat: conversations per agent at once (whole number)."
    )
    slowdown: list[Factor] | None = Field(
        default=None, description="Chat: factors on the handle time when 1, 2 ... run at once; default 1."
    )
    contained: Share = Field(default=0.0, description="Self-service: share of contacts that it is enough for.")
    escalate_to: Name | None = Field(default=None, description="Self-service: channel to which the others turn (name).")
    cost: Money = Field(default=0.0, description="Cost of a contact (money), beside wages.")

    @model_validator(mode="after")
    def _companions(self) -> LineFields:
        if self.transfer > 0 and self.transfer_to is None:
            raise ValueError("`transfer` needs `transfer_to`")
        if (self.overflow_to is None) != (self.overflow_after is None):
            raise ValueError("`overflow_to` and `overflow_after` go together")
        if self.slowdown is not None and (not self.slowdown or min(self.slowdown) <= 0):
            raise ValueError("`slowdown` needs factors above 0")
        return self


class LineSpec(LineFields):
    """One channel of a contact centre, or an internal line that only receives transfers."""

    channel: Name | None = Field(default=None, description="Channel that arrives here (name); default the line's own name.")
    internal: bool = Field(default=False, description="True: receives only transfers.")
    behaviour: Literal["voice", "chat", "self_service"] | None = Field(
        default=None, description="How contacts behave; default that of the channel, or voice on an internal line."
    )
    hours: Hours | None = Field(default=None, description="Hours in which contacts are taken; default those of the centre.")


class AgentShiftSpec(Spec):
    """Agents who work by one calendar."""

    hours: Hours | None = Field(default=None, description="When they work; default the hours of the centre.")
    agents: Count = Field(description="Heads on this shift (whole number; paid heads where shrinkage is given).")


class GroupSpec(Spec):
    """Agents with the same skills."""

    lines: list[Name] | None = Field(
        default=None,
        description="Lines they serve; a free agent takes the best priority, then the longest wait, and the order here decides "
        "exact ties only; default all of the centre.",
    )
    agents: Count | None = Field(default=None, description="Heads during the hours of the centre (whole number).")
    shifts: dict[Name, AgentShiftSpec] | None = Field(default=None, description="Heads by shift, instead of `agents`.")
    shrinkage: Share = Field(
        default=0.0, description="Paid time not available (breaks, training, sickness); `agents` are then paid heads (share)."
    )
    wage: MoneyPerHour = Field(default=0.0, description="Wage of an agent per paid hour, such as `20 EUR/h`.")

    @model_validator(mode="after")
    def _heads(self) -> GroupSpec:
        if (self.agents is None) == (self.shifts is None):
            raise ValueError("a group needs either `agents` or `shifts`")
        return self


class CentreSpec(LineFields):
    """A contact centre. Without `lines` it has one for every channel that cases use; without `groups` one group of `agents`."""

    hours: Hours = Field(default="24x7", description="Opening hours, such as `mon-fri 8:00-18:00`, or a calendar's name.")
    time_zone: Zone | None = Field(
        default=None, description="IANA time zone of the hours; default that of the calendar, else UTC."
    )
    holidays: Name | None = Field(default=None, description="Calendar whose closed and extra dates apply here too.")
    lines: dict[Name, LineSpec] | None = Field(
        default=None, description="Lines by name; a line is named after its channel unless it says otherwise."
    )
    groups: dict[Name, GroupSpec] | None = Field(default=None, description="Agent groups by name.")
    agents: Count | None = Field(default=None, description="Heads of the only group during the opening hours (whole number).")
    shrinkage: Share = Field(default=0.0, description="Of the only group: paid time not available (share).")
    wage: MoneyPerHour = Field(default=0.0, description="Of the only group: wage of an agent per paid hour, such as `20 EUR/h`.")
    serves: list[Name] | None = Field(default=None, description="Regions whose customers arrive here; default all.")

    @model_validator(mode="after")
    def _groups_or_agents(self) -> CentreSpec:
        if self.groups is not None and self.agents is not None:
            raise ValueError("`groups` and `agents` exclude each other")
        return self


class QuoteSpec(Spec):
    """Out of warranty: agents tell the owner the price, who accepts or refuses."""

    accept: Share = Field(default=1.0, description="Share of owners who accept.")
    price: Money = Field(default=0.0, description="Price of an accepted repair, beside the parts (money).")
    decision: DurationDist = Field(
        default=DurationDist.model_validate(0), description="Time until the owner answers (duration or distribution)."
    )
    line: Name | None = Field(
        default=None, description="Line whose agents call (centre/line); default the workshop itself, at once."
    )
    tries: Annotated[int, Field(ge=1)] = Field(default=3, description="Calls tried at most (whole number).")
    reached: Share = Field(default=1.0, description="Share of calls that reach the owner.")
    retry_delay: DurationDist = Field(
        default=DurationDist.model_validate("4 h"), description="Time between two calls (duration or distribution)."
    )


class StatusSpec(Spec):
    """Contacts of owners whose repair is late."""

    rate: Rate = Field(default=0.0, description="Contacts per late open order (rate).")
    channel: Name | None = Field(default=None, description="Channel (name); default voice.")
    proactive: Share = Field(default=0.0, description="Share of late orders whose owner was told in time and does not ask.")
