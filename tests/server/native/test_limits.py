"""Ends of an answer by its time and by its lines' indentation."""

from __future__ import annotations

import random

import pytest

from llamacffi.generation.criteria import Progress
from llamacffi.server.native import limits
from llamacffi.server.native.limits import IndentLimit, TimeLimit


def ended(limit: IndentLimit | TimeLimit, tokens: list[str]) -> str:
    """The text of the tokens up to the one that ends it."""
    progress, text = Progress([]), ""
    for i, token in enumerate(tokens):
        progress.push(i, token)
        text += token
        if limit(progress):
            break
    return text


def as_llama_server(tokens: list[str], n_indent: int) -> str:
    """Its rule (tools/server/server-context.cpp, process_token), over the whole text with each token."""
    text, last, has_new_line = "", 0, False
    for token in tokens:
        text += token
        if has_new_line:
            if last > 0:
                n = len(text[last:]) - len(text[last:].lstrip(" \t"))
                if last + n < len(text) and n < n_indent:
                    return text[: last + n]
            found = text.find("\n", last)
            if found >= 0:
                last = found + 1
        has_new_line = has_new_line or "\n" in token
    return text


def test_a_line_that_is_not_indented_ends_it() -> None:
    limit = IndentLimit(2)
    text = ended(limit, ["a", ":", "\n", "  b", "\n", "  ", "  c", "\n", "def", " d"])
    assert limit.cut(text) == "a:\n  b\n    c\n"
    assert text.startswith(limit.cut(text))


def test_as_llama_server_does_it() -> None:
    source = random.Random(7)
    pieces = ["\n", " ", "  ", "\t", "x", "y z", "\n  x", "\n\n", " \n", "a\nb"]
    for _ in range(3000):
        tokens = source.choices(pieces, k=source.randrange(1, 14))
        n = source.randrange(1, 5)
        limit = IndentLimit(n)
        assert limit.cut(ended(limit, tokens)) == as_llama_server(tokens, n), (tokens, n)


def test_after_its_time_it_ends_with_its_next_line(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([10.0, 10.05, 10.11, 10.2, 10.3])
    monkeypatch.setattr(limits, "perf_counter", lambda: next(clock))
    assert ended(TimeLimit(100), ["a", "\n", "b", "c\n", "d"]) == "a\nbc\n"
