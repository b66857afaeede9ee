"""A server in this process, and what is asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.testclient import TestClient

from llamacffi import Llama
from tests.server.openai.app import openai_app

__all__ = ["Asked", "asked_of"]


@dataclass
class Asked:
    """A client, and the first model of the server behind it."""

    client: TestClient
    llm: Llama

    def post(self, path: str, body: Any = None, **fields: Any) -> Any:
        return self.client.post(path, json=fields if body is None else body)

    def chat(self, said: str = "a", **fields: Any) -> Any:
        fields = {"messages": [{"role": "user", "content": said}], "temperature": 0, **fields}
        return self.client.post("/v1/chat/completions", json=fields)

    def complete(self, prompt: Any = "a", **fields: Any) -> Any:
        return self.client.post("/v1/completions", json={"prompt": prompt, "temperature": 0, **fields})


def asked_of(llamas: Mapping[str, Llama]) -> Asked:
    return Asked(TestClient(openai_app(llamas), raise_server_exceptions=False), next(iter(llamas.values())))
