"""Places on the flat: frames that do not cut a network at the date line, distances, and land clipped to what a map shows.

The map is equirectangular: longitude is narrowed by the cosine of the middle latitude of the frame, see `Frame.narrow`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.report.read import Floats

LAND = Path(__file__).parent / "coast" / "land.json"
EARTH_KM = 6371.0
_LEAST = 1.0  # degrees that a frame measures at least


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle of the map in degrees; `west` may lie below -180 or `east` above 180."""

    west: float
    east: float
    south: float
    north: float

    @classmethod
    def around(cls, lon: Floats, lat: Floats) -> Frame:
        """The smallest frame of some places with a margin, cut where the widest stretch of longitude is empty."""
        around = np.sort(np.unique(np.mod(lon, 360.0)))
        gaps = np.diff(np.concatenate((around, [around[0] + 360.0])))
        widest = int(np.argmax(gaps))
        west = float(around[(widest + 1) % len(around)])
        width = 360.0 - float(gaps[widest])
        west -= 360.0 * round((west + width / 2) / 360.0)
        south, north = float(lat.min()), float(lat.max())
        pad_x, pad_y = 0.06 * max(width, _LEAST), 0.08 * max(north - south, _LEAST)
        found = cls(west - pad_x, west + width + pad_x, max(-89.0, south - pad_y), min(89.0, north + pad_y))
        return found.at_least(_LEAST)

    def at_least(self, degrees: float) -> Frame:
        """The frame, widened about its middle to at least so many degrees either way."""
        x, y = max(0.0, degrees - (self.east - self.west)) / 2, max(0.0, degrees - (self.north - self.south)) / 2
        return Frame(self.west - x, self.east + x, self.south - y, self.north + y)

    @property
    def narrow(self) -> float:
        """Length of a degree of longitude in degrees of latitude, at the middle of the frame."""
        return max(0.2, math.cos(math.radians((self.south + self.north) / 2)))

    @property
    def aspect(self) -> float:
        """Width by height as drawn."""
        return (self.east - self.west) * self.narrow / (self.north - self.south)

    def ground(self, flattest: float, steepest: float) -> Frame:
        """The frame with all that drawings around it show, their width by height being between these two."""
        width, height = (self.east - self.west) * self.narrow, self.north - self.south
        x = max(0.0, flattest * height - width) / 2 / self.narrow
        y = max(0.0, width / steepest - height) / 2
        return Frame(self.west - x, self.east + x, max(-89.9, self.south - y), min(89.9, self.north + y))

    def near(self, lon: float) -> float:
        """A longitude as the frame counts it: the nearest to its middle."""
        return lon + 360.0 * round(((self.west + self.east) / 2 - lon) / 360.0)

    def holds(self, lon: float, lat: float) -> bool:
        """True for places inside; `lon` as the frame counts it."""
        return self.west <= lon <= self.east and self.south <= lat <= self.north

    @property
    def digits(self) -> int:
        """Decimals of a degree that a drawing can show."""
        width = self.east - self.west
        return 1 if width > 90 else (2 if width > 9 else 3)


def distance_km(lon: Floats, lat: Floats, other_lon: Floats, other_lat: Floats) -> Floats:
    """Great-circle distance (haversine formula)."""
    a, b, x = (np.radians(v) for v in (lat, other_lat, np.asarray(other_lon) - lon))
    part = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(x / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(part, 1.0))), dtype=np.float64)


@dataclass(frozen=True)
class Ring:
    """A shore: vertices (longitude, latitude) and the coarsest detail at which each stands."""

    xy: NDArray[np.float64]
    keep: NDArray[np.int64]


@cache
def shores() -> tuple[tuple[Ring, ...], int]:
    """All rings of the shipped land, largest first, and the number of details; see network/derive_coast.py."""
    content = json.loads(LAND.read_text(encoding="utf-8"))
    rings = []
    for entry in content["rings"]:
        steps = np.array(entry["xy"], np.float64).reshape(-1, 2)
        rings.append(Ring(np.cumsum(steps, axis=0) * content["step"], np.array([int(d, 16) for d in entry["keep"]], np.int64)))
    return tuple(rings), len(content["details"])


def land_in(frame: Frame, most: int) -> list[list[tuple[float, float]]]:
    """Land inside a frame as closed rings, as fine as `most` vertices allow.

    Parameters
    ----------
    frame
        What may be seen, see `Frame.ground`.
    most
        Vertices of all shores together; the edges of the frame and the coarsest detail may add to them.
    """
    rings, details = shores()
    seen = [ring for shift in (-360.0, 0.0, 360.0) for ring in _meeting(rings, frame, shift)]
    smallest = (frame.east - frame.west) / 500
    seen = [ring for ring in seen if max(np.ptp(ring.xy, axis=0)) >= smallest]
    inside = np.zeros(details + 1, np.int64)  # vertices by the coarsest detail at which they stand
    for ring in seen:
        x, y = ring.xy.T
        held = (x >= frame.west) & (x <= frame.east) & (y >= frame.south) & (y <= frame.north)
        inside += np.bincount(ring.keep[held], minlength=details + 1)
    standing = np.cumsum(inside[::-1])[::-1]
    detail = next((d for d in range(details) if standing[d] <= most), details - 1)
    found = [clip([(x, y) for x, y in ring.xy[ring.keep >= detail].tolist()], frame) for ring in seen]
    return [ring for ring in found if len(ring) > 2]


def _meeting(rings: Sequence[Ring], frame: Frame, shift: float) -> list[Ring]:
    """Rings that reach into a frame after a shift of longitude."""
    found = []
    for ring in rings:
        low, high = ring.xy.min(axis=0), ring.xy.max(axis=0)
        if low[0] + shift < frame.east and high[0] + shift > frame.west and low[1] < frame.north and high[1] > frame.south:
            found.append(replace(ring, xy=ring.xy + np.array((shift, 0.0))))
    return found


def clip(ring: list[tuple[float, float]], frame: Frame) -> list[tuple[float, float]]:
    """A ring cut off at a frame (Sutherland and Hodgman 1974); what leaves and comes back runs along the edge."""
    for axis, edge, sign in ((0, frame.west, 1.0), (0, frame.east, -1.0), (1, frame.south, 1.0), (1, frame.north, -1.0)):
        found: list[tuple[float, float]] = []
        for i, point in enumerate(ring):
            before = ring[i - 1]
            inside, was = sign * (point[axis] - edge) >= 0, sign * (before[axis] - edge) >= 0
            if inside != was:
                share = (edge - before[axis]) / (point[axis] - before[axis])
                other = before[1 - axis] + share * (point[1 - axis] - before[1 - axis])
                found.append((edge, other) if axis == 0 else (other, edge))
            if inside:
                found.append(point)
        ring = found
        if not ring:
            break
    return ring
