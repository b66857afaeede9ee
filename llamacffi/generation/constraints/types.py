"""Python types as JSON Schema, and JSON values as objects of these types.

For pydantic models pydantic does both. For the rest, dataclasses and the types that JSON has, this is enough, and needs
no dependency.
"""

from __future__ import annotations

import collections.abc
import contextlib
import dataclasses
import datetime as dt
import enum
import json
import types
import typing
import uuid
from typing import Any, Literal, TypeVar, Union, cast

from llamacffi.errors import GrammarError

__all__ = ["is_type", "parsed_as", "schema_of"]

_MAX_DEPTH = 50
_PLAIN: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    None: {"type": "null"},
    Any: {},
    dict: {"type": "object"},
    list: {"type": "array"},
    dt.date: {"type": "string", "format": "date"},
    dt.time: {"type": "string", "format": "time"},
    dt.datetime: {"type": "string", "format": "date-time"},
    uuid.UUID: {"type": "string", "format": "uuid"},
}
# typing's own from Python 3.11 on.
_WRAPPERS = tuple(getattr(typing, name) for name in ("Required", "NotRequired") if hasattr(typing, name))
_FROM_TEXT: dict[Any, Any] = {
    dt.date: dt.date.fromisoformat,
    dt.time: dt.time.fromisoformat,
    dt.datetime: dt.datetime.fromisoformat,
    uuid.UUID: uuid.UUID,
}


def is_type(schema: object) -> bool:
    """Whether it stands for a type, not for a schema in JSON."""
    return not isinstance(schema, collections.abc.Mapping | bool | str)


def schema_of(kind: Any) -> dict[str, Any]:
    """The JSON Schema of a type: a pydantic model, a dataclass, a TypedDict, or one of the types that JSON has.

    A field is required unless it has a default. Raises GrammarError for a type that has no schema.
    """
    if hasattr(kind, "model_json_schema"):  # pydantic, which need not be imported to be asked
        return cast("dict[str, Any]", kind.model_json_schema())
    definitions: dict[str, Any] = {}
    schema = _schema(kind, definitions, 0)
    for definition in definitions.values():
        definition.pop("x-type")
    return {**schema, "$defs": definitions} if definitions else schema


def parsed_as(kind: Any, text: str) -> Any:
    """The object of type `kind` that a text of JSON stands for, which the schema has allowed.

    Raises what pydantic raises when a validator of a model refuses it, json.JSONDecodeError for what is no JSON.
    """
    if hasattr(kind, "model_validate_json"):
        return kind.model_validate_json(text)
    return _built(kind, json.loads(text))


def _schema(kind: Any, definitions: dict[str, Any], depth: int) -> dict[str, Any]:
    if depth > _MAX_DEPTH:
        message = f"the type is nested more than {_MAX_DEPTH} deep"
        raise GrammarError(message)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated or origin in _WRAPPERS:
        return _schema(arguments[0], definitions, depth)
    if origin is None and _hashable(kind) and kind in _PLAIN:
        return dict(_PLAIN[kind])
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_schema(one, definitions, depth + 1) for one in arguments]}
    if origin in (list, set, frozenset, collections.abc.Sequence, collections.abc.Iterable):
        if origin in (set, frozenset):
            message = f"{kind} wants items that differ, which a grammar cannot hold a model to; use a list"
            raise GrammarError(message)
        return {"type": "array", "items": _schema(arguments[0], definitions, depth + 1)}
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is ...:
            return {"type": "array", "items": _schema(arguments[0], definitions, depth + 1)}
        return {"type": "array", "prefixItems": [_schema(one, definitions, depth + 1) for one in arguments],
                "minItems": len(arguments), "maxItems": len(arguments)}  # fmt: skip
    if origin in (dict, collections.abc.Mapping) and arguments[0] is str:
        return {"type": "object", "additionalProperties": _schema(arguments[1], definitions, depth + 1)}
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return {"enum": [member.value for member in kind]}
    fields = _fields(kind)
    if fields is None:
        message = f"{kind!r} has no JSON Schema; use a pydantic model, a dataclass, a TypedDict, or types that JSON has"
        raise GrammarError(message)
    name = next(name for name in _names(kind.__name__) if definitions.get(name, {}).get("x-type", kind) is kind)
    if name not in definitions:
        definitions[name] = {"x-type": kind}  # a field of it may be of this type again
        properties = {field: _schema(one, definitions, depth + 1) for field, (one, _) in fields.items()}
        definitions[name].update(
            type="object",
            properties=properties,
            required=[field for field, (_, required) in fields.items() if required],
            additionalProperties=False,
        )
    return {"$ref": f"#/$defs/{name}"}


def _names(name: str) -> typing.Iterator[str]:
    yield name
    for i in range(2, 10_000):
        yield f"{name}{i}"


def _fields(kind: Any) -> dict[str, tuple[Any, bool]] | None:
    """For each field of a dataclass or TypedDict its type and whether it is required; None for other types."""
    if not isinstance(kind, type):
        return None
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind, include_extras=True)
        missing = dataclasses.MISSING
        return {
            field.name: (hints[field.name], field.default is missing and field.default_factory is missing)
            for field in dataclasses.fields(kind)
            if field.init
        }
    if hasattr(kind, "__required_keys__"):
        hints = typing.get_type_hints(kind, include_extras=True)
        return {name: (one, name in kind.__required_keys__) for name, one in hints.items()}
    return None


def _hashable(kind: Any) -> bool:
    return not isinstance(kind, TypeVar) and getattr(type(kind), "__hash__", None) is not None


def _built(kind: Any, value: Any) -> Any:
    """`value`, from JSON, as an object of `kind`; _Other when it is not one."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (Union, types.UnionType):
        return _first(arguments, value)
    if origin in (list, collections.abc.Sequence, collections.abc.Iterable):
        return [_built(arguments[0], one) for one in _of(list, value)]
    if origin is tuple:
        _of(list, value)
        if len(arguments) == 2 and arguments[1] is ...:
            return tuple(_built(arguments[0], one) for one in value)
        return tuple(_built(one, part) for one, part in zip(arguments, value, strict=True))
    if origin in (dict, collections.abc.Mapping):
        return {name: _built(arguments[1], one) for name, one in _of(dict, value).items()}
    if origin is Literal:
        return next(one for one in arguments if type(one) is type(value) and one == value)
    if origin is not None:
        return _built(arguments[0], value)
    if kind in _FROM_TEXT:
        return _FROM_TEXT[kind](_of(str, value))
    if kind is float:
        return float(value) if type(value) in (int, float) else _of(float, value)
    if kind in (str, int, bool, list, dict):
        return _of(kind, value)
    if kind in (None, type(None)):
        return _of(type(None), value)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return kind(value)
    fields = _fields(kind)
    if fields is None:
        return value
    built = {name: _built(fields[name][0], one) for name, one in _of(dict, value).items()}
    return built if issubclass(kind, dict) or not callable(kind) else kind(**built)


def _first(kinds: typing.Iterable[Any], value: Any) -> Any:
    """As the first of the kinds that it can be."""
    for kind in kinds:
        with contextlib.suppress(TypeError, ValueError, KeyError, StopIteration):
            return _built(kind, value)
    message = f"{value!r} is none of {kinds}"
    raise ValueError(message)


def _of(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        message = f"{value!r} is no {kind.__name__}"
        raise TypeError(message)
    return value
