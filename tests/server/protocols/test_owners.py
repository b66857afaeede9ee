"""What belongs to one API key, another one neither sees nor shares."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from llamacffi import Llama
from tests.capabilities import needs
from tests.server.protocols.serving import app_of, running
from tests.unit.llama.exact import EXACT

pytestmark = needs("llama-common's chat code")
httpx = pytest.importorskip("httpx")


class Salted:
    """Takes a header for what a key stands for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            salt = dict(scope["headers"]).get(b"x-salt")
            scope.setdefault("state", {})["cache_salt"] = None if salt is None else salt.decode()
        await self._app(scope, receive, send)


@pytest.fixture(scope="module")
def address(thinker_path: Path) -> Iterator[str]:
    with Llama(thinker_path, n_ctx=4096, n_parallel=2, **EXACT) as llm:
        app = app_of({"thinker": llm})
        app.add_middleware(Salted)
        with running(app) as address:
            yield address


def post(address: str, route: str, salt: str, **body: Any) -> Any:
    asked = {"temperature": 0, "max_output_tokens": 4, "max_tokens": 4, **body}
    return httpx.post(f"{address}{route}", json=asked, headers={"x-salt": salt})


def test_a_response_is_its_askers(address: str) -> None:
    stored = post(address, "/v1/responses", "a", input="And?").json()
    url = f"{address}/v1/responses/{stored['id']}"
    assert httpx.get(url, headers={"x-salt": "a"}).json() == stored
    for headers in ({"x-salt": "b"}, {}):
        assert httpx.get(url, headers=headers).status_code == 404
        assert httpx.get(f"{url}/input_items", headers=headers).status_code == 404
        assert httpx.delete(url, headers=headers).status_code == 404
    reference = {"type": "item_reference", "id": stored["output"][0]["id"]}
    for fields in ({"input": "x", "previous_response_id": stored["id"]}, {"input": [reference]}):
        assert post(address, "/v1/responses", "a", **fields).status_code == 200
        assert post(address, "/v1/responses", "b", **fields).status_code == 400
    assert httpx.delete(url, headers={"x-salt": "a"}).json()["deleted"] is True


def cached(answer: Any) -> int:
    """Of how much of its prompt an answer knew before, by whichever protocol."""
    usage = answer.json()["usage"]
    found: int = usage.get("cache_read_input_tokens", usage.get("input_tokens_details", {}).get("cached_tokens"))
    return found


def test_prefixes_are_shared_with_oneself(address: str) -> None:
    user = [{"role": "user", "content": "How many cats are there?"}]
    assert cached(post(address, "/v1/messages", "d", messages=user)) == 0
    assert cached(post(address, "/v1/messages", "e", messages=user)) == 0
    assert cached(post(address, "/v1/messages", "d", messages=user)) > 10
    assert cached(post(address, "/v1/responses", "d", input=user)) > 10
    assert cached(post(address, "/v1/responses", "f", input=user)) == 0
    assert cached(post(address, "/v1/responses", "d", input=user, cache_prompt=False)) == 0
