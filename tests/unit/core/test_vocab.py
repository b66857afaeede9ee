"""Text to tokens and back; what the vocabulary holds is known, since the test's fabricator wrote it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llamacffi import ClosedError, Model, TokenizeError
from tests.models import SpmVocab, spm_vocab

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from llamacffi import Vocab

_model: list[Model] = []


@pytest.fixture(scope="module")
def model(tiny_llama: Path) -> Iterator[Model]:
    with Model(tiny_llama) as model:
        _model.append(model)
        yield model
        _model.clear()


@pytest.fixture(scope="module")
def vocab(model: Model) -> Vocab:
    return model.vocab


@pytest.fixture(scope="module")
def written() -> SpmVocab:
    return spm_vocab(512)


def test_it_is_what_the_file_says(vocab: Vocab, written: SpmVocab) -> None:
    assert vocab.type == "spm"
    assert len(vocab) == vocab.n_tokens == len(written) == 512
    assert list(vocab) == list(range(512))
    assert [vocab.text(token) for token in vocab] == list(written.tokens)
    np.testing.assert_allclose([vocab.score(token) for token in vocab], written.scores, rtol=1e-6)


def test_special_tokens(vocab: Vocab, written: SpmVocab) -> None:
    special = {name: getattr(vocab, name) for name in ("bos", "eos", "eot", "sep", "nl", "pad", "mask", "fim_pre")}
    assert written.tokens[special["bos"]] == "<s>"
    assert written.tokens[special["eos"]] == "</s>"
    assert special["mask"] is None
    assert special["sep"] is None
    assert vocab.is_eog(special["eos"])
    assert not vocab.is_eog(special["bos"])
    assert vocab.is_control(special["bos"])
    assert vocab.attributes(special["bos"]) == {"control"}
    assert vocab.attributes(written.tokens.index("<0x41>")) == {"byte"}


def test_bos_is_added_where_the_model_asks(vocab: Vocab) -> None:
    plain = vocab.tokenize("hello", add_special=False)
    assert vocab.add_bos
    assert vocab.tokenize("hello") == [vocab.bos, *plain]
    assert vocab.tokenize("", add_special=False) == []


def test_control_tokens_in_text_need_to_be_asked_for(vocab: Vocab) -> None:
    text = "<|im_start|>"
    (token,) = vocab.tokenize(text, add_special=False, parse_special=True)
    assert vocab.is_control(token)
    plain = vocab.tokenize(text, add_special=False)
    assert token not in plain
    assert vocab.detokenize(plain) == text
    assert vocab.detokenize([token]) == ""
    assert vocab.detokenize([token], unparse_special=True) == text
    assert (vocab.piece(token), vocab.piece(token, special=True)) == (b"", text.encode())


def test_remove_special(vocab: Vocab) -> None:
    tokens = vocab.tokenize("hello")
    assert vocab.detokenize(tokens, remove_special=True, unparse_special=True) == "hello"
    assert vocab.detokenize(tokens, unparse_special=True) == "<s>hello"


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200))
@pytest.mark.usefixtures("model")
def test_any_text_comes_back(text: str) -> None:
    vocab = _model[0].vocab
    tokens = vocab.tokenize(text, add_special=False)
    assert vocab.detokenize(tokens) == text
    assert b"".join(map(vocab.piece, tokens)) == text.encode()


def test_a_character_may_be_several_tokens(vocab: Vocab) -> None:
    tokens = vocab.tokenize("🦙", add_special=False)
    assert b"".join(map(vocab.piece, tokens)) == "🦙".encode()
    assert len(tokens) == 4
    assert vocab.detokenize(tokens[:1]) == "\ufffd"


def test_bytes_need_not_be_text(vocab: Vocab) -> None:
    tokens = vocab.tokenize(b"a\xff\x00b", add_special=False)
    assert b"".join(map(vocab.piece, tokens)) == b"a\xff\x00b"


def test_a_megabyte(vocab: Vocab) -> None:
    text = "abc " * 250_000
    assert vocab.detokenize(vocab.tokenize(text, add_special=False)) == text


def test_detokenize_takes_arrays(vocab: Vocab) -> None:
    tokens = vocab.tokenize("some text", add_special=False)
    for array in (np.array(tokens, np.int32), np.array(tokens, np.int64), np.array(tokens, np.uint16), tuple(tokens)):
        assert vocab.detokenize(array) == "some text"
    assert vocab.detokenize([]) == ""


def test_a_lone_surrogate_is_refused(vocab: Vocab) -> None:
    with pytest.raises(TokenizeError, match=r"lone surrogate, '\\ud800' at 2"):
        vocab.tokenize("ab\ud800")


@pytest.mark.parametrize("wrong", [-1, 512, 2**31, -(2**31)])
def test_ids_out_of_range(vocab: Vocab, wrong: int) -> None:
    for call in (vocab.piece, vocab.text, vocab.score, vocab.attributes, vocab.is_eog, vocab.is_control):
        with pytest.raises(ValueError, match=f"token {wrong} is not in the vocabulary; its ids go from 0 to 511"):
            call(wrong)
    with pytest.raises(ValueError, match=f"token {wrong} is not"):
        vocab.detokenize([5, wrong, 6])
    assert wrong not in vocab
    assert 5 in vocab


@pytest.mark.parametrize("wrong", [[1.5], [[1, 2]], ["a"]])
def test_detokenize_wants_ints(vocab: Vocab, wrong: Any) -> None:
    with pytest.raises(TypeError, match="tokens must be a one-dimensional sequence of ints"):
        vocab.detokenize(wrong)


def test_a_vocabulary_keeps_its_model_and_not_the_other_way_round(tiny_llama: Path) -> None:
    vocab = Model(tiny_llama).vocab
    assert vocab.tokenize("hello")
    assert vocab.model.vocab is vocab
    vocab.model.close()
    with pytest.raises(ClosedError, match="this Model is closed"):
        vocab.tokenize("hello")


def test_threads_tokenize_side_by_side(vocab: Vocab) -> None:
    text, results = "a b c d e " * 2000, []
    expected = vocab.tokenize(text)
    threads = [threading.Thread(target=lambda: results.append(vocab.tokenize(text))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 8
