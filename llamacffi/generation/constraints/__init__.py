"""What may be generated."""

from __future__ import annotations

from llamacffi.generation.constraints.constraint import (
    GBNF,
    After,
    Choices,
    Constraint,
    JSONSchema,
    Regex,
    response_format,
)
from llamacffi.generation.constraints.partial import PartialJSON
from llamacffi.generation.constraints.structured import Lark

__all__ = ["GBNF", "After", "Choices", "Constraint", "JSONSchema", "Lark", "PartialJSON", "Regex", "response_format"]
