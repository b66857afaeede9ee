"""The comments of a header: what stands above a declaration, behind a field, inside a parameter list.

The preprocessor drops comments and moves lines, so this reads the header itself: it finds each declaration by its name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|\n|[^\s\"'/]+|\S", re.DOTALL)
_DEPRECATED = re.compile(r"\b[A-Z_]*DEPRECATED\s*\(")
_STRING = re.compile(r'"((?:\\.|[^"\\])*)"')
# A member that the header has commented out.
_DISABLED = re.compile(r"\w+\s*(?:=[^=]*)?,\s*(?://.*)?")
_EXTERN_C = re.compile(r'extern\s+"C"\s*\{')


@dataclass(frozen=True)
class _Comment:
    """One line of a comment, and where on its line it begins."""

    text: str
    column: int
    trails: bool  # stands behind code


@dataclass(frozen=True)
class Statement:
    """A declaration at the header's top level: its lines (from 1, inclusive) and its text without comments."""

    first: int
    last: int
    text: str


@dataclass
class _Lines:
    """A header split into code and comments, by line."""

    code: list[str] = field(default_factory=lambda: [""])
    comments: dict[int, list[_Comment]] = field(default_factory=dict)


def _split(text: str) -> _Lines:
    """Comments out of the code; what they covered becomes blanks."""
    lines = _Lines()
    bare = list(text)
    number, line_start, has_code = 1, 0, False
    for token in _TOKEN.finditer(text):
        word = token.group()
        if word == "\n":
            number, line_start, has_code = number + 1, token.end(), False
        elif word.startswith(("//", "/*")):
            for i, part in enumerate(word.split("\n")):
                column = token.start() - line_start
                comment = _Comment(_clean(part), column, has_code and i == 0)
                lines.comments.setdefault(number + i, []).append(comment)
            if "\n" in word:
                number += word.count("\n")
                line_start = token.start() + word.rindex("\n") + 1
                has_code = False
            for i in range(token.start(), token.end()):
                if bare[i] != "\n":
                    bare[i] = " "
        else:
            has_code = True
    lines.code += "".join(bare).split("\n")
    return lines


def _clean(line: str) -> str:
    """A comment's line without its marks."""
    line = re.sub(r"^(?://[/!]?<?|/\*[*!]?<?|\*/|\*(?!/))\s?", "", line.strip())
    return re.sub(r"\s*\*/$", "", line).rstrip()


class Comments:
    """The documentation that one header holds."""

    def __init__(self, text: str) -> None:
        self._lines = _split(text)
        self.statements: list[Statement] = []
        self._directives: set[int] = set()
        self._find_statements()
        self._by_line = {n: s for s in self.statements for n in range(s.first, s.last + 1)}
        self.deprecated: dict[str, str] = {}
        self._find_deprecated()
        self._words: dict[str, list[Statement]] = {}
        for statement in self.statements:
            for word in dict.fromkeys(re.findall(r"[A-Za-z_]\w*", statement.text)):
                self._words.setdefault(word, []).append(statement)

    def _find_statements(self) -> None:
        """Cut the code at each `;` outside braces; preprocessor lines stand for themselves."""
        first, depth, continued = 0, 0, False
        code = _EXTERN_C.sub(lambda m: re.sub(r"\S", " ", m.group()), "\n".join(self._lines.code)).split("\n")
        for number, line in enumerate(code):
            stripped = line.strip()
            if continued or stripped.startswith("#"):
                continued = stripped.endswith("\\")
                self._directives.add(number)
                continue
            for character in stripped:
                if not first and character not in "};":
                    first = number
                depth = max(0, depth + {"{": 1, "}": -1}.get(character, 0))
                # A body of a function ends without a semicolon.
                ends = character == ";" or (character == "}" and ")" in "".join(code[first : number + 1]).split("{")[0])
                if ends and depth == 0 and first:
                    text = "\n".join("" if n in self._directives else code[n] for n in range(first, number + 1))
                    self.statements.append(Statement(first, number, text))
                    first = 0

    def _find_deprecated(self) -> None:
        """The name inside each `DEPRECATED(declaration, "hint")`, with its hint."""
        for statement in self.statements:
            match = _DEPRECATED.search(statement.text)
            if match is None:
                continue
            body = statement.text[match.end() :]
            name = re.search(r"\b(\w+)\s*\(", body)
            if name:
                self.deprecated[name.group(1)] = "".join(_STRING.findall(body)).replace('\\"', '"')

    def function(self, name: str) -> Statement | None:
        """The statement that declares a function."""
        return self._find(name, rf"\b{name}\b\s*\(")

    def tag(self, kind: str, name: str) -> Statement | None:
        """The statement that defines `kind name { … }`, or else the one that first declares it."""
        return self._find(name, rf"\b{kind}\s+{name}\s*\{{") or self._find(name, rf"\b{kind}\s+{name}\b")

    def typedef(self, name: str) -> Statement | None:
        """The statement that ends a typedef with this name."""
        pattern = rf"\btypedef\b(?:.*\(\s*\*\s*{name}\s*\)|.*\b{name}\s*(?:\[[^\]]*\]\s*|\([^;]*\)\s*)*;)"
        return self._find(name, pattern)

    def variable(self, name: str) -> Statement | None:
        """The statement that declares a variable."""
        return self._find(name, rf"\b{name}\b\s*[=;\[]")

    def enumerator(self, name: str) -> Statement | None:
        """The statement of the enum without a name that lists `name`."""
        return self._find(name, rf"\benum\s*\{{[^}}]*\b{name}\b")

    def macro(self, name: str, near: int) -> int:
        """The line of `#define name`; of several, the one nearest to where the preprocessor saw it."""
        pattern = re.compile(rf"\s*#\s*define\s+{name}\b")
        lines = [n for n in sorted(self._directives) if pattern.match(self._lines.code[n])]
        return min(lines, key=lambda n: abs(n - near)) if lines else near

    def _find(self, name: str, pattern: str) -> Statement | None:
        compiled = re.compile(pattern, re.DOTALL)
        return next((s for s in self._words.get(name, ()) if compiled.search(s.text)), None)

    def doc(self, statement: Statement) -> str:
        """The comment of a declaration: above it, or above the run of lines that it belongs to, then behind it."""
        text = self._above(statement.first)
        line = statement.first
        while not text and line - 1 in self._by_line:  # no blank line between: the first of a run speaks for all
            line = self._by_line[line - 1].first
            text = self._above(line)
        if statement.first == statement.last:
            text = f"{text}\n{self._behind(statement.first)}".strip()
        return text

    def macro_doc(self, line: int) -> str:
        """The comment of a macro, from its line."""
        return self._behind(line) or self._above(line)

    def members(self, statement: Statement, names: list[str]) -> list[str]:
        """The comment of each field or enumerator that a statement lists, in its order; "" for a name not found."""
        docs = []
        line, column = statement.first, self._lines.code[statement.first].find("{") + 1
        for name in names:
            match = None
            for number in range(line, statement.last + 1):
                if name and number not in self._directives:
                    match = re.compile(rf"\b{name}\b").search(self._lines.code[number], column)
                if match:
                    line, column = number, match.end()
                    break
                column = 0
            # What stands above or behind a declaration of one line is about all of it.
            docs.append(self._member(line) if match and statement.first < statement.last else "")
            if not match:
                column = 0
        return docs

    def parameters(self, statement: Statement, names: list[str]) -> dict[str, str]:
        """The comments inside a parameter list, each with the last name before it on its line."""
        docs: dict[str, str] = {}
        if statement.first == statement.last:
            return docs
        for number in range(statement.first, statement.last + 1):
            listed = [word for word in re.findall(r"\w+", self._lines.code[number]) if word in names]
            text = self._behind(number)
            if text and listed and listed[-1] not in docs:
                docs[listed[-1]] = " ".join([text, *self._continued(number)])
        return docs

    def _behind(self, line: int) -> str:
        return "\n".join(c.text for c in self._lines.comments.get(line, ()) if c.trails and c.text)

    def _continued(self, line: int) -> list[str]:
        """The lines below that go on, in the same column, with a comment behind `line`."""
        column = self._lines.comments[line][-1].column
        texts = []
        while self._alone(line := line + 1) and self._lines.comments[line][0].column == column:
            texts.append(self._lines.comments[line][0].text)
        return texts

    def _alone(self, line: int) -> bool:
        """Whether a line holds a comment and no code."""
        return line in self._lines.comments and not self._lines.code[line].strip()

    def _above(self, line: int) -> str:
        """The block of comment lines that ends just above `line`; a banner is none."""
        block: list[str] = []
        line -= 1
        while self._alone(line):
            block.insert(0, self._lines.comments[line][0].text)
            line -= 1
        if len(block) > 1 and not block[0].strip(" /*=-") and not block[-1].strip(" /*=-"):
            inner = [text for text in block if text.strip(" /*=-")]
            if len(inner) <= 1:
                return ""
        return "\n".join(block).strip("\n")

    def _member(self, line: int) -> str:
        """The comment of a field: behind it and below, or else above it.

        Above a field with a comment of its own stands a remark on the group that it begins.
        """
        if behind := self._behind(line):
            return "\n".join([behind, *self._continued(line)])
        above = "" if self._goes_on(line - 1) else self._above(line)
        return "\n".join(text for text in above.split("\n") if not _DISABLED.fullmatch(text.strip()))

    def _goes_on(self, line: int) -> bool:
        """Whether the comment line `line` continues one that stands behind code above it."""
        if not self._alone(line):
            return False
        column = self._lines.comments[line][0].column
        while self._alone(line) and self._lines.comments[line][0].column == column:
            line -= 1
        return any(c.trails and c.column == column for c in self._lines.comments.get(line, ()))
