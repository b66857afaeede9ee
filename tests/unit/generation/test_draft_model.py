"""A smaller model that guesses for another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from llamacffi import ContextError, Model, SamplingParams, Sequence, generate
from llamacffi.generation.speculative import DraftModel
from tests.models import spm_vocab, write_bigram, write_mamba
from tests.models.bigram import random_logits
from tests.models.exact import EXACT
from tests.unit.guessing import PROMPT, check, decode_every_guess

GREEDY = SamplingParams(temperature=0, max_tokens=24, ignore_eos=True)


@pytest.fixture(scope="module")
def model(tiny_llama: Path) -> Iterator[Model]:
    with Model(tiny_llama) as model:
        yield model


@pytest.fixture(scope="module")
def sequence(model: Model) -> Iterator[Sequence]:
    with model.context(n_ctx=256, n_threads=1, **EXACT) as context:
        yield Sequence(context)


@pytest.fixture
def forced(monkeypatch: pytest.MonkeyPatch) -> None:
    decode_every_guess(monkeypatch)


def test_the_model_itself_is_always_right(model: Model, sequence: Sequence, forced: None) -> None:
    with DraftModel(model, n_ctx=256, n_seq_max=1, p_min=0.0, n_threads=1, **EXACT) as draft:
        got = check(sequence, GREEDY, draft)
        assert got.speculation is not None
        assert got.speculation.n_accepted == got.speculation.n_drafted > 12


def test_another_model_is_right_as_often_as_it_agrees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two bigram models that differ in some rows: whether a guess is right is known for each token."""
    decode_every_guess(monkeypatch)
    vocab = spm_vocab()
    logits = random_logits(len(vocab))
    logits[:, vocab.eos] = logits[:, vocab.eot] = -9.0
    other = logits.copy()
    answer, token = [], 300
    for _ in range(12):
        token = int(logits[token].argmax())
        answer.append(token)
    wrong = answer[1]
    other[wrong] = np.roll(logits[wrong], 1)
    write_bigram(tmp_path / "target.gguf", logits, vocab)
    write_bigram(tmp_path / "draft.gguf", other, vocab)
    params = replace(GREEDY, max_tokens=12)
    with (
        Model(tmp_path / "target.gguf") as target,
        Model(tmp_path / "draft.gguf") as small,
        target.context(n_ctx=256, n_threads=1, **EXACT) as context,
        DraftModel(small, n_ctx=256, p_min=0.0, n_threads=1, **EXACT) as draft,
    ):
        got = check(Sequence(context), params, draft, [1, 300])
        assert list(got.tokens) == answer
        assert answer.count(wrong) == 1
        assert got.speculation is not None
        # Of 4 guesses in the first draft the ones after token 3 are wrong: it says what follows otherwise.
        assert got.speculation.n_drafted - got.speculation.n_accepted >= 1
        assert got.speculation.n_accepted >= 8


def test_guesses_that_are_not_sure_enough(model: Model, sequence: Sequence, forced: None) -> None:
    with DraftModel(model, n_ctx=256, n_seq_max=1, p_min=1.0, n_threads=1, **EXACT) as draft:
        got = check(sequence, GREEDY, draft)
        assert got.speculation is not None
        assert got.speculation.n_drafted == 0


def test_a_sequence_for_each_as_far_as_there_are(model: Model) -> None:
    with model.context(n_ctx=256, n_threads=1) as context, DraftModel(model, n_ctx=256, n_seq_max=2) as draft:
        one, other, third = (draft.start(context) for _ in range(3))
        for predictor in (one, other, third):
            predictor.reset(PROMPT)
        draft.p_min, draft._least = 0.0, -np.inf
        guesses = draft.predict_together([(one, 3), (other, 2), (third, 3)])
        assert guesses[0][:2] == guesses[1]
        assert [len(guess) for guess in guesses] == [3, 2, 0]
        other.close()
        assert list(third.predict(3)) == guesses[0]


def test_a_text_that_is_too_long_for_it(model: Model, sequence: Sequence, forced: None) -> None:
    with DraftModel(model, n_ctx=256, n_seq_max=1, p_min=0.0) as draft:
        predictor = draft.start(sequence.context)
        predictor.reset([300] * (draft.context.n_ctx_seq + 1))
        assert list(predictor.predict(4)) == []
        predictor.reset([300] * draft.context.n_ctx_seq)
        assert len(predictor.predict(4)) == 1


def test_another_vocabulary(tmp_path: Path, sequence: Sequence) -> None:
    vocab = spm_vocab(512, extra=["other"])
    path = write_bigram(tmp_path / "other.gguf", random_logits(len(vocab)), vocab)
    wrong = pytest.raises(ValueError, match="of their vocabularies")
    with Model(path) as other, DraftModel(other, n_ctx=256) as draft, wrong:
        generate(sequence, PROMPT, GREEDY, predictor=draft)


def test_a_model_that_cannot_step_back(tmp_path: Path) -> None:
    wrong = pytest.raises(ContextError, match="cannot step back")
    with Model(write_mamba(tmp_path / "mamba.gguf")) as model, wrong:
        DraftModel(model)


def test_a_p_min_that_is_none(model: Model) -> None:
    with pytest.raises(ValueError, match="p_min is 1.5"):
        DraftModel(model, p_min=1.5)
