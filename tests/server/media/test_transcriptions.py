"""OpenAI's transcriptions: a form with a sound, and its text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llamacffi import Llama
from llamacffi.core.projector import Projector
from tests.capabilities import needs
from tests.models import Script, write_audio_projector, write_scripted
from tests.server.media.seer import Seer, seeing, sound
from tests.unit.llama.exact import EXACT

pytestmark = [needs("llama-common's chat code"), needs("mtmd's parts")]
pytest.importorskip("python_multipart")
PATH = "/v1/audio/transcriptions"
SAID = "Good morning, everybody."


@pytest.fixture(scope="module")
def scribe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seer]:
    """It hears the same in all sounds."""
    folder = tmp_path_factory.mktemp("scribe")
    path = write_scripted(folder / "scribe.gguf", Script.of(SAID, n_chars=3), n_ctx_train=1024)
    with Llama(path, n_ctx=1024, n_parallel=2, mmproj=False, **EXACT) as llm:
        ear = write_audio_projector(folder / "ear.gguf", llm.n_embd())
        llm.model.set_projector(Projector(llm.model, ear, n_threads=1))
        with seeing(llm) as scribe:
            yield scribe


def ask(seer: Seer, path: str = PATH, *, data: Any = None, **fields: Any) -> Any:
    return seer.client.post(
        path, files={"file": ("said.wav", sound() if data is None else data, "audio/wav")}, data=fields
    )


@pytest.mark.parametrize("path", [PATH, "/audio/transcriptions"])
def test_a_transcript(scribe: Seer, path: str) -> None:
    answer = ask(scribe, path, model="whisper-1", temperature="0").json()
    assert answer["text"] == SAID
    assert answer["usage"]["type"] == "tokens"
    assert answer["usage"]["input_tokens"] > 75
    assert answer["usage"]["total_tokens"] == answer["usage"]["input_tokens"] + answer["usage"]["output_tokens"]


def test_as_text(scribe: Seer) -> None:
    answer = ask(scribe, response_format="text", temperature="0")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.text == SAID + "\n"


def test_as_a_stream(scribe: Seer) -> None:
    text = ask(scribe, stream="true", temperature="0").text
    events = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: {")]
    assert "".join(event["delta"] for event in events[:-1]) == events[-1]["text"] == SAID
    assert {event["type"] for event in events[:-1]} == {"transcript.text.delta"}
    assert events[-1]["type"] == "transcript.text.done"


def test_what_it_is_told(scribe: Seer) -> None:
    """The words before the sound are longer with a language, and others with a prompt."""
    counts = [
        ask(scribe, **fields).json()["usage"]["input_tokens"]
        for fields in ({}, {"language": "en"}, {"prompt": "a"}, {"prompt": "a", "language": "en"})
    ]
    assert counts[1] > counts[0] > counts[2]
    assert counts[0] - counts[2] == counts[1] - counts[3]


def test_options(scribe: Seer) -> None:
    assert len(ask(scribe, max_tokens="2", temperature="0").json()["text"]) < len(SAID)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"response_format": "srt"}, "response_format"),
        ({"response_format": "verbose_json"}, "response_format"),
        ({"temperature": "warm"}, "temperature"),
        ({"temperature": "-1"}, "temperature"),
        ({"temperature": "nan"}, "temperature"),
        ({"max_tokens": "0"}, "max_tokens"),
        ({"stream": "perhaps"}, "stream"),
    ],
)
def test_fields_that_cannot_be(scribe: Seer, fields: dict[str, str], param: str) -> None:
    answer = ask(scribe, **fields)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
    if param == "response_format":
        assert "'json' or 'text'" in answer.json()["error"]["message"]


@pytest.mark.parametrize("data", [b"", b"no sound", sound()[:20], b"\x89PNG\r\n\x1a\n"])
def test_files_that_are_no_sound(scribe: Seer, data: bytes) -> None:
    answer = ask(scribe, data=data)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "file")


def test_forms_that_are_none(scribe: Seer) -> None:
    client = scribe.client
    assert client.post(PATH, json={"file": "a"}).status_code == 415
    assert client.post(PATH).status_code == 415
    assert client.post(PATH, data={"file": "a"}).status_code == 415
    assert client.post(PATH, files={"other": b"a"}).json()["error"]["param"] == "file"
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    for body in (b"", b"--x", b"garbage", b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\na\r\n--x--\r\n'):
        assert client.post(PATH, content=body, headers=kind).status_code == 400, body
    assert client.post(PATH, content=b"a", headers={"Content-Type": "multipart/form-data"}).status_code == 400
    many = [(f"file{i}", ("a", b"a")) for i in range(50)]
    assert client.post(PATH, files=many).status_code == 400


def test_pages_of_others_send_no_files(scribe: Seer) -> None:
    for origin, status in (("http://evil.example", 415), ("null", 415), ("http://[", 415), ("http://testserver", 200)):
        answer = scribe.client.post(PATH, files={"file": ("a.wav", sound())}, headers={"Origin": origin})
        assert answer.status_code == status, origin


def test_who_does_not_hear(seer: Seer) -> None:
    answer = ask(seer)
    assert answer.status_code == 400
    assert "audio input is not supported" in answer.json()["error"]["message"]


def test_openais_client(scribe: Seer) -> None:
    openai = pytest.importorskip("openai")
    from tests.server.protocols.serving import running

    with running(scribe.app) as address:
        client = openai.OpenAI(base_url=f"{address}/v1", api_key="none")
        file = ("said.wav", sound())
        assert client.audio.transcriptions.create(model="any", file=file, temperature=0).text == SAID
        text = client.audio.transcriptions.create(model="any", file=file, temperature=0, response_format="text")
        assert text.strip() == SAID
        events = client.audio.transcriptions.create(model="any", file=file, temperature=0, stream=True)
        assert [event.text for event in events if event.type == "transcript.text.done"] == [SAID]


def test_the_limit_of_bytes(scribe: Seer, tmp_path: Path) -> None:
    with seeing(scribe.llm, media_bytes=1000) as small:
        assert "more than 1000 bytes" in ask(small).json()["error"]["message"]
