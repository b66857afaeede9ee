"""`Api` to `_llama.pyi`: every name of `lib` with its types, and the header's comment as docstring."""

from __future__ import annotations

import keyword
import re
from typing import TYPE_CHECKING

from bindgen import ctype
from bindgen.stub_ffi import FFI_HEAD, FFI_TAIL, HEAD
from bindgen.stub_types import FLOATS, INTEGERS, Types, outside

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bindgen.declarations import Api, Field, Function, Record

_WORD = re.compile(r"\b[A-Za-z_]\w*\b")


def emit(api: Api) -> str:
    """The stub's text."""
    return _Stub(api).text()


class _Stub:
    def __init__(self, api: Api) -> None:
        self._api = api
        self._types = Types(api)
        # Builtins that a class hides by a member of that name, and types that Lib hides by a function.
        self._hidden: set[str] = set()

    def text(self) -> str:
        parts = [
            HEAD,
            *(f"\n{line}" for line in self._aliases()),
            *(part for record in self._api.records.values() for part in self._record(record)),
            self._lib(),
            self._ffi(),
        ]
        hidden = "".join(f"_t_{name}: TypeAlias = {name}\n" for name in sorted(self._hidden))
        return "".join(parts) + f"{hidden}\nlib: Final[Lib]\nffi: Final[FFI]\n"

    def _aliases(self) -> Iterator[str]:
        for name, annotation in self._types.aliases.items():
            yield f"{name}: TypeAlias = {annotation}"
        yield ""

    def _annotation(self, text: str, members: set[str]) -> str:
        self._hidden |= set(_WORD.findall(text)) & members
        return outside(text, members)

    # ---- records -----------------------------------------------------------------------------------------------

    def _record(self, record: Record) -> Iterator[str]:
        where = f"`{record.kind} {record.name}`" if record.tagged else f"`{record.name}`"
        doc = _docstring(record.doc, [f"{where} ({record.header}:{record.line})"], "    ")
        if record.fields is None:
            yield f"\nclass {record.name}(CData):\n{doc}"
            return
        fields = "".join(self._fields(record)) or "    pass\n"
        yield f"\nclass _{record.name}:\n{fields}"
        yield f"\nclass {record.name}(_{record.name}, CData):\n{doc}"
        yield f"\nclass {record.name}_p(_{record.name}, Ptr[{record.name}]):\n{doc}"

    def _fields(self, record: Record) -> Iterator[str]:
        flat = list(_flat(record))
        members = {field.name for field in flat}
        for field in flat:
            if keyword.iskeyword(field.name):
                yield f"    # {field.name}: by getattr only, for it is a word of Python\n"
                continue
            if field.record:
                annotation = "Any"
            elif field.signature:
                annotation = self._types.function(field.signature)
            else:
                annotation = self._types.value(field.type)
            yield f"    {field.name}: {self._annotation(annotation, members)}\n"
            if field.doc:
                yield _docstring(field.doc, [], "    ")

    # ---- lib ---------------------------------------------------------------------------------------------------

    def _lib(self) -> str:
        api = self._api
        names = {*api.functions, *api.enumerators, *api.constants, *api.variables, *api.callbacks}
        lines = ["\nclass Lib:\n", '    """Every function and constant of the C API."""\n\n']
        for enum in api.enums:
            of = f"enum {enum.name}" if enum.name else "enum"
            lines += [_constant(member.name, "int", of, member.value, member.doc) for member in enum.members]
        for constant in api.constants.values():
            type_ = {"int": "int", "float": "float", "str": "Ptr[bytes]"}[constant.type]
            where = f"{constant.header}:{constant.line}"
            lines.append(_constant(constant.name, type_, where, constant.value, constant.doc))
        for variable in api.variables.values():
            annotation = self._annotation(self._types.value(variable.type), names)
            lines.append(_constant(variable.name, annotation, f"{variable.header}:{variable.line}", None, variable.doc))
        for name, signature in api.callbacks.items():
            typedef = name.removeprefix("cb_")
            annotation = typedef if typedef in self._types.aliases else self._types.function(signature)
            lines.append(f"    {name}: Final[{self._annotation(annotation, names)}]\n")
        lines += [self._function(function, names) for function in api.functions.values()]
        return "".join(lines)

    def _function(self, function: Function, names: set[str]) -> str:
        parameters = ["self"]
        for i, parameter in enumerate(function.parameters):
            annotation = self._annotation(self._types.parameter(parameter.type), names)
            parameters.append(f"{_identifier(parameter.name, i)}: {annotation}")
        parameters.append("/")
        if function.variadic:
            parameters.append("*args: CData")
        result = self._annotation(self._types.value(function.returns), names)
        docs = [function.doc, *(f"{p.name}: {p.doc}" for p in function.parameters if p.doc)]
        c = ctype.prototype(function.returns, function.name, function.parameters, variadic=function.variadic)
        facts = [f"`{c}` ({function.header}:{function.line})"]
        if plugin := self._api.plugin(function):
            facts.append(f"In the plug-in backend `{plugin}`: BackendError when that is not installed.")
        doc = _docstring("\n".join(filter(None, docs)), facts, "        ")
        mark = f"    @deprecated({_quoted(function.deprecated)})\n" if function.deprecated is not None else ""
        return f"{mark}    def {function.name}({', '.join(parameters)}) -> {result}:\n{doc}"

    # ---- ffi ---------------------------------------------------------------------------------------------------

    def _ffi(self) -> str:
        return FFI_HEAD + "".join(self._news()) + FFI_TAIL

    def _news(self) -> Iterator[str]:
        """An overload of `ffi.new` for each type that C code makes: records, and numbers in arrays."""
        for name, record in self._api.records.items():
            if record.fields is None:
                continue
            spellings = [f"{record.kind} {name}"] if record.tagged else []
            spellings += [name] if name in self._api.typedefs or not record.tagged else []
            yield _new([f"{spelling} *" for spelling in spellings], f"{name}_p")
            yield _new([f"{spelling}[]" for spelling in spellings], f"Array[{name}]")
        scalars = {"int": sorted(INTEGERS), "float": sorted(FLOATS), "bool": ["bool"], "bytes": ["char"]}
        for alias, annotation in self._types.aliases.items():
            if annotation in scalars and alias in self._api.typedefs:
                scalars[annotation].append(alias)
        for annotation, spellings in scalars.items():
            yield _new([f"{spelling} *" for spelling in spellings], f"Ptr[{annotation}]")
            yield _new([f"{spelling}[]" for spelling in spellings], f"Array[{annotation}]")


def _new(spellings: Sequence[str], result: str) -> str:
    literal = ", ".join(map(_quoted, spellings))
    return f"    @overload\n    def new(self, cdecl: Literal[{literal}], init: Any = ...) -> {result}: ...\n"


def _flat(record: Record) -> Iterator[Field]:
    """The fields that can be named on a record: those of its anonymous members too."""
    for field in record.fields or ():
        if field.name:
            yield field
        elif field.record:
            yield from _flat(field.record)


def _identifier(name: str, position: int) -> str:
    name = name or f"arg{position}"
    return f"{name}_" if keyword.iskeyword(name) or name == "self" else name.lstrip("_") or f"arg{position}"


def _constant(name: str, annotation: str, where: str, value: float | str | None, doc: str) -> str:
    known = "" if value is None else f" = {value}"
    return f"    {name}: Final[{annotation}]\n" + _docstring(doc, [f"`{where}{known}`"], "    ")


def _docstring(doc: str, facts: Sequence[str], indent: str) -> str:
    """A docstring: the header's comment, then facts of our own."""
    lines = [line.rstrip() for line in doc.split("\n")] if doc else []
    lines += ["", *facts] if lines and facts else facts
    escaped = [line.replace("\\", "\\\\").replace('"""', "'''") for line in lines]
    if len(escaped) == 1:
        closing = " " if escaped[0].endswith('"') else ""
        return f'{indent}"""{escaped[0]}{closing}"""\n'
    body = "".join(f"{indent}{line}\n" if line else "\n" for line in escaped[1:])
    return f'{indent}"""{escaped[0]}\n{body}{indent}"""\n'


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
