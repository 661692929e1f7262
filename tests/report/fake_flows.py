"""Writes flows.csv beside a made-up points.csv: each point is supplied by the depot of its region, far ones by way of a hub."""

from __future__ import annotations

import csv
from pathlib import Path


def write_flows(folder: Path) -> Path:
    """A hub outside the map, a supplier without a place, depots (the first points) and what points get and send on."""
    with (folder / "points.csv").open(encoding="utf-8", newline="") as file:
        points = list(csv.DictReader(file))
    depots = [p for p in points if p["kind"] == "depot"]
    rows: list[tuple[object, ...]] = [("maker", "hub", "replenishment", 9000, "", "", 1.0, 104.0)]
    for depot in depots:
        rows.append(("hub", depot["site"], "replenishment", 1000, 1.0, 104.0, depot["lat"], depot["lon"]))
        rows.append(("hub", depot["site"], "emergency", 40, 1.0, 104.0, depot["lat"], depot["lon"]))
    for i, point in enumerate(points):
        if point["kind"] != "depot" and depots:
            depot = next((d for d in depots if d["region"] == point["region"]), depots[0])
            here, there = (point["lat"], point["lon"]), (depot["lat"], depot["lon"])
            rows.append((depot["site"], point["site"], "replenishment", 10 + i % 7, *there, *here))
            rows.append((point["site"], depot["site"], "forward", 1 + i % 3, *here, *there))
    with (folder / "flows.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("from", "to", "kind", "per_year", "from_lat", "from_lon", "to_lat", "to_lon"))
        writer.writerows(rows)
    return folder
