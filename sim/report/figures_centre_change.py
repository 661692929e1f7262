"""Contact centres before and after: share answered in time by half-hour, where a scenario changed it."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from sim.language import say
from sim.report import format as fmt
from sim.report import palette as c
from sim.report import titles
from sim.report.compared import Compared
from sim.report.figures_contact import SLOTS, within_share
from sim.report.panel import Grid, Legend, Panel, plot_text
from sim.report.read import Columns, Floats, RunResults

MOST_PAIRS = 4
_CHANGES = ("contact.service_level", "contact.asa", "contact.abandon_rate")  # any of them shown to change makes a panel


def centre_change_panels(k: Compared) -> list[Panel]:
    """Share answered in time by half-hour, before and after, for the busiest pairs of site and channel that changed."""
    table = k.base.table("halfhour")
    volume: dict[tuple[str, str], float] = {}
    offered = np.nan_to_num(table.numbers("offered"))
    for site, channel, size in zip(table.text("site"), table.text("channel"), offered, strict=True):
        volume[site, channel] = volume.get((site, channel), 0.0) + float(size)
    changed = [pair for pair in volume if volume[pair] > 0 and _is_changed(k, pair)]
    busiest = sorted(changed, key=lambda pair: (-volume[pair], pair))[:MOST_PAIRS]
    panels = (_centre_panel(k, pair, f"centre-{i}") for i, pair in enumerate(busiest))
    return [panel for panel in panels if panel is not None]


def _group(pair: tuple[str, str]) -> str:
    return f"site={pair[0]};channel={pair[1]}"


def _is_changed(k: Compared, pair: tuple[str, str]) -> bool:
    return any((found := k.contrast.of(kpi, _group(pair))) is not None and found.is_shown for kpi in _CHANGES)


def _of_day(run: RunResults, pair: tuple[str, str], day: str) -> Columns:
    return run.table("halfhour").where(site=pair[0], channel=pair[1], day_type=day)


def _by_slot(rows: Columns, name: str) -> Floats:
    values = np.full(SLOTS, np.nan)
    for slot, value in zip(rows.numbers("slot"), rows.numbers(name), strict=True):
        if 0 <= slot < SLOTS:
            values[int(slot)] = value
    return values


def _centre_panel(k: Compared, pair: tuple[str, str], name: str) -> Panel | None:
    day = "working" if np.nansum(_of_day(k.base, pair, "working").numbers("offered")) > 0 else "other"
    sides = [_of_day(run, pair, day) for run in (k.base, k.run)]
    offered = [_by_slot(rows, "offered") for rows in sides]
    shares = [within_share(o, _by_slot(rows, "within_threshold")) for o, rows in zip(offered, sides, strict=True)]
    if not all(np.isfinite(share).any() for share in shares):
        return None
    before, after = shares
    agents = [_by_slot(rows, "agents") for rows in sides]
    body = tuple(
        (
            titles.clock_text(s),
            *(_count(values[s]) for values in (*offered, *agents)),
            *(_share(values[s]) for values in shares),
        )
        for s in range(SLOTS)
        if any(np.nan_to_num(o[s]) > 0 for o in offered)
    )
    title = _title(k, pair)
    head = [say("Offered, before"), say("Offered, after"), say("Agents, before"), say("Agents, after")]
    return Panel(
        name=name,
        title=title,
        subtitle=_subtitle(k, pair, day),
        alt=say("Two lines of the share answered in time by half-hour. {title}.", title=title),
        figure=share_lines(before, after, k.label),
        legend=(Legend(say("baseline"), c.BASE, "dash"), Legend(k.label, c.BLUE, "line")),
        grid=Grid((say("Half-hour"), *head, say("In time, before"), say("In time, after")), body),
    )


def _count(value: float) -> str:
    return fmt.count(float(value)) if np.isfinite(value) else fmt.MISSING


def _share(value: float) -> str:
    return fmt.percent(float(value)) if np.isfinite(value) else fmt.MISSING


def _title(k: Compared, pair: tuple[str, str]) -> str:
    place = fmt.shorten(", ".join(pair), 34)
    found = k.contrast.of("contact.service_level", _group(pair))
    if found is None:
        return say("{place}: answered in time by half-hour", place=place)
    now, was = fmt.percent(found.other), fmt.percent(found.base)
    if now == was:
        return say("{place}: {now} answered in time, as before", place=place, now=now)
    if found.difference > 0:
        return say("{place}: {now} answered in time, up from {was}", place=place, now=now, was=was)
    return say("{place}: {now} answered in time, down from {was}", place=place, now=now, was=was)


def _subtitle(k: Compared, pair: tuple[str, str], day: str) -> str:
    """Which day, and what became of the wait."""
    which = say("Mean working day by half-hour") if day == "working" else say("Mean other day by half-hour")
    wait = k.contrast.of("contact.asa", _group(pair))
    if wait is None:
        return which
    scale = fmt.hours_scale(max(abs(wait.base), abs(wait.other)))
    change = fmt.quantity(wait.difference, scale, wait.half_width, signed=True)
    before, after = (fmt.quantity(value, scale) for value in (wait.base, wait.other))
    return say(
        "{which}; mean speed of answer {after}, before {before} ({change})",
        which=which,
        after=after,
        before=before,
        change=change,
    )


def share_lines(before: Floats, after: Floats, label: str) -> go.Figure:
    """Two lines over the day, the baseline dashed; 48 shares each, NaN where nobody calls."""
    figure = go.Figure()
    hours = [s / 2 + 0.25 for s in range(SLOTS)]
    sides = ((before, say("baseline"), c.BASE, "dash", 1.8), (after, label, c.BLUE, "solid", 2.4))
    for values, name, colour, dash, width in sides:
        figure.add_scatter(
            x=hours,
            y=[None if not np.isfinite(v) else round(float(v), 4) for v in values],
            mode="lines",
            line={"color": colour, "width": width, "dash": dash, "shape": "hvh"},
            connectgaps=False,
            hovertext=[
                say(
                    "{time}, {name}: {share} in time",
                    time=titles.clock_text(s),
                    name=plot_text(fmt.shorten(name, 30)),
                    share=_share(v),
                )
                for s, v in enumerate(values)
            ],
            hoverinfo="text",
        )
    figure.update_layout(
        c.layout(
            220,
            xaxis={
                "title": say("Time of day, local"),
                "range": [0, 24],
                "tickvals": [0, 4, 8, 12, 16, 20, 24],
                "ticktext": ["0:00", "4:00", "8:00", "12:00", "16:00", "20:00", "24:00"],
            },
            yaxis={"title": say("In time"), "range": [0, 1.03], "tickformat": ".0%", "dtick": 0.25},
        )
    )
    return figure
