"""Local dates and times as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sim.language import say, term

WEEKDAYS = (
    term("weekday||Mon"), term("weekday||Tue"), term("weekday||Wed"), term("weekday||Thu"), term("weekday||Fri"),
    term("weekday||Sat"), term("weekday||Sun"),
)  # fmt: skip
MONTHS = (
    term("month||Jan"), term("month||Feb"), term("month||Mar"), term("month||Apr"), term("month||May"), term("month||Jun"),
    term("month||Jul"), term("month||Aug"), term("month||Sep"), term("month||Oct"), term("month||Nov"), term("month||Dec"),
)  # fmt: skip
INSTANT = term("{weekday} {day} {month} {year} {time}")
DAY = term("{weekday} {day} {month} {year}")


def local_time(start: str, zone: str, at_h: float) -> datetime:
    """An instant of the clock, hours since midnight UTC of `start`, as local time."""
    origin = datetime.combine(date.fromisoformat(start), datetime.min.time(), tzinfo=UTC)
    return (origin + timedelta(hours=at_h)).astimezone(ZoneInfo(zone))


def instant_text(local: datetime) -> str:
    """E.g. ``Sun 31 Aug 2008 10:20``."""
    return say(INSTANT, **_pieces(local), time=f"{local:%H:%M}")


def day_text(local: date) -> str:
    """E.g. ``Sun 31 Aug 2008``."""
    return say(DAY, **_pieces(local))


def _pieces(local: date) -> dict[str, str]:
    return {
        "weekday": say(WEEKDAYS[local.weekday()]),
        "day": str(local.day),
        "month": say(MONTHS[local.month - 1]),
        "year": str(local.year),
    }
