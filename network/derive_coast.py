"""Derive the coastlines of the report's map, ../sim/report/coast/land.json, from Natural Earth.

    python derive_coast.py --data FOLDER [--out FOLDER]

Source: Natural Earth 4.1.0, physical vectors "Land" at 1:50 million (https://www.naturalearthdata.com, public domain), as the
TopoJSON file land-50m.json of the npm package world-atlas 2.0.2 (Michael Bostock, ISC licence; ``npm pack world-atlas@2.0.2``).
FOLDER holds that file. Only land and water are in it: no countries, no borders, no names.

What is done: the arcs are decoded and joined to rings; islands that no map of ours would show are left out; every vertex gets the
coarsest detail at which it still stands, by the simplification of Ramer (1972) and Douglas and Peucker (1973), and vertices that
the finest detail needs not are left out; degrees are rounded to hundredths. The same data give the same bytes.

The file: `step` degrees of a unit, `details` tolerances in degrees from fine to coarse, `rings` with `xy`, the first vertex and
then differences in units (longitude, latitude, ...), and `keep`, one hexadecimal digit a vertex: the coarsest of `details` at
which it stands. Rings are closed without repeating the first vertex and not cut at the date line (longitudes go on beyond 180);
lakes run the other way round than land.
"""

from __future__ import annotations

import argparse
import json
import math
from itertools import pairwise
from pathlib import Path
from typing import Any

STEP = 0.01
DETAILS = (0.03, 0.045, 0.07, 0.1, 0.15, 0.22, 0.33, 0.5, 0.75, 1.1, 1.7, 2.5)
SMALLEST = 0.02  # square degrees of the smallest island kept, a quarter of a tenth of a degree squared
HERE = Path(__file__).resolve().parent
Point = tuple[float, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with land-50m.json")
    parser.add_argument("--out", type=Path, default=HERE.parent / "sim" / "report" / "coast", help="folder to write to")
    given = parser.parse_args()
    rings = [ring for ring in decoded(json.loads((given.data / "land-50m.json").read_text())) if abs(area(ring)) >= SMALLEST]
    rings.sort(key=lambda ring: (-abs(area(ring)), ring))
    content = {
        "source": "Natural Earth 4.1.0, land 1:50m, public domain; by way of world-atlas 2.0.2 (ISC)",
        "step": STEP,
        "details": DETAILS,
        "rings": [found for ring in rings if (found := coded(ring)) is not None],
    }
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "land.json").write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="utf-8")


def decoded(topology: dict[str, Any]) -> list[list[Point]]:
    """Rings of the land, without the repeated last vertex."""
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        line = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            line.append((x * sx + tx, y * sy + ty))
        arcs.append(line)
    rings = []
    for geometry in topology["objects"]["land"]["geometries"]:
        for polygon in geometry["arcs"]:
            for numbers in polygon:
                ring: list[Point] = []
                for number in numbers:
                    line = arcs[number] if number >= 0 else arcs[~number][::-1]
                    ring += line[1:] if ring else line
                rings.append(unwrapped(ring[:-1]))
    return rings


def unwrapped(ring: list[Point]) -> list[Point]:
    """A ring that crosses the date line goes on beyond 180 degrees; one round the pole is closed along it."""
    found = [ring[0]]
    for x, y in ring[1:]:
        found.append((x - 360.0 * round((x - found[-1][0]) / 360.0), y))
    back = ring[0][0] - 360.0 * round((ring[0][0] - found[-1][0]) / 360.0)
    if back != ring[0][0]:
        pole = math.copysign(90.0, ring[0][1])
        found += [(back, ring[0][1]), (back, pole), (ring[0][0], pole)]
    turns = round((min(x for x, _ in found) + max(x for x, _ in found)) / 720.0)
    return [(x - 360.0 * turns, y) for x, y in found]


def area(ring: list[Point]) -> float:
    """Signed square degrees, longitude narrowed by the cosine of the latitude."""
    total = 0.0
    for (x, y), (u, v) in pairwise([*ring, ring[0]]):
        total += (x * v - u * y) / 2
    return total * math.cos(math.radians(sum(y for _, y in ring) / len(ring)))


def coded(ring: list[Point]) -> dict[str, Any] | None:
    """A ring as in the file; None if nothing is left of it."""
    keep = levels(ring)
    kept = [(round(x / STEP), round(y / STEP), level) for (x, y), level in zip(ring, keep, strict=True) if level >= 0]
    kept = [vertex for i, vertex in enumerate(kept) if vertex[:2] != kept[i - 1][:2]]
    if len(kept) < 3:
        return None
    flat = [*kept[0][:2]]
    for (x, y, _), (u, v, _) in pairwise(kept):
        flat += [u - x, v - y]
    return {"xy": flat, "keep": "".join(f"{level:x}" for _, _, level in kept)}


def levels(ring: list[Point]) -> list[int]:
    """By vertex the coarsest detail at which it stands, -1 for none; a ring stands as long as it has an extent."""
    n = len(ring)
    far = max(range(n), key=lambda i: math.dist(ring[0], ring[i]))
    worth = [0.0] * n
    size = math.dist(ring[0], ring[far])
    worth[0] = worth[far] = size
    closed = [*ring, ring[0]]
    stack = [(0, far, size), (far, n, size)]
    while stack:
        begin, end, most = stack.pop()
        if end - begin < 2:
            continue
        distance, at = max((offset(closed[i], closed[begin], closed[end]), -i) for i in range(begin + 1, end))
        at = -at
        worth[at] = min(most, distance)  # no vertex outlives the ends of its stretch
        stack += [(begin, at, worth[at]), (at, end, worth[at])]
    return [sum(w >= tolerance for tolerance in DETAILS) - 1 for w in worth]


def offset(point: Point, begin: Point, end: Point) -> float:
    """Degrees from a point to a stretch, longitude narrowed by the cosine of the latitude."""
    narrow = max(0.2, math.cos(math.radians(point[1])))
    px, py = (point[0] - begin[0]) * narrow, point[1] - begin[1]
    ex, ey = (end[0] - begin[0]) * narrow, end[1] - begin[1]
    length = ex * ex + ey * ey
    share = min(1.0, max(0.0, (px * ex + py * ey) / length)) if length > 0 else 0.0
    return math.hypot(px - share * ex, py - share * ey)


if __name__ == "__main__":
    main()
