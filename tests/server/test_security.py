"""Who is answered, how much is taken, and what those are told who are not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from llamacffi import Llama
from tests.server.protocols.serving import app_of
from tests.unit.llama.exact import EXACT

CHAT = {"messages": [{"role": "user", "content": "a"}], "max_tokens": 2}
JSON = "application/json"


@pytest.fixture(scope="module")
def llama(tiny_llama: Path) -> Iterator[Llama]:
    with Llama(tiny_llama, n_ctx=512, **EXACT) as llama:
        yield llama


def client(llama: Llama, **settings: Any) -> TestClient:
    return TestClient(app_of({"tiny": llama}, **settings), raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer nobody"}, 401),
        ({"Authorization": "Basic first"}, 401),
        ({"Authorization": "Bearer "}, 401),
        ({"Authorization": "Bearer firs"}, 401),
        ({"X-Api-Key": "first, second"}, 401),
        ({"Authorization": "Bearer first"}, 200),
        ({"authorization": "bearer  second "}, 200),
        ({"X-Api-Key": "second"}, 200),
    ],
)
def test_keys(llama: Llama, headers: Mapping[str, str], status: int) -> None:
    asked = client(llama, api_key=("first", "second"))
    answer = asked.post("/v1/chat/completions", json=CHAT, headers=headers)
    assert answer.status_code == status
    if status == 401:
        assert answer.json()["error"]["type"] == "authentication_error"
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["/v1/models", "/metrics", "/docs", "/openapi.json", "/api/tags", "/nowhere"])
def test_what_needs_a_key(llama: Llama, path: str) -> None:
    asked = client(llama, api_key=("first",))
    assert asked.get(path).status_code == 401
    assert asked.get(path, headers={"X-Api-Key": "first"}).status_code == (404 if path == "/nowhere" else 200)


@pytest.mark.parametrize("path", ["/health", "/v1/health", "/livez", "/readyz"])
def test_what_needs_none(llama: Llama, path: str) -> None:
    assert client(llama, api_key=("first",)).get(path).json() == {"status": "ok"}


def test_errors_in_the_words_of_each_protocol(llama: Llama) -> None:
    asked = client(llama, api_key=("first",))
    assert asked.post("/v1/messages", json={}).json()["type"] == "error"
    assert isinstance(asked.post("/api/chat", json={}).json()["error"], str)


def test_keys_share_no_prompts(llama: Llama) -> None:
    asked = client(llama, api_key=("first", "second"))

    def n_cached(key: str) -> int:
        body = {"prompt": "abcdefghijklmnopqrstuvwxyz", "max_tokens": 1}
        answer = asked.post("/v1/completions", json=body, headers={"X-Api-Key": key})
        told: int = answer.json()["usage"]["prompt_tokens_details"]["cached_tokens"]
        return told

    assert n_cached("first") <= 1  # BOS
    assert n_cached("first") > 5
    assert n_cached("second") <= 1


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("127.0.0.1:8000", 200),
        ("[::1]:8000", 200),
        ("named.example", 200),
        ("evil.example", 403),
        ("localhost.evil.example", 403),
        ("", 403),
        ("[", 403),
    ],
)
def test_names_of_the_server(llama: Llama, host: str, status: int) -> None:
    asked = client(llama, allowed_hosts=("named.example",))
    assert asked.get("/health", headers={"Host": host}).status_code == status


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (JSON, 200),
        ("application/json; charset=utf-8", 200),
        ("Application/JSON", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("", 415),
    ],
)
def test_bodies_are_json(llama: Llama, kind: str, status: int) -> None:
    body = b'{"messages": [{"role": "user", "content": "a"}], "max_tokens": 1}'
    answer = client(llama).post("/v1/chat/completions", content=body, headers={"Content-Type": kind})
    assert answer.status_code == status


def test_other_sites_pages(llama: Llama) -> None:
    asked = {"Origin": "https://page.example", "Access-Control-Request-Method": "POST"}
    closed = client(llama).options("/v1/chat/completions", headers=asked)
    assert "access-control-allow-origin" not in closed.headers
    opened = client(llama, cors_origins=("https://page.example",))
    told = opened.options("/v1/chat/completions", headers=asked)
    assert told.headers["access-control-allow-origin"] == "https://page.example"
    other = opened.options("/v1/chat/completions", headers={**asked, "Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers


@pytest.mark.parametrize("is_told", [True, False])
def test_large_bodies(llama: Llama, is_told: bool) -> None:  # noqa: FBT001 - of the parameters
    asked = client(llama, max_body_bytes=1000)
    body = b'{"prompt": "' + b"a" * 2000 + b'"}'
    content: Any = body if is_told else iter([body[:500], body[500:]])
    answer = asked.post("/v1/completions", content=content, headers={"Content-Type": JSON})
    assert answer.status_code == 413
    assert "1000 bytes" in answer.json()["error"]["message"]


def test_ids_of_requests(llama: Llama) -> None:
    asked = client(llama)
    assert asked.get("/health", headers={"X-Request-Id": "mine-1"}).headers["x-request-id"] == "mine-1"
    assert asked.get("/health", headers={"X-Request-Id": "a b\\n"}).headers["x-request-id"] != "a b\\n"
    assert asked.get("/health").headers["x-request-id"] != asked.get("/health").headers["x-request-id"]


def test_what_is_counted(llama: Llama) -> None:
    asked = client(llama)
    assert asked.post("/v1/chat/completions", json=CHAT).status_code == 200
    assert client(llama, metrics=False).get("/metrics").status_code == 501
    text = asked.get("/metrics").text
    assert "llamacpp:tokens_predicted_total" in text
    assert "llamacpp:requests_processing 0.0" in text
