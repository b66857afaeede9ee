"""Python functions that a model may call."""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from llamacffi.generation.constraints.types import parsed_as, schema_of

__all__ = ["Tool"]

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


@dataclass(frozen=True)
class Tool:
    """What a model is told of a function: its name, what it does, and the JSON Schema of its arguments.

    `function` is what `call` calls; without it the caller of the model does what is asked.
    """

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=lambda: {"type": "object", "properties": {}})
    function: Callable[..., Any] | None = field(default=None, compare=False)
    arguments_type: Any = field(default=None, repr=False, compare=False)
    """The type that arguments are read as; None passes them on as JSON has them."""
    strict: bool = field(default=True, kw_only=True)
    """Whether parameters that a grammar cannot hold a call to are refused; else what it cannot is passed over."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            message = f"a tool is named {self.name!r}; use 1 to 64 letters, digits, underscores and hyphens"
            raise ValueError(message)

    @classmethod
    def from_function(
        cls,
        function: Callable[..., Any],
        *,
        name: str | None = None,
        description: str | None = None,
        strict: bool = True,
    ) -> Tool:
        """Describe a function by its signature and docstring.

        Every parameter needs a type that JSON Schema has: int, float, str, bool, list, dict, Optional, Literal, Enum,
        a dataclass, a TypedDict, or a pydantic model; one without a default is required. The docstring's first
        paragraph is the description; parameters are described in its "Args:" section, by ":param x:", or by
        `Annotated[int, "…"]`. Raises TypeError for a parameter that cannot be described.
        """
        given: object = function
        if not callable(given):
            message = f"{function!r} is no tool; pass a function, a Tool, or a dict in the form of OpenAI's API"
            raise TypeError(message)
        known = function if inspect.isroutine(function) or inspect.isclass(function) else type(function).__call__
        hints = _hints(known)
        summary, described = _documented(inspect.getdoc(function) or "")
        fields: list[Any] = []
        for parameter in inspect.signature(function).parameters.values():
            if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                message = f"{parameter} of {function!r} cannot be passed by its name; a tool's parameters must be"
                raise TypeError(message)
            if parameter.name not in hints:
                message = f"the parameter {parameter.name!r} of {function!r} has no type; annotate it"
                raise TypeError(message)
            hint = hints[parameter.name]
            described.setdefault(parameter.name, _annotation(hint))
            fields.append((parameter.name, hint, parameter.default))
        arguments = _arguments_type(fields)
        parameters = _inlined(schema_of(arguments))
        for (parameter_name, _, default), schema in zip(fields, parameters["properties"].values(), strict=True):
            _describe(schema, described[parameter_name], default)
        return cls(
            name or str(getattr(function, "__name__", type(function).__name__)),
            summary if description is None else description,
            parameters,
            function,
            arguments,
            strict=strict,
        )

    @property
    def schema(self) -> dict[str, Any]:
        """The tool in the form of OpenAI's API, which templates take."""
        function = {"name": self.name, "description": self.description, "parameters": dict(self.parameters)}
        return {"type": "function", "function": function if self.strict else {**function, "strict": False}}

    def call(self, arguments: str) -> str:
        """Call the function with `arguments`, which are JSON, and return what the model is told: text, or JSON.

        Raises ValueError or TypeError for arguments that the function does not take, and what the function raises.
        """
        if self.function is None:
            message = f"the tool {self.name!r} has no function; do what it asks and append the result as a tool message"
            raise TypeError(message)
        given = _read(arguments)
        if not isinstance(given, dict):
            message = f"the arguments of {self.name} are {arguments!r}, but must be an object"
            raise TypeError(message)
        if self.arguments_type is not None:
            unknown = given.keys() - self.parameters["properties"].keys()
            if unknown:
                message = f"{self.name} has no parameter {', '.join(sorted(map(repr, unknown)))}"
                raise TypeError(message)
            built = parsed_as(self.arguments_type, arguments or "{}")
            given = {key: getattr(built, key) for key in given}
        return _told(self.name, self.function(**given))


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function, include_extras=True)
    except (NameError, AttributeError, SyntaxError, RecursionError) as error:
        # Types that are texts ("list[City]") are looked up in the module of the function, not in another function.
        message = f"a type of {function!r} cannot be found: {error}; define it at the top of the function's module"
        raise TypeError(message) from error


def _read(arguments: str) -> Any:
    try:
        return json.loads(arguments or "{}")
    except RecursionError as error:
        message = f"the arguments are nested too deeply to be read: {arguments[:80]!r}…"
        raise ValueError(message) from error


def _told(name: str, result: Any) -> str:
    """What the model is told of a result; lone surrogates, which no prompt can hold, become question marks."""
    try:
        text = result if isinstance(result, str) else json.dumps(result, ensure_ascii=False, default=_as_json)
    except RecursionError as error:
        message = f"the result of {name} is nested too deeply to be told to the model"
        raise ValueError(message) from error
    return text.encode("utf-8", "replace").decode()


def _arguments_type(fields: list[Any]) -> Any:
    """A type whose fields are the parameters."""
    empty = inspect.Parameter.empty
    if any(_uses_pydantic(hint) for _, hint, _ in fields):
        import pydantic

        members: dict[str, Any] = {name: (hint, ... if default is empty else default) for name, hint, default in fields}
        return pydantic.create_model("Arguments", __config__=pydantic.ConfigDict(extra="forbid"), **members)
    made: list[Any] = [
        (name, hint) if default is empty else (name, hint, field(default_factory=partial(_same, default)))
        for name, hint, default in fields
    ]
    return dataclasses.make_dataclass("Arguments", made, kw_only=True)


def _same(value: Any) -> Any:
    return value


def _uses_pydantic(hint: Any) -> bool:
    return hasattr(hint, "model_json_schema") or any(map(_uses_pydantic, typing.get_args(hint)))


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with its outermost object in place, as templates read it."""
    definitions = dict(schema.get("$defs", {}))
    if "$ref" in schema:
        schema = definitions.pop(schema["$ref"].rpartition("/")[2])
    inlined = {key: value for key, value in schema.items() if key not in {"$defs", "title"}}
    inlined.setdefault("properties", {})
    return {**inlined, "$defs": definitions} if definitions else inlined


def _describe(schema: dict[str, Any], description: str, default: object) -> None:
    schema.pop("title", None)
    if description:
        schema["description"] = description
    values = schema.get("enum")
    if values and "type" not in schema:  # which many templates write
        types = {str: "string", int: "integer", float: "number", bool: "boolean"}
        kinds = {types.get(type(value)) for value in values}
        if len(kinds) == 1 and None not in kinds:
            schema["type"] = kinds.pop()
    if isinstance(default, (str, int, float, bool)):
        schema["default"] = default


def _annotation(hint: Any) -> str:
    texts = [each for each in getattr(hint, "__metadata__", ()) if isinstance(each, str)]
    return texts[0] if texts else ""


def _documented(text: str) -> tuple[str, dict[str, str]]:
    """A docstring's first paragraph, and what it says of the parameters."""
    summary = " ".join(text.strip().partition("\n\n")[0].split())
    described = {
        match[1]: " ".join(match[2].split())
        for match in re.finditer(r"^\s*:param (?:[^:\n]*\s)?(\w+):(.*(?:\n\s+[^:\s].*)*)", text, re.MULTILINE)
    }
    section = re.search(r"^(?:Args|Arguments|Parameters):\s*\n((?:[ \t]+.*\n?|\s*\n)+)", text, re.MULTILINE)
    name = None
    indent = 0
    for line in section[1].splitlines() if section else ():
        found = re.match(r"(\s+)\*{0,2}(\w+)\s*(?:\([^)]*\))?:\s*(.*)", line)
        if found and (name is None or len(found[1]) <= indent):
            name, indent = found[2], len(found[1])
            described[name] = found[3].strip()
        elif name is not None and line.strip():
            described[name] = f"{described[name]} {line.strip()}".strip()
    return summary, described


def _as_json(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return str(value)
