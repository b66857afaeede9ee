"""Text to tokens and back; what the vocabulary holds is known, since the test's fabricator wrote it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from gguf import GGUFWriter, TokenType
from hypothesis import given, settings
from hypothesis import strategies as st

from llamacffi import ClosedError, Model, TokenizeError, ffi, lib
from tests.capabilities import needs
from tests.models import SpmVocab, random_logits, spm_vocab, write_bigram

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


def test_a_batch(vocab: Vocab) -> None:
    texts: list[str | bytes] = ["hello", "", b"\xff\x00", "🦙", "<s>" * 3, "a" * 50_000]
    for n_threads in (None, 1, 4):
        assert vocab.tokenize_batch(texts, n_threads=n_threads) == [vocab.tokenize(text) for text in texts]
    parsed = vocab.tokenize_batch(["<s>"], add_special=False, parse_special=True)
    assert parsed == [[vocab.bos]]
    assert vocab.tokenize_batch([]) == []


def test_places(vocab: Vocab) -> None:
    text = "hello <s>🦙"
    tokens, places = vocab.tokenize_with_offsets(text, parse_special=True)
    assert tokens == vocab.tokenize(text, parse_special=True)
    assert places[0] == (0, 0)
    assert places[tokens.index(1, 1)] == (6, 9)
    assert places[-4:] == [(9, 10)] * 4
    _, in_bytes = vocab.tokenize_with_offsets(text.encode(), parse_special=True)
    assert in_bytes[-4:] == [(9, 10), (10, 11), (11, 12), (12, 13)]


def test_every_special_token_by_name(vocab: Vocab, written: SpmVocab) -> None:
    special = vocab.special_tokens
    fim = {"fim_pre", "fim_suf", "fim_mid", "fim_pad", "fim_rep", "fim_sep"}
    assert set(special) == {"bos", "eos", "eot", "sep", "nl", "pad", "mask"} | fim
    named = {name: written.tokens[token] for name, token in special.items() if token is not None}
    assert named["bos"] == "<s>"
    assert named["eot"] == "<|im_end|>"
    assert named["fim_pre"] == "<|fim_prefix|>"
    assert named["fim_suf"] == "<|fim_suffix|>"
    assert named["fim_mid"] == "<|fim_middle|>"
    assert [written.tokens[token] for token in vocab.eog_tokens] == ["</s>", "<|im_end|>"]
    assert vocab.suppressed_tokens == ()


def test_pieces_of_any_length(tmp_path: Path) -> None:
    long = "x" * 5000
    written = spm_vocab(extra=(long,))
    path = write_bigram(tmp_path / "long.gguf", random_logits(len(written)), written)
    with Model(path) as model:
        vocab = model.vocab
        token = written.ids[long]
        assert vocab.piece(token) == long.encode()
        assert vocab.pieces([token, 1, token]) == [long.encode(), b"", long.encode()]
        assert vocab.detokenize([token] * 3) == long * 3
        assert vocab.tokenize(f"{long}y", add_special=False) == [token, written.ids["y"]]
        assert list(vocab.stream([token])) == [long]


def test_pieces(vocab: Vocab, written: SpmVocab) -> None:
    tokens = np.arange(len(vocab))
    assert vocab.pieces(tokens) == [vocab.piece(token) for token in vocab]
    assert vocab.pieces(tokens, special=True) == [vocab.piece(token, special=True) for token in vocab]
    assert vocab.pieces([written.byte(0), written.byte(255)]) == [b"\x00", b"\xff"]
    assert vocab.pieces([]) == []
    with pytest.raises(ValueError, match="token 512 is not in the vocabulary"):
        vocab.pieces([512])


def test_pieces_that_were_spelt_before(tmp_path: Path) -> None:
    """A few tokens at a time are remembered, and all when many were asked for; what is wrong stays wrong."""
    written = spm_vocab(2048)
    with Model(write_bigram(tmp_path / "model.gguf", random_logits(len(written)), written)) as model:
        vocab = model.vocab
        every = range(len(vocab))
        for special in (False, True):
            wanted = vocab.pieces(np.arange(len(vocab)), special=special)
            for _ in range(2):
                assert [vocab.pieces([token], special=special) for token in every] == [[piece] for piece in wanted]
        for wrong in (1.0, True, "a"):
            with pytest.raises(TypeError, match="one-dimensional sequence of ints"):
                vocab.pieces([wrong])  # type: ignore[list-item]
        with pytest.raises(TypeError, match="special"):
            vocab.pieces([1], special=2)  # type: ignore[arg-type]
    with pytest.raises(ClosedError):
        vocab.pieces([1])


def test_a_stream_never_gives_half_a_character(vocab: Vocab) -> None:
    tokens = vocab.tokenize("é🦙", add_special=False)
    assert list(vocab.stream(tokens)) == ["", "é", "", "", "", "🦙"]
    assert list(vocab.stream(tokens[:-1])) == ["", "é", "", "", "", "\ufffd"]
    assert "".join(vocab.stream([1, *tokens], special=True)) == "<s>é🦙"


@needs("a WordPiece vocabulary without a separator")
def test_an_assertion_on_the_tokenizers_own_thread(tmp_path: Path) -> None:
    # Its texts should end in a token that it has not.
    path = tmp_path / "no_sep.gguf"
    writer = GGUFWriter(path, "bert")
    for add in (writer.add_context_length, writer.add_embedding_length, writer.add_block_count, writer.add_head_count):
        add(1)
    writer.add_tokenizer_model("bert")
    writer.add_token_list(["[UNK]", "[CLS]", "\u2581a"])
    writer.add_token_types([TokenType.UNKNOWN, TokenType.CONTROL, TokenType.NORMAL])
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    with Model(path, vocab_only=True) as model:
        assert model.vocab.tokenize("a a", add_special=False) == [2, 2]
        for text in ("a", "a " * 10_000):
            with pytest.raises(TokenizeError, match="special_sep_id"):
                model.vocab.tokenize(text)
            with pytest.raises(TokenizeError, match="special_sep_id"):
                model.vocab.tokenize_batch([text] * 8, n_threads=3)
        assert model.vocab.tokenize("a", add_special=False) == [2]


@pytest.mark.parametrize("wrong", [5, None, ["a"]])
def test_a_text_is_str_or_bytes(vocab: Vocab, wrong: Any) -> None:
    with pytest.raises(TypeError, match="a text must be str or bytes, not"):
        vocab.tokenize(wrong)
    with pytest.raises(TypeError, match="a text must be str or bytes, not"):
        vocab.tokenize_batch(["a", wrong])


def test_a_batch_is_not_one_text(vocab: Vocab) -> None:
    with pytest.raises(TypeError, match="wants several texts"):
        vocab.tokenize_batch("abc")


def test_many_tokens_are_those_of_c(vocab: Vocab) -> None:
    text = ("the llama said ü " * 2000).encode()
    room = ffi.new("llama_token[]", len(text) + 16)
    n = lib.llama_tokenize(vocab.ptr, text, len(text), room, len(text) + 16, True, False)
    assert n > 4096
    expected = ffi.unpack(room, n)
    assert vocab.tokenize(text) == expected
    assert vocab.tokenize_batch([text, b"a", text], n_threads=1) == [expected, vocab.tokenize("a"), expected]
    assert all(type(token) is int for token in vocab.tokenize(text))
