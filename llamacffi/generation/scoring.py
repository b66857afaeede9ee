"""Scores of texts: how well documents answer a query, and to which class a text belongs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from llamacffi.core.model import Model
from llamacffi.errors import ContextError, ModelLoadError
from llamacffi.generation.pooling import Pooling, pool, tokenized

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from llamacffi.core.context import Context
    from llamacffi.generation.pooling import Text

__all__ = ["class_scores", "classify", "rerank", "rerank_prompt", "rerank_scores"]

_HEAD = {"cls.weight", "cls.output.weight"}


def rerank(context: Context | Model, query: str, documents: Sequence[str]) -> npt.NDArray[np.float32]:
    """Score each document by how well it answers `query`: float32[len(documents)], the higher the better.

    The scores are the first output of the model's classification head, as in llama.cpp's server, and have no scale of
    their own: sort by them. `context` is one made with embeddings=True of a reranking model (whose pooling is "rank"),
    or the model; see `embed` for batches and limits.

    Raises ContextOverflow when the query and a document do not fit together, ContextError for a model that has no
    classification head, or a context that does not pool by rank.
    """
    return pool(context, rerank_scores(context if isinstance(context, Model) else context.model, query, documents))


def classify(context: Context | Model, texts: Sequence[Text]) -> npt.NDArray[np.float32]:
    """Score each text for each class: float32[len(texts), n_classes], before any softmax.

    `model.labels` names the columns. A pair of sentences is one text: pass the token ids of both.
    Raises what `rerank` raises.
    """
    return pool(context, class_scores(context if isinstance(context, Model) else context.model, texts))


def rerank_scores(model: Model, query: str, documents: Sequence[str]) -> Pooling:
    """What is to be computed for `rerank`."""
    if isinstance(documents, (str, bytes)):
        message = "documents is a single text; put it into a list"
        raise TypeError(message)
    prompts = [rerank_prompt(model, query, document) for document in documents]
    return _scores(model, prompts, lambda rows: np.ascontiguousarray(rows[:, 0]))


def class_scores(model: Model, texts: Sequence[Text]) -> Pooling:
    """What is to be computed for `classify`."""
    return _scores(model, tokenized(model.vocab, texts), lambda rows: rows)


def rerank_prompt(model: Model, query: str, document: str) -> list[int]:
    """The token ids of a query with a document (format_prompt_rerank in llama.cpp's server).

    The template named "rerank" of the model's file with {query} and {document} filled in, where there is one; else
    [BOS] query [EOS] [SEP] document [EOS], each of the three where the vocabulary adds it.
    """
    vocab = model.vocab
    template = model.chat_template("rerank")
    if template is not None:
        # In one pass, so that a query which says "{document}" stays as it is.
        values = {"{query}": query, "{document}": document}
        text = re.sub(r"\{query\}|\{document\}", lambda match: values[match[0]], template)
        return vocab.tokenize(text, add_special=False, parse_special=True)
    bos = [vocab.bos] if vocab.add_bos else []
    eos = [vocab.sep if vocab.eos is None else vocab.eos] if vocab.add_eos else []
    sep = [vocab.sep] if vocab.add_sep else []
    texts = [vocab.tokenize(text, add_special=False) for text in (query, document)]
    return [token for token in (*bos, *texts[0], *eos, *sep, *texts[1], *eos) if token is not None]


def _scores(
    model: Model, prompts: list[list[int]], finish: Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]]
) -> Pooling:
    try:
        has_head = not _HEAD.isdisjoint(model.tensors)
    except ModelLoadError:  # the file is gone; llama.cpp knows, but does not tell
        has_head = True
    if not has_head:
        message = f"{model.description} has no classification head; scores need a reranking or classifying model"
        raise ContextError(message)
    return Pooling(prompts, max(1, len(model.labels)), ("rank",), finish)
