"""Python options into a C structure, with an error that names the option, the value and what was wanted."""

from __future__ import annotations

import math
import operator
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from llamacffi._native.binding import ffi

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = [
    "boolean",
    "enum_names",
    "enum_value",
    "instance",
    "integer",
    "integers",
    "number",
    "real",
    "text",
    "to_c_options",
    "unknown_option",
]

_T = TypeVar("_T")

_FLOATS = frozenset({"float", "double"})
_FLOAT_MAX = (2 - 2**-23) * 2.0**127  # C's FLT_MAX


def unknown_option(name: str, allowed: Collection[str], owner: str) -> TypeError:
    """The TypeError for an option that does not exist, with the nearest one that does."""
    hint = nearest(name, allowed) or f"; it takes {', '.join(sorted(allowed))}"
    return TypeError(f"{owner} has no option {name!r}{hint}")


def nearest(name: str, names: Collection[str]) -> str:
    """A question whether one of `names` is meant; nothing where none is near."""
    import difflib  # only a mistake pays for it

    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else ""


def to_c_options(struct: Any, options: Mapping[str, object], allowed: Collection[str], owner: str) -> None:
    """Write `options` into the fields of `struct`, a pointer to a C structure that holds the defaults.

    `owner` is what the messages call the thing that has these options. Raises TypeError for a name that is not in
    `allowed` or a value of the wrong type, ValueError for a number or a name out of range.
    """
    fields = dict(ffi.typeof(struct).item.fields)
    for name, value in options.items():
        if name not in allowed:
            raise unknown_option(name, allowed, owner)
        setattr(struct, name, _to_c(name, value, fields[name].type))


def _to_c(name: str, value: object, ctype: Any) -> object:
    if ctype.kind == "enum":
        return enum_value(name, value, ctype)
    if ctype.kind != "primitive":
        message = f"{name} is a {ctype.cname} and cannot be set as an option; use llamacffi.lib for it"
        raise TypeError(message)
    if ctype.cname == "_Bool":
        return boolean(name, value)
    if ctype.cname in _FLOATS:
        return number(name, value)
    low, high = _integer_range(ctype.cname)
    return integer(name, value, low, high)


def _wrong_type(name: str, value: object, wanted: str) -> TypeError:
    return TypeError(f"{name} must be {wanted}, not {_short(value)} ({type(value).__name__})")


def boolean(name: str, value: object) -> bool:
    """`value` as a bool, NumPy's too; raises a TypeError that names `name`."""
    if isinstance(value, bool) or type(value).__name__ in {"bool_", "bool"}:  # NumPy's has both names
        return bool(value)
    raise _wrong_type(name, value, "True or False")


def instance(name: str, value: object, kind: type[_T], wanted: str) -> _T:
    """`value`, when it is of the class `kind`; else raises a TypeError that names `name` and what is `wanted`."""
    if isinstance(value, kind):
        return value
    raise _wrong_type(name, value, wanted)


def text(name: str, value: object, error: type[ValueError] = ValueError) -> str:
    """`value` as a text that C can be given; raises TypeError, and `error` for NUL and for half a surrogate pair."""
    result = instance(name, value, str, "a text")
    if "\0" in result:
        message = f"{name} has a NUL character in it, which ends a text in C: {_short(result)}"
        raise error(message)
    try:
        result.encode()
    except UnicodeEncodeError as refusal:
        message = f"{name} has half of a surrogate pair in it, U+{ord(result[refusal.start]):04X}: {_short(result)}"
        raise error(message) from refusal
    return result


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 100 else f"{shown[:97]}…"


def real(name: str, value: object) -> float:
    """`value` as a float, infinities and not-a-number included; raises TypeError and ValueError that name `name`."""
    if isinstance(value, (str, bytes, bool)) or not hasattr(value, "__float__"):
        raise _wrong_type(name, value, "a number")
    try:
        return float(value)
    except OverflowError:
        message = f"{name} must be at most {_FLOAT_MAX:.4g}, not {_short(value)}"
        raise ValueError(message) from None
    except TypeError:  # an array of several
        raise _wrong_type(name, value, "a number") from None


def number(name: str, value: object) -> float:
    """`value` as a float that C's float can hold; raises TypeError and ValueError that name `name`."""
    result = real(name, value)
    # Also a number that C's float makes infinite: llama.cpp would go on with it and compute not-a-number everywhere.
    if not abs(result) <= _FLOAT_MAX:
        message = f"{name} must be finite, from {-_FLOAT_MAX:.4g} to {_FLOAT_MAX:.4g}, not {result}"
        raise ValueError(message)
    return result


def integer(name: str, value: object, low: float = -math.inf, high: float = math.inf) -> int:
    """`value` as an int of [low, high]; raises TypeError and ValueError that name `name`."""
    if type(value) is int and low <= value <= high:  # by far the most
        return value
    if isinstance(value, bool):
        raise _wrong_type(name, value, "an integer")
    try:
        number = operator.index(value)  # type: ignore[arg-type]  # that it may not be one is what is being found out
    except TypeError:
        raise _wrong_type(name, value, "an integer") from None
    if not low <= number <= high:
        message = f"{name} must be from {low} to {high}, not {_short(number)}"
        raise ValueError(message)
    return number


def integers(name: str, values: object) -> list[int]:
    """`values`, such as a list or an array of token ids, as a list of ints; raises a TypeError that names `name`."""
    if isinstance(values, (str, bytes)) or not hasattr(values, "__iter__"):
        raise _wrong_type(name, values, "several integers")
    return [integer(f"each of {name}", value) for value in values]


@cache
def _integer_range(cname: str) -> tuple[int, int]:
    bits = 8 * ffi.sizeof(cname)
    signed = int(ffi.cast(cname, -1)) < 0
    return (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)


@cache
def enum_names(cname: str) -> dict[str, int]:
    """The values of a C enum by the short names that options take: LLAMA_FLASH_ATTN_TYPE_AUTO is "auto"."""
    elements: dict[str, int] = ffi.typeof(cname).relements
    values = dict(sorted(elements.items(), key=lambda item: item[1]))
    first, last = min(values), max(values)
    common = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    prefix = first[: first.rfind("_", 0, common) + 1]
    short = {name[len(prefix) :].lower(): value for name, value in values.items()}
    # These say how many there are; as values they would index past the end of llama.cpp's tables.
    return {name: value for name, value in short.items() if name not in {"count", "max_value"}}


def enum_value(name: str, value: object, ctype: Any) -> int:
    """The number of an enum value that was given as a number or by its short name, in any case."""
    names = enum_names(ctype.cname)
    wanted = ", ".join(repr(short) for short in names)
    if isinstance(value, str):
        if value.lower() in names:
            return names[value.lower()]
        message = f"{name} must be one of {wanted}, not {value!r}{nearest(value.lower(), names)}"
        raise ValueError(message)
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise _wrong_type(name, value, f"one of {wanted} (or its number)")
    number = operator.index(value)
    if number not in names.values():
        message = f"{name} must be one of {wanted} (or its number), not {number}"
        raise ValueError(message)
    return number
