"""Models out of their settings, and what requests to them begin with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from llamacffi import Llama, TemplateError
from llamacffi.server.app import create_app
from llamacffi.server.models.load import load_model
from llamacffi.server.settings import ModelSettings, ServerSettings

MESSAGES = [{"role": "user", "content": "cats"}]


def settings(path: Path, **more: Any) -> ModelSettings:
    return ModelSettings.model_validate({"model": str(path), "n_ctx": 512, "n_threads": 1, **more})


@contextmanager
def loaded(path: Path, **more: Any) -> Iterator[Llama]:
    with load_model(settings(path, **more)) as llama:
        yield llama


def prompt_of(client: TestClient, **fields: Any) -> str:
    return str(client.post("/apply-template", json={"messages": MESSAGES, **fields}).json()["prompt"])


@contextmanager
def served(path: Path, **more: Any) -> Iterator[TestClient]:
    app = create_app(ServerSettings(models=(settings(path, **more),), allowed_hosts=("*",)))
    with TestClient(app) as client:
        yield client


def test_templates(tiny_llama: Path, tmp_path: Path) -> None:
    template = "{% for message in messages %}<{{ message.content }}|{{ mood }}>{% endfor %}"
    file = tmp_path / "template.jinja"
    file.write_text(template, "utf-8")
    for more in ({"chat_template_file": str(file)}, {"chat_format": template}):
        with served(tiny_llama, **more, chat_template_kwargs={"mood": "fine"}) as client:
            assert prompt_of(client) == "<cats|fine>"
            assert prompt_of(client, chat_template_kwargs={"mood": "bad"}) == "<cats|bad>"
            assert client.get("/props").json()["chat_template"] == template
    with served(tiny_llama, chat_format="mistral-v1") as client:  # llama.cpp's own
        assert prompt_of(client).strip().startswith("[INST] cats")
    with served(tiny_llama, chat_format="alpaca") as client:  # llama-cpp-python's
        assert "### Instruction: cats" in prompt_of(client)


def test_a_template_that_does_not_parse(tiny_llama: Path) -> None:
    with pytest.raises(TemplateError), loaded(tiny_llama, chat_format="{% for %}"):
        pass


def test_what_requests_begin_with(tiny_llama: Path) -> None:
    with served(tiny_llama, temperature=0.0, max_tokens=5, top_k=7, samplers="top_k", cache_prompt=False) as client:
        props = client.get("/props").json()["default_generation_settings"]["params"]
        assert (props["temperature"], props["top_k"], props["n_predict"], props["samplers"]) == (0.0, 7, 5, ["top_k"])
        said = client.post("/completion", json={"prompt": [5, 6, 7]}).json()
        assert said["tokens_predicted"] == 5
        again = client.post("/completion", json={"prompt": [5, 6, 7]}).json()
        assert (again["content"], again["timings"]["cache_n"]) == (said["content"], 0)
        more = client.post("/completion", json={"prompt": [5, 6, 7], "n_predict": 9, "temperature": 1.5}).json()
        settings = more["generation_settings"]
        assert (more["tokens_predicted"], settings["temperature"], settings["top_k"]) == (9, 1.5, 7)
        for path, body in (
            ("/v1/completions", {"prompt": [5, 6, 7]}),
            ("/v1/chat/completions", {"messages": MESSAGES, "ignore_eos": True}),
        ):
            assert client.post(path, json=body).json()["usage"]["completion_tokens"] == 5


def test_each_slot_has_its_part_of_the_context(tiny_llama: Path) -> None:
    with served(tiny_llama, n_parallel=2) as client:
        props = client.get("/props").json()
        assert (props["default_generation_settings"]["n_ctx"], props["total_slots"]) == (256, 2)
        said = client.post("/completion", json={"prompt": [5] * 200, "ignore_eos": True}).json()
        assert (said["tokens_evaluated"] + said["tokens_predicted"], said["stop_type"]) == (256 + 1, "limit")
        refused = client.post("/completion", json={"prompt": [5] * 300})
        assert refused.status_code == 400
        error = refused.json()["error"]
        assert (error["type"], error["n_prompt_tokens"], error["n_ctx"]) == ("exceed_context_size_error", 300, 256)
    with served(tiny_llama) as client:
        assert client.get("/props").json()["default_generation_settings"]["n_ctx"] == 512
        assert client.post("/completion", json={"prompt": [5] * 300, "n_predict": 2}).status_code == 200


def test_guesses(tiny_llama: Path) -> None:
    asked = {"prompt": [5, 6, 7, 5, 6, 7, 5, 6], "temperature": 0, "n_predict": 40, "ignore_eos": True}
    with served(tiny_llama) as client:
        plain = client.post("/completion", json=asked).json()
    for draft in ("prompt-lookup", str(tiny_llama)):
        with served(tiny_llama, draft_model=draft) as client:
            guessed = client.post("/completion", json=asked).json()
            assert guessed["content"] == plain["content"]
            assert "draft_n" in guessed["timings"]
