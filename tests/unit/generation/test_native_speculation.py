"""Guesses from hidden states: the answers are those without, and those that the tables make right are used."""

from __future__ import annotations

import gc
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llamacffi import (
    Context,
    ContextError,
    Model,
    NativeError,
    SamplingParams,
    Sequence,
    generate,
    stream_generate,
)
from llamacffi.core.speculative import NativeDraft
from llamacffi.generation.speculative import MTP, Eagle3
from tests.capabilities import needs
from tests.models import (
    random_logits,
    spm_vocab,
    write_bigram,
    write_eagle3,
    write_eagle3_table,
    write_llama,
    write_mtp,
    write_mtp_table,
)
from tests.models.exact import EXACT
from tests.unit.guessing import decode_every_guess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = needs("drafts from hidden states")

PROMPTS = ("the quick brown fox", [1, *range(280, 340)])
PARAMS = (
    SamplingParams(temperature=0, max_tokens=70, ignore_eos=True),
    SamplingParams(temperature=1, seed=5, max_tokens=70, ignore_eos=True),
    SamplingParams(temperature=0.8, seed=6, max_tokens=40, repeat_penalty=1.3, logit_bias={300: 3.0}),
)


@dataclass(frozen=True)
class Pair:
    """A model, and what guesses for it, of which the first of a draft is right or no better than chance."""

    target: Model
    predictor: MTP | Eagle3
    n_right: int
    """How many of a greedy draft are right."""

    def context(self, **options: Any) -> Context:
        return self.target.context(**{"n_ctx": 256, "n_threads": 1, **EXACT, **options})


@pytest.fixture(
    scope="module",
    params=["eagle3-token", "mtp-token", "eagle3-state", "mtp-state", "eagle3-chance", "mtp-chance"],
)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    kind, reads = request.param.split("-")
    folder, draft = tmp_path_factory.mktemp(request.param), None
    vocab = spm_vocab()
    n = len(vocab)
    # Each token has one that it is followed by, in one round of all of them: a greedy answer never stands still.
    order = np.random.RandomState(0).permutation(np.arange(3, n))
    after = np.arange(n)
    after[order] = np.roll(order, -1)
    logits, second = random_logits(n, scale=1.0), random_logits(n, seed=8, scale=1.0)
    logits[np.arange(n), after] += 8
    second[np.arange(n), after[after]] += 8
    guesses = logits if reads == "token" else second
    if reads == "chance":
        if kind == "eagle3":
            target, draft = write_llama(folder / "target.gguf"), write_eagle3(folder / "draft.gguf")
        else:
            target = write_mtp(folder / "target.gguf")
    elif kind == "eagle3":
        target = write_bigram(folder / "target.gguf", logits, vocab)
        draft = write_eagle3_table(folder / "draft.gguf", guesses, vocab, reads=reads)
    else:
        target = write_mtp_table(folder / "target.gguf", logits, guesses, vocab, reads=reads)
    with Model(target, load_mtp=kind == "mtp") as model:
        predictor = MTP(n_max=4) if draft is None else Eagle3(Model(draft), n_max=4)
        yield Pair(model, predictor, {"token": 4, "state": 1, "chance": 0}[reads])


@pytest.fixture
def forced(monkeypatch: pytest.MonkeyPatch) -> None:
    decode_every_guess(monkeypatch)


@pytest.mark.usefixtures("forced")
@pytest.mark.parametrize("params", PARAMS, ids=["greedy", "sampled", "penalised"])
def test_the_answer_is_the_one_without(pair: Pair, params: SamplingParams) -> None:
    plain, drafting = Sequence(pair.context()), Sequence(pair.context())
    for prompt in PROMPTS:  # one after another in one context: what was drafted for one is nothing to the next
        wanted = generate(plain, prompt, params)
        got = generate(drafting, prompt, params, predictor=pair.predictor)
        assert got.tokens == wanted.tokens
        assert got.text == wanted.text
        assert drafting.tokens == plain.tokens
        plain.rewind(0)
        drafting.rewind(0)


@pytest.mark.usefixtures("forced")
def test_what_the_table_makes_right_is_used(pair: Pair) -> None:
    got = generate(Sequence(pair.context()), "the quick brown fox", PARAMS[0], predictor=pair.predictor)
    speculation = got.finish.speculation
    assert speculation is not None
    n_drafts = speculation.n_drafted / 4
    if pair.n_right:
        # But for the last drafts, which the length of the answer cuts.
        assert speculation.n_accepted == pytest.approx(n_drafts * pair.n_right, abs=4)
        assert n_drafts == pytest.approx(70 / (1 + pair.n_right), abs=4)
    else:
        assert speculation.n_accepted < speculation.n_drafted / 4


@pytest.mark.usefixtures("forced")
def test_who_stops_reading_can_begin_anew(pair: Pair) -> None:
    sequence = Sequence(pair.context())
    wanted = generate(Sequence(pair.context()), "the lazy dog", PARAMS[1]).tokens
    for n in (1, 2, 7, 20):
        stream = stream_generate(sequence, "the lazy dog", PARAMS[1], predictor=pair.predictor)
        tokens: list[int] = []
        for chunk in stream:
            tokens += chunk.tokens
            if len(tokens) >= n:
                break
        stream.close()  # type: ignore[attr-defined]  # it is a generator
        assert tuple(tokens) == wanted[: len(tokens)]
    assert generate(sequence, "the lazy dog", PARAMS[1], predictor=pair.predictor).tokens == wanted


@pytest.mark.usefixtures("forced")
def test_to_the_end_of_the_context(pair: Pair) -> None:
    params = SamplingParams(temperature=0, ignore_eos=True)
    wanted = generate(Sequence(pair.context()), "a", params)
    got = generate(Sequence(pair.context()), "a", params, predictor=pair.predictor)
    assert got.tokens == wanted.tokens
    assert got.finish.reason == wanted.finish.reason
    assert len(got.tokens) > 200


@pytest.mark.usefixtures("forced")
def test_two_answers_in_turn(pair: Pair) -> None:
    context = pair.context(n_ctx=512, n_seq_max=2)
    prompts = ("the quick brown fox", "hello how are you")
    wanted = [generate(Sequence(pair.context()), prompt, PARAMS[1]).tokens for prompt in prompts]
    streams = [
        stream_generate(Sequence(context, seq_id), prompt, PARAMS[1], predictor=pair.predictor)
        for seq_id, prompt in enumerate(prompts)
    ]
    got: list[list[int]] = [[], []]
    for _ in range(80):
        for stream, tokens in zip(streams, got, strict=True):
            chunk = next(stream, None)
            tokens.extend(() if chunk is None else chunk.tokens)
    assert got == [list(tokens) for tokens in wanted]


@pytest.mark.usefixtures("forced")
def test_a_draft_that_fails_is_done_without(pair: Pair, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    def fail(*_args: object) -> Any:
        message = "assertion failed"
        raise NativeError(message)

    sequence = Sequence(pair.context())
    wanted = generate(Sequence(pair.context()), "the lazy dog", PARAMS[0]).tokens
    for name in ("draft", "process"):
        sequence.rewind(0)
        caplog.clear()
        with monkeypatch.context() as patched:
            patched.setattr(NativeDraft, name, fail)
            got = generate(sequence, "the lazy dog", PARAMS[0], predictor=pair.predictor)
        assert got.tokens == wanted
        assert got.finish.speculation is not None
        assert got.finish.speculation.n_accepted == 0
        assert [record.getMessage() for record in caplog.records] == [
            f"{pair.predictor!r} drafts no longer: assertion failed"
        ]
    assert generate(sequence, "the lazy dog", PARAMS[0], predictor=pair.predictor).tokens == wanted


def test_one_kind_of_draft_at_a_time(pair: Pair) -> None:
    context = pair.context()
    other = type(pair.predictor)(pair.predictor.draft, n_max=2)
    first = pair.predictor.start(context)
    second = pair.predictor.start(context)
    assert first.together is second.together
    with pytest.raises(ContextError, match="is at work in the context"):
        other.start(context)
    first.close()
    second.close()
    third = other.start(context)
    assert third.together is not first.together
    del first, second, third
    gc.collect()
    pair.predictor.start(context)
    context.close()


def test_a_context_is_not_kept_for_its_draft(pair: Pair) -> None:
    context = pair.context()
    generate(Sequence(context), "a", PARAMS[2], predictor=pair.predictor)
    seen = weakref.ref(context)
    del context
    gc.collect()
    assert seen() is None


def test_what_does_not_fit(tiny_llama: Path, tmp_path: Path) -> None:
    plain = Model(tiny_llama)
    for draft in (plain, None):
        with pytest.raises(ValueError, match="needs a draft of the architecture 'eagle3'"):
            Eagle3(draft)
    with pytest.raises(TypeError, match="draft must be"):
        MTP(tiny_llama)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="pass it to Eagle3"):
        MTP(Model(write_eagle3(tmp_path / "draft.gguf")))
    sequence = Sequence(plain.context(n_ctx=256, n_threads=1))
    with pytest.raises(ContextError, match="has no MTP layers"):
        generate(sequence, "a", PARAMS[2], predictor=MTP())
    assert len(generate(sequence, "a", PARAMS[2]).tokens) > 0
