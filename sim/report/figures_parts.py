"""Figures about parts: which cause the waiting, and what their stock costs."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from sim.language import say
from sim.report import format as fmt
from sim.report import palette as c
from sim.report import titles
from sim.report.panel import Grid, Legend, Panel, plot_text
from sim.report.read import Columns, RunResults

MOST_PARTS = 8


def fine_percent(share: float) -> str:
    """A percentage with one decimal below 10 %, so that a few of them add up to the sum in the title."""
    return fmt.with_unit(fmt.number(100.0 * share, 1), "%") if 0.0005 <= share < 0.0995 else fmt.percent(share)


def ranked_bars(names: list[str], values: list[float], shares: list[float], head: int, axis: str, unit: str) -> go.Figure:
    """Values by name, largest first, labelled with their shares; the `head` first stand out in colour and bold print."""
    short = [plot_text(fmt.shorten(name, 22)) for name in names]
    figure = go.Figure()
    figure.add_bar(
        y=[(f"<b>{label}</b>" if i < head else label) + "\u200b" * i for i, label in enumerate(short)],
        x=[float(f"{v:.5g}") for v in values],
        orientation="h",
        marker={"color": [c.ORANGE if i < head else c.QUIET for i in range(len(names))]},
        text=[fine_percent(s) for s in shares],
        textposition="outside",
        textfont={"color": c.INK},
        cliponaxis=False,
        hovertext=[
            f"{plot_text(n)}: {fmt.count(v)} {unit}, {fine_percent(s)}" for n, v, s in zip(names, values, shares, strict=True)
        ],
        hoverinfo="text",
    )
    figure.update_layout(
        c.layout(
            60 + 30 * len(names),
            xaxis={
                "title": axis,
                "range": [0, 1.16 * max(values, default=1.0)],
                "tickformat": ",~r",
                "nticks": 4,
                "tickangle": 0,
            },
            yaxis={"autorange": "reversed", "gridcolor": "rgba(0,0,0,0)"},
        )
    )
    return figure


def parts_panel(run: RunResults) -> Panel | None:
    """Parts that cause the waiting, worst first, the many others in words only; None if nobody waits."""
    parts = run.table("parts")
    worst = titles.worst_parts(parts)
    if worst is None:
        return None
    if len(parts) == 1:
        return Panel(
            "parts", worst.sentence, "", "", grid=_parts_grid(parts, worst.order, run.currency), open_grid=True, wide=True
        )
    names, waits = parts.text("part"), np.nan_to_num(parts.numbers("wait_hours_per_year"))
    listed = [i for i in worst.order[:MOST_PARTS] if waits[i] > 0]
    rest = [i for i in worst.order if i not in set(listed)]
    labels, hours, shares = (
        [names[i] for i in listed],
        [float(waits[i]) for i in listed],
        [float(worst.shares[i]) for i in listed],
    )
    subtitle = say("Hours that orders and demands wait for each part, a year")
    told = [f"{n} {fine_percent(s)}" for n, s in zip(labels, shares, strict=True)]
    if rest and float(waits[rest].sum()) > 0:
        share = fine_percent(float(worst.shares[rest].sum()))
        subtitle = say(
            "Hours that orders and demands wait for each part, a year; {n} other parts together: {share}",
            n=fmt.number(len(rest)),
            share=share,
        )
        told.append(say("{n} other parts together {share}", n=fmt.number(len(rest)), share=share))
    return Panel(
        name="parts",
        title=worst.sentence,
        subtitle=subtitle,
        alt=say("Bars of waiting by part: {list}.", list=", ".join(told)),
        figure=ranked_bars(labels, hours, shares, worst.head, say("Hours waited a year"), say("h a year")),
        grid=_parts_grid(parts, worst.order, run.currency),
    )


def owed_panel(run: RunResults) -> Panel | None:
    """Where parts are owed; None unless two locations or more have backorders of their own."""
    owed = sorted((m for m in run.grouped("parts.ebo", "location") if m.mean > 0), key=lambda m: -m.mean)
    if len(owed) < 2:
        return None
    total = sum(m.mean for m in owed)
    names = [m.keys["location"] for m in owed]
    shares = [m.mean / total for m in owed]
    head = titles.few(np.array(shares))
    rates = {m.keys["location"]: m for m in run.grouped("parts.fill_rate", "location")}
    body = tuple(
        (
            name,
            fmt.number(m.mean, fmt.decimals_for(m.mean, m.half_width)),
            fmt.interval(m.mean, m.half_width, fmt.Scale(1.0, "")),
            fmt.percent(rates[name].mean, rates[name].half_width) if name in rates else fmt.MISSING,
        )
        for name, m in zip(names, owed, strict=True)
    )
    together = fmt.percent(sum(shares[:head]))
    if head == 1:
        title = say("{name} alone holds {share} of the units owed", name=names[0], share=together)
    else:
        title = say(
            "{few} of {n} locations hold {share} of the units owed", few=fmt.small_count(head), n=len(names), share=together
        )
    most = slice(0, 12)
    values = [m.mean for m in owed]
    return Panel(
        name="owed",
        title=title,
        subtitle=say("Mean backorders by location, what depots owe to service points included"),
        alt=say(
            "Bars of backorders by location: {list}.",
            list=", ".join(f"{n} {fine_percent(s)}" for n, s in zip(names[:8], shares, strict=False)),
        ),
        figure=ranked_bars(names[most], values[most], shares[most], head, say("Mean units owed"), say("units")),
        grid=Grid((say("Location"), say("Units owed"), say("Interval"), say("Fill rate")), body),
    )


def _shares_of(values: list[float]) -> list[float]:
    """Each value's share of their sum, as the bars and the title have it."""
    whole = sum(v for v in values if v == v)
    return [v / whole if whole > 0 else float("nan") for v in values]


def _parts_grid(parts: Columns, order: list[int], currency: str) -> Grid:
    rows = parts.take(order)

    def column(name: str) -> list[float]:
        return [float(v) for v in rows.numbers(name)]

    body = tuple(
        (
            name,
            _number(demands),
            _share(fill),
            _number(waits),
            _share(share),
            _share(rush),
            fmt.money(value, currency) if np.isfinite(value) else fmt.MISSING,
            _number(hand),
            _number(owed),
        )
        for name, demands, fill, waits, share, rush, value, hand, owed in zip(
            rows.text("part"),
            column("demands_per_year"),
            column("fill_rate"),
            column("wait_hours_per_year"),
            _shares_of(column("wait_hours_per_year")),
            column("emergency_rate"),
            column("stock_value"),
            column("on_hand"),
            column("backorders"),
            strict=True,
        )
    )
    head = (
        say("Part"), say("Demands a year"), say("Fill rate"), say("Hours waited a year"), say("Share"), say("Emergency"),
        say("Stock value"), say("On hand"), say("Owed"),
    )  # fmt: skip
    return Grid(head, body, say("All parts, worst first. On hand and owed: mean units in the network."))


def _number(value: float) -> str:
    return fmt.count(value) if np.isfinite(value) else fmt.MISSING


def _share(value: float) -> str:
    return fmt.percent(value) if np.isfinite(value) else fmt.MISSING


_LETTER, _LINE, _GAP = 0.0135, 0.055, 0.06  # width of a letter, height of a line, offset: shares of a narrow plot


def label_places(labels: list[str], spots: list[tuple[float, float]]) -> list[str]:
    """Where each label stands beside its mark without hiding another; '' where there is no room or no label.

    Parameters
    ----------
    labels
        Texts; empty ones are not drawn.
    spots
        Marks in shares of the plot's width and height.
    """
    taken: list[tuple[float, float, float, float]] = []
    marks = [(x - 0.012, x + 0.012, y - 0.02, y + 0.02) for x, y in spots]
    places = []
    for label, (x, y) in zip(labels, spots, strict=True):
        half = 0.5 * _LETTER * len(label)
        boxes = {
            "top center": (x - half, x + half, y + _GAP - _LINE / 2, y + _GAP + _LINE / 2),
            "bottom center": (x - half, x + half, y - _GAP - _LINE / 2, y - _GAP + _LINE / 2),
            "middle right": (x + 0.02, x + 0.02 + 2 * half, y - _LINE / 2, y + _LINE / 2),
            "middle left": (x - 0.02 - 2 * half, x - 0.02, y - _LINE / 2, y + _LINE / 2),
        }
        free = [place for place, box in boxes.items() if _is_free(box, taken)] if label else []
        found = min(free, key=lambda place: sum(_meet(boxes[place], mark) for mark in marks), default="")
        if found:
            taken.append(boxes[found])
        places.append(found)
    return places


def _is_free(box: tuple[float, float, float, float], taken: list[tuple[float, float, float, float]]) -> bool:
    left, right, low, high = box
    inside = left > -0.05 and right < 1.02 and low > -0.02 and high < 1.06
    return inside and not any(_meet(box, other) for other in taken)


def _meet(box: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    left, right, low, high = box
    a, b, d, e = other
    return not (right < a or left > b or high < d or low > e)


def fill_against_value(
    names: list[str], value: list[float], fill: list[float], demands: list[float], named: set[int], currency: str
) -> go.Figure:
    """Fill rate against stock value, one mark a part; area by demand; the `named` rows carry their name and another shape."""
    figure = go.Figure()
    scale = fmt.money_scale(max(value, default=1.0), currency)
    largest = max(demands, default=1.0) or 1.0
    low = min(fill, default=0.0)
    bottom = max(0.0, low - 0.12 * (1.05 - low))
    right = 1.06 * scale.value(max(value, default=1.0)) or 1.0
    labels = [fmt.shorten(n, 16) if i in named else "" for i, n in enumerate(names)]
    spots = [(scale.value(v) / right, (f - bottom) / (1.03 - bottom)) for v, f in zip(value, fill, strict=True)]
    places = label_places(labels, spots)
    figure.add_scatter(
        x=[float(f"{scale.value(v):.4g}") for v in value],
        y=[round(f, 5) for f in fill],
        mode="markers+text",
        text=[plot_text(label) if place else "" for label, place in zip(labels, places, strict=True)],
        textposition=[place or "top center" for place in places],
        textfont={"color": c.INK, "size": 11},
        cliponaxis=False,
        marker={
            "size": [round(8 + 16 * (d / largest) ** 0.5, 1) for d in demands],
            "color": [c.ORANGE if i in named else c.BLUE for i in range(len(names))],
            "symbol": ["diamond" if i in named else "circle" for i in range(len(names))],
            "opacity": 0.85,
            "line": {"color": c.SURFACE, "width": 1},
        },
        hovertext=[
            say("{part}: fill rate {rate}, stock {value}", part=plot_text(n), rate=fmt.percent(f), value=fmt.money(v, currency))
            for n, f, v in zip(names, fill, value, strict=True)
        ],
        hoverinfo="text",
    )
    figure.update_layout(
        c.layout(
            320,
            margin={"t": 20},
            xaxis={
                "title": say("Mean stock value, {unit}", unit=scale.unit or say("money")),
                "range": [-0.03 * right, right],
                "nticks": 6,
            },
            yaxis={"title": say("Fill rate"), "tickformat": ".0%", "range": [bottom, 1.03], "nticks": 6},
        )
    )
    return figure


def fill_panel(run: RunResults) -> Panel | None:
    """Fill rate against stock value; None with fewer than three parts that have both."""
    parts = run.table("parts")
    value, fill = parts.numbers("stock_value"), parts.numbers("fill_rate")
    known = [int(i) for i in np.flatnonzero(np.isfinite(value) & np.isfinite(fill))]
    if len(known) < 3 or not np.nansum(value) > 0:
        return None
    worst = titles.worst_parts(parts)
    heads = set(worst.order[: worst.head]) if worst is not None else set()
    rows = parts.take(known)
    demands = np.nan_to_num(rows.numbers("demands_per_year"))
    weights = demands if demands.sum() > 0 else np.ones_like(demands)
    mean_fill = float(np.average(rows.numbers("fill_rate"), weights=weights))
    under = int((rows.numbers("fill_rate") < 0.8).sum())
    total = float(np.nansum(value))
    stock = {"value": fmt.money(total, run.currency), "share": fmt.percent(mean_fill), "edge": fmt.percent(0.8)}
    if under:
        title = say(
            "Stock of {value} serves {share} of demands at once; {under} of {n} parts stay under {edge}",
            under=under, n=len(known), **stock,
        )  # fmt: skip
    else:
        title = say("Stock of {value} serves {share} of demands at once; no part is under {edge}", **stock)
    return Panel(
        name="fill",
        title=title,
        subtitle=say("Each mark one part, area by demand"),
        alt=say(
            "Scatter of fill rate against stock value of {n} parts. Mean fill rate {share}.",
            n=len(known),
            share=fmt.percent(mean_fill),
        ),
        figure=fill_against_value(
            rows.text("part"),
            rows.numbers("stock_value").tolist(),
            rows.numbers("fill_rate").tolist(),
            demands.tolist(),
            {k for k, i in enumerate(known) if i in heads},
            run.currency,
        ),
        legend=(
            Legend(say("part"), c.BLUE, "circle"),
            *((Legend(say("causes most waiting"), c.ORANGE, "diamond"),) if heads else ()),
        ),
        grid=_fill_grid(rows, run.currency),
    )


def _fill_grid(parts: Columns, currency: str) -> Grid:
    value, fill, demands = (parts.numbers(name).tolist() for name in ("stock_value", "fill_rate", "demands_per_year"))
    order = sorted(range(len(parts)), key=lambda i: fill[i])
    names = parts.text("part")
    body = tuple((names[i], fmt.percent(fill[i]), fmt.money(value[i], currency), _number(demands[i])) for i in order)
    return Grid((say("Part"), say("Fill rate"), say("Stock value"), say("Demands a year")), body, say("Lowest fill rate first."))
