"""Functions that change the logits, and biases of tokens that are named by their text."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pytest

from llamacffi import (
    Choices,
    Context,
    Greedy,
    LlamaError,
    LogitsProcessor,
    Model,
    SamplerChain,
    SamplingParams,
    Sequence,
    generate,
)
from llamacffi.generation.bias import tokens_of_text
from tests.models import BigramModel, spm_vocab, write_bigram
from tests.models.bigram import random_logits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROMPT = [5, 300]
Tokens = npt.NDArray[np.int32]
Logits = npt.NDArray[np.float32]


@pytest.fixture(scope="module")
def context(bigram: BigramModel) -> Iterator[Context]:
    with Model(bigram.path) as model, model.context(n_threads=1, n_ctx=256) as context:
        yield context


def greedy(**options: Any) -> SamplingParams:
    return SamplingParams(temperature=0, ignore_eos=True, max_tokens=12, **options)


def test_it_is_called_once_a_token_with_all_tokens_and_the_models_logits(context: Context, bigram: BigramModel) -> None:
    calls: list[tuple[list[int], Logits]] = []

    def never_again(tokens: Tokens, logits: Logits) -> None:
        calls.append((tokens.tolist(), logits.copy()))
        assert (tokens.dtype.name, logits.dtype.name, logits.shape) == ("int32", "float32", (len(bigram.vocab),))
        assert not tokens.flags.writeable
        logits[tokens] = -np.inf

    completion = generate(Sequence(context), PROMPT, greedy(logits_processor=never_again))

    table = bigram.logits.copy()
    table[:, [token for token in range(len(bigram.vocab)) if context.model.vocab.is_eog(token)]] = -np.inf
    expected = [*PROMPT]
    for _ in range(12):
        row = table[expected[-1]].copy()
        row[expected] = -np.inf
        expected.append(int(row.argmax()))
    assert completion.tokens == tuple(expected[2:])
    assert [tokens for tokens, _ in calls] == [expected[:n] for n in range(2, 14)]
    for tokens, logits in calls:
        np.testing.assert_allclose(logits, bigram.logits[tokens[-1]], atol=1e-5)


def test_several_are_called_in_their_order(context: Context) -> None:
    def first(tokens: Tokens, logits: Logits) -> None:
        logits[:] = -np.inf
        logits[310] = 1.0

    def second(tokens: Tokens, logits: Logits) -> None:
        assert logits.max() == 1.0
        logits[310 + len(tokens)] = logits[310] + 1.0
        logits[310] = -np.inf

    # What is put in place of what another has forbidden counts: nothing was dropped, only forbidden.
    completion = generate(Sequence(context), PROMPT, greedy(logits_processor=[first, second]))
    assert completion.tokens == tuple(range(312, 324))


def test_a_bias_is_added_to_what_it_leaves(context: Context, bigram: BigramModel) -> None:
    def flat(tokens: Tokens, logits: Logits) -> None:
        logits[:] = 0.0

    assert set(generate(Sequence(context), PROMPT, greedy(logits_processor=flat, logit_bias={320: 0.5})).tokens) == {
        320
    }


def test_a_constraint_holds_whatever_it_does(context: Context, bigram: BigramModel) -> None:
    allowed: list[int] = []

    def contrary(tokens: Tokens, logits: Logits) -> None:
        allowed.append(int((logits > -np.inf).sum()))
        assert logits.shape == (len(bigram.vocab),)
        logits[:] = -logits
        logits[np.isinf(logits)] = 1e6  # what was forbidden

    params = SamplingParams(temperature=0, choices=["red", "green"], logits_processor=contrary)
    assert generate(Sequence(context), PROMPT, params).text in {"red", "green"}
    assert max(allowed) < 20


def test_what_it_raises_comes_out_and_the_sequence_goes_on(context: Context) -> None:
    sequence = Sequence(context)
    plain = generate(sequence, PROMPT, greedy())

    def fails(tokens: Tokens, logits: Logits) -> None:
        if len(tokens) == 5:
            message = "not this one"
            raise KeyError(message)

    with pytest.raises(KeyError, match="not this one"):
        generate(sequence, PROMPT, greedy(logits_processor=fails))
    # Three tokens were sampled and fed; behind the last of them none was.
    assert sequence.tokens == [*PROMPT, *plain.tokens[:3]]
    assert sequence.context.memory.pos_max(0) == 4
    assert generate(sequence, PROMPT, greedy()).tokens == plain.tokens


@pytest.mark.parametrize(
    ("fn", "message"),
    [
        (lambda tokens, logits: logits * 2, "must change the logits in place"),
        (lambda tokens, logits: logits.fill(-np.inf), "every token is forbidden"),
        (lambda tokens, logits: logits.fill(np.nan), "must be finite"),
        (lambda tokens, logits: logits.put(3, np.inf), "must be finite"),
    ],
)
def test_what_cannot_be_sampled_from_is_refused(context: Context, fn: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        generate(Sequence(context), PROMPT, greedy(logits_processor=fn))


def test_the_tokens_grow_without_moving_under_who_keeps_them(context: Context) -> None:
    kept: list[Tokens] = []
    vocab = context.model.vocab
    history = [i % 300 for i in range(5000)]
    with SamplerChain(LogitsProcessor(lambda tokens, _: kept.append(tokens)), Greedy(), vocab=vocab) as chain:
        row = np.zeros(vocab.n_tokens, np.float32)
        for start in range(0, 5000, 700):
            chain.accept(history[start : start + 700], grammar=False)
            chain.apply(row)
        with chain.clone() as clone:
            clone.accept(7)
            clone.apply(row)
            chain.accept(8)
            chain.apply(row)
        chain.reset()
        chain.apply(row)
    expected = [*(history[: start + 700] for start in range(0, 5000, 700)), [*history, 7], [*history, 8], []]
    assert [tokens.tolist() for tokens in kept] == expected


def test_a_text_names_every_token_that_spells_it(tmp_path: Path) -> None:
    vocab = spm_vocab()
    logits = random_logits(len(vocab), scale=0.1)
    path = write_bigram(tmp_path / "bigram.gguf", logits, vocab)
    with Model(path) as model, model.context(n_threads=1, n_ctx=256) as context:
        sequence = Sequence(context)
        spelt = {
            "A": {vocab.ids["A"], vocab.byte(ord("A"))},
            " ": {vocab.ids["▁"], vocab.byte(32)},
            "<think>": {vocab.ids["<think>"]},
            "<|im_end|>": {vocab.eot},
        }
        for text, tokens in spelt.items():
            assert set(tokens_of_text(model.vocab, text)) == tokens
        biased = generate(sequence, PROMPT, greedy(logit_bias={"<think>": 50.0}))
        assert set(biased.tokens) == {vocab.ids["<think>"]}
        # The token itself, by its id, goes before its text.
        both: dict[int | str, float] = {vocab.ids["A"]: 60.0, "A": -math.inf, "B": 50.0}
        assert set(generate(sequence, PROMPT, greedy(logit_bias=both)).tokens) == {vocab.ids["A"]}
        with pytest.raises(ValueError, match=re.escape("no token spells 'AB', which the model reads as")) as refused:
            generate(sequence, PROMPT, greedy(logit_bias={"AB": 1.0}))
        assert f"{vocab.ids['A']} ('A'), {vocab.ids['B']} ('B')" in str(refused.value)


def test_choices_are_not_slowed_by_a_bias_of_text(context: Context) -> None:
    params = SamplingParams(temperature=0, grammar=Choices(["red", "green"]), logit_bias={"g": 50.0})
    assert generate(Sequence(context), PROMPT, params).text == "green"


def test_what_a_processor_could_not_do_to_the_sequence_did_not_happen(tiny_llama: Path) -> None:
    with Model(tiny_llama) as model, model.context(n_ctx=256, n_threads=1) as context:
        sequence = Sequence(context)
        params = SamplingParams(temperature=0, max_tokens=5, ignore_eos=True)
        expected = generate(sequence, "hello", params)

        def nested(tokens: Any, logits: Any) -> None:
            generate(sequence, "other", params)

        def rewinds(tokens: Any, logits: Any) -> None:
            sequence.rewind(1)

        for processor in (nested, rewinds):
            with pytest.raises(LlamaError, match="a callback used the Context that it was called from"):
                generate(sequence, "hello", replace(params, logits_processor=processor))
            assert len(sequence) == context.memory.pos_max(0) + 1
            assert generate(sequence, "hello", params).tokens == expected.tokens
