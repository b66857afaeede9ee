"""Pictures in a sequence: what llama.cpp's own helper computes, kept whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llamacffi import Batch, Context, DraftModel, Model, PromptLookup, SamplingParams, Sequence, generate
from llamacffi._native import Interrupt
from llamacffi.core.media_tokens import n_positions, row_of, runs
from llamacffi.core.projector import MediaChunk, Projector
from llamacffi.core.sampling import eog_tokens
from llamacffi.core.state import State
from llamacffi.errors import ContextError, ContextOverflow, DecodeAborted, MediaError, StateError
from llamacffi.generation import generate_many
from llamacffi.generation.speculative import Eagle3
from tests.capabilities import needs
from tests.media import KINDS, Seer, helped_logits, picture, seer
from tests.models import write_eagle3

pytestmark = needs("mtmd's parts")
PARTS: list[Any] = ["Look: ", picture(1), " and then ", picture(2, 33, 90), " what is it?"]
GREEDY = SamplingParams(temperature=0, max_tokens=12, ignore_eos=True)


@pytest.fixture(scope="module", params=KINDS)
def eyes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seer]:
    with seer(request.param, tmp_path_factory.mktemp("seer")) as found:
        yield found


@pytest.fixture(scope="module")
def mrope(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seer]:
    with seer("qwen2vl", tmp_path_factory.mktemp("mrope")) as found:
        yield found


@pytest.fixture(scope="module")
def gemma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seer]:
    with seer("gemma3", tmp_path_factory.mktemp("gemma")) as found:
        yield found


@pytest.fixture
def context(eyes: Seer) -> Iterator[Context]:
    with eyes.context() as context:
        yield context


def fresh(eyes: Seer, tokens: list[int], **options: Any) -> Any:
    """The logits of a sequence that holds nothing else."""
    with eyes.context(**options) as context, Sequence(context, n_checkpoints=0) as sequence:
        sequence.feed(tokens)
        return sequence.logits


def first_picture(tokens: list[int]) -> tuple[int, int]:
    """Where it begins and ends."""
    start = next(i for i, token in enumerate(tokens) if token < 0)
    return start, start + row_of(tokens[start]).n_tokens


def assert_close(left: Any, right: Any) -> None:
    # Rounding depends on how many were decoded at once, and where the cells are.
    np.testing.assert_allclose(left, right, atol=2e-4)


@pytest.mark.parametrize("n_batch", [512, 20, 3])
def test_as_the_helper_decodes(eyes: Seer, n_batch: int) -> None:
    n_batch = max(n_batch, 9) if eyes.at_once else n_batch
    prompt = eyes.projector.prompt(PARTS)
    with eyes.context(n_batch=n_batch) as context:
        expected, n_pos = helped_logits(context, eyes.projector, PARTS, n_batch=n_batch)
    with eyes.context(n_batch=n_batch) as context:
        sequence = Sequence(context, n_checkpoints=0)
        sequence.feed(prompt)
        assert np.array_equal(sequence.logits, expected)
        assert n_positions(prompt) == n_pos == context.memory.pos_max(0) + 1
        assert sequence.tokens == prompt
        assert sequence.n_free == 512 - len(prompt)
        assert context.causal_attn
        sequence.feed(prompt[1:], output=False)  # the same once more, at other positions
        assert context.memory.pos_max(0) + 1 == 2 * n_pos - 1


def test_every_prompt(eyes: Seer) -> None:
    media = [picture(3), picture(4, 20, 20), picture(5, 130, 30)]
    prompts: list[list[Any]] = [
        [media[0], "a"],
        [media[0], media[1], media[2], "a"],
        ["a", media[1], "b", media[1], media[1], "c"],
        ["only text"],
    ]
    with eyes.context() as context, eyes.context() as other:
        sequence = Sequence(context, n_checkpoints=0)
        for parts in prompts:
            sequence.rewind(0)
            sequence.feed(eyes.projector.prompt(parts))
            assert np.array_equal(sequence.logits, helped_logits(other, eyes.projector, parts)[0])


def test_positions_and_sight_matter(mrope: Seer, gemma: Seer, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = [fresh(eyes, eyes.projector.prompt(PARTS)) for eyes in (mrope, gemma)]
    monkeypatch.setattr(MediaChunk, "positions", lambda chunk, pos0: np.full((chunk.n_tokens, 4), pos0))
    with pytest.raises(AssertionError):
        assert_close(fresh(mrope, mrope.projector.prompt(PARTS)), expected[0])
    monkeypatch.undo()
    prompt = gemma.projector.prompt(PARTS)
    for token in prompt:
        if token < 0:
            monkeypatch.setattr(token.chunk, "is_causal", True)  # type: ignore[attr-defined]
    with pytest.raises(AssertionError):
        assert_close(fresh(gemma, prompt), expected[1])


@pytest.mark.parametrize(
    ("height", "width", "n_tokens", "n_pos"),
    [(16, 16, 1, 1), (32, 64, 8, 4), (64, 32, 8, 4), (16, 80, 5, 5), (80, 16, 5, 5), (1, 1, 1, 1), (300, 300, 64, 8)],
)
def test_positions_of_a_picture(mrope: Seer, height: int, width: int, n_tokens: int, n_pos: int) -> None:
    chunk = mrope.chunk(picture(6, height, width))
    assert (chunk.n_tokens, chunk.n_pos) == (n_tokens, n_pos)
    axes = chunk.positions(7)
    assert axes is not None
    assert axes.shape == (n_tokens, 4)
    assert set(axes[:, 0]) == {7}
    assert axes[:, 1:3].max() == 7 + n_pos - 1
    assert len({tuple(row) for row in axes}) == n_tokens
    parts: list[Any] = ["a", picture(6, height, width), "b"]
    tokens = mrope.projector.prompt(parts)
    assert n_positions(tokens) == len(tokens) - n_tokens + n_pos
    with mrope.context() as context:
        expected, after = helped_logits(context, mrope.projector, parts)
    assert after == n_positions(tokens)
    assert np.array_equal(fresh(mrope, tokens), expected)


def test_embeddings_without_a_place_are_where_text_is(mrope: Seer) -> None:
    rows = mrope.projector.encode(mrope.chunk(picture(7)))
    found: list[Any] = []
    for axes in (None, np.tile(np.arange(4, 4 + len(rows))[:, None], (1, 4))):
        with mrope.context() as context:
            batch = Batch(len(rows), n_embd=mrope.model.n_embd)
            batch.extend_embeddings(rows, 4, positions=axes)
            context.decode(batch)
            found.append(context.logits(-1))
            assert context.memory.pos_max(0) == 3 + len(rows)
    assert np.array_equal(*found)


def test_cells_are_counted_not_positions(mrope: Seer) -> None:
    prompt = mrope.projector.prompt([picture(8, 160, 160), "abc"])
    n = 256
    assert n_positions(prompt) < len(prompt) < n
    with mrope.context(n_ctx=n) as context:
        sequence = Sequence(context)
        sequence.feed(prompt)
        sequence.feed([300] * (n - len(prompt)))
        assert sequence.n_free == 0
        with pytest.raises(ContextOverflow):
            sequence.feed([300])
        sequence.rewind(0)
        with pytest.raises(ContextOverflow):
            sequence.feed([300] * (n - len(prompt) + 1) + prompt)
        assert (len(sequence), context.memory.pos_max(0)) == (0, -1)
        assert generate(sequence, prompt, SamplingParams(temperature=0, ignore_eos=True)).finish_reason == "length"
        assert len(sequence) == n


def test_a_second_question(eyes: Seer, context: Context) -> None:
    sequence = Sequence(context)
    first, second = (eyes.projector.prompt([*PARTS[:4], text]) for text in (" what is it?", " who is it, then?"))
    n_common = next(i for i, (one, other) in enumerate(zip(first, second, strict=False)) if one != other)
    made = generate(sequence, first, GREEDY)
    n_encoded, n_decoded = eyes.projector.n_encoded, context.ledger.n_decoded
    again = generate(sequence, second, GREEDY)
    assert eyes.projector.n_encoded == n_encoded
    if not eyes.forgets:
        assert again.usage.cached_tokens == n_common
        assert context.ledger.n_decoded == n_decoded + 1 + len(again.tokens) - 1
    for prompt, answer in ((first, made), (second, again)):
        with eyes.context() as other:
            assert generate(Sequence(other), prompt, GREEDY).tokens == answer.tokens


def test_generate_goes_on_from_the_picture(eyes: Seer) -> None:
    tokens = eyes.projector.prompt(PARTS)
    with eyes.context() as context:
        made = generate(Sequence(context), tokens, GREEDY)
    with eyes.context() as context:
        logits, _ = helped_logits(context, eyes.projector, PARTS)
    for token in made.tokens:
        logits[list(eog_tokens(eyes.model.vocab))] = -np.inf  # as GREEDY has it
        assert logits[token] == pytest.approx(logits.max(), abs=1e-5)
        tokens.append(token)
        logits = fresh(eyes, tokens)


def test_going_back(eyes: Seer, context: Context) -> None:
    sequence, prompt = Sequence(context), eyes.projector.prompt(PARTS)
    start, stop = first_picture(prompt)
    expected = fresh(eyes, prompt)
    for n in (len(prompt) - 1, stop + 1, stop, stop - 1, start + 1, start, 2, 0):
        sequence.align(prompt)
        sequence.feed(prompt[len(sequence) :])
        sequence.rewind(n)
        if not eyes.forgets:
            assert len(sequence) == (start if start < n < stop else n)
        assert sequence.tokens == prompt[: len(sequence)]
        assert len(sequence) in {0, *(end for end in range(len(prompt)) if not start < end < stop)}
        sequence.feed(prompt[len(sequence) :])
        assert_close(sequence.logits, expected)
        assert context.memory.pos_max(0) + 1 == n_positions(prompt)


def test_another_picture_is_not_taken_for_it(eyes: Seer, context: Context) -> None:
    sequence = Sequence(context)
    prompts = [eyes.projector.prompt(["a ", picture(seed), " b"]) for seed in (1, 2)]
    start, _ = first_picture(prompts[0])
    sequence.feed(prompts[0])
    assert sequence.align(prompts[1]) in ((0, start) if eyes.forgets else (start,))
    sequence.feed(prompts[1][len(sequence) :])
    assert_close(sequence.logits, fresh(eyes, prompts[1]))


@pytest.mark.parametrize("end", ["picture", "text"])
def test_states_and_checkpoints(eyes: Seer, context: Context, tmp_path: Path, end: str) -> None:
    prompt = eyes.projector.prompt(PARTS)
    _, stop = first_picture(prompt)
    n = stop if end == "picture" else len(prompt) - 2
    expected = fresh(eyes, prompt)
    sequence = Sequence(context)
    sequence.feed(prompt[:n])
    state, checkpoint = State.from_bytes(sequence.snapshot().to_bytes()), sequence.checkpoint()
    assert list(state.tokens) == prompt[:n]
    sequence.save(tmp_path / "state")
    for restored in (checkpoint, state, None):
        sequence.feed([300, 301])
        if restored is None:
            assert sequence.load(tmp_path / "state") == n
        else:
            sequence.restore(restored)
        assert sequence.tokens == prompt[:n]
        assert sequence.align(prompt) == n
        sequence.feed(prompt[n:])
        assert_close(sequence.logits, expected)
        sequence.align(prompt[:n])
        sequence.feed(prompt[len(sequence) : n])
    with eyes.context() as other:
        elsewhere = Sequence(other)
        elsewhere.restore(state)
        elsewhere.feed(prompt[n:])
        assert_close(elsewhere.logits, expected)


def test_a_state_of_a_part_of_a_picture(eyes: Seer, context: Context) -> None:
    prompt = eyes.projector.prompt(PARTS)
    start, stop = first_picture(prompt)
    sequence = Sequence(context)
    sequence.feed(prompt[:stop])
    for n in (start, start + 1, stop - 1):
        state = context.snapshot(0, tokens=[int(token) for token in prompt[:n]])
        with eyes.context() as other, pytest.raises(StateError):
            Sequence(other).restore(state)


@pytest.mark.parametrize("kv_unified", [True, False])
def test_forks(eyes: Seer, *, kv_unified: bool) -> None:
    prompt = eyes.projector.prompt(PARTS)
    with eyes.context(n_seq_max=3, kv_unified=kv_unified, n_ctx=1536) as context:
        sequence = Sequence(context)
        sequence.feed(prompt[:-3])
        forked = sequence.fork()
        sequence.feed([300, 301])
        forked.feed(prompt[-3:])
        assert_close(forked.logits, fresh(eyes, prompt))
        forked.close()
        sequence.rewind(0)
        made = generate_many(sequence, prompt, SamplingParams(seed=1, max_tokens=8, ignore_eos=True), n=2)
        for i, completion in enumerate(made):
            with eyes.context() as other:
                params = SamplingParams(seed=1 + i, max_tokens=8, ignore_eos=True)
                assert generate(Sequence(other), prompt, params).tokens == completion.tokens


def test_what_is_refused_is_refused_before_anything_is_decoded(eyes: Seer, context: Context) -> None:
    sequence, prompt = Sequence(context), eyes.projector.prompt(PARTS)
    start, stop = first_picture(prompt)
    text = prompt[:start]
    wrong = {
        "cut before": prompt[start + 1 :],
        "cut behind": prompt[: stop - 1],
        "cut out": prompt[: start + 2] + prompt[stop - 2 :],
        "text in it": prompt[: start + 2] + [300] * 50,
        "not at hand": [int(token) for token in prompt],
    }
    for tokens in wrong.values():
        with pytest.raises(MediaError, match="it is decoded whole|not at hand"):
            sequence.feed([*text, *tokens])
        with pytest.raises((MediaError, ValueError)):
            generate(sequence, [*text, *tokens, 300], GREEDY)
    with pytest.raises(MediaError, match="ends with a picture"):
        generate(sequence, prompt[:stop], GREEDY)
    with pytest.raises(ValueError, match="prompt_logprobs are of a prompt of text"):
        generate(sequence, prompt, SamplingParams(prompt_logprobs=1))
    assert (len(sequence), context.memory.pos_max(0), context.ledger.n_decoded) == (0, -1, 0)
    sequence.feed(prompt)
    for n in (start + 1, stop - 1):
        with pytest.raises(ContextError):
            sequence.discard(n, stop + 1)
    assert sequence.tokens == prompt


@pytest.mark.parametrize("options", [{"n_ubatch": 8}, {"n_batch": 8}])
def test_a_picture_that_is_decoded_at_once_must_fit(gemma: Seer, options: dict[str, Any]) -> None:
    prompt = gemma.projector.prompt(PARTS)
    with gemma.context(**options) as context:
        sequence = Sequence(context)
        for use in (sequence.feed, lambda tokens: generate(sequence, tokens, GREEDY)):
            with pytest.raises(ContextError, match="is decoded at once, but n_ubatch=8 and n_batch="):
                use(prompt)
        assert (len(sequence), context.ledger.n_decoded, context.causal_attn) == (0, 0, True)
    with gemma.context(n_ubatch=9, n_batch=9) as context:
        sequence = Sequence(context)
        sequence.feed(prompt)
        assert_close(sequence.logits, fresh(gemma, prompt))


def test_attention_is_as_it_was(eyes: Seer, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    sequence, prompt = Sequence(context), eyes.projector.prompt(PARTS)
    sequence.feed(prompt)
    assert (context.ledger.n_altered, context.causal_attn) == (0, True)
    assert sequence.align(prompt) == len(prompt)
    sequence.rewind(0)
    monkeypatch.setattr(context, "decode", lambda batch: 1 // len(batch.tokens))
    with pytest.raises(ZeroDivisionError):
        sequence.feed(prompt)
    assert (context.ledger.n_altered, context.causal_attn) == (0, True)
    monkeypatch.undo()
    context.set_causal_attn(False)
    sequence.rewind(0)
    sequence.feed(prompt)
    assert (context.ledger.n_altered, context.causal_attn) == (1, False)


def test_an_aborted_decode_leaves_whole_pictures(eyes: Seer) -> None:
    prompt, entered = eyes.projector.prompt(PARTS), Interrupt.__enter__
    expected = fresh(eyes, prompt)
    ends = {0, *(sum(map(len, list(runs(prompt))[:i])) for i in range(len(list(runs(prompt)))))}
    with eyes.context(n_batch=9, n_ubatch=9) as context:
        for nth in range(1, 16):
            sequence = Sequence(context)
            left = nth

            def stopped(self: Interrupt) -> Interrupt:
                nonlocal left
                entered(self)
                left -= 1
                self.c.stop = int(left == 0)
                return self

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(Interrupt, "__enter__", stopped)
                try:
                    sequence.feed(prompt)
                except DecodeAborted:
                    assert sequence.tokens == prompt[: len(sequence)]
                    n = len(sequence)
                    inside = any(start < n < stop for start, stop in pairwise(sorted(ends)) if prompt[start] < 0)
                    assert not inside
            sequence.align(prompt)
            sequence.feed(prompt[len(sequence) :])
            assert_close(sequence.logits, expected)
            sequence.close()


def test_guesses_leave_the_answer_alone(eyes: Seer, tiny_llama: Path, tmp_path: Path) -> None:
    again = [*PARTS, picture(1), " and then "]  # what came there before was a picture
    with eyes.context() as context, Model(tiny_llama) as model, DraftModel(model, n_ctx=256, p_min=0) as draft:
        sequence, prompt = Sequence(context), eyes.projector.prompt(again)
        expected = generate(sequence, prompt, GREEDY).tokens
        predictors: list[Any] = [PromptLookup(), draft]
        predictors += [Eagle3(Model(write_eagle3(tmp_path / "eagle.gguf")))] if eyes.kind == "llava" else []
        for predictor in predictors:
            assert generate(sequence, prompt, GREEDY, predictor=predictor).tokens == expected


def test_one_projector_is_not_another(eyes: Seer) -> None:
    with Projector(eyes.model, eyes.projector.path, n_threads=1, image_max_tokens=32) as other:
        assert eyes.projector.prompt(["a", picture(1)]) != other.prompt(["a", picture(1)])
        assert eyes.projector.prompt(["a"]) == other.prompt(["a"])
