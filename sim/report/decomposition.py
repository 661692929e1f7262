"""What a change of the mean turnaround is made of: the stages of an order follow each other, so their changes add up to it."""

from __future__ import annotations

from dataclasses import dataclass

from sim.language import say, say_count
from sim.report import format as fmt
from sim.report import text, titles
from sim.report.contrast import Contrast
from sim.report.labels import STAGE_GROUPS
from sim.report.read import RunResults

_ROUNDING = 1e-3  # relative: by more than that stages and mean may not differ, or some time is in no stage
_NAMED = 0.1  # a stage group that makes less of the change is not named
_AGAINST = 0.03  # from this share of the change on it is told that other stages work against it


@dataclass(frozen=True, slots=True)
class Decomposition:
    """Changes of the mean hours by stage group, largest in the direction of the whole first; they add up to `total_h`."""

    total_h: float  # scenario less baseline
    parts: tuple[tuple[str, float], ...]  # phrase of the stage group, its change in hours

    @property
    def head(self) -> tuple[tuple[str, float], ...]:
        """The two at most that make most of the change."""
        return tuple(p for p in self.parts[:2] if p[1] / self.total_h > _NAMED)

    @property
    def against_h(self) -> float:
        """What other stages take back: hours against the direction of the whole, 0 or more."""
        return sum(abs(hours) for _, hours in self.parts if hours * self.total_h < 0)


def decompose(base: RunResults, run: RunResults, contrast: Contrast) -> Decomposition | None:
    """Split the change of the mean turnaround by stage group.

    Returns
    -------
    None where that would not be sound: the stages do not add up to the mean turnaround in one of the runs, or the change of the
    mean is within chance.
    """
    before, after = titles.stage_sums(base.table("stages")), titles.stage_sums(run.table("stages"))
    for side, sums in ((base, before), (run, after)):
        mean, whole = side.measure("tat.customer.mean"), sum(sums.values())
        if mean is None or not whole > 0 or abs(mean.mean - whole) > _ROUNDING * whole:
            return None
    found = contrast.of("tat.customer.mean")
    if found is None or not found.is_shown:
        return None
    total = sum(after.values()) - sum(before.values())
    changes = [(group.phrase, after[group.name] - before[group.name]) for group in STAGE_GROUPS]
    if total == 0:
        return None
    return Decomposition(total, tuple(sorted(changes, key=lambda part: -part[1] / total)))


def decomposition_sentence(found: Decomposition | None) -> str:
    """'Waiting for parts and waiting for a technician explain 98 % of the gain in mean turnaround, 21 h.'; '' for None."""
    if found is None or not found.head:
        return ""
    named = fmt.in_words([say(p) if i == 0 else text.lower_first(say(p)) for i, (p, _) in enumerate(found.head)])
    amount = fmt.hours(abs(found.total_h))
    gains = found.total_h < 0
    if found.against_h > _AGAINST * abs(found.total_h):
        saved = sum(abs(hours) for _, hours in found.head)
        parts, other = fmt.hours(saved), fmt.hours(found.against_h)
        if gains:
            said = say("{named}: {parts} less; other steps take {other} longer.", named=named, parts=parts, other=other)
            return say("The mean turnaround falls by {amount}. {said}", amount=amount, said=said)
        said = say("{named}: {parts} more; other steps take {other} less.", named=named, parts=parts, other=other)
        return say("The mean turnaround rises by {amount}. {said}", amount=amount, said=said)
    share = sum(hours for _, hours in found.head) / found.total_h
    count = len(found.head)
    if share >= 0.995:
        if gains:
            return say_count(
                "{named} explains all of the gain in mean turnaround, {amount}.",
                "{named} explain all of the gain in mean turnaround, {amount}.",
                count,
                named=named,
                amount=amount,
            )
        return say_count(
            "{named} explains all of the rise of the mean turnaround, {amount}.",
            "{named} explain all of the rise of the mean turnaround, {amount}.",
            count,
            named=named,
            amount=amount,
        )
    values = {"named": named, "share": fmt.percent(share), "amount": amount}
    if gains:
        return say_count(
            "{named} explains {share} of the gain in mean turnaround, {amount}.",
            "{named} explain {share} of the gain in mean turnaround, {amount}.",
            count,
            **values,
        )
    return say_count(
        "{named} explains {share} of the rise of the mean turnaround, {amount}.",
        "{named} explain {share} of the rise of the mean turnaround, {amount}.",
        count,
        **values,
    )
