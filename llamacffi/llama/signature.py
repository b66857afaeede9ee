"""Signatures that name every option of a TypedDict, for `help`, `inspect` and the documentation."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["spelt_out"]

_F = TypeVar("_F", bound="Callable[..., Any]")


def spelt_out(kind: type[Any], defaults: Mapping[str, Any]) -> Callable[[_F], _F]:
    """Let `**options: Unpack[kind]` of a function show as keyword-only parameters, each with its default.

    The function takes what it took before: only `inspect.signature` tells more.
    """

    def decorate(function: _F) -> _F:
        known = inspect.signature(function)
        plain = [one for one in known.parameters.values() if one.kind is not inspect.Parameter.VAR_KEYWORD]
        names = {one.name for one in plain}
        options = [
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=defaults[name], annotation=_text(annotation)
            )
            for name, annotation in _annotations(kind).items()
            if name not in names
        ]
        cast("Any", function).__signature__ = known.replace(parameters=[*plain, *options])
        return function

    return decorate


def _annotations(kind: type[Any]) -> dict[str, Any]:
    # Of a TypedDict that extends another they include the other's, first.
    return dict(kind.__annotations__)


def _text(annotation: Any) -> Any:
    """A forward reference as the text that was written."""
    return getattr(annotation, "__forward_arg__", annotation)
