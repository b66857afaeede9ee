"""Which models are loaded, when, and what that costs the others."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from gguf import GGUFReader

from llamacffi import Llama
from llamacffi.server.errors import ApiError
from llamacffi.server.models import registry
from llamacffi.server.models.load import load_model, memory_needed
from llamacffi.server.models.registry import Models
from llamacffi.server.models.served import Served
from llamacffi.server.settings import ModelSettings
from tests.capabilities import needs
from tests.models import LlamaShape

Settings = Callable[..., ModelSettings]
SHAPE = LlamaShape()


@pytest.fixture
def settings(tiny_llama: Path) -> Settings:
    def made(*names: str, **options: Any) -> ModelSettings:
        small = {"n_ctx": 64, "n_parallel": 1, "n_threads": 1, "n_batch": 64, "host_bytes": 0}
        return ModelSettings.model_validate({"model": str(tiny_llama), "alias": names, **small, **options})

    return made


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(test, 60))


async def used(models: Models, name: str | None) -> str:
    async with models.use(name) as served:
        return served.name


def statuses(models: Models) -> dict[str, str]:
    return {card.name: card.status for card in models.cards()}


def test_names_are_those_that_are_configured(settings: Settings) -> None:
    async def test() -> None:
        models = Models([settings("a", "x"), settings("b")])
        assert models.names() == ["a", "b"]
        assert models.cards()[0].aliases == ("x",)
        found = [await used(models, name) for name in (None, "", "a", "x", "b", "b:latest")]
        assert found == ["a", "a", "a", "a", "b", "b"]
        with pytest.raises(ApiError, match="no model 'c'; there are a, b") as error:
            await used(models, "c")
        assert error.value.status == 404
        await models.close()
        single = Models([settings("a")])
        assert await used(single, "gpt-4") == "a"
        await single.close()

    run(test())


def test_one_is_loaded_once_and_when_it_is_asked_for(settings: Settings) -> None:
    loads: list[str] = []

    def load(one: ModelSettings) -> Llama:
        loads.append(one.name)
        return load_model(one)

    async def test() -> None:
        models = Models([settings("a"), settings("b")], load=load)
        assert statuses(models) == {"a": "unloaded", "b": "unloaded"}
        assert await asyncio.gather(*(used(models, "b") for _ in range(5))) == ["b"] * 5
        assert loads == ["b"]
        assert statuses(models) == {"a": "unloaded", "b": "loaded"}
        await models.start()
        async with models.use("a") as served:
            assert isinstance(served, Served)
            llama = served.llama
            assert loads == ["b", "a"]
        await models.close()
        assert llama.closed
        with pytest.raises(ApiError) as error:
            await used(models, "a")
        assert error.value.status == 503

    run(test())


def test_who_goes_while_it_loads_does_not_stop_it(settings: Settings) -> None:
    go = threading.Event()

    def load(one: ModelSettings) -> Llama:
        go.wait(60)
        return load_model(one)

    async def test() -> None:
        models = Models([settings("a")], load=load)
        first, second = (asyncio.ensure_future(used(models, "a")) for _ in range(2))
        await asyncio.sleep(0.01)
        assert statuses(models) == {"a": "loading"}
        with pytest.raises(ApiError) as error:
            async with models.use("a", load=False):
                pass
        assert (error.value.status, error.value.headers) == (503, {"Retry-After": "1"})
        first.cancel()
        go.set()
        assert await second == "a"
        await models.close()

    run(test())


def test_the_one_not_used_longest_makes_room(settings: Settings) -> None:
    async def test() -> None:
        models = Models([settings(name) for name in "abc"], most=2)
        for name in ("a", "b", "a", "c"):
            assert await used(models, name) == name
        assert statuses(models) == {"a": "loaded", "b": "unloaded", "c": "loaded"}
        async with models.use("a"), models.use("c"):
            with pytest.raises(ApiError, match="no room for the model b") as error:
                await used(models, "b")
            assert error.value.status == 503
        assert await used(models, "b") == "b"
        await models.close()

    run(test())


@needs("a measure of memory")
def test_memory_has_a_budget(settings: Settings, tiny_llama: Path) -> None:
    size = memory_needed(settings("a"))
    n_bytes = sum(int(tensor.n_bytes) for tensor in GGUFReader(tiny_llama).tensors)
    cells = 256 * 2 * 2 * SHAPE.n_layer * SHAPE.n_head_kv * SHAPE.n_embd_head  # keys and values of 16 bits
    assert size >= n_bytes + cells
    assert memory_needed(settings("a", n_ctx=16 * 256)) - size >= 14 * cells

    async def test() -> None:
        models = Models([settings(name) for name in "abc"], max_bytes=2 * size)
        for name in "abc":
            await used(models, name)
        assert statuses(models) == {"a": "unloaded", "b": "loaded", "c": "loaded"}
        await models.close()
        # One alone is loaded, however large.
        alone = Models([settings("a")], max_bytes=1)
        assert await used(alone, "a") == "a"
        await alone.close()

    run(test())


def test_one_that_fails_breaks_no_other(settings: Settings) -> None:
    async def test() -> None:
        models = Models([settings("a", model="/nowhere/to/be.gguf"), settings("b")])
        for _ in range(2):
            with pytest.raises(ApiError, match="the model a cannot be loaded") as error:
                await used(models, "a")
            assert error.value.status == 503
            assert "nowhere" not in error.value.message
        (card, _) = models.cards()
        assert card.status == "failed"
        assert "nowhere" in (card.error or "")
        assert await used(models, "b") == "b"
        await models.close()

    run(test())


def test_nobody_keeps_what_nobody_uses(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_LOOKS", 0.01)

    async def test() -> None:
        models = Models([settings("a"), settings("b")], idle_seconds=0.05)
        await models.start()
        assert models.keep("b", -1)
        await used(models, "b")
        async with models.use("a"):
            await asyncio.sleep(0.2)
            assert statuses(models)["a"] == "loaded"
        while statuses(models)["a"] != "sleeping":  # noqa: ASYNC110 - the time that `run` has is the limit
            await asyncio.sleep(0.01)
        assert statuses(models)["b"] == "loaded"
        assert await used(models, "a") == "a"
        # Not at all, said of the next time.
        async with models.use("b") as served:
            assert models.keep("b", 0)
            assert not await models.unload("b")
        assert isinstance(served, Served)
        assert served.llama.closed
        assert statuses(models)["b"] == "unloaded"
        await models.close()
        patient = Models([settings("a")])
        async with patient.use("a"):
            assert not patient.keep("a", 0)
        assert statuses(patient)["a"] == "loaded"
        await patient.close()

    run(test())


class Ending:
    """What stands for a model's process."""

    def __init__(self, name: str) -> None:
        self.name, self.closed = name, False

    async def close(self) -> None:
        self.closed = True


def test_a_process_that_ends_is_started_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_MOST_WAIT", 0.3)
    started: list[Any] = []
    ends: list[Callable[[Any, int], None]] = []

    async def start(one: ModelSettings, ended: Callable[[Any, int], None]) -> Any:
        ends.append(ended)
        started.append(Ending(one.name))
        return started[-1]

    async def until(n: int) -> None:
        while len(started) < n or statuses(models)["a"] != "loaded":  # noqa: ASYNC110 - `run` has a limit
            await asyncio.sleep(0.005)

    async def test() -> None:
        await used(models, "a")
        ends[-1](started[-1], -6)
        assert statuses(models)["a"] == "failed"
        await until(2)  # at once
        assert started[0].closed
        ends[-1](started[-1], -6)
        await asyncio.sleep(0)
        with pytest.raises(ApiError, match="ends again and again") as error:
            await used(models, "a")
        assert (error.value.status, error.value.headers) == (503, {"Retry-After": "1"})
        await until(3)
        ends[-1](started[0], -6)  # one of before, whose end is known
        assert statuses(models)["a"] == "loaded"
        await models.unload("a")
        assert started[-1].closed
        await models.close()
        assert len(started) == 3

    models = Models([settings("a", isolated=True)], start=start)
    run(test())
