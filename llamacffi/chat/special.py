"""Special tokens that a user wrote stay text.

A prompt is tokenized with its control tokens, since the template writes them: `<|im_end|>` ends a turn. So would the
same characters in a message, and whoever writes the message could end their turn and begin the system's. Here such
characters are marked before the template runs, and what they stand in is tokenized as plain text after it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from llamacffi.core.chat_format import control_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from llamacffi.core.vocab import Vocab

__all__ = ["render_tokens", "tokenize_prompt"]

# Code points that Unicode keeps for a program's own use and that no text holds.
_NONCHARACTERS = tuple(map(chr, range(0xFDD0, 0xFDF0)))


def render_tokens(
    render: Callable[[Sequence[Mapping[str, Any]]], str], messages: Sequence[Mapping[str, Any]], vocab: Vocab
) -> tuple[str, list[int]]:
    """Render `messages` and tokenize the prompt; control tokens come from the template alone.

    In the messages' texts they are what they are written with, in those of the assistant too, unless the template looks
    for them there. BOS comes first where the model wants it, once. Raises what `render` raises, and TokenizeError.
    """
    pattern, _ = _specials(vocab)
    text = render(messages)
    if pattern is None or not any(pattern.search(each) for message in messages for each in _texts(message)):
        return text, tokenize_prompt(text, vocab)
    marks = tuple(islice((mark for mark in _NONCHARACTERS if mark not in text), 2))
    if len(marks) < 2:
        return text, tokenize_prompt(text, vocab)
    begin, end = marks

    def marked(value: str) -> str:
        return pattern.sub(lambda match: f"{begin}{match[0]}{end}", value)

    everywhere = [_mapped(message, marked) for message in messages]
    marked_text = render(everywhere)
    if _unmarked(marked_text, begin, end) != text:
        # The template looked at the text: some cut a reply at the end of its thoughts.
        spared = [
            dict(message) if message.get("role") == "assistant" else _mapped(message, marked) for message in messages
        ]
        marked_text = render(spared)
    plain, spans = _spans(marked_text, begin, end)
    return plain, _tokenize_around(plain, spans, vocab)


def tokenize_prompt(text: str, vocab: Vocab) -> list[int]:
    """Tokenize a rendered prompt with its control tokens, and with the model's BOS, which is never doubled."""
    tokens = vocab.tokenize(text, add_special=True, parse_special=True)
    return tokens[1:] if vocab.bos is not None and tokens[:2] == [vocab.bos, vocab.bos] else tokens


def _tokenize_around(text: str, spans: list[tuple[int, int]], vocab: Vocab) -> list[int]:
    """Tokenize `text`, in which what lies in `spans` is no control token."""
    pattern, attributes = _specials(vocab)
    assert pattern is not None
    tokens: list[int] = []
    start = run = 0  # of what is not tokenized yet, and of the text since the last control token
    strips = False
    places = _Spans(spans)
    found = [match for match in pattern.finditer(text) if not places.touch(*match.span())]
    for match in [*found, None]:
        at = len(text) if match is None else match.start()
        if places.touch(run, at):
            tokens += vocab.tokenize(text[start:run], add_special=False, parse_special=True) if start < run else []
            plain = text[run:at].lstrip() if strips else text[run:at]
            if match is not None and "lstrip" in attributes[match[0]]:
                plain = plain.rstrip()
            tokens += vocab.tokenize(plain, add_special=False, parse_special=False)
            start = at
        if match is not None:
            run = match.end()
            strips = "rstrip" in attributes[match[0]]
    tokens += vocab.tokenize(text[start:], add_special=False, parse_special=True) if start < len(text) else []
    front = [vocab.bos] if vocab.add_bos and vocab.bos is not None and tokens[:1] != [vocab.bos] else []
    return [*front, *tokens]


class _Spans:
    """Places in a text, in order and apart from one another."""

    def __init__(self, spans: list[tuple[int, int]]) -> None:
        self._starts = [start for start, _ in spans]
        self._ends = [end for _, end in spans]

    def touch(self, start: int, end: int) -> bool:
        """Whether one of them shares a character with these."""
        i = bisect_left(self._starts, end) - 1
        return i >= 0 and self._ends[i] > start


def _spans(text: str, begin: str, end: str) -> tuple[str, list[tuple[int, int]]]:
    """Take the marks out of a text, and say where they stood; one without its counterpart says nothing."""
    parts: list[str] = []
    spans: list[tuple[int, int]] = []
    n, opened = 0, None
    for part in re.split(f"([{begin}{end}])", text):
        if part == begin:
            opened = n
        elif part == end:
            if opened is not None:
                spans.append((opened, n))
            opened = None
        else:
            parts.append(part)
            n += len(part)
    return "".join(parts), spans


def _unmarked(text: str, begin: str, end: str) -> str:
    return text.replace(begin, "").replace(end, "")


@lru_cache(maxsize=8)
def _specials(vocab: Vocab) -> tuple[re.Pattern[str] | None, dict[str, frozenset[str]]]:
    """What control tokens are written with, the longest first as llama.cpp looks for them."""
    found = {text: vocab.attributes(token) for text, token in control_tokens(vocab).items()}
    texts = sorted(found, key=len, reverse=True)
    return (re.compile("|".join(map(re.escape, texts))) if texts else None), found


def _texts(value: Any) -> Iterator[str]:
    """Every text in a message but its role."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key not in {"role", "type"}:
                yield from _texts(item)
    elif isinstance(value, Sequence):
        for item in value:
            yield from _texts(item)


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: item if key in {"role", "type"} else _mapped(item, change) for key, item in value.items()}
    if isinstance(value, Sequence):
        items: Iterable[Any] = value
        return [_mapped(item, change) for item in items]
    return value
