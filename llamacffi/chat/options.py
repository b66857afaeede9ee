"""Options of a session, told from variables of a template."""

from __future__ import annotations

import difflib
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from llamacffi.generation import SamplingParams

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llamacffi.chat.template import ChatTemplate

__all__ = ["check_variables"]

_SAMPLING = tuple(field.name for field in fields(SamplingParams))
_OPTIONS = ("params", "tools", "tool_choice", "parallel_tool_calls", "response_schema", "system", "overflow",
            "max_rounds", "raise_errors", "reasoning", "reasoning_budget")  # fmt: skip
_KNOWN = frozenset({"response_schema", "reasoning", "enable_thinking", "add_generation_prompt"})


def check_variables(variables: Mapping[str, Any], template: ChatTemplate) -> None:
    """Raise TypeError for a keyword that looks like an option and that the template does not know either.

    A template takes any variable and ignores those that it does not know: `temperature=0` would do nothing.
    """
    for name in variables:
        if name in _KNOWN:
            continue
        near = difflib.get_close_matches(name, (*_SAMPLING, *_OPTIONS), 1, 0.85)
        if near and name not in template.variables:
            meant = f"params=SamplingParams({near[0]}=…)" if near[0] in _SAMPLING else f"{near[0]}=…"
            message = f"there is no option {name!r}, and the template has no such variable; is {meant} meant?"
            raise TypeError(message)
