"""The part of an engine that turns texts into numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from llamacffi.engine.gate import in_engine_thread
from llamacffi.errors import LlamaError
from llamacffi.generation.embedding import embedding
from llamacffi.generation.scoring import class_scores, rerank_scores

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    import numpy as np
    from numpy.typing import NDArray

    from llamacffi.core.model import Model
    from llamacffi.engine.worker import Worker
    from llamacffi.generation.pooling import Pooling, Text

__all__ = ["Vectors"]


class Vectors:
    """Embeddings and scores, computed between the steps of an engine in a second context of its model.

    That context is made for the first call, with the engine's `embedding_options`. Calls from several threads share
    batches; while requests wait for their next token a batch takes about `step_seconds`.
    """

    model: Model
    _worker: Worker

    def embed(
        self, texts: Sequence[Text], *, normalize: Literal["l2"] | None = "l2", dimensions: int | None = None
    ) -> NDArray[np.float32]:
        """Turn each text into a vector, float32[len(texts), n_embd_out], as `llamacffi.embed` does.

        Raises what that raises, ContextOverflow for a text longer than `embedding_options` or the model allow,
        ClosedError, and LlamaError in a callback that an engine calls.
        """
        return self.pool(embedding(self.model, texts, normalize=normalize, dimensions=dimensions))

    def rerank(self, query: str, documents: Sequence[str]) -> NDArray[np.float32]:
        """Score each document by how well it answers `query`, float32[len(documents)], as `llamacffi.rerank` does.

        Raises what that raises, and what `embed` raises here.
        """
        return self.pool(rerank_scores(self.model, query, documents))

    def classify(self, texts: Sequence[Text]) -> NDArray[np.float32]:
        """Score each text for each class, float32[len(texts), n_classes], as `llamacffi.classify` does.

        Raises what that raises, and what `embed` raises here.
        """
        return self.pool(class_scores(self.model, texts))

    def submit_pooling(self, pooling: Pooling) -> Future[NDArray[np.float32]]:
        """Hand in what these methods wait for; cancelling the future ends it. Raises ClosedError, ContextOverflow."""
        return self._worker.pool(pooling)

    def pool(self, pooling: Pooling) -> NDArray[np.float32]:
        """Compute what was prepared, and wait for it. Raises what the methods above raise."""
        if in_engine_thread():
            message = "a callback of an engine waits for embeddings, and the engine for it; ask in another thread"
            raise LlamaError(message)
        future = self.submit_pooling(pooling)
        try:
            return future.result()
        finally:
            future.cancel()  # of Ctrl-C: nobody waits any more
