"""lm-format-enforcer's logits processor."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integrations.wanted import MARKS, wanted

wanted("lmformatenforcer", "lm-format-enforcer")
pytestmark = MARKS

WEATHER = {
    "type": "object",
    "properties": {"city": {"type": "string", "maxLength": 8}, "celsius": {"type": "integer"}},
    "required": ["city", "celsius"],
}


@pytest.fixture(scope="module")
def llm(model_path: str) -> Iterator[Any]:
    import llama_cpp

    with llama_cpp.Llama(model_path, n_ctx=512, n_threads=1, verbose=False) as made:
        yield made


@pytest.fixture(scope="module")
def data(llm: Any) -> Any:
    """What it makes of the vocabulary: each of its tokens is spelt."""
    from lmformatenforcer.integrations.llamacpp import build_token_enforcer_tokenizer_data

    return build_token_enforcer_tokenizer_data(llm)


def held(llm: Any, data: Any, parser: Any, prompt: str) -> str:
    import llama_cpp
    from lmformatenforcer.integrations.llamacpp import build_llamacpp_logits_processor

    processors = llama_cpp.LogitsProcessorList([build_llamacpp_logits_processor(data, parser)])
    # It takes control tokens but BOS and EOS for empty text, which is always allowed; this one would end the answer.
    end_of_text = {0: -1e9}
    made = llm(prompt, max_tokens=48, temperature=0, logits_processor=processors, logit_bias=end_of_text)["choices"][0]
    text: str = made["text"]
    return text


def test_a_regular_expression(llm: Any, data: Any) -> None:
    from lmformatenforcer import RegexParser

    pattern = r" [0-9]{4}-[0-9]{2}-[0-9]{2}"
    assert re.fullmatch(pattern, held(llm, data, RegexParser(pattern), "The date is"))


def test_a_choice(llm: Any, data: Any) -> None:
    from lmformatenforcer import StringParser, UnionParser

    parser = UnionParser([StringParser(" yes"), StringParser(" no")])
    assert held(llm, data, parser, "Is the sea blue? Answer:") in (" yes", " no")


def test_the_vocabulary_is_spelt_as_it_is(llm: Any, data: Any) -> None:
    (sea,) = llm.tokenize(b" sea", add_bos=False)
    by_token = {token: (text, begins) for token, text, begins in data.regular_tokens}
    assert by_token[sea] == (" sea", False)
