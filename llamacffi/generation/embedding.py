"""From texts to vectors."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import groupby
from typing import TYPE_CHECKING, Literal

import numpy as np

from llamacffi.core.batch import Batch
from llamacffi.core.model import Model
from llamacffi.errors import ContextError, ContextOverflow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import numpy.typing as npt

    from llamacffi.core.context import Context
    from llamacffi.core.vocab import Vocab

    Text = str | bytes | Sequence[int] | npt.NDArray[np.integer]
    """A text, or the token ids of one, special tokens included."""

__all__ = ["embed", "pooled_rows", "tokenized"]

# A context that is made for one job: enough tokens in a batch to keep the processor busy, few enough for its caches.
_N_BATCH = 512
_N_SEQ_MAX = 64


def embed(
    context: Context | Model,
    texts: Sequence[Text],
    *,
    normalize: Literal["l2"] | None = "l2",
    dimensions: int | None = None,
) -> npt.NDArray[np.float32]:
    """Turn each text, or list of token ids, into a vector: float32[len(texts), n_embd_out], in the order given.

    Texts of similar length are computed together, as many sequences in a batch as the context has. Its n_ubatch is the
    longest text that fits, and what it remembers is cleared. For a model, a context is made and closed again; embed
    through a context of your own when you do so often. `dimensions` keeps the first components only, which means
    something for models trained so (Kusupati et al. 2022, Matryoshka); `normalize="l2"` then gives each vector length
    1, so that the product of two is their cosine. A zero vector stays zero.

    Raises ContextOverflow, before anything is computed, when a text does not fit; ContextError for a context that was
    not made with embeddings=True or does not pool (pooling_type="mean", "cls", "last"; what the model was trained with
    is the default); ValueError for an empty text or a wrong option.
    """
    model = context if isinstance(context, Model) else context.model
    if normalize not in ("l2", None):
        message = f"normalize must be 'l2' or None, not {normalize!r}"
        raise ValueError(message)
    if dimensions is not None and not 1 <= dimensions <= model.n_embd_out:
        message = f"dimensions must be from 1 to the model's {model.n_embd_out}, not {dimensions}"
        raise ValueError(message)
    prompts = tokenized(model.vocab, texts)
    rows = pooled_rows(context, prompts, model.n_embd_out, ("mean", "cls", "last"))[:, :dimensions]
    if normalize is None:
        return np.ascontiguousarray(rows)
    lengths = np.sqrt(np.square(rows, dtype=np.float64).sum(axis=1, keepdims=True))
    return (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def tokenized(vocab: Vocab, texts: Sequence[Text]) -> list[list[int]]:
    """The token ids of each text, with the special tokens that the model asks for; token ids stay as they are.

    What looks like a control token in a text stays text. Raises TypeError for one text instead of several, ValueError
    for one of no tokens or a token that is not in the vocabulary.
    """
    if isinstance(texts, (str, bytes)):
        message = "texts is a single text; put it into a list"
        raise TypeError(message)
    prompts = [vocab.tokenize(text) if isinstance(text, (str, bytes)) else [int(id_) for id_ in text] for text in texts]
    for i, prompt in enumerate(prompts):
        if not prompt:
            message = f"text {i} has no tokens, and so there is nothing to compute for it; leave it out"
            raise ValueError(message)
        wrong = next((token for token in prompt if token not in vocab), None)
        if wrong is not None:
            message = f"text {i} has token {wrong}; the vocabulary's ids go from 0 to {len(vocab) - 1}"
            raise ValueError(message)
    return prompts


def pooled_rows(
    context: Context | Model, prompts: Sequence[Sequence[int]], width: int, poolings: tuple[str, ...]
) -> npt.NDArray[np.float32]:
    """What the context pools of each prompt, float32[len(prompts), width]; its pooling must be one of `poolings`."""
    rows = np.empty((len(prompts), width), np.float32)
    with _ready(context, prompts, poolings) as ready:
        run = _checked(ready, prompts)
        batch = Batch(min(ready.n_batch, ready.n_ubatch))
        for indices in _batches(ready, prompts, batch.capacity):
            batch.clear()
            for seq_id, index in enumerate(indices):
                batch.extend(prompts[index], 0, seq_id, output="all")
            with ready.exclusive():  # no other thread's decode between this one and its results
                _forget(ready)
                run(batch)
                for seq_id, index in enumerate(indices):
                    rows[index] = ready.embeddings_seq(seq_id)
        _forget(ready)
    return rows


@contextmanager
def _ready(context: Context | Model, prompts: Sequence[Sequence[int]], poolings: tuple[str, ...]) -> Iterator[Context]:
    if not isinstance(context, Model):
        _check_pooling(context, poolings)
        yield context
        return
    lengths = [len(prompt) for prompt in prompts]
    n_seq_max = max(1, min(_N_SEQ_MAX, len(prompts)))
    # No more than the model was trained with, whatever the texts ask for: the check of each text says it better.
    n_tokens = max(min(max(lengths, default=1), context.n_ctx_train), min(sum(lengths), _N_BATCH))
    n_batch = -(-n_tokens // n_seq_max) * n_seq_max  # llama.cpp's graph for the mean asserts on anything but a multiple
    with context.context(
        n_ctx=n_batch, n_batch=n_batch, n_ubatch=n_batch, n_seq_max=n_seq_max, kv_unified=True, embeddings=True
    ) as made:
        _check_pooling(made, poolings)
        yield made


def _check_pooling(context: Context, poolings: tuple[str, ...]) -> None:
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


def _checked(context: Context, prompts: Iterable[Sequence[int]]) -> Callable[[Batch], None]:
    """What computes a batch, once every prompt is known to fit."""
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
    return context.encode if model.has_encoder else context.decode


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
            if indices and (len(indices) == context.n_seq_max or n_tokens + len(prompts[i]) > capacity):
                yield indices
                indices, n_tokens = [], 0
            indices.append(i)
            n_tokens += len(prompts[i])
        yield indices


def _forget(context: Context) -> None:
    if context.has_memory:
        context.memory.clear(data=False)
