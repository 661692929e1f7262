"""Schema of calendars and demand profiles."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from sim.scenario.hours_text import WEEKDAYS, is_calendar_name, parse_hours
from sim.scenario.schema.quantities import Day, Factor, Name, Zone
from sim.scenario.schema.spec import Spec


def _hours(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("should be opening hours such as 'mon-fri 8:00-18:00', or the name of a calendar")
    if not is_calendar_name(value):
        parse_hours(value)
    return value


def _weekday(value: Any) -> int:
    if value not in WEEKDAYS:
        raise ValueError(f"should be a weekday, one of {', '.join(WEEKDAYS)}, not {value!r}")
    return WEEKDAYS.index(value)


Hours = Annotated[
    str,
    PlainValidator(_hours),
    WithJsonSchema(
        {"type": "string", "examples": ["mon-fri 8:00-18:00", "mon-fri 8:00-12:00 13:00-18:00; sat 9:00-13:00", "24x7"]}
    ),
]
Weekday = Annotated[int, PlainValidator(_weekday), WithJsonSchema({"enum": list(WEEKDAYS)})]


class DateExceptionSpec(Spec):
    """One dated exception, usually a row of a CSV file."""

    is_workday: bool = Field(description="1: the day is worked like a Monday if it is a weekend; 0: the day is closed.")


class OpeningSpec(Spec):
    """A calendar: weekly opening hours in local time, with exceptions by date."""

    hours: Hours = Field(default="24x7", description="Weekly pattern such as `mon-fri 8:00-18:00`, or another calendar's name.")
    time_zone: Zone | None = Field(default=None, description="IANA time zone of the hours; default UTC.")
    closed: list[Day] = Field(default=[], description="Dates on which it stays closed.")
    open_as: dict[Day, Weekday] = Field(default={}, description="Dates that open like another weekday (`2017-01-22: mon`).")
    exceptions: dict[Day, DateExceptionSpec] = Field(
        default={}, description="Exceptions from a table: {from: csv} with the columns date and is_workday (1 or 0)."
    )


class ProfileSpec(Spec):
    """How demand varies over the year, the week and the day; only the relations count, the mean is scaled to 1."""

    time_zone: Zone | None = Field(default=None, description="IANA time zone of the pattern; default UTC.")
    months: list[Factor] | None = Field(default=None, min_length=12, max_length=12, description="12 factors, January first.")
    weekdays: list[Factor] | None = Field(default=None, min_length=7, max_length=7, description="7 factors, Monday first.")
    working_day: list[Factor] | None = Field(
        default=None, description="24 or 48 factors over the working day, midnight first; or {from: csv, column: name}."
    )
    other_day: list[Factor] | None = Field(
        default=None, description="The same for days that are not worked and holidays; default as on working days."
    )
    working: list[Weekday] = Field(default=[0, 1, 2, 3, 4], description="Weekdays that are worked; default mon to fri.")
    holidays: Name | None = Field(
        default=None, description="Calendar whose closed dates count as holidays and whose extra dates as worked."
    )
    holiday_factor: Factor | None = Field(
        default=None, description="Demand of a holiday relative to an average day (factor); default that of the days not worked."
    )

    @model_validator(mode="after")
    def _slots(self) -> ProfileSpec:
        for name in ("working_day", "other_day"):
            slots = getattr(self, name)
            if slots is not None and len(slots) not in (24, 48):
                raise ValueError(f"{name} should have 24 or 48 numbers, not {len(slots)}")
        if not self.total:
            raise ValueError("the profile is zero everywhere")
        return self

    @property
    def total(self) -> float:
        """Sum of the pattern; zero means that nothing could ever happen."""
        week = self.weekdays or [1.0] * 7
        working = self.working_day or [1.0]
        other = self.other_day or working
        days = sum(week[d] * sum(working if d in self.working else other) for d in range(7))
        return days * sum(self.months or [1.0])
