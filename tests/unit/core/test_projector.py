"""Pictures and sound as embeddings of a text model."""

from __future__ import annotations

import threading
import wave
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llamacffi import Batch, Model, ModelLoadError
from llamacffi.core.media import Media
from llamacffi.core.projector import MediaChunk, Projector, TextChunk
from llamacffi.errors import ClosedError, MediaError
from tests.capabilities import needs
from tests.models import LlamaShape, write_audio_projector, write_color_projector, write_llama, write_random_projector
from tests.models.colors import COLOR_TOKENS, COLORS, plain, rows_of

pytestmark = needs("mtmd's parts")
EXACT: dict[str, Any] = {"type_k": "f32", "type_v": "f32", "flash_attn_type": "disabled", "n_threads": 1}


@pytest.fixture(scope="module")
def model(tiny_llama: Path) -> Iterator[Model]:
    with Model(tiny_llama) as model:
        yield model


@pytest.fixture(scope="module")
def color(model: Model, tiny_llama: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Projector]:
    path = write_color_projector(tmp_path_factory.mktemp("color") / "mmproj.gguf", rows_of(tiny_llama))
    with Projector(model, path, n_threads=1) as projector:
        yield projector


@pytest.fixture(scope="module")
def vit(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Projector]:
    path = write_random_projector(tmp_path_factory.mktemp("vit") / "mmproj.gguf", model.n_embd)
    with Projector(model, path, n_threads=1) as projector:
        yield projector


@pytest.fixture(scope="module")
def ear(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Projector]:
    path = write_audio_projector(tmp_path_factory.mktemp("ear") / "mmproj.gguf", model.n_embd)
    with Projector(model, path, n_threads=1) as projector:
        yield projector


def tone(hertz: float, seconds: float = 1.0, rate: int = 16000) -> Any:
    return np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate).astype(np.float32) / 2


def wav(samples: Any, rate: int = 16000) -> bytes:
    file = BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes((samples * 32767).astype("<i2").tobytes())
    return file.getvalue()


def logits_after(model: Model, parts: list[Any]) -> Any:
    """The logits after tokens and embeddings, each decoded by itself."""
    with model.context(n_ctx=256, **EXACT) as context:
        pos = 0
        for part in parts:
            batch = Batch(len(part), n_embd=0 if isinstance(part, list) else model.n_embd)
            if isinstance(part, list):
                batch.extend(part, pos)
            else:
                batch.extend_embeddings(part, pos)
            context.decode(batch)
            pos += len(part)
        return context.logits()


@pytest.mark.parametrize(("name", "token"), list(zip(COLORS, COLOR_TOKENS, strict=True)))
def test_a_colour_is_the_token_of_its_word(model: Model, color: Projector, name: str, token: int) -> None:
    before, after = [1, 270, 271], [280, 281]
    (chunk,) = color.chunks([plain(COLORS[name])], add_special=False)
    assert isinstance(chunk, MediaChunk)
    assert (chunk.kind, chunk.n_tokens, chunk.n_pos, chunk.is_causal) == ("image", 1, 1, True)
    rows = color.encode(chunk)
    assert np.array_equal(rows, rows_of(model.path)[[COLOR_TOKENS.index(token)]])
    seen = logits_after(model, [before, rows, after])
    assert np.array_equal(seen, logits_after(model, [before, [token], after]))


def test_colours_are_mixed(model: Model, color: Projector) -> None:
    (chunk,) = color.chunks([plain((255, 255, 0))], add_special=False)
    assert isinstance(chunk, MediaChunk)
    rows = rows_of(model.path)
    assert color.encode(chunk)[0] == pytest.approx(rows[0] + rows[1], abs=1e-5)


def test_texts_and_media_in_their_order(model: Model, color: Projector) -> None:
    red, blue = plain(COLORS["red"]), plain(COLORS["blue"])
    tricky = f"a {color.marker} b"  # a text is a text, whatever is in it
    chunks = color.chunks([tricky, red, " and ", blue, red])
    texts = [chunk for chunk in chunks if isinstance(chunk, TextChunk)]
    media = [chunk.media for chunk in chunks if isinstance(chunk, MediaChunk)]
    assert media == [red, blue, red]
    assert list(texts[0].tokens) == model.vocab.tokenize(tricky)
    assert list(texts[1].tokens) == model.vocab.tokenize(" and ", add_special=False)
    assert color.chunks([]) == []
    (alone,) = color.chunks(["abc"], add_special=False)
    assert list(alone.tokens) == model.vocab.tokenize("abc", add_special=False)  # type: ignore[union-attr]


def test_pictures_differ(vit: Projector) -> None:
    pixels = np.random.RandomState(0).randint(0, 255, (48, 40, 3)).astype(np.uint8)
    found = []
    for one in (pixels, 255 - pixels, pixels):
        (chunk,) = vit.chunks([Media.image(one)], add_special=False)
        assert isinstance(chunk, MediaChunk)
        assert chunk.n_tokens == 16
        found.append(vit.encode(chunk))
    assert found[0].shape == (16, vit.n_embd)
    assert np.array_equal(found[0], found[2])
    assert not np.allclose(found[0], found[1], atol=0.1)


@pytest.mark.parametrize("shape", [(1, 1), (1, 199), (200, 1), (3, 500), (1000, 7), (32, 32)])
def test_pictures_of_every_shape(vit: Projector, shape: tuple[int, int]) -> None:
    (chunk,) = vit.chunks([Media.image(np.full((*shape, 3), 100, np.uint8))], add_special=False)
    assert isinstance(chunk, MediaChunk)
    assert np.isfinite(vit.encode(chunk)).all()


def test_sound(ear: Projector) -> None:
    assert (ear.hears, ear.sees, ear.sample_rate) == (True, False, 16000)
    rows = []
    for samples in (tone(440), tone(880)):
        (chunk,) = ear.chunks([Media.audio(samples)], add_special=False)
        assert isinstance(chunk, MediaChunk)
        assert (chunk.kind, chunk.n_tokens) == ("audio", 75)
        rows.append(ear.encode(chunk))
    assert not np.allclose(rows[0], rows[1], atol=1e-3)
    # The same out of a file, and at another rate.
    for media in (Media.audio(wav(tone(440))), Media.audio(tone(440, rate=8000), sample_rate=8000)):
        (chunk,) = ear.chunks([media], add_special=False)
        assert isinstance(chunk, MediaChunk)
        apart = np.abs(ear.encode(chunk) - rows[0]).mean()
        assert apart < np.abs(rows[1] - rows[0]).mean() / 2


@pytest.mark.parametrize("n", [1, 2, 100, 399, 16000 * 31])
def test_sound_of_every_length(ear: Projector, n: int) -> None:
    try:
        chunks = ear.chunks([Media.audio(np.full(n, 0.1, np.float32))])
    except MediaError:
        return  # too short
    for chunk in chunks:
        if isinstance(chunk, MediaChunk):
            assert np.isfinite(ear.encode(chunk)).all()


def test_what_a_projector_does_not_take(ear: Projector, vit: Projector) -> None:
    with pytest.raises(MediaError, match="takes no sound"):
        vit.chunks([Media.audio(tone(440))])
    with pytest.raises(MediaError, match="takes no pictures"):
        ear.chunks(["a", plain((1, 2, 3))])
    broken = b"RIFF" + bytes(4) + b"WAVEfmt " + bytes(40)
    with pytest.raises(MediaError, match="cannot be decoded"):
        ear.chunks([Media.audio(broken)])
    assert ear.chunks([Media.audio(tone(440))])  # it works on


def test_damaged_sound_is_an_error(ear: Projector) -> None:
    chance, whole, n_refused = np.random.RandomState(2), wav(tone(440, 0.2)), 0
    for _ in range(100):
        data = bytearray(whole)
        for at in chance.randint(0, 60, 4):
            data[at] = chance.randint(0, 256)
        try:
            ear.chunks([Media.audio(bytes(data))])
        except MediaError:
            n_refused += 1
    assert n_refused > 20


def test_what_cannot_be_loaded(model: Model, tiny_llama: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelLoadError):
        Projector(model, tmp_path / "nowhere.gguf")
    with pytest.raises(ModelLoadError):
        Projector(model, tiny_llama)
    other = write_llama(tmp_path / "wide.gguf", shape=LlamaShape(n_embd=128))
    wide = write_random_projector(tmp_path / "mmproj.gguf", 128)
    with pytest.raises(ModelLoadError):
        Projector(model, wide)
    with Model(other) as larger, Projector(larger, wide) as projector:
        assert projector.n_embd == 128
        assert "pictures" in repr(projector)


def test_it_ends_with_its_model(tiny_llama: Path, tmp_path: Path) -> None:
    path = write_color_projector(tmp_path / "mmproj.gguf", rows_of(tiny_llama))
    with Model(tiny_llama) as model:
        projector = Projector(model, path)
        (chunk,) = projector.chunks([plain((255, 0, 0))], add_special=False)
        assert isinstance(chunk, MediaChunk)
    assert projector.closed
    with pytest.raises(ClosedError):
        projector.encode(chunk)


def test_the_same_picture_is_encoded_once(model: Model, vit: Projector) -> None:
    pixels = np.random.RandomState(5).randint(0, 255, (40, 40, 3)).astype(np.uint8)
    before, found = vit.n_encoded, list[Any]()

    def ask() -> None:
        (chunk,) = vit.chunks([Media.image(pixels)], add_special=False)
        assert isinstance(chunk, MediaChunk)
        found.append(vit.encode(chunk))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert vit.n_encoded == before + 1
    assert all(rows is found[0] for rows in found)
    with pytest.raises(ValueError, match="read-only"):
        found[0][0] = 0


def test_what_is_kept_has_a_bound(model: Model, vit: Projector) -> None:
    n_bytes = 16 * model.n_embd * 4  # of a picture
    with Projector(model, vit.path, n_threads=1, cache_bytes=3 * n_bytes) as projector:
        media = [Media.image(np.full((8, 8, 3), i, np.uint8)) for i in range(5)]
        for one in (*media, *media[-3:], media[0], media[4], media[3]):
            (chunk,) = projector.chunks([one], add_special=False)
            assert isinstance(chunk, MediaChunk)
            projector.encode(chunk)
        # Five; the last three were there; the first was not, and of the last two both were.
        assert projector.n_encoded == 6
    with Projector(model, vit.path, n_threads=1, cache_bytes=0) as projector:
        (chunk,) = projector.chunks([media[0]], add_special=False)
        assert isinstance(chunk, MediaChunk)
        assert np.array_equal(projector.encode(chunk), projector.encode(chunk))
        assert projector.n_encoded == 2
