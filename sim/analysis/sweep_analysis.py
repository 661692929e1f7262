"""What a sweep says of one measure: effects, tornado, indices, two-factor maps, metamodel; and which points are best."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.axes import Axis
from sim.analysis.estimate import t_quantile
from sim.analysis.metamodel import Metamodel, fit_metamodel
from sim.analysis.sensitivity import (
    Effect,
    Index,
    Swing,
    effects_of,
    grid_indices,
    indices_of,
    level_weights,
    resampled_saltelli,
    saltelli_indices,
    saltelli_sample,
    standardised_coefficients,
    swing_of,
    tornado,
    whole_replications,
)

MOST_MAPS = 10
_SAMPLE = 512  # rows of A of the indices on a metamodel
_AVERAGED = 128  # points over which the other factors are averaged

Floats = NDArray[np.float64]


def analyse(
    axes: Sequence[Axis], rows: Floats, values: Floats, design: str, kind: str, confidence: float, seed: int
) -> dict[str, Any]:
    """Everything about one measure.

    Parameters
    ----------
    axes, rows
        The factors, and the points on them ([points, factors]; NaN: as in the scenario).
    values
        [points, replications]; NaN where there is none.
    design
        How the points were chosen; see `sim.experiment.designs`.
    kind
        Of the metamodel: 'gp', 'quadratic' or 'none'.
    confidence
        Of all intervals.
    seed
        Of the bootstrap and of the samples on the metamodel.

    Returns
    -------
    dict
        effects, tornado, coefficients, indices, maps (lists; empty where the design does not show them), metamodel (None if there
        is none) and basis, which says what effects and indices rest on: 'points' or 'metamodel'.
    """
    known = whole_replications(values)
    found: dict[str, Any] = {"effects": [], "tornado": [], "coefficients": [], "indices": [], "maps": [], "metamodel": None}
    found |= {"basis": "points", "replications_used": known.shape[1]}
    if np.isnan(known).any():
        return found
    model = fit_metamodel(axes, rows, known, kind) if kind != "none" and not np.isnan(rows).any() else None
    if design in ("factorial", "one-at-a-time"):
        base = 0 if design == "one-at-a-time" else None
        weighted = [level_weights(axis, rows[:, i], base) for i, axis in enumerate(axes)]
    elif model is not None:
        weighted = _smoothed(axes, model, seed)
        found["basis"] = "metamodel"
    else:
        weighted = []
    effects: list[Effect] = []
    swings: list[Swing] = []
    for axis, (ladder, weights) in zip(axes, weighted, strict=False):
        effects += effects_of(axis, ladder, weights, known, confidence)
        swings.append(swing_of(axis, ladder, weights, known, confidence))
    found["effects"] = [asdict(e) for e in effects]
    found["tornado"] = [asdict(s) for s in tornado(swings)]
    if design != "one-at-a-time":
        found["coefficients"] = [asdict(c) for c in standardised_coefficients(axes, rows, known, confidence)]
        found["indices"] = [_plain(asdict(i)) for i in _indices(axes, rows, known, design, model, confidence, seed)]
        found["maps"] = _maps(axes, rows, known.mean(axis=1), design, model, swings, seed)
    if model is not None:
        facts = {"kind": model.kind, "q2": model.q2, "rmse": model.rmse, "noise": model.noise}
        found["metamodel"] = _plain(facts) | {
            "left_out": [float(x) for x in model.left_out],
            "function": model.function,
        }
    return found


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in data.items()}


def _spread_rows(axes: Sequence[Axis], count: int, seed: int) -> Floats:
    """Rows spread evenly over the factors' space."""
    sample = saltelli_sample(count, len(axes), seed)[0]
    return np.column_stack([axis.from_unit(sample[:, i]) for i, axis in enumerate(axes)])


def _smoothed(axes: Sequence[Axis], model: Metamodel, seed: int) -> list[tuple[tuple[float, ...], Floats]]:
    """Effects on the metamodel: the mean over the other factors at each level of one, less the mean over all of them."""
    others = _spread_rows(axes, _AVERAGED, seed)
    found = []
    for i, axis in enumerate(axes):
        ladder = axis.ladder()
        means = []
        for level in ladder:
            at = others.copy()
            at[:, i] = level
            means.append(model.weights(at).mean(axis=0))
        weights = np.array(means)
        found.append((ladder, weights - weights.mean(axis=0)))
    return found


def _indices(
    axes: Sequence[Axis], rows: Floats, values: Floats, design: str, model: Metamodel | None, confidence: float, seed: int
) -> list[Index]:
    count = len(axes)
    if design == "factorial":
        return indices_of(axes, lambda y, _: grid_indices(rows, y), values, confidence, 0, seed)
    if design == "saltelli":
        return indices_of(
            axes, lambda y, taken: resampled_saltelli(y, count, taken), values, confidence, len(rows) // (count + 2), seed
        )
    if model is None:
        return []
    sample = np.concatenate(saltelli_sample(_SAMPLE, count, seed))
    weights = model.weights(np.column_stack([axis.from_unit(sample[:, i]) for i, axis in enumerate(axes)]))
    return indices_of(axes, lambda y, _: saltelli_indices(weights @ y, count), values, confidence, 0, seed)


def _maps(
    axes: Sequence[Axis], rows: Floats, means: Floats, design: str, model: Metamodel | None, swings: Sequence[Swing], seed: int
) -> list[dict[str, Any]]:
    """Means over two factors, averaged over the others; pairs of the factors with the largest effects first."""
    if design != "factorial" and model is None:
        return []
    size = {s.factor: abs(s.span) for s in swings}
    order = sorted(range(len(axes)), key=lambda i: -size.get(axes[i].name, 0.0))
    pairs = sorted(itertools.combinations(range(len(order)), 2), key=lambda p: (p[0] + p[1], p))[:MOST_MAPS]
    found = []
    for first, second in pairs:
        i, k = sorted((order[first], order[second]))
        if design == "factorial":
            x, y = (sorted(set(rows[:, j].tolist())) for j in (i, k))
            z = [[float(means[(rows[:, i] == a) & (rows[:, k] == b)].mean()) for a in x] for b in y]
        else:
            x, y = list(axes[i].ladder()), list(axes[k].ladder())
            z = _surface(axes, i, k, x, y, means, model, seed)
        found.append({"x": axes[i].name, "y": axes[k].name, "x_values": x, "y_values": y, "z": z})
    return found


def _surface(
    axes: Sequence[Axis], i: int, k: int, x: list[float], y: list[float], means: Floats, model: Metamodel | None, seed: int
) -> list[list[float]]:
    others = _spread_rows(axes, _AVERAGED // 2, seed)
    z = []
    for b in y:
        line = []
        for a in x:
            at = others.copy()
            at[:, i], at[:, k] = a, b
            line.append(float((model.weights(at) @ means).mean()) if model is not None else math.nan)
        z.append(line)
    return z


def best_points(values: Floats, better: str, confidence: float, listed: int = 10) -> dict[str, Any]:
    """Points in order of one measure, and how many cannot be told from the first.

    Parameters
    ----------
    values
        [points, replications].
    better
        'less' or 'more'.
    confidence
        Of all comparisons with the first together (Bonferroni over the other points); paired by replication.

    Returns
    -------
    dict
        'order': the best points; 'not_told_apart': how many others may be as good, None without intervals.
    """
    known = whole_replications(values)
    means = known.mean(axis=1)
    sign = 1.0 if better == "less" else -1.0
    usable = [i for i in range(len(means)) if not math.isnan(means[i])]
    order = sorted(usable, key=lambda i: (sign * means[i], i))
    n = known.shape[1]
    open_: int | None = None
    if n > 1 and len(order) > 1:
        apart = sign * (known[order[1:]] - known[order[0]])
        error = apart.std(axis=1, ddof=1) / math.sqrt(n)
        critical = t_quantile(1 - (1 - confidence) / (len(order) - 1), n - 1)
        open_ = int((apart.mean(axis=1) - critical * error <= 0).sum())
    return {"order": order[:listed], "not_told_apart": open_}
