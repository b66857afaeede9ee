"""Models that read the prompt with an encoder: what the decoder writes is what the NumPy reference does."""

from __future__ import annotations

from itertools import islice, zip_longest
from typing import TYPE_CHECKING

import numpy as np
import pytest

from llamacffi import (
    Batch,
    ContextError,
    ContextOverflow,
    Greedy,
    InvalidBatch,
    LlamaError,
    Model,
    SamplerChain,
    SamplingParams,
    Sequence,
    edit_gguf,
    generate,
    generate_many,
    generate_tokens,
    stream_generate,
)
from tests.models import write_t5
from tests.models.exact import EXACT
from tests.models.reference import Weights, log_softmax, read_weights, t5_logits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

N = 10
TEXTS = ("what colour is the sky", "the quick brown fox jumps over the lazy dog", "count from one to ten")
PARAMS = SamplingParams(temperature=0, max_tokens=N)
START = 0
EOS = 1


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_t5(tmp_path_factory.mktemp("t5") / "t5.gguf")


@pytest.fixture(scope="module")
def weights(path: Path) -> Weights:
    return read_weights(path)


@pytest.fixture(scope="module")
def model(path: Path) -> Iterator[Model]:
    with Model(path) as model:
        yield model


def written(weights: Weights, source: list[int], n: int = N, start: int = START) -> list[int]:
    """The best tokens after the start, by the reference; it writes no EOS so early."""
    tokens = [start]
    for _ in range(n):
        tokens.append(int(t5_logits(weights, source, tokens)[-1].argmax()))
    assert EOS not in tokens
    return tokens[1:]


def batch_of(tokens: list[int], pos0: int = 0) -> Batch:
    batch = Batch(len(tokens))
    batch.extend(tokens, pos0, output="all")
    return batch


def test_prompt_after_prompt_in_one_context(model: Model, weights: Weights) -> None:
    with model.context(n_ctx=256, n_threads=1, **EXACT) as context:
        sequence = Sequence(context)
        for text in (*TEXTS, TEXTS[0]):
            source = model.vocab.tokenize(text)
            assert source[-1] == EOS
            completion = generate(sequence, text, PARAMS)
            assert list(completion.tokens) == written(weights, source)
            assert sequence.tokens == [START, *completion.tokens[:-1]]
            assert (completion.usage.prompt_tokens, completion.usage.cached_tokens) == (len(source), 0)
            assert completion.finish_reason == "length"
            assert completion.text == b"".join(model.vocab.pieces(completion.tokens)).decode()
        again = generate(sequence, source, PARAMS)
        assert again.tokens == completion.tokens
        assert again.usage.cached_tokens == len(source)
        assert context.ledger.n_encoded == len(TEXTS) + 1


def test_logprobs_and_the_end(model: Model, weights: Weights) -> None:
    source = model.vocab.tokenize(TEXTS[0])
    with model.context(n_ctx=256, n_threads=1, **EXACT) as context:
        sequence = Sequence(context)
        completion = generate(sequence, source, SamplingParams(seed=7, max_tokens=N, logprobs=2))
        expected = log_softmax(t5_logits(weights, source, [START, *completion.tokens]))
        for i, told in enumerate(completion.logprobs):
            assert told.token == completion.tokens[i]
            assert told.logprob == pytest.approx(expected[i, told.token], abs=1e-3)
            assert [each.token for each in told.top] == np.argsort(-expected[i])[:2].tolist()
        assert generate(sequence, source, SamplingParams(seed=7, max_tokens=N)).tokens == completion.tokens
        ended = generate(sequence, source, SamplingParams(temperature=0, logit_bias={EOS: 1000.0}))
        assert (ended.text, ended.tokens, ended.finish_reason) == ("", (), "stop")
        nothing = generate(sequence, source, SamplingParams(max_tokens=0))
        assert (nothing.tokens, sequence.tokens) == ((), [START])
        np.testing.assert_allclose(sequence.logits, t5_logits(weights, source, [START])[-1], atol=1e-4)


@pytest.mark.parametrize(("n_ubatch", "n_encoded"), [(96, 1), (32, None)])
def test_sequences_that_write_by_turns(model: Model, weights: Weights, n_ubatch: int, n_encoded: int | None) -> None:
    sources = [model.vocab.tokenize(text) for text in TEXTS]
    assert max(map(len, sources)) <= 32 < sum(map(len, sources)) <= 96
    with model.context(n_ctx=256, n_threads=1, n_ubatch=n_ubatch, n_seq_max=3, kv_unified=True, **EXACT) as context:
        streams = [stream_generate(Sequence(context, i), source, PARAMS) for i, source in enumerate(sources)]
        tokens: list[list[int]] = [[] for _ in sources]
        for chunks in zip_longest(*streams):
            for i, chunk in enumerate(chunks):
                tokens[i] += chunk.tokens if chunk is not None else ()
        if n_encoded is not None:  # where there is room they are encoded together
            assert context.ledger.n_encoded == n_encoded
    assert tokens == [written(weights, source) for source in sources]


def test_several_answers_to_one_text(model: Model) -> None:
    source = model.vocab.tokenize(TEXTS[1])
    params = SamplingParams(seed=3, max_tokens=N)
    with model.context(
        # Room for the text once: the answers share what is made of it.
        n_ctx=256,
        n_threads=1,
        n_ubatch=len(source),
        n_seq_max=3,
        kv_unified=True,
        **EXACT,
    ) as context:
        sequence = Sequence(context)
        together = generate_many(sequence, source, params, n=3)
        assert context.ledger.n_encoded == 2
        assert [answer.seed for answer in together] == [3, 4, 5]
        for answer in together:
            alone = generate(sequence, source, SamplingParams(seed=answer.seed, max_tokens=N))
            assert alone.tokens == answer.tokens
    assert len({answer.tokens for answer in together}) > 1


def test_a_fork_looks_at_the_same_text(model: Model, weights: Weights) -> None:
    source = model.vocab.tokenize(TEXTS[0])
    with model.context(n_ctx=256, n_threads=1, n_seq_max=2, kv_unified=True, **EXACT) as context:
        sequence = Sequence(context)
        assert sequence.encode(source)
        assert not sequence.encode(source)
        sequence.feed([START, 40])
        fork = sequence.fork()
        assert fork.source == sequence.source == tuple(source)
        fork.feed([50])
        np.testing.assert_allclose(fork.logits, t5_logits(weights, source, [START, 40, 50])[-1], atol=1e-4)
        sequence.feed([60])
        np.testing.assert_allclose(sequence.logits, t5_logits(weights, source, [START, 40, 60])[-1], atol=1e-4)
        # Another text for one of them is of no concern to the other.
        other = model.vocab.tokenize(TEXTS[2])
        assert sequence.encode(other)
        assert len(sequence) == 0
        sequence.feed([START])
        np.testing.assert_allclose(sequence.logits, t5_logits(weights, other, [START])[-1], atol=1e-4)
        fork.feed([70])
        np.testing.assert_allclose(fork.logits, t5_logits(weights, source, [START, 40, 50, 70])[-1], atol=1e-4)


def test_it_may_begin_with_more_than_the_start(model: Model, weights: Weights) -> None:
    source = model.vocab.tokenize(TEXTS[0])
    with (
        model.context(n_ctx=256, n_threads=1, **EXACT) as context,
        SamplerChain(Greedy()) as chain,
    ):
        sequence = Sequence(context)
        sequence.encode(source)
        tokens = list(islice(generate_tokens(sequence, [START, 40, 41], chain), 3))
    expected = [START, 40, 41]
    for _ in range(3):
        expected.append(int(t5_logits(weights, source, expected)[-1].argmax()))
    assert tokens == expected[3:]


def test_what_others_encode_meanwhile_is_not_looked_at(model: Model, weights: Weights) -> None:
    source, other = (model.vocab.tokenize(text) for text in TEXTS[:2])
    with model.context(n_ctx=256, n_threads=1, **EXACT) as context:
        sequence = Sequence(context)
        stream = stream_generate(sequence, source, PARAMS)
        tokens = [*next(stream).tokens, *next(stream).tokens]
        context.encode(batch_of(other, len(sequence)))
        for chunk in stream:
            tokens += chunk.tokens
        assert tokens == written(weights, source)
        assert generate(sequence, source, PARAMS).usage.cached_tokens == len(source)
        context.encode(batch_of(other, len(sequence)))
        again = generate(sequence, source, PARAMS)
        assert (list(again.tokens), again.usage.cached_tokens) == (tokens, 0)
        # Nor is a text whose sequence is closed, or is there another Sequence for its id.
        sequence.close()
        assert sequence.source == ()
        assert Sequence(context).source == ()


def test_what_the_file_does_not_say(path: Path, weights: Weights, tmp_path: Path) -> None:
    start_key = "t5.decoder_start_token_id"
    bare = edit_gguf(path, tmp_path / "bare.gguf", remove=[start_key])
    silent = pytest.raises(ContextError, match="does not say what its decoder begins with")
    with Model(bare) as model, model.context(n_ctx=64, n_threads=1) as context, silent:
        generate(Sequence(context), TEXTS[0], PARAMS)
    with_bos = edit_gguf(bare, tmp_path / "bos.gguf", {"tokenizer.ggml.bos_token_id": np.uint32(9)})
    with Model(with_bos) as model, model.context(n_ctx=256, n_threads=1, **EXACT) as context:
        source = model.vocab.tokenize(TEXTS[0])
        completion = generate(Sequence(context), source, PARAMS)
    assert list(completion.tokens) == written(weights, source, start=9)


def test_what_cannot_be(model: Model, bigram_model: Model) -> None:
    with model.context(n_ctx=64, n_threads=1, n_ubatch=8) as context:
        sequence = Sequence(context)
        with pytest.raises(ContextOverflow, match="the encoder reads at most n_ubatch=8"):
            generate(sequence, TEXTS[1], PARAMS)
        with pytest.raises(ValueError, match="the text is empty"):
            generate(sequence, [], PARAMS)
        with pytest.raises(ValueError, match="token 100000 is not in the vocabulary"):
            generate(sequence, [100000], PARAMS)
        for params in (SamplingParams(token_healing=True), SamplingParams(prompt_logprobs=0)):
            with pytest.raises(ValueError, match="is for a model that continues its prompt"):
                generate(sequence, "a", params)
        with pytest.raises(InvalidBatch, match=r"needs encode\(\) before decode\(\)"):
            sequence.feed([START])
        sequence.encode([5, EOS])
        for method in (lambda: sequence.save("nowhere"), sequence.checkpoint):
            with pytest.raises(ContextError, match="is not part of a state or a checkpoint"):
                method()
    with bigram_model.context(n_ctx=64, n_threads=1) as context:
        assert Sequence(context).source == ()
        with pytest.raises(ContextError, match="is no encoder-decoder model"):
            Sequence(context).encode([5])


def test_a_state_of_another_text_is_refused(model: Model, tmp_path: Path) -> None:
    with model.context(n_ctx=64, n_threads=1) as context:
        context.encode(batch_of([5, EOS]))
        sequence = Sequence(context)
        sequence.feed([START, 7])
        sequence.save(tmp_path / "state")  # who encodes by hand knows what of
        sequence.encode([6, EOS])
        with pytest.raises(ContextError, match="is not part of a state or a checkpoint"):
            sequence.load(tmp_path / "state")
        sequence.feed([START])


def test_a_generation_that_lost_its_text_ends(model: Model) -> None:
    with model.context(n_ctx=64, n_threads=1) as context:
        sequence = Sequence(context)
        stream = stream_generate(sequence, "a", PARAMS)
        next(stream)
        sequence.encode([5, EOS])
        with pytest.raises(LlamaError, match="something else used the sequence"):
            list(stream)


@pytest.fixture
def bigram_model(bigram: object) -> Iterator[Model]:
    with Model(bigram.path) as model:  # type: ignore[attr-defined]
        yield model
