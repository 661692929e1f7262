"""Figures about time: where it goes, how turnaround spreads, how the backlog runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from sim.language import say, term
from sim.report import format as fmt
from sim.report import palette as c
from sim.report import titles
from sim.report.labels import STAGE_GROUPS, stage_label
from sim.report.panel import Grid, Legend, Panel, plot_text
from sim.report.read import Columns, Floats, RunResults

# Waits stand out in the two strong colours; the rest is told apart by lightness and pattern.
STAGE_LOOK = {
    "contact": (c.QUIET, "", "square"),
    "way_in": ("#aab4bf", "/", "hatch"),
    "diagnosis": (c.PINK, "", "square"),
    "quote": (c.PINK, "x", "hatch"),
    "technician": (c.BLUE, "", "square"),
    "part": (c.ORANGE, "", "square"),
    "work": (c.SKY, "", "square"),
    "transport": (c.SLATE, "", "square"),
    "pick_up": (c.SLATE, "/", "hatch"),
}
_SHARES = (0.5, 0.8, 0.9, 0.95)  # of orders, in the table behind the curve
DARK_FILLS = frozenset({c.BLUE, c.SLATE, c.VERMILLION})


def stage_bars(rows: Sequence[tuple[str, dict[str, float]]]) -> go.Figure:
    """Stacked bars of mean hours by stage group.

    Parameters
    ----------
    rows
        Label and hours by stage group (as `titles.stage_sums` gives), top row first.
    """
    figure = go.Figure()
    labels = [plot_text(fmt.shorten(label, 18)) for label, _ in rows]
    totals = [sum(sums.values()) for _, sums in rows]
    longest = max(totals, default=0.0) or 1.0
    scale = fmt.hours_scale(longest)
    for group in STAGE_GROUPS:
        values = [sums[group.name] for _, sums in rows]
        if not max(values, default=0.0) > 0.002 * longest:
            continue
        colour, pattern, _ = STAGE_LOOK[group.name]
        shown = [scale.value(v) for v in values]
        figure.add_bar(
            y=labels,
            x=[round(v, 4) for v in shown],
            orientation="h",
            name=plot_text(say(group.label)),
            marker={
                "color": colour,
                "line": {"color": c.SURFACE, "width": 1},
                "pattern": {"shape": pattern, "fillmode": "overlay", "fgcolor": c.SURFACE, "size": 6, "solidity": 0.25},
            },
            text=[fmt.number(s, 0 if s >= 10 else 1) if v >= 0.06 * longest else "" for s, v in zip(shown, values, strict=True)],
            textposition="inside",
            insidetextanchor="middle",
            constraintext="none",
            textangle=0,
            textfont={"color": "#ffffff" if colour in DARK_FILLS else "#1b2127"},
            hovertext=[
                f"{plot_text(say(group.label))}: {fmt.hours(v)}, {fmt.percent(v / t) if t else ''}"
                for v, t in zip(values, totals, strict=True)
            ],
            hoverinfo="text",
        )
    for label, total in zip(labels, totals, strict=True):
        figure.add_annotation(
            x=scale.value(total),
            y=label,
            text=f"<b>{fmt.quantity(total, scale)}</b>",
            showarrow=False,
            xanchor="left",
            xshift=6,
            font={"color": c.INK, "size": 12},
        )
    figure.update_layout(
        c.layout(
            66 + 46 * max(1, len(rows)),
            barmode="stack",
            xaxis={
                "title": say("Mean {unit} per repair order", unit=_long_unit(scale.unit)),
                "range": [0, scale.value(longest) * 1.2],
            },
            yaxis={"autorange": "reversed", "gridcolor": "rgba(0,0,0,0)"},
        )
    )
    return figure


def _long_unit(unit: str) -> str:
    return {"h": say("hours"), "min": say("minutes"), "s": say("seconds"), "days": say("days")}.get(unit, unit)


def stage_panel(rows: Sequence[tuple[str, Columns, str]], title: str, subtitle: str, *, name: str = "stages") -> Panel:
    """Where the time goes; rows are label, stages table and group in it."""
    sums = [(label, titles.stage_sums(table, group)) for label, table, group in rows]
    longest = max((sum(s.values()) for _, s in sums), default=0.0)
    used = [g for g in STAGE_GROUPS if any(s[g.name] > 0.002 * longest for _, s in sums)]
    body = []
    for stage in [s for g in STAGE_GROUPS for s in g.stages]:
        cells = []
        for _, table, group in rows:
            found = table.where(group=group, stage=stage)
            mean = float(found.numbers("mean_h")[0]) if len(found) else 0.0
            width = float(found.numbers("half_width")[0]) if len(found) else float("nan")
            cells.append((mean, width))
        if any(mean > 0 for mean, _ in cells):
            body.append((stage_label(stage), *(_with_width(m, w) for m, w in cells)))
    body.append((say("All stages"), *(fmt.hours(sum(s.values())) for _, s in sums)))
    alt = "; ".join(
        say(
            "{label}: {list}, together {total}",
            label=label,
            list=", ".join(f"{say(g.label).lower()} {fmt.hours(s[g.name])}" for g in used),
            total=fmt.hours(sum(s.values())),
        )
        for label, s in sums[:4]
    )
    return Panel(
        name=name,
        title=title,
        subtitle=subtitle,
        alt=say("Stacked bars of mean time by stage. {list}.", list=alt),
        figure=stage_bars(sums),
        legend=tuple(Legend(say(g.label), STAGE_LOOK[g.name][0], STAGE_LOOK[g.name][2]) for g in used),
        grid=Grid(
            (say("Stage"), *(label for label, _, _ in rows)),
            tuple(body),
            say("Mean time per finished order, with the half-width of its interval."),
        ),
        wide=True,
    )


def _with_width(mean_h: float, half_width_h: float) -> str:
    if not np.isfinite(half_width_h):
        return fmt.hours(mean_h)
    scale = fmt.hours_scale(mean_h)
    decimals = fmt.decimals_for(scale.value(mean_h), scale.value(half_width_h))
    width = fmt.number(scale.value(half_width_h), decimals)
    return fmt.with_unit(f"{fmt.number(scale.value(mean_h), decimals)} \u00b1 {width}", scale.unit)


@dataclass(frozen=True)
class Curve:
    """One distribution curve."""

    label: str
    hours: Floats
    share: Floats
    low: Floats
    high: Floats
    colour: str
    dash: str = "solid"
    promise_h: float = float("nan")  # marks where this curve crosses its own promise

    @classmethod
    def of(cls, tat: Columns, group: str, label: str, colour: str, dash: str = "solid", promise_h: float = float("nan")) -> Curve:
        """A curve from tat.csv."""
        rows = tat.where(group=group)
        return cls(
            label,
            rows.numbers("hours"),
            rows.numbers("share"),
            rows.numbers("low"),
            rows.numbers("high"),
            colour,
            dash,
            promise_h,
        )


def tat_curve(curves: Sequence[Curve], limit_h: float | None, word: str = "limit") -> go.Figure:
    """Share of orders finished by turnaround, with bands, the limit (or promise: `word`), and own promises as diamonds."""
    figure = go.Figure()
    ends = [float(k.hours[np.searchsorted(k.share, 0.985 * k.share[-1])]) for k in curves if k.hours.size]
    reach = max(
        [*ends, 1.15 * limit_h if limit_h is not None else 0.0, *(1.1 * k.promise_h for k in curves if k.promise_h > 0)],
        default=1.0,
    )
    scale = fmt.hours_scale(limit_h if limit_h is not None else reach)
    for k in curves:
        keep = k.hours <= reach * 1.001
        x = [round(scale.value(v), 4) for v in k.hours[keep]]
        if np.isfinite(k.low[keep]).any():
            figure.add_scatter(
                x=x + x[::-1],
                y=[
                    *np.round(np.minimum(k.high[keep], 1.0), 5).tolist(),
                    *np.round(np.maximum(k.low[keep][::-1], 0.0), 5).tolist(),
                ],
                fill="toself",
                mode="lines",
                line={"width": 0},
                fillcolor=c.translucent(k.colour, 0.22),
                hoverinfo="skip",
            )
        figure.add_scatter(
            x=x,
            y=np.round(k.share[keep], 5).tolist(),
            mode="lines",
            line={"color": k.colour, "width": 2.4, "dash": k.dash},
            hovertext=[
                say("{label}: {share} within {time}", label=plot_text(k.label), share=fmt.percent(s), time=fmt.hours(h))
                for s, h in zip(k.share[keep], k.hours[keep], strict=True)
            ],
            hoverinfo="text",
        )
        if k.promise_h > 0 and k.promise_h != limit_h and k.hours.size:
            kept = float(np.interp(k.promise_h, k.hours, k.share))
            figure.add_scatter(
                x=[scale.value(k.promise_h)],
                y=[kept],
                mode="markers",
                hoverinfo="text",
                hovertext=[
                    say(
                        "{label}: {share} within the promise of {time}",
                        label=plot_text(k.label),
                        share=fmt.percent(kept),
                        time=fmt.set_hours(k.promise_h),
                    )
                ],
                marker={"color": c.SURFACE, "size": 9, "line": {"color": k.colour, "width": 2.4}, "symbol": "diamond"},
            )
    if limit_h is not None:
        _mark_limit(figure, curves, limit_h, scale, word)
    figure.update_layout(
        c.layout(
            310,
            margin={"t": 26},
            xaxis={"title": say("Turnaround, {unit}", unit=_long_unit(scale.unit)), "range": [0, scale.value(reach)]},
            yaxis={"title": say("Share of orders returned"), "range": [0, 1.02], "tickformat": ".0%", "dtick": 0.25},
        )
    )
    return figure


def _mark_limit(figure: go.Figure, curves: Sequence[Curve], limit_h: float, scale: fmt.Scale, word: str) -> None:
    """The limit as a dashed line; one or two curves are labelled where they cross it."""
    at = scale.value(limit_h)
    kept = [float(np.interp(limit_h, k.hours, k.share)) if k.hours.size else float("nan") for k in curves]
    low = min(kept, default=1.0) < 0.3  # the curves run where the label would stand
    figure.add_shape(type="line", x0=at, x1=at, y0=0, y1=1, yref="paper", line={"color": c.INK, "width": 1, "dash": "dash"})
    figure.add_annotation(
        x=at,
        y=0.98 if low else 0.02,
        yref="paper",
        yanchor="top" if low else "bottom",
        xanchor="left",
        xshift=4,
        text=say("{time} promise", time=fmt.set_hours(limit_h))
        if word == "promise"
        else say("{time} limit", time=fmt.set_hours(limit_h)),
        showarrow=False,
        font={"size": 12, "color": c.INK},
    )
    if len(curves) > 2:
        return
    for k, share in zip(curves, kept, strict=True):
        if not np.isfinite(share):
            continue
        above = share == max(kept) and len(curves) > 1
        figure.add_annotation(
            x=at,
            y=share,
            text=f"<b>{fmt.percent(share)}</b> {plot_text(k.label)}",
            showarrow=False,
            xanchor="right" if above else "left",
            yanchor="bottom" if above or share < 0.1 else "top",
            xshift=-6 if above else 6,
            yshift=2 if above else (10 if share < 0.1 else -2),
            font={"size": 12, "color": c.INK},
        )


def curve_panel(
    curves: Sequence[Curve], limit_h: float | None, title: str, confidence: str, *, word: str = "limit", name: str = "tat"
) -> Panel:
    """How turnaround spreads, against the promise."""
    grid_rows = []
    for k in curves:
        cells = [_back_within(k, share) for share in _SHARES]
        due = k.promise_h if k.promise_h > 0 else limit_h
        kept = (
            fmt.percent(float(np.interp(due, k.hours, k.share))) if due is not None and due > 0 and k.hours.size else fmt.MISSING
        )
        grid_rows.append((k.label, *cells, fmt.set_hours(due) if due is not None and due > 0 else fmt.MISSING, kept))
    band = any(np.isfinite(k.low).any() for k in curves)
    marks = {"solid": "line", "dash": "dash", "dot": "dot", "dashdot": "dash", "longdash": "dash", "longdashdot": "dash"}
    legend = [Legend(k.label, k.colour, marks[k.dash]) for k in curves]
    if any(k.promise_h > 0 and k.promise_h != limit_h for k in curves):
        legend.append(Legend(say("promise of the segment"), c.BASE, "diamond-hollow"))
    return Panel(
        name=name,
        title=title,
        subtitle=say("Corrective orders returned working; band: {confidence} CI", confidence=confidence)
        if band
        else say("Corrective orders returned working"),
        alt=say(
            "Cumulative curves of turnaround. {list}",
            list=" ".join(
                say("{label}: half within {a}, nine of ten within {b}.", label=r[0], a=r[1], b=r[3]) for r in grid_rows
            ),
        ),
        figure=tat_curve(curves, limit_h, word),
        legend=tuple(legend),
        grid=Grid(
            (say("Orders"), *(fmt.percent(s) for s in _SHARES), say("Limit or promise"), say("Within")),
            tuple(grid_rows),
            say("Time within which that share is returned."),
        ),
    )


def _back_within(curve: Curve, share: float) -> str:
    if not curve.share.size or curve.share[-1] < share:
        return fmt.MISSING
    return fmt.hours(float(np.interp(share, curve.share, curve.hours)))


_DAILY_LABELS = {
    "orders.open": term("Open orders"),
    "parts.backorders": term("Parts owed to repair orders"),
    "contact.offered": term("Contacts offered a day"),
}


def daily_line(days: Floats, mean: Floats, half_width: Floats, warm_up_days: float, colour: str) -> go.Figure:
    """One quantity over the days of the run, with its band and the warm-up shaded."""
    figure = go.Figure()
    width = np.nan_to_num(half_width)
    if (width > 0).any():
        x = days.tolist()
        figure.add_scatter(
            x=x + x[::-1],
            y=[*_sig(mean + width), *_sig(np.maximum(mean - width, 0.0)[::-1])],
            fill="toself",
            mode="lines",
            line={"width": 0},
            fillcolor=c.translucent(colour, 0.22),
            hoverinfo="skip",
        )
    figure.add_scatter(
        x=days.tolist(),
        y=_sig(mean),
        mode="lines",
        line={"color": colour, "width": 2},
        hovertext=[say("day {day}: {n}", day=int(d), n=fmt.count(v)) for d, v in zip(days, mean, strict=True)],
        hoverinfo="text",
    )
    if warm_up_days > 0:
        figure.add_shape(
            type="rect",
            x0=0,
            x1=warm_up_days,
            y0=0,
            y1=1,
            yref="paper",
            fillcolor=c.translucent(c.SLATE, 0.14),
            line={"width": 0},
            layer="below",
        )
        figure.add_annotation(
            x=0,
            y=1,
            yref="paper",
            xanchor="left",
            yanchor="top",
            text=" " + say("warm-up, not counted"),
            showarrow=False,
            font={"color": c.MUTED, "size": 11},
        )
    top = float(np.nanmax(mean + width)) if mean.size else 1.0
    figure.update_layout(
        c.layout(
            240,
            xaxis={"title": say("Day of the run")},
            yaxis={"range": [0, max(top * 1.15, 1e-9)], "nticks": 5, "tickformat": ",~r"},
        )
    )
    return figure


def _sig(values: Floats) -> list[float]:
    """Four significant digits, to keep the page small."""
    return [float(f"{v:.4g}") for v in values]


def daily_panels(run: RunResults) -> list[Panel]:
    """Backlog over the run: open orders, parts owed, contacts where there is nothing else."""
    daily = run.table("daily")
    panels: list[Panel] = []
    for measure, colour in (("orders.open", c.BLUE), ("parts.backorders", c.ORANGE), ("contact.offered", c.BLUE)):
        rows = daily.where(measure=measure)
        if not rows or (measure == "contact.offered" and panels):
            continue
        days, mean = rows.numbers("day"), rows.numbers("mean")
        if not np.nansum(mean) > 0:
            continue
        panels.append(_daily_panel(run, measure, days, mean, rows.numbers("half_width"), colour))
    return panels


def _daily_panel(run: RunResults, measure: str, days: Floats, mean: Floats, width: Floats, colour: str) -> Panel:
    warm = run.warm_up_h / 24.0
    counted = mean[days >= warm]
    label = say(_DAILY_LABELS[measure])
    title = label
    if counted.size >= 8:
        quarter = counted.size // 4
        first, last = float(counted[:quarter].mean()), float(counted[-quarter:].mean())
        change = (last - first) / first if first > 0 else 0.0
        spread = float(np.nan_to_num(width[days >= warm]).mean())  # of a day: of quarters it is at most that
        if abs(last - first) <= spread and abs(change) >= 0.05:
            title = say(
                "{label}: {a} in the first quarter, {b} in the last, within chance",
                label=label,
                a=fmt.count(first),
                b=fmt.count(last),
            )
        elif abs(change) < 0.05:
            title = say("{label}: level, about {n}", label=label, n=fmt.count(float(counted.mean())))
        elif change > 0:
            title = say("{label} rise from {a} to {b} over the run", label=label, a=fmt.count(first), b=fmt.count(last))
        else:
            title = say("{label} fall from {a} to {b} over the run", label=label, a=fmt.count(first), b=fmt.count(last))
    steps = [int(i) for i in np.linspace(0, days.size - 1, min(13, days.size))]
    grid_rows: list[tuple[str, ...]] = [(fmt.number(days[i]), fmt.count(mean[i])) for i in steps]
    return Panel(
        name=f"daily-{measure.replace('.', '-')}",
        title=title,
        subtitle=say("Mean of the replications by day, first against last quarter"),
        alt=say("Line over {n} days. {title}.", n=fmt.number(days.size), title=title),
        figure=daily_line(days, mean, width, warm, colour),
        grid=Grid((say("Day"), label), tuple(grid_rows)),
    )
