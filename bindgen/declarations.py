"""The API as data: a frozen dataclass for each kind of declaration, and `Api`, which holds them and travels as JSON."""

from __future__ import annotations

import json
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Parameter:
    """A parameter of a function; `name` is empty where the header gives none."""

    name: str
    type: str
    doc: str = ""


@dataclass(frozen=True)
class Signature:
    """What a function pointer points to."""

    returns: str
    parameters: tuple[Parameter, ...] = ()
    variadic: bool = False


@dataclass(frozen=True)
class Function:
    """A function; `inline` when the header holds its body, `deprecated` the hint of its DEPRECATED macro."""

    name: str
    returns: str
    header: str
    line: int
    parameters: tuple[Parameter, ...] = ()
    variadic: bool = False
    inline: bool = False
    deprecated: str | None = None
    doc: str = ""


@dataclass(frozen=True)
class Field:
    """A member of a record.

    `name` is empty for an anonymous member and for padding bits. `record` is a record defined in place, which `type`
    writes as `struct {}` or `union {}`. `signature` is set for a function pointer that has no typedef.
    """

    name: str
    type: str
    bits: int | None = None
    record: Record | None = None
    signature: Signature | None = None
    doc: str = ""


@dataclass(frozen=True)
class Record:
    """A struct or union; `tagged` is False when `name` is its typedef's; no `fields` at all means opaque."""

    name: str
    kind: str
    header: str
    line: int
    tagged: bool = True
    fields: tuple[Field, ...] | None = None
    doc: str = ""


@dataclass(frozen=True)
class Enumerator:
    """A name of an enum; no `value` when only the compiler knows it."""

    name: str
    value: int | None
    doc: str = ""


@dataclass(frozen=True)
class Enum:
    """An enum; `tagged` is False when `name` is its typedef's, and `name` is empty when it has neither."""

    name: str
    header: str
    line: int
    members: tuple[Enumerator, ...]
    tagged: bool = True
    doc: str = ""


@dataclass(frozen=True)
class Typedef:
    """A typedef; `signature` for a function (`plain`) or a pointer to one.

    `repair` marks one that the header lacks: it uses a tag as a type name, as only C++ allows.
    """

    name: str
    type: str
    header: str
    line: int
    signature: Signature | None = None
    plain: bool = False
    repair: bool = False
    doc: str = ""


@dataclass(frozen=True)
class Variable:
    """A variable; `static` when the header defines it."""

    name: str
    type: str
    header: str
    line: int
    static: bool = False
    doc: str = ""


@dataclass(frozen=True)
class Constant:
    """An object-like macro: `type` is "int", "float" or "str"; no `value` when only the compiler knows it."""

    name: str
    type: str
    value: int | float | str | None
    header: str
    line: int
    doc: str = ""


@dataclass(frozen=True)
class Skipped:
    """An object-like macro that is no constant."""

    name: str
    value: str
    header: str
    line: int


Declaration: TypeAlias = Function | Record | Enum | Typedef | Variable | Constant | Skipped


@dataclass(frozen=True)
class HeaderName:
    """A header of the API: `plugin` is the backend that holds its functions, `ours` that it is not llama.cpp's."""

    name: str
    plugin: str | None = None
    ours: bool = False


_KINDS: Mapping[str, type] = {
    kind.__name__.lower(): kind for kind in (Function, Record, Enum, Typedef, Variable, Constant, Skipped)
}
_NESTED: Mapping[str, type] = {
    "parameters": Parameter,
    "fields": Field,
    "record": Record,
    "signature": Signature,
    "members": Enumerator,
}
_FORMAT = 1


@dataclass(frozen=True)
class Api:
    """Every declaration of the headers, in an order in which C accepts them."""

    headers: tuple[HeaderName, ...]
    declarations: tuple[Declaration, ...]

    @cached_property
    def functions(self) -> Mapping[str, Function]:
        """Functions by name."""
        return {d.name: d for d in self.declarations if isinstance(d, Function)}

    @cached_property
    def records(self) -> Mapping[str, Record]:
        """Structs and unions by tag, or by typedef when they have no tag."""
        return {d.name: d for d in self.declarations if isinstance(d, Record)}

    @cached_property
    def enums(self) -> tuple[Enum, ...]:
        """The enums; several may have no name."""
        return tuple(d for d in self.declarations if isinstance(d, Enum))

    @cached_property
    def typedefs(self) -> Mapping[str, Typedef]:
        """Typedefs by name, but for those that only name a record or an enum without a tag."""
        return {d.name: d for d in self.declarations if isinstance(d, Typedef)}

    @cached_property
    def variables(self) -> Mapping[str, Variable]:
        """Variables by name."""
        return {d.name: d for d in self.declarations if isinstance(d, Variable)}

    @cached_property
    def constants(self) -> Mapping[str, Constant]:
        """Macros that are constants, by name."""
        return {d.name: d for d in self.declarations if isinstance(d, Constant)}

    @cached_property
    def skipped(self) -> tuple[Skipped, ...]:
        """Macros that are none."""
        return tuple(d for d in self.declarations if isinstance(d, Skipped))

    @cached_property
    def enumerators(self) -> Mapping[str, int | None]:
        """The value of each name of each enum."""
        return {member.name: member.value for enum in self.enums for member in enum.members}

    @cached_property
    def callbacks(self) -> Mapping[str, Signature]:
        """The `extern "Python"` functions: one for each function type with a name, one for each such struct field."""
        found = {f"cb_{t.name}": t.signature for t in self.typedefs.values() if t.signature}
        for record in self.records.values():
            for field in record.fields or ():
                if field.signature and field.name:
                    found[f"cb_{record.name}_{field.name}"] = field.signature
        return {name: signature for name, signature in found.items() if not signature.variadic}

    @property
    def variadic(self) -> tuple[str, ...]:
        """The functions that no guard can stand before."""
        return tuple(f.name for f in self.functions.values() if f.variadic)

    def plugin(self, function: Function) -> str | None:
        """The backend that holds `function`, when it is a plug-in."""
        return self._header(function.header).plugin

    def ours(self, function: Function) -> bool:
        """Whether `function` is of our own C, not of llama.cpp."""
        return self._header(function.header).ours

    def _header(self, name: str) -> HeaderName:
        return self._headers[name]

    @cached_property
    def _headers(self) -> Mapping[str, HeaderName]:
        return {header.name: header for header in self.headers}

    def to_json(self) -> str:
        """JSON with one declaration a line, so that a change reads well in a diff."""

        def lines(rows: tuple[Any, ...], *, tag: bool) -> str:
            packed = ({"declaration": type(row).__name__.lower(), **_pack(row)} if tag else _pack(row) for row in rows)
            return ",\n".join(json.dumps(row, ensure_ascii=False) for row in packed)

        about = "Generated from llama.cpp's headers by `python build_ffi.py generate`; do not edit."
        return (
            f'{{\n"about": {json.dumps(about)},\n"format": {_FORMAT},\n'
            f'"headers": [\n{lines(self.headers, tag=False)}\n],\n'
            f'"declarations": [\n{lines(self.declarations, tag=True)}\n]\n}}\n'
        )

    @classmethod
    def from_json(cls, text: str) -> Api:
        """Read what `to_json` wrote; raises ValueError for anything else."""
        try:
            data = json.loads(text)
        except json.JSONDecodeError as error:
            message = f"not an api.json: {error}"
            raise ValueError(message) from None
        if not isinstance(data, dict) or data.get("format") != _FORMAT:
            message = f"not an api.json of format {_FORMAT}: write it with `python build_ffi.py generate`"
            raise ValueError(message)
        return cls(
            tuple(HeaderName(**row) for row in data["headers"]),
            tuple(_unpack(_KINDS[row.pop("declaration")], row) for row in data["declarations"]),
        )


def _pack(value: Any) -> Any:
    """Dataclasses to plain data, without what has its default value."""
    if isinstance(value, tuple):
        return [_pack(item) for item in value]
    if not is_dataclass(value):
        return value
    return {
        field.name: _pack(getattr(value, field.name))
        for field in fields(value)
        if field.default is MISSING or getattr(value, field.name) != field.default
    }


def _unpack(kind: type, data: Mapping[str, Any]) -> Any:
    def read(name: str, value: Any) -> Any:
        nested = _NESTED.get(name)
        if nested is None or value is None:
            return value
        return tuple(_unpack(nested, item) for item in value) if isinstance(value, list) else _unpack(nested, value)

    return kind(**{name: read(name, value) for name, value in data.items()})
