"""Several answers to one prompt: each is what it would be alone."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llamacffi import (
    ChatTemplate,
    Chunk,
    Completion,
    Context,
    ContextError,
    LlamaError,
    Model,
    SamplingParams,
    Sequence,
    generate,
    generate_many,
    stream_generate,
    stream_generate_many,
)
from llamacffi.generation.seq_ids import free_seq_ids
from tests.models import spm_vocab, write_bigram, write_cohere2, write_lfm2, write_llama, write_mamba, write_t5
from tests.models.bigram import random_logits
from tests.models.exact import BATCH_EXACT, EXACT
from tests.models.reference import log_softmax

PARAMS = SamplingParams(temperature=1.3, seed=40, max_tokens=24, repeat_penalty=1.1)
PROMPT = [1, *range(260, 300)]


def alone(sequence: Sequence, params: SamplingParams, n: int) -> list[Completion]:
    seed = params.seed or 0
    return [generate(sequence, PROMPT, replace(params, seed=seed + i)) for i in range(n)]


def said(completions: Any) -> list[tuple[str, tuple[int, ...], str, int]]:
    return [(each.text, each.tokens, each.finish_reason, each.seed) for each in completions]


def everything_is_free(sequence: Sequence) -> bool:
    context = sequence.context
    return free_seq_ids(context) == [i for i in range(context.n_seq_max) if i != sequence.seq_id]


@pytest.mark.parametrize("cells", [{"kv_unified": True}, {"kv_unified": False}])
@pytest.mark.parametrize("write", [write_llama, write_cohere2, write_mamba, write_lfm2])
def test_each_is_what_it_would_be_alone(tmp_path: Path, write: Callable[[Path], Path], cells: dict[str, Any]) -> None:
    with (
        Model(write(tmp_path / "model.gguf")) as model,
        model.context(n_ctx=2048, n_seq_max=5, n_threads=1, **cells, **EXACT) as context,
    ):
        sequence = Sequence(context)
        together = generate_many(sequence, PROMPT, PARAMS, n=5)
        assert sequence.tokens == [*PROMPT, *together[0].tokens[:-1]]
        assert everything_is_free(sequence)
        assert said(together) == said(alone(Sequence(context, 3), PARAMS, 5))
        assert len({each.tokens for each in together}) == 5
        assert [each.seed for each in together] == [40, 41, 42, 43, 44]


def test_decoders_of_one_text_go_on_together(tmp_path: Path) -> None:
    with (
        Model(write_t5(tmp_path / "t5.gguf")) as model,
        model.context(n_ctx=512, n_seq_max=3, kv_unified=True, n_threads=1, **EXACT) as context,
    ):
        sequence = Sequence(context)
        params = replace(PARAMS, ignore_eos=True)
        together = generate_many(sequence, "hello world", params, n=3)
        separate = [generate(sequence, "hello world", replace(params, seed=40 + i)) for i in range(3)]
        assert said(together) == said(separate)
        assert len({each.tokens for each in together}) == 3


@pytest.fixture(scope="module")
def table() -> np.ndarray[Any, Any]:
    """Logits of a model that ends an answer after seven tokens or so."""
    vocab = spm_vocab()
    logits = random_logits(len(vocab), scale=2.0)
    logits[:, vocab.eot] += 7.0
    return logits


@pytest.fixture(scope="module")
def ending(tmp_path_factory: pytest.TempPathFactory, table: np.ndarray[Any, Any]) -> Any:
    path = write_bigram(tmp_path_factory.mktemp("ending") / "bigram.gguf", table, spm_vocab())
    with (
        Model(path) as model,
        model.context(n_ctx=512, n_seq_max=8, kv_unified=True, n_threads=1, **EXACT) as context,
    ):
        yield context


def test_the_prompt_is_computed_once_and_a_step_is_one_batch(ending: Context) -> None:
    sequence = Sequence(ending)
    params = replace(PARAMS, max_tokens=12, ignore_eos=True)
    before = ending.ledger.n_decoded
    completions = generate_many(sequence, PROMPT, params, n=8)
    # The last token of each is sampled and not fed.
    assert ending.ledger.n_decoded - before == 1 + 11
    assert [each.usage.cached_tokens for each in completions] == [0] * 8
    again = generate_many(sequence, PROMPT, params, n=2)
    assert [each.usage.cached_tokens for each in again] == [len(PROMPT) - 1] * 2


def test_they_end_one_by_one(ending: Context) -> None:
    sequence = Sequence(ending)
    params = replace(PARAMS, max_tokens=30, stop=["ing", "o"], stop_tokens=[300], min_tokens=1)
    together = generate_many(sequence, PROMPT, params, n=8)
    assert len({len(each.tokens) for each in together}) > 3
    assert {each.finish_reason for each in together} == {"stop"}
    assert said(together) == said(alone(sequence, params, 8))
    assert [each.finish.stop_token for each in together] == [
        each.finish.stop_token for each in alone(sequence, params, 8)
    ]


def test_the_best_are_those_with_the_highest_mean_logprob(ending: Context, table: np.ndarray[Any, Any]) -> None:
    sequence = Sequence(ending)
    params = replace(PARAMS, max_tokens=6, ignore_eos=True)
    best = generate_many(sequence, PROMPT, params, n=3, best_of=8)
    logprobs = log_softmax(table.astype(np.float64))
    means = {}
    for i, completion in enumerate(alone(sequence, params, 8)):
        walk = [PROMPT[-1], *completion.tokens]
        means[40 + i] = float(np.mean([logprobs[walk[j], walk[j + 1]] for j in range(6)]))
    expected = sorted(means, key=lambda seed: -means[seed])[:3]
    assert [each.seed for each in best] == expected
    assert [each.mean_logprob for each in best] == pytest.approx([means[seed] for seed in expected], abs=1e-4)
    # Nobody asked for those of each token.
    assert all(each.logprobs == () for each in best)
    told = generate_many(sequence, PROMPT, replace(params, logprobs=2), n=3, best_of=8)
    for one, other in zip(told, best, strict=True):
        assert one.tokens == other.tokens
        assert np.mean([each.logprob for each in one.logprobs]) == pytest.approx(other.mean_logprob, abs=1e-5)
        assert [len(each.top) for each in one.logprobs] == [2] * 6


def test_one_is_what_generate_gives(ending: Context) -> None:
    (only,) = generate_many(Sequence(ending), PROMPT, PARAMS, n=1)
    assert said([only]) == said(alone(Sequence(ending), PARAMS, 1))
    assert only.mean_logprob is None


def test_no_tokens_at_all(ending: Context) -> None:
    sequence = Sequence(ending)
    completions = generate_many(sequence, PROMPT, replace(PARAMS, max_tokens=0), n=3, best_of=3)
    assert [each.tokens for each in completions] == [()] * 3
    assert sequence.tokens == PROMPT


def test_seeds_are_drawn_and_distinct(ending: Context) -> None:
    params = replace(PARAMS, seed=None)
    seeds = [[each.seed for each in generate_many(Sequence(ending), PROMPT, params, n=3)] for _ in range(2)]
    assert seeds[0] != seeds[1]
    assert all((b - a) % (2**32 - 1) == 1 for row in seeds for a, b in itertools.pairwise(row))
    top = generate_many(Sequence(ending), PROMPT, replace(PARAMS, seed=2**32 - 2), n=2)
    assert [each.seed for each in top] == [2**32 - 2, 0]


def test_of_the_prompt_it_is_told_once(ending: Context) -> None:
    first, second = generate_many(Sequence(ending), PROMPT, replace(PARAMS, prompt_logprobs=0), n=2)
    assert first.prompt_logprobs == second.prompt_logprobs
    assert len(first.prompt_logprobs) == len(PROMPT)


@pytest.mark.parametrize("options", [{}, {"logprobs": 1, "prompt_logprobs": 0}, {"stop": "a"}, {"max_tokens": 0}])
def test_a_stream_of_several_is_the_streams_of_each(ending: Context, options: dict[str, Any]) -> None:
    params = replace(PARAMS, **options)
    streamed: list[list[Chunk]] = [[], [], []]
    order = []
    for i, chunk in stream_generate_many(Sequence(ending), PROMPT, params, n=3):
        assert not streamed[i] or streamed[i][-1].finish is None
        streamed[i].append(chunk)
        order.append(i)
    sequence = Sequence(ending)
    for i, chunks in enumerate(streamed):
        sequence.rewind(0)
        expected = list(stream_generate(sequence, PROMPT, replace(params, seed=40 + i)))
        assert [(each.text, each.tokens, each.logprobs, each.prompt_logprobs) for each in chunks] == [
            (each.text, each.tokens, each.logprobs, each.prompt_logprobs) for each in expected
        ]
        assert chunks[-1].finish_reason == expected[-1].finish_reason
    if "logprobs" in options:  # with them every token comes at once
        assert order != sorted(order)
    assert everything_is_free(sequence)


def test_closing_a_stream_of_several_lets_go_of_all(ending: Context) -> None:
    sequence = Sequence(ending)
    stream = stream_generate_many(sequence, PROMPT, replace(PARAMS, ignore_eos=True), n=3)
    for _ in range(6):
        next(stream)
    assert not everything_is_free(sequence)
    stream.close()  # type: ignore[attr-defined]
    assert everything_is_free(sequence)
    assert sequence.tokens[: len(PROMPT)] == PROMPT
    with pytest.raises(ContextError, match="9 answers at once need 9 sequences"):
        stream_generate_many(sequence, PROMPT, n=9)
    with pytest.raises(ValueError, match="n must be from 1"):
        stream_generate_many(sequence, PROMPT, n=0)


def test_too_few_sequences_are_refused_before_anything_is_done(ending: Context) -> None:
    sequence, other = Sequence(ending), Sequence(ending, 5)
    sequence.feed([5, 6])
    with pytest.raises(ContextError, match=r"8 answers at once need 8 sequences; of the context's 8 .* 6 are free"):
        generate_many(sequence, PROMPT, PARAMS, n=8)
    assert sequence.tokens == [5, 6]
    other.close()
    assert len(generate_many(sequence, PROMPT, PARAMS, n=8)) == 8


def test_when_the_shared_cells_are_all_taken_they_end(tmp_path: Path) -> None:
    with (
        Model(write_llama(tmp_path / "model.gguf")) as model,
        model.context(n_ctx=256, n_seq_max=4, kv_unified=True, n_threads=1, **EXACT) as context,
    ):
        sequence = Sequence(context)
        params = replace(PARAMS, max_tokens=None, ignore_eos=True)
        completions = generate_many(sequence, PROMPT, params, n=4)
        assert [each.finish_reason for each in completions] == ["length"] * 4
        fed = len(PROMPT) + sum(len(each.tokens) - 1 for each in completions)
        assert 256 - 4 < fed <= 256
        assert everything_is_free(sequence)
        longest = replace(params, max_tokens=20)
        assert said(generate_many(sequence, PROMPT, longest, n=4)) == said(alone(sequence, longest, 4))


def test_what_a_function_raises_comes_out_and_leaves_nothing_behind(ending: Context) -> None:
    def fails(tokens: Any, logits: Any) -> None:
        if len(tokens) > len(PROMPT) + 3:
            raise ZeroDivisionError

    sequence = Sequence(ending)
    with pytest.raises(ZeroDivisionError):
        generate_many(sequence, PROMPT, replace(PARAMS, ignore_eos=True, logits_processor=fails), n=4)
    assert everything_is_free(sequence)
    assert [i for i in range(8) if ending.memory.pos_max(i) >= 0] == [0]
    assert said(generate_many(sequence, PROMPT, PARAMS, n=4)) == said(alone(sequence, PARAMS, 4))


def test_a_sequence_that_someone_else_uses_meanwhile_is_noticed(ending: Context) -> None:
    sequence = Sequence(ending)

    def meddles(progress: Any) -> bool:
        sequence.rewind(0)
        return False

    with pytest.raises(LlamaError, match="something else used the sequence"):
        generate_many(sequence, PROMPT, replace(PARAMS, ignore_eos=True, stopping_criteria=meddles), n=2)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"n": 0}, ValueError, "n must be from 1"),
        ({"n": "2"}, TypeError, "n must be an integer"),
        ({"n": 2, "params": 5}, TypeError, "params is 5, but must be a SamplingParams"),
        ({"n": 3, "best_of": 2}, ValueError, "best_of is 2, fewer than the 3 answers"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(
    ending: Context, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        generate_many(Sequence(ending), PROMPT, **{"params": PARAMS, **options})


@pytest.mark.model
@pytest.mark.parametrize("options", [{"kv_unified": True, **BATCH_EXACT}, {"kv_unified": False, **EXACT}])
def test_so_it_is_with_the_default_model(default_model: Path, options: dict[str, Any]) -> None:
    with (
        Model(default_model) as model,
        model.context(n_ctx=1024, n_seq_max=4, n_threads=1, **options) as context,
    ):
        prompt = ChatTemplate.from_model(model).render([{"role": "user", "content": "Name a colour."}])
        params = SamplingParams(temperature=1.2, seed=7, max_tokens=16)
        sequence = Sequence(context)
        together = generate_many(sequence, prompt, params, n=4)
        separate = [generate(sequence, prompt, replace(params, seed=7 + i)) for i in range(4)]
    # The first tokens are drawn from the same logits; later ones from a batch's, which some CPUs round otherwise.
    assert [each.tokens[0] for each in together] == [each.tokens[0] for each in separate]
    assert [each.seed for each in together] == [7, 8, 9, 10]
    assert len({each.text for each in together}) > 1
