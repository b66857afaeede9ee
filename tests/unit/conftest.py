"""A model that finds every token equally likely, so that only the constraint decides what is said."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from llamacffi import Model, Sequence
from tests.models import spm_vocab, write_bigram


@pytest.fixture(scope="module")
def uniform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sequence]:
    """A sequence of that model, with room for 4096 tokens."""
    vocab = spm_vocab()
    logits = np.zeros((len(vocab), len(vocab)), np.float32)
    path = write_bigram(tmp_path_factory.mktemp("uniform") / "uniform.gguf", logits, vocab, n_ctx_train=4096)
    with Model(path) as model, model.context(n_threads=1, n_ctx=4096) as context:
        yield Sequence(context)
