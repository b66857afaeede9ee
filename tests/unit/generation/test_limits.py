"""When an answer ends: not before min_tokens, at a stop token, at a time, or when a function says so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import llamacffi.generation.answer as answer_module
import llamacffi.generation.start as start_module
from llamacffi import (
    After,
    Choices,
    Context,
    GrammarError,
    Model,
    Progress,
    ReasoningBudget,
    SamplingParams,
    Sequence,
    generate,
    stream_generate,
)
from tests.models import ScriptedModel, spm_vocab, write_bigram
from tests.models.bigram import random_logits

if TYPE_CHECKING:
    from collections.abc import Iterator

PROMPT = "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n"
GREEDY: dict[str, Any] = {"temperature": 0}


VOCAB = spm_vocab()
EAGER = random_logits(len(VOCAB), scale=0.5)
EAGER[:, VOCAB.eot] += 50


@pytest.fixture(scope="module")
def eager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    """A model that wants to end after every token."""
    path = write_bigram(tmp_path_factory.mktemp("eager") / "eager.gguf", EAGER, VOCAB)
    with Model(path) as model, model.context(n_threads=1, n_ctx=256) as context:
        yield context


def walk(context: Context, start: int, n: int, *, forbidden: tuple[int, ...] = ()) -> tuple[int, ...]:
    """The best tokens one after another, by the table, but for those that end an answer."""
    logits = EAGER.copy()
    ends = [token for token in range(len(VOCAB)) if context.model.vocab.is_eog(token)]
    logits[:, [*ends, *forbidden]] = -np.inf
    tokens: list[int] = []
    for _ in range(n):
        tokens.append(int(logits[tokens[-1] if tokens else start].argmax()))
    return tuple(tokens)


@pytest.mark.parametrize("n", [0, 1, 7, 100])
def test_the_model_does_not_end_before_min_tokens(eager: Context, n: int) -> None:
    # Penalties, of which the chain is told of the prompt too: its tokens are not those that count.
    params = SamplingParams(**GREEDY, min_tokens=n, presence_penalty=1e-9)
    completion = generate(Sequence(eager), [5, 6, 7, 300], params)
    assert completion.tokens == walk(eager, 300, n)
    assert (completion.finish_reason, completion.finish.stop_token) == ("stop", VOCAB.eot)


def test_nor_does_a_stop_token(eager: Context) -> None:
    first, second, third = walk(eager, 300, 3)
    sequence = Sequence(eager)
    params = SamplingParams(**GREEDY, ignore_eos=True, stop_tokens=second)
    completion = generate(sequence, [300], params)
    assert completion.tokens == (first,)
    assert (completion.finish_reason, completion.finish.stop_token) == ("stop", second)
    held = generate(sequence, [300], SamplingParams(**GREEDY, min_tokens=3, stop_tokens=[second, third]))
    assert held.tokens == walk(eager, 300, 3, forbidden=(second, third))


def test_a_constraint_that_is_whole_too_early_is_an_error(eager: Context) -> None:
    sequence = Sequence(eager)
    choices = Choices(["red"])
    assert generate(sequence, [300], SamplingParams(**GREEDY, grammar=choices)).text == "red"
    with pytest.raises(GrammarError, match="no token is left.*may end before as many tokens as min_tokens"):
        generate(sequence, [300], SamplingParams(**GREEDY, grammar=choices, min_tokens=20))
    said = {i: eager.model.vocab.piece(walk(eager, i, 1)[0]) for i in range(300, len(VOCAB))}
    start = next(i for i, piece in said.items() if piece.isalnum())
    begins = After(said[start].decode(), choices)
    budget = ReasoningBudget(1, start="x")
    with pytest.raises(GrammarError) as error:
        generate(sequence, [start], SamplingParams(**GREEDY, grammar=begins, min_tokens=20, reasoning_budget=budget))
    assert "min_tokens asks for" in str(error.value)
    assert "thoughts" not in str(error.value)


def test_a_stop_token_of_another_vocabulary_is_refused(sequence: Sequence) -> None:
    n = sequence.context.model.vocab.n_tokens
    with pytest.raises(ValueError, match=f"stop_tokens has {n}, but the vocabulary is 0 to {n - 1}"):
        stream_generate(sequence, PROMPT, SamplingParams(stop_tokens=[5, n]))


def test_stop_strings_are_not_looked_for_in_the_first_tokens(sequence: Sequence, scripted: ScriptedModel) -> None:
    text, tokens = scripted.script.text, scripted.script.tokens
    vocab = sequence.context.model.vocab
    for n in range(0, len(tokens), 3):
        begun = b"".join(map(vocab.piece, tokens[:n])).decode(errors="ignore")
        end = text.find("ll", len(begun))
        completion = generate(sequence, PROMPT, SamplingParams(**GREEDY, stop="ll", min_tokens=n))
        assert completion.text == (text if end < 0 else text[:end])
        assert completion.finish.stop == (None if end < 0 else "ll")


def test_time_is_looked_at_after_each_token(
    sequence: Sequence, scripted: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    for module in (answer_module, start_module):
        monkeypatch.setattr(module, "perf_counter", lambda: now[0])

    def a_second(progress: Progress) -> bool:
        now[0] += 1.0
        return False

    for seconds, n in ((0.0, 1), (1.0, 1), (2.5, 3), (7.0, 7)):
        params = SamplingParams(**GREEDY, max_time=seconds, stopping_criteria=a_second)
        completion = generate(sequence, PROMPT, params)
        assert completion.tokens == scripted.script.tokens[:n]
        assert completion.finish_reason == "time"
    params = SamplingParams(**GREEDY, max_time=2.0, max_tokens=2, stopping_criteria=a_second)
    assert generate(sequence, PROMPT, params).finish_reason == "time"
    params = SamplingParams(**GREEDY, max_time=1e9)
    assert generate(sequence, PROMPT, params).finish_reason == "stop"


def test_a_criterion_sees_every_token_and_ends_the_answer(sequence: Sequence, scripted: ScriptedModel) -> None:
    seen: list[tuple[tuple[int, ...], str, str, str]] = []
    objects = set()

    def long_enough(progress: Progress) -> bool:
        objects.add(progress)
        seen.append((tuple(progress.tokens), progress.text, progress.new_text, progress.tail(3)))
        return len(progress.tokens) == 20

    never = SamplingParams(**GREEDY, stopping_criteria=[lambda _: False, long_enough], stop=["never comes"])
    completion = generate(sequence, PROMPT, never)
    tokens = scripted.script.tokens[:20]
    vocab = sequence.context.model.vocab
    texts = [b"".join(map(vocab.piece, tokens[:n])).decode(errors="ignore") for n in range(21)]
    assert seen == [(tokens[:n], texts[n], texts[n].removeprefix(texts[n - 1]), texts[n][-3:]) for n in range(1, 21)]
    assert len(objects) == 1
    (progress,) = objects
    assert list(progress.prompt_tokens) == vocab.tokenize(PROMPT, parse_special=True)
    assert completion.tokens == tokens
    assert completion.text == b"".join(map(vocab.piece, tokens)).decode()
    assert (completion.finish_reason, completion.finish.criterion) == ("stop", long_enough)


def test_what_a_criterion_is_shown_cannot_be_changed() -> None:
    progress = Progress([1, 2])
    for i in range(100):
        progress.push(i, f"{i} ")
    with pytest.raises(TypeError, match="does not support item assignment"):
        progress.tokens[0] = 5  # type: ignore[index]
    assert not hasattr(progress.tokens, "append")
    assert progress.tail(5) == "8 99 "
    assert progress.text.startswith("0 1 2 ")
    assert progress.tail(7) == "97 98 99 "[-7:]
    assert (progress.tail(0), progress.tail(10**6)) == ("", progress.text)
    progress.push(100, "")
    assert progress.text.endswith("98 99 ")
    assert progress.tokens[-1] == 100


def test_what_a_criterion_raises_comes_out_and_nothing_is_broken(sequence: Sequence, scripted: ScriptedModel) -> None:
    def fails(progress: Progress) -> bool:
        return 1 // (3 - len(progress.tokens)) < 0

    with pytest.raises(ZeroDivisionError):
        generate(sequence, PROMPT, SamplingParams(**GREEDY, stopping_criteria=fails))
    n_prompt = len(sequence.context.model.vocab.tokenize(PROMPT, parse_special=True))
    assert sequence.tokens[n_prompt:] == list(scripted.script.tokens[:2])
    assert sequence.context.memory.pos_max(0) == len(sequence) - 1
    assert generate(sequence, PROMPT, SamplingParams(**GREEDY)).text == scripted.script.text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"min_tokens": -1}, "min_tokens is -1"),
        ({"min_tokens": 9, "max_tokens": 8}, "min_tokens is 9, but must be from 0 to max_tokens, 8"),
        ({"max_time": -0.5}, "max_time is -0.5"),
        ({"max_time": float("nan")}, "max_time is nan"),
        ({"stop_tokens": [-1]}, "stop_tokens has -1, but token ids count from 0"),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        SamplingParams(**options)
