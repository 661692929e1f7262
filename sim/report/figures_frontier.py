"""Cost against turnaround: each plan a point, the plans that no other beats joined by steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from sim.analysis.estimate import MET, MISSED
from sim.language import say
from sim.report import format as fmt
from sim.report import palette as c
from sim.report.judged import LOOKS, verdict_legend
from sim.report.panel import Grid, Legend, Panel, plot_text


@dataclass(frozen=True, slots=True)
class PlanPoint:
    """One scenario in the plane of cost and turnaround."""

    label: str
    cost: float  # money a year
    p90_h: float
    half_width_h: float = float("nan")
    kind: str = "other"  # 'base', 'chief' (which the page is about) or 'other'
    verdict: str = ""  # on the limit, by the function that colours places


def frontier(points: Sequence[PlanPoint]) -> list[PlanPoint]:
    """The plans that no other plan beats in both cost and turnaround, cheapest first."""
    best: list[PlanPoint] = []
    for point in sorted(points, key=lambda p: (p.cost, p.p90_h)):
        if not best or point.p90_h < best[-1].p90_h:
            best.append(point)
    return best


def draw_edge(figure: go.Figure, costs: list[float], values: list[float]) -> None:
    """Grey steps that join the plans that no other beats."""
    line = {"color": c.QUIET, "width": 2, "shape": "hv"}
    figure.add_scatter(x=costs, y=values, mode="lines", line=line, hoverinfo="skip")


def draw_level(figure: go.Figure, at: float, text: str) -> None:
    """A dashed line across the figure with its meaning at the right end."""
    figure.add_shape(type="line", x0=0, x1=1, xref="paper", y0=at, y1=at, line={"color": c.INK, "width": 1, "dash": "dash"})
    place = {"x": 1, "xref": "paper", "xanchor": "right", "y": at, "yanchor": "bottom"}
    figure.add_annotation(**place, text=text, showarrow=False, font={"color": c.INK, "size": 12})


def cost_against_p90(points: Sequence[PlanPoint], limit_h: float | None, currency: str, word: str = "limit") -> go.Figure:
    """Each point one plan with its interval and name; grey steps join those that no other beats; `word` names the limit."""
    figure = go.Figure()
    money = fmt.money_scale(max((p.cost for p in points), default=1.0), currency)
    scale = fmt.hours_scale(limit_h if limit_h is not None else max((p.p90_h for p in points), default=1.0))
    edge = frontier(points)
    widths = [p.half_width_h if np.isfinite(p.half_width_h) else 0.0 for p in points]
    looks = [LOOKS[p.verdict] if p.verdict in LOOKS and limit_h is not None else LOOKS[MET] for p in points]
    is_base = [p.kind == "base" for p in points]
    draw_edge(figure, [money.value(p.cost) for p in edge], [scale.value(p.p90_h) for p in edge])
    figure.add_scatter(
        x=[money.value(p.cost) for p in points],
        y=[scale.value(p.p90_h) for p in points],
        mode="markers",
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [scale.value(w) for w in widths],
            "arrayminus": [scale.value(min(w, p.p90_h)) for w, p in zip(widths, points, strict=True)],
            "color": c.BASE,
            "thickness": 1.2,
            "width": 4,
        },
        marker={
            "size": [look.size + (3 if p.kind == "chief" else 1) for look, p in zip(looks, points, strict=True)],
            "color": [c.SURFACE if base else look.colour for base, look in zip(is_base, looks, strict=True)],
            "line": {
                "color": [look.colour if base else c.SURFACE for base, look in zip(is_base, looks, strict=True)],
                "width": [2.4 if base else 1 for base in is_base],
            },
            "symbol": [look.symbol for look in looks],
            "opacity": 1,
        },
        hovertext=[
            say(
                "{name}: {cost} a year, P90 {hours}",
                name=plot_text(p.label),
                cost=fmt.money(p.cost, currency),
                hours=fmt.hours(p.p90_h, w or None),
            )
            for p, w in zip(points, widths, strict=True)
        ],
        hoverinfo="text",
    )
    xs, ends = _reach([money.value(p.cost) for p in points], 0.3), [limit_h] if limit_h is not None else []
    ys = _reach([scale.value(v) for p, w in zip(points, widths, strict=True) for v in (p.p90_h - w, p.p90_h + w)], 0.12)
    for at in (scale.value(end) for end in ends):
        ys = (min(ys[0], at - 0.08 * (ys[1] - ys[0])), max(ys[1], at + 0.12 * (ys[1] - ys[0])))
        draw_level(figure, at, _limit_label(limit_h or 0.0, word))
    ys = (max(ys[0], 0.0), ys[1])
    _name_points(figure, points, [money.value(p.cost) for p in points], [scale.value(p.p90_h) for p in points], xs, ys)
    figure.update_layout(
        c.layout(
            _HEIGHT,
            margin={"t": 20},
            xaxis={"title": say("Cost a year, {unit}", unit=money.unit or say("money")), "range": list(xs), "nticks": 6},
            yaxis={"title": say("P90 turnaround, {unit}", unit=_long_unit(scale.unit)), "nticks": 7, "range": list(ys)},
        )
    )
    return figure


_HEIGHT = 330
_PLOT = (240.0, 250.0)  # pixels of the plotting area for which names are placed: a narrow screen
_LINE, _LETTER = 15.0, 6.6  # pixels of a name: height of its line, width of a letter


def _limit_label(limit_h: float, word: str) -> str:
    if word == "promise":
        return say("promise {hours}", hours=fmt.set_hours(limit_h))
    return say("limit {hours}", hours=fmt.set_hours(limit_h))


def _long_unit(unit: str) -> str:
    return {"h": say("hours")}.get(unit, unit)


def _reach(values: Sequence[float], margin: float) -> tuple[float, float]:
    """A range of an axis around values, with room for names."""
    low, high = min(values), max(values)
    pad = margin * (high - low) if high > low else 0.05 * abs(high) + 1e-9
    return low - pad, high + pad


def _name_points(
    figure: go.Figure,
    points: Sequence[PlanPoint],
    xs: Sequence[float],
    ys: Sequence[float],
    across: tuple[float, float],
    up: tuple[float, float],
) -> None:
    """Write each name beside its point where it covers no other name or mark, as well as that can be."""
    px = [(x - across[0]) / (across[1] - across[0]) * _PLOT[0] for x in xs]
    py = [(up[1] - y) / (up[1] - up[0]) * _PLOT[1] for y in ys]
    taken = [(x - 7.0, y - 7.0, x + 7.0, y + 7.0) for x, y in zip(px, py, strict=True)]
    for i in sorted(range(len(points)), key=lambda i: (points[i].kind == "other", px[i])):
        name = fmt.shorten(points[i].label, 20)
        width = _LETTER * sum(2 if ord(letter) > 0x2E80 else 1 for letter in name)
        places = [
            (xanchor, dx, yanchor, dy, left, py[i] + top)
            for yanchor, dy, top in (("middle", 0, -_LINE / 2), ("bottom", 8, -8 - _LINE), ("top", -8, 8.0))
            for xanchor, dx, left in (("left", 10, px[i] + 10), ("right", -10, px[i] - 10 - width))
        ]
        best = min(places, key=lambda place: _covered((place[4], place[5], place[4] + width, place[5] + _LINE), taken))
        xanchor, dx, yanchor, dy, left, top = best
        taken.append((left, top, left + width, top + _LINE))
        bold = points[i].kind != "other"
        figure.add_annotation(
            x=xs[i],
            y=ys[i],
            text=f"<b>{plot_text(name)}</b>" if bold else plot_text(name),
            showarrow=False,
            xanchor=xanchor,
            yanchor=yanchor,
            xshift=dx,
            yshift=dy,
            font={"color": c.INK, "size": 12},
        )


_Box = tuple[float, float, float, float]  # left, top, right, bottom in pixels


def _covered(box: _Box, taken: Sequence[_Box]) -> float:
    """Pixels of a box that are taken already or outside the plot."""
    left, top, right, bottom = box
    outside = max(0.0, -left) + max(0.0, right - _PLOT[0]) + max(0.0, -top) + max(0.0, bottom - _PLOT[1])
    return 30.0 * outside + sum(
        max(0.0, min(right, r) - max(left, x)) * max(0.0, min(bottom, b) - max(top, t)) for x, t, r, b in taken
    )


def frontier_panel(
    points: Sequence[PlanPoint], limit_h: float | None, currency: str, confidence: str, word: str = "limit"
) -> Panel:
    """Cost against P90, base first in `points`; verdicts of the points are against the limit, which may be a promise (`word`)."""
    edge = frontier(points)
    body = tuple(
        (
            p.label,
            fmt.money(p.cost, currency),
            fmt.hours(p.p90_h, p.half_width_h if np.isfinite(p.half_width_h) else None),
            say("yes") if p in edge else say("no"),
            *((_verdict_text(p.verdict),) if limit_h is not None else ()),
        )
        for p in points
    )
    listed = "; ".join(say("{name}: {cost}, {hours}", name=b[0], cost=b[1], hours=b[2]) for b in body[:12])
    head = (say("Plan"), say("Cost a year"), say("P90 turnaround"), say("Efficient"))
    return Panel(
        name="frontier",
        title=_frontier_title(points, limit_h, currency),
        subtitle=say("Each point one plan, bars: {confidence} CI; grey steps: plans that no other beats", confidence=confidence),
        alt=say("Scatter of cost a year against P90 turnaround. {listed}.", listed=listed),
        figure=cost_against_p90(points, limit_h, currency, word),
        legend=(
            Legend(say("baseline"), c.BASE, "hollow"),
            *(
                verdict_legend([p.verdict for p in points], word)
                if limit_h is not None
                else (Legend(say("scenario"), c.BLUE, "circle"),)
            ),
        ),
        grid=Grid((*head, *((say("Verdict"),) if limit_h is not None else ())), body),
    )


def _verdict_text(verdict: str) -> str:
    return {MET: say("\u2713 met"), MISSED: say("\u2717 missed")}.get(verdict, say("? not shown"))


def _frontier_title(points: Sequence[PlanPoint], limit_h: float | None, currency: str) -> str:
    """What the money buys: the cheapest plan that keeps the limit, else what the chief one (or the fastest) costs."""
    base, others = points[0], list(points[1:])
    chief = next((p for p in others if p.kind == "chief"), min(others, key=lambda p: p.p90_h, default=base))
    if limit_h is not None and any(p.verdict == MET for p in points):
        best = min((p for p in points if p.verdict == MET), key=lambda p: (p.cost, p.p90_h))
        name = fmt.shorten(best.label, 40)
        if best is base:
            return say("The baseline reaches the limit; no cheaper plan does")
        if chief.verdict != MET and best.cost > chief.cost:
            more = fmt.money(best.cost - chief.cost, currency)
            return say("No cheaper plan reaches the limit; {name} would, for {amount} more a year", name=name, amount=more)
        amount = fmt.money(abs(best.cost - base.cost), currency)
        if best.cost > base.cost:
            return say("{name} reaches the limit for {amount} more a year; no cheaper plan does", name=name, amount=amount)
        return say("{name} reaches the limit and saves {amount} a year", name=name, amount=amount)
    change = _bought(base, chief, currency)
    if limit_h is None:
        return change
    return say("{change}; no plan is shown to reach the limit", change=change)


def _bought(base: PlanPoint, plan: PlanPoint, currency: str) -> str:
    """What a plan gains and costs against the baseline."""
    name = fmt.shorten(plan.label, 40)
    if not plan.p90_h < base.p90_h:
        return say("No scenario is faster than the baseline")
    gain, amount = fmt.hours(base.p90_h - plan.p90_h), fmt.money(abs(plan.cost - base.cost), currency)
    if plan.cost <= base.cost:
        return say("{name} is {gain} faster and {amount} a year cheaper", name=name, gain=gain, amount=amount)
    return say("{name} buys {gain} for {amount} a year", name=name, gain=gain, amount=amount)
