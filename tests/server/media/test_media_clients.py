"""Pictures from the packages of OpenAI, Anthropic and Ollama, as they are."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from tests.capabilities import needs
from tests.models.colors import plain
from tests.server.media.seer import Seer, base64_of, user
from tests.server.protocols.serving import running

pytestmark = [needs("llama-common's chat code"), needs("mtmd's parts")]
RED = plain("red")
ASKED = user("What is ", RED, "?")


@pytest.fixture(scope="module")
def address(seer: Seer) -> Iterator[str]:
    with running(seer.app) as address:
        yield address


def test_openai(address: str, seer: Seer) -> None:
    openai = pytest.importorskip("openai")
    with openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client:
        more = {"extra_body": {"ignore_eos": True}, "temperature": 0}
        said = client.chat.completions.create(model="seer", messages=ASKED, max_tokens=8, **more)
        assert said.choices[0].message.content == seer.told(ASKED, "red")
        parts: Any = [
            {"type": "input_text", "text": "What is "},
            {"type": "input_image", "image_url": RED.data_uri, "detail": "auto"},
            {"type": "input_text", "text": "?"},
        ]
        given: Any = [{"role": "user", "content": parts}]
        made = client.responses.create(model="seer", input=given, max_output_tokens=8, **more)
        assert made.output_text == seer.told(ASKED, "red")
        wrong = user({"type": "image_url", "image_url": {"url": "http://127.0.0.1/a.png"}})
        with pytest.raises(openai.BadRequestError, match="not a public address"):
            client.chat.completions.create(model="seer", messages=wrong)


def test_anthropic(address: str, seer: Seer) -> None:
    anthropic = pytest.importorskip("anthropic")
    source = {"type": "base64", "media_type": "image/png", "data": base64_of(RED)}
    content: Any = [
        {"type": "text", "text": "What is "},
        {"type": "image", "source": source},
        {"type": "text", "text": "?"},
    ]
    given: Any = [{"role": "user", "content": content}]
    with anthropic.Anthropic(base_url=address, api_key="none", max_retries=0) as client:
        extra = {"temperature": 0, "ignore_eos": True}
        said = client.messages.create(model="seer", max_tokens=8, messages=given, extra_body=extra)
        assert said.content[0].text == seer.told(ASKED, "red")
        assert client.messages.count_tokens(model="seer", messages=given).input_tokens == len(seer.ids(ASKED))


def test_ollama(address: str, seer: Seer) -> None:
    ollama = pytest.importorskip("ollama")
    told = seer.told(user("What is it?", RED), "red")
    options = {"temperature": 0, "num_predict": 8, "ignore_eos": True}
    with ollama.Client(host=address) as client:
        for image in (base64.b64decode(base64_of(RED)), base64_of(RED)):
            message = {"role": "user", "content": "What is it?", "images": [image]}
            assert client.chat("seer", [message], options=options).message.content == told
            assert client.generate("seer", "What is it?", images=[image], options=options).response == told
        assert "vision" in client.show("seer").capabilities
