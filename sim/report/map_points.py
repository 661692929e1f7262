"""The points of the map: where they are, how they are rated, and the areas and groups that they are drawn by."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.analysis.estimate import MET, MISSED, NOT_SHOWN
from sim.language import say
from sim.report import palette as c
from sim.report.geography import distance_km
from sim.report.judged import LOOKS, Look, Rule
from sim.report.read import Columns, Floats

# Class limits as multiples of the reference (limit, promise or P90 of the network): colour, shape, size, drawn later when worse.
CLASSES = (
    (0.75, c.SKY, "circle", 5),
    (1.0, c.BLUE, "circle", 6),
    (1.25, c.ORANGE, "triangle-up", 8),
    (math.inf, c.VERMILLION, "diamond", 10),
)
_SIZES, _SMALL_SIZES, _MANY = (6, 9, 10), (5, 6, 7), 300  # of the verdicts on the map, in the order of LOOKS
MANY_POINTS = 150  # from here on the whole network is drawn in groups
_MOST_GROUPS = 70
_MOST_AREAS = 60
_CELLS = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 20.0, 30.0, 60.0, 180.0)  # degrees


@dataclass(frozen=True)
class MapPoints:
    """Points with a place; parallel arrays."""

    names: list[str]
    regions: list[str]
    kinds: list[str]
    lat: Floats
    lon: Floats
    orders: Floats
    p90_h: Floats
    half_width_h: Floats

    @classmethod
    def of(cls, points: Columns) -> MapPoints:
        """Rows of points.csv that have coordinates."""
        lat, lon = points.numbers("lat"), points.numbers("lon")
        placed = [int(i) for i in np.flatnonzero(np.isfinite(lat) & np.isfinite(lon))]
        rows = points.take(placed)
        return cls(
            rows.text("site"),
            rows.text("region"),
            rows.text("kind"),
            rows.numbers("lat"),
            rows.numbers("lon"),
            np.nan_to_num(rows.numbers("orders")),
            rows.numbers("tat_p90_h"),
            rows.numbers("tat_p90_half_width"),
        )

    def __len__(self) -> int:
        return len(self.names)

    def depots(self) -> list[int]:
        """Points that are depots with a workshop."""
        return [i for i, kind in enumerate(self.kinds) if kind == "depot"]

    def served(self) -> list[int]:
        """The service points that are counted: all but depots, which are marked apart; all where there are only depots."""
        found = [i for i, kind in enumerate(self.kinds) if kind != "depot"]
        return found or list(range(len(self)))

    def classes(self, reference_h: float, minimum: float) -> list[int]:
        """Index into CLASSES by point; -1 where too few orders tell."""
        found = []
        for orders, p90 in zip(self.orders, self.p90_h, strict=True):
            if orders < minimum or not np.isfinite(p90):
                found.append(-1)
            else:
                found.append(next(i for i, (top, *_) in enumerate(CLASSES) if p90 <= top * reference_h))
        return found

    def verdicts(self, rule: Rule, minimum: float) -> list[int]:
        """Index into LOOKS by point; -1 where too few orders tell."""
        triples = zip(self.orders, self.p90_h, self.half_width_h, strict=True)
        names = list(LOOKS)
        return [
            -1 if orders < minimum or not np.isfinite(p90) else names.index(rule.judge(float(p90), float(width)))
            for orders, p90, width in triples
        ]


@dataclass(frozen=True)
class Classes:
    """What the colours of the map say: verdicts where some are shown, else values relative to the reference."""

    of_point: list[int]  # -1: too few orders
    looks: tuple[tuple[str, str, int], ...]  # colour, symbol, size by class
    named_from: int  # points of this class and above are named
    are_verdicts: bool

    @classmethod
    def choose(cls, points: MapPoints, rule: Rule, reference_h: float, minimum: float) -> Classes:
        """Verdicts if at least one point is shown to keep or miss the limit: one colour for all would tell nothing."""
        verdicts = points.verdicts(rule, minimum)
        open_ = list(LOOKS).index(NOT_SHOWN)
        if any(v not in (-1, open_) for v in verdicts):
            sizes = _SMALL_SIZES if len(points.names) > _MANY else _SIZES
            looks = tuple((look.colour, look.symbol, size) for look, size in zip(LOOKS.values(), sizes, strict=True))
            return cls(verdicts, looks, len(looks) - 1, True)
        looks = tuple((colour, symbol, size) for _, colour, symbol, size in CLASSES)
        return cls(points.classes(reference_h, minimum), looks, len(CLASSES) - 2, False)

    def those(self, points: MapPoints) -> list[int]:
        """Classes of the service points that are counted."""
        return [self.of_point[i] for i in points.served()]

    def is_bad(self, i: int) -> bool:
        """True for a point that misses the limit, or lies above the reference where no verdict is shown."""
        return self.of_point[i] >= self.named_from

    def is_good(self, i: int) -> bool:
        """True for a point that keeps the limit, or lies at most at the reference."""
        return 0 <= self.of_point[i] < (1 if self.are_verdicts else 2)


def areas_of(points: MapPoints) -> list[str]:
    """By point the area that the map zooms to: its region, or its surroundings where there are no or too many regions.

    One name for all (and no zoom) where a network is small and has no regions.
    """
    regions = set(points.regions)
    if 2 <= len(regions) <= _MOST_AREAS:
        return [region or say("No region") for region in points.regions]
    if len(points) < MANY_POINTS:
        return [""] * len(points)
    cells = _cells(points, [""] * len(points), 12)
    largest = {cell: points.names[max(ix, key=lambda i: points.orders[i])] for cell, ix in cells.items()}
    found = [""] * len(points)
    for cell, ix in cells.items():
        for i in ix:
            found[i] = say("Around {place}", place=largest[cell])
    return found


@dataclass(frozen=True)
class Group:
    """Neighbouring points of one area, drawn as one mark."""

    members: list[int]
    area: str
    lon: float  # mean, weighted by orders
    lat: float
    orders: float
    bad: float  # share of the rated orders at points that are bad, NaN if none is rated
    good: float

    @property
    def look(self) -> Look | None:
        """By what most of its orders meet; None where nothing is rated."""
        if not self.bad >= 0:
            return None
        return LOOKS[MISSED if self.bad > 0.5 else (MET if self.good > 0.5 else NOT_SHOWN)]


def groups_of(points: MapPoints, classes: Classes, areas: Sequence[str]) -> list[Group]:
    """All points but depots, gathered by area and cells of a grid, largest first."""
    return sorted(
        (_group(points, classes, ix, area) for (area, *_), ix in _cells(points, areas, _MOST_GROUPS).items()),
        key=lambda group: -group.orders,
    )


def _cells(points: MapPoints, areas: Sequence[str], most: int) -> dict[tuple[str, int, int], list[int]]:
    """Points (no depots) by area and cell, cells just large enough for at most so many, or two for each area."""
    found: dict[tuple[str, int, int], list[int]] = {}
    depots = set(points.depots())
    most = max(most, 2 * len(set(areas)))
    for size in _CELLS:
        found = {}
        for i, area in enumerate(areas):
            if i not in depots:
                cell = (area, math.floor(points.lon[i] / size), math.floor(points.lat[i] / size))
                found.setdefault(cell, []).append(i)
        if len(found) <= most:
            break
    return found


def _group(points: MapPoints, classes: Classes, members: list[int], area: str) -> Group:
    orders = points.orders[members]
    whole = float(orders.sum())
    weights = orders / whole if whole > 0 else np.full(len(members), 1 / len(members))
    rated = sum(points.orders[i] for i in members if classes.of_point[i] >= 0)
    bad, good = (sum(points.orders[i] for i in members if test(i)) for test in (classes.is_bad, classes.is_good))
    shares = (float(bad / rated), float(good / rated)) if rated > 0 else (math.nan, math.nan)
    return Group(members, area, float(weights @ points.lon[members]), float(weights @ points.lat[members]), whole, *shares)


def depot_distances(points: MapPoints, supplier: dict[str, tuple[str, float, float]]) -> tuple[list[str], Floats]:
    """By point its depot and the kilometres to it: who supplies it most, else the nearest depot; '' and NaN if there is none.

    `supplier` is name, longitude and latitude of the place that a point gets most of its parts from.
    """
    depots = points.depots()
    names, far = [""] * len(points), np.full(len(points), np.nan)
    for i, name in enumerate(points.names):
        if name in supplier:
            names[i], lon, lat = supplier[name]
            far[i] = distance_km(points.lon[[i]], points.lat[[i]], np.array([lon]), np.array([lat]))[0]
        elif depots and points.kinds[i] != "depot":
            each = distance_km(points.lon[[i]], points.lat[[i]], points.lon[depots], points.lat[depots])
            nearest = int(np.argmin(each))
            names[i], far[i] = points.names[depots[nearest]], each[nearest]
    return names, far
