"""Theory against simulation: where the run is a textbook system, how far its measures lie from the exact values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from sim.language import say
from sim.report import format as fmt
from sim.report import palette as c
from sim.report.labels import full_label, unit_of
from sim.report.panel import Grid, Legend, Panel, plot_text
from sim.report.read import Measure, RunResults
from sim.report.text import confidence_text

MOST_ROWS = 24


@dataclass(frozen=True, slots=True)
class Check:
    """One exact value beside the simulated one."""

    measure: Measure
    theory: float
    simulated: float
    half_width: float

    @property
    def is_inside(self) -> bool:
        """True if the exact value lies in the simulated interval."""
        return abs(self.theory - self.simulated) <= self.half_width

    @property
    def apart(self) -> float:
        """Distance from the exact value in half-widths."""
        distance = abs(self.theory - self.simulated)
        return distance / self.half_width if self.half_width > 0 else (float("inf") if distance > 0 else 0.0)

    @property
    def difference(self) -> float:
        """Difference from the exact value in per cent of it."""
        return 100 * (self.simulated / self.theory - 1)

    @property
    def label(self) -> str:
        """Measure and owner in words."""
        return full_label(self.measure)


def checks_of(run: RunResults) -> list[Check]:
    """The rows of theory.csv with an interval."""
    rows = run.table("theory")
    columns = zip(
        rows.text("measure"), rows.text("owner"), *(rows.numbers(x).tolist() for x in ("theory", "simulation", "half_width")),
        strict=True,
    )  # fmt: skip
    found = []
    for kpi, owner, theory, simulated, width in columns:
        if np.isfinite([theory, simulated, width]).all():
            known = run.measure(kpi, owner)
            measure = known if known is not None else Measure(kpi, owner, "1", run.replications, simulated, width)
            found.append(Check(measure, theory, simulated, width))
    return found


def theory_panel(run: RunResults) -> Panel | None:
    """Relative difference between simulated and exact values with its interval; None where no theory applies."""
    checks = checks_of(run)
    if not checks:
        return None
    inside = sum(check.is_inside for check in checks)
    if len(checks) == 1:
        title = say("The exact value lies within the simulated interval") if inside else say(
            "The exact value lies outside the simulated interval")  # fmt: skip
    elif inside == len(checks):
        title = say("All {n} exact values lie within the simulated intervals", n=len(checks))
    else:
        title = say("{inside} of {n} exact values lie within the simulated intervals", inside=inside, n=len(checks))
    shown = sorted((check for check in checks if check.theory != 0), key=lambda check: -check.apart)[:MOST_ROWS]
    told = {"confidence": confidence_text(run), "missing": fmt.percent(1 - run.confidence)}
    subtitle = say("Simulated less exact value, relative to the exact one; lines: {confidence} CI, of which about {missing} "
                   "miss the exact value by chance", **told)  # fmt: skip
    if len(shown) < len(checks):
        subtitle = say("The {n} values furthest apart: simulated less exact value, relative to the exact one; lines: "
                       "{confidence} CI, of which about {missing} miss the exact value by chance", n=len(shown),
                       **told)  # fmt: skip
    return Panel(
        name="theory",
        title=title,
        subtitle=subtitle,
        alt=say("Marks of the relative difference between simulation and theory. {title}.", title=title),
        figure=theory_marks(shown) if shown else None,
        legend=(
            Legend(say("exact value inside the interval"), c.BLUE, "circle"),
            Legend(say("outside"), c.VERMILLION, "diamond"),
        ),
        grid=_grid(checks, run),
        open_grid=not shown,
        wide=True,
    )


def theory_marks(checks: list[Check]) -> go.Figure:
    """One row a value: relative difference in per cent, with its interval; a diamond where zero lies outside.

    What is further away than half as much again as the widest interval that holds its exact value stands at the edge, with its
    number.
    """
    figure = go.Figure()
    rows = list(range(len(checks)))
    reaches = [abs(check.difference) + 100 * check.half_width / abs(check.theory) for check in checks if check.is_inside]
    edge = 1.5 * max(reaches or [abs(check.difference) for check in checks]) or 1.0
    for inside, colour, symbol in ((True, c.BLUE, "circle"), (False, c.VERMILLION, "diamond")):
        mine = [i for i in rows if checks[i].is_inside is inside]
        if not mine:
            continue
        differences = [checks[i].difference for i in mine]
        words = [fmt.with_unit(fmt.number(d, fmt.decimals_for(d), signed=True), "%") for d in differences]
        far = [abs(d) > edge for d in differences]
        figure.add_scatter(
            x=[float(f"{min(max(d, -edge), edge):.4g}") for d in differences],
            y=mine,
            mode="markers+text",
            text=[f"  {word}  " if away else "" for word, away in zip(words, far, strict=True)],  # beyond the axis
            textposition=["middle right" if d < 0 else "middle left" for d in differences],
            textfont={"color": c.INK, "size": 12},
            cliponaxis=False,
            marker={"color": colour, "symbol": symbol, "size": 10},
            error_x={
                "type": "data",
                "array": [
                    0.0 if away else float(f"{abs(100 * checks[i].half_width / checks[i].theory):.4g}")
                    for i, away in zip(mine, far, strict=True)
                ],
                "color": colour,
                "thickness": 1.4,
                "width": 4,
            },
            hovertext=[f"{plot_text(checks[i].label)}: {word}" for i, word in zip(mine, words, strict=True)],
            hoverinfo="text",
        )
    figure.add_shape(type="line", x0=0, x1=0, y0=0, y1=1, yref="paper", line={"color": c.INK, "width": 1, "dash": "dash"})
    figure.update_layout(
        c.layout(
            64 + 28 * len(checks),
            xaxis={"title": say("Difference from the exact value, %"), "nticks": 7, "range": [-1.06 * edge, 1.06 * edge]},
            yaxis={
                "tickvals": rows,
                "ticktext": [plot_text(fmt.shorten(check.label, 34)) for check in checks],
                "range": [len(checks) - 0.5, -0.5],
            },
        )
    )
    return figure


def _grid(checks: list[Check], run: RunResults) -> Grid:
    body = []
    for check in checks:
        scale = fmt.scale_for(unit_of(check.measure), check.theory, run.currency)
        exact = scale.value(check.theory)
        decimals = fmt.decimals_for(exact, scale.value(check.half_width))
        body.append(
            (
                check.label,
                fmt.with_unit(fmt.number(exact, decimals), scale.unit),
                fmt.quantity(check.simulated, scale, check.half_width),
                fmt.with_unit(fmt.interval(check.simulated, check.half_width, scale), scale.unit),
                say("inside") if check.is_inside else say("outside"),
            )
        )
    head = (say("Measure"), say("Theory"), say("Simulation"), say("Interval"), say("Exact value"))
    return Grid(
        head, tuple(body), say("Exact values of queues and shelves that are textbook systems, such as Erlang's and Palm's.")
    )
