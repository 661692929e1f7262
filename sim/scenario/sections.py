"""Sections of a scenario file that are collections keyed by name."""

from __future__ import annotations

from typing import get_origin

from sim.scenario.schema.scenario import ScenarioSpec

COLLECTIONS = tuple(name for name, field in ScenarioSpec.model_fields.items() if get_origin(field.annotation) is dict)
