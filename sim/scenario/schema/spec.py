"""The common ground of all schema models."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema


class Spec(BaseModel):
    """What one section of a scenario file says; frozen, unknown keys are errors, an empty section takes all defaults."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _empty_is_default(cls, value: Any) -> Any:
        return {} if value is None else value

    def said(self, key: str) -> bool:
        """True if the file gives this field, even with its default value."""
        return key in self.model_fields_set


class ShortSpec(Spec):
    """A section with a short form: a plain value stands for a mapping with one key, `short`."""

    short: ClassVar[str]

    @model_validator(mode="before")
    @classmethod
    def _plain_is_short_form(cls, value: Any) -> Any:
        return value if value is None or isinstance(value, (dict, cls)) else {cls.short: value}

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        schema = handler.resolve_ref_schema(handler(core_schema))
        whole = {key: value for key, value in schema.items() if key != "description"}
        return {"description": schema.get("description", ""), "anyOf": [dict(schema["properties"][cls.short]), whole]}
