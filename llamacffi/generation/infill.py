"""What belongs between a text's beginning and its end: fill in the middle."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from llamacffi.errors import TokenizeError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llamacffi.core.vocab import Vocab

__all__ = ["infill_prompt"]

_MEANINGS = {
    "fim_pre": "what comes before the gap",
    "fim_suf": "what comes after the gap",
    "fim_mid": "the gap",
    "fim_rep": "the name of a repository",
    "fim_sep": "the next file",
}
_SNIPPET = "\n\n--- snippet ---\n\n"
"""What llama.cpp's server puts before a file where the model has no token for it."""


def infill_prompt(
    vocab: Vocab,
    prefix: str,
    suffix: str,
    *,
    prompt: str = "",
    extra: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    repo: str | None = None,
    filename: str | None = None,
    order: Literal["psm", "spm"] = "psm",
    n_batch: int | None = None,
    n_ctx: int | None = None,
    max_tokens: int | None = None,
) -> list[int]:
    """The token ids that ask a model what belongs between `prefix` and `suffix`, in its own FIM tokens, for `generate`.

    `order` is that of prefix, suffix and middle which the model was trained on, mostly "psm". `prompt` goes after the
    prefix and is tokenized by itself: the line that is being written, say. `extra` are other files, name and text, the
    most important one last; `repo` and `filename` name the repository and this file. Control tokens that a text seems
    to have are text.

    With `n_batch` only the end of a long prefix is kept, in three quarters of that many tokens, and the beginning of a
    long suffix, in what `prompt` leaves of the fourth. With `n_ctx` it all fits in a context of that size and leaves
    room for `max_tokens`, for None a quarter: prefix and suffix come first, then the end of the other files.

    After format_prompt_infill of llama.cpp's server; but BOS, where the model wants it, always comes first.
    Raises TokenizeError for a model that lacks a token that this needs, ValueError for a number or an order that
    cannot be.
    """
    if order not in ("psm", "spm"):
        message = f'order is {order!r}, but must be "psm" (prefix, suffix, middle) or "spm" (suffix, prefix, middle)'
        raise ValueError(message)
    bos = [vocab.bos] if vocab.add_bos and vocab.bos is not None else []
    n_free = _n_free(n_batch, n_ctx, max_tokens)
    pre, suf, mid = _needed(vocab, "fim_pre", "fim_suf", "fim_mid")
    before, within = _plain(vocab, prefix), _plain(vocab, prompt)
    after = _plain(vocab, suffix, spaced=False)
    if n_free is not None:
        n_batch = min(n_free - len(bos) - 1, n_free if n_batch is None else n_batch)
    if n_batch is not None:
        before = _last(before, 3 * (n_batch // 4))
        after = after[: max(0, n_batch // 4 - (2 + len(within)))]
    first, second = [pre, *before, *within], [suf, *after]
    gap = [*first, *second, mid] if order == "psm" else [*second, *first, mid]
    files = _files(vocab, extra, repo, filename)
    if n_free is not None:
        files = _last(files, max(0, n_free - len(bos) - len(gap)))
    return [*bos, *files, *gap]


def _files(
    vocab: Vocab, extra: Mapping[str, str] | Iterable[tuple[str, str]], repo: str | None, filename: str | None
) -> list[int]:
    """What comes before the gap's own file, in the pattern of Qwen2.5-Coder (Hui et al. 2024)."""
    tokens: list[int] = []
    if repo is not None:
        tokens += [*_needed(vocab, "fim_rep"), *_plain(vocab, repo + "\n")]
    for name, text in extra.items() if isinstance(extra, Mapping) else extra:
        if vocab.fim_sep is None:
            tokens += _plain(vocab, _SNIPPET)
        else:
            tokens += [vocab.fim_sep, *_plain(vocab, name + "\n")]
        tokens += _plain(vocab, text)
    if filename is not None:
        tokens += [*_needed(vocab, "fim_sep"), *_plain(vocab, filename + "\n")]
    return tokens


def _needed(vocab: Vocab, *names: str) -> list[int]:
    """The special tokens of those names; one error for all that are missing."""
    tokens = [getattr(vocab, name) for name in names]
    missing = [name for name, token in zip(names, tokens, strict=True) if token is None]
    if missing:
        lacks = " and ".join(f"{name} ({_MEANINGS[name]} follows)" for name in missing)
        message = (
            f"the vocabulary of {vocab.model.description} lacks {lacks}, so it cannot fill in the middle like this; if "
            f'one of its tokens means that, load it with kv_overrides={{"tokenizer.ggml.{missing[0]}_token_id": …}}'
        )
        raise TokenizeError(message)
    return tokens


def _plain(vocab: Vocab, text: str, *, spaced: bool = True) -> list[int]:
    """Tokenize text in which nothing is a FIM token, however the model file has typed these tokens.

    Without `spaced` there is no space before it, as some vocabularies put one before every text: what follows a gap
    stands in the middle of a line.
    """
    tokens = _tokenized(vocab, text, spaced=spaced)
    known = (getattr(vocab, name) for name in (*_MEANINGS, "fim_pad"))
    special = {token for token in known if token is not None}.intersection(tokens)
    if not special:
        return tokens
    names = [re.escape(vocab.piece(token, special=True).decode("utf-8", "replace").strip()) for token in special]
    cuts = [match.start() + 1 for match in re.finditer("|".join(names), text)]  # inside each, so that no piece has one
    tokens = []
    for start, end in pairwise([0, *cuts, len(text)]):
        tokens += _tokenized(vocab, text[start:end], spaced=spaced and start == 0)
    return tokens


def _tokenized(vocab: Vocab, text: str, *, spaced: bool) -> list[int]:
    if spaced or vocab.pieces(vocab.tokenize("\n", add_special=False))[:1] != [b" "]:
        return vocab.tokenize(text, add_special=False)
    # A line's end is a token of its own in these vocabularies.
    return vocab.tokenize("\n" + text, add_special=False)[2:]


def _n_free(n_batch: int | None, n_ctx: int | None, max_tokens: int | None) -> int | None:
    """How many tokens the prompt may have; None for any number."""
    for name, number in (("n_batch", n_batch), ("n_ctx", n_ctx), ("max_tokens", max_tokens)):
        if number is not None and number < 0:
            message = f"{name} is {number}, but must be a number of tokens from 0, or None"
            raise ValueError(message)
    if n_ctx is None:
        return None
    n_answer = n_ctx // 4 if max_tokens is None else max_tokens
    if n_ctx - n_answer < _LEAST:
        message = (
            f"max_tokens={max_tokens} leaves {max(0, n_ctx - n_answer)} of n_ctx={n_ctx} tokens for what is around "
            f"the gap; that takes at least {_LEAST}"
        )
        raise ValueError(message)
    return n_ctx - n_answer


_LEAST = 16
"""Tokens: BOS and the three FIM tokens with a little text."""


def _last(tokens: list[int], n: int) -> list[int]:
    return tokens[max(0, len(tokens) - n) :]
