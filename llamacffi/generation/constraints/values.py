"""The values of a schema's keywords, checked."""

from __future__ import annotations

import math
from typing import Any

from llamacffi.generation.constraints.keywords import TYPES
from llamacffi.generation.constraints.refusal import invalid, unsupported
from llamacffi.generation.constraints.regex import MAX_REPETITIONS

__all__ = ["MAX_ALTERNATIVES", "check_counts", "choice_of", "count_of", "escaped", "number_of", "types_of"]

MAX_ALTERNATIVES = 1000
"""llama.cpp's time for a grammar grows with the square of this."""


def types_of(schema: dict[str, Any], path: str) -> list[str] | None:
    """The types that it names; None when it names none."""
    if "type" not in schema:
        return None
    types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    if not isinstance(types, list) or not types or not all(kind in TYPES for kind in types):
        raise invalid(f"{path}/type", f"it is {schema['type']!r}, but must be of {', '.join(TYPES)}, or a list of them")
    return types


def choice_of(schema: dict[str, Any], types: list[str] | None, path: str) -> dict[str, Any]:
    """What the converter is given for const or enum, with the values that are of the types."""
    values = [schema["const"]] if "const" in schema else schema["enum"]
    others = schema.keys() - {"type", "const"} - ({"enum"} if "const" not in schema else set())
    if not isinstance(values, list) or not values:
        raise invalid(f"{path}/enum", f"it is {values!r}, but must be a list of values, and not empty")
    if len(values) > MAX_ALTERNATIVES:
        raise unsupported(path, "enum", f"it has {len(values)} values, of {MAX_ALTERNATIVES} at most")
    for keyword in sorted(others):
        raise unsupported(path, keyword, "beside const or enum it is not looked at")
    if types is not None:
        values = [value for value in values if _has_type(value, types)]
        if not values:
            raise invalid(path, f"none of its values is of type {types}")
    for value in values:
        _check_constant(value, path)
    # The converter looks at the values alone, but some formats of tool calls write texts without quotes.
    return {"enum": values} if types is None or len(types) > 1 else {"type": types[0], "enum": values}


def _has_type(value: Any, types: list[str]) -> bool:
    kinds: dict[type, tuple[str, ...]] = {
        dict: ("object",),
        list: ("array",),
        str: ("string",),
        bool: ("boolean",),
        int: ("integer", "number"),
        float: ("integer", "number") if isinstance(value, float) and value.is_integer() else ("number",),
        type(None): ("null",),
    }
    return not {*kinds[type(value)]}.isdisjoint(types)


def _check_constant(value: Any, path: str) -> None:
    """Refuse numbers that the converter's would not be."""
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            _check_constant(part, path)
    elif isinstance(value, float) and not math.isfinite(value):
        raise invalid(path, f"{value} is no number of JSON")
    elif isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise unsupported(path, "const", f"{value} has more than 64 bits")


def count_of(schema: dict[str, Any], keyword: str, path: str) -> int | None:
    """A number from 0 to what a grammar can count to; None when the keyword is not there."""
    value = schema.get(keyword)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
        raise invalid(f"{path}/{keyword}", f"it is {value!r}, but must be a number from 0")
    if value is not None and value > MAX_REPETITIONS:
        raise unsupported(path, keyword, f"it is {value}, but a grammar counts to {MAX_REPETITIONS} at most")
    return value


def check_counts(least: int | None, most: int | None, names: tuple[str, str], path: str) -> None:
    """Refuse a minimum above its maximum."""
    if least is not None and most is not None and least > most:
        raise invalid(path, f"{names[0]} is {least}, but {names[1]} {most}")


def number_of(schema: dict[str, Any], keyword: str, path: str) -> float:
    """A finite number."""
    value = schema[keyword]
    if (
        not isinstance(value, int | float)
        or isinstance(value, bool)
        or (isinstance(value, float) and not math.isfinite(value))
    ):
        raise invalid(f"{path}/{keyword}", f"it is {value!r}, but must be a number")
    return value


def escaped(name: str) -> str:
    """A name as a step of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")
