"""Ollama's package, as it is, against /api."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llamacffi import Llama
from tests.capabilities import needs
from tests.models import write_bert
from tests.server.protocols.said import ARGUMENTS, TEXT, THOUGHT, WEATHER
from tests.server.protocols.serving import serving
from tests.unit.llama.exact import EXACT

pytestmark = needs("llama-common's chat code")
ollama = pytest.importorskip("ollama")
httpx = pytest.importorskip("httpx")

TOOLS = [{"type": "function", "function": WEATHER}]
USER = [{"role": "user", "content": "And?"}]
GREEDY = {"temperature": 0}


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[Any]:
    with ollama.Client(host=address) as client:
        yield client


@pytest.fixture(scope="module")
def two(thinker_path: Path, tiny_llama: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A client of a server with two models."""
    with (
        serving({"thinker": thinker_path, "tiny": tiny_llama}, **EXACT) as address,
        ollama.Client(host=address) as client,
    ):
        yield client


def test_a_chat_has_thoughts_text_and_calls(client: Any) -> None:
    whole = client.chat("thinker", USER, tools=TOOLS, options=GREEDY)
    assert (whole.message.content, whole.message.thinking) == (TEXT, THOUGHT)
    assert [(call.function.name, call.function.arguments) for call in whole.message.tool_calls] == [
        ("weather", ARGUMENTS)
    ]
    parts = list(client.chat("thinker", USER, tools=TOOLS, options=GREEDY, stream=True))
    assert "".join(part.message.content or "" for part in parts) == TEXT
    assert "".join(part.message.thinking or "" for part in parts) == THOUGHT
    assert [call.function.arguments for part in parts for call in part.message.tool_calls or ()] == [ARGUMENTS]
    assert [part.done_reason for part in parts if part.done] == ["stop"]
    result = {"role": "tool", "tool_name": "weather", "content": "rain"}
    again = client.chat("thinker", [*USER, whole.message, result], tools=TOOLS, options=GREEDY)
    assert again.prompt_eval_count > whole.prompt_eval_count


def test_it_streams_unless_told_otherwise(address: str) -> None:
    asked = {"model": "thinker", "messages": USER, "options": {**GREEDY, "num_predict": 20}}
    answer = httpx.post(f"{address}/api/chat", json=asked)
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["done"] for line in lines] == [False] * (len(lines) - 1) + [True]
    assert (lines[-1]["done_reason"], lines[-1]["eval_count"]) == ("length", 20)
    whole = httpx.post(f"{address}/api/chat", json={**asked, "stream": False}).json()
    assert whole["message"]["thinking"] == "".join(line["message"].get("thinking", "") for line in lines)


def test_a_prompt_is_a_question_or_goes_on(client: Any, thinker: Llama) -> None:
    whole = client.generate("thinker", "And?", system="Be brief.", options={**GREEDY, "stop": ["<tool"]})
    assert (whole.response, whole.thinking) == (TEXT, THOUGHT)
    n_raw = len(thinker.tokenize("And?", special=True))
    raw = client.generate("thinker", "And?", raw=True, options={**GREEDY, "num_predict": 12})
    assert (raw.prompt_eval_count, raw.eval_count, raw.done_reason) == (n_raw, 12, "length")
    expected: Any = thinker.create_completion("And?", max_tokens=12, temperature=0)
    assert raw.response == expected["choices"][0]["text"]
    parts = list(client.generate("thinker", "And?", raw=True, options={**GREEDY, "num_predict": 12}, stream=True))
    assert "".join(part.response for part in parts) == raw.response
    between = client.generate("thinker", "x", suffix="y", options={**GREEDY, "num_predict": 12})
    expected = thinker.create_completion("x", suffix="y", max_tokens=12, temperature=0)
    assert between.response == expected["choices"][0]["text"]


def test_without_a_prompt_the_model_is_loaded(client: Any) -> None:
    assert (client.generate("thinker").done_reason, client.chat("thinker", []).done_reason) == ("load", "load")


def test_texts_are_embedded(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = write_bert(tmp_path_factory.mktemp("bert") / "bert.gguf")
    with Llama(path, n_ctx=128, embedding=True, **EXACT) as llm:
        expected = np.array(llm.embed(["the cat", "a dog"], normalize=True))
        plain = llm.embed("the cat")
    with serving({"bert": path}, n_ctx=128, embedding=True, **EXACT) as address, ollama.Client(host=address) as client:
        answer = client.embed("bert", ["the cat", "a dog"])
        np.testing.assert_allclose(answer.embeddings, expected, atol=1e-5)
        assert answer.prompt_eval_count > 2
        np.testing.assert_allclose(client.embed("bert", "the cat").embeddings, expected[:1], atol=1e-5)
        short = np.array(client.embed("bert", "the cat", dimensions=8).embeddings[0])
        np.testing.assert_allclose(short, expected[0, :8] / np.linalg.norm(expected[0, :8]), atol=1e-5)
        np.testing.assert_allclose(client.embeddings("bert", "the cat").embedding, plain, atol=1e-5)
        assert client.embed("bert", []).embeddings == []
        with pytest.raises(ollama.ResponseError, match="tokens") as error:
            client.embed("bert", "the cat " * 200, truncate=False)
        assert error.value.status_code == 400
        assert len(client.embed("bert", "the cat " * 200).embeddings) == 1


def test_models_are_listed(two: Any, thinker_path: Path) -> None:
    listed = two.list().models
    assert [one.model for one in listed] == ["thinker", "tiny"]
    assert listed[0].size == thinker_path.stat().st_size
    assert listed[0].modified_at.timestamp() == pytest.approx(thinker_path.stat().st_mtime, abs=1e-3)
    assert (listed[0].details.family, listed[0].details.format) == ("llama", "gguf")
    assert len({one.digest for one in listed}) == 2
    shown = two.show("thinker")
    assert shown.modelinfo["llama.context_length"] == 4096
    assert shown.modelinfo["tokenizer.ggml.tokens"] is None
    assert "<think>" in shown.template
    assert shown.capabilities == ["completion", "tools", "thinking"]
    assert two.show("tiny:latest").capabilities == ["completion", "tools"]
    with pytest.raises(ollama.ResponseError, match="cat") as error:
        two.show("cat")
    assert error.value.status_code == 404
    two.generate("tiny")
    running = {one.model: one for one in two.ps().models}
    assert running["tiny"].context_length > 0
    assert running["tiny"].expires_at.year > 2026


def test_an_unknown_model_is_not_found(two: Any) -> None:
    with pytest.raises(ollama.ResponseError, match="cat") as error:
        two.chat("cat", USER)
    assert error.value.status_code == 404


BAD: list[tuple[str, dict[str, Any]]] = [
    ("chat", {"messages": 7}),
    ("chat", {"messages": [7]}),
    ("chat", {"messages": [{"role": "cat", "content": "x"}]}),
    ("chat", {"messages": [{"role": "user", "content": "x " * 5000}]}),
    ("chat", {"messages": [{"role": "user", "content": "x", "images": ["AA=="]}]}),
    ("chat", {"messages": USER, "tools": 7}),
    ("chat", {"messages": USER, "tools": [{"type": "function"}]}),
    ("chat", {"messages": USER, "format": "xml"}),
    ("chat", {"messages": USER, "format": {"type": 7}}),
    ("chat", {"messages": USER, "options": 7}),
    ("chat", {"messages": USER, "options": {"temperature": "hot"}}),
    ("chat", {"messages": USER, "options": {"mirostat": 9}}),
    ("chat", {"messages": USER, "options": {"stop": 7}}),
    ("chat", {"messages": USER, "stream": "perhaps"}),
    ("chat", {"messages": USER, "keep_alive": []}),
    ("chat", {"messages": USER, "keep_alive": "soon"}),
    ("chat", {"messages": USER, "top_logprobs": 99}),
    ("generate", {"prompt": 7}),
    ("generate", {"prompt": "x", "context": [1]}),
    ("generate", {"prompt": "x", "template": "{{ .Prompt }}"}),
    ("generate", {"prompt": "x", "images": ["AA=="]}),
    ("generate", {"prompt": "x", "images": ["AA=="], "raw": True}),
    ("embed", {}),
    ("embed", {"input": 7}),
    ("embed", {"input": [7]}),
    ("embed", {"input": "x", "dimensions": 0}),
    ("show", {"model": 7}),
    ("show", {"model": ""}),
]


@pytest.mark.parametrize(("route", "fields"), BAD, ids=lambda value: json.dumps(value)[:60])
def test_what_is_wrong_is_the_askers_fault(address: str, route: str, fields: dict[str, Any]) -> None:
    answer = httpx.post(f"{address}/api/{route}", json={**({} if route == "show" else {"model": "thinker"}), **fields})
    assert answer.status_code == 400
    assert list(answer.json()) == ["error"]
    assert answer.json()["error"]
