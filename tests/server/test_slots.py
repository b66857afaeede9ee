"""Slots over HTTP: told of, saved, restored, erased, each API key its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from llamacffi import Llama
from llamacffi.server.app import create_app
from llamacffi.server.models.registry import Models
from llamacffi.server.settings import ModelSettings, ServerSettings
from tests.unit.llama.exact import EXACT

PROMPT = [*range(5, 40)]
Make = Callable[..., TestClient]


@pytest.fixture
def make(tiny_llama: Path, tmp_path: Path) -> Iterator[Make]:
    """Clients of one model, with a folder for slots."""
    one = ModelSettings.model_validate({"model": str(tiny_llama), "n_parallel": 2})
    llama = Llama(tiny_llama, n_ctx=512, n_parallel=2, **EXACT)

    def client(**more: Any) -> TestClient:
        options = {"slots": True, "slot_save_path": tmp_path / "saved", "allowed_hosts": ("*",), **more}
        app = create_app(ServerSettings(models=(one,), **options), Models([one], load=lambda _: llama))
        return TestClient(app, raise_server_exceptions=False)

    with llama:
        yield client


def asked(client: TestClient, **headers: str) -> int:
    """How many tokens of the prompt were found."""
    body = {"prompt": PROMPT, "n_predict": 4, "temperature": 0}
    answer = client.post("/completion", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["timings"]["cache_n"])


def test_looked_at(make: Make) -> None:
    client = make()
    assert [slot["id"] for slot in client.get("/slots").json()] == [0, 1]
    asked(client)
    first = client.get("/slots").json()[0]
    assert first == {"id": 0, "n_ctx": 512, "is_processing": False, "n_prompt_tokens": len(PROMPT) + 3}
    assert client.get("/slots?fail_on_no_slot=1").status_code == 200


def test_saved_restored_and_erased(make: Make, tmp_path: Path) -> None:
    client = make()
    assert asked(client) == 0
    saved = client.post("/slots/0?action=save", json={"filename": "one.bin"}).json()
    assert saved["n_saved"] == len(PROMPT) + 3
    assert (tmp_path / "saved" / "one.bin").stat().st_size > saved["n_written"] > 0
    assert client.post("/slots/0?action=erase").json() == {"id_slot": 0, "n_erased": len(PROMPT) + 3}
    assert asked(client) == 0
    assert client.post("/slots/0?action=erase").status_code == 200
    restored = client.post("/slots/1?action=restore", json={"filename": "one.bin"}).json()
    assert restored["n_restored"] == len(PROMPT) + 3
    assert restored["n_read"] == saved["n_written"]
    assert asked(client) == len(PROMPT) - 1


@pytest.mark.parametrize("name", ["", "../one", "a/b", "/etc/passwd", ".hidden", "a\\b", "a\0b", "x" * 129, "C:x"])
def test_names_without_a_folder_only(make: Make, name: str) -> None:
    client = make()
    asked(client)
    for action in ("save", "restore"):
        answer = client.post(f"/slots/0?action={action}", json={"filename": name})
        assert answer.status_code == 400
        assert answer.json()["error"]["param"] == "filename"


def test_what_cannot_be(make: Make, tmp_path: Path) -> None:
    client = make()
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "broken").write_bytes(b"GGSQ" + bytes(100))
    for path, body, status in (
        ("/slots/0?action=restore", {"filename": "none"}, 404),
        ("/slots/0?action=restore", {"filename": "broken"}, 400),
        ("/slots/0?action=save", {"filename": "empty"}, 400),
        ("/slots/2?action=save", {"filename": "x"}, 404),
        ("/slots/-1?action=erase", None, 404),
        ("/slots/0?action=burn", None, 400),
        ("/slots/0", None, 400),
    ):
        answer = client.post(path, json=body)
        assert answer.status_code == status, (path, answer.text)
        assert answer.json()["error"]["message"]


def test_only_where_they_were_asked_for(make: Make) -> None:
    client = make(slots=False, slot_save_path=None)
    assert client.get("/slots").status_code == 501
    assert "--slot-save-path" in client.post("/slots/0?action=save", json={"filename": "x"}).json()["error"]["message"]


def test_each_key_has_its_own(make: Make) -> None:
    client = make(api_key=("a", "b"))
    mine, others = {"Authorization": "Bearer a"}, {"Authorization": "Bearer b"}
    asked(client, **mine)
    assert "n_prompt_tokens" in client.get("/slots", headers=mine).json()[0]
    assert "n_prompt_tokens" not in client.get("/slots", headers=others).json()[0]
    name = {"filename": "one"}
    assert client.post("/slots/0?action=save", json=name, headers=mine).status_code == 200
    for action in ("save", "erase"):
        answer = client.post(f"/slots/0?action={action}", json=name, headers=others)
        assert "somebody else's" in answer.json()["error"]["message"]
    assert client.post("/slots/1?action=restore", json=name, headers=others).status_code == 404
