"""A server in this process whose model sees colours as tokens, or hears."""

from __future__ import annotations

import base64
import io
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from fastapi import FastAPI
from starlette.testclient import TestClient

from llamacffi import ChatTemplate, Llama
from llamacffi.core.media import Media
from tests.models.colors import COLOR_TOKENS, COLORS
from tests.server.protocols.serving import app_of

__all__ = ["GREEDY", "Seer", "base64_of", "image_url", "seeing", "sound", "sound_part", "user"]

GREEDY: dict[str, Any] = {"temperature": 0, "max_tokens": 8, "ignore_eos": True}


def base64_of(media: Media) -> str:
    """The file of a picture."""
    return media.data_uri.partition(",")[2]


def image_url(media: Media, **more: Any) -> dict[str, Any]:
    """A picture as OpenAI's API has it."""
    return {"type": "image_url", "image_url": {"url": media.data_uri, **more}}


def user(*content: Any) -> list[dict[str, Any]]:
    """A conversation of one message; texts and Media become parts."""
    parts = [
        image_url(part)
        if isinstance(part, Media)
        else {"type": "text", "text": part}
        if isinstance(part, str)
        else part
        for part in content
    ]
    return [{"role": "user", "content": parts}]


def sound(hertz: float = 440.0, seconds: float = 0.5) -> bytes:
    """A tone as a WAV file."""
    rate = 16000
    samples = np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes((samples * 16000).astype("<i2").tobytes())
    return file.getvalue()


def sound_part(data: bytes) -> dict[str, Any]:
    """A sound as OpenAI's API has it."""
    return {"type": "input_audio", "input_audio": {"data": base64.b64encode(data).decode(), "format": "wav"}}


@dataclass
class Seer:
    """A client, its server, and the model behind it."""

    client: TestClient
    app: FastAPI
    llm: Llama

    def chat(self, messages: list[dict[str, Any]], **fields: Any) -> Any:
        return self.client.post("/v1/chat/completions", json={"messages": messages, **GREEDY, **fields})

    def post(self, path: str, body: Any = None, **fields: Any) -> Any:
        return self.client.post(path, json=fields if body is None else body)

    def ids(self, messages: list[dict[str, Any]]) -> list[int]:
        """The prompt that a conversation makes, its pictures as numbers below 0."""
        template = ChatTemplate.from_model(self.llm.model)
        return list(template.apply(messages, vocab=self.llm.vocab).tokens or ())

    def told(self, messages: list[dict[str, Any]], *colors: str, n: int = 8) -> str:
        """What is answered to a conversation when its pictures are the tokens of these colours' words."""
        words = iter(COLOR_TOKENS[list(COLORS).index(color)] for color in colors)
        ids = [next(words) if token < 0 else token for token in self.ids(messages)]
        assert next(words, None) is None
        made = self.post("/completion", prompt=ids, temperature=0, n_predict=n, ignore_eos=True, cache_prompt=False)
        text: str = made.json()["content"]
        return text


@contextmanager
def seeing(llm: Llama, name: str = "seer", **options: Any) -> Iterator[Seer]:
    """Serve a model that is loaded."""
    app = app_of({name: llm}, **options)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Seer(client, app, llm)
