"""Pictures in an engine: encoded once, beside the text that others get, and part of what is kept."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from llamacffi import Engine, Model, PromptLookup, Request, SamplingParams, Sequence, generate
from llamacffi.core.media import Media
from llamacffi.core.projector import MediaChunk, Projector
from llamacffi.errors import ClosedError, ContextError, ContextOverflow, MediaError
from tests.capabilities import needs
from tests.models import LlamaShape, lora_pairs, write_color_projector, write_lora, write_random_projector
from tests.models.colors import COLOR_TOKENS, noise, plain, rows_of, without_media
from tests.models.exact import EXACT
from tests.models.llama import llama_tensors

pytestmark = needs("mtmd's parts")
OPTIONS: dict[str, Any] = {**EXACT, "n_threads": 1}
GREEDY = SamplingParams(temperature=0, max_tokens=20, ignore_eos=True)
LONG = SamplingParams(temperature=0, max_tokens=100_000, ignore_eos=True)


@pytest.fixture(scope="module")
def files(tiny_llama: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("projectors")
    write_color_projector(folder / "color.gguf", rows_of(tiny_llama))
    with Model(tiny_llama) as model:
        write_random_projector(folder / "vit.gguf", model.n_embd)  # 16 embeddings a picture
    return folder


@pytest.fixture(scope="module")
def model(tiny_llama: Path, files: Path) -> Iterator[Model]:
    with Model(tiny_llama, mmproj=files / "color.gguf") as model:
        yield model


@pytest.fixture
def vit(model: Model, files: Path) -> Iterator[Projector]:
    with Projector(model, files / "vit.gguf", n_threads=1) as projector:
        yield projector


def alone(model: Model, prompt: Any) -> str:
    """The answer of a sequence that nobody else has used."""
    with model.context(n_ctx=512, **OPTIONS) as context:
        return generate(Sequence(context), prompt, GREEDY).text


class Held:
    """An encoder that waits until it is let go, and says that it has begun."""

    def __init__(self, encode: Callable[[MediaChunk], Any]) -> None:
        self._encode = encode
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self, chunk: MediaChunk) -> Any:
        self.begun.set()
        assert self.go.wait(60)
        return self._encode(chunk)


@pytest.fixture
def held(vit: Projector, monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    held = Held(vit.encode)
    monkeypatch.setattr(vit, "encode", held)
    yield held
    held.go.set()


def test_a_picture_is_the_token_of_its_colour(model: Model) -> None:
    parts: list[Any] = ["abc ", plain("green"), " def"]
    prompt = model.projector.prompt(parts)
    words = without_media(prompt, COLOR_TOKENS[1])
    with Engine(model, n_ctx=1024, **OPTIONS) as engine:
        seen = engine.submit(Request(prompt=parts, params=GREEDY)).completion()
        assert seen.text == engine.submit(words, GREEDY).completion().text == alone(model, words)
        assert seen.usage.prompt_tokens == len(words)
        again = engine.submit(prompt, GREEDY).completion()
        assert (again.text, again.usage.cached_tokens) == (seen.text, len(prompt) - 1)
        other = engine.submit(["abc ", plain("red"), " def"], GREEDY).completion()
        assert other.usage.cached_tokens == min(i for i, token in enumerate(prompt) if token < 0)
        assert other.text == alone(model, without_media(prompt, COLOR_TOKENS[0]))


def test_a_picture_under_an_adapter(model: Model, tmp_path: Path) -> None:
    pairs = lora_pairs(llama_tensors(LlamaShape(), 512, 0), seed=2, rank=2)
    with model.adapter(write_lora(tmp_path / "lora.gguf", pairs, alpha=8.0)) as adapter:
        parts: list[Any] = ["abc ", plain("green"), " def"]
        words = without_media(model.projector.prompt(parts), COLOR_TOKENS[1])
        with Engine(model, n_ctx=2048, n_parallel=2, **OPTIONS) as engine:
            asks = [
                Request(prompt=prompt, params=GREEDY, adapters=adapters)
                for _ in range(2)
                for adapters in ({}, {adapter: 1.0})
                for prompt in (parts, words)
            ]
            seen = [completion.text for completion in engine.generate(asks)]
        assert seen[0] == seen[1] == seen[4] == seen[5] != seen[2]
        assert seen[2] == seen[3] == seen[6] == seen[7]


def test_eight_requests_for_one_picture_encode_it_once(model: Model, vit: Projector) -> None:
    prompts = [vit.prompt([f"{i} of ", noise(1), f" and {i}"]) for i in range(4)]
    prompts += [vit.prompt(["the same ", noise(1), f" and {i}"]) for i in range(4)]
    expected = [alone(model, prompt) for prompt in prompts]
    vit._cached.clear()  # what the sequences have left
    before = vit.n_encoded
    with Engine(model, n_ctx=2048, **OPTIONS) as engine:
        assert [made.text for made in engine.generate(prompts, GREEDY)] == expected
        assert vit.n_encoded == before + 1
        again = engine.submit(vit.prompt(["the same ", noise(1), " or not"]), GREEDY).completion()
        assert again.usage.cached_tokens >= 16
    assert vit.n_encoded == before + 1


@pytest.mark.parametrize(
    "options",
    [{"n_ctx": 256, "n_parallel": 4}, {"n_ctx": 64}, {"n_ctx": 64, "n_batch": 8, "n_parallel": 4, "n_seq_max": 4}],
)
def test_with_little_room(model: Model, vit: Projector, options: dict[str, Any]) -> None:
    prompts = [vit.prompt(["ab ", noise(i % 3), " what ", noise(i % 2), f" so {i}"]) for i in range(10)]
    expected = [alone(model, prompt) for prompt in prompts]
    params = SamplingParams(temperature=0, max_tokens=12, ignore_eos=True)
    with Engine(model, **options, **OPTIONS) as engine:
        made = engine.generate(prompts, params)
    assert all(text.startswith(one.text) for text, one in zip(expected, made, strict=True))
    assert vit.n_encoded == 3


def test_text_goes_on_while_a_picture_is_encoded(model: Model, vit: Projector, held: Held) -> None:
    prompt = vit.prompt(["ab ", noise(1), " what"])
    with Engine(model, n_ctx=4096, **OPTIONS) as engine:
        text = iter(engine.submit([5, 6, 7], SamplingParams(temperature=0, max_tokens=2000, ignore_eos=True)))
        next(text)
        seen = engine.submit(prompt, GREEDY)
        assert held.begun.wait(30)
        for _ in range(200):  # none of which could come if the engine waited
            next(text)
        assert seen.status == "running"
        held.go.set()
        assert seen.completion().usage.prompt_tokens == len(prompt)


def test_nothing_is_done_while_all_wait_for_a_picture(model: Model, vit: Projector, held: Held) -> None:
    with Engine(model, n_ctx=1024, **OPTIONS) as engine:
        seen = engine.submit(vit.prompt(["ab ", noise(1), " what"]), GREEDY)
        assert held.begun.wait(30)
        time.sleep(0.1)
        begin, cpu = time.perf_counter(), time.process_time()
        time.sleep(0.5)
        assert time.process_time() - cpu < 0.5 * (time.perf_counter() - begin)
        held.go.set()
        seen.completion()


def test_cancelled_and_late_while_it_is_encoded(model: Model, vit: Projector, held: Held) -> None:
    first, second, third = (vit.prompt(["ab ", noise(i), " what"]) for i in range(3))
    with Engine(model, n_ctx=1024, **OPTIONS) as engine:
        cancelled = engine.submit(first, GREEDY)
        late = engine.submit(Request(prompt=second, params=GREEDY, timeout=0.2))
        other = engine.submit(third, GREEDY)
        assert held.begun.wait(30)
        cancelled.cancel()
        assert cancelled.completion().finish.reason == "cancelled"
        assert late.completion().finish.reason == "time"
        held.go.set()
        assert other.completion().text
        assert vit.n_encoded <= 2  # nobody waits for the second any more


def test_closed_while_it_is_encoded(model: Model, vit: Projector, held: Held) -> None:
    engine = Engine(model, n_ctx=1024, **OPTIONS)
    stream = engine.submit(vit.prompt(["ab ", noise(1), " what"]), GREEDY)
    assert held.begun.wait(30)
    engine.close()
    with pytest.raises(ClosedError):
        stream.completion()


def test_what_cannot_be_encoded_fails_alone(model: Model, vit: Projector, monkeypatch: pytest.MonkeyPatch) -> None:
    encode, bad = vit.encode, vit.prompt(["ab ", noise(1), " what"])
    (chunk,) = {token.chunk for token in bad if token < 0}  # type: ignore[attr-defined]

    def failing(one: MediaChunk) -> Any:
        if one.key == chunk.key:
            message = "it cannot be encoded"
            raise MediaError(message)
        return encode(one)

    monkeypatch.setattr(vit, "encode", failing)
    with Engine(model, n_ctx=1024, **OPTIONS) as engine:
        streams = [engine.submit(prompt, GREEDY) for prompt in (bad, vit.prompt(["ab ", noise(2), " what"]), [5, 6])]
        with pytest.raises(MediaError, match="cannot be encoded"):
            streams[0].completion()
        assert all(stream.completion().text for stream in streams[1:])
        assert engine.stats().n_failed == 1


def test_what_a_prompt_with_a_picture_cannot_have(model: Model) -> None:
    with Engine(model, n_ctx=256, **OPTIONS) as engine:
        with pytest.raises(MediaError, match="ends with a picture"):
            engine.submit(["ab ", plain("red")])
        with pytest.raises(ContextError, match="overflow"):
            engine.submit([plain("red"), " ab"], SamplingParams(overflow="shift"))
        with pytest.raises(ValueError, match="prompt_logprobs"):
            engine.submit([plain("red"), " ab"], SamplingParams(prompt_logprobs=1))
        with pytest.raises(TypeError, match="texts and media"):
            engine.submit([plain("red"), 5])
        with pytest.raises(ContextOverflow):
            engine.submit(model.projector.prompt([plain("red"), " ab"] * 100))
        held = [int(token) for token in model.projector.prompt([plain("red"), " ab"])]
        with pytest.raises(MediaError, match="not at hand"):
            engine.submit(held)
        for wrong in (-1, -5, -(2**40)):
            with pytest.raises(ValueError, match="not in the vocabulary"):
                engine.submit([5, wrong, 6])


def test_guesses_leave_it_alone(model: Model) -> None:
    parts: list[Any] = ["abc ", plain("green"), " def def def def"]
    with Engine(model, n_ctx=1024, predictor=PromptLookup(), **OPTIONS) as engine:
        assert engine.submit(parts, GREEDY).completion().text == alone(model, parts)


def test_a_picture_goes_with_its_request(model: Model, vit: Projector) -> None:
    with Engine(model, n_ctx=1024, **OPTIONS) as engine:
        prompt = vit.prompt(["ab ", noise(1), " what"])
        chunk = weakref.ref(next(token.chunk for token in prompt if token < 0))  # type: ignore[attr-defined]
        engine.submit(prompt, GREEDY).completion()
        del prompt
        until = time.monotonic() + 10
        while chunk() is not None:  # what is kept is the cache's cells, and not the picture
            assert time.monotonic() < until
            gc.collect()
            engine.submit([5, 6], SamplingParams(max_tokens=1)).completion()
        again = engine.submit(vit.prompt(["ab ", noise(1), " what"]), GREEDY).completion()
        assert again.usage.cached_tokens >= 16


def test_a_model_without_a_projector(tiny_llama: Path) -> None:
    with Model(tiny_llama, mmproj=False) as text, Engine(text, n_ctx=256) as engine:
        stated = pytest.raises(MediaError, match="takes text alone")
        with stated:
            engine.submit([Media.image(noise(1)), " ab"])
