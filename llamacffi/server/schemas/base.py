"""What all request bodies have in common."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

__all__ = ["Asked", "Finite", "Integer"]


def _whole(value: object) -> object:
    """What some languages write of a whole number: 16.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Integer = Annotated[int, BeforeValidator(_whole)]
"""A whole number; a text that has digits, or true, is none."""
Finite = Annotated[float, Field(allow_inf_nan=False)]


class Asked(BaseModel):
    """A request's body: what has a type has that type, and null is as good as not there."""

    model_config = ConfigDict(extra="allow", strict=True, protected_namespaces=())

    model: str | None = Field(default=None, description="The name of a configured model; the first one by default.")

    def given(self) -> dict[str, Any]:
        """Every field that is there and not null, those too that nobody knows, as they came."""
        known = type(self).model_fields
        fields = {name: value for name in known if (value := getattr(self, name)) is not None}
        extra = self.model_extra or {}
        return {**{name: value for name, value in extra.items() if value is not None}, **fields}
