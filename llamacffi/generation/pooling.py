"""Texts that a context pools: what it makes of each is one row of numbers."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from llamacffi.core.batch import Batch
from llamacffi.core.media_tokens import MediaToken, has_media, n_positions, runs
from llamacffi.core.model import Model
from llamacffi.errors import ContextError, ContextOverflow
from llamacffi.generation.media_rows import MediaRows, check_media
from llamacffi.generation.prompt import has_media_parts, prompt_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import numpy.typing as npt

    from llamacffi.core.context import Context
    from llamacffi.core.media import Media
    from llamacffi.core.vocab import Vocab

    Text = str | bytes | Sequence[int | str | Media] | npt.NDArray[np.integer]
    """A text, the token ids of one, special tokens included, or texts and media in their order."""
    Rows = npt.NDArray[np.float32]

__all__ = ["N_BATCH", "N_SEQ_MAX", "Pooling", "check_pooling", "compute", "pool", "tokenized"]

# A context that is made for one job: enough tokens in a batch to keep the processor busy, few enough for its caches.
N_BATCH = 512
N_SEQ_MAX = 64


@dataclass(frozen=True, slots=True, eq=False)
class Pooling:
    """What is to be computed: of each prompt a row of `width` numbers, by one of `poolings`, and then of the rows."""

    prompts: list[list[int]]
    width: int
    poolings: tuple[str, ...]
    finish: Callable[[Rows], Rows]
    """Makes of the rows what was asked for."""


def tokenized(vocab: Vocab, texts: Sequence[Text]) -> list[list[int]]:
    """The token ids of each text, with the special tokens that the model asks for; token ids stay as they are.

    What looks like a control token in a text stays text. Raises TypeError for one text instead of several, ValueError
    for one of no tokens or a token that is not in the vocabulary.
    """
    if isinstance(texts, (str, bytes)):
        message = "texts is a single text; put it into a list"
        raise TypeError(message)
    prompts = [vocab.tokenize(text) if isinstance(text, (str, bytes)) else _ids(vocab, text) for text in texts]
    for i, prompt in enumerate(prompts):
        if not prompt:
            message = f"text {i} has no tokens, and so there is nothing to compute for it; leave it out"
            raise ValueError(message)
        wrong = next((token for token in prompt if token not in vocab and not isinstance(token, MediaToken)), None)
        if wrong is not None:
            message = f"text {i} has token {wrong}; the vocabulary's ids go from 0 to {len(vocab) - 1}"
            raise ValueError(message)
    return prompts


def _ids(vocab: Vocab, text: Any) -> list[int]:
    """Token ids as they are; of media now, for whoever computes them may have others wait."""
    if not has_media_parts(text):
        return [id_ if isinstance(id_, MediaToken) else int(id_) for id_ in text]
    prompt = prompt_ids(vocab, text)
    for chunk in {id(token.chunk): token.chunk for token in prompt if isinstance(token, MediaToken)}.values():
        chunk.projector.encode(chunk)
    return prompt


def pool(context: Context | Model, pooling: Pooling) -> Rows:
    """Compute it; for a model, in a context that is made and closed again.

    Raises ContextOverflow, before anything is computed, when a text does not fit, and ContextError for a context that
    does not pool so.
    """
    prompts = pooling.prompts
    rows = np.empty((len(prompts), pooling.width), np.float32)
    with _ready(context, prompts, pooling.poolings) as ready:
        _check_lengths(ready, prompts)
        batch = Batch(min(ready.n_batch, ready.n_ubatch))
        for indices in _batches(ready, prompts, batch.capacity):
            compute(ready, batch, [prompts[i] for i in indices], [rows[i] for i in indices])
        if ready.has_memory:
            ready.memory.clear(data=False)
    return pooling.finish(rows)


def compute(context: Context, batch: Batch, prompts: Sequence[Sequence[int]], rows: Sequence[Rows]) -> None:
    """Compute prompts in one batch, which has room for them; what is pooled of prompt i is written to `rows[i]`."""
    if has_media(prompts[0]):  # it is alone
        _compute_media(context, prompts[0], rows[0])
        return
    batch.clear()
    for seq_id, prompt in enumerate(prompts):
        batch.extend(prompt, 0, seq_id, output="all")
    with context.exclusive():  # no other thread's decode between this one and its results
        if context.has_memory:
            context.memory.clear(data=False)
        if context.model.has_encoder:
            context.encode(batch)
        else:
            context.decode(batch)
        for seq_id, row in enumerate(rows):
            row[:] = context.embeddings_seq(seq_id)


def _compute_media(context: Context, prompt: Sequence[int], row: Rows) -> None:
    """Compute a prompt of texts and media, one after the other: what is pooled is the last of it."""
    if context.pooling != "last" or not context.has_memory:
        message = (
            f"a prompt with pictures or sound is computed in pieces, of which pooling_type={context.pooling!r} would "
            "see the last alone; its embedding needs a model that pools 'last'"
        )
        raise ContextError(message)
    check_media(context, prompt)
    with context.exclusive():
        context.memory.clear(data=False)
        pos = 0
        for run in runs(prompt):
            if run[0] < 0:
                media = MediaRows(context, run, pos)
                with media.sight():
                    context.decode(media.batch(0, output="all"))
            else:
                batch = Batch(len(run))
                batch.extend(run, pos, 0, output="all")
                context.decode(batch)
            pos += n_positions(run)
        row[:] = context.embeddings_seq(0)


@contextmanager
def _ready(context: Context | Model, prompts: Sequence[Sequence[int]], poolings: tuple[str, ...]) -> Iterator[Context]:
    if not isinstance(context, Model):
        check_pooling(context, poolings)
        yield context
        return
    lengths = [len(prompt) for prompt in prompts]
    n_seq_max = max(1, min(N_SEQ_MAX, len(prompts)))
    # No more than the model was trained with, whatever the texts ask for: the check of each text says it better.
    n_tokens = max(min(max(lengths, default=1), context.n_ctx_train), min(sum(lengths), N_BATCH))
    n_batch = -(-n_tokens // n_seq_max) * n_seq_max  # llama.cpp's graph for the mean asserts on anything but a multiple
    with context.context(
        n_ctx=n_batch, n_batch=n_batch, n_ubatch=n_batch, n_seq_max=n_seq_max, kv_unified=True, embeddings=True
    ) as made:
        check_pooling(made, poolings)
        yield made


def check_pooling(context: Context, poolings: tuple[str, ...]) -> None:
    """Raise ContextError for a context that does not pool in one of these ways."""
    names = " or ".join(repr(name) for name in poolings)
    if not context.embeds:
        message = "the context was not made for embeddings; use model.context(embeddings=True, …)"
    elif context.pooling == "none" and poolings != ("rank",):
        message = (
            "the context does not pool, so a text has an embedding for each token (context.embeddings(i)) and none of "
            f"its own; use model.context(embeddings=True, pooling_type=…) with {names}"
        )
    elif context.pooling not in poolings:
        message = f"the context has pooling_type={context.pooling!r}; this needs {names}"
    else:
        return
    raise ContextError(message)


def _check_lengths(context: Context, prompts: Iterable[Sequence[int]]) -> None:
    model = context.model
    limits = {"n_batch": context.n_batch, "n_ubatch": context.n_ubatch}
    if context.has_memory:
        limits["n_ctx"] = context.n_ctx_seq
    if model.has_position_embeddings:
        limits["the model's n_ctx_train"] = model.n_ctx_train
    name, limit = min(limits.items(), key=lambda item: item[1])
    for i, prompt in enumerate(prompts):
        if len(prompt) > limit:
            message = f"text {i} has {len(prompt)} tokens, and {name} is {limit}; shorten or split it" + (
                ""
                if name.startswith("the model")
                else ", or make the context with a larger n_ctx, n_batch and n_ubatch"
            )
            raise ContextOverflow(message)


def _batches(context: Context, prompts: Sequence[Sequence[int]], capacity: int) -> Iterator[list[int]]:
    """The indices of prompts that are computed together, the shortest first.

    A sequence must be computed in one piece, or llama.cpp pools its last piece only. Where each sequence has a memory
    of its own, that takes sequences of one length: others are cut at the length of the shortest.
    """
    if context.has_memory:
        capacity = min(capacity, context.n_ctx)
    order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
    alike = context.has_memory and context.n_seq_max > 1 and not context.kv_unified
    for _, group in groupby(order, key=lambda i: len(prompts[i]) if alike else None):
        indices: list[int] = []
        n_tokens = 0
        for i in group:
            full = len(indices) == context.n_seq_max or n_tokens + len(prompts[i]) > capacity
            if indices and (full or has_media(prompts[i]) or has_media(prompts[indices[-1]])):
                yield indices
                indices, n_tokens = [], 0
            indices.append(i)
            n_tokens += len(prompts[i])
        yield indices
