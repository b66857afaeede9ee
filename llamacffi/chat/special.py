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
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from llamacffi.chat.media import split
from llamacffi.core.chat_format import control_tokens
from llamacffi.errors import TemplateError
from llamacffi.generation.prompt import prompt_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from llamacffi.core.media import Media
    from llamacffi.core.vocab import Vocab

__all__ = ["render_tokens"]

# Code points that Unicode keeps for a program's own use and that no text holds; for the texts that do, private ones.
_MARKS = range(0xFDD0, 0xFDF0), range(0x100000, 0x10FFFE)
_MAX_DEPTH = 200  # of lists and mappings in a message
_AS_THEY_ARE = frozenset({"bos_token", "eos_token"})  # variables that are tokens


def render_tokens(
    render: Callable[[Sequence[Mapping[str, Any]], Mapping[str, Any]], str],
    messages: Sequence[Mapping[str, Any]],
    vocab: Vocab,
    variables: Mapping[str, Any],
    media: Mapping[str, Media] | None = None,
) -> tuple[str, list[int]]:
    """Render `messages` with `variables` and tokenize the prompt; control tokens come from the template alone.

    In the texts of both they are what they are written with, in those of the assistant too, unless the template looks
    for them there. BOS comes first where the model wants it, once. The first text that is rendered is that of the
    prompt. `media` are what markers in the messages stand for (`take_media`), prepared by the model's projector. Raises
    what `render` raises, TokenizeError, MediaError, and TemplateError for what is nested too deeply.
    """
    pattern, _ = _specials(vocab)
    spelt = pattern is not None and any(pattern.search(each) for each in _texts([*messages, variables]))
    text = render(messages, variables)
    if pattern is None or not spelt:
        return text, _tokenize_with_media(text, [], vocab, media) if media else prompt_ids(vocab, text)
    used = set(text)
    marks = tuple(islice((mark for mark in map(chr, chain(*_MARKS)) if mark not in used), 2))
    if len(marks) < 2:
        message = "the messages spell control tokens and hold every character that could mark them; leave some out"
        raise TemplateError(message)
    begin, end = marks

    def marked(value: str) -> str:
        return pattern.sub(lambda match: f"{begin}{match[0]}{end}", value)

    everywhere = [_mapped(message, marked) for message in messages]
    # A template may look at the text: some cut a reply at the end of its thoughts.
    spared = [
        before if before.get("role") == "assistant" else after
        for before, after in zip(messages, everywhere, strict=True)
    ]
    others = {key: value if key in _AS_THEY_ARE else _mapped(value, marked) for key, value in variables.items()}
    marked_text = render(everywhere, others)
    for attempt in ((spared, others), (spared, variables)):
        if _unmarked(marked_text, begin, end) == text:
            break
        marked_text = render(*attempt)
    plain, spans = _spans(marked_text, begin, end)
    if media:
        return plain, _tokenize_with_media(plain, spans, vocab, media)
    front = [vocab.bos] if vocab.add_bos and vocab.bos is not None else []
    tokens = _tokenize_around(plain, spans, vocab)
    return plain, tokens if tokens[:1] == front else [*front, *tokens]


def _tokenize_with_media(
    text: str, spans: list[tuple[int, int]], vocab: Vocab, media: Mapping[str, Media]
) -> list[int]:
    """Tokenize the texts between media, and put these where their markers are."""
    tokens: list[int] = []
    for start, stop, medium in split(text, media):
        within = [(begin - start, end - start) for begin, end in spans if start <= begin and end <= stop]
        tokens += _tokenize_around(text[start:stop], within, vocab)
        if medium is not None:
            tokens += vocab.model.projector.prompt([medium], add_special=False)
    front = [vocab.bos] if vocab.add_bos and vocab.bos is not None else []
    return tokens if tokens[:1] == front else [*front, *tokens]


def _tokenize_around(text: str, spans: list[tuple[int, int]], vocab: Vocab) -> list[int]:
    """Tokenize `text`, in which what lies in `spans` is no control token."""
    pattern, attributes = _specials(vocab)
    tokens: list[int] = []
    start = run = 0  # of what is not tokenized yet, and of the text since the last control token
    strips = False
    places = _Spans(spans)
    found = [match for match in pattern.finditer(text) if not places.touch(*match.span())] if pattern and spans else []
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
    return tokens


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


def _texts(value: Any, depth: int = 0) -> Iterator[str]:
    """Every text in messages and variables."""
    if isinstance(value, str):
        yield value
        return
    if depth > _MAX_DEPTH:
        message = f"the messages or the variables are nested more than {_MAX_DEPTH} levels deep"
        raise TemplateError(message)
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(key, depth + 1)
            yield from _texts(item, depth + 1)
    elif isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        for item in value:
            yield from _texts(item, depth + 1)


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    """`value` with its texts changed, but for words (roles, types, names), which a template compares."""
    if isinstance(value, str):
        return value if value.isidentifier() else change(value)
    if isinstance(value, Mapping):
        return {_mapped(key, change): _mapped(item, change) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        items: Iterable[Any] = value
        return [_mapped(item, change) for item in items]
    return value
