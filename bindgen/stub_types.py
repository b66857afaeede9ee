"""C types as Python annotations for the stub."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bindgen import ctype

if TYPE_CHECKING:
    from collections.abc import Collection

    from bindgen.declarations import Api, Signature

INTEGERS = frozenset(
    [
        "int", "unsigned int", "unsigned", "short", "unsigned short", "long", "unsigned long", "long long",
        "unsigned long long", "signed char", "unsigned char", "size_t", "ssize_t", "ptrdiff_t", "intptr_t", "uintptr_t",
        *(f"{sign}int{bits}_t" for sign in ("", "u") for bits in (8, 16, 32, 64)),
    ]
)  # fmt: skip
FLOATS = frozenset(["float", "double", "long double"])
# A bytes object may stand for an array of these, when it is const.
_BYTE_SIZED = ("signed char", "unsigned char", "int8_t", "uint8_t")


class Types:
    """Spells annotations; pointers to a record with fields have a class of their own, `record_p`, with those fields."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.complete = {name for name, record in api.records.items() if record.fields is not None}
        enums = {enum.name for enum in api.enums if enum.name}
        self.aliases: dict[str, str] = dict.fromkeys(sorted(enums), "int")
        for typedef in api.typedefs.values():
            if typedef.name not in api.records and typedef.name not in enums:
                self.aliases[typedef.name] = (
                    self.function(typedef.signature) if typedef.signature else self.value(typedef.type)
                )

    def value(self, type_: str) -> str:
        """What Python gets: a result, a field, an item of a pointer."""
        return self._spell(type_, given=False)

    def parameter(self, type_: str) -> str:
        """What Python may give."""
        inner = ctype.pointee(type_)
        if inner is None or ctype.is_function_pointer(type_):
            return self._spell(type_, given=True)
        name = ctype.bare(inner)
        if name == "FILE":
            return "IO[Any] | Ptr[Any]"
        if not re.search(r"\bconst\b", inner.rpartition("*")[2]):
            return self._spell(type_, given=True)
        if name == "char":
            return "ConstChars"
        if name == "void":
            return "bytes | Ptr[Any]"
        if name in self._api.records:
            return self._spell(type_, given=True)
        bytes_too = "bytes | " if name in _BYTE_SIZED else ""
        return f"{bytes_too}ConstPtr[{self._spell(inner, given=True)}]"

    def function(self, signature: Signature) -> str:
        """A pointer to a function, as Python sees it: it gets the parameters and gives the result."""
        types = ", ".join(self.value(parameter.type) for parameter in signature.parameters)
        parameters = "..." if signature.variadic else f"[{types}]"
        return f"FunctionPtr[{parameters}, {self.value(signature.returns)}]"

    def _spell(self, type_: str, *, given: bool) -> str:
        if ctype.is_function_pointer(type_):
            return "FunctionPtr[..., Any]"
        inner = ctype.pointee(type_)
        if inner is not None:
            return self._pointer(inner, array=type_.endswith("]"), given=given)
        name = ctype.bare(type_)
        simple = {"void": "None", "bool": "bool", "_Bool": "bool", "char": "bytes"}
        if name in simple:
            return simple[name]
        if name in INTEGERS:
            return "int"
        if name in FLOATS:
            return "float"
        if name in self._api.records or name in self.aliases or name in self._api.typedefs:
            return name
        return "int" if type_.startswith("enum") else "Any"

    def _pointer(self, inner: str, *, array: bool, given: bool) -> str:
        name = ctype.bare(inner)
        if name in ("void", "FILE"):
            return "Ptr[Any]"
        if name in self.complete and not array and not given:
            return f"{name}_p"
        return f"{'Array' if array and not given else 'Ptr'}[{self._spell(inner, given=given)}]"


def outside(annotation: str, members: Collection[str]) -> str:
    """`annotation` for use in a class whose `members` hide names of the module: those get their `_t_` alias."""
    return re.sub(r"\b[A-Za-z_]\w*\b", lambda m: f"_t_{m.group()}" if m.group() in members else m.group(), annotation)
