"""Several schemas that hold at once, as one; and whether two can hold at once."""

from __future__ import annotations

import json
from typing import Any

from llamacffi.generation.constraints.keywords import ANNOTATIONS, TYPES
from llamacffi.generation.constraints.refusal import invalid, unsupported

__all__ = ["disjoint", "merged", "resolved", "tagged"]

_MAX_REFS = 100
_MAX_COMPARED = 8  # levels of objects within objects


def resolved(root: Any, ref: Any, path: str) -> Any:
    """What a reference into the same document points to; raises GrammarError when there is nothing."""
    if not isinstance(ref, str):
        raise invalid(f"{path}/$ref", f"it is {ref!r}, but must be a string")
    if ref != "#" and not ref.startswith("#/"):
        raise unsupported(path, "$ref", f"{ref!r} is not in the same document ('#/…')")
    target = root
    for part in ref[2:].split("/") if ref != "#" else ():
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(target, dict) and name in target:
            target = target[name]
        elif isinstance(target, list) and name.isdecimal() and int(name) < len(target):
            target = target[int(name)]
        else:
            raise invalid(f"{path}/$ref", f"{ref!r} points to nothing: there is no {name!r}")
    return target


def _followed(root: Any, schema: Any, path: str) -> Any:
    """`schema`, or what it refers to."""
    for _ in range(_MAX_REFS):
        if not isinstance(schema, dict) or "$ref" not in schema:
            return schema
        others = {key: value for key, value in schema.items() if key not in ANNOTATIONS and key != "$ref"}
        target = resolved(root, schema["$ref"], path)
        if others:
            return {"allOf": [target, others]}
        schema = target
    raise invalid(path, f"its $ref leads on more than {_MAX_REFS} times, perhaps in a circle")


def merged(root: Any, schema: dict[str, Any], path: str, depth: int = 0) -> Any:
    """One schema for `schema`, whose allOf must all hold; raises Unsupported where that is not simple."""
    members = schema["allOf"]
    if not isinstance(members, list) or not members:
        raise invalid(f"{path}/allOf", "it must be a list of schemas, and not empty")
    if depth > _MAX_REFS:
        raise invalid(path, "its allOf leads to itself")
    rest = {key: value for key, value in schema.items() if key != "allOf" and key not in ANNOTATIONS}
    result: dict[str, Any] = {}
    for i, member in enumerate([*members, rest] if rest else members):
        where = f"{path}/allOf/{i}"
        if isinstance(member, dict) and set(member) - ANNOTATIONS == {"$ref"} and len(members) == 1 and not rest:
            return {"$ref": member["$ref"]}  # which may be recursive
        one = _followed(root, member, where)
        if one is True:
            continue
        if not isinstance(one, dict):
            raise invalid(where, f"it is {one!r}, and so nothing is valid")
        if "allOf" in one:
            one = merged(root, one, where, depth + 1)
        one = {key: value for key, value in one.items() if key not in ANNOTATIONS}
        result = _both(result, one, where) if result and one else result or one
    return result


def _both(left: dict[str, Any], right: dict[str, Any], path: str) -> dict[str, Any]:
    for one, other in ((left, right), (right, left)):
        if "additionalProperties" in one and not (
            one["additionalProperties"] is True or set(other.get("properties", ())) <= set(one.get("properties", ()))
        ):
            raise unsupported(path, "additionalProperties", "another part of the allOf describes more properties")
    result = dict(left)
    for key, value in right.items():
        if key not in result or result[key] == value:
            result[key] = value
        elif key == "properties":
            shared = {name: {"allOf": [result[key][name], value[name]]} for name in result[key].keys() & value.keys()}
            result[key] = {**result[key], **value, **shared}
        elif key == "required":
            result[key] = list(dict.fromkeys([*result[key], *value]))
        elif key == "type":
            result[key] = _common_types(result[key], value, path)
        elif key in ("minimum", "exclusiveMinimum", "minLength", "minItems"):
            result[key] = max(result[key], value)
        elif key in ("maximum", "exclusiveMaximum", "maxLength", "maxItems"):
            result[key] = min(result[key], value)
        else:
            raise unsupported(path, key, "two parts that must both hold have different ones")
    return result


def _common_types(left: Any, right: Any, path: str) -> list[str]:
    lists = [[kinds] if isinstance(kinds, str) else kinds for kinds in (left, right)]
    common = [kind for kind in lists[0] if kind in lists[1]]
    if "integer" not in common and any("integer" in a and "number" in b for a, b in (lists, lists[::-1])):
        common.append("integer")
    if not common:
        raise invalid(path, f"a value cannot be of type {left!r} and of type {right!r}")
    return common


def tagged(root: Any, alternatives: list[Any]) -> bool:
    """Whether each is an object with a required property whose constant is another in each, as a tagged union has it.

    False says nothing; it spares comparing each with each.
    """
    schemas = [_followed(root, schema, "#") for schema in alternatives]
    if not all(isinstance(schema, dict) and schema.get("type") == "object" for schema in schemas):
        return False
    first = schemas[0].get("properties")
    for name in first if isinstance(first, dict) else ():
        tags = [_tag(root, schema, name) for schema in schemas]
        if None not in tags and len({*tags}) == len(tags):
            return True
    return False


def _tag(root: Any, schema: dict[str, Any], name: str) -> tuple[str, str] | None:
    properties, required = schema.get("properties"), schema.get("required")
    if not isinstance(properties, dict) or not isinstance(required, list) or name not in required:
        return None
    tag = _followed(root, properties.get(name), "#")
    values = _values(tag) if isinstance(tag, dict) else None
    return next(iter(values)) if values is not None and len(values) == 1 else None


def disjoint(root: Any, left: Any, right: Any, depth: int = 0) -> bool:
    """Whether it is certain that no value is valid by both schemas."""
    left, right = (_followed(root, schema, "#") for schema in (left, right))
    if depth > _MAX_COMPARED or not (isinstance(left, dict) and isinstance(right, dict)):
        return False
    values = [_values(schema) for schema in (left, right)]
    if values[0] is not None and values[1] is not None:
        return not values[0] & values[1]
    kinds = [_kinds(schema) for schema in (left, right)]
    if not kinds[0] & kinds[1]:
        return True
    if not kinds[0] == kinds[1] == {"object"}:
        return False
    of_left, of_right = left.get("properties", {}), right.get("properties", {})
    required = {*left.get("required", ()), *right.get("required", ())}
    shared = of_left.keys() & of_right.keys() & required
    return any(disjoint(root, of_left[name], of_right[name], depth + 1) for name in shared)


def _kinds(schema: dict[str, Any]) -> set[str]:
    """The types that a value may have; an integer is a number."""
    values = _values(schema)
    types = schema.get("type", TYPES) if values is None else [kind for kind, _ in values]
    return {"number" if kind == "integer" else kind for kind in ([types] if isinstance(types, str) else types)}


def _values(schema: dict[str, Any]) -> set[tuple[str, str]] | None:
    """Type and text of the values that const or enum name."""
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    if not isinstance(values, list):
        return None
    kinds = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}
    return {
        (
            kinds.get(type(value), "number"),
            json.dumps(float(value) if type(value) in (int, float) else value, sort_keys=True),
        )
        for value in values
    }
