"""Token healing: a prompt that ends in the middle of a token, and the answer that goes on there."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest

from llamacffi import (
    Healing,
    LlamaError,
    Model,
    ReasoningBudget,
    SamplingParams,
    Sequence,
    edit_gguf,
    generate,
    generate_many,
    stream_generate,
)
from llamacffi.generation.healing import heal
from tests.models import random_logits, spm_vocab, write_bigram
from tests.models.vocab import SPACE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKENS = spm_vocab(extra=["http", "://", ":=", "host", "öße", "abc", "abcdef"])
GREEDY = SamplingParams(temperature=0, max_tokens=2, token_healing=True)
P = {"://": 0.3, ":": 0.1, ":=": 0.1, "host": 0.5}


def ids(*texts: str) -> list[int]:
    return [TOKENS.ids[text] for text in texts]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    """After "http" comes "://" rather than ":", and after ":" a space; what follows is the host in any case."""
    logits = np.full((len(TOKENS), len(TOKENS)), -20.0)
    for text, p in P.items():
        logits[TOKENS.ids["http"], TOKENS.ids[text]] = np.log(p)
    following = {"://": "host", ":=": "host", ":": SPACE, "G": "öße", "öße": "host", "host": "host", "z": "abcdef"}
    for text, after in following.items():
        logits[TOKENS.ids[text], TOKENS.ids[after]] = 20
    logits[TOKENS.byte(0xC3), TOKENS.byte(0xB6)] = 20
    logits[TOKENS.byte(0xB6), TOKENS.ids["x"]] = 20
    logits += random_logits(len(TOKENS), scale=0.001)
    path = tmp_path_factory.mktemp("healing") / "healing.gguf"
    with Model(write_bigram(path, logits.astype(np.float32), TOKENS)) as model:
        yield model


@pytest.fixture
def sequence(model: Model) -> Iterator[Sequence]:
    with model.context(n_ctx=64, n_threads=1, n_seq_max=4, kv_unified=True) as context:
        yield Sequence(context)


def test_a_prompt_that_ends_in_the_middle_of_a_token(sequence: Sequence) -> None:
    plain = generate(sequence, "http:", SamplingParams(temperature=0, max_tokens=2))
    assert plain.tokens[0] == TOKENS.ids[SPACE]
    healed = generate(sequence, "http:", GREEDY)
    assert healed.tokens == (TOKENS.ids["://"], TOKENS.ids["host"])
    assert healed.text == "//host"
    assert sequence.tokens == [TOKENS.bos, *ids("http", "://")]
    assert (healed.usage.prompt_tokens, healed.usage.completion_tokens) == (2, 2)


def test_the_stream_begins_behind_the_prompt(sequence: Sequence) -> None:
    chunks = list(stream_generate(sequence, "http:", GREEDY))
    assert [chunk.text for chunk in chunks] == ["//", "host", ""]
    # A token that says nothing new comes with the next that does.
    forced = SamplingParams(temperature=0, max_tokens=2, token_healing=True, logit_bias={"://": -100, ":=": -100})
    chunks = list(stream_generate(sequence, "http:", forced))
    assert [(chunk.text, chunk.tokens) for chunk in chunks[:1]] == [(" ", tuple(ids(":", SPACE)))]


def test_the_first_token_is_drawn_among_those_that_continue_the_prompt(sequence: Sequence) -> None:
    """0.3, 0.1 and 0.1 of what the model gives after "http" are 0.6, 0.2 and 0.2 of what is allowed."""
    n = 600
    drawn = Counter(
        generate(
            sequence,
            "http:",
            SamplingParams(temperature=1, top_k=0, top_p=1, min_p=0, seed=seed, max_tokens=1, token_healing=True),
        ).tokens[0]
        for seed in range(n)
    )
    for text, p in {"://": 0.6, ":": 0.2, ":=": 0.2}.items():
        # Four standard deviations of a binomial count.
        assert abs(drawn[TOKENS.ids[text]] / n - p) < 4 * np.sqrt(p * (1 - p) / n)
    assert sum(drawn.values()) == sum(drawn[token] for token in ids("://", ":", ":="))


def test_characters_of_several_bytes(sequence: Sequence) -> None:
    tokens = [TOKENS.bos, *ids("G"), *map(TOKENS.byte, "ö".encode())]
    assert sequence.context.model.vocab.tokenize("Gö") == tokens
    healed = generate(sequence, "Gö", GREEDY)
    assert healed.text == "ßehost"
    assert healed.tokens == tuple(ids("öße", "host"))
    # By bytes, where the token is forbidden: none of them is told again.
    bytewise = SamplingParams(temperature=0, max_tokens=3, token_healing=True, logit_bias={"öße": -100})
    healed = generate(sequence, "Gö", bytewise)
    assert healed.tokens == (*map(TOKENS.byte, "ö".encode()), TOKENS.ids["x"])
    assert healed.text == "x"
    # A prompt of tokens may end in half a character; the other half is what the answer begins with.
    healed = generate(sequence, tokens[:-1], GREEDY)
    assert healed.tokens == tuple(ids("öße", "host"))
    assert healed.text == "\ufffdßehost"


def test_several_tokens_are_taken_off(sequence: Sequence) -> None:
    vocab = sequence.context.model.vocab
    assert vocab.tokenize("zabcd") == [TOKENS.bos, *ids("z", "abc", "d")]
    tokens, healing = heal(vocab, vocab.tokenize("zabcd"))
    assert (tokens, healing) == ([TOKENS.bos, *ids("z")], Healing(b"abcd"))
    assert generate(sequence, "zabcd", GREEDY).text.startswith("ef")


def test_what_there_is_not_to_heal(model: Model) -> None:
    vocab = model.vocab
    eot = TOKENS.eot
    for tokens in (
        [TOKENS.bos],  # the first is never taken off
        ids(":"),
        [TOKENS.bos, *ids("http"), eot],  # a control token
        [TOKENS.bos, *ids("z")],  # nothing longer begins so
        [TOKENS.bos, *ids("http", "host")],
    ):
        assert heal(vocab, tokens) == (tokens, None)
    # Behind a control token it goes on as behind any other.
    assert heal(vocab, [eot, *ids(":")]) == ([eot], Healing(b":"))
    # "<|" is not the beginning of <|im_end|>, as far as a text is concerned.
    assert heal(vocab, [TOKENS.bos, *ids("<", "|")]) == ([TOKENS.bos, *ids("<", "|")], None)


def test_what_ends_a_generation_is_not_taken_off(model: Model, tmp_path: Path) -> None:
    """Also where the file says of a token that is text that it is the end of the sequence."""
    edited = edit_gguf(model.path, tmp_path / "eos.gguf", {"tokenizer.ggml.eos_token_id": np.uint32(ids(":")[0])})
    tokens = [TOKENS.bos, *ids("http", ":")]
    assert heal(model.vocab, tokens)[1] == Healing(b":")
    with Model(edited) as other:
        assert other.vocab.piece(tokens[-1]) == b":"
        assert heal(other.vocab, tokens) == (tokens, None)


def test_stop_strings_are_looked_for_in_the_answer(sequence: Sequence) -> None:
    params = SamplingParams(temperature=0, max_tokens=4, token_healing=True, stop=":")
    assert generate(sequence, "http:", params).text == "//" + "host" * 3
    stopped = generate(sequence, "http:", SamplingParams(temperature=0, token_healing=True, stop="/h"))
    assert (stopped.text, stopped.finish.stop) == ("/", "/h")


def test_several_answers(sequence: Sequence) -> None:
    answers = generate_many(sequence, "http:", SamplingParams(seed=5, max_tokens=2, token_healing=True), n=4)
    alone = [
        generate(sequence, "http:", SamplingParams(seed=answer.seed, max_tokens=2, token_healing=True))
        for answer in answers
    ]
    assert [answer.text for answer in answers] == [answer.text for answer in alone]
    assert all(answer.tokens[0] in ids("://", ":", ":=") for answer in answers)


def test_what_cannot_be_right(sequence: Sequence) -> None:
    for options in (
        {"grammar": 'root ::= "a"'},
        {"choices": ["a", "b"]},
        {"regex": "a+"},
        {"schema": {"type": "string"}},
        {"reasoning_budget": ReasoningBudget(3)},
    ):
        with pytest.raises(ValueError, match="token_healing lets the answer begin with the prompt's end"):
            SamplingParams(token_healing=True, **options)
    with pytest.raises(TypeError, match="token_healing is 'yes', but must be True or False"):
        SamplingParams(token_healing="yes")  # type: ignore[arg-type]
    forbidden: dict[int | str, float] = dict.fromkeys([*ids(":", "://", ":="), TOKENS.byte(ord(":"))], -np.inf)
    with pytest.raises(LlamaError, match="no token is left"):
        generate(sequence, "http:", SamplingParams(temperature=0, token_healing=True, logit_bias=forbidden))


@pytest.mark.model
def test_the_default_model_writes_a_link(default_model: Path) -> None:
    """A prompt that ends in ":" makes a model that knows "://" as one token write something else (Microsoft 2023)."""
    params = SamplingParams(temperature=0, max_tokens=6)
    with Model(default_model) as model, model.context(n_ctx=128) as context:
        vocab = model.vocab
        assert len(vocab.tokenize("://", add_special=False)) == 1
        prompt = 'The link is <a href="http:'
        tokens, healing = heal(vocab, vocab.tokenize(prompt))
        assert healing is not None
        assert b"".join(vocab.pieces(tokens)) + healing.text == prompt.encode()
        healed = generate(Sequence(context), prompt, SamplingParams(temperature=0, max_tokens=6, token_healing=True))
        assert healed.text.startswith("//")
        plain = generate(Sequence(context), prompt, params)
        assert plain.tokens[0] != healed.tokens[0]
