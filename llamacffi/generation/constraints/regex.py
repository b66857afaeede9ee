"""Regular expressions as grammars.

A pattern is read by the parser of Python's own `re`, and what it matches is written as a GBNF rule. Where Python and
ECMA-262, which JSON Schema refers to, differ on a class of characters (digits, words, spaces, the dot), the rule has
those that both allow.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from llamacffi.errors import GrammarError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["MAX_REPETITIONS", "check_search", "gbnf_literal", "gbnf_regex"]

# Private modules, but older than most public ones: hypothesis and others read patterns by them too.
_parser: Any = import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")
_constants: Any = import_module("re._constants" if sys.version_info >= (3, 11) else "sre_constants")

MAX_REPETITIONS = 2000
"""llama.cpp's MAX_REPETITION_THRESHOLD: a larger upper limit in a grammar is taken for none."""

_MAX_PATTERN = 20_000
_MAX_LOOPS = 3

_Ranges = tuple[tuple[int, int], ...]

_LAST = 0x10FFFF
_ALL: _Ranges = ((1, 0xD7FF), (0xE000, _LAST))  # no NUL, which ends a text in C, and no surrogates
_ASCII: _Ranges = ((1, 0x7F),)
_LINE_ENDS: _Ranges = ((0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029))
_CATEGORIES: dict[str, _Ranges] = {
    "DIGIT": ((0x30, 0x39),),
    "SPACE": ((0x09, 0x0D), (0x20, 0x20)),
    "WORD": ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)),
}
# What a space is to Python besides; nothing that is said may count on it either way.
_WIDER: dict[str, _Ranges] = {"SPACE": ((0x09, 0x0D), (0x1C, 0x20))}
# In a JSON string these are written with a backslash and a letter; the other control characters are left out.
_ESCAPED = {0x22: '"', 0x5C: "\\", 0x08: "b", 0x09: "t", 0x0A: "n", 0x0C: "f", 0x0D: "r"}
_PLAIN = frozenset(
    map(ord, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _.,:;/+*=<>(){}|!?@#%&~'`$")
)


def gbnf_regex(pattern: str, *, json_string: bool = False) -> str:
    """The right-hand side of a GBNF rule for the texts that `pattern` matches.

    By default all of a text must match, as with re.fullmatch. `json_string` is for the inside of a JSON string, where
    it is enough that the pattern is found somewhere, as JSON Schema has it, and quotes are escaped. Raises GrammarError
    for a pattern that is not valid, and for what a grammar cannot express: lookaround, references, anchors and word
    boundaries inside, possessive and atomic groups, flags that change what matches.
    """
    if len(pattern) > _MAX_PATTERN:
        message = f"the pattern has {len(pattern)} characters; at most {_MAX_PATTERN} are taken"
        raise GrammarError(message)
    compiler = _Compiler(pattern, json_string=json_string)
    try:
        parsed = _parser.parse(pattern)
        flags = parsed.state.flags & ~(re.UNICODE | re.ASCII | re.DOTALL | re.VERBOSE).value
        if flags:
            message = (
                f"the pattern {_short(pattern)} has the flags {re.RegexFlag(flags)!r}, which a grammar cannot honour"
            )
            raise GrammarError(message)
        compiler.dot_all = bool(parsed.state.flags & re.DOTALL)
        return compiler.whole(list(parsed), start=not json_string, end=not json_string)
    except (re.error, OverflowError) as error:
        message = f"the pattern {_short(pattern)} is not a valid regular expression: {error}"
        raise GrammarError(message) from error
    except RecursionError as error:
        message = f"the pattern {_short(pattern)} is nested too deeply"
        raise GrammarError(message) from error


def check_search(pattern: str) -> None:
    """Refuse a pattern that std::regex, which tries one way after the other, may look for until the end of time.

    It looks for a trigger again after every token, and does not look at signals. Raises GrammarError.
    """
    try:
        n = _n_loops(_parser.parse(pattern), inside=False)
    except _Nested:
        message = f"the trigger {_short(pattern)} repeats what has alternatives or is repeated itself; write it without"
        raise GrammarError(message) from None
    if n > _MAX_LOOPS:
        message = f"the trigger {_short(pattern)} has {n} parts of any length, of {_MAX_LOOPS} at most"
        raise GrammarError(message)


def _n_loops(items: Any, *, inside: bool) -> int:
    """How many parts of the pattern may be of several lengths; _Nested for one in a repetition."""
    n = 0
    for op, argument in items:
        if op in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
            least, most, inner = argument
            if inside and least != most:
                raise _Nested
            n += least != most
            n += _n_loops(inner, inside=inside or most > 1)
        elif op is _constants.BRANCH:
            if inside:
                raise _Nested
            n += sum(_n_loops(branch, inside=inside) for branch in argument[1])
        elif op is _constants.SUBPATTERN:
            n += _n_loops(argument[3], inside=inside)
    return n


class _Nested(Exception):  # noqa: N818 - never seen outside
    pass


def gbnf_literal(text: str) -> str:
    """`text` as a quoted literal of a grammar."""
    return '"' + "".join(map(_character, map(ord, text))) + '"'


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "…")


def _character(code: int) -> str:
    if code in _PLAIN:
        return chr(code)
    if 0xD800 <= code <= 0xDFFF or code == 0:
        message = f"the character U+{code:04X} cannot be generated as text"
        raise GrammarError(message)
    return f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"


@dataclass(slots=True)
class _Compiler:
    pattern: str
    json_string: bool
    dot_all: bool = False

    def whole(self, items: list[Any], *, start: bool, end: bool) -> str:
        """A pattern or a branch of it; at a side that is not anchored, anything may stand."""
        while items and items[0][0] is _constants.AT and items[0][1] in _BEGINNINGS:
            items, start = items[1:], True
        while items and items[-1][0] is _constants.AT and items[-1][1] in _ENDS:
            items, end = items[:-1], True
        if len(items) == 1 and items[0][0] is _constants.BRANCH:
            branches = [self.whole(list(branch), start=start, end=end) for branch in items[0][1][1]]
            return "(" + " | ".join(branches) + ")"
        if len(items) == 1 and items[0][0] is _constants.SUBPATTERN:
            _group, added, removed, inner = items[0][1]
            self._refuse_flags(added | removed)
            return self.whole(list(inner), start=start, end=end)
        anything = self._set(_ALL) + "*"
        parts = ([] if start else [anything]) + [self._sequence(items)] + ([] if end else [anything])
        return " ".join(parts)

    def _sequence(self, items: Iterable[Any]) -> str:
        parts: list[str] = []
        for item in items:
            part = self._item(*item)
            # What may be repeated for ever is not more so by standing there twice, only in more ways.
            if part and not (part[-1] == "*" and parts and parts[-1] == part):
                parts.append(part)
        return " ".join(parts) or '""'

    def _item(self, op: Any, argument: Any) -> str:
        if op is _constants.LITERAL:
            return self._literal(argument)
        if op is _constants.NOT_LITERAL:
            return self._set(_minus(_ALL, ((argument, argument),)))
        if op is _constants.ANY:
            return self._set(_ALL if self.dot_all else _minus(_ALL, _LINE_ENDS))
        if op is _constants.IN:
            return self._set(self._ranges(argument))
        if op is _constants.BRANCH:
            return "(" + " | ".join(dict.fromkeys(map(self._sequence, argument[1]))) + ")"
        if op is _constants.SUBPATTERN:
            _group, added, removed, inner = argument
            self._refuse_flags(added | removed)
            return f"({self._sequence(inner)})"
        if op in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
            return self._repeat(*argument)
        what = str(argument) if op is _constants.AT else str(op)
        message = f"the pattern {_short(self.pattern)} has {what}, which a grammar cannot express"
        raise GrammarError(message)

    def _refuse_flags(self, flags: int) -> None:
        if flags:
            message = f"the pattern {_short(self.pattern)} changes the flags inside, which a grammar cannot honour"
            raise GrammarError(message)

    def _literal(self, code: int) -> str:
        if not self.json_string:
            return '"' + _character(code) + '"'
        if code == 0 or 0xD800 <= code <= 0xDFFF:
            _character(code)
        return gbnf_literal(json.dumps(chr(code), ensure_ascii=False)[1:-1])

    def _repeat(self, least: int, most: Any, inner: Any) -> str:
        unlimited = most is _constants.MAXREPEAT
        most = None if unlimited else int(most)
        if max(least, most or 0) > MAX_REPETITIONS:
            message = (
                f"the pattern {_short(self.pattern)} repeats up to {max(least, most or 0)} times, "
                f"but a grammar counts to {MAX_REPETITIONS} at most"
            )
            raise GrammarError(message)
        if most == 0:
            return ""
        if unlimited and inner.getwidth()[0] == 0:
            message = f"the pattern {_short(self.pattern)} repeats what may be empty without a limit"
            raise GrammarError(message)
        body = f"({self._sequence(inner)})"
        if (least, most) == (1, 1):
            return body
        return body + {(0, None): "*", (1, None): "+", (0, 1): "?"}.get(
            (least, most), f"{{{least},{'' if most is None else most}}}"
        )

    def _ranges(self, members: Sequence[Any]) -> _Ranges:
        negated = members[0][0] is _constants.NEGATE
        ranges: list[tuple[int, int]] = []
        universe = _ALL
        for op, argument in members[negated:]:
            if op is _constants.LITERAL:
                ranges.append((argument, argument))
            elif op is _constants.RANGE:
                ranges.append(argument)
            else:  # a category
                name = str(argument).removeprefix("CATEGORY_")
                complement, name = name.startswith("NOT_"), name.removeprefix("NOT_")
                known = _CATEGORIES[name]
                if complement != negated:  # it is taken away, once or not at all
                    known = _WIDER.get(name, known)
                # What is no digit in ASCII may be one further on: the complement is taken of ASCII only.
                ranges += _minus(_ASCII, known) if complement else known
                universe = _ASCII
        merged = _union(ranges)
        return _minus(universe, merged) if negated else _minus(merged, _minus(((0, _LAST),), _ALL))

    def _set(self, ranges: _Ranges) -> str:
        alternatives = []
        if self.json_string:
            escaped = [code for code in _ESCAPED if any(low <= code <= high for low, high in ranges)]
            ranges = _minus(ranges, ((0, 0x1F), (0x22, 0x22), (0x5C, 0x5C)))
            if escaped:
                letters = "".join(_character(ord(_ESCAPED[code])) for code in escaped)
                alternatives.append(f'"\\\\" [{letters}]')
        if ranges:
            alternatives.insert(0, "[" + "".join(map(_range, ranges)) + "]")
        if not alternatives:
            message = f"the pattern {_short(self.pattern)} has a class that no character is in"
            raise GrammarError(message)
        return alternatives[0] if len(alternatives) == 1 else f"({' | '.join(alternatives)})"


_BEGINNINGS = (_constants.AT_BEGINNING, _constants.AT_BEGINNING_STRING)
_ENDS = (_constants.AT_END, _constants.AT_END_STRING)


def _range(ends: tuple[int, int]) -> str:
    low, high = ends
    return _character(low) if low == high else f"{_character(low)}-{_character(high)}"


def _union(ranges: Iterable[tuple[int, int]]) -> _Ranges:
    result: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if result and low <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(result[-1][1], high))
        else:
            result.append((low, high))
    return tuple(result)


def _minus(ranges: Iterable[tuple[int, int]], taken: Iterable[tuple[int, int]]) -> _Ranges:
    """What is in `ranges` and not in `taken`; both are sorted."""
    left = list(ranges)
    for start, stop in taken:
        left = [
            part
            for low, high in left
            for part in ((low, min(high, start - 1)), (max(low, stop + 1), high))
            if part[0] <= part[1]
        ]
    return tuple(left)
