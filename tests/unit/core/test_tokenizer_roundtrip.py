"""Text to tokens and back, for arbitrary text and every vocabulary that llama.cpp ships.

What comes back depends on the vocabulary's type. Each reference here is written from the original tokenizer's
description, not from llama.cpp.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llamacffi import TokenizeError, Vocab
from tests.models.shipped import BYTE_LEVEL, CLEANED, SHIPPED, SPM, shipped_vocab

quick = settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
thorough = settings(quick, max_examples=400, derandomize=False)

TEXT = st.text(max_size=60) | st.text("aé漢🦙 \n\t\x00\u2581'.!", max_size=60)
LATIN = st.text("abcXYZ 09\t\n.,!?'\u2019-_$~ÄÖÜéèñçøß", max_size=40)
WORDS = st.lists(st.sampled_from(("a", "it", "don", "'", "'s", "'m", "'ve", "'re", "?", "!", ".", ",")))

BEYOND_UNICODE = re.compile(rb"(\xf4[\x90-\xbf]|[\xf5-\xf7][\x80-\xbf])[\x80-\xbf]{2}")

with_every_vocabulary = pytest.mark.parametrize("name", SHIPPED)


def joined(vocab: Vocab, text: str | bytes) -> bytes:
    return b"".join(vocab.pieces(vocab.tokenize(text, add_special=False)))


def check_any_text(vocab: Vocab, text: str) -> None:
    """What holds for every vocabulary."""
    tokens = vocab.tokenize(text, add_special=False)
    assert all(token in vocab for token in tokens)
    # However they are asked for, the bytes of the tokens are the same.
    pieces = vocab.pieces(tokens)
    assert pieces == [vocab.piece(token) for token in tokens]
    assert "".join(vocab.stream(tokens)) == b"".join(pieces).decode(errors="replace")
    # The special ones stand around the text, and can be taken away.
    framed = vocab.tokenize(text)
    at = framed.index(tokens[0]) if tokens else 0
    assert framed[at : at + len(tokens)] == tokens
    # Each token has a place, in order, and in the text.
    same, places = vocab.tokenize_with_offsets(text)
    assert same == framed
    assert len(places) == len(framed)
    edges = [edge for place in places for edge in place]
    assert min(edges, default=0) >= 0
    assert max(edges, default=0) <= len(text)
    assert all(start <= end for start, end in places)
    assert [start for start, _ in places] == sorted(start for start, _ in places)


def unspeakable(vocab: Vocab) -> bytes:
    """The bytes that no token spells alone: Falcon's and StarCoder's makers never met some, and they are dropped."""
    spelt = set(vocab.pieces(range(len(vocab))))
    return bytes(byte for byte in range(256) if bytes([byte]) not in spelt)


def check_spelling(name: str, vocab: Vocab, text: str, lost: bytes) -> None:
    """Vocabularies that spell every text."""
    spelt = joined(vocab, text)
    if name in BYTE_LEVEL:
        assert spelt == text.encode().translate(None, lost)
    else:  # a space is U+2581 inside, so that both come back as a space
        space = " " if text and name in SPM else ""
        assert spelt == (space + text.replace("\u2581", " ")).encode()
    if name not in CLEANED:
        tokens = vocab.tokenize(text, add_special=False)
        assert vocab.detokenize(tokens) == (spelt if name in BYTE_LEVEL else spelt.removeprefix(b" ")).decode()


@with_every_vocabulary
def test_any_text(llama_cpp: Path, name: str) -> None:
    vocab = shipped_vocab(llama_cpp, name)
    quick(given(TEXT)(lambda text: check_any_text(vocab, text)))()


@pytest.mark.parametrize("name", [*BYTE_LEVEL, *SPM, "gemma-4"])
def test_any_text_comes_back(llama_cpp: Path, name: str) -> None:
    vocab = shipped_vocab(llama_cpp, name)
    lost = unspeakable(vocab) if name in BYTE_LEVEL else b""
    assert not set(lost) & set(range(0x20, 0x7F))
    quick(given(TEXT)(lambda text: check_spelling(name, vocab, text, lost)))()


@pytest.mark.slow
@with_every_vocabulary
def test_many_texts(llama_cpp: Path, name: str) -> None:
    vocab = shipped_vocab(llama_cpp, name)
    thorough(given(TEXT)(lambda text: check_any_text(vocab, text)))()
    if name in (*BYTE_LEVEL, *SPM, "gemma-4"):
        lost = unspeakable(vocab) if name in BYTE_LEVEL else b""
        thorough(given(TEXT)(lambda text: check_spelling(name, vocab, text, lost)))()


def words_of_bert(text: str) -> list[str]:
    """BERT's basic tokenizer: lower case, no accents, punctuation alone (Devlin et al., tokenization.py)."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if unicodedata.category(c) != "Mn")
    spaced = (f" {c} " if unicodedata.category(c)[0] == "P" or c in "$+<=>^`|~" else c for c in plain)
    return "".join(spaced).split()


def test_wordpiece_gives_the_normalised_words_back(llama_cpp: Path) -> None:
    vocab = shipped_vocab(llama_cpp, "bert-bge")

    @quick
    @given(LATIN)
    def check(text: str) -> None:
        assert joined(vocab, text).decode() == "".join(f" {word}" for word in words_of_bert(text))

    check()


def test_unigram_gives_the_text_back_with_single_spaces(llama_cpp: Path) -> None:
    vocab = shipped_vocab(llama_cpp, "nomic-bert-moe")

    @quick
    @given(LATIN)
    def check(text: str) -> None:
        words = unicodedata.normalize("NFKC", text).split()
        assert joined(vocab, text).decode().rstrip(" ") == "".join(f" {word}" for word in words)

    check()


def cleaned(text: str) -> str:
    """`clean_up_tokenization` of Hugging Face's transformers, but for " n't", which llama.cpp leaves as it is."""
    for mark in ".?!,":
        text = text.replace(f" {mark}", mark)
    text = text.replace(" ' ", "'")
    for end in ("'m", "'s", "'ve", "'re"):
        text = text.replace(f" {end}", end)
    return text


@pytest.mark.parametrize("name", [name for name in CLEANED if name in BYTE_LEVEL])
def test_detokenize_cleans_up(llama_cpp: Path, name: str) -> None:
    vocab = shipped_vocab(llama_cpp, name)

    @quick
    @given(WORDS)
    def check(words: list[str]) -> None:
        text = "it " + " ".join(words)
        assert vocab.detokenize(vocab.tokenize(text, add_special=False)) == cleaned(text)

    check()


@with_every_vocabulary
def test_a_batch_is_its_texts(llama_cpp: Path, name: str) -> None:
    vocab = shipped_vocab(llama_cpp, name)

    @settings(quick, max_examples=10)
    @given(st.lists(TEXT, max_size=6), st.integers(1, 3))
    def check(texts: list[str], n_threads: int) -> None:
        assert vocab.tokenize_batch(texts, n_threads=n_threads) == [vocab.tokenize(text) for text in texts]

    check()


@with_every_vocabulary
def test_control_tokens_must_be_asked_for(llama_cpp: Path, name: str) -> None:
    vocab = shipped_vocab(llama_cpp, name)
    named = {token for token in (*vocab.special_tokens.values(), *vocab.eog_tokens) if token is not None}
    control = {token for token in named if vocab.is_control(token)}
    assert control

    @quick
    @given(st.sampled_from(sorted(control)), LATIN, LATIN)
    def check(token: int, before: str, after: str) -> None:
        text = before + vocab.text(token) + after
        plain = vocab.tokenize(text, add_special=False)
        # A word that WPM does not know is [UNK], which is a control token there, and not what the text says.
        assert not {t for t in plain if vocab.is_control(t) and "unknown" not in vocab.attributes(t)}
        assert token in vocab.tokenize(text, add_special=False, parse_special=True)
        if name in BYTE_LEVEL:
            assert b"".join(vocab.pieces(plain)) == text.encode()

    check()


@with_every_vocabulary
def test_bytes_that_are_no_text(llama_cpp: Path, name: str) -> None:
    vocab = shipped_vocab(llama_cpp, name)

    @quick
    @given(st.binary(max_size=40))
    def check(data: bytes) -> None:
        if name not in SPM and BEYOND_UNICODE.search(data):
            return  # the next test's
        tokens, places = vocab.tokenize_with_offsets(data)
        assert len(tokens) == len(places)
        if name in SPM:
            assert joined(vocab, data) == (b" " + data if data else b"")

    check()


@pytest.mark.parametrize("name", [*BYTE_LEVEL, "gemma-4", "bert-bge"])
def test_beyond_unicode_is_an_error(llama_cpp: Path, name: str) -> None:
    vocab = shipped_vocab(llama_cpp, name)
    for padding in (b"", b"a b " * 10_000):  # on this thread, and on one of the tokenizer's own
        with pytest.raises(TokenizeError, match="invalid codepoint"):
            vocab.tokenize(padding + b"\xf7\xbf\xbf\xbf")
        with pytest.raises(TokenizeError, match="text 1: .*invalid codepoint"):
            vocab.tokenize_batch([b"good", padding + b"\xf7\xbf\xbf\xbf"])
    assert vocab.tokenize("still good")


@with_every_vocabulary
def test_odd_texts(llama_cpp: Path, name: str) -> None:
    vocab = shipped_vocab(llama_cpp, name)
    assert vocab.tokenize("", add_special=False) == []
    assert vocab.tokenize_with_offsets("", add_special=False) == ([], [])
    assert vocab.tokenize_batch([]) == []
    assert vocab.detokenize([]) == ""
    with pytest.raises(TokenizeError, match="lone surrogate"):
        vocab.tokenize("a\udcff")
    with pytest.raises(TokenizeError, match="text 1: .*lone surrogate"):
        vocab.tokenize_batch(["good", "a\udcff"])
    assert b"\x00".join((b"a", b"b")) in joined(vocab, "a\x00b") or vocab.type in {"wpm", "ugm"}
