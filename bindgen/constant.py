"""Integer constant expressions, and which macros are constants."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

from pycparser import c_ast
from pycparser.c_parser import CParser

from bindgen.headers import PRELUDE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bindgen.headers import Macro

_SIZES = {
    "char": 1, "signed char": 1, "unsigned char": 1, "int8_t": 1, "uint8_t": 1, "bool": 1,
    "short": 2, "unsigned short": 2, "int16_t": 2, "uint16_t": 2,
    "int": 4, "unsigned int": 4, "int32_t": 4, "uint32_t": 4, "float": 4,
    "int64_t": 8, "uint64_t": 8, "double": 8,
}  # fmt: skip
_FLOATS = ("float", "double", "long double")
# A value with anything else in it (a brace, a semicolon, `->`) is code, not a constant.
_EXPRESSION = re.compile(r'(?:"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])+\'|->|[\w\s.()+\-*/%<>|&^~!?:=])+')


class UnknownValue(Exception):  # noqa: N818 - an answer, not an error
    """Only the compiler knows the value of this expression."""


def evaluate(node: Any, names: Mapping[str, int]) -> int:
    """The value of an integer constant expression; raises UnknownValue where types would have to be known."""
    if isinstance(node, c_ast.Constant):
        return _literal(node)
    if isinstance(node, c_ast.ID) and node.name in names:
        return names[node.name]
    if isinstance(node, c_ast.UnaryOp):
        return _unary(node, names)
    if isinstance(node, c_ast.BinaryOp):
        return _binary(node.op, evaluate(node.left, names), evaluate(node.right, names))
    if isinstance(node, c_ast.TernaryOp):
        return evaluate(node.iftrue if evaluate(node.cond, names) else node.iffalse, names)
    raise UnknownValue


def _literal(node: Any) -> int:
    if node.type == "char":
        return ord(ast.literal_eval(node.value))
    if node.type in (*_FLOATS, "string"):
        raise UnknownValue
    text = node.value.rstrip("uUlL")
    return int(text, 8) if re.fullmatch(r"0[0-7]+", text) else int(text, 0)


def _unary(node: Any, names: Mapping[str, int]) -> int:
    if node.op == "sizeof":
        target = node.expr.type.type if isinstance(node.expr, c_ast.Typename) else None
        size = _SIZES.get(" ".join(target.names)) if isinstance(target, c_ast.IdentifierType) else None
        if size is None:
            raise UnknownValue
        return size
    value = evaluate(node.expr, names)
    if node.op in "~-" and "u" in getattr(node.expr, "value", "").lower():
        raise UnknownValue  # wraps at the width of its type
    operations = {"+": value, "-": -value, "~": ~value, "!": int(not value)}
    if node.op not in operations:
        raise UnknownValue
    return operations[node.op]


def _binary(operator: str, a: int, b: int) -> int:
    if operator in ("/", "%"):
        if b == 0:
            raise UnknownValue
        quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)  # C cuts towards zero
        return quotient if operator == "/" else a - quotient * b
    operations = {
        "+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b,
        "<<": lambda: a << b, ">>": lambda: a >> b, "|": lambda: a | b, "&": lambda: a & b, "^": lambda: a ^ b,
        "==": lambda: int(a == b), "!=": lambda: int(a != b), "<": lambda: int(a < b), ">": lambda: int(a > b),
        "<=": lambda: int(a <= b), ">=": lambda: int(a >= b), "&&": lambda: int(bool(a and b)),
        "||": lambda: int(bool(a or b)),
    }  # fmt: skip
    if operator not in operations:
        raise UnknownValue
    return operations[operator]()


def classify(macros: Iterable[Macro], names: Mapping[str, int]) -> dict[str, tuple[str, int | float | str | None]]:
    """The type ("int", "float", "str") and the value of each macro that is a constant; `names` are the enumerators."""
    parser = CParser()
    found = {}
    for macro in macros:
        node = _parse(parser, macro.expanded)
        if node is not None and (kind := _classify(node, names)):
            found[macro.name] = kind
    return found


def _parse(parser: CParser, text: str) -> Any:
    if not _EXPRESSION.fullmatch(text.strip()):
        return None
    try:
        return parser.parse(f"{PRELUDE} int x = {text};", "macro").ext[-1].init
    except Exception:  # noqa: BLE001 - pycparser 2 and 3 raise different classes
        return None


def _classify(node: Any, names: Mapping[str, int]) -> tuple[str, int | float | str | None] | None:
    sign = 1
    inner = node
    while isinstance(inner, c_ast.UnaryOp) and inner.op in "+-":
        sign, inner = (-sign if inner.op == "-" else sign), inner.expr
    if isinstance(inner, c_ast.Constant) and inner.type in _FLOATS:
        return "float", sign * float(inner.value.rstrip("fFlL"))
    if isinstance(node, c_ast.Constant) and node.type == "string":
        return "str", "".join(ast.literal_eval(part) for part in re.findall(r'"(?:\\.|[^"\\])*"', node.value))
    try:
        return "int", evaluate(node, names)
    except UnknownValue:
        return ("int", None) if _is_integer(node, names) else None


def _is_integer(node: Any, names: Mapping[str, int]) -> bool:
    """Whether this is an integer constant expression, though one whose value only the compiler knows."""
    if isinstance(node, c_ast.Constant):
        return node.type not in (*_FLOATS, "string")
    if isinstance(node, c_ast.ID):
        return node.name in names
    if isinstance(node, c_ast.Cast):
        target = node.to_type.type
        integer = isinstance(target, c_ast.TypeDecl) and isinstance(target.type, c_ast.IdentifierType)
        return integer and not set(target.type.names) & set(_FLOATS) and _is_integer(node.expr, names)
    if isinstance(node, c_ast.UnaryOp):
        return node.op == "sizeof" or (node.op in "+-~!" and _is_integer(node.expr, names))
    if isinstance(node, c_ast.BinaryOp):
        return _is_integer(node.left, names) and _is_integer(node.right, names)
    return False
