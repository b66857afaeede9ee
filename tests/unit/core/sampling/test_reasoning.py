"""The reasoning budget: so many tokens after the start, then the end is forced."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from llamacffi import (
    After,
    Choices,
    GrammarError,
    Greedy,
    Model,
    ReasoningBudget,
    SamplerChain,
    SamplingParams,
    Sequence,
    generate,
)
from tests.models import Script, write_scripted

SCRIPT = Script.of("zero one two three four five six seven eight nine ten and more words to come in a row")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    path = write_scripted(tmp_path_factory.mktemp("reasoning") / "scripted.gguf", SCRIPT)
    with Model(path) as model:
        yield model


def tokens(model: Model, budget: ReasoningBudget, n: int = 16) -> list[int]:
    with model.context(n_ctx=256, n_threads=1) as context:
        params = SamplingParams(temperature=0, max_tokens=n, reasoning_budget=budget)
        return list(generate(Sequence(context), "?\n", params).tokens)


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_thoughts_that_the_prompt_began(model: Model, n: int) -> None:
    end = model.vocab.tokenize("</think>", add_special=False)
    assert len(end) == 1
    # After the end, which is not in the script, the model begins its script anew.
    expected = [*SCRIPT.tokens[:n], *end, *SCRIPT.tokens]
    assert tokens(model, ReasoningBudget(n, thinking=True)) == expected[:16]


def test_thoughts_that_the_model_begins_and_begins_again(model: Model) -> None:
    end = model.vocab.tokenize("</think>", add_special=False)
    start = model.vocab.piece(SCRIPT.tokens[2]).decode()
    once = [*SCRIPT.tokens[:3], *SCRIPT.tokens[3:5], *end]
    assert tokens(model, ReasoningBudget(2, start=start), 12) == (once * 2)[:12]


def test_thoughts_that_end_by_themselves(model: Model) -> None:
    end = model.vocab.piece(SCRIPT.tokens[3]).decode()
    assert tokens(model, ReasoningBudget(4, ends=[end], thinking=True)) == list(SCRIPT.tokens[:16])


def test_a_message_comes_before_the_end(model: Model) -> None:
    forced = model.vocab.tokenize("stop</think>", add_special=False)
    found = tokens(model, ReasoningBudget(1, message="stop", thinking=True))
    assert found[: 1 + len(forced)] == [SCRIPT.tokens[0], *forced]


@pytest.mark.parametrize(
    "penalties", [SamplingParams(presence_penalty=1e-4), SamplingParams(dry_multiplier=1e-4)], ids=["presence", "dry"]
)
@pytest.mark.parametrize(("thinking", "n"), [(True, 3), (False, 12)])
def test_penalties_on_the_prompt_do_not_count_as_thoughts(
    model: Model,
    penalties: SamplingParams,
    thinking: bool,  # noqa: FBT001
    n: int,
) -> None:
    end = model.vocab.tokenize("</think>", add_special=False)
    budget = ReasoningBudget(3, thinking=thinking)
    params = replace(penalties, temperature=0, max_tokens=12, reasoning_budget=budget)
    with model.context(n_ctx=256, n_threads=1) as context:
        found = list(generate(Sequence(context), "a b c <think>", params).tokens)
    assert found == [*SCRIPT.tokens[:n], *end, *SCRIPT.tokens][:12]


@pytest.mark.parametrize("n", [0, 2])
def test_reset_begins_the_thoughts_again(model: Model, n: int) -> None:
    end = model.vocab.tokenize("</think>", add_special=False)
    logits = np.zeros(model.vocab.n_tokens, np.float32)
    logits[SCRIPT.tokens[0]] = 5
    with SamplerChain(ReasoningBudget(n, thinking=True), Greedy(), vocab=model.vocab) as chain:
        for _ in range(3):
            found = []
            for _ in range(4):
                found.append(chain.apply(logits).token)
                chain.accept(found[-1])
            assert found == [*[SCRIPT.tokens[0]] * n, *end, *[SCRIPT.tokens[0]] * 4][:4]
            chain.reset()


def test_the_vocabulary_of_a_budget_is_that_of_its_chain(tmp_path: Path) -> None:
    with Model(write_scripted(tmp_path / "scripted.gguf", SCRIPT)) as model:
        chain = SamplerChain(ReasoningBudget(2, thinking=True, vocab=model.vocab), Greedy())
        assert chain.vocab is model.vocab
    assert chain.closed


def test_a_grammar_does_not_begin_in_the_thoughts(model: Model) -> None:
    """Its trigger is there twice: among the thoughts that are counted, and in the answer."""
    third = model.vocab.piece(SCRIPT.tokens[2]).decode()
    end = model.vocab.tokenize("</think>", add_special=False)
    held = After(third, Choices(["z"]))
    params = SamplingParams(temperature=0, grammar=held, reasoning_budget=ReasoningBudget(4, thinking=True))
    with model.context(n_ctx=256, n_threads=1) as context:
        completion = generate(Sequence(context), "?\n", params)
    said = [*SCRIPT.tokens[:4], *end, *SCRIPT.tokens[:3]]
    assert list(completion.tokens[: len(said)]) == said
    assert model.vocab.detokenize(completion.tokens[len(said) :]).strip() == "z"


def test_a_grammar_that_holds_in_the_thoughts_says_what_it_forbids(model: Model) -> None:
    params = SamplingParams(
        temperature=0, grammar=Choices(["abc def ghi jkl mno"]), reasoning_budget=ReasoningBudget(1, thinking=True)
    )
    with (
        model.context(n_ctx=256, n_threads=1) as context,
        pytest.raises(GrammarError, match="that holds in the thoughts"),
    ):
        generate(Sequence(context), "?\n", params)


def test_a_budget_that_is_none() -> None:
    with pytest.raises(ValueError, match="the reasoning budget is -1"):
        ReasoningBudget(-1)
    with pytest.raises(ValueError, match="both must be known"):
        ReasoningBudget(1, ends=())
