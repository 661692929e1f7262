"""Figures about the week: how busy people are and how long contacts and jobs wait, by weekday and hour."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from sim.language import say, term
from sim.report import format as fmt
from sim.report import palette as c
from sim.report import titles
from sim.report.panel import Grid, Legend, Panel
from sim.report.read import Columns, Floats, RunResults

MOST_CENTRES = 2  # beside the technicians
_SHORT_DAYS = (term("Mon"), term("Tue"), term("Wed"), term("Thu"), term("Fri"), term("Sat"), term("Sun"))
_DAYS = (
    term("Monday"), term("Tuesday"), term("Wednesday"), term("Thursday"), term("Friday"), term("Saturday"), term("Sunday"),
)  # fmt: skip
_SHADES = ("#dcecf7", "#a6cfe8", "#5ea3d0", "#1a6fa3", "#e07b1a")  # the last class carries a dot as well
_BUSY = (0.3, 0.6, 0.8, 0.9)
_NICE_H = (
    *(s / 3600 for s in (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800)),
    1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 36.0, 48.0, 72.0, 96.0, 120.0, 168.0, 240.0, 336.0, 480.0, 720.0,
)  # fmt: skip
_FEW = 0.05  # hours with fewer heads, of the most on shift, are left blank
_RARE = 0.02  # hours with fewer arrivals, of the most in an hour, are left blank
LEAST_SPREAD, LEAST_RATIO = 0.1, 1.5  # of utilisations and of waits; with less all hours are alike
_HEAVY = 0.2  # hours with fewer arrivals head no title


@dataclass(frozen=True)
class Week:
    """One owner's 168 hours from Monday 0:00, local; NaN where there is nothing."""

    kind: str
    owner: str
    busy: Floats
    wait_h: Floats
    staffed: Floats
    joined: Floats
    waiting: Floats
    closed_h: Floats  # part of the wait outside working hours

    @classmethod
    def of(cls, rows: Columns, kind: str, owner: str) -> Week:
        """Rows of weekhour.csv; older files have fewer columns."""
        columns = {name: np.full(168, np.nan) for name in ("utilisation", "wait_h", "staffed", "joined", "waiting", "closed_h")}
        hours = rows.numbers("hour")
        for name, column in columns.items():
            for hour, value in zip(hours, rows.numbers(name), strict=True):
                if 0 <= hour < 168:
                    column[int(hour)] = value
        return cls(kind, owner, *columns.values())

    @property
    def is_technicians(self) -> bool:
        """True for the workshops' people, False for a contact centre's."""
        return self.owner == "technicians"

    @property
    def name(self) -> str:
        """Who works there."""
        return say("Technicians") if self.is_technicians else say("Agents of {place}", place=fmt.shorten(self.owner, 24))

    @property
    def shown_busy(self) -> Floats:
        """Utilisation where enough people are on shift for it to mean something."""
        known = self.busy.copy()
        if np.isfinite(self.staffed).any():
            known[~(self.staffed >= _FEW * np.nanmax(self.staffed))] = np.nan
        return known

    @property
    def shown_wait(self) -> Floats:
        """Mean wait where enough contacts or jobs come for it to mean something."""
        known = self.wait_h.copy()
        if np.nansum(self.joined) > 0:
            known[~(self.joined >= _RARE * np.nanmax(self.joined))] = np.nan
        return known

    @property
    def mean_wait(self) -> float:
        """Mean wait over all that come."""
        weights = np.nan_to_num(self.joined)
        if not weights.sum() > 0:
            weights = np.isfinite(self.wait_h).astype(np.float64)
        return float((np.nan_to_num(self.wait_h) * weights).sum() / weights.sum()) if weights.sum() > 0 else 0.0

    @property
    def closed_share(self) -> float:
        """Share of the waiting in which nobody of the workshop was on shift; NaN if it is not known."""
        total = np.nansum(self.wait_h * self.joined)
        return (
            float(np.nansum(self.closed_h * self.joined) / total) if total > 0 and np.nansum(self.closed_h) > 0 else float("nan")
        )


def weeks_of(run: RunResults) -> list[Week]:
    """Technicians first, then the centres with most work."""
    table = run.table("weekhour")
    pairs = list(dict.fromkeys(zip(table.text("kind"), table.text("owner"), strict=True)))
    weeks = [Week.of(table.where(kind=kind, owner=owner), kind, owner) for kind, owner in pairs]
    weeks = [week for week in weeks if np.nansum(week.busy) > 0]

    def work(week: Week) -> float:
        heads = np.nan_to_num(week.staffed) if np.nansum(week.staffed) > 0 else np.ones(168)
        return float((np.nan_to_num(week.busy) * heads).sum())

    people = [week for week in weeks if week.is_technicians]
    return people + sorted((week for week in weeks if not week.is_technicians), key=lambda w: -work(w))[:MOST_CENTRES]


def weekhour_panels(run: RunResults) -> list[Panel]:
    """How busy people are and how long contacts and jobs wait, by hour of the week: technicians, then the busiest centres.

    Where all hours are alike, as without opening hours, there is nothing to see and no panel.
    """
    panels: list[Panel | None] = []
    for i, week in enumerate(weeks_of(run)):
        panels += [_busy_panel(week, f"week-{i}"), _wait_panel(week, f"week-wait-{i}")]
    return [panel for panel in panels if panel is not None]


def _busy_panel(week: Week, name: str) -> Panel | None:
    busy = week.shown_busy
    if np.nanmax(busy) - np.nanmin(busy) < LEAST_SPREAD:
        return None
    title = titles.weekhour_title(week.name, busy)
    hover = _by_cell(lambda day, hour, i: _busy_words(day, hour, week, i))
    return Panel(
        name=name,
        title=title,
        subtitle=say("Share of time at work by hour of the week, local; blank: hardly anybody on shift"),
        alt=say("Heat map, seven days by 24 hours. {title}.", title=title),
        figure=week_heat(busy, _BUSY, hover),
        legend=_legend([fmt.percent(edge) for edge in _BUSY]),
        grid=_week_grid(week.busy, fmt.percent),
    )


def _busy_words(day: str, hour: int, week: Week, i: int) -> str:
    clock = f"{hour}:00"
    if not np.isfinite(week.busy[i]):
        return say("{day} {clock}: nobody on shift", day=day, clock=clock)
    share = fmt.percent(float(week.busy[i]))
    if not np.isfinite(week.staffed[i]):
        return say("{day} {clock}: {share} busy", day=day, clock=clock, share=share)
    heads = fmt.count(float(week.staffed[i]))
    return say("{day} {clock}: {share} busy, {heads} on shift", day=day, clock=clock, share=share, heads=heads)


def _wait_panel(week: Week, name: str) -> Panel | None:
    wait = week.shown_wait
    if not np.nansum(wait) > 0 or (week.mean_wait < 2 / 3600 and np.nanmax(wait) < 10 / 3600):
        return None
    low, high = np.nanquantile(wait, (0.1, 0.9))
    if high < LEAST_RATIO * low:
        return None
    title = _wait_title(week, wait)
    edges = nice_edges(wait)
    hover = _by_cell(lambda day, hour, i: _wait_words(day, hour, week, i))
    if week.is_technicians:
        subtitle = say(
            "Mean wait for a technician by the hour in which the job joins, closed hours included; blank: hardly any jobs"
        )
    else:
        subtitle = say("Mean wait of contacts by the hour in which they arrive; blank: hardly any contacts")
    return Panel(
        name=name,
        title=title,
        subtitle=subtitle,
        alt=say("Heat map, seven days by 24 hours. {title}.", title=title),
        figure=week_heat(wait, edges, hover),
        legend=_legend([fmt.set_hours(edge) for edge in edges]),
        grid=_week_grid(week.wait_h, fmt.hours),
    )


def _wait_title(week: Week, wait: Floats) -> str:
    heavy = wait.copy()
    if np.nansum(week.joined) > 0:
        heavy[~(week.joined >= _HEAVY * np.nanmax(week.joined))] = np.nan
    worst = int(np.nanargmax(heavy))
    when = {"day": say(_DAYS[worst // 24]), "clock": f"{worst % 24}:00", "wait": fmt.hours(float(heavy[worst]))}
    if np.nanmax(wait) > heavy[worst]:  # a quieter hour waits longer still
        return _busy_title(week, when)
    if not week.is_technicians:
        return say("{place}: contacts of {day} {clock} wait longest, {wait}", place=fmt.shorten(week.owner, 24), **when)
    share = week.closed_share
    if np.isfinite(share) and share >= 0.05:
        return say(
            "Jobs of {day} {clock} wait longest for a technician, {wait}; {share} of all waiting is while shops are closed",
            share=fmt.percent(share), **when,
        )  # fmt: skip
    return say("Jobs of {day} {clock} wait longest for a technician, {wait}", **when)


def _busy_title(week: Week, when: dict[str, str]) -> str:
    """The title where the longest wait lies in an hour with few."""
    if not week.is_technicians:
        return say(
            "{place}: of the hours with many contacts {day} {clock} waits longest, {wait}",
            place=fmt.shorten(week.owner, 24),
            **when,
        )
    share = week.closed_share
    if np.isfinite(share) and share >= 0.05:
        return say(
            "Of the hours with many jobs {day} {clock} waits longest for a technician, {wait}; {share} of all waiting is while "
            "shops are closed",
            share=fmt.percent(share), **when,
        )  # fmt: skip
    return say("Of the hours with many jobs {day} {clock} waits longest for a technician, {wait}", **when)


def _wait_words(day: str, hour: int, week: Week, i: int) -> str:
    clock = f"{hour}:00"
    if not np.isfinite(week.wait_h[i]):
        return say("{day} {clock}: nothing comes", day=day, clock=clock)
    wait = fmt.hours(float(week.wait_h[i]))
    if not np.isfinite(week.joined[i]):
        return say("{day} {clock}: wait {wait}", day=day, clock=clock, wait=wait)
    return say("{day} {clock}: wait {wait}, {n} come in the hour", day=day, clock=clock, wait=wait,
               n=fmt.count(float(week.joined[i])))  # fmt: skip


def _by_cell(words: Callable[[str, int, int], str]) -> list[list[str]]:
    days = [say(day) for day in _SHORT_DAYS]
    return [[words(days[d], h, 24 * d + h) for h in range(24)] for d in range(7)]


def nice_edges(wait: Floats) -> tuple[float, ...]:
    """Up to four round durations that split the waits into classes, the last of them reached."""
    known = wait[np.isfinite(wait)]
    top, low = float(known.max()), float(np.quantile(known, 0.1))
    inside = [edge for edge in _NICE_H if low < edge < top] or [edge for edge in _NICE_H if edge < top][-1:] or [top / 2]
    if len(inside) <= 4:
        return tuple(inside)
    return tuple(inside[round(i * (len(inside) - 1) / 3)] for i in range(4))


def week_heat(values: Floats, edges: Sequence[float], hover: list[list[str]]) -> go.Figure:
    """Weekdays (rows) by hours of the day (columns) in classes of colour; the highest class carries a dot.

    Parameters
    ----------
    values
        168 values from Monday 0:00; NaN is blank.
    edges
        Ascending ends of the classes but the last.
    hover
        Words by day and hour.
    """
    grid = values.reshape(7, 24)
    ranks = np.where(np.isfinite(grid), np.searchsorted(np.asarray(edges), grid, side="right"), -1)
    shades = _shades(len(edges))
    n = len(shades)
    scale = [[(i + end) / n, shade] for i, shade in enumerate(shades) for end in (0, 1)]
    figure = go.Figure()
    figure.add_heatmap(
        z=[[None if rank < 0 else int(rank) for rank in row] for row in ranks.tolist()],
        x=list(range(24)),
        y=[say(day) for day in _SHORT_DAYS],
        zmin=-0.5,
        zmax=n - 0.5,
        xgap=1,
        ygap=1,
        colorscale=scale,
        showscale=False,
        text=[["\u25cf" if rank == n - 1 else "" for rank in row] for row in ranks.tolist()],
        texttemplate="%{text}",
        textfont={"size": 9, "color": "#1b2127"},
        hovertext=hover,
        hoverinfo="text",
    )
    figure.update_layout(
        c.layout(
            236,
            xaxis={
                "title": say("Hour of day, local"),
                "tickvals": [0, 6, 12, 18, 23],
                "range": [-0.5, 23.5],
                "showgrid": False,
            },
            yaxis={"autorange": "reversed", "showgrid": False},
        )
    )
    return figure


def _shades(edges: int) -> tuple[str, ...]:
    return (*_SHADES[4 - edges : 4], _SHADES[4])


def _legend(edges: list[str]) -> tuple[Legend, ...]:
    shades = _shades(len(edges))
    labels = [say("under {edge}", edge=edges[0])]
    labels += [say("from {edge}", edge=edge) for edge in edges[:-1]]
    labels.append(say("\u25cf from {edge}", edge=edges[-1]))
    return tuple(Legend(label, shade) for label, shade in zip(labels, shades, strict=True))


def _week_grid(values: Floats, words: Callable[[float], str]) -> Grid:
    grid = values.reshape(7, 24)
    body = tuple(
        (f"{h}:00", *(words(float(grid[d, h])) if np.isfinite(grid[d, h]) else fmt.MISSING for d in range(7))) for h in range(24)
    )
    return Grid((say("Hour"), *(say(day) for day in _SHORT_DAYS)), body)
