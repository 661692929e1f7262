"""The files of a fake run that tell of kinds of contact, loops and stock over time, from formulas."""

from __future__ import annotations

import csv
import math
from itertools import pairwise
from pathlib import Path

from sim.columns import KINDS


def write_kinds(folder: Path, site: str) -> list[tuple[str, float]]:
    """kinds.csv; returns the share of each kind."""
    shares = dict(zip(KINDS, (0.70, 0.10, 0.04, 0.05, 0.04, 0.07), strict=True))
    rows = []
    for channel, size in (("voice", 300.0), ("wechat", 140.0)):
        for kind, share in shares.items():
            for day_type, factor in (("working", 1.0), ("other", 0.35)):
                for slot in range(16, 44):
                    late = 3.0 if kind == "redial" and slot < 18 else 1.0
                    rows.append(
                        (site, channel, kind, day_type, slot, size * share * factor * late * math.exp(-((slot - 21) ** 2) / 90))
                    )
    _write(folder / "kinds.csv", ("site", "channel", "kind", "day_type", "slot", "offered"), rows)
    return list(shares.items())


def write_loops(folder: Path) -> None:
    """loops.csv."""
    rows = [
        ("share", "part wait", 0.18, 0.01), ("late_share", "all", 0.19, 0.01), ("late_share", "part wait", 0.52, 0.03),
        ("late_share", "no part wait", 0.12, 0.01), ("tat_mean_h", "part wait", 190.0, 6.0),
        ("tat_mean_h", "no part wait", 71.0, 1.0), ("contacts", "late", 2.1, 0.1),
        ("contacts", "in time", 1.2, 0.02), ("late_per_day", "all", 340.0, 15.0),
        ("late_from_part_wait", "late", 0.49, 0.02),
    ]  # fmt: skip
    _write(folder / "loops.csv", ("measure", "orders", "value", "half_width"), rows)


def write_stock(folder: Path, parts: list[str]) -> None:
    """stock.csv: sixteen periods of three tiers and of the parts."""
    rows: list[tuple[object, ...]] = []
    edges = [0.0, 120.0, *(120.0 + 720.0 * k for k in range(1, 16))]
    for tier, size in (("central", 900.0), ("regional", 400.0), ("points", 250.0)):
        for k, (begin, end) in enumerate(pairwise(edges)):
            level = size * (1 + 0.02 * math.sin(k))
            rows.append(("tier", tier, begin, end, level, 0.05 * level, 0.4 * level, 120.0 * level))
    for i, part in enumerate(parts):
        for k, (begin, end) in enumerate(pairwise(edges)):
            rows.append(("part", part, begin, end, 50.0 + i, (9.0 if 6 <= k < 8 else 0.4) / (1 + i), "", ""))
    _write(folder / "stock.csv", ("kind", "name", "begin_h", "end_h", "on_hand", "backorders", "in_transit", "value"), rows)


def _write(path: Path, head: tuple[str, ...], rows: list[tuple[object, ...]] | list[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)
