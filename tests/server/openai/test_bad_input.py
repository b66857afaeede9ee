"""What cannot be is refused with 400, in OpenAI's shape, by the name of the field."""

from __future__ import annotations

import json
from typing import Any

import pytest

from llamacffi.server.schemas.chat import ChatRequest
from llamacffi.server.schemas.completions import CompletionRequest
from llamacffi.server.schemas.embeddings import EmbeddingRequest
from llamacffi.server.schemas.extras import DetokenizeRequest, TokenizeRequest
from tests.server.openai.asked import Asked

USER = {"role": "user", "content": "a"}
BODIES: dict[str, tuple[Any, dict[str, Any]]] = {
    "/v1/chat/completions": (ChatRequest, {"messages": [USER]}),
    "/v1/completions": (CompletionRequest, {"prompt": "a"}),
    "/v1/embeddings": (EmbeddingRequest, {"input": "a"}),
    "/extras/tokenize": (TokenizeRequest, {"input": "a"}),
    "/extras/detokenize": (DetokenizeRequest, {"tokens": [1]}),
}
FIELDS = [(path, name) for path, (kind, _) in BODIES.items() for name in kind.model_fields]


def refused(answer: Any, field: str) -> dict[str, Any]:
    """The error, which has OpenAI's shape."""
    assert answer.status_code == 400, answer.text
    error: dict[str, Any] = answer.json()["error"]
    assert {"message", "type", "code", "param"} <= set(error)
    assert error["message"]
    assert str(error["param"]).split(".")[0] == field, error
    return error


@pytest.mark.parametrize(("path", "field"), FIELDS)
def test_every_field_has_its_type(tiny: Asked, path: str, field: str) -> None:
    """Objects in a list are what no field has but those of dicts; a fraction what none has but numbers."""
    kind = str(BODIES[path][0].model_fields[field].annotation)
    wrong: list[Any] = [[{"a": {}}] if "list[dict" not in kind else 7]
    wrong += [] if "float" in kind else [0.5]
    for value in wrong:
        if "list[typing.Any]" in kind and value != 0.5:
            continue  # which of its pairs is wrong, the options' own check says
        refused(tiny.post(path, {**BODIES[path][1], field: value}), field)


CHAT = [
    ("messages", []),
    ("messages", [{"role": "user"}, 7]),
    ("messages", [{"content": "a"}]),
    ("messages", [{"role": 5, "content": "a"}]),
    ("messages", [{"role": "user", "content": {"a": 1}}]),
    (
        "messages",
        [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,%%"}}]}],
    ),
    ("messages", [{"role": "assistant", "content": "only"}]),
    ("messages", [USER, {"role": "assistant", "content": "a"}, {"role": "assistant", "content": "b"}]),
    ("messages", [USER, {"role": "assistant", "content": 5}]),
    ("messages", [{"role": "user", "content": "\ud800"}]),
    ("n", 0),
    ("n", 10**9),
    ("max_tokens", -2),
    ("temperature", "hot"),
    ("top_logprobs", 3),
    ("top_logprobs", 21),
    ("tools", [{}]),
    ("tools", [{"type": "function", "function": {"name": 3}}]),
    ("tool_choice", "required"),
    ("tool_choice", "nobody"),
    ("tool_choice", {"type": "function", "function": {"name": "nobody"}}),
    ("tool_choice", {"type": "function"}),
    ("tool_choice", {"type": "allowed_tools"}),
    ("response_format", {"type": "xml"}),
    ("response_format", {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "nothing"}}}),
    ("reasoning_format", "loud"),
    ("continue_final_message", True),
    ("logit_bias", {"10000000": 1}),
    ("logit_bias", {"1": "much"}),
    ("stop", [""]),
    ("min_p", 7),
    ("mirostat", 4),
    ("grammar", "no rule"),
    ("dry_sequence_breakers", [5]),
    ("chat_template_kwargs", {"messages": []}),
]


@pytest.mark.parametrize(("field", "value"), CHAT)
@pytest.mark.parametrize("stream", [False, True])
def test_chat(tiny: Asked, field: str, value: Any, *, stream: bool) -> None:
    body = json.dumps({"messages": [USER], "max_tokens": 4, "stream": stream, field: value})
    answer = tiny.client.post("/v1/chat/completions", content=body, headers={"content-type": "application/json"})
    refused(answer, field)


COMPLETIONS = [
    ("prompt", ""),
    ("prompt", []),
    ("prompt", [[]]),
    ("prompt", ["a", 5]),
    ("prompt", [10**6]),
    ("prompt", [-1]),
    ("prompt", [10**30]),
    ("prompt", None),
    ("prompt", ["a"] * 2049),
    ("n", 0),
    ("n", 129),
    ("best_of", 0),
    ("logprobs", -1),
    ("logprobs", 10**6),
    ("logprobs", True),
    ("echo", "yes"),
    ("suffix", 5),
    ("seed", "one"),
]


@pytest.mark.parametrize(("field", "value"), COMPLETIONS)
def test_completions(tiny: Asked, field: str, value: Any) -> None:
    if value == "":
        assert tiny.complete("").status_code in (200, 400)  # BOS alone, where there is one
        return
    refused(tiny.post("/v1/completions", {"prompt": "a", field: value}), field)


def test_what_does_not_go_together(tiny: Asked) -> None:
    refused(tiny.complete(n=3, best_of=2), "best_of")
    refused(tiny.complete(n=2, best_of=3, stream=True), "best_of")
    assert tiny.complete(n=2, best_of=2, stream=True, max_tokens=1).status_code == 200
    both = tiny.chat(continue_final_message=True, add_generation_prompt=True)
    refused(both, "continue_final_message")
    two = tiny.chat(grammar='root ::= "a"', json_schema={"type": "object"})
    assert two.status_code == 400


EMBEDDINGS = [
    ("input", []),
    ("input", [[]]),
    ("input", {"content": "a"}),
    ("input", [10**6]),
    ("input", ["a", {}]),
    ("input", ["a"] * 2049),
    ("dimensions", 0),
    ("dimensions", 10**6),
    ("encoding_format", "hex"),
]


@pytest.mark.parametrize(("field", "value"), EMBEDDINGS)
def test_embeddings(bert: Asked, field: str, value: Any) -> None:
    refused(bert.post("/v1/embeddings", {"input": "a", field: value}), field)


@pytest.mark.parametrize("stream", [False, True])
def test_what_does_not_fit(tiny: Asked, *, stream: bool) -> None:
    for answer, field in (
        (tiny.chat("a " * 600, stream=stream), "messages"),
        (tiny.complete("a " * 600, stream=stream), "prompt"),
    ):
        error = answer.json()["error"]
        assert (answer.status_code, error["type"]) == (400, "exceed_context_size_error")
        assert error["n_prompt_tokens"] >= 600 > error["n_ctx"] == 512
        assert error["param"] == field


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"a"', b"null", b'{"messages": NaN}', b'{"prompt": "\xff"}', b"[" * 100_000]
)
@pytest.mark.parametrize("path", BODIES)
def test_bodies_that_are_none(tiny: Asked, path: str, body: bytes) -> None:
    answer = tiny.client.post(path, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none(tiny: Asked, number: str) -> None:
    body = f'{{"prompt": "a", "temperature": {number}}}'
    answer = tiny.client.post("/v1/completions", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400


def test_a_model_that_only_embeds(bert: Asked) -> None:
    for answer in (bert.chat(), bert.complete(), bert.complete(stream=True)):
        assert (answer.status_code, answer.json()["error"]["type"]) == (501, "not_supported_error")
