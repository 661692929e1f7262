"""Shapes that several sections share: shares that add up to 100 %, text or list, alternatives by the form of the value.

The alternatives of a union are told apart by the form of the value, not by trial, so that a fault names the one meant. Their
tags are in angle brackets and never appear in messages.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Discriminator, Field, Tag

from sim.scenario.schema.quantities import Name, Share

TOLERANCE = 5e-4  # thirds written as 33.3 % are close enough; what is left over is spread in proportion


def normalised(shares: dict[str, float]) -> dict[str, float]:
    """Shares that add up to exactly 1; ValueError if they are not near it."""
    total = sum(shares.values())
    if abs(total - 1) > TOLERANCE:
        raise ValueError(f"shares add up to {total * 100:.6g} %, not 100 %")
    return {name: share / total for name, share in shares.items()} if total != 1 else shares


Shares = Annotated[dict[Name, Share], Field(min_length=1), AfterValidator(normalised)]


def form_of(value: Any) -> str:
    """Tag of a value: text (or number), list, or mapping."""
    if isinstance(value, dict):
        return "<mapping>"
    return "<list>" if isinstance(value, list) else "<text>"


def depth_form_of(value: Any) -> str:
    """Tag of a mapping: flat, or a mapping of mappings."""
    if isinstance(value, dict) and any(isinstance(v, dict) for v in value.values()):
        return "<nested>"
    return "<flat>"


# Shares for all segments alike, or by segment.
SharesOrBySegment = Annotated[
    Annotated[Shares, Tag("<flat>")] | Annotated[dict[Name, Shares], Tag("<nested>")], Discriminator(depth_form_of)
]


def by_segment(value: dict[str, float] | dict[str, dict[str, float]], segment: str) -> dict[str, float] | None:
    """The shares that hold for a segment; None if they are given by segment and this one is left out."""
    first = next(iter(value.values()))
    if isinstance(first, dict):
        return value.get(segment)  # type: ignore[return-value]
    return value  # type: ignore[return-value]
