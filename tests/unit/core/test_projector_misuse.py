"""Projectors that are closed, forked, damaged or given the wrong things while they work."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llamacffi import Model, ModelLoadError
from llamacffi.core.media import Media
from llamacffi.core.projector import MediaChunk, Projector
from llamacffi.errors import ClosedError, LlamaError
from tests.capabilities import needs
from tests.models import write_qwen2vl, write_qwen2vl_projector, write_random_projector
from tests.models.colors import noise

pytestmark = needs("mtmd's parts")


@pytest.fixture(scope="module")
def model(tiny_llama: Path) -> Iterator[Model]:
    with Model(tiny_llama) as model:
        yield model


@pytest.fixture
def vit(model: Model, tmp_path: Path) -> Iterator[Projector]:
    with Projector(model, write_random_projector(tmp_path / "vit.gguf", model.n_embd), n_threads=1) as projector:
        yield projector


def chunk_of(projector: Projector, media: Media) -> MediaChunk:
    (chunk,) = (one for one in projector.chunks([media]) if isinstance(one, MediaChunk))
    return chunk


def use_until_closed(projector: Projector, found: list[BaseException]) -> None:
    try:
        while True:
            chunk = chunk_of(projector, noise(1))
            assert chunk.positions(5) is not None
            assert np.isfinite(projector.encode(chunk)).all()
    except BaseException as error:  # noqa: BLE001 - which one it was is looked at
        found.append(error)


@pytest.mark.parametrize("closes", ["projector", "model"])
def test_closed_while_others_use_it(tmp_path: Path, closes: str) -> None:
    text, eye = write_qwen2vl(tmp_path / "text.gguf"), write_qwen2vl_projector(tmp_path / "eye.gguf", 64)
    for round_ in range(15):
        model = Model(text, mmproj=False)
        projector, found = Projector(model, eye, n_threads=1, cache_bytes=0), list[BaseException]()
        threads = [threading.Thread(target=use_until_closed, args=(projector, found)) for _ in range(3)]
        for thread in threads:
            thread.start()
        time.sleep(random.Random(round_).random() * 0.02)
        (projector if closes == "projector" else model).close()
        for thread in threads:
            thread.join()
        model.close()
        assert [type(error) for error in found] == [ClosedError] * 3, found


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_forked_while_it_encodes(vit: Projector, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = chunk_of(vit, noise(1)), chunk_of(vit, noise(2))
    begun, go, encoded = threading.Event(), threading.Event(), vit._encoded

    def held(chunk: MediaChunk) -> Any:
        begun.set()
        assert go.wait(60)
        return encoded(chunk)

    monkeypatch.setattr(vit, "_encoded", held)
    thread = threading.Thread(target=vit.encode, args=(first,))
    thread.start()
    assert begun.wait(60)
    monkeypatch.setattr(vit, "_encoded", encoded)
    pid = os.fork()
    if not pid:  # pragma: no cover - in the child
        signal.alarm(20)
        try:
            vit.encode(second)
        except LlamaError as error:
            os._exit(0 if "before os.fork()" in str(error) else 2)
        os._exit(1)
    go.set()
    thread.join()
    assert os.waitpid(pid, 0)[1] == 0


def test_prompts_do_not_wait_for_an_encoder(vit: Projector, monkeypatch: pytest.MonkeyPatch) -> None:
    go, done, encoded = threading.Event(), threading.Event(), vit._encoded

    def held(chunk: MediaChunk) -> Any:
        assert go.wait(60)
        return encoded(chunk)

    def prompt() -> None:
        vit.prompt(["a ", noise(2)])
        done.set()

    monkeypatch.setattr(vit, "_encoded", held)
    threads = [threading.Thread(target=vit.encode, args=(chunk_of(vit, noise(1)),)), threading.Thread(target=prompt)]
    for thread in threads:
        thread.start()
    assert done.wait(30)
    go.set()
    for thread in threads:
        thread.join()


def test_a_chunk_of_another_projector(model: Model, vit: Projector) -> None:
    chunk = chunk_of(vit, noise(1))
    with Projector(model, vit.path, n_threads=1) as other:
        with pytest.raises(ValueError, match="was made by"):
            other.encode(chunk)
        assert other.n_encoded == 0


def test_a_file_that_ends_early(model: Model, vit: Projector, tmp_path: Path) -> None:
    whole, path = vit.path.read_bytes(), tmp_path / "cut.gguf"
    for n_missing in (1000, 100, 1):  # in its last tensor
        path.write_bytes(whole[:-n_missing])
        with pytest.raises(ModelLoadError):
            Projector(model, path)
    path.write_bytes(whole)
    Projector(model, path).close()


@pytest.mark.parametrize("part", [5, None, b"ab", ["ab"], np.zeros((4, 4, 3), np.uint8)])
def test_what_is_no_part(vit: Projector, part: Any) -> None:
    with pytest.raises(TypeError, match="must be a text or Media"):
        vit.prompt(["ab", part])


def test_where_no_text_can_be(tmp_path: Path) -> None:
    eye = write_qwen2vl_projector(tmp_path / "eye.gguf", 64)
    with Model(write_qwen2vl(tmp_path / "text.gguf")) as model, Projector(model, eye, n_threads=1) as projector:
        chunk = chunk_of(projector, noise(1))
        for wrong in (-1, 2**31 - 2, 2**31, 2**70):
            with pytest.raises(ValueError, match="pos0"):
                chunk.positions(wrong)


@pytest.mark.parametrize("wrong", [5, None, b"mmproj.gguf", ["mmproj.gguf"]])
def test_what_is_no_projector(tiny_llama: Path, wrong: Any) -> None:
    with pytest.raises(TypeError, match="mmproj must be a file"):
        Model(tiny_llama, mmproj=wrong)


def test_a_projector_of_another_model(tiny_llama: Path, vit: Projector) -> None:
    with pytest.raises(TypeError, match="set_projector"):
        Model(tiny_llama, mmproj=vit)  # type: ignore[arg-type]
