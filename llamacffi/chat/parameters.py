"""What a tool's parameters may be, so that the grammar of its calls is made in bounded time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llamacffi.errors import TemplateError

__all__ = ["check_parameters"]

_MAX_NODES = 5000
_MAX_DEPTH = 100
# Those that may be left out: llama.cpp's grammar has a rule for each pair of them.
_MAX_OPTIONAL = 200
_MAX_COUNT = 2000  # llama.cpp's MAX_REPETITION_THRESHOLD; a larger upper limit is taken for none


def check_parameters(name: str, parameters: object) -> None:
    """Raise TemplateError for a schema that is none, or more than llama.cpp makes a grammar of in a few seconds."""
    if not isinstance(parameters, Mapping):
        message = f"the parameters of the tool {name!r} are {parameters!r}, but must be the JSON schema of an object"
        raise TemplateError(message)
    waiting: list[tuple[Any, int]] = [(parameters, 0)]
    n_nodes = 0
    while waiting:
        node, depth = waiting.pop()
        n_nodes += 1
        problem = _problem(node) if isinstance(node, Mapping) else ""
        if depth > _MAX_DEPTH:
            problem = f"nested more than {_MAX_DEPTH} levels deep"
        elif n_nodes > _MAX_NODES:
            problem = f"of more than {_MAX_NODES} parts"
        if problem:
            message = f"the parameters of the tool {name!r} are a schema {problem}; make it simpler"
            raise TemplateError(message)
        items = node.values() if isinstance(node, Mapping) else node if isinstance(node, (list, tuple)) else ()
        waiting += [(item, depth + 1) for item in items]


def _problem(node: Mapping[str, Any]) -> str:
    properties, required = node.get("properties"), node.get("required")
    if isinstance(properties, Mapping):
        n_required = len(required) if isinstance(required, (list, tuple)) else 0
        if len(properties) - n_required > _MAX_OPTIONAL:
            return f"with an object of more than {_MAX_OPTIONAL} optional properties"
    for name in ("minLength", "minItems"):
        count = node.get(name)
        if isinstance(count, (int, float)) and count > _MAX_COUNT:
            return f"with {name} {count}, where a grammar counts to {_MAX_COUNT}"
    return ""
