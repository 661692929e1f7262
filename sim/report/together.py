"""What holds for all scenarios of a comparison together: who is best, verdicts after Holm, all pairs, and what pairing gained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.analysis.compare import Difference as Judged
from sim.analysis.compare import PairContrast
from sim.analysis.kpis import HEADLINES
from sim.analysis.multiple import Behind, Standing
from sim.report import format as fmt
from sim.report import text
from sim.report.contrast import Contrast, Difference
from sim.report.labels import full_label, unit_of
from sim.report.panel import Grid, Panel
from sim.report.read import Measure

MOST_ROWS = 20  # of a table that is shown unfolded


@dataclass(frozen=True, slots=True)
class Together:
    """What a page or console needs beyond the single contrasts."""

    standing: Standing | None
    pairs: tuple[PairContrast, ...] = ()


def scale_of(kpi: str, unit: str, size: float, currency: str) -> fmt.Scale:
    """The unit in which values of that size are shown."""
    return fmt.scale_for(unit_of(Measure(kpi, "all", unit, 0, size, None)), size, currency)


def measure_name(kpi: str, group: str) -> str:
    """A measure and its group for people."""
    return full_label(Measure(kpi, group, "1", 0, 0.0, None))


def _percent(confidence: float) -> str:
    return fmt.with_unit(f"{100 * confidence:g}", "%")


def _points(scale: fmt.Scale) -> str:
    return "points" if scale.unit == "%" else scale.unit


def _bounds(low: float, high: float, standing: Standing, currency: str) -> tuple[str, str, str]:
    """Both ends and their unit, in the unit and with the digits that suit the interval."""
    scale = scale_of(standing.kpi, standing.unit, high, currency)
    width = scale.value(high - low) / 2
    places = fmt.decimals_for(scale.value(high), width if width > 0 else None)
    return fmt.number(scale.value(low), places), fmt.number(scale.value(high), places), _points(scale)


def _distance(low: float, high: float, standing: Standing, currency: str) -> str:
    """'0.5-1.2 h'."""
    a, b, unit = _bounds(low, high, standing, currency)
    return fmt.with_unit(a if a == b else f"{a}{fmt.EN_DASH}{b}", unit)


def best_sentence(standing: Standing, currency: str, names: Sequence[str] | None = None) -> str:
    """Who is best, how sure that is, and how near the next may be.

    Parameters
    ----------
    standing
        The scenarios compared with the best of them.
    currency
        Of the scenarios.
    names
        What to call the entries, in their order; their own names by default.
    """
    called = dict(zip((e.name for e in standing.entries), names or [e.name for e in standing.entries], strict=True))
    about = f"by {text.lower_first(measure_name(standing.kpi, standing.group))}"
    sure = _percent(standing.confidence)
    leader = standing.leader
    if leader.high is None:
        return f"{called[leader.name]} is ahead {about}, but one replication of each shows nothing."
    best = standing.best
    if best is not None:
        rest = [entry for entry in standing.entries if entry is not best]
        near = min(rest, key=lambda e: (e.low or 0.0, abs(e.mean - best.mean)))
        low, high, unit = _bounds(near.low or 0.0, near.high or 0.0, standing, currency)
        most = fmt.with_unit(high, unit)
        within = f"{called[near.name]} may be within {fmt.with_unit(low, unit)} of it and is at most {most} behind"
        return f"{called[best.name]} is best {about} with {sure} confidence; {within}."
    return _open_sentence(standing, called, about, sure, leader, currency)


def _open_sentence(standing: Standing, called: dict[str, str], about: str, sure: str, leader: Behind, currency: str) -> str:
    """Nobody is shown to be the best: who may be, who is ruled out, and what is lost at most with the leader."""
    rivals = [called[e.name] for e in standing.entries if e.may_be_best and e is not leader]
    out = [called[e.name] for e in standing.entries if not e.may_be_best]
    if not leader.high:
        return f"Nothing tells {fmt.in_words([called[leader.name], *rivals])} apart {about}."
    said = f"No scenario is shown to be best {about} with {sure} confidence: {called[leader.name]} is ahead and at most "
    said += f"{_distance(leader.high, leader.high, standing, currency)} behind the best, {fmt.in_words(rivals)} may be better"
    return f"{said}; {fmt.in_words(out)} {'is' if len(out) == 1 else 'are'} ruled out." if out else f"{said}."


def gain_sentence(found: Difference | None) -> str:
    """What pairing saved for the difference that the headline is about; '' where there is nothing to say."""
    if found is None or found.variance_reduction is None:
        return ""
    gain = found.variance_reduction
    if gain >= 1.1:
        return f"Independent runs would have needed {times_text(gain)} as many replications for this interval."
    if gain < 0.9:
        return "Meeting the same customers did not help here: independent runs would have needed fewer replications."
    return ""


def times_text(gain: float) -> str:
    """'12 times', '1.8 times'."""
    return f"{fmt.number(gain, 0 if gain >= 10 else 1)} times"


def holm_sentence(found: Difference | None, comparisons: int) -> str:
    """Whether the headline's difference stands among all comparisons."""
    if found is None or comparisons < 2 or found.p_holm is None:
        return ""
    stands = found.verdict in ("better", "worse", "differs")
    return f"After Holm over {comparisons} comparisons it is {'still shown' if stands else 'not shown'}."


STANDING_HEAD = ("Scenario", "Mean", "Difference", "Together", "p (Holm)", "Verdict", "Behind the best", "Pairing saves")


def standing_grid(together: Together, contrasts: Sequence[Contrast], names: Sequence[str], currency: str) -> Grid | None:
    """The scenarios by the measure that the best is sought by: one row each, the baseline first; None with one scenario."""
    standing = together.standing
    if standing is None or len(contrasts) < 2:
        return None
    scale = scale_of(standing.kpi, standing.unit, standing.leader.mean, currency)
    rows = []
    for entry, name, contrast in zip(standing.entries, ("Baseline", *names), (None, *contrasts), strict=True):
        found = None if contrast is None else contrast.of(standing.kpi, standing.group)
        mean = fmt.quantity(entry.mean, scale, None if found is None else found.half_width)
        rows.append((name, mean, *_judged_cells(found, scale), _behind_cell(entry, standing, currency), _gain_cell(found)))
    note = (
        f"Together: {_percent(standing.confidence)} intervals of the differences to the baseline that hold together over "
        f"{len(contrasts)} comparisons (Bonferroni); verdicts after Holm over these comparisons. Behind the best: holds together "
        f"for all scenarios, too. Pairing saves: so many times as many replications would independent runs have needed."
    )
    return Grid(STANDING_HEAD, tuple(rows), note)


def _judged_cells(found: Difference | Judged | None, scale: fmt.Scale) -> tuple[str, str, str, str]:
    """Difference, simultaneous interval, adjusted p-value, verdict."""
    if found is None:
        return (fmt.MISSING, fmt.MISSING, fmt.MISSING, "")
    width = found.simultaneous_half_width
    return (
        fmt.quantity(found.difference, fmt.Scale(scale.factor, _points(scale)), found.half_width, signed=True),
        fmt.interval(found.difference, width, scale, signed=True),
        p_text(found.p_holm),
        found.verdict,
    )


def p_text(p: float | None) -> str:
    """'0.012', '< 0.001'."""
    if p is None:
        return fmt.MISSING
    return "< 0.001" if p < 0.001 else fmt.number(p, 3)


def _behind_cell(entry: Behind, standing: Standing, currency: str) -> str:
    if entry.low is None or entry.high is None:
        return fmt.MISSING
    if entry.may_be_best and entry.high == 0.0:
        return "best"
    return _distance(entry.low, entry.high, standing, currency)


def _gain_cell(found: Difference | Judged | None) -> str:
    return fmt.MISSING if found is None or found.variance_reduction is None else times_text(found.variance_reduction)


def standing_panel(together: Together, contrasts: Sequence[Contrast], names: Sequence[str], currency: str) -> Panel | None:
    """The table of all scenarios by the measure that the best is sought by."""
    grid = standing_grid(together, contrasts, names, currency)
    if grid is None or together.standing is None:
        return None
    title = f"{measure_name(together.standing.kpi, together.standing.group)}: all scenarios together"
    return Panel("standing", title, "", title, grid=grid, wide=True, open_grid=len(grid.rows) <= MOST_ROWS)


PAIR_HEAD = ("Pair", "Measure", "Difference", "Together", "p (Holm)", "Verdict", "Pairing saves")


def pairs_grid(together: Together, names: Sequence[str], currency: str, only: tuple[str, str] | None = None) -> Grid | None:
    """Each scenario against each; `only` one measure and group, else the headline measures."""
    pairs = together.pairs
    if not pairs:
        return None
    own = [entry.name for entry in together.standing.entries] if together.standing is not None else []
    called = dict(zip(own, ("Baseline", *names), strict=True)) if own else {}
    order = {kpi: i for i, kpi in enumerate(HEADLINES)}
    rows = []
    for pair in pairs:
        for row in sorted(pair.rows, key=lambda r: order.get(r.kpi, -1)):
            if only is not None and (row.kpi, row.group) != only:
                continue
            scale = scale_of(row.kpi, row.unit, max(abs(row.base), abs(row.other)), currency)
            title = f"{called.get(pair.other, pair.other)} less {called.get(pair.base, pair.base)}"
            rows.append((title, measure_name(row.kpi, row.group), *_judged_cells(row, scale), _gain_cell(row)))
    note = f"Intervals that hold together and verdicts after Holm over {len(pairs)} comparisons, for each measure by itself."
    return Grid(PAIR_HEAD, tuple(rows), note)


def pairs_panel(together: Together, names: Sequence[str], currency: str) -> Panel | None:
    """The table of all pairs."""
    grid = pairs_grid(together, names, currency)
    if grid is None:
        return None
    title = f"All {len(together.pairs)} pairs"
    return Panel("pairs", title, "", title, grid=grid, wide=True, open_grid=len(grid.rows) <= MOST_ROWS)
