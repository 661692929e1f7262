"""Figures about load: contact centres by half-hour, people by hour of the week."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from sim.report import format as fmt
from sim.report import palette as c
from sim.report import titles
from sim.report.panel import Grid, Legend, Panel
from sim.report.read import Columns, Floats, RunResults

MOST_LINES = 6
SLOTS = 48


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
    for label, colour, pattern in (("answered", c.BLUE, ""), ("abandoned", c.ORANGE, "/")):
        values = np.nan_to_num(shown[label])
        figure.add_bar(
            x=hours,
            y=_sig(values),
            marker={
                "color": colour,
                "pattern": {"shape": pattern, "fillmode": "overlay", "fgcolor": c.SURFACE, "size": 4, "solidity": 0.3},
            },
            hovertext=[f"{t}: {fmt.count(v)} {label}" for t, v in zip(times, values, strict=True)],
            hoverinfo="text",
        )
    if np.nansum(other_offered) > 0:
        figure.add_scatter(
            x=hours,
            y=_sig(np.nan_to_num(other_offered)),
            mode="lines",
            line={"color": c.SLATE, "width": 1.6, "dash": "dot"},
            hovertext=[
                f"{t}: {fmt.count(v)} offered on other days" for t, v in zip(times, np.nan_to_num(other_offered), strict=True)
            ],
            hoverinfo="text",
        )
    if np.nansum(agents) > 0:
        figure.add_scatter(
            x=hours,
            y=_sig(np.nan_to_num(agents)),
            mode="lines",
            line={"color": c.INK, "width": 2, "shape": "hvh"},
            hovertext=[f"{t}: {fmt.count(v)} agents on shift" for t, v in zip(times, np.nan_to_num(agents), strict=True)],
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
        hovertext=[f"{t}: {fmt.percent(v)} in time" if np.isfinite(v) else "" for t, v in zip(times, within, strict=True)],
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
            "title": "Time of day, local",
            "range": [0, 24],
            "tickvals": [0, 4, 8, 12, 16, 20, 24],
            "ticktext": ["0:00", "4:00", "8:00", "12:00", "16:00", "20:00", "24:00"],
            "anchor": "y",
        },
        yaxis={"title": "Contacts, agents", "domain": [0.0, 0.64], "rangemode": "tozero", "nticks": 5, "tickformat": ",~r"},
        yaxis2={
            "title": "In time",
            "domain": [0.72, 1.0],
            "range": [0, 1.05],
            "tickformat": ".0%",
            "dtick": 0.5,
            "anchor": "x",
        },
    )


def _sig(values: Floats) -> list[float]:
    return [float(f"{v:.4g}") for v in values]


def halfhour_panels(run: RunResults) -> list[Panel]:
    """One panel for each of the busiest site-channel pairs."""
    table = run.table("halfhour")
    volume: dict[tuple[str, str], float] = {}
    for site, channel, offered in zip(
        table.text("site"), table.text("channel"), np.nan_to_num(table.numbers("offered")), strict=True
    ):
        volume[site, channel] = volume.get((site, channel), 0.0) + float(offered)
    busiest = sorted((pair for pair in volume if volume[pair] > 0), key=lambda pair: (-volume[pair], pair))[:MOST_LINES]
    panels = (_halfhour_panel(table, pair, f"halfhour-{i}") for i, pair in enumerate(busiest))
    return [panel for panel in panels if panel is not None]


def _halfhour_panel(table: Columns, pair: tuple[str, str], name: str) -> Panel | None:
    site, channel = pair
    rows = table.where(site=site, channel=channel)
    days = {day: rows.where(day_type=day) for day in ("working", "other")}
    main = days["working"] if np.nansum(days["working"].numbers("offered")) > 0 else days["other"]
    other = days["other"] if main is days["working"] else days["working"]
    offered, within_count = _by_slot(main, "offered"), _by_slot(main, "within_threshold")
    if not np.nansum(offered) > 0:
        return None
    share = within_share(offered, within_count)
    place = f"{site}, {channel}"
    other_offered = _by_slot(other, "offered")
    kind = "working day" if main is days["working"] else "other day"
    answered, abandoned, agents = _by_slot(main, "answered"), _by_slot(main, "abandoned"), _by_slot(main, "agents")
    legend = [Legend("answered", c.BLUE, "square")]
    if np.nansum(abandoned) > 0:
        legend.append(Legend("abandoned", c.ORANGE, "hatch"))
    if np.nansum(agents) > 0:
        legend.append(Legend("agents on shift", c.INK, "line"))
    if np.nansum(other_offered) > 0:
        legend.append(Legend("offered on other days", c.SLATE, "dot"))
    legend.append(Legend("answered in time (upper scale)", c.GREEN, "line"))
    body = tuple(
        (
            titles.clock_text(s),
            fmt.count(offered[s]),
            fmt.count(np.nan_to_num(answered[s])),
            fmt.count(np.nan_to_num(abandoned[s])),
            fmt.count(agents[s]) if np.isfinite(agents[s]) else fmt.MISSING,
            fmt.percent(share[s]) if np.isfinite(share[s]) else fmt.MISSING,
            fmt.count(np.nan_to_num(other_offered[s])),
        )
        for s in range(SLOTS)
        if np.isfinite(offered[s]) and (offered[s] > 0 or np.nan_to_num(agents[s]) > 0)
    )
    title = titles.halfhour_title(fmt.shorten(place, 30), offered, share)
    total = float(np.nansum(offered))
    return Panel(
        name=name,
        title=title,
        subtitle=f"Mean {kind}, {fmt.count(total)} contacts a day, by half-hour",
        alt=f"Contacts by half-hour. {title}. Over the day {fmt.percent(float(np.nansum(within_count)) / total)} in time.",
        figure=halfhour_bars(answered, abandoned, agents, share, other_offered),
        legend=tuple(legend),
        grid=Grid(("Half-hour", "Offered", "Answered", "Abandoned", "Agents", "In time", "Offered, other days"), body),
    )


def within_share(offered: Floats, within: Floats) -> Floats:
    """Share answered in time by slot; NaN where fewer than one contact in twenty days makes it meaningless.

    `within` is a mean count per day, like `offered`.
    """
    enough = np.nan_to_num(offered) >= 0.05
    share: Floats = np.full(offered.shape, np.nan)
    share[enough] = np.clip(np.nan_to_num(within[enough]) / offered[enough], 0.0, 1.0)
    return share


def week_heat(values: Floats, waits: Floats) -> go.Figure:
    """Utilisation by weekday (rows) and hour (columns); the darker the busier, numbers at nine tenths and above."""
    grid = values.reshape(7, 24)
    wait = waits.reshape(7, 24)
    days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    hover = []
    for d in range(7):
        line = []
        for h in range(24):
            busy = f"{fmt.percent(grid[d, h])} busy" if np.isfinite(grid[d, h]) else "closed"
            late = f", wait {fmt.hours(wait[d, h])}" if np.isfinite(wait[d, h]) and wait[d, h] > 0 else ""
            line.append(f"{days[d]} {h}:00: {busy}{late}")
        hover.append(line)
    figure = go.Figure()
    figure.add_heatmap(
        z=[[None if not np.isfinite(v) else round(float(v), 3) for v in row] for row in grid],
        x=list(range(24)),
        y=days,
        zmin=0,
        zmax=1,
        xgap=1,
        ygap=1,
        colorscale=[[0.0, "#dcecf7"], [0.5, "#8cc1e0"], [0.9, "#1a6fa3"], [0.9, "#f0b429"], [1.0, "#c64f00"]],
        text=[[f"{100 * v:.0f}" if np.isfinite(v) and v >= 0.9 else "" for v in row] for row in grid],
        texttemplate="%{text}",
        textfont={"size": 10, "color": "#1b2127"},
        hovertext=hover,
        hoverinfo="text",
        colorbar={
            "tickformat": ".0%",
            "thickness": 10,
            "outlinewidth": 0,
            "tickvals": [0, 0.5, 0.8, 0.9, 1.0],
            "tickfont": {"color": c.INK},
        },
    )
    figure.update_layout(
        c.layout(
            240,
            xaxis={"title": "Hour of day, local", "tickvals": [0, 6, 12, 18, 23], "showgrid": False},
            yaxis={"autorange": "reversed", "showgrid": False},
        )
    )
    return figure


def weekhour_panels(run: RunResults) -> list[Panel]:
    """Technicians first, then the busiest centres."""
    table = run.table("weekhour")
    pairs = list(dict.fromkeys(zip(table.text("kind"), table.text("owner"), strict=True)))
    panels = []
    for i, (kind, owner) in enumerate(sorted(pairs, key=lambda p: (p[1] != "technicians", pairs.index(p)))[:4]):
        rows = table.where(kind=kind, owner=owner)
        busy, wait = np.full(168, np.nan), np.full(168, np.nan)
        for hour, value, late in zip(rows.numbers("hour"), rows.numbers("utilisation"), rows.numbers("wait_h"), strict=True):
            if 0 <= hour < 168:
                busy[int(hour)], wait[int(hour)] = value, late
        if not np.nansum(busy) > 0:
            continue
        name = "Technicians" if owner == "technicians" else f"Agents of {fmt.shorten(owner, 24)}"
        title = titles.weekhour_title(name, busy)
        panels.append(
            Panel(
                name=f"week-{i}",
                title=title,
                subtitle="Share of time at work on something, by hour of the week; numbers from "
                + fmt.percent(0.9)
                + "; blank: nobody on shift",
                alt=f"Heat map, seven days by 24 hours. {title}.",
                figure=week_heat(busy, wait),
                grid=_week_grid(busy),
            )
        )
    return panels


def _week_grid(busy: Floats) -> Grid:
    grid = busy.reshape(7, 24)
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    body = tuple(
        (f"{h}:00", *(fmt.percent(grid[d, h]) if np.isfinite(grid[d, h]) else fmt.MISSING for d in range(7))) for h in range(24)
    )
    return Grid(("Hour", *days), body)
