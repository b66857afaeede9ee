"""What a generation begins with: the prompt's tokens, and what the sequence holds of them already."""

from __future__ import annotations

import operator
import reprlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias

from llamacffi.core.media import Media
from llamacffi.core.media_tokens import MediaToken, is_medium
from llamacffi.errors import ContextOverflow, LlamaError
from llamacffi.generation.encoder_decoder import Sources, decoder_start

if TYPE_CHECKING:
    import collections.abc

    from llamacffi.core.vocab import Vocab
    from llamacffi.generation.params import SamplingParams
    from llamacffi.generation.sequence import Sequence

Prompt: TypeAlias = "str | collections.abc.Sequence[int | str | Media]"
"""A text, token ids, or texts and media in their order."""

__all__ = [
    "Prompt",
    "align_prompt",
    "check_unchanged",
    "has_media_parts",
    "n_common",
    "prompt_ids",
    "read_source",
    "token_ids",
]


def prompt_ids(vocab: Vocab, prompt: Prompt) -> list[int]:
    """The ids of a prompt: of a text with its control tokens and the model's BOS, which is never doubled.

    Of texts and media by the model's own projector. Raises TypeError for what is neither text nor ids, ValueError for
    ids that the vocabulary does not have, MediaError for media that the model does not take.
    """
    if not isinstance(prompt, str):
        if has_media_parts(prompt):
            return vocab.model.projector.prompt(_parts(prompt))
        return token_ids(vocab, prompt)
    tokens = vocab.tokenize(prompt, add_special=True, parse_special=True)
    # A rendered chat template has often written the BOS that the tokenizer puts before it once more.
    return tokens[1:] if tokens[:2] == [vocab.bos, vocab.bos] else tokens


def has_media_parts(prompt: object) -> bool:
    """Whether a prompt is of texts and media; of ids only the first is looked at."""
    if not isinstance(prompt, (list, tuple)) or not prompt or not isinstance(prompt[0], (str, Media)):
        return False
    return any(isinstance(part, Media) for part in prompt)


def _parts(prompt: collections.abc.Sequence[object]) -> list[str | Media]:
    wrong = [part for part in prompt if not isinstance(part, (str, Media))]
    if wrong:
        message = f"a prompt of texts and media has {reprlib.repr(wrong[0])} in it; give Media.of(…), or ids alone"
        raise TypeError(message)
    return [part for part in prompt if isinstance(part, (str, Media))]


def token_ids(vocab: Vocab, tokens: Iterable[object]) -> list[int]:
    """The ids as a list of plain ints, which the vocabulary has; those of media as they are (`Projector.prompt`)."""
    given: object = tokens
    if isinstance(given, (str, bytes, bytearray)) or not isinstance(given, Iterable):
        message = f"the prompt is {reprlib.repr(given)}, but must be text or token ids"
        raise TypeError(message)
    ids: list[int] = []
    try:
        ids.extend(map(operator.index, tokens))  # type: ignore[arg-type]  # that one is no int is what comes out
    except TypeError:
        message = f"token {len(ids)} of the prompt is no whole number: {reprlib.repr(given)}"
        raise TypeError(message) from None
    if ids and min(ids) < 0:
        _check_ids(vocab, [token for token in ids if not is_medium(token)])
        # Of media that are decoded already the numbers are enough; others bring what they are computed of.
        return [given if isinstance(given, MediaToken) else token for token, given in zip(ids, tokens, strict=True)]
    _check_ids(vocab, ids)
    return ids


def _check_ids(vocab: Vocab, ids: list[int]) -> None:
    if ids and not (min(ids) >= 0 and max(ids) < vocab.n_tokens):
        wrong = next(token for token in ids if not 0 <= token < vocab.n_tokens)
        message = f"token {wrong} is not in the vocabulary, which is 0 to {vocab.n_tokens - 1}; it is in the prompt"
        raise ValueError(message)


def read_source(sequence: Sequence, tokens: list[int], params: SamplingParams) -> tuple[list[int], tuple[int, int]]:
    """Give a prompt to the encoder of a model that has one: its decoder then begins with a token of its own.

    Returns what to begin with, and how many tokens the encoder reads and had read before; the prompt and (0, 0) for
    other models. Raises what `Sequence.encode` raises, and ValueError for options of a model that continues its prompt.
    """
    context, sources = sequence.context, Sources.of(sequence.context)
    if sources is None:
        return tokens, (0, 0)
    for name, wanted in (("token_healing", params.token_healing), ("prompt_logprobs", params.prompt_logprobs)):
        if wanted is not False and wanted is not None:
            message = f"{name} is for a model that continues its prompt; this one reads it with an encoder"
            raise ValueError(message)
    start = decoder_start(context.model)
    known = not sequence.encode(tokens) and sources.ready(context, sequence.seq_id)
    return [start], (len(tokens), len(tokens) if known else 0)


def align_prompt(sequence: Sequence, prompt_tokens: collections.abc.Sequence[int]) -> int:
    """Keep what the sequence has of the prompt, but for its last token: that one is decoded for its logits.

    Returns how many are kept. Raises ContextOverflow when the prompt does not fit, ValueError when it is empty.
    """
    n = len(prompt_tokens)
    if n == 0:
        message = "the prompt is empty; a model needs at least one token to continue"
        raise ValueError(message)
    if n > sequence.context.n_ctx_seq:
        message = (
            f"the prompt has {n} tokens, the context room for {sequence.context.n_ctx_seq}; "
            "make the context with a larger n_ctx, or shorten the prompt"
        )
        raise ContextOverflow(message)
    if sequence.align(prompt_tokens) == n:
        sequence.rewind(n - 1)
    return len(sequence)


def check_unchanged(sequence: Sequence, changes: int) -> None:
    """Refuse to go on after tokens that are not this generation's."""
    if sequence.changes != changes:
        message = (
            "something else used the sequence during a generation; give each generation a Sequence of its own, "
            "or end one before the next begins"
        )
        raise LlamaError(message)


def n_common(left: collections.abc.Sequence[int], right: collections.abc.Sequence[int], start: int = 0) -> int:
    """How many tokens `left` and `right`, read from `start` on, begin with alike; both of one type, as lists are."""
    n = min(len(left), len(right) - start)
    if left[:n] == right[start : start + n]:
        return n
    # Comparing slices runs in C: the place of the difference is found by halving.
    low, high = 0, n
    while high - low > 1:
        middle = (low + high) // 2
        if left[low:middle] == right[start + low : start + middle]:
            low = middle
        else:
            high = middle
    return low
