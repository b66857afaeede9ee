"""The keywords of JSON Schema, by what they mean to a grammar."""

from __future__ import annotations

__all__ = ["ANNOTATIONS", "APPLICATORS", "FOR_TYPE", "KNOWN", "SILENT_FORMATS", "TYPES"]

TYPES = ("object", "array", "string", "integer", "number", "boolean", "null")

ANNOTATIONS = frozenset(
    [
        "$schema",
        "$id",
        "$anchor",
        "$comment",
        "$defs",
        "definitions",
        "id",
        "title",
        "description",
        "default",
        "example",
        "examples",
        "deprecated",
        "readOnly",
        "writeOnly",
        "discriminator",
        "contentEncoding",
        "contentMediaType",
        "contentSchema",
        "externalDocs",
        "xml",
    ]
)
"""What says nothing about which values are valid."""

APPLICATORS = frozenset(
    [
        "$ref",
        "$dynamicRef",
        "$recursiveRef",
        "allOf",
        "anyOf",
        "oneOf",
        "not",
        "if",
        "then",
        "else",
        "type",
        "const",
        "enum",
        "dependentSchemas",
        "dependentRequired",
        "dependencies",
        "unevaluatedProperties",
        "unevaluatedItems",
        "nullable",
    ]
)
"""What says something about values of every type."""

FOR_TYPE = {
    "object": frozenset(
        [
            "properties",
            "required",
            "additionalProperties",
            "patternProperties",
            "propertyNames",
            "minProperties",
            "maxProperties",
        ]
    ),
    "array": frozenset(
        [
            "items",
            "prefixItems",
            "additionalItems",
            "minItems",
            "maxItems",
            "uniqueItems",
            "contains",
            "minContains",
            "maxContains",
        ]
    ),
    "string": frozenset(["pattern", "format", "minLength", "maxLength"]),
    "number": frozenset(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]),
}
"""What says something about values of one type, and nothing about others; integers are numbers."""

KNOWN = ANNOTATIONS | APPLICATORS | frozenset().union(*FOR_TYPE.values())

SILENT_FORMATS = frozenset(["password", "path", "file-path", "directory-path", "binary"])
"""Formats that every string has, as far as its text goes."""
