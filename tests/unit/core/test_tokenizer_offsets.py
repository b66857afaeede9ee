"""Where each token stands in its text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llamacffi.core import offsets
from tests.models.shipped import BYTE_LEVEL, SPM, shipped_vocab

TEXT = st.text(max_size=60) | st.text("aé漢🦙 \n'.!", max_size=60)
quick = settings(max_examples=20, deadline=None, derandomize=True)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("gpt-2", "Hello, wörld", ["Hello", ",", " w", "ör", "ld"]),
        ("llama-bpe", "a 漢字", ["", "a", " 漢", "漢", "字"]),
        ("llama-spm", "Hello  world", ["", "Hello", " ", " world"]),
        ("llama-spm", "  Hi", ["", " ", " Hi"]),
        ("phi-3", "\u2581x", ["", "", "\u2581x"]),
        ("bert-bge", "Café,  DÉJÀ vu!", ["", "Café", ",", "DÉ", "JÀ", "vu", "!", ""]),
        ("bert-bge", "unaffable 🦙🦙 x", ["", "una", "ffa", "ble", "🦙🦙", "x", ""]),
        ("bert-bge", "e\u0301a", ["", "e\u0301a", ""]),
        ("nomic-bert-moe", "one   two", ["", "one", "   two", ""]),
        ("nomic-bert-moe", "Llo  ,w", ["", "Llo", "  ", ",", "w", ""]),
        ("nomic-bert-moe", "ﬁn", ["", "ﬁn", ""]),
        ("qwen2", "a 🦙 x", ["a", " 🦙", "🦙", "🦙", " x"]),
        ("gemma-4", "x \u2581y", ["", "x", " \u2581", "y"]),
    ],
)
def test_by_hand(llama_cpp: Path, name: str, text: str, expected: list[str]) -> None:
    tokens, places = shipped_vocab(llama_cpp, name).tokenize_with_offsets(text)
    assert [text[start:end] for start, end in places] == expected
    assert len(tokens) == len(places)


@pytest.mark.parametrize("name", [*BYTE_LEVEL, *SPM])
def test_the_bytes_at_the_place_are_the_token(llama_cpp: Path, name: str) -> None:
    vocab = shipped_vocab(llama_cpp, name)
    spelt = set(vocab.pieces(range(len(vocab))))

    @quick
    @given(TEXT)
    def check(text: str) -> None:
        data = text.replace("\u2581", "_").encode()
        if any(bytes([byte]) not in spelt for byte in data):
            return  # it is dropped
        tokens, places = vocab.tokenize_with_offsets(data, add_special=False)
        pieces = vocab.pieces(tokens)
        if pieces and name in SPM:
            pieces[0] = pieces[0].removeprefix(b" ")
        assert [data[start:end] for start, end in places] == pieces
        # Nothing of the text lies between two tokens.
        edges = [0, *(end for _, end in places)]
        assert edges[:-1] == [start for start, _ in places]
        assert edges[-1] == len(data)

    check()


@pytest.mark.parametrize("name", ["llama-spm", "phi-3", "llama-bpe", "bert-bge", "nomic-bert-moe", "gemma-4"])
def test_special_tokens_in_the_text(llama_cpp: Path, name: str) -> None:
    vocab = shipped_vocab(llama_cpp, name)
    token = vocab.eos if vocab.eos is not None else vocab.sep
    assert token is not None
    mark = vocab.text(token)
    text = f"ein {mark} zwei {mark}{mark} é"
    tokens, places = vocab.tokenize_with_offsets(text, add_special=False, parse_special=True)
    found = [(text[start:end], start) for t, (start, end) in zip(tokens, places, strict=True) if t == token]
    second = text.index("zwei") + 5
    assert found == [(mark, 4), (mark, second), (mark, second + len(mark))]
    words = "".join(text[start:end] for t, (start, end) in zip(tokens, places, strict=True) if t != token)
    assert "".join(words.split()) == "einzweié"


def test_places_in_characters() -> None:
    data = "aé漢🦙".encode()
    spans = [(0, 1), (1, 2), (2, 3), (3, 6), (6, 8), (8, 10), (10, 10)]
    assert offsets.characters(data, spans) == [(0, 1), (1, 2), (1, 2), (2, 3), (3, 4), (3, 4), (4, 4)]
    assert offsets.characters(b"abc", [(0, 2), (2, 3)]) == [(0, 2), (2, 3)]
    assert offsets.characters("é".encode(), []) == []


def test_unknown_tokens_share_what_is_left_to_them() -> None:
    known, unknown = offsets.Piece(b"ab"), offsets.Piece(b"<unk>", unknown=True)
    plain = offsets.Normalizer("spm")
    assert offsets.locate(b"ab?!ab", [known, unknown, unknown, known], plain) == [(0, 2), (2, 4), (2, 4), (4, 6)]
    assert offsets.locate(b"??", [unknown], plain) == [(0, 2)]
