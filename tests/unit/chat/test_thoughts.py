"""Grammars that wait for a trigger do not look for it among the thoughts."""

from __future__ import annotations

from pathlib import Path

import pytest

from llamacffi import Model, SamplingParams, Sequence, generate
from llamacffi.core.sampling import ReasoningBudget
from llamacffi.generation.constraints import After, Choices, Regex
from tests.capabilities import needs
from tests.models import Script, write_scripted

pytestmark = needs("llama-common's chat code")  # and its reasoning budget

TEXT = "one two GO three four five six GO seven eight nine ten."


def said(path: Path, params: SamplingParams) -> str:
    with Model(path) as model, model.context(n_ctx=256, n_threads=1) as context:
        return generate(Sequence(context), "?", params).text


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_scripted(tmp_path_factory.mktemp("thoughts") / "scripted.gguf", Script.of(TEXT, n_chars=2))


def budget(n: int) -> ReasoningBudget:
    return ReasoningBudget(n, thinking=True)


def test_a_trigger_among_the_thoughts_is_none(path: Path) -> None:
    digits = After("GO", Regex("[0-9]{3}"))
    alone = said(path, SamplingParams(temperature=0, max_tokens=60, grammar=digits))
    assert alone.startswith("one two GO")
    assert alone.removeprefix("one two GO").strip().isdigit()
    # After the end that is forced the model begins its text again, and there the trigger counts.
    params = SamplingParams(temperature=0, max_tokens=60, grammar=digits, reasoning_budget=budget(8))
    thoughts, end, answer = said(path, params).partition("</think>")
    assert "GO" in thoughts
    assert TEXT.startswith(thoughts)
    assert end
    assert answer.startswith("one two GO")
    assert answer.removeprefix("one two GO").strip().isdigit()


def test_the_end_of_the_thoughts_may_be_the_trigger(path: Path) -> None:
    grammar = After("</think>", Choices(["yes", "no"]))
    params = SamplingParams(temperature=0, max_tokens=60, grammar=grammar, reasoning_budget=budget(5))
    thoughts, _, answer = said(path, params).partition("</think>")
    assert TEXT.startswith(thoughts)
    assert answer in {"yes", "no"}


def test_a_grammar_that_holds_from_the_beginning_holds_in_thoughts_too(path: Path) -> None:
    params = SamplingParams(temperature=0, max_tokens=60, regex="[a-z]{40}", reasoning_budget=budget(50))
    assert said(path, params).isalpha()
