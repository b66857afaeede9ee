"""What llama.cpp computes of each kind of model, held against a second implementation in NumPy float64.

Nothing is rounded to float16 on the way: the cache is float32 and flash attention off. What is left is float32.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from gguf import PoolingType

from llamacffi import Batch, Context, Model
from tests.models import T5Shape, write_bert, write_cohere2, write_lfm2, write_llama, write_mamba, write_t5
from tests.models.reference import (
    Matrix,
    Weights,
    bert_hidden,
    bert_scores,
    cohere2_logits,
    lfm2_logits,
    llama_logits,
    mamba_logits,
    read_weights,
    t5_bucket,
    t5_encoded,
    t5_logits,
)

TOKENS = [1, *range(260, 320)]
SOURCE = [*range(3, 180), 1]
TARGET = [0, *range(40, 140)]
EXACT: dict[str, Any] = {
    "n_ctx": 256,
    "n_batch": 256,
    "n_ubatch": 256,
    "n_threads": 1,
    "type_k": "f32",
    "type_v": "f32",
    "flash_attn_type": "disabled",
}

Case = tuple[npt.NDArray[np.float32], Matrix]


def filled(tokens: list[int]) -> Batch:
    batch = Batch(len(tokens))
    batch.extend(tokens, 0, 0, output="all")
    return batch


def rows(function: Callable[[int], npt.NDArray[np.float32]], n: int) -> npt.NDArray[np.float32]:
    return np.stack([function(i) for i in range(n)])


def context_of(path: Path, *, embeddings: bool = False) -> tuple[Context, Weights]:
    return Model(path).context(embeddings=embeddings, **EXACT), read_weights(path)


def llama(folder: Path) -> Case:
    context, weights = context_of(write_llama(folder / "llama.gguf"))
    context.decode(filled(TOKENS))
    return rows(context.logits, len(TOKENS)), llama_logits(weights, TOKENS)


def bert(folder: Path) -> Case:
    tokens = list(range(2, 100))
    context, weights = context_of(write_bert(folder / "bert.gguf", pooling=PoolingType.NONE), embeddings=True)
    context.encode(filled(tokens))
    return rows(context.embeddings, len(tokens)), bert_hidden(weights, tokens)


def classifier(folder: Path) -> Case:
    path = write_bert(folder / "classifier.gguf", pooling=PoolingType.RANK, labels=("a", "b", "c"))
    context, weights = context_of(path, embeddings=True)
    context.encode(filled(list(range(2, 60))))
    return context.embeddings_seq(0), bert_scores(weights, list(range(2, 60)))


def t5_encoder(folder: Path, *, gated: bool = True) -> Case:
    context, weights = context_of(write_t5(folder / "t5.gguf", shape=T5Shape(gated=gated)), embeddings=True)
    context.encode(filled(SOURCE))
    return rows(context.embeddings, len(SOURCE)), t5_encoded(weights, SOURCE)


def t5(folder: Path, *, gated: bool = True) -> Case:
    context, weights = context_of(write_t5(folder / "t5.gguf", shape=T5Shape(gated=gated)))
    context.encode(filled(SOURCE))
    context.decode(filled(TARGET))
    return rows(context.logits, len(TARGET)), t5_logits(weights, SOURCE, TARGET)


def t5_with_relu(folder: Path) -> Case:
    return t5(folder, gated=False)


def mamba(folder: Path) -> Case:
    context, weights = context_of(write_mamba(folder / "mamba.gguf"))
    context.decode(filled(TOKENS))
    return rows(context.logits, len(TOKENS)), mamba_logits(weights, TOKENS)


def cohere2(folder: Path) -> Case:
    context, weights = context_of(write_cohere2(folder / "cohere2.gguf"))
    context.decode(filled(TOKENS))
    return rows(context.logits, len(TOKENS)), cohere2_logits(weights, TOKENS)


def lfm2(folder: Path) -> Case:
    context, weights = context_of(write_lfm2(folder / "lfm2.gguf"))
    context.decode(filled(TOKENS))
    return rows(context.logits, len(TOKENS)), lfm2_logits(weights, TOKENS)


@pytest.mark.parametrize("case", [llama, bert, classifier, t5_encoder, t5, t5_with_relu, mamba, cohere2, lfm2])
def test_llama_cpp_computes_what_the_reference_computes(case: Callable[[Path], Case], tmp_path: Path) -> None:
    computed, expected = case(tmp_path)
    error = float(np.abs(computed - expected).max())
    print(f"{case.__name__}: max abs error {error:.1e} of values up to {np.abs(expected).max():.1f}")
    assert np.abs(expected).mean() > 0.5  # the error is not small because everything is
    assert error <= 1e-4


@pytest.mark.parametrize(
    ("distance", "bidirectional", "bucket"),
    # By hand from Raffel et al. 2020, section 2.1: 32 buckets, logarithmic up to 128.
    [
        (0, True, 0),
        (-7, True, 7),
        (7, True, 23),
        (-8, True, 8),
        (-11, True, 8),
        (-12, True, 9),
        (-15, True, 9),
        (-16, True, 10),
        (-64, True, 14),
        (64, True, 30),
        (-127, True, 15),
        (-1000, True, 15),
        (1000, True, 31),
        (5, False, 0),
        (-15, False, 15),
        (-16, False, 16),
        (-1000, False, 31),
    ],
)
def test_buckets_of_distances(distance: int, *, bidirectional: bool, bucket: int) -> None:
    assert t5_bucket(distance, 32, bidirectional=bidirectional) == bucket
