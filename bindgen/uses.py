"""Where the package uses a name of llama.cpp's API: found in the syntax tree of its Python, and in the tokens of its C.

In Python a name counts where it means llama.cpp's: `lib.NAME`, `getattr(lib, "NAME")`, a type's name in a text that is
given to `ffi`, a field of a value whose C type is known, because a function of `lib` returned it or `ffi.new` made it.
A word in a comment, a docstring or another object's attribute does not. Where the type of a value is not known, a field
counts in functions that handle that record by name.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from bindgen.declarations import Api

__all__ = ["Place", "find"]

# What knows which llama.cpp it runs with: a name there is asked for before it is used.
_AWARE = ("compat.py", "compat.h")
# Functions of ffi whose first argument is a C type, and what def_extern's and callback's texts name.
_TYPED = frozenset({"new", "cast", "typeof", "sizeof", "alignof", "offsetof", "callback", "from_buffer", "getctype"})
_NOT_C = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)


@dataclass(frozen=True, order=True)
class Place:
    """A line that uses a name; `aware` when the file asks first whether this llama.cpp has it."""

    file: str
    line: int
    aware: bool = False

    def __str__(self) -> str:
        """As editors and compilers write it."""
        return f"{self.file}:{self.line}" + (" (asks first)" if self.aware else "")


@dataclass
class _Wanted:
    """The names to find: of declarations, and of fields by the record's name."""

    names: Collection[str]
    fields: Mapping[str, Collection[str]]
    returns: Mapping[str, str]
    records: Collection[str]
    found: dict[str, set[Place]] = field(default_factory=lambda: defaultdict(set))


_GENERATED = ("options.py", "ctypes_llama.py", "ctypes_mtmd.py")


def find(
    package: Path, api: Api, *, names: Collection[str], fields: Mapping[str, Collection[str]]
) -> dict[str, tuple[Place, ...]]:
    """The places by name, a field's under `record.field`; `api` is what the package was written for.

    `package` is the folder of the Python package, and files are named from its parent.
    """
    returns = {name: f.returns for name, f in api.functions.items()}
    wanted = _Wanted(names, fields, returns, frozenset(api.records))
    for path in sorted(package.rglob("*.py")):
        if path.name not in _GENERATED:  # what it names, it was given
            text = path.read_text(encoding="utf-8")
            _Python(_name(package, path), path.name in _AWARE, wanted).visit(ast.parse(text, str(path)))
    for path in sorted(p for pattern in ("*.c", "*.cpp", "*.h", "*.hpp") for p in package.rglob(pattern)):
        _c(path.read_text(encoding="utf-8"), _name(package, path), path.name in _AWARE, wanted)
    return {name: tuple(sorted(places)) for name, places in sorted(wanted.found.items())}


def _name(package: Path, path: Path) -> str:
    return path.relative_to(package.parent).as_posix()


class _Python(ast.NodeVisitor):
    """One file; a function at a time, with the C types of its variables."""

    def __init__(self, file: str, aware: bool, wanted: _Wanted) -> None:  # noqa: FBT001 - a fact of the file
        self._file = file
        self._aware = aware
        self._wanted = wanted
        self._types: dict[str, str] = {}  # of variables and of self's attributes, by their text
        self._handled: set[str] = set()  # records that this function mentions

    def _add(self, name: str, node: ast.AST) -> None:
        place = Place(self._file, getattr(node, "lineno", 1), self._aware)
        self._wanted.found[name].add(place)

    def visit_Module(self, node: ast.Module) -> None:
        # self's attributes are set in one method and used in others.
        for assignment in ast.walk(node):
            for target, value in _assigned(assignment):
                if isinstance(target, ast.Attribute) and (type_ := self._type(value)):
                    self._types[ast.unparse(target)] = type_
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        outer = self._types, self._handled
        self._types, self._handled = dict(self._types), set(self._handled)
        for inner in ast.walk(node):
            if (type_ := self._type(inner)) and (record := self._record(type_)):
                self._handled.add(record)
            for target, value in _assigned(inner):
                if type_ := self._type(value):
                    self._types[ast.unparse(target)] = type_
        self.generic_visit(node)
        self._types, self._handled = outer

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - ast's name

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if _is(node.value, "lib"):
            if node.attr in self._wanted.names:
                self._add(node.attr, node)
        else:
            self._field(node)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name) and node.func.id in {"getattr", "hasattr"} and len(node.args) > 1:
            name = _text(node.args[1])
            if _is(node.args[0], "lib") and name in self._wanted.names:
                self._add(name, node)
        for word in re.findall(r"\w+", self._c_text(node)):
            if word in self._wanted.names:
                self._add(word, node)
        self.generic_visit(node)

    def _field(self, node: ast.Attribute) -> None:
        type_ = self._type(node.value)
        record = self._record(type_) if type_ else None
        candidates = [record] if type_ else self._handled
        for name in candidates:
            if name and node.attr in self._wanted.fields.get(name, ()):
                self._add(f"{name}.{node.attr}", node)

    def _record(self, type_: str) -> str | None:
        """The record that a type is, or points to."""
        words = [word for word in re.findall(r"\w+", type_) if word not in {"const", "struct", "union", "enum"}]
        return words[0] if words and words[0] in self._wanted.records else None

    def _c_text(self, node: ast.Call) -> str:
        """The C type in a call of ffi, or the name of the callback that def_extern defines."""
        function = node.func
        if not isinstance(function, ast.Attribute) or not _is(function.value, "ffi"):
            return ""
        if function.attr == "def_extern":
            return next((_text(k.value) for k in node.keywords if k.arg == "name"), "")
        return _text(node.args[0]) if function.attr in _TYPED and node.args else ""

    def _type(self, node: ast.AST | None) -> str | None:
        """The C type of an expression, when this file says it."""
        if isinstance(node, (ast.Name, ast.Attribute)):
            return self._types.get(ast.unparse(node))
        if isinstance(node, ast.Subscript):
            return self._type(node.value)
        if not isinstance(node, ast.Call):
            return None
        function = node.func
        if isinstance(function, ast.Attribute) and _is(function.value, "lib"):
            return self._wanted.returns.get(function.attr)
        if text := self._c_text(node):
            return text
        # check_ptr(lib.f(…)) is what lib.f returned.
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        return self._type(node.args[0]) if name == "check_ptr" and node.args else None


def _assigned(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    if isinstance(node, ast.Assign):
        yield from ((target, node.value) for target in node.targets)
    elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
        yield node.target, node.value


def _is(node: ast.expr, name: str) -> bool:
    """Whether an expression is `name`, or another module's `….name`."""
    return (isinstance(node, ast.Name) and node.id == name) or (isinstance(node, ast.Attribute) and node.attr == name)


def _text(node: ast.expr) -> str:
    """The text that an expression is; of an f-string, what is fixed in it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return " ".join(_text(part) for part in node.values)
    return ""


def _c(text: str, file: str, aware: bool, wanted: _Wanted) -> None:  # noqa: FBT001 - a fact of the file
    """The tokens of one file of C: a name anywhere, a field after `.` or `->` where the file names the record."""
    code = _NOT_C.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    mentioned = set(re.findall(r"\w+", code))
    fields = {f: record for record in wanted.fields if record in mentioned for f in wanted.fields[record]}
    for number, line in enumerate(code.split("\n"), 1):
        place = Place(file, number, aware)
        for match in re.finditer(r"(\.|->)?\s*\b([A-Za-z_]\w*)", line):
            name = match[2]
            if match[1] and name in fields:
                wanted.found[f"{fields[name]}.{name}"].add(place)
            elif not match[1] and name in wanted.names:
                wanted.found[name].add(place)
