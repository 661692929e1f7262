"""Figures about the load of contact centres by half-hour of the day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from sim.language import say, say_count
from sim.report import format as fmt
from sim.report import palette as c
from sim.report import titles
from sim.report.panel import Grid, Legend, Panel
from sim.report.read import Columns, Floats, RunResults

MOST_LINES = 4
SLOTS = 48
SMOOTH_DAY, SMOOTH_SLOT = 0.98, 0.95  # shares in time from which on a line needs no figure
LEAST_SHOWN = 0.005  # share of contacts from which on an entry of the legend can be seen


def _by_slot(rows: Columns, name: str) -> Floats:
    values = np.full(SLOTS, np.nan)
    for slot, value in zip(rows.numbers("slot"), rows.numbers(name), strict=True):
        if 0 <= slot < SLOTS:
            values[int(slot)] = value
    return values


def halfhour_bars(answered: Floats, abandoned: Floats, agents: Floats, within: Floats, other_offered: Floats) -> go.Figure:
    """Contacts, agents and the share in time by half-hour of the day.

    Parameters
    ----------
    answered, abandoned, agents, other_offered
        48 means per day; contacts per half-hour, heads on shift, contacts offered on other days.
    within
        48 shares of offered contacts that were answered within the threshold.
    """
    figure = go.Figure()
    times = [titles.clock_text(s) for s in range(SLOTS)]
    hours = [s / 2 + 0.25 for s in range(SLOTS)]
    shown = {"answered": answered, "abandoned": abandoned}
    for label, word, colour, pattern in (
        ("answered", say("answered"), c.BLUE, ""),
        ("abandoned", say("abandoned"), c.ORANGE, "/"),
    ):
        values = np.nan_to_num(shown[label])
        figure.add_bar(
            x=hours,
            y=_sig(values),
            marker={
                "color": colour,
                "pattern": {"shape": pattern, "fillmode": "overlay", "fgcolor": c.SURFACE, "size": 4, "solidity": 0.3},
            },
            hovertext=[f"{t}: {fmt.count(v)} {word}" for t, v in zip(times, values, strict=True)],
            hoverinfo="text",
        )
    if np.nansum(other_offered) > 0:
        figure.add_scatter(
            x=hours,
            y=_sig(np.nan_to_num(other_offered)),
            mode="lines",
            line={"color": c.SLATE, "width": 1.6, "dash": "dot"},
            hovertext=[
                say("{clock}: {n} offered on days of the other kind", clock=t, n=fmt.count(v))
                for t, v in zip(times, np.nan_to_num(other_offered), strict=True)
            ],
            hoverinfo="text",
        )
    if np.nansum(agents) > 0:
        figure.add_scatter(
            x=hours,
            y=_sig(np.nan_to_num(agents)),
            mode="lines",
            line={"color": c.INK, "width": 2, "shape": "hvh"},
            hovertext=[
                say("{clock}: {n} agents on shift", clock=t, n=fmt.count(v))
                for t, v in zip(times, np.nan_to_num(agents), strict=True)
            ],
            hoverinfo="text",
        )
    figure.add_scatter(
        x=hours,
        y=[None if not np.isfinite(v) else round(float(v), 4) for v in within],
        xaxis="x",
        yaxis="y2",
        mode="lines+markers",
        line={"color": c.GREEN, "width": 2},
        marker={"size": 4, "symbol": "square"},
        connectgaps=False,
        hovertext=[
            say("{clock}: {share} in time", clock=t, share=fmt.percent(v)) if np.isfinite(v) else ""
            for t, v in zip(times, within, strict=True)
        ],
        hoverinfo="text",
    )
    figure.update_layout(_halfhour_layout())
    return figure


def _halfhour_layout() -> dict[str, Any]:
    """Contacts and agents below, the share in time above, one time axis."""
    return c.layout(
        330,
        barmode="stack",
        bargap=0.12,
        margin={"t": 10},
        xaxis={
            "title": say("Time of day, local"),
            "range": [0, 24],
            "tickvals": [0, 4, 8, 12, 16, 20, 24],
            "ticktext": ["0:00", "4:00", "8:00", "12:00", "16:00", "20:00", "24:00"],
            "anchor": "y",
        },
        yaxis={"title": say("Contacts, agents"), "domain": [0.0, 0.64], "rangemode": "tozero", "nticks": 5, "tickformat": ",~r"},
        yaxis2={
            "title": say("In time"),
            "domain": [0.72, 1.0],
            "range": [0, 1.05],
            "tickformat": ".0%",
            "dtick": 0.5,
            "anchor": "x",
        },
    )


def _sig(values: Floats) -> list[float]:
    return [float(f"{v:.4g}") for v in values]


@dataclass(frozen=True)
class LineDay:
    """One line's mean day by half-hour: a working day, or another where it has none of these."""

    site: str
    channel: str
    is_working: bool
    offered: Floats
    answered: Floats
    abandoned: Floats
    within: Floats
    agents: Floats
    other_offered: Floats  # on the days of the other type

    @classmethod
    def of(cls, table: Columns, site: str, channel: str) -> LineDay:
        """Rows of halfhour.csv."""
        rows = table.where(site=site, channel=channel)
        days = {day: rows.where(day_type=day) for day in ("working", "other")}
        is_working = np.nansum(days["working"].numbers("offered")) > 0
        main, other = (days["working"], days["other"]) if is_working else (days["other"], days["working"])
        offered, answered, abandoned, within, agents = (
            _by_slot(main, name) for name in ("offered", "answered", "abandoned", "within_threshold", "agents")
        )
        other_offered = _by_slot(other, "offered")
        return cls(site, channel, bool(is_working), offered, answered, abandoned, within, agents, other_offered)

    @property
    def place(self) -> str:
        """Site and channel for a title."""
        return fmt.shorten(f"{self.site}, {self.channel}", 30)

    @property
    def total(self) -> float:
        """Contacts a day."""
        return float(np.nansum(self.offered))

    @property
    def share(self) -> Floats:
        """Share answered in time by half-hour."""
        return within_share(self.offered, self.within)

    @property
    def share_of_day(self) -> float:
        """Share answered in time over the day."""
        return float(np.nansum(self.within)) / self.total

    @property
    def worst(self) -> int:
        """The half-hour of some traffic with the lowest share in time."""
        heavy = np.nan_to_num(self.offered) >= 0.2 * float(np.nan_to_num(self.offered).max())
        return int(np.argmin(np.where(heavy & np.isfinite(self.share), self.share, np.inf)))

    @property
    def is_smooth(self) -> bool:
        """True if contacts are answered in time at all hours of some traffic."""
        return bool(self.share_of_day >= SMOOTH_DAY and self.share[self.worst] >= SMOOTH_SLOT)


def halfhour_panels(run: RunResults) -> list[Panel]:
    """The busiest line and those that are not in time at all hours, a panel each; the others as one small table."""
    table = run.table("halfhour")
    pairs = dict.fromkeys(zip(table.text("site"), table.text("channel"), strict=True))
    lines = [line for pair in pairs if (line := LineDay.of(table, *pair)).total > 0]
    lines.sort(key=lambda line: (-line.total - float(np.nansum(line.other_offered)), line.site, line.channel))
    drawn = [line for i, line in enumerate(lines) if i == 0 or not line.is_smooth][:MOST_LINES]
    panels = [_halfhour_panel(line, f"halfhour-{i}") for i, line in enumerate(drawn)]
    rest = [line for line in lines if line not in drawn]
    return [*panels, *([_rest_panel(rest)] if rest else [])]


def _halfhour_panel(line: LineDay, name: str) -> Panel:
    share = line.share
    legend = [Legend(say("answered"), c.BLUE, "square")]
    if np.nansum(line.abandoned) >= LEAST_SHOWN * line.total:
        legend.append(Legend(say("abandoned"), c.ORANGE, "hatch"))
    if np.nansum(line.agents) > 0:
        legend.append(Legend(say("agents on shift"), c.INK, "line"))
    if np.nansum(line.other_offered) > 0:
        other = say("offered on weekend days") if line.is_working else say("offered on working days")
        legend.append(Legend(other, c.SLATE, "dot"))
    legend.append(Legend(say("answered in time (upper scale)"), c.GREEN, "line"))
    title = titles.halfhour_title(line.place, line.offered, share)
    shown = fmt.count(line.total)
    if line.is_working:
        subtitle = say("Mean working day, {n} contacts a day, by half-hour", n=shown)
    else:
        subtitle = say("Mean weekend day, {n} contacts a day, by half-hour", n=shown)
    return Panel(
        name=name,
        title=title,
        subtitle=subtitle,
        alt=say(
            "Contacts by half-hour. {title}. Over the day {share} in time.", title=title, share=fmt.percent(line.share_of_day)
        ),
        figure=halfhour_bars(line.answered, line.abandoned, line.agents, share, line.other_offered),
        legend=tuple(legend),
        grid=_halfhour_grid(line),
    )


def _halfhour_grid(line: LineDay) -> Grid:
    share = line.share
    body = tuple(
        (
            titles.clock_text(s),
            fmt.count(line.offered[s]),
            fmt.count(np.nan_to_num(line.answered[s])),
            fmt.count(np.nan_to_num(line.abandoned[s])),
            fmt.count(line.agents[s]) if np.isfinite(line.agents[s]) else fmt.MISSING,
            fmt.percent(share[s]) if np.isfinite(share[s]) else fmt.MISSING,
            fmt.count(np.nan_to_num(line.other_offered[s])),
        )
        for s in range(SLOTS)
        if np.isfinite(line.offered[s]) and (line.offered[s] > 0 or np.nan_to_num(line.agents[s]) > 0)
    )
    head = (
        say("Half-hour"), say("Offered"), say("Answered"), say("Abandoned"), say("Agents"), say("In time"),
        say("Offered, days of the other kind"),
    )  # fmt: skip
    return Grid(head, body)


def _rest_panel(lines: list[LineDay]) -> Panel:
    """The lines that are not drawn, a row each."""
    body = tuple(
        (
            line.place,
            fmt.count(line.total),
            titles.clock_text(int(np.nanargmax(line.offered))),
            fmt.percent(line.share_of_day),
            say("{share} at {clock}", share=fmt.percent(float(line.share[line.worst])), clock=titles.clock_text(line.worst))
            if np.isfinite(line.share[line.worst])
            else fmt.MISSING,
        )
        for line in lines
    )
    if all(line.is_smooth for line in lines):
        title = say_count(
            "One more line answers in time at all hours",
            "{n} more lines answer in time at all hours",
            len(lines),
            n=fmt.small_count(len(lines)),
        )
    else:
        title = say_count("One more line", "{n} more lines", len(lines), n=fmt.small_count(len(lines)))
    head = (say("contact centre||Line"), say("Contacts a day"), say("Busiest"), say("In time"), say("Fewest in time"))
    return Panel("halfhour-rest", title, say("Mean working day"), "", grid=Grid(head, body), open_grid=True)


def within_share(offered: Floats, within: Floats) -> Floats:
    """Share answered in time by slot; NaN where fewer than one contact in twenty days makes it meaningless.

    `within` is a mean count per day, like `offered`.
    """
    enough = np.nan_to_num(offered) >= 0.05
    share: Floats = np.full(offered.shape, np.nan)
    share[enough] = np.clip(np.nan_to_num(within[enough]) / offered[enough], 0.0, 1.0)
    return share
