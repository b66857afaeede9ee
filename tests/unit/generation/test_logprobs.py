"""Log-probabilities against NumPy's log-softmax of logits that the test chose."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from llamacffi import Context, ContextError, ContextOverflow, Model, SamplingParams, Sequence, generate, stream_generate
from llamacffi.core.batch import Batch
from llamacffi.core.logprobs import output_logprobs
from llamacffi.generation import prompt_logprobs
from tests.models import BigramModel, ScriptedModel, spm_vocab, write_bigram


@pytest.fixture(scope="module")
def context(bigram: BigramModel) -> Iterator[Context]:
    with Model(bigram.path) as model, model.context(n_threads=1, n_ctx=256, n_batch=32) as context:
        yield context


def log_softmax(logits: np.ndarray) -> np.ndarray:
    row = logits.astype(np.float64)
    return np.asarray(row - row.max() - np.log(np.exp(row - row.max()).sum()))


def test_a_row_is_its_log_softmax(context: Context, bigram: BigramModel) -> None:
    n = len(bigram.vocab)
    context.memory.clear()
    batch = Batch(4)
    batch.extend([5, 300, 7, 301], 0, 0, output="all")
    context.decode(batch)
    rows = output_logprobs(context, [9, 8, 7, 6], n)
    assert rows.shape == (4, 1 + n)
    for row, after, token in zip(rows, (5, 300, 7, 301), (9, 8, 7, 6), strict=True):
        expected = log_softmax(bigram.logits[after])
        assert row[0]["token"] == token
        assert row["logprob"][0] == pytest.approx(expected[token], abs=1e-5)
        assert row["logprob"][1:] == pytest.approx(np.sort(expected)[::-1], abs=1e-5)
        assert sorted(row["token"][1:].tolist()) == list(range(n))
        assert expected[row["token"][1:6]].tolist() == pytest.approx(np.sort(expected)[::-1][:5].tolist())
    assert output_logprobs(context, [1], 2, output=-1)["token"][0][1] == bigram.logits[301].argmax()
    with pytest.raises(ContextError, match="there are no logits at the 2 outputs from 3"):
        output_logprobs(context, [1, 2], output=3)
    with pytest.raises(ValueError, match="from 0 to"):
        output_logprobs(context, [n])
    with pytest.raises(ValueError, match=f"logprobs is {n + 1}"):
        output_logprobs(context, [1], n + 1)


@pytest.mark.parametrize("scale", [0.0, 1e-3, 30.0, 1e4])
def test_flat_and_steep_rows(tmp_path_factory: pytest.TempPathFactory, scale: float) -> None:
    # Equal logits: the lower token counts as the better one. Steep ones: the exponentials of most vanish.
    vocab = spm_vocab()
    rng = np.random.RandomState(3)
    logits = (rng.randn(len(vocab), len(vocab)) * scale).astype(np.float32)
    path = write_bigram(tmp_path_factory.mktemp("rows") / "rows.gguf", logits, vocab)
    with Model(path) as model, model.context(n_threads=1, n_ctx=64) as context:
        sequence = Sequence(context)
        sequence.feed([3, 4])
        expected = log_softmax(sequence.logits)
        (row,) = output_logprobs(context, [77], 5, output=-1).tolist()
    best = np.argsort(-expected, kind="stable")[:5].tolist()
    assert [token for token, _ in row] == [77, *best]
    assert [value for _, value in row] == pytest.approx(expected[[77, *best]].tolist(), abs=1e-4, rel=1e-6)


def test_what_was_chosen_and_what_might_have_been(context: Context, bigram: BigramModel) -> None:
    sequence = Sequence(context)
    prompt = [5, 300]
    params = SamplingParams(seed=5, max_tokens=20, ignore_eos=True, logprobs=3, prompt_logprobs=2, temperature=0.7)
    completion = generate(sequence, prompt, params)
    assert [told.token for told in completion.logprobs] == list(completion.tokens)
    vocab = context.model.vocab
    for before, told in zip([300, *completion.tokens], completion.logprobs, strict=False):
        # Of the model's logits: neither the temperature nor the ban of the tokens that end changes them.
        expected = log_softmax(bigram.logits[before])
        best = np.argsort(-expected)[:3]
        assert told.logprob == pytest.approx(expected[told.token], abs=1e-4)
        assert [top.token for top in told.top] == best.tolist()
        assert [top.logprob for top in told.top] == pytest.approx(expected[best].tolist(), abs=1e-4)
        assert told.piece == vocab.piece(told.token, special=True)
        assert told.top[0].piece == vocab.piece(int(best[0]), special=True)
    first, second = completion.prompt_logprobs
    assert first is None
    assert second is not None
    assert (second.token, len(second.top)) == (300, 2)
    assert second.logprob == pytest.approx(log_softmax(bigram.logits[5])[300], abs=1e-4)
    assert completion.usage.cached_tokens == 0
    # They come in the stream beside the tokens that they are of, and change nothing of these.
    chunks = list(stream_generate(sequence, prompt, params))
    assert chunks[0].prompt_logprobs == completion.prompt_logprobs
    for chunk in chunks:
        assert tuple(told.token for told in chunk.logprobs) == chunk.tokens
    assert generate(
        sequence, prompt, SamplingParams(seed=5, max_tokens=20, ignore_eos=True, temperature=0.7)
    ).tokens == (completion.tokens)


def test_zero_tells_of_the_choice_alone(context: Context) -> None:
    completion = generate(Sequence(context), [5], SamplingParams(max_tokens=4, ignore_eos=True, logprobs=0))
    assert len(completion.logprobs) == 4
    assert all(told.top == () for told in completion.logprobs)
    assert generate(Sequence(context), [5], SamplingParams(max_tokens=4)).logprobs == ()


def test_a_prompt_longer_than_a_batch(context: Context, bigram: BigramModel) -> None:
    tokens = [int(token) for token in np.random.RandomState(1).randint(3, len(bigram.vocab), 100)]
    sequence = Sequence(context)
    sequence.feed(tokens[:50])  # what is there already helps nothing: its logits are gone
    told = prompt_logprobs(sequence, tokens, 1)
    assert len(told) == 100
    assert sequence.tokens == tokens[:-1]
    for before, token, each in zip(tokens, tokens[1:], told[1:], strict=False):
        assert each is not None
        assert each.token == token
        assert each.logprob == pytest.approx(log_softmax(bigram.logits[before])[token], abs=1e-4)
    assert prompt_logprobs(sequence, [4]) == (None,)
    with pytest.raises(ValueError, match="the prompt is empty"):
        prompt_logprobs(sequence, [])
    with pytest.raises(ContextOverflow, match="has 300 tokens"):
        prompt_logprobs(sequence, [1] * 300)


def test_fewer_outputs_than_a_batch(bigram: BigramModel) -> None:
    with Model(bigram.path) as model, model.context(n_threads=1, n_ctx=64, n_outputs_max=4) as context:
        told = prompt_logprobs(Sequence(context), range(3, 13))
        values = [each.logprob for each in told if each is not None]
        assert values == pytest.approx(
            [log_softmax(bigram.logits[token])[token + 1] for token in range(3, 12)], abs=1e-4
        )


def test_tokens_that_are_part_of_a_character(scripted: ScriptedModel) -> None:
    with Model(scripted.path) as model, model.context(n_threads=1, n_ctx=256) as context:
        prompt = "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n"
        completion = generate(Sequence(context), prompt, SamplingParams(temperature=0, logprobs=1))
    assert b"".join(told.piece for told in completion.logprobs).decode() == completion.text == scripted.script.text
    assert all(told.top[0].token == told.token for told in completion.logprobs)


@pytest.mark.model
def test_the_default_model(default_model: object) -> None:
    with Model(str(default_model)) as model, model.context(n_ctx=256, n_threads=1) as context:
        sequence = Sequence(context)
        told = prompt_logprobs(sequence, model.vocab.tokenize("The capital of France is Paris"), 5)
        sequence.rewind(0)
        sequence.feed(model.vocab.tokenize("The capital of France is"))
        expected = log_softmax(sequence.logits)
        last = told[-1]
        assert last is not None
        # The whole prompt and its last token alone are computed in other orders.
        assert last.logprob == pytest.approx(expected[last.token], abs=0.05)
        completion = generate(
            sequence, "The capital of France is", SamplingParams(temperature=0, max_tokens=1, logprobs=5)
        )
        sequence.rewind(0)
        sequence.feed(model.vocab.tokenize("The capital of France is"))
        expected = log_softmax(sequence.logits)
        for top in completion.logprobs[0].top:
            assert top.logprob == pytest.approx(expected[top.token], abs=0.05)


def test_more_logprobs_than_tokens(context: Context, bigram: BigramModel) -> None:
    n = len(bigram.vocab) + 1
    with pytest.raises(ValueError, match=f"logprobs is {n}"):
        generate(Sequence(context), [5], SamplingParams(max_tokens=1, logprobs=n))
