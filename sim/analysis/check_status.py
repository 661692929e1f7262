"""What a check can say of a baseline: fixed words for files and programs, and how people are told."""

from __future__ import annotations

from sim.language import say, term

INPUTS_CHANGED, IDENTICAL, WITHIN_NOISE, CHANGED = "inputs changed", "identical", "same within noise", "changed"
RENEWED = "renewed"

_TEXTS = {
    INPUTS_CHANGED: term("inputs changed"),
    IDENTICAL: term("identical"),
    WITHIN_NOISE: term("same within noise"),
    CHANGED: term("changed"),
    RENEWED: term("renewed"),
}


def status_text(status: str) -> str:
    """The status of a verdict in the language spoken."""
    return say(_TEXTS[status])
