"""Distributions of one replication on fine edges, so that quantiles of all replications together can be found later."""

from __future__ import annotations

import numpy as np

from sim.analysis.groups import line_parts
from sim.analysis.kpis import group
from sim.analysis.window import Floats
from sim.scenario.plan import Plan

# Hours, 1 % apart from one second to 20,000 h; the first is 0
EDGES_H = np.concatenate(([0.0], np.geomspace(1 / 3600, 20_000.0, 1820)))
BINS = len(EDGES_H) + 1

Name = tuple[str, str]  # measure without its last word, group


def distribution_names(plan: Plan) -> list[Name]:
    """Rows of the frame `distributions`: what is distributed, and the group; a line of contacts each, which add up to all."""
    names: list[Name] = []
    if plan.workshops:
        names += [("tat.workshop", "all"), ("tat.case", "all")]
    if plan.parts:
        names.append(("parts.wait", "all"))
    parts = line_parts(plan)
    names += [("contact.wait", group(site=centre, channel=channel)) for centre, channel in parts]
    return names


def binned(values: Floats, weights: Floats | None = None) -> Floats:
    """Counts by bin: bin b holds ``EDGES_H[b - 1] < value <= EDGES_H[b]``."""
    late = values > 0
    counts = np.zeros(BINS)
    if weights is None:
        counts += np.bincount(np.searchsorted(EDGES_H, values[late], side="left"), minlength=BINS)
        counts[0] += len(values) - np.count_nonzero(late)
    else:
        counts += np.bincount(np.searchsorted(EDGES_H, values[late], side="left"), weights[late], BINS)
        counts[0] += float(weights[~late].sum())
    return counts


def frame_of(plan: Plan, found: dict[str, Floats]) -> Floats:
    """The frame: one row a name of `distribution_names`; lines of contacts come as rows of one array, in order.

    Parameters
    ----------
    plan
        Whose names.
    found
        Counts [bins] by what is distributed, for contact.wait [lines, bins]; what is missing counts as none.
    """
    names = distribution_names(plan)
    frame = np.zeros((len(names), BINS))
    first_line = len(names) - len(plan.lines)
    for i, (kpi, _) in enumerate(names[:first_line]):
        if kpi in found:
            frame[i] = found[kpi]
    if "contact.wait" in found:
        frame[first_line:] = found["contact.wait"]
    return frame
