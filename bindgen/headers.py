"""Which headers make up the API, and what the preprocessor leaves of them.

pcpp preprocesses: it needs no compiler and gives the same text on every system. No compiler's own macro is defined,
so the headers take their plain branches; what they include from the C library is left out and its type names come from
`PRELUDE`.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pcpp

if TYPE_CHECKING:
    from collections.abc import Sequence

# The folder of each public header and, when its functions live in a plug-in backend, that backend's name.
_PUBLIC = (
    ("ggml/include/ggml.h", None),
    ("ggml/include/ggml-alloc.h", None),
    ("ggml/include/ggml-backend.h", None),
    ("ggml/include/ggml-cpu.h", "cpu"),
    ("ggml/include/ggml-opt.h", None),
    ("ggml/include/gguf.h", None),
    ("ggml/include/ggml-rpc.h", "rpc"),
    ("include/llama.h", None),
    ("tools/mtmd/mtmd.h", None),
    ("tools/mtmd/mtmd-helper.h", None),
)
_OURS = (
    "guard.h",
    "log.h",
    "interrupt.h",
    "logprobs.h",
    "batch.h",
    "chat.h",
    "eval.h",
    "fit.h",
    "hash.h",
    "healing.h",
    "min_tokens.h",
    "pages.h",
    "quantize.h",
    "reasoning.h",
    "token_tree.h",
    "sampler.h",
    "schema.h",
    "speculative.h",
    "step.h",
    "tokenize.h",
    "utf8.h",
    "vocab.h",
)

# What the public headers take from the C library. The widths do not matter: only names reach the declarations.
PRELUDE = (
    "typedef unsigned long size_t; typedef long ssize_t; typedef long ptrdiff_t;"
    " typedef long intptr_t; typedef unsigned long uintptr_t;"
    " typedef signed char int8_t; typedef short int16_t; typedef int int32_t; typedef long int64_t;"
    " typedef unsigned char uint8_t; typedef unsigned short uint16_t; typedef unsigned int uint32_t;"
    " typedef unsigned long uint64_t; typedef _Bool bool; typedef int wchar_t; typedef int va_list;"
    " typedef struct _IO_FILE FILE; "
)


class HeaderError(RuntimeError):
    """A header that is missing, or that the preprocessor or the parser does not take."""


@dataclass(frozen=True)
class Header:
    """A header whose declarations are wanted."""

    name: str
    path: Path
    plugin: str | None = None
    ours: bool = False


@dataclass(frozen=True)
class Macro:
    """An object-like macro: `value` as written, `expanded` with the macros in it replaced."""

    name: str
    value: str
    expanded: str
    header: str
    line: int


@dataclass(frozen=True)
class Preprocessed:
    """C without directives but for `# line "file"`; attributes blanked; the macros that our headers define."""

    text: str
    macros: tuple[Macro, ...]


def public_headers(root: Path) -> tuple[Header, ...]:
    """llama.cpp's public headers, in an order that parses; those that this version lacks are left out."""
    found = tuple(Header(Path(name).name, root / name, plugin) for name, plugin in _PUBLIC if (root / name).is_file())
    if "llama.h" not in {header.name for header in found}:
        message = f"no include/llama.h in {root}: that is not a llama.cpp source tree"
        raise HeaderError(message)
    return found


def csrc_headers(csrc: Path) -> tuple[Header, ...]:
    """The headers of our own C; raises HeaderError when one is not there."""
    headers = tuple(Header(name, csrc / name, ours=True) for name in _OURS)
    for header in headers:
        if not header.path.is_file():
            message = f"{header.path} is not there: it declares functions that the package calls"
            raise HeaderError(message)
    return headers


class _Preprocessor(pcpp.Preprocessor):  # type: ignore[misc]  # pcpp has no types
    """Drops includes of the C library, collects errors in place of printing them."""

    def __init__(self) -> None:
        super().__init__()
        self.errors: list[str] = []
        self.line_directive = "#"

    def on_include_not_found(
        self,
        is_malformed: bool,  # noqa: FBT001 - pcpp's signature
        is_system_include: bool,  # noqa: FBT001
        curdir: str,
        includepath: str,
    ) -> None:
        if not is_system_include:
            self.errors.append(f'"{includepath}", which a header in {curdir or "."} includes, is in no include folder')
        raise pcpp.OutputDirective(pcpp.Action.IgnoreAndRemove)

    def on_error(self, file: str, line: int, msg: str) -> None:
        self.errors.append(f"{file}:{line}: {msg}")

    def expand(self, value: str) -> str:
        """`value` with every macro in it replaced."""
        return "".join(token.value for token in self.expand_macros(self.tokenize(value)))


def preprocess(headers: Sequence[Header], include_dirs: Sequence[Path]) -> Preprocessed:
    """Preprocess all headers as one translation unit; raises HeaderError with the preprocessor's messages."""
    preprocessor = _Preprocessor()
    for folder in include_dirs:
        preprocessor.add_path(str(folder))
    preprocessor.define("__STDC_VERSION__ 201112L")
    preprocessor.define(f"UINTPTR_MAX {2**64 - 1:#x}")
    preprocessor.parse("".join(f'#include "{header.path.as_posix()}"\n' for header in headers), "all.h")
    text = io.StringIO()
    preprocessor.write(text)
    if preprocessor.errors:
        raise HeaderError("\n".join(preprocessor.errors))
    return Preprocessed(strip_attributes(text.getvalue()), _macros(preprocessor, headers))


def _macros(preprocessor: _Preprocessor, headers: Sequence[Header]) -> tuple[Macro, ...]:
    names = {header.path.resolve(): header.name for header in headers}
    order = {header.name: position for position, header in enumerate(headers)}
    found = []
    macro: Any
    for name, macro in preprocessor.macros.items():
        source = getattr(macro, "source", None)
        header = names.get(Path(str(source)).resolve()) if source else None
        if header is None or macro.arglist is not None:
            continue
        value = "".join(token.value for token in macro.value).strip()
        if value:
            found.append(Macro(name, value, preprocessor.expand(value), header, macro.lineno))
    return tuple(sorted(found, key=lambda macro: (order[macro.header], macro.line, macro.name)))


_ATTRIBUTE = re.compile(r"\b(?:__attribute__|__attribute|__declspec|_Alignas|__asm__|__asm)\s*\(")
_PARENTHESIS = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|[()]')
_QUALIFIER = re.compile(r"\b(?:__extension__|__inline__|__inline)\b")


def strip_attributes(text: str) -> str:
    """Blank out what is no standard C: attributes with their parentheses. Every offset and line stays."""
    pieces = []
    position = 0
    while match := _ATTRIBUTE.search(text, position):
        depth, end = 1, match.end()
        while depth:
            parenthesis = _PARENTHESIS.search(text, end)
            if parenthesis is None:
                message = f"no closing parenthesis after: {text[match.start() : match.start() + 80]}"
                raise HeaderError(message)
            depth += {"(": 1, ")": -1}.get(parenthesis.group(), 0)
            end = parenthesis.end()
        pieces += [text[position : match.start()], re.sub(r"[^\n]", " ", text[match.start() : end])]
        position = end
    pieces.append(text[position:])
    stripped = re.sub(r"\b__restrict(?:__)?\b", "restrict", "".join(pieces))
    return _QUALIFIER.sub(lambda match: "inline" if "inline" in match.group() else "", stripped)
