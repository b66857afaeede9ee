"""Models that are no plain decoders: encoders, encoders with a decoder, and those that keep a state."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gguf import PoolingType

from llamacffi import Batch, ContextError, Greedy, InvalidBatch, Model, SamplerChain, Sequence, generate_tokens
from tests.models import write_bert, write_mamba, write_t5
from tests.models.reference import (
    Weights,
    bert_hidden,
    bert_scores,
    mamba_logits,
    read_weights,
    t5_encoded,
    t5_logits,
)

EXACT: dict[str, Any] = {"n_threads": 1, "type_k": "f32", "type_v": "f32", "flash_attn_type": "disabled"}
ONE, TWO = [2, *range(30, 50), 3], [2, *range(60, 67), 3]
SOURCE, OTHER = [*range(20, 60), 1], [*range(80, 90), 1]
TOKENS = [1, *range(270, 300)]


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    with Model(write_bert(tmp_path_factory.mktemp("bert") / "bert.gguf", pooling=PoolingType.NONE)) as model:
        yield model


@pytest.fixture(scope="module")
def bert_weights(bert: Model) -> Weights:
    return read_weights(bert.path)


@pytest.fixture(scope="module")
def t5(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    with Model(write_t5(tmp_path_factory.mktemp("t5") / "t5.gguf")) as model:
        yield model


@pytest.fixture(scope="module")
def t5_weights(t5: Model) -> Weights:
    return read_weights(t5.path)


@pytest.fixture(scope="module")
def mamba(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    with Model(write_mamba(tmp_path_factory.mktemp("mamba") / "mamba.gguf")) as model:
        yield model


@pytest.fixture(scope="module")
def mamba_weights(mamba: Model) -> Weights:
    return read_weights(mamba.path)


def filled(*sequences: list[int], pos0: int = 0) -> Batch:
    batch = Batch(sum(map(len, sequences)))
    for seq_id, tokens in enumerate(sequences):
        batch.extend(tokens, pos0, seq_id, output="all")
    return batch


# Encoders


def test_kinds_of_models(bert: Model, t5: Model, mamba: Model) -> None:
    kinds = [(model.has_encoder, model.has_decoder, model.is_recurrent) for model in (bert, t5, mamba)]
    # llama.cpp says "has encoder" of encoders with a decoder only.
    assert kinds == [(False, True, False), (True, True, False), (False, True, True)]
    assert [model.decoder_start_token for model in (bert, t5, mamba)] == [None, 0, None]


@pytest.mark.parametrize("method", ["encode", "decode"])
def test_sequences_of_an_encoder_do_not_see_each_other(bert: Model, bert_weights: Weights, method: str) -> None:
    with bert.context(n_seq_max=2, n_batch=64, n_ubatch=64, embeddings=True, **EXACT) as context:
        getattr(context, method)(filled(ONE, TWO))
        for i, row in enumerate(np.concatenate([bert_hidden(bert_weights, ONE), bert_hidden(bert_weights, TWO)])):
            np.testing.assert_allclose(context.embeddings(i), row, atol=1e-4)


def test_an_encoder_has_no_logits(bert: Model, t5: Model, t5_weights: Weights) -> None:
    with bert.context(embeddings=True) as context:
        context.encode(filled(ONE))
        with pytest.raises(ContextError, match="an encoder has no logits, only embeddings"):
            context.logits()
    with t5.context(n_ctx=256, **EXACT) as context:
        for _ in range(2):  # the second time those of the decoder are still there
            context.memory.clear()
            context.encode(filled(SOURCE))
            with pytest.raises(ContextError, match=r"those of an encoder-decoder model come with decode\(\)"):
                context.logits()
            context.decode(filled([0]))
            np.testing.assert_allclose(context.logits(), t5_logits(t5_weights, SOURCE, [0])[0], atol=1e-4)


@pytest.mark.parametrize("pooling", ["mean", "cls", "last"])
def test_pooling(bert: Model, bert_weights: Weights, pooling: str) -> None:
    with bert.context(n_seq_max=2, embeddings=True, pooling_type=pooling, **EXACT) as context:
        assert context.pooling == pooling
        context.encode(filled(ONE, TWO))
        for seq_id, tokens in enumerate((ONE, TWO)):
            hidden = bert_hidden(bert_weights, tokens)
            expected = {"mean": hidden.mean(axis=0), "cls": hidden[0], "last": hidden[-1]}[pooling]
            np.testing.assert_allclose(context.embeddings_seq(seq_id), expected, atol=1e-4)


@pytest.mark.parametrize(("labels", "dense"), [((), True), ((), False), (("bad", "so so", "good"), True)])
def test_classification_head(tmp_path: Path, labels: tuple[str, ...], *, dense: bool) -> None:
    path = write_bert(tmp_path / "rank.gguf", pooling=PoolingType.RANK, labels=labels, dense=dense)
    weights = read_weights(path)
    with Model(path) as model, model.context(n_seq_max=2, embeddings=True, **EXACT) as context:
        assert context.pooling == "rank"
        assert model.labels == labels
        context.encode(filled(ONE, TWO))
        for seq_id, tokens in enumerate((ONE, TWO)):
            expected = bert_scores(weights, tokens)
            assert expected.shape == (max(1, len(labels)),)
            np.testing.assert_allclose(context.embeddings_seq(seq_id), expected, atol=1e-4)


def test_an_encoder_remembers_nothing(bert: Model) -> None:
    with bert.context(embeddings=True) as context:
        assert not context.has_memory
        with pytest.raises(ContextError, match="keeps no memory: it sees each batch whole"):
            _ = context.memory
        with pytest.raises(ContextError, match="keeps no memory"):
            Sequence(context)
    assert bert.labels == ()


@pytest.mark.parametrize(
    ("options", "n", "pos0", "message"),
    [
        ({"n_ubatch": 16}, 17, 0, "17 tokens; without causal attention they must fit in n_ubatch=16"),
        ({"n_batch": 16}, 17, 0, "17 tokens, the context takes n_batch=16 at once"),
        ({}, 129, 0, "position 128, the model has embeddings for 128"),
        ({}, 1, 128, "position 128, the model has embeddings for 128"),
    ],
)
def test_batches_that_an_encoder_cannot_take(
    bert: Model, options: dict[str, Any], n: int, pos0: int, message: str
) -> None:
    with bert.context(embeddings=True, **options) as context:
        for run in (context.encode, context.decode):
            with pytest.raises(InvalidBatch, match=message):
                run(filled([5] * n, pos0=pos0))
        context.encode(filled([5] * 16))


def test_what_the_mean_needs_of_a_context(bert: Model) -> None:
    with pytest.raises(ContextError, match="n_ubatch and n_ctx must be multiples of n_seq_max=3"):
        bert.context(n_seq_max=3, n_ubatch=64, embeddings=True, pooling_type="mean")
    bert.context(n_seq_max=3, n_batch=66, n_ubatch=66, embeddings=True, pooling_type="mean").close()


# An encoder with a decoder


def test_the_decoder_waits_for_the_encoder(t5: Model) -> None:
    with t5.context(n_ctx=1024) as context:
        with pytest.raises(InvalidBatch, match=r"needs encode\(\) before decode\(\)"):
            context.decode(filled([0]))
        with pytest.raises(InvalidBatch, match="must fit in n_ubatch=512"):
            context.encode(filled([5] * 513))
        context.encode(filled(SOURCE))
        context.decode(filled([0]))


def test_each_sequence_sees_its_own_source(t5: Model, t5_weights: Weights) -> None:
    with t5.context(n_ctx=512, n_seq_max=2, kv_unified=True, **EXACT) as context:
        context.encode(filled(SOURCE, OTHER))
        context.decode(filled([0, 7, 9], [0, 7]))
        expected = np.concatenate([t5_logits(t5_weights, SOURCE, [0, 7, 9]), t5_logits(t5_weights, OTHER, [0, 7])])
        for i, row in enumerate(expected):
            np.testing.assert_allclose(context.logits(i), row, atol=1e-4)


def test_sequences_of_t5_share_a_memory(t5: Model) -> None:
    with pytest.raises(ContextError, match="needs kv_unified=True for several sequences"):
        t5.context(n_ctx=512, n_seq_max=2)


def test_a_new_source_replaces_the_old(t5: Model, t5_weights: Weights) -> None:
    with t5.context(n_ctx=256, **EXACT) as context:
        for source in (SOURCE, OTHER, SOURCE):
            context.memory.clear()  # llama.cpp wants positions to go on, the encoder's too
            context.encode(filled(source))
            context.decode(filled([0, 7]))
            np.testing.assert_allclose(context.logits(), t5_logits(t5_weights, source, [0, 7])[-1], atol=1e-4)


def test_a_sequence_that_was_not_encoded(t5: Model, t5_weights: Weights) -> None:
    with t5.context(n_ctx=256, n_seq_max=3, kv_unified=True, **EXACT) as context:
        batch = Batch(128, n_seq_max=3)
        batch.extend(SOURCE, 0, 0)
        batch.extend(OTHER, 0, 2)
        context.encode(batch)
        batch.clear()
        batch.extend([0, 7], 0, 0, output=True)
        batch.extend([0, 7], 0, 1, output=True)
        # There is nothing that it could look at; llama.cpp would give logits all the same.
        with pytest.raises(InvalidBatch, match=r"sequence 1 was not in the last encode\(\)"):
            context.decode(batch)
        batch.clear()
        batch.extend([0, 7], 0, 2, output=True)
        context.decode(batch)
        np.testing.assert_allclose(context.logits(), t5_logits(t5_weights, OTHER, [0, 7])[-1], atol=1e-4)


def test_the_encoder_alone(t5: Model, t5_weights: Weights) -> None:
    with t5.context(n_ctx=256, embeddings=True, pooling_type="mean", **EXACT) as context:
        context.encode(filled(SOURCE))
        np.testing.assert_allclose(context.embeddings_seq(0), t5_encoded(t5_weights, SOURCE).mean(axis=0), atol=1e-4)
        # llama.cpp would let the decoder look at memory that nothing was written to.
        with pytest.raises(InvalidBatch, match="every token of the encoder, which this context pools"):
            context.decode(filled([0]))


def test_generating_from_a_source(t5: Model, t5_weights: Weights) -> None:
    assert t5.decoder_start_token is not None
    expected = [t5.decoder_start_token]
    for _ in range(12):
        expected.append(int(t5_logits(t5_weights, SOURCE, expected)[-1].argmax()))
    with t5.context(n_ctx=256, **EXACT) as context, SamplerChain(Greedy()) as chain:
        context.encode(filled(SOURCE))
        tokens = generate_tokens(Sequence(context), expected[:1], chain)
        assert list(islice(tokens, 12)) == expected[1:]


# A state instead of a cache


@pytest.mark.parametrize("sizes", [[31], [1] * 31, [7, 1, 16, 7]])
def test_a_state_does_not_hang_on_how_tokens_were_batched(
    mamba: Model, mamba_weights: Weights, sizes: list[int]
) -> None:
    expected = mamba_logits(mamba_weights, TOKENS)
    with mamba.context(n_ctx=256, **EXACT) as context:
        start = 0
        for size in sizes:
            context.decode(filled(TOKENS[start : start + size], pos0=start))
            start += size
            np.testing.assert_allclose(context.logits(), expected[start - 1], atol=1e-4)


def test_each_sequence_has_a_state(mamba: Model, mamba_weights: Weights) -> None:
    with mamba.context(n_ctx=256, n_seq_max=2, **EXACT) as context:
        context.decode(filled(TOKENS[:9], TOKENS[3:20]))
        for seq_id, tokens in enumerate((TOKENS[:9], TOKENS[3:20])):
            batch = Batch(1)
            batch.add(400, len(tokens), seq_id, output=True)
            context.decode(batch)
            np.testing.assert_allclose(context.logits(), mamba_logits(mamba_weights, [*tokens, 400])[-1], atol=1e-4)


def test_a_state_cannot_forget_its_last_tokens(mamba: Model, mamba_weights: Weights) -> None:
    with mamba.context(n_ctx=256, **EXACT) as context:
        context.decode(filled(TOKENS))
        assert not context.memory.remove(0, 10)
        assert context.memory.pos_max(0) == len(TOKENS) - 1
        sequence = Sequence(context)
        sequence.feed(TOKENS)
        kept = sequence.align([*TOKENS[:10], 400])
        assert kept in (0, 10)  # all anew, unless there was a checkpoint
        sequence.feed([*TOKENS[:10], 400][kept:])
        np.testing.assert_allclose(sequence.logits, mamba_logits(mamba_weights, [*TOKENS[:10], 400])[-1], atol=1e-4)


def test_a_state_goes_to_another_context(mamba: Model, mamba_weights: Weights) -> None:
    with mamba.context(n_ctx=256, **EXACT) as one, mamba.context(n_ctx=256, **EXACT) as two:
        one.decode(filled(TOKENS))
        two.restore(one.snapshot())
        two.decode(filled([400], pos0=len(TOKENS)))
        np.testing.assert_allclose(two.logits(), mamba_logits(mamba_weights, [*TOKENS, 400])[-1], atol=1e-4)
