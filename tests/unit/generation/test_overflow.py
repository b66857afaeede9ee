"""A context that is full: half of it is forgotten, and the text goes on."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from llamacffi import (
    Batch,
    Context,
    ContextError,
    ContextOverflow,
    Greedy,
    Model,
    NoMemorySlot,
    SamplerChain,
    SamplingParams,
    Sequence,
    generate,
    generate_many,
    generate_tokens,
    stream_generate,
)
from llamacffi.generation.speculative import PromptLookup
from tests.models import ScriptedModel, write_cohere2, write_lfm2, write_llama, write_mamba
from tests.models.exact import EXACT
from tests.models.llama import LlamaShape
from tests.models.reference import llama_logits, read_weights

BOS = 1
N_CTX = 256


def shifting(n: int, **options: Any) -> SamplingParams:
    return SamplingParams(temperature=0, ignore_eos=True, max_tokens=n, overflow="shift", **options)


def test_with_one_layer_it_is_what_a_fresh_context_says(tmp_path: Path) -> None:
    # What one layer keeps of a token hangs on the token alone: moved to another place it is as if computed there.
    path = write_llama(tmp_path / "model.gguf", shape=LlamaShape(n_layer=1), seed=3)
    weights = read_weights(path)
    prompt = [BOS, *(260 + i % 200 for i in range(N_CTX - 6))]
    window, expected = prompt.copy(), []
    with Model(path) as model, model.context(n_ctx=N_CTX, n_threads=1, **EXACT) as context:
        ends = [token for token in range(len(model.vocab)) if model.vocab.is_eog(token)]
        for _ in range(20):
            logits = llama_logits(weights, window)[-1].copy()
            logits[ends] = -1e9
            expected.append(int(logits.argmax()))
            if len(window) == N_CTX:
                window = window[:10] + window[10 + (N_CTX - 10) // 2 :]
            window.append(expected[-1])
        sequence = Sequence(context)
        completion = generate(sequence, prompt, shifting(20, n_keep=10))
        assert completion.tokens == tuple(expected)
        assert sequence.tokens == window[:-1]
        assert context.memory.pos_max(0) == len(window) - 2


def by_hand(context: Context, prompt: list[int], n: int, n_keep: int) -> list[int]:
    """The same with the memory's own functions, over many shifts."""
    batch, memory = Batch(len(prompt)), context.memory
    memory.clear()
    tokens: list[int] = []
    n_held = 0
    vocab = context.model.vocab
    with SamplerChain(*SamplingParams(temperature=0).stages(), vocab=vocab) as chain, context.exclusive():
        ends = [token for token in range(len(vocab)) if vocab.is_eog(token)]
        fed = prompt
        while len(tokens) < n:
            if n_held + len(fed) > context.n_ctx_seq:
                n_gone = (n_held - n_keep + 1) // 2
                memory.remove(0, n_keep, n_keep + n_gone)
                memory.shift(0, -n_gone, n_keep + n_gone)
                n_held -= n_gone
            batch.clear()
            batch.extend(fed, n_held, 0)
            context.decode(batch)
            n_held += len(fed)
            row = context.logits()
            row[ends] = float("-inf")
            tokens.append(chain.apply(row).token)
            fed = [tokens[-1]]
    return tokens


@pytest.mark.parametrize(("n_keep", "kept"), [(0, 1), (1, 1), (7, 7), (-1, 30), (99, 30)])
def test_it_is_what_one_would_do_by_hand(tiny_llama: Path, n_keep: int, kept: int) -> None:
    prompt = [BOS, *range(270, 299)]
    with Model(tiny_llama) as model, model.context(n_ctx=N_CTX, n_threads=1, **EXACT) as context:
        expected = by_hand(context, prompt, 420, kept)
        sequence = Sequence(context)
        completion = generate(sequence, prompt, shifting(420, n_keep=n_keep))
        assert completion.tokens == tuple(expected)
        assert completion.finish_reason == "length"
        assert sequence.tokens[:kept] == prompt[:kept]
        rest = sequence.tokens[kept:]
        assert rest == expected[-1 - len(rest) : -1]
        assert (context.memory.pos_min(0), context.memory.pos_max(0)) == (0, len(sequence) - 1)


def test_what_was_moved_is_not_taken_for_a_prompt(tiny_llama: Path) -> None:
    prompt = [BOS, *range(270, 299)]
    with Model(tiny_llama) as model, model.context(n_ctx=N_CTX, n_threads=1, **EXACT) as context:
        sequence = Sequence(context)
        generate(sequence, prompt, shifting(300, n_keep=5))
        held = sequence.tokens
        plain = SamplingParams(temperature=0, max_tokens=20)
        again = generate(sequence, [*held, 300], plain)
        assert again.usage.cached_tokens == 5
        # What was computed since is as good as ever.
        assert generate(sequence, [*held, 300], plain).usage.cached_tokens == len(held)
        fresh = generate(Sequence(context), [*held, 300], plain)
        assert (fresh.usage.cached_tokens, fresh.tokens) == (0, again.tokens)


def test_a_text_goes_on_through_a_shift(scripted: ScriptedModel) -> None:
    with Model(scripted.path) as model, model.context(n_ctx=N_CTX, n_threads=1) as context:
        n_script = len(scripted.script.tokens)
        stream = stream_generate(Sequence(context), [5] * (N_CTX - 9), shifting(n_script))
        text = "".join(chunk.text for chunk in stream)
        assert text == scripted.script.text
        # Without a limit it has no end, and takes what is asked for.
        endless = stream_generate(Sequence(context), [5], shifting(10**9))
        assert len(list(itertools.islice(endless, 3 * N_CTX))) == 3 * N_CTX


def test_by_default_it_stops(tiny_llama: Path) -> None:
    with Model(tiny_llama) as model, model.context(n_ctx=N_CTX, n_threads=1) as context:
        completion = generate(Sequence(context), [BOS, 300], SamplingParams(temperature=0, ignore_eos=True))
        assert (completion.finish_reason, completion.usage.total_tokens) == ("length", N_CTX + 1)
        # A prompt that does not fit is never cut.
        with pytest.raises(ContextOverflow, match=f"the prompt has {N_CTX + 1} tokens"):
            stream_generate(Sequence(context), [BOS] * (N_CTX + 1), shifting(1))
        with pytest.raises(ContextOverflow, match=f"n_keep keeps {N_CTX - 1} of the {N_CTX} tokens"):
            stream_generate(Sequence(context), [BOS] * (N_CTX - 1), shifting(1, n_keep=-1))


@pytest.mark.parametrize(
    ("write", "reason"),
    [
        (write_mamba, "keeps a state of the whole"),
        (write_lfm2, "keeps a state of the whole"),
        (write_cohere2, "positions cannot be changed in this memory"),
    ],
)
def test_where_it_could_not_be_right_it_is_refused_before_anything_is_done(
    tmp_path: Path, write: Any, reason: str
) -> None:
    with Model(write(tmp_path / "model.gguf")) as model, model.context(n_ctx=N_CTX, n_threads=1) as context:
        sequence = Sequence(context)
        before = context.ledger.n_decoded
        with pytest.raises(ContextError, match=f"overflow='shift' is not possible here: .*{re.escape(reason)}"):
            stream_generate(sequence, [BOS, 300, 301], shifting(5))
        with pytest.raises(ContextError, match=reason):
            sequence.discard(0, 0)
        assert context.ledger.n_decoded == before


def test_cells_that_a_fork_shares_are_not_moved(tiny_llama: Path) -> None:
    with (
        Model(tiny_llama) as model,
        model.context(n_ctx=N_CTX, n_seq_max=3, kv_unified=True, n_threads=1) as context,
    ):
        sequence = Sequence(context)
        sequence.feed([BOS, 300, 301])
        fork = sequence.fork()
        with pytest.raises(ContextError, match="shares cells with sequence 1"):
            stream_generate(sequence, [BOS, 300, 301], shifting(5))
        fork.close()
        assert generate(sequence, [BOS, 300, 301], shifting(5)).usage.cached_tokens == 2
        with pytest.raises(ContextError, match="answers that share the prompt's cells"):
            generate_many(sequence, [BOS, 300], shifting(5), n=2)


def test_answers_with_cells_of_their_own_are_moved_each_by_itself(tiny_llama: Path) -> None:
    with (
        Model(tiny_llama) as model,
        model.context(n_ctx=2 * N_CTX, n_seq_max=2, kv_unified=False, n_threads=1, **EXACT) as context,
    ):
        prompt = [BOS, *range(270, 299)]
        params = SamplingParams(temperature=1.0, ignore_eos=True, max_tokens=400, overflow="shift", n_keep=4, seed=3)
        together = generate_many(Sequence(context), prompt, params, n=2)
        first = generate(Sequence(context), prompt, params)
        second = generate(Sequence(context), prompt, SamplingParams(**{**vars_of(params), "seed": 4}))
        assert [each.tokens for each in together] == [first.tokens, second.tokens]


def vars_of(params: SamplingParams) -> dict[str, Any]:
    return {name: value for name, value in vars(params).items() if not name.startswith("_")}


def test_tokens_are_discarded_from_the_middle(tiny_llama: Path) -> None:
    with (
        Model(tiny_llama) as model,
        model.context(n_ctx=N_CTX, n_threads=1, **EXACT) as context,
        SamplerChain(Greedy()) as chain,
    ):
        sequence = Sequence(context)
        sequence.feed([BOS, *range(270, 280)])
        for start, stop in ((5, 3), (-1, 2), (0, 12)):
            with pytest.raises(ValueError, match=r"cannot discard the tokens .*, there are 11"):
                sequence.discard(start, stop)
        sequence.discard(3, 3)
        sequence.discard(2, 5)
        assert sequence.tokens == [BOS, 270, *range(274, 280)]
        assert context.memory.pos_max(0) == 7
        # A state is taken once the next decode has moved the keys.
        sequence.feed([300])
        assert chain.sample(context) >= 0
        assert sequence.align([BOS, 270, 274]) == 2
        assert sequence.tokens == [BOS, 270]


N_OTHERS = 150


@pytest.fixture
def crowded(tiny_llama: Path) -> Iterator[Sequence]:
    """A sequence of a context in whose cells another one holds N_OTHERS of the N_CTX."""
    with (
        Model(tiny_llama) as model,
        model.context(n_ctx=N_CTX, n_seq_max=2, kv_unified=True, n_threads=1, **EXACT) as context,
    ):
        other = Sequence(context, 1)
        other.feed([BOS, *(260 + i % 200 for i in range(N_OTHERS - 1))])
        yield Sequence(context)


@pytest.mark.parametrize("predictor", [None, PromptLookup()])
def test_where_others_hold_the_cells_an_answer_ends(crowded: Sequence, predictor: Any) -> None:
    prompt = [BOS, *range(260, 299)]
    params = SamplingParams(temperature=0, ignore_eos=True)
    completion = generate(crowded, prompt, params, predictor=predictor)
    assert completion.finish_reason == "length"
    # The last token that was chosen is not decoded.
    assert len(completion.tokens) == N_CTX - N_OTHERS - len(prompt) + 1
    assert crowded.tokens == [*prompt, *completion.tokens[:-1]]
    with crowded.context.model.context(n_ctx=N_CTX, n_threads=1, **EXACT) as roomy:
        alone = generate(Sequence(roomy), prompt, replace(params, max_tokens=len(completion.tokens)))
    assert completion.tokens == alone.tokens
    with params.chain(crowded.context.model.vocab) as chain:
        assert tuple(generate_tokens(crowded, prompt, chain)) == completion.tokens


def test_where_others_hold_the_cells_it_forgets_if_it_may(crowded: Sequence) -> None:
    prompt = [BOS, *range(260, 299)]
    plain, looked = (generate(crowded, prompt, shifting(300), predictor=each) for each in (None, PromptLookup()))
    assert plain.finish_reason == "length"
    assert len(plain.tokens) == 300
    assert plain.tokens == looked.tokens
    assert len(crowded) <= N_CTX - N_OTHERS


def test_where_others_hold_the_cells_that_a_prompt_needs(crowded: Sequence) -> None:
    prompt = [BOS, *(260 + i % 200 for i in range(N_CTX - N_OTHERS))]
    with pytest.raises(NoMemorySlot):
        generate(crowded, prompt, SamplingParams(temperature=0))
    assert len(generate(crowded, prompt[:20], SamplingParams(temperature=0, max_tokens=5, ignore_eos=True)).tokens) == 5
