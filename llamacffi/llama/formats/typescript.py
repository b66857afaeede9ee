"""Functions as Functionary's models were told of them: in the manner of TypeScript."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["namespace"]


def namespace(functions: Sequence[Mapping[str, Any]], *, indented: bool) -> str:
    """Describe the functions, as the models from version 1 on know it or, `indented`, those before."""
    once, twice, end = ("  ", "    ", "\n") if indented else ("", "", "")
    lines = ["// Supported function definitions that should be called when necessary.", "namespace functions {", ""]
    parameters = [function.get("parameters") or {} for function in functions]
    shared: dict[str, Any] = {}
    for each in parameters:
        shared.update(each.get("$defs") or {})
    lines += [f"  type {name} = {_shared(schema)};" for name, schema in shared.items()]
    for function, each in zip(functions, parameters, strict=True):
        lines += [f"{once}// {function.get('description', '')}", f"{once}type {function['name']} = (_: {{"]
        required = each.get("required") or ()
        for name, schema in (each.get("properties") or {}).items():
            optional = "" if name in required else "?"
            lines += [
                f"{twice}// {schema.get('description', '')}",
                f"{twice}{name}{optional}: {_type(schema, 2)},",
            ]
        lines += [f"{once}}}) => any;", ""]
    return "\n".join([*lines, "} // namespace functions"]) + end


def _shared(schema: Mapping[str, Any]) -> str:
    if schema.get("type") == "object":
        return _type(schema, 1)
    return _alternatives(schema) if "enum" in schema else ""


def _type(schema: Mapping[str, Any], level: int) -> str:
    indent = "  " * level
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if schema.get("type") == "array":
        return f"Array<{_type(schema.get('items') or {}, level + 1)}>"
    if schema.get("type") == "object":
        properties = (schema.get("properties") or {}).items()
        inner = "".join(f"{indent}  {name}: {_type(each, level + 1)},\n" for name, each in properties)
        return f"{{\n{inner}{indent}}}"
    return _alternatives(schema) if "enum" in schema else str(schema.get("type", "any"))


def _alternatives(schema: Mapping[str, Any]) -> str:
    return " | ".join(f'"{value}"' for value in schema["enum"])
