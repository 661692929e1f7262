"""A figure in the making as plain data: made into a Plotly figure at the end, or packed small for a page's script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import plotly.graph_objects as go

Leg = Sequence[tuple[float, float]]


@dataclass
class Sketch:
    """Marks, annotations, layout, and below them paths: many lines or outlines in one drawn thing, which keeps pages quick.

    Places are kept as whole numbers, in units of ten to the minus `digits` of a degree.
    """

    digits: int
    marks: list[dict[str, Any]] = field(default_factory=list)
    paths: list[dict[str, Any]] = field(default_factory=list)
    annotations: list[dict[str, Any]] = field(default_factory=list)
    layout: dict[str, Any] = field(default_factory=dict)

    def mark(self, places: Leg, **trace: Any) -> None:
        """Add a trace of marks."""
        self.marks.append({"type": "scatter", "mode": "markers", "legs": [self._whole(places)], **trace})

    def path(self, legs: Sequence[Leg], kind: str, **shape: Any) -> None:
        """Add outlines to be filled (`kind` 'area'), straight lines ('line'), or arcs ('arc': begin, control point, end)."""
        whole = [self._whole(leg) for leg in legs]
        self.paths.append({"type": "path", "layer": "below", "kind": kind, "legs": whole, **shape})

    def note(self, **annotation: Any) -> None:
        """Add an annotation."""
        self.annotations.append(annotation)

    def _whole(self, leg: Leg) -> list[tuple[int, int]]:
        unit = 10**self.digits
        return [(round(float(x) * unit), round(float(y) * unit)) for x, y in leg]

    def figure(self) -> go.Figure:
        """The sketch as a figure."""
        unit = 10**self.digits
        data = []
        for mark in self.marks:
            (places,) = mark["legs"]
            own = {key: value for key, value in mark.items() if key != "legs"}
            data.append({**own, "x": [x / unit for x, _ in places], "y": [y / unit for _, y in places]})
        shapes = []
        for path in self.paths:
            own = {key: value for key, value in path.items() if key not in ("legs", "kind")}
            shapes.append({**own, "path": "".join(_text(leg, path["kind"], unit) for leg in path["legs"])})
        return go.Figure({"data": data, "layout": {**self.layout, "shapes": shapes, "annotations": self.annotations}})

    def packed(self) -> dict[str, Any]:
        """What templates/map.js makes the same figure of, small: steps in place of places.

        Of each leg first the step from the beginning of the leg before, then the steps on, longitude and latitude in turn.
        """
        return {
            "digits": self.digits,
            "marks": [{**mark, "legs": _steps(mark["legs"])} for mark in self.marks],
            "paths": [{**path, "legs": _steps(path["legs"])} for path in self.paths],
            "layout": {"xaxis": self.layout["xaxis"], "yaxis": self.layout["yaxis"], "annotations": self.annotations},
        }


def _text(leg: Sequence[tuple[int, int]], kind: str, unit: int) -> str:
    """A leg as a piece of an SVG path."""
    places = [f"{x / unit!r},{y / unit!r}" for x, y in leg]
    if kind == "arc":
        return f"M{places[0]}Q{places[1]} {places[2]}"
    return f"M{'L'.join(places)}{'Z' if kind == 'area' else ''}"


def _steps(legs: Sequence[Sequence[tuple[int, int]]]) -> list[list[int]]:
    begin = (0, 0)
    found = []
    for leg in legs:
        at, steps = begin, []
        for x, y in leg:
            steps += [x - at[0], y - at[1]]
            at = (x, y)
        begin = leg[0]
        found.append(steps)
    return found
