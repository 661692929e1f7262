"""Figures about stock over time: what lies on the shelves of each tier, and when the worst parts were owed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from sim.language import say, term
from sim.report import format as fmt
from sim.report import palette as c
from sim.report import titles
from sim.report.panel import Grid, Legend, Panel, plot_text
from sim.report.read import Columns, Floats, RunResults

MOST_PARTS = 6
_TIERS = {  # label, in a sentence, colour, pattern, mark
    "central": (term("Central depots"), term("central depots"), c.BLUE, "", "square"),
    "regional": (term("Regional depots"), term("regional depots"), c.SKY, "", "square"),
    "points": (term("Service points"), term("service points"), c.GREEN, "/", "hatch"),
}


@dataclass(frozen=True)
class Levels:
    """Means by period of one tier or part."""

    begin_d: Floats
    end_d: Floats
    on_hand: Floats
    backorders: Floats
    in_transit: Floats
    value: Floats

    @classmethod
    def of(cls, rows: Columns) -> Levels:
        """Rows of stock.csv in the order of time."""
        hours = (rows.numbers("begin_h") / 24, rows.numbers("end_h") / 24)
        return cls(*hours, *(rows.numbers(x) for x in ("on_hand", "backorders", "in_transit", "value")))

    def mean(self, values: Floats, from_d: float) -> float:
        """Time-weighted mean of the periods from a day on."""
        counted = self.begin_d >= from_d - 1e-6
        lengths = (self.end_d - self.begin_d)[counted]
        return float((values[counted] * lengths).sum() / lengths.sum()) if counted.any() else float("nan")


def stock_panels(run: RunResults) -> list[Panel]:
    """Stock over time by tier, and the periods in which the worst parts were owed."""
    table = run.table("stock")
    found = [_tiers_panel(run, table), _owed_panel(run, table)]
    return [panel for panel in found if panel is not None]


def _tiers_panel(run: RunResults, table: Columns) -> Panel | None:
    rows = table.where(kind="tier")
    tiers = {name: Levels.of(mine) for name in _TIERS if (mine := rows.where(name=name))}
    if not tiers or max(len(t.begin_d) for t in tiers.values()) < 3:
        return None
    warm = run.warm_up_h / 24
    in_money = sum(float(np.nansum(t.value)) for t in tiers.values()) > 0
    levels = {name: t.value if in_money else t.on_hand for name, t in tiers.items()}
    tiers = {name: t for name, t in tiers.items() if np.nansum(levels[name]) > 0 or np.nansum(t.backorders) > 0}
    title = _tiers_title(run, tiers, levels, warm, in_money=in_money)
    whole = sum(float(np.nansum(levels[name])) for name in tiers)
    seen = [name for name in tiers if np.nansum(levels[name]) > 0.002 * whole]
    body = []
    for name, tier in tiers.items():
        for k in range(len(tier.begin_d)):
            worth = fmt.money(float(tier.value[k]), run.currency) if in_money else fmt.MISSING
            units = (fmt.count(float(column[k])) for column in (tier.on_hand, tier.in_transit, tier.backorders))
            body.append((tier_label(name, run), _days(tier, k), worth, *units))
    head = (say("Tier"), say("Days of the run"), say("Value on hand"), say("On hand"), say("Under way to it"), say("Owed by it"))
    return Panel(
        name="stock",
        title=title,
        subtitle=say("Stock on hand by tier and units under way and owed, means of 30 days"),
        alt=say("Stacked columns of stock by tier over the run, with lines of units under way and owed. {title}.", title=title),
        figure=stock_columns(run, tiers, levels, warm, in_money=in_money),
        legend=(
            *(Legend(tier_label(name, run), _TIERS[name][2], _TIERS[name][4]) for name in seen),
            Legend(say("units under way"), c.SLATE, "dash"),
            Legend(say("units owed to customers"), c.VERMILLION, "line"),
        ),
        grid=Grid(head, tuple(body), say("Owed by depots: to the tier below; by the last tier: to customers.")),
    )


def tier_label(name: str, run: RunResults, *, inside: bool = False) -> str:
    """A tier's name for people, or as it stands inside a sentence; the last one without workshops is no service point."""
    if name == "points" and not run.table("points"):
        return say("places of demand") if inside else say("Places of demand")
    return say(_TIERS[name][1 if inside else 0])


def _tiers_title(run: RunResults, tiers: dict[str, Levels], levels: dict[str, Floats], warm: float, *, in_money: bool) -> str:
    total = sum(t.mean(np.nan_to_num(levels[name]), warm) for name, t in tiers.items())
    shown = fmt.money(total, run.currency) if in_money else fmt.count(total)
    most = max(tiers, key=lambda name: tiers[name].mean(np.nan_to_num(levels[name]), warm))
    share = tiers[most].mean(np.nan_to_num(levels[most]), warm) / total if total > 0 else 0.0
    first, last = _ends(tiers, levels, warm)
    change = fmt.percent(abs(last / first - 1)) if first > 0 else ""
    if first > 0 and last / first >= 1.1:
        text = say("Stock grows by {change} over the run", change=change)
    elif first > 0 and last / first <= 0.9:
        text = say("Stock shrinks by {change} over the run", change=change)
    elif in_money:
        text = say("Stock stays at about {level}", level=shown)
    else:
        text = say("Stock stays at about {level} units", level=shown)
    if share >= 0.995:
        return text
    place = tier_label(most, run, inside=True)
    return say("{text}; {place} hold {share} of it", text=text, place=place, share=fmt.percent(share))


def _ends(tiers: dict[str, Levels], levels: dict[str, Floats], warm: float) -> tuple[float, float]:
    """Stock in the first and the last quarter of the measured periods."""
    some = next(iter(tiers.values()))
    whole = np.sum([np.nan_to_num(levels[name]) for name in tiers], axis=0)[some.begin_d >= warm - 1e-6]
    quarter = max(1, len(whole) // 4)
    return (float(whole[:quarter].mean()), float(whole[-quarter:].mean())) if len(whole) >= 4 else (0.0, 0.0)


def _days(levels: Levels, k: int) -> str:
    return f"{fmt.number(float(levels.begin_d[k]))}{fmt.EN_DASH}{fmt.number(float(levels.end_d[k]))}"


def stock_columns(
    run: RunResults, tiers: dict[str, Levels], levels: dict[str, Floats], warm_d: float, *, in_money: bool
) -> go.Figure:
    """Stacked columns of stock by tier, below them units under way and units owed to customers, one axis of days."""
    figure = go.Figure()
    whole = np.sum([np.nan_to_num(levels[name]) for name in tiers], axis=0)
    scale = fmt.money_scale(float(whole.max()), run.currency) if in_money else fmt.Scale(1.0, "")
    for name, tier in tiers.items():
        _, _, colour, pattern, _ = _TIERS[name]
        label = tier_label(name, run)
        said = [fmt.money(v, run.currency) if in_money else fmt.count(v) for v in levels[name].tolist()]
        figure.add_bar(
            x=((tier.begin_d + tier.end_d) / 2).tolist(),
            width=(0.94 * (tier.end_d - tier.begin_d)).tolist(),
            y=[float(f"{scale.value(v):.4g}") for v in levels[name].tolist()],
            marker={
                "color": colour,
                "pattern": {"shape": pattern, "fillmode": "overlay", "fgcolor": c.SURFACE, "size": 6, "solidity": 0.25},
            },
            hovertext=[
                say("days {days}: {label} {level}", days=_days(tier, k), label=label, level=s) for k, s in enumerate(said)
            ],
            hoverinfo="text",
        )
    last = tiers.get("points") or list(tiers.values())[-1]
    under_way = np.sum([np.nan_to_num(t.in_transit) for t in tiers.values()], axis=0)
    for axis, values, colour, label in (
        ("y2", under_way, c.SLATE, say("under way")),
        ("y3", np.maximum(np.nan_to_num(last.backorders), 0.0), c.VERMILLION, say("owed")),
    ):
        figure.add_scatter(
            x=((last.begin_d + last.end_d) / 2).tolist(),
            y=[float(f"{v:.4g}") for v in values],
            yaxis=axis,
            mode="lines+markers",
            line={"color": colour, "width": 2, "dash": "dash" if axis == "y2" else "solid"},
            marker={"size": 5, "symbol": "square" if axis == "y2" else "circle"},
            hovertext=[
                say("days {days}: {n} units {label}", days=_days(last, k), n=fmt.count(float(v)), label=label)
                for k, v in enumerate(values)
            ],
            hoverinfo="text",
        )
    warm_up_shade(figure, warm_d)
    lines = {"nticks": 3, "tickformat": ",~r", "rangemode": "tozero"}
    figure.update_layout(
        c.layout(
            360,
            barmode="stack",
            margin={"t": 18},
            xaxis={"title": say("Day of the run"), "anchor": "y3", "range": [0, float(last.end_d[-1])]},
            yaxis={"title": scale.unit or say("Units"), "domain": [0.5, 1.0], "nticks": 5, "tickformat": ",~r"},
            yaxis2={"title": say("Under way"), "domain": [0.26, 0.43], **lines},
            yaxis3={"title": say("Owed"), "domain": [0.0, 0.18], **lines},
        )
    )
    return figure


def warm_up_shade(figure: go.Figure, warm_d: float) -> None:
    """The warm-up as a grey band."""
    if warm_d > 0:
        band = {"type": "rect", "x0": 0, "x1": warm_d, "y0": 0, "y1": 1, "yref": "paper", "layer": "below"}
        figure.add_shape(**band, fillcolor=c.translucent(c.SLATE, 0.14), line={"width": 0})
        figure.add_annotation(
            x=0, y=1, yref="paper", xanchor="left", yanchor="bottom", text=say("warm-up, not counted"), showarrow=False,
            font={"color": c.MUTED, "size": 11},
        )  # fmt: skip


def _owed_panel(run: RunResults, table: Columns) -> Panel | None:
    """When the parts that cause most waiting were owed."""
    rows = table.where(kind="part")
    worst = titles.worst_parts(run.table("parts"))
    if worst is None or not rows:
        return None
    names = run.table("parts").text("part")
    warm = run.warm_up_h / 24
    listed = {names[i]: Levels.of(rows.where(name=names[i])) for i in worst.order[:MOST_PARTS]}
    listed = {name: levels for name, levels in listed.items() if np.nansum(levels.backorders) > 0}
    if not listed or max(len(levels.begin_d) for levels in listed.values()) < 3:
        return None
    body = tuple(
        (name, _days(levels, k), fmt.count(float(levels.on_hand[k])), fmt.count(max(float(levels.backorders[k]), 0.0)))
        for name, levels in listed.items()
        for k in range(len(levels.begin_d))
    )
    title = _owed_title(listed, warm)
    return Panel(
        name="stock-parts",
        title=title,
        subtitle=say("Units owed in the network by part, means of 30 days, each part on its own scale"),
        alt=say(
            "Columns of units owed over the run for the {n} parts that cause most waiting. {title}.", n=len(listed), title=title
        ),
        figure=owed_rows(listed, warm),
        grid=Grid((say("Part"), say("Days of the run"), say("On hand"), say("Owed")), body),
    )


def _owed_title(listed: dict[str, Levels], warm: float) -> str:
    """Whether the worst part is short all the time or in an episode."""
    name, levels = next(iter(listed.items()))
    counted = levels.begin_d >= warm - 1e-6
    owed = np.maximum(np.nan_to_num(levels.backorders[counted]), 0.0)
    part = fmt.shorten(name, 30)
    if len(owed) < 3 or not owed.sum() > 0:
        return say("{part} is owed most", part=part)
    order = np.argsort(-owed, kind="stable")
    few = max(1, len(owed) // 4)
    top = float(owed[order[:few]].sum() / owed.sum())
    if top >= 0.6:
        k = int(np.flatnonzero(counted)[order[0]])
        return say("{part} ran short in an episode around days {days}: {share} of what was owed falls in a quarter of the time",
                   part=part, days=_days(levels, k), share=fmt.percent(top))  # fmt: skip
    if float((owed >= 0.5 * owed.mean()).mean()) >= 0.75:
        return say("{part} is short throughout the run: {n} units owed on average", part=part, n=fmt.count(float(owed.mean())))
    return say("{part} runs short in waves: {share} of what is owed falls in the worst quarter of the time", part=part,
               share=fmt.percent(top))  # fmt: skip


def owed_rows(listed: dict[str, Levels], warm_d: float) -> go.Figure:
    """Small columns, a row for each part on its own scale, labelled with its name and its highest level."""
    figure = go.Figure()
    n, layout = len(listed), {}
    for i, (name, levels) in enumerate(listed.items()):
        axis = "" if i == 0 else str(i + 1)
        owed = np.maximum(np.nan_to_num(levels.backorders), 0.0)
        figure.add_bar(
            x=((levels.begin_d + levels.end_d) / 2).tolist(),
            width=(0.9 * (levels.end_d - levels.begin_d)).tolist(),
            y=[float(f"{v:.4g}") for v in owed],
            yaxis=f"y{axis}",
            marker={"color": c.ORANGE},
            hovertext=[
                say(
                    "{part}, days {days}: {owed} owed, {stock} on hand",
                    part=plot_text(name),
                    days=_days(levels, k),
                    owed=fmt.count(float(v)),
                    stock=fmt.count(float(levels.on_hand[k])),
                )
                for k, v in enumerate(owed)
            ],
            hoverinfo="text",
        )
        layout[f"yaxis{axis}"] = {
            "domain": [1 - (i + 0.95) / n, 1 - (i + 0.33) / n],
            "showticklabels": False,
            "showgrid": False,
            "rangemode": "tozero",
            "range": [0, max(float(owed.max()), 1e-9)],
        }
        most = say(
            "at most {n}, on hand {stock}", n=fmt.count(float(owed.max())), stock=fmt.count(levels.mean(levels.on_hand, warm_d))
        )
        for x, anchor, text in ((0, "left", f"<b>{plot_text(fmt.shorten(name, 26))}</b>"), (1, "right", most)):
            figure.add_annotation(
                x=x, xref="paper", y=1 - (i + 0.33) / n, yref="paper", xanchor=anchor, yanchor="bottom", text=text,
                showarrow=False, font={"color": c.INK if x == 0 else c.MUTED, "size": 12 if x == 0 else 11},
            )  # fmt: skip
    end = max(float(levels.end_d[-1]) for levels in listed.values())
    if warm_d > 0:
        figure.add_shape(
            type="rect", x0=0, x1=warm_d, y0=0, y1=1, yref="paper", layer="below", fillcolor=c.translucent(c.SLATE, 0.14),
            line={"width": 0},
        )  # fmt: skip
    figure.update_layout(
        c.layout(
            50 + 58 * n,
            margin={"t": 4},
            bargap=0.1,
            xaxis={
                "title": say("Day of the run; grey: warm-up"),
                "range": [0, end],
                "anchor": f"y{n if n > 1 else ''}",
                "showgrid": False,
            },
            **layout,
        )
    )  # fmt: skip
    return figure
