"""What a tool's parameters may be, so that a grammar can hold its calls to them, and is made in bounded time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from llamacffi.errors import GrammarError, TemplateError

if TYPE_CHECKING:
    from llamacffi.generation.constraints.schema import RewrittenSchema

__all__ = ["check_parameters", "held_tools"]

_MAX_NODES = 5000
_MAX_DEPTH = 100
# Those that may be left out: llama.cpp's grammar has a rule for each pair of them.
_MAX_OPTIONAL = 200
_WRITTEN = ("type", "title", "description")
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


def held_tools(tools: Sequence[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], list[RewrittenSchema]]:
    """The tools with parameters that llama.cpp's converter honours to the letter.

    The schemas are what is still to be done to the grammar with them in it. A tool whose function has `"strict": False`
    stays as it is: the converter passes over what it does not know. Raises GrammarError for the parameters of another
    that a grammar cannot honour.
    """
    held, schemas = [], []
    for tool in tools:
        function = tool["function"]
        strict = function.get("strict")
        if strict not in (None, True, False):
            message = f"strict of the tool {function['name']!r} is {strict!r}, but must be True or False"
            raise TemplateError(message)
        if strict is not False and function.get("parameters"):
            schema = _rewritten(function["name"], function["parameters"])
            schemas.append(schema)
            function = {**function, "parameters": _described(schema.document, function["parameters"])}
        held.append({**tool, "function": function})
    return held, schemas


def _rewritten(name: str, parameters: Mapping[str, Any]) -> RewrittenSchema:
    if "properties" in parameters:  # a call has those that are described, as llama.cpp has it for tools
        parameters = {"additionalProperties": False, **parameters}
    try:
        return _of(json.dumps(parameters))
    except (TypeError, ValueError) as error:
        message = (
            f"the parameters of the tool {name!r} cannot be held to: {error}; change them, or let its function have "
            '"strict": False, and calls are not held to what the grammar cannot express'
        )
        raise GrammarError(message) from error


def _described(document: dict[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The document with what templates write of each property, which asserts nothing."""
    originals = parameters.get("properties") or {}
    properties = {
        name: {
            **{key: originals[name][key] for key in _WRITTEN if isinstance(_part(originals, name, key), str)},
            **node,
        }
        for name, node in document.get("properties", {}).items()
    }
    return {**document, "properties": properties} if properties else document


def _part(properties: Mapping[str, Any], name: str, key: str) -> object:
    schema = properties.get(name)
    return schema.get(key) if isinstance(schema, Mapping) else None


@lru_cache(maxsize=256)
def _of(text: str) -> RewrittenSchema:
    """The same tools are asked for again and again."""
    from llamacffi.generation.constraints.schema import rewritten_schema  # only now: it is much to import

    return rewritten_schema(json.loads(text))


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
