"""Headers to `Api`: preprocess, parse, and turn what pycparser found into plain declarations with their comments."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pycparser import c_ast, c_generator
from pycparser.c_parser import CParser

from bindgen import ctype
from bindgen.comments import Comments, Statement
from bindgen.constant import UnknownValue, classify, evaluate
from bindgen.declarations import (
    Api,
    Constant,
    Declaration,
    Enum,
    Enumerator,
    Field,
    Function,
    HeaderName,
    Parameter,
    Record,
    Signature,
    Skipped,
    Typedef,
    Variable,
)
from bindgen.headers import PRELUDE, Header, HeaderError, preprocess

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Api", "load"]


def load(headers: Sequence[Header], include_dirs: Sequence[Path]) -> Api:
    """The API that `headers` declare.

    Raises HeaderError, with the file and the line, when they do not preprocess or parse.
    """
    source = preprocess(headers, include_dirs)
    repairs = cxx_tags(source.text)
    typedefs = "".join(f"typedef {kind} {tag} {tag}; " for tag, kind in repairs)
    try:
        tree = CParser().parse(f'{PRELUDE}{typedefs}\n# 1 "all.h"\n{source.text}', "all.h")
    except Exception as error:
        message = f"the headers are not C that pycparser parses: {error}"
        raise HeaderError(message) from error
    loader = _Loader(headers)
    for node in tree.ext:
        loader.take(node)
    constants = classify(source.macros, loader.values)
    declarations: list[Declaration] = [
        Typedef(tag, f"{kind} {tag}", headers[0].name, 1, repair=True) for tag, kind in repairs
    ]
    declarations += loader.finish()
    for macro in source.macros:
        comments = loader.comments[macro.header]
        line = comments.macro(macro.name, macro.line)
        if macro.name in constants:
            type_, value = constants[macro.name]
            doc = comments.macro_doc(line)
            declarations.append(Constant(macro.name, type_, value, macro.header, line, doc))
        else:
            declarations.append(Skipped(macro.name, macro.value, macro.header, line))
    return Api(tuple(HeaderName(h.name, h.plugin, h.ours) for h in headers), tuple(declarations))


def cxx_tags(text: str) -> list[tuple[str, str]]:
    """Tags that the text uses as type names, which only C++ allows, each with its kind ("struct", …).

    Found by tokens: the parsers' messages differ between versions, and some have no line.
    """
    tokens = re.findall(r"\w+|[^\s\w]", re.sub(r"^#.*$|\"(?:\\.|[^\"\\])*\"", "", text, flags=re.MULTILINE))
    kinds = {"struct", "union", "enum"}
    tags = {tag: kind for kind, tag in pairwise(tokens) if kind in kinds and (tag[0].isalpha() or tag[0] == "_")}
    defined = set()
    depth, in_typedef = 0, False
    for previous, word in pairwise([";", *tokens]):
        depth += {"{": 1, "}": -1}.get(word, 0)
        in_typedef = in_typedef or word == "typedef"
        if word == ";" and depth == 0:
            defined |= {previous} if in_typedef else set()
            in_typedef = False
    found = {}
    for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if token in tags and token not in defined and before not in kinds:
            starts = before in {"(", ",", ";", "{", "}", "const", "extern", "static"}
            if starts and (after == "*" or after[0].isalpha() or after[0] == "_"):
                found[token] = tags[token]
    return list(found.items())


class _Loader:
    """Collects declarations, in their order, from the nodes of one translation unit."""

    def __init__(self, headers: Sequence[Header]) -> None:
        self.comments = {h.name: Comments(h.path.read_text(encoding="utf-8")) for h in headers}
        self.values: dict[str, int] = {}  # enumerators
        self._names = {h.path.resolve(): h.name for h in headers}
        self._files: dict[str, str | None] = {}
        self._found: dict[tuple[str, str], Declaration] = {}
        self._generator = c_generator.CGenerator()
        self._header = ""
        self._line = 0

    def finish(self) -> list[Declaration]:
        """Every declaration; a record that was only mentioned stays where it first was, without fields."""
        return list(self._found.values())

    def take(self, node: Any) -> None:
        """Keep one top-level node, when it is of our headers."""
        file = str(node.coord.file) if node.coord else ""
        if file not in self._files:
            self._files[file] = self._names.get(Path(file).resolve())
        header = self._files[file]
        if header is None or isinstance(node, c_ast.Pragma):
            return
        self._header, self._line = header, node.coord.line
        if isinstance(node, c_ast.FuncDef):
            self._function(node.decl, inline=True)
        elif isinstance(node, c_ast.Typedef):
            self._typedef(node)
        elif isinstance(node, c_ast.Decl):
            if isinstance(node.type, c_ast.FuncDecl):
                self._function(node, inline="inline" in (node.funcspec or ()))
            elif isinstance(node.type, c_ast.Enum):
                self._enum(node.type)
            elif isinstance(node.type, (c_ast.Struct, c_ast.Union)):
                self._record(node.type)
            elif node.name:
                self._variable(node)

    # ---- one kind of declaration each --------------------------------------------------------------------------

    def _function(self, node: Any, *, inline: bool) -> None:
        signature = self._signature(node.type)
        comments = self.comments[self._header]
        statement = comments.function(node.name)
        doc, line, parameters = "", self._line, signature.parameters
        if statement:
            line, doc = statement.first, comments.doc(statement)
            docs = comments.parameters(statement, [p.name for p in parameters])
            parameters = tuple(replace(p, doc=docs.get(p.name, "")) for p in parameters)
        self._add(
            Function(node.name, signature.returns, self._header, line, parameters, signature.variadic,
                     inline, comments.deprecated.get(node.name), doc)
        )  # fmt: skip

    def _typedef(self, node: Any) -> None:
        statement = self.comments[self._header].typedef(node.name)
        target = node.type.type if isinstance(node.type, c_ast.TypeDecl) else None
        if isinstance(target, (c_ast.Struct, c_ast.Union)):
            if target.decls is not None:
                self._record(target, node.name, statement)
            if not target.name:
                return
        if isinstance(target, c_ast.Enum):
            self._enum(target, node.name, statement)
            if not target.name:
                return
        pointer = isinstance(node.type, c_ast.PtrDecl)
        function = node.type.type if pointer else node.type
        signature = self._signature(function) if isinstance(function, c_ast.FuncDecl) else None
        line, doc = self._place(statement)
        self._add(
            Typedef(
                node.name,
                self._spell(node.type),
                self._header,
                line,
                signature,
                plain=signature is not None and not pointer,
                doc=doc,
            )
        )

    def _enum(self, node: Any, typedef: str = "", statement: Statement | None = None) -> None:
        if not node.values:
            return
        comments = self.comments[self._header]
        names = [member.name for member in node.values.enumerators]
        statement = statement or (comments.tag("enum", node.name) if node.name else comments.enumerator(names[0]))
        values = []
        following: int | None = 0
        for member in node.values.enumerators:
            if member.value is not None:
                try:
                    following = evaluate(member.value, self.values)
                except UnknownValue:
                    following = None
            if following is not None:
                self.values[member.name] = following
            values.append(following)
            following = None if following is None else following + 1
        docs = comments.members(statement, names) if statement else [""] * len(names)
        line, doc = self._place(statement)
        members = tuple(map(Enumerator, names, values, docs))
        self._add(Enum(node.name or typedef, self._header, line, members, bool(node.name), doc), names[0])

    def _record(self, node: Any, typedef: str = "", statement: Statement | None = None) -> None:
        name = node.name or typedef
        kind = "union" if isinstance(node, c_ast.Union) else "struct"
        statement = statement or self.comments[self._header].tag(kind, name)
        line, doc = self._place(statement)
        if node.decls is None:
            self._mention(kind, name)
            return
        fields = self._fields(node, statement)
        self._found.pop(("Record", name), None)  # it moves from where it was mentioned to where it is complete
        self._add(Record(name, kind, self._header, line, bool(node.name), fields, doc))

    def _variable(self, node: Any) -> None:
        statement = self.comments[self._header].variable(node.name)
        line, doc = self._place(statement)
        static = "static" in node.storage
        self._add(Variable(node.name, self._spell(node.type), self._header, line, static, doc))

    # ---- their parts -------------------------------------------------------------------------------------------

    def _fields(self, node: Any, statement: Statement | None) -> tuple[Field, ...]:
        decls = [d for d in node.decls or () if isinstance(d, c_ast.Decl)]
        comments = self.comments[self._header]
        docs = comments.members(statement, [d.name or "" for d in decls]) if statement else [""] * len(decls)
        found = []
        for decl, doc in zip(decls, docs, strict=True):
            type_ = self._spell(decl.type)
            inner = _innermost(decl.type)
            record = signature = None
            if isinstance(inner, (c_ast.Struct, c_ast.Union)) and inner.decls is not None:
                if inner.name:
                    self._record(inner)
                else:
                    kind = "union" if isinstance(inner, c_ast.Union) else "struct"
                    fields = self._fields(inner, statement)
                    record = Record("", kind, self._header, self._line, tagged=False, fields=fields)
            elif isinstance(inner, c_ast.Enum):
                self._enum(inner)
            if isinstance(decl.type, c_ast.PtrDecl) and isinstance(decl.type.type, c_ast.FuncDecl):
                signature = self._signature(decl.type.type)
            bits = evaluate(decl.bitsize, self.values) if decl.bitsize is not None else None
            found.append(Field(decl.name or "", type_, bits, record, signature, doc))
        return tuple(found)

    def _signature(self, node: Any) -> Signature:
        types = ctype.spell_parameters(node, self._dimension)
        variadic = bool(types) and types[-1] == "..."
        given = node.args.params if node.args else ()
        names = [getattr(p, "name", None) or "" for p in given if not isinstance(p, c_ast.EllipsisParam)]
        for parameter in given:
            self._mentions(parameter)
        self._mentions(node.type)
        # `(void)` is one parameter for pycparser and none for `types`.
        parameters = tuple(map(Parameter, names, types[:-1] if variadic else types))
        return Signature(ctype.spell(node.type, self._dimension), parameters, variadic)

    def _spell(self, node: Any) -> str:
        self._mentions(node)
        return ctype.spell(node, self._dimension)

    def _dimension(self, node: Any) -> str:
        try:
            return str(evaluate(node, self.values))
        except UnknownValue:
            return str(self._generator.visit(node))

    def _mentions(self, node: Any) -> None:
        """Note the records that a type names, for those that no header ever defines."""
        if isinstance(node, (c_ast.Struct, c_ast.Union)):
            if node.name:
                self._mention("union" if isinstance(node, c_ast.Union) else "struct", node.name)
            return
        for _, child in node.children() if node is not None else ():
            self._mentions(child)

    def _mention(self, kind: str, name: str) -> None:
        if ("Record", name) not in self._found:
            statement = self.comments[self._header].tag(kind, name)
            declared = statement is not None and statement.text.strip().startswith(kind)
            line, doc = self._place(statement) if declared else (self._line, "")
            self._add(Record(name, kind, self._header, line, doc=doc))

    def _place(self, statement: Statement | None) -> tuple[int, str]:
        if statement is None:
            return self._line, ""
        return statement.first, self.comments[self._header].doc(statement)

    def _add(self, declaration: Declaration, key: str = "") -> None:
        """Keep the first of several declarations of one name: C allows to repeat them."""
        self._found.setdefault((type(declaration).__name__, declaration.name or key), declaration)


def _innermost(node: Any) -> Any:
    while isinstance(node, (c_ast.PtrDecl, c_ast.ArrayDecl, c_ast.TypeDecl)):
        node = node.type
    return node
