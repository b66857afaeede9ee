"""`Api` to ctypes: the functions, structures, callback types and constants of llama.h and mtmd.h as Python modules.

For code that was written against bindings made with ctypes; llamacffi/integrations/llama_cpp gives them to it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bindgen import ctype
from bindgen.declarations import Constant, Enum, Function, Record, Typedef

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from bindgen.declarations import Api, Field, Signature

_LLAMA = ("llama.h",)
_MTMD = ("mtmd.h", "mtmd-helper.h")

_SCALARS = {
    "void": "None",
    "bool": "c_bool",
    "_Bool": "c_bool",
    "char": "c_char",
    "signed char": "c_byte",
    "unsigned char": "c_ubyte",
    "short": "c_short",
    "unsigned short": "c_ushort",
    "int": "c_int",
    "unsigned": "c_uint",
    "unsigned int": "c_uint",
    "long": "c_long",
    "unsigned long": "c_ulong",
    "long long": "c_longlong",
    "unsigned long long": "c_ulonglong",
    "float": "c_float",
    "double": "c_double",
    "size_t": "c_size_t",
    "ssize_t": "c_ssize_t",
    "ptrdiff_t": "c_ssize_t",
    "intptr_t": "c_ssize_t",
    "uintptr_t": "c_size_t",
    **{f"{sign}int{bits}_t": f"c_{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)},
}
# How existing code spells a pointer to one of these, which is more than its address.
_POINTERS = {"llama_adapter_lora": "POINTER(c_void_p)"}
# What existing code assigns to these is an address, or what `ctypes.cast` made of one.
_ADDRESSES = ("devices", "tensor_buft_overrides", "sampler")
# Chars that are bytes of any value, with a length beside them.
_DATA = {"state_data": "POINTER(c_char)", "out_data": "POINTER(POINTER(c_char))"}
# Constants of ggml.h that llama.h's functions give.
_GGML = "GGML_ROPE_TYPE_"
_UNION = "value"
"""The name of a union without one, whose members are those of the structure too."""

_HEAD = '''\
"""{about} for ctypes.

Generated from llama.cpp's headers by `python build_ffi.py generate`; do not edit.
"""

from __future__ import annotations

{imports}
'''


class _Module:
    """What one module is made of; `known` are the structures and callback types that it imports."""

    def __init__(self, api: Api, headers: Collection[str], known: Collection[str] = ()) -> None:
        self._api = api
        self._enums = {enum.name for enum in api.enums if enum.name}
        mine = [d for d in api.declarations if d.header in headers]
        self.functions = [d for d in mine if isinstance(d, Function) and not d.variadic and not d.inline]
        self.records = [d for d in mine if isinstance(d, Record) and d.fields is not None]
        self._classes = {record.name for record in self.records} | set(known)
        self.types = [d for d in mine if isinstance(d, Typedef)]
        ggml = [d for d in api.constants.values() if d.name.startswith(_GGML) and not known]
        self.constants = [*ggml, *(d for d in mine if isinstance(d, Constant))]
        self.enums = [d for d in mine if isinstance(d, Enum)]
        self._known = set(known)
        self.imported: set[str] = set()
        self._callbacks: dict[str, str] = {}
        self._used_enums: dict[str, None] = {}

    def text(self) -> str:
        """The module after its imports."""
        fields = [line for record in self.records for line in self._fields(record)]
        functions = [self._function(function) for function in self.functions]
        for typedef in self.types:
            if typedef.signature:
                self._callback(typedef.name, typedef.signature)
        classes = [text for record in self.records for text in self._class(record)]
        aliases = [
            f"{typedef.name} = {spelt}"
            for typedef in self.types
            if not typedef.signature and (spelt := self._value(typedef.type)) in _SCALARS.values() and spelt != "None"
        ]
        enums = [e for e in self._api.enums if e.name in self._used_enums and e not in self.enums]
        parts = [
            "\n".join([line for enum in [*enums, *self.enums] for line in self._enum(enum)]),
            "\n".join(line for constant in self.constants for line in self._constant(constant)),
            "\n".join(aliases),
            "\n\n\n".join(["", *classes]) + "\n\n" if classes else "",
            "\n".join(f"{name}: Any = {made}" for name, made in self._callbacks.items()),
            "\n".join(fields),
            "\n".join(functions),
        ]
        return "\n\n".join(part for part in parts if part) + "\n"

    # ---- declarations ------------------------------------------------------------------------------------------

    def _enum(self, enum: Enum) -> Iterator[str]:
        for member in enum.members:
            yield f"{member.name} = {_known(member.name, member.value)}"

    def _constant(self, constant: Constant) -> Iterator[str]:
        if constant.value != "":  # a macro that only says whether the header was read
            yield f"{constant.name} = {_known(constant.name, constant.value)}"

    def _class(self, record: Record) -> Iterator[str]:
        for inner in _unions(record):
            yield f"class {record.name}_{_UNION}({_base(inner)}):\n" + self._annotations(inner)
        yield f"class {record.name}({_base(record)}):\n" + self._annotations(record)

    def _annotations(self, record: Record) -> str:
        spelt = ((field.name or _UNION, field) for field in record.fields or ())
        return "\n".join(f"    {name}: {self._annotation(field)}" for name, field in spelt)

    def _annotation(self, field: Field) -> str:
        plain = {"c_bool": "bool", "c_float": "float", "c_double": "float", "c_char_p": "bytes | None"}
        made = "Any" if field.record or field.signature else self._value(field.type, field=True)
        if made in plain:
            return plain[made]
        return "int" if made in _SCALARS.values() and made not in {"c_char", "None"} else "Any"

    def _fields(self, record: Record) -> Iterator[str]:
        for inner in _unions(record):
            yield f"{record.name}_{_UNION}._fields_ = [{', '.join(self._field(record, f) for f in inner.fields or ())}]"
        if any(True for _ in _unions(record)):
            yield f'{record.name}._anonymous_ = ("{_UNION}",)'
        fields = "".join(f"    {self._field(record, field)},\n" for field in record.fields or ())
        yield f"{record.name}._fields_ = [\n{fields}]"
        spelt = f"{record.kind} {record.name}" if record.tagged else record.name
        yield f"laid_out({record.name}, {repr_(spelt)})"

    def _field(self, record: Record, field: Field) -> str:
        if field.record:
            return f'("{_UNION}", {record.name}_{_UNION})'
        if field.signature:
            name = f"{record.name}_{field.name}"
            made = name if self._callback(name, field.signature) else "c_void_p"
        elif field.name in _ADDRESSES:
            made = "c_void_p"
        elif field.name in _DATA:
            made = _DATA[field.name]
        else:
            made = self._value(field.type, field=True)
        return f'("{field.name}", {made})' if field.bits is None else f'("{field.name}", {made}, {field.bits})'

    def _function(self, function: Function) -> str:
        parameters = ", ".join(_DATA.get(p.name) or self._value(p.type) for p in function.parameters)
        prototype = ctype.prototype(function.returns, function.name, function.parameters)
        arguments = [repr_(function.name), self._value(function.returns), f"[{parameters}]", repr_(prototype)]
        if function.deprecated is not None:
            arguments.append(repr_(function.deprecated))
        return f"{function.name}: Any = function({', '.join(arguments)})"

    def _callback(self, name: str, signature: Signature) -> bool:
        """Make a callback type; False when ctypes has no such type, because a structure is passed by value."""
        if name in self._known:
            self.imported.add(name)
            return True
        if name not in self._callbacks:
            types = [signature.returns, *(p.type for p in signature.parameters)]
            by_value = (ctype.bare(type_) for type_ in types if ctype.pointee(type_) is None)
            if any(self._is_strange(type_) for type_ in by_value):
                return False
            self._callbacks[name] = ""  # a place before those that need it
            self._callbacks[name] = f"CFUNCTYPE({', '.join(self._value(type_) for type_ in types)})"
        return True

    # ---- types -------------------------------------------------------------------------------------------------

    def _is_strange(self, name: str) -> bool:
        return name in self._api.records and name not in self._classes

    def _value(self, type_: str, *, field: bool = False) -> str:
        """A C type; `field` is a member of a structure, in which an array is one and chars are data."""
        if ctype.is_function_pointer(type_):
            return "c_void_p"
        inner = ctype.pointee(type_)
        if inner is None:
            return self._named(type_)
        if field and type_.endswith("]"):
            length = type_[type_.index("[") + 1 : type_.index("]")]
            return f"({self._value(inner)} * {length})"
        name = ctype.bare(inner)
        if ctype.pointee(inner) is None:
            if name == "char":
                return "POINTER(c_char)" if field and "const" not in inner.split() else "c_char_p"
            if name in {"void", "FILE"} or self._is_strange(name):
                return _POINTERS.get(name, "c_void_p")
        return f"POINTER({self._value(inner)})"

    def _named(self, type_: str) -> str:
        name = ctype.bare(type_)
        if name in _SCALARS:
            return _SCALARS[name]
        if name in self._classes:
            if name in self._known:
                self.imported.add(name)
            return name
        if name in self._enums:
            self._used_enums[name] = None
            return "c_int"
        typedef = self._api.typedefs.get(name)
        if typedef is None or self._is_strange(name):
            return "c_int" if type_.startswith("enum ") else "c_void_p"
        if typedef.signature:
            return name if self._callback(name, typedef.signature) else "c_void_p"
        return self._value(typedef.type)

    @property
    def names(self) -> set[str]:
        """The structures and callback types that another module may import."""
        return {record.name for record in self.records} | set(self._callbacks)


def emit(api: Api) -> dict[str, str]:
    """The texts of the modules, by file name: that of llama.h and that of mtmd.h, which stands on the other."""
    llama = _Module(api, _LLAMA)
    llama_text = llama.text()
    mtmd = _Module(api, _MTMD, known=llama.names)
    mtmd_text = mtmd.text()
    return {
        "ctypes_llama.py": _whole("llama.h", llama_text),
        "ctypes_mtmd.py": _whole("mtmd.h", mtmd_text, mtmd.imported),
    }


def _whole(header: str, text: str, imported: Collection[str] = ()) -> str:
    used = sorted(set(re.findall(r"\b(?:c_\w+|POINTER|CFUNCTYPE|Structure|Union)\b", text)))
    imports = [f"from ctypes import {', '.join(used)}", "from typing import Any", ""]
    if imported:
        imports.append(f"from llamacffi._native.ctypes_llama import {', '.join(sorted(imported))}")
    needed = [name for name in ("compiled", "function", "laid_out") if re.search(rf"\b{name}\(", text)]
    if needed:
        imports.append(f"from llamacffi._native.foreign import {', '.join(needed)}")
    return _HEAD.format(about=header, imports="\n".join(imports)) + "\n" + re.sub(r"\n{4,}", "\n\n\n", text)


def _base(record: Record) -> str:
    return "Union" if record.kind == "union" else "Structure"


def _unions(record: Record) -> Iterator[Record]:
    for field in record.fields or ():
        if field.record:
            yield field.record


def _known(name: str, value: float | str | None) -> str:
    if value is None:
        return f"compiled({repr_(name)})"
    return repr(value.encode()) if isinstance(value, str) else repr(value)


def repr_(text: str) -> str:
    """A string as Python source, in double quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
