"""Tokens, texts and prompts, as llama-server and vLLM give them."""

from __future__ import annotations

import pytest

from tests.capabilities import needs
from tests.server.openai.asked import Asked
from tests.server.protocols.said import WEATHER

USER = {"role": "user", "content": "a"}


def test_tokens_of_a_text(tiny: Asked) -> None:
    text = "the cats<|im_end|>"
    plain = tiny.llm.tokenize(text, add_bos=False, special=True)
    assert tiny.post("/tokenize", content=text).json() == {"tokens": plain}
    with_bos = tiny.post("/tokenize", content=text, add_special=True).json()["tokens"]
    assert with_bos == tiny.llm.tokenize(text, special=True)
    as_text = tiny.post("/tokenize", content=text, parse_special=False).json()["tokens"]
    assert as_text == tiny.llm.tokenize(text, add_bos=False)
    mixed = tiny.post("/tokenize", content=["the", 7, "cats"]).json()["tokens"]
    assert mixed == [*tiny.llm.tokenize("the", add_bos=False), 7, *tiny.llm.tokenize("cats", add_bos=False)]
    pieces = tiny.post("/tokenize", content="the\u00e9", with_pieces=True).json()["tokens"]
    spelt = b"".join(one["piece"].encode() if isinstance(one["piece"], str) else bytes(one["piece"]) for one in pieces)
    assert spelt.strip() == "the\u00e9".encode()


def test_no_text_has_no_tokens(tiny: Asked) -> None:
    assert tiny.post("/tokenize", {}).json() == {"tokens": []}
    assert tiny.post("/tokenize", content="").json() == {"tokens": []}


def test_tokens_as_vllm_gives_them(tiny: Asked) -> None:
    told = tiny.post("/tokenize", prompt="the cats", add_special_tokens=False).json()
    tokens = tiny.llm.tokenize("the cats", add_bos=False)
    assert told == {"tokens": tokens, "count": len(tokens), "max_model_len": 512}
    back = tiny.post("/detokenize", tokens=tokens).json()
    assert back["prompt"] == back["content"]
    assert back["prompt"].strip() == "the cats"


@needs("llama-common's chat code")
def test_the_prompt_of_a_conversation(tiny: Asked) -> None:
    prompt = tiny.post("/apply-template", messages=[USER]).json()["prompt"]
    assert prompt == "<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n"
    tool = {"type": "function", "function": WEATHER}
    for more in ({}, {"tools": [tool]}, {"messages": [USER, {"role": "assistant", "content": "b"}]}):
        body = {"messages": [USER], **more, "max_tokens": 1}
        counted = tiny.post("/v1/chat/completions/input_tokens", body).json()
        used = tiny.post("/v1/chat/completions", body).json()["usage"]["prompt_tokens"]
        assert counted == {"object": "response.input_tokens", "input_tokens": used}


@pytest.mark.parametrize(
    ("path", "field", "value"),
    [
        ("/tokenize", "content", [{}]),
        ("/tokenize", "content", [10**6]),
        ("/tokenize", "content", 5),
        ("/detokenize", "tokens", [-1]),
        ("/detokenize", "tokens", "a"),
        ("/apply-template", "messages", []),
    ],
)
def test_what_cannot_be(tiny: Asked, path: str, field: str, value: object) -> None:
    answer = tiny.post(path, {field: value})
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert str(error["param"]).partition(".")[0] == field
