"""What holds for all scenarios of a comparison together: who is best, verdicts after Holm, all pairs, and what pairing gained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.analysis.compare import Difference as Judged
from sim.analysis.compare import PairContrast
from sim.analysis.kpis import HEADLINES
from sim.analysis.multiple import Behind, Standing
from sim.language import say, say_count, term
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


def points_unit(scale: fmt.Scale) -> str:
    """The unit of a difference: percentage points of shares."""
    return "points" if scale.unit == "%" else scale.unit


def _bounds(low: float, high: float, standing: Standing, currency: str) -> tuple[str, str, str]:
    """Both ends and their unit, in the unit and with the digits that suit the interval."""
    scale = scale_of(standing.kpi, standing.unit, high, currency)
    width = scale.value(high - low) / 2
    places = fmt.decimals_for(scale.value(high), width if width > 0 else None)
    return fmt.number(scale.value(low), places), fmt.number(scale.value(high), places), points_unit(scale)


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
    about = text.lower_first(measure_name(standing.kpi, standing.group))
    sure = _percent(standing.confidence)
    leader = standing.leader
    if leader.high is None:
        return say(
            "{name} is ahead by {measure}, but one replication of each shows nothing.", name=called[leader.name], measure=about
        )
    best = standing.best
    if best is not None:
        rest = [entry for entry in standing.entries if entry is not best]
        near = min(rest, key=lambda e: (e.low or 0.0, abs(e.mean - best.mean)))
        low, high, unit = _bounds(near.low or 0.0, near.high or 0.0, standing, currency)
        return say(
            "{name} is best by {measure} with {sure} confidence; {next} may be within {low} of it and is at most {high} behind.",
            name=called[best.name],
            measure=about,
            sure=sure,
            next=called[near.name],
            low=fmt.with_unit(low, unit),
            high=fmt.with_unit(high, unit),
        )
    return _open_sentence(standing, called, about, sure, leader, currency)


def _open_sentence(standing: Standing, called: dict[str, str], about: str, sure: str, leader: Behind, currency: str) -> str:
    """Nobody is shown to be the best: who may be, who is ruled out, and what is lost at most with the leader."""
    rivals = [called[e.name] for e in standing.entries if e.may_be_best and e is not leader]
    out = [called[e.name] for e in standing.entries if not e.may_be_best]
    if not leader.high:
        return say("Nothing tells {names} apart by {measure}.", names=fmt.in_words([called[leader.name], *rivals]), measure=about)
    said = say(
        "No scenario is shown to be best by {measure} with {sure} confidence: {name} is ahead and at most {amount} behind the "
        "best, {rivals} may be better",
        measure=about,
        sure=sure,
        name=called[leader.name],
        amount=_distance(leader.high, leader.high, standing, currency),
        rivals=fmt.in_words(rivals),
    )
    if not out:
        return say("{said}.", said=said)
    return say_count(
        "{said}; {names} is ruled out.", "{said}; {names} are ruled out.", len(out), said=said, names=fmt.in_words(out)
    )


def gain_sentence(found: Difference | None) -> str:
    """What pairing saved for the difference that the headline is about; '' where there is nothing to say."""
    if found is None or found.variance_reduction is None:
        return ""
    gain = found.variance_reduction
    if gain >= 1.1:
        return say("Independent runs would have needed {times} as many replications for this interval.", times=times_text(gain))
    if gain < 0.9:
        return say("Meeting the same customers did not help here: independent runs would have needed fewer replications.")
    return ""


def times_text(gain: float) -> str:
    """'12 times', '1.8 times'."""
    return say("{n} times", n=fmt.number(gain, 0 if gain >= 10 else 1))


def holm_sentence(found: Difference | None, comparisons: int) -> str:
    """Whether the headline's difference stands among all comparisons."""
    if found is None or comparisons < 2 or found.p_holm is None:
        return ""
    if found.verdict in ("better", "worse", "differs"):
        return say("After Holm over {n} comparisons it is still shown.", n=comparisons)
    return say("After Holm over {n} comparisons it is not shown.", n=comparisons)


DIRECTIONS = {
    "better": term("better"),
    "worse": term("worse"),
    "differs": term("differs"),
    "same": term("same"),
    "not shown": term("not shown"),
    "": "",
}


def direction_text(verdict: str) -> str:
    """A verdict on a difference for people."""
    return say(DIRECTIONS[verdict]) if DIRECTIONS.get(verdict) else verdict


STANDING_HEAD = (
    term("Scenario"),
    term("Mean"),
    term("Difference"),
    term("Together"),
    term("p (Holm)"),
    term("Verdict"),
    term("Behind the best"),
    term("Pairing saves"),
)


def standing_grid(together: Together, contrasts: Sequence[Contrast], names: Sequence[str], currency: str) -> Grid | None:
    """The scenarios by the measure that the best is sought by: one row each, the baseline first; None with one scenario."""
    standing = together.standing
    if standing is None or len(contrasts) < 2:
        return None
    scale = scale_of(standing.kpi, standing.unit, standing.leader.mean, currency)
    rows = []
    for entry, name, contrast in zip(standing.entries, (say("Baseline"), *names), (None, *contrasts), strict=True):
        found = None if contrast is None else contrast.of(standing.kpi, standing.group)
        mean = fmt.quantity(entry.mean, scale, None if found is None else found.half_width)
        rows.append((name, mean, *_judged_cells(found, scale), _behind_cell(entry, standing, currency), _gain_cell(found)))
    note = say(
        "Together: {sure} intervals of the differences to the baseline that hold together over {n} comparisons (Bonferroni); "
        "verdicts after Holm over these comparisons. Behind the best: holds together for all scenarios, too. Pairing saves: so "
        "many times as many replications would independent runs have needed.",
        sure=_percent(standing.confidence),
        n=len(contrasts),
    )
    return Grid(tuple(say(cell) for cell in STANDING_HEAD), tuple(rows), note)


def _judged_cells(found: Difference | Judged | None, scale: fmt.Scale) -> tuple[str, str, str, str]:
    """Difference, simultaneous interval, adjusted p-value, verdict."""
    if found is None:
        return (fmt.MISSING, fmt.MISSING, fmt.MISSING, "")
    width = found.simultaneous_half_width
    return (
        fmt.quantity(found.difference, fmt.Scale(scale.factor, points_unit(scale)), found.half_width, signed=True),
        fmt.interval(found.difference, width, scale, signed=True),
        p_text(found.p_holm),
        direction_text(found.verdict),
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
        return say("best")
    return _distance(entry.low, entry.high, standing, currency)


def _gain_cell(found: Difference | Judged | None) -> str:
    return fmt.MISSING if found is None or found.variance_reduction is None else times_text(found.variance_reduction)


def standing_panel(together: Together, contrasts: Sequence[Contrast], names: Sequence[str], currency: str) -> Panel | None:
    """The table of all scenarios by the measure that the best is sought by."""
    grid = standing_grid(together, contrasts, names, currency)
    if grid is None or together.standing is None:
        return None
    about = measure_name(together.standing.kpi, together.standing.group)
    title = say("{measure}: all scenarios together", measure=about)
    return Panel("standing", title, "", title, grid=grid, wide=True, open_grid=len(grid.rows) <= MOST_ROWS)


PAIR_HEAD = (
    term("Pair"),
    term("Measure"),
    term("Difference"),
    term("Together"),
    term("p (Holm)"),
    term("Verdict"),
    term("Pairing saves"),
)


def pairs_grid(together: Together, names: Sequence[str], currency: str, only: tuple[str, str] | None = None) -> Grid | None:
    """Each scenario against each; `only` one measure and group, else the headline measures."""
    pairs = together.pairs
    if not pairs:
        return None
    own = [entry.name for entry in together.standing.entries] if together.standing is not None else []
    called = dict(zip(own, (say("Baseline"), *names), strict=True)) if own else {}
    order = {kpi: i for i, kpi in enumerate(HEADLINES)}
    rows = []
    for pair in pairs:
        for row in sorted(pair.rows, key=lambda r: order.get(r.kpi, -1)):
            if only is not None and (row.kpi, row.group) != only:
                continue
            scale = scale_of(row.kpi, row.unit, max(abs(row.base), abs(row.other)), currency)
            title = say("{one} less {other}", one=called.get(pair.other, pair.other), other=called.get(pair.base, pair.base))
            rows.append((title, measure_name(row.kpi, row.group), *_judged_cells(row, scale), _gain_cell(row)))
    note = say(
        "Intervals that hold together and verdicts after Holm over {n} comparisons, for each measure by itself.", n=len(pairs)
    )
    return Grid(tuple(say(cell) for cell in PAIR_HEAD), tuple(rows), note)


def pairs_panel(together: Together, names: Sequence[str], currency: str) -> Panel | None:
    """The table of all pairs."""
    grid = pairs_grid(together, names, currency)
    if grid is None:
        return None
    title = say("All {n} pairs", n=len(together.pairs))
    return Panel("pairs", title, "", title, grid=grid, wide=True, open_grid=len(grid.rows) <= MOST_ROWS)
