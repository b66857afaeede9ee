"""The list of models, and what is asked of tokenizers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.models import BigramModel
from tests.server.openai.asked import Asked

types = pytest.importorskip("openai.types")


@pytest.mark.parametrize("path", ["/v1/models", "/models"])
def test_the_list(table: Asked, path: str) -> None:
    table.complete(max_tokens=1)  # which loads the model
    listed = table.client.get(path).json()
    (one,) = listed["data"]
    read = types.Model.model_validate(one, strict=True)
    assert (listed["object"], read.id, read.object) == ("list", "table", "model")
    n_vocab = table.llm.n_vocab()
    meta = {
        "vocab_type": 1,  # LLAMA_VOCAB_TYPE_SPM
        "n_vocab": n_vocab,
        "n_ctx": 512,
        "n_ctx_train": 512,
        "n_embd": n_vocab,
        "n_params": table.llm.model.n_params,
    }
    assert {name: one["meta"][name] for name in meta} == meta
    assert (listed["models"][0]["name"], listed["models"][0]["details"]["format"]) == ("table", "gguf")
    assert one["status"] == {"value": "loaded"}


def test_one_of_several(serve: Callable[..., Asked], bigram: BigramModel, tiny_llama: Path) -> None:
    asked = serve({"owner/table": bigram.path, "tiny": tiny_llama})
    assert [one["id"] for one in asked.client.get("/v1/models").json()["data"]] == ["owner/table", "tiny"]
    assert (
        types.Model.model_validate(asked.client.get("/v1/models/owner/table").json(), strict=True).id == "owner/table"
    )
    missing = asked.client.get("/v1/models/gpt-4o")
    assert (missing.status_code, missing.json()["error"]["type"]) == (404, "not_found_error")
    for route, fields in (
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": "a"}]}),
        ("/v1/completions", {"prompt": "a"}),
        ("/v1/embeddings", {"input": "a"}),
        ("/extras/tokenize", {"input": "a"}),
    ):
        answer = asked.post(route, {**fields, "model": "gpt-4o"})
        assert (answer.status_code, answer.json()["error"]["type"]) == (404, "not_found_error")
    # Without a name it is the first one.
    assert asked.post("/v1/completions", prompt="a", max_tokens=1).json()["model"] == "owner/table"
    assert asked.post("/v1/completions", prompt="a", max_tokens=1, model="tiny").json()["model"] == "tiny"


def test_tokens_and_back(tiny: Asked) -> None:
    text = "the cats <|im_end|>"
    tokens = tiny.post("/extras/tokenize", input=text).json()["tokens"]
    assert tokens == tiny.llm.tokenize(text, special=True)
    assert tiny.post("/extras/tokenize/count", input=text).json() == {"count": len(tokens)}
    assert tiny.post("/extras/detokenize", tokens=tokens).json()["text"] == "the cats "
    assert tiny.post("/extras/detokenize", tokens=[10**6]).json()["error"]["param"] == "tokens"
    assert tiny.post("/extras/detokenize", tokens=[]).json() == {"text": ""}


def test_what_there_is_to_know_of_a_tokenizer(tiny: Asked) -> None:
    info = tiny.client.get("/tokenizer_info").json()
    vocab = tiny.llm.vocab
    assert (info["bos_token"], info["eos_token"]) == ("<s>", "</s>")
    assert vocab.tokenize(info["eos_token"], add_special=False, parse_special=True) == [vocab.eos]
    assert info["chat_template"] == tiny.llm.metadata["tokenizer.chat_template"]
    assert (info["vocab_size"], info["model_max_length"]) == (vocab.n_tokens, 512)


def test_the_description_of_the_routes(tiny: Asked) -> None:
    paths = tiny.client.get("/openapi.json").json()["paths"]
    for path in ("/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/extras/tokenize"):
        told = paths[path]["post"]
        assert {"200", "400", "401", "404", "413", "429", "500", "503"} <= set(told["responses"])
        (reference,) = told["requestBody"]["content"]["application/json"]["schema"].values()
        assert reference.endswith("Request")
        assert told["summary"]
    assert "text/event-stream" in paths["/v1/completions"]["post"]["responses"]["200"]["content"]
    # What is the same by another name is described once.
    assert "/chat/completions" not in paths
