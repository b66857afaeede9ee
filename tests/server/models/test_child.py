"""A model in a process of its own: it answers as one in this process does, and its end costs nobody else."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.models import Script, write_scripted
from tests.server.process import process

TEXT = " ".join(map(str, range(100, 700))) + "!"
KEYS = ("key-1", "key-2")


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory, tiny_llama: Path) -> Path:
    folder = tmp_path_factory.mktemp("children")
    scripted = write_scripted(folder / "scripted.gguf", Script.of(TEXT, n_chars=3), n_ctx_train=4096)
    models: list[dict[str, Any]] = [
        {"model": str(scripted), "alias": "here", "n_ctx": 4096},
        {"model": str(scripted), "alias": "apart,also", "n_ctx": 4096, "isolated": True, "n_parallel": 2},
        {"model": str(tiny_llama), "alias": "tiny", "n_ctx": 16384, "isolated": True, "host_bytes": 0},
        {"model": str(folder / "nowhere.gguf"), "alias": "broken", "isolated": True},
    ]
    path = folder / "server.json"
    shared = {"n_threads": 1, "slots": True, "models_memory": 2**33, "api_key": list(KEYS), "grace_seconds": 5}
    path.write_text(json.dumps({"models": models, **shared}), "utf-8")
    return path


@pytest.fixture(scope="module")
def client(config: Path) -> Iterator[httpx.Client]:
    with process(None, "--config-file", str(config)) as (server, address, _):
        headers = {"Authorization": f"Bearer {KEYS[0]}"}
        with httpx.Client(base_url=address, headers=headers, timeout=120, trust_env=False) as client:
            yield client
        assert server.poll() is None


def chat(model: str, **fields: Any) -> dict[str, Any]:
    return {
        "model": model,
        "messages": [{"role": "user", "content": "a"}],
        "temperature": 0,
        "max_tokens": 20,
        **fields,
    }


def events(text: str) -> list[Any]:
    return [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: {")]


def told(parts: list[Any]) -> Any:
    """What a stream says, however many tokens a part has."""
    choices = [choice for part in parts for choice in part["choices"]]
    text = "".join(choice["delta"].get("content") or "" for choice in choices)
    return [text, choices[0]["delta"]["role"], choices[-1], sorted({name for part in parts for name in part})]


def pid_of(client: httpx.Client, name: str) -> int:
    """The process of a model, by what the operating system says of the server's children."""
    card = client.get(f"/v1/models/{name}").json()
    assert card["status"]["value"] == "loaded", card
    return int(card["status"]["pid"])


def without_times(answer: Any) -> Any:
    if isinstance(answer, dict):
        names = ("id", "created", "timings", "model")
        return {name: without_times(value) for name, value in answer.items() if name not in names}
    return [without_times(one) for one in answer] if isinstance(answer, list) else answer


@pytest.mark.parametrize("stream", [False, True])
def test_it_answers_as_one_in_this_process(client: httpx.Client, stream: Any) -> None:
    said = []
    for model in ("here", "apart"):
        answer = client.post("/v1/chat/completions", json=chat(model, stream=stream, cache_prompt=False))
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].partition(";")[0] == (
            "text/event-stream" if stream else "application/json"
        )
        said.append(told(events(answer.text)) if stream else answer.json())
        assert "x-request-id" in answer.headers
    assert without_times(said[0]) == without_times(said[1])


def test_every_protocol_finds_it(client: httpx.Client) -> None:
    message = {"role": "user", "content": "a"}
    asked: list[tuple[str, dict[str, Any]]] = [
        ("/v1/completions", {"model": "also", "prompt": "a", "max_tokens": 3}),
        ("/v1/responses", {"model": "apart", "input": "a", "max_output_tokens": 16}),
        ("/v1/messages", {"model": "apart", "messages": [message], "max_tokens": 3}),
        ("/api/chat", {"model": "apart", "messages": [message], "stream": False, "options": {"num_predict": 3}}),
        ("/completion", {"model": "apart", "prompt": "a", "n_predict": 3}),
        ("/v1/embeddings", {"model": "tiny", "input": "a"}),
        ("/tokenize", {"model": "apart", "content": "a b"}),
        ("/extras/tokenize/count", {"model": "apart", "input": "a b"}),
        ("/apply-template", chat("apart")),
    ]
    for path, body in asked:
        answer = client.post(path, json=body)
        assert answer.status_code == 200, (path, answer.text)
    for path in (
        "/props?model=apart",
        "/slots?model=apart",
        "/tokenizer_info?model=apart",
        "/lora-adapters?model=apart",
    ):
        assert client.get(path).status_code == 200, path
    assert client.get("/props?model=apart").json()["model_alias"] == "apart"
    wrong = client.post("/v1/messages", json={"model": "apart", "messages": [], "max_tokens": 3})
    assert wrong.status_code == 400
    assert wrong.json()["type"] == "error"


def test_what_it_has_stored_is_found(client: httpx.Client) -> None:
    made = client.post("/v1/responses", json={"model": "apart", "input": "a", "max_output_tokens": 16}).json()
    assert client.get(f"/v1/responses/{made['id']}").json()["id"] == made["id"]
    assert client.get("/v1/responses/resp_nothing").status_code == 404
    other = client.get(f"/v1/responses/{made['id']}", headers={"Authorization": f"Bearer {KEYS[1]}"})
    assert other.status_code == 404
    more = {"model": "apart", "input": "b", "previous_response_id": made["id"], "max_output_tokens": 16}
    assert client.post("/v1/responses", json=more).status_code == 200
    assert client.delete(f"/v1/responses/{made['id']}").json()["deleted"]


def test_keys_share_nothing_there_either(client: httpx.Client) -> None:
    body = {"model": "tiny", "prompt": list(range(5, 105)), "n_predict": 1}
    client.post("/completion", json=body)
    found = []
    for key in KEYS:
        answer = client.post("/completion", json=body, headers={"Authorization": f"Bearer {key}"})
        found.append(answer.json()["timings"]["cache_n"])
    assert found[0] >= 98
    assert found[1] == 0


def test_it_is_listed_and_counted(client: httpx.Client) -> None:
    client.post("/v1/chat/completions", json=chat("apart"))
    listed = {one["id"]: one for one in client.get("/v1/models").json()["data"]}
    assert listed["apart"]["meta"]["n_ctx_train"] == 4096
    assert listed["apart"]["memory"] > 2**16
    assert "apart" in [one["name"] for one in client.get("/api/ps").json()["models"]]
    text = client.get("/metrics").text
    assert 'llamacffi_request_seconds_count{model="apart"}' in text
    lines = text.splitlines()
    assert len([line for line in lines if line.startswith("llamacpp:tokens_predicted_total ")]) == 1
    assert len(lines) == len(set(lines))


def test_one_that_cannot_be_loaded(client: httpx.Client) -> None:
    answer = client.post("/v1/chat/completions", json=chat("broken"))
    assert answer.status_code == 503
    assert "broken cannot be loaded" in answer.json()["error"]["message"]
    assert client.post("/v1/chat/completions", json=chat("here")).status_code == 200


def test_who_goes_frees_its_slot(client: httpx.Client) -> None:
    body = chat("apart", stream=True, max_tokens=4000)
    for _ in range(3):  # more than there are slots
        with client.stream("POST", "/v1/chat/completions", json=body) as answer:
            next(answer.iter_lines())
    until = time.monotonic() + 30
    while any(slot["is_processing"] for slot in client.get("/slots?model=apart").json()):
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.skipif(os.name == "nt", reason="no signals")
def test_its_end_costs_nobody_else_and_it_is_started_again(client: httpx.Client) -> None:
    client.post("/v1/chat/completions", json=chat("tiny"))
    pid = pid_of(client, "tiny")
    lines: list[str] = []

    def read() -> None:
        body = {"model": "tiny", "prompt": [5], "max_tokens": 16000, "stream": True, "ignore_eos": True}
        with client.stream("POST", "/v1/completions", json=body) as answer:
            for line in answer.iter_lines():
                if not lines:
                    os.kill(pid, signal.SIGABRT)  # as a failed assertion in llama.cpp does
                lines.append(line)

    reader = threading.Thread(target=read)
    reader.start()
    reader.join(60)
    assert not reader.is_alive()
    last = json.loads(lines[-2].removeprefix("data: "))
    assert last["error"]["code"] == 503
    assert "has ended" in last["error"]["message"]
    assert client.post("/v1/chat/completions", json=chat("here")).status_code == 200
    until = time.monotonic() + 60
    while (status := client.get("/v1/models/tiny").json()["status"]).get("pid") in (None, pid):  # by itself
        assert time.monotonic() < until, status
        time.sleep(0.05)
    assert client.post("/v1/chat/completions", json=chat("tiny")).status_code == 200


def test_it_is_unloaded_and_loaded_by_hand(client: httpx.Client) -> None:
    assert client.post("/models/load", json={"model": "apart"}).json() == {"success": True}
    pid = pid_of(client, "apart")
    assert client.post("/models/unload", json={"model": "also"}).json() == {"success": True}
    assert client.get("/v1/models/apart").json()["status"]["value"] == "unloaded"
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert client.post("/models/unload", json={"model": "apart"}).status_code == 400
    assert client.post("/models/load", json={"model": "nobody"}).status_code == 404
    assert client.post("/v1/chat/completions", json=chat("apart")).status_code == 200


@pytest.mark.skipif(os.name == "nt", reason="no signals")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_it_ends_with_the_server(config: Path, how: signal.Signals) -> None:
    with process(None, "--config-file", str(config)) as (server, address, _):
        headers = {"Authorization": f"Bearer {KEYS[0]}"}
        with httpx.Client(base_url=address, headers=headers, timeout=120, trust_env=False) as client:
            client.post("/v1/chat/completions", json=chat("tiny"))
            pid = pid_of(client, "tiny")
        server.send_signal(how)
        server.wait(30)
        until = time.monotonic() + 30
        while _lives(pid):
            assert time.monotonic() < until
            time.sleep(0.05)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")  # nobody may wait for one whose parent is gone
    return not stat.exists() or stat.read_text("utf-8").rpartition(")")[2].split()[0] != "Z"


def test_nobody_else_is_answered(tmp_path: Path, tiny_llama: Path) -> None:
    from starlette.testclient import TestClient

    from llamacffi.server.app import create_app
    from llamacffi.server.settings import ModelSettings, ServerSettings

    settings = ServerSettings(models=(ModelSettings(model=str(tiny_llama)),), allowed_hosts=("*",))
    app = TestClient(create_app(settings, parent="secret"))
    for headers in ({}, {"x-llamacffi-secret": "other"}):
        assert app.get("/v1/models", headers=headers).status_code == 401
    assert app.get("/v1/models", headers={"x-llamacffi-secret": "secret"}).status_code == 200
