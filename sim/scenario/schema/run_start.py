"""How a run begins: its warm-up and the stock at the start."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from sim.scenario.schema.forms import form_of
from sim.scenario.schema.quantities import Duration, Name
from sim.scenario.schema.spec import Spec


class AutoSpec(Spec):
    """Limits of an automatic warm-up."""

    at_most: Duration | None = Field(
        default=None,
        description="Longest warm-up (duration), simulated beside the length; rounded up to whole days, with parts to whole "
        "months of 30 days; default half the length.",
    )


class AutoWarmUpSpec(Spec):
    """The warm-up is chosen by MSER-5 from the run itself."""

    auto: AutoSpec = Field(default=AutoSpec(), description="Limits of it.")


class SavedSpec(Spec):
    """The run begins with the stock and the pipeline of an earlier run."""

    saved: Name = Field(description="File that `sparesim run --save-state FILE` wrote, relative to the scenario (text).")
    others: Literal["theory", "full", "empty"] = Field(
        default="theory", description="Start of shelves that the file does not name."
    )
    unknown: Literal["refuse", "drop"] = Field(
        default="refuse", description="What becomes of locations and parts of the file that the scenario does not have."
    )


def warm_up_form_of(value: Any) -> str:
    """Tag of a warm-up: the word auto, a mapping, or a duration."""
    return "<auto>" if value == "auto" else "<mapping>" if isinstance(value, dict) else "<duration>"


WarmUp = Annotated[
    Annotated[Duration, Tag("<duration>")]
    | Annotated[Literal["auto"], Tag("<auto>")]
    | Annotated[AutoWarmUpSpec, Tag("<mapping>")],
    Discriminator(warm_up_form_of),
]
Initial = Annotated[
    Annotated[Literal["theory", "full", "empty"], Tag("<text>")] | Annotated[SavedSpec, Tag("<mapping>")],
    Discriminator(form_of, custom_error_type="form", custom_error_message="should be theory, full, empty or {saved: FILE}"),
]
