"""The default model sees three colours, each as the word for it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from llamacffi import ChatSession, Engine, Media, Model, SamplingParams, Sequence
from tests.capabilities import needs
from tests.models import write_color_projector
from tests.models.colors import COLORS, rows_of
from tests.models.exact import EXACT

pytestmark = [needs("mtmd's parts"), pytest.mark.model]
OPTIONS: dict[str, Any] = {**EXACT, "n_threads": 1, "n_ctx": 512}
GREEDY = SamplingParams(temperature=0, max_tokens=12)


@pytest.fixture(scope="module")
def words(default_model: Path) -> dict[str, int]:
    with Model(default_model) as model:
        found = {name: model.vocab.tokenize(f" {name}", add_special=False) for name in COLORS}
    assert all(len(tokens) == 1 for tokens in found.values())
    return {name: tokens[0] for name, tokens in found.items()}


@pytest.fixture(scope="module")
def model(default_model: Path, words: dict[str, int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    path = tmp_path_factory.mktemp("color") / "mmproj.gguf"
    write_color_projector(path, rows_of(default_model, list(words.values())))
    with Model(default_model, mmproj=path) as model:
        yield model


def png(name: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (32, 32), COLORS[name]).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("name", list(COLORS))
def test_the_logits_are_those_of_the_word(model: Model, words: dict[str, int], name: str) -> None:
    seen = model.projector.prompt(["The sky is", Media.of(png(name)), ", and my shirt is"])
    (place,) = [i for i, token in enumerate(seen) if token < 0]
    read = [*seen[:place], words[name], *seen[place + 1 :]]
    logits = []
    for prompt in (seen, read):
        with model.context(**OPTIONS) as context:
            sequence = Sequence(context)
            # In the same pieces: how many tokens of a quantized model are decoded at once moves the last bits.
            for piece in (prompt[:place], prompt[place : place + 1], prompt[place + 1 :]):
                sequence.feed(piece)
            logits.append(sequence.logits)
    assert np.array_equal(logits[0], logits[1])


@pytest.mark.parametrize("name", list(COLORS))
def test_it_names_the_colour(model: Model, name: str) -> None:
    with model.context(**OPTIONS) as context:
        session = ChatSession(Sequence(context), params=GREEDY)
        said = session.send(["The color is", Media.of(png(name)), ". Repeat the name of the color."])
    assert name in str(said)
    assert not any(other in str(said) for other in COLORS if other != name)


def test_it_names_all_of_them_in_an_engine(model: Model) -> None:
    parts: list[list[str | Media]] = [
        ["The color is", Media.of(png(name)), ". The name of the color is"] for name in COLORS
    ]
    with Engine(model, n_ctx=1024) as engine:
        said = [made.text for made in engine.generate(parts, SamplingParams(temperature=0, max_tokens=3))]
    assert all(name in text.lower() for name, text in zip(COLORS, said, strict=True)), said
