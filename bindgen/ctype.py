"""C types as text: one spelling for each type, and the declaration of a name with it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pycparser import c_ast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bindgen.declarations import Parameter

_KEPT_QUALIFIERS = ("const", "volatile", "restrict")
# Where the declared name stands in a pointer to a function or to an array: behind the stars of `(*)`.
_POINTER_SPOT = re.compile(r"\((?:\*|const|volatile|restrict|\s)+(?=[)\[])")
_FUNCTION_POINTER = re.compile(r"\(\*+\)\s*\(")


def spell(node: Any, dimension: Callable[[Any], str], inner: str = "") -> str:
    """The type of a pycparser node, `inner` in the place of the name; `dimension` spells an array's length."""
    if isinstance(node, c_ast.PtrDecl):
        stars = " ".join(["*", *_kept(node.quals)]) if _kept(node.quals) else "*"
        inside = f"{stars} {inner}" if inner[:1].isalnum() or (inner and stars != "*") else f"{stars}{inner}"
        if isinstance(node.type, (c_ast.FuncDecl, c_ast.ArrayDecl)):
            inside = f"({inside})"
        return spell(node.type, dimension, inside)
    if isinstance(node, c_ast.ArrayDecl):
        return spell(node.type, dimension, f"{inner}[{dimension(node.dim) if node.dim is not None else ''}]")
    if isinstance(node, c_ast.FuncDecl):
        parameters = ", ".join(spell_parameters(node, dimension)) or "void"
        return spell(node.type, dimension, f"{inner}({parameters})")
    if isinstance(node, (c_ast.TypeDecl, c_ast.Typename)):
        if isinstance(node, c_ast.Typename) and not isinstance(node.type, c_ast.TypeDecl):
            return spell(node.type, dimension, inner)
        target = node.type if isinstance(node, c_ast.TypeDecl) else node.type.type
        quals = node.quals if isinstance(node, c_ast.TypeDecl) else node.type.quals
        return " ".join([*_kept(quals), _base(target), *([inner] if inner else [])])
    return _base(node)


def spell_parameters(node: Any, dimension: Callable[[Any], str]) -> list[str]:
    """The types of a function's parameters; "..." for the variable part, nothing for `(void)`."""
    types = []
    for parameter in node.args.params if node.args else ():
        if isinstance(parameter, c_ast.EllipsisParam):
            types.append("...")
        else:
            types.append(spell(parameter.type, dimension))
    return [] if types == ["void"] else types


def _base(node: Any) -> str:
    if isinstance(node, c_ast.IdentifierType):
        return "bool" if node.names == ["_Bool"] else " ".join(node.names)
    if isinstance(node, c_ast.Enum):
        return f"enum {node.name}" if node.name else "int"
    kind = "union" if isinstance(node, c_ast.Union) else "struct"
    return f"{kind} {node.name}" if node.name else f"{kind} {{}}"


def _kept(quals: Iterable[str]) -> list[str]:
    return [qual for qual in dict.fromkeys(quals or ()) if qual in _KEPT_QUALIFIERS]


def declare(type_: str, name: str) -> str:
    """A declaration of `name` with a type that `spell` wrote: `declare("void (*)(int)", "f")` is `void (*f)(int)`."""
    if spot := _POINTER_SPOT.search(type_):
        return f"{type_[: spot.end()]}{name}{type_[spot.end() :]}"
    head, bracket, dimensions = type_.partition("[")
    return f"{head.rstrip()} {name}{bracket}{dimensions}".rstrip()


def prototype(returns: str, name: str, parameters: Iterable[Parameter], *, variadic: bool = False) -> str:
    """The declaration of a function, without its semicolon."""
    listed = [declare(p.type, p.name) if p.name else p.type for p in parameters]
    listed += ["..."] if variadic else []
    return declare(returns, f"{name}({', '.join(listed) or 'void'})")


def is_function_pointer(type_: str) -> bool:
    """Whether a spelled type is a pointer to a function without a typedef."""
    return _FUNCTION_POINTER.search(type_) is not None


def pointee(type_: str) -> str | None:
    """What a pointer or an array points to, with its qualifiers; None for anything else."""
    if type_.endswith("]"):
        return type_[: type_.index("[")].rstrip() + re.sub(r"^\[[^\]]*\]", "", type_[type_.index("[") :])
    stripped = re.sub(r"\s*\b(?:const|restrict|volatile)$", "", type_)
    return stripped[:-1].rstrip() if stripped.endswith("*") else None


def bare(type_: str) -> str:
    """A type's name without qualifiers and without `struct`, `union` or `enum`."""
    return re.sub(r"\b(?:const|volatile|restrict|struct|union|enum)\b\s*", "", type_).strip()
