"""Holding the first tokens to the bytes that a prompt ended in."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest

from llamacffi import Batch, Dist, Greedy, Healing, LlamaError, LogitBias, Model, SamplerChain, Temperature, TopK, Vocab
from tests.models import random_logits, spm_vocab, write_bert, write_bigram, write_t5
from tests.models.reference import softmax

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKENS = spm_vocab(extra=["http", "://", ":=", "ab", "abc", "bc", "ö", "öße", "<|im_"])


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    path = tmp_path_factory.mktemp("healing") / "healing.gguf"
    with Model(write_bigram(path, random_logits(len(TOKENS)), TOKENS)) as model:
        yield model


@pytest.fixture(scope="module", params=["spm", "wpm", "ugm"])
def any_vocab(
    request: pytest.FixtureRequest, model: Model, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Vocab]:
    if request.param == "spm":
        yield model.vocab
        return
    path = tmp_path_factory.mktemp(request.param) / "model.gguf"
    with Model(write_bert(path) if request.param == "wpm" else write_t5(path)) as other:
        yield other.vocab


def ids(*texts: str) -> set[int]:
    return {TOKENS.ids[text] for text in texts}


def left(chain: SamplerChain) -> set[int]:
    return set(chain.apply(np.zeros(len(TOKENS), np.float32)).ids.tolist())


def test_what_is_left_is_drawn_as_if_there_were_nothing_else(model: Model) -> None:
    logits = random_logits(len(TOKENS), seed=3)[0]
    allowed = sorted({*ids(":", "://", ":="), TOKENS.byte(ord(":"))})
    with SamplerChain(Healing(b":"), Temperature(0.7), Dist(1), vocab=model.vocab) as chain:
        candidates = chain.apply(logits)
    assert sorted(candidates.ids.tolist()) == allowed
    expected = dict(zip(allowed, softmax(logits[allowed].astype(np.float64) / 0.7), strict=True))
    for token, p in zip(candidates.ids.tolist(), candidates.p, strict=True):
        assert p == pytest.approx(expected[token], rel=1e-5)


def test_the_text_may_come_in_pieces(model: Model) -> None:
    a, b, c = (TOKENS.byte(ord(each)) for each in "abc")
    everything = set(range(len(TOKENS)))
    with SamplerChain(Healing(b"ab"), Greedy(), vocab=model.vocab) as chain:
        assert left(chain) == {*ids("a", "ab", "abc"), a}
        chain.accept(a)
        assert left(chain) == {*ids("b", "bc"), b}
        with chain.clone() as clone:
            clone.accept(TOKENS.ids["bc"])
            assert left(clone) == everything
        assert left(chain) == {*ids("b", "bc"), b}
        chain.reset()
        assert left(chain) == {*ids("a", "ab", "abc"), a}
        chain.accept(TOKENS.ids["ab"])
        assert left(chain) == everything
        chain.reset()
        chain.accept(c)  # that was forced upon it, and what the text was does not matter any more
        assert left(chain) == everything


def test_characters_of_several_bytes(model: Model) -> None:
    first, second = (TOKENS.byte(byte) for byte in "ö".encode())
    with SamplerChain(Healing("ö".encode()), Greedy(), vocab=model.vocab) as chain:
        assert left(chain) == {*ids("ö", "öße"), first}
        chain.accept(first)
        assert left(chain) == {second}
    with SamplerChain(Healing("ö".encode()[1:]), Greedy(), vocab=model.vocab) as chain:
        assert left(chain) == {second}


def test_control_tokens_spell_nothing(model: Model) -> None:
    with SamplerChain(Healing(b"<|im"), Greedy(), vocab=model.vocab) as chain:
        assert left(chain) == {*ids("<", "<|im_"), TOKENS.byte(ord("<"))}
    with SamplerChain(Healing(b"</s"), Greedy(), vocab=model.vocab) as chain:
        assert left(chain) == {*ids("<"), TOKENS.byte(ord("<"))}


def test_the_prompt_is_not_what_it_holds_to(model: Model) -> None:
    with SamplerChain(Healing(b":"), Greedy(), vocab=model.vocab) as chain:
        chain.accept(sorted(ids(":", "a")), grammar=False)
        assert left(chain) == {*ids(":", "://", ":="), TOKENS.byte(ord(":"))}


def test_every_text_of_three_bytes_allows_what_a_search_finds(any_vocab: Vocab) -> None:
    """The definition, over all tokens: one may come when it and some others after it spell the text."""
    pieces = any_vocab.pieces(list(any_vocab))
    alphabet = sorted({piece[i : i + 1] for piece in pieces for i in range(len(piece))})[::9]

    def spells(text: bytes) -> set[int]:
        return {
            token
            for token, piece in enumerate(pieces)
            if piece and token not in any_vocab.eog_tokens
            if piece.startswith(text) or (text.startswith(piece) and spells(text[len(piece) :]))
        }

    texts = [b"".join(each) for each in itertools.product(alphabet, repeat=3)][::37]
    texts += [piece[:3] for piece in pieces if len(piece) > 3][::11]
    # No token of the vocabularies without bytes goes on behind the first piece.
    texts += [piece[:3] + b"\xff" for piece in pieces if len(piece) > 1][::29]
    zeros = np.zeros(len(any_vocab), np.float32)
    n_without = 0
    for text in texts:
        expected = spells(text)
        if expected:
            with SamplerChain(Healing(text), Greedy(), vocab=any_vocab) as chain:
                assert set(chain.apply(zeros).ids.tolist()) == expected
        else:
            n_without += 1
            with pytest.raises(ValueError, match="no tokens of the vocabulary spell"):
                SamplerChain(Healing(text), Greedy(), vocab=any_vocab)
    assert len(texts) - n_without > 10


def test_what_cannot_be(model: Model) -> None:
    with pytest.raises(ValueError, match="the text to heal is empty"):
        Healing(b"")
    with pytest.raises(ValueError, match="Healing needs the vocabulary"):
        SamplerChain(Healing(b":"), Greedy())
    with SamplerChain(TopK(1), Healing(b":"), Greedy(), vocab=model.vocab) as chain:
        logits = np.zeros(len(TOKENS), np.float32)
        logits[TOKENS.ids["ab"]] = 1
        with pytest.raises(LlamaError, match="no token is left: none continues what the prompt ended in"):
            chain.apply(logits)


def test_all_that_continue_it_forbidden(model: Model) -> None:
    forbidden = dict.fromkeys([*ids(":", "://", ":="), TOKENS.byte(ord(":"))], -np.inf)
    with (
        model.context(n_ctx=32, n_threads=1) as context,
        SamplerChain(Healing(b":"), LogitBias(forbidden), Greedy(), vocab=model.vocab) as chain,
    ):
        batch = Batch(1)
        batch.add(5, 0, output=True)
        context.decode(batch)
        with pytest.raises(LlamaError, match="no token is left"):
            chain.sample(context)
