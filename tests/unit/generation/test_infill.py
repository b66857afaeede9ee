"""Filling in the middle: what the prompt is made of, and where the answer ends."""

from __future__ import annotations

import contextlib
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest

from llamacffi import (
    Dist,
    Infill,
    Model,
    SamplerChain,
    SamplingParams,
    Sequence,
    TokenizeError,
    TopK,
    Vocab,
    edit_gguf,
    generate,
    generate_tokens,
    infill_prompt,
)
from tests.models import SpmVocab, random_logits, spm_vocab, write_bigram
from tests.models.vocab import SPACE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def without_merges(*extra: str) -> SpmVocab:
    """A vocabulary in which every character is a token, and there are no others."""
    n_vocab = 300
    while True:
        with contextlib.suppress(ValueError):  # no room yet
            return spm_vocab(n_vocab, extra=extra)
        n_vocab += 1


TOKENS = without_merges("<|repo_name|>", "<|file_sep|>", "<GAP>")
PRE, SUF, MID, REP, SEP = (
    TOKENS.ids[text] for text in ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|repo_name|>", "<|file_sep|>")
)


def spelt(text: str, vocab: SpmVocab = TOKENS) -> list[int]:
    """A character is a token, a line's end a byte."""
    return [vocab.byte(10) if each == "\n" else vocab.ids[each.replace(" ", SPACE)] for each in text]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """After <|fim_middle|> comes x, then y, then the token of the next file, or as likely as three others EOS."""
    logits = random_logits(len(TOKENS), seed=1, scale=0.5)
    for token, following in ((MID, "x"), (TOKENS.ids["x"], "y")):
        logits[token, TOKENS.ids[following]] += 30
    logits[TOKENS.ids["y"], SEP] += 30
    logits[TOKENS.ids["z"]] = -30
    logits[TOKENS.ids["z"], [TOKENS.eos, *spelt("abc")]] = np.log([0.3, 0.4, 0.2, 0.1])
    path = tmp_path_factory.mktemp("infill") / "infill.gguf"
    return write_bigram(path, logits.astype(np.float32), TOKENS)


@pytest.fixture(scope="module")
def model(path: Path) -> Iterator[Model]:
    with Model(path) as model:
        yield model


@pytest.fixture
def vocab(model: Model) -> Vocab:
    return model.vocab


def test_the_two_orders(vocab: Vocab) -> None:
    prefix, suffix = "def f(a):\n  ", "\nprint(f(1))"
    psm = [TOKENS.bos, PRE, *spelt(prefix), SUF, *spelt(suffix), MID]
    assert infill_prompt(vocab, prefix, suffix) == psm
    assert infill_prompt(vocab, prefix, suffix, order="psm") == psm
    spm = [TOKENS.bos, SUF, *spelt(suffix), PRE, *spelt(prefix), MID]
    assert infill_prompt(vocab, prefix, suffix, order="spm") == spm
    assert infill_prompt(vocab, "", "") == [TOKENS.bos, PRE, SUF, MID]


def test_the_line_that_is_being_written_follows_the_prefix(vocab: Vocab) -> None:
    tokens = infill_prompt(vocab, "ab", "cd", prompt="  if")
    assert tokens == [TOKENS.bos, PRE, *spelt("ab  if"), SUF, *spelt("cd"), MID]
    tokens = infill_prompt(vocab, "ab", "cd", prompt="  if", order="spm")
    assert tokens == [TOKENS.bos, SUF, *spelt("cd"), PRE, *spelt("ab  if"), MID]


def test_other_files_come_first(vocab: Vocab) -> None:
    # [rep]repository, then [sep]name and text of each file, then [sep]name of this one: Qwen2.5-Coder's pattern.
    expected = [REP, *spelt("work\n"), SEP, *spelt("a.py\nA = 1\n"), SEP, *spelt("b.py\nB = 2"), SEP, *spelt("c.py\n")]
    gap = [PRE, *spelt("C ="), SUF, *spelt("\n"), MID]
    files = {"a.py": "A = 1\n", "b.py": "B = 2"}
    tokens = infill_prompt(vocab, "C =", "\n", extra=files, repo="work", filename="c.py")
    assert tokens == [TOKENS.bos, *expected, *gap]
    pairs = infill_prompt(vocab, "C =", "\n", extra=list(files.items()), repo="work", filename="c.py")
    assert pairs == tokens


def test_without_a_token_for_files_they_are_snippets(tmp_path: Path) -> None:
    plain = without_merges()
    path = write_bigram(tmp_path / "plain.gguf", random_logits(len(plain)), plain)
    with Model(path) as model:
        tokens = infill_prompt(model.vocab, "C", "D", extra={"a.py": "A", "b.py": "B"})
    files = spelt("\n\n--- snippet ---\n\nA\n\n--- snippet ---\n\nB", plain)
    pre, suf, mid = (plain.ids[f"<|fim_{name}|>"] for name in ("prefix", "suffix", "middle"))
    assert tokens == [plain.bos, *files, pre, *spelt("C", plain), suf, *spelt("D", plain), mid]


def test_a_long_prefix_loses_its_beginning_and_a_long_suffix_its_end(vocab: Vocab) -> None:
    prefix, suffix = "abcdefghij" * 10, "0123456789" * 10
    # Of 64 tokens 48 are the prefix's; of the other 16 two are those that begin prefix and suffix.
    tokens = infill_prompt(vocab, prefix, suffix, n_batch=64)
    assert tokens == [TOKENS.bos, PRE, *spelt(prefix[-48:]), SUF, *spelt(suffix[:14]), MID]
    # What is to be continued is not cut, and takes from the suffix.
    tokens = infill_prompt(vocab, prefix, suffix, n_batch=64, prompt="if x:")
    assert tokens == [TOKENS.bos, PRE, *spelt(prefix[-48:] + "if x:"), SUF, *spelt(suffix[:9]), MID]
    assert infill_prompt(vocab, prefix, suffix, n_batch=0) == [TOKENS.bos, PRE, SUF, MID]
    # What fits is not cut; as in llama.cpp's server one does not get what the other leaves.
    tokens = infill_prompt(vocab, "ab", suffix, n_batch=64)
    assert tokens == [TOKENS.bos, PRE, *spelt("ab"), SUF, *spelt(suffix[:14]), MID]


@pytest.mark.parametrize(("n_ctx", "max_tokens"), [(64, None), (64, 16), (64, 40), (200, 20), (100, 84)])
def test_it_fits_in_the_context_with_the_answer(vocab: Vocab, n_ctx: int, max_tokens: int | None) -> None:
    files = {f"{name}.py": f"{name} = 1\n" * 10 for name in "uvw"}
    prefix, suffix = "abcdefghij" * 10, "0123456789" * 10
    room = n_ctx - (n_ctx // 4 if max_tokens is None else max_tokens)
    tokens = infill_prompt(vocab, prefix, suffix, extra=files, n_ctx=n_ctx, n_batch=128, max_tokens=max_tokens)
    assert room - 4 <= len(tokens) <= room
    # The end of the files is what is kept of them, after BOS.
    at = tokens.index(PRE)
    whole = [token for name, text in files.items() for token in [SEP, *spelt(f"{name}\n{text}")]]
    assert tokens[:at] == [TOKENS.bos, *whole[len(whole) - (at - 1) :]]
    assert tokens[-1] == MID


def test_files_get_what_prefix_and_suffix_leave(vocab: Vocab) -> None:
    tokens = infill_prompt(vocab, "ab", "cd", extra={"u": "0123456789" * 10}, n_ctx=64, max_tokens=24)
    assert tokens == [TOKENS.bos, *spelt(("0123456789" * 4)[-32:]), PRE, *spelt("ab"), SUF, *spelt("cd"), MID]


def test_what_looks_like_a_control_token_is_text(vocab: Vocab) -> None:
    text = "<|fim_middle|></s><|im_end|>"
    expected = [TOKENS.bos, REP, *spelt(text + "\n"), SEP, *spelt(text + "\n" + text), SEP, *spelt(text + "\n")]
    expected += [PRE, *spelt(text), SUF, *spelt(text), MID]
    assert infill_prompt(vocab, text, text, extra={text: text}, repo=text, filename=text) == expected


def test_nor_is_a_token_that_the_file_types_as_text(path: Path, tmp_path: Path) -> None:
    # <GAP> is a user-defined token, which is found in any text, and here it is what begins the gap.
    gap = TOKENS.ids["<GAP>"]
    edited = edit_gguf(path, tmp_path / "gap.gguf", {"tokenizer.ggml.fim_mid_token_id": np.uint32(gap)})
    with Model(edited) as model:
        assert model.vocab.tokenize("a<GAP>", add_special=False) == [*spelt("a"), gap]
        tokens = infill_prompt(model.vocab, "a<GAP><GAP>b\0c", "<GAP>")
    text = [*spelt("a<GAP><GAP>b"), TOKENS.byte(0), *spelt("c")]
    assert tokens == [TOKENS.bos, PRE, *text, SUF, *spelt("<GAP>"), gap]


def test_no_space_is_put_before_what_follows_the_gap(path: Path, tmp_path: Path) -> None:
    edited = edit_gguf(path, tmp_path / "spaced.gguf", {"tokenizer.ggml.add_space_prefix": True})
    with Model(edited) as model:
        assert model.vocab.tokenize("ab", add_special=False) == spelt(" ab")
        assert infill_prompt(model.vocab, "ab", "cd") == [TOKENS.bos, PRE, *spelt(" ab"), SUF, *spelt("cd"), MID]
        assert infill_prompt(model.vocab, "", "\ncd") == [TOKENS.bos, PRE, SUF, *spelt("\ncd"), MID]
    # Nor inside a text that has what looks like a token.
    gap = TOKENS.ids["<GAP>"]
    edited = edit_gguf(edited, edited, {"tokenizer.ggml.fim_mid_token_id": np.uint32(gap)})
    with Model(edited) as model:
        tokens = infill_prompt(model.vocab, "a<GAP>b", "<GAP>c")
        assert tokens == [TOKENS.bos, PRE, *spelt(" a<GAP>b"), SUF, *spelt("<GAP>c"), gap]


def test_a_model_that_cannot(tmp_path: Path, bigram: Any) -> None:
    with Model(bigram.path) as model:
        with pytest.raises(TokenizeError, match=r"fim_rep \(the name of a repository follows\).*fim_rep_token_id"):
            infill_prompt(model.vocab, "a", "b", repo="work")
        with pytest.raises(TokenizeError, match=r"lacks fim_sep \(the next file follows\)"):
            infill_prompt(model.vocab, "a", "b", filename="c.py")
    texts = [text.replace("fim_", "fill_") for text in TOKENS.tokens]
    path = write_bigram(tmp_path / "no.gguf", random_logits(len(TOKENS)), TOKENS)
    path = edit_gguf(path, path, {"tokenizer.ggml.tokens": texts})
    missing = r"lacks fim_pre \(.*\) and fim_suf \(.*\) and fim_mid \(the gap follows\)"
    with Model(path) as model, pytest.raises(TokenizeError, match=missing):
        infill_prompt(model.vocab, "a", "b")
    # What the message says to do.
    ids = {"fim_pre": PRE, "fim_suf": SUF, "fim_mid": MID}
    overrides = {f"tokenizer.ggml.{name}_token_id": token for name, token in ids.items()}
    with Model(path, kv_overrides=overrides) as model:
        assert infill_prompt(model.vocab, "a", "b") == [TOKENS.bos, PRE, *spelt("a"), SUF, *spelt("b"), MID]


def test_what_cannot_be(vocab: Vocab) -> None:
    with pytest.raises(ValueError, match="order is 'pms', but must be"):
        infill_prompt(vocab, "a", "b", order=cast("Any", "pms"))
    with pytest.raises(ValueError, match="n_batch is -1"):
        infill_prompt(vocab, "a", "b", n_batch=-1)
    with pytest.raises(ValueError, match="max_tokens=60 leaves 4 of n_ctx=64 tokens"):
        infill_prompt(vocab, "a", "b", n_ctx=64, max_tokens=60)


def test_the_token_of_the_next_file_ends_the_answer(model: Model) -> None:
    with model.context(n_ctx=64, n_threads=1) as context:
        prompt = infill_prompt(model.vocab, "a", "b", n_ctx=context.n_ctx_seq)
        completion = generate(Sequence(context), prompt, SamplingParams(temperature=0, max_tokens=16))
    assert (completion.text, completion.tokens) == ("xy", tuple(spelt("xy")))
    assert completion.finish_reason == "stop"
    assert SEP in model.vocab.eog_tokens


def test_the_stage_for_it_ends_where_the_end_is_likely(model: Model) -> None:
    # EOS has 0.3 and there are 4 candidates: 4 * 0.3 is more than the 0.7 of the others (llama_sampler_init_infill).
    prompt = [TOKENS.bos, TOKENS.ids["z"]]
    with (
        model.context(n_ctx=64, n_threads=1) as context,
        SamplerChain(TopK(4), Infill(), Dist(1), vocab=model.vocab) as chain,
        SamplerChain(TopK(4), Dist(1), vocab=model.vocab) as plain,
    ):
        sequence = Sequence(context)
        chosen = {next(generate_tokens(sequence, prompt, chain)) for _ in range(20)}
        assert chosen == {TOKENS.eos}
        others = {next(islice(generate_tokens(sequence, prompt, plain), 1)) for _ in range(40)}
        assert others == {TOKENS.eos, *spelt("abc")}
