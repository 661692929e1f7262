"""All that the map of the network shows of a run, worked out once for its views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from sim.language import say_count
from sim.report.geography import Frame
from sim.report.judged import Rule
from sim.report.map_flows import End, Flow, Widths, gathered, read_flows, suppliers, without_trickles
from sim.report.map_points import MANY_POINTS, Classes, Group, MapPoints, areas_of, depot_distances, groups_of
from sim.report.read import Floats, RunResults

WIDTH, NARROW_WIDTH = 1070, 350  # pixels, about, of the figure on a page
_HEIGHT, _NARROW_HEIGHT = 540, 330  # at most


@dataclass(frozen=True)
class Network:
    """All that the map shows of a run."""

    points: MapPoints  # longitude as `frame` counts it
    classes: Classes
    flows: list[Flow]
    reference_h: float

    @classmethod
    def of(cls, run: RunResults, reference_h: float, minimum: float) -> Network:
        """Placed points of a run, rated, and its flows."""
        points = MapPoints.of(run.table("points"))
        frame = Frame.around(points.lon, points.lat)
        points = replace(points, lon=np.array([frame.near(x) for x in points.lon.tolist()]))
        return cls(
            points, Classes.choose(points, Rule.of(run), reference_h, minimum), read_flows(run.table("flows")), reference_h
        )

    @cached_property
    def frame(self) -> Frame:
        """The frame of the whole network."""
        return Frame.around(self.points.lon, self.points.lat)

    @cached_property
    def heights(self) -> tuple[int, int]:
        """Pixels of the figure on wide and on narrow screens: a flat network takes less."""
        aspect = self.frame.aspect
        return int(min(_HEIGHT, max(300.0, WIDTH / aspect))), int(min(_NARROW_HEIGHT, max(150.0, NARROW_WIDTH / aspect)))

    @cached_property
    def areas(self) -> list[str]:
        """By point the area that the map zooms to."""
        return areas_of(self.points)

    @cached_property
    def area_names(self) -> list[str]:
        """Areas to choose from, none where there is but one."""
        names = sorted(set(self.areas))
        return names if len(names) > 1 else []

    @cached_property
    def groups(self) -> list[Group]:
        """Groups of the whole view; none where all points are drawn at once."""
        return groups_of(self.points, self.classes, self.areas) if len(self.points) >= MANY_POINTS else []

    @cached_property
    def widths(self) -> Widths:
        """Widths of flows, the same in all views: of the largest that the whole shows."""
        return Widths.of(flows_seen(self, range(len(self.points)), self.groups))

    @cached_property
    def depots(self) -> tuple[list[str], Floats]:
        """By point its depot and the kilometres to it."""
        return depot_distances(self.points, suppliers(self.flows))

    def members(self, area: str) -> list[int]:
        """Points of an area."""
        return [i for i, other in enumerate(self.areas) if other == area]


def flows_seen(network: Network, members: Sequence[int], grouped: Sequence[Group]) -> list[Flow]:
    """Flows between the marks of a view; of an area all that begin or end at its points."""
    points = network.points
    spots = {points.names[group.members[i]]: end_of(group) for group in grouped for i in range(len(group.members))}

    def where(end: End) -> End | None:
        return spots.get(end.name, end) if end.is_placed else None

    own = {points.names[i] for i in members}
    whole = len(own) == len(points)
    flows = network.flows if whole else [f for f in network.flows if f.begin.name in own or f.end.name in own]
    return without_trickles(gathered(flows, where))


def end_of(group: Group) -> End:
    """A group as the place where flows begin or end."""
    name = say_count("{n} service point of {area}", "{n} service points of {area}", len(group.members), area=group.area)
    return End(name, group.lon, group.lat)
