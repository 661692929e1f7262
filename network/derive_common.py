"""What both derivation scripts use: tables in and out, the plain part of YAML, distances, queues and stock levels.

Standard library and NumPy only. Files are written with `\\n`, UTF-8, and numbers in a fixed form, so that the same data give the
same bytes everywhere.
"""

from __future__ import annotations

import argparse
import csv
import math
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
Row = dict[str, str]

_HOURS = {"s": 1 / 3600, "min": 1 / 60, "h": 1.0, "hours": 1.0, "day": 24.0, "days": 24.0, "year": 8760.0, "years": 8760.0}


def arguments(about: str | None) -> argparse.Namespace:
    """Command line of a derivation script: --data DIR, --out DIR, --report."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the source data")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to (default: beside this script)")
    parser.add_argument("--report", action="store_true", help="print volumes and the staff and stock that follow from them")
    return parser.parse_args()


def read_rows(path: Path) -> list[Row]:
    """All rows of a CSV file as mappings from the header."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_rows(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A CSV file with `\\n` line ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


# ---------------------------------------------------------------- the plain part of YAML that our network files use


def read_yaml(path: Path) -> dict[str, Any]:
    """A network file as nested mappings of text: block mappings, flow mappings and lists, comments; nothing else."""
    lines = _joined(path.read_text(encoding="utf-8").splitlines())
    tree, rest = _block(lines, 0, 0)
    if rest != len(lines):
        raise ValueError(f"{path}: cannot read beyond {lines[rest][1]!r}")
    return tree


def _joined(raw: list[str]) -> list[tuple[int, str]]:
    """(indent, text) of the lines without comments; a flow collection that spans lines becomes one line."""
    lines: list[tuple[int, str]] = []
    depth = 0
    for line in raw:
        text = re.sub(r"(^|\s)#.*$", "", line).rstrip()
        if not text.strip():
            continue
        if depth > 0:
            indent, begin = lines.pop()
            lines.append((indent, f"{begin} {text.strip()}"))
        else:
            lines.append((len(text) - len(text.lstrip()), text.strip()))
        depth += sum(text.count(c) for c in "{[") - sum(text.count(c) for c in "}]")
    return lines


def _block(lines: list[tuple[int, str]], at: int, indent: int) -> tuple[dict[str, Any], int]:
    tree: dict[str, Any] = {}
    while at < len(lines) and lines[at][0] == indent:
        key, _, value = lines[at][1].partition(":")
        at += 1
        if value.strip():
            tree[key.strip()] = _flow(value.strip())
        elif at < len(lines) and lines[at][0] > indent:
            tree[key.strip()], at = _block(lines, at, lines[at][0])
        else:
            tree[key.strip()] = {}
    return tree, at


def _flow(text: str) -> Any:
    if text[0] not in "{[":
        return text.strip("\"'")
    pieces, depth, begin = [], 0, 1
    for i, c in enumerate(text[1:-1] + ",", start=1):
        depth += (c in "{[") - (c in "}]")
        if c == "," and depth == 0:
            pieces.append(text[begin:i].strip())
            begin = i + 1
    pieces = [p for p in pieces if p]
    if text[0] == "[":
        return [_flow(p) for p in pieces]
    pairs = (p.partition(":") for p in pieces)
    return {key.strip(): _flow(value.strip()) for key, _, value in pairs}


def number(text: str) -> float:
    """A quantity as a float: shares 0..1, durations in hours, rates per hour, money and weight without their unit."""
    head, slash, below = text.partition("/")
    words = head.split()
    value = float(words[0])
    if len(words) > 1:
        value *= 0.01 if words[1] == "%" else _HOURS.get(words[1], 1.0)
    return value / _HOURS[below.strip()] if slash and below.strip() in _HOURS else value


def mean_hours(spec: Any) -> float:
    """Mean of a duration, plain or {gamma: {mean: ..}} or {exponential: ..}."""
    if isinstance(spec, str):
        return number(spec)
    (inner,) = spec.values()
    return number(inner if isinstance(inner, str) else inner["mean"])


def members(collection: dict[str, Any]) -> dict[str, Any]:
    """The members of a collection with `defaults`, each with the defaults filled in."""
    shared = collection.get("defaults", {})
    return {name: shared | spec for name, spec in collection.items() if name not in ("defaults", "from")}


# ---------------------------------------------------------------- places


def distance_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance (haversine, mean earth radius 6371 km)."""
    a, b = math.radians(lat1), math.radians(lat2)
    h = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * 6371.0 * math.asin(min(1.0, math.sqrt(h)))


def road_hours(km: float, circuity: float = 1.26, speed: float = 55.0, driving: float = 10.0, handling: float = 12.0) -> float:
    """Elapsed hours by lorry: road distance at `speed`, `driving` hours of each day, plus handling (all but circuity assumed)."""
    return handling + km * circuity / speed * (24.0 / driving if km * circuity / speed > driving else 1.0)


# ---------------------------------------------------------------- queues


def erlang_c(servers: int, load: float) -> float:
    """Probability of waiting in M/M/c with offered load in Erlang (Erlang's delay formula); 1 when overloaded."""
    if servers <= load:
        return 1.0
    inverse = 1.0
    for n in range(1, servers + 1):
        inverse = 1.0 + n / load * inverse if load > 0 else math.inf
    blocking = 1.0 / inverse
    return blocking / (1.0 - load / servers * (1.0 - blocking))


def service_level(servers: int, load: float, handle_h: float, threshold_h: float) -> float:
    """Share of an M/M/c queue answered within the threshold."""
    if servers <= load:
        return 0.0
    return 1.0 - erlang_c(servers, load) * math.exp(-(servers - load) * threshold_h / handle_h)


def heads_for_wait(load: float, service_h: float, wait_h: float, highest: float) -> int:
    """Smallest c of M/M/c with a mean wait of at most `wait_h` and a utilisation of at most `highest`."""
    heads = max(1, math.ceil(load / highest - 1e-9))
    while erlang_c(heads, load) * service_h / (heads - load) > wait_h:
        heads += 1
    return heads


# ---------------------------------------------------------------- stock


def poisson_cdf(k: int, mean: float) -> float:
    """P(N <= k) of a Poisson variable (normal with continuity correction above a mean of 400)."""
    if k < 0:
        return 0.0
    if mean > 400:
        return 0.5 * math.erfc(-(k + 0.5 - mean) / math.sqrt(2 * mean))
    term = total = math.exp(-mean)
    for i in range(1, k + 1):
        term *= mean / i
        total += term
    return min(1.0, total)


def base_stock_for(mean: float, fill: float) -> int:
    """Smallest S of (S-1,S) whose fill rate P(N <= S-1) reaches `fill`, N the Poisson demand of a lead time (Palm)."""
    level = 1
    while poisson_cdf(level - 1, mean) < fill:
        level += max(1, int(mean // 200))
    return level


def reorder_level_for(mean: float, lot: int, fill: float, extra_variance: float = 0.0) -> int:
    """Smallest s >= 0 of (s,S) with S = s + lot whose ready rate reaches `fill`.

    The position is uniform on s+1..s+lot; the demand of a lead time is Poisson, or normal with the Poisson variance plus
    `extra_variance` (random lead times, customers who order in lots).
    """
    spread = math.sqrt(mean + extra_variance)

    def cdf(k: int) -> float:
        if extra_variance <= 0:
            return poisson_cdf(k, mean)
        return 0.5 * math.erfc((mean - k - 0.5) / (spread * math.sqrt(2))) if k >= 0 else 0.0

    level = max(0, int(mean - 4 * spread - lot))
    points = [1 + round(i * (lot - 1) / 7) for i in range(8)]
    while sum(cdf(level + p - 1) for p in points) / len(points) < fill:
        level += max(1, int(spread / 20))
    return level
