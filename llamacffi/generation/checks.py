"""The types of a generation's options, refused while the caller can still see which one it was."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from numbers import Integral, Real
from typing import Any

__all__ = ["biases", "checked_number", "checked_texts", "checked_tokens", "functions"]


def checked_number(name: str, value: object, kind: type[int | float], *, optional: bool = False) -> Any:
    """`value` as an int or a float; a NumPy scalar is one too, None where it is `optional`."""
    if type(value) is kind or (value is None and optional):
        return value
    if type(value) is not bool and isinstance(value, Integral if kind is int else Real):
        try:
            return kind(value)  # type: ignore[call-overload]  # what is Integral or Real has what it takes
        except OverflowError:
            message = f"{name} has {len(str(value))} digits, but must be a number that a float can be"
            raise ValueError(message) from None
    wanted = "a whole number" if kind is int else "a number"
    message = f"{name} is {value!r}, but must be {wanted}{' or None' if optional else ''}"
    raise TypeError(message)


def checked_texts(name: str, value: object) -> tuple[str, ...]:
    """One text or several, as a tuple."""
    texts = (value,) if isinstance(value, str) else _several(name, value, "a text or a list of texts")
    for text in texts:
        if not isinstance(text, str):
            hint = "; token ids belong into stop_tokens" if name == "stop" and isinstance(text, Integral) else ""
            message = f"{name} has {text!r}, but must be a text or a list of texts{hint}"
            raise TypeError(message)
    return texts


def checked_tokens(name: str, value: object) -> tuple[int, ...]:
    """One token id or several, as a tuple."""
    wanted = "a token id or a list of token ids"
    tokens = (value,) if isinstance(value, Integral) else _several(name, value, wanted)
    for token in tokens:
        if isinstance(token, bool) or not isinstance(token, Integral):
            message = f"{name} has {token!r}, but must be {wanted}; texts belong into stop"
            raise TypeError(message)
        if token < 0:
            message = f"{name} has {token}, but token ids count from 0"
            raise ValueError(message)
    return tuple(map(int, tokens))


def functions(name: str, value: object, signature: str) -> tuple[Callable[..., Any], ...]:
    """One callable or several, as a tuple."""
    several = (value,) if callable(value) else _several(name, value, f"callable, or a list of such: {signature}")
    for function in several:
        if not callable(function):
            message = f"{name} has {function!r}, but must be callable, or a list of such: {signature}"
            raise TypeError(message)
    return several


def biases(value: object) -> dict[int | str, float]:
    """What is added to the logits of tokens, which are named by id or by text."""
    if not isinstance(value, Mapping):
        message = f"logit_bias is {value!r}, but must be a dict of token ids or texts with numbers: {{15: -1.0}}"
        raise TypeError(message)
    result: dict[int | str, float] = {}
    for token, bias in value.items():
        if isinstance(token, bool) or not isinstance(token, (Integral, str)):
            message = f"logit_bias has {token!r}, but must name tokens by their ids or texts"
            raise TypeError(message)
        if token == "":
            message = "logit_bias has an empty text, which is no token; name tokens by their ids or texts"
            raise ValueError(message)
        number = checked_number(f"the logit_bias of {token!r}", bias, float)
        if math.isnan(number) or number == math.inf:
            message = f"the bias of token {token!r} is {number}, but must be finite, or -inf to forbid the token"
            raise ValueError(message)
        result[token if isinstance(token, str) else int(token)] = number
    return result


def _several(name: str, value: object, wanted: str) -> tuple[Any, ...]:
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes, bytearray, Mapping)):
        return tuple(value)
    message = f"{name} is {value!r}, but must be {wanted}"
    raise TypeError(message)
