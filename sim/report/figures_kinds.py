"""Figures about the kinds of contact: how much of the load is there for the first time, and what comes back."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from sim.language import say, term
from sim.report import format as fmt
from sim.report import palette as c
from sim.report import titles
from sim.report.panel import Grid, Legend, Panel, plot_text
from sim.report.read import Columns, Floats, Measure, RunResults

MOST_LINES = 6
SLOTS = 48
REPEATS = ("redial", "reconnect", "status")  # there only because something failed before
_NAMES = {
    "fresh": term("first contacts"),
    "transfer": term("passed on to specialists"),
    "outbound": term("calls to customers"),
    "status": term("where is my unit?"),
    "reconnect": term("not solved the first time"),
    "redial": term("dialled again"),
}
_LOOK = {  # colour, pattern, mark, colour of the text on it
    "fresh": (c.BLUE, "", "square", "#ffffff"),
    "transfer": (c.SKY, "", "square", "#1b2127"),
    "outbound": ("#aab4bf", "", "square", "#1b2127"),
    "status": (c.VERMILLION, "", "square", "#1b2127"),
    "reconnect": (c.PINK, "x", "hatch", "#1b2127"),
    "redial": (c.ORANGE, "/", "hatch", "#1b2127"),
}
_WORDS = ("", "", term("two"), term("three"), term("four"), term("five"), term("six"), term("seven"), term("eight"), term("nine"),
          term("ten"))  # fmt: skip


def one_in(share: float) -> str:
    """'seven' of a share of 14 %: every how many one is."""
    n = max(2, round(1 / share))
    return say(_WORDS[n]) if n < len(_WORDS) else fmt.number(n)


def kind_shares(run: RunResults) -> dict[str, float]:
    """Share of the load by kind of contact, all lines with people; empty if the run does not say."""
    found = {kind: m.mean for kind in _NAMES if (m := run.measure("contact.share", f"kind={kind}")) is not None}
    return found if sum(found.values()) > 0 else {}


def kinds_panels(run: RunResults) -> list[Panel]:
    """Kinds of contact: their shares, overall and by line, and by half-hour at the busiest centre."""
    shares = kind_shares(run)
    if len(shares) < 2:
        return []
    found = [_shares_panel(run, shares)]
    if (by_day := _halfhour_panel(run.table("kinds"))) is not None:
        found.append(by_day)
    return found


def kinds_title(shares: dict[str, float]) -> str:
    """'One contact in nine asks where the unit is': the largest kind of those that follow a failure."""
    repeats = {kind: shares.get(kind, 0.0) for kind in REPEATS}
    together = sum(repeats.values())
    if together < 0.02:
        return say("{share} of contacts are there for the first time", share=fmt.percent(shares.get("fresh", 0.0)))
    largest = max(repeats, key=lambda kind: repeats[kind])
    n = one_in(repeats[largest])
    if largest == "status":
        text = say("One contact in {n} asks where the unit is", n=n)
    elif largest == "redial":
        text = say("One contact in {n} dials again after giving up or finding the line closed", n=n)
    else:
        text = say("One contact in {n} comes back unsolved", n=n)
    if together < 1.1 * repeats[largest]:
        return text
    return say("{text}; {share} in all follow from earlier failures", text=text, share=fmt.percent(together))


def _shares_panel(run: RunResults, shares: dict[str, float]) -> Panel:
    rows = [(say("All lines"), shares), *_by_line(run.table("kinds"))]
    title = kinds_title(shares)
    used = [kind for kind in _NAMES if any(row.get(kind, 0.0) > 0 for _, row in rows)]
    offered = run.measure("contact.offered")
    body = [(label, *(fmt.percent(row[kind]) if row.get(kind, 0.0) > 0 else fmt.MISSING for kind in used)) for label, row in rows]
    load = {kind: m for kind in used if (m := run.measure("contact.offered", f"kind={kind}")) is not None}
    if load and offered is not None:
        body.append((say("Contacts a day, all lines"), *(_a_day(load, kind) for kind in used)))
    return Panel(
        name="kinds",
        title=title,
        subtitle=say("Share of contacts offered to people, by kind"),
        alt=say("Stacked bars of kinds of contact. {list}.", list=", ".join(
            f"{say(_NAMES[kind])} {fmt.percent(shares[kind])}" for kind in used if kind in shares)),
        figure=kind_bars(rows, used),
        legend=tuple(Legend(say(_NAMES[kind]), _LOOK[kind][0], _LOOK[kind][2]) for kind in used),
        grid=Grid((say("contact centre||Line"), *(say(_NAMES[kind]) for kind in used)), tuple(body)),
    )  # fmt: skip


def _a_day(load: dict[str, Measure], kind: str) -> str:
    return fmt.count(load[kind].mean) if kind in load else fmt.MISSING


def _by_line(table: Columns) -> list[tuple[str, dict[str, float]]]:
    """Label and shares of the busiest lines; none where there is only one."""
    sums: dict[tuple[str, str], dict[str, float]] = {}
    days = {"working": 5.0, "other": 2.0}
    columns = zip(
        *(table.text(name) for name in ("site", "channel", "kind", "day_type")), table.numbers("offered").tolist(), strict=True
    )
    for site, channel, kind, day, offered in columns:
        line = sums.setdefault((site, channel), {})
        line[kind] = line.get(kind, 0.0) + offered * days.get(day, 0.0)
    if len(sums) < 2:
        return []
    busiest = sorted(sums.items(), key=lambda item: (-sum(item[1].values()), item[0]))[:MOST_LINES]
    whole = [(key, by_kind, sum(by_kind.values())) for key, by_kind in busiest]
    one_site = len({site for site, _ in sums}) == 1
    return [
        (channel if one_site else f"{channel}, {site}", {kind: value / total for kind, value in by_kind.items()})
        for (site, channel), by_kind, total in whole
        if total > 0
    ]


def kind_bars(rows: list[tuple[str, dict[str, float]]], used: list[str]) -> go.Figure:
    """Stacked bars of 100 % by kind; shares from 6 % on are written into the bar."""
    figure = go.Figure()
    labels = [plot_text(fmt.shorten(label, 20)) + "\u200b" * i for i, (label, _) in enumerate(rows)]
    labels[0] = f"<b>{labels[0]}</b>"
    for kind in used:
        colour, pattern, _, ink = _LOOK[kind]
        values = [row.get(kind, 0.0) for _, row in rows]
        figure.add_bar(
            y=labels,
            x=[float(f"{100 * v:.4g}") for v in values],
            orientation="h",
            marker={
                "color": colour,
                "line": {"color": c.SURFACE, "width": 1},
                "pattern": {"shape": pattern, "fillmode": "overlay", "fgcolor": c.SURFACE, "size": 6, "solidity": 0.2},
            },
            text=[fmt.number(100 * v) if v >= 0.06 else "" for v in values],
            textposition="inside",
            insidetextanchor="middle",
            constraintext="none",
            textangle=0,
            textfont={"color": ink},
            hovertext=[
                f"{plot_text(label)}: {say(_NAMES[kind])} {fmt.percent(v)}" for (label, _), v in zip(rows, values, strict=True)
            ],
            hoverinfo="text",
        )
    figure.update_layout(
        c.layout(
            66 + 34 * len(rows),
            barmode="stack",
            xaxis={"title": say("Share of contacts, %"), "range": [0, 100], "nticks": 6},
            yaxis={"autorange": "reversed", "gridcolor": "rgba(0,0,0,0)"},
        )
    )
    return figure


def _halfhour_panel(table: Columns) -> Panel | None:
    """Kinds by half-hour of a working day at the centre with most contacts; None if hardly anything follows a failure."""
    rows = table.where(day_type="working")
    sites: dict[str, dict[str, Floats]] = {}
    for site, kind, slot, offered in zip(
        rows.text("site"), rows.text("kind"), rows.numbers("slot"), rows.numbers("offered"), strict=True
    ):
        if kind in _NAMES and 0 <= slot < SLOTS:
            sites.setdefault(site, {}).setdefault(kind, np.zeros(SLOTS))[int(slot)] += offered
    if not sites:
        return None
    site, by_kind = max(sites.items(), key=lambda item: sum(float(v.sum()) for v in item[1].values()))
    total = np.sum(list(by_kind.values()), axis=0)
    repeats = np.sum([by_kind[kind] for kind in REPEATS if kind in by_kind] or [np.zeros(SLOTS)], axis=0)
    if not repeats.sum() >= 0.02 * total.sum():
        return None
    heavy = total >= 0.2 * total.max()
    share = np.where(heavy, repeats / np.where(total > 0, total, 1.0), 0.0)
    worst = int(np.argmax(share))
    used = [kind for kind in _NAMES if kind in by_kind]
    body = tuple(
        (titles.clock_text(s), *(fmt.count(float(by_kind[kind][s])) for kind in used), fmt.percent(float(repeats[s] / total[s])))
        for s in range(SLOTS)
        if total[s] > 0
    )
    place = fmt.shorten(site, 24)
    title = say(
        "{place}: at {clock} {share} of contacts follow from an earlier failure",
        place=place,
        clock=titles.clock_text(worst),
        share=fmt.percent(float(share[worst])),
    )
    return Panel(
        name="kinds-halfhour",
        title=title,
        subtitle=say("Contacts offered on a mean working day by kind and half-hour, all lines with people"),
        alt=say("Stacked bars of contacts by half-hour. {title}.", title=title),
        figure=kind_columns(by_kind, used),
        legend=tuple(Legend(say(_NAMES[kind]), _LOOK[kind][0], _LOOK[kind][2]) for kind in used),
        grid=Grid((say("Half-hour"), *(say(_NAMES[kind]) for kind in used), say("follow a failure")), body),
    )


def kind_columns(by_kind: dict[str, Floats], used: list[str]) -> go.Figure:
    """Stacked columns by half-hour; 48 means a day by kind."""
    figure = go.Figure()
    hours = [s / 2 + 0.25 for s in range(SLOTS)]
    for kind in used:
        colour, pattern, _, _ = _LOOK[kind]
        figure.add_bar(
            x=hours,
            y=[float(f"{v:.4g}") for v in by_kind[kind]],
            marker={
                "color": colour,
                "pattern": {"shape": pattern, "fillmode": "overlay", "fgcolor": c.SURFACE, "size": 4, "solidity": 0.25},
            },
            hovertext=[f"{titles.clock_text(s)}: {say(_NAMES[kind])} {fmt.count(float(v))}" for s, v in enumerate(by_kind[kind])],
            hoverinfo="text",
        )
    figure.update_layout(
        c.layout(
            300,
            barmode="stack",
            bargap=0.12,
            xaxis={
                "title": say("Time of day, local"),
                "range": [0, 24],
                "tickvals": [0, 4, 8, 12, 16, 20, 24],
                "ticktext": ["0:00", "4:00", "8:00", "12:00", "16:00", "20:00", "24:00"],
            },
            yaxis={"title": say("Contacts"), "nticks": 5, "tickformat": ",~r"},
        )
    )
    return figure
