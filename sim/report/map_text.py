"""What the map says: title, legend, tables of areas and points, and the lines that tell what is shown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.analysis.estimate import MET, MISSED, NOT_SHOWN
from sim.language import say, say_count
from sim.report import format as fmt
from sim.report import palette as c
from sim.report import titles
from sim.report.judged import LOOKS, Rule, verdict_legend
from sim.report.map_flows import Flow, flow_legend
from sim.report.map_points import CLASSES, Classes, Group, MapPoints
from sim.report.panel import Legend
from sim.report.read import Columns, Floats

_LEGEND_MARKS = {"circle": "circle", "triangle-up": "triangle", "diamond": "diamond"}
_EDGES_KM = (50, 100, 150, 200, 300, 400, 500, 600, 800, 1000, 1500, 2000, 3000, 5000)
_VERDICTS = (MISSED, MET, NOT_SHOWN)


def map_title(points: MapPoints, classes: Classes, rule: Rule, depots: tuple[list[str], Floats], *, known_ways: bool) -> str:
    """Where the trouble is: far from the depots if that tells slow points from others, else in which region.

    Parameters
    ----------
    depots
        By point its depot and the kilometres to it.
    known_ways
        True if the depot is the one that supplies the point, False if it is the nearest.
    """
    rated = [i for i in points.served() if classes.of_point[i] >= 0]
    if not rated:
        return say("No service point has enough orders to be rated")
    bad = [i for i in rated if classes.is_bad(i)]
    edge = edge_title(bad, [i for i in rated if not classes.is_bad(i)], depots[1], known_ways=known_ways)
    if edge:
        return edge
    if classes.are_verdicts:
        verdicts = [list(LOOKS)[classes.of_point[i]] for i in rated]
        said = titles.judged_title([points.names[i] for i in rated], points.p90_h[rated], verdicts, rule.text, "service point")
        worst = _mostly(points, bad)
        return say("{verdicts}; most that miss it lie in {region}", verdicts=said, region=worst) if worst else said
    if rule.limit_h is not None:
        slowest = max(rated, key=lambda i: points.p90_h[i])
        return say("{place} is slowest, {hours}", place=points.names[slowest], hours=fmt.hours(float(points.p90_h[slowest])))
    above = [i for i in rated if classes.of_point[i] >= 2]
    if not above:
        return say("No service point stands out")
    values = {"whole": fmt.number(len(rated)), "share": fmt.percent(len(above) / len(rated))}
    said = say_count(
        "{n} of {whole} service points ({share}) is above the P90 of the network",
        "{n} of {whole} service points ({share}) are above the P90 of the network",
        len(above),
        **values,
    )
    worst = _mostly(points, above)
    return say("{verdicts}, most of them in {region}", verdicts=said, region=worst) if worst else said


def edge_title(bad: Sequence[int], others: Sequence[int], far: Floats, *, known_ways: bool) -> str:
    """'Slow points lie at the edge of the network: 9 of 12 slow points are over 600 km from their depot, 3 of 80 others'.

    Only where it is so: of at least five slow points three in five lie beyond a round distance and of the others at most one in
    five does; '' otherwise.
    """
    bad, others = [i for i in bad if np.isfinite(far[i])], [i for i in others if np.isfinite(far[i])]
    if len(bad) < 5 or len(others) < 5:
        return ""
    best, at = 0.0, 0
    for edge in _EDGES_KM:
        share, among = float(np.mean(far[bad] > edge)), float(np.mean(far[others] > edge))
        if share >= 0.6 and among <= 0.2 and share - among > best:
            best, at = share - among, edge
    if not at:
        return ""
    values = {
        "beyond": fmt.number(int((far[bad] > at).sum())),
        "slow": fmt.number(len(bad)),
        "km": fmt.with_unit(fmt.number(at), say("km")),
        "few": fmt.number(int((far[others] > at).sum())),
        "others": fmt.number(len(others)),
    }
    if known_ways:
        return say(
            "Slow points lie at the edge of the network: {beyond} of {slow} slow points are over {km} from their depot, {few} of "
            "the {others} others",
            **values,
        )
    return say(
        "Slow points lie at the edge of the network: {beyond} of {slow} slow points are over {km} from the nearest depot, {few} "
        "of the {others} others",
        **values,
    )


def _mostly(points: MapPoints, bad: Sequence[int]) -> str:
    """The region that has more than two fifths of some points of several regions, '' if none has."""
    regions = sorted({points.regions[i] for i in bad})
    by_region = {r: sum(points.regions[i] == r for i in bad) for r in regions}
    worst = max(regions, key=lambda r: (by_region[r], r), default="")
    return worst if len(regions) > 1 and len(bad) > 3 and by_region[worst] > 0.4 * len(bad) else ""


def subtitle(rule: Rule, reference_h: float, *, grouped: bool) -> str:
    """What is drawn."""
    if rule.limit_h is None:
        said = say("P90 turnaround by service point against the P90 of the network, {hours}", hours=fmt.hours(reference_h))
    elif rule.word == "promise":
        said = say("P90 turnaround by service point against the promise, {hours}", hours=fmt.set_hours(reference_h))
    else:
        said = say("P90 turnaround by service point against the limit, {hours}", hours=fmt.set_hours(reference_h))
    if not grouped:
        return said
    return say("{what}; marks are groups of neighbours, area by orders, marked by what most of their orders meet", what=said)


def map_legend(
    points: MapPoints, classes: Classes, reference_h: float, word: str, flows: Sequence[Flow], minimum: float
) -> tuple[Legend, ...]:
    """Classes with the number of points, depots, hubs and flows."""
    entries: list[Legend] = []
    if classes.are_verdicts:
        entries += verdict_legend([list(LOOKS)[k] for k in classes.those(points) if k >= 0], word, counts=True)
    else:
        entries += _class_legend(classes.those(points), reference_h)
    few = classes.those(points).count(-1)
    if few:
        label = say("under {orders} orders ({points})", orders=fmt.number(max(1.0, minimum)), points=fmt.number(few))
        entries.append(Legend(label, c.QUIET, "circle"))
    if "depot" in points.kinds:
        entries.append(Legend(say("depot"), c.INK, "square"))
    return (*entries, *flow_legend(flows))


def _class_legend(classes: list[int], reference_h: float) -> list[Legend]:
    """Spans of P90 with the number of points."""
    scale = fmt.hours_scale(reference_h)
    edges = [fmt.number(scale.value(top * reference_h), 0 if scale.unit == "h" else 1) for top, *_ in CLASSES]
    entries = []
    for i, (_, colour, symbol, _size) in enumerate(CLASSES):
        values = {"points": fmt.number(classes.count(i)), "high": fmt.with_unit(edges[i], scale.unit)}
        low = edges[i - 1]
        if i == 0:
            label = say("to {high} ({points})", **values)
        elif i == len(CLASSES) - 1:
            label = say("over {low} ({points})", low=fmt.with_unit(low, scale.unit), points=values["points"])
        else:
            label = say("{low}\u2013{high} ({points})", low=low, **values)
        entries.append(Legend(label, colour, _LEGEND_MARKS[symbol]))
    return entries


def area_head(classes: Classes) -> tuple[str, ...]:
    """Head of the table of areas."""
    counted = (say("Missed"), say("Met"), say("Not shown")) if classes.are_verdicts else (say("Above"), say("Share above"))
    return (say("Region"), say("Orders"), say("Points rated"), *counted, say("Longest P90"))


def area_row(points: MapPoints, classes: Classes, area: str, members: Sequence[int]) -> tuple[str, ...]:
    """A row of the table of areas; '' as area is the whole network."""
    served = set(points.served())
    rated = [i for i in members if i in served and classes.of_point[i] >= 0]
    own = [classes.of_point[i] for i in rated]
    if classes.are_verdicts:
        cells = [fmt.number(own.count(list(LOOKS).index(v))) for v in _VERDICTS]
    else:
        above = sum(k >= 2 for k in own)
        cells = [fmt.number(above), fmt.percent(above / len(rated)) if rated else fmt.MISSING]
    orders = fmt.count(float(points.orders[list(members)].sum()))
    longest = fmt.MISSING
    if rated:
        worst = max(rated, key=lambda i: points.p90_h[i])
        longest = say("{place}, {hours}", place=points.names[worst], hours=fmt.hours(float(points.p90_h[worst])))
    return (area or say("Whole network"), orders, fmt.number(len(rated)), *cells, longest)


def point_head(classes: Classes) -> tuple[str, ...]:
    """Head of the table of the points of an area."""
    judged = (say("Verdict"),) if classes.are_verdicts else ()
    return (say("Service point"), say("Orders"), say("P90"), *judged, say("Supplied from"), say("Distance"))


def point_row(points: MapPoints, classes: Classes, i: int, depots: tuple[list[str], Floats]) -> tuple[str, ...]:
    """A row of it."""
    width, p90 = points.half_width_h[i], points.p90_h[i]
    shown = fmt.MISSING
    if np.isfinite(p90):
        span = fmt.with_unit(fmt.interval(p90, width, fmt.hours_scale(p90)), fmt.hours_scale(p90).unit)
        shown = f"{fmt.hours(p90, width)} ({span})" if np.isfinite(width) else fmt.hours(p90)
    judged: tuple[str, ...] = ()
    if classes.are_verdicts:
        number = classes.of_point[i]
        judged = (verdict_word(list(LOOKS)[number]) if number >= 0 else say("too few orders"),)
    far = depots[1][i]
    away = fmt.with_unit(fmt.number(float(far)), say("km")) if np.isfinite(far) else fmt.MISSING
    return (points.names[i], fmt.count(points.orders[i]), shown, *judged, depots[0][i] or fmt.MISSING, away)


def verdict_word(verdict: str) -> str:
    """A verdict in the language spoken now."""
    return {MET: say("met"), MISSED: say("missed"), NOT_SHOWN: say("not shown")}[verdict]


def area_status(points: MapPoints, area: str, classes: Classes, members: Sequence[int]) -> str:
    """The line that tells which area is shown."""
    served = set(points.served())
    members = [i for i in members if i in served]
    bad = sum(classes.is_bad(i) for i in members)
    values = {"area": area, "bad": fmt.number(bad)}
    if classes.are_verdicts:
        return say_count(
            "{area}: {n} service point is shown, {bad} of them miss the limit. The table lists it.",
            "{area}: {n} service points are shown, {bad} of them miss the limit. The table lists them.",
            len(members),
            **values,
        )
    return say_count(
        "{area}: {n} service point is shown, {bad} of them above the reference. The table lists it.",
        "{area}: {n} service points are shown, {bad} of them above the reference. The table lists them.",
        len(members),
        **values,
    )


def whole_status(points: MapPoints, groups: Sequence[Group]) -> str:
    """The line that tells that the whole network is shown."""
    count = fmt.number(len(points.served()))
    if groups:
        marks = fmt.number(len(groups))
        return say("Whole network: {points} service points in {marks} groups.", points=count, marks=marks)
    return say("Whole network: {points} service points.", points=count)


def depots_note(points: MapPoints, classes: Classes) -> list[str]:
    """That depots are not counted, and how those do that repair."""
    depots = points.depots()
    if not depots or len(depots) == len(points):
        return []
    bad = fmt.number(sum(classes.is_bad(i) for i in depots))
    if classes.are_verdicts:
        return [
            say_count(
                "The depot is not counted among the points.",
                "The {n} depots are not counted among the points; {bad} of them miss the limit with the orders that they repair.",
                len(depots),
                bad=bad,
            )
        ]
    return [
        say_count("The depot is not counted among the points.", "The {n} depots are not counted among the points.", len(depots))
    ]


def alt_text(title: str, points: MapPoints, rows: Sequence[tuple[str, ...]]) -> str:
    """The map in words."""
    worst = [say("{area}: longest P90 {place}.", area=row[0], place=row[-1]) for row in rows[:8]]
    return " ".join((say("Map of {places} places. {title}.", places=fmt.number(len(points)), title=title), *worst))


def unplaced_note(points: Columns) -> list[str]:
    """How many workshops with orders have no place, and how many orders they have."""
    lat, lon, orders = points.numbers("lat"), points.numbers("lon"), np.nan_to_num(points.numbers("orders"))
    missing = ~(np.isfinite(lat) & np.isfinite(lon)) & (orders > 0)
    if not missing.any():
        return []
    names = [name for name, lost in zip(points.text("site"), missing, strict=True) if lost]
    return [
        say(
            "Without a place, so not on the map: {names} ({orders} orders).",
            names=fmt.in_words(names),
            orders=fmt.count(float(orders[missing].sum())),
        )
    ]
