"""`Api` to what cffi compiles: the cdef, the preamble, and the whole C source of the extension module."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cffi
from cffi import recompiler

from bindgen import brief, ctype, emit_guard
from bindgen.declarations import Constant, Enum, Function, Record, Skipped, Typedef, Variable
from bindgen.files import write_if_changed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from bindgen.declarations import Api, Declaration

MODULE = "llamacffi._native._llama"


class EmitError(RuntimeError):
    """The generated C would not do what it must."""


@dataclass(frozen=True)
class CSource:
    """What cffi is given: `refused` holds each declaration that it does not take, with its reason."""

    cdef: str
    preamble: str
    refused: tuple[tuple[str, str], ...]


def emit(api: Api, *, missing: Collection[str] = ()) -> CSource:
    """The cdef and the preamble of `api` without the functions that `missing` names."""
    return _accepted(api, missing)[0]


def write_module(api: Api, path: Path, missing: Collection[str] = ()) -> tuple[tuple[str, str], ...]:
    """Write the extension's C source to `path`, only if it changed; returns what cffi refused.

    Raises EmitError when a wrapper would not look for the pending error, or when a guard's macro would hit a name that
    is no call.
    """
    source, ffi = _accepted(api, missing)
    buffer = io.StringIO()
    recompiler.make_c_source(ffi, MODULE, source.preamble, buffer)
    text = _hold_gil(api, buffer.getvalue(), missing)
    _check(api, text, missing, source.refused)
    write_if_changed(path, text)
    return source.refused


def _accepted(api: Api, missing: Collection[str]) -> tuple[CSource, cffi.FFI]:
    """Give cffi everything at once; when it objects, one declaration after the other, to learn which it refuses."""
    parts = [*cdef_parts(api, missing), *callback_parts(api)]
    ffi = cffi.FFI()
    refused: list[tuple[str, str]] = []
    try:
        ffi.cdef("\n".join(parts))
    except Exception:  # noqa: BLE001 - cffi and pycparser raise many classes; each part is tried again below
        ffi = cffi.FFI()
        for part in list(parts):
            try:
                ffi.cdef(part)
            except Exception as error:  # noqa: BLE001, PERF203 - as above
                refused.append((part, _reason(part, error)))
                parts.remove(part)
    return CSource("\n".join(parts) + "\n", preamble(api, missing), tuple(refused)), ffi


def _reason(declaration: str, error: Exception) -> str:
    if re.search(r"\bva_list\b", declaration):
        return "cffi has no va_list, and nothing in Python could be one"
    return str(error).strip().split("\n")[-1]


def cdef_parts(api: Api, missing: Collection[str] = ()) -> list[str]:
    """One cdef for each declaration, in the headers' order."""
    return [
        text
        for declaration in api.declarations
        if declaration.name not in missing or not isinstance(declaration, Function)
        for text in _cdef(declaration)
    ]


def _cdef(declaration: Declaration) -> Iterator[str]:
    if isinstance(declaration, Function):
        yield _prototype(declaration, declaration.name) + ";"
    elif isinstance(declaration, Record):
        yield _record(declaration)
    elif isinstance(declaration, Enum):
        # `...` leaves the values to the C compiler.
        body = f"{{ {', '.join(member.name for member in declaration.members)}, ... }}"
        by_typedef = declaration.name and not declaration.tagged
        yield f"typedef enum {body} {declaration.name};" if by_typedef else f"enum {declaration.name} {body};"
    elif isinstance(declaration, Typedef):
        yield typedef(declaration)
    elif isinstance(declaration, Variable):
        storage = "static" if declaration.static else "extern"
        yield f"{storage} {ctype.declare(_open_length(declaration.type), declaration.name)};"
    elif isinstance(declaration, Constant):
        kinds = {"int": "#define {} ...", "float": "static const double {};", "str": "static char *const {};"}
        yield kinds[declaration.type].format(declaration.name)
    else:
        assert isinstance(declaration, Skipped)


def typedef(declaration: Typedef) -> str:
    """A typedef, with its semicolon."""
    signature = declaration.signature
    if signature and declaration.plain:
        text = ctype.prototype(signature.returns, declaration.name, signature.parameters, variadic=signature.variadic)
    else:
        text = ctype.declare(declaration.type, declaration.name)
    return f"typedef {text};"


def _record(record: Record) -> str:
    if record.fields is None:
        return f"{record.kind} {record.name};"
    if record.tagged:
        return f"{record.kind} {record.name} {_body(record)};"
    return f"typedef {record.kind} {_body(record)} {record.name};"


def _body(record: Record) -> str:
    lines = []
    for field in record.fields or ():
        type_ = _open_length(field.type)
        text = ctype.declare(type_, field.name)
        if field.record:
            text = text.replace(f"{field.record.kind} {{}}", f"{field.record.kind} {_body(field.record)}", 1)
        lines.append(f"{text} : {field.bits};" if field.bits is not None else f"{text};")
    return "{ " + " ".join(lines) + " }"


def _open_length(type_: str) -> str:
    """An array's length that only the compiler knows is left to it."""
    return re.sub(r"\[(?!\d+\]|\])[^\]]*\]", "[...]", type_)


def _prototype(function: Function, name: str) -> str:
    return ctype.prototype(function.returns, name, function.parameters, variadic=function.variadic)


def callback_parts(api: Api) -> list[str]:
    """One `extern "Python"` for each function type with a name and each struct field that is a function pointer."""
    return [
        f'extern "Python" {ctype.prototype(signature.returns, name, signature.parameters)};'
        for name, signature in api.callbacks.items()
    ]


def preamble(api: Api, missing: Collection[str] = ()) -> str:
    """What stands before cffi's own code: the headers, the guards, and what makes the guards' errors exceptions."""
    lines = ["/* Generated by build_ffi.py from llama.cpp's headers. */"]
    lines += [typedef(t) for t in api.typedefs.values() if t.repair]
    lines += [f'#include "{header.name}"' for header in api.headers]
    lines += ["", emit_guard.declarations(api, missing), '#include "raise.h"']
    return "\n".join(lines)


def _hold_gil(api: Api, text: str, missing: Collection[str]) -> str:
    """Let the wrappers of brief functions keep the GIL: with raise.h's macros in the place of Python's."""
    for function in emit_guard.guarded(api, missing):
        if not brief.is_brief(api, function):
            continue
        start = text.index(f"\n_cffi_f_{function.name}(")  # ValueError: cffi writes its wrappers in another way
        end = text.index("\n}\n", start)
        wrapper = text[start:end]
        for name in ("BEGIN", "END"):
            wrapper = wrapper.replace(f"Py_{name}_ALLOW_THREADS", f"LCFFI_{name}_BRIEF")
        text = text[:start] + wrapper + text[end:]
    return text


def _check(api: Api, text: str, missing: Collection[str], refused: tuple[tuple[str, str], ...]) -> None:
    guarded = emit_guard.guarded(api, missing)
    left_out = {declaration for declaration, _ in refused}
    wrapped = sum(_prototype(f, f.name) + ";" not in left_out for f in guarded)
    ends = len(re.findall(r"^\s*(?:Py_END_ALLOW_THREADS|LCFFI_END_BRIEF)$", text, re.MULTILINE))
    if ends != wrapped:
        message = (
            f"cffi wrote {ends} wrappers that take the GIL back, for {wrapped} guarded functions: an error in one of"
            " the others would be lost. This version of cffi writes its wrappers in another way"
        )
        raise EmitError(message)
    names = {f.name for f in guarded}
    code = re.sub(r"//[^\n]*", "", text)
    for tag in re.findall(r"\b(?:struct|union|enum)\s+(\w+)\s*\(", code):
        if tag in names:
            message = (
                f"`{tag}` is a function and a tag, and the C source has the tag before a parenthesis, where the macro"
                " of the function's guard would replace it"
            )
            raise EmitError(message)
