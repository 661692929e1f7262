"""A figure in the making as plain data: made into a Plotly figure at the end, or packed small for a page's script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import plotly.graph_objects as go

Leg = Sequence[tuple[float, float]]


@dataclass
class Sketch:
    """Traces, annotations and layout in the form of Plotly; `legs` of a trace are its pieces, with gaps between them."""

    traces: list[dict[str, Any]] = field(default_factory=list)
    annotations: list[dict[str, Any]] = field(default_factory=list)
    layout: dict[str, Any] = field(default_factory=dict)

    def add(self, legs: Sequence[Leg], digits: int, **trace: Any) -> None:
        """Add a trace of lines or of marks (a single leg), rounded to so many digits of a degree."""
        rounded = [[(round(float(x), digits), round(float(y), digits)) for x, y in leg] for leg in legs]
        self.traces.append({"type": "scatter", "legs": rounded, "digits": digits, **trace})

    def note(self, **annotation: Any) -> None:
        """Add an annotation."""
        self.annotations.append(annotation)

    def figure(self) -> go.Figure:
        """The sketch as a figure."""
        data = []
        for trace in self.traces:
            ways = [way for leg in trace["legs"] for way in (*leg, (None, None))][:-1]
            own = {key: value for key, value in trace.items() if key not in ("legs", "digits")}
            data.append({**own, "x": [x for x, _ in ways], "y": [y for _, y in ways]})
        return go.Figure({"data": data, "layout": {**self.layout, "annotations": self.annotations}})

    def packed(self) -> list[dict[str, Any]]:
        """The traces with whole-number steps in place of x and y.

        Of each leg first the step from the beginning of the leg before, then the steps on, longitude and latitude in turn, in
        units of ten to the minus `digits`; templates/map.js undoes it.
        """
        found = []
        for trace in self.traces:
            unit = 10 ** trace["digits"]
            begin = (0, 0)
            legs = []
            for leg in trace["legs"]:
                at = begin
                steps: list[int] = []
                for i, (x, y) in enumerate(leg):
                    now = (round(x * unit), round(y * unit))
                    steps += [now[0] - at[0], now[1] - at[1]]
                    at = now
                    begin = now if i == 0 else begin
                legs.append(steps)
            found.append({**trace, "legs": legs})
        return found
