"""What is taken of pictures and sound in requests, and how much: no path, no damaged file, nothing without end."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import os
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llamacffi.core.media import Media
from tests.capabilities import needs
from tests.models.colors import noise, plain
from tests.server.media.conftest import model_with
from tests.server.media.seer import Seer, base64_of, image_url, seeing, sound, sound_part, user

pytestmark = [needs("llama-common's chat code"), needs("mtmd's parts")]
RED = plain("red")
JSON = {"Content-Type": "application/json"}
LIMITS: dict[str, Any] = {
    "media_count": 4,
    "media_bytes": 40_000,
    "media_pixels": 10_000,
    "media_seconds": 1.0,
    "media_urls": False,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("around") / "media"
    (folder / "cats").mkdir(parents=True)
    picture = base64.b64decode(base64_of(RED))
    for path in (folder / "red.png", folder / "cats" / "red one.png", folder.parent / "secret.png"):
        path.write_bytes(picture)
    (folder / "large.png").write_bytes(bytes(50_000))
    (folder / "notes.txt").write_text("the password is 1234")
    (folder / "inside.png").symlink_to(folder / "red.png")
    (folder / "outside.png").symlink_to(folder.parent / "secret.png")
    (folder / "elsewhere").symlink_to(folder.parent)
    return folder


@pytest.fixture(scope="module")
def limited(files: Path, folder: Path) -> Iterator[Seer]:
    """With small limits, and a folder."""
    with model_with(files, "color") as llm, seeing(llm, **LIMITS, media_path=folder) as seer:
        yield seer


def refused(answer: Any) -> str:
    assert answer.status_code == 400, answer.text
    message: str = answer.json()["error"]["message"]
    return message


def wide(n: int) -> Media:
    return Media.image(np.zeros((10, n, 3), np.uint8))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([RED] * 5, "may have 4 (media_count)"),
        ([noise(3, 130)], "image 1: it has more than 40000 bytes, which is the most that is taken (media_bytes)"),
        ([RED, plain("blue", 101)], "image 2: the picture has 101 x 101 pixels, and 10000 are the most"),
        ([plain("red", 60), plain("blue", 60), plain("green", 60)], "10800 pixels, but may have 10000 (media_pixels)"),
    ],
)
def test_limits(limited: Seer, content: list[Any], message: str) -> None:
    assert message in refused(limited.chat(user(*content)))


def test_the_length_of_a_sound(files: Path) -> None:
    with model_with(files, "ear") as llm, seeing(llm, **LIMITS) as listener:
        assert listener.chat(user(sound_part(sound(seconds=0.9)))).status_code == 200
        assert "1 s" in refused(listener.chat(user(sound_part(sound(seconds=1.2)))))


def test_a_picture_said_twice_counts_and_is_read_once(limited: Seer) -> None:
    messages = user(plain("red", 90), plain("red", 90), plain("red", 90))
    assert limited.chat(messages).status_code == 200


def bomb() -> bytes:
    """A picture of 100 MB of black in a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = (30_000).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    packed = zlib.compress(bytes(30_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a picture",
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        base64.b64decode(base64_of(noise(1)))[:500],
        bomb(),
        sound(seconds=0.1),
        b"%PDF-1.4 ...",
        b"<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/>",
    ],
)
def test_damaged_data(limited: Seer, data: bytes) -> None:
    url = f"data:image/png;base64,{base64.b64encode(data).decode()}"
    begin = time.perf_counter()
    message = refused(limited.chat(user({"type": "image_url", "image_url": {"url": url}})))
    assert message.startswith("image 1: ")
    assert time.perf_counter() - begin < 5


def test_damaged_sound(listener: Seer) -> None:
    for data in (b"RIFF" + bytes(40), sound()[:30], b"ID3" + bytes(50), base64.b64decode(base64_of(RED))):
        assert refused(listener.chat(user(sound_part(data)))).startswith("audio 1: ")


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url"},
        {"type": "image_url", "image_url": None},
        {"type": "image_url", "image_url": {}},
        {"type": "image_url", "image_url": {"url": 5}},
        {"type": "image_url", "image_url": {"url": ""}},
        {"type": "image_url", "image_url": ["data:"]},
        {"type": "image_url", "image_url": {"url": "data:image/png,abc"}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,!!!"}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64"}},
        {"type": "image_url", "image_url": {"url": "\ud800"}},
        {"type": "input_audio", "input_audio": "abc"},
        {"type": "video_url", "video_url": {"url": "data:video/mp4;base64,AAAA"}},
        {"type": "file", "file": {"file_data": "data:application/pdf;base64,AAAA"}},
        {"type": "image", "source": {"type": "base64", "data": "AAAA"}},
    ],
)
def test_parts_that_are_none(limited: Seer, part: dict[str, Any]) -> None:
    body = json.dumps({"messages": user("a ", part)})  # which writes half a surrogate pair too
    assert refused(limited.client.post("/v1/chat/completions", content=body, headers=JSON))


@pytest.mark.parametrize("kind", ["image", "image_url", "input_image", "audio"])
def test_no_text_is_a_path(limited: Seer, folder: Path, kind: str) -> None:
    for path in (
        folder / "red.png",
        "/etc/passwd",
        "../secret.png",
        "red.png",
        "//etc/passwd",
        "C:\\red.png",
        "~/red.png",
    ):
        name = "image_url" if kind == "input_image" else kind
        for given in (str(path), {"url": str(path)}, {"path": str(path)}):
            message = refused(limited.chat(user({"type": kind, name: given})))
            assert "root:" not in message


@pytest.mark.parametrize(
    "name", ["red.png", "cats/red one.png", "./cats/../red.png", "inside.png", "elsewhere/media/red.png"]
)
def test_files_of_the_folder(limited: Seer, name: str) -> None:
    answer = limited.chat(user("a ", {"type": "image_url", "image_url": {"url": f"file://{name}"}}))
    assert answer.status_code == 200, answer.text
    assert answer.json()["choices"][0]["message"]["content"] == limited.told(user("a ", RED), "red")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("../secret.png", "no such file"),
        ("cats/../../secret.png", "no such file"),
        ("/etc/passwd", "no such file"),
        ("/proc/self/environ", "no such file"),
        ("outside.png", "no such file"),
        ("elsewhere/secret.png", "no such file"),
        ("nowhere.png", "no such file"),
        ("cats", "no such file"),
        ("", "no such file"),
        (".", "no such file"),
        ("red.png\0", "no such file"),
        ("a" * 5000, "no such file"),
        ("%2e%2e/secret.png", "no such file"),
        ("..\\secret.png", "no such file"),
        ("large.png", "more than 40000 bytes"),
        ("notes.txt", "no picture that is known"),
    ],
)
def test_files_that_are_not_read(limited: Seer, name: str, message: str) -> None:
    for scheme in ("file://", "FILE://"):
        told = refused(limited.chat(user({"type": "image_url", "image_url": {"url": f"{scheme}{name}"}})))
        assert message in told
        assert "1234" not in told


def test_without_a_folder_there_are_no_files(seer: Seer, folder: Path) -> None:
    for url in (f"file://{folder}/red.png", "file://red.png"):
        told = refused(seer.chat(user({"type": "image_url", "image_url": {"url": url}})))
        assert "--media-path" in told


def test_a_device_is_no_file(limited: Seer, folder: Path) -> None:
    os.mkfifo(folder / "pipe.png")
    told = refused(limited.chat(user({"type": "image_url", "image_url": {"url": "file://pipe.png"}})))
    assert "no such file" in told


def test_lines_in_base64(seer: Seer) -> None:
    text = base64_of(noise(4))
    lines = "\r\n".join(text[i : i + 76] for i in range(0, len(text), 76))
    part = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{lines}"}}
    assert seer.chat(user(part)).status_code == 200


def test_the_event_loop_goes_on(viewer: Seer) -> None:
    """While a large picture is decoded others are answered."""
    import httpx

    file = io.BytesIO()
    from PIL import Image

    Image.fromarray(np.random.RandomState(0).randint(0, 255, (3000, 4000, 3)).astype(np.uint8)).save(file, "PNG")
    url = f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
    body = {"messages": user({"type": "image_url", "image_url": {"url": url}}), "max_tokens": 1}
    viewer.app.state.server.media = viewer.app.state.server.media.__class__.of(
        viewer.app.state.server.settings.model_copy(update={"media_bytes": 2**27})
    )

    async def run() -> tuple[int, float]:
        transport = httpx.ASGITransport(viewer.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver", timeout=60) as client:
            seen = asyncio.ensure_future(client.post("/v1/chat/completions", json=body))
            longest = 0.0
            await asyncio.sleep(0.1)
            while not seen.done():
                begin = time.perf_counter()
                await asyncio.sleep(0)
                assert (await client.get("/health")).status_code == 200
                longest = max(longest, time.perf_counter() - begin)
            return seen.result().status_code, longest

    status, longest = asyncio.run(run())
    assert status == 200
    assert longest < 1.0


def test_keys_share_nothing(files: Path) -> None:
    with model_with(files, "vit") as llm, seeing(llm, api_key=("one", "two")) as seer:
        counts = []
        for key in ("one", "one", "two"):
            headers = {"Authorization": f"Bearer {key}"}
            body = {"messages": user(noise(7)), "max_tokens": 2, "temperature": 0}
            answer = seer.client.post("/v1/chat/completions", json=body, headers=headers).json()
            counts.append(
                (llm.model.projector.n_encoded, answer["usage"]["prompt_tokens_details"]["cached_tokens"] > 0)
            )
        assert counts == [(1, False), (1, True), (2, False)]


def test_images_beside_texts(seer: Seer) -> None:
    """Each medium is where it was said, a text alone is a text, and what else a part has does not matter."""
    content = [image_url(RED), {"type": "text", "text": "b", "cache_control": {"type": "ephemeral"}}]
    assert seer.chat([{"role": "user", "content": content}]).status_code == 200
