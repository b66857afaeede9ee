"""Vectors of prompts with pictures in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llamacffi import ContextError, Engine, MediaError, Model, embed
from llamacffi.core.projector import Projector
from tests.capabilities import needs
from tests.models import write_color_projector, write_random_projector
from tests.models.colors import COLOR_TOKENS, noise, plain, rows_of, without_media
from tests.models.exact import EXACT

pytestmark = needs("mtmd's parts")
OPTIONS: dict[str, Any] = {**EXACT, "n_threads": 1, "n_threads_batch": 1, "pooling_type": "last"}


@pytest.fixture(scope="module")
def model(tiny_llama: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    path = write_color_projector(tmp_path_factory.mktemp("color") / "mmproj.gguf", rows_of(tiny_llama))
    with Model(tiny_llama, mmproj=path) as model:
        yield model


def test_a_picture_is_the_word_for_it(model: Model) -> None:
    texts: list[Any] = ["abc", ["a ", plain("red"), " b"], "b", ["a ", plain("blue"), " b"], [5, 6, 7]]
    words = [
        without_media(model.projector.prompt(text), COLOR_TOKENS[2 * (i == 3)]) if i in {1, 3} else text
        for i, text in enumerate(texts)
    ]
    with model.context(n_ctx=256, n_seq_max=4, kv_unified=True, embeddings=True, **OPTIONS) as context:
        seen, read = embed(context, texts), embed(context, words)
    assert seen == pytest.approx(read, abs=1e-5)
    assert not np.allclose(seen[1], seen[3], atol=1e-3)
    with Engine(model, n_ctx=256, embedding_options=OPTIONS) as engine:
        assert engine.embed(texts) == pytest.approx(read, abs=1e-5)
    prompt = model.projector.prompt(texts[1])
    with model.context(n_ctx=256, embeddings=True, **OPTIONS) as context:
        assert embed(context, [prompt])[0] == pytest.approx(read[1], abs=1e-5)


def test_what_does_not_pool_the_last(model: Model) -> None:
    options = {**OPTIONS, "pooling_type": "mean"}
    with model.context(n_ctx=256, embeddings=True, **options) as context:
        with pytest.raises(ContextError, match="pools 'last'"):
            embed(context, [["a ", plain("red"), " b"]])
        assert embed(context, ["ab"]).shape == (1, model.n_embd)
    with Engine(model, n_ctx=256, embedding_options=options) as engine:
        with pytest.raises(ContextError, match="pools 'last'"):
            engine.embed([["a ", plain("red"), " b"]])
        assert engine.embed(["ab"]).shape == (1, model.n_embd)


def test_a_model_without_a_projector(tiny_llama: Path) -> None:
    with Model(tiny_llama, mmproj=False) as text, pytest.raises(MediaError, match="takes text alone"):
        embed(text, [["a ", plain("red")]])


def test_a_part_of_a_picture(model: Model, tmp_path: Path) -> None:
    eye = write_random_projector(tmp_path / "vit.gguf", model.n_embd)
    with Projector(model, eye, n_threads=1) as vit, model.context(n_ctx=256, embeddings=True, **OPTIONS) as context:
        prompt = vit.prompt(["a ", noise(1), " b"])
        with pytest.raises(MediaError, match="decoded whole"):
            embed(context, [prompt[:8]])
        assert embed(context, [prompt]).shape == (1, model.n_embd)
