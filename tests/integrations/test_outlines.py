"""outlines, whose logits processors hold completions and chats."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Literal

import pytest

from tests.integrations.wanted import ANSWER, MARKS, PROMPT, wanted

wanted("outlines", "outlines")
pytestmark = MARKS


@pytest.fixture(scope="module")
def llm(model_path: str) -> Iterator[Any]:
    import llama_cpp

    same = {"type_k": 0, "type_v": 0, "flash_attn": False}
    with llama_cpp.Llama(model_path, n_ctx=512, n_threads=1, verbose=False, **same) as made:
        yield made


@pytest.fixture(scope="module")
def plain(llm: Any) -> Any:
    import outlines

    return outlines.from_llamacpp(llm, chat_mode=False)


def test_free_text_and_its_stream(plain: Any) -> None:
    assert plain(PROMPT, max_tokens=12, temperature=0) == ANSWER
    assert "".join(plain.stream(PROMPT, max_tokens=12, temperature=0)) == ANSWER


def test_a_choice(plain: Any) -> None:
    assert plain("The sky is", Literal["blue", "green"], max_tokens=8, temperature=0) in ("blue", "green")


def test_a_regular_expression(plain: Any) -> None:
    import outlines

    made = plain("A date: ", outlines.types.Regex(r"\d{4}-\d{2}-\d{2}"), max_tokens=16, temperature=0)
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", made)


def test_a_model_of_pydantic(plain: Any) -> None:
    from pydantic import BaseModel, Field

    class Weather(BaseModel):
        city: str = Field(max_length=8)
        celsius: int = Field(ge=-50, le=50)

    made = plain("The weather as JSON: ", Weather, max_tokens=48, temperature=0)
    assert set(json.loads(made)) == {"city", "celsius"}


def test_a_chat(llm: Any) -> None:
    import outlines

    model = outlines.from_llamacpp(llm)
    said = model("Name a colour.", max_tokens=8, temperature=0)
    assert said
    assert "".join(model.stream("Name a colour.", max_tokens=8, temperature=0)) == said


def test_its_tokenizer(llm: Any, plain: Any) -> None:
    ids, mask = plain.tokenizer.encode("by the sea")
    assert plain.tokenizer.decode(ids) == ["by the sea"]
    assert len(ids) == len(mask) == 3
    assert len(plain.tokenizer.vocabulary) <= llm.n_vocab()
    assert plain.tokenizer.vocabulary[" sea"] == ids[2]
